/* evidence/home/locked.c - strict text around a box of libsodium. */
#include "evidence/home/locked.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "base/core/base64.h"
#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/os/random.h"
#include "ledger/checkpoint.h"

static const struct bytes first_line = {(const uint8_t *)"exhibit-locked/v1\n", 18};

enum { SALT_BYTES = 16, NONCE_BYTES = 24, TAG_BYTES = 16 };

struct locked {
    struct bytes public;
    struct evidence_lock_cost cost;
    uint8_t salt[SALT_BYTES], nonce[NONCE_BYTES];
    uint8_t box[LIMIT_KEY_BYTES];
    size_t box_len;
};

void evidence_secret_buf_fini(struct buf *b)
{
    if (b->data != NULL) {
        explicit_bzero(b->data, b->cap);
    }
    buf_fini(b);
}

bool evidence_locked_is(struct bytes file)
{
    return bytes_begin(file, first_line);
}

static enum status value(struct cursor *c, struct bytes word, struct bytes *ret)
{
    struct bytes line;
    if (ledger_line_next(c, &line) != ST_OK || !bytes_begin(line, word)) {
        return ST_MALFORMED;
    }
    *ret = bytes_of(line.data + word.len, line.len - word.len);
    return ST_OK;
}

static enum status exact(struct bytes text, uint8_t *ret, size_t n)
{
    size_t got = 0;
    return base64_decode(text, ret, n, &got) == ST_OK && got == n ? ST_OK : ST_MALFORMED;
}

/* "3 268435456" */
static enum status read_cost(struct bytes text, struct evidence_lock_cost *ret, struct fault *why)
{
    const uint8_t *blank = text.len > 0 ? memchr(text.data, ' ', text.len) : NULL;
    if (blank == NULL) {
        return fault_whole(why, ST_MALFORMED, "cost of the passphrase");
    }
    struct bytes passes = bytes_of(text.data, (size_t)(blank - text.data));
    struct bytes memory = bytes_of(blank + 1, text.len - passes.len - 1);
    if (ledger_line_number(passes, &ret->passes) != ST_OK ||
        ledger_line_number(memory, &ret->bytes) != ST_OK ||
        ret->passes < crypto_pwhash_OPSLIMIT_MIN || ret->bytes < crypto_pwhash_MEMLIMIT_MIN ||
        ret->bytes % 1024 != 0) { /* Argon2 counts KiB: one spelling for each cost */
        return fault_whole(why, ST_MALFORMED, "cost of the passphrase");
    }
    if (ret->passes > LIMIT_LOCK_PASSES || ret->bytes > LIMIT_LOCK_BYTES) {
        bool passes_over = ret->passes > LIMIT_LOCK_PASSES;
        return fault_limit(why, 0, "cost of the passphrase",
                           passes_over ? LIMIT_LOCK_PASSES : LIMIT_LOCK_BYTES);
    }
    return ST_OK;
}

static enum status parse(struct bytes file, struct locked *ret, struct fault *why)
{
    struct bytes cost, salt, nonce, box;
    struct cursor c = cursor_of(file);
    cursor_skip(&c, first_line.len);
    if (!evidence_locked_is(file) || value(&c, BYTES_LITERAL("public "), &ret->public) != ST_OK ||
        value(&c, BYTES_LITERAL("argon2id "), &cost) != ST_OK ||
        value(&c, BYTES_LITERAL("salt "), &salt) != ST_OK ||
        exact(salt, ret->salt, SALT_BYTES) != ST_OK ||
        value(&c, BYTES_LITERAL("nonce "), &nonce) != ST_OK ||
        exact(nonce, ret->nonce, NONCE_BYTES) != ST_OK ||
        value(&c, BYTES_LITERAL("box "), &box) != ST_OK ||
        base64_decode(box, ret->box, sizeof(ret->box), &ret->box_len) != ST_OK ||
        ret->box_len < TAG_BYTES || c.pos != file.len) {
        return fault_at(why, ST_MALFORMED, c.pos, "locked key");
    }
    return read_cost(cost, &ret->cost, why);
}

enum status evidence_locked_public(struct bytes file, struct bytes *ret, struct fault *why)
{
    struct locked l;
    TRY(parse(file, &l, why));
    *ret = l.public;
    return ST_OK;
}

static enum status derive(const struct locked *l, struct bytes passphrase,
                          uint8_t ret[crypto_secretbox_KEYBYTES], struct fault *why)
{
    if (sodium_init() < 0) {
        return fault_whole(why, ST_SYS, "libsodium");
    }
    int err =
        crypto_pwhash(ret, crypto_secretbox_KEYBYTES,
                      passphrase.len > 0 ? (const char *)passphrase.data : "", passphrase.len,
                      l->salt, l->cost.passes, (size_t)l->cost.bytes, crypto_pwhash_ALG_ARGON2ID13);
    return err == 0 ? ST_OK : fault_whole(why, ST_NOMEM, "passphrase");
}

static void write(const struct locked *l, struct buf *out)
{
    buf_append(out, first_line.data, first_line.len);
    buf_printf(out, "public %.*s\nargon2id %" PRIu64 " %" PRIu64 "\nsalt ", (int)l->public.len,
               (const char *)l->public.data, l->cost.passes, l->cost.bytes);
    base64_append(out, bytes_of(l->salt, SALT_BYTES));
    buf_str(out, "\nnonce ");
    base64_append(out, bytes_of(l->nonce, NONCE_BYTES));
    buf_str(out, "\nbox ");
    base64_append(out, bytes_of(l->box, l->box_len));
    buf_byte(out, '\n');
}

enum status evidence_locked_seal(struct bytes public, struct bytes secret, struct bytes passphrase,
                                 const struct evidence_lock_cost *cost, struct buf *out,
                                 struct fault *why)
{
    struct locked l = {.public = public, .cost = *cost, .box_len = secret.len + TAG_BYTES};
    uint8_t key[crypto_secretbox_KEYBYTES];
    if (l.box_len > sizeof(l.box) || passphrase.len > LIMIT_PASSPHRASE_BYTES) {
        return fault_limit(why, 0, "passphrase", LIMIT_PASSPHRASE_BYTES);
    }
    TRY(random_bytes(l.salt, SALT_BYTES));
    TRY(random_bytes(l.nonce, NONCE_BYTES));
    TRY(derive(&l, passphrase, key, why));
    int err = crypto_secretbox_easy(l.box, secret.data, secret.len, l.nonce, key);
    explicit_bzero(key, sizeof(key));
    if (err != 0) {
        return fault_whole(why, ST_LIMIT, "secret");
    }
    write(&l, out);
    return out->failed;
}

enum status evidence_locked_open(struct bytes file, struct bytes passphrase, struct buf *out,
                                 struct fault *why)
{
    struct locked l;
    uint8_t key[crypto_secretbox_KEYBYTES], secret[LIMIT_KEY_BYTES];
    TRY(parse(file, &l, why));
    if (passphrase.len > LIMIT_PASSPHRASE_BYTES) {
        return fault_limit(why, 0, "passphrase", LIMIT_PASSPHRASE_BYTES);
    }
    TRY(derive(&l, passphrase, key, why));
    int err = crypto_secretbox_open_easy(secret, l.box, l.box_len, l.nonce, key);
    explicit_bzero(key, sizeof(key));
    if (err != 0) {
        return fault_whole(why, ST_MISMATCH, "passphrase");
    }
    buf_append(out, secret, l.box_len - TAG_BYTES);
    explicit_bzero(secret, sizeof(secret));
    return out->failed;
}
