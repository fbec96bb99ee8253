/* fuzz/fuzz_claim_flow.c - tables of flows, held against a claim.
 *
 * Properties: a row ends after it begins and has packets, no more fit than were
 * seen, and what was matched is the same after it has crossed a border.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/claim/flow.h"
#include "exchange/claim/judge.h"
#include "exchange/intake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct claim_clock clock = {.has_zone = true};

static void feed(struct claim_matcher *m, struct claim_flow_table *t, struct bytes s)
{
    for (uint64_t at = 0; s.len > 0; at++) {
        const uint8_t *end = memchr(s.data, '\n', s.len);
        size_t n = end != NULL ? (size_t)(end - s.data) : s.len;
        uint8_t *line = malloc(n + 1); /* of exact size: reads past it are seen */
        struct claim_flow f;
        enum claim_flow_line what;
        assert(line != NULL);
        memcpy(line + 1, s.data, n);
        enum status st = claim_flow_read(t, bytes_of(line + 1, n), &what, &f, NULL);
        free(line);
        if (st != ST_OK) {
            assert(st == ST_MALFORMED || st == ST_NOMEM);
            return;
        }
        if (what == CLAIM_FLOW_ROW) {
            assert(f.last_ns >= f.first_ns && f.packets > 0 && (f.joined || f.back == 0));
            f.pos = pos_make(0, at);
            claim_matcher_flow(m, &f);
        }
        n += end != NULL;
        s = bytes_of(s.data + n, s.len - n);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct claim c = {.has_target = true, .proto = PROTO_TCP, .target_port = 22};
    CLEANUP(claim_set_fini) struct claim_set set = {.n = 0};
    CLEANUP(claim_flow_table_freep) struct claim_flow_table *t = NULL;
    struct claim_matcher *m = NULL;
    intake_begin();
    assert(addr_parse(BYTES_LITERAL("198.51.100.7"), &c.source) == ST_OK);
    assert(addr_parse(BYTES_LITERAL("192.0.2.5"), &c.target) == ST_OK);
    assert(claim_when_read(BYTES_LITERAL("2026-03-03T10:00:00Z"), &clock, &c.when) == ST_OK);
    assert(claim_set_add(&set, &c) == ST_OK && claim_flow_table_new(&clock, &t) == ST_OK);
    struct claim_matcher_options opt = {
        .claims = &set, .input_n = 1, .tolerance_ns = 10 * INT64_C(1000000000), .seed = 7};
    assert(claim_matcher_new(&opt, &m) == ST_OK);
    feed(m, t, size > 0 ? bytes_of(data, size) : (struct bytes){0});
    claim_matcher_finish(m);
    const struct claim_match *r = claim_matcher_match(m, 0);
    assert(r->completed + r->refused <= r->connections && r->theirs <= r->begun);
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1 << 20);
    struct claim_match again = {.packets = 0};
    claim_matches_put(&b, m);
    struct cursor in = cursor_of(buf_bytes(&b));
    assert(claim_matches_get(&in, &again, 1) == ST_OK && again.packets == r->packets);
    claim_match_join(&again, r);
    claim_matcher_free(m);
    return 0;
}
