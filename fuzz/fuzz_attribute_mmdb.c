/* fuzz/fuzz_attribute_mmdb.c - MaxMind DBs, through the check and the library.
 *
 * Properties: a database that the check lets pass never makes the library read
 * out of bounds or run on, and every answer lies about the address asked for.
 * An input without metadata gets the usual one, so that trees and data are
 * reached.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attribute/mmdb.h"
#include "attribute/mmdbcheck.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct attribute_mmdb *db, struct addr a)
{
    struct attribute_mmdb_answer x;
    enum status st = attribute_mmdb_lookup(db, &a, &x);
    assert(st == ST_OK || st == ST_END || st == ST_MALFORMED || st == ST_NOMEM);
    if (st == ST_OK) {
        assert(x.net.len <= 128 && prefix_contains(&x.net, &a));
        assert(x.located[2] == '\0' && x.registered[2] == '\0');
        assert(memchr(x.as_name, '\0', sizeof(x.as_name)) != NULL);
        assert(x.flags >> ORIGIN_FLAG_COUNT == 0);
    }
}

static void try_bytes(struct bytes s)
{
    struct attribute_file f;
    struct attribute_mmdb *db = NULL;
    struct fault why = {0};
    char path[40];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    assert(fd >= 0 && write(fd, s.data, s.len) == (ssize_t)s.len);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    enum status st = attribute_file_open(path, &f, NULL);
    assert(st == ST_OK);
    close(fd);
    st = attribute_file_read(&f, true, NULL);
    if (st == ST_OK && attribute_mmdb_open(&f, &db, &why) == ST_OK) {
        int64_t ns;
        (void)attribute_mmdb_built(db, &ns); /* only that it returns */
        for (uint32_t i = 0; i < 64; i++) {
            ask(db, addr_from_v4(i * 0x04030201));
            struct addr a = {{0x20, (uint8_t)i, [2] = (uint8_t)(i * 7), [15] = (uint8_t)i}};
            ask(db, a);
        }
    } else {
        assert(st != ST_OK || (why.field != NULL && why.offset <= s.len));
    }
    attribute_mmdb_free(db);
    attribute_file_fini(&f);
}

/* One node, then whatever the input is for data. */
static void with_metadata(const uint8_t *data, size_t size)
{
    static const char metadata[] = "\xab\xcd\xefMaxMind.com\xe9\x5b"
                                   "binary_format_major_version\xa1\x02"
                                   "\x5b"
                                   "binary_format_minor_version\xa0"
                                   "\x4b"
                                   "build_epoch\x04\x02\x60\x00\x00\x00"
                                   "\x4d"
                                   "database_type\x44"
                                   "test"
                                   "\x4b"
                                   "description\xe0"
                                   "\x4a"
                                   "ip_version\xa1\x04"
                                   "\x49"
                                   "languages\x00\x04"
                                   "\x4a"
                                   "node_count\xc1\x01"
                                   "\x4b"
                                   "record_size\xa1\x18";
    static const uint8_t node[] = {0, 0, 17, 0, 0, 17, 0, 0, 0, 0, 0,
                                   0, 0, 0,  0, 0, 0,  0, 0, 0, 0, 0};
    size_t n = sizeof(node) + size + sizeof(metadata) - 1;
    uint8_t *all = malloc(n);
    assert(all != NULL);
    memcpy(all, node, sizeof(node));
    if (size > 0) {
        memcpy(all + sizeof(node), data, size);
    }
    memcpy(all + sizeof(node) + size, metadata, sizeof(metadata) - 1);
    try_bytes(bytes_of(all, n));
    free(all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    if (attribute_mmdb_sniff(bytes_of(data, size))) {
        try_bytes(bytes_of(data, size));
    } else {
        with_metadata(data, size);
    }
    return 0;
}
