/* capture/savefile.h - classic pcap files, read front to back.
 *
 * Both byte orders, micro- and nanoseconds, and the variant with longer
 * record headers that patched kernels once wrote. Frames are decoded where
 * they lie in the stream's window; observations borrow from it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/status.h"
#include "base/model/observation.h"
#include "base/model/remark.h"
#include "capture/packet.h"
#include "capture/stream.h"

struct capture_savefile {
    unsigned input;
    uint32_t linktype;
    bool big;       /* header fields are big-endian */
    bool supported; /* the link type is one that is read */
    bool done;      /* nothing can follow */
    uint8_t extra;  /* bytes of each record header past the usual 16 */
    uint32_t per_second;
    uint64_t records;
};

/* Do these first bytes begin a pcap file? */
bool capture_savefile_sniff(struct bytes first);
/* Reads the file header. */
MUST_USE enum status capture_savefile_begin(struct capture_savefile *f, struct stream *s,
                                            unsigned input, struct fault *why);
/* Fill the batch; ST_END with an empty batch when there is no more. Whatever
 * stops the reading early becomes a remark. */
MUST_USE enum status capture_savefile_next(struct capture_savefile *f, struct stream *s,
                                           struct obs_batch *batch, struct remark_list *remarks,
                                           struct fault *why);

/* The record at the front of these bytes, again; false when it is not whole. */
bool capture_savefile_frame(const struct capture_savefile *f, struct bytes b,
                            struct packet_frame *ret);
