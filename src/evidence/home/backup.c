/* evidence/home/backup.c - copying the opening key, and forgetting it. */
#include "evidence/home/backup.h"

#include <fcntl.h>

#include "base/core/limits.h"
#include "evidence/home/keyfile.h"
#include "evidence/home/parts.h"

enum status evidence_backup_write(const struct evidence_home *h, struct bytes passphrase,
                                  struct bytes new_passphrase,
                                  const struct evidence_lock_cost *cost, struct buf *out,
                                  struct fault *why)
{
    CLEANUP(evidence_secret_buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    CLEANUP(evidence_opening_key_fini) struct evidence_opening_key k;
    uint8_t seed[32];
    (void)buf_reserve(&text, LIMIT_KEY_FILE_BYTES); /* so that no copy stays behind */
    TRY(ledger_files_read(&h->files, "key/open", &text, why));
    if (new_passphrase.len == 0) {
        buf_append(out, text.data, text.len);
        return out->failed;
    }
    TRY(evidence_keyfile_opening(buf_bytes(&text), passphrase, &k, seed, why));
    enum status st = evidence_keyfile_open(seed, new_passphrase, cost, out, why);
    explicit_bzero(seed, sizeof(seed));
    return st;
}

enum status evidence_backup_forget(struct evidence_home *h, struct fault *why)
{
    const struct ledger_files *f = &h->files;
    int err = f->unlink(f->ctx, "key/open");
    if (err < 0) {
        return fault_sys(why, -err, "unlink");
    }
    h->open_here = h->open_locked = false;
    return home_sync(f, "key", why);
}
