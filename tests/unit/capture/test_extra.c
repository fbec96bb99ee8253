/* tests/unit/capture/test_extra.c - what sealing needs of frames and lines, besides. */
#include <arpa/inet.h>

#include "capture/log_line.h"
#include "capture/packet.h"
#include "reading.h"

static const uint8_t ip_options[] = {0x94, 4, 0, 0, 1, 1, 1, 0}; /* router alert */
static const uint8_t tcp_options[] = {2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 1, 1};

static void put_ports(struct buf *b, const uint8_t *options, size_t n)
{
    buf_be16(b, 40000);
    buf_be16(b, 23);
    buf_be64(b, UINT64_C(0x0102030405060708));
    buf_byte(b, (uint8_t)((20 + n) / 4 << 4));
    buf_byte(b, TCP_SYN);
    buf_be16(b, 1024);
    buf_be32(b, 0);
    buf_append(b, options, n);
    buf_str(b, "payload");
}

static void put_ipv4(struct buf *b, size_t ip_n, size_t tcp_n)
{
    buf_byte(b, (uint8_t)(0x40 | (20 + ip_n) / 4));
    buf_byte(b, 0);
    buf_be16(b, (uint16_t)(20 + ip_n + 20 + tcp_n + 7));
    buf_be32(b, 0x00074000);
    buf_byte(b, 64);
    buf_byte(b, PROTO_TCP);
    buf_be16(b, 0);
    buf_be32(b, 0x0b000001);
    buf_be32(b, 0xc6336407);
    buf_append(b, ip_options, ip_n);
    put_ports(b, tcp_options, tcp_n);
}

static void put_ethernet(struct buf *b)
{
    buf_be64(b, 0);
    buf_be32(b, 0);
}

/* A frame as a record of a pcap file. */
static void put_record(struct buf *file, struct buf *frame)
{
    buf_be32(file, 1700000000);
    buf_be32(file, 0);
    buf_be32(file, (uint32_t)frame->len);
    buf_be32(file, (uint32_t)frame->len);
    buf_append(file, frame->data, frame->len);
    buf_clear(frame);
}

static void put_pcap(struct buf *file, uint32_t linktype)
{
    buf_be32(file, 0xa1b2c3d4);
    buf_be32(file, 0x00020004);
    buf_be64(file, 0);
    buf_be32(file, 65535);
    buf_be32(file, linktype);
}

struct got {
    size_t n;
    struct observation obs[64];
    struct capture_extra extra[64];
    uint8_t bytes[1 << 16]; /* extras are borrowed: copied here */
    size_t used;
};

static struct bytes copy(struct got *g, struct bytes b)
{
    uint8_t *to = g->bytes + g->used;
    if (b.len > 0) {
        memcpy(to, b.data, b.len);
    }
    g->used += b.len;
    return bytes_of(to, b.len);
}

static void take(struct bytes file, struct got *g)
{
    static const struct capture_options opt = {.now_ns = INT64_C(1716000000000000000)};
    static struct obs_batch batch;
    struct capture_extra x[OBS_BATCH_MAX];
    struct capture_input *in = NULL;
    struct fault why = {0};
    int fd = memfd_create("capture", MFD_CLOEXEC);
    CHECK(fd >= 0 && write(fd, file.data, file.len) == (ssize_t)file.len && lseek(fd, 0, 0) == 0);
    g->n = g->used = 0;
    CHECK(capture_input_open(fd, 0, &opt, &in, &why) == ST_OK);
    while (in != NULL && capture_input_next(in, &batch, &why) == ST_OK) {
        CHECK(capture_input_extras(in, &batch, x) == ST_OK);
        for (size_t i = 0; i < batch.n && g->n < 64; i++, g->n++) {
            g->obs[g->n] = batch.obs[i];
            g->extra[g->n] = x[i];
            g->extra[g->n].ip_options = copy(g, x[i].ip_options);
            g->extra[g->n].tcp_options = copy(g, x[i].tcp_options);
            g->extra[g->n].line = copy(g, x[i].line);
        }
    }
    capture_input_free(in);
    close(fd);
}

static bool is(struct bytes b, const uint8_t *want, size_t n)
{
    return bytes_equal(b, bytes_of(want, n));
}

static void options_and_tags_of_frames_are_handed_on(void)
{
    static struct got g;
    CLEANUP(buf_fini) struct buf file = BUF_INIT(1 << 16);
    CLEANUP(buf_fini) struct buf f = BUF_INIT(1 << 16);
    put_pcap(&file, 1);
    put_ethernet(&f); /* nothing */
    buf_be16(&f, 0x0800);
    put_ipv4(&f, 0, 0);
    put_record(&file, &f);
    put_ethernet(&f); /* TCP options alone: the common frame */
    buf_be16(&f, 0x0800);
    put_ipv4(&f, 0, 12);
    put_record(&file, &f);
    put_ethernet(&f); /* both, and a tag */
    buf_be32(&f, 0x81006007);
    buf_be16(&f, 0x0800);
    put_ipv4(&f, 8, 12);
    put_record(&file, &f);
    put_ethernet(&f); /* three tags: the first two */
    buf_be32(&f, 0x88a80001);
    buf_be32(&f, 0x81000002);
    buf_be32(&f, 0x81000003);
    buf_be16(&f, 0x0800);
    put_ipv4(&f, 0, 4);
    put_record(&file, &f);
    take(buf_bytes(&file), &g);
    CHECK_INT(g.n, 4);
    CHECK(g.extra[0].ip_options.len == 0 && g.extra[0].tcp_options.len == 0);
    CHECK(g.extra[1].ip_options.len == 0 && is(g.extra[1].tcp_options, tcp_options, 12));
    CHECK(is(g.extra[2].ip_options, ip_options, 8) && is(g.extra[2].tcp_options, tcp_options, 12));
    CHECK(is(g.extra[3].tcp_options, tcp_options, 4));
    CHECK_INT(g.extra[0].vlan, 0);
    CHECK_INT(g.extra[2].vlan, 0x6007);
    CHECK_INT(g.extra[3].vlan, 0x00010002);
}

/* Captured up to a byte inside of the options. */
static void what_was_cut_off_is_not_made_up(void)
{
    static struct got g;
    CLEANUP(buf_fini) struct buf f = BUF_INIT(1 << 16);
    put_ethernet(&f);
    buf_be16(&f, 0x0800);
    put_ipv4(&f, 8, 12);
    size_t ip = 14 + 20, tcp = ip + 8 + 20;
    for (size_t n = ip; n <= tcp + 12; n++) {
        CLEANUP(buf_fini) struct buf file = BUF_INIT(1 << 16);
        CLEANUP(buf_fini) struct buf cut = BUF_INIT(1 << 16);
        buf_append(&cut, f.data, n);
        put_pcap(&file, 1);
        put_record(&file, &cut);
        take(buf_bytes(&file), &g);
        CHECK_INT(g.n, 1);
        size_t have_ip = n - ip < 8 ? n - ip : 8, have_tcp = n > tcp ? n - tcp : 0;
        CHECK(is(g.extra[0].ip_options, ip_options, have_ip));
        CHECK(is(g.extra[0].tcp_options, tcp_options, have_tcp));
    }
}

static void extension_headers_and_what_is_in_tunnels_are_handed_on(void)
{
    static const uint8_t headers[] = {60, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 9, 9, 9, 9};
    static struct got g;
    CLEANUP(buf_fini) struct buf file = BUF_INIT(1 << 16);
    CLEANUP(buf_fini) struct buf f = BUF_INIT(1 << 16);
    put_pcap(&file, 101); /* raw IP */
    buf_be32(&f, 0x60000000);
    buf_be16(&f, sizeof(headers) + 20 + 4 + 7);
    buf_be16(&f, 64); /* hop-by-hop comes next */
    for (int i = 0; i < 8; i++) {
        buf_be32(&f, i % 4 == 0 ? 0x20010db8 : (uint32_t)i);
    }
    buf_append(&f, headers, sizeof(headers));
    put_ports(&f, tcp_options, 4);
    put_record(&file, &f);
    buf_be32(&f, 0x4500003f + 20); /* IPv4 in IPv4 */
    buf_be32(&f, 0x00070000);
    buf_be32(&f, 0x40040000);
    buf_be64(&f, UINT64_C(0x0b0000020b000003));
    put_ipv4(&f, 4, 12);
    put_record(&file, &f);
    take(buf_bytes(&file), &g);
    CHECK_INT(g.n, 3);
    CHECK(is(g.extra[0].ip_options, headers, sizeof(headers)));
    CHECK(is(g.extra[0].tcp_options, tcp_options, 4));
    CHECK(g.extra[1].ip_options.len == 0 && g.extra[1].tcp_options.len == 0);
    CHECK((g.obs[2].flags & OBS_INNER) != 0 && is(g.extra[2].ip_options, ip_options, 4));
    CHECK(is(g.extra[2].tcp_options, tcp_options, 12));
}

/* The fast way for common frames is the slow one, on whatever is in the seeds. */
static void both_ways_agree(void)
{
    static const uint8_t sizes[] = {0, 4, 8, 12, 40};
    for (size_t i = 0; i < sizeof(sizes); i++) {
        static struct got g;
        CLEANUP(buf_fini) struct buf file = BUF_INIT(1 << 16);
        CLEANUP(buf_fini) struct buf f = BUF_INIT(1 << 16);
        struct packet_note notes[PACKET_OBS_MAX];
        uint8_t options[40] = {1, 2, 3, 4};
        put_ethernet(&f);
        buf_be16(&f, 0x0800);
        size_t ip = f.len;
        put_ipv4(&f, 0, 0);
        f.len = ip + 20;
        put_ports(&f, options, sizes[i]);
        store_be16(f.data + ip + 2, (uint16_t)(f.len - ip));
        struct packet_frame frame = {
            .data = bytes_of(f.data, f.len), .linktype = 1, .wire_len = (uint32_t)f.len};
        CHECK_INT(packet_note(&frame, notes), 1);
        CHECK_INT(notes[0].tcp_options.len, sizes[i]);
        struct bytes slow = copy(&g, notes[0].tcp_options);
        uint8_t kept[40];
        memcpy(kept, slow.data, slow.len);
        put_pcap(&file, 1);
        put_record(&file, &f);
        take(buf_bytes(&file), &g);
        CHECK(is(g.extra[0].tcp_options, kept, sizes[i]));
    }
}

static void le32(struct buf *b, uint32_t v)
{
    uint8_t raw[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};
    buf_append(b, raw, 4);
}

typedef void put32(struct buf *b, uint32_t v);

static void put_section(struct buf *b, put32 *w, unsigned interfaces)
{
    w(b, 0x0a0d0d0a);
    w(b, 28);
    w(b, 0x1a2b3c4d);
    w(b, w == le32 ? 1 : 0x00010000);
    w(b, UINT32_MAX);
    w(b, UINT32_MAX);
    w(b, 28);
    for (unsigned i = 0; i < interfaces; i++) {
        w(b, 1);
        w(b, 20);
        w(b, w == le32 ? 101 : 101U << 16); /* raw IP */
        w(b, 0);
        w(b, 20);
    }
}

static void put_block(struct buf *b, put32 *w, uint32_t interface, struct buf *frame)
{
    uint32_t pad = (4 - (uint32_t)frame->len % 4) % 4;
    uint32_t all = 32 + (uint32_t)frame->len + pad;
    w(b, 6);
    w(b, all);
    w(b, interface);
    w(b, 0x00060000);
    w(b, 0);
    w(b, (uint32_t)frame->len);
    w(b, (uint32_t)frame->len);
    buf_append(b, frame->data, frame->len);
    buf_append(b, "\0\0\0", pad);
    w(b, all);
    buf_clear(frame);
}

static void interfaces_are_those_of_the_section(void)
{
    static struct got g;
    CLEANUP(buf_fini) struct buf file = BUF_INIT(1 << 16);
    CLEANUP(buf_fini) struct buf f = BUF_INIT(1 << 16);
    static put32 *const order[] = {le32, buf_be32, le32};
    for (size_t i = 0; i < 3; i++) {
        put_section(&file, order[i], 3);
        for (uint32_t k = 0; k < 3; k++) {
            put_ipv4(&f, 4 * i, 12);
            put_block(&file, order[i], 2 - k, &f);
        }
    }
    take(buf_bytes(&file), &g);
    CHECK_INT(g.n, 9);
    for (size_t i = 0; i < g.n; i++) {
        CHECK_INT(g.extra[i].ifindex, 2 - i % 3);
        CHECK_INT(g.extra[i].ip_options.len, 4 * (i / 3));
        CHECK(is(g.extra[i].tcp_options, tcp_options, 12));
    }
}

#define FAILED "Failed password for root from 203.0.113.9 port 4022 ssh2"
#define LINE   "2024-05-01T10:00:00+00:00 host sshd[77]: " FAILED

static void lines_are_as_they_were_read(void)
{
    static struct got g;
    static const char text[] = LINE "\n" LINE "\r\nsomething else\n" LINE;
    take(bytes_of(text, sizeof(text) - 1), &g);
    CHECK_INT(g.n, 3);
    CHECK(bytes_equal(g.extra[0].line, BYTES_LITERAL(LINE)));
    CHECK(bytes_equal(g.extra[1].line, BYTES_LITERAL(LINE "\r")));
    CHECK(bytes_equal(g.extra[2].line, BYTES_LITERAL(LINE)));
}

/* Entries of a journal's export become lines that say the same. */
static void entries_become_lines_that_say_the_same(void)
{
    static struct got g, again;
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1 << 16);
    for (int i = 0; i < 3; i++) {
        buf_str(&b, "__CURSOR=x\n__REALTIME_TIMESTAMP=1714557600123456\n_HOSTNAME=a\"b\\c\n"
                    "SYSLOG_IDENTIFIER=sshd\n_PID=4711\n_UID=0\n");
        if (i == 1) { /* a name with bytes that are not text */
            static const char message[] = "Invalid user \xff\x01 from 203.0.113.9 port 4022";
            uint8_t n[8] = {sizeof(message) - 1};
            buf_str(&b, "MESSAGE\n");
            buf_append(&b, n, 8);
            buf_str(&b, message);
            buf_str(&b, "\n\n");
        } else {
            buf_str(&b, "MESSAGE=" FAILED "\n\n");
        }
    }
    take(buf_bytes(&b), &g);
    CHECK_INT(g.n, 3);
    buf_clear(&b);
    for (size_t i = 0; i < g.n; i++) {
        CHECK(g.extra[i].line.len > 0);
        buf_append(&b, g.extra[i].line.data, g.extra[i].line.len);
        buf_byte(&b, '\n');
    }
    take(buf_bytes(&b), &again);
    CHECK_INT(again.n, 3);
    for (size_t i = 0; i < again.n; i++) {
        CHECK(again.obs[i].time_ns == g.obs[i].time_ns && again.obs[i].type == OBS_LOG);
        CHECK(addr_equal(&again.obs[i].src, &g.obs[i].src));
        CHECK_INT(again.obs[i].src_port, g.obs[i].src_port);
        CHECK(bytes_equal(again.extra[i].line, g.extra[i].line));
    }
}

TEST_MAIN(TEST(options_and_tags_of_frames_are_handed_on), TEST(what_was_cut_off_is_not_made_up),
          TEST(extension_headers_and_what_is_in_tunnels_are_handed_on), TEST(both_ways_agree),
          TEST(interfaces_are_those_of_the_section), TEST(lines_are_as_they_were_read),
          TEST(entries_become_lines_that_say_the_same))
