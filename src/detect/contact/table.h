/* detect/contact/table.h - the records and events behind contact.c.
 *
 * One record for every initiator and technique, in an open-addressed table.
 * Pointers to records and events live until the next table_ask or table_sweep.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "detect/contact/contact.h"

enum { TABLE_SHARDS = 16 };

/* A record's key: host 32 bits, technique 6, family 1; above it two flags and
 * the tool marks of its packets so far. */
#define RECORD_V6    (UINT64_C(1) << 38)
#define RECORD_KEY   ((UINT64_C(1) << 39) - 1)
#define RECORD_BIG   (UINT64_C(1) << 39) /* has an event */
#define RECORD_INNER (UINT64_C(1) << 40) /* seen inside a tunnel */
enum { RECORD_MARKS_SHIFT = 48 };

/* 32 bytes: two to a cache line. An empty one has head 0. */
struct record {
    uint64_t head;
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
                    uint32_t nmap_first, nmap_since, unicorn_key;
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

struct table {
    struct contact_options opt;
    struct record *records; /* open addressing */
    size_t cap;             /* power of two */
    unsigned shift;         /* 64 less its logarithm */
    uint64_t records_n;
    uint32_t by_technique[TECH_COUNT]; /* records of each */

    struct contact_event *events;
    uint32_t events_n, events_cap;
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
    uint64_t key; /* of the record; 0: asks nothing */
    uint64_t pair;
    size_t place;         /* of the record in the table; only a hint */
    uint32_t event;       /* UINT32_MAX: none known; only a hint */
    uint16_t marks;
    uint8_t technique;
};

static inline uint64_t record_key(uint64_t host, enum technique tech)
{
    return (host & UINT32_MAX) | (uint64_t)tech << 32 | (host >> 32) << 38;
}

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
/* The slot of the pair asked for, if its event runs and has it; NULL. */
uint64_t *table_asked_pair(struct table *t, const struct asked *a, int64_t time_ns);
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
