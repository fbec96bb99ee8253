/* detect/tool/tool.c - the formulas. */
#include "detect/tool/tool.h"

#include <string.h>

uint32_t tool_window_marks(const struct observation *o)
{
    bool df = (o->flags & OBS_DF) != 0;
    bool syn = (o->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    uint8_t only_mss = OPT_MSS | OPT_FIRST_MSS;
    uint8_t windows = OPT_MSS | OPT_FIRST_MSS | OPT_WSCALE | OPT_SACK;
    uint32_t v = 0;
    if (o->proto != PROTO_TCP) {
        return 0;
    }
    v |= (uint32_t)(syn && !df && o->window == 65535 && o->ttl > 128 && o->tcp_options == windows)
         << TOOL_ZMAP_OPTIONS;
    v |= (uint32_t)(!df && o->window == 1024 && o->ttl <= 59 &&
                    o->tcp_options == (syn ? only_mss : 0))
         << TOOL_NMAP;
    v |= (uint32_t)(syn && o->window == 512 && o->tcp_options == 0) << TOOL_HPING;
    return v;
}

/* Met by four in five, and by so many that chance is out of the
 * question: 2^-20 for formulas with a figure, five packets for the others. */
static bool worth_saying(unsigned m, uint64_t hit, uint64_t of)
{
    if (hit == 0 || hit * 5 < of * 4) {
        return false;
    }
    return tool_chance_bits((enum tool_mark)m) != 0
               ? hit * tool_chance_bits((enum tool_mark)m) >= 20
               : hit >= 5;
}

size_t tool_judge(const struct tool_tally *t, struct finding_tool out[FINDING_TOOLS_MAX])
{
    size_t n = 0;
    for (unsigned m = 0; m < TOOL_COUNT && n < FINDING_TOOLS_MAX; m++) {
        uint64_t of = m < TOOL_PER_PACKET ? t->packets : t->series;
        /* One seq for all packets would also satisfy Nmap's formula: it is
         * Nmap's only together with the fields of its own packets. */
        bool fields =
            m != TOOL_NMAP_SERIES ||
            worth_saying(TOOL_NMAP, t->matched[TOOL_NMAP],
                         t->probes > 0 && t->probes < t->packets ? t->probes : t->packets);
        uint64_t probes = t->probes > 0 && t->probes < of ? t->probes : of;
        if (fields && worth_saying(m, t->matched[m], probes)) {
            out[n++] =
                (struct finding_tool){.mark = (uint8_t)m, .matched = t->matched[m], .of = of};
        }
    }
    return n;
}
