/* evidence/verify/claim.c - one claim: what it rests on, and whether it follows. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "base/model/tool.h"
#include "evidence/exhibit/recount.h"
#include "evidence/verify/steps.h"

/* A record that is fed to the detectors costs 1. */
enum { ROWS_LOOKED_AT = 16, SEGMENT_COSTS = 4, COMPARISON_COSTS = 32 };

struct work {
    struct evidence_verify *v;
    const struct evidence_claim *claim;
    struct evidence_claim_report *to;
    const struct evidence_recount *counted;
    const struct finding *again; /* NULL: none follows */
    size_t before;               /* claims that say the same, and come first */
};

static const char nothing[] = "nothing";
static const char honest[] = "the sealer is honest";
static const char maker[] = "whoever made this file is honest";

static enum status point(struct work *w, const char *what, enum evidence_word word,
                         const char *detail, const char *assumes)
{
    struct evidence_point p = {what, word, detail, assumes};
    if (word == WORD_FAILS || word == WORD_UNKNOWN_KEY) {
        w->to->holds = false;
    }
    w->v->report.lacks_key |= word == WORD_UNKNOWN_KEY;
    return evidence_report_point(&w->v->report, &w->to->points, &p);
}

/* The ledger's side of its segments. */
static enum status tell_sealed(struct work *w)
{
    const struct evidence_verify *v = w->v;
    for (uint32_t i = w->claim->from; i <= w->claim->to; i++) {
        const struct evidence_sealed *s = &v->sealed[i];
        if (s->word != WORD_HOLDS) {
            return point(
                w, "sealed", s->word,
                s->word == WORD_UNKNOWN_KEY
                    ? evidence_sealed_unknown(s, i, &v->contents.parts[i].header, &w->v->report)
                    : evidence_report_text(&w->v->report, "segment %" PRIu32 ": %s", i,
                                           s->why.field),
                nothing);
        }
    }
    const struct evidence_header *h = &v->contents.parts[w->claim->from].header;
    uint32_t n = w->claim->to - w->claim->from + 1;
    return point(w, "sealed", WORD_HOLDS,
                 evidence_report_text(
                     &w->v->report, "%" PRIu32 " segment%s of %s, by the key of %s", n,
                     n == 1 ? "" : "s", h->sensor, v->sealed[w->claim->from].verdict.log->name),
                 "only its owner has that key");
}

static bool gapless(const struct work *w)
{
    const struct evidence_part *p = w->v->contents.parts;
    for (uint32_t i = w->claim->from; i < w->claim->to; i++) {
        if (evidence_header_follows(&p[i].header, &p[i].hash, &p[i + 1].header, NULL) != ST_OK) {
            return false;
        }
    }
    return true;
}

/* A number of a finding, by the name that its JSON gives it. */
static bool number_of(const struct finding *f, const char *name, uint64_t *ret)
{
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"packets", f->packets},   {"lines", f->packets},       {"bytes", f->bytes},
        {"targets", f->targets},   {"ports", f->ports},         {"pairs", f->pairs},
        {"answered", f->answered}, {"refused", f->refused},     {"sessions", f->sessions},
        {"sources", f->sources},   {"peak", f->peak},           {"attempts", f->attempts},
        {"accepted", f->accepted}, {"earlier", f->earlier},     {"users", f->users},
        {"paths", f->paths},       {"missing", f->missing},     {"served", f->served},
        {"counted", f->counted},   {"threshold", f->threshold},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            *ret = rows[i].value;
            return true;
        }
    }
    return false;
}

static enum status tell_follows(struct work *w)
{
    const struct finding *f = &w->claim->finding;
    struct evidence_report *r = &w->v->report;
    if (w->counted->false_line != NULL) {
        return point(w, "follows", WORD_FAILS,
                     evidence_report_text(r, "segment %" PRIu32 ", record %" PRIu32 ": %s",
                                          w->counted->false_segment, w->counted->false_record,
                                          w->counted->false_line),
                     nothing);
    }
    if (w->again == NULL && w->claim->said) {
        w->to->said = true;
        w->to->holds = false;
        return point(w, "follows", WORD_CUTTERS_WORD,
                     "what it rests on (log lines, payload) is not opened: nothing shows it, and "
                     "whoever had this file can have written it",
                     maker);
    }
    if (w->again == NULL) {
        return point(w, "follows", WORD_FAILS,
                     w->before > 0 ? "the same is claimed before, and follows less often"
                                   : evidence_report_text(r,
                                                          "no %s follows from the %" PRIu64
                                                          " records that are opened",
                                                          f->definition, w->counted->rows),
                     nothing);
    }
    const char *differs = evidence_claim_differs(f, w->again);
    uint64_t claimed, follows;
    if (differs == NULL) {
        return point(w, "follows", WORD_HOLDS,
                     evidence_report_text(r, "computed again from %" PRIu64 " records by %s",
                                          w->counted->rows, f->definition),
                     nothing);
    }
    if (number_of(f, differs, &claimed) && number_of(w->again, differs, &follows)) {
        return point(w, "follows", WORD_FAILS,
                     evidence_report_text(r, "%s: %" PRIu64 " claimed, %" PRIu64 " follow", differs,
                                          claimed, follows),
                     nothing);
    }
    return point(w, "follows", WORD_FAILS,
                 evidence_report_text(r, "%s: not what follows from the opened records", differs),
                 nothing);
}

static const struct definition *named(const struct definition_set *set, const char *full)
{
    char name[DEFINITION_TEXT_MAX];
    for (size_t i = 0; i < set->n; i++) {
        (void)definition_full_name(&set->items[i], name);
        if (strcmp(name, full) == 0) {
            return &set->items[i];
        }
    }
    return NULL;
}

static bool same_rule(const struct definition *a, const struct definition *b)
{
    return a->method == b->method && strcmp(a->kind, b->kind) == 0 &&
           memcmp(a->params, b->params, sizeof(a->params)) == 0;
}

/* A name that people know must stand for the rule that they know by it. */
static enum status tell_rule(struct work *w)
{
    const char *full = w->claim->finding.definition;
    const struct definition *used = named(&w->v->contents.definitions, full);
    CLEANUP(free_ptr) struct definition_set *ours = calloc(1, sizeof(*ours));
    const struct definition *known = NULL;
    if (ours == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; definition_set_builtin_name(i) != NULL && known == NULL; i++) {
        TRY(definition_set_builtin(definition_set_builtin_name(i), ours));
        known = named(ours, full);
    }
    if (used == NULL || (known != NULL && same_rule(used, known))) {
        return ST_OK;
    }
    return point(w, "rule", WORD_SEALERS_WORD,
                 known != NULL
                     ? evidence_report_text(&w->v->report,
                                            "not the %s that this program ships: the maker's own "
                                            "parameters under that name, in data/definitions.json",
                                            full)
                     : "the maker's own, which no program ships: data/definitions.json "
                       "has it",
                 "you accept that rule");
}

static enum status tell_answers(struct work *w)
{
    struct evidence_seen seen;
    if (!evidence_recount_one_way(&w->v->contents, w->claim, &seen)) {
        return ST_OK;
    }
    return point(w, "answers", WORD_FAILS,
                 evidence_report_text(&w->v->report,
                                      "cannot tell: of %" PRIu64 " connections the sensor saw "
                                      "%" PRIu64 " from both sides, so it would not see answers",
                                      seen.connections, seen.two_way),
                 nothing);
}

static bool by_target(const struct finding *f)
{
    return !f->has_initiator || (f->flags & FINDING_MANY) != 0;
}

/* What is only a lower bound may not be claimed as exact. */
static enum status tell_bound(struct work *w, const char *what, const char *detail)
{
    w->to->at_least = true;
    if ((w->claim->finding.flags & FINDING_AT_LEAST) == 0 && detail != NULL) {
        return point(
            w, what, WORD_FAILS,
            evidence_report_text(&w->v->report, "exact numbers are claimed, but %s", detail),
            nothing);
    }
    return point(w, what, WORD_AT_LEAST, detail, nothing);
}

static enum status tell_complete(struct work *w, bool no_gap)
{
    struct evidence_report *r = &w->v->report;
    if (by_target(&w->claim->finding)) {
        return point(w, "complete", WORD_AT_LEAST,
                     evidence_report_text(r,
                                          "%zu remotes are named and shown; that there were no "
                                          "others is not claimed",
                                          w->claim->remote_n),
                     nothing);
    }
    if (!w->counted->whole || !no_gap) {
        return tell_bound(w, "complete",
                          no_gap ? "not every record of the remote is shown"
                                 : "segments in between are not shown");
    }
    if (w->counted->closed) {
        return tell_bound(w, "complete",
                          "not every line of its log is opened: some tell of an attempt only by "
                          "the account that they name");
    }
    return point(w, "complete", WORD_HOLDS,
                 "every record that these segments have of the remote is shown", nothing);
}

static enum status tell_margins(struct work *w, bool before, bool after)
{
    const struct evidence_header *h = &w->v->contents.parts[w->claim->from].header;
    const char *no_proof = evidence_header_no_absence(h, false);
    if (before && after) {
        return point(w, "margins", WORD_HOLDS,
                     "before and after, nothing of it passed for as long as the definition waits",
                     "the sensor saw everything that passed it");
    }
    return tell_bound(w, "margins",
                      no_proof != NULL    ? evidence_report_text(&w->v->report,
                                                                 "%s: there may have been more "
                                                                    "before and after",
                                                                 no_proof)
                      : !before && !after ? "what was before and after is not shown"
                      : before            ? "what was after is not shown"
                                          : "what was before is not shown");
}

static enum status tell_targets(struct work *w)
{
    if (w->claim->finding.targets < 2) {
        return ST_OK;
    }
    if (w->counted->linked) {
        return point(w, "targets", WORD_HOLDS,
                     "that the targets are distinct follows from what is opened", nothing);
    }
    return point(w, "targets", WORD_SEALERS_WORD,
                 "the targets are not opened: that they are distinct is not shown", honest);
}

/* Does the mark follow as often as is claimed? */
static bool tool_follows(const struct work *w, const struct finding_tool *t)
{
    for (size_t i = 0; w->again != NULL && i < w->again->tool_n; i++) {
        const struct finding_tool *x = &w->again->tools[i];
        if (x->mark == t->mark && x->matched == t->matched && x->of == t->of) {
            return true;
        }
    }
    return false;
}

static enum status tell_tools(struct work *w)
{
    const struct finding *f = &w->claim->finding;
    struct evidence_report *r = &w->v->report;
    for (size_t i = 0; i < f->tool_n; i++) {
        const char *name = tool_name((enum tool_mark)f->tools[i].mark);
        bool follows = tool_follows(w, &f->tools[i]);
        TRY(point(w, "tool mark", follows ? WORD_HOLDS : WORD_FAILS,
                  evidence_report_text(r, "%s: %" PRIu64 " of %" PRIu64 "%s", name,
                                       f->tools[i].matched, f->tools[i].of,
                                       follows ? "" : " do not follow from what is opened"),
                  nothing));
    }
    for (size_t i = 0; i < w->claim->said_tool_n; i++) {
        TRY(point(w, "tool mark", WORD_CUTTERS_WORD,
                  evidence_report_text(r,
                                       "%s: the fields it stands in are not opened, and nobody "
                                       "signed it",
                                       tool_name((enum tool_mark)w->claim->said_tools[i].mark)),
                  maker));
    }
    return ST_OK;
}

/* --- its part of the basis -------------------------------------------------------- */

static bool begins(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

static bool is_login(const struct finding *f)
{
    return begins(f->kind, "bruteforce.") || begins(f->kind, "spray.") ||
           begins(f->kind, "stuffing.") || begins(f->kind, "access.") || begins(f->kind, "attack.");
}

/* Acts whose packets have no ports are not those of another act of the same address. */
static bool has_ports(const struct finding *f)
{
    static const char *const without[] = {"icmp", "arp", "ip"};
    for (size_t i = 0; i < ARRAY_LEN(without); i++) {
        if (begins(f->protocol, without[i])) {
            return false;
        }
    }
    return true;
}

/* What RFC 6302 asks for, in one record at least: with it, whoever had the address then
 * can be looked for. Of a log, not every line names a port. */
static void note_ports(struct work *w)
{
    const struct finding *f = &w->claim->finding;
    for (uint32_t i = w->claim->from; has_ports(f) && i <= w->claim->to; i++) {
        for (size_t k = 0; k < w->claim->remote_n; k++) {
            const struct evidence_shown *s =
                evidence_contents_shown(&w->v->contents.parts[i], &w->claim->remotes[k]);
            uint32_t n = s != NULL && !w->to->local_ports ? s->row_count : 0;
            w->v->spent += n / ROWS_LOOKED_AT;
            for (uint32_t j = 0; j < n; j++) {
                const struct evidence_record *r = &s->rows[j].record;
                bool then = r->time_ns >= f->when.first_ns && r->time_ns <= f->when.last_ns;
                w->to->remote_ports |= then && r->remote_port != 0;
                w->to->local_ports |= then && r->remote_port != 0 && r->local_port != 0;
            }
        }
    }
}

static void note_headers(struct work *w)
{
    struct evidence_basis *b = &w->v->basis;
    for (uint32_t i = w->claim->from; i <= w->claim->to; i++) {
        const struct evidence_header *h = &w->v->contents.parts[i].header;
        static const struct digest none;
        const char *no_proof = evidence_header_no_absence(h, false);
        b->no_proof = no_proof != NULL ? no_proof : b->no_proof;
        b->live &= h->kind == KIND_LIVE;
        b->clock_told &= h->kind == KIND_LIVE && strcmp(h->clock_source, "file") != 0;
        b->clock_bound_ns =
            h->clock_bound_ns > b->clock_bound_ns ? h->clock_bound_ns : b->clock_bound_ns;
        b->rule_fixed &= memcmp(&h->definitions, &none, sizeof(none)) != 0;
    }
}

static void note(struct work *w, bool no_gap, bool before, bool after)
{
    struct evidence_basis *b = &w->v->basis;
    const struct finding *f = &w->claim->finding;
    b->claims++;
    b->first_ns = f->when.first_ns < b->first_ns ? f->when.first_ns : b->first_ns;
    b->last_ns = f->when.last_ns > b->last_ns ? f->when.last_ns : b->last_ns;
    b->holds &= w->to->holds;
    b->by_target |= by_target(f);
    b->whole &= w->counted->whole;
    b->gapless &= no_gap;
    b->margins &= before && after;
    b->linked &= w->counted->linked || f->targets < 2;
    w->to->two_way = w->again != NULL && w->again->authentic == AUTHENTIC_TWO_WAY;
    w->to->login = is_login(f);
    b->impossible |= w->again != NULL && w->again->authentic == AUTHENTIC_IMPOSSIBLE;
    b->inside |= (f->flags & FINDING_INSIDE) != 0;
    b->tools |= f->tool_n > 0;
    note_ports(w);
    note_headers(w);
}

static bool same_rows(const struct evidence_claim *a, const struct evidence_claim *b)
{
    return a->from == b->from && a->to == b->to && a->remote_n == b->remote_n &&
           memcmp(a->remotes, b->remotes, a->remote_n * sizeof(*a->remotes)) == 0;
}

/* Claims about the same rows stand together, and need be computed only once. */
static enum status recount(struct work *w)
{
    struct evidence_verify *v = w->v;
    w->counted = &v->recount;
    if (v->counted != NULL && same_rows(v->counted, w->claim)) {
        return ST_OK;
    }
    evidence_recount_fini(&v->recount);
    v->counted = NULL;
    TRY(evidence_recount(&v->contents, w->claim, v->opt.lines, v->opt.seed, &v->recount));
    v->counted = w->claim;
    v->rows += v->recount.rows;
    v->spent += v->recount.rows;
    return ST_OK;
}

/* What a claim costs besides the records that are fed: whoever writes many claims about
 * the same ones must not make us look at them without end. */
static enum status spend(struct work *w)
{
    uint64_t segments = w->claim->to - w->claim->from + 1;
    w->v->spent += segments * w->claim->remote_n * SEGMENT_COSTS + w->counted->findings->n;
    return w->v->spent > LIMIT_VERIFY_ROWS ? ST_LIMIT : ST_OK;
}

/* A finding that follows once can be claimed once. Claims ascend by their times, so
 * those that say the same are near. */
static void find_before(struct work *w)
{
    const struct evidence_claim *first = w->v->contents.claims.items;
    for (const struct evidence_claim *c = w->claim; c > first; c--) {
        if (c[-1].finding.when.first_ns != w->claim->finding.when.first_ns) {
            break;
        }
        w->before += same_rows(&c[-1], w->claim) &&
                     evidence_claim_differs(&c[-1].finding, &w->claim->finding) == NULL;
        w->v->spent += COMPARISON_COSTS;
    }
}

/* A claim that is only said is told, and counts for nothing. */
static enum status tell(struct work *w)
{
    bool before = false, after = false, no_gap = gapless(w);
    TRY(recount(w));
    TRY(spend(w));
    evidence_recount_margins(&w->v->contents, w->claim, &before, &after);
    find_before(w);
    w->again = evidence_recount_find(w->counted, &w->claim->finding, w->before);
    TRY(tell_sealed(w));
    TRY(tell_follows(w));
    TRY(tell_rule(w));
    if (w->to->said) {
        return ST_OK;
    }
    TRY(tell_answers(w));
    TRY(tell_complete(w, no_gap));
    if (!by_target(&w->claim->finding)) {
        TRY(tell_margins(w, before, after));
    }
    TRY(tell_targets(w));
    TRY(tell_tools(w));
    note(w, no_gap, before, after);
    return ST_OK;
}

enum status evidence_verify_claim(struct evidence_verify *v, size_t i)
{
    struct work w = {.v = v, .claim = &v->contents.claims.items[i], .to = &v->report.claims[i]};
    struct finding *copy = arena_alloc(&v->report.arena, sizeof(*copy));
    if (copy == NULL) {
        return ST_NOMEM;
    }
    *copy = w.claim->finding; /* it points nowhere: claims have no texts */
    *w.to =
        (struct evidence_claim_report){.number = (uint32_t)i + 1, .finding = copy, .holds = true};
    return tell(&w);
}
