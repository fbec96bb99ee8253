/* tests/unit/capture/test_stream.c - bytes front to back, plain and compressed. */
#include "capture/stream.h"

#include <zlib.h>

#include "reading.h"

static int file_of(struct bytes b)
{
    int fd = memfd_create("stream", MFD_CLOEXEC);
    if (fd < 0 || write(fd, b.data, b.len) != (ssize_t)b.len || lseek(fd, 0, SEEK_SET) != 0) {
        abort();
    }
    return fd;
}

/* Everything, taken in steps of `step` bytes. */
static void drain(int fd, size_t step, struct buf *out, enum status *ret_end)
{
    CLEANUP(stream_freep) struct stream *s = NULL;
    struct fault why;
    *ret_end = stream_open(fd, NULL, &s, &why);
    while (*ret_end == ST_OK) {
        *ret_end = stream_fill(s, step, &why);
        struct bytes w = stream_window(s);
        size_t n = w.len < step ? w.len : step;
        if (n == 0) {
            break;
        }
        *ret_end = ST_OK;
        CHECK_INT(stream_offset(s), out->len);
        buf_append(out, w.data, n);
        stream_consume(s, n);
    }
}

static void any_step_gives_the_same_bytes(void)
{
    static const char *const names[] = {"capture/pcap-le", "capture/gzip", "capture/gzip-members",
                                        "capture/zstd"};
    struct bytes plain = seed("capture/pcap-le");
    for (size_t k = 0; k < ARRAY_LEN(names); k++) {
        struct bytes file = seed(names[k]);
        for (size_t step = 1; step < 6000; step = step * 3 + 1) {
            struct buf out = BUF_INIT(1 << 20);
            enum status end;
            int fd = file_of(file);
            drain(fd, step, &out, &end);
            CHECK_INT(end, ST_OK);
            CHECK(bytes_equal(buf_bytes(&out), plain));
            buf_fini(&out);
            close(fd);
        }
        bytes_free(file);
    }
    bytes_free(plain);
}

static void what_precedes_damage_is_given_first(void)
{
    struct bytes plain = seed("capture/pcap-le");
    struct bytes file = seed("capture/gzip-cut");
    struct buf out = BUF_INIT(1 << 20);
    enum status end;
    int fd = file_of(file);
    drain(fd, 16, &out, &end);
    CHECK_INT(end, ST_SHORT);
    CHECK(out.len > 0 && bytes_begin(plain, buf_bytes(&out)));
    buf_fini(&out);
    close(fd);
    bytes_free(file);
    bytes_free(plain);
}

static void skipping_counts_and_stops_at_the_end(void)
{
    struct bytes plain = seed("capture/pcap-le");
    int fd = file_of(plain);
    struct stream *s = NULL;
    struct fault why;
    uint64_t skipped = 0;
    CHECK_INT(stream_open(fd, NULL, &s, &why), ST_OK);
    CHECK_INT(stream_coding(s), STREAM_PLAIN);
    CHECK_INT(stream_skip(s, 100, &skipped, &why), ST_OK);
    CHECK_INT(skipped, 100);
    CHECK_INT(stream_offset(s), 100);
    CHECK_INT(stream_fill(s, 4, &why), ST_OK);
    CHECK(memcmp(stream_window(s).data, plain.data + 100, 4) == 0);
    status_ignore(stream_skip(s, UINT64_C(1) << 40, &skipped, &why)); /* the end may be told */
    CHECK_INT(skipped, plain.len - 100);
    stream_free(s);
    close(fd);
    bytes_free(plain);
}

/* Zeros in gzip, in one member: 1,000 times less. */
static struct bytes bomb(size_t size_bytes)
{
    uint8_t *zeros = calloc(1, size_bytes);
    uint8_t *out = malloc(size_bytes);
    z_stream z = {.next_in = zeros,
                  .avail_in = (uInt)size_bytes,
                  .next_out = out,
                  .avail_out = (uInt)size_bytes};
    if (zeros == NULL || out == NULL || deflateInit2(&z, 9, Z_DEFLATED, 31, 8, 0) != Z_OK ||
        deflate(&z, Z_FINISH) != Z_STREAM_END || deflateEnd(&z) != Z_OK) {
        abort();
    }
    free(zeros);
    return bytes_of(out, z.total_out);
}

/* How much is read of it, and how that ends; with a pipe, in small pieces. */
static uint64_t expands_to(struct bytes file, uint64_t times, uint64_t free_bytes, enum status *ret)
{
    CLEANUP(stream_freep) struct stream *s = NULL;
    struct fault why = {0};
    uint64_t n = 0;
    int fd = file_of(file);
    *ret = stream_open(fd, NULL, &s, &why);
    if (*ret == ST_OK) {
        stream_limit_expansion(s, times, free_bytes);
        *ret = stream_skip(s, UINT64_MAX, &n, &why);
    }
    CHECK(*ret == ST_OK ||
          strcmp(stream_cut_text(s, ""), "compressed data expands past the limit") == 0);
    close(fd);
    return n;
}

static void compressed_data_ends_where_it_expands_too_much(void)
{
    enum { MIB = 1 << 20 };
    struct bytes file = bomb(10 * MIB);
    enum status end;
    CHECK_INT(expands_to(file, 2000, 0, &end), 10 * MIB);
    CHECK_INT(end, ST_OK);
    CHECK_INT(expands_to(file, 500, 20 * MIB, &end), 10 * MIB); /* too little to matter */
    CHECK_INT(end, ST_OK);
    CHECK_INT(expands_to(file, 500, 4 * MIB, &end), 5 * MIB);
    CHECK_INT(end, ST_MALFORMED);
    CHECK_INT(expands_to(file, 500, 0, &end), MIB);
    bytes_free(file);
}

static void a_folder_is_the_systems_refusal(void)
{
    struct stream *s = NULL;
    struct fault why = {0};
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum status st = stream_open(fd, NULL, &s, &why);
    st = st == ST_OK ? stream_fill(s, 1, &why) : st;
    CHECK_INT(st, ST_SYS);
    CHECK(why.sys_errno != 0);
    stream_free(s);
    close(fd);
}

/* clang-format off */
TEST_MAIN(
    TEST(any_step_gives_the_same_bytes),
    TEST(compressed_data_ends_where_it_expands_too_much),
    TEST(what_precedes_damage_is_given_first),
    TEST(skipping_counts_and_stops_at_the_end),
    TEST(a_folder_is_the_systems_refusal),
)
/* clang-format on */
