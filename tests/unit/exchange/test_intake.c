/* tests/unit/exchange/test_intake.c - findings as JSON, read again. */
#include "exchange/intake.h"

#include "material.h"
#include "report/view.h"

static enum status read_line(struct bytes line, struct arena *arena, struct finding *f,
                             struct fault *why)
{
    enum intake_line what;
    struct local_nets locals;
    return intake_read(line, arena, &what, f, &locals, why);
}

static void write_line(struct buf *out, const struct finding *f)
{
    static const struct definition_set none;
    static const struct summary summary;
    struct view_finding vf = {.finding = f};
    struct view v = {.findings = &vf, .finding_n = 1, .definitions = &none, .summary = &summary};
    report_json(out, &v);
    const uint8_t *end = memchr(out->data, '\n', out->len);
    assert(out->failed == ST_OK && end != NULL);
    out->len = (size_t)(end - out->data);
}

static void a_finding_is_read_as_it_was_written(void)
{
    CLEANUP(buf_fini) struct buf line = BUF_INIT(1 << 20);
    struct finding f = guessing("44.128.0.7", 5);
    struct finding g;
    struct arena arena;
    char name[] = "root\n\xe2\x80\xae";
    f.texts[0] = name;
    f.text_n = 1;
    f.port_list[0] = 22;
    f.port_n = 1;
    arena_init(&arena, 1 << 20);
    write_line(&line, &f);
    CHECK_INT(read_line(buf_bytes(&line), &arena, &g, NULL), ST_OK);
    CHECK_STR(g.id, f.id);
    CHECK_STR(g.kind, "bruteforce.ssh");
    CHECK(addr_equal(&g.remote, &f.remote) && g.has_initiator && !g.has_victim);
    CHECK_INT(g.flags, f.flags);
    CHECK_INT(g.when.last_ns, f.when.last_ns);
    CHECK_INT(g.attempts, 20);
    CHECK_INT(g.authentic, AUTHENTIC_TWO_WAY);
    CHECK_INT(g.flows.n, 1);
    CHECK_INT(g.flows.items[0].source_port, 40001);
    CHECK_INT(g.port_list[0], 22);
    CHECK_STR(g.texts[0], name);
    arena_fini(&arena);
}

static void every_cut_is_refused(void)
{
    CLEANUP(buf_fini) struct buf line = BUF_INIT(1 << 20);
    struct finding f = guessing("44.128.0.7", 5);
    struct finding g;
    struct arena arena;
    int accepted = 0;
    arena_init(&arena, 1 << 20);
    write_line(&line, &f);
    for (size_t n = 0; n < line.len; n++) {
        struct fault why = {0};
        accepted += read_line(bytes_of(line.data, n), &arena, &g, &why) == ST_OK;
        CHECK(why.field != NULL);
    }
    CHECK_INT(accepted, 0);
    arena_fini(&arena);
}

static void no_memory_is_said(void)
{
    CLEANUP(buf_fini) struct buf line = BUF_INIT(1 << 20);
    struct finding f = guessing("44.128.0.7", 5);
    struct finding g;
    enum status st = ST_NOMEM;
    write_line(&line, &f);
    for (unsigned n = 1; st != ST_OK && n < 1000; n++) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        test_fail_allocation(n);
        st = read_line(buf_bytes(&line), &arena, &g, NULL);
        test_fail_allocation(0);
        CHECK(st != ST_LIMIT && st != ST_SYS);
        arena_fini(&arena);
    }
    CHECK_INT(st, ST_OK);
}

TEST_MAIN(TEST(a_finding_is_read_as_it_was_written), TEST(every_cut_is_refused),
          TEST(no_memory_is_said))
