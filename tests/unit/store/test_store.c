/* tests/unit/store/test_store.c - what is stored, found again, and refused. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>

#include "material.h"

static void expect(struct store *s, const struct store_query *q, const char *want)
{
    CLEANUP(buf_fini) struct buf got = BUF_INIT(65536);
    CHECK_INT(ask(s, q, &got), ST_OK);
    CHECK_STR((const char *)got.data, want);
}

static void findings_come_back_in_the_order_of_output(void)
{
    struct place p = place_make();
    CLEANUP(buf_fini) struct buf got = BUF_INIT(65536);
    CHECK_INT(put_range(p.folder, 3, 6), ST_OK);
    CHECK_INT(put_range(p.folder, 1, 3), ST_OK);
    CHECK_INT(ask_all(p.folder, &got), ST_OK);
    CHECK_STR((const char *)got.data, "1 2 3 4 5 ");
    place_remove(&p);
}

static void every_filter_selects(void)
{
    struct place p = place_make();
    struct store *s = NULL;
    CHECK_INT(put_range(p.folder, 1, 9), ST_OK);
    CHECK_INT(store_open(p.folder, STORE_WRITE, &s, NULL), ST_OK);
    CHECK_INT(store_begin(s, &run_sample, NULL), ST_OK);
    struct finding f = finding_nth(9);
    (void)snprintf(f.definition, sizeof(f.definition), "scan.verticality/1");
    (void)snprintf(f.kind, sizeof(f.kind), "scan.verticality");
    f.victim = address("2001:db8::5");
    f.has_victim = true;
    CHECK_INT(put(s, &f, NULL), ST_OK);
    CHECK_INT(store_commit(s, NULL), ST_OK);
    const struct finding third = finding_nth(3);

    expect(s, &(struct store_query){.kind = "scan"}, "1 2 3 4 5 6 7 8 9 ");
    expect(s, &(struct store_query){.kind = "scan."}, "1 2 3 4 5 6 7 8 9 ");
    expect(s, &(struct store_query){.kind = "scan.vertical"}, "1 2 3 4 5 6 7 8 ");
    expect(s, &(struct store_query){.kind = "sca"}, "");
    expect(s, &(struct store_query){.definition = "scan.vertical"}, "1 2 3 4 5 6 7 8 ");
    expect(s, &(struct store_query){.definition = "scan.verticality/1"}, "9 ");
    expect(s, &(struct store_query){.definition = "scan.vertical/2"}, "");
    expect(s, &(struct store_query){.limit = 2}, "8 9 ");
    expect(s, &(struct store_query){.limit = 2, .kind = "scan.vertical"}, "7 8 ");
    expect(s,
           &(struct store_query){.id_n = 2, .ids = {third.id, "00000000000000000000000000000007"}},
           "3 7 ");
    expect(s, &(struct store_query){.id_n = 1, .ids = {"0000"}}, "1 2 3 4 5 6 7 8 9 ");
    expect(s, &(struct store_query){.id_n = 1, .ids = {"1"}}, "");
    /* As in analyze: it ends at this time or later, it begins before. */
    expect(s,
           &(struct store_query){.has_since = true, .since_ns = third.when.last_ns, .limit = 100},
           "3 4 5 6 7 8 9 ");
    expect(s, &(struct store_query){.has_since = true, .since_ns = third.when.last_ns + 1},
           "4 5 6 7 8 9 ");
    expect(s, &(struct store_query){.has_until = true, .until_ns = third.when.first_ns}, "1 2 ");
    expect(s, &(struct store_query){.has_until = true, .until_ns = third.when.first_ns + 1},
           "1 2 3 ");
    store_free(s);
    place_remove(&p);
}

static void a_network_selects_whichever_end_lies_in_it(void)
{
    struct place p = place_make();
    struct store *s = NULL;
    struct store_query q = {.net_n = 1};
    CHECK_INT(put_range(p.folder, 1, 9), ST_OK);
    CHECK_INT(store_open(p.folder, STORE_WRITE, &s, NULL), ST_OK);
    CHECK_INT(store_begin(s, &run_sample, NULL), ST_OK);
    struct finding f = finding_nth(9);
    f.victim = address("2001:db8::5");
    f.has_victim = true;
    f.has_initiator = f.has_remote = false;
    CHECK_INT(put(s, &f, NULL), ST_OK);
    CHECK_INT(store_commit(s, NULL), ST_OK);
    const struct {
        const char *net, *want;
    } rows[] = {
        {"203.0.113.0/24", "1 2 3 4 5 6 7 8 "},
        {"203.0.113.4/31", "4 5 "},
        {"203.0.113.8", "8 "},
        {"203.0.112.0/24", ""},
        {"2001:db8::/32", "9 "},
        {"2001:db8::4", ""},
        {"::/0", "1 2 3 4 5 6 7 8 9 "},
        {"0.0.0.0/0", "1 2 3 4 5 6 7 8 "},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct bytes net = bytes_of(rows[i].net, strlen(rows[i].net));
        CHECK_INT(prefix_parse(net, &q.nets[0]), ST_OK);
        expect(s, &q, rows[i].want);
    }
    CHECK_INT(prefix_parse(BYTES_LITERAL("203.0.113.2"), &q.nets[1]), ST_OK);
    CHECK_INT(prefix_parse(BYTES_LITERAL("203.0.113.7"), &q.nets[0]), ST_OK);
    q.net_n = 2;
    expect(s, &q, "2 7 ");
    store_free(s);
    place_remove(&p);
}

static void a_question_that_is_too_long_is_refused(void)
{
    struct place p = place_make();
    struct store *s = NULL;
    struct store_rows *rows = NULL;
    static char kind[1 << 17];
    memset(kind, 'x', sizeof(kind) - 1);
    kind[sizeof(kind) - 2] = '.';
    CHECK_INT(put_range(p.folder, 1, 2), ST_OK);
    CHECK_INT(store_open(p.folder, STORE_READ, &s, NULL), ST_OK);
    CHECK_INT(store_find(s, &(struct store_query){.kind = kind}, &rows, NULL), ST_LIMIT);
    CHECK_INT(store_find(s, &(struct store_query){.definition = kind}, &rows, NULL), ST_LIMIT);
    store_free(s);
    place_remove(&p);
}

static void a_finding_stored_again_is_one_row(void)
{
    struct place p = place_make();
    struct store *s = NULL;
    enum store_added added = STORE_KNOWN;
    struct finding f = finding_nth(1);
    CHECK_INT(store_open(p.folder, STORE_WRITE, &s, NULL), ST_OK);
    CHECK_INT(store_begin(s, &run_sample, NULL), ST_OK);
    CHECK_INT(put(s, &f, &added), ST_OK);
    CHECK_INT(added, STORE_NEW);
    CHECK_INT(put(s, &f, &added), ST_OK);
    CHECK_INT(added, STORE_KNOWN);
    f.packets = 11;
    CHECK_INT(put(s, &f, &added), ST_OK);
    CHECK_INT(added, STORE_GREW);
    f.packets = 5;
    CHECK_INT(put(s, &f, &added), ST_OK);
    CHECK_INT(added, STORE_KNOWN);
    f.when.last_ns++;
    CHECK_INT(put(s, &f, &added), ST_OK);
    CHECK_INT(added, STORE_GREW);
    CHECK_INT(store_commit(s, NULL), ST_OK);
    expect(s, &(struct store_query){0}, "1 ");
    store_free(s);
    place_remove(&p);
}

static void a_run_tells_when_and_with_which_sources(void)
{
    struct place p = place_make();
    CLEANUP(buf_fini) struct buf definitions = BUF_INIT(4096);
    CLEANUP(buf_fini) struct buf sources = BUF_INIT(4096);
    struct store *s = NULL;
    struct store_rows *rows = NULL;
    struct store_row row;
    struct store_run run;
    CHECK_INT(put_range(p.folder, 1, 2), ST_OK);
    CHECK_INT(store_open(p.folder, STORE_READ, &s, NULL), ST_OK);
    CHECK_INT(store_find(s, &(struct store_query){0}, &rows, NULL), ST_OK);
    CHECK_INT(store_rows_next(rows, &row, NULL), ST_OK);
    CHECK_STR(row.input, "a.pcap");
    CHECK_INT(store_run_get(s, row.run, &definitions, &sources, &run, NULL), ST_OK);
    CHECK_INT(run.stored_ns, run_sample.stored_ns);
    CHECK(bytes_equal(run.sources, run_sample.sources));
    CHECK(bytes_equal(run.definitions, run_sample.definitions));
    store_rows_free(rows);
    store_free(s);
    place_remove(&p);
}

static void what_is_not_committed_is_not_there(void)
{
    struct place p = place_make();
    struct store *s = NULL;
    struct finding f = finding_nth(7);
    CHECK_INT(put_range(p.folder, 1, 3), ST_OK);
    CHECK_INT(store_open(p.folder, STORE_WRITE, &s, NULL), ST_OK);
    CHECK_INT(store_begin(s, &run_sample, NULL), ST_OK);
    CHECK_INT(put(s, &f, NULL), ST_OK);
    store_free(s);
    CLEANUP(buf_fini) struct buf got = BUF_INIT(65536);
    CHECK_INT(ask_all(p.folder, &got), ST_OK);
    CHECK_STR((const char *)got.data, "1 2 ");
    place_remove(&p);
}

static void readers_do_not_wait_for_a_writer(void)
{
    struct place p = place_make();
    struct store *writer = NULL;
    struct store *reader = NULL;
    struct store_rows *rows = NULL;
    struct store_row row;
    CHECK_INT(put_range(p.folder, 1, 3), ST_OK);
    CHECK_INT(store_open(p.folder, STORE_WRITE, &writer, NULL), ST_OK);
    CHECK_INT(store_begin(writer, &run_sample, NULL), ST_OK);
    struct finding f = finding_nth(3);
    CHECK_INT(put(writer, &f, NULL), ST_OK);
    /* Opened in the middle of a transaction, and read across its commit. */
    CHECK_INT(store_open(p.folder, STORE_READ, &reader, NULL), ST_OK);
    expect(reader, &(struct store_query){0}, "1 2 ");
    CHECK_INT(store_find(reader, &(struct store_query){0}, &rows, NULL), ST_OK);
    CHECK_INT(store_rows_next(rows, &row, NULL), ST_OK);
    CHECK_INT(store_commit(writer, NULL), ST_OK);
    CHECK_INT(store_rows_next(rows, &row, NULL), ST_OK);
    CHECK_INT(store_rows_next(rows, &row, NULL), ST_END);
    store_rows_free(rows);
    expect(reader, &(struct store_query){0}, "1 2 3 ");
    /* A reader cannot write. */
    CHECK(store_begin(reader, &run_sample, NULL) != ST_OK ||
          put(reader, &(struct finding){.id = "x"}, NULL) != ST_OK);
    store_free(reader);
    store_free(writer);
    place_remove(&p);
}

static void notices_are_found_by_id(void)
{
    struct place p = place_make();
    struct store *s = NULL;
    struct store_rows *rows = NULL;
    struct store_notice n = {.id = "K3F9ABCD",
                             .mail = "abuse@example.net",
                             .stored_ns = 5,
                             .json = BYTES_LITERAL("{\"type\":\"notice\"}"),
                             .text = BYTES_LITERAL("Subject: x\r\n\r\nfirst")};
    struct store_notice m;
    CHECK_INT(store_open(p.folder, STORE_WRITE, &s, NULL), ST_OK);
    CHECK_INT(store_begin(s, &run_sample, NULL), ST_OK);
    CHECK_INT(store_add_notice(s, &n, NULL), ST_OK);
    n.text = BYTES_LITERAL("Subject: x\r\n\r\nagain");
    CHECK_INT(store_add_notice(s, &n, NULL), ST_OK);
    n.id = "00000000";
    n.stored_ns = 4;
    CHECK_INT(store_add_notice(s, &n, NULL), ST_OK);
    CHECK_INT(store_commit(s, NULL), ST_OK);
    CHECK_INT(store_find_notices(s, NULL, &rows, NULL), ST_OK);
    CHECK_INT(store_notices_next(rows, &m, NULL), ST_OK);
    CHECK_STR(m.id, "00000000");
    CHECK_INT(store_notices_next(rows, &m, NULL), ST_OK);
    CHECK_STR(m.id, "K3F9ABCD");
    CHECK(bytes_equal(m.text, n.text));
    CHECK_INT(store_notices_next(rows, &m, NULL), ST_END);
    store_rows_free(TAKE(rows));
    CHECK_INT(store_find_notices(s, "K3F9ABCD", &rows, NULL), ST_OK);
    CHECK_INT(store_notices_next(rows, &m, NULL), ST_OK);
    CHECK_INT(m.stored_ns, 5);
    CHECK_STR(m.mail, "abuse@example.net");
    CHECK_INT(store_notices_next(rows, &m, NULL), ST_END);
    store_rows_free(rows);
    store_free(s);
    place_remove(&p);
}

static void only_the_owner_can_read_it(void)
{
    struct place p = place_make();
    struct stat st;
    CHECK_INT(put_range(p.folder, 1, 2), ST_OK);
    CHECK(stat(p.file, &st) == 0 && (st.st_mode & 0777) == 0600);
    place_remove(&p);
}

/* --- what is no store of ours ----------------------------------------------------- */

static enum status opens(const struct place *p, enum store_mode mode, struct fault *why)
{
    struct store *s = NULL;
    enum status st = store_open(p->folder, mode, &s, why);
    store_free(s);
    return st;
}

static void nothing_there_is_said_and_not_made(void)
{
    struct place p = place_make();
    struct fault why = {0};
    CHECK_INT(opens(&p, STORE_READ, &why), ST_END);
    CHECK(access(p.file, F_OK) != 0);
    int fd = open(p.file, O_CREAT | O_WRONLY, 0600);
    (void)close(fd);
    CHECK_INT(opens(&p, STORE_READ, &why), ST_END);
    CHECK_INT(opens(&p, STORE_WRITE, &why), ST_OK);
    CHECK_INT(opens(&p, STORE_READ, &why), ST_OK);
    place_remove(&p);
    CHECK_INT(opens(&p, STORE_READ, &why), ST_SYS);
    CHECK_INT(why.sys_errno, ENOENT);
}

static void links_are_not_followed(void)
{
    struct place p = place_make();
    struct place other = place_make();
    CHECK_INT(put_range(other.folder, 1, 2), ST_OK);
    CHECK(symlink(other.file, p.file) == 0);
    CHECK(opens(&p, STORE_READ, NULL) != ST_OK);
    CHECK(opens(&p, STORE_WRITE, NULL) != ST_OK);
    place_remove(&other);
    place_remove(&p);
}

/* Behind our back. */
static void change(const struct place *p, const char *sql)
{
    sqlite3 *db = NULL;
    CHECK_INT(sqlite3_open(p->file, &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

static void a_newer_store_is_refused_as_such(void)
{
    struct place p = place_make();
    struct fault why = {0};
    CHECK_INT(put_range(p.folder, 1, 2), ST_OK);
    change(&p, "PRAGMA user_version = 2");
    CHECK_INT(opens(&p, STORE_READ, &why), ST_DENIED);
    CHECK(why.field != NULL && strstr(why.field, "newer version") != NULL);
    CHECK_INT(opens(&p, STORE_WRITE, &why), ST_DENIED);
    place_remove(&p);
}

static void another_programs_database_is_left_alone(void)
{
    struct place p = place_make();
    struct fault why = {0};
    change(&p, "CREATE TABLE bookmarks(x)");
    CHECK_INT(opens(&p, STORE_WRITE, &why), ST_DENIED);
    CHECK(why.field != NULL && strstr(why.field, "another program") != NULL);
    place_remove(&p);
}

static void a_schema_that_is_not_ours_is_refused(void)
{
    static const char *const tricks[] = {
        "CREATE TRIGGER t AFTER INSERT ON finding BEGIN DELETE FROM finding; END",
        "DROP INDEX finding_time; CREATE VIEW finding_time AS SELECT 1",
        "CREATE TABLE more(x)",
        "DROP TABLE notice",
        "PRAGMA user_version = 0",
    };
    for (size_t i = 0; i < ARRAY_LEN(tricks); i++) {
        struct place p = place_make();
        struct fault why = {0};
        CHECK_INT(put_range(p.folder, 1, 2), ST_OK);
        change(&p, tricks[i]);
        CHECK_INT(opens(&p, STORE_READ, &why), ST_MALFORMED);
        CHECK_INT(opens(&p, STORE_WRITE, &why), ST_MALFORMED);
        place_remove(&p);
    }
}

static void a_row_that_was_changed_is_damage(void)
{
    static const char *const changes[] = {
        "UPDATE finding SET json = replace(json, '10', '99')",
        "UPDATE finding SET remote = x'00000000000000000000ffffc6336401'",
        "UPDATE finding SET last = last + 1",
        "UPDATE finding SET id = 'f' || substr(id, 2)",
        "UPDATE finding SET input = input || 'x'",
    };
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        CLEANUP(buf_fini) struct buf got = BUF_INIT(65536);
        struct place p = place_make();
        struct store *s = NULL;
        struct store_totals totals;
        CHECK_INT(put_range(p.folder, 1, 2), ST_OK);
        change(&p, changes[i]);
        CHECK_INT(ask_all(p.folder, &got), ST_MALFORMED);
        CHECK_INT(store_open(p.folder, STORE_READ, &s, NULL), ST_OK);
        CHECK_INT(store_check(s, &totals, NULL), ST_MALFORMED);
        store_free(s);
        place_remove(&p);
    }
}

TEST_MAIN(TEST(findings_come_back_in_the_order_of_output), TEST(every_filter_selects),
          TEST(a_network_selects_whichever_end_lies_in_it),
          TEST(a_question_that_is_too_long_is_refused), TEST(a_finding_stored_again_is_one_row),
          TEST(a_run_tells_when_and_with_which_sources), TEST(what_is_not_committed_is_not_there),
          TEST(readers_do_not_wait_for_a_writer), TEST(notices_are_found_by_id),
          TEST(only_the_owner_can_read_it), TEST(nothing_there_is_said_and_not_made),
          TEST(links_are_not_followed), TEST(a_newer_store_is_refused_as_such),
          TEST(another_programs_database_is_left_alone), TEST(a_schema_that_is_not_ours_is_refused),
          TEST(a_row_that_was_changed_is_damage))
