/* base/model/remark.h - something odd in an input that a report can show.
 *
 * Odd but readable input is never repaired in silence: the reader remarks on
 * it. Equal remarks of one input are counted, not repeated.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/limits.h"
#include "base/core/status.h"

enum remark_code {
    REMARK_CUT,              /* the input ends inside a record */
    REMARK_BROKEN,           /* a record that cannot be read; what follows was not read */
    REMARK_SKIPPED,          /* a record or line that was passed over */
    REMARK_TIME_BACKWARDS,   /* a time before that of the record in front of it */
    REMARK_TIME_INVALID,     /* a fraction of a second past one second, or out of range */
    REMARK_YEAR_ASSUMED,     /* a log without years: which one was taken */
    REMARK_ZONE_ASSUMED,     /* a log without a time zone: UTC was taken */
    REMARK_LINK_UNSUPPORTED, /* frames of a link type that is not read */
    REMARK_LENGTHS,          /* headers that contradict each other */
    REMARK_FORMAT_UNKNOWN,   /* not a format that is read */
    REMARK_LINE_LONG,        /* a line over the limit */
    REMARK_MEMORY,           /* what the memory limit cost */
    REMARK_ONE_WAY,          /* the sensor sees one direction: what cannot be told */
    REMARK_LOCALS,           /* how the local networks were found */
    REMARK_CAGE,             /* a cage that is not in force */
    REMARK_SOURCE,           /* an attribution source that cannot be used, or is old */
    REMARK_INTERRUPTED,      /* stopped by a signal: what follows was not read */
    REMARK_UNREAD,           /* a log of which nothing is of use */
    REMARK_COUNT
};

enum { REMARK_TEXT_MAX = 256, REMARK_SENTENCE_MAX = 400 };

struct remark {
    enum remark_code code;
    unsigned input;             /* index of the input, UINT_MAX when of no input */
    uint64_t offset;            /* of the first such thing */
    uint64_t count;             /* how many such things */
    uint64_t value;             /* depends on the code: bytes, link type, year, limit ... */
    char text[REMARK_TEXT_MAX]; /* "captured length", a field name, ... ; our own words only */
    bool partial;               /* something of the input was not read: exit status 2 */
};

/* The remarks of one input or run, equal ones counted. */
struct remark_list {
    size_t n;
    struct remark items[LIMIT_REMARKS];
};

/* Add, or count one more of an equal code and value. Past the limit it is
 * counted in the last item. `text` is copied and cut to fit. */
void remark_add(struct remark_list *list, const struct remark *r);

/* Is it about a place in its input, rather than about all of it? */
bool remark_has_place(const struct remark *r);
/* A stable name for JSON: "cut", "time-backwards", ... */
const char *remark_name(enum remark_code code);
/* One sentence without the input's name. `out` of size n; returns out. */
const char *remark_sentence(const struct remark *r, char *out, size_t n);

/* Between our own processes. */
void remark_put(struct buf *out, const struct remark *r);
MUST_USE enum status remark_get(struct cursor *in, struct remark *ret);
