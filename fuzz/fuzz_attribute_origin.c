/* fuzz/fuzz_attribute_origin.c - answers as a caged process may send them.
 *
 * Properties: what is accepted is written back to the same bytes, and all its
 * words, numbers and texts are within their bounds.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/model/baseline.h"
#include "base/model/origin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct origin *o)
{
    assert(o->n <= ORIGIN_STATEMENTS_MAX && o->n_as <= ORIGIN_AS_MAX && o->net.len <= 128);
    assert(origin_word_name(o->located.word) != NULL && origin_wrap_name(o->wrap) != NULL);
    for (size_t i = 0; i < o->n; i++) {
        const struct origin_statement *s = &o->statements[i];
        assert(s->source < LIMIT_SOURCES && origin_about_name(s->about) != NULL);
        assert(origin_flag_name(s->flag) != NULL && s->code[2] == '\0');
        assert(s->text[sizeof(s->text) - 1] == '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct origin o;
    static struct origin_sources s;
    static struct baseline b;
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct buf out = BUF_INIT(1 << 20);
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    struct cursor c = cursor_of(bytes_of(copy, size));
    if (origin_get(&c, &o, NULL) == ST_OK) {
        check(&o);
        origin_put(&out, &o);
        assert(out.failed == ST_OK && bytes_equal(buf_bytes(&out), bytes_of(copy, c.pos)));
    }
    c = cursor_of(bytes_of(copy, size));
    buf_clear(&out);
    if (origin_sources_get(&c, &s, NULL) == ST_OK) {
        assert(s.n <= LIMIT_SOURCES);
        origin_sources_put(&out, &s);
        assert(out.failed == ST_OK && bytes_equal(buf_bytes(&out), bytes_of(copy, c.pos)));
    }
    c = cursor_of(bytes_of(copy, size));
    buf_clear(&out);
    if (baseline_get(&c, &b) == ST_OK) {
        assert(b.code_n <= BASELINE_CODES_MAX && b.as_n <= BASELINE_AS_MAX);
        baseline_put(&out, &b);
        assert(out.failed == ST_OK && bytes_equal(buf_bytes(&out), bytes_of(copy, c.pos)));
    }
    buf_fini(&out);
    free(copy);
    return 0;
}
