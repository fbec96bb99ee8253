/* cli/flows.c - a second look at where findings begin and end. */
#include "cli/flows.h"

#include <stdlib.h>
#include <unistd.h>

#include "capture/input.h"

struct place {
    uint64_t pos;
    struct finding *finding;
};

struct places {
    struct place *items; /* ascending */
    size_t n;
};

static int by_pos(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;
    return (x->pos > y->pos) - (x->pos < y->pos);
}

/* The initiator's packet has its port as the source; what answers it, as the
 * target. */
static void note(struct finding *f, const struct observation *o)
{
    if (o->time_ns < f->when.first_ns || o->time_ns > f->when.last_ns) {
        return; /* what it rests on came before: another may have had the address then */
    }
    if (addr_equal(&o->src, &f->initiator)) {
        flows_add(&f->flows, o->time_ns, o->src_port, o->dst_port);
    } else if (addr_equal(&o->dst, &f->initiator)) {
        flows_add(&f->flows, o->time_ns, o->dst_port, o->src_port);
    }
}

/* Observations of one input, in order; *at is the first place not yet passed. */
static void match(const struct places *l, size_t *at, const struct obs_batch *batch)
{
    for (size_t i = 0; i < batch->n; i++) {
        const struct observation *o = &batch->obs[i];
        while (*at < l->n && l->items[*at].pos < o->pos) {
            ++*at;
        }
        /* Packets inside of a packet stand at its place, too. */
        for (size_t k = *at; k < l->n && l->items[k].pos == o->pos; k++) {
            note(l->items[k].finding, o);
        }
    }
}

static enum status look(const struct reader_job *job, unsigned index, const struct places *l,
                        size_t *at)
{
    struct capture_options opt = {.now_ns = job->now_ns, .expansion = job->settings->expansion};
    struct capture_input *in = NULL;
    int fd = job->files[index].fd;
    if (lseek(fd, 0, SEEK_SET) != 0) {
        return ST_OK; /* a pipe: it is gone */
    }
    enum status st = capture_input_open(fd, index, &opt, &in, NULL);
    struct obs_batch *batch = malloc(sizeof(*batch));
    st = batch == NULL ? ST_NOMEM : st;
    while (st == ST_OK && *at < l->n && pos_input(l->items[*at].pos) <= index) {
        st = capture_input_next(in, batch, NULL);
        if (st == ST_OK) {
            match(l, at, batch);
        }
    }
    capture_input_free(in);
    free(batch);
    return st == ST_NOMEM ? st : ST_OK;
}

static bool wants(const struct finding *f)
{
    return f->has_initiator && (f->flags & FINDING_MANY) == 0;
}

enum status flows_find(const struct reader_job *job, const struct finding_list *findings)
{
    struct places l = {.n = 0};
    size_t at = 0;
    l.items = calloc(2 * findings->n + 1, sizeof(*l.items));
    if (l.items == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < findings->n; i++) {
        struct finding *f = findings->items[i];
        if (wants(f)) {
            l.items[l.n++] = (struct place){f->when.first_pos, f};
            l.items[l.n++] = (struct place){f->when.last_pos, f};
        }
    }
    qsort(l.items, l.n, sizeof(*l.items), by_pos);
    enum status st = ST_OK;
    for (unsigned i = 0; i < job->file_n && st == ST_OK; i++) {
        while (at < l.n && pos_input(l.items[at].pos) < i) {
            at++;
        }
        if (at < l.n && pos_input(l.items[at].pos) == i && job->files[i].fd >= 0) {
            st = look(job, i, &l, &at);
        }
    }
    free(l.items);
    return st;
}
