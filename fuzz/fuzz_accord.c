/* fuzz/fuzz_accord.c - bodies of accords, and what is made of a file of them.
 *
 * Properties: an accord that is taken has what its clauses govern and nothing else, names
 * technical acts alone, and differs in nothing from itself; its policy can be read; faults
 * are named. The input is a body, a statement's text, or a file.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/canon.h"
#include "exchange/accord/differ.h"
#include "exchange/accord/standing.h"
#include "ledger/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_accord(const struct accord *a)
{
    struct accord_differences d;
    assert(a->party_n >= 2 && a->clause_n >= 1 && a->version >= 1);
    assert(a->has_definitions == accord_has_clause(a, "definitions"));
    assert(a->has_limits == accord_has_clause(a, "time-limits"));
    assert(a->has_witnesses == accord_has_clause(a, "witnesses"));
    for (size_t i = 0; i < a->definitions.n; i++) {
        assert(accord_act_valid(a->definitions.items[i].name));
    }
    for (size_t i = 0; i < a->declined_n; i++) {
        assert(!accord_has_clause(a, a->declined[i].clause->id));
    }
    for (size_t i = 0; i < a->party_n; i++) {
        struct buf policy = BUF_INIT(LIMIT_POLICY_BYTES);
        struct ledger_policy *p = NULL;
        struct fault why = {0};
        accord_policy_write(a, a->party[i].name, &policy);
        assert(ledger_policy_parse(buf_bytes(&policy), &p, &why) == ST_OK);
        ledger_policy_free(p);
        buf_fini(&policy);
    }
    assert(accord_differ(a, a, &d) == ST_OK && d.n == 0);
    accord_differences_fini(&d);
}

/* The body alone, under a head that fits it. */
static void body(struct bytes in)
{
    json_t *v = NULL;
    struct fault why = {0};
    struct accord *a = NULL;
    if (canon_load(in, EXCHANGE_DEPTH, &v, &why) != ST_OK) {
        return;
    }
    struct exchange_statement *s = calloc(1, sizeof(*s));
    assert(s != NULL);
    const json_t *first = json_array_get(json_object_get(v, "parties"), 0);
    json_int_t version = json_integer_value(json_object_get(v, "version"));
    strcpy(s->type, ACCORD_TYPE);
    (void)exchange_text_of(first, "name", s->party, sizeof(s->party));
    (void)exchange_text_of(v, "accord", s->id, sizeof(s->id));
    s->answers = version > 1;
    s->body = v;
    if (accord_read(s, &a, &why) == ST_OK) {
        check_accord(a);
        free(a);
    } else {
        assert(why.field != NULL);
    }
    free(s);
    json_decref(v);
}

static void file(struct bytes in)
{
    struct exchange_handed *h = NULL;
    struct accord_standing *s = NULL;
    struct fault why = {0};
    if (exchange_handed_read(in, &h, &why) != ST_OK) {
        return;
    }
    if (accord_standing_make(h, NULL, NULL, &s, &why) == ST_OK) {
        assert(s->n > 0 && s->newest >= 0 && (size_t)s->newest < s->n);
        for (size_t i = 0; i < s->n; i++) {
            check_accord(s->version[i].accord);
        }
        accord_standing_free(s);
    } else {
        assert(why.field != NULL);
    }
    exchange_handed_free(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    body(bytes_of(copy, size));
    file(bytes_of(copy, size));
    free(copy);
    return 0;
}
