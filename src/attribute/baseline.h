/* attribute/baseline.h - what random addresses would look like. */
#pragma once

#include "attribute/sources.h"
#include "base/model/baseline.h"

/* Addresses that are asked for; a share of 1 % is then known to 0.1 %. */
enum { ATTRIBUTE_BASELINE_SAMPLE = 16384 };

/* Even over IPv4, the same in every run. The sources must be loaded for it. */
void attribute_baseline(const struct attribute_sources *set, int64_t event_ns,
                        struct baseline *ret);
/* Of IPv6 hardly any address is anybody's, so the sample is even over the /48s
 * that are announced: by the source of routes nearest to the event, or where
 * there is none over those of which a source knows anything. */
MUST_USE enum status attribute_baseline6(const struct attribute_sources *set, int64_t event_ns,
                                         struct baseline *ret);
