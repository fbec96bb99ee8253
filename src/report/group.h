/* report/group.h - findings put together by who did it, and in order of what
 * matters.
 *
 * One initiator is one group, whatever it did; a flood or a scan by many is a
 * group of its own, with the findings that are part of it.
 */
#pragma once

#include "base/core/status.h"
#include "base/model/kind.h"
#include "report/view.h"

struct group_item {
    const struct view_finding *vf;
    struct kind_advice advice;
    bool by_id; /* the group is that of the finding `id` */
    const char *id;
};

struct group {
    const struct group_item *items; /* what matters most goes first */
    size_t n;
};

struct groups {
    struct group_item *items;
    struct group *groups; /* what matters most goes first */
    size_t n;
    size_t to_do; /* the first so many need doing; the others can be ignored */
};

/* Near misses and what is allowed are left out. The view is borrowed. */
MUST_USE enum status groups_make(const struct view *v, struct groups *ret);
void groups_fini(struct groups *g);

/* Groups by the definition of what matters most in each. */
struct group_tally {
    const struct finding *example;
    uint64_t findings, remotes;
};

/* The groups from..to, the most remotes first; `t` has room for to - from.
 * Returns how many tallies. */
size_t groups_tally(const struct groups *g, size_t from, size_t to, struct group_tally *t);
