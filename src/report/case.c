/* report/case.c - a case in plain words: who said what, and who owes what until when. */
#include "report/case.h"

#include <stdio.h>
#include <string.h>

#include "base/core/timefmt.h"

enum { LINE_MAX_BYTES = 8192 };

static struct case_state state_of(const struct case_view *v)
{
    struct case_state s;
    case_state_at(v->one, v->now_ns, &s);
    return s;
}

static bool is_self(const struct case_view *v, const char *party)
{
    return strcmp(v->self, party) == 0;
}

static void put_time(struct buf *out, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    (void)time_format_short(ns, text);
    buf_printf(out, "%s UTC", text);
}

static const char *end(struct buf *b)
{
    buf_byte(b, '\0');
    return b->failed == ST_OK ? (const char *)b->data : "";
}

static void row(struct document *d, const char *name, struct buf *text)
{
    document_row(d, name, end(text));
    if (text->failed != ST_OK) {
        d->out->failed = text->failed;
    }
    buf_clear(text);
}

/* --- where it stands --------------------------------------------------------------- */

void report_case_stands(struct buf *out, const struct case_view *v)
{
    struct case_state s = state_of(v);
    const struct case_one *c = v->one;
    const struct case_item *answer = case_item_of(c, s.answer);
    switch (s.phase) {
    case CASE_WITHDRAWN:
        buf_printf(out, "taken back: %s", case_word_at(CASE_LIST_REASONS, s.withdrawal->word).says);
        break;
    case CASE_OPEN:
    case CASE_ANSWERED:
        buf_printf(out, "%s %s", answer->statement->party,
                   case_word_at(CASE_LIST_ANSWERS, s.answer->word).says);
        break;
    case CASE_RECEIVED:
        buf_str(out, "acknowledged");
        break;
    default:
        buf_str(out, is_self(v, c->accused) ? "came in, not acknowledged" : "sent");
        break;
    }
}

void report_case_owed(struct buf *out, const struct case_view *v)
{
    static const char *const what[CASE_DUTIES] = {"a receipt", "an answer", "a final answer"};
    static const char *const none[CASE_DUTIES] = {"No receipt", "No answer", "No final answer"};
    struct case_state s = state_of(v);
    bool self = is_self(v, v->one->accused);
    if (!s.owes) {
        return;
    }
    if (s.overdue && !self) {
        buf_printf(out, "%s reached us; it was due by ", none[s.owed]);
    } else {
        buf_printf(out, "%s %s %s %s ", self ? "We" : v->one->accused, self ? "owe" : "owes",
                   what[s.owed], s.overdue ? "since" : "until");
    }
    put_time(out, s.until_ns);
}

static void stand_late(struct buf *out, const struct case_state *s)
{
    static const char *const what[CASE_DUTIES] = {"receipt", "first answer", "final answer"};
    for (int i = 0; i < CASE_DUTIES; i++) {
        if (s->late[i]) {
            buf_printf(out, "%s%s came after its time", out->len > 0 ? "; the " : "The ", what[i]);
        }
    }
}

/* --- the notice -------------------------------------------------------------------- */

static void tell_requests(struct document *d, const struct case_said *said)
{
    CLEANUP(buf_fini) struct buf t = BUF_INIT(LINE_MAX_BYTES);
    for (size_t i = 0; i < CASE_REQUESTS; i++) {
        struct accord_word w = case_word_at(CASE_LIST_REQUESTS, i);
        if ((said->event.requests >> i & 1) != 0) {
            buf_printf(&t, "%s%s (%s)", t.len > 0 ? "; " : "", w.name, w.says);
        }
    }
    row(d, "Asked for", &t);
}

static void tell_due(struct document *d, const struct case_said *said)
{
    CLEANUP(buf_fini) struct buf t = BUF_INIT(LINE_MAX_BYTES);
    buf_str(&t, "receipt by ");
    put_time(&t, said->event.due_ns[CASE_DUTY_RECEIPT]);
    buf_str(&t, ", an answer by ");
    put_time(&t, said->event.due_ns[CASE_DUTY_ANSWER]);
    buf_str(&t, ", the last by ");
    put_time(&t, said->event.due_ns[CASE_DUTY_FINAL]);
    row(d, "Time limits", &t);
    if (said->has_accord) {
        buf_printf(&t, "accord %s", said->accord);
    } else {
        buf_str(&t, "no accord: the limits are this program's presets, which the notice states; "
                    "nobody has agreed to them");
    }
    row(d, "Terms", &t);
}

static void tell_notice(struct document *d, const struct case_view *v)
{
    CLEANUP(buf_fini) struct buf t = BUF_INIT(LINE_MAX_BYTES);
    const struct case_item *n = case_notice(v->one);
    const struct case_said *said = n->said;
    struct accord_word lane = accord_word_at(ACCORD_LANES, said->lane),
                       tlp = accord_word_at(ACCORD_TLP, said->tlp);
    document_row(d, "Case", v->one->id);
    document_row(d, "Accuser", v->one->accuser);
    document_row(d, "Accused", v->one->accused);
    put_time(&t, n->statement->time_ns);
    row(d, "Sent", &t);
    buf_printf(&t, "%s (%s)", lane.name, lane.says);
    row(d, "Lane", &t);
    tell_requests(d, said);
    tell_due(d, said);
    buf_printf(&t, "TLP:%s (%s)", tlp.name, tlp.says);
    row(d, "Passing on", &t);
    for (size_t i = 0; i < CASE_FORM_FIELDS; i++) {
        struct accord_word w = case_word_at(CASE_LIST_FORM, i);
        if (said->form[i] != NULL) {
            buf_printf(&t, "%s (%s)", said->form[i], w.says);
            row(d, w.name, &t);
        }
    }
    if (said->note[0] != '\0') {
        document_quote(d, said->note);
    }
}

static void tell_claims(struct document *d, const struct case_view *v)
{
    CLEANUP(buf_fini) struct buf t = BUF_INIT(LINE_MAX_BYTES);
    const struct case_said *said = case_notice(v->one)->said;
    document_heading(d, "What it is about");
    for (size_t i = 0; i < said->claim_n; i++) {
        const struct case_claim *c = &said->claim[i];
        for (size_t k = 0; k < c->remote_n; k++) {
            char text[ADDR_TEXT_MAX];
            (void)addr_format(&c->remote[k], text);
            buf_printf(&t, "%s%s", k > 0 ? ", " : "seems to come from ", text);
        }
        buf_str(&t, "; from ");
        put_time(&t, c->first_ns);
        buf_str(&t, " to ");
        put_time(&t, c->last_ns);
        buf_printf(&t, " (claim %zu of %s)", c->number, said->enclosed[c->exhibit].name);
        row(d, c->definition, &t);
    }
}

/* --- exhibits ---------------------------------------------------------------------- */

static const char *text_in(const json_t *o, const char *name)
{
    const char *s = json_string_value(json_object_get(o, name));
    return s != NULL ? s : "";
}

static void tell_verdict(struct document *d, const char *when, const json_t *verdict)
{
    CLEANUP(buf_fini) struct buf t = BUF_INIT(LINE_MAX_BYTES);
    const json_t *claims = json_object_get(verdict, "claims");
    if (verdict == NULL) {
        return;
    }
    const char *conclusion = text_in(verdict, "conclusion");
    const char *status = strstr(conclusion, " (exit status"); /* of another command */
    buf_printf(&t, "verified on %s: %s. %.*s", text_in(verdict, "time"), text_in(verdict, "grade"),
               (int)(status != NULL ? (size_t)(status - conclusion) : strlen(conclusion)),
               conclusion);
    row(d, when, &t);
    for (size_t i = 0; i < json_array_size(claims); i++) {
        const json_t *c = json_array_get(claims, i);
        buf_printf(&t, "claim %d %s: %s", (int)json_integer_value(json_object_get(c, "number")),
                   json_is_true(json_object_get(c, "holds")) ? "holds" : "does not hold",
                   text_in(c, "sentence"));
        row(d, "", &t);
    }
}

static void tell_exhibits(struct document *d, const struct case_view *v)
{
    document_heading(d, "Exhibits, and what this program computed of them");
    for (size_t i = 0; i < v->exhibit_n; i++) {
        CLEANUP(buf_fini) struct buf t = BUF_INIT(LINE_MAX_BYTES);
        const struct case_exhibit_view *e = &v->exhibits[i];
        char hex[DIGEST_TEXT_MAX];
        digest_format(&e->file->hash, hex);
        buf_printf(&t, "of %s, %llu bytes, SHA-256 %s", e->by,
                   (unsigned long long)e->file->size_bytes, hex);
        row(d, e->file->name, &t);
        tell_verdict(d, is_self(v, e->by) ? "When it went" : "When it came", e->at_receipt);
        tell_verdict(d, "Now", e->now);
        if (e->at_receipt == NULL && e->now == NULL) {
            document_row(d, "", "not verified here (case show --verify)");
        }
    }
}

/* --- what was said ----------------------------------------------------------------- */

static void put_opinions(struct buf *t, const struct case_said *s)
{
    buf_printf(t, "; what was seen: %s; whence it came: %s",
               case_word_at(CASE_LIST_OPINIONS, s->observation).says,
               case_word_at(CASE_LIST_OPINIONS, s->attribution).says);
}

static void put_grounds(struct buf *t, const struct case_view *v, const struct case_said *s)
{
    for (size_t i = 0, n = 0; i < 32; i++) {
        struct accord_word w = accord_word_at(ACCORD_DENIALS, i);
        if (w.name == NULL) {
            break;
        }
        if ((s->denials >> i & 1) != 0) {
            buf_printf(t, "%s%s (%s)%s", n++ > 0 ? ", " : "", w.name, w.says,
                       (v->denials >> i & 1) != 0 ? ""
                                                  : ", which the accord does not have as a ground");
        }
    }
    if (s->event.word == CASE_DECLINED) {
        struct accord_word w = accord_word_at(ACCORD_GROUNDS, s->ground);
        buf_printf(t, "%s (%s)%s", w.name, w.says,
                   (v->grounds >> s->ground & 1) != 0
                       ? ""
                       : ", which the accord does not have as a ground");
    }
}

static void put_answer(struct buf *t, const struct case_view *v, const struct case_said *s)
{
    bool grounds = s->event.word == CASE_DISPUTED || s->event.word == CASE_DECLINED;
    buf_printf(t, "answers \"%s\": %s", case_word_at(CASE_LIST_ANSWERS, s->event.word).name,
               grounds ? "" : case_word_at(CASE_LIST_ANSWERS, s->event.word).says);
    put_grounds(t, v, s);
    if (s->forwarded_to[0] != '\0') {
        buf_printf(t, ", to %s", s->forwarded_to);
    }
    if (s->has_preserved) {
        buf_str(t, "; keeps the data until ");
        put_time(t, s->preserved_ns);
    }
    put_opinions(t, s);
}

static void put_said(struct buf *t, const struct case_view *v, const struct case_item *it)
{
    const struct case_said *s = it->said;
    switch (s->event.kind) {
    case CASE_NOTICE:
        buf_str(t, "gives notice");
        break;
    case CASE_RECEIPT:
        buf_str(t, "says that the notice came in whole; that agrees to nothing");
        break;
    case CASE_ANSWER:
        put_answer(t, v, s);
        break;
    case CASE_OUTCOME:
        buf_printf(t, "says what followed: %s",
                   case_word_at(CASE_LIST_OUTCOMES, s->event.word).says);
        break;
    default:
        buf_printf(t, "takes the notice back: %s",
                   case_word_at(CASE_LIST_REASONS, s->event.word).says);
        break;
    }
    for (size_t i = 0; i < s->enclosed_n && s->event.kind != CASE_NOTICE; i++) {
        buf_printf(t, "%s%s", i == 0 ? "; own evidence: " : ", ", s->enclosed[i].name);
    }
}

static void put_ledgers(struct buf *t, const struct case_item *it)
{
    const struct exchange_kept *k = it->kept;
    if (k == NULL) {
        return;
    }
    buf_str(t, k->logged ? ". In our ledger" : ". Not yet in our ledger");
    for (size_t i = 0; i < json_array_size(k->others); i++) {
        buf_printf(t, "%s that of %s", k->logged || i > 0 ? " and" : ", but in",
                   text_in(json_array_get(k->others, i), "party"));
    }
}

static void tell_statements(struct document *d, const struct case_view *v)
{
    document_heading(d, v->is_new != NULL ? "What is new" : "What was said");
    for (size_t i = 0; i < v->one->n; i++) {
        if (v->is_new != NULL && !v->is_new(v->ctx, v->one->item[i].statement)) {
            continue;
        }
        CLEANUP(buf_fini) struct buf t = BUF_INIT(2 * LINE_MAX_BYTES);
        const struct case_item *it = &v->one->item[i];
        char when[TIME_TEXT_MAX];
        (void)time_format_short(it->statement->time_ns, when);
        buf_printf(&t, "%s ", it->statement->party);
        put_said(&t, v, it);
        put_ledgers(&t, it);
        row(d, when, &t);
        if (it->said->note[0] != '\0' && it->said->event.kind != CASE_NOTICE) {
            document_quote(d, it->said->note);
        }
    }
}

/* --- what is odd ------------------------------------------------------------------- */

static void tell_odd(struct document *d, const struct case_view *v, const struct case_state *s)
{
    for (int side = 0; side < CASE_SIDES; side++) {
        const char *who = side == CASE_ACCUSER ? v->one->accuser : v->one->accused;
        CLEANUP(buf_fini) struct buf t = BUF_INIT(LINE_MAX_BYTES);
        if (s->two_faced[side]) {
            buf_printf(&t,
                       "%s has said two things under one id or one number: all of them are "
                       "kept, and stand below",
                       who);
            row(d, "Twice", &t);
        }
        if (s->missing[side] > 0) {
            buf_printf(&t, "%u statement%s of %s, by its own count, %s not reached us",
                       s->missing[side], s->missing[side] == 1 ? "" : "s", who,
                       s->missing[side] == 1 ? "has" : "have");
            row(d, "Missing", &t);
        }
    }
    if (s->clocks_ns > 0) {
        CLEANUP(buf_fini) struct buf t = BUF_INIT(LINE_MAX_BYTES);
        char span[TIME_TEXT_MAX];
        (void)time_format_span(s->clocks_ns, span);
        buf_printf(&t, "they differ by %s at least: an answer is dated before the notice", span);
        row(d, "Clocks", &t);
    }
}

static void tell_state(struct document *d, const struct case_view *v)
{
    CLEANUP(buf_fini) struct buf t = BUF_INIT(LINE_MAX_BYTES);
    struct case_state s = state_of(v);
    report_case_stands(&t, v);
    row(d, "State", &t);
    report_case_owed(&t, v);
    if (t.len > 0) {
        row(d, "Owed", &t);
    } else {
        document_row(d, "Owed", "nothing");
    }
    stand_late(&t, &s);
    if (t.len > 0) {
        row(d, "Late", &t);
    }
    if (s.outcome != NULL) {
        buf_str(&t, case_word_at(CASE_LIST_OUTCOMES, s.outcome->word).says);
        row(d, "Outcome", &t);
    }
    tell_odd(d, v, &s);
}

void report_case(struct document *d, const struct case_view *v)
{
    CLEANUP(buf_fini) struct buf t = BUF_INIT(LINE_MAX_BYTES);
    buf_printf(&t, "Notice of %s to %s", v->one->accuser, v->one->accused);
    document_heading(d, end(&t));
    tell_state(d, v);
    document_heading(d, "The notice");
    tell_notice(d, v);
    tell_claims(d, v);
    tell_exhibits(d, v);
    tell_statements(d, v);
}

void report_case_received(struct document *d, const struct case_view *v)
{
    CLEANUP(buf_fini) struct buf t = BUF_INIT(LINE_MAX_BYTES);
    bool said = false, enclosed = false;
    for (size_t i = 0; i < v->one->n; i++) {
        const struct case_item *it = &v->one->item[i];
        bool fresh = v->is_new(v->ctx, it->statement);
        said = said || fresh;
        enclosed = enclosed || (fresh && it->said->enclosed_n > 0);
    }
    buf_printf(&t, "Case %.8s: notice of %s to %s", v->one->id, v->one->accuser, v->one->accused);
    document_heading(d, end(&t));
    tell_state(d, v);
    if (enclosed) {
        tell_claims(d, v);
        tell_exhibits(d, v);
    }
    if (said) {
        tell_statements(d, v);
    }
}

/* --- a list ------------------------------------------------------------------------ */

void report_case_row(struct document *d, const struct case_view *v)
{
    CLEANUP(buf_fini) struct buf t = BUF_INIT(LINE_MAX_BYTES);
    struct case_state s = state_of(v);
    char name[16], when[TIME_TEXT_MAX];
    bool ours = is_self(v, v->one->accuser);
    (void)time_format_short(case_notice(v->one)->statement->time_ns, when);
    buf_printf(&t, "%s %s, %.10s: ", ours ? "to" : "from", ours ? v->one->accused : v->one->accuser,
               when);
    report_case_stands(&t, v);
    if (s.owes) {
        buf_str(&t, ". ");
        report_case_owed(&t, v);
    }
    if (s.two_faced[0] || s.two_faced[1]) {
        buf_str(&t, ". Contradicted: two texts under one id or number");
    }
    (void)snprintf(name, sizeof(name), "%.8s", v->one->id);
    row(d, name, &t);
}
