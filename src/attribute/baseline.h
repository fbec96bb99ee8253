/* attribute/baseline.h - what random addresses would look like. */
#pragma once

#include "attribute/sources.h"
#include "base/model/baseline.h"

/* Addresses that are asked for; a share of 1 % is then known to 0.1 %. */
enum { ATTRIBUTE_BASELINE_SAMPLE = 16384 };

/* Even over IPv4, the same in every run. The sources must be loaded for it. */
void attribute_baseline(const struct attribute_sources *set, int64_t event_ns,
                        struct baseline *ret);
