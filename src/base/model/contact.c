/* base/model/contact.c - contacts as messages. */
#include "base/model/contact.h"

#include <string.h>

static void put_text(struct buf *out, const char *s)
{
    size_t n = strlen(s);
    buf_be16(out, (uint16_t)n); /* all are short */
    buf_append(out, s, n);
}

static void get_text(struct cursor *in, char *out, size_t size)
{
    struct bytes s = cursor_take(in, cursor_be16(in));
    if (s.len >= size || (s.len > 0 && memchr(s.data, '\0', s.len) != NULL)) {
        in->failed = true;
        return;
    }
    if (s.len > 0) {
        memcpy(out, s.data, s.len);
    }
    out[s.len] = '\0';
}

static void get_addr(struct cursor *in, struct addr *a)
{
    struct bytes b = cursor_take(in, sizeof(a->b));
    if (b.len > 0) {
        memcpy(a->b, b.data, sizeof(a->b));
    }
}

void contact_put(struct buf *out, const struct contact *c)
{
    buf_append(out, c->first.b, sizeof(c->first.b));
    buf_append(out, c->last.b, sizeof(c->last.b));
    put_text(out, c->mail);
    put_text(out, c->holder);
    put_text(out, c->network);
    buf_byte(out, c->source);
    buf_byte(out, (uint8_t)(c->registry_only | c->redacted << 1));
}

enum status contact_get(struct cursor *in, struct contact *ret)
{
    struct contact c = {.source = 0};
    get_addr(in, &c.first);
    get_addr(in, &c.last);
    get_text(in, c.mail, sizeof(c.mail));
    get_text(in, c.holder, sizeof(c.holder));
    get_text(in, c.network, sizeof(c.network));
    c.source = cursor_u8(in);
    uint8_t flags = cursor_u8(in);
    c.registry_only = (flags & 1) != 0;
    c.redacted = (flags & 2) != 0;
    bool mail = c.mail[0] == '\0' || mailbox_is(bytes_of(c.mail, strlen(c.mail)));
    if (in->failed || cursor_left(in) > 0 || flags > 3 || !mail ||
        addr_compare(&c.first, &c.last) > 0) {
        return ST_MALFORMED;
    }
    *ret = c;
    return ST_OK;
}

void contact_query_put(struct buf *out, const struct contact_query *q)
{
    put_text(out, q->registry);
    put_text(out, q->rdap);
    put_text(out, q->whois);
}

enum status contact_query_get(struct cursor *in, struct contact_query *ret)
{
    struct contact_query q = {.registry = ""};
    get_text(in, q.registry, sizeof(q.registry));
    get_text(in, q.rdap, sizeof(q.rdap));
    get_text(in, q.whois, sizeof(q.whois));
    if (in->failed || cursor_left(in) > 0) {
        return ST_MALFORMED;
    }
    *ret = q;
    return ST_OK;
}
