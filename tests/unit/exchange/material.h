/* tests/unit/exchange/material.h - findings and contacts to write about. */
#pragma once

#include <assert.h>

#include "base/core/timefmt.h"
#include "exchange/notice.h"
#include "test.h"

static inline struct bytes text(const char *s)
{
    return bytes_of(s, strlen(s));
}

static inline struct addr addr(const char *s)
{
    struct addr a = {0};
    assert(addr_parse(text(s), &a) == ST_OK);
    return a;
}

/* Guessing from an address, proven and outside. */
static inline struct finding guessing(const char *from, unsigned number)
{
    struct finding f = {
        .flags = FINDING_LOG | FINDING_LOCAL_KNOWN,
        .authentic = AUTHENTIC_TWO_WAY,
        .has_initiator = true,
        .has_remote = true,
        .initiator = addr(from),
        .remote = addr(from),
        .when = {.first_ns = 1700000000 * TIME_SECOND, .last_ns = 1700000060 * TIME_SECOND},
        .packets = 20,
        .attempts = 20};
    (void)snprintf(f.id, sizeof(f.id), "%032u", number);
    (void)snprintf(f.definition, sizeof(f.definition), "bruteforce.ssh/1");
    (void)snprintf(f.kind, sizeof(f.kind), "bruteforce.ssh");
    finding_words(&f, "password", "ssh");
    flows_add(&f.flows, f.when.first_ns, 40001, 22);
    return f;
}

static inline struct contact desk(const char *mail, const char *holder)
{
    struct contact c = {.source = 0};
    (void)snprintf(c.mail, sizeof(c.mail), "%s", mail);
    (void)snprintf(c.holder, sizeof(c.holder), "%s", holder);
    return c;
}

static const struct notice_options options = {.org = "Example Org",
                                              .mail = "noc@example.org",
                                              .now_ns = 1700100000 * TIME_SECOND,
                                              .retention_ns = 90 * TIME_DAY};
