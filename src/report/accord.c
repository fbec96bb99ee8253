/* report/accord.c - an accord as a document that can be read, printed and filed. */
#include "report/accord.h"

#include <stdio.h>
#include <string.h>

#include "base/core/timefmt.h"
#include "exchange/accord/remarks.h"

enum { LINE_MAX_BYTES = 2048, LIST_BYTES = 1 << 16 };

static const struct accord *accord_of(const struct accord_view *v)
{
    return v->version->accord;
}

__attribute__((format(printf, 3, 4))) static void rowf(struct document *d, const char *name,
                                                       const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args); /* what is longer is cut */
    va_end(args);
    document_row(d, name, line);
}

static void time_of(int64_t ns, char out[EXCHANGE_TIME_TEXT])
{
    exchange_time_text(ns, out);
    out[10] = ' ';
    memcpy(out + 19, "", 1);
}

/* --- where it stands ---------------------------------------------------------------- */

static const char *state_words(const struct accord_view *v)
{
    const struct accord_standing *s = v->standing;
    bool this_one = s->in_force >= 0 && &s->version[s->in_force] == v->version;
    return s->contradiction           ? "Two versions are signed by all, and neither comes of the "
                                        "other: the parties have to say which holds"
           : s->state == ACCORD_ENDED ? "Ended: fewer than two parties are left"
           : this_one                 ? "In force: every party has signed it"
           : s->in_force >= 0         ? "A proposal to change what is in force; not signed by all"
                                      : "A proposal: not signed by all";
}

static void tell_signatures(struct document *d, const struct accord_view *v)
{
    const struct accord *a = accord_of(v);
    for (size_t i = 0; i < a->party_n; i++) {
        const struct accord_member *m = accord_member_find(v->standing, a->party[i].name);
        const struct accord_leave *gone = accord_left(v->standing, v->version, a->party[i].name);
        char line[320], left[EXCHANGE_TIME_TEXT] = "", cosigned[96] = "";
        if (a->witness_n > 0 && v->version->in_ledger[i]) {
            (void)snprintf(cosigned, sizeof(cosigned),
                           ", cosigned by %u of %zu witnesses (%u are needed)",
                           v->version->cosigned[i], a->witness_n, a->quorum);
        }
        if (gone != NULL) {
            time_of(gone->time_ns, left);
        }
        (void)snprintf(line, sizeof(line), "%s%s%s%s%s%s",
                       v->version->signed_by[i] ? "has signed" : "has not signed",
                       v->version->in_ledger[i] ? ", and its ledger holds it" : "", cosigned,
                       m->confirmed ? "" : "; its key is not confirmed",
                       gone != NULL ? "; left on " : "", left);
        document_row(d, a->party[i].name, line);
    }
}

/* Who has left, and what has to follow of it. */
static void tell_left(struct document *d, const struct accord_view *v)
{
    const struct accord_standing *s = v->standing;
    for (size_t i = 0; i < accord_of(v)->party_n; i++) {
        const struct accord_leave *l = accord_left(s, v->version, accord_of(v)->party[i].name);
        char when[EXCHANGE_TIME_TEXT];
        if (l != NULL) {
            time_of(l->time_ns, when);
            rowf(d, "Left", "%s on %s UTC%s", l->party, when,
                 s->state == ACCORD_ENDED ? ""
                 : v->version->complete   ? "; what changes this accord has to leave it out "
                                            "(accord amend does)"
                                          : "; while this version names it, it cannot come into "
                                            "force: amend what is in force once more");
        }
    }
    for (size_t i = 0; i < s->leave_n; i++) {
        const struct accord_version *of = &s->version[s->leave[i].version];
        if (!of->complete) {
            rowf(d, "No leaving",
                 "%s said that it leaves version %u, which is not in force: that "
                 "changes nothing",
                 s->leave[i].party, of->accord->version);
        }
    }
}

/* Signatures are all there, and still something is missing that it asks for. */
static void tell_unwitnessed(struct document *d, const struct accord_view *v)
{
    const struct accord *a = accord_of(v);
    for (size_t i = 0; i < a->party_n && v->version->complete; i++) {
        if (!accord_witnessed(v->version, i) &&
            accord_left(v->standing, v->version, a->party[i].name) == NULL) {
            rowf(d, "Witnesses",
                 "%u of the %u that are needed are shown to have cosigned the "
                 "ledger of %s",
                 v->version->cosigned[i], a->quorum, a->party[i].name);
        }
    }
}

static void tell_standing(struct document *d, const struct accord_view *v)
{
    const struct accord *a = accord_of(v);
    char when[EXCHANGE_TIME_TEXT], hash[DIGEST_TEXT_MAX];
    time_of(v->version->item->statement->time_ns, when);
    digest_format(&v->version->item->statement->hash, hash);
    document_row(d, "State", state_words(v));
    if (v->standing->equivocation != NULL) {
        rowf(d, "Twice", "%s has said two things under one id (%s): both are kept",
             v->standing->equivocation->party, v->standing->equivocation->id);
    }
    tell_left(d, v);
    tell_unwitnessed(d, v);
    rowf(d, "Accord", "%s, version %u", a->id, a->version);
    rowf(d, "Said by", "%s on %s UTC", v->version->item->statement->party, when);
    rowf(d, "SHA-256", "%s", hash);
    rowf(d, "Template", "%s", accord_template_find(a->template_name)->summary);
}

/* --- parties ------------------------------------------------------------------------ */

static void tell_party(struct document *d, const struct accord_view *v,
                       const struct accord_party *p)
{
    const struct accord_member *m = accord_member_find(v->standing, p->name);
    CLEANUP(buf_fini) struct buf list = BUF_INIT(LIST_BYTES);
    char finger[EXCHANGE_FINGERPRINT_MAX];
    exchange_fingerprint(&p->key, finger);
    rowf(d, p->name, "%s", p->title[0] != '\0' ? p->title : "a party");
    rowf(d, "", "key %s%s", finger,
         p->has_next ? "; the key that follows it is promised"
                     : "; no next key is promised: a change of key needs an amendment");
    if (m->keys.n > 1) {
        rowf(d, "", "has changed its key %zu time%s since, each as it was promised", m->keys.n - 1,
             m->keys.n == 2 ? "" : "s");
    }
    for (size_t i = 0; i < p->contact_n; i++) {
        const struct accord_contact *c = &p->contact[i];
        rowf(d, "", "%s: %s%s%s%s%s%s%s", accord_word_at(ACCORD_LANES, c->lane).name, c->mail,
             c->phone[0] != '\0' ? ", " : "", c->phone, c->hours[0] != '\0' ? ", " : "", c->hours,
             c->role[0] != '\0' ? ", " : "", c->role);
    }
    for (size_t i = 0; i < p->network_n; i++) {
        char net[PREFIX_TEXT_MAX];
        (void)prefix_format(&p->network[i], net);
        buf_printf(&list, "%s%s", i > 0 ? ", " : "", net);
    }
    buf_byte(&list, '\0');
    if (p->network_n > 0 && list.failed == ST_OK) {
        rowf(d, "", "networks: %s", (const char *)list.data);
    }
    for (size_t i = 0; i < p->sensor_n; i++) {
        rowf(d, "", "sensor %s", p->sensor[i]);
    }
    for (size_t i = 0; i < p->tls_n; i++) {
        char hex[DIGEST_TEXT_MAX];
        digest_format(&p->tls[i], hex);
        rowf(d, "", "certificate (SHA-256) %s", hex);
    }
}

/* --- what clauses govern -------------------------------------------------------------- */

static void tell_definitions(struct document *d, const struct accord *a)
{
    char hex[DIGEST_TEXT_MAX];
    digest_format(&a->definitions.hash, hex);
    rowf(d, "Set", "%s, SHA-256 %s", a->definitions.name, hex);
    document_note(d, "What each value means stands in the manual of the definitions, "
                     "exhibit-detect(7); idle_s is the longest pause within one act, in seconds.");
    for (size_t i = 0; i < a->definitions.n; i++) {
        const struct definition *f = &a->definitions.items[i];
        CLEANUP(buf_fini) struct buf text = BUF_INIT(LIST_BYTES);
        char full[DEFINITION_TEXT_MAX];
        for (size_t k = 0; method_param_name(f->method, k) != NULL; k++) {
            buf_printf(&text, "%s%s %lld", k > 0 ? ", " : "", method_param_name(f->method, k),
                       (long long)f->params[k]);
        }
        buf_byte(&text, '\0');
        if (text.failed == ST_OK) {
            rowf(d, definition_full_name(f, full), "%s", (const char *)text.data);
        }
    }
}

static void tell_words(struct document *d, enum accord_list list, uint32_t bits)
{
    struct accord_word w;
    for (size_t i = 0; (w = accord_word_at(list, i)).name != NULL; i++) {
        if ((bits >> i & 1U) != 0) {
            document_row(d, w.name, w.says);
        }
    }
}

static void tell_limits(struct document *d, const struct accord *a)
{
    for (size_t i = 0; i < ACCORD_LIMITS; i++) {
        char number[16];
        if (a->limits[i] != 0) {
            (void)snprintf(number, sizeof(number), "%u", a->limits[i]);
            document_row(d, number, accord_word_at(ACCORD_LIMIT_NAMES, i).says);
        }
    }
}

static void tell_witnesses(struct document *d, const struct accord *a)
{
    rowf(d, "Needed", "%u of %zu", a->quorum, a->witness_n);
    for (size_t i = 0; i < a->witness_n; i++) {
        char finger[EXCHANGE_FINGERPRINT_MAX];
        exchange_fingerprint(&a->witness[i].key, finger);
        rowf(d, a->witness[i].name, "%s, key %s", a->witness[i].key.name, finger);
    }
}

static void tell_sharing(struct document *d, const struct accord *a)
{
    struct accord_word w = accord_word_at(ACCORD_TLP, a->tlp);
    rowf(d, "Marked", "TLP:%s, %s", w.name, w.says);
    tell_words(d, ACCORD_RECIPIENTS, a->recipients);
}

static void tell_governed(struct document *d, const struct accord *a, const char *member)
{
    if (strcmp(member, "definitions") == 0) {
        tell_definitions(d, a);
    } else if (strcmp(member, "denials") == 0) {
        tell_words(d, ACCORD_DENIALS, a->denials);
    } else if (strcmp(member, "grounds") == 0) {
        tell_words(d, ACCORD_GROUNDS, a->grounds);
    } else if (strcmp(member, "limits") == 0) {
        tell_limits(d, a);
    } else if (strcmp(member, "witnesses") == 0) {
        tell_witnesses(d, a);
    } else if (strcmp(member, "sharing") == 0) {
        tell_sharing(d, a);
    }
}

static void tell_clauses(struct document *d, const struct accord *a)
{
    for (size_t i = 0; i < a->clause_n; i++) {
        const struct accord_clause *c = a->clause[i];
        char line[LINE_MAX_BYTES];
        (void)snprintf(line, sizeof(line), "%zu. %s [%s]", i + 1, c->title, c->id);
        document_heading(d, line);
        document_text(d, c->text);
        tell_governed(d, a, c->governs);
        (void)snprintf(line, sizeof(line), "After: %s.", c->source);
        document_note(d, line);
    }
}

static void tell_declined(struct document *d, const struct accord *a)
{
    if (a->declined_n == 0) {
        return;
    }
    document_heading(d, "Declined");
    document_text(d, "What follows was proposed and declined. It is quoted so that it is on "
                     "record; it does not hold, and nothing is found, counted or searched by it.");
    for (size_t i = 0; i < a->declined_n; i++) {
        const struct accord_declined *q = &a->declined[i];
        rowf(d, q->clause->id, "declined by %s: %s", q->by,
             accord_word_at(ACCORD_GROUNDS, q->ground).says);
        document_quote(d, q->quoted);
    }
}

/* --- what it does not say ---------------------------------------------------------- */

static void tell_who_sees(struct document *d)
{
    document_heading(d, "Who can see that this accord exists");
    document_text(d, "Its parties, and whoever gets this file from one of them. Who reads a "
                     "party's ledger, and its witnesses, see that the party made or took in some "
                     "statement, and when; not that it is an accord, with whom, or what it says, "
                     "nor can they find that out by guessing.");
}

static void tell_trials(struct document *d, const struct accord_view *v)
{
    if (v->trial_n == 0) {
        return;
    }
    document_heading(d, "Contact points tried");
    for (size_t i = 0; i < v->trial_n; i++) {
        const struct accord_trial *t = &v->trials[i];
        char asked[EXCHANGE_TIME_TEXT], span[TIME_TEXT_MAX];
        time_of(t->asked_ns, asked);
        (void)time_format_span(t->answered_ns > t->asked_ns ? t->answered_ns - t->asked_ns : 0,
                               span);
        rowf(d, t->to, "%s, tried by %s on %s UTC: %s%s",
             accord_word_at(ACCORD_LANES, t->lane).name, t->from, asked,
             t->answered ? "answered after " : "no answer has reached us", t->answered ? span : "");
    }
}

static void tell_unconfirmed(struct document *d, const struct accord_view *v)
{
    bool any = false;
    for (size_t i = 0; i < v->standing->member_n; i++) {
        const struct accord_member *m = &v->standing->member[i];
        if (m->confirmed) {
            continue;
        }
        char finger[EXCHANGE_FINGERPRINT_MAX];
        if (!any) {
            document_heading(d, "Keys that only this file vouches for");
            document_text(d, "Compare each with its party by another way than the one by which "
                             "this file came (a telephone, say). Until then whoever made the file "
                             "may have made the key as well.");
        }
        any = true;
        exchange_fingerprint(&m->keys.key[0], finger);
        document_row(d, m->keys.key[0].name, finger);
    }
}

/* Terms that do not go together. */
static void tell_remarks(struct document *d, const struct accord_view *v)
{
    struct accord_remark list[ACCORD_REMARKS_MAX];
    size_t n = accord_remarks(accord_of(v), v->version->signed_by, list);
    for (size_t i = 0; i < n; i++) {
        rowf(d, "Remark", "%s", list[i].text);
    }
}

void report_accord(struct document *d, const struct accord_view *v)
{
    const struct accord *a = accord_of(v);
    document_heading(d, a->title);
    tell_standing(d, v);
    tell_remarks(d, v);
    document_heading(d, "Parties");
    for (size_t i = 0; i < a->party_n; i++) {
        tell_party(d, v, &a->party[i]);
    }
    tell_clauses(d, a);
    tell_declined(d, a);
    tell_who_sees(d);
    document_heading(d, "Signatures");
    tell_signatures(d, v);
    tell_trials(d, v);
    tell_unconfirmed(d, v);
}

void report_accord_check(struct document *d, const struct accord_view *v)
{
    document_heading(d, accord_of(v)->title);
    tell_standing(d, v);
    tell_remarks(d, v);
    document_heading(d, "Signatures");
    tell_signatures(d, v);
    tell_unconfirmed(d, v);
}

void report_accord_diff(struct document *d, const struct accord_difference *list, size_t n)
{
    static const struct {
        const char *about, *heading;
    } parts[] = {{"title", "Title"},       {"party", "Parties"},
                 {"clause", "Clauses"},    {"definition", "What counts as an act"},
                 {"limit", "Time limits"}, {"list", "Grounds and recipients"},
                 {"witness", "Witnesses"}, {"sharing", "Passing on"}};
    document_heading(d, n > 0 ? "What differs" : "The terms are the same");
    for (size_t k = 0; k < ARRAY_LEN(parts); k++) {
        bool any = false;
        for (size_t i = 0; i < n; i++) {
            if (strcmp(list[i].about, parts[k].about) == 0) {
                if (!any) {
                    document_heading(d, parts[k].heading);
                }
                any = true;
                document_text(d, list[i].says);
            }
        }
    }
}
