/* capture/log_journal.c - entries of the systemd journal: JSON and export. */
#include "capture/log_journal.h"

#include "base/core/timefmt.h"
#include "capture/log_sshd.h"
#include "capture/log_syslog.h"

/* Those behind WANT_NAME stand in an entry once: the journal sees to it for what
 * begins with an underscore, and sshd has one message. */
enum wanted { WANT_NOTHING, WANT_NAME, WANT_TIME, WANT_PID, WANT_HOST, WANT_MESSAGE };

static enum wanted wanted_field(struct bytes name)
{
    if (LOG_IS(name, "MESSAGE")) {
        return WANT_MESSAGE;
    }
    if (LOG_IS(name, "__REALTIME_TIMESTAMP")) {
        return WANT_TIME;
    }
    if (LOG_IS(name, "SYSLOG_IDENTIFIER") || LOG_IS(name, "_COMM")) {
        return WANT_NAME;
    }
    if (LOG_IS(name, "_PID")) {
        return WANT_PID;
    }
    return LOG_IS(name, "_HOSTNAME") ? WANT_HOST : WANT_NOTHING;
}

void log_entry_field(struct log_entry *e, struct bytes name, struct bytes value)
{
    uint64_t v;
    enum wanted want = wanted_field(name);
    if (want > WANT_NAME) {
        e->twice |= (e->given >> want & 1) != 0;
        e->given = (uint8_t)(e->given | 1U << want);
    }
    switch (want) {
    case WANT_TIME: /* microseconds */
        e->stamp.valid = log_number(value, UINT64_MAX, &v) &&
                         time_from_parts(v / 1000000, v % 1000000, 1000000, &e->stamp.time_ns);
        break;
    case WANT_NAME:
        e->sshd |= log_syslog_is_sshd(value);
        e->stranger |= !log_syslog_is_sshd(value);
        break;
    case WANT_PID:
        e->pid = log_number(value, UINT32_MAX, &v) ? (uint32_t)v : 0;
        break;
    case WANT_HOST:
        e->host = value;
        break;
    case WANT_MESSAGE:
        e->message = value;
        break;
    default:
        break;
    }
}

enum log_found log_entry_read(const struct log_entry *e, struct observation *o, struct obs_log *l)
{
    if (!e->sshd || e->stranger || e->message.len == 0) {
        return LOG_FOUND_OTHER;
    }
    l->session = e->pid;
    l->host = e->host;
    if (e->twice) { /* the journal writes no such entry */
        return LOG_FOUND_AMBIGUOUS;
    }
    enum log_found found = log_sshd_read((struct log_text){.s = e->message}, o, l);
    return found == LOG_FOUND_OBSERVATION && !e->stamp.valid ? LOG_FOUND_TIME : found;
}

/* A value as text: a string, or bytes in an array; a list of values when a
 * field stands more than once in an entry, which no needed one does. */
static bool value_text(const struct log_json_value *v, struct log_room *room, struct bytes *ret)
{
    switch (v->type) {
    case LOG_JSON_STRING:
        return log_json_text(v, room, ret);
    case LOG_JSON_NUMBER:
        *ret = v->text;
        return true;
    case LOG_JSON_ARRAY:
        return log_json_bytes(v, room, ret);
    default:
        return false; /* null: too long for journalctl to write */
    }
}

bool log_entry_json(struct bytes line, struct log_room *room, struct log_entry *ret)
{
    struct log_entry e = {0};
    struct log_json j;
    struct log_json_value v;
    struct bytes name;
    bool timed = false;
    if (!log_json_object(&j, line)) {
        return false;
    }
    while (log_json_member(&j, &name, &v)) {
        struct bytes text;
        enum wanted want = wanted_field(name);
        timed |= want == WANT_TIME;
        if (want != WANT_NOTHING && value_text(&v, room, &text)) {
            log_entry_field(&e, name, text);
        }
    }
    *ret = e;
    return j.ended && timed;
}

bool log_export_begins(struct bytes line)
{
    return LOG_STARTS(line, "__CURSOR=") || LOG_STARTS(line, "__REALTIME_TIMESTAMP=");
}

/* Names are capitals, digits and underscores; its length, or 0. */
static size_t name_length(struct bytes line)
{
    size_t n = 0;
    while (n < line.len) {
        uint8_t c = line.data[n];
        if (!((c >= 'A' && c <= 'Z') || c == '_' || log_digit(c))) {
            break;
        }
        n++;
    }
    return n;
}

bool log_export_field(struct bytes line)
{
    size_t n = name_length(line);
    return n > 0 && (n == line.len || line.data[n] == '=');
}

/* Views into the window do not last until the entry ends: copy the two texts
 * that must. */
static bool take_field(struct log_export *x, struct bytes name, struct bytes value)
{
    enum wanted want = wanted_field(name);
    if (want == WANT_HOST || want == WANT_MESSAGE) {
        size_t most = want == WANT_HOST ? LOG_HOST_MAX : LIMIT_LINE_BYTES;
        if (value.len > most || value.len > sizeof(x->text) - x->used) {
            return false;
        }
        memcpy(x->text + x->used, value.data, value.len);
        value.data = x->text + x->used;
        x->used += value.len;
    }
    log_entry_field(&x->entry, name, value);
    return true;
}

/* A field with its length: `at` is behind its name's line. */
static enum log_export_step binary_field(struct log_export *x, struct bytes name, struct bytes w,
                                         size_t *at)
{
    size_t left = w.len - *at;
    if (left < 8) {
        return LOG_EXPORT_MORE;
    }
    uint64_t n = load_le64(w.data + *at);
    if (n > LIMIT_JOURNAL_FIELD_BYTES) {
        return LOG_EXPORT_BROKEN;
    }
    bool want = wanted_field(name) != WANT_NOTHING;
    if (!want || n > LIMIT_LINE_BYTES) {
        *at += 8;
        x->skip = n + 1;
        return want ? LOG_EXPORT_LONG : LOG_EXPORT_ENTRY;
    }
    if (left - 8 < n + 1) {
        return LOG_EXPORT_MORE;
    }
    bool taken = take_field(x, name, bytes_of(w.data + *at + 8, (size_t)n));
    *at += 8 + (size_t)n + 1;
    return taken ? LOG_EXPORT_ENTRY : LOG_EXPORT_LONG;
}

/* What one line of an entry asks for. ENTRY here only means: go on. */
static enum log_export_step one_line(struct log_export *x, struct bytes line, struct bytes w,
                                     size_t *at)
{
    size_t n = name_length(line);
    struct bytes name = {line.data, n};
    if (!log_export_field(line)) {
        return LOG_EXPORT_LEAVE;
    }
    size_t behind = *at + line.len + 1;
    enum log_export_step step = LOG_EXPORT_ENTRY;
    if (n < line.len) {
        step = take_field(x, name, log_from(line, n + 1)) ? step : LOG_EXPORT_LONG;
    } else {
        step = binary_field(x, name, w, &behind);
    }
    if (step != LOG_EXPORT_MORE) {
        *at = behind;
    }
    return step;
}

static void open_entry(struct log_export *x, uint64_t offset)
{
    x->entry = (struct log_entry){0};
    x->used = 0;
    x->offset = offset;
    x->open = true;
}

/* Pass over what needs passing over; false when the window is used up. */
static bool pass(struct log_export *x, struct bytes w, size_t *at)
{
    size_t left = w.len - *at;
    size_t step = x->skip < left ? (size_t)x->skip : left;
    *at += step;
    x->skip -= step;
    if (x->skip > 0) {
        return false;
    }
    if (x->passing) {
        const uint8_t *end = *at < w.len ? memchr(w.data + *at, '\n', w.len - *at) : NULL;
        *at = end != NULL ? (size_t)(end - w.data) + 1 : w.len;
        x->passing = end == NULL;
    }
    return *at < w.len;
}

enum log_export_step log_export_read(struct log_export *x, struct bytes w, uint64_t offset,
                                     size_t *used)
{
    enum log_export_step step = LOG_EXPORT_ENTRY;
    size_t at = 0;
    while (step == LOG_EXPORT_ENTRY) {
        const uint8_t *end = NULL;
        if (!pass(x, w, &at) || (end = memchr(w.data + at, '\n', w.len - at)) == NULL) {
            step = LOG_EXPORT_MORE;
            break;
        }
        struct bytes line = {w.data + at, (size_t)(end - w.data) - at};
        if (line.len == 0) {
            at++;
            x->whole = x->open;
            x->open = false;
            if (x->whole) {
                break;
            }
            continue;
        }
        if (!x->open) {
            open_entry(x, offset + at);
        }
        bool inside = x->offset < offset + at;
        step = one_line(x, line, w, &at);
        if (step == LOG_EXPORT_LEAVE && inside) {
            step = LOG_EXPORT_BROKEN; /* the entry has no end */
        }
    }
    if (step == LOG_EXPORT_LEAVE || step == LOG_EXPORT_BROKEN) {
        x->open = false;
    }
    if (step == LOG_EXPORT_MORE && w.len - at > LIMIT_LINE_BYTES + LOG_HOST_MAX) {
        x->passing = true; /* a line without an end in sight */
        at = w.len;
        step = LOG_EXPORT_LONG;
    }
    *used = at;
    return step;
}
