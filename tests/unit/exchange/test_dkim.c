/* tests/unit/exchange/test_dkim.c - signatures of mails that are made here. */
#include "exchange/dkim.h"

#include <assert.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/core/base64.h"
#include "base/core/hash.h"
#include "test.h"

enum { SEED_BYTES = 32, SIGNATURE_BYTES = 64 };

static const uint8_t seed[SEED_BYTES] = {7};

static EVP_PKEY *own_key(void)
{
    EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, SEED_BYTES);
    assert(k != NULL);
    return k;
}

/* "sel._domainkey.a.example v=DKIM1; k=ed25519; p=..." with more tags. */
static struct dkim_keys *keys_with(const char *more)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
    uint8_t pub[SEED_BYTES];
    size_t n = sizeof(pub);
    struct dkim_keys *keys = NULL;
    EVP_PKEY *k = own_key();
    assert(EVP_PKEY_get_raw_public_key(k, pub, &n) == 1);
    EVP_PKEY_free(k);
    buf_str(&b, "sel._domainkey.A.example. v=DKIM1; k=ed25519; p=");
    base64_append(&b, bytes_of(pub, n));
    buf_str(&b, more);
    CHECK_INT(dkim_keys_read(buf_bytes(&b), &keys, NULL), ST_OK);
    return keys;
}

static const char from[] = "from:Abuse <abuse@a.example>\r\n";
static const char body[] = "Hello,\r\nthere.\r\n";

/* A mail in relaxed form already, whose signature has these tags beside. */
static void sign(struct buf *out, const char *tags, const char *covers)
{
    CLEANUP(buf_fini) struct buf own = BUF_INIT(4096);
    CLEANUP(buf_fini) struct buf signed_text = BUF_INIT(8192);
    struct digest hash;
    uint8_t signature[SIGNATURE_BYTES];
    size_t n = sizeof(signature);
    CHECK_INT(digest_sha256(bytes_of(body, strlen(body)), &hash), ST_OK);
    buf_printf(&own,
               "dkim-signature:v=1; a=ed25519-sha256; c=relaxed/simple; d=a.example; s=sel; "
               "h=%s;%s%s bh=",
               covers, tags[0] != '\0' ? " " : "", tags);
    base64_append(&own, bytes_of(hash.b, sizeof(hash.b)));
    buf_str(&own, "; b=");
    buf_str(&signed_text, from);
    buf_append(&signed_text, own.data, own.len);
    CHECK_INT(digest_sha256(buf_bytes(&signed_text), &hash), ST_OK);
    EVP_PKEY *k = own_key();
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    assert(EVP_DigestSignInit(md, NULL, NULL, NULL, k) == 1 &&
           EVP_DigestSign(md, signature, &n, hash.b, sizeof(hash.b)) == 1);
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(k);
    base64_append(&own, bytes_of(signature, n));
    buf_clear(out);
    buf_append(out, own.data, own.len);
    buf_str(out, "\r\n");
    buf_str(out, from);
    buf_str(out, "\r\n");
    buf_str(out, body);
}

static struct dkim_report verify(struct bytes mail, const struct dkim_keys *keys, uint64_t now_s)
{
    struct dkim_report r = {.n = 0};
    CHECK_INT(dkim_verify(mail, keys, now_s, &r), ST_OK);
    return r;
}

#define CHECK_STEP(r, word) CHECK_STR((r).n == 1 ? dkim_step_word((r).items[0].step) : "n", word)

static void check_tags(const char *tags, const char *key, uint64_t now_s, const char *word)
{
    CLEANUP(buf_fini) struct buf mail = BUF_INIT(8192);
    CLEANUP(dkim_keys_freep) struct dkim_keys *keys = keys_with(key);
    sign(&mail, tags, "from");
    struct dkim_report r = verify(buf_bytes(&mail), keys, now_s);
    CHECK_STEP(r, word);
}

static void tags_mean_what_the_standard_says(void)
{
    check_tags("", "", 0, "holds");
    check_tags("t=100; x=200;", "", 200, "holds");
    check_tags("t=100; x=200;", "", 201, "expired");
    check_tags("t=100; x=200;", "", 0, "holds"); /* the time is not asked */
    check_tags("t=200; x=200;", "", 0, "tags");
    check_tags("x=20000000000000000000000;", "", 0, "tags");
    check_tags("l=16;", "", 0, "holds");
    check_tags("l=15;", "", 0, "body"); /* bh= is of all of it */
    check_tags("l=17;", "", 0, "body"); /* more than there is */
    check_tags("l=-1;", "", 0, "tags");
    check_tags("i=@a.example;", "", 0, "holds");
    check_tags("i=desk@sub.a.example;", "", 0, "holds");
    check_tags("i=desk@sub.a.example;", "; t=y:s", 0, "identity");
    check_tags("i=desk@b.example;", "", 0, "identity");
    check_tags("i=desk@xa.example;", "", 0, "identity");
    check_tags("q=dns/txt;", "", 0, "holds");
    check_tags("q=other;", "", 0, "tags");
    check_tags("d=a.example;", "", 0, "tags"); /* a second one */
    check_tags("zz=unknown; z=a|b;", "", 0, "holds");
    check_tags("=nothing;", "", 0, "tags");
    check_tags("no value;", "", 0, "tags");
    check_tags("", "; s=other", 0, "key");
    check_tags("", "; h=sha1 : sha256", 0, "holds");
    check_tags("", "; k=rsa", 0, "key"); /* twice */
}

static void from_must_be_signed(void)
{
    CLEANUP(buf_fini) struct buf mail = BUF_INIT(8192);
    CLEANUP(dkim_keys_freep) struct dkim_keys *keys = keys_with("");
    sign(&mail, "", "date:subject");
    CHECK_STEP(verify(buf_bytes(&mail), keys, 0), "from");
    sign(&mail, "", "date : From");
    CHECK_STEP(verify(buf_bytes(&mail), keys, 0), "holds");
    CHECK_STEP(verify(buf_bytes(&mail), NULL, 0), "no-key");
}

static void every_changed_byte_and_every_cut_is_noticed(void)
{
    CLEANUP(buf_fini) struct buf mail = BUF_INIT(8192);
    CLEANUP(dkim_keys_freep) struct dkim_keys *keys = keys_with("");
    sign(&mail, "", "from");
    size_t names[2] = {strlen("dkim-signature"), strlen("from")};
    size_t second = (size_t)((const char *)memmem(mail.data, mail.len, from, strlen(from)) -
                             (const char *)mail.data);
    int bad = 0;
    CHECK_STEP(verify(buf_bytes(&mail), keys, 0), "holds");
    for (size_t i = 0; i < mail.len; i++) {
        bool name = i < names[0] || (i >= second && i < second + names[1]); /* in any case */
        for (unsigned bit = 0; bit < 8; bit++) {
            bool blank = mail.data[i] == '\r' && bit == 2; /* a tab at a line's end */
            mail.data[i] ^= (uint8_t)(1U << bit);
            struct dkim_report r = verify(buf_bytes(&mail), keys, 0);
            bool held = r.n == 1 && r.items[0].step == DKIM_HOLDS;
            bad += held && !(name && bit == 5) && !blank;
            mail.data[i] ^= (uint8_t)(1U << bit);
        }
        struct dkim_report r = verify(bytes_of(mail.data, i), keys, 0);
        bool end = i >= mail.len - 2; /* a last line end may be missing (3.4.3) */
        bad += !end && r.n == 1 && r.items[0].step == DKIM_HOLDS;
    }
    CHECK_INT(bad, 0);
}

static void signatures_past_the_limit_are_counted(void)
{
    CLEANUP(buf_fini) struct buf one = BUF_INIT(8192);
    CLEANUP(buf_fini) struct buf mail = BUF_INIT(65536);
    CLEANUP(buf_fini) struct buf message = BUF_INIT(65536);
    CLEANUP(dkim_keys_freep) struct dkim_keys *keys = keys_with("");
    static struct dkim_report again;
    sign(&one, "", "from");
    for (int i = 0; i < DKIM_SIGNATURES_MAX + 6; i++) {
        buf_str(&mail,
                "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=none; h=from; bh=; b=\r\n");
    }
    buf_append(&mail, one.data, one.len);
    struct dkim_report r = verify(buf_bytes(&mail), keys, 0);
    CHECK_INT(r.n, DKIM_SIGNATURES_MAX);
    CHECK_INT(r.more, 7);
    CHECK(dkim_best(&r)->step != DKIM_HOLDS); /* the good one was not looked at */
    dkim_report_put(&message, &r);
    struct cursor in = cursor_of(buf_bytes(&message));
    CHECK_INT(dkim_report_get(&in, &again), ST_OK);
    CHECK_INT(again.more, 7);
}

static void a_bad_file_of_keys_is_told(void)
{
    static const struct {
        const char *text;
        uint64_t at;
        const char *field;
    } bad[] = {{"# good\nnothing here\n", 7, "selector._domainkey.domain"},
               {"s._domainkey.a.example \"v=DKIM1; p=\n", 0, "TXT record"},
               {"s._domainkey.a.example \"a\" b\n", 0, "TXT record"}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct dkim_keys *k = NULL;
        struct fault why = {0};
        CHECK_INT(dkim_keys_read(bytes_of(bad[i].text, strlen(bad[i].text)), &k, &why),
                  ST_MALFORMED);
        CHECK_INT(why.offset, bad[i].at);
        CHECK_STR(why.field, bad[i].field);
    }
}

static void no_memory_is_said(void)
{
    CLEANUP(buf_fini) struct buf mail = BUF_INIT(8192);
    CLEANUP(dkim_keys_freep) struct dkim_keys *keys = keys_with("");
    sign(&mail, "", "from");
    struct dkim_report r;
    enum status st = ST_NOMEM;
    unsigned n = 1;
    for (; st != ST_OK && n < 200; n++) {
        test_fail_allocation(n);
        st = dkim_verify(buf_bytes(&mail), keys, 0, &r);
        test_fail_allocation(0);
        CHECK(st == ST_OK || st == ST_NOMEM);
    }
    CHECK(n > 3 && n < 200);
}

TEST_MAIN(TEST(signatures_past_the_limit_are_counted), TEST(tags_mean_what_the_standard_says),
          TEST(from_must_be_signed), TEST(every_changed_byte_and_every_cut_is_noticed),
          TEST(a_bad_file_of_keys_is_told), TEST(no_memory_is_said))
