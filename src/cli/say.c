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
    char text[FAULT_TEXT_MAX];
    say("%s: %s", file, fault_text(st, why, text, sizeof(text)));
}
