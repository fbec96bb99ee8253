/* tests/unit/exchange/test_notice.c - who is told what, and who is not. */
#include "exchange/notice.h"

#include "exchange/blocklist.h"
#include "material.h"

static enum notice_left judged(const struct finding *f, const struct origin *o, bool one_way)
{
    static const struct contact someone = {.mail = "a@example.net"};
    struct notice_item x = {.finding = f, .origin = o, .contact = &someone};
    struct notice_options opt = options;
    opt.include_one_way = one_way;
    return notice_judge(&opt, &x);
}

static void proven_remotes_are_told_and_one_way_ones_when_asked(void)
{
    struct finding f = guessing("44.128.0.7", 1);
    CHECK_INT(judged(&f, NULL, false), NOTICE_TOLD);
    f.authentic = AUTHENTIC_ONE_WAY;
    CHECK_INT(judged(&f, NULL, false), NOTICE_ONE_WAY);
    CHECK_INT(judged(&f, NULL, true), NOTICE_TOLD);
    f.authentic = AUTHENTIC_SPOOF_CONSISTENT;
    CHECK_INT(judged(&f, NULL, true), NOTICE_FORGED);
    f.authentic = AUTHENTIC_IMPOSSIBLE;
    CHECK_INT(judged(&f, NULL, true), NOTICE_IMPOSSIBLE);
}

/* Registries have records, and countries, for 192.168/16. */
static void addresses_that_nobody_holds_come_before_any_record(void)
{
    struct finding f = guessing("192.168.1.1", 1);
    CHECK_INT(judged(&f, NULL, true), NOTICE_IMPOSSIBLE);
    f = guessing("100.64.0.1", 1); /* the inside of a carrier's NAT */
    CHECK_INT(judged(&f, NULL, true), NOTICE_IMPOSSIBLE);
    f = guessing("44.128.0.7", 1);
    struct origin o = {.special = {.present = true, .bogon = true}};
    CHECK_INT(judged(&f, &o, true), NOTICE_IMPOSSIBLE);
}

static void victims_and_reflectors_are_not_accused(void)
{
    struct finding f = guessing("44.128.0.7", 1);
    (void)snprintf(f.kind, sizeof(f.kind), "backscatter");
    CHECK_INT(judged(&f, NULL, true), NOTICE_VICTIM);
    (void)snprintf(f.kind, sizeof(f.kind), "flood.amplification");
    CHECK_INT(judged(&f, NULL, true), NOTICE_REFLECTOR);
    (void)snprintf(f.kind, sizeof(f.kind), "flood.syn");
    f.has_initiator = false;
    CHECK_INT(judged(&f, NULL, true), NOTICE_MANY);
}

static uint32_t doubts_of(const struct finding *f, uint32_t flags, int64_t now_ns)
{
    struct origin o = {.flags = flags};
    struct notice_item x = {.finding = f, .origin = &o};
    struct notice_options opt = options;
    opt.now_ns = now_ns;
    return notice_doubts(&opt, &x);
}

static void what_cannot_succeed_is_known_before(void)
{
    struct finding f = guessing("44.128.0.7", 1);
    int64_t soon = f.when.last_ns + TIME_DAY;
    CHECK_INT(doubts_of(&f, 0, soon), 1 << DOUBT_TARGET);
    f.has_victim = true;
    f.victim = (struct addr){.b = {0x20, 0x01, 0x0d, 0xb8}};
    CHECK_INT(doubts_of(&f, 0, soon), 0);
    CHECK_INT(doubts_of(&f, 1 << ORIGIN_TOR_EXIT, soon), 1 << DOUBT_TOR);
    CHECK_INT(doubts_of(&f, 1 << ORIGIN_RELAY, soon), 1 << DOUBT_SHARED);
    CHECK_INT(doubts_of(&f, 0, f.when.last_ns + 91 * TIME_DAY), 1 << DOUBT_OLD);
    f.flows.n = 0;
    CHECK_INT(doubts_of(&f, 0, soon), 1 << DOUBT_NO_PORT);
}

enum { FINDINGS = 4 };

static void set_of(struct notice_item items[FINDINGS], struct finding findings[FINDINGS],
                   struct contact contacts[2])
{
    static const char *const from[FINDINGS] = {"44.128.0.9", "44.128.1.1", "44.128.0.7",
                                               "44.128.0.7"};
    contacts[0] = desk("abuse@one.example", "One");
    contacts[1] = desk("Abuse@two.example", "Two");
    for (unsigned i = 0; i < FINDINGS; i++) {
        findings[i] = guessing(from[i], i);
        items[i] = (struct notice_item){.finding = &findings[i], .contact = &contacts[i == 1]};
    }
}

static void one_notice_for_each_contact_whatever_the_order(void)
{
    struct notice_item items[FINDINGS];
    struct notice_item turned[FINDINGS];
    struct finding findings[FINDINGS];
    struct contact contacts[2];
    struct notice_set s;
    struct notice_set t;
    set_of(items, findings, contacts);
    for (unsigned i = 0; i < FINDINGS; i++) {
        turned[i] = items[FINDINGS - 1 - i];
    }
    CHECK_INT(notice_set_make(&options, items, FINDINGS, &s), ST_OK);
    CHECK_INT(notice_set_make(&options, turned, FINDINGS, &t), ST_OK);
    CHECK_INT(s.notice_n, 2);
    CHECK_INT(s.notices[0].n, 3);
    CHECK_INT(s.notices[0].addresses, 2);
    CHECK_STR(s.notices[0].holder, "One");
    for (size_t i = 0; i < 2; i++) {
        CLEANUP(buf_fini) struct buf a = BUF_INIT(1 << 20);
        CLEANUP(buf_fini) struct buf b = BUF_INIT(1 << 20);
        notice_write(&a, &options, &s, &s.notices[i]);
        notice_write(&b, &options, &t, &t.notices[i]);
        CHECK(a.failed == ST_OK && a.len > 0 && bytes_equal(buf_bytes(&a), buf_bytes(&b)));
        CHECK_INT(strlen(s.notices[i].id), NOTICE_ID_CHARS);
    }
    CHECK(strcmp(s.notices[0].id, s.notices[1].id) != 0);
    notice_set_fini(&s);
    notice_set_fini(&t);
}

static void no_memory_is_said(void)
{
    enum status st = ST_NOMEM;
    for (unsigned n = 1; st != ST_OK && n < 2000; n++) {
        struct notice_item items[FINDINGS];
        struct finding findings[FINDINGS];
        struct contact contacts[2];
        struct notice_set s = {.n = 0};
        struct buf b = BUF_INIT(1 << 20);
        set_of(items, findings, contacts);
        test_fail_allocation(n);
        st = notice_set_make(&options, items, FINDINGS, &s);
        if (st == ST_OK) {
            notice_write(&b, &options, &s, &s.notices[0]);
            st = b.failed;
        }
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        CHECK(st == ST_NOMEM || (st == ST_OK && !failed));
        notice_set_fini(&s);
        buf_fini(&b);
    }
    CHECK_INT(st, ST_OK);
}

static void block_lists_have_each_proven_address_once_and_in_order(void)
{
    struct notice_item items[FINDINGS];
    struct finding findings[FINDINGS];
    struct contact contacts[2];
    struct local_nets own = {.rule = LOCAL_GIVEN, .n = 1};
    struct addr *list;
    size_t n;
    set_of(items, findings, contacts);
    findings[1].authentic = AUTHENTIC_ONE_WAY;
    CHECK_INT(prefix_parse(text("44.128.0.9"), &own.nets[0]), ST_OK);
    CHECK_INT(blocklist_make(items, FINDINGS, &own, &list, &n), ST_OK);
    CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
    blocklist_write(&b, BLOCKLIST_PLAIN, list, n);
    CHECK(bytes_equal(buf_bytes(&b), text("44.128.0.7\n")));
    free(list);
}

TEST_MAIN(TEST(proven_remotes_are_told_and_one_way_ones_when_asked),
          TEST(addresses_that_nobody_holds_come_before_any_record),
          TEST(victims_and_reflectors_are_not_accused), TEST(what_cannot_succeed_is_known_before),
          TEST(one_notice_for_each_contact_whatever_the_order), TEST(no_memory_is_said),
          TEST(block_lists_have_each_proven_address_once_and_in_order))
