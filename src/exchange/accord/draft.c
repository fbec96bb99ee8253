/* exchange/accord/draft.c - bodies of accords, step by step. */
#include "exchange/accord/draft.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/base64.h"
#include "base/core/canon.h"
#include "base/core/text.h"

static enum status set_new(json_t *o, const char *name, json_t *v)
{
    return json_object_set_new(o, name, v) == 0 ? ST_OK : ST_NOMEM;
}

static enum status set_text(json_t *o, const char *name, const char *text)
{
    return set_new(o, name, json_string(text));
}

/* The array of this name, made if it is not there. NULL: no memory. */
static json_t *array_of(json_t *o, const char *name)
{
    json_t *v = json_object_get(o, name);
    if (v == NULL && json_object_set_new(o, name, json_array()) == 0) {
        v = json_object_get(o, name);
    }
    return v;
}

static enum status append(json_t *o, const char *name, json_t *v)
{
    json_t *list = array_of(o, name);
    if (list == NULL) {
        json_decref(v);
        return ST_NOMEM;
    }
    return v != NULL && json_array_append_new(list, v) == 0 ? ST_OK : ST_NOMEM;
}

/* --- clauses and what they govern -------------------------------------------------- */

static json_t *clause_json(const struct accord_clause *c)
{
    json_t *o = json_object();
    bool good = o != NULL && set_text(o, "id", c->id) == ST_OK &&
                set_new(o, "version", json_integer(c->version)) == ST_OK &&
                set_text(o, "title", c->title) == ST_OK && set_text(o, "text", c->text) == ST_OK &&
                set_text(o, "source", c->source) == ST_OK;
    if (!good) {
        json_decref(o);
        return NULL;
    }
    return o;
}

/* All words of a list. */
static json_t *words_json(enum accord_list list)
{
    json_t *v = json_array();
    struct accord_word w;
    for (size_t i = 0; v != NULL && (w = accord_word_at(list, i)).name != NULL; i++) {
        if (json_array_append_new(v, json_string(w.name)) != 0) {
            json_decref(v);
            return NULL;
        }
    }
    return v;
}

static json_t *limits_json(const struct accord_template *t)
{
    json_t *o = json_object();
    for (size_t i = 0; o != NULL && i < ACCORD_LIMITS; i++) {
        if (t->limits[i] != 0 && set_new(o, accord_word_at(ACCORD_LIMIT_NAMES, i).name,
                                         json_integer(t->limits[i])) != ST_OK) {
            json_decref(o);
            return NULL;
        }
    }
    return o;
}

static json_t *sharing_json(void)
{
    json_t *o = json_object(), *list = json_array();
    bool good = o != NULL && list != NULL && set_text(o, "tlp", "AMBER") == ST_OK &&
                json_array_append_new(list, json_string("own-organisation")) == 0 &&
                json_array_append_new(list, json_string("national-cert")) == 0 &&
                json_object_set(o, "pass_on", list) == 0;
    json_decref(list);
    if (!good) {
        json_decref(o);
        return NULL;
    }
    return o;
}

/* What a clause governs, as it is when nobody has said otherwise. */
static json_t *governed_json(const struct accord_clause *c, const struct accord_template *t,
                             const struct definition_set *definitions)
{
    return strcmp(c->governs, "definitions") == 0 ? accord_definitions_json(definitions)
           : strcmp(c->governs, "denials") == 0   ? words_json(ACCORD_DENIALS)
           : strcmp(c->governs, "grounds") == 0   ? words_json(ACCORD_GROUNDS)
           : strcmp(c->governs, "limits") == 0    ? limits_json(t)
                                                  : sharing_json();
}

enum status accord_draft_clause(json_t *body, const struct accord_clause *c)
{
    json_t *list = array_of(body, "clauses");
    size_t at = 0;
    if (list == NULL) {
        return ST_NOMEM;
    }
    for (; at < json_array_size(list); at++) {
        const char *id = json_string_value(json_object_get(json_array_get(list, at), "id"));
        const struct accord_clause *there = id != NULL ? accord_clause_find(id) : NULL;
        if (there == c) {
            return ST_OK;
        }
        if (there != NULL && there > c) {
            break;
        }
    }
    return json_array_insert_new(list, at, clause_json(c)) == 0 ? ST_OK : ST_NOMEM;
}

static enum status fill(json_t *body, const struct accord_template *t,
                        const struct definition_set *definitions)
{
    for (size_t i = 0; t->clauses[i] != NULL; i++) {
        const struct accord_clause *c = accord_clause_find(t->clauses[i]);
        TRY(accord_draft_clause(body, c));
        if (c->governs[0] != '\0') {
            TRY(set_new(body, c->governs, governed_json(c, t, definitions)));
        }
    }
    return ST_OK;
}

json_t *accord_draft_new(const struct accord_template *t, const uint8_t id[EXCHANGE_ID_BYTES],
                         const struct definition_set *definitions)
{
    json_t *body = json_object();
    char hex[EXCHANGE_ID_TEXT];
    exchange_hex_text(id, EXCHANGE_ID_BYTES, hex);
    bool good = body != NULL && set_text(body, "accord", hex) == ST_OK &&
                set_new(body, "version", json_integer(1)) == ST_OK &&
                set_text(body, "title", t->title) == ST_OK &&
                set_text(body, "template", t->name) == ST_OK &&
                set_new(body, "parties", json_array()) == ST_OK &&
                fill(body, t, definitions) == ST_OK;
    if (!good) {
        json_decref(body);
        return NULL;
    }
    return body;
}

json_t *accord_draft_copy(const json_t *body)
{
    json_t *copy = json_deep_copy(body);
    json_int_t n = json_integer_value(json_object_get(body, "version"));
    if (copy != NULL && set_new(copy, "version", json_integer(n + 1)) != ST_OK) {
        json_decref(copy);
        return NULL;
    }
    return copy;
}

/* --- parties ---------------------------------------------------------------------- */

json_t *accord_draft_party(const struct ledger_key *key, const struct digest *next)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_BYTES), hash = BUF_INIT(64);
    json_t *o = json_object();
    ledger_key_format(key, &text);
    bool good = o != NULL && text.failed == ST_OK && set_text(o, "name", key->name) == ST_OK &&
                set_new(o, "key", json_stringn((const char *)text.data, text.len)) == ST_OK;
    if (good && next != NULL) {
        base64_append(&hash, bytes_of(next->b, sizeof(next->b)));
        good = hash.failed == ST_OK &&
               set_new(o, "next", json_stringn((const char *)hash.data, hash.len)) == ST_OK;
    }
    if (!good) {
        json_decref(o);
        return NULL;
    }
    return o;
}

static const char *name_of(const json_t *party)
{
    const char *name = json_string_value(json_object_get(party, "name"));
    return name != NULL ? name : "";
}

enum status accord_draft_put_party(json_t *body, json_t *party)
{
    json_t *list = array_of(body, "parties");
    size_t at = 0;
    if (list == NULL || party == NULL) {
        json_decref(party);
        return ST_NOMEM;
    }
    for (; at < json_array_size(list); at++) {
        int c = strcmp(name_of(json_array_get(list, at)), name_of(party));
        if (c == 0) {
            return json_array_set_new(list, at, party) == 0 ? ST_OK : ST_NOMEM;
        }
        if (c > 0) {
            break;
        }
    }
    return json_array_insert_new(list, at, party) == 0 ? ST_OK : ST_NOMEM;
}

json_t *accord_draft_party_of(json_t *body, const char *name)
{
    json_t *list = json_object_get(body, "parties");
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (strcmp(name_of(json_array_get(list, i)), name) == 0) {
            return json_array_get(list, i);
        }
    }
    return NULL;
}

void accord_draft_drop_party(json_t *body, const char *name)
{
    json_t *list = json_object_get(body, "parties");
    for (size_t i = json_array_size(list); i-- > 0;) {
        if (strcmp(name_of(json_array_get(list, i)), name) == 0) {
            (void)json_array_remove(list, i); /* the place is there */
        }
    }
}

enum status accord_draft_title(json_t *party, const char *title)
{
    return set_text(party, "title", title);
}

/* The next part of LANE:MAIL,PHONE,HOURS,ROLE; false when there is none. */
static bool part(const char **s, char end, char *out, size_t max)
{
    const char *stop = strchr(*s, end);
    size_t n = stop != NULL ? (size_t)(stop - *s) : strlen(*s);
    if (n == 0 || n >= max) {
        return false;
    }
    memcpy(out, *s, n);
    out[n] = '\0';
    *s += n + (stop != NULL ? 1 : 0);
    return true;
}

enum status accord_draft_contact(json_t *party, const char *text)
{
    static const char *const names[] = {"mail", "phone", "hours", "role"};
    char value[ACCORD_TEXT_MAX];
    if (strchr(text, ':') == NULL || !part(&text, ':', value, sizeof(value)) ||
        accord_word_find(ACCORD_LANES, value) < 0) {
        return ST_MALFORMED;
    }
    CLEANUP(canon_freep) json_t *o = json_object();
    TRY(o != NULL ? set_text(o, "lane", value) : ST_NOMEM);
    TRY(set_text(o, "hours", "24/7"));
    for (size_t i = 0; i < ARRAY_LEN(names) && *text != '\0'; i++) {
        if (!part(&text, ',', value, sizeof(value))) {
            return ST_MALFORMED;
        }
        TRY(set_text(o, names[i], value));
    }
    return *text == '\0' && json_object_get(o, "mail") != NULL
               ? append(party, "contacts", json_incref(o))
               : ST_MALFORMED;
}

enum status accord_draft_network(json_t *party, const struct prefix *net)
{
    char text[PREFIX_TEXT_MAX];
    (void)prefix_format(net, text);
    return append(party, "networks", json_string(text));
}

enum status accord_draft_sensor(json_t *party, const char *name)
{
    return append(party, "sensors", json_string(name));
}

enum status accord_draft_tls(json_t *party, const char *hex)
{
    struct digest d;
    return digest_parse(bytes_of(hex, strlen(hex)), &d) == ST_OK
               ? append(party, "tls", json_string(hex))
               : ST_MALFORMED;
}

/* --- terms ------------------------------------------------------------------------ */

enum status accord_draft_definitions(json_t *body, const struct definition_set *set)
{
    return set_new(body, "definitions", accord_definitions_json(set));
}

/* Words parted by commas, as an array in the order of the list. */
static enum status words_of(const char *text, enum accord_list list, json_t **ret)
{
    uint32_t bits = 0;
    char word[64];
    while (*text != '\0') {
        int place = part(&text, ',', word, sizeof(word)) ? accord_word_find(list, word) : -1;
        if (place < 0) {
            return ST_MALFORMED;
        }
        bits |= UINT32_C(1) << place;
    }
    json_t *v = json_array();
    for (size_t i = 0; i < 32 && v != NULL; i++) {
        if ((bits >> i & 1U) != 0 &&
            json_array_append_new(v, json_string(accord_word_at(list, i).name)) != 0) {
            json_decref(v);
            return ST_NOMEM;
        }
    }
    if (v == NULL || bits == 0) {
        json_decref(v);
        return v == NULL ? ST_NOMEM : ST_MALFORMED;
    }
    *ret = v;
    return ST_OK;
}

static enum status set_words(json_t *o, const char *name, const char *text, enum accord_list list)
{
    json_t *v = NULL;
    TRY(words_of(text, list, &v));
    return set_new(o, name, v);
}

static enum status set_limit(json_t *body, size_t which, const char *text)
{
    uint64_t n = 0;
    json_t *o = json_object_get(body, "limits");
    if (o == NULL ||
        text_u64(bytes_of(text, strlen(text)), accord_limit_most(which), &n) != ST_OK || n == 0) {
        return ST_MALFORMED;
    }
    return set_new(o, accord_word_at(ACCORD_LIMIT_NAMES, which).name, json_integer((json_int_t)n));
}

enum status accord_draft_set(json_t *body, const char *text)
{
    char name[64];
    json_t *sharing = json_object_get(body, "sharing");
    if (strchr(text, '=') == NULL || !part(&text, '=', name, sizeof(name))) {
        return ST_MALFORMED;
    }
    int limit = accord_word_find(ACCORD_LIMIT_NAMES, name);
    if (limit >= 0) {
        return set_limit(body, (size_t)limit, text);
    }
    if (strcmp(name, "tlp") == 0 && sharing != NULL && accord_word_find(ACCORD_TLP, text) >= 0) {
        return set_text(sharing, "tlp", text);
    }
    if (strcmp(name, "pass_on") == 0 && sharing != NULL) {
        return set_words(sharing, "pass_on", text, ACCORD_RECIPIENTS);
    }
    if (strcmp(name, "denials") == 0 && json_object_get(body, name) != NULL) {
        return set_words(body, name, text, ACCORD_DENIALS);
    }
    if (strcmp(name, "grounds") == 0 && json_object_get(body, name) != NULL) {
        return set_words(body, name, text, ACCORD_GROUNDS);
    }
    return ST_MALFORMED;
}

static json_t *witness_json(const struct ledger_key *key, size_t number)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_BYTES), name = BUF_INIT(64);
    json_t *o = json_object();
    ledger_key_format(key, &text);
    buf_printf(&name, "w%zu", number);
    bool good = o != NULL && text.failed == ST_OK && name.failed == ST_OK &&
                set_new(o, "name", json_stringn((const char *)name.data, name.len)) == ST_OK &&
                set_new(o, "key", json_stringn((const char *)text.data, text.len)) == ST_OK;
    if (!good) {
        json_decref(o);
        return NULL;
    }
    return o;
}

enum status accord_draft_witness(json_t *body, const struct ledger_key *key)
{
    json_t *w = json_object_get(body, "witnesses");
    if (w == NULL) {
        TRY(set_new(body, "witnesses", json_object()));
        TRY(accord_draft_clause(body, accord_clause_governing("witnesses")));
        w = json_object_get(body, "witnesses");
    }
    size_t n = json_array_size(json_object_get(w, "keys")) + 1;
    TRY(append(w, "keys", witness_json(key, n)));
    return set_new(w, "quorum", json_integer((json_int_t)n));
}

enum status accord_draft_quorum(json_t *body, unsigned quorum)
{
    json_t *w = json_object_get(body, "witnesses");
    return w != NULL ? set_new(w, "quorum", json_integer(quorum)) : ST_MALFORMED;
}

/* --- declining -------------------------------------------------------------------- */

/* What is quoted: a text, out of which nobody reads values. */
static enum status quote(const struct accord_clause *c, const json_t *governed, struct buf *out)
{
    buf_printf(out, "%s. %s", c->title, c->text);
    if (governed != NULL) {
        buf_str(out, " [");
        TRY(canon_write(governed, out));
        buf_byte(out, ']');
    }
    return out->failed;
}

static enum status take_out(json_t *body, const struct accord_clause *c)
{
    json_t *list = json_object_get(body, "clauses");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *id = json_string_value(json_object_get(json_array_get(list, i), "id"));
        if (id != NULL && strcmp(id, c->id) == 0) {
            return json_array_remove(list, i) == 0 ? ST_OK : ST_NOMEM;
        }
    }
    return ST_END;
}

enum status accord_draft_decline(json_t *body, const struct accord_clause *c, const char *by,
                                 const char *ground)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(ACCORD_QUOTED_MAX);
    CLEANUP(canon_freep) json_t *o = json_object();
    const json_t *governed = c->governs[0] != '\0' ? json_object_get(body, c->governs) : NULL;
    TRY(o != NULL ? quote(c, governed, &text) : ST_NOMEM);
    TRY(take_out(body, c));
    if (governed != NULL && json_object_del(body, c->governs) != 0) {
        return ST_NOMEM;
    }
    TRY(set_text(o, "clause", c->id));
    TRY(set_text(o, "by", by));
    TRY(set_text(o, "ground", ground));
    TRY(set_new(o, "quoted", json_stringn((const char *)text.data, text.len)));
    return append(body, "declined", json_incref(o));
}
