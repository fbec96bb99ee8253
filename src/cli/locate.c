/* cli/locate.c - lookups in a caged process. */
#include "cli/locate.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "attribute/ask.h"
#include "attribute/baseline.h"
#include "attribute/sources.h"
#include "attribute/special.h"
#include "base/os/cage.h"
#include "base/os/channel.h"
#include "base/os/process.h"
#include "cli/say.h"
#include "cli/sourcing.h"

enum locate_says {
    LOCATE_CAGE = 1, /* text: what is not in force */
    LOCATE_REMARK,   /* remark_put */
    LOCATE_ORIGIN,   /* be32 which finding, origin_put */
    LOCATE_CONTACT,  /* be32 which finding, contact_put */
    LOCATE_QUERY,    /* be32 which finding, contact_query_put */
    LOCATE_SPOOF,    /* be32 which finding, attribute_spoof_put */
    LOCATE_BASELINE, /* baseline_put */
    LOCATE_SOURCES,  /* origin_sources_put: the last */
};

enum {
    LOCATE_MESSAGE_MAX = 1 << 20,
    LOCATED_MAX_BYTES = INT_MAX,
    WHOLE_RUN = -1,
    BASELINE_LEAST = 10
};

struct job {
    const struct locate_job *asked;
    struct attribute_sources *set;
    const struct view_finding *findings;
    size_t n;
    int channel;
    struct buf message;
    struct buf held; /* answers wait for each other */
};

/* --- the caged half ------------------------------------------------------------ */

static enum status tell(struct job *j, enum locate_says what)
{
    TRY(j->message.failed);
    enum status st =
        channel_hold(j->channel, (uint8_t)what, buf_bytes(&j->message), &j->held, NULL);
    buf_clear(&j->message);
    return st;
}

static void families(const struct finding *f, bool *v4, bool *v6)
{
    struct addr inner;
    struct addr server;
    if (f->has_remote) {
        *(addr_is_v4(&f->remote) ? v4 : v6) = true;
        /* The IPv4 address inside is what is looked up. */
        *v4 |= attribute_special_unwrap(&f->remote, &inner, &server) != ORIGIN_WRAP_NONE;
    }
    for (size_t i = 0; i < f->spoof_n; i++) {
        *(addr_is_v4(&f->spoof_sample[i]) ? v4 : v6) = true;
    }
}

static enum status tell_remarks(struct job *j, const struct remark_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        remark_put(&j->message, &list->items[i]);
        TRY(tell(j, LOCATE_REMARK));
    }
    return ST_OK;
}

/* Before the cage: here the sources are opened. */
static enum status add(struct job *j)
{
    struct remark_list remarks = {.n = 0};
    TRY(attribute_sources_new(j->asked->now_ns, &j->set));
    if (!j->asked->alone) {
        TRY(attribute_sources_add_defaults(j->set, &remarks));
    }
    for (size_t i = 0; i < j->asked->spec_n; i++) {
        struct fault why = {0};
        enum status st = attribute_sources_add(j->set, j->asked->specs[i], &remarks, &why);
        if (st != ST_OK) {
            attribute_sources_complain(j->asked->specs[i], st, &why, &remarks);
        }
    }
    return tell_remarks(j, &remarks);
}

static enum status load(struct job *j)
{
    bool v4 = j->asked->all;
    bool v6 = j->asked->all;
    struct remark_list remarks = {.n = 0};
    for (size_t i = 0; i < j->n; i++) {
        families(j->findings[i].finding, &v4, &v6);
    }
    TRY(attribute_sources_load(j->set, v4, v6, &remarks));
    return tell_remarks(j, &remarks);
}

static enum status tell_contact(struct job *j, size_t i, const struct origin *o)
{
    struct contact c = {.mail = ""};
    bool known = attribute_sources_contact(j->set, &o->looked_up, &c);
    if (known) {
        buf_be32(&j->message, (uint32_t)i);
        contact_put(&j->message, &c);
        TRY(tell(j, LOCATE_CONTACT));
    }
    if (c.mail[0] == '\0') {
        struct contact_query q;
        attribute_ask(o, &q);
        buf_be32(&j->message, (uint32_t)i);
        contact_query_put(&j->message, &q);
        TRY(tell(j, LOCATE_QUERY));
    }
    return ST_OK;
}

static enum status look_up(struct job *j, size_t i)
{
    const struct finding *f = j->findings[i].finding;
    if (f->has_remote) {
        struct origin o;
        attribute_sources_lookup(j->set, &f->remote, f->when.last_ns, &o);
        buf_be32(&j->message, (uint32_t)i);
        origin_put(&j->message, &o);
        TRY(tell(j, LOCATE_ORIGIN));
        if (j->asked->contacts && !o.special.bogon) {
            TRY(tell_contact(j, i, &o));
        }
    }
    if (f->spoof_sources > 0) {
        struct attribute_spoof_sources s = {.sample = f->spoof_sample,
                                            .n = f->spoof_n,
                                            .sources = f->spoof_sources,
                                            .single = f->spoof_single};
        struct attribute_spoof_result r;
        attribute_spoof_test(j->set, f->when.last_ns, &s, &r);
        buf_be32(&j->message, (uint32_t)i);
        attribute_spoof_put(&j->message, &r);
        TRY(tell(j, LOCATE_SPOOF));
    }
    return ST_OK;
}

/* What shares among remotes are held against, where there are enough of them. */
static enum status tell_baseline(struct job *j, bool v6)
{
    size_t remotes = 0;
    int64_t last_ns = INT64_MIN;
    for (size_t i = 0; i < j->n; i++) {
        const struct finding *f = j->findings[i].finding;
        remotes += f->has_remote && addr_is_v4(&f->remote) == !v6;
        last_ns = f->when.last_ns > last_ns ? f->when.last_ns : last_ns;
    }
    if (remotes < BASELINE_LEAST || !j->asked->baseline) {
        return ST_OK;
    }
    CLEANUP(free_ptr) struct baseline *b = malloc(sizeof(*b));
    if (b == NULL) {
        return ST_NOMEM;
    }
    if (v6) {
        TRY(attribute_baseline6(j->set, last_ns, b));
    } else {
        attribute_baseline(j->set, last_ns, b);
    }
    baseline_put(&j->message, b);
    return tell(j, LOCATE_BASELINE);
}

static enum status run(struct job *j)
{
    TRY(add(j));
    struct cage_report cage;
    cage_enter(CAGE_ANALYST, &cage);
    if (!cage.whole) {
        buf_str(&j->message, cage.text);
        TRY(tell(j, LOCATE_CAGE));
    }
    TRY(load(j));
    for (size_t i = 0; i < j->n; i++) {
        TRY(look_up(j, i));
    }
    TRY(tell_baseline(j, false));
    TRY(tell_baseline(j, true));
    origin_sources_put(&j->message, attribute_sources_info(j->set));
    TRY(tell(j, LOCATE_SOURCES));
    return channel_send_held(j->channel, &j->held, NULL);
}

static int locate_child(void *ctx, int channel, const struct cage_report *none)
{
    (void)none; /* the cage comes later */
    struct job *j = ctx;
    j->channel = channel;
    j->message = BUF_INIT(LOCATE_MESSAGE_MAX);
    j->held = BUF_INIT(CHANNEL_HELD_MAX);
    enum status st = run(j);
    if (st != ST_OK) {
        status_ignore(channel_send_held(channel, &j->held, NULL)); /* what was found counts */
    }
    attribute_sources_free(j->set);
    buf_fini(&j->held);
    buf_fini(&j->message);
    return st == ST_OK ? 0 : 2;
}

/* --- the other half ------------------------------------------------------------- */

/* Most origins have few statements of the many that they could. */
static enum status keep_origin(struct located *l, struct cursor *in, struct view_finding *f)
{
    struct origin o;
    TRY(origin_get(in, &o, NULL));
    size_t size = offsetof(struct origin, statements) + o.n * sizeof(o.statements[0]);
    struct origin *copy = arena_alloc(&l->arena, size);
    if (copy == NULL) {
        return ST_NOMEM;
    }
    memcpy(copy, &o, size);
    f->origin = copy;
    return ST_OK;
}

static enum status keep_contact(struct located *l, struct cursor *in, size_t i)
{
    struct contact *c = arena_alloc(&l->arena, sizeof(*c));
    if (c == NULL) {
        return ST_NOMEM;
    }
    TRY(contact_get(in, c));
    l->contacts[i].contact = c;
    return ST_OK;
}

static enum status keep_query(struct located *l, struct cursor *in, size_t i)
{
    struct contact_query *q = arena_alloc(&l->arena, sizeof(*q));
    if (q == NULL) {
        return ST_NOMEM;
    }
    TRY(contact_query_get(in, q));
    l->contacts[i].query = q;
    return ST_OK;
}

static enum status keep_spoof(struct located *l, struct cursor *in, struct view_finding *f)
{
    TRY(attribute_spoof_get(in, &l->arena, &f->spoof));
    f->tested = true;
    return ST_OK;
}

static enum status keep_baseline(struct located *l, struct cursor *in)
{
    struct baseline *b = arena_alloc(&l->arena, sizeof(*b));
    if (b == NULL) {
        return ST_NOMEM;
    }
    TRY(baseline_get(in, b));
    l->baselines[b->v6] = b;
    return ST_OK;
}

static enum status keep_remark(struct reading *reading, struct cursor *in)
{
    struct remark r;
    TRY(remark_get(in, &r));
    if (r.partial) { /* the reason for exit status 2 */
        char sentence[REMARK_SENTENCE_MAX];
        say("%s", remark_sentence(&r, sentence, sizeof(sentence)));
    }
    return reading_remark(reading, &r);
}

static enum status keep_cage(struct reading *reading, struct cursor *in)
{
    struct remark r = {.code = REMARK_CAGE, .input = UINT_MAX, .count = 1};
    struct bytes text = cursor_rest(in);
    (void)snprintf(r.text, sizeof(r.text), "%.*s", (int)text.len, (const char *)text.data);
    return reading_remark(reading, &r);
}

static enum status take(struct located *l, struct view_finding *findings, size_t n,
                        struct reading *reading, uint8_t type, struct cursor *in)
{
    if (type == LOCATE_CAGE) {
        return keep_cage(reading, in);
    }
    if (type == LOCATE_REMARK) {
        return keep_remark(reading, in);
    }
    if (type == LOCATE_BASELINE) {
        return keep_baseline(l, in);
    }
    if (type == LOCATE_SOURCES) {
        TRY(origin_sources_get(in, &l->sources, NULL));
        l->known = true;
        return ST_OK;
    }
    uint32_t i = cursor_be32(in);
    if (in->failed || i >= n) {
        return ST_MALFORMED;
    }
    return type == LOCATE_ORIGIN    ? keep_origin(l, in, &findings[i])
           : type == LOCATE_CONTACT ? keep_contact(l, in, i)
           : type == LOCATE_QUERY   ? keep_query(l, in, i)
           : type == LOCATE_SPOOF   ? keep_spoof(l, in, &findings[i])
                                    : ST_MALFORMED;
}

static enum status failed(struct reading *reading, const struct process_end *end)
{
    struct remark r = {.code = REMARK_SOURCE, .input = UINT_MAX, .count = 1, .partial = true};
    (void)snprintf(r.text, sizeof(r.text), "%s", end->text);
    say("%s", r.text);
    return reading_remark(reading, &r);
}

enum status locate_run(const struct locate_job *job, struct view_finding *findings, size_t n,
                       struct reading *reading, struct located *ret, struct fault *why)
{
    *ret = (struct located){.known = false};
    arena_init(&ret->arena, LOCATED_MAX_BYTES);
    ret->contacts = arena_alloc(&ret->arena, (n + 1) * sizeof(*ret->contacts));
    if (ret->contacts == NULL) {
        return ST_NOMEM;
    }
    struct job j = {.asked = job, .findings = findings, .n = n};
    struct process_options opt = {.name = "analyst", .cage = CAGE_NONE};
    CLEANUP(process_freep) struct process *child = NULL;
    struct process_end end;
    TRY(process_start(&opt, locate_child, &j, &child, why));
    CLEANUP(buf_fini) struct buf message = BUF_INIT(LOCATE_MESSAGE_MAX);
    enum status st = ST_OK;
    while (st == ST_OK && !ret->known) {
        uint8_t type;
        st = channel_receive(process_channel(child), &type, &message, NULL);
        if (st == ST_OK) {
            struct cursor in = cursor_of(buf_bytes(&message));
            st = take(ret, findings, n, reading, type, &in);
        }
    }
    TRY(process_wait(child, &end, why));
    if (st == ST_NOMEM) {
        return st;
    }
    return ret->known ? ST_OK : failed(reading, &end);
}

void located_fini(struct located *l)
{
    arena_fini(&l->arena);
}
