/* tests/unit/capture/test_caged.c - inputs read the same inside a cage. */
#include "capture/input.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/core/timefmt.h"
#include "base/os/channel.h"
#include "base/os/process.h"
#include "test.h"

static const int64_t now_ns = INT64_C(1790000000) * TIME_SECOND;

/* Everything that came of it, in a few numbers. */
struct tally {
    int status;
    uint64_t records, observations, sum, remarks;
    char format[64];
};

static struct tally read_all(int fd)
{
    struct capture_options opt = {.now_ns = now_ns};
    struct capture_input *in = NULL;
    static struct obs_batch batch;
    struct tally t = {0};
    t.status = (int)capture_input_open(fd, 0, &opt, &in, NULL);
    while (t.status == ST_OK) {
        t.status = (int)capture_input_next(in, &batch, NULL);
        for (size_t i = 0; t.status == ST_OK && i < batch.n; i++) {
            t.sum = t.sum * 31 + (uint64_t)batch.obs[i].time_ns + batch.obs[i].pos;
        }
        t.observations += t.status == ST_OK ? batch.n : 0;
    }
    if (in != NULL) {
        t.records = capture_input_records(in);
        t.remarks = capture_input_remarks(in)->n;
        (void)snprintf(t.format, sizeof(t.format), "%s", capture_input_format(in)); /* short */
    }
    capture_input_free(in);
    return t;
}

static int read_caged(void *ctx, int channel, const struct cage_report *report)
{
    struct tally t = read_all(*(int *)ctx);
    return !report->whole || channel_send(channel, 1, bytes_of(&t, sizeof(t)), NULL) != ST_OK;
}

static void check_same(int fd, const char *format)
{
    CLEANUP(buf_fini) struct buf body = BUF_INIT(sizeof(struct tally));
    struct process_options opt = {.name = "reader", .cage = CAGE_READER, .keep = &fd, .n_keep = 1};
    struct process *p = NULL;
    struct process_end end = {0};
    uint8_t type = 0;
    CHECK(fd >= 0 && lseek(fd, 0, SEEK_SET) == 0);
    struct tally outside = read_all(fd);
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    CHECK_INT(process_start(&opt, read_caged, &fd, &p, NULL), ST_OK);
    CHECK_INT(channel_receive(process_channel(p), &type, &body, NULL), ST_OK);
    CHECK_INT(process_wait(p, &end, NULL), ST_OK);
    CHECK_STR(end.text, "the reader ended with status 0");
    CHECK_STR(outside.format, format);
    CHECK_INT(outside.status, ST_END);
    CHECK(outside.observations > 0);
    CHECK(bytes_equal(buf_bytes(&body), bytes_of(&outside, sizeof(outside))));
    process_free(p);
    (void)close(fd); /* only read from */
}

static int example(const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/examples/%s", getenv("EXHIBIT_SOURCE_ROOT"), name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static struct bytes whole(int fd, uint8_t *to, size_t max)
{
    ssize_t n = read(fd, to, max);
    CHECK(n > 0);
    (void)close(fd); /* only read from */
    return bytes_of(to, n > 0 ? (size_t)n : 0);
}

static int file_of(const void *data, size_t n)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    CHECK(fd >= 0 && write(fd, data, n) == (ssize_t)n);
    return fd;
}

enum { EXAMPLE_MAX = 1 << 20 };

static void captures_and_logs_read_the_same(void)
{
    check_same(example("scan.pcap"), "pcap");
    check_same(example("auth.log"), "sshd log (syslog)");
}

static void compressed_inputs_read_the_same(void)
{
    CLEANUP(free_ptr) uint8_t *plain = malloc(EXAMPLE_MAX);
    CLEANUP(free_ptr) uint8_t *packed = malloc(2 * EXAMPLE_MAX);
    struct bytes s = whole(example("scan.pcap"), plain, EXAMPLE_MAX);
    size_t n = ZSTD_compress(packed, 2 * EXAMPLE_MAX, s.data, s.len, 3);
    CHECK(!ZSTD_isError(n));
    check_same(file_of(packed, n), "pcap (zstd)");

    z_stream z = {.next_in = plain,
                  .avail_in = (unsigned)s.len,
                  .next_out = packed,
                  .avail_out = 2 * EXAMPLE_MAX};
    CHECK_INT(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    CHECK_INT(deflate(&z, Z_FINISH), Z_STREAM_END);
    check_same(file_of(packed, z.total_out), "pcap (gzip)");
    (void)deflateEnd(&z); /* finished */
}

TEST_MAIN(TEST(captures_and_logs_read_the_same), TEST(compressed_inputs_read_the_same))
