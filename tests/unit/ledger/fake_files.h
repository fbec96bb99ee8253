/* tests/unit/ledger/fake_files.h - files in memory that fail as disks do.
 *
 * Everything exists twice: as the running system sees it, and as it would be
 * after a loss of power. fsync of a file makes its content durable, fsync of a
 * directory its names; everything else may survive or not, each by itself,
 * and content that was not synced may survive in part.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "ledger/files.h"
#include "ledger/material.h"

enum { FAKE_INODES = 2048, FAKE_NAMES = 512, FAKE_FDS = 16, FAKE_NAME_MAX = 80 };

enum fake_failure {
    FAKE_NEVER,
    FAKE_ERROR, /* one operation fails, the next ones work */
    FAKE_STOP,  /* the process ends inside one operation */
    FAKE_FULL,  /* no space from then on */
};

enum fake_outcome { FAKE_STRICT, FAKE_LUCKY, FAKE_RANDOM };

struct fake_content {
    uint8_t *data;
    size_t len;
};

struct fake_inode {
    bool dir, lost; /* lost: a failed fsync has dropped what was not on disk */
    struct fake_content now, durable;
};

struct fake_name {
    int parent, inode; /* inode < 0: free */
    char name[FAKE_NAME_MAX];
};

struct fake {
    struct fake_inode inode[FAKE_INODES];
    int inodes;
    struct fake_name now[FAKE_NAMES], durable[FAKE_NAMES];
    struct {
        int inode; /* < 0: free */
        size_t pos;
    } fd[FAKE_FDS];
    unsigned step, fail_at; /* the fail_at-th changing operation fails */
    enum fake_failure failure;
    bool variant; /* a failing operation did its work all the same */
    bool stopped, full, failed;
    const char *watch; /* contents that were ever visible under this path ... */
    void (*seen)(void *ctx, struct bytes content); /* ... are told */
    void *seen_ctx;
};

static void fake_copy(struct fake_content *to, const struct fake_content *from, size_t n)
{
    if (to == from) {
        return;
    }
    free(to->data);
    to->data = malloc(n + 1);
    CHECK(to->data != NULL);
    to->len = n;
    if (n > 0 && to->data != NULL) {
        memcpy(to->data, from->data, n);
    }
}

static void fake_reset_fds(struct fake *f)
{
    for (int i = 0; i < FAKE_FDS; i++) {
        f->fd[i].inode = -1;
    }
}

static void fake_clear(struct fake *f)
{
    for (int i = 0; i < f->inodes; i++) {
        free(f->inode[i].now.data);
        free(f->inode[i].durable.data);
    }
    memset(f, 0, sizeof(*f));
    for (int i = 0; i < FAKE_NAMES; i++) {
        f->now[i].inode = f->durable[i].inode = -1;
    }
    fake_reset_fds(f);
    f->inode[0].dir = true; /* the root, durable from the beginning */
    f->inodes = 1;
}

static struct fake_name *fake_find(struct fake_name *list, int parent, const char *name)
{
    for (int i = 0; i < FAKE_NAMES; i++) {
        if (list[i].inode >= 0 && list[i].parent == parent && strcmp(list[i].name, name) == 0) {
            return &list[i];
        }
    }
    return NULL;
}

static void fake_set(struct fake_name *list, int parent, const char *name, int inode)
{
    struct fake_name *n = fake_find(list, parent, name);
    for (int i = 0; n == NULL && inode >= 0 && i < FAKE_NAMES; i++) {
        n = list[i].inode < 0 ? &list[i] : NULL;
    }
    if (n == NULL) {
        CHECK(inode < 0); /* else the fake is too small */
        return;
    }
    n->parent = parent;
    n->inode = inode;
    (void)snprintf(n->name, sizeof(n->name), "%s", name);
}

/* The directory that a path ends in (< 0: none) and its last part. */
static int fake_walk(struct fake *f, const char *path, char last[FAKE_NAME_MAX])
{
    int at = 0;
    for (;;) {
        size_t n = strcspn(path, "/");
        CHECK(n > 0 && n < FAKE_NAME_MAX);
        memcpy(last, path, n);
        last[n] = '\0';
        if (path[n] == '\0') {
            return at;
        }
        struct fake_name *e = fake_find(f->now, at, last);
        if (e == NULL || !f->inode[e->inode].dir) {
            return -1;
        }
        at = e->inode;
        path += n + 1;
    }
}

static int fake_new(struct fake *f, bool dir)
{
    CHECK(f->inodes < FAKE_INODES);
    f->inode[f->inodes] = (struct fake_inode){.dir = dir};
    return f->inodes++;
}

/* Count a changing operation: 0, or what it must answer. *work: do it first. */
static int fake_step(struct fake *f, bool needs_space, bool *work)
{
    *work = true;
    f->step++;
    if (f->failure != FAKE_NEVER && f->step == f->fail_at) {
        f->failed = true;
        f->full = f->failure == FAKE_FULL;
        f->stopped = f->failure == FAKE_STOP;
        if (f->failure != FAKE_FULL) {
            *work = f->variant;
            return -EIO;
        }
    }
    if (f->full && needs_space) {
        *work = false;
        return -ENOSPC;
    }
    return 0;
}

static int fake_open(void *ctx, const char *path, int flags)
{
    struct fake *f = ctx;
    char last[FAKE_NAME_MAX];
    if (f->stopped) {
        return -EIO;
    }
    bool root = strcmp(path, ".") == 0, work = true;
    int parent = root ? 0 : fake_walk(f, path, last);
    struct fake_name *e = root || parent < 0 ? NULL : fake_find(f->now, parent, last);
    int inode = root ? 0 : e != NULL ? e->inode : -1;
    if (inode >= 0 && (flags & O_EXCL) != 0) {
        return -EEXIST;
    }
    if (inode < 0 && ((flags & O_CREAT) == 0 || parent < 0)) {
        return -ENOENT;
    }
    if (inode < 0) {
        int err = fake_step(f, true, &work);
        if (work) {
            inode = fake_new(f, false);
            fake_set(f->now, parent, last, inode);
        }
        if (err < 0) {
            return err;
        }
    }
    for (int i = 0; i < FAKE_FDS; i++) {
        if (f->fd[i].inode < 0) {
            f->fd[i].inode = inode;
            f->fd[i].pos = 0;
            return i;
        }
    }
    return -EMFILE;
}

static ssize_t fake_read(void *ctx, int fd, void *data, size_t n)
{
    struct fake *f = ctx;
    if (f->stopped) {
        return -EIO;
    }
    struct fake_content *c = &f->inode[f->fd[fd].inode].now;
    size_t left = c->len - f->fd[fd].pos;
    n = n < left ? n : left;
    if (n > 0) {
        memcpy(data, c->data + f->fd[fd].pos, n);
        f->fd[fd].pos += n;
    }
    return (ssize_t)n;
}

static ssize_t fake_write(void *ctx, int fd, const void *data, size_t n)
{
    struct fake *f = ctx;
    bool work = true;
    if (f->stopped) {
        return -EIO;
    }
    int err = fake_step(f, true, &work);
    /* Torn: some of it is there, whatever the answer. Else at most 4096 a call. */
    size_t put = err < 0 || !work ? n / 2 : n < 4096 ? n : 4096;
    struct fake_content *c = &f->inode[f->fd[fd].inode].now;
    c->data = realloc(c->data, c->len + put + 1);
    CHECK(c->data != NULL);
    memcpy(c->data + c->len, data, put);
    c->len += put;
    return err < 0 ? err : (ssize_t)put;
}

static void fake_make_durable(struct fake *f, int inode)
{
    struct fake_inode *i = &f->inode[inode];
    if (!i->dir) {
        if (!i->lost) {
            fake_copy(&i->durable, &i->now, i->now.len);
        }
        return;
    }
    for (int k = 0; k < FAKE_NAMES; k++) {
        struct fake_name *d = &f->durable[k];
        if (d->inode >= 0 && d->parent == inode && fake_find(f->now, inode, d->name) == NULL) {
            d->inode = -1;
        }
    }
    for (int k = 0; k < FAKE_NAMES; k++) {
        if (f->now[k].inode >= 0 && f->now[k].parent == inode) {
            fake_set(f->durable, inode, f->now[k].name, f->now[k].inode);
        }
    }
}

static int fake_fsync(void *ctx, int fd)
{
    struct fake *f = ctx;
    bool work = true;
    if (f->stopped) {
        return -EIO;
    }
    int err = fake_step(f, false, &work);
    int inode = f->fd[fd].inode;
    if (work) {
        fake_make_durable(f, inode);
    } else if (!f->inode[inode].dir) {
        f->inode[inode].lost = true; /* later calls say that all is well */
    }
    return err;
}

static int fake_close(void *ctx, int fd)
{
    struct fake *f = ctx;
    f->fd[fd].inode = -1;
    return 0;
}

static void fake_tell(struct fake *f, const char *path, int inode)
{
    if (f->watch != NULL && strcmp(path, f->watch) == 0) {
        f->seen(f->seen_ctx, bytes_of(f->inode[inode].now.data, f->inode[inode].now.len));
    }
}

static int fake_rename(void *ctx, const char *from, const char *to)
{
    struct fake *f = ctx;
    char a[FAKE_NAME_MAX], b[FAKE_NAME_MAX];
    bool work = true;
    if (f->stopped) {
        return -EIO;
    }
    int pa = fake_walk(f, from, a), pb = fake_walk(f, to, b);
    struct fake_name *e = pa < 0 || pb < 0 ? NULL : fake_find(f->now, pa, a);
    if (e == NULL) {
        return -ENOENT;
    }
    int err = fake_step(f, true, &work);
    if (work) {
        int inode = e->inode;
        fake_tell(f, to, inode);
        e->inode = -1;
        fake_set(f->now, pb, b, inode);
    }
    return err;
}

static int fake_mkdir(void *ctx, const char *path)
{
    struct fake *f = ctx;
    char last[FAKE_NAME_MAX];
    bool work = true;
    if (f->stopped) {
        return -EIO;
    }
    int parent = fake_walk(f, path, last);
    if (parent < 0 || fake_find(f->now, parent, last) != NULL) {
        return parent < 0 ? -ENOENT : -EEXIST;
    }
    int err = fake_step(f, true, &work);
    if (work) {
        int inode = fake_new(f, true);
        fake_set(f->now, parent, last, inode);
    }
    return err;
}

static int fake_unlink(void *ctx, const char *path)
{
    struct fake *f = ctx;
    char last[FAKE_NAME_MAX];
    bool work = true;
    if (f->stopped) {
        return -EIO;
    }
    int parent = fake_walk(f, path, last);
    struct fake_name *e = parent < 0 ? NULL : fake_find(f->now, parent, last);
    if (e == NULL) {
        return -ENOENT;
    }
    int err = fake_step(f, false, &work);
    if (work) {
        e->inode = -1;
    }
    return err;
}

static int fake_rmdir(void *ctx, const char *path)
{
    struct fake *f = ctx;
    char last[FAKE_NAME_MAX];
    int parent = fake_walk(f, path, last);
    struct fake_name *e = parent < 0 ? NULL : fake_find(f->now, parent, last);
    for (int i = 0; e != NULL && i < FAKE_NAMES; i++) {
        if (f->now[i].inode >= 0 && f->now[i].parent == e->inode) {
            return -ENOTEMPTY;
        }
    }
    return fake_unlink(ctx, path);
}

static int fake_lock(void *ctx, int fd)
{
    (void)ctx;
    (void)fd;
    return 0;
}

static struct ledger_files fake_files(struct fake *f)
{
    return (struct ledger_files){.ctx = f,
                                 .open = fake_open,
                                 .read = fake_read,
                                 .write = fake_write,
                                 .fsync = fake_fsync,
                                 .close = fake_close,
                                 .rename = fake_rename,
                                 .mkdir = fake_mkdir,
                                 .unlink = fake_unlink,
                                 .rmdir = fake_rmdir,
                                 .lock = fake_lock};
}

/* Each name by itself is as it was or as it became. */
static void fake_some_names(struct fake *f, unsigned *seed)
{
    for (int k = 0; k < FAKE_NAMES; k++) {
        struct fake_name *d = &f->durable[k], *n = &f->now[k];
        if (d->inode >= 0 && fake_find(f->now, d->parent, d->name) == NULL &&
            material_random(seed) % 2 != 0) {
            d->inode = -1;
        }
        if (n->inode >= 0 && material_random(seed) % 2 != 0) {
            fake_set(f->durable, n->parent, n->name, n->inode);
        }
    }
}

/* Power is lost and comes back. */
static void fake_crash(struct fake *f, enum fake_outcome outcome, unsigned seed)
{
    for (int i = 0; outcome == FAKE_LUCKY && i < f->inodes; i++) {
        fake_make_durable(f, i);
    }
    if (outcome == FAKE_RANDOM) {
        fake_some_names(f, &seed);
    }
    for (int i = 0; i < f->inodes; i++) {
        struct fake_inode *n = &f->inode[i];
        size_t unsynced = n->now.len > n->durable.len ? n->now.len - n->durable.len : 0;
        if (outcome == FAKE_RANDOM && unsynced > 0 && !n->lost) {
            fake_copy(&n->durable, &n->now,
                      n->durable.len + material_random(&seed) % (unsynced + 1));
        }
        fake_copy(&n->now, &n->durable, n->durable.len);
        n->lost = false;
    }
    memcpy(f->now, f->durable, sizeof(f->now));
    fake_reset_fds(f);
    f->stopped = f->full = false;
    f->failure = FAKE_NEVER;
}
