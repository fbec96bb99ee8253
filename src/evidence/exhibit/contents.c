/* evidence/exhibit/contents.c - parsing, in the order in which one thing rests on
 * another: header, tries under its root, openings under their leaves, claims. */
#include "evidence/exhibit/contents.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "evidence/exhibit/recount.h"

static void part_fini(struct evidence_part *p)
{
    for (size_t i = 0; i < p->shown_n; i++) {
        evidence_shown_fini(&p->shown[i]);
    }
    free(p->shown);
    evidence_trie_fini(&p->remotes);
    evidence_trie_fini(&p->flows);
}

void evidence_contents_fini(struct evidence_contents *c)
{
    for (size_t i = 0; i < c->part_n; i++) {
        part_fini(&c->parts[i]);
    }
    free(c->parts);
    evidence_claims_fini(&c->claims);
    evidence_ladder_fini(&c->ladder);
    *c = (struct evidence_contents){.part_n = 0};
}

struct opener {
    const struct evidence_engine *e;
    struct evidence_contents c;
    struct evidence_contents_fault *why;
};

static void opener_fini(struct opener *o)
{
    evidence_contents_fini(&o->c);
}

__attribute__((format(printf, 2, 3))) static void member(struct opener *o, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (o->why != NULL) {
        (void)vsnprintf(o->why->member, sizeof(o->why->member), format, args); /* it fits */
    }
    va_end(args);
}

static struct fault *fault_of(struct opener *o)
{
    return o->why != NULL ? &o->why->at : NULL;
}

static enum status refuse(struct opener *o, const char *field)
{
    return fault_at(fault_of(o), ST_MISMATCH, 0, field);
}

/* --- one segment -------------------------------------------------------------------- */

static enum status open_header(struct opener *o, size_t k)
{
    const struct evidence_exhibit_segment *s = &o->c.exhibit->segments[k];
    struct evidence_part *p = &o->c.parts[k];
    member(o, "data/segments/%04zu/header.txt", k);
    TRY(evidence_header_parse(s->header, &p->header, fault_of(o)));
    sha256x_parts(o->e->sha, &s->header, 1, &p->hash);
    return ST_OK;
}

/* Both tries; the root says what their tops are. */
static enum status open_tries(struct opener *o, size_t k)
{
    const struct evidence_exhibit_segment *s = &o->c.exhibit->segments[k];
    struct evidence_part *p = &o->c.parts[k];
    const struct evidence_header *h = &p->header;
    member(o, "data/segments/%04zu/remotes.bin", k);
    TRY(evidence_trie_get(o->e, TRIE_REMOTES, s->remotes, h->records, h->remotes, &p->remotes,
                          fault_of(o)));
    struct evidence_root root = {.remotes = h->remotes, .records = h->records};
    memcpy(root.segid, h->segid, sizeof(root.segid));
    evidence_trie_top(&p->remotes, &root.top);
    p->has_flows = s->flows.data != NULL;
    struct bytes flows = s->flows;
    member(o, "data/segments/%04zu/flows.bin", k);
    if (p->has_flows != (h->flows > 0)) {
        return fault_at(fault_of(o), ST_MALFORMED, 0, "there are flows, or there is the member");
    }
    TRY(evidence_trie_get(o->e, TRIE_FLOWS, flows, 0, h->flows, &p->flows, fault_of(o)));
    evidence_trie_top(&p->flows, &root.flows);
    struct digest d;
    evidence_root_hash(o->e, &root, &d);
    member(o, "data/segments/%04zu/remotes.bin", k);
    return memcmp(d.b, h->root.b, DIGEST_BYTES) == 0 ? ST_OK : refuse(o, "not under the root");
}

static enum status open_rows(struct opener *o, size_t k)
{
    const struct evidence_exhibit_segment *s = &o->c.exhibit->segments[k];
    struct evidence_part *p = &o->c.parts[k];
    p->shown = calloc(s->opening_n + 1, sizeof(*p->shown));
    if (p->shown == NULL) {
        return fault_at(fault_of(o), ST_NOMEM, 0, "openings");
    }
    for (; p->shown_n < s->opening_n; p->shown_n++) {
        const struct evidence_exhibit_opening *x = &s->openings[p->shown_n];
        member(o, "data/segments/%04zu/open/%05u.bin", k, x->number);
        if (x->number >= p->remotes.leaf_count) {
            return refuse(o, "of a remote that the proof does not show");
        }
        TRY(evidence_opening_check(o->e, &p->header, &p->remotes.leaves[x->number], x->bytes,
                                   &p->shown[p->shown_n], fault_of(o)));
    }
    return ST_OK;
}

/* --- segments among each other -------------------------------------------------------- */

static bool same_sensor(const struct evidence_header *a, const struct evidence_header *b)
{
    return strcmp(a->party, b->party) == 0 && strcmp(a->sensor, b->sensor) == 0;
}

/* By party, sensor, number. Neighbours in number must continue each other. */
static enum status check_order(struct opener *o, size_t k)
{
    const struct evidence_part *p = &o->c.parts[k - 1], *q = &o->c.parts[k];
    member(o, "data/segments/%04zu/header.txt", k);
    int order = strcmp(p->header.party, q->header.party);
    order = order != 0 ? order : strcmp(p->header.sensor, q->header.sensor);
    if (order > 0) {
        return refuse(o, "segments: order of sensors");
    }
    if (order < 0) {
        return ST_OK;
    }
    if (q->header.seq <= p->header.seq) {
        return refuse(o, "segments: order of numbers");
    }
    if (q->header.seq == p->header.seq + 1) {
        return evidence_header_follows(&p->header, &p->hash, &q->header, fault_of(o));
    }
    return q->header.from_ns >= p->header.to_ns && q->header.kind == p->header.kind
               ? ST_OK
               : refuse(o, "segments: spans overlap");
}

/* --- claims ------------------------------------------------------------------------------ */

static enum status check_segments(struct opener *o, const struct evidence_claim *c)
{
    if (c->to >= o->c.part_n) {
        return refuse(o, "segments that are not there");
    }
    for (uint32_t k = c->from; k <= c->to; k++) {
        const struct evidence_part *p = &o->c.parts[k];
        if (!same_sensor(&o->c.parts[c->from].header, &p->header)) {
            return refuse(o, "segments of several sensors");
        }
        if (memcmp(p->header.definitions.b, o->c.definitions.hash.b, DIGEST_BYTES) != 0) {
            return refuse(o, "definitions: not those that the headers name");
        }
    }
    return ST_OK;
}

static enum status check_remotes(struct opener *o, const struct evidence_claim *c)
{
    for (size_t i = 0; i < c->remote_n; i++) {
        bool shown = false;
        if (evidence_recount_is_stand_in(&c->remotes[i])) {
            return refuse(o, "a remote that cannot be told from a stand-in");
        }
        for (uint32_t k = c->from; k <= c->to && !shown; k++) {
            shown = evidence_contents_shown(&o->c.parts[k], &c->remotes[i]) != NULL;
        }
        if (!shown) {
            return refuse(o, "a remote of which no record is shown");
        }
    }
    return ST_OK;
}

static enum status open_claims(struct opener *o)
{
    member(o, "data/definitions.json");
    TRY(definition_set_read(o->c.exhibit->definitions, &o->c.definitions, fault_of(o)));
    CLEANUP(buf_fini) struct buf again = BUF_INIT(LIMIT_EXHIBIT_JSON_BYTES);
    definition_set_write(&o->c.definitions, &again);
    TRY(again.failed);
    if (!bytes_equal(buf_bytes(&again), o->c.exhibit->definitions)) {
        return refuse(o, "definitions: not as they would be written");
    }
    member(o, "data/findings.json");
    TRY(evidence_claims_read(o->c.exhibit->findings, &o->c.claims, fault_of(o)));
    for (size_t i = 0; i < o->c.claims.n; i++) {
        const struct evidence_claim *c = &o->c.claims.items[i];
        if (i > 0 && c[-1].finding.when.first_ns > c->finding.when.first_ns) {
            return refuse(o, "claims: order of their times");
        }
        TRY(check_segments(o, c));
        TRY(check_remotes(o, c));
    }
    return ST_OK;
}

/* It is about what is claimed, and about nobody else. */
static enum status open_ladder(struct opener *o)
{
    CLEANUP(free_ptr) struct addr *remotes = NULL;
    size_t n = 0, k = 0;
    member(o, "data/ladder.json");
    TRY(evidence_ladder_read(o->c.exhibit->ladder, &o->c.ladder, fault_of(o)));
    TRY(evidence_claims_remotes(o->c.claims.items, o->c.claims.n, &remotes, &n));
    for (size_t i = 0; i < o->c.ladder.n; i++) {
        while (k < n && addr_compare(&remotes[k], &o->c.ladder.origins[i].addr) < 0) {
            k++;
        }
        if (k == n || !addr_equal(&remotes[k], &o->c.ladder.origins[i].addr)) {
            return refuse(o, "remotes: one that no claim is about");
        }
    }
    return ST_OK;
}

enum status evidence_contents_open(const struct evidence_engine *e,
                                   const struct evidence_exhibit *x, struct evidence_contents *ret,
                                   struct evidence_contents_fault *why)
{
    CLEANUP(opener_fini) struct opener o = {.e = e, .c = {.exhibit = x}, .why = why};
    o.c.parts = calloc(x->segment_n + 1, sizeof(*o.c.parts));
    if (o.c.parts == NULL) {
        member(&o, "data");
        return fault_at(fault_of(&o), ST_NOMEM, 0, "segments");
    }
    for (size_t k = 0; k < x->segment_n; k++) {
        o.c.parts[k].remotes.top = TRIE_NONE;
        o.c.parts[k].flows.top = TRIE_NONE;
        o.c.part_n++;
        TRY(open_header(&o, k));
        TRY(open_tries(&o, k));
        TRY(open_rows(&o, k));
        if (k > 0) {
            TRY(check_order(&o, k));
        }
    }
    TRY(open_claims(&o));
    TRY(open_ladder(&o));
    *ret = o.c;
    o.c = (struct evidence_contents){.part_n = 0};
    return ST_OK;
}

static int by_remote(const void *key, const void *shown)
{
    return addr_compare(key, &((const struct evidence_shown *)shown)->remote);
}

/* Openings ascend by the number of their leaf, and leaves by their key. */
const struct evidence_shown *evidence_contents_shown(const struct evidence_part *p,
                                                     const struct addr *remote)
{
    return bsearch(remote, p->shown, p->shown_n, sizeof(*p->shown), by_remote);
}
