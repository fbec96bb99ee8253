/* detect/pieces.c - remembering first pieces until the second one comes. */
#include "detect/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/timefmt.h"

/* Of a TCP header: ports and sequence number, then up to the flags. */
enum { FIRST_BYTES = 8, SECOND_BYTES = 6 };
/* RFC 1122, 3.3.2: a datagram is put together within 60 to 120 seconds. */
#define WAIT (60 * TIME_SECOND)

struct piece {
    bool waiting;
    struct addr src, dst;
    uint16_t ip_id;
    int64_t time_ns;
    uint8_t first[FIRST_BYTES];
};

struct pieces {
    struct piece ring[LIMIT_PIECES]; /* in the order in which they came */
    size_t next;
    size_t waiting;
    struct obs_batch *joined;
};

enum status pieces_new(struct pieces **ret)
{
    struct pieces *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return ST_NOMEM;
    }
    *ret = p;
    return ST_OK;
}

void pieces_free(struct pieces *p)
{
    if (p != NULL) {
        free(p->joined);
        free(p);
    }
}

static void remember(struct pieces *p, const struct observation *o)
{
    struct piece *one = &p->ring[p->next];
    p->next = (p->next + 1) % LIMIT_PIECES;
    p->waiting += !one->waiting;
    *one = (struct piece){
        .waiting = true, .src = o->src, .dst = o->dst, .ip_id = o->ip_id, .time_ns = o->time_ns};
    memcpy(one->first, o->payload, FIRST_BYTES);
}

/* RFC 791, 2.3: what has one source, destination, protocol and number. The
 * latest first: a number may come again. */
static struct piece *find(struct pieces *p, const struct observation *o)
{
    for (size_t i = 1; i <= LIMIT_PIECES && p->waiting > 0; i++) {
        struct piece *one = &p->ring[(p->next + LIMIT_PIECES - i) % LIMIT_PIECES];
        if (one->waiting && one->ip_id == o->ip_id && addr_equal(&one->src, &o->src) &&
            addr_equal(&one->dst, &o->dst) && time_abs_diff(one->time_ns, o->time_ns) <= WAIT) {
            return one;
        }
    }
    return NULL;
}

static void complete(struct observation *o, const struct piece *first)
{
    const uint8_t *second = o->payload;
    o->src_port = load_be16(first->first);
    o->dst_port = load_be16(first->first + 2);
    o->seq = load_be32(first->first + 4);
    o->ack = load_be32(second);
    o->icmp_code = second[4] >> 4;
    o->tcp_flags = second[5];
    o->window = o->captured_len >= SECOND_BYTES + 2 ? load_be16(second + SECOND_BYTES) : 0;
    o->flags |= OBS_L4;
    o->payload = NULL; /* it was header */
    o->payload_len = 0;
    o->captured_len = 0;
}

static enum status join(struct pieces *p, const struct obs_batch *batch, size_t i,
                        const struct obs_batch **ret)
{
    struct piece *first = find(p, &batch->obs[i]);
    if (first == NULL) {
        return ST_OK;
    }
    if (*ret == batch) {
        p->joined = p->joined != NULL ? p->joined : malloc(sizeof(*p->joined));
        if (p->joined == NULL) {
            return ST_NOMEM;
        }
        p->joined->n = batch->n; /* quotes stay where they are: they are pointed to */
        memcpy(p->joined->obs, batch->obs, batch->n * sizeof(batch->obs[0]));
        *ret = p->joined;
    }
    complete(&p->joined->obs[i], first);
    first->waiting = false;
    p->waiting--;
    return ST_OK;
}

enum status pieces_join(struct pieces *p, const struct obs_batch *batch,
                        const struct obs_batch **ret)
{
    *ret = batch;
    for (size_t i = 0; i < batch->n; i++) {
        const struct observation *o = &batch->obs[i];
        bool part = (o->flags & (OBS_FRAGMENT | OBS_L4 | OBS_V6 | OBS_INNER)) == OBS_FRAGMENT;
        if (o->type != OBS_PACKET || o->proto != PROTO_TCP || !part) {
            continue;
        }
        if (o->frag_units == 0 && o->payload_len == FIRST_BYTES && o->captured_len == FIRST_BYTES) {
            remember(p, o);
        } else if (o->frag_units == 1 && o->captured_len >= SECOND_BYTES) {
            TRY(join(p, batch, i, ret));
        }
    }
    return ST_OK;
}
