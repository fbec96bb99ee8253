/* exchange/claim/read.h - an accusation as it arrives, whatever its form.
 *
 * Told by content: XARF 4 and findings of this program (JSON, JSON Lines), MISP
 * events, STIX bundles, tables with a header line (Shadowserver's reports are
 * such), mails with any of these in them (X-ARF 0.2 and fail2ban's among them),
 * log lines, text with labels.
 *
 * JSON is jansson's: intake_begin() comes before a cage is entered.
 */
#pragma once

#include "exchange/claim/when.h"

struct claim_options {
    struct claim_clock clock;
    /* Is this a line of a log about a remote? Fills the claim's source, ports,
     * time, act and protocol. The room that knows logs is another one. May be
     * NULL. */
    bool (*line)(void *ctx, struct bytes line, const struct claim_clock *clock, struct claim *ret);
    void *line_ctx;
    const struct dkim_keys *keys; /* to verify who signed a mail; NULL: that is not asked */
};

/* On ST_OK, *ret is the caller's, to end with claim_set_fini; it may have no
 * incident, when none names an address. ST_MALFORMED with field "format" when
 * it is nothing that could be read. */
MUST_USE enum status claim_read(struct bytes in, const struct claim_options *opt,
                                struct claim_set *ret, struct fault *why);
