/* web/verify/page.c - what the page calls of the module: the verifier, and a check of itself. */
#include <openssl/aes.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/hash.h"
#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "capture/log_alone.h"
#include "evidence/verify/verify.h"
#include "ledger/key.h"
#include "report/proof.h"

#define EXPORT(name) __attribute__((export_name(#name), used))

/* Room for a file; the caller's, to free. NULL without memory. */
EXPORT(page_alloc) void *page_alloc(size_t n)
{
    return malloc(n > 0 ? n : 1);
}

EXPORT(page_free) void page_free(void *p)
{
    free(p);
}

static bool hashes(void)
{
    struct digest d;
    char text[DIGEST_TEXT_MAX];
    if (digest_sha256(bytes_of("abc", 3), &d) != ST_OK) { /* FIPS 180-4, examples */
        return false;
    }
    digest_format(&d, text);
    return strcmp(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") == 0;
}

static bool encrypts(void)
{
    uint8_t key[16], text[16], cipher[16], back[16]; /* FIPS 197, C.1 */
    static const uint8_t want[16] = {0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30,
                                     0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a};
    AES_KEY k;
    for (unsigned i = 0; i < 16; i++) {
        key[i] = (uint8_t)i;
        text[i] = (uint8_t)(i * 0x11);
    }
    (void)AES_set_encrypt_key(key, 128, &k);
    AES_encrypt(text, cipher, &k);
    (void)AES_set_decrypt_key(key, 128, &k);
    AES_decrypt(cipher, back, &k);
    return memcmp(cipher, want, 16) == 0 && memcmp(back, text, 16) == 0;
}

/* RFC 8032, 7.1, test 1: an empty message; and a changed one is refused. */
static bool checks_signatures(void)
{
    static const uint8_t sig[LEDGER_SIGNATURE_BYTES] = {
        0xe5, 0x56, 0x43, 0x00, 0xc3, 0x60, 0xac, 0x72, 0x90, 0x86, 0xe2, 0xcc, 0x80,
        0x6e, 0x82, 0x8a, 0x84, 0x87, 0x7f, 0x1e, 0xb8, 0xe5, 0xd9, 0x74, 0xd8, 0x73,
        0xe0, 0x65, 0x22, 0x49, 0x01, 0x55, 0x5f, 0xb8, 0x82, 0x15, 0x90, 0xa3, 0x3b,
        0xac, 0xc6, 0x1e, 0x39, 0x70, 0x1c, 0xf9, 0xb4, 0x6b, 0xd2, 0x5b, 0xf5, 0xf0,
        0x59, 0x5b, 0xbe, 0x24, 0x65, 0x51, 0x41, 0x43, 0x8e, 0x7a, 0x10, 0x0b};
    struct ledger_key k = {.type = LEDGER_KEY_SIGN,
                           .pub = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe,
                                   0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
                                   0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a}};
    static const uint8_t some = 0;
    return ledger_ed25519_check(&k, bytes_of(&some, 0), sig) == ST_OK &&
           ledger_ed25519_check(&k, bytes_of(&some, 1), sig) == ST_MISMATCH;
}

/* 0: hashes, ciphers and signatures work in this browser as they must. */
EXPORT(page_self_check) int page_self_check(void)
{
    return !hashes() ? 1 : !encrypts() ? 2 : !checks_signatures() ? 3 : 0;
}

/* --- verifying ---------------------------------------------------------------------- */

enum { COULD_NOT = 2 };

/* What it says of the exhibit looked at last: text, and JSON. */
static struct buf answers[2];

static int could_not(const char *input, const char *member, enum status st, const struct fault *why)
{
    buf_printf(&answers[0], "%s: %s%soffset %llu: %s%s%s\n", input, member,
               member[0] != '\0' ? ": " : "", (unsigned long long)why->offset,
               why->field != NULL ? why->field : "", why->field != NULL ? ": " : "",
               status_text(st));
    return COULD_NOT;
}

static int tell(struct evidence_verify *v)
{
    struct fault none = {0};
    struct terminal_options plain = {.unicode = true};
    enum status st = evidence_verify_close(v);
    if (st != ST_OK) {
        return could_not("exhibit", "", st, &none);
    }
    report_proof(&answers[0], &v->report, &plain);
    report_proof_json(&answers[1], &v->report);
    return evidence_report_exit(&v->report);
}

static int verify(struct bytes exhibit, struct bytes text, int64_t now_ns)
{
    CLEANUP(ledger_policy_freep) struct ledger_policy *policy = NULL;
    CLEANUP(evidence_verify_fini) struct evidence_verify v = {0};
    struct evidence_engine engine;
    struct evidence_contents_fault bad = {.member = ""};
    enum status st = ledger_policy_parse(text, &policy, &bad.at);
    if (st != ST_OK) {
        return could_not("policy", "", st, &bad.at);
    }
    /* Timestamps are not checked here, and the report says so. The seed is of hash
     * tables, which hold what one exhibit says and then end. */
    struct evidence_verify_options opt = {.policy = policy,
                                          .lines = capture_line_read,
                                          .now_ns = now_ns,
                                          .seed = UINT64_C(0x9e3779b97f4a7c15)};
    st = evidence_engine_init(&engine);
    st = st == ST_OK ? evidence_verify_open(&engine, exhibit, &opt, &v, &bad) : st;
    return st == ST_OK ? tell(&v) : could_not("exhibit", bad.member, st, &bad.at);
}

/* The exit status that the programs would have. Both files are freed. */
EXPORT(page_verify)
int page_verify(uint8_t *exhibit, size_t exhibit_n, uint8_t *policy, size_t policy_n, int64_t now_s)
{
    struct fault none = {0};
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        buf_init(&answers[i], 4 * LIMIT_VERIFY_REPORT_BYTES);
    }
    int exit =
        exhibit_n > LIMIT_EXHIBIT_BYTES ? could_not("exhibit", "", ST_LIMIT, &none)
        : policy_n > LIMIT_POLICY_BYTES
            ? could_not("policy", "", ST_LIMIT, &none)
            : verify(bytes_of(exhibit, exhibit_n), bytes_of(policy, policy_n), now_s * TIME_SECOND);
    free(exhibit);
    free(policy);
    return answers[0].failed != ST_OK || answers[1].failed != ST_OK ? COULD_NOT : exit;
}

EXPORT(page_answer) const uint8_t *page_answer(int json)
{
    return answers[json != 0].data;
}

EXPORT(page_answer_size) size_t page_answer_size(int json)
{
    return answers[json != 0].len;
}
