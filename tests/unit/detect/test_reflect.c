/* tests/unit/detect/test_reflect.c - a server that is made to answer somebody
 * who did not ask, and clients who do ask.
 */
#include "synth.h"

static const uint32_t SERVER = 0xcb007178, OTHER = 0xcb007179; /* 203.0.113.120 */
static const uint32_t ASKER = 0xc6336463;                      /* 198.51.100.99 */

struct plan {
    unsigned n;          /* questions, each with its answer */
    unsigned per_second; /* of them */
    unsigned answer;     /* bytes */
    unsigned others;     /* every so many another question; 0: never */
    unsigned gap_at;     /* a pause before this one */
    int64_t gap_ns;      /* so long */
    unsigned question;   /* bytes; 40 */
    bool unseen;         /* payload was not captured */
    bool numbered;       /* questions differ in their first two bytes */
};

static void ask(struct synth *s, const struct plan *p)
{
    static uint8_t text[4096][48];
    int64_t at = 0;
    for (unsigned i = 0; i < p->n; i++) {
        memset(text[i], 'q', sizeof(text[i]));
        if (p->numbered) {
            store_be16(text[i], (uint16_t)i);
        }
        if (p->others != 0 && i % p->others == p->others - 1) {
            store_be16(text[i] + 20, (uint16_t)i);
        }
        at += TIME_SECOND / (int64_t)p->per_second + (i == p->gap_at && i > 0 ? p->gap_ns : 0);
        struct observation *o = synth_udp(s, at, ASKER, SERVER, 53);
        o->src_port = 20000;
        o->payload_len = p->question ? p->question : 40;
        o->payload = text[i];
        o->captured_len = p->unseen ? 0 : 40;
        o = synth_udp(s, at + 1000, SERVER, ASKER, 20000);
        o->src_port = 53;
        o->payload_len = p->answer;
    }
}

static size_t found(struct plan p)
{
    struct synth s = {0};
    struct synth_run r = {0};
    ask(&s, &p);
    synth_run(&r, "default", &s);
    size_t n = synth_count(&r, "flood.amplification", false);
    CHECK_INT(r.findings->n, n);
    synth_run_fini(&r);
    synth_fini(&s);
    return n;
}

static const struct plan abuse = {.n = 300, .per_second = 100, .answer = 1300, .numbered = true};

static void one_question_again_and_again_is_found(void)
{
    struct synth s = {0};
    struct synth_run r = {0};
    ask(&s, &abuse);
    synth_run(&r, "default", &s);
    CHECK_INT(r.findings->n, 1);
    const struct finding *f = synth_find(&r, "flood.amplification");
    CHECK(f != NULL);
    if (f != NULL) {
        CHECK_STR(f->definition, "flood.amplification.reflector/1");
        CHECK_STR(f->technique, "dns");
        CHECK_INT(f->packets, 300);
        CHECK_INT(f->bytes, 300 * 1300);
        CHECK_INT(f->sources, 1);
        CHECK_INT(f->answered, 1);
        CHECK_INT(f->peak, 100);
        CHECK(!f->has_initiator && f->has_victim && addr_v4(&f->victim) == ASKER);
        CHECK(f->source_n == 1 && addr_v4(&f->source_sample[0]) == SERVER);
    }
    synth_run_fini(&r);
    synth_fini(&s);
}

static void every_threshold_is_one(void)
{
    struct plan p = abuse;
    p.n = 100;
    CHECK_INT(found(p), 1);
    p.n = 99;
    CHECK_INT(found(p), 0);
    p = abuse;
    p.per_second = 10;
    CHECK_INT(found(p), 1);
    p.per_second = 9;
    CHECK_INT(found(p), 0);
    p = abuse;
    p.answer = 512;
    CHECK_INT(found(p), 1);
    p.answer = 511;
    CHECK_INT(found(p), 0);
    p = abuse;
    p.question = 260; /* five times less than its answer */
    CHECK_INT(found(p), 1);
    p.question = 261;
    CHECK_INT(found(p), 0);
}

static void events_end_with_a_gap_over_the_idle_time(void)
{
    struct plan p = abuse;
    p.n = 150;
    p.gap_at = 75;
    p.gap_ns = 300 * TIME_SECOND - TIME_SECOND / 100;
    CHECK_INT(found(p), 1);
    p.gap_ns += 1;
    CHECK_INT(found(p), 0); /* twice 75 */
    p.n = 300;
    p.gap_at = 150;
    CHECK_INT(found(p), 2);
}

static void different_questions_are_a_clients(void)
{
    struct plan p = abuse;
    p.others = 11; /* nine in ten are one */
    CHECK_INT(found(p), 1);
    p.others = 9;
    CHECK_INT(found(p), 0);
    p.others = 1;
    CHECK_INT(found(p), 0);
    p = abuse;
    p.unseen = true; /* who knows */
    CHECK_INT(found(p), 0);
}

static void findings_do_not_depend_on_how_it_is_cut(void)
{
    for (size_t batch = 1; batch <= OBS_BATCH_MAX; batch += 21) {
        for (uint64_t seed = 0; seed < 3; seed++) {
            struct synth s = {0};
            struct synth_run r = {.batch = batch, .seed = seed};
            ask(&s, &abuse);
            struct observation *o = synth_udp(&s, 4 * TIME_SECOND, OTHER, ASKER, 20000);
            o->src_port = 53; /* of nobody who was asked */
            o->payload_len = 1300;
            synth_run(&r, "default", &s);
            const struct finding *f = synth_find(&r, "flood.amplification");
            CHECK(r.findings->n == 1 && f != NULL && f->packets == 300 && f->sources == 1);
            synth_run_fini(&r);
            synth_fini(&s);
        }
    }
}

TEST_MAIN(TEST(one_question_again_and_again_is_found), TEST(every_threshold_is_one),
          TEST(events_end_with_a_gap_over_the_idle_time), TEST(different_questions_are_a_clients),
          TEST(findings_do_not_depend_on_how_it_is_cut))
