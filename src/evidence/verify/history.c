/* evidence/verify/history.c - do the checkpoints of an exhibit tell of one history? */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/verify/steps.h"
#include "ledger/checkpoint.h"

/* A tree that a log of the policy signed, or that begins with one that it signed. */
struct tree {
    struct bytes origin;
    uint64_t size;
    const struct digest *root;
};

static int by_ledger(const struct tree *x, const struct tree *y)
{
    size_t n = x->origin.len < y->origin.len ? x->origin.len : y->origin.len;
    int order = memcmp(x->origin.data, y->origin.data, n);
    return order != 0 ? order : (x->origin.len > y->origin.len) - (x->origin.len < y->origin.len);
}

static int by_tree(const void *a, const void *b)
{
    const struct tree *x = a, *y = b;
    int order = by_ledger(x, y);
    order = order != 0 ? order : (x->size > y->size) - (x->size < y->size);
    return order != 0 ? order : memcmp(x->root->b, y->root->b, DIGEST_BYTES);
}

/* Each tree once. */
static size_t once(struct tree *t, size_t n)
{
    size_t kept = 0;
    qsort(t, n, sizeof(*t), by_tree);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || by_tree(&t[kept - 1], &t[i]) != 0) {
            t[kept++] = t[i];
        }
    }
    return kept;
}

/* The first of two neighbours of one ledger (and one size); n: there are none. */
static size_t neighbours(const struct tree *t, size_t n, bool same_size)
{
    for (size_t i = 0; i + 1 < n; i++) {
        if (by_ledger(&t[i], &t[i + 1]) == 0 && (!same_size || t[i].size == t[i + 1].size)) {
            return i;
        }
    }
    return n;
}

/* A stamped checkpoint counts here if its log signed it: two of one size are a fork,
 * whichever of them a proof leads to. */
static bool is_signed(const struct evidence_verify *v, const struct evidence_exhibit_time *t)
{
    struct ledger_note note;
    struct ledger_checkpoint c;
    struct ledger_verdict found = {.log = NULL};
    enum status st = ledger_checkpoint_read(t->checkpoint, &note, &c, NULL);
    st = st == ST_OK ? ledger_policy_check(v->opt.policy, &note, &c, &found, NULL) : st;
    return st == ST_OK || (st == ST_MISMATCH && found.log != NULL);
}

/* Every tree that is spoken of; then only those that each proof leads on to. */
static size_t list_trees(const struct evidence_verify *v, bool whole, struct tree *t)
{
    size_t n = 0;
    for (size_t i = 0; i < v->contents.part_n; i++) {
        const struct evidence_sealed *s = &v->sealed[i];
        if (s->word == WORD_HOLDS) {
            t[n++] = (struct tree){s->origin, s->whole_size, &s->whole_root};
            t[n] = (struct tree){s->origin, s->size, &s->root};
            n += !whole;
        }
    }
    for (size_t i = 0; !whole && i < v->exhibit.time_n; i++) {
        const struct evidence_stamp *s = &v->stamps[i];
        if (s->origin.len > 0 && is_signed(v, &v->exhibit.times[i])) {
            t[n++] = (struct tree){s->origin, s->size, &s->root};
        }
    }
    return once(t, n);
}

/* Two trees of one ledger: of one size they are two histories of it; else the larger
 * one continues the smaller, if that is shown. */
enum status evidence_verify_history(struct evidence_verify *v)
{
    size_t most = 2 * v->contents.part_n + v->exhibit.time_n + 1;
    CLEANUP(free_ptr) struct tree *t = calloc(most, sizeof(*t));
    if (t == NULL) {
        return ST_NOMEM;
    }
    size_t n = list_trees(v, false, t), at = neighbours(t, n, true);
    if (at < n) {
        return evidence_verify_point(
            v, "history", WORD_FAILS,
            evidence_report_text(&v->report,
                                 "%.*s: its key has signed two different trees of "
                                 "%" PRIu64 " entries",
                                 (int)t[at].origin.len, (const char *)t[at].origin.data,
                                 t[at].size),
            "nothing");
    }
    if (neighbours(t, n, false) == n) {
        return ST_OK; /* one checkpoint of each ledger: there is nothing to compare */
    }
    n = list_trees(v, true, t);
    at = neighbours(t, n, false);
    v->basis.split = at < n;
    return evidence_verify_point(
        v, "history", at < n ? WORD_NOT_THERE : WORD_HOLDS,
        at < n ? evidence_report_text(&v->report,
                                      "%.*s: no proof that its checkpoints of %" PRIu64
                                      " and %" PRIu64 " entries are of one ledger",
                                      (int)t[at].origin.len, (const char *)t[at].origin.data,
                                      t[at].size, t[at + 1].size)
               : "the checkpoints of each ledger continue each other",
        at < n ? "the sealer is honest" : "nothing");
}
