/* store/store.h - findings and notices, kept in one SQLite file of a home.
 *
 * A finding is kept as the line that `analyze --json` printed, with columns to
 * find it by, and with the run that told it: when, by which definitions, with
 * which sources. Nothing that was said is said otherwise later: a finding that
 * is stored again replaces its row only when it saw more. Every row has a
 * digest of its own, so that damage is met as damage and not as an answer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "base/model/finding.h"

enum { STORE_VERSION = 1, STORE_IDS_MAX = 64, STORE_NETS_MAX = 64 };
/* Below a home. */
#define STORE_FILE "store.sqlite"

enum store_mode {
    STORE_READ,  /* changes nothing; works while somebody writes */
    STORE_WRITE, /* makes the file when there is none */
};

struct store;

/* The file in this folder. ST_END: nothing was stored there yet (STORE_READ).
 * ST_MALFORMED and ST_DENIED: the fault's field is a whole sentence about the
 * file: damaged, of another program, of a newer version, locked. */
MUST_USE enum status store_open(const char *folder, enum store_mode mode, struct store **ret,
                                struct fault *why);
/* Without store_commit, nothing of what was begun is kept. */
void store_free(struct store *s);
static inline void store_freep(struct store **s)
{
    store_free(*s);
}
struct store_totals {
    uint64_t findings, runs, notices;
};
/* All pages and all rows; slow. ST_MALFORMED when something is damaged. */
MUST_USE enum status store_check(struct store *s, struct store_totals *ret, struct fault *why);

/* --- writing: begin, add as often as one likes, commit ------------------------- */

/* What all findings of one analysis have in common. */
struct store_run {
    int64_t stored_ns;
    struct bytes definitions; /* JSON: the set's name and hash */
    struct bytes sources;     /* JSON: what origins rest on, with date and hash */
};

struct store_finding {
    const struct finding *finding;
    const char *input; /* where it begins */
    struct bytes json; /* one line, without its end */
};

enum store_added {
    STORE_NEW,
    STORE_GREW,  /* was there, ended earlier or counted less: replaced */
    STORE_KNOWN, /* was there; nothing changed */
};

struct store_notice {
    const char *id; /* stands in the mail */
    const char *mail;
    int64_t stored_ns;
    struct bytes json; /* one line, without its end */
    struct bytes text; /* the mail */
};

MUST_USE enum status store_begin(struct store *s, const struct store_run *run, struct fault *why);
MUST_USE enum status store_add(struct store *s, const struct store_finding *f,
                               enum store_added *ret, struct fault *why);
/* One with the same id is replaced: it is about the same findings, to the same
 * contact. */
MUST_USE enum status store_add_notice(struct store *s, const struct store_notice *n,
                                      struct fault *why);
MUST_USE enum status store_commit(struct store *s, struct fault *why);

/* --- reading -------------------------------------------------------------------- */

struct store_query {
    size_t id_n, net_n;
    const char *ids[STORE_IDS_MAX];     /* hexadecimal digits: how an id begins */
    struct prefix nets[STORE_NETS_MAX]; /* remote, initiator or victim lies in one */
    const char *kind;                   /* "scan.vertical", or all that begin so: "scan" */
    const char *definition;             /* "scan.vertical/1", or any version of it */
    bool has_since, has_until;
    int64_t since_ns, until_ns; /* last >= since, first < until */
    uint64_t limit;             /* the latest so many; 0: all */
};

struct store_row {
    const char *id;
    const char *input;
    int64_t run; /* for store_run_get */
    struct bytes json;
};

struct store_rows;

/* Findings in the order of output (finding_compare). What happens to the store
 * after the first row does not show. */
MUST_USE enum status store_find(struct store *s, const struct store_query *q,
                                struct store_rows **ret, struct fault *why);
/* ST_END behind the last one. Borrowed until the next call. */
MUST_USE enum status store_rows_next(struct store_rows *r, struct store_row *ret,
                                     struct fault *why);
void store_rows_free(struct store_rows *r);
static inline void store_rows_freep(struct store_rows **r)
{
    store_rows_free(*r);
}
/* The two texts are appended to the buffers; the run's bytes are theirs. */
MUST_USE enum status store_run_get(struct store *s, int64_t run, struct buf *definitions,
                                   struct buf *sources, struct store_run *ret, struct fault *why);

/* Notices, the oldest first; or the one with this id. */
MUST_USE enum status store_find_notices(struct store *s, const char *id, struct store_rows **ret,
                                        struct fault *why);
MUST_USE enum status store_notices_next(struct store_rows *r, struct store_notice *ret,
                                        struct fault *why);
