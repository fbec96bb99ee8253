/* fuzz/fuzz_attribute_table.c - a compiled table that somebody wrote to.
 *
 * The input is a list of changes (where u32, what u8) to a table that is compiled
 * from a few sources when the target starts; the header's sum is made to fit.
 * Properties: every answer is a value of the table, its texts end, its sources
 * are there, and nothing outside of the file is read.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attribute/table.h"
#include "attribute/table_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHANGE_BYTES = 5, EVENT_S = 1790000000 };

static struct buf table; /* as it was compiled; kept for all runs */

static void add(struct attribute_sources *set, const char *text, const char *options)
{
    struct remark_list remarks = {.n = 0};
    char spec[64];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)snprintf(spec, sizeof(spec), "/proc/self/fd/%d%s", fd, options);
    enum status st = attribute_sources_add(set, spec, &remarks, NULL);
    assert(st == ST_OK);
    (void)close(fd); /* the source has its own */
}

static void compile(void)
{
    static const struct digest identity = {{1}};
    struct remark_list remarks = {.n = 0};
    struct attribute_sources *set = NULL;
    enum status st = attribute_sources_new((int64_t)EVENT_S * 1000000000, &set);
    assert(st == ST_OK);
    add(set, "16777216,33554431,AU\n33554432,33554435,EU\n4026531839,4026531839,US\n", "");
    add(set,
        "2.3|test|1|2|19830705|20260821|+0000\n"
        "test|NL|ipv4|1.2.3.0|300|20100712|allocated|a\n"
        "test|SE|ipv6|2a00:1::|48|20110101|assigned|b\n",
        "");
    add(set, "1.2.3.0/25\n1.2.3.64/26\n2a00:1::/64\n", ",as=tor-exit");
    st = attribute_sources_load(set, true, true, &remarks);
    assert(st == ST_OK);
    table = BUF_INIT(LIMIT_TABLE_BYTES);
    st = attribute_table_compile(set, &identity, 7, &table, &remarks);
    assert(st == ST_OK && remarks.n == 0);
    attribute_sources_free(set);
}

/* Most of a table are the first entries of its tries, which are alike: every
 * other change is to what lies behind them. */
static void change(uint8_t *file, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i + CHANGE_BYTES <= size; i += CHANGE_BYTES) {
        size_t at = load_be32(data + i);
        at = i % (2 * (size_t)CHANGE_BYTES) != 0 ? table.len - 1 - at % (table.len / 64)
                                                 : at % table.len;
        file[at] = data[i + 4];
    }
    struct digest sum;
    enum status st = digest_sha256(bytes_of(file, TABLE_SUM_AT), &sum);
    assert(st == ST_OK);
    memcpy(file + TABLE_SUM_AT, sum.b, sizeof(sum.b));
}

static void check(const struct attribute_table *t, const struct addr *a)
{
    struct origin o;
    attribute_table_origin(t, a, &o);
    assert(o.n <= ORIGIN_STATEMENTS_MAX && o.n_as <= ORIGIN_AS_MAX);
    for (size_t i = 0; i < o.n; i++) {
        const struct origin_statement *s = &o.statements[i];
        assert(s->source < attribute_table_sources(t)->n);
        assert(origin_about_name(s->about) != NULL && origin_flag_name(s->flag) != NULL);
        assert(memchr(s->text, '\0', sizeof(s->text)) != NULL && s->code[2] == '\0');
    }
}

static void ask(struct attribute_table *t)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t v4 = i % 2 != 0 ? 0x01020300U + i / 2 : i * UINT32_C(2654435761);
        struct addr a = addr_from_v4(v4);
        uint32_t id;
        attribute_table_batch4(t, &v4, 1, &id);
        assert(id < attribute_table_values(t) && id == attribute_table_find(t, &a));
        check(t, &a);
        store_be64(a.b, UINT64_C(0x2a00000100000000) + ((uint64_t)v4 << (i % 32)));
        store_be64(a.b + 8, i);
        assert(!attribute_table_reaches(&a) ||
               attribute_table_find(t, &a) < attribute_table_values(t));
        check(t, &a);
        (void)attribute_table_lookup(t, &a);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct attribute_table *t = NULL;
    struct fault why = {0};
    if (table.len == 0) {
        compile();
    }
    uint8_t *file = malloc(table.len); /* of exact size: reads past it are seen */
    assert(file != NULL);
    memcpy(file, table.data, table.len);
    change(file, data, size);
    if (attribute_table_open(bytes_of(file, table.len), (int64_t)EVENT_S * 1000000000, &t, &why) ==
        ST_OK) {
        ask(t);
        attribute_table_free(t);
    } else {
        assert(why.field != NULL);
    }
    free(file);
    return 0;
}
