/* attribute/state.c - what a loaded source states about an address. */
#include <stdio.h>
#include <string.h>

#include "attribute/country.h"
#include "attribute/cuts.h"
#include "attribute/nest.h"
#include "attribute/source_parts.h"
#include "attribute/torgeo.h"

/* One statement about the whole of first to last, or NULL when o is full. */
static struct origin_statement *say(const struct attribute_source *s, struct origin *o,
                                    enum origin_about about, const struct addr *first,
                                    const struct addr *last)
{
    struct origin_statement *x = origin_state(o, (uint8_t)s->index, about);
    if (x != NULL) {
        x->first = *first;
        x->last = *last;
    }
    return x;
}

static void say_flag(const struct attribute_source *s, struct origin *o, enum origin_flag flag,
                     const struct attribute_range6 *range)
{
    struct origin_statement *x = say(s, o, ORIGIN_FLAGGED, &range->first, &range->last);
    if (x != NULL) {
        x->flag = flag;
        memcpy(x->text, s->operator_name, sizeof(x->text));
    }
}

static void say_flags(const struct attribute_source *s, struct origin *o, uint32_t flags,
                      const struct attribute_range6 *range)
{
    for (unsigned f = 0; f < ORIGIN_FLAG_COUNT; f++) {
        if ((flags >> f & 1) != 0) {
            say_flag(s, o, (enum origin_flag)f, range);
        }
    }
}

/* A country, or what is written in its place. What it is about follows from
 * where the source has it from. */
static struct origin_statement *say_country(const struct attribute_source *s, struct origin *o,
                                            const char *code, const struct attribute_range6 *range)
{
    enum origin_flag flag;
    enum origin_about about = s->info.family == ORIGIN_DELEGATION ? ORIGIN_REGISTERED
                              : s->info.family == ORIGIN_RECORDS  ? ORIGIN_RECORDED
                                                                  : ORIGIN_LOCATED;
    if (attribute_country_code(code, &flag) == CODE_FLAG) {
        say_flag(s, o, flag, range);
        return NULL;
    }
    if (code[0] == '\0' || strcmp(code, "??") == 0) {
        return NULL;
    }
    struct origin_statement *x = say(s, o, about, &range->first, &range->last);
    if (x != NULL) {
        memcpy(x->code, code, sizeof(x->code));
    }
    return x;
}

static struct attribute_range6 range_of(const struct prefix *p)
{
    struct attribute_range6 r = {p->net, p->net, 0};
    for (size_t i = p->len; i < 128; i++) {
        r.last.b[i / 8] |= (uint8_t)(0x80U >> (i % 8));
    }
    return r;
}

static void state_network(const struct attribute_source *s, struct origin *o,
                          const struct attribute_range6 *range, bool has_asn, uint32_t asn,
                          const char *as_name)
{
    struct origin_statement *x = say(s, o, ORIGIN_NETWORK, &range->first, &range->last);
    if (x != NULL) {
        x->has_asn = has_asn;
        x->asn = asn;
        memcpy(x->text, as_name, sizeof(x->text));
    }
}

static void state_tor(const struct attribute_source *s, const struct attribute_range6 *range,
                      struct origin *o)
{
    char code[3];
    attribute_torgeo_text(range->value, code);
    (void)say_country(s, o, code, range); /* nothing to add to it */
}

void attribute_state_mmdb(const struct attribute_source *s, const struct attribute_mmdb_answer *m,
                          struct origin *o)
{
    struct attribute_range6 range = range_of(&m->net);
    if (m->has_asn) {
        state_network(s, o, &range, true, m->asn, m->as_name);
    }
    if (m->registered[0] != '\0') {
        struct origin_statement *x = say(s, o, ORIGIN_REGISTERED, &range.first, &range.last);
        if (x != NULL) {
            memcpy(x->code, m->registered, sizeof(x->code));
        }
    }
    (void)say_country(s, o, m->located, &range); /* nothing to add to it */
    say_flags(s, o, m->flags, &range);
}

void attribute_state_locdb(const struct attribute_source *s, const struct attribute_locdb_answer *l,
                           struct origin *o)
{
    struct attribute_range6 range = range_of(&l->net);
    state_network(s, o, &range, l->asn != 0, l->asn, l->as_name);
    (void)say_country(s, o, l->code, &range); /* nothing to add to it */
    say_flags(s, o, l->flags, &range);
}

static void state_rir(const struct attribute_source *s, const struct attribute_range6 *at,
                      struct origin *o)
{
    const struct attribute_range6 range = *at;
    const struct attribute_delegation *d = &s->rir.entries[range.value];
    struct origin_statement *x = say(s, o, ORIGIN_REGISTERED, &range.first, &range.last);
    if (x == NULL) {
        return;
    }
    if (attribute_rir_held(d)) {
        memcpy(x->code, d->code, sizeof(x->code));
    }
    x->day = d->day;
    (void)snprintf(x->text, sizeof(x->text), "%s, %s", d->registry, d->status); /* fits */
}

/* Peers are counted in 16 bits: no collector has more. */
static uint16_t count16(uint32_t n)
{
    return n > UINT16_MAX ? UINT16_MAX : (uint16_t)n;
}

/* One statement for each origin, those that most peers saw first. */
static void state_rib(const struct attribute_source *s, uint32_t value, struct origin *o)
{
    const struct attribute_rib_route *route = &s->rib.routes[value];
    const struct attribute_range6 range = range_of(&route->net);
    for (uint32_t i = 0; i < route->n; i++) {
        const struct attribute_rib_row *row = &s->rib.rows[route->row + i];
        struct origin_statement *x = say(s, o, ORIGIN_NETWORK, &range.first, &range.last);
        if (x == NULL) {
            return;
        }
        x->has_asn = row->kind != RIB_UNREADABLE;
        x->asn = row->asn;
        x->aggregated = row->kind == RIB_IN_SET;
        x->seen = count16(row->seen);
        x->of = count16(addr_is_v4(&route->net.net) ? s->rib.peers4 : s->rib.peers6);
    }
}

static void state_geofeed(const struct attribute_source *s, uint32_t value, struct origin *o)
{
    const struct attribute_geofeed_entry *e = &s->geofeed.items[value];
    const struct attribute_range6 range = range_of(&e->net);
    (void)say_country(s, o, e->code, &range); /* nothing to add to it */
}

/* Authorizations that one address may have; all that are known have fewer. */
enum { AUTHORIZATIONS_MAX = 16 };

/* From the narrowest network outwards. That there is none is said, too. */
static void state_vrps(const struct attribute_source *s, const struct addr *a, struct origin *o)
{
    const struct attribute_vrp_net *net = attribute_vrps_find(&s->vrps, a);
    uint32_t told = 0;
    if (net == NULL) {
        (void)say(s, o, ORIGIN_AUTHORIZED, a, a); /* without an AS */
        return;
    }
    while (net != NULL) {
        const struct attribute_range6 range = range_of(&net->net);
        for (uint32_t i = 0; i < net->n; i++) {
            const struct attribute_vrp *v = &s->vrps.items[net->first + i];
            if (told++ >= AUTHORIZATIONS_MAX) {
                o->dropped++;
                continue;
            }
            struct origin_statement *x = say(s, o, ORIGIN_AUTHORIZED, &range.first, &range.last);
            if (x != NULL) {
                x->has_asn = true;
                x->asn = v->asn;
                x->max_len = v->max_len;
                x->expired = v->expires_ns < o->event_ns;
                memcpy(x->text, v->anchor, sizeof(v->anchor));
            }
        }
        net = net->wider != ATTRIBUTE_NEST_NONE ? &s->vrps.nets[net->wider] : NULL;
    }
}

static void state_list(const struct attribute_source *s, const struct attribute_range6 *range,
                       struct origin *o)
{
    say_flag(s, o, s->flag, range);
}

const struct attribute_ranges *attribute_source_ranges(const struct attribute_source *s)
{
    switch (s->info.format) {
    case ORIGIN_TOR_GEOIP:
        return &s->tor;
    case ORIGIN_RIR:
        return &s->rir.ranges;
    case ORIGIN_LIST:
        return &s->list.ranges;
    case ORIGIN_MISP:
        return &s->misp.list.ranges;
    case ORIGIN_MRT:
        return &s->rib.ranges;
    case ORIGIN_GEOFEED:
        return &s->geofeed.ranges;
    default:
        return NULL;
    }
}

bool attribute_source_in_table(const struct attribute_source *s)
{
    return s->info.format != ORIGIN_RDAP && s->info.format != ORIGIN_WHOIS &&
           s->info.format != ORIGIN_VRP;
}

uint8_t attribute_source_net_len(const struct attribute_source *s, uint32_t value)
{
    return s->info.format == ORIGIN_MRT ? s->rib.routes[value].net.len : ATTRIBUTE_NO_NET;
}

void attribute_state_range(const struct attribute_source *s, const struct attribute_range6 *range,
                           struct origin *o)
{
    if (s->info.format == ORIGIN_TOR_GEOIP) {
        state_tor(s, range, o);
    } else if (s->info.format == ORIGIN_RIR) {
        state_rir(s, range, o);
    } else if (s->info.format == ORIGIN_MRT) {
        state_rib(s, range->value, o);
    } else if (s->info.format == ORIGIN_GEOFEED) {
        state_geofeed(s, range->value, o);
    } else {
        state_list(s, range, o);
    }
}

static void look_up_mmdb(const struct attribute_source *s, const struct addr *a, struct origin *o)
{
    struct attribute_mmdb_answer m;
    enum status st = attribute_mmdb_lookup(s->mmdb, a, &m);
    o->damaged += st != ST_OK && st != ST_END;
    if (st == ST_OK) {
        attribute_state_mmdb(s, &m, o);
    }
}

static void look_up_locdb(const struct attribute_source *s, const struct addr *a, struct origin *o)
{
    struct attribute_locdb_answer l;
    enum status st = attribute_locdb_lookup(s->loc, a, &l);
    o->damaged += st != ST_OK && st != ST_END;
    if (st == ST_OK) {
        attribute_state_locdb(s, &l, o);
    }
}

void attribute_source_state(const struct attribute_source *s, const struct addr *a,
                            struct origin *o)
{
    const struct attribute_ranges *ranges = attribute_source_ranges(s);
    struct attribute_range6 range;
    if (!s->loaded) {
        return;
    }
    if (s->info.format == ORIGIN_VRP) {
        state_vrps(s, a, o);
    } else if (s->info.format == ORIGIN_LIBLOC) {
        look_up_locdb(s, a, o);
    } else if (s->info.format == ORIGIN_MMDB) {
        look_up_mmdb(s, a, o);
    } else if (ranges != NULL && attribute_ranges_find(ranges, a, &range)) {
        attribute_state_range(s, &range, o);
    }
}

enum status attribute_source_cuts(const struct attribute_source *s, struct attribute_cuts *cuts)
{
    const struct attribute_ranges *ranges = attribute_source_ranges(s);
    return ranges != NULL                    ? attribute_cuts_ranges(cuts, ranges, 0)
           : s->info.format == ORIGIN_LIBLOC ? attribute_locdb_walk(s->loc, cuts)
                                             : attribute_mmdb_walk(s->mmdb, cuts);
}

bool attribute_source_routes(const struct attribute_source *s)
{
    if (!s->loaded || s->info.format != ORIGIN_MMDB) {
        return s->loaded && (s->info.format == ORIGIN_LIBLOC || s->info.format == ORIGIN_MRT);
    }
    const char *type = attribute_mmdb_type(s->mmdb);
    return strcasestr(type, "asn") != NULL || strcasestr(type, "isp") != NULL;
}

bool attribute_source_announced(const struct attribute_source *s, const struct addr *a)
{
    struct attribute_mmdb_answer m;
    struct attribute_range6 range;
    if (s->info.format == ORIGIN_LIBLOC) {
        return attribute_locdb_announced(s->loc, a);
    }
    if (s->info.format == ORIGIN_MRT) {
        return attribute_ranges_find(&s->rib.ranges, a, &range);
    }
    return attribute_mmdb_lookup(s->mmdb, a, &m) == ST_OK && m.has_asn;
}

const struct attribute_contacts *attribute_source_contacts(const struct attribute_source *s)
{
    bool names = s->info.format == ORIGIN_RDAP || s->info.format == ORIGIN_WHOIS;
    return s->loaded && names ? &s->contacts : NULL;
}
