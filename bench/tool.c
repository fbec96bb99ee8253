/* bench/tool.c - probes as the tools send them, and the noise between them.
 *
 * Headers follow what the tools do by default: ZMap before 4.1 (IP ID 54321)
 * and since (Windows options without DF), Masscan, Mirai, Nmap, hping3.
 */
#include "probe.h"

#include "base/model/observation.h"

/* clang-format off */
const struct probe_syn_options probe_syn_options[OPTIONS_KINDS] = {
    [OPTIONS_NONE] = {0, {0}},
    [OPTIONS_MSS] = {4, {2, 4, 5, 0xb4}},
    [OPTIONS_WINDOWS] = {12, {2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2}},
    [OPTIONS_LINUX] = {20, {2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 7}},
};
/* clang-format on */

#define TEXT(s)                                                                                    \
    {                                                                                              \
        (const uint8_t *)(s), sizeof(s) - 1                                                        \
    }

/* clang-format off */
const struct probe_question probe_questions[PROBE_QUESTIONS] = {
    {53, TEXT("\x13\x37\1\0\0\1\0\0\0\0\0\0\7version\4bind\0\0\x10\0\3")},
    {123, TEXT("\x17\0\3\x2a\0\0\0\0")},
    {161, TEXT("\x30\x26\2\1\1\4\6public\xa1\x19\2\4\x13\x37\x13\x37\2\1\0\2\1\0\x30\x0b"
               "\x30\x09\6\5\x2b\6\1\2\1\5\0")},
    {389, TEXT("\x30\x25\2\1\1\x63\x20\4\0\x0a\1\0\x0a\1\0\2\1\0\2\1\0\1\1\0\x87\x0b"
               "objectclass\x30\0")},
    {1900, TEXT("M-SEARCH * HTTP/1.1\r\nHOST:239.255.255.250:1900\r\n"
                "ST:ssdp:all\r\nMAN:\"ssdp:discover\"\r\nMX:1\r\n\r\n")},
    {5060, TEXT("OPTIONS sip:100@198.18.0.1 SIP/2.0\r\nContent-Length: 0\r\n\r\n")},
    {11211, TEXT("\0\0\0\0\0\1\0\0stats\r\n")},
    {19, TEXT("\n")},
};
/* clang-format on */

/* ---- writing ---- */

static struct frame_ip ip_of(const struct probe *p, struct gen *g)
{
    return (struct frame_ip){
        .src = p->last.src, .dst = p->last.dst, .id = (uint16_t)gen_random(g), .ttl = p->ttl};
}

static void count(struct probe *p, uint64_t time_ns)
{
    tally_packet(p->tally, time_ns);
    tally_target(p->tally, p->last.index, &p->last.dst);
    p->sent++;
}

static void aim(struct probe *p, uint32_t index)
{
    p->last.src = p->src;
    p->last.index = index;
    p->last.dst = gen_target(index, p->style);
}

/* Sends what p->last says; the answer depends on who is there. */
static void send_tcp(struct gen *g, struct probe *p, const struct frame_ip *ip, uint8_t flags,
                     struct bytes options)
{
    const struct frame_tcp tcp = {.src_port = p->last.src_port,
                                  .dst_port = p->last.dst_port,
                                  .seq = p->last.seq,
                                  .ack = p->last.ack,
                                  .flags = flags,
                                  .window = p->window,
                                  .options = options};
    uint64_t at = frame_tcp(&g->out, p->now_ns, ip, &tcp, (struct bytes){0});
    count(p, at);
    tally_port(p->tally, flags & TCP_ACK ? tcp.src_port : tcp.dst_port);
    if (!g->answers || !gen_is_live(p->last.index, p->style)) {
        p->pending = REPLY_NONE;
    } else if (flags == TCP_SYN) {
        bool open = gen_is_open(p->last.index, tcp.dst_port);
        p->pending = open ? REPLY_SYN_ACK : REPLY_REFUSED;
    } else {
        p->pending = flags == (TCP_SYN | TCP_ACK) ? REPLY_RESET : REPLY_NONE;
    }
}

static void send_syn(struct gen *g, struct probe *p, const struct frame_ip *ip)
{
    struct probe_syn_options o = probe_syn_options[p->options];
    if (p->options == OPTIONS_LINUX) { /* a clock of milliseconds that began somewhere */
        store_be32(o.data + 8, p->key + (uint32_t)(p->now_ns / 1000000));
    }
    send_tcp(g, p, ip, TCP_SYN, bytes_of(o.data, o.len));
}

static void send_udp(struct gen *g, struct probe *p, const struct frame_ip *ip, struct bytes text)
{
    uint32_t ports = (uint32_t)p->last.src_port << 16 | p->last.dst_port;
    uint64_t at = frame_udp(&g->out, p->now_ns, ip, ports, text);
    count(p, at);
    tally_port(p->tally, p->last.dst_port);
    p->pending = REPLY_NONE;
    if (g->answers && gen_is_live(p->last.index, p->style)) {
        bool open = gen_is_open(p->last.index, p->last.dst_port);
        p->pending = open ? REPLY_UDP : REPLY_UNREACHABLE;
    }
}

static void send_echo(struct gen *g, struct probe *p, const struct frame_ip *ip, bool timestamp)
{
    static const uint8_t filler[56] = "abcdefghijklmnopqrstuvwabcdefghijklmnopqrstuvwabcdefghi";
    bool v6 = p->style != TARGET_V4;
    struct frame_icmp icmp = {.type = v6 ? 128 : timestamp ? 13 : 8, .rest = p->last.seq};
    size_t n = timestamp ? 12 : p->src_port % 57; /* some ping with nothing, some with 56 bytes */
    uint64_t at = frame_icmp(&g->out, p->now_ns, ip, &icmp, bytes_of(filler, n));
    count(p, at);
    p->last.icmp_type = icmp.type;
    p->pending = g->answers && gen_is_live(p->last.index, p->style) ? REPLY_ECHO : REPLY_NONE;
}

/* ---- where and which port ---- */

static uint32_t target_at(const struct probe *p, uint64_t n)
{
    uint32_t pass = p->key + (uint32_t)(n / TARGETS);
    uint32_t index = (uint32_t)(n % TARGETS);
    return p->in_order ? (index + p->key) % TARGETS : gen_permute(index, pass, TARGET_BITS);
}

static uint16_t port_at(const struct probe *p, uint32_t n)
{
    return p->ports <= PORTS_MAX ? p->port[n % p->ports] : (uint16_t)(p->port_base + n % p->ports);
}

/* ---- tools ---- */

void tool_zmap(struct gen *g, struct probe *p)
{
    aim(p, target_at(p, p->sent));
    struct frame_ip ip = ip_of(p, g);
    if (p->kind == PROBE_ZMAP_OLD) {
        ip.id = 54321;
    }
    p->last.seq = (uint32_t)gen_random(g);
    p->last.src_port = (uint16_t)gen_between(g, 32768, 61000);
    p->last.dst_port = port_at(p, (uint32_t)(p->sent / TARGETS)); /* one port per sweep */
    send_syn(g, p, &ip);
}

void tool_masscan(struct gen *g, struct probe *p)
{
    aim(p, target_at(p, p->sent));
    struct frame_ip ip = ip_of(p, g);
    p->last.src_port = p->src_port;
    p->last.dst_port = port_at(p, gen_below(g, p->ports));
    p->last.seq = (uint32_t)gen_mix((uint64_t)p->key << 32 ^ (uint64_t)p->last.dst_port << 17 ^
                                    p->last.index);
    if (p->style == TARGET_V4) {
        ip.id = (uint16_t)(addr_v4(&p->last.dst) ^ p->last.dst_port ^ p->last.seq);
    }
    send_syn(g, p, &ip);
}

void tool_mirai(struct gen *g, struct probe *p)
{
    aim(p, gen_below(g, TARGETS));
    struct frame_ip ip = ip_of(p, g);
    p->last.src_port = p->src_port;
    p->last.dst_port = p->sent % 10 == 9 ? 2323 : 23;
    p->last.seq = addr_v4(&p->last.dst);
    send_syn(g, p, &ip);
}

static void nmap_next_batch(struct gen *g, struct probe *p)
{
    if (p->batch_len > 0 && !p->second_try) {
        unsigned kept = 0;
        for (unsigned i = 0; i < p->batch_len; i++) {
            if (!(p->batch_answered >> i & 1)) {
                p->batch[kept++] = p->batch[i];
            }
        }
        p->batch_len = kept;
        p->second_try = kept > 0;
    } else {
        p->batch_len = 0;
        p->second_try = false;
    }
    p->batch_at = 0;
    p->batch_answered = 0;
    while (!p->second_try && p->batch_len < NMAP_BATCH) {
        if (p->next_port == TALLY_PORTS) { /* this host is done */
            p->next_port = 0;
            p->host = gen_below(g, LIVE);
        }
        uint16_t port = (uint16_t)gen_permute(p->next_port++, p->key, PORT_BITS);
        p->batch[p->batch_len++] = port == 0 ? 1 : port;
    }
}

/* All probes of one try share a sequence number and a source port; two tries
 * differ by the same 16 bits in both halves. */
void tool_nmap(struct gen *g, struct probe *p)
{
    if (p->batch_at == p->batch_len) {
        nmap_next_batch(g, p);
    }
    aim(p, p->host);
    struct frame_ip ip = ip_of(p, g);
    ip.ttl = (uint8_t)(gen_between(g, 37, 59) - p->hops);
    p->last.src_port = (uint16_t)(p->src_port + p->second_try);
    p->last.dst_port = p->batch[p->batch_at];
    p->last.seq = p->seq ^ (p->second_try ? p->retry_code << 16 | p->retry_code : 0);
    send_syn(g, p, &ip);
    if (p->pending != REPLY_NONE) {
        p->batch_answered |= UINT64_C(1) << p->batch_at;
    }
    p->batch_at++;
}

void tool_custom(struct gen *g, struct probe *p)
{
    aim(p, target_at(p, p->sent / p->ports));
    struct frame_ip ip = ip_of(p, g);
    ip.df = p->options == OPTIONS_LINUX;
    p->last.src_port = p->src_port != 0 ? p->src_port : (uint16_t)gen_between(g, 1024, 65535);
    p->last.dst_port = port_at(p, (uint32_t)p->sent % p->ports);
    p->last.seq = (uint32_t)gen_random(g);
    send_syn(g, p, &ip);
}

void tool_slow_ports(struct gen *g, struct probe *p)
{
    aim(p, p->host);
    struct frame_ip ip = ip_of(p, g);
    uint16_t port = (uint16_t)gen_permute((uint32_t)p->sent, p->key, PORT_BITS);
    p->last.dst_port = port == 0 ? 1 : port;
    p->last.src_port = (uint16_t)gen_between(g, 32768, 60999);
    p->last.seq = (uint32_t)gen_random(g);
    send_syn(g, p, &ip);
}

void tool_udp(struct gen *g, struct probe *p)
{
    aim(p, target_at(p, p->sent));
    struct frame_ip ip = ip_of(p, g);
    const struct probe_question *q = &probe_questions[p->options];
    p->last.src_port = p->src_port;
    p->last.dst_port = q->port;
    send_udp(g, p, &ip, q->text);
}

void tool_icmp(struct gen *g, struct probe *p)
{
    aim(p, target_at(p, p->sent));
    struct frame_ip ip = ip_of(p, g);
    p->last.seq = (uint32_t)p->src_port << 16 | (p->sent & 0xffff);
    send_echo(g, p, &ip, p->options == 0 && p->style == TARGET_V4);
}

/* ---- noise ---- */

void tool_one_hit(struct gen *g, struct probe *p)
{
    p->src = gen_source(g, p->style != TARGET_V4);
    aim(p, gen_below(g, TARGETS));
    p->ttl = (uint8_t)gen_between(g, 30, 120);
    struct frame_ip ip = ip_of(p, g);
    p->last.src_port = (uint16_t)gen_between(g, 1024, 65535);
    p->last.seq = (uint32_t)gen_random(g);
    uint32_t dice = gen_below(g, 20);
    if (dice < 15) {
        p->options = (uint8_t)gen_below(g, OPTIONS_KINDS);
        p->window = (uint16_t)gen_between(g, 1024, 65535);
        p->last.dst_port = dice < 12 ? probe_web_ports[gen_below(g, PROBE_WEB_PORTS)]
                                     : (uint16_t)gen_between(g, 1, 65535);
        send_syn(g, p, &ip);
    } else if (dice < 18) {
        const struct probe_question *q = &probe_questions[gen_below(g, PROBE_QUESTIONS)];
        p->last.dst_port = q->port;
        send_udp(g, p, &ip, q->text);
    } else {
        p->src_port = p->last.src_port;
        send_echo(g, p, &ip, false);
    }
}

/* A victim of a flood whose sources were forged from our network answers. */
void tool_backscatter_tcp(struct gen *g, struct probe *p)
{
    aim(p, gen_below(g, TARGETS));
    struct frame_ip ip = ip_of(p, g);
    bool open = p->options != 0;
    ip.df = true;
    ip.id = 0;
    p->last.src_port = p->src_port;
    p->last.dst_port = (uint16_t)gen_between(g, 1024, 65535);
    p->last.seq = open ? (uint32_t)gen_random(g) : 0;
    p->last.ack = (uint32_t)gen_random(g);
    send_tcp(g, p, &ip, open ? TCP_SYN | TCP_ACK : TCP_RST | TCP_ACK,
             open ? bytes_of(probe_syn_options[OPTIONS_MSS].data, 4) : (struct bytes){0});
}

void tool_backscatter_icmp(struct gen *g, struct probe *p)
{
    static const uint8_t codes[] = {3, 3, 1, 13}; /* unreachable: port, host, by policy */
    aim(p, gen_below(g, TARGETS));
    struct frame_ip ip = ip_of(p, g);
    const struct frame_ip asked = {.src = p->last.dst,
                                   .dst = p->src,
                                   .id = (uint16_t)gen_random(g),
                                   .ttl = (uint8_t)gen_between(g, 40, 60)};
    uint8_t quote[28];
    (void)frame_ip_header(quote, &asked, PROTO_UDP, 8 + 32);
    store_be16(quote + 20, (uint16_t)gen_between(g, 1024, 65535));
    store_be16(quote + 22, p->src_port);
    store_be16(quote + 24, 8 + 32);
    store_be16(quote + 26, (uint16_t)gen_random(g));
    const struct frame_icmp icmp = {.type = 3, .code = codes[p->options]};
    uint64_t at = frame_icmp(&g->out, p->now_ns, &ip, &icmp, bytes_of(quote, sizeof(quote)));
    count(p, at);
    tally_port(p->tally, p->src_port);
    p->pending = REPLY_NONE;
}

void tool_syn_flood(struct gen *g, struct probe *p)
{
    p->src = gen_source_forged(g);
    aim(p, p->host);
    struct frame_ip ip = ip_of(p, g);
    p->last.src_port = (uint16_t)(p->src_port + p->sent);
    p->last.dst_port = p->port[0];
    p->last.seq = (uint32_t)gen_random(g);
    send_syn(g, p, &ip);
}
