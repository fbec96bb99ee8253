/* tests/unit/store/test_damage.c - a store whose process was killed, whose disk
 * was full, whose bytes were turned, or for which there was no memory.
 *
 * SQLite's calls of the system are replaced by some that count: the nth one
 * that changes a file fails, or ends the process. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "material.h"

enum { EXIT_WHOLE = 0, EXIT_FAILED = 1, EXIT_KILLED = 9, OLD = 3, ADDED = 40 };

static unsigned calls_left; /* to the one that goes wrong; 0: none will */
static bool kills;

/* Does this call go wrong? */
static bool goes_wrong(void)
{
    if (calls_left == 0 || --calls_left > 0) {
        return false;
    }
    if (kills) {
        _exit(EXIT_KILLED);
    }
    calls_left = 1; /* a disk that is full stays so */
    errno = ENOSPC;
    return true;
}

static ssize_t counted_write(int fd, const void *data, size_t n)
{
    return goes_wrong() ? -1 : write(fd, data, n);
}

static ssize_t counted_pwrite(int fd, const void *data, size_t n, off_t at)
{
    if (kills && calls_left == 1) { /* a part of it arrives */
        (void)!pwrite(fd, data, n / 2, at);
    }
    return goes_wrong() ? -1 : pwrite(fd, data, n, at);
}

static int counted_truncate(int fd, off_t size)
{
    return goes_wrong() ? -1 : ftruncate(fd, size);
}

static int counted_unlink(const char *path)
{
    return goes_wrong() ? -1 : unlink(path);
}

static void count_calls(unsigned nth, bool kill)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    calls_left = nth;
    kills = kill;
    (void)vfs->xSetSystemCall(vfs, "write", (sqlite3_syscall_ptr)counted_write);
    (void)vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)counted_pwrite);
    (void)vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)counted_pwrite);
    (void)vfs->xSetSystemCall(vfs, "ftruncate", (sqlite3_syscall_ptr)counted_truncate);
    (void)vfs->xSetSystemCall(vfs, "unlink", (sqlite3_syscall_ptr)counted_unlink);
}

/* A process that stores, and meets its end at the nth change. */
static int store_until(const struct place *p, unsigned from, unsigned nth, bool kill)
{
    pid_t child = fork();
    if (child == 0) {
        count_calls(nth, kill);
        enum status st = put_range(p->folder, from, from + ADDED);
        _exit(st == ST_OK ? EXIT_WHOLE : EXIT_FAILED);
    }
    int status = -1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Old findings, and all of the new ones or none. */
static void is_whole(const struct place *p, const struct buf *old, const struct buf *all,
                     bool acknowledged)
{
    CLEANUP(buf_fini) struct buf got = BUF_INIT(65536);
    struct store *s = NULL;
    struct store_totals totals = {.findings = 0};
    CHECK_INT(ask_all(p->folder, &got), ST_OK);
    bool is_old = bytes_equal(buf_bytes(&got), buf_bytes(old));
    CHECK(bytes_equal(buf_bytes(&got), buf_bytes(all)) || (is_old && !acknowledged));
    CHECK_INT(store_open(p->folder, STORE_WRITE, &s, NULL), ST_OK);
    CHECK_INT(store_check(s, &totals, NULL), ST_OK);
    CHECK_INT(totals.findings, is_old ? OLD : OLD + ADDED);
    store_free(s);
}

static void texts_of(struct buf *old, struct buf *all)
{
    for (unsigned i = 0; i < OLD + ADDED; i++) {
        buf_printf(i < OLD ? old : all, "%x ", i);
    }
    buf_byte(old, '\0');
    buf_byte(all, '\0');
}

static void every_end_leaves_it_whole(bool kill)
{
    CLEANUP(buf_fini) struct buf old = BUF_INIT(65536);
    CLEANUP(buf_fini) struct buf all = BUF_INIT(65536);
    for (unsigned i = 0; i < OLD; i++) {
        buf_printf(&all, "%x ", i);
    }
    texts_of(&old, &all);
    int ended = EXIT_FAILED;
    unsigned n = 0;
    while (ended != EXIT_WHOLE && n < 500) {
        struct place p = place_make();
        CHECK_INT(put_range(p.folder, 0, OLD), ST_OK);
        ended = store_until(&p, OLD, ++n, kill);
        is_whole(&p, &old, &all, ended == EXIT_WHOLE);
        place_remove(&p);
    }
    CHECK_INT(ended, EXIT_WHOLE);
    CHECK(n > 5); /* something was counted */
}

static void killed_at_any_write_it_has_all_or_nothing(void)
{
    every_end_leaves_it_whole(true);
}

static void a_disk_that_fills_up_costs_no_finding(void)
{
    every_end_leaves_it_whole(false);
}

static void killed_while_it_is_made_it_can_be_made_again(void)
{
    int ended = EXIT_KILLED;
    for (unsigned n = 1; ended == EXIT_KILLED && n < 500; n++) {
        CLEANUP(buf_fini) struct buf got = BUF_INIT(65536);
        struct place p = place_make();
        ended = store_until(&p, 0, n, true);
        enum status st = ask_all(p.folder, &got);
        CHECK(st == ST_END || st == ST_OK);
        CHECK_INT(put_range(p.folder, 0, OLD), ST_OK);
        place_remove(&p);
    }
    CHECK_INT(ended, EXIT_WHOLE);
}

/* --- turned bytes ------------------------------------------------------------------ */

static size_t load(const struct place *p, uint8_t **ret)
{
    struct stat st;
    int fd = open(p->file, O_RDONLY);
    CHECK(fd >= 0 && fstat(fd, &st) == 0);
    *ret = malloc((size_t)st.st_size);
    CHECK(*ret != NULL && read(fd, *ret, (size_t)st.st_size) == st.st_size);
    (void)close(fd);
    return (size_t)st.st_size;
}

static void save(const struct place *p, const uint8_t *data, size_t n)
{
    int fd = open(p->file, O_WRONLY | O_TRUNC);
    CHECK(fd >= 0 && write(fd, data, n) == (ssize_t)n);
    (void)close(fd);
}

/* ask() sees to it that each row is what was stored: what is left is to end. */
static void ask_damaged(const struct place *p)
{
    CLEANUP(buf_fini) struct buf got = BUF_INIT(65536);
    status_ignore(ask_all(p->folder, &got)); /* an answer or a refusal */
}

static void no_turned_byte_becomes_an_answer(void)
{
    struct place p = place_make();
    uint8_t *whole = NULL;
    CHECK_INT(put_range(p.folder, 0, 4), ST_OK);
    size_t n = load(&p, &whole);
    for (size_t at = 0; at < n; at += at < 256 ? 1 : 13) {
        uint8_t was = whole[at];
        whole[at] ^= (uint8_t)(1 << at % 8);
        save(&p, whole, n);
        ask_damaged(&p);
        whole[at] = was;
    }
    free(whole);
    place_remove(&p);
}

static void every_cut_is_survived(void)
{
    struct place p = place_make();
    uint8_t *whole = NULL;
    CHECK_INT(put_range(p.folder, 0, 4), ST_OK);
    size_t n = load(&p, &whole);
    for (size_t to = 1; to < n; to += to < 200 ? 1 : 509) {
        CLEANUP(buf_fini) struct buf got = BUF_INIT(65536);
        save(&p, whole, to);
        enum status st = ask_all(p.folder, &got);
        /* The last pages are those of tables without rows. */
        CHECK(st != ST_OK || strcmp((const char *)got.data, "0 1 2 3 ") == 0);
    }
    free(whole);
    place_remove(&p);
}

/* --- memory -------------------------------------------------------------------------- */

static enum status use(const struct place *p)
{
    struct store *s = NULL;
    struct store_rows *rows = NULL;
    struct store_row row;
    struct finding f = finding_nth(1);
    static const struct store_query one = {.kind = "scan", .limit = 1};
    enum status st = store_open(p->folder, STORE_WRITE, &s, NULL);
    st = st == ST_OK ? store_begin(s, &run_sample, NULL) : st;
    st = st == ST_OK ? put(s, &f, NULL) : st;
    st = st == ST_OK ? store_commit(s, NULL) : st;
    st = st == ST_OK ? store_find(s, &one, &rows, NULL) : st;
    st = st == ST_OK ? store_rows_next(rows, &row, NULL) : st;
    store_rows_free(rows);
    store_free(s);
    return st;
}

static void our_failing_allocations_are_told(void)
{
    enum status st = ST_NOMEM;
    for (unsigned nth = 1; st != ST_OK && nth < 1000; nth++) {
        struct place p = place_make();
        test_fail_allocation(nth);
        st = use(&p);
        test_fail_allocation(0);
        CHECK(st == ST_OK || st == ST_NOMEM);
        place_remove(&p);
    }
    CHECK_INT(st, ST_OK);
}

static sqlite3_mem_methods usual;
static unsigned allocations_left; /* to the one that fails, and all after it; 0: none */

static bool fails(void)
{
    allocations_left -= allocations_left > 1;
    return allocations_left == 1;
}

static void *failing_malloc(int n)
{
    return fails() ? NULL : usual.xMalloc(n);
}

static void *failing_realloc(void *p, int n)
{
    return fails() ? NULL : usual.xRealloc(p, n);
}

static void failing_allocations_of_sqlite_are_told(void)
{
    sqlite3_mem_methods mine;
    CHECK_INT(sqlite3_shutdown(), SQLITE_OK);
    CHECK_INT(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &usual), SQLITE_OK);
    mine = usual;
    mine.xMalloc = failing_malloc;
    mine.xRealloc = failing_realloc;
    CHECK_INT(sqlite3_config(SQLITE_CONFIG_MALLOC, &mine), SQLITE_OK);
    enum status st = ST_NOMEM;
    unsigned nth = 1;
    while (st != ST_OK && nth < 20000) {
        struct place p = place_make();
        allocations_left = nth + 1;
        st = use(&p);
        allocations_left = 0;
        CHECK(st == ST_OK || st == ST_NOMEM);
        place_remove(&p);
        nth += 1 + nth / 20;
    }
    CHECK_INT(st, ST_OK);
    CHECK(nth > 100);
    CHECK_INT(sqlite3_shutdown(), SQLITE_OK);
    CHECK_INT(sqlite3_config(SQLITE_CONFIG_MALLOC, &usual), SQLITE_OK);
}

/* --- several at once --------------------------------------------------------------------- */

static void writers_wait_for_each_other(void)
{
    enum { WRITERS = 4 };
    struct place p = place_make();
    CLEANUP(buf_fini) struct buf want = BUF_INIT(65536);
    CLEANUP(buf_fini) struct buf got = BUF_INIT(65536);
    pid_t children[WRITERS];
    for (unsigned i = 0; i < WRITERS; i++) {
        children[i] = fork();
        if (children[i] == 0) { /* the store is made by whoever comes first */
            enum status st = ST_OK;
            for (unsigned n = 0; n < 10 && st == ST_OK; n++) {
                st = put_range(p.folder, i * 20 + n * 2, i * 20 + n * 2 + 2);
            }
            _exit(st == ST_OK ? EXIT_WHOLE : EXIT_FAILED);
        }
    }
    for (unsigned i = 0; i < WRITERS; i++) {
        int status = -1;
        CHECK(waitpid(children[i], &status, 0) == children[i] && WIFEXITED(status) &&
              WEXITSTATUS(status) == EXIT_WHOLE);
    }
    for (unsigned i = 0; i < WRITERS * 20; i++) {
        buf_printf(&want, "%x ", i);
    }
    buf_byte(&want, '\0');
    CHECK_INT(ask_all(p.folder, &got), ST_OK);
    CHECK_STR((const char *)got.data, (const char *)want.data);
    place_remove(&p);
}

TEST_MAIN(TEST(killed_at_any_write_it_has_all_or_nothing),
          TEST(a_disk_that_fills_up_costs_no_finding),
          TEST(killed_while_it_is_made_it_can_be_made_again),
          TEST(no_turned_byte_becomes_an_answer), TEST(every_cut_is_survived),
          TEST(our_failing_allocations_are_told), TEST(failing_allocations_of_sqlite_are_told),
          TEST(writers_wait_for_each_other))
