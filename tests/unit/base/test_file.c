/* tests/unit/base/test_file.c - files that are not there, not files, or not ours. */
#include "base/os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static char folder[] = "/tmp/file-XXXXXX";
static int dir_fd = -1;

static char *in_folder(const char *name)
{
    static char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name); /* short */
    return path;
}

static unsigned entries(void)
{
    unsigned n = 0;
    DIR *d = opendir(folder);
    while (d != NULL && readdir(d) != NULL) {
        n++;
    }
    (void)closedir(d); /* only read from */
    return n - 2;      /* without . and .. */
}

static void there_is_a_folder(void)
{
    CHECK(mkdtemp(folder) != NULL);
    dir_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(dir_fd >= 0);
}

static bool holds(const char *name, const char *want)
{
    CLEANUP(buf_fini) struct buf got = BUF_INIT(1000);
    return file_read_at(dir_fd, name, &got, NULL) == ST_OK &&
           bytes_equal(buf_bytes(&got), bytes_of(want, strlen(want)));
}

static void what_was_written_is_read(void)
{
    struct stat s;
    CHECK_INT(file_write_at(dir_fd, "a", BYTES_LITERAL("one"), 0600, NULL), ST_OK);
    CHECK(holds("a", "one"));
    CHECK(fstatat(dir_fd, "a", &s, 0) == 0 && (s.st_mode & 0777) == 0600);
    CHECK_INT(file_write(in_folder("a"), BYTES_LITERAL("two"), 0600, NULL), ST_OK);
    CHECK(holds("a", "two"));
    CHECK_INT(entries(), 1);
}

/* The limit on file sizes plays the kill, in the middle of what is written. */
static void whoever_is_killed_leaves_nothing(void)
{
    static uint8_t much[65536];
    int unnamed = openat(dir_fd, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
    if (unnamed < 0) {
        return; /* this file system cannot */
    }
    CHECK(close(unnamed) == 0);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit most = {.rlim_cur = 4096, .rlim_max = 4096};
        (void)signal(SIGXFSZ, SIG_DFL);
        (void)setrlimit(RLIMIT_FSIZE, &most); /* without it the test fails */
        status_ignore(file_write_at(dir_fd, "a", bytes_of(much, sizeof(much)), 0600, NULL));
        _exit(0);
    }
    int how = 0;
    CHECK(waitpid(child, &how, 0) == child && WIFSIGNALED(how));
    CHECK(holds("a", "two"));
    CHECK_INT(entries(), 1);
}

/* The limit on file sizes plays the full disk. */
static void a_write_that_fails_leaves_the_old_file_and_no_other(void)
{
    static uint8_t much[65536];
    struct rlimit before, little;
    struct fault why = {0};
    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
    little = before;
    little.rlim_cur = 1000;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    CHECK(setrlimit(RLIMIT_FSIZE, &little) == 0);
    enum status st = file_write_at(dir_fd, "a", bytes_of(much, sizeof(much)), 0600, &why);
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    (void)signal(SIGXFSZ, handler); /* as it was */
    CHECK_INT(st, ST_SYS);
    CHECK_INT(why.sys_errno, EFBIG);
    CHECK(holds("a", "two"));
    CHECK_INT(entries(), 1);
}

static void a_rename_that_fails_leaves_no_other_file(void)
{
    struct fault why = {0};
    CHECK(mkdirat(dir_fd, "d", 0700) == 0);
    CHECK_INT(file_write_at(dir_fd, "d", BYTES_LITERAL("x"), 0600, &why), ST_SYS);
    CHECK_INT(why.sys_errno, EISDIR);
    CHECK_INT(entries(), 2);
}

static void names_do_not_lead_out_of_the_folder(void)
{
    static const char *const names[] = {"", ".", "..", "../x", "d/x", "/etc/passwd"};
    CLEANUP(buf_fini) struct buf got = BUF_INIT(10);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CHECK_INT(file_write_at(dir_fd, names[i], BYTES_LITERAL("x"), 0600, NULL), ST_DENIED);
        CHECK_INT(file_read_at(dir_fd, names[i], &got, NULL), ST_DENIED);
    }
}

static void links_are_replaced_and_not_followed(void)
{
    CLEANUP(buf_fini) struct buf got = BUF_INIT(10);
    struct fault why = {0};
    CHECK(symlinkat("a", dir_fd, "link") == 0);
    CHECK_INT(file_read_at(dir_fd, "link", &got, &why), ST_SYS);
    CHECK_INT(why.sys_errno, ELOOP);
    CHECK_INT(file_read(in_folder("link"), &got, NULL), ST_OK); /* as a user names it */
    CHECK_INT(file_write_at(dir_fd, "link", BYTES_LITERAL("new"), 0600, NULL), ST_OK);
    CHECK(holds("link", "new") && holds("a", "two"));
}

static void a_file_over_the_maximum_is_refused(void)
{
    struct fault why = {0};
    for (size_t max = 0; max <= 4; max++) {
        CLEANUP(buf_fini) struct buf got = BUF_INIT(max);
        enum status want = max < 3 ? ST_LIMIT : ST_OK;
        CHECK_INT(file_read_at(dir_fd, "a", &got, &why), want);
        CHECK(want == ST_OK || why.limit == max);
        CHECK(want != ST_OK || got.len == 3);
    }
}

static void an_input_says_what_it_is(void)
{
    struct file_input in = {0};
    struct fault why = {0};
    CHECK_INT(file_input_open(in_folder("a"), &in, NULL), ST_OK);
    CHECK(in.sized && in.size_bytes == 3);
    CHECK((fcntl(in.fd, F_GETFD) & FD_CLOEXEC) != 0);
    file_input_close(&in);
    CHECK_INT(in.fd, -1);
    CHECK_INT(file_input_open(folder, &in, &why), ST_DENIED);
    CHECK_STR(why.field, "a folder is not an input");
    CHECK_INT(file_input_open(in_folder("none"), &in, &why), ST_SYS);
    CHECK_INT(why.sys_errno, ENOENT);
    CHECK_INT(file_input_open("-", &in, NULL), ST_OK);
    CHECK_INT(in.fd, STDIN_FILENO);
    file_input_close(&in);
    CHECK(fcntl(STDIN_FILENO, F_GETFD) >= 0);
}

static void a_file_without_permission_is_a_fault(void)
{
    struct file_input in = {0};
    struct fault why = {0};
    if (geteuid() == 0) {
        printf("# skipped: root may read everything\n");
        return;
    }
    CHECK(fchmodat(dir_fd, "a", 0, 0) == 0);
    CHECK_INT(file_input_open(in_folder("a"), &in, &why), ST_SYS);
    CHECK_INT(why.sys_errno, EACCES);
}

static void a_pipe_is_an_input_but_none_of_our_files(void)
{
    CLEANUP(buf_fini) struct buf got = BUF_INIT(10);
    struct file_input in = {0};
    CHECK(mkfifoat(dir_fd, "pipe", 0600) == 0);
    CHECK_INT(file_read_at(dir_fd, "pipe", &got, NULL), ST_DENIED);
    int writer = openat(dir_fd, "pipe", O_RDWR | O_CLOEXEC); /* so that nothing waits */
    CHECK(writer >= 0);
    CHECK_INT(file_input_open(in_folder("pipe"), &in, NULL), ST_OK);
    CHECK(!in.sized);
    file_input_close(&in);
    (void)close(writer); /* of this test */
}

static void without_memory_it_says_so(void)
{
    CLEANUP(buf_fini) struct buf got = BUF_INIT(10);
    test_fail_allocation(1);
    CHECK_INT(file_read_at(dir_fd, "link", &got, NULL), ST_NOMEM);
}

static void the_folder_goes(void)
{
    static const char *const names[] = {"a", "link", "pipe"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CHECK(unlinkat(dir_fd, names[i], 0) == 0);
    }
    CHECK(unlinkat(dir_fd, "d", AT_REMOVEDIR) == 0);
    CHECK(rmdir(folder) == 0); /* nothing else was left in it */
    (void)close(dir_fd);       /* of this test */
}

TEST_MAIN(TEST(there_is_a_folder), TEST(what_was_written_is_read),
          TEST(whoever_is_killed_leaves_nothing),
          TEST(a_write_that_fails_leaves_the_old_file_and_no_other),
          TEST(a_rename_that_fails_leaves_no_other_file), TEST(names_do_not_lead_out_of_the_folder),
          TEST(links_are_replaced_and_not_followed), TEST(a_file_over_the_maximum_is_refused),
          TEST(an_input_says_what_it_is), TEST(a_file_without_permission_is_a_fault),
          TEST(a_pipe_is_an_input_but_none_of_our_files), TEST(without_memory_it_says_so),
          TEST(the_folder_goes))
