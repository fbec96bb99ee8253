/* bench/touch.c - our own floor: read() in 256 KiB pieces, walk the records,
 * look at the fields of Ethernet, IP and TCP that any detector needs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/core/cursor.h"
#include "base/model/observation.h"
#include "usage.h"

enum { FILE_HEADER = 24, RECORD_HEADER = 16, CHUNK = 262144, RECORD_MAX = 262144 + RECORD_HEADER };

struct seen {
    unsigned long long packets, syns;
    uint64_t mix; /* of all fields, so that none is optimised away */
};

static void touch_tcp(const uint8_t *p, struct seen *s)
{
    s->mix += load_be32(p + 4) ^ load_be16(p + 14);
    s->syns += (p[13] & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static void touch_frame(const uint8_t *p, size_t n, struct seen *s)
{
    s->packets++;
    if (n < 14 + 20 + 8) {
        return;
    }
    uint16_t type = load_be16(p + 12);
    size_t at = 14;
    uint8_t proto;
    if (type == 0x0800) {
        proto = p[at + 9];
        s->mix +=
            load_be32(p + at + 12) ^ load_be32(p + at + 16) ^ load_be16(p + at + 4) ^ p[at + 8];
        at += (size_t)(p[at] & 0x0f) * 4;
    } else if (type == 0x86dd && n >= 14 + 40 + 8) {
        proto = p[at + 6];
        s->mix += load_be64(p + at + 8) ^ load_be64(p + at + 16) ^ load_be64(p + at + 24) ^
                  load_be64(p + at + 32) ^ p[at + 7];
        at += 40;
    } else {
        return;
    }
    if (n < at + 8) {
        return;
    }
    s->mix += load_be32(p + at); /* ports, or type and code */
    if (proto == PROTO_TCP && n >= at + 20) {
        touch_tcp(p + at, s);
    }
}

/* Touches every whole record in front of the bytes; returns how far it came. */
static size_t touch_records(const uint8_t *p, size_t n, bool big, struct seen *s, bool *bad)
{
    size_t at = 0;
    while (n - at >= RECORD_HEADER) {
        uint32_t len = big ? load_be32(p + at + 8) : load_le32(p + at + 8);
        if (len > RECORD_MAX - RECORD_HEADER) {
            *bad = true;
            break;
        }
        if (n - at - RECORD_HEADER < len) {
            break;
        }
        s->mix += load_le64(p + at);
        touch_frame(p + at + RECORD_HEADER, len, s);
        at += RECORD_HEADER + len;
    }
    return at;
}

static const char *walk(int fd, struct seen *s)
{
    static uint8_t buf[RECORD_MAX + CHUNK]; /* what is left of the last piece, and the next */
    ssize_t got = read(fd, buf, FILE_HEADER);
    if (got != FILE_HEADER) {
        return "pcap file header";
    }
    bool big = buf[0] == 0xa1;
    size_t n = 0;
    for (;;) {
        got = read(fd, buf + n, CHUNK);
        if (got < 0) {
            return strerror(errno);
        }
        if (got == 0) {
            return n == 0 ? NULL : "ends inside a record";
        }
        n += (size_t)got;
        bool bad = false;
        size_t done = touch_records(buf, n, big, s, &bad);
        if (bad) {
            return "captured length";
        }
        n -= done;
        memmove(buf, buf + done, n);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: touch FILE\n", stderr);
        return 2;
    }
    double start = usage_wall_seconds();
    int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
    struct seen s = {0};
    const char *why = fd < 0 ? strerror(errno) : walk(fd, &s);
    if (fd >= 0) {
        (void)close(fd); /* only read from */
    }
    usage_print(s.packets, start);
    printf("syns %llu mix %llx\n", s.syns, (unsigned long long)s.mix);
    if (why != NULL) {
        fprintf(stderr, "touch: %s: %s\n", argv[1], why);
        return 2;
    }
    return 0;
}
