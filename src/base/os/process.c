/* base/os/process.c - fork, and everything that must not be inherited. */
#include "base/os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/os/cage_filter.h"

struct process {
    const char *name;
    pid_t pid; /* 0 once reaped */
    int channel;
};

enum { EXIT_UNFIT = 120 }; /* the child could not even begin */

static volatile sig_atomic_t stop_flag;
static volatile sig_atomic_t asked;         /* to stop, not only told by our parent */
static struct timespec asked_at;            /* read after asked is set only, by the handler */
static volatile sig_atomic_t running_child; /* not reaped yet; 0: none */

/* In the child: everything else in the table of descriptors goes. close_range
 * is of Linux 5.9; without it, one by one. */
static void close_between(unsigned first, unsigned last)
{
    if (first > last || close_range(first, last, 0) == 0) {
        return;
    }
    struct rlimit most = {.rlim_cur = 65536};
    (void)getrlimit(RLIMIT_NOFILE, &most); /* else a common maximum */
    rlim_t end = most.rlim_cur < 1 << 20 ? most.rlim_cur : 1 << 20;
    for (rlim_t fd = first; fd <= last && fd < end; fd++) {
        (void)close((int)fd); /* most are not open */
    }
}

static int compare_ints(const void *a, const void *b)
{
    const int *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* `keep` has room for four more. */
static bool close_others(const struct process_options *opt, int *keep, int channel)
{
    size_t n = opt->n_keep;
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere < 0) {
        return false;
    }
    for (int fd = 0; fd <= 2; fd++) {
        bool kept = false;
        for (size_t i = 0; i < opt->n_keep; i++) {
            kept |= opt->keep[i] == fd;
        }
        if (!kept && fd != channel && fd != nowhere && dup2(nowhere, fd) < 0) {
            return false;
        }
        keep[n++] = fd;
    }
    keep[n++] = channel;
    qsort(keep, n, sizeof(keep[0]), compare_ints);
    unsigned from = 0;
    for (size_t i = 0; i < n; i++) {
        if (keep[i] > 0) {
            close_between(from, (unsigned)keep[i] - 1);
        }
        from = (unsigned)keep[i] + 1;
    }
    close_between(from, ~0U);
    return true;
}

/* The kernel sends the signal when the parent ends; it may have ended before
 * we asked. */
static bool end_with(pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent;
}

static void limit_memory(uint64_t bytes)
{
    if (bytes > 0 && !CAGE_SANITIZED) { /* a sanitizer's shadow is larger */
        struct rlimit most = {.rlim_cur = bytes, .rlim_max = bytes};
        (void)setrlimit(RLIMIT_DATA, &most); /* a second wall: --memory is kept without */
    }
}

static void child(const struct process_options *opt, process_run *run, void *ctx, int *keep,
                  int channel, pid_t parent)
{
    if (!end_with(parent) || !close_others(opt, keep, channel)) {
        _exit(EXIT_UNFIT);
    }
    (void)prctl(PR_SET_NAME, opt->name, 0, 0, 0); /* only for people who look */
    limit_memory(opt->memory_bytes);
    struct cage_report report;
    cage_enter(opt->cage, &report);
    _exit(run(ctx, channel, &report)); /* not exit(): the parent's buffers are here too */
}

enum status process_start(const struct process_options *opt, process_run *run, void *ctx,
                          struct process **ret, struct fault *why)
{
    CLEANUP(free_ptr) int *keep = calloc(opt->n_keep + 4, sizeof(*keep));
    struct process *p = keep != NULL ? calloc(1, sizeof(*p)) : NULL;
    if (keep != NULL && opt->n_keep > 0) {
        memcpy(keep, opt->keep, opt->n_keep * sizeof(*keep));
    }
    int ends[2];
    if (p == NULL) {
        return fault_at(why, ST_NOMEM, 0, "process");
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        free(p);
        return fault_sys(why, errno, "channel");
    }
    pid_t parent = getpid();
    sigset_t all;
    sigset_t mask; /* a signal waits until the handler knows whom to tell */
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &mask); /* cannot fail with these arguments */
    pid_t pid = fork();
    int fork_errno = errno;
    running_child = pid > 0 ? pid : 0;
    (void)sigprocmask(SIG_SETMASK, &mask, NULL);
    if (pid == 0) {
        child(opt, run, ctx, keep, ends[1], parent);
    }
    (void)close(ends[1]); /* the child's */
    if (pid < 0) {
        (void)close(ends[0]); /* nobody is at the other end */
        free(p);
        return fault_sys(why, fork_errno, "process");
    }
    *p = (struct process){.name = opt->name, .pid = pid, .channel = ends[0]};
    *ret = p;
    return ST_OK;
}

int process_channel(const struct process *p)
{
    return p->channel;
}

static void close_channel(struct process *p)
{
    if (p->channel >= 0) {
        (void)close(p->channel); /* nothing is buffered in it */
    }
    p->channel = -1;
}

static const char *signal_reason(int sig)
{
    switch (sig) {
    case SIGSYS:
        return "a call that its cage forbids";
    case SIGSEGV:
    case SIGBUS:
        return "a memory fault";
    case SIGABRT:
        return "a check of its own failed";
    case SIGKILL:
        return "perhaps for want of memory";
    case SIGINT:
    case SIGTERM:
        return "asked to stop";
    default:
        return sigabbrev_np(sig) ? sigabbrev_np(sig) : "unknown";
    }
}

static void describe(const struct process *p, struct process_end *end)
{
    if (end->by_signal) {
        (void)snprintf(end->text, sizeof(end->text), "the %s was stopped by signal %d (%s)",
                       p->name, end->code, signal_reason(end->code)); /* fits, or is cut */
    } else {
        (void)snprintf(end->text, sizeof(end->text), "the %s ended with status %d", p->name,
                       end->code); /* fits, or is cut */
    }
}

static enum status reap(struct process *p, int *ret_status)
{
    running_child = running_child == p->pid ? 0 : running_child;
    while (waitpid(p->pid, ret_status, 0) < 0) {
        if (errno != EINTR) {
            return ST_SYS;
        }
    }
    p->pid = 0;
    return ST_OK;
}

enum status process_wait(struct process *p, struct process_end *ret, struct fault *why)
{
    int status = 0;
    close_channel(p);
    if (p->pid == 0 || reap(p, &status) != ST_OK) {
        return fault_sys(why, p->pid == 0 ? ECHILD : errno, "process");
    }
    *ret = (struct process_end){.by_signal = WIFSIGNALED(status)};
    ret->code = ret->by_signal ? WTERMSIG(status) : WEXITSTATUS(status);
    describe(p, ret);
    return ST_OK;
}

void process_free(struct process *p)
{
    if (p == NULL) {
        return;
    }
    close_channel(p);
    if (p->pid != 0) {
        int status = 0;
        (void)kill(p->pid, SIGKILL);     /* ours, and not yet reaped */
        status_ignore(reap(p, &status)); /* how it ended no longer matters */
    }
    free(p);
}

/* The parent passes a signal on that was sent to it alone. From a terminal the
 * child gets it, too, in its own right: then this one adds nothing. */
static void on_told(int sig)
{
    (void)sig; /* SIGUSR1 */
    stop_flag = stop_flag != 0 ? stop_flag : SIGINT;
}

/* timeout(1) and some shells send one request twice, to the program and to its
 * group: what comes so soon after the first is no second wish. */
enum { SAME_REQUEST_MS = 300 };

static bool is_echo(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* safe in a handler, cannot fail */
    int64_t ms = (now.tv_sec - asked_at.tv_sec) * 1000 + (now.tv_nsec - asked_at.tv_nsec) / 1000000;
    return ms < SAME_REQUEST_MS;
}

static void on_stop(int sig)
{
    if (asked != 0 && is_echo()) {
        return;
    }
    if (asked != 0) {
        (void)signal(sig, SIG_DFL); /* cannot fail for these two */
        (void)raise(sig);           /* comes when this handler returns */
        return;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &asked_at); /* as above */
    asked = 1;
    stop_flag = sig;
    if (running_child != 0) {
        (void)kill((pid_t)running_child, SIGUSR1); /* may just have ended: then it is not reaped */
    }
}

const volatile sig_atomic_t *process_stop_flag(void)
{
    static const int signals[] = {SIGINT, SIGTERM};
    struct sigaction told = {.sa_handler = on_told}; /* children inherit it */
    (void)sigemptyset(&told.sa_mask);                /* cannot fail */
    (void)sigaction(SIGUSR1, &told, NULL);           /* a lawful signal: cannot fail */
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        struct sigaction now;
        struct sigaction want = {.sa_handler = on_stop}; /* no SA_RESTART: EINTR */
        (void)sigemptyset(&want.sa_mask);                /* cannot fail */
        if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL) {
            (void)sigaction(signals[i], &want, NULL); /* the same call just worked */
        }
    }
    return &stop_flag;
}
