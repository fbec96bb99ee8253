/* store/store.c - opening, and what SQLite's answers mean.
 *
 * The journal is a write-ahead log: who reads never waits for who writes, and
 * sees what was there when it began, while `analyze` may take seconds to store
 * a hundred thousand findings. A rollback journal would make one of them wait.
 * It costs two files beside the database while it is in use; the last one to
 * close it makes it a single file again, that can be copied.
 *
 * The file lies in a folder that only its owner can write to, but disks fail
 * and homes are copied: it is opened with SQLite's own defences, no trigger or
 * view runs, and a schema that is not ours word by word is refused.
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "store/parts.h"

enum {
    BUSY_MS = 10000,
    BUSY_STEP_MS = 20,
    OPEN_ALWAYS = SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
};

/* --- faults ------------------------------------------------------------------------ */

enum status store_damaged(struct fault *why)
{
    return fault_whole(
        why, ST_MALFORMED,
        "the database is damaged; take it from a backup, or move it away and analyze "
        "again");
}

static enum status system_fault(const struct store *s, int otherwise, struct fault *why)
{
    int err = s->db != NULL ? sqlite3_system_errno(s->db) : 0;
    return fault_sys(why, err != 0 ? err : otherwise, "the database");
}

enum status store_fault(const struct store *s, int rc, struct fault *why)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return ST_OK;
    case SQLITE_NOMEM:
        return fault_whole(why, ST_NOMEM, "the database");
    case SQLITE_FULL:
        return fault_sys(why, ENOSPC, "the database");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fault_whole(why, ST_DENIED, "another process writes to it, and does not end");
    case SQLITE_TOOBIG:
        return fault_limit(why, 0, "row of the database", LIMIT_STORE_ROW_BYTES);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_ERROR:      /* our statements are right: the schema beneath them is not */
    case SQLITE_CONSTRAINT: /* nor do we store what it forbids */
    case SQLITE_SCHEMA:
    case SQLITE_MISMATCH:
        return store_damaged(why);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return system_fault(s, EACCES, why);
    default:
        return system_fault(s, EIO, why);
    }
}

enum status store_prepare(struct store *s, const char *sql, sqlite3_stmt **ret, struct fault *why)
{
    return store_fault(s, sqlite3_prepare_v2(s->db, sql, -1, ret, NULL), why);
}

enum status store_exec(struct store *s, const char *sql, struct fault *why)
{
    return store_fault(s, sqlite3_exec(s->db, sql, NULL, NULL, NULL), why);
}

/* --- opening ------------------------------------------------------------------------- */

/* Without links on the way: SQLite refuses a link in the last place, and any. */
static enum status path_of(const char *folder, char ret[PATH_MAX], struct fault *why)
{
    char real[PATH_MAX];
    if (realpath(folder, real) == NULL) {
        return fault_sys(why, errno, "the store's folder");
    }
    int n = snprintf(ret, PATH_MAX, "%s/%s", real, STORE_FILE);
    return n > 0 && n < PATH_MAX ? ST_OK : fault_sys(why, ENAMETOOLONG, "the store's folder");
}

/* SQLite would let others read it. A file that is there is not opened: closing
 * it would take the locks of whatever connection this process has (fcntl(2)). */
static enum status make_file(const char *path, struct fault *why)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno != EEXIST) {
        return fault_sys(why, errno, "the database");
    }
    if (fd >= 0) {
        (void)close(fd); /* nothing was written */
    }
    return ST_OK;
}

static enum status look_at(const char *path, struct fault *why)
{
    struct stat st;
    if (lstat(path, &st) != 0) {
        return errno == ENOENT ? ST_END : fault_sys(why, errno, "the database");
    }
    if (!S_ISREG(st.st_mode)) {
        return fault_whole(why, ST_DENIED, "not a regular file");
    }
    return st.st_size > 0 ? ST_OK : ST_END;
}

static enum status defend(struct store *s, struct fault *why)
{
    static const struct {
        int what, value;
    } rows[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_DQS_DDL, 0},        {SQLITE_DBCONFIG_DQS_DML, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        TRY(store_fault(s, sqlite3_db_config(s->db, rows[i].what, rows[i].value, NULL), why));
    }
    (void)sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, LIMIT_STORE_ROW_BYTES);
    (void)sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
    TRY(store_fault(s, sqlite3_busy_timeout(s->db, BUSY_MS), why));
    return store_exec(s, "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY",
                      why);
}

static enum status become_writer(struct store *s, struct fault *why)
{
    bool empty;
    TRY(store_schema_check(s, &empty, why)); /* before a byte of another's file is changed */
    TRY(store_exec(s, "PRAGMA journal_mode=WAL", why));
    /* What was committed survives a loss of power, too. */
    TRY(store_exec(s, "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON", why));
    return empty ? store_schema_make(s, why) : ST_OK;
}

/* While a store is being made, SQLite does not wait for a lock where two that
 * wait could wait for each other. */
static enum status open_to_write(struct store *s, struct fault *why)
{
    enum status st = become_writer(s, why);
    for (int waited = 0; st == ST_DENIED && waited < BUSY_MS; waited += BUSY_STEP_MS) {
        if ((sqlite3_errcode(s->db) & 0xff) != SQLITE_BUSY) {
            break;
        }
        (void)sqlite3_sleep(BUSY_STEP_MS);
        st = become_writer(s, why);
    }
    return st;
}

static enum status open_to_read(struct store *s, struct fault *why)
{
    bool empty;
    TRY(store_exec(s, "PRAGMA query_only=ON", why));
    TRY(store_schema_check(s, &empty, why));
    return empty ? ST_END : ST_OK; /* somebody was stopped while making it */
}

static bool is_unwritable(const char *path)
{
    return access(path, W_OK) != 0 && errno == EROFS;
}

/* What a killed writer left cannot be put right here, and without it findings that
 * were acknowledged would be missing. */
static enum status no_journal(const char *path, struct fault *why)
{
    char journal[PATH_MAX + 8];
    struct stat st;
    (void)snprintf(journal, sizeof(journal), "%s-wal", path);
    return lstat(journal, &st) != 0 || st.st_size == 0
               ? ST_OK
               : fault_whole(why, ST_DENIED,
                             "it is in use, or its writer was stopped, and nothing can be put "
                             "right on a read-only file system: copy the home elsewhere");
}

/* SQLite takes the option from a URI alone; in that these mean something (RFC 3986). */
static enum status immutable_uri(const char *path, struct buf *ret)
{
    buf_str(ret, "file:");
    for (const char *c = path; *c != '\0'; c++) {
        if (strchr("%?#", *c) != NULL) {
            buf_printf(ret, "%%%02X", (unsigned)*c);
        } else {
            buf_byte(ret, (uint8_t)*c);
        }
    }
    buf_str(ret, "?immutable=1");
    buf_byte(ret, 0);
    return ret->failed;
}

/* Where nothing can be written there are no locks and no shared index, and none are
 * needed: nobody else writes either. */
static enum status open_unwritable(struct store *s, const char *path, struct fault *why)
{
    CLEANUP(buf_fini) struct buf uri = BUF_INIT(3 * PATH_MAX + 32);
    TRY(no_journal(path, why));
    TRY(immutable_uri(path, &uri));
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | OPEN_ALWAYS;
    return store_fault(s, sqlite3_open_v2((const char *)uri.data, &s->db, flags, NULL), why);
}

enum status store_open(const char *folder, enum store_mode mode, struct store **ret,
                       struct fault *why)
{
    char path[PATH_MAX];
    TRY(path_of(folder, path, why));
    TRY(mode == STORE_WRITE ? make_file(path, why) : look_at(path, why));
    CLEANUP(store_freep) struct store *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return ST_NOMEM;
    }
    if (!is_unwritable(path)) {
        /* Also to read: what a killed writer left is put right by whoever comes next. */
        int flags = SQLITE_OPEN_READWRITE | OPEN_ALWAYS;
        TRY(store_fault(s, sqlite3_open_v2(path, &s->db, flags, NULL), why));
    } else if (mode == STORE_WRITE) {
        return fault_sys(why, EROFS, "the database");
    } else {
        TRY(open_unwritable(s, path, why));
    }
    TRY(defend(s, why));
    TRY(mode == STORE_WRITE ? open_to_write(s, why) : open_to_read(s, why));
    *ret = TAKE(s);
    return ST_OK;
}

void store_free(struct store *s)
{
    if (s != NULL) {
        (void)sqlite3_close_v2(s->db); /* rolls back; what was committed is safe */
        free(s);
    }
}
