/* cli/ledger_witness.c - exhibit ledger ask|collect: cosignatures, by files.
 *
 * What goes to a witness and what comes back is what C2SP tlog-witness sends over
 * HTTP, so any witness that speaks it will do.
 */
#include <inttypes.h>
#include <string.h>

#include "base/core/emit.h"
#include "base/core/limits.h"
#include "base/os/file.h"
#include "cli/ledger_parts.h"
#include "cli/say.h"
#include "ledger/log.h"
#include "ledger/policy.h"
#include "ledger/witness.h"

int ledger_ask(const struct ledger_job *job, char **operands)
{
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    CLEANUP(evidence_public_fini) struct evidence_public p = {.signer = NULL};
    CLEANUP(buf_fini) struct buf out = BUF_INIT(2 * LIMIT_NOTE_BYTES);
    struct ledger_growth g = {.text = BUF_INIT(LIMIT_NOTE_BYTES)};
    struct fault why = {0};
    (void)operands;
    int failed = ledger_look(job, &h, &p);
    if (failed != 0) {
        return failed;
    }
    const char *old = job->old != NULL ? job->old : "0";
    enum status st = ledger_growth_read(old, &p, &g, &why);
    st = st != ST_OK ? st : ledger_growth_prove(h, &p, &g, &why);
    if (st == ST_OK) {
        /* From nothing, and to where it was: tlog-witness wants no hashes. */
        g.path.n = g.old.size == 0 || g.old.size == p.checkpoint.size ? 0 : g.path.n;
        ledger_witness_ask(g.old.size, &g.path, buf_bytes(&p.text), &out);
        st = out.failed;
    }
    buf_fini(&g.text);
    return st == ST_OK ? ledger_deliver(job, buf_bytes(&out)) : ledger_failed(old, st, &why);
}

struct collecting {
    struct buf answer, policy, note;
    struct ledger_policy *trusted;
    size_t added;
};

static void collecting_fini(struct collecting *c)
{
    buf_fini(&c->answer);
    buf_fini(&c->policy);
    buf_fini(&c->note);
    ledger_policy_free(c->trusted);
}

static enum status collect(struct ledger_log *log, struct collecting *c, struct fault *why)
{
    const struct ledger_key *keys = NULL;
    size_t n = ledger_policy_witnesses(c->trusted, &keys);
    TRY(ledger_witness_collect(ledger_log_checkpoint(log), buf_bytes(&c->answer), keys, n, &c->note,
                               &c->added, why));
    return c->added > 0 ? ledger_log_publish(log, buf_bytes(&c->note), why) : ST_OK;
}

static int tell(const struct ledger_job *job, const struct collecting *c)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(LEDGER_OUT_MAX);
    struct emit j;
    if (job->json) {
        emit_begin(&j, &out);
        emit_object(&j);
        emit_member_str(&j, "type", "cosignatures");
        emit_member_u64(&j, "added", c->added);
        emit_object_end(&j);
        buf_byte(&out, '\n');
    } else {
        buf_printf(&out, "%zu cosignature%s added to the newest checkpoint\n", c->added,
                   c->added == 1 ? "" : "s");
    }
    return ledger_answer(&out, LEDGER_HOLDS);
}

int ledger_collect(const struct ledger_job *job, char **operands)
{
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    CLEANUP(collecting_fini)
    struct collecting c = {.answer = BUF_INIT(LIMIT_NOTE_BYTES),
                           .policy = BUF_INIT(LIMIT_POLICY_BYTES),
                           .note = BUF_INIT(LIMIT_NOTE_BYTES)};
    struct fault why = {0};
    if (job->policy == NULL) {
        say("ledger collect: --policy FILE: which witnesses are trusted?");
        return LEDGER_COULD_NOT;
    }
    if (!home_get(job->home, &h)) {
        return LEDGER_COULD_NOT;
    }
    const char *place = job->policy;
    enum status st = file_read(job->policy, &c.policy, &why);
    st = st != ST_OK ? st : ledger_policy_parse(buf_bytes(&c.policy), &c.trusted, &why);
    if (st == ST_OK) {
        place = operands[0];
        st = file_read(operands[0], &c.answer, &why);
        st = st != ST_OK ? st : ledger_open_unsigned(h, &log, &why);
        st = st != ST_OK ? st : collect(log, &c, &why);
    }
    return st == ST_OK ? tell(job, &c) : ledger_failed(place, st, &why);
}
