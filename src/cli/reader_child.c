/* cli/reader_child.c - the caged half of the reader. */
#include "cli/reader_child.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/os/channel.h"
#include "base/os/process.h"
#include "capture/input.h"
#include "cli/flows.h"
#include "cli/seal_child.h"
#include "detect/detect.h"

/* One file in the order of reading. */
struct turn {
    unsigned index;
    bool has_time;
    bool done; /* said why it cannot be read */
    int64_t first_ns;
    struct capture_input *in; /* kept open, with its first batch, when it cannot be reread */
    struct obs_batch *first;
};

struct child {
    const struct reader_job *job;
    int channel;
    const volatile sig_atomic_t *stop;
    struct turn *turns;
    struct detect *detect;   /* NULL: nothing is judged */
    struct seal_child *seal; /* NULL: nothing is sealed */
    struct buf message;
    uint64_t taken_bytes; /* by inputs that are done */
    uint64_t told_bytes;
    bool stopped;
};

enum { PROGRESS_BYTES = 4 << 20 };

static void child_fini(struct child *c)
{
    for (size_t i = 0; c->turns != NULL && i < c->job->file_n; i++) {
        capture_input_free(c->turns[i].in);
        free(c->turns[i].first);
    }
    free(c->turns);
    detect_free(c->detect);
    seal_child_free(c->seal);
    buf_fini(&c->message);
}

static enum status tell(struct child *c, enum reader_says what)
{
    TRY(c->message.failed);
    enum status st = channel_send(c->channel, (uint8_t)what, buf_bytes(&c->message), NULL);
    buf_clear(&c->message);
    return st;
}

static enum status tell_fault(struct child *c, unsigned index, enum status st,
                              const struct fault *why)
{
    buf_be32(&c->message, index);
    buf_byte(&c->message, (uint8_t)st);
    buf_be64(&c->message, why->offset);
    buf_be64(&c->message, why->limit);
    buf_be32(&c->message, (uint32_t)why->sys_errno);
    buf_str(&c->message, why->field != NULL ? why->field : "");
    return tell(c, READER_FAULT);
}

static enum status tell_remarks(struct child *c, const struct remark_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        remark_put(&c->message, &list->items[i]);
        TRY(tell(c, READER_REMARK));
    }
    return ST_OK;
}

static enum status tell_input(struct child *c, const struct turn *t)
{
    buf_be32(&c->message, t->index);
    buf_be64(&c->message, capture_input_records(t->in));
    buf_byte(&c->message, capture_input_is_log(t->in));
    buf_byte(&c->message, t->has_time);
    buf_be64(&c->message, (uint64_t)t->first_ns);
    buf_str(&c->message, capture_input_format(t->in));
    return tell(c, READER_INPUT);
}

static enum status tell_progress(struct child *c, const struct capture_input *in)
{
    uint64_t taken = c->taken_bytes + capture_input_raw_offset(in);
    if (!c->job->progress || taken - c->told_bytes < PROGRESS_BYTES) {
        return ST_OK;
    }
    c->told_bytes = taken;
    buf_be64(&c->message, taken);
    return tell(c, READER_PROGRESS);
}

/* --- reading ------------------------------------------------------------------ */

/* To be looked at, or to be read from its beginning. */
static enum status open_turn(struct child *c, struct turn *t, bool read)
{
    struct capture_options opt = {
        .now_ns = c->job->now_ns, .stop = c->stop, .expansion = c->job->settings->expansion};
    struct fault why = {0};
    if (read && seal_child_wants(c->seal, t->index)) {
        TRY(seal_child_look(c->seal, t->index, &opt));
        if (seal_child_wants(c->seal, t->index)) {
            opt.tap = seal_child_tap(c->seal);
        } else if (c->job->seal->alone) {
            t->done = true; /* it is sealed already, as was found out now */
            return ST_OK;
        }
    }
    enum status st = capture_input_open(c->job->files[t->index].fd, t->index, &opt, &t->in, &why);
    if (st == ST_OK || st == ST_NOMEM) {
        return st;
    }
    t->done = true;
    return tell_fault(c, t->index, st, &why);
}

static void saw(struct turn *t, const struct obs_batch *batch)
{
    if (!t->has_time && batch->n > 0) {
        t->has_time = true;
        t->first_ns = batch->obs[0].time_ns;
    }
}

/* The first time of an input, to order several by. What can be reread is
 * closed again: there may be tens of thousands. */
static enum status peek(struct child *c, struct turn *t)
{
    int fd = c->job->files[t->index].fd;
    bool reread = lseek(fd, 0, SEEK_CUR) == 0;
    TRY(open_turn(c, t, false));
    if (t->done) {
        return ST_OK;
    }
    t->first = malloc(sizeof(*t->first));
    if (t->first == NULL) {
        return ST_NOMEM;
    }
    struct fault why = {0};
    t->first->n = 0;
    enum status st = capture_input_next(t->in, t->first, &why);
    if (st == ST_NOMEM) {
        return st;
    }
    saw(t, t->first);
    if (reread && lseek(fd, 0, SEEK_SET) == 0) {
        capture_input_free(TAKE(t->in));
        free(TAKE(t->first));
    }
    return ST_OK;
}

/* By first time, then as given; what has no time comes last. */
static int by_time(const void *a, const void *b)
{
    const struct turn *x = a;
    const struct turn *y = b;
    if (x->has_time != y->has_time) {
        return x->has_time ? -1 : 1;
    }
    if (x->has_time && x->first_ns != y->first_ns) {
        return x->first_ns < y->first_ns ? -1 : 1;
    }
    return (x->index > y->index) - (x->index < y->index);
}

static enum status make_turns(struct child *c)
{
    c->turns = calloc(c->job->file_n, sizeof(*c->turns));
    if (c->turns == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < c->job->file_n; i++) {
        struct turn *t = &c->turns[i];
        t->index = (unsigned)i;
        t->done = c->job->files[i].fd < 0;
        if (c->job->seal != NULL && c->job->seal->alone) {
            t->done = t->done || !seal_child_wants(c->seal, t->index);
        }
        if (c->job->file_n > 1 && !t->done && !c->stopped) {
            TRY(peek(c, t));
        }
    }
    qsort(c->turns, c->job->file_n, sizeof(*c->turns), by_time);
    return ST_OK;
}

static enum status stop_here(struct child *c, struct turn *t)
{
    struct remark r = {.code = REMARK_INTERRUPTED,
                       .input = t->index,
                       .offset = capture_input_raw_offset(t->in),
                       .partial = true};
    c->stopped = true;
    remark_put(&c->message, &r);
    return tell(c, READER_REMARK);
}

static enum status use(struct child *c, const struct turn *t, const struct obs_batch *b)
{
    const struct reader_watch *w = c->job->watch;
    if (w != NULL && w->feed != NULL) {
        w->feed(w->ctx, b);
    }
    if (c->detect != NULL) {
        TRY(detect_feed(c->detect, b));
    }
    return seal_child_wants(c->seal, t->index) ? seal_child_feed(c->seal, t->in, b) : ST_OK;
}

/* Everything of one opened input. */
static enum status read_all(struct child *c, struct turn *t)
{
    struct obs_batch batch;
    struct obs_batch *b = t->first != NULL ? t->first : &batch;
    struct fault why = {0};
    enum status st = ST_OK;
    if (t->first != NULL && t->first->n > 0) {
        TRY(use(c, t, t->first));
    }
    while ((st = capture_input_next(t->in, b, &why)) == ST_OK) {
        saw(t, b);
        TRY(use(c, t, b));
        TRY(tell_progress(c, t->in));
    }
    if (*c->stop != 0) {
        TRY(stop_here(c, t));
    }
    return st == ST_END ? ST_OK : st == ST_NOMEM ? st : tell_fault(c, t->index, st, &why);
}

/* Where a signal ended an input, it was not cut: no damage is to be told. */
static void forget_cut(struct remark_list *l)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (l->items[i].code != REMARK_CUT) {
            l->items[kept++] = l->items[i];
        }
    }
    l->n = kept;
}

static enum status take_turn(struct child *c, struct turn *t)
{
    if (t->in == NULL && !t->done) {
        TRY(open_turn(c, t, true));
    }
    if (t->done) {
        return ST_OK;
    }
    bool seals = seal_child_wants(c->seal, t->index);
    if (seals) {
        TRY(seal_child_begin(c->seal, t->index, t->in));
    }
    TRY(read_all(c, t));
    if (seals) {
        TRY(seal_child_end(c->seal, !c->stopped));
    }
    if (c->stopped) {
        forget_cut(capture_input_remarks(t->in));
    }
    TRY(tell_remarks(c, capture_input_remarks(t->in)));
    TRY(tell_input(c, t));
    c->taken_bytes += capture_input_raw_offset(t->in);
    capture_input_free(TAKE(t->in));
    free(TAKE(t->first));
    return ST_OK;
}

static enum status tell_watched(struct child *c)
{
    const struct reader_watch *w = c->job->watch;
    for (size_t part = 0; w != NULL; part++) {
        buf_be32(&c->message, (uint32_t)part);
        if (!w->put(w->ctx, part, &c->message)) {
            buf_clear(&c->message);
            break;
        }
        TRY(tell(c, READER_WATCHED));
    }
    return ST_OK;
}

static enum status tell_findings(struct child *c, const struct finding_list *findings)
{
    CLEANUP(buf_fini) struct buf held = BUF_INIT(CHANNEL_HELD_MAX);
    for (size_t i = 0; i < findings->n; i++) {
        finding_put(&c->message, findings->items[i]);
        TRY(c->message.failed);
        TRY(channel_hold(c->channel, READER_FINDING, buf_bytes(&c->message), &held, NULL));
        buf_clear(&c->message);
    }
    return channel_send_held(c->channel, &held, NULL);
}

static enum status finish(struct child *c)
{
    struct remark_list remarks = {.n = 0};
    const struct finding_list *findings;
    struct summary summary = {.packets = 0};
    if (c->detect == NULL) {
        summary_put(&c->message, &summary);
        return tell(c, READER_SUMMARY);
    }
    TRY(detect_finish(c->detect, &remarks, &findings, &summary));
    TRY(tell_remarks(c, &remarks));
    if (c->job->settings->flows && !c->stopped) {
        TRY(flows_find(c->job, findings));
    }
    TRY(tell_findings(c, findings));
    const struct reader_watch *w = c->job->watch;
    if (w != NULL && w->again != NULL && !c->stopped) {
        TRY(w->again(w->ctx, c->job, findings));
    }
    TRY(tell_watched(c));
    summary_put(&c->message, &summary);
    return tell(c, READER_SUMMARY);
}

static enum status run(struct child *c)
{
    const struct settings *s = c->job->settings;
    struct detect_options opt = {.definitions = &s->definitions,
                                 .locals = s->locals,
                                 .seed = c->job->seed,
                                 .memory_bytes = s->memory_bytes,
                                 .explain = s->explain};
    if (c->job->seal != NULL) {
        TRY(seal_child_new(c->job, c->channel, &c->seal));
    }
    if (c->job->seal == NULL || !c->job->seal->alone) {
        TRY(detect_new(&opt, &c->detect));
    }
    TRY(make_turns(c));
    for (size_t i = 0; i < c->job->file_n && !c->stopped; i++) {
        TRY(take_turn(c, &c->turns[i]));
    }
    return finish(c);
}

int reader_child(void *job, int channel, const struct cage_report *cage)
{
    CLEANUP(child_fini)
    struct child c = {.job = job,
                      .channel = channel,
                      .stop = process_stop_flag(),
                      .message = BUF_INIT(READER_MESSAGE_MAX)};
    enum status st = ST_OK;
    if (!cage->whole) {
        buf_str(&c.message, cage->text);
        st = tell(&c, READER_CAGE);
    }
    st = st == ST_OK ? run(&c) : st;
    if (st != ST_OK) {
        buf_clear(&c.message);
        buf_byte(&c.message, (uint8_t)st);
        status_ignore(tell(&c, READER_FAILED)); /* the parent sees the channel close */
    }
    return st == ST_OK ? 0 : 2;
}
