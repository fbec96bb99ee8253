/* exchange/case/results.c - results made and read, strictly. */
#include "exchange/case/results.h"

#include <string.h>

#include "exchange/talk/statement.h"

/* --- reading --------------------------------------------------------------------------- */

static bool count_of(const json_t *o, const char *name, uint64_t *ret)
{
    const json_t *v = json_object_get(o, name);
    bool good = json_is_integer(v) && json_integer_value(v) >= 0;
    *ret = good ? (uint64_t)json_integer_value(v) : 0;
    return good;
}

static bool address_of(const json_t *v, struct addr *ret)
{
    struct bytes text = bytes_of(json_string_value(v), json_string_length(v));
    char again[ADDR_TEXT_MAX];
    return json_is_string(v) && addr_parse(text, ret) == ST_OK &&
           bytes_equal(bytes_of(again, addr_format(ret, again)), text);
}

static bool times_of(const json_t *o, const char *first, const char *last, int64_t *ret_first,
                     int64_t *ret_last)
{
    return exchange_time_of(o, first, ret_first) && exchange_time_of(o, last, ret_last) &&
           *ret_first <= *ret_last;
}

static bool read_neighbours(const json_t *list, struct case_result *r)
{
    r->neighbour_n = json_array_size(list);
    if (list == NULL) {
        return r->word != CASE_MOVED;
    }
    if (r->word != CASE_MOVED || r->neighbour_n == 0 || r->neighbour_n > CASE_RESULT_NEIGHBOURS) {
        return false;
    }
    struct addr before, a;
    for (size_t i = 0; i < r->neighbour_n; i++) {
        if (!address_of(json_array_get(list, i), &a) || (i > 0 && addr_compare(&before, &a) >= 0)) {
            return false;
        }
        r->neighbour = i == 0 ? a : r->neighbour;
        before = a;
    }
    return true;
}

static bool read_result(const json_t *o, struct case_result *r)
{
    static const char *const names[] = {"address", "outcome", "records",    "findings",
                                        "first",   "last",    "neighbours", NULL};
    const char *word = json_string_value(json_object_get(o, "outcome"));
    int place = word != NULL ? case_word_find(CASE_LIST_OUTCOMES, word) : -1;
    r->word = place >= 0 ? (enum case_outcome)place : CASE_NOT_COVERED;
    r->has_time = json_object_get(o, "first") != NULL || json_object_get(o, "last") != NULL;
    return exchange_members_known(o, names) && place >= 0 &&
           address_of(json_object_get(o, "address"), &r->address) &&
           count_of(o, "records", &r->records) && count_of(o, "findings", &r->findings) &&
           (!r->has_time || times_of(o, "first", "last", &r->first_ns, &r->last_ns)) &&
           /* Nothing goes on without a finding, and nothing that is silent has any. */
           (r->word == CASE_WENT_ON) == (r->findings > 0) &&
           read_neighbours(json_object_get(o, "neighbours"), r);
}

static enum status read_looked(const json_t *o, struct case_said *s, struct fault *why)
{
    static const char *const names[] = {"how", "from", "to", "records", NULL};
    const char *how = json_string_value(json_object_get(o, "how"));
    s->has_looked = o != NULL;
    if (o == NULL) {
        return ST_OK;
    }
    s->sealed = how != NULL && strcmp(how, "sealed") == 0;
    return exchange_members_known(o, names) && how != NULL &&
                   (s->sealed || strcmp(how, "files") == 0) &&
                   times_of(o, "from", "to", &s->looked_from_ns, &s->looked_to_ns) &&
                   count_of(o, "records", &s->looked_records) && s->looked_records > 0
               ? ST_OK
               : fault_at(why, ST_MALFORMED, 0, "looked");
}

static enum status check_sum(const struct case_said *s, struct fault *why)
{
    enum case_outcome words[LIMIT_OUTCOME_REMOTES];
    for (size_t i = 0; i < s->result_n; i++) {
        words[i] = s->result[i].word;
    }
    return s->result_n == 0 || (size_t)case_outcome_sum(words, s->result_n) == s->event.word
               ? ST_OK
               : fault_at(why, ST_MALFORMED, 0, "outcome: it does not follow from its remotes");
}

enum status case_results_read(const json_t *body, struct case_said *s, struct fault *why)
{
    const json_t *list = json_object_get(body, "remotes");
    s->has_since = json_object_get(body, "since") != NULL;
    if (s->has_since && !exchange_time_of(body, "since", &s->since_ns)) {
        return fault_at(why, ST_MALFORMED, 0, "since");
    }
    TRY(read_looked(json_object_get(body, "looked"), s, why));
    size_t n = json_array_size(list);
    if (list != NULL && (!json_is_array(list) || n == 0)) {
        return fault_at(why, ST_MALFORMED, 0, "remotes");
    }
    if (n > LIMIT_OUTCOME_REMOTES) {
        return fault_limit(why, 0, "remotes", LIMIT_OUTCOME_REMOTES);
    }
    for (size_t i = 0; i < n; i++) {
        if (!read_result(json_array_get(list, i), &s->result[i]) ||
            (i > 0 && addr_compare(&s->result[i - 1].address, &s->result[i].address) >= 0)) {
            return fault_at(why, ST_MALFORMED, 0, "remotes");
        }
    }
    s->result_n = n;
    return check_sum(s, why);
}

/* --- making ------------------------------------------------------------------------------ */

static enum status set_new(json_t *o, const char *name, json_t *value)
{
    return value != NULL && json_object_set_new(o, name, value) == 0 ? ST_OK : ST_NOMEM;
}

static enum status set_time(json_t *o, const char *name, int64_t ns)
{
    char when[EXCHANGE_TIME_TEXT];
    exchange_time_text(ns, when);
    return set_new(o, name, json_string(when));
}

static json_t *address_json(const struct addr *a)
{
    char text[ADDR_TEXT_MAX];
    (void)addr_format(a, text); /* its length is not needed */
    return json_string(text);
}

/* Those that count, ascending. */
static enum status draft_neighbours(json_t *o, const struct case_after *a)
{
    json_t *list = json_array();
    const struct addr *last = NULL;
    TRY(set_new(o, "neighbours", list));
    for (;;) {
        const struct addr *next = NULL;
        for (size_t i = 0; i < a->like_n; i++) {
            const struct addr *c = &a->like[i].neighbour.address;
            if (a->like[i].counts && (last == NULL || addr_compare(c, last) > 0) &&
                (next == NULL || addr_compare(c, next) < 0)) {
                next = c;
            }
        }
        if (next == NULL) {
            return ST_OK;
        }
        if (json_array_append_new(list, address_json(next)) != 0) {
            return ST_NOMEM;
        }
        last = next;
    }
}

static enum status draft_result(json_t *list, const struct case_suspect *s,
                                const struct case_trace *t, const struct case_after *a)
{
    json_t *o = json_object();
    bool found = a->findings > 0, timed = found || t->later_records > 0;
    if (o == NULL || json_array_append_new(list, o) != 0) {
        return ST_NOMEM;
    }
    TRY(set_new(o, "address", address_json(&s->remote)));
    TRY(set_new(o, "outcome", json_string(case_word_at(CASE_LIST_OUTCOMES, a->word).name)));
    TRY(set_new(o, "records", json_integer((json_int_t)t->later_records)));
    TRY(set_new(o, "findings", json_integer((json_int_t)a->findings)));
    if (timed) {
        TRY(set_time(o, "first", found ? a->first_ns : t->later_first_ns));
        TRY(set_time(o, "last", found ? a->last_ns : t->later_last_ns));
    }
    return a->word == CASE_MOVED ? draft_neighbours(o, a) : ST_OK;
}

enum status case_results_draft(json_t *body, const struct case_looked *l,
                               const struct case_suspect *s, const struct case_trace *t,
                               const struct case_after *a, size_t n)
{
    json_t *list = json_array(), *looked = l->records > 0 ? json_object() : NULL;
    enum case_outcome words[LIMIT_OUTCOME_REMOTES];
    for (size_t i = 0; i < n; i++) {
        words[i] = a[i].word;
    }
    enum case_outcome word = case_outcome_sum(words, n);
    TRY(set_new(body, "remotes", list));
    TRY(set_new(body, "outcome", json_string(case_word_at(CASE_LIST_OUTCOMES, word).name)));
    TRY(set_time(body, "since", l->since_ns));
    if (l->records > 0) {
        TRY(set_new(body, "looked", looked));
        TRY(set_new(looked, "how", json_string(l->sealed ? "sealed" : "files")));
        TRY(set_time(looked, "from", l->from_ns));
        TRY(set_time(looked, "to", l->to_ns));
        TRY(set_new(looked, "records", json_integer((json_int_t)l->records)));
    }
    for (size_t i = 0; i < n; i++) {
        TRY(draft_result(list, &s[i], &t[i], &a[i]));
    }
    return ST_OK;
}
