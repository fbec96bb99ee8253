/* ledger/files.c - crash-safe files: written beside, synced, renamed. */
#include "ledger/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int dir_of(void *ctx)
{
    return *(const int *)ctx;
}

static int open_as(void *ctx, const char *path, int flags, mode_t mode)
{
    int fd = openat(dir_of(ctx), path, flags | O_CLOEXEC | O_NOFOLLOW, mode);
    return fd < 0 ? -errno : fd;
}

static int real_open(void *ctx, const char *path, int flags)
{
    return open_as(ctx, path, flags, 0644);
}

static int private_open(void *ctx, const char *path, int flags)
{
    return open_as(ctx, path, flags, 0600);
}

static ssize_t real_read(void *ctx, int fd, void *data, size_t n)
{
    (void)ctx;
    ssize_t got = read(fd, data, n);
    return got < 0 ? -errno : got;
}

static ssize_t real_write(void *ctx, int fd, const void *data, size_t n)
{
    (void)ctx;
    ssize_t put = write(fd, data, n);
    return put < 0 ? -errno : put;
}

static int real_fsync(void *ctx, int fd)
{
    (void)ctx;
    return fsync(fd) < 0 ? -errno : 0;
}

static int real_close(void *ctx, int fd)
{
    (void)ctx;
    return close(fd) < 0 ? -errno : 0;
}

static int real_rename(void *ctx, const char *from, const char *to)
{
    return renameat(dir_of(ctx), from, dir_of(ctx), to) < 0 ? -errno : 0;
}

static int real_mkdir(void *ctx, const char *path)
{
    return mkdirat(dir_of(ctx), path, 0755) < 0 ? -errno : 0;
}

static int private_mkdir(void *ctx, const char *path)
{
    return mkdirat(dir_of(ctx), path, 0700) < 0 ? -errno : 0;
}

static int real_unlink(void *ctx, const char *path)
{
    return unlinkat(dir_of(ctx), path, 0) < 0 ? -errno : 0;
}

static int real_rmdir(void *ctx, const char *path)
{
    return unlinkat(dir_of(ctx), path, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static int real_lock(void *ctx, int fd)
{
    (void)ctx;
    return flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

struct ledger_files ledger_files_at(const int *dir_fd)
{
    return (struct ledger_files){.ctx = (void *)(uintptr_t)dir_fd,
                                 .open = real_open,
                                 .read = real_read,
                                 .write = real_write,
                                 .fsync = real_fsync,
                                 .close = real_close,
                                 .rename = real_rename,
                                 .mkdir = real_mkdir,
                                 .unlink = real_unlink,
                                 .rmdir = real_rmdir,
                                 .lock = real_lock};
}

struct ledger_files ledger_files_private_at(const int *dir_fd)
{
    struct ledger_files f = ledger_files_at(dir_fd);
    f.open = private_open;
    f.mkdir = private_mkdir;
    return f;
}

enum { BELOW_MAX = 2 * LEDGER_PATH_MAX };

static bool below_path(const struct ledger_below *b, const char *path, char out[BELOW_MAX])
{
    int n = strcmp(path, ".") == 0
                ? snprintf(out, BELOW_MAX, "%.*s", (int)strlen(b->prefix) - 1, b->prefix)
                : snprintf(out, BELOW_MAX, "%s%s", b->prefix, path);
    return n > 0 && n < BELOW_MAX;
}

static int below_open(void *ctx, const char *path, int flags)
{
    const struct ledger_below *b = ctx;
    char p[BELOW_MAX];
    return below_path(b, path, p) ? b->files->open(b->files->ctx, p, flags) : -ENAMETOOLONG;
}

static ssize_t below_read(void *ctx, int fd, void *data, size_t n)
{
    const struct ledger_below *b = ctx;
    return b->files->read(b->files->ctx, fd, data, n);
}

static ssize_t below_write(void *ctx, int fd, const void *data, size_t n)
{
    const struct ledger_below *b = ctx;
    return b->files->write(b->files->ctx, fd, data, n);
}

static int below_fsync(void *ctx, int fd)
{
    const struct ledger_below *b = ctx;
    return b->files->fsync(b->files->ctx, fd);
}

static int below_close(void *ctx, int fd)
{
    const struct ledger_below *b = ctx;
    return b->files->close(b->files->ctx, fd);
}

static int below_rename(void *ctx, const char *from, const char *to)
{
    const struct ledger_below *b = ctx;
    char p[BELOW_MAX], q[BELOW_MAX];
    return below_path(b, from, p) && below_path(b, to, q) ? b->files->rename(b->files->ctx, p, q)
                                                          : -ENAMETOOLONG;
}

static int below_mkdir(void *ctx, const char *path)
{
    const struct ledger_below *b = ctx;
    char p[BELOW_MAX];
    return below_path(b, path, p) ? b->files->mkdir(b->files->ctx, p) : -ENAMETOOLONG;
}

static int below_unlink(void *ctx, const char *path)
{
    const struct ledger_below *b = ctx;
    char p[BELOW_MAX];
    return below_path(b, path, p) ? b->files->unlink(b->files->ctx, p) : -ENAMETOOLONG;
}

static int below_rmdir(void *ctx, const char *path)
{
    const struct ledger_below *b = ctx;
    char p[BELOW_MAX];
    return below_path(b, path, p) ? b->files->rmdir(b->files->ctx, p) : -ENAMETOOLONG;
}

static int below_lock(void *ctx, int fd)
{
    const struct ledger_below *b = ctx;
    return b->files->lock(b->files->ctx, fd);
}

struct ledger_files ledger_files_below(const struct ledger_below *b)
{
    return (struct ledger_files){.ctx = (void *)(uintptr_t)b,
                                 .open = below_open,
                                 .read = below_read,
                                 .write = below_write,
                                 .fsync = below_fsync,
                                 .close = below_close,
                                 .rename = below_rename,
                                 .mkdir = below_mkdir,
                                 .unlink = below_unlink,
                                 .rmdir = below_rmdir,
                                 .lock = below_lock};
}

static const char busy[] = "another command writes here, and does not end";

enum status ledger_files_lock(const struct ledger_files *f, int fd, struct fault *why)
{
    int err = f->lock(f->ctx, fd);
    if (err == -EWOULDBLOCK) {
        return fault_whole(why, ST_DENIED, busy);
    }
    return err < 0 ? fault_sys(why, -err, "lock") : ST_OK;
}

bool ledger_files_busy(enum status st, const struct fault *why)
{
    return st == ST_DENIED && why->field == busy;
}

static enum status read_all(const struct ledger_files *f, int fd, struct buf *out,
                            struct fault *why)
{
    for (;;) {
        uint8_t part[16384];
        ssize_t n = f->read(f->ctx, fd, part, sizeof(part));
        if (n == -EINTR) {
            continue;
        }
        if (n < 0) {
            return fault_sys(why, (int)-n, "read");
        }
        if (n == 0) {
            return ST_OK;
        }
        buf_append(out, part, (size_t)n);
        if (out->failed != ST_OK) {
            return out->failed == ST_LIMIT ? fault_limit(why, 0, "file", out->max) : out->failed;
        }
    }
}

enum status ledger_files_read(const struct ledger_files *f, const char *path, struct buf *out,
                              struct fault *why)
{
    int fd = f->open(f->ctx, path, O_RDONLY | O_NONBLOCK);
    if (fd == -ENOENT) {
        return ST_END;
    }
    if (fd < 0) {
        return fault_sys(why, -fd, "open");
    }
    enum status st = read_all(f, fd, out, why);
    (void)f->close(f->ctx, fd); /* nothing was written */
    return st;
}

static enum status write_all(const struct ledger_files *f, int fd, struct bytes data,
                             struct fault *why)
{
    while (data.len > 0) {
        ssize_t n = f->write(f->ctx, fd, data.data, data.len);
        if (n == -EINTR) {
            continue;
        }
        if (n <= 0) {
            return fault_sys(why, n < 0 ? (int)-n : EIO, "write");
        }
        data.data += n;
        data.len -= (size_t)n;
    }
    int err = f->fsync(f->ctx, fd);
    return err < 0 ? fault_sys(why, -err, "fsync") : ST_OK;
}

/* O_EXCL after unlink: what a crash left there may be the other name of a file
 * that was renamed, and must not be written into. */
static enum status write_beside(const struct ledger_writer *w, struct bytes data, struct fault *why)
{
    const struct ledger_files *f = w->files;
    int err = f->unlink(f->ctx, w->scratch);
    if (err < 0 && err != -ENOENT) {
        return fault_sys(why, -err, "unlink");
    }
    int fd = f->open(f->ctx, w->scratch, O_WRONLY | O_CREAT | O_EXCL);
    if (fd < 0) {
        return fault_sys(why, -fd, "create");
    }
    enum status st = write_all(f, fd, data, why);
    err = f->close(f->ctx, fd);
    return st == ST_OK && err < 0 ? fault_sys(why, -err, "close") : st;
}

/* "" is the directory of the ledger itself. */
static void parent_of(const char *path, char out[LEDGER_PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t n = slash != NULL ? (size_t)(slash - path) : 0;
    memcpy(out, path, n);
    out[n] = '\0';
}

static bool listed(char list[][LEDGER_PATH_MAX], size_t n, const char *path)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i], path) == 0) {
            return true;
        }
    }
    return false;
}

static enum status sync_dir(const struct ledger_files *f, const char *path, struct fault *why)
{
    int fd = f->open(f->ctx, path[0] != '\0' ? path : ".", O_RDONLY | O_DIRECTORY);
    if (fd < 0) {
        return fault_sys(why, -fd, "open");
    }
    int err = f->fsync(f->ctx, fd);
    (void)f->close(f->ctx, fd); /* nothing was written */
    return err < 0 ? fault_sys(why, -err, "fsync") : ST_OK;
}

static enum status mark_dirty(struct ledger_writer *w, const char *dir, struct fault *why)
{
    if (listed(w->dirty_dir, w->dirty, dir)) {
        return ST_OK;
    }
    if (w->dirty == LEDGER_WRITER_DIRS) {
        TRY(ledger_writer_sync(w, why));
    }
    (void)snprintf(w->dirty_dir[w->dirty++], LEDGER_PATH_MAX, "%s", dir);
    return ST_OK;
}

/* A directory that was there may have been made by somebody who then crashed:
 * its name counts as durable only when this writer has synced its parent. */
static enum status have_dir(struct ledger_writer *w, const char *dir, struct fault *why)
{
    char part[LEDGER_PATH_MAX], parent[LEDGER_PATH_MAX];
    for (const char *end = dir; dir[0] != '\0' && end != NULL;) {
        end = strchr(end, '/');
        size_t n = end != NULL ? (size_t)(end++ - dir) : strlen(dir);
        memcpy(part, dir, n);
        part[n] = '\0';
        if (listed(w->known_dir, w->known, part)) {
            continue;
        }
        int err = w->files->mkdir(w->files->ctx, part);
        if (err < 0 && err != -EEXIST) {
            return fault_sys(why, -err, "mkdir");
        }
        parent_of(part, parent);
        TRY(sync_dir(w->files, parent, why));
        w->known %= LEDGER_WRITER_DIRS; /* full: begin again */
        memcpy(w->known_dir[w->known++], part, n + 1);
    }
    return ST_OK;
}

enum status ledger_writer_put(struct ledger_writer *w, const char *path, struct bytes data,
                              struct fault *why)
{
    char dir[LEDGER_PATH_MAX];
    parent_of(path, dir);
    TRY(have_dir(w, dir, why));
    TRY(write_beside(w, data, why));
    int err = w->files->rename(w->files->ctx, w->scratch, path);
    if (err < 0) {
        return fault_sys(why, -err, "rename");
    }
    return mark_dirty(w, dir, why);
}

enum status ledger_writer_sync(struct ledger_writer *w, struct fault *why)
{
    for (size_t i = 0; i < w->dirty; i++) {
        TRY(sync_dir(w->files, w->dirty_dir[i], why));
    }
    w->dirty = 0;
    return ST_OK;
}
