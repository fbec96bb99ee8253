/* attribute/spoof.c - the tests of a flood's sources.
 *
 * Impossible sources: of all IPv4 addresses 13.8 % are special-purpose and, by
 * a table of 2026, 22.9 % in all belong to no AS. With that share 18 sources
 * without an impossible one have a chance of 0.771^18 = 0.9 %, so fewer than 18
 * tell nothing, and with a poorer table the number is computed from its own
 * share. Among real hosts one in a hundred may be special-purpose (a leak of
 * private addresses), and one in five missing from the table: of the networks
 * in a list of data centres of 2026, 14 % were announced by nobody in 2022.
 *
 * Spread: chi-square over /8s, joined until each bin expects at least five. A
 * space that explains the sources with a chance of 1 % or more is possible. It
 * takes less than 1 in 10,000 for all of them to call sources unlike random
 * ones. Without impossible sources the spread decides alone, and only with 256
 * sources that came nearly all once: fewer cannot tell a random draw from a
 * botnet in many networks.
 *
 * IPv6: one in thousands of random addresses is announced, while real ones
 * are; so only the impossible share is looked at, over /64s, because whoever
 * holds one can use every address in it.
 */
#include "attribute/spoof.h"

#include "attribute/chance.h"
#include "attribute/special.h"

static const double p_possible = 0.01;
static const double p_certain = 0.001;
static const double p_excluded = 0.0001;
static const double real_unannounced = 0.20;
static const double real_bogon = 0.01;
static const double single_most = 0.9;
static const double single_few = 0.5;

enum {
    SPREAD_ALONE = 256,
    BIN_LEAST = 5,
    BINS_LEAST = 4,
    SPACE_PER_8 = 64,
    V6_LEAST = 18,
    V6_TRIED = 1024,
    RANGE_LEAST = 64, /* /8s: a narrower range is a network, not a space */
};

/* A space that sources may be drawn from, as weights of the /8s. */
struct null_space {
    const char *name;
    bool usable;
    double weight[256];
    double impossible; /* share of it */
    bool no_bogons;
};

enum { SPACE_ALL, SPACE_UNICAST, SPACE_RANGE, SPACE_ANNOUNCED, SPACES };

struct tally {
    size_t by8[256];
    size_t n, bogon, unannounced;
    unsigned low, high; /* first octets met */
};

static double bogons_of(unsigned octet)
{
    return attribute_special_share((uint8_t)octet) / 16777216.0;
}

static double announced_of(const struct attribute_space *space, unsigned octet)
{
    if (!space->known) {
        return 1; /* then only special-purpose addresses count as impossible */
    }
    return space->tried[octet] ? (double)space->announced[octet] / space->tried[octet] : 0;
}

static void make_space(const struct attribute_space *space, const struct tally *t, int which,
                       struct null_space *ret)
{
    static const char *const names[SPACES] = {"all of IPv4", "what can be a source",
                                              "the /8s from the first to the last seen",
                                              "what is announced"};
    double total = 0;
    double impossible = 0;
    *ret = (struct null_space){.name = names[which], .usable = true};
    ret->no_bogons = which != SPACE_ALL && (which != SPACE_RANGE || t->bogon == 0);
    for (unsigned i = 0; i < 256; i++) {
        double bogon = bogons_of(i);
        double announced = (1 - bogon) * announced_of(space, i);
        double w = ret->no_bogons ? 1 - bogon : 1;
        if (which == SPACE_ANNOUNCED) {
            w = announced;
        } else if (which == SPACE_RANGE && (i < t->low || i > t->high)) {
            w = 0;
        }
        ret->weight[i] = w;
        total += w;
        impossible += w > announced ? w - announced : 0;
    }
    ret->usable = total > 0 && (which != SPACE_ANNOUNCED || space->known) &&
                  (which != SPACE_RANGE || t->high >= t->low + RANGE_LEAST - 1);
    for (unsigned i = 0; i < 256 && total > 0; i++) {
        ret->weight[i] /= total;
    }
    ret->impossible = total > 0 ? impossible / total : 0;
}

/* Chance of a number as far from what the space expects, to that side. */
static double p_share(const struct null_space *s, const struct tally *t, bool known)
{
    size_t k = t->bogon + t->unannounced;
    if (s->no_bogons && t->bogon > 0) {
        return 0;
    }
    if (s->impossible <= 0) { /* announced space: only the table's age explains any */
        return attribute_chance_at_least(k, t->n, known ? real_unannounced : real_bogon);
    }
    double low = attribute_chance_at_most(k, t->n, s->impossible);
    double high = attribute_chance_at_least(k, t->n, s->impossible);
    return low < high ? low : high;
}

/* Chance of so many impossible ones among real hosts; two tests, so doubled. */
static double p_real(const struct tally *t, bool known)
{
    double bogon = attribute_chance_at_least(t->bogon, t->n, real_bogon);
    if (!known) {
        return bogon;
    }
    double all = attribute_chance_at_least(t->bogon + t->unannounced, t->n, real_unannounced);
    double p = 2 * (bogon < all ? bogon : all);
    return p < 1 ? p : 1;
}

/* Sources outside of the space have no place in it. */
static double p_spread(const struct null_space *s, const struct tally *t, unsigned *ret_bins)
{
    double chi2 = 0;
    double expected = 0;
    double last_expected = 0; /* of the bin that was closed last, with its count */
    size_t seen = 0;
    size_t last_seen = 0;
    size_t inside = 0;
    unsigned bins = 0;
    for (unsigned i = 0; i < 256; i++) {
        inside += s->weight[i] > 0 ? t->by8[i] : 0;
    }
    if (inside + t->n / 50 < t->n) { /* one in fifty may be the table's fault */
        *ret_bins = 1;
        return 0;
    }
    for (unsigned i = 0; i < 256; i++) {
        expected += s->weight[i] * (double)inside;
        seen += s->weight[i] > 0 ? t->by8[i] : 0;
        if (expected >= BIN_LEAST) {
            double d = (double)seen - expected;
            chi2 += d * d / expected;
            last_expected = expected;
            last_seen = seen;
            expected = 0;
            seen = 0;
            bins++;
        }
    }
    if (bins > 0 && expected > 0) { /* what is left joins the last bin */
        double d = (double)last_seen - last_expected;
        chi2 -= d * d / last_expected;
        d = (double)(last_seen + seen) - (last_expected + expected);
        chi2 += d * d / (last_expected + expected);
    }
    *ret_bins = bins;
    return bins < BINS_LEAST ? 1 : attribute_chance_chi2(chi2, bins - 1);
}

static void count(const struct attribute_spoof_sources *s, const struct attribute_space *space,
                  attribute_announced announced, const void *context, struct tally *t)
{
    *t = (struct tally){.low = 255};
    for (size_t i = 0; i < s->n; i++) {
        const struct addr *a = &s->sample[i];
        if (!addr_is_v4(a)) {
            continue;
        }
        const struct attribute_special *special = attribute_special_find(a);
        unsigned octet = a->b[12];
        bool bogon = special != NULL && !special->global;
        t->by8[octet]++;
        t->n++;
        t->bogon += bogon;
        t->unannounced += !bogon && space->known && !announced(context, a);
        t->low = octet < t->low ? octet : t->low;
        t->high = octet > t->high ? octet : t->high;
    }
}

/* The same over the /64s of the IPv6 sources. */
static void count6(const struct attribute_spoof_sources *s, const struct attribute_space *space,
                   attribute_announced announced, const void *context, struct tally *t)
{
    const struct addr *before = NULL;
    *t = (struct tally){0};
    for (size_t i = 0; i < s->n; i++) {
        const struct addr *a = &s->sample[i];
        if (addr_is_v4(a) || (before != NULL && memcmp(before->b, a->b, 8) == 0)) {
            continue;
        }
        before = a;
        const struct attribute_special *special = attribute_special_find(a);
        bool bogon = special != NULL && !special->global;
        t->n++;
        t->bogon += bogon;
        t->unannounced += !bogon && space->known6 && !announced(context, a);
    }
}

/* How many sources without an impossible one rule out a draw from all of IPv4. */
static size_t least(double impossible)
{
    double none = 1;
    size_t n = 0;
    while (none > p_possible && n < 1000) {
        none *= 1 - impossible;
        n++;
    }
    return n;
}

static void judge6(const struct attribute_space *space, const struct tally *t,
                   struct attribute_spoof_result *r)
{
    size_t impossible = t->bogon + t->unannounced;
    r->v6 = true;
    r->n = t->n;
    r->bogon = t->bogon;
    r->unannounced = t->unannounced;
    r->space = "IPv6 at random";
    r->impossible_expected = 1;
    r->p_real = p_real(t, space->known6);
    r->p_spread = 1;
    r->p_impossible = impossible * 2 >= t->n ? 1 : 0;
    if (t->n < V6_LEAST) {
        r->test = "too few /64s";
    } else if (!space->known6 && t->bogon * 2 < t->n) {
        r->test = "no table of IPv6 routes";
    } else if (r->p_real < p_certain && impossible * 2 >= t->n) {
        r->verdict = SPOOF_CONSISTENT;
        r->test = "share of impossible sources";
    } else if (impossible * 10 <= t->n && r->single_share < single_few) {
        r->verdict = SPOOF_UNLIKE;
        r->test = "announced sources that came again";
    } else {
        r->test = "announced sources that came once";
    }
}

/* How well each space explains the sources: the smaller of its two chances.
 * The numbers of the best go into the result. */
static void weigh(const struct attribute_space *space, const struct tally *t,
                  struct attribute_spoof_result *r, double chance[SPACES])
{
    double best = -1;
    for (int i = 0; i < SPACES; i++) {
        struct null_space s;
        unsigned bins = 0;
        make_space(space, t, i, &s);
        double share = s.usable ? p_share(&s, t, space->known) : 0;
        double spread = s.usable ? p_spread(&s, t, &bins) : 0;
        chance[i] = share < spread ? share : spread;
        if (chance[i] > best) {
            best = chance[i];
            r->space = s.name;
            r->impossible_expected = s.impossible;
            r->p_impossible = share;
            r->p_spread = spread;
            r->bins = bins;
        }
    }
}

static double largest(const double *v, int n)
{
    double most = 0;
    for (int i = 0; i < n; i++) {
        most = v[i] > most ? v[i] : most;
    }
    return most;
}

static void judge4(const struct attribute_space *space, const struct tally *t,
                   struct attribute_spoof_result *r)
{
    double chance[SPACES];
    struct null_space all;
    make_space(space, t, SPACE_ALL, &all);
    r->n = t->n;
    r->bogon = t->bogon;
    r->unannounced = t->unannounced;
    r->p_real = p_real(t, space->known);
    weigh(space, t, r, chance);
    /* Announced space has no impossible sources: it explains none. */
    double drawn = largest(chance, SPACE_ANNOUNCED);
    double any = largest(chance, SPACES);
    bool once = r->single_share >= single_most;
    if (t->n < least(all.impossible)) {
        r->test = "too few sources";
    } else if (drawn >= p_possible && r->p_real < p_certain) {
        r->verdict = SPOOF_CONSISTENT;
        r->test = "share of impossible sources, spread over /8s";
    } else if (any >= p_possible && t->n >= SPREAD_ALONE && once) {
        r->verdict = SPOOF_CONSISTENT;
        r->test = "spread over /8s, one packet a source";
    } else if (r->p_real < p_certain) {
        r->test = "impossible sources, but not spread evenly";
    } else if (any < p_excluded) {
        r->verdict = SPOOF_UNLIKE;
        r->test = "possible sources, not spread evenly";
    } else if (chance[SPACE_ALL] < p_possible && r->single_share < single_few) {
        r->verdict = SPOOF_UNLIKE;
        r->test = "possible sources that came again";
    } else {
        r->test = "no test decides";
    }
}

void attribute_spoof_judge(const struct attribute_spoof_sources *s,
                           const struct attribute_space *space, attribute_announced announced,
                           const void *context, struct attribute_spoof_result *ret)
{
    struct tally t4;
    struct tally t6;
    struct attribute_spoof_result r = {.routes = space->known ? space->source : -1};
    r.single_share = s->sources ? (double)s->single / (double)s->sources : 0;
    count(s, space, announced, context, &t4);
    count6(s, space, announced, context, &t6);
    struct attribute_spoof_result other = r;
    judge4(space, &t4, &r);
    judge6(space, &t6, &other);
    /* The family with more sources is judged, unless only the other is forged. */
    bool more6 = t6.n > t4.n;
    bool forged6 = other.verdict == SPOOF_CONSISTENT && r.verdict != SPOOF_CONSISTENT;
    bool forged4 = r.verdict == SPOOF_CONSISTENT && other.verdict != SPOOF_CONSISTENT;
    *ret = (more6 && !forged4) || forged6 ? other : r;
}

/* A table may be of IPv4 alone. Of the /32s of 2001::/16, out of which the
 * registries gave to holders first, every fourth or so is announced. */
static bool knows_v6(const struct attribute_sources *set, int source)
{
    unsigned announced = 0;
    for (unsigned i = 0; i < V6_TRIED; i++) {
        struct addr a = {{0x20, 0x01, [15] = 1}};
        store_be16(a.b + 2, (uint16_t)(0x200 + i * ((0x10000 - 0x200) / V6_TRIED)));
        announced += attribute_sources_announced(set, source, &a);
    }
    return announced * 20 > V6_TRIED;
}

/* By one source of routes. */
static void sample_space(const struct attribute_sources *set, struct attribute_space *ret)
{
    uint32_t tried = 0;
    uint32_t announced = 0;
    for (uint32_t i = 0; i < 256 * SPACE_PER_8; i++) {
        /* Even over the space, and not always at the beginning of a network. */
        uint32_t low = (uint32_t)((i * UINT64_C(2654435761)) >> 8) & 0x3ffff;
        struct addr a = addr_from_v4(i << 18 | low);
        const struct attribute_special *special = attribute_special_find(&a);
        if (special != NULL && !special->global) {
            continue;
        }
        bool yes = attribute_sources_announced(set, ret->source, &a);
        ret->tried[i / SPACE_PER_8]++;
        ret->announced[i / SPACE_PER_8] += yes;
        tried++;
        announced += yes;
    }
    /* Four fifths of what can be a source are announced, or more. A table that
     * knows less than half is no table of the Internet. */
    ret->known = announced * 2 > tried;
    ret->known6 = knows_v6(set, ret->source);
}

/* The nearest in date that knows the Internet; else the nearest. */
void attribute_space_sample(const struct attribute_sources *set, int64_t event_ns,
                            struct attribute_space *ret)
{
    uint64_t without = 0;
    struct attribute_space space;
    *ret = (struct attribute_space){.source = -1};
    do {
        space =
            (struct attribute_space){.source = attribute_sources_routes(set, event_ns, without)};
        if (space.source < 0) {
            return;
        }
        sample_space(set, &space);
        without |= UINT64_C(1) << space.source;
        if (ret->source < 0 || space.known) {
            *ret = space;
        }
    } while (!space.known);
}

struct asked {
    const struct attribute_sources *set;
    int source;
};

static bool ask(const void *context, const struct addr *a)
{
    const struct asked *q = context;
    return attribute_sources_announced(q->set, q->source, a);
}

void attribute_spoof_test(const struct attribute_sources *set, int64_t event_ns,
                          const struct attribute_spoof_sources *s,
                          struct attribute_spoof_result *ret)
{
    struct attribute_space space;
    attribute_space_sample(set, event_ns, &space);
    struct asked q = {set, space.source};
    attribute_spoof_judge(s, &space, ask, &q, ret);
}

static void put_double(struct buf *out, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof(bits));
    buf_be64(out, bits);
}

static double get_double(struct cursor *in)
{
    uint64_t bits = cursor_be64(in);
    double v;
    memcpy(&v, &bits, sizeof(v));
    return v;
}

static void put_words(struct buf *out, const char *s)
{
    size_t n = s != NULL ? strlen(s) : 0;
    buf_byte(out, (uint8_t)n);
    buf_append(out, s, n);
}

void attribute_spoof_put(struct buf *out, const struct attribute_spoof_result *r)
{
    buf_byte(out, (uint8_t)r->verdict);
    put_words(out, r->test);
    put_words(out, r->space);
    buf_byte(out, r->v6);
    buf_be32(out, (uint32_t)r->routes);
    buf_be64(out, r->n);
    buf_be64(out, r->bogon);
    buf_be64(out, r->unannounced);
    put_double(out, r->impossible_expected);
    put_double(out, r->p_impossible);
    put_double(out, r->p_real);
    put_double(out, r->p_spread);
    buf_be32(out, r->bins);
    put_double(out, r->single_share);
}

enum status attribute_spoof_get(struct cursor *in, struct arena *arena,
                                struct attribute_spoof_result *ret)
{
    struct attribute_spoof_result r = {.verdict = (enum attribute_spoof)cursor_u8(in)};
    r.test = arena_text(arena, cursor_take(in, cursor_u8(in)));
    r.space = arena_text(arena, cursor_take(in, cursor_u8(in)));
    r.v6 = cursor_u8(in) != 0;
    r.routes = (int)cursor_be32(in);
    r.n = cursor_be64(in);
    r.bogon = cursor_be64(in);
    r.unannounced = cursor_be64(in);
    r.impossible_expected = get_double(in);
    r.p_impossible = get_double(in);
    r.p_real = get_double(in);
    r.p_spread = get_double(in);
    r.bins = cursor_be32(in);
    r.single_share = get_double(in);
    if (r.test == NULL || r.space == NULL) {
        return ST_NOMEM;
    }
    if (in->failed || (unsigned)r.verdict > SPOOF_UNLIKE) {
        return ST_MALFORMED;
    }
    *ret = r;
    return ST_OK;
}
