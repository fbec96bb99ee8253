/* detect/tool/tool.c - which marks are worth saying. */
#include "detect/tool/tool.h"

#include <string.h>

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
