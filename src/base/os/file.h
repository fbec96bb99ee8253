/* base/os/file.h - opening inputs, reading small files, replacing files.
 *
 * What a user names is opened as named, symbolic links and pipes included.
 * What we keep lies in a folder that is open already: names there are single
 * components and never links.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"

struct file_input {
    int fd;
    bool sized;          /* a regular file: size_bytes can serve for progress */
    uint64_t size_bytes; /* when it was opened */
};

/* Read-only; "-" is standard input. A folder is ST_DENIED. Waits for the writer
 * of a named pipe. */
MUST_USE enum status file_input_open(const char *path, struct file_input *ret, struct fault *why);
/* Standard input stays open. */
void file_input_close(struct file_input *in);

/* All of it, appended; ST_LIMIT past the buffer's maximum. */
MUST_USE enum status file_read(const char *path, struct buf *ret, struct fault *why);
/* The same for a regular file in a folder of ours. */
MUST_USE enum status file_read_at(int dir_fd, const char *name, struct buf *ret, struct fault *why);

/* Replace or create: written beside, synced, renamed, so that there is always
 * the old file or the new one. mode as for open(2), e.g. 0644. */
MUST_USE enum status file_write_at(int dir_fd, const char *name, struct bytes content,
                                   unsigned mode, struct fault *why);
/* The same for a path; its last component is replaced even if it is a link. */
MUST_USE enum status file_write(const char *path, struct bytes content, unsigned mode,
                                struct fault *why);
