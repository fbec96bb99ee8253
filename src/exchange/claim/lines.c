/* exchange/claim/lines.c - lines of logs that tell of packets: Linux's packet
 * filter, Suricata and Snort, Zeek and others in JSON, and web servers' errors.
 *
 * Logs of sshd and web servers are capture's business. Here only fixed forms are
 * read, and only what names its sender as such.
 */
#include <stdio.h>
#include <string.h>

#include "base/core/text.h"
#include "base/model/observation.h"
#include "exchange/claim/forms.h"

enum { TIME_BYTES = 48 };

static void decref(json_t **j)
{
    json_decref(*j);
}

static struct bytes from(struct bytes s, size_t n)
{
    return bytes_of(s.data + n, s.len - n);
}

static bool after(struct bytes s, const char *word, struct bytes *ret)
{
    const uint8_t *p = s.len > 0 ? memmem(s.data, s.len, word, strlen(word)) : NULL;
    if (p == NULL) {
        return false;
    }
    *ret = from(s, (size_t)(p - s.data) + strlen(word));
    return true;
}

static struct bytes word_of(struct bytes s)
{
    s = text_trim(s);
    const uint8_t *blank = s.len > 0 ? memchr(s.data, ' ', s.len) : NULL;
    return blank != NULL ? bytes_of(s.data, (size_t)(blank - s.data)) : s;
}

static void say(struct claim *c, const char *what)
{
    claim_copy(c->said, sizeof(c->said), bytes_of(what, strlen(what)));
}

/* --- netfilter --------------------------------------------------------------------------- */

/* "SRC=192.0.2.1": the value of a word of the line. */
static struct bytes netfilter(struct bytes s, const char *key)
{
    struct bytes rest;
    return after(s, key, &rest) && (rest.len == 0 || rest.data[0] != ' ') ? word_of(rest)
                                                                          : (struct bytes){0};
}

/* The time is what stands in front: syslog's, or one of RFC 3339. */
static bool time_in_front(struct bytes s, const struct claim_clock *clock, struct claim_when *ret)
{
    enum { BSD_BYTES = 15 };
    struct bytes iso = word_of(s);
    return claim_when_read(iso, clock, ret) == ST_OK ||
           (s.len > BSD_BYTES && claim_when_read(bytes_of(s.data, BSD_BYTES), clock, ret) == ST_OK);
}

/* What iptables, nftables and ufw log of a packet. */
static bool read_netfilter(const struct claim_reading *r, struct bytes s, struct claim *ret)
{
    struct claim c = {.act = CLAIM_ACT_SCAN, .count = 1, .has_target = true};
    struct bytes src = netfilter(s, " SRC=");
    struct bytes dst = netfilter(s, " DST=");
    if (src.len == 0 || addr_parse(src, &c.source) != ST_OK ||
        addr_parse(dst, &c.target) != ST_OK || !time_in_front(s, &r->clock, &c.when)) {
        return false;
    }
    (void)claim_state(&c, CLAIM_KEY_PROTO, netfilter(s, " PROTO=")); /* or kept as unread */
    (void)claim_state(&c, CLAIM_KEY_SOURCE_PORT, netfilter(s, " SPT="));
    (void)claim_state(&c, CLAIM_KEY_TARGET_PORT, netfilter(s, " DPT="));
    say(&c, "lines of a packet filter's log");
    *ret = c;
    return true;
}

/* --- Suricata's fast.log, Snort's alerts ------------------------------------------------------ */

/* "03/04/2026-10:00:05.1234" and Snort's "03/04-10:00:05.1234", month first, in
 * the sensor's own zone. */
static bool alert_time(struct bytes s, const struct claim_clock *clock, struct claim_when *ret)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[TIME_BYTES];
    struct bytes w = word_of(s);
    unsigned month, day, year;
    int used = 0;
    char copy[TIME_BYTES];
    if (w.len >= sizeof(copy)) {
        return false;
    }
    claim_copy(copy, sizeof(copy), w);
    bool full = sscanf(copy, "%2u/%2u/%4u-%n", &month, &day, &year, &used) == 3 && used > 0;
    bool brief = !full && sscanf(copy, "%2u/%2u-%n", &month, &day, &used) == 2 && used > 0;
    if ((!full && !brief) || month < 1 || month > 12) {
        return false;
    }
    size_t at = (size_t)used;
    if (full) {
        (void)snprintf(text, sizeof(text), "%04u-%02u-%02u %s", year, month, day, copy + at);
    } else {
        (void)snprintf(text, sizeof(text), "%.3s %2u %s", months + (size_t)3 * (month - 1), day,
                       copy + at);
    }
    return claim_when_read(bytes_of(text, strlen(text)), clock, ret) == ST_OK;
}

/* "... [**] [1:2:3] what [**] [...] {TCP} 192.0.2.1:40001 -> 198.51.100.5:22". */
static bool read_alert(const struct claim_reading *r, struct bytes s, struct claim *ret)
{
    struct claim c = {.count = 1, .has_target = true};
    struct bytes text, rest, arrow;
    if (!after(s, "[**] ", &text) || !after(text, " {", &rest) || !after(rest, "} ", &arrow)) {
        return false;
    }
    const uint8_t *brace = memchr(rest.data, '}', rest.len);
    struct bytes proto = bytes_of(rest.data, (size_t)(brace - rest.data));
    (void)claim_state(&c, CLAIM_KEY_PROTO, proto); /* or kept as unread */
    struct bytes target;
    if (!after(arrow, " -> ", &target) ||
        !claim_endpoint(word_of(arrow), &c.source, &c.source_port) ||
        !claim_endpoint(word_of(target), &c.target, &c.target_port) ||
        !alert_time(s, &r->clock, &c.when)) {
        return false;
    }
    struct bytes rule;
    text = after(text, "] ", &rule) ? rule : text;
    const uint8_t *end = memmem(text.data, text.len, " [**]", 5);
    text.len = end != NULL ? (size_t)(end - text.data) : text.len;
    c.act = claim_act_of(text);
    claim_copy(c.said, sizeof(c.said), text);
    *ret = c;
    return true;
}

/* --- errors of web servers ----------------------------------------------------------------------
 */

/* nginx: "2026/03/03 10:00:00 [error] 1#1: *1 ..., client: 192.0.2.1, server:";
 * Apache: "[Tue Mar 03 10:00:00.1 2026] [core:error] ... [client 192.0.2.1:4]". */
static bool read_web_error(const struct claim_reading *r, struct bytes s, struct claim *ret)
{
    enum { NGINX_TIME = 19 };
    struct claim c = {.act = CLAIM_ACT_WEB, .count = 1, .proto = PROTO_TCP};
    struct bytes client;
    bool apache = s.data[0] == '[' && after(s, " [client ", &client);
    bool nginx =
        !apache && s.len > NGINX_TIME && s.data[4] == '/' && after(s, ", client: ", &client);
    if (!apache && !nginx) {
        return false;
    }
    const uint8_t *end = apache ? memchr(s.data, ']', s.len) : s.data + NGINX_TIME;
    size_t begin = apache;
    struct bytes time = bytes_of(s.data + begin, (size_t)(end - s.data) - begin);
    size_t n = 0;
    while (n < client.len && client.data[n] != ',' && client.data[n] != ']') {
        n++;
    }
    if (claim_when_read(time, &r->clock, &c.when) != ST_OK ||
        !claim_endpoint(bytes_of(client.data, n), &c.source, &c.source_port)) {
        return false;
    }
    say(&c, "lines of a web server's errors");
    *ret = c;
    return true;
}

/* --- JSON
 * ------------------------------------------------------------------------------------------ */

static void take_value(struct claim_reading *r, struct claim_draft *d, enum claim_key key,
                       const json_t *v)
{
    char room[CLAIM_TEXT_MAX];
    struct bytes text = claim_json_value(v, room, sizeof(room));
    if (text.len > 0) {
        (void)claim_draft_set(r->set, d, &r->clock, key, text); /* noted when it is none */
    }
}

bool claim_of_members(struct claim_reading *r, const json_t *o, struct claim_draft *d)
{
    const json_t *alert = json_object_get(o, "alert"); /* Suricata's EVE */
    const char *key;
    json_t *v;
    uint32_t done = 0;
    json_object_foreach((json_t *)(uintptr_t)o, key, v)
    {
        enum claim_key k = claim_key_of(bytes_of(key, strlen(key)));
        bool again = (done >> k & 1) != 0 && k != CLAIM_KEY_ACT;
        if (k != CLAIM_KEY_NONE && !again &&
            (json_is_string(v) || json_is_number(v) ||
             (claim_key_is_stated(k) && !json_is_null(v)))) {
            take_value(r, d, k, v);
            done |= UINT32_C(1) << k;
        }
    }
    take_value(r, d, CLAIM_KEY_ACT, json_object_get(alert, "signature"));
    return d->has_source && d->c.when.known;
}

/* One object that names a sender and a time, as IDS and Zeek write them. */
static bool read_json(struct claim_reading *r, struct bytes s, struct claim *ret)
{
    CLEANUP(decref)
    json_t *o = s.data[0] == '{'
                    ? json_loadb((const char *)s.data, s.len, JSON_REJECT_DUPLICATES, NULL)
                    : NULL;
    struct claim_draft d = {.port = CLAIM_KEY_NONE};
    uint32_t notes = r->set->notes;
    if (!json_is_object(o) || !claim_of_members(r, o, &d)) {
        r->set->notes = notes; /* it is no such line */
        return false;
    }
    d.c.count = d.c.count == 0 ? 1 : d.c.count;
    *ret = d.c;
    return true;
}

bool claim_line_read(struct claim_reading *r, struct bytes s, struct claim *ret)
{
    return s.len > 0 && (read_netfilter(r, s, ret) || read_alert(r, s, ret) ||
                         read_web_error(r, s, ret) || read_json(r, s, ret));
}
