/* report/line.c - text, JSON and CSV, each with the same fields.
 *
 * What no source says, and what the sources do not agree on, is null in JSON,
 * a dash in text and empty in CSV.
 */
#include "report/line.h"

#include <inttypes.h>
#include <string.h>

#include "attribute/conclude.h"
#include "attribute/ladder.h"
#include "base/core/emit.h"
#include "base/core/text.h"
#include "report/origin_json.h"

enum { NAME_COLUMNS = 60 };

const char *line_header(enum line_form form)
{
    return form == LINE_CSV ? "address,prefix,country,registered_country,asn,flags,as_name,special,"
                              "country_word,registered_word,error\r\n"
                            : "";
}

/* --- the head: made for every address, so by hand ---------------------------------- */

static char *put(char *to, const char *s)
{
    size_t n = strlen(s);
    memcpy(to, s, n);
    return to + n;
}

static char *put_small(char *to, unsigned v)
{
    if (v >= 100) {
        *to++ = (char)('0' + v / 100);
        v %= 100;
        *to++ = (char)('0' + v / 10);
        v %= 10;
    } else if (v >= 10) {
        *to++ = (char)('0' + v / 10);
        v %= 10;
    }
    *to++ = (char)('0' + v);
    return to;
}

static char *put_addr(char *to, const struct addr *a)
{
    if (!addr_is_v4(a)) {
        return to + addr_format(a, to);
    }
    for (int i = 12; i < 16; i++) {
        to = put_small(to, a->b[i]);
        *to++ = '.';
    }
    return to - 1;
}

size_t line_head(enum line_form form, const struct addr *a, const struct prefix *net,
                 char out[LINE_HEAD_MAX])
{
    static const struct {
        const char *open, *net, *none, *close;
    } marks[] = {
        [LINE_TEXT] = {"", "\t", "\t-\t", "\t"},
        [LINE_JSON] = {"{\"address\":\"", "\",\"prefix\":\"", "\",\"prefix\":null,", "\","},
        [LINE_CSV] = {"", ",", ",,", ","},
    };
    char *to = put_addr(put(out, marks[form].open), a);
    if (net == NULL) {
        return (size_t)(put(to, marks[form].none) - out);
    }
    to = put_addr(put(to, marks[form].net), &net->net);
    *to++ = '/';
    to = put_small(to, prefix_text_len(net));
    return (size_t)(put(to, marks[form].close) - out);
}

/* --- the rest ------------------------------------------------------------------------ */

static void flag_names(struct buf *out, uint32_t flags, const char *gap)
{
    const char *between = "";
    for (unsigned i = 0; i < ORIGIN_FLAG_COUNT; i++) {
        if ((flags >> i & 1) != 0) {
            buf_printf(out, "%s%s", between, origin_flag_name((enum origin_flag)i));
            between = gap;
        }
    }
}

static const char *agreed(const struct origin_country *k)
{
    return k->word == ORIGIN_AGREED ? k->code : "";
}

static const char *as_text(const struct origin *o)
{
    return o->n_as == 0 ? "" : o->as[0].name[0] != '\0' ? o->as[0].name : o->as[0].special;
}

static void text_or_dash(struct buf *out, const char *s)
{
    if (s[0] == '\0') {
        buf_byte(out, '-');
    }
    text_show(out, bytes_of(s, strlen(s)), NAME_COLUMNS);
}

/* Where there is no code, the word why not. */
static void text_country(struct buf *out, const struct origin_country *k)
{
    bool told = k->word != ORIGIN_AGREED && k->word != ORIGIN_UNKNOWN;
    text_or_dash(out, told ? origin_word_name(k->word) : agreed(k));
    buf_byte(out, '\t');
}

static void rest_text(struct buf *out, const struct origin *o)
{
    text_country(out, &o->located);
    text_country(out, &o->registered);
    if (o->n_as > 0) {
        buf_printf(out, "AS%" PRIu32 "\t", o->as[0].number);
    } else {
        buf_str(out, "-\t");
    }
    if (o->flags == 0) {
        buf_byte(out, '-');
    }
    flag_names(out, o->flags, " ");
    buf_byte(out, '\t');
    if (o->special.present) {
        buf_printf(out, "special-purpose: %s (%s)", o->special.name, o->special.rfc);
    } else {
        text_or_dash(out, as_text(o));
    }
    buf_byte(out, '\n');
}

static void rest_csv(struct buf *out, const struct origin *o)
{
    const char *name = as_text(o);
    buf_printf(out, "%s,%s,", agreed(&o->located), agreed(&o->registered));
    if (o->n_as > 0) {
        buf_printf(out, "%" PRIu32, o->as[0].number);
    }
    buf_byte(out, ',');
    flag_names(out, o->flags, " ");
    buf_byte(out, ',');
    text_csv(out, bytes_of(name, strlen(name)));
    buf_byte(out, ',');
    text_csv(out, bytes_of(o->special.name, strlen(o->special.name)));
    buf_printf(out, ",%s,%s,\r\n", origin_word_name(o->located.word),
               origin_word_name(o->registered.word));
}

static void member_or_null(struct emit *j, const char *key, const char *s)
{
    emit_key(j, key);
    if (s[0] == '\0') {
        emit_null(j);
    } else {
        emit_str(j, s);
    }
}

static void member_flags(struct emit *j, const char *key, uint32_t flags)
{
    emit_key(j, key);
    if (flags == 0) {
        emit_null(j);
        return;
    }
    emit_array(j);
    for (unsigned i = 0; i < ORIGIN_FLAG_COUNT; i++) {
        if ((flags >> i & 1) != 0) {
            emit_str(j, origin_flag_name((enum origin_flag)i));
        }
    }
    emit_array_end(j);
}

static void members(struct emit *j, const struct origin *o)
{
    member_or_null(j, "country", agreed(&o->located));
    emit_member_str(j, "country_word", origin_word_name(o->located.word));
    member_or_null(j, "registered_country", agreed(&o->registered));
    emit_member_str(j, "registered_word", origin_word_name(o->registered.word));
    emit_member_bool(j, "registered_from_records", o->registered.from_records);
    emit_key(j, "asn");
    if (o->n_as > 0) {
        emit_u64(j, o->as[0].number);
    } else {
        emit_null(j);
    }
    member_or_null(j, "as_name", as_text(o));
    member_flags(j, "flags", o->flags);
    if (o->stale != 0) {
        member_flags(j, "stale_flags", o->stale);
    }
    if (o->special.present) {
        emit_member_str(j, "special", o->special.name);
    }
    if (o->wrap != ORIGIN_WRAP_NONE) {
        emit_member_str(j, "wrap", origin_wrap_name(o->wrap));
        emit_member_addr(j, "looked_up", &o->looked_up);
    }
}

/* --- routes --------------------------------------------------------------------------- */

static bool is_route(const struct origin_statement *x)
{
    return x->about == ORIGIN_NETWORK && x->of > 0;
}

/* The routing table that is nearest to the event, of those that have a route;
 * -1: none has. */
static int table_of(const struct origin *o, const struct origin_sources *sources)
{
    int best = -1;
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < o->n; i++) {
        int64_t days;
        int source = o->statements[i].source;
        if (!is_route(&o->statements[i])) {
            continue;
        }
        bool dated = origin_gap_days(&sources->items[source], o->event_ns, &days);
        int64_t gap = !dated ? INT64_MAX : days < 0 ? -days : days;
        if (best < 0 || gap < least) {
            best = source;
            least = gap;
        }
    }
    return best;
}

static void route_origin(struct emit *j, const struct origin *o, const struct origin_statement *x)
{
    emit_object(j);
    emit_key(j, "asn");
    if (x->has_asn) {
        emit_u64(j, x->asn);
    } else {
        emit_null(j); /* a path whose origin cannot be read */
    }
    emit_member_u64(j, "peers_with_it", x->seen);
    emit_member_u64(j, "peers", x->of);
    for (size_t i = 0; x->has_asn && i < o->n_as; i++) {
        const struct origin_as *as = &o->as[i];
        if (as->number == x->asn && as->validity != ORIGIN_VALIDITY_UNTOLD) {
            emit_member_str(j, "validity", origin_validity_name(as->validity));
        }
    }
    emit_object_end(j);
}

static void route_members(struct emit *j, const struct origin *o,
                          const struct origin_sources *sources, int table)
{
    const struct origin_source *s = &sources->items[table];
    char text[PREFIX_TEXT_MAX];
    size_t n = 0; /* at least one, of table_of */
    emit_member_str(j, "source", s->name);
    for (size_t i = 0; i < o->n; i++) {
        const struct origin_statement *x = &o->statements[i];
        if (!is_route(x) || x->source != table) {
            continue;
        }
        if (n++ == 0) { /* all are of one network: the narrowest */
            struct prefix net;
            if (attribute_prefix_between(&x->first, &x->last, &net)) {
                emit_member_text(j, "prefix", bytes_of(text, prefix_format(&net, text)));
            }
            emit_key(j, "origins");
            emit_array(j);
        }
        route_origin(j, o, x);
    }
    emit_array_end(j);
    emit_member_bool(j, "moas", n > 1);
}

/* Null: no table has a route. Left out where there is no table. */
static void route(struct emit *j, const struct origin *o, const struct origin_sources *sources)
{
    bool tables = false;
    for (size_t i = 0; i < sources->n; i++) {
        tables |= sources->items[i].format == ORIGIN_MRT;
    }
    if (!tables) {
        return;
    }
    int table = table_of(o, sources);
    emit_key(j, "route");
    if (table < 0) {
        emit_null(j);
        return;
    }
    emit_object(j);
    route_members(j, o, sources, table);
    emit_object_end(j);
}

void line_route(struct buf *out, const struct origin *o, const struct origin_sources *sources)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(out->max);
    struct emit j;
    emit_begin(&j, &text);
    emit_object(&j);
    route(&j, o, sources);
    emit_object_end(&j);
    if (text.failed != ST_OK) {
        out->failed = text.failed;
    } else if (text.len > 2 && out->len > 2 && out->failed == ST_OK) {
        out->len -= 2; /* the end of the object and of the line */
        buf_byte(out, ',');
        buf_append(out, text.data + 1, text.len - 1);
        buf_byte(out, '\n');
    }
}

/* --- all of it ------------------------------------------------------------------------- */

static void ladder(struct emit *j, const struct origin *o, const struct origin_sources *sources)
{
    const struct attribute_climb climb = {.origin = o, .sources = sources};
    struct ladder l;
    attribute_ladder(&climb, &l);
    if (l.failed) {
        j->out->failed = ST_NOMEM;
    } else {
        emit_key(j, "ladder");
        ladder_json(j, &l, origin_cited(o));
    }
    ladder_fini(&l);
}

/* The writer thinks that it began the object: its first byte is the head's. */
static void rest_json(struct buf *out, const struct origin *o, const struct origin_sources *sources)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(out->max);
    struct emit j;
    emit_begin(&j, &text);
    emit_object(&j);
    members(&j, o);
    if (sources != NULL) {
        route(&j, o, sources);
        emit_key(&j, "origin");
        origin_json(&j, o, sources);
        ladder(&j, o, sources);
        emit_key(&j, "sources");
        origin_json_sources(&j, sources);
    }
    emit_object_end(&j);
    if (text.failed != ST_OK) {
        out->failed = text.failed;
        return;
    }
    buf_append(out, text.data + 1, text.len - 1);
    buf_byte(out, '\n');
}

static void rest(struct buf *out, enum line_form form, const struct origin *o,
                 const struct origin_sources *sources)
{
    if (form == LINE_JSON) {
        rest_json(out, o, sources);
    } else if (form == LINE_CSV) {
        rest_csv(out, o);
    } else {
        rest_text(out, o);
    }
}

void line_rest(struct buf *out, enum line_form form, const struct origin *o)
{
    rest(out, form, o, NULL);
}

void line_no_address(struct buf *out, enum line_form form, struct bytes given)
{
    static const char error[] = "not an address";
    if (form == LINE_TEXT) {
        text_show(out, given, NAME_COLUMNS);
        buf_printf(out, "\t-\t-\t-\t-\t-\t%s\n", error);
    } else if (form == LINE_CSV) {
        text_csv(out, given);
        buf_printf(out, ",,,,,,,,,,%s\r\n", error);
    } else {
        struct emit j;
        emit_begin(&j, out);
        emit_object(&j);
        emit_member_text(&j, "address", given);
        member_or_null(&j, "country", "");
        member_or_null(&j, "registered_country", "");
        member_or_null(&j, "flags", "");
        emit_member_str(&j, "error", error);
        emit_object_end(&j);
        buf_byte(out, '\n');
    }
}

void line_whole(struct buf *out, enum line_form form, const struct origin *o,
                const struct origin_sources *sources)
{
    char head[LINE_HEAD_MAX];
    buf_append(out, head, line_head(form, &o->addr, o->has_net ? &o->net : NULL, head));
    rest(out, form, o, sources);
}
