/* tests/unit/base/test_text.c - text that leaves, and JSON around it. */
#include "base/core/emit.h"
#include "base/core/text.h"
#include "test.h"

#include <jansson.h>

static void check_shown(struct bytes in, size_t most, const char *out)
{
    struct buf b = BUF_INIT(4096);
    text_show(&b, in, most);
    buf_byte(&b, '\0');
    CHECK_STR((const char *)b.data, out);
    buf_fini(&b);
}

static void what_deceives_is_shown_as_its_number(void)
{
    check_shown(BYTES_LITERAL("plain /path?a=b"), 100, "plain /path?a=b");
    check_shown(BYTES_LITERAL("gr\xc3\xbc\xc3\x9f"), 100, "gr\xc3\xbc\xc3\x9f");
    check_shown(BYTES_LITERAL("\x1b[31mred\x1b[0m"), 100, "\\u{1b}[31mred\\u{1b}[0m");
    check_shown(BYTES_LITERAL("a\nb\tc\r"), 100, "a\\u{a}b\\u{9}c\\u{d}");
    check_shown(BYTES_LITERAL("x\xe2\x80\xaey"), 100, "x\\u{202e}y"); /* right-to-left override */
    check_shown(BYTES_LITERAL("x\xc2\x9by"), 100, "x\\u{9b}y");       /* a C1 control */
    check_shown(BYTES_LITERAL("\xff\xc0\xaf"), 100, "\\x{ff}\\x{c0}\\x{af}");
    check_shown(BYTES_LITERAL("\xed\xa0\x80"), 100, "\\x{ed}\\x{a0}\\x{80}"); /* a surrogate */
    check_shown((struct bytes){0}, 100, "");
}

static void check_html(struct bytes in, const char *out)
{
    struct buf b = BUF_INIT(4096);
    buf_str(&b, "<b>"); /* what stands there already stays */
    text_html(&b, in);
    buf_byte(&b, '\0');
    CHECK_INT(b.failed, ST_OK);
    CHECK_STR((const char *)b.data + 3, out);
    buf_fini(&b);
}

static void no_text_is_markup(void)
{
    check_html(BYTES_LITERAL("plain /path"), "plain /path");
    check_html(BYTES_LITERAL("</p><script>'\"&amp;"),
               "&lt;/p&gt;&lt;script&gt;&#39;&quot;&amp;amp;");
    check_html(BYTES_LITERAL("x\xe2\x80\xae<\xff\0"), "x\\u{202e}&lt;\\x{ff}\\u{0}");
    check_html(BYTES_LITERAL("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
    check_html((struct bytes){0}, "");
    for (unsigned c = 0; c < 256; c++) {
        struct buf b = BUF_INIT(64);
        uint8_t byte = (uint8_t)c;
        text_html(&b, bytes_of(&byte, 1));
        CHECK(b.failed == ST_OK && b.len > 0);
        CHECK(memchr(b.data, '<', b.len) == NULL && memchr(b.data, '>', b.len) == NULL &&
              memchr(b.data, '"', b.len) == NULL && memchr(b.data, '\'', b.len) == NULL);
        buf_fini(&b);
    }
}

static void long_text_is_cut_between_code_points(void)
{
    struct buf b = BUF_INIT(4096);
    text_show(&b, BYTES_LITERAL("\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"), 3);
    CHECK(bytes_begin(buf_bytes(&b), BYTES_LITERAL("\xc3\xbc\xc3\xbc")));
    CHECK(text_width(buf_bytes(&b)) <= 4);
    buf_fini(&b);
}

static void every_byte_makes_valid_json(void)
{
    struct buf b = BUF_INIT(1 << 16);
    uint8_t all[512];
    for (size_t i = 0; i < sizeof(all); i++) {
        all[i] = (uint8_t)(i < 256 ? i : i * 37);
    }
    struct emit j;
    emit_begin(&j, &b);
    emit_object(&j);
    emit_member_text(&j, "all", bytes_of(all, sizeof(all)));
    emit_member_str(&j, "other", "back\\slash");
    emit_object_end(&j);
    json_error_t error;
    json_t *back = json_loadb((const char *)b.data, b.len, JSON_ALLOW_NUL, &error);
    CHECK(back != NULL);
    CHECK(back != NULL && json_object_size(back) == 2);
    CHECK_STR(json_string_value(json_object_get(back, "other")), "back\\slash");
    for (size_t i = 0; i < b.len; i++) {
        CHECK(b.data[i] >= 0x20 && b.data[i] != 0x7f);
    }
    json_decref(back);
    buf_fini(&b);
}

static void numbers_and_nesting_survive_json(void)
{
    struct buf b = BUF_INIT(4096);
    struct emit j;
    struct addr a = addr_from_v4(0xc0000209);
    emit_begin(&j, &b);
    emit_object(&j);
    emit_key(&j, "list");
    emit_array(&j);
    emit_u64(&j, UINT64_C(9223372036854775807));
    emit_i64(&j, INT64_MIN);
    emit_bool(&j, true);
    emit_null(&j);
    emit_double(&j, 0.125, 2);
    emit_double(&j, 3, 6);
    emit_double(&j, 1e15, 3);
    emit_array(&j);
    emit_array_end(&j);
    emit_array_end(&j);
    emit_member_time(&j, "time", INT64_C(1715940303250000000));
    emit_member_addr(&j, "addr", &a);
    emit_member_bool(&j, "no", false);
    emit_member_u64(&j, "max", UINT64_MAX);
    emit_object_end(&j);
    buf_byte(&b, '\0');
    CHECK_STR((const char *)b.data,
              "{\"list\":[9223372036854775807,-9223372036854775808,true,null,0.12,3,"
              "1000000000000000,[]],\"time\":\"2024-05-17T10:05:03.250000000Z\","
              "\"addr\":\"192.0.2.9\",\"no\":false,\"max\":18446744073709551615}");
    buf_fini(&b);
}

static void check_csv(const char *in, const char *out)
{
    struct buf b = BUF_INIT(4096);
    text_csv(&b, bytes_of(in, strlen(in)));
    buf_byte(&b, '\0');
    CHECK_STR((const char *)b.data, out);
    buf_fini(&b);
}

static void spreadsheets_see_no_formula(void)
{
    check_csv("plain", "plain");
    check_csv("a,b", "\"a,b\"");
    check_csv("say \"hi\"", "\"say \"\"hi\"\"\"");
    static const char *const formulas[] = {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1"};
    for (size_t i = 0; i < ARRAY_LEN(formulas); i++) {
        struct buf b = BUF_INIT(4096);
        text_csv(&b, bytes_of(formulas[i], strlen(formulas[i])));
        const char *first = (const char *)b.data + (b.data[0] == '"');
        CHECK(strchr("=+-@\t", *first) == NULL);
        buf_fini(&b);
    }
}

static void counts_are_grouped(void)
{
    static const struct {
        uint64_t n;
        const char *text;
    } cases[] = {{0, "0"},
                 {999, "999"},
                 {1000, "1,000"},
                 {1234567, "1,234,567"},
                 {UINT64_MAX, "18,446,744,073,709,551,615"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf b = BUF_INIT(64);
        text_count(&b, cases[i].n);
        buf_byte(&b, '\0');
        CHECK_STR((const char *)b.data, cases[i].text);
        buf_fini(&b);
    }
}

static void numbers_are_read_whole_or_not_at_all(void)
{
    uint64_t n = 7;
    CHECK_INT(text_u64(BYTES_LITERAL("18446744073709551615"), UINT64_MAX, &n), ST_OK);
    CHECK(n == UINT64_MAX);
    CHECK_INT(text_u64(BYTES_LITERAL("65535"), 65535, &n), ST_OK);
    n = 7;
    CHECK_INT(text_u64(BYTES_LITERAL("65536"), 65535, &n), ST_LIMIT);
    CHECK_INT(text_u64(BYTES_LITERAL("18446744073709551616"), UINT64_MAX, &n), ST_LIMIT);
    static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "1x", "0x1", "1e3"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CHECK_INT(text_u64(bytes_of(bad[i], strlen(bad[i])), 100, &n), ST_MALFORMED);
    }
    CHECK_INT(n, 7);
}

/* clang-format off */
TEST_MAIN(
    TEST(what_deceives_is_shown_as_its_number),
    TEST(no_text_is_markup),
    TEST(long_text_is_cut_between_code_points),
    TEST(every_byte_makes_valid_json),
    TEST(numbers_and_nesting_survive_json),
    TEST(spreadsheets_see_no_formula),
    TEST(counts_are_grouped),
    TEST(numbers_are_read_whole_or_not_at_all),
)
/* clang-format on */
