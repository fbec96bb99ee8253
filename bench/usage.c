/* bench/usage.c - getrusage and the monotonic clock. */
#include "usage.h"

#include <stdio.h>
#include <time.h>

double usage_wall_seconds(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail for this clock */
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double usage_cpu_seconds(const struct rusage *u)
{
    return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
           (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e6;
}

void usage_print(unsigned long long packets, double wall_start)
{
    struct rusage u = {0};
    (void)getrusage(RUSAGE_SELF, &u); /* cannot fail for oneself */
    printf("packets %llu cpu_s %.4f wall_s %.4f peak_kib %ld\n", packets, usage_cpu_seconds(&u),
           usage_wall_seconds() - wall_start, u.ru_maxrss);
}
