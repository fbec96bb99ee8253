/* tests/unit/exchange/test_calibrate.c - commitments hold and hide, a round stands where its
 * parties brought it whatever came first, and what flips a finding is found. */
#include "base/core/canon.h"
#include "exchange/accord/accord.h"
#include "exchange/calibrate/agree.h"
#include "exchange/calibrate/change.h"
#include "talking.h"

enum { SCENARIOS = 12, SAID_MAX = 8 };

static const char round_id[] = "01000000000000000000000000000000";

/* --- a round between two ------------------------------------------------------------- */

struct table {
    struct talker a, b;
    struct exchange_statement *round;
    struct calibrate_round *terms;
    struct definition_set *set;
};

static json_t *scenarios(void)
{
    json_t *list = json_array();
    for (int i = 0; i < SCENARIOS; i++) {
        json_t *o = json_pack("{s:s, s:s, s:s, s:[s], s:s}", "kind", i < 4 ? "scan" : "flood",
                              "text", "Something was seen.", "capture",
                              "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
                              "local", "192.0.2.0/24", "id", "x");
        char id[16];
        (void)snprintf(id, sizeof(id), "s-%d", i);
        CHECK(o != NULL && json_object_set_new(o, "id", json_string(id)) == 0);
        CHECK_INT(json_array_append_new(list, o), 0);
    }
    return list;
}

static struct exchange_statement *say_as(const struct talker *t, const char *type, uint8_t id,
                                         const struct digest *previous, json_t *body)
{
    struct exchange_statement *ret = NULL;
    struct exchange_saying s = {.type = type,
                                .party = t->home->config.name,
                                .id = {id},
                                .time_ns = TALK_TIME + id * INT64_C(1000000000),
                                .previous = previous,
                                .body = body};
    CHECK(body != NULL);
    CHECK_INT(exchange_statement_make(&s, &t->home->signer, &ret, NULL), ST_OK);
    json_decref(body);
    return ret;
}

static void table_make(struct table *t)
{
    static const char *const names[] = {"a.example", "b.example"};
    static const struct digest accord = {.b = {7}};
    json_t *list = scenarios();
    talker_make(&t->a, names[0]);
    talker_make(&t->b, names[1]);
    t->round =
        say_as(&t->a, CALIBRATE_ROUND_TYPE, 1, &accord,
               calibrate_round_body(round_id, "000102030405060708090a0b0c0d0e0f", names, 2, list));
    json_decref(list);
    CHECK_INT(calibrate_round_read(t->round, &t->terms, NULL), ST_OK);
    t->set = calloc(1, sizeof(*t->set));
    CHECK(t->set != NULL && definition_set_builtin("default", t->set) == ST_OK);
}

static void table_remove(struct table *t)
{
    free(t->set);
    free(t->terms);
    exchange_statement_free(t->round);
    talker_remove(&t->a);
    talker_remove(&t->b);
}

/* Judgements that say "counts" of the first n scenarios, and not of the others. */
static struct calibrate_judgements *judge(const struct table *t, size_t n)
{
    struct calibrate_judgements *j = calloc(1, sizeof(*j));
    CHECK(j != NULL);
    j->definitions = *t->set;
    for (size_t i = 0; i < SCENARIOS; i++) {
        j->list[i].verdict = i < n ? CALIBRATE_COUNTS : CALIBRATE_COUNTS_NOT;
        j->list[i].answer = i < n ? 1 : 0;
    }
    return j;
}

static json_t *opening(const struct table *t, const char *party, size_t n, uint8_t salt)
{
    struct buf text = BUF_INIT(LIMIT_STATEMENT_BYTES);
    struct calibrate_judgements *j = judge(t, n);
    uint8_t salts[CALIBRATE_SALT_BYTES] = {salt};
    json_t *o = NULL;
    CHECK_INT(calibrate_opening_write(t->terms, &t->round->hash, party, salts, j, &text), ST_OK);
    CHECK_INT(canon_read(buf_bytes(&text), EXCHANGE_DEPTH, &o, NULL), ST_OK);
    buf_fini(&text);
    free(j);
    return o;
}

static struct exchange_statement *commit(const struct table *t, const struct talker *who,
                                         uint8_t id, size_t n, uint8_t salt)
{
    json_t *o = opening(t, who->home->config.name, n, salt);
    struct digest hash;
    CHECK_INT(calibrate_commitment(o, &hash), ST_OK);
    json_decref(o);
    return say_as(who, CALIBRATE_COMMIT_TYPE, id, &t->round->hash,
                  calibrate_commit_body(round_id, &hash));
}

static struct exchange_statement *reveal(const struct table *t, const struct talker *who,
                                         uint8_t id, const struct exchange_statement *const *seen,
                                         size_t own, json_t *open)
{
    const struct digest hashes[] = {seen[0]->hash, seen[1]->hash};
    struct exchange_statement *s = say_as(who, CALIBRATE_REVEAL_TYPE, id, &seen[own]->hash,
                                          calibrate_reveal_body(round_id, hashes, 2, open));
    (void)t;
    json_decref(open);
    return s;
}

static struct calibrate_fold *fold(const struct table *t, struct exchange_statement *const *all,
                                   size_t n)
{
    struct calibrate_said said[SAID_MAX] = {{NULL}};
    static struct calibrate_said kept[SAID_MAX]; /* the fold borrows them */
    struct calibrate_fold *f = NULL;
    for (size_t i = 0; i < n; i++) {
        said[i].statement = all[i];
    }
    memcpy(kept, said, sizeof(kept));
    CHECK_INT(calibrate_fold_make(t->round, kept, n, &f, NULL), ST_OK);
    return f;
}

/* Both commit and reveal: a counts the first 6, b the first n. */
struct whole {
    struct exchange_statement *said[4];
};

static void whole_make(const struct table *t, struct whole *w, size_t n)
{
    w->said[0] = commit(t, &t->a, 2, 6, 1);
    w->said[1] = commit(t, &t->b, 3, n, 2);
    const struct exchange_statement *const seen[] = {w->said[0], w->said[1]};
    w->said[2] = reveal(t, &t->a, 4, seen, 0, opening(t, "a.example", 6, 1));
    w->said[3] = reveal(t, &t->b, 5, seen, 1, opening(t, "b.example", n, 2));
}

static void whole_remove(struct whole *w)
{
    for (size_t i = 0; i < 4; i++) {
        exchange_statement_free(w->said[i]);
    }
}

/* --- rounds --------------------------------------------------------------------------- */

static bool round_taken(const struct table *t, const char *member, json_t *value)
{
    static const struct digest accord = {.b = {7}};
    struct calibrate_round *r = NULL;
    json_t *body = json_deep_copy(t->round->body);
    CHECK(body != NULL && json_object_set_new(body, member, value) == 0);
    struct exchange_statement *s = say_as(&t->a, CALIBRATE_ROUND_TYPE, 1, &accord, body);
    struct fault why = {0};
    bool taken = calibrate_round_read(s, &r, &why) == ST_OK;
    CHECK(taken || why.field != NULL);
    free(r);
    exchange_statement_free(s);
    return taken;
}

static json_t *with_scenario(const struct table *t, const char *member, const char *value)
{
    json_t *list = json_deep_copy(json_object_get(t->round->body, "scenarios"));
    CHECK_INT(json_object_set_new(json_array_get(list, 3), member, json_string(value)), 0);
    return list;
}

static void a_round_is_read_strictly(void)
{
    struct table t;
    table_make(&t);
    CHECK_INT(t.terms->scenario_n, SCENARIOS);
    CHECK_INT(t.terms->party_n, 2);
    CHECK(round_taken(&t, "scenarios", with_scenario(&t, "id", "another")));
    CHECK(!round_taken(&t, "scenarios", with_scenario(&t, "id", "s-1")));
    CHECK(!round_taken(&t, "scenarios", with_scenario(&t, "id", "../s")));
    CHECK(!round_taken(&t, "scenarios", with_scenario(&t, "kind", "opinion")));
    CHECK(!round_taken(&t, "scenarios", with_scenario(&t, "text", "two\nlines")));
    CHECK(!round_taken(&t, "scenarios", with_scenario(&t, "note", "a word of mine")));
    CHECK(!round_taken(&t, "scenarios", with_scenario(&t, "capture", "00")));
    CHECK(!round_taken(&t, "scenarios", json_array()));
    CHECK(!round_taken(&t, "parties", json_pack("[s]", "a.example")));
    CHECK(!round_taken(&t, "parties", json_pack("[ss]", "b.example", "a.example")));
    CHECK(!round_taken(&t, "parties", json_pack("[ss]", "b.example", "c.example")));
    CHECK(!round_taken(&t, "calibration", json_string("02000000000000000000000000000000")));
    table_remove(&t);
}

/* --- commitments ---------------------------------------------------------------------- */

static void a_commitment_binds_round_party_salt_and_judgements(void)
{
    struct table t;
    table_make(&t);
    struct digest first, other;
    json_t *o = opening(&t, "a.example", 6, 1);
    CHECK_INT(calibrate_commitment(o, &first), ST_OK);
    json_t *all[] = {opening(&t, "a.example", 6, 1), opening(&t, "a.example", 6, 2),
                     opening(&t, "a.example", 5, 1), opening(&t, "b.example", 6, 1)};
    for (size_t i = 0; i < 4; i++) {
        CHECK_INT(calibrate_commitment(all[i], &other), ST_OK);
        CHECK((memcmp(&first, &other, sizeof(first)) == 0) == (i == 0));
        json_decref(all[i]);
    }
    struct calibrate_judgements *j = calloc(1, sizeof(*j));
    static const struct digest elsewhere = {.b = {9}};
    CHECK_INT(calibrate_opening_read(o, t.terms, &t.round->hash, "a.example", j, NULL), ST_OK);
    CHECK(j->list[5].verdict == CALIBRATE_COUNTS && j->list[6].verdict == CALIBRATE_COUNTS_NOT);
    CHECK_INT(calibrate_opening_read(o, t.terms, &t.round->hash, "b.example", j, NULL),
              ST_MISMATCH);
    CHECK_INT(calibrate_opening_read(o, t.terms, &elsewhere, "a.example", j, NULL), ST_MISMATCH);
    free(j);
    json_decref(o);
    table_remove(&t);
}

static void what_is_written_to_be_edited_is_read_again(void)
{
    struct table t;
    struct buf text = BUF_INIT(LIMIT_STATEMENT_BYTES);
    table_make(&t);
    struct calibrate_judgements *j = judge(&t, 3), *again = calloc(1, sizeof(*again));
    j->list[7] = (struct calibrate_judgement){CALIBRATE_NEEDS_MORE, 4, 5};
    calibrate_file_write(t.terms, j, &text);
    CHECK_INT(calibrate_file_read(buf_bytes(&text), t.terms, again, NULL), ST_OK);
    CHECK(memcmp(j->list, again->list, sizeof(j->list)) == 0);
    CHECK(memcmp(&j->definitions.hash, &again->definitions.hash, sizeof(struct digest)) == 0);
    for (size_t n = 0; n < text.len - 1; n += 7) { /* each cut is refused, and named */
        struct fault why = {0};
        CHECK(calibrate_file_read(bytes_of(text.data, n), t.terms, again, &why) != ST_OK);
        CHECK(why.field != NULL);
    }
    free(j);
    free(again);
    buf_fini(&text);
    table_remove(&t);
}

/* --- what became of it ------------------------------------------------------------------ */

static void the_order_of_statements_decides_nothing(void)
{
    static const size_t orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}, {1, 3, 0, 2}};
    struct table t;
    struct whole w;
    table_make(&t);
    whole_make(&t, &w, 6);
    for (size_t k = 0; k < 4; k++) {
        struct exchange_statement *all[4];
        for (size_t i = 0; i < 4; i++) {
            all[i] = w.said[orders[k][i]];
        }
        struct calibrate_fold *f = fold(&t, all, 4);
        CHECK_INT(f->committed, 2);
        CHECK_INT(f->revealed, 2);
        CHECK(f->seat[0].state == CALIBRATE_REVEALED && f->seat[1].state == CALIBRATE_REVEALED);
        CHECK(!f->seat[0].unready && !calibrate_equivocal(&f->seat[1]));
        calibrate_fold_free(f);
    }
    whole_remove(&w);
    table_remove(&t);
}

static void a_reveal_that_does_not_fit_counts_for_nothing(void)
{
    struct table t;
    struct whole w;
    table_make(&t);
    whole_make(&t, &w, 6);
    const struct exchange_statement *const seen[] = {w.said[0], w.said[1]};
    json_t *const lies[] = {opening(&t, "b.example", 5, 2), opening(&t, "b.example", 6, 3),
                            opening(&t, "a.example", 6, 2), json_object()};
    for (size_t i = 0; i < 4; i++) {
        exchange_statement_free(w.said[3]);
        w.said[3] = reveal(&t, &t.b, 5, seen, 1, lies[i]);
        struct calibrate_fold *f = fold(&t, w.said, 4);
        CHECK(f->seat[1].state == CALIBRATE_MISFIT && f->seat[1].judged == NULL);
        CHECK_INT(f->revealed, 1);
        calibrate_fold_free(f);
    }
    whole_remove(&w);
    table_remove(&t);
}

/* b hands in the commitment of a as its own, and then what a has revealed. */
static void nobody_copies_anothers_commitment(void)
{
    struct table t;
    struct whole w;
    table_make(&t);
    whole_make(&t, &w, 6);
    exchange_statement_free(w.said[1]);
    w.said[1] =
        say_as(&t.b, CALIBRATE_COMMIT_TYPE, 3, &t.round->hash, json_deep_copy(w.said[0]->body));
    const struct exchange_statement *const seen[] = {w.said[0], w.said[1]};
    exchange_statement_free(w.said[3]);
    w.said[3] = reveal(&t, &t.b, 5, seen, 1, opening(&t, "a.example", 6, 1));
    struct calibrate_fold *f = fold(&t, w.said, 4);
    CHECK(f->seat[1].state == CALIBRATE_MISFIT);
    calibrate_fold_free(f);
    whole_remove(&w);
    table_remove(&t);
}

static void two_commitments_are_told_and_that_counts_which_others_saw(void)
{
    struct table t;
    table_make(&t);
    struct exchange_statement *all[5] = {commit(&t, &t.a, 2, 6, 1), commit(&t, &t.b, 3, 6, 2),
                                         commit(&t, &t.b, 4, 2, 3)};
    struct calibrate_fold *f = fold(&t, all, 3);
    CHECK(f->seat[1].commitment->statement == all[1] && calibrate_equivocal(&f->seat[1]));
    calibrate_fold_free(f);
    const struct exchange_statement *const late[] = {all[0], all[2]};
    all[3] = reveal(&t, &t.a, 5, late, 0, opening(&t, "a.example", 6, 1));
    f = fold(&t, all, 4);
    CHECK(f->seat[1].commitment->statement == all[2]);
    CHECK(f->seat[1].commitment_too->statement == all[1]);
    calibrate_fold_free(f);
    for (size_t i = 0; i < 4; i++) {
        exchange_statement_free(all[i]);
    }
    table_remove(&t);
}

static void who_keeps_silent_after_seeing_is_told(void)
{
    struct table t;
    struct whole w;
    int64_t since = 0;
    bool proven = true;
    table_make(&t);
    whole_make(&t, &w, 6);
    struct calibrate_fold *f = fold(&t, w.said, 2);
    CHECK(!calibrate_withheld(f, 1, &since, &proven)); /* nobody has revealed */
    calibrate_fold_free(f);
    f = fold(&t, w.said, 3);
    CHECK(calibrate_withheld(f, 1, &since, &proven) && !proven);
    CHECK(since == w.said[2]->time_ns);
    CHECK(!calibrate_withheld(f, 0, &since, &proven));
    struct calibrate_said *r = (struct calibrate_said *)(uintptr_t)f->seat[0].reveal;
    r->held[1] = true;
    CHECK(calibrate_withheld(f, 1, &since, &proven) && proven);
    calibrate_fold_free(f);
    whole_remove(&w);
    table_remove(&t);
}

static void who_reveals_before_all_have_committed_is_told(void)
{
    struct table t;
    struct whole w;
    table_make(&t);
    whole_make(&t, &w, 6);
    struct exchange_statement *some[] = {w.said[0], w.said[2]};
    struct calibrate_fold *f = fold(&t, some, 2);
    CHECK(f->seat[0].unready);
    calibrate_fold_free(f);
    whole_remove(&w);
    table_remove(&t);
}

/* --- numbers ---------------------------------------------------------------------------- */

static void agreement_is_counted_per_kind_and_corrected_for_chance(void)
{
    struct table t;
    struct whole w;
    struct calibrate_agreement a;
    table_make(&t);
    whole_make(&t, &w, 3); /* a says 6 of 12 count, b 3 of them */
    struct calibrate_fold *f = fold(&t, w.said, 4);
    calibrate_agree(f, CALIBRATE_ALL, &a);
    CHECK_INT(a.scenarios, 12);
    CHECK_INT(a.alike, 9);
    CHECK_INT(a.pairs, 12);
    CHECK_INT(a.pairs_alike, 9);
    CHECK_INT(a.answers_alike, 9);
    /* By hand: Do = 6 / 24; De = 2 * 9 * 15 / (24 * 23); 1 - Do / De. */
    CHECK(a.has_alpha && a.alpha > 0.4888 && a.alpha < 0.4890);
    calibrate_agree(f, (size_t)calibrate_word_find(CALIBRATE_KINDS, "scan"), &a);
    CHECK_INT(a.scenarios, 4);
    CHECK_INT(a.alike, 3);
    CHECK(!a.has_alpha); /* too few */
    calibrate_agree(f, (size_t)calibrate_word_find(CALIBRATE_KINDS, "relay"), &a);
    CHECK_INT(a.scenarios, 0);
    CHECK(calibrate_alike(f, 2) && !calibrate_alike(f, 3));
    calibrate_fold_free(f);
    whole_remove(&w);
    table_remove(&t);
}

/* --- what flips a finding ----------------------------------------------------------------- */

/* Found, where scan.vertical asks for 10 ports or fewer, and (if `both`) flood.syn is there. */
struct rule {
    bool both;
    size_t runs;
};

static enum status by_rule(void *ctx, const struct definition_set *set, bool *ret)
{
    struct rule *r = ctx;
    const struct definition *scan = definition_by_name(set, "scan.vertical");
    bool low = scan != NULL && scan->params[1] <= 10;
    *ret = low && (!r->both || definition_by_name(set, "flood.syn") == NULL);
    r->runs++;
    return ST_OK;
}

static void the_one_parameter_is_found_among_many(void)
{
    struct definition_set *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));
    struct calibrate_flips *flips = calloc(1, sizeof(*flips));
    struct rule rule = {.both = false};
    const struct calibrate_probe probe = {&rule, by_rule};
    CHECK(a != NULL && b != NULL && flips != NULL);
    CHECK_INT(definition_set_builtin("default", a), ST_OK);
    *b = *a;
    for (size_t i = 0; i < b->n; i++) {
        b->items[i].params[1] =
            strcmp(b->items[i].name, "scan.vertical") == 0 ? 10 : b->items[i].params[1] + 1;
    }
    CHECK_INT(calibrate_flips_find(a, b, &probe, flips), ST_OK);
    CHECK(flips->alone && flips->n == 1);
    CHECK_STR(flips->list[0].definition, "scan.vertical");
    CHECK_STR(flips->list[0].parameter, "ports");
    CHECK_INT(flips->list[0].without, 15);
    CHECK_INT(flips->list[0].with, 10);
    CHECK(rule.runs >= b->n);
    free(a);
    free(b);
    free(flips);
}

static void a_definition_that_one_lacks_flips_too(void)
{
    struct definition_set *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));
    struct calibrate_flips *flips = calloc(1, sizeof(*flips));
    struct rule rule = {.both = false};
    const struct calibrate_probe probe = {&rule, by_rule};
    CHECK(a != NULL && b != NULL && flips != NULL);
    CHECK_INT(definition_set_builtin("default", b), ST_OK);
    b->items[1].params[1] = 9; /* scan.vertical */
    CHECK_STR(b->items[1].name, "scan.vertical");
    a->n = 1;
    a->items[0] = b->items[0];
    CHECK_INT(calibrate_flips_find(a, b, &probe, flips), ST_OK);
    CHECK(flips->alone && flips->n == 1 && flips->list[0].how == CALIBRATE_ADDED);
    CHECK_STR(flips->list[0].definition, "scan.vertical");
    /* Where one change alone does not do it, those without which it is nothing are named. */
    a->items[0] = b->items[1];
    a->items[0].params[1] = 15;
    a->items[0].version = 2;
    a->items[0].method = METHOD_SCAN_BLOCK;
    CHECK_INT(calibrate_flips_find(a, b, &probe, flips), ST_OK);
    CHECK(flips->n == 1 && flips->list[0].how == CALIBRATE_OTHER);
    free(a);
    free(b);
    free(flips);
}

/* --- memory ----------------------------------------------------------------------------- */

static void memory_that_ends_leaks_and_crashes_nothing(void)
{
    struct table t;
    struct whole w;
    table_make(&t);
    whole_make(&t, &w, 3);
    for (unsigned n = 1;; n++) {
        struct calibrate_said said[4] = {{NULL}};
        struct calibrate_fold *f = NULL;
        for (size_t i = 0; i < 4; i++) {
            said[i].statement = w.said[i];
        }
        test_fail_allocation(n);
        enum status st = calibrate_fold_make(t.round, said, 4, &f, NULL);
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        calibrate_fold_free(f);
        if (!failed) {
            CHECK_INT(st, ST_OK);
            break;
        }
        CHECK(st != ST_OK);
    }
    whole_remove(&w);
    table_remove(&t);
}

TEST_MAIN(TEST(a_round_is_read_strictly), TEST(a_commitment_binds_round_party_salt_and_judgements),
          TEST(what_is_written_to_be_edited_is_read_again),
          TEST(the_order_of_statements_decides_nothing),
          TEST(a_reveal_that_does_not_fit_counts_for_nothing),
          TEST(nobody_copies_anothers_commitment),
          TEST(two_commitments_are_told_and_that_counts_which_others_saw),
          TEST(who_keeps_silent_after_seeing_is_told),
          TEST(who_reveals_before_all_have_committed_is_told),
          TEST(agreement_is_counted_per_kind_and_corrected_for_chance),
          TEST(the_one_parameter_is_found_among_many), TEST(a_definition_that_one_lacks_flips_too),
          TEST(memory_that_ends_leaks_and_crashes_nothing))
