/* exchange/dkim.h - did a domain sign this mail? (RFC 6376, RFC 8301, RFC 8463)
 *
 * Nobody is asked: keys come from a file that its reader vouches for, so that
 * the answer is the same years later, when the domain's records are gone. A
 * signature that holds says that who held the key of that name handled these
 * bytes. It says nothing of whether they are true.
 *
 * A mail in a file may have lost the CR of its line ends; each LF alone is read
 * as a line end of the wire. Nothing else is repaired.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

enum {
    DKIM_DOMAIN_MAX = 254,   /* with a NUL (RFC 1035, 2.3.4) */
    DKIM_HEADERS_MAX = 512,  /* what is kept of the list of signed headers */
    DKIM_SIGNATURES_MAX = 8, /* of one mail, that are looked at */
};

/* The step that failed; they are taken in this order. */
enum dkim_step {
    DKIM_HOLDS,
    DKIM_MAIL,      /* the mail's own headers are not well-formed, or it has not one From */
    DKIM_TAGS,      /* the signature's tags are malformed, or one is missing */
    DKIM_ALGORITHM, /* neither rsa-sha256 nor ed25519-sha256 */
    DKIM_FROM,      /* From is not among the signed headers */
    DKIM_IDENTITY,  /* i= is not of the domain */
    DKIM_NO_KEY,    /* the file has none for that selector and domain */
    DKIM_KEY,       /* the key's record is malformed, or not for this */
    DKIM_KEY_WEAK,  /* RFC 8301, 3.2: RSA below 1,024 bits */
    DKIM_REVOKED,   /* the record has an empty key */
    DKIM_BODY,      /* the body is not what was signed */
    DKIM_SIGNATURE, /* the headers are not, or another key signed them */
    DKIM_EXPIRED,   /* everything else holds, but it is past x= */
    DKIM_STEP_COUNT
};
const char *dkim_step_word(enum dkim_step s); /* "holds", "no-key"... */
const char *dkim_step_text(enum dkim_step s); /* a sentence */

/* The domain that signed and the one in From. */
enum dkim_aligned {
    DKIM_OTHER, /* another one */
    DKIM_SAME,  /* the same */
    DKIM_ABOVE, /* From's is below the one that signed */
    DKIM_BELOW, /* the one that signed is below From's */
    DKIM_ALIGNED_COUNT
};
const char *dkim_aligned_word(enum dkim_aligned a);

/* Headers whose change would change what is read, as bits. */
enum dkim_loose {
    DKIM_LOOSE_DATE = 1 << 0,
    DKIM_LOOSE_SUBJECT = 1 << 1,
    DKIM_LOOSE_MESSAGE_ID = 1 << 2,
    DKIM_LOOSE_TYPE = 1 << 3,   /* Content-Type */
    DKIM_LOOSE_CODING = 1 << 4, /* Content-Transfer-Encoding */
    DKIM_LOOSE_TO = 1 << 5,
    DKIM_LOOSE_REPLY_TO = 1 << 6,
    DKIM_LOOSE_REFERENCES = 1 << 7, /* In-Reply-To, References */
};
enum { DKIM_LOOSE_COUNT = 8 };
const char *dkim_loose_text(enum dkim_loose l); /* "Date"... */

/* One signature; texts are as in the mail: escape them before showing. */
struct dkim_signature {
    enum dkim_step step;
    enum dkim_aligned aligned;
    char domain[DKIM_DOMAIN_MAX], selector[DKIM_DOMAIN_MAX];
    char headers[DKIM_HEADERS_MAX];   /* h=, in lower case, "from:date" */
    uint32_t loose;                   /* enum dkim_loose: there, and not signed in every instance */
    bool body_whole;                  /* to its last byte, not to l= */
    uint64_t body_signed, body_bytes; /* canonical */
    bool testing;                     /* t=y: the domain says it is trying it out */
    bool has_signed, has_expires;
    uint64_t signed_s, expires_s; /* t= and x=, since 1970 */
    unsigned key_bits;            /* 0: no key was read */
};

struct dkim_report {
    size_t n;
    uint32_t more; /* signatures that were not looked at: they prove nothing */
    struct dkim_signature items[DKIM_SIGNATURES_MAX];
};

/* Keys: lines of "selector._domainkey.domain" and the TXT record, as one text or
 * in quotes as in zone files; lines with # or ; first are comments. Borrows
 * nothing. On ST_OK, *ret is the caller's, to free with dkim_keys_free. */
struct dkim_keys;
MUST_USE enum status dkim_keys_read(struct bytes file, struct dkim_keys **ret, struct fault *why);
void dkim_keys_free(struct dkim_keys *k);
static inline void dkim_keys_freep(struct dkim_keys **k)
{
    dkim_keys_free(*k);
}

/* Load what verifying needs, before a cage closes the files it lies in. */
void dkim_begin(void);

/* Every signature of a mail, in order; none: n is 0. At now_s they may have
 * expired; 0: that is not asked. ST_NOMEM, ST_LIMIT: the mail is too large. */
MUST_USE enum status dkim_verify(struct bytes mail, const struct dkim_keys *keys, uint64_t now_s,
                                 struct dkim_report *ret);
/* The one that says most: of From's domain, that holds, over the whole body;
 * NULL: there is none at all. */
const struct dkim_signature *dkim_best(const struct dkim_report *r);

void dkim_report_put(struct buf *out, const struct dkim_report *r);
MUST_USE enum status dkim_report_get(struct cursor *in, struct dkim_report *ret);
