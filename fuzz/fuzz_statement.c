/* fuzz/fuzz_statement.c - statements, and files of them.
 *
 * Properties: what is taken is in its one spelling and comes back the same when it is
 * written; names and ids are valid; faults lie inside; no proof of these holds.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/canon.h"
#include "exchange/talk/handed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_statement(const struct exchange_statement *s)
{
    struct buf again = BUF_INIT(LIMIT_STATEMENT_BYTES + 1);
    assert(ledger_name_valid(bytes_of(s->party, strlen(s->party))));
    assert(strlen(s->id) == EXCHANGE_ID_TEXT - 1 && json_is_object(s->body));
    assert(canon_write(s->root, &again) == ST_OK);
    buf_byte(&again, '\n');
    assert(bytes_equal(buf_bytes(&again), s->note.text));
    buf_fini(&again);
}

static void note(struct bytes in)
{
    struct exchange_statement *s = NULL, *again = NULL;
    struct fault why = {0};
    if (exchange_statement_read(in, &s, &why) != ST_OK) {
        assert(why.field != NULL && why.offset <= in.len + 1);
        return;
    }
    check_statement(s);
    assert(exchange_statement_read(buf_bytes(&s->file), &again, &why) == ST_OK);
    assert(exchange_statement_merge(s, again, &why) == ST_OK);
    assert(s->note.lines == again->note.lines);
    exchange_statement_free(s);
    exchange_statement_free(again);
}

static void file(struct bytes in)
{
    struct exchange_handed *h = NULL;
    static struct exchange_keys k;
    struct fault why = {0};
    if (exchange_handed_read(in, &h, &why) != ST_OK) {
        assert(why.field != NULL);
        return;
    }
    assert(h->n > 0);
    memset(&k, 0, sizeof(k));
    for (size_t i = 0; i < h->n; i++) {
        check_statement(h->item[i].statement);
        assert(exchange_item_check(&h->item[i], &k, false, &why) == ST_DENIED);
    }
    (void)(exchange_keys_follow_all(&k, h->keys, h->keys_n, &why) == ST_OK);
    assert(k.n == 0);
    exchange_handed_free(h);
}

static void canon(struct bytes in)
{
    json_t *v = NULL;
    struct buf again = BUF_INIT(in.len + 1);
    struct fault why = {0};
    if (canon_read(in, EXCHANGE_DEPTH, &v, &why) == ST_OK) {
        assert(canon_write(v, &again) == ST_OK && bytes_equal(buf_bytes(&again), in));
        json_decref(v);
    }
    buf_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    note(bytes_of(copy, size));
    file(bytes_of(copy, size));
    canon(bytes_of(copy, size));
    free(copy);
    return 0;
}
