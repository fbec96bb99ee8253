/* store/parts.h - what the files of this room share. */
#pragma once

#include <sqlite3.h>

#include "base/core/hash.h"
#include "store/store.h"

struct store {
    sqlite3 *db;
    bool writing; /* a transaction is open */
    bool has_run; /* its row is there: with the first finding */
    int64_t run_id;
    struct store_run run; /* borrowed, until the commit */
};

struct store_rows {
    struct store *store;
    sqlite3_stmt *stmt;
};

/* What SQLite's answer means; ST_OK for SQLITE_OK, _ROW and _DONE. */
enum status store_fault(const struct store *s, int rc, struct fault *why);
/* Also of a row that does not have the digest that was made of it. */
enum status store_damaged(struct fault *why);

MUST_USE enum status store_prepare(struct store *s, const char *sql, sqlite3_stmt **ret,
                                   struct fault *why);
/* Run a statement without values and without rows of interest. */
MUST_USE enum status store_exec(struct store *s, const char *sql, struct fault *why);
static inline void store_stmt_fini(sqlite3_stmt **stmt)
{
    (void)sqlite3_finalize(*stmt); /* repeats what the last step said */
}

/* Make the tables, or see that they are those of this version and no other. */
MUST_USE enum status store_schema_make(struct store *s, struct fault *why);
MUST_USE enum status store_schema_check(struct store *s, bool *ret_empty, struct fault *why);

/* A value of a row, as it is bound and as it is read. */
struct store_cell {
    int type; /* SQLITE_INTEGER, _TEXT, _BLOB or _NULL */
    int64_t number;
    struct bytes bytes; /* borrowed */
};

enum { STORE_CELLS_MAX = 16 };

struct store_cell store_cell_number(int64_t v);
struct store_cell store_cell_text(struct bytes s);
struct store_cell store_cell_str(const char *s);
struct store_cell store_cell_blob(struct bytes s);
/* Bind the cells to ?1 and so on, and their digest behind the last one. */
MUST_USE enum status store_bind(const struct store *s, sqlite3_stmt *stmt,
                                const struct store_cell *cells, int n, struct fault *why);
/* Columns 0 to n of the current row. ST_MALFORMED when column n is not their
 * digest. */
MUST_USE enum status store_cells(sqlite3_stmt *stmt, struct store_cell *cells, int n,
                                 struct fault *why);
