/* exchange/xarf.h - one finding as a report in XARF v4 (JSON).
 *
 * Types whose schema wants a source port are only written where one is known;
 * a scan without one is told as a vulnerability scan of the kind port_scan, the
 * type for scans that does without. The connection state and our own names
 * stand in members beside those of the schema, which it allows.
 */
#pragma once

#include <stdbool.h>

#include "base/core/buf.h"
#include "exchange/notice.h"

/* Is there a type of report that can say this? */
bool xarf_can_say(const struct finding *f);
/* May fail for memory: out->failed. */
void xarf_write(struct buf *out, const struct notice_options *opt, const struct notice_item *item,
                const char *notice_id);
