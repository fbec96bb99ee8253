/* store/schema.c - the tables, and whether a file has exactly those.
 *
 * A later version adds its steps here: user_version says how far a file is. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/parts.h"

enum { APPLICATION_ID = 0x45584842 }; /* "EXHB" */

/* Times are nanoseconds since 1970, addresses 16 bytes (IPv4 mapped into IPv6),
 * sha256 the digest of the row's other columns. The index on time is in the
 * order of output, so that nothing needs sorting. */
static const char *const schema[] = {
    "CREATE TABLE run(id INTEGER PRIMARY KEY, stored INTEGER NOT NULL, "
    "definitions TEXT NOT NULL, sources TEXT NOT NULL, sha256 BLOB NOT NULL) STRICT",
    "CREATE TABLE finding(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, "
    "definition TEXT NOT NULL, kind TEXT NOT NULL, technique TEXT NOT NULL, initiator BLOB, "
    "remote BLOB, victim BLOB, first INTEGER NOT NULL, last INTEGER NOT NULL, "
    "packets INTEGER NOT NULL, input TEXT NOT NULL, run INTEGER NOT NULL REFERENCES run(id), "
    "json TEXT NOT NULL, sha256 BLOB NOT NULL) STRICT",
    "CREATE INDEX finding_time ON finding(first, kind, initiator, victim, technique, id)",
    "CREATE INDEX finding_remote ON finding(remote)",
    "CREATE INDEX finding_initiator ON finding(initiator)",
    "CREATE INDEX finding_victim ON finding(victim)",
    "CREATE TABLE notice(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, "
    "mail TEXT NOT NULL, stored INTEGER NOT NULL, json TEXT NOT NULL, text BLOB NOT NULL, "
    "sha256 BLOB NOT NULL) STRICT",
};

static enum status number(struct store *s, const char *sql, int64_t *ret, struct fault *why)
{
    CLEANUP(store_stmt_fini) sqlite3_stmt *stmt = NULL;
    TRY(store_prepare(s, sql, &stmt, why));
    int rc = sqlite3_step(stmt);
    TRY(store_fault(s, rc, why));
    *ret = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    return ST_OK;
}

/* Each object of ours, and no other: nobody's trigger or view. */
static enum status compare(struct store *s, struct fault *why)
{
    int64_t n;
    TRY(number(s, "SELECT count(*) FROM sqlite_schema WHERE sql IS NOT NULL", &n, why));
    if (n != (int64_t)ARRAY_LEN(schema)) {
        return store_damaged(why);
    }
    CLEANUP(store_stmt_fini) sqlite3_stmt *stmt = NULL;
    TRY(store_prepare(s, "SELECT count(*) FROM sqlite_schema WHERE sql = ?1", &stmt, why));
    for (size_t i = 0; i < ARRAY_LEN(schema); i++) {
        TRY(store_fault(s, sqlite3_reset(stmt), why));
        TRY(store_fault(s, sqlite3_bind_text(stmt, 1, schema[i], -1, SQLITE_STATIC), why));
        TRY(store_fault(s, sqlite3_step(stmt), why));
        if (sqlite3_column_int64(stmt, 0) != 1) {
            return store_damaged(why);
        }
    }
    return ST_OK;
}

enum status store_schema_check(struct store *s, bool *ret_empty, struct fault *why)
{
    int64_t objects;
    int64_t application;
    int64_t version;
    TRY(number(s, "SELECT count(*) FROM sqlite_schema", &objects, why));
    TRY(number(s, "PRAGMA application_id", &application, why));
    TRY(number(s, "PRAGMA user_version", &version, why));
    *ret_empty = objects == 0 && application == 0 && version == 0;
    if (*ret_empty) {
        return ST_OK;
    }
    if (application != APPLICATION_ID) {
        return fault_whole(why, ST_DENIED, "a database, but of another program");
    }
    if (version > STORE_VERSION) {
        return fault_whole(why, ST_DENIED,
                           "written by a newer version of this program: it takes that to read it");
    }
    return version == STORE_VERSION ? compare(s, why) : store_damaged(why);
}

enum status store_schema_make(struct store *s, struct fault *why)
{
    bool empty;
    char header[96];
    (void)snprintf(header, sizeof(header), "PRAGMA application_id=%d; PRAGMA user_version=%d",
                   APPLICATION_ID, STORE_VERSION);
    TRY(store_exec(s, "BEGIN IMMEDIATE", why));
    enum status st = store_schema_check(s, &empty, why); /* another may have been faster */
    for (size_t i = 0; i < ARRAY_LEN(schema) && empty && st == ST_OK; i++) {
        st = store_exec(s, schema[i], why);
    }
    st = st == ST_OK && empty ? store_exec(s, header, why) : st;
    st = st == ST_OK ? store_exec(s, "COMMIT", why) : st;
    if (st != ST_OK) {
        status_ignore(store_exec(s, "ROLLBACK", NULL)); /* the first failure is told */
    }
    return st;
}
