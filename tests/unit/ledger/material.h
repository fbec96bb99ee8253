/* tests/unit/ledger/material.h - what the tests of ledgers share. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/core/buf.h"

static inline size_t material_hex(const char *hex, uint8_t *out)
{
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) {
        unsigned v = 0;
        (void)sscanf(hex + 2 * i, "%2x", &v);
        out[i] = (uint8_t)v;
    }
    return n;
}

/* Small and repeatable. */
static inline uint32_t material_random(unsigned *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static inline struct bytes material_text(const char *s)
{
    return bytes_of(s, strlen(s));
}
