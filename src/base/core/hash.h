/* base/core/hash.h - hashing for tables, and the digest for identities.
 *
 * Table hashes are keyed with a random seed, so that nobody who writes a
 * capture can choose collisions; nothing that leaves the program may depend
 * on them. Identities use SHA-256 (FIPS 180-4), by OpenSSL.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/core/cursor.h"
#include "base/core/status.h"
#include "base/core/wide.h"

/* 64 bits from 64 keyed bits: one 64x64->128 multiplication, folded. */
static inline uint64_t hash_mix(uint64_t v, uint64_t seed)
{
    uint128 m = (uint128)(v ^ seed) * (UINT64_C(0x9e3779b97f4a7c15) ^ (seed << 1 | 1));
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Keyed hash of a run of bytes, for tables of strings and IPv6 addresses. */
uint64_t hash_bytes(struct bytes s, uint64_t seed);

enum { DIGEST_BYTES = 32, DIGEST_TEXT_MAX = 65 };

struct digest {
    uint8_t b[DIGEST_BYTES];
};

MUST_USE enum status digest_sha256(struct bytes s, struct digest *ret);
/* The same of what comes in pieces. */
struct digest_run;
MUST_USE enum status digest_run_new(struct digest_run **ret);
void digest_run_free(struct digest_run *r);
void digest_run_add(struct digest_run *r, struct bytes s);
/* Of what was added so far; more can be. */
MUST_USE enum status digest_run_now(const struct digest_run *r, struct digest *ret);
/* Nothing can be added after it. ST_SYS: hashing failed, now or before. */
MUST_USE enum status digest_run_end(struct digest_run *r, struct digest *ret);
void digest_format(const struct digest *d, char out[DIGEST_TEXT_MAX]);
MUST_USE enum status digest_parse(struct bytes hex, struct digest *ret);
