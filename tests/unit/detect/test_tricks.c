/* tests/unit/detect/test_tricks.c - what somebody might send so that he is not
 * seen, or so that somebody else is, and ordinary traffic that looks alike.
 */
#include "synth.h"

static const uint32_t SERVER = 0xc633640a, REMOTE = 0xcb007105; /* 198.51.100.10, 203.0.113.5 */
static const uint32_t OTHER = 0x08080808;

typedef void make(struct synth *s, int64_t t, unsigned i);

/* One of these a second; then how many findings there are of a kind. */
static unsigned found_of(make *one, unsigned n, const char *kind, unsigned *ret_flags,
                         enum authentic *ret_authentic)
{
    struct synth s = {0};
    struct synth_run r = {0};
    unsigned found = 0;
    for (unsigned i = 0; i < n; i++) {
        one(&s, i * TIME_SECOND, i);
    }
    synth_run(&r, "default", &s);
    for (size_t i = 0; i < r.findings->n; i++) {
        const struct finding *f = r.findings->items[i];
        if (kind == NULL || strcmp(f->kind, kind) == 0) {
            found++;
            *ret_flags = f->flags;
            *ret_authentic = f->authentic;
        }
    }
    synth_run_fini(&r);
    synth_fini(&s);
    return found;
}

static unsigned found(make *one, unsigned n, const char *kind)
{
    unsigned flags;
    enum authentic authentic;
    return found_of(one, n, kind, &flags, &authentic);
}

static void refused(struct synth *s, int64_t t, unsigned i)
{
    synth_tcp(s, t, REMOTE, SERVER, (uint16_t)(1 + i), TCP_SYN);
    synth_tcp_back(s, t + 1000, SERVER, REMOTE, (uint16_t)(1 + i), TCP_RST | TCP_ACK);
}

static void junk_after(struct synth *s, int64_t t, unsigned i)
{
    refused(s, t, i);
    synth_tcp(s, t + 2000, REMOTE, SERVER, (uint16_t)(1 + i), TCP_ACK | TCP_PSH)->payload_len = 1;
}

static void payload_sent_into_the_void_hides_no_scan(void)
{
    CHECK_INT(found(refused, 100, "scan.vertical"), 1);
    CHECK_INT(found(junk_after, 100, "scan.vertical"), 1);
}

static void passive(struct synth *s, int64_t t, unsigned i)
{
    uint16_t port = (uint16_t)(40000 + i);
    struct observation *syn = synth_tcp(s, t, REMOTE, SERVER, port, TCP_SYN);
    syn->src_port = 5000;
    syn->seq = 100;
    struct observation *o = synth_tcp_back(s, t + 1000, SERVER, REMOTE, port, TCP_SYN | TCP_ACK);
    o->dst_port = 5000;
    o->seq = 900;
    o->ack = 101;
    o = synth_tcp(s, t + 2000, REMOTE, SERVER, port, TCP_ACK);
    o->src_port = 5000;
    o->seq = 101;
    o->ack = 901;
    o = synth_tcp_back(s, t + 3000, SERVER, REMOTE, port, TCP_ACK | TCP_PSH);
    o->dst_port = 5000;
    o->payload_len = 1000;
    o->seq = 901;
    o->ack = 101;
}

static void downloads_by_passive_ftp_are_no_scan(void)
{
    CHECK_INT(found(passive, 100, NULL), 0);
}

static void hop(struct synth *s, int64_t t, unsigned i)
{
    synth_udp(s, t, REMOTE, SERVER + i % 3, (uint16_t)(33434 + i / 3))->ttl = (uint8_t)(1 + i / 9);
}

static void a_traceroute_to_three_hosts_is_no_scan(void)
{
    CHECK_INT(found(hop, 270, NULL), 0);
}

static void odd(struct synth *s, int64_t t, unsigned i, uint8_t flags)
{
    synth_tcp(s, t, REMOTE, SERVER, (uint16_t)(1 + i), flags);
    synth_tcp_back(s, t + 1000, SERVER, REMOTE, (uint16_t)(1 + i), TCP_RST | TCP_ACK);
}

static void psh(struct synth *s, int64_t t, unsigned i)
{
    odd(s, t, i, TCP_PSH);
}

static void fin_urg(struct synth *s, int64_t t, unsigned i)
{
    odd(s, t, i, TCP_FIN | TCP_URG);
}

static void any_flags_without_a_connection_are_a_probe(void)
{
    CHECK_INT(found(psh, 100, "scan.vertical"), 1);
    CHECK_INT(found(fin_urg, 100, "scan.vertical"), 1);
}

/* One sender plays both sides of a scan of somebody by somebody. */
static void inside(struct synth *s, int64_t t, unsigned i)
{
    synth_packet(s, t, PROTO_IPIP, REMOTE, SERVER)->flags |= OBS_TUNNEL;
    struct observation *o = synth_tcp(s, t, OTHER, SERVER + 1, (uint16_t)(1 + i), TCP_SYN);
    o->flags |= OBS_INNER;
    o = synth_tcp_back(s, t, SERVER + 1, OTHER, (uint16_t)(1 + i), TCP_SYN | TCP_ACK);
    o->flags |= OBS_INNER;
    o = synth_tcp(s, t, OTHER, SERVER + 1, (uint16_t)(1 + i), TCP_ACK);
    o->flags |= OBS_INNER;
}

static void what_is_inside_a_tunnel_proves_nothing(void)
{
    unsigned flags = 0;
    enum authentic authentic = AUTHENTIC_TWO_WAY;
    CHECK_INT(found_of(inside, 100, "scan.vertical", &flags, &authentic), 1);
    CHECK((flags & FINDING_INNER) != 0);
    CHECK_INT(authentic, AUTHENTIC_ONE_WAY);
}

static void used_inside(struct synth *s, int64_t t, unsigned i)
{
    refused(s, t, i);
    struct observation *o = synth_tcp(s, t, REMOTE, SERVER, (uint16_t)(1 + i), TCP_ACK);
    o->flags |= OBS_INNER;
    o->payload_len = 1;
    o = synth_tcp_back(s, t, SERVER, REMOTE, (uint16_t)(1 + i), TCP_SYN | TCP_ACK);
    o->flags |= OBS_INNER;
}

static void nor_does_it_change_what_is_outside(void)
{
    unsigned flags = 0;
    enum authentic authentic = AUTHENTIC_TWO_WAY;
    CHECK_INT(found_of(used_inside, 100, "scan.vertical", &flags, &authentic), 1);
    CHECK((flags & FINDING_INNER) == 0);
}

/* Nmap's decoys: six sources ask the same ports at the same time. */
static void decoys(struct synth *s, int64_t t, unsigned i)
{
    for (uint32_t k = 0; k < 6; k++) {
        synth_tcp(s, t / 1000 + k, REMOTE + k, SERVER, (uint16_t)(1 + i), TCP_SYN);
    }
}

static void a_fast_scan_with_decoys_is_no_flood(void)
{
    CHECK_INT(found(decoys, 100, "flood.syn"), 0);
    CHECK_INT(found(decoys, 100, "scan.vertical"), 6);
}

TEST_MAIN(TEST(payload_sent_into_the_void_hides_no_scan),
          TEST(downloads_by_passive_ftp_are_no_scan), TEST(a_traceroute_to_three_hosts_is_no_scan),
          TEST(any_flags_without_a_connection_are_a_probe),
          TEST(what_is_inside_a_tunnel_proves_nothing), TEST(nor_does_it_change_what_is_outside),
          TEST(a_fast_scan_with_decoys_is_no_flood))
