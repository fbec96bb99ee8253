/* evidence/rest/shelf.c - finding and loading what is sealed. */
#include "evidence/rest/shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "evidence/rest/shelf_parts.h"
#include "ledger/checkpoint.h"

void evidence_shelf_segment_path(const struct digest *sha256, uint64_t seq,
                                 char out[SHELF_PATH_MAX])
{
    char hex[DIGEST_TEXT_MAX];
    digest_format(sha256, hex);
    (void)snprintf(out, SHELF_PATH_MAX, "segment/file/%s/%" PRIu64 ".seg", hex, seq);
}

void evidence_shelf_file_path(const struct digest *sha256, char out[SHELF_PATH_MAX])
{
    char hex[DIGEST_TEXT_MAX];
    digest_format(sha256, hex);
    (void)snprintf(out, SHELF_PATH_MAX, "segment/file/%s/file", hex);
}

void evidence_shelf_networks_path(uint64_t entry, char out[SHELF_PATH_MAX])
{
    (void)snprintf(out, SHELF_PATH_MAX, "segment/networks/%" PRIu64, entry);
}

/* --- sums ------------------------------------------------------------------------- */

void shelf_sums_path(const struct digest *sha256, char out[SHELF_PATH_MAX])
{
    char hex[DIGEST_TEXT_MAX];
    digest_format(sha256, hex);
    (void)snprintf(out, SHELF_PATH_MAX, "segment/file/%s/SHA256SUMS", hex);
}

void shelf_sums_add(struct buf *sums, const struct digest *of, uint64_t seq)
{
    char hex[DIGEST_TEXT_MAX];
    digest_format(of, hex);
    if (seq == SHELF_SUM_FILE) {
        buf_printf(sums, "%s  file\n", hex);
    } else {
        buf_printf(sums, "%s  %" PRIu64 ".seg\n", hex, seq);
    }
}

enum status shelf_sums_next(struct cursor *sums, uint64_t seq, struct digest *ret)
{
    CLEANUP(buf_fini) struct buf want = BUF_INIT(SHELF_SUM_LINE_MAX);
    struct bytes line;
    struct digest d;
    TRY(ledger_line_next(sums, &line));
    if (line.len < DIGEST_TEXT_MAX || digest_parse(bytes_of(line.data, 64), &d) != ST_OK) {
        return ST_MALFORMED;
    }
    shelf_sums_add(&want, &d, seq);
    TRY(want.failed);
    if (!bytes_equal(line, bytes_of(want.data, want.len - 1))) {
        return ST_MALFORMED;
    }
    *ret = d;
    return ST_OK;
}

/* --- opening ---------------------------------------------------------------------- */

enum status evidence_shelf_open(const struct evidence_engine *e, const struct ledger_files *home,
                                int home_fd, const struct ledger_files *party,
                                struct evidence_shelf *ret, struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_NOTE_BYTES);
    struct ledger_note note;
    struct ledger_checkpoint c;
    struct evidence_shelf s = {.engine = e, .files = home, .home_fd = home_fd};
    enum status st = ledger_files_read(party, "state/checkpoint", &text, why);
    if (st != ST_OK) {
        return st == ST_END ? fault_whole(why, ST_MISMATCH, "the ledger is not there") : st;
    }
    TRY(ledger_checkpoint_read(buf_bytes(&text), &note, &c, why));
    TRY(ledger_reader_new(party, "log/", c.size, &s.entries));
    *ret = s;
    return ST_OK;
}

void evidence_shelf_fini(struct evidence_shelf *s)
{
    free(s->entries);
    s->entries = NULL;
}

/* --- which files ------------------------------------------------------------------ */

/* The first bytes of a file, at most `max`; ST_END when there is none. */
static enum status read_begin(const struct ledger_files *f, const char *path, size_t max,
                              struct buf *out, struct fault *why)
{
    int fd = f->open(f->ctx, path, O_RDONLY | O_NONBLOCK);
    if (fd < 0) {
        return fd == -ENOENT ? ST_END : fault_sys(why, -fd, "opening a segment");
    }
    enum status st = ST_OK;
    while (st == ST_OK && out->len < max) {
        size_t want = max - out->len < 65536 ? max - out->len : 65536;
        if (!buf_reserve(out, want)) {
            st = out->failed;
            break;
        }
        ssize_t got = f->read(f->ctx, fd, out->data + out->len, want);
        if (got == -EINTR) {
            continue;
        }
        if (got <= 0) {
            st = got < 0 ? fault_sys(why, (int)-got, "reading a segment") : ST_OK;
            break;
        }
        out->len += (size_t)got;
    }
    (void)f->close(f->ctx, fd); /* nothing was written */
    return st;
}

enum status shelf_read_public(const struct evidence_shelf *s, const struct digest *sha256,
                              uint64_t seq, bool leaves, struct buf *out, struct evidence_rest *ret,
                              struct fault *why)
{
    char path[SHELF_PATH_MAX];
    uint64_t need;
    evidence_shelf_segment_path(sha256, seq, path);
    buf_clear(out);
    enum status st = read_begin(s->files, path, REST_BEGIN_MAX, out, why);
    if (st != ST_OK) {
        return st == ST_END ? fault_number(why, ST_MISMATCH, "segment", seq, "a segment is missing")
                            : st;
    }
    TRY(evidence_rest_peek(s->engine, buf_bytes(out), ret, &need, why));
    if (!leaves || need <= out->len) {
        return ST_OK;
    }
    buf_clear(out);
    TRY(read_begin(s->files, path, (size_t)need, out, why));
    TRY(evidence_rest_peek(s->engine, buf_bytes(out), ret, &need, why));
    return need <= out->len ? ST_OK : fault_at(why, ST_SHORT, out->len, "remotes");
}

enum status shelf_is_entry(const struct evidence_shelf *s, const struct evidence_rest *r,
                           uint64_t entry, struct fault *why)
{
    CLEANUP(buf_fini) struct buf want = BUF_INIT(LIMIT_HEADER_BYTES);
    CLEANUP(buf_fini) struct buf have = BUF_INIT(LIMIT_HEADER_BYTES);
    TRY(evidence_rest_entry(s->engine, r, &want));
    enum status st = ledger_reader_entry(s->entries, entry, &have);
    if (st == ST_LIMIT) { /* longer than any of ours */
        return ST_END;
    }
    if (st != ST_OK) {
        return fault_pass(why, st, &s->entries->why);
    }
    return bytes_equal(buf_bytes(&want), buf_bytes(&have)) ? ST_OK : ST_END;
}

/* Does the ledger have the segment's entry where it should be? ST_END: no. */
static enum status check_entry(const struct evidence_shelf *s, const struct evidence_file *f,
                               const struct evidence_rest *r, uint64_t seq, struct fault *why)
{
    if (seq >= f->segments || f->first_entry + seq >= s->entries->size) {
        return ST_END;
    }
    return shelf_is_entry(s, r, f->first_entry + seq, why);
}

enum status evidence_shelf_file(const struct evidence_shelf *s, const struct digest *sha256,
                                struct evidence_file *ret, struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_HEADER_BYTES);
    CLEANUP(buf_fini) struct buf begin = BUF_INIT(LIMIT_REST_BYTES);
    struct evidence_file f;
    struct evidence_rest r;
    char path[SHELF_PATH_MAX];
    evidence_shelf_file_path(sha256, path);
    TRY(ledger_files_read(s->files, path, &text, why)); /* ST_END: no such file */
    TRY(evidence_file_parse(buf_bytes(&text), &f, why));
    if (memcmp(&f.sha256, sha256, sizeof(*sha256)) != 0) {
        return fault_whole(why, ST_MISMATCH, "a sealed file under another's name");
    }
    if (f.segments == 0 || f.segments > LIMIT_FILE_SEGMENTS || f.first_entry >= s->entries->size) {
        return ST_END;
    }
    enum status st = shelf_read_public(s, &f.sha256, 0, false, &begin, &r, why);
    if (st != ST_OK) {
        return st == ST_MISMATCH ? ST_END : st; /* its segments were being replaced */
    }
    TRY(check_entry(s, &f, &r, 0, why));
    *ret = f;
    return ST_OK;
}

static int by_name(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct digest));
}

/* Names of folders that are hashes. */
static enum status list_names(const struct evidence_shelf *s, struct buf *ret, struct fault *why)
{
    int fd = openat(s->home_fd, "segment/file", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return errno == ENOENT ? ST_OK : fault_sys(why, errno, "segment/file");
    }
    DIR *d = fdopendir(fd);
    if (d == NULL) {
        (void)close(fd); /* only a place to look from */
        return ST_NOMEM;
    }
    for (const struct dirent *x = readdir(d); x != NULL; x = readdir(d)) {
        struct digest sha256;
        if (digest_parse(bytes_of(x->d_name, strlen(x->d_name)), &sha256) == ST_OK) {
            buf_append(ret, sha256.b, sizeof(sha256.b));
        }
    }
    (void)closedir(d); /* only a place to look from */
    if (ret->len > 0) {
        qsort(ret->data, ret->len / sizeof(struct digest), sizeof(struct digest), by_name);
    }
    return ret->failed;
}

enum status evidence_shelf_files(const struct evidence_shelf *s, evidence_shelf_file_do *each,
                                 void *ctx, struct fault *why)
{
    CLEANUP(buf_fini) struct buf names = BUF_INIT(LIMIT_SEALED_FILES * sizeof(struct digest));
    TRY(list_names(s, &names, why));
    for (size_t at = 0; at < names.len; at += sizeof(struct digest)) {
        struct digest sha256;
        struct evidence_file f;
        memcpy(sha256.b, names.data + at, sizeof(sha256.b));
        enum status st = evidence_shelf_file(s, &sha256, &f, why);
        if (st == ST_END) {
            continue;
        }
        TRY(st);
        TRY(each(ctx, &f));
    }
    return ST_OK;
}

/* --- which segments --------------------------------------------------------------- */

static enum status look_at(const struct evidence_shelf *s, const struct evidence_file *f,
                           uint64_t seq, const struct evidence_sought *what, struct buf *begin,
                           struct evidence_at_rest *ret, struct evidence_rest *r, struct fault *why)
{
    *ret = (struct evidence_at_rest){.file = f, .seq = seq, .entry = f->first_entry + seq};
    TRY(shelf_read_public(s, &f->sha256, seq, false, begin, r, why));
    if (r->header.seq != seq) {
        return fault_number(why, ST_MISMATCH, "segment", seq, "number of a segment");
    }
    if (r->header.to_ns <= what->from_ns || r->header.from_ns >= what->to_ns) {
        return ST_END;
    }
    if (what->remotes != NULL) {
        TRY(shelf_read_public(s, &f->sha256, seq, true, begin, r, why));
        ret->records = evidence_rest_count(r, what->remotes);
        if (ret->records == 0) {
            return ST_END;
        }
    }
    enum status st = check_entry(s, f, r, seq, why);
    ret->rest = r;
    return st == ST_END
               ? fault_number(why, ST_MISMATCH, "segment", seq, "a segment is not in the ledger")
               : st;
}

enum status evidence_shelf_find(const struct evidence_shelf *s, const struct evidence_file *f,
                                const struct evidence_sought *what, evidence_shelf_do *each,
                                void *ctx, struct fault *why)
{
    CLEANUP(buf_fini) struct buf begin = BUF_INIT(LIMIT_REST_BYTES);
    for (uint64_t seq = 0; seq < f->segments; seq++) {
        struct evidence_at_rest at;
        struct evidence_rest r;
        enum status st = look_at(s, f, seq, what, &begin, &at, &r, why);
        if (st == ST_END) {
            continue;
        }
        TRY(st);
        TRY(each(ctx, &at));
    }
    return ST_OK;
}

enum status evidence_shelf_load(const struct evidence_shelf *s, const struct evidence_file *f,
                                uint64_t seq, const struct evidence_opening_key *key, uint64_t seed,
                                struct evidence_segment **ret, struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_REST_BYTES);
    struct evidence_rest r;
    char path[SHELF_PATH_MAX], sensor[LEDGER_NAME_MAX + 1];
    evidence_shelf_segment_path(&f->sha256, seq, path);
    evidence_file_sensor(&f->sha256, sensor);
    enum status st = ledger_files_read(s->files, path, &text, why);
    if (st != ST_OK) {
        return st == ST_END ? fault_number(why, ST_MISMATCH, "segment", seq, "a segment is missing")
                            : st;
    }
    TRY(evidence_rest_read(s->engine, buf_bytes(&text), &r, why));
    if (r.header.seq != seq || strcmp(r.header.sensor, sensor) != 0) {
        return fault_number(why, ST_MISMATCH, "segment", seq, "number of a segment");
    }
    st = check_entry(s, f, &r, seq, why);
    if (st != ST_OK) {
        return st == ST_END ? fault_number(why, ST_MISMATCH, "segment", seq,
                                           "a segment is not in the ledger")
                            : st;
    }
    return evidence_rest_open(s->engine, &r, key, seed, ret, why);
}

enum status evidence_shelf_networks(const struct evidence_shelf *s, const struct evidence_file *f,
                                    struct evidence_networks *ret, struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_HEADER_BYTES);
    char path[SHELF_PATH_MAX];
    if (!f->declared) {
        return ST_END;
    }
    evidence_shelf_networks_path(f->networks_entry, path);
    TRY(ledger_files_read(s->files, path, &text, why));
    return evidence_networks_parse(buf_bytes(&text), ret, why);
}
