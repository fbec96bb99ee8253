/* cli/ledger_stamp.c - exhibit ledger timestamp: from authorities, or by files. */
#include <string.h>

#include "base/core/emit.h"
#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/net/http.h"
#include "base/os/file.h"
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

static void tell_fault(struct stamping *s, const char *from, enum status st,
                       const struct fault *why)
{
    tell_bad(s, from, why->field != NULL ? why->field : status_text(st));
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

/* Check it, and keep it with what it stamps. */
static enum status keep(struct stamping *s, struct evidence_stamped *at, struct bytes checkpoint,
                        struct bytes response, struct bytes request, const char *ca,
                        struct ledger_timestamp *ret, struct fault *why)
{
    CLEANUP(buf_fini) struct buf roots = BUF_INIT(LIMIT_CA_BYTES);
    TRY(file_read(ca, &roots, why));
    TRY(ledger_timestamp_check(response, checkpoint, request, buf_bytes(&roots), ret, why));
    return evidence_stamps_add(s->home, at, response, why);
}

static void ask_one(struct stamping *s, const struct evidence_authority *a,
                    struct evidence_stamped *at)
{
    CLEANUP(buf_fini) struct buf request = BUF_INIT(LIMIT_TIMESTAMP_BYTES);
    CLEANUP(buf_fini) struct buf response = BUF_INIT(LIMIT_TIMESTAMP_BYTES);
    char error[HTTP_ERROR_MAX];
    struct ledger_timestamp t;
    struct fault why = {0};
    enum status st = make_request(buf_bytes(&s->p.text), &request);
    if (st != ST_OK) {
        tell_fault(s, a->url, st, &why);
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
    st = keep(s, at, buf_bytes(&s->p.text), buf_bytes(&response), buf_bytes(&request),
              a->ca[0] != '\0' ? a->ca : system_ca, &t, &why);
    if (st == ST_OK) {
        tell_good(s, a->url, at->size, &t);
    } else {
        tell_fault(s, a->url, st, &why);
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
static enum status find_stamped(struct stamping *s, struct bytes response, struct bytes request,
                                const char *ca, struct fault *why)
{
    CLEANUP(evidence_stamps_fini) struct evidence_stamps all = {0};
    struct ledger_timestamp t;
    struct evidence_stamped now;
    TRY(evidence_stamps_keep(s->home, buf_bytes(&s->p.text), &now, why));
    TRY(evidence_stamps_list(s->home, &all, why));
    enum status st = ST_MISMATCH;
    for (size_t i = all.n; i-- > 0 && st == ST_MISMATCH;) {
        CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_NOTE_BYTES);
        TRY(evidence_stamps_checkpoint(s->home, &all.item[i], &text, why));
        st = keep(s, &all.item[i], buf_bytes(&text), response, request, ca, &t, why);
        if (st == ST_OK) {
            tell_good(s, s->job->response, all.item[i].size, &t);
        }
        if (st == ST_MISMATCH && why->field != NULL &&
            strcmp(why->field, "timestamp of other bytes") != 0) {
            return st;
        }
    }
    return st;
}

static int read_response(struct stamping *s)
{
    CLEANUP(buf_fini) struct buf response = BUF_INIT(LIMIT_TIMESTAMP_BYTES);
    CLEANUP(buf_fini) struct buf request = BUF_INIT(LIMIT_TIMESTAMP_BYTES);
    struct fault why = {0};
    enum status st = file_read(s->job->response, &response, &why);
    if (st == ST_OK && s->job->request != NULL) {
        st = file_read(s->job->request, &request, &why);
    }
    st = st != ST_OK ? st
                     : find_stamped(s, buf_bytes(&response), buf_bytes(&request),
                                    s->job->ca != NULL ? s->job->ca : system_ca, &why);
    return st == ST_OK ? LEDGER_HOLDS : ledger_failed(s->job->response, st, &why);
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
