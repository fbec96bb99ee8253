/* base/model/origin.c - statements, names, and the form that crosses a pipe. */
#include "base/model/origin.h"

#include "base/core/text.h"
#include "base/core/timefmt.h"

struct origin_statement *origin_state(struct origin *o, uint8_t source, enum origin_about about)
{
    if (o->n == ORIGIN_STATEMENTS_MAX) {
        o->dropped++;
        return NULL;
    }
    struct origin_statement *s = &o->statements[o->n++];
    *s = (struct origin_statement){.source = source, .about = about, .day = ORIGIN_NO_DAY};
    return s;
}

void origin_text(char *out, size_t size, struct bytes s)
{
    size_t n = 0;
    while (n < s.len && s.data[n] != '\0') {
        uint32_t cp;
        size_t step = text_utf8_next(bytes_of(s.data + n, s.len - n), &cp);
        step = step ? step : 1;
        if (n + step >= size) {
            break;
        }
        n += step;
    }
    if (n > 0) {
        memcpy(out, s.data, n);
    }
    memset(out + n, 0, size - n);
}

uint64_t origin_cited(const struct origin *o)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < o->n; i++) {
        seen |= UINT64_C(1) << o->statements[i].source;
    }
    return seen;
}
_Static_assert(LIMIT_SOURCES <= 64, "sources are marked in 64 bits");

bool origin_gap_days(const struct origin_source *s, int64_t event_ns, int64_t *ret_days)
{
    if (s->date == ORIGIN_UNDATED) {
        return false;
    }
    *ret_days = event_ns / TIME_DAY - s->date_ns / TIME_DAY;
    return true;
}

#define NAMED(function, type, count, ...)                                                          \
    const char *function(type v)                                                                   \
    {                                                                                              \
        static const char *const names[count] = {__VA_ARGS__};                                     \
        return (unsigned)v < (unsigned)(count) ? names[v] : NULL;                                  \
    }

/* clang-format off */
NAMED(origin_family_name, enum origin_family, ORIGIN_FAMILY_COUNT,
      "unknown", "delegation", "records", "measurement", "legacy", "routing", "signed", "operator")
NAMED(origin_date_name, enum origin_date, ORIGIN_DATE_COUNT,
      "undated", "pinned", "stated", "build")
NAMED(origin_format_name, enum origin_format, ORIGIN_FORMAT_COUNT,
      "none", "tor-geoip", "libloc", "maxmind-db", "rir-delegated", "list", "misp-warninglist",
      "rdap", "whois", "mrt-table", "vrp", "geofeed")
NAMED(origin_flag_name, enum origin_flag, ORIGIN_FLAG_COUNT,
      "tor-exit", "anonymous-proxy", "vpn", "relay", "residential-proxy", "hosting", "anycast",
      "satellite", "drop-list", "research-scanner", "own-scanner")
NAMED(origin_word_name, enum origin_word, ORIGIN_WORD_COUNT,
      "unknown", "agreed", "split", "region-only", "not-meaningful")
NAMED(origin_about_name, enum origin_about, ORIGIN_ABOUT_COUNT,
      "network", "registered", "recorded", "located", "flag", "authorized")
NAMED(origin_wrap_name, enum origin_wrap, ORIGIN_WRAP_COUNT,
      "none", "6to4", "teredo", "nat64")
NAMED(origin_validity_name, enum origin_validity, ORIGIN_VALIDITY_COUNT,
      "untold", "valid", "invalid-asn", "invalid-length", "not-found")
/* clang-format on */

/* Text fields travel as a length byte and the bytes. */
static void put_text(struct buf *out, const char *s, size_t size)
{
    size_t n = strnlen(s, size - 1);
    buf_byte(out, (uint8_t)n);
    buf_append(out, s, n);
}

static void get_text(struct cursor *c, char *out, size_t size)
{
    size_t n = cursor_u8(c);
    struct bytes s = cursor_take(c, n);
    memset(out, 0, size);
    if (s.len == 0) {
        return;
    }
    if (s.len >= size || memchr(s.data, '\0', s.len) != NULL) {
        c->failed = true;
        return;
    }
    memcpy(out, s.data, s.len);
}

static void put_addr(struct buf *out, const struct addr *a)
{
    buf_append(out, a->b, sizeof(a->b));
}

static void get_addr(struct cursor *c, struct addr *ret)
{
    struct bytes b = cursor_take(c, sizeof(ret->b));
    if (b.len > 0) {
        memcpy(ret->b, b.data, b.len);
    }
}

/* One byte that must be below count. */
static unsigned get_below(struct cursor *c, unsigned count)
{
    unsigned v = cursor_u8(c);
    if (v >= count) {
        c->failed = true;
        return 0;
    }
    return v;
}

static bool get_bool(struct cursor *c)
{
    return get_below(c, 2) == 1;
}

static void put_statement(struct buf *out, const struct origin_statement *s)
{
    buf_byte(out, s->source);
    buf_byte(out, (uint8_t)s->about);
    buf_byte(out, (uint8_t)s->flag);
    buf_byte(out, s->has_asn);
    buf_be32(out, s->asn);
    put_text(out, s->code, sizeof(s->code));
    put_addr(out, &s->first);
    put_addr(out, &s->last);
    buf_be32(out, (uint32_t)s->day);
    buf_byte(out, s->aggregated);
    buf_be16(out, s->seen);
    buf_be16(out, s->of);
    buf_byte(out, s->max_len);
    buf_byte(out, s->expired);
    put_text(out, s->text, sizeof(s->text));
}

static void get_statement(struct cursor *c, struct origin_statement *s)
{
    s->source = (uint8_t)get_below(c, LIMIT_SOURCES);
    s->about = (enum origin_about)get_below(c, ORIGIN_ABOUT_COUNT);
    s->flag = (enum origin_flag)get_below(c, ORIGIN_FLAG_COUNT);
    s->has_asn = get_bool(c);
    s->asn = cursor_be32(c);
    get_text(c, s->code, sizeof(s->code));
    get_addr(c, &s->first);
    get_addr(c, &s->last);
    s->day = (int32_t)cursor_be32(c);
    s->aggregated = get_bool(c);
    s->seen = cursor_be16(c);
    s->of = cursor_be16(c);
    s->max_len = (uint8_t)get_below(c, 129);
    s->expired = get_bool(c);
    get_text(c, s->text, sizeof(s->text));
}

static void put_country(struct buf *out, const struct origin_country *k)
{
    buf_byte(out, (uint8_t)k->word);
    put_text(out, k->code, sizeof(k->code));
    buf_byte(out, k->families);
    buf_byte(out, k->dissent);
    buf_byte(out, k->from_records);
    buf_byte(out, (uint8_t)k->n);
    for (size_t i = 0; i < k->n; i++) {
        put_text(out, k->values[i].code, sizeof(k->values[i].code));
        buf_byte(out, k->values[i].families);
        buf_byte(out, k->values[i].sources);
    }
}

static void get_country(struct cursor *c, struct origin_country *k)
{
    k->word = (enum origin_word)get_below(c, ORIGIN_WORD_COUNT);
    get_text(c, k->code, sizeof(k->code));
    k->families = cursor_u8(c);
    k->dissent = get_bool(c);
    k->from_records = get_bool(c);
    k->n = get_below(c, ORIGIN_VALUES_MAX + 1);
    for (size_t i = 0; i < k->n; i++) {
        get_text(c, k->values[i].code, sizeof(k->values[i].code));
        k->values[i].families = cursor_u8(c);
        k->values[i].sources = cursor_u8(c);
    }
}

static void put_network(struct buf *out, const struct origin *o)
{
    buf_byte(out, o->has_net);
    put_addr(out, &o->net.net);
    buf_byte(out, o->net.len);
    buf_byte(out, o->moas);
    buf_byte(out, (uint8_t)o->n_as);
    for (size_t i = 0; i < o->n_as; i++) {
        buf_be32(out, o->as[i].number);
        buf_byte(out, o->as[i].source);
        buf_byte(out, (uint8_t)o->as[i].validity);
        buf_be16(out, o->as[i].seen);
        buf_be16(out, o->as[i].of);
        put_text(out, o->as[i].name, sizeof(o->as[i].name));
        put_text(out, o->as[i].special, sizeof(o->as[i].special));
    }
}

static void get_network(struct cursor *c, struct origin *o)
{
    o->has_net = get_bool(c);
    get_addr(c, &o->net.net);
    o->net.len = (uint8_t)get_below(c, 129);
    o->moas = get_bool(c);
    o->n_as = get_below(c, ORIGIN_AS_MAX + 1);
    for (size_t i = 0; i < o->n_as; i++) {
        o->as[i].number = cursor_be32(c);
        o->as[i].source = (uint8_t)get_below(c, LIMIT_SOURCES);
        o->as[i].validity = (enum origin_validity)get_below(c, ORIGIN_VALIDITY_COUNT);
        o->as[i].seen = cursor_be16(c);
        o->as[i].of = cursor_be16(c);
        get_text(c, o->as[i].name, sizeof(o->as[i].name));
        get_text(c, o->as[i].special, sizeof(o->as[i].special));
    }
}

void origin_put(struct buf *out, const struct origin *o)
{
    put_addr(out, &o->addr);
    put_addr(out, &o->looked_up);
    buf_byte(out, (uint8_t)o->wrap);
    put_addr(out, &o->server);
    buf_be64(out, (uint64_t)o->event_ns);
    buf_byte(out, o->special.present);
    buf_byte(out, o->special.bogon);
    buf_byte(out, o->special.anycast);
    put_text(out, o->special.name, sizeof(o->special.name));
    put_text(out, o->special.rfc, sizeof(o->special.rfc));
    put_network(out, o);
    put_country(out, &o->registered);
    put_country(out, &o->located);
    buf_byte(out, (uint8_t)o->relation);
    buf_be32(out, o->flags);
    buf_be32(out, o->stale);
    put_text(out, o->operator_name, sizeof(o->operator_name));
    buf_be32(out, o->damaged);
    buf_be32(out, o->dropped);
    buf_byte(out, (uint8_t)o->n);
    for (size_t i = 0; i < o->n; i++) {
        put_statement(out, &o->statements[i]);
    }
}

static void get_head(struct cursor *c, struct origin *o)
{
    get_addr(c, &o->addr);
    get_addr(c, &o->looked_up);
    o->wrap = (enum origin_wrap)get_below(c, ORIGIN_WRAP_COUNT);
    get_addr(c, &o->server);
    o->event_ns = (int64_t)cursor_be64(c);
    o->special.present = get_bool(c);
    o->special.bogon = get_bool(c);
    o->special.anycast = get_bool(c);
    get_text(c, o->special.name, sizeof(o->special.name));
    get_text(c, o->special.rfc, sizeof(o->special.rfc));
}

enum status origin_get(struct cursor *c, struct origin *ret, struct fault *why)
{
    uint64_t at = c->pos;
    struct origin o = {0};
    get_head(c, &o);
    get_network(c, &o);
    get_country(c, &o.registered);
    get_country(c, &o.located);
    o.relation = (enum origin_relation)get_below(c, ORIGIN_RELATION_COUNT);
    o.flags = cursor_be32(c);
    o.stale = cursor_be32(c);
    get_text(c, o.operator_name, sizeof(o.operator_name));
    o.damaged = cursor_be32(c);
    o.dropped = cursor_be32(c);
    o.n = get_below(c, ORIGIN_STATEMENTS_MAX + 1);
    for (size_t i = 0; i < o.n; i++) {
        get_statement(c, &o.statements[i]);
    }
    bool strange = ((o.flags | o.stale) >> ORIGIN_FLAG_COUNT) != 0;
    if (c->failed || strange) {
        return fault_at(why, ST_MALFORMED, at, "origin message");
    }
    *ret = o;
    return ST_OK;
}

void origin_sources_put(struct buf *out, const struct origin_sources *s)
{
    buf_byte(out, (uint8_t)s->n);
    for (size_t i = 0; i < s->n; i++) {
        const struct origin_source *x = &s->items[i];
        put_text(out, x->name, sizeof(x->name));
        put_text(out, x->credit, sizeof(x->credit));
        buf_byte(out, (uint8_t)x->format);
        buf_byte(out, (uint8_t)x->family);
        buf_byte(out, (uint8_t)x->date);
        buf_be64(out, (uint64_t)x->date_ns);
        buf_byte(out, x->digested);
        buf_append(out, x->digest.b, sizeof(x->digest.b));
        buf_byte(out, x->has_flag);
        buf_byte(out, (uint8_t)x->flag);
    }
}

static void get_source(struct cursor *c, struct origin_source *x)
{
    get_text(c, x->name, sizeof(x->name));
    get_text(c, x->credit, sizeof(x->credit));
    x->format = (enum origin_format)get_below(c, ORIGIN_FORMAT_COUNT);
    x->family = (enum origin_family)get_below(c, ORIGIN_FAMILY_COUNT);
    x->date = (enum origin_date)get_below(c, ORIGIN_DATE_COUNT);
    x->date_ns = (int64_t)cursor_be64(c);
    x->digested = get_bool(c);
    struct bytes d = cursor_take(c, sizeof(x->digest.b));
    if (d.len > 0) {
        memcpy(x->digest.b, d.data, d.len);
    }
    x->has_flag = get_bool(c);
    x->flag = (enum origin_flag)get_below(c, ORIGIN_FLAG_COUNT);
}

enum status origin_sources_get(struct cursor *c, struct origin_sources *ret, struct fault *why)
{
    uint64_t at = c->pos;
    struct origin_sources s = {0};
    s.n = get_below(c, LIMIT_SOURCES + 1);
    for (size_t i = 0; i < s.n; i++) {
        get_source(c, &s.items[i]);
    }
    if (c->failed) {
        return fault_at(why, ST_MALFORMED, at, "sources message");
    }
    *ret = s;
    return ST_OK;
}
