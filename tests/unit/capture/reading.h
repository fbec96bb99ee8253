/* tests/unit/capture/reading.h - whole captures, and what is read from them.
 *
 * The captures are those that fuzz/seeds_captures.py makes; their folder is in
 * EXHIBIT_SEEDS.
 */
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/buf.h"
#include "capture/input.h"
#include "test.h"

enum { READING_MAX = 4096 };

struct reading {
    enum status opened, ended;
    struct fault why;
    char format[48];
    size_t n; /* of obs, as many as fit; `all` counts on */
    uint64_t all, records;
    struct observation obs[READING_MAX]; /* without payload and quote */
    struct remark_list remarks;
};

static inline struct bytes file_bytes(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        CHECK(!"a file cannot be opened");
        printf("# %s\n", path);
        return (struct bytes){0};
    }
    size_t n = (size_t)st.st_size;
    uint8_t *data = malloc(n ? n : 1);
    if (data == NULL || read(fd, data, n) != (ssize_t)n) {
        abort();
    }
    close(fd);
    return bytes_of(data, n);
}

static inline void bytes_free(struct bytes b)
{
    free((void *)(uintptr_t)b.data);
}

/* "capture/pcap-le": of target and name. */
static inline struct bytes seed(const char *name)
{
    char path[4200];
    const char *folder = getenv("EXHIBIT_SEEDS");
    (void)snprintf(path, sizeof(path), "%s/fuzz_%s", folder ? folder : ".", name);
    return file_bytes(path);
}

static inline void read_batches(struct capture_input *in, struct reading *r)
{
    static struct obs_batch batch;
    while ((r->ended = capture_input_next(in, &batch, &r->why)) == ST_OK) {
        for (size_t i = 0; i < batch.n; i++, r->all++) {
            if (r->n < READING_MAX) {
                r->obs[r->n] = batch.obs[i];
                r->obs[r->n].payload = NULL;
                r->obs[r->n].quote = NULL;
                r->n++;
            }
        }
    }
    (void)snprintf(r->format, sizeof(r->format), "%s", capture_input_format(in));
    r->remarks = *capture_input_remarks(in);
    r->records = capture_input_records(in);
}

static inline void read_fd(int fd, struct reading *r)
{
    static const struct capture_options opt = {.now_ns = INT64_C(1716000000000000000)};
    struct capture_input *in = NULL;
    r->opened = r->ended = ST_OK;
    r->n = 0;
    r->all = r->records = 0;
    r->remarks.n = 0;
    r->why = (struct fault){0};
    r->opened = capture_input_open(fd, 0, &opt, &in, &r->why);
    if (r->opened == ST_OK) {
        read_batches(in, r);
    }
    capture_input_free(in);
}

static inline void read_bytes(struct bytes file, struct reading *r)
{
    int fd = memfd_create("capture", MFD_CLOEXEC);
    if (fd < 0 || write(fd, file.data, file.len) != (ssize_t)file.len || lseek(fd, 0, SEEK_SET)) {
        abort();
    }
    read_fd(fd, r);
    close(fd);
}

/* Equal in all that a packet says; where it stands in the file, too, if asked. */
static inline bool same_packet(const struct observation *a, const struct observation *b, bool place)
{
    return a->time_ns == b->time_ns && addr_equal(&a->src, &b->src) &&
           addr_equal(&a->dst, &b->dst) && a->src_port == b->src_port &&
           a->dst_port == b->dst_port && a->flags == b->flags && a->type == b->type &&
           a->proto == b->proto && a->tcp_flags == b->tcp_flags && a->icmp_code == b->icmp_code &&
           a->ttl == b->ttl && a->tcp_options == b->tcp_options && a->seq == b->seq &&
           a->ack == b->ack && a->window == b->window && a->ip_id == b->ip_id &&
           a->wire_len == b->wire_len && a->payload_len == b->payload_len &&
           a->frag_units == b->frag_units && a->captured_len == b->captured_len &&
           (!place || a->pos == b->pos);
}

/* Is a's beginning all of b? */
static inline bool is_prefix(const struct reading *b, const struct reading *a, bool place)
{
    bool same = b->n <= a->n;
    for (size_t i = 0; same && i < b->n; i++) {
        same = same_packet(&a->obs[i], &b->obs[i], place);
    }
    return same;
}

static inline const struct remark *remark_of(const struct reading *r, enum remark_code code)
{
    for (size_t i = 0; i < r->remarks.n; i++) {
        if (r->remarks.items[i].code == code) {
            return &r->remarks.items[i];
        }
    }
    return NULL;
}
