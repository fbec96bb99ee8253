/* evidence/exhibit/view.c - one walk over all rows, which makes both views.
 *
 * Whoever writes has them appended; whoever checks has each piece held against what
 * stands in its place.
 */
#include "evidence/exhibit/view.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/exhibit/recount.h"
#include "evidence/exhibit/view_row.h"
#include "evidence/rebuild.h"

/* Where a view goes. */
struct view_end {
    struct buf *to;    /* NULL: checking */
    struct bytes have; /* what is left to compare */
    bool same;
};

static void end_put(struct view_end *e, const void *data, size_t n)
{
    if (e->to != NULL) {
        buf_append(e->to, data, n);
        return;
    }
    e->same = e->same && n <= e->have.len && (n == 0 || memcmp(e->have.data, data, n) == 0);
    if (e->same) {
        e->have = bytes_of(e->have.data + n, e->have.len - n);
    }
}

struct viewer {
    struct view_end csv, pcap;
    struct view_csv_memory memory;
    char line[VIEW_LINE_BYTES];
    uint8_t block[VIEW_BLOCK_BYTES];
};

static void view_row(struct viewer *v, size_t part, const struct evidence_shown *s,
                     const struct evidence_row *row)
{
    struct view_row r = {.part = part, .row = row};
    const struct addr *known = evidence_row_local(s, row);
    bool log = row->record.type == OBS_LOG;
    bool hidden = (row->opened & OPEN_HIDDEN) != 0 && !log;
    bool data = (row->opened & OPEN_DATA) != 0 && !log;
    struct addr stand_in;
    if (known == NULL) {
        stand_in = evidence_stand_in(row->stand_in, (row->record.flags & RECORD_V6) != 0);
    }
    struct evidence_opened opened = {.remote = &s->remote,
                                     .local = known != NULL ? known : &stand_in,
                                     .hidden = hidden ? &row->hidden : NULL,
                                     .data = data ? &row->data : NULL};
    r.opened = known != NULL;
    evidence_rebuild(&row->record, &opened, &r.obs, &r.quote, &r.log);
    end_put(&v->csv, v->line, view_csv_row(&v->memory, &r, v->line));
    end_put(&v->pcap, v->block, view_pcap_row(&r, v->block));
}

static bool is_over(const struct view_end *e)
{
    return e->to != NULL ? e->to->failed != ST_OK : !e->same;
}

/* All rows: by segment, remote, number. */
static void view_all(struct viewer *v, const struct evidence_contents *c)
{
    for (size_t k = 0; k < c->part_n; k++) {
        for (size_t i = 0; i < c->parts[k].shown_n; i++) {
            const struct evidence_shown *s = &c->parts[k].shown[i];
            for (uint32_t n = 0; n < s->row_count; n++) {
                view_row(v, k, s, &s->rows[n]);
            }
            if (is_over(&v->csv) && is_over(&v->pcap)) {
                return; /* nothing can change any more */
            }
        }
    }
}

static enum status view_both(const struct evidence_contents *c, struct view_end *csv,
                             struct view_end *pcap)
{
    CLEANUP(free_ptr) struct viewer *v = calloc(1, sizeof(*v));
    CLEANUP(buf_fini) struct buf head = BUF_INIT(1024);
    if (v == NULL) {
        return ST_NOMEM;
    }
    assert(c->numbered);
    view_pcap_head(&head);
    TRY(head.failed);
    v->csv = *csv;
    v->pcap = *pcap;
    end_put(&v->csv, view_csv_head, strlen(view_csv_head));
    end_put(&v->pcap, head.data, head.len);
    view_all(v, c);
    *csv = v->csv;
    *pcap = v->pcap;
    return ST_OK;
}

enum status evidence_view_write(const struct evidence_contents *c, struct buf *csv,
                                struct buf *pcap)
{
    struct view_end to_csv = {.to = csv}, to_pcap = {.to = pcap};
    TRY(view_both(c, &to_csv, &to_pcap));
    return csv->failed != ST_OK ? csv->failed : pcap->failed;
}

enum status evidence_view_check(const struct evidence_contents *c, struct bytes csv,
                                struct bytes pcap, struct evidence_view_same *ret)
{
    static const char *const types[] = {"", "packet", "flow", "log"};
    const struct evidence_record *r = &v->row->record;
    const struct addr *src = &v->obs.src, *dst = &v->obs.dst;
    bool sent = (r->cls & RECORD_OUT) != 0;
    char time[TIME_TEXT_MAX];
    struct line l = {.n = 0};
    struct evidence_lengths len = {.wire = r->wire_len, .payload = r->payload_len};
    if (r->type == OBS_PACKET) {
        evidence_record_lengths(r, &len);
    }
    (void)time_format(r->time_ns, time);
    put_number(&l, v->part);
    put_number(&l, v->row->number);
    put_text(&l, time);
    put_text(&l, types[r->type & 3]);
    put_text(&l, sent ? "out" : "in");
    put_addr(&l, sent ? dst : src);
    put_addr(&l, sent ? src : dst);
    /* A line of a log need not name the server. */
    put_text(&l, !v->opened                              ? "made up"
                 : addr_is_unspecified(sent ? src : dst) ? "none"
                                                         : "opened");
    put_proto(&l, r->proto);
    uint32_t numbers[] = {r->remote_port, r->local_port, r->code, len.wire,
                          len.payload,    r->ttl,        r->flags};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        put_number(&l, numbers[i]);
    }
    put_flow(&l, r);
    l.text[l.n - 1] = '\n'; /* behind the last field */
    buf_append(out, l.text, l.n);
}

enum status evidence_view_csv(const struct evidence_contents *c, uint64_t seed, struct buf *out)
{
    buf_str(out, "segment,row,time,type,direction,remote,local,local_is,protocol,remote_port,"
                 "local_port,code,wire_bytes,payload_bytes,ttl,flags,packets,octets\n");
    return view_all(c, seed, out, csv_row);
}

/* --- pcapng ------------------------------------------------------------------------------- */

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6,
    LINKTYPE_RAW = 101,
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    OPTION_TSRESOL = 9,
};

/* Big-endian throughout: the section's byte-order magic says so. */
static void pad(struct buf *out, size_t n)
{
    for (; n % 4 != 0; n++) {
        buf_byte(out, 0);
    }
}

static void option(struct buf *out, uint16_t code, const char *text, size_t n)
{
    buf_be16(out, code);
    buf_be16(out, (uint16_t)n);
    buf_append(out, text, n);
    pad(out, n);
}

/* A block of what stands in `body`. */
static void block(struct buf *out, uint32_t type, const struct buf *body)
{
    uint32_t n = 12 + (uint32_t)body->len;
    buf_be32(out, type);
    buf_be32(out, n);
    buf_append(out, body->data, body->len);
    buf_be32(out, n);
    out->failed = out->failed == ST_OK ? body->failed : out->failed;
}

static const char reconstructed[] = "reconstructed";

static void put_section(struct buf *out)
{
    static const char note[] = "reconstructed from sealed records; local addresses of 240.0.0.0/4 "
                               "and 100::/64 are made up";
    CLEANUP(buf_fini) struct buf body = BUF_INIT(1024);
    buf_be32(&body, 0x1a2b3c4d);
    buf_be16(&body, 1);
    buf_be16(&body, 0);
    buf_be64(&body, UINT64_MAX); /* length: not given */
    option(&body, OPTION_COMMENT, note, sizeof(note) - 1);
    option(&body, OPTION_END, "", 0);
    block(out, BLOCK_SECTION, &body);
    buf_clear(&body);
    buf_be16(&body, LINKTYPE_RAW);
    buf_be16(&body, 0);
    buf_be32(&body, 0); /* no limit */
    option(&body, OPTION_TSRESOL, "\x09", 1);
    option(&body, OPTION_COMMENT, reconstructed, sizeof(reconstructed) - 1);
    option(&body, OPTION_END, "", 0);
    block(out, BLOCK_INTERFACE, &body);
}

static uint16_t fragment_field(const struct view_row *v)
{
    uint16_t flags = v->row->record.flags;
    if ((v->row->opened & OPEN_HIDDEN) != 0) {
        return v->row->hidden.frag;
    }
    return (uint16_t)(((flags & OBS_DF) != 0 ? 0x4000 : 0) |
                      ((flags & OBS_MORE) != 0 ? 0x2000 : 0) |
                      ((flags & OBS_LATER) != 0 ? 1 : 0)); /* where it began is not opened */
}

/* RFC 791, 3.1; its checksum is right, so that readers do not stop there. */
static void put_ipv4(struct buf *out, const struct addr *src, const struct addr *dst, uint8_t proto,
                     size_t length, const struct view_row *v)
{
    size_t at = out->len;
    buf_byte(out, 0x45);
    buf_byte(out, 0);
    buf_be16(out, length > 65535 ? 65535 : (uint16_t)length);
    buf_be16(out, v != NULL ? v->obs.ip_id : 0);
    buf_be16(out, v != NULL ? fragment_field(v) : 0);
    buf_byte(out, v != NULL ? v->row->record.ttl : 0);
    buf_byte(out, proto);
    buf_be16(out, 0);
    buf_append(out, src->b + 12, 4);
    buf_append(out, dst->b + 12, 4);
    if (out->failed == ST_OK) {
        uint32_t sum = 0;
        for (size_t i = 0; i < 20; i += 2) {
            sum += load_be16(out->data + at + i);
        }
        sum = (sum & 0xffff) + (sum >> 16);
        store_be16(out->data + at + 10, (uint16_t) ~(sum + (sum >> 16)));
    }
}

/* RFC 8200, 3; extension headers are left out. */
static void put_ipv6(struct buf *out, const struct addr *src, const struct addr *dst, uint8_t proto,
                     size_t payload, uint8_t ttl)
{
    buf_be32(out, 0x60000000);
    buf_be16(out, payload > 65535 ? 65535 : (uint16_t)payload);
    buf_byte(out, proto);
    buf_byte(out, ttl);
    buf_append(out, src->b, 16);
    buf_append(out, dst->b, 16);
}

/* The beginning of the packet that an error quotes: its ends, and its ports. */
static void put_quote(struct buf *out, const struct obs_quote *q, bool v6)
{
    if (v6) {
        put_ipv6(out, &q->src, &q->dst, q->proto, 8, 0);
    } else {
        put_ipv4(out, &q->src, &q->dst, q->proto, 28, NULL);
    }
    buf_be16(out, q->src_port);
    buf_be16(out, q->dst_port);
    buf_be32(out, 0);
}

static void put_tcp(struct buf *out, const struct view_row *v)
{
    const struct observation *o = &v->obs;
    bool data = (v->row->opened & OPEN_DATA) != 0;
    struct bytes options = data ? v->row->data.tcp_options : (struct bytes){0};
    size_t n = options.len > 40 ? 40 : options.len;
    buf_be16(out, o->src_port);
    buf_be16(out, o->dst_port);
    buf_be32(out, o->seq);
    buf_be32(out, o->ack);
    buf_byte(out, (uint8_t)((5 + (n + 3) / 4) << 4));
    buf_byte(out, o->tcp_flags);
    buf_be16(out, o->window);
    buf_be32(out, 0); /* checksum: not kept; urgent pointer */
    buf_append(out, options.data, n);
    pad(out, n);
}

/* What stands between the addresses and the payload. */
static void put_transport(struct buf *out, const struct view_row *v, bool v6, size_t payload)
{
    const struct observation *o = &v->obs;
    if ((o->flags & OBS_L4) == 0 || (o->flags & OBS_LATER) != 0) {
        return;
    }
    switch (o->proto) {
    case PROTO_TCP:
        put_tcp(out, v);
        return;
    case PROTO_UDP:
        buf_be16(out, o->src_port);
        buf_be16(out, o->dst_port);
        buf_be16(out, payload > 65527 ? 65535 : (uint16_t)(8 + payload));
        buf_be16(out, 0);
        return;
    case PROTO_SCTP:
        buf_be16(out, o->src_port);
        buf_be16(out, o->dst_port);
        buf_be32(out, o->seq);
        buf_be32(out, 0);
        return;
    case PROTO_ICMP:
    case PROTO_ICMPV6:
        buf_byte(out, o->tcp_flags);
        buf_byte(out, o->icmp_code);
        buf_be16(out, 0);
        buf_be32(out, o->seq);
        if ((o->flags & OBS_QUOTED) != 0) {
            put_quote(out, o->quote, v6);
        }
        return;
    default:
        return;
    }
}

/* ARP and what is no IP has no place in a capture without link headers. */
static bool is_packet(const struct view_row *v)
{
    return v->row->record.type == OBS_PACKET && v->row->record.proto < 253 &&
           addr_is_v4(&v->obs.src) == addr_is_v4(&v->obs.dst) &&
           addr_is_v4(&v->obs.src) == ((v->row->record.flags & RECORD_V6) == 0);
}

static void pcap_row(struct buf *out, const struct view_row *v)
{
    if (!is_packet(v)) {
        return;
    }
    struct buf *head = &v->room->head, *body = &v->room->body, *all = &v->room->all;
    buf_clear(head);
    buf_clear(body);
    buf_clear(all);
    const struct observation *o = &v->obs;
    bool v6 = (o->flags & OBS_V6) != 0, quoted = (o->flags & OBS_QUOTED) != 0;
    size_t payload = quoted ? 0 : o->payload_len;
    put_transport(head, v, v6, payload);
    size_t length = head->len + payload;
    if (v6) {
        put_ipv6(body, &o->src, &o->dst, o->proto, length, o->ttl);
    } else {
        put_ipv4(body, &o->src, &o->dst, o->proto, 20 + length, v);
    }
    buf_append(body, head->data, head->len);
    buf_append(body, o->payload, quoted || o->payload == NULL ? 0 : o->captured_len);
    uint64_t time = o->time_ns < 0 ? 0 : (uint64_t)o->time_ns;
    buf_be32(all, 0);
    buf_be32(all, (uint32_t)(time >> 32));
    buf_be32(all, (uint32_t)time);
    buf_be32(all, (uint32_t)body->len);
    buf_be32(all, (uint32_t)(length + (v6 ? 40 : 20)));
    buf_append(all, body->data, body->len);
    pad(all, body->len);
    option(all, OPTION_COMMENT, reconstructed, sizeof(reconstructed) - 1);
    option(all, OPTION_END, "", 0);
    all->failed = body->failed != ST_OK ? body->failed : all->failed;
    block(out, BLOCK_PACKET, all);
}

enum status evidence_view_pcap(const struct evidence_contents *c, uint64_t seed, struct buf *out)
{
    put_section(out);
    return view_all(c, seed, out, pcap_row);
    struct view_end have_csv = {.have = csv, .same = true},
                    have_pcap = {.have = pcap, .same = true};
    TRY(view_both(c, &have_csv, &have_pcap));
    *ret = (struct evidence_view_same){have_csv.same && have_csv.have.len == 0,
                                       have_pcap.same && have_pcap.have.len == 0};
    return ST_OK;
}
