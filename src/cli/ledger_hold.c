/* cli/ledger_hold.c - exhibit ledger hold|release, after a restore from a backup. */
#include <string.h>

#include "base/core/emit.h"
#include "base/core/limits.h"
#include "base/os/file.h"
#include "cli/ledger_parts.h"
#include "cli/say.h"
#include "ledger/log.h"

enum status ledger_open_unsigned(struct evidence_home *h, struct ledger_log **ret,
                                 struct fault *why)
{
    enum status st = ledger_log_open(&h->party, &h->signer, ret, why);
    return st == ST_END ? fault_at(why, ST_MISMATCH, 0, "the ledger is not there") : st;
}

static int tell(const struct ledger_job *job, bool held, uint64_t size)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(LEDGER_OUT_MAX);
    struct emit j;
    if (job->json) {
        emit_begin(&j, &out);
        emit_object(&j);
        emit_member_str(&j, "type", "hold");
        emit_member_bool(&j, "held", held);
        emit_member_u64(&j, "size", size);
        emit_object_end(&j);
        buf_byte(&out, '\n');
    } else if (held) {
        buf_str(&out, "held: nothing is signed until somebody who remembers this ledger has been\n"
                      "asked for its newest checkpoint (exhibit ledger release FILE)\n");
    } else {
        buf_str(&out, "released: it is signed again\n");
    }
    return ledger_answer(&out, LEDGER_HOLDS);
}

int ledger_hold(const struct ledger_job *job, char **operands)
{
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    struct fault why = {0};
    (void)operands;
    if (!home_get(job->home, &h)) {
        return LEDGER_COULD_NOT;
    }
    enum status st = ledger_open_unsigned(h, &log, &why);
    st = st != ST_OK ? st : ledger_log_hold(log, &why);
    return st == ST_OK ? tell(job, true, ledger_log_size(log)) : ledger_failed(h->path, st, &why);
}

/* What somebody else remembers must be a state that this ledger was in. */
static enum status release(struct evidence_home *h, struct ledger_log *log, const char *operand,
                           const struct evidence_public *p, struct fault *why)
{
    struct ledger_growth g = {.text = BUF_INIT(LIMIT_NOTE_BYTES)};
    enum status st = ledger_growth_read(operand, p, &g, why);
    if (st == ST_OK && g.text.len == 0 && g.old.size > p->checkpoint.size) {
        st = fault_at(why, ST_MISMATCH, g.old.size, "entries are missing here");
    }
    st = st != ST_OK ? st : ledger_growth_prove(h, p, &g, why);
    st = st != ST_OK ? st : ledger_log_release(log, g.old.size, why);
    buf_fini(&g.text);
    return st;
}

int ledger_release(const struct ledger_job *job, char **operands)
{
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    CLEANUP(evidence_public_fini) struct evidence_public p = {.signer = NULL};
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    struct fault why = {0};
    int failed = ledger_look(job, &h, &p);
    if (failed != 0) {
        return failed;
    }
    enum status st = ledger_open_unsigned(h, &log, &why);
    st = st != ST_OK ? st : release(h, log, operands[0], &p, &why);
    return st == ST_OK ? tell(job, false, ledger_log_size(log))
                       : ledger_failed(operands[0], st, &why);
}
