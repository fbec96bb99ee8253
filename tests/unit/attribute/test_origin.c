/* tests/unit/attribute/test_origin.c - answers on their way through a pipe. */
#include "base/model/origin.h"

#include "base/core/timefmt.h"
#include "material.h"

static void fill(struct origin *o)
{
    *o = (struct origin){.addr = addr("2002:c000:221::1"),
                         .looked_up = addr("192.0.2.33"),
                         .wrap = ORIGIN_6TO4,
                         .event_ns = INT64_C(-5),
                         .has_net = true,
                         .n_as = 2,
                         .relation = ORIGIN_DIFFERENT,
                         .flags = 1U << ORIGIN_TOR_EXIT | 1U << ORIGIN_OWN_SCANNER,
                         .stale = 1U << ORIGIN_TOR_EXIT,
                         .operator_name = "Example",
                         .damaged = 1,
                         .dropped = 2};
    o->special = (struct origin_special){true, false, true, "6to4", "RFC 3056"};
    o->net = prefix_of(&o->looked_up, 120);
    o->as[0] = (struct origin_as){.number = 4294967294, .source = 3, .special = "private use"};
    o->as[1] = (struct origin_as){.number = 1, .source = 4, .name = "Name"};
    o->located =
        (struct origin_country){.word = ORIGIN_SPLIT, .families = 2, .dissent = true, .n = 1};
    memcpy(o->located.values[0].code, "DE", 3);
    o->located.values[0].families = 6;
    o->registered =
        (struct origin_country){.word = ORIGIN_AGREED, .code = "FR", .from_records = true};
    struct origin_statement *s = origin_state(o, 3, ORIGIN_NETWORK);
    s->has_asn = true;
    s->asn = 7;
    s->first = addr("192.0.2.0");
    s->last = addr("192.0.2.255");
    (void)snprintf(s->text, sizeof(s->text), "caf\xc3\xa9");
    s = origin_state(o, 63, ORIGIN_FLAGGED);
    s->flag = ORIGIN_DROP_LIST;
    s->day = -3;
}

static void an_answer_comes_out_as_it_went_in(void)
{
    static struct origin o;
    static struct origin got;
    struct buf b = BUF_INIT(1 << 16);
    fill(&o);
    origin_put(&b, &o);
    struct cursor c = cursor_of(buf_bytes(&b));
    CHECK_INT(origin_get(&c, &got, NULL), ST_OK);
    CHECK_INT(cursor_left(&c), 0);
    struct buf again = BUF_INIT(1 << 16);
    origin_put(&again, &got);
    CHECK(bytes_equal(buf_bytes(&b), buf_bytes(&again)));
    CHECK_STR(got.statements[0].text, "caf\xc3\xa9");
    CHECK_INT(got.statements[1].day, -3);
    CHECK_INT(got.event_ns, -5);
    CHECK_INT(got.as[0].number, 4294967294);
    buf_fini(&b);
    buf_fini(&again);
}

static void every_cut_message_is_refused(void)
{
    static struct origin o;
    static struct origin got;
    struct buf b = BUF_INIT(1 << 16);
    fill(&o);
    origin_put(&b, &o);
    int taken = 0;
    for (size_t n = 0; n < b.len; n++) {
        uint8_t *copy = malloc(n + 1);
        memcpy(copy, b.data, n);
        struct cursor c = cursor_of(bytes_of(copy, n));
        taken += origin_get(&c, &got, NULL) == ST_OK;
        free(copy);
    }
    CHECK_INT(taken, 0);
    buf_fini(&b);
}

/* A process that was taken over may write anything. */
static void a_changed_byte_never_leads_out_of_bounds(void)
{
    static struct origin o;
    static struct origin got;
    struct buf b = BUF_INIT(1 << 16);
    fill(&o);
    origin_put(&b, &o);
    int wrong = 0;
    for (size_t i = 0; i < b.len; i++) {
        uint8_t was = b.data[i];
        for (unsigned v = 0; v < 256; v += 15) {
            b.data[i] = (uint8_t)v;
            struct cursor c = cursor_of(buf_bytes(&b));
            if (origin_get(&c, &got, NULL) != ST_OK) {
                continue;
            }
            wrong += got.n > ORIGIN_STATEMENTS_MAX || got.n_as > ORIGIN_AS_MAX ||
                     got.located.n > ORIGIN_VALUES_MAX || got.registered.n > ORIGIN_VALUES_MAX ||
                     got.net.len > 128 || origin_word_name(got.located.word) == NULL ||
                     got.flags >> ORIGIN_FLAG_COUNT != 0;
            for (size_t k = 0; k < got.n; k++) {
                wrong += got.statements[k].source >= LIMIT_SOURCES ||
                         origin_flag_name(got.statements[k].flag) == NULL ||
                         memchr(got.statements[k].text, '\0', ORIGIN_NAME_MAX) == NULL;
            }
        }
        b.data[i] = was;
    }
    CHECK_INT(wrong, 0);
    buf_fini(&b);
}

static void sources_come_out_as_they_went_in(void)
{
    static struct origin_sources s;
    static struct origin_sources got;
    struct buf b = BUF_INIT(1 << 16);
    s.n = 2;
    s.items[0] = (struct origin_source){.name = "libloc",
                                        .credit = "somebody",
                                        .format = ORIGIN_LIBLOC,
                                        .family = ORIGIN_RECORDS,
                                        .date = ORIGIN_DATE_DATA,
                                        .date_ns = 77,
                                        .digested = true,
                                        .digest = {{1, 2, 3}}};
    s.items[1] = (struct origin_source){.name = "list", .format = ORIGIN_LIST};
    origin_sources_put(&b, &s);
    struct cursor c = cursor_of(buf_bytes(&b));
    CHECK_INT(origin_sources_get(&c, &got, NULL), ST_OK);
    CHECK_INT(cursor_left(&c), 0);
    CHECK_INT(got.n, 2);
    CHECK_STR(got.items[0].name, "libloc");
    CHECK_INT(got.items[0].digest.b[2], 3);
    CHECK_STR(got.items[1].name, "list");
    int taken = 0;
    for (size_t n = 0; n < b.len; n++) {
        c = cursor_of(bytes_of(b.data, n));
        taken += origin_sources_get(&c, &got, NULL) == ST_OK;
    }
    CHECK_INT(taken, 0);
    buf_fini(&b);
}

static void the_gap_is_counted_in_days_either_way(void)
{
    struct origin_source s = {.date = ORIGIN_DATE_DATA, .date_ns = 100 * TIME_DAY};
    int64_t days = 0;
    CHECK(origin_gap_days(&s, 103 * TIME_DAY + TIME_HOUR, &days) && days == 3);
    CHECK(origin_gap_days(&s, 98 * TIME_DAY, &days) && days == -2);
    CHECK(origin_gap_days(&s, 100 * TIME_DAY + 23 * TIME_HOUR, &days) && days == 0);
    CHECK(origin_gap_days(&s, INT64_MIN, &days) && days < 0);
    s.date = ORIGIN_UNDATED;
    CHECK(!origin_gap_days(&s, 0, &days));
}

static void text_is_cut_between_characters_and_at_a_nul(void)
{
    char out[6];
    origin_text(out, sizeof(out), text("abcd\xc3\xa9"));
    CHECK_STR(out, "abcd");
    origin_text(out, sizeof(out), text("abc\xc3\xa9z"));
    CHECK_STR(out, "abc\xc3\xa9");
    origin_text(out, sizeof(out), bytes_of("ab\0cd", 5));
    CHECK_STR(out, "ab");
    origin_text(out, sizeof(out), (struct bytes){0});
    CHECK_STR(out, "");
    origin_text(out, sizeof(out), text("\xff\xff\xff\xff\xff\xff\xff"));
    CHECK_INT(strlen(out), 5);
}

static void statements_past_the_maximum_are_counted(void)
{
    static struct origin o;
    for (int i = 0; i < ORIGIN_STATEMENTS_MAX; i++) {
        CHECK(origin_state(&o, 0, ORIGIN_LOCATED) != NULL);
    }
    CHECK(origin_state(&o, 0, ORIGIN_LOCATED) == NULL);
    CHECK_INT(o.dropped, 1);
    CHECK_INT(o.n, ORIGIN_STATEMENTS_MAX);
}

static void names_end_where_the_words_end(void)
{
    CHECK_STR(origin_word_name(ORIGIN_NO_MEANING), "not-meaningful");
    CHECK_STR(origin_flag_name(ORIGIN_OWN_SCANNER), "own-scanner");
    CHECK_STR(origin_family_name(ORIGIN_LEGACY), "legacy");
    CHECK(origin_word_name(ORIGIN_WORD_COUNT) == NULL);
    CHECK(origin_flag_name(ORIGIN_FLAG_COUNT) == NULL);
}

TEST_MAIN(TEST(an_answer_comes_out_as_it_went_in), TEST(every_cut_message_is_refused),
          TEST(a_changed_byte_never_leads_out_of_bounds), TEST(sources_come_out_as_they_went_in),
          TEST(the_gap_is_counted_in_days_either_way),
          TEST(text_is_cut_between_characters_and_at_a_nul),
          TEST(statements_past_the_maximum_are_counted), TEST(names_end_where_the_words_end))
