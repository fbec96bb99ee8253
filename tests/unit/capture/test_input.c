/* tests/unit/capture/test_input.c - whole captures: forms, cuts, damage. */
#include "base/core/limits.h"
#include "reading.h"

static struct reading whole, other;

static void check_alike(const char *name, const char *format, bool place)
{
    struct bytes file = seed(name);
    read_bytes(file, &other);
    CHECK_INT(other.opened, ST_OK);
    CHECK_STR(other.format, format);
    CHECK_INT(other.n, whole.n);
    CHECK_INT(other.records, whole.records);
    CHECK(is_prefix(&other, &whole, place));
    CHECK_INT(other.remarks.n, whole.remarks.n);
    bytes_free(file);
}

static void read_seed(const char *name)
{
    struct bytes file = seed(name);
    read_bytes(file, &whole);
    CHECK_INT(whole.opened, ST_OK);
    CHECK_INT(whole.ended, ST_END);
    CHECK(whole.n > 0);
    bytes_free(file);
}

static void byte_orders_and_units_read_alike(void)
{
    read_seed("capture/pcap-le");
    CHECK(whole.n > whole.records); /* tunnels give more than one */
    check_alike("capture/pcap-be", "pcap", true);
    check_alike("capture/pcapng-le", "pcapng", false);
    check_alike("capture/pcapng-be", "pcapng", false);
}

static void nanoseconds_are_kept(void)
{
    read_seed("capture/pcap-nano");
    check_alike("capture/pcap-nano-be", "pcap", true);
    /* The fraction of record 2 is 1000 units. */
    CHECK_INT(whole.obs[1].time_ns, INT64_C(1700000001000001000));
    read_seed("capture/pcap-le");
    CHECK_INT(whole.obs[1].time_ns, INT64_C(1700000001001000000));
}

static void compression_changes_nothing(void)
{
    read_seed("capture/pcap-le");
    check_alike("capture/gzip", "pcap (gzip)", true);
    check_alike("capture/gzip-members", "pcap (gzip)", true);
    check_alike("capture/zstd", "pcap (zstd)", true);
}

static void pcapng_times_follow_their_interface(void)
{
    read_seed("capture/pcapng-rich");
    check_alike("capture/pcapng-rich-be", "pcapng", true);
    CHECK(whole.n >= 5);
    CHECK_INT(whole.obs[0].time_ns, INT64_C(1700000000000000000)); /* microseconds */
    CHECK_INT(whole.obs[1].time_ns, INT64_C(1700000000000000000)); /* nanoseconds */
    CHECK_INT(whole.obs[2].time_ns, INT64_C(1700000000000000000)); /* 2^-10 s, and an offset */
    for (size_t i = 0; i < whole.n; i++) {
        CHECK_INT(whole.obs[i].dst_port, 22);
    }
}

/* Cuts of a file that are not told as they should be. */
static int cuts_that_lie(struct bytes file)
{
    int bad = 0;
    for (size_t n = 0; n < file.len; n++) {
        read_bytes(bytes_of(file.data, n), &other);
        if (other.opened != ST_OK) {
            bad += other.why.field == NULL || other.why.offset > n;
            continue;
        }
        const struct remark *cut = remark_of(&other, REMARK_CUT);
        bad += other.ended != ST_END || !is_prefix(&other, &whole, true);
        bad += other.all < whole.all && cut == NULL && other.n > 0 &&
               pos_offset(whole.obs[other.n].pos) < n; /* inside a record */
        bad += cut != NULL && (cut->offset > n || !cut->partial);
    }
    return bad;
}

static void every_cut_is_named(void)
{
    static const char *const names[] = {"capture/pcap-le", "capture/pcap-nano-be",
                                        "capture/pcap-patched", "capture/pcapng-le",
                                        "capture/pcapng-rich-be"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct bytes file = seed(names[i]);
        read_bytes(file, &whole);
        CHECK_INT(cuts_that_lie(file), 0);
        bytes_free(file);
    }
}

/* The offset is that of the record that is not whole. */
static void a_cut_record_is_where_it_begins(void)
{
    struct bytes file = seed("capture/pcap-le");
    read_bytes(file, &whole);
    uint64_t last = pos_offset(whole.obs[whole.n - 1].pos);
    for (size_t n = (size_t)last + 1; n < file.len; n++) {
        read_bytes(bytes_of(file.data, n), &other);
        const struct remark *cut = remark_of(&other, REMARK_CUT);
        CHECK(cut != NULL && cut->offset == last && cut->value == n - last);
    }
    read_bytes(bytes_of(file.data, (size_t)last), &other); /* between two records */
    CHECK(remark_of(&other, REMARK_CUT) == NULL);
    bytes_free(file);
}

static void cut_compression_keeps_what_came_before(void)
{
    static const char *const names[] = {"capture/gzip", "capture/zstd"};
    read_seed("capture/pcap-le");
    for (size_t k = 0; k < ARRAY_LEN(names); k++) {
        struct bytes file = seed(names[k]);
        int bad = 0;
        for (size_t n = 1; n < file.len; n++) {
            read_bytes(bytes_of(file.data, n), &other);
            if (other.opened == ST_OK) {
                bad += !is_prefix(&other, &whole, true);
                bad += other.n < whole.n && remark_of(&other, REMARK_CUT) == NULL;
            }
        }
        CHECK_INT(bad, 0);
        bytes_free(file);
    }
}

static void a_record_past_the_limit_stops_and_is_told(void)
{
    struct bytes file = seed("capture/pcap-too-long");
    read_bytes(file, &other);
    const struct remark *r = remark_of(&other, REMARK_BROKEN);
    CHECK_INT(other.n, 2);
    CHECK(r != NULL && r->offset == file.len - 16 && r->value == LIMIT_FRAME_BYTES + 1);
    CHECK(r != NULL && r->partial);
    bytes_free(file);
}

static void an_unread_link_type_is_told(void)
{
    struct bytes file = seed("capture/link-unknown");
    read_bytes(file, &other);
    const struct remark *r = remark_of(&other, REMARK_LINK_UNSUPPORTED);
    CHECK_INT(other.n, 0);
    CHECK(r != NULL && r->value == 147 && r->partial);
    bytes_free(file);
}

static void nothing_and_nonsense_are_told_apart(void)
{
    read_bytes((struct bytes){0}, &other);
    CHECK_INT(other.opened, ST_OK);
    CHECK_INT(other.ended, ST_END);
    read_bytes(BYTES_LITERAL("\x7f"
                             "ELF and so on"),
               &other);
    CHECK_INT(other.opened, ST_MALFORMED);
    CHECK_STR(other.why.field, "format");
}

static void a_pipe_reads_as_a_file(void)
{
    struct bytes file = seed("capture/pcap-le");
    int ends[2];
    read_bytes(file, &whole);
    CHECK(pipe(ends) == 0 && write(ends[1], file.data, file.len) == (ssize_t)file.len);
    close(ends[1]);
    read_fd(ends[0], &other);
    close(ends[0]);
    CHECK_INT(other.n, whole.n);
    CHECK(is_prefix(&other, &whole, true));
    bytes_free(file);
}

static void every_allocation_may_fail(void)
{
    static const char *const names[] = {"capture/pcap-le", "capture/pcapng-sections",
                                        "capture/gzip", "capture/zstd"};
    for (size_t k = 0; k < ARRAY_LEN(names); k++) {
        struct bytes file = seed(names[k]);
        int fd = memfd_create("capture", MFD_CLOEXEC);
        CHECK(write(fd, file.data, file.len) == (ssize_t)file.len);
        bool failed = true;
        unsigned nth = 0;
        while (failed && ++nth < 100) {
            CHECK(lseek(fd, 0, SEEK_SET) == 0);
            test_fail_allocation(nth);
            read_fd(fd, &other);
            failed = test_allocation_failed();
            test_fail_allocation(0);
            enum status st = other.opened != ST_OK ? other.opened : other.ended;
            CHECK_INT(st, failed ? ST_NOMEM : ST_END);
        }
        CHECK(nth > 1 && nth < 100);
        close(fd);
        bytes_free(file);
    }
}

/* -- real captures, many of them damaged on purpose -- */

enum { SMALL = 4096, HUGE_FILE = 64 << 20 };

static int cuts_that_differ(struct bytes file)
{
    int bad = 0;
    for (size_t n = 0; n < file.len; n++) {
        read_bytes(bytes_of(file.data, n), &other);
        bad += other.opened == ST_OK && strcmp(other.format, whole.format) == 0 &&
               !is_prefix(&other, &whole, true);
        bad += other.opened != ST_OK && other.why.field == NULL;
    }
    return bad;
}

static unsigned check_file(const char *path, size_t size)
{
    if (size > HUGE_FILE) {
        return 0;
    }
    struct bytes file = file_bytes(path);
    read_bytes(file, &whole);
    CHECK(whole.opened != ST_OK || whole.ended == ST_END);
    CHECK(whole.opened == ST_OK || whole.why.field != NULL);
    if (file.len <= SMALL && whole.opened == ST_OK) {
        int bad = cuts_that_differ(file);
        CHECK_INT(bad, 0);
        if (bad > 0) {
            printf("# %s\n", path);
        }
    }
    bytes_free(file);
    return 1;
}

static unsigned check_folder(const char *path)
{
    unsigned n = 0;
    DIR *d = opendir(path);
    for (struct dirent *e = d ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        char name[8192];
        struct stat st;
        (void)snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
        if (e->d_name[0] == '.' || stat(name, &st) != 0) {
            continue;
        }
        n += S_ISDIR(st.st_mode) ? check_folder(name) : check_file(name, (size_t)st.st_size);
    }
    if (d != NULL) {
        closedir(d);
    }
    return n;
}

static void check_shared(const char *folder)
{
    const char *root = test_shared();
    char path[5000];
    if (root != NULL) {
        (void)snprintf(path, sizeof(path), "%s/captures/%s", root, folder);
        CHECK(check_folder(path) > 0);
    }
}

static void malformed_captures_do_no_harm(void)
{
    check_shared("malformed");
}

static void real_pcapng_may_be_cut_anywhere(void)
{
    check_shared("pcapng");
}

static void real_pcap_may_be_cut_anywhere(void)
{
    check_shared("pcap");
}

/* clang-format off */
TEST_MAIN(
    TEST(byte_orders_and_units_read_alike),
    TEST(nanoseconds_are_kept),
    TEST(compression_changes_nothing),
    TEST(pcapng_times_follow_their_interface),
    TEST(every_cut_is_named),
    TEST(a_cut_record_is_where_it_begins),
    TEST(cut_compression_keeps_what_came_before),
    TEST(a_record_past_the_limit_stops_and_is_told),
    TEST(an_unread_link_type_is_told),
    TEST(nothing_and_nonsense_are_told_apart),
    TEST(a_pipe_reads_as_a_file),
    TEST(every_allocation_may_fail),
    TEST(malformed_captures_do_no_harm),
    TEST(real_pcapng_may_be_cut_anywhere),
    TEST(real_pcap_may_be_cut_anywhere),
)
/* clang-format on */
