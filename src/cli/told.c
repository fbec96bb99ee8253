/* cli/told.c - rows of the store, read again. */
#include "cli/told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/emit.h"
#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "exchange/intake.h"

enum { RUN_MAX_BYTES = 1 << 20 };

_Static_assert((int)SETTINGS_REMOTES_MAX <= (int)STORE_NETS_MAX, "what is asked fits a query");

void told_ask(const struct settings *s, struct store_query *ask)
{
    for (size_t i = 0; i < s->remote_n; i++) {
        ask->nets[ask->net_n++] = s->remotes[i];
    }
    ask->kind = s->kind;
    ask->has_since = s->has_since;
    ask->has_until = s->has_until;
    ask->since_ns = s->since_ns;
    ask->until_ns = s->until_ns;
}

/* --- findings ------------------------------------------------------------------------- */

enum status told_open(struct told_reader *r, struct store *s, const struct store_query *ask,
                      struct fault *why)
{
    *r = (struct told_reader){.rows = NULL};
    arena_init(&r->arena, LIMIT_FINDING_LINE_BYTES);
    intake_begin();
    return store_find(s, ask, &r->rows, why);
}

/* Rows carry digests, but anybody can compute those. A sentence (store.h). */
static enum status foreign(enum status st, struct fault *why)
{
    return st == ST_NOMEM ? st
                          : fault_at(why, ST_MALFORMED, 0,
                                     "what it holds was not written by this program; move it away, "
                                     "and analyze again");
}

enum status told_next(struct told_reader *r, struct told *ret, struct fault *why)
{
    struct store_row row;
    bool has_origin;
    TRY(store_rows_next(r->rows, &row, why));
    arena_fini(&r->arena);
    arena_init(&r->arena, LIMIT_FINDING_LINE_BYTES);
    enum status st = intake_check(row.json, false, why);
    st = st == ST_OK ? intake_told(row.json, &r->arena, &r->finding, &r->origin, &has_origin, why)
                     : st;
    if (st != ST_OK) {
        return foreign(st, why);
    }
    *ret = (struct told){
        .shown = {.finding = &r->finding, .origin = has_origin ? &r->origin : NULL},
        .input = row.input,
        .run = row.run,
        .json = row.json,
    };
    return ST_OK;
}

void told_fini(struct told_reader *r)
{
    store_rows_free(r->rows);
    arena_fini(&r->arena);
}

/* --- runs ------------------------------------------------------------------------------ */

enum status told_runs_add(struct told_runs *r, int64_t run, const char *id)
{
    if (r->n == r->cap) {
        size_t cap = r->cap > 0 ? 2 * r->cap : 64;
        struct told_run *p = realloc(r->items, cap * sizeof(*p));
        if (p == NULL) {
            return ST_NOMEM;
        }
        r->items = p;
        r->cap = cap;
    }
    struct told_run *x = &r->items[r->n++];
    x->run = run;
    (void)snprintf(x->id, sizeof(x->id), "%s", id);
    return ST_OK;
}

static int by_run(const void *a, const void *b)
{
    const struct told_run *x = a;
    const struct told_run *y = b;
    int order = (x->run > y->run) - (x->run < y->run);
    return order ? order : strcmp(x->id, y->id);
}

static enum status run_json(struct buf *out, struct store *s, const struct told_run *x, size_t n,
                            struct fault *why)
{
    CLEANUP(buf_fini) struct buf definitions = BUF_INIT(RUN_MAX_BYTES);
    CLEANUP(buf_fini) struct buf sources = BUF_INIT(RUN_MAX_BYTES);
    struct store_run run;
    struct emit j;
    TRY(store_run_get(s, x->run, &definitions, &sources, &run, why));
    enum status st = intake_check(run.definitions, false, why);
    st = st == ST_OK ? intake_check(run.sources, true, why) : st;
    if (st != ST_OK) {
        return foreign(st, why);
    }
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "stored");
    emit_member_time(&j, "stored", run.stored_ns);
    emit_key(&j, "definitions");
    emit_raw(&j, run.definitions);
    emit_key(&j, "sources");
    emit_raw(&j, run.sources);
    emit_key(&j, "findings");
    emit_array(&j);
    for (size_t i = 0; i < n; i++) {
        emit_str(&j, x[i].id);
    }
    emit_array_end(&j);
    emit_object_end(&j);
    buf_byte(out, '\n');
    return out->failed;
}

enum status told_runs_json(struct buf *out, struct store *s, struct told_runs *r, struct fault *why)
{
    if (r->n > 1) {
        qsort(r->items, r->n, sizeof(*r->items), by_run);
    }
    for (size_t i = 0; i < r->n;) {
        size_t n = 1;
        while (i + n < r->n && r->items[i + n].run == r->items[i].run) {
            n++;
        }
        TRY(run_json(out, s, &r->items[i], n, why));
        i += n;
    }
    return ST_OK;
}

void told_runs_fini(struct told_runs *r)
{
    free(r->items);
    *r = (struct told_runs){.n = 0};
}
