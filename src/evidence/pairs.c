/* evidence/pairs.c - a set of connections, by their keyed hashes. */
#include "evidence/pairs.h"

#include <string.h>

#include "base/core/hash.h"
#include "base/core/pages.h"

enum { SLOTS_FIRST = 1024, END_BYTES = 18, SPOKE_BOTH = 3 };

void evidence_pairs_init(struct evidence_pairs *p, uint64_t seed)
{
    *p = (struct evidence_pairs){.seed = seed};
}

void evidence_pairs_fini(struct evidence_pairs *p)
{
    pages_free(p->slots, p->slot_count * sizeof(*p->slots));
    *p = (struct evidence_pairs){.seed = p->seed};
}

void evidence_pairs_clear(struct evidence_pairs *p)
{
    if (p->used > 0) {
        memset(p->slots, 0, p->slot_count * sizeof(*p->slots));
        p->used = 0;
    }
}

/* The slot of a hash, or the free one where it belongs. */
static uint64_t *slot_of(const struct evidence_pairs *p, uint64_t hash)
{
    size_t mask = p->slot_count - 1, i = (size_t)(hash >> 2) & mask;
    while (p->slots[i] != 0 && (p->slots[i] & ~(uint64_t)SPOKE_BOTH) != hash) {
        i = (i + 1) & mask;
    }
    return &p->slots[i];
}

static enum status grow(struct evidence_pairs *p)
{
    struct evidence_pairs more = {.slot_count =
                                      p->slot_count == 0 ? SLOTS_FIRST : p->slot_count * 2};
    more.slots = pages_alloc(more.slot_count * sizeof(*more.slots));
    if (more.slots == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < p->slot_count; i++) {
        if (p->slots[i] != 0) {
            *slot_of(&more, p->slots[i] & ~(uint64_t)SPOKE_BOTH) = p->slots[i];
        }
    }
    pages_free(p->slots, p->slot_count * sizeof(*p->slots));
    p->slots = more.slots;
    p->slot_count = more.slot_count;
    return ST_OK;
}

/* The same for both directions; *spoke is which end sent this packet. */
static uint64_t hash_of(const struct evidence_pairs *p, const struct observation *o,
                        uint64_t *spoke)
{
    uint8_t ends[2][END_BYTES];
    memcpy(ends[0], o->src.b, 16);
    store_be16(ends[0] + 16, o->src_port);
    memcpy(ends[1], o->dst.b, 16);
    store_be16(ends[1] + 16, o->dst_port);
    bool turned = memcmp(ends[0], ends[1], END_BYTES) > 0;
    uint8_t key[2 * END_BYTES];
    memcpy(key, ends[turned], END_BYTES);
    memcpy(key + END_BYTES, ends[!turned], END_BYTES);
    *spoke = turned ? 2 : 1;
    uint64_t hash = hash_bytes(bytes_of(key, sizeof(key)), p->seed) & ~(uint64_t)SPOKE_BOTH;
    return hash != 0 ? hash : SPOKE_BOTH + 1;
}

enum status evidence_pairs_add(struct evidence_pairs *p, const struct observation *o,
                               struct evidence_counters *c)
{
    if (o->type != OBS_PACKET || o->proto != PROTO_TCP || o->payload_len == 0 ||
        (o->flags & (OBS_INNER | OBS_LATER | OBS_QUOTED)) != 0 || (o->flags & OBS_L4) == 0) {
        return ST_OK;
    }
    if (p->used >= p->slot_count / 2) {
        TRY(grow(p));
    }
    uint64_t spoke, hash = hash_of(p, o, &spoke), *slot = slot_of(p, hash);
    if (*slot == 0) {
        *slot = hash | spoke;
        p->used++;
        c->connections++;
    } else if ((*slot & spoke) == 0) {
        *slot |= spoke;
        c->two_way++;
    }
    return ST_OK;
}
