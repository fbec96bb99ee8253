/* base/model/tool.c - names, formulas and chances of tool marks. */
#include "base/model/tool.h"

static const struct {
    const char *name, *formula;
    unsigned bits;
} marks_of[TOOL_ALL] = {
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
    [TOOL_NIKTO] = {"nikto", "User-Agent has \"nikto\"", 0},
    [TOOL_NMAP_SCRIPT] = {"nmap", "User-Agent has \"Nmap Scripting Engine\"", 0},
    [TOOL_SQLMAP] = {"sqlmap", "User-Agent has \"sqlmap\"", 0},
    [TOOL_GOBUSTER] = {"gobuster", "User-Agent has \"gobuster\"", 0},
    [TOOL_FEROXBUSTER] = {"feroxbuster", "User-Agent has \"feroxbuster\"", 0},
    [TOOL_FFUF] = {"ffuf", "User-Agent has \"Fuzz Faster U Fool\"", 0},
    [TOOL_WFUZZ] = {"wfuzz", "User-Agent has \"wfuzz\"", 0},
    [TOOL_DIRBUSTER] = {"dirbuster", "User-Agent has \"dirbuster\"", 0},
    [TOOL_DIRSEARCH] = {"dirsearch", "User-Agent has \"dirsearch\"", 0},
    [TOOL_NUCLEI] = {"nuclei", "User-Agent has \"nuclei\"", 0},
    [TOOL_WPSCAN] = {"wpscan", "User-Agent has \"wpscan\"", 0},
    [TOOL_WHATWEB] = {"whatweb", "User-Agent has \"whatweb\"", 0},
    [TOOL_ZGRAB] = {"zgrab", "User-Agent has \"zgrab\"", 0},
    [TOOL_MASSCAN_AGENT] = {"masscan", "User-Agent has \"masscan\"", 0},
    [TOOL_ACUNETIX] = {"acunetix", "User-Agent has \"acunetix\"", 0},
    [TOOL_NESSUS] = {"nessus", "User-Agent has \"nessus\"", 0},
    [TOOL_OPENVAS] = {"openvas", "User-Agent has \"openvas\"", 0},
    [TOOL_ARACHNI] = {"arachni", "User-Agent has \"arachni\"", 0},
    [TOOL_W3AF] = {"w3af", "User-Agent has \"w3af\"", 0},
    [TOOL_SKIPFISH] = {"skipfish", "User-Agent has \"skipfish\"", 0},
    [TOOL_ZMEU] = {"zmeu", "User-Agent has \"zmeu\"", 0},
    [TOOL_JORGEE] = {"jorgee", "User-Agent has \"jorgee\"", 0},
    [TOOL_HYDRA] = {"hydra", "User-Agent has \"(Hydra)\"", 0},
};

const char *tool_name(enum tool_mark m)
{
    return (unsigned)m < TOOL_ALL ? marks_of[m].name : "unknown";
}

const char *tool_formula(enum tool_mark m)
{
    return (unsigned)m < TOOL_ALL ? marks_of[m].formula : "";
}

unsigned tool_chance_bits(enum tool_mark m)
{
    return (unsigned)m < TOOL_ALL ? marks_of[m].bits : 0;
}
