/* fuzz/fuzz_messages.c - remarks and summaries as they cross the border of the
 * cage; origins have a target of their own, fuzz_attribute_origin.
 *
 * Properties: what is accepted is in bounds, can be shown, and is the same
 * after being written and read again; no cut of a message is one.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/model/remark.h"
#include "base/model/summary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGE_MAX = 1 << 16 };

static void check_remark(struct bytes s)
{
    struct remark r, again;
    char sentence[512];
    struct cursor in = cursor_of(s);
    if (remark_get(&in, &r) != ST_OK) {
        return;
    }
    assert((unsigned)r.code < REMARK_COUNT && remark_name(r.code) != NULL);
    assert(remark_sentence(&r, sentence, sizeof(sentence))[0] != '\0' || r.text[0] == '\0');
    struct buf one = BUF_INIT(MESSAGE_MAX);
    remark_put(&one, &r);
    struct cursor c = cursor_of(buf_bytes(&one));
    assert(remark_get(&c, &again) == ST_OK && c.pos == one.len && c.pos == in.pos);
    assert(again.code == r.code && again.input == r.input && again.offset == r.offset);
    assert(again.count == r.count && again.value == r.value && again.partial == r.partial);
    assert(strcmp(again.text, r.text) == 0);
    for (size_t n = 0; n < one.len; n++) {
        struct cursor cut = cursor_of(bytes_of(one.data, n));
        assert(remark_get(&cut, &again) != ST_OK);
    }
    buf_fini(&one);
}

static void check_list(struct bytes s)
{
    static struct remark_list list;
    struct cursor in = cursor_of(s);
    struct remark r;
    uint64_t added = 0, counted = 0;
    list.n = 0;
    while (cursor_left(&in) > 0) {
        r = (struct remark){.code = (enum remark_code)(cursor_u8(&in) % REMARK_COUNT),
                            .value = cursor_u8(&in)};
        remark_add(&list, &r);
        added++;
    }
    assert(list.n <= LIMIT_REMARKS);
    for (size_t i = 0; i < list.n; i++) {
        counted += list.items[i].count;
    }
    assert(added == counted); /* none is lost, however many differ */
}

static void check_summary(struct bytes s)
{
    struct summary a, again;
    struct cursor in = cursor_of(s);
    if (summary_get(&in, &a) != ST_OK) {
        return;
    }
    assert(a.locals.n <= LOCAL_NETS_MAX && local_rule_name(a.locals.rule) != NULL);
    struct buf one = BUF_INIT(MESSAGE_MAX), two = BUF_INIT(MESSAGE_MAX);
    summary_put(&one, &a);
    struct cursor c = cursor_of(buf_bytes(&one));
    assert(summary_get(&c, &again) == ST_OK && c.pos == one.len && c.pos == in.pos);
    summary_put(&two, &again);
    assert(one.failed == ST_OK && bytes_equal(buf_bytes(&one), buf_bytes(&two)));
    for (size_t n = 0; n < one.len; n++) {
        struct cursor cut = cursor_of(bytes_of(one.data, n));
        assert(summary_get(&cut, &again) != ST_OK);
    }
    buf_fini(&one);
    buf_fini(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    check_remark(bytes_of(copy, size));
    check_list(bytes_of(copy, size));
    check_summary(bytes_of(copy, size));
    free(copy);
    return 0;
}
