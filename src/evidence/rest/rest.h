/* evidence/rest/rest.h - a segment at rest, in one file.
 *
 * The public half (header, leaves of the trie) is in clear, so that a remote is
 * found without a key; everything that can be opened is encrypted with a key
 * that follows from K_seg, and that needs the opening key. Layout:
 * docs/FORMATS.md, "Segments at rest".
 */
#pragma once

#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/limits.h"
#include "base/core/status.h"
#include "evidence/keys.h"
#include "evidence/segment.h"

enum {
    REST_NONCE_BYTES = 24,
    REST_LEAF_BYTES = 84, /* remote16 | n u32 | kc32 | record root32 */
    REST_HEAD_BYTES = 20, /* magic | length of the header | length of the private half */
    REST_BEGIN_MAX =
        REST_HEAD_BYTES + LIMIT_HEADER_BYTES + EVIDENCE_SALT_BYTES + EVIDENCE_BOX_BYTES + 32,
};

/* The public half. Borrowed from the bytes that it was read from. */
struct evidence_rest {
    struct evidence_header header;
    struct bytes text;  /* of the header */
    struct digest hash; /* of the text */
    struct evidence_salt entry_salt;
    struct evidence_box box; /* K_seg, for the opening key */
    struct digest flow_top;
    struct bytes leaves;  /* REST_LEAF_BYTES for each remote, ascending */
    struct bytes public_; /* all before the nonce */
    struct bytes nonce, sealed;
};

/* `nonce` is random and used for nothing else. Needs a kept segment. */
MUST_USE enum status evidence_rest_write(const struct evidence_engine *e,
                                         const struct evidence_segment *s,
                                         const uint8_t nonce[REST_NONCE_BYTES], struct buf *out);
/* The whole file, and nothing behind it. Says nothing about the private half
 * yet, nor whether the leaves are those of the header's root. */
MUST_USE enum status evidence_rest_read(const struct evidence_engine *e, struct bytes file,
                                        struct evidence_rest *ret, struct fault *why);
/* The same of a file's beginning: REST_BEGIN_MAX bytes, or all if it is shorter,
 * give everything of the public half but the leaves. *ret_public is its length:
 * if that much is there, the leaves are read, too. */
MUST_USE enum status evidence_rest_peek(const struct evidence_engine *e, struct bytes begin,
                                        struct evidence_rest *ret, uint64_t *ret_public,
                                        struct fault *why);
/* Its entry in the ledger. */
MUST_USE enum status evidence_rest_entry(const struct evidence_engine *e,
                                         const struct evidence_rest *r, struct buf *out);
/* Records of the remotes in a prefix; 0: none. */
uint32_t evidence_rest_count(const struct evidence_rest *r, const struct prefix *remotes);

/* The segment as it was sealed, with all that can be opened: everything is
 * computed again, and must give the header's root. ST_MISMATCH: another key, or
 * not the bytes that were written. `seed` is of hash tables. */
MUST_USE enum status evidence_rest_open(const struct evidence_engine *e,
                                        const struct evidence_rest *r,
                                        const struct evidence_opening_key *key, uint64_t seed,
                                        struct evidence_segment **ret, struct fault *why);
