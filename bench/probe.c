/* bench/probe.c - actors that probe: what is drawn once, and when they send. */
#include "probe.h"

const uint16_t probe_web_ports[PROBE_WEB_PORTS] = {80,   443,  8080, 22, 23,   7547,
                                                   3389, 8443, 21,   25, 5900, 8888};
static const uint16_t service_ports[] = {80,   443,  8080, 3389,  445,  1433,  3306, 5900,
                                         6379, 8081, 9200, 27017, 5432, 11211, 2375, 5555};

struct kind {
    const char *name, *protocol;
    void (*emit)(struct gen *g, struct probe *p);
    uint16_t window;
    uint8_t ttl; /* as it starts; 0: drawn */
    uint8_t options;
    bool many_sources;
};

/* clang-format off */
static const struct kind kinds[PROBE_KINDS] = {
    [PROBE_ZMAP_OLD]         = {"zmap-old", "tcp", tool_zmap, 65535, 255, OPTIONS_NONE, false},
    [PROBE_ZMAP_NEW]         = {"zmap-new", "tcp", tool_zmap, 65535, 255, OPTIONS_WINDOWS, false},
    [PROBE_MASSCAN]          = {"masscan", "tcp", tool_masscan, 1024, 255, OPTIONS_NONE, false},
    [PROBE_MIRAI]            = {"mirai", "tcp", tool_mirai, 0, 64, OPTIONS_NONE, false},
    [PROBE_NMAP]             = {"nmap-vertical", "tcp", tool_nmap, 1024, 64, OPTIONS_MSS, false},
    [PROBE_UDP]              = {"udp-sweep", "udp", tool_udp, 0, 0, 0, false},
    [PROBE_ICMP]             = {"icmp-sweep", "icmp", tool_icmp, 0, 64, 0, false},
    [PROBE_CUSTOM]           = {"custom-syn", "tcp", tool_custom, 0, 0, 0, false},
    [PROBE_SLOW_SWEEP]       = {"slow-sweep", "tcp", tool_custom, 64240, 64, OPTIONS_LINUX, false},
    [PROBE_SLOW_PORTS]       = {"slow-ports", "tcp", tool_slow_ports, 64240, 64, OPTIONS_LINUX, false},
    [PROBE_ONE_HIT]          = {"one-hit", "*", tool_one_hit, 0, 0, 0, true},
    [PROBE_BACKSCATTER_TCP]  = {"backscatter-tcp", "tcp", tool_backscatter_tcp, 65535, 64, 0, false},
    [PROBE_BACKSCATTER_ICMP] = {"backscatter-icmp", "icmp", tool_backscatter_icmp, 0, 64, 0, false},
    [PROBE_SYN_FLOOD]        = {"syn-flood", "tcp", tool_syn_flood, 512, 64, OPTIONS_NONE, true},
};
/* clang-format on */

static uint64_t step(struct gen *g, struct task *t, uint64_t now_ns)
{
    struct probe *p = (struct probe *)t;
    p->now_ns = now_ns;
    if (p->pending != REPLY_NONE) {
        reply_write(g, p);
    } else {
        kinds[p->kind].emit(g, p);
    }
    p->done++;
    if (p->done == p->records) {
        return TASK_DONE;
    }
    if (p->pending != REPLY_NONE) { /* a prober is further away than a host of ours */
        return now_ns + (p->pending == REPLY_ABORT ? 30000000 : 200000) + gen_below(g, 100000);
    }
    uint64_t slot = p->from_ns + p->done * p->every_ns;
    slot += (gen_random(g) >> 32) * p->every_ns >> 32;
    return slot > now_ns ? slot : now_ns;
}

/* One port mostly; some a few, few many: those are block scans. */
static void draw_ports(struct gen *g, struct probe *p, const uint16_t *list, uint32_t n)
{
    uint32_t dice = gen_below(g, 100);
    p->ports = 1;
    if (p->kind == PROBE_MASSCAN || (p->kind == PROBE_CUSTOM && dice >= 60)) {
        p->ports = gen_between(g, 1, PORTS_MAX);
    }
    if (p->kind == PROBE_CUSTOM && dice >= 88) {
        p->ports = dice < 97 ? gen_between(g, 12, 40) : gen_between(g, 150, 250);
    }
    p->port_base = gen_between(g, 1, 60000);
    uint32_t first = gen_below(g, n);
    for (unsigned i = 0; i < PORTS_MAX; i++) {
        p->port[i] = list[(first + i * 5) % n]; /* 5 divides neither list: no repeats */
    }
}

static void draw_look(struct gen *g, struct probe *p)
{
    static const uint16_t windows[] = {1024, 5840, 14600, 29200, 64240, 65535};
    static const uint8_t ttls[] = {64, 64, 128, 255};
    const struct kind *k = &kinds[p->kind];
    uint8_t ttl = k->ttl != 0 ? k->ttl : ttls[gen_below(g, ARRAY_LEN(ttls))];
    p->hops = (uint8_t)gen_between(g, 8, 24);
    p->ttl = (uint8_t)(ttl - p->hops);
    p->window = k->window;
    p->options = k->options;
    p->src_port = (uint16_t)gen_between(g, 1024, 65000);
    switch (p->kind) {
    case PROBE_MASSCAN: /* newer versions send an MSS */
        p->options = gen_below(g, 2) ? OPTIONS_MSS : OPTIONS_NONE;
        break;
    case PROBE_MIRAI: /* drawn once per process */
        p->window = (uint16_t)gen_between(g, 1, 65535);
        break;
    case PROBE_CUSTOM:
        p->window = windows[gen_below(g, ARRAY_LEN(windows))];
        p->options = (uint8_t)gen_below(g, OPTIONS_KINDS);
        p->src_port = gen_below(g, 3) == 0 ? p->src_port : 0;
        break;
    case PROBE_UDP:
        p->options = (uint8_t)gen_below(g, PROBE_QUESTIONS);
        break;
    case PROBE_ICMP:
        p->options = (uint8_t)gen_below(g, 6); /* one in six asks for timestamps */
        break;
    case PROBE_BACKSCATTER_TCP:
        p->src_port = probe_web_ports[gen_below(g, 4)];
        p->options = gen_below(g, 10) < 7;
        break;
    case PROBE_BACKSCATTER_ICMP:
        p->src_port = (uint16_t)gen_between(g, 1, 65535);
        p->options = (uint8_t)gen_below(g, 4);
        break;
    default:
        break;
    }
}

void probe_add(struct gen *g, enum probe_kind kind, bool v6, uint64_t records, uint64_t from_ns,
               uint64_t until_ns)
{
    const struct kind *k = &kinds[kind];
    struct probe *p = gen_alloc(g, sizeof(*p));
    p->task.step = step;
    p->kind = kind;
    p->style = !v6                                          ? TARGET_V4
               : kind != PROBE_NMAP && gen_below(g, 3) == 0 ? TARGET_V6_ANY
                                                            : TARGET_V6_LOW;
    p->src = k->many_sources ? (struct addr){0} : gen_source(g, v6);
    p->records = records;
    p->from_ns = from_ns;
    p->every_ns = (until_ns - from_ns) / (records + 1);
    p->key = (uint32_t)gen_random(g);
    p->seq = (uint32_t)gen_random(g);
    p->retry_code = gen_between(g, 1, 0xffff);
    p->host = kind == PROBE_SYN_FLOOD ? 20 : gen_below(g, LIVE);
    draw_look(g, p);
    bool web = kind == PROBE_ZMAP_OLD || kind == PROBE_ZMAP_NEW;
    draw_ports(g, p, web ? probe_web_ports : service_ports,
               web ? PROBE_WEB_PORTS : ARRAY_LEN(service_ports));
    if (kind == PROBE_SYN_FLOOD) {
        p->port[0] = 80;
    }
    p->in_order = gen_below(g, 4) == 0 && (kind == PROBE_UDP || kind == PROBE_CUSTOM);
    bool portless = kind == PROBE_ICMP;
    bool block = kind == PROBE_CUSTOM && p->ports > PORTS_MAX;
    p->tally = gen_tally(g, block ? "custom-block" : k->name, k->protocol,
                         k->many_sources ? NULL : &p->src,
                         TALLY_TARGET_SET | (portless ? TALLY_NO_SETS : TALLY_PORT_SET));
    gen_schedule(g, &p->task, from_ns + ((gen_random(g) >> 32) * p->every_ns >> 32));
}
