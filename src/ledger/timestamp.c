/* ledger/timestamp.c - RFC 3161 requests and responses. */
#include "ledger/timestamp.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/timefmt.h"

/* clang-format off */
static void free_req(TS_REQ **p) { TS_REQ_free(*p); }
static void free_resp(TS_RESP **p) { TS_RESP_free(*p); }
static void free_imprint(TS_MSG_IMPRINT **p) { TS_MSG_IMPRINT_free(*p); }
static void free_algor(X509_ALGOR **p) { X509_ALGOR_free(*p); }
static void free_integer(ASN1_INTEGER **p) { ASN1_INTEGER_free(*p); }
static void free_store(X509_STORE **p) { X509_STORE_free(*p); }
static void free_context(TS_VERIFY_CTX **p) { TS_VERIFY_CTX_free(*p); }
static void free_bio(BIO **p) { BIO_free_all(*p); }
/* clang-format on */

static enum status fill(TS_REQ *req, const struct digest *imprint, uint64_t nonce)
{
    CLEANUP(free_imprint) TS_MSG_IMPRINT *m = TS_MSG_IMPRINT_new();
    CLEANUP(free_algor) X509_ALGOR *a = X509_ALGOR_new();
    CLEANUP(free_integer) ASN1_INTEGER *n = ASN1_INTEGER_new();
    uint8_t copy[DIGEST_BYTES];
    if (m == NULL || a == NULL || n == NULL) {
        return ST_NOMEM;
    }
    memcpy(copy, imprint->b, sizeof(copy));
    X509_ALGOR_set_md(a, EVP_sha256());
    bool good = TS_MSG_IMPRINT_set_algo(m, a) == 1 &&
                TS_MSG_IMPRINT_set_msg(m, copy, sizeof(copy)) == 1 &&
                ASN1_INTEGER_set_uint64(n, nonce) == 1 && TS_REQ_set_version(req, 1) == 1 &&
                TS_REQ_set_msg_imprint(req, m) == 1 && TS_REQ_set_nonce(req, n) == 1 &&
                TS_REQ_set_cert_req(req, 1) == 1;
    return good ? ST_OK : ST_NOMEM;
}

enum status ledger_timestamp_ask(const struct digest *imprint, uint64_t nonce, struct buf *out)
{
    CLEANUP(free_req) TS_REQ *req = TS_REQ_new();
    if (req == NULL) {
        return ST_NOMEM;
    }
    TRY(fill(req, imprint, nonce));
    int n = i2d_TS_REQ(req, NULL);
    if (n <= 0 || !buf_reserve(out, (size_t)n)) {
        return n <= 0 ? ST_NOMEM : out->failed;
    }
    uint8_t *at = out->data + out->len;
    out->len += (size_t)i2d_TS_REQ(req, &at);
    return ST_OK;
}

/* All of the bytes must be used. */
static TS_RESP *parse_response(struct bytes der)
{
    const uint8_t *at = der.data;
    TS_RESP *r = d2i_TS_RESP(NULL, &at, (long)der.len);
    if (r != NULL && at != der.data + der.len) {
        TS_RESP_free(r);
        return NULL;
    }
    return r;
}

/* Certificates until the end of the file; at least one. */
static enum status load_ca(struct bytes pem, X509_STORE *store, struct fault *why)
{
    CLEANUP(free_bio) BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    size_t n = 0;
    if (bio == NULL) {
        return ST_NOMEM;
    }
    for (;;) {
        X509 *c = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        if (c == NULL) {
            break;
        }
        int good = X509_STORE_add_cert(store, c);
        X509_free(c);
        if (good != 1) {
            return ST_NOMEM;
        }
        n++;
    }
    unsigned long err = ERR_peek_last_error();
    bool end = ERR_GET_LIB(err) == ERR_LIB_PEM && ERR_GET_REASON(err) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    return n > 0 && end ? ST_OK : fault_whole(why, ST_MALFORMED, "certificates");
}

static bool integer_in(const ASN1_INTEGER *a, uint64_t max, uint64_t *ret)
{
    return a == NULL || (ASN1_INTEGER_get_uint64(ret, a) == 1 && *ret <= max);
}

static enum status read_time(const TS_TST_INFO *info, struct ledger_timestamp *ret)
{
    struct tm tm;
    uint64_t s = 0, ms = 0, us = 0;
    const ASN1_GENERALIZEDTIME *t = TS_TST_INFO_get_time(info);
    if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1) {
        return ST_MALFORMED;
    }
    struct civil c = {tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                      tm.tm_min,         tm.tm_sec,     0};
    TS_ACCURACY *a = TS_TST_INFO_get_accuracy((TS_TST_INFO *)(uintptr_t)info);
    if (a != NULL && (!integer_in(TS_ACCURACY_get_seconds(a), INT32_MAX, &s) ||
                      !integer_in(TS_ACCURACY_get_millis(a), 999, &ms) ||
                      !integer_in(TS_ACCURACY_get_micros(a), 999, &us))) {
        return ST_MALFORMED;
    }
    ret->accuracy_ns = (int64_t)(s * 1000000000 + ms * 1000000 + us * 1000);
    return time_from_civil(&c, &ret->time_ns) ? ST_OK : ST_MALFORMED;
}

/* A stamp over a hash in which collisions are found says nothing. */
static bool imprint_strong(TS_TST_INFO *info)
{
    TS_MSG_IMPRINT *m = TS_TST_INFO_get_msg_imprint(info);
    const ASN1_OBJECT *o = NULL;
    X509_ALGOR_get0(&o, NULL, NULL, TS_MSG_IMPRINT_get_algo(m));
    int nid = OBJ_obj2nid(o);
    return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

/* RFC 3161, 2.4.2: the certificate that signed, among those in the token. */
static void read_names(PKCS7 *token, const TS_TST_INFO *info, struct ledger_timestamp *ret)
{
    STACK_OF(X509) *signers = PKCS7_get0_signers(token, NULL, 0);
    const X509 *c = signers != NULL ? sk_X509_value(signers, 0) : NULL;
    CLEANUP(free_bio) BIO *bio = BIO_new(BIO_s_mem());
    if (c != NULL && bio != NULL &&
        X509_NAME_print_ex(bio, X509_get_subject_name(c), 0, XN_FLAG_RFC2253) >= 0) {
        int n = BIO_read(bio, ret->authority, LEDGER_AUTHORITY_MAX - 1);
        ret->authority[n > 0 ? n : 0] = '\0';
    }
    sk_X509_free(signers);
    (void)OBJ_obj2txt(ret->policy, sizeof(ret->policy),
                      TS_TST_INFO_get_policy_id((TS_TST_INFO *)(uintptr_t)info), 1);
}

/* Without a time of its own the chain is judged now, and every timestamp would
 * end with its authority's certificate. */
static X509_STORE *store_at(int64_t time_ns)
{
    X509_STORE *s = X509_STORE_new();
    if (s != NULL) {
        X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(s), (time_t)(time_ns / TIME_SECOND));
    }
    return s;
}

/* The context takes over what it is given. */
static TS_VERIFY_CTX *context(const TS_REQ *req, struct bytes stamped)
{
    CLEANUP(free_context) TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();
    if (ctx == NULL) {
        return NULL;
    }
    int flags = TS_VFY_VERSION | TS_VFY_SIGNATURE | TS_VFY_DATA;
    if (req != NULL) {
        const ASN1_INTEGER *nonce = TS_REQ_get_nonce(req);
        /* Only the nonce is the request's; the bytes are our own. */
        if (TS_REQ_to_TS_VERIFY_CTX((TS_REQ *)(uintptr_t)req, ctx) == NULL) {
            return NULL;
        }
        flags |= nonce != NULL ? TS_VFY_NONCE : 0;
    }
    BIO *data = BIO_new_mem_buf(stamped.data, (int)stamped.len);
    if (data == NULL) {
        return NULL;
    }
    (void)TS_VERIFY_CTX_set_data(ctx, data);
    (void)TS_VERIFY_CTX_set_flags(ctx, flags);
    return TAKE(ctx);
}

static const char *failure(void)
{
    unsigned long err = ERR_peek_error();
    int reason = ERR_GET_LIB(err) == ERR_LIB_TS ? ERR_GET_REASON(err) : 0;
    switch (reason) {
    case TS_R_MESSAGE_IMPRINT_MISMATCH:
        return "timestamp of other bytes";
    case TS_R_NONCE_MISMATCH:
    case TS_R_NONCE_NOT_RETURNED:
        return "timestamp's nonce";
    case TS_R_CERTIFICATE_VERIFY_ERROR:
        return "timestamp authority's certificate";
    case TS_R_NO_TIME_STAMP_TOKEN:
        return "timestamp was not granted";
    default:
        return "timestamp's signature";
    }
}

static enum status check(TS_RESP *resp, const TS_REQ *req, struct bytes stamped, struct bytes ca,
                         struct ledger_timestamp *ret, struct fault *why)
{
    TS_TST_INFO *info = TS_RESP_get_tst_info(resp);
    struct ledger_timestamp t = {.time_ns = 0};
    if (info == NULL) {
        return fault_whole(why, ST_MISMATCH, "timestamp was not granted");
    }
    if (!imprint_strong(info)) {
        return fault_whole(why, ST_MISMATCH, "timestamp's hash");
    }
    if (read_time(info, &t) != ST_OK) {
        return fault_whole(why, ST_MALFORMED, "timestamp's time");
    }
    CLEANUP(free_store) X509_STORE *store = store_at(t.time_ns);
    CLEANUP(free_context) TS_VERIFY_CTX *ctx = context(req, stamped);
    if (store == NULL || ctx == NULL) {
        return ST_NOMEM;
    }
    TRY(load_ca(ca, store, why));
    (void)TS_VERIFY_CTX_set_store(ctx, TAKE(store));
    ERR_clear_error();
    if (TS_RESP_verify_response(ctx, resp) != 1) {
        enum status st = fault_whole(why, ST_MISMATCH, failure());
        ERR_clear_error();
        return st;
    }
    read_names(TS_RESP_get_token(resp), info, &t);
    *ret = t;
    return ST_OK;
}

enum status ledger_timestamp_check(struct bytes response, struct bytes stamped,
                                   struct bytes request, struct bytes ca,
                                   struct ledger_timestamp *ret, struct fault *why)
{
    if (response.len > LIMIT_TIMESTAMP_BYTES || request.len > LIMIT_TIMESTAMP_BYTES) {
        return fault_limit(why, 0, "timestamp", LIMIT_TIMESTAMP_BYTES);
    }
    if (ca.len > LIMIT_CA_BYTES || stamped.len > LIMIT_NOTE_BYTES) {
        return fault_limit(why, 0, ca.len > LIMIT_CA_BYTES ? "certificates" : "note",
                           ca.len > LIMIT_CA_BYTES ? LIMIT_CA_BYTES : LIMIT_NOTE_BYTES);
    }
    ERR_clear_error();
    CLEANUP(free_resp) TS_RESP *resp = parse_response(response);
    const uint8_t *at = request.data;
    CLEANUP(free_req)
    TS_REQ *req = request.len > 0 ? d2i_TS_REQ(NULL, &at, (long)request.len) : NULL;
    if (resp == NULL || (req == NULL && request.len > 0)) {
        ERR_clear_error();
        return fault_whole(why, ST_MALFORMED, resp == NULL ? "timestamp" : "timestamp request");
    }
    return check(resp, req, stamped, ca, ret, why);
}

/* --- without roots ------------------------------------------------------------------ */

static void free_signers(STACK_OF(X509) * *s)
{
    sk_X509_free(*s); /* the certificates are the token's */
}

/* By the certificate that the token carries; RFC 3161, 2.4.1: it was asked for. */
static bool signature_fits(PKCS7 *token)
{
    uint8_t bytes[4096];
    CLEANUP(free_signers) STACK_OF(X509) *signers = PKCS7_get0_signers(token, NULL, 0);
    STACK_OF(PKCS7_SIGNER_INFO) *infos = PKCS7_get_signer_info(token);
    CLEANUP(free_bio) BIO *content = PKCS7_dataInit(token, NULL);
    if (signers == NULL || content == NULL || sk_PKCS7_SIGNER_INFO_num(infos) != 1 ||
        sk_X509_num(signers) != 1) {
        return false;
    }
    while (BIO_read(content, bytes, sizeof(bytes)) > 0) {
    }
    return PKCS7_signatureVerify(content, token, sk_PKCS7_SIGNER_INFO_value(infos, 0),
                                 sk_X509_value(signers, 0)) == 1;
}

static enum status check_whole(TS_RESP *resp, struct bytes stamped, struct fault *why)
{
    CLEANUP(free_context) TS_VERIFY_CTX *ctx = context(NULL, stamped);
    if (ctx == NULL) {
        return ST_NOMEM;
    }
    (void)TS_VERIFY_CTX_set_flags(ctx, TS_VFY_VERSION | TS_VFY_DATA);
    if (TS_RESP_get_tst_info(resp) == NULL || TS_RESP_verify_response(ctx, resp) != 1) {
        return fault_whole(why, ST_MISMATCH, failure());
    }
    return signature_fits(TS_RESP_get_token(resp))
               ? ST_OK
               : fault_whole(why, ST_MISMATCH, "timestamp's signature");
}

enum status ledger_timestamp_whole(struct bytes response, struct bytes stamped, struct fault *why)
{
    if (response.len > LIMIT_TIMESTAMP_BYTES || stamped.len > LIMIT_NOTE_BYTES) {
        return fault_limit(why, 0, "timestamp", LIMIT_TIMESTAMP_BYTES);
    }
    ERR_clear_error();
    CLEANUP(free_resp) TS_RESP *resp = parse_response(response);
    enum status st = resp != NULL ? check_whole(resp, stamped, why)
                                  : fault_whole(why, ST_MALFORMED, "timestamp");
    ERR_clear_error();
    return st;
}
