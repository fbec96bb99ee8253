/* cli/say.c - complaints on stderr. */
#include "cli/say.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/core/text.h"

enum { SAY_MAX = 8192, SAY_COLUMNS = 1000 };

/* What a complaint quotes (names of files) may hold anything. */
static void write_line(const char *line)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(4 * SAY_MAX);
    text_show(&out, bytes_of(line, strlen(line)), SAY_COLUMNS);
    (void)fprintf(stderr, "exhibit: %.*s\n", (int)out.len, (const char *)out.data);
}

void say(const char *format, ...)
{
    char line[SAY_MAX];
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(line, sizeof(line), format, ap);
    va_end(ap);
    write_line(line);
}

void say_fault(const char *file, enum status st, const struct fault *why)
{
    const char *field = why->field != NULL ? why->field : "";
    const char *gap = why->field != NULL ? ": " : "";
    if (st == ST_SYS) {
        say("%s: %s%s%s", file, field, gap, strerror(why->sys_errno));
    } else if (st == ST_LIMIT && why->limit > 0) {
        say("%s: offset %" PRIu64 ": %s%spast the limit of %" PRIu64, file, why->offset, field, gap,
            why->limit);
    } else if (st == ST_DENIED && why->field != NULL) {
        say("%s: %s", file, field); /* it says what is not allowed, and that it is not */
    } else if (st == ST_DENIED || st == ST_NOMEM) {
        say("%s: %s%s%s", file, field, gap, status_text(st));
    } else {
        say("%s: offset %" PRIu64 ": %s%s%s", file, why->offset, field, gap, status_text(st));
    }
}
