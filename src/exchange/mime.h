/* exchange/mime.h - writing mail (RFC 5322) with attachments (RFC 2045, 2046).
 *
 * Lines end with CR LF and are at most 78 long. Whatever comes from inputs is
 * shown (text_show) before it may stand in a header, so there is no byte that
 * could begin another one. Bodies are quoted-printable or base64: neither can
 * hold the boundary, which has "=_" in it (RFC 2045, 6.7).
 */
#pragma once

#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"

/* Any text; what is not plain ASCII becomes encoded words (RFC 2047). */
void mime_header(struct buf *out, const char *name, struct bytes value);
/* One address with a name; mail is one that mailbox_is. */
void mime_header_mailbox(struct buf *out, const char *name, struct bytes display, const char *mail);
/* RFC 5322, 3.3, in UTC. */
void mime_header_date(struct buf *out, int64_t ns);
/* The headers of a message of parts, and the blank line behind them. */
void mime_begin(struct buf *out, const char *boundary);
/* A part of UTF-8 text with lines that end with LF: quoted-printable. */
void mime_part_text(struct buf *out, const char *boundary, struct bytes text);
/* An attachment in base64; type and name are ours. */
void mime_part_file(struct buf *out, const char *boundary, const char *type, const char *name,
                    struct bytes content);
void mime_end(struct buf *out, const char *boundary);

/* A message of an mbox file: mboxrd, where every line that begins with any
 * number of ">" and "From " gets one ">" more; lines end with LF. */
void mime_mbox(struct buf *out, struct bytes message, int64_t ns);
