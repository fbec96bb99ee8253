/* detect/peer/rules.h - the rules that peer.c feeds, one part for each tool.
 *
 * A part with no definition in force is not made and costs nothing. Each part
 * gives its memory back by `_press`, which ends early what it holds.
 */
#pragma once

#include "detect/peer/peer.h"

struct zeek_scan;
MUST_USE enum status zeek_scan_new(const struct peer_options *opt, struct zeek_scan **ret);
void zeek_scan_free(struct zeek_scan *z);
MUST_USE enum status zeek_scan_feed(struct zeek_scan *z, const struct observation *o);
MUST_USE enum status zeek_scan_finish(struct zeek_scan *z);
MUST_USE enum status zeek_scan_press(struct zeek_scan *z);
size_t zeek_scan_bytes(const struct zeek_scan *z);

/* Failed logins by epoch: SSH from logs, FTP from packets. */
struct zeek_guess;
MUST_USE enum status zeek_guess_new(const struct peer_options *opt, struct zeek_guess **ret);
void zeek_guess_free(struct zeek_guess *z);
MUST_USE enum status zeek_guess_feed(struct zeek_guess *z, const struct observation *o);
MUST_USE enum status zeek_guess_finish(struct zeek_guess *z);
MUST_USE enum status zeek_guess_press(struct zeek_guess *z);
size_t zeek_guess_bytes(const struct zeek_guess *z);

struct snort_scan;
MUST_USE enum status snort_scan_new(const struct peer_options *opt, struct snort_scan **ret);
void snort_scan_free(struct snort_scan *s);
MUST_USE enum status snort_scan_feed(struct snort_scan *s, const struct observation *o);
MUST_USE enum status snort_scan_finish(struct snort_scan *s);
MUST_USE enum status snort_scan_press(struct snort_scan *s);
size_t snort_scan_bytes(const struct snort_scan *s);

struct fail2ban;
MUST_USE enum status fail2ban_new(const struct peer_options *opt, struct fail2ban **ret);
void fail2ban_free(struct fail2ban *f);
MUST_USE enum status fail2ban_feed(struct fail2ban *f, const struct observation *o);
MUST_USE enum status fail2ban_finish(struct fail2ban *f);
MUST_USE enum status fail2ban_press(struct fail2ban *f);
size_t fail2ban_bytes(const struct fail2ban *f);

/* A part of a smallest-first sample, without repeats. */
void peer_keep_addr(struct addr *sample, size_t *n, const struct addr *a);
void peer_keep_port(uint16_t *ports, size_t *n, uint16_t port);
