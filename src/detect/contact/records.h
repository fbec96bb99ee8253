/* detect/contact/records.h - a record for every initiator and technique.
 *
 * Records stand one behind the other in the order in which they came, so that
 * new ones, by far the most, are written in sequence; a table of slots finds
 * them by key. A slot has the upper half of the key's hash above the record's
 * number + 1: enough to tell keys apart without a look at the record, and to
 * move slots into a larger table.
 *
 * Pointers and numbers hold until the next records_add or records_remove.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/status.h"

/* A record's key: host 32 bits, technique 6, family 1; above it two flags and
 * the tool marks of its packets so far. */
#define RECORD_V6    (UINT64_C(1) << 38)
#define RECORD_KEY   ((UINT64_C(1) << 39) - 1)
#define RECORD_BIG   (UINT64_C(1) << 39) /* has an event */
#define RECORD_INNER (UINT64_C(1) << 40) /* seen inside a tunnel */
enum { RECORD_MARKS_SHIFT = 48 };

/* 32 bytes: two to a cache line. */
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
            uint8_t ttl_min, ttl_max; /* from the second packet on */
            union {
                struct { /* TCP: the series of tool marks */
                    uint32_t nmap_first, nmap_since, unicorn_key;
                };
                struct { /* others */
                    uint32_t port_changes;
                    uint16_t last_port;
                };
            };
        };
    };
};

struct records {
    uint64_t *slots;     /* open addressing; 0 is empty */
    size_t cap;          /* power of two */
    unsigned shift;      /* 64 less its logarithm */
    uint64_t multiplier; /* of the hash: odd, from the seed */
    struct record *items;
    uint32_t n, room; /* of items */
};

#define RECORD_NONE UINT32_MAX /* no record's number */

MUST_USE enum status records_init(struct records *s, uint64_t multiplier);
void records_fini(struct records *s);
size_t records_bytes(const struct records *s);

/* A new record of which only the head is set, to a key that is not there yet;
 * NULL without memory. */
struct record *records_add(struct records *s, uint64_t head);
/* The last record takes this one's number. */
void records_remove(struct records *s, uint32_t number);
/* Give memory back when few are left. */
void records_shrink(struct records *s);
void records_clear(struct records *s);

/* Multiply-shift by a random odd number (Dietzfelbinger et al. 1997): two
 * instructions, and nobody who does not know the number can choose collisions. */
static inline uint64_t records_hash(const struct records *s, uint64_t key)
{
    return key * s->multiplier;
}

static inline bool record_is(const struct record *r, uint64_t key)
{
    return ((r->head ^ key) & RECORD_KEY) == 0;
}

static inline bool slot_may_be(uint64_t slot, uint64_t hash)
{
    return (slot ^ hash) >> 32 == 0;
}

static inline uint32_t slot_number(uint64_t slot)
{
    return (uint32_t)slot - 1;
}

static inline struct record *records_find(const struct records *s, uint64_t key)
{
    uint64_t hash = records_hash(s, key);
    for (size_t i = hash >> s->shift; s->slots[i] != 0; i = (i + 1) & (s->cap - 1)) {
        if (slot_may_be(s->slots[i], hash) && record_is(&s->items[slot_number(s->slots[i])], key)) {
            return &s->items[slot_number(s->slots[i])];
        }
    }
    return NULL;
}
