/* tests/unit/base/test_finding.c - identity, order and message of findings. */
#include "base/model/finding.h"
#include "test.h"

#include <stddef.h>

enum { MESSAGE_MAX = 1 << 20 };

static struct finding sample(void)
{
    static char user[] = "ro\x1bot", path[] = "";
    static struct addr spoofed[3] = {{{1}}, {{2}}, {{3}}};
    struct finding f = {
        .definition = "scan.vertical/1",
        .kind = "scan.vertical",
        .flags = FINDING_AT_LEAST | FINDING_INNER | FINDING_BELOW,
        .authentic = AUTHENTIC_IMPOSSIBLE,
        .has_initiator = true,
        .has_remote = true,
        .initiator = addr_from_v4(0xc0000209),
        .remote = addr_from_v4(0xc0000209),
        .when = {-5, INT64_MAX, 7, UINT64_MAX},
        .packets = 1,
        .bytes = 2,
        .targets = 3,
        .ports = 4,
        .pairs = 5,
        .answered = 6,
        .refused = 7,
        .sessions = 8,
        .sources = 9,
        .peak = 10,
        .attempts = 11,
        .accepted = 12,
        .users = 13,
        .paths = 14,
        .missing = 15,
        .port_n = 2,
        .port_list = {22, 65535},
        .target_n = 1,
        .target_sample = {{{9}}},
        .source_n = FINDING_SAMPLE_MAX,
        .text_n = 2,
        .texts = {user, path},
        .tool_n = 1,
        .tools = {{2, 16, 17}},
        .spoof_sources = 18,
        .spoof_sample = spoofed,
        .spoof_n = 3,
        .spoof_single = 19,
    };
    finding_words(&f, "syn", "tcp");
    finding_decide(&f, "ports", 20, 21);
    return f;
}

static void put_sample(struct buf *out)
{
    struct finding f = sample();
    CHECK_INT(finding_identify(&f), ST_OK);
    buf_init(out, MESSAGE_MAX);
    finding_put(out, &f);
    CHECK_INT(out->failed, ST_OK);
}

static void a_message_brings_every_field(void)
{
    struct finding f = sample(), g;
    struct arena arena;
    struct buf out, again;
    put_sample(&out);
    arena_init(&arena, MESSAGE_MAX);
    struct cursor in = cursor_of(buf_bytes(&out));
    CHECK_INT(finding_get(&in, &arena, &g), ST_OK);
    CHECK_INT(in.pos, out.len);
    CHECK_STR(g.kind, f.kind);
    CHECK_STR(g.counter, "ports");
    CHECK_INT(g.counted, 20);
    CHECK_INT(g.threshold, 21);
    CHECK_INT(g.flags, f.flags);
    CHECK_INT(g.authentic, f.authentic);
    CHECK(g.has_initiator && !g.has_victim && g.has_remote);
    CHECK(memcmp(&g.when, &f.when, sizeof(f.when)) == 0);
    CHECK(memcmp(&g.packets, &f.packets,
                 offsetof(struct finding, counter) - offsetof(struct finding, packets)) == 0);
    CHECK_INT(g.port_list[1], 65535);
    CHECK_STR(g.texts[0], "ro\x1bot");
    CHECK_STR(g.texts[1], "");
    CHECK_INT(g.tools[0].of, 17);
    CHECK(g.spoof_n == 3 && g.spoof_sample[2].b[0] == 3 && g.spoof_single == 19);
    buf_init(&again, MESSAGE_MAX);
    finding_put(&again, &g);
    CHECK(bytes_equal(buf_bytes(&out), buf_bytes(&again)));
    arena_fini(&arena);
    buf_fini(&out);
    buf_fini(&again);
}

static void no_cut_of_a_message_is_one(void)
{
    struct buf out;
    put_sample(&out);
    int bad = 0;
    for (size_t n = 0; n < out.len; n++) {
        struct arena arena;
        struct finding g = {.packets = 77};
        arena_init(&arena, MESSAGE_MAX);
        struct cursor in = cursor_of(bytes_of(out.data, n));
        bad += finding_get(&in, &arena, &g) == ST_OK || g.packets != 77; /* untouched */
        arena_fini(&arena);
    }
    CHECK_INT(bad, 0);
    buf_fini(&out);
}

static void an_arena_that_is_full_is_no_memory(void)
{
    struct buf out;
    struct arena arena;
    struct finding g;
    put_sample(&out);
    arena_init(&arena, MESSAGE_MAX);
    struct cursor in = cursor_of(buf_bytes(&out));
    test_fail_allocation(1);
    CHECK_INT(finding_get(&in, &arena, &g), ST_NOMEM);
    test_fail_allocation(0);
    arena_fini(&arena);
    buf_fini(&out);
}

/* The id changes with what a finding is about, and with nothing else. */
static void an_id_is_of_the_event_not_of_the_counts(void)
{
    struct finding a = sample(), b = sample();
    CHECK_INT(finding_identify(&a), ST_OK);
    CHECK_INT(strlen(a.id), FINDING_ID_MAX - 1);
    b.packets = 99;
    b.when.last_ns = 3;
    CHECK_INT(finding_identify(&b), ST_OK);
    CHECK_STR(b.id, a.id);
    b.when.first_ns++;
    CHECK_INT(finding_identify(&b), ST_OK);
    CHECK(strcmp(a.id, b.id) != 0);
    b = sample();
    b.initiator.b[15] ^= 1;
    CHECK_INT(finding_identify(&b), ST_OK);
    CHECK(strcmp(a.id, b.id) != 0);
    b = sample();
    finding_words(&b, "fin", "tcp");
    CHECK_INT(finding_identify(&b), ST_OK);
    CHECK(strcmp(a.id, b.id) != 0);
}

static void order_is_time_then_words_then_ends(void)
{
    struct finding f[5];
    for (size_t i = 0; i < ARRAY_LEN(f); i++) {
        f[i] = sample();
    }
    f[0].when.first_ns = -6;
    (void)strcpy(f[2].kind, "scan.x");
    (void)strcpy(f[3].kind, "scan.x");
    f[3].initiator.b[15]++;
    (void)strcpy(f[4].kind, "scan.x");
    f[4].initiator.b[15]++;
    finding_words(&f[4], "xmas", "tcp");
    for (size_t i = 0; i < ARRAY_LEN(f); i++) {
        for (size_t k = 0; k < ARRAY_LEN(f); k++) {
            int order = finding_compare(&f[i], &f[k]);
            CHECK((order < 0) == (i < k) && (order > 0) == (i > k));
        }
    }
}

static void a_list_sorts_and_takes_back(void)
{
    struct finding_list l;
    finding_list_init(&l, MESSAGE_MAX);
    for (int i = 0; i < 100; i++) {
        struct finding *f = finding_list_add(&l);
        CHECK(f != NULL);
        f->when.first_ns = (i * 37) % 100;
    }
    finding_list_drop(&l);
    CHECK_INT(l.n, 99);
    finding_list_sort(&l);
    for (size_t i = 1; i < l.n; i++) {
        CHECK(l.items[i - 1]->when.first_ns < l.items[i]->when.first_ns);
    }
    finding_list_fini(&l);
}

static void every_allocation_may_fail(void)
{
    unsigned nth = 0;
    bool whole = false;
    while (!whole && ++nth < 100) {
        struct finding_list l;
        finding_list_init(&l, MESSAGE_MAX);
        test_fail_allocation(nth);
        whole = true;
        for (int i = 0; i < 200 && whole; i++) {
            whole = finding_list_add(&l) != NULL;
        }
        CHECK(whole != test_allocation_failed());
        test_fail_allocation(0);
        finding_list_sort(&l);
        finding_list_fini(&l);
    }
    CHECK(nth > 2 && nth < 100);
}

/* clang-format off */
TEST_MAIN(
    TEST(a_message_brings_every_field),
    TEST(no_cut_of_a_message_is_one),
    TEST(an_arena_that_is_full_is_no_memory),
    TEST(an_id_is_of_the_event_not_of_the_counts),
    TEST(order_is_time_then_words_then_ends),
    TEST(a_list_sorts_and_takes_back),
    TEST(every_allocation_may_fail),
)
/* clang-format on */
