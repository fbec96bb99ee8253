/* tests/unit/capture/test_link.c - the same packet behind every link header. */
#include "capture/link.h"
#include "capture/packet.h"
#include "reading.h"

static struct obs_batch batch;

static void decode(struct bytes s)
{
    struct packet_frame frame = {
        .data = bytes_of(s.data + 2, s.len - 2),
        .linktype = load_le16(s.data),
        .wire_len = (uint32_t)s.len - 2,
    };
    batch.n = 0;
    packet_decode(&frame, &batch);
}

static bool is_the_syn(const struct observation *o)
{
    return o->proto == PROTO_TCP && o->tcp_flags == TCP_SYN && o->src_port == 40000 &&
           o->dst_port == 22 && o->seq == 1000 && (o->flags & (OBS_TRUNCATED | OBS_BAD)) == 0;
}

static void every_link_type_shows_the_same_packet(void)
{
    static const char *const names[] = {
        "ethernet",      "vlan",  "qinq",     "qinq-old", "vntag",      "mpls",
        "mpls-ethernet", "pppoe", "pppoe6",   "llc-snap", "null-le",    "null-be",
        "null-6",        "ppp",   "raw-bsd",  "ppp-hdlc", "pppoe-link", "atm",
        "raw",           "raw-6", "c-hdlc",   "wlan",     "frelay",     "loop",
        "enc",           "sll",   "sll-vlan", "pflog",    "prism",      "radiotap",
        "avs",           "ppi",   "ipv4",     "ipv6",     "nflog",      "sll2"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "packet/link-%s", names[i]);
        struct bytes s = seed(name);
        decode(s);
        bool right = batch.n == 1 && is_the_syn(&batch.obs[0]);
        CHECK(right && link_supported(load_le16(s.data)));
        CHECK(strcmp(link_name(load_le16(s.data)), "unknown") != 0);
        if (!right) {
            printf("# %s\n", name);
        }
        bytes_free(s);
    }
}

static void too_many_tags_and_unknown_types_are_no_packet(void)
{
    static const char *const names[] = {"packet/link-vlan-many", "packet/link-unknown"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct bytes s = seed(names[i]);
        decode(s);
        CHECK_INT(batch.n, 1);
        CHECK_INT(batch.obs[0].proto, PROTO_NOT_IP);
        bytes_free(s);
    }
    CHECK(!link_supported(147));
    CHECK_STR(link_name(147), "unknown");
}

/* clang-format off */
TEST_MAIN(
    TEST(every_link_type_shows_the_same_packet),
    TEST(too_many_tags_and_unknown_types_are_no_packet),
)
/* clang-format on */
