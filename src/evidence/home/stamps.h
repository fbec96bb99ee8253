/* evidence/home/stamps.h - timestamps of the party's checkpoints.
 *
 *   ledger/party/time/<size>-<16 hex digits of the checkpoint's hash>/checkpoint
 *   ledger/party/time/.../<k>.tsr
 *
 * A response is kept only when it has been checked; whoever uses it checks it
 * again, with the authorities that he trusts.
 */
#pragma once

#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "evidence/home/home.h"

enum { EVIDENCE_STAMP_NAME_MAX = 48 };

/* A checkpoint that was, or will be, stamped. */
struct evidence_stamped {
    uint64_t size;
    char name[EVIDENCE_STAMP_NAME_MAX]; /* of its folder */
    unsigned responses;                 /* k is below this */
};

struct evidence_stamps {
    struct evidence_stamped *item; /* by size, then by name */
    size_t n;
};

/* Keep a checkpoint, so that a response to it can come later. Twice is once. */
MUST_USE enum status evidence_stamps_keep(const struct evidence_home *h, struct bytes checkpoint,
                                          struct evidence_stamped *ret, struct fault *why);
/* Keep a response to it. The same one is not kept twice. */
MUST_USE enum status evidence_stamps_add(const struct evidence_home *h, struct evidence_stamped *s,
                                         struct bytes response, struct fault *why);

MUST_USE enum status evidence_stamps_list(const struct evidence_home *h,
                                          struct evidence_stamps *ret, struct fault *why);
void evidence_stamps_fini(struct evidence_stamps *s);
/* Appended; ret's maximum bounds them. */
MUST_USE enum status evidence_stamps_checkpoint(const struct evidence_home *h,
                                                const struct evidence_stamped *s, struct buf *ret,
                                                struct fault *why);
MUST_USE enum status evidence_stamps_response(const struct evidence_home *h,
                                              const struct evidence_stamped *s, unsigned k,
                                              struct buf *ret, struct fault *why);
