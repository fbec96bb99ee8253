/* base/model/trace.c - traces as messages. */
#include "base/model/trace.h"

#include <string.h>

static void put_text(struct buf *out, const char *s)
{
    size_t n = strlen(s);
    buf_byte(out, (uint8_t)n); /* all are short */
    buf_append(out, s, n);
}

static void get_text(struct cursor *in, char *out, size_t size)
{
    struct bytes s = cursor_take(in, cursor_u8(in));
    if (s.len >= size || (s.len > 0 && memchr(s.data, '\0', s.len) != NULL)) {
        in->failed = true;
        return;
    }
    if (s.len > 0) {
        memcpy(out, s.data, s.len);
    }
    out[s.len] = '\0';
}

static void get_addr(struct cursor *in, struct addr *a)
{
    struct bytes b = cursor_take(in, sizeof(a->b));
    if (b.len > 0) {
        memcpy(a->b, b.data, sizeof(a->b));
    }
}

void trace_put(struct buf *out, const struct trace *t)
{
    put_text(out, t->id);
    buf_be16(out, (uint16_t)t->n);
    for (size_t i = 0; i < t->n; i++) {
        const struct trace_record *r = &t->records[i];
        buf_be64(out, (uint64_t)r->time_ns);
        buf_be64(out, r->pos);
        buf_append(out, r->src.b, sizeof(r->src.b));
        buf_append(out, r->dst.b, sizeof(r->dst.b));
        buf_be16(out, r->src_port);
        buf_be16(out, r->dst_port);
        put_text(out, r->text);
    }
}

enum status trace_get(struct cursor *in, struct arena *arena, struct trace *ret)
{
    struct trace t = {.n = 0};
    get_text(in, t.id, sizeof(t.id));
    t.n = cursor_be16(in);
    if (in->failed || t.n > TRACE_RECORDS) {
        return ST_MALFORMED;
    }
    t.records = arena_alloc(arena, t.n * sizeof(*t.records));
    if (t.n > 0 && t.records == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < t.n; i++) {
        struct trace_record *r = &t.records[i];
        r->time_ns = (int64_t)cursor_be64(in);
        r->pos = cursor_be64(in);
        get_addr(in, &r->src);
        get_addr(in, &r->dst);
        r->src_port = cursor_be16(in);
        r->dst_port = cursor_be16(in);
        get_text(in, r->text, sizeof(r->text));
    }
    if (in->failed || cursor_left(in) > 0) {
        return ST_MALFORMED;
    }
    *ret = t;
    return ST_OK;
}
