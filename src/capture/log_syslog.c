/* capture/log_syslog.c - who logged a line, when, and what. */
#include "capture/log_syslog.h"

bool log_syslog_is_sshd(struct bytes p)
{
    return LOG_STARTS(p, "sshd") &&
           (p.len == 4 || LOG_IS(p, "sshd-session") || LOG_IS(p, "sshd-auth"));
}

/* "sshd[123]:", "sshd:", "[sshd]:" or "[sshd]"; without the colon only where
 * brackets show that it is a program: "sshd" alone may be a host. */
static bool tag(struct bytes word, struct log_syslog *ret)
{
    struct bytes w = word;
    uint64_t pid = 0;
    bool colon = LOG_DROP(&w, ":");
    bool bracket = LOG_DROP(&w, "]");
    if (w.len == 0 || !(colon || bracket)) {
        return false;
    }
    if (bracket && w.data[0] == '[') {
        w = log_from(w, 1);
    } else if (bracket) {
        const uint8_t *open = memrchr(w.data, '[', w.len);
        if (open == NULL) {
            return false;
        }
        size_t n = (size_t)(open - w.data);
        (void)log_number(log_from(w, n + 1), UINT32_MAX, &pid); /* else unknown: 0 */
        w.len = n;
    }
    ret->program = w;
    ret->pid = (uint32_t)pid;
    return w.len > 0;
}

/* A host's name has neither brackets nor a colon at its end; a tag has. */
static bool host_shape(struct bytes word)
{
    return word.len > 0 && word.data[word.len - 1] != ':' &&
           memchr(word.data, '[', word.len) == NULL && memchr(word.data, ']', word.len) == NULL;
}

/* " host tag: message" or " tag: message". */
static bool host_and_tag(struct bytes rest, struct log_syslog *ret)
{
    if (!LOG_TAKE(&rest, " ")) {
        return LOG_TAKE(&rest, ": ") && rest.len > 0; /* as some routers write */
    }
    struct bytes first = log_shift(&rest);
    if (first.len == 0) {
        return false;
    }
    if (tag(first, ret)) {
        ret->message = rest;
        return true;
    }
    ret->host = host_shape(first) ? first : bytes_of(first.data, 0);
    struct bytes after = rest;
    struct bytes second = log_shift(&after);
    bool named = ret->host.len > 0 && tag(second, ret);
    ret->message = named ? after : rest;
    return rest.len > 0;
}

/* RFC 5424, 6.3: "-", or elements in brackets whose quoted values may hold
 * escaped quotes and brackets. */
static bool structured_data(struct bytes *s)
{
    if (LOG_TAKE(s, "-")) {
        return true;
    }
    size_t i = 0;
    while (i < s->len && s->data[i] == '[') {
        bool quoted = false;
        for (i++; i < s->len && (quoted || s->data[i] != ']'); i++) {
            if (s->data[i] == '"') {
                quoted = !quoted;
            } else if (quoted && s->data[i] == '\\') {
                i++;
            }
        }
        if (i >= s->len) {
            return false;
        }
        i++;
    }
    *s = log_from(*s, i);
    return i > 0;
}

/* RFC 5424, 6: "1 TIME HOST APP PROCID MSGID DATA MSG", behind the priority. */
static bool rfc5424(struct log_clock *clock, struct bytes s, struct log_syslog *ret)
{
    size_t used = log_time_iso(clock, s, &ret->stamp);
    if (used == 0 && !LOG_STARTS(s, "- ")) {
        return false;
    }
    if (used == 0) { /* the nil time: a log line, but of no use */
        ret->stamp = (struct log_stamp){0};
        used = 1;
    }
    s = log_from(s, used);
    if (!LOG_TAKE(&s, " ")) {
        return false;
    }
    uint64_t pid = 0;
    ret->host = log_shift(&s);
    ret->program = log_shift(&s);
    (void)log_number(log_shift(&s), UINT32_MAX, &pid); /* may be "-" or any text */
    ret->pid = (uint32_t)pid;
    (void)log_shift(&s); /* the message's kind, which sshd does not use */
    if (ret->program.len == 0 || !structured_data(&s)) {
        return false;
    }
    (void)LOG_TAKE(&s, " ");            /* absent when there is no message */
    (void)LOG_TAKE(&s, "\xef\xbb\xbf"); /* 6.4: a mark that the message is UTF-8 */
    ret->message = s;
    ret->form = LOG_FORM_RFC5424;
    if (LOG_IS(ret->host, "-")) {
        ret->host.len = 0;
    }
    return true;
}

/* "<38>": RFC 3164, 4.1.1. */
static bool priority(struct bytes *s)
{
    size_t i = 1;
    while (i < s->len && i < 4 && log_digit(s->data[i])) {
        i++;
    }
    if (i == 1 || i >= s->len || s->data[i] != '>') {
        return false;
    }
    *s = log_from(*s, i + 1);
    return true;
}

/* "1715854503.123456 host": journalctl -o short-unix. */
static bool unix_shape(struct bytes s)
{
    return s.len > 18 && s.data[10] == '.' && s.data[17] == ' ' && log_digit(s.data[9]) &&
           log_digit(s.data[11]) && log_digit(s.data[16]);
}

static size_t stamp_at(struct log_clock *clock, struct bytes s, struct log_syslog *ret)
{
    ret->form = LOG_FORM_SYSLOG;
    if (log_digit(s.data[0])) {
        if (s.len > 4 && s.data[4] == '-') {
            return log_time_iso(clock, s, &ret->stamp);
        }
        ret->form = LOG_FORM_JOURNAL;
        return unix_shape(s) ? log_time_epoch(s, &ret->stamp) : 0;
    }
    size_t used = log_time_bsd(clock, s, &ret->stamp);
    if (used == 0 && s.len > 8 && s.data[8] == '-') {
        ret->form = LOG_FORM_JOURNAL;
        return log_time_full(clock, s, &ret->stamp);
    }
    return used;
}

bool log_syslog_read(struct log_clock *clock, struct bytes line, struct log_syslog *ret)
{
    struct bytes s = line;
    if (s.len < 16) {
        return false;
    }
    *ret = (struct log_syslog){.host = {s.data, 0}, .program = {s.data, 0}, .message = {s.data, 0}};
    if (s.data[0] == '<' && !priority(&s)) {
        return false;
    }
    if (LOG_STARTS(s, "1 ")) {
        return rfc5424(clock, log_from(s, 2), ret);
    }
    size_t used = s.len > 0 ? stamp_at(clock, s, ret) : 0;
    return used > 0 && host_and_tag(log_from(s, used), ret);
}
