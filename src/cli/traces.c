/* cli/traces.c - which records belong to which finding, and every k-th of them.
 *
 * How many there will be is not known before: when a trace is full, every other
 * record goes, and from then on only every other one more is taken. So what is left
 * is spread evenly, and the same for the same inputs.
 */
#include "cli/traces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/model/kind.h"
#include "base/model/observation.h"
#include "capture/input.h"

struct tracked {
    const struct finding *finding;
    struct addr who; /* the initiator, or the victim where there is no one initiator */
    bool victim;     /* it is the victim */
    uint64_t seen;   /* records so far */
    uint64_t stride; /* every so many is taken */
    struct trace trace;
};

struct tracer {
    struct tracked items[TRACES_MOST]; /* by address */
    size_t n;
    uint64_t last_pos;
};

/* --- which findings ----------------------------------------------------------------------- */

static int by_matter(const void *a, const void *b)
{
    const struct finding *x = *(const struct finding *const *)a;
    const struct finding *y = *(const struct finding *const *)b;
    struct kind_advice p = kind_advise(x);
    struct kind_advice q = kind_advise(y);
    int order = (p.question == KIND_IGNORED) - (q.question == KIND_IGNORED);
    order = order ? order : (q.weight > p.weight) - (q.weight < p.weight);
    return order ? order : finding_compare(x, y);
}

static int by_who(const void *a, const void *b)
{
    const struct tracked *x = a;
    const struct tracked *y = b;
    int order = addr_compare(&x->who, &y->who);
    return order ? order : finding_compare(x->finding, y->finding);
}

static bool track(struct tracer *t, const struct finding *f)
{
    bool one = f->has_initiator && (f->flags & FINDING_MANY) == 0;
    if ((!one && !f->has_victim) || (f->flags & FINDING_BELOW) != 0) {
        return true;
    }
    struct tracked *x = &t->items[t->n];
    *x = (struct tracked){
        .finding = f, .who = one ? f->initiator : f->victim, .victim = !one, .stride = 1};
    x->trace.records = calloc(TRACE_RECORDS, sizeof(*x->trace.records));
    memcpy(x->trace.id, f->id, sizeof(f->id));
    t->n += x->trace.records != NULL;
    return x->trace.records != NULL;
}

static enum status choose(struct tracer *t, const struct finding_list *findings)
{
    const struct finding **sorted = calloc(findings->n + 1, sizeof(*sorted));
    bool good = sorted != NULL;
    for (size_t i = 0; good && i < findings->n; i++) {
        sorted[i] = findings->items[i];
    }
    if (good) {
        qsort(sorted, findings->n, sizeof(struct finding *), by_matter);
    }
    for (size_t i = 0; good && i < findings->n && t->n < TRACES_MOST; i++) {
        good = track(t, sorted[i]);
        t->last_pos =
            sorted[i]->when.last_pos > t->last_pos ? sorted[i]->when.last_pos : t->last_pos;
    }
    free(sorted);
    qsort(t->items, t->n, sizeof(t->items[0]), by_who);
    return good ? ST_OK : ST_NOMEM;
}

/* --- which records ------------------------------------------------------------------------- */

static bool protocol_fits(const struct finding *f, const struct observation *o)
{
    static const struct {
        const char *name;
        uint8_t proto;
    } protocols[] = {{"tcp", PROTO_TCP},       {"udp", PROTO_UDP}, {"icmp", PROTO_ICMP},
                     {"icmpv6", PROTO_ICMPV6}, {"arp", PROTO_ARP}, {"sctp", PROTO_SCTP}};
    for (size_t i = 0; i < ARRAY_LEN(protocols); i++) {
        if (strcmp(f->protocol, protocols[i].name) == 0) {
            return o->proto == protocols[i].proto;
        }
    }
    return true; /* a service: its ports tell */
}

static bool port_fits(const struct finding *f, uint16_t port)
{
    bool fits = f->port_n == 0 || f->port_n < f->ports; /* not all are listed */
    for (size_t i = 0; i < f->port_n && !fits; i++) {
        fits = f->port_list[i] == port;
    }
    return fits;
}

static bool fits(const struct tracked *x, const struct observation *o)
{
    const struct finding *f = x->finding;
    bool log = (f->flags & FINDING_LOG) != 0;
    if (log != (o->type == OBS_LOG) || o->time_ns < f->when.first_ns ||
        o->time_ns > f->when.last_ns) {
        return false;
    }
    bool to_victim = x->victim || !f->has_victim || addr_equal(&o->dst, &f->victim);
    return log || (to_victim && protocol_fits(f, o) && port_fits(f, o->dst_port));
}

/* --- what they say -------------------------------------------------------------------------- */

static void tcp_text(char out[TRACE_TEXT_MAX], const struct observation *o)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
    size_t at = (size_t)snprintf(out, TRACE_TEXT_MAX, "TCP");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if ((o->tcp_flags >> i & 1) != 0) {
            at += (size_t)snprintf(out + at, TRACE_TEXT_MAX - at, " %s", names[i]);
        }
    }
    if (o->payload_len > 0) {
        (void)snprintf(out + at, TRACE_TEXT_MAX - at, ", %u bytes", (unsigned)o->payload_len);
    }
}

static void log_text(char out[TRACE_TEXT_MAX], const struct obs_log *l)
{
    static const char *const outcomes[] = {[LOG_OTHER] = "",
                                           [LOG_REFUSED] = "failed",
                                           [LOG_ACCEPTED] = "let in",
                                           [LOG_CLOSED] = "closed before login",
                                           [LOG_NO_USER] = "no such user"};
    int method = l->method.len < 16 ? (int)l->method.len : 16;
    if (l->service == LOG_WEB) {
        int path = l->path.len < 60 ? (int)l->path.len : 60;
        (void)snprintf(out, TRACE_TEXT_MAX, "%u %.*s %.*s", (unsigned)l->status, method,
                       (const char *)l->method.data, path, (const char *)l->path.data);
        return;
    }
    int user = l->user.len < 40 ? (int)l->user.len : 40;
    const char *outcome =
        (size_t)l->outcome < ARRAY_LEN(outcomes) ? outcomes[l->outcome] : outcomes[LOG_OTHER];
    (void)snprintf(out, TRACE_TEXT_MAX, "%s%s%.*s%s%.*s", outcome, method > 0 ? " " : "", method,
                   (const char *)l->method.data, user > 0 ? " for " : "", user,
                   (const char *)l->user.data);
}

static void text_of(char out[TRACE_TEXT_MAX], const struct observation *o)
{
    if (o->type == OBS_LOG && o->log != NULL) {
        log_text(out, o->log);
    } else if (o->proto == PROTO_TCP && (o->flags & OBS_L4) != 0) {
        tcp_text(out, o);
    } else if (o->proto == PROTO_UDP) {
        (void)snprintf(out, TRACE_TEXT_MAX, "UDP, %u bytes", (unsigned)o->payload_len);
    } else if (o->proto == PROTO_ICMP || o->proto == PROTO_ICMPV6) {
        (void)snprintf(out, TRACE_TEXT_MAX, "ICMP type %u code %u", (unsigned)o->tcp_flags,
                       (unsigned)o->icmp_code);
    } else if (o->proto == PROTO_ARP) {
        (void)snprintf(out, TRACE_TEXT_MAX, "ARP");
    } else {
        (void)snprintf(out, TRACE_TEXT_MAX, "IP protocol %u", (unsigned)o->proto);
    }
}

static void take_record(struct tracked *x, const struct observation *o)
{
    struct trace *t = &x->trace;
    if (x->seen++ % x->stride != 0) {
        return;
    }
    if (t->n == TRACE_RECORDS) { /* every other one goes */
        for (size_t i = 0; i < TRACE_RECORDS / 2; i++) {
            t->records[i] = t->records[2 * i];
        }
        t->n = TRACE_RECORDS / 2;
        x->stride *= 2;
        if ((x->seen - 1) % x->stride != 0) {
            return;
        }
    }
    bool ports = (o->flags & OBS_L4) != 0 &&
                 (o->proto == PROTO_TCP || o->proto == PROTO_UDP || o->proto == PROTO_SCTP);
    struct trace_record *r = &t->records[t->n++];
    *r = (struct trace_record){.time_ns = o->time_ns,
                               .pos = o->pos,
                               .src = o->src,
                               .dst = o->dst,
                               .src_port = ports || o->type == OBS_LOG ? o->src_port : 0,
                               .dst_port = ports || o->type == OBS_LOG ? o->dst_port : 0};
    text_of(r->text, o);
}

static void look_up(struct tracer *t, const struct addr *a, bool victim,
                    const struct observation *o)
{
    size_t low = 0;
    size_t high = t->n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (addr_compare(&t->items[mid].who, a) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    for (; low < t->n && addr_equal(&t->items[low].who, a); low++) {
        if (t->items[low].victim == victim && fits(&t->items[low], o)) {
            take_record(&t->items[low], o);
        }
    }
}

/* --- once more ------------------------------------------------------------------------------- */

static enum status read_input(struct tracer *t, const struct reader_job *job, unsigned index,
                              struct obs_batch *batch)
{
    struct capture_options opt = {.now_ns = job->now_ns, .expansion = job->settings->expansion};
    struct capture_input *in = NULL;
    int fd = job->files[index].fd;
    if (fd < 0 || lseek(fd, 0, SEEK_SET) != 0) {
        return ST_OK; /* a pipe: it is gone */
    }
    enum status st = capture_input_open(fd, index, &opt, &in, NULL);
    uint64_t end = t->last_pos;
    bool done = false;
    while (st == ST_OK && !done) {
        st = capture_input_next(in, batch, NULL);
        for (size_t i = 0; st == ST_OK && i < batch->n; i++) {
            look_up(t, &batch->obs[i].src, false, &batch->obs[i]);
            look_up(t, &batch->obs[i].dst, true, &batch->obs[i]);
            done = batch->obs[i].pos > end && pos_input(end) == index;
        }
    }
    capture_input_free(in);
    return st == ST_NOMEM ? st : ST_OK; /* what is broken was told the first time */
}

static enum status again(void *ctx, const struct reader_job *job,
                         const struct finding_list *findings)
{
    struct traces *t = ctx;
    t->child = calloc(1, sizeof(*t->child));
    CLEANUP(free_ptr) struct obs_batch *batch = malloc(sizeof(*batch));
    if (t->child == NULL || batch == NULL) {
        return ST_NOMEM;
    }
    TRY(choose(t->child, findings));
    for (unsigned i = 0; i < job->file_n && t->child->n > 0; i++) {
        TRY(read_input(t->child, job, i, batch));
    }
    return ST_OK;
}

static bool put(void *ctx, size_t part, struct buf *out)
{
    const struct traces *t = ctx;
    if (t->child == NULL || part >= t->child->n) {
        return false;
    }
    trace_put(out, &t->child->items[part].trace);
    return true;
}

/* --- in the parent ---------------------------------------------------------------------------- */

static enum status take(void *ctx, size_t part, struct cursor *in)
{
    struct traces *t = ctx;
    if (part != t->n || t->n == TRACES_MOST) {
        return ST_MALFORMED;
    }
    TRY(trace_get(in, &t->arena, &t->items[t->n]));
    t->n++;
    return ST_OK;
}

void traces_init(struct traces *t)
{
    *t = (struct traces){.n = 0};
    arena_init(&t->arena, (size_t)TRACES_MOST * TRACE_RECORDS * 2 * sizeof(struct trace_record));
    t->items = arena_alloc(&t->arena, TRACES_MOST * sizeof(*t->items));
}

void traces_fini(struct traces *t)
{
    arena_fini(&t->arena);
}

struct reader_watch traces_watch(struct traces *t)
{
    return (struct reader_watch){.again = again, .put = put, .take = take, .ctx = t};
}

void traces_give(const struct traces *t, struct view_finding *findings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < t->n && findings[i].trace == NULL; k++) {
            bool its = strcmp(t->items[k].id, findings[i].finding->id) == 0;
            findings[i].trace = its && t->items[k].n > 0 ? &t->items[k] : NULL;
        }
    }
}
