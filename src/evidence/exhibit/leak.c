/* evidence/exhibit/leak.c - the formulas of scanners, turned round. */
#include "evidence/exhibit/leak.h"

#include <stdlib.h>

void evidence_leaks_fini(struct evidence_leaks *l)
{
    free(l->keys);
    *l = (struct evidence_leaks){.keys = NULL};
}

static uint32_t turned(uint32_t v)
{
    return __builtin_bswap32(v);
}

static bool is_tcp_in(const struct evidence_record *r)
{
    return r->type == OBS_PACKET && r->proto == PROTO_TCP && (r->flags & RECORD_QUOTED) == 0 &&
           (r->cls & RECORD_OUT) == 0;
}

/* seq ^ dst ^ (dport << 16 + sport), the target in both byte orders. */
static void keys_of(const struct evidence_record *r, const struct evidence_hidden *h,
                    uint32_t local, uint32_t ret[2])
{
    uint32_t ports = ((uint32_t)r->local_port << 16) + r->remote_port;
    ret[0] = h->seq ^ local ^ ports;
    ret[1] = h->seq ^ turned(local) ^ ports;
}

enum status evidence_leaks_add(struct evidence_leaks *l, const struct evidence_record *r,
                               const struct evidence_hidden *h, const struct addr *local)
{
    if (!is_tcp_in(r) || !addr_is_v4(local)) {
        return ST_OK;
    }
    if (l->room - l->n < 2) {
        size_t room = l->room == 0 ? 256 : l->room * 2;
        struct leak_key *keys = realloc(l->keys, room * sizeof(*keys));
        if (keys == NULL) {
            return ST_NOMEM;
        }
        l->keys = keys;
        l->room = room;
    }
    uint32_t keys[2];
    keys_of(r, h, addr_v4(local), keys);
    l->keys[l->n++] = (struct leak_key){keys[0], addr_v4(local)};
    l->keys[l->n++] = (struct leak_key){keys[1], addr_v4(local)};
    return ST_OK;
}

static int by_key(const void *a, const void *b)
{
    const struct leak_key *x = a, *y = b;
    int order = (x->key > y->key) - (x->key < y->key);
    return order != 0 ? order : (x->local > y->local) - (x->local < y->local);
}

void evidence_leaks_sort(struct evidence_leaks *l)
{
    if (l->n > 0) {
        qsort(l->keys, l->n, sizeof(*l->keys), by_key);
    }
}

/* The first place whose key is not below `key`. */
static size_t first_of(const struct evidence_leaks *l, uint64_t key)
{
    size_t low = 0, high = l->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (l->keys[mid].key < key) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

/* Has another target the same key? Those of one key ascend by target. */
static bool is_shared(const struct evidence_leaks *l, uint32_t key, uint32_t local)
{
    size_t from = first_of(l, key), to = first_of(l, (uint64_t)key + 1);
    return from < to && (l->keys[from].local != local || l->keys[to - 1].local != local);
}

static bool is_target(uint32_t v, uint32_t local)
{
    return v == local || v == turned(local);
}

static bool is_masscan(const struct evidence_record *r, const struct evidence_hidden *h,
                       uint32_t local)
{
    return ((h->ip_id ^ local ^ r->local_port ^ h->seq) & 0xffff) == 0;
}

bool evidence_leaks_tell(const struct evidence_leaks *l, const struct evidence_record *r,
                         const struct evidence_hidden *h, const struct addr *local)
{
    if (r->type != OBS_PACKET || !addr_is_v4(local)) {
        return false;
    }
    uint32_t a = addr_v4(local), keys[2];
    keys_of(r, h, a, keys);
    bool tcp = is_tcp_in(r);
    return is_target(h->seq, a) || is_target(h->seq - 1, a) || is_target(h->seq + 1, a) ||
           is_target(h->ack, a) || is_target(h->ack - 1, a) || is_target(h->ack + 1, a) ||
           (tcp && (is_masscan(r, h, a) || is_masscan(r, h, turned(a)) ||
                    is_shared(l, keys[0], a) || is_shared(l, keys[1], a)));
}
