/* tests/unit/attribute/test_file.c - reading a source file. */
#include "attribute/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/core/limits.h"
#include "material.h"

static void both_ways_read_the_same_bytes_and_digest(void)
{
    struct buf b = BUF_INIT(4 << 20);
    char path[40];
    for (uint32_t i = 0; i < 300000; i++) { /* more than a chunk */
        buf_be32(&b, i * 2654435761U);
    }
    int fd = material_file(buf_bytes(&b), path);
    struct digest want;
    CHECK_INT(digest_sha256(buf_bytes(&b), &want), ST_OK);
    for (int named = 0; named < 2; named++) {
        struct attribute_file f;
        CHECK_INT(attribute_file_open(path, &f, NULL), ST_OK);
        CHECK_INT(attribute_file_read(&f, named, NULL), ST_OK);
        CHECK(bytes_equal(f.data, buf_bytes(&b)));
        CHECK(memcmp(&f.digest, &want, sizeof(want)) == 0);
        CHECK((f.mem_fd >= 0) == named);
        CHECK_INT(f.fd, -1);
        attribute_file_fini(&f);
    }
    close(fd);
    buf_fini(&b);
}

/* What was read stays whole when the file is cut under us. */
static void a_file_that_is_shortened_later_does_no_harm(void)
{
    char path[40];
    struct attribute_file f;
    int fd = material_file(text("0123456789"), path);
    CHECK_INT(attribute_file_open(path, &f, NULL), ST_OK);
    CHECK_INT(attribute_file_read(&f, true, NULL), ST_OK);
    CHECK_INT(ftruncate(fd, 0), 0);
    CHECK(bytes_equal(f.data, text("0123456789")));
    attribute_file_fini(&f);
    close(fd);
}

static void a_file_that_is_shortened_while_it_is_read_is_said(void)
{
    char path[40];
    struct attribute_file f;
    struct fault why = {0};
    int fd = material_file(text("0123456789"), path);
    CHECK_INT(attribute_file_open(path, &f, NULL), ST_OK);
    CHECK_INT(ftruncate(fd, 4), 0);
    CHECK_INT(attribute_file_read(&f, false, &why), ST_SHORT);
    CHECK_INT(why.offset, 4);
    attribute_file_fini(&f);
    close(fd);
}

static void only_regular_files_are_read(void)
{
    struct attribute_file f;
    struct fault why = {0};
    CHECK_INT(attribute_file_open("/dev/zero", &f, &why), ST_DENIED);
    CHECK_STR(why.field, "not a regular file");
    CHECK_INT(attribute_file_open("/", &f, &why), ST_DENIED);
    CHECK_INT(attribute_file_open("/no/such/file", &f, &why), ST_SYS);
    char dir[] = "/tmp/attribute-XXXXXX";
    char pipe[64];
    CHECK(mkdtemp(dir) != NULL);
    (void)snprintf(pipe, sizeof(pipe), "%s/pipe", dir);
    CHECK_INT(mkfifo(pipe, 0600), 0);
    CHECK_INT(attribute_file_open(pipe, &f, &why), ST_DENIED); /* and does not hang */
    (void)unlink(pipe);
    (void)rmdir(dir);
}

static void an_enormous_or_empty_file_is_refused(void)
{
    char path[40];
    struct attribute_file f;
    struct fault why = {0};
    int fd = material_file(text(""), path);
    CHECK_INT(attribute_file_open(path, &f, NULL), ST_OK);
    CHECK_INT(attribute_file_read(&f, false, &why), ST_SHORT);
    attribute_file_fini(&f);
    CHECK_INT(ftruncate(fd, (off_t)LIMIT_SOURCE_BYTES + 1), 0); /* sparse */
    CHECK_INT(attribute_file_open(path, &f, &why), ST_LIMIT);
    CHECK_INT(why.limit, LIMIT_SOURCE_BYTES);
    close(fd);
}

static void head_and_tail_overlap_in_a_small_file(void)
{
    static uint8_t head[ATTRIBUTE_HEAD_BYTES];
    static uint8_t tail[ATTRIBUTE_TAIL_BYTES];
    char path[40];
    struct attribute_file f;
    size_t h = 0;
    size_t t = 0;
    int fd = material_file(text("abc"), path);
    CHECK_INT(attribute_file_open(path, &f, NULL), ST_OK);
    CHECK_INT(attribute_file_peek(&f, head, &h, tail, &t), ST_OK);
    CHECK(h == 3 && t == 3 && memcmp(head, "abc", 3) == 0 && memcmp(tail, "abc", 3) == 0);
    attribute_file_fini(&f);
    close(fd);
}

static void no_memory_is_said(void)
{
    char path[40];
    int fd = material_file(text("abc"), path);
    for (int named = 0; named < 2; named++) {
        unsigned n = 0;
        enum status st = ST_NOMEM;
        while (st != ST_OK) {
            struct attribute_file f;
            CHECK_INT(attribute_file_open(path, &f, NULL), ST_OK);
            test_fail_allocation(++n);
            st = attribute_file_read(&f, named, NULL);
            bool failed = test_allocation_failed();
            test_fail_allocation(0);
            attribute_file_fini(&f);
            CHECK(st == ST_OK || (st == ST_NOMEM && failed));
        }
        CHECK(n > 1 || !named);
    }
    close(fd);
}

TEST_MAIN(TEST(both_ways_read_the_same_bytes_and_digest),
          TEST(a_file_that_is_shortened_later_does_no_harm),
          TEST(a_file_that_is_shortened_while_it_is_read_is_said),
          TEST(only_regular_files_are_read), TEST(an_enormous_or_empty_file_is_refused),
          TEST(head_and_tail_overlap_in_a_small_file), TEST(no_memory_is_said))
