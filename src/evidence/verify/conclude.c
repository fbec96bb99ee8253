/* evidence/verify/conclude.c - the report in one line, and what is not shown. */
#include <inttypes.h>
#include <string.h>

#include "evidence/verify/steps.h"

/* --- in one line ----------------------------------------------------------------------- */

static bool is_bad(const struct evidence_point *p)
{
    return p->word == WORD_FAILS || p->word == WORD_UNKNOWN_KEY;
}

static const struct evidence_point *first_bad(const struct evidence_points *p)
{
    for (size_t i = 0; i < p->n; i++) {
        if (is_bad(&p->items[i])) {
            return &p->items[i];
        }
    }
    return NULL;
}

/* Of the whole file first: what is wrong there is wrong for all of them. */
static const char *find_wrong(struct evidence_report *r)
{
    const struct evidence_point *p = first_bad(&r->points);
    if (p != NULL) {
        return evidence_report_text(r, "the exhibit as a whole: %s: %s", p->what, p->detail);
    }
    for (size_t i = 0; i < r->claim_n; i++) {
        const struct evidence_claim_report *c = &r->claims[i];
        p = first_bad(&c->points);
        if (!c->holds) {
            return evidence_report_text(r, "claim %" PRIu32 ": %s%s%s", c->number,
                                        p != NULL ? p->what : "nothing that is opened shows it",
                                        p != NULL ? ": " : "", p != NULL ? p->detail : "");
        }
    }
    return r->claim_n == 0 ? "nothing is claimed" : "";
}

enum status evidence_verify_conclude(struct evidence_verify *v)
{
    struct evidence_report *r = &v->report;
    size_t holds = 0, least = 0;
    for (size_t i = 0; i < r->claim_n; i++) {
        holds += r->claims[i].holds;
        least += r->claims[i].holds && r->claims[i].at_least;
    }
    const char *all = least != holds ? evidence_report_text(r, "%zu ", least)
                      : holds > 1    ? "all "
                                     : "";
    r->wrong = find_wrong(r);
    if (all == NULL || r->wrong == NULL) {
        return ST_NOMEM;
    }
    const char *missing = r->lacks_key ? "; a key is missing from it: " : "; what does not is ";
    r->conclusion = evidence_report_text(
        r, "%zu of %zu claim%s hold%s under the policy%s%s%s%s%s (exit status %d)", holds,
        r->claim_n, r->claim_n == 1 ? "" : "s", r->claim_n == 1 ? "s" : "", least > 0 ? ", " : "",
        least > 0 ? all : "", least > 0 ? "as \"at least\"" : "",
        r->wrong[0] != '\0' ? missing : "", r->wrong, evidence_report_exit(r));
    return r->conclusion != NULL ? ST_OK : ST_NOMEM;
}

/* --- what is not shown -------------------------------------------------------------------- */

/* What could be opened of the records that are shown, and was not. */
struct unopened {
    uint64_t rows, locals;    /* with a local end of somebody's; whose address is hidden */
    uint64_t packets, hidden; /* whose hidden fields are not opened */
    uint64_t with, data;      /* with options, payload or a line; not opened */
    uint64_t missing;         /* records of the claims' remotes that are not shown */
    uint64_t others;          /* records of other remotes in the same segments */
};

static void count_row(struct unopened *u, const struct evidence_shown *s,
                      const struct evidence_row *row)
{
    bool packet = row->record.type == OBS_PACKET, log = row->record.type == OBS_LOG;
    bool data = log || (row->record.flags & RECORD_DATA) != 0;
    const struct evidence_token *t = (row->opened & OPEN_LINK) != 0 ? &s->tokens[row->token] : NULL;
    bool known = t != NULL && t->known, nobody = known && evidence_is_nobody(&t->local);
    u->rows += !nobody;
    u->locals += !known;
    u->packets += packet;
    u->hidden += packet && (row->opened & OPEN_HIDDEN) == 0;
    u->with += data;
    u->data += data && (row->opened & OPEN_DATA) == 0;
}

static void count(const struct evidence_verify *v, struct unopened *u)
{
    for (size_t k = 0; k < v->contents.part_n; k++) {
        const struct evidence_part *p = &v->contents.parts[k];
        u->others += p->header.records; /* fewer than 2^32 of each: it cannot overflow */
        for (size_t i = 0; i < p->shown_n; i++) {
            const struct evidence_shown *s = &p->shown[i];
            u->others -= s->n; /* the leaf's: the root binds both */
            u->missing += s->n - s->row_count;
            for (uint32_t n = 0; n < s->row_count; n++) {
                count_row(u, s, &s->rows[n]);
            }
        }
    }
}

/* What this exhibit hides, in the order in which it could be asked for. */
static enum status tell_hidden(struct evidence_verify *v)
{
    struct unopened u = {.rows = 0};
    count(v, &u);
    const struct {
        const char *what;
        uint64_t n, of;
    } rows[] = {
        {"the local address in", u.locals, u.rows},
        {"hidden fields (sequence numbers, windows, identifiers) in", u.hidden, u.packets},
        {"options, payload or line in", u.data, u.with},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].n > 0) {
            TRY(evidence_report_not_shown(
                &v->report,
                evidence_report_text(&v->report,
                                     "%s %" PRIu64 " of the %" PRIu64 " records that have one",
                                     rows[i].what, rows[i].n, rows[i].of)));
        }
    }
    if (u.missing > 0) {
        TRY(evidence_report_not_shown(
            &v->report, evidence_report_text(&v->report,
                                             "%" PRIu64 " more records of these remotes in the "
                                             "same segments",
                                             u.missing)));
    }
    return u.others == 0
               ? ST_OK
               : evidence_report_not_shown(
                     &v->report, evidence_report_text(&v->report,
                                                      "%" PRIu64 " records of other remotes in the "
                                                      "same segments",
                                                      u.others));
}

enum status evidence_verify_not_shown(struct evidence_verify *v)
{
    const struct evidence_basis *b = &v->basis;
    static const char *const always[] = {
        "who did it: an address is not a person, and whoever had it may not know",
        "that the records were true when they were sealed",
        "what other sensors saw, and what this one did not see",
        "when anything happened, beyond the bounds above: sealed before, never happened at",
    };
    for (size_t i = 0; i < ARRAY_LEN(always); i++) {
        TRY(evidence_report_not_shown(&v->report, always[i]));
    }
    if (!b->linked) {
        TRY(evidence_report_not_shown(&v->report, "which addresses were the targets, and that "
                                                  "they are as many as is said"));
    }
    if (b->holds && b->split) {
        TRY(evidence_report_not_shown(&v->report, "that its checkpoints of one ledger are of one "
                                                  "history: no proof of consistency is in it"));
    }
    if (b->holds && b->witnesses == 0) {
        TRY(evidence_report_not_shown(&v->report, "that its maker shows the same ledger to "
                                                  "everybody: fork not excluded"));
    }
    return tell_hidden(v);
}
