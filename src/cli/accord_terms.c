/* cli/accord_terms.c - terms that options ask for, put into the body of an accord. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os/file.h"
#include "cli/accord_parts.h"
#include "cli/say.h"
#include "exchange/accord/draft.h"

static bool refuse(const char *option, const char *value, enum status st, const char *wants)
{
    if (st == ST_OK) {
        return true;
    }
    say("accord: %s %s: %s", option, value, st == ST_NOMEM ? status_text(st) : wants);
    return false;
}

static bool put_definitions(const struct accord_job *job, json_t *body)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_STATEMENT_BYTES);
    struct definition_set *set = calloc(1, sizeof(*set));
    struct fault why = {0};
    enum status st = set != NULL ? definition_set_builtin(job->definitions, set) : ST_NOMEM;
    if (st == ST_END) {
        st = file_read(job->definitions, &file, &why);
        st = st != ST_OK ? st : definition_set_read(buf_bytes(&file), set, &why);
    }
    st = st != ST_OK ? st : accord_draft_definitions(body, set);
    st = st != ST_OK ? st : accord_draft_clause(body, accord_clause_governing("definitions"));
    free(set);
    if (st != ST_OK) {
        say_fault(job->definitions, st, &why);
    }
    return st == ST_OK;
}

static bool put_networks(const struct accord_job *job, json_t *party)
{
    bool good = true;
    for (size_t i = 0; i < job->network.n && good; i++) {
        struct prefix net;
        const char *text = job->network.v[i];
        enum status st = prefix_parse(bytes_of(text, strlen(text)), &net);
        st = st != ST_OK ? st : accord_draft_network(party, &net);
        good = refuse("--network", text, st, "not a network such as 192.0.2.0/24");
    }
    return good;
}

/* What is given replaces all that was there of its kind. */
static bool put_party(const struct accord_job *job, json_t *party)
{
    static const char *const names[] = {"contacts", "networks", "sensors", "tls"};
    const struct accord_values *const lists[] = {&job->contact, &job->network, &job->sensor,
                                                 &job->tls};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (lists[i]->n > 0) {
            (void)json_object_del(party, names[i]); /* it may not be there */
        }
    }
    bool good = job->title == NULL ||
                refuse("--title", job->title, accord_draft_title(party, job->title), "not UTF-8");
    for (size_t i = 0; i < job->contact.n && good; i++) {
        good =
            refuse("--contact", job->contact.v[i], accord_draft_contact(party, job->contact.v[i]),
                   "not LANE:MAIL[,PHONE[,HOURS[,ROLE]]] with machine, inquiry or leaders");
    }
    for (size_t i = 0; i < job->sensor.n && good; i++) {
        good = refuse("--sensor", job->sensor.v[i], accord_draft_sensor(party, job->sensor.v[i]),
                      "not UTF-8");
    }
    for (size_t i = 0; i < job->tls.n && good; i++) {
        good = refuse("--tls", job->tls.v[i], accord_draft_tls(party, job->tls.v[i]),
                      "not 64 digits of lower-case hexadecimal");
    }
    return good && put_networks(job, party);
}

static bool put_witnesses(const struct accord_job *job, json_t *body)
{
    bool good = true;
    for (size_t i = 0; i < job->witness.n && good; i++) {
        struct ledger_key key;
        const char *text = job->witness.v[i];
        enum status st = ledger_key_parse(bytes_of(text, strlen(text)), &key, NULL);
        st = st == ST_OK && key.type != LEDGER_KEY_COSIGN ? ST_MALFORMED : st;
        st = st != ST_OK ? st : accord_draft_witness(body, &key);
        good = refuse("--witness", text, st, "not the public key of a witness (key make --cosign)");
    }
    if (good && job->quorum != 0) {
        good = refuse("--quorum", "", accord_draft_quorum(body, job->quorum),
                      "there are no witnesses");
    }
    return good;
}

static bool put_clause(const struct accord_job *job, json_t *body)
{
    const struct accord_clause *c = job->clause != NULL ? accord_clause_find(job->clause) : NULL;
    if (job->clause == NULL) {
        return true;
    }
    if (c == NULL || c->governs[0] != '\0') {
        return refuse("--clause", job->clause, ST_MALFORMED,
                      c == NULL ? "there is no such clause"
                                : "this one comes with its terms: --definitions, --witness");
    }
    return refuse("--clause", job->clause, accord_draft_clause(body, c), "");
}

/* "a, b or c" */
static void list_words(struct buf *out, enum accord_list list)
{
    for (size_t i = 0; accord_word_at(list, i).name != NULL; i++) {
        bool last = accord_word_at(list, i + 1).name == NULL;
        buf_printf(out, "%s%s", i == 0 ? "" : last ? " or " : ", ", accord_word_at(list, i).name);
    }
}

/* Which term that is, and what it may be; the member of the body that has it. */
static const char *term_of(const char *name, struct buf *wants)
{
    static const struct {
        const char *name, *member;
        enum accord_list list;
    } lists[] = {{"tlp", "sharing", ACCORD_TLP},
                 {"pass_on", "sharing", ACCORD_RECIPIENTS},
                 {"denials", "denials", ACCORD_DENIALS},
                 {"grounds", "grounds", ACCORD_GROUNDS}};
    int limit = accord_word_find(ACCORD_LIMIT_NAMES, name);
    if (limit >= 0) {
        buf_printf(wants, "a whole number from 1 to %u", accord_limit_most((size_t)limit));
        return "limits";
    }
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        if (strcmp(lists[i].name, name) == 0) {
            buf_str(wants, i == 0 ? "one of " : "some of these, parted by commas: ");
            list_words(wants, lists[i].list);
            return lists[i].member;
        }
    }
    list_words(wants, ACCORD_LIMIT_NAMES);
    buf_str(wants, "; or tlp, pass_on, denials, grounds");
    return NULL;
}

static bool put_set(const char *text, json_t *body)
{
    CLEANUP(buf_fini) struct buf wants = BUF_INIT(4096);
    char name[64] = "";
    size_t n = strcspn(text, "=");
    enum status st = accord_draft_set(body, text);
    if (st != ST_MALFORMED) {
        return refuse("--set", text, st, "");
    }
    (void)snprintf(name, sizeof(name), "%.*s", n < sizeof(name) ? (int)n : 0, text);
    const char *member = term_of(name, &wants);
    buf_byte(&wants, '\0');
    const char *said = wants.failed == ST_OK ? (const char *)wants.data : "";
    if (text[n] == '\0') {
        say("accord: --set %s: NAME=VALUE is wanted", text);
    } else if (member == NULL) {
        say("accord: --set %s: there is no term of this name, but %s", text, said);
    } else if (json_object_get(body, member) == NULL) {
        say("accord: --set %s: the clause that governs it (%s) is not part of this accord", text,
            accord_clause_governing(member)->id);
    } else {
        say("accord: --set %s: wants %s", text, said);
    }
    return false;
}

bool accord_put_terms(const struct accord_job *job, json_t *body, json_t *self)
{
    bool good = put_party(job, self) && (job->definitions == NULL || put_definitions(job, body)) &&
                put_witnesses(job, body) && put_clause(job, body);
    for (size_t i = 0; i < job->set.n && good; i++) {
        good = put_set(job->set.v[i], body);
    }
    return good;
}
