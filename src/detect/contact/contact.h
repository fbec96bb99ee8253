/* detect/contact/contact.h - who asked whom, and whether there was an answer.
 *
 * For every initiator and technique the running event: its packets, its exact
 * set of (target, port) pairs and what became of each. Most sources of a busy
 * capture send one packet: such a source costs 32 bytes, one that goes on to
 * a single pair 64 more, and only those with several pairs get sets.
 *
 * An event ends with a gap over the idle time, or at the end of the stream;
 * then it is handed to the listener, which judges it. Whether ended events
 * are swept early or late does not change them.
 *
 * Long because the listener of all detectors is told here what an event was.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/status.h"
#include "base/model/observation.h"
#include "detect/contact/pairs.h"
#include "detect/host.h"
#include "detect/tool/tool.h"

/* How an initiator asks; CONTACT_BACKSCATTER: how a victim answers somebody
 * who never asked. */
enum technique {
    TECH_NONE,
    TECH_SYN,
    TECH_FIN,
    TECH_NULL,
    TECH_XMAS,
    TECH_MAIMON,
    TECH_ACK,
    TECH_UDP,
    TECH_ICMP_ECHO,
    TECH_ICMP_TIMESTAMP,
    TECH_ICMP_MASK,
    TECH_ARP,
    TECH_SCTP_INIT,
    TECH_SCTP_COOKIE,
    TECH_IP_PROTOCOL,
    TECH_BACKSCATTER,
    TECH_COUNT
};

const char *technique_name(enum technique t);     /* "syn", "icmp-echo"... */
const char *technique_protocol(enum technique t); /* "tcp", "icmp"... */

static inline bool technique_is_tcp(enum technique t)
{
    return t >= TECH_SYN && t <= TECH_ACK;
}

/* ICMP and ARP have none: their pairs are those of port 0. */
static inline bool technique_has_ports(enum technique t)
{
    return t < TECH_ICMP_ECHO || t > TECH_ARP;
}

enum event_flag {
    EVENT_ONE_TARGET = 1, /* all pairs have one target */
    EVENT_ONE_PORT = 2,   /* ... one port */
    EVENT_NO_TARGETS = 4, /* times per target are not kept (any more) */
    EVENT_NO_PORTS = 8,
    EVENT_SERIES = 16, /* every packet so far continued Unicornscan's series */
    EVENT_SPANS = 32,  /* times per target or port are kept */
    EVENT_USED = 64,   /* some pair carried payload from the initiator */
    EVENT_WIDE = 128,  /* its set of pairs is wide, see pairs.h */
    EVENT_TAIL = 256,  /* it has a tail, or is a list: see event_pairs.h */
};

struct contact_spans {
    struct span_map ports, targets; /* while they differ from the event itself */
};

/* What the events with several pairs have besides; rarely looked at. */
struct contact_detail {
    struct contact_spans *spans;      /* NULL until there are two targets and two ports */
    uint32_t differ[TOOL_PER_PACKET]; /* packets with another tool mark than the first */
    int64_t *first_times;             /* ARP: of the last new targets, a ring */
    struct pair_set pairs;            /* with a tail, wide: the set; see event_pairs.h */
    void *tail;
    uint32_t distinct;  /* with a list: its first ones, of which no two are of one pair */
    uint8_t tail_order; /* bytes of the tail or list, a power of two */
    bool looked_up;     /* no tail again before the set has grown */
    uint16_t ring_at;
    bool dense;      /* ARP: enough new targets within the window, once */
    bool lost_pairs; /* a pair could not be taken in */
};

/* 64 bytes, one cache line. */
struct contact_event {
    struct extent when;
    uint64_t packets;
    union {
        uint64_t pair; /* the only one, without a detail */
        void *slots;   /* with one: those of a set, see pairs.h */
        union {        /* with a tail: its next place */
            uint32_t *narrow;
            uint64_t *wide;
            void *at;
        } tail;
    };
    struct contact_detail *detail;
    union {
        uint32_t pair_n;
        uint32_t tail_room; /* with a tail: free places */
    };
    uint16_t flags; /* enum event_flag */
    uint8_t pair_order;
};

/* An ended event as the listener sees it. */
struct contact_ended {
    enum technique technique;
    uint64_t host; /* key of the initiator (or victim) */
    struct extent when;
    uint64_t packets;
    const uint64_t *slots;               /* pairs: wide, see pairs.h; in no order */
    size_t pair_n;                       /* 1 at least */
    const struct contact_detail *detail; /* NULL with one pair */
    unsigned flags;                      /* enum event_flag */
    uint16_t marks;                      /* tool marks of the first packet */
    uint32_t nmap_series;                /* packets, the last ones, of one series of Nmap's */
    uint8_t ttl_min, ttl_max;            /* from the second packet on */
    uint32_t port_changes;               /* not TCP: source port not that of the packet before */
    bool inner;                          /* seen inside a tunnel */
};

/* The slot of a pair of an ended event, or NULL. */
const uint64_t *contact_ended_pair(const struct contact_ended *e, uint64_t pair);

/* The tool marks of an ended event, counted. */
void contact_tools(const struct contact_ended *e, struct tool_tally *ret);

struct contact;

struct contact_options {
    uint64_t seed;
    int64_t scan_idle_ns, backscatter_idle_ns;
    int64_t arp_window_ns;
    uint32_t arp_targets;
    size_t memory_bytes;      /* of all this; 0: no limit */
    struct host_table *hosts; /* borrowed */
    void (*ended)(void *ctx, const struct contact_ended *e);
    void (*mark_hosts)(void *ctx); /* marks the host keys that the listener keeps; or NULL */
    void *ctx;
};

MUST_USE enum status contact_new(const struct contact_options *opt, struct contact **ret);
void contact_free(struct contact *c);

/* Observations of one batch, in order. */
MUST_USE enum status contact_feed(struct contact *c, const struct obs_batch *batch);
/* End every event. */
MUST_USE enum status contact_finish(struct contact *c);

struct contact_stats {
    uint64_t initiators; /* records made */
    uint64_t early;      /* events ended early for memory */
    uint64_t lost;       /* pairs not taken in for memory: counts are lower bounds */
    uint64_t tcp_pairs_two_way, tcp_pairs_one_way; /* with payload, ended so far */
    size_t peak_bytes;
};
struct contact_stats contact_stats(const struct contact *c);

/* What a packet was, for the detectors behind. */
enum contact_role {
    ROLE_NONE,
    ROLE_ASKS,        /* a probe or request */
    ROLE_ANSWERS,     /* an answer to one that was seen */
    ROLE_UNSOLICITED, /* an answer that nobody asked for */
    ROLE_DATA,        /* within a connection */
};

struct contact_seen {
    uint64_t target;   /* key of its destination; HOST_NONE without memory */
    uint8_t role;      /* enum contact_role */
    uint8_t technique; /* with ROLE_ASKS: how it asks */
    bool sweeps;       /* ... and whether its initiator sweeps many targets */
};

/* Of the batch last fed, a bit each: the ROLE_UNSOLICITED ones. */
uint64_t contact_strays(const struct contact *c);
/* ... and all but those that ask in a sweep or are within a connection; pieces
 * of datagrams are always among them. */
uint64_t contact_others(const struct contact *c);

/* Of the batch last fed, one for each observation. */
const struct contact_seen *contact_seen(const struct contact *c);
