/* evidence/home/keyfile.c - one line each, or a box around it. */
#include "evidence/home/keyfile.h"

#include <string.h>

#include "base/core/base64.h"
#include "base/core/limits.h"

static const struct bytes open_private = {(const uint8_t *)"PRIVATE+OPENING+KEY+", 20};
static const struct bytes open_public = {(const uint8_t *)"OPENING+KEY+", 12};

/* The line without its end, which must be there. */
static enum status one_line(struct bytes file, struct bytes *ret, struct fault *why)
{
    if (file.len == 0 || memchr(file.data, '\n', file.len) != file.data + file.len - 1) {
        return fault_whole(why, ST_MALFORMED, "key: not one line");
    }
    *ret = bytes_of(file.data, file.len - 1);
    return ST_OK;
}

/* A secret line as a file. */
static enum status finish(struct bytes public, const struct buf *secret, struct bytes passphrase,
                          const struct evidence_lock_cost *cost, struct buf *out, struct fault *why)
{
    if (secret->failed != ST_OK) {
        return secret->failed;
    }
    if (passphrase.len > 0) {
        return evidence_locked_seal(public, buf_bytes(secret), passphrase, cost, out, why);
    }
    buf_append(out, secret->data, secret->len);
    buf_byte(out, '\n');
    return out->failed;
}

enum status evidence_keyfile_sign(const struct ledger_signer *s, struct bytes passphrase,
                                  const struct evidence_lock_cost *cost, struct buf *out,
                                  struct fault *why)
{
    CLEANUP(evidence_secret_buf_fini) struct buf secret = BUF_INIT(LIMIT_KEY_BYTES);
    CLEANUP(buf_fini) struct buf public = BUF_INIT(LIMIT_KEY_BYTES);
    (void)buf_reserve(&secret, LIMIT_KEY_BYTES); /* so that no copy stays behind when it grows */
    ledger_signer_format(s, &secret);
    ledger_key_format(&s->key, &public);
    TRY(public.failed);
    return finish(buf_bytes(&public), &secret, passphrase, cost, out, why);
}

static void open_text(struct bytes prefix, const uint8_t key[32], struct buf *out)
{
    buf_append(out, prefix.data, prefix.len);
    base64_append(out, bytes_of(key, 32));
}

enum status evidence_keyfile_open(const uint8_t seed[32], struct bytes passphrase,
                                  const struct evidence_lock_cost *cost, struct buf *out,
                                  struct fault *why)
{
    CLEANUP(evidence_secret_buf_fini) struct buf secret = BUF_INIT(256);
    CLEANUP(buf_fini) struct buf public = BUF_INIT(256);
    CLEANUP(evidence_opening_key_fini) struct evidence_opening_key k;
    evidence_opening_key_make(seed, &k);
    (void)buf_reserve(&secret, 256); /* as above */
    open_text(open_private, seed, &secret);
    open_text(open_public, k.pub, &public);
    TRY(public.failed);
    return finish(buf_bytes(&public), &secret, passphrase, cost, out, why);
}

void evidence_keyfile_open_pub(const uint8_t pub[32], struct buf *out)
{
    open_text(open_public, pub, out);
    buf_byte(out, '\n');
}

static enum status parse_open(struct bytes line, struct bytes prefix, uint8_t ret[32],
                              struct fault *why)
{
    uint8_t raw[32];
    size_t n = 0;
    if (!bytes_begin(line, prefix) ||
        base64_decode(bytes_of(line.data + prefix.len, line.len - prefix.len), raw, sizeof(raw),
                      &n) != ST_OK ||
        n != sizeof(raw)) {
        return fault_whole(why, ST_MALFORMED, "opening key");
    }
    memcpy(ret, raw, sizeof(raw));
    explicit_bzero(raw, sizeof(raw));
    return ST_OK;
}

enum status evidence_keyfile_sign_public(struct bytes file, struct ledger_key *ret,
                                         bool *ret_locked, struct fault *why)
{
    struct bytes line;
    *ret_locked = evidence_locked_is(file);
    if (*ret_locked) {
        TRY(evidence_locked_public(file, &line, why));
        return ledger_key_parse(line, ret, why);
    }
    CLEANUP(ledger_signer_fini) struct ledger_signer s;
    TRY(one_line(file, &line, why));
    TRY(ledger_signer_parse(line, &s, why));
    *ret = s.key;
    return ST_OK;
}

enum status evidence_keyfile_open_public(struct bytes file, uint8_t ret[32], struct fault *why)
{
    struct bytes line;
    TRY(one_line(file, &line, why));
    return parse_open(line, open_public, ret, why);
}

/* The line with the secret; *ret_public is empty when the file is in clear. */
static enum status unlock(struct bytes file, struct bytes passphrase, struct buf *secret,
                          struct bytes *ret_public, struct fault *why)
{
    *ret_public = (struct bytes){0};
    (void)buf_reserve(secret, secret->max); /* so that no copy stays behind when it grows */
    if (evidence_locked_is(file)) {
        TRY(evidence_locked_public(file, ret_public, why));
        return evidence_locked_open(file, passphrase, secret, why);
    }
    struct bytes line;
    TRY(one_line(file, &line, why));
    buf_append(secret, line.data, line.len);
    return secret->failed;
}

enum status evidence_keyfile_signer(struct bytes file, struct bytes passphrase,
                                    struct ledger_signer *ret, struct fault *why)
{
    CLEANUP(evidence_secret_buf_fini) struct buf secret = BUF_INIT(LIMIT_KEY_BYTES);
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_BYTES);
    CLEANUP(ledger_signer_fini) struct ledger_signer s = {.key.id = 0};
    struct bytes public;
    TRY(unlock(file, passphrase, &secret, &public, why));
    TRY(ledger_signer_parse(buf_bytes(&secret), &s, why));
    ledger_key_format(&s.key, &text);
    if (public.len > 0 && !bytes_equal(public, buf_bytes(&text))) {
        return fault_whole(why, ST_MISMATCH, "public half of the key");
    }
    *ret = s;
    return ST_OK;
}

enum status evidence_keyfile_opening(struct bytes file, struct bytes passphrase,
                                     struct evidence_opening_key *ret, uint8_t seed[32],
                                     struct fault *why)
{
    CLEANUP(evidence_secret_buf_fini) struct buf secret = BUF_INIT(LIMIT_KEY_BYTES);
    CLEANUP(evidence_opening_key_fini) struct evidence_opening_key k;
    struct bytes public;
    uint8_t raw[32], pub[32];
    TRY(unlock(file, passphrase, &secret, &public, why));
    TRY(parse_open(buf_bytes(&secret), open_private, raw, why));
    evidence_opening_key_make(raw, &k);
    if (seed != NULL) {
        memcpy(seed, raw, sizeof(raw));
    }
    explicit_bzero(raw, sizeof(raw));
    if (public.len > 0 && (parse_open(public, open_public, pub, why) != ST_OK ||
                           memcmp(pub, k.pub, sizeof(pub)) != 0)) {
        return fault_whole(why, ST_MISMATCH, "public half of the key");
    }
    *ret = k;
    return ST_OK;
}
