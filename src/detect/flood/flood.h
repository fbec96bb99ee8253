/* detect/flood/flood.h - too much towards one address.
 *
 * A flood is a run of seconds, each with at least `rate` packets towards one
 * victim, with gaps of at most `idle`; the seconds just before and after such
 * a run belong to it. Whether it is a flood or a busy service is decided by
 * what became of the packets, which the contacts know when they end: sources
 * are counted from them, exactly. Manual: exhibit-flood(7).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/status.h"
#include "base/model/definition.h"
#include "base/model/finding.h"
#include "detect/contact/contact.h"

struct flood;

struct flood_options {
    const struct definition_set *definitions; /* borrowed */
    struct host_table *hosts;                 /* borrowed */
    struct finding_list *findings;            /* borrowed */
    uint64_t seed;
    int64_t idle_ns;     /* of the contacts' events */
    size_t memory_bytes; /* of the victims watched; 0: no limit */
};

MUST_USE enum status flood_new(const struct flood_options *opt, struct flood **ret);
void flood_free(struct flood *f);

/* The batch that the contacts were just fed with. */
MUST_USE enum status flood_feed(struct flood *f, const struct obs_batch *batch,
                                const struct contact *c);
/* An ended event: its pairs may be part of a flood. */
MUST_USE enum status flood_pour(struct flood *f, const struct contact_ended *e);
/* Keep the IPv6 victims: called between host_collect_begin and _end. */
void flood_mark_hosts(struct flood *f);
/* After every event was poured: judge what was collected. */
MUST_USE enum status flood_finish(struct flood *f);
/* Initiators, and packets of theirs, that did nothing but take part in floods
 * that were found. */
void flood_claimed(const struct flood *f, uint64_t *ret_initiators, uint64_t *ret_packets);
/* Packets of victims that there was no memory to watch. */
uint64_t flood_lost(const struct flood *f);
size_t flood_bytes(const struct flood *f);
