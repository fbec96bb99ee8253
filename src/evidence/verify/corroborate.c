/* evidence/verify/corroborate.c - two exhibits, held against each other. */
#include "evidence/verify/corroborate.h"

#include <inttypes.h>
#include <string.h>

#include "base/core/timefmt.h"
#include "evidence/verify/steps.h"

/* --- whose they are -------------------------------------------------------------------- */

/* The party whose name all segments bear; NULL: there are several, or none. */
static const char *party_of(const struct evidence_verify *v)
{
    for (size_t i = 1; i < v->contents.part_n; i++) {
        if (strcmp(v->contents.parts[0].header.party, v->contents.parts[i].header.party) != 0) {
            return NULL;
        }
    }
    return v->contents.part_n > 0 ? v->contents.parts[0].header.party : NULL;
}

/* The keys that signed its ledgers, each once; a policy has no more. */
static size_t keys_of(const struct evidence_verify *v, const struct ledger_key **ret)
{
    size_t n = 0;
    for (size_t i = 0; i < v->contents.part_n; i++) {
        const struct ledger_key *key = v->sealed[i].verdict.log;
        bool known = key == NULL;
        for (size_t k = 0; k < n && !known; k++) {
            known = ret[k] == key;
        }
        if (!known && n < LIMIT_POLICY_ITEMS) {
            ret[n++] = key;
        }
    }
    return n;
}

/* One key under two names is one party. */
static bool share_a_key(const struct evidence_verify *v, const struct evidence_verify *other)
{
    const struct ledger_key *a[LIMIT_POLICY_ITEMS], *b[LIMIT_POLICY_ITEMS];
    size_t n = keys_of(v, a), m = keys_of(other, b);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < m; k++) {
            if (memcmp(a[i]->pub, b[k]->pub, sizeof(a[i]->pub)) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* --- what they show -------------------------------------------------------------------- */

static bool near(const struct finding *a, const struct finding *b)
{
    int64_t apart =
        a->when.first_ns > b->when.last_ns   ? time_abs_diff(a->when.first_ns, b->when.last_ns)
        : b->when.first_ns > a->when.last_ns ? time_abs_diff(b->when.first_ns, a->when.last_ns)
                                             : 0;
    return apart <= EVIDENCE_SAME_S * TIME_SECOND;
}

static bool same_act(const struct evidence_claim_report *c, const struct evidence_claim_report *x)
{
    const struct finding *a = c->finding, *b = x->finding;
    return x->holds && a->has_initiator && b->has_initiator &&
           addr_equal(&a->initiator, &b->initiator) && strcmp(a->kind, b->kind) == 0 && near(a, b);
}

/* The number of the first claim that the other has nothing of; 0: there is none. */
static uint32_t first_alone(const struct evidence_report *r, const struct evidence_report *other)
{
    for (size_t i = 0; i < r->claim_n; i++) {
        bool met = r->claims[i].said;
        for (size_t k = 0; k < other->claim_n && !met; k++) {
            met = same_act(&r->claims[i], &other->claims[k]);
        }
        if (!met) {
            return r->claims[i].number;
        }
    }
    return 0;
}

enum status evidence_verify_corroborate(struct evidence_verify *v,
                                        const struct evidence_verify *other)
{
    const char *own = party_of(v), *theirs = party_of(other);
    uint32_t alone = first_alone(&v->report, &other->report);
    const char *why =
        !other->report.holds || other->report.grade < GRADE_WITNESSED
            ? "the other exhibit is not witnessed itself"
        : own == NULL || theirs == NULL                     ? "an exhibit is of several parties"
        : strcmp(own, theirs) == 0 || share_a_key(v, other) ? "both are of one party"
        : alone > 0                                         ? evidence_report_text(&v->report,
                                                                                   "claim %" PRIu32
                                                                                   ": the other exhibit shows nothing of the kind by that "
                                                                                                                           "address then",
                                                                                   alone)
                                                            : NULL;
    if (why == NULL && v->basis.claims > 0) {
        v->basis.second_party = evidence_report_text(&v->report, "%s", theirs);
        return evidence_verify_point(v, "corroboration", WORD_HOLDS,
                                     evidence_report_text(&v->report,
                                                          "%s saw each address do the same at "
                                                          "most an hour away",
                                                          theirs),
                                     "the two parties do not work together");
    }
    return evidence_verify_point(v, "corroboration", WORD_NOT_THERE,
                                 why != NULL ? why : "nothing follows that could be", "nothing");
}
