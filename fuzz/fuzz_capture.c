/* fuzz/fuzz_capture.c - whole inputs: pcap, pcapng, logs, gzip, zstd.
 *
 * Properties: a batch is never empty nor over-full; offsets do not shrink and
 * lie inside an input that is not compressed; all payload can be read; the same
 * bytes give the same observations, and the same extras, when they come through
 * a pipe in pieces; the tap sees all that was taken from the descriptor.
 */
#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What one reading came to; equal for equal bytes. */
struct reading {
    enum status opened;
    uint64_t observations, sum, records;
    size_t remarks;
};

static uint64_t mix(uint64_t sum, uint64_t v)
{
    return (sum ^ v) * UINT64_C(0x100000001b3);
}

static uint64_t mix_bytes(uint64_t sum, struct bytes s)
{
    for (size_t i = 0; i < s.len; i++) {
        sum = mix(sum, s.data[i]);
    }
    return sum;
}

/* Touches all that is borrowed, so that a sanitizer sees what is stale. */
static uint64_t mix_observation(uint64_t sum, const struct observation *o)
{
    sum = mix(mix(sum, (uint64_t)o->time_ns), o->pos);
    sum = mix_bytes(mix_bytes(sum, bytes_of(o->src.b, 16)), bytes_of(o->dst.b, 16));
    sum = mix(mix(mix(sum, o->src_port), o->dst_port), o->flags);
    if (o->type == OBS_LOG) {
        assert(o->log != NULL);
        sum = mix_bytes(mix_bytes(sum, o->log->host), o->log->user);
        return mix_bytes(mix_bytes(sum, o->log->path), o->log->agent);
    }
    assert(o->type == OBS_PACKET);
    assert((o->payload == NULL) == (o->captured_len == 0));
    assert(o->captured_len <= o->payload_len);
    assert((o->flags & OBS_QUOTED) == 0 || o->quote != NULL);
    return mix_bytes(sum, bytes_of(o->payload, o->captured_len));
}

/* What sealing would ask for. */
static uint64_t mix_extras(uint64_t sum, struct capture_input *in, const struct obs_batch *b)
{
    struct capture_extra x[OBS_BATCH_MAX];
    enum status st = capture_input_extras(in, b, x);
    assert(st == ST_OK);
    for (size_t i = 0; i < b->n; i++) {
        const struct observation *o = &b->obs[i];
        assert((o->type == OBS_LOG) == (x[i].line.len > 0));
        assert(o->proto == PROTO_TCP || x[i].tcp_options.len == 0);
        assert(x[i].tcp_options.len <= 40);
        sum = mix_bytes(mix_bytes(sum, x[i].ip_options), x[i].tcp_options);
        sum = mix(mix(mix_bytes(sum, x[i].line), x[i].vlan), x[i].ifindex);
    }
    return sum;
}

static void count_raw(void *ctx, struct bytes raw)
{
    *(uint64_t *)ctx += raw.len;
}

static struct reading read_all(int fd, size_t plain_size)
{
    static struct obs_batch batch;
    uint64_t raw = 0;
    const struct stream_tap tap = {count_raw, NULL, &raw};
    const struct capture_options opt = {.now_ns = INT64_C(1716000000000000000), .tap = &tap};
    struct reading r = {0};
    struct capture_input *in = NULL;
    struct fault why = {0};
    uint64_t last = 0;
    enum status st;
    r.opened = capture_input_open(fd, 3, &opt, &in, &why);
    if (r.opened != ST_OK) {
        assert(why.field != NULL);
        return r;
    }
    bool plain = strchr(capture_input_format(in), '(') == NULL;
    while ((st = capture_input_next(in, &batch, &why)) == ST_OK) {
        assert(batch.n > 0 && batch.n <= OBS_BATCH_MAX);
        for (size_t i = 0; i < batch.n; i++) {
            uint64_t offset = pos_offset(batch.obs[i].pos);
            assert(pos_input(batch.obs[i].pos) == 3 && offset >= last);
            assert(!plain || offset < plain_size);
            last = offset;
            r.sum = mix_observation(r.sum, &batch.obs[i]);
        }
        r.observations += batch.n;
        r.sum = mix_extras(r.sum, in, &batch);
    }
    assert(st == ST_END && batch.n == 0);
    assert(raw == capture_input_raw_offset(in));
    assert(capture_input_remarks(in)->n <= LIMIT_REMARKS);
    r.records = capture_input_records(in);
    r.remarks = capture_input_remarks(in)->n;
    capture_input_free(in);
    return r;
}

/* A pipe gives what it has, not what was asked for. It holds 64 KiB. */
static void check_pipe(const uint8_t *data, size_t size, const struct reading *whole)
{
    int ends[2];
    if (size > 65536) {
        return;
    }
    assert(pipe(ends) == 0 && write(ends[1], data, size) == (ssize_t)size);
    close(ends[1]);
    struct reading r = read_all(ends[0], size);
    close(ends[0]);
    assert(r.opened == whole->opened && r.observations == whole->observations);
    assert(r.sum == whole->sum && r.records == whole->records && r.remarks == whole->remarks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    assert(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
    struct reading whole = read_all(fd, size);
    close(fd);
    check_pipe(data, size, &whole);
    return 0;
}
