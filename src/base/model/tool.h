/* base/model/tool.h - marks that scanning tools leave in their packets.
 *
 * A mark is a formula over header fields. It is a fact about software, with
 * its probability by chance; it never says who used it. Formulas and checks:
 * Durumeric et al. 2014; the tools' sources (ZMap, Masscan, Nmap, Mirai,
 * Unicornscan). How they are met: detect/tool.
 */
#pragma once

enum tool_mark {
    TOOL_ZMAP,         /* IP ID 54321 (before 4.1) */
    TOOL_ZMAP_OPTIONS, /* Windows-like options, DF clear, TTL from 255 (4.1 and later) */
    TOOL_MASSCAN,      /* IP ID = dst ^ dport ^ seq */
    TOOL_MIRAI,        /* seq = dst */
    TOOL_NMAP,         /* window 1024, DF clear, TTL up to 59, options none or MSS only */
    TOOL_HPING,        /* window 512, no options */
    TOOL_PER_PACKET,   /* those above are of one packet; below, of a series */
    TOOL_NMAP_SERIES = TOOL_PER_PACKET, /* seq ^ first seq has equal halves */
    TOOL_UNICORNSCAN,                   /* seq ^ dst ^ (dport << 16 + sport) constant */
    TOOL_COUNT,
    /* What tools for web servers call themselves by default in User-Agent:
     * anybody can write it there. */
    TOOL_AGENT = TOOL_COUNT,
    TOOL_NIKTO = TOOL_AGENT,
    TOOL_NMAP_SCRIPT,
    TOOL_SQLMAP,
    TOOL_GOBUSTER,
    TOOL_FEROXBUSTER,
    TOOL_FFUF,
    TOOL_WFUZZ,
    TOOL_DIRBUSTER,
    TOOL_DIRSEARCH,
    TOOL_NUCLEI,
    TOOL_WPSCAN,
    TOOL_WHATWEB,
    TOOL_ZGRAB,
    TOOL_MASSCAN_AGENT,
    TOOL_ACUNETIX,
    TOOL_NESSUS,
    TOOL_OPENVAS,
    TOOL_ARACHNI,
    TOOL_W3AF,
    TOOL_SKIPFISH,
    TOOL_ZMEU,
    TOOL_JORGEE,
    TOOL_HYDRA,
    TOOL_ALL
};

const char *tool_name(enum tool_mark m);    /* "masscan" */
const char *tool_formula(enum tool_mark m); /* "ip.id = (dst ^ dport ^ seq) & 0xffff" */
/* log2 of the probability that one packet satisfies it by chance, given as a
 * positive number; 0: no such figure, the mark is weak. */
unsigned tool_chance_bits(enum tool_mark m);
