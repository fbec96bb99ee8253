/* tests/unit/exchange/test_history.c - cases folded into a page: what counts, and what not. */
#include "exchange/case/history.h"

#include "test.h"

#define DAY   (INT64_C(86400) * 1000000000)
#define BEGIN (INT64_C(1700000000) * 1000000000)

enum { CASES = 400, ITEMS = 4 };

/* Cases made by hand: what a fold sees of them, and no more. */
struct made {
    struct case_list list;
    struct case_one one[CASES];
    struct case_item item[CASES][ITEMS];
    struct case_event event[CASES][ITEMS];
    struct exchange_statement statement[CASES][ITEMS];
    struct case_said said[CASES][ITEMS];
    struct case_claim claim[CASES];
    unsigned days[CASES];
};

static void put(struct made *m, size_t c, enum case_kind kind, size_t word, int64_t at_ns)
{
    struct case_one *one = &m->one[c];
    size_t i = one->n++;
    bool accused = kind == CASE_RECEIPT || kind == CASE_ANSWER;
    struct exchange_statement *st = &m->statement[c][i];
    struct case_said *s = &m->said[c][i];
    *st = (struct exchange_statement){.time_ns = BEGIN + at_ns};
    (void)snprintf(st->party, sizeof(st->party), "%s", accused ? one->accused : one->accuser);
    st->hash.b[0] = (uint8_t)(c >> 8);
    st->hash.b[1] = (uint8_t)c;
    st->hash.b[2] = (uint8_t)(i + 1);
    *s = (struct case_said){.event = {.kind = kind,
                                      .by = accused ? CASE_ACCUSED : CASE_ACCUSER,
                                      .number = (unsigned)i + 1,
                                      .hash = st->hash,
                                      .about = m->statement[c][0].hash,
                                      .time_ns = st->time_ns,
                                      .word = word}};
    s->event.id[0] = st->hash.b[0];
    s->event.id[1] = st->hash.b[1];
    s->event.id[2] = st->hash.b[2];
    m->item[c][i] = (struct case_item){.statement = st, .said = s};
    m->event[c][i] = s->event;
}

/* A notice of one act of 203.0.113.<host>. */
static size_t notify(struct made *m, const char *accuser, const char *accused, uint32_t host,
                     int64_t act_ns)
{
    size_t c = m->list.n++;
    m->list.one = m->one;
    m->one[c] = (struct case_one){
        .accuser = accuser, .accused = accused, .item = m->item[c], .event = m->event[c]};
    (void)snprintf(m->one[c].id, sizeof(m->one[c].id), "%032zx", c);
    m->claim[c] = (struct case_claim){.definition = "scan.horizontal/1",
                                      .first_ns = BEGIN + act_ns,
                                      .last_ns = BEGIN + act_ns,
                                      .remote_n = 1,
                                      .remote = {addr_from_v4(0xcb007100 + host)}};
    put(m, c, CASE_NOTICE, 0, act_ns + DAY);
    m->said[c][0].claim = &m->claim[c];
    m->said[c][0].claim_n = 1;
    return c;
}

static void answer(struct made *m, size_t c, enum case_answer word, int64_t after_ns)
{
    put(m, c, CASE_ANSWER, word, m->statement[c][0].time_ns - BEGIN + after_ns);
}

static struct history fold(const struct made *m, const char *party)
{
    struct history h = {.moment_n = 0};
    struct history_query q = {.party = party};
    CHECK_INT(history_make(&m->list, m->days, &q, &h), ST_OK);
    return h;
}

static struct made *fresh(void)
{
    struct made *m = calloc(1, sizeof(*m));
    if (m == NULL) {
        abort();
    }
    return m;
}

static void medians_are_of_first_answers(void)
{
    struct made *m = fresh();
    static const int64_t waits[] = {8, 1, 3, 2};
    for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
        size_t c = notify(m, "a", "b", (uint32_t)i, (int64_t)i * 20 * DAY);
        answer(m, c, CASE_INVESTIGATING, waits[i] * DAY);
        answer(m, c, CASE_ACTED, waits[i] * DAY + DAY);
    }
    struct history h = fold(m, "b");
    CHECK_INT(h.tally_n, 1);
    CHECK(h.tally[0].has_median);
    CHECK_INT(h.tally[0].median_ns, 5 * DAY / 2);
    CHECK_INT(h.tally[0].acted, 4);
    CHECK_INT(h.tally[0].answered, 4);
    history_fini(&h);
    m->statement[0][1].time_ns = m->event[0][1].time_ns = BEGIN - 900 * DAY; /* a wrong clock */
    h = fold(m, "b");
    CHECK_INT(h.tally[0].median_ns, 3 * DAY / 2); /* 0, 1, 2, 3 */
    history_fini(&h);
    free(m);
}

static void a_flood_is_counted_apart_and_once(void)
{
    struct made *m = fresh();
    size_t c = notify(m, "a", "b", 1, 0);
    answer(m, c, CASE_ACTED, 9 * DAY);
    for (size_t i = 0; i < CASES - 2; i++) { /* a friend, with one act and quick answers */
        c = notify(m, "friend", "b", 7, 0);
        answer(m, c, CASE_ACTED, 1);
    }
    struct history h = fold(m, "b");
    CHECK_INT(h.tally_n, 2);
    CHECK_STR(h.tally[0].accuser, "a");
    CHECK_INT(h.tally[0].notices, 1);
    CHECK_INT(h.tally[0].median_ns, 9 * DAY);
    CHECK_INT(h.tally[1].notices, 1);
    CHECK_INT(h.tally[1].repeated, CASES - 3);
    CHECK_INT(h.tally[1].acted, 1);
    CHECK_INT(h.moment_n, 2 * (CASES - 1)); /* all are told */
    history_fini(&h);
    free(m);
}

/* Four hundred answers that contradict each other: the page ends, and says that there are more. */
static void pairs_are_bounded(void)
{
    struct made *m = fresh();
    for (size_t i = 0; i < CASES; i++) {
        size_t c = notify(m, "a", "b", (uint32_t)i % 200, (int64_t)i);
        answer(m, c, i % 2 == 0 ? CASE_ACTED : CASE_NOT_ON_OUR_NETWORK, DAY);
    }
    struct history h = fold(m, "b");
    CHECK_INT(h.pair_n, LIMIT_HISTORY_PAIRS);
    CHECK(h.more_pairs);
    history_fini(&h);
    free(m);
}

/* Each time one thing is not the same. */
static void answers_clash_on_one_network_and_day(void)
{
    static const struct {
        const char *party;
        uint32_t host;
        int64_t act_ns;
        enum case_opinion attribution;
        size_t pairs;
    } others[] = {
        {"b", 200, 0, CASE_NOT_SAID, 1},
        {"b", 200, DAY - 1, CASE_NOT_SAID, 1},
        {"b", 200, DAY, CASE_NOT_SAID, 0},
        {"b", 256, 0, CASE_NOT_SAID, 0}, /* the next /24 */
        {"c", 200, 0, CASE_NOT_SAID, 0},
        {"b", 200, 0, CASE_DISAGREE, 0}, /* it has acted, and says that it is not from there */
    };
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct made *m = fresh();
        answer(m, notify(m, "a", "b", 1, 0), CASE_NOT_ON_OUR_NETWORK, DAY);
        size_t c = notify(m, "a", others[i].party, others[i].host, others[i].act_ns);
        answer(m, c, CASE_ACTED, DAY);
        m->said[c][1].attribution = others[i].attribution;
        struct history h = fold(m, "a");
        CHECK_INT(h.pair_n, others[i].pairs);
        history_fini(&h);
        free(m);
    }
}

static void retention_is_by_the_clock_of_the_accused(void)
{
    static const struct {
        unsigned days;
        int64_t receipt_ns; /* behind the notice, which is a day behind the act */
        size_t pairs;
    } cases[] = {{0, 1, 0}, {10, 8, 1}, {10, 9, 1}, {10, 10, 0}, {2, 1, 1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct made *m = fresh();
        size_t c = notify(m, "a", "b", 1, 0);
        put(m, c, CASE_RECEIPT, 0, DAY + cases[i].receipt_ns * DAY);
        answer(m, c, CASE_PAST_RETENTION, 40 * DAY);
        m->days[c] = cases[i].days;
        struct history h = fold(m, "b");
        CHECK_INT(h.pair_n, cases[i].pairs);
        CHECK(h.pair_n == 0 || h.pair[0].clash == HISTORY_WITHIN_RETENTION);
        history_fini(&h);
        free(m);
    }
}

static void being_wrong_is_the_accusers_own_word(void)
{
    struct made *m = fresh();
    size_t c = notify(m, "a", "b", 1, 0);
    answer(m, c, CASE_DISPUTED, DAY);
    c = notify(m, "a", "b", 2, 3 * DAY);
    answer(m, c, CASE_DISPUTED, DAY);
    put(m, c, CASE_WITHDRAWAL, CASE_WRONG, 9 * DAY);
    c = notify(m, "a", "b", 3, 6 * DAY);
    put(m, c, CASE_WITHDRAWAL, CASE_WRONG, 9 * DAY);
    c = notify(m, "a", "b", 4, 9 * DAY);
    answer(m, c, CASE_DISPUTED, DAY);
    put(m, c, CASE_WITHDRAWAL, CASE_SETTLED, 19 * DAY);
    struct history h = fold(m, "b");
    CHECK_INT(h.tally[0].disputed, 3);
    CHECK_INT(h.tally[0].upheld, 1);
    CHECK_INT(h.tally[0].wrong, 2);
    CHECK_INT(h.tally[0].withdrawn, 3);
    history_fini(&h);
    free(m);
}

TEST_MAIN(TEST(medians_are_of_first_answers), TEST(a_flood_is_counted_apart_and_once),
          TEST(pairs_are_bounded), TEST(answers_clash_on_one_network_and_day),
          TEST(retention_is_by_the_clock_of_the_accused),
          TEST(being_wrong_is_the_accusers_own_word))
