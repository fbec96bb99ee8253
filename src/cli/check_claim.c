/* cli/check_claim.c - the claim's reader and its parent. */
#include "cli/check_claim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "base/os/channel.h"
#include "base/os/file.h"
#include "base/os/process.h"
#include "capture/log_line.h"
#include "cli/say.h"
#include "exchange/claim/read.h"
#include "exchange/intake.h"

enum { SAYS_CLAIM = 1, SAYS_FAULT = 2, CHUNK_BYTES = 65536, MESSAGE_MAX_BYTES = 4 << 20 };

struct job {
    int fd;
    struct claim_clock clock;
    const struct dkim_keys *keys; /* borrowed, or NULL */
};

/* --- log lines -------------------------------------------------------------------- */

struct lines {
    struct log_reader reader;
    int64_t now_ns;
    uint8_t room[2 * LIMIT_LINE_BYTES];
};

static void set_when(const struct claim_clock *clock, const struct log_stamp *stamp,
                     const struct observation *o, struct claim_when *w)
{
    bool east = stamp->zone_assumed && clock->has_zone;
    int64_t t = o->time_ns;
    if (east && __builtin_sub_overflow(t, clock->zone_ns, &t)) {
        t = o->time_ns;
    }
    *w = (struct claim_when){.known = true,
                             .zone_assumed = stamp->zone_assumed && !east,
                             .zone_given = east && clock->zone_given,
                             .year_assumed = stamp->year_assumed != 0,
                             .first_ns = t,
                             .last_ns = t,
                             .precision_ns = t % TIME_SECOND != 0 ? 1 : TIME_SECOND};
}

static bool take_line(void *ctx, struct bytes line, const struct claim_clock *clock,
                      struct claim *ret)
{
    struct lines *l = ctx;
    struct observation o;
    struct obs_log log;
    if (l->now_ns != clock->now_ns) {
        l->now_ns = clock->now_ns;
        log_clock_init(&l->reader.clock, clock->now_ns);
    }
    l->reader.room.used = 0;
    if (log_line_read(&l->reader, (struct log_text){.s = line}, &o, &log) !=
        LOG_FOUND_OBSERVATION) {
        return false;
    }
    bool web = log.service == LOG_WEB;
    struct claim c = {.source = o.src,
                      .source_port = o.src_port,
                      .target_port = o.dst_port,
                      .proto = PROTO_TCP,
                      .act = web ? CLAIM_ACT_WEB : CLAIM_ACT_LOGIN,
                      .count = log.repeat};
    if (!addr_is_unspecified(&o.dst)) {
        c.has_target = true;
        c.target = o.dst;
    }
    if (!web && c.target_port == 0) {
        c.target_port = 22;
        c.service = true;
    }
    const char *said = web ? "lines of a web server's log" : "lines of sshd's log";
    claim_copy(c.said, sizeof(c.said), bytes_of(said, strlen(said)));
    set_when(clock, &l->reader.stamp, &o, &c.when);
    *ret = c;
    return true;
}

/* --- in the cage ------------------------------------------------------------------ */

static enum status read_all(int fd, struct buf *ret, struct fault *why)
{
    for (;;) {
        bool zip = bytes_begin(buf_bytes(ret), BYTES_LITERAL("PK\x03\x04"));
        size_t most = zip ? LIMIT_CLAIM_EXHIBIT_BYTES : LIMIT_CLAIM_BYTES;
        if (ret->len > most) {
            return fault_limit(why, 0, "claim", most);
        }
        if (!buf_reserve(ret, CHUNK_BYTES)) {
            return ret->failed;
        }
        ssize_t n = read(fd, ret->data + ret->len, CHUNK_BYTES);
        if (n < 0 && errno != EINTR) {
            return fault_sys(why, errno, "read");
        }
        if (n == 0) {
            return ST_OK;
        }
        ret->len += n > 0 ? (size_t)n : 0;
    }
}

static enum status read_claim(const struct job *job, struct claim_set *ret, struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_CLAIM_EXHIBIT_BYTES + 2 * CHUNK_BYTES);
    CLEANUP(free_ptr) struct lines *lines = calloc(1, sizeof(*lines));
    if (lines == NULL) {
        return ST_NOMEM;
    }
    lines->reader.room = (struct log_room){.data = lines->room, .cap = sizeof(lines->room)};
    lines->now_ns = job->clock.now_ns;
    log_clock_init(&lines->reader.clock, job->clock.now_ns);
    TRY(read_all(job->fd, &text, why));
    struct claim_options opt = {
        .clock = job->clock, .line = take_line, .line_ctx = lines, .keys = job->keys};
    return claim_read(buf_bytes(&text), &opt, ret, why);
}

static int claim_child(void *ctx, int channel, const struct cage_report *cage)
{
    (void)cage; /* what is not in force is told by the reader of the records */
    CLEANUP(claim_set_fini) struct claim_set set = {.n = 0};
    CLEANUP(buf_fini) struct buf message = BUF_INIT(MESSAGE_MAX_BYTES);
    struct fault why = {0};
    enum status st = read_claim(ctx, &set, &why);
    if (st == ST_OK) {
        claim_set_put(&message, &set);
        st = message.failed;
    }
    if (st != ST_OK) {
        buf_clear(&message);
        buf_byte(&message, (uint8_t)st);
        buf_be64(&message, why.offset);
        buf_be64(&message, why.limit);
        buf_be32(&message, (uint32_t)why.sys_errno);
        buf_str(&message, why.field != NULL ? why.field : "claim");
    }
    uint8_t type = st == ST_OK ? SAYS_CLAIM : SAYS_FAULT;
    return channel_send(channel, type, buf_bytes(&message), NULL) == ST_OK ? 0 : 2;
}

/* --- the parent ------------------------------------------------------------------- */

static bool say_wrong(const char *name, struct cursor *in)
{
    char field[64];
    enum status st = (enum status)cursor_u8(in);
    struct fault why = {.offset = cursor_be64(in)};
    why.limit = cursor_be64(in);
    why.sys_errno = (int)cursor_be32(in);
    struct bytes text = cursor_rest(in);
    claim_copy(field, sizeof(field), text);
    why.field = field;
    if (in->failed || st == ST_OK || st > ST_SYS) {
        say("%s: the claim's reader made no sense", name);
    } else if (st == ST_MALFORMED && strcmp(field, "format") == 0) {
        say("%s: not a claim in a form that is read here: a mail, XARF, X-ARF, a table with a "
            "header line, a MISP event, a STIX bundle, an exhibit, findings, log lines",
            name);
    } else {
        say_fault(name, st, &why);
    }
    return false;
}

static bool listen_to(const char *name, int fd, struct claim_set *ret)
{
    CLEANUP(buf_fini) struct buf message = BUF_INIT(MESSAGE_MAX_BYTES);
    uint8_t type;
    if (channel_receive(fd, &type, &message, NULL) != ST_OK) {
        say("%s: the claim's reader ended before it was done", name);
        return false;
    }
    struct cursor in = cursor_of(buf_bytes(&message));
    if (type == SAYS_CLAIM) {
        enum status st = claim_set_get(&in, ret);
        if (st != ST_OK) {
            say_fault(name, st, NULL);
        }
        return st == ST_OK;
    }
    return say_wrong(name, &in);
}

bool check_claim_read(const char *name, const struct claim_clock *clock,
                      const struct dkim_keys *keys, struct claim_set *ret)
{
    struct fault why = {0};
    struct file_input in = {.fd = -1};
    enum status st = file_input_open(name, &in, &why);
    if (st != ST_OK) {
        say_fault(name, st, &why);
        return false;
    }
    struct job job = {.fd = in.fd, .clock = *clock, .keys = keys};
    struct process_options opt = {
        .name = "claim's reader", .cage = CAGE_READER, .keep = &in.fd, .n_keep = 1};
    CLEANUP(process_freep) struct process *child = NULL;
    intake_begin();
    if (keys != NULL) {
        dkim_begin();
    }
    st = process_start(&opt, claim_child, &job, &child, &why);
    bool ok = st == ST_OK && listen_to(name, process_channel(child), ret);
    if (st != ST_OK) {
        say_fault(name, st, &why);
    }
    file_input_close(&in);
    return ok;
}
