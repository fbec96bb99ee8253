/* evidence/rebuild.c - the inverse of evidence_record_clear and _hidden. */
#include "evidence/rebuild.h"

/* Which options are there: what a reader of packets says of them. */
static uint8_t tcp_options(struct bytes p)
{
    uint8_t seen = 0;
    for (size_t i = 0; i < p.len && p.data[i] != 0;) {
        uint8_t kind = p.data[i];
        if (kind == 1) {
            i++;
            continue;
        }
        if (i + 1 >= p.len || p.data[i + 1] < 2) {
            break;
        }
        seen |= seen == 0 && kind == 2 ? OPT_FIRST_MSS : 0;
        seen |= kind == 2   ? OPT_MSS
                : kind == 3 ? OPT_WSCALE
                : kind == 4 ? OPT_SACK
                : kind == 8 ? OPT_TIMESTAMP
                            : OPT_OTHER;
        i += p.data[i + 1];
    }
    return seen;
}

static void fill_ends(const struct evidence_record *r, const struct evidence_opened *o,
                      struct observation *ret)
{
    bool out = (r->cls & RECORD_OUT) != 0;
    ret->src = out ? *o->local : *o->remote;
    ret->dst = out ? *o->remote : *o->local;
    ret->src_port = out ? r->local_port : r->remote_port;
    ret->dst_port = out ? r->remote_port : r->local_port;
}

/* The error itself came between these ends, or from somewhere on the way. */
static void fill_quote(const struct evidence_record *r, struct observation *ret,
                       struct obs_quote *q)
{
    *q = (struct obs_quote){
        .src = ret->dst,
        .dst = ret->src,
        .src_port = ret->dst_port,
        .dst_port = ret->src_port,
        .proto = r->proto,
        .has_ports = (r->flags & RECORD_L4) != 0,
    };
    ret->quote = q;
    ret->src_port = 0;
    ret->dst_port = 0;
    ret->proto = (r->flags & RECORD_V6) != 0 ? PROTO_ICMPV6 : PROTO_ICMP;
    ret->flags |= OBS_L4;
}

static void fill_packet(const struct evidence_record *r, const struct evidence_opened *o,
                        struct observation *ret)
{
    struct evidence_lengths len;
    evidence_record_lengths(r, &len);
    ret->flags =
        (uint16_t)((r->flags & RECORD_OBS_FLAGS) | ((r->cls & RECORD_INNER) != 0 ? OBS_INNER : 0));
    ret->ttl = r->ttl;
    ret->wire_len = len.wire;
    ret->payload_len = len.payload;
    ret->captured_len = 0; /* what is not opened was not captured, as far as we know */
    if (o->hidden != NULL) {
        ret->seq = o->hidden->seq;
        ret->ack = o->hidden->ack;
        ret->window = o->hidden->window;
        ret->ip_id = o->hidden->ip_id;
        ret->frag_units = o->hidden->frag & 0x1fff;
    }
    if (o->data != NULL) {
        size_t have = o->data->payload.len;
        ret->captured_len = have > UINT16_MAX ? UINT16_MAX : (uint16_t)have;
        ret->payload = have > 0 ? o->data->payload.data : NULL;
        bool syn = r->proto == PROTO_TCP && (ret->tcp_flags & TCP_SYN) != 0;
        ret->tcp_options = syn ? tcp_options(o->data->tcp_options) : 0;
    }
}

static void fill_log(const struct evidence_record *r, struct observation *ret, struct obs_log *log)
{
    unsigned service = r->ext[8] >> 4 & 7;
    *log = (struct obs_log){
        .service = (enum log_service)service,
        .outcome = service == LOG_WEB ? LOG_OTHER : (enum log_outcome)r->code,
        .status = service == LOG_WEB ? r->code : 0,
        .repeat = load_be32(r->ext),
        .session = load_be32(r->ext + 4),
        .weak = r->ext[8] >> 7,
        .tally = r->ext[8] & 3,
    };
    ret->log = log;
    ret->tcp_flags = 0;
    ret->icmp_code = 0;
}

void evidence_rebuild(const struct evidence_record *r, const struct evidence_opened *o,
                      struct observation *ret, struct obs_quote *quote, struct obs_log *log)
{
    bool tcp = r->proto == PROTO_TCP && (r->flags & RECORD_QUOTED) == 0;
    *ret = (struct observation){
        .time_ns = r->time_ns,
        .type = r->type,
        .proto = r->proto,
        .tcp_flags = (uint8_t)(tcp ? r->code : r->code >> 8),
        .icmp_code = (uint8_t)(tcp ? r->code >> 12 : r->code),
        .flags = r->flags & OBS_V6,
    };
    fill_ends(r, o, ret);
    if (r->type == OBS_LOG) {
        fill_log(r, ret, log);
    } else if (r->type == OBS_PACKET) {
        fill_packet(r, o, ret);
    }
    if (r->type == OBS_PACKET && (r->flags & RECORD_QUOTED) != 0) {
        fill_quote(r, ret, quote);
    }
}
