/* base/model/observation.h - one packet header or log line, normalised.
 *
 * Readers fill batches of these; detectors read them. Text and payload are
 * borrowed from the reader and live until the next batch is asked for.
 *
 * Long because every reader and detector speaks in these words.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/cursor.h"

enum obs_type { OBS_PACKET = 1, OBS_FLOW = 2, OBS_LOG = 3 };

enum obs_flag {
    OBS_V6 = 1 << 0,        /* the addresses are IPv6 (mapped ones are not) */
    OBS_L4 = 1 << 1,        /* ports, or ICMP type and code, were captured */
    OBS_FRAGMENT = 1 << 2,  /* part of a fragmented datagram */
    OBS_LATER = 1 << 3,     /* ... but not its first part: no ports */
    OBS_MORE = 1 << 4,      /* more fragments follow */
    OBS_DF = 1 << 5,        /* IPv4 "don't fragment" */
    OBS_TRUNCATED = 1 << 6, /* captured shorter than its headers say */
    OBS_INNER = 1 << 7,     /* from inside a tunnel */
    OBS_TUNNEL = 1 << 8,    /* carries an inner packet, which follows */
    OBS_ARP = 1 << 9,       /* addresses are those of the ARP body; tcp_flags holds the operation */
    OBS_QUOTED = 1 << 10,   /* an ICMP error; `quote` tells about which packet */
    OBS_BAD = 1 << 11,      /* the headers contradict each other */
};

/* TCP flags as on the wire (RFC 9293, 3.1). */
enum {
    TCP_FIN = 0x01,
    TCP_SYN = 0x02,
    TCP_RST = 0x04,
    TCP_PSH = 0x08,
    TCP_ACK = 0x10,
    TCP_URG = 0x20,
    TCP_ECE = 0x40,
    TCP_CWR = 0x80,
};

/* IANA protocol numbers, and one of our own for ARP. */
enum {
    PROTO_HOPOPT = 0,
    PROTO_ICMP = 1,
    PROTO_IPIP = 4,
    PROTO_TCP = 6,
    PROTO_UDP = 17,
    PROTO_IPV6 = 41,
    PROTO_GRE = 47,
    PROTO_ESP = 50,
    PROTO_AH = 51,
    PROTO_ICMPV6 = 58,
    PROTO_SCTP = 132,
    PROTO_ARP = 255, /* reserved by IANA; only inside this program */
};

/* TCP options that were present (RFC 9293, 3.2; RFC 7323; RFC 2018). */
enum obs_option {
    OPT_MSS = 1 << 0,
    OPT_WSCALE = 1 << 1,
    OPT_SACK = 1 << 2,
    OPT_TIMESTAMP = 1 << 3,
    OPT_OTHER = 1 << 4,
    OPT_FIRST_MSS = 1 << 5, /* MSS came first */
};

/* The packet that an ICMP error quotes (RFC 792; RFC 4443, 3). */
struct obs_quote {
    struct addr src, dst;
    uint16_t src_port, dst_port;
    uint8_t proto;
    bool has_ports;
};

enum log_service { LOG_NONE, LOG_SSH, LOG_WEB };

enum log_outcome {
    LOG_OTHER = 0,
    LOG_REFUSED = 1,  /* a login attempt failed */
    LOG_ACCEPTED = 2, /* somebody logged in */
    LOG_CLOSED = 3,   /* closed before login (preauth) */
    LOG_NO_USER = 4,  /* no such user */
};

/* sshd, its dialogue with PAM and the PAM module report one failed attempt in
 * lines of their own. The lines of one tally report each attempt once: the
 * attempts of a session are the largest of its tallies, not their sum. */
enum log_tally {
    LOG_TALLY_SSHD = 0,   /* "Failed ..." */
    LOG_TALLY_PAM = 1,    /* "error: PAM: ..." */
    LOG_TALLY_MODULE = 2, /* "pam_unix(sshd:auth): ...", "PAM N more ..." */
    LOG_TALLY_NONE = 3,   /* every other line: a session has at most one attempt by these */
};

/* What a log line says. Text is borrowed, as in the line; its data is NULL
 * when the line does not say, and a user's name may be empty. */
struct obs_log {
    enum log_service service;
    enum log_outcome outcome;
    uint32_t repeat;     /* events this line stands for, >= 1 ("message repeated") */
    uint32_t session;    /* sshd: process id, 0 when unknown */
    uint16_t status;     /* web: HTTP status, 0 when unknown */
    uint16_t weak : 1;   /* may speak of an attempt that another line also reports */
    uint16_t tally : 2;  /* sshd: enum log_tally */
    struct bytes host;   /* the server's name: who logged, or the virtual host */
    struct bytes user;   /* sshd: account name; web: remote user */
    struct bytes method; /* sshd: "password", "publickey"...; web: "GET"... */
    struct bytes path;   /* web: request target as sent */
    struct bytes agent;  /* web: User-Agent */
};

struct observation {
    int64_t time_ns;
    uint64_t pos; /* see pos_make */
    struct addr src, dst;
    uint16_t src_port, dst_port;
    uint16_t flags; /* enum obs_flag */
    uint8_t type;   /* enum obs_type */
    uint8_t proto;
    uint8_t tcp_flags; /* ICMP: type */
    uint8_t icmp_code; /* TCP: data offset in words */
    uint8_t ttl;
    uint8_t tcp_options; /* enum obs_option */
    uint32_t seq, ack;   /* ICMP echo: id<<16|sequence in seq */
    uint16_t window;
    uint16_t ip_id;         /* IPv6: 0 */
    uint32_t wire_len;      /* of the frame */
    uint32_t payload_len;   /* after the transport header, as the headers say */
    uint16_t frag_units;    /* fragment offset in units of 8 bytes */
    uint16_t captured_len;  /* of payload_len, how many bytes are in `payload` (saturating) */
    const uint8_t *payload; /* borrowed */
    union {
        const struct obs_quote *quote; /* with OBS_QUOTED */
        const struct obs_log *log;     /* with OBS_LOG; src is the remote, dst the server or :: */
    };
};

enum { OBS_BATCH_MAX = 64 };

struct obs_batch {
    size_t n;
    struct observation obs[OBS_BATCH_MAX];
    union {
        struct obs_quote quotes[OBS_BATCH_MAX];
        struct obs_log logs[OBS_BATCH_MAX];
    };
};

/* Where an observation stands: which input, and the offset of its record or
 * line there (of the decompressed stream). */
enum { POS_OFFSET_BITS = 48, POS_INPUT_MAX = 65535 };

static inline uint64_t pos_make(unsigned input, uint64_t offset)
{
    return (uint64_t)input << POS_OFFSET_BITS | (offset & ((UINT64_C(1) << POS_OFFSET_BITS) - 1));
}

static inline unsigned pos_input(uint64_t pos)
{
    return (unsigned)(pos >> POS_OFFSET_BITS);
}

static inline uint64_t pos_offset(uint64_t pos)
{
    return pos & ((UINT64_C(1) << POS_OFFSET_BITS) - 1);
}
