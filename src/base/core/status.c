/* base/core/status.c - the words for a status. */
#include "base/core/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *status_text(enum status st)
{
    static const char *const text[] = {
        [ST_OK] = "fine",
        [ST_END] = "no more",
        [ST_NOMEM] = "out of memory",
        [ST_SHORT] = "ends early",
        [ST_MALFORMED] = "malformed",
        [ST_LIMIT] = "past a limit",
        [ST_DENIED] = "not allowed",
        [ST_MISMATCH] = "does not hold",
        [ST_SYS] = "the system refused",
    };
    return (size_t)st < ARRAY_LEN(text) ? text[st] : "unknown status";
}

const char *fault_text(enum status st, const struct fault *why, char *out, size_t size)
{
    const char *field = why->field != NULL ? why->field : "";
    const char *gap = why->field != NULL ? ": " : "";
    const char *unit = why->unit != NULL ? why->unit : "offset";
    char place[64] = "";
    if (*unit != '\0') {
        (void)snprintf(place, sizeof(place), "%s %" PRIu64 ": ", unit, why->offset);
    }
    if (st == ST_SYS) {
        (void)snprintf(out, size, "%s%s%s", field, gap, strerror(why->sys_errno));
    } else if (st == ST_LIMIT && why->limit > 0) {
        (void)snprintf(out, size, "%s%s%spast the limit of %" PRIu64, place, field, gap,
                       why->limit);
    } else if (st == ST_DENIED && why->field != NULL) {
        (void)snprintf(out, size, "%s",
                       field); /* it says what is not allowed, and that it is not */
    } else if (st == ST_DENIED || st == ST_NOMEM) {
        (void)snprintf(out, size, "%s%s%s", field, gap, status_text(st));
    } else {
        (void)snprintf(out, size, "%s%s%s%s", place, field, gap, status_text(st));
    }
    return out;
}
