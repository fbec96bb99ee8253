/* capture/textlog.c - finding the lines, and making batches of them. */
#include "capture/textlog.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "capture/log_journal.h"
#include "capture/log_line.h"

enum {
    ROOM_BYTES = 2 * LIMIT_LINE_BYTES, /* any line fits an empty one */
    REPEAT_BYTES = 512,                /* text of the line before */
    /* All entries of a batch in JSON: "255," for each byte of a message at worst. */
    ENTRIES_BYTES = 4 * ROOM_BYTES + OBS_BATCH_MAX * (4 * LOG_HOST_MAX + 256),
};

/* A step back in time that is worth a remark. Web servers write a request's
 * line when it ends, with the time when it began. */
#define BACK_SSH (1 * TIME_SECOND)
#define BACK_WEB (5 * TIME_MINUTE)

/* The line before, for "last message repeated": BSD's syslogd. */
struct previous {
    bool is; /* the line before became an observation */
    struct observation obs;
    struct obs_log log;
    uint8_t text[REPEAT_BYTES];
};

struct textlog {
    unsigned input;
    struct log_reader reader;
    struct textlog_counts counts;
    size_t scanned; /* bytes of the window without a line end */
    bool in_long;   /* passing over a long line */
    bool in_export; /* of the journal */
    bool ended;
    int64_t last_ns;
    bool zone_noted;
    int year_noted;
    struct previous previous;
    struct log_export export_entry;
    uint8_t room[ROOM_BYTES];
    struct bytes message[OBS_BATCH_MAX]; /* of a journal's entry; else no data */
    struct buf entries;                  /* written out again, for textlog_line */
};

/* What to do next. */
enum step {
    STEP_MORE,   /* the window is used up */
    STEP_FULL,   /* hand out the batch */
    STEP_SWITCH, /* between lines and a journal's export */
};

/* Where a batch is made, and what of. */
struct work {
    struct stream *s;
    struct obs_batch *batch;
    struct remark_list *remarks;
};

const char *textlog_sniff(struct bytes first)
{
    return log_line_sniff(first);
}

enum status textlog_open(unsigned input, int64_t now_ns, struct textlog **ret)
{
    struct textlog *t = calloc(1, sizeof(*t));
    if (t == NULL) {
        return ST_NOMEM;
    }
    t->input = input;
    t->last_ns = INT64_MIN;
    t->entries = BUF_INIT(ENTRIES_BYTES);
    t->reader.room = (struct log_room){.data = t->room, .cap = sizeof(t->room)};
    log_clock_init(&t->reader.clock, now_ns);
    *ret = t;
    return ST_OK;
}

void textlog_free(struct textlog *t)
{
    if (t != NULL) {
        buf_fini(&t->entries);
    }
    free(t);
}

uint64_t textlog_lines(const struct textlog *t)
{
    return t->counts.lines;
}

struct textlog_counts textlog_counts(const struct textlog *t)
{
    return t->counts;
}

static void note(struct textlog *t, struct work *w, struct remark r, const char *text)
{
    r.input = t->input;
    (void)snprintf(r.text, sizeof(r.text), "%s", text);
    remark_add(w->remarks, &r);
}

/* One remark for each year that was assumed, however often. */
static void note_year(struct textlog *t, struct work *w, uint64_t offset, int year)
{
    t->year_noted = year;
    for (size_t i = 0; i < w->remarks->n; i++) {
        const struct remark *have = &w->remarks->items[i];
        if (have->code == REMARK_YEAR_ASSUMED && have->value == (uint64_t)year &&
            have->input == t->input) {
            return;
        }
    }
    char text[96];
    char limit[TIME_TEXT_MAX];
    (void)time_format_short(t->reader.clock.latest_ns, limit);
    limit[10] = '\0'; /* the date is enough */
    (void)snprintf(text, sizeof(text), "%d was taken, the latest by which no line is after %s",
                   year, limit);
    note(t, w,
         (struct remark){.code = REMARK_YEAR_ASSUMED, .offset = offset, .value = (uint64_t)year},
         text);
}

static void note_time(struct textlog *t, struct work *w, const struct observation *o,
                      const struct obs_log *l)
{
    const struct log_stamp *stamp = &t->reader.stamp;
    uint64_t offset = pos_offset(o->pos);
    int64_t back = l->service == LOG_WEB ? BACK_WEB : BACK_SSH;
    if (o->time_ns < t->last_ns && time_abs_diff(t->last_ns, o->time_ns) > back) {
        note(t, w, (struct remark){.code = REMARK_TIME_BACKWARDS, .offset = offset}, "");
    }
    t->last_ns = o->time_ns;
    if (stamp->zone_assumed && !t->zone_noted) {
        t->zone_noted = true;
        note(t, w, (struct remark){.code = REMARK_ZONE_ASSUMED, .offset = offset}, "");
    }
    if (stamp->year_assumed != 0 && stamp->year_assumed != t->year_noted) {
        note_year(t, w, offset, stamp->year_assumed);
    }
}

/* The batch's next observation is filled, but for its place. */
static void accept(struct textlog *t, struct work *w, uint64_t offset)
{
    size_t n = w->batch->n++;
    struct observation *o = &w->batch->obs[n];
    o->pos = pos_make(t->input, offset);
    t->message[n] = (struct bytes){0};
    o->log = &w->batch->logs[n];
    t->counts.observations++;
    t->previous.is = true;
    note_time(t, w, o, o->log);
}

static void refuse(struct textlog *t, struct work *w, enum log_found found, uint64_t offset)
{
    t->previous.is = false;
    if (found == LOG_FOUND_OTHER) {
        t->counts.other++;
        t->counts.ours += t->reader.sshd;
    } else if (found == LOG_FOUND_NOTHING) {
        t->counts.unknown++;
    } else if (found == LOG_FOUND_TIME) {
        t->counts.other++;
        t->counts.timeless++;
        note(t, w, (struct remark){.code = REMARK_TIME_INVALID, .offset = offset},
             "no such time; the line was passed over");
    } else {
        bool name = found == LOG_FOUND_NAME;
        t->counts.nameless++;
        note(t, w, (struct remark){.code = REMARK_SKIPPED, .offset = offset, .value = name ? 1 : 2},
             name ? "a line that names a host where an address is needed"
                  : "a line that can be read in two ways, as hostile text makes them");
    }
}

/* Move the texts that l borrows to `to`; false when they do not fit. */
static bool move_texts(struct obs_log *l, uint8_t *to, size_t room)
{
    struct bytes *texts[] = {&l->host, &l->user, &l->method};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        size_t n = texts[i]->len;
        if (n > room) {
            return false;
        }
        if (n > 0) {
            memcpy(to, texts[i]->data, n);
            texts[i]->data = to;
            to += n;
            room -= n;
        }
    }
    return true;
}

/* Keep the text of the batch's last observation: the window may move on. No
 * name that a server takes is too long to be kept. */
static void keep_previous(struct textlog *t, const struct obs_batch *batch)
{
    struct previous *p = &t->previous;
    if (!p->is || batch->n == 0) {
        return;
    }
    p->obs = batch->obs[batch->n - 1];
    p->log = batch->logs[batch->n - 1];
    p->is = p->log.service == LOG_SSH && move_texts(&p->log, p->text, sizeof(p->text));
}

/* "last message repeated N times" stands for N more of the line before. */
static bool repeat_previous(struct textlog *t, struct work *w, uint64_t offset)
{
    struct obs_batch *b = w->batch;
    struct log_room *room = &t->reader.room;
    if (!t->previous.is || !t->reader.stamp.valid) {
        return false;
    }
    struct obs_log l = b->n > 0 ? b->logs[b->n - 1] : t->previous.log;
    struct observation o = b->n > 0 ? b->obs[b->n - 1] : t->previous.obs;
    if (l.service != LOG_SSH) {
        return false;
    }
    if (b->n == 0) { /* what is kept will be overwritten while the batch is in use */
        bool fits = move_texts(&l, room->data, room->cap);
        assert(fits); /* the room is empty */
        room->used = REPEAT_BYTES;
    }
    l.repeat = t->reader.repeat;
    o.time_ns = t->reader.stamp.time_ns;
    b->logs[b->n] = l;
    b->obs[b->n] = o;
    accept(t, w, offset);
    t->previous.is = false; /* syslogd does not repeat its own line */
    return true;
}

/* One whole line. False when it must be read again in the next batch. */
static bool take_line(struct textlog *t, struct work *w, struct log_text line, uint64_t offset)
{
    struct obs_batch *b = w->batch;
    enum log_found found = log_line_read(&t->reader, line, &b->obs[b->n], &b->logs[b->n]);
    if (found == LOG_FOUND_ROOM && b->n > 0) {
        return false;
    }
    if (found == LOG_FOUND_ENTRY) {
        t->in_export = true;
        return false;
    }
    t->counts.lines++;
    if (found == LOG_FOUND_OBSERVATION) {
        accept(t, w, offset);
    } else if (found != LOG_FOUND_REPEAT || !repeat_previous(t, w, offset)) {
        refuse(t, w, found == LOG_FOUND_REPEAT ? LOG_FOUND_OTHER : found, offset);
    }
    return true;
}

static void begin_long(struct textlog *t, struct work *w, uint64_t offset)
{
    t->in_long = true;
    t->counts.lines++;
    t->counts.unknown++;
    t->previous.is = false;
    note(
        t, w,
        (struct remark){
            .code = REMARK_LINE_LONG, .offset = offset, .value = LIMIT_LINE_BYTES, .partial = true},
        "");
}

/* No line end in the rest of the window. */
static enum step rest_of_window(struct textlog *t, struct work *w, struct bytes rest)
{
    t->scanned = rest.len;
    if (!t->in_long && rest.len > LIMIT_LINE_BYTES) {
        begin_long(t, w, stream_offset(w->s));
    }
    if (t->in_long) {
        stream_consume(w->s, rest.len);
        t->scanned = 0;
    }
    return STEP_MORE;
}

static enum step read_lines(struct textlog *t, struct work *w)
{
    struct bytes win = stream_window(w->s);
    uint64_t base = stream_offset(w->s);
    size_t at = 0;
    enum step step = STEP_FULL;
    while (w->batch->n < OBS_BATCH_MAX) {
        size_t from = at + t->scanned;
        const uint8_t *end = from < win.len ? memchr(win.data + from, '\n', win.len - from) : NULL;
        if (end == NULL) {
            stream_consume(w->s, at);
            return rest_of_window(t, w, bytes_of(win.data + at, win.len - at));
        }
        struct log_text line = {.s = {win.data + at, (size_t)(end - win.data) - at}};
        t->scanned = 0;
        if (!t->in_long && line.s.len > LIMIT_LINE_BYTES) {
            begin_long(t, w, base + at);
        }
        if (!t->in_long && !take_line(t, w, line, base + at)) {
            step = t->in_export ? STEP_SWITCH : STEP_FULL;
            break;
        }
        t->in_long = false;
        at += line.s.len + 1;
    }
    stream_consume(w->s, at);
    return step;
}

/* The entry's message gets a place that lives as long as the batch. */
static bool take_entry(struct textlog *t, struct work *w)
{
    struct log_export *x = &t->export_entry;
    struct log_room *room = &t->reader.room;
    struct obs_batch *b = w->batch;
    if (b->n == OBS_BATCH_MAX || x->used > room->cap - room->used) {
        return false;
    }
    struct observation *o = &b->obs[b->n];
    struct obs_log *l = &b->logs[b->n];
    *o = (struct observation){
        .type = OBS_LOG, .proto = PROTO_TCP, .time_ns = x->entry.stamp.time_ns};
    *l = (struct obs_log){.service = LOG_SSH, .repeat = 1, .tally = LOG_TALLY_NONE};
    struct log_entry e = x->entry;
    size_t before = room->used;
    struct bytes *texts[] = {&e.host, &e.message};
    for (size_t i = 0; i < ARRAY_LEN(texts) && e.sshd && !e.stranger; i++) {
        uint8_t *to = room->data + room->used;
        if (texts[i]->len > 0) {
            memcpy(to, texts[i]->data, texts[i]->len);
            texts[i]->data = to;
            room->used += texts[i]->len;
        }
    }
    enum log_found found = log_entry_read(&e, o, l);
    t->counts.lines++;
    t->reader.stamp = e.stamp;
    t->reader.sshd = e.sshd && !e.stranger;
    if (found == LOG_FOUND_OBSERVATION) {
        accept(t, w, x->offset);
        t->message[b->n - 1] = e.message;
    } else {
        room->used = before;
        refuse(t, w, found, x->offset);
    }
    t->previous.is = false; /* a journal does not say "last message repeated" */
    x->whole = false;
    return true;
}

static enum step read_export(struct textlog *t, struct work *w)
{
    struct log_export *x = &t->export_entry;
    for (;;) {
        size_t used = 0;
        if (x->whole && !take_entry(t, w)) {
            return STEP_FULL;
        }
        uint64_t base = stream_offset(w->s);
        enum log_export_step step = log_export_read(x, stream_window(w->s), base, &used);
        stream_consume(w->s, used);
        switch (step) {
        case LOG_EXPORT_MORE:
            return STEP_MORE;
        case LOG_EXPORT_LONG:
            note(t, w,
                 (struct remark){.code = REMARK_LINE_LONG,
                                 .offset = x->offset,
                                 .value = LIMIT_LINE_BYTES,
                                 .partial = true},
                 "");
            break;
        case LOG_EXPORT_BROKEN:
            note(t, w, (struct remark){.code = REMARK_SKIPPED, .offset = x->offset, .value = 3},
                 "a journal entry that is damaged");
            t->in_export = false;
            return STEP_SWITCH;
        case LOG_EXPORT_LEAVE:
            t->in_export = false;
            return STEP_SWITCH;
        default:
            break;
        }
    }
}

/* Of a log of which no line was of use nothing can be said. What sshd wrote
 * about no remote is of use: nobody came. */
static void note_unread(struct textlog *t, struct work *w)
{
    const struct textlog_counts *c = &t->counts;
    char text[96];
    if (c->lines == 0 || c->observations > 0 || c->ours > 0) {
        return;
    }
    const char *how = c->timeless > 0 && c->nameless > 0 ? "could be used"
                      : c->timeless > 0                  ? "has a time that can be right"
                      : c->nameless > 0                  ? "names the address of a remote"
                                        : "is sshd's or a web server's: nothing was read";
    (void)snprintf(text, sizeof(text), "none of its %" PRIu64 " lines %s", c->lines, how);
    note(t, w, (struct remark){.code = REMARK_UNREAD, .value = c->lines, .partial = true}, text);
}

/* The input has no more. A last line without an end is read as far as it can
 * be told that it is whole; an entry of a journal has an end or was cut. */
static void finish(struct textlog *t, struct work *w, enum status st)
{
    struct bytes rest = stream_window(w->s);
    uint64_t offset = stream_offset(w->s);
    const struct log_export *x = &t->export_entry;
    bool entry = t->in_export && (x->open || (rest.len > 0 && log_export_field(rest)));
    if (entry) {
        offset = x->open ? x->offset : offset;
    } else if (rest.len > 0 && !t->in_long) {
        t->in_export = false;
        (void)take_line(t, w, (struct log_text){.s = rest, .cut = true}, offset);
        entry = t->in_export; /* that line began one */
    }
    bool cut = entry || st != ST_OK;
    if (cut) {
        note(t, w,
             (struct remark){
                 .code = REMARK_CUT, .offset = offset, .value = rest.len, .partial = true},
             stream_cut_text(w->s, "journal entry"));
    }
    stream_consume(w->s, rest.len);
    note_unread(t, w);
    t->ended = true;
}

/* More bytes into the window, or the end. */
static enum status more(struct textlog *t, struct work *w, struct fault *why)
{
    size_t have = stream_window(w->s).len;
    enum status st = stream_fill(w->s, have + 1, why);
    if (stream_window(w->s).len > have) {
        return ST_OK;
    }
    if (st == ST_SYS || st == ST_NOMEM) {
        return st;
    }
    finish(t, w, st);
    return ST_OK;
}

enum status textlog_next(struct textlog *t, struct stream *s, struct obs_batch *batch,
                         struct remark_list *remarks, struct fault *why)
{
    struct work w = {.s = s, .batch = batch, .remarks = remarks};
    batch->n = 0;
    buf_clear(&t->entries);
    t->reader.room.used = 0;
    while (!t->ended) {
        enum step step = t->in_export ? read_export(t, &w) : read_lines(t, &w);
        if (step == STEP_SWITCH) {
            continue;
        }
        if (batch->n > 0) { /* the window must not move while the batch borrows from it */
            keep_previous(t, batch);
            return ST_OK;
        }
        TRY(more(t, &w, why));
    }
    return batch->n > 0 ? ST_OK : ST_END;
}

/* A field's value as journalctl writes it: text, or its bytes where it is not
 * all printable. */
static void put_value(struct buf *b, const char *name, struct bytes v)
{
    bool plain = true;
    for (size_t i = 0; i < v.len; i++) {
        plain = plain && v.data[i] >= 0x20 && v.data[i] < 0x7f;
    }
    buf_printf(b, "\"%s\":%s", name, plain ? "\"" : "[");
    for (size_t i = 0; i < v.len; i++) {
        if (!plain) {
            buf_printf(b, "%s%u", i > 0 ? "," : "", v.data[i]);
        } else if (v.data[i] == '"' || v.data[i] == '\\') {
            buf_byte(b, '\\');
            buf_byte(b, v.data[i]);
        } else {
            buf_byte(b, v.data[i]);
        }
    }
    buf_byte(b, plain ? '"' : ']');
}

static enum status put_entry(struct textlog *t, const struct obs_batch *batch, size_t i,
                             struct bytes *ret)
{
    struct buf *b = &t->entries;
    const struct obs_log *l = &batch->logs[i];
    size_t begin = b->len;
    if (begin == 0 && !buf_reserve(b, ENTRIES_BYTES)) { /* once: what is lent must not move */
        return b->failed;
    }
    buf_printf(b, "{\"__REALTIME_TIMESTAMP\":\"%" PRId64 "\",", batch->obs[i].time_ns / 1000);
    if (l->host.len > 0) {
        put_value(b, "_HOSTNAME", l->host);
        buf_byte(b, ',');
    }
    buf_printf(b, "\"SYSLOG_IDENTIFIER\":\"sshd\",\"_PID\":\"%" PRIu32 "\",", l->session);
    put_value(b, "MESSAGE", t->message[i]);
    buf_byte(b, '}');
    TRY(b->failed);
    *ret = bytes_of(b->data + begin, b->len - begin);
    return ST_OK;
}

enum status textlog_line(struct textlog *t, const struct stream *s, const struct obs_batch *batch,
                         size_t i, struct bytes *ret)
{
    if (t->message[i].data != NULL) {
        return put_entry(t, batch, i, ret);
    }
    struct bytes b = stream_behind(s, pos_offset(batch->obs[i].pos));
    const uint8_t *end = b.len > 0 ? memchr(b.data, '\n', b.len) : NULL;
    *ret = bytes_of(b.data, end != NULL ? (size_t)(end - b.data) : b.len);
    return ST_OK;
}
