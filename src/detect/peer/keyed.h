/* detect/peer/keyed.h - a hash table of the caller's structs, by two addresses
 * and a number.
 *
 * Items begin with a keyed_item. Nothing is taken out one by one: when the
 * table is full, those that the caller calls gone are left behind.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/status.h"

struct keyed_key {
    struct addr a, b;
    uint64_t n;
};

struct keyed_item {
    struct keyed_key key;
    bool used;
};

struct keyed {
    uint8_t *slots; /* open addressing, cap a power of two */
    size_t item_bytes;
    size_t n, cap;
    uint64_t seed;
    bool (*gone)(void *ctx, void *item); /* may be NULL: all stay */
    void *ctx;
};

void keyed_fini(struct keyed *k);
/* Pointers to items live until the next keyed_touch. */
void *keyed_find(const struct keyed *k, const struct keyed_key *key);
/* The item of a key; a new one is zero but for its keyed_item. */
MUST_USE enum status keyed_touch(struct keyed *k, const struct keyed_key *key, void **ret,
                                 bool *ret_new);
/* Empty it, and give its memory back. */
void keyed_clear(struct keyed *k);
/* From *at = 0 on, each item once, then NULL; in no order that means anything. */
void *keyed_next(const struct keyed *k, size_t *at);
size_t keyed_bytes(const struct keyed *k);
