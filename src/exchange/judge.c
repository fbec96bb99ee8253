/* exchange/judge.c - what may be said to anybody, and what may come to nothing. */
#include <string.h>

#include "exchange/notice.h"

static bool begins(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool flagged(const struct notice_item *x, enum origin_flag f)
{
    return x->origin != NULL && origin_has(x->origin, f);
}

static bool impossible(const struct notice_item *x)
{
    const struct finding *f = x->finding;
    return f->authentic == AUTHENTIC_IMPOSSIBLE || addr_is_private(&f->remote) ||
           addr_is_multicast(&f->remote) || addr_is_unspecified(&f->remote) ||
           (x->origin != NULL && x->origin->special.bogon);
}

enum notice_left notice_judge(const struct notice_options *opt, const struct notice_item *item)
{
    const struct finding *f = item->finding;
    const struct {
        bool holds;
        enum notice_left left;
    } rows[] = {
        {(f->flags & FINDING_ALLOWED) != 0, NOTICE_ALLOWED},
        {(f->flags & FINDING_INSIDE) != 0, NOTICE_INSIDE},
        {begins(f->kind, "backscatter"), NOTICE_VICTIM},
        {begins(f->kind, "flood.amplification"), NOTICE_REFLECTOR},
        {f->authentic == AUTHENTIC_SPOOF_CONSISTENT, NOTICE_FORGED},
        {!f->has_initiator || !f->has_remote || (f->flags & FINDING_MANY) != 0 ||
             !addr_equal(&f->initiator, &f->remote),
         NOTICE_MANY},
        {impossible(item), NOTICE_IMPOSSIBLE},
        {flagged(item, ORIGIN_OWN_SCANNER), NOTICE_OWN},
        {f->authentic != AUTHENTIC_TWO_WAY && !opt->include_one_way, NOTICE_ONE_WAY},
        {item->contact == NULL || item->contact->mail[0] == '\0', NOTICE_NO_CONTACT},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].holds) {
            return rows[i].left;
        }
    }
    return NOTICE_TOLD;
}

static bool has_ports(const struct finding *f)
{
    return strcmp(f->protocol, "icmp") != 0 && strcmp(f->protocol, "arp") != 0;
}

static const struct addr *one_target(const struct finding *f)
{
    return f->has_victim                         ? &f->victim
           : f->targets == 1 && f->target_n == 1 ? &f->target_sample[0]
                                                 : NULL;
}

static bool is_public(const struct addr *a)
{
    return a != NULL && !addr_is_private(a) && !addr_is_unspecified(a);
}

const struct addr *notice_target(const struct notice_options *opt, const struct finding *f)
{
    const struct addr *a = one_target(f);
    bool unnamed = (f->flags & FINDING_LOG) != 0 && !is_public(a);
    a = unnamed ? opt->server : a;
    return !opt->hide_targets && is_public(a) ? a : NULL;
}

/* Of many targets none is told: each would be one more of ours. */
static bool lacks_target(const struct notice_options *opt, const struct finding *f)
{
    bool one = f->targets <= 1 || one_target(f) != NULL || (f->flags & FINDING_LOG) != 0;
    return one && !opt->hide_targets && notice_target(opt, f) == NULL;
}

uint32_t notice_doubts(const struct notice_options *opt, const struct notice_item *item)
{
    const struct finding *f = item->finding;
    const bool holds[DOUBT_COUNT] = {
        [DOUBT_NO_PORT] = f->flows.n == 0 || !has_ports(f),
        [DOUBT_SHARED] = flagged(item, ORIGIN_RELAY),
        [DOUBT_TOR] = flagged(item, ORIGIN_TOR_EXIT),
        [DOUBT_OLD] =
            opt->now_ns > f->when.last_ns && opt->now_ns - f->when.last_ns > opt->retention_ns,
        [DOUBT_ONE_WAY] = f->authentic != AUTHENTIC_TWO_WAY,
        [DOUBT_RESEARCH] = flagged(item, ORIGIN_RESEARCH_SCANNER),
        [DOUBT_ZONE] = item->zone_assumed,
        [DOUBT_YEAR] = item->year_assumed,
        [DOUBT_TARGET] = lacks_target(opt, f),
    };
    uint32_t bits = 0;
    for (size_t i = 0; i < DOUBT_COUNT; i++) {
        bits |= (uint32_t)holds[i] << i;
    }
    return bits;
}

static const struct {
    const char *name, *text;
} lefts[] = {
    [NOTICE_TOLD] = {"told", "in a notice"},
    [NOTICE_ALLOWED] = {"allowed", "on your allow-list"},
    [NOTICE_INSIDE] = {"inside", "of your own networks"},
    [NOTICE_VICTIM] = {"victim", "attacked themselves: somebody forges their addresses"},
    [NOTICE_REFLECTOR] = {"reflector", "used by somebody else, who forges the victim's address"},
    [NOTICE_MANY] = {"many-sources", "without a single source that could be asked about"},
    [NOTICE_FORGED] = {"forged", "under sources that are spread as forged ones are"},
    [NOTICE_IMPOSSIBLE] = {"impossible", "from addresses that nobody can hold on the Internet"},
    [NOTICE_OWN] = {"own-scanner", "called your own scanner by a source"},
    [NOTICE_ONE_WAY] = {"one-way",
                        "one-way only: nothing shows that the address is not forged (see "
                        "--include-one-way)"},
    [NOTICE_NO_CONTACT] = {"no-contact", "without a known abuse contact (see the queries)"},
};

const char *notice_left_name(enum notice_left l)
{
    return (size_t)l < ARRAY_LEN(lefts) ? lefts[l].name : "told";
}

const char *notice_left_text(enum notice_left l)
{
    return (size_t)l < ARRAY_LEN(lefts) ? lefts[l].text : "in a notice";
}

static const struct {
    const char *name, *text;
} doubts[] = {
    [DOUBT_NO_PORT] = {"no-source-port",
                       "no source port is known: if several customers share the address (carrier "
                       "NAT), nobody can tell which one it was"},
    [DOUBT_SHARED] = {"shared", "the address is that of a relay which stands for many people"},
    [DOUBT_TOR] = {"tor-exit",
                   "the address is on a list of Tor exits: its operator cannot tell who used it"},
    [DOUBT_OLD] = {"old", "it was longer ago than such records are usually kept"},
    [DOUBT_ONE_WAY] = {"one-way", "nothing shows that the address is not forged"},
    [DOUBT_RESEARCH] = {"research-scanner",
                        "the address is on a list of scanners that say they do research"},
    [DOUBT_ZONE] = {"zone-assumed", "the log names no time zone: UTC was assumed, so times may be "
                                    "off by whole hours"},
    [DOUBT_YEAR] = {"year-assumed", "the log names no year: the latest that fits was assumed"},
    [DOUBT_TARGET] = {"no-target", "no public address of yours that was reached is known: logs do "
                                   "not name it (see --server)"},
};

const char *notice_doubt_name(enum notice_doubt d)
{
    return (size_t)d < ARRAY_LEN(doubts) ? doubts[d].name : "";
}

const char *notice_doubt_text(enum notice_doubt d)
{
    return (size_t)d < ARRAY_LEN(doubts) ? doubts[d].text : "";
}
