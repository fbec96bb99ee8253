/* exchange/dkim_report.c - the verifier's answer, in words and as a message. */
#include <string.h>

#include "exchange/dkim.h"

struct step_words {
    const char *word, *text;
};

static const struct step_words steps[DKIM_STEP_COUNT] = {
    [DKIM_HOLDS] = {"holds", "it holds"},
    [DKIM_MAIL] = {"mail", "the mail's headers can be read in more than one way (RFC 5322, 3.6)"},
    [DKIM_TAGS] = {"tags", "its tags are malformed, or one is missing"},
    [DKIM_ALGORITHM] = {"algorithm", "its algorithm is neither rsa-sha256 nor ed25519-sha256"},
    [DKIM_FROM] = {"from", "it does not sign From"},
    [DKIM_IDENTITY] = {"identity", "it names an identity (i=) outside of its domain"},
    [DKIM_NO_KEY] = {"no-key", "the key file has no key of that name"},
    [DKIM_KEY] = {"key", "the key's record is malformed, or not for this use"},
    [DKIM_KEY_WEAK] = {"key-weak", "the key has less than 1,024 bits (RFC 8301)"},
    [DKIM_REVOKED] = {"revoked", "the key's record says that it was revoked"},
    [DKIM_BODY] = {"body", "the body is not what was signed"},
    [DKIM_SIGNATURE] = {"signature",
                        "the headers are not what was signed, or another key signed them"},
    [DKIM_EXPIRED] = {"expired", "it held until it expired (x=)"},
};

const char *dkim_step_word(enum dkim_step s)
{
    return steps[s].word;
}

const char *dkim_step_text(enum dkim_step s)
{
    return steps[s].text;
}

const char *dkim_aligned_word(enum dkim_aligned a)
{
    static const char *const words[DKIM_ALIGNED_COUNT] = {[DKIM_OTHER] = "other",
                                                          [DKIM_SAME] = "same",
                                                          [DKIM_ABOVE] = "above",
                                                          [DKIM_BELOW] = "below"};
    return words[a];
}

const char *dkim_loose_text(enum dkim_loose l)
{
    switch (l) {
    case DKIM_LOOSE_DATE:
        return "Date";
    case DKIM_LOOSE_SUBJECT:
        return "Subject";
    case DKIM_LOOSE_MESSAGE_ID:
        return "Message-ID";
    case DKIM_LOOSE_TYPE:
        return "Content-Type";
    case DKIM_LOOSE_CODING:
        return "Content-Transfer-Encoding";
    case DKIM_LOOSE_TO:
        return "To";
    case DKIM_LOOSE_REPLY_TO:
        return "Reply-To";
    case DKIM_LOOSE_REFERENCES:
        return "References";
    }
    return "";
}

/* --- between processes -------------------------------------------------------------------- */

enum { WHOLE = 1, TESTING = 2, SIGNED = 4, EXPIRES = 8 };

static void put_text(struct buf *out, const char *s)
{
    size_t n = strlen(s);
    buf_be16(out, (uint16_t)n);
    buf_append(out, s, n);
}

static void get_text(struct cursor *in, char *out, size_t size)
{
    struct bytes s = cursor_take(in, cursor_be16(in));
    if (s.len >= size || (s.len > 0 && memchr(s.data, 0, s.len) != NULL)) {
        in->failed = true;
        return;
    }
    if (s.len > 0) {
        memcpy(out, s.data, s.len);
    }
    out[s.len] = '\0';
}

static void put_signature(struct buf *out, const struct dkim_signature *s)
{
    buf_byte(out, (uint8_t)s->step);
    buf_byte(out, (uint8_t)s->aligned);
    buf_byte(out, (uint8_t)((s->body_whole ? WHOLE : 0) | (s->testing ? TESTING : 0) |
                            (s->has_signed ? SIGNED : 0) | (s->has_expires ? EXPIRES : 0)));
    put_text(out, s->domain);
    put_text(out, s->selector);
    put_text(out, s->headers);
    buf_be32(out, s->loose);
    buf_be64(out, s->body_signed);
    buf_be64(out, s->body_bytes);
    buf_be64(out, s->signed_s);
    buf_be64(out, s->expires_s);
    buf_be32(out, s->key_bits);
}

static void get_signature(struct cursor *in, struct dkim_signature *s)
{
    uint8_t step = cursor_u8(in);
    uint8_t aligned = cursor_u8(in);
    uint8_t bits = cursor_u8(in);
    in->failed |= step >= DKIM_STEP_COUNT || aligned >= DKIM_ALIGNED_COUNT || bits > 15;
    s->step = in->failed ? DKIM_MAIL : (enum dkim_step)step;
    s->aligned = in->failed ? DKIM_OTHER : (enum dkim_aligned)aligned;
    s->body_whole = (bits & WHOLE) != 0;
    s->testing = (bits & TESTING) != 0;
    s->has_signed = (bits & SIGNED) != 0;
    s->has_expires = (bits & EXPIRES) != 0;
    get_text(in, s->domain, sizeof(s->domain));
    get_text(in, s->selector, sizeof(s->selector));
    get_text(in, s->headers, sizeof(s->headers));
    s->loose = cursor_be32(in);
    in->failed |= s->loose >> DKIM_LOOSE_COUNT != 0;
    s->body_signed = cursor_be64(in);
    s->body_bytes = cursor_be64(in);
    s->signed_s = cursor_be64(in);
    s->expires_s = cursor_be64(in);
    s->key_bits = cursor_be32(in);
    in->failed |= s->signed_s > INT64_MAX || s->expires_s > INT64_MAX;
}

void dkim_report_put(struct buf *out, const struct dkim_report *r)
{
    buf_byte(out, (uint8_t)r->n);
    buf_be32(out, r->more);
    for (size_t i = 0; i < r->n; i++) {
        put_signature(out, &r->items[i]);
    }
}

enum status dkim_report_get(struct cursor *in, struct dkim_report *ret)
{
    size_t n = cursor_u8(in);
    ret->more = cursor_be32(in);
    ret->n = 0;
    if (n > DKIM_SIGNATURES_MAX) {
        return ST_MALFORMED;
    }
    for (; ret->n < n && !in->failed; ret->n++) {
        get_signature(in, &ret->items[ret->n]);
    }
    return in->failed ? ST_MALFORMED : ST_OK;
}
