/* base/model/remark.c - names and sentences of remarks. */
#include "base/model/remark.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const char *sentence; /* %s is the text */
} words[REMARK_COUNT] = {
    [REMARK_CUT] = {"cut", "ends in the middle of a record (%s); all before it was read"},
    [REMARK_BROKEN] = {"broken", "cannot be read any further: %s"},
    [REMARK_SKIPPED] = {"skipped", "passed over: %s"},
    [REMARK_TIME_BACKWARDS] = {"time-backwards", "time runs backwards%s"},
    [REMARK_TIME_INVALID] = {"time-invalid", "a time that cannot be right: %s"},
    [REMARK_YEAR_ASSUMED] = {"year-assumed", "no years in this log: %s"},
    [REMARK_ZONE_ASSUMED] = {"zone-assumed", "no time zone in this log: UTC was taken%s"},
    [REMARK_LINK_UNSUPPORTED] = {"link-unsupported", "frames of a link type that is not read: %s"},
    [REMARK_LENGTHS] = {"lengths", "headers that contradict each other: %s"},
    [REMARK_FORMAT_UNKNOWN] = {"format-unknown", "not a format that is read here%s"},
    [REMARK_LINE_LONG] = {"line-long", "a line over the limit was passed over%s"},
    [REMARK_MEMORY] = {"memory", "the memory limit was met: %s"},
    [REMARK_ONE_WAY] = {"one-way", "mostly one direction was seen: %s"},
    [REMARK_LOCALS] = {"locals", "local networks: %s"},
    [REMARK_CAGE] = {"cage", "running without a cage: %s"},
    [REMARK_SOURCE] = {"source", "%s"},
    [REMARK_INTERRUPTED] = {"interrupted", "stopped by a signal; what follows was not read%s"},
    [REMARK_UNREAD] = {"unread", "%s"},
};

void remark_add(struct remark_list *list, const struct remark *r)
{
    for (size_t i = 0; i < list->n; i++) {
        struct remark *have = &list->items[i];
        if (have->code == r->code && have->value == r->value && have->input == r->input) {
            have->count += r->count ? r->count : 1;
            have->partial |= r->partial;
            return;
        }
    }
    if (list->n == LIMIT_REMARKS) {
        list->items[list->n - 1].count++;
        list->items[list->n - 1].partial |= r->partial;
        return;
    }
    list->items[list->n] = *r;
    list->items[list->n].count = r->count ? r->count : 1;
    list->n++;
}

bool remark_has_place(const struct remark *r)
{
    return r->code != REMARK_INTERRUPTED && r->code != REMARK_UNREAD;
}

const char *remark_name(enum remark_code code)
{
    return (unsigned)code < REMARK_COUNT ? words[code].name : "unknown";
}

const char *remark_sentence(const struct remark *r, char *out, size_t n)
{
    int len = 0;
    if ((unsigned)r->code >= REMARK_COUNT) {
        (void)snprintf(out, n, "unknown remark");
        return out;
    }
/* The formats are the constants above, each with one %s. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    len = snprintf(out, n, words[r->code].sentence, r->text);
#pragma GCC diagnostic pop
    if (r->count > 1 && len >= 0 && (size_t)len < n) {
        (void)snprintf(out + len, n - (size_t)len, " (%" PRIu64 " times)", r->count);
    }
    return out;
}

void remark_put(struct buf *out, const struct remark *r)
{
    buf_byte(out, (uint8_t)r->code);
    buf_byte(out, r->partial);
    buf_be32(out, r->input);
    buf_be64(out, r->offset);
    buf_be64(out, r->count);
    buf_be64(out, r->value);
    buf_append(out, r->text, sizeof(r->text));
}

enum status remark_get(struct cursor *in, struct remark *ret)
{
    struct remark r = {.code = (enum remark_code)cursor_u8(in)};
    r.partial = cursor_u8(in) != 0;
    r.input = cursor_be32(in);
    r.offset = cursor_be64(in);
    r.count = cursor_be64(in);
    r.value = cursor_be64(in);
    struct bytes text = cursor_take(in, sizeof(r.text));
    if (in->failed || (unsigned)r.code >= REMARK_COUNT ||
        memchr(text.data, '\0', text.len) == NULL) {
        return ST_MALFORMED;
    }
    memcpy(r.text, text.data, text.len);
    *ret = r;
    return ST_OK;
}
