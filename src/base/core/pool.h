/* base/core/pool.h - zeroed blocks of powers of two, given and taken back.
 *
 * For tables that double as they grow: blocks come from large chunks on huge
 * pages, and a block that was given back serves the next table of its size.
 * Everything is freed at once.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { POOL_LEAST = 6, POOL_MOST = 20, POOL_CHUNK = 1 << 22 }; /* 64 bytes to 1 MiB; 4 MiB */

struct pool_chunk;

struct pool {
    struct pool_chunk *chunks;
    uint8_t *next, *end; /* of the newest chunk */
    size_t chunk_bytes;  /* of the next one: grows up to POOL_CHUNK */
    void *free_blocks[POOL_MOST + 1];
};

void pool_fini(struct pool *p);
/* 2^order bytes, zeroed; larger orders than POOL_MOST come from pages_alloc. */
void *pool_take(struct pool *p, unsigned order);
/* The same with anything in it, for who writes before he reads. */
void *pool_take_any(struct pool *p, unsigned order);
void pool_give(struct pool *p, void *block, unsigned order);
