/* tests/unit/report/test_page.c - the page for a browser, as far as it is text. */
#include "report/page.h"

#include <jansson.h>
#include <zlib.h>

#include "base/core/base64.h"
#include "base/core/hash.h"
#include "report/page_pack.h"
#include "sample.h"
#include "test.h"

/* Ends an attribute, an element, a script; turns the direction; is no UTF-8. */
static const char *const hostile = "\"'></title></script><script>alert(1)</script><img src=x "
                                   "onerror=alert(1)>\xe2\x80\xae\xff\x1b[2J&lt;";

static char *page(const struct sample *s)
{
    struct buf out = BUF_INIT(64 << 20);
    struct page_options opt = {.seed = 7};
    report_page(&out, &s->v, &opt);
    CHECK_INT(out.failed, ST_OK);
    buf_byte(&out, '\0');
    return (char *)out.data;
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, what)) != NULL; p++) {
        n++;
    }
    return n;
}

/* What is between two marks, from a place on; the caller frees. */
static char *between(const char **at, const char *from, const char *to)
{
    const char *a = strstr(*at, from);
    const char *b = a != NULL ? strstr(a + strlen(from), to) : NULL;
    if (b == NULL) {
        return NULL;
    }
    a += strlen(from);
    *at = b;
    return strndup(a, (size_t)(b - a));
}

static void the_first_screen_is_there_without_scripts(void)
{
    struct sample *s = sample_full();
    char *text = page(s);
    const char *app = strstr(text, "id=\"app\"");
    const char *in = strstr(text, "<h2>Did anyone get in?</h2>");
    const char *todo = strstr(text, "<h2>What needs doing?</h2>");
    const char *ignored = strstr(text, "<h2>What can be ignored?</h2>");
    CHECK(in != NULL && todo != NULL && ignored != NULL && app != NULL);
    CHECK(in < todo && todo < ignored && ignored < app);
    CHECK(strstr(text, "let in as root after 1,214") != NULL);
    CHECK(strstr(text, "<article id=\"f-") != NULL);
    CHECK(strstr(text, "Innocent explanation:") != NULL);
    CHECK(strstr(text, "What this assumes, and what it does not show") != NULL);
    CHECK(strstr(text, "erified") == NULL); /* no verdict is stored in what is to be judged */
    free(text);
    sample_free(s);
}

static void the_policy_names_the_script_and_the_style_and_nothing_else(void)
{
    struct sample *s = sample_full();
    char *text = page(s);
    static const char *const parts[][3] = {{"<script>", "</script>", "script-src 'sha256-"},
                                           {"<style>", "</style>", "style-src 'sha256-"}};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const char *at = text;
        char *body = between(&at, parts[i][0], parts[i][1]);
        struct buf want = BUF_INIT(1024);
        struct digest d;
        CHECK(body != NULL && digest_sha256(bytes_of(body, strlen(body)), &d) == ST_OK);
        buf_str(&want, parts[i][2]);
        base64_append(&want, bytes_of(d.b, sizeof(d.b)));
        buf_str(&want, "'; ");
        buf_byte(&want, '\0');
        CHECK(strstr(text, (const char *)want.data) != NULL);
        CHECK_INT(count(text, parts[i][0]), 1);
        buf_fini(&want);
        free(body);
    }
    CHECK(strstr(text, "default-src 'none'") != NULL);
    CHECK(strstr(text, " src=") == NULL && strstr(text, "href=\"http") == NULL);
    CHECK(strstr(text, " style=") == NULL);
    free(text);
    sample_free(s);
}

static void hostile_strings_stay_strings(void)
{
    struct sample *s = sample_full();
    char *before = page(s);
    struct finding *f = sample_add(s, "probe.web", "203.0.113.99");
    f->paths = f->text_n = 1;
    f->texts[0] = (char *)(uintptr_t)hostile;
    s->inputs[0].name = hostile;
    struct origin *o = (struct origin *)(uintptr_t)sample_last(s)->origin;
    if (o != NULL) {
        memcpy(o->as[0].name, hostile, sizeof(o->as[0].name) - 1);
    }
    char *text = page(s);
    CHECK_INT(count(text, "<script"), count(before, "<script"));
    CHECK_INT(count(text, "<img"), 0);
    CHECK(strstr(text, "\xe2\x80\xae") == NULL && strchr(text, '\x1b') == NULL);
    CHECK(strstr(text, "&lt;/script&gt;&lt;script&gt;") != NULL);
    free(before);
    free(text);
    sample_free(s);
}

static void the_same_view_gives_the_same_page(void)
{
    struct sample *s = sample_scanners(100);
    struct buf a = BUF_INIT(64 << 20);
    struct buf b = BUF_INIT(64 << 20);
    struct page_options one = {.seed = 1};
    struct page_options other = {.seed = UINT64_C(0x123456789abcdef)};
    report_page(&a, &s->v, &one);
    report_page(&b, &s->v, &other);
    CHECK(a.failed == ST_OK && bytes_equal(buf_bytes(&a), buf_bytes(&b)));
    buf_fini(&a);
    buf_fini(&b);
    sample_free(s);
}

/* --- the findings in it ----------------------------------------------------------------- */

static json_t *open_block(const char *base64)
{
    static uint8_t small[1 << 20];
    static uint8_t plain[1 << 23];
    size_t n = 0;
    uLongf len = sizeof(plain);
    CHECK_INT(base64_decode(bytes_of(base64, strlen(base64)), small, sizeof(small), &n), ST_OK);
    CHECK_INT(uncompress(plain, &len, small, n), Z_OK);
    return json_loadb((const char *)plain, len, JSON_REJECT_DUPLICATES, NULL);
}

static json_int_t at(const json_t *array, size_t i)
{
    return json_integer_value(json_array_get(array, i));
}

/* The inverse of page_pack, as web/report/data.ts has it. */
struct unpacked {
    json_int_t last[64][4096];
    json_int_t next;
};

static void put_back(struct unpacked *u, const json_t *packed, const json_t *row, struct buf *out)
{
    size_t n = json_array_size(row) - 1;
    json_int_t shape = at(row, n);
    const char *p =
        json_string_value(json_array_get(json_object_get(packed, "shapes"), (size_t)shape));
    const json_t *values = json_object_get(packed, "values");
    CHECK(p != NULL && shape < 64 && n < 4096);
    buf_clear(out);
    for (size_t i = 0; i < n && p != NULL; i++) {
        json_int_t k = at(row, i);
        json_int_t *last = &u->last[shape][i];
        *last = k == 0 ? *last : k == 1 ? u->next++ : k - 2;
        const char *hole = strchr(p, '?');
        CHECK(hole != NULL);
        buf_append(out, p, (size_t)(hole - p));
        char *value = json_dumps(json_array_get(values, (size_t)*last), JSON_ENCODE_ANY);
        CHECK(value != NULL);
        buf_str(out, value != NULL ? value : "");
        free(value);
        p = hole + 1;
    }
    buf_str(out, p != NULL ? p : "");
}

/* Each packed line is, as JSON, a line of --json; all of them are there. */
static size_t check_block(const json_t *packed, const char *lines)
{
    struct unpacked *u = calloc(1, sizeof(*u));
    struct buf line = BUF_INIT(1 << 20);
    const json_t *rows = json_object_get(packed, "rows");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        put_back(u, packed, json_array_get(rows, i), &line);
        json_t *j = json_loadb((const char *)line.data, line.len, 0, NULL);
        const char *id = json_string_value(json_object_get(j, "id"));
        CHECK(id != NULL);
        const char *found = id != NULL ? strstr(lines, id) : NULL;
        const char *begin = found;
        while (begin != NULL && begin > lines && begin[-1] != '\n') {
            begin--;
        }
        json_t *want = begin != NULL ? json_loads(begin, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
        CHECK(want != NULL && json_equal(j, want));
        json_decref(want);
        json_decref(j);
    }
    buf_fini(&line);
    free(u);
    return json_array_size(rows);
}

static void every_finding_is_in_it_as_json_tells_it(void)
{
    struct sample *s = sample_full();
    struct buf lines = BUF_INIT(64 << 20);
    for (size_t i = 0; i < s->v.finding_n; i++) { /* ids as in real output */
        struct finding *f = (struct finding *)(uintptr_t)s->v.findings[i].finding;
        snprintf(f->id, sizeof(f->id), "%032zx", i + 1);
    }
    report_json(&lines, &s->v);
    buf_byte(&lines, '\0');
    char *text = page(s);
    const char *from = text;
    char *columns = between(&from, "data-block=\"columns\">", "</script>");
    json_t *table = open_block(columns);
    size_t rows = (size_t)json_integer_value(json_object_get(table, "rows"));
    size_t n = 0;
    char *block;
    while ((block = between(&from, "data-block=\"findings\">", "</script>")) != NULL) {
        json_t *packed = open_block(block);
        n += check_block(packed, (const char *)lines.data);
        json_decref(packed);
        free(block);
    }
    size_t want = 0;
    for (size_t i = 0; i < s->v.finding_n; i++) {
        want += (s->v.findings[i].finding->flags & FINDING_BELOW) == 0;
    }
    CHECK(want > 5);
    CHECK_INT(rows, want);
    CHECK_INT(n, want);
    CHECK_INT(json_array_size(json_object_get(table, "act")), rows);
    json_decref(table);
    free(columns);
    free(text);
    buf_fini(&lines);
    sample_free(s);
}

static void without_memory_it_fails_and_says_so(void)
{
    struct sample *s = sample_scanners(20);
    bool failed = true;
    for (unsigned nth = 1; failed && nth < 20000; nth += 1 + nth / 4) {
        struct buf out = BUF_INIT(64 << 20);
        struct page_options opt = {.seed = 7};
        test_fail_allocation(nth);
        report_page(&out, &s->v, &opt);
        failed = test_allocation_failed();
        test_fail_allocation(0);
        CHECK(!failed || out.failed != ST_OK);
        buf_fini(&out);
    }
    CHECK(!failed);
    sample_free(s);
}

/* clang-format off */
TEST_MAIN(
    TEST(the_first_screen_is_there_without_scripts),
    TEST(the_policy_names_the_script_and_the_style_and_nothing_else),
    TEST(hostile_strings_stay_strings),
    TEST(the_same_view_gives_the_same_page),
    TEST(every_finding_is_in_it_as_json_tells_it),
    TEST(without_memory_it_fails_and_says_so),
)
/* clang-format on */
