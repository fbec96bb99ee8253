/* attribute/rdap.c - networks and whom they name, by jansson.
 *
 * The size of the text is limited before it is parsed; jansson bounds the
 * nesting (2048 levels), and entities are followed only as deep as registries
 * write them.
 */
#include "attribute/rdap.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "base/core/json.h"
#include "base/core/limits.h"
#include "base/core/text.h"

bool attribute_rdap_sniff(struct bytes head)
{
    static const char class[] = "\"objectClassName\"";
    static const char conformance[] = "\"rdapConformance\"";
    size_t i = 0;
    while (i < head.len && memchr(" \t\r\n", head.data[i], 4) != NULL) {
        i++;
    }
    return i < head.len && (head.data[i] == '{' || head.data[i] == '[') &&
           (memmem(head.data, head.len, class, sizeof(class) - 1) != NULL ||
            memmem(head.data, head.len, conformance, sizeof(conformance) - 1) != NULL);
}

static struct bytes member(const json_t *j, const char *key)
{
    return json_text(json_object_get(j, key));
}

static bool is(struct bytes s, const char *word)
{
    return s.len == strlen(word) && strncasecmp((const char *)s.data, word, s.len) == 0;
}

static bool has_role(const json_t *entity, const char *role)
{
    const json_t *roles = json_object_get(entity, "roles");
    for (size_t i = 0; i < json_array_size(roles); i++) {
        if (is(json_text(json_array_get(roles, i)), role)) {
            return true;
        }
    }
    return false;
}

/* RFC 7095, 3.3: [name, parameters, type, value, ...]. The first property of
 * that name. */
static struct bytes card_value(const json_t *entity, const char *name)
{
    const json_t *card = json_array_get(json_object_get(entity, "vcardArray"), 1);
    for (size_t i = 0; i < json_array_size(card); i++) {
        const json_t *property = json_array_get(card, i);
        if (is(json_text(json_array_get(property, 0)), name)) {
            return json_text(json_array_get(property, 3));
        }
    }
    return (struct bytes){0};
}

/* Of several mails of a desk: the one for abuse (RIPE NCC marks it by its type),
 * then the one that is preferred (RFC 6350, 5.3: 1 most, 100 without), then the
 * first. */
static unsigned mail_rank(const json_t *property)
{
    enum { FOR_ABUSE = 0, LEAST = 100 };
    const json_t *parameters = json_array_get(property, 1);
    const json_t *type = json_object_get(parameters, "type");
    const json_t *pref = json_object_get(parameters, "pref");
    uint64_t n = 0;
    bool abuse = is(json_text(type), "abuse");
    for (size_t i = 0; i < json_array_size(type); i++) {
        abuse |= is(json_text(json_array_get(type, i)), "abuse");
    }
    if (abuse) {
        return FOR_ABUSE;
    }
    if (json_is_integer(pref)) { /* it should be text */
        n = (uint64_t)json_integer_value(pref);
    } else if (text_u64(json_text(pref), LEAST, &n) != ST_OK) {
        n = LEAST;
    }
    return n >= 1 && n <= LEAST ? (unsigned)n : LEAST;
}

static bool take_mail(const json_t *entity, struct contact *c)
{
    const json_t *card = json_array_get(json_object_get(entity, "vcardArray"), 1);
    unsigned best = UINT_MAX;
    for (size_t i = 0; i < json_array_size(card); i++) {
        const json_t *property = json_array_get(card, i);
        char mail[MAILBOX_MAX];
        if (is(json_text(json_array_get(property, 0)), "email") && mail_rank(property) < best &&
            attribute_contacts_mail(json_text(json_array_get(property, 3)), mail)) {
            memcpy(c->mail, mail, sizeof(mail));
            best = mail_rank(property);
        }
    }
    return best != UINT_MAX;
}

/* Look at entities on one level, then below: what stands higher is nearer to
 * the network. */
static void take_abuse(const json_t *entities, struct contact *c, unsigned depth)
{
    for (size_t i = 0; i < json_array_size(entities) && c->mail[0] == '\0'; i++) {
        const json_t *e = json_array_get(entities, i);
        if (has_role(e, "abuse") && take_mail(e, c)) {
            return;
        }
    }
    for (size_t i = 0; depth > 1 && i < json_array_size(entities) && c->mail[0] == '\0'; i++) {
        take_abuse(json_object_get(json_array_get(entities, i), "entities"), c, depth - 1);
    }
}

static void take_holder(const json_t *entities, struct contact *c)
{
    for (size_t i = 0; i < json_array_size(entities) && c->holder[0] == '\0'; i++) {
        const json_t *e = json_array_get(entities, i);
        if (has_role(e, "registrant")) {
            attribute_contacts_text(c->holder, sizeof(c->holder), card_value(e, "fn"));
        }
    }
}

static bool take_range(const json_t *net, struct contact *c)
{
    return addr_parse(member(net, "startAddress"), &c->first) == ST_OK &&
           addr_parse(member(net, "endAddress"), &c->last) == ST_OK &&
           addr_is_v4(&c->first) == addr_is_v4(&c->last) && addr_compare(&c->first, &c->last) <= 0;
}

static enum status take_network(const json_t *net, struct attribute_contacts *ret)
{
    struct contact c = {.source = 0};
    const json_t *entities = json_object_get(net, "entities");
    if (!take_range(net, &c)) {
        return ST_MALFORMED;
    }
    attribute_contacts_text(c.network, sizeof(c.network), member(net, "name"));
    take_abuse(entities, &c, LIMIT_RDAP_DEPTH);
    take_holder(entities, &c);
    c.redacted = json_array_size(json_object_get(net, "redacted")) > 0;
    return attribute_contacts_add(ret, &c);
}

static enum status take_answer(const json_t *answer, struct attribute_contacts *ret)
{
    if (!is(member(answer, "objectClassName"), "ip network")) {
        ret->skipped++;
        return ST_OK;
    }
    return take_network(answer, ret);
}

static enum status take_value(const json_t *value, struct attribute_contacts *ret)
{
    if (!json_is_array(value)) {
        return take_answer(value, ret);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        TRY(take_answer(json_array_get(value, i), ret));
    }
    return ST_OK;
}

static struct bytes skip_blanks(struct bytes s)
{
    while (s.len > 0 && memchr(" \t\r\n\x1e", s.data[0], 5) != NULL) { /* RFC 7464, 2.2: 1E */
        s = bytes_of(s.data + 1, s.len - 1);
    }
    return s;
}

enum status attribute_rdap_parse(struct bytes text, struct attribute_contacts *ret,
                                 struct fault *why)
{
    json_error_t error;
    *ret = (struct attribute_contacts){0};
    if (text.len > LIMIT_SOURCE_JSON_BYTES) {
        return fault_limit(why, 0, "size of a JSON source", LIMIT_SOURCE_JSON_BYTES);
    }
    for (struct bytes rest = skip_blanks(text); rest.len > 0; rest = skip_blanks(rest)) {
        uint64_t at = (uint64_t)(rest.data - text.data);
        CLEANUP(json_unref)
        json_t *value = json_loadb((const char *)rest.data, rest.len,
                                   JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &error);
        if (value == NULL) {
            at += error.position > 0 ? (uint64_t)error.position : 0;
            bool memory = json_error_code(&error) == json_error_out_of_memory;
            return fault_at(why, memory ? ST_NOMEM : ST_MALFORMED, at, "JSON");
        }
        enum status st = take_value(value, ret);
        if (st != ST_OK) {
            return fault_at(why, st, at, "network of an RDAP answer");
        }
        /* With that flag jansson tells here how much it took. */
        size_t took = error.position > 0 ? (size_t)error.position : rest.len;
        took = took > rest.len ? rest.len : took;
        rest = bytes_of(rest.data + took, rest.len - took);
    }
    return ret->n > 0 ? ST_OK : fault_at(why, ST_SHORT, 0, "RDAP answer about a network");
}
