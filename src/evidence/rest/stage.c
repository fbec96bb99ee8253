/* evidence/rest/stage.c - segments onto the shelf, and their entries into the ledger. */
#include "evidence/rest/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "evidence/rest/shelf_parts.h"
#include "ledger/checkpoint.h"

static const char lock_path[] = "segment/lock";

struct evidence_stage {
    struct evidence_shelf *shelf;
    struct ledger_writer writer;
    int lock_fd; /* < 0: not held */
    bool begun;
    struct evidence_file file;
    struct digest prev; /* hash of the last header */
    struct buf entries; /* of this file: length u32 | entry */
    struct buf sums;    /* of its segments */
};

static enum status take_lock(struct evidence_stage *s, struct fault *why)
{
    const struct ledger_files *f = s->shelf->files;
    int err = f->mkdir(f->ctx, "segment");
    if (err < 0 && err != -EEXIST) {
        return fault_sys(why, -err, "mkdir");
    }
    s->lock_fd = f->open(f->ctx, lock_path, O_RDWR | O_CREAT);
    if (s->lock_fd < 0) {
        return fault_sys(why, -s->lock_fd, "lock");
    }
    return ledger_files_lock(f, s->lock_fd, why);
}

enum status evidence_stage_open(struct evidence_shelf *shelf, struct evidence_stage **ret,
                                struct fault *why)
{
    CLEANUP(evidence_stage_freep) struct evidence_stage *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return ST_NOMEM;
    }
    s->shelf = shelf;
    s->writer = (struct ledger_writer){.files = shelf->files, .scratch = "segment/new"};
    s->lock_fd = -1;
    s->entries = BUF_INIT(LIMIT_LEDGER_PENDING_BYTES);
    s->sums = BUF_INIT(SHELF_SUMS_MAX);
    TRY(take_lock(s, why));
    *ret = TAKE(s);
    return ST_OK;
}

void evidence_stage_free(struct evidence_stage *s)
{
    if (s == NULL) {
        return;
    }
    if (s->lock_fd >= 0) {
        (void)s->shelf->files->close(s->shelf->files->ctx, s->lock_fd); /* ends the lock */
    }
    buf_fini(&s->entries);
    buf_fini(&s->sums);
    free(s);
}

void evidence_stage_freep(struct evidence_stage **s)
{
    evidence_stage_free(*s);
}

enum status evidence_stage_begin(struct evidence_stage *s, const struct evidence_file *f,
                                 struct fault *why)
{
    struct evidence_file have;
    enum status st = evidence_shelf_file(s->shelf, &f->sha256, &have, why);
    if (st != ST_END) {
        return st == ST_OK ? fault_whole(why, ST_DENIED, "sealed already") : st;
    }
    s->file = *f;
    s->file.segments = s->file.records = 0;
    s->prev = (struct digest){{0}};
    s->begun = true;
    buf_clear(&s->entries);
    buf_clear(&s->sums);
    return ST_OK;
}

/* What the reader made of a hostile file is not believed either. */
static enum status check_segment(const struct evidence_stage *s, const struct evidence_rest *r,
                                 struct fault *why)
{
    const struct evidence_header *h = &r->header;
    char sensor[LEDGER_NAME_MAX + 1];
    evidence_file_sensor(&s->file.sha256, sensor);
    if (strcmp(h->sensor, sensor) != 0 || h->kind != s->file.kind || h->seq != s->file.segments) {
        return fault_number(why, ST_MISMATCH, "segment", h->seq, "segment of another file");
    }
    return memcmp(&h->prev, &s->prev, sizeof(s->prev)) == 0
               ? ST_OK
               : fault_number(why, ST_MISMATCH, "segment", h->seq, "hash of the segment before");
}

/* Nobody can tell without the opening key whether the private half is as it was
 * written, but by this. */
static enum status add_sum(struct evidence_stage *s, struct bytes file, uint64_t seq)
{
    struct digest sum;
    sha256x_parts(s->shelf->engine->sha, &file, 1, &sum);
    shelf_sums_add(&s->sums, &sum, seq);
    return s->sums.failed;
}

enum status evidence_stage_put(struct evidence_stage *s, struct bytes segment, struct fault *why)
{
    struct evidence_rest r;
    char path[SHELF_PATH_MAX];
    CLEANUP(buf_fini) struct buf entry = BUF_INIT(LIMIT_HEADER_BYTES);
    if (!s->begun) {
        return fault_whole(why, ST_DENIED, "no file is being sealed");
    }
    if (s->file.segments == LIMIT_FILE_SEGMENTS) {
        return fault_limit(why, 0, "segments of a file", LIMIT_FILE_SEGMENTS);
    }
    TRY(evidence_rest_read(s->shelf->engine, segment, &r, why));
    TRY(check_segment(s, &r, why));
    TRY(evidence_rest_entry(s->shelf->engine, &r, &entry));
    evidence_shelf_segment_path(&s->file.sha256, s->file.segments, path);
    TRY(ledger_writer_put(&s->writer, path, segment, why));
    buf_be32(&s->entries, (uint32_t)entry.len);
    buf_append(&s->entries, entry.data, entry.len);
    TRY(s->entries.failed);
    TRY(add_sum(s, segment, s->file.segments));
    s->file.segments++;
    s->file.records += r.header.records;
    s->prev = r.hash;
    return ST_OK;
}

void evidence_stage_packed(struct evidence_stage *s, const struct digest *content)
{
    s->file.packed = true;
    s->file.content = *content;
}

uint64_t evidence_stage_segments(const struct evidence_stage *s)
{
    return s->file.segments;
}

/* --- into the ledger ---------------------------------------------------------------- */

/* The declaration in force: its number, and what it says. ST_END: none, or it is
 * damaged (doctor tells), and a new one does no harm. It was written before its entry
 * was, so the entry decides. */
static enum status networks_in_force(struct evidence_stage *s, uint64_t *ret_entry,
                                     struct evidence_networks *ret, const char *party,
                                     struct fault *why)
{
    const struct evidence_shelf *shelf = s->shelf;
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_HEADER_BYTES);
    CLEANUP(buf_fini) struct buf want = BUF_INIT(LIMIT_HEADER_BYTES);
    CLEANUP(buf_fini) struct buf have = BUF_INIT(LIMIT_HEADER_BYTES);
    char path[SHELF_PATH_MAX];
    TRY(ledger_files_read(shelf->files, SHELF_CURRENT, &text, why));
    struct bytes line = {text.data, text.len > 0 ? text.len - 1 : 0};
    if (ledger_line_number(line, ret_entry) != ST_OK) {
        return ST_END;
    }
    evidence_shelf_networks_path(*ret_entry, path);
    buf_clear(&text);
    TRY(ledger_files_read(shelf->files, path, &text, why));
    enum status st = evidence_networks_parse(buf_bytes(&text), ret, why);
    if (st != ST_OK) {
        return st == ST_NOMEM ? st : ST_END;
    }
    TRY(evidence_networks_entry(shelf->engine, ret, party, &want));
    st = ledger_reader_entry(shelf->entries, *ret_entry, &have);
    if (st == ST_NOMEM || st == ST_SYS) {
        return st;
    }
    bool same = st == ST_OK && bytes_equal(buf_bytes(&want), buf_bytes(&have));
    return same ? ST_OK : ST_END;
}

/* Those of this file: the entry in force, or a new one, whose text is put down
 * and whose bytes are appended to `entry`. */
static enum status declare(struct evidence_stage *s, const struct evidence_networks *declared,
                           uint64_t next, struct buf *entry, const char *party, struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_HEADER_BYTES);
    struct evidence_networks have;
    uint64_t number = 0;
    char path[SHELF_PATH_MAX], line[32];
    s->file.declared = declared != NULL;
    if (declared == NULL) {
        return ST_OK;
    }
    enum status st = networks_in_force(s, &number, &have, party, why);
    if (st != ST_END) {
        TRY(st);
        if (evidence_networks_equal(&have, declared)) {
            s->file.networks_entry = number;
            return ST_OK;
        }
    }
    s->file.networks_entry = next;
    evidence_networks_write(declared, &text);
    TRY(text.failed);
    TRY(evidence_networks_entry(s->shelf->engine, declared, party, entry));
    evidence_shelf_networks_path(next, path);
    TRY(ledger_writer_put(&s->writer, path, buf_bytes(&text), why));
    int n = snprintf(line, sizeof(line), "%" PRIu64 "\n", next);
    return ledger_writer_put(&s->writer, SHELF_CURRENT, bytes_of(line, (size_t)n), why);
}

static enum status add_entries(const struct evidence_stage *s, struct ledger_log *log,
                               struct bytes networks, struct fault *why)
{
    struct cursor c = cursor_of(buf_bytes(&s->entries));
    uint64_t number;
    if (networks.len > 0) {
        TRY(ledger_log_add(log, networks, &number, why));
    }
    for (uint64_t i = 0; i < s->file.segments; i++) {
        struct bytes entry = cursor_take(&c, cursor_be32(&c));
        TRY(ledger_log_add(log, entry, &number, why));
        if (number != s->file.first_entry + i) {
            return fault_number(why, ST_DENIED, "entry", number,
                                "entries of somebody else are pending");
        }
    }
    return ST_OK;
}

/* What an earlier attempt left beyond this file's end. */
static void sweep(const struct evidence_stage *s)
{
    const struct ledger_files *f = s->shelf->files;
    char path[SHELF_PATH_MAX];
    for (uint64_t i = s->file.segments;; i++) {
        evidence_shelf_segment_path(&s->file.sha256, i, path);
        if (f->unlink(f->ctx, path) < 0) {
            return;
        }
    }
}

static enum status refresh(struct evidence_shelf *shelf, uint64_t size)
{
    struct ledger_reader *r = NULL;
    TRY(ledger_reader_new(shelf->entries->files, shelf->entries->prefix, size, &r));
    free(shelf->entries);
    shelf->entries = r;
    return ST_OK;
}

enum status evidence_stage_commit(struct evidence_stage *s, struct ledger_log *log,
                                  const char *party, const struct evidence_networks *declared,
                                  struct evidence_file *ret, struct fault *why)
{
    CLEANUP(buf_fini) struct buf networks = BUF_INIT(LIMIT_HEADER_BYTES);
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_HEADER_BYTES);
    char path[SHELF_PATH_MAX];
    uint64_t next = ledger_log_size(log);
    if (!s->begun || s->file.segments == 0) {
        return fault_whole(why, ST_DENIED, "nothing to seal");
    }
    TRY(refresh(s->shelf, next));
    TRY(declare(s, declared, next, &networks, party, why));
    s->file.first_entry = next + (networks.len > 0 ? 1 : 0);
    evidence_file_write(&s->file, &text);
    TRY(text.failed);
    TRY(add_sum(s, buf_bytes(&text), SHELF_SUM_FILE));
    shelf_sums_path(&s->file.sha256, path);
    TRY(ledger_writer_put(&s->writer, path, buf_bytes(&s->sums), why));
    evidence_shelf_file_path(&s->file.sha256, path);
    TRY(ledger_writer_put(&s->writer, path, buf_bytes(&text), why));
    TRY(ledger_writer_sync(&s->writer, why));
    TRY(add_entries(s, log, buf_bytes(&networks), why));
    TRY(ledger_log_commit(log, why));
    s->begun = false;
    sweep(s);
    *ret = s->file;
    return refresh(s->shelf, ledger_log_size(log));
}
