/* tests/unit/attribute/test_caged.c - sources say the same inside a cage. */
#include "attribute/sources.h"

#include "base/core/timefmt.h"
#include "base/os/channel.h"
#include "base/os/process.h"
#include "material.h"

#define NOW (INT64_C(1790000000) * TIME_SECOND)

enum { ANSWER_MAX = 1 << 20 };

/* Add, load and ask; in between, a cage. */
static void answers(enum cage cage, struct buf *out)
{
    static const char *const specs[] = {
        "sources/lists/misp-censys-scanning.json,date=2026-08-10",
        "sources/lists/x4b/datacenter/ipv4.txt,as=vpn,date=2026-08-22",
        "sources/mmdb/test-data/GeoIP2-Country-Test.mmdb"};
    /* Packed, and JSON: libraries that are first used inside. */
    static const char *const more[] = {"sources/mrt/data/bview.64k_stream_overflow.gz",
                                       "sources/vrp/rtrtr-vrps.rpki-client.json"};
    static const char *const asked[] = {"193.0.14.129", "130.206.1.2", "162.142.125.7",
                                        "1.12.0.1",     "2001:720::1", "81.2.69.160"};
    static struct remark_list remarks;
    struct attribute_sources *set = NULL;
    struct cage_report report;
    const char *shared = test_shared();
    remarks = (struct remark_list){0};
    CHECK_INT(attribute_sources_new(NOW, &set), ST_OK);
    CHECK_INT(attribute_sources_add_defaults(set, &remarks), ST_OK);
    for (size_t i = 0; shared != NULL && i < ARRAY_LEN(specs); i++) {
        char path[4096];
        (void)snprintf(path, sizeof(path), "%s/%s", shared, specs[i]); /* fits */
        CHECK_INT(attribute_sources_add(set, path, &remarks, NULL), ST_OK);
    }
    for (size_t i = 0; shared != NULL && i < ARRAY_LEN(more); i++) {
        char path[4096];
        (void)snprintf(path, sizeof(path), "%s/%s", shared, more[i]); /* fits */
        CHECK_INT(attribute_sources_add(set, path, &remarks, NULL), ST_OK);
    }
    cage_enter(cage, &report);
    CHECK(cage == CAGE_NONE || report.whole);
    CHECK_INT(attribute_sources_load(set, true, true, &remarks), ST_OK);
    for (size_t i = 0; i < remarks.n; i++) {
        remark_put(out, &remarks.items[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        struct addr a = addr(asked[i]);
        struct origin o;
        attribute_sources_lookup(set, &a, NOW, &o);
        origin_put(out, &o);
    }
    origin_sources_put(out, attribute_sources_info(set));
    attribute_sources_free(set);
}

static int answer_caged(void *ctx, int channel, const struct cage_report *report)
{
    (void)ctx;
    (void)report;
    CLEANUP(buf_fini) struct buf out = BUF_INIT(ANSWER_MAX);
    answers(CAGE_ANALYST, &out);
    return test_failures > 0 || channel_send(channel, 1, buf_bytes(&out), NULL) != ST_OK;
}

static void sources_say_the_same_inside_a_cage(void)
{
    CLEANUP(buf_fini) struct buf outside = BUF_INIT(ANSWER_MAX);
    CLEANUP(buf_fini) struct buf inside = BUF_INIT(ANSWER_MAX);
    static const int err = 2;
    struct process_options opt = {.name = "analyst", .keep = &err, .n_keep = 1};
    struct process *p = NULL;
    struct process_end end = {0};
    uint8_t type = 0;
    answers(CAGE_NONE, &outside);
    CHECK_INT(process_start(&opt, answer_caged, NULL, &p, NULL), ST_OK);
    CHECK_INT(channel_receive(process_channel(p), &type, &inside, NULL), ST_OK);
    CHECK_INT(process_wait(p, &end, NULL), ST_OK);
    CHECK_STR(end.text, "the analyst ended with status 0");
    CHECK(outside.len > 500);
    CHECK(bytes_equal(buf_bytes(&inside), buf_bytes(&outside)));
    process_free(p);
}

TEST_MAIN(TEST(sources_say_the_same_inside_a_cage))
