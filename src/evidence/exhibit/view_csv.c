/* evidence/exhibit/view_csv.c - a row as a line of CSV.
 *
 * Hot: verifying a million records makes a million lines, so they are put together
 * by hand, and what a line shares with the one before is not made again.
 */
#include <assert.h>
#include <string.h>

#include "base/core/timefmt.h"
#include "evidence/exhibit/view_row.h"

const char view_csv_head[] =
    "segment,row,time,type,direction,remote,local,local_is,protocol,remote_port,"
    "local_port,code,wire_bytes,payload_bytes,ttl,flags,packets,octets\n";

/* Where the next field goes; each brings the comma behind it. */
struct line {
    char *at;
};

static inline void put_text(struct line *l, const char *text, size_t n)
{
    memcpy(l->at, text, n);
    l->at += n;
    *l->at++ = ',';
}

/* Two digits at a time. */
static inline void put_number(struct line *l, uint64_t v)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    char digits[20];
    size_t at = sizeof(digits);
    for (; v >= 100; v /= 100) {
        at -= 2;
        memcpy(digits + at, pairs + 2 * (v % 100), 2);
    }
    if (v >= 10) {
        at -= 2;
        memcpy(digits + at, pairs + 2 * v, 2);
    } else {
        digits[--at] = (char)('0' + v);
    }
    put_text(l, digits + at, sizeof(digits) - at);
}

static void put_time(struct line *l, struct view_csv_memory *m, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    int64_t nanos = ns % TIME_SECOND;
    nanos += nanos < 0 ? TIME_SECOND : 0;
    if (m->time_len == 0 || ns - nanos != m->second) {
        m->time_len = time_format(ns, text);
        assert(m->time_len == sizeof(m->time) + 10); /* nine digits and a Z */
        memcpy(m->time, text, sizeof(m->time));
        m->second = ns - nanos;
    }
    memcpy(l->at, m->time, sizeof(m->time));
    l->at += sizeof(m->time);
    for (size_t i = 9; i-- > 0; nanos /= 10) {
        l->at[i] = (char)('0' + nanos % 10);
    }
    l->at += 9;
    put_text(l, "Z", 1);
}

static void put_remote(struct line *l, struct view_csv_memory *m, const struct addr *a)
{
    if (m->remote_len == 0 || !addr_equal(&m->remote, a)) {
        m->remote = *a;
        m->remote_len = addr_format(a, m->remote_text);
    }
    put_text(l, m->remote_text, m->remote_len);
}

static void put_local(struct line *l, const struct addr *a)
{
    l->at += addr_format(a, l->at);
    *l->at++ = ',';
}

#define PUT_WORD(l, word) put_text(l, word, sizeof(word) - 1)

/* The protocols that have names here are those that detectors know. */
static void put_proto(struct line *l, uint8_t proto)
{
    switch (proto) {
    case PROTO_ICMP:
        PUT_WORD(l, "icmp");
        return;
    case PROTO_TCP:
        PUT_WORD(l, "tcp");
        return;
    case PROTO_UDP:
        PUT_WORD(l, "udp");
        return;
    case PROTO_ICMPV6:
        PUT_WORD(l, "icmpv6");
        return;
    case PROTO_ARP:
        PUT_WORD(l, "arp");
        return;
    default:
        put_number(l, proto);
    }
}

static void put_flow(struct line *l, const struct evidence_record *r)
{
    if (r->type == OBS_FLOW) {
        put_number(l, load_be32(r->ext));
        put_number(l, load_be64(r->ext + 4));
    } else {
        put_text(l, ",", 1); /* two empty ones */
    }
}

static void put_type(struct line *l, uint8_t type)
{
    if (type == OBS_PACKET) {
        PUT_WORD(l, "packet");
    } else if (type == OBS_FLOW) {
        PUT_WORD(l, "flow");
    } else {
        PUT_WORD(l, "log");
    }
}

size_t view_csv_row(struct view_csv_memory *m, const struct view_row *v, char out[VIEW_LINE_BYTES])
{
    const struct evidence_record *r = &v->row->record;
    const struct addr *src = &v->obs.src, *dst = &v->obs.dst;
    bool sent = (r->cls & RECORD_OUT) != 0;
    struct evidence_lengths len = {.wire = r->wire_len, .payload = r->payload_len};
    struct line l = {out};
    if (r->type == OBS_PACKET) {
        evidence_record_lengths(r, &len);
    }
    put_number(&l, v->part);
    put_number(&l, v->row->number);
    put_time(&l, m, r->time_ns);
    put_type(&l, r->type);
    put_text(&l, sent ? "out" : "in", sent ? 3 : 2);
    put_remote(&l, m, sent ? dst : src);
    put_local(&l, sent ? src : dst);
    if (!v->opened) {
        PUT_WORD(&l, "made up");
    } else if (addr_is_unspecified(sent ? src : dst)) {
        PUT_WORD(&l, "none"); /* a line of a log need not name the server */
    } else {
        PUT_WORD(&l, "opened");
    }
    put_proto(&l, r->proto);
    uint32_t numbers[] = {r->remote_port, r->local_port, r->code, len.wire,
                          len.payload,    r->ttl,        r->flags};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        put_number(&l, numbers[i]);
    }
    put_flow(&l, r);
    l.at[-1] = '\n'; /* behind the last field */
    assert(l.at - out <= VIEW_LINE_BYTES);
    return (size_t)(l.at - out);
}
