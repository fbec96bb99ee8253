/* bench/flow.c - traffic of both directions: ordinary clients, and people who
 * guess SSH passwords.
 *
 * A stream starts flows at an even pace until its records are spent; a flow
 * is a conversation with its own clock.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/model/observation.h"
#include "gen.h"

enum {
    NOISE = 1 << 16,
    CLIENTS = 4000,  /* outside, of each family */
    SERVERS = 600,   /* outside, of each family */
    RESOLVED = 300,  /* of SERVERS, name servers */
    INSIDERS = 2000, /* local clients */
    FIRST_INSIDER = 1000,
};

struct peers {
    uint8_t noise[NOISE + FRAME_PAYLOAD_MAX];
    struct addr clients[2][CLIENTS]; /* [1]: IPv6 */
    struct addr servers[2][SERVERS];
    struct tally *tcp, *udp;
};

struct service {
    uint16_t port;
    uint16_t share;      /* of flows, in thousandths */
    bool banner;         /* the server speaks first */
    uint8_t exchanges;   /* up to */
    uint8_t segments;    /* of one answer, up to, downloads aside */
    uint16_t request;    /* bytes, about */
    uint16_t answer;     /* bytes of the last segment, about */
    const char *says[3]; /* banner, first request, first answer; then noise */
};

enum { SERVICE_HTTP, SERVICE_TLS, SERVICE_SMTP, SERVICE_SSH, SERVICE_IMAPS, SERVICE_GUESS };

/* clang-format off */
static const struct service services[] = {
    [SERVICE_HTTP] = {80, 300, false, 5, 3, 280, 350,
        {"", "GET /p/17 HTTP/1.1\r\nHost: www.example.net\r\nAccept: */*\r\n\r\n",
         "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: application/octet-stream\r\n\r\n"}},
    [SERVICE_TLS] = {443, 570, false, 5, 3, 320, 350, {"", "", ""}},
    [SERVICE_SMTP] = {25, 80, true, 6, 1, 120, 60,
        {"220 mail.example.net ESMTP\r\n", "EHLO mx.example.org\r\n",
         "250-mail.example.net\r\n250 STARTTLS\r\n"}},
    [SERVICE_SSH] = {22, 10, true, 60, 1, 52, 84,
        {"SSH-2.0-OpenSSH_9.2p1\r\n", "SSH-2.0-OpenSSH_9.6\r\n", ""}},
    [SERVICE_IMAPS] = {993, 40, false, 8, 3, 160, 400, {"", "", ""}},
    /* Key exchange, then three passwords: much the same each time. */
    [SERVICE_GUESS] = {22, 0, true, 5, 1, 84, 52,
        {"SSH-2.0-OpenSSH_9.2p1\r\n", "SSH-2.0-libssh2_1.10.0\r\n", ""}},
};
/* clang-format on */

enum flow_state {
    FLOW_SYN,
    FLOW_SYN_ACK,
    FLOW_ACK,
    FLOW_BANNER,
    FLOW_BANNER_ACK,
    FLOW_REQUEST,
    FLOW_DATA,
    FLOW_DATA_ACK,
    FLOW_FIN,
    FLOW_FIN_ACK,
    FLOW_LAST_ACK,
    FLOW_OVER,
};

struct flow {
    struct task task;
    const struct service *service;
    struct addr end[2]; /* client, server */
    uint16_t port[2];
    uint32_t seq[2];
    bool client_inside;
    enum flow_state state;
    unsigned exchanges, exchange; /* to do, done */
    unsigned segments, segment;
    uint64_t left; /* records */
    uint64_t rtt_ns;
    struct tally *tally[2]; /* of what each end sends */
    uint32_t target;        /* index of the server, when the client's tally counts them */
};

/* ---- one conversation ---- */

/* TLS-like records, text of the service, or noise. */
static struct bytes payload(struct gen *g, const struct flow *f, int says, size_t n,
                            uint8_t out[FRAME_PAYLOAD_MAX])
{
    n = n < 8 ? 8 : n > FRAME_PAYLOAD_MAX ? FRAME_PAYLOAD_MAX : n;
    memcpy(out, g->peers->noise + gen_below(g, NOISE), n);
    bool first = says == 0 || f->exchange == 0;
    const char *text = first ? f->service->says[says] : "";
    size_t len = strlen(text);
    if (len > 0 && (f->service->banner || len > n)) {
        n = len; /* a line, nothing behind it */
    }
    memcpy(out, text, len);
    if (f->service->port == 443 || f->service->port == 993) {
        out[0] = first ? 0x16 : 0x17; /* RFC 8446, 5.1: handshake, application data */
        out[1] = 3;
        out[2] = first && says == 1 ? 1 : 3;
        store_be16(out + 3, (uint16_t)(n - 5));
        out[5] = first ? (uint8_t)says : out[5]; /* client and server hello */
    }
    return bytes_of(out, n);
}

static void send_segment(struct gen *g, struct flow *f, uint64_t now_ns, uint8_t flags,
                         struct bytes data)
{
    static const uint8_t options[12] = {2, 4, 5, 0xb4, 1, 3, 3, 7, 1, 1, 4, 2};
    int from = f->state == FLOW_SYN_ACK || f->state == FLOW_BANNER || f->state == FLOW_DATA ||
               f->state == FLOW_FIN_ACK;
    bool inside = f->client_inside == (from == 0);
    const struct frame_ip ip = {.src = f->end[from],
                                .dst = f->end[!from],
                                .id = (uint16_t)gen_random(g),
                                .ttl = inside ? 64 : (uint8_t)(128 - f->port[0] % 24),
                                .df = true,
                                .outward = inside};
    const struct frame_tcp tcp = {.src_port = f->port[from],
                                  .dst_port = f->port[!from],
                                  .seq = f->seq[from],
                                  .ack = flags & TCP_ACK ? f->seq[!from] : 0,
                                  .flags = flags,
                                  .window = flags & TCP_SYN ? 64240 : 502,
                                  .options = bytes_of(options, flags & TCP_SYN ? 12 : 0)};
    struct tally *t = f->tally[from];
    tally_packet(t, frame_tcp(&g->out, now_ns, &ip, &tcp, data));
    if (t->targets != NULL) {
        tally_target(t, f->target, &f->end[1]);
        tally_port(t, f->port[1]);
    }
    f->seq[from] += (uint32_t)data.len + ((flags & (TCP_SYN | TCP_FIN)) != 0);
}

static void send_data(struct gen *g, struct flow *f, uint64_t now_ns, int says, size_t n)
{
    uint8_t text[FRAME_PAYLOAD_MAX];
    send_segment(g, f, now_ns, TCP_PSH | TCP_ACK, payload(g, f, says, n, text));
}

/* Sends the packet of this state. */
static void flow_send(struct gen *g, struct flow *f, uint64_t now_ns)
{
    const struct service *s = f->service;
    switch (f->state) {
    case FLOW_SYN:
        send_segment(g, f, now_ns, TCP_SYN, (struct bytes){0});
        break;
    case FLOW_SYN_ACK:
        send_segment(g, f, now_ns, TCP_SYN | TCP_ACK, (struct bytes){0});
        break;
    case FLOW_BANNER:
        send_data(g, f, now_ns, 0, 0);
        break;
    case FLOW_REQUEST:
        send_data(g, f, now_ns, 1, s->request + gen_below(g, 32));
        break;
    case FLOW_DATA: {
        bool full = f->segment + 1 < f->segments;
        send_data(g, f, now_ns, 2, full ? FRAME_PAYLOAD_MAX : s->answer + gen_below(g, 32));
        break;
    }
    case FLOW_FIN:
    case FLOW_FIN_ACK:
        send_segment(g, f, now_ns, TCP_FIN | TCP_ACK, (struct bytes){0});
        break;
    default:
        send_segment(g, f, now_ns, TCP_ACK, (struct bytes){0});
        break;
    }
}

/*   SYN, SYN/ACK, ACK, [banner, ACK], then per exchange a request and
 *   segments with an ACK after every second and the last, then FINs. */
static enum flow_state flow_next(struct flow *f)
{
    switch (f->state) {
    case FLOW_ACK:
        return f->service->banner ? FLOW_BANNER : FLOW_REQUEST;
    case FLOW_BANNER_ACK:
        return FLOW_REQUEST;
    case FLOW_REQUEST:
        f->segment = 0;
        return FLOW_DATA;
    case FLOW_DATA:
        f->segment++;
        return f->segment % 2 == 0 || f->segment == f->segments ? FLOW_DATA_ACK : FLOW_DATA;
    case FLOW_DATA_ACK:
        if (f->segment < f->segments) {
            return FLOW_DATA;
        }
        f->exchange++;
        return f->exchange < f->exchanges ? FLOW_REQUEST : FLOW_FIN;
    default:
        return f->state + 1;
    }
}

/* Records of a whole flow with these numbers. */
static uint64_t flow_records(const struct flow *f)
{
    uint64_t per_exchange = 1 + f->segments + (f->segments + 1) / 2;
    return 6 + (f->service->banner ? 2 : 0) + f->exchanges * per_exchange;
}

/* How long until the packet of the new state passes the sensor. */
static uint64_t flow_gap(struct gen *g, const struct flow *f, enum flow_state before)
{
    bool guess = f->service == &services[SERVICE_GUESS];
    bool by_server = f->state == FLOW_SYN_ACK || f->state == FLOW_BANNER || f->state == FLOW_DATA ||
                     f->state == FLOW_FIN_ACK;
    bool was_server = before == FLOW_SYN_ACK || before == FLOW_BANNER || before == FLOW_DATA ||
                      before == FLOW_FIN_ACK;
    uint64_t gap = 20000 + gen_below(g, 40000);
    if (by_server != was_server) {
        gap += by_server == f->client_inside ? f->rtt_ns : 200000;
    }
    if (f->state == FLOW_REQUEST && f->exchange > 0) { /* somebody thinks */
        gap += gen_between(g, 5000000, guess ? 20000000 : 300000000);
    }
    if (guess && f->state == FLOW_DATA && f->exchange >= 2) { /* sshd makes it wait */
        gap += gen_between(g, 1500000000, 2000000000);
    }
    return gap;
}

static uint64_t flow_step(struct gen *g, struct task *t, uint64_t now_ns)
{
    struct flow *f = (struct flow *)t;
    enum flow_state before = f->state;
    flow_send(g, f, now_ns);
    f->left--;
    f->state = flow_next(f);
    if (f->left == 0 || f->state == FLOW_OVER) {
        free(f);
        return TASK_DONE;
    }
    return now_ns + flow_gap(g, f, before);
}

/* A name or the time of day: one question, one answer. */
static uint64_t exchange_step(struct gen *g, struct task *t, uint64_t now_ns)
{
    static const uint8_t ask[] = "\x5a\x5a\1\0\0\1\0\0\0\0\0\0\3www\7example\3org\0\0\1\0\1";
    static const uint8_t told[] = "\x5a\x5a\x81\x80\0\1\0\1\0\0\0\0\3www\7example\3org\0\0\1\0\1"
                                  "\xc0\x0c\0\1\0\1\0\0\x0e\x10\0\4\xcb\0\x71\x07";
    struct flow *f = (struct flow *)t;
    int from = f->state == FLOW_DATA;
    bool inside = f->client_inside == (from == 0);
    const struct frame_ip ip = {.src = f->end[from],
                                .dst = f->end[!from],
                                .id = (uint16_t)gen_random(g),
                                .ttl = inside ? 64 : 52,
                                .outward = inside};
    uint8_t time[48] = {from ? 0x24 : 0x23, 2};
    struct bytes text = bytes_of(from ? told : ask, (from ? sizeof(told) : sizeof(ask)) - 1);
    if (f->port[1] == 123) {
        text = bytes_of(time, sizeof(time));
    }
    uint32_t ports = (uint32_t)f->port[from] << 16 | f->port[!from];
    tally_packet(f->tally[from], frame_udp(&g->out, now_ns, &ip, ports, text));
    f->left--;
    if (f->left == 0 || from) {
        free(f);
        return TASK_DONE;
    }
    f->state = FLOW_DATA;
    return now_ns + (f->client_inside ? f->rtt_ns : 200000 + gen_below(g, 100000));
}

/* ---- who talks with whom ---- */

static struct flow *flow_new(struct gen *g)
{
    struct flow *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        perror("gen");
        exit(2);
    }
    f->task.step = flow_step;
    f->seq[0] = (uint32_t)gen_random(g);
    f->seq[1] = (uint32_t)gen_random(g);
    f->port[0] = (uint16_t)gen_between(g, 32768, 60999);
    f->rtt_ns = gen_between(g, 8000000, 150000000);
    return f;
}

/* Some servers and clients are much busier than others. */
static uint32_t skewed(struct gen *g, uint32_t n)
{
    uint64_t a = gen_below(g, n), b = gen_below(g, n);
    return (uint32_t)(a * b / n);
}

/* The live hosts that gen_is_open says listen there. */
static uint32_t local_server(uint16_t port, uint32_t client)
{
    switch (port) {
    case 53:
        return 8 + client % 4;
    case 22:
        return 88 + client % 64;
    case 25:
    case 993:
        return 80 + client % 8;
    default:
        return 16 + client % 64;
    }
}

static void choose_ends(struct gen *g, struct flow *f, uint32_t servers)
{
    bool v6 = gen_below(g, 100) < g->v6_percent;
    enum target_style style = v6 ? TARGET_V6_LOW : TARGET_V4;
    f->client_inside = gen_below(g, 5) < 2;
    if (f->client_inside) {
        uint32_t who = skewed(g, INSIDERS);
        f->end[0] = gen_target(FIRST_INSIDER + who, style);
        f->end[1] = g->peers->servers[v6][(who * 7 + skewed(g, 40)) % servers];
    } else {
        uint32_t who = skewed(g, CLIENTS);
        f->end[0] = g->peers->clients[v6][who];
        f->end[1] = gen_target(local_server(f->port[1], who + gen_below(g, 2)), style);
    }
}

static struct flow *make_tcp(struct gen *g)
{
    struct flow *f = flow_new(g);
    uint32_t dice = gen_below(g, 1000);
    f->service = services;
    while (dice >= f->service->share) {
        dice -= f->service->share;
        f->service++;
    }
    f->port[1] = f->service->port;
    f->exchanges = gen_between(g, 1, f->service->exchanges);
    f->segments = gen_between(g, 1, f->service->segments);
    if (f->service->segments > 1 && gen_below(g, 50) == 0) { /* a download */
        f->segments = gen_between(g, 20, 60);
    }
    f->tally[0] = f->tally[1] = g->peers->tcp;
    choose_ends(g, f, SERVERS);
    return f;
}

static struct flow *make_udp(struct gen *g)
{
    struct flow *f = flow_new(g);
    f->task.step = exchange_step;
    f->port[1] = gen_below(g, 10) < 8 ? 53 : 123;
    f->tally[0] = f->tally[1] = g->peers->udp;
    choose_ends(g, f, f->port[1] == 53 ? RESOLVED : 8);
    return f;
}

/* ---- streams ---- */

struct stream {
    struct task task;
    struct flow *(*make)(struct gen *g); /* NULL: a guesser's */
    uint64_t records, spent;
    uint64_t from_ns, every_ns; /* per record */
    struct addr src;            /* of a guesser, as what follows */
    struct tally *tally;
    uint32_t first_server, servers;
};

static struct flow *make_guess(struct gen *g, const struct stream *s)
{
    struct flow *f = flow_new(g);
    f->service = &services[SERVICE_GUESS];
    f->port[1] = f->service->port;
    f->exchanges = f->service->exchanges;
    f->segments = 1;
    f->target = local_server(22, s->first_server + gen_below(g, s->servers));
    f->end[0] = s->src;
    f->end[1] = gen_target(f->target, addr_is_v4(&s->src) ? TARGET_V4 : TARGET_V6_LOW);
    f->tally[0] = s->tally;
    f->tally[1] = g->answer;
    return f;
}

static uint64_t stream_step(struct gen *g, struct task *t, uint64_t now_ns)
{
    struct stream *s = (struct stream *)t;
    struct flow *f = s->make != NULL ? s->make(g) : make_guess(g, s);
    uint64_t whole = f->service != NULL ? flow_records(f) : 2;
    f->left = whole < s->records - s->spent ? whole : s->records - s->spent;
    s->spent += f->left;
    gen_schedule(g, &f->task, now_ns);
    if (s->spent == s->records) {
        return TASK_DONE;
    }
    uint64_t next = s->from_ns + s->spent * s->every_ns;
    next += (gen_random(g) >> 32) * s->every_ns >> 32;
    return next > now_ns ? next : now_ns;
}

/* Flows start in the first 1740 of the 1800 seconds, so that all can end. */
static struct stream *stream_add(struct gen *g, uint64_t records)
{
    if (g->peers == NULL) {
        struct peers *p = g->peers = gen_alloc(g, sizeof(*p));
        for (size_t i = 0; i < sizeof(p->noise); i += 4) {
            store_be32(p->noise + i, (uint32_t)gen_random(g));
        }
        for (size_t i = 0; i < CLIENTS + SERVERS; i++) {
            for (int v6 = 0; v6 < 2; v6++) {
                *(i < CLIENTS ? &p->clients[v6][i] : &p->servers[v6][i - CLIENTS]) =
                    gen_source(g, v6);
            }
        }
        p->tcp = gen_tally(g, "normal", "tcp", NULL, TALLY_NO_SETS);
        p->udp = gen_tally(g, "normal", "udp", NULL, TALLY_NO_SETS);
    }
    struct stream *s = gen_alloc(g, sizeof(*s));
    s->task.step = stream_step;
    s->records = records;
    s->from_ns = START_NS;
    s->every_ns = 1740 * (uint64_t)TIME_SECOND / records;
    return s;
}

void flow_add_tcp(struct gen *g, uint64_t records)
{
    struct stream *s = stream_add(g, records);
    s->make = make_tcp;
    gen_schedule(g, &s->task, s->from_ns + gen_below(g, 100000));
}

void flow_add_udp(struct gen *g, uint64_t records)
{
    struct stream *s = stream_add(g, records);
    s->make = make_udp;
    gen_schedule(g, &s->task, s->from_ns + gen_below(g, 100000));
}

void flow_add_guesser(struct gen *g, uint64_t records)
{
    struct stream *s = stream_add(g, records);
    s->src = gen_source(g, gen_below(g, 100) < g->v6_percent);
    s->first_server = gen_below(g, 64);
    s->servers = gen_between(g, 1, 6);
    s->tally = gen_tally(g, "ssh-guessing", "tcp", &s->src, TALLY_TARGET_SET | TALLY_PORT_SET);
    gen_schedule(g, &s->task, s->from_ns + gen_below(g, 2000000000));
}
