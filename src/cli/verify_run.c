/* cli/verify_run.c - the caged half computes and writes the report, the other half
 * opens files, asks the user's sources, and prints.
 *
 * What comes back is text: it is looked at again before it goes to a terminal,
 * since whoever took over the caged half would write it.
 */
#include "cli/verify_run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "base/core/pages.h"
#include "base/core/text.h"
#include "base/os/channel.h"
#include "base/os/file.h"
#include "base/os/process.h"
#include "base/os/random.h"
#include "capture/log_alone.h"
#include "cli/output.h"
#include "cli/say.h"
#include "evidence/verify/verify.h"
#include "report/proof.h"

enum verify_says {
    VERIFY_CAGE = 1, /* text: what is not in force */
    VERIFY_FAULT,    /* text: why there is no report */
    VERIFY_REMOTES,  /* for each: address, i64; an answer is awaited */
    VERIFY_REPORT,   /* u8 exit status, text: the last */
};

enum { INPUT_FILE, INPUT_POLICY, INPUT_CA, INPUT_COUNT, REMOTE_BYTES = 24 };
enum { REPORT_MAX_BYTES = 4 * LIMIT_VERIFY_REPORT_BYTES };

struct work {
    const struct verify_job *job;
    int fd[INPUT_COUNT]; /* -1: not given */
    struct buf bytes[INPUT_COUNT];
    int channel;
    uint64_t seed;
    struct evidence_engine engine;
    struct ledger_policy *policy;
    struct evidence_verify v;
};

/* --- the caged half ---------------------------------------------------------------- */

static enum status read_all(int fd, struct buf *out)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && st.st_size > 0 && (uint64_t)st.st_size < out->max) {
        if (buf_reserve(out, (size_t)st.st_size + 65536)) { /* else it fails below */
            pages_advise(out->data, out->cap);
        }
    }
    for (;;) {
        if (!buf_reserve(out, 65536)) {
            return out->failed;
        }
        ssize_t n = read(fd, out->data + out->len, out->cap - out->len);
        if (n <= 0) {
            return n == 0 ? ST_OK : ST_SYS;
        }
        out->len += (size_t)n;
    }
}

static enum status fail(struct work *w, int input, const char *member, enum status st,
                        const struct fault *why)
{
    const char *const names[] = {w->job->file, w->job->policy, w->job->ca};
    CLEANUP(buf_fini) struct buf text = BUF_INIT(8192);
    char said[FAULT_TEXT_MAX];
    buf_printf(&text, "%s: %s%s%s", names[input], member, member[0] != '\0' ? ": " : "",
               fault_text(st, why, said, sizeof(said)));
    TRY(text.failed);
    TRY(channel_send(w->channel, VERIFY_FAULT, buf_bytes(&text), NULL));
    return st;
}

/* What is in memory already; of the CA nothing is. */
static struct bytes given(const struct verify_job *job, int input)
{
    return input == INPUT_FILE     ? job->file_bytes
           : input == INPUT_POLICY ? job->policy_bytes
                                   : (struct bytes){0};
}

static enum status read_inputs(struct work *w)
{
    static const size_t max[] = {LIMIT_EXHIBIT_BYTES, LIMIT_POLICY_BYTES, LIMIT_CA_BYTES};
    for (int i = 0; i < INPUT_COUNT; i++) {
        struct bytes b = given(w->job, i);
        w->bytes[i] = BUF_INIT(max[i] + 65536);
        buf_append(&w->bytes[i], b.data, b.len);
        enum status st = w->fd[i] >= 0 ? read_all(w->fd[i], &w->bytes[i]) : w->bytes[i].failed;
        st = st == ST_OK && w->bytes[i].len > max[i] ? ST_LIMIT : st;
        if (st != ST_OK) {
            struct fault why = {.field = "file"};
            return fail(w, i, "", st, &why);
        }
    }
    return ST_OK;
}

static enum status verify(struct work *w)
{
    struct fault why = {0};
    struct evidence_contents_fault bad = {.member = ""};
    enum status st = ledger_policy_parse(buf_bytes(&w->bytes[INPUT_POLICY]), &w->policy, &why);
    if (st != ST_OK) {
        return fail(w, INPUT_POLICY, "", st, &why);
    }
    struct evidence_verify_options opt = {.policy = w->policy,
                                          .ca = buf_bytes(&w->bytes[INPUT_CA]),
                                          .stamp = ledger_timestamp_check,
                                          .lines = capture_line_read,
                                          .now_ns = w->job->now_ns,
                                          .seed = w->seed};
    TRY(evidence_engine_init(&w->engine));
    st = evidence_verify_open(&w->engine, buf_bytes(&w->bytes[INPUT_FILE]), &opt, &w->v, &bad);
    return st == ST_OK ? st : fail(w, INPUT_FILE, bad.member, st, &bad.at);
}

static int by_addr(const void *a, const void *b)
{
    return addr_compare(&((const struct verify_remote *)a)->addr,
                        &((const struct verify_remote *)b)->addr);
}

/* Each remote once, with its last time. */
static enum status tell_remotes(struct work *w)
{
    const struct evidence_claims *c = &w->v.contents.claims;
    size_t n = 0, have = 0;
    for (size_t i = 0; i < c->n; i++) {
        n += c->items[i].remote_n;
    }
    CLEANUP(free_ptr) struct verify_remote *all = calloc(n + 1, sizeof(*all));
    CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_VERIFY_REMOTES * REMOTE_BYTES);
    if (all == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < c->n; i++) {
        for (size_t k = 0; k < c->items[i].remote_n; k++) {
            all[have++] =
                (struct verify_remote){c->items[i].remotes[k], c->items[i].finding.when.last_ns};
        }
    }
    qsort(all, n, sizeof(*all), by_addr);
    for (size_t i = 0; i < n && out.failed == ST_OK; i++) {
        if (i + 1 < n && addr_equal(&all[i].addr, &all[i + 1].addr)) {
            continue;
        }
        buf_append(&out, all[i].addr.b, sizeof(all[i].addr.b));
        buf_be64(&out, (uint64_t)all[i].time_ns);
    }
    out.failed = out.failed == ST_LIMIT ? ST_OK : out.failed; /* then the first of them */
    TRY(out.failed);
    return channel_send(w->channel, VERIFY_REMOTES, buf_bytes(&out), NULL);
}

static enum status take_origins(struct work *w)
{
    uint8_t type;
    CLEANUP(buf_fini) struct buf body = BUF_INIT(LIMIT_VERIFY_ORIGIN_BYTES);
    TRY(tell_remotes(w));
    TRY(channel_receive(w->channel, &type, &body, NULL));
    struct cursor in = cursor_of(buf_bytes(&body));
    uint32_t n = cursor_be32(&in);
    CLEANUP(free_ptr) struct origin *o = calloc((size_t)n + 1, sizeof(*o));
    CLEANUP(free_ptr) struct origin_sources *sources = calloc(1, sizeof(*sources));
    if (o == NULL || sources == NULL) {
        return ST_NOMEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        TRY(origin_get(&in, &o[i], NULL));
    }
    if (n > 0) {
        TRY(origin_sources_get(&in, sources, NULL));
    }
    for (uint32_t i = 0; i < n; i++) {
        evidence_verify_told(&w->v, &o[i], sources, w->job->lists);
    }
    return ST_OK;
}

static enum status answer(struct work *w)
{
    const struct evidence_report *r = &w->v.report;
    CLEANUP(buf_fini) struct buf out = BUF_INIT(REPORT_MAX_BYTES);
    TRY(evidence_verify_close(&w->v));
    buf_byte(&out, (uint8_t)evidence_report_exit(r));
    if (w->job->tell != NULL) {
        w->job->tell(&w->v, &out);
    } else if (w->job->json) {
        report_proof_json(&out, r);
    } else {
        report_proof(&out, r, &w->job->terminal);
    }
    TRY(out.failed);
    return channel_send(w->channel, VERIFY_REPORT, buf_bytes(&out), NULL);
}

static enum status work(struct work *w)
{
    TRY(read_inputs(w));
    TRY(verify(w));
    if (w->job->attribute != NULL && w->v.opened) {
        TRY(take_origins(w));
    }
    return answer(w);
}

static int child(void *ctx, int channel, const struct cage_report *cage)
{
    struct work *w = ctx;
    w->channel = channel;
    if (!cage->whole) {
        status_ignore(channel_send(channel, VERIFY_CAGE, bytes_of(cage->text, strlen(cage->text)),
                                   NULL)); /* a remark */
    }
    pages_keep_freed(); /* openings follow each other */
    enum status st = work(w);
    evidence_verify_fini(&w->v);
    ledger_policy_free(w->policy);
    for (int i = 0; i < INPUT_COUNT; i++) {
        buf_fini(&w->bytes[i]);
    }
    return st == ST_OK ? 0 : 1;
}

/* --- the other half ------------------------------------------------------------------ */

static bool open_inputs(struct work *w)
{
    const char *const names[] = {w->job->file, w->job->policy, w->job->ca};
    for (int i = 0; i < INPUT_COUNT; i++) {
        struct file_input in;
        struct fault why = {0};
        bool wanted = names[i] != NULL && given(w->job, i).len == 0;
        enum status st = wanted ? file_input_open(names[i], &in, &why) : ST_END;
        w->fd[i] = st == ST_OK ? in.fd : -1;
        if (st != ST_OK && st != ST_END) {
            say_fault(names[i], st, &why);
            return false;
        }
    }
    return true;
}

static void close_inputs(struct work *w)
{
    for (int i = 0; i < INPUT_COUNT; i++) {
        if (w->fd[i] > STDERR_FILENO) {
            (void)close(w->fd[i]); /* read only */
        }
    }
}

static enum status answer_origins(const struct work *w, struct bytes body)
{
    size_t n = body.len / REMOTE_BYTES;
    CLEANUP(free_ptr) struct verify_remote *remotes = calloc(n + 1, sizeof(*remotes));
    CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_VERIFY_ORIGIN_BYTES);
    struct cursor in = cursor_of(body);
    if (remotes == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        struct bytes a = cursor_take(&in, 16);
        if (a.len == 16) {
            remotes[i].addr = addr_from_v6(a.data);
        }
        remotes[i].time_ns = (int64_t)cursor_be64(&in);
    }
    if (w->job->attribute == NULL || w->job->attribute(w->job->ctx, remotes, n, &out) != ST_OK) {
        buf_clear(&out);
        buf_be32(&out, 0);
    }
    TRY(out.failed);
    return channel_send(w->channel, VERIFY_REMOTES, buf_bytes(&out), NULL);
}

/* Lines that a terminal shows as they are; colours only when they were asked for. */
static bool is_plain(struct bytes text, bool colour)
{
    while (text.len > 0) {
        uint32_t cp;
        size_t n = text_utf8_next(text, &cp);
        bool escape = colour && cp == 0x1b && text.len > 1 && text.data[1] == '[';
        if (n == 0 || (cp != '\n' && !escape && text_is_deceptive(cp))) {
            return false;
        }
        text = bytes_of(text.data + n, text.len - n);
    }
    return true;
}

static int print(const struct work *w, struct bytes body)
{
    struct bytes text = bytes_of(body.data + 1, body.len - 1);
    if (body.data[0] > VERIFY_COULD_NOT ||
        !is_plain(text, !w->job->json && w->job->terminal.colour)) {
        say("%s: the report has something in it that it cannot have", w->job->file);
        return VERIFY_COULD_NOT;
    }
    if (w->job->heard != NULL) {
        buf_append(w->job->heard, text.data, text.len);
        return w->job->heard->failed == ST_OK ? body.data[0] : VERIFY_COULD_NOT;
    }
    return output_write(text) ? body.data[0] : VERIFY_COULD_NOT;
}

/* Until the report, or the end. */
static int listen_to(struct work *w)
{
    CLEANUP(buf_fini) struct buf body = BUF_INIT(REPORT_MAX_BYTES + 1);
    uint8_t type;
    while (channel_receive(w->channel, &type, &body, NULL) == ST_OK) {
        if (type == VERIFY_REPORT && body.len > 0) {
            return print(w, buf_bytes(&body));
        }
        if (type == VERIFY_CAGE || type == VERIFY_FAULT) {
            say("%s%.*s", type == VERIFY_CAGE ? "the cage is not whole: " : "", (int)body.len,
                (const char *)body.data);
        }
        if (type == VERIFY_FAULT) {
            return VERIFY_COULD_NOT;
        }
        if (type == VERIFY_REMOTES && answer_origins(w, buf_bytes(&body)) != ST_OK) {
            break;
        }
    }
    return -1;
}

static int run(struct work *w)
{
    CLEANUP(process_freep) struct process *p = NULL;
    struct fault why = {0};
    struct process_end end = {.text = ""};
    int keep[INPUT_COUNT];
    struct process_options opt = {.name = "verifier", .cage = CAGE_READER, .keep = keep};
    for (int i = 0; i < INPUT_COUNT; i++) {
        if (w->fd[i] >= 0) {
            keep[opt.n_keep++] = w->fd[i];
        }
    }
    enum status st = process_start(&opt, child, w, &p, &why);
    if (st != ST_OK) {
        say_fault("verifier", st, &why);
        return VERIFY_COULD_NOT;
    }
    w->channel = process_channel(p);
    int status = listen_to(w);
    st = process_wait(p, &end, &why);
    if (status < 0) {
        say("%s: %s", w->job->file, st == ST_OK ? end.text : "the verifier ended");
    }
    return status < 0 ? VERIFY_COULD_NOT : status;
}

int verify_run(const struct verify_job *job)
{
    struct work w = {.job = job, .fd = {-1, -1, -1}};
    if (random_bytes(&w.seed, sizeof(w.seed)) != ST_OK) {
        say("no random numbers");
        return VERIFY_COULD_NOT;
    }
    int status = open_inputs(&w) ? run(&w) : VERIFY_COULD_NOT;
    close_inputs(&w);
    return status;
}
