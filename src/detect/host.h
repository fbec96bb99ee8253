/* detect/host.h - addresses as small numbers, for tables that must be dense.
 *
 * A host key is 33 bits in a uint64_t: an IPv4 address itself, or bit 32 and
 * the index of another in a table that grows as they are met: IPv6 addresses,
 * and all that were met inside a tunnel. Those are hosts of their own, because
 * whoever sends a tunnel's packets can make up everybody inside.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/hash.h"
#include "base/core/status.h"

#define HOST_V6   (UINT64_C(1) << 32) /* it stands in the table */
#define HOST_NONE UINT64_MAX

struct host {
    struct addr addr;
    uint32_t inner;
};

struct host_table {
    uint64_t seed;
    struct host *hosts;
    uint32_t n, cap;     /* of hosts */
    uint32_t *index;     /* open addressing: 1 + number, 0 empty */
    uint32_t index_cap;  /* power of two */
    uint8_t *used;       /* marks of a collection, one bit a number */
    uint32_t *free_list; /* numbers that can be given again, last first */
    uint32_t free_n;
};

void host_table_init(struct host_table *t, uint64_t seed);
void host_table_fini(struct host_table *t);

/* The key of an address; HOST_NONE when it was never met and has to be in the
 * table. */
uint64_t host_find(const struct host_table *t, const struct addr *a, bool inner);
/* The same, but a new one is taken in; HOST_NONE without memory. */
uint64_t host_intern(struct host_table *t, const struct addr *a, bool inner);
bool host_is_inner(const struct host_table *t, uint64_t key);
struct addr host_addr(const struct host_table *t, uint64_t key);
size_t host_table_bytes(const struct host_table *t);

/* Forget the IPv6 addresses that nothing uses any more: begin, mark every key
 * in use, end. Without memory for the marks nothing is forgotten. */
bool host_collect_begin(struct host_table *t);
void host_collect_mark(struct host_table *t, uint64_t key);
void host_collect_end(struct host_table *t);
