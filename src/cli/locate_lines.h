/* cli/locate_lines.h - addresses in, one a line; answers out, one a line.
 *
 * Lines, and the table that answers them, are hostile input: both are read in a
 * process that can do nothing else.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/cursor.h"
#include "report/line.h"

struct locate_lines_job {
    struct bytes table;       /* see attribute/table.h */
    const char *const *specs; /* of these routing tables and authorizations are asked, too */
    size_t spec_n;
    int64_t now_ns;
    int64_t event_ns;
    enum line_form form;
};

/* From standard input to standard output. False: something was no address, or
 * went wrong; said. */
bool locate_lines_run(const struct locate_lines_job *job);
