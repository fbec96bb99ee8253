/* bench/reply.c - what live hosts answer to probes, where both sides are seen. */
#include "base/model/observation.h"
#include "probe.h"

static void answer_tcp(struct gen *g, const struct probe *p, const struct frame_ip *ip)
{
    const struct probed *l = &p->last;
    struct frame_tcp tcp = {.src_port = l->dst_port,
                            .dst_port = l->src_port,
                            .ack = l->seq + 1,
                            .flags = TCP_RST | TCP_ACK};
    if (p->pending == REPLY_SYN_ACK) {
        tcp.flags = TCP_SYN | TCP_ACK;
        tcp.seq = (uint32_t)gen_random(g);
        tcp.window = 64240;
        tcp.options = bytes_of(probe_syn_options[OPTIONS_MSS].data, 4);
    } else if (p->pending == REPLY_RESET) { /* RFC 9293, 3.5.2: SEQ=SEG.ACK */
        tcp.flags = TCP_RST;
        tcp.seq = l->ack;
        tcp.ack = 0;
    }
    tally_packet(g->answer, frame_tcp(&g->out, p->now_ns, ip, &tcp, (struct bytes){0}));
}

static void abort_tcp(struct gen *g, const struct probe *p)
{
    const struct probed *l = &p->last;
    const struct frame_ip ip = {.src = l->src, .dst = l->dst, .ttl = p->ttl, .df = true};
    const struct frame_tcp tcp = {
        .src_port = l->src_port, .dst_port = l->dst_port, .seq = l->seq + 1, .flags = TCP_RST};
    tally_packet(g->answer, frame_tcp(&g->out, p->now_ns, &ip, &tcp, (struct bytes){0}));
}

/* An ICMP error quotes the packet (RFC 792; RFC 4443, 3.1): code 3 and code 4
 * both say that nobody listens there. */
static void answer_unreachable(struct gen *g, const struct probe *p, const struct frame_ip *ip)
{
    const struct probed *l = &p->last;
    const struct frame_ip asked = {.src = l->src, .dst = l->dst, .ttl = p->ttl};
    uint8_t quote[40 + 8];
    size_t n = frame_ip_header(quote, &asked, PROTO_UDP, 8);
    store_be16(quote + n, l->src_port);
    store_be16(quote + n + 2, l->dst_port);
    store_be32(quote + n + 4, 8 << 16);
    struct frame_icmp icmp = {.type = 3, .code = 3};
    if (p->style != TARGET_V4) {
        icmp = (struct frame_icmp){.type = 1, .code = 4};
    }
    uint64_t at = frame_icmp(&g->out, p->now_ns, ip, &icmp, bytes_of(quote, n + 8));
    tally_packet(g->answer, at);
}

static void answer_echo(struct gen *g, const struct probe *p, const struct frame_ip *ip)
{
    static const uint8_t nothing[12] = {0};
    const struct probed *l = &p->last;
    uint8_t type = p->style != TARGET_V4 ? 129 : l->icmp_type == 13 ? 14 : 0;
    const struct frame_icmp icmp = {.type = type, .rest = l->seq};
    uint64_t at = frame_icmp(&g->out, p->now_ns, ip, &icmp, bytes_of(nothing, sizeof(nothing)));
    tally_packet(g->answer, at);
}

void reply_write(struct gen *g, struct probe *p)
{
    const struct probed *l = &p->last;
    const struct frame_ip ip = {
        .src = l->dst, .dst = l->src, .id = (uint16_t)gen_random(g), .ttl = 64, .outward = true};
    enum reply next = REPLY_NONE;
    switch (p->pending) {
    case REPLY_SYN_ACK:
        /* Whoever forged its address never sees the answer. */
        next = p->kind == PROBE_SYN_FLOOD ? REPLY_NONE : REPLY_ABORT;
        answer_tcp(g, p, &ip);
        break;
    case REPLY_REFUSED:
    case REPLY_RESET:
        answer_tcp(g, p, &ip);
        break;
    case REPLY_ABORT:
        abort_tcp(g, p);
        break;
    case REPLY_UDP: {
        uint32_t ports = (uint32_t)l->dst_port << 16 | l->src_port;
        tally_packet(g->answer, frame_udp(&g->out, p->now_ns, &ip, ports, probe_questions[0].text));
        break;
    }
    case REPLY_UNREACHABLE:
        answer_unreachable(g, p, &ip);
        break;
    case REPLY_ECHO:
        answer_echo(g, p, &ip);
        break;
    case REPLY_NONE:
        break;
    }
    p->pending = next;
}
