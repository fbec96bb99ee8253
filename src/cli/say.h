/* cli/say.h - complaints on stderr, each in one line. */
#pragma once

#include "base/core/status.h"

/* "exhibit: ...". */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "exhibit: FILE: offset 24: captured length: past the limit of 262144". */
void say_fault(const char *file, enum status st, const struct fault *why);
