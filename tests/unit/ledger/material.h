/* tests/unit/ledger/material.h - what the tests of ledgers share. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/core/buf.h"
#include "ledger/key.h"
#include "test.h"

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

/* A key that anybody can make again; type 1 signs, 4 cosigns. */
static inline struct ledger_signer material_signer(const char *name, uint8_t type, uint8_t n)
{
    struct ledger_signer s = {.key.id = 0};
    uint8_t seed[LEDGER_KEY_BYTES];
    memset(seed, n, sizeof(seed));
    CHECK(ledger_signer_make(material_text(name), type, seed, &s) == ST_OK);
    return s;
}

/* For buffers in tests: a NUL behind the text, not counted. */
static inline const char *material_string(struct buf *b)
{
    buf_byte(b, 0);
    b->len--;
    return (const char *)b->data;
}
