/* tests/unit/capture/test_stream.c - bytes front to back, plain and compressed. */
#include "capture/stream.h"

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
    TEST(what_precedes_damage_is_given_first),
    TEST(skipping_counts_and_stops_at_the_end),
    TEST(a_folder_is_the_systems_refusal),
)
/* clang-format on */
