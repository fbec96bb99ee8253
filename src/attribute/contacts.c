/* attribute/contacts.c - the narrowest network that has a contact. */
#include "attribute/contacts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/model/origin.h"

/* Nobody but registries holds more than this: an IPv4 /8, an IPv6 /16. */
enum { HELD_MIN_V4 = 96 + 8, HELD_MIN_V6 = 16 };

void attribute_contacts_fini(struct attribute_contacts *s)
{
    free(s->items);
    *s = (struct attribute_contacts){0};
}

/* How many bits all addresses from first to last begin with. */
static unsigned common_bits(const struct addr *first, const struct addr *last)
{
    for (unsigned i = 0; i < sizeof(first->b); i++) {
        unsigned differ = first->b[i] ^ last->b[i];
        if (differ != 0) {
            return 8 * i + (unsigned)__builtin_clz(differ) - 24;
        }
    }
    return 128;
}

bool attribute_contacts_placeholder(const char *network)
{
    static const char *const names[] = {"NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK",
                                        "IANA-BLK",
                                        "IANA-BLOCK",
                                        "IANA-NETBLOCK",
                                        "ERX-NETBLOCK",
                                        "NOT-AFRINIC",
                                        "AFRINIC-NET-TRANSFERRED"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strncasecmp(network, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return false;
}

enum status attribute_contacts_add(struct attribute_contacts *s, const struct contact *c)
{
    if (s->n == LIMIT_CONTACTS) {
        return ST_LIMIT;
    }
    if (s->n == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 16;
        struct contact *p = realloc(s->items, cap * sizeof(*p));
        if (p == NULL) {
            return ST_NOMEM;
        }
        s->items = p;
        s->cap = cap;
    }
    struct contact *x = &s->items[s->n++];
    unsigned least = addr_is_v4(&c->first) ? HELD_MIN_V4 : HELD_MIN_V6;
    *x = *c;
    x->registry_only |=
        attribute_contacts_placeholder(c->network) || common_bits(&c->first, &c->last) < least;
    if (x->registry_only) {
        x->mail[0] = '\0';
    }
    return ST_OK;
}

static bool covers(const struct contact *c, const struct addr *a)
{
    return addr_compare(&c->first, a) <= 0 && addr_compare(a, &c->last) <= 0;
}

/* Is a's network inside of b's, and not the same? */
static bool inside(const struct contact *a, const struct contact *b)
{
    int low = addr_compare(&a->first, &b->first);
    int high = addr_compare(&a->last, &b->last);
    return low >= 0 && high <= 0 && (low > 0 || high < 0);
}

static bool has(const struct contact *c, enum attribute_contacts_want want)
{
    return want == CONTACTS_MAIL ? c->mail[0] != '\0' : c->holder[0] != '\0';
}

/* One that has what is wanted is better than one without; then the narrower
 * one; then the one that was met first. */
static bool better(const struct contact *a, const struct contact *b,
                   enum attribute_contacts_want want)
{
    return has(a, want) != has(b, want) ? has(a, want) : inside(a, b);
}

const struct contact *attribute_contacts_find(const struct attribute_contacts *s,
                                              const struct addr *a,
                                              enum attribute_contacts_want want,
                                              const struct contact *best)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct contact *c = &s->items[i];
        if (covers(c, a) && (best == NULL || better(c, best, want))) {
            best = c;
        }
    }
    return best;
}

void attribute_contacts_text(char *out, size_t size, struct bytes s)
{
    origin_text(out, size, text_trim(s));
}

bool attribute_contacts_mail(struct bytes s, char out[MAILBOX_MAX])
{
    s = text_trim(s);
    if (s.len > 7 && strncasecmp((const char *)s.data, "mailto:", 7) == 0) {
        s = bytes_of(s.data + 7, s.len - 7);
    }
    if (!mailbox_is(s)) {
        return false;
    }
    memcpy(out, s.data, s.len);
    out[s.len] = '\0';
    return true;
}
