/* evidence/rest/rest.c - the public half. */
#include "evidence/rest/rest.h"

#include <string.h>

#include "base/core/limits.h"
#include "evidence/rest/rest_parts.h"

const uint8_t rest_magic[8] = {'e', 'x', 'h', 's', 'e', 'g', '1', '\n'};

void rest_key(const struct evidence_engine *e, const struct evidence_secret *k_seg,
              uint8_t ret[REST_KEY_BYTES])
{
    struct bytes part = bytes_of(k_seg->b, sizeof(k_seg->b));
    struct digest d;
    evidence_hash(e, TAG_REST, &part, 1, &d);
    memcpy(ret, d.b, REST_KEY_BYTES);
    explicit_bzero(&d, sizeof(d));
}

/* Ascending, each with records, and as many as the header says. */
static enum status check_leaves(const struct evidence_rest *r, struct fault *why)
{
    uint64_t sum = 0;
    for (size_t at = 0; at < r->leaves.len; at += REST_LEAF_BYTES) {
        const uint8_t *leaf = r->leaves.data + at;
        uint32_t n = load_be32(leaf + 16);
        if (at > 0 && memcmp(leaf - REST_LEAF_BYTES, leaf, 16) >= 0) {
            return fault_at(why, ST_MALFORMED, at, "order of remotes");
        }
        if (n == 0) {
            return fault_at(why, ST_MALFORMED, at, "records of a remote");
        }
        sum += n;
    }
    return sum == r->header.records ? ST_OK
                                    : fault_at(why, ST_MISMATCH, 0, "records of all remotes");
}

struct head {
    uint32_t text_len;
    uint64_t sealed_len; /* with its tag */
};

static enum status read_head(struct cursor *c, struct head *ret, struct fault *why)
{
    struct bytes magic = cursor_take(c, sizeof(rest_magic));
    ret->text_len = cursor_be32(c);
    ret->sealed_len = cursor_be64(c);
    if (c->failed) {
        return fault_at(why, ST_SHORT, 0, "segment at rest");
    }
    if (memcmp(magic.data, rest_magic, sizeof(rest_magic)) != 0) {
        return fault_at(why, ST_MALFORMED, 0, "not a segment at rest");
    }
    if (ret->text_len > LIMIT_HEADER_BYTES) {
        return fault_limit(why, 8, "length of the header", LIMIT_HEADER_BYTES);
    }
    if (ret->sealed_len > LIMIT_REST_BYTES) {
        return fault_limit(why, 12, "length of the private half", LIMIT_REST_BYTES);
    }
    return ret->sealed_len >= REST_TAG_BYTES
               ? ST_OK
               : fault_at(why, ST_MALFORMED, 12, "length of the private half");
}

/* Everything before the leaves; the cursor stands behind it. */
static enum status read_fixed(const struct evidence_engine *e, struct cursor *c,
                              const struct head *h, struct evidence_rest *r, struct fault *why)
{
    r->text = cursor_take(c, h->text_len);
    if (c->failed) {
        return fault_at(why, ST_SHORT, c->pos, "header");
    }
    TRY(evidence_header_parse(r->text, &r->header, why));
    if (r->header.records > LIMIT_SEGMENT_RECORDS || r->header.remotes > r->header.records) {
        return fault_limit(why, REST_HEAD_BYTES, "records", LIMIT_SEGMENT_RECORDS);
    }
    struct bytes salt = cursor_take(c, sizeof(r->entry_salt.b));
    struct bytes box = cursor_take(c, sizeof(r->box.b));
    struct bytes top = cursor_take(c, DIGEST_BYTES);
    if (c->failed) {
        return fault_at(why, ST_SHORT, c->pos, "keys");
    }
    memcpy(r->entry_salt.b, salt.data, salt.len);
    memcpy(r->box.b, box.data, box.len);
    memcpy(r->flow_top.b, top.data, top.len);
    sha256x_parts(e->sha, &r->text, 1, &r->hash);
    return ST_OK;
}

static enum status read_leaves(struct cursor *c, struct evidence_rest *r, struct fault *why)
{
    r->leaves = cursor_take(c, (size_t)r->header.remotes * REST_LEAF_BYTES);
    if (c->failed) {
        return fault_at(why, ST_SHORT, c->pos, "remotes");
    }
    r->public_ = bytes_of(c->in.data, c->pos);
    return check_leaves(r, why);
}

enum status evidence_rest_read(const struct evidence_engine *e, struct bytes file,
                               struct evidence_rest *ret, struct fault *why)
{
    struct cursor c = cursor_of(file);
    struct evidence_rest r = {.text = {0}};
    struct head h;
    TRY(read_head(&c, &h, why));
    TRY(read_fixed(e, &c, &h, &r, why));
    TRY(read_leaves(&c, &r, why));
    r.nonce = cursor_take(&c, REST_NONCE_BYTES);
    r.sealed = cursor_take(&c, (size_t)h.sealed_len);
    if (c.failed) {
        return fault_at(why, ST_SHORT, c.pos, "private half");
    }
    if (cursor_left(&c) > 0) {
        return fault_at(why, ST_MALFORMED, c.pos, "bytes behind the end");
    }
    *ret = r;
    return ST_OK;
}

enum status evidence_rest_peek(const struct evidence_engine *e, struct bytes begin,
                               struct evidence_rest *ret, uint64_t *ret_public, struct fault *why)
{
    struct cursor c = cursor_of(begin);
    struct evidence_rest r = {.text = {0}};
    struct head h;
    TRY(read_head(&c, &h, why));
    TRY(read_fixed(e, &c, &h, &r, why));
    uint64_t all = (uint64_t)c.pos + (uint64_t)r.header.remotes * REST_LEAF_BYTES;
    if (begin.len >= all) {
        TRY(read_leaves(&c, &r, why));
    }
    *ret_public = all;
    *ret = r;
    return ST_OK;
}

enum status evidence_rest_entry(const struct evidence_engine *e, const struct evidence_rest *r,
                                struct buf *out)
{
    struct digest entry;
    evidence_entry_hash(e, &r->entry_salt, &r->hash, &entry);
    evidence_entry_write(&r->header, &entry, out);
    return out->failed;
}

static const uint8_t *leaf_at(const struct evidence_rest *r, size_t i)
{
    return r->leaves.data + i * REST_LEAF_BYTES;
}

uint32_t evidence_rest_count(const struct evidence_rest *r, const struct prefix *remotes)
{
    size_t low = 0, high = r->leaves.len / REST_LEAF_BYTES, n = high;
    while (low < high) { /* the first that is not below the network */
        size_t mid = low + (high - low) / 2;
        bool below = memcmp(leaf_at(r, mid), remotes->net.b, 16) < 0;
        low = below ? mid + 1 : low;
        high = below ? high : mid;
    }
    uint32_t sum = 0;
    struct addr a;
    for (; low < n; low++) {
        memcpy(a.b, leaf_at(r, low), 16);
        if (!prefix_contains(remotes, &a)) {
            break;
        }
        sum += load_be32(leaf_at(r, low) + 16);
    }
    return sum;
}
