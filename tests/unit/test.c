/* tests/unit/test.c - running tests, failing allocations on demand. */
#include "test.h"

#include <sys/mman.h>
#include <unistd.h>

static unsigned fail_at;
static unsigned calls;
static bool failed;
static bool skipped; /* the running test lacked the shared data */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset);
void *__real_mmap64(void *at, size_t n, int prot, int flags, int fd, off_t offset);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *at, size_t n, int prot, int flags, int fd, off_t offset);

static bool must_fail(void)
{
    if (fail_at == 0 || ++calls < fail_at) {
        return false;
    }
    failed = true;
    return true;
}

void *__wrap_malloc(size_t n)
{
    return must_fail() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return must_fail() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return must_fail() ? NULL : __real_realloc(p, n);
}

void *__wrap_mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset)
{
    return must_fail() ? MAP_FAILED : __real_mmap(at, n, prot, flags, fd, offset);
}

/* What mmap is called with large file offsets. */
void *__wrap_mmap64(void *at, size_t n, int prot, int flags, int fd, off_t offset)
{
    return must_fail() ? MAP_FAILED : __real_mmap64(at, n, prot, flags, fd, offset);
}

void test_fail_allocation(unsigned nth)
{
    fail_at = nth;
    calls = 0;
    failed = false;
}

bool test_allocation_failed(void)
{
    return failed;
}

const char *test_shared(void)
{
    static char path[4096];
    const char *env = getenv("EXHIBIT_SHARED");
    const char *root = getenv("EXHIBIT_SOURCE_ROOT");
    (void)snprintf(path, sizeof(path), "%s", env ? env : "");
    if (env == NULL && root != NULL) {
        (void)snprintf(path, sizeof(path), "%s/../shared", root);
    }
    if (path[0] != '\0' && access(path, R_OK) == 0) {
        return path;
    }
    const char *ci = getenv("CI");
    if (ci != NULL && strcmp(ci, "true") == 0) {
        test_failures++;
        printf("# the shared real data is not here\n");
    }
    skipped = true;
    return NULL;
}

int test_main(const struct test *tests, size_t n)
{
    int bad = 0;
    printf("1..%zu\n", n);
    for (size_t i = 0; i < n; i++) {
        test_failures = 0;
        skipped = false;
        tests[i].run();
        test_fail_allocation(0);
        bad += test_failures > 0;
        printf("%sok %zu - %s%s\n", test_failures ? "not " : "", i + 1, tests[i].name,
               skipped && !test_failures ? " # SKIP no shared data" : "");
        fflush(stdout);
    }
    return bad > 0;
}
