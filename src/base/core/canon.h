/* base/core/canon.h - the one spelling of a JSON value (RFC 8785), read and written.
 *
 * What is signed or hashed is this spelling. Numbers are whole and within
 * 2^53 - 1 (I-JSON, RFC 7493 2.2): then every implementation spells them alike.
 */
#pragma once

#include <jansson.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

#define CANON_INTEGER_MAX ((INT64_C(1) << 53) - 1)

/* Append it. ST_MALFORMED: a number that has no place here; nothing is said of
 * what was appended then. */
MUST_USE enum status canon_write(const json_t *v, struct buf *out);

/* A value in exactly this spelling, nested at most `depth` deep. ST_MALFORMED:
 * no JSON, a name twice, or another spelling. On ST_OK, *ret is the caller's. */
MUST_USE enum status canon_read(struct bytes text, unsigned depth, json_t **ret, struct fault *why);

/* JSON in any spelling, but bounded: depth, no name twice, no zero characters. */
MUST_USE enum status canon_load(struct bytes text, unsigned depth, json_t **ret, struct fault *why);

/* For CLEANUP. */
void canon_freep(json_t **v);
