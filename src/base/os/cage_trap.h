/* base/os/cage_trap.h - calls that a cage answers itself. Only for the cage.
 *
 * Two calls name a file where libraries mean a descriptor: fstat() of the C
 * library is newfstatat with an empty path, and libmaxminddb opens its memory
 * file as /proc/self/fd/N. A filter cannot read paths; so the kernel refuses
 * both calls with a signal, and its handler does the harmless half: fstat, or
 * a copy of the descriptor. Everything else does not exist (ENOENT).
 */
#pragma once

#include <stdbool.h>

/* Is there a way on this processor? Without, fstat() is let through as it is,
 * and nothing opens. */
#if defined(__x86_64__) || defined(__aarch64__)
#define CAGE_TRAPS 1
#else
#define CAGE_TRAPS 0
#endif

/* Before the filter is loaded. */
bool cage_trap_install(void);
