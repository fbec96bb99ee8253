/* cli/grown.c - telling what a file begins with. */
#include "cli/grown.h"

#include <stdlib.h>
#include <string.h>

static enum status add(void *ctx, const struct evidence_file *f)
{
    struct grown_files *g = ctx;
    if (g->n == g->room) {
        size_t room = g->room == 0 ? 64 : g->room * 2;
        void *items = realloc(g->items, room * sizeof(*g->items));
        if (items == NULL) {
            return ST_NOMEM;
        }
        g->items = items;
        g->room = room;
    }
    g->items[g->n++] = (struct grown_file){
        .size = f->size_bytes + (f->part ? f->part_from : 0),
        .whole = f->part ? f->whole : f->sha256,
        .sha256 = f->sha256,
        .log = f->kind == KIND_LOG,
    };
    return ST_OK;
}

static int by_size(const void *a, const void *b)
{
    const struct grown_file *x = a, *y = b;
    return x->size != y->size ? (x->size < y->size ? -1 : 1)
                              : memcmp(&x->sha256, &y->sha256, sizeof(x->sha256));
}

enum status grown_list(const struct evidence_shelf *shelf, struct grown_files *ret,
                       struct fault *why)
{
    *ret = (struct grown_files){.n = 0};
    enum status st = evidence_shelf_files(shelf, add, ret, why);
    if (st == ST_OK && ret->n > 0) {
        qsort(ret->items, ret->n, sizeof(*ret->items), by_size);
    }
    return st;
}

void grown_fini(struct grown_files *g)
{
    free(g->items);
    *g = (struct grown_files){.n = 0};
}

enum status grown_begin(const struct grown_files *files, struct grown_look *ret)
{
    *ret = (struct grown_look){.files = files};
    return digest_run_new(&ret->hash);
}

void grown_look_fini(struct grown_look *l)
{
    digest_run_free(l->hash);
    l->hash = NULL;
}

static void take(struct grown_look *l, struct bytes part)
{
    const uint8_t *end = part.len > 0 ? memrchr(part.data, '\n', part.len) : NULL;
    if (end != NULL) {
        l->line_begin = l->bytes + (uint64_t)(end - part.data) + 1;
    }
    digest_run_add(l->hash, part);
    l->bytes += part.len;
}

/* All of this size; the longest that fits counts, so a later one wins. */
static enum status compare(struct grown_look *l)
{
    const struct grown_files *g = l->files;
    struct digest now;
    TRY(digest_run_now(l->hash, &now));
    for (; l->next < g->n && g->items[l->next].size == l->bytes; l->next++) {
        if (memcmp(&g->items[l->next].whole, &now, sizeof(now)) == 0) {
            l->found = true;
            l->with = g->items[l->next];
            l->at = l->next;
            l->line_begin_of = l->line_begin;
        }
    }
    return ST_OK;
}

enum status grown_add(struct grown_look *l, struct bytes more)
{
    const struct grown_files *g = l->files;
    while (l->next < g->n && g->items[l->next].size <= l->bytes + more.len) {
        size_t n = (size_t)(g->items[l->next].size - l->bytes);
        take(l, bytes_of(more.data, n));
        more = bytes_of(more.data + n, more.len - n);
        TRY(compare(l));
    }
    take(l, more);
    return ST_OK;
}

enum status grown_end(struct grown_look *l, struct digest *ret)
{
    return digest_run_end(l->hash, ret);
}
