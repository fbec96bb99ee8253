/* exchange/case/said.c - reading bodies: notices first, then what answers them. */
#include "exchange/case/said.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/base64.h"
#include "base/core/text.h"
#include "exchange/case/results.h"
#include "exchange/case/terms.h"

static const char *const types[CASE_KINDS] = {
    [CASE_NOTICE] = "exhibit-notice/v1",         [CASE_RECEIPT] = "exhibit-receipt/v1",
    [CASE_ANSWER] = "exhibit-answer/v1",         [CASE_OUTCOME] = "exhibit-outcome/v1",
    [CASE_WITHDRAWAL] = "exhibit-withdrawal/v1",
};

const char *case_type(enum case_kind k)
{
    return types[k];
}

bool case_type_is(const char *type, enum case_kind *ret)
{
    for (size_t i = 0; i < CASE_KINDS; i++) {
        if (strcmp(type, types[i]) == 0) {
            *ret = (enum case_kind)i;
            return true;
        }
    }
    return false;
}

/* --- members ----------------------------------------------------------------------- */

/* Text for people: lines of UTF-8 in which nothing deceives. */
static const char *text_of(const json_t *o, const char *name)
{
    const json_t *v = json_object_get(o, name);
    struct bytes b = bytes_of(json_string_value(v), json_string_length(v));
    if (!json_is_string(v) || b.len == 0 || b.len > LIMIT_CASE_TEXT) {
        return NULL;
    }
    while (b.len > 0) {
        uint32_t c = 0;
        size_t n = text_utf8_next(b, &c);
        if (n == 0 || (c != '\n' && text_is_deceptive(c))) {
            return NULL;
        }
        b = bytes_of(b.data + n, b.len - n);
    }
    return json_string_value(v);
}

/* Absent is ""; NULL: it is there and is no text. */
static const char *maybe_text(const json_t *o, const char *name)
{
    return json_object_get(o, name) == NULL ? "" : text_of(o, name);
}

static bool number_of(const json_t *o, const char *name, uint64_t most, uint64_t *ret)
{
    const json_t *v = json_object_get(o, name);
    if (!json_is_integer(v) || json_integer_value(v) < 0 ||
        (uint64_t)json_integer_value(v) > most) {
        return false;
    }
    *ret = (uint64_t)json_integer_value(v);
    return true;
}

/* Words of a closed list, in its order, each once. */
static bool bits_of(const json_t *list, struct accord_word (*at)(size_t i), uint32_t *ret)
{
    size_t n = json_array_size(list), k = 0;
    uint32_t bits = 0;
    for (size_t i = 0; at(i).name != NULL && k < n; i++) {
        const char *word = json_string_value(json_array_get(list, k));
        if (word != NULL && strcmp(word, at(i).name) == 0) {
            bits |= UINT32_C(1) << i;
            k++;
        }
    }
    *ret = bits;
    return n > 0 && k == n;
}

static struct accord_word request_at(size_t i)
{
    return case_word_at(CASE_LIST_REQUESTS, i);
}

static struct accord_word denial_at(size_t i)
{
    return accord_word_at(ACCORD_DENIALS, i);
}

static bool word_of(const json_t *o, const char *name, enum case_words list, size_t *ret)
{
    const char *word = json_string_value(json_object_get(o, name));
    int place = word != NULL ? case_word_find(list, word) : -1;
    *ret = place >= 0 ? (size_t)place : 0;
    return place >= 0;
}

static bool accord_word_of(const json_t *o, const char *name, enum accord_list list, size_t *ret)
{
    const char *word = json_string_value(json_object_get(o, name));
    int place = word != NULL ? accord_word_find(list, word) : -1;
    *ret = place >= 0 ? (size_t)place : 0;
    return place >= 0;
}

static bool hash_of(const json_t *o, const char *name, struct digest *ret)
{
    return exchange_hex_of(o, name, ret->b, sizeof(ret->b));
}

/* --- what goes along --------------------------------------------------------------- */

static enum status read_enclosed(const json_t *list, struct case_said *s, struct fault *why)
{
    static const char *const names[] = {"name", "sha256", "bytes", NULL};
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n == 0) {
        return fault_at(why, ST_MALFORMED, 0, "enclosed");
    }
    if (n > LIMIT_HANDED_ENCLOSED) {
        return fault_limit(why, 0, "enclosed", LIMIT_HANDED_ENCLOSED);
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(list, i);
        struct case_enclosed *e = &s->enclosed[i];
        if (!exchange_members_known(o, names) ||
            !exchange_text_of(o, "name", e->name, sizeof(e->name)) ||
            !exchange_file_name_valid(e->name) || !hash_of(o, "sha256", &e->hash) ||
            !number_of(o, "bytes", LIMIT_HANDED_BYTES, &e->size_bytes)) {
            return fault_at(why, ST_MALFORMED, 0, "enclosed");
        }
        for (size_t k = 0; k < i; k++) {
            if (memcmp(&s->enclosed[k].hash, &e->hash, sizeof(e->hash)) == 0) {
                return fault_at(why, ST_MALFORMED, 0, "enclosed: a file that is named twice");
            }
        }
    }
    s->enclosed_n = n;
    return ST_OK;
}

static enum status maybe_enclosed(const json_t *body, struct case_said *s, struct fault *why)
{
    const json_t *list = json_object_get(body, "enclosed");
    return list != NULL ? read_enclosed(list, s, why) : ST_OK;
}

/* --- notices ----------------------------------------------------------------------- */

static enum status read_remotes(const json_t *list, struct case_claim *c, struct fault *why)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n == 0 || n > LIMIT_CASE_REMOTES) {
        return fault_at(why, ST_MALFORMED, 0, "remotes");
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(list, i);
        struct bytes text = bytes_of(json_string_value(v), json_string_length(v));
        char again[ADDR_TEXT_MAX];
        if (!json_is_string(v) || addr_parse(text, &c->remote[i]) != ST_OK ||
            !bytes_equal(bytes_of(again, addr_format(&c->remote[i], again)), text) ||
            (i > 0 && addr_compare(&c->remote[i - 1], &c->remote[i]) >= 0)) {
            return fault_at(why, ST_MALFORMED, 0, "remotes");
        }
    }
    c->remote_n = n;
    return ST_OK;
}

static enum status read_claim(const json_t *o, const struct case_said *s, struct case_claim *c,
                              struct fault *why)
{
    static const char *const names[] = {"exhibit", "claim",   "definition", "first",
                                        "last",    "remotes", NULL};
    uint64_t exhibit = 0, number = 0;
    if (!exchange_members_known(o, names) ||
        !number_of(o, "exhibit", LIMIT_HANDED_ENCLOSED, &exhibit) || exhibit == 0 ||
        exhibit > s->enclosed_n || !number_of(o, "claim", UINT32_MAX, &number) || number == 0) {
        return fault_at(why, ST_MALFORMED, 0, "claims");
    }
    /* Acts only: what it is called begins with the name of one. */
    if (!exchange_text_of(o, "definition", c->definition, sizeof(c->definition)) ||
        !accord_act_valid(c->definition) ||
        !text_is_words(bytes_of(c->definition, strlen(c->definition)), "./-_")) {
        return fault_at(why, ST_MALFORMED, 0, "definition of a claim");
    }
    if (!exchange_time_of(o, "first", &c->first_ns) || !exchange_time_of(o, "last", &c->last_ns) ||
        c->first_ns > c->last_ns) {
        return fault_at(why, ST_MALFORMED, 0, "times of a claim");
    }
    c->exhibit = (size_t)exhibit - 1;
    c->number = (size_t)number;
    return read_remotes(json_object_get(o, "remotes"), c, why);
}

static enum status read_claims(const json_t *list, struct case_said *s, struct fault *why)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n == 0) {
        return fault_at(why, ST_MALFORMED, 0, "claims");
    }
    if (n > LIMIT_CASE_CLAIMS) {
        return fault_limit(why, 0, "claims", LIMIT_CASE_CLAIMS);
    }
    for (size_t i = 0; i < n; i++) {
        struct case_claim *c = &s->claim[i];
        TRY(read_claim(json_array_get(list, i), s, c, why));
        if (i > 0 && (c->exhibit < c[-1].exhibit ||
                      (c->exhibit == c[-1].exhibit && c->number <= c[-1].number))) {
            return fault_at(why, ST_MALFORMED, 0, "order of claims");
        }
    }
    s->claim_n = n;
    return ST_OK;
}

static enum status read_from(const json_t *o, const struct exchange_statement *st,
                             struct case_said *s, struct fault *why)
{
    static const char *const names[] = {"key", "next", NULL};
    const json_t *key = json_object_get(o, "key"), *next = json_object_get(o, "next");
    size_t n = 0;
    if (!exchange_members_known(o, names) || !json_is_string(key) ||
        ledger_key_parse(bytes_of(json_string_value(key), json_string_length(key)), &s->key,
                         NULL) != ST_OK ||
        s->key.type != LEDGER_KEY_SIGN || strcmp(s->key.name, st->party) != 0) {
        return fault_at(why, ST_MALFORMED, 0, "from: a key that is not its party's");
    }
    s->has_next = next != NULL;
    if (s->has_next && (base64_decode(bytes_of(json_string_value(next), json_string_length(next)),
                                      s->next.b, DIGEST_BYTES, &n) != ST_OK ||
                        n != DIGEST_BYTES)) {
        return fault_at(why, ST_MALFORMED, 0, "from: next");
    }
    return ST_OK;
}

static enum status read_accord(const json_t *o, struct case_said *s, struct fault *why)
{
    static const char *const names[] = {"id", "version", NULL};
    uint8_t id[EXCHANGE_ID_BYTES];
    s->has_accord = o != NULL;
    if (s->has_accord &&
        (!exchange_members_known(o, names) || !exchange_hex_of(o, "id", id, sizeof(id)) ||
         !hash_of(o, "version", &s->accord_hash))) {
        return fault_at(why, ST_MALFORMED, 0, "accord");
    }
    if (s->has_accord) {
        exchange_hex_text(id, sizeof(id), s->accord);
    }
    return ST_OK;
}

static enum status read_due(const json_t *o, const struct exchange_statement *st,
                            struct case_said *s, struct fault *why)
{
    static const char *const names[] = {"receipt", "answer", "final", NULL};
    if (!exchange_members_known(o, names)) {
        return fault_at(why, ST_MALFORMED, 0, "due");
    }
    for (int i = 0; i < CASE_DUTIES; i++) {
        if (!exchange_time_of(o, names[i], &s->event.due_ns[i]) ||
            s->event.due_ns[i] < st->time_ns ||
            s->event.due_ns[i] - st->time_ns > CASE_DUE_MOST_NS) {
            return fault_at(why, ST_MALFORMED, 0, "due");
        }
    }
    return ST_OK;
}

static enum status read_form(const json_t *o, struct case_said *s, struct fault *why)
{
    const char *names[CASE_FORM_FIELDS + 1] = {NULL};
    if (o == NULL) {
        return ST_OK;
    }
    for (size_t i = 0; i < CASE_FORM_FIELDS; i++) {
        names[i] = case_word_at(CASE_LIST_FORM, i).name;
        if (json_object_get(o, names[i]) != NULL) {
            s->form[i] = text_of(o, names[i]);
            if (s->form[i] == NULL) {
                return fault_at(why, ST_MALFORMED, 0, names[i]);
            }
        }
    }
    return exchange_members_known(o, names) && json_object_size(o) > 0
               ? ST_OK
               : fault_at(why, ST_MALFORMED, 0, "form");
}

static enum status read_notice(const struct exchange_statement *st, struct case_said *s,
                               struct fault *why)
{
    static const char *const names[] = {"case", "number", "from",     "to",  "accord",
                                        "lane", "tlp",    "request",  "due", "claims",
                                        "form", "note",   "enclosed", NULL};
    const json_t *b = st->body;
    if (!exchange_members_known(b, names)) {
        return fault_at(why, ST_MALFORMED, 0, "a member that is not known");
    }
    if (st->answers || strcmp(s->id, st->id) != 0 || s->event.number != 1) {
        return fault_at(why, ST_MALFORMED, 0, "a notice begins its case");
    }
    if (!exchange_text_of(b, "to", s->to, sizeof(s->to)) ||
        !ledger_name_valid(bytes_of(s->to, strlen(s->to))) || strcmp(s->to, st->party) == 0) {
        return fault_at(why, ST_MALFORMED, 0, "to");
    }
    if (!accord_word_of(b, "lane", ACCORD_LANES, &s->lane) ||
        !accord_word_of(b, "tlp", ACCORD_TLP, &s->tlp)) {
        return fault_at(why, ST_MALFORMED, 0, "lane or tlp");
    }
    if (!bits_of(json_object_get(b, "request"), request_at, &s->event.requests)) {
        return fault_at(why, ST_MALFORMED, 0, "request");
    }
    TRY(read_from(json_object_get(b, "from"), st, s, why));
    TRY(read_accord(json_object_get(b, "accord"), s, why));
    TRY(read_due(json_object_get(b, "due"), st, s, why));
    TRY(read_form(json_object_get(b, "form"), s, why));
    TRY(read_enclosed(json_object_get(b, "enclosed"), s, why));
    s->event.about = st->hash;
    return read_claims(json_object_get(b, "claims"), s, why);
}

/* --- answers ----------------------------------------------------------------------- */

/* What would contradict itself. */
static enum status check_answer(const struct case_said *s, struct fault *why)
{
    enum case_answer a = (enum case_answer)s->event.word;
    if (a == CASE_CONFIRMED && s->observation != CASE_AGREE) {
        return fault_at(why, ST_MALFORMED, 0, "observation: it does not go with this answer");
    }
    for (int about = 0; about < 2; about++) {
        enum case_opinion said = about == 0 ? s->observation : s->attribution;
        if (case_answer_implies(a, s->denials, about) == CASE_DISAGREE && said != CASE_DISAGREE) {
            return fault_at(why, ST_MALFORMED, 0, "opinion that does not go with this answer");
        }
    }
    return ST_OK;
}

static enum status read_grounds(const json_t *b, struct case_said *s, struct fault *why)
{
    enum case_answer a = (enum case_answer)s->event.word;
    const json_t *denials = json_object_get(b, "denials"), *ground = json_object_get(b, "ground");
    const json_t *to = json_object_get(b, "forwarded_to");
    if ((denials != NULL) != (a == CASE_DISPUTED) ||
        (denials != NULL && !bits_of(denials, denial_at, &s->denials))) {
        return fault_at(why, ST_MALFORMED, 0, "denials");
    }
    if ((ground != NULL) != (a == CASE_DECLINED) ||
        (ground != NULL && !accord_word_of(b, "ground", ACCORD_GROUNDS, &s->ground))) {
        return fault_at(why, ST_MALFORMED, 0, "ground");
    }
    s->forwarded_to = maybe_text(b, "forwarded_to");
    if ((to != NULL && a != CASE_FORWARDED) || s->forwarded_to == NULL) {
        return fault_at(why, ST_MALFORMED, 0, "forwarded_to");
    }
    return ST_OK;
}

static enum status read_answer(const struct exchange_statement *st, struct case_said *s,
                               struct fault *why)
{
    static const char *const names[] = {
        "case",   "number",       "answer",          "observation", "attribution", "denials",
        "ground", "forwarded_to", "preserved_until", "note",        "enclosed",    NULL};
    const json_t *b = st->body;
    size_t observation = 0, attribution = 0;
    if (!exchange_members_known(b, names)) {
        return fault_at(why, ST_MALFORMED, 0, "a member that is not known");
    }
    if (!word_of(b, "answer", CASE_LIST_ANSWERS, &s->event.word)) {
        return fault_at(why, ST_MALFORMED, 0, "answer");
    }
    if (!word_of(b, "observation", CASE_LIST_OPINIONS, &observation) ||
        !word_of(b, "attribution", CASE_LIST_OPINIONS, &attribution)) {
        return fault_at(why, ST_MALFORMED, 0, "observation or attribution");
    }
    s->observation = (enum case_opinion)observation;
    s->attribution = (enum case_opinion)attribution;
    s->has_preserved = json_object_get(b, "preserved_until") != NULL;
    if (s->has_preserved && !exchange_time_of(b, "preserved_until", &s->preserved_ns)) {
        return fault_at(why, ST_MALFORMED, 0, "preserved_until");
    }
    TRY(read_grounds(b, s, why));
    TRY(maybe_enclosed(b, s, why));
    return check_answer(s, why);
}

static enum status read_other(const struct exchange_statement *st, struct case_said *s,
                              struct fault *why)
{
    static const char *const receipt[] = {"case", "number", NULL};
    static const char *const outcome[] = {"case",    "number", "outcome",  "since", "looked",
                                          "remotes", "note",   "enclosed", NULL};
    static const char *const taken[] = {"case", "number", "reason", "note", NULL};
    const char *const *names = s->event.kind == CASE_RECEIPT   ? receipt
                               : s->event.kind == CASE_OUTCOME ? outcome
                                                               : taken;
    if (!exchange_members_known(st->body, names)) {
        return fault_at(why, ST_MALFORMED, 0, "a member that is not known");
    }
    if (s->event.kind == CASE_OUTCOME &&
        !word_of(st->body, "outcome", CASE_LIST_OUTCOMES, &s->event.word)) {
        return fault_at(why, ST_MALFORMED, 0, "outcome");
    }
    if (s->event.kind == CASE_OUTCOME) {
        TRY(case_results_read(st->body, s, why));
    }
    if (s->event.kind == CASE_WITHDRAWAL &&
        !word_of(st->body, "reason", CASE_LIST_REASONS, &s->event.word)) {
        return fault_at(why, ST_MALFORMED, 0, "reason");
    }
    return maybe_enclosed(st->body, s, why);
}

/* --- all --------------------------------------------------------------------------- */

static enum status read_head(const struct exchange_statement *st, struct case_said *s,
                             struct fault *why)
{
    uint8_t id[EXCHANGE_ID_BYTES];
    uint64_t number = 0;
    if (!case_type_is(st->type, &s->event.kind)) {
        return fault_at(why, ST_MALFORMED, 0, "type: no statement of a case");
    }
    if (!exchange_hex_of(st->body, "case", id, sizeof(id))) {
        return fault_at(why, ST_MALFORMED, 0, "case");
    }
    exchange_hex_text(id, sizeof(id), s->id);
    if (!number_of(st->body, "number", LIMIT_HANDED_STATEMENTS, &number) || number == 0) {
        return fault_at(why, ST_MALFORMED, 0, "number");
    }
    if (s->event.kind != CASE_NOTICE && !st->answers) {
        return fault_at(why, ST_MALFORMED, 0, "previous: which notice is it about?");
    }
    s->note = maybe_text(st->body, "note");
    if (s->note == NULL) {
        return fault_at(why, ST_MALFORMED, 0, "note");
    }
    s->event.number = (unsigned)number;
    s->event.hash = st->hash;
    s->event.about = st->previous;
    s->event.time_ns = st->time_ns;
    s->forwarded_to = "";
    return exchange_hex_of(st->root, "id", s->event.id, sizeof(s->event.id))
               ? ST_OK
               : fault_at(why, ST_MALFORMED, 0, "id");
}

enum status case_said_read(const struct exchange_statement *st, struct case_said **ret,
                           struct fault *why)
{
    /* Few statements have claims, and a home has many statements. */
    size_t claims = json_array_size(json_object_get(st->body, "claims"));
    size_t results = json_array_size(json_object_get(st->body, "remotes"));
    claims = claims < LIMIT_CASE_CLAIMS ? claims : LIMIT_CASE_CLAIMS;
    results = results < LIMIT_OUTCOME_REMOTES ? results : LIMIT_OUTCOME_REMOTES;
    CLEANUP(free_ptr)
    struct case_said *s = calloc(1, sizeof(*s) + claims * sizeof(struct case_claim) +
                                        results * sizeof(struct case_result));
    if (s == NULL) {
        return ST_NOMEM;
    }
    s->claim = (struct case_claim *)(s + 1);
    s->result = (struct case_result *)(s->claim + claims);
    TRY(read_head(st, s, why));
    TRY(s->event.kind == CASE_NOTICE   ? read_notice(st, s, why)
        : s->event.kind == CASE_ANSWER ? read_answer(st, s, why)
                                       : read_other(st, s, why));
    *ret = TAKE(s);
    return ST_OK;
}
