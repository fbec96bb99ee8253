/* detect/tool/tool.h - which tools' marks packets bear. The marks: base/model/tool.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/model/finding.h"
#include "base/model/observation.h"
#include "base/model/tool.h"

/* Bits (1 << mark) of the marks that this packet alone has. Hot: every packet's
 * answer is another, so nothing here branches. */
static inline uint16_t tool_marks(const struct observation *o)
{
    enum { ONLY_MSS = OPT_MSS | OPT_FIRST_MSS, WINDOWS = ONLY_MSS | OPT_WSCALE | OPT_SACK };
    uint32_t dst = load_be32(o->dst.b + 12);
    uint32_t masscan = o->ip_id ^ dst ^ o->dst_port ^ o->seq;
    uint32_t look = (uint32_t)o->tcp_options << 16 | o->window;
    bool v4 = (o->flags & OBS_V6) == 0;
    bool tcp = o->proto == PROTO_TCP;
    bool syn = tcp & ((o->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN);
    bool whole = tcp & ((o->flags & OBS_DF) == 0); /* may be cut into fragments */
    uint32_t v = (uint32_t)(v4 & (o->ip_id == 54321)) << TOOL_ZMAP;
    v |= (uint32_t)(v4 & syn & ((masscan & 0xffff) == 0)) << TOOL_MASSCAN;
    v |= (uint32_t)(v4 & syn & (o->seq == dst)) << TOOL_MIRAI;
    v |= (uint32_t)(syn & whole & (look == (WINDOWS << 16 | 65535)) & (o->ttl > 128))
         << TOOL_ZMAP_OPTIONS;
    v |= (uint32_t)(whole & (look == ((syn ? ONLY_MSS : 0U) << 16 | 1024)) & (o->ttl <= 59))
         << TOOL_NMAP;
    v |= (uint32_t)(syn & (look == 512)) << TOOL_HPING;
    return (uint16_t)v;
}

/* How many packets of a run had each mark. */
struct tool_tally {
    uint64_t matched[TOOL_COUNT];
    uint64_t packets; /* looked at, for marks of one packet */
    uint64_t series;  /* looked at, for marks of a series */
    uint64_t probes;  /* that came to nothing; 0: not known */
};

/* The two series: a code that all probes of Nmap's share, and a key that all
 * of Unicornscan's do. */
static inline uint32_t tool_nmap_code(const struct observation *o)
{
    /* Nmap's ACK, Window and Maimon probes carry it in ack, with seq 0. */
    return o->seq == 0 ? o->ack : o->seq;
}

static inline bool tool_nmap_series(uint32_t code, uint32_t first)
{
    uint32_t x = code ^ first;
    return x >> 16 == (x & 0xffff);
}

static inline uint32_t tool_unicorn_key(const struct observation *o)
{
    return o->seq ^ load_be32(o->dst.b + 12) ^ (((uint32_t)o->dst_port << 16) + o->src_port);
}

/* The marks worth saying: met by four in five packets at least, or as many as
 * four in five of what came to nothing, and by enough that chance is below one
 * in a million, or strong in kind. */
size_t tool_judge(const struct tool_tally *t, struct finding_tool out[FINDING_TOOLS_MAX]);
