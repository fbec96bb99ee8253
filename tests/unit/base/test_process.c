/* tests/unit/base/test_process.c - messages between processes, and their ends. */
#include "base/os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/os/cage_filter.h"
#include "base/os/channel.h"
#include "test.h"

enum { MESSAGE_MAX = 1 << 20 };

static int echo(void *ctx, int channel, const struct cage_report *report)
{
    (void)ctx;
    (void)report;
    CLEANUP(buf_fini) struct buf body = BUF_INIT(MESSAGE_MAX);
    for (;;) {
        uint8_t type = 0;
        enum status st = channel_receive(channel, &type, &body, NULL);
        if (st != ST_OK) {
            return st == ST_END ? 7 : 1;
        }
        if (channel_send(channel, (uint8_t)(type + 1), buf_bytes(&body), NULL) != ST_OK) {
            return 2;
        }
    }
}

static struct process *start(process_run *run, void *ctx, enum cage cage)
{
    struct process_options opt = {.name = "reader", .cage = cage};
    struct process *p = NULL;
    CHECK_INT(process_start(&opt, run, ctx, &p, NULL), ST_OK);
    return p;
}

static struct process_end finish(struct process *p)
{
    struct process_end end = {0};
    CHECK_INT(process_wait(p, &end, NULL), ST_OK);
    process_free(p);
    return end;
}

static void messages_of_every_size_arrive_whole(void)
{
    static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 65536, 65537, MESSAGE_MAX};
    CLEANUP(free_ptr) uint8_t *data = malloc(MESSAGE_MAX);
    CLEANUP(buf_fini) struct buf body = BUF_INIT(MESSAGE_MAX);
    struct process *p = start(echo, NULL, CAGE_READER);
    for (size_t i = 0; i < MESSAGE_MAX; i++) {
        data[i] = (uint8_t)(i * 2654435761U >> 13);
    }
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        uint8_t type = 0;
        struct bytes sent = bytes_of(data, sizes[i]);
        CHECK_INT(channel_send(process_channel(p), (uint8_t)i, sent, NULL), ST_OK);
        CHECK_INT(channel_receive(process_channel(p), &type, &body, NULL), ST_OK);
        CHECK_INT(type, i + 1);
        CHECK(bytes_equal(buf_bytes(&body), sent));
    }
    struct process_end end = finish(p);
    CHECK_INT(end.code, 7); /* it saw the channel close between messages */
    CHECK_STR(end.text, "the reader ended with status 7");
}

/* Sizes around the room that there is, so that messages are sent at every fill. */
static const size_t held_sizes[] = {0,     1,     100, 30000, 35000, 65530,
                                    65531, 65532, 7,   70000, 3,     CHANNEL_HELD_MAX};

/* How many messages came as they were sent, before the first that did not. */
static int count_held(void *ctx, int channel, const struct cage_report *report)
{
    CLEANUP(buf_fini) struct buf body = BUF_INIT(MESSAGE_MAX);
    int n = 0;
    uint8_t type = 0;
    (void)ctx;
    (void)report;
    while (channel_receive(channel, &type, &body, NULL) == ST_OK) {
        bool right = type < ARRAY_LEN(held_sizes) && body.len == held_sizes[type] &&
                     (body.len == 0 || body.data[0] == type) &&
                     n % (int)ARRAY_LEN(held_sizes) == type;
        if (!right) {
            break;
        }
        n++;
    }
    return n;
}

static void held_messages_arrive_in_order(void)
{
    enum { ROUNDS = 5 };
    CLEANUP(free_ptr) uint8_t *data = calloc(1, MESSAGE_MAX);
    CLEANUP(buf_fini) struct buf held = BUF_INIT(CHANNEL_HELD_MAX);
    struct process *p = start(count_held, NULL, CAGE_READER);
    int fd = process_channel(p);
    for (size_t i = 0; i < ROUNDS * ARRAY_LEN(held_sizes); i++) {
        size_t k = i % ARRAY_LEN(held_sizes);
        data[0] = (uint8_t)k;
        CHECK_INT(channel_hold(fd, (uint8_t)k, bytes_of(data, held_sizes[k]), &held, NULL), ST_OK);
    }
    CHECK_INT(channel_send_held(fd, &held, NULL), ST_OK);
    CHECK_INT(finish(p).code, ROUNDS * ARRAY_LEN(held_sizes));
}

static void a_message_over_the_limit_is_refused_before_it_is_kept(void)
{
    static const uint8_t head[] = {0xff, 0xff, 0xff, 0xff, 1};
    CLEANUP(buf_fini) struct buf body = BUF_INIT(1000);
    struct fault why = {0};
    uint8_t type = 0;
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    CHECK(write(ends[0], head, sizeof(head)) == sizeof(head));
    CHECK_INT(channel_receive(ends[1], &type, &body, &why), ST_LIMIT);
    CHECK_INT(why.limit, 1000);
    CHECK_INT(body.cap, 0);
    (void)close(ends[0]); /* of this test */
    (void)close(ends[1]); /* of this test */
}

static void memory_follows_what_came_not_what_was_announced(void)
{
    static const uint8_t head[] = {0x10, 0, 0, 0, 1, 'x'};
    CLEANUP(buf_fini) struct buf body = BUF_INIT(1 << 30);
    uint8_t type = 0;
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    CHECK(write(ends[0], head, sizeof(head)) == sizeof(head));
    (void)close(ends[0]); /* in the middle of a message of 256 MiB */
    CHECK_INT(channel_receive(ends[1], &type, &body, NULL), ST_SHORT);
    CHECK(body.cap <= 1 << 17);
    (void)close(ends[1]); /* of this test */
}

static void every_cut_of_a_message_is_told_from_its_end(void)
{
    static const uint8_t whole[] = {0, 0, 0, 3, 9, 'a', 'b', 'c'};
    for (size_t n = 0; n <= sizeof(whole); n++) {
        CLEANUP(buf_fini) struct buf body = BUF_INIT(100);
        uint8_t type = 0;
        int ends[2];
        CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        CHECK(write(ends[0], whole, n) == (ssize_t)n);
        (void)close(ends[0]); /* the cut */
        enum status want = n == 0 ? ST_END : n < sizeof(whole) ? ST_SHORT : ST_OK;
        CHECK_INT(channel_receive(ends[1], &type, &body, NULL), want);
        (void)close(ends[1]); /* of this test */
    }
}

static void memory_that_fails_is_said_so(void)
{
    static const uint8_t whole[] = {0, 0, 0, 3, 9, 'a', 'b', 'c'};
    CLEANUP(buf_fini) struct buf body = BUF_INIT(100);
    struct process_options opt = {.name = "reader"};
    struct process *p = NULL;
    uint8_t type = 0;
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    CHECK(write(ends[0], whole, sizeof(whole)) == sizeof(whole));
    test_fail_allocation(1);
    CHECK_INT(channel_receive(ends[1], &type, &body, NULL), ST_NOMEM);
    test_fail_allocation(1);
    CHECK_INT(process_start(&opt, echo, NULL, &p, NULL), ST_NOMEM);
    test_fail_allocation(0);
    CHECK(p == NULL);
    (void)close(ends[0]); /* of this test */
    (void)close(ends[1]); /* of this test */
}

static void nobody_listening_is_a_fault_not_a_signal(void)
{
    struct fault why = {0};
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    (void)close(ends[1]); /* nobody */
    CHECK_INT(channel_send(ends[0], 1, BYTES_LITERAL("hello"), &why), ST_SYS);
    CHECK_INT(why.sys_errno, EPIPE);
    (void)close(ends[0]); /* of this test */
}

static int half_a_message(void *ctx, int channel, const struct cage_report *report)
{
    static const uint8_t part[] = {0, 0, 1, 0, 1, 'a'};
    (void)report;
    if (write(channel, part, sizeof(part)) != sizeof(part)) {
        return 1;
    }
    (void)raise(*(int *)ctx); /* ends here */
    return 2;
}

static void a_child_that_dies_in_the_middle_is_told_with_its_signal(void)
{
    static const struct {
        int sig;
        const char *text;
    } cases[] = {
        {SIGKILL, "the reader was stopped by signal 9 (perhaps for want of memory)"},
        {SIGTERM, "the reader was stopped by signal 15 (asked to stop)"},
        {SIGSYS, "the reader was stopped by signal 31 (a call that its cage forbids)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(buf_fini) struct buf body = BUF_INIT(1000);
        uint8_t type = 0;
        int sig = cases[i].sig;
        struct process *p = start(half_a_message, &sig, CAGE_NONE);
        CHECK_INT(channel_receive(process_channel(p), &type, &body, NULL), ST_SHORT);
        struct process_end end = finish(p);
        CHECK(end.by_signal);
        CHECK_STR(end.text, cases[i].text);
    }
}

static int wait_for_ever(void *ctx, int channel, const struct cage_report *report)
{
    (void)ctx;
    (void)report;
    struct pollfd nothing = {.fd = channel};
    while (poll(&nothing, 0, -1) < 0) { /* until a signal ends us */
    }
    return 1;
}

static void a_child_that_is_freed_ends(void)
{
    struct process *p = start(wait_for_ever, NULL, CAGE_NONE);
    process_free(p);
    CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

/* The grandchild holds the pipe open for as long as it lives. */
static int have_a_child(void *ctx, int channel, const struct cage_report *report)
{
    (void)report;
    struct process_options opt = {.name = "reader", .keep = ctx, .n_keep = 1};
    struct process *p = NULL;
    if (process_start(&opt, wait_for_ever, NULL, &p, NULL) != ST_OK ||
        channel_send(channel, 1, (struct bytes){0}, NULL) != ST_OK) {
        return 1;
    }
    (void)raise(SIGKILL); /* leaves it alone */
    return 2;
}

static void a_child_ends_with_its_parent(void)
{
    CLEANUP(buf_fini) struct buf body = BUF_INIT(1);
    uint8_t type = 0;
    int pipe_fd[2];
    char b;
    CHECK(pipe2(pipe_fd, O_CLOEXEC) == 0);
    struct process_options opt = {.name = "reader", .keep = &pipe_fd[1], .n_keep = 1};
    struct process *p = NULL;
    CHECK_INT(process_start(&opt, have_a_child, &pipe_fd[1], &p, NULL), ST_OK);
    (void)close(pipe_fd[1]); /* theirs now */
    CHECK_INT(channel_receive(process_channel(p), &type, &body, NULL), ST_OK);
    CHECK_INT(finish(p).code, SIGKILL);
    struct pollfd wait_for = {.fd = pipe_fd[0], .events = POLLIN};
    CHECK_INT(poll(&wait_for, 1, 10000), 1);
    CHECK_INT(read(pipe_fd[0], &b, 1), 0); /* its last writer is gone */
    (void)close(pipe_fd[0]);               /* of this test */
}

static int count_descriptors(void *ctx, int channel, const struct cage_report *report)
{
    (void)report;
    int n = 0, kept = *(int *)ctx;
    for (int fd = 3; fd < 1024; fd++) {
        bool open_here = fcntl(fd, F_GETFD) >= 0;
        if (open_here && fd != channel && fd != kept) {
            n++;
        }
    }
    char b;
    n += fcntl(kept, F_GETFD) < 0 ? 100 : 0;
    n += read(0, &b, 1) != 0 ? 100 : 0; /* leads nowhere */
    return n;
}

static void a_child_has_the_descriptors_it_was_promised(void)
{
    int secret[3], kept;
    for (int i = 0; i < 3; i++) {
        secret[i] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    kept = secret[1];
    struct process_options opt = {.name = "reader", .keep = &kept, .n_keep = 1};
    struct process *p = NULL;
    CHECK_INT(process_start(&opt, count_descriptors, &kept, &p, NULL), ST_OK);
    CHECK_INT(finish(p).code, 0);
    for (int i = 0; i < 3; i++) {
        (void)close(secret[i]); /* of this test */
    }
}

static int take_too_much(void *ctx, int channel, const struct cage_report *report)
{
    (void)ctx;
    (void)channel;
    (void)report;
    CLEANUP(free_ptr) void *p = malloc(256 << 20);
    return p == NULL ? 3 : 4;
}

static void a_limit_of_memory_is_met_as_no_memory(void)
{
    struct process_options opt = {.name = "reader", .memory_bytes = 64 << 20};
    struct process *p = NULL;
    CHECK_INT(process_start(&opt, take_too_much, NULL, &p, NULL), ST_OK);
    int code = finish(p).code;
    CHECK_INT(code, CAGE_SANITIZED ? 4 : 3); /* a sanitizer is not limited */
}

static int work_until_stopped(void *ctx, int channel, const struct cage_report *report)
{
    (void)ctx;
    (void)report;
    const volatile sig_atomic_t *stop = process_stop_flag();
    char b;
    pid_t self = getpid();
    if (channel_send(channel, 1, bytes_of(&self, sizeof(self)), NULL) != ST_OK) {
        return 1;
    }
    while (!*stop) {
        if (read(channel, &b, 1) >= 0 || errno != EINTR) {
            return 2;
        }
    }
    int which = *stop;
    return channel_send(channel, 2, BYTES_LITERAL("what it had"), NULL) == ST_OK ? which : 3;
}

/* Start it, and wait until it waits; *ret_pid is its number. */
static struct process *start_stoppable(process_run *run, pid_t *ret_pid)
{
    CLEANUP(buf_fini) struct buf body = BUF_INIT(100);
    uint8_t type = 0;
    struct process *p = start(run, NULL, CAGE_READER);
    CHECK_INT(channel_receive(process_channel(p), &type, &body, NULL), ST_OK);
    CHECK_INT(body.len, sizeof(*ret_pid));
    memcpy(ret_pid, body.data, sizeof(*ret_pid));
    return p;
}

static void a_first_signal_lets_a_child_give_what_it_has(void)
{
    static const int signals[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        CLEANUP(buf_fini) struct buf body = BUF_INIT(100);
        uint8_t type = 0;
        pid_t pid = 0;
        struct process *p = start_stoppable(work_until_stopped, &pid);
        CHECK(pid > 0 && kill(pid, signals[i]) == 0);
        CHECK_INT(channel_receive(process_channel(p), &type, &body, NULL), ST_OK);
        CHECK(bytes_equal(buf_bytes(&body), BYTES_LITERAL("what it had")));
        CHECK_INT(finish(p).code, signals[i]);
    }
}

/* Tells when it heard the first signal, and goes on regardless. */
static int be_stubborn(void *ctx, int channel, const struct cage_report *report)
{
    int heard = work_until_stopped(ctx, channel, report);
    return heard == SIGINT ? wait_for_ever(ctx, channel, report) : heard;
}

static bool has_ended(pid_t pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

/* What comes at once is the same request, told twice; what comes later ends it. */
static void a_second_signal_ends_what_goes_on(void)
{
    CLEANUP(buf_fini) struct buf body = BUF_INIT(100);
    uint8_t type = 0;
    pid_t pid = 0;
    struct process *p = start_stoppable(be_stubborn, &pid);
    CHECK(pid > 0 && kill(pid, SIGINT) == 0);
    CHECK_INT(channel_receive(process_channel(p), &type, &body, NULL), ST_OK);
    unsigned told = 0;
    for (; !has_ended(pid); told++) {
        CHECK(kill(pid, SIGINT) == 0);
        (void)poll(NULL, 0, 10); /* nothing tells when the time is over */
    }
    CHECK(told > 2);
    struct process_end end = finish(p);
    CHECK(end.by_signal);
    CHECK_INT(end.code, SIGINT);
}

/* A message as big as the two buffers of a socket pair, and more: the sender
 * is stopped in the middle of it again and again. */
static int send_much(void *ctx, int channel, const struct cage_report *report)
{
    (void)ctx;
    (void)report;
    CLEANUP(free_ptr) uint8_t *data = calloc(1, MESSAGE_MAX);
    return data == NULL || channel_send(channel, 1, bytes_of(data, MESSAGE_MAX), NULL) != ST_OK;
}

static void on_alarm(int sig)
{
    (void)sig;
}

static void signals_do_not_tear_messages(void)
{
    struct sigaction want = {.sa_handler = on_alarm}, before;
    struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
    CLEANUP(buf_fini) struct buf body = BUF_INIT(MESSAGE_MAX);
    CHECK(sigaction(SIGALRM, &want, &before) == 0);
    CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
    for (int i = 0; i < 5; i++) {
        uint8_t type = 0;
        struct process *p = start(send_much, NULL, CAGE_READER);
        CHECK_INT(channel_receive(process_channel(p), &type, &body, NULL), ST_OK);
        CHECK_INT(body.len, MESSAGE_MAX);
        CHECK_INT(finish(p).code, 0);
    }
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
    CHECK(sigaction(SIGALRM, &before, NULL) == 0);
}

TEST_MAIN(TEST(messages_of_every_size_arrive_whole), TEST(held_messages_arrive_in_order),
          TEST(a_message_over_the_limit_is_refused_before_it_is_kept),
          TEST(memory_follows_what_came_not_what_was_announced),
          TEST(every_cut_of_a_message_is_told_from_its_end), TEST(memory_that_fails_is_said_so),
          TEST(nobody_listening_is_a_fault_not_a_signal),
          TEST(a_child_that_dies_in_the_middle_is_told_with_its_signal),
          TEST(a_child_that_is_freed_ends), TEST(a_child_ends_with_its_parent),
          TEST(a_child_has_the_descriptors_it_was_promised),
          TEST(a_limit_of_memory_is_met_as_no_memory),
          TEST(a_first_signal_lets_a_child_give_what_it_has),
          TEST(a_second_signal_ends_what_goes_on), TEST(signals_do_not_tear_messages))
