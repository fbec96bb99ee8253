/* exchange/dkim.c - the steps of RFC 6376, 6.1. */
#include "exchange/dkim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/text.h"
#include "exchange/dkim_parts.h"

struct verifying {
    struct dkim_mail *mail;
    const struct dkim_keys *keys;
    uint64_t now_s;
    struct bytes from_domain;
    struct buf canon, body, raw; /* reused */
};

/* What the tags of one signature say. */
struct said {
    struct dkim_tags tags;
    struct dkim_field *field; /* its own */
    struct bytes h, b, bh;
    bool ed25519, relaxed_headers, relaxed_body;
    bool has_l;
    uint64_t l;
};

/* --- names -------------------------------------------------------------------------------- */

static bool is_below(struct bytes name, struct bytes domain)
{
    return name.len > domain.len + 1 && name.data[name.len - domain.len - 1] == '.' &&
           dkim_name_is(bytes_of(name.data + name.len - domain.len, domain.len), domain);
}

static struct bytes text_of(const char *s)
{
    return bytes_of(s, strlen(s));
}

static enum dkim_aligned align(struct bytes signer, struct bytes from)
{
    return from.len == 0                ? DKIM_OTHER
           : dkim_name_is(signer, from) ? DKIM_SAME
           : is_below(from, signer)     ? DKIM_ABOVE
           : is_below(signer, from)     ? DKIM_BELOW
                                        : DKIM_OTHER;
}

/* RFC 6376, 3.5: a domain, as letters, digits, hyphens, underscores and dots. */
static bool take_domain(struct bytes s, char out[DKIM_DOMAIN_MAX])
{
    if (s.len == 0 || s.len >= DKIM_DOMAIN_MAX || !text_is_words(s, "-._")) {
        return false;
    }
    memcpy(out, s.data, s.len);
    out[s.len] = '\0';
    return true;
}

/* The domain of the one address in From: behind the last "@", before ">" or a
 * blank. Two addresses, or a comma, name nobody. */
static struct bytes domain_of(struct bytes value)
{
    size_t ats = 0;
    size_t at = 0;
    for (size_t i = 0; i < value.len; i++) {
        ats += value.data[i] == '@';
        at = value.data[i] == '@' ? i + 1 : at;
    }
    size_t end = at;
    while (end < value.len && value.data[end] > ' ' && value.data[end] != '>') {
        end++;
    }
    struct bytes name = bytes_of(value.data + at, end - at);
    return ats == 1 && text_is_words(name, "-._") ? name : (struct bytes){0};
}

static bool field_is(const struct dkim_field *f, const char *name)
{
    return dkim_tag_is(f->name, name);
}

static size_t count_fields(const struct dkim_mail *m, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++) {
        n += field_is(&m->fields[i], name);
    }
    return n;
}

/* --- the signature's own tags ------------------------------------------------------------- */

static bool read_canon(const struct bytes *c, struct said *s)
{
    if (c == NULL) {
        return true; /* simple/simple */
    }
    const uint8_t *slash = c->len > 0 ? memchr(c->data, '/', c->len) : NULL;
    size_t n = slash != NULL ? (size_t)(slash - c->data) : c->len;
    struct bytes body = slash != NULL ? bytes_of(slash + 1, c->len - n - 1) : text_of("simple");
    struct bytes head = bytes_of(c->data, n);
    s->relaxed_headers = dkim_tag_is(head, "relaxed");
    s->relaxed_body = dkim_tag_is(body, "relaxed");
    return (s->relaxed_headers || dkim_tag_is(head, "simple")) &&
           (s->relaxed_body || dkim_tag_is(body, "simple"));
}

static bool read_number(const struct bytes *v, bool *has, uint64_t *ret)
{
    *has = v != NULL;
    return v == NULL || text_u64(*v, INT64_MAX, ret) == ST_OK;
}

static enum dkim_step read_algorithm(const struct bytes *a, struct said *s)
{
    s->ed25519 = a != NULL && dkim_tag_is(*a, "ed25519-sha256");
    return a == NULL                                     ? DKIM_TAGS
           : s->ed25519 || dkim_tag_is(*a, "rsa-sha256") ? DKIM_HOLDS
                                                         : DKIM_ALGORITHM;
}

static bool read_required(struct said *s, struct dkim_signature *sig)
{
    const struct bytes *v = dkim_tag_find(&s->tags, "v");
    const struct bytes *b = dkim_tag_find(&s->tags, "b");
    const struct bytes *bh = dkim_tag_find(&s->tags, "bh");
    const struct bytes *d = dkim_tag_find(&s->tags, "d");
    const struct bytes *h = dkim_tag_find(&s->tags, "h");
    const struct bytes *sel = dkim_tag_find(&s->tags, "s");
    const struct bytes *q = dkim_tag_find(&s->tags, "q");
    if (d == NULL || sel == NULL || !take_domain(*d, sig->domain) ||
        !take_domain(*sel, sig->selector)) {
        return false;
    }
    if (v == NULL || !bytes_equal(*v, BYTES_LITERAL("1")) || b == NULL || b->len == 0 ||
        bh == NULL || h == NULL || (q != NULL && !dkim_tag_has(*q, "dns/txt"))) {
        return false;
    }
    s->b = *b;
    s->bh = *bh;
    s->h = *h;
    return true;
}

/* The list in lower case, without blanks. */
static void keep_headers(struct dkim_signature *sig, struct bytes list)
{
    size_t n = 0;
    for (size_t i = 0; i < list.len && n < DKIM_HEADERS_MAX - 1; i++) {
        uint8_t c = list.data[i];
        if (c > ' ' && c < 127) {
            sig->headers[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        }
    }
    sig->headers[n] = '\0';
}

/* RFC 6376, 3.5: the domain of i= is d= or below it; with t=s of the key, d=. */
static bool identity_fits(const struct said *s, const struct dkim_signature *sig, bool strict)
{
    const struct bytes *i = dkim_tag_find(&s->tags, "i");
    if (i == NULL) {
        return true;
    }
    const uint8_t *at = i->len > 0 ? memrchr(i->data, '@', i->len) : NULL;
    if (at == NULL) {
        return false;
    }
    struct bytes domain = bytes_of(at + 1, i->len - (size_t)(at + 1 - i->data));
    struct bytes d = text_of(sig->domain);
    return dkim_name_is(domain, d) || (!strict && is_below(domain, d));
}

static enum dkim_step read_signature(struct said *s, struct dkim_signature *sig)
{
    struct bytes all = s->field->all;
    const uint8_t *colon = memchr(all.data, ':', all.len);
    struct bytes value = bytes_of(colon + 1, all.len - (size_t)(colon + 1 - all.data));
    if (!dkim_tags_read(value, &s->tags)) {
        return DKIM_TAGS;
    }
    bool good = read_required(s, sig) && read_canon(dkim_tag_find(&s->tags, "c"), s) &&
                read_number(dkim_tag_find(&s->tags, "l"), &s->has_l, &s->l) &&
                read_number(dkim_tag_find(&s->tags, "t"), &sig->has_signed, &sig->signed_s) &&
                read_number(dkim_tag_find(&s->tags, "x"), &sig->has_expires, &sig->expires_s);
    enum dkim_step step = read_algorithm(dkim_tag_find(&s->tags, "a"), s);
    if (!good || step == DKIM_TAGS ||
        (sig->has_signed && sig->has_expires && sig->expires_s <= sig->signed_s)) {
        return DKIM_TAGS;
    }
    keep_headers(sig, s->h);
    return step != DKIM_HOLDS              ? step
           : !dkim_tag_has(s->h, "from")   ? DKIM_FROM
           : !identity_fits(s, sig, false) ? DKIM_IDENTITY
                                           : DKIM_HOLDS;
}

/* --- what was signed ---------------------------------------------------------------------- */

/* RFC 6376, 3.7: the signature's field with nothing behind "b=". */
static enum status put_own(struct verifying *v, const struct said *s)
{
    struct bytes all = s->field->all;
    struct dkim_field own = {.name = s->field->name};
    size_t from = (size_t)(s->b.data - all.data);
    size_t to = from + s->b.len;
    while (from > 0 && all.data[from - 1] != '=') {
        from--; /* the blanks before it, too */
    }
    while (to < all.len && all.data[to] != ';') {
        to++;
    }
    buf_clear(&v->raw);
    buf_append(&v->raw, all.data, from);
    buf_append(&v->raw, all.data + to, all.len - to);
    TRY(v->raw.failed);
    own.all = buf_bytes(&v->raw);
    dkim_canon_field(&v->canon, &own, s->relaxed_headers);
    v->canon.len -= v->canon.len >= 2 ? 2 : 0; /* without its line end */
    return v->canon.failed;
}

/* The last one that was not taken yet (RFC 6376, 5.4.2). */
static struct dkim_field *next_field(struct dkim_mail *m, struct bytes name)
{
    for (size_t i = m->n; i > 0; i--) {
        struct dkim_field *f = &m->fields[i - 1];
        if (!f->used && dkim_name_is(f->name, name)) {
            return f;
        }
    }
    return NULL;
}

/* The canonical headers into v->canon. A name without a field stands for none. */
static enum status put_headers(struct verifying *v, const struct said *s)
{
    struct bytes list = s->h;
    struct bytes name;
    buf_clear(&v->canon);
    for (size_t i = 0; i < v->mail->n; i++) {
        v->mail->fields[i].used = false;
    }
    for (size_t n = 0; dkim_tag_next(&list, &name) && n < LIMIT_DKIM_FIELDS; n++) {
        struct dkim_field *f = next_field(v->mail, name);
        if (f != NULL && f != s->field) {
            f->used = true;
            dkim_canon_field(&v->canon, f, s->relaxed_headers);
        }
    }
    return put_own(v, s);
}

/* Fields that change what the mail says, and that could be changed. */
static uint32_t loose_of(const struct dkim_mail *m)
{
    static const struct {
        const char *name;
        enum dkim_loose bit;
    } known[] = {{"date", DKIM_LOOSE_DATE},
                 {"subject", DKIM_LOOSE_SUBJECT},
                 {"message-id", DKIM_LOOSE_MESSAGE_ID},
                 {"content-type", DKIM_LOOSE_TYPE},
                 {"content-transfer-encoding", DKIM_LOOSE_CODING},
                 {"to", DKIM_LOOSE_TO},
                 {"reply-to", DKIM_LOOSE_REPLY_TO},
                 {"in-reply-to", DKIM_LOOSE_REFERENCES},
                 {"references", DKIM_LOOSE_REFERENCES}};
    uint32_t loose = 0;
    for (size_t i = 0; i < m->n; i++) {
        for (size_t k = 0; k < ARRAY_LEN(known) && !m->fields[i].used; k++) {
            loose |= field_is(&m->fields[i], known[k].name) ? known[k].bit : 0;
        }
    }
    return loose;
}

static enum status check_body(struct verifying *v, const struct said *s, struct dkim_signature *sig,
                              enum dkim_step *step)
{
    struct digest hash;
    buf_clear(&v->body);
    dkim_canon_body(&v->body, v->mail->body, s->relaxed_body);
    TRY(v->body.failed);
    sig->body_bytes = v->body.len;
    sig->body_signed = s->has_l ? s->l : v->body.len;
    sig->body_whole = sig->body_signed == sig->body_bytes;
    if (sig->body_signed > sig->body_bytes) { /* RFC 6376, 3.5: more than there is */
        *step = DKIM_BODY;
        return ST_OK;
    }
    TRY(digest_sha256(bytes_of(v->body.data, (size_t)sig->body_signed), &hash));
    buf_clear(&v->raw);
    bool good = dkim_tag_base64(s->bh, &v->raw);
    TRY(v->raw.failed);
    *step = !good ? DKIM_TAGS
            : v->raw.len == sizeof(hash.b) && memcmp(v->raw.data, hash.b, sizeof(hash.b)) == 0
                ? DKIM_HOLDS
                : DKIM_BODY;
    return ST_OK;
}

/* --- keys --------------------------------------------------------------------------------- */

static enum dkim_step try_key(struct verifying *v, const struct said *s, struct bytes record,
                              struct bytes signature, struct dkim_signature *sig)
{
    struct digest hash;
    struct dkim_key k;
    dkim_key_read(record, s->ed25519, &k);
    sig->key_bits = k.bits;
    sig->testing = k.testing;
    enum dkim_step step = k.step;
    if (step == DKIM_HOLDS && !identity_fits(s, sig, k.strict)) {
        step = DKIM_IDENTITY;
    }
    if (step == DKIM_HOLDS) {
        struct bytes headers = buf_bytes(&v->canon);
        bool good = digest_sha256(headers, &hash) == ST_OK &&
                    dkim_key_verify(&k, headers, &hash, signature);
        step = good ? DKIM_HOLDS : DKIM_SIGNATURE;
    }
    dkim_key_fini(&k);
    return step;
}

/* A name may have had several keys in its time: the one that holds, else the one
 * that came furthest. */
static enum status check_keys(struct verifying *v, const struct said *s, struct dkim_signature *sig)
{
    CLEANUP(buf_fini) struct buf signature = BUF_INIT(LIMIT_DKIM_KEY_BYTES);
    char name[2 * DKIM_DOMAIN_MAX + 16];
    const struct dkim_key_record *r;
    struct dkim_signature best = *sig;
    best.step = DKIM_NO_KEY;
    size_t at = 0;
    (void)snprintf(name, sizeof(name), "%s._domainkey.%s", sig->selector, sig->domain);
    if (!dkim_tag_base64(s->b, &signature)) {
        sig->step = DKIM_TAGS;
        return signature.failed == ST_NOMEM ? ST_NOMEM : ST_OK;
    }
    for (size_t n = 0; best.step != DKIM_HOLDS && n < LIMIT_DKIM_TRIES; n++) {
        r = dkim_keys_find(v->keys, name, &at);
        if (r == NULL) {
            break;
        }
        struct dkim_signature one = *sig;
        one.step = try_key(v, s, r->text, buf_bytes(&signature), &one);
        bool better = n == 0 || one.step == DKIM_HOLDS || one.step > best.step;
        best = better ? one : best;
    }
    *sig = best;
    return ST_OK;
}

static enum status verify_one(struct verifying *v, struct dkim_field *field,
                              struct dkim_signature *sig)
{
    struct said s = {.field = field};
    sig->step = read_signature(&s, sig);
    sig->aligned = align(text_of(sig->domain), v->from_domain);
    if (sig->step != DKIM_HOLDS) {
        return ST_OK;
    }
    TRY(put_headers(v, &s));
    sig->loose = loose_of(v->mail);
    enum dkim_step body;
    TRY(check_body(v, &s, sig, &body));
    if (body == DKIM_TAGS) {
        sig->step = body;
        return ST_OK;
    }
    TRY(check_keys(v, &s, sig));
    bool reached = sig->step == DKIM_HOLDS || sig->step == DKIM_SIGNATURE;
    if (reached && body == DKIM_BODY) {
        sig->step = DKIM_BODY;
    }
    if (sig->step == DKIM_HOLDS && sig->has_expires && v->now_s > sig->expires_s) {
        sig->step = DKIM_EXPIRED;
    }
    return ST_OK;
}

/* --- the mail --------------------------------------------------------------------------------- */

static struct bytes from_domain_of(const struct dkim_mail *m)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct dkim_field *f = &m->fields[i];
        if (field_is(f, "from")) {
            const uint8_t *colon = memchr(f->all.data, ':', f->all.len);
            return domain_of(bytes_of(colon + 1, f->all.len - (size_t)(colon + 1 - f->all.data)));
        }
    }
    return (struct bytes){0};
}

static enum status verify_mail(struct verifying *v, struct dkim_report *r)
{
    for (size_t i = 0; i < v->mail->n; i++) {
        struct dkim_field *f = &v->mail->fields[i];
        if (!field_is(f, "DKIM-Signature")) {
            continue;
        }
        if (r->n == DKIM_SIGNATURES_MAX) {
            r->more++;
            continue;
        }
        TRY(verify_one(v, f, &r->items[r->n]));
        r->n++;
    }
    return ST_OK;
}

/* Who reads the mail otherwise than we do would see something else signed: RFC
 * 5322, 3.6 wants one From. */
static bool is_sound(const struct dkim_mail *m)
{
    return count_fields(m, "from") == 1 && count_fields(m, "content-type") <= 1 &&
           count_fields(m, "content-transfer-encoding") <= 1;
}

enum status dkim_verify(struct bytes mail, const struct dkim_keys *keys, uint64_t now_s,
                        struct dkim_report *ret)
{
    CLEANUP(free_ptr) struct dkim_mail *m = malloc(sizeof(*m));
    CLEANUP(free_ptr) struct dkim_report *r = calloc(1, sizeof(*r));
    if (m == NULL || r == NULL) {
        return ST_NOMEM;
    }
    if (mail.len > LIMIT_DKIM_MAIL_BYTES) {
        return ST_LIMIT;
    }
    bool sound = dkim_mail_read(mail, m) && is_sound(m);
    struct verifying v = {.mail = m,
                          .keys = keys,
                          .now_s = now_s,
                          .from_domain = from_domain_of(m),
                          .canon = BUF_INIT(2 * (size_t)LIMIT_DKIM_MAIL_BYTES),
                          .body = BUF_INIT(2 * (size_t)LIMIT_DKIM_MAIL_BYTES),
                          .raw = BUF_INIT(2 * (size_t)LIMIT_DKIM_MAIL_BYTES)};
    enum status st = verify_mail(&v, r);
    for (size_t i = 0; i < r->n && !sound; i++) {
        r->items[i].step = DKIM_MAIL;
    }
    buf_fini(&v.canon);
    buf_fini(&v.body);
    buf_fini(&v.raw);
    TRY(st);
    *ret = *r;
    return ST_OK;
}

static int worth(const struct dkim_signature *s)
{
    bool own = s->aligned == DKIM_SAME || s->aligned == DKIM_ABOVE;
    return (s->step == DKIM_HOLDS     ? 8
            : s->step == DKIM_EXPIRED ? 4
                                      : 0) +
           (own ? 2 : 0) + (s->body_whole ? 1 : 0);
}

const struct dkim_signature *dkim_best(const struct dkim_report *r)
{
    const struct dkim_signature *best = NULL;
    for (size_t i = 0; i < r->n; i++) {
        best = best == NULL || worth(&r->items[i]) > worth(best) ? &r->items[i] : best;
    }
    return best;
}
