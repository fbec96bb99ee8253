/* store/cell.c - values of rows, and the digest that each row has of its own.
 *
 * SQLite keeps no checksums: without digests, a bit that a disk has turned
 * would be read as if it had been stored. */
#include <string.h>

#include "base/core/limits.h"
#include "store/parts.h"

struct store_cell store_cell_number(int64_t v)
{
    return (struct store_cell){.type = SQLITE_INTEGER, .number = v};
}

struct store_cell store_cell_text(struct bytes s)
{
    return (struct store_cell){.type = SQLITE_TEXT, .bytes = s};
}

struct store_cell store_cell_str(const char *s)
{
    return store_cell_text(bytes_of(s, strlen(s)));
}

struct store_cell store_cell_blob(struct bytes s)
{
    return (struct store_cell){.type = s.data != NULL ? SQLITE_BLOB : SQLITE_NULL, .bytes = s};
}

/* Type and length go before each value, so that no two rows read alike. */
static enum status digest_cells(const struct store_cell *cells, int n, struct digest *ret)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(2 * (size_t)LIMIT_STORE_ROW_BYTES);
    buf_str(&b, "store row/1\n");
    for (int i = 0; i < n; i++) {
        buf_byte(&b, (uint8_t)cells[i].type);
        buf_be64(&b,
                 cells[i].type == SQLITE_INTEGER ? (uint64_t)cells[i].number : cells[i].bytes.len);
        buf_append(&b, cells[i].bytes.data, cells[i].bytes.len);
    }
    TRY(b.failed);
    return digest_sha256(buf_bytes(&b), ret);
}

static int bind_cell(sqlite3_stmt *stmt, int at, const struct store_cell *c)
{
    const char *data = c->bytes.len > 0 ? (const char *)c->bytes.data : "";
    switch (c->type) {
    case SQLITE_INTEGER:
        return sqlite3_bind_int64(stmt, at, c->number);
    case SQLITE_TEXT:
        return sqlite3_bind_text64(stmt, at, data, c->bytes.len, SQLITE_STATIC, SQLITE_UTF8);
    case SQLITE_BLOB:
        return sqlite3_bind_blob64(stmt, at, data, c->bytes.len, SQLITE_STATIC);
    default:
        return sqlite3_bind_null(stmt, at);
    }
}

enum status store_bind(const struct store *s, sqlite3_stmt *stmt, const struct store_cell *cells,
                       int n, struct fault *why)
{
    struct digest d;
    TRY(digest_cells(cells, n, &d));
    for (int i = 0; i < n; i++) {
        TRY(store_fault(s, bind_cell(stmt, i + 1, &cells[i]), why));
    }
    return store_fault(s, sqlite3_bind_blob64(stmt, n + 1, d.b, sizeof(d.b), SQLITE_TRANSIENT),
                       why);
}

static struct store_cell cell_of(sqlite3_stmt *stmt, int at)
{
    struct store_cell c = {.type = sqlite3_column_type(stmt, at)};
    if (c.type == SQLITE_INTEGER) {
        c.number = sqlite3_column_int64(stmt, at);
    } else if (c.type == SQLITE_TEXT || c.type == SQLITE_BLOB) {
        /* A text is asked for as text: then a NUL stands behind it. */
        const void *data = c.type == SQLITE_TEXT ? (const void *)sqlite3_column_text(stmt, at)
                                                 : sqlite3_column_blob(stmt, at);
        size_t n = (size_t)sqlite3_column_bytes(stmt, at);
        c.bytes = bytes_of(data, data != NULL ? n : 0);
    }
    return c;
}

enum status store_cells(sqlite3_stmt *stmt, struct store_cell *cells, int n, struct fault *why)
{
    struct digest d;
    for (int i = 0; i < n; i++) {
        cells[i] = cell_of(stmt, i);
    }
    TRY(digest_cells(cells, n, &d));
    struct bytes stored = cell_of(stmt, n).bytes;
    return bytes_equal(stored, bytes_of(d.b, sizeof(d.b))) ? ST_OK : store_damaged(why);
}
