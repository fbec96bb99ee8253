/* capture/textlog.h - log files: sshd's messages and web servers' requests.
 *
 * One pass, bounded memory. What is read, and the rule for times without a
 * year, is told in log_line.h, log_syslog.h, log_sshd.h, log_access.h,
 * log_webjson.h, log_journal.h and log_time.h.
 *
 * An observation's src is the address that connected; dst is :: unless the
 * line names the server's address, and dst_port is 0 unless it names the port.
 * A line that names a host where the address should be has no observation and
 * is remarked on: what a name meant then cannot be known now.
 *
 * Lines that no reader knows are counted, not remarked on: a syslog holds much
 * that is no business of ours. A log that holds nothing else is remarked on as
 * not read: silence about it must not pass for a finding of nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/status.h"
#include "base/model/observation.h"
#include "base/model/remark.h"
#include "capture/stream.h"

struct textlog;

struct textlog_counts {
    uint64_t lines;        /* met: lines, and entries of a journal's export */
    uint64_t observations; /* made of them */
    uint64_t other;        /* of a log, but not about a remote */
    uint64_t ours;         /* ... that sshd wrote */
    uint64_t unknown;      /* of no log that is read here, empty or too long */
    uint64_t timeless;     /* of ours, but with a time that cannot be */
    uint64_t nameless;     /* of ours, but without an address that can be told */
};

/* Do these first bytes look like a log that is read here? The name of the
 * format, or NULL. Wants 64 KiB of the input, or all of it, and looks at no
 * more. */
const char *textlog_sniff(struct bytes first);
/* now_ns: the clock, or when the file was last written; for times without a
 * year (see log_time.h). */
MUST_USE enum status textlog_open(unsigned input, int64_t now_ns, struct textlog **ret);
void textlog_free(struct textlog *t);
/* As capture_savefile_next. */
MUST_USE enum status textlog_next(struct textlog *t, struct stream *s, struct obs_batch *batch,
                                  struct remark_list *remarks, struct fault *why);
/* What observation i of the last batch was read from: its line without the line
 * end, or a line of JSON with the fields that were read of a journal's entry (as
 * journalctl -o json has them). Borrowed until the next batch. */
MUST_USE enum status textlog_line(struct textlog *t, const struct stream *s,
                                  const struct obs_batch *batch, size_t i, struct bytes *ret);
uint64_t textlog_lines(const struct textlog *t);
struct textlog_counts textlog_counts(const struct textlog *t);
