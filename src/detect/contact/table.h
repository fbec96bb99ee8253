/* detect/contact/table.h - the records and events behind contact.c.
 *
 * Pointers to records and events live until the next table_ask or table_sweep.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "detect/contact/contact.h"
#include "detect/contact/records.h"

/* Where a record and its event were last. */
struct table_hint {
    uint32_t number, event;
};

enum { TABLE_HINT_BITS = 14 };

struct table {
    struct contact_options opt;
    struct records records;
    struct table_hint *hints;          /* of records last asked for again, by hash; only hints */
    uint32_t by_technique[TECH_COUNT]; /* records of each */
    uint64_t nets[1024]; /* by the upper 16 bits of a host's key: somebody of it once asked */

    struct contact_event *events;
    uint32_t events_n, events_cap;
    uint32_t *free_events;
    uint32_t free_n, free_cap;

    struct pool pool; /* of pair sets, details and spans */
    uint64_t *wide;   /* room to show an ended event's pairs */
    size_t wide_room;
    uint8_t *counts; /* by narrow target, all 0 between uses; NULL before there was a list */
    size_t detail_bytes;
    bool full;     /* over the memory limit: sets do not grow */
    bool no_tails; /* it was met once: sweeps have no tails any more */
    struct contact_stats stats;
};

MUST_USE enum status table_init(struct table *t, const struct contact_options *opt);
void table_fini(struct table *t);

/* A packet's question, and where its record is likely to be. */
struct asked {
    uint64_t key; /* of the record; of its memo when it is data; 0: asks nothing */
    uint64_t pair;
    uint32_t number; /* of the record, or RECORD_NONE; only a hint */
    uint32_t event;  /* only a hint */
    uint16_t marks;
    uint8_t technique;
    bool data; /* within a TCP connection: neither SYN nor RST */
};

static inline uint64_t record_key(uint64_t host, enum technique tech)
{
    return (host & UINT32_MAX) | (uint64_t)tech << 32 | (host >> 32) << 38;
}

/* One packet of an initiator towards a pair; ends its event first when it has
 * been idle. ST_NOMEM when it could not be kept. Sets the record's number. */
MUST_USE enum status table_ask(struct table *t, struct asked *a, const struct observation *o);
/* The same, without the steps before. */
MUST_USE enum status table_ask_now(struct table *t, uint64_t host, enum technique tech,
                                   uint64_t pair, const struct observation *o);
/* A pair of a running event, if it is there, until the next table_ask. */
struct table_pair {
    struct pair_ref ref;
    struct contact_event *event; /* NULL when it has none yet */
};
/* The pair asked for. */
struct table_pair table_asked_pair(struct table *t, const struct asked *a, int64_t time_ns);
/* Any pair of an initiator's event that runs at time_ns. */
struct table_pair table_find_pair(struct table *t, uint64_t host, enum technique tech,
                                  uint64_t pair, int64_t time_ns);
/* Does the initiator sweep, see table_hot.h? */
bool table_sweeps(const struct table *t, const struct asked *a);

/* End what has been idle at `now`; with a share over 1 the idle times are
 * divided by it, single packets first. Returns how many were ended. */
uint64_t table_sweep(struct table *t, int64_t now, int64_t share);
/* From now on no event has a tail; what they held is in the sets. */
void table_drop_tails(struct table *t);
/* Forget IPv6 addresses that no record uses. Others may hold keys: only
 * between table_collect_begin and _end, marking theirs as well. */
void table_mark_hosts(struct table *t);
void table_end_all(struct table *t);
size_t table_bytes(const struct table *t);
