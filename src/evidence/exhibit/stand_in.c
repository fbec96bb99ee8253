/* evidence/exhibit/stand_in.c - addresses in place of those that are hidden.
 *
 * 240.0.0.0/4 is reserved (RFC 1112, 4) and 100::/64 discards (RFC 6666): neither
 * can be taken for anybody's.
 */
#include <stdlib.h>
#include <string.h>

#include "base/core/hash.h"
#include "base/core/limits.h"
#include "evidence/exhibit/recount.h"

static const uint32_t FIRST_V4 = 0xf0000000U;

/* By what two rows are known to have one local end: T alone, or P, which is a
 * permutation within a remote and an epoch. */
struct identity {
    uint8_t b[40];
};

struct stand_in {
    struct identity of;
    uint32_t number; /* from 1; 0: a free slot */
    bool v6;
};

/* Of a token, once it was asked for. */
struct token_stand_in {
    struct addr a;
    bool known, v6;
};

struct evidence_stand_ins {
    const struct evidence_shown *shown; /* whose tokens these are */
    struct token_stand_in *tokens;
    struct stand_in *slots;
    size_t mask, used;
    uint32_t v4, v6; /* given out */
    uint64_t seed;
};

bool evidence_recount_is_stand_in(const struct addr *a)
{
    static const uint8_t discard[8] = {1};
    return addr_is_v4(a) ? addr_v4(a) >= FIRST_V4 && addr_v4(a) != UINT32_MAX
                         : memcmp(a->b, discard, sizeof(discard)) == 0;
}

enum status evidence_stand_ins_new(uint64_t seed, struct evidence_stand_ins **ret)
{
    enum { FIRST_SLOTS = 64 };
    struct evidence_stand_ins *s = calloc(1, sizeof(*s));
    struct stand_in *slots = calloc(FIRST_SLOTS, sizeof(*slots));
    if (s == NULL || slots == NULL) {
        free(s);
        free(slots);
        return ST_NOMEM;
    }
    *s = (struct evidence_stand_ins){.slots = slots, .mask = FIRST_SLOTS - 1, .seed = seed};
    *ret = s;
    return ST_OK;
}

void evidence_stand_ins_free(struct evidence_stand_ins *s)
{
    if (s != NULL) {
        free(s->tokens);
        free(s->slots);
        free(s);
    }
}

void evidence_stand_ins_freep(struct evidence_stand_ins **s)
{
    evidence_stand_ins_free(*s);
}

static struct stand_in *slot_of(struct stand_in *slots, size_t mask, uint64_t seed,
                                const struct identity *of, bool v6)
{
    size_t at = (size_t)hash_bytes(bytes_of(of->b, sizeof(of->b)), seed) & mask;
    while (slots[at].number != 0 &&
           (slots[at].v6 != v6 || memcmp(slots[at].of.b, of->b, sizeof(of->b)) != 0)) {
        at = (at + 1) & mask;
    }
    return &slots[at];
}

static enum status grow(struct evidence_stand_ins *s)
{
    size_t n = (s->mask + 1) * 2;
    struct stand_in *slots = calloc(n, sizeof(*slots));
    if (slots == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i <= s->mask; i++) {
        const struct stand_in *x = &s->slots[i];
        if (x->number != 0) {
            *slot_of(slots, n - 1, s->seed, &x->of, x->v6) = *x;
        }
    }
    free(s->slots);
    s->slots = slots;
    s->mask = n - 1;
    return ST_OK;
}

static struct addr address_of(const struct stand_in *x)
{
    struct addr a = {{1}};
    store_be32(a.b + 12, x->number);
    return x->v6 ? a : addr_from_v4(FIRST_V4 + x->number);
}

static enum status local_of(struct evidence_stand_ins *s, const struct evidence_shown *shown,
                            uint64_t epoch, const struct evidence_row *row, struct addr *ret)
{
    struct identity of = {{0}};
    if ((row->opened & OPEN_LINK) != 0) {
        const struct evidence_token *t = &shown->tokens[row->token];
        if (t->known) {
            *ret = t->local;
            return ST_OK;
        }
        memcpy(of.b, t->t.b, DIGEST_BYTES);
        memset(of.b + DIGEST_BYTES, 0xff, sizeof(of.b) - DIGEST_BYTES); /* no epoch */
    } else {
        memcpy(of.b, shown->remote.b, 16);
        memcpy(of.b + 16, row->record.p, 16);
        store_be64(of.b + 32, epoch);
    }
    bool v6 = (row->record.flags & RECORD_V6) != 0;
    struct stand_in *x = slot_of(s->slots, s->mask, s->seed, &of, v6);
    if (x->number == 0) {
        if (2 * s->used > s->mask) {
            TRY(grow(s));
            x = slot_of(s->slots, s->mask, s->seed, &of, v6);
        }
        uint32_t *count = v6 ? &s->v6 : &s->v4;
        if (*count == (UINT32_C(1) << 28) - 2) {
            return ST_LIMIT; /* as many as 240.0.0.0/4 has */
        }
        *x = (struct stand_in){of, ++*count, v6};
        s->used++;
    }
    *ret = address_of(x);
    return ST_OK;
}

/* Mostly rows of one opening come one after the other, and ask for a token that was
 * asked for before. Where openings alternate, the last that began is remembered. */
enum status evidence_stand_ins_local(struct evidence_stand_ins *s,
                                     const struct evidence_shown *shown, uint64_t epoch,
                                     const struct evidence_row *row, struct addr *ret)
{
    bool v6 = (row->record.flags & RECORD_V6) != 0;
    bool first = row == shown->rows;
    if ((row->opened & OPEN_LINK) == 0 || (s->shown != shown && !first)) {
        return local_of(s, shown, epoch, row, ret);
    }
    if (s->shown != shown) {
        free(s->tokens);
        s->shown = NULL;
        s->tokens = calloc((size_t)shown->token_count + 1, sizeof(*s->tokens));
        if (s->tokens == NULL) {
            return ST_NOMEM;
        }
        s->shown = shown;
    }
    struct token_stand_in *t = &s->tokens[row->token];
    if (!t->known || t->v6 != v6) {
        TRY(local_of(s, shown, epoch, row, &t->a));
        t->known = true;
        t->v6 = v6;
    }
    *ret = t->a;
    return ST_OK;
}
