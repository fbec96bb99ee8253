/* evidence/home/public.c - the checkpoint and the keys that may sign it. */
#include "evidence/home/public.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/core/base64.h"
#include "base/core/limits.h"
#include "ledger/reader.h"

void evidence_public_fini(struct evidence_public *p)
{
    buf_fini(&p->text);
    ledger_terms_fini(&p->terms);
    p->signer = NULL;
}

/* At a hand-over both keys fit; the newer one counts if it has signed. */
static enum status find_signer(struct evidence_public *p, struct fault *why)
{
    struct ledger_signed seen;
    for (size_t i = p->terms.n; i-- > 0;) {
        const struct ledger_term *t = &p->terms.term[i];
        if (p->checkpoint.size < t->first || p->checkpoint.size > t->last) {
            continue;
        }
        enum status st = ledger_note_check(&p->note, &t->key, 1, &seen, why);
        if (st != ST_DENIED) {
            p->signer = st == ST_OK ? t : NULL;
            return st;
        }
    }
    return fault_whole(why, ST_MISMATCH, "checkpoint is not signed by the ledger's key");
}

static enum status check(const struct ledger_files *files, const char *prefix,
                         struct evidence_public *p, struct fault *why)
{
    char path[LEDGER_PATH_MAX];
    (void)snprintf(path, sizeof(path), "%scheckpoint", prefix);
    TRY(ledger_files_read(files, path, &p->text, why));
    TRY(ledger_checkpoint_read(buf_bytes(&p->text), &p->note, &p->checkpoint, why));
    TRY(ledger_terms_read(files, prefix, p->checkpoint.size, &p->terms, why));
    const char *name = p->terms.term[0].key.name;
    if (!bytes_equal(p->checkpoint.origin, bytes_of(name, strlen(name)))) {
        return fault_whole(why, ST_MISMATCH, "origin");
    }
    return find_signer(p, why);
}

enum status evidence_public_read(const struct ledger_files *files, const char *prefix,
                                 struct evidence_public *ret, struct fault *why)
{
    memset(ret, 0, sizeof(*ret));
    buf_init(&ret->text, LIMIT_NOTE_BYTES);
    enum status st = check(files, prefix, ret, why);
    if (st != ST_OK) {
        evidence_public_fini(ret);
    }
    return st;
}

void evidence_public_policy(const struct evidence_public *p, struct buf *out)
{
    for (size_t i = p->terms.n; i-- > 0;) {
        const struct ledger_term *t = &p->terms.term[i];
        if (p->terms.n - i > LIMIT_POLICY_ITEMS) {
            break; /* as many as a policy may have */
        }
        buf_printf(out, "#sizes %" PRIu64, t->first);
        if (t->last == UINT64_MAX) {
            buf_str(out, " -\nlog ");
        } else {
            buf_printf(out, " %" PRIu64 "\nlog ", t->last);
        }
        ledger_key_format(&t->key, out);
        buf_byte(out, '\n');
        if (t->last == UINT64_MAX) {
            buf_str(out, "#next ");
            base64_append(out, bytes_of(t->next.b, sizeof(t->next.b)));
            buf_byte(out, '\n');
        }
    }
    buf_str(out, "quorum none\n");
}

enum status evidence_public_prove(const struct ledger_files *files, const char *prefix,
                                  const struct evidence_public *p, uint64_t index,
                                  struct evidence_proven *ret, struct fault *why)
{
    CLEANUP(free_ptr) struct ledger_reader *r = NULL;
    CLEANUP(buf_fini) struct buf entry = BUF_INIT(LEDGER_ENTRY_MAX);
    uint64_t size = p->checkpoint.size;
    struct evidence_proven v = {.proof = {.index = index, .checkpoint = buf_bytes(&p->text)}};
    TRY(ledger_reader_new(files, prefix, size, &r));
    struct ledger_hashes src = ledger_reader_hashes(r);
    enum status st = ledger_reader_entry(r, index, &entry);
    st = st != ST_OK ? st : ledger_tree_prove(&src, index, size, &v.proof.path);
    st = st != ST_OK ? st : ledger_tree_leaf(buf_bytes(&entry), &v.leaf);
    if (st != ST_OK) {
        return fault_pass(why, st, &r->why);
    }
    st = ledger_tree_check(&v.leaf, index, size, &v.proof.path, &p->checkpoint.root);
    if (st != ST_OK) {
        return fault_number(why, st, "entry", index, "files of the ledger");
    }
    v.entry = entry;
    entry = BUF_INIT(0);
    *ret = v;
    return ST_OK;
}
