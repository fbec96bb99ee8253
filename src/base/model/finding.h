/* base/model/finding.h - "R did K to N targets between t1 and t2, by
 * definition D", with its numbers.
 *
 * Findings cross the border of the caged reader as messages: finding_put and
 * finding_get stand next to each other in finding.c. Lists live in the arena
 * of whoever made or got the finding.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/arena.h"
#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"
#include "base/model/definition.h"
#include "base/model/extent.h"
#include "base/model/flow.h"

enum {
    FINDING_KIND_MAX = DEFINITION_TEXT_MAX,
    FINDING_WORD_MAX = 24,
    FINDING_ID_MAX = 33,
    FINDING_PORTS_MAX = 32, /* of port_list */
    FINDING_SAMPLE_MAX = 8, /* of target and source samples */
    FINDING_TOOLS_MAX = 4,
    FINDING_TEXTS_MAX = 8, /* of user names, paths */
};

/* Rung 0: is the source address authentic? */
enum authentic {
    AUTHENTIC_ONE_WAY,          /* nothing shows that answers reached it */
    AUTHENTIC_TWO_WAY,          /* it could read what was sent to the address */
    AUTHENTIC_SPOOF_CONSISTENT, /* many sources, spread as forged ones are */
    AUTHENTIC_IMPOSSIBLE,       /* no such source can have sent this from outside */
};
const char *authentic_word(enum authentic a); /* "two-way-proven"... */

/* Which of the tool marks of detect/tool was met, and how often. */
struct finding_tool {
    uint8_t mark; /* enum tool_mark */
    uint64_t matched, of;
};

enum finding_flag {
    FINDING_AT_LEAST = 1 << 0, /* the counts are lower bounds */
    FINDING_BOUNDS = 1 << 1,   /* first and last are those of the whole event */
    FINDING_LOG = 1 << 2,      /* from log lines: `packets` counts lines */
    FINDING_ONE_WAY = 1 << 3,  /* nothing was seen from the target's side */
    FINDING_INNER = 1 << 4,    /* inside a tunnel */
    FINDING_MANY = 1 << 5,     /* many initiators: `initiator` is unset */
    FINDING_PART = 1 << 6,     /* part of the finding `part_of` */
    FINDING_LOCAL_KNOWN = 1 << 7,
    FINDING_ALLOWED = 1 << 8, /* the initiator is on the allow-list */
    FINDING_INSIDE = 1 << 9,  /* side: the initiator is inside */
    FINDING_BELOW = 1 << 10,  /* no finding: what --explain tells of who stayed below */
    FINDING_RULE = 1 << 11,   /* by another tool's rule: what it does not count was not asked */
};

/* What else this kind knows; zero or empty where it does not apply. */
struct finding {
    char id[FINDING_ID_MAX];           /* hash of definition, initiator and event */
    char definition[FINDING_KIND_MAX]; /* "scan.vertical/1" */
    char kind[FINDING_KIND_MAX];       /* "scan.vertical" */
    char technique[FINDING_WORD_MAX];  /* "syn", "password"... */
    char protocol[FINDING_WORD_MAX];   /* "tcp", "udp", "icmp", "arp", "ssh"... */
    char part_of[FINDING_ID_MAX];
    uint32_t flags; /* enum finding_flag */
    enum authentic authentic;

    bool has_initiator, has_victim, has_remote;
    struct addr initiator, victim, remote;
    struct extent when;

    uint64_t packets; /* or lines */
    uint64_t bytes;   /* on the wire, where counted */
    uint64_t targets, ports, pairs;
    uint64_t answered; /* pairs (or packets of a flood) that were answered */
    uint64_t refused;  /* ... that were refused; of a server's log: lines "Failed ..." */
    uint64_t sessions; /* pairs with payload both ways */
    uint64_t sources;  /* distinct, of floods and distributed scans */
    uint64_t peak;     /* packets in the fullest second */
    uint64_t ttl_least, ttl_most,
        ttl_kinds; /* of a flood's packets in full seconds; of a scan's from the second on, kinds
                    * being 0 where they are not counted */
    uint64_t attempts; /* logins: from a log those that failed, in a capture all */
    uint64_t accepted; /* logins that were let in */
    uint64_t earlier;  /* access: logins let in before, in the same event */
    uint64_t users;    /* distinct account names tried */
    uint64_t paths;    /* distinct request targets */
    uint64_t missing;  /* answered with a 4xx status */
    uint64_t served;   /* distinct suspicious request targets that were answered 2xx */

    /* What decided: the counter, what it came to, what the definition asks. */
    char counter[64];
    uint64_t counted, threshold;

    size_t port_n, target_n, source_n, text_n, tool_n;
    uint16_t port_list[FINDING_PORTS_MAX]; /* ascending */
    struct addr target_sample[FINDING_SAMPLE_MAX];
    struct addr source_sample[FINDING_SAMPLE_MAX];
    char *texts[FINDING_TEXTS_MAX]; /* as in the input: escape before showing */
    struct finding_tool tools[FINDING_TOOLS_MAX];
    struct flows flows; /* some, exact; none: not known */

    /* For floods: what the test of the sources' spread saw. */
    uint64_t spoof_sources; /* how many it looked at; 0: no test */
    struct addr *spoof_sample;
    size_t spoof_n;
    uint64_t spoof_single; /* of all sources, those with one packet */
};

/* Findings and what they point to; a finding stays where it is. */
struct finding_list {
    struct arena arena;
    struct finding **items;
    size_t n, cap;
};

void finding_list_init(struct finding_list *l, size_t max_bytes);
void finding_list_fini(struct finding_list *l);
/* A new, zeroed finding; NULL without memory. */
struct finding *finding_list_add(struct finding_list *l);
/* The same, with the names of its definition; its kind too. */
struct finding *finding_list_begin(struct finding_list *l, const struct definition *d);
/* Take back the one added last. */
void finding_list_drop(struct finding_list *l);
void finding_list_sort(struct finding_list *l);

void finding_words(struct finding *f, const char *technique, const char *protocol);
/* What decided. */
void finding_decide(struct finding *f, const char *counter, uint64_t counted, int64_t threshold);

/* Fill id from definition, initiator, victim, technique and first time. */
MUST_USE enum status finding_identify(struct finding *f);

/* The order of output: first time, then kind, initiator, victim, technique, id. */
int finding_compare(const struct finding *a, const struct finding *b);

void finding_put(struct buf *out, const struct finding *f);
/* Texts and samples are copied into the arena. */
MUST_USE enum status finding_get(struct cursor *in, struct arena *arena, struct finding *ret);
