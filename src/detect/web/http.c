/* detect/web/http.c - the first line of an HTTP/1 message, in one packet's payload. */
#include "detect/web/http.h"

#include <strings.h>

enum { METHOD_LEAST = 3, METHOD_MOST = 24, HEADERS_MOST = 100 };

/* The next line without its end; false when none ends in what is left. */
static bool next_line(struct bytes *s, struct bytes *ret)
{
    const uint8_t *end = s->len > 0 ? memchr(s->data, '\n', s->len) : NULL;
    if (end == NULL) {
        return false;
    }
    size_t n = (size_t)(end - s->data);
    *ret = bytes_of(s->data, n > 0 && s->data[n - 1] == '\r' ? n - 1 : n);
    *s = bytes_of(end + 1, s->len - n - 1);
    return true;
}

static struct bytes read_method(struct bytes s)
{
    size_t n = 0;
    while (n < s.len && n < METHOD_MOST &&
           ((s.data[n] >= 'A' && s.data[n] <= 'Z') || s.data[n] == '-' || s.data[n] == '_')) {
        n++;
    }
    bool whole = n >= METHOD_LEAST && n < s.len && s.data[n] == ' ';
    return whole ? bytes_of(s.data, n) : (struct bytes){0};
}

static bool begins_target(struct bytes s)
{
    return s.len > 0 && (s.data[0] == '/' || bytes_begin(s, BYTES_LITERAL("http://")));
}

/* The protocol's version is what comes after the last space: attackers put
 * spaces into targets. */
static bool split_version(struct bytes rest, struct bytes *target)
{
    const uint8_t *space = rest.len > 0 ? memrchr(rest.data, ' ', rest.len) : NULL;
    if (space == NULL || space == rest.data) {
        return false;
    }
    size_t n = (size_t)(space - rest.data);
    *target = bytes_of(rest.data, n);
    return bytes_begin(bytes_of(space + 1, rest.len - n - 1), BYTES_LITERAL("HTTP/1."));
}

static struct bytes find_agent(struct bytes headers)
{
    static const char name[] = "user-agent:";
    enum { NAME = sizeof(name) - 1 };
    struct bytes line;
    for (size_t i = 0; i < HEADERS_MOST && headers.len > 0; i++) {
        bool whole = next_line(&headers, &line);
        if (!whole) { /* what is there of the last one */
            line = headers;
            headers.len = 0;
        }
        if (line.len == 0) {
            break;
        }
        if (line.len > NAME && strncasecmp((const char *)line.data, name, NAME) == 0) {
            size_t skip = NAME;
            while (skip < line.len && line.data[skip] == ' ') {
                skip++;
            }
            return bytes_of(line.data + skip, line.len - skip);
        }
    }
    return (struct bytes){0};
}

bool http_request_read(struct bytes payload, struct http_request *ret)
{
    struct http_request r = {.method = read_method(payload)};
    if (r.method.len == 0) {
        return false;
    }
    struct bytes line;
    struct bytes rest = payload;
    if (!next_line(&rest, &line)) {
        r.target = bytes_of(payload.data + r.method.len + 1, payload.len - r.method.len - 1);
        r.cut = true;
        *ret = r;
        return begins_target(r.target);
    }
    if (line.len <= r.method.len ||
        !split_version(bytes_of(line.data + r.method.len + 1, line.len - r.method.len - 1),
                       &r.target)) {
        return false;
    }
    r.agent = find_agent(rest);
    *ret = r;
    return true;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

uint16_t http_status_read(struct bytes payload)
{
    enum { AT = 9 }; /* "HTTP/1.1 " */
    const uint8_t *p = payload.data;
    if (!bytes_begin(payload, BYTES_LITERAL("HTTP/1.")) || payload.len < AT + 3 ||
        p[AT - 1] != ' ' || p[AT] < '1' || p[AT] > '9' || !is_digit(p[AT + 1]) ||
        !is_digit(p[AT + 2]) || (payload.len > AT + 3 && is_digit(p[AT + 3]))) {
        return 0;
    }
    return (uint16_t)((p[AT] - '0') * 100 + (p[AT + 1] - '0') * 10 + (p[AT + 2] - '0'));
}
