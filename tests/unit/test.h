/* tests/unit/test.h - the whole test framework.
 *
 * A test file lists its tests; each is a function without arguments whose
 * name is its claim. CHECK goes on after a failure, so that one run shows all.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test {
    const char *name;
    void (*run)(void);
};

extern int test_failures; /* of the running test */

#define CHECK(x)                                                                                   \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            test_failures++;                                                                       \
            printf("# %s:%d: %s\n", __FILE__, __LINE__, #x);                                       \
        }                                                                                          \
    } while (0)

#define CHECK_INT(got, want)                                                                       \
    do {                                                                                           \
        long long got_ = (long long)(got), want_ = (long long)(want);                              \
        if (got_ != want_) {                                                                       \
            test_failures++;                                                                       \
            printf("# %s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #got, got_, want_);      \
        }                                                                                          \
    } while (0)

#define CHECK_STR(got, want)                                                                       \
    do {                                                                                           \
        const char *got_ = (got), *want_ = (want);                                                 \
        if (got_ == NULL || strcmp(got_, want_) != 0) {                                            \
            test_failures++;                                                                       \
            printf("# %s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #got,                \
                   got_ ? got_ : "(null)", want_);                                                 \
        }                                                                                          \
    } while (0)

#define TEST(f)                                                                                    \
    {                                                                                              \
#f, f                                                                                      \
    }

/* Runs all, prints TAP, returns the exit status. */
int test_main(const struct test *tests, size_t n);

#define TEST_MAIN(...)                                                                             \
    int test_failures;                                                                             \
    int main(void)                                                                                 \
    {                                                                                              \
        static const struct test tests[] = {__VA_ARGS__};                                          \
        return test_main(tests, sizeof(tests) / sizeof(tests[0]));                                 \
    }

/* The shared real data, or NULL when it is not here (EXHIBIT_SHARED, else
 * ../shared beside the project). Under CI=true its absence is a failure. */
const char *test_shared(void);

/* Make the nth allocation from now fail, and all after it; 0: none. Only for
 * calls from the code under test (the linker wraps them). */
void test_fail_allocation(unsigned nth);
/* Did that failure happen? */
bool test_allocation_failed(void);
