/* detect/contact/table.h - the records and events behind contact.c.
 *
 * One record for every initiator and technique, in an open-addressed table of
 * shards that grow one by one. Pointers to records live until the next
 * table_ask or table_sweep.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "detect/contact/contact.h"

enum { TABLE_SHARDS = 16 };

enum record_flag { RECORD_V6 = 1, RECORD_BIG = 2, RECORD_INNER = 4 };

/* 32 bytes: two to a cache line. An empty one has technique TECH_NONE. */
struct record {
    uint32_t host;
    uint8_t technique;
    uint8_t flags;
    uint16_t marks; /* tool marks of the packets so far */
    union {
        struct { /* one packet */
            uint64_t pair;
            int64_t time_ns;
            uint64_t pos;
        };
        struct { /* RECORD_BIG: what every packet looks at, beside its event */
            uint32_t event;
            uint32_t first_target;
            uint16_t first_port;
            union {
                struct { /* TCP: the series of tool marks */
                    uint32_t nmap_first, unicorn_key;
                };
                struct { /* others */
                    uint32_t port_changes;
                    uint16_t last_port;
                    uint8_t ttl_min, ttl_max;
                };
            };
        };
    };
};

struct shard {
    struct record *records;
    uint32_t n, cap;
};

struct table {
    struct contact_options opt;
    struct shard shards[TABLE_SHARDS];
    uint64_t records_n;
    uint32_t by_technique[TECH_COUNT]; /* records of each */

    struct contact_event **chunks;
    uint32_t chunks_n, chunks_cap, events_n;
    uint32_t *free_events;
    uint32_t free_n, free_cap;

    struct pool pool; /* of pair sets */
    size_t detail_bytes;
    bool full; /* over the memory limit: sets do not grow */
    struct contact_stats stats;
};

MUST_USE enum status table_init(struct table *t, const struct contact_options *opt);
void table_fini(struct table *t);

/* A packet's question, and where its record is likely to be. */
struct asked {
    uint64_t host, pair, hash;
    const struct contact_event *event; /* only a hint; may be NULL */
    uint32_t place;                    /* of the record in its shard; only a hint */
    uint16_t marks;
    uint8_t technique;
};

/* Steps towards table_ask, each to be done for all packets of a batch before
 * the next: they fetch memory, and nothing goes wrong without them. */
void table_look(const struct table *t, struct asked *a);
void table_locate(const struct table *t, struct asked *a);
void table_fetch(const struct table *t, const struct asked *a);

/* One packet of an initiator towards a pair; ends its event first when it has
 * been idle. ST_NOMEM when it could not be kept. */
MUST_USE enum status table_ask(struct table *t, const struct asked *a,
                               const struct observation *o);
/* The same, without the steps before. */
MUST_USE enum status table_ask_now(struct table *t, uint64_t host, enum technique tech,
                                   uint64_t pair, const struct observation *o);
/* The slot of a pair in a running event at time_ns, to set its state; NULL. */
uint64_t *table_pair(struct table *t, uint64_t host, enum technique tech, uint64_t pair,
                     int64_t time_ns);
/* Fetch the record that table_pair will look at. */
void table_look_pair(const struct table *t, uint64_t host, enum technique tech);

/* End what has been idle at `now`; with a share over 1 the idle times are
 * divided by it, single packets first. Returns how many were ended. */
uint64_t table_sweep(struct table *t, int64_t now, int64_t share);
/* Forget IPv6 addresses that no record uses. Others may hold keys: only
 * between table_collect_begin and _end, marking theirs as well. */
void table_mark_hosts(struct table *t);
void table_end_all(struct table *t);
size_t table_bytes(const struct table *t);
