/* exchange/claim/judge.c - from counts and coverage to a verdict. */
#include "exchange/claim/judge.h"

#include "base/core/timefmt.h"

enum { MIDDLE_SLOT = CLAIM_SLOTS / 2, FEWER_TIMES = 2, ONE_WAY_TIMES = 20 };

/* Records that fit but for the time: this far off, a clock may be it. */
#define NEAR_NS       (5 * TIME_MINUTE)
#define NEAR_EXACT_NS TIME_DAY
/* Zones lie between -12 and +14 hours. */
#define ZONES_NS (14 * TIME_HOUR)

/* --- coverage --------------------------------------------------------------------------- */

struct span {
    int64_t from, to;
};

static int64_t plus(int64_t a, int64_t b)
{
    int64_t sum;
    return !__builtin_add_overflow(a, b, &sum) ? sum : b < 0 ? INT64_MIN : INT64_MAX;
}

/* All that an absence must cover. */
static struct span wanted(const struct claim *c, const struct claim_bench *b, bool zones)
{
    int64_t more = plus(b->tolerance_ns, zones ? ZONES_NS : 0);
    return (struct span){plus(c->when.first_ns, -more),
                         plus(plus(c->when.last_ns, c->when.precision_ns), more)};
}

/* Has it what those networks sent? Where there is hardly anything of it beside
 * what came in, it was recorded on another way, or through a filter. */
static bool has_sent(const struct claim_cover *x)
{
    uint64_t out = claim_cover_out(x);
    return out > 0 && x->in / ONE_WAY_TIMES <= out;
}

/* Could it have seen what an address of those networks sent? */
static bool can_see(const struct claim *c, const struct claim_cover *x, const struct claim_bench *b)
{
    bool proto = c->proto == 0 || x->out[claim_class_of(c->proto)] > 0;
    return x->has_time && !x->log && (b->complete || (has_sent(x) && proto));
}

/* The end of the run of records that t lies in (with `join`: or soon begins);
 * false: there is none. */
static bool run_end(const struct claim_cover *x, const struct claim_bench *b, int64_t t, bool join,
                    int64_t *ret)
{
    int64_t begin = x->first_ns;
    for (size_t i = 0; i <= x->silence_n; i++) {
        bool silent = i < x->silence_n && !b->complete;
        bool unknown = i == x->silence_n && i > 0 && x->more_silences && !b->complete;
        int64_t end = silent ? x->silences[i].from_ns : x->last_ns;
        if (unknown) {
            return false; /* further silences were not kept */
        }
        if (t <= end && (t >= begin || (join && plus(t, CLAIM_SILENCE_NS) >= begin))) {
            *ret = end;
            return true;
        }
        if (!silent) {
            return false;
        }
        begin = x->silences[i].to_ns;
    }
    return false;
}

/* The end of the last run before t; t itself when there is none. */
static int64_t end_before(const struct claim *c, const struct claim_bench *b, int64_t t)
{
    int64_t best = INT64_MIN;
    for (size_t i = 0; i < b->input_n; i++) {
        const struct claim_cover *x = &b->covers[i];
        for (size_t k = 0; can_see(c, x, b) && k <= x->silence_n; k++) {
            int64_t end = k < x->silence_n ? x->silences[k].from_ns : x->last_ns;
            bool known = k < x->silence_n || !x->more_silences;
            best = known && end <= t && end > best ? end : best;
        }
    }
    return best == INT64_MIN ? t : best;
}

static bool in_run(const struct claim *c, const struct claim_bench *b, int64_t t)
{
    int64_t end;
    bool in = false;
    for (size_t i = 0; i < b->input_n; i++) {
        in |= can_see(c, &b->covers[i], b) && run_end(&b->covers[i], b, t, false, &end);
    }
    return in;
}

/* Captures that follow each other count as one. */
static bool covered(const struct claim *c, const struct claim_bench *b, struct span want)
{
    int64_t t = in_run(c, b, want.from) ? want.from : end_before(c, b, want.from);
    bool join = t < want.from;
    for (;;) {
        int64_t best = t;
        bool found = false;
        for (size_t i = 0; i < b->input_n; i++) {
            int64_t end;
            if (can_see(c, &b->covers[i], b) && run_end(&b->covers[i], b, t, join, &end)) {
                found = true;
                best = end > best ? end : best;
            }
        }
        if (best >= want.to) {
            return found;
        }
        if (!found || (join && best == t)) {
            return false;
        }
        join = true;
        t = best;
    }
}

static bool overlaps(const struct claim_cover *x, struct span want)
{
    return x->has_time && x->last_ns >= want.from && x->first_ns <= want.to;
}

enum claim_covers claim_covers_of(const struct claim *c, const struct claim_cover *cover,
                                  const struct claim_bench *b)
{
    struct span want = wanted(c, b, false);
    struct claim_bench one = *b;
    one.covers = cover;
    one.input_n = 1;
    if (!cover->has_time) {
        return CLAIM_COVERS_NOTHING;
    }
    if (c->when.known && cover->last_ns < want.from) {
        return CLAIM_COVERS_BEFORE;
    }
    if (c->when.known && cover->first_ns > want.to) {
        return CLAIM_COVERS_AFTER;
    }
    if (cover->log) {
        return CLAIM_COVERS_LOG;
    }
    if (!can_see(c, cover, b)) {
        return has_sent(cover) ? CLAIM_COVERS_NO_PROTOCOL
               : cover->in > 0 ? CLAIM_COVERS_IN_ONLY
                               : CLAIM_COVERS_NO_NETWORK;
    }
    if (covered(c, &one, want)) {
        return CLAIM_COVERS;
    }
    one.complete = true; /* as if silences were none */
    return covered(c, &one, want) ? CLAIM_COVERS_SILENT : CLAIM_COVERS_PART;
}

/* Why what is absent is not covered: the nearest miss of all inputs. */
static enum claim_why why_uncovered(const struct claim *c, const struct claim_bench *b)
{
    bool had[CLAIM_COVERS_NOTHING + 1] = {false};
    for (size_t i = 0; i < b->input_n; i++) {
        had[claim_covers_of(c, &b->covers[i], b)] = true;
    }
    return had[CLAIM_COVERS_SILENT]        ? CLAIM_WHY_SILENCE
           : had[CLAIM_COVERS_PART]        ? CLAIM_WHY_NOT_THEN
           : had[CLAIM_COVERS_NO_PROTOCOL] ? CLAIM_WHY_NO_PROTOCOL
           : had[CLAIM_COVERS_IN_ONLY]     ? CLAIM_WHY_NOT_SENT
           : had[CLAIM_COVERS_NO_NETWORK]  ? CLAIM_WHY_NO_NETWORK
           : had[CLAIM_COVERS_LOG]         ? CLAIM_WHY_ONLY_LOGS
                                           : CLAIM_WHY_NOT_THEN;
}

/* --- the parts of a judgement --------------------------------------------------------- */

static enum claim_ours ours_of(const struct claim *c, const struct local_nets *l)
{
    bool known = l->n > 0 || l->rule == LOCAL_PRIVATE;
    bool in = known && local_contains(l, &c->source);
    if (l->rule == LOCAL_GIVEN && known) {
        return in ? CLAIM_OURS_GIVEN : CLAIM_OURS_NOT;
    }
    return !known ? CLAIM_OURS_UNKNOWN : in ? CLAIM_OURS_INFERRED : CLAIM_OURS_UNLIKELY;
}

static bool names_ports(const struct claim *c)
{
    bool any = c->source_port != 0;
    for (size_t i = 0; i < c->moment_n; i++) {
        any |= c->moments[i].source_port != 0;
    }
    return any;
}

static size_t bits(uint32_t v)
{
    return (size_t)__builtin_popcount(v);
}

/* Moments that our records cover and do not have. */
static size_t moments_missed(const struct claim *c, const struct claim_match *m,
                             const struct claim_bench *b)
{
    size_t missed = 0;
    for (size_t i = 0; i < c->moment_n; i++) {
        struct claim one = *c;
        one.when.first_ns = one.when.last_ns = c->moments[i].time_ns;
        bool met = (m->moments_met >> i & 1) != 0;
        missed += !met && covered(&one, b, wanted(&one, b, false));
    }
    return missed;
}

static bool much_fewer(const struct claim *c, const struct claim_match *m)
{
    return c->count > 2 && c->count / FEWER_TIMES > m->packets;
}

/* A count is of the claim's time when that has a beginning and an end. */
static bool is_bound(const struct claim *c)
{
    return c->when.last_ns > c->when.first_ns || c->when.precision_ns > TIME_MINUTE;
}

/* Would a record of it be here? Where the files are stated to be complete. */
static bool all_is_here(const struct claim *c, const struct claim_bench *b)
{
    return b->complete && !b->partial && covered(c, b, wanted(c, b, c->when.zone_assumed));
}

/* Do the records that fit answer for all that the claim names: each connection
 * of it, by its moment and port? Then no other record could show it. */
static bool is_pinned(const struct claim *c, const struct claim_match *m, bool source)
{
    bool port = c->target_port != 0 && !c->service && !source;
    bool all = c->moment_n > 0 && !c->more_moments && c->count <= c->moment_n &&
               !c->when.zone_assumed && bits(m->moments_met) == c->moment_n;
    for (size_t i = 0; i < c->moment_n; i++) {
        all &= port || c->moments[i].source_port != 0;
    }
    return all;
}

/* A scan of ports that are not named, where every connection was completed: so
 * do clients. */
static bool ordinary(const struct claim *c, const struct claim_match *m)
{
    return c->target_port == 0 && !names_ports(c) && m->connections > 0 &&
           m->completed == m->connections && !m->more_connections;
}

struct opinion {
    enum claim_verdict verdict;
    enum claim_why why;
};

/* An act above the transport: did a connection come about? */
static struct opinion connected(const struct claim *c, const struct claim_match *m,
                                const struct claim_bench *b)
{
    if (m->completed > 0 || (m->sending > 0 && m->refused == 0)) {
        return (struct opinion){CLAIM_SHOWN, CLAIM_WHY_RECORDS};
    }
    if (m->connections > 0 && m->refused == m->connections && !m->more_connections) {
        bool sure = is_pinned(c, m, true) || all_is_here(c, b);
        return (struct opinion){sure ? CLAIM_CONTRADICTED : CLAIM_CANNOT_TELL, CLAIM_WHY_REFUSED};
    }
    return (struct opinion){CLAIM_CANNOT_TELL, CLAIM_WHY_UNANSWERED};
}

/* Records fit, at the time. */
static struct opinion present(const struct claim *c, const struct claim_match *m,
                              const struct claim_bench *b)
{
    bool asks = c->act == CLAIM_ACT_SCAN || c->act == CLAIM_ACT_LOGIN || c->act == CLAIM_ACT_WEB;
    if (names_ports(c) && m->exact == 0) {
        return (struct opinion){CLAIM_CANNOT_TELL, CLAIM_WHY_OTHER_PORTS};
    }
    bool asked = m->greetings > 0 || m->asked_by > 0;
    bool answered = m->answers == m->packets ||
                    (m->connections > 0 && m->theirs == m->connections && !m->more_connections);
    if (m->packets > 0 && m->asks == 0 && answered) { /* it may have answered a forged question */
        bool serves = c->act == CLAIM_ACT_HOST || c->act == CLAIM_ACT_FLOOD;
        if (asks && asked && (is_pinned(c, m, false) || all_is_here(c, b))) {
            return (struct opinion){CLAIM_CONTRADICTED, CLAIM_WHY_ANSWERS};
        }
        if (!serves) {
            return (struct opinion){CLAIM_CANNOT_TELL, CLAIM_WHY_ANSWERS};
        }
    }
    if (!c->has_target && !names_ports(c)) {
        return (struct opinion){CLAIM_CANNOT_TELL, CLAIM_WHY_WEAK};
    }
    if (claim_forging_of(c) == CLAIM_FORGING_HARD && m->connections > 0) {
        struct opinion o = connected(c, m, b);
        if (o.verdict != CLAIM_SHOWN) {
            return o;
        }
    }
    if (much_fewer(c, m)) {
        bool sure = is_bound(c) && all_is_here(c, b);
        return (struct opinion){sure ? CLAIM_CONTRADICTED : CLAIM_CANNOT_TELL, CLAIM_WHY_FEWER};
    }
    if (c->act == CLAIM_ACT_SCAN && ordinary(c, m)) {
        return (struct opinion){CLAIM_CANNOT_TELL, CLAIM_WHY_ORDINARY};
    }
    if (moments_missed(c, m, b) > bits(m->moments_met)) {
        return (struct opinion){CLAIM_CANNOT_TELL, CLAIM_WHY_FEW_MOMENTS};
    }
    return (struct opinion){CLAIM_SHOWN, CLAIM_WHY_RECORDS};
}

/* The one difference of zones at which it fits; traffic that fits at several
 * says nothing of zones. */
static bool zone_hint(const struct claim_match *m, int *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < CLAIM_SLOTS; i++) {
        if (m->slots[i] > 0) {
            n++;
            *ret = (int)i - MIDDLE_SLOT;
        }
    }
    return n == 1;
}

static bool near(const struct claim *c, const struct claim_match *m)
{
    int64_t off = m->near_ns < 0 ? -m->near_ns : m->near_ns;
    bool strong = c->has_target && !names_ports(c);
    return m->has_near && ((m->near_exact && off <= NEAR_EXACT_NS) || (strong && off <= NEAR_NS));
}

/* Nothing fits at the time. */
static struct opinion absent(const struct claim *c, const struct claim_bench *b)
{
    bool whole = covered(c, b, wanted(c, b, c->when.zone_assumed));
    if (!whole && c->when.zone_assumed) {
        struct span zones = wanted(c, b, true);
        for (size_t i = 0; i < b->input_n; i++) {
            if (can_see(c, &b->covers[i], b) && overlaps(&b->covers[i], zones)) {
                return (struct opinion){CLAIM_CANNOT_TELL, CLAIM_WHY_NO_ZONE};
            }
        }
    }
    if (!whole) {
        return (struct opinion){CLAIM_NOT_COVERED, why_uncovered(c, b)};
    }
    if (c->when.year_assumed) {
        return (struct opinion){CLAIM_CANNOT_TELL, CLAIM_WHY_NO_YEAR};
    }
    return b->complete && !b->partial
               ? (struct opinion){CLAIM_CONTRADICTED, CLAIM_WHY_NOTHING_COMPLETE}
               : (struct opinion){CLAIM_NOT_SHOWN, CLAIM_WHY_NOTHING};
}

static struct opinion opine(const struct claim *c, const struct claim_match *m,
                            const struct claim_bench *b, struct claim_answer *a)
{
    if (a->ours == CLAIM_OURS_NOT) {
        return (struct opinion){CLAIM_NOT_OURS, CLAIM_WHY_NOT_OURS};
    }
    if (a->ours == CLAIM_OURS_UNLIKELY || a->ours == CLAIM_OURS_UNKNOWN) {
        return (struct opinion){CLAIM_CANNOT_TELL, CLAIM_WHY_OURS_UNKNOWN};
    }
    if (!c->when.known) {
        return (struct opinion){CLAIM_CANNOT_TELL, CLAIM_WHY_NO_TIME};
    }
    if (claim_unread_bits(c) != 0) { /* more than what was read fits less */
        return (struct opinion){CLAIM_CANNOT_TELL, CLAIM_WHY_UNREADABLE};
    }
    if (m->packets > 0) {
        return present(c, m, b);
    }
    if (m->lines > 0) {
        return m->lines_exact > 0 ? (struct opinion){CLAIM_SHOWN, CLAIM_WHY_LINES}
                                  : (struct opinion){CLAIM_CANNOT_TELL, CLAIM_WHY_LIKE_LINES};
    }
    if (m->portless > 0) {
        return (struct opinion){CLAIM_NOT_COVERED, CLAIM_WHY_NO_PORTS};
    }
    a->has_zone = zone_hint(m, &a->zone_half_hours);
    if (a->has_zone) {
        return (struct opinion){CLAIM_CANNOT_TELL, CLAIM_WHY_OTHER_ZONE};
    }
    if (near(c, m)) {
        return (struct opinion){CLAIM_CANNOT_TELL, CLAIM_WHY_OTHER_TIME};
    }
    return absent(c, b);
}

/* Nothing is denied while packets may be it that do not tell; but for what the
 * claim names and was seen. */
static struct opinion unless_hidden(struct opinion o, const struct claim *c,
                                    const struct claim_match *m)
{
    bool pinned = (o.why == CLAIM_WHY_REFUSED || o.why == CLAIM_WHY_ANSWERS) &&
                  is_pinned(c, m, o.why == CLAIM_WHY_REFUSED);
    bool denied = (o.verdict == CLAIM_NOT_SHOWN || o.verdict == CLAIM_CONTRADICTED) && !pinned;
    if (denied && m->portless > 0) {
        return (struct opinion){CLAIM_NOT_COVERED, CLAIM_WHY_NO_PORTS};
    }
    if ((denied || o.verdict == CLAIM_NOT_COVERED) && m->swapped > 0) {
        return (struct opinion){CLAIM_CANNOT_TELL, CLAIM_WHY_SWAPPED};
    }
    return denied && m->carried > 0 ? (struct opinion){CLAIM_CANNOT_TELL, CLAIM_WHY_CARRIED} : o;
}

struct claim_answer claim_judge(const struct claim *c, const struct claim_match *m,
                                const struct claim_bench *b)
{
    struct claim_answer a = {.ours = ours_of(c, b->locals),
                             .lacks = claim_lacks(c),
                             .forging = claim_forging_of(c),
                             .moments_met = bits(m->moments_met)};
    struct opinion o = unless_hidden(opine(c, m, b, &a), c, m);
    a.verdict = o.verdict;
    a.why = o.why;
    return a;
}

int claim_exit(const struct claim_answer *a, size_t n)
{
    int worst = n == 0 ? 2 : 0;
    for (size_t i = 0; i < n; i++) {
        int one = a[i].verdict == CLAIM_SHOWN                                              ? 0
                  : a[i].verdict == CLAIM_NOT_COVERED || a[i].verdict == CLAIM_CANNOT_TELL ? 2
                                                                                           : 1;
        worst = one > worst ? one : worst;
    }
    return worst;
}

/* --- words ------------------------------------------------------------------------------ */

const char *claim_verdict_word(enum claim_verdict v)
{
    static const char *const words[CLAIM_VERDICT_COUNT] = {
        [CLAIM_SHOWN] = "shown",
        [CLAIM_NOT_SHOWN] = "not shown",
        [CLAIM_CONTRADICTED] = "contradicted",
        [CLAIM_NOT_COVERED] = "not covered",
        [CLAIM_NOT_OURS] = "not ours",
        [CLAIM_CANNOT_TELL] = "cannot tell",
    };
    return words[v];
}

const char *claim_ours_word(enum claim_ours o)
{
    static const char *const words[] = {
        [CLAIM_OURS_GIVEN] = "given",       [CLAIM_OURS_INFERRED] = "inferred",
        [CLAIM_OURS_UNLIKELY] = "unlikely", [CLAIM_OURS_UNKNOWN] = "unknown",
        [CLAIM_OURS_NOT] = "not-ours",
    };
    return words[o];
}

struct why_words {
    const char *word, *text;
};

static const struct why_words whys[CLAIM_WHY_COUNT] = {
    [CLAIM_WHY_RECORDS] = {"records-fit",
                           "Our records have packets of that address that fit the claim, by "
                           "their ends, ports and times."},
    [CLAIM_WHY_LINES] = {"lines-fit", "Lines of our own logs fit the claim."},
    [CLAIM_WHY_NOT_OURS] = {"not-ours",
                            "The address is in none of the networks that were given as ours."},
    [CLAIM_WHY_OURS_UNKNOWN] = {"ours-unknown",
                                "Whether the address is ours cannot be told from the traffic: "
                                "give our networks with --local."},
    [CLAIM_WHY_NO_TIME] = {"no-time", "The claim does not say when."},
    [CLAIM_WHY_UNREADABLE] =
        {"unreadable", "The claim states a port, a count, a protocol, an end or a time that could "
                       "not be read, or that contradicts another."},
    [CLAIM_WHY_OTHER_PORTS] = {"other-ports",
                               "Our records have the like at that time, but not from a source "
                               "port that the claim names."},
    [CLAIM_WHY_WEAK] = {"weak",
                        "Our records have connections that would fit, but the claim names neither "
                        "whom they went to nor a source port: any other would fit as well."},
    [CLAIM_WHY_ANSWERS] = {"answers-only",
                           "What the address sent are answers to packets that carry the other "
                           "end's address: it did not begin this."},
    [CLAIM_WHY_REFUSED] = {"refused",
                           "Every such connection in our records was refused; what the claim "
                           "describes takes one that was completed."},
    [CLAIM_WHY_UNANSWERED] = {"unanswered",
                              "Our records have packets that fit, but no completed connection; "
                              "what the claim describes takes one."},
    [CLAIM_WHY_FEWER] = {"fewer", "Our records have far fewer than the claim says."},
    [CLAIM_WHY_ORDINARY] = {"ordinary",
                            "Our records have connections between the two then, but all of them "
                            "were completed, as in ordinary use."},
    [CLAIM_WHY_FEW_MOMENTS] = {"few-moments",
                               "Most of the moments that the claim names have no record of ours, "
                               "though they are covered."},
    [CLAIM_WHY_LIKE_LINES] = {"like-lines",
                              "Our logs have lines about that address then, but nothing in them "
                              "says that they are the claim's."},
    [CLAIM_WHY_OTHER_ZONE] = {"other-zone",
                              "Nothing fits at the claim's time, but records fit a whole number of "
                              "half hours off: a time zone may be wrong."},
    [CLAIM_WHY_OTHER_TIME] = {"other-time",
                              "Nothing fits at the claim's time, but records fit at another time: "
                              "a clock may be wrong."},
    [CLAIM_WHY_NO_ZONE] = {"no-zone",
                           "The claim's times have no zone. Taken as UTC nothing fits; in other "
                           "zones they are not covered."},
    [CLAIM_WHY_NO_YEAR] = {"no-year",
                           "The claim's times have no year. In the one that was taken nothing "
                           "fits."},
    [CLAIM_WHY_SWAPPED] = {"ports-exchanged",
                           "Nothing fits as the claim has it, but records fit at its time with "
                           "source and destination port exchanged."},
    [CLAIM_WHY_CARRIED] = {"in-a-tunnel",
                           "Our records have such packets only inside of a tunnel that came from "
                           "elsewhere: who wrote their sender's address, they do not tell."},
    [CLAIM_WHY_NO_PORTS] = {"no-ports",
                            "Our records have packets from that address at that time whose ports "
                            "were not recorded (fragments, or cut short): they may be what the "
                            "claim describes."},
    [CLAIM_WHY_NOTHING] = {"nothing-fits",
                           "Our records cover that time and network, and nothing in them fits."},
    [CLAIM_WHY_NOTHING_COMPLETE] = {"nothing-fits-complete",
                                    "Our records, which are stated to be complete, cover that time "
                                    "and network, and nothing in them fits."},
    [CLAIM_WHY_NOT_THEN] = {"not-then",
                            "Our records do not cover that time, or not all of it with the margin "
                            "for clocks around it."},
    [CLAIM_WHY_NO_NETWORK] = {"no-network",
                              "Our records of that time have nothing of the network of that "
                              "address."},
    [CLAIM_WHY_NOT_SENT] = {"not-sent",
                            "Our records of that time have what came to that network, and hardly "
                            "anything that it sent."},
    [CLAIM_WHY_NO_PROTOCOL] = {"no-protocol",
                               "Our records of that time have nothing of that protocol from that "
                               "network: a filter may have left it out."},
    [CLAIM_WHY_SILENCE] = {"silence",
                           "Nothing at all was recorded around that time: the recorder may have "
                           "been off."},
    [CLAIM_WHY_ONLY_LOGS] = {"only-logs",
                             "Our records of that time are logs of servers: they tell what came "
                             "to them, not what that address sent to others."},
};

const char *claim_why_word(enum claim_why w)
{
    return whys[w].word;
}

const char *claim_why_text(enum claim_why w)
{
    return whys[w].text;
}

const char *claim_covers_text(enum claim_covers c)
{
    static const char *const texts[] = {
        [CLAIM_COVERS] = "covers it",
        [CLAIM_COVERS_PART] = "covers that time, or the margin for clocks around it, only in part",
        [CLAIM_COVERS_BEFORE] = "ends before",
        [CLAIM_COVERS_AFTER] = "begins after",
        [CLAIM_COVERS_SILENT] = "nothing at all was recorded then",
        [CLAIM_COVERS_NO_NETWORK] = "has nothing of that network",
        [CLAIM_COVERS_IN_ONLY] = "has hardly anything that this network sent",
        [CLAIM_COVERS_NO_PROTOCOL] = "has nothing of that protocol from this network",
        [CLAIM_COVERS_LOG] = "a log: what came to its server only",
        [CLAIM_COVERS_NOTHING] = "has no records",
    };
    return texts[c];
}
