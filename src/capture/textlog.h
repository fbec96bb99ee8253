/* capture/textlog.h - log files, line by line: sshd and web access logs.
 *
 * Lines that no parser knows are counted, not remarked on: a syslog holds much
 * that is no business of ours.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/status.h"
#include "base/model/observation.h"
#include "base/model/remark.h"
#include "capture/stream.h"

struct textlog;

/* Do these first bytes (up to 64 KiB of the input) look like a log that is
 * read here? The name of the format, or NULL. */
const char *textlog_sniff(struct bytes first);
MUST_USE enum status textlog_open(unsigned input, int64_t now_ns, struct textlog **ret);
void textlog_free(struct textlog *t);
/* As capture_savefile_next. */
MUST_USE enum status textlog_next(struct textlog *t, struct stream *s, struct obs_batch *batch,
                                  struct remark_list *remarks, struct fault *why);
uint64_t textlog_lines(const struct textlog *t);
