/* attribute/file.c - opening, reading and hashing a source file. */
#include "attribute/file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "base/core/timefmt.h"

enum { CHUNK_BYTES = 1 << 18 };

enum status attribute_file_open(const char *path, struct attribute_file *ret, struct fault *why)
{
    /* Not blocking: a pipe under that name must not hang us. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return fault_sys(why, errno, "source file");
    }
    struct stat s;
    if (fstat(fd, &s) != 0) {
        enum status st = fault_sys(why, errno, "source file");
        (void)close(fd); /* only read from */
        return st;
    }
    if (!S_ISREG(s.st_mode) || s.st_size > LIMIT_SOURCE_BYTES) {
        (void)close(fd); /* only read from */
        return S_ISREG(s.st_mode) ? fault_limit(why, 0, "size of the source", LIMIT_SOURCE_BYTES)
                                  : fault_at(why, ST_DENIED, 0, "not a regular file");
    }
    *ret = ATTRIBUTE_FILE_NONE;
    ret->fd = fd;
    ret->size_bytes = (size_t)s.st_size;
    ret->mtime_ns = s.st_mtim.tv_sec > INT64_MAX / TIME_SECOND - 1
                        ? INT64_MAX
                        : s.st_mtim.tv_sec * TIME_SECOND + s.st_mtim.tv_nsec;
    return ST_OK;
}

void attribute_file_drop(struct attribute_file *f)
{
    if (f->data.data != NULL) {
        (void)munmap((void *)(uintptr_t)f->data.data, f->size_bytes); /* our own mapping */
    }
    f->data = (struct bytes){0};
    if (f->mem_fd >= 0) {
        (void)close(f->mem_fd); /* memory only: nothing to lose */
    }
    f->mem_fd = -1;
}

void attribute_file_fini(struct attribute_file *f)
{
    attribute_file_drop(f);
    if (f->fd >= 0) {
        (void)close(f->fd); /* only read from */
    }
    *f = ATTRIBUTE_FILE_NONE;
}

static enum status read_at(int fd, uint8_t *to, size_t n, uint64_t at, size_t *ret_n)
{
    size_t done = 0;
    while (done < n) {
        ssize_t got = pread(fd, to + done, n - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return ST_SYS;
        }
        if (got == 0) {
            break;
        }
        done += (size_t)got;
    }
    *ret_n = done;
    return ST_OK;
}

enum status attribute_file_peek(const struct attribute_file *f, uint8_t *head, size_t *ret_head,
                                uint8_t *tail, size_t *ret_tail)
{
    size_t size = f->size_bytes;
    size_t n = size < ATTRIBUTE_HEAD_BYTES ? size : ATTRIBUTE_HEAD_BYTES;
    TRY(read_at(f->fd, head, n, 0, ret_head));
    n = size < ATTRIBUTE_TAIL_BYTES ? size : ATTRIBUTE_TAIL_BYTES;
    return read_at(f->fd, tail, n, size - n, ret_tail);
}

/* Chunks that stay in the second-level cache while they are hashed. */
static enum status take(struct attribute_file *f, EVP_MD_CTX *hash, uint8_t *chunk,
                        struct fault *why)
{
    uint8_t *to = (uint8_t *)(uintptr_t)f->data.data; /* our own memory, or none yet */
    for (size_t at = 0; at < f->size_bytes;) {
        size_t want = f->size_bytes - at < CHUNK_BYTES ? f->size_bytes - at : CHUNK_BYTES;
        uint8_t *into = f->mem_fd >= 0 ? chunk : to + at;
        size_t got = 0;
        if (read_at(f->fd, into, want, at, &got) != ST_OK) {
            return fault_sys(why, errno, "source file");
        }
        if (got < want) {
            return fault_at(why, ST_SHORT, at + got, "source file shortened while it was read");
        }
        if (f->mem_fd >= 0 && write(f->mem_fd, chunk, got) != (ssize_t)got) {
            return fault_at(why, ST_NOMEM, 0, "memory for the source");
        }
        if (EVP_DigestUpdate(hash, into, got) != 1) {
            return fault_at(why, ST_NOMEM, 0, "digest of the source");
        }
        at += got;
    }
    unsigned n = 0;
    return EVP_DigestFinal_ex(hash, f->digest.b, &n) == 1
               ? ST_OK
               : fault_at(why, ST_NOMEM, 0, "digest of the source");
}

/* The memory file is written, then mapped: that is quicker than to map zeroed
 * pages and read into them. */
static enum status take_named(struct attribute_file *f, EVP_MD_CTX *hash, struct fault *why)
{
    CLEANUP(free_ptr) uint8_t *chunk = malloc(CHUNK_BYTES);
    f->mem_fd = memfd_create("source", MFD_CLOEXEC);
    if (chunk == NULL || f->mem_fd < 0) {
        return fault_at(why, ST_NOMEM, 0, "memory for the source");
    }
    TRY(take(f, hash, chunk, why));
    void *p = mmap(NULL, f->size_bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, f->mem_fd, 0);
    if (p == MAP_FAILED) {
        return fault_at(why, ST_NOMEM, 0, "memory for the source");
    }
    f->data = bytes_of(p, f->size_bytes);
    return ST_OK;
}

static enum status take_plain(struct attribute_file *f, EVP_MD_CTX *hash, struct fault *why)
{
    void *p = mmap(NULL, f->size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        return fault_at(why, ST_NOMEM, 0, "memory for the source");
    }
    (void)madvise(p, f->size_bytes, MADV_HUGEPAGE); /* only advice: slower without */
    f->data = bytes_of(p, f->size_bytes);
    return take(f, hash, NULL, why);
}

enum status attribute_file_read(struct attribute_file *f, bool named, struct fault *why)
{
    if (f->size_bytes == 0) {
        return fault_at(why, ST_SHORT, 0, "source file");
    }
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    if (hash == NULL || EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(hash);
        return fault_at(why, ST_NOMEM, 0, "digest of the source");
    }
    enum status st = named ? take_named(f, hash, why) : take_plain(f, hash, why);
    EVP_MD_CTX_free(hash);
    if (st == ST_OK) {
        (void)close(f->fd); /* only read from */
        f->fd = -1;
    }
    return st;
}
