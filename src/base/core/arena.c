/* base/core/arena.c - bump allocation in growing blocks. */
#include "base/core/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
    struct arena_block *next;
    size_t len, cap;
    alignas(max_align_t) unsigned char data[];
};

void arena_init(struct arena *a, size_t max_bytes)
{
    *a = (struct arena){.max_bytes = max_bytes};
}

void arena_fini(struct arena *a)
{
    while (a->head != NULL) {
        struct arena_block *b = a->head;
        a->head = b->next;
        free(b);
    }
    *a = (struct arena){0};
}

void *arena_alloc(struct arena *a, size_t n)
{
    size_t align = alignof(max_align_t);
    if (n > a->max_bytes || n > SIZE_MAX - align) {
        return NULL;
    }
    n = (n + align - 1) / align * align;
    if (a->head == NULL || n > a->head->cap - a->head->len) {
        size_t cap = a->head == NULL ? 1024 : a->head->cap < 65536 ? a->head->cap * 4 : 262144;
        cap = n > cap ? n : cap;
        if (cap > a->max_bytes - a->used_bytes) {
            cap = n; /* near the maximum: only what is asked for */
        }
        if (cap > a->max_bytes - a->used_bytes) {
            return NULL;
        }
        struct arena_block *b = calloc(1, sizeof(*b) + cap);
        if (b == NULL) {
            return NULL;
        }
        b->cap = cap;
        b->next = a->head;
        a->head = b;
        a->used_bytes += cap;
    }
    void *p = a->head->data + a->head->len;
    a->head->len += n;
    return p;
}

char *arena_text(struct arena *a, struct bytes s)
{
    char *p = s.len == SIZE_MAX ? NULL : arena_alloc(a, s.len + 1);
    if (p != NULL && s.len > 0) {
        memcpy(p, s.data, s.len);
    }
    return p;
}
