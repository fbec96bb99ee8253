/* exchange/case/history.c - cases folded into a page. */
#include "exchange/case/history.h"

#include <stdlib.h>
#include <string.h>

#include "evidence/verify/report.h"

#define DAY_NS (INT64_C(86400) * 1000000000)

struct prefix history_network(const struct addr *a)
{
    return prefix_of(a, addr_is_v4(a) ? 96 + 24 : 48);
}

void history_fini(struct history *h)
{
    free(h->moment);
    free(h->pair);
    free(h->tally);
    *h = (struct history){.moment_n = 0};
}

/* --- which cases -------------------------------------------------------------------------- */

static bool is_about(const struct case_said *notice, const struct prefix *network)
{
    for (size_t i = 0; i < notice->claim_n; i++) {
        for (size_t k = 0; k < notice->claim[i].remote_n; k++) {
            if (prefix_contains(network, &notice->claim[i].remote[k])) {
                return true;
            }
        }
    }
    return false;
}

static bool is_asked(const struct case_one *c, const struct history_query *q)
{
    return (q->party == NULL || strcmp(c->accuser, q->party) == 0 ||
            strcmp(c->accused, q->party) == 0) &&
           (q->network == NULL || is_about(case_notice(c)->said, q->network));
}

/* --- what notices say anew ------------------------------------------------------------------ */

struct act {
    uint8_t key[DIGEST_BYTES];
    bool used;
};

struct acts {
    struct act *slot;
    size_t n, cap;
    bool more;
};

static void acts_fini(struct acts *a)
{
    free(a->slot);
}

static struct act *act_at(const struct acts *a, const struct digest *key)
{
    size_t i = (size_t)load_le64(key->b) & (a->cap - 1); /* a digest is spread by itself */
    while (a->slot[i].used && memcmp(a->slot[i].key, key->b, DIGEST_BYTES) != 0) {
        i = (i + 1) & (a->cap - 1);
    }
    return &a->slot[i];
}

static enum status acts_grow(struct acts *a)
{
    struct acts wide = {.cap = a->cap > 0 ? 2 * a->cap : 64, .n = a->n, .more = a->more};
    wide.slot = calloc(wide.cap, sizeof(*wide.slot));
    if (wide.slot == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < a->cap; i++) {
        if (a->slot[i].used) {
            *act_at(&wide, (const struct digest *)a->slot[i].key) = a->slot[i];
        }
    }
    free(a->slot);
    *a = wide;
    return ST_OK;
}

static enum status acts_add(struct acts *a, const struct digest *key, bool *ret_new)
{
    if (a->n * 2 >= a->cap) {
        TRY(acts_grow(a));
    }
    struct act *at = act_at(a, key);
    *ret_new = !at->used;
    if (at->used) {
        return ST_OK;
    }
    if (a->n == LIMIT_HISTORY_ACTS) {
        a->more = true;
        return ST_OK;
    }
    memcpy(at->key, key->b, DIGEST_BYTES);
    at->used = true;
    a->n++;
    return ST_OK;
}

/* Who accuses whom, of which act of which address, when. */
static enum status key_of(const struct case_one *c, const struct case_claim *claim, size_t remote,
                          struct digest *ret)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(2048);
    buf_append(&b, c->accuser, strlen(c->accuser) + 1);
    buf_append(&b, c->accused, strlen(c->accused) + 1);
    buf_append(&b, claim->definition, strlen(claim->definition) + 1);
    buf_append(&b, claim->remote[remote].b, sizeof(claim->remote[remote].b));
    buf_be64(&b, (uint64_t)claim->first_ns);
    buf_be64(&b, (uint64_t)claim->last_ns);
    TRY(b.failed);
    return digest_sha256(buf_bytes(&b), ret);
}

static enum status says_new(struct acts *acts, const struct case_one *c, bool *ret)
{
    const struct case_said *n = case_notice(c)->said;
    *ret = false;
    for (size_t i = 0; i < n->claim_n; i++) {
        for (size_t k = 0; k < n->claim[i].remote_n; k++) {
            struct digest key;
            bool fresh = false;
            TRY(key_of(c, &n->claim[i], k, &key));
            TRY(acts_add(acts, &key, &fresh));
            *ret |= fresh;
        }
    }
    return ST_OK;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static struct history_tally *tally_of(struct history *h, const struct case_one *c)
{
    for (size_t i = 0; i < h->tally_n; i++) {
        struct history_tally *t = &h->tally[i];
        if (strcmp(t->accuser, c->accuser) == 0 && strcmp(t->accused, c->accused) == 0) {
            return t;
        }
    }
    h->tally[h->tally_n] = (struct history_tally){.accuser = c->accuser, .accused = c->accused};
    return &h->tally[h->tally_n++];
}

static void count_outcome(struct history_tally *t, const struct case_one *c,
                          const struct case_state *s)
{
    const struct case_item *it = case_item_of(c, s->outcome);
    /* What was seen before the answer says nothing of what followed it. */
    if (it == NULL || !it->said->has_since || it->said->since_ns < s->answer->time_ns) {
        return;
    }
    t->stopped += s->outcome->word == CASE_STOPPED ? 1 : 0;
    t->not_seen += s->outcome->word == CASE_NOT_SEEN ? 1 : 0;
    t->went_on += s->outcome->word == CASE_WENT_ON ? 1 : 0;
    t->moved += s->outcome->word == CASE_MOVED ? 1 : 0;
}

static void count_case(struct history_tally *t, const struct case_one *c)
{
    struct case_state s;
    case_state_at(c, 0, &s);
    bool wrong = s.withdrawal != NULL && s.withdrawal->word == CASE_WRONG, disputed = false;
    for (size_t i = 0; i < c->n; i++) {
        disputed |= c->event[i].kind == CASE_ANSWER && c->event[i].word == CASE_DISPUTED;
    }
    t->notices++;
    t->answered += s.first_answer != NULL ? 1 : 0;
    t->unanswered += s.first_answer == NULL ? 1 : 0;
    t->disputed += disputed ? 1 : 0;
    t->upheld += disputed && wrong ? 1 : 0;
    t->wrong += wrong ? 1 : 0;
    t->withdrawn += s.withdrawal != NULL ? 1 : 0;
    if (s.answer != NULL && s.answer->word == CASE_ACTED) {
        t->acted++;
        count_outcome(t, c, &s);
    }
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Of the notices that count, in one pair of parties. */
static enum status set_median(const struct case_list *cases, const bool *counts,
                              struct history_tally *t)
{
    CLEANUP(free_ptr) int64_t *ns = calloc(cases->n + 1, sizeof(*ns));
    size_t n = 0;
    if (ns == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < cases->n; i++) {
        const struct case_one *c = &cases->one[i];
        struct case_state s;
        if (!counts[i] || strcmp(c->accuser, t->accuser) != 0 ||
            strcmp(c->accused, t->accused) != 0) {
            continue;
        }
        case_state_at(c, 0, &s);
        if (s.first_answer != NULL) {
            int64_t took = s.first_answer->time_ns - s.notice->time_ns;
            ns[n++] = took > 0 ? took : 0; /* their clock is behind */
        }
    }
    qsort(ns, n, sizeof(*ns), by_number);
    t->has_median = n > 0;
    t->median_ns = n == 0       ? 0
                   : n % 2 == 1 ? ns[n / 2]
                                : ns[n / 2 - 1] + (ns[n / 2] - ns[n / 2 - 1]) / 2;
    return ST_OK;
}

static int by_parties(const void *a, const void *b)
{
    const struct history_tally *x = a, *y = b;
    int c = strcmp(x->accuser, y->accuser);
    return c != 0 ? c : strcmp(x->accused, y->accused);
}

/* --- answers that cannot both hold ---------------------------------------------------------------
 */

/* An answer, as far as it says whose a network is. */
struct stance {
    const struct case_one *one;
    const struct case_item *item;
    struct prefix network;
    int64_t first_ns, last_ns; /* of the acts there */
    bool ours, stands;
};

struct stances {
    struct stance *item;
    size_t n, cap;
};

static void stances_fini(struct stances *s)
{
    free(s->item);
}

static bool takes_stance(const struct case_said *s, bool *ret_ours)
{
    bool not_ours =
        s->event.word == CASE_NOT_ON_OUR_NETWORK || (s->denials >> DENIAL_NOT_OURS & 1U) != 0;
    *ret_ours = !not_ours && (s->attribution == CASE_AGREE ||
                              (s->event.word == CASE_ACTED && s->attribution != CASE_DISAGREE));
    return not_ours || *ret_ours;
}

static enum status add_stance(struct history *h, struct stances *l, const struct stance *s)
{
    if (l->n == LIMIT_HISTORY_ANSWERS) {
        h->more_pairs = true;
        return ST_OK;
    }
    if (l->n == l->cap) {
        size_t cap = l->cap > 0 ? 2 * l->cap : 64;
        void *more = realloc(l->item, cap * sizeof(*l->item));
        if (more == NULL) {
            return ST_NOMEM;
        }
        l->item = more;
        l->cap = cap;
    }
    l->item[l->n++] = *s;
    return ST_OK;
}

/* One for each network that the notice is about. */
static enum status add_stances(struct history *h, struct stances *l, const struct stance *base)
{
    const struct case_said *n = case_notice(base->one)->said;
    size_t begin = l->n;
    for (size_t i = 0; i < n->claim_n; i++) {
        for (size_t k = 0; k < n->claim[i].remote_n; k++) {
            struct stance s = *base;
            size_t at = begin;
            s.network = history_network(&n->claim[i].remote[k]);
            s.first_ns = n->claim[i].first_ns;
            s.last_ns = n->claim[i].last_ns;
            while (at < l->n && memcmp(&l->item[at].network, &s.network, sizeof(s.network)) != 0) {
                at++;
            }
            if (at == l->n) {
                TRY(add_stance(h, l, &s));
                continue;
            }
            struct stance *old = &l->item[at];
            old->first_ns = s.first_ns < old->first_ns ? s.first_ns : old->first_ns;
            old->last_ns = s.last_ns > old->last_ns ? s.last_ns : old->last_ns;
        }
    }
    return ST_OK;
}

static int by_network(const void *a, const void *b)
{
    const struct stance *x = a, *y = b;
    int c = strcmp(x->one->accused, y->one->accused);
    c = c != 0 ? c : memcmp(&x->network, &y->network, sizeof(x->network));
    if (c != 0) {
        return c;
    }
    if (x->ours != y->ours || x->first_ns != y->first_ns) {
        return x->ours != y->ours ? (x->ours ? 1 : -1) : x->first_ns < y->first_ns ? -1 : 1;
    }
    return memcmp(&x->item->statement->hash, &y->item->statement->hash, DIGEST_BYTES);
}

static void add_pair(struct history *h, const struct history_pair *p)
{
    if (h->pair_n == LIMIT_HISTORY_PAIRS) {
        h->more_pairs = true;
        return;
    }
    h->pair[h->pair_n++] = *p;
}

static bool near(const struct stance *a, const struct stance *b)
{
    return a->first_ns - b->last_ns < HISTORY_NEAR_NS && b->first_ns - a->last_ns < HISTORY_NEAR_NS;
}

/* [from, to): one party's stances on one network, "not ours" first. */
static void pair_up(struct history *h, const struct stance *s, size_t n)
{
    size_t split = 0;
    while (split < n && !s[split].ours) {
        split++;
    }
    for (size_t i = 0; i < split; i++) {
        for (size_t k = split; k < n && s[k].first_ns - s[i].last_ns < HISTORY_NEAR_NS; k++) {
            struct history_pair p = {.clash = HISTORY_OURS_AND_NOT,
                                     .one = {s[i].one, s[k].one},
                                     .item = {s[i].item, s[k].item},
                                     .replaced = !s[i].stands || !s[k].stands,
                                     .network = s[i].network};
            if (near(&s[i], &s[k])) {
                add_pair(h, &p);
            }
            if (h->pair_n == LIMIT_HISTORY_PAIRS) {
                h->more_pairs = true;
                return;
            }
        }
    }
}

static void find_pairs(struct history *h, const struct stances *l)
{
    for (size_t from = 0, to; from < l->n; from = to) {
        const struct stance *s = &l->item[from];
        for (to = from; to < l->n; to++) {
            const struct stance *t = &l->item[to];
            if (strcmp(s->one->accused, t->one->accused) != 0 ||
                memcmp(&s->network, &t->network, sizeof(s->network)) != 0) {
                break;
            }
        }
        pair_up(h, s, to - from);
    }
}

/* No records left: but the accused had spoken while they were to be there. */
static void look_at_retention(struct history *h, const struct case_one *c,
                              const struct case_item *it, bool stands, unsigned days)
{
    const struct case_said *n = case_notice(c)->said;
    int64_t last = INT64_MAX, spoke = INT64_MAX;
    for (size_t i = 0; i < n->claim_n; i++) {
        last = n->claim[i].last_ns < last ? n->claim[i].last_ns : last;
    }
    for (size_t i = 0; i < c->n; i++) { /* by its own clock: nobody else's word counts */
        if (c->event[i].by == CASE_ACCUSED && c->event[i].time_ns < spoke) {
            spoke = c->event[i].time_ns;
        }
    }
    int64_t until = last + (int64_t)days * DAY_NS;
    struct history_pair p = {.clash = HISTORY_WITHIN_RETENTION,
                             .one = {c, NULL},
                             .item = {it, NULL},
                             .replaced = !stands,
                             .asked_ns = spoke,
                             .until_ns = until,
                             .days = days};
    if (n->claim_n > 0 && spoke <= until) {
        p.network = history_network(&n->claim[0].remote[0]);
        add_pair(h, &p);
    }
}

static enum status look_at_answers(struct history *h, const struct case_one *c, unsigned days,
                                   struct stances *l)
{
    struct case_state state;
    case_state_at(c, 0, &state);
    for (size_t i = 0; i < c->n; i++) {
        const struct case_item *it = &c->item[i];
        struct stance s = {.one = c, .item = it, .stands = &c->event[i] == state.answer};
        if (it->said->event.kind != CASE_ANSWER) {
            continue;
        }
        if (it->said->event.word == CASE_PAST_RETENTION && days > 0) {
            look_at_retention(h, c, it, s.stands, days);
        }
        if (takes_stance(it->said, &s.ours)) {
            TRY(add_stances(h, l, &s));
        }
    }
    return ST_OK;
}

/* --- all of it -----------------------------------------------------------------------------------
 */

/* By time; what was said at one time stands as in the list of cases, where the first of several
 * notices of one act counts, and within a case as its statements follow. */
static int by_time(const void *a, const void *b)
{
    const struct history_moment *x = a, *y = b;
    int64_t s = x->item->statement->time_ns, t = y->item->statement->time_ns;
    if (s != t) {
        return s < t ? -1 : 1;
    }
    return x->one != y->one ? (x->one < y->one ? -1 : 1)
                            : (x->item > y->item) - (x->item < y->item);
}

static enum status make_room(const struct case_list *cases, struct history *h)
{
    size_t n = 0;
    for (size_t i = 0; i < cases->n; i++) {
        n += cases->one[i].n;
    }
    h->moment = calloc(n + 1, sizeof(*h->moment));
    h->pair = calloc(LIMIT_HISTORY_PAIRS, sizeof(*h->pair));
    h->tally = calloc(cases->n + 1, sizeof(*h->tally));
    return h->moment != NULL && h->pair != NULL && h->tally != NULL ? ST_OK : ST_NOMEM;
}

static enum status take_case(struct history *h, const struct case_one *c, unsigned days,
                             struct acts *acts, struct stances *stances, bool *ret_counts)
{
    bool fresh = false;
    TRY(says_new(acts, c, &fresh));
    for (size_t i = 0; i < c->n; i++) {
        h->moment[h->moment_n++] = (struct history_moment){
            .one = c, .item = &c->item[i], .repeats = !fresh && c->event[i].kind == CASE_NOTICE};
    }
    struct history_tally *t = tally_of(h, c);
    if (fresh) {
        count_case(t, c);
    } else {
        t->repeated++;
    }
    *ret_counts = fresh;
    return look_at_answers(h, c, days, stances);
}

enum status history_make(const struct case_list *cases, const unsigned *retention_days,
                         const struct history_query *q, struct history *ret)
{
    CLEANUP(history_fini) struct history h = {.moment_n = 0};
    CLEANUP(acts_fini) struct acts acts = {.n = 0};
    CLEANUP(stances_fini) struct stances stances = {.n = 0};
    CLEANUP(free_ptr) bool *counts = calloc(cases->n + 1, sizeof(*counts));
    TRY(counts != NULL ? make_room(cases, &h) : ST_NOMEM);
    for (size_t i = 0; i < cases->n; i++) {
        if (is_asked(&cases->one[i], q)) {
            TRY(take_case(&h, &cases->one[i], retention_days[i], &acts, &stances, &counts[i]));
        }
    }
    qsort(h.moment, h.moment_n, sizeof(*h.moment), by_time);
    if (stances.n > 0) {
        qsort(stances.item, stances.n, sizeof(*stances.item), by_network);
    }
    find_pairs(&h, &stances);
    qsort(h.tally, h.tally_n, sizeof(*h.tally), by_parties);
    for (size_t i = 0; i < h.tally_n; i++) {
        TRY(set_median(cases, counts, &h.tally[i]));
    }
    h.more_acts = acts.more;
    *ret = h;
    h = (struct history){.moment_n = 0};
    return ST_OK;
}
