/* capture/savefile.c - the pcap record loop.
 *
 * draft-ietf-opsawg-pcap: file header magic, version, two unused fields, snap
 * length, link type; record header seconds, fraction, captured and original
 * length. This loop is hot: it reads fields at fixed places of a header whose
 * presence was checked once, instead of going through a cursor.
 */
#include "capture/savefile.h"

#include <stdio.h>

#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "capture/link.h"
#include "capture/packet.h"

enum { FILE_HEADER = 24, RECORD_HEADER = 16 };

#define MAGIC_MICRO   0xa1b2c3d4U
#define MAGIC_NANO    0xa1b23c4dU
#define MAGIC_PATCHED 0xa1b2cd34U

static bool known_magic(uint32_t m)
{
    return m == MAGIC_MICRO || m == MAGIC_NANO || m == MAGIC_PATCHED;
}

bool capture_savefile_sniff(struct bytes first)
{
    return first.len >= 4 &&
           (known_magic(load_le32(first.data)) || known_magic(load_be32(first.data)));
}

enum status capture_savefile_begin(struct capture_savefile *f, struct stream *s, unsigned input,
                                   struct fault *why)
{
    enum status st = stream_fill(s, FILE_HEADER, why);
    struct bytes w = stream_window(s);
    if (w.len < FILE_HEADER) {
        return st != ST_OK ? st : fault_at(why, ST_SHORT, w.len, "pcap file header");
    }
    struct cursor c = cursor_of(w);
    uint32_t magic = cursor_le32(&c);
    *f = (struct capture_savefile){.input = input, .big = !known_magic(magic)};
    if (f->big) {
        magic = __builtin_bswap32(magic);
    }
    f->per_second = magic == MAGIC_NANO ? 1000000000 : 1000000;
    f->extra = magic == MAGIC_PATCHED ? 8 : 0;
    uint16_t major = cursor_u16(&c, f->big);
    cursor_skip(&c, 2 + 8 + 4);
    uint32_t linktype = cursor_u32(&c, f->big);
    if (major != 2) {
        return fault_at(why, ST_MALFORMED, 4, "pcap version");
    }
    /* The upper bits may hold the length of frame check sequences; ten bits
     * below them are reserved and zero. */
    if ((linktype & 0x03ff0000) != 0) {
        return fault_at(why, ST_MALFORMED, 20, "link type");
    }
    f->linktype = linktype & 0xffff;
    f->supported = link_supported(f->linktype);
    stream_consume(s, FILE_HEADER);
    return ST_OK;
}

struct record_header {
    uint32_t seconds, fraction, cap_len, wire_len;
};

static inline struct record_header read_header(const uint8_t *p, bool big)
{
    if (big) {
        return (struct record_header){load_be32(p), load_be32(p + 4), load_be32(p + 8),
                                      load_be32(p + 12)};
    }
    return (struct record_header){load_le32(p), load_le32(p + 4), load_le32(p + 8),
                                  load_le32(p + 12)};
}

/* The next record is not whole in the window: get more, or say why not. */
static enum status more(struct capture_savefile *f, struct stream *s, size_t want,
                        struct remark_list *remarks, struct fault *why)
{
    enum status st = stream_fill(s, want, why);
    size_t have = stream_window(s).len;
    if (have >= want || st == ST_NOMEM || st == ST_SYS) {
        return have >= want ? ST_OK : st;
    }
    if (have > 0 || st != ST_OK) {
        struct remark r = {.code = REMARK_CUT,
                           .input = f->input,
                           .offset = stream_offset(s),
                           .value = have,
                           .partial = true};
        (void)snprintf(r.text, sizeof(r.text), "%s", stream_cut_text(s, "pcap record"));
        remark_add(remarks, &r);
        stream_consume(s, have);
    }
    return ST_END;
}

static void refuse(struct capture_savefile *f, struct stream *s, struct remark_list *remarks,
                   uint32_t cap_len)
{
    struct remark r = {.code = REMARK_BROKEN,
                       .input = f->input,
                       .offset = stream_offset(s),
                       .value = cap_len,
                       .partial = true};
    (void)snprintf(r.text, sizeof(r.text), "captured length %u is past the limit of %u", cap_len,
                   (unsigned)LIMIT_FRAME_BYTES);
    remark_add(remarks, &r);
    f->done = true; /* there is no next record to find */
}

static void note_odd(struct capture_savefile *f, uint64_t offset, enum remark_code code,
                     struct remark_list *remarks)
{
    struct remark r = {.code = code, .input = f->input, .offset = offset};
    (void)snprintf(r.text, sizeof(r.text), "%s",
                   code == REMARK_TIME_INVALID ? "a fraction of a whole second or more"
                                               : "captured length past the original length");
    remark_add(remarks, &r);
}

static void note_link(struct capture_savefile *f, uint64_t offset, struct remark_list *remarks)
{
    struct remark r = {.code = REMARK_LINK_UNSUPPORTED,
                       .input = f->input,
                       .offset = offset,
                       .value = f->linktype,
                       .partial = true};
    (void)snprintf(r.text, sizeof(r.text), "number %u", f->linktype);
    remark_add(remarks, &r);
}

static void decode_record(struct capture_savefile *f, struct bytes data, uint32_t wire_len,
                          int64_t time_ns, uint64_t offset, struct obs_batch *batch)
{
    struct packet_frame frame = {
        .data = data,
        .linktype = f->linktype,
        .wire_len = wire_len,
        .time_ns = time_ns,
        .pos = pos_make(f->input, offset),
    };
    packet_decode(&frame, batch);
}

/* Records that lie whole in the window, until the batch is full. How many
 * bytes were used; *want is what the next record needs, *stop that nothing can
 * follow. Hot: once for each byte order. */
static inline __attribute__((always_inline)) size_t
read_records(struct capture_savefile *f, struct bytes w, uint64_t base, struct obs_batch *batch,
             struct remark_list *remarks, bool big, size_t *want, bool *stop)
{
    const size_t header = RECORD_HEADER + f->extra;
    const uint32_t per_second = f->per_second;
    const uint64_t unit_ns = 1000000000U / per_second;
    const bool common = f->linktype == 1;
    const uint64_t pos = pos_make(f->input, base);
    const struct observation *last = &batch->obs[OBS_BATCH_MAX - PACKET_OBS_MAX];
    struct observation *o = &batch->obs[batch->n];
    size_t at = 0;
    uint64_t records = 0;
    *want = header;
    while (o <= last && w.len - at >= header) {
        struct record_header h = read_header(w.data + at, big);
        if (__builtin_expect(h.cap_len > LIMIT_FRAME_BYTES, 0)) {
            *stop = true;
            break;
        }
        *want = header + h.cap_len;
        if (w.len - at < *want) {
            break;
        }
        const uint8_t *data = w.data + at + header;
        __builtin_prefetch(data + h.cap_len + 192); /* the record after next */
        if (__builtin_expect(h.fraction >= per_second || h.wire_len < h.cap_len, 0)) {
            note_odd(f, base + at, h.fraction >= per_second ? REMARK_TIME_INVALID : REMARK_LENGTHS,
                     remarks);
            h.wire_len = h.wire_len < h.cap_len ? h.cap_len : h.wire_len;
        }
        /* At most 2^32 + 4295 seconds: fits. */
        int64_t time_ns = (int64_t)((uint64_t)h.seconds * 1000000000U + h.fraction * unit_ns);
        records++;
        if (__builtin_expect(
                common && packet_decode_common(data, h.cap_len, w.len - at - header, o), 1)) {
            o->time_ns = time_ns;
            o->pos = pos + at;
            o->wire_len = h.wire_len;
            o++;
        } else if (f->supported) {
            batch->n = (size_t)(o - batch->obs);
            decode_record(f, bytes_of(data, h.cap_len), h.wire_len, time_ns, base + at, batch);
            o = &batch->obs[batch->n];
        } else {
            note_link(f, base + at, remarks);
        }
        at += *want;
        *want = header;
    }
    f->records += records;
    batch->n = (size_t)(o - batch->obs);
    return at;
}

static size_t read_window(struct capture_savefile *f, struct bytes w, uint64_t base,
                          struct obs_batch *batch, struct remark_list *remarks, size_t *want,
                          bool *stop)
{
    return f->big ? read_records(f, w, base, batch, remarks, true, want, stop)
                  : read_records(f, w, base, batch, remarks, false, want, stop);
}

enum status capture_savefile_next(struct capture_savefile *f, struct stream *s,
                                  struct obs_batch *batch, struct remark_list *remarks,
                                  struct fault *why)
{
    batch->n = 0;
    while (!f->done) {
        size_t want;
        bool stop = false;
        size_t used =
            read_window(f, stream_window(s), stream_offset(s), batch, remarks, &want, &stop);
        stream_consume(s, used);
        if (batch->n > 0) {
            return ST_OK; /* the window must not move while the batch borrows from it */
        }
        if (stop) {
            refuse(f, s, remarks, read_header(stream_window(s).data, f->big).cap_len);
            return ST_END;
        }
        enum status st = more(f, s, want, remarks, why);
        if (st != ST_OK) {
            return st;
        }
    }
    return ST_END;
}

bool capture_savefile_frame(const struct capture_savefile *f, struct bytes b,
                            struct packet_frame *ret)
{
    const size_t header = RECORD_HEADER + f->extra;
    if (b.len < header) {
        return false;
    }
    struct record_header h = read_header(b.data, f->big);
    if (h.cap_len > b.len - header) {
        return false;
    }
    *ret = (struct packet_frame){
        .data = bytes_of(b.data + header, h.cap_len),
        .linktype = f->linktype,
        .wire_len = h.wire_len < h.cap_len ? h.cap_len : h.wire_len,
    };
    return true;
}
