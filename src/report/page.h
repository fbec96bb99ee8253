/* report/page.h - one self-contained file for a browser, offline.
 *
 * The first screen and the findings that matter most are plain HTML, with the words
 * of the terminal's report; all findings lie in it besides, compressed, for the
 * page's script (web/report). The page loads nothing, and says so to the browser:
 * its Content-Security-Policy names the hashes of its one script and its one style.
 */
#pragma once

#include "base/core/buf.h"
#include "exchange/notice.h"
#include "report/view.h"

struct page_options {
    const char *sealed;               /* what is known of seals, in sentences; or NULL */
    const struct notice_set *notices; /* what would be said to whom; NULL: not known */
    const struct notice_options *writer;
    uint64_t seed; /* of a table; nothing that is written depends on it */
};

/* May fail for memory or past the buffer's maximum: out->failed. */
void report_page(struct buf *out, const struct view *v, const struct page_options *opt);
