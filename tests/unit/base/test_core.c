/* tests/unit/base/test_core.c - cursor, buf, arena, status: what all stands on. */
#include "base/core/arena.h"
#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"
#include "test.h"

static void a_failed_read_moves_nothing_and_stays(void)
{
    static const uint8_t data[] = {1, 2, 3};
    struct cursor c = cursor_of(bytes_of(data, 3));
    CHECK_INT(cursor_be16(&c), 0x0102);
    CHECK_INT(cursor_be16(&c), 0);
    CHECK(c.failed);
    CHECK_INT(c.pos, 2);
    CHECK_INT(cursor_u8(&c), 0); /* one byte is left, but the record is broken */
    CHECK_INT(cursor_left(&c), 0);
    CHECK_INT(cursor_rest(&c).len, 0);
}

static void lengths_near_the_top_do_not_wrap(void)
{
    static const uint8_t data[4];
    struct cursor c = cursor_of(bytes_of(data, 4));
    cursor_skip(&c, 2);
    cursor_skip(&c, SIZE_MAX);
    CHECK(c.failed && c.pos == 2);
    size_t n = 7;
    CHECK_INT(size_add(SIZE_MAX, 1, &n), ST_LIMIT);
    CHECK_INT(size_mul(SIZE_MAX / 2, 3, &n), ST_LIMIT);
    CHECK_INT(size_add(3, 4, &n), ST_OK);
    CHECK_INT(n, 7);
}

static void both_byte_orders_are_read(void)
{
    static const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct cursor c[6];
    for (size_t i = 0; i < ARRAY_LEN(c); i++) {
        c[i] = cursor_of(bytes_of(data, 8));
    }
    CHECK_INT(cursor_u16(&c[0], true), 0x0102);
    CHECK_INT(cursor_u16(&c[1], false), 0x0201);
    CHECK_INT(cursor_u32(&c[2], true), 0x01020304);
    CHECK_INT(cursor_u32(&c[3], false), 0x04030201);
    CHECK_INT(cursor_be64(&c[4]), 0x0102030405060708);
    CHECK_INT(cursor_le64(&c[5]), 0x0807060504030201);
}

static void a_buffer_stops_at_its_maximum_and_keeps_what_it_has(void)
{
    struct buf b = BUF_INIT(5);
    buf_str(&b, "abc");
    buf_str(&b, "def"); /* would be six */
    CHECK_INT(b.failed, ST_LIMIT);
    buf_byte(&b, 'x'); /* would fit, but a part is missing before it */
    CHECK(bytes_equal(buf_bytes(&b), BYTES_LITERAL("abc")));
    buf_clear(&b);
    CHECK_INT(b.failed, ST_OK);
    buf_printf(&b, "%d", 12345);
    CHECK_INT(b.failed, ST_OK);
    CHECK(bytes_equal(buf_bytes(&b), BYTES_LITERAL("12345")));
    buf_printf(&b, "%d", 6);
    CHECK_INT(b.failed, ST_LIMIT);
    buf_fini(&b);
}

static void numbers_are_written_big_endian(void)
{
    struct buf b = BUF_INIT(100);
    buf_be16(&b, 0x0102);
    buf_be32(&b, 0x03040506);
    buf_be64(&b, 0x0708090a0b0c0d0e);
    for (size_t i = 0; i < b.len; i++) {
        CHECK_INT(b.data[i], i + 1);
    }
    CHECK_INT(b.len, 14);
    buf_fini(&b);
}

static void an_arena_gives_zeroed_aligned_memory_up_to_its_maximum(void)
{
    struct arena a;
    arena_init(&a, 100000);
    for (size_t n = 1; n < 200; n += 13) {
        uint8_t *p = arena_alloc(&a, n);
        CHECK(p != NULL && (uintptr_t)p % 16 == 0);
        for (size_t i = 0; p != NULL && i < n; i++) {
            CHECK_INT(p[i], 0);
            p[i] = 0xff;
        }
    }
    CHECK(arena_alloc(&a, 200000) == NULL);
    CHECK(arena_alloc(&a, SIZE_MAX) == NULL);
    CHECK(arena_alloc(&a, SIZE_MAX - 8) == NULL);
    CHECK(arena_alloc(&a, 8) != NULL); /* a refusal does no harm */
    arena_fini(&a);
}

static void text_in_an_arena_ends(void)
{
    struct arena a;
    arena_init(&a, 100000);
    CHECK_STR(arena_text(&a, BYTES_LITERAL("user")), "user");
    CHECK_STR(arena_text(&a, (struct bytes){0}), "");
    arena_fini(&a);
}

static void every_status_has_its_own_words(void)
{
    for (int i = ST_OK; i <= ST_SYS; i++) {
        CHECK(status_text((enum status)i)[0] != '\0');
        for (int k = ST_OK; k < i; k++) {
            CHECK(strcmp(status_text((enum status)i), status_text((enum status)k)) != 0);
        }
    }
    CHECK(status_text((enum status)99) != NULL);
}

static void faults_say_where_and_what(void)
{
    struct fault why;
    CHECK_INT(fault_limit(&why, 24, "captured length", 262144), ST_LIMIT);
    CHECK_INT(why.offset, 24);
    CHECK_STR(why.field, "captured length");
    CHECK_INT(why.limit, 262144);
    CHECK_INT(fault_sys(&why, 13, "open"), ST_SYS);
    CHECK(why.sys_errno == 13 && why.limit == 0);
    CHECK_INT(fault_at(NULL, ST_SHORT, 1, "x"), ST_SHORT);
}

static bool make_some(void)
{
    struct buf b = BUF_INIT(100000);
    struct arena a;
    arena_init(&a, 1 << 20);
    for (int i = 0; i < 2000; i++) {
        buf_printf(&b, "%d,", i);
    }
    bool text = arena_text(&a, BYTES_LITERAL("x")) != NULL;
    bool large = arena_alloc(&a, 300000) != NULL;
    bool whole = b.failed == ST_OK && text && large;
    CHECK(whole || b.failed == ST_NOMEM || !text || !large);
    buf_fini(&b);
    arena_fini(&a);
    return whole;
}

static void every_allocation_may_fail(void)
{
    unsigned nth = 0;
    bool whole = false;
    while (!whole && ++nth < 100) {
        test_fail_allocation(nth);
        whole = make_some();
        CHECK(whole != test_allocation_failed());
        test_fail_allocation(0);
    }
    CHECK(nth > 2 && nth < 100);
}

/* clang-format off */
TEST_MAIN(
    TEST(a_failed_read_moves_nothing_and_stays),
    TEST(lengths_near_the_top_do_not_wrap),
    TEST(both_byte_orders_are_read),
    TEST(a_buffer_stops_at_its_maximum_and_keeps_what_it_has),
    TEST(numbers_are_written_big_endian),
    TEST(an_arena_gives_zeroed_aligned_memory_up_to_its_maximum),
    TEST(text_in_an_arena_ends),
    TEST(every_status_has_its_own_words),
    TEST(faults_say_where_and_what),
    TEST(every_allocation_may_fail),
)
/* clang-format on */
