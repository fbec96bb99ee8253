/* report/signature.h - what a mail's signature says, in a sentence and as JSON. */
#pragma once

#include "base/core/emit.h"
#include "exchange/dkim.h"

/* "example.org signed this mail (DKIM): ..." or why that cannot be said. */
void signature_tell(struct buf *out, const struct dkim_signature *s);
/* An object: docs/schemas/check.schema.json, "signature". */
void signature_json(struct emit *j, const struct dkim_signature *s);
