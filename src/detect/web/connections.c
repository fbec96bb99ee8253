/* detect/web/connections.c - which response answers which request, in captures. */
#include "detect/web/connections.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/hash.h"
#include "base/core/limits.h"

enum { CONNECTIONS_LEAST = 256 };
static const uint32_t none = UINT32_MAX;

void web_connections_init(struct web_connections *t, uint64_t seed)
{
    *t = (struct web_connections){.newest = none, .oldest = none, .seed = seed};
}

void web_connections_fini(struct web_connections *t)
{
    free(t->items);
    free(t->heads);
    *t = (struct web_connections){0};
}

size_t web_connections_bytes(const struct web_connections *t)
{
    return t->cap * (sizeof(*t->items) + sizeof(*t->heads));
}

static uint32_t *head_of(const struct web_connections *t, const struct web_connection *c)
{
    uint64_t h = hash_bytes(bytes_of(c->client.b, sizeof(c->client.b)), t->seed);
    h ^= hash_bytes(bytes_of(c->server.b, sizeof(c->server.b)), ~t->seed);
    h = hash_mix(h ^ (uint64_t)c->client_port << 16 ^ c->server_port, t->seed);
    return &t->heads[h & (t->cap - 1)];
}

static bool same(const struct web_connection *a, const struct web_connection *b)
{
    return a->client_port == b->client_port && a->server_port == b->server_port &&
           addr_equal(&a->client, &b->client) && addr_equal(&a->server, &b->server);
}

static uint32_t find(const struct web_connections *t, const struct web_connection *want)
{
    if (t->n == 0) {
        return none;
    }
    uint32_t i = *head_of(t, want);
    while (i != none && !same(&t->items[i], want)) {
        i = t->items[i].chain;
    }
    return i;
}

static void to_front(struct web_connections *t, uint32_t i)
{
    t->items[i].newer = none;
    t->items[i].older = t->newest;
    if (t->newest != none) {
        t->items[t->newest].newer = i;
    }
    t->newest = i;
    t->oldest = t->oldest == none ? i : t->oldest;
}

static void take_out(struct web_connections *t, uint32_t i)
{
    const struct web_connection *c = &t->items[i];
    *(c->newer != none ? &t->items[c->newer].older : &t->newest) = c->older;
    *(c->older != none ? &t->items[c->older].newer : &t->oldest) = c->newer;
}

static void link_in(struct web_connections *t, uint32_t i)
{
    uint32_t *head = head_of(t, &t->items[i]);
    t->items[i].chain = *head;
    *head = i;
}

static enum status grow(struct web_connections *t)
{
    uint32_t cap = t->cap ? t->cap * 2 : CONNECTIONS_LEAST;
    struct web_connection *items = realloc(t->items, cap * sizeof(*items));
    if (items == NULL) {
        return ST_NOMEM;
    }
    t->items = items;
    uint32_t *heads = malloc(cap * sizeof(*heads));
    if (heads == NULL) {
        return ST_NOMEM;
    }
    free(t->heads);
    t->heads = heads;
    t->cap = cap;
    memset(heads, 0xff, cap * sizeof(*heads)); /* none */
    for (uint32_t i = 0; i < t->n; i++) {
        link_in(t, i);
    }
    return ST_OK;
}

/* Room for one: a new place, or that of the connection quiet for longest. */
static enum status make_room(struct web_connections *t, uint32_t *ret)
{
    if (t->n == t->cap && t->cap < LIMIT_WEB_CONNECTIONS) {
        TRY(grow(t));
    }
    if (t->n < t->cap) {
        *ret = t->n++;
        return ST_OK;
    }
    uint32_t i = t->oldest;
    uint32_t *from = head_of(t, &t->items[i]);
    while (*from != i) {
        from = &t->items[*from].chain;
    }
    *from = t->items[i].chain;
    take_out(t, i);
    t->forgotten += t->items[i].waiting;
    *ret = i;
    return ST_OK;
}

/* Sent again? A new connection with the same ports begins further on (RFC
 * 6528, 3), so what lies a little behind is of this one. */
static bool sent_before(const struct web_connection *c, uint32_t seq)
{
    uint32_t behind = c->next_seq - seq;
    return behind > 0 && behind <= 65536;
}

enum status web_connections_request(struct web_connections *t, const struct observation *o,
                                    struct web_connection **ret)
{
    struct web_connection want = {
        .client = o->src, .server = o->dst, .client_port = o->src_port, .server_port = o->dst_port};
    uint32_t i = find(t, &want);
    *ret = NULL;
    bool pipelined = false;
    if (i == none) {
        TRY(make_room(t, &i));
        t->items[i] = want;
        link_in(t, i);
    } else if (sent_before(&t->items[i], o->seq)) {
        return ST_OK;
    } else {
        pipelined = t->items[i].reply_seq == o->ack; /* nothing was read since */
        take_out(t, i);
    }
    to_front(t, i);
    struct web_connection *c = &t->items[i];
    c->waiting = !pipelined;
    c->reply_seq = o->ack;
    c->next_seq = o->seq + o->payload_len;
    *ret = c;
    return ST_OK;
}

struct web_connection *web_connections_response(struct web_connections *t,
                                                const struct observation *o, bool interim)
{
    struct web_connection want = {
        .client = o->dst, .server = o->src, .client_port = o->dst_port, .server_port = o->src_port};
    uint32_t i = find(t, &want);
    if (i == none || !t->items[i].waiting || t->items[i].reply_seq != o->seq) {
        return NULL;
    }
    if (interim) {
        t->items[i].reply_seq += o->payload_len;
        return NULL;
    }
    t->items[i].waiting = false;
    return &t->items[i];
}
