/* exchange/accord/accord_parts.c - parties, witnesses and definitions of an accord. */
#include <string.h>

#include "base/core/base64.h"
#include "base/core/canon.h"
#include "base/core/text.h"
#include "exchange/accord/accord.h"

/* A line of text for people: UTF-8 without control characters and what deceives. */
static bool plain(const char *s)
{
    struct bytes b = bytes_of(s, strlen(s));
    for (size_t i = 0; i < b.len;) {
        uint32_t c = 0;
        size_t n = text_utf8_next(bytes_of(b.data + i, b.len - i), &c);
        if (n == 0 || text_is_deceptive(c)) {
            return false;
        }
        i += n;
    }
    return true;
}

static bool line_of(const json_t *o, const char *name, char *out, size_t max)
{
    return exchange_text_of(o, name, out, max) && plain(out);
}

/* Absent is "". */
static bool maybe_line_of(const json_t *o, const char *name, char *out, size_t max)
{
    out[0] = '\0';
    return json_object_get(o, name) == NULL || line_of(o, name, out, max);
}

static bool key_of(const json_t *o, const char *name, struct ledger_key *ret, struct fault *why)
{
    const json_t *v = json_object_get(o, name);
    return json_is_string(v) &&
           ledger_key_parse(bytes_of(json_string_value(v), json_string_length(v)), ret, why) ==
               ST_OK;
}

static bool mail_valid(const char *s)
{
    const char *at = strchr(s, '@');
    return at != NULL && at > s && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
           strpbrk(s, " <>\",;\\") == NULL;
}

static enum status read_contact(const json_t *o, struct accord_contact *c, struct fault *why)
{
    static const char *const names[] = {"lane", "role", "mail", "phone", "hours", NULL};
    char lane[32];
    int place = -1;
    if (!exchange_members_known(o, names) || !exchange_text_of(o, "lane", lane, sizeof(lane)) ||
        (place = accord_word_find(ACCORD_LANES, lane)) < 0) {
        return fault_at(why, ST_MALFORMED, 0, "lane of a contact point");
    }
    c->lane = (size_t)place;
    if (!line_of(o, "mail", c->mail, sizeof(c->mail)) || !mail_valid(c->mail)) {
        return fault_at(why, ST_MALFORMED, 0, "mail of a contact point");
    }
    if (!maybe_line_of(o, "role", c->role, sizeof(c->role)) ||
        !maybe_line_of(o, "phone", c->phone, sizeof(c->phone)) ||
        !maybe_line_of(o, "hours", c->hours, sizeof(c->hours))) {
        return fault_at(why, ST_MALFORMED, 0, "contact point");
    }
    return ST_OK;
}

/* How many of an array that may be absent; false: not one, or too many. */
static bool count_of(const json_t *o, const char *name, size_t max, size_t *ret)
{
    const json_t *v = json_object_get(o, name);
    *ret = json_array_size(v);
    return v == NULL || (json_is_array(v) && *ret > 0 && *ret <= max);
}

static enum status read_contacts(const json_t *o, struct accord_party *p, struct fault *why)
{
    if (!count_of(o, "contacts", ACCORD_CONTACTS_MAX, &p->contact_n)) {
        return fault_at(why, ST_MALFORMED, 0, "contacts");
    }
    for (size_t i = 0; i < p->contact_n; i++) {
        TRY(read_contact(json_array_get(json_object_get(o, "contacts"), i), &p->contact[i], why));
    }
    return ST_OK;
}

static enum status read_networks(const json_t *o, struct accord_party *p, struct fault *why)
{
    if (!count_of(o, "networks", ACCORD_NETWORKS_MAX, &p->network_n)) {
        return fault_at(why, ST_MALFORMED, 0, "networks");
    }
    for (size_t i = 0; i < p->network_n; i++) {
        const json_t *v = json_array_get(json_object_get(o, "networks"), i);
        char again[PREFIX_TEXT_MAX];
        struct bytes text = bytes_of(json_string_value(v), json_string_length(v));
        if (!json_is_string(v) || prefix_parse(text, &p->network[i]) != ST_OK) {
            return fault_at(why, ST_MALFORMED, 0, "networks");
        }
        size_t n = prefix_format(&p->network[i], again);
        if (!bytes_equal(bytes_of(again, n), text)) { /* 2001:DB8::/32 */
            return fault_at(why, ST_MALFORMED, 0, "networks: not in the usual spelling");
        }
    }
    return ST_OK;
}

static enum status read_sensors(const json_t *o, struct accord_party *p, struct fault *why)
{
    if (!count_of(o, "sensors", ACCORD_SENSORS_MAX, &p->sensor_n)) {
        return fault_at(why, ST_MALFORMED, 0, "sensors");
    }
    for (size_t i = 0; i < p->sensor_n; i++) {
        const json_t *v = json_array_get(json_object_get(o, "sensors"), i);
        size_t n = json_string_length(v);
        if (!json_is_string(v) || n >= sizeof(p->sensor[i]) ||
            !ledger_name_valid(bytes_of(json_string_value(v), n)) || !plain(json_string_value(v))) {
            return fault_at(why, ST_MALFORMED, 0, "sensors");
        }
        memcpy(p->sensor[i], json_string_value(v), n + 1);
    }
    return ST_OK;
}

static enum status read_tls(const json_t *o, struct accord_party *p, struct fault *why)
{
    if (!count_of(o, "tls", ACCORD_TLS_MAX, &p->tls_n)) {
        return fault_at(why, ST_MALFORMED, 0, "tls");
    }
    for (size_t i = 0; i < p->tls_n; i++) {
        const json_t *v = json_array_get(json_object_get(o, "tls"), i);
        struct bytes hex = bytes_of(json_string_value(v), json_string_length(v));
        if (!json_is_string(v) || digest_parse(hex, &p->tls[i]) != ST_OK) {
            return fault_at(why, ST_MALFORMED, 0, "tls");
        }
    }
    return ST_OK;
}

static bool next_of(const json_t *o, struct accord_party *p)
{
    const json_t *v = json_object_get(o, "next");
    size_t n = 0;
    p->has_next = v != NULL;
    return v == NULL || (json_is_string(v) &&
                         base64_decode(bytes_of(json_string_value(v), json_string_length(v)),
                                       p->next.b, DIGEST_BYTES, &n) == ST_OK &&
                         n == DIGEST_BYTES);
}

enum status accord_party_read(const json_t *o, struct accord_party *p, struct fault *why)
{
    static const char *const names[] = {"name",     "title",   "key", "next", "contacts",
                                        "networks", "sensors", "tls", NULL};
    if (!exchange_members_known(o, names)) {
        return fault_at(why, ST_MALFORMED, 0, "a member of a party that is not known");
    }
    if (!line_of(o, "name", p->name, sizeof(p->name)) ||
        !ledger_name_valid(bytes_of(p->name, strlen(p->name)))) {
        return fault_at(why, ST_MALFORMED, 0, "name of a party");
    }
    if (!maybe_line_of(o, "title", p->title, sizeof(p->title))) {
        return fault_at(why, ST_MALFORMED, 0, "title of a party");
    }
    if (!key_of(o, "key", &p->key, why) || p->key.type != LEDGER_KEY_SIGN ||
        strcmp(p->key.name, p->name) != 0) {
        return fault_at(why, ST_MALFORMED, 0, "key of a party");
    }
    if (!next_of(o, p)) {
        return fault_at(why, ST_MALFORMED, 0, "next key of a party");
    }
    TRY(read_contacts(o, p, why));
    TRY(read_networks(o, p, why));
    TRY(read_sensors(o, p, why));
    return read_tls(o, p, why);
}

/* --- witnesses -------------------------------------------------------------------- */

enum status accord_witnesses_read(const json_t *o, struct accord *a, struct fault *why)
{
    static const char *const names[] = {"keys", "quorum", NULL};
    static const char *const members[] = {"name", "key", NULL};
    const json_t *quorum = json_object_get(o, "quorum");
    if (!exchange_members_known(o, names) ||
        !count_of(o, "keys", ACCORD_WITNESSES_MAX, &a->witness_n) || a->witness_n == 0) {
        return fault_at(why, ST_MALFORMED, 0, "witnesses");
    }
    for (size_t i = 0; i < a->witness_n; i++) {
        const json_t *w = json_array_get(json_object_get(o, "keys"), i);
        struct accord_witness *r = &a->witness[i];
        if (!exchange_members_known(w, members) || !line_of(w, "name", r->name, sizeof(r->name)) ||
            !text_is_words(bytes_of(r->name, strlen(r->name)), "-._") ||
            strcmp(r->name, "none") == 0) {
            return fault_at(why, ST_MALFORMED, 0, "name of a witness");
        }
        if (!key_of(w, "key", &r->key, why) || r->key.type != LEDGER_KEY_COSIGN) {
            return fault_at(why, ST_MALFORMED, 0, "key of a witness");
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(a->witness[k].name, r->name) == 0 ||
                memcmp(&a->witness[k].key.material, &r->key.material, sizeof(struct digest)) == 0) {
                return fault_at(why, ST_MALFORMED, 0, "witness that is there twice");
            }
        }
    }
    json_int_t q = json_integer_value(quorum);
    if (!json_is_integer(quorum) || q < 1 || (size_t)q > a->witness_n) {
        return fault_at(why, ST_MALFORMED, 0, "quorum");
    }
    a->quorum = (unsigned)q;
    return ST_OK;
}

/* --- definitions ------------------------------------------------------------------ */

json_t *accord_definitions_json(const struct definition_set *set)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_STATEMENT_BYTES);
    json_t *o = json_object();
    char hex[DIGEST_TEXT_MAX];
    definition_set_write(set, &text);
    digest_format(&set->hash, hex);
    bool good =
        o != NULL && text.failed == ST_OK &&
        json_object_set_new(o, "hash", json_string(hex)) == 0 &&
        json_object_set_new(o, "set", json_loadb((const char *)text.data, text.len, 0, NULL)) == 0;
    if (!good) {
        json_decref(o);
        return NULL;
    }
    return o;
}

/* The values are those that the hash is of, all of them, so that nothing is meant
 * that cannot be read here. */
enum status accord_definitions_read(const json_t *o, struct definition_set *ret, struct fault *why)
{
    static const char *const names[] = {"hash", "set", NULL};
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_STATEMENT_BYTES);
    CLEANUP(buf_fini) struct buf again = BUF_INIT(LIMIT_STATEMENT_BYTES);
    struct digest hash;
    if (!exchange_members_known(o, names) || !exchange_hex_of(o, "hash", hash.b, DIGEST_BYTES) ||
        !json_is_object(json_object_get(o, "set"))) {
        return fault_at(why, ST_MALFORMED, 0, "definitions");
    }
    TRY(canon_write(json_object_get(o, "set"), &text));
    TRY(definition_set_read(buf_bytes(&text), ret, why));
    definition_set_write(ret, &again);
    TRY(again.failed);
    if (!bytes_equal(buf_bytes(&text), buf_bytes(&again))) {
        return fault_at(why, ST_MALFORMED, 0, "definitions: not all values are said");
    }
    if (memcmp(&hash, &ret->hash, sizeof(hash)) != 0) {
        return fault_at(why, ST_MALFORMED, 0, "hash of the definitions");
    }
    for (size_t i = 0; i < ret->n; i++) {
        if (!accord_act_valid(ret->items[i].name) || !accord_act_valid(ret->items[i].kind)) {
            return fault_at(why, ST_MALFORMED, 0, "definition that is not of a technical act");
        }
    }
    return ST_OK;
}
