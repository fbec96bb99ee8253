/* base/os/cage_filter.c - one table of system calls, and the filter made of it.
 *
 * Everything that the table does not name is refused with EPERM.
 */
#include "base/os/cage_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/core/status.h"
#include "base/os/cage_trap.h"

/* What a call is allowed with. */
enum need {
    ANY,
    NOT_EXEC,    /* memory that cannot become code: argument 2 */
    ANON,        /* the same, and of no file: argument 3 */
    OURSELVES,   /* a signal to this process: argument 0 */
    CONNECTED,   /* no other address than the channel's end: argument 4 */
    ASK_SECCOMP, /* argument 0 has this value */
    ASK_NO_NEW_PRIVS,
    ASK_DUMPABLE,
    GET_FLAGS, /* argument 1 has this value */
    COPY_FD,
    COPY_FD_CLOEXEC,
};

enum who { BOTH, READER, ANALYST };

struct rule {
    int call;
    enum need need;
    enum who who;
};

#define CALL(name, need, who)                                                                      \
    {                                                                                              \
        SCMP_SYS(name), need, who                                                                  \
    }

static const struct rule allowed[] = {
    /* What it was given, and the channel. */
    CALL(read, ANY, BOTH),
    CALL(pread64, ANY, BOTH),
    CALL(lseek, ANY, BOTH),
    CALL(close, ANY, BOTH),
    CALL(write, ANY, BOTH),
    CALL(writev, ANY, BOTH), /* the C library's last words before abort() */
    CALL(sendto, CONNECTED, BOTH),
    CALL(poll, ANY, BOTH),
    CALL(ppoll, ANY, BOTH),
    CALL(fstat, ANY, BOTH),
    /* Memory. */
    CALL(brk, ANY, BOTH),
    CALL(mmap, ANON, READER),
    CALL(mmap, NOT_EXEC, ANALYST), /* memory files: a cage has no others */
    CALL(mprotect, NOT_EXEC, BOTH),
    CALL(mremap, ANY, BOTH),
    CALL(munmap, ANY, BOTH),
    CALL(madvise, ANY, BOTH),
    /* Threads that were there before, time, chance. */
    CALL(futex, ANY, BOTH),
    CALL(rseq, ANY, BOTH),            /* a thread's own first steps: it may be a */
    CALL(set_robust_list, ANY, BOTH), /* little behind the one that enters */
    CALL(sched_yield, ANY, BOTH),
    CALL(sched_getaffinity, ANY, BOTH), /* malloc counts processors */
    CALL(clock_gettime, ANY, BOTH),     /* where the vDSO cannot */
    CALL(gettimeofday, ANY, BOTH),
    CALL(getrandom, ANY, BOTH),
    /* Ends and signals; abort() needs the last five. */
    CALL(exit, ANY, BOTH),
    CALL(exit_group, ANY, BOTH),
    CALL(restart_syscall, ANY, BOTH),
    CALL(sigaltstack, ANY, BOTH),
    CALL(rt_sigreturn, ANY, BOTH),
    CALL(rt_sigprocmask, ANY, BOTH),
    CALL(rt_sigaction, ANY, BOTH),
    CALL(getpid, ANY, BOTH),
    CALL(gettid, ANY, BOTH),
    CALL(tgkill, OURSELVES, BOTH),
    /* To find out what is in force. */
    CALL(prctl, ASK_SECCOMP, BOTH),
    CALL(prctl, ASK_NO_NEW_PRIVS, BOTH),
    CALL(prctl, ASK_DUMPABLE, BOTH),
    /* Memory files: libloc wants a stream, libmaxminddb a name. */
    CALL(memfd_create, ANY, ANALYST),
    CALL(dup, ANY, ANALYST),
    CALL(fcntl, GET_FLAGS, ANALYST),
    CALL(fcntl, COPY_FD, ANALYST),
    CALL(fcntl, COPY_FD_CLOEXEC, ANALYST),
};

/* A library may look for a configuration: there is none.Where cage_trap can,
 * the analyst's openat and everybody's newfstatat are answered by us. */
static const int absent[] = {
    SCMP_SYS(open), SCMP_SYS(openat2), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
    SCMP_SYS(stat), SCMP_SYS(lstat),   SCMP_SYS(statx),  SCMP_SYS(readlink),  SCMP_SYS(readlinkat)};

/* Nothing of ours or of our libraries would do this in a cage. */
static const int hostile[] = {
    SCMP_SYS(socket),
    SCMP_SYS(socketpair),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(sendmsg),
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(clone),
    SCMP_SYS(clone3),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(kill),
    SCMP_SYS(tkill),
    SCMP_SYS(rt_sigqueueinfo),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(mount),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(chroot),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(creat),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(truncate),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmodat),
};

static int allow(scmp_filter_ctx filter, const struct rule *r)
{
    struct scmp_arg_cmp arg[2];
    unsigned n = 1;
    switch (r->need) {
    case ANY:
        n = 0;
        break;
    case ANON:
        arg[1] = SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS);
        n = 2; /* fall through */
        __attribute__((fallthrough));
    case NOT_EXEC:
        arg[0] = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
        break;
    case OURSELVES:
        arg[0] = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid());
        break;
    case CONNECTED:
        arg[0] = SCMP_A4(SCMP_CMP_EQ, 0);
        break;
    case ASK_SECCOMP:
        arg[0] = SCMP_A0(SCMP_CMP_EQ, PR_GET_SECCOMP);
        break;
    case ASK_NO_NEW_PRIVS:
        arg[0] = SCMP_A0(SCMP_CMP_EQ, PR_GET_NO_NEW_PRIVS);
        break;
    case ASK_DUMPABLE:
        arg[0] = SCMP_A0(SCMP_CMP_EQ, PR_GET_DUMPABLE);
        break;
    case GET_FLAGS:
        arg[0] = SCMP_A1(SCMP_CMP_EQ, F_GETFL);
        break;
    case COPY_FD:
        arg[0] = SCMP_A1(SCMP_CMP_EQ, F_DUPFD);
        break;
    case COPY_FD_CLOEXEC:
        arg[0] = SCMP_A1(SCMP_CMP_EQ, F_DUPFD_CLOEXEC);
        break;
    }
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, r->call, n, arg);
}

static int add_allowed(scmp_filter_ctx filter, enum who who)
{
    for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
        if (allowed[i].who == BOTH || allowed[i].who == who) {
            int r = allow(filter, &allowed[i]);
            if (r != 0) {
                return r;
            }
        }
    }
    return 0;
}

static int add_all(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int r = seccomp_rule_add(filter, action, calls[i], 0);
        if (r != 0) {
            return r;
        }
    }
    return 0;
}

/* Where cage_trap cannot, openat finds nothing, and newfstatat may learn that
 * a file exists, its size and times. */
static int add_trapped(scmp_filter_ctx filter, enum cage cage)
{
    uint32_t answered = CAGE_TRAPS ? SCMP_ACT_TRAP : SCMP_ACT_ALLOW;
    uint32_t opening = CAGE_TRAPS && cage == CAGE_ANALYST ? SCMP_ACT_TRAP : SCMP_ACT_ERRNO(ENOENT);
    int r = seccomp_rule_add(filter, answered, SCMP_SYS(newfstatat), 0);
    return r != 0 ? r : seccomp_rule_add(filter, opening, SCMP_SYS(openat), 0);
}

static int fill(scmp_filter_ctx filter, enum cage cage)
{
    /* Another architecture's numbers mean other calls. These settings are
     * only better than the defaults, which also hold. */
    (void)seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1); /* the system's own errno */
    (void)seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    int r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (r == 0) {
        r = add_allowed(filter, cage == CAGE_ANALYST ? ANALYST : READER);
    }
    if (r == 0) {
        r = add_all(filter, SCMP_ACT_ERRNO(ENOENT), absent, ARRAY_LEN(absent));
    }
    if (r == 0) {
        r = add_trapped(filter, cage);
    }
    if (r == 0 && !CAGE_SANITIZED) {
        r = add_all(filter, SCMP_ACT_KILL_PROCESS, hostile, ARRAY_LEN(hostile));
    }
    return r;
}

int cage_filter_load(enum cage cage)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL || !cage_trap_install()) {
        seccomp_release(filter);
        return ENOMEM;
    }
    int r = fill(filter, cage);
    if (r == 0) {
        r = seccomp_load(filter);
    }
    seccomp_release(filter);
    return -r;
}
