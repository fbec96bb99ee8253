/* tests/unit/base/test_cage.c - each cage is tried from inside.
 *
 * Every attempt is a process of its own. In builds with a sanitizer, what
 * would be killed is refused, which counts as well.
 */
#include "base/os/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/os/cage_filter.h"
#include "base/os/clock.h"
#include "base/os/process.h"
#include "base/os/random.h"
#include "test.h"

enum { REFUSED = 0, SUCCEEDED = 1, KILLED = 2 };

/* -1 when the call was refused, as system calls say it. */
typedef long attempt(void);

static int input_fd; /* an open file, kept in the cage */

static int try_it(void *ctx, int channel, const struct cage_report *report)
{
    (void)channel;
    (void)report;
    attempt **what = ctx;
    return (*what)() < 0 ? REFUSED : SUCCEEDED;
}

static int outcome(enum cage cage, attempt *what)
{
    int keep[] = {2, input_fd};
    struct process_options opt = {.name = "reader", .cage = cage, .keep = keep, .n_keep = 2};
    struct process *p = NULL;
    struct process_end end = {0};
    if (process_start(&opt, try_it, &what, &p, NULL) != ST_OK ||
        process_wait(p, &end, NULL) != ST_OK) {
        process_free(p);
        return -1;
    }
    process_free(p);
    if (end.by_signal) {
        return end.code == SIGSYS ? KILLED : 100 + end.code;
    }
    return end.code;
}

/* Outside, everything of these succeeds or fails for its own reasons; what
 * matters is inside. */
struct trial {
    const char *name;
    attempt *what;
    int want;
};

#define RAW(name, ...)                                                                             \
    static long raw_##name(void)                                                                   \
    {                                                                                              \
        return syscall(SYS_##name, __VA_ARGS__);                                                   \
    }

RAW(openat, AT_FDCWD, "/etc/passwd", O_RDONLY)
RAW(socket, AF_INET, SOCK_STREAM, 0)
RAW(getppid, 0)
RAW(kill, getppid(), 0)
RAW(ptrace, PTRACE_TRACEME, 0, 0, 0)
RAW(io_uring_setup, 1, NULL)
RAW(process_vm_readv, getppid(), NULL, 0, NULL, 0, 0)
RAW(unlinkat, AT_FDCWD, "/nonexistent", 0)
RAW(bpf, 0, NULL, 0)
RAW(memfd_create, "x", 0)
RAW(fchmod, input_fd, 0600)
RAW(ftruncate, input_fd, 0)
RAW(ioctl, input_fd, 0, 0)
RAW(setrlimit, RLIMIT_CORE, NULL)
RAW(dup, input_fd)

static long enter_exec(void)
{
    char *argv[] = {NULL};
    return execve("/bin/true", argv, argv);
}

static long make_process(void)
{
    return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static long make_code(void)
{
    void *p =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? -1 : 0;
}

static long turn_to_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? 0 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static long map_a_file(void)
{
    return mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, input_fd, 0) == MAP_FAILED ? -1 : 0;
}

static long signal_the_parent(void)
{
    return syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static long write_the_input(void)
{
    return write(input_fd, "x", 1);
}

static long send_elsewhere(void)
{
    struct sockaddr to = {.sa_family = AF_INET};
    return sendto(input_fd, "x", 1, 0, &to, sizeof(to));
}

static long look_at_a_file(void)
{
    struct stat s;
    return stat("/etc/passwd", &s);
}

static long slip_past_fstat(void)
{
    struct stat s;
    return syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &s, AT_EMPTY_PATH);
}

static int want_killed(void)
{
    return CAGE_SANITIZED ? REFUSED : KILLED;
}

static void check_trials(enum cage cage, const struct trial *trials, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int want = trials[i].want == KILLED ? want_killed() : trials[i].want;
        int got = outcome(cage, trials[i].what);
        if (got != want) {
            printf("# %s in the %s's cage: %d, not %d\n", trials[i].name, cage_name(cage), got,
                   want);
        }
        CHECK(got == want);
    }
}

static void both_cages_refuse_the_world(void)
{
    static const struct trial trials[] = {
        {"open", raw_openat, REFUSED},
        {"stat", look_at_a_file, REFUSED},
        {"stat by the back door", slip_past_fstat, REFUSED},
        {"socket", raw_socket, KILLED},
        {"execve", enter_exec, KILLED},
        {"clone", make_process, KILLED},
        {"kill", raw_kill, KILLED},
        {"ptrace", raw_ptrace, KILLED},
        {"io_uring", raw_io_uring_setup, KILLED},
        {"process_vm_readv", raw_process_vm_readv, KILLED},
        {"bpf", raw_bpf, KILLED},
        {"unlink", raw_unlinkat, KILLED},
        {"mmap of code", make_code, REFUSED},
        {"mprotect to code", turn_to_code, REFUSED},
        {"tgkill of the parent", signal_the_parent, REFUSED},
        {"sendto elsewhere", send_elsewhere, REFUSED},
        {"write to the input", write_the_input, REFUSED},
        {"fchmod", raw_fchmod, REFUSED},
        {"ftruncate", raw_ftruncate, REFUSED},
        {"ioctl", raw_ioctl, REFUSED},
        {"setrlimit", raw_setrlimit, REFUSED},
        {"a call nobody thought of", raw_getppid, REFUSED},
    };
    check_trials(CAGE_READER, trials, ARRAY_LEN(trials));
    check_trials(CAGE_ANALYST, trials, ARRAY_LEN(trials));
}

static void a_reader_maps_no_files_and_makes_no_descriptors(void)
{
    static const struct trial trials[] = {
        {"mmap of a file", map_a_file, REFUSED},
        {"memfd_create", raw_memfd_create, REFUSED},
        {"dup", raw_dup, REFUSED},
    };
    check_trials(CAGE_READER, trials, ARRAY_LEN(trials));
}

static long threads_too(void);

static void threads_from_before_are_inside(void)
{
    CHECK_INT(outcome(CAGE_NONE, threads_too), REFUSED);
}

static pthread_barrier_t entered;

static void *look_outside(void *ret)
{
    (void)pthread_barrier_wait(&entered); /* only to be after the other */
    *(long *)ret = raw_getppid();         /* which nothing but the filter refuses */
    return NULL;
}

static long threads_too(void)
{
    pthread_t other;
    long got = 0;
    struct cage_report report;
    if (pthread_barrier_init(&entered, NULL, 2) != 0 ||
        pthread_create(&other, NULL, look_outside, &got) != 0) {
        return 0;
    }
    cage_enter(CAGE_READER, &report);
    (void)pthread_barrier_wait(&entered); /* lets the other go on */
    return pthread_join(other, NULL) == 0 ? got : 0;
}

#define NEED(x)                                                                                    \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            return __LINE__ % 100 + 100;                                                           \
        }                                                                                          \
    } while (0)

static int memory_works(void)
{
    size_t big = 64 << 20;
    char *p = mmap(NULL, big, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    NEED(p != MAP_FAILED);
    NEED(madvise(p, big, MADV_HUGEPAGE) == 0 || errno == EINVAL);
    p[big - 1] = 1;
    p = mremap(p, big, 2 * big, MREMAP_MAYMOVE);
    NEED(p != MAP_FAILED && p[big - 1] == 1);
    NEED(munmap(p, 2 * big) == 0);
    void *q = malloc(100);
    NEED(q != NULL);
    q = realloc(q, 5 << 20);
    NEED(q != NULL);
    free(q);
    return 0;
}

static bool landlock_here; /* found out before any cage */

static int work(void *ctx, int channel, const struct cage_report *report)
{
    (void)ctx;
    char b[4];
    struct stat s;
    uint64_t chance[64];
    NEED(report->whole && report->text[0] == '\0');
    NEED(CAGE_SANITIZED || report->landlock > 0 || !landlock_here);
    NEED(report->seccomp && report->no_files && report->no_new_privs && report->no_dump);
    NEED(read(input_fd, b, 4) == 4 && memcmp(b, "once", 4) == 0);
    NEED(pread(input_fd, b, 4, 5) == 4 && memcmp(b, "upon", 4) == 0);
    NEED(lseek(input_fd, 0, SEEK_END) == 11);
    NEED(fstat(input_fd, &s) == 0 && s.st_size == 11);
    NEED(clock_now_ns() > 0 && clock_mono_ns() <= clock_mono_ns());
    NEED(random_bytes(chance, sizeof(chance)) == ST_OK && chance[0] != chance[63]);
    NEED(send(channel, "done", 4, MSG_NOSIGNAL) == 4);
    NEED(read(channel, b, 4) == 0); /* the parent closes it */
    int bad = memory_works();
    NEED(close(input_fd) == 0);
    return bad;
}

static void work_goes_on_inside(void)
{
    static const enum cage cages[] = {CAGE_READER, CAGE_ANALYST};
    for (size_t i = 0; i < ARRAY_LEN(cages); i++) {
        struct process_options opt = {
            .name = "reader", .cage = cages[i], .keep = &input_fd, .n_keep = 1};
        struct process *p = NULL;
        struct process_end end = {0};
        char b[4] = "";
        CHECK(lseek(input_fd, 0, SEEK_SET) == 0);
        CHECK_INT(process_start(&opt, work, NULL, &p, NULL), ST_OK);
        CHECK(read(process_channel(p), b, 4) == 4);
        CHECK_INT(process_wait(p, &end, NULL), ST_OK);
        CHECK_INT(end.code, 0);
        CHECK(!end.by_signal);
        process_free(p);
    }
}

static long check_fails(void)
{
    abort();
}

static void a_failed_check_of_our_own_ends_as_one(void)
{
    CHECK_INT(outcome(CAGE_READER, check_fails), 100 + SIGABRT);
    CHECK_INT(outcome(CAGE_ANALYST, check_fails), 100 + SIGABRT);
}

static int keep_memory_files(void *ctx, int channel, const struct cage_report *report)
{
    (void)ctx;
    (void)channel;
    (void)report;
    char b[4];
    int fd = memfd_create("source", MFD_CLOEXEC);
    NEED(fd >= 0 && write(fd, "data", 4) == 4);
    void *p = mmap(NULL, 4, PROT_READ, MAP_SHARED, fd, 0);
    NEED(p != MAP_FAILED && memcmp(p, "data", 4) == 0);
    int copy = dup(fd);
    FILE *f = copy >= 0 ? fdopen(copy, "r") : NULL;
    struct stat s;
    NEED(fstat(fd, &s) == 0 && s.st_size == 4);
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd); /* fits */
    int again = open(path, O_RDONLY | O_CLOEXEC);
    NEED(again > fd && pread(again, b, 4, 0) == 4 && memcmp(b, "data", 4) == 0);
    NEED(open("/proc/self/fd/", O_RDONLY) < 0 && errno == ENOENT);
    NEED(open("/proc/self/fd/99999", O_RDONLY) < 0);
    NEED(open("/proc/self/fd/3/../../maps", O_RDONLY) < 0 && errno == ENOENT);
    NEED(open("/proc/self/maps", O_RDONLY) < 0 && errno == ENOENT);
    NEED(f != NULL && fseek(f, 0, SEEK_SET) == 0 && fread(b, 1, 4, f) == 4);
    (void)fclose(f); /* only read from */
    return 0;
}

static void an_analyst_keeps_memory_files(void)
{
    struct process_options opt = {.name = "analyst", .cage = CAGE_ANALYST};
    struct process *p = NULL;
    struct process_end end = {0};
    CHECK_INT(process_start(&opt, keep_memory_files, NULL, &p, NULL), ST_OK);
    CHECK_INT(process_wait(p, &end, NULL), ST_OK);
    CHECK_INT(end.code, 0);
    CHECK(!end.by_signal);
    process_free(p);
}

/* As some containers are: with a filter of their own that forbids another. */
static int enter_without_filters(void *ctx, int channel, const struct cage_report *none)
{
    (void)ctx;
    (void)channel;
    (void)none;
    struct cage_report r;
    scmp_filter_ctx outer = seccomp_init(SCMP_ACT_ALLOW);
    NEED(outer != NULL && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    NEED(seccomp_rule_add(outer, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(seccomp), 0) == 0);
    NEED(seccomp_load(outer) == 0);
    seccomp_release(outer);
    cage_enter(CAGE_READER, &r);
    NEED(!r.seccomp && !r.whole);
    NEED(r.no_new_privs && r.no_dump && r.limits);
    NEED(r.no_files == (r.landlock > 0));
    NEED(strncmp(r.text, "missing for the reader: system call filter (EACCES)", 51) == 0);
    NEED(r.no_files == (strstr(r.text, "files") == NULL));
    return 0;
}

static void a_cage_without_its_filter_says_so(void)
{
    struct process_end end = {0};
    struct process *p = NULL;
    static const int err = 2;
    struct process_options opt = {.name = "reader", .keep = &err, .n_keep = 1};
    CHECK_INT(process_start(&opt, enter_without_filters, NULL, &p, NULL), ST_OK);
    CHECK_INT(process_wait(p, &end, NULL), ST_OK);
    CHECK_INT(end.code, 0);
    process_free(p);
}

static int make_input(void)
{
    char path[] = "/tmp/cage-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, "once upon a", 11) != 11) {
        return -1;
    }
    (void)close(fd); /* written; read again below */
    fd = open(path, O_RDONLY | O_CLOEXEC);
    (void)unlink(path); /* lives as long as its descriptor */
    return fd;
}

static void there_is_an_input(void)
{
    input_fd = make_input();
    landlock_here = syscall(444, NULL, 0, 1) > 0; /* landlock_create_ruleset, its version */
    CHECK(input_fd >= 0);
}

TEST_MAIN(TEST(there_is_an_input), TEST(both_cages_refuse_the_world),
          TEST(a_reader_maps_no_files_and_makes_no_descriptors),
          TEST(threads_from_before_are_inside), TEST(work_goes_on_inside),
          TEST(a_failed_check_of_our_own_ends_as_one), TEST(an_analyst_keeps_memory_files),
          TEST(a_cage_without_its_filter_says_so))
