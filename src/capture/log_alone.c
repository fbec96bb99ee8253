/* capture/log_alone.c - log_line_read without a log. */
#include "capture/log_alone.h"

#include "base/core/limits.h"
#include "capture/log_line.h"

/* Could it have been a line of a log? An entry of a journal, which is kept as JSON,
 * may be longer than what it was read from. */
static bool is_line(struct bytes line)
{
    size_t max = LIMIT_LINE_BYTES;
    if (line.len > 0 && line.data[0] == '{') {
        max = LIMIT_OPENED_LINE_BYTES;
    }
    return line.len > 0 && line.len <= max && memchr(line.data, '\n', line.len) == NULL;
}

enum status capture_line_read(struct bytes line, bool cut, int64_t time_ns, struct buf *room,
                              struct observation *o, struct obs_log *l)
{
    if (!is_line(line)) {
        return ST_MISMATCH;
    }
    struct log_reader r = {.room = {.cap = room->cap - room->len}};
    r.room.data = r.room.cap > 0 ? room->data + room->len : NULL;
    log_clock_init(&r.clock, time_ns);
    switch (log_line_read(&r, (struct log_text){.s = line, .cut = cut}, o, l)) {
    case LOG_FOUND_OBSERVATION:
        room->len += r.room.used;
        return ST_OK;
    case LOG_FOUND_REPEAT:
        *o = (struct observation){.type = OBS_LOG, .proto = PROTO_TCP, .time_ns = r.stamp.time_ns};
        *l = (struct obs_log){.service = LOG_SSH, .repeat = r.repeat};
        return r.stamp.valid ? ST_END : ST_MISMATCH;
    case LOG_FOUND_ROOM:
        return ST_LIMIT;
    default:
        return ST_MISMATCH;
    }
}
