/* exchange/claim/mail.h - taking a mail apart (RFC 5322, RFC 2045 to 2047).
 *
 * Parts are handed out decoded, in order, whatever they are nested in. Mail is
 * written by anybody: what breaks the rules is read as far as it can be told,
 * and noted (enum claim_note). Nothing is believed for being in a header.
 */
#pragma once

#include "exchange/claim/claim.h"

enum { MAIL_TYPE_MAX = 64 };

struct mail_part {
    char type[MAIL_TYPE_MAX]; /* lower case: "text/plain" */
    char name[MAIL_TYPE_MAX]; /* of the file, as it says; "": none */
    struct bytes content;     /* decoded; lives until the call returns */
};

struct mail_ops {
    /* A header of the outer mail; the value may have line ends where it was
     * folded. May be NULL. */
    void (*header)(void *ctx, struct bytes name, struct bytes value);
    /* A part that is not made of parts. What it returns ends reading. */
    enum status (*part)(void *ctx, const struct mail_part *part);
    void *ctx;
    uint32_t *notes;
};

/* Does it begin like a mail? */
bool mail_sniff(struct bytes text);
MUST_USE enum status mail_read(struct bytes text, const struct mail_ops *ops);
/* The text of a header, with its encoded words decoded (UTF-8 and its subsets;
 * others stay), in one line. */
void mail_header_text(struct buf *out, struct bytes value);
