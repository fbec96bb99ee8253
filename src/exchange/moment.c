/* exchange/moment.c - how fine the times of a finding are. */
#include "exchange/moment.h"

#include <string.h>

static bool whole(const struct finding *f, int64_t unit)
{
    bool is = f->when.first_ns % unit == 0 && f->when.last_ns % unit == 0;
    for (size_t i = 0; i < f->flows.n; i++) {
        is &= f->flows.items[i].time_ns % unit == 0;
    }
    return is;
}

void moment_format(const struct finding *f, int64_t ns, char out[TIME_TEXT_MAX])
{
    size_t n = time_format(ns, out); /* 2024-05-17T10:05:03.123456789Z */
    size_t cut = whole(f, TIME_SECOND) ? 10 : whole(f, 1000) ? 3 : 0;
    if (cut > 0) {
        memcpy(out + n - 1 - cut, "Z", 2);
    }
}
