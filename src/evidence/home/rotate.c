/* evidence/home/rotate.c - the promised key takes over.
 *
 * In this order, each durable before the next:
 *
 *   key/after         the key that will be promised
 *   an entry          of the ledger, signed by the old key: the new one, and the
 *                     hash of key/after
 *   the checkpoint    signed by the new key, too
 *   key/next -> key/sign, key/after -> key/next
 *
 * key/after says that this is under way; what is there of the rest says how far
 * it came. Nobody else writes to the ledger until it is gone.
 */
#include "evidence/home/home.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/core/limits.h"
#include "evidence/home/keyfile.h"
#include "evidence/home/parts.h"

struct rotation {
    struct evidence_home *home;
    struct home_lock lock;
    struct ledger_writer writer;
    struct ledger_signer old, next;
    struct ledger_key after;
};

static void rotation_fini(struct rotation *r)
{
    ledger_signer_fini(&r->old);
    ledger_signer_fini(&r->next);
}

static enum status read_signer(const struct rotation *r, const char *path,
                               struct ledger_signer *ret, struct fault *why)
{
    CLEANUP(evidence_secret_buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    (void)buf_reserve(&text, LIMIT_KEY_FILE_BYTES); /* so that no copy stays behind */
    enum status st = ledger_files_read(&r->home->files, path, &text, why);
    TRY(st == ST_END ? fault_sys(why, ENOENT, path) : st);
    return evidence_keyfile_signer(buf_bytes(&text), r->lock.passphrase, ret, why);
}

static enum status read_after(struct rotation *r, struct fault *why)
{
    CLEANUP(ledger_signer_fini) struct ledger_signer s;
    TRY(read_signer(r, "key/after", &s, why));
    r->after = s.key;
    return ST_OK;
}

static enum status make_after(struct rotation *r, struct fault *why)
{
    CLEANUP(ledger_signer_fini) struct ledger_signer s = {.key.id = 0};
    TRY(home_put_new_signer(&r->writer, "key/after", r->home->config.name, &r->lock, &s, why));
    r->after = s.key;
    return ledger_writer_sync(&r->writer, why);
}

/* The newest term tells whether the entry was committed. */
static enum status say_it(struct rotation *r, struct ledger_log *log, struct fault *why)
{
    CLEANUP(ledger_terms_fini) struct ledger_terms t = {0};
    const struct digest *next = &r->next.key.material;
    TRY(ledger_terms_read(&r->home->party, "log/", ledger_log_size(log), &t, why));
    const struct ledger_term *now = &t.term[t.n - 1];
    if (memcmp(&now->key.material, next, sizeof(*next)) == 0) {
        return ST_OK;
    }
    if (memcmp(&now->next, next, sizeof(*next)) != 0) {
        return fault_number(why, ST_MISMATCH, "entry", now->entry,
                            "key/next is not the promised key");
    }
    return home_add_succession(log, &r->next.key, &r->after, why);
}

/* A ledger that is held, or that somebody writes to, is known before anything is
 * begun that would have to be finished. */
static enum status hand_over(struct rotation *r, bool under_way, struct fault *why)
{
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    TRY(ledger_log_open(&r->home->party, &r->old, &log, why));
    if (ledger_log_held(log)) {
        return fault_whole(why, ST_DENIED, "ledger is held");
    }
    TRY(under_way ? read_after(r, why) : make_after(r, why));
    TRY(say_it(r, log, why));
    return ledger_log_hand_over(log, &r->next, why);
}

static enum status rename_key(struct rotation *r, const char *from, const char *to,
                              struct fault *why)
{
    const struct ledger_files *f = &r->home->files;
    int err = f->rename(f->ctx, from, to);
    if (err < 0) {
        return fault_sys(why, -err, "rename");
    }
    return home_sync(f, "key", why);
}

/* Without key/next it has become key/sign: one rename is left. */
static enum status advance(struct rotation *r, bool under_way, struct fault *why)
{
    bool next = false;
    TRY(home_has(&r->home->files, "key/next", &next, why));
    if (next) {
        TRY(read_signer(r, "key/sign", &r->old, why));
        TRY(read_signer(r, "key/next", &r->next, why));
        TRY(hand_over(r, under_way, why));
        TRY(rename_key(r, "key/next", "key/sign", why));
    } else {
        TRY(read_signer(r, "key/sign", &r->next, why));
        TRY(read_after(r, why));
    }
    return rename_key(r, "key/after", "key/next", why);
}

static enum status rotate(struct evidence_home *h, const struct home_lock *lock, bool *ret_finished,
                          struct fault *why)
{
    CLEANUP(rotation_fini)
    struct rotation r = {
        .home = h, .lock = *lock, .writer = {.files = &h->files, .scratch = "key/new"}};
    bool under_way = false;
    TRY(home_has(&h->files, "key/after", &under_way, why));
    TRY(advance(&r, under_way, why));
    h->signer = r.next;
    h->next = r.after.material;
    h->unlocked = true;
    *ret_finished = under_way;
    return ST_OK;
}

enum status evidence_home_rotate(struct evidence_home *h, struct bytes passphrase,
                                 const struct evidence_lock_cost *cost, bool *ret_finished,
                                 struct fault *why)
{
    const struct home_lock lock = {passphrase, *cost};
    int fd = -1;
    TRY(home_take(&h->files, &fd, why));
    enum status st = rotate(h, &lock, ret_finished, why);
    home_give(&h->files, fd);
    return st;
}
