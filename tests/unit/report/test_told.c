/* tests/unit/report/test_told.c - findings that went into JSON and came back are
 * reported as they were; and what of their origins is another.
 */
#include "exchange/change.h"
#include "exchange/intake.h"
#include "report/origin_json.h"
#include "sample.h"
#include "test.h"

enum { ARENA_MAX = 1 << 20, TEXT_MAX = 1 << 20 };

static struct bytes line_of(struct buf *out, const struct sample *s, size_t i)
{
    report_json_finding(out, &s->v, &s->findings[i]);
    return bytes_of(out->data, out->len - 1);
}

static bool counts(const struct sample *s, size_t i)
{
    return (s->findings[i].finding->flags & FINDING_BELOW) == 0;
}

/* Another tool's rule is no longer told as one. */
static void csv_is_the_same_when_read_again(void)
{
    struct sample *s = sample_full();
    size_t compared = 0;
    for (size_t i = 0; i < s->v.finding_n; i++) {
        CLEANUP(buf_fini) struct buf line = BUF_INIT(TEXT_MAX);
        CLEANUP(buf_fini) struct buf was = BUF_INIT(TEXT_MAX);
        CLEANUP(buf_fini) struct buf now = BUF_INIT(TEXT_MAX);
        struct arena arena;
        struct finding f;
        struct origin o;
        bool has_origin;
        if (!counts(s, i)) {
            continue;
        }
        arena_init(&arena, ARENA_MAX);
        struct fault why = {0};
        CHECK_INT(intake_told(line_of(&line, s, i), &arena, &f, &o, &has_origin, &why), ST_OK);
        CHECK(has_origin == (s->findings[i].origin != NULL));
        const struct view_finding again = {.finding = &f, .origin = has_origin ? &o : NULL};
        report_csv_finding(&was, &s->findings[i]);
        report_csv_finding(&now, &again);
        buf_byte(&was, '\0');
        buf_byte(&now, '\0');
        CHECK_STR((const char *)now.data, (const char *)was.data);
        compared++;
        arena_fini(&arena);
    }
    CHECK(compared > 5);
    sample_free(s);
}

static void every_cut_of_a_line_is_refused(void)
{
    struct sample *s = sample_full();
    CLEANUP(buf_fini) struct buf line = BUF_INIT(TEXT_MAX);
    struct arena arena;
    struct finding f;
    struct origin o;
    bool has_origin;
    int accepted = 0;
    struct bytes whole = line_of(&line, s, 0);
    arena_init(&arena, ARENA_MAX);
    for (size_t n = 0; n < whole.len; n++) {
        accepted +=
            intake_told(bytes_of(whole.data, n), &arena, &f, &o, &has_origin, NULL) == ST_OK;
    }
    CHECK_INT(accepted, 0);
    arena_fini(&arena);
    sample_free(s);
}

/* --- changes ------------------------------------------------------------------------- */

/* Two sources, of which the first says a country and the second a flag. */
struct world {
    struct origin origin;
    struct origin_sources sources;
    struct finding finding;
};

static struct world world_make(void)
{
    struct world w = {.sources = {.n = 2}};
    (void)snprintf(w.sources.items[0].name, ORIGIN_NAME_MAX, "countries");
    (void)snprintf(w.sources.items[1].name, ORIGIN_NAME_MAX, "flags");
    for (size_t i = 0; i < 2; i++) {
        w.sources.items[i].date = ORIGIN_DATE_DATA;
        w.sources.items[i].date_ns = INT64_C(1700000000) * 1000000000;
        w.sources.items[i].digested = true;
    }
    w.origin.addr = w.origin.looked_up = addr_from_v4(0xcb007107);
    w.origin.located.word = w.origin.registered.word = ORIGIN_AGREED;
    memcpy(w.origin.located.code, "DE", 3);
    memcpy(w.origin.registered.code, "DE", 3);
    w.origin.flags = 1U << ORIGIN_HOSTING;
    memcpy(origin_state(&w.origin, 0, ORIGIN_LOCATED)->code, "DE", 3);
    memcpy(origin_state(&w.origin, 0, ORIGIN_REGISTERED)->code, "DE", 3);
    origin_state(&w.origin, 1, ORIGIN_FLAGGED)->flag = ORIGIN_HOSTING;
    (void)snprintf(w.finding.id, sizeof(w.finding.id), "%032x", 7);
    return w;
}

static void origin_text_of(struct buf *out, const struct world *w, const char *before)
{
    struct emit j;
    buf_str(out, before);
    emit_begin(&j, out);
    origin_json(&j, &w->origin, &w->sources);
    buf_str(out, before[0] != '\0' ? "}" : "");
}

static void sources_text_of(struct buf *out, const struct world *w)
{
    struct emit j;
    emit_begin(&j, out);
    origin_json_sources(&j, &w->sources);
}

static enum status compare(const struct world *was, const struct world *now, struct arena *arena,
                           struct change_list *ret)
{
    CLEANUP(buf_fini) struct buf told = BUF_INIT(TEXT_MAX);
    CLEANUP(buf_fini) struct buf told_sources = BUF_INIT(TEXT_MAX);
    CLEANUP(buf_fini) struct buf said = BUF_INIT(TEXT_MAX);
    CLEANUP(buf_fini) struct buf said_sources = BUF_INIT(TEXT_MAX);
    origin_text_of(&told, was, "{\"type\":\"finding\",\"origin\":");
    sources_text_of(&told_sources, was);
    origin_text_of(&said, now, "");
    sources_text_of(&said_sources, now);
    TRY(told.failed);
    TRY(told_sources.failed);
    TRY(said.failed);
    TRY(said_sources.failed);
    const struct change_question q = {buf_bytes(&told), buf_bytes(&told_sources), buf_bytes(&said),
                                      buf_bytes(&said_sources)};
    return change_find(&q, arena, ret, NULL);
}

static void the_same_is_no_change(void)
{
    struct world w = world_make();
    struct change_list list;
    struct arena arena;
    arena_init(&arena, ARENA_MAX);
    CHECK_INT(compare(&w, &w, &arena, &list), ST_OK);
    CHECK_INT(list.n, 0);
    arena_fini(&arena);
}

/* Another date or hash of a source that says the same changes nothing. */
static void a_new_file_that_says_the_same_is_no_change(void)
{
    struct world was = world_make();
    struct world now = world_make();
    struct change_list list;
    struct arena arena;
    now.sources.items[0].digest.b[0] = 1;
    now.sources.items[0].date_ns += INT64_C(86400) * 1000000000;
    arena_init(&arena, ARENA_MAX);
    CHECK_INT(compare(&was, &now, &arena, &list), ST_OK);
    CHECK_INT(list.n, 0);
    arena_fini(&arena);
}

static void a_country_that_moved_names_who_says_so(void)
{
    struct world was = world_make();
    struct world now = world_make();
    struct change_list list;
    struct arena arena;
    memcpy(now.origin.located.code, "NL", 3);
    memcpy(now.origin.statements[0].code, "NL", 3);
    now.sources.items[0].digest.b[0] = 0xff;
    arena_init(&arena, ARENA_MAX);
    CHECK_INT(compare(&was, &now, &arena, &list), ST_OK);
    CHECK_INT(list.n, 1);
    const struct change *c = &list.items[0];
    CHECK_STR(c->what, "located");
    CHECK_STR(c->was, "DE");
    CHECK_STR(c->now, "NL");
    CHECK_INT(c->by_n, 1);
    CHECK_STR(c->by[0].source, "countries");
    CHECK_STR(c->by[0].was.says, "DE");
    CHECK_STR(c->by[0].now.says, "NL");
    CHECK(strncmp(c->by[0].was.sha256, "0000", 4) == 0);
    CHECK(strncmp(c->by[0].now.sha256, "ff00", 4) == 0);
    CHECK_STR(c->by[0].was.date, "2023-11-14");
    arena_fini(&arena);
}

static void every_conclusion_is_compared(void)
{
    struct change_list list;
    struct arena arena;
    struct world was = world_make();
    struct world now = world_make();
    now.origin.has_net = true;
    now.origin.net = prefix_of(&now.origin.addr, 120);
    now.origin.n_as = 1;
    now.origin.as[0].number = 64500;
    now.origin.registered.word = ORIGIN_SPLIT;
    now.origin.registered.code[0] = '\0';
    now.origin.registered.n = 2;
    memcpy(now.origin.registered.values[0].code, "DE", 3);
    memcpy(now.origin.registered.values[1].code, "FR", 3);
    now.origin.located.word = ORIGIN_NO_MEANING;
    now.origin.located.code[0] = '\0';
    now.origin.flags = 1U << ORIGIN_HOSTING | 1U << ORIGIN_RESEARCH_SCANNER;
    (void)snprintf(now.origin.operator_name, ORIGIN_NAME_MAX, "Example Census");
    arena_init(&arena, ARENA_MAX);
    CHECK_INT(compare(&was, &now, &arena, &list), ST_OK);
    const char *const want[][3] = {
        {"network", "unknown", "203.0.113.0/24"},
        {"as", "unknown", "AS64500"},
        {"registered", "DE", "DE or FR"},
        {"located", "DE", "not-meaningful"},
        {"flags", "hosting", "hosting, research-scanner"},
        {"operator", "unknown", "Example Census"},
    };
    CHECK_INT(list.n, ARRAY_LEN(want));
    for (size_t i = 0; i < list.n; i++) {
        CHECK_STR(list.items[i].what, want[i][0]);
        CHECK_STR(list.items[i].was, want[i][1]);
        CHECK_STR(list.items[i].now, want[i][2]);
        CHECK_INT(list.items[i].by_n, 0); /* no statement is another */
    }
    arena_fini(&arena);
}

static void a_source_that_came_or_went_is_told_as_that(void)
{
    struct change_list list;
    struct arena arena;
    struct world was = world_make();
    struct world now = world_make();
    now.sources.n = 1;
    now.origin.n = 2;
    now.origin.flags = 0;
    arena_init(&arena, ARENA_MAX);
    CHECK_INT(compare(&was, &now, &arena, &list), ST_OK);
    CHECK_INT(list.n, 1);
    CHECK_INT(list.items[0].by_n, 1);
    CHECK(list.items[0].by[0].was.used && !list.items[0].by[0].now.used);
    CHECK_INT(compare(&now, &was, &arena, &list), ST_OK);
    CHECK_INT(list.items[0].by_n, 1);
    CHECK(!list.items[0].by[0].was.used && list.items[0].by[0].now.used);
    CHECK_STR(list.items[0].by[0].now.says, "hosting");
    arena_fini(&arena);
}

static void no_memory_is_said(void)
{
    struct world was = world_make();
    struct world now = world_make();
    enum status st = ST_NOMEM;
    memcpy(now.origin.located.code, "NL", 3);
    memcpy(now.origin.statements[0].code, "NL", 3);
    for (unsigned n = 1; st != ST_OK && n < 2000; n++) {
        struct change_list list;
        struct arena arena;
        arena_init(&arena, ARENA_MAX);
        test_fail_allocation(n);
        st = compare(&was, &now, &arena, &list);
        test_fail_allocation(0);
        CHECK(st == ST_OK || st == ST_NOMEM);
        CHECK(st != ST_OK || list.n == 1);
        arena_fini(&arena);
    }
    CHECK_INT(st, ST_OK);
}

TEST_MAIN(TEST(csv_is_the_same_when_read_again), TEST(every_cut_of_a_line_is_refused),
          TEST(the_same_is_no_change), TEST(a_new_file_that_says_the_same_is_no_change),
          TEST(a_country_that_moved_names_who_says_so), TEST(every_conclusion_is_compared),
          TEST(a_source_that_came_or_went_is_told_as_that), TEST(no_memory_is_said))
