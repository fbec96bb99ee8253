/* base/core/sha256x.h - many small SHA-256 hashes at once (FIPS 180-4).
 *
 * For trees and commitments, whose messages are one to three blocks: the
 * caller pads them into slots, and slots of equal length are hashed together,
 * two by two where the processor has instructions for it. Everything else is
 * OpenSSL's; so is the check that an engine must pass before it is used.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/core/cursor.h"
#include "base/core/hash.h"

enum { SHA256X_BLOCK = 64 };

/* How it is done: two whole messages of `blocks` blocks, or more blocks of one. */
struct sha256x {
    const char *name;
    void (*two)(const uint8_t *pa, const uint8_t *pb, size_t blocks, uint8_t *da, uint8_t *db);
    void (*one)(uint32_t state[8], const uint8_t *p, size_t blocks);
};

/* The fastest one that this processor has and that gives OpenSSL's digests on
 * every length of three blocks; asks the processor, so keep the answer. */
const struct sha256x *sha256x_best(void);
/* OpenSSL alone, anywhere. */
const struct sha256x *sha256x_portable(void);

/* Blocks of a message of n bytes, padded. */
static inline size_t sha256x_blocks(size_t n)
{
    return (n + 9 + SHA256X_BLOCK - 1) / SHA256X_BLOCK;
}

/* Pad the n bytes in a slot of sha256x_blocks(n) blocks. */
static inline void sha256x_pad(uint8_t *slot, size_t n)
{
    size_t end = sha256x_blocks(n) * SHA256X_BLOCK;
    slot[n] = 0x80;
    memset(slot + n + 1, 0, end - n - 1);
    store_be64(slot + end - 8, (uint64_t)n * 8);
}

/* n padded messages of `blocks` blocks, one behind the other. */
void sha256x_many(const struct sha256x *x, const uint8_t *slots, size_t blocks, size_t n,
                  struct digest *ret);
/* The same, each digest going to a place of its own, `stride` bytes apart. */
void sha256x_many_to(const struct sha256x *x, const uint8_t *slots, size_t blocks, size_t n,
                     uint8_t *ret, size_t stride);

/* One message, made of parts. */
void sha256x_parts(const struct sha256x *x, const struct bytes *parts, size_t n,
                   struct digest *ret);
