/* detect/contact/records.c - growing, adding and removing. */
#include "detect/contact/records.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/pages.h"

enum { SLOTS_START = 2048, ITEMS_START = 1024, ITEMS_DOUBLE = 1 << 17, SLOTS_ASIDE = 4096 };

static void set_cap(struct records *s, size_t cap)
{
    s->cap = cap;
    s->shift = (unsigned)__builtin_clzll(cap) + 1;
}

/* A slot's upper half is that of its hash: its home in any table. */
static void slot_insert(struct records *s, uint64_t slot)
{
    size_t i = slot >> s->shift;
    while (s->slots[i] != 0) {
        i = (i + 1) & (s->cap - 1);
    }
    s->slots[i] = slot;
}

/* Into a table of its own; used when it is small, or to make it smaller. */
static bool slots_rebuild(struct records *s, size_t cap)
{
    uint64_t *old = s->slots;
    size_t old_cap = s->cap;
    uint64_t *slots = pages_alloc(cap * sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    s->slots = slots;
    set_cap(s, cap);
    for (size_t k = 0; k < old_cap; k++) {
        if (old[k] != 0) {
            slot_insert(s, old[k]);
        }
    }
    pages_free(old, old_cap * sizeof(*old));
    return true;
}

/* Twice the room, in place. A slot's home is the top bits of its hash, so it
 * moves from i to about 2i: taken from the last to the first, each finds its
 * new place in what was emptied before. Only those at the very front (and with
 * them those that had wrapped around the end) are put aside first. */
static bool slots_double(struct records *s)
{
    size_t old_cap = s->cap;
    uint64_t aside[SLOTS_ASIDE];
    uint64_t *slots = pages_grow(s->slots, old_cap * sizeof(*slots), 2 * old_cap * sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    s->slots = slots;
    memcpy(aside, slots, sizeof(aside));
    memset(slots, 0, sizeof(aside));
    set_cap(s, 2 * old_cap);
    for (size_t k = old_cap; k-- > SLOTS_ASIDE;) {
        if (slots[k] != 0) {
            uint64_t slot = slots[k];
            slots[k] = 0;
            slot_insert(s, slot);
        }
    }
    for (size_t k = 0; k < SLOTS_ASIDE; k++) {
        if (aside[k] != 0) {
            slot_insert(s, aside[k]);
        }
    }
    return true;
}

static bool slots_more(struct records *s)
{
    bool large = s->cap >= (size_t)8 * SLOTS_ASIDE;
    return s->cap <= UINT32_MAX / 2 && (large ? slots_double(s) : slots_rebuild(s, s->cap * 2));
}

static bool items_more(struct records *s)
{
    /* Pages that were not used yet cost nothing, and growing copies none. */
    uint64_t room = s->room < ITEMS_DOUBLE ? s->room * UINT64_C(2) : s->room + s->room / 4;
    if (room >= RECORD_NONE) {
        return false;
    }
    struct record *items =
        pages_grow(s->items, s->room * sizeof(*items), (size_t)room * sizeof(*items));
    if (items == NULL) {
        return false;
    }
    s->items = items;
    s->room = (uint32_t)room;
    return true;
}

struct record *records_add(struct records *s, uint64_t head)
{
    if (s->n >= s->cap / 4 * 3 && !slots_more(s) && s->n >= s->cap - s->cap / 16) {
        return NULL;
    }
    if (s->n == s->room && !items_more(s)) {
        return NULL;
    }
    uint64_t hash = records_hash(s, head & RECORD_KEY);
    slot_insert(s, (hash & ~(uint64_t)UINT32_MAX) | (s->n + 1));
    struct record *r = &s->items[s->n++];
    r->head = head;
    return r;
}

static size_t slot_of(const struct records *s, uint32_t number)
{
    size_t i = records_hash(s, s->items[number].head & RECORD_KEY) >> s->shift;
    while (slot_number(s->slots[i]) != number) {
        i = (i + 1) & (s->cap - 1);
    }
    return i;
}

/* Empty a slot and move up what was pushed past it (Knuth 6.4, R). */
static void slot_remove(struct records *s, size_t i)
{
    for (size_t j = (i + 1) & (s->cap - 1); s->slots[j] != 0; j = (j + 1) & (s->cap - 1)) {
        size_t home = s->slots[j] >> s->shift;
        bool between = i <= j ? i < home && home <= j : i < home || home <= j;
        if (!between) {
            s->slots[i] = s->slots[j];
            i = j;
        }
    }
    s->slots[i] = 0;
}

void records_remove(struct records *s, uint32_t number)
{
    slot_remove(s, slot_of(s, number));
    uint32_t last = s->n - 1;
    if (number != last) {
        size_t i = slot_of(s, last);
        s->slots[i] = (s->slots[i] & ~(uint64_t)UINT32_MAX) | (number + 1);
        s->items[number] = s->items[last];
    }
    s->n = last;
}

void records_shrink(struct records *s)
{
    size_t cap = s->cap;
    while (cap > SLOTS_START && s->n < cap / 8) {
        cap /= 2;
    }
    if (cap < s->cap && !slots_rebuild(s, cap)) {
        return; /* without memory it just stays large */
    }
    uint32_t room = s->room;
    while (room > ITEMS_START && s->n < room / 8) {
        room /= 2;
    }
    struct record *items = room < s->room ? pages_alloc(room * sizeof(*items)) : NULL;
    if (items != NULL) {
        memcpy(items, s->items, s->n * sizeof(*items));
        pages_free(s->items, s->room * sizeof(*items));
        s->items = items;
        s->room = room;
    }
}

void records_clear(struct records *s)
{
    memset(s->slots, 0, s->cap * sizeof(*s->slots));
    s->n = 0;
}

size_t records_bytes(const struct records *s)
{
    return s->cap * sizeof(*s->slots) + s->room * sizeof(*s->items);
}

enum status records_init(struct records *s, uint64_t multiplier)
{
    *s = (struct records){.multiplier = multiplier | 1};
    s->items = pages_alloc(ITEMS_START * sizeof(*s->items));
    s->room = ITEMS_START;
    return s->items != NULL && slots_rebuild(s, SLOTS_START) ? ST_OK : ST_NOMEM;
}

void records_fini(struct records *s)
{
    pages_free(s->slots, s->cap * sizeof(*s->slots));
    pages_free(s->items, s->room * sizeof(*s->items));
    *s = (struct records){0};
}
