/* evidence/exhibit/stand_in.c - addresses in place of those that are hidden.
 *
 * 240.0.0.0/4 is reserved (RFC 1112, 4) and 100::/64 discards (RFC 6666): neither
 * can be taken for anybody's.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/hash.h"
#include "base/core/pages.h"
#include "evidence/exhibit/recount.h"

static const uint32_t FIRST_V4 = 0xf0000000U;

/* By what two rows are known to have one local end: T alone, or P, which is a
 * permutation within a remote and an epoch. */
struct identity {
    uint8_t b[40];
};

struct known {
    struct identity of;
    uint32_t number; /* from 1, in its family */
    bool v6;
};

struct slot {
    uint32_t hash, at; /* of `all`, + 1; 0: free */
};

/* Rows that are looked up together: what each needs is brought near for all at once. */
enum { AT_ONCE = 32 };

struct wanted {
    struct evidence_row *row;
    struct identity of;
    uint32_t hash;
    bool v6;
};

struct numbering {
    struct known *all;
    struct slot *slots;
    uint32_t mask, used, room; /* slots - 1; of `all` */
    uint32_t given[2];         /* IPv4, IPv6 */
    uint64_t seed;
    struct wanted wanted[AT_ONCE];
    size_t n;
};

bool evidence_recount_is_stand_in(const struct addr *a)
{
    static const uint8_t discard[8] = {1};
    return addr_is_v4(a) ? addr_v4(a) >= FIRST_V4 && addr_v4(a) != UINT32_MAX
                         : memcmp(a->b, discard, sizeof(discard)) == 0;
}

static size_t slots_bytes(const struct numbering *s)
{
    return ((size_t)s->mask + 1) * sizeof(*s->slots);
}

static void numbering_fini(struct numbering *s)
{
    pages_free(s->slots, s->slots != NULL ? slots_bytes(s) : 0);
    pages_free(s->all, s->room * sizeof(*s->all));
}

static struct slot *slot_of(const struct numbering *s, const struct wanted *w)
{
    for (uint32_t i = w->hash & s->mask;; i = (i + 1) & s->mask) {
        struct slot *x = &s->slots[i];
        if (x->at == 0 || (x->hash == w->hash && s->all[x->at - 1].v6 == w->v6 &&
                           memcmp(s->all[x->at - 1].of.b, w->of.b, sizeof(w->of.b)) == 0)) {
            return x;
        }
    }
}

static enum status grow_slots(struct numbering *s)
{
    uint32_t mask = s->slots == NULL ? 63 : s->mask * 2 + 1;
    struct slot *slots = pages_alloc(((size_t)mask + 1) * sizeof(*slots));
    if (slots == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; s->slots != NULL && i <= s->mask; i++) {
        uint32_t to = s->slots[i].hash & mask;
        while (s->slots[i].at != 0 && slots[to].at != 0) {
            to = (to + 1) & mask;
        }
        slots[to] = s->slots[i].at != 0 ? s->slots[i] : slots[to];
    }
    pages_free(s->slots, s->slots != NULL ? slots_bytes(s) : 0);
    s->slots = slots;
    s->mask = mask;
    return ST_OK;
}

/* For AT_ONCE more. */
static enum status make_room(struct numbering *s)
{
    while (s->slots == NULL || s->used + AT_ONCE > s->mask / 2) {
        TRY(grow_slots(s));
    }
    if (s->room - s->used >= AT_ONCE) {
        return ST_OK;
    }
    uint32_t want = s->room == 0 ? 2 * AT_ONCE : s->room * 2;
    size_t have = s->room * sizeof(*s->all), bytes = want * sizeof(*s->all);
    struct known *all = s->all == NULL ? pages_alloc(bytes) : pages_grow(s->all, have, bytes);
    if (all == NULL) {
        return ST_NOMEM;
    }
    s->all = all;
    s->room = want;
    return ST_OK;
}

/* Hot: reads that miss the caches are waited for together. */
static void bring_near(const struct numbering *s)
{
    for (size_t i = 0; i < s->n; i++) {
        pages_touch(&s->slots[s->wanted[i].hash & s->mask]);
    }
    for (size_t i = 0; i < s->n; i++) {
        uint32_t at = s->wanted[i].hash & s->mask;
        while (s->slots[at].at != 0 && s->slots[at].hash != s->wanted[i].hash) {
            at = (at + 1) & s->mask;
        }
        if (s->slots[at].at != 0) {
            pages_touch(&s->all[s->slots[at].at - 1]);
        }
    }
}

static enum status number_wanted(struct numbering *s)
{
    TRY(make_room(s));
    bring_near(s);
    for (size_t i = 0; i < s->n; i++) {
        const struct wanted *w = &s->wanted[i];
        struct slot *x = slot_of(s, w);
        if (x->at == 0) {
            if (s->given[w->v6] == (UINT32_C(1) << 28) - 2) {
                return ST_LIMIT; /* as many as 240.0.0.0/4 has */
            }
            s->all[s->used] = (struct known){w->of, ++s->given[w->v6], w->v6};
            *x = (struct slot){w->hash, ++s->used};
        }
        w->row->stand_in = s->all[x->at - 1].number;
    }
    s->n = 0;
    return ST_OK;
}

static enum status want(struct numbering *s, const struct evidence_shown *shown, uint64_t epoch,
                        struct evidence_row *row)
{
    bool link = (row->opened & OPEN_LINK) != 0;
    struct wanted *w = &s->wanted[s->n];
    if (link && shown->tokens[row->token].known) {
        return ST_OK;
    }
    w->row = row;
    w->v6 = (row->record.flags & RECORD_V6) != 0;
    if (link) {
        memcpy(w->of.b, shown->tokens[row->token].t.b, DIGEST_BYTES);
        memset(w->of.b + DIGEST_BYTES, 0xff, sizeof(w->of.b) - DIGEST_BYTES); /* no epoch */
    } else {
        memcpy(w->of.b, shown->remote.b, 16);
        memcpy(w->of.b + 16, row->record.p, 16);
        store_be64(w->of.b + 32, epoch);
    }
    w->hash = (uint32_t)hash_bytes(bytes_of(w->of.b, sizeof(w->of.b)), s->seed) ^ w->v6;
    return ++s->n == AT_ONCE ? number_wanted(s) : ST_OK;
}

enum status evidence_stand_ins_number(struct evidence_contents *c, uint64_t seed)
{
    CLEANUP(numbering_fini) struct numbering s = {.seed = seed};
    for (size_t k = 0; k < c->part_n; k++) {
        const struct evidence_part *p = &c->parts[k];
        for (size_t i = 0; i < p->shown_n; i++) {
            const struct evidence_shown *shown = &p->shown[i];
            for (uint32_t n = 0; n < shown->row_count; n++) {
                TRY(want(&s, shown, p->header.epoch, &shown->rows[n]));
            }
        }
    }
    TRY(number_wanted(&s));
    c->stand_ins[0] = s.given[0];
    c->stand_ins[1] = s.given[1];
    c->numbered = true;
    return ST_OK;
}

struct addr evidence_stand_in(uint32_t number, bool v6)
{
    struct addr a = {{1}};
    store_be32(a.b + 12, number);
    return v6 ? a : addr_from_v4(FIRST_V4 + number);
}

const struct addr *evidence_row_local(const struct evidence_shown *shown,
                                      const struct evidence_row *row)
{
    bool link = (row->opened & OPEN_LINK) != 0;
    return link && shown->tokens[row->token].known ? &shown->tokens[row->token].local : NULL;
}

/* --- the same for some of the rows, as they come ------------------------------------------ */

struct evidence_stand_ins {
    uint32_t *mine[2]; /* by number among all; 0: not seen yet */
    uint32_t given[2];
};

enum status evidence_stand_ins_new(const struct evidence_contents *c,
                                   struct evidence_stand_ins **ret)
{
    struct evidence_stand_ins *s = calloc(1, sizeof(*s));
    assert(c->numbered);
    for (size_t v6 = 0; s != NULL && v6 < 2; v6++) {
        s->mine[v6] = calloc((size_t)c->stand_ins[v6] + 1, sizeof(*s->mine[v6]));
    }
    if (s == NULL || s->mine[0] == NULL || s->mine[1] == NULL) {
        evidence_stand_ins_free(s);
        return ST_NOMEM;
    }
    *ret = s;
    return ST_OK;
}

void evidence_stand_ins_free(struct evidence_stand_ins *s)
{
    if (s != NULL) {
        free(s->mine[0]);
        free(s->mine[1]);
        free(s);
    }
}

struct addr evidence_stand_ins_local(struct evidence_stand_ins *s,
                                     const struct evidence_shown *shown,
                                     const struct evidence_row *row)
{
    const struct addr *local = evidence_row_local(shown, row);
    bool v6 = (row->record.flags & RECORD_V6) != 0;
    if (local != NULL) {
        return *local;
    }
    uint32_t *number = &s->mine[v6][row->stand_in];
    if (*number == 0) {
        *number = ++s->given[v6];
    }
    return evidence_stand_in(*number, v6);
}
