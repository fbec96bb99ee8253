/* capture/pcapng.c - the pcapng block loop.
 *
 * Every block: type, total length, body, total length again. A section header
 * sets the byte order and forgets the interfaces before it.
 */
#include "capture/pcapng.h"

#include <stdio.h>

#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "capture/link.h"
#include "capture/packet.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET_OLD = 2,
    BLOCK_SIMPLE = 3,
    BLOCK_ENHANCED = 6,
};

enum { OPTION_END = 0, OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14 };

#define BYTE_ORDER_MAGIC 0x1a2b3c4dU

bool capture_pcapng_sniff(struct bytes first)
{
    return first.len >= 12 && load_be32(first.data) == BLOCK_SECTION &&
           (load_be32(first.data + 8) == BYTE_ORDER_MAGIC ||
            load_le32(first.data + 8) == BYTE_ORDER_MAGIC);
}

void capture_pcapng_init(struct capture_pcapng *f, unsigned input)
{
    *f = (struct capture_pcapng){.input = input};
}

void capture_pcapng_fini(struct capture_pcapng *f)
{
    free(f->interfaces);
    *f = (struct capture_pcapng){0};
}

static void note(struct capture_pcapng *f, struct remark_list *remarks, enum remark_code code,
                 uint64_t offset, const char *text)
{
    struct remark r = {.code = code,
                       .input = f->input,
                       .offset = offset,
                       .partial = code != REMARK_LENGTHS && code != REMARK_TIME_INVALID};
    (void)snprintf(r.text, sizeof(r.text), "%s", text);
    remark_add(remarks, &r);
}

static void read_interface_options(struct capture_pcapng *f, struct pcapng_interface *i,
                                   struct cursor c)
{
    while (cursor_left(&c) >= 4) {
        uint16_t code = cursor_u16(&c, f->big);
        uint16_t len = cursor_u16(&c, f->big);
        struct bytes value = cursor_take(&c, len);
        size_t pad = (4 - len % 4) % 4;
        cursor_skip(&c, pad < cursor_left(&c) ? pad : cursor_left(&c));
        if (code == OPTION_END || c.failed) {
            return;
        }
        struct cursor v = cursor_of(value);
        if (code == OPTION_TSRESOL && len == 1) {
            i->tsresol = cursor_u8(&v);
        } else if (code == OPTION_TSOFFSET && len == 8) {
            i->offset_s = (int64_t)(f->big ? cursor_be64(&v) : cursor_le64(&v));
        }
    }
}

static enum status add_interface(struct capture_pcapng *f, struct cursor c,
                                 struct remark_list *remarks, uint64_t offset)
{
    struct pcapng_interface i = {.tsresol = 6};
    i.linktype = cursor_u16(&c, f->big);
    cursor_skip(&c, 2);
    i.snaplen = cursor_u32(&c, f->big);
    if (c.failed) {
        note(f, remarks, REMARK_SKIPPED, offset, "interface block too short");
        return ST_OK;
    }
    i.supported = link_supported(i.linktype);
    read_interface_options(f, &i, c);
    if (f->interfaces_n == LIMIT_INTERFACES) {
        note(f, remarks, REMARK_SKIPPED, offset, "more interfaces than the limit of 65536");
        return ST_OK;
    }
    if (f->interfaces_n == f->interfaces_cap) {
        size_t cap = f->interfaces_cap ? f->interfaces_cap * 2 : 4;
        struct pcapng_interface *p = realloc(f->interfaces, cap * sizeof(*p));
        if (p == NULL) {
            return ST_NOMEM;
        }
        f->interfaces = p;
        f->interfaces_cap = cap;
    }
    f->interfaces[f->interfaces_n++] = i;
    return ST_OK;
}

/* if_tsresol: the top bit says that the rest is a power of two, not of ten. */
static bool to_ns(const struct pcapng_interface *i, uint64_t ticks, int64_t *ret_ns)
{
    unsigned exponent = i->tsresol & 0x7f;
    int64_t ns;
    if ((i->tsresol & 0x80) != 0) {
        if (exponent > 63) {
            return false;
        }
        uint64_t fraction = exponent ? ticks & ((UINT64_C(1) << exponent) - 1) : 0;
        if (!time_from_parts(ticks >> exponent, fraction, UINT64_C(1) << exponent, &ns)) {
            return false;
        }
    } else {
        uint64_t per_second = 1;
        if (exponent > 19) {
            return false;
        }
        for (unsigned n = 0; n < exponent; n++) {
            per_second *= 10;
        }
        if (!time_from_parts(ticks / per_second, ticks % per_second, per_second, &ns)) {
            return false;
        }
    }
    int64_t offset_ns;
    return !__builtin_mul_overflow(i->offset_s, TIME_SECOND, &offset_ns) &&
           !__builtin_add_overflow(ns, offset_ns, ret_ns);
}

struct packet_block {
    uint32_t interface, cap_len, wire_len;
    uint64_t ticks;
    bool has_time;
    struct bytes data;
};

static bool read_packet(const struct capture_pcapng *f, uint32_t type, struct cursor c,
                        struct packet_block *ret)
{
    struct packet_block p = {.has_time = type != BLOCK_SIMPLE};
    if (type == BLOCK_SIMPLE) {
        p.wire_len = cursor_u32(&c, f->big);
        p.cap_len = p.wire_len;
        uint32_t snaplen = f->interfaces_n > 0 ? f->interfaces[0].snaplen : 0;
        if (snaplen > 0 && p.cap_len > snaplen) {
            p.cap_len = snaplen;
        }
        if (p.cap_len > cursor_left(&c)) {
            p.cap_len = (uint32_t)cursor_left(&c);
        }
    } else {
        if (type == BLOCK_PACKET_OLD) {
            p.interface = cursor_u16(&c, f->big);
            cursor_skip(&c, 2);
        } else {
            p.interface = cursor_u32(&c, f->big);
        }
        p.ticks = (uint64_t)cursor_u32(&c, f->big) << 32;
        p.ticks |= cursor_u32(&c, f->big);
        p.cap_len = cursor_u32(&c, f->big);
        p.wire_len = cursor_u32(&c, f->big);
    }
    if (p.cap_len > LIMIT_FRAME_BYTES) {
        return false;
    }
    p.data = cursor_take(&c, p.cap_len);
    *ret = p;
    return !c.failed;
}

static void decode_packet(struct capture_pcapng *f, uint32_t type, struct cursor body,
                          uint64_t offset, struct obs_batch *batch, struct remark_list *remarks)
{
    struct packet_block p;
    f->records++;
    if (!read_packet(f, type, body, &p)) {
        note(f, remarks, REMARK_SKIPPED, offset, "a packet block that is not as long as it says");
        return;
    }
    if (p.interface >= f->interfaces_n) {
        note(f, remarks, REMARK_SKIPPED, offset, "a packet of an interface that is not described");
        return;
    }
    const struct pcapng_interface *i = &f->interfaces[p.interface];
    if (!i->supported) {
        struct remark r = {.code = REMARK_LINK_UNSUPPORTED,
                           .input = f->input,
                           .offset = offset,
                           .value = i->linktype,
                           .partial = true};
        (void)snprintf(r.text, sizeof(r.text), "number %u", i->linktype);
        remark_add(remarks, &r);
        return;
    }
    int64_t ns = f->last_ns;
    if (!p.has_time) {
        note(f, remarks, REMARK_TIME_INVALID, offset, "no time: that of the packet before");
    } else if (!to_ns(i, p.ticks, &ns)) {
        note(f, remarks, REMARK_SKIPPED, offset, "a packet at a time out of range");
        return;
    }
    f->last_ns = ns;
    if (p.wire_len < p.cap_len) {
        note(f, remarks, REMARK_LENGTHS, offset, "captured length past the original length");
        p.wire_len = p.cap_len;
    }
    struct packet_frame frame = {
        .data = p.data,
        .linktype = i->linktype,
        .wire_len = p.wire_len,
        .time_ns = ns,
        .pos = pos_make(f->input, offset),
    };
    packet_decode(&frame, batch);
}

static bool is_read(uint32_t type)
{
    return type == BLOCK_SECTION || type == BLOCK_INTERFACE || type == BLOCK_ENHANCED ||
           type == BLOCK_SIMPLE || type == BLOCK_PACKET_OLD;
}

/* Type and length of the block at the front of w (12 bytes at least). */
static bool peek_block(struct capture_pcapng *f, struct bytes w, uint32_t *type, uint32_t *length)
{
    bool big = f->big;
    if (load_be32(w.data) == BLOCK_SECTION) { /* reads the same in both orders */
        uint32_t magic = load_be32(w.data + 8);
        if (magic != BYTE_ORDER_MAGIC && __builtin_bswap32(magic) != BYTE_ORDER_MAGIC) {
            return false;
        }
        big = magic == BYTE_ORDER_MAGIC;
    } else if (!f->in_section) {
        return false;
    }
    struct cursor c = cursor_of(w);
    *type = cursor_u32(&c, big);
    *length = cursor_u32(&c, big);
    if (*length < 12 || *length % 4 != 0) {
        return false;
    }
    f->big = big;
    return true;
}

static enum status stop_short(struct capture_pcapng *f, struct stream *s, enum status st,
                              struct remark_list *remarks)
{
    if (st == ST_NOMEM || st == ST_SYS) {
        return st;
    }
    size_t have = stream_window(s).len;
    f->done = true;
    if (have > 0 || st != ST_OK) {
        note(f, remarks, REMARK_CUT, stream_offset(s), stream_cut_text(s, "pcapng block"));
    }
    return ST_END;
}

static enum status use_block(struct capture_pcapng *f, uint32_t type, struct bytes block,
                             uint64_t offset, struct obs_batch *batch, struct remark_list *remarks)
{
    struct cursor body = cursor_of(bytes_of(block.data + 8, block.len - 12));
    struct cursor tail = cursor_of(bytes_of(block.data + block.len - 4, 4));
    if (cursor_u32(&tail, f->big) != block.len) {
        note(f, remarks, REMARK_LENGTHS, offset, "a block whose two lengths differ");
    }
    f->used_big = f->big;
    switch (type) {
    case BLOCK_SECTION:
        f->in_section = true;
        f->sections++;
        f->interfaces_n = 0;
        return ST_OK;
    case BLOCK_INTERFACE:
        return add_interface(f, body, remarks, offset);
    default:
        decode_packet(f, type, body, offset, batch, remarks);
        return ST_OK;
    }
}

/* Bring one whole block that is read into the window, stepping over others. */
static enum status find_block(struct capture_pcapng *f, struct stream *s, uint32_t *type,
                              uint32_t *length, struct remark_list *remarks, struct fault *why)
{
    for (;;) {
        enum status st = stream_fill(s, 12, why);
        if (stream_window(s).len < 12) {
            return stop_short(f, s, st, remarks);
        }
        if (!peek_block(f, stream_window(s), type, length)) {
            note(f, remarks, REMARK_BROKEN, stream_offset(s), "not a pcapng block");
            f->done = true;
            return ST_END;
        }
        bool whole = is_read(*type) && *length <= LIMIT_BLOCK_BYTES;
        if (whole) {
            st = stream_fill(s, *length, why);
            return stream_window(s).len >= *length ? ST_OK : stop_short(f, s, st, remarks);
        }
        if (is_read(*type)) {
            note(f, remarks, REMARK_SKIPPED, stream_offset(s), "a block past the limit of 1 MiB");
        }
        uint64_t skipped;
        st = stream_skip(s, *length, &skipped, why);
        if (skipped < *length) {
            return stop_short(f, s, st == ST_OK ? ST_SHORT : st, remarks);
        }
    }
}

enum status capture_pcapng_next(struct capture_pcapng *f, struct stream *s, struct obs_batch *batch,
                                struct remark_list *remarks, struct fault *why)
{
    batch->n = 0;
    while (!f->done && batch->n == 0) {
        uint32_t type, length;
        enum status st = find_block(f, s, &type, &length, remarks, why);
        if (st != ST_OK) {
            return st;
        }
        /* As many whole blocks as the window shows; it must not move now. */
        size_t used = 0;
        struct bytes w = stream_window(s);
        uint64_t base = stream_offset(s);
        while (st == ST_OK && batch->n + PACKET_OBS_MAX <= OBS_BATCH_MAX && w.len - used >= 12 &&
               peek_block(f, bytes_of(w.data + used, w.len - used), &type, &length) &&
               is_read(type) && length <= LIMIT_BLOCK_BYTES && length <= w.len - used &&
               (type != BLOCK_SECTION || batch->n == 0)) { /* a batch is of one section */
            st = use_block(f, type, bytes_of(w.data + used, length), base + used, batch, remarks);
            used += length;
        }
        stream_consume(s, used);
        TRY(st);
    }
    return batch->n > 0 ? ST_OK : ST_END;
}

bool capture_pcapng_frame(const struct capture_pcapng *f, struct bytes b, struct packet_frame *ret,
                          uint32_t *ret_interface)
{
    /* A section behind the batch may have been looked at already. */
    struct capture_pcapng then = *f;
    then.big = f->used_big;
    struct cursor c = cursor_of(b);
    uint32_t type = cursor_u32(&c, then.big);
    uint32_t length = cursor_u32(&c, then.big);
    struct packet_block p;
    if (c.failed || length < 12 || length > b.len) {
        return false;
    }
    struct cursor body = cursor_of(bytes_of(b.data + 8, length - 12));
    if (!read_packet(&then, type, body, &p) || p.interface >= f->interfaces_n) {
        return false;
    }
    *ret = (struct packet_frame){
        .data = p.data,
        .linktype = f->interfaces[p.interface].linktype,
        .wire_len = p.wire_len < p.cap_len ? p.cap_len : p.wire_len,
    };
    *ret_interface = p.interface;
    return true;
}
