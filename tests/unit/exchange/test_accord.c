/* tests/unit/exchange/test_accord.c - terms are read strictly, compared, and hold when all
 * have signed. */
#include "exchange/accord/accord.h"

#include "base/core/canon.h"
#include "exchange/accord/differ.h"
#include "exchange/accord/draft.h"
#include "exchange/accord/standing.h"
#include "talking.h"

static const uint8_t accord_id[EXCHANGE_ID_BYTES] = {9};

/* A first version between two parties. */
static json_t *body_of(const struct talker *a, const struct talker *b)
{
    struct definition_set *set = calloc(1, sizeof(*set));
    CHECK(set != NULL && definition_set_builtin("default", set) == ST_OK);
    json_t *body = accord_draft_new(accord_template_find("dialogue-2015"), accord_id, set);
    CHECK(body != NULL);
    free(set);
    const struct talker *both[] = {b, a}; /* put in order by name */
    for (size_t i = 0; i < 2; i++) {
        json_t *p = accord_draft_party(&both[i]->home->signer.key, &both[i]->home->next);
        CHECK_INT(accord_draft_contact(p, "inquiry:desk@example.net,+49301,24/7,duty desk"), ST_OK);
        CHECK_INT(accord_draft_put_party(body, p), ST_OK);
    }
    return body;
}

static struct exchange_statement *say_body(const struct talker *t, const json_t *body, uint8_t id,
                                           const struct digest *previous)
{
    struct exchange_statement *ret = NULL;
    struct exchange_saying s = {.type = ACCORD_TYPE,
                                .party = t->home->config.name,
                                .id = {id},
                                .time_ns = TALK_TIME + id * INT64_C(1000000000),
                                .previous = previous,
                                .body = (json_t *)(uintptr_t)body};
    CHECK_INT(exchange_statement_make(&s, &t->home->signer, &ret, NULL), ST_OK);
    return ret;
}

struct pair {
    struct talker a, b;
    json_t *body;
};

static void pair_make(struct pair *p)
{
    talker_make(&p->a, "a.example");
    talker_make(&p->b, "b.example");
    p->body = body_of(&p->a, &p->b);
}

static void pair_remove(struct pair *p)
{
    json_decref(p->body);
    talker_remove(&p->a);
    talker_remove(&p->b);
}

/* --- reading ------------------------------------------------------------------------ */

static void what_is_drafted_is_read(void)
{
    struct pair p;
    struct accord *a = NULL;
    struct fault why = {0};
    pair_make(&p);
    struct exchange_statement *s = say_body(&p.a, p.body, 9, NULL);
    CHECK_INT(accord_read(s, &a, &why), ST_OK);
    CHECK_STR(why.field != NULL ? why.field : "", "");
    CHECK(a->version == 1 && a->party_n == 2 && a->has_definitions && a->has_limits);
    CHECK_STR(a->party[0].name, "a.example");
    CHECK_STR(a->party[1].contact[0].phone, "+49301");
    CHECK_INT(a->limits[6], 180);
    CHECK_INT(a->denials, (1U << 13) - 1);
    CHECK(accord_has_clause(a, "review") && !accord_has_clause(a, "witnesses"));
    free(a);
    exchange_statement_free(s);
    pair_remove(&p);
}

/* Put a value at a path such as "parties/0/name"; "-" takes it out. */
static void put_at(json_t *root, const char *path, const char *json)
{
    char part[64];
    json_t *at = root;
    const char *slash;
    while ((slash = strchr(path, '/')) != NULL) {
        (void)snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
        at = json_is_array(at) ? json_array_get(at, (size_t)strtoul(part, NULL, 10))
                               : json_object_get(at, part);
        path = slash + 1;
    }
    json_t *v = json[0] != '-' ? json_loads(json, JSON_DECODE_ANY, NULL) : NULL;
    if (json_is_array(at)) {
        CHECK_INT(v != NULL ? json_array_append_new(at, v) : json_array_remove(at, 0), 0);
    } else {
        CHECK_INT(v != NULL ? json_object_set_new(at, path, v) : json_object_del(at, path), 0);
    }
}

static void every_flaw_has_its_name(void)
{
    static const struct {
        const char *path, *json, *field;
    } flaws[] = {
        {"more", "1", "a member of the accord that is not known"},
        {"accord", "\"00\"", "accord"},
        {"version", "0", "version"},
        {"version", "true", "version"},
        {"title", "\"Terms\"", "template"},
        {"template", "\"other\"", "template"},
        {"clauses", "[]", "clauses"},
        {"clauses/x", "{\"id\":\"speech\"}", "clause that this program does not know"},
        {"clauses/0/version", "2", "clause that this program does not know"},
        {"clauses/0/text", "\"What is said counts.\"", "text of a clause is not that clause's"},
        {"clauses/0/source", "\"us\"", "text of a clause is not that clause's"},
        {"clauses/0/more", "1", "clause that this program does not know"},
        {"parties/x", "-", "parties: an accord has two or more"},
        {"parties/0/name", "\"z.example\"", "key of a party"},
        {"parties/0/name", "\"a b\"", "name of a party"},
        {"parties/0/key", "\"x\"", "key of a party"},
        {"parties/0/next", "\"AA==\"", "next key of a party"},
        {"parties/0/more", "1", "a member of a party that is not known"},
        {"parties/0/title", "\"a\\u202eb\"", "title of a party"},
        {"parties/0/contacts", "[]", "contacts"},
        {"parties/0/contacts/0/lane", "\"press\"", "lane of a contact point"},
        {"parties/0/contacts/0/mail", "\"nobody\"", "mail of a contact point"},
        {"parties/0/contacts/0/role", "\"a\\nb\"", "contact point"},
        {"parties/0/networks", "[\"2001:DB8::/32\"]", "networks: not in the usual spelling"},
        {"parties/0/networks", "[\"home\"]", "networks"},
        {"parties/0/sensors", "[\"a b\"]", "sensors"},
        {"parties/0/tls", "[\"aa\"]", "tls"},
        {"definitions", "-", "clause without what it governs"},
        {"witnesses", "{\"keys\":[],\"quorum\":1}", "member whose clause does not hold"},
        {"definitions/hash", "\"aa\"", "definitions"},
        {"definitions/set/definitions/0/parameters/targets", "26", "hash of the definitions"},
        {"definitions/set/definitions/0/parameters/targets", "-",
         "definitions: not all values are said"},
        {"definitions/set/definitions/0/parameters/words", "\"insult\"", NULL},
        {"definitions/set/definitions/0/name", "\"speech.insult\"", NULL},
        {"denials", "[\"satire\"]", "denials"},
        {"denials", "[\"altered\",\"fabricated\"]", "denials"},
        {"denials", "[\"altered\",\"altered\"]", "denials"},
        {"grounds", "[]", "grounds"},
        {"limits/answer_days", "0", "answer_days"},
        {"limits/answer_days", "366", "answer_days"},
        {"limits/weeks", "1", "limits"},
        {"sharing/tlp", "\"PINK\"", "tlp"},
        {"sharing/pass_on", "[\"press\"]", "pass_on"},
        {"declined", "[]", "declined"},
        {"declined",
         "[{\"by\":\"a\",\"clause\":\"purpose\",\"ground\":\"privacy\",\"quoted\":\"x\"}]",
         "clause that holds and is declined"},
        {"declined", "[{\"by\":\"a\",\"clause\":\"link\",\"ground\":\"dislike\",\"quoted\":\"x\"}]",
         "ground on which a clause was declined"},
        {"declined", "[{\"by\":\"a\",\"clause\":\"link\",\"ground\":\"privacy\",\"quoted\":{}}]",
         "quoted text of a declined clause"},
    };
    struct pair p;
    struct fault why = {0};
    pair_make(&p);
    CHECK_INT(accord_body_check(p.body, &why), ST_OK);
    for (size_t i = 0; i < ARRAY_LEN(flaws); i++) {
        json_t *bad = json_deep_copy(p.body);
        why = (struct fault){.field = NULL};
        put_at(bad, flaws[i].path, flaws[i].json);
        CHECK(accord_body_check(bad, &why) != ST_OK);
        if (flaws[i].field != NULL) {
            CHECK_STR(why.field, flaws[i].field);
        }
        CHECK(why.field != NULL);
        json_decref(bad);
    }
    pair_remove(&p);
}

/* Speech under the name of a known method, with the right hash. */
static void a_definition_is_of_a_technical_act(void)
{
    static const char speech[] = "{\"set\":\"s\",\"definitions\":[{\"name\":\"speech.insult\","
                                 "\"version\":1,\"method\":\"probe.web\"}]}";
    struct pair p;
    struct fault why = {0};
    struct definition_set *set = calloc(1, sizeof(*set));
    pair_make(&p);
    CHECK_INT(definition_set_read(BYTES_LITERAL(speech), set, &why), ST_OK);
    CHECK_INT(accord_draft_definitions(p.body, set), ST_OK);
    CHECK_INT(accord_body_check(p.body, &why), ST_MALFORMED);
    CHECK_STR(why.field, "definition that is not of a technical act");
    free(set);
    pair_remove(&p);
}

static void what_is_declined_is_quoted_and_nothing_else(void)
{
    struct pair p;
    struct accord *a = NULL;
    pair_make(&p);
    const struct accord_clause *c = accord_clause_find("definitions");
    CHECK_INT(accord_draft_decline(p.body, accord_clause_find("witnesses"), "b.example", "privacy"),
              ST_END);
    CHECK_INT(accord_draft_decline(p.body, c, "b.example", "privacy"), ST_OK);
    CHECK_INT(accord_draft_decline(p.body, c, "b.example", "privacy"), ST_END);
    struct exchange_statement *s = say_body(&p.a, p.body, 9, NULL);
    CHECK_INT(accord_read(s, &a, NULL), ST_OK);
    CHECK(!a->has_definitions && a->definitions.n == 0 && a->declined_n == 1);
    CHECK(!accord_has_clause(a, "definitions") && a->declined[0].clause == c);
    CHECK(strstr(a->declined[0].quoted, "scan.vertical") != NULL);
    CHECK_INT(accord_draft_set(p.body, "answer_days=3"), ST_OK);
    CHECK_INT(
        accord_draft_decline(p.body, accord_clause_find("time-limits"), "b.example", "sovereignty"),
        ST_OK);
    CHECK_INT(accord_draft_set(p.body, "answer_days=3"), ST_MALFORMED); /* nothing to set */
    free(a);
    exchange_statement_free(s);
    pair_remove(&p);
}

/* --- comparing ---------------------------------------------------------------------- */

static void what_differs_is_told_and_nothing_else(void)
{
    static const struct {
        const char *set, *about, *old, *now;
    } changes[] = {
        {"answer_days=10", "limit", "7", "10"},
        {"tlp=RED", "sharing", "AMBER", "RED"},
        {"grounds=political-offence,sovereignty,ordre-public,no-legal-basis", "list", "privacy",
         ""},
        {"pass_on=own-organisation,customer,national-cert", "list", "", "customer"},
    };
    struct pair p;
    struct accord_differences d;
    struct accord *a = NULL;
    pair_make(&p);
    struct exchange_statement *s = say_body(&p.a, p.body, 9, NULL);
    CHECK_INT(accord_read(s, &a, NULL), ST_OK);
    CHECK_INT(accord_differ(a, a, &d), ST_OK);
    CHECK_INT(d.n, 0);
    accord_differences_fini(&d);
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        struct accord *b = NULL;
        json_t *other = accord_draft_copy(p.body);
        CHECK_INT(accord_draft_set(other, changes[i].set), ST_OK);
        struct exchange_statement *t = say_body(&p.b, other, 10, &s->hash);
        CHECK_INT(accord_read(t, &b, NULL), ST_OK);
        CHECK_INT(accord_differ(a, b, &d), ST_OK);
        CHECK_INT(d.n, 1);
        if (d.n == 1) {
            CHECK_STR(d.list[0].about, changes[i].about);
            CHECK_STR(d.list[0].old, changes[i].old);
            CHECK_STR(d.list[0].now, changes[i].now);
        }
        accord_differences_fini(&d);
        free(b);
        exchange_statement_free(t);
        json_decref(other);
    }
    free(a);
    exchange_statement_free(s);
    pair_remove(&p);
}

/* --- standing ----------------------------------------------------------------------- */

/* A file of these statements, as they are. */
static struct exchange_handed *file_of(struct exchange_statement *const *list, size_t n)
{
    CLEANUP(exchange_handing_fini) struct exchange_handing w = {NULL, NULL, NULL};
    CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 22);
    struct exchange_handed *h = NULL;
    CHECK_INT(exchange_handing_init(&w), ST_OK);
    for (size_t i = 0; i < n; i++) {
        CHECK_INT(exchange_handing_add(&w, list[i], NULL), ST_OK);
    }
    CHECK_INT(exchange_handing_write(&w, &out, NULL), ST_OK);
    CHECK_INT(exchange_handed_read(buf_bytes(&out), &h, NULL), ST_OK);
    return h;
}

static enum status stand(struct exchange_statement *const *list, size_t n,
                         struct accord_standing **ret, struct exchange_handed **h,
                         struct fault *why)
{
    *h = file_of(list, n);
    return accord_standing_make(*h, NULL, NULL, ret, why);
}

static void it_holds_when_all_have_signed(void)
{
    struct pair p;
    struct accord_standing *st = NULL;
    struct exchange_handed *h = NULL;
    pair_make(&p);
    struct exchange_statement *s[3] = {say_body(&p.a, p.body, 9, NULL)};
    CHECK_INT(stand(s, 1, &st, &h, NULL), ST_OK);
    CHECK(st->state == ACCORD_PROPOSED && st->in_force == -1 && !st->member[0].confirmed);
    accord_standing_free(st);
    exchange_handed_free(h);
    CHECK_INT(exchange_statement_sign(s[0], &p.b.home->signer, NULL), ST_OK);
    CHECK_INT(stand(s, 1, &st, &h, NULL), ST_OK);
    CHECK(st->state == ACCORD_IN_FORCE && st->in_force == 0);
    accord_standing_free(st);
    exchange_handed_free(h);

    /* Each changes it in his own way, and each change is signed by both. */
    for (size_t i = 1; i < 3; i++) {
        json_t *other = accord_draft_copy(p.body);
        CHECK_INT(accord_draft_set(other, i == 1 ? "answer_days=3" : "answer_days=4"), ST_OK);
        s[i] = say_body(i == 1 ? &p.a : &p.b, other, (uint8_t)(10 + i), &s[0]->hash);
        json_decref(other);
    }
    CHECK_INT(stand(s, 3, &st, &h, NULL), ST_OK);
    CHECK(st->in_force == 0 && !st->contradiction);
    CHECK_INT(st->version[st->newest].accord->version, 2);
    accord_standing_free(st);
    exchange_handed_free(h);
    CHECK_INT(exchange_statement_sign(s[1], &p.b.home->signer, NULL), ST_OK);
    CHECK_INT(exchange_statement_sign(s[2], &p.a.home->signer, NULL), ST_OK);
    CHECK_INT(stand(s, 3, &st, &h, NULL), ST_OK);
    CHECK(st->contradiction);
    accord_standing_free(st);
    exchange_handed_free(h);
    for (size_t i = 0; i < 3; i++) {
        exchange_statement_free(s[i]);
    }
    pair_remove(&p);
}

/* Who proposes another party's keys cannot speak for it. */
static void nobody_promises_for_another(void)
{
    struct pair p;
    struct accord_standing *st = NULL;
    struct exchange_handed *h = NULL;
    struct fault why = {0};
    pair_make(&p);
    (void)json_object_del(accord_draft_party_of(p.body, "b.example"), "next");
    struct exchange_statement *s[2] = {say_body(&p.a, p.body, 9, NULL)};
    json_t *other = accord_draft_copy(p.body);
    json_t *forged = accord_draft_party(&p.b.home->signer.key, &p.a.home->next);
    CHECK_INT(accord_draft_put_party(other, forged), ST_OK);
    s[1] = say_body(&p.a, other, 11, &s[0]->hash);
    CHECK_INT(stand(s, 2, &st, &h, &why), ST_OK);
    const struct accord_member *m = accord_member_find(st, "b.example");
    CHECK(m != NULL && !m->keys.promised);
    accord_standing_free(st);
    exchange_handed_free(h);
    /* Another key for it does not follow from the one that was named. */
    json_decref(other);
    other = accord_draft_copy(p.body);
    struct talker thief;
    talker_make(&thief, "b.example");
    CHECK_INT(accord_draft_put_party(
                  other, accord_draft_party(&thief.home->signer.key, &thief.home->next)),
              ST_OK);
    exchange_statement_free(s[1]);
    s[1] = say_body(&p.a, other, 11, &s[0]->hash);
    CHECK_INT(stand(s, 2, &st, &h, &why), ST_MISMATCH);
    CHECK_STR(why.field, "key of a party that does not follow from the one agreed on before");
    exchange_handed_free(h);
    talker_remove(&thief);
    json_decref(other);
    exchange_statement_free(s[0]);
    exchange_statement_free(s[1]);
    pair_remove(&p);
}

static void a_failed_allocation_leaks_nothing(void)
{
    struct pair p;
    pair_make(&p);
    struct exchange_statement *s = say_body(&p.a, p.body, 9, NULL);
    struct exchange_handed *h = file_of(&s, 1);
    for (unsigned n = 1;; n++) {
        struct accord_standing *st = NULL;
        struct accord_differences d = {.n = 0};
        test_fail_allocation(n);
        enum status r = accord_standing_make(h, NULL, NULL, &st, NULL);
        r = r != ST_OK ? r : accord_differ(st->version[0].accord, st->version[0].accord, &d);
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        CHECK(failed ? r != ST_OK : r == ST_OK);
        accord_differences_fini(&d);
        accord_standing_free(st);
        if (!failed) {
            CHECK(n > 2);
            break;
        }
    }
    exchange_handed_free(h);
    exchange_statement_free(s);
    pair_remove(&p);
}

TEST_MAIN(TEST(what_is_drafted_is_read), TEST(every_flaw_has_its_name),
          TEST(a_definition_is_of_a_technical_act),
          TEST(what_is_declined_is_quoted_and_nothing_else),
          TEST(what_differs_is_told_and_nothing_else), TEST(it_holds_when_all_have_signed),
          TEST(nobody_promises_for_another), TEST(a_failed_allocation_leaks_nothing))
