/* ledger/selftest.c - published vectors, computed here and now. */
#include "ledger/selftest.h"

#include <stdio.h>
#include <string.h>

#include "base/core/limits.h"
#include "ledger/checkpoint.h"
#include "ledger/key.h"
#include "ledger/note.h"
#include "ledger/tree.h"

static bool is_hex(const void *data, size_t n, const char *hex)
{
    const uint8_t *d = data;
    for (size_t i = 0; i < n; i++) {
        char two[3];
        (void)snprintf(two, sizeof(two), "%02x", d[i]);
        if (strncmp(two, hex + 2 * i, 2) != 0) {
            return false;
        }
    }
    return hex[2 * n] == '\0';
}

/* FIPS 180-4: the example of one block. */
static enum status hash(struct fault *why)
{
    struct digest d;
    TRY(digest_sha256(BYTES_LITERAL("abc"), &d));
    return is_hex(d.b, sizeof(d.b),
                  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
               ? ST_OK
               : fault_at(why, ST_MISMATCH, 0, "SHA-256 (FIPS 180-4)");
}

/* RFC 8032, 7.1, TEST 2. */
static enum status signature(struct fault *why)
{
    /* clang-format off */
    static const uint8_t seed[LEDGER_KEY_BYTES] = {
        0x4c,0xcd,0x08,0x9b,0x28,0xff,0x96,0xda,0x9d,0xb6,0xc3,0x46,0xec,0x11,0x4e,0x0f,
        0x5b,0x8a,0x31,0x9f,0x35,0xab,0xa6,0x24,0xda,0x8c,0xf6,0xed,0x4f,0xb8,0xa6,0xfb};
    /* clang-format on */
    static const char want[] = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                               "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
    static const uint8_t text[] = {0x72}, other[] = {0x73};
    struct ledger_signer s = {.key.id = 0};
    uint8_t sig[LEDGER_SIGNATURE_BYTES];
    TRY(ledger_signer_make(BYTES_LITERAL("vector"), LEDGER_KEY_SIGN, seed, &s));
    TRY(ledger_ed25519_sign(&s, bytes_of(text, 1), sig));
    bool good = is_hex(sig, sizeof(sig), want) &&
                ledger_ed25519_check(&s.key, bytes_of(text, 1), sig) == ST_OK &&
                ledger_ed25519_check(&s.key, bytes_of(other, 1), sig) == ST_MISMATCH;
    return good ? ST_OK : fault_at(why, ST_MISMATCH, 0, "Ed25519 (RFC 8032)");
}

/* docs/FORMATS.md, 10: three entries, their root, and the log's checkpoint. */
static enum status checkpoint(struct fault *why)
{
    static const char private[] =
        "PRIVATE+KEY+log.example/1+f5f18825+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB";
    static const char want[] =
        "log.example/1\n3\nlPvQ3YNvUDAWkubQ6t5yjuGexSv/8WBu2AfIV11aqhk=\n\n"
        "\u2014 log.example/1 9fGIJRFIyEfl5nu11qSU0FMb7hUoXRYEUcWDs8cyonPMnCO8OZTH+SEiFj8TzM+S7Mzd"
        "+zHXxeI/5dbEylnZ5CsKgAY=\n";
    CLEANUP(buf_fini) struct buf note = BUF_INIT(4096);
    struct ledger_checkpoint c = {.origin = BYTES_LITERAL("log.example/1"), .size = 3};
    struct ledger_signer s = {.key.id = 0};
    struct digest leaf[3];
    for (int i = 0; i < 3; i++) {
        char entry[16];
        int n = snprintf(entry, sizeof(entry), "entry %d", i);
        TRY(ledger_tree_leaf(bytes_of(entry, (size_t)n), &leaf[i]));
    }
    TRY(ledger_tree_root(leaf, 3, &c.root));
    TRY(ledger_signer_parse(bytes_of(private, strlen(private)), &s, why));
    TRY(ledger_checkpoint_sign(&c, &s, &note));
    return bytes_equal(buf_bytes(&note), bytes_of(want, strlen(want)))
               ? ST_OK
               : fault_at(why, ST_MISMATCH, 0, "checkpoint (docs/FORMATS.md, 10)");
}

enum status ledger_selftest(struct fault *why)
{
    TRY(hash(why));
    TRY(signature(why));
    return checkpoint(why);
}
