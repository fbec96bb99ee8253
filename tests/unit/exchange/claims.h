/* tests/unit/exchange/claims.h - claims as text, and what is read of them. */
#pragma once

#include <assert.h>

#include "base/core/timefmt.h"
#include "capture/log_line.h"
#include "exchange/claim/read.h"
#include "exchange/intake.h"
#include "test.h"

enum { CLAIMED_AT = 1772600000 }; /* 2026-03-04T04:53:20Z */

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

static inline int64_t at(const char *s)
{
    int64_t ns = 0;
    assert(time_parse(text(s), &ns) == ST_OK);
    return ns;
}

/* As cli has it, without the zone that a mail may tell. */
static inline bool log_line(void *ctx, struct bytes line, const struct claim_clock *clock,
                            struct claim *ret)
{
    static uint8_t room[8192];
    struct log_reader r = {.room = {.data = room, .cap = sizeof(room)}};
    struct observation o;
    struct obs_log l;
    (void)ctx;
    log_clock_init(&r.clock, clock->now_ns);
    if (log_line_read(&r, (struct log_text){.s = line}, &o, &l) != LOG_FOUND_OBSERVATION) {
        return false;
    }
    int64_t t = o.time_ns - (r.stamp.zone_assumed && clock->has_zone ? clock->zone_ns : 0);
    *ret = (struct claim){.source = o.src,
                          .source_port = o.src_port,
                          .proto = PROTO_TCP,
                          .act = l.service == LOG_WEB ? CLAIM_ACT_WEB : CLAIM_ACT_LOGIN,
                          .count = l.repeat,
                          .when = {.known = true,
                                   .zone_assumed = r.stamp.zone_assumed && !clock->has_zone,
                                   .first_ns = t,
                                   .last_ns = t,
                                   .precision_ns = TIME_SECOND}};
    return true;
}

static const struct claim_options claim_options = {.clock = {.now_ns = CLAIMED_AT * TIME_SECOND},
                                                   .line = log_line};

static inline enum status read_claim(struct bytes s, struct claim_set *ret, struct fault *why)
{
    uint8_t *copy = malloc(s.len ? s.len : 1); /* of exact size */
    assert(copy != NULL);
    if (s.len > 0) {
        memcpy(copy, s.data, s.len);
    }
    intake_begin();
    enum status st = claim_read(bytes_of(copy, s.len), &claim_options, ret, why);
    free(copy);
    return st;
}

/* The set, or an empty one. */
static inline struct claim_set claims_of(const char *s)
{
    struct claim_set set = {.n = 0};
    CHECK_INT(read_claim(text(s), &set, NULL), ST_OK);
    return set;
}
