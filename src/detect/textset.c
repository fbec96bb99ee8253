/* detect/textset.c - a set of texts with a count and flags for each. */
#include "detect/textset.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/hash.h"

void text_set_fini(struct text_set *s)
{
    free(s->slots);
    free(s->text);
    *s = (struct text_set){0};
}

size_t text_set_bytes(const struct text_set *s)
{
    return s->cap * sizeof(*s->slots) + s->text_cap;
}

struct bytes text_set_text(const struct text_set *s, const struct text_slot *slot)
{
    return slot->len > 0 ? bytes_of(s->text + slot->at, slot->len) : (struct bytes){0};
}

static struct text_slot *find(const struct text_set *s, uint32_t hash, struct bytes t)
{
    uint32_t i = hash & (s->cap - 1);
    while (text_slot_used(&s->slots[i]) &&
           (s->slots[i].hash != hash || !bytes_equal(text_set_text(s, &s->slots[i]), t))) {
        i = (i + 1) & (s->cap - 1);
    }
    return &s->slots[i];
}

static enum status grow(struct text_set *s)
{
    uint32_t cap = s->cap ? s->cap * 2 : 4;
    if (cap == 0) {
        return ST_LIMIT;
    }
    struct text_slot *slots = calloc(cap, sizeof(*slots));
    if (slots == NULL) {
        return ST_NOMEM;
    }
    for (uint32_t i = 0; i < s->cap; i++) {
        if (text_slot_used(&s->slots[i])) {
            uint32_t k = s->slots[i].hash & (cap - 1);
            while (text_slot_used(&slots[k])) {
                k = (k + 1) & (cap - 1);
            }
            slots[k] = s->slots[i];
        }
    }
    free(s->slots);
    s->slots = slots;
    s->cap = cap;
    return ST_OK;
}

static enum status keep(struct text_set *s, struct bytes t, uint32_t *ret_at)
{
    if (t.len > s->text_cap - s->text_len) {
        uint64_t cap = s->text_cap ? (uint64_t)s->text_cap * 2 : 64;
        cap = cap < (uint64_t)s->text_len + t.len ? (uint64_t)s->text_len + t.len : cap;
        if (cap > UINT32_MAX) {
            return ST_LIMIT;
        }
        uint8_t *p = realloc(s->text, cap);
        if (p == NULL) {
            return ST_NOMEM;
        }
        s->text = p;
        s->text_cap = (uint32_t)cap;
    }
    if (t.len > 0) {
        memcpy(s->text + s->text_len, t.data, t.len);
    }
    *ret_at = s->text_len;
    s->text_len += (uint32_t)t.len;
    return ST_OK;
}

uint32_t text_set_hash(struct bytes t, uint64_t seed)
{
    t.len = t.len > TEXT_SET_TEXT_MAX ? TEXT_SET_TEXT_MAX : t.len;
    return (uint32_t)hash_bytes(t, seed);
}

enum status text_set_add(struct text_set *s, uint64_t seed, struct bytes t, uint32_t n,
                         struct text_slot **ret)
{
    t.len = t.len > TEXT_SET_TEXT_MAX ? TEXT_SET_TEXT_MAX : t.len;
    if (s->n * 4 >= s->cap * 3) {
        TRY(grow(s));
    }
    uint32_t hash = text_set_hash(t, seed);
    struct text_slot *slot = find(s, hash, t);
    if (!text_slot_used(slot)) {
        uint32_t at;
        TRY(keep(s, t, &at));
        *slot = (struct text_slot){
            .hash = hash, .at = at, .len = (uint16_t)t.len, .flags = TEXT_SLOT_USED};
        s->n++;
    }
    slot->count += n < UINT32_MAX - slot->count ? n : UINT32_MAX - slot->count;
    *ret = slot;
    return ST_OK;
}

static bool before(const struct text_set *s, const struct text_slot *a, const struct text_slot *b)
{
    if (a->count != b->count) {
        return a->count > b->count;
    }
    size_t n = a->len < b->len ? a->len : b->len;
    int order = n > 0 ? memcmp(s->text + a->at, s->text + b->at, n) : 0;
    return order != 0 ? order < 0 : a->len < b->len;
}

enum { TOP_MAX = 16 };

enum status text_set_top(const struct text_set *s, unsigned flags, size_t max, struct arena *arena,
                         char **out, size_t *ret_n)
{
    const struct text_slot *top[TOP_MAX];
    size_t n = 0;
    max = max < TOP_MAX ? max : TOP_MAX;
    for (uint32_t i = 0; i < s->cap; i++) {
        const struct text_slot *slot = &s->slots[i];
        if (!text_slot_used(slot) || (flags != 0 && (slot->flags & flags) == 0)) {
            continue;
        }
        size_t k = n < max ? n++ : max;
        for (; k > 0 && before(s, slot, top[k - 1]); k--) {
            if (k < max) {
                top[k] = top[k - 1];
            }
        }
        if (k < max) {
            top[k] = slot;
        }
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = arena_text(arena, text_set_text(s, top[i]));
        if (out[i] == NULL) {
            return ST_NOMEM;
        }
    }
    *ret_n = n;
    return ST_OK;
}
