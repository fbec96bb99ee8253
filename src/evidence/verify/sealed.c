/* evidence/verify/sealed.c - entry, signature, inclusion, cosignatures, stamps. */
#include "evidence/verify/sealed.h"

#include <inttypes.h>
#include <string.h>

#include "base/core/base64.h"
#include "base/core/timefmt.h"
#include "evidence/exhibit/onward.h"
#include "ledger/checkpoint.h"
#include "ledger/proof.h"
#include "ledger/tree.h"

static struct bytes text_bytes(const char *s)
{
    return bytes_of(s, strlen(s));
}

/* Who may say what this header says: a sensor's ledger holds its segments by
 * their number and nothing else; files are statements in their party's. */
static const char *wrong_ledger(const struct evidence_header *h, struct bytes origin,
                                uint64_t index)
{
    if (h->kind == KIND_LIVE) {
        return !bytes_equal(origin, text_bytes(h->sensor)) ? "ledger of another sensor"
               : index != h->seq                           ? "entry number is not the segment's"
                                                           : NULL;
    }
    struct bytes sensor = text_bytes(h->sensor);
    struct digest of;
    if (!bytes_begin(sensor, BYTES_LITERAL("file/")) ||
        digest_parse(bytes_of(sensor.data + 5, sensor.len - 5), &of) != ST_OK) {
        return "a file's sensor name is not file/ and a SHA-256";
    }
    return bytes_equal(origin, text_bytes(h->party)) ? NULL : "ledger of another party";
}

static enum status entry_leaf(const struct evidence_engine *e,
                              const struct evidence_exhibit_segment *s,
                              const struct evidence_header *h, struct digest *ret)
{
    struct digest text, hash;
    struct evidence_salt salt;
    CLEANUP(buf_fini) struct buf entry = BUF_INIT(LIMIT_HEADER_BYTES);
    if (s->entry_salt.len != sizeof(salt.b)) {
        return ST_MALFORMED;
    }
    memcpy(salt.b, s->entry_salt.data, sizeof(salt.b));
    sha256x_parts(e->sha, &s->header, 1, &text);
    evidence_entry_hash(e, &salt, &text, &hash);
    evidence_entry_write(h, &hash, &entry);
    TRY(entry.failed);
    return ledger_tree_leaf(buf_bytes(&entry), ret);
}

/* A quorum's time when the policy asks for one; else the first of the witnesses
 * that it names. */
static void date_by_witnesses(const struct ledger_policy *policy, struct evidence_sealed *s)
{
    uint64_t first = s->verdict.quorum_time_s;
    s->witnesses = s->verdict.witnesses;
    for (size_t i = 0; ledger_policy_quorum_none(policy) && i < LIMIT_POLICY_ITEMS; i++) {
        const struct ledger_signed *w = &s->verdict.witness[i];
        first = w->valid && (first == 0 || w->time_s < first) ? w->time_s : first;
    }
    s->witnessed = first > 0 && first <= (uint64_t)(INT64_MAX / TIME_SECOND);
    s->witness_ns = s->witnessed ? (int64_t)first * TIME_SECOND : 0;
}

static enum status check(const struct evidence_engine *e, const struct evidence_exhibit_segment *s,
                         const struct evidence_header *h, const struct ledger_policy *policy,
                         struct evidence_sealed *ret)
{
    struct ledger_proof proof;
    struct ledger_note note;
    struct ledger_checkpoint c;
    struct evidence_onward whole;
    struct digest leaf;
    TRY(ledger_proof_parse(s->proof, &proof, &ret->why));
    TRY(ledger_checkpoint_read(proof.checkpoint, &note, &c, &ret->why));
    ret->index = proof.index;
    ret->origin = c.origin;
    ret->size = c.size;
    ret->root = c.root;
    TRY(entry_leaf(e, s, h, &leaf));
    TRY(ledger_proof_check(&proof, &leaf, policy, &ret->verdict, &ret->why));
    TRY(evidence_onward_check(&proof, &c, &whole, &ret->why));
    ret->whole_size = whole.size;
    ret->whole_root = whole.root;
    const char *wrong = wrong_ledger(h, c.origin, proof.index);
    return wrong == NULL ? ST_OK : fault_at(&ret->why, ST_MISMATCH, 0, wrong);
}

bool evidence_after_read(const char *after, const struct ledger_policy *policy, int64_t *ret_ns)
{
    static const char begin[] = "note ";
    uint8_t text[HEADER_AFTER_MAX];
    struct bytes rest = text_bytes(after);
    struct ledger_note note;
    struct ledger_checkpoint c;
    struct ledger_signed seen[LIMIT_POLICY_ITEMS] = {{.valid = false}};
    const struct ledger_key *keys;
    size_t n = ledger_policy_witnesses(policy, &keys), len = 0;
    if (!bytes_begin(rest, BYTES_LITERAL(begin)) ||
        base64_decode(text_bytes(after + sizeof(begin) - 1), text, sizeof(text), &len) != ST_OK ||
        ledger_checkpoint_read(bytes_of(text, len), &note, &c, NULL) != ST_OK ||
        ledger_note_check(&note, keys, n, seen, NULL) != ST_OK) {
        return false;
    }
    uint64_t newest = 0;
    for (size_t i = 0; i < n; i++) {
        newest = seen[i].valid && seen[i].time_s > newest ? seen[i].time_s : newest;
    }
    if (newest > (uint64_t)(INT64_MAX / TIME_SECOND)) {
        return false;
    }
    *ret_ns = (int64_t)newest * TIME_SECOND;
    return true;
}

/* A policy that was given out before the ledger changed its key knows the older one. */
static bool knows_name(const struct ledger_policy *policy, struct bytes origin)
{
    const struct ledger_key *keys;
    size_t n = ledger_policy_logs(policy, &keys);
    bool known = false;
    for (size_t i = 0; i < n; i++) {
        known = known || bytes_equal(origin, text_bytes(keys[i].name));
    }
    return known;
}

const char *evidence_sealed_unknown(const struct evidence_sealed *s, size_t i,
                                    const struct evidence_header *h, struct evidence_report *r)
{
    const char *name = h->kind == KIND_LIVE ? h->sensor : h->party;
    if (!s->other_key) {
        return evidence_report_text(r, "segment %zu: no log of the policy signed for %s", i, name);
    }
    return evidence_report_text(
        r,
        "segment %zu: the policy knows %s by another key than the one that signed its checkpoint "
        "of %" PRIu64 " entries: its key has been changed since, or somebody else uses its name; "
        "ask %s for its policy of today (exhibit key show --policy)",
        i, name, s->size, name);
}

enum status evidence_sealed_check(const struct evidence_engine *e,
                                  const struct evidence_exhibit_segment *s,
                                  const struct evidence_header *h,
                                  const struct ledger_policy *policy, struct evidence_sealed *ret)
{
    *ret = (struct evidence_sealed){.why = {.field = "tlog-proof"}};
    enum status st = check(e, s, h, policy, ret);
    if (st == ST_NOMEM || st == ST_SYS) {
        return st;
    }
    ret->word = st == ST_OK ? WORD_HOLDS : st == ST_DENIED ? WORD_UNKNOWN_KEY : WORD_FAILS;
    ret->other_key = st == ST_DENIED && knows_name(policy, ret->origin);
    if (st == ST_OK) {
        date_by_witnesses(policy, ret);
        ret->after = evidence_after_read(h->after, policy, &ret->after_ns);
    }
    return ST_OK;
}

enum status evidence_stamp_read(const struct evidence_exhibit_time *t, struct bytes ca,
                                evidence_stamp_check *check_stamp, struct evidence_stamp *ret)
{
    struct ledger_note note;
    struct ledger_checkpoint c;
    *ret = (struct evidence_stamp){.word = WORD_FAILS, .why = {.field = "checkpoint"}};
    enum status st = ledger_checkpoint_read(t->checkpoint, &note, &c, &ret->why);
    if (st == ST_OK) {
        ret->origin = c.origin;
        ret->size = c.size;
        ret->root = c.root;
        if (check_stamp == NULL || ca.len == 0) {
            ret->word = WORD_NOT_CHECKED;
            return ST_OK;
        }
        st = check_stamp(t->response, t->checkpoint, (struct bytes){0}, ca, &ret->time, &ret->why);
    }
    ret->word = st == ST_OK ? WORD_HOLDS : WORD_FAILS;
    return st == ST_NOMEM ? st : ST_OK;
}

void evidence_sealed_date(struct evidence_sealed *s, const struct evidence_stamp *stamp)
{
    bool same = s->word == WORD_HOLDS && stamp->word == WORD_HOLDS && s->size == stamp->size &&
                bytes_equal(s->origin, stamp->origin) &&
                memcmp(&s->root, &stamp->root, sizeof(s->root)) == 0;
    if (same && (!s->stamped || stamp->time.time_ns < s->stamp_ns)) {
        s->stamped = true;
        s->stamp_ns = stamp->time.time_ns;
        s->accuracy_ns = stamp->time.accuracy_ns;
        memcpy(s->authority, stamp->time.authority, sizeof(s->authority));
    }
}

bool evidence_sealed_by(const struct evidence_sealed *s, int64_t *ret_ns)
{
    bool witness_first = s->witnessed && (!s->stamped || s->witness_ns <= s->stamp_ns);
    *ret_ns = witness_first ? s->witness_ns : s->stamp_ns;
    return s->witnessed || s->stamped;
}
