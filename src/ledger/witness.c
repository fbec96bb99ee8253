/* ledger/witness.c - cosign what grew, refuse what did not. */
#include "ledger/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/core/hash.h"
#include "base/core/limits.h"
#include "ledger/proof.h"

enum { PATH_BYTES = 6 + DIGEST_TEXT_MAX };

struct request {
    uint64_t old;
    struct ledger_path proof;
    struct bytes file; /* the signed checkpoint */
    struct ledger_note note;
    struct ledger_checkpoint checkpoint;
};

enum status ledger_witness_init(struct ledger_witness *w, const struct ledger_files *files,
                                const struct ledger_signer *signer, const struct ledger_key *logs,
                                size_t log_count, struct fault *why)
{
    *w = (struct ledger_witness){files, signer, logs, log_count, -1};
    if (signer->key.type != LEDGER_KEY_COSIGN) {
        return fault_whole(why, ST_DENIED, "type of the witness's key");
    }
    int err = files->mkdir(files->ctx, "state");
    if (err < 0 && err != -EEXIST) {
        return fault_sys(why, -err, "mkdir");
    }
    int fd = files->open(files->ctx, "state/lock", O_RDWR | O_CREAT);
    if (fd < 0) {
        return fault_sys(why, -fd, "lock");
    }
    enum status st = ledger_files_lock(files, fd, why);
    if (st != ST_OK) {
        (void)files->close(files->ctx, fd); /* nothing was written */
        return st;
    }
    w->lock_fd = fd;
    return ST_OK;
}

void ledger_witness_fini(struct ledger_witness *w)
{
    if (w->lock_fd >= 0) {
        (void)w->files->close(w->files->ctx, w->lock_fd); /* nothing was written */
        w->lock_fd = -1;
    }
}

static enum status path_of(struct bytes origin, char out[PATH_BYTES])
{
    struct digest d;
    char hex[DIGEST_TEXT_MAX];
    TRY(digest_sha256(origin, &d));
    digest_format(&d, hex);
    (void)snprintf(out, PATH_BYTES, "state/%s", hex);
    return ST_OK;
}

enum status ledger_witness_newest(const struct ledger_witness *w, struct bytes origin,
                                  struct buf *out, struct fault *why)
{
    char path[PATH_BYTES];
    TRY(path_of(origin, path));
    return ledger_files_read(w->files, path, out, why);
}

static bool read_request(struct bytes in, struct request *r)
{
    static const struct bytes word = {(const uint8_t *)"old ", 4};
    struct cursor c = cursor_of(in);
    struct bytes line;
    if (ledger_line_next(&c, &line) != ST_OK || !bytes_begin(line, word) ||
        ledger_line_number(bytes_of(line.data + word.len, line.len - word.len), &r->old) != ST_OK ||
        ledger_path_read(&c, &r->proof, NULL) != ST_OK || r->proof.n > LEDGER_WITNESS_PROOF_MAX) {
        return false;
    }
    r->file = cursor_rest(&c);
    return ledger_checkpoint_read(r->file, &r->note, &r->checkpoint, NULL) == ST_OK;
}

/* The log's signature alone, so that what is kept does not grow by lines of
 * strangers. ST_MISMATCH and ST_DENIED as ledger_note_check. */
static enum status check_log(const struct ledger_witness *w, const struct request *r,
                             bool *ret_known, struct buf *kept)
{
    enum status answer = ST_DENIED;
    struct bytes origin = r->checkpoint.origin;
    buf_append(kept, r->note.text.data, r->note.text.len);
    buf_byte(kept, '\n');
    *ret_known = false;
    for (size_t i = 0; i < w->log_count; i++) {
        const struct ledger_key *k = &w->logs[i];
        struct ledger_signed seen;
        if (!bytes_equal(origin, bytes_of(k->name, strlen(k->name)))) {
            continue;
        }
        *ret_known = true;
        enum status st = ledger_note_check(&r->note, k, 1, &seen, NULL);
        if (st != ST_OK && st != ST_DENIED) {
            return st;
        }
        for (size_t n = 0; st == ST_OK && n < r->note.lines; n++) {
            const struct ledger_note_line *l = &r->note.line[n];
            if (l->id == k->id && bytes_equal(l->name, origin)) {
                buf_append(kept, l->line.data, l->line.len);
                break;
            }
        }
        answer = st == ST_OK ? st : answer;
    }
    return kept->failed != ST_OK ? kept->failed : answer;
}

/* What was cosigned last; size 0 when nothing was. It is our own file, and no
 * answer is better than a wrong one when it cannot be read. */
static enum status recall(const struct ledger_witness *w, struct bytes origin,
                          struct ledger_checkpoint *ret, struct fault *why)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(LIMIT_NOTE_BYTES);
    struct ledger_note note;
    struct ledger_signed seen;
    *ret = (struct ledger_checkpoint){.size = 0};
    TRY(ledger_tree_empty(&ret->root));
    enum status st = ledger_witness_newest(w, origin, &b, why);
    if (st == ST_END) {
        return ST_OK;
    }
    TRY(st);
    TRY(ledger_checkpoint_read(buf_bytes(&b), &note, ret, why));
    bool same = bytes_equal(ret->origin, origin);
    ret->origin = ret->extensions = (struct bytes){0}; /* they go with the buffer */
    if (!same) {
        return fault_whole(why, ST_MISMATCH, "origin");
    }
    return ledger_note_check(&note, &w->signer->key, 1, &seen, why);
}

static enum status grew(const struct ledger_checkpoint *old, const struct request *r)
{
    const struct ledger_checkpoint *c = &r->checkpoint;
    if (c->size == 0) {
        struct digest none;
        TRY(ledger_tree_empty(&none));
        if (memcmp(none.b, c->root.b, DIGEST_BYTES) != 0) {
            return ST_MISMATCH;
        }
    }
    return ledger_tree_check_growth(old->size, &old->root, c->size, &c->root, &r->proof);
}

/* The cosignature is made for the file and leaves only when that is durable. */
static enum status cosign(struct ledger_witness *w, const struct request *r, uint64_t now_s,
                          struct buf *kept, struct buf *body, struct fault *why)
{
    CLEANUP(buf_fini) struct buf line = BUF_INIT(LIMIT_NOTE_BYTES);
    struct ledger_writer writer = {.files = w->files, .scratch = "state/new"};
    char path[PATH_BYTES];
    TRY(ledger_note_sign(r->note.text, w->signer, now_s, &line));
    buf_append(kept, line.data, line.len);
    if (kept->failed != ST_OK || !buf_reserve(body, line.len)) {
        return kept->failed != ST_OK ? kept->failed : body->failed;
    }
    TRY(path_of(r->checkpoint.origin, path));
    TRY(ledger_writer_put(&writer, path, buf_bytes(kept), why));
    TRY(ledger_writer_sync(&writer, why));
    buf_append(body, line.data, line.len);
    return ST_OK;
}

static enum status answer(struct ledger_witness *w, struct request *r, uint64_t now_s,
                          enum ledger_witness_code *ret_code, struct buf *body, struct fault *why)
{
    CLEANUP(buf_fini) struct buf kept = BUF_INIT(LIMIT_NOTE_BYTES);
    struct ledger_checkpoint old;
    bool known = false;
    enum status st = check_log(w, r, &known, &kept);
    if (st == ST_DENIED || st == ST_MISMATCH) {
        *ret_code = known ? LEDGER_WITNESS_BAD_LOG : LEDGER_WITNESS_UNKNOWN;
        return ST_OK;
    }
    TRY(st);
    if (r->old > r->checkpoint.size) {
        *ret_code = LEDGER_WITNESS_BAD_REQUEST;
        return ST_OK;
    }
    TRY(recall(w, r->checkpoint.origin, &old, why));
    if (r->old != old.size) {
        *ret_code = LEDGER_WITNESS_OTHER_SIZE;
        buf_printf(body, "%llu\n", (unsigned long long)old.size);
        return body->failed;
    }
    st = grew(&old, r);
    if (st == ST_MISMATCH) {
        *ret_code = LEDGER_WITNESS_NO_PROOF;
        return ST_OK;
    }
    TRY(st);
    TRY(cosign(w, r, now_s, &kept, body, why));
    *ret_code = LEDGER_WITNESS_SIGNED;
    return ST_OK;
}

enum status ledger_witness_answer(struct ledger_witness *w, struct bytes request, uint64_t now_s,
                                  enum ledger_witness_code *ret_code, struct buf *body,
                                  struct fault *why)
{
    CLEANUP(free_ptr) struct request *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return ST_NOMEM;
    }
    if (!read_request(request, r)) {
        *ret_code = LEDGER_WITNESS_BAD_REQUEST;
        return ST_OK;
    }
    return answer(w, r, now_s, ret_code, body, why);
}

void ledger_witness_ask(uint64_t old_size, const struct ledger_path *proof, struct bytes checkpoint,
                        struct buf *out)
{
    buf_printf(out, "old %llu\n", (unsigned long long)old_size);
    ledger_path_write(proof, out);
    buf_byte(out, '\n');
    buf_append(out, checkpoint.data, checkpoint.len);
}

static bool has_line(const struct ledger_note *n, size_t lines, const struct ledger_note_line *l)
{
    for (size_t i = 0; i < lines; i++) {
        if (n->line[i].id == l->id && bytes_equal(n->line[i].name, l->name)) {
            return true;
        }
    }
    return false;
}

enum status ledger_witness_collect(struct bytes checkpoint, struct bytes lines,
                                   const struct ledger_key *witnesses, size_t count,
                                   struct buf *out, size_t *ret, struct fault *why)
{
    struct ledger_note have, more;
    struct ledger_checkpoint c;
    size_t added = 0;
    TRY(ledger_checkpoint_read(checkpoint, &have, &c, why));
    TRY(ledger_note_lines(lines, &more, why));
    buf_append(out, checkpoint.data, checkpoint.len);
    more.text = have.text;
    for (size_t i = 0; i < more.lines; i++) {
        struct ledger_note one = {.text = have.text, .lines = 1, .line = {more.line[i]}};
        bool known = false;
        for (size_t k = 0; k < count && !known; k++) {
            struct ledger_signed seen;
            enum status st = ledger_note_check(&one, &witnesses[k], 1, &seen, why);
            if (st != ST_OK && st != ST_DENIED) {
                return st;
            }
            known = st == ST_OK;
        }
        if (known && !has_line(&have, have.lines, &more.line[i]) &&
            !has_line(&more, i, &more.line[i]) && have.lines + added < LIMIT_NOTE_SIGNATURES) {
            buf_append(out, more.line[i].line.data, more.line[i].line.len);
            added++;
        }
    }
    if (out->failed != ST_OK) {
        return out->failed;
    }
    *ret = added;
    return ST_OK;
}
