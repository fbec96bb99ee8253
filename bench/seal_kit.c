/* bench/seal_kit.c - keys that are nobody's, and the loop that only compresses. */
#include "seal_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double seal_kit_now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* cannot fail */
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void seal_kit_must(enum status st, const char *what)
{
    if (st != ST_OK) {
        fprintf(stderr, "%s: %s\n", what, status_text(st));
        exit(2);
    }
}

uint32_t seal_kit_some(void)
{
    static uint64_t seed = 1;
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33);
}

static enum status some_bytes(void *ctx, void *ret, size_t n)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++) {
        ((uint8_t *)ret)[i] = (uint8_t)seal_kit_some();
    }
    return ST_OK;
}

static enum status fresh(void *ctx, uint64_t seq, uint8_t segid[EVIDENCE_ID_BYTES],
                         struct evidence_secret *k)
{
    (void)seq;
    TRY(some_bytes(ctx, segid, EVIDENCE_ID_BYTES));
    return some_bytes(ctx, k->b, sizeof(k->b));
}

static enum status epoch(void *ctx, int64_t time_ns, uint64_t *ret, struct evidence_secret *k)
{
    (void)ctx;
    *ret = (uint64_t)(time_ns / 1000000000 / 86400);
    *k = (struct evidence_secret){{7}};
    return ST_OK;
}

struct evidence_sealer *seal_kit_sealer(struct evidence_sealer_config *c, const char *local)
{
    static const uint8_t key[32] = {9};
    struct evidence_opening_key opening;
    struct evidence_sealer *s;
    c->party = "bench.example";
    c->nets.rule = LOCAL_GIVEN;
    c->nets.n = 1;
    c->random = some_bytes;
    c->fresh = fresh;
    c->epoch = epoch;
    seal_kit_must(prefix_parse(bytes_of(local, strlen(local)), &c->nets.nets[0]), "network");
    evidence_opening_key_make(key, &opening);
    memcpy(c->opening_pub, opening.pub, sizeof(c->opening_pub));
    seal_kit_must(evidence_sealer_new(c, &s), "sealer");
    return s;
}

double seal_kit_bare_s(const struct evidence_engine *e, uint64_t compressions)
{
    enum { SLOTS = 64 };
    static uint8_t slots[SLOTS * 2 * SHA256X_BLOCK];
    static struct digest d[SLOTS];
    double from = seal_kit_now_s();
    for (uint64_t i = 0; i < compressions; i += 2 * SLOTS) {
        for (size_t k = 0; k < SLOTS; k += 2) {
            const uint8_t *p = slots + k * 2 * SHA256X_BLOCK;
            e->sha->two(p, p + 2 * SHA256X_BLOCK, 2, d[k].b, d[k + 1].b);
        }
    }
    return seal_kit_now_s() - from;
}
