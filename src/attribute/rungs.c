/* attribute/rungs.c - the rungs for which sources are asked.
 *
 * Confidence is a word about the basis: how many families of sources speak, how
 * far their dates are from the event, and whether the network is of a kind about
 * which sources often differ. An operator's own word is shown, and is no basis.
 * No likelihood is given, since none is computed.
 */
#include <inttypes.h>
#include <string.h>

#include "attribute/ladder_parts.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"

enum {
    /* Of networks that a four years old table names, one in six to ten has
     * another AS today. */
    NEAR_DAYS = 31,
    YEAR_DAYS = 366,
    MANY_FAMILIES = 3,
};

static void put_days(struct buf *out, int64_t n)
{
    bool years = n >= 2 * (int64_t)YEAR_DAYS;
    text_count(out, (uint64_t)(years ? n / 365 : n));
    buf_str(out, years ? " years" : n == 1 ? " day" : " days");
}

/* A bit for each source that says anything about these. */
static uint64_t speakers(const struct build *b, uint32_t abouts)
{
    const struct origin *o = b->c->origin;
    uint64_t bits = 0;
    for (size_t i = 0; i < o->n; i++) {
        bool known = b->c->sources != NULL && o->statements[i].source < b->c->sources->n;
        if (known && (abouts >> o->statements[i].about & 1) != 0) {
            bits |= UINT64_C(1) << o->statements[i].source;
        }
    }
    return bits;
}

/* Days from the event to the nearest source that speaks; -1: none is dated. */
static int64_t nearest(const struct build *b, uint64_t speaks)
{
    int64_t best = -1;
    for (size_t i = 0; b->c->sources != NULL && i < b->c->sources->n; i++) {
        const struct origin_source *s = &b->c->sources->items[i];
        int64_t gap;
        if ((speaks >> i & 1) == 0 || s->date == ORIGIN_DATE_BUILD ||
            !origin_gap_days(s, b->c->origin->event_ns, &gap)) {
            continue;
        }
        gap = gap < 0 ? -gap : gap;
        best = best < 0 || gap < best ? gap : best;
    }
    return best;
}

static void put_nearest(struct buf *out, int64_t gap)
{
    if (gap < 0) {
        buf_str(out, "none of a known date");
    } else if (gap == 0) {
        buf_str(out, "the nearest of the day of the event");
    } else {
        buf_str(out, "the nearest ");
        put_days(out, gap);
        buf_str(out, " from the event");
    }
}

/* Networks about which sources differ up to twice as often as elsewhere. */
static bool in_between(const struct origin *o)
{
    return origin_has(o, ORIGIN_HOSTING) || origin_has(o, ORIGIN_VPN) ||
           origin_has(o, ORIGIN_TOR_EXIT) || origin_has(o, ORIGIN_RELAY) ||
           origin_has(o, ORIGIN_ANONYMOUS_PROXY) || origin_has(o, ORIGIN_RESIDENTIAL_PROXY);
}

/* --- network -------------------------------------------------------------------------- */

static void answer_network(struct build *b, struct ladder_rung *r)
{
    const struct origin *o = b->c->origin;
    char net[PREFIX_TEXT_MAX];
    if (o->has_net) {
        (void)prefix_format(&o->net, net);
        buf_str(&b->say, net);
    }
    for (size_t i = 0; i < o->n_as; i++) {
        const struct origin_as *as = &o->as[i];
        const char *name = as->name[0] != '\0' ? as->name : as->special;
        const char *before = i > 0 ? " or " : o->has_net ? ", " : "";
        buf_printf(&b->say, "%sAS%" PRIu32 "%s%s", before, as->number, name[0] ? " " : "", name);
    }
    build_answer(b, r);
}

/* What routing tables and authorizations say about one origin. */
static void weigh_origin(struct build *b, struct ladder_rung *r, const struct origin_as *as)
{
    if (as->special[0] != '\0') {
        buf_printf(&b->say, "AS%" PRIu32 " is no network's own: %s.", as->number, as->special);
        build_weaken(b, r);
    }
    if (as->of > 0) {
        buf_printf(&b->say, "%u of the %u peers of a routing table have it from AS%" PRIu32 ".",
                   as->seen, as->of, as->number);
        build_support(b, r);
    }
    switch (as->validity) {
    case ORIGIN_VALID:
        buf_printf(&b->say, "Route validity: valid, its holder authorized AS%" PRIu32 ".",
                   as->number);
        build_support(b, r);
        break;
    case ORIGIN_INVALID_ASN:
    case ORIGIN_INVALID_LENGTH:
        buf_printf(&b->say,
                   "Route validity: %s, its holder authorized %s. That is more often a mistake "
                   "than a hijack.",
                   origin_validity_name(as->validity),
                   as->validity == ORIGIN_INVALID_ASN ? "others only"
                                                      : "this AS, but no network so narrow");
        build_weaken(b, r);
        break;
    case ORIGIN_NOT_FOUND:
        buf_printf(&b->say,
                   "Route validity of AS%" PRIu32 ": not-found, which says nothing either way.",
                   as->number);
        build_support(b, r);
        break;
    case ORIGIN_VALIDITY_UNTOLD:
    case ORIGIN_VALIDITY_COUNT:
        break;
    }
}

static const char *network_word(const struct origin *o)
{
    return o->moas        ? "several-origins-in-one-table"
           : o->n_as > 1  ? "several-origins"
           : o->n_as == 1 ? "one-origin"
           : o->has_net   ? "unannounced"
                          : "unknown";
}

static void network(struct build *b)
{
    const struct origin *o = b->c->origin;
    struct ladder_rung *r = &b->l->rungs[LADDER_NETWORK];
    char time[TIME_TEXT_MAX];
    r->present = true;
    r->word = network_word(o);
    r->sources = speakers(b, 1U << ORIGIN_NETWORK | 1U << ORIGIN_AUTHORIZED);
    answer_network(b, r);
    for (size_t i = 0; i < o->n_as; i++) {
        weigh_origin(b, r, &o->as[i]);
    }
    if (o->n_as > 1) {
        buf_str(&b->say,
                o->moas ? "One routing table has it from several AS: anycast, a customer of "
                          "two providers, or a hijack."
                        : "The sources disagree, which a difference in their dates may explain.");
        build_weaken(b, r);
    }
    if (r->sources == 0) {
        return;
    }
    uint64_t named = speakers(b, 1U << ORIGIN_NETWORK);
    int64_t gap = nearest(b, named);
    r->confidence = o->n_as == 1 && gap >= 0 && gap <= NEAR_DAYS ? LADDER_MODERATE : LADDER_LOW;
    build_count(&b->say, (unsigned)__builtin_popcountll(named), "source", "sources");
    buf_str(&b->say, ", ");
    put_nearest(&b->say, gap);
    build_basis(b, r);
    if (r->confidence == LADDER_LOW && (gap < 0 || gap > NEAR_DAYS)) {
        buf_str(&b->say, "Networks change hands: of those in a table four years old, about one in "
                         "ten has another origin today.");
        build_weaken(b, r);
    }
    r->refuted = "A routing table of that hour that shows another origin.";
    (void)time_format_short(o->event_ns, time);
    if (o->n_as > 0) {
        buf_printf(&b->say, "The operator of AS%" PRIu32 ": was the network yours at %s UTC?",
                   o->as[0].number, time);
    } else {
        buf_printf(&b->say,
                   "The holder, by its registry: who announced the network at %s UTC, if anybody?",
                   time);
    }
    build_ask(b, r);
}

/* --- countries ------------------------------------------------------------------------- */

/* What an operator says of its own network is nobody else's word. */
static const unsigned checked = ~(1U << ORIGIN_OPERATOR);

/* The value that was concluded; else the one that most say. */
static const struct origin_value *said_value(const struct origin_country *k)
{
    for (size_t i = 0; i < k->n; i++) {
        if (strcmp(k->values[i].code, k->code) == 0) {
            return &k->values[i];
        }
    }
    return &k->values[0];
}

static void tell_value(struct buf *out, const struct origin_value *v)
{
    unsigned families = (unsigned)__builtin_popcount(v->families & checked);
    buf_printf(out, "%s (", v->code);
    if (families > 0) {
        build_count(out, families, "family", "families");
    } else {
        buf_str(out, "by the operator alone");
    }
    buf_byte(out, ')');
}

/* Where one was concluded, the others are what sources say against their family. */
static void answer_country(struct build *b, struct ladder_rung *r, const struct origin_country *k)
{
    bool concluded = k->code[0] != '\0';
    const struct origin_value *first = said_value(k);
    for (size_t i = 0; i < k->n; i++) {
        const struct origin_value *v = concluded && i == 0                   ? first
                                       : concluded && &k->values[i] <= first ? &k->values[i - 1]
                                                                             : &k->values[i];
        buf_str(&b->say, i == 0 ? "" : concluded && i == 1 ? "; also said: " : ", ");
        if (concluded && i > 0) {
            buf_str(&b->say, v->code);
        } else {
            tell_value(&b->say, v);
        }
    }
    build_answer(b, r);
}

/* Families that speak and whose word is checked by somebody else. */
static unsigned basis_families(const struct build *b, const struct origin_country *k,
                               uint64_t speaks)
{
    bool operators = false;
    for (size_t i = 0; b->c->sources != NULL && i < b->c->sources->n; i++) {
        operators |= (speaks >> i & 1) != 0 && b->c->sources->items[i].family == ORIGIN_OPERATOR;
    }
    return k->families - (operators && k->families > 0);
}

static uint64_t checked_sources(const struct build *b, uint64_t speaks)
{
    for (size_t i = 0; b->c->sources != NULL && i < b->c->sources->n; i++) {
        bool operator_s = b->c->sources->items[i].family == ORIGIN_OPERATOR;
        speaks &= ~((uint64_t)operator_s << i);
    }
    return speaks;
}

static void confidence(struct build *b, struct ladder_rung *r, const struct origin_country *k)
{
    bool dissent = k->dissent || k->word == ORIGIN_SPLIT;
    int64_t gap = nearest(b, checked_sources(b, r->sources));
    unsigned families = basis_families(b, k, r->sources);
    bool close = gap >= 0 && gap <= YEAR_DAYS;
    bool high = families >= MANY_FAMILIES && gap >= 0 && gap <= NEAR_DAYS && !dissent &&
                !in_between(b->c->origin);
    r->confidence = high                                 ? LADDER_HIGH
                    : families >= 2 && close && !dissent ? LADDER_MODERATE
                                                         : LADDER_LOW;
    build_count(&b->say, families, "family of sources", "families of sources");
    buf_str(&b->say, ", ");
    put_nearest(&b->say, gap);
    build_basis(b, r);
    if (k->dissent) {
        buf_str(&b->say, "A source contradicts its own family.");
        build_weaken(b, r);
    }
    if (k->word == ORIGIN_SPLIT) {
        buf_str(&b->say, "The families disagree.");
        build_weaken(b, r);
    }
    if (families < k->families) {
        buf_str(&b->say, "A geofeed is the operator's own word (RFC 8805), and nobody checked that "
                         "the network is its own: it counts for nothing here.");
        build_weaken(b, r);
    }
}

/* Names of the families that say the value that most say. */
static void support_country(struct build *b, struct ladder_rung *r, const struct origin_country *k)
{
    const char *gap = "";
    if (k->n == 0) {
        return;
    }
    const struct origin_value *v = said_value(k);
    unsigned families = (v->families & checked) != 0 ? v->families & checked : v->families;
    buf_printf(&b->say, "%s is said by ", v->code);
    for (unsigned f = 0; f < ORIGIN_FAMILY_COUNT; f++) {
        if ((families >> f & 1) != 0) {
            buf_printf(&b->say, "%s%s", gap, origin_family_name((enum origin_family)f));
            gap = ", ";
        }
    }
    buf_str(&b->say, "; sources of one family are one voice.");
    build_support(b, r);
}

static void registered(struct build *b)
{
    const struct origin_country *k = &b->c->origin->registered;
    struct ladder_rung *r = &b->l->rungs[LADDER_REGISTERED];
    r->present = true;
    r->word = origin_word_name(k->word);
    r->sources =
        speakers(b, 1U << ORIGIN_REGISTERED | (k->from_records ? 1U << ORIGIN_RECORDED : 0));
    answer_country(b, r, k);
    if (r->sources == 0) {
        return;
    }
    support_country(b, r, k);
    if (k->from_records) {
        buf_str(&b->say, "No registry's delegation is at hand: this is what the network's own "
                         "record says.");
        build_weaken(b, r);
    }
    confidence(b, r, k);
    r->refuted = "A transfer or lease that is dated before the event. It says where the holder "
                 "registered, not where a host is.";
    r->ask = "The registry or the holder: to whom was it assigned at that time?";
}

static void weigh_location(struct build *b, struct ladder_rung *r)
{
    const struct origin *o = b->c->origin;
    if (o->registered.from_records && o->located.from_records) {
        buf_str(&b->say, "The same records as for the registered country: nobody measured it, and "
                         "whether the two differ cannot be said.");
        build_weaken(b, r);
    }
    if (in_between(o)) {
        buf_str(&b->say, "In networks of this kind sources differ on every third or fourth "
                         "address.");
        build_weaken(b, r);
    }
    if (o->relation == ORIGIN_DIFFERENT) {
        buf_str(&b->say, "It is not where its holder is registered: leased, moved, or a network "
                         "of several countries.");
        build_weaken(b, r);
    }
}

/* What sources say all the same is told, but not as an answer. */
static void no_one_place(struct build *b, struct ladder_rung *r)
{
    const struct origin *o = b->c->origin;
    bool satellite = origin_has(o, ORIGIN_SATELLITE) && !origin_has(o, ORIGIN_ANYCAST);
    buf_str(&b->say, satellite ? "there is no one place: hosts of a satellite's network are where "
                                 "its terminals are"
                               : "there is no one place: hosts in many places answer at an anycast "
                                 "address");
    build_answer(b, r);
    if (o->located.n > 0) {
        const struct origin_country *k = &o->located;
        buf_str(&b->say, "Sources that say ");
        for (size_t i = 0; i < k->n; i++) {
            buf_printf(&b->say, "%s%s", i == 0 ? "" : " or ", k->values[i].code);
        }
        buf_str(&b->say, " tell at most where the network is registered.");
        build_weaken(b, r);
    }
    r->ask = satellite ? "The operator: where was the terminal at that time?"
                       : "The operator: which of its sites sent this?";
}

static void located(struct build *b)
{
    const struct origin *o = b->c->origin;
    const struct origin_country *k = &o->located;
    struct ladder_rung *r = &b->l->rungs[LADDER_LOCATED];
    r->present = true;
    r->word = origin_word_name(k->word);
    r->sources = speakers(b, 1U << ORIGIN_LOCATED | 1U << ORIGIN_RECORDED);
    if (k->word == ORIGIN_NO_MEANING) {
        no_one_place(b, r);
        return;
    }
    answer_country(b, r, k);
    if (k->n == 0) {
        return;
    }
    support_country(b, r, k);
    confidence(b, r, k);
    weigh_location(b, r);
    r->refuted = "The operator's statement, or answers that come too fast for the distance. It is "
                 "address space that is used there, and says nothing about who used it.";
    r->ask = "The hosting or access provider: where does the machine stand?";
}

/* --- role ------------------------------------------------------------------------------ */

static const char *role_word(const struct origin *o)
{
    uint32_t between = 1U << ORIGIN_TOR_EXIT | 1U << ORIGIN_ANONYMOUS_PROXY | 1U << ORIGIN_VPN |
                       1U << ORIGIN_RELAY | 1U << ORIGIN_RESIDENTIAL_PROXY;
    return (o->flags & ~o->stale & between) != 0    ? "known-relay"
           : origin_has(o, ORIGIN_OWN_SCANNER)      ? "own-scanner"
           : origin_has(o, ORIGIN_RESEARCH_SCANNER) ? "known-scanner"
           : origin_has(o, ORIGIN_HOSTING)          ? "hosting"
                                                    : "unknown";
}

static void role(struct build *b)
{
    const struct origin *o = b->c->origin;
    struct ladder_rung *r = &b->l->rungs[LADDER_ROLE];
    const char *gap = "";
    char time[TIME_TEXT_MAX];
    r->present = true;
    r->word = role_word(o);
    r->sources = speakers(b, 1U << ORIGIN_FLAGGED);
    for (unsigned i = 0; i < ORIGIN_FLAG_COUNT; i++) {
        if ((o->flags >> i & 1) != 0) {
            bool stale = (o->stale >> i & 1) != 0;
            buf_printf(&b->say, "%s%s%s", gap, origin_flag_name((enum origin_flag)i),
                       stale ? " (an old list)" : "");
            gap = ", ";
        }
    }
    build_answer(b, r);
    if (o->flags == 0) {
        buf_str(&b->say, "No flag means unknown: of known attackers more than half carry none.");
        build_weaken(b, r);
    } else {
        int64_t days = nearest(b, r->sources);
        bool close = days >= 0 && days <= YEAR_DAYS;
        r->confidence = o->flags == o->stale || !close ? LADDER_LOW : LADDER_MODERATE;
        build_count(&b->say, (unsigned)__builtin_popcountll(r->sources), "list", "lists");
        buf_str(&b->say, ", ");
        put_nearest(&b->say, days);
        build_basis(b, r);
    }
    if (o->stale != 0) {
        buf_str(&b->say, "Such lists change within days: one that is far from the event says "
                         "little.");
        build_weaken(b, r);
    }
    if (origin_has(o, ORIGIN_RESEARCH_SCANNER)) {
        buf_str(&b->say, "That a scanner says it is harmless is its own word.");
        build_weaken(b, r);
    }
    char addr[ADDR_TEXT_MAX];
    (void)addr_format(&o->looked_up, addr);
    (void)time_format_short(o->event_ns, time);
    buf_printf(&b->say,
               "The operator: who had %s at %s UTC, and who steered that host? Many may share it: "
               "name the source port, the destination and the protocol, too.",
               addr, time);
    build_ask(b, r);
    r->refuted = "Flow records of that network that show who steered the host before.";
}

void build_rungs_of_sources(struct build *b)
{
    network(b);
    registered(b);
    located(b);
    role(b);
}
