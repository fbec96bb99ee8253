/* exchange/claim/pack.h - reports that come packed. */
#pragma once

#include "exchange/claim/claim.h"

struct claim_pack {
    size_t *allowance; /* of bytes that may still be unpacked */
    uint32_t *notes;   /* enum claim_note */
    /* What one member holds, or as much of it as there is; lives until the call
     * returns. What it returns ends reading. */
    enum status (*part)(void *ctx, struct bytes content);
    void *ctx;
};

bool claim_is_gzip(struct bytes s);
bool claim_is_zip(struct bytes s);
/* One that is either. What is broken is noted; the rest counts. */
MUST_USE enum status claim_unpack(struct bytes s, const struct claim_pack *pack);
