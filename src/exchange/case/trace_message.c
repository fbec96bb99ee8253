/* exchange/case/trace_message.c - counts, between processes. */
#include <string.h>

#include "exchange/case/trace.h"

static void put_i64(struct buf *out, int64_t v)
{
    buf_be64(out, (uint64_t)v);
}

static int64_t get_i64(struct cursor *in)
{
    return (int64_t)cursor_be64(in);
}

static void put_neighbour(struct buf *out, const struct case_neighbour *n)
{
    buf_append(out, n->address.b, sizeof(n->address.b));
    buf_be64(out, n->records);
    put_i64(out, n->first_ns);
    put_i64(out, n->last_ns);
    buf_be64(out, n->targets);
    buf_be64(out, n->shared);
    buf_byte(out, n->more);
    buf_be64(out, n->ports);
    buf_be64(out, n->shared_ports);
}

static void get_neighbour(struct cursor *in, struct case_neighbour *n)
{
    struct bytes a = cursor_take(in, sizeof(n->address.b));
    if (a.len == sizeof(n->address.b)) {
        memcpy(n->address.b, a.data, a.len);
    }
    n->records = cursor_be64(in);
    n->first_ns = get_i64(in);
    n->last_ns = get_i64(in);
    n->targets = cursor_be64(in);
    n->shared = cursor_be64(in);
    n->more = cursor_u8(in) != 0;
    n->ports = cursor_be64(in);
    n->shared_ports = cursor_be64(in);
    in->failed |= n->shared > n->targets || n->shared_ports > n->ports;
}

enum status case_trace_put(struct buf *out, const struct case_trace *t)
{
    buf_be64(out, t->then_records);
    buf_be64(out, t->then_targets);
    buf_be64(out, t->then_ports);
    buf_byte(out, t->then_more);
    buf_be64(out, t->later_records);
    put_i64(out, t->later_first_ns);
    put_i64(out, t->later_last_ns);
    buf_be64(out, t->again);
    for (size_t i = 0; i < CASE_MARKS; i++) {
        buf_be64(out, t->after[i]);
    }
    buf_be64(out, t->others);
    put_i64(out, t->others_first_ns);
    put_i64(out, t->others_last_ns);
    buf_byte(out, (uint8_t)t->neighbour_n);
    for (size_t i = 0; i < t->neighbour_n; i++) {
        put_neighbour(out, &t->neighbour[i]);
    }
    return out->failed;
}

enum status case_trace_get(struct cursor *in, struct case_trace *ret)
{
    struct case_trace t = {.then_records = cursor_be64(in)};
    t.then_targets = cursor_be64(in);
    t.then_ports = cursor_be64(in);
    t.then_more = cursor_u8(in) != 0;
    t.later_records = cursor_be64(in);
    t.later_first_ns = get_i64(in);
    t.later_last_ns = get_i64(in);
    t.again = cursor_be64(in);
    for (size_t i = 0; i < CASE_MARKS; i++) {
        t.after[i] = cursor_be64(in);
    }
    t.others = cursor_be64(in);
    t.others_first_ns = get_i64(in);
    t.others_last_ns = get_i64(in);
    t.neighbour_n = cursor_u8(in);
    if (t.neighbour_n > CASE_NEIGHBOURS || t.again > t.later_records) {
        return ST_MALFORMED;
    }
    for (size_t i = 0; i < t.neighbour_n; i++) {
        get_neighbour(in, &t.neighbour[i]);
    }
    if (in->failed || cursor_left(in) != 0) {
        return ST_MALFORMED;
    }
    *ret = t;
    return ST_OK;
}

void case_look_put(struct buf *out, const struct case_look *l)
{
    buf_be64(out, l->records);
    put_i64(out, l->first_ns);
    put_i64(out, l->last_ns);
    put_i64(out, l->gap_from_ns);
    put_i64(out, l->gap_to_ns);
}

enum status case_look_get(struct cursor *in, struct case_look *ret)
{
    struct case_look l = {.records = cursor_be64(in)};
    l.first_ns = get_i64(in);
    l.last_ns = get_i64(in);
    l.gap_from_ns = get_i64(in);
    l.gap_to_ns = get_i64(in);
    if (in->failed || cursor_left(in) != 0 || l.first_ns > l.last_ns ||
        l.gap_from_ns > l.gap_to_ns) {
        return ST_MALFORMED;
    }
    *ret = l;
    return ST_OK;
}
