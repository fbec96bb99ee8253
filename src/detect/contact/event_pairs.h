/* detect/contact/event_pairs.h - the pairs of an event with a detail.
 *
 * They are an exact set (pairs.h). An initiator that sweeps has, while nobody
 * looks a pair up, a tail besides: its packets, one behind the other as slots
 * of such a set, which are taken in together when the tail is full. So the
 * next place of every busy initiator stands in the second-level cache, and its
 * set is fetched for a thousand packets instead of for each. A tail is never
 * larger than its set, or TAIL_LEAST.
 *
 * Only table.c and what it inlines include this file.
 */
#pragma once

#include "detect/contact/table.h"

/* The set of an event with a detail, without its tail. */
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

/* A tail that has room takes a packet; `differ` is its pair ^ the event's
 * first one. */
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

/* The event's first set, of no tail. */
void event_pairs_begin(struct table *t, struct contact_event *e, const struct pair_set *pairs);
/* One more packet of a pair. True when the pair was certainly new. */
void event_pairs_add(struct table *t, const struct record *r, struct contact_event *e,
                     uint64_t pair);
/* Take the tail in. Somebody who looks pairs up again and again is better
 * served without: then, or when it is told to, the event has none any more. */
void event_pairs_settle(struct table *t, const struct record *r, struct contact_event *e,
                        bool for_good);
/* Give all of it back. */
void event_pairs_free(struct table *t, const struct record *r, struct contact_event *e);
