/* base/model/baseline.h - how a run's sources divide the announced addresses.
 *
 * "Most remotes are in X" says nothing when most addresses are: a share among
 * remotes is held against the share of an even sample of all addresses, looked
 * up in the same sources in the same way.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

enum { BASELINE_CODES_MAX = 320, BASELINE_AS_MAX = 16384 };

struct baseline_code {
    char code[3];
    uint32_t n;
};

struct baseline_as {
    uint32_t asn;
    uint32_t n;
};

struct baseline {
    bool v6;          /* of /48s of IPv6, not of addresses of IPv4 */
    uint32_t n;       /* addresses of the sample that count: */
    uint8_t routed;   /* 1: those that a source has an origin for; 0: with a country */
    uint32_t located; /* of these, with a country that the sources agree on */
    size_t code_n, as_n;
    struct baseline_code codes[BASELINE_CODES_MAX]; /* by code */
    struct baseline_as as[BASELINE_AS_MAX];         /* by number */
};

/* How many of the sample; 0 where none is. */
uint32_t baseline_of_code(const struct baseline *b, const char *code);
uint32_t baseline_of_as(const struct baseline *b, uint32_t asn);

/* Between our own processes; _get accepts nothing that _put cannot write. */
void baseline_put(struct buf *out, const struct baseline *b);
MUST_USE enum status baseline_get(struct cursor *c, struct baseline *ret);
