/* attribute/conclude.c - voices, words, flags.
 *
 * Registered country: what the registries delegated, or what a database keeps
 * apart as registered; where nobody says so, the network's own record. Located
 * country: what was measured, with the record as a further family. So with
 * records alone both rungs stand on one statement, and no difference between
 * them can be told.
 */
#include "attribute/conclude.h"

#include "attribute/country.h"
#include "attribute/special.h"
#include "attribute/validity.h"
#include "base/core/timefmt.h"

/* How far a source is from the event; more is worse. Dates of a build come
 * after dates of data, undated sources last. */
static uint64_t distance(const struct origin_sources *sources, uint8_t source, int64_t event_ns)
{
    const struct origin_source *s = &sources->items[source];
    if (s->date == ORIGIN_UNDATED) {
        return UINT64_MAX;
    }
    uint64_t gap = (uint64_t)time_abs_diff(s->date_ns, event_ns);
    return s->date == ORIGIN_DATE_BUILD ? gap | UINT64_C(1) << 63 : gap;
}

static bool speaks(const struct origin_statement *s, uint32_t abouts, enum attribute_code *ret)
{
    enum origin_flag flag;
    if ((abouts >> s->about & 1) == 0) {
        return false;
    }
    *ret = attribute_country_code(s->code, &flag);
    return *ret == CODE_COUNTRY || *ret == CODE_REGION;
}

/* One voice a family. */
struct voices {
    const struct origin_statement *by[ORIGIN_FAMILY_COUNT];
    enum attribute_code code[ORIGIN_FAMILY_COUNT];
    bool dissent[ORIGIN_FAMILY_COUNT];
};

static void collect(const struct origin *o, const struct origin_sources *sources, uint32_t abouts,
                    struct voices *v)
{
    *v = (struct voices){0};
    for (size_t i = 0; i < o->n; i++) {
        const struct origin_statement *s = &o->statements[i];
        enum attribute_code code;
        if (!speaks(s, abouts, &code)) {
            continue;
        }
        enum origin_family f = sources->items[s->source].family;
        const struct origin_statement *had = v->by[f];
        if (had != NULL && code == CODE_COUNTRY && v->code[f] == CODE_COUNTRY) {
            v->dissent[f] |= strcmp(had->code, s->code) != 0;
        }
        /* A country says more than a region, whatever its date. */
        bool more = had != NULL && code == CODE_COUNTRY && v->code[f] == CODE_REGION;
        bool less = had != NULL && code == CODE_REGION && v->code[f] == CODE_COUNTRY;
        if (had == NULL || more ||
            (!less && distance(sources, s->source, o->event_ns) <
                          distance(sources, had->source, o->event_ns))) {
            v->by[f] = s;
            v->code[f] = code;
        }
    }
    /* Where a file has its data from matters: one that does not tell may be a
     * copy of any other, and speaks only where no other does. */
    bool known = false;
    for (int f = ORIGIN_FAMILY_UNKNOWN + 1; f < ORIGIN_FAMILY_COUNT; f++) {
        known |= v->by[f] != NULL;
    }
    if (known) {
        v->by[ORIGIN_FAMILY_UNKNOWN] = NULL;
    }
}

/* Count every value that was said, by family and by source. */
static void count_values(const struct origin *o, const struct origin_sources *sources,
                         uint32_t abouts, struct origin_country *k)
{
    for (size_t i = 0; i < o->n; i++) {
        const struct origin_statement *s = &o->statements[i];
        enum attribute_code code;
        size_t at = 0;
        if (!speaks(s, abouts, &code)) {
            continue;
        }
        while (at < k->n && strcmp(k->values[at].code, s->code) != 0) {
            at++;
        }
        if (at == ORIGIN_VALUES_MAX) {
            continue;
        }
        if (at == k->n) {
            memcpy(k->values[k->n++].code, s->code, sizeof(s->code));
        }
        k->values[at].families |= (uint8_t)(1U << sources->items[s->source].family);
        k->values[at].sources++;
    }
}

static int weight(const struct origin_value *v)
{
    return __builtin_popcount(v->families) * 256 + v->sources;
}

/* The most families first, then the most sources, then by code. */
static void order_values(struct origin_country *k)
{
    for (size_t i = 1; i < k->n; i++) {
        for (size_t j = i; j > 0; j--) {
            struct origin_value *a = &k->values[j - 1];
            struct origin_value *b = &k->values[j];
            int d = weight(b) - weight(a);
            if (d < 0 || (d == 0 && strcmp(a->code, b->code) < 0)) {
                break;
            }
            struct origin_value swap = *a;
            *a = *b;
            *b = swap;
        }
    }
}

static void decide(const struct voices *v, struct origin_country *k)
{
    const char *country = NULL;
    const char *region = NULL;
    bool split = false;
    for (int f = 0; f < ORIGIN_FAMILY_COUNT; f++) {
        if (v->by[f] == NULL) {
            continue;
        }
        k->families++;
        k->dissent |= v->dissent[f];
        if (v->code[f] == CODE_REGION) {
            region = v->by[f]->code;
        } else if (country != NULL && strcmp(country, v->by[f]->code) != 0) {
            split = true;
        } else {
            country = v->by[f]->code;
        }
    }
    if (split) {
        k->word = ORIGIN_SPLIT;
    } else if (country != NULL || region != NULL) {
        k->word = country != NULL ? ORIGIN_AGREED : ORIGIN_REGION;
        origin_text(k->code, sizeof(k->code), bytes_of(country != NULL ? country : region, 2));
    }
}

static bool anybody(const struct origin *o, uint32_t abouts)
{
    for (size_t i = 0; i < o->n; i++) {
        enum attribute_code code;
        if (speaks(&o->statements[i], abouts, &code)) {
            return true;
        }
    }
    return false;
}

static void conclude_country(const struct origin *o, const struct origin_sources *sources,
                             uint32_t abouts, struct origin_country *k)
{
    struct voices v;
    *k = (struct origin_country){0};
    collect(o, sources, abouts, &v);
    count_values(o, sources, abouts, k);
    order_values(k);
    decide(&v, k);
}

static void conclude_countries(struct origin *o, const struct origin_sources *sources)
{
    const uint32_t registered = 1U << ORIGIN_REGISTERED;
    const uint32_t recorded = 1U << ORIGIN_RECORDED;
    const uint32_t located = 1U << ORIGIN_LOCATED;
    bool delegated = anybody(o, registered);
    conclude_country(o, sources, delegated ? registered : recorded, &o->registered);
    o->registered.from_records = !delegated && o->registered.word != ORIGIN_UNKNOWN;
    conclude_country(o, sources, located | recorded, &o->located);
    o->located.from_records = !anybody(o, located) && o->located.word != ORIGIN_UNKNOWN;
    if (o->special.anycast || origin_has(o, ORIGIN_ANYCAST) || origin_has(o, ORIGIN_SATELLITE)) {
        o->located.word = ORIGIN_NO_MEANING;
        o->located.code[0] = '\0';
    }
    o->relation = ORIGIN_RELATION_UNTOLD;
    if (o->registered.word == ORIGIN_AGREED && o->located.word == ORIGIN_AGREED &&
        !(o->registered.from_records && o->located.from_records)) {
        bool same = strcmp(o->registered.code, o->located.code) == 0;
        o->relation = same ? ORIGIN_SAME : ORIGIN_DIFFERENT;
    }
}

bool attribute_prefix_between(const struct addr *first, const struct addr *last, struct prefix *ret)
{
    uint8_t len = 0;
    while (len < 128 &&
           (first->b[len / 8] >> (7 - len % 8) & 1) == (last->b[len / 8] >> (7 - len % 8) & 1)) {
        len++;
    }
    *ret = prefix_of(first, len);
    for (size_t i = len; i < 128; i++) {
        if ((last->b[i / 8] >> (7 - i % 8) & 1) == 0) {
            return false;
        }
    }
    return addr_equal(&ret->net, first);
}

/* What a routing table has to tell about one origin; the nearest in date does. */
static void note_route(const struct origin *o, const struct origin_sources *sources,
                       const struct origin_statement *s, struct origin_as *as)
{
    struct prefix net;
    if (s->of == 0 || as->of > 0) {
        return;
    }
    as->seen = s->seen;
    as->of = s->of;
    if (!s->aggregated && attribute_prefix_between(&s->first, &s->last, &net)) {
        as->validity = attribute_validity(o, sources, &net, s->asn);
    }
}

static struct origin_as *find_as(struct origin *o, uint32_t asn)
{
    for (size_t i = 0; i < o->n_as; i++) {
        if (o->as[i].number == asn) {
            return &o->as[i];
        }
    }
    return NULL;
}

static void note_as(struct origin *o, const struct origin_sources *sources,
                    const struct origin_statement *s)
{
    struct origin_as *as = find_as(o, s->asn);
    if (as == NULL && o->n_as == ORIGIN_AS_MAX) {
        return;
    }
    const char *special = attribute_special_asn(s->asn);
    if (as == NULL) {
        as = &o->as[o->n_as++];
        *as = (struct origin_as){.number = s->asn, .source = s->source};
    }
    if (special != NULL) { /* never an organisation, whatever a database calls it */
        origin_text(as->special, sizeof(as->special), bytes_of(special, strlen(special)));
    } else if (as->name[0] == '\0') { /* routing tables have no names */
        memcpy(as->name, s->text, sizeof(as->name));
    }
    note_route(o, sources, s, as);
}

/* One network with several origins in one routing table. What lies in a set is
 * no origin of its own. */
static bool has_moas(const struct origin *o)
{
    for (size_t i = 0; i < o->n; i++) {
        const struct origin_statement *x = &o->statements[i];
        for (size_t j = 0; j < i; j++) {
            const struct origin_statement *y = &o->statements[j];
            if (x->about == ORIGIN_NETWORK && y->about == ORIGIN_NETWORK && x->of > 0 &&
                x->source == y->source && x->has_asn && y->has_asn && !x->aggregated &&
                !y->aggregated && x->asn != y->asn) {
                return true;
            }
        }
    }
    return false;
}

/* Networks and their AS, the nearest in date first. */
static void conclude_network(struct origin *o, const struct origin_sources *sources)
{
    uint64_t seen = 0; /* statements that were taken */
    o->n_as = 0;
    o->has_net = false;
    for (size_t turn = 0; turn < o->n; turn++) {
        const struct origin_statement *best = NULL;
        for (size_t i = 0; i < o->n; i++) {
            const struct origin_statement *s = &o->statements[i];
            if (s->about == ORIGIN_NETWORK && (seen >> i & 1) == 0 &&
                (best == NULL || distance(sources, s->source, o->event_ns) <
                                     distance(sources, best->source, o->event_ns))) {
                best = s;
            }
        }
        if (best == NULL) {
            return;
        }
        seen |= UINT64_C(1) << (best - o->statements);
        struct prefix net;
        if (attribute_prefix_between(&best->first, &best->last, &net) &&
            (!o->has_net || net.len > o->net.len)) {
            o->net = net;
            o->has_net = true;
        }
        if (best->has_asn) {
            note_as(o, sources, best);
        }
    }
}
_Static_assert(ORIGIN_STATEMENTS_MAX <= 64, "statements are marked in 64 bits");

static bool fresh(const struct origin_source *s, enum origin_flag f, int64_t event_ns)
{
    int64_t days = 0;
    if (f != ORIGIN_TOR_EXIT) {
        return true; /* nobody measured how fast the others age: the gap is printed */
    }
    return origin_gap_days(s, event_ns, &days) && days >= -ATTRIBUTE_TOR_DAYS &&
           days <= ATTRIBUTE_TOR_DAYS;
}

static void conclude_flags(struct origin *o, const struct origin_sources *sources)
{
    uint32_t current = 0;
    o->flags = 0;
    for (size_t i = 0; i < o->n; i++) {
        const struct origin_statement *s = &o->statements[i];
        if (s->about != ORIGIN_FLAGGED) {
            continue;
        }
        o->flags |= 1U << s->flag;
        if (fresh(&sources->items[s->source], s->flag, o->event_ns)) {
            current |= 1U << s->flag;
        }
        if (s->flag == ORIGIN_RESEARCH_SCANNER && o->operator_name[0] == '\0') {
            memcpy(o->operator_name, s->text, sizeof(o->operator_name));
        }
    }
    o->stale = o->flags & ~current;
}

void attribute_conclude(struct origin *o, const struct origin_sources *sources)
{
    o->operator_name[0] = '\0';
    conclude_network(o, sources);
    o->moas = has_moas(o);
    conclude_flags(o, sources);
    conclude_countries(o, sources);
}
