/* base/model/tool.c - names, formulas and chances of tool marks. */
#include "base/model/tool.h"

static const struct {
    const char *name, *formula;
    unsigned bits;
} marks_of[TOOL_COUNT] = {
    [TOOL_ZMAP] = {"zmap", "ip.id = 54321", 16},
    [TOOL_ZMAP_OPTIONS] = {"zmap",
                           "window 65535, options MSS,NOP,WS,NOP,NOP,SACK, DF clear, "
                           "TTL from 255",
                           0},
    [TOOL_MASSCAN] = {"masscan", "ip.id = (dst ^ dport ^ seq) & 0xffff", 16},
    [TOOL_MIRAI] = {"mirai-like", "seq = dst", 32},
    [TOOL_NMAP] = {"nmap", "window 1024, DF clear, TTL at most 59, no option but MSS", 0},
    [TOOL_HPING] = {"hping", "window 512, no options", 0},
    [TOOL_NMAP_SERIES] = {"nmap", "both halves of seq ^ first seq are equal", 16},
    [TOOL_UNICORNSCAN] = {"unicornscan", "seq ^ dst ^ ((dport << 16) + sport) is constant", 32},
};

const char *tool_name(enum tool_mark m)
{
    return (unsigned)m < TOOL_COUNT ? marks_of[m].name : "unknown";
}

const char *tool_formula(enum tool_mark m)
{
    return (unsigned)m < TOOL_COUNT ? marks_of[m].formula : "";
}

unsigned tool_chance_bits(enum tool_mark m)
{
    return (unsigned)m < TOOL_COUNT ? marks_of[m].bits : 0;
}
