/* capture/input.c - choosing a reader by content. */
#include "capture/input.h"

#include <stdio.h>

#include "base/core/limits.h"
#include "base/core/timefmt.h"
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
    TRY(stream_open(fd, opt->stop, &in->stream, why));
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
