/* cli/analysis.c - inputs to findings, and where they seem to come from. */
#include "cli/analysis.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "base/model/kind.h"
#include "base/os/clock.h"
#include "base/os/file.h"
#include "base/os/process.h"
#include "base/os/random.h"
#include "cli/kept.h"
#include "cli/say.h"
#include "cli/sealing.h"
#include "cli/sourcing.h"

static void close_files(struct analysis *a)
{
    for (size_t i = 0; i < a->file_n; i++) {
        if (a->files[i].fd > STDIN_FILENO) {
            (void)close(a->files[i].fd); /* read only */
        }
        a->files[i].fd = -1;
    }
}

void analysis_free(struct analysis *a)
{
    if (a == NULL) {
        return;
    }
    close_files(a);
    located_fini(&a->located);
    reading_fini(&a->reading);
    free(a->shown);
    free(a->files);
    free(a);
}

/* --- inputs -------------------------------------------------------------------- */

/* As many descriptors as we may have: every input stays open until its turn. */
static void raise_limit(void)
{
    struct rlimit most;
    if (getrlimit(RLIMIT_NOFILE, &most) == 0) {
        most.rlim_cur = most.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &most); /* else some inputs cannot be opened: it is said */
    }
}

/* Descriptors that the processes need later, held while inputs take the rest. */
enum { RESERVED = 8 };

static void reserve(int fds[RESERVED])
{
    for (size_t i = 0; i < RESERVED; i++) {
        fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
}

static void release(const int fds[RESERVED])
{
    for (size_t i = 0; i < RESERVED; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]); /* nothing was written */
        }
    }
}

static bool open_files(struct analysis *a, char **names, int n)
{
    size_t opened = 0;
    bool stdin_taken = false;
    a->files = calloc((size_t)n, sizeof(*a->files));
    if (a->files == NULL) {
        say("not enough memory");
        return false;
    }
    a->file_n = (size_t)n;
    int reserved[RESERVED];
    raise_limit();
    reserve(reserved);
    for (int i = 0; i < n; i++) {
        struct reader_file *f = &a->files[i];
        struct fault why = {0};
        struct file_input in = {.fd = -1};
        enum status st = file_input_open(names[i], &in, &why);
        *f = (struct reader_file){
            .name = names[i], .fd = in.fd, .size_bytes = in.sized ? in.size_bytes : 0};
        if (st == ST_OK && f->fd == STDIN_FILENO && stdin_taken) {
            say("-: standard input can be read once");
            f->fd = -1;
            a->partial = true;
            continue;
        }
        stdin_taken |= f->fd == STDIN_FILENO;
        if (st != ST_OK) {
            say_fault(names[i], st, &why);
            a->partial = true;
        }
        opened += st == ST_OK;
    }
    release(reserved);
    return opened > 0;
}

/* --- selecting ------------------------------------------------------------------ */

static bool in_any(const struct prefix *list, size_t n, const struct addr *a)
{
    for (size_t i = 0; i < n; i++) {
        if (prefix_contains(&list[i], a)) {
            return true;
        }
    }
    return false;
}

static bool about(const struct settings *s, const struct finding *f)
{
    return s->remote_n == 0 || (f->has_remote && in_any(s->remotes, s->remote_n, &f->remote)) ||
           (f->has_initiator && in_any(s->remotes, s->remote_n, &f->initiator)) ||
           (f->has_victim && in_any(s->remotes, s->remote_n, &f->victim));
}

static bool selected(const struct settings *s, const struct finding *f)
{
    return about(s, f) && settings_kind(s, f->kind) &&
           (!s->has_since || f->when.last_ns >= s->since_ns) &&
           (!s->has_until || f->when.first_ns < s->until_ns);
}

static bool select_findings(struct analysis *a)
{
    const struct settings *s = &a->settings;
    struct finding_list *l = &a->reading.findings;
    a->shown = calloc(l->n + 1, sizeof(*a->shown));
    if (a->shown == NULL) {
        say("not enough memory");
        return false;
    }
    for (size_t i = 0; i < l->n; i++) {
        struct finding *f = l->items[i];
        a->found += (f->flags & FINDING_BELOW) == 0;
        if (f->has_initiator && in_any(s->allow, s->allow_n, &f->initiator)) {
            f->flags |= FINDING_ALLOWED;
        }
        if (selected(s, f)) {
            a->shown[a->shown_n++].finding = f;
        } else {
            a->outside_got_in += (f->flags & FINDING_BELOW) == 0 && kind_got_in(f);
        }
    }
    return true;
}

/* No such address can be outside; unless it was answered, and heard it. */
static bool impossible(const struct view_finding *v)
{
    const struct finding *f = v->finding;
    return v->origin != NULL && v->origin->special.bogon && f->has_initiator &&
           f->authentic == AUTHENTIC_ONE_WAY && f->answered == 0 &&
           (f->flags & (FINDING_INSIDE | FINDING_RULE)) == 0 && !addr_is_private(&f->initiator);
}

/* The first rung where only the address, or the sources' spread, tells it. */
static void judge_sources(struct analysis *a)
{
    for (size_t i = 0; i < a->shown_n; i++) {
        struct view_finding *v = &a->shown[i];
        struct finding *f = (struct finding *)(uintptr_t)v->finding; /* ours */
        if (v->tested && v->spoof.verdict == SPOOF_CONSISTENT) {
            f->authentic = AUTHENTIC_SPOOF_CONSISTENT;
        } else if (impossible(v)) {
            f->authentic = AUTHENTIC_IMPOSSIBLE;
        }
    }
}

/* --- all of it ------------------------------------------------------------------ */

static bool read_files(struct analysis *a)
{
    struct reader_job job = {
        .files = a->files,
        .file_n = a->file_n,
        .settings = &a->settings,
        .now_ns = clock_now_ns(),
        .progress = settings_progress(&a->settings),
        .seal = a->sealing != NULL ? &a->sealing->job : NULL,
        .sealing = a->sealing,
        .watch = a->watch,
    };
    struct fault why = {0};
    enum status st = random_bytes(&job.seed, sizeof(job.seed));
    st = st == ST_OK ? reader_run(&job, &a->reading, &why) : st;
    if (st != ST_OK) {
        say_fault("the reader", st, &why);
    }
    close_files(a);
    return st == ST_OK;
}

static bool locate(struct analysis *a)
{
    if (a->shown_n == 0 || a->unlocated) {
        return true;
    }
    struct fault why = {0};
    CLEANUP(kept_specs_fini) struct kept_specs specs = {.n = 0};
    if (!kept_specs(a->settings.home, a->settings.sources, a->settings.source_n, &specs)) {
        return false;
    }
    struct locate_job job = {.specs = specs.items,
                             .spec_n = specs.n,
                             .baseline = true,
                             .contacts = a->settings.contacts,
                             .now_ns = clock_now_ns()};
    enum status st = locate_run(&job, a->shown, a->shown_n, &a->reading, &a->located, &why);
    if (st != ST_OK) {
        say_fault("looking up addresses", st, &why);
    }
    return st == ST_OK;
}

struct analysis *analysis_new(const char *command)
{
    struct analysis *a = calloc(1, sizeof(*a));
    if (a == NULL || !settings_init(&a->settings, command)) {
        say("not enough memory");
        free(a);
        return NULL;
    }
    return a;
}

bool analysis_open(struct analysis *a, char **names, int n)
{
    const char *command = a->settings.command;
    if (n == 0) {
        say("%s: which files? (\"-\" is standard input; exhibit %s --help)", command, command);
        return false;
    }
    if (n > LIMIT_INPUTS) {
        say("%s: past the limit of %d files", command, LIMIT_INPUTS);
        return false;
    }
    return settings_check(&a->settings) &&
           sourcing_check(a->settings.sources, a->settings.source_n) && open_files(a, names, n);
}

bool analysis_take(struct analysis *a, const char *name, int fd)
{
    a->files = calloc(1, sizeof(*a->files));
    if (a->files == NULL) {
        say("not enough memory");
        (void)close(fd); /* nothing of it was read */
        return false;
    }
    a->file_n = 1;
    a->files[0] = (struct reader_file){.name = name, .fd = fd};
    return settings_check(&a->settings) &&
           sourcing_check(a->settings.sources, a->settings.source_n);
}

static void judge_whole(struct analysis *a)
{
    for (size_t i = 0; i < a->reading.remark_n; i++) {
        a->partial |= a->reading.remarks[i].partial;
    }
    a->partial |= !a->reading.complete;
}

bool analysis_read(struct analysis *a)
{
    (void)process_stop_flag(); /* Ctrl-C: the reader tells what it has */
    bool read = read_files(a);
    judge_whole(a);
    return read;
}

bool analysis_run(struct analysis *a)
{
    if (!analysis_read(a) || !select_findings(a) || !locate(a)) {
        return false;
    }
    judge_sources(a);
    judge_whole(a); /* sources have remarks, too */
    return true;
}
