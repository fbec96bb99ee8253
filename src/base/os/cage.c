/* base/os/cage.c - privileges, Landlock, limits and the filter, in that order.
 *
 * Landlock needs a descriptor, and the filter forbids what all others need.
 */
#include "base/os/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "base/os/cage_filter.h"

const char *cage_name(enum cage cage)
{
    static const char *const name[] = {
        [CAGE_NONE] = "none", [CAGE_READER] = "reader", [CAGE_ANALYST] = "analyst"};
    return name[cage];
}

static bool limit_set(int which, rlim_t most)
{
    struct rlimit have;
    if (getrlimit((__rlimit_resource_t)which, &have) != 0) {
        return false;
    }
    if (have.rlim_max < most) {
        most = have.rlim_max;
    }
    struct rlimit want = {.rlim_cur = most, .rlim_max = most};
    return setrlimit((__rlimit_resource_t)which, &want) == 0;
}

/* Descriptors above the limit stay usable: only new ones are refused. poll()
 * needs a limit not under the number it is given. */
static bool limits_set(enum cage cage)
{
    bool analyst = cage == CAGE_ANALYST;
    (void)signal(SIGXFSZ, SIG_IGN); /* so that write() says EFBIG; cannot fail */
    bool ok = limit_set(RLIMIT_CORE, 0);
    ok &= limit_set(RLIMIT_NPROC, 0);
    ok &= limit_set(RLIMIT_NOFILE, analyst ? LIMIT_ANALYST_DESCRIPTORS : LIMIT_READER_DESCRIPTORS);
    if (!CAGE_SANITIZED) { /* its reports may go to a file */
        ok &= limit_set(RLIMIT_FSIZE, analyst ? LIMIT_SOURCE_BYTES : 0);
    }
    return ok;
}

/* Landlock's ruleset attribute, as of its version 6 (landlock(7)). */
struct ruleset {
    uint64_t files;   /* since 1 */
    uint64_t network; /* since 4 */
    uint64_t scope;   /* since 6 */
};

/* A ruleset that handles everything and allows nothing. Returns the version in
 * force. Our numbers, since the headers of Debian 12 know only some. */
static int landlock_shut(void)
{
    enum { CREATE = 444, RESTRICT = 446, ASK_VERSION = 1 };
    static const uint64_t files[] = {0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff};
    int version = (int)syscall(CREATE, NULL, 0, ASK_VERSION);
    if (version < 1) {
        return 0;
    }
    struct ruleset r = {
        .files = files[version < 5 ? version : 5],
        .network = version >= 4 ? 0x3 : 0, /* bind and connect over TCP */
        .scope = version >= 6 ? 0x3 : 0,   /* abstract sockets, signals */
    };
    size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
    int fd = (int)syscall(CREATE, &r, size, 0);
    if (fd < 0) {
        return 0;
    }
    bool in_force = syscall(RESTRICT, fd, 0) == 0;
    (void)close(fd); /* only a handle */
    return in_force ? version : 0;
}

/* Ask rather than believe; the filter lets these three through. A container's
 * own filter answers the first question too: ours must have been loaded. */
static void find_out(struct cage_report *r, bool loaded)
{
    r->seccomp = loaded && prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2;
    r->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    r->no_dump = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    r->no_files = fd < 0;
    if (fd >= 0) {
        (void)close(fd); /* only tried */
    }
}

static void describe(struct cage_report *r, int filter_errno)
{
    r->whole = r->seccomp && r->no_files && r->no_new_privs && r->no_dump && r->limits;
    r->text[0] = '\0';
    if (r->whole) {
        return;
    }
    const char *why = filter_errno ? strerrorname_np(filter_errno) : NULL;
    char filter[40] = "";
    if (!r->seccomp) {
        (void)snprintf(filter, sizeof(filter), " system call filter (%s)", why ? why : "unknown");
    }
    (void)snprintf(r->text, sizeof(r->text), "missing for the %s:%s%s%s%s%s", cage_name(r->cage),
                   filter, r->no_files ? "" : " files", r->no_new_privs ? "" : " privileges",
                   r->no_dump ? "" : " dumps", r->limits ? "" : " limits"); /* fits, or is cut */
}

void cage_enter(enum cage cage, struct cage_report *ret)
{
    struct cage_report r = {.cage = cage};
    if (cage == CAGE_NONE) {
        *ret = r;
        return;
    }
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);     /* asked for below */
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); /* asked for below */
    /* A sanitizer reads its own map on a fault. */
    r.landlock = CAGE_SANITIZED ? 0 : landlock_shut();
    r.limits = limits_set(cage);
    int filter_errno = cage_filter_load(cage);
    find_out(&r, filter_errno == 0);
    describe(&r, filter_errno);
    *ret = r;
}
