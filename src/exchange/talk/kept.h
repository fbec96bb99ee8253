/* exchange/talk/kept.h - what the files that keep statements share. */
#pragma once

#include "evidence/home/home.h"

/* Write beside, sync, rename; below talk/. */
MUST_USE enum status exchange_kept_put(const struct evidence_home *h, const char *path,
                                       struct bytes content, struct fault *why);
