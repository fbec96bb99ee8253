/* exchange/enclosure.c - whose records an exhibit shows. */
#include "exchange/enclosure.h"

#include <stdio.h>
#include <stdlib.h>

#include "evidence/exhibit/contents.h"

static int by_addr(const void *a, const void *b)
{
    return addr_compare(a, b);
}

/* Of the openings: they show records, whatever is claimed of them. */
static enum status take_remotes(const struct evidence_contents *c, struct enclosure *e)
{
    size_t n = 0;
    for (size_t i = 0; i < c->part_n; i++) {
        n += c->parts[i].shown_n;
    }
    e->remotes = calloc(n + 1, sizeof(*e->remotes));
    if (e->remotes == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < c->part_n; i++) {
        for (size_t k = 0; k < c->parts[i].shown_n; k++) {
            e->remotes[e->n++] = c->parts[i].shown[k].remote;
        }
    }
    qsort(e->remotes, e->n, sizeof(*e->remotes), by_addr);
    size_t kept = 0;
    for (size_t i = 0; i < e->n; i++) {
        if (kept == 0 || !addr_equal(&e->remotes[kept - 1], &e->remotes[i])) {
            e->remotes[kept++] = e->remotes[i];
        }
    }
    e->n = kept;
    return ST_OK;
}

static enum status read_contents(const struct evidence_exhibit *x, struct enclosure *e,
                                 struct fault *why)
{
    struct evidence_engine engine;
    struct evidence_contents contents;
    struct evidence_contents_fault bad = {.member = ""};
    TRY(evidence_engine_init(&engine));
    enum status st = evidence_contents_open(&engine, x, &contents, &bad);
    if (st != ST_OK) {
        return fault_at(why, st, bad.at.offset, bad.at.field != NULL ? bad.at.field : "exhibit");
    }
    e->claims = contents.claims.n;
    st = take_remotes(&contents, e);
    evidence_contents_fini(&contents);
    return st;
}

enum status enclosure_read(struct buf *file, struct enclosure *ret, struct fault *why)
{
    struct evidence_exhibit x;
    struct enclosure e = {.n = 0};
    TRY(evidence_exhibit_read(buf_bytes(file), &x, why));
    enum status st = read_contents(&x, &e, why);
    evidence_exhibit_fini(&x);
    if (st != ST_OK) {
        free(e.remotes);
        return st;
    }
    e.file = *file;
    *file = (struct buf){0};
    *ret = e;
    return ST_OK;
}

void enclosure_fini(struct enclosure *e)
{
    buf_fini(&e->file);
    free(e->remotes);
    *e = (struct enclosure){.n = 0};
}

bool enclosure_shows(const struct enclosure *e, const struct addr *remote)
{
    return bsearch(remote, e->remotes, e->n, sizeof(*e->remotes), by_addr) != NULL;
}

void enclosure_name(size_t i, char ret[ENCLOSURE_NAME_MAX])
{
    (void)snprintf(ret, ENCLOSURE_NAME_MAX, "exhibit-%zu.exhibit", i + 1);
}
