/* evidence/record.c - filing, encoding and strict decoding of records. */
#include "evidence/record.h"

#include <string.h>

_Static_assert(OBS_INNER == 1 << 7 && OBS_BAD == 1 << 11, "flags keep their places");

static bool is_local(const struct local_nets *nets, const struct addr *a, bool destination)
{
    if (destination && (addr_is_multicast(a) || addr_is_broadcast(a))) {
        return true;
    }
    return local_contains(nets, a);
}

struct ends {
    struct addr src, dst;
    uint16_t src_port, dst_port;
    bool reversed; /* dst is who sent it: an ICMP error about the other's packet */
};

/* An ICMP error is filed as an answer to what it quotes: refusals could not be
 * counted otherwise. */
static struct ends ends_of(const struct observation *o)
{
    if ((o->flags & OBS_QUOTED) != 0 && o->type == OBS_PACKET) {
        const struct obs_quote *q = o->quote;
        return (struct ends){q->src, q->dst, q->src_port, q->dst_port, true};
    }
    return (struct ends){o->src, o->dst, o->src_port, o->dst_port, false};
}

static struct evidence_place place_of(const struct ends *e, bool remote_is_src, uint8_t cls)
{
    bool out = remote_is_src == e->reversed;
    cls |= out ? RECORD_OUT : 0;
    if (remote_is_src) {
        return (struct evidence_place){e->src, e->dst, e->src_port, e->dst_port, cls};
    }
    return (struct evidence_place){e->dst, e->src, e->dst_port, e->src_port, cls};
}

size_t evidence_record_places(const struct local_nets *nets, const struct evidence_item *item,
                              struct evidence_place ret[2])
{
    const struct observation *o = item->obs;
    struct ends e = ends_of(o);
    if (o->type == OBS_LOG) {
        ret[0] = place_of(&e, true, 0);
        if (!local_contains(nets, &ret[0].local)) {
            ret[0].local = (struct addr){{0}}; /* outside the networks it could never be opened */
        }
        return 1;
    }
    uint8_t cls = (o->flags & OBS_INNER) != 0 ? RECORD_INNER : 0;
    bool src = is_local(nets, &e.src, false), dst = is_local(nets, &e.dst, true);
    if (src != dst) {
        ret[0] = place_of(&e, dst, cls);
        return 1;
    }
    static const struct addr none;
    bool same = addr_equal(&e.src, &e.dst);
    if (same && addr_equal(&e.src, &none)) { /* not IP */
        ret[0] = place_of(&e, true, cls);
        return 1;
    }
    cls |= RECORD_TWIN | (src ? RECORD_INTERNAL : 0);
    ret[0] = place_of(&e, true, cls);
    ret[1] = place_of(&e, false, cls);
    return same ? 1 : 2;
}

static uint16_t cut16(uint64_t v)
{
    return v > UINT16_MAX ? UINT16_MAX : (uint16_t)v;
}

static uint16_t code_of(const struct observation *o)
{
    if (o->proto == PROTO_TCP) {
        return (uint16_t)((o->icmp_code & 15) << 12 | o->tcp_flags);
    }
    return (uint16_t)(o->tcp_flags << 8 | o->icmp_code);
}

static void clear_packet(const struct observation *o, struct evidence_record *r)
{
    r->flags = o->flags & RECORD_OBS_FLAGS;
    r->code = code_of(o);
    r->ttl = o->ttl;
    r->wire_len = cut16(o->wire_len);
    r->payload_len = cut16(o->payload_len);
    r->cap_len = o->captured_len;
    if (o->wire_len > UINT16_MAX || o->payload_len > UINT16_MAX) {
        r->flags |= RECORD_LONG;
        store_be32(r->ext, o->wire_len);
        store_be32(r->ext + 4, o->payload_len);
    }
    if ((o->flags & OBS_QUOTED) != 0) {
        const struct obs_quote *q = o->quote;
        bool between = addr_equal(&o->src, &q->dst) && addr_equal(&o->dst, &q->src);
        r->flags &= (uint16_t)~RECORD_L4;
        r->flags |= (q->has_ports ? RECORD_L4 : 0) | (between ? 0 : RECORD_VIA);
        r->proto = q->proto;
    }
}

static void clear_flow(const struct evidence_item *item, struct evidence_record *r)
{
    const struct observation *o = item->obs;
    bool full = item->packets > UINT32_MAX;
    int64_t ms = item->duration_ns < 0 ? 0 : item->duration_ns / 1000000;
    uint32_t cut_ms = ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
    full = full || ms > UINT32_MAX;
    r->flags = (uint16_t)((o->flags & (OBS_V6 | OBS_L4)) | (full ? RECORD_LONG : 0));
    r->code = code_of(o);
    r->wire_len = (uint16_t)(cut_ms >> 16);
    r->cap_len = (uint16_t)cut_ms;
    store_be32(r->ext, item->packets > UINT32_MAX ? UINT32_MAX : (uint32_t)item->packets);
    store_be64(r->ext + 4, item->octets);
}

/* repeat u32 | session u32 | weak << 7 | tally | 0 u24: all that counting
 * attempts needs, so that it can be done again without opening the lines. */
static void clear_log(const struct observation *o, struct evidence_record *r)
{
    const struct obs_log *l = o->log;
    r->flags = o->flags & OBS_V6;
    r->code = l->service == LOG_WEB ? l->status : (uint16_t)l->outcome;
    store_be32(r->ext, l->repeat);
    store_be32(r->ext + 4, l->session);
    r->ext[8] = (uint8_t)(l->weak << 7 | l->tally | l->service << 4);
}

void evidence_record_clear(const struct evidence_item *item, const struct evidence_place *place,
                           struct evidence_record *ret)
{
    const struct observation *o = item->obs;
    *ret = (struct evidence_record){
        .time_ns = o->time_ns,
        .type = o->type,
        .cls = place->cls,
        .remote_port = place->remote_port,
        .local_port = place->local_port,
        .proto = o->proto,
    };
    if (o->type == OBS_LOG) {
        clear_log(o, ret);
    } else if (o->type == OBS_FLOW) {
        clear_flow(item, ret);
    } else {
        clear_packet(o, ret);
    }
}

void evidence_record_hidden(const struct evidence_item *item, struct evidence_hidden *ret)
{
    const struct observation *o = item->obs;
    *ret = (struct evidence_hidden){.vlan = item->vlan, .ifindex = item->ifindex};
    if (o->type != OBS_PACKET) {
        return;
    }
    ret->seq = o->seq;
    ret->ack = o->ack;
    ret->window = o->window;
    ret->ip_id = o->ip_id;
    ret->frag = (uint16_t)(((o->flags & OBS_DF) != 0) << 14 | ((o->flags & OBS_MORE) != 0) << 13 |
                           (o->frag_units & 0x1fff));
}

void evidence_record_put_clear(const struct evidence_record *r, uint8_t raw[RECORD_AT_P])
{
    raw[0] = r->type;
    raw[1] = r->cls;
    store_be16(raw + 2, r->flags);
    store_be64(raw + 4, (uint64_t)r->time_ns);
    store_be16(raw + 12, r->remote_port);
    store_be16(raw + 14, r->local_port);
    raw[16] = r->proto;
    store_be16(raw + 17, r->code);
    store_be16(raw + 19, r->wire_len);
    store_be16(raw + 21, r->cap_len);
    store_be16(raw + 23, r->payload_len);
    raw[25] = r->ttl;
}

void evidence_record_put(const struct evidence_record *r, uint8_t raw[RECORD_BYTES])
{
    evidence_record_put_clear(r, raw);
    memcpy(raw + RECORD_AT_P, r->p, 16);
    memcpy(raw + RECORD_AT_EXT, r->ext, RECORD_EXT_BYTES);
    memcpy(raw + RECORD_AT_C_A, r->c_a.b, DIGEST_BYTES);
    memcpy(raw + RECORD_AT_C_X, r->c_x.b, DIGEST_BYTES);
}

static bool all_zero(const uint8_t *p, size_t n)
{
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++) {
        any |= p[i];
    }
    return any == 0;
}

static const char *bad_packet(const struct evidence_record *r)
{
    uint32_t wire = load_be32(r->ext), payload = load_be32(r->ext + 4);
    bool is_long = (r->flags & RECORD_LONG) != 0;
    if ((r->flags & ~(RECORD_OBS_FLAGS | RECORD_VIA | RECORD_LONG | RECORD_DATA | RECORD_LATE)) !=
        0) {
        return "flags";
    }
    if ((r->flags & RECORD_VIA) != 0 && (r->flags & RECORD_QUOTED) == 0) {
        return "flags";
    }
    if (r->proto == PROTO_TCP && (r->flags & RECORD_QUOTED) == 0 && (r->code & 0x0f00) != 0) {
        return "code";
    }
    if (!all_zero(r->ext + (is_long ? 8 : 0), is_long ? 4 : 12)) {
        return "ext";
    }
    bool fits = !is_long || ((wire > UINT16_MAX || payload > UINT16_MAX) &&
                             cut16(wire) == r->wire_len && cut16(payload) == r->payload_len);
    return fits ? NULL : "lengths";
}

static const char *bad_flow(const struct evidence_record *r)
{
    uint32_t ms = (uint32_t)r->wire_len << 16 | r->cap_len;
    bool full = load_be32(r->ext) == UINT32_MAX || ms == UINT32_MAX;
    if ((r->flags & ~(RECORD_V6 | RECORD_L4 | RECORD_LONG | RECORD_LATE)) != 0 ||
        ((r->flags & RECORD_LONG) != 0 && !full)) {
        return "flags";
    }
    if (r->proto == PROTO_TCP && (r->code & 0x0f00) != 0) {
        return "code";
    }
    return r->payload_len != 0 || r->ttl != 0 ? "lengths" : NULL;
}

static const char *bad_log(const struct evidence_record *r)
{
    if ((r->flags & ~(RECORD_V6 | RECORD_LATE)) != 0 || r->cls != 0) {
        return "flags";
    }
    if (r->wire_len != 0 || r->cap_len != 0 || r->payload_len != 0 || r->ttl != 0) {
        return "lengths";
    }
    unsigned service = r->ext[8] >> 4 & 7;
    bool good = load_be32(r->ext) > 0 && service <= LOG_WEB && (r->ext[8] & 0x0c) == 0 &&
                all_zero(r->ext + 9, 3) && (service == LOG_WEB || r->code <= LOG_NO_USER);
    return good ? NULL : "ext";
}

enum status evidence_record_get(const uint8_t raw[RECORD_BYTES], struct evidence_record *ret,
                                struct fault *why)
{
    struct evidence_record r = {
        .time_ns = (int64_t)load_be64(raw + 4),
        .type = raw[0],
        .cls = raw[1],
        .flags = load_be16(raw + 2),
        .remote_port = load_be16(raw + 12),
        .local_port = load_be16(raw + 14),
        .proto = raw[16],
        .ttl = raw[25],
        .code = load_be16(raw + 17),
        .wire_len = load_be16(raw + 19),
        .cap_len = load_be16(raw + 21),
        .payload_len = load_be16(raw + 23),
    };
    memcpy(r.p, raw + RECORD_AT_P, 16);
    memcpy(r.ext, raw + RECORD_AT_EXT, RECORD_EXT_BYTES);
    memcpy(r.c_a.b, raw + RECORD_AT_C_A, DIGEST_BYTES);
    memcpy(r.c_x.b, raw + RECORD_AT_C_X, DIGEST_BYTES);
    if (r.type < OBS_PACKET || r.type > OBS_LOG) {
        return fault_at(why, ST_MALFORMED, 0, "type of record");
    }
    if ((r.cls & ~(RECORD_OUT | RECORD_TWIN | RECORD_INTERNAL | RECORD_INNER)) != 0 ||
        (r.cls & (RECORD_TWIN | RECORD_INTERNAL)) == RECORD_INTERNAL) {
        return fault_at(why, ST_MALFORMED, 1, "class of record");
    }
    const char *bad = r.type == OBS_PACKET ? bad_packet(&r)
                      : r.type == OBS_FLOW ? bad_flow(&r)
                                           : bad_log(&r);
    if (bad != NULL) {
        return fault_at(why, ST_MALFORMED, 2, bad);
    }
    *ret = r;
    return ST_OK;
}

void evidence_hidden_put(const struct evidence_hidden *h, uint8_t raw[RECORD_HIDDEN_BYTES])
{
    store_be32(raw, h->seq);
    store_be32(raw + 4, h->ack);
    store_be16(raw + 8, h->window);
    store_be16(raw + 10, h->ip_id);
    store_be16(raw + 12, h->frag);
    store_be32(raw + 14, h->vlan);
    store_be32(raw + 18, h->ifindex);
}

void evidence_hidden_get(const uint8_t raw[RECORD_HIDDEN_BYTES], struct evidence_hidden *ret)
{
    *ret = (struct evidence_hidden){
        .seq = load_be32(raw),
        .ack = load_be32(raw + 4),
        .window = load_be16(raw + 8),
        .ip_id = load_be16(raw + 10),
        .frag = load_be16(raw + 12),
        .vlan = load_be32(raw + 14),
        .ifindex = load_be32(raw + 18),
    };
}

void evidence_record_lengths(const struct evidence_record *r, struct evidence_lengths *ret)
{
    bool is_long = r->type == OBS_PACKET && (r->flags & RECORD_LONG) != 0;
    *ret = (struct evidence_lengths){
        .wire = is_long ? load_be32(r->ext) : r->wire_len,
        .payload = is_long ? load_be32(r->ext + 4) : r->payload_len,
        .captured = r->cap_len,
    };
}
