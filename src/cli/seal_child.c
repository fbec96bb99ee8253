/* cli/seal_child.c - from batches to segments, and these to the parent. */
#include "cli/seal_child.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "base/core/pages.h"
#include "base/core/timefmt.h"
#include "base/os/channel.h"
#include "base/os/random.h"
#include "capture/stream.h"
#include "cli/grown.h"
#include "cli/reader_child.h"
#include "detect/detect.h"
#include "evidence/rest/about.h"
#include "evidence/rest/rest.h"

/* Keys of epochs that the parent gave. */
struct epoch_key {
    uint64_t epoch;
    struct evidence_secret key;
};

struct seal_child {
    const struct reader_job *job;
    const struct seal_job *plan;
    int channel;
    struct evidence_engine engine;
    bool known; /* the input at hand is a compressed copy of a log that is sealed */
    unsigned known_index;
    struct epoch_key *epochs;
    size_t epoch_n, epoch_cap;
    /* The input at hand. */
    unsigned index;
    bool open;
    enum status failed; /* it cannot be sealed: why */
    struct fault why;
    struct local_nets nets;
    char sensor[LEDGER_NAME_MAX + 1];
    struct evidence_sealer *sealer;
    struct digest_run *hash; /* of its bytes as they are read */
    uint64_t hashed_bytes;
    struct digest_run *content; /* of what it decompresses to */
    bool unpacked;              /* to a clean end */
    struct stream_tap tap;
    struct buf rest, message;
};

static void saw_raw(void *ctx, struct bytes raw)
{
    struct seal_child *s = ctx;
    s->hashed_bytes += raw.len;
    digest_run_add(s->hash, raw);
}

static void saw_unpacked(void *ctx, struct bytes more, bool last)
{
    struct seal_child *s = ctx;
    s->unpacked = last;
    digest_run_add(s->content, more);
}

enum status seal_child_new(const struct reader_job *job, int channel, struct seal_child **ret)
{
    struct seal_child *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return ST_NOMEM;
    }
    s->job = job;
    s->plan = job->seal;
    s->channel = channel;
    s->tap = (struct stream_tap){saw_raw, saw_unpacked, s};
    s->rest = BUF_INIT(LIMIT_REST_BYTES);
    s->message = BUF_INIT(READER_MESSAGE_MAX);
    pages_keep_freed(); /* segments follow each other */
    enum status st = evidence_engine_init(&s->engine);
    if (st != ST_OK) {
        free(s);
        return st;
    }
    *ret = s;
    return ST_OK;
}

static void forget_input(struct seal_child *s)
{
    evidence_sealer_free(s->sealer);
    s->sealer = NULL;
    digest_run_free(s->hash);
    digest_run_free(s->content);
    s->hash = s->content = NULL;
    s->open = false;
}

void seal_child_free(struct seal_child *s)
{
    if (s == NULL) {
        return;
    }
    forget_input(s);
    if (s->epochs != NULL) {
        explicit_bzero(s->epochs, s->epoch_cap * sizeof(*s->epochs));
    }
    free(s->epochs);
    buf_fini(&s->rest);
    buf_fini(&s->message);
    free(s);
}

static enum status tell(struct seal_child *s, enum reader_says what)
{
    TRY(s->message.failed);
    enum status st = channel_send(s->channel, (uint8_t)what, buf_bytes(&s->message), NULL);
    buf_clear(&s->message);
    return st;
}

/* --- what the sealer asks for --------------------------------------------------------- */

static enum status give_random(void *ctx, void *ret, size_t n)
{
    (void)ctx;
    return random_bytes(ret, n);
}

static enum status give_fresh(void *ctx, uint64_t seq, uint8_t segid[EVIDENCE_ID_BYTES],
                              struct evidence_secret *k_seg)
{
    (void)seq;
    TRY(give_random(ctx, segid, EVIDENCE_ID_BYTES));
    return give_random(ctx, k_seg->b, sizeof(k_seg->b));
}

static enum status ask_epoch(struct seal_child *s, uint64_t epoch, struct evidence_secret *ret)
{
    CLEANUP(buf_fini) struct buf answer = BUF_INIT(sizeof(*ret));
    uint8_t type;
    buf_be64(&s->message, epoch);
    TRY(tell(s, READER_EPOCH));
    TRY(channel_receive(s->channel, &type, &answer, NULL));
    if (type != READER_EPOCH || answer.len != sizeof(ret->b)) {
        return ST_DENIED; /* the parent has said why */
    }
    memcpy(ret->b, answer.data, sizeof(ret->b));
    explicit_bzero(answer.data, answer.len);
    return ST_OK;
}

static enum status keep_epoch(struct seal_child *s, const struct epoch_key *k)
{
    if (s->epoch_n == s->epoch_cap) {
        size_t cap = s->epoch_cap != 0 ? s->epoch_cap * 2 : 8;
        struct epoch_key *p = calloc(cap, sizeof(*p));
        if (p == NULL) {
            return ST_NOMEM;
        }
        if (s->epochs != NULL) {
            memcpy(p, s->epochs, s->epoch_n * sizeof(*p));
            explicit_bzero(s->epochs, s->epoch_n * sizeof(*p));
        }
        free(s->epochs);
        s->epochs = p;
        s->epoch_cap = cap;
    }
    s->epochs[s->epoch_n++] = *k;
    return ST_OK;
}

/* One UTC day each; what is before 1970 belongs to the first. */
static enum status give_epoch(void *ctx, int64_t time_ns, uint64_t *ret,
                              struct evidence_secret *k_epoch)
{
    struct seal_child *s = ctx;
    struct epoch_key k = {.epoch = time_ns < 0 ? 0 : (uint64_t)(time_ns / TIME_DAY)};
    *ret = k.epoch;
    for (size_t i = s->epoch_n; i-- > 0;) { /* the last one is likely */
        if (s->epochs[i].epoch == k.epoch) {
            *k_epoch = s->epochs[i].key;
            return ST_OK;
        }
    }
    TRY(ask_epoch(s, k.epoch, &k.key));
    *k_epoch = k.key;
    enum status st = keep_epoch(s, &k);
    explicit_bzero(&k, sizeof(k));
    return st;
}

static enum status send_segment(struct seal_child *s, const struct evidence_segment *g)
{
    uint8_t nonce[REST_NONCE_BYTES];
    buf_clear(&s->rest);
    TRY(random_bytes(nonce, sizeof(nonce)));
    TRY(evidence_rest_write(&s->engine, g, nonce, &s->rest));
    for (size_t at = 0; at < s->rest.len; at += SEAL_PART_BYTES) {
        size_t left = s->rest.len - at;
        size_t n = left < SEAL_PART_BYTES ? left : SEAL_PART_BYTES;
        TRY(channel_send(s->channel, READER_SEAL_PART, bytes_of(s->rest.data + at, n), NULL));
    }
    return tell(s, READER_SEAL_SEGMENT);
}

static enum status take_closed(void *ctx, struct evidence_segment *g)
{
    enum status st = send_segment(ctx, g);
    evidence_segment_free(g);
    return st;
}

/* --- one input ------------------------------------------------------------------------ */

bool seal_child_wants(const struct seal_child *s, unsigned index)
{
    return s != NULL && s->plan->files[index].wanted && !(s->known && s->known_index == index);
}

/* The rule of analyze, over the first packets of this file alone: what is sealed
 * must not depend on what else was read. */
static enum status infer(struct seal_child *s, struct capture_input *in)
{
    struct detect_options opt = {.definitions = &s->job->settings->definitions,
                                 .seed = s->job->seed};
    struct detect *d = NULL;
    struct obs_batch batch;
    struct remark_list remarks = {.n = 0};
    const struct finding_list *findings;
    struct summary summary;
    struct fault why = {0};
    TRY(detect_new(&opt, &d));
    enum status st = ST_OK;
    while (st == ST_OK && !detect_knows_locals(d)) {
        st = capture_input_next(in, &batch, &why);
        st = st == ST_OK ? detect_feed(d, &batch) : st;
    }
    if (st != ST_NOMEM) {
        st = detect_finish(d, &remarks, &findings, &summary);
    }
    if (st == ST_OK) {
        s->nets = summary.locals;
    }
    detect_free(d);
    return st;
}

static bool any_logs(const struct grown_files *g)
{
    bool any = false;
    for (size_t i = 0; i < g->n; i++) {
        any = any || g->items[i].log;
    }
    return any;
}

/* All of it, decompressed, compared with what is sealed. Damage ends it: such a file
 * is no copy. */
static enum status compare(struct stream *in, struct grown_look *look)
{
    struct fault why = {0};
    while (stream_fill(in, 1, &why) == ST_OK) {
        struct bytes w = stream_window(in);
        if (w.len == 0) {
            return ST_OK;
        }
        TRY(grown_add(look, w));
        stream_consume(in, w.len);
        if (look->next == look->files->n && look->with.size < look->bytes) {
            break; /* longer than any of them */
        }
    }
    look->found = false;
    return ST_OK;
}

/* Logs are compressed when they are put away: what was sealed plain is known again. */
static enum status look_inside(struct seal_child *s, unsigned index,
                               const struct capture_options *opt)
{
    const struct grown_files *sealed = s->plan->sealed;
    CLEANUP(stream_freep) struct stream *in = NULL;
    struct grown_look look = {.found = false};
    struct fault why = {0};
    enum status st = stream_open(s->job->files[index].fd, opt->stop, &in, &why);
    if (st != ST_OK || stream_coding(in) == STREAM_PLAIN) {
        return st == ST_NOMEM ? st : ST_OK;
    }
    TRY(grown_begin(sealed, &look));
    st = compare(in, &look);
    if (st == ST_OK && look.found && look.with.log && look.with.size == look.bytes) {
        s->known = true;
        s->known_index = index;
        buf_be32(&s->message, index);
        buf_be32(&s->message, (uint32_t)look.at);
        st = tell(s, READER_SEAL_KNOWN);
    }
    grown_look_fini(&look);
    return st;
}

enum status seal_child_look(struct seal_child *s, unsigned index, const struct capture_options *opt)
{
    struct capture_input *in = NULL;
    struct fault why = {0};
    int fd = s->job->files[index].fd;
    s->nets = s->plan->nets;
    if (any_logs(s->plan->sealed)) {
        TRY(look_inside(s, index, opt));
        if (lseek(fd, 0, SEEK_SET) != 0) {
            return ST_SYS;
        }
    }
    if (s->known && s->known_index == index) {
        return ST_OK;
    }
    if (s->plan->declared) {
        return ST_OK;
    }
    s->nets = (struct local_nets){.rule = LOCAL_UNKNOWN};
    enum status st = capture_input_open(fd, index, opt, &in, &why);
    if (st == ST_OK && !capture_input_is_log(in)) {
        st = infer(s, in);
    }
    capture_input_free(in);
    if (st == ST_NOMEM || lseek(fd, 0, SEEK_SET) != 0) {
        return st == ST_NOMEM ? st : ST_SYS;
    }
    return ST_OK; /* what cannot be read is told when it is read */
}

const struct stream_tap *seal_child_tap(struct seal_child *s)
{
    forget_input(s);
    s->hashed_bytes = 0;
    s->unpacked = false;
    bool good = digest_run_new(&s->hash) == ST_OK && digest_run_new(&s->content) == ST_OK;
    return good ? &s->tap : NULL;
}

/* Anything but this ends the reader. */
static enum status note_failure(struct seal_child *s, enum status st, const char *field)
{
    if (st == ST_OK || st == ST_NOMEM || st == ST_SYS || st == ST_END || st == ST_SHORT) {
        return st == ST_END || st == ST_SHORT ? ST_SYS : st; /* the channel has closed */
    }
    s->failed = st;
    s->why = (struct fault){.field = field};
    return ST_OK;
}

enum status seal_child_begin(struct seal_child *s, unsigned index, const struct capture_input *in)
{
    if (s->hash == NULL || s->content == NULL) {
        return ST_NOMEM;
    }
    evidence_file_sensor(&s->plan->files[index].sha256, s->sensor);
    struct evidence_sealer_config c = {
        .party = s->plan->party,
        .sensor = s->sensor,
        .kind = capture_input_is_log(in) ? KIND_LOG : KIND_FILE,
        .nets = s->nets,
        .declared = s->plan->declared,
        .keep = true,
        .count_pairs = true,
        .payload = s->plan->payload,
        .span_ns = SEAL_SPAN_S * TIME_SECOND,
        .records_max = SEAL_RECORDS,
        .data_max = SEAL_DATA_BYTES,
        .idle_ns = SEAL_IDLE_S * TIME_SECOND,
        .definitions = s->plan->definitions,
        .program = s->plan->program,
        .next = s->plan->next,
        .ctx = s,
        .random = give_random,
        .fresh = give_fresh,
        .epoch = give_epoch,
        .closed = take_closed,
    };
    memcpy(c.opening_pub, s->plan->opening_pub, sizeof(c.opening_pub));
    s->index = index;
    s->failed = ST_OK;
    s->open = true;
    buf_be32(&s->message, index);
    buf_byte(&s->message, c.kind);
    TRY(tell(s, READER_SEAL_BEGIN));
    return evidence_sealer_new(&c, &s->sealer);
}

enum status seal_child_feed(struct seal_child *s, struct capture_input *in,
                            const struct obs_batch *batch)
{
    struct capture_extra extra[OBS_BATCH_MAX];
    struct evidence_item items[OBS_BATCH_MAX];
    size_t done;
    if (!s->open || s->failed != ST_OK) {
        return ST_OK;
    }
    uint64_t from = s->plan->files[s->index].from;
    size_t n = 0;
    TRY(capture_input_extras(in, batch, extra));
    for (size_t i = 0; i < batch->n; i++) {
        if (pos_offset(batch->obs[i].pos) < from) {
            continue; /* but what it says of year and session holds for what follows */
        }
        items[n++] = (struct evidence_item){.obs = &batch->obs[i],
                                            .ip_options = extra[i].ip_options,
                                            .tcp_options = extra[i].tcp_options,
                                            .line = extra[i].line,
                                            .vlan = extra[i].vlan,
                                            .ifindex = extra[i].ifindex};
    }
    enum status st = evidence_sealer_add_many(s->sealer, items, n, &done);
    return note_failure(s, st, st == ST_LIMIT ? "a time that no clock has" : "key of an epoch");
}

/* What the reader had no use for belongs to the file, too. */
static enum status drain(struct seal_child *s)
{
    uint8_t bytes[65536];
    for (;;) {
        ssize_t n = read(s->job->files[s->index].fd, bytes, sizeof(bytes));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n == 0 ? ST_OK : note_failure(s, ST_DENIED, "reading it to its end");
        }
        saw_raw(s, bytes_of(bytes, (size_t)n));
    }
}

static enum status tell_end(struct seal_child *s, bool whole)
{
    struct digest sha256 = {{0}};
    if (whole && s->failed == ST_OK) {
        TRY(digest_run_end(s->hash, &sha256));
        buf_be32(&s->message, s->index);
        buf_append(&s->message, sha256.b, sizeof(sha256.b));
        buf_be64(&s->message, s->hashed_bytes);
        if (s->unpacked) {
            TRY(digest_run_end(s->content, &sha256));
            buf_append(&s->message, sha256.b, sizeof(sha256.b));
        }
        return tell(s, READER_SEALED);
    }
    buf_be32(&s->message, s->index);
    buf_str(&s->message, s->failed != ST_OK ? s->why.field : "stopped before its end");
    return tell(s, READER_UNSEALED);
}

enum status seal_child_end(struct seal_child *s, bool whole)
{
    if (!s->open) {
        return ST_OK;
    }
    enum status st = ST_OK;
    if (whole && s->failed == ST_OK) {
        st = note_failure(s, evidence_sealer_end(s->sealer, 0, END_CLOSED), "key of an epoch");
        st = st == ST_OK ? drain(s) : st;
    }
    st = st == ST_OK ? tell_end(s, whole) : st;
    forget_input(s);
    return st;
}
