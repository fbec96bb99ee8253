/* detect/textset.h - a set of texts with a count and flags for each.
 *
 * For account names and request targets of one remote. The texts are copied
 * and compared in full: the counts are exact. Order is that of first meeting.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/arena.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

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
struct bytes text_set_text(const struct text_set *s, const struct text_slot *slot);
size_t text_set_bytes(const struct text_set *s);

/* Copies of the at most `max` texts with any of `flags` (0: all) that were
 * counted most, then by bytes; how many in *ret_n. */
MUST_USE enum status text_set_top(const struct text_set *s, unsigned flags, size_t max,
                                  struct arena *arena, char **out, size_t *ret_n);
