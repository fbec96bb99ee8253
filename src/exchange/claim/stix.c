/* exchange/claim/stix.c - what bundles of STIX 2.0 and 2.1 say of addresses.
 *
 * Observed data tells when; traffic in it tells who and whom. A sighting of an
 * indicator tells when, its pattern tells who. An indicator alone has no time:
 * valid_from is when it may be used (STIX 2.1, 4.7), not when anything happened.
 */
#include <string.h>

#include "base/core/json.h"
#include "base/core/limits.h"
#include "exchange/claim/forms.h"

struct bundle {
    struct claim_reading *r;
    const json_t *objects;
    json_t *by_id; /* id: object; borrowed values */
    json_t *used;  /* ids that something with a time refers to */
};

static bool is_type(const json_t *o, const char *type)
{
    struct bytes t = claim_json_member(o, "type");
    return bytes_equal(t, bytes_of(type, strlen(type)));
}

static bool is_address(const json_t *o)
{
    return is_type(o, "ipv4-addr") || is_type(o, "ipv6-addr");
}

static void set(const struct bundle *b, struct claim_draft *d, enum claim_key key, const json_t *v)
{
    char room[CLAIM_TEXT_MAX];
    bool read = json_is_string(v) || json_is_integer(v) || claim_key_is_stated(key);
    struct bytes text = read ? claim_json_value(v, room, sizeof(room)) : (struct bytes){0};
    if (v != NULL) {
        (void)claim_draft_set(b->r->set, d, &b->r->clock, key, text); /* noted when it is none */
    }
}

/* The object that a reference names, among `near` first (STIX 2.0). */
static const json_t *follow(const struct bundle *b, const json_t *near, const json_t *ref)
{
    const char *id = json_string_value(ref);
    const json_t *o = id != NULL ? json_object_get(near, id) : NULL;
    return o != NULL || id == NULL ? o : json_object_get(b->by_id, id);
}

static bool is_network_layer(struct bytes s)
{
    return bytes_equal(s, BYTES_LITERAL("ipv4")) || bytes_equal(s, BYTES_LITERAL("ipv6")) ||
           bytes_equal(s, BYTES_LITERAL("ip"));
}

static void take_traffic(const struct bundle *b, struct claim_draft *d, const json_t *near,
                         const json_t *t)
{
    const json_t *protocols = json_object_get(t, "protocols");
    const json_t *src = follow(b, near, json_object_get(t, "src_ref"));
    const json_t *dst = follow(b, near, json_object_get(t, "dst_ref"));
    set(b, d, CLAIM_KEY_SOURCE, json_object_get(src, "value"));
    set(b, d, CLAIM_KEY_TARGET, json_object_get(dst, "value"));
    set(b, d, CLAIM_KEY_SOURCE_PORT, json_object_get(t, "src_port"));
    set(b, d, CLAIM_KEY_TARGET_PORT, json_object_get(t, "dst_port"));
    for (size_t i = 0; i < json_array_size(protocols) && d->c.proto == 0; i++) {
        d->c.proto = claim_proto(claim_json_text(json_array_get(protocols, i)));
    }
    const json_t *innermost = json_array_get(protocols, json_array_size(protocols) - 1);
    if (d->c.proto == 0 && !is_network_layer(claim_json_text(innermost))) {
        set(b, d, CLAIM_KEY_PROTO, innermost);
    }
    set(b, d, CLAIM_KEY_TALLY, json_object_get(t, "src_packets"));
}

static enum status read_traffic(const struct bundle *b, const json_t *near, const json_t *t,
                                const json_t *observed)
{
    struct claim_draft d = {.port = CLAIM_KEY_NONE};
    take_traffic(b, &d, near, t);
    bool own = json_object_get(t, "start") != NULL;
    set(b, &d, CLAIM_KEY_FIRST,
        json_object_get(own ? t : observed, own ? "start" : "first_observed"));
    set(b, &d, CLAIM_KEY_LAST, json_object_get(own ? t : observed, own ? "end" : "last_observed"));
    if (d.c.count == 0) {
        set(b, &d, CLAIM_KEY_TALLY, json_object_get(observed, "number_observed"));
    }
    return claim_draft_end(b->r->set, &d);
}

static enum status read_address(const struct bundle *b, const json_t *a, const json_t *observed)
{
    struct claim_draft d = {.port = CLAIM_KEY_NONE};
    set(b, &d, CLAIM_KEY_SOURCE, json_object_get(a, "value"));
    set(b, &d, CLAIM_KEY_FIRST, json_object_get(observed, "first_observed"));
    set(b, &d, CLAIM_KEY_LAST, json_object_get(observed, "last_observed"));
    set(b, &d, CLAIM_KEY_TALLY, json_object_get(observed, "number_observed"));
    return claim_draft_end(b->r->set, &d);
}

/* STIX 2.0 has the objects inside, 2.1 refers to them. */
static enum status read_observed(const struct bundle *b, const json_t *o)
{
    const json_t *inside = json_object_get(o, "objects");
    const json_t *refs = json_object_get(o, "object_refs");
    const char *key;
    json_t *x;
    bool traffic = false;
    json_object_foreach((json_t *)(uintptr_t)inside, key, x)
    {
        if (is_type(x, "network-traffic")) {
            traffic = true;
            TRY(read_traffic(b, inside, x, o));
        }
    }
    for (size_t i = 0; i < json_array_size(refs); i++) {
        const json_t *t = follow(b, NULL, json_array_get(refs, i));
        if (is_type(t, "network-traffic")) {
            traffic = true;
            TRY(read_traffic(b, NULL, t, o));
        }
    }
    json_object_foreach((json_t *)(uintptr_t)inside, key, x)
    {
        if (!traffic && is_address(x)) {
            TRY(read_address(b, x, o));
        }
    }
    for (size_t i = 0; i < json_array_size(refs) && !traffic; i++) {
        const json_t *a = follow(b, NULL, json_array_get(refs, i));
        if (is_address(a)) {
            TRY(read_address(b, a, o));
        }
    }
    return ST_OK;
}

/* --- patterns ----------------------------------------------------------------------- */

static bool ends(struct bytes s, const char *word)
{
    size_t n = strlen(word);
    return s.len >= n && memcmp(s.data + s.len - n, word, n) == 0;
}

static enum claim_key key_of_path(struct bytes path)
{
    return ends(path, "dst_ref.value")                                ? CLAIM_KEY_TARGET
           : ends(path, "src_ref.value") || ends(path, "-addr:value") ? CLAIM_KEY_SOURCE
           : ends(path, "src_port")                                   ? CLAIM_KEY_SOURCE_PORT
           : ends(path, "dst_port")                                   ? CLAIM_KEY_TARGET_PORT
                                                                      : CLAIM_KEY_NONE;
}

static bool of_path(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == ':' ||
           c == '.';
}

/* Comparisons "path = 'value'" in a pattern (STIX 2.1, 9.6); how they are joined
 * is not looked at. */
static void read_pattern(const struct bundle *b, struct claim_draft *d, struct bytes s)
{
    for (size_t eq = 0; eq < s.len; eq++) {
        if (s.data[eq] != '=') {
            continue;
        }
        size_t end = eq;
        while (end > 0 && s.data[end - 1] == ' ') {
            end--;
        }
        size_t begin = end;
        while (begin > 0 && of_path(s.data[begin - 1])) {
            begin--;
        }
        size_t v = eq + 1;
        while (v < s.len && (s.data[v] == ' ' || s.data[v] == '\'')) {
            v++;
        }
        size_t stop = v;
        while (stop < s.len && s.data[stop] != '\'' && s.data[stop] != ' ' && s.data[stop] != ']') {
            stop++;
        }
        enum claim_key key = key_of_path(bytes_of(s.data + begin, end - begin));
        bool taken = key == CLAIM_KEY_SOURCE && d->has_source;
        if (key != CLAIM_KEY_NONE && !taken) {
            (void)claim_draft_set(b->r->set, d, &b->r->clock, key,
                                  bytes_of(s.data + v, stop - v)); /* noted when it is none */
        }
    }
}

/* Whom something talks to is a host. */
static void turn_host(struct claim_draft *d)
{
    if (!d->has_source && d->c.has_target) {
        d->c.source = d->c.target;
        d->c.source_port = d->c.target_port;
        d->c.has_target = false;
        d->c.target_port = 0;
        d->has_source = true;
    }
}

static enum status read_indicator(const struct bundle *b, const json_t *indicator,
                                  const json_t *sighting)
{
    struct claim_draft d = {.port = CLAIM_KEY_NONE};
    const json_t *types = json_object_get(indicator, "indicator_types");
    types = types != NULL ? types : json_object_get(indicator, "labels");
    read_pattern(b, &d, claim_json_member(indicator, "pattern"));
    turn_host(&d);
    set(b, &d, CLAIM_KEY_ACT, json_object_get(indicator, "name"));
    set(b, &d, CLAIM_KEY_ACT, json_array_get(types, 0));
    set(b, &d, CLAIM_KEY_FIRST, json_object_get(sighting, "first_seen"));
    set(b, &d, CLAIM_KEY_LAST, json_object_get(sighting, "last_seen"));
    set(b, &d, CLAIM_KEY_TALLY, json_object_get(sighting, "count"));
    return claim_draft_end(b->r->set, &d);
}

/* --- the bundle --------------------------------------------------------------------- */

static bool mark(json_t *used, const json_t *ref)
{
    const char *id = json_string_value(ref);
    return id == NULL || json_object_set_new(used, id, json_true()) == 0;
}

static enum status index_objects(struct bundle *b)
{
    bool ok = b->by_id != NULL && b->used != NULL;
    for (size_t i = 0; ok && i < json_array_size(b->objects); i++) {
        json_t *o = json_array_get(b->objects, i);
        const json_t *refs = json_object_get(o, "object_refs");
        const char *id = json_string_value(json_object_get(o, "id"));
        ok = id == NULL || json_object_set(b->by_id, id, o) == 0;
        if (ok && is_type(o, "sighting")) {
            ok = mark(b->used, json_object_get(o, "sighting_of_ref"));
        }
        for (size_t k = 0; ok && is_type(o, "observed-data") && k < json_array_size(refs); k++) {
            ok = mark(b->used, json_array_get(refs, k));
        }
    }
    return ok ? ST_OK : ST_NOMEM;
}

static void take_author(const struct bundle *b, const json_t *o)
{
    const json_t *who = follow(b, NULL, json_object_get(o, "created_by_ref"));
    struct bytes name = claim_json_member(who, "name");
    if (b->r->set->accuser[0] == '\0' && is_type(who, "identity")) {
        claim_copy(b->r->set->accuser, sizeof(b->r->set->accuser), name);
    }
}

static enum status read_object(const struct bundle *b, const json_t *o)
{
    const char *id = json_string_value(json_object_get(o, "id"));
    bool used = id != NULL && json_object_get(b->used, id) != NULL;
    take_author(b, o);
    if (is_type(o, "observed-data")) {
        return read_observed(b, o);
    }
    if (is_type(o, "network-traffic") && !used) {
        return read_traffic(b, NULL, o, NULL);
    }
    if (is_type(o, "sighting")) {
        const json_t *of = follow(b, NULL, json_object_get(o, "sighting_of_ref"));
        return is_type(of, "indicator") ? read_indicator(b, of, o) : ST_OK;
    }
    return is_type(o, "indicator") && !used ? read_indicator(b, o, NULL) : ST_OK;
}

enum status claim_read_stix(struct claim_reading *r, const json_t *bundle)
{
    CLEANUP(json_unref) json_t *by_id = json_object();
    CLEANUP(json_unref) json_t *used = json_object();
    struct bundle b = {
        .r = r, .objects = json_object_get(bundle, "objects"), .by_id = by_id, .used = used};
    TRY(index_objects(&b));
    for (size_t i = 0; i < json_array_size(b.objects); i++) {
        TRY(read_object(&b, json_array_get(b.objects, i)));
    }
    if (r->set->reference[0] == '\0') {
        claim_copy(r->set->reference, sizeof(r->set->reference), claim_json_member(bundle, "id"));
    }
    return ST_OK;
}
