/* exchange/case/outcome.c - counts and findings, judged. */
#include "exchange/case/outcome.h"

#include <stdio.h>
#include <string.h>

#include "base/core/timefmt.h"

/* Times in a notice are in whole seconds. */
#define WITHIN_NS TIME_SECOND

const char *case_basis_word(enum case_basis b)
{
    static const char *const words[CASE_BASES] = {"same-act",   "other-act", "neighbour",
                                                  "absent",     "silent",    "no-act",
                                                  "no-records", "no-targets"};
    return words[b];
}

const char *case_basis_text(enum case_basis b)
{
    static const char *const texts[CASE_BASES] = {
        [CASE_BASIS_SAME_ACT] = "The records show the same kind of act again, from this address.",
        [CASE_BASIS_OTHER_ACT] = "The records show acts of other kinds from this address.",
        [CASE_BASIS_NEIGHBOUR] =
            "The address is silent in these records; another one of its network does the same "
            "kind of act to the same targets. It is seen from a neighbour: who is behind it, the "
            "records do not say.",
        [CASE_BASIS_ABSENT] = "Segments that were sealed live prove that no record of its network "
                              "is in them, without a gap.",
        [CASE_BASIS_SILENT] = "It is not seen in these records. That is no proof that it stopped.",
        [CASE_BASIS_NO_ACT] = "Records of the address are there, but no act in them. That is no "
                              "proof that it stopped.",
        [CASE_BASIS_NO_RECORDS] = "No record is as late as that.",
        [CASE_BASIS_NO_TARGETS] = "Later records have nothing to the targets of the act from "
                                  "anybody: they do not tell.",
    };
    return texts[b];
}

/* --- absence -------------------------------------------------------------------------- */

void case_absence_add(struct case_absence *a, const struct evidence_header *h,
                      enum evidence_found found)
{
    a->broken |= h->kind != KIND_LIVE || found != FOUND_ABSENT ||
                 evidence_header_no_absence(h, false) != NULL ||
                 (a->segments > 0 && h->from_ns != a->to_ns);
    a->from_ns = a->segments++ == 0 ? h->from_ns : a->from_ns;
    a->to_ns = h->to_ns;
}

bool case_absence_proves(const struct case_absence *a, int64_t since_ns, int64_t now_ns,
                         int64_t idle_ns)
{
    int64_t lasted;
    return !a->broken && a->segments > 0 && a->from_ns <= since_ns && a->to_ns <= now_ns &&
           !__builtin_sub_overflow(a->to_ns, since_ns, &lasted) && lasted > idle_ns;
}

/* --- findings ------------------------------------------------------------------------- */

/* By kind, or by a definition whatever its version: another tool's rules have their own
 * names. */
static bool is_kind(const struct case_suspect *s, const struct finding *f)
{
    for (size_t i = 0; i < s->kind_n; i++) {
        size_t n = strlen(s->kind[i]);
        if (strcmp(s->kind[i], f->kind) == 0 ||
            (strncmp(s->kind[i], f->definition, n) == 0 && f->definition[n] == '/')) {
            return true;
        }
    }
    return false;
}

/* Answers to packets that others forged are no act of who answers. */
static bool is_act(const struct finding *f)
{
    return (f->flags & FINDING_BELOW) == 0 && strcmp(f->kind, "backscatter") != 0;
}

static bool is_by(const struct finding *f, const struct addr *a)
{
    if (!is_act(f)) {
        return false;
    }
    if (f->has_initiator) {
        return addr_equal(&f->initiator, a);
    }
    for (size_t i = 0; i < f->source_n; i++) { /* of many: a sample */
        if (addr_equal(&f->source_sample[i], a)) {
            return true;
        }
    }
    return false;
}

static bool is_later(const struct finding *f, int64_t since_ns)
{
    return f->when.last_ns > since_ns && f->when.last_ns - since_ns >= WITHIN_NS;
}

static void extend(int64_t *first, int64_t *last, uint64_t n, const struct extent *e)
{
    *first = n == 1 || e->first_ns < *first ? e->first_ns : *first;
    *last = n == 1 || e->last_ns > *last ? e->last_ns : *last;
}

static void add_deed(struct case_after *a, const struct case_suspect *s, const struct finding *f)
{
    size_t i = 0;
    while (i < a->deed_n && strcmp(a->deed[i].kind, f->kind) != 0) {
        i++;
    }
    a->findings++;
    extend(&a->first_ns, &a->last_ns, a->findings, &f->when);
    a->straddles |= f->when.first_ns <= s->since_ns;
    if (i == CASE_DEEDS) {
        return; /* counted above; there are fewer kinds than that */
    }
    struct case_deed *d = &a->deed[i];
    if (i == a->deed_n) {
        a->deed_n++;
        *d = (struct case_deed){.same = is_kind(s, f)};
        (void)snprintf(d->kind, sizeof(d->kind), "%s", f->kind); /* a kind is shorter */
    }
    d->n++;
    extend(&d->first_ns, &d->last_ns, d->n, &f->when);
}

/* --- neighbours ------------------------------------------------------------------------- */

/* Are the common ones more than half of either side's? */
static bool alike(uint64_t shared, uint64_t a, uint64_t b)
{
    return shared > 0 && shared * 2 > a && shared * 2 > b;
}

static bool has_mark(const struct finding *f, uint8_t mark)
{
    for (size_t i = 0; i < f->tool_n; i++) {
        if (f->tools[i].mark == mark && f->tools[i].matched * 2 > f->tools[i].of) {
            return true;
        }
    }
    return false;
}

/* Does the neighbour's act bear a mark that our act bore? */
static bool marks_meet(const struct case_suspect *s, const struct finding_list *l,
                       const struct finding *theirs)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct finding *f = l->items[i];
        if (!is_by(f, &s->remote) || strcmp(f->kind, theirs->kind) != 0 ||
            f->when.first_ns > s->since_ns) {
            continue;
        }
        for (size_t k = 0; k < f->tool_n; k++) {
            if (has_mark(f, f->tools[k].mark) && has_mark(theirs, f->tools[k].mark)) {
                return true;
            }
        }
    }
    return false;
}

/* A neighbour's acts of the same kind; that with most in common is kept. */
static void compare(const struct case_suspect *s, const struct case_trace *t,
                    const struct case_neighbour *n, const struct finding_list *l,
                    struct case_after *a)
{
    struct case_likeness best = {.neighbour = *n};
    for (size_t i = 0; i < l->n; i++) {
        const struct finding *f = l->items[i];
        if (!is_by(f, &n->address) || !is_kind(s, f) || !is_later(f, s->since_ns)) {
            continue;
        }
        bool mark = marks_meet(s, l, f);
        if (best.finding == NULL || (mark && !best.mark)) {
            best.finding = f;
            best.mark = mark;
        }
    }
    if (best.finding == NULL) {
        return;
    }
    best.targets = !t->then_more && !n->more && alike(n->shared, n->targets, t->then_targets);
    best.ports = alike(n->shared_ports, n->ports, t->then_ports);
    /* A kind and a target that everybody tries are common by chance. */
    best.counts = best.targets && (best.ports || best.mark);
    a->like[a->like_n++] = best;
}

/* --- the word ---------------------------------------------------------------------------- */

static bool is_covered(const struct case_bench *b, int64_t since_ns)
{
    for (size_t i = 0; i < b->look_n; i++) {
        if (b->looks[i].records > 0 && b->looks[i].last_ns > since_ns) {
            return true;
        }
    }
    return false;
}

static void conclude(struct case_after *a, enum case_outcome word, enum case_basis basis)
{
    a->word = word;
    a->basis = basis;
}

static void judge_absent(const struct case_suspect *s, const struct case_trace *t,
                         const struct case_bench *b, bool proven, struct case_after *a)
{
    if (proven && t->later_records == 0) {
        conclude(a, CASE_STOPPED, CASE_BASIS_ABSENT);
    } else if (!is_covered(b, s->since_ns)) {
        conclude(a, CASE_NOT_COVERED, CASE_BASIS_NO_RECORDS);
    } else if (t->later_records > 0) {
        conclude(a, CASE_NOT_SEEN, CASE_BASIS_NO_ACT);
    } else if (t->then_targets > 0 && t->others == 0) {
        conclude(a, CASE_NOT_COVERED, CASE_BASIS_NO_TARGETS);
    } else {
        conclude(a, CASE_NOT_SEEN, CASE_BASIS_SILENT);
    }
}

void case_after_judge(const struct case_suspect *s, const struct case_trace *t,
                      const struct case_bench *b, bool proven, struct case_after *ret)
{
    bool same = false, moved = false;
    *ret = (struct case_after){.findings = 0};
    for (size_t i = 0; i < b->findings->n; i++) {
        const struct finding *f = b->findings->items[i];
        if (is_by(f, &s->remote) && is_later(f, s->since_ns)) {
            add_deed(ret, s, f);
            same |= is_kind(s, f);
        }
    }
    for (size_t i = 0; i < t->neighbour_n; i++) {
        compare(s, t, &t->neighbour[i], b->findings, ret);
    }
    for (size_t i = 0; i < ret->like_n; i++) {
        moved |= ret->like[i].counts;
    }
    if (ret->findings > 0) {
        conclude(ret, CASE_WENT_ON, same ? CASE_BASIS_SAME_ACT : CASE_BASIS_OTHER_ACT);
    } else if (moved && t->later_records == 0) {
        conclude(ret, CASE_MOVED, CASE_BASIS_NEIGHBOUR);
    } else {
        judge_absent(s, t, b, proven, ret);
    }
}

enum case_outcome case_outcome_sum(const enum case_outcome *words, size_t n)
{
    static const enum case_outcome gravest[] = {CASE_WENT_ON, CASE_MOVED, CASE_NOT_SEEN};
    size_t stopped = 0;
    for (size_t i = 0; i < n; i++) {
        stopped += words[i] == CASE_STOPPED ? 1 : 0;
    }
    for (size_t k = 0; k < ARRAY_LEN(gravest); k++) {
        for (size_t i = 0; i < n; i++) {
            if (words[i] == gravest[k]) {
                return gravest[k];
            }
        }
    }
    /* Of some it is proven, of the others nothing is known: so no more is said of all. */
    return n == 0 || stopped == 0 ? CASE_NOT_COVERED : stopped == n ? CASE_STOPPED : CASE_NOT_SEEN;
}
