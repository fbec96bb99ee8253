/* evidence/home/inspect.c - keys of epochs, and timestamps. */
#include "evidence/home/inspect.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "evidence/home/stamps.h"
#include "ledger/checkpoint.h"
#include "ledger/timestamp.h"

static enum status damaged(const struct evidence_inspect *how, const char *path, const char *lost,
                           enum status st, const struct fault *why)
{
    struct evidence_damage d = {.lost = lost};
    if (st == ST_OK || st == ST_NOMEM) {
        return st;
    }
    (void)snprintf(d.path, sizeof(d.path), "%s", path);
    (void)fault_text(st, why, d.what, sizeof(d.what));
    return how->damaged(how->ctx, &d);
}

/* --- epochs ----------------------------------------------------------------------------- */

/* "20780", "20780.1". */
static bool parse_epoch(const char *name, uint64_t *ret)
{
    const char *dot = strchr(name, '.');
    size_t n = dot != NULL ? (size_t)(dot - name) : strlen(name);
    uint64_t part = 1;
    return ledger_line_number(bytes_of(name, n), ret) == ST_OK &&
           (dot == NULL ||
            (ledger_line_number(bytes_of(dot + 1, strlen(dot + 1)), &part) == ST_OK && part > 0));
}

static enum status open_epoch(const struct evidence_home *h, const struct evidence_inspect *how,
                              const char *path, uint64_t epoch, struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(sizeof(struct evidence_box));
    struct evidence_box box;
    struct evidence_secret secret = {.b = {0}};
    uint8_t id[EVIDENCE_ID_BYTES];
    TRY(ledger_files_read(&h->files, path, &text, why));
    if (text.len != sizeof(box)) {
        return fault_whole(why, ST_MALFORMED, "its length");
    }
    if (how->key == NULL) {
        return ST_OK;
    }
    memcpy(&box, text.data, sizeof(box));
    evidence_epoch_id(epoch, id);
    enum status st = evidence_box_open(&box, id, how->key, &secret);
    evidence_secret_fini(&secret);
    return st == ST_OK ? st : fault_whole(why, st, "the opening key does not open it");
}

static enum status look_at_epoch(const struct evidence_home *h, const struct evidence_inspect *how,
                                 const char *name, uint64_t *ret_n)
{
    struct fault why = {0};
    char path[LEDGER_PATH_MAX];
    uint64_t epoch;
    if (strlen(name) > 32 || !parse_epoch(name, &epoch)) {
        return ST_OK; /* ".", "new" */
    }
    (*ret_n)++;
    (void)snprintf(path, sizeof(path), "epoch/%s", name);
    enum status st = open_epoch(h, how, path, epoch, &why);
    return damaged(how, path,
                   "nothing more of that day can be sealed until it is moved away; "
                   "what was sealed can be shown",
                   st, &why);
}

enum status evidence_inspect_epochs(const struct evidence_home *h,
                                    const struct evidence_inspect *how, uint64_t *ret_n,
                                    struct fault *why)
{
    int fd = openat(h->dir_fd, "epoch", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    *ret_n = 0;
    if (fd < 0) {
        return errno == ENOENT ? ST_OK : fault_sys(why, errno, "epoch");
    }
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        (void)close(fd); /* only a place to look from */
        return ST_NOMEM;
    }
    enum status st = ST_OK;
    for (const struct dirent *e = readdir(dir); st == ST_OK && e != NULL; e = readdir(dir)) {
        st = look_at_epoch(h, how, e->d_name, ret_n);
    }
    (void)closedir(dir); /* only a place to look from */
    return st;
}

/* --- timestamps ------------------------------------------------------------------------- */

static enum status check_stamped(const struct evidence_home *h, const struct evidence_stamped *s,
                                 struct ledger_reader *entries, struct buf *text, struct fault *why)
{
    struct ledger_note note;
    struct ledger_checkpoint c;
    struct digest root, sum;
    char hex[DIGEST_TEXT_MAX];
    struct ledger_hashes src = ledger_reader_hashes(entries);
    TRY(evidence_stamps_checkpoint(h, s, text, why));
    TRY(digest_sha256(buf_bytes(text), &sum));
    digest_format(&sum, hex);
    if (strncmp(strchr(s->name, '-') + 1, hex, 16) != 0) {
        return fault_whole(why, ST_MISMATCH, "its name is of other bytes");
    }
    TRY(ledger_checkpoint_read(buf_bytes(text), &note, &c, why));
    if (c.size != s->size || c.size > entries->size) {
        return fault_whole(why, ST_MISMATCH, "a size that this ledger does not have");
    }
    TRY(ledger_tree_root_of(&src, c.size, &root));
    return memcmp(&root, &c.root, sizeof(root)) == 0
               ? ST_OK
               : fault_whole(why, ST_MISMATCH, "its root is not this ledger's");
}

static enum status check_response(const struct evidence_home *h, const struct evidence_stamped *s,
                                  unsigned k, struct bytes stamped, struct fault *why)
{
    CLEANUP(buf_fini) struct buf response = BUF_INIT(LIMIT_TIMESTAMP_BYTES);
    TRY(evidence_stamps_response(h, s, k, &response, why));
    return ledger_timestamp_whole(buf_bytes(&response), stamped, why);
}

static enum status look_at_stamped(const struct evidence_home *h,
                                   const struct evidence_inspect *how,
                                   struct ledger_reader *entries, const struct evidence_stamped *s)
{
    static const char lost[] = "it dates nothing any more";
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_NOTE_BYTES);
    struct fault why = {0};
    char path[EVIDENCE_DAMAGE_PATH_MAX];
    enum status st = check_stamped(h, s, entries, &text, &why);
    (void)snprintf(path, sizeof(path), "ledger/party/time/%s/checkpoint", s->name);
    if (st != ST_OK) {
        return damaged(how, path, lost, st, &why);
    }
    for (unsigned k = 0; k < s->responses; k++) {
        st = check_response(h, s, k, buf_bytes(&text), &why);
        (void)snprintf(path, sizeof(path), "ledger/party/time/%s/%u.tsr", s->name, k);
        TRY(damaged(how, path, lost, st, &why));
    }
    return ST_OK;
}

enum status evidence_inspect_stamps(const struct evidence_home *h,
                                    const struct evidence_inspect *how,
                                    struct ledger_reader *entries, uint64_t *ret_n,
                                    struct fault *why)
{
    CLEANUP(evidence_stamps_fini) struct evidence_stamps all = {0};
    *ret_n = 0;
    TRY(evidence_stamps_list(h, &all, why));
    for (size_t i = 0; i < all.n; i++) {
        TRY(look_at_stamped(h, how, entries, &all.item[i]));
        *ret_n += all.item[i].responses;
    }
    return ST_OK;
}
