/* evidence/home/stamps.c - a folder for each stamped checkpoint. */
#include "evidence/home/stamps.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "evidence/home/parts.h"
#include "ledger/checkpoint.h"

static const char scratch[] = "time/new";

static void path_of(const struct evidence_stamped *s, const char *last, char out[LEDGER_PATH_MAX])
{
    (void)snprintf(out, LEDGER_PATH_MAX, "time/%s/%s", s->name, last);
}

static void response_path(const struct evidence_stamped *s, unsigned k, char out[LEDGER_PATH_MAX])
{
    char last[24];
    (void)snprintf(last, sizeof(last), "%u.tsr", k);
    path_of(s, last, out);
}

static enum status name_of(struct bytes checkpoint, struct evidence_stamped *ret, struct fault *why)
{
    struct ledger_note note;
    struct ledger_checkpoint c;
    struct digest d;
    char hex[DIGEST_TEXT_MAX];
    TRY(ledger_checkpoint_read(checkpoint, &note, &c, why));
    TRY(digest_sha256(checkpoint, &d));
    digest_format(&d, hex);
    ret->size = c.size;
    (void)snprintf(ret->name, sizeof(ret->name), "%" PRIu64 "-%.16s", c.size, hex);
    return ST_OK;
}

static enum status count(const struct evidence_home *h, struct evidence_stamped *s,
                         struct fault *why)
{
    char path[LEDGER_PATH_MAX];
    bool there = true;
    for (s->responses = 0; there; s->responses++) {
        if (s->responses > LIMIT_STAMPS) {
            return fault_limit(why, 0, "timestamps of a checkpoint", LIMIT_STAMPS);
        }
        response_path(s, s->responses, path);
        TRY(home_has(&h->party, path, &there, why));
    }
    s->responses--;
    return ST_OK;
}

static enum status make_time(const struct evidence_home *h, struct fault *why)
{
    int err = h->party.mkdir(h->party.ctx, "time");
    return err < 0 && err != -EEXIST ? fault_sys(why, -err, "mkdir") : ST_OK;
}

static enum status put(const struct evidence_home *h, const char *path, struct bytes content,
                       struct fault *why)
{
    struct ledger_writer w = {.files = &h->party, .scratch = scratch};
    TRY(make_time(h, why));
    TRY(ledger_writer_put(&w, path, content, why));
    return ledger_writer_sync(&w, why);
}

enum status evidence_stamps_keep(const struct evidence_home *h, struct bytes checkpoint,
                                 struct evidence_stamped *ret, struct fault *why)
{
    struct evidence_stamped s;
    char path[LEDGER_PATH_MAX];
    bool there = false;
    TRY(name_of(checkpoint, &s, why));
    path_of(&s, "checkpoint", path);
    TRY(home_has(&h->party, path, &there, why));
    if (!there) {
        TRY(put(h, path, checkpoint, why));
    }
    TRY(count(h, &s, why));
    *ret = s;
    return ST_OK;
}

enum status evidence_stamps_add(const struct evidence_home *h, struct evidence_stamped *s,
                                struct bytes response, struct fault *why)
{
    char path[LEDGER_PATH_MAX];
    for (unsigned k = 0; k < s->responses; k++) {
        CLEANUP(buf_fini) struct buf old = BUF_INIT(LIMIT_TIMESTAMP_BYTES);
        TRY(evidence_stamps_response(h, s, k, &old, why));
        if (bytes_equal(buf_bytes(&old), response)) {
            return ST_OK;
        }
    }
    if (s->responses >= LIMIT_STAMPS) {
        return fault_limit(why, 0, "timestamps of a checkpoint", LIMIT_STAMPS);
    }
    response_path(s, s->responses, path);
    TRY(put(h, path, response, why));
    s->responses++;
    return ST_OK;
}

/* --- listing -------------------------------------------------------------------- */

void evidence_stamps_fini(struct evidence_stamps *s)
{
    free(s->item);
    *s = (struct evidence_stamps){0};
}

static void free_dir(DIR **d)
{
    if (*d != NULL) {
        (void)closedir(*d); /* only read from */
    }
}

static int by_size(const void *a, const void *b)
{
    const struct evidence_stamped *x = a, *y = b;
    return x->size != y->size ? (x->size < y->size ? -1 : 1) : strcmp(x->name, y->name);
}

/* Is it a name that name_of makes? */
static bool parse_name(const char *name, struct evidence_stamped *ret)
{
    const char *dash = strchr(name, '-');
    if (dash == NULL || strlen(dash + 1) != 16 || strspn(dash + 1, "0123456789abcdef") != 16 ||
        strlen(name) >= sizeof(ret->name) ||
        ledger_line_number(bytes_of(name, (size_t)(dash - name)), &ret->size) != ST_OK) {
        return false;
    }
    memcpy(ret->name, name, strlen(name) + 1);
    return true;
}

static enum status add_item(struct evidence_stamps *s, size_t *cap,
                            const struct evidence_stamped *item)
{
    if (s->n == *cap) {
        size_t want = *cap != 0 ? *cap * 2 : 64;
        void *more = realloc(s->item, want * sizeof(*s->item));
        if (more == NULL) {
            return ST_NOMEM;
        }
        s->item = more;
        *cap = want;
    }
    s->item[s->n++] = *item;
    return ST_OK;
}

static enum status list(const struct evidence_home *h, DIR *dir, struct evidence_stamps *ret,
                        struct fault *why)
{
    size_t cap = 0;
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        struct evidence_stamped item;
        if (!parse_name(e->d_name, &item)) {
            continue; /* ".", "new" */
        }
        if (ret->n == LIMIT_STAMPED) {
            return fault_limit(why, 0, "stamped checkpoints", LIMIT_STAMPED);
        }
        TRY(count(h, &item, why));
        TRY(add_item(ret, &cap, &item));
    }
    if (ret->n > 0) {
        qsort(ret->item, ret->n, sizeof(*ret->item), by_size);
    }
    return ST_OK;
}

enum status evidence_stamps_list(const struct evidence_home *h, struct evidence_stamps *ret,
                                 struct fault *why)
{
    CLEANUP(evidence_stamps_fini) struct evidence_stamps s = {0};
    int fd =
        openat(h->dir_fd, "ledger/party/time", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno != ENOENT) {
        return fault_sys(why, errno, "opening the timestamps");
    }
    CLEANUP(free_dir) DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (fd >= 0 && dir == NULL) {
        (void)close(fd); /* only read from */
        return ST_NOMEM;
    }
    if (dir != NULL) {
        TRY(list(h, dir, &s, why));
    }
    *ret = s;
    s = (struct evidence_stamps){0};
    return ST_OK;
}

static enum status read_whole(const struct evidence_home *h, const char *path, struct buf *ret,
                              struct fault *why)
{
    enum status st = ledger_files_read(&h->party, path, ret, why);
    return st == ST_END ? fault_sys(why, ENOENT, "timestamp") : st;
}

enum status evidence_stamps_checkpoint(const struct evidence_home *h,
                                       const struct evidence_stamped *s, struct buf *ret,
                                       struct fault *why)
{
    char path[LEDGER_PATH_MAX];
    path_of(s, "checkpoint", path);
    return read_whole(h, path, ret, why);
}

enum status evidence_stamps_response(const struct evidence_home *h,
                                     const struct evidence_stamped *s, unsigned k, struct buf *ret,
                                     struct fault *why)
{
    char path[LEDGER_PATH_MAX];
    response_path(s, k, path);
    return read_whole(h, path, ret, why);
}
