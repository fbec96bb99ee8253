/* exchange/intake_origin.c - the member "origin" of a finding. */
#include "exchange/intake_origin.h"

#include <string.h>

#include "base/core/json.h"

/* The first thing that is wrong sticks. */
struct reading {
    const json_t *from;
    const char *wrong;
};

static void refuse(struct reading *r, const char *key)
{
    r->wrong = r->wrong != NULL ? r->wrong : key;
}

/* Text of a source: nothing in it is believed to be safe. */
static void text(struct reading *r, const json_t *object, const char *key, char *out, size_t size)
{
    const json_t *j = json_object_get(object, key);
    if (j != NULL && !json_is_string(j)) {
        refuse(r, key);
    }
    origin_text(out, size, json_text(j));
}

static uint64_t integer(struct reading *r, const json_t *object, const char *key, uint64_t max)
{
    const json_t *j = json_object_get(object, key);
    json_int_t v = json_integer_value(j);
    if (j != NULL && (!json_is_integer(j) || v < 0 || (uint64_t)v > max)) {
        refuse(r, key);
        return 0;
    }
    return (uint64_t)v;
}

static const json_t *array(struct reading *r, const json_t *object, const char *key)
{
    const json_t *j = json_object_get(object, key);
    if (j != NULL && !json_is_array(j)) {
        refuse(r, key);
    }
    return j;
}

/* Which of the names is it; `count` for one that a later program knows. */
static unsigned one_of(const json_t *j, const char *(*name)(unsigned), unsigned count)
{
    const char *s = json_string_value(j);
    unsigned i = 0;
    while (s != NULL && i < count && (name(i) == NULL || strcmp(name(i), s) != 0)) {
        i++;
    }
    return s != NULL ? i : count;
}

static const char *word_name(unsigned i)
{
    return origin_word_name((enum origin_word)i);
}

static const char *flag_name(unsigned i)
{
    return origin_flag_name((enum origin_flag)i);
}

static const char *about_name(unsigned i)
{
    return origin_about_name((enum origin_about)i);
}

/* --- its parts ---------------------------------------------------------------------- */

static void addresses(struct reading *r, struct origin *o)
{
    const json_t *prefix = json_object_get(r->from, "prefix");
    const json_t *inner = json_object_get(r->from, "looked_up");
    if (addr_parse(json_text(json_object_get(r->from, "address")), &o->addr) != ST_OK) {
        refuse(r, "address");
    }
    o->looked_up = o->addr;
    if (inner != NULL && addr_parse(json_text(inner), &o->looked_up) != ST_OK) {
        refuse(r, "looked_up");
    }
    o->has_net = prefix != NULL;
    if (prefix != NULL && prefix_parse(json_text(prefix), &o->net) != ST_OK) {
        refuse(r, "prefix");
    }
}

static void special(struct reading *r, struct origin *o)
{
    const json_t *j = json_object_get(r->from, "special");
    if (j == NULL) {
        return;
    }
    o->special.present = true;
    text(r, j, "name", o->special.name, sizeof(o->special.name));
    text(r, j, "rfc", o->special.rfc, sizeof(o->special.rfc));
    o->special.bogon = json_is_true(json_object_get(j, "bogon"));
}

static void systems(struct reading *r, struct origin *o)
{
    const json_t *list = array(r, r->from, "as");
    size_t n = json_array_size(list);
    if (n > ORIGIN_AS_MAX) {
        refuse(r, "as");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *x = json_array_get(list, i);
        o->as[i].number = (uint32_t)integer(r, x, "number", UINT32_MAX);
        text(r, x, "name", o->as[i].name, sizeof(o->as[i].name));
        text(r, x, "special", o->as[i].special, sizeof(o->as[i].special));
    }
    o->n_as = n;
}

static void country(struct reading *r, const char *key, struct origin_country *k)
{
    const json_t *j = json_object_get(r->from, key);
    const json_t *values = array(r, j, "values");
    size_t n = json_array_size(values);
    unsigned word = one_of(json_object_get(j, "word"), word_name, ORIGIN_WORD_COUNT);
    if (n > ORIGIN_VALUES_MAX || word == ORIGIN_WORD_COUNT) {
        refuse(r, key);
        return;
    }
    k->word = (enum origin_word)word;
    text(r, j, "code", k->code, sizeof(k->code));
    k->families = (uint8_t)integer(r, j, "families", UINT8_MAX);
    k->dissent = json_is_true(json_object_get(j, "dissent"));
    for (size_t i = 0; i < n; i++) {
        const json_t *x = json_array_get(values, i);
        text(r, x, "code", k->values[i].code, sizeof(k->values[i].code));
        k->values[i].sources = (uint8_t)integer(r, x, "sources", UINT8_MAX);
    }
    k->n = n;
}

static uint32_t flags(struct reading *r, const char *key)
{
    const json_t *list = array(r, r->from, key);
    uint32_t bits = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        unsigned f = one_of(json_array_get(list, i), flag_name, ORIGIN_FLAG_COUNT);
        bits |= f < ORIGIN_FLAG_COUNT ? UINT32_C(1) << f : 0;
    }
    return bits;
}

static void statements(struct reading *r, struct origin *o)
{
    const json_t *list = array(r, r->from, "statements");
    bool about[ORIGIN_ABOUT_COUNT + 1] = {false};
    size_t n = json_array_size(list);
    if (n > ORIGIN_STATEMENTS_MAX) {
        refuse(r, "statements");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *x = json_array_get(list, i);
        unsigned what = one_of(json_object_get(x, "about"), about_name, ORIGIN_ABOUT_COUNT);
        about[what] = true;
        o->statements[i].about = (enum origin_about)(what < ORIGIN_ABOUT_COUNT ? what : 0);
        o->statements[i].day = ORIGIN_NO_DAY;
    }
    o->n = n;
    /* As attribute/conclude.c has it. */
    o->registered.from_records = !about[ORIGIN_REGISTERED] && o->registered.word != ORIGIN_UNKNOWN;
    o->located.from_records = !about[ORIGIN_LOCATED] && o->located.word != ORIGIN_UNKNOWN;
}

enum status intake_origin(const json_t *json, struct origin *ret, struct fault *why)
{
    struct reading r = {.from = json};
    struct origin o = {0};
    if (!json_is_object(json)) {
        return fault_at(why, ST_MALFORMED, 0, "origin");
    }
    addresses(&r, &o);
    special(&r, &o);
    systems(&r, &o);
    country(&r, "registered", &o.registered);
    country(&r, "located", &o.located);
    o.flags = flags(&r, "flags");
    o.stale = flags(&r, "stale_flags");
    text(&r, json, "operator", o.operator_name, sizeof(o.operator_name));
    statements(&r, &o);
    if (r.wrong != NULL) {
        return fault_at(why, ST_MALFORMED, 0, r.wrong);
    }
    *ret = o;
    return ST_OK;
}
