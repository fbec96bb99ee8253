/* tests/unit/detect/login_stage.h - clients and servers that talk of logins. */
#pragma once

#include <string.h>

#include "base/core/timefmt.h"
#include "detect/login/login.h"
#include "test.h"

/* A stage on which clients and servers talk; what they say is fed at once. */
struct stage {
    struct definition_set set;
    struct finding_list findings;
    struct login *login;
    size_t memory_bytes;
    size_t batch; /* observations a batch; 0: one */
    struct obs_batch out;
    uint8_t bytes[OBS_BATCH_MAX][4096]; /* what its payloads point to */
    int64_t now_ns;
    uint64_t pos, packets;
    enum status st;
    bool twice;        /* every segment is sent again */
    size_t segment;    /* payload is cut to this; 0: whole */
    uint16_t captured; /* of each segment; 0: all */
};

struct line {
    struct addr client, server;
    uint16_t client_port, server_port;
    uint32_t seq[2]; /* of the client, of the server */
};

static void stage_init(struct stage *s)
{
    *s = (struct stage){.now_ns = 1700000000 * TIME_SECOND};
    CHECK_INT(definition_set_builtin("default", &s->set), ST_OK);
    finding_list_init(&s->findings, 1 << 24);
}

static bool stage_open(struct stage *s)
{
    if (s->login == NULL && s->st == ST_OK) {
        struct login_options opt = {&s->set, &s->findings, s->memory_bytes, 42};
        s->st = login_new(&opt, &s->login);
    }
    return s->st == ST_OK;
}

static void stage_flush(struct stage *s)
{
    if (stage_open(s) && s->out.n > 0) {
        s->st = login_feed(s->login, &s->out);
    }
    s->out.n = 0;
}

static void stage_end(struct stage *s)
{
    stage_flush(s);
    if (s->st == ST_OK) {
        s->st = login_finish(s->login);
    }
}

static void stage_fini(struct stage *s)
{
    login_free(s->login);
    finding_list_fini(&s->findings);
}

static void put(struct stage *s, struct line *l, bool server, uint8_t flags, struct bytes data)
{
    struct observation o = {
        .time_ns = s->now_ns,
        .pos = s->pos++,
        .src = server ? l->server : l->client,
        .dst = server ? l->client : l->server,
        .src_port = server ? l->server_port : l->client_port,
        .dst_port = server ? l->client_port : l->server_port,
        .flags = OBS_L4,
        .type = OBS_PACKET,
        .proto = PROTO_TCP,
        .tcp_flags = flags,
        .seq = l->seq[server],
        .wire_len = (uint32_t)(54 + data.len),
        .payload_len = (uint32_t)data.len,
        .captured_len = (uint16_t)data.len,
        .payload = data.data,
    };
    if (s->captured != 0 && o.captured_len > s->captured) {
        o.captured_len = s->captured;
    }
    l->seq[server] += (uint32_t)data.len + ((flags & (TCP_SYN | TCP_FIN)) != 0);
    for (int i = 0; i <= s->twice; i++) {
        s->now_ns += 1000000;
        s->packets++;
        if (data.len > 0) {
            memcpy(s->bytes[s->out.n], data.data, data.len);
            o.payload = s->bytes[s->out.n];
        }
        s->out.obs[s->out.n++] = o;
        if (s->out.n >= (s->batch ? s->batch : 1)) {
            stage_flush(s);
        }
    }
}

static void say(struct stage *s, struct line *l, bool server, struct bytes data)
{
    while (data.len > 0) {
        size_t n = s->segment != 0 && s->segment < data.len ? s->segment : data.len;
        put(s, l, server, TCP_ACK | TCP_PSH, bytes_of(data.data, n));
        data = bytes_of(data.data + n, data.len - n);
    }
}

static void client(struct stage *s, struct line *l, const char *text)
{
    say(s, l, false, bytes_of(text, strlen(text)));
}

static void server(struct stage *s, struct line *l, const char *text)
{
    say(s, l, true, bytes_of(text, strlen(text)));
}

static const struct bytes nothing = {NULL, 0};

/* Each call is a new connection. */
static struct line dial(struct stage *s, uint16_t port)
{
    struct line l = {addr_from_v4(0xcb007142),
                     addr_from_v4(0xc633640a),
                     (uint16_t)(10000 + s->pos % 50000),
                     port,
                     {0xfffffff0u, (uint32_t)s->pos}};
    put(s, &l, false, TCP_SYN, nothing);
    put(s, &l, true, TCP_SYN | TCP_ACK, nothing);
    put(s, &l, false, TCP_ACK, nothing);
    return l;
}

static void hang_up(struct stage *s, struct line *l)
{
    put(s, l, false, TCP_FIN | TCP_ACK, nothing);
    put(s, l, true, TCP_FIN | TCP_ACK, nothing);
    put(s, l, false, TCP_ACK, nothing);
}
