/* capture/log_access.c - access logs of web servers, line by line.
 *
 *   [VHOST[:PORT] ]CLIENT IDENT USER [TIME] "REQUEST" STATUS SIZE "REFERER" "AGENT" ...
 *
 * Servers escape quotes inside quoted fields and in the user's name, so the
 * first plain quote begins the request, and the time stands right before it:
 * the user's name can hold spaces and brackets, and is the remote's to choose.
 */
#include "capture/log_access.h"

enum { TIME_FIELD_MAX = 48, METHOD_MAX = 32 };

/* The next quote at or after `from` that no backslash escapes. */
static size_t plain_quote(struct bytes s, size_t from)
{
    for (size_t i = from; i < s.len;) {
        const uint8_t *hit = memchr(s.data + i, '"', s.len - i);
        if (hit == NULL) {
            return SIZE_MAX;
        }
        size_t at = (size_t)(hit - s.data);
        size_t slashes = 0;
        while (at - slashes > i && s.data[at - slashes - 1] == '\\') {
            slashes++;
        }
        if (slashes % 2 == 0) {
            return at;
        }
        i = at + 1;
    }
    return SIZE_MAX;
}

/* RFC 9110, 9.1: methods are tokens in capitals, some with a hyphen. */
static bool is_method(struct bytes s)
{
    if (s.len == 0 || s.len > METHOD_MAX) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.data[i];
        if (!((c >= 'A' && c <= 'Z') || c == '-' || c == '_')) {
            return false;
        }
    }
    return s.data[0] != '-';
}

void log_access_request(struct bytes request, struct obs_log *l)
{
    struct bytes target = request;
    struct bytes method = log_shift(&target);
    if (request.len == 0 || LOG_IS(request, "-")) {
        return;
    }
    if (method.len == request.len || !is_method(method)) {
        l->path = request;
        return;
    }
    struct bytes before = target;
    struct bytes protocol = log_pop(&before);
    if (before.len > 0 && LOG_STARTS(protocol, "HTTP/")) {
        target = before;
    }
    l->method = method;
    l->path = target;
}

struct bytes log_access_said(struct bytes s)
{
    return s.len == 0 || LOG_IS(s, "-") ? (struct bytes){0} : s;
}

struct bytes log_access_port(struct bytes s, uint16_t *ret)
{
    const uint8_t *colon = s.len ? memrchr(s.data, ':', s.len) : NULL;
    uint64_t port;
    *ret = 0;
    if (colon == NULL) {
        return s;
    }
    struct bytes name = {s.data, (size_t)(colon - s.data)};
    bool bracketed = log_ends(name, "]", 1);
    if ((!bracketed && memchr(name.data, ':', name.len) != NULL) ||
        !log_number(log_from(s, name.len + 1), 65535, &port)) {
        return s;
    }
    *ret = (uint16_t)port;
    if (bracketed && LOG_TAKE(&name, "[")) {
        name.len--;
    }
    return name;
}

struct client {
    struct log_endpoint remote;
    struct bytes vhost;
    uint16_t vhost_port;
    struct bytes user;
};

/* The fields before the time. With an address in the first place and another
 * in the second, nobody can tell a virtual host that is an address (which the
 * remote chooses by its Host header) from a forwarded-for field (which it
 * chooses too): no reading is taken. */
static enum log_found who(struct bytes s, struct client *ret)
{
    struct addr second;
    struct bytes one = log_shift(&s);
    struct bytes rest = s;
    struct bytes two = log_shift(&rest);
    if (one.len == 0 || two.len == 0) {
        return LOG_FOUND_NOTHING;
    }
    bool first_is = log_addr(one, &ret->remote.addr);
    if (two.len >= 2 && log_addr(two, &second)) {
        if (first_is) {
            return LOG_FOUND_AMBIGUOUS;
        }
        struct addr third;
        if (log_ends(one, ",", 1) || log_addr(log_shift(&rest), &third)) {
            return LOG_FOUND_AMBIGUOUS; /* a list of addresses */
        }
        ret->vhost = log_access_port(one, &ret->vhost_port);
        ret->remote.addr = second;
        first_is = true;
    } else if (!first_is) {
        first_is = log_addr(log_access_port(one, &ret->remote.port), &ret->remote.addr);
    }
    ret->user = log_access_said(rest);
    ret->vhost = log_access_said(ret->vhost);
    return first_is ? LOG_FOUND_OBSERVATION : LOG_FOUND_NAME;
}

/* The bracket that opens the time; the time ends at `end`, before "] \"". */
static size_t time_begin(struct bytes s, size_t end)
{
    size_t least = end > TIME_FIELD_MAX ? end - TIME_FIELD_MAX : 0;
    for (size_t i = end; i > least; i--) {
        if (s.data[i - 1] == '[') {
            return i;
        }
    }
    return SIZE_MAX;
}

/* " STATUS SIZE ... "REFERER" "AGENT"", from behind the request on. A cut line
 * may end anywhere; a status is three digits or unknown. */
static bool outcome(struct bytes s, struct obs_log *l)
{
    uint64_t status = 0;
    if (!LOG_TAKE(&s, " ")) {
        return s.len == 0;
    }
    struct bytes after = s;
    struct bytes word = log_shift(&after);
    if (!LOG_IS(word, "-") && (word.len != 3 || !log_number(word, 999, &status))) {
        return false;
    }
    l->status = (uint16_t)status;
    size_t referer = plain_quote(after, 0);
    size_t referer_end = referer == SIZE_MAX ? SIZE_MAX : plain_quote(after, referer + 1);
    size_t agent = referer_end == SIZE_MAX ? SIZE_MAX : plain_quote(after, referer_end + 1);
    if (agent == SIZE_MAX) {
        return true;
    }
    size_t end = plain_quote(after, agent + 1);
    end = end == SIZE_MAX ? after.len : end; /* servers cut long fields, and lines */
    struct bytes text = {after.data + agent + 1, end - agent - 1};
    l->agent = log_access_said(text);
    return true;
}

enum log_found log_access_read(struct log_clock *clock, struct bytes s, struct observation *o,
                               struct obs_log *l, struct log_stamp *stamp)
{
    size_t open = plain_quote(s, 0);
    if (open == SIZE_MAX || open < 22 || s.data[open - 1] != ' ' || s.data[open - 2] != ']') {
        return LOG_FOUND_NOTHING;
    }
    size_t close = plain_quote(s, open + 1);
    size_t time = time_begin(s, open - 2);
    if (time == SIZE_MAX || time < 3 || s.data[time - 2] != ' ' || close == SIZE_MAX) {
        return LOG_FOUND_NOTHING;
    }
    struct obs_log said = *l;
    struct client client = {0};
    struct log_stamp at = {0};
    struct bytes when = {s.data + time, open - 2 - time};
    size_t used = log_time_web(clock, when, &at);
    used = used ? used : log_time_iso(clock, when, &at);
    if (used != when.len || !outcome(log_from(s, close + 1), &said)) {
        return LOG_FOUND_NOTHING;
    }
    enum log_found found = who(bytes_of(s.data, time - 2), &client);
    if (found != LOG_FOUND_OBSERVATION || !at.valid) {
        return found == LOG_FOUND_OBSERVATION ? LOG_FOUND_TIME : found;
    }
    log_access_request(bytes_of(s.data + open + 1, close - open - 1), &said);
    said.user = client.user;
    said.host = client.vhost;
    *l = said;
    *stamp = at;
    o->src = client.remote.addr;
    o->src_port = client.remote.port;
    o->dst_port = client.vhost_port;
    o->flags |= addr_is_v4(&o->src) ? 0 : OBS_V6;
    return LOG_FOUND_OBSERVATION;
}
