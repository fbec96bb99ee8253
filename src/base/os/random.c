/* base/os/random.c - getrandom, whole. */
#include "base/os/random.h"

#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

enum status random_bytes(void *ret, size_t n)
{
    uint8_t *to = ret;
    while (n > 0) {
        ssize_t got = getrandom(to, n, 0);
        if (got < 0 && errno == EINTR) {
            continue; /* only requests over 256 bytes are interrupted */
        }
        if (got <= 0) {
            return ST_SYS;
        }
        to += got;
        n -= (size_t)got;
    }
    return ST_OK;
}
