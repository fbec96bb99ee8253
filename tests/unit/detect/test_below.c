/* tests/unit/detect/test_below.c - near misses: told when they are asked for,
 * never as findings, and the same ones in whatever order they come.
 */
#include "detect/below.h"
#include "synth.h"

static const uint32_t HOME = 0xc6120000, REMOTE = 0xcb007105; /* 198.18.0.0, 203.0.113.5 */

static void explained(struct synth_run *r, const struct synth *s)
{
    *r = (struct synth_run){.explain = true};
    synth_run(r, "default", s);
}

static void is_below(const struct synth *s, const char *kind, uint64_t counted, uint64_t threshold)
{
    struct synth_run r = {0};
    synth_run(&r, "default", s);
    CHECK_INT(r.findings->n, 0);
    synth_run_fini(&r);
    explained(&r, s);
    CHECK_INT(synth_count(&r, kind, true), counted > 0);
    CHECK_INT(synth_count(&r, kind, false), 0);
    const struct finding *f = synth_find(&r, kind);
    CHECK((f != NULL) == (counted > 0));
    if (f != NULL) {
        CHECK_INT(f->counted, counted);
        CHECK_INT(f->threshold, threshold);
        CHECK(f->has_initiator && addr_v4(&f->initiator) == REMOTE);
        CHECK(f->counter[0] != '\0' && f->id[0] != '\0');
    }
    synth_run_fini(&r);
}

static void targets_of_a_sweep_are_told_from_half_of_the_threshold_on(void)
{
    for (unsigned n = 12; n <= 24; n += 12) {
        struct synth s = {0};
        for (unsigned i = 0; i < n; i++) {
            synth_tcp(&s, i * TIME_SECOND, REMOTE, HOME + i, 445, TCP_SYN);
        }
        is_below(&s, "scan.horizontal", n == 24 ? 24 : 0, 25);
        synth_fini(&s);
    }
}

static void ports_of_one_target_are_told(void)
{
    struct synth s = {0};
    for (unsigned i = 0; i < 14; i++) {
        synth_tcp(&s, i * TIME_SECOND, REMOTE, HOME + 3, (uint16_t)(100 + i), TCP_SYN);
    }
    is_below(&s, "scan.vertical", 14, 15);
    synth_fini(&s);
}

static void failed_logins_are_told(void)
{
    struct synth s = {0};
    for (unsigned i = 0; i < 9; i++) {
        synth_line(&s, i * TIME_SECOND, REMOTE, i + 1, LOG_REFUSED);
    }
    is_below(&s, "bruteforce.ssh", 9, 10);
    synth_fini(&s);
}

static void a_client_that_was_answered_is_no_near_miss(void)
{
    struct synth s = {0};
    for (unsigned i = 0; i < 24; i++) {
        synth_tcp(&s, i * TIME_SECOND, REMOTE, HOME + i, 443, TCP_SYN);
        synth_tcp_back(&s, i * TIME_SECOND + 1, HOME + i, REMOTE, 443, TCP_SYN | TCP_ACK);
        synth_tcp(&s, i * TIME_SECOND + 2, REMOTE, HOME + i, 443, TCP_ACK)->payload_len = 100;
    }
    struct synth_run r;
    explained(&r, &s);
    CHECK_INT(r.findings->n, 0);
    synth_run_fini(&r);
    synth_fini(&s);
}

/* Who is in a finding of a kind did not stay below it. */
static void who_is_found_is_not_told_as_below(void)
{
    struct synth s = {0};
    for (unsigned i = 0; i < 40; i++) {
        synth_tcp(&s, i * TIME_SECOND, REMOTE, HOME + i, 445, TCP_SYN);
    }
    for (unsigned i = 0; i < 20; i++) { /* two hours later: an event of its own */
        synth_tcp(&s, 7200 * TIME_SECOND + i, REMOTE, HOME + i, 445, TCP_SYN);
    }
    struct synth_run r;
    explained(&r, &s);
    CHECK_INT(synth_count(&r, "scan.horizontal", false), 1);
    CHECK_INT(synth_count(&r, "scan.horizontal", true), 0);
    synth_run_fini(&r);
    synth_fini(&s);
}

/* Findings themselves are the same with and without. */
static void asking_changes_no_finding(void)
{
    struct synth s = {0};
    for (unsigned i = 0; i < 2000; i++) {
        unsigned who = i % 40;
        synth_tcp(&s, i * TIME_SECOND / 10, REMOTE + who, HOME + i % (who + 1) * 7, 445, TCP_SYN);
        synth_tcp(&s, i * TIME_SECOND / 10, REMOTE + who, HOME, (uint16_t)(i % (who + 1)), TCP_SYN);
    }
    struct synth_run r = {0};
    struct synth_run e;
    synth_run(&r, "default", &s);
    explained(&e, &s);
    size_t k = 0;
    for (size_t i = 0; i < e.findings->n; i++) {
        if ((e.findings->items[i]->flags & FINDING_BELOW) == 0) {
            CHECK(k < r.findings->n &&
                  strcmp(r.findings->items[k]->id, e.findings->items[i]->id) == 0);
            k++;
        }
    }
    CHECK(k > 0 && k == r.findings->n && k < e.findings->n);
    synth_run_fini(&r);
    synth_run_fini(&e);
    synth_fini(&s);
}

static struct finding miss_of(unsigned i)
{
    struct finding f = {.has_initiator = true, .initiator = addr_from_v4(REMOTE + i / 3)};
    (void)snprintf(f.definition, sizeof(f.definition), "scan.vertical/1");
    (void)snprintf(f.kind, sizeof(f.kind), "scan.vertical");
    finding_words(&f, "syn", "tcp");
    f.when = extent_of((int64_t)i, i);
    finding_decide(&f, "ports", 500 + i * 7919 % 500, 1000);
    return f;
}

/* 600 misses of 200 initiators, forwards, backwards and mixed. */
static void their_order_does_not_matter(void)
{
    static struct below all[3];
    enum { MISSES = 600 };
    for (unsigned k = 0; k < 3; k++) {
        all[k] = (struct below){0};
        for (unsigned i = 0; i < MISSES; i++) {
            unsigned n = k == 0 ? i : k == 1 ? MISSES - 1 - i : i * 7 % MISSES; /* 7: no divisor */
            struct finding f = miss_of(n);
            CHECK_INT(below_offer(&all[k], &f), ST_OK);
        }
        CHECK_INT(all[k].n, BELOW_MAX);
        CHECK(memcmp(all[0].items, all[k].items, sizeof(all[0].items)) == 0);
    }
    for (size_t i = 1; i < BELOW_MAX; i++) {
        CHECK(all[0].items[i - 1].counted >= all[0].items[i].counted);
        CHECK((all[0].items[i].flags & FINDING_BELOW) != 0);
    }
}

static void near_is_from_half_on_and_below(void)
{
    CHECK(!below_is_near(12, 25) && below_is_near(13, 25) && below_is_near(24, 25));
    CHECK(!below_is_near(25, 25) && !below_is_near(0, 0) && !below_is_near(0, 1));
    CHECK(below_is_near(5, 10) && !below_is_near(4, 10));
}

TEST_MAIN(TEST(targets_of_a_sweep_are_told_from_half_of_the_threshold_on),
          TEST(ports_of_one_target_are_told), TEST(failed_logins_are_told),
          TEST(a_client_that_was_answered_is_no_near_miss), TEST(who_is_found_is_not_told_as_below),
          TEST(asking_changes_no_finding), TEST(their_order_does_not_matter),
          TEST(near_is_from_half_on_and_below))
