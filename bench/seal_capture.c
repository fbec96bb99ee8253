/* bench/seal_capture.c - sealing a capture as `exhibit seal` does, in steps.
 *
 * seal_capture FILE [PAYLOAD|all [PACKETS]]: the reader alone; with what sealing
 * needs besides; sealing; sealing, kept and written as it lies at rest. Against
 * a bare two-stream loop of as many compressions. CPU time, one thread.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "base/core/pages.h"
#include "capture/input.h"
#include "evidence/rest/rest.h"
#include "evidence/segment.h"
#include "seal_kit.h"

enum { REMOTE_HASHES = 6, FLOW_HASHES = 5, SPAN_S = 3600, RECORDS = 1 << 18, DATA = 32 << 20 };

/* How far to go. */
enum step { STEP_READ, STEP_EXTRAS, STEP_SEAL, STEP_REST };

struct run {
    enum step step;
    const char *path;
    uint32_t payload;
    uint64_t packets_max;
    struct evidence_engine e;
    uint64_t packets, payload_bytes, data_bytes, compressions; /* what there was to do */
    uint64_t segments, remotes, flows, records, rest_bytes;
    struct buf rest;
};

static enum status closed(void *ctx, struct evidence_segment *s)
{
    static const uint8_t nonce[REST_NONCE_BYTES] = {1};
    struct run *r = ctx;
    r->segments++;
    r->remotes += s->header.remotes;
    r->flows += s->header.flows;
    r->records += s->header.records;
    if (r->step == STEP_REST) {
        buf_clear(&r->rest);
        seal_kit_must(evidence_rest_write(&r->e, s, nonce, &r->rest), "at rest");
        r->rest_bytes += r->rest.len;
    }
    evidence_segment_free(s);
    return ST_OK;
}

/* As cli/seal.c has it; bench/gen.c: where its telescope and its network lie. */
static struct evidence_sealer *sealer_of(struct run *r)
{
    struct evidence_sealer_config c = {.sensor = "file/0",
                                       .kind = KIND_FILE,
                                       .keep = r->step == STEP_REST,
                                       .count_pairs = true,
                                       .payload = r->payload,
                                       .span_ns = INT64_C(1000000000) * SPAN_S,
                                       .records_max = RECORDS,
                                       .data_max = DATA,
                                       .idle_ns = INT64_C(300000000000),
                                       .ctx = r,
                                       .closed = closed};
    return seal_kit_sealer(&c, "198.18.0.0/15");
}

/* docs/FORMATS.md, S3 and S4: the record's leaf 2, its part of the tree 2, C_a 1,
 * C_x 1, or 2 with D, which has 22 bytes before its contents. */
static void count(struct run *r, const struct evidence_item *x)
{
    const struct observation *o = x->obs;
    size_t payload = o->captured_len < r->payload ? o->captured_len : r->payload;
    size_t data = x->ip_options.len + x->tcp_options.len + payload;
    r->packets++;
    r->payload_bytes += payload;
    r->data_bytes += data;
    r->compressions += data > 0 ? 7 + sha256x_blocks(21 + data) : 6;
}

static void use(struct run *r, struct capture_input *in, const struct obs_batch *b,
                struct evidence_sealer *s)
{
    struct capture_extra extra[OBS_BATCH_MAX];
    struct evidence_item items[OBS_BATCH_MAX];
    size_t done;
    seal_kit_must(capture_input_extras(in, b, extra), "extras");
    for (size_t i = 0; i < b->n; i++) {
        items[i] = (struct evidence_item){.obs = &b->obs[i],
                                          .ip_options = extra[i].ip_options,
                                          .tcp_options = extra[i].tcp_options,
                                          .vlan = extra[i].vlan,
                                          .ifindex = extra[i].ifindex};
        if (r->step == STEP_EXTRAS) {
            count(r, &items[i]);
        }
    }
    if (s != NULL) {
        seal_kit_must(evidence_sealer_add_many(s, items, b->n, &done), "add");
    }
}

static double pass(struct run *r, enum step step)
{
    static struct obs_batch b;
    struct capture_options opt = {.now_ns = 0};
    struct capture_input *in = NULL;
    struct evidence_sealer *s = NULL;
    struct fault why = {0};
    int fd = open(r->path, O_RDONLY | O_CLOEXEC);
    r->step = step;
    r->segments = r->remotes = r->flows = r->records = 0;
    if (step >= STEP_SEAL) {
        s = sealer_of(r);
    }
    double from = seal_kit_now_s();
    seal_kit_must(capture_input_open(fd, 0, &opt, &in, &why), r->path);
    uint64_t n = 0;
    while (n < r->packets_max && capture_input_next(in, &b, &why) == ST_OK) {
        n += b.n;
        if (step > STEP_READ) {
            use(r, in, &b, s);
        }
    }
    if (s != NULL) {
        seal_kit_must(evidence_sealer_end(s, 0, END_CLOSED), "end");
    }
    double took = seal_kit_now_s() - from;
    capture_input_free(in);
    evidence_sealer_free(s);
    (void)close(fd); /* only read from */
    return took;
}

int main(int argc, char **argv)
{
    struct run r = {.packets_max = UINT64_MAX, .rest = BUF_INIT(LIMIT_REST_BYTES)};
    struct rusage usage;
    if (argc < 2) {
        fprintf(stderr, "seal_capture FILE [PAYLOAD|all [PACKETS]]\n");
        return 2;
    }
    r.path = argv[1];
    r.payload = argc < 3                      ? 0
                : strcmp(argv[2], "all") == 0 ? HEADER_PAYLOAD_ALL
                                              : (uint32_t)strtoul(argv[2], NULL, 10);
    r.packets_max = argc < 4 ? UINT64_MAX : strtoull(argv[3], NULL, 10);
    pages_keep_freed(); /* as cli/seal_child.c does */
    seal_kit_must(evidence_engine_init(&r.e), "engine");
    double read = pass(&r, STEP_READ), extras = pass(&r, STEP_EXTRAS);
    double sealed = pass(&r, STEP_SEAL);
    r.compressions += REMOTE_HASHES * r.remotes + FLOW_HASHES * r.flows;
    r.compressions += 6 * (r.records - r.packets); /* twins */
    double ceiling = seal_kit_bare_s(&r.e, r.compressions), kept = pass(&r, STEP_REST);
    double m = (double)r.packets / 1e6, only = sealed - extras;
    printf(
        "packets     %.2f M, %.2f M records, %.2f M remotes in %llu segments; %.0f MB of payload\n",
        m, (double)r.records / 1e6, (double)r.remotes / 1e6, (unsigned long long)r.segments,
        (double)r.payload_bytes / 1e6);
    printf("read        %7.2f M packets/s; %.2f with options and tags\n", m / read, m / extras);
    printf("sealed      %7.2f M packets/s; %.2f without reading, %.0f %% of bare hashing\n",
           m / sealed, m / only, 100 * ceiling / only);
    printf("payload     %7.0f MB/s of options and payload\n", (double)r.data_bytes / 1e6 / only);
    printf("bare hashes %7.2f M compressions/s, %.1f a packet, so %.2f M packets/s\n",
           (double)r.compressions / ceiling / 1e6, (double)r.compressions / 1e6 / m, m / ceiling);
    printf("at rest     %7.2f M packets/s, %.1f bytes a packet\n", m / kept,
           (double)r.rest_bytes / 1e6 / m);
    (void)getrusage(RUSAGE_SELF, &usage); /* cannot fail for oneself */
    printf("memory      %7ld MiB at most\n", usage.ru_maxrss / 1024);
    buf_fini(&r.rest);
    return 0;
}
