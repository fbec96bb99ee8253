/* tests/unit/ledger/test_timestamp.c - timestamps, judged at their own time.
 *
 * The authority is made here. Its certificates ended long ago.
 */
#include "ledger/timestamp.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include "base/core/timefmt.h"
#include "ledger/material.h"
#include "test.h"

enum { IN_2001 = 993945600, IN_2005 = 1120176000 }; /* 1 July */

struct authority {
    EVP_PKEY *ca_key, *key;
    X509 *ca, *cert;
    struct buf pem; /* of ca */
};

static X509 *certify(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    X509 *c = X509_new();
    X509_NAME *n = X509_get_subject_name(c);
    CHECK(X509_set_version(c, 2) == 1);
    CHECK(ASN1_INTEGER_set(X509_get_serialNumber(c), issuer != NULL ? 2 : 1) == 1);
    CHECK(ASN1_TIME_set_string(X509_getm_notBefore(c), "20010101000000Z") == 1);
    CHECK(ASN1_TIME_set_string(X509_getm_notAfter(c), "20020101000000Z") == 1);
    CHECK(X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1,
                                     0) == 1);
    CHECK(X509_set_issuer_name(c, issuer != NULL ? X509_get_subject_name(issuer) : n) == 1);
    CHECK(X509_set_pubkey(c, key) == 1);
    int nid = issuer != NULL ? NID_ext_key_usage : NID_basic_constraints;
    X509_EXTENSION *e = X509V3_EXT_conf_nid(
        NULL, NULL, nid, issuer != NULL ? "critical,timeStamping" : "critical,CA:TRUE");
    CHECK(X509_add_ext(c, e, -1) == 1);
    X509_EXTENSION_free(e);
    CHECK(X509_sign(c, issuer_key, EVP_sha256()) > 0);
    return c;
}

static struct authority authority_make(void)
{
    struct authority a = {
        .ca_key = EVP_EC_gen("P-256"), .key = EVP_EC_gen("P-256"), .pem = BUF_INIT(65536)};
    a.ca = certify("Test root", a.ca_key, NULL, a.ca_key);
    a.cert = certify("Test authority", a.key, a.ca, a.ca_key);
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    CHECK(PEM_write_bio_X509(bio, a.ca) == 1);
    long n = BIO_get_mem_data(bio, &data);
    buf_append(&a.pem, data, (size_t)n);
    BIO_free(bio);
    return a;
}

static void authority_free(struct authority *a)
{
    EVP_PKEY_free(a->ca_key);
    EVP_PKEY_free(a->key);
    X509_free(a->ca);
    X509_free(a->cert);
    buf_fini(&a->pem);
}

static ASN1_INTEGER *serial(TS_RESP_CTX *ctx, void *data)
{
    (void)ctx;
    (void)data;
    ASN1_INTEGER *n = ASN1_INTEGER_new();
    CHECK(ASN1_INTEGER_set(n, 77) == 1);
    return n;
}

static int clock_of(TS_RESP_CTX *ctx, void *data, long *sec, long *usec)
{
    (void)ctx;
    *sec = *(const long *)data;
    *usec = 0;
    return 1;
}

/* What the authority answers to a request at a time. */
static void reply(const struct authority *a, struct bytes request, long at, struct buf *out)
{
    TS_RESP_CTX *ctx = TS_RESP_CTX_new();
    BIO *in = BIO_new_mem_buf(request.data, (int)request.len);
    CHECK(TS_RESP_CTX_set_signer_cert(ctx, a->cert) == 1);
    CHECK(TS_RESP_CTX_set_signer_key(ctx, a->key) == 1);
    CHECK(TS_RESP_CTX_set_signer_digest(ctx, EVP_sha256()) == 1);
    CHECK(TS_RESP_CTX_set_ess_cert_id_digest(ctx, EVP_sha256()) == 1);
    ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4.1", 1);
    CHECK(TS_RESP_CTX_set_def_policy(ctx, policy) == 1);
    ASN1_OBJECT_free(policy);
    CHECK(TS_RESP_CTX_add_md(ctx, EVP_sha256()) == 1 && TS_RESP_CTX_add_md(ctx, EVP_sha1()) == 1);
    CHECK(TS_RESP_CTX_set_accuracy(ctx, 1, 500, 0) == 1);
    TS_RESP_CTX_set_serial_cb(ctx, serial, NULL);
    TS_RESP_CTX_set_time_cb(ctx, clock_of, &at);
    TS_RESP *r = TS_RESP_create_response(ctx, in);
    unsigned char *der = NULL;
    int n = i2d_TS_RESP(r, &der);
    CHECK(n > 0);
    buf_append(out, der, n > 0 ? (size_t)n : 0);
    OPENSSL_free(der);
    TS_RESP_free(r);
    TS_RESP_CTX_free(ctx);
    BIO_free(in);
}

static const char note[] = "log.example\n1\nhash\n\nsignature\n";

static void ask(uint64_t nonce, struct buf *out)
{
    struct digest d;
    CHECK(digest_sha256(material_text(note), &d) == ST_OK);
    CHECK(ledger_timestamp_ask(&d, nonce, out) == ST_OK);
}

static void a_timestamp_outlives_its_certificate(void)
{
    struct authority a = authority_make();
    CLEANUP(buf_fini) struct buf q = BUF_INIT(4096), r = BUF_INIT(65536);
    struct ledger_timestamp t;
    struct fault why;
    ask(0x1122334455667788, &q);
    reply(&a, buf_bytes(&q), IN_2001, &r);
    CHECK(ledger_timestamp_check(buf_bytes(&r), material_text(note), buf_bytes(&q),
                                 buf_bytes(&a.pem), &t, &why) == ST_OK);
    CHECK(t.time_ns == IN_2001 * TIME_SECOND);
    CHECK(t.accuracy_ns == 1500 * (TIME_SECOND / 1000));
    CHECK_STR(t.authority, "CN=Test authority");
    CHECK_STR(t.policy, "1.2.3.4.1");
    CHECK(ledger_timestamp_check(buf_bytes(&r), material_text(note), (struct bytes){0},
                                 buf_bytes(&a.pem), &t, &why) == ST_OK);
    /* Made after the certificate had ended, it never held. */
    buf_clear(&r);
    reply(&a, buf_bytes(&q), IN_2005, &r);
    CHECK(ledger_timestamp_check(buf_bytes(&r), material_text(note), buf_bytes(&q),
                                 buf_bytes(&a.pem), &t, &why) == ST_MISMATCH);
    CHECK_STR(why.field, "timestamp authority's certificate");
    authority_free(&a);
}

static void other_bytes_nonces_and_authorities_are_refused(void)
{
    struct authority a = authority_make(), b = authority_make();
    CLEANUP(buf_fini) struct buf q = BUF_INIT(4096), q2 = BUF_INIT(4096), r = BUF_INIT(65536);
    struct ledger_timestamp t;
    struct fault why;
    ask(1, &q);
    ask(2, &q2);
    reply(&a, buf_bytes(&q), IN_2001, &r);
    CHECK(ledger_timestamp_check(buf_bytes(&r), BYTES_LITERAL("else\n"), buf_bytes(&q),
                                 buf_bytes(&a.pem), &t, &why) == ST_MISMATCH);
    CHECK_STR(why.field, "timestamp of other bytes");
    CHECK(ledger_timestamp_check(buf_bytes(&r), material_text(note), buf_bytes(&q2),
                                 buf_bytes(&a.pem), &t, &why) == ST_MISMATCH);
    CHECK_STR(why.field, "timestamp's nonce");
    CHECK(ledger_timestamp_check(buf_bytes(&r), material_text(note), buf_bytes(&q),
                                 buf_bytes(&b.pem), &t, &why) == ST_MISMATCH);
    CHECK(ledger_timestamp_check(buf_bytes(&r), material_text(note), buf_bytes(&q),
                                 BYTES_LITERAL("no certificate"), &t, &why) == ST_MALFORMED);
    CHECK_STR(why.field, "certificates");
    authority_free(&a);
    authority_free(&b);
}

/* A changed byte may sit where nothing reads it (the status text, an encoding
 * that means the same): then time and bytes must still be what was signed. */
static void a_changed_byte_never_changes_what_is_said(void)
{
    struct authority a = authority_make();
    CLEANUP(buf_fini) struct buf q = BUF_INIT(4096), r = BUF_INIT(65536);
    struct ledger_timestamp t;
    int accepted = 0, other = 0;
    ask(3, &q);
    reply(&a, buf_bytes(&q), IN_2001, &r);
    for (size_t i = 0; i < r.len; i++) {
        for (unsigned bit = 0; bit < 8; bit += 3) {
            r.data[i] ^= (uint8_t)(1 << bit);
            if (ledger_timestamp_check(buf_bytes(&r), material_text(note), buf_bytes(&q),
                                       buf_bytes(&a.pem), &t, NULL) == ST_OK) {
                accepted++;
                other += t.time_ns != IN_2001 * TIME_SECOND ||
                         strcmp(t.authority, "CN=Test authority") != 0;
            }
            r.data[i] ^= (uint8_t)(1 << bit);
        }
    }
    for (size_t n = 0; n < r.len; n++) {
        accepted +=
            1000 * (ledger_timestamp_check(bytes_of(r.data, n), material_text(note), buf_bytes(&q),
                                           buf_bytes(&a.pem), &t, NULL) == ST_OK);
    }
    CHECK_INT(other, 0);
    CHECK(accepted < 60);
    printf("# %d of %zu changes are not read by anybody\n", accepted, 3 * r.len);
    buf_byte(&r, 0);
    CHECK(ledger_timestamp_check(buf_bytes(&r), material_text(note), buf_bytes(&q),
                                 buf_bytes(&a.pem), &t, NULL) == ST_MALFORMED);
    authority_free(&a);
}

static void a_weak_hash_is_no_timestamp(void)
{
    struct authority a = authority_make();
    CLEANUP(buf_fini) struct buf r = BUF_INIT(65536);
    struct ledger_timestamp t;
    struct fault why;
    uint8_t q[] = "\x30\x21\x02\x01\x01\x30\x1c\x30\x07\x06\x05\x2b\x0e\x03\x02\x1a\x04\x11"
                  "xxxxxxxxxxxxxxxxxxxx";
    uint8_t hash[20];
    unsigned n = 0;
    CHECK(EVP_Digest(note, sizeof(note) - 1, hash, &n, EVP_sha1(), NULL) == 1);
    q[1] = 0x24;
    q[6] = 0x1f;
    q[17] = 0x14;
    memcpy(q + 18, hash, 20);
    reply(&a, bytes_of(q, 38), IN_2001, &r);
    CHECK(ledger_timestamp_check(buf_bytes(&r), material_text(note), (struct bytes){0},
                                 buf_bytes(&a.pem), &t, &why) == ST_MISMATCH);
    CHECK_STR(why.field, "timestamp's hash");
    authority_free(&a);
}

/* Without anybody's roots: what was cut, what is of other bytes, and a signature
 * that was changed. */
static void damage_is_seen_without_roots(void)
{
    struct authority a = authority_make();
    CLEANUP(buf_fini) struct buf q = BUF_INIT(4096), r = BUF_INIT(65536);
    struct fault why;
    int cut = 0;
    ask(4, &q);
    reply(&a, buf_bytes(&q), IN_2005, &r); /* its certificate has ended: not asked here */
    CHECK(ledger_timestamp_whole(buf_bytes(&r), material_text(note), &why) == ST_OK);
    CHECK(ledger_timestamp_whole(buf_bytes(&r), BYTES_LITERAL("else\n"), &why) == ST_MISMATCH);
    CHECK_STR(why.field, "timestamp of other bytes");
    for (size_t n = 0; n < r.len; n++) {
        cut += ledger_timestamp_whole(bytes_of(r.data, n), material_text(note), &why) == ST_OK;
    }
    CHECK_INT(cut, 0);
    for (size_t i = 1; i <= 64; i++) { /* the signature comes last */
        r.data[r.len - i] ^= 1;
        CHECK(ledger_timestamp_whole(buf_bytes(&r), material_text(note), &why) == ST_MISMATCH);
        r.data[r.len - i] ^= 1;
    }
    authority_free(&a);
}

TEST_MAIN(TEST(a_timestamp_outlives_its_certificate),
          TEST(other_bytes_nonces_and_authorities_are_refused),
          TEST(a_changed_byte_never_changes_what_is_said), TEST(a_weak_hash_is_no_timestamp),
          TEST(damage_is_seen_without_roots))
