/* report/check_words.c - the sentences of an answer to a claim. */
#include "report/check_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/model/observation.h"
#include "report/act.h"

enum { SAID_COLUMNS = 60, PORTS_SHOWN = 4 };
enum { CLOCK_AT = 11 }; /* in "2024-05-17 10:05:03" */

void check_shown(struct buf *out, const char *text)
{
    text_show(out, bytes_of(text, strlen(text)), SAID_COLUMNS);
}

static void put_time(struct buf *out, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    (void)time_format_short(ns, text); /* its length is not needed */
    buf_str(out, text);
}

/* "2024-05-17 10:05:03 to 10:06:00 UTC": a date once, where it is the same. */
void check_range(struct buf *out, int64_t first_ns, int64_t last_ns)
{
    char first[TIME_TEXT_MAX];
    char last[TIME_TEXT_MAX];
    (void)time_format_short(first_ns, first); /* its length is not needed */
    (void)time_format_short(last_ns, last);
    bool same_day = strncmp(first, last, CLOCK_AT) == 0;
    buf_printf(out, "%s to %s UTC", first, same_day ? last + CLOCK_AT : last);
}

void check_span(struct buf *out, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    (void)time_format_span(ns < 0 ? -ns : ns, text); /* its length is not needed */
    buf_str(out, text);
}

static const char *proto_name(uint8_t proto)
{
    return proto == PROTO_TCP      ? "tcp"
           : proto == PROTO_UDP    ? "udp"
           : proto == PROTO_ICMP   ? "icmp"
           : proto == PROTO_ICMPV6 ? "icmpv6"
           : proto == PROTO_SCTP   ? "sctp"
                                   : NULL;
}

static void put_ports(struct buf *out, const struct claim *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->moment_n; i++) {
        bool again = i > 0 && c->moments[i].source_port == c->moments[i - 1].source_port;
        if (c->moments[i].source_port == 0 || again) {
            continue;
        }
        if (n < PORTS_SHOWN) {
            buf_printf(out, "%s%u", n == 0 ? " ports " : ", ", c->moments[i].source_port);
        }
        n++;
    }
    buf_str(out, n > PORTS_SHOWN ? "..." : "");
}

void check_ends(struct buf *out, const struct claim *c)
{
    act_addr(out, &c->source);
    if (c->source_port != 0) {
        buf_printf(out, " port %u", c->source_port);
    } else {
        put_ports(out, c);
    }
    if (c->has_target) {
        buf_str(out, ", to ");
        act_addr(out, &c->target);
    }
    if (c->target_port != 0) {
        buf_printf(out, "%s port %u%s", c->has_target ? "" : ", to", c->target_port,
                   c->service ? " (taken from the service)" : "");
    }
    if (proto_name(c->proto) != NULL) {
        buf_printf(out, " (%s)", proto_name(c->proto));
    } else if (c->proto != 0) {
        buf_printf(out, " (protocol %u)", c->proto);
    }
}

static void put_assumed(struct buf *out, const struct check_view *v, const struct claim_when *w)
{
    char zone[16] = "UTC";
    if (w->zone_given && !w->zone_assumed) {
        int64_t least = (v->zone_ns < 0 ? -v->zone_ns : v->zone_ns) / TIME_MINUTE;
        (void)snprintf(zone, sizeof(zone), "%c%02d:%02d", v->zone_ns < 0 ? '-' : '+',
                       (int)(least / 60), (int)(least % 60));
    }
    if (w->year_assumed && (w->zone_assumed || w->zone_given)) {
        buf_printf(out, " (zone and year are not said: %s and the latest were taken)", zone);
    } else if (w->year_assumed) {
        buf_str(out, " (the year is not said: the latest was taken)");
    } else if (w->zone_assumed || w->zone_given) {
        buf_printf(out, " (the zone is not said: %s was taken)", zone);
    }
}

void check_when(struct buf *out, const struct check_view *v, const struct claim_when *w)
{
    if (!w->known) {
        buf_str(out, "at a time that is not said");
        return;
    }
    if (w->first_ns == w->last_ns) {
        buf_str(out, "at ");
        put_time(out, w->first_ns);
        buf_str(out, " UTC");
    } else {
        buf_str(out, "from ");
        check_range(out, w->first_ns, w->last_ns);
    }
    if (w->precision_ns > TIME_SECOND) {
        buf_str(out, ", to within ");
        check_span(out, w->precision_ns);
    }
    put_assumed(out, v, w);
}

static void put_connections(struct buf *out, const struct claim_match *m)
{
    if (m->connections == 0) {
        return;
    }
    buf_str(out, m->more_connections ? ", in at least " : ", in ");
    act_count(out, m->connections, "connection", "connections");
    if (m->completed == 0 && m->refused == 0) {
        buf_str(out, ", none of them seen to be completed");
        return;
    }
    if (m->completed == 0) {
        buf_str(out, ", none of them completed");
    } else {
        buf_str(out, ", of which ");
        text_count(out, m->completed);
        buf_str(out, " completed");
    }
    if (m->refused > 0) {
        buf_str(out, m->completed == 0 ? ", " : " and ");
        text_count(out, m->refused);
        buf_str(out, " refused");
    }
}

static void put_offset(struct buf *out, const struct claim_match *m)
{
    if (m->has_offset && m->offset_ns != 0) {
        buf_str(out, " The nearest is ");
        check_span(out, m->offset_ns);
        buf_str(out, m->offset_ns < 0 ? " before the claim's time." : " after the claim's time.");
    }
}

static void put_near(struct buf *out, const struct claim_match *m, const struct claim_answer *a)
{
    if (a->why == CLAIM_WHY_OTHER_ZONE) {
        int h = a->zone_half_hours < 0 ? -a->zone_half_hours : a->zone_half_hours;
        buf_printf(out,
                   "Records that fit stand %d h%s %s the claim's time: it may be in the zone "
                   "UTC%s%d%s.",
                   h / 2, h % 2 != 0 ? " 30 min" : "", a->zone_half_hours < 0 ? "before" : "after",
                   a->zone_half_hours < 0 ? "+" : "-", h / 2, h % 2 != 0 ? ":30" : "");
    } else if (m->has_near) {
        buf_str(out, m->near_exact ? "The same ends and source port are in our records "
                                   : "The same ends are in our records ");
        check_span(out, m->near_ns);
        buf_str(out, m->near_ns < 0 ? " before the claim's time." : " after the claim's time.");
    }
}

void check_unread(struct buf *out, const struct claim *c)
{
    static const char *const names[CLAIM_STATED_COUNT] = {
        [CLAIM_STATED_SOURCE_PORT] = "source port",
        [CLAIM_STATED_TARGET_PORT] = "destination port",
        [CLAIM_STATED_PROTOCOL] = "protocol",
        [CLAIM_STATED_TALLY] = "count",
        [CLAIM_STATED_TARGET] = "destination"};
    for (size_t i = 0; i < CLAIM_STATED_COUNT; i++) {
        if (c->unread[i][0] != '\0') {
            buf_str(out, out->len > 0 ? " " : "");
            if (i == CLAIM_STATED_TIME) {
                buf_str(out, "The claim names times that contradict each other; another is: '");
            } else {
                buf_printf(out, "The claim's %s could not be read: '", names[i]);
            }
            check_shown(out, c->unread[i]);
            buf_str(out, "'.");
        }
    }
}

void check_records(struct buf *out, const struct claim *c, const struct claim_match *m,
                   const struct claim_answer *a)
{
    if (m->packets == 0 && m->lines == 0) {
        put_near(out, m, a);
        return;
    }
    act_count(out, m->packets > 0 ? m->packets : m->lines, m->packets > 0 ? "packet" : "log line",
              m->packets > 0 ? "packets" : "log lines");
    buf_str(out, m->packets > 0 ? " from it" : " about it");
    if (m->exact > 0 && m->exact < m->packets) {
        buf_printf(out, " (%" PRIu64 " from a source port that the claim names)", m->exact);
    }
    buf_str(out, ", from ");
    check_range(out, m->first_ns, m->last_ns);
    put_connections(out, m);
    buf_byte(out, '.');
    if (m->back > 0 || m->packets > 0) {
        buf_str(out, " The other end sent ");
        act_count(out, m->back, m->packets > 0 ? "packet." : "line.",
                  m->packets > 0 ? "packets." : "lines.");
    }
    if (m->packets > 0 && m->answers == m->packets && a->why != CLAIM_WHY_ANSWERS) {
        buf_str(out, " What it sent are answers to packets that carry the other end's address.");
    }
    if (c->moment_n > 1) {
        buf_printf(out, " Of %zu moments that the claim names, %zu are in our records.",
                   c->moment_n, a->moments_met);
    }
    put_offset(out, m);
}

/* Some lines of a log have a source port, and others none. */
static bool some_ports(const struct claim *c)
{
    for (size_t i = 0; i < c->moment_n; i++) {
        if (c->moments[i].source_port != 0) {
            return true;
        }
    }
    return false;
}

void check_lacks(struct buf *out, const struct claim *c, uint32_t lacks)
{
    bool first = true;
    for (unsigned i = 0; i < CLAIM_LACKS_COUNT; i++) {
        if ((lacks >> i & 1) != 0) {
            buf_str(out, first ? "" : ", ");
            buf_str(out, claim_lack_text((enum claim_field)(1U << i)));
            bool part = 1U << i == CLAIM_LACKS_SOURCE_PORT && some_ports(c);
            buf_str(out, part ? " for a part of it" : "");
            first = false;
        }
    }
}

const char *check_act(const struct claim *c)
{
    static const char *const acts[CLAIM_ACT_COUNT] = {
        [CLAIM_ACT_UNSAID] = "something that is not said",
        [CLAIM_ACT_LOGIN] = "login attempts",
        [CLAIM_ACT_SCAN] = "scanning or probing",
        [CLAIM_ACT_WEB] = "web requests",
        [CLAIM_ACT_FLOOD] = "a flood",
        [CLAIM_ACT_HOST] = "a service",
        [CLAIM_ACT_OTHER] = "an act",
    };
    return acts[c->act];
}
