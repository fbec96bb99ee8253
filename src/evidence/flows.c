/* evidence/flows.c - which packets begin a connection, and the trie of them. */
#include "evidence/flows.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/pages.h"
#include "evidence/ends.h"

/* A connection by a keyed hash of its ends: two that collide (one in 2^64)
 * would only be counted once. */
struct flow_slot {
    uint64_t id; /* 0: empty */
    int64_t last_ns;
};

void evidence_flow_key_tcp(const struct evidence_engine *e, const struct addr *remote,
                           uint16_t port, uint32_t seq, struct evidence_flow_key *ret)
{
    uint8_t in[23] = {PROTO_TCP};
    struct bytes part = bytes_of(in, sizeof(in));
    struct digest d;
    memcpy(in + 1, remote->b, 16);
    store_be16(in + 17, port);
    store_be32(in + 19, seq);
    evidence_hash(e, TAG_FLOW_KEY, &part, 1, &d);
    memcpy(ret->b, d.b, sizeof(ret->b));
}

void evidence_flow_key_other(const struct evidence_engine *e, uint8_t proto,
                             const struct addr *remote, uint16_t port, struct bytes payload,
                             struct evidence_flow_key *ret)
{
    uint8_t in[51] = {proto};
    struct bytes part = bytes_of(in, sizeof(in));
    struct bytes first =
        bytes_of(payload.data, payload.len < FLOW_PAYLOAD ? payload.len : FLOW_PAYLOAD);
    struct digest d;
    memcpy(in + 1, remote->b, 16);
    store_be16(in + 17, port);
    sha256x_parts(e->sha, &first, 1, &d);
    memcpy(in + 19, d.b, DIGEST_BYTES);
    evidence_hash(e, TAG_FLOW_KEY, &part, 1, &d);
    memcpy(ret->b, d.b, sizeof(ret->b));
}

static bool by_local(uint8_t cls)
{
    return (cls & RECORD_OUT) != 0 && (cls & (RECORD_TWIN | RECORD_INTERNAL)) != RECORD_TWIN;
}

bool evidence_flow_opens(const struct evidence_record *r)
{
    return r->type == OBS_PACKET && r->proto == PROTO_TCP && by_local(r->cls) &&
           (r->flags & (RECORD_L4 | RECORD_QUOTED)) == RECORD_L4 &&
           (r->code & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

void evidence_flows_init(struct evidence_flows *f, int64_t idle_ns, uint64_t seed)
{
    *f = (struct evidence_flows){.idle_ns = idle_ns, .seed = seed};
}

static size_t slots_bytes(const struct evidence_flows *f)
{
    return f->slot_count * sizeof(*f->slots);
}

void evidence_flows_fini(struct evidence_flows *f)
{
    pages_free(f->slots, slots_bytes(f));
    free(f->keys);
    *f = (struct evidence_flows){.slots = NULL};
}

static uint64_t id_of(const struct evidence_flows *f, const struct observation *o,
                      const struct evidence_place *at)
{
    uint64_t h = hash_mix(load_le64(at->remote.b) ^ f->seed, f->seed);
    h = hash_mix(load_le64(at->remote.b + 8) ^ h, f->seed);
    h = hash_mix(load_le64(at->local.b) ^ h, ~f->seed);
    h = hash_mix(load_le64(at->local.b + 8) ^ h, f->seed);
    uint64_t ports = (uint64_t)at->remote_port << 32 | (uint64_t)at->local_port << 8 | o->proto;
    return hash_mix(ports ^ h, ~f->seed) | 1;
}

static struct flow_slot *slot_of(struct flow_slot *slots, size_t count, uint64_t id)
{
    size_t i = (size_t)(id >> 1) & (count - 1);
    while (slots[i].id != 0 && slots[i].id != id) {
        i = (i + 1) & (count - 1);
    }
    return &slots[i];
}

/* Room for one more, in a table twice as large or with what is idle thrown
 * out. False: there is none. */
static bool make_room(struct evidence_flows *f, int64_t now_ns)
{
    if (f->used < f->slot_count / 2) {
        return true;
    }
    size_t want = f->slot_count == 0 ? 1024 : f->slot_count * 2;
    if (want > 2 * (size_t)LIMIT_SEALED_FLOWS) {
        want = f->slot_count;
    }
    struct flow_slot *slots = pages_alloc(want * sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    size_t used = 0;
    for (size_t i = 0; i < f->slot_count; i++) {
        bool idle = now_ns > f->slots[i].last_ns &&
                    (uint64_t)now_ns - (uint64_t)f->slots[i].last_ns > (uint64_t)f->idle_ns;
        if (f->slots[i].id != 0 && !idle) {
            *slot_of(slots, want, f->slots[i].id) = f->slots[i];
            used++;
        }
    }
    pages_free(f->slots, slots_bytes(f));
    f->slots = slots;
    f->slot_count = want;
    f->used = used;
    return used < want / 2;
}

/* Was it there, not longer than idle ago? It is now. */
static bool touch(struct evidence_flows *f, uint64_t id, int64_t now_ns)
{
    struct flow_slot *s = f->slot_count == 0 ? NULL : slot_of(f->slots, f->slot_count, id);
    if (s == NULL || s->id == 0) {
        if (!make_room(f, now_ns)) {
            f->lost++;
            return false;
        }
        s = slot_of(f->slots, f->slot_count, id);
        f->used++;
        *s = (struct flow_slot){id, now_ns};
        return false;
    }
    bool idle =
        now_ns > s->last_ns && (uint64_t)now_ns - (uint64_t)s->last_ns > (uint64_t)f->idle_ns;
    s->last_ns = now_ns > s->last_ns ? now_ns : s->last_ns;
    return !idle;
}

static enum status add_key(struct evidence_flows *f, const struct evidence_flow_key *k)
{
    if (f->key_count == f->key_room) {
        size_t want = f->key_room == 0 ? 256 : f->key_room * 2;
        struct evidence_flow_key *p = realloc(f->keys, want * sizeof(*p));
        if (p == NULL) {
            return ST_NOMEM;
        }
        f->keys = p;
        f->key_room = want;
    }
    f->keys[f->key_count++] = *k;
    return ST_OK;
}

static enum status add_tcp(struct evidence_flows *f, const struct evidence_engine *e,
                           const struct observation *o, const struct evidence_place *at)
{
    uint8_t flags = o->tcp_flags;
    if ((flags & TCP_RST) != 0 && (flags & TCP_SYN) == 0) {
        return ST_OK; /* ends one, or refuses what somebody else asked for */
    }
    bool known = touch(f, id_of(f, o, at), o->time_ns);
    if ((flags & (TCP_SYN | TCP_ACK)) != TCP_SYN) {
        /* SYN and ACK: the other side began it. */
        f->unseen += !known && (flags & TCP_SYN) == 0;
        return ST_OK;
    }
    struct evidence_flow_key k;
    evidence_flow_key_tcp(e, &at->remote, at->remote_port, o->seq, &k);
    return add_key(f, &k);
}

enum status evidence_flows_add(struct evidence_flows *f, const struct evidence_engine *e,
                               const struct observation *o, const struct evidence_place *at)
{
    if (o->type != OBS_PACKET || !by_local(at->cls) || o->proto >= 253 ||
        (o->flags & (OBS_QUOTED | OBS_LATER)) != 0) {
        return ST_OK; /* 253 and up are no protocols of the network */
    }
    if ((o->flags & OBS_L4) == 0 && (o->proto == PROTO_TCP || o->proto == PROTO_UDP)) {
        f->unseen++;
        return ST_OK;
    }
    if (o->proto == PROTO_TCP) {
        return add_tcp(f, e, o, at);
    }
    if (touch(f, id_of(f, o, at), o->time_ns)) {
        return ST_OK;
    }
    size_t want = o->payload_len < FLOW_PAYLOAD ? o->payload_len : FLOW_PAYLOAD;
    if (o->captured_len < want) {
        f->unseen++; /* cut off in capturing */
        return ST_OK;
    }
    struct evidence_flow_key k;
    evidence_flow_key_other(e, o->proto, &at->remote, at->remote_port, bytes_of(o->payload, want),
                            &k);
    return add_key(f, &k);
}

void evidence_flow_salt(const struct evidence_engine *e, const struct evidence_secret *k_seg,
                        const uint8_t key[16], struct evidence_salt *ret)
{
    struct bytes parts[] = {bytes_of(k_seg->b, sizeof(k_seg->b)), bytes_of(key, 16)};
    struct digest d;
    evidence_hash(e, TAG_FLOW_SALT, parts, ARRAY_LEN(parts), &d);
    memcpy(ret->b, d.b, sizeof(ret->b));
}

enum status evidence_flows_seal(struct evidence_flows *f, const struct evidence_engine *e,
                                const struct evidence_secret *k_seg, struct evidence_trie *ret)
{
    size_t n = f->key_count, count = 0;
    CLEANUP(free_ptr) uint32_t *order = malloc((n + 1) * sizeof(*order));
    CLEANUP(free_ptr) struct evidence_leaf *leaves = calloc(n + 1, sizeof(*leaves));
    if (order == NULL || leaves == NULL) {
        return ST_NOMEM;
    }
    if (n > 0) {
        TRY(evidence_sort_keys(f->keys[0].b, sizeof(f->keys[0]), (uint32_t)n, order));
    }
    for (size_t i = 0; i < n; i++) {
        const uint8_t *k = f->keys[order[i]].b;
        if (count > 0 && memcmp(leaves[count - 1].key, k, 16) == 0) {
            continue; /* equal keys once */
        }
        leaves[count].n = 1;
        memcpy(leaves[count].key, k, 16);
        evidence_flow_salt(e, k_seg, k, &leaves[count++].salt);
    }
    TRY(evidence_trie_build(e, TRIE_FLOWS, leaves, count, ret));
    leaves = NULL;
    f->key_count = 0;
    f->unseen = 0;
    f->lost = 0;
    return ST_OK;
}
