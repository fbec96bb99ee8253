/* exchange/calibrate/change.h - which parameter makes two sets of definitions differ on a
 * capture.
 *
 * What differs between the sets is tried alone: put into the set under which nothing is
 * found, does it find something? If no single change does, taken out of the other set, does
 * that find nothing any more?
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/core/status.h"
#include "base/model/definition.h"

enum calibrate_how {
    CALIBRATE_PARAMETER, /* another value */
    CALIBRATE_ADDED,     /* a definition that the other set lacks */
    CALIBRATE_OTHER,     /* one name, but another kind, version or method */
};

/* From the set without a finding to the one with it. */
struct calibrate_change {
    enum calibrate_how how;
    const char *definition; /* its name; borrowed from a set */
    const char *parameter;  /* NULL unless CALIBRATE_PARAMETER */
    int64_t without, with;
};

enum { CALIBRATE_CHANGES_MAX = DEFINITIONS_MAX * DEFINITION_PARAMS_MAX };

/* All by which `with` has more or other rules than `without`, in its order. */
size_t calibrate_changes(const struct definition_set *without, const struct definition_set *with,
                         struct calibrate_change out[CALIBRATE_CHANGES_MAX]);
/* `set` with this one change. */
void calibrate_change_apply(const struct calibrate_change *c, const struct definition_set *with,
                            struct definition_set *set);
/* `set` (a copy of `with`) with this one change taken back. */
void calibrate_change_undo(const struct calibrate_change *c, const struct definition_set *without,
                           struct definition_set *set);

/* Is there a finding in the capture under this set? */
struct calibrate_probe {
    void *ctx;
    enum status (*found)(void *ctx, const struct definition_set *set, bool *ret);
};

struct calibrate_flips {
    bool alone; /* each of them makes the finding by itself; else: without each there is none */
    size_t n;
    struct calibrate_change list[CALIBRATE_CHANGES_MAX];
};

/* ST_OK with n of 0: only several changes together do it. */
MUST_USE enum status calibrate_flips_find(const struct definition_set *without,
                                          const struct definition_set *with,
                                          const struct calibrate_probe *probe,
                                          struct calibrate_flips *ret);
