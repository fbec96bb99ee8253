/* attribute/table.h - all sources, compiled for lookups in bulk.
 *
 * A file of this machine, made anew when a source changes; attribute/table_parts.h
 * has its layout. Two tries (attribute/trie.h) lead from an address to the number
 * of a value: everything that the sources state about it but for where their
 * records begin and end. What follows from the statements depends on the date
 * of the event, and is worked out when a value is first met.
 *
 * Opening looks at the header only. A file that was tampered with gives wrong
 * answers, as one with other contents would, and nothing worse: everything is
 * checked when it is used.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribute/sources.h"
#include "base/core/addr.h"
#include "base/core/buf.h"
#include "base/core/hash.h"
#include "base/core/status.h"
#include "base/model/origin.h"

struct attribute_table;

enum { ATTRIBUTE_TABLE_HEADER = 176 };

/* The short answer for one address. */
struct attribute_answer {
    char country[2], registered[2]; /* zeros: none is said */
    uint32_t asn;
    uint16_t flags;  /* bits of enum origin_flag */
    uint8_t net_len; /* of the network, as in struct prefix; 255: none is known */
    bool has_asn : 1, done : 1;
    uint8_t located_word : 3, registered_word : 3; /* enum origin_word */
    uint8_t from_records : 1; /* the registered country stands on the network's record */
    uint8_t dissent : 1;
};

/* Append a table of all sources that are loaded. The identity is the caller's:
 * a source that changed must change it. A source that cannot be compiled is
 * left out, with a remark. The seed never shows. */
MUST_USE enum status attribute_table_compile(const struct attribute_sources *set,
                                             const struct digest *identity, uint64_t seed,
                                             struct buf *ret, struct remark_list *remarks);

/* Is this the header of a table that this program reads, of that identity? */
bool attribute_table_current(struct bytes header, const struct digest *identity);

/* Is everything behind the header as it was written? For a file that comes from
 * a disk; takes a millisecond for 10 MB. */
bool attribute_table_whole(struct bytes file);
/* Borrows the file's bytes. The event's date decides between sources. */
MUST_USE enum status attribute_table_open(struct bytes file, int64_t event_ns,
                                          struct attribute_table **ret, struct fault *why);
void attribute_table_free(struct attribute_table *t);
static inline void attribute_table_freep(struct attribute_table **t)
{
    attribute_table_free(*t);
}

/* Is an address's answer that of its value? Not for what is special IPv6, or
 * carries an IPv4 address inside. */
bool attribute_table_reaches(const struct addr *a);
/* The number of an address's value; 0 when nothing is known. Numbers count up
 * to attribute_table_values. */
uint32_t attribute_table_find(const struct attribute_table *t, const struct addr *a);
/* Many of one family; IPv4 in host order. */
void attribute_table_batch4(const struct attribute_table *t, const uint32_t *a, size_t n,
                            uint32_t *ret);
void attribute_table_batch6(const struct attribute_table *t, const struct addr *a, size_t n,
                            uint32_t *ret);
uint32_t attribute_table_values(const struct attribute_table *t);
/* Answers by number, and for one address. Valid until the table is freed. */
const struct attribute_answer *attribute_table_answer(struct attribute_table *t, uint32_t value);
const struct attribute_answer *attribute_table_lookup(struct attribute_table *t,
                                                      const struct addr *a);
const struct attribute_answer *attribute_table_lookup4(struct attribute_table *t, uint32_t a);

/* Many at once; each as above. */
void attribute_table_answers4(struct attribute_table *t, const uint32_t *a, size_t n,
                              const struct attribute_answer **ret);
/* Those that no trie reaches get the answer of value 0: ask for them alone. */
void attribute_table_answers6(struct attribute_table *t, const struct addr *a, size_t n,
                              const struct attribute_answer **ret);

/* All that attribute_sources_lookup tells, but for what stands on where a
 * record begins and ends, its day, the registry's words, and for routes their
 * peers and validity. */
void attribute_table_origin(const struct attribute_table *t, const struct addr *a,
                            struct origin *ret);
const struct origin_sources *attribute_table_sources(const struct attribute_table *t);

/* For measuring. */
struct attribute_table_sizes {
    size_t index4, index6, values; /* bytes */
    size_t value_n;
};
void attribute_table_sizes(const struct attribute_table *t, struct attribute_table_sizes *ret);
