/* tests/unit/detect/test_peer.c - do the rules of Zeek, Snort and fail2ban say
 * here what they say there? Each at its threshold, one below, and across the
 * edge of its window.
 */
#include <fcntl.h>
#include <unistd.h>

#include "capture/input.h"
#include "synth.h"

static const uint32_t HOME = 0xc6120000, REMOTE = 0xcb007105; /* 198.18.0.0, 203.0.113.5 */
enum { S = TCP_SYN, A = TCP_ACK, R = TCP_RST };

static size_t count_of(const char *set, const struct synth *s, const char *name)
{
    struct synth_run r = {0};
    synth_run(&r, set, s);
    size_t n = synth_count(&r, name, false);
    synth_run_fini(&r);
    return n;
}

static void sweep(struct synth *s, int64_t from_ns, unsigned first, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        synth_tcp(s, from_ns + i * TIME_SECOND / 10, REMOTE, HOME + first + i, 445, S);
    }
}

static void ports(struct synth *s, int64_t from_ns, unsigned first, unsigned n, bool refused)
{
    for (unsigned i = 0; i < n; i++) {
        int64_t t = from_ns + i * TIME_SECOND / 10;
        synth_tcp(s, t, REMOTE, HOME + 9, (uint16_t)(first + i), S);
        if (refused) {
            synth_tcp_back(s, t + 1000, HOME + 9, REMOTE, (uint16_t)(first + i), R | A);
        }
    }
}

/* --- Zeek ------------------------------------------------------------------ */

static void zeek_calls_25_silent_hosts_a_scan_and_not_24(void)
{
    struct synth s = {0};
    sweep(&s, 0, 0, 24);
    CHECK_INT(count_of("zeek-6.0", &s, "zeek.scan.address/1"), 0);
    sweep(&s, 3 * TIME_SECOND, 24, 1);
    struct synth_run r = {0};
    synth_run(&r, "zeek-6.0", &s);
    CHECK_INT(r.findings->n, 1);
    const struct finding *f = synth_find(&r, "zeek.scan.address/1");
    CHECK(f != NULL);
    if (f != NULL) {
        CHECK_STR(f->kind, "scan.horizontal");
        CHECK_INT(f->counted, 25);
        CHECK_INT(f->threshold, 25);
        CHECK_INT(f->port_list[0], 445);
        CHECK_INT(f->target_n, FINDING_SAMPLE_MAX);
        CHECK_INT(addr_v4(&f->target_sample[0]), HOME);
        CHECK_INT(addr_v4(&f->initiator), REMOTE);
        CHECK_INT(f->when.first_ns, SYNTH_BEGIN);
        CHECK_INT(f->when.last_ns, SYNTH_BEGIN + 3 * TIME_SECOND);
    }
    synth_run_fini(&r);
    synth_fini(&s);
}

static void zeek_counts_a_host_once_however_often_it_was_asked(void)
{
    struct synth s = {0};
    for (unsigned again = 0; again < 5; again++) {
        sweep(&s, again * 20 * TIME_SECOND, 0, 24);
    }
    CHECK_INT(count_of("zeek-6.0", &s, "zeek.scan.address/1"), 0);
    synth_fini(&s);
}

/* An attempt fails five seconds after its SYN, and belongs to that epoch. */
static void zeeks_epochs_do_not_overlap(void)
{
    struct synth s = {0};
    sweep(&s, 0, 0, 1);
    sweep(&s, 290 * TIME_SECOND, 1, 23);  /* fail before second 300: 24 hosts */
    sweep(&s, 296 * TIME_SECOND, 24, 24); /* fail after it: 24 more */
    CHECK_INT(count_of("zeek-6.0", &s, "zeek.scan.address/1"), 0);
    sweep(&s, 310 * TIME_SECOND, 48, 1);
    CHECK_INT(count_of("zeek-6.0", &s, "zeek.scan.address/1"), 1);
    synth_fini(&s);
}

static void zeek_tells_a_scan_of_several_epochs_once(void)
{
    struct synth s = {0};
    sweep(&s, 0, 0, 30);
    sweep(&s, 400 * TIME_SECOND, 0, 60);
    struct synth_run r = {0};
    synth_run(&r, "zeek-6.0", &s);
    CHECK_INT(r.findings->n, 1);
    const struct finding *f = synth_find(&r, "zeek.scan.address/1");
    CHECK(f != NULL && f->counted == 60 && f->packets == 90);
    synth_run_fini(&r);
    synth_fini(&s);
}

static void zeek_calls_15_ports_of_a_host_a_scan_and_not_14(void)
{
    struct synth s = {0};
    ports(&s, 0, 1000, 14, true);
    CHECK_INT(count_of("zeek-6.0", &s, "zeek.scan.port/1"), 0);
    ports(&s, 2 * TIME_SECOND, 1014, 1, true);
    struct synth_run r = {0};
    synth_run(&r, "zeek-6.0", &s);
    const struct finding *f = synth_find(&r, "zeek.scan.port/1");
    CHECK(f != NULL);
    if (f != NULL) {
        CHECK_STR(f->kind, "scan.vertical");
        CHECK_INT(f->counted, 15);
        CHECK_INT(f->refused, 15);
        CHECK_INT(f->port_n, 15);
        CHECK_INT(addr_v4(&f->victim), HOME + 9);
    }
    synth_run_fini(&r);
    synth_fini(&s);
}

/* 30 connections to 30 hosts that answer: with data, without, and reset. */
static void connect(struct synth *s, unsigned host, uint8_t end, uint32_t payload)
{
    int64_t t = host * TIME_SECOND / 10;
    synth_tcp(s, t, REMOTE, HOME + host, 80, S);
    synth_tcp_back(s, t + 1000, HOME + host, REMOTE, 80, S | A);
    synth_tcp(s, t + 2000, REMOTE, HOME + host, 80, A);
    synth_tcp(s, t + 3000, REMOTE, HOME + host, 80, A)->payload_len = payload;
    synth_tcp(s, t + 4000, REMOTE, HOME + host, 80, end);
}

static void zeek_takes_connections_for_no_scan_unless_reset_without_data(void)
{
    struct synth s = {0};
    for (unsigned i = 0; i < 30; i++) {
        connect(&s, i, TCP_FIN | A, 0);
        connect(&s, 100 + i, R, 100);
    }
    CHECK_INT(count_of("zeek-6.0", &s, "zeek.scan.address/1"), 0);
    for (unsigned i = 0; i < 25; i++) {
        connect(&s, 200 + i, R, 0);
    }
    CHECK_INT(count_of("zeek-6.0", &s, "zeek.scan.address/1"), 1);
    synth_fini(&s);
}

static void zeek_looks_at_no_datagrams_and_no_odd_flags(void)
{
    struct synth s = {0};
    for (unsigned i = 0; i < 100; i++) {
        synth_udp(&s, i, REMOTE, HOME + i, 53);
        synth_tcp(&s, i, REMOTE, HOME + i, 80, TCP_FIN);
        synth_echo(&s, i, REMOTE, HOME + i);
    }
    CHECK_INT(count_of("zeek-6.0", &s, "zeek.scan.address/1"), 0);
    synth_fini(&s);
}

static void logins(struct synth *s, int64_t from_ns, int64_t step_ns, unsigned first, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        for (unsigned again = 0; again < 3; again++) { /* of one connection: counts once */
            synth_line(s, from_ns + i * step_ns, REMOTE, first + i, LOG_REFUSED);
        }
    }
}

static void zeek_calls_30_failed_connections_guessing_and_not_29(void)
{
    struct synth s = {0};
    logins(&s, 0, TIME_SECOND, 1, 29);
    CHECK_INT(count_of("zeek-6.0", &s, "zeek.ssh.guessing/1"), 0);
    synth_line(&s, 40 * TIME_SECOND, REMOTE, 99, LOG_REFUSED); /* fails, then gets in */
    synth_line(&s, 41 * TIME_SECOND, REMOTE, 99, LOG_ACCEPTED);
    CHECK_INT(count_of("zeek-6.0", &s, "zeek.ssh.guessing/1"), 0);
    logins(&s, 42 * TIME_SECOND, TIME_SECOND, 100, 1);
    CHECK_INT(count_of("zeek-6.0", &s, "zeek.ssh.guessing/1"), 1);
    synth_fini(&s);
}

static void zeeks_half_hours_do_not_overlap(void)
{
    struct synth s = {0};
    logins(&s, 0, TIME_SECOND, 1, 1);
    logins(&s, 1700 * TIME_SECOND, TIME_SECOND, 2, 28);
    logins(&s, 1800 * TIME_SECOND, TIME_SECOND, 30, 29);
    CHECK_INT(count_of("zeek-6.0", &s, "zeek.ssh.guessing/1"), 0);
    logins(&s, 1799 * TIME_SECOND, TIME_SECOND, 60, 1);
    CHECK_INT(count_of("zeek-6.0", &s, "zeek.ssh.guessing/1"), 1);
    synth_fini(&s);
}

static void ftp(struct synth *s, int64_t time_ns, bool from_client, const char *text)
{
    static uint32_t next[2];
    struct observation *o = from_client ? synth_tcp(s, time_ns, REMOTE, HOME + 1, 21, A)
                                        : synth_tcp_back(s, time_ns, HOME + 1, REMOTE, 21, A);
    o->payload = (const uint8_t *)text;
    o->payload_len = (uint32_t)strlen(text);
    o->captured_len = (uint16_t)strlen(text);
    o->seq = next[from_client];
    next[from_client] += o->payload_len;
}

static void ftp_tries(struct synth *s, int64_t from_ns, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        int64_t t = from_ns + i * TIME_SECOND;
        ftp(s, t, true, "USER admin\r\n");
        ftp(s, t + 1, false, "331 Password required\r\n");
        ftp(s, t + 2, true, "pass secret\r\n");
        ftp(s, t + 3, false, "530 Login incorrect\r\n");
        ftp(s, t + 4, true, "CWD /\r\n");
        ftp(s, t + 5, false, "550 Not there\r\n"); /* no login */
    }
}

static void zeek_calls_20_ftp_refusals_guessing_and_not_19(void)
{
    struct synth s = {0};
    ftp_tries(&s, 0, 19);
    struct observation again = s.obs[s.n - 3]; /* retransmitted: not counted again */
    *synth_add(&s, 0) = again;
    CHECK_INT(count_of("zeek-6.0", &s, "zeek.ftp.guessing/1"), 0);
    ftp_tries(&s, 20 * TIME_SECOND, 1);
    struct synth_run r = {0};
    synth_run(&r, "zeek-6.0", &s);
    const struct finding *f = synth_find(&r, "zeek.ftp.guessing/1");
    CHECK(f != NULL && f->counted == 20 && f->threshold == 20);
    CHECK(f != NULL && strcmp(f->protocol, "ftp") == 0);
    synth_run_fini(&r);
    synth_fini(&s);
}

static void zeeks_quarters_do_not_overlap(void)
{
    struct synth s = {0};
    ftp_tries(&s, 0, 1);
    ftp_tries(&s, 850 * TIME_SECOND, 18);
    ftp_tries(&s, 900 * TIME_SECOND, 19);
    CHECK_INT(count_of("zeek-6.0", &s, "zeek.ftp.guessing/1"), 0);
    ftp_tries(&s, 1000 * TIME_SECOND, 1);
    CHECK_INT(count_of("zeek-6.0", &s, "zeek.ftp.guessing/1"), 1);
    synth_fini(&s);
}

/* --- Snort ----------------------------------------------------------------- */

static void snort_alerts_on_15_ports_of_which_10_refuse(void)
{
    struct synth s = {0};
    ports(&s, 0, 1000, 10, true);
    ports(&s, 2 * TIME_SECOND, 2000, 4, false);
    CHECK_INT(count_of("snort3", &s, "snort.portscan/1"), 0); /* 14 ports */
    ports(&s, 3 * TIME_SECOND, 3000, 1, false);
    struct synth_run r = {0};
    synth_run(&r, "snort3", &s);
    CHECK_INT(r.findings->n, 1);
    const struct finding *f = synth_find(&r, "snort.portscan/1");
    CHECK(f != NULL);
    if (f != NULL) {
        CHECK_STR(f->kind, "scan.vertical");
        CHECK_STR(f->technique, "portscan");
        CHECK_STR(f->protocol, "tcp");
        CHECK_INT(f->counted, f->threshold);
        CHECK_INT(f->ports, 15);
        CHECK_INT(f->refused, 10);
        CHECK_INT(addr_v4(&f->victim), HOME + 9);
    }
    synth_run_fini(&r);
    synth_fini(&s);
}

static void snort_is_silent_with_9_refusals(void)
{
    struct synth s = {0};
    ports(&s, 0, 1000, 9, true);
    ports(&s, 2 * TIME_SECOND, 2000, 100, false);
    CHECK_INT(count_of("snort3", &s, "snort.portscan/1"), 0);
    ports(&s, 20 * TIME_SECOND, 3000, 1, true);
    CHECK_INT(count_of("snort3", &s, "snort.portscan/1"), 1);
    synth_fini(&s);
}

static void snorts_window_begins_with_its_first_probe(void)
{
    struct synth s = {0};
    ports(&s, 0, 1000, 14, true);
    ports(&s, 91 * TIME_SECOND, 2000, 14, true); /* 90 s after the first is still inside */
    CHECK_INT(count_of("snort3", &s, "snort.portscan/1"), 0);
    synth_fini(&s);
    ports(&s, 0, 1000, 14, true);
    ports(&s, 90 * TIME_SECOND, 2000, 1, true);
    CHECK_INT(count_of("snort3", &s, "snort.portscan/1"), 1);
    synth_fini(&s);
}

static void snort_alerts_unfiltered_sweeps_on_7_refusals_and_filtered_on_30_probes(void)
{
    struct synth s = {0};
    sweep(&s, 0, 0, 29);
    CHECK_INT(count_of("snort3", &s, "snort.portsweep/1"), 0);
    sweep(&s, 3 * TIME_SECOND, 29, 1);
    struct synth_run r = {0};
    synth_run(&r, "snort3", &s);
    const struct finding *f = synth_find(&r, "snort.portsweep/1");
    CHECK(f != NULL && strcmp(f->technique, "filtered-portsweep") == 0 && f->counted == 30);
    synth_run_fini(&r);
    synth_fini(&s);
    for (unsigned i = 0; i < 7; i++) {
        CHECK_INT(count_of("snort3", &s, "snort.portsweep/1"), 0);
        synth_tcp(&s, i * TIME_SECOND, REMOTE, HOME + i, 22, S);
        synth_tcp_back(&s, i * TIME_SECOND + 1, HOME + i, REMOTE, 22, R | A);
    }
    CHECK_INT(count_of("snort3", &s, "snort.portsweep/1"), 1);
    synth_fini(&s);
}

/* Its own rule: two hosts in turn are as good as many. */
static void snort_counts_changes_and_so_do_we_under_its_name(void)
{
    struct synth s = {0};
    for (unsigned i = 0; i < 30; i++) {
        synth_tcp(&s, i * TIME_SECOND, REMOTE, HOME + i % 2, 445, S);
    }
    CHECK_INT(count_of("snort3", &s, "snort.portsweep/1"), 1);
    CHECK_INT(count_of("default", &s, "scan.horizontal"), 0);
    synth_fini(&s);
}

static void snort_takes_back_a_probe_that_became_a_connection(void)
{
    struct synth s = {0};
    for (unsigned i = 0; i < 100; i++) {
        connect(&s, i, TCP_FIN | A, 10);
    }
    CHECK_INT(count_of("snort3", &s, "snort.portsweep/1"), 0);
    synth_fini(&s);
}

static void snort_alerts_on_20_pings(void)
{
    struct synth s = {0};
    for (unsigned i = 0; i < 19; i++) {
        synth_echo(&s, i * TIME_SECOND, REMOTE, HOME + i);
    }
    CHECK_INT(count_of("snort3", &s, "snort.portsweep/1"), 0);
    synth_echo(&s, 30 * TIME_SECOND, REMOTE, HOME + 19);
    CHECK_INT(count_of("snort3", &s, "snort.portsweep/1"), 1);
    synth_fini(&s);
}

/* UDP: ICMP port unreachable, which quotes the datagram, refuses. */
static void snort_counts_icmp_unreachable_as_refusal(void)
{
    struct synth s = {0};
    for (unsigned i = 0; i < 15; i++) {
        CHECK_INT(count_of("snort3", &s, "snort.portscan/1"), 0);
        synth_udp(&s, i * TIME_SECOND, REMOTE, HOME + 3, (uint16_t)(1000 + i));
        struct observation *o = synth_packet(&s, i * TIME_SECOND + 1, PROTO_ICMP, HOME + 3, REMOTE);
        o->tcp_flags = 3;
        o->icmp_code = 3;
        o->flags |= OBS_QUOTED;
        s.quotes[s.n - 1] = (struct obs_quote){.src = addr_from_v4(REMOTE),
                                               .dst = addr_from_v4(HOME + 3),
                                               .src_port = 40000,
                                               .dst_port = (uint16_t)(1000 + i),
                                               .proto = PROTO_UDP,
                                               .has_ports = true};
    }
    CHECK_INT(count_of("snort3", &s, "snort.portscan/1"), 1);
    synth_fini(&s);
}

/* 120 hosts ask 30 ports of one: decoys by Snort's order of rules need a
 * scanner with many ports; each with one port is a distributed scan. */
static void snort_tells_distributed_scans_by_the_scanned_host(void)
{
    struct synth s = {0};
    for (unsigned i = 0; i < 120; i++) {
        CHECK_INT(i < 119 ? 0 : count_of("snort3", &s, "snort.portscan.distributed/1"), 0);
        uint16_t port = (uint16_t)(1000 + i);
        synth_tcp(&s, i * TIME_SECOND / 2, REMOTE + i, HOME + 9, port, S);
        synth_tcp_back(&s, i * TIME_SECOND / 2 + 1, HOME + 9, REMOTE + i, port, R | A);
    }
    CHECK_INT(count_of("snort3", &s, "snort.portscan.distributed/1"), 1);
    CHECK_INT(count_of("snort3", &s, "snort.portscan/1"), 0);
    synth_fini(&s);
}

/* Low sense: 60 s, 5 refusals and 5 ports, and nothing without refusals. */
static void snorts_low_sense_needs_refusals(void)
{
    static const char low[] = "{\"set\":\"low\",\"definitions\":[{\"name\":\"a\",\"version\":1,"
                              "\"method\":\"snort.portscan\",\"parameters\":{\"sense\":0,"
                              "\"idle_s\":60,\"shape\":1}}]}";
    struct synth s = {0};
    ports(&s, 0, 1000, 300, false);
    ports(&s, 40 * TIME_SECOND, 2000, 4, true);
    for (unsigned more = 0; more < 2; more++) {
        struct synth_run r = {0};
        CHECK_INT(definition_set_read(bytes_of(low, sizeof(low) - 1), &r.set, NULL), ST_OK);
        CHECK_INT(synth_run_try(&r, &s), ST_OK);
        CHECK_INT(r.findings->n, more);
        synth_run_fini(&r);
        ports(&s, 50 * TIME_SECOND, 3000, 1, true);
    }
    synth_fini(&s);
}

/* --- fail2ban ---------------------------------------------------------------- */

static void fail2ban_bans_at_the_5th_failure_within_10_minutes(void)
{
    struct synth s = {0};
    for (unsigned i = 0; i < 4; i++) {
        synth_line(&s, i * 10 * TIME_SECOND, REMOTE, i + 1, LOG_REFUSED);
    }
    CHECK_INT(count_of("fail2ban", &s, "fail2ban.sshd/1"), 0);
    synth_line(&s, 599 * TIME_SECOND, REMOTE, 7, LOG_REFUSED);
    struct synth_run r = {0};
    synth_run(&r, "fail2ban", &s);
    CHECK_INT(r.findings->n, 1);
    const struct finding *f = synth_find(&r, "fail2ban.sshd/1");
    CHECK(f != NULL && f->counted == 5 && f->threshold == 5);
    CHECK(f != NULL && strcmp(f->kind, "bruteforce.ssh") == 0);
    synth_run_fini(&r);
    synth_fini(&s);
}

/* 0, 10, 20, 30 s, then after findtime: forgotten at 630, since the last was
 * then 600 s ago; scaled to 4 at 601 (4 * 600 / 601), where it bans. */
static void fail2ban_scales_an_old_ticket_and_forgets_a_quiet_one(void)
{
    for (unsigned late = 0; late < 2; late++) {
        struct synth s = {0};
        for (unsigned i = 0; i < 4; i++) {
            synth_line(&s, i * 10 * TIME_SECOND, REMOTE, i + 1, LOG_REFUSED);
        }
        synth_line(&s, (late ? 630 : 601) * TIME_SECOND, REMOTE, 9, LOG_REFUSED);
        CHECK_INT(count_of("fail2ban", &s, "fail2ban.sshd/1"), !late);
        synth_fini(&s);
    }
}

/* One failure in 151 s never comes to five in 600, by its own arithmetic. */
static void fail2ban_lets_slow_guessing_pass(void)
{
    struct synth s = {0};
    for (unsigned i = 0; i < 200; i++) {
        synth_line(&s, i * 200 * TIME_SECOND, REMOTE, i + 1, LOG_REFUSED);
    }
    CHECK_INT(count_of("fail2ban", &s, "fail2ban.sshd/1"), 0);
    synth_fini(&s);
}

static void fail2ban_counts_invalid_users_but_no_keys_and_no_pam_modules(void)
{
    struct synth s = {0};
    for (unsigned i = 0; i < 20; i++) {
        synth_line(&s, i * TIME_SECOND, REMOTE, i + 1, LOG_REFUSED)->method =
            BYTES_LITERAL("publickey");
        synth_line(&s, i * TIME_SECOND, REMOTE, i + 1, LOG_REFUSED)->tally = LOG_TALLY_MODULE;
        synth_line(&s, i * TIME_SECOND, REMOTE, i + 1, LOG_CLOSED);
    }
    CHECK_INT(count_of("fail2ban", &s, "fail2ban.sshd/1"), 0);
    for (unsigned i = 0; i < 5; i++) {
        synth_line(&s, 30 * TIME_SECOND, REMOTE, 50 + i, LOG_NO_USER);
    }
    CHECK_INT(count_of("fail2ban", &s, "fail2ban.sshd/1"), 1);
    synth_fini(&s);
}

/* --- all of them --------------------------------------------------------------- */

static void near_misses_are_told_on_request_only(void)
{
    struct synth s = {0};
    sweep(&s, 0, 0, 24);
    struct synth_run r = {0};
    synth_run(&r, "zeek-6.0", &s);
    CHECK_INT(r.findings->n, 0);
    synth_run_fini(&r);
    r = (struct synth_run){.explain = true};
    synth_run(&r, "zeek-6.0", &s);
    CHECK_INT(r.findings->n, 1);
    CHECK_INT(synth_count(&r, "zeek.scan.address/1", true), 1);
    const struct finding *f = synth_find(&r, "zeek.scan.address/1");
    CHECK(f != NULL && f->counted == 24 && f->threshold == 25);
    synth_run_fini(&r);
    synth_fini(&s);
}

/* 300 sources, each with 13 to 24 hosts: the nearest hundred, whatever the
 * order of tables. */
static void the_nearest_hundred_misses_are_kept_in_one_order(void)
{
    struct synth s = {0};
    for (unsigned i = 0; i < 300; i++) {
        for (unsigned k = 0; k < 13 + i % 12; k++) {
            synth_tcp(&s, i * TIME_SECOND / 10, REMOTE + i, HOME + k, 445, S);
        }
    }
    char ids[2][BELOW_MAX][FINDING_ID_MAX] = {{{0}}};
    for (unsigned seed = 0; seed < 2; seed++) {
        struct synth_run r = {.explain = true, .seed = seed * 12345};
        synth_run(&r, "zeek-6.0", &s);
        CHECK_INT(r.findings->n, BELOW_MAX);
        for (size_t i = 0; i < r.findings->n && i < BELOW_MAX; i++) {
            CHECK(r.findings->items[i]->counted >= 20);
            memcpy(ids[seed][i], r.findings->items[i]->id, FINDING_ID_MAX);
        }
        synth_run_fini(&r);
    }
    CHECK(memcmp(ids[0], ids[1], sizeof(ids[0])) == 0);
    synth_fini(&s);
}

static void mixed(struct synth *s)
{
    sweep(s, 0, 0, 40);
    ports(s, 5 * TIME_SECOND, 1000, 30, true);
    for (unsigned i = 0; i < 40; i++) {
        synth_udp(s, (10 + i) * TIME_SECOND, REMOTE + 1, HOME + i, 161);
        synth_echo(s, (10 + i) * TIME_SECOND, REMOTE + 2, HOME + i);
    }
    ftp_tries(s, 60 * TIME_SECOND, 25);
    sweep(s, 400 * TIME_SECOND, 0, 40);
}

static void write_all(const struct synth_run *r, struct buf *out)
{
    for (size_t i = 0; i < r->findings->n; i++) {
        finding_put(out, r->findings->items[i]);
    }
}

static void batches_do_not_matter(void)
{
    static const char *const sets[] = {"zeek-6.0", "snort3", "fail2ban"};
    struct synth packets = {0};
    struct synth lines = {0};
    mixed(&packets);
    logins(&lines, 0, TIME_SECOND, 1, 64);
    for (size_t i = 0; i < ARRAY_LEN(sets) * 2; i++) {
        struct buf whole = BUF_INIT(1 << 20);
        for (size_t batch = 64; batch > 0; batch = batch == 64 ? 7 : batch == 7 ? 1 : 0) {
            struct buf cut = BUF_INIT(1 << 20);
            struct synth_run r = {.batch = batch, .explain = true, .seed = batch};
            synth_run(&r, sets[i / 2], i % 2 ? &lines : &packets);
            write_all(&r, &cut);
            if (batch == 64) {
                buf_append(&whole, cut.data, cut.len);
            }
            CHECK(bytes_equal(buf_bytes(&whole), buf_bytes(&cut)));
            synth_run_fini(&r);
            buf_fini(&cut);
        }
        buf_fini(&whole);
    }
    synth_fini(&packets);
    synth_fini(&lines);
}

static void without_memory_nothing_breaks(void)
{
    static const char *const sets[] = {"zeek-6.0", "snort3", "fail2ban"};
    struct synth packets = {0};
    struct synth lines = {0};
    mixed(&packets);
    logins(&lines, 0, TIME_SECOND, 1, 40);
    for (size_t i = 0; i < ARRAY_LEN(sets) * 2; i++) {
        struct synth_run r = {.explain = true};
        CHECK_INT(definition_set_builtin(sets[i / 2], &r.set), ST_OK);
        bool failed = true;
        for (unsigned nth = 1; failed && nth < 2000; nth++) {
            test_fail_allocation(nth);
            enum status st = synth_run_try(&r, i % 2 ? &lines : &packets);
            failed = test_allocation_failed();
            test_fail_allocation(0);
            CHECK(st == ST_OK || (failed && st == ST_NOMEM));
            synth_run_fini(&r);
        }
        CHECK(!failed);
    }
    synth_fini(&packets);
    synth_fini(&lines);
}

static void under_a_limit_memory_stays_small_and_it_is_said(void)
{
    struct synth s = {0};
    for (unsigned i = 0; i < 20000; i++) {
        synth_tcp(&s, i * 1000, REMOTE + i % 5000, HOME + i, 445, S);
    }
    struct synth_run r = {.memory_bytes = 1 << 20};
    synth_run(&r, "zeek-6.0", &s);
    CHECK(r.summary.early > 0);
    synth_run_fini(&r);
    synth_fini(&s);
}

/* A run over a capture of the shared real data; false without it. */
static bool run_file(struct synth_run *r, const char *set, const char *name)
{
    static struct obs_batch batch;
    char path[4096];
    const char *shared = test_shared();
    if (shared == NULL) {
        printf("# no shared data: %s was not read\n", name);
        return false;
    }
    (void)snprintf(path, sizeof(path), "%s/captures/%s", shared, name);
    struct capture_options opt = {0};
    struct capture_input *in = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK_INT(definition_set_builtin(set, &r->set), ST_OK);
    struct detect_options detect = {.definitions = &r->set};
    CHECK_INT(detect_new(&detect, &r->detect), ST_OK);
    enum status st = capture_input_open(fd, 0, &opt, &in, NULL);
    CHECK_INT(st, ST_OK);
    while (st == ST_OK && (st = capture_input_next(in, &batch, NULL)) == ST_OK) {
        CHECK_INT(detect_feed(r->detect, &batch), ST_OK);
    }
    CHECK_INT(st, ST_END);
    CHECK_INT(detect_finish(r->detect, &r->remarks, &r->findings, &r->summary), ST_OK);
    capture_input_free(in);
    (void)close(fd);
    return true;
}

/* Zeek's own trace for this policy, of which it says the same. */
static void zeeks_own_trace_of_ftp_guessing_is_told(void)
{
    struct synth_run r = {0};
    if (run_file(&r, "zeek-6.0", "pcap/bruteforce/zeek-ftp-bruteforce.pcap")) {
        CHECK_INT(r.findings->n, 1);
        CHECK_INT(synth_count(&r, "zeek.ftp.guessing/1", false), 1);
        struct synth_run none = {0};
        (void)run_file(&none, "snort3", "pcap/bruteforce/zeek-ftp-bruteforce.pcap");
        CHECK_INT(none.findings->n, 0);
        synth_run_fini(&none);
    }
    synth_run_fini(&r);
}

static void a_real_scan_of_nmap_is_one_to_zeek_and_to_snort(void)
{
    struct synth_run r = {0};
    if (run_file(&r, "zeek-6.0", "pcap/scan/ndpi-synscan.pcap")) {
        CHECK_INT(synth_count(&r, "zeek.scan.port/1", false), 1);
        CHECK_INT(r.findings->n, 1);
        synth_run_fini(&r);
        (void)run_file(&r, "snort3", "pcap/scan/ndpi-synscan.pcap");
        const struct finding *f = synth_find(&r, "snort.portscan/1");
        CHECK(f != NULL && strcmp(f->technique, "filtered-portscan") == 0);
        CHECK_INT(r.findings->n, 1);
    }
    synth_run_fini(&r);
}

static void times_at_the_ends_of_time_are_survived(void)
{
    struct synth s = {0};
    static const int64_t times[] = {INT64_MIN, INT64_MAX, 0, INT64_MIN + 1, INT64_MAX - 1};
    for (unsigned i = 0; i < 50; i++) {
        synth_tcp(&s, 0, REMOTE, HOME + i, 445, S)->time_ns = times[i % 5];
        synth_udp(&s, 0, REMOTE, HOME + i, 53)->time_ns = times[i % 5];
        ftp(&s, 0, false, "530 no\r\n");
        s.obs[s.n - 1].time_ns = times[i % 5];
    }
    (void)count_of("zeek-6.0", &s, "x");
    (void)count_of("snort3", &s, "x");
    synth_fini(&s);
    for (unsigned i = 0; i < 50; i++) {
        synth_line(&s, 0, REMOTE, i, LOG_REFUSED);
        s.obs[s.n - 1].time_ns = times[i % 5];
    }
    (void)count_of("zeek-6.0", &s, "x");
    (void)count_of("fail2ban", &s, "x");
    synth_fini(&s);
}

TEST_MAIN(TEST(zeek_calls_25_silent_hosts_a_scan_and_not_24),
          TEST(zeek_counts_a_host_once_however_often_it_was_asked),
          TEST(zeeks_epochs_do_not_overlap), TEST(zeek_tells_a_scan_of_several_epochs_once),
          TEST(zeek_calls_15_ports_of_a_host_a_scan_and_not_14),
          TEST(zeek_takes_connections_for_no_scan_unless_reset_without_data),
          TEST(zeek_looks_at_no_datagrams_and_no_odd_flags),
          TEST(zeek_calls_30_failed_connections_guessing_and_not_29),
          TEST(zeeks_half_hours_do_not_overlap),
          TEST(zeek_calls_20_ftp_refusals_guessing_and_not_19), TEST(zeeks_quarters_do_not_overlap),
          TEST(snort_alerts_on_15_ports_of_which_10_refuse), TEST(snort_is_silent_with_9_refusals),
          TEST(snorts_window_begins_with_its_first_probe),
          TEST(snort_alerts_unfiltered_sweeps_on_7_refusals_and_filtered_on_30_probes),
          TEST(snort_counts_changes_and_so_do_we_under_its_name),
          TEST(snort_takes_back_a_probe_that_became_a_connection), TEST(snort_alerts_on_20_pings),
          TEST(snort_counts_icmp_unreachable_as_refusal),
          TEST(snort_tells_distributed_scans_by_the_scanned_host),
          TEST(snorts_low_sense_needs_refusals),
          TEST(fail2ban_bans_at_the_5th_failure_within_10_minutes),
          TEST(fail2ban_scales_an_old_ticket_and_forgets_a_quiet_one),
          TEST(fail2ban_lets_slow_guessing_pass),
          TEST(fail2ban_counts_invalid_users_but_no_keys_and_no_pam_modules),
          TEST(near_misses_are_told_on_request_only),
          TEST(the_nearest_hundred_misses_are_kept_in_one_order), TEST(batches_do_not_matter),
          TEST(without_memory_nothing_breaks),
          TEST(under_a_limit_memory_stays_small_and_it_is_said),
          TEST(zeeks_own_trace_of_ftp_guessing_is_told),
          TEST(a_real_scan_of_nmap_is_one_to_zeek_and_to_snort),
          TEST(times_at_the_ends_of_time_are_survived))
