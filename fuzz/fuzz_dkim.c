/* fuzz/fuzz_dkim.c - a file of keys, two NULs, and a mail.
 *
 * Properties: no more signatures than are kept, what is told of the body is
 * within it, and the answer is the same after it has crossed a border.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/dkim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct dkim_report *r)
{
    static struct dkim_report again;
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1 << 20);
    CLEANUP(buf_fini) struct buf c = BUF_INIT(1 << 20);
    assert(r->n <= DKIM_SIGNATURES_MAX && (r->n == DKIM_SIGNATURES_MAX || r->more == 0));
    for (size_t i = 0; i < r->n; i++) {
        const struct dkim_signature *s = &r->items[i];
        assert(s->step < DKIM_STEP_COUNT && s->aligned < DKIM_ALIGNED_COUNT);
        assert(!s->body_whole || s->body_signed == s->body_bytes);
        assert(s->step != DKIM_HOLDS || (s->key_bits > 0 && s->body_signed <= s->body_bytes));
    }
    dkim_report_put(&b, r);
    struct cursor in = cursor_of(buf_bytes(&b));
    assert(dkim_report_get(&in, &again) == ST_OK && cursor_left(&in) == 0);
    dkim_report_put(&c, &again);
    assert(bytes_equal(buf_bytes(&b), buf_bytes(&c)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *mark = size > 0 ? memmem(data, size, "\0\0", 2) : NULL;
    size_t keys_len = mark != NULL ? (size_t)(mark - data) : 0;
    size_t from = mark != NULL ? keys_len + 2 : 0;
    uint8_t *mail = malloc(size - from + 1); /* of exact size: reads past it are seen */
    CLEANUP(dkim_keys_freep) struct dkim_keys *keys = NULL;
    static struct dkim_report r;
    assert(mail != NULL);
    uint8_t *exact = size > from ? mail + 1 : mail;
    if (size > from) {
        memcpy(exact, data + from, size - from);
    }
    status_ignore(dkim_keys_read(bytes_of(data, keys_len), &keys, NULL)); /* or there are none */
    assert(dkim_verify(bytes_of(exact, size - from), keys, 1, &r) == ST_OK);
    check(&r);
    free(mail);
    return 0;
}
