/* cli/verify_run.h - verifying in a process that can do nothing else.
 *
 * Used by two programs: all of this must do without databases and captures.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "report/view.h"

/* A remote of a claim, and when it was seen last. */
struct verify_remote {
    struct addr addr;
    int64_t time_ns;
};

struct evidence_verify;

struct verify_job {
    const char *file, *policy, *ca; /* names; ca may be NULL */
    /* Not empty: these, instead of what has that name. Borrowed. */
    struct bytes file_bytes, policy_bytes;
    /* Run in the caged half, instead of writing a report for people; what it writes comes
     * back in `heard`. NULL: the report is printed. */
    void (*tell)(const struct evidence_verify *v, struct buf *out);
    struct buf *heard;
    bool json;
    struct terminal_options terminal;
    int64_t now_ns;
    uint32_t lists; /* of which flags the user gave lists; enum origin_flag */
    /* Ask the user's sources about each remote; NULL: attribution is not redone.
     * Appends, for each of them, what origin_put writes, then, once,
     * what origin_sources_put writes. */
    enum status (*attribute)(void *ctx, const struct verify_remote *remotes, size_t n,
                             struct buf *out);
    void *ctx;
};

enum { VERIFY_HOLDS = 0, VERIFY_DOES_NOT = 1, VERIFY_COULD_NOT = 2 };

/* Prints the report, or says why there is none. The exit status. */
int verify_run(const struct verify_job *job);
