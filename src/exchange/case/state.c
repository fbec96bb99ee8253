/* exchange/case/state.c - a set of statements folded into a state. */
#include "exchange/case/state.h"

#include <string.h>

const char *case_phase_word(enum case_phase p)
{
    static const char *const words[CASE_PHASES] = {"no-notice", "sent",     "received",
                                                   "open",      "answered", "withdrawn"};
    return words[p];
}

bool case_answer_settles(uint32_t requests, enum case_answer a)
{
    static const uint32_t deeds = 1U << CASE_PRESERVE | 1U << CASE_IDENTIFY | 1U << CASE_STOP;
    switch (a) {
    case CASE_INVESTIGATING:
    case CASE_FORWARDED:
        return false;
    case CASE_CONFIRMED: /* then what was asked for is still to be done */
        return (requests & deeds) == 0;
    default:
        return true;
    }
}

static bool same(const struct digest *a, const struct digest *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* --- which events count ------------------------------------------------------------ */

static enum case_side side_of(enum case_kind k)
{
    return k == CASE_RECEIPT || k == CASE_ANSWER ? CASE_ACCUSED : CASE_ACCUSER;
}

/* An event's number says where it stands; time and hash only make ties the same for
 * everybody. */
static int compare(const struct case_event *a, const struct case_event *b)
{
    if (a->number != b->number) {
        return a->number < b->number ? -1 : 1;
    }
    if (a->time_ns != b->time_ns) {
        return a->time_ns < b->time_ns ? -1 : 1;
    }
    return memcmp(&a->hash, &b->hash, sizeof(a->hash));
}

static bool has_notice(const struct case_event *e, size_t n, const struct digest *hash)
{
    for (size_t i = 0; i < n; i++) {
        if (e[i].kind == CASE_NOTICE && e[i].by == CASE_ACCUSER && same(&e[i].hash, hash)) {
            return true;
        }
    }
    return false;
}

static bool counts(const struct case_event *e, size_t n, size_t i)
{
    return e[i].by == side_of(e[i].kind) &&
           (e[i].kind == CASE_NOTICE || has_notice(e, n, &e[i].about));
}

/* Is the same statement in the list before place i? */
static bool repeated(const struct case_event *e, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (same(&e[k].hash, &e[i].hash)) {
            return true;
        }
    }
    return false;
}

static bool spoken_of(const struct case_event *e, size_t n, const struct digest *notice)
{
    for (size_t i = 0; i < n; i++) {
        if (e[i].by == CASE_ACCUSED && side_of(e[i].kind) == CASE_ACCUSED &&
            same(&e[i].about, notice)) {
            return true;
        }
    }
    return false;
}

static const struct case_event *pick_notice(const struct case_event *e, size_t n)
{
    const struct case_event *best = NULL;
    bool best_spoken = false;
    for (size_t i = 0; i < n; i++) {
        if (e[i].kind != CASE_NOTICE || !counts(e, n, i)) {
            continue;
        }
        bool spoken = spoken_of(e, n, &e[i].hash);
        if (best == NULL || (spoken && !best_spoken) ||
            (spoken == best_spoken && compare(&e[i], best) < 0)) {
            best = &e[i];
            best_spoken = spoken;
        }
    }
    return best;
}

/* The one of a kind with the lowest (-1) or the highest (1) number. */
static const struct case_event *pick(const struct case_event *e, size_t n, enum case_kind kind,
                                     int which)
{
    const struct case_event *best = NULL;
    for (size_t i = 0; i < n; i++) {
        if (e[i].kind == kind && counts(e, n, i) &&
            (best == NULL || compare(&e[i], best) * which > 0)) {
            best = &e[i];
        }
    }
    return best;
}

/* --- what a side's numbers tell ---------------------------------------------------- */

static bool contradict(const struct case_event *a, const struct case_event *b)
{
    return a->by == b->by && !same(&a->hash, &b->hash) &&
           (a->number == b->number || memcmp(a->id, b->id, sizeof(a->id)) == 0);
}

static void look_at_side(const struct case_event *e, size_t n, enum case_side by,
                         struct case_state *s)
{
    unsigned highest = 0;
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++) {
        if (e[i].by != by || !counts(e, n, i)) {
            continue;
        }
        highest = e[i].number > highest ? e[i].number : highest;
        bool first = true; /* with this number */
        for (size_t k = 0; k < i; k++) {
            if (e[k].by == by && counts(e, n, k)) {
                first = first && e[k].number != e[i].number;
                s->two_faced[by] = s->two_faced[by] || contradict(&e[k], &e[i]);
            }
        }
        distinct += first && e[i].number != 0 ? 1 : 0;
    }
    s->missing[by] = highest - (unsigned)distinct;
}

/* --- time -------------------------------------------------------------------------- */

static bool past(int64_t t, int64_t due)
{
    return t > due && t - due > CASE_SLACK_NS;
}

static const struct case_event *earlier(const struct case_event *a, const struct case_event *b)
{
    return a == NULL || (b != NULL && compare(b, a) < 0) ? b : a;
}

/* The answer, by number, since which nothing is open; NULL: something is. */
static const struct case_event *settled_by(const struct case_event *e, size_t n,
                                           const struct case_state *s)
{
    const struct case_event *best = NULL, *open = NULL;
    for (size_t i = 0; i < n; i++) {
        if (e[i].kind != CASE_ANSWER || !counts(e, n, i) ||
            case_answer_settles(s->notice->requests, (enum case_answer)e[i].word)) {
            continue;
        }
        open = open == NULL || compare(&e[i], open) > 0 ? &e[i] : open;
    }
    for (size_t i = 0; i < n; i++) {
        if (e[i].kind == CASE_ANSWER && counts(e, n, i) &&
            (open == NULL || compare(&e[i], open) > 0)) {
            best = best == NULL || compare(&e[i], best) < 0 ? &e[i] : best;
        }
    }
    return best;
}

static void look_at_times(const struct case_event *e, size_t n, int64_t now_ns,
                          struct case_state *s)
{
    const int64_t *due = s->notice->due_ns;
    const struct case_event *done[CASE_DUTIES] = {earlier(s->receipt, s->first_answer),
                                                  s->first_answer, settled_by(e, n, s)};
    for (int i = 0; i < CASE_DUTIES; i++) {
        s->late[i] = done[i] != NULL && past(done[i]->time_ns, due[i]);
        if (done[i] == NULL && !s->owes && s->withdrawal == NULL) {
            s->owes = true;
            s->owed = (enum case_duty)i;
            s->until_ns = due[i];
            s->overdue = past(now_ns, due[i]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (counts(e, n, i) && e[i].by == CASE_ACCUSED &&
            s->notice->time_ns - e[i].time_ns > s->clocks_ns) {
            s->clocks_ns = s->notice->time_ns - e[i].time_ns;
        }
    }
}

/* --- all of it --------------------------------------------------------------------- */

static enum case_phase phase_of(const struct case_state *s)
{
    if (s->withdrawal != NULL) {
        return CASE_WITHDRAWN;
    }
    if (s->answer != NULL) {
        return case_answer_settles(s->notice->requests, (enum case_answer)s->answer->word)
                   ? CASE_ANSWERED
                   : CASE_OPEN;
    }
    return s->receipt != NULL ? CASE_RECEIVED : CASE_SENT;
}

void case_state_of(const struct case_event *e, size_t n, int64_t now_ns, struct case_state *ret)
{
    *ret = (struct case_state){.phase = CASE_NO_NOTICE, .notice = pick_notice(e, n)};
    for (size_t i = 0; i < n; i++) {
        ret->strays += !counts(e, n, i) && !repeated(e, i) ? 1 : 0;
    }
    if (ret->notice == NULL) {
        return;
    }
    ret->receipt = pick(e, n, CASE_RECEIPT, -1);
    ret->answer = pick(e, n, CASE_ANSWER, 1);
    ret->first_answer = pick(e, n, CASE_ANSWER, -1);
    ret->outcome = pick(e, n, CASE_OUTCOME, 1);
    ret->withdrawal = pick(e, n, CASE_WITHDRAWAL, -1);
    look_at_side(e, n, CASE_ACCUSER, ret);
    look_at_side(e, n, CASE_ACCUSED, ret);
    look_at_times(e, n, now_ns, ret);
    ret->phase = phase_of(ret);
}
