/* cli/sourcing.h - the sources that a command was given, before they are read. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/hash.h"
#include "base/core/status.h"

/* Are they written well and there? Said if not. That they are as they should be
 * is seen later, by the process that reads them. */
bool sourcing_check(const char *const *specs, size_t n);

/* What tells the sources of a run from all others: `set` by their names and
 * options, `state` also by each file's own identity, size and times. */
struct sourcing_identity {
    struct digest set, state;
};
MUST_USE enum status sourcing_identify(const char *const *specs, size_t n,
                                       struct sourcing_identity *ret);
