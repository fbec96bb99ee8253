/* base/os/cage.h - a process that can no longer do what it need not.
 *
 * Enter after opening everything and before the first hostile byte; there is
 * no way out. All threads of the process come in, and no new ones can be made.
 * What is really in force is reported, never assumed: where the system offers
 * less, the process goes on in a weaker cage, and the report says so.
 *
 * A refused call looks to libraries as if there were no files at all (ENOENT)
 * or no permission (EPERM); calls that only an intruder would make end the
 * process with SIGSYS. In builds with a sanitizer these are refused too, since
 * its runtime makes some of them itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum cage {
    CAGE_NONE,
    /* Reads the descriptors it has, computes, answers on its channel. */
    CAGE_READER,
    /* The same, and may keep memory files, as the libraries behind lookups
     * want them; /proc/self/fd/N opens as a copy of descriptor N, and nothing
     * else opens. */
    CAGE_ANALYST,
};

struct cage_report {
    enum cage cage;
    bool seccomp;      /* the filter of system calls */
    bool no_files;     /* tried: the root folder did not open */
    bool no_new_privs; /* setuid programs would gain nothing */
    bool no_dump;      /* no core files; other processes cannot look inside */
    bool limits;       /* no processes, few descriptors, no files written */
    int landlock;      /* its version, 0 without: optional, a second wall */
    bool whole;        /* everything above but Landlock */
    char text[96];     /* what is missing, for REMARK_CAGE; "" when whole */
};

void cage_enter(enum cage cage, struct cage_report *ret);

/* "reader", "analyst". */
const char *cage_name(enum cage cage);
