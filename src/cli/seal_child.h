/* cli/seal_child.h - sealing in the caged reader. */
#pragma once

#include <stdint.h>

#include "base/core/status.h"
#include "capture/input.h"
#include "cli/reader.h"

struct seal_child;

/* `channel` leads to the parent; everything is borrowed. */
MUST_USE enum status seal_child_new(const struct reader_job *job, int channel,
                                    struct seal_child **ret);
void seal_child_free(struct seal_child *s);

/* Is this input to be sealed? */
bool seal_child_wants(const struct seal_child *s, unsigned index);
/* Before it is opened: which networks are one's own, from its own beginning. The
 * descriptor ends where it began. */
MUST_USE enum status seal_child_look(struct seal_child *s, unsigned index,
                                     const struct capture_options *opt);
/* It goes into the options of the input that is opened next. */
const struct stream_tap *seal_child_tap(struct seal_child *s);
/* The input has been opened; each batch; there is no more. What cannot be sealed
 * is told to the parent, and no failure: only what ends the reader is. */
MUST_USE enum status seal_child_begin(struct seal_child *s, unsigned index,
                                      const struct capture_input *in);
MUST_USE enum status seal_child_feed(struct seal_child *s, struct capture_input *in,
                                     const struct obs_batch *batch);
/* `whole`: it was read to its end, and not stopped. */
MUST_USE enum status seal_child_end(struct seal_child *s, bool whole);
