/* bench/seal.c - packets sealed per second, against a bare loop of as many hashes.
 *
 * seal [PACKETS] [REMOTES]: sealing without payload, kept and not; verifying
 * what was kept; the two-stream loop that does nothing but compress.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "evidence/opening.h"
#include "evidence/segment.h"
#include "seal_kit.h"

/* The newest segment is kept. */
static enum status closed(void *ctx, struct evidence_segment *s)
{
    struct evidence_segment **to = ctx;
    evidence_segment_free(*to);
    *to = s;
    return ST_OK;
}

struct load {
    struct observation *obs;
    uint32_t n, options;
};

static struct load make(uint32_t n, uint32_t remotes)
{
    struct load l = {calloc(n, sizeof(*l.obs)), n, 0};
    if (l.obs == NULL) {
        seal_kit_must(ST_NOMEM, "packets");
    }
    for (uint32_t i = 0; i < n; i++) {
        l.obs[i] = (struct observation){
            .type = OBS_PACKET,
            .flags = OBS_L4,
            .time_ns = (int64_t)i * 100,
            .src = addr_from_v4(0x0b000000U + seal_kit_some() % remotes * 7),
            .dst = addr_from_v4(0xc6330000U + seal_kit_some() % 65536),
            .src_port = (uint16_t)seal_kit_some(),
            .dst_port = 23,
            .proto = PROTO_TCP,
            .tcp_flags = TCP_SYN,
            .icmp_code = 5,
            .seq = seal_kit_some(),
            .wire_len = 60,
        };
    }
    return l;
}

static double seal(const struct load *l, bool keep, struct evidence_segment **ret)
{
    struct evidence_sealer_config c = {.sensor = "bench.example/1",
                                       .kind = KIND_LIVE,
                                       .declared = true,
                                       .keep = keep,
                                       .idle_ns = 1000000000,
                                       .ctx = ret,
                                       .closed = closed};
    struct evidence_sealer *s = seal_kit_sealer(&c, "198.51.0.0/16");
    double from = seal_kit_now_s();
    for (uint32_t i = 0; i < l->n; i += OBS_BATCH_MAX) {
        struct evidence_item items[OBS_BATCH_MAX] = {0};
        size_t now = l->n - i < OBS_BATCH_MAX ? l->n - i : OBS_BATCH_MAX, done;
        for (size_t k = 0; k < now; k++) {
            items[k].obs = &l->obs[i + k];
        }
        seal_kit_must(evidence_sealer_add_many(s, items, now, &done), "add");
    }
    seal_kit_must(evidence_sealer_end(s, 0, END_CLOSED), "end");
    double took = seal_kit_now_s() - from;
    evidence_sealer_free(s);
    return took;
}

static uint8_t all_cells(void *ctx, uint32_t row, const struct evidence_kept *kept)
{
    (void)ctx;
    (void)row;
    (void)kept;
    return OPEN_LINK | OPEN_HIDDEN | OPEN_LOCAL;
}

/* Every remote, everything opened; cutting is not counted. */
static double verify(const struct evidence_engine *e, const struct evidence_segment *s,
                     uint64_t *bytes)
{
    double took = 0;
    for (uint32_t i = 0; i < s->remotes.leaf_count; i++) {
        const struct evidence_leaf *l = &s->remotes.leaves[i];
        struct evidence_run run = {0, l->n};
        struct evidence_wish w = {&run, 1, true, all_cells, NULL};
        struct evidence_shown shown;
        struct buf out = BUF_INIT(1 << 30);
        struct addr remote = addr_from_v6(l->key);
        seal_kit_must(evidence_opening_cut(e, s, &remote, &w, &out), "cut");
        *bytes += out.len;
        double from = seal_kit_now_s();
        seal_kit_must(evidence_opening_check(e, &s->header, l, buf_bytes(&out), &shown, NULL),
                      "check");
        took += seal_kit_now_s() - from;
        evidence_shown_fini(&shown);
        buf_fini(&out);
    }
    return took;
}

int main(int argc, char **argv)
{
    uint32_t n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 4000000;
    uint32_t remotes = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1000;
    struct evidence_engine e;
    struct evidence_segment *s = NULL;
    struct rusage use;
    seal_kit_must(evidence_engine_init(&e), "engine");
    struct load l = make(n, remotes);
    double sealed = seal(&l, false, &s);
    uint32_t in_last = s->header.remotes;
    /* docs/FORMATS.md: 6 a packet, 8 a remote (25, 26, 27, 28, leaf, inner node),
     * without the node that a single record does not have. */
    uint64_t segments = (n + (1U << 20) - 1) >> 20;
    uint64_t compressions = 6 * (uint64_t)n + segments * in_last * 6;
    double ceiling = seal_kit_bare_s(&e, compressions);
    printf("sealed      %7.2f M packets/s  (%u packets, %u remotes, %s, AES %s)\n",
           n / sealed / 1e6, n, remotes, e.sha->name, e.aes ? "by the processor" : "by OpenSSL");
    printf("bare hashes %7.2f M compressions/s, so %.2f M packets/s; sealing has %.0f %% of it\n",
           (double)compressions / ceiling / 1e6, n / ceiling / 1e6, 100 * ceiling / sealed);
    uint32_t few = n < 1000000 ? n : 1000000;
    l.n = few;
    double kept = seal(&l, true, &s);
    uint64_t bytes = 0;
    double verified = verify(&e, s, &bytes);
    printf("kept        %7.2f M packets/s\n", few / kept / 1e6);
    printf("verified    %7.2f M records/s, %.1f bytes a record with all but payload opened\n",
           few / verified / 1e6, (double)bytes / few);
    (void)getrusage(RUSAGE_SELF, &use); /* cannot fail for oneself */
    printf("memory      %7ld MiB at most, with the packets\n", use.ru_maxrss / 1024);
    evidence_segment_free(s);
    free(l.obs);
    return 0;
}
