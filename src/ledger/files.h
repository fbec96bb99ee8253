/* ledger/files.h - the few file operations that a ledger rests on.
 *
 * They come in as a table, so that tests can make any one of them fail, tear
 * a write or lose what was not synced. Paths are relative, without "..".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

enum { LEDGER_PATH_MAX = 128 };

/* Each returns what the system call of its name does, but -errno on failure. */
struct ledger_files {
    void *ctx;
    int (*open)(void *ctx, const char *path, int flags); /* O_CREAT: mode 0644 */
    ssize_t (*read)(void *ctx, int fd, void *data, size_t n);
    ssize_t (*write)(void *ctx, int fd, const void *data, size_t n);
    int (*fsync)(void *ctx, int fd);
    int (*close)(void *ctx, int fd);
    int (*rename)(void *ctx, const char *from, const char *to);
    int (*mkdir)(void *ctx, const char *path); /* mode 0755 */
    int (*unlink)(void *ctx, const char *path);
    int (*rmdir)(void *ctx, const char *path);
    int (*lock)(void *ctx, int fd); /* alone, or -EWOULDBLOCK; until it is closed */
};

/* The real ones, in a directory whose descriptor *dir_fd stays the caller's. */
struct ledger_files ledger_files_at(const int *dir_fd);

/* The same for what nobody else may read: files 0600, directories 0700. */
struct ledger_files ledger_files_private_at(const int *dir_fd);

/* A folder inside: the same operations with `prefix`, which ends in a slash,
 * before each path. `b` is borrowed. */
struct ledger_below {
    const struct ledger_files *files;
    const char *prefix;
};
struct ledger_files ledger_files_below(const struct ledger_below *b);

/* Alone with an open lock file, until that is closed. ST_DENIED, of which
 * ledger_files_busy can tell: somebody else has it. */
MUST_USE enum status ledger_files_lock(const struct ledger_files *f, int fd, struct fault *why);
bool ledger_files_busy(enum status st, const struct fault *why);

/* The whole file, appended; ST_END when there is none. */
MUST_USE enum status ledger_files_read(const struct ledger_files *f, const char *path,
                                       struct buf *out, struct fault *why);

/* Writes files so that each is whole or absent after a crash. Directories are
 * made as needed; names become durable with ledger_writer_sync. */
enum { LEDGER_WRITER_DIRS = 32 };

struct ledger_writer {
    const struct ledger_files *files;
    const char *scratch; /* where files are written beside; its directory exists */
    size_t known, dirty;
    /* Directories that are known to be durable, and those that are not yet. */
    char known_dir[LEDGER_WRITER_DIRS][LEDGER_PATH_MAX];
    char dirty_dir[LEDGER_WRITER_DIRS][LEDGER_PATH_MAX];
};

/* Write beside, sync, rename. */
MUST_USE enum status ledger_writer_put(struct ledger_writer *w, const char *path, struct bytes data,
                                       struct fault *why);
/* Now every name put so far is durable. */
MUST_USE enum status ledger_writer_sync(struct ledger_writer *w, struct fault *why);
