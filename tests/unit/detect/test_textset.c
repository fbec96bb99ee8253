/* tests/unit/detect/test_textset.c - a text that comes again is known, and only that one. */
#include "detect/textset.h"

#include <stdlib.h>

#include "test.h"

enum { KINDS = 6, LONG = TEXT_RUN_BYTES + 8 };

/* Texts that are easily taken for each other: one is empty, one the beginning
 * of another, two differ behind what is kept. */
static struct bytes kind(unsigned i)
{
    static uint8_t text[KINDS][LONG];
    static const size_t len[KINDS] = {0, 4, 5, TEXT_RUN_BYTES, LONG, LONG};
    memset(text[i], 'a', sizeof(text[i]));
    text[5][LONG - 1] = 'b';
    return bytes_of(text[i], len[i]);
}

static void one_number_is_one_text(void)
{
    struct text_run run = {0};
    struct text_set set = {0};
    struct text_slot *slot;
    uint64_t last = 0;
    unsigned of_last = 0;
    uint32_t state = 1;
    int bad = 0;
    for (int i = 0; i < 5000; i++) {
        state = state * 1664525 + 1013904223;
        unsigned k = state >> 20 & 1 ? of_last : (state >> 24) % KINDS;
        uint64_t n = text_run_number(&run, kind(k));
        bad += n == 0 || (n == last && k != of_last);
        bad += n != last && k == of_last && i > 0 && kind(k).len <= TEXT_RUN_BYTES;
        if (n != last) {
            CHECK(text_set_add(&set, 7, kind(k), 0, &slot) == ST_OK);
        }
        last = n;
        of_last = k;
    }
    CHECK(bad == 0);
    CHECK_INT(set.n, KINDS);
    text_set_fini(&set);
}

static void looking_ahead_reads_nothing_that_is_not_there(void)
{
    struct text_set set = {0};
    struct text_slot *slot;
    for (unsigned round = 0; round < 2; round++) {
        for (uint32_t hash = 0; hash < 64; hash++) { /* an empty slot's hash is 0 */
            text_set_touch(&set, hash);
            text_set_touch_text(&set, hash);
        }
        CHECK(text_set_add(&set, 7, (struct bytes){0}, 1, &slot) == ST_OK); /* has no text */
        text_set_touch_text(&set, text_set_hash((struct bytes){0}, 7));
    }
    CHECK_INT(set.n, 1);
    CHECK_INT(slot->count, 2);
    text_set_fini(&set);
}

TEST_MAIN(TEST(one_number_is_one_text), TEST(looking_ahead_reads_nothing_that_is_not_there))
