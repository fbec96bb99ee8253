/* detect/contact/event_pairs.h - the pairs of an event with a detail.
 *
 * They are an exact set (pairs.h). An initiator that sweeps has, while nobody
 * looks a pair up, something besides or instead, so that its next place stands
 * in the second-level cache, and no random place is fetched for a packet:
 * - narrow pairs: a list of slots in place of the set. Packets are written one
 *   behind the other; when the list is full, those of one pair become one, and
 *   if that does not halve it, it doubles.
 * - wide pairs: a tail beside the set, which is taken in when it is full.
 * Memory follows the pairs as with a set. Who looks a pair up gets the set.
 *
 * Only table.c and what it inlines include this file.
 */
#pragma once

#include "detect/contact/table.h"

static inline bool event_has_list(const struct contact_event *e)
{
    return (e->flags & (EVENT_TAIL | EVENT_WIDE)) == EVENT_TAIL;
}

/* The set of an event with a detail and no list; without its tail. */
static inline struct pair_set event_pairs_set(const struct record *r, const struct contact_event *e)
{
    if ((e->flags & EVENT_TAIL) != 0) {
        return e->detail->pairs;
    }
    return (struct pair_set){.slots = e->slots,
                             .base = pair_make(r->first_target, r->first_port),
                             .n = e->pair_n,
                             .order = e->pair_order,
                             .is_wide = (e->flags & EVENT_WIDE) != 0};
}

/* A tail or list that has room takes a packet; `differ` is its pair ^ the
 * event's first one. */
static inline bool event_tail_takes(struct contact_event *e, uint64_t pair, uint64_t differ)
{
    if (e->tail_room == 0) {
        return false;
    }
    if ((e->flags & EVENT_WIDE) != 0) {
        *e->tail.wide++ = pair | 1;
    } else if (pair_fits(differ, 0)) {
        *e->tail.narrow++ = pair_narrow(pair | 1);
    } else {
        return false;
    }
    e->tail_room--;
    return true;
}

/* The event's first set. */
void event_pairs_begin(struct table *t, struct contact_event *e, const struct pair_set *pairs);
/* One more packet of a pair, whatever has to be changed for it. */
void event_pairs_add(struct table *t, const struct record *r, struct contact_event *e,
                     uint64_t pair);
struct pair_ref event_pairs_find(struct table *t, const struct record *r, struct contact_event *e,
                                 uint64_t pair);
/* What stands aside into the set; from then on there is only that, until it
 * grows. False without memory: then there is a list of distinct pairs. */
bool event_pairs_settle(struct table *t, const struct record *r, struct contact_event *e);
/* At the event's end, and only then: its pairs as wide slots, one behind the
 * other, which the caller may change. NULL without memory. */
uint64_t *event_pairs_show(struct table *t, const struct record *r, struct contact_event *e,
                           size_t *ret_n);
/* Every target, some of them perhaps more than once. */
void event_pairs_each_target(struct table *t, const struct record *r, const struct contact_event *e,
                             void (*see)(struct table *t, uint32_t target));
/* Give all of it back. */
void event_pairs_free(struct table *t, const struct record *r, struct contact_event *e);
