/* cli/progress.c - the line of progress. */
#include "cli/progress.h"

#include <stdio.h>

#include "base/core/timefmt.h"
#include "base/os/clock.h"

enum { PROGRESS_EVERY_MS = 100, PROGRESS_FIRST_MS = 500 };

static const int64_t millisecond = 1000000;

void progress_begin(struct progress *p, bool on, uint64_t total_bytes)
{
    *p = (struct progress){.on = on, .total_bytes = total_bytes};
    p->began_ns = clock_mono_ns();
    p->next_ns = p->began_ns + PROGRESS_FIRST_MS * millisecond;
}

void progress_show(struct progress *p, uint64_t bytes)
{
    int64_t now = clock_mono_ns();
    if (!p->on || now < p->next_ns) {
        return;
    }
    p->next_ns = now + PROGRESS_EVERY_MS * millisecond;
    p->shown = true;
    double seconds = (double)(now - p->began_ns) / 1e9;
    double rate = (double)bytes / seconds;
    (void)fprintf(stderr, "\r\033[K%.1f MB", (double)bytes / 1e6);
    if (p->total_bytes > 0 && bytes <= p->total_bytes) {
        char left[TIME_TEXT_MAX];
        double left_s = (double)(p->total_bytes - bytes) / rate;
        (void)time_format_span((int64_t)(left_s * 1e9), left);
        (void)fprintf(stderr, " of %.1f MB, %.0f MB/s, about %s left", (double)p->total_bytes / 1e6,
                      rate / 1e6, left);
    } else {
        (void)fprintf(stderr, ", %.0f MB/s", rate / 1e6);
    }
    (void)fflush(stderr);
}

void progress_clear(struct progress *p)
{
    if (p->shown) {
        (void)fprintf(stderr, "\r\033[K");
        (void)fflush(stderr);
        p->shown = false;
    }
}
