/* exchange/change.c - comparing what was told of an origin with what is said now. */
#include "exchange/change.h"

#include <stdio.h>
#include <string.h>

#include "base/core/buf.h"
#include "base/core/json.h"
#include "base/core/limits.h"

enum { TEXT_MAX_BYTES = 1 << 16 };

/* What a conclusion rests on: statements about these. */
static const struct {
    const char *what;
    const char *about[2];
} facts[CHANGES_MAX] = {
    {"network", {"network", NULL}},
    {"as", {"network", "authorized"}},
    {"registered", {"registered", "recorded"}},
    {"located", {"located", "recorded"}},
    {"flags", {"flag", NULL}},
    {"operator", {"flag", NULL}},
};

enum fact { FACT_NETWORK, FACT_AS, FACT_REGISTERED, FACT_LOCATED, FACT_FLAGS, FACT_OPERATOR };

static const char *member(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s != NULL ? s : "";
}

/* --- conclusions in words --------------------------------------------------------------- */

static void put(struct buf *out, const char *between, const char *s)
{
    buf_str(out, out->len > 0 ? between : "");
    buf_str(out, s);
}

static void systems_text(struct buf *out, const json_t *origin)
{
    size_t i;
    const json_t *x;
    json_array_foreach(json_object_get(origin, "as"), i, x)
    {
        buf_printf(out, "%sAS%" JSON_INTEGER_FORMAT, out->len > 0 ? " or " : "",
                   json_integer_value(json_object_get(x, "number")));
        const char *validity = member(x, "validity");
        if (validity[0] != '\0') {
            buf_printf(out, " (%s)", validity);
        }
    }
}

static void country_text(struct buf *out, const json_t *country)
{
    const char *word = member(country, "word");
    size_t i;
    const json_t *x;
    if (strcmp(word, "split") == 0) {
        json_array_foreach(json_object_get(country, "values"), i, x)
        {
            put(out, " or ", member(x, "code"));
        }
    } else {
        const char *code = member(country, "code");
        buf_str(out, code[0] != '\0' ? code : word);
    }
}

static void list_text(struct buf *out, const json_t *list)
{
    size_t i;
    const json_t *x;
    json_array_foreach(list, i, x)
    {
        put(out, ", ", json_is_string(x) ? json_string_value(x) : "");
    }
}

static void fact_text(struct buf *out, enum fact f, const json_t *origin)
{
    switch (f) {
    case FACT_NETWORK:
        buf_str(out, member(origin, "prefix"));
        break;
    case FACT_AS:
        systems_text(out, origin);
        break;
    case FACT_REGISTERED:
    case FACT_LOCATED:
        country_text(out, json_object_get(origin, facts[f].what));
        break;
    case FACT_FLAGS:
        list_text(out, json_object_get(origin, "flags"));
        break;
    case FACT_OPERATOR:
        buf_str(out, member(origin, "operator"));
        break;
    }
    if (out->len == 0) {
        buf_str(out, f == FACT_FLAGS ? "none" : "unknown");
    }
}

/* --- statements of one source -------------------------------------------------------------- */

static void statement_text(struct buf *out, enum fact f, const json_t *x)
{
    char asn[32];
    const json_t *number = json_object_get(x, "asn");
    switch (f) {
    case FACT_NETWORK:
        put(out, ", ", member(x, "first"));
        buf_printf(out, "-%s", member(x, "last"));
        break;
    case FACT_AS:
        if (json_is_integer(number)) {
            (void)snprintf(asn, sizeof(asn), "AS%" JSON_INTEGER_FORMAT, json_integer_value(number));
            put(out, ", ", asn);
        }
        break;
    case FACT_REGISTERED:
    case FACT_LOCATED:
        put(out, ", ", member(x, "code"));
        break;
    case FACT_FLAGS:
        put(out, ", ", member(x, "flag"));
        break;
    case FACT_OPERATOR:
        put(out, ", ", member(x, "text"));
        break;
    }
}

/* All that the source says about it; nothing when it says nothing. */
static void said(struct buf *out, enum fact f, const json_t *origin, const char *source)
{
    size_t i;
    const json_t *x;
    json_array_foreach(json_object_get(origin, "statements"), i, x)
    {
        const char *about = member(x, "about");
        for (size_t k = 0; k < 2 && facts[f].about[k] != NULL; k++) {
            if (strcmp(about, facts[f].about[k]) == 0 && strcmp(member(x, "source"), source) == 0) {
                statement_text(out, f, x);
            }
        }
    }
}

static const json_t *source_of(const json_t *sources, const char *name)
{
    size_t i;
    const json_t *x;
    json_array_foreach(sources, i, x)
    {
        if (strcmp(member(x, "name"), name) == 0) {
            return x;
        }
    }
    return NULL;
}

/* --- comparing ---------------------------------------------------------------------------------
 */

struct comparison {
    const json_t *was, *now;
    const json_t *was_sources, *now_sources;
    struct arena *arena;
    struct buf a, b; /* texts of the two sides */
    enum fact fact;
};

/* NULL for an empty text or without memory: the latter sticks in *st. */
static const char *keep(struct comparison *c, struct bytes s, enum status *st)
{
    const char *kept = s.len > 0 ? arena_text(c->arena, s) : NULL;
    *st = s.len > 0 && kept == NULL ? ST_NOMEM : *st;
    return kept;
}

static const char *keep_str(struct comparison *c, const char *s, enum status *st)
{
    return keep(c, bytes_of(s, strlen(s)), st);
}

static struct change_side side_of(struct comparison *c, const json_t *source,
                                  const struct buf *says, enum status *st)
{
    return (struct change_side){.used = source != NULL,
                                .says = keep(c, buf_bytes(says), st),
                                .date = keep_str(c, member(source, "date"), st),
                                .sha256 = keep_str(c, member(source, "sha256"), st)};
}

static enum status add_source(struct comparison *c, const char *name, struct change *to)
{
    enum status st = ST_OK;
    buf_clear(&c->a);
    buf_clear(&c->b);
    said(&c->a, c->fact, c->was, name);
    said(&c->b, c->fact, c->now, name);
    TRY(c->a.failed);
    TRY(c->b.failed);
    if (bytes_equal(buf_bytes(&c->a), buf_bytes(&c->b)) || to->by_n == CHANGE_SOURCES_MAX) {
        return ST_OK;
    }
    struct change_by *by = &to->by[to->by_n++];
    by->source = keep_str(c, name, &st);
    by->source = by->source != NULL ? by->source : "";
    by->was = side_of(c, source_of(c->was_sources, name), &c->a, &st);
    by->now = side_of(c, source_of(c->now_sources, name), &c->b, &st);
    return st;
}

/* Sources of then, and those that came since. */
static enum status add_sources(struct comparison *c, struct change *to)
{
    size_t i;
    const json_t *x;
    to->by = arena_alloc(c->arena, CHANGE_SOURCES_MAX * sizeof(*to->by));
    if (to->by == NULL) {
        return ST_NOMEM;
    }
    json_array_foreach(c->was_sources, i, x)
    {
        TRY(add_source(c, member(x, "name"), to));
    }
    json_array_foreach(c->now_sources, i, x)
    {
        if (source_of(c->was_sources, member(x, "name")) == NULL) {
            TRY(add_source(c, member(x, "name"), to));
        }
    }
    return ST_OK;
}

static enum status compare_fact(struct comparison *c, struct change_list *ret)
{
    enum status st = ST_OK;
    buf_clear(&c->a);
    buf_clear(&c->b);
    fact_text(&c->a, c->fact, c->was);
    fact_text(&c->b, c->fact, c->now);
    TRY(c->a.failed);
    TRY(c->b.failed);
    if (bytes_equal(buf_bytes(&c->a), buf_bytes(&c->b))) {
        return ST_OK;
    }
    struct change *to = &ret->items[ret->n];
    *to = (struct change){.what = facts[c->fact].what,
                          .was = keep(c, buf_bytes(&c->a), &st),
                          .now = keep(c, buf_bytes(&c->b), &st)};
    TRY(st);
    ret->n++;
    return add_sources(c, to);
}

static enum status parse(struct bytes json, json_type type, json_t **ret, struct fault *why)
{
    json_error_t error;
    CLEANUP(json_unref)
    json_t *j = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &error);
    if (j == NULL && json_error_code(&error) == json_error_out_of_memory) {
        return ST_NOMEM;
    }
    if (j == NULL || json_typeof(j) != type) {
        return fault_at(why, ST_MALFORMED, 0, "JSON");
    }
    *ret = TAKE(j);
    return ST_OK;
}

static enum status compare(struct comparison *c, struct change_list *ret)
{
    for (int f = 0; f < CHANGES_MAX; f++) {
        c->fact = (enum fact)f;
        TRY(compare_fact(c, ret));
    }
    return ST_OK;
}

enum status change_find(const struct change_question *q, struct arena *arena,
                        struct change_list *ret, struct fault *why)
{
    if (q->told.len > LIMIT_FINDING_LINE_BYTES || q->now.len > LIMIT_FINDING_LINE_BYTES) {
        return fault_limit(why, 0, "line of a finding", LIMIT_FINDING_LINE_BYTES);
    }
    CLEANUP(json_unref) json_t *told = NULL;
    CLEANUP(json_unref) json_t *told_sources = NULL;
    CLEANUP(json_unref) json_t *now = NULL;
    CLEANUP(json_unref) json_t *now_sources = NULL;
    TRY(parse(q->told, JSON_OBJECT, &told, why));
    TRY(parse(q->told_sources, JSON_ARRAY, &told_sources, why));
    TRY(parse(q->now, JSON_OBJECT, &now, why));
    TRY(parse(q->now_sources, JSON_ARRAY, &now_sources, why));
    struct comparison c = {.was = json_object_get(told, "origin"),
                           .now = now,
                           .was_sources = told_sources,
                           .now_sources = now_sources,
                           .arena = arena,
                           .a = BUF_INIT(TEXT_MAX_BYTES),
                           .b = BUF_INIT(TEXT_MAX_BYTES)};
    ret->n = 0;
    enum status st = compare(&c, ret);
    buf_fini(&c.a);
    buf_fini(&c.b);
    return st;
}
