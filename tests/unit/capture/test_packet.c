/* tests/unit/capture/test_packet.c - what is in a packet, whole and cut. */
#include "capture/packet.h"
#include "reading.h"

static struct obs_batch batch;

static void decode(struct bytes frame)
{
    struct packet_frame f = {.data = frame, .linktype = 1, .wire_len = (uint32_t)frame.len};
    batch.n = 0;
    packet_decode(&f, &batch);
}

/* What each of the made packets must say: how many observations, and of the
 * last one protocol, flags (without those of lengths) and destination port. */
static const struct {
    const char *name;
    size_t n;
    uint8_t proto;
    uint16_t flags;
    uint16_t port;
} told[] = {
    {"syn", 1, PROTO_TCP, OBS_L4, 22},
    {"syn-answer", 1, PROTO_TCP, OBS_L4, 22},
    {"data", 1, PROTO_TCP, OBS_L4, 22},
    {"udp", 1, PROTO_UDP, OBS_L4, 53},
    {"udp-length-lies", 1, PROTO_UDP, OBS_L4 | OBS_BAD, 53},
    {"sctp", 1, PROTO_SCTP, OBS_L4, 80},
    {"echo", 1, PROTO_ICMP, OBS_L4, 0},
    {"unreachable", 1, PROTO_ICMP, OBS_L4 | OBS_QUOTED, 0},
    {"options", 1, PROTO_TCP, OBS_L4, 22},
    {"first-fragment", 1, PROTO_UDP, OBS_L4 | OBS_FRAGMENT | OBS_MORE | OBS_TRUNCATED, 53},
    {"later-fragment", 1, PROTO_UDP, OBS_FRAGMENT | OBS_LATER, 0},
    {"tiny-fragment", 1, PROTO_TCP, OBS_FRAGMENT | OBS_MORE | OBS_TRUNCATED, 0},
    {"second-fragment", 1, PROTO_TCP, OBS_FRAGMENT | OBS_MORE | OBS_LATER, 0},
    {"short-fragment", 1, PROTO_TCP, OBS_L4 | OBS_FRAGMENT | OBS_MORE, 22},
    {"total-zero", 1, PROTO_TCP, OBS_L4, 22},
    {"ah", 1, PROTO_TCP, OBS_L4, 22},
    {"arp", 1, PROTO_ARP, OBS_ARP | OBS_L4, 0},
    {"syn6", 1, PROTO_TCP, OBS_L4 | OBS_V6, 22},
    {"echo6", 1, PROTO_ICMPV6, OBS_L4 | OBS_V6, 0},
    {"unreachable6", 1, PROTO_ICMPV6, OBS_L4 | OBS_V6 | OBS_QUOTED, 0},
    {"extensions6", 1, PROTO_TCP, OBS_L4 | OBS_V6, 22},
    {"fragment6", 1, PROTO_UDP, OBS_L4 | OBS_V6 | OBS_FRAGMENT | OBS_MORE, 53},
    {"later-fragment6", 1, PROTO_UDP, OBS_V6 | OBS_FRAGMENT | OBS_LATER, 0},
    {"atomic-fragment6", 1, PROTO_TCP, OBS_L4 | OBS_V6, 22},
    {"gre", 2, PROTO_TCP, OBS_L4 | OBS_INNER, 22},
    {"gre-all", 2, PROTO_TCP, OBS_L4 | OBS_INNER, 22},
    {"gre-ppp", 2, PROTO_TCP, OBS_L4 | OBS_INNER, 22},
    {"erspan2", 2, PROTO_TCP, OBS_L4 | OBS_INNER, 22},
    {"erspan3", 2, PROTO_TCP, OBS_L4 | OBS_INNER, 22},
    {"ipip", 2, PROTO_TCP, OBS_L4 | OBS_INNER, 22},
    {"6in4", 2, PROTO_TCP, OBS_L4 | OBS_INNER | OBS_V6, 22},
    {"4in6", 2, PROTO_TCP, OBS_L4 | OBS_INNER, 22},
    {"vxlan", 2, PROTO_TCP, OBS_L4 | OBS_INNER, 22},
    {"geneve", 2, PROTO_TCP, OBS_L4 | OBS_INNER, 22},
    {"deep", PACKET_OBS_MAX, PROTO_IPIP, OBS_INNER, 0},
};

static void headers_of_all_kinds_are_told(void)
{
    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "packet/packet-%s", told[i].name);
        struct bytes s = seed(name);
        decode(bytes_of(s.data + 2, s.len - 2));
        const struct observation *o = &batch.obs[batch.n - 1];
        bool right = batch.n == told[i].n && o->proto == told[i].proto &&
                     o->flags == told[i].flags && o->dst_port == told[i].port;
        CHECK(right);
        if (!right) {
            printf("# %s: %zu, proto %u, flags %#x, port %u\n", name, batch.n, o->proto, o->flags,
                   o->dst_port);
        }
        bytes_free(s);
    }
}

static void the_outer_packet_of_a_tunnel_says_so(void)
{
    struct bytes s = seed("packet/packet-vxlan");
    decode(bytes_of(s.data + 2, s.len - 2));
    CHECK_INT(batch.n, 2);
    CHECK((batch.obs[0].flags & (OBS_TUNNEL | OBS_INNER)) == OBS_TUNNEL);
    CHECK_INT(batch.obs[0].dst_port, 4789);
    CHECK_INT(batch.obs[0].pos, batch.obs[1].pos);
    bytes_free(s);
}

static void an_error_tells_of_the_packet_it_quotes(void)
{
    struct bytes s = seed("packet/packet-unreachable");
    decode(bytes_of(s.data + 2, s.len - 2));
    const struct obs_quote *q = batch.obs[0].quote;
    CHECK(q != NULL && q->proto == PROTO_TCP && q->has_ports && q->dst_port == 22);
    CHECK_INT(batch.obs[0].tcp_flags, 3);
    CHECK_INT(batch.obs[0].icmp_code, 3);
    bytes_free(s);
}

static void syn_fields_are_those_on_the_wire(void)
{
    struct bytes s = seed("packet/packet-syn");
    decode(bytes_of(s.data + 2, s.len - 2));
    const struct observation *o = &batch.obs[0];
    char text[ADDR_TEXT_MAX];
    (void)addr_format(&o->src, text);
    CHECK_STR(text, "192.0.2.9");
    (void)addr_format(&o->dst, text);
    CHECK_STR(text, "198.51.100.7");
    CHECK_INT(o->seq, 1000);
    CHECK_INT(o->ack, 2000);
    CHECK_INT(o->window, 1024);
    CHECK_INT(o->ttl, 64);
    CHECK_INT(o->ip_id, 4711);
    CHECK_INT(o->payload_len, 0);
    CHECK_INT(o->tcp_options, OPT_MSS | OPT_SACK | OPT_TIMESTAMP | OPT_WSCALE | OPT_FIRST_MSS);
    bytes_free(s);
}

/* What was captured of a packet may end anywhere: what is left is never more
 * than the whole said, and says that something is missing. */
static void every_cut_is_flagged(void)
{
    enum { ETHERNET = 14 };
    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "packet/packet-%s", told[i].name);
        struct bytes s = seed(name);
        int bad = 0;
        for (size_t n = ETHERNET; n < s.len - 2; n++) {
            uint8_t *copy = malloc(n); /* of exact size: a sanitizer sees reads past it */
            memcpy(copy, s.data + 2, n);
            decode(bytes_of(copy, n));
            bad += batch.n > told[i].n;
            bool known = told[i].port == 22 && told[i].n == 1 && strcmp(told[i].name, "total-zero");
            bad += known && (batch.obs[0].flags & OBS_TRUNCATED) == 0 &&
                   batch.obs[0].proto != PROTO_AH;
            free(copy);
        }
        CHECK_INT(bad, 0);
        if (bad > 0) {
            printf("# %s\n", name);
        }
        bytes_free(s);
    }
}

/* What systems send, then with any one byte changed, and cut; with and without
 * bytes behind them that may be read. */
static int layouts_differ(const uint8_t *options, uint32_t n)
{
    uint8_t room[40 + TCP_LAYOUT_BYTES];
    int bad = 0;
    for (unsigned changed = 0; changed <= n * 256; changed++) {
        memset(room, 2, sizeof(room));
        memcpy(room, options, n);
        if (changed > 0) {
            room[(changed - 1) / 256] = (uint8_t)changed;
        }
        for (uint32_t cut = 0; cut <= n; cut++) {
            uint8_t want = packet_tcp_options(room, cut);
            bad += packet_syn_options(room, cut, sizeof(room)) != want;
            bad += packet_syn_options(room, cut, cut) != want;
        }
    }
    return bad;
}

static void options_are_told_alike_by_their_layout(void)
{
    static const struct {
        uint8_t n, bytes[40];
    } sent[] = {
        {0, {0}},
        {4, {2, 4, 5, 0xb4}},
        {8, {2, 4, 5, 0xb4, 1, 1, 4, 2}},
        {12, {2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2}},
        {12, {2, 4, 5, 0xb4, 4, 2, 1, 3, 3, 8, 1, 1}},
        {16, {2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0}},
        {20, {2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7}},
        {24, {2, 4, 5, 0xb4, 1, 3, 3, 6, 1, 1, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 4, 2, 0, 0}},
    };
    for (size_t i = 0; i < ARRAY_LEN(sent); i++) {
        CHECK_INT(layouts_differ(sent[i].bytes, sent[i].n), 0);
    }
    for (uint32_t n = 0; n <= 40; n += 4) { /* of every length: zeros end them at once */
        static const uint8_t zeros[40];
        CHECK_INT(layouts_differ(zeros, n), 0);
    }
}

/* clang-format off */
TEST_MAIN(
    TEST(headers_of_all_kinds_are_told),
    TEST(the_outer_packet_of_a_tunnel_says_so),
    TEST(an_error_tells_of_the_packet_it_quotes),
    TEST(syn_fields_are_those_on_the_wire),
    TEST(options_are_told_alike_by_their_layout),
    TEST(every_cut_is_flagged),
)
/* clang-format on */
