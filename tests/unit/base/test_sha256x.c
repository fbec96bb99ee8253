/* tests/unit/base/test_sha256x.c - batches and parts against OpenSSL, on every engine. */
#include "base/core/sha256x.h"

#include "base/core/aes128.h"
#include "test.h"

static const struct sha256x *engines[2];

static void set_up(void)
{
    engines[0] = sha256x_portable();
    engines[1] = sha256x_best();
    CHECK(engines[1] != NULL);
}

static void batches_of_any_number_and_length_are_right(void)
{
    enum { MOST = 9, LONGEST = 250 };
    uint8_t slots[MOST * 320], text[MOST][LONGEST];
    struct digest want, got[MOST];
    int bad = 0;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i / LONGEST][i % LONGEST] = (uint8_t)(i * 131 + i / 7);
    }
    for (size_t e = 0; e < 2; e++) {
        for (size_t len = 0; len < LONGEST; len++) {
            size_t blocks = sha256x_blocks(len), n = len % (MOST + 1);
            for (size_t i = 0; i < n; i++) {
                memcpy(slots + i * blocks * SHA256X_BLOCK, text[i], len);
                sha256x_pad(slots + i * blocks * SHA256X_BLOCK, len);
            }
            sha256x_many(engines[e], slots, blocks, n, got);
            for (size_t i = 0; i < n; i++) {
                CHECK(digest_sha256(bytes_of(text[i], len), &want) == ST_OK);
                bad += memcmp(&want, &got[i], sizeof(want)) != 0;
            }
        }
    }
    CHECK_INT(bad, 0);
}

static void parts_are_hashed_as_if_they_were_one(void)
{
    uint8_t text[400];
    int bad = 0;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (uint8_t)(i * 17 + 3);
    }
    for (size_t e = 0; e < 2; e++) {
        for (size_t len = 0; len <= sizeof(text); len++) {
            size_t a = len / 3, b = len * 2 / 3;
            struct bytes parts[] = {
                bytes_of(text, a), bytes_of(text + a, b - a), {0}, bytes_of(text + b, len - b)};
            struct digest want, got;
            sha256x_parts(engines[e], parts, 4, &got);
            CHECK(digest_sha256(bytes_of(text, len), &want) == ST_OK);
            bad += memcmp(&want, &got, sizeof(want)) != 0;
        }
    }
    CHECK_INT(bad, 0);
}

/* FIPS 197, appendix C.1; and both engines on many blocks. */
static void aes_gives_the_standard_s_answer(void)
{
    static const uint8_t want[16] = {0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30,
                                     0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a};
    uint8_t key[16], in[16 * 7], out[2][16 * 7];
    for (size_t i = 0; i < 16; i++) {
        key[i] = (uint8_t)i;
    }
    for (size_t i = 0; i < sizeof(in); i++) {
        in[i] = (uint8_t)(i % 16 * 0x11);
    }
    for (int fast = 0; fast < 2; fast++) {
        struct aes128 k;
        aes128_init(&k, key, fast == 1 && aes128_fast());
        aes128_encrypt(&k, in, out[fast], 7);
        CHECK(memcmp(out[fast], want, 16) == 0 && memcmp(out[fast] + 96, want, 16) == 0);
        aes128_fini(&k);
    }
    uint8_t back[16];
    aes128_decrypt(key, want, back);
    CHECK(memcmp(back, in, 16) == 0);
}

TEST_MAIN(TEST(set_up), TEST(batches_of_any_number_and_length_are_right),
          TEST(parts_are_hashed_as_if_they_were_one), TEST(aes_gives_the_standard_s_answer))
