/* cli/check_flows.c - the flow tables' reader and its parent. */
#include "cli/check_flows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/os/channel.h"
#include "base/os/file.h"
#include "base/os/process.h"
#include "capture/stream.h"
#include "cli/say.h"
#include "exchange/intake.h"

enum {
    SAYS_FAULT = 1, /* be32 file, u8 status, be64 offset, text: field */
    SAYS_BAD,       /* be32 file, be64 rows that could not be read, be64 line and text: the first */
    SAYS_FORMAT,    /* be32 file, text */
    SAYS_MATCHES,
    SAYS_COVER, /* be32 file, and what it covers; after the last one it is done */
    MESSAGE_MAX_BYTES = 4 << 20
};

struct flows_reader {
    const struct check_flows_job *job;
    const int *fds;
    int channel;
    struct buf message;
};

/* --- in the cage ------------------------------------------------------------------------------ */

static enum status tell(struct flows_reader *f, uint8_t what)
{
    TRY(f->message.failed);
    enum status st = channel_send(f->channel, what, buf_bytes(&f->message), NULL);
    buf_clear(&f->message);
    return st;
}

/* The next line; ST_END: there is none. *ret_len is its length with its end. */
static enum status next_line(struct stream *s, struct bytes *ret, size_t *ret_len,
                             struct fault *why)
{
    TRY(stream_fill(s, LIMIT_LINE_BYTES + 1, why));
    struct bytes w = stream_window(s);
    const uint8_t *end = w.len > 0 ? memchr(w.data, '\n', w.len) : NULL;
    size_t n = end != NULL ? (size_t)(end - w.data) : w.len;
    if (w.len == 0) {
        return ST_END;
    }
    if (n > LIMIT_LINE_BYTES) {
        return fault_limit(why, stream_offset(s), "line", LIMIT_LINE_BYTES);
    }
    *ret = bytes_of(w.data, n);
    *ret_len = n + (end != NULL);
    return ST_OK;
}

/* Rows that could not be read. */
struct bad_rows {
    uint64_t n, line; /* of the first, from 1 */
    const char *column;
};

static enum status read_rows(struct flows_reader *f, unsigned i, struct stream *s,
                             struct claim_flow_table *t, struct bad_rows *bad, struct fault *why)
{
    for (uint64_t number = 1;; number++) {
        struct bytes line;
        size_t used;
        struct claim_flow flow;
        enum claim_flow_line what;
        enum status st = next_line(s, &line, &used, why);
        if (st != ST_OK) {
            return st == ST_END ? ST_OK : st;
        }
        uint64_t at = stream_offset(s);
        st = claim_flow_read(t, line, &what, &flow, why);
        if (st != ST_OK) {
            if (why->offset == 0) {
                why->offset = at;
            }
            return st;
        }
        if (what == CLAIM_FLOW_BAD && bad->n++ == 0) {
            bad->line = number;
            bad->column = why->field;
        }
        if (what == CLAIM_FLOW_ROW) {
            flow.pos = pos_make(i, at);
            claim_matcher_flow(f->job->matcher, &flow);
        }
        stream_consume(s, used);
    }
}

static enum status read_file(struct flows_reader *f, unsigned i)
{
    CLEANUP(stream_freep) struct stream *s = NULL;
    CLEANUP(claim_flow_table_freep) struct claim_flow_table *t = NULL;
    struct fault why = {0};
    struct bad_rows bad = {.column = ""};
    TRY(claim_flow_table_new(&f->job->clock, &t));
    enum status st = stream_open(f->fds[i], process_stop_flag(), &s, &why);
    st = st != ST_OK ? st : read_rows(f, i, s, t, &bad, &why);
    if (st == ST_OK && claim_flow_format(t)[0] == '\0') {
        st = fault_at(&why, ST_MALFORMED, 0, "format");
    }
    if (st == ST_NOMEM) {
        return st;
    }
    if (st != ST_OK) {
        buf_be32(&f->message, i);
        buf_byte(&f->message, (uint8_t)st);
        buf_be64(&f->message, why.offset);
        buf_str(&f->message, why.field != NULL ? why.field : "flows");
        TRY(tell(f, SAYS_FAULT));
    }
    buf_be32(&f->message, i);
    buf_be64(&f->message, bad.n);
    buf_be64(&f->message, bad.line);
    buf_str(&f->message, bad.column);
    TRY(tell(f, SAYS_BAD));
    buf_be32(&f->message, i);
    buf_str(&f->message, claim_flow_format(t));
    return tell(f, SAYS_FORMAT);
}

static enum status run(struct flows_reader *f)
{
    for (size_t i = 0; i < f->job->n; i++) {
        if (f->fds[i] >= 0) {
            TRY(read_file(f, (unsigned)i));
        }
    }
    claim_matcher_finish(f->job->matcher);
    claim_matches_put(&f->message, f->job->matcher);
    TRY(tell(f, SAYS_MATCHES));
    for (size_t i = 0; i < f->job->n; i++) {
        buf_be32(&f->message, (uint32_t)i);
        claim_cover_put(&f->message, f->job->matcher, i);
        TRY(tell(f, SAYS_COVER));
    }
    return ST_OK;
}

static int flows_child(void *ctx, int channel, const struct cage_report *cage)
{
    (void)cage; /* what is not in force is told by the reader of captures */
    struct flows_reader *f = ctx;
    f->channel = channel;
    f->message = BUF_INIT(MESSAGE_MAX_BYTES);
    enum status st = run(f);
    buf_fini(&f->message);
    return st == ST_OK ? 0 : 2;
}

/* --- its parent ------------------------------------------------------------------------------- */

struct listening {
    const struct check_flows_job *job;
    struct claim_match *matches;
    struct claim_cover *covers;
    struct view_input *inputs;
    size_t covered;
    bool *partial;
};

static void say_wrong(const struct listening *l, size_t i, struct cursor *in)
{
    enum status st = (enum status)cursor_u8(in);
    struct fault why = {.offset = cursor_be64(in)};
    char field[64] = "";
    struct bytes text = cursor_rest(in);
    size_t n = text.len < sizeof(field) - 1 ? text.len : sizeof(field) - 1;
    memcpy(field, text.data, n);
    why.field = field;
    *l->partial = true;
    if (strcmp(field, "format") == 0) {
        say("%s: not flows that are read here: Zeek's conn.log with its header or as JSON, or a "
            "table with a header line as nfdump (-o csv) and SiLK write it",
            l->job->names[i]);
    } else if (strcmp(field, "time zone") == 0) {
        say("%s: its times have no zone: which is theirs, say with --flows-zone", l->job->names[i]);
    } else {
        say_fault(l->job->names[i], st, &why);
    }
}

/* "flows.csv: line 4: packets: cannot be read; the row was left out". */
static bool say_bad(const char *name, struct cursor *in)
{
    uint64_t n = cursor_be64(in);
    uint64_t line = cursor_be64(in);
    struct bytes column = cursor_rest(in);
    if (n > 0 && !in->failed && text_is_words(column, " ")) {
        say("%s: line %" PRIu64 ": %.*s: could not be read; %s", name, line, (int)column.len,
            (const char *)column.data,
            n == 1 ? "this row was left out" : "this row and others were left out");
    }
    if (n > 1) {
        say("%s: %" PRIu64 " rows could not be read", name, n);
    }
    return n > 0;
}

static enum status take_file(struct listening *l, uint8_t type, struct cursor *in)
{
    static const char *const formats[] = {"connections of Zeek", "flows (table)"};
    size_t i = cursor_be32(in);
    if (in->failed || i >= l->job->n) {
        return ST_MALFORMED;
    }
    if (type == SAYS_FAULT) {
        say_wrong(l, i, in);
    } else if (type == SAYS_BAD) {
        *l->partial |= say_bad(l->job->names[i], in);
    } else if (type == SAYS_FORMAT) {
        struct bytes text = cursor_rest(in);
        for (size_t k = 0; k < ARRAY_LEN(formats); k++) {
            bool is = bytes_equal(text, bytes_of(formats[k], strlen(formats[k])));
            l->inputs[i].format = is ? formats[k] : l->inputs[i].format;
        }
    } else {
        TRY(claim_cover_get(in, &l->covers[i]));
        l->inputs[i].records = l->covers[i].records;
        l->covered++;
    }
    return ST_OK;
}

static bool listen_to(struct listening *l, int fd)
{
    CLEANUP(buf_fini) struct buf message = BUF_INIT(MESSAGE_MAX_BYTES);
    enum status st = ST_OK;
    while (st == ST_OK && l->covered < l->job->n) {
        uint8_t type;
        st = channel_receive(fd, &type, &message, NULL);
        if (st == ST_OK) {
            struct cursor in = cursor_of(buf_bytes(&message));
            st = type == SAYS_MATCHES ? claim_matches_get(&in, l->matches, l->job->claim_n)
                                      : take_file(l, type, &in);
        }
    }
    if (st != ST_OK) {
        say("the reader of flows ended before it was done");
    }
    return st == ST_OK;
}

bool check_flows_read(const struct check_flows_job *job, struct claim_match *ret_matches,
                      struct claim_cover *ret_covers, struct view_input *ret_inputs, bool *partial)
{
    CLEANUP(free_ptr) int *fds = calloc(job->n + 1, sizeof(*fds));
    CLEANUP(free_ptr) int *keep = calloc(job->n + 1, sizeof(*keep));
    struct fault why = {0};
    if (fds == NULL || keep == NULL) {
        say("not enough memory");
        return false;
    }
    struct process_options opt = {.name = "flows' reader", .cage = CAGE_READER, .keep = keep};
    for (size_t i = 0; i < job->n; i++) {
        struct file_input in = {.fd = -1};
        enum status st = file_input_open(job->names[i], &in, &why);
        fds[i] = in.fd;
        ret_inputs[i] = (struct view_input){.name = job->names[i], .format = ""};
        if (st != ST_OK) {
            say_fault(job->names[i], st, &why);
            *partial = true;
        } else {
            keep[opt.n_keep++] = in.fd;
        }
    }
    struct flows_reader flows = {.job = job, .fds = fds};
    struct listening l = {.job = job,
                          .matches = ret_matches,
                          .covers = ret_covers,
                          .inputs = ret_inputs,
                          .partial = partial};
    CLEANUP(process_freep) struct process *child = NULL;
    intake_begin();
    enum status st = process_start(&opt, flows_child, &flows, &child, &why);
    if (st != ST_OK) {
        say_fault("flows", st, &why);
    }
    bool good = st == ST_OK && listen_to(&l, process_channel(child));
    for (size_t i = 0; i < job->n; i++) {
        struct file_input in = {.fd = fds[i]};
        file_input_close(&in);
    }
    return good;
}
