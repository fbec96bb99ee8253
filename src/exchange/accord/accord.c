/* exchange/accord/accord.c - reading an accord's body. */
#include "exchange/accord/accord.h"

#include <stdlib.h>
#include <string.h>

/* Words of a closed list, in its order, each once. */
enum status accord_bits_read(const json_t *list, enum accord_list which, uint32_t *ret)
{
    uint32_t bits = 0;
    int last = -1;
    if (!json_is_array(list) || json_array_size(list) == 0) {
        return ST_MALFORMED;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *word = json_string_value(json_array_get(list, i));
        int place = word != NULL ? accord_word_find(which, word) : -1;
        if (place <= last) {
            return ST_MALFORMED;
        }
        bits |= UINT32_C(1) << place;
        last = place;
    }
    *ret = bits;
    return ST_OK;
}

/* Its text has to be that of the clause: an accord of a program that knows another
 * text is refused, not shown with ours. */
static enum status read_clause(const json_t *o, struct accord *a, struct fault *why)
{
    static const char *const names[] = {"id", "version", "title", "text", "source", NULL};
    const char *id = json_string_value(json_object_get(o, "id"));
    const char *text = json_string_value(json_object_get(o, "text"));
    const char *title = json_string_value(json_object_get(o, "title"));
    const char *source = json_string_value(json_object_get(o, "source"));
    const struct accord_clause *c = id != NULL ? accord_clause_find(id) : NULL;
    if (!exchange_members_known(o, names) || c == NULL ||
        json_integer_value(json_object_get(o, "version")) != c->version) {
        return fault_at(why, ST_MALFORMED, 0, "clause that this program does not know");
    }
    if (text == NULL || strcmp(text, c->text) != 0 || title == NULL ||
        strcmp(title, c->title) != 0 || source == NULL || strcmp(source, c->source) != 0) {
        return fault_at(why, ST_MALFORMED, 0, "text of a clause is not that clause's");
    }
    if (a->clause_n > 0 && c <= a->clause[a->clause_n - 1]) {
        return fault_at(why, ST_MALFORMED, 0, "order of clauses");
    }
    a->clause[a->clause_n++] = c;
    return ST_OK;
}

static enum status read_clauses(const json_t *list, struct accord *a, struct fault *why)
{
    if (!json_is_array(list) || json_array_size(list) == 0 ||
        json_array_size(list) > ACCORD_CLAUSES_MAX) {
        return fault_at(why, ST_MALFORMED, 0, "clauses");
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        TRY(read_clause(json_array_get(list, i), a, why));
    }
    return ST_OK;
}

static enum status read_parties(const json_t *list, struct accord *a, struct fault *why)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n < 2) {
        return fault_at(why, ST_MALFORMED, 0, "parties: an accord has two or more");
    }
    if (n > LIMIT_ACCORD_PARTIES) {
        return fault_limit(why, 0, "parties", LIMIT_ACCORD_PARTIES);
    }
    for (size_t i = 0; i < n; i++) {
        TRY(accord_party_read(json_array_get(list, i), &a->party[i], why));
        /* By name, so that two accords of the same parties are alike. */
        if (i > 0 && strcmp(a->party[i - 1].name, a->party[i].name) >= 0) {
            return fault_at(why, ST_MALFORMED, 0, "order of parties");
        }
        for (size_t k = 0; k < i; k++) {
            if (memcmp(&a->party[k].key.material, &a->party[i].key.material,
                       sizeof(struct digest)) == 0) {
                return fault_at(why, ST_MALFORMED, 0, "key of two parties");
            }
        }
    }
    a->party_n = n;
    return ST_OK;
}

static enum status read_limits(const json_t *o, struct accord *a, struct fault *why)
{
    const char *names[ACCORD_LIMITS + 1] = {NULL};
    for (size_t i = 0; i < ACCORD_LIMITS; i++) {
        names[i] = accord_word_at(ACCORD_LIMIT_NAMES, i).name;
    }
    if (!exchange_members_known(o, names) || json_object_size(o) == 0) {
        return fault_at(why, ST_MALFORMED, 0, "limits");
    }
    for (size_t i = 0; i < ACCORD_LIMITS; i++) {
        const json_t *v = json_object_get(o, names[i]);
        json_int_t n = json_integer_value(v);
        if (v != NULL && (!json_is_integer(v) || n < 1 || n > accord_limit_most(i))) {
            return fault_at(why, ST_MALFORMED, 0, names[i]);
        }
        a->limits[i] = (unsigned)n;
    }
    return ST_OK;
}

static enum status read_sharing(const json_t *o, struct accord *a, struct fault *why)
{
    static const char *const names[] = {"tlp", "pass_on", NULL};
    char tlp[32];
    int place = -1;
    if (!exchange_members_known(o, names) || !exchange_text_of(o, "tlp", tlp, sizeof(tlp)) ||
        (place = accord_word_find(ACCORD_TLP, tlp)) < 0) {
        return fault_at(why, ST_MALFORMED, 0, "tlp");
    }
    a->tlp = (size_t)place;
    const json_t *list = json_object_get(o, "pass_on");
    if (list != NULL && accord_bits_read(list, ACCORD_RECIPIENTS, &a->recipients) != ST_OK) {
        return fault_at(why, ST_MALFORMED, 0, "pass_on");
    }
    return ST_OK;
}

static enum status read_one_declined(const json_t *o, struct accord *a, struct fault *why)
{
    static const char *const names[] = {"clause", "by", "ground", "quoted", NULL};
    struct accord_declined *d = &a->declined[a->declined_n];
    char clause[64], ground[64];
    int place = -1;
    const json_t *quoted = json_object_get(o, "quoted");
    if (!exchange_members_known(o, names) ||
        !exchange_text_of(o, "clause", clause, sizeof(clause)) ||
        (d->clause = accord_clause_find(clause)) == NULL) {
        return fault_at(why, ST_MALFORMED, 0, "declined clause");
    }
    if (!exchange_text_of(o, "by", d->by, sizeof(d->by)) ||
        !ledger_name_valid(bytes_of(d->by, strlen(d->by)))) {
        return fault_at(why, ST_MALFORMED, 0, "who declined a clause");
    }
    if (!exchange_text_of(o, "ground", ground, sizeof(ground)) ||
        (place = accord_word_find(ACCORD_GROUNDS, ground)) < 0) {
        return fault_at(why, ST_MALFORMED, 0, "ground on which a clause was declined");
    }
    d->ground = (size_t)place;
    if (!json_is_string(quoted) || json_string_length(quoted) == 0 ||
        json_string_length(quoted) > ACCORD_QUOTED_MAX) {
        return fault_at(why, ST_MALFORMED, 0, "quoted text of a declined clause");
    }
    d->quoted = json_string_value(quoted);
    a->declined_n++;
    return accord_has_clause(a, clause)
               ? fault_at(why, ST_MALFORMED, 0, "clause that holds and is declined")
               : ST_OK;
}

static enum status read_declined(const json_t *list, struct accord *a, struct fault *why)
{
    if (list == NULL) {
        return ST_OK;
    }
    if (!json_is_array(list) || json_array_size(list) == 0 ||
        json_array_size(list) > ACCORD_CLAUSES_MAX) {
        return fault_at(why, ST_MALFORMED, 0, "declined");
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        TRY(read_one_declined(json_array_get(list, i), a, why));
        for (size_t k = 0; k < i; k++) {
            if (a->declined[k].clause == a->declined[i].clause) {
                return fault_at(why, ST_MALFORMED, 0, "clause that is declined twice");
            }
        }
    }
    return ST_OK;
}

/* Each of these members stands and falls with its clause. */
static enum status check_governed(const json_t *body, const struct accord *a, struct fault *why)
{
    const struct accord_clause *c;
    for (size_t i = 0; (c = accord_clause_at(i)) != NULL; i++) {
        bool holds = accord_has_clause(a, c->id);
        if (c->governs[0] != '\0' && holds != (json_object_get(body, c->governs) != NULL)) {
            return fault_at(why, ST_MALFORMED, 0,
                            holds ? "clause without what it governs"
                                  : "member whose clause does not hold");
        }
        if (holds && c->needs[0] != '\0' && json_object_get(body, c->needs) == NULL) {
            return fault_at(why, ST_MALFORMED, 0, "clause without what it needs");
        }
    }
    return ST_OK;
}

static enum status read_governed(const json_t *body, struct accord *a, struct fault *why)
{
    const json_t *v;
    if ((v = json_object_get(body, "definitions")) != NULL) {
        TRY(accord_definitions_read(v, &a->definitions, why));
        a->has_definitions = true;
    }
    if ((v = json_object_get(body, "denials")) != NULL) {
        a->has_denials = accord_bits_read(v, ACCORD_DENIALS, &a->denials) == ST_OK;
        TRY(a->has_denials ? ST_OK : fault_at(why, ST_MALFORMED, 0, "denials"));
    }
    if ((v = json_object_get(body, "grounds")) != NULL) {
        a->has_grounds = accord_bits_read(v, ACCORD_GROUNDS, &a->grounds) == ST_OK;
        TRY(a->has_grounds ? ST_OK : fault_at(why, ST_MALFORMED, 0, "grounds"));
    }
    if ((v = json_object_get(body, "limits")) != NULL) {
        TRY(read_limits(v, a, why));
        a->has_limits = true;
    }
    if ((v = json_object_get(body, "witnesses")) != NULL) {
        TRY(accord_witnesses_read(v, a, why));
        a->has_witnesses = true;
    }
    if ((v = json_object_get(body, "sharing")) != NULL) {
        TRY(read_sharing(v, a, why));
        a->has_sharing = true;
    }
    return ST_OK;
}

static enum status read_head(const json_t *body, struct accord *a, struct fault *why)
{
    uint8_t id[EXCHANGE_ID_BYTES];
    const json_t *version = json_object_get(body, "version");
    if (!exchange_hex_of(body, "accord", id, sizeof(id))) {
        return fault_at(why, ST_MALFORMED, 0, "accord");
    }
    exchange_hex_text(id, sizeof(id), a->id);
    if (!json_is_integer(version) || json_integer_value(version) < 1 ||
        json_integer_value(version) > ACCORD_VERSION_MAX) {
        return fault_at(why, ST_MALFORMED, 0, "version");
    }
    a->version = (unsigned)json_integer_value(version);
    if (!exchange_text_of(body, "title", a->title, sizeof(a->title))) {
        return fault_at(why, ST_MALFORMED, 0, "title");
    }
    if (!exchange_text_of(body, "template", a->template_name, sizeof(a->template_name)) ||
        accord_template_find(a->template_name) == NULL ||
        strcmp(accord_template_find(a->template_name)->title, a->title) != 0) {
        return fault_at(why, ST_MALFORMED, 0, "template");
    }
    return ST_OK;
}

static enum status read_body(const json_t *body, struct accord *a, struct fault *why)
{
    static const char *const names[] = {
        "accord",  "version", "title",  "template",  "clauses", "parties",  "definitions",
        "denials", "grounds", "limits", "witnesses", "sharing", "declined", NULL};
    if (!exchange_members_known(body, names)) {
        return fault_at(why, ST_MALFORMED, 0, "a member of the accord that is not known");
    }
    TRY(read_head(body, a, why));
    TRY(read_clauses(json_object_get(body, "clauses"), a, why));
    TRY(read_parties(json_object_get(body, "parties"), a, why));
    TRY(check_governed(body, a, why));
    TRY(read_governed(body, a, why));
    return read_declined(json_object_get(body, "declined"), a, why);
}

enum status accord_read(const struct exchange_statement *s, struct accord **ret, struct fault *why)
{
    if (strcmp(s->type, ACCORD_TYPE) != 0) {
        return fault_at(why, ST_MALFORMED, 0, "type: not an accord");
    }
    CLEANUP(free_ptr) struct accord *a = calloc(1, sizeof(*a));
    if (a == NULL) {
        return ST_NOMEM;
    }
    TRY(read_body(s->body, a, why));
    if (accord_party_find(a, s->party) == NULL) {
        return fault_at(why, ST_MALFORMED, 0, "party: it is not one of the accord's");
    }
    if (s->answers != (a->version > 1) || (a->version == 1 && strcmp(a->id, s->id) != 0)) {
        return fault_at(why, ST_MALFORMED, 0, "version and previous do not fit");
    }
    *ret = TAKE(a);
    return ST_OK;
}

enum status accord_body_check(const json_t *body, struct fault *why)
{
    CLEANUP(free_ptr) struct accord *a = calloc(1, sizeof(*a));
    return a != NULL ? read_body(body, a, why) : ST_NOMEM;
}

const struct accord_party *accord_party_find(const struct accord *a, const char *name)
{
    for (size_t i = 0; i < a->party_n; i++) {
        if (strcmp(a->party[i].name, name) == 0) {
            return &a->party[i];
        }
    }
    return NULL;
}

bool accord_has_clause(const struct accord *a, const char *id)
{
    for (size_t i = 0; i < a->clause_n; i++) {
        if (strcmp(a->clause[i]->id, id) == 0) {
            return true;
        }
    }
    return false;
}

void accord_policy_write(const struct accord *a, const char *party, struct buf *out)
{
    const struct accord_party *p = accord_party_find(a, party);
    if (p == NULL) {
        return;
    }
    buf_str(out, "log ");
    ledger_key_format(&p->key, out);
    for (size_t i = 0; i < a->witness_n; i++) {
        buf_printf(out, "\nwitness %s ", a->witness[i].name);
        ledger_key_format(&a->witness[i].key, out);
    }
    if (a->witness_n > 0) {
        buf_printf(out, "\ngroup the-accord %u", a->quorum);
        for (size_t i = 0; i < a->witness_n; i++) {
            buf_printf(out, " %s", a->witness[i].name);
        }
    }
    buf_str(out, a->witness_n > 0 ? "\nquorum the-accord\n" : "\nquorum none\n");
}
