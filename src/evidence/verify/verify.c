/* evidence/verify/verify.c - the order of checks, from the file inwards. */
#include "evidence/verify/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribute/conclude.h"
#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "evidence/exhibit/view.h"
#include "evidence/verify/steps.h"

static const char nothing[] = "nothing";

enum status evidence_verify_point(struct evidence_verify *v, const char *what,
                                  enum evidence_word word, const char *detail, const char *assumes)
{
    struct evidence_point p = {what, word, detail, assumes};
    v->basis.holds &= word != WORD_FAILS && word != WORD_UNKNOWN_KEY;
    return evidence_report_point(&v->report, &v->report.points, &p);
}

/* --- the file ----------------------------------------------------------------------- */

/* What is false is said and ends the work; what cannot be read is handed up. */
static enum status read_contents(struct evidence_verify *v, struct bytes file,
                                 struct evidence_contents_fault *why)
{
    enum status st = evidence_exhibit_read(file, &v->exhibit, &why->at);
    if (st != ST_OK && st != ST_MISMATCH) {
        return st;
    }
    const char *what = "container";
    if (st == ST_OK) {
        TRY(evidence_verify_point(
            v, what, WORD_HOLDS,
            evidence_report_text(&v->report, "%zu bytes, every member has its hash", file.len),
            nothing));
        what = "contents";
        st = evidence_contents_open(v->engine, &v->exhibit, &v->contents, why);
        v->opened = st == ST_OK;
        if (st != ST_OK && st != ST_MISMATCH) {
            return st;
        }
    }
    if (st == ST_OK) {
        TRY(evidence_stand_ins_number(&v->contents, v->opt.seed));
        return evidence_verify_point(
            v, what, WORD_HOLDS,
            "headers, tries and openings fit together, and every opened field is the "
            "sealed one",
            nothing);
    }
    return evidence_verify_point(
        v, what, WORD_FAILS,
        evidence_report_text(&v->report, "%s%soffset %" PRIu64 ": %s", why->member,
                             why->member[0] != '\0' ? ": " : "", why->at.offset,
                             why->at.field != NULL ? why->at.field : "it does not fit"),
        nothing);
}

/* --- the ledger's side ---------------------------------------------------------------- */

static enum status check_sealed(struct evidence_verify *v)
{
    size_t n = v->contents.part_n;
    v->sealed = calloc(n + 1, sizeof(*v->sealed));
    if (v->sealed == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        TRY(evidence_sealed_check(v->engine, &v->exhibit.segments[i], &v->contents.parts[i].header,
                                  v->opt.policy, &v->sealed[i]));
    }
    return ST_OK;
}

/* All segments, also those that no claim rests on. */
static enum status tell_sealed(struct evidence_verify *v)
{
    size_t n = v->contents.part_n, bad = n, least = SIZE_MAX;
    for (size_t i = n; i-- > 0;) {
        bad = v->sealed[i].word != WORD_HOLDS ? i : bad;
        least = v->sealed[i].witnesses < least ? v->sealed[i].witnesses : least;
    }
    if (bad < n) {
        const struct evidence_sealed *s = &v->sealed[bad];
        v->report.lacks_key |= s->word == WORD_UNKNOWN_KEY;
        return evidence_verify_point(
            v, "ledger", s->word,
            s->word == WORD_UNKNOWN_KEY
                ? evidence_sealed_unknown(s, bad, &v->contents.parts[bad].header, &v->report)
                : evidence_report_text(&v->report, "segment %zu: %s", bad, s->why.field),
            nothing);
    }
    TRY(evidence_verify_point(
        v, "ledger", WORD_HOLDS,
        evidence_report_text(&v->report, "%zu segment%s in ledgers that the policy trusts", n,
                             n == 1 ? " is" : "s are"),
        "each key is its owner's alone"));
    bool none = ledger_policy_quorum_none(v->opt.policy);
    v->basis.witnesses = least;
    return evidence_verify_point(
        v, "witnesses", least > 0 ? WORD_HOLDS : WORD_NOT_THERE,
        least > 0 ? evidence_report_text(&v->report, "%zu of the policy cosigned, at least", least)
        : none    ? "the policy asks for none: a second, other history is not excluded"
                  : "",
        least > 0 ? "they do not work together with the sealer" : "the sealer is honest");
}

/* --- stamps ---------------------------------------------------------------------------- */

static enum status check_stamps(struct evidence_verify *v)
{
    size_t n = v->exhibit.time_n, good = 0, unchecked = 0;
    const struct fault *bad = NULL;
    v->stamps = calloc(n + 1, sizeof(*v->stamps));
    if (v->stamps == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        struct evidence_stamp *s = &v->stamps[i];
        TRY(evidence_stamp_read(&v->exhibit.times[i], v->opt.ca, v->opt.stamp, s));
        good += s->word == WORD_HOLDS;
        unchecked += s->word == WORD_NOT_CHECKED;
        bad = s->word == WORD_FAILS && bad == NULL ? &s->why : bad;
        for (size_t k = 0; k < v->contents.part_n; k++) {
            evidence_sealed_date(&v->sealed[k], s);
        }
    }
    if (bad != NULL) {
        return evidence_verify_point(v, "timestamps", WORD_FAILS,
                                     bad->field != NULL ? bad->field : "a timestamp does not hold",
                                     nothing);
    }
    if (n == 0) {
        return evidence_verify_point(v, "timestamps", WORD_NOT_THERE, "", nothing);
    }
    if (unchecked > 0) {
        return evidence_verify_point(
            v, "timestamps", WORD_NOT_CHECKED,
            v->opt.stamp == NULL ? "" : "no certificates of authorities were given (--ca)",
            nothing);
    }
    size_t dated = 0;
    for (size_t k = 0; k < v->contents.part_n; k++) {
        dated += v->sealed[k].stamped;
    }
    return evidence_verify_point(
        v, "timestamps", WORD_HOLDS,
        evidence_report_text(&v->report,
                             "%zu, by authorities of yours, of ledgers with %zu of these "
                             "segments",
                             good, dated),
        "their clocks");
}

/* --- when ------------------------------------------------------------------------------- */

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t lag(int64_t from, int64_t to)
{
    return to > from ? time_abs_diff(to, from) : 0;
}

/* The last moment that a segment speaks of. */
static int64_t end_of(const struct evidence_part *p)
{
    int64_t last = INT64_MIN;
    if (p->header.kind == KIND_LIVE) {
        return p->header.to_ns;
    }
    for (size_t i = 0; i < p->shown_n; i++) {
        for (uint32_t j = 0; j < p->shown[i].row_count; j++) {
            last = later(last, p->shown[i].rows[j].record.time_ns);
        }
    }
    return last;
}

/* Clocks of others are believed to a minute. */
enum { CLOCK_SLACK_S = 60 };

static enum status note_times(struct evidence_verify *v)
{
    struct evidence_basis *b = &v->basis;
    bool none = ledger_policy_quorum_none(v->opt.policy);
    b->dated = b->witnessed = b->stamped = b->after = v->contents.part_n > 0;
    b->witnessed &= !none;
    b->by_ns = INT64_MIN;
    for (size_t i = 0; i < v->contents.part_n; i++) {
        const struct evidence_sealed *s = &v->sealed[i];
        int64_t by, end = end_of(&v->contents.parts[i]);
        bool dated = evidence_sealed_by(s, &by);
        b->dated &= dated;
        b->witnessed &= s->witnessed;
        b->stamped &= s->stamped;
        b->after &= s->after;
        if (!dated) {
            continue;
        }
        b->window_ns = later(b->window_ns, s->after ? lag(s->after_ns, by) : 0);
        b->by_ns = later(b->by_ns, by);
        b->witness_lag_ns = later(b->witness_lag_ns, s->witnessed ? lag(end, s->witness_ns) : 0);
        b->stamp_lag_ns = later(b->stamp_lag_ns, s->stamped ? lag(end, s->stamp_ns) : 0);
        if (lag(by, end) > CLOCK_SLACK_S * TIME_SECOND ||
            (s->after && lag(by, s->after_ns) > CLOCK_SLACK_S * TIME_SECOND)) {
            return evidence_verify_point(
                v, "times", WORD_FAILS,
                evidence_report_text(&v->report, "segment %zu speaks of times after it was fixed",
                                     i),
                "the clocks of others");
        }
    }
    return ST_OK;
}

/* --- what else belongs together ------------------------------------------------------- */

static enum status tell_view(struct evidence_verify *v, const char *what, bool same)
{
    return evidence_verify_point(v, what, same ? WORD_HOLDS : WORD_FAILS,
                                 same ? "made again from the records, byte for byte the same"
                                      : "is not what follows from the records",
                                 nothing);
}

static enum status check_views(struct evidence_verify *v)
{
    struct evidence_view_same same;
    TRY(evidence_view_check(&v->contents, v->exhibit.csv, v->exhibit.pcap, &same));
    TRY(tell_view(v, "view.csv", same.csv));
    return tell_view(v, "view.pcapng", same.pcap);
}

static enum status check_claims(struct evidence_verify *v, struct fault *why)
{
    size_t n = v->contents.claims.n;
    v->report.claims = arena_alloc(&v->report.arena, (n + 1) * sizeof(*v->report.claims));
    if (v->report.claims == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        enum status st = evidence_verify_claim(v, i);
        if (st != ST_OK) {
            return st == ST_LIMIT
                       ? fault_limit(why, 0, "records to be computed again", LIMIT_VERIFY_ROWS)
                       : st;
        }
        v->report.claim_n = i + 1;
    }
    return ST_OK;
}

/* --- attribution, as the exhibit has it --------------------------------------------------- */

static const uint32_t relay_flags = 1U << ORIGIN_TOR_EXIT | 1U << ORIGIN_ANONYMOUS_PROXY |
                                    1U << ORIGIN_VPN | 1U << ORIGIN_RELAY |
                                    1U << ORIGIN_RESIDENTIAL_PROXY;

static void tell_flags(struct evidence_told *t, uint32_t flags)
{
    uint32_t met = flags & relay_flags;
    t->relays += met != 0;
    t->hosting += (flags >> ORIGIN_HOSTING & 1) != 0;
    t->research += (flags >> ORIGIN_RESEARCH_SCANNER & 1) != 0;
    for (unsigned f = 0; met != 0 && t->flagged[0] == '\0' && f < ORIGIN_FLAG_COUNT; f++) {
        if ((met >> f & 1) != 0) {
            (void)snprintf(t->flagged, sizeof(t->flagged), "%s",
                           origin_flag_name((enum origin_flag)f));
        }
    }
}

/* Statements of sources that nobody signed. */
static enum status note_ladder(struct evidence_verify *v)
{
    const struct evidence_ladder *l = &v->contents.ladder;
    return evidence_verify_point(
        v, "ladder", l->n > 0 ? WORD_CUTTERS_WORD : WORD_NOT_THERE,
        l->n > 0 ? evidence_report_text(&v->report,
                                        "what sources are said to say of %zu remote%s; "
                                        "nobody signed it",
                                        l->n, l->n == 1 ? "" : "s")
                 : "",
        l->n > 0 ? "whoever made this file is honest" : nothing);
}

static enum status check_all(struct evidence_verify *v, struct fault *why)
{
    TRY(check_sealed(v));
    TRY(tell_sealed(v));
    TRY(check_stamps(v));
    TRY(evidence_verify_history(v));
    TRY(note_times(v));
    TRY(check_views(v));
    TRY(note_ladder(v));
    return check_claims(v, why);
}

/* What is true of no claim is the best that can be said; each claim takes from it. */
static void basis_begin(struct evidence_basis *b, int64_t now_ns)
{
    *b = (struct evidence_basis){.now_ns = now_ns,
                                 .holds = true,
                                 .first_ns = INT64_MAX,
                                 .last_ns = INT64_MIN,
                                 .live = true,
                                 .clock_told = true,
                                 .whole = true,
                                 .gapless = true,
                                 .margins = true,
                                 .linked = true,
                                 .two_way = true,
                                 .login = true,
                                 .local_ports = true,
                                 .rule_fixed = true,
                                 .own = {.dated = true},
                                 .said = {.dated = true}};
}

enum status evidence_verify_open(const struct evidence_engine *e, struct bytes file,
                                 const struct evidence_verify_options *opt,
                                 struct evidence_verify *ret, struct evidence_contents_fault *why)
{
    *ret = (struct evidence_verify){.engine = e, .opt = *opt};
    *why = (struct evidence_contents_fault){.member = ""};
    evidence_report_init(&ret->report);
    basis_begin(&ret->basis, opt->now_ns);
    TRY(read_contents(ret, file, why));
    return ret->opened ? check_all(ret, &why->at) : ST_OK;
}

/* --- attribution, by the reader's own sources ------------------------------------------- */

static void tell_origin(struct evidence_told *t, const struct origin *o,
                        const struct origin_sources *sources, uint32_t lists)
{
    bool first = t->asked == 0;
    uint32_t fresh = lists & ~o->stale;
    t->asked++;
    t->networks += o->has_net || o->n_as > 0 || o->registered.word == ORIGIN_AGREED;
    t->split += o->n_as > 1 || o->registered.word == ORIGIN_SPLIT || o->registered.dissent;
    t->lists = (first || t->lists) && (fresh & relay_flags) != 0;
    t->scanners = (first || t->scanners) && (fresh >> ORIGIN_RESEARCH_SCANNER & 1) != 0;
    tell_flags(t, o->flags);
    for (size_t i = 0; i < sources->n; i++) {
        int64_t days;
        bool dated = origin_gap_days(&sources->items[i], o->event_ns, &days);
        t->dated &= dated;
        days = days < 0 ? -days : days;
        t->far_days = dated && days > t->far_days ? days : t->far_days;
    }
}

void evidence_verify_told(struct evidence_verify *v, const struct origin *o,
                          const struct origin_sources *sources, uint32_t lists)
{
    tell_origin(&v->basis.own, o, sources, lists);
}

static const struct origin *find_origin(const struct evidence_ladder *l, const struct addr *a)
{
    size_t low = 0, high = l->n;
    while (low < high) { /* they ascend */
        size_t mid = low + (high - low) / 2;
        int order = addr_compare(&l->origins[mid].addr, a);
        if (order == 0) {
            return &l->origins[mid];
        }
        low = order < 0 ? mid + 1 : low;
        high = order < 0 ? high : mid;
    }
    return NULL;
}

/* What the maker's sources said of each remote, concluded again. That they had lists
 * of relays is not shown by their names. */
static enum status conclude_ladder(struct evidence_verify *v)
{
    const struct evidence_ladder *l = &v->contents.ladder;
    CLEANUP(free_ptr) struct origin *o = calloc(1, sizeof(*o));
    if (o == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; l->n > 0 && i < v->contents.claims.n; i++) {
        const struct evidence_claim *c = &v->contents.claims.items[i];
        for (size_t k = 0; k < c->remote_n; k++) {
            const struct origin *said = find_origin(l, &c->remotes[k]);
            if (said == NULL) {
                v->basis.said.asked++;
                continue;
            }
            *o = *said;
            attribute_conclude(o, l->sources);
            tell_origin(&v->basis.said, o, l->sources, 0);
        }
    }
    return ST_OK;
}

/* --- the end ------------------------------------------------------------------------------ */

/* Of one remote, what one claim shows counts for all: the same host did all of it. */
static bool shown_of(const struct evidence_report *r, const struct evidence_claim_report *c,
                     size_t flag)
{
    if (*((const bool *)c + flag)) {
        return true;
    }
    for (size_t i = 0; i < r->claim_n; i++) {
        const struct evidence_claim_report *x = &r->claims[i];
        if (*((const bool *)x + flag) && x->holds && c->finding->has_initiator &&
            x->finding->has_initiator &&
            addr_equal(&c->finding->initiator, &x->finding->initiator)) {
            return true;
        }
    }
    return false;
}

/* Each claim by itself: behind a shared address another act may be another's. */
static void note_ports(struct evidence_basis *b, const struct evidence_claim_report *c)
{
    if (!c->remote_ports) {
        b->portless_from = b->portless == 0 ? c->number : b->portless_from;
        b->portless++;
    } else {
        b->local_ports &= c->local_ports;
    }
}

static void note_remotes(struct evidence_verify *v)
{
    const struct evidence_report *r = &v->report;
    for (size_t i = 0; i < r->claim_n; i++) {
        const struct evidence_claim_report *c = &r->claims[i];
        if (!c->said) {
            v->basis.two_way &= shown_of(r, c, offsetof(struct evidence_claim_report, two_way));
            v->basis.login &= shown_of(r, c, offsetof(struct evidence_claim_report, login));
            note_ports(&v->basis, c);
        }
    }
}

enum status evidence_verify_close(struct evidence_verify *v)
{
    struct evidence_report *r = &v->report;
    struct evidence_basis *b = &v->basis;
    bool all = b->holds && r->claim_n > 0;
    if (v->opened) {
        TRY(conclude_ladder(v));
    }
    for (size_t i = 0; i < r->claim_n; i++) {
        all &= r->claims[i].holds;
        b->holds &= r->claims[i].holds || r->claims[i].said;
    }
    r->holds = all;
    note_remotes(v);
    if (b->claims == 0) { /* what is true of no claim is not shown of any */
        b->two_way = b->whole = b->login = b->local_ports = false;
        b->clock_told = b->rule_fixed = b->live = false;
    }
    v->basis.lacks_key = r->lacks_key;
    TRY(evidence_grade_tell(&v->basis, r));
    TRY(evidence_denials_tell(&v->basis, r));
    TRY(evidence_verify_not_shown(v));
    return evidence_verify_conclude(v);
}

void evidence_verify_fini(struct evidence_verify *v)
{
    evidence_recount_fini(&v->recount);
    if (v->opened) {
        evidence_contents_fini(&v->contents);
    }
    evidence_exhibit_fini(&v->exhibit);
    evidence_report_fini(&v->report);
    free(v->sealed);
    free(v->stamps);
}
