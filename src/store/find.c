/* store/find.c - questions to the file, and rows that prove whole. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/parts.h"

enum { SQL_MAX_BYTES = 65536, PARAMETERS_MAX = 512 };

#define FINDING_COLUMNS                                                                            \
    "id, definition, kind, technique, initiator, remote, victim, first, last, packets, input, "    \
    "run, json, sha256"
#define FINDING_ORDER "first, kind, initiator, victim, technique, id"
#define FINDING_ORDER_BACK                                                                         \
    "first DESC, kind DESC, initiator DESC, victim DESC, technique DESC, id DESC"

enum { CELL_ID, CELL_INPUT = 10, CELL_RUN, CELL_JSON, CELLS };

/* The statement as it is written, and its values. */
struct question {
    struct buf sql;
    struct buf texts; /* of values made here; never moves: reserved at once */
    int n;
    struct store_cell values[PARAMETERS_MAX];
};

static int value(struct question *q, struct store_cell c)
{
    q->values[q->n] = c;
    return ++q->n;
}

/* A text that lives as long as the question. */
static int text_value(struct question *q, const char *s, const char *end)
{
    size_t at = q->texts.len;
    buf_str(&q->texts, s);
    buf_str(&q->texts, end);
    return value(q, store_cell_text(bytes_of(q->texts.data + at, q->texts.len - at)));
}

/* --- conditions --------------------------------------------------------------------- */

/* 'g' comes behind all hexadecimal digits. */
static void ask_ids(struct question *q, const struct store_query *ask)
{
    for (size_t i = 0; i < ask->id_n; i++) {
        int from = text_value(q, ask->ids[i], "");
        int to = text_value(q, ask->ids[i], "g");
        buf_printf(&q->sql, "%s(id >= ?%d AND id < ?%d)", i == 0 ? " AND (" : " OR ", from, to);
    }
    buf_str(&q->sql, ask->id_n > 0 ? ")" : "");
}

static struct addr last_of(const struct prefix *p)
{
    struct addr a = p->net;
    for (unsigned bit = p->len; bit < 128; bit++) {
        a.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    }
    return a;
}

static int address_value(struct question *q, const struct addr *a)
{
    size_t at = q->texts.len;
    buf_append(&q->texts, a->b, sizeof(a->b));
    return value(q, store_cell_blob(bytes_of(q->texts.data + at, sizeof(a->b))));
}

static void ask_nets(struct question *q, const struct store_query *ask)
{
    for (size_t i = 0; i < ask->net_n; i++) {
        struct addr last = last_of(&ask->nets[i]);
        int from = address_value(q, &ask->nets[i].net);
        int to = address_value(q, &last);
        buf_printf(&q->sql,
                   "%sremote BETWEEN ?%d AND ?%d OR initiator BETWEEN ?%d AND ?%d "
                   "OR victim BETWEEN ?%d AND ?%d",
                   i == 0 ? " AND (" : " OR ", from, to, from, to, from, to);
    }
    buf_str(&q->sql, ask->net_n > 0 ? ")" : "");
}

/* "scan" and "scan." mean scan.vertical, too; '/' comes behind '.'. */
static void ask_kind(struct question *q, const struct store_query *ask)
{
    if (ask->kind == NULL) {
        return;
    }
    size_t n = strlen(ask->kind);
    bool dot = n > 0 && ask->kind[n - 1] == '.';
    int exact = text_value(q, ask->kind, "");
    int from = text_value(q, ask->kind, dot ? "" : ".");
    int to = text_value(q, ask->kind, dot ? "" : "/");
    if (dot && q->texts.failed == ST_OK) { /* its last byte, which ends the texts */
        q->texts.data[q->texts.len - 1] = '/';
    }
    buf_printf(&q->sql, " AND (kind = ?%d OR (kind >= ?%d AND kind < ?%d))", exact, from, to);
}

/* Any version when none is said; '0' comes behind '/'. */
static void ask_definition(struct question *q, const struct store_query *ask)
{
    if (ask->definition == NULL) {
        return;
    }
    int exact = text_value(q, ask->definition, "");
    int from = text_value(q, ask->definition, "/");
    int to = text_value(q, ask->definition, "0");
    buf_printf(&q->sql, " AND (definition = ?%d OR (definition >= ?%d AND definition < ?%d))",
               exact, from, to);
}

static void ask_time(struct question *q, const struct store_query *ask)
{
    if (ask->has_since) {
        buf_printf(&q->sql, " AND last >= ?%d", value(q, store_cell_number(ask->since_ns)));
    }
    if (ask->has_until) {
        buf_printf(&q->sql, " AND first < ?%d", value(q, store_cell_number(ask->until_ns)));
    }
}

static void ask_where(struct question *q, const struct store_query *ask)
{
    buf_str(&q->sql, " FROM finding WHERE true");
    ask_ids(q, ask);
    ask_nets(q, ask);
    ask_kind(q, ask);
    ask_definition(q, ask);
    ask_time(q, ask);
}

/* Numbers of rows are put into order before their lines are read, so that no
 * memory is needed for these: a CROSS JOIN of SQLite keeps to the order of its
 * left side, and LIMIT -1 keeps that side a query of its own. With a limit, the
 * latest are chosen first. */
static void write_question(struct question *q, const struct store_query *ask)
{
    buf_str(&q->sql, "SELECT " FINDING_COLUMNS " FROM (SELECT number AS chosen");
    if (ask->limit > 0) {
        int64_t limit = (int64_t)(ask->limit <= INT64_MAX ? ask->limit : INT64_MAX);
        int most = value(q, store_cell_number(limit));
        buf_str(&q->sql, " FROM (SELECT number, " FINDING_ORDER);
        ask_where(q, ask);
        buf_printf(&q->sql, " ORDER BY " FINDING_ORDER_BACK " LIMIT ?%d)", most);
    } else {
        ask_where(q, ask);
    }
    buf_str(&q->sql,
            " ORDER BY " FINDING_ORDER " LIMIT -1) CROSS JOIN finding ON finding.number = chosen");
    buf_byte(&q->sql, '\0');
}

static enum status bind_values(struct store *s, sqlite3_stmt *stmt, const struct question *q,
                               struct fault *why)
{
    for (int i = 0; i < q->n; i++) {
        const struct store_cell *c = &q->values[i];
        int rc =
            c->type == SQLITE_INTEGER ? sqlite3_bind_int64(stmt, i + 1, c->number)
            : c->type == SQLITE_TEXT
                ? sqlite3_bind_text64(stmt, i + 1, (const char *)c->bytes.data, c->bytes.len,
                                      SQLITE_TRANSIENT, SQLITE_UTF8)
                : sqlite3_bind_blob64(stmt, i + 1, c->bytes.data, c->bytes.len, SQLITE_TRANSIENT);
        TRY(store_fault(s, rc, why));
    }
    return ST_OK;
}

/* --- rows --------------------------------------------------------------------------- */

static enum status rows_of(struct store *s, const char *sql, struct store_rows **ret,
                           struct fault *why)
{
    CLEANUP(store_rows_freep) struct store_rows *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return ST_NOMEM;
    }
    r->store = s;
    TRY(store_prepare(s, sql, &r->stmt, why));
    *ret = TAKE(r);
    return ST_OK;
}

void store_rows_free(struct store_rows *r)
{
    if (r != NULL) {
        store_stmt_fini(&r->stmt);
        free(r);
    }
}

enum status store_find(struct store *s, const struct store_query *ask, struct store_rows **ret,
                       struct fault *why)
{
    assert(ask->id_n <= STORE_IDS_MAX && ask->net_n <= STORE_NETS_MAX);
    CLEANUP(store_rows_freep) struct store_rows *r = NULL;
    CLEANUP(free_ptr) struct question *q = calloc(1, sizeof(*q));
    if (q == NULL) {
        return ST_NOMEM;
    }
    q->sql = BUF_INIT(SQL_MAX_BYTES);
    q->texts = BUF_INIT(SQL_MAX_BYTES);
    enum status st = buf_reserve(&q->texts, SQL_MAX_BYTES) ? ST_OK : ST_NOMEM;
    if (st == ST_OK) {
        write_question(q, ask);
        st = q->sql.failed != ST_OK ? q->sql.failed : q->texts.failed;
    }
    st = st == ST_OK ? rows_of(s, (const char *)q->sql.data, &r, why) : st;
    st = st == ST_OK ? bind_values(s, r->stmt, q, why) : st;
    buf_fini(&q->sql);
    buf_fini(&q->texts);
    TRY(st);
    *ret = TAKE(r);
    return ST_OK;
}

/* Whoever can write digests can also leave out what must be there. */
static bool are_texts(const struct store_cell *a, const struct store_cell *b,
                      const struct store_cell *c)
{
    return a->type == SQLITE_TEXT && b->type == SQLITE_TEXT && c->type == SQLITE_TEXT;
}

/* ST_END behind the last row. */
static enum status next_cells(struct store_rows *r, struct store_cell *cells, int n,
                              struct fault *why)
{
    int rc = sqlite3_step(r->stmt);
    TRY(store_fault(r->store, rc, why));
    return rc == SQLITE_ROW ? store_cells(r->stmt, cells, n, why) : ST_END;
}

enum status store_rows_next(struct store_rows *r, struct store_row *ret, struct fault *why)
{
    struct store_cell c[STORE_CELLS_MAX];
    TRY(next_cells(r, c, CELLS, why));
    if (!are_texts(&c[CELL_ID], &c[CELL_INPUT], &c[CELL_JSON])) {
        return store_damaged(why);
    }
    *ret = (struct store_row){.id = (const char *)c[CELL_ID].bytes.data,
                              .input = (const char *)c[CELL_INPUT].bytes.data,
                              .run = c[CELL_RUN].number,
                              .json = c[CELL_JSON].bytes};
    return ST_OK;
}

enum status store_run_get(struct store *s, int64_t run, struct buf *definitions,
                          struct buf *sources, struct store_run *ret, struct fault *why)
{
    CLEANUP(store_rows_freep) struct store_rows *r = NULL;
    struct store_cell c[STORE_CELLS_MAX];
    TRY(rows_of(s, "SELECT stored, definitions, sources, sha256 FROM run WHERE id = ?1", &r, why));
    TRY(store_fault(s, sqlite3_bind_int64(r->stmt, 1, run), why));
    enum status st = next_cells(r, c, 3, why);
    if (st == ST_END) {
        return store_damaged(why);
    }
    TRY(st);
    buf_append(definitions, c[1].bytes.data, c[1].bytes.len);
    buf_append(sources, c[2].bytes.data, c[2].bytes.len);
    TRY(definitions->failed);
    TRY(sources->failed);
    *ret = (struct store_run){.stored_ns = c[0].number,
                              .definitions = buf_bytes(definitions),
                              .sources = buf_bytes(sources)};
    return ST_OK;
}

enum status store_find_notices(struct store *s, const char *id, struct store_rows **ret,
                               struct fault *why)
{
    CLEANUP(store_rows_freep) struct store_rows *r = NULL;
    TRY(rows_of(s,
                "SELECT id, mail, stored, json, text, sha256 FROM notice "
                "WHERE ?1 IS NULL OR id = ?1 ORDER BY stored, id",
                &r, why));
    if (id != NULL) {
        TRY(store_fault(s, sqlite3_bind_text(r->stmt, 1, id, -1, SQLITE_TRANSIENT), why));
    }
    *ret = TAKE(r);
    return ST_OK;
}

enum status store_notices_next(struct store_rows *r, struct store_notice *ret, struct fault *why)
{
    struct store_cell c[STORE_CELLS_MAX];
    TRY(next_cells(r, c, 5, why));
    if (!are_texts(&c[0], &c[1], &c[3])) {
        return store_damaged(why);
    }
    *ret = (struct store_notice){.id = (const char *)c[0].bytes.data,
                                 .mail = (const char *)c[1].bytes.data,
                                 .stored_ns = c[2].number,
                                 .json = c[3].bytes,
                                 .text = c[4].bytes};
    return ST_OK;
}

/* --- all of it ------------------------------------------------------------------------ */

static enum status check_pages(struct store *s, struct fault *why)
{
    CLEANUP(store_stmt_fini) sqlite3_stmt *stmt = NULL;
    TRY(store_prepare(s, "PRAGMA integrity_check(1)", &stmt, why));
    int rc = sqlite3_step(stmt);
    TRY(store_fault(s, rc, why));
    const char *said = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
    return said != NULL && strcmp(said, "ok") == 0 ? ST_OK : store_damaged(why);
}

static enum status check_rows(struct store *s, const char *sql, int n, uint64_t *ret,
                              struct fault *why)
{
    CLEANUP(store_rows_freep) struct store_rows *r = NULL;
    struct store_cell c[STORE_CELLS_MAX];
    enum status st = rows_of(s, sql, &r, why);
    for (*ret = 0; st == ST_OK; *ret += st == ST_OK) {
        st = next_cells(r, c, n, why);
    }
    return st == ST_END ? ST_OK : st;
}

enum status store_check(struct store *s, struct store_totals *ret, struct fault *why)
{
    struct store_totals t;
    TRY(check_pages(s, why));
    TRY(check_rows(s, "SELECT " FINDING_COLUMNS " FROM finding", CELLS, &t.findings, why));
    TRY(check_rows(s, "SELECT stored, definitions, sources, sha256 FROM run", 3, &t.runs, why));
    TRY(check_rows(s, "SELECT id, mail, stored, json, text, sha256 FROM notice", 5, &t.notices,
                   why));
    *ret = t;
    return ST_OK;
}
