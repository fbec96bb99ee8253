/* tests/unit/base/test_base64.c - one text per value, and back. */
#include "base/core/base64.h"

#include "test.h"

static void vectors_of_the_rfc_come_out(void)
{
    static const char *const text[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                                       "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (size_t n = 0; n < ARRAY_LEN(text); n++) {
        CLEANUP(buf_fini) struct buf b = BUF_INIT(64);
        uint8_t back[8];
        size_t len = 99;
        base64_append(&b, bytes_of("foobar", n));
        buf_byte(&b, 0);
        CHECK_STR((char *)b.data, text[n]);
        CHECK(base64_decode(bytes_of(text[n], strlen(text[n])), back, n, &len) == ST_OK);
        CHECK(len == n && memcmp(back, "foobar", n) == 0);
        CHECK(n == 0 ||
              base64_decode(bytes_of(text[n], strlen(text[n])), back, n - 1, &len) == ST_LIMIT);
    }
}

static void other_spellings_are_refused(void)
{
    static const char *const no[] = {"Z",    "Zg",    "Zg=",  "Zh==",   "Zm9=", "Z===",
                                     "====", "Zm 8=", "Zm-_", "Zg==\n", "=Zm8", "Zg==Zg=="};
    uint8_t out[64];
    size_t n;
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        CHECK(base64_decode(bytes_of(no[i], strlen(no[i])), out, sizeof(out), &n) == ST_MALFORMED);
    }
}

static void two_texts_never_mean_the_same(void)
{
    int bad = 0;
    for (unsigned v = 0; v < 1U << 16; v++) {
        char four[4] = {"ABgw/+9="[v & 7], "ABgw/+9="[v >> 3 & 7], "ABgwQ+8="[v >> 6 & 7],
                        "ABgwEI4="[v >> 9 & 7]};
        uint8_t out[3];
        size_t n = 0;
        if (base64_decode(bytes_of(four, 4), out, 3, &n) == ST_OK) {
            CLEANUP(buf_fini) struct buf b = BUF_INIT(8);
            base64_append(&b, bytes_of(out, n));
            bad += !bytes_equal(buf_bytes(&b), bytes_of(four, 4));
        }
    }
    CHECK_INT(bad, 0);
}

TEST_MAIN(TEST(vectors_of_the_rfc_come_out), TEST(other_spellings_are_refused),
          TEST(two_texts_never_mean_the_same))
