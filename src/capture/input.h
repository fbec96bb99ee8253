/* capture/input.h - one input of any format, as batches of observations.
 *
 * The format is recognised by content. Batches borrow from the reader and live
 * until the next call.
 */
#pragma once

#include <signal.h>
#include <stdint.h>

#include "base/core/status.h"
#include "base/model/observation.h"
#include "base/model/remark.h"
#include "capture/stream.h"

struct capture_options {
    int64_t now_ns; /* for logs without years: their last line is not after this */
    const volatile sig_atomic_t *stop; /* not 0: the input ends here; or NULL */
    uint64_t expansion;                /* limit of compressed data; 0: LIMIT_EXPANSION */
    const struct stream_tap *tap;      /* sees the bytes as they lie in the file; or NULL */
};

struct capture_input;

/* fd stays the caller's. ST_MALFORMED with field "format" when the content is
 * of no format that is read; an empty input is fine and has no observations. */
MUST_USE enum status capture_input_open(int fd, unsigned index, const struct capture_options *opt,
                                        struct capture_input **ret, struct fault *why);
void capture_input_free(struct capture_input *in);

/* ST_OK with at least one observation, or ST_END with none. What was lost or
 * odd is in the remarks; other statuses are the system's or memory's. */
MUST_USE enum status capture_input_next(struct capture_input *in, struct obs_batch *batch,
                                        struct fault *why);

/* What sealing needs of an observation besides what it says. */
struct capture_extra {
    struct bytes ip_options, tcp_options; /* as in struct packet_note */
    struct bytes line;                    /* of a log, as read, without its line end */
    uint32_t vlan;                        /* as in struct link_payload */
    uint32_t ifindex;                     /* pcapng: the interface's number in its section */
};
/* Of each observation of the batch that was handed out last; borrowed like it.
 * They are looked up again: whoever does not ask pays nothing. */
MUST_USE enum status capture_input_extras(struct capture_input *in, const struct obs_batch *batch,
                                          struct capture_extra ret[OBS_BATCH_MAX]);

/* "pcap", "pcapng", "sshd log"...; with the coding, e.g. "pcap (gzip)". */
const char *capture_input_format(const struct capture_input *in);
struct remark_list *capture_input_remarks(struct capture_input *in);
/* Bytes taken from the descriptor, and records (packets, lines) met. */
uint64_t capture_input_raw_offset(const struct capture_input *in);
uint64_t capture_input_records(const struct capture_input *in);
bool capture_input_is_log(const struct capture_input *in);
