/* detect/login/asked.c - the last handshakes with login services that began.
 *
 * Packets stand in a ring in the order in which they came. Those of one hash
 * are chained from the newest to the oldest by their serial numbers, so that a
 * chain ends by itself where the ring has gone round: nothing is ever removed.
 * The chains are made when somebody asks: on a telescope nobody does, and then
 * a packet costs one write in sequence.
 */
#include "detect/login/asked.h"

#include <stdlib.h>

#include "base/core/limits.h"
#include "base/core/pages.h"

/* Packets of one handshake that are looked at: as often as any system sends a
 * SYN again, several times over. It bounds the work that one address can make. */
enum { RING = LIMIT_LOGIN_ASKED, HEADS = 2 * RING, REPEATS_MOST = 64 };

struct asked_packet {
    struct conn_key key;
    uint32_t seq;
    int64_t time_ns;
    uint64_t pos;
    uint32_t before; /* serial number of the one before it in its chain */
    bool from_server;
};

struct asked {
    uint32_t serial;  /* of the next packet; they begin with 1 */
    uint32_t chained; /* up to this one, not included */
    uint64_t seed;
    struct asked_packet ring[RING];
    uint32_t heads[HEADS];
};

enum status asked_new(uint64_t seed, struct asked **ret)
{
    struct asked *a = pages_alloc(sizeof(*a));
    if (a == NULL) {
        return ST_NOMEM;
    }
    a->serial = 1;
    a->chained = 1;
    a->seed = seed;
    *ret = a;
    return ST_OK;
}

void asked_free(struct asked *a)
{
    if (a != NULL) {
        pages_free(a, sizeof(*a));
    }
}

size_t asked_bytes(void)
{
    return sizeof(struct asked);
}

/* What came since the last time, as far as it is still there. */
static void chain(struct asked *a)
{
    if (a->serial - a->chained > RING) {
        a->chained = a->serial - RING;
    }
    for (; a->chained != a->serial; a->chained++) {
        struct asked_packet *p = &a->ring[a->chained & (RING - 1)];
        uint32_t *head = &a->heads[conn_key_hash(&p->key, a->seed) & (HEADS - 1)];
        p->before = *head;
        *head = a->chained;
    }
}

void asked_add(struct asked *a, const struct conn_key *key, bool from_server,
               const struct observation *o)
{
    struct asked_packet *p = &a->ring[a->serial & (RING - 1)];
    p->key = *key;
    p->seq = o->seq;
    p->time_ns = o->time_ns;
    p->pos = o->pos;
    p->from_server = from_server;
    a->serial++;
    if (a->serial == 0) { /* 0 ends a chain: begin anew */
        chain(a);
        a->serial = a->chained = 1;
    }
}

static void take(struct handshake *h, const struct asked_packet *p)
{
    bool *known = p->from_server ? &h->answered : &h->asked;
    uint32_t *seq = p->from_server ? &h->server_seq : &h->client_seq;
    if (*known && *seq != p->seq) {
        return; /* of an earlier connection */
    }
    struct extent e = extent_of(p->time_ns, p->pos);
    if (h->packets++ == 0) {
        h->when = e;
    } else {
        extent_join(&h->when, &e);
    }
    *known = true;
    *seq = p->seq;
}

struct handshake asked_find(struct asked *a, const struct conn_key *key, uint64_t hash)
{
    struct handshake h = {0};
    chain(a);
    uint32_t at = a->heads[hash & (HEADS - 1)];
    while (at != 0 && a->serial - at <= RING && h.packets < REPEATS_MOST) {
        const struct asked_packet *p = &a->ring[at & (RING - 1)];
        if (conn_key_equal(&p->key, key)) {
            take(&h, p);
        }
        if (a->serial - p->before <= a->serial - at) {
            break; /* does not go back: the ring has gone round */
        }
        at = p->before;
    }
    return h;
}
