/* evidence/exhibit/exhibit.c - members by name, in both directions.
 *
 * Names ascend by their bytes, so the members come in this order:
 *   data/definitions.json, findings.json, ladder.json
 *   data/segments/0000/entry.salt, flows.bin, header.txt, open/00000.bin...,
 *                      proof.tlog-proof, remotes.bin; then 0001...
 *   data/time/0000.checkpoint, 0000.tsr; then 0001...
 *   data/view.csv, view.pcapng
 */
#include "evidence/exhibit/exhibit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "evidence/exhibit/bag.h"
#include "evidence/exhibit/zip.h"
#include "evidence/keys.h"

enum {
    PATH_MAX_BYTES = 64,
    OPENING_NUMBER_END = 100000, /* five digits */
    FIXED = 5,                   /* members that are always there, besides segments */
    PER_SEGMENT = 4,             /* ... of each segment */
};

void evidence_exhibit_fini(struct evidence_exhibit *x)
{
    free(x->segments);
    free(x->times);
    free(x->openings);
    *x = (struct evidence_exhibit){.segments = NULL};
}

/* --- reading ------------------------------------------------------------------------- */

struct reader {
    const struct evidence_zip_member *next, *end;
    struct evidence_exhibit x;
    size_t opening_n; /* of all segments so far */
    struct fault *why;
};

static void reader_fini(struct reader *r)
{
    evidence_exhibit_fini(&r->x);
}

static bool is_next(const struct reader *r, const char *path)
{
    return r->next < r->end && bytes_equal(r->next->name, bytes_of(path, strlen(path)));
}

/* The next member if it is that one, else nothing. */
static bool take(struct reader *r, const char *path, struct bytes *ret)
{
    if (!is_next(r, path)) {
        return false;
    }
    *ret = r->next++->data;
    return true;
}

static enum status at_next(const struct reader *r, enum status st, const char *field)
{
    uint64_t offset = r->next < r->end ? r->next->offset : r->next[-1].offset;
    return fault_at(r->why, st, offset, field);
}

/* A member that must be there, of at most so many bytes. `field` names it. */
static enum status need(struct reader *r, const char *path, size_t max, const char *field,
                        struct bytes *ret)
{
    if (!take(r, path, ret)) {
        return at_next(r, ST_MALFORMED, field);
    }
    return ret->len <= max ? ST_OK : fault_limit(r->why, r->next[-1].offset, field, max);
}

static const char *segment_path(char out[PATH_MAX_BYTES], size_t k, const char *name)
{
    (void)snprintf(out, PATH_MAX_BYTES, "data/segments/%04zu/%s", k, name); /* it fits */
    return out;
}

static const char *opening_path(char out[PATH_MAX_BYTES], size_t k, uint32_t number)
{
    (void)snprintf(out, PATH_MAX_BYTES, "data/segments/%04zu/open/%05u.bin", k, number);
    return out;
}

static const char *time_path(char out[PATH_MAX_BYTES], size_t n, const char *end)
{
    (void)snprintf(out, PATH_MAX_BYTES, "data/time/%04zu.%s", n, end); /* it fits */
    return out;
}

/* "data/segments/0003/open/00001.bin" of segment k; the spelling is fixed, so the
 * number that it says is written again and compared. */
static bool take_opening(struct reader *r, size_t k, struct evidence_exhibit_opening *ret)
{
    char path[PATH_MAX_BYTES];
    static const size_t digits_at = sizeof("data/segments/0000/open/") - 1;
    if (r->next == r->end || r->next->name.len != strlen(opening_path(path, k, 0))) {
        return false;
    }
    uint32_t number = 0;
    for (size_t i = 0; i < 5; i++) {
        number = number * 10 + (uint32_t)(r->next->name.data[digits_at + i] - '0') % 10;
    }
    ret->number = number;
    return take(r, opening_path(path, k, number), &ret->bytes);
}

static enum status read_segment(struct reader *r, size_t k, struct evidence_exhibit_segment *s)
{
    char path[PATH_MAX_BYTES];
    TRY(need(r, segment_path(path, k, "entry.salt"), EVIDENCE_SALT_BYTES,
             "exhibit: entry.salt of a segment", &s->entry_salt));
    if (s->entry_salt.len != EVIDENCE_SALT_BYTES) {
        return fault_at(r->why, ST_SHORT, r->next[-1].offset, "exhibit: entry.salt of a segment");
    }
    (void)take(r, segment_path(path, k, "flows.bin"), &s->flows); /* it may be missing */
    TRY(need(r, segment_path(path, k, "header.txt"), LIMIT_HEADER_BYTES,
             "exhibit: header.txt of a segment", &s->header));
    s->openings = r->x.openings + r->opening_n;
    while (take_opening(r, k, &s->openings[s->opening_n])) {
        s->opening_n++;
        r->opening_n++;
    }
    TRY(need(r, segment_path(path, k, "proof.tlog-proof"),
             LIMIT_NOTE_BYTES + LIMIT_PROOF_EXTRA_BYTES, "exhibit: proof of a segment", &s->proof));
    return need(r, segment_path(path, k, "remotes.bin"), LIMIT_EXHIBIT_BYTES,
                "exhibit: remotes.bin of a segment", &s->remotes);
}

static enum status read_segments(struct reader *r)
{
    char path[PATH_MAX_BYTES];
    while (is_next(r, segment_path(path, r->x.segment_n, "entry.salt"))) {
        if (r->x.segment_n == LIMIT_EXHIBIT_SEGMENTS) {
            return fault_limit(r->why, r->next->offset, "exhibit: segments",
                               LIMIT_EXHIBIT_SEGMENTS);
        }
        TRY(read_segment(r, r->x.segment_n, &r->x.segments[r->x.segment_n]));
        r->x.segment_n++;
    }
    return ST_OK;
}

static enum status read_times(struct reader *r)
{
    char path[PATH_MAX_BYTES];
    while (is_next(r, time_path(path, r->x.time_n, "checkpoint"))) {
        struct evidence_exhibit_time *t = &r->x.times[r->x.time_n];
        TRY(need(r, path, LIMIT_NOTE_BYTES, "exhibit: stamped checkpoint", &t->checkpoint));
        TRY(need(r, time_path(path, r->x.time_n, "tsr"), LIMIT_TIMESTAMP_BYTES,
                 "exhibit: timestamp of a checkpoint", &t->response));
        r->x.time_n++;
    }
    return ST_OK;
}

/* Room for whatever so many members can be. */
static enum status make_room(struct reader *r, size_t n)
{
    r->x.segments = calloc(n / PER_SEGMENT + 1, sizeof(*r->x.segments));
    r->x.times = calloc(n / 2 + 1, sizeof(*r->x.times));
    r->x.openings = calloc(n + 1, sizeof(*r->x.openings));
    return r->x.segments != NULL && r->x.times != NULL && r->x.openings != NULL
               ? ST_OK
               : fault_at(r->why, ST_NOMEM, 0, "exhibit");
}

static enum status read_data(struct reader *r)
{
    TRY(need(r, "data/definitions.json", LIMIT_EXHIBIT_JSON_BYTES, "exhibit: data/definitions.json",
             &r->x.definitions));
    TRY(need(r, "data/findings.json", LIMIT_EXHIBIT_JSON_BYTES, "exhibit: data/findings.json",
             &r->x.findings));
    TRY(need(r, "data/ladder.json", LIMIT_EXHIBIT_JSON_BYTES, "exhibit: data/ladder.json",
             &r->x.ladder));
    TRY(read_segments(r));
    TRY(read_times(r));
    TRY(need(r, "data/view.csv", LIMIT_EXHIBIT_BYTES,
             "exhibit: data/view.csv, or a member that does not belong", &r->x.csv));
    TRY(need(r, "data/view.pcapng", LIMIT_EXHIBIT_BYTES, "exhibit: data/view.pcapng", &r->x.pcap));
    return r->next == r->end ? ST_OK
                             : at_next(r, ST_MALFORMED, "exhibit: a member that does not belong");
}

enum status evidence_exhibit_read(struct bytes file, struct evidence_exhibit *ret,
                                  struct fault *why)
{
    CLEANUP(free_ptr) struct evidence_zip_member *members = NULL;
    CLEANUP(reader_fini) struct reader r = {.why = why};
    size_t n, data_n;
    TRY(evidence_zip_read(file, &members, &n, why));
    TRY(evidence_bag_check(members, n, &r.next, &data_n, why));
    r.end = r.next + data_n;
    TRY(make_room(&r, data_n));
    TRY(read_data(&r));
    *ret = r.x;
    r.x = (struct evidence_exhibit){.segments = NULL};
    return ST_OK;
}

/* --- writing -------------------------------------------------------------------------- */

struct writer {
    struct evidence_zip_member *members;
    char (*paths)[PATH_MAX_BYTES]; /* of each member */
    size_t n;
};

static void writer_fini(struct writer *w)
{
    free(w->members);
    free(w->paths);
}

/* A place for the next member's path. */
static char *next_path(struct writer *w)
{
    return w->paths[w->n];
}

static void add(struct writer *w, const char *path, struct bytes data)
{
    w->members[w->n++] =
        (struct evidence_zip_member){.name = bytes_of(path, strlen(path)), .data = data};
}

static enum status add_segment(struct writer *w, size_t k, const struct evidence_exhibit_segment *s)
{
    add(w, segment_path(next_path(w), k, "entry.salt"), s->entry_salt);
    if (s->flows.data != NULL) {
        add(w, segment_path(next_path(w), k, "flows.bin"), s->flows);
    }
    add(w, segment_path(next_path(w), k, "header.txt"), s->header);
    for (size_t i = 0; i < s->opening_n; i++) {
        if (s->openings[i].number >= OPENING_NUMBER_END) {
            return ST_LIMIT;
        }
        add(w, opening_path(next_path(w), k, s->openings[i].number), s->openings[i].bytes);
    }
    add(w, segment_path(next_path(w), k, "proof.tlog-proof"), s->proof);
    add(w, segment_path(next_path(w), k, "remotes.bin"), s->remotes);
    return ST_OK;
}

static enum status add_data(struct writer *w, const struct evidence_exhibit *x)
{
    char *path;
    add(w, "data/definitions.json", x->definitions);
    add(w, "data/findings.json", x->findings);
    add(w, "data/ladder.json", x->ladder);
    for (size_t k = 0; k < x->segment_n; k++) {
        TRY(add_segment(w, k, &x->segments[k]));
    }
    for (size_t i = 0; i < x->time_n; i++) {
        path = next_path(w);
        add(w, time_path(path, i, "checkpoint"), x->times[i].checkpoint);
        path = next_path(w);
        add(w, time_path(path, i, "tsr"), x->times[i].response);
    }
    add(w, "data/view.csv", x->csv);
    add(w, "data/view.pcapng", x->pcap);
    return ST_OK;
}

static size_t count_members(const struct evidence_exhibit *x)
{
    size_t n = FIXED + BAG_BEFORE + BAG_AFTER + 2 * x->time_n;
    for (size_t k = 0; k < x->segment_n; k++) {
        n += PER_SEGMENT + 1 + x->segments[k].opening_n;
    }
    return n;
}

enum status evidence_exhibit_write(const struct evidence_exhibit *x, struct buf *out)
{
    size_t max = count_members(x);
    if (max > LIMIT_EXHIBIT_MEMBERS || x->segment_n > LIMIT_EXHIBIT_SEGMENTS) {
        return ST_LIMIT;
    }
    CLEANUP(writer_fini)
    struct writer w = {.members = calloc(max, sizeof(*w.members)),
                       .paths = calloc(max, sizeof(*w.paths))};
    if (w.members == NULL || w.paths == NULL) {
        return ST_NOMEM;
    }
    w.n = BAG_BEFORE;
    TRY(add_data(&w, x));
    CLEANUP(evidence_bag_fini) struct evidence_bag bag = {.info = BUF_INIT(0)};
    TRY(evidence_bag_make(w.members + BAG_BEFORE, w.n - BAG_BEFORE, &bag));
    for (size_t i = 0; i < BAG_BEFORE; i++) {
        evidence_bag_member(&bag, i, &w.members[i]);
    }
    for (size_t i = 0; i < BAG_AFTER; i++) {
        evidence_bag_member(&bag, BAG_BEFORE + i, &w.members[w.n++]);
    }
    return evidence_zip_write(w.members, w.n, out);
}
