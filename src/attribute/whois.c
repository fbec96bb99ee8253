/* attribute/whois.c - lines of "key: value", and which network they are of.
 *
 * There is no grammar that all registries share. A network's record begins
 * with the key of its range; whatever follows, up to the next one, is of it.
 */
#include "attribute/whois.h"

#include <string.h>
#include <strings.h>

#include "attribute/lines.h"
#include "base/core/limits.h"
#include "base/core/text.h"

enum { HANDLE_MAX = 64 };

struct whois {
    struct attribute_contacts *ret;
    struct contact net; /* under way */
    bool open;
    bool by_resource;         /* its mail is of the network itself, not of the organisation */
    char abuse_c[HANDLE_MAX]; /* LACNIC: whose mail is wanted */
    char handle[HANDLE_MAX];  /* of the object under way, and its mail */
    char mail[MAILBOX_MAX];
};

static bool is(struct bytes s, const char *word)
{
    return s.len == strlen(word) && strncasecmp((const char *)s.data, word, s.len) == 0;
}

/* "key: value"; false for anything else. */
static bool split(struct bytes line, struct bytes *key, struct bytes *value)
{
    const uint8_t *colon = line.len > 0 ? memchr(line.data, ':', line.len) : NULL;
    if (colon == NULL || line.data[0] == '%' || line.data[0] == '#') {
        return false;
    }
    size_t n = (size_t)(colon - line.data);
    *key = text_trim(bytes_of(line.data, n));
    *value = text_trim(bytes_of(colon + 1, line.len - n - 1));
    return key->len > 0;
}

static bool is_range_key(struct bytes key)
{
    return is(key, "inetnum") || is(key, "inet6num") || is(key, "NetRange");
}

/* --- ranges ------------------------------------------------------------------ */

static void last_of(const struct prefix *p, struct addr *last)
{
    *last = p->net;
    for (size_t i = p->len; i < 128; i++) {
        last->b[i / 8] |= (uint8_t)(0x80U >> (i % 8));
    }
}

/* "200.160/20" is LACNIC's way to write 200.160.0.0/20. */
static bool pad(struct bytes s, char out[PREFIX_TEXT_MAX])
{
    struct bytes length = s;
    struct bytes net = attribute_field(&length, '/');
    unsigned dots = 0;
    for (size_t i = 0; i < net.len; i++) {
        dots += net.data[i] == '.';
    }
    if (length.data == NULL || net.len + length.len + 8 >= PREFIX_TEXT_MAX || dots > 3 ||
        memchr(net.data, ':', net.len) != NULL) {
        return false;
    }
    size_t n = 0;
    memcpy(out, net.data, net.len);
    n += net.len;
    for (; dots < 3; dots++) {
        memcpy(out + n, ".0", 2);
        n += 2;
    }
    out[n++] = '/';
    memcpy(out + n, length.data, length.len);
    out[n + length.len] = '\0';
    return true;
}

static bool parse_range(struct bytes s, struct contact *c)
{
    struct bytes high = s;
    struct bytes low = text_trim(attribute_field(&high, '-'));
    if (high.data != NULL) {
        return addr_parse(low, &c->first) == ST_OK &&
               addr_parse(text_trim(high), &c->last) == ST_OK &&
               addr_is_v4(&c->first) == addr_is_v4(&c->last) &&
               addr_compare(&c->first, &c->last) <= 0;
    }
    struct prefix p;
    char text[PREFIX_TEXT_MAX];
    if (prefix_parse(s, &p) != ST_OK &&
        (!pad(s, text) || prefix_parse(bytes_of(text, strlen(text)), &p) != ST_OK)) {
        return false;
    }
    c->first = p.net;
    last_of(&p, &c->last);
    return true;
}

/* --- records ----------------------------------------------------------------- */

/* An object ends: was it the one with the mail? */
static void end_object(struct whois *w)
{
    if (w->open && w->abuse_c[0] != '\0' && strcasecmp(w->abuse_c, w->handle) == 0 &&
        w->net.mail[0] == '\0') {
        memcpy(w->net.mail, w->mail, sizeof(w->net.mail));
    }
    w->handle[0] = '\0';
    w->mail[0] = '\0';
}

static enum status end_network(struct whois *w)
{
    end_object(w);
    bool was_open = w->open;
    w->open = false;
    w->abuse_c[0] = '\0';
    w->by_resource = false;
    return was_open ? attribute_contacts_add(w->ret, &w->net) : ST_OK;
}

static enum status begin_network(struct whois *w, struct bytes range)
{
    TRY(end_network(w));
    w->net = (struct contact){.source = 0};
    if (!parse_range(range, &w->net)) {
        w->ret->skipped++;
        return ST_OK;
    }
    w->open = true;
    return ST_OK;
}

static void once(char *out, size_t size, struct bytes value)
{
    if (out[0] == '\0') {
        attribute_contacts_text(out, size, value);
    }
}

static bool begins(struct bytes s, const char *word)
{
    size_t n = strlen(word);
    return s.len >= n && strncasecmp((const char *)s.data, word, n) == 0;
}

static void take_names(struct whois *w, struct bytes key, struct bytes value)
{
    if (is(key, "netname")) {
        once(w->net.network, sizeof(w->net.network), value);
    } else if (is(key, "org-name") || is(key, "OrgName") || is(key, "CustName") ||
               is(key, "owner")) {
        once(w->net.holder, sizeof(w->net.holder), value);
    } else if (is(key, "ReferralServer") ||
               (is(key, "NetType") && (begins(value, "Allocated to") ||
                                       begins(value, "Early Registrations, Transferred")))) {
        w->net.registry_only = true; /* ARIN: another registry manages it */
    }
}

static void take_mail(struct whois *w, struct bytes key, struct bytes value)
{
    char mail[MAILBOX_MAX];
    bool resource = is(key, "RAbuseEmail");
    bool abuse = resource || is(key, "abuse-mailbox") || is(key, "OrgAbuseEmail");
    if (abuse && (w->net.mail[0] == '\0' || (resource && !w->by_resource)) &&
        attribute_contacts_mail(value, mail)) {
        memcpy(w->net.mail, mail, sizeof(mail));
        w->by_resource = resource;
    } else if (is(key, "abuse-c")) {
        once(w->abuse_c, sizeof(w->abuse_c), value);
    } else if (is(key, "nic-hdl") || is(key, "nic-hdl-br")) {
        once(w->handle, sizeof(w->handle), value);
    } else if (is(key, "e-mail") && w->mail[0] == '\0' && attribute_contacts_mail(value, mail)) {
        memcpy(w->mail, mail, sizeof(mail));
    }
}

/* % Abuse contact for '192.0.2.0 - 192.0.2.255' is 'abuse@example.net' */
static enum status take_comment(struct whois *w, struct bytes line)
{
    static const char begin[] = "% Abuse contact for '";
    if (!begins(line, begin)) {
        w->ret->skipped += begins(line, "% No abuse contact registered");
        return ST_OK;
    }
    struct bytes rest = bytes_of(line.data + sizeof(begin) - 1, line.len - sizeof(begin) + 1);
    struct bytes range = attribute_field(&rest, '\'');
    struct contact c = {.source = 0};
    (void)attribute_field(&rest, '\''); /* " is " */
    struct bytes mail = attribute_field(&rest, '\'');
    if (!parse_range(range, &c) || !attribute_contacts_mail(mail, c.mail)) {
        w->ret->skipped++;
        return ST_OK;
    }
    TRY(end_network(w)); /* a new answer begins */
    return attribute_contacts_add(w->ret, &c);
}

static enum status take_line(struct whois *w, struct bytes line)
{
    struct bytes key;
    struct bytes value;
    if (line.len > 0 && line.data[0] == '%') {
        return take_comment(w, line);
    }
    if (!split(line, &key, &value)) {
        end_object(w); /* a blank line, or prose */
        return ST_OK;
    }
    if (is_range_key(key)) {
        return begin_network(w, value);
    }
    if (w->open) {
        take_names(w, key, value);
        take_mail(w, key, value);
    }
    return ST_OK;
}

bool attribute_whois_sniff(struct bytes head)
{
    struct cursor c = cursor_of(head);
    struct bytes line;
    struct bytes key;
    struct bytes value;
    while (attribute_line(&c, &line)) {
        if (begins(line, "% Abuse contact for '") ||
            (split(line, &key, &value) && is_range_key(key))) {
            return true;
        }
    }
    return false;
}

enum status attribute_whois_parse(struct bytes text, struct attribute_contacts *ret,
                                  struct fault *why)
{
    *ret = (struct attribute_contacts){0};
    if (text.len > LIMIT_SOURCE_JSON_BYTES) {
        return fault_limit(why, 0, "size of saved whois answers", LIMIT_SOURCE_JSON_BYTES);
    }
    struct whois w = {.ret = ret};
    struct cursor c = cursor_of(text);
    struct bytes line;
    uint64_t at = 0;
    enum status st = ST_OK;
    while (st == ST_OK && attribute_line(&c, &line)) {
        st = take_line(&w, line);
        at = st == ST_OK ? c.pos : at;
    }
    st = st == ST_OK ? end_network(&w) : st;
    if (st != ST_OK) {
        return fault_at(why, st, at, "networks of whois answers");
    }
    return ret->n > 0 ? ST_OK : fault_at(why, ST_SHORT, 0, "whois answer about a network");
}
