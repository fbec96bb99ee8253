/* base/model/baseline.c - lookups, and the form that crosses a pipe. */
#include "base/model/baseline.h"

#include <stdlib.h>
#include <string.h>

static int order_codes(const void *a, const void *b)
{
    return strcmp(a, ((const struct baseline_code *)b)->code);
}

static int order_as(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = ((const struct baseline_as *)b)->asn;
    return (x > y) - (x < y);
}

uint32_t baseline_of_code(const struct baseline *b, const char *code)
{
    const struct baseline_code *c =
        bsearch(code, b->codes, b->code_n, sizeof(b->codes[0]), order_codes);
    return c != NULL ? c->n : 0;
}

uint32_t baseline_of_as(const struct baseline *b, uint32_t asn)
{
    const struct baseline_as *a = bsearch(&asn, b->as, b->as_n, sizeof(b->as[0]), order_as);
    return a != NULL ? a->n : 0;
}

void baseline_put(struct buf *out, const struct baseline *b)
{
    buf_byte(out, b->v6);
    buf_be32(out, b->n);
    buf_byte(out, b->routed);
    buf_be32(out, b->located);
    buf_be16(out, (uint16_t)b->code_n);
    for (size_t i = 0; i < b->code_n; i++) {
        buf_append(out, b->codes[i].code, 2);
        buf_be32(out, b->codes[i].n);
    }
    buf_be16(out, (uint16_t)b->as_n);
    for (size_t i = 0; i < b->as_n; i++) {
        buf_be32(out, b->as[i].asn);
        buf_be32(out, b->as[i].n);
    }
}

/* In order, none without addresses, and none with more than there are. */
static bool get_code(struct cursor *c, struct baseline *b, size_t i)
{
    struct bytes code = cursor_take(c, 2);
    struct baseline_code *x = &b->codes[i];
    x->n = cursor_be32(c);
    if (c->failed || memchr(code.data, '\0', 2) != NULL) {
        return false;
    }
    memcpy(x->code, code.data, 2);
    x->code[2] = '\0';
    return x->n > 0 && x->n <= b->n && (i == 0 || strcmp(b->codes[i - 1].code, x->code) < 0);
}

static bool get_as(struct cursor *c, struct baseline *b, size_t i)
{
    struct baseline_as *x = &b->as[i];
    x->asn = cursor_be32(c);
    x->n = cursor_be32(c);
    return !c->failed && x->n > 0 && x->n <= b->n && (i == 0 || b->as[i - 1].asn < x->asn);
}

enum status baseline_get(struct cursor *c, struct baseline *ret)
{
    uint8_t v6 = cursor_u8(c);
    ret->v6 = v6 == 1;
    ret->n = cursor_be32(c);
    ret->routed = cursor_u8(c);
    ret->located = cursor_be32(c);
    ret->code_n = cursor_be16(c);
    bool well = !c->failed && v6 <= 1 && ret->routed <= 1 && ret->located <= ret->n &&
                ret->code_n <= BASELINE_CODES_MAX;
    for (size_t i = 0; well && i < ret->code_n; i++) {
        well = get_code(c, ret, i);
    }
    ret->as_n = well ? cursor_be16(c) : 0;
    well = well && !c->failed && ret->as_n <= BASELINE_AS_MAX;
    for (size_t i = 0; well && i < ret->as_n; i++) {
        well = get_as(c, ret, i);
    }
    return well && !c->failed ? ST_OK : ST_MALFORMED;
}
