/* cli/locate_table.h - the compiled table of a run: found, or made.
 *
 * It is kept in a folder of the user's and used again until a source changes.
 * Compiling reads databases, which are hostile input, in a process that can do
 * nothing else.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/cursor.h"

struct locate_table_job {
    const char *const *specs; /* see attribute/spec.h */
    size_t spec_n;
    const char *home; /* where to keep it; NULL: the user's cache */
    int64_t now_ns;
};

struct locate_table {
    struct bytes file; /* on huge pages, for attribute_table_open */
    void *memory;
    size_t memory_bytes;
    bool partial; /* a source could not be used: said */
};

/* False: said why. */
bool locate_table_get(const struct locate_table_job *job, struct locate_table *ret);
void locate_table_fini(struct locate_table *t);
