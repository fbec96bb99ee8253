/* ledger/proof.c - tlog-proof, read and written. */
#include "ledger/proof.h"

#include "base/core/base64.h"
#include "ledger/checkpoint.h"

static const struct bytes magic = {(const uint8_t *)"c2sp.org/tlog-proof@v1", 22};

void ledger_path_write(const struct ledger_path *p, struct buf *out)
{
    for (size_t i = 0; i < p->n; i++) {
        base64_append(out, bytes_of(p->hash[i].b, DIGEST_BYTES));
        buf_byte(out, '\n');
    }
}

enum status ledger_path_read(struct cursor *c, struct ledger_path *ret, struct fault *why)
{
    for (ret->n = 0;; ret->n++) {
        size_t at = c->pos;
        struct bytes line;
        if (ledger_line_next(c, &line) != ST_OK) {
            return fault_at(why, ST_SHORT, at, "proof");
        }
        if (line.len == 0) {
            return ST_OK;
        }
        if (ret->n == LEDGER_PROOF_MAX) {
            return fault_limit(why, at, "proof", LEDGER_PROOF_MAX);
        }
        if (ledger_line_hash(line, &ret->hash[ret->n]) != ST_OK) {
            return fault_at(why, ST_MALFORMED, at, "hash");
        }
    }
}

/* The line's value when it begins with the word and a space. */
static bool value_of(struct bytes line, const char *word, struct bytes *ret)
{
    struct bytes w = {(const uint8_t *)word, strlen(word)};
    if (!bytes_begin(line, w)) {
        return false;
    }
    *ret = bytes_of(line.data + w.len, line.len - w.len);
    return true;
}

static enum status take_extra(struct bytes value, size_t at, struct bytes *ret, struct fault *why)
{
    size_t n = 0;
    if (base64_check(value, &n) != ST_OK || n == 0) {
        return fault_at(why, ST_MALFORMED, at, "extra");
    }
    if (n > LIMIT_PROOF_EXTRA_BYTES) {
        return fault_limit(why, at, "extra", LIMIT_PROOF_EXTRA_BYTES);
    }
    *ret = value;
    return ST_OK;
}

enum status ledger_proof_parse(struct bytes file, struct ledger_proof *ret, struct fault *why)
{
    struct ledger_proof p = {.index = 0};
    struct cursor c = cursor_of(file);
    struct bytes line = {0}, value;
    if (ledger_line_next(&c, &line) != ST_OK || !bytes_equal(line, magic)) {
        return fault_at(why, ST_MALFORMED, 0, "first line");
    }
    size_t at = c.pos;
    enum status st = ledger_line_next(&c, &line);
    if (st == ST_OK && value_of(line, "extra ", &value)) {
        TRY(take_extra(value, at, &p.extra, why));
        at = c.pos;
        st = ledger_line_next(&c, &line);
    }
    if (st != ST_OK || !value_of(line, "index ", &value) ||
        ledger_line_number(value, &p.index) != ST_OK) {
        return fault_at(why, st != ST_OK ? st : ST_MALFORMED, at, "index");
    }
    TRY(ledger_path_read(&c, &p.path, why));
    p.checkpoint = cursor_rest(&c);
    if (p.checkpoint.len == 0) {
        return fault_at(why, ST_SHORT, file.len, "checkpoint");
    }
    *ret = p;
    return ST_OK;
}

void ledger_proof_write(const struct ledger_proof *p, struct buf *out)
{
    buf_append(out, magic.data, magic.len);
    if (p->extra.len > 0) {
        buf_str(out, "\nextra ");
        buf_append(out, p->extra.data, p->extra.len);
    }
    buf_printf(out, "\nindex %llu\n", (unsigned long long)p->index);
    ledger_path_write(&p->path, out);
    buf_byte(out, '\n');
    buf_append(out, p->checkpoint.data, p->checkpoint.len);
}

enum status ledger_proof_check(const struct ledger_proof *p, const struct digest *leaf,
                               const struct ledger_policy *policy, struct ledger_verdict *ret,
                               struct fault *why)
{
    struct ledger_note note;
    struct ledger_checkpoint c;
    TRY(ledger_checkpoint_read(p->checkpoint, &note, &c, why));
    TRY(ledger_policy_check(policy, &note, &c, ret, why));
    enum status st = ledger_tree_check(leaf, p->index, c.size, &p->path, &c.root);
    return st == ST_OK ? st : fault_at(why, st, 0, "inclusion");
}
