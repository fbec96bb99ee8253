/* evidence/ends.c - open addressing, and a radix sort that skips equal bytes. */
#include "evidence/ends.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/cursor.h"
#include "base/core/hash.h"
#include "base/core/pages.h"

void evidence_ends_init(struct evidence_ends *t, size_t size, uint64_t seed)
{
    *t = (struct evidence_ends){.size = size, .seed = seed};
}

static size_t slot_bytes(const struct evidence_ends *t)
{
    return t->slots == NULL ? 0 : ((size_t)t->slot_mask + 1) * sizeof(*t->slots);
}

void evidence_ends_fini(struct evidence_ends *t)
{
    if (t->items != NULL) {
        explicit_bzero(t->items, (size_t)t->n * t->size);
    }
    pages_free(t->items, t->room * t->size);
    pages_free(t->slots, slot_bytes(t));
    *t = (struct evidence_ends){.size = t->size, .seed = t->seed};
}

void evidence_ends_clear(struct evidence_ends *t)
{
    if (t->n > 0) {
        explicit_bzero(t->items, (size_t)t->n * t->size);
        memset(t->slots, 0, slot_bytes(t));
        t->n = 0;
    }
}

/* The slot of an address, or the empty one where it belongs. */
static uint32_t slot_of(const struct evidence_ends *t, const struct addr *a, uint32_t hash)
{
    uint32_t i = hash & t->slot_mask;
    for (;; i = (i + 1) & t->slot_mask) {
        const struct evidence_ends_slot *s = &t->slots[i];
        if (s->number == 0 ||
            (s->hash == hash && memcmp(evidence_ends_at(t, s->number - 1), a->b, 16) == 0)) {
            return i;
        }
    }
}

static enum status grow_slots(struct evidence_ends *t)
{
    size_t want = t->slots == NULL ? 1024 : ((size_t)t->slot_mask + 1) * 2;
    struct evidence_ends_slot *slots =
        want > UINT32_MAX / 2 ? NULL : pages_alloc(want * sizeof(*slots));
    if (slots == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0, have = slot_bytes(t) / sizeof(*slots); i < have; i++) {
        uint32_t to = t->slots[i].hash & ((uint32_t)want - 1);
        while (t->slots[i].number != 0 && slots[to].number != 0) {
            to = (to + 1) & ((uint32_t)want - 1);
        }
        slots[to] = t->slots[i].number != 0 ? t->slots[i] : slots[to];
    }
    pages_free(t->slots, slot_bytes(t));
    t->slots = slots;
    t->slot_mask = (uint32_t)want - 1;
    return ST_OK;
}

static enum status grow_items(struct evidence_ends *t)
{
    size_t want = t->room == 0 ? 256 : t->room * 2;
    uint8_t *p = t->items == NULL ? pages_alloc(want * t->size)
                                  : pages_grow(t->items, t->room * t->size, want * t->size);
    if (p == NULL) {
        return ST_NOMEM;
    }
    t->items = p;
    t->room = want;
    return ST_OK;
}

enum status evidence_ends_add(struct evidence_ends *t, const struct addr *a, uint32_t *ret,
                              bool *fresh)
{
    return evidence_ends_add_hashed(t, a, evidence_ends_hash(t, a), ret, fresh);
}

enum status evidence_ends_add_hashed(struct evidence_ends *t, const struct addr *a, uint32_t hash,
                                     uint32_t *ret, bool *fresh)
{
    if (t->slots == NULL || t->n >= t->slot_mask / 2) {
        TRY(grow_slots(t));
    }
    uint32_t i = slot_of(t, a, hash);
    *fresh = t->slots[i].number == 0;
    if (*fresh) {
        if (t->n == t->room) {
            TRY(grow_items(t));
        }
        uint8_t *item = evidence_ends_at(t, t->n);
        memset(item, 0, t->size);
        memcpy(item, a->b, 16);
        t->slots[i] = (struct evidence_ends_slot){hash, ++t->n};
    }
    *ret = t->slots[i].number - 1;
    return ST_OK;
}

struct sorter {
    const uint8_t *keys;
    size_t stride;
};

static int compare(const void *a, const void *b, void *ctx)
{
    const struct sorter *s = ctx;
    return memcmp(s->keys + *(const uint32_t *)a * s->stride,
                  s->keys + *(const uint32_t *)b * s->stride, 16);
}

/* Bytes in which not all keys are equal, the highest first. */
static size_t differing(const struct sorter *s, uint32_t n, uint8_t ret[16])
{
    uint8_t diff[16] = {0};
    for (uint32_t i = 1; i < n; i++) {
        for (size_t b = 0; b < 16; b++) {
            diff[b] |= (uint8_t)(s->keys[b] ^ s->keys[i * s->stride + b]);
        }
    }
    size_t count = 0;
    for (uint8_t b = 0; b < 16; b++) {
        if (diff[b] != 0) {
            ret[count++] = b;
        }
    }
    return count;
}

struct numbered {
    uint64_t key;
    uint32_t i;
};

static void one_pass(const struct numbered *from, struct numbered *to, uint32_t n, unsigned shift)
{
    uint32_t at[256] = {0}, sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        at[from[i].key >> shift & 255]++;
    }
    for (size_t b = 0; b < 256; b++) {
        uint32_t count = at[b];
        at[b] = sum;
        sum += count;
    }
    for (uint32_t i = 0; i < n; i++) {
        to[at[from[i].key >> shift & 255]++] = from[i];
    }
}

/* By the highest few differing bytes in time linear in n; keys that are equal
 * there, by comparing. IPv4 addresses have no more than four. */
enum status evidence_sort_keys(const uint8_t *keys, size_t stride, uint32_t n, uint32_t *ret)
{
    enum { HIGHEST = 6, SMALL = 64 };
    struct sorter s = {keys, stride};
    if (n < SMALL) {
        for (uint32_t i = 0; i < n; i++) {
            ret[i] = i;
        }
        qsort_r(ret, n, sizeof(*ret), compare, &s);
        return ST_OK;
    }
    uint8_t byte[16];
    size_t count = differing(&s, n, byte), used = count < HIGHEST ? count : HIGHEST;
    CLEANUP(free_ptr) struct numbered *a = malloc(n * sizeof(*a));
    CLEANUP(free_ptr) struct numbered *b = malloc(n * sizeof(*b));
    if (a == NULL || b == NULL) {
        return ST_NOMEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        a[i] = (struct numbered){.i = i};
        for (size_t k = 0; k < used; k++) {
            a[i].key = a[i].key << 8 | keys[i * stride + byte[k]];
        }
    }
    struct numbered *from = a, *to = b;
    for (size_t k = 0; k < used; k++) {
        one_pass(from, to, n, (unsigned)(8 * k));
        struct numbered *swap = from;
        from = to;
        to = swap;
    }
    for (uint32_t i = 0; i < n; i++) {
        ret[i] = from[i].i;
    }
    for (uint32_t i = 0, end; count > used && i < n; i = end) {
        for (end = i + 1; end < n && from[end].key == from[i].key; end++) {
        }
        qsort_r(ret + i, end - i, sizeof(*ret), compare, &s);
    }
    return ST_OK;
}
