/* attribute/file.h - the bytes of one source file, ours alone.
 *
 * A source is read whole into private memory. A map of the file itself would
 * end the process when somebody shortens the file, as updates by plain copying
 * do, and what was hashed would not be what was looked up. Libraries that open
 * files by name or descriptor are given a memory file with the same bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/cursor.h"
#include "base/core/hash.h"
#include "base/core/status.h"

enum { ATTRIBUTE_HEAD_BYTES = 65536, ATTRIBUTE_TAIL_BYTES = 131072 };

struct attribute_file {
    int fd; /* of the file; -1 once it was read */
    int64_t mtime_ns;
    size_t size_bytes;
    struct bytes data; /* after attribute_file_read */
    int mem_fd;        /* of the memory file, or -1 */
    struct digest digest;
};

#define ATTRIBUTE_FILE_NONE ((struct attribute_file){.fd = -1, .mem_fd = -1})

/* Only regular files, up to LIMIT_SOURCE_BYTES. Reads nothing yet. */
MUST_USE enum status attribute_file_open(const char *path, struct attribute_file *ret,
                                         struct fault *why);
void attribute_file_fini(struct attribute_file *f);
/* The first and last bytes (HEAD, TAIL at most), for telling the format;
 * the two may overlap. */
MUST_USE enum status attribute_file_peek(const struct attribute_file *f, uint8_t *head,
                                         size_t *ret_head, uint8_t *tail, size_t *ret_tail);
/* Read all and hash it. `named` makes the memory file. */
MUST_USE enum status attribute_file_read(struct attribute_file *f, bool named, struct fault *why);
/* Give the bytes back; digest and time stay. */
void attribute_file_drop(struct attribute_file *f);
