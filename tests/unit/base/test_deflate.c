/* tests/unit/base/test_deflate.c - what is made smaller comes back as it was. */
#include "base/core/deflate.h"
#include "test.h"

#include <zlib.h>

static void it_comes_back(void)
{
    char text[5000];
    uint8_t back[sizeof(text)];
    uLongf n = sizeof(back);
    struct buf out = BUF_INIT(1 << 16);
    memset(text, 'a', sizeof(text));
    buf_byte(&out, 'x'); /* it appends */
    deflate_append(&out, bytes_of(text, sizeof(text)));
    CHECK_INT(out.failed, ST_OK);
    CHECK(out.len < 100);
    CHECK_INT(uncompress(back, &n, out.data + 1, out.len - 1), Z_OK);
    CHECK(n == sizeof(text) && memcmp(back, text, n) == 0);
    buf_fini(&out);
}

static void past_the_maximum_it_fails(void)
{
    struct buf out = BUF_INIT(4);
    deflate_append(&out, BYTES_LITERAL("more than four bytes"));
    CHECK(out.failed != ST_OK);
    CHECK_INT(out.len, 0);
    buf_fini(&out);
}

/* clang-format off */
TEST_MAIN(
    TEST(it_comes_back),
    TEST(past_the_maximum_it_fails),
)
/* clang-format on */
