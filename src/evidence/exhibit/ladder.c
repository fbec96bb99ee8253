/* evidence/exhibit/ladder.c - statements as JSON, by emit and by jansson. */
#include "evidence/exhibit/ladder.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/emit.h"
#include "base/core/json.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"

void evidence_ladder_fini(struct evidence_ladder *l)
{
    free(l->sources);
    free(l->origins);
    *l = (struct evidence_ladder){.n = 0};
}

/* --- writing ---------------------------------------------------------------------------- */

/* Names are bytes as a source has them; what is no UTF-8 has no spelling here. */
static bool is_utf8(struct bytes s)
{
    while (s.len > 0) {
        uint32_t code_point;
        size_t n = text_utf8_next(s, &code_point);
        if (n == 0) {
            return false;
        }
        s.data += n;
        s.len -= n;
    }
    return true;
}

static void member_text(struct emit *j, const char *key, const char *text)
{
    struct bytes s = bytes_of(text, strlen(text));
    if (s.len > 0 && is_utf8(s)) {
        emit_member_text(j, key, s);
    }
}

static void member_number(struct emit *j, const char *key, int64_t v)
{
    emit_key(j, key);
    emit_i64(j, v);
}

static void put_source(struct emit *j, const struct origin_source *s)
{
    emit_object(j);
    member_text(j, "name", s->name);
    member_text(j, "credit", s->credit);
    emit_member_str(j, "format", origin_format_name(s->format));
    emit_member_str(j, "family", origin_family_name(s->family));
    emit_member_str(j, "date", origin_date_name(s->date));
    if (s->date != ORIGIN_UNDATED) {
        emit_member_time(j, "dated", s->date_ns);
    }
    if (s->digested) {
        char hex[DIGEST_TEXT_MAX];
        digest_format(&s->digest, hex);
        emit_member_str(j, "sha256", hex);
    }
    emit_object_end(j);
}

static void put_statement(struct emit *j, const struct origin_statement *s)
{
    emit_object(j);
    emit_member_u64(j, "source", s->source);
    emit_member_str(j, "about", origin_about_name(s->about));
    if (s->about == ORIGIN_FLAGGED) {
        emit_member_str(j, "flag", origin_flag_name(s->flag));
    }
    if (s->has_asn) {
        emit_member_u64(j, "asn", s->asn);
    }
    member_text(j, "code", s->code);
    emit_member_addr(j, "first", &s->first);
    emit_member_addr(j, "last", &s->last);
    if (s->day != ORIGIN_NO_DAY) {
        member_number(j, "day", s->day);
    }
    member_text(j, "text", s->text);
    emit_object_end(j);
}

static void put_origin(struct emit *j, const struct origin *o)
{
    emit_object(j);
    emit_member_addr(j, "address", &o->addr);
    emit_member_addr(j, "looked_up", &o->looked_up);
    emit_member_time(j, "event", o->event_ns);
    emit_key(j, "statements");
    emit_array(j);
    for (size_t i = 0; i < o->n; i++) {
        put_statement(j, &o->statements[i]);
    }
    emit_array_end(j);
    emit_object_end(j);
}

void evidence_ladder_write(const struct evidence_ladder *l, struct buf *out)
{
    struct emit j;
    emit_begin(&j, out);
    emit_object(&j);
    emit_key(&j, "sources");
    emit_array(&j);
    for (size_t i = 0; l->sources != NULL && i < l->sources->n; i++) {
        put_source(&j, &l->sources->items[i]);
    }
    emit_array_end(&j);
    emit_key(&j, "remotes");
    emit_array(&j);
    for (size_t i = 0; i < l->n; i++) {
        put_origin(&j, &l->origins[i]);
    }
    emit_array_end(&j);
    emit_object_end(&j);
    buf_byte(out, '\n');
}

/* --- reading ---------------------------------------------------------------------------- */

static void name(struct json_reader *r, const json_t *object, const char *key, char *out,
                 size_t size)
{
    struct bytes s = json_text_of(object, key);
    if (s.len >= size) {
        json_refuse(r, ST_MALFORMED, key);
        return;
    }
    if (s.len > 0) {
        memcpy(out, s.data, s.len);
    }
    out[s.len] = '\0';
}

/* One of the names that `of` gives for 0, 1 and so on. */
static int word(struct json_reader *r, const json_t *object, const char *key,
                const char *(*of)(int value))
{
    struct bytes s = json_text_of(object, key);
    for (int i = 0;; i++) {
        const char *w = of(i);
        if (w == NULL) {
            json_refuse(r, ST_MALFORMED, key);
            return 0;
        }
        if (bytes_equal(s, bytes_of(w, strlen(w)))) {
            return i;
        }
    }
}

/* clang-format off */
static const char *format_of(int i) { return origin_format_name((enum origin_format)i); }
static const char *family_of(int i) { return origin_family_name((enum origin_family)i); }
static const char *date_of(int i) { return origin_date_name((enum origin_date)i); }
static const char *about_of(int i) { return origin_about_name((enum origin_about)i); }
static const char *flag_of(int i) { return origin_flag_name((enum origin_flag)i); }
/* clang-format on */

static int64_t number(struct json_reader *r, const json_t *object, const char *key, int64_t least,
                      int64_t most)
{
    const json_t *j = json_object_get(object, key);
    json_int_t v = json_integer_value(j);
    if (!json_is_integer(j) || v < least || v > most) {
        json_refuse(r, ST_MALFORMED, key);
        return least;
    }
    return v;
}

static void read_source(struct json_reader *r, const json_t *j, struct origin_source *s)
{
    name(r, j, "name", s->name, sizeof(s->name));
    name(r, j, "credit", s->credit, sizeof(s->credit));
    s->format = (enum origin_format)word(r, j, "format", format_of);
    s->family = (enum origin_family)word(r, j, "family", family_of);
    s->date = (enum origin_date)word(r, j, "date", date_of);
    s->date_ns = s->date != ORIGIN_UNDATED ? json_instant(r, j, "dated") : 0;
    s->digested = json_object_get(j, "sha256") != NULL;
    if (s->digested && digest_parse(json_text_of(j, "sha256"), &s->digest) != ST_OK) {
        json_refuse(r, ST_MALFORMED, "sha256");
    }
}

static void read_statement(struct json_reader *r, const json_t *j, size_t sources,
                           struct origin_statement *s)
{
    s->source = (uint8_t)number(r, j, "source", 0, (int64_t)sources - 1);
    s->about = (enum origin_about)word(r, j, "about", about_of);
    s->flag = s->about == ORIGIN_FLAGGED ? (enum origin_flag)word(r, j, "flag", flag_of) : 0;
    s->has_asn = json_object_get(j, "asn") != NULL;
    s->asn = s->has_asn ? (uint32_t)number(r, j, "asn", 0, UINT32_MAX) : 0;
    name(r, j, "code", s->code, sizeof(s->code));
    json_address(r, j, "first", &s->first);
    json_address(r, j, "last", &s->last);
    bool day = json_object_get(j, "day") != NULL;
    s->day = day ? (int32_t)number(r, j, "day", INT32_MIN + 1, INT32_MAX) : ORIGIN_NO_DAY;
    name(r, j, "text", s->text, sizeof(s->text));
}

static void read_origin(struct json_reader *r, const json_t *j, size_t sources, struct origin *o)
{
    const json_t *list = json_object_get(j, "statements");
    size_t n = json_array_size(list);
    json_address(r, j, "address", &o->addr);
    json_address(r, j, "looked_up", &o->looked_up);
    o->event_ns = json_instant(r, j, "event");
    if (!json_is_array(list) || n > ORIGIN_STATEMENTS_MAX || (n > 0 && sources == 0)) {
        json_refuse(r, ST_MALFORMED, "statements");
        return;
    }
    for (; o->n < n; o->n++) {
        read_statement(r, json_array_get(list, o->n), sources, &o->statements[o->n]);
    }
}

static void read_lists(struct json_reader *r, const json_t *top, struct evidence_ladder *l)
{
    const json_t *sources = json_object_get(top, "sources");
    const json_t *remotes = json_object_get(top, "remotes");
    size_t source_n = json_array_size(sources), n = json_array_size(remotes);
    if (!json_is_array(sources) || source_n > LIMIT_SOURCES) {
        json_refuse(r, ST_MALFORMED, "sources");
        return;
    }
    if (!json_is_array(remotes) || n > LIMIT_EXHIBIT_LADDER) {
        json_refuse(r, n > LIMIT_EXHIBIT_LADDER ? ST_LIMIT : ST_MALFORMED, "remotes");
        return;
    }
    l->sources = calloc(1, sizeof(*l->sources));
    l->origins = calloc(n + 1, sizeof(*l->origins));
    if (l->sources == NULL || l->origins == NULL) {
        json_refuse(r, ST_NOMEM, "ladder");
        return;
    }
    for (; l->sources->n < source_n; l->sources->n++) {
        read_source(r, json_array_get(sources, l->sources->n), &l->sources->items[l->sources->n]);
    }
    for (; l->n < n && r->st == ST_OK; l->n++) {
        read_origin(r, json_array_get(remotes, l->n), source_n, &l->origins[l->n]);
        if (l->n > 0 && addr_compare(&l->origins[l->n - 1].addr, &l->origins[l->n].addr) >= 0) {
            json_refuse(r, ST_MALFORMED, "order of remotes");
        }
    }
}

static enum status check_spelling(const struct evidence_ladder *l, struct bytes json,
                                  struct fault *why)
{
    CLEANUP(buf_fini) struct buf again = BUF_INIT(LIMIT_EXHIBIT_JSON_BYTES + 1);
    evidence_ladder_write(l, &again);
    if (again.failed == ST_NOMEM) {
        return fault_at(why, ST_NOMEM, 0, "ladder");
    }
    return bytes_equal(buf_bytes(&again), json)
               ? ST_OK
               : fault_at(why, ST_MALFORMED, 0, "not as it would be written");
}

enum status evidence_ladder_read(struct bytes json, struct evidence_ladder *ret, struct fault *why)
{
    json_error_t error = {.position = 0};
    if (json.len > LIMIT_EXHIBIT_JSON_BYTES) {
        return fault_limit(why, 0, "ladder", LIMIT_EXHIBIT_JSON_BYTES);
    }
    CLEANUP(json_unref)
    json_t *top = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &error);
    if (top == NULL) {
        bool memory = json_error_code(&error) == json_error_out_of_memory;
        return fault_at(why, memory ? ST_NOMEM : ST_MALFORMED, (uint64_t)error.position, "JSON");
    }
    struct evidence_ladder l = {.n = 0};
    struct json_reader r = {.st = ST_OK};
    read_lists(&r, top, &l);
    enum status st =
        r.st == ST_OK ? check_spelling(&l, json, why) : fault_at(why, r.st, 0, r.wrong);
    if (st != ST_OK) {
        evidence_ladder_fini(&l);
        return st;
    }
    *ret = l;
    return ST_OK;
}

enum status evidence_ladder_narrow(struct bytes json, const struct addr *remotes, size_t n,
                                   struct buf *out, struct fault *why)
{
    CLEANUP(evidence_ladder_fini) struct evidence_ladder l = {.n = 0};
    TRY(evidence_ladder_read(json, &l, why));
    size_t kept = 0, k = 0;
    for (size_t i = 0; i < l.n; i++) {
        while (k < n && addr_compare(&remotes[k], &l.origins[i].addr) < 0) {
            k++;
        }
        if (k < n && addr_equal(&remotes[k], &l.origins[i].addr)) {
            l.origins[kept++] = l.origins[i];
        }
    }
    l.n = kept;
    evidence_ladder_write(&l, out);
    return out->failed;
}
