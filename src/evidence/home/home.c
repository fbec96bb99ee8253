/* evidence/home/home.c - opening a home, and what it holds. */
#include "evidence/home/home.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "base/os/file.h"
#include "base/os/random.h"
#include "evidence/home/keyfile.h"
#include "evidence/home/parts.h"

void evidence_home_free(struct evidence_home *h)
{
    if (h == NULL) {
        return;
    }
    ledger_signer_fini(&h->signer);
    if (h->dir_fd >= 0) {
        (void)close(h->dir_fd); /* only a place to look from */
    }
    free(h);
}

void evidence_home_freep(struct evidence_home **h)
{
    evidence_home_free(*h);
}

static enum status read_config(struct evidence_home *h, struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_CONFIG_BYTES);
    TRY(ledger_files_read(&h->files, "config.json", &text, why)); /* ST_END: no home */
    return evidence_config_parse(buf_bytes(&text), &h->config, why);
}

/* A file that a home must have. */
static enum status read_key(const struct evidence_home *h, const char *path, struct buf *text,
                            struct fault *why)
{
    (void)buf_reserve(text, LIMIT_KEY_FILE_BYTES); /* so that no copy stays behind */
    enum status st = ledger_files_read(&h->files, path, text, why);
    return st == ST_END ? fault_sys(why, ENOENT, path) : st;
}

static enum status read_public(const struct evidence_home *h, const char *path,
                               struct ledger_key *ret, bool *ret_locked, struct fault *why)
{
    CLEANUP(evidence_secret_buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    TRY(read_key(h, path, &text, why));
    enum status st = evidence_keyfile_sign_public(buf_bytes(&text), ret, ret_locked, why);
    if (st != ST_OK) {
        return fault_whole(why, st, path); /* which file helps more than which part */
    }
    return strcmp(ret->name, h->config.name) == 0
               ? ST_OK
               : fault_whole(why, ST_MISMATCH, "name of the signing key, or in config.json");
}

/* While keys change, key/next may have become key/sign already. */
static enum status read_next(struct evidence_home *h, struct fault *why)
{
    struct ledger_key next;
    bool locked;
    bool here = false;
    TRY(home_has(&h->files, "key/after", &here, why));
    const char *path = here ? "key/after" : "key/next";
    TRY(home_has(&h->files, "key/next", &here, why));
    TRY(read_public(h, here ? "key/next" : path, &next, &locked, why));
    h->next = next.material;
    return ST_OK;
}

static enum status read_opening(struct evidence_home *h, struct fault *why)
{
    CLEANUP(evidence_secret_buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    static const char pub[] = "key/open.pub";
    TRY(read_key(h, pub, &text, why));
    enum status st = evidence_keyfile_open_public(buf_bytes(&text), h->open_pub, why);
    if (st != ST_OK) {
        return fault_whole(why, st, pub);
    }
    buf_clear(&text);
    st = ledger_files_read(&h->files, "key/open", &text, why);
    h->open_here = st == ST_OK;
    h->open_locked = h->open_here && evidence_locked_is(buf_bytes(&text));
    return st == ST_END ? ST_OK : st;
}

enum status home_load(struct evidence_home *h, struct fault *why)
{
    h->party_at = (struct ledger_below){&h->files, "ledger/party/"};
    h->party = ledger_files_below(&h->party_at);
    TRY(read_config(h, why));
    TRY(read_public(h, "key/sign", &h->signer.key, &h->locked, why));
    TRY(read_next(h, why));
    return read_opening(h, why);
}

enum status evidence_home_open(const char *path, struct evidence_home **ret, struct fault *why)
{
    CLEANUP(evidence_home_freep) struct evidence_home *h = calloc(1, sizeof(*h));
    if (h == NULL) {
        return ST_NOMEM;
    }
    h->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (h->dir_fd < 0) {
        return errno == ENOENT ? ST_END : fault_sys(why, errno, "opening the home");
    }
    if (snprintf(h->path, sizeof(h->path), "%s", path) >= (int)sizeof(h->path)) {
        return fault_limit(why, 0, "path of the home", PATH_MAX);
    }
    h->files = ledger_files_private_at(&h->dir_fd);
    TRY(home_load(h, why));
    *ret = TAKE(h);
    return ST_OK;
}

enum status evidence_home_unlock(struct evidence_home *h, struct bytes passphrase,
                                 struct fault *why)
{
    CLEANUP(evidence_secret_buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    CLEANUP(ledger_signer_fini) struct ledger_signer s = {.key.id = 0};
    TRY(read_key(h, "key/sign", &text, why));
    TRY(evidence_keyfile_signer(buf_bytes(&text), passphrase, &s, why));
    if (memcmp(&s.key.material, &h->signer.key.material, sizeof(s.key.material)) != 0 ||
        strcmp(s.key.name, h->signer.key.name) != 0) {
        return fault_whole(why, ST_MISMATCH, "signing key has changed");
    }
    h->signer = s;
    h->unlocked = true;
    return ST_OK;
}

/* The keys were read before the ledger was ours alone: a change of keys in between
 * leaves a key that a checkpoint has on it, but that signs nothing more. */
static enum status check_term(const struct evidence_home *h, const struct ledger_log *log,
                              struct fault *why)
{
    CLEANUP(ledger_terms_fini) struct ledger_terms t = {0};
    TRY(ledger_terms_read(&h->party, "log/", ledger_log_size(log), &t, why));
    const struct digest *now = &t.term[t.n - 1].key.material;
    bool ours = memcmp(now, &h->signer.key.material, sizeof(*now)) == 0;
    return ours ? ST_OK
                : fault_whole(why, ST_DENIED, "the keys were changed a moment ago: do it again");
}

enum status evidence_home_settled(const struct evidence_home *h, struct fault *why)
{
    bool changing = false;
    TRY(home_has(&h->files, "key/after", &changing, why));
    return changing
               ? fault_whole(why, ST_DENIED,
                             "a change of keys was interrupted: exhibit key rotate finishes it")
               : ST_OK;
}

enum status evidence_home_ledger(struct evidence_home *h, struct ledger_log **ret,
                                 struct fault *why)
{
    TRY(evidence_home_settled(h, why));
    if (!h->unlocked) {
        return fault_whole(why, ST_DENIED, "the signing key is under a passphrase");
    }
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    enum status st = ledger_log_open(&h->party, &h->signer, &log, why);
    if (st != ST_OK) {
        return st == ST_END ? fault_whole(why, ST_MISMATCH, "the ledger is not there") : st;
    }
    TRY(check_term(h, log, why));
    *ret = TAKE(log);
    return ST_OK;
}

/* --- the opening key ------------------------------------------------------------ */

static enum status read_opening_file(const struct evidence_home *h, const char *file,
                                     struct buf *text, struct fault *why)
{
    (void)buf_reserve(text, LIMIT_KEY_FILE_BYTES); /* so that no copy stays behind */
    return file != NULL ? file_read(file, text, why)
                        : ledger_files_read(&h->files, "key/open", text, why);
}

enum status evidence_home_opening_key(const struct evidence_home *h, const char *file,
                                      struct bytes passphrase, struct evidence_opening_key *ret,
                                      struct fault *why)
{
    CLEANUP(evidence_secret_buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    CLEANUP(evidence_opening_key_fini) struct evidence_opening_key k;
    TRY(read_opening_file(h, file, &text, why));
    TRY(evidence_keyfile_opening(buf_bytes(&text), passphrase, &k, NULL, why));
    if (memcmp(k.pub, h->open_pub, sizeof(k.pub)) != 0) {
        return fault_whole(why, ST_MISMATCH, "opening key of another home");
    }
    *ret = k;
    return ST_OK;
}

enum status evidence_home_opening_locked(const struct evidence_home *h, const char *file, bool *ret,
                                         struct fault *why)
{
    CLEANUP(evidence_secret_buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    TRY(read_opening_file(h, file, &text, why));
    *ret = evidence_locked_is(buf_bytes(&text));
    return ST_OK;
}

/* --- epochs --------------------------------------------------------------------- */

void evidence_epoch_id(uint64_t epoch, uint8_t ret[EVIDENCE_ID_BYTES])
{
    memset(ret, 0, EVIDENCE_ID_BYTES);
    store_be64(ret + 8, epoch);
}

/* epoch/N, epoch/N.1, epoch/N.2 ... */
static void epoch_path(uint64_t epoch, unsigned part, char out[LEDGER_PATH_MAX])
{
    (void)snprintf(out, LEDGER_PATH_MAX, part == 0 ? "epoch/%" PRIu64 : "epoch/%" PRIu64 ".%u",
                   epoch, part);
}

/* The first one that the key opens; ST_END: there is none, and *part is free. */
static enum status find_epoch(const struct evidence_home *h, uint64_t epoch,
                              const struct evidence_opening_key *key, unsigned *part,
                              struct evidence_secret *ret, struct evidence_box *ret_box,
                              struct fault *why)
{
    uint8_t id[EVIDENCE_ID_BYTES];
    char path[LEDGER_PATH_MAX];
    evidence_epoch_id(epoch, id);
    for (*part = 0; *part < LIMIT_EPOCH_KEYS; (*part)++) {
        CLEANUP(buf_fini) struct buf text = BUF_INIT(sizeof(struct evidence_box));
        epoch_path(epoch, *part, path);
        TRY(ledger_files_read(&h->files, path, &text, why));
        if (text.len != sizeof(*ret_box)) {
            return fault_whole(why, ST_MALFORMED, "key of an epoch");
        }
        if (key != NULL) {
            memcpy(ret_box, text.data, sizeof(*ret_box));
            enum status st = evidence_box_open(ret_box, id, key, ret);
            return st == ST_OK ? ST_OK : fault_whole(why, st, "key of an epoch");
        }
    }
    return fault_limit(why, 0, "keys of an epoch", LIMIT_EPOCH_KEYS);
}

static enum status new_epoch(const struct evidence_home *h, uint64_t epoch, unsigned part,
                             struct evidence_secret *ret, struct evidence_box *ret_box,
                             struct fault *why)
{
    struct ledger_writer w = {.files = &h->files, .scratch = "epoch/new"};
    uint8_t id[EVIDENCE_ID_BYTES], fresh[32];
    char path[LEDGER_PATH_MAX];
    int err = h->files.mkdir(h->files.ctx, "epoch");
    if (err < 0 && err != -EEXIST) {
        return fault_sys(why, -err, "mkdir");
    }
    evidence_epoch_id(epoch, id);
    epoch_path(epoch, part, path);
    TRY(random_bytes(ret->b, sizeof(ret->b)));
    TRY(random_bytes(fresh, sizeof(fresh)));
    TRY(evidence_box_seal(ret, id, h->open_pub, fresh, ret_box));
    TRY(ledger_writer_put(&w, path, bytes_of(ret_box->b, sizeof(ret_box->b)), why));
    return ledger_writer_sync(&w, why);
}

enum status evidence_home_epoch(const struct evidence_home *h, uint64_t epoch,
                                const struct evidence_opening_key *key, struct evidence_secret *ret,
                                struct evidence_box *ret_box, struct fault *why)
{
    struct evidence_secret secret;
    struct evidence_box box;
    unsigned part;
    enum status st = find_epoch(h, epoch, key, &part, &secret, &box, why);
    if (st == ST_END) {
        st = new_epoch(h, epoch, part, &secret, &box, why);
    }
    if (st == ST_OK) {
        *ret = secret;
        if (ret_box != NULL) {
            *ret_box = box;
        }
    }
    evidence_secret_fini(&secret);
    return st;
}
