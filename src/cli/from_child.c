/* cli/from_child.c - findings from JSON Lines. */
#include "cli/from_child.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/os/channel.h"
#include "cli/reader_child.h"
#include "exchange/intake.h"

enum { CHUNK_BYTES = 65536 };

struct from {
    const struct reader_job *job;
    int channel;
    unsigned index;
    struct buf message;
    struct buf text; /* read, and not yet taken */
    struct arena arena;
    uint64_t offset; /* of the text in its file */
    uint64_t findings, lines;
    struct summary summary;
};

static enum status tell(struct from *f, enum reader_says what)
{
    TRY(f->message.failed);
    enum status st = channel_send(f->channel, (uint8_t)what, buf_bytes(&f->message), NULL);
    buf_clear(&f->message);
    return st;
}

static enum status tell_fault(struct from *f, enum status st, const struct fault *why)
{
    buf_be32(&f->message, f->index);
    buf_byte(&f->message, (uint8_t)st);
    buf_be64(&f->message, f->offset);
    buf_be64(&f->message, why->limit);
    buf_be32(&f->message, (uint32_t)why->sys_errno);
    buf_str(&f->message, why->field != NULL ? why->field : "");
    return tell(f, READER_FAULT);
}

static enum status tell_input(struct from *f)
{
    buf_be32(&f->message, f->index);
    buf_be64(&f->message, f->lines);
    buf_byte(&f->message, false); /* no log */
    buf_byte(&f->message, false); /* no time of its own */
    buf_be64(&f->message, 0);
    buf_str(&f->message, "findings (JSON Lines)");
    return tell(f, READER_INPUT);
}

static enum status take_line(struct from *f, struct bytes line, struct fault *why)
{
    struct finding finding;
    enum intake_line what;
    f->lines++;
    if (text_trim(line).len == 0) {
        return ST_OK;
    }
    TRY(intake_read(line, &f->arena, &what, &finding, &f->summary.locals, why));
    if (what == INTAKE_FINDING) {
        if (f->findings++ == LIMIT_FINDINGS) {
            return fault_limit(why, 0, "findings", LIMIT_FINDINGS);
        }
        finding_put(&f->message, &finding);
        TRY(tell(f, READER_FINDING));
    }
    arena_fini(&f->arena);
    arena_init(&f->arena, READER_MESSAGE_MAX);
    return ST_OK;
}

/* Whole lines; at the end also a last one without its end. */
static enum status take_lines(struct from *f, bool end, struct fault *why)
{
    size_t at = 0;
    enum status st = ST_OK;
    while (st == ST_OK && at < f->text.len) {
        const uint8_t *stop = memchr(f->text.data + at, '\n', f->text.len - at);
        if (stop == NULL && !end) {
            break;
        }
        size_t n = stop != NULL ? (size_t)(stop - f->text.data) - at : f->text.len - at;
        st = take_line(f, bytes_of(f->text.data + at, n), why);
        n += stop != NULL;
        at += st == ST_OK ? n : 0;
        f->offset += st == ST_OK ? n : 0;
        if (st != ST_OK) {
            return st;
        }
    }
    memmove(f->text.data, f->text.data + at, f->text.len - at);
    f->text.len -= at;
    return f->text.len <= LIMIT_FINDING_LINE_BYTES
               ? ST_OK
               : fault_limit(why, 0, "line of a finding", LIMIT_FINDING_LINE_BYTES);
}

static enum status read_lines(struct from *f, struct fault *why)
{
    for (;;) {
        if (!buf_reserve(&f->text, CHUNK_BYTES)) {
            return f->text.failed;
        }
        ssize_t n = read(f->job->files[f->index].fd, f->text.data + f->text.len, CHUNK_BYTES);
        if (n < 0 && errno != EINTR) {
            return fault_sys(why, errno, "read");
        }
        f->text.len += n > 0 ? (size_t)n : 0;
        if (n >= 0) {
            TRY(take_lines(f, n == 0, why));
        }
        if (n == 0) {
            return ST_OK;
        }
    }
}

static enum status take_file(struct from *f)
{
    struct fault why = {0};
    buf_clear(&f->text);
    f->offset = 0;
    f->lines = 0;
    enum status st = read_lines(f, &why);
    if (st == ST_NOMEM) {
        return st;
    }
    if (st != ST_OK) {
        buf_clear(&f->message);
        TRY(tell_fault(f, st, &why));
    }
    return tell_input(f);
}

static enum status run(struct from *f)
{
    f->summary.locals.rule = LOCAL_UNKNOWN;
    for (; f->index < f->job->file_n; f->index++) {
        if (f->job->files[f->index].fd >= 0) {
            TRY(take_file(f));
        }
    }
    summary_put(&f->message, &f->summary);
    return tell(f, READER_SUMMARY);
}

int from_child(void *job, int channel, const struct cage_report *cage)
{
    struct from f = {.job = job,
                     .channel = channel,
                     .message = BUF_INIT(READER_MESSAGE_MAX),
                     .text = BUF_INIT(LIMIT_FINDING_LINE_BYTES + 2 * CHUNK_BYTES)};
    enum status st = ST_OK;
    arena_init(&f.arena, READER_MESSAGE_MAX);
    if (!cage->whole) {
        buf_str(&f.message, cage->text);
        st = tell(&f, READER_CAGE);
    }
    st = st == ST_OK ? run(&f) : st;
    if (st != ST_OK) {
        buf_clear(&f.message);
        buf_byte(&f.message, (uint8_t)st);
        status_ignore(tell(&f, READER_FAILED)); /* the parent sees the channel close */
    }
    arena_fini(&f.arena);
    buf_fini(&f.text);
    buf_fini(&f.message);
    return st == ST_OK ? 0 : 2;
}
