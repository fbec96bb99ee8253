/* evidence/verify/denials.c - from facts to the grade and the table of denials.
 *
 * Each row is one function, and each of its words has one line. One party's
 * exhibit alone never meets "fabricated" or "forged-source": whoever sealed the
 * records could have made up both sides of them.
 */
#include "evidence/verify/basis.h"

#include <inttypes.h>

#include "base/core/timefmt.h"

static const char nothing[] = "nothing";
static const char honest[] = "the sealer is honest";
static const char maker[] = "whoever made this file is honest";

static const char *broken(const struct evidence_basis *b)
{
    return b->lacks_key ? "the policy has no key that could tell"
                        : "something in the exhibit does not hold";
}

/* A row; a text of NULL is a lack of memory, seen by the caller. */
static void say(struct evidence_report *r, enum evidence_denial d, enum evidence_met met,
                const char *reason, const char *assumes)
{
    r->denials[d] = (struct evidence_denial_row){met, reason, assumes};
}

/* Whose clocks fixed it. */
static const char *clocks(const struct evidence_basis *b, struct evidence_report *r)
{
    if (b->witnesses > 0 && b->stamped) {
        return evidence_report_text(r, "the clocks of %zu witness%s and of the timestamp authority",
                                    b->witnesses, b->witnesses == 1 ? "" : "es");
    }
    if (b->witnesses > 0) {
        return evidence_report_text(r, "the clock%s of %zu witness%s", b->witnesses == 1 ? "" : "s",
                                    b->witnesses, b->witnesses == 1 ? "" : "es");
    }
    return "the clock of the timestamp authority";
}

static int64_t span(int64_t from, int64_t to)
{
    return to > from ? time_abs_diff(to, from) : 0;
}

static const char *by_when(const struct evidence_basis *b, struct evidence_report *r,
                           const char *tail)
{
    char by[TIME_TEXT_MAX], late[TIME_TEXT_MAX];
    (void)time_format_short(b->by_ns, by);
    if (b->last_ns == INT64_MIN) {
        return evidence_report_text(r, "fixed by %s UTC%s", by, tail);
    }
    (void)time_format_span(span(b->last_ns, b->by_ns), late);
    return evidence_report_text(r, "fixed by %s UTC, %s after the last record%s", by, late, tail);
}

/* Enough of the reader's witnesses saw it as soon as it was sealed. */
static bool is_witnessed(const struct evidence_basis *b)
{
    return b->holds && b->live && b->witnessed &&
           b->witness_lag_ns <= EVIDENCE_LIVE_S * TIME_SECOND;
}

static void fabricated(const struct evidence_basis *b, struct evidence_report *r)
{
    if (!b->holds) {
        say(r, DENIAL_FABRICATED, NOT_MET, broken(b), nothing);
    } else if (is_witnessed(b) && b->second_party != NULL) {
        say(r, DENIAL_FABRICATED, MET,
            evidence_report_text(r,
                                 "another party, %s, saw the same of each address, and both seals "
                                 "were witnessed within the hour",
                                 b->second_party),
            evidence_report_text(r, "%s and the sealer did not make it up together; %s",
                                 b->second_party, clocks(b, r)));
    } else if (b->dated) {
        say(r, DENIAL_FABRICATED, PARTLY_MET,
            by_when(b, r,
                    "; until then its maker could write what he liked. Only a seal of "
                    "another party made before, or your own records, can show more"),
            clocks(b, r));
    } else {
        say(r, DENIAL_FABRICATED, NOT_MET,
            "nobody but its maker says when it was sealed: it can have been written today", honest);
    }
}

static void altered(const struct evidence_basis *b, struct evidence_report *r)
{
    if (!b->holds) {
        say(r, DENIAL_ALTERED, NOT_MET, broken(b), nothing);
    } else if (b->dated) {
        char by[TIME_TEXT_MAX];
        (void)time_format_short(b->by_ns, by);
        say(r, DENIAL_ALTERED, MET,
            evidence_report_text(r, "not one byte of it has changed since %s UTC", by),
            clocks(b, r));
    } else {
        say(r, DENIAL_ALTERED, PARTLY_MET,
            "nobody without its maker's key can have changed it; its maker can", honest);
    }
}

static void picked(const struct evidence_basis *b, struct evidence_report *r)
{
    const char *why = !b->holds      ? broken(b)
                      : b->by_target ? "it names whom it shows, and claims no completeness"
                      : !b->whole    ? "records of these remotes are left out"
                      : !b->gapless  ? "segments in between are not shown"
                      : !b->margins  ? "what was just before or after is not shown"
                                     : NULL;
    if (why != NULL) {
        say(r, DENIAL_PICKED, NOT_MET, why, nothing);
        return;
    }
    say(r, DENIAL_PICKED, PARTLY_MET,
        "every record that these segments have of these remotes is shown, and nothing more of it "
        "was just before or after; other sensors, times and remotes are not shown",
        b->no_proof == NULL
            ? "the sensor saw everything that passed it"
            : evidence_report_text(r, "its maker chose what was recorded (%s)", b->no_proof));
}

static void staged(const struct evidence_basis *b, struct evidence_report *r)
{
    if (b->inside) {
        say(r, DENIAL_STAGED, NOT_MET, "it was begun inside the sealer's own networks", nothing);
    } else {
        say(r, DENIAL_STAGED, ONLY_YOU,
            "who had the address at that time, and what else did it send?", nothing);
    }
}

static void forged(const struct evidence_basis *b, struct evidence_report *r)
{
    if (b->impossible) {
        say(r, DENIAL_FORGED_SOURCE, NOT_MET, "no such address can have sent it", nothing);
    } else if (b->two_way && b->holds) {
        say(r, DENIAL_FORGED_SOURCE, PARTLY_MET,
            "answers reached the address, and it went on from them; only a seal from the border "
            "of its own network can show more",
            "the records are not made up, and nobody on the way answered in its place");
    } else {
        say(r, DENIAL_FORGED_SOURCE, NOT_MET,
            b->holds ? "nothing that is opened shows that answers reached the address" : broken(b),
            nothing);
    }
}

static void not_ours(const struct evidence_basis *b, struct evidence_report *r)
{
    const struct evidence_told *own = &b->own, *said = &b->said;
    bool all_own = own->asked > 0 && own->networks == own->asked && own->split == 0;
    if (all_own && own->dated && own->far_days <= EVIDENCE_SOURCE_DAYS) {
        say(r, DENIAL_NOT_OURS, MET,
            evidence_report_text(r,
                                 "your own sources name the network of each address, from data at "
                                 "most %" PRId64 " days away from the event",
                                 own->far_days),
            "your sources are right");
    } else if (own->networks > 0) {
        say(r, DENIAL_NOT_OURS, PARTLY_MET,
            own->split > 0 || !all_own
                ? "your own sources do not agree, or do not name every address"
                : "your own sources name the network of each address, but not for the event's time",
            "your sources are right");
    } else if (own->asked == 0 && said->asked > 0 && said->networks == said->asked) {
        say(r, DENIAL_NOT_OURS, PARTLY_MET,
            "the exhibit says what its maker's sources said of each address; ask your own "
            "(--attribution)",
            maker);
    } else {
        say(r, DENIAL_NOT_OURS, NOT_MET,
            own->asked + said->asked > 0 ? "no source that was asked names the network"
                                         : "no source was asked to whom the address belongs",
            nothing);
    }
}

static const struct evidence_told *told(const struct evidence_basis *b)
{
    return b->own.asked > 0 ? &b->own : &b->said;
}

static const char *whose(const struct evidence_basis *b)
{
    return b->own.asked > 0 ? "your lists are right, and none is complete" : maker;
}

static void relay(const struct evidence_basis *b, struct evidence_report *r)
{
    const struct evidence_told *t = told(b);
    if (t->relays > 0) {
        say(r, DENIAL_RELAY, NOT_MET,
            evidence_report_text(r, "listed as %s: whoever used it can be known there only",
                                 t->flagged),
            whose(b));
    } else if (t->lists) {
        say(r, DENIAL_RELAY, PARTLY_MET,
            t->hosting > 0 ? "no list of relays that was asked names it; it is rented out by a "
                             "host, whose customer it was"
                           : "no list of relays that was asked names it",
            whose(b));
    } else {
        say(r, DENIAL_RELAY, NOT_MET, "no list of relays, proxies or VPNs was asked", nothing);
    }
}

static void compromised(const struct evidence_basis *b, struct evidence_report *r)
{
    (void)b;
    say(r, DENIAL_COMPROMISED, ONLY_YOU,
        "who was logged in at that time, what ran, and has it been cleaned since?", nothing);
}

static void benign(const struct evidence_basis *b, struct evidence_report *r)
{
    const struct evidence_told *t = told(b);
    if (t->research > 0) {
        say(r, DENIAL_BENIGN, NOT_MET, "listed as a research scanner", whose(b));
    } else if (b->login && b->holds) {
        say(r, DENIAL_BENIGN, PARTLY_MET, "it tried to get in: no survey needs to",
            "nobody had ordered a test");
    } else if (t->scanners) {
        say(r, DENIAL_BENIGN, PARTLY_MET, "no list of research scanners that was asked names it",
            whose(b));
    } else {
        say(r, DENIAL_BENIGN, NOT_MET,
            b->tools ? "a tool's mark shows what sent it, not what for; no list of research "
                       "scanners was asked"
                     : "no list of research scanners was asked",
            nothing);
    }
}

static void not_an_offence(const struct evidence_basis *b, struct evidence_report *r)
{
    if (b->rule_fixed && b->holds) {
        say(r, DENIAL_NOT_AN_OFFENCE, PARTLY_MET,
            "the rule was fixed when the records were sealed, and the numbers follow from it; "
            "both of you have not signed it",
            nothing);
    } else {
        say(r, DENIAL_NOT_AN_OFFENCE, NOT_MET,
            b->holds ? "the headers do not name the rule: it can have been fitted later"
                     : broken(b),
            nothing);
    }
}

static void wrong_time(const struct evidence_basis *b, struct evidence_report *r)
{
    char window[TIME_TEXT_MAX];
    (void)time_format_span(b->window_ns, window);
    if (b->holds && b->dated && b->after && b->window_ns <= EVIDENCE_LIVE_S * TIME_SECOND) {
        say(r, DENIAL_WRONG_TIME, MET,
            evidence_report_text(r,
                                 "each segment lies between two outside events, at most %s "
                                 "apart",
                                 window),
            clocks(b, r));
    } else if (b->holds && b->dated) {
        say(r, DENIAL_WRONG_TIME, PARTLY_MET,
            by_when(b, r, "; before what it was not made is not shown closely enough"),
            clocks(b, r));
    } else if (b->holds && b->clock_told) {
        say(r, DENIAL_WRONG_TIME, PARTLY_MET, "the sensor says how its clock was set, and how well",
            honest);
    } else {
        say(r, DENIAL_WRONG_TIME, NOT_MET,
            b->holds ? "nothing is known about the clock that the records were timed by"
                     : broken(b),
            nothing);
    }
}

static void too_late(const struct evidence_basis *b, struct evidence_report *r)
{
    char age[TIME_TEXT_MAX];
    (void)time_format_span(span(b->last_ns, b->now_ns), age);
    if (b->last_ns == INT64_MIN) {
        say(r, DENIAL_TOO_LATE, NOT_MET, "nothing that is shown has a time", nothing);
    } else if (b->last_ns > b->now_ns) {
        say(r, DENIAL_TOO_LATE, NOT_MET, "it lies in the future of your clock", "your clock");
    } else if (b->now_ns - EVIDENCE_RETENTION_DAYS * TIME_DAY <= b->last_ns) {
        say(r, DENIAL_TOO_LATE, PARTLY_MET,
            evidence_report_text(r, "it ended %s ago; many keep records for %d days", age,
                                 EVIDENCE_RETENTION_DAYS),
            "your clock, and what you keep");
    } else {
        say(r, DENIAL_TOO_LATE, NOT_MET,
            evidence_report_text(r, "it ended %s ago; few keep records that long", age),
            "your clock");
    }
}

static void insufficient(const struct evidence_basis *b, struct evidence_report *r)
{
    bool clock = b->clock_told && b->clock_bound_ns <= (uint64_t)TIME_SECOND;
    if (!b->holds || b->portless >= b->claims) {
        say(r, DENIAL_INSUFFICIENT, NOT_MET,
            b->holds ? "there are no source ports: behind a shared address nobody can be found"
                     : broken(b),
            nothing);
    } else if (b->portless > 0) {
        say(r, DENIAL_INSUFFICIENT, PARTLY_MET,
            evidence_report_text(r,
                                 "%" PRIu32 " of %" PRIu32
                                 " claims %s no source port (claim %" PRIu32
                                 "%s): behind a shared address only the others can be looked for",
                                 b->portless, b->claims, b->portless == 1 ? "has" : "have",
                                 b->portless_from, b->portless == 1 ? "" : " and others"),
            nothing);
    } else if (clock && b->local_ports) {
        say(r, DENIAL_INSUFFICIENT, MET,
            "source address and port, protocol, destination port, and times within a second "
            "(RFC 6302)",
            honest);
    } else {
        say(r, DENIAL_INSUFFICIENT, PARTLY_MET,
            clock ? "destination ports are missing (RFC 6302)"
                  : "how exact the times are is not known (RFC 6302 asks for a second)",
            nothing);
    }
}

enum status evidence_denials_tell(const struct evidence_basis *b, struct evidence_report *r)
{
    static void (*const rows[])(const struct evidence_basis *, struct evidence_report *) = {
        fabricated,  altered, picked,         staged,     forged,   not_ours,     relay,
        compromised, benign,  not_an_offence, wrong_time, too_late, insufficient,
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        rows[i](b, r);
    }
    for (size_t i = 0; i < DENIAL_COUNT; i++) {
        if (r->denials[i].reason == NULL || r->denials[i].assumes == NULL) {
            return ST_NOMEM;
        }
    }
    return ST_OK;
}

enum status evidence_grade_tell(const struct evidence_basis *b, struct evidence_report *r)
{
    int64_t soon = EVIDENCE_LIVE_S * TIME_SECOND;
    char lag[TIME_TEXT_MAX];
    if (!b->holds) {
        r->grade = GRADE_NONE;
        r->grade_reason = broken(b);
    } else if (is_witnessed(b)) {
        r->grade = b->second_party != NULL ? GRADE_CORROBORATED : GRADE_WITNESSED;
        (void)time_format_span(b->witness_lag_ns, lag);
        r->grade_reason = evidence_report_text(
            r, "enough of your witnesses saw each segment, at most %s after it ended%s%s", lag,
            b->second_party != NULL ? "; the same was seen, and witnessed, by " : "",
            b->second_party != NULL ? b->second_party : "");
    } else if (b->live && b->stamped && b->stamp_lag_ns <= soon) {
        r->grade = GRADE_SEALED_LIVE;
        (void)time_format_span(b->stamp_lag_ns, lag);
        r->grade_reason = evidence_report_text(
            r, "each segment was stamped at most %s after it ended; no witnesses saw it", lag);
    } else {
        r->grade = GRADE_AFTER_THE_FACT;
        r->grade_reason = b->dated ? by_when(b, r, "") : "when it was sealed, only its maker says";
    }
    return r->grade_reason == NULL ? ST_NOMEM : ST_OK;
}
