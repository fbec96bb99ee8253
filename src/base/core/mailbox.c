/* base/core/mailbox.c - which texts are addresses of mail. */
#include "base/core/mailbox.h"

#include <strings.h>

enum { LOCAL_MAX = 64, LABEL_MAX = 63 };

static bool is_alnum(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* RFC 5322, 3.2.3. */
static bool is_atom(uint8_t c)
{
    return is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool is_local(struct bytes s)
{
    bool dot = true; /* none first, none twice, none last */
    for (size_t i = 0; i < s.len; i++) {
        bool now = s.data[i] == '.';
        if ((now && dot) || (!now && !is_atom(s.data[i]))) {
            return false;
        }
        dot = now;
    }
    return s.len > 0 && s.len <= LOCAL_MAX && !dot;
}

static bool is_label(struct bytes s)
{
    for (size_t i = 0; i < s.len; i++) {
        bool edge = i == 0 || i == s.len - 1;
        if (!is_alnum(s.data[i]) && (edge || s.data[i] != '-')) {
            return false;
        }
    }
    return s.len > 0 && s.len <= LABEL_MAX;
}

bool mailbox_is_host(struct bytes s)
{
    size_t labels = 0;
    size_t from = 0;
    for (size_t i = 0; i <= s.len; i++) {
        if (i == s.len || s.data[i] == '.') {
            if (!is_label(bytes_of(s.data + from, i - from))) {
                return false;
            }
            from = i + 1;
            labels++;
        }
    }
    return labels >= 2 && s.len < MAILBOX_MAX;
}

struct bytes mailbox_host(struct bytes s)
{
    const uint8_t *at = s.len > 0 ? memchr(s.data, '@', s.len) : NULL;
    return at != NULL ? bytes_of(at + 1, s.len - (size_t)(at + 1 - s.data)) : (struct bytes){0};
}

bool mailbox_is(struct bytes s)
{
    struct bytes host = mailbox_host(s);
    return host.len > 0 && s.len < MAILBOX_MAX && mailbox_is_host(host) &&
           is_local(bytes_of(s.data, s.len - host.len - 1));
}

bool mailbox_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len &&
           (a.len == 0 || strncasecmp((const char *)a.data, (const char *)b.data, a.len) == 0);
}
