/* exchange/accord/differ.h - which terms of two accords differ, in words. */
#pragma once

#include <stddef.h>

#include "base/core/arena.h"
#include "base/core/status.h"
#include "exchange/accord/accord.h"

/* Texts live in the arena; they quote the accords and are escaped where they leave. */
struct accord_difference {
    const char *about; /* "clause", "party", "definition", "limit", "list", "sharing", "witness" */
    const char *what;  /* "scan.vertical/1 ports", "b.example" */
    const char *old, *now; /* "" where it is not there */
    const char *says;      /* a sentence */
};

struct accord_differences {
    struct arena arena;
    struct accord_difference *list;
    size_t n, cap;
};

MUST_USE enum status accord_differ(const struct accord *old, const struct accord *now,
                                   struct accord_differences *ret);
void accord_differences_fini(struct accord_differences *d);
