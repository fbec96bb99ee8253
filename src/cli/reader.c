/* cli/reader.c - starting the reader and taking what it says. */
#include "cli/reader.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os/channel.h"
#include "base/os/process.h"
#include "cli/from_child.h"
#include "cli/progress.h"
#include "cli/reader_child.h"
#include "cli/say.h"
#include "cli/sealing.h"

enum { READING_MAX_BYTES = INT_MAX };

struct listener {
    const struct reader_job *job;
    struct reading *reading;
    struct progress progress;
};

void reading_fini(struct reading *r)
{
    for (size_t i = 0; r->inputs != NULL && r->inputs[i].name != NULL; i++) {
        free((char *)(uintptr_t)r->inputs[i].format);
    }
    free(r->inputs);
    free(r->remarks);
    finding_list_fini(&r->findings);
    *r = (struct reading){0};
}

enum status reading_remark(struct reading *r, const struct remark *remark)
{
    if (r->remark_n == r->remark_cap) {
        size_t cap = r->remark_cap ? r->remark_cap * 2 : 16;
        struct remark *p = realloc(r->remarks, cap * sizeof(*p));
        if (p == NULL) {
            return ST_NOMEM;
        }
        r->remarks = p;
        r->remark_cap = cap;
    }
    r->remarks[r->remark_n++] = *remark;
    return ST_OK;
}

/* --- messages ----------------------------------------------------------------- */

static enum status take_cage(struct listener *l, struct cursor *in)
{
    struct remark r = {.code = REMARK_CAGE, .input = READER_WHOLE_RUN, .count = 1};
    struct bytes text = cursor_rest(in);
    (void)snprintf(r.text, sizeof(r.text), "%.*s", (int)text.len, (const char *)text.data);
    return reading_remark(l->reading, &r);
}

static enum status take_input(struct listener *l, struct cursor *in)
{
    uint32_t index = cursor_be32(in);
    struct view_input v = {.records = cursor_be64(in)};
    v.log = cursor_u8(in) != 0;
    v.has_time = cursor_u8(in) != 0;
    v.first_ns = (int64_t)cursor_be64(in);
    struct bytes format = cursor_rest(in);
    if (in->failed || index >= l->job->file_n) {
        return ST_MALFORMED;
    }
    struct view_input *to = &l->reading->inputs[index];
    v.name = to->name;
    v.format = strndup((const char *)format.data, format.len);
    if (v.format == NULL) {
        return ST_NOMEM;
    }
    free((char *)(uintptr_t)to->format);
    *to = v;
    return ST_OK;
}

/* In the words of a complaint, and as a remark. */
static enum status take_fault(struct listener *l, struct cursor *in)
{
    uint32_t index = cursor_be32(in);
    enum status st = (enum status)cursor_u8(in);
    struct fault why = {.offset = cursor_be64(in)};
    why.limit = cursor_be64(in);
    why.sys_errno = (int)cursor_be32(in);
    char field[64];
    struct bytes text = cursor_rest(in);
    (void)snprintf(field, sizeof(field), "%.*s", (int)text.len, (const char *)text.data);
    why.field = field;
    if (in->failed || index >= l->job->file_n) {
        return ST_MALFORMED;
    }
    bool unknown = st == ST_MALFORMED && strcmp(field, "format") == 0;
    struct remark r = {.code = unknown ? REMARK_FORMAT_UNKNOWN : REMARK_BROKEN,
                       .input = index,
                       .offset = why.offset,
                       .count = 1,
                       .partial = true};
    progress_clear(&l->progress);
    if (unknown) {
        say("%s: not a format that is read here: pcap, pcapng, logs of sshd or of a web server, "
            "all also in gzip or zstd",
            l->job->files[index].name);
    } else {
        (void)snprintf(r.text, sizeof(r.text), "%s", field);
        say_fault(l->job->files[index].name, st, &why);
    }
    return reading_remark(l->reading, &r);
}

/* Exit status 2 never comes without a complaint, whatever form the report has. */
static void complain(struct listener *l, const struct remark *r)
{
    char sentence[REMARK_SENTENCE_MAX];
    (void)remark_sentence(r, sentence, sizeof(sentence));
    progress_clear(&l->progress);
    if (remark_has_place(r)) {
        say("%s: offset %" PRIu64 ": %s", l->job->files[r->input].name, r->offset, sentence);
    } else {
        say("%s: %s", l->job->files[r->input].name, sentence);
    }
}

static enum status take_remark(struct listener *l, struct cursor *in)
{
    struct remark r;
    TRY(remark_get(in, &r));
    if (r.partial && r.input < l->job->file_n) {
        complain(l, &r);
    }
    return reading_remark(l->reading, &r);
}

static enum status take_finding(struct listener *l, struct cursor *in)
{
    struct finding *f = finding_list_add(&l->reading->findings);
    return f != NULL ? finding_get(in, &l->reading->findings.arena, f) : ST_NOMEM;
}

static enum status take_failed(struct cursor *in)
{
    enum status st = (enum status)cursor_u8(in);
    return st == ST_OK || in->failed ? ST_MALFORMED : st;
}

static enum status take_watched(struct listener *l, struct cursor *in)
{
    const struct reader_watch *w = l->job->watch;
    uint32_t part = cursor_be32(in);
    return w == NULL || in->failed ? ST_MALFORMED : w->take(w->ctx, part, in);
}

static enum status take(struct listener *l, uint8_t type, struct cursor *in, int channel)
{
    switch (type) {
    case READER_PROGRESS:
        progress_show(&l->progress, cursor_be64(in));
        return ST_OK;
    case READER_CAGE:
        return take_cage(l, in);
    case READER_INPUT:
        return take_input(l, in);
    case READER_FAULT:
        return take_fault(l, in);
    case READER_REMARK:
        return take_remark(l, in);
    case READER_FINDING:
        return take_finding(l, in);
    case READER_SUMMARY:
        TRY(summary_get(in, &l->reading->summary));
        l->reading->complete = true;
        return ST_OK;
    case READER_WATCHED:
        return take_watched(l, in);
    case READER_FAILED:
        return take_failed(in);
    default:
        return sealing_take(l->job->sealing, type, in, channel);
    }
}

static enum status listen_to(struct listener *l, int fd)
{
    CLEANUP(buf_fini) struct buf message = BUF_INIT(READER_MESSAGE_MAX);
    while (!l->reading->complete) {
        uint8_t type;
        enum status st = channel_receive(fd, &type, &message, NULL);
        if (st != ST_OK) {
            return st;
        }
        struct cursor in = cursor_of(buf_bytes(&message));
        TRY(take(l, type, &in, fd));
    }
    return ST_OK;
}

static enum status make_inputs(struct reading *r, const struct reader_job *job)
{
    r->inputs = calloc(job->file_n + 1, sizeof(*r->inputs)); /* the last has no name */
    if (r->inputs == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < job->file_n; i++) {
        r->inputs[i].name = job->files[i].name;
        r->inputs[i].format = strdup("");
        if (r->inputs[i].format == NULL) {
            return ST_NOMEM;
        }
    }
    return ST_OK;
}

/* The reader ended before its summary: what it said is kept. */
static enum status say_ended(struct listener *l, enum status st, const struct process_end *end)
{
    struct remark r = {
        .code = REMARK_BROKEN, .input = READER_WHOLE_RUN, .count = 1, .partial = true};
    (void)snprintf(r.text, sizeof(r.text), "%s",
                   st == ST_NOMEM ? "there was not enough memory (see --memory)" : end->text);
    say("%s", r.text);
    return reading_remark(l->reading, &r);
}

enum status reader_run(const struct reader_job *job, struct reading *ret, struct fault *why)
{
    struct listener l = {.job = job, .reading = ret};
    *ret = (struct reading){0};
    finding_list_init(&ret->findings, READING_MAX_BYTES);
    TRY(make_inputs(ret, job));
    uint64_t total = 0;
    for (size_t i = 0; i < job->file_n; i++) {
        total += job->files[i].size_bytes;
    }
    progress_begin(&l.progress, job->progress, total);
    CLEANUP(free_ptr) int *keep = calloc(job->file_n, sizeof(*keep));
    if (keep == NULL) {
        return ST_NOMEM;
    }
    struct process_options opt = {.name = "reader", .cage = CAGE_READER, .keep = keep};
    for (size_t i = 0; i < job->file_n; i++) {
        if (job->files[i].fd >= 0) {
            keep[opt.n_keep++] = job->files[i].fd;
        }
    }
    CLEANUP(process_freep) struct process *child = NULL;
    struct process_end end;
    process_run *run = job->settings->from ? from_child : reader_child;
    TRY(process_start(&opt, run, (void *)(uintptr_t)job, &child, why));
    enum status st = listen_to(&l, process_channel(child));
    progress_clear(&l.progress);
    TRY(process_wait(child, &end, why));
    return ret->complete ? ST_OK : say_ended(&l, st, &end);
}
