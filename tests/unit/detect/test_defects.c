/* tests/unit/detect/test_defects.c - what other tools got wrong, when measured:
 * each defect is a check that the default definitions must pass.
 */
#include <time.h>

#include "synth.h"

static const uint32_t HOME = 0xc6120000, REMOTE = 0xcb007105; /* 198.18.0.0, 203.0.113.5 */

/* A number that looks random and is the same in every run. */
static uint32_t scatter(uint32_t i)
{
    i *= 2654435761U;
    i ^= i >> 15;
    i *= 2246822519U;
    return i ^ i >> 13;
}

/* SiLK rwscan: a count of hosts in eight bits; 256 of them were none. And a
 * perfect run of addresses counted as one. */
static void rwscan_a_full_24_of_pings_is_a_sweep_of_256(void)
{
    for (unsigned n = 255; n <= 256; n++) {
        struct synth s = {0};
        struct synth_run r = {0};
        for (unsigned i = 0; i < n; i++) {
            synth_echo(&s, i * TIME_SECOND / 100, REMOTE, HOME + i);
        }
        synth_run(&r, "default", &s);
        const struct finding *f = synth_find(&r, "scan.horizontal");
        CHECK_INT(r.findings->n, 1);
        CHECK_INT(f != NULL ? f->targets : 0, n);
        synth_run_fini(&r);
        synth_fini(&s);
    }
}

/* The same in sixteen bits, as a sketch of our own once had it. */
static void no_count_wraps_at_65536(void)
{
    for (unsigned n = 65535; n <= 65537; n++) {
        struct synth s = {0};
        struct synth_run r = {0};
        for (unsigned i = 0; i < n; i++) {
            synth_tcp(&s, i * 1000, REMOTE, HOME + i, 23, TCP_SYN);
        }
        synth_run(&r, "default", &s);
        const struct finding *f = synth_find(&r, "scan.horizontal");
        CHECK(f != NULL && f->targets == n && f->packets == n && f->counted == n);
        synth_run_fini(&r);
        synth_fini(&s);
    }
}

/* SiLK rwscan: the logistic rule for UDP saw only dense runs inside one /24. */
static void rwscan_a_scattered_sweep_of_one_udp_port_is_found(void)
{
    struct synth s = {0};
    struct synth_run r = {0};
    for (unsigned i = 0; i < 200; i++) { /* each in a /24 of its own */
        synth_udp(&s, i * TIME_SECOND / 10, REMOTE,
                  HOME + (i * 97 % 512) * 256 + (scatter(i) & 255), 161);
    }
    synth_run(&r, "default", &s);
    const struct finding *f = synth_find(&r, "scan.horizontal");
    CHECK(f != NULL && f->targets == 200 && strcmp(f->protocol, "udp") == 0);
    synth_run_fini(&r);
    synth_fini(&s);
}

static void rwscan_a_scattered_ping_sweep_is_found(void)
{
    struct synth s = {0};
    struct synth_run r = {0};
    for (unsigned i = 0; i < 100; i++) {
        synth_echo(&s, i * TIME_SECOND / 10, REMOTE,
                   HOME + (i * 97 % 512) * 256 + (scatter(i) & 255));
    }
    synth_run(&r, "default", &s);
    const struct finding *f = synth_find(&r, "scan.horizontal");
    CHECK(f != NULL && f->targets == 100);
    synth_run_fini(&r);
    synth_fini(&s);
}

/* SiLK rwscan, hybrid model: many SYNs to one host were a flood, and dropped. */
static void rwscan_a_scan_of_one_hosts_ports_is_no_flood_and_not_dropped(void)
{
    for (unsigned refused = 0; refused < 2; refused++) {
        struct synth s = {0};
        struct synth_run r = {0};
        for (unsigned i = 0; i < 1000; i++) {
            uint16_t port = (uint16_t)(1 + scatter(i) % 65000);
            synth_tcp(&s, i * TIME_SECOND / 500, REMOTE, HOME + 7, port, TCP_SYN);
            if (refused) {
                synth_tcp_back(&s, i * TIME_SECOND / 500 + 1, HOME + 7, REMOTE, port,
                               TCP_RST | TCP_ACK);
            }
        }
        synth_run(&r, "default", &s);
        CHECK_INT(synth_count(&r, "scan.vertical", false), 1);
        CHECK_INT(synth_count(&r, "flood.syn", false), 0);
        synth_run_fini(&r);
        synth_fini(&s);
    }
}

/* SiLK rwscan: its header says six misses, its arithmetic decides at four.
 * What a finding states as its threshold is where the verdict turns. */
static void rwscan_the_stated_threshold_is_the_one_that_decides(void)
{
    uint64_t stated = 0;
    for (unsigned n = 100; n > 0; n--) {
        struct synth s = {0};
        struct synth_run r = {0};
        for (unsigned i = 0; i < n; i++) {
            synth_tcp(&s, i * TIME_SECOND, REMOTE, HOME + 7, (uint16_t)(100 + i), TCP_SYN);
        }
        synth_run(&r, "default", &s);
        const struct finding *f = synth_find(&r, "scan.vertical");
        if (f != NULL) {
            CHECK_INT(f->counted, n);
            stated = f->threshold;
        }
        CHECK((f != NULL) == (n >= stated));
        synth_run_fini(&r);
        synth_fini(&s);
    }
    CHECK(stated > 1);
}

static double cpu_seconds(const struct synth *s)
{
    struct synth_run r = {0};
    clock_t begin = clock();
    synth_run(&r, "default", s);
    double used = (double)(clock() - begin) / CLOCKS_PER_SEC;
    synth_run_fini(&r);
    return used;
}

/* tcpdump: names hashed by the low bits of an address in network order, so
 * that all hosts of one /15 were in two chains: 30 s for these packets. */
static void tcpdump_all_hosts_of_one_15_cost_no_more_than_others(void)
{
    enum { PACKETS = 200000 };
    struct synth near = {0};
    struct synth far = {0};
    for (unsigned i = 0; i < PACKETS; i++) {
        uint32_t x = scatter(i);
        synth_tcp(&near, i * 1000, REMOTE + i % 1000, HOME + (x & 0x1ffff), 445, TCP_SYN);
        synth_tcp(&far, i * 1000, REMOTE + i % 1000, x, 445, TCP_SYN);
    }
    double there = cpu_seconds(&far);
    double here = cpu_seconds(&near);
    CHECK(here < 5 * there + 1);
    synth_fini(&near);
    synth_fini(&far);
}

/* Snort 3: hosts and ports were counted when they changed, so that two in turn
 * came to as many as one liked. */
static void snort_two_hosts_in_turn_are_two_hosts(void)
{
    struct synth s = {0};
    struct synth_run r = {0};
    for (unsigned i = 0; i < 1000; i++) {
        synth_tcp(&s, i * TIME_SECOND, REMOTE, HOME + i % 2, (uint16_t)(80 + i % 2), TCP_SYN);
    }
    synth_run(&r, "default", &s);
    CHECK_INT(synth_count(&r, "scan.horizontal", false), 0);
    CHECK_INT(synth_count(&r, "scan.vertical", false), 0);
    CHECK_INT(synth_count(&r, "scan.block", false), 0);
    synth_run_fini(&r);
    synth_fini(&s);
}

static void snort_a_sweep_gone_through_three_times_counts_its_hosts_once(void)
{
    struct synth s = {0};
    struct synth_run r = {0};
    for (unsigned i = 0; i < 300; i++) {
        synth_tcp(&s, i * TIME_SECOND, REMOTE, HOME + i % 100, 80, TCP_SYN);
    }
    synth_run(&r, "default", &s);
    const struct finding *f = synth_find(&r, "scan.horizontal");
    CHECK(f != NULL && f->targets == 100 && f->packets == 300);
    synth_run_fini(&r);
    synth_fini(&s);
}

/* p0f: keeps 1,000 connections and 10,000 hosts, and so loses most of a scan.
 * 12,000 scanners in turn, each of 25 targets: every one is found. */
static void p0f_twelve_thousand_scanners_at_once_are_all_found(void)
{
    enum { SCANNERS = 12000, TARGETS = 25 };
    struct synth s = {0};
    struct synth_run r = {0};
    for (unsigned k = 0; k < TARGETS; k++) {
        for (unsigned i = 0; i < SCANNERS; i++) {
            synth_tcp(&s, (int64_t)(k * SCANNERS + i) * 100000, REMOTE + i,
                      HOME + scatter(i * TARGETS + k) % 131072 / TARGETS * TARGETS + k, 445,
                      TCP_SYN);
        }
    }
    synth_run(&r, "default", &s);
    size_t n = 0;
    for (size_t i = 0; i < r.findings->n; i++) {
        const struct finding *f = r.findings->items[i];
        n += strcmp(f->kind, "scan.horizontal") == 0 && f->targets == TARGETS;
    }
    CHECK_INT(n, SCANNERS);
    CHECK_INT(r.summary.early, 0);
    synth_run_fini(&r);
    synth_fini(&s);
}

static uint64_t peak_of_sources(unsigned n)
{
    struct synth s = {0};
    struct synth_run r = {0};
    for (unsigned i = 0; i < n; i++) {
        synth_tcp(&s, i * (TIME_SECOND / 1000), scatter(i), HOME + (scatter(i) & 0x1ffff), 445,
                  TCP_SYN);
    }
    synth_run(&r, "default", &s);
    uint64_t peak = r.summary.peak_bytes;
    synth_run_fini(&r);
    synth_fini(&s);
    return peak;
}

/* argus: 240 bytes for every flow of one packet. */
static void argus_a_source_of_one_packet_costs_less_than_half_as_much(void)
{
    enum { SOURCES = 200000 };
    uint64_t more = peak_of_sources(2 * SOURCES) - peak_of_sources(SOURCES);
    CHECK(more < 120 * (uint64_t)SOURCES);
}

/* tshark: an object for every conversation, 1.6 kB a probe, never freed. */
static void tshark_a_probe_costs_less_than_100_bytes_and_a_packet_of_a_connection_none(void)
{
    enum { PACKETS = 400000 };
    struct synth probes = {0};
    struct synth one = {0};
    for (unsigned i = 0; i < PACKETS; i++) {
        synth_tcp(&probes, i * 1000, REMOTE, HOME + (i & 0x1ffff), (uint16_t)(20 + (i >> 17)),
                  TCP_SYN);
        synth_tcp(&one, i * 1000, REMOTE, HOME, 80, i ? TCP_ACK : TCP_SYN)->payload_len = i ? 9 : 0;
    }
    struct synth_run r = {0};
    synth_run(&r, "default", &probes);
    CHECK(r.summary.peak_bytes < 100 * (uint64_t)PACKETS);
    synth_run_fini(&r);
    uint64_t few = 0;
    for (unsigned i = 0; i < 2; i++) {
        size_t n = one.n;
        one.n = i ? n : 1000;
        synth_run(&r, "default", &one);
        few = i ? few : r.summary.peak_bytes;
        CHECK_INT(r.summary.peak_bytes, few);
        synth_run_fini(&r);
        one.n = n;
    }
    synth_fini(&probes);
    synth_fini(&one);
}

TEST_MAIN(TEST(rwscan_a_full_24_of_pings_is_a_sweep_of_256), TEST(no_count_wraps_at_65536),
          TEST(rwscan_a_scattered_sweep_of_one_udp_port_is_found),
          TEST(rwscan_a_scattered_ping_sweep_is_found),
          TEST(rwscan_a_scan_of_one_hosts_ports_is_no_flood_and_not_dropped),
          TEST(rwscan_the_stated_threshold_is_the_one_that_decides),
          TEST(tcpdump_all_hosts_of_one_15_cost_no_more_than_others),
          TEST(snort_two_hosts_in_turn_are_two_hosts),
          TEST(snort_a_sweep_gone_through_three_times_counts_its_hosts_once),
          TEST(p0f_twelve_thousand_scanners_at_once_are_all_found),
          TEST(argus_a_source_of_one_packet_costs_less_than_half_as_much),
          TEST(tshark_a_probe_costs_less_than_100_bytes_and_a_packet_of_a_connection_none))
