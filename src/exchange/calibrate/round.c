/* exchange/calibrate/round.c - rounds and lists of scenarios, read strictly. */
#include "exchange/calibrate/round.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/canon.h"
#include "base/core/text.h"

enum { LIST_DEPTH = 6 };

/* --- scenarios -------------------------------------------------------------------- */

static bool name_valid(const char *s)
{
    return s[0] != '-' && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(s);
}

/* A line for people: UTF-8 without control characters and what deceives. */
static bool line_valid(const char *s)
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

static enum status read_local(const json_t *list, struct calibrate_scenario *s, struct fault *why)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n == 0 || n > CALIBRATE_LOCAL_MAX) {
        return fault_at(why, ST_MALFORMED, 0, "local networks of a scenario");
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(list, i);
        struct bytes text = bytes_of(json_string_value(v), json_string_length(v));
        if (!json_is_string(v) || prefix_parse(text, &s->local[i]) != ST_OK) {
            return fault_at(why, ST_MALFORMED, 0, "local network of a scenario");
        }
    }
    s->local_n = n;
    return ST_OK;
}

/* `captured`: it says which capture it has. */
static enum status read_scenario(const json_t *o, bool captured, struct calibrate_scenario *s,
                                 struct fault *why)
{
    static const char *const names[] = {"id", "kind", "text", "local", "capture", NULL};
    char kind[CALIBRATE_NAME_MAX];
    int place = -1;
    if (!exchange_members_known(o, names) || !exchange_text_of(o, "id", s->id, sizeof(s->id)) ||
        !name_valid(s->id)) {
        return fault_at(why, ST_MALFORMED, 0, "id of a scenario");
    }
    if (!exchange_text_of(o, "kind", kind, sizeof(kind)) ||
        (place = calibrate_word_find(CALIBRATE_KINDS, kind)) < 0) {
        return fault_at(why, ST_MALFORMED, 0, "kind of a scenario");
    }
    s->kind = (size_t)place;
    if (!exchange_text_of(o, "text", s->text, sizeof(s->text)) || !line_valid(s->text)) {
        return fault_at(why, ST_MALFORMED, 0, "text of a scenario");
    }
    if (captured ? !exchange_hex_of(o, "capture", s->capture.b, sizeof(s->capture.b))
                 : json_object_get(o, "capture") != NULL) {
        return fault_at(why, ST_MALFORMED, 0, "capture of a scenario");
    }
    return read_local(json_object_get(o, "local"), s, why);
}

int calibrate_scenario_place(const struct calibrate_round *r, const char *id)
{
    for (size_t i = 0; i < r->scenario_n; i++) {
        if (strcmp(r->scenario[i].id, id) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static enum status read_scenarios(const json_t *list, bool captured, struct calibrate_round *r,
                                  struct fault *why)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n == 0) {
        return fault_at(why, ST_MALFORMED, 0, "scenarios");
    }
    if (n > LIMIT_CALIBRATE_SCENARIOS) {
        return fault_limit(why, 0, "scenarios", LIMIT_CALIBRATE_SCENARIOS);
    }
    for (size_t i = 0; i < n; i++) {
        TRY(read_scenario(json_array_get(list, i), captured, &r->scenario[i], why));
        if (calibrate_scenario_place(r, r->scenario[i].id) >= 0) {
            return fault_at(why, ST_MALFORMED, 0, "two scenarios of one id");
        }
        r->scenario_n++;
    }
    return ST_OK;
}

enum status calibrate_list_read(struct bytes file, json_t **ret, struct fault *why)
{
    static const char *const names[] = {"scenarios", NULL};
    CLEANUP(canon_freep) json_t *root = NULL;
    CLEANUP(free_ptr) struct calibrate_round *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return ST_NOMEM;
    }
    TRY(canon_load(file, LIST_DEPTH, &root, why));
    if (!exchange_members_known(root, names)) {
        return fault_at(why, ST_MALFORMED, 0, "member of a list of scenarios");
    }
    json_t *list = json_object_get(root, "scenarios");
    TRY(read_scenarios(list, false, r, why));
    *ret = json_incref(list);
    return ST_OK;
}

enum status calibrate_list_capture(json_t *scenario, const struct digest *hash)
{
    char hex[DIGEST_TEXT_MAX];
    digest_format(hash, hex);
    return json_object_set_new(scenario, "capture", json_string(hex)) == 0 ? ST_OK : ST_NOMEM;
}

/* --- rounds ----------------------------------------------------------------------- */

int calibrate_party_place(const struct calibrate_round *r, const char *name)
{
    for (size_t i = 0; i < r->party_n; i++) {
        if (strcmp(r->party[i], name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* In order, so that one round has one spelling, and nobody is there twice. */
static enum status read_parties(const json_t *list, struct calibrate_round *r, struct fault *why)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n < 2) {
        return fault_at(why, ST_MALFORMED, 0, "parties");
    }
    if (n > LIMIT_CALIBRATE_PARTIES) {
        return fault_limit(why, 0, "parties", LIMIT_CALIBRATE_PARTIES);
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(list, i);
        size_t len = json_string_length(v);
        if (!json_is_string(v) || len == 0 || len > LEDGER_NAME_MAX) {
            return fault_at(why, ST_MALFORMED, 0, "name of a party");
        }
        memcpy(r->party[i], json_string_value(v), len);
        if (i > 0 && strcmp(r->party[i - 1], r->party[i]) >= 0) {
            return fault_at(why, ST_MALFORMED, 0, "order of the parties");
        }
        r->party_n++;
    }
    return ST_OK;
}

enum status calibrate_round_read(const struct exchange_statement *s, struct calibrate_round **ret,
                                 struct fault *why)
{
    static const char *const names[] = {"calibration", "accord", "parties", "scenarios", NULL};
    CLEANUP(free_ptr) struct calibrate_round *r = calloc(1, sizeof(*r));
    uint8_t id[EXCHANGE_ID_BYTES];
    if (r == NULL) {
        return ST_NOMEM;
    }
    if (strcmp(s->type, CALIBRATE_ROUND_TYPE) != 0 || !s->answers ||
        !exchange_members_known(s->body, names)) {
        return fault_at(why, ST_MALFORMED, 0, "round of a calibration");
    }
    if (!exchange_text_of(s->body, "calibration", r->id, sizeof(r->id)) ||
        strcmp(r->id, s->id) != 0 || !exchange_hex_of(s->body, "accord", id, sizeof(id))) {
        return fault_at(why, ST_MALFORMED, 0, "id of a calibration or of its accord");
    }
    exchange_hex_text(id, sizeof(id), r->accord);
    TRY(read_parties(json_object_get(s->body, "parties"), r, why));
    if (calibrate_party_place(r, s->party) < 0) {
        return fault_at(why, ST_MALFORMED, 0, "round by nobody of its parties");
    }
    TRY(read_scenarios(json_object_get(s->body, "scenarios"), true, r, why));
    *ret = TAKE(r);
    return ST_OK;
}

static json_t *names_json(const char *const *names, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n && list != NULL; i++) {
        if (json_array_append_new(list, json_string(names[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

json_t *calibrate_round_body(const char *id, const char *accord, const char *const *parties,
                             size_t n, json_t *scenarios)
{
    json_t *o = json_object();
    bool good = o != NULL && json_object_set_new(o, "calibration", json_string(id)) == 0 &&
                json_object_set_new(o, "accord", json_string(accord)) == 0 &&
                json_object_set_new(o, "parties", names_json(parties, n)) == 0 &&
                json_object_set(o, "scenarios", scenarios) == 0;
    if (!good) {
        json_decref(o);
        return NULL;
    }
    return o;
}
