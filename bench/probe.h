/* bench/probe.h - one actor that sends probes, as the parts of its code see it. */
#pragma once

#include "gen.h"

enum { PORTS_MAX = 8, NMAP_BATCH = 64 };

/* What answers the last probe, or follows the answer. */
enum reply {
    REPLY_NONE,
    REPLY_SYN_ACK,
    REPLY_REFUSED,
    REPLY_RESET, /* from a host that got an answer it never asked for */
    REPLY_ABORT, /* from the prober, once the SYN/ACK told it enough */
    REPLY_UDP,
    REPLY_UNREACHABLE,
    REPLY_ECHO,
};

/* The last probe, for its answer. */
struct probed {
    struct addr src, dst;
    uint16_t src_port, dst_port;
    uint32_t seq, ack;
    uint32_t index; /* of the target */
    uint8_t icmp_type;
};

struct probe {
    struct task task;
    enum probe_kind kind;
    enum target_style style;
    struct tally *tally;
    struct addr src;
    uint64_t from_ns, every_ns; /* the time of record n is about from + n * every */
    uint64_t done, records;     /* written, to write */
    uint64_t sent;              /* probes among done */
    uint64_t now_ns;
    enum reply pending;
    struct probed last;

    uint32_t key;       /* order of targets, cookies */
    uint32_t seq;       /* tools that keep one */
    uint32_t port_base; /* of a range, when there are many ports */
    unsigned ports;
    uint16_t port[PORTS_MAX];
    uint16_t src_port, window;
    uint8_t ttl;     /* as it arrives */
    uint8_t hops;    /* on the way here */
    uint8_t options; /* index into syn_options */
    bool in_order;   /* targets one after the other */

    /* Nmap: a batch of ports is tried, then what stayed silent once more. */
    uint32_t host, retry_code;
    uint32_t next_port;
    uint16_t batch[NMAP_BATCH];
    unsigned batch_at, batch_len;
    uint64_t batch_answered;
    bool second_try;
};

enum probe_options { OPTIONS_NONE, OPTIONS_MSS, OPTIONS_WINDOWS, OPTIONS_LINUX, OPTIONS_KINDS };

/* TCP options of a SYN, padded to words. */
struct probe_syn_options {
    uint8_t len;
    uint8_t data[20];
};

extern const struct probe_syn_options probe_syn_options[OPTIONS_KINDS];

/* What a UDP sweep asks for. */
struct probe_question {
    uint16_t port;
    struct bytes text;
};

enum { PROBE_QUESTIONS = 8, PROBE_WEB_PORTS = 12 };

extern const struct probe_question probe_questions[PROBE_QUESTIONS];
extern const uint16_t probe_web_ports[PROBE_WEB_PORTS];

/* tool.c: writes the next probe, counts it and says in p->pending what comes back. */
void tool_zmap(struct gen *g, struct probe *p);
void tool_masscan(struct gen *g, struct probe *p);
void tool_mirai(struct gen *g, struct probe *p);
void tool_nmap(struct gen *g, struct probe *p);
void tool_custom(struct gen *g, struct probe *p);
void tool_slow_ports(struct gen *g, struct probe *p);
void tool_udp(struct gen *g, struct probe *p);
void tool_icmp(struct gen *g, struct probe *p);
void tool_one_hit(struct gen *g, struct probe *p);
void tool_backscatter_tcp(struct gen *g, struct probe *p);
void tool_backscatter_icmp(struct gen *g, struct probe *p);
void tool_syn_flood(struct gen *g, struct probe *p);

/* reply.c: writes what p->pending says, and what follows that. */
void reply_write(struct gen *g, struct probe *p);
