/* fuzz/fuzz_store.c - a database file that a disk, or somebody, has changed.
 *
 * Properties: what is opened to be read answers with whole rows or not at all,
 * and ends; what is opened to be written takes a finding and gives it back, or
 * refuses; a file that the check finds whole can be read to its end.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS_MOST = 1 << 16, PATH_BYTES = 64 };

static char folder[] = "/tmp/exhibit-fuzz-XXXXXX";

static void path_of(const char *end, char out[PATH_BYTES])
{
    (void)snprintf(out, PATH_BYTES, "%s/%s%s", folder, STORE_FILE, end);
}

static void clear(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        char path[PATH_BYTES];
        path_of(ends[i], path);
        (void)unlink(path);
    }
}

static void leave(void)
{
    clear();
    (void)rmdir(folder);
}

static void save(const uint8_t *data, size_t size)
{
    char path[PATH_BYTES];
    clear();
    path_of("", path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    (void)close(fd);
}

static enum status read_findings(struct store *s, const struct store_query *q)
{
    struct store_rows *rows = NULL;
    struct store_row row;
    size_t n = 0;
    enum status st = store_find(s, q, &rows, NULL);
    while (st == ST_OK && (st = store_rows_next(rows, &row, NULL)) == ST_OK) {
        assert(row.id != NULL && row.input != NULL && (row.json.len == 0 || row.json.data != NULL));
        assert(n++ < ROWS_MOST);
    }
    store_rows_free(rows);
    return st;
}

static enum status read_notices(struct store *s)
{
    struct store_rows *rows = NULL;
    struct store_notice n;
    enum status st = store_find_notices(s, NULL, &rows, NULL);
    while (st == ST_OK && (st = store_notices_next(rows, &n, NULL)) == ST_OK) {
        assert(n.id != NULL && n.mail != NULL);
    }
    store_rows_free(rows);
    return st;
}

static void read_all(void)
{
    static const struct store_query queries[] = {
        {.limit = 0}, {.limit = 1}, {.kind = "scan"}, {.ids = {"0"}, .id_n = 1}, {.net_n = 1}};
    struct store *s = NULL;
    struct store_totals totals;
    if (store_open(folder, STORE_READ, &s, NULL) != ST_OK) {
        return;
    }
    bool whole = store_check(s, &totals, NULL) == ST_OK;
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        enum status st = read_findings(s, &queries[i]);
        assert(st != ST_OK && (st == ST_END || !whole || st == ST_MALFORMED));
    }
    status_ignore(read_notices(s)); /* an answer or a refusal */
    store_free(s);
}

static enum status write_one(struct store *s)
{
    static const struct finding f = {.id = "0123456789abcdef0123456789abcdef", .packets = 1};
    const struct store_run run = {.definitions = BYTES_LITERAL("{}"),
                                  .sources = BYTES_LITERAL("[]")};
    const struct store_finding x = {.finding = &f, .input = "", .json = BYTES_LITERAL("{}")};
    enum store_added added;
    TRY(store_begin(s, &run, NULL));
    TRY(store_add(s, &x, &added, NULL));
    return store_commit(s, NULL);
}

static void write_and_read(void)
{
    struct store *s = NULL;
    if (store_open(folder, STORE_WRITE, &s, NULL) == ST_OK) {
        status_ignore(write_one(s)); /* it is taken, or refused */
    }
    store_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool made;
    if (!made) {
        assert(mkdtemp(folder) != NULL);
        (void)atexit(leave);
        made = true;
    }
    save(data, size);
    read_all();
    write_and_read();
    clear();
    return 0;
}
