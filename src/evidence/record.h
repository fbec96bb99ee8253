/* evidence/record.h - one observation as it is sealed: 118 bytes.
 *
 * The remote address is not in it: a record counts only through the walk to its
 * remote. Times, ports, lengths and flags are clear; the local address is hidden
 * behind P and C_a, everything from which it could be computed behind C_x.
 * Layout: docs/FORMATS.md, "Segments".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/hash.h"
#include "base/core/status.h"
#include "base/model/local.h"
#include "base/model/observation.h"
#include "evidence/keys.h"

enum {
    RECORD_BYTES = 118,
    RECORD_AT_P = 26, /* offsets of what is filled in last */
    RECORD_AT_EXT = 42,
    RECORD_AT_C_A = 54,
    RECORD_AT_C_X = 86,
    RECORD_EXT_BYTES = 12,
    RECORD_HIDDEN_BYTES = 22,
    RECORD_OPTIONS_MAX = 65535, /* of IP, and of TCP: their lengths have 16 bits */
};

enum record_class {
    RECORD_OUT = 1 << 0,      /* from the local end to the remote one */
    RECORD_TWIN = 1 << 1,     /* filed under both ends */
    RECORD_INTERNAL = 1 << 2, /* ... because both are local; else neither is */
    RECORD_INNER = 1 << 3,    /* from inside a tunnel */
};

/* Those of an observation at their places, but for two. */
enum record_flag {
    RECORD_V6 = OBS_V6,
    RECORD_L4 = OBS_L4,  /* with RECORD_QUOTED: the quoted ports were captured */
    RECORD_VIA = 1 << 7, /* an ICMP error not sent between the ends of what it quotes */
    RECORD_QUOTED = OBS_QUOTED,
    RECORD_LONG = 1 << 12, /* packet: true lengths in ext; flow: a counter is full */
    RECORD_DATA = 1 << 13, /* C_x commits to options and payload too */
    RECORD_LATE = 1 << 14, /* older than its segment */
    RECORD_OBS_FLAGS = 0x0f7f,
};

struct evidence_record {
    int64_t time_ns;
    uint8_t type;   /* enum obs_type */
    uint8_t cls;    /* enum record_class */
    uint16_t flags; /* enum record_flag */
    uint16_t remote_port, local_port;
    uint8_t proto; /* with RECORD_QUOTED, of the packet quoted */
    uint8_t ttl;
    uint16_t code; /* TCP: data offset << 12 | flags; else type << 8 | code; log: outcome */
    uint16_t wire_len, cap_len, payload_len; /* cap_len: payload bytes that were captured */
    uint8_t p[16];
    uint8_t ext[RECORD_EXT_BYTES];
    struct digest c_a, c_x;
};

/* What C_x hides in every record. */
struct evidence_hidden {
    uint32_t seq, ack;
    uint16_t window, ip_id;
    uint16_t frag; /* as IPv4 has it: DF 0x4000, more 0x2000, offset in 8 bytes */
    uint32_t vlan, ifindex;
};

/* What is to be sealed. All borrowed. */
struct evidence_item {
    const struct observation *obs;
    struct bytes ip_options, tcp_options; /* or extension headers */
    struct bytes line;                    /* of a log, without its end */
    uint32_t vlan, ifindex;
    uint64_t packets, octets; /* of a flow */
    int64_t duration_ns;
};

/* Under which remote, and who is the other end. */
struct evidence_place {
    struct addr remote, local;
    uint16_t remote_port, local_port;
    uint8_t cls;
};

/* One place, or two for a twin. */
size_t evidence_record_places(const struct local_nets *nets, const struct evidence_item *item,
                              struct evidence_place ret[2]);

/* The clear fields of the record at one place. */
void evidence_record_clear(const struct evidence_item *item, const struct evidence_place *place,
                           struct evidence_record *ret);
void evidence_record_hidden(const struct evidence_item *item, struct evidence_hidden *ret);

void evidence_record_put(const struct evidence_record *r, uint8_t raw[RECORD_BYTES]);
/* Only what is clear and before P. */
void evidence_record_put_clear(const struct evidence_record *r, uint8_t raw[RECORD_AT_P]);
/* ST_MALFORMED: unknown type, bits that must be zero, lengths that contradict. */
MUST_USE enum status evidence_record_get(const uint8_t raw[RECORD_BYTES],
                                         struct evidence_record *ret, struct fault *why);

void evidence_hidden_put(const struct evidence_hidden *h, uint8_t raw[RECORD_HIDDEN_BYTES]);
void evidence_hidden_get(const uint8_t raw[RECORD_HIDDEN_BYTES], struct evidence_hidden *ret);

/* Lengths as they were, before they were cut to 16 bits. */
struct evidence_lengths {
    uint32_t wire, payload, captured;
};
void evidence_record_lengths(const struct evidence_record *r, struct evidence_lengths *ret);
