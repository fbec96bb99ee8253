/* exchange/letter.h - a notice in words for whoever reads an abuse mailbox.
 *
 * Plain, short lines that end with LF; what comes from inputs is shown, never
 * copied.
 */
#pragma once

#include "exchange/notice.h"

/* Findings told in full; the others are in the attachments. */
enum { LETTER_FINDINGS = 100 };

void letter_write(struct buf *out, const struct notice_options *opt, const struct notice_set *s,
                  const struct notice *n);
/* "[exhibit:K3F...] Scan of one host's ports from 192.0.2.1 and 3 more" */
void letter_subject(struct buf *out, const struct notice_set *s, const struct notice *n);
