/* report/origin_json.c - prefix, AS, countries, flags, and who says so. */
#include "report/origin_json.h"

#include "base/core/timefmt.h"

enum {
    DATE_TEXT_MAX = 10, /* "2022-10-29" */
    DAY_MAX = 100000,   /* since 1970: more does not fit an instant */
};

static void member_name(struct emit *j, const char *key, const char *name)
{
    emit_member_str(j, key, name != NULL ? name : "unknown");
}

static void member_if(struct emit *j, const char *key, const char *text)
{
    if (text[0] != '\0') {
        emit_member_str(j, key, text);
    }
}

static void member_date(struct emit *j, const char *key, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    (void)time_format(ns, text);
    emit_member_text(j, key, bytes_of(text, DATE_TEXT_MAX));
}

static void member_prefix(struct emit *j, const struct origin *o)
{
    char text[PREFIX_TEXT_MAX];
    if (o->has_net) {
        size_t n = prefix_format(&o->net, text);
        emit_member_text(j, "prefix", bytes_of(text, n));
    }
}

static void systems(struct emit *j, const struct origin *o)
{
    emit_key(j, "as");
    emit_array(j);
    for (size_t i = 0; i < o->n_as; i++) {
        emit_object(j);
        emit_member_u64(j, "number", o->as[i].number);
        emit_member_str(j, "name", o->as[i].name);
        member_if(j, "special", o->as[i].special);
        if (o->as[i].of > 0) {
            emit_member_u64(j, "peers_with_it", o->as[i].seen);
            emit_member_u64(j, "peers", o->as[i].of);
        }
        if (o->as[i].validity != ORIGIN_VALIDITY_UNTOLD) {
            member_name(j, "validity", origin_validity_name(o->as[i].validity));
        }
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void country(struct emit *j, const char *key, const struct origin_country *k)
{
    emit_key(j, key);
    emit_object(j);
    member_name(j, "word", origin_word_name(k->word));
    member_if(j, "code", k->code);
    emit_member_u64(j, "families", k->families);
    emit_member_bool(j, "dissent", k->dissent);
    emit_key(j, "values");
    emit_array(j);
    for (size_t i = 0; i < k->n; i++) {
        emit_object(j);
        emit_member_str(j, "code", k->values[i].code);
        emit_member_u64(j, "families", (unsigned)__builtin_popcount(k->values[i].families));
        emit_member_u64(j, "sources", k->values[i].sources);
        emit_object_end(j);
    }
    emit_array_end(j);
    emit_object_end(j);
}

static void flags(struct emit *j, const char *key, uint32_t bits)
{
    emit_key(j, key);
    emit_array(j);
    for (unsigned i = 0; i < ORIGIN_FLAG_COUNT; i++) {
        if ((bits >> i & 1) != 0) {
            emit_str(j, origin_flag_name((enum origin_flag)i));
        }
    }
    emit_array_end(j);
}

static void special(struct emit *j, const struct origin_special *s)
{
    if (!s->present) {
        return;
    }
    emit_key(j, "special");
    emit_object(j);
    emit_member_str(j, "name", s->name);
    emit_member_str(j, "rfc", s->rfc);
    emit_member_bool(j, "bogon", s->bogon);
    emit_object_end(j);
}

static void wrapped(struct emit *j, const struct origin *o)
{
    if (o->wrap != ORIGIN_WRAP_NONE) {
        member_name(j, "wrap", origin_wrap_name(o->wrap));
        emit_member_addr(j, "looked_up", &o->looked_up);
    }
}

/* What routing tables and authorizations add. */
static void route_members(struct emit *j, const struct origin_statement *s)
{
    if (s->of > 0) {
        emit_member_u64(j, "peers_with_it", s->seen);
        emit_member_u64(j, "peers", s->of);
    }
    if (s->aggregated) {
        emit_member_bool(j, "in_set", true);
    }
    if (s->about == ORIGIN_AUTHORIZED && s->has_asn) {
        struct prefix longest = {s->first, s->max_len};
        emit_member_u64(j, "max_length", prefix_text_len(&longest));
        emit_member_bool(j, "expired", s->expired);
    }
}

static void statement(struct emit *j, const struct origin_statement *s,
                      const struct origin_sources *sources)
{
    emit_object(j);
    if (sources != NULL && s->source < sources->n) {
        const struct origin_source *from = &sources->items[s->source];
        emit_member_str(j, "source", from->name);
        if (from->date != ORIGIN_UNDATED) {
            member_date(j, "date", from->date_ns);
        }
    }
    member_name(j, "about", origin_about_name(s->about));
    if (s->about == ORIGIN_FLAGGED) {
        member_name(j, "flag", origin_flag_name(s->flag));
    }
    if (s->has_asn) {
        emit_member_u64(j, "asn", s->asn);
    }
    route_members(j, s);
    member_if(j, "code", s->code);
    member_if(j, "text", s->text);
    emit_member_addr(j, "first", &s->first);
    emit_member_addr(j, "last", &s->last);
    if (s->day >= 0 && s->day <= DAY_MAX) {
        member_date(j, "recorded", s->day * TIME_DAY);
    }
    emit_object_end(j);
}

static void source_members(struct emit *j, const struct origin_source *s)
{
    emit_member_str(j, "name", s->name);
    member_name(j, "format", origin_format_name(s->format));
    member_name(j, "family", origin_family_name(s->family));
    if (s->date != ORIGIN_UNDATED) {
        member_date(j, "date", s->date_ns);
    }
    member_name(j, "dated_by", origin_date_name(s->date));
    if (s->digested) {
        char hex[DIGEST_TEXT_MAX];
        digest_format(&s->digest, hex);
        emit_member_str(j, "sha256", hex);
    }
    member_if(j, "credit", s->credit);
}

/* Those that a statement is from, so that an answer can be kept alone and be
 * asked for again. */
static void cited(struct emit *j, const struct origin *o, const struct origin_sources *sources)
{
    uint64_t seen = origin_cited(o);
    emit_key(j, "sources");
    emit_array(j);
    for (size_t i = 0; sources != NULL && i < sources->n; i++) {
        int64_t days;
        if ((seen >> i & 1) == 0) {
            continue;
        }
        emit_object(j);
        source_members(j, &sources->items[i]);
        if (origin_gap_days(&sources->items[i], o->event_ns, &days)) {
            emit_key(j, "days_before_event");
            emit_i64(j, days);
        }
        emit_object_end(j);
    }
    emit_array_end(j);
}
void origin_json(struct emit *j, const struct origin *o, const struct origin_sources *sources)
{
    static const char *const relations[ORIGIN_RELATION_COUNT] = {
        [ORIGIN_RELATION_UNTOLD] = "untold",
        [ORIGIN_SAME] = "same",
        [ORIGIN_DIFFERENT] = "different",
    };
    emit_object(j);
    emit_member_addr(j, "address", &o->addr);
    wrapped(j, o);
    special(j, &o->special);
    member_prefix(j, o);
    systems(j, o);
    if (o->moas) {
        emit_member_bool(j, "moas", true);
    }
    country(j, "registered", &o->registered);
    country(j, "located", &o->located);
    emit_member_str(j, "relation", relations[o->relation]);
    flags(j, "flags", o->flags);
    flags(j, "stale_flags", o->stale);
    member_if(j, "operator", o->operator_name);
    if (o->damaged != 0) {
        emit_member_u64(j, "damaged", o->damaged);
    }
    if (o->dropped != 0) {
        emit_member_u64(j, "dropped", o->dropped);
    }
    emit_key(j, "statements");
    emit_array(j);
    for (size_t i = 0; i < o->n; i++) {
        statement(j, &o->statements[i], sources);
    }
    emit_array_end(j);
    cited(j, o, sources);
    emit_object_end(j);
}

void origin_json_sources(struct emit *j, const struct origin_sources *sources)
{
    emit_array(j);
    for (size_t i = 0; sources != NULL && i < sources->n; i++) {
        emit_object(j);
        source_members(j, &sources->items[i]);
        emit_object_end(j);
    }
    emit_array_end(j);
}
