/* exchange/dkim_parts.h - what the files of the verifier share. */
#pragma once

#include "base/core/hash.h"
#include "base/core/limits.h"
#include "exchange/dkim.h"

/* --- tags: RFC 6376, 3.2 --- */

enum { DKIM_TAGS_MAX = 32 };

struct dkim_tag {
    struct bytes name, value; /* borrowed; without blanks around */
};

struct dkim_tags {
    size_t n;
    struct dkim_tag items[DKIM_TAGS_MAX];
};

/* False: malformed, a name that stands twice, or more than fit. */
bool dkim_tags_read(struct bytes s, struct dkim_tags *ret);
/* NULL: it is not there. */
const struct bytes *dkim_tag_find(const struct dkim_tags *t, const char *name);
/* The value without blanks inside, in base64; false: it is none. */
bool dkim_tag_base64(struct bytes value, struct buf *out);
bool dkim_tag_is(struct bytes value, const char *word); /* in any case */
/* The next of "a : b"; false: there is none. */
bool dkim_tag_next(struct bytes *list, struct bytes *ret);
/* Is `word` in the list? */
bool dkim_tag_has(struct bytes list, const char *word);

/* --- the mail --- */

struct dkim_field {
    struct bytes name, all; /* all: from the name to before the last line end; borrowed */
    bool used;              /* by the signature that is looked at */
};

struct dkim_mail {
    struct bytes body; /* borrowed, as it came */
    size_t n;
    struct dkim_field fields[LIMIT_DKIM_FIELDS];
};

/* False: its headers are not well-formed. */
bool dkim_mail_read(struct bytes mail, struct dkim_mail *ret);
bool dkim_name_is(struct bytes a, struct bytes b); /* in any case */

/* --- canonical forms: RFC 6376, 3.4 --- */

/* With the line end behind it. */
void dkim_canon_field(struct buf *out, const struct dkim_field *f, bool relaxed);
/* The whole body. */
void dkim_canon_body(struct buf *out, struct bytes body, bool relaxed);

/* --- keys --- */

struct dkim_key {
    enum dkim_step step; /* DKIM_HOLDS: it may be used */
    bool ed25519, testing, strict;
    unsigned bits;
    void *pkey; /* EVP_PKEY; the caller's, to end with dkim_key_fini */
};

struct dkim_key_record {
    struct bytes name, text; /* of the keys' own memory */
};

/* The next record of a name from *at on; NULL: there is none. */
const struct dkim_key_record *dkim_keys_find(const struct dkim_keys *k, const char *name,
                                             size_t *at);
void dkim_key_read(struct bytes record, bool ed25519, struct dkim_key *ret);
void dkim_key_fini(struct dkim_key *k);
/* `hash` is of the canonical headers (RFC 8463, 3: ed25519 signs it). */
bool dkim_key_verify(const struct dkim_key *k, struct bytes headers, const struct digest *hash,
                     struct bytes signature);
