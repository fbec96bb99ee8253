/* cli/ledger_audit.c - is all of a ledger there, and is it what was signed? */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/core/emit.h"
#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/os/file.h"
#include "cli/ledger_parts.h"
#include "cli/say.h"
#include "ledger/policy.h"
#include "ledger/reader.h"

/* What there is to tell. */
struct audit {
    const struct ledger_job *job;
    const char *place;
    struct evidence_public p;
    size_t witnesses; /* cosignatures by witnesses of the policy */
};

static enum status read_all(const struct ledger_files *files, const char *prefix,
                            const struct ledger_checkpoint *c, struct fault *why)
{
    CLEANUP(free_ptr) struct ledger_reader *r = NULL;
    TRY(ledger_reader_new(files, prefix, c->size, &r));
    enum status st = ledger_reader_audit(r, &c->root);
    /* A tile that is not there or not whole: the ledger is not what was signed. */
    st = st == ST_MALFORMED || st == ST_SHORT ? ST_MISMATCH : st;
    return st == ST_OK ? st : fault_pass(why, st, &r->why);
}

static void tell(const struct audit *a, struct buf *out)
{
    buf_printf(out, "holds: %" PRIu64 " entries of ", a->p.checkpoint.size);
    text_show(out, a->p.checkpoint.origin, LEDGER_NAME_MAX);
    buf_printf(out,
               ", each in the tree that its key signed; %zu key%s, each promised by the one "
               "before\n",
               a->p.terms.n, a->p.terms.n == 1 ? "" : "s");
    if (a->witnesses == 0) {
        buf_str(out, "fork not excluded: no witness that is trusted here has cosigned it\n");
    } else {
        buf_printf(out, "cosigned by %zu witness%s of the policy\n", a->witnesses,
                   a->witnesses == 1 ? "" : "es");
    }
}

static int answer(const struct audit *a)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(LEDGER_OUT_MAX);
    struct emit j;
    if (!a->job->json) {
        tell(a, &out);
        return ledger_answer(&out, LEDGER_HOLDS);
    }
    emit_begin(&j, &out);
    emit_object(&j);
    emit_member_str(&j, "type", "audit");
    emit_member_bool(&j, "holds", true);
    ledger_tell_checkpoint(&j, &a->p);
    emit_member_u64(&j, "keys", a->p.terms.n);
    emit_member_u64(&j, "witnesses", a->witnesses);
    emit_member_bool(&j, "fork_excluded", a->witnesses > 0);
    emit_object_end(&j);
    buf_byte(&out, '\n');
    return ledger_answer(&out, LEDGER_HOLDS);
}

/* --- one's own ------------------------------------------------------------------ */

static int audit_home(struct audit *a)
{
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    struct fault why = {0};
    int failed = ledger_look(a->job, &h, &a->p);
    if (failed != 0) {
        return failed;
    }
    const struct ledger_term *now = &a->p.terms.term[a->p.terms.n - 1];
    enum status st = read_all(&h->party, "log/", &a->p.checkpoint, &why);
    st = st == ST_OK ? evidence_home_settled(h, &why) : st;
    if (st == ST_OK && (memcmp(&now->key.material, &h->signer.key.material, DIGEST_BYTES) != 0 ||
                        memcmp(&now->next, &h->next, DIGEST_BYTES) != 0)) {
        st = fault_at(&why, ST_MISMATCH, now->entry,
                      "keys of the home are not those that the ledger names");
    }
    return st == ST_OK ? answer(a) : ledger_failed(h->path, st, &why);
}

/* --- a copy --------------------------------------------------------------------- */

static enum status judge(struct audit *a, const struct ledger_policy *policy, struct fault *why)
{
    struct ledger_verdict *v = calloc(1, sizeof(*v));
    if (v == NULL) {
        return ST_NOMEM;
    }
    enum status st = ledger_policy_check(policy, &a->p.note, &a->p.checkpoint, v, why);
    a->witnesses = v->witnesses;
    free(v);
    return st;
}

static enum status audit_folder(struct audit *a, int dir_fd, struct fault *why)
{
    CLEANUP(ledger_policy_freep) struct ledger_policy *policy = NULL;
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY_BYTES);
    const struct ledger_files files = ledger_files_at(&dir_fd);
    TRY(file_read(a->job->policy, &text, why));
    TRY(ledger_policy_parse(buf_bytes(&text), &policy, why));
    enum status st = evidence_public_read(&files, "", &a->p, why);
    TRY(st == ST_END ? fault_at(why, ST_DENIED, 0, "there is no checkpoint here") : st);
    TRY(judge(a, policy, why));
    return read_all(&files, "", &a->p.checkpoint, why);
}

static int audit_copy(struct audit *a)
{
    struct fault why = {0};
    if (a->job->policy == NULL) {
        say("ledger audit %s: --policy FILE: whose keys are trusted?", a->place);
        return LEDGER_COULD_NOT;
    }
    int fd = open(a->place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        say("%s: %s", a->place, strerror(errno));
        return LEDGER_COULD_NOT;
    }
    enum status st = audit_folder(a, fd, &why);
    (void)close(fd); /* only a place to look from */
    return st == ST_OK ? answer(a) : ledger_failed(a->place, st, &why);
}

int ledger_audit(const struct ledger_job *job, char **operands)
{
    struct audit a = {.job = job, .place = operands[0]};
    if (a.place == NULL && job->policy != NULL) {
        say("ledger audit: --policy is for a copy in DIR; the home has its own keys");
        return LEDGER_COULD_NOT;
    }
    int status = a.place == NULL ? audit_home(&a) : audit_copy(&a);
    evidence_public_fini(&a.p);
    return status;
}
