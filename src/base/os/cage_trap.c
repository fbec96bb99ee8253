/* base/os/cage_trap.c - the handler of SIGSYS.
 *
 * Only what is safe in a signal handler; no memory but the stack.
 */
#include "base/os/cage_trap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#if CAGE_TRAPS

struct call {
    uintptr_t arg[4];
};

/* The kernel restores the registers that the handler leaves (sigreturn(2)),
 * so the call's result is what stands in its register. */
#if defined(__x86_64__)
static struct call call_of(const ucontext_t *u)
{
    const greg_t *r = u->uc_mcontext.gregs;
    return (struct call){{(uintptr_t)r[REG_RDI], (uintptr_t)r[REG_RSI], (uintptr_t)r[REG_RDX],
                          (uintptr_t)r[REG_R10]}};
}

static void answer(ucontext_t *u, long result)
{
    u->uc_mcontext.gregs[REG_RAX] = result;
}
#else
static struct call call_of(const ucontext_t *u)
{
    const unsigned long long *r = u->uc_mcontext.regs;
    return (struct call){{r[0], r[1], r[2], r[3]}};
}

static void answer(ucontext_t *u, long result)
{
    u->uc_mcontext.regs[0] = (unsigned long long)result;
}
#endif

/* The number behind /proc/self/fd/, or -1. */
static int descriptor_named(const char *path)
{
    static const char prefix[] = "/proc/self/fd/";
    if (strncmp(path, prefix, sizeof(prefix) - 1) != 0) {
        return -1;
    }
    const char *p = path + sizeof(prefix) - 1;
    int fd = 0;
    for (; *p >= '0' && *p <= '9' && fd < 100000; p++) {
        fd = fd * 10 + (*p - '0');
    }
    return *p == '\0' && p[-1] != '/' ? fd : -1;
}

static long open_again(const struct call *c)
{
    int fd = descriptor_named((const char *)c->arg[1]);
    if (fd < 0) {
        return -ENOENT;
    }
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy >= 0 ? copy : -errno;
}

static long look_at(const struct call *c)
{
    const char *path = (const char *)c->arg[1];
    bool of_descriptor = (c->arg[3] & AT_EMPTY_PATH) != 0 && path[0] == '\0';
    if (!of_descriptor) {
        return -ENOENT;
    }
    return syscall(SYS_fstat, (int)c->arg[0], c->arg[2]) == 0 ? 0 : -errno;
}

static void on_trap(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    ucontext_t *u = context;
    int saved = errno;
    struct call c = call_of(u);
    answer(u, info->si_syscall == SYS_openat ? open_again(&c) : look_at(&c));
    errno = saved;
}

bool cage_trap_install(void)
{
    struct sigaction want = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    (void)sigemptyset(&want.sa_mask); /* cannot fail */
    return sigaction(SIGSYS, &want, NULL) == 0;
}

#else

bool cage_trap_install(void)
{
    return true;
}

#endif
