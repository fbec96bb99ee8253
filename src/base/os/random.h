/* base/os/random.h - bytes that nobody can guess, from the system. */
#pragma once

#include <stddef.h>

#include "base/core/status.h"

MUST_USE enum status random_bytes(void *ret, size_t n);
