/* exchange/talk/inspect.c - are the statements that a home keeps whole, and in its ledger? */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "evidence/home/public.h"
#include "exchange/talk/keeping.h"
#include "ledger/reader.h"

/* The entry is the one that this statement has to have. */
static enum status check_entry(const struct exchange_kept *k, struct ledger_reader *r,
                               struct fault *why)
{
    CLEANUP(buf_fini) struct buf want = BUF_INIT(256), have = BUF_INIT(LEDGER_ENTRY_MAX);
    if (!k->logged) {
        return fault_at(why, ST_MISMATCH, 0, "it is not in the ledger yet: take it in again");
    }
    TRY(exchange_entry_write(k->salt, &k->statement->hash, &want));
    enum status st = k->index < r->size ? ledger_reader_entry(r, k->index, &have) : ST_LIMIT;
    if (st == ST_NOMEM) {
        return st;
    }
    return st == ST_OK && bytes_equal(buf_bytes(&want), buf_bytes(&have))
               ? ST_OK
               : fault_at(why, ST_MISMATCH, k->index, "the ledger does not have it");
}

static enum status look_at(const struct evidence_home *h, const char *name, struct ledger_reader *r,
                           struct fault *why)
{
    CLEANUP(exchange_kept_freep) struct exchange_kept *k = NULL;
    struct digest hash;
    if (digest_parse(bytes_of(name, strlen(name)), &hash) != ST_OK) {
        return fault_at(why, ST_MALFORMED, 0, "it is no statement's name");
    }
    TRY(exchange_kept_get(h, &hash, &k, why));
    for (size_t i = 0; i < json_array_size(k->others); i++) {
        struct exchange_logged l;
        TRY(exchange_logged_read(json_array_get(k->others, i), &l, why));
    }
    return check_entry(k, r, why);
}

static enum status look_at_all(const struct evidence_home *h, DIR *dir,
                               const struct exchange_inspect *i, size_t *n, struct fault *why)
{
    CLEANUP(evidence_public_fini) struct evidence_public p = {.signer = NULL};
    CLEANUP(free_ptr) struct ledger_reader *r = NULL;
    TRY(evidence_public_read(&h->party, "log/", &p, why));
    TRY(ledger_reader_new(&h->party, "log/", p.checkpoint.size, &r));
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        struct fault one = {0};
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) {
            continue;
        }
        (*n)++;
        enum status st = look_at(h, e->d_name, r, &one);
        if (st == ST_NOMEM) {
            return st;
        }
        if (st != ST_OK) {
            i->damaged(i->ctx, e->d_name, st, &one);
        }
    }
    return ST_OK;
}

enum status exchange_kept_inspect(const struct evidence_home *h, const struct exchange_inspect *i,
                                  size_t *ret_n, struct fault *why)
{
    *ret_n = 0;
    int fd = openat(h->dir_fd, "talk/statement", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return errno == ENOENT ? ST_OK : fault_sys(why, errno, "opening the statements");
    }
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        (void)close(fd); /* only read from */
        return ST_NOMEM;
    }
    enum status st = look_at_all(h, dir, i, ret_n, why);
    (void)closedir(dir); /* only read from */
    return st;
}
