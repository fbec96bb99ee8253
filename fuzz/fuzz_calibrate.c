/* fuzz/fuzz_calibrate.c - rounds, judgements, lists of scenarios, and what is made of a file of
 * statements.
 *
 * Properties: what is taken has words of the closed lists alone, one judgement for each
 * scenario, and is the same when it was written and read again; nobody has revealed who has
 * not committed; counts fit each other; faults are named. The input is a body of a round, a
 * list, judgements, or a file of statements.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/canon.h"
#include "exchange/calibrate/agree.h"
#include "exchange/talk/handed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round(const struct calibrate_round *r)
{
    assert(r->party_n >= 2 && r->party_n <= LIMIT_CALIBRATE_PARTIES && r->scenario_n >= 1);
    for (size_t i = 0; i < r->scenario_n; i++) {
        const struct calibrate_scenario *s = &r->scenario[i];
        assert(calibrate_scenario_place(r, s->id) == (int)i && strchr(s->id, '/') == NULL);
        assert(calibrate_word_at(CALIBRATE_KINDS, s->kind).name != NULL && s->local_n >= 1);
    }
}

/* The body alone, under a head that fits it. */
static void round_body(struct bytes in)
{
    json_t *v = NULL;
    struct calibrate_round *r = NULL;
    struct fault why = {0};
    if (canon_load(in, EXCHANGE_DEPTH, &v, &why) != ST_OK) {
        return;
    }
    struct exchange_statement *s = calloc(1, sizeof(*s));
    assert(s != NULL);
    const json_t *party = json_array_get(json_object_get(v, "parties"), 0);
    const char *name = json_string_value(party);
    strcpy(s->type, CALIBRATE_ROUND_TYPE);
    if (name != NULL && strlen(name) <= LEDGER_NAME_MAX) {
        strcpy(s->party, name);
    }
    (void)exchange_text_of(v, "calibration", s->id, sizeof(s->id)); /* else it is refused */
    s->answers = true;
    s->body = v;
    if (calibrate_round_read(s, &r, &why) == ST_OK) {
        check_round(r);
        free(r);
    } else {
        assert(why.field != NULL);
    }
    free(s);
    json_decref(v);
}

static void list(struct bytes in)
{
    json_t *v = NULL;
    struct fault why = {0};
    if (calibrate_list_read(in, &v, &why) == ST_OK) {
        assert(json_array_size(v) >= 1 && json_array_size(v) <= LIMIT_CALIBRATE_SCENARIOS);
        json_decref(v);
    } else {
        assert(why.field != NULL);
    }
}

static void judgements(struct bytes in)
{
    struct calibrate_round *r = calloc(1, sizeof(*r));
    struct calibrate_judgements *j = calloc(1, sizeof(*j)), *again = calloc(1, sizeof(*again));
    struct buf text = BUF_INIT(LIMIT_STATEMENT_BYTES);
    struct fault why = {0};
    assert(r != NULL && j != NULL && again != NULL);
    strcpy(r->id, "00112233445566778899aabbccddeeff");
    r->scenario_n = 2;
    strcpy(r->scenario[0].id, "s-0");
    strcpy(r->scenario[1].id, "s-1");
    if (calibrate_file_read(in, r, j, &why) != ST_OK) {
        assert(why.field != NULL);
    } else if (j->definitions.n > 0) {
        calibrate_file_write(r, j, &text);
        assert(calibrate_file_read(buf_bytes(&text), r, again, &why) == ST_OK);
        assert(memcmp(j->list, again->list, sizeof(j->list)) == 0);
    }
    buf_fini(&text);
    free(r);
    free(j);
    free(again);
}

static void check_fold(const struct calibrate_fold *f)
{
    struct calibrate_agreement a;
    size_t revealed = 0;
    check_round(f->terms);
    for (size_t i = 0; i < f->terms->party_n; i++) {
        const struct calibrate_seat *s = &f->seat[i];
        int64_t since = 0;
        bool proven = false;
        assert((s->judged != NULL) == (s->state == CALIBRATE_REVEALED));
        assert(s->judged == NULL || (s->commitment != NULL && s->reveal != NULL));
        assert(!calibrate_withheld(f, i, &since, &proven) || s->reveal == NULL);
        revealed += s->judged != NULL ? 1 : 0;
    }
    assert(revealed == f->revealed && f->revealed <= f->committed);
    calibrate_agree(f, CALIBRATE_ALL, &a);
    assert(a.alike <= a.scenarios && a.pairs_alike <= a.pairs && a.scenarios <= a.pairs);
    assert(!a.has_alpha || a.alpha <= 1);
}

/* The first round of a file, and all of the rest that is of it. */
static void file(struct bytes in)
{
    struct exchange_handed *h = NULL;
    struct calibrate_fold *f = NULL;
    struct calibrate_said said[LIMIT_HANDED_STATEMENTS] = {{NULL}};
    struct calibrate_round *r = NULL;
    const struct exchange_statement *round = NULL;
    struct fault why = {0};
    size_t n = 0;
    if (exchange_handed_read(in, &h, &why) != ST_OK) {
        return;
    }
    for (size_t i = 0; i < h->n && round == NULL; i++) {
        const struct exchange_statement *s = h->item[i].statement;
        round = calibrate_round_read(s, &r, &why) == ST_OK ? s : NULL;
    }
    for (size_t i = 0; i < h->n && round != NULL; i++) {
        const struct exchange_statement *s = h->item[i].statement;
        if (calibrate_said_check(r, round, s, &why) == ST_OK) {
            said[n++].statement = s;
        }
    }
    if (round != NULL) {
        assert(calibrate_fold_make(round, said, n, &f, &why) == ST_OK);
        check_fold(f);
        calibrate_fold_free(f);
    }
    free(r);
    exchange_handed_free(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    round_body(bytes_of(copy, size));
    list(bytes_of(copy, size));
    judgements(bytes_of(copy, size));
    file(bytes_of(copy, size));
    free(copy);
    return 0;
}
