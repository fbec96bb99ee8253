/* tests/unit/exchange/test_case.c - between two homes: said, handed over, taken in. */
#include "exchange/case/case.h"

#include "base/core/canon.h"
#include "exchange/case/draft.h"
#include "exchange/case/take.h"
#include "talking.h"

struct pair {
    struct talker a, b;
};

static void pair_make(struct pair *p)
{
    talker_make(&p->a, "a.example");
    talker_make(&p->b, "b.example");
}

static void pair_remove(struct pair *p)
{
    talker_remove(&p->a);
    talker_remove(&p->b);
}

/* A notice to b with a file that is no exhibit: that is for who verifies it. */
static struct digest give_notice(const struct talker *from, const uint8_t id[EXCHANGE_ID_BYTES])
{
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    static const char content[] = "an exhibit";
    struct digest file, ret;
    struct case_terms terms;
    char hex[EXCHANGE_ID_TEXT];
    exchange_hex_text(id, EXCHANGE_ID_BYTES, hex);
    case_terms_preset(&terms);
    CHECK_INT(exchange_file_keep(from->home, bytes_of(content, sizeof(content)), &file, NULL),
              ST_OK);
    json_t *body = case_draft_head(hex, 1);
    json_t *claims = json_loads("[{\"claim\":1,\"definition\":\"scan.vertical/1\",\"first\":"
                                "\"2027-01-15T07:00:00Z\",\"last\":\"2027-01-15T07:00:09Z\","
                                "\"remotes\":[\"198.51.100.7\"]}]",
                                0, NULL);
    const struct case_plan plan = {
        .to = "b.example", .tlp = terms.tlp, .requests = 2, .time_ns = TALK_TIME};
    CHECK_INT(case_draft_enclose(body, "x.exhibit", &file, sizeof(content)), ST_OK);
    CHECK_INT(case_draft_claims(body, claims), ST_OK);
    CHECK_INT(case_draft_notice(body, &plan, &terms, from->home), ST_OK);
    CHECK_INT(evidence_home_ledger(from->home, &log, NULL), ST_OK);
    const struct case_saying s = {
        .kind = CASE_NOTICE, .id = id, .time_ns = TALK_TIME, .body = body};
    CHECK_INT(case_say(from->home, log, &s, &ret, NULL), ST_OK);
    json_decref(claims);
    json_decref(body);
    return ret;
}

static void hand(const struct talker *from, struct buf *out)
{
    CLEANUP(case_list_fini) struct case_list l = {.n = 0};
    CHECK_INT(case_all(from->home, &l, NULL), ST_OK);
    CHECK_INT(case_hand(from->home, NULL, &l.one[0], false, out, NULL), ST_OK);
}

/* Takes a file in, by the key of who sent it. */
static enum status take_in(const struct talker *to, const struct talker *from, struct bytes file,
                           size_t *ret_new, struct fault *why)
{
    CLEANUP(case_take_fini) struct case_taking t = {.handed = NULL};
    CLEANUP(exchange_handed_freep) struct exchange_handed *h = NULL;
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    struct exchange_keys keys;
    talker_keys(from, &keys);
    TRY(exchange_handed_read(file, &h, why));
    TRY(case_take_open(to->home, h, TALK_TIME, &t, why));
    TRY(case_take_check(&t, &keys, why));
    TRY(evidence_home_ledger(to->home, &log, why));
    return case_take_keep(&t, log, ret_new, why);
}

static const uint8_t case_id[EXCHANGE_ID_BYTES] = {7};

static void a_case_goes_there_and_back(void)
{
    struct pair p;
    struct buf out = BUF_INIT(LIMIT_HANDED_BYTES), back = BUF_INIT(LIMIT_HANDED_BYTES);
    struct case_list l;
    struct case_state s;
    size_t n = 9;
    pair_make(&p);
    struct digest notice = give_notice(&p.a, case_id);
    hand(&p.a, &out);
    CHECK_INT(take_in(&p.b, &p.a, buf_bytes(&out), &n, NULL), ST_OK);
    CHECK_INT(n, 1);
    uint64_t entries = talker_entries(&p.b);
    CHECK_INT(take_in(&p.b, &p.a, buf_bytes(&out), &n, NULL), ST_OK);
    CHECK(n == 0 && talker_entries(&p.b) == entries);
    struct exchange_statement *receipt =
        talker_says(&p.b, case_type(CASE_RECEIPT), 8, &notice,
                    "{\"case\":\"07000000000000000000000000000000\",\"number\":1}");
    CHECK_INT(talker_keeps(&p.b, receipt, NULL, NULL, NULL), ST_OK);
    hand(&p.b, &back);
    CHECK_INT(take_in(&p.a, &p.b, buf_bytes(&back), &n, NULL), ST_OK);
    CHECK_INT(n, 1);
    CHECK_INT(case_all(p.a.home, &l, NULL), ST_OK);
    CHECK(l.n == 1 && l.strays == 0 && l.one[0].n == 2);
    case_state_at(&l.one[0], TALK_TIME, &s);
    CHECK(s.phase == CASE_RECEIVED && s.owed == CASE_DUTY_ANSWER);
    CHECK(json_array_size(l.one[0].item[0].kept->others) == 1); /* b's ledger has it */
    CHECK(case_next_number(&l.one[0], "b.example") == 2);
    CHECK_STR(case_other(&l.one[0], "a.example"), "b.example");
    case_list_fini(&l);
    exchange_statement_free(receipt);
    buf_fini(&out);
    buf_fini(&back);
    pair_remove(&p);
}

/* Whoever knows another's id takes no case away by using it. */
static void one_id_of_two_accusers_is_two_cases(void)
{
    struct pair p;
    struct talker c;
    struct buf out = BUF_INIT(LIMIT_HANDED_BYTES), other = BUF_INIT(LIMIT_HANDED_BYTES);
    struct case_list l;
    size_t n = 0;
    pair_make(&p);
    talker_make(&c, "c.example");
    (void)give_notice(&p.a, case_id);
    (void)give_notice(&c, case_id);
    hand(&p.a, &out);
    hand(&c, &other);
    CHECK_INT(take_in(&p.b, &c, buf_bytes(&other), &n, NULL), ST_OK);
    CHECK_INT(take_in(&p.b, &p.a, buf_bytes(&out), &n, NULL), ST_OK);
    CHECK_INT(case_all(p.b.home, &l, NULL), ST_OK);
    CHECK_INT(l.n, 2);
    CHECK(case_find(&l, "07", &n) == NULL && n == 2);
    const struct case_one *one = case_find(&l, "c.example/0700", &n);
    CHECK(one != NULL && strcmp(one->accuser, "c.example") == 0);
    CHECK(case_find(&l, "08", &n) == NULL && n == 0);
    CHECK(case_find_exact(&l, "a.example", "07000000000000000000000000000000") != NULL);
    case_list_fini(&l);
    buf_fini(&out);
    buf_fini(&other);
    talker_remove(&c);
    pair_remove(&p);
}

/* What others send never takes the room that our answers need. */
static void nobody_fills_a_case_up(void)
{
    struct pair p;
    struct buf out = BUF_INIT(LIMIT_HANDED_BYTES);
    struct fault why = {0};
    size_t n = 0;
    pair_make(&p);
    struct digest notice = give_notice(&p.a, case_id);
    for (unsigned i = 2; i <= LIMIT_CASE_THEIRS + 1; i++) {
        char body[128];
        (void)snprintf(body, sizeof(body),
                       "{\"case\":\"07000000000000000000000000000000\",\"number\":%u,"
                       "\"outcome\":\"went-on\"}",
                       i);
        struct exchange_statement *s =
            talker_says(&p.a, case_type(CASE_OUTCOME), (uint8_t)(i + 10), &notice, body);
        CHECK_INT(talker_keeps(&p.a, s, NULL, NULL, NULL), ST_OK);
        exchange_statement_free(s);
    }
    hand(&p.a, &out);
    CHECK_INT(take_in(&p.b, &p.a, buf_bytes(&out), &n, &why), ST_LIMIT);
    CHECK_STR(why.field, "statements of one party in one case");
    buf_fini(&out);
    pair_remove(&p);
}

static enum status look(const struct talker *to, struct bytes file, const struct exchange_keys *k)
{
    CLEANUP(case_take_fini) struct case_taking t = {.handed = NULL};
    CLEANUP(exchange_handed_freep) struct exchange_handed *h = NULL;
    TRY(exchange_handed_read(file, &h, NULL));
    TRY(case_take_open(to->home, h, TALK_TIME, &t, NULL));
    return case_take_check(&t, k, NULL);
}

static void failing_allocations_leak_nothing(void)
{
    struct pair p;
    struct buf out = BUF_INIT(LIMIT_HANDED_BYTES);
    struct exchange_keys keys;
    pair_make(&p);
    (void)give_notice(&p.a, case_id);
    hand(&p.a, &out);
    talker_keys(&p.a, &keys);
    for (unsigned n = 1;; n++) {
        test_fail_allocation(n);
        enum status st = look(&p.b, buf_bytes(&out), &keys);
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        CHECK(failed ? st != ST_OK : st == ST_OK);
        if (!failed) {
            CHECK(n > 20);
            break;
        }
    }
    for (unsigned n = 1;; n++) {
        struct case_list l = {.n = 0};
        test_fail_allocation(n);
        enum status st = case_all(p.a.home, &l, NULL);
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        CHECK(failed ? st != ST_OK : st == ST_OK && l.n == 1);
        case_list_fini(&l);
        if (!failed) {
            break;
        }
    }
    buf_fini(&out);
    pair_remove(&p);
}

TEST_MAIN(TEST(a_case_goes_there_and_back), TEST(one_id_of_two_accusers_is_two_cases),
          TEST(nobody_fills_a_case_up), TEST(failing_allocations_leak_nothing))
