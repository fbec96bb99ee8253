/* cli/reader.h - reading and judging, in a process that can do nothing else.
 *
 * The reader has the inputs' descriptors and a pipe. What crosses its border
 * are findings, remarks, what each input was, and the summary.
 */
#pragma once

#include <stdint.h>

#include "base/core/status.h"
#include "base/model/finding.h"
#include "base/model/observation.h"
#include "base/model/remark.h"
#include "base/model/summary.h"
#include "cli/seal_job.h"
#include "cli/settings.h"
#include "report/view.h"

struct reader_file {
    const char *name;    /* as given */
    int fd;              /* -1: could not be opened */
    uint64_t size_bytes; /* of a regular file, else 0 */
};

/* What came back. */
struct reading {
    struct finding_list findings; /* below-threshold ones among them with --explain */
    struct view_input *inputs;    /* one for each file; format "" when it was not read */
    struct remark *remarks;
    size_t remark_n, remark_cap;
    struct summary summary;
    bool complete; /* the summary came */
};

struct reader_job;

/* Somebody else who looks at what is read: in the reader, beside the detectors.
 * What is put there is taken here, part by part, before the summary. */
struct reader_watch {
    void (*feed)(void *ctx, const struct obs_batch *batch); /* or NULL */
    /* When all findings are known, the inputs may be read again; or NULL. */
    MUST_USE enum status (*again)(void *ctx, const struct reader_job *job,
                                  const struct finding_list *findings);
    bool (*put)(void *ctx, size_t part, struct buf *out); /* false: no such part */
    MUST_USE enum status (*take)(void *ctx, size_t part, struct cursor *in);
    void *ctx;
};

struct reader_job {
    const struct reader_file *files;
    size_t file_n;
    const struct settings *settings;
    int64_t now_ns;
    uint64_t seed;
    bool progress;                    /* on stderr */
    const struct seal_job *seal;      /* what to seal while reading; NULL: nothing */
    struct sealing *sealing;          /* takes it; see cli/sealing.h */
    const struct reader_watch *watch; /* or NULL */
};

/* Start the reader, take all that it says. What went wrong is said and is in
 * the remarks. ST_NOMEM, ST_SYS: nothing could be done at all. */
MUST_USE enum status reader_run(const struct reader_job *job, struct reading *ret,
                                struct fault *why);
void reading_fini(struct reading *r);
/* One remark more. */
MUST_USE enum status reading_remark(struct reading *r, const struct remark *remark);
