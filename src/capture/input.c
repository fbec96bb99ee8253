/* capture/input.c - choosing a reader by content. */
#include "capture/input.h"

#include <stdio.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "capture/packet.h"
#include "capture/pcapng.h"
#include "capture/savefile.h"
#include "capture/stream.h"
#include "capture/textlog.h"

enum reader { READER_EMPTY, READER_SAVEFILE, READER_PCAPNG, READER_TEXTLOG };

enum { SNIFF_BYTES = 65536 };

struct capture_input {
    unsigned index;
    enum reader reader;
    struct stream *stream;
    struct capture_savefile savefile;
    struct capture_pcapng pcapng;
    struct textlog *textlog;
    char format[48];
    bool has_time;
    int64_t last_ns; /* of the observation before */
    struct remark_list remarks;
};

/* Clocks are set, and packets of several interfaces are written a little out
 * of order: a second is let pass. */
enum { BACKWARDS_NS = 1000000000 };

static void input_freep(struct capture_input **in)
{
    capture_input_free(*in);
}

static void set_format(struct capture_input *in, const char *name)
{
    static const char *const coding[] = {
        [STREAM_PLAIN] = "", [STREAM_GZIP] = " (gzip)", [STREAM_ZSTD] = " (zstd)"};
    (void)snprintf(in->format, sizeof(in->format), "%s%s", name, coding[stream_coding(in->stream)]);
}

/* Compressed data that is damaged or cut before anything could be had of it. */
static enum status nothing_whole(struct capture_input *in, enum status st)
{
    struct remark r = {
        .code = st == ST_SHORT ? REMARK_CUT : REMARK_BROKEN, .input = in->index, .partial = true};
    (void)snprintf(r.text, sizeof(r.text), "%s", stream_cut_text(in->stream, ""));
    remark_add(&in->remarks, &r);
    return ST_OK;
}

static enum status choose(struct capture_input *in, const struct capture_options *opt,
                          struct fault *why)
{
    enum status st = stream_fill(in->stream, SNIFF_BYTES, why);
    struct bytes w = stream_window(in->stream);
    if (w.len == 0) {
        set_format(in, "empty");
        return st == ST_SHORT || st == ST_MALFORMED ? nothing_whole(in, st) : st;
    }
    if (capture_savefile_sniff(w)) {
        TRY(capture_savefile_begin(&in->savefile, in->stream, in->index, why));
        in->reader = READER_SAVEFILE;
        set_format(in, "pcap");
        return ST_OK;
    }
    if (capture_pcapng_sniff(w)) {
        capture_pcapng_init(&in->pcapng, in->index);
        in->reader = READER_PCAPNG;
        set_format(in, "pcapng");
        return ST_OK;
    }
    const char *log = textlog_sniff(w);
    if (log == NULL) {
        return fault_at(why, ST_MALFORMED, 0, "format");
    }
    TRY(textlog_open(in->index, opt->now_ns, &in->textlog));
    in->reader = READER_TEXTLOG;
    set_format(in, log);
    return ST_OK;
}

enum status capture_input_open(int fd, unsigned index, const struct capture_options *opt,
                               struct capture_input **ret, struct fault *why)
{
    CLEANUP(input_freep) struct capture_input *in = calloc(1, sizeof(*in));
    if (in == NULL) {
        return ST_NOMEM;
    }
    in->index = index;
    TRY(stream_open_tapped(fd, opt->stop, opt->tap, &in->stream, why));
    if (opt->expansion != 0) {
        stream_limit_expansion(in->stream, opt->expansion, LIMIT_EXPANSION_FREE);
    }
    TRY(choose(in, opt, why));
    *ret = TAKE(in);
    return ST_OK;
}

void capture_input_free(struct capture_input *in)
{
    if (in == NULL) {
        return;
    }
    capture_pcapng_fini(&in->pcapng);
    textlog_free(in->textlog);
    stream_free(in->stream);
    free(in);
}

static enum status read_batch(struct capture_input *in, struct obs_batch *batch, struct fault *why)
{
    switch (in->reader) {
    case READER_SAVEFILE:
        return capture_savefile_next(&in->savefile, in->stream, batch, &in->remarks, why);
    case READER_PCAPNG:
        return capture_pcapng_next(&in->pcapng, in->stream, batch, &in->remarks, why);
    case READER_TEXTLOG:
        return textlog_next(in->textlog, in->stream, batch, &in->remarks, why);
    default:
        batch->n = 0;
        return ST_END;
    }
}

/* Observations stay in the order of the input, whatever their times. */
static void look_for_backwards(struct capture_input *in, const struct obs_batch *batch)
{
    int64_t last = in->has_time ? in->last_ns : batch->obs[0].time_ns;
    for (size_t i = 0; i < batch->n; i++) {
        int64_t t = batch->obs[i].time_ns;
        if (__builtin_expect(t < last && time_abs_diff(t, last) > BACKWARDS_NS, 0)) {
            struct remark r = {.code = REMARK_TIME_BACKWARDS,
                               .input = in->index,
                               .offset = pos_offset(batch->obs[i].pos)};
            remark_add(&in->remarks, &r);
        }
        last = t;
    }
    in->last_ns = last;
    in->has_time = true;
}

enum status capture_input_next(struct capture_input *in, struct obs_batch *batch, struct fault *why)
{
    TRY(read_batch(in, batch, why));
    if (in->reader != READER_TEXTLOG) { /* which looks itself: lines without years */
        look_for_backwards(in, batch);
    }
    return ST_OK;
}

/* --- extras --------------------------------------------------------------------- */

/* The frame that stands at an offset; false when it does not. */
static bool frame_at(const struct capture_input *in, uint64_t offset, struct packet_frame *ret,
                     uint32_t *ret_ifindex)
{
    struct bytes b = stream_behind(in->stream, offset);
    *ret_ifindex = 0;
    return in->reader == READER_PCAPNG ? capture_pcapng_frame(&in->pcapng, b, ret, ret_ifindex)
                                       : capture_savefile_frame(&in->savefile, b, ret);
}

/* Hot: what most frames are, Ethernet and IPv4 without options. */
static bool note_common(const struct packet_frame *f, struct capture_extra *x)
{
    enum { IP = 14, TCP = 34, OPTIONS = 54 };
    const uint8_t *p = f->data.data;
    size_t n = f->data.len;
    struct observation o;
    if (f->linktype != 1 || n > UINT32_MAX || !packet_decode_common(p, (uint32_t)n, n, &o)) {
        return false;
    }
    size_t end = IP + 20 + (size_t)(p[TCP + 12] >> 4) * 4;
    if (o.proto == PROTO_TCP && end > OPTIONS) {
        x->tcp_options = bytes_of(p + OPTIONS, (n < end ? n : end) - OPTIONS);
    }
    return true;
}

/* Those of one frame: its own observation, and of each packet inside. */
static void packet_extras(const struct capture_input *in, const struct observation *o, size_t n,
                          struct capture_extra *ret)
{
    struct packet_note notes[PACKET_OBS_MAX];
    struct packet_frame frame;
    uint32_t ifindex;
    if (!frame_at(in, pos_offset(o->pos), &frame, &ifindex)) {
        return;
    }
    bool common = n == 1 && note_common(&frame, ret);
    size_t noted = common ? 0 : packet_note(&frame, notes);
    for (size_t i = 0; i < n; i++) {
        ret[i].ifindex = ifindex;
        if (!common && i < noted) {
            ret[i].ip_options = notes[i].ip_options;
            ret[i].tcp_options = notes[i].tcp_options;
            ret[i].vlan = notes[i].vlan;
        }
    }
}

enum status capture_input_extras(struct capture_input *in, const struct obs_batch *batch,
                                 struct capture_extra ret[OBS_BATCH_MAX])
{
    memset(ret, 0, batch->n * sizeof(*ret));
    if (in->reader == READER_TEXTLOG) {
        for (size_t i = 0; i < batch->n; i++) {
            TRY(textlog_line(in->textlog, in->stream, batch, i, &ret[i].line));
        }
        return ST_OK;
    }
    for (size_t i = 0, n; i < batch->n; i += n) {
        n = 1;
        while (i + n < batch->n && n < PACKET_OBS_MAX &&
               batch->obs[i + n].pos == batch->obs[i].pos) {
            n++;
        }
        packet_extras(in, &batch->obs[i], n, &ret[i]);
    }
    return ST_OK;
}

const char *capture_input_format(const struct capture_input *in)
{
    return in->format;
}

struct remark_list *capture_input_remarks(struct capture_input *in)
{
    return &in->remarks;
}

uint64_t capture_input_raw_offset(const struct capture_input *in)
{
    return stream_raw_offset(in->stream);
}

uint64_t capture_input_records(const struct capture_input *in)
{
    switch (in->reader) {
    case READER_SAVEFILE:
        return in->savefile.records;
    case READER_PCAPNG:
        return in->pcapng.records;
    case READER_TEXTLOG:
        return textlog_lines(in->textlog);
    default:
        return 0;
    }
}

bool capture_input_is_log(const struct capture_input *in)
{
    return in->reader == READER_TEXTLOG;
}
