/* fuzz/fuzz_claim.c - an accusation in any form, and its way between processes.
 *
 * Properties: what is accepted is bounded, its times are in order, and what is
 * put as a message is got again as it was; what is refused names a field. Log
 * lines are the business of capture, which has a target of its own.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "exchange/claim/judge.h"
#include "exchange/claim/read.h"
#include "exchange/intake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGE_MAX_BYTES = 8 << 20 };

static void check_claim(const struct claim *c)
{
    assert(c->moment_n <= CLAIM_MOMENTS_MAX);
    assert(c->when.last_ns >= c->when.first_ns && c->when.precision_ns >= 0);
    assert(memchr(c->said, 0, sizeof(c->said)) != NULL);
    assert(c->act < CLAIM_ACT_COUNT && claim_lacks(c) >> CLAIM_LACKS_COUNT == 0);
    for (size_t i = 0; i < c->moment_n; i++) {
        assert(c->moments[i].time_ns >= c->when.first_ns &&
               c->moments[i].time_ns <= c->when.last_ns);
    }
}

static void check_message(const struct claim_set *s)
{
    CLEANUP(buf_fini) struct buf a = BUF_INIT(MESSAGE_MAX_BYTES);
    CLEANUP(buf_fini) struct buf b = BUF_INIT(MESSAGE_MAX_BYTES);
    CLEANUP(claim_set_fini) struct claim_set again = {.n = 0};
    claim_set_put(&a, s);
    struct cursor in = cursor_of(buf_bytes(&a));
    assert(claim_set_get(&in, &again) == ST_OK && cursor_left(&in) == 0);
    claim_set_put(&b, &again);
    assert(a.failed == ST_OK && b.failed == ST_OK && bytes_equal(buf_bytes(&a), buf_bytes(&b)));
}

/* Whatever a claim holds, it is judged: here with nothing on record. */
static void check_judged(const struct claim *c)
{
    static const struct local_nets nobody = {.rule = LOCAL_GIVEN, .n = 1}; /* ::/0: all is ours */
    static const struct claim_cover day = {.has_time = true,
                                           .first_ns = 0,
                                           .last_ns = INT64_MAX,
                                           .records = 2,
                                           .out = {1, 1, 1, 1},
                                           .in = 1};
    static const struct claim_match nothing;
    struct claim_bench bench = {.locals = &nobody,
                                .complete = true,
                                .tolerance_ns = 10 * INT64_C(1000000000),
                                .covers = &day,
                                .input_n = 1};
    struct claim_answer a = claim_judge(c, &nothing, &bench);
    assert(a.verdict != CLAIM_SHOWN && a.verdict < CLAIM_VERDICT_COUNT);
    assert(a.why < CLAIM_WHY_COUNT && claim_why_text(a.why) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct claim_options opt = {
        .clock = {.now_ns = INT64_C(1772600000) * INT64_C(1000000000)}};
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct claim_set set = {.n = 0};
    struct fault why = {0};
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    intake_begin();
    enum status st = claim_read(bytes_of(copy, size), &opt, &set, &why);
    free(copy); /* a set borrows nothing */
    assert(st == ST_OK || why.field != NULL);
    if (st == ST_OK) {
        assert(set.n <= LIMIT_CLAIMS && set.format[0] != '\0');
        for (size_t i = 0; i < set.n; i++) {
            check_claim(&set.items[i]);
            check_judged(&set.items[i]);
        }
        check_message(&set);
    }
    claim_set_fini(&set);
    return 0;
}
