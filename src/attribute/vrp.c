/* attribute/vrp.c - a large array of small objects, one parsed at a time.
 *
 *   {"metadata": {...}, "roas": [{"asn": "AS64500", "prefix": "192.0.2.0/24",
 *    "maxLength": 24, "ta": "ripe", "expires": 1790000000}, ...]}
 *
 * All of the RPKI has 70 MB so, which would need ten times as much when parsed
 * at once. jansson reads each value, what is between them is read here.
 */
#include "attribute/vrp.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "attribute/nest.h"
#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/model/origin.h"

struct parse {
    struct bytes text;
    size_t at;
    struct attribute_vrps *out;
    struct fault *why;
};

static void unref(json_t **j)
{
    json_decref(*j);
}

static enum status wrong(const struct parse *p, enum status st, const char *field)
{
    return fault_at(p->why, st, p->at, field);
}

static void skip_space(struct parse *p)
{
    while (p->at < p->text.len && strchr(" \t\r\n", p->text.data[p->at]) != NULL &&
           p->text.data[p->at] != '\0') {
        p->at++;
    }
}

/* The next byte that is no space; 0 at the end. */
static uint8_t peek(struct parse *p)
{
    skip_space(p);
    return p->at < p->text.len ? p->text.data[p->at] : 0;
}

static bool skip(struct parse *p, char c)
{
    if (peek(p) != (uint8_t)c) {
        return false;
    }
    p->at++;
    return true;
}

/* One value, of at most so many bytes. */
static enum status value(struct parse *p, size_t max, json_t **ret)
{
    json_error_t e;
    skip_space(p);
    size_t left = p->text.len - p->at;
    size_t n = left < max ? left : max;
    json_t *v = json_loadb((const char *)p->text.data + p->at, n,
                           JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &e);
    if (v == NULL) {
        bool cut = json_error_code(&e) == json_error_premature_end_of_input;
        if (cut && n < left) {
            return fault_limit(p->why, p->at, "member of the authorizations", max);
        }
        bool memory = json_error_code(&e) == json_error_out_of_memory;
        return wrong(p,
                     memory ? ST_NOMEM
                     : cut  ? ST_SHORT
                            : ST_MALFORMED,
                     "JSON of the authorizations");
    }
    p->at += (size_t)e.position;
    *ret = v;
    return ST_OK;
}

/* --- fields -------------------------------------------------------------------------- */

static struct bytes string(const json_t *v)
{
    return json_is_string(v) ? bytes_of(json_string_value(v), json_string_length(v))
                             : (struct bytes){0};
}

/* 64500, "64500", "AS64500". */
static bool read_asn(const json_t *v, uint32_t *ret)
{
    uint64_t n = 0;
    if (json_is_integer(v)) {
        json_int_t i = json_integer_value(v);
        *ret = (uint32_t)i;
        return i >= 0 && i <= (json_int_t)UINT32_MAX;
    }
    struct bytes s = string(v);
    if (s.len > 2 && (s.data[0] | 0x20) == 'a' && (s.data[1] | 0x20) == 's') {
        s = bytes_of(s.data + 2, s.len - 2);
    }
    if (text_u64(s, UINT32_MAX, &n) != ST_OK) {
        return false;
    }
    *ret = (uint32_t)n;
    return true;
}

/* Seconds since 1970, or RFC 3339. */
static bool read_instant(const json_t *v, int64_t *ret)
{
    if (json_is_integer(v)) {
        json_int_t i = json_integer_value(v);
        bool fits = i > 0 && i < INT64_MAX / TIME_SECOND;
        *ret = fits ? (int64_t)i * TIME_SECOND : 0;
        return fits;
    }
    struct bytes s = string(v);
    return s.len > 0 && time_parse(s, ret) == ST_OK;
}

/* An authorization about everything, or with a shorter length than its network,
 * says nothing that could be held against a route. False: it cannot be read. */
static bool read_vrp(const json_t *o, struct attribute_vrp *ret, bool *ret_usable)
{
    struct bytes net = string(json_object_get(o, "prefix"));
    const json_t *max = json_object_get(o, "maxLength");
    const json_t *expires = json_object_get(o, "expires");
    struct bytes anchor = string(json_object_get(o, "ta"));
    *ret = (struct attribute_vrp){.expires_ns = INT64_MAX};
    if (!read_asn(json_object_get(o, "asn"), &ret->asn) || prefix_parse(net, &ret->net) != ST_OK ||
        (expires != NULL && !read_instant(expires, &ret->expires_ns)) ||
        (max != NULL && !json_is_integer(max))) {
        return false;
    }
    bool v4 = addr_is_v4(&ret->net.net) && ret->net.len >= 96;
    json_int_t len = max != NULL ? json_integer_value(max) : 0;
    if (len < 0 || len > 128) {
        return false;
    }
    len = max == NULL ? ret->net.len : v4 ? len + 96 : len;
    if (len < ret->net.len || len > 128) {
        return false;
    }
    ret->max_len = (uint8_t)len;
    origin_text(ret->anchor, sizeof(ret->anchor), anchor);
    *ret_usable = attribute_nest_fits(&ret->net);
    return true;
}

static enum status add(struct parse *p, const struct attribute_vrp *x)
{
    struct attribute_vrps *v = p->out;
    if (v->n == LIMIT_VRPS) {
        return fault_limit(p->why, p->at, "authorizations", LIMIT_VRPS);
    }
    if (v->n == v->cap) {
        size_t want = v->cap ? v->cap * 2 : 1024;
        struct attribute_vrp *q = realloc(v->items, want * sizeof(*q));
        if (q == NULL) {
            return wrong(p, ST_NOMEM, "memory for authorizations");
        }
        v->items = q;
        v->cap = want;
    }
    v->items[v->n++] = *x;
    return ST_OK;
}

static enum status take_roa(struct parse *p)
{
    CLEANUP(unref) json_t *o = NULL;
    struct attribute_vrp x;
    bool usable;
    size_t at = p->at;
    TRY(value(p, LIMIT_VRP_BYTES, &o));
    if (!read_vrp(o, &x, &usable)) {
        p->at = at;
        return wrong(p, ST_MALFORMED, "authorization");
    }
    p->out->skipped += !usable;
    return usable ? add(p, &x) : ST_OK;
}

static enum status take_roas(struct parse *p)
{
    if (!skip(p, '[')) {
        return wrong(p, ST_MALFORMED, "list of authorizations");
    }
    if (skip(p, ']')) {
        return ST_OK;
    }
    do {
        TRY(take_roa(p));
    } while (skip(p, ','));
    return skip(p, ']')
               ? ST_OK
               : wrong(p, p->at == p->text.len ? ST_SHORT : ST_MALFORMED, "list of authorizations");
}

/* rpki-client: buildtime; Routinator: generated, generatedTime; OctoRPKI and
 * GoRTR: generated. Their "valid" is how long routers may go on with the file. */
static void take_metadata(struct parse *p, const json_t *o)
{
    static const char *const made[] = {"buildtime", "generated", "generatedTime"};
    struct attribute_vrps *v = p->out;
    for (size_t i = 0; i < ARRAY_LEN(made) && !v->dated; i++) {
        const json_t *x = json_object_get(o, made[i]);
        v->dated = x != NULL && read_instant(x, &v->date_ns);
    }
}

static enum status take_member(struct parse *p, bool *roas, bool *metadata)
{
    CLEANUP(unref) json_t *key = NULL;
    TRY(value(p, LIMIT_VRP_BYTES, &key));
    struct bytes name = string(key);
    if (!json_is_string(key) || !skip(p, ':')) {
        return wrong(p, ST_MALFORMED, "JSON of the authorizations");
    }
    bool is_roas = bytes_equal(name, BYTES_LITERAL("roas"));
    bool is_metadata = bytes_equal(name, BYTES_LITERAL("metadata"));
    if ((is_roas && *roas) || (is_metadata && *metadata)) {
        return wrong(p, ST_MALFORMED, "a member that was there before");
    }
    *roas |= is_roas;
    *metadata |= is_metadata;
    if (is_roas) {
        return take_roas(p);
    }
    CLEANUP(unref) json_t *v = NULL;
    TRY(value(p, LIMIT_VRP_MEMBER_BYTES, &v));
    if (is_metadata) {
        take_metadata(p, v);
    }
    return ST_OK;
}

static enum status take_all(struct parse *p)
{
    bool roas = false;
    bool metadata = false;
    if (!skip(p, '{')) {
        return wrong(p, ST_MALFORMED, "JSON of the authorizations");
    }
    do {
        TRY(take_member(p, &roas, &metadata));
    } while (skip(p, ','));
    if (!skip(p, '}')) {
        return wrong(p, p->at == p->text.len ? ST_SHORT : ST_MALFORMED,
                     "JSON of the authorizations");
    }
    if (peek(p) != 0 || p->at < p->text.len) {
        return wrong(p, ST_MALFORMED, "bytes behind the authorizations");
    }
    if (!roas) {
        return wrong(p, ST_MALFORMED, "no list of authorizations");
    }
    /* Whoever has none could not validate: taken as such, all would be not-found. */
    return p->out->n > 0 ? ST_OK : wrong(p, ST_SHORT, "no authorization in the list");
}

/* --- networks ------------------------------------------------------------------------- */

static int order(const void *a, const void *b)
{
    const struct attribute_vrp *x = a;
    const struct attribute_vrp *y = b;
    int c = attribute_nest_order(&x->net, &y->net);
    if (c != 0) {
        return c;
    }
    if (x->asn != y->asn) {
        return x->asn < y->asn ? -1 : 1;
    }
    if (x->max_len != y->max_len) {
        return (int)x->max_len - (int)y->max_len;
    }
    /* The one that lasts longest first: the others of it are left out. */
    return (x->expires_ns < y->expires_ns) - (x->expires_ns > y->expires_ns);
}

static bool alike(const struct attribute_vrp *x, const struct attribute_vrp *y)
{
    return attribute_nest_order(&x->net, &y->net) == 0 && x->asn == y->asn &&
           x->max_len == y->max_len;
}

static void drop_repeated(struct attribute_vrps *v)
{
    size_t kept = 0;
    for (size_t i = 0; i < v->n; i++) {
        if (kept == 0 || !alike(&v->items[kept - 1], &v->items[i])) {
            v->items[kept++] = v->items[i];
        }
    }
    v->n = kept;
}

static enum status seal(struct attribute_vrps *v)
{
    qsort(v->items, v->n, sizeof(*v->items), order);
    drop_repeated(v);
    v->nets = calloc(v->n, sizeof(*v->nets));
    CLEANUP(free_ptr) uint32_t *wider = calloc(v->n, sizeof(*wider));
    if (v->nets == NULL || wider == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < v->n;) {
        struct attribute_vrp_net *x = &v->nets[v->net_n++];
        *x = (struct attribute_vrp_net){.net = v->items[i].net, .first = (uint32_t)i};
        while (i < v->n && attribute_nest_order(&v->items[i].net, &x->net) == 0) {
            i++;
        }
        x->n = (uint32_t)(i - x->first);
    }
    TRY(attribute_nest(v->nets, v->net_n, sizeof(*v->nets), &v->ranges, wider));
    for (size_t i = 0; i < v->net_n; i++) {
        v->nets[i].wider = wider[i];
    }
    return ST_OK;
}

enum status attribute_vrps_parse(struct bytes text, struct attribute_vrps *ret, struct fault *why)
{
    struct parse p = {.text = text, .out = ret, .why = why};
    *ret = (struct attribute_vrps){.items = NULL};
    TRY(take_all(&p));
    enum status st = seal(ret);
    return st == ST_OK ? st : wrong(&p, st, "authorizations");
}

void attribute_vrps_fini(struct attribute_vrps *v)
{
    free(v->items);
    free(v->nets);
    attribute_ranges_fini(&v->ranges);
    *v = (struct attribute_vrps){.items = NULL};
}

const struct attribute_vrp_net *attribute_vrps_find(const struct attribute_vrps *v,
                                                    const struct addr *a)
{
    struct attribute_range6 range;
    return attribute_ranges_find(&v->ranges, a, &range) ? &v->nets[range.value] : NULL;
}

bool attribute_vrps_sniff(struct bytes head)
{
    struct bytes s = text_trim(head);
    return s.len > 0 && s.data[0] == '{' && memmem(s.data, s.len, "\"roas\"", 6) != NULL;
}
