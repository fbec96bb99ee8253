/* base/core/pool.c - chunks cut into blocks, free lists by size. */
#include "base/core/pool.h"

#include <string.h>

#include "base/core/pages.h"

enum { CHUNK_START = 1 << 16 };

struct pool_chunk {
    struct pool_chunk *next;
    size_t bytes;
};

void pool_fini(struct pool *p)
{
    while (p->chunks != NULL) {
        struct pool_chunk *c = p->chunks;
        p->chunks = c->next;
        pages_free(c, c->bytes);
    }
    *p = (struct pool){0};
}

/* What is left of the newest chunk goes to the free lists, largest first. */
static void retire(struct pool *p)
{
    for (unsigned order = POOL_MOST; order >= POOL_LEAST; order--) {
        size_t size = (size_t)1 << order;
        while ((size_t)(p->end - p->next) >= size) {
            void *block = p->next;
            p->next += size;
            memcpy(block, &p->free_blocks[order], sizeof(void *));
            p->free_blocks[order] = block;
        }
    }
}

static int refill(struct pool *p, size_t need)
{
    size_t bytes = p->chunk_bytes ? p->chunk_bytes : CHUNK_START;
    while (bytes < need + 64) {
        bytes *= 2;
    }
    struct pool_chunk *c = pages_alloc(bytes);
    if (c == NULL) {
        return 0;
    }
    retire(p);
    c->next = p->chunks;
    c->bytes = bytes;
    p->chunks = c;
    p->next = (uint8_t *)c + 64; /* blocks begin at cache lines */
    p->end = (uint8_t *)c + bytes;
    p->chunk_bytes = bytes < POOL_CHUNK ? bytes * 2 : POOL_CHUNK;
    return 1;
}

static void *take(struct pool *p, unsigned order, int zeroed)
{
    order = order < POOL_LEAST ? POOL_LEAST : order;
    size_t size = (size_t)1 << order;
    if (order > POOL_MOST) {
        return pages_alloc(size);
    }
    void *block = p->free_blocks[order];
    if (block != NULL) {
        memcpy(&p->free_blocks[order], block, sizeof(void *));
        if (zeroed) {
            memset(block, 0, size);
        }
        return block;
    }
    if ((size_t)(p->end - p->next) < size && !refill(p, size)) {
        return NULL;
    }
    block = p->next; /* fresh pages are zero already */
    p->next += size;
    return block;
}

void *pool_take(struct pool *p, unsigned order)
{
    return take(p, order, 1);
}

void *pool_take_any(struct pool *p, unsigned order)
{
    return take(p, order, 0);
}

void pool_give(struct pool *p, void *block, unsigned order)
{
    if (block == NULL) {
        return;
    }
    order = order < POOL_LEAST ? POOL_LEAST : order;
    if (order > POOL_MOST) {
        pages_free(block, (size_t)1 << order);
        return;
    }
    memcpy(block, &p->free_blocks[order], sizeof(void *));
    p->free_blocks[order] = block;
}
