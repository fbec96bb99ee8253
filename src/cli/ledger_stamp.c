/* cli/ledger_stamp.c - exhibit ledger timestamp: from authorities, or by files. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/core/emit.h"
#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/net/http.h"
#include "base/os/file.h"
#include "base/os/process.h"
#include "base/os/random.h"
#include "cli/ledger_parts.h"
#include "cli/say.h"
#include "evidence/home/stamps.h"
#include "ledger/timestamp.h"

enum { TIMEOUT_MS = 30000 };

/* Where Debian keeps the roots that the system trusts. */
static const char system_ca[] = "/etc/ssl/certs/ca-certificates.crt";

struct stamping {
    const struct ledger_job *job;
    struct evidence_home *home;
    struct evidence_public p;
    struct buf out;
    struct emit json;
    unsigned good, bad;
};

/* --- telling -------------------------------------------------------------------- */

static void tell_good(struct stamping *s, const char *from, uint64_t size,
                      const struct ledger_timestamp *t)
{
    char time[TIME_TEXT_MAX];
    s->good++;
    if (s->job->json) {
        emit_object(&s->json);
        emit_member_str(&s->json, "from", from);
        emit_member_u64(&s->json, "size", size);
        emit_member_time(&s->json, "time", t->time_ns);
        emit_member_u64(&s->json, "accuracy_ns", (uint64_t)t->accuracy_ns);
        emit_member_str(&s->json, "authority", t->authority);
        emit_member_str(&s->json, "policy", t->policy);
        emit_object_end(&s->json);
        return;
    }
    (void)time_format(t->time_ns, time);
    buf_printf(&s->out, "%s  size %llu, by ", time, (unsigned long long)size);
    text_show(&s->out, bytes_of(t->authority, strlen(t->authority)), LEDGER_AUTHORITY_MAX);
    buf_byte(&s->out, '\n');
}

static void tell_bad(struct stamping *s, const char *from, const char *error)
{
    s->bad++;
    say("%s: %s", from, error);
    if (s->job->json) {
        emit_object(&s->json);
        emit_member_str(&s->json, "from", from);
        emit_member_str(&s->json, "error", error);
        emit_object_end(&s->json);
    }
}

/* --- asking --------------------------------------------------------------------- */

static enum status make_request(struct bytes checkpoint, struct buf *out)
{
    struct digest imprint;
    uint64_t nonce = 0;
    TRY(digest_sha256(checkpoint, &imprint));
    TRY(random_bytes(&nonce, sizeof(nonce)));
    return ledger_timestamp_ask(&imprint, nonce, out);
}

/* --- checking, in a cage ---------------------------------------------------------- */

/* An answer is anybody's bytes, and reading it is a library's work: a process that
 * can do nothing else does it. What it says is bounded here and shown as text. */
struct judged {
    uint8_t held; /* 1: it does */
    uint8_t other_bytes;
    struct ledger_timestamp time;
    char reason[96];
};

struct judging {
    struct bytes response, stamped, request, ca;
};

static int judge_child(void *ctx, int channel, const struct cage_report *report)
{
    const struct judging *in = ctx;
    struct judged out = {.held = 0};
    struct fault why = {0};
    (void)report;
    enum status st =
        ledger_timestamp_check(in->response, in->stamped, in->request, in->ca, &out.time, &why);
    const char *reason = why.field != NULL ? why.field : status_text(st);
    out.held = st == ST_OK;
    out.other_bytes = strcmp(reason, "timestamp of other bytes") == 0;
    (void)snprintf(out.reason, sizeof(out.reason), "%s", reason);
    return write(channel, &out, sizeof(out)) == (ssize_t)sizeof(out) ? 0 : 1;
}

static void judge(const struct judging *in, struct judged *ret)
{
    const struct process_options opt = {.name = "reader of timestamps", .cage = CAGE_READER};
    CLEANUP(process_freep) struct process *p = NULL;
    struct process_end end = {.text = "it could not be checked"};
    struct judged out = {.held = 0};
    struct fault why = {0};
    bool told = false;
    if (process_start(&opt, judge_child, (void *)(uintptr_t)in, &p, &why) == ST_OK) {
        told = read(process_channel(p), &out, sizeof(out)) == (ssize_t)sizeof(out);
        told = process_wait(p, &end, &why) == ST_OK && told && !end.by_signal && end.code == 0;
    }
    *ret = told ? out : (struct judged){.held = 0};
    if (!told) {
        (void)snprintf(ret->reason, sizeof(ret->reason), "%s", end.text);
    }
    ret->reason[sizeof(ret->reason) - 1] = '\0';
    ret->time.authority[LEDGER_AUTHORITY_MAX - 1] = '\0';
    ret->time.policy[sizeof(ret->time.policy) - 1] = '\0';
}

/* Check it, and keep it with what it stamps. False: ret->reason says why not. */
static bool keep(struct stamping *s, struct evidence_stamped *at, struct judging *in,
                 const char *ca, struct judged *ret)
{
    CLEANUP(buf_fini) struct buf roots = BUF_INIT(LIMIT_CA_BYTES);
    struct fault why = {0};
    enum status st = file_read(ca, &roots, &why);
    if (st == ST_OK) {
        in->ca = buf_bytes(&roots);
        judge(in, ret);
        st = ret->held == 1 ? evidence_stamps_add(s->home, at, in->response, &why) : ST_OK;
    }
    if (st != ST_OK) {
        *ret = (struct judged){.held = 0};
        (void)snprintf(ret->reason, sizeof(ret->reason), "%.40s: %.40s",
                       why.field != NULL ? why.field : "its roots",
                       st == ST_SYS ? strerror(why.sys_errno) : status_text(st));
    }
    return ret->held == 1;
}

static void ask_one(struct stamping *s, const struct evidence_authority *a,
                    struct evidence_stamped *at)
{
    CLEANUP(buf_fini) struct buf request = BUF_INIT(LIMIT_TIMESTAMP_BYTES);
    CLEANUP(buf_fini) struct buf response = BUF_INIT(LIMIT_TIMESTAMP_BYTES);
    char error[HTTP_ERROR_MAX];
    struct judged j;
    if (make_request(buf_bytes(&s->p.text), &request) != ST_OK) {
        tell_bad(s, a->url, "a question could not be made");
        return;
    }
    /* RFC 3161, 3.4. */
    const struct http_question q = {.url = a->url,
                                    .type = "application/timestamp-query",
                                    .accept = "application/timestamp-reply",
                                    .body = buf_bytes(&request),
                                    .timeout_ms = TIMEOUT_MS};
    if (http_ask(&q, &response, error) != ST_OK) {
        tell_bad(s, a->url, error);
        return;
    }
    struct judging in = {.response = buf_bytes(&response),
                         .stamped = buf_bytes(&s->p.text),
                         .request = buf_bytes(&request)};
    if (keep(s, at, &in, a->ca[0] != '\0' ? a->ca : system_ca, &j)) {
        tell_good(s, a->url, at->size, &j.time);
    } else {
        tell_bad(s, a->url, j.reason);
    }
}

static int ask_all(struct stamping *s)
{
    const struct evidence_config *c = &s->home->config;
    struct evidence_stamped at;
    struct fault why = {0};
    if (c->authority_n == 0) {
        say("%s/config.json names no timestamp authority; see exhibit-init(1), or use --request "
            "and --response",
            s->home->path);
        return LEDGER_COULD_NOT;
    }
    enum status st = evidence_stamps_keep(s->home, buf_bytes(&s->p.text), &at, &why);
    if (st != ST_OK) {
        return ledger_failed(s->home->path, st, &why);
    }
    for (size_t i = 0; i < c->authority_n; i++) {
        ask_one(s, &c->authorities[i], &at);
    }
    return s->bad > 0 ? LEDGER_COULD_NOT : LEDGER_HOLDS;
}

/* --- by files ------------------------------------------------------------------- */

static int write_request(struct stamping *s)
{
    CLEANUP(buf_fini) struct buf request = BUF_INIT(LIMIT_TIMESTAMP_BYTES);
    struct evidence_stamped at;
    struct fault why = {0};
    enum status st = evidence_stamps_keep(s->home, buf_bytes(&s->p.text), &at, &why);
    st = st != ST_OK ? st : make_request(buf_bytes(&s->p.text), &request);
    st = st != ST_OK ? st : file_write(s->job->request, buf_bytes(&request), 0644, &why);
    return st == ST_OK ? LEDGER_HOLDS : ledger_failed(s->job->request, st, &why);
}

/* Of which checkpoint is it? The ledger may have grown since it was asked for. */
static enum status find_stamped(struct stamping *s, struct judging *in, const char *ca,
                                struct judged *ret, struct fault *why)
{
    CLEANUP(evidence_stamps_fini) struct evidence_stamps all = {0};
    struct evidence_stamped now;
    TRY(evidence_stamps_keep(s->home, buf_bytes(&s->p.text), &now, why));
    TRY(evidence_stamps_list(s->home, &all, why));
    for (size_t i = all.n; i-- > 0;) {
        CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_NOTE_BYTES);
        TRY(evidence_stamps_checkpoint(s->home, &all.item[i], &text, why));
        in->stamped = buf_bytes(&text);
        if (keep(s, &all.item[i], in, ca, ret)) {
            tell_good(s, s->job->response, all.item[i].size, &ret->time);
        }
        if (ret->other_bytes == 0) {
            break; /* it holds, or would not for any of them */
        }
    }
    return ST_OK;
}

static int read_response(struct stamping *s)
{
    CLEANUP(buf_fini) struct buf response = BUF_INIT(LIMIT_TIMESTAMP_BYTES);
    CLEANUP(buf_fini) struct buf request = BUF_INIT(LIMIT_TIMESTAMP_BYTES);
    struct judged j = {.held = 0};
    struct fault why = {0};
    enum status st = file_read(s->job->response, &response, &why);
    if (st == ST_OK && s->job->request != NULL) {
        st = file_read(s->job->request, &request, &why);
    }
    if (st == ST_OK) {
        struct judging in = {.response = buf_bytes(&response), .request = buf_bytes(&request)};
        st = find_stamped(s, &in, s->job->ca != NULL ? s->job->ca : system_ca, &j, &why);
    }
    if (st != ST_OK) {
        return ledger_failed(s->job->response, st, &why);
    }
    if (j.held != 1) {
        tell_bad(s, s->job->response, j.reason);
    }
    return j.held == 1 ? LEDGER_HOLDS : LEDGER_FAILS;
}

/* --- which ---------------------------------------------------------------------- */

static int stamp(struct stamping *s)
{
    if (s->job->response != NULL) {
        return read_response(s);
    }
    return s->job->request != NULL ? write_request(s) : ask_all(s);
}

static int stamp_and_tell(struct stamping *s)
{
    if (s->job->json) {
        emit_begin(&s->json, &s->out);
        emit_object(&s->json);
        emit_member_str(&s->json, "type", "timestamps");
        ledger_tell_checkpoint(&s->json, &s->p);
        emit_key(&s->json, "timestamps");
        emit_array(&s->json);
    }
    int status = stamp(s);
    if (s->job->json) {
        emit_array_end(&s->json);
        emit_object_end(&s->json);
        buf_byte(&s->out, '\n');
    }
    return s->good + s->bad > 0 || status == LEDGER_HOLDS ? ledger_answer(&s->out, status) : status;
}

int ledger_stamp(const struct ledger_job *job, char **operands)
{
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    struct stamping s = {.job = job, .out = BUF_INIT(LEDGER_OUT_MAX)};
    (void)operands;
    if (job->ca != NULL && job->response == NULL) {
        say("ledger timestamp: --ca goes with --response; authorities have theirs in config.json");
        return LEDGER_COULD_NOT;
    }
    int status = ledger_look(job, &h, &s.p);
    if (status == 0) {
        s.home = h;
        status = stamp_and_tell(&s);
    }
    evidence_public_fini(&s.p);
    buf_fini(&s.out);
    return status;
}
