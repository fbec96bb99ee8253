/* detect/host.h - addresses as small numbers, for tables that must be dense.
 *
 * A host key is 33 bits in a uint64_t: an IPv4 address itself, or bit 32 and
 * the index of an IPv6 address in a table that grows as they are met.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/hash.h"
#include "base/core/status.h"

#define HOST_V6   (UINT64_C(1) << 32)
#define HOST_NONE UINT64_MAX

struct host_table {
    uint64_t seed;
    struct addr *addrs;
    uint32_t n, cap;     /* of addrs */
    uint32_t *index;     /* open addressing: 1 + number, 0 empty */
    uint32_t index_cap;  /* power of two */
    uint8_t *used;       /* marks of a collection, one bit a number */
    uint32_t *free_list; /* numbers that can be given again, last first */
    uint32_t free_n;
};

void host_table_init(struct host_table *t, uint64_t seed);
void host_table_fini(struct host_table *t);

/* The key of an address; HOST_NONE when it is IPv6 and was never met. */
uint64_t host_find(const struct host_table *t, const struct addr *a);
/* The same, but a new IPv6 address is taken in; HOST_NONE without memory. */
uint64_t host_intern(struct host_table *t, const struct addr *a);
struct addr host_addr(const struct host_table *t, uint64_t key);
size_t host_table_bytes(const struct host_table *t);

/* Forget the IPv6 addresses that nothing uses any more: begin, mark every key
 * in use, end. Without memory for the marks nothing is forgotten. */
bool host_collect_begin(struct host_table *t);
void host_collect_mark(struct host_table *t, uint64_t key);
void host_collect_end(struct host_table *t);
