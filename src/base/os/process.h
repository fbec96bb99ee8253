/* base/os/process.h - a function of ours in a process of its own.
 *
 * The child has one end of a channel, the descriptors it was promised, and
 * nothing else: standard input, output and error lead nowhere unless they are
 * kept. It ends when its parent ends. Start children before threads.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/status.h"
#include "base/os/cage.h"

struct process;

/* The child's work. What it returns is its exit status (0 to 255). It may call
 * cage_enter itself, when it was started with CAGE_NONE. */
typedef int process_run(void *ctx, int channel, const struct cage_report *report);

struct process_options {
    const char *name; /* a string constant: "reader" */
    enum cage cage;   /* entered before the child's work begins */
    const int *keep;  /* descriptors that stay open; 0 and 2 may be among them */
    size_t n_keep;
    uint64_t memory_bytes; /* its data segment's limit, 0: none */
};

/* On ST_OK, *ret is the caller's, to free with process_free. */
MUST_USE enum status process_start(const struct process_options *opt, process_run *run, void *ctx,
                                   struct process **ret, struct fault *why);
/* Kills and reaps a child that still runs. */
void process_free(struct process *p);
static inline void process_freep(struct process **p)
{
    process_free(*p);
}

/* The parent's end, borrowed. */
int process_channel(const struct process *p);

struct process_end {
    bool by_signal;
    int code; /* the signal, else the exit status */
    /* "the reader was stopped by signal 31 (a call that its cage forbids)" */
    char text[96];
};

/* Close the channel (so a child that waits for a message sees its end) and
 * wait for the child. */
MUST_USE enum status process_wait(struct process *p, struct process_end *ret, struct fault *why);

/* Not 0 once SIGINT or SIGTERM came: its number. Installs the handlers the
 * first time; children inherit them, and the terminal tells all of us at once,
 * so each finishes with what it has. Reads in progress return EINTR. A second
 * signal, unless it comes at once, ends the process. Ignored signals (nohup) stay ignored. */
const volatile sig_atomic_t *process_stop_flag(void);
