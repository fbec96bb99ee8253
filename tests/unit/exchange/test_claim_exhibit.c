/* tests/unit/exchange/test_claim_exhibit.c - an exhibit as a claim. */
#include "evidence/casefile.h"
#include "exchange/claim/read.h"
#include "exchange/intake.h"

static const struct claim_options options = {.clock = {.now_ns = START_NS}};

static void what_an_exhibit_shows_is_claimed(void)
{
    struct casefile *c = case_make(&(struct casefile_wish){.live = true, .handshakes = true});
    struct claim_set s = {.n = 0};
    struct addr remote = case_remote();
    intake_begin();
    CHECK_INT(claim_read(buf_bytes(&c->file), &options, &s, NULL), ST_OK);
    CHECK_INT(s.n, 1);
    CHECK_STR(s.format, "exhibit");
    CHECK_STR(s.accuser, "cert-a.example");
    CHECK((s.notes & CLAIM_NOTE_SEALED) != 0); /* seals are for verify */
    CHECK(addr_equal(&s.items[0].source, &remote));
    CHECK_INT(s.items[0].act, CLAIM_ACT_SCAN);
    CHECK_INT(s.items[0].state, CLAIM_STATE_TWO_WAY);
    CHECK_INT(s.items[0].target_port, 23);
    CHECK(!s.items[0].has_target); /* none was opened */
    CHECK_INT(s.items[0].when.first_ns, CASE_FIRST_NS + 1000);
    CHECK_INT(s.items[0].moment_n, CLAIM_MOMENTS_MAX);
    CHECK(s.items[0].more_moments);
    CHECK_INT(s.items[0].moments[3].source_port, 40003); /* rows have their ports in clear */
    claim_set_fini(&s);
    case_free(c);
}

static void an_exhibit_that_does_not_hold_together_is_refused(void)
{
    struct casefile *c = case_make(&(struct casefile_wish){.no_stamp = true});
    int accepted = 0;
    intake_begin();
    for (size_t i = 0; i < c->file.len; i += 499) {
        struct claim_set s = {.n = 0};
        struct fault why = {0};
        c->file.data[i] ^= 1;
        accepted += claim_read(buf_bytes(&c->file), &options, &s, &why) == ST_OK && s.n > 0;
        c->file.data[i] ^= 1;
        claim_set_fini(&s);
    }
    CHECK_INT(accepted, 0);
    for (size_t n = 0; n < c->file.len; n += 997) {
        struct claim_set s = {.n = 0};
        accepted += claim_read(bytes_of(c->file.data, n), &options, &s, NULL) == ST_OK && s.n > 0;
        claim_set_fini(&s);
    }
    CHECK_INT(accepted, 0);
    case_free(c);
}

TEST_MAIN(TEST(what_an_exhibit_shows_is_claimed),
          TEST(an_exhibit_that_does_not_hold_together_is_refused))
