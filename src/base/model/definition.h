/* base/model/definition.h - the exact, versioned rule for one kind of act.
 *
 * A definition is data: it names a method of the program and the values of
 * that method's parameters. The shipped sets are JSON files in definitions/,
 * embedded at build; a user's or an accord's own are read from a file. What a
 * definition means is defined by its method's code and its manual page.
 *
 * Long because the parameters of all methods have their names here.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/hash.h"
#include "base/core/status.h"

enum method {
    METHOD_SCAN_HORIZONTAL,
    METHOD_SCAN_VERTICAL,
    METHOD_SCAN_BLOCK,
    METHOD_SCAN_DISTRIBUTED,
    METHOD_FLOOD_SYN,
    METHOD_FLOOD_UDP,
    METHOD_FLOOD_ICMP,
    METHOD_FLOOD_FRAGMENT,
    METHOD_FLOOD_AMPLIFICATION,
    METHOD_FLOOD_REFLECTOR,
    METHOD_BACKSCATTER,
    METHOD_GUESS_SHAPE,  /* login guessing, by the shape of connections */
    METHOD_ACCESS_SHAPE, /* a login let in after it */
    METHOD_GUESS_LOG,    /* login guessing, from a server's log */
    METHOD_SPRAY_LOG,
    METHOD_ACCESS_LOG,
    METHOD_PROBE_WEB,
    METHOD_ZEEK_SCAN, /* other people's rules */
    METHOD_ZEEK_SSH,
    METHOD_ZEEK_FTP,
    METHOD_SNORT_PORTSCAN,
    METHOD_FAIL2BAN_SSHD,
    METHOD_COUNT
};

enum { DEFINITION_PARAMS_MAX = 12, DEFINITION_NAME_MAX = 48, DEFINITIONS_MAX = 64 };

/* Parameters, in the order of the method's table in definition.c. */
enum {
    PARAM_IDLE_S = 0, /* first of every method: the longest gap within an event */

    SCAN_H_TARGETS = 1,
    SCAN_H_TARGETS_ICMP,
    SCAN_H_MAX_PORTS,
    SCAN_H_FAILED_PERCENT,
    SCAN_H_FAILED_PERCENT_ICMP,
    SCAN_H_ASKED_ONCE,
    SCAN_H_SHARE_PERCENT,
    SCAN_H_ARP_WINDOW_S,

    SCAN_V_PORTS = 1,
    SCAN_V_FAILED_PERCENT,

    SCAN_B_TARGETS = 1,
    SCAN_B_PAIRS,
    SCAN_B_SIDE,
    SCAN_B_SCATTER_PERCENT,

    SCAN_D_INITIATORS = 1,
    SCAN_D_SHARE,
    SCAN_D_PAIRS,
    SCAN_D_OVERLAP_PERCENT,
    SCAN_D_COVER_PERCENT,

    FLOOD_RATE = 1,
    FLOOD_PACKETS,
    FLOOD_FAILED_PERCENT,
    FLOOD_SPREAD,

    AMP_PACKETS = 1,
    AMP_REFLECTORS,
    AMP_PACKETS_FEW, /* with fewer reflectors than that */
    AMP_MEAN_BYTES,

    REFLECTOR_PACKETS = 1,
    REFLECTOR_RATE,
    REFLECTOR_SAME_PERCENT,
    REFLECTOR_FACTOR,
    REFLECTOR_MEAN_BYTES,

    BACK_PACKETS = 1,
    BACK_TARGETS,

    GUESS_ATTEMPTS = 1, /* guess.shape and access.shape */
    GUESS_SIMILAR_PERCENT,
    GUESS_MAX_DURATION_S,

    GUESS_LOG_ATTEMPTS = 1, /* guess.log and access.log */

    SPRAY_USERS = 1,
    SPRAY_PER_USER,

    WEB_PATHS = 1,
    WEB_MISSING,
    WEB_MISSING_PERCENT,

    ZEEK_TARGETS = 1, /* 0: no scans of one port */
    ZEEK_PORTS,       /* 0: no scans of one host */

    ZEEK_GUESSES = 1,

    FAIL2BAN_RETRY = 1,

    SNORT_SENSE = 1, /* 0 low, 1 medium, 2 high */
    SNORT_SHAPE,     /* 1 portscan, 2 decoy portscan, 3 portsweep, 4 distributed portscan */
};

struct definition {
    char name[DEFINITION_NAME_MAX]; /* "scan.vertical" */
    char kind[DEFINITION_NAME_MAX]; /* of its findings: the name, where a set says no other */
    uint32_t version;
    enum method method;
    int64_t params[DEFINITION_PARAMS_MAX];
};

struct definition_set {
    char name[DEFINITION_NAME_MAX]; /* "default", "zeek-6.0"... */
    size_t n;
    struct definition items[DEFINITIONS_MAX];
    struct digest hash; /* of the canonical form of all of them */
};

/* "scan.vertical/1". Returns out. */
enum { DEFINITION_TEXT_MAX = DEFINITION_NAME_MAX + 12 };
char *definition_full_name(const struct definition *d, char out[DEFINITION_TEXT_MAX]);

const char *method_name(enum method m);
/* Is it the rule of another tool? */
bool method_is_foreign(enum method m);
/* NULL past the last parameter. */
const char *method_param_name(enum method m, size_t i);

/* The first definition of a method, or NULL. */
const struct definition *definition_find(const struct definition_set *set, enum method m);
/* By name, e.g. "bruteforce.ssh"; NULL. */
const struct definition *definition_by_name(const struct definition_set *set, const char *name);

/* A set in JSON (docs/schemas/definitions.schema.json). Parameters that are
 * missing take the method's default; unknown ones, and values out of range,
 * are refused: `why->field` says which. */
MUST_USE enum status definition_set_read(struct bytes json, struct definition_set *ret,
                                         struct fault *why);
/* A set that ships with the program: "default", "zeek-6.0", "snort3",
 * "fail2ban". ST_END when there is none of that name. */
MUST_USE enum status definition_set_builtin(const char *name, struct definition_set *ret);
/* Names of the shipped sets, NULL past the last. */
const char *definition_set_builtin_name(size_t i);
/* JSON, keys sorted, no white space: what the hash is taken of. */
void definition_set_write(const struct definition_set *set, struct buf *out);
