/* fuzz/fuzz_packet.c - one frame of any link type: link type, then the frame.
 *
 * Properties: one observation at least and PACKET_OBS_MAX at most; payload
 * lies inside the frame; what the common path reads, the full one reads alike.
 */
#include <assert.h>
#include <stdlib.h>

#include "capture/link.h"
#include "capture/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(const uint8_t *p, size_t n, struct bytes whole)
{
    uintptr_t a = (uintptr_t)p;
    uintptr_t b = (uintptr_t)whole.data;
    return a >= b && n <= whole.len && a - b <= whole.len - n;
}

static void check_one(const struct observation *o, struct bytes frame, bool first)
{
    assert(o->type == OBS_PACKET && o->time_ns == 77 && o->pos == pos_make(2, 99));
    assert(((o->flags & OBS_INNER) == 0) == first);
    assert((o->payload == NULL) == (o->captured_len == 0) && o->captured_len <= o->payload_len);
    assert(o->payload == NULL || inside(o->payload, o->captured_len, frame));
    assert((o->flags & OBS_LATER) == 0 || (o->flags & (OBS_FRAGMENT | OBS_L4)) == OBS_FRAGMENT);
    if ((o->flags & OBS_V6) != 0) {
        assert(!addr_is_v4(&o->src) && !addr_is_v4(&o->dst));
    } else if (o->proto != PROTO_NOT_IP) {
        assert(addr_is_v4(&o->src) && addr_is_v4(&o->dst));
    }
}

static void check_common(const struct observation *a, const struct observation *b)
{
    assert(addr_equal(&a->src, &b->src) && addr_equal(&a->dst, &b->dst));
    assert(a->src_port == b->src_port && a->dst_port == b->dst_port && a->flags == b->flags);
    assert(a->proto == b->proto && a->tcp_flags == b->tcp_flags && a->icmp_code == b->icmp_code);
    assert(a->ttl == b->ttl && a->ip_id == b->ip_id && a->tcp_options == b->tcp_options);
    assert(a->seq == b->seq && a->ack == b->ack && a->window == b->window);
    assert(a->payload_len == b->payload_len && a->captured_len == b->captured_len);
    assert(a->payload == b->payload && a->frag_units == b->frag_units);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct obs_batch batch;
    if (size < 2) {
        return 0;
    }
    uint32_t linktype = load_le16(data);
    size_t n = size - 2 < LIMIT_FRAME_BYTES ? size - 2 : LIMIT_FRAME_BYTES;
    uint8_t *copy = malloc(n ? n : 1); /* of exact size: reads past it are seen */
    assert(copy != NULL);
    memcpy(copy, data + 2, n);
    struct packet_frame frame = {
        .data = bytes_of(copy, n),
        .linktype = linktype,
        .wire_len = (uint32_t)n,
        .time_ns = 77,
        .pos = pos_make(2, 99),
    };
    batch.n = OBS_BATCH_MAX - PACKET_OBS_MAX; /* the last place where it may begin */
    packet_decode(&frame, &batch);
    size_t first = OBS_BATCH_MAX - PACKET_OBS_MAX;
    assert(batch.n > first && batch.n <= OBS_BATCH_MAX);
    for (size_t i = first; i < batch.n; i++) {
        check_one(&batch.obs[i], frame.data, i == first);
    }
    struct observation o;
    if (linktype == 1 && packet_decode_common(copy, (uint32_t)n, n, &o)) {
        assert(batch.n == first + 1);
        check_common(&o, &batch.obs[first]);
    }
    free(copy);
    return 0;
}
