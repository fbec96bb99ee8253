/* detect/peer/peer.c - feeding the rules of other tools that are in force. */
#include "detect/peer/peer.h"

#include <stdlib.h>
#include <string.h>

#include "detect/peer/rules.h"

struct peer {
    size_t memory_bytes;
    struct peer_stats stats;
    struct zeek_scan *scan; /* each may be NULL */
    struct zeek_guess *guess;
    struct snort_scan *snort;
    struct fail2ban *fail2ban;
};

bool peer_is_wanted(const struct definition_set *set)
{
    for (size_t i = 0; i < set->n; i++) {
        if (set->items[i].method >= METHOD_ZEEK_SCAN &&
            set->items[i].method <= METHOD_FAIL2BAN_SSHD) {
            return true;
        }
    }
    return false;
}

void peer_keep_addr(struct addr *sample, size_t *n, const struct addr *a)
{
    size_t i = *n;
    while (i > 0 && addr_compare(&sample[i - 1], a) > 0) {
        i--;
    }
    if (i == FINDING_SAMPLE_MAX || (i > 0 && addr_equal(&sample[i - 1], a))) {
        return;
    }
    *n += *n < FINDING_SAMPLE_MAX;
    memmove(&sample[i + 1], &sample[i], (*n - 1 - i) * sizeof(*sample));
    sample[i] = *a;
}

void peer_keep_port(uint16_t *ports, size_t *n, uint16_t port)
{
    size_t i = *n;
    while (i > 0 && ports[i - 1] > port) {
        i--;
    }
    if (i == FINDING_PORTS_MAX || (i > 0 && ports[i - 1] == port)) {
        return;
    }
    *n += *n < FINDING_PORTS_MAX;
    memmove(&ports[i + 1], &ports[i], (*n - 1 - i) * sizeof(*ports));
    ports[i] = port;
}

static enum status feed_one(struct peer *p, const struct observation *o)
{
    if (p->scan != NULL) {
        TRY(zeek_scan_feed(p->scan, o));
    }
    if (p->guess != NULL) {
        TRY(zeek_guess_feed(p->guess, o));
    }
    if (p->snort != NULL) {
        TRY(snort_scan_feed(p->snort, o));
    }
    return p->fail2ban != NULL ? fail2ban_feed(p->fail2ban, o) : ST_OK;
}

static size_t bytes_now(const struct peer *p)
{
    return (p->scan != NULL ? zeek_scan_bytes(p->scan) : 0) +
           (p->guess != NULL ? zeek_guess_bytes(p->guess) : 0) +
           (p->snort != NULL ? snort_scan_bytes(p->snort) : 0) +
           (p->fail2ban != NULL ? fail2ban_bytes(p->fail2ban) : 0);
}

static enum status press(struct peer *p)
{
    p->stats.early++;
    if (p->scan != NULL) {
        TRY(zeek_scan_press(p->scan));
    }
    if (p->guess != NULL) {
        TRY(zeek_guess_press(p->guess));
    }
    if (p->snort != NULL) {
        TRY(snort_scan_press(p->snort));
    }
    return p->fail2ban != NULL ? fail2ban_press(p->fail2ban) : ST_OK;
}

enum status peer_feed(struct peer *p, const struct obs_batch *batch)
{
    for (size_t i = 0; i < batch->n; i++) {
        TRY(feed_one(p, &batch->obs[i]));
        size_t now = bytes_now(p); /* after each: how it was cut must not matter */
        p->stats.peak_bytes = now > p->stats.peak_bytes ? now : p->stats.peak_bytes;
        if (p->memory_bytes != 0 && now > p->memory_bytes) {
            TRY(press(p));
        }
    }
    return ST_OK;
}

enum status peer_finish(struct peer *p)
{
    if (p->scan != NULL) {
        TRY(zeek_scan_finish(p->scan));
    }
    if (p->guess != NULL) {
        TRY(zeek_guess_finish(p->guess));
    }
    if (p->snort != NULL) {
        TRY(snort_scan_finish(p->snort));
    }
    return p->fail2ban != NULL ? fail2ban_finish(p->fail2ban) : ST_OK;
}

struct peer_stats peer_stats(const struct peer *p)
{
    return p->stats;
}

static void peer_freep(struct peer **p)
{
    peer_free(*p);
}

enum status peer_new(const struct peer_options *opt, struct peer **ret)
{
    CLEANUP(peer_freep) struct peer *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return ST_NOMEM;
    }
    p->memory_bytes = opt->memory_bytes;
    TRY(zeek_scan_new(opt, &p->scan));
    TRY(zeek_guess_new(opt, &p->guess));
    TRY(snort_scan_new(opt, &p->snort));
    TRY(fail2ban_new(opt, &p->fail2ban));
    *ret = TAKE(p);
    return ST_OK;
}

void peer_free(struct peer *p)
{
    if (p != NULL) {
        zeek_scan_free(p->scan);
        zeek_guess_free(p->guess);
        snort_scan_free(p->snort);
        fail2ban_free(p->fail2ban);
        free(p);
    }
}
