/* attribute/intern.c - an open table of numbers. */
#include "attribute/intern.h"

#include <stdlib.h>

#include "base/core/hash.h"

enum { SLOTS_FIRST = 4096, STARTS_FIRST = 1024 };

static struct bytes run_of(const struct attribute_intern *t, uint32_t i)
{
    return bytes_of(t->bytes.data + t->starts[i], t->starts[i + 1] - t->starts[i]);
}

static size_t slot_of(const struct attribute_intern *t, struct bytes s)
{
    size_t at = (size_t)hash_bytes(s, t->seed) & (t->slot_n - 1);
    while (t->slots[at] != 0 && !bytes_equal(run_of(t, t->slots[at] - 1), s)) {
        at = (at + 1) & (t->slot_n - 1);
    }
    return at;
}

static enum status grow_slots(struct attribute_intern *t)
{
    size_t want = t->slot_n ? t->slot_n * 2 : SLOTS_FIRST;
    uint32_t *p = calloc(want, sizeof(*p));
    if (p == NULL) {
        return ST_NOMEM;
    }
    free(t->slots);
    t->slots = p;
    t->slot_n = want;
    for (uint32_t i = 0; i < t->n; i++) {
        t->slots[slot_of(t, run_of(t, i))] = i + 1;
    }
    return ST_OK;
}

static enum status grow_starts(struct attribute_intern *t)
{
    if (t->n + 1 < t->cap) {
        return ST_OK;
    }
    size_t want = t->cap ? t->cap * 2 : STARTS_FIRST;
    uint32_t *p = realloc(t->starts, want * sizeof(*p));
    if (p == NULL) {
        return ST_NOMEM;
    }
    t->starts = p;
    t->cap = want;
    return ST_OK;
}

enum status attribute_intern_init(struct attribute_intern *t, size_t max, size_t max_bytes,
                                  uint64_t seed)
{
    uint32_t zero;
    *t = (struct attribute_intern){.bytes = BUF_INIT(max_bytes), .max = max, .seed = seed};
    TRY(grow_starts(t));
    t->starts[0] = 0;
    return attribute_intern_add(t, (struct bytes){0}, &zero);
}

void attribute_intern_fini(struct attribute_intern *t)
{
    buf_fini(&t->bytes);
    free(t->starts);
    free(t->slots);
    *t = (struct attribute_intern){0};
}

enum status attribute_intern_add(struct attribute_intern *t, struct bytes s, uint32_t *ret)
{
    if (t->n * 2 >= t->slot_n) {
        TRY(grow_slots(t));
    }
    size_t at = slot_of(t, s);
    if (t->slots[at] == 0) {
        if (t->n == t->max) {
            return ST_LIMIT;
        }
        TRY(grow_starts(t));
        if (s.len > 0) {
            buf_append(&t->bytes, s.data, s.len);
        }
        TRY(t->bytes.failed);
        t->starts[t->n + 1] = (uint32_t)t->bytes.len;
        t->slots[at] = (uint32_t)++t->n;
    }
    *ret = t->slots[at] - 1;
    return ST_OK;
}
