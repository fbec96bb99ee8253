/* web/verify/lib/aes.c - AES-128 (FIPS 197) where there is no OpenSSL.
 *
 * Byte by byte, with tables that are looked up by secret values: fine for whoever
 * verifies, since what he is shown is no secret to him.
 */
#include <openssl/aes.h>
#include <stdbool.h>
#include <string.h>

static uint8_t box[256], unbox[256];
static bool made;

static uint8_t twice(uint8_t x)
{
    return (uint8_t)(x << 1 ^ (x >> 7) * 0x1b);
}

static uint8_t times(uint8_t x, uint8_t y)
{
    uint8_t r = 0;
    for (; y != 0; y >>= 1, x = twice(x)) {
        r ^= (y & 1) != 0 ? x : 0;
    }
    return r;
}

/* 5.1.1: the inverse in GF(2^8), and an affine map. 3 generates the field, and
 * 0xf6 is its inverse: p and q stay inverse to each other. */
static void make_boxes(void)
{
    uint8_t p = 1;
    uint8_t q = 1;
    do {
        p = times(p, 3);
        q = times(q, 0xf6);
        uint8_t x = q;
        uint8_t s = 0x63;
        for (unsigned i = 0; i < 5; i++, x = (uint8_t)(x << 1 | x >> 7)) {
            s ^= x;
        }
        box[p] = s;
        unbox[s] = p;
    } while (p != 1);
    box[0] = 0x63;
    unbox[0x63] = 0;
    made = true;
}

/* 5.2, on bytes: rd_key is used as 176 of them. */
int AES_set_encrypt_key(const unsigned char *key, int bits, AES_KEY *ret)
{
    if (bits != 128) {
        return -2;
    }
    if (!made) {
        make_boxes();
    }
    uint8_t *w = (uint8_t *)ret->rd_key;
    uint8_t round = 1;
    memcpy(w, key, 16);
    for (unsigned i = 16; i < 176; i += 4) {
        uint8_t t[4] = {w[i - 4], w[i - 3], w[i - 2], w[i - 1]};
        if (i % 16 == 0) {
            uint8_t first = t[0];
            t[0] = (uint8_t)(box[t[1]] ^ round);
            t[1] = box[t[2]];
            t[2] = box[t[3]];
            t[3] = box[first];
            round = twice(round);
        }
        for (unsigned k = 0; k < 4; k++) {
            w[i + k] = w[i + k - 16] ^ t[k];
        }
    }
    ret->rounds = 10;
    return 0;
}

int AES_set_decrypt_key(const unsigned char *key, int bits, AES_KEY *ret)
{
    return AES_set_encrypt_key(key, bits, ret);
}

static void add_round_key(uint8_t s[16], const AES_KEY *k, int round)
{
    const uint8_t *w = (const uint8_t *)k->rd_key + (size_t)round * 16;
    for (unsigned i = 0; i < 16; i++) {
        s[i] ^= w[i];
    }
}

/* 5.1.3 and 5.3.3: each column times a polynomial. */
static void mix(uint8_t s[16], const uint8_t by[4])
{
    for (unsigned c = 0; c < 16; c += 4) {
        uint8_t a[4];
        memcpy(a, s + c, 4);
        for (unsigned r = 0; r < 4; r++) {
            s[c + r] = 0;
            for (unsigned k = 0; k < 4; k++) {
                s[c + r] ^= times(a[(r + k) % 4], by[k]);
            }
        }
    }
}

/* 5.1.1 and 5.1.2, or their inverses: rows go left by their number, or right. */
static void substitute_and_shift(uint8_t s[16], const uint8_t *by, unsigned direction)
{
    uint8_t t[16];
    for (unsigned i = 0; i < 16; i++) {
        unsigned from = (i + 4 * direction * (i % 4)) % 16;
        t[i] = by[s[from]];
    }
    memcpy(s, t, sizeof(t));
}

void AES_encrypt(const unsigned char *in, unsigned char *out, const AES_KEY *k)
{
    static const uint8_t by[4] = {2, 3, 1, 1};
    uint8_t s[16];
    if (!made) {
        make_boxes();
    }
    memcpy(s, in, sizeof(s));
    add_round_key(s, k, 0);
    for (int round = 1; round <= 10; round++) {
        substitute_and_shift(s, box, 1);
        if (round < 10) {
            mix(s, by);
        }
        add_round_key(s, k, round);
    }
    memcpy(out, s, sizeof(s));
}

void AES_decrypt(const unsigned char *in, unsigned char *out, const AES_KEY *k)
{
    static const uint8_t by[4] = {14, 11, 13, 9};
    uint8_t s[16];
    memcpy(s, in, sizeof(s));
    add_round_key(s, k, 10);
    for (int round = 9; round >= 0; round--) {
        substitute_and_shift(s, unbox, 3);
        add_round_key(s, k, round);
        if (round > 0) {
            mix(s, by);
        }
    }
    memcpy(out, s, sizeof(s));
}
