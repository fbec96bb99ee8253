/* tests/unit/base/test_messages.c - remarks, summaries, local networks, tool marks, traces. */
#include "base/model/remark.h"
#include "base/model/summary.h"
#include "base/model/tool.h"
#include "base/model/trace.h"
#include "test.h"

enum { MESSAGE_MAX = 1 << 16 };

static void equal_remarks_are_counted_not_repeated(void)
{
    static struct remark_list list;
    struct remark r = {.code = REMARK_CUT, .input = 1, .offset = 24, .value = 7};
    remark_add(&list, &r);
    r.offset = 99;
    r.partial = true;
    remark_add(&list, &r);
    CHECK_INT(list.n, 1);
    CHECK_INT(list.items[0].count, 2);
    CHECK_INT(list.items[0].offset, 24); /* of the first */
    CHECK(list.items[0].partial);
    r.input = 2;
    remark_add(&list, &r);
    r.value = 8;
    remark_add(&list, &r);
    CHECK_INT(list.n, 3);
}

static void however_many_differ_none_is_lost(void)
{
    static struct remark_list list;
    for (unsigned i = 0; i < 10 * LIMIT_REMARKS; i++) {
        struct remark r = {.code = REMARK_SKIPPED, .value = i, .partial = i == 500};
        remark_add(&list, &r);
    }
    uint64_t counted = 0;
    bool partial = false;
    for (size_t i = 0; i < list.n; i++) {
        counted += list.items[i].count;
        partial |= list.items[i].partial;
    }
    CHECK_INT(list.n, LIMIT_REMARKS);
    CHECK_INT(counted, 10 * LIMIT_REMARKS);
    CHECK(partial);
}

static void every_remark_has_a_name_and_a_sentence(void)
{
    for (int i = 0; i < REMARK_COUNT; i++) {
        struct remark r = {.code = (enum remark_code)i, .text = "why", .count = 3};
        char out[256];
        CHECK(remark_name(r.code)[0] != '\0');
        CHECK(strstr(remark_sentence(&r, out, sizeof(out)), "3 times") != NULL);
        CHECK(strlen(remark_sentence(&r, out, 10)) <= 9);
        for (int k = 0; k < i; k++) {
            CHECK(strcmp(remark_name(r.code), remark_name((enum remark_code)k)) != 0);
        }
    }
}

static void a_remarks_message_is_whole_or_none(void)
{
    struct remark r = {.code = REMARK_BROKEN,
                       .input = 65534,
                       .offset = UINT64_MAX,
                       .count = 4,
                       .value = 5,
                       .text = "captured length",
                       .partial = true};
    struct remark back;
    struct buf out = BUF_INIT(MESSAGE_MAX);
    remark_put(&out, &r);
    struct cursor in = cursor_of(buf_bytes(&out));
    CHECK_INT(remark_get(&in, &back), ST_OK);
    CHECK(back.code == r.code && back.input == r.input && back.offset == r.offset);
    CHECK(back.count == r.count && back.value == r.value && back.partial);
    CHECK_STR(back.text, r.text);
    for (size_t n = 0; n < out.len; n++) {
        in = cursor_of(bytes_of(out.data, n));
        CHECK(remark_get(&in, &back) != ST_OK);
    }
    out.data[0] = REMARK_COUNT; /* no such code */
    in = cursor_of(buf_bytes(&out));
    CHECK(remark_get(&in, &back) != ST_OK);
    out.data[0] = REMARK_CUT;
    memset(out.data + out.len - sizeof(r.text), 'x', sizeof(r.text)); /* text without an end */
    in = cursor_of(buf_bytes(&out));
    CHECK(remark_get(&in, &back) != ST_OK);
    buf_fini(&out);
}

static struct summary some_summary(void)
{
    struct summary s = {.packets = 1,
                        .lines = 2,
                        .has_time = true,
                        .first_ns = -3,
                        .last_ns = INT64_MAX,
                        .requests = UINT64_MAX,
                        .strays = 9};
    s.locals.rule = LOCAL_ASKED;
    s.locals.n = 2;
    s.locals.nets[0] = prefix_of(&(struct addr){{0x20, 1}}, 32);
    struct addr ten = addr_from_v4(0x0a000000);
    s.locals.nets[1] = prefix_of(&ten, 104);
    return s;
}

static void a_summarys_message_is_whole_or_none(void)
{
    struct summary s = some_summary(), back;
    struct buf out = BUF_INIT(MESSAGE_MAX);
    summary_put(&out, &s);
    struct cursor in = cursor_of(buf_bytes(&out));
    CHECK_INT(summary_get(&in, &back), ST_OK);
    CHECK_INT(in.pos, out.len);
    CHECK(back.packets == 1 && back.lines == 2 && back.first_ns == -3 && back.has_time);
    CHECK(back.last_ns == INT64_MAX && back.requests == UINT64_MAX && back.strays == 9);
    CHECK(back.locals.rule == LOCAL_ASKED && back.locals.n == 2 && back.locals.nets[1].len == 104);
    for (size_t n = 0; n < out.len; n++) {
        in = cursor_of(bytes_of(out.data, n));
        CHECK(summary_get(&in, &back) != ST_OK);
    }
    out.data[out.len - 1] = 129; /* no such length of a network */
    in = cursor_of(buf_bytes(&out));
    CHECK(summary_get(&in, &back) != ST_OK);
    buf_fini(&out);
}

static void one_is_local_by_any_network(void)
{
    struct summary s = some_summary();
    struct addr in = addr_from_v4(0x0affffff), out = addr_from_v4(0x0b000000);
    CHECK(local_contains(&s.locals, &in));
    CHECK(!local_contains(&s.locals, &out));
    s.locals.n = 0;
    CHECK(!local_contains(&s.locals, &in));
    for (int r = LOCAL_GIVEN; r <= LOCAL_UNKNOWN; r++) {
        CHECK(local_rule_name((enum local_rule)r)[0] != '\0');
        CHECK(local_rule_text((enum local_rule)r)[0] != '\0');
    }
}

static void every_mark_says_what_it_is(void)
{
    for (int m = 0; m < TOOL_COUNT; m++) {
        CHECK(tool_name((enum tool_mark)m)[0] != '\0');
        CHECK(tool_formula((enum tool_mark)m)[0] != '\0');
        CHECK(tool_chance_bits((enum tool_mark)m) <= 64);
    }
}

static void a_trace_comes_back_whole_or_not_at_all(void)
{
    struct trace_record records[2] = {
        {.time_ns = -5, .pos = 77, .src_port = 40000, .dst_port = 22, .text = "TCP SYN"},
        {.time_ns = 9, .pos = UINT64_MAX, .text = ""}};
    struct trace t = {.id = "0123456789abcdef0123456789abcdef", .n = 2, .records = records};
    struct trace back;
    struct arena arena;
    struct buf out = BUF_INIT(MESSAGE_MAX);
    records[0].src = addr_from_v4(0xcb007109);
    arena_init(&arena, 1 << 20);
    trace_put(&out, &t);
    struct cursor in = cursor_of(buf_bytes(&out));
    CHECK_INT(trace_get(&in, &arena, &back), ST_OK);
    CHECK_INT(back.n, 2);
    CHECK_STR(back.id, t.id);
    CHECK(addr_equal(&back.records[0].src, &records[0].src));
    CHECK(back.records[0].time_ns == -5 && back.records[1].pos == UINT64_MAX);
    CHECK(back.records[0].src_port == 40000 && back.records[0].dst_port == 22);
    CHECK_STR(back.records[0].text, "TCP SYN");
    for (size_t n = 0; n < out.len; n++) {
        in = cursor_of(bytes_of(out.data, n));
        CHECK(trace_get(&in, &arena, &back) != ST_OK);
    }
    out.data[sizeof(t.id)] = 0xff; /* more records than there may be */
    in = cursor_of(buf_bytes(&out));
    CHECK_INT(trace_get(&in, &arena, &back), ST_MALFORMED);
    arena_fini(&arena);
    buf_fini(&out);
}

/* clang-format off */
TEST_MAIN(
    TEST(equal_remarks_are_counted_not_repeated),
    TEST(however_many_differ_none_is_lost),
    TEST(every_remark_has_a_name_and_a_sentence),
    TEST(a_remarks_message_is_whole_or_none),
    TEST(a_summarys_message_is_whole_or_none),
    TEST(one_is_local_by_any_network),
    TEST(every_mark_says_what_it_is),
    TEST(a_trace_comes_back_whole_or_not_at_all),
)
/* clang-format on */
