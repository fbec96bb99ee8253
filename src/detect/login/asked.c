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
enum { RING = LIMIT_LOGIN_ASKED, HEAD_BITS = 16, HEADS = 1 << HEAD_BITS, REPEATS_MOST = 64 };
_Static_assert((int)HEADS == 2 * (int)RING, "half of the chains are empty, or more");

/* 32 bytes: half of a telescope's packets are written here. */
struct asked_packet {
    uint32_t client, server; /* IPv4; else in `six` */
    uint16_t client_port, server_port;
    uint32_t seq;
    int64_t time_ns;
    uint64_t pos;
};

enum { FROM_SERVER = 1, IS_SIX = 2 };

struct asked {
    uint32_t serial;  /* of the next packet; they begin with 1 */
    uint32_t chained; /* up to this one, not included */
    uint64_t seed;
    uint64_t multipliers[3]; /* of place_of: odd */
    struct asked_packet ring[RING];
    uint8_t what[RING];    /* of each packet: FROM_SERVER, IS_SIX */
    uint32_t before[RING]; /* serial number of the one before it in its chain */
    uint32_t heads[HEADS];
    struct {
        struct addr client, server;
    } six[RING];
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
    for (unsigned i = 0; i < ARRAY_LEN(a->multipliers); i++) {
        a->multipliers[i] = hash_mix(i + 1, seed) | 1;
    }
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

static struct conn_key key_of(const struct asked *a, uint32_t at)
{
    const struct asked_packet *p = &a->ring[at];
    struct conn_key key = {.client_port = p->client_port, .server_port = p->server_port};
    bool six = (a->what[at] & IS_SIX) != 0;
    key.client = six ? a->six[at].client : addr_from_v4(p->client);
    key.server = six ? a->six[at].server : addr_from_v4(p->server);
    return key;
}

/* Which chain: multilinear hashing (Carter and Wegman 1979), three independent
 * multiplications for the most; nobody who does not know the numbers can choose
 * collisions. */
static inline uint32_t *head_of(struct asked *a, uint64_t client, uint64_t server, uint64_t ports)
{
    const uint64_t *m = a->multipliers;
    return &a->heads[(client * m[0] + server * m[1] + ports * m[2]) >> (64 - HEAD_BITS)];
}

static uint32_t *head_of_key(struct asked *a, const struct conn_key *key)
{
    uint64_t ports = (uint64_t)key->client_port << 16 | key->server_port;
    if (addr_is_v4(&key->client) && addr_is_v4(&key->server)) {
        return head_of(a, addr_v4(&key->client), addr_v4(&key->server), ports);
    }
    return head_of(a, conn_key_hash(key, a->seed) >> 32, 0, ports);
}

/* What came since the last time, as far as it is still there. */
static void chain(struct asked *a)
{
    if (a->serial - a->chained > RING) {
        a->chained = a->serial - RING;
    }
    for (; a->chained != a->serial; a->chained++) {
        uint32_t at = a->chained & (RING - 1);
        const struct asked_packet *p = &a->ring[at];
        uint32_t *head =
            head_of(a, p->client, p->server, (uint64_t)p->client_port << 16 | p->server_port);
        if ((a->what[at] & IS_SIX) != 0) {
            struct conn_key key = key_of(a, at);
            head = head_of_key(a, &key);
        }
        a->before[at] = *head;
        *head = a->chained;
    }
}

static inline void add(struct asked *a, const struct addr *client, const struct addr *server,
                       bool from_server, const struct observation *o)
{
    uint32_t at = a->serial & (RING - 1);
    struct asked_packet *p = &a->ring[at];
    bool six = !addr_is_v4(client) || !addr_is_v4(server);
    p->client = addr_v4(client);
    p->server = addr_v4(server);
    p->client_port = from_server ? o->dst_port : o->src_port;
    p->server_port = from_server ? o->src_port : o->dst_port;
    p->seq = o->seq;
    p->time_ns = o->time_ns;
    p->pos = o->pos;
    a->what[at] = (uint8_t)((from_server ? FROM_SERVER : 0) | (six ? IS_SIX : 0));
    if (six) {
        a->six[at].client = *client;
        a->six[at].server = *server;
    }
    a->serial++;
    if (a->serial == 0) { /* 0 ends a chain: begin anew */
        chain(a);
        a->serial = a->chained = 1;
    }
}

void asked_add(struct asked *a, bool from_server, const struct observation *o)
{
    if (from_server) {
        add(a, &o->dst, &o->src, true, o);
    } else {
        add(a, &o->src, &o->dst, false, o);
    }
}

static void take(struct handshake *h, const struct asked_packet *p, bool from_server)
{
    bool *known = from_server ? &h->answered : &h->asked;
    uint32_t *seq = from_server ? &h->server_seq : &h->client_seq;
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

struct handshake asked_find(struct asked *a, const struct conn_key *key)
{
    struct handshake h = {0};
    chain(a);
    uint32_t at = *head_of_key(a, key);
    while (at != 0 && a->serial - at <= RING && h.packets < REPEATS_MOST) {
        uint32_t place = at & (RING - 1);
        struct conn_key other = key_of(a, place);
        if (conn_key_equal(&other, key)) {
            take(&h, &a->ring[place], (a->what[place] & FROM_SERVER) != 0);
        }
        uint32_t before = a->before[place];
        if (a->serial - before <= a->serial - at) {
            break; /* does not go back: the ring has gone round */
        }
        at = before;
    }
    return h;
}
