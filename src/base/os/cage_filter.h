/* base/os/cage_filter.h - the system calls of each cage. Only for cage.c. */
#pragma once

#include "base/os/cage.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAGE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define CAGE_SANITIZED 1
#endif
#endif
#ifndef CAGE_SANITIZED
#define CAGE_SANITIZED 0
#endif

/* 0, or the errno with which the system refused. */
int cage_filter_load(enum cage cage);
