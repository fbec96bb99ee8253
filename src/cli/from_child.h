/* cli/from_child.h - the reader's caged half when its inputs are findings.
 *
 * It speaks as the reader of captures does, so that whoever listens sees no
 * difference.
 */
#pragma once

#include "base/os/cage.h"

/* The child's main; its exit status. */
int from_child(void *job, int channel, const struct cage_report *cage);
