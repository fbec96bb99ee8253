/* detect/web/prober.h - one remote's requests, and what is made of them.
 *
 * Shared by the files of detect/web only: web.c fills it, judge.c reads it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/status.h"
#include "base/model/definition.h"
#include "base/model/finding.h"
#include "detect/roster.h"
#include "detect/textset.h"
#include "detect/web/words.h"

/* Of texts: request targets as sent, and their paths where these differ. */
enum {
    TEXT_TARGET = 1 << 0,
    TEXT_WEAK = 1 << 1, /* enum web_word */
    TEXT_STRONG = 1 << 2,
    TEXT_SUSPECT = 1 << 3, /* counted as one */
    TEXT_ABSENT = 1 << 4,  /* a path that is not there */
    TEXT_SERVED = 1 << 5,  /* weak or strong, and answered 2xx */
    TEXT_FIRST = 1 << 6,   /* groups in which they are shown */
    TEXT_SECOND = 1 << 7,
    TEXT_THIRD = 1 << 8,
    TEXT_FOURTH = 1 << 9,
};

struct prober {
    struct roster_item item;
    uint64_t event;    /* a number of its own; 0 before its first request */
    uint64_t requests; /* lines or packets */
    uint64_t known;    /* whose status is known */
    uint64_t missing;  /* 4xx */
    uint64_t refused;  /* ... that count: see counts() */
    uint32_t targets, absent, suspects, served;
    bool telling; /* the last request's target is weak or strong */
    struct text_set texts;
    struct text_set servers; /* 16 bytes of address, 2 of port; or the name */
    uint64_t server_number;  /* of the last request's; 0: none yet */
    uint64_t agent_hash;     /* of the last request's, and what it is */
    struct web_agent agent;
    bool cut, two_way;
    uint8_t marks[FINDING_TOOLS_MAX]; /* tools that agents name; 0: none */
    uint64_t marked[FINDING_TOOLS_MAX];
};

/* A server in a capture: 16 bytes of address, 2 of port. */
enum { PROBER_SERVER_BYTES = 18 };

/* Does the event meet the definition? */
bool web_judge_meets(const struct definition *d, const struct prober *p);
/* The finding; it marks p's texts with their groups. */
MUST_USE enum status web_judge_add(struct finding_list *findings, const struct definition *d,
                                   bool log, const struct prober *p);
