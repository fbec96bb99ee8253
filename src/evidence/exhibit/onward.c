/* evidence/exhibit/onward.c - consistency proofs inside of tlog-proofs. */
#include "evidence/exhibit/onward.h"

#include <string.h>

#include "base/core/base64.h"

enum { ONWARD_MAX_BYTES = 8 + DIGEST_BYTES * (1 + LEDGER_PROOF_MAX) };

void evidence_onward_put(const struct evidence_onward *o, struct buf *out)
{
    CLEANUP(buf_fini) struct buf bytes = BUF_INIT(ONWARD_MAX_BYTES);
    buf_be64(&bytes, o->size);
    buf_append(&bytes, o->root.b, DIGEST_BYTES);
    for (size_t i = 0; i < o->path.n; i++) {
        buf_append(&bytes, o->path.hash[i].b, DIGEST_BYTES);
    }
    base64_append(out, buf_bytes(&bytes));
    out->failed = bytes.failed != ST_OK ? bytes.failed : out->failed;
}

static void take_digest(struct cursor *in, struct digest *ret)
{
    struct bytes b = cursor_take(in, DIGEST_BYTES);
    if (b.len == DIGEST_BYTES) {
        memcpy(ret->b, b.data, DIGEST_BYTES);
    }
}

enum status evidence_onward_get(struct bytes extra, struct evidence_onward *ret, struct fault *why)
{
    uint8_t bytes[ONWARD_MAX_BYTES];
    struct evidence_onward o = {.size = 0};
    size_t n = 0;
    if (base64_decode(extra, bytes, sizeof(bytes), &n) != ST_OK) {
        return fault_at(why, ST_MALFORMED, 0, "extra: no proof of a larger tree");
    }
    struct cursor in = cursor_of(bytes_of(bytes, n));
    o.size = cursor_be64(&in);
    take_digest(&in, &o.root);
    while (!in.failed && cursor_left(&in) > 0) {
        take_digest(&in, &o.path.hash[o.path.n]);
        o.path.n++;
    }
    if (in.failed || o.size > LEDGER_SIZE_MAX) {
        return fault_at(why, ST_MALFORMED, 0, "extra: no proof of a larger tree");
    }
    *ret = o;
    return ST_OK;
}

enum status evidence_onward_check(const struct ledger_proof *p, const struct ledger_checkpoint *c,
                                  struct evidence_onward *ret, struct fault *why)
{
    struct evidence_onward o = {.size = c->size, .root = c->root};
    if (p->extra.len > 0) {
        TRY(evidence_onward_get(p->extra, &o, why));
        if (o.size <= c->size) {
            return fault_at(why, ST_MISMATCH, 0, "extra: a tree that is no larger");
        }
        enum status st = ledger_tree_check_growth(c->size, &c->root, o.size, &o.root, &o.path);
        if (st != ST_OK) {
            return fault_at(why, st, 0, "extra: not the beginning of the larger tree");
        }
    }
    *ret = o;
    return ST_OK;
}
