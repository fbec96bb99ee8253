/* attribute/validity.c - RFC 6811, 2.1, over statements. */
#include "attribute/validity.h"

#include "base/core/timefmt.h"

static bool authorizes(const struct origin_statement *s)
{
    return s->about == ORIGIN_AUTHORIZED;
}

/* The source to ask; -1: none is dated, or near enough. */
static int nearest(const struct origin *o, const struct origin_sources *sources)
{
    int best = -1;
    int64_t best_gap = (int64_t)ATTRIBUTE_VRP_DAYS * TIME_DAY;
    for (size_t i = 0; i < o->n; i++) {
        const struct origin_source *s = &sources->items[o->statements[i].source];
        if (!authorizes(&o->statements[i]) || s->date == ORIGIN_UNDATED ||
            s->date == ORIGIN_DATE_BUILD) {
            continue;
        }
        int64_t gap = time_abs_diff(s->date_ns, o->event_ns);
        if (gap < best_gap || (best < 0 && gap == best_gap)) {
            best = o->statements[i].source;
            best_gap = gap;
        }
    }
    return best;
}

/* Does it name a network that holds all of this one? */
static bool covers(const struct origin_statement *s, const struct prefix *net)
{
    struct addr last = net->net;
    for (size_t i = net->len; i < 128; i++) {
        last.b[i / 8] |= (uint8_t)(0x80U >> (i % 8));
    }
    return s->has_asn && addr_compare(&s->first, &net->net) <= 0 &&
           addr_compare(&s->last, &last) >= 0;
}

enum origin_validity attribute_validity(const struct origin *o,
                                        const struct origin_sources *sources,
                                        const struct prefix *net, uint32_t asn)
{
    enum origin_validity v = ORIGIN_NOT_FOUND;
    int source = nearest(o, sources);
    if (source < 0 || o->dropped > 0) {
        return ORIGIN_VALIDITY_UNTOLD;
    }
    for (size_t i = 0; i < o->n; i++) {
        const struct origin_statement *s = &o->statements[i];
        if (!authorizes(s) || s->source != source || !covers(s, net)) {
            continue;
        }
        if (s->expired) {
            return ORIGIN_VALIDITY_UNTOLD;
        }
        /* RFC 6483, 4: AS 0 authorizes nobody. */
        bool ours = asn != 0 && s->asn == asn;
        if (ours && net->len <= s->max_len) {
            v = ORIGIN_VALID;
        } else if (ours && v != ORIGIN_VALID) {
            v = ORIGIN_INVALID_LENGTH;
        } else if (v == ORIGIN_NOT_FOUND) {
            v = ORIGIN_INVALID_ASN;
        }
    }
    return v;
}
