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
#include "exchange/claim/stix_pattern.h"

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

/* What an alternative says of the connection, and how many ends it names. */
struct ends {
    size_t sources, targets;
    struct bytes target; /* the first */
};

static bool is_end(enum claim_key key)
{
    return key == CLAIM_KEY_SOURCE || key == CLAIM_KEY_TARGET;
}

/* What a pattern excludes or bounds is no value: quoted, and a port that is not
 * known so is not unsaid. */
static void leave_out(const struct bundle *b, struct claim_draft *d, enum claim_key key,
                      struct bytes value)
{
    claim_set_quote(b->r->set, BYTES_LITERAL("of a pattern, not read"), value);
    if (!is_end(key)) {
        claim_unread(&d->c,
                     key == CLAIM_KEY_SOURCE_PORT ? CLAIM_STATED_SOURCE_PORT
                                                  : CLAIM_STATED_TARGET_PORT,
                     value);
    }
}

/* Two ports of one connection, as of "(port = 22 OR port = 23)", are none. */
static void take_port(const struct bundle *b, struct claim_draft *d, enum claim_key key,
                      struct bytes value)
{
    bool source = key == CLAIM_KEY_SOURCE_PORT;
    uint16_t *port = source ? &d->c.source_port : &d->c.target_port;
    uint16_t had = *port;
    (void)claim_draft_set(b->r->set, d, &b->r->clock, key, value); /* kept when it is none */
    if (had != 0 && had != *port) {
        leave_out(b, d, key, value);
    }
    enum claim_stated what = source ? CLAIM_STATED_SOURCE_PORT : CLAIM_STATED_TARGET_PORT;
    *port = d->c.unread[what][0] != '\0' ? 0 : *port;
}

static void read_alternative(const struct bundle *b, struct claim_draft *d, struct bytes s,
                             struct ends *ret)
{
    struct stix_comparisons all = {.alternative = s};
    struct stix_comparison c;
    while (stix_comparison_next(&all, &c)) {
        enum claim_key key = key_of_path(c.path);
        if (key == CLAIM_KEY_NONE) {
            continue;
        }
        if (c.excludes || !c.equals) {
            leave_out(b, d, key, c.value);
        } else if (!is_end(key)) {
            take_port(b, d, key, c.value);
        } else if (key == CLAIM_KEY_SOURCE) {
            ret->sources++;
        } else if (ret->targets++ == 0) {
            ret->target = c.value;
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

static void dress(const struct bundle *b, struct claim_draft *d, const json_t *indicator,
                  const json_t *sighting)
{
    const json_t *types = json_object_get(indicator, "indicator_types");
    types = types != NULL ? types : json_object_get(indicator, "labels");
    set(b, d, CLAIM_KEY_ACT, json_object_get(indicator, "name"));
    set(b, d, CLAIM_KEY_ACT, json_array_get(types, 0));
    set(b, d, CLAIM_KEY_FIRST, json_object_get(sighting, "first_seen"));
    set(b, d, CLAIM_KEY_LAST, json_object_get(sighting, "last_seen"));
}

/* One incident for each address that is accused: the sources, and where there are
 * none, the hosts. */
static enum status accuse(const struct bundle *b, const struct claim_draft *common, struct bytes s,
                          const struct ends *ends)
{
    enum claim_key accused = ends->sources > 0 ? CLAIM_KEY_SOURCE : CLAIM_KEY_TARGET;
    struct stix_comparisons all = {.alternative = s};
    struct stix_comparison c;
    while (stix_comparison_next(&all, &c)) {
        if (c.excludes || !c.equals || key_of_path(c.path) != accused) {
            continue;
        }
        struct claim_draft d = *common;
        (void)claim_draft_set(b->r->set, &d, &b->r->clock, accused, c.value); /* or noted */
        if (accused == CLAIM_KEY_SOURCE && ends->targets == 1) {
            (void)claim_draft_set(b->r->set, &d, &b->r->clock, CLAIM_KEY_TARGET, ends->target);
        } else if (accused == CLAIM_KEY_SOURCE && ends->targets > 1) { /* one of them: which? */
            claim_unread(&d.c, CLAIM_STATED_TARGET, ends->target);
        }
        turn_host(&d);
        TRY(claim_draft_end(b->r->set, &d));
    }
    return ST_OK;
}

static size_t count_accused(struct bytes pattern)
{
    struct stix_alternatives all = {.pattern = pattern};
    struct bytes s;
    size_t n = 0;
    while (stix_alternative_next(&all, &s)) {
        struct stix_comparisons in = {.alternative = s};
        struct stix_comparison c;
        size_t sources = 0, targets = 0;
        while (stix_comparison_next(&in, &c)) {
            bool counts = c.equals && !c.excludes;
            sources += counts && key_of_path(c.path) == CLAIM_KEY_SOURCE;
            targets += counts && key_of_path(c.path) == CLAIM_KEY_TARGET;
        }
        n += sources > 0 ? sources : targets;
    }
    return n;
}

/* How often a sighting counts is said of the whole pattern: of one address alone. */
static enum status read_indicator(const struct bundle *b, const json_t *indicator,
                                  const json_t *sighting)
{
    struct bytes pattern = claim_json_member(indicator, "pattern");
    struct bytes language = claim_json_member(indicator, "pattern_type");
    struct stix_alternatives all = {.pattern = pattern};
    struct bytes s;
    bool one = count_accused(pattern) == 1;
    if (language.len > 0 && !bytes_equal(language, BYTES_LITERAL("stix"))) {
        claim_set_quote(b->r->set, BYTES_LITERAL("pattern, not read"), language);
        b->r->set->notes |= CLAIM_NOTE_UNREAD;
        return ST_OK;
    }
    while (stix_alternative_next(&all, &s)) {
        struct claim_draft d = {.port = CLAIM_KEY_NONE};
        struct ends ends = {.sources = 0};
        read_alternative(b, &d, s, &ends);
        dress(b, &d, indicator, sighting);
        if (one) {
            set(b, &d, CLAIM_KEY_TALLY, json_object_get(sighting, "count"));
        }
        TRY(accuse(b, &d, s, &ends));
    }
    return ST_OK;
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
