/* report/page_pack.c - one pass over each line, by its quotes and its marks. */
#include "report/page_pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/emit.h"

enum { PACK_MAX = 1 << 24, PACK_MAX_BYTES = 1 << 30, ROW_FIRST = 256 };

#define FRESH UINT32_MAX

enum status page_pack_begin(struct page_pack *p, uint64_t seed)
{
    *p = (struct page_pack){.rows = BUF_INIT(PACK_MAX_BYTES), .shape = BUF_INIT(PACK_MAX_BYTES)};
    TRY(attribute_intern_init(&p->shapes, PACK_MAX, PACK_MAX_BYTES, seed));
    return attribute_intern_init(&p->values, PACK_MAX, PACK_MAX_BYTES, seed);
}

void page_pack_fini(struct page_pack *p)
{
    attribute_intern_fini(&p->shapes);
    attribute_intern_fini(&p->values);
    buf_fini(&p->rows);
    buf_fini(&p->shape);
    for (size_t i = 0; i < p->last_n; i++) {
        free(p->last[i].values);
    }
    free(p->last);
    free(p->now.values);
}

/* The end of a string, a number or a word that begins at `at`. */
static size_t token_end(struct bytes line, size_t at)
{
    size_t i = at;
    if (line.data[i] == '"') {
        for (i++; i < line.len && line.data[i] != '"'; i++) {
            i += line.data[i] == '\\';
        }
        return i + 1 < line.len ? i + 1 : line.len;
    }
    while (i < line.len && line.data[i] != ',' && line.data[i] != ']' && line.data[i] != '}') {
        i++;
    }
    return i;
}

static bool is_mark(uint8_t c)
{
    return c == '{' || c == '}' || c == '[' || c == ']' || c == ',' || c == ':' || c == '\n';
}

/* Whether it is new, and which it is; the run of no bytes, which comes first, is no value. */
static uint32_t intern(struct page_pack *p, struct attribute_intern *t, struct bytes s, bool *fresh)
{
    uint32_t n = 1;
    size_t before = t->n;
    enum status st = attribute_intern_add(t, s, &n);
    p->failed = st != ST_OK ? st : p->failed;
    *fresh = t->n > before;
    return n - 1;
}

static bool grow(struct page_pack_row *r)
{
    if (r->n < r->cap) {
        return true;
    }
    size_t cap = r->cap > 0 ? 2 * r->cap : ROW_FIRST;
    uint32_t *v = realloc(r->values, cap * sizeof(*v));
    if (v != NULL) {
        r->values = v;
        r->cap = cap;
    }
    return v != NULL;
}

static void add_value(struct page_pack *p, struct bytes token)
{
    bool fresh;
    if (!grow(&p->now)) {
        p->failed = ST_NOMEM;
        return;
    }
    uint32_t n = intern(p, &p->values, token, &fresh);
    p->now.values[p->now.n++] = fresh ? FRESH : n;
}

/* The last row of this shape; a new shape has none. */
static struct page_pack_row *last_of(struct page_pack *p, uint32_t shape)
{
    if (shape >= p->last_n) {
        struct page_pack_row *l = realloc(p->last, (shape + 1) * sizeof(*l));
        if (l == NULL) {
            p->failed = ST_NOMEM;
            return NULL;
        }
        memset(l + p->last_n, 0, (shape + 1 - p->last_n) * sizeof(*l));
        p->last = l;
        p->last_n = shape + 1;
    }
    return &p->last[shape];
}

static void write_row(struct page_pack *p, uint32_t shape)
{
    struct page_pack_row *last = last_of(p, shape);
    if (last == NULL || p->failed != ST_OK) {
        return;
    }
    uint32_t next = p->written;
    buf_str(&p->rows, p->rows.len > 0 ? ",[" : "[");
    for (size_t i = 0; i < p->now.n; i++) {
        uint32_t *v = &p->now.values[i];
        bool fresh = *v == FRESH;
        *v = fresh ? next++ : *v;
        bool same = i < last->n && last->values[i] == *v;
        buf_printf(&p->rows, "%u,", same ? 0 : fresh ? 1 : (unsigned)*v + 2);
    }
    buf_printf(&p->rows, "%u]", (unsigned)shape);
    p->written = next;
    struct page_pack_row now = p->now;
    p->now = *last;
    p->now.n = 0;
    *last = now;
}

void page_pack_add(struct page_pack *p, struct bytes line)
{
    bool fresh;
    buf_clear(&p->shape);
    for (size_t i = 0; i < line.len;) {
        if (is_mark(line.data[i])) {
            buf_byte(&p->shape, line.data[i++]);
            continue;
        }
        size_t end = token_end(line, i);
        if (end < line.len && line.data[end] == ':') {
            buf_append(&p->shape, line.data + i, end - i);
        } else {
            buf_byte(&p->shape, '?');
            add_value(p, bytes_of(line.data + i, end - i));
        }
        i = end;
    }
    write_row(p, intern(p, &p->shapes, buf_bytes(&p->shape), &fresh));
    p->failed = p->shape.failed != ST_OK ? p->shape.failed : p->failed;
}

static struct bytes run_of(const struct attribute_intern *t, size_t i)
{
    return bytes_of(t->bytes.data + t->starts[i], t->starts[i + 1] - t->starts[i]);
}

void page_pack_end(struct page_pack *p, struct buf *out)
{
    struct emit j;
    emit_begin(&j, out);
    emit_object(&j);
    emit_key(&j, "shapes");
    emit_array(&j);
    for (size_t i = 1; i < p->shapes.n; i++) {
        emit_text(&j, run_of(&p->shapes, i));
    }
    emit_array_end(&j);
    emit_key(&j, "values");
    emit_array(&j);
    for (size_t i = 1; i < p->values.n; i++) {
        emit_raw(&j, run_of(&p->values, i));
    }
    emit_array_end(&j);
    emit_object_end(&j);
    out->len--; /* the object goes on */
    buf_str(out, ",\"rows\":[");
    buf_append(out, p->rows.data, p->rows.len);
    buf_str(out, "]}");
    enum status st = p->failed != ST_OK ? p->failed : p->rows.failed;
    out->failed = st != ST_OK ? st : out->failed;
}
