/* base/core/status.c - the words for a status. */
#include "base/core/status.h"

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
