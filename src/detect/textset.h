/* detect/textset.h - a set of texts with a count and flags for each.
 *
 * For account names and request targets of one remote. The texts are copied
 * and compared in full: the counts are exact. Order is that of first meeting.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/core/arena.h"
#include "base/core/cursor.h"
#include "base/core/status.h"
#include "base/core/touch.h"

enum { TEXT_SET_TEXT_MAX = 65535, TEXT_SLOT_USED = 0x8000 };

struct text_slot {
    uint32_t hash;
    uint32_t at; /* of its text */
    uint16_t len;
    uint16_t flags; /* the caller's, and one of ours */
    uint32_t count;
};

static inline bool text_slot_used(const struct text_slot *slot)
{
    return (slot->flags & TEXT_SLOT_USED) != 0;
}

struct text_set {
    struct text_slot *slots; /* open addressing, cap a power of two */
    uint32_t cap, n;
    uint8_t *text;
    uint32_t text_len, text_cap;
};

void text_set_fini(struct text_set *s);
/* Count n more of t, of which only the first TEXT_SET_TEXT_MAX bytes matter.
 * *ret lives until the next call. ST_LIMIT when the set holds 4 GiB. */
MUST_USE enum status text_set_add(struct text_set *s, uint64_t seed, struct bytes t, uint32_t n,
                                  struct text_slot **ret);
/* Fetch what text_set_add will look at: the slot first, then its text. */
static inline void text_set_touch(const struct text_set *s, uint32_t hash)
{
    if (s->cap > 0) {
        touch(&s->slots[hash & (s->cap - 1)]);
    }
}

static inline void text_set_touch_text(const struct text_set *s, uint32_t hash)
{
    for (uint32_t i = 0; i < 4 && i < s->cap; i++) { /* further on is rare */
        const struct text_slot *slot = &s->slots[(hash + i) & (s->cap - 1)];
        if (slot->hash == hash && slot->at < s->text_len) {
            touch(s->text + slot->at);
            return;
        }
    }
}

/* What the two are called with. */
uint32_t text_set_hash(struct bytes t, uint64_t seed);
struct bytes text_set_text(const struct text_set *s, const struct text_slot *slot);
size_t text_set_bytes(const struct text_set *s);

/* The texts of one kind that lines bring, one after the other: most bring the
 * one that the line before brought. Two calls return one number only if the
 * text was the same in both; it is never 0. So a set that was given a text
 * need not be asked about it again while the number is the same. */
enum { TEXT_RUN_BYTES = 64 };

struct text_run {
    uint64_t number;
    size_t len;
    uint8_t text[TEXT_RUN_BYTES];
};

static inline uint64_t text_run_number(struct text_run *r, struct bytes t)
{
    if (r->number == 0 || t.len != r->len || t.len > sizeof(r->text) ||
        (t.len > 0 && memcmp(r->text, t.data, t.len) != 0)) {
        r->number++;
        r->len = t.len;
        if (t.len > 0 && t.len <= sizeof(r->text)) {
            memcpy(r->text, t.data, t.len);
        }
    }
    return r->number;
}

/* Copies of the at most `max` texts with any of `flags` (0: all) that were
 * counted most, then by bytes; how many in *ret_n. */
MUST_USE enum status text_set_top(const struct text_set *s, unsigned flags, size_t max,
                                  struct arena *arena, char **out, size_t *ret_n);
