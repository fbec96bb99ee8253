/* base/os/file.c - files by name. */
#include "base/os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os/random.h"

enum { CHUNK_BYTES = 65536 };

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd); /* what was written has been synced before */
    }
    *fd = -1;
}

static enum status sys_fault(struct fault *why, const char *field)
{
    return fault_sys(why, errno, field);
}

static enum status look_at(int fd, struct file_input *ret, struct fault *why)
{
    struct stat s;
    if (fstat(fd, &s) != 0) {
        return sys_fault(why, "opening the file");
    }
    if (S_ISDIR(s.st_mode)) {
        return fault_at(why, ST_DENIED, 0, "a folder is not an input");
    }
    *ret = (struct file_input){.fd = fd, .sized = S_ISREG(s.st_mode)};
    ret->size_bytes = ret->sized ? (uint64_t)s.st_size : 0;
    return ST_OK;
}

enum status file_input_open(const char *path, struct file_input *ret, struct fault *why)
{
    if (strcmp(path, "-") == 0) {
        return look_at(STDIN_FILENO, ret, why);
    }
    /* EINTR is told: a stop while we wait for a pipe's writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return sys_fault(why, "opening the file");
    }
    enum status st = look_at(fd, ret, why);
    if (st != ST_OK) {
        close_fd(&fd);
    }
    return st;
}

void file_input_close(struct file_input *in)
{
    if (in->fd > STDIN_FILENO) {
        (void)close(in->fd); /* only read from */
    }
    in->fd = -1;
}

static enum status read_all(int fd, struct buf *ret, struct fault *why)
{
    for (;;) {
        /* One byte more than there may be tells whether there is more. */
        uint8_t probe;
        size_t room = ret->max - ret->len;
        size_t n = room < CHUNK_BYTES ? room : CHUNK_BYTES;
        if (!buf_reserve(ret, n)) {
            return fault_at(why, ret->failed, ret->len, "file");
        }
        ssize_t got = read(fd, n > 0 ? ret->data + ret->len : &probe, n > 0 ? n : 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return sys_fault(why, "reading the file");
        }
        if (got == 0) {
            return ST_OK;
        }
        if (n == 0) {
            return fault_limit(why, ret->len, "size of the file", ret->max);
        }
        ret->len += (size_t)got;
    }
}

enum status file_read(const char *path, struct buf *ret, struct fault *why)
{
    struct file_input in;
    TRY(file_input_open(path, &in, why));
    enum status st = read_all(in.fd, ret, why);
    file_input_close(&in);
    return st;
}

/* One component: a name from elsewhere must not lead out of the folder. */
static bool plain_name(const char *name)
{
    return name[0] != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

enum status file_read_at(int dir_fd, const char *name, struct buf *ret, struct fault *why)
{
    if (!plain_name(name)) {
        return fault_at(why, ST_DENIED, 0, "name of a file");
    }
    /* Not blocking: a pipe under that name must not hang us. */
    CLEANUP(close_fd)
    int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    struct stat s;
    if (fd < 0 || fstat(fd, &s) != 0) {
        return sys_fault(why, "opening the file");
    }
    if (!S_ISREG(s.st_mode)) {
        return fault_at(why, ST_DENIED, 0, "not a regular file");
    }
    return read_all(fd, ret, why);
}

static enum status write_all(int fd, struct bytes s, struct fault *why)
{
    while (s.len > 0) {
        ssize_t n = write(fd, s.data, s.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return sys_fault(why, "writing the file");
        }
        s.data += n;
        s.len -= (size_t)n;
    }
    return fsync(fd) == 0 ? ST_OK : sys_fault(why, "syncing the file");
}

/* A name beside the other that nobody can have prepared. */
static enum status name_beside(const char *name, char out[NAME_MAX + 1], struct fault *why)
{
    uint8_t chance[8];
    if (random_bytes(chance, sizeof(chance)) != ST_OK) {
        return sys_fault(why, "random bytes");
    }
    int n =
        snprintf(out, NAME_MAX + 1, ".%.200s.%016llx", name, (unsigned long long)load_be64(chance));
    return n > 0 && n <= NAME_MAX ? ST_OK : fault_limit(why, 0, "name of a file", NAME_MAX);
}

/* Without a name while it is written: whoever is killed then leaves nothing behind.
 * ST_END: this file system, or a system without /proc, has no such files. */
static enum status write_unnamed(int dir_fd, const char *beside, struct bytes content,
                                 unsigned mode, struct fault *why)
{
    char self[32];
    CLEANUP(close_fd) int fd = openat(dir_fd, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, mode);
    if (fd < 0) {
        return ST_END; /* also of what a named file would fail with, and tell */
    }
    TRY(write_all(fd, content, why));
    (void)snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, self, dir_fd, beside, AT_SYMLINK_FOLLOW) == 0 ? ST_OK : ST_END;
}

static enum status write_named(int dir_fd, const char *beside, struct bytes content, unsigned mode,
                               struct fault *why)
{
    CLEANUP(close_fd)
    int fd = openat(dir_fd, beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0) {
        return sys_fault(why, "creating the file");
    }
    enum status st = write_all(fd, content, why);
    if (st != ST_OK) {
        (void)unlinkat(dir_fd, beside, 0); /* the first failure is the one to tell */
    }
    return st;
}

enum status file_write_at(int dir_fd, const char *name, struct bytes content, unsigned mode,
                          struct fault *why)
{
    char beside[NAME_MAX + 1];
    if (!plain_name(name)) {
        return fault_at(why, ST_DENIED, 0, "name of a file");
    }
    TRY(name_beside(name, beside, why));
    struct stat there;
    if (fstatat(dir_fd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(there.st_mode) &&
        !S_ISLNK(there.st_mode) && /* replaced, not followed */
        !S_ISDIR(there.st_mode)) { /* renaming says so itself */
        return fault_at(why, ST_DENIED, 0, "what is there is no file: not replaced");
    }
    enum status st = write_unnamed(dir_fd, beside, content, mode, why);
    TRY(st == ST_END ? write_named(dir_fd, beside, content, mode, why) : st);
    if (renameat(dir_fd, beside, dir_fd, name) != 0) {
        st = sys_fault(why, "renaming the file");
        (void)unlinkat(dir_fd, beside, 0); /* the first failure is the one to tell */
        return st;
    }
    /* Until the folder is synced, a power cut may bring the old name back. */
    return fsync(dir_fd) == 0 || errno == EINVAL ? ST_OK : sys_fault(why, "syncing the folder");
}

enum status file_write(const char *path, struct bytes content, unsigned mode, struct fault *why)
{
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    if (slash != NULL) {
        size_t n = slash == path ? 1 : (size_t)(slash - path);
        if (n >= sizeof(folder)) {
            return fault_limit(why, 0, "path of a file", PATH_MAX);
        }
        memcpy(folder, path, n);
        folder[n] = '\0';
    }
    CLEANUP(close_fd) int dir_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0) {
        return sys_fault(why, "opening the folder");
    }
    return file_write_at(dir_fd, slash != NULL ? slash + 1 : path, content, mode, why);
}
