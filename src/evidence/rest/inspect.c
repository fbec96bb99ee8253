/* evidence/rest/inspect.c - entries of the ledger against files of the home. */
#include "evidence/rest/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "evidence/rest/shelf_parts.h"
#include "ledger/checkpoint.h"
#include "ledger/tile.h"

static const char records_lost[] = "its records cannot be shown any more";
static const char unseen[] = "damage to segments of this file stays unseen";
static const char other_sum[] = "its SHA-256 is not the one that SHA256SUMS beside it has";

/* The sealed file whose entries are being gone through: they stand together. */
struct at_file {
    bool any, gone, known, said;
    struct digest sha256;
    struct evidence_file file; /* when known: its text can be read */
    struct digest text;        /* and its hash */
    struct buf sums;
    struct cursor next_sum;
    bool has_sums;
};

struct inspect {
    const struct evidence_shelf *shelf;
    const struct evidence_inspect *how;
    struct evidence_inspected *n;
    struct at_file at;
    uint64_t left;          /* bytes that may still be read whole */
    uint64_t last_networks; /* entry */
    struct fault *why;
};

static enum status damaged(struct inspect *in, const char *path, const char *lost, const char *what)
{
    struct evidence_damage d = {.lost = lost};
    (void)snprintf(d.path, sizeof(d.path), "%s", path);
    (void)snprintf(d.what, sizeof(d.what), "%s", what);
    return in->how->damaged(in->how->ctx, &d);
}

/* A failure of reading: told, unless it is none of the file's. */
static enum status read_badly(struct inspect *in, const char *path, const char *lost,
                              enum status st, const struct fault *why)
{
    char what[FAULT_TEXT_MAX];
    if (st == ST_NOMEM) {
        return st;
    }
    return damaged(in, path, lost,
                   st == ST_END ? "it is not there" : fault_text(st, why, what, sizeof(what)));
}

static bool exists(const struct ledger_files *f, const char *path)
{
    int fd = f->open(f->ctx, path, O_RDONLY | O_NONBLOCK);
    if (fd >= 0) {
        (void)f->close(f->ctx, fd); /* nothing was written */
    }
    return fd != -ENOENT;
}

/* --- a file --------------------------------------------------------------------------- */

static enum status read_about(struct inspect *in, const char *path)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_HEADER_BYTES);
    struct fault why = {0};
    struct at_file *at = &in->at;
    enum status st = ledger_files_read(in->shelf->files, path, &text, &why);
    st = st == ST_OK ? evidence_file_parse(buf_bytes(&text), &at->file, &why) : st;
    if (st == ST_OK && memcmp(&at->file.sha256, &at->sha256, sizeof(at->sha256)) != 0) {
        st = fault_whole(&why, ST_MISMATCH, "it is about another file");
    }
    st = st == ST_OK ? digest_sha256(buf_bytes(&text), &at->text) : st;
    at->known = st == ST_OK;
    return st == ST_OK
               ? ST_OK
               : read_badly(in, path, "nothing of this file can be shown any more", st, &why);
}

static enum status read_sums(struct inspect *in)
{
    char path[SHELF_PATH_MAX];
    struct fault why = {0};
    struct at_file *at = &in->at;
    shelf_sums_path(&at->sha256, path);
    buf_clear(&at->sums);
    enum status st = ledger_files_read(in->shelf->files, path, &at->sums, &why);
    at->has_sums = st == ST_OK;
    at->next_sum = cursor_of(buf_bytes(&at->sums));
    return st == ST_OK ? ST_OK : read_badly(in, path, unseen, st, &why);
}

/* What is left of the sums: one line, of the text. */
static enum status end_file(struct inspect *in)
{
    struct at_file *at = &in->at;
    struct digest want;
    char path[SHELF_PATH_MAX];
    if (!at->has_sums) {
        return ST_OK;
    }
    at->has_sums = false;
    if (shelf_sums_next(&at->next_sum, SHELF_SUM_FILE, &want) != ST_OK ||
        cursor_left(&at->next_sum) > 0) {
        shelf_sums_path(&at->sha256, path);
        return damaged(in, path, unseen, "its end is not as it was written");
    }
    if (at->known && memcmp(&want, &at->text, sizeof(want)) != 0) {
        evidence_shelf_file_path(&at->sha256, path);
        return damaged(in, path, "what is told of this file may be wrong", other_sum);
    }
    return ST_OK;
}

static enum status begin_file(struct inspect *in, const struct digest *sha256)
{
    struct at_file *at = &in->at;
    char about[SHELF_PATH_MAX], first[SHELF_PATH_MAX];
    if (at->any && memcmp(&at->sha256, sha256, sizeof(*sha256)) == 0) {
        return ST_OK;
    }
    TRY(end_file(in));
    at->any = true;
    at->said = at->known = at->has_sums = false;
    at->sha256 = *sha256;
    evidence_shelf_file_path(sha256, about);
    evidence_shelf_segment_path(sha256, 0, first);
    at->gone = !exists(in->shelf->files, about) && !exists(in->shelf->files, first);
    if (at->gone) {
        return ST_OK;
    }
    TRY(read_about(in, about));
    return read_sums(in);
}

/* --- a segment ------------------------------------------------------------------------ */

/* Its bytes to the end, as long as any may be read. */
static enum status sum_of(struct inspect *in, const char *path, struct digest *ret, bool *ret_read,
                          struct fault *why)
{
    enum { CHUNK_BYTES = 1 << 18 };
    const struct ledger_files *f = in->shelf->files;
    CLEANUP(free_ptr) uint8_t *chunk = malloc(CHUNK_BYTES);
    struct digest_run *run = NULL;
    *ret_read = false;
    int fd = f->open(f->ctx, path, O_RDONLY | O_NONBLOCK);
    if (fd < 0) {
        return fault_sys(why, -fd, "opening it");
    }
    enum status st = chunk == NULL ? ST_NOMEM : digest_run_new(&run);
    ssize_t n = 1;
    while (st == ST_OK && n != 0 && in->left > 0) {
        n = f->read(f->ctx, fd, chunk, CHUNK_BYTES);
        if (n > 0) {
            digest_run_add(run, bytes_of(chunk, (size_t)n));
            in->left -= (uint64_t)n < in->left ? (uint64_t)n : in->left;
        } else if (n < 0 && n != -EINTR) {
            st = fault_sys(why, (int)-n, "reading it");
        }
    }
    *ret_read = st == ST_OK && n == 0;
    st = *ret_read ? digest_run_end(run, ret) : st;
    digest_run_free(run);
    (void)f->close(f->ctx, fd); /* nothing was written */
    return st;
}

/* Are its bytes those that were written? */
static enum status check_sum(struct inspect *in, const char *path, uint64_t seq, bool *ret_good,
                             struct fault *why)
{
    struct digest want, have;
    bool read = false;
    char sums[SHELF_PATH_MAX];
    if (!in->at.has_sums) {
        return ST_OK;
    }
    if (shelf_sums_next(&in->at.next_sum, seq, &want) != ST_OK) {
        in->at.has_sums = false; /* told once */
        shelf_sums_path(&in->at.sha256, sums);
        return damaged(in, sums, unseen, "a line of it is damaged");
    }
    enum status st = sum_of(in, path, &have, &read, why);
    TRY(st);
    in->n->whole += read;
    *ret_good = !read || memcmp(&want, &have, sizeof(want)) == 0;
    return ST_OK;
}

/* With the key everything is computed again, and no sum is needed. */
static enum status open_it(struct inspect *in, const char *path, uint64_t seq, bool sum_good,
                           bool *ret_good)
{
    struct evidence_segment *s = NULL;
    struct fault why = {0};
    char sums[SHELF_PATH_MAX];
    enum status st =
        evidence_shelf_load(in->shelf, &in->at.file, seq, in->how->key, in->how->seed, &s, &why);
    evidence_segment_free(s);
    *ret_good = st == ST_OK;
    in->n->opened += st == ST_OK;
    if (st != ST_OK) {
        return read_badly(in, path, records_lost, st, &why);
    }
    shelf_sums_path(&in->at.sha256, sums);
    return sum_good ? ST_OK
                    : damaged(in, sums, unseen, "a line of it is not of the segment, which opens");
}

static enum status look_inside(struct inspect *in, const char *path, uint64_t seq, bool *ret_good)
{
    bool sum_good = true;
    struct fault why = {0};
    enum status st = check_sum(in, path, seq, &sum_good, &why);
    if (st != ST_OK) {
        *ret_good = false;
        return read_badly(in, path, records_lost, st, &why);
    }
    if (in->how->key != NULL && in->at.known) {
        return open_it(in, path, seq, sum_good, ret_good);
    }
    *ret_good = sum_good;
    return sum_good ? ST_OK : damaged(in, path, records_lost, other_sum);
}

static enum status check_place(struct inspect *in, uint64_t seq, uint64_t entry)
{
    struct at_file *at = &in->at;
    char path[SHELF_PATH_MAX];
    if (!at->known || at->said ||
        (seq < at->file.segments && at->file.first_entry + seq == entry)) {
        return ST_OK;
    }
    at->said = true;
    evidence_shelf_file_path(&at->sha256, path);
    return damaged(in, path, "its segments cannot be found",
                   "its entries are not those that the ledger has");
}

static enum status look_at_segment(struct inspect *in, const struct digest *sha256, uint64_t seq,
                                   uint64_t entry)
{
    CLEANUP(buf_fini) struct buf begin = BUF_INIT(LIMIT_REST_BYTES);
    struct evidence_rest r;
    struct fault why = {0};
    char path[SHELF_PATH_MAX];
    bool good;
    TRY(begin_file(in, sha256));
    if (in->at.gone) {
        in->n->gone++;
        return ST_OK;
    }
    TRY(check_place(in, seq, entry));
    evidence_shelf_segment_path(sha256, seq, path);
    enum status st = shelf_read_public(in->shelf, sha256, seq, true, &begin, &r, &why);
    st = st == ST_OK ? shelf_is_entry(in->shelf, &r, entry, &why) : st;
    if (st == ST_END) {
        (void)fault_whole(&why, ST_MISMATCH, "it is not what the ledger's entry says");
        st = ST_MISMATCH;
    }
    if (st != ST_OK) {
        return read_badly(in, path, records_lost, st, &why);
    }
    TRY(look_inside(in, path, seq, &good));
    in->n->here += good;
    in->n->records += good ? r.header.records : 0;
    return ST_OK;
}

/* --- declared networks ------------------------------------------------------------------- */

static enum status look_at_networks(struct inspect *in, struct bytes entry, const char *party,
                                    uint64_t number)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_HEADER_BYTES);
    CLEANUP(buf_fini) struct buf want = BUF_INIT(LIMIT_HEADER_BYTES);
    struct evidence_networks nets;
    struct fault why = {0};
    char path[SHELF_PATH_MAX];
    in->n->networks++;
    in->last_networks = number;
    evidence_shelf_networks_path(number, path);
    enum status st = ledger_files_read(in->shelf->files, path, &text, &why);
    st = st == ST_OK ? evidence_networks_parse(buf_bytes(&text), &nets, &why) : st;
    if (st == ST_OK) {
        TRY(evidence_networks_entry(in->shelf->engine, &nets, party, &want));
        st = bytes_equal(buf_bytes(&want), entry)
                 ? ST_OK
                 : fault_whole(&why, ST_MISMATCH, "it is not what the ledger's entry says");
    }
    return st == ST_OK
               ? ST_OK
               : read_badly(in, path, "which networks this entry declares cannot be shown any more",
                            st, &why);
}

/* The number of the last one: the next seal asks what is in force. */
static enum status look_at_current(struct inspect *in)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_HEADER_BYTES);
    struct fault why = {0};
    uint64_t number = 0;
    if (in->n->networks == 0) {
        return ST_OK;
    }
    enum status st = ledger_files_read(in->shelf->files, SHELF_CURRENT, &text, &why);
    struct cursor c = cursor_of(buf_bytes(&text));
    struct bytes line;
    bool good = st == ST_OK && ledger_line_next(&c, &line) == ST_OK && cursor_left(&c) == 0 &&
                ledger_line_number(line, &number) == ST_OK &&
                (number == in->last_networks ||
                 number >= in->shelf->entries->size); /* of a run that was stopped */
    if (st == ST_OK && !good) {
        st = fault_whole(&why, ST_MISMATCH, "it is not the number of the last declaration");
    }
    return st == ST_OK ? ST_OK
                       : read_badly(in, SHELF_CURRENT, "the next seal declares the networks again",
                                    st, &why);
}

/* --- the ledger ------------------------------------------------------------------------- */

/* "file/HEX", then the number. */
static bool parse_segment(struct cursor c, struct digest *ret, uint64_t *ret_seq)
{
    struct bytes sensor, seq;
    return ledger_line_next(&c, &sensor) == ST_OK && bytes_begin(sensor, BYTES_LITERAL("file/")) &&
           sensor.len == 5 + 2 * DIGEST_BYTES &&
           digest_parse(bytes_of(sensor.data + 5, 2 * DIGEST_BYTES), ret) == ST_OK &&
           ledger_line_next(&c, &seq) == ST_OK && ledger_line_number(seq, ret_seq) == ST_OK;
}

static enum status look_at_entry(struct inspect *in, struct bytes entry, uint64_t number)
{
    struct cursor c = cursor_of(entry);
    struct bytes first, name;
    struct digest sha256;
    char party[LEDGER_NAME_MAX + 1];
    uint64_t seq;
    if (ledger_line_next(&c, &first) != ST_OK) {
        return ST_OK;
    }
    if (bytes_equal(first, BYTES_LITERAL("exhibit-segment/v1")) &&
        parse_segment(c, &sha256, &seq)) {
        in->n->entries++;
        return look_at_segment(in, &sha256, seq, number);
    }
    if (bytes_equal(first, BYTES_LITERAL("exhibit-networks/v1")) &&
        ledger_line_next(&c, &name) == ST_OK && name.len < sizeof(party)) {
        memcpy(party, name.data, name.len);
        party[name.len] = '\0';
        return look_at_networks(in, entry, party, number);
    }
    return ST_OK;
}

static enum status look_at_all(struct inspect *in)
{
    CLEANUP(buf_fini) struct buf bundle = BUF_INIT(LEDGER_BUNDLE_MAX);
    struct ledger_reader *r = in->shelf->entries;
    uint64_t number = 0;
    for (uint64_t i = 0; i * LEDGER_TILE_WIDTH < r->size; i++) {
        struct bytes entry;
        buf_clear(&bundle);
        enum status st = ledger_reader_bundle(r, i, &bundle);
        if (st != ST_OK) {
            return fault_pass(in->why, st, &r->why);
        }
        struct cursor c = cursor_of(buf_bytes(&bundle));
        while (ledger_bundle_next(&c, &entry) == ST_OK) {
            if (in->how->stopped != NULL && in->how->stopped(in->how->ctx)) {
                return fault_number(in->why, ST_DENIED, "entry", number, "stopped before its end");
            }
            TRY(look_at_entry(in, entry, number++));
        }
    }
    return ST_OK;
}

enum status evidence_inspect_segments(const struct evidence_shelf *s,
                                      const struct evidence_inspect *how,
                                      struct evidence_inspected *ret, struct fault *why)
{
    struct inspect in = {.shelf = s, .how = how, .n = ret, .left = how->bytes, .why = why};
    *ret = (struct evidence_inspected){.entries = 0};
    in.at.sums = BUF_INIT(SHELF_SUMS_MAX);
    enum status st = look_at_all(&in);
    st = st == ST_OK ? end_file(&in) : st;
    st = st == ST_OK ? look_at_current(&in) : st;
    buf_fini(&in.at.sums);
    return st;
}
