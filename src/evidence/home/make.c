/* evidence/home/make.c - a home is made in new/ and then moved into place.
 *
 * config.json is moved last: with it there is a home, without it there is none.
 * It is written last, too, so that new/config.json says that new/ is whole.
 */
#include "evidence/home/home.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/os/random.h"
#include "evidence/home/keyfile.h"
#include "evidence/home/parts.h"
#include "ledger/tile.h"

/* What may be in new/, folders behind their files. */
static const char *const made_files[] = {
    "key/sign",
    "key/next",
    "key/open",
    "key/open.pub",
    "ledger/party/log/tile/entries/000.p/1",
    "ledger/party/log/tile/0/000.p/1",
    "ledger/party/log/checkpoint",
    "ledger/party/state/checkpoint",
    "ledger/party/state/lock",
    "ledger/party/state/new",
    "config.json",
    "beside",
};
static const char *const made_dirs[] = {
    "ledger/party/log/tile/entries/000.p",
    "ledger/party/log/tile/entries",
    "ledger/party/log/tile/0/000.p",
    "ledger/party/log/tile/0",
    "ledger/party/log/tile",
    "ledger/party/log",
    "ledger/party/state",
    "ledger/party",
    "ledger",
    "key",
};

/* What is moved, in this order. */
static const char *const moved[] = {"key", "ledger", "config.json"};

enum status home_has(const struct ledger_files *f, const char *path, bool *ret, struct fault *why)
{
    int fd = f->open(f->ctx, path, O_RDONLY | O_NONBLOCK);
    if (fd < 0 && fd != -ENOENT) {
        return fault_sys(why, -fd, "open");
    }
    if (fd >= 0) {
        (void)f->close(f->ctx, fd); /* nothing was written */
    }
    *ret = fd >= 0;
    return ST_OK;
}

static enum status gone(int err, struct fault *why, const char *field)
{
    return err < 0 && err != -ENOENT ? fault_sys(why, -err, field) : ST_OK;
}

/* config.json goes first: then new/ no longer says that it is whole. */
static enum status clear(const struct ledger_files *made, struct fault *why)
{
    TRY(gone(made->unlink(made->ctx, "config.json"), why, "unlink"));
    for (size_t i = 0; i < ARRAY_LEN(made_files); i++) {
        TRY(gone(made->unlink(made->ctx, made_files[i]), why, "unlink"));
    }
    for (size_t i = 0; i < ARRAY_LEN(made_dirs); i++) {
        TRY(gone(made->rmdir(made->ctx, made_dirs[i]), why, "rmdir"));
    }
    return ST_OK;
}

static enum status draw_signer(const char *name, struct ledger_signer *ret)
{
    uint8_t seed[LEDGER_KEY_BYTES];
    TRY(random_bytes(seed, sizeof(seed)));
    enum status st = ledger_signer_make(bytes_of(name, strlen(name)), LEDGER_KEY_SIGN, seed, ret);
    explicit_bzero(seed, sizeof(seed));
    return st;
}

enum status home_put_signer(struct ledger_writer *w, const char *path,
                            const struct ledger_signer *s, const struct home_lock *lock,
                            struct fault *why)
{
    CLEANUP(evidence_secret_buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    (void)buf_reserve(&text, LIMIT_KEY_FILE_BYTES); /* so that no copy stays behind */
    TRY(evidence_keyfile_sign(s, lock->passphrase, &lock->cost, &text, why));
    return ledger_writer_put(w, path, buf_bytes(&text), why);
}

enum status home_put_new_signer(struct ledger_writer *w, const char *path, const char *name,
                                const struct home_lock *lock, struct ledger_signer *ret,
                                struct fault *why)
{
    TRY(draw_signer(name, ret));
    return home_put_signer(w, path, ret, lock, why);
}

static enum status put_opening(struct ledger_writer *w, const struct home_lock *lock,
                               struct fault *why)
{
    CLEANUP(evidence_secret_buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    CLEANUP(evidence_opening_key_fini) struct evidence_opening_key k;
    uint8_t seed[32];
    TRY(random_bytes(seed, sizeof(seed)));
    (void)buf_reserve(&text, LIMIT_KEY_FILE_BYTES); /* as above */
    evidence_opening_key_make(seed, &k);
    enum status st = evidence_keyfile_open(seed, lock->passphrase, &lock->cost, &text, why);
    explicit_bzero(seed, sizeof(seed));
    TRY(st);
    TRY(ledger_writer_put(w, "key/open", buf_bytes(&text), why));
    buf_clear(&text);
    evidence_keyfile_open_pub(k.pub, &text);
    TRY(text.failed);
    return ledger_writer_put(w, "key/open.pub", buf_bytes(&text), why);
}

enum status home_add_succession(struct ledger_log *log, const struct ledger_key *key,
                                const struct ledger_key *next, struct fault *why)
{
    CLEANUP(buf_fini) struct buf entry = BUF_INIT(LEDGER_ENTRY_MAX);
    struct ledger_succession s = {.key = *key, .next = next->material};
    uint64_t number = 0;
    ledger_succession_write(&s, &entry);
    TRY(entry.failed);
    TRY(ledger_log_add(log, buf_bytes(&entry), &number, why));
    return ledger_log_commit(log, why);
}

enum status home_sync(const struct ledger_files *f, const char *path, struct fault *why)
{
    int fd = f->open(f->ctx, path, O_RDONLY | O_DIRECTORY);
    if (fd < 0) {
        return fault_sys(why, -fd, "open");
    }
    int err = f->fsync(f->ctx, fd);
    (void)f->close(f->ctx, fd); /* nothing was written */
    return err < 0 ? fault_sys(why, -err, "fsync") : ST_OK;
}

static enum status make_dirs(const struct ledger_files *f, struct fault *why)
{
    static const char *const dirs[] = {"key", "ledger", "ledger/party"};
    for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
        int err = f->mkdir(f->ctx, dirs[i]);
        if (err < 0) {
            return fault_sys(why, -err, "mkdir");
        }
    }
    return home_sync(f, "ledger", why); /* the others are synced by who writes in them */
}

static enum status put_ledger(const struct ledger_files *made, const struct ledger_signer *signer,
                              const struct ledger_signer *next, struct fault *why)
{
    struct ledger_below at = {made, "ledger/party/"};
    struct ledger_files files = ledger_files_below(&at);
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    TRY(ledger_log_make(&files, signer, &log, why));
    return home_add_succession(log, &signer->key, &next->key, why);
}

static enum status put_config(struct ledger_writer *w, const struct evidence_config *c,
                              struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_CONFIG_BYTES);
    evidence_config_write(c, &text);
    TRY(text.failed);
    TRY(ledger_writer_sync(w, why)); /* all else, before the file that says so */
    TRY(ledger_writer_put(w, "config.json", buf_bytes(&text), why));
    return ledger_writer_sync(w, why);
}

static enum status fill(const struct ledger_files *made, const struct evidence_home_plan *plan,
                        struct fault *why)
{
    struct home_lock lock = {plan->passphrase, plan->cost};
    struct ledger_writer w = {.files = made, .scratch = "beside"};
    CLEANUP(ledger_signer_fini) struct ledger_signer signer = {.key.id = 0};
    CLEANUP(ledger_signer_fini) struct ledger_signer next = {.key.id = 0};
    TRY(make_dirs(made, why));
    TRY(home_put_new_signer(&w, "key/sign", plan->config.name, &lock, &signer, why));
    TRY(home_put_new_signer(&w, "key/next", plan->config.name, &lock, &next, why));
    TRY(put_opening(&w, &lock, why));
    TRY(put_ledger(made, &signer, &next, why));
    return put_config(&w, &plan->config, why);
}

/* Those that were moved before are no longer in new/. Each is durable before the
 * next, so config.json never stands alone. */
static enum status move(const struct ledger_files *f, const struct ledger_files *made,
                        struct fault *why)
{
    for (size_t i = 0; i < ARRAY_LEN(moved); i++) {
        char from[32] = "new/";
        bool here = false, there = false;
        TRY(home_has(made, moved[i], &here, why));
        TRY(home_has(f, moved[i], &there, why));
        if (!here && !there) {
            return fault_whole(why, ST_DENIED, "an interrupted init has lost files here");
        }
        int err = here ? f->rename(f->ctx, strcat(from, moved[i]), moved[i]) : 0;
        if (err < 0) {
            return fault_sys(why, -err, "rename");
        }
        TRY(home_sync(f, ".", why));
    }
    (void)f->rmdir(f->ctx, "new"); /* an empty folder does no harm */
    return ST_OK;
}

/* What is there already decides. *ret_finish: only moving is left. */
static enum status look(const struct ledger_files *f, const struct ledger_files *made,
                        bool *ret_finish, struct fault *why)
{
    bool config = false, key = false, ledger = false, whole = false;
    TRY(home_has(f, "config.json", &config, why));
    TRY(home_has(f, "key", &key, why));
    TRY(home_has(f, "ledger", &ledger, why));
    TRY(home_has(made, "config.json", &whole, why));
    if (config) {
        return fault_whole(why, ST_DENIED, "there is a home already");
    }
    *ret_finish = key && whole; /* nothing is made where keys are */
    if (!*ret_finish && (key || ledger)) {
        return fault_whole(why, ST_DENIED, "keys or a ledger without config.json are there");
    }
    return ST_OK;
}

/* An attempt under another name is not finished under this one. */
static enum status same_name(const struct ledger_files *made, const struct evidence_home_plan *plan,
                             struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_CONFIG_BYTES);
    CLEANUP(free_ptr) struct evidence_config *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return ST_NOMEM;
    }
    TRY(ledger_files_read(made, "config.json", &text, why));
    TRY(evidence_config_parse(buf_bytes(&text), c, why));
    return strcmp(c->name, plan->config.name) == 0
               ? ST_OK
               : fault_whole(why, ST_DENIED, "a home of another name was begun here");
}

static enum status make(const struct ledger_files *f, const struct evidence_home_plan *plan,
                        bool *ret_finished, struct fault *why)
{
    const struct ledger_below at = {f, "new/"};
    const struct ledger_files made = ledger_files_below(&at);
    TRY(look(f, &made, ret_finished, why));
    if (*ret_finished) {
        TRY(same_name(&made, plan, why));
        return move(f, &made, why);
    }
    int err = f->mkdir(f->ctx, "new");
    if (err < 0 && err != -EEXIST) {
        return fault_sys(why, -err, "mkdir");
    }
    TRY(clear(&made, why));
    TRY(fill(&made, plan, why));
    return move(f, &made, why);
}

enum status home_take(const struct ledger_files *f, int *ret, struct fault *why)
{
    int fd = f->open(f->ctx, ".", O_RDONLY | O_DIRECTORY);
    if (fd < 0) {
        return fault_sys(why, -fd, "open");
    }
    enum status st = ledger_files_lock(f, fd, why);
    if (st != ST_OK) {
        home_give(f, fd);
        return st;
    }
    *ret = fd;
    return ST_OK;
}

void home_give(const struct ledger_files *f, int fd)
{
    (void)f->close(f->ctx, fd); /* nothing was written */
}

enum status evidence_home_make(const struct ledger_files *files,
                               const struct evidence_home_plan *plan, bool *ret_finished,
                               struct fault *why)
{
    bool finished = false;
    int fd = -1;
    TRY(home_take(files, &fd, why));
    enum status st = make(files, plan, &finished, why);
    home_give(files, fd);
    if (st == ST_OK) {
        *ret_finished = finished;
    }
    return st;
}
