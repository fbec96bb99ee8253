/* fuzz/fuzz_finding.c - findings as they cross the border of the cage.
 *
 * Properties: what is accepted can be written and read again, and is the same;
 * a finding made of the input survives whole; a changed byte or a cut of its
 * message never leads to more than a status.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/model/finding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGE_MAX = 4 << 20, ARENA_MAX = 8 << 20 };

static void put(const struct finding *f, struct buf *out)
{
    buf_init(out, MESSAGE_MAX);
    finding_put(out, f);
    assert(out->failed == ST_OK);
}

static void check_bounds(const struct finding *f)
{
    assert(f->port_n <= FINDING_PORTS_MAX && f->target_n <= FINDING_SAMPLE_MAX);
    assert(f->source_n <= FINDING_SAMPLE_MAX && f->text_n <= FINDING_TEXTS_MAX);
    assert(f->tool_n <= FINDING_TOOLS_MAX);
    assert(memchr(f->kind, '\0', sizeof(f->kind)) != NULL);
    assert(memchr(f->counter, '\0', sizeof(f->counter)) != NULL);
    for (size_t i = 0; i < f->text_n; i++) {
        assert(f->texts[i] != NULL);
    }
}

/* Read what may be a message; if it is one, writing and reading repeats it. */
static void check_message(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct arena arena;
    struct finding f, again;
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    struct cursor in = cursor_of(bytes_of(copy, size));
    arena_init(&arena, ARENA_MAX);
    if (finding_get(&in, &arena, &f) == ST_OK) {
        struct buf one, two;
        check_bounds(&f);
        put(&f, &one);
        struct cursor c = cursor_of(buf_bytes(&one));
        assert(finding_get(&c, &arena, &again) == ST_OK && c.pos == one.len);
        put(&again, &two);
        assert(bytes_equal(buf_bytes(&one), buf_bytes(&two)));
        assert(finding_compare(&f, &again) == 0);
        buf_fini(&one);
        buf_fini(&two);
    }
    arena_fini(&arena);
    free(copy);
}

static void take_word(struct cursor *c, char *out, size_t cap)
{
    size_t n = cursor_u8(c) % cap;
    for (size_t i = 0; i < n; i++) {
        uint8_t b = cursor_u8(c);
        out[i] = (char)(b ? b : 'x');
    }
    out[n] = '\0';
}

static struct addr take_addr(struct cursor *c)
{
    return addr_from_v4(cursor_be32(c));
}

static void take_numbers(struct cursor *c, struct finding *f)
{
    f->flags = cursor_be32(c);
    f->authentic = (enum authentic)(cursor_u8(c) % (AUTHENTIC_IMPOSSIBLE + 1));
    uint8_t has = cursor_u8(c);
    f->has_initiator = (has & 1) != 0;
    f->has_victim = (has & 2) != 0;
    f->has_remote = (has & 4) != 0;
    f->initiator = take_addr(c);
    f->victim = take_addr(c);
    f->remote = take_addr(c);
    f->when = extent_of((int64_t)cursor_be64(c), cursor_be64(c));
    f->packets = cursor_be64(c);
    f->targets = cursor_be32(c);
    f->spoof_single = cursor_be64(c);
    f->threshold = cursor_be64(c);
}

/* Any finding that the rules of struct finding allow. */
static void make_finding(struct cursor *c, struct arena *arena, struct finding *f)
{
    static struct addr sample[300];
    take_word(c, f->definition, sizeof(f->definition));
    take_word(c, f->kind, sizeof(f->kind));
    take_word(c, f->technique, sizeof(f->technique));
    take_word(c, f->counter, sizeof(f->counter));
    take_numbers(c, f);
    f->port_n = cursor_u8(c) % (FINDING_PORTS_MAX + 1U);
    for (size_t i = 0; i < f->port_n; i++) {
        f->port_list[i] = cursor_be16(c);
    }
    f->target_n = cursor_u8(c) % (FINDING_SAMPLE_MAX + 1U);
    for (size_t i = 0; i < f->target_n; i++) {
        f->target_sample[i] = take_addr(c);
    }
    f->text_n = cursor_u8(c) % (FINDING_TEXTS_MAX + 1U);
    for (size_t i = 0; i < f->text_n; i++) {
        char word[64];
        take_word(c, word, sizeof(word));
        f->texts[i] = arena_text(arena, bytes_of(word, strlen(word)));
        assert(f->texts[i] != NULL);
    }
    f->tool_n = cursor_u8(c) % (FINDING_TOOLS_MAX + 1U);
    for (size_t i = 0; i < f->tool_n; i++) {
        f->tools[i] = (struct finding_tool){cursor_u8(c), cursor_be64(c), cursor_be64(c)};
    }
    f->spoof_n = cursor_be16(c) % ARRAY_LEN(sample);
    f->spoof_sample = sample;
    assert(finding_identify(f) == ST_OK);
}

static void check_made(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_of(bytes_of(data, size));
    struct finding f = {0}, back;
    struct arena arena;
    struct buf one, two;
    size_t at = cursor_be16(&c);
    uint8_t change = cursor_u8(&c);
    arena_init(&arena, ARENA_MAX);
    make_finding(&c, &arena, &f);
    put(&f, &one);
    struct cursor in = cursor_of(buf_bytes(&one));
    assert(finding_get(&in, &arena, &back) == ST_OK && in.pos == one.len);
    put(&back, &two);
    assert(bytes_equal(buf_bytes(&one), buf_bytes(&two)));
    assert(finding_compare(&f, &back) == 0);
    at %= one.len;
    struct cursor cut = cursor_of(bytes_of(one.data, at));
    assert(finding_get(&cut, &arena, &back) == ST_MALFORMED); /* no cut is a message */
    one.data[at] ^= change;
    check_message(one.data, one.len);
    arena_fini(&arena);
    buf_fini(&one);
    buf_fini(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_message(data, size);
    check_made(data, size);
    return 0;
}
