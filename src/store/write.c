/* store/write.c - findings and notices into the file, all of them or none. */
#include <string.h>

#include "store/parts.h"

enum status store_begin(struct store *s, const struct store_run *run, struct fault *why)
{
    s->run = *run;
    s->has_run = false;
    TRY(store_exec(s, "BEGIN IMMEDIATE", why));
    s->writing = true;
    return ST_OK;
}

enum status store_commit(struct store *s, struct fault *why)
{
    TRY(store_exec(s, "COMMIT", why));
    s->writing = false;
    return ST_OK;
}

static enum status step_once(struct store *s, sqlite3_stmt *stmt, struct fault *why)
{
    return store_fault(s, sqlite3_step(stmt), why);
}

/* A run without new findings leaves no trace. */
static enum status need_run(struct store *s, struct fault *why)
{
    if (s->has_run) {
        return ST_OK;
    }
    const struct store_cell cells[] = {store_cell_number(s->run.stored_ns),
                                       store_cell_text(s->run.definitions),
                                       store_cell_text(s->run.sources)};
    CLEANUP(store_stmt_fini) sqlite3_stmt *stmt = NULL;
    TRY(store_prepare(s,
                      "INSERT INTO run(stored, definitions, sources, sha256) "
                      "VALUES(?1, ?2, ?3, ?4)",
                      &stmt, why));
    TRY(store_bind(s, stmt, cells, (int)ARRAY_LEN(cells), why));
    TRY(step_once(s, stmt, why));
    s->run_id = sqlite3_last_insert_rowid(s->db);
    s->has_run = true;
    return ST_OK;
}

/* What is there under this id, and did it see less? */
static enum status look_up(struct store *s, const struct finding *f, enum store_added *ret,
                           struct fault *why)
{
    CLEANUP(store_stmt_fini) sqlite3_stmt *stmt = NULL;
    TRY(store_prepare(s, "SELECT last, packets FROM finding WHERE id = ?1", &stmt, why));
    TRY(store_fault(s, sqlite3_bind_text(stmt, 1, f->id, -1, SQLITE_STATIC), why));
    int rc = sqlite3_step(stmt);
    TRY(store_fault(s, rc, why));
    if (rc != SQLITE_ROW) {
        *ret = STORE_NEW;
        return ST_OK;
    }
    int64_t last = sqlite3_column_int64(stmt, 0);
    int64_t packets = sqlite3_column_int64(stmt, 1);
    bool grew =
        f->when.last_ns > last || (f->when.last_ns == last && f->packets > (uint64_t)packets);
    *ret = grew ? STORE_GREW : STORE_KNOWN;
    return ST_OK;
}

static struct store_cell address(bool has, const struct addr *a)
{
    return store_cell_blob(has ? bytes_of(a->b, sizeof(a->b)) : (struct bytes){0});
}

enum status store_add(struct store *s, const struct store_finding *x, enum store_added *ret,
                      struct fault *why)
{
    const struct finding *f = x->finding;
    enum store_added added;
    TRY(look_up(s, f, &added, why));
    if (added == STORE_KNOWN) {
        *ret = added;
        return ST_OK;
    }
    TRY(need_run(s, why));
    const struct store_cell cells[] = {
        store_cell_str(f->id),
        store_cell_str(f->definition),
        store_cell_str(f->kind),
        store_cell_str(f->technique),
        address(f->has_initiator, &f->initiator),
        address(f->has_remote, &f->remote),
        address(f->has_victim, &f->victim),
        store_cell_number(f->when.first_ns),
        store_cell_number(f->when.last_ns),
        store_cell_number((int64_t)(f->packets <= INT64_MAX ? f->packets : INT64_MAX)),
        store_cell_str(x->input),
        store_cell_number(s->run_id),
        store_cell_text(x->json),
    };
    CLEANUP(store_stmt_fini) sqlite3_stmt *stmt = NULL;
    TRY(store_prepare(s,
                      "INSERT OR REPLACE INTO finding(id, definition, kind, technique, initiator, "
                      "remote, victim, first, last, packets, input, run, json, sha256) "
                      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
                      &stmt, why));
    TRY(store_bind(s, stmt, cells, (int)ARRAY_LEN(cells), why));
    TRY(step_once(s, stmt, why));
    *ret = added;
    return ST_OK;
}

enum status store_add_notice(struct store *s, const struct store_notice *n, struct fault *why)
{
    const struct store_cell cells[] = {store_cell_str(n->id), store_cell_str(n->mail),
                                       store_cell_number(n->stored_ns), store_cell_text(n->json),
                                       store_cell_blob(n->text)};
    CLEANUP(store_stmt_fini) sqlite3_stmt *stmt = NULL;
    TRY(store_prepare(s,
                      "INSERT OR REPLACE INTO notice(id, mail, stored, json, text, sha256) "
                      "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                      &stmt, why));
    TRY(store_bind(s, stmt, cells, (int)ARRAY_LEN(cells), why));
    return step_once(s, stmt, why);
}
