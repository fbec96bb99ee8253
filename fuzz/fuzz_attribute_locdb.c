/* fuzz/fuzz_attribute_locdb.c - libloc databases, through our walk and libloc.
 *
 * The input is what follows the header and its sections: two AS, four networks,
 * the tree, eight bytes of text. So every input reaches the tree.
 * Properties: libloc never follows a way that ours did not find sound, and
 * every answer lies about the address asked for.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attribute/locdb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 4200, AS = 16, NETWORKS = 48, TEXT = 8 };

static void ask(const struct attribute_locdb *db, struct addr a)
{
    struct attribute_locdb_answer x;
    enum status st = attribute_locdb_lookup(db, &a, &x);
    assert(st == ST_OK || st == ST_END || st == ST_MALFORMED);
    (void)attribute_locdb_announced(db, &a); /* only that it returns */
    if (st == ST_OK) {
        assert(x.net.len <= 128 && prefix_contains(&x.net, &a));
        assert(memchr(x.code, '\0', sizeof(x.code)) != NULL);
        assert(memchr(x.as_name, '\0', sizeof(x.as_name)) != NULL);
        assert(x.flags >> ORIGIN_FLAG_COUNT == 0);
    }
}

static void write_header(uint8_t *out, size_t tree)
{
    const uint32_t len[] = {AS, NETWORKS, (uint32_t)tree, 0, TEXT};
    const uint32_t at[] = {HEAD, HEAD + AS, HEAD + AS + NETWORKS, 0,
                           HEAD + AS + NETWORKS + (uint32_t)tree};
    memset(out, 0, HEAD);
    memcpy(out, "LOCDBXX\x01", 8);
    for (size_t i = 0; i < 5; i++) {
        store_be32(out + 28 + 8 * i, at[i]);
        store_be32(out + 32 + 8 * i, len[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < AS + NETWORKS + TEXT || (size - AS - NETWORKS - TEXT) % 12 != 0) {
        return 0;
    }
    uint8_t *all = malloc(HEAD + size);
    struct attribute_file f;
    struct attribute_locdb *db = NULL;
    char path[40];
    assert(all != NULL);
    write_header(all, size - AS - NETWORKS - TEXT);
    memcpy(all + HEAD, data, size);
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    assert(fd >= 0 && write(fd, all, HEAD + size) == (ssize_t)(HEAD + size));
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    enum status st = attribute_file_open(path, &f, NULL);
    assert(st == ST_OK);
    close(fd);
    st = attribute_file_read(&f, true, NULL);
    if (st == ST_OK && attribute_locdb_open(&f, &db, NULL) == ST_OK) {
        for (uint32_t i = 0; i < 64; i++) {
            ask(db, addr_from_v4(i * 0x04030201));
            struct addr a = {{(uint8_t)(i << 2), (uint8_t)i, [15] = (uint8_t)i}};
            ask(db, a);
        }
    }
    attribute_locdb_free(db);
    attribute_file_fini(&f);
    free(all);
    return 0;
}
