/* detect/peer/keyed.c - a hash table of the caller's structs. */
#include "detect/peer/keyed.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/hash.h"

enum { CAP_LEAST = 64 };

static struct keyed_item *at_slot(const struct keyed *k, size_t i)
{
    return (struct keyed_item *)(void *)(k->slots + i * k->item_bytes);
}

static bool same(const struct keyed_key *x, const struct keyed_key *y)
{
    return x->n == y->n && addr_equal(&x->a, &y->a) && addr_equal(&x->b, &y->b);
}

static struct keyed_item *slot_of(const struct keyed *k, const struct keyed_key *key)
{
    uint64_t h = hash_bytes(bytes_of((const uint8_t *)key, sizeof(*key)), k->seed);
    size_t i = h & (k->cap - 1);
    while (at_slot(k, i)->used && !same(&at_slot(k, i)->key, key)) {
        i = (i + 1) & (k->cap - 1);
    }
    return at_slot(k, i);
}

void keyed_clear(struct keyed *k)
{
    free(k->slots);
    k->slots = NULL;
    k->n = k->cap = 0;
}

void keyed_fini(struct keyed *k)
{
    keyed_clear(k);
}

void *keyed_find(const struct keyed *k, const struct keyed_key *key)
{
    if (k->cap == 0) {
        return NULL;
    }
    struct keyed_item *item = slot_of(k, key);
    return item->used ? item : NULL;
}

/* Everything that stays, in a table that is at most a third full. */
static enum status rebuild(struct keyed *k)
{
    struct keyed fresh = *k;
    size_t staying = 0;
    for (size_t i = 0; i < k->cap; i++) {
        struct keyed_item *item = at_slot(k, i);
        if (item->used && k->gone != NULL && k->gone(k->ctx, item)) {
            item->used = false; /* the table is not searched any more */
        }
        staying += item->used;
    }
    fresh.n = staying;
    for (fresh.cap = CAP_LEAST; fresh.cap < staying * 3;) {
        fresh.cap *= 2;
    }
    fresh.slots = calloc(fresh.cap, k->item_bytes);
    if (fresh.slots == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < k->cap; i++) {
        const struct keyed_item *item = at_slot(k, i);
        if (item->used) {
            memcpy(slot_of(&fresh, &item->key), item, k->item_bytes);
        }
    }
    free(k->slots);
    *k = fresh;
    return ST_OK;
}

enum status keyed_touch(struct keyed *k, const struct keyed_key *key, void **ret, bool *ret_new)
{
    if (k->cap == 0) {
        TRY(rebuild(k));
    }
    struct keyed_item *item = slot_of(k, key);
    bool is_new = !item->used;
    if (is_new && (k->n + 1) * 3 > k->cap * 2) {
        TRY(rebuild(k));
        item = slot_of(k, key);
    }
    if (is_new) {
        item->key = *key;
        item->used = true;
        k->n++;
    }
    *ret_new = is_new;
    *ret = item;
    return ST_OK;
}

void *keyed_next(const struct keyed *k, size_t *at)
{
    while (*at < k->cap) {
        struct keyed_item *item = at_slot(k, (*at)++);
        if (item->used) {
            return item;
        }
    }
    return NULL;
}

size_t keyed_bytes(const struct keyed *k)
{
    return k->cap * k->item_bytes;
}
