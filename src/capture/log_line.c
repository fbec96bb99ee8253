/* capture/log_line.c - telling a line's form by its look. */
#include "capture/log_line.h"

#include "base/core/limits.h"
#include "capture/log_access.h"
#include "capture/log_journal.h"
#include "capture/log_sshd.h"
#include "capture/log_syslog.h"
#include "capture/log_webjson.h"

enum { SNIFF_BYTES = 65536 };

static void begin(struct observation *o, struct obs_log *l, enum log_service service)
{
    *o = (struct observation){.type = OBS_LOG, .proto = PROTO_TCP};
    *l = (struct obs_log){.service = service, .repeat = 1, .tally = LOG_TALLY_NONE};
}

/* "last message repeated 3 times", by syslogd itself: BSD and Apple. */
static bool last_repeated(const struct log_syslog *s, uint32_t *ret)
{
    struct bytes m = s->message;
    uint64_t n;
    if (s->program.len > 0 && !LOG_IS(s->program, "syslogd")) {
        return false;
    }
    if (!LOG_TAKE(&m, "last ") && !LOG_IS(s->host, "last")) { /* a line without a host */
        return false;
    }
    if (!LOG_TAKE(&m, "message repeated ") || !log_number(log_shift(&m), UINT32_MAX, &n) ||
        n == 0 || !LOG_STARTS(m, "time")) {
        return false;
    }
    *ret = (uint32_t)n;
    return true;
}

static enum log_found syslog_line(struct log_reader *r, struct log_text line, struct observation *o,
                                  struct obs_log *l)
{
    struct log_syslog s;
    if (!log_syslog_read(&r->clock, line.s, &s)) {
        return LOG_FOUND_NOTHING;
    }
    r->form = s.form;
    r->stamp = s.stamp;
    r->sshd = log_syslog_is_sshd(s.program);
    r->clear = s.program.len > 0 || !log_digit(line.s.data[0]);
    if (!r->sshd) {
        return last_repeated(&s, &r->repeat) ? LOG_FOUND_REPEAT : LOG_FOUND_OTHER;
    }
    begin(o, l, LOG_SSH);
    l->session = s.pid;
    l->host = s.host.len > 0 ? s.host : (struct bytes){0};
    enum log_found found = log_sshd_read((struct log_text){.s = s.message, .cut = line.cut}, o, l);
    o->time_ns = s.stamp.time_ns;
    return found == LOG_FOUND_OBSERVATION && !s.stamp.valid ? LOG_FOUND_TIME : found;
}

static enum log_found access_line(struct log_reader *r, struct bytes line, struct observation *o,
                                  struct obs_log *l)
{
    begin(o, l, LOG_WEB);
    enum log_found found = log_access_read(&r->clock, line, o, l, &r->stamp);
    if (found != LOG_FOUND_NOTHING) {
        r->form = l->agent.data != NULL ? LOG_FORM_WEB_COMBINED : LOG_FORM_WEB_COMMON;
        r->sshd = false;
        r->clear = true;
        o->time_ns = r->stamp.time_ns;
    }
    return found;
}

static enum log_found journal_line(struct log_reader *r, const struct log_entry *entry,
                                   struct observation *o, struct obs_log *l)
{
    begin(o, l, LOG_SSH);
    r->form = LOG_FORM_JOURNAL_JSON;
    r->sshd = entry->sshd && !entry->stranger;
    r->stamp = entry->stamp;
    o->time_ns = entry->stamp.time_ns;
    return log_entry_read(entry, o, l);
}

static enum log_found web_json_line(struct log_reader *r, struct bytes line, struct observation *o,
                                    struct obs_log *l)
{
    begin(o, l, LOG_WEB);
    r->form = LOG_FORM_WEB_JSON;
    r->sshd = false;
    enum log_found found = log_webjson_read(&r->clock, line, &r->room, o, l, &r->stamp);
    o->time_ns = r->stamp.time_ns;
    return found;
}

static enum log_found json_line(struct log_reader *r, struct bytes line, struct observation *o,
                                struct obs_log *l)
{
    struct log_entry entry;
    size_t before = r->room.used;
    if (line.len > r->room.cap - before) {
        return LOG_FOUND_ROOM;
    }
    r->clear = true;
    bool journal = log_find(line, 0, "\"__REALTIME_TIMESTAMP\"", 22) != SIZE_MAX &&
                   log_entry_json(line, &r->room, &entry);
    if (!journal) {
        r->room.used = before;
    }
    enum log_found found = journal ? journal_line(r, &entry, o, l) : web_json_line(r, line, o, l);
    if (found != LOG_FOUND_OBSERVATION) {
        r->room.used = before; /* nothing that is handed out points there */
    }
    return found;
}

/* What comes before a line's own first byte in some files. */
static void take_marks(struct bytes *s)
{
    (void)LOG_TAKE(s, "\xef\xbb\xbf"); /* a byte order mark, made by editors */
    (void)LOG_TAKE(s, "\x1e");         /* RFC 7464: journalctl -o json-seq */
}

enum log_found log_line_read(struct log_reader *r, struct log_text line, struct observation *o,
                             struct obs_log *l)
{
    if (line.s.len > 0 && line.s.data[line.s.len - 1] == '\r') {
        line.s.len--;
        line.cut = false;
    }
    size_t whole = line.s.len;
    if (line.s.len > 0 && (line.s.data[0] == 0xef || line.s.data[0] == 0x1e)) {
        take_marks(&line.s);
    }
    if (line.s.len == 0) {
        return LOG_FOUND_NOTHING;
    }
    uint8_t c = line.s.data[0];
    if (c == '{') {
        return json_line(r, line.s, o, l);
    }
    /* Behind a mark stands no field: what reads entries has to find the same. */
    if (c == '_' && line.s.len == whole && log_export_begins(line.s)) {
        r->form = LOG_FORM_JOURNAL_EXPORT;
        return LOG_FOUND_ENTRY;
    }
    enum log_found found = LOG_FOUND_NOTHING;
    if (c == '<' || (c >= 'A' && c <= 'W') || (log_digit(c) && line.s.len > 10)) {
        found = syslog_line(r, line, o, l);
    }
    return found == LOG_FOUND_NOTHING ? access_line(r, line.s, o, l) : found;
}

const char *log_form_name(enum log_form form, bool sshd)
{
    static const char *const names[LOG_FORM_COUNT][2] = {
        [LOG_FORM_SYSLOG] = {"syslog", "sshd log (syslog)"},
        [LOG_FORM_RFC5424] = {"syslog (RFC 5424)", "sshd log (RFC 5424)"},
        [LOG_FORM_JOURNAL] = {"journal", "sshd log (journal)"},
        [LOG_FORM_JOURNAL_JSON] = {"journal (JSON)", "sshd log (journal JSON)"},
        [LOG_FORM_JOURNAL_EXPORT] = {"journal (export)", "sshd log (journal export)"},
        [LOG_FORM_WEB_COMMON] = {"web access log (common)", "web access log (common)"},
        [LOG_FORM_WEB_COMBINED] = {"web access log (combined)", "web access log (combined)"},
        [LOG_FORM_WEB_JSON] = {"web access log (JSON)", "web access log (JSON)"},
    };
    return names[form][sshd];
}

struct tally {
    unsigned lines;              /* that are neither empty nor a comment */
    unsigned of[LOG_FORM_COUNT]; /* that are of a form */
    bool sshd[LOG_FORM_COUNT];
};

static void count_line(struct log_reader *r, struct log_text line, struct tally *t)
{
    struct observation o;
    struct obs_log l;
    if (line.s.len == 0 || line.s.data[0] == '#' || LOG_IS(line.s, "\r")) {
        return;
    }
    r->room.used = 0;
    enum log_found found = log_line_read(r, line, &o, &l);
    t->lines++;
    if (found == LOG_FOUND_ENTRY ||
        (found != LOG_FOUND_NOTHING && found != LOG_FOUND_ROOM && r->clear)) {
        t->of[r->form]++;
        t->sshd[r->form] |= r->sshd;
    }
}

/* An entry has many lines, of which only the first is told here. */
static const char *sniff_export(struct bytes first)
{
    bool sshd = log_find(first, 0, "SYSLOG_IDENTIFIER=sshd", 22) != SIZE_MAX ||
                log_find(first, 0, "_COMM=sshd", 10) != SIZE_MAX;
    return log_form_name(LOG_FORM_JOURNAL_EXPORT, sshd);
}

const char *log_line_sniff(struct bytes first)
{
    /* The answer must not depend on how much happened to be read. */
    first.len = first.len < SNIFF_BYTES ? first.len : SNIFF_BYTES;
    uint8_t room[8192]; /* a longer line of JSON is not looked at */
    struct log_reader r = {.room = {.data = room, .cap = sizeof(room)}};
    struct tally t = {0};
    log_clock_init(&r.clock, INT64_MAX);
    for (size_t at = 0; at < first.len;) {
        const uint8_t *end = memchr(first.data + at, '\n', first.len - at);
        size_t n = end != NULL ? (size_t)(end - first.data) - at : first.len - at;
        if (end != NULL || at == 0) { /* the last line may be cut; a lone one is tried */
            count_line(&r, (struct log_text){.s = {first.data + at, n}, .cut = end == NULL}, &t);
        }
        at += n + 1;
    }
    size_t best = 0;
    unsigned known = 0;
    for (size_t i = 0; i < LOG_FORM_COUNT; i++) {
        known += t.of[i];
        best = t.of[i] > t.of[best] || (t.of[i] == t.of[best] && t.sshd[i]) ? i : best;
    }
    if (t.of[LOG_FORM_JOURNAL_EXPORT] > 0) {
        return sniff_export(first);
    }
    /* Files get concatenated and annotated: one line in four is enough. */
    return known > 0 && known * 4 >= t.lines ? log_form_name(best, t.sshd[best]) : NULL;
}
