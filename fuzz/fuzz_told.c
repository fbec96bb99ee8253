/* fuzz/fuzz_told.c - a stored finding with its origin, told and compared again.
 *
 * Properties: an origin that is accepted crosses our border as it is, and can be
 * told as CSV; compared with itself nothing has changed, and what two halves of
 * the input make of each other ends without a fault of memory.
 */
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/change.h"
#include "exchange/intake.h"
#include "report/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_MAX = 8 << 20, TEXT_MAX = 4 << 20 };

static void check_origin(const struct finding *f, const struct origin *o)
{
    CLEANUP(buf_fini) struct buf message = BUF_INIT(TEXT_MAX);
    CLEANUP(buf_fini) struct buf csv = BUF_INIT(TEXT_MAX);
    struct origin again;
    origin_put(&message, o);
    struct cursor in = cursor_of(buf_bytes(&message));
    assert(message.failed == ST_OK);
    assert(origin_get(&in, &again, NULL) == ST_OK && cursor_left(&in) == 0);
    const struct view_finding shown = {.finding = f, .origin = o};
    report_csv_finding(&csv, &shown);
    assert(csv.failed == ST_OK && csv.len > 2 && csv.data[csv.len - 1] == '\n');
}

static struct bytes dumped(const json_t *j, const char *otherwise, char **out)
{
    *out = j != NULL ? json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    const char *s = *out != NULL ? *out : otherwise;
    return bytes_of(s, strlen(s));
}

/* Is it the same, and what would be if the sources were others? */
static void check_changes(struct bytes line, struct arena *arena)
{
    json_t *root = json_loadb((const char *)line.data, line.len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *origin = json_object_get(root, "origin");
    char *texts[2];
    struct change_list list;
    struct change_question q = {.told = line,
                                .now = dumped(origin, "{}", &texts[0]),
                                .told_sources =
                                    dumped(json_object_get(origin, "sources"), "[]", &texts[1])};
    q.now_sources = q.told_sources;
    if (change_find(&q, arena, &list, NULL) == ST_OK) {
        assert(list.n == 0);
    }
    q.now = BYTES_LITERAL("{}");
    q.now_sources = BYTES_LITERAL("[]");
    if (change_find(&q, arena, &list, NULL) == ST_OK) {
        assert(list.n <= CHANGES_MAX);
        for (size_t i = 0; i < list.n; i++) {
            assert(list.items[i].was != NULL && list.items[i].now != NULL);
            assert(list.items[i].by_n <= CHANGE_SOURCES_MAX);
        }
    }
    free(texts[0]);
    free(texts[1]);
    json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct arena arena;
    struct finding f;
    struct origin o;
    bool has_origin = false;
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    struct bytes line = bytes_of(copy, size);
    arena_init(&arena, ARENA_MAX);
    if (intake_told(line, &arena, &f, &o, &has_origin, NULL) == ST_OK && has_origin) {
        check_origin(&f, &o);
    }
    check_changes(line, &arena);
    arena_fini(&arena);
    free(copy);
    return 0;
}
