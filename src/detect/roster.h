/* detect/roster.h - the running event of every remote that a log speaks of.
 *
 * Items are the caller's structs, which begin with a roster_item. An event
 * ends with a gap over the idle time, or at the end; then the caller judges it
 * and frees what it points to. Under a memory limit the events that were quiet
 * longest are ended early, and counted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/status.h"
#include "base/model/extent.h"

struct roster_item {
    struct addr who;
    struct extent when;
    size_t held_bytes; /* by what it points to; see roster_held */
};

struct roster;

struct roster_options {
    size_t item_bytes;
    int64_t idle_ns;
    size_t memory_bytes; /* 0: no limit */
    uint64_t seed;
    /* Judge and empty: all but the roster_item is zeroed after it. */
    enum status (*ended)(void *ctx, void *item);
    void *ctx;
};

MUST_USE enum status roster_new(const struct roster_options *opt, struct roster **ret);
/* What items point to must be gone: after roster_finish, or roster_drop. */
void roster_free(struct roster *r);

/* The running event of `who`, with this instant in its extent. *ret lives
 * until the next call. */
MUST_USE enum status roster_touch(struct roster *r, const struct addr *who, int64_t time_ns,
                                  uint64_t pos, void **ret);
/* The running event of `who` as it is, or NULL. It lives as long. */
void *roster_find(const struct roster *r, const struct addr *who);
/* Fetch what roster_touch will look at, for a whole batch before it is fed: the
 * index of each first, then their items. What is expected is most likely the
 * item that will be found; NULL, or another one, costs time only. It may be
 * looked at until the next call of roster_touch. */
uint64_t roster_hash(const struct roster *r, const struct addr *who);
void roster_expect_index(const struct roster *r, uint64_t hash);
void *roster_expect(const struct roster *r, uint64_t hash);
/* What the item points to has now this many bytes. */
void roster_held(struct roster *r, void *item, size_t held_bytes);
/* End all. */
MUST_USE enum status roster_finish(struct roster *r);
/* For freeing without judging. */
void roster_each(struct roster *r, void (*visit)(void *item));

uint64_t roster_early(const struct roster *r);
size_t roster_peak_bytes(const struct roster *r);
