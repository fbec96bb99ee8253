/* bench/usage.h - what a run has cost, in one line. */
#pragma once

#include <sys/resource.h>

/* Of a clock that only goes forward. */
double usage_wall_seconds(void);
/* User and system together. */
double usage_cpu_seconds(const struct rusage *u);
/* "packets N cpu_s X wall_s Y peak_kib Z". */
void usage_print(unsigned long long packets, double wall_start);
