/* evidence/exhibit/leak.c - the formulas of scanners, turned round. */
#include "evidence/exhibit/leak.h"

#include <stdlib.h>

void evidence_leaks_fini(struct evidence_leaks *l)
{
    free(l->keys);
    free(l->told);
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

static int by_key(const void *a, const void *b)
{
    const struct leak_key *x = a, *y = b;
    int order = (x->key > y->key) - (x->key < y->key);
    return order != 0 ? order : (x->local > y->local) - (x->local < y->local);
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

/* Does one of these fields alone tell it? */
static bool field_tells(const struct evidence_record *r, const struct evidence_hidden *h,
                        uint32_t local)
{
    return is_target(h->seq, local) || is_target(h->seq - 1, local) ||
           is_target(h->seq + 1, local) || is_target(h->ack, local) ||
           is_target(h->ack - 1, local) || is_target(h->ack + 1, local) ||
           (is_tcp_in(r) && (is_masscan(r, h, local) || is_masscan(r, h, turned(local))));
}

static enum status add_told(struct evidence_leaks *l, uint32_t local)
{
    if (l->told_n > 0 && l->told[l->told_n - 1] == local) {
        return ST_OK;
    }
    if (l->told_n == l->told_room) {
        size_t room = l->told_room == 0 ? 64 : l->told_room * 2;
        uint32_t *told = realloc(l->told, room * sizeof(*told));
        if (told == NULL) {
            return ST_NOMEM;
        }
        l->told = told;
        l->told_room = room;
    }
    l->told[l->told_n++] = local;
    return ST_OK;
}

static bool is_tcp(const struct evidence_record *r)
{
    return r->type == OBS_PACKET && r->proto == PROTO_TCP;
}

enum status evidence_leaks_add(struct evidence_leaks *l, const struct evidence_record *r,
                               const struct evidence_hidden *h, const struct addr *local)
{
    if (!is_tcp(r) || !addr_is_v4(local)) {
        return ST_OK;
    }
    if (field_tells(r, h, addr_v4(local))) {
        TRY(add_told(l, addr_v4(local)));
    }
    if (!is_tcp_in(r)) {
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

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

enum status evidence_leaks_sort(struct evidence_leaks *l)
{
    if (l->n > 0) {
        qsort(l->keys, l->n, sizeof(*l->keys), by_key);
    }
    for (size_t i = 0; i < l->n; i++) {
        if (is_shared(l, l->keys[i].key, l->keys[i].local)) {
            TRY(add_told(l, l->keys[i].local));
        }
    }
    if (l->told_n > 0) {
        qsort(l->told, l->told_n, sizeof(*l->told), by_number);
    }
    return ST_OK;
}

static bool is_told(const struct evidence_leaks *l, uint32_t local)
{
    return l->told_n > 0 &&
           bsearch(&local, l->told, l->told_n, sizeof(*l->told), by_number) != NULL;
}

bool evidence_leaks_tell(const struct evidence_leaks *l, const struct evidence_record *r,
                         const struct evidence_hidden *h, const struct addr *local)
{
    if (r->type != OBS_PACKET || !addr_is_v4(local)) {
        return false;
    }
    return field_tells(r, h, addr_v4(local)) || (is_tcp(r) && is_told(l, addr_v4(local)));
}
