/* tests/unit/attribute/test_table.c - does the compiled table answer as the
 * sources do?
 *
 * With EXHIBIT_ALL set, at every place where any answer may change; else at
 * every eighth of the large sources'.
 */
#include "attribute/table.h"

#include <dirent.h>
#include <libloc/database.h>
#include <libloc/libloc.h>
#include <libloc/network.h>

#include "attribute/cuts.h"
#include "attribute/source_parts.h"
#include "attribute/special.h"
#include "attribute/table_parts.h"
#include "material_set.h"

struct both {
    struct attribute_sources *set;
    struct buf file;
    struct attribute_table *table;
    unsigned asked, wrong;
};

static const struct digest identity = {{1, 2, 3}};

/* Load, compile, open. */
static struct both compiled(struct attribute_sources *set)
{
    struct both b = {.set = set, .file = BUF_INIT(LIMIT_TABLE_BYTES)};
    struct fault why = {0};
    CHECK_INT(attribute_sources_load(set, true, true, &remarks), ST_OK);
    CHECK_INT(attribute_table_compile(set, &identity, 7, &b.file, &remarks), ST_OK);
    CHECK_INT(attribute_table_open(buf_bytes(&b.file), NOW, &b.table, &why), ST_OK);
    return b;
}

static void both_fini(struct both *b)
{
    attribute_table_free(b->table);
    attribute_sources_free(b->set);
    buf_fini(&b->file);
}

#define SAME(member) (memcmp(&x->member, &y->member, sizeof(x->member)) == 0)

/* How many peers have a route, and whether it is valid, is asked one by one. */
static bool same_as(const struct origin *x, const struct origin *y)
{
    bool same = x->n_as == y->n_as;
    for (size_t i = 0; same && i < x->n_as; i++) {
        const struct origin_as *a = &x->as[i];
        const struct origin_as *b = &y->as[i];
        same = a->number == b->number && a->source == b->source && strcmp(a->name, b->name) == 0 &&
               strcmp(a->special, b->special) == 0;
    }
    return same;
}

static bool same_origin(const struct origin *x, const struct origin *y)
{
    return SAME(addr) && SAME(looked_up) && x->wrap == y->wrap && SAME(event_ns) && SAME(special) &&
           x->has_net == y->has_net && (!x->has_net || SAME(net)) && same_as(x, y) &&
           SAME(registered) && SAME(located) && x->relation == y->relation &&
           x->flags == y->flags && x->stale == y->stale && SAME(operator_name) &&
           x->damaged == y->damaged && x->dropped == y->dropped && x->n == y->n;
}

static bool same_code(const char *code, const struct origin_country *k)
{
    static const char none[2] = {0};
    return memcmp(code, k->word == ORIGIN_AGREED ? k->code : none, 2) == 0;
}

static bool same_answer(const struct attribute_answer *x, const struct origin *o)
{
    return same_code(x->country, &o->located) && same_code(x->registered, &o->registered) &&
           x->has_asn == (o->n_as > 0) && x->asn == (o->n_as > 0 ? o->as[0].number : 0) &&
           x->flags == o->flags && x->net_len == (o->has_net ? o->net.len : ATTRIBUTE_NO_NET) &&
           x->located_word == o->located.word && x->registered_word == o->registered.word;
}

static void compare(struct both *b, const struct addr *a)
{
    struct origin want;
    struct origin got;
    attribute_sources_lookup(b->set, a, NOW, &want);
    attribute_table_origin(b->table, a, &got);
    b->asked++;
    if (same_origin(&want, &got) && same_answer(attribute_table_lookup(b->table, a), &want)) {
        return;
    }
    if (b->wrong++ < 5) {
        char text[ADDR_TEXT_MAX];
        (void)addr_format(a, text);
        printf("# %s: %s, not %s\n", text, got.located.code, want.located.code);
    }
}

/* The address, and those beside it. */
static void compare_at(struct both *b, uint128 at)
{
    for (int i = -1; i <= 1; i++) {
        struct addr a = attribute_narrow(at + (uint128)i);
        compare(b, &a);
    }
}

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * UINT64_C(2685821657736338717);
}

/* Addresses drawn alike: any of IPv4; of IPv6 half anywhere in 2000::/3, half
 * near the networks that there are. */
static void compare_random(struct both *b, unsigned n)
{
    uint64_t state = 88172645463325252;
    for (unsigned i = 0; i < n; i++) {
        struct addr a = addr_from_v4((uint32_t)(next(&state) >> 32));
        compare(b, &a);
        uint64_t high = next(&state) >> 3 | UINT64_C(1) << 61;
        high = i % 2 != 0 ? (high & UINT64_C(0x0fffffffffffff)) | UINT64_C(0x2a00) << 48 : high;
        store_be64(a.b, high);
        store_be64(a.b + 8, next(&state));
        compare(b, &a);
    }
}

static unsigned stride(void)
{
    return getenv("EXHIBIT_ALL") != NULL ? 1 : 8;
}

/* Where any range of a source begins or ends. */
static void compare_ranges(struct both *b, const struct attribute_ranges *r)
{
    for (size_t i = 0; i < r->n4; i += stride()) {
        compare_at(b, (uint128)0xffff << 32 | r->v4[i].first);
        compare_at(b, (uint128)0xffff << 32 | r->v4[i].last);
    }
    for (size_t i = 0; i < r->n6; i += stride()) {
        compare_at(b, attribute_wide(&r->v6[i].first));
        compare_at(b, attribute_wide(&r->v6[i].last));
    }
}

/* Where a walk through a database found that something changes. */
static void compare_walk(struct both *b, const struct attribute_source *s, unsigned step)
{
    const struct attribute_region regions[] = {ATTRIBUTE_REGION_V4, ATTRIBUTE_REGION_V6};
    for (size_t k = 0; k < ARRAY_LEN(regions); k++) {
        struct attribute_cuts c;
        CHECK_INT(attribute_cuts_init(&c, &regions[k]), ST_OK);
        CHECK_INT(s->info.format == ORIGIN_MMDB ? attribute_mmdb_walk(s->mmdb, &c)
                                                : attribute_locdb_walk(s->loc, &c),
                  ST_OK);
        for (size_t i = 0; i < c.n; i += step) {
            compare_at(b, c.items[i].first);
        }
        attribute_cuts_fini(&c);
    }
}

static void compare_all(struct both *b, unsigned step)
{
    for (size_t i = 0; i < attribute_sources_count(b->set); i++) {
        const struct attribute_source *s = attribute_sources_at(b->set, i);
        if (s != NULL && attribute_source_ranges(s) != NULL) {
            compare_ranges(b, attribute_source_ranges(s));
        } else if (s != NULL) {
            compare_walk(b, s, step);
        }
    }
    size_t n;
    const struct attribute_special *special = attribute_special_all(&n);
    for (size_t i = 0; i < n; i++) {
        uint128 at = attribute_wide(&special[i].range.net);
        compare_at(b, at);
        compare_at(b, at + ((uint128)1 << (128 - special[i].range.len)) - 1);
    }
}

/* --- what people have -------------------------------------------------------------- */

static bool installed(void)
{
    for (size_t i = 0; attribute_sources_default(i) != NULL; i++) {
        if (access(attribute_sources_default(i), R_OK) != 0) {
            printf("# skipped: no %s\n", attribute_sources_default(i));
            CHECK(getenv("CI") == NULL);
            return false;
        }
    }
    return true;
}

/* The networks as libloc lists them, so that a walk that misses one is seen. */
static void compare_libloc(struct both *b)
{
    struct loc_ctx *ctx = NULL;
    struct loc_database *db = NULL;
    struct loc_database_enumerator *e = NULL;
    struct loc_network *net = NULL;
    FILE *f = fopen(attribute_sources_default(2), "r");
    CHECK(f != NULL && loc_new(&ctx) == 0 && loc_database_new(ctx, &db, f) == 0);
    CHECK_INT(loc_database_enumerator_new(&e, db, LOC_DB_ENUMERATE_NETWORKS, 0), 0);
    for (unsigned i = 0; e != NULL && loc_database_enumerator_next_network(e, &net) == 0; i++) {
        if (net == NULL) {
            break;
        }
        if (i % stride() == 0) {
            struct addr first = addr_from_v6(loc_network_get_first_address(net)->s6_addr);
            struct addr last = addr_from_v6(loc_network_get_last_address(net)->s6_addr);
            compare_at(b, attribute_wide(&first));
            compare_at(b, attribute_wide(&last));
        }
        loc_network_unref(net);
    }
    loc_database_enumerator_unref(e);
    loc_database_unref(db);
    loc_unref(ctx);
    (void)fclose(f);
}

static void debians_databases_answer_the_same_compiled(void)
{
    if (!installed()) {
        return;
    }
    struct attribute_sources *set = new_set();
    CHECK_INT(attribute_sources_add_defaults(set, &remarks), ST_OK);
    struct both b = compiled(set);
    struct attribute_table_sizes size;
    attribute_table_sizes(b.table, &size);
    CHECK(size.index4 <= 16 << 20 && size.index6 <= 16 << 20);
    compare_all(&b, stride());
    if (getenv("EXHIBIT_ALL") != NULL) {
        compare_libloc(&b);
    }
    compare_random(&b, getenv("EXHIBIT_ALL") != NULL ? 1000000 : 200000);
    printf("# asked %u\n", b.asked);
    CHECK_INT(b.wrong, 0);
    CHECK(b.asked > 400000);
    both_fini(&b);
}

static void batches_answer_as_single_lookups(void)
{
    enum { N = 100003 };
    if (!installed()) {
        return;
    }
    struct attribute_sources *set = new_set();
    CHECK_INT(attribute_sources_add_defaults(set, &remarks), ST_OK);
    struct both b = compiled(set);
    uint32_t *v4 = calloc(N, sizeof(*v4));
    struct addr *v6 = calloc(N, sizeof(*v6));
    uint32_t *got = calloc(N, sizeof(*got));
    uint64_t state = 1234567;
    int wrong = 0;
    for (size_t i = 0; i < N; i++) {
        v4[i] = (uint32_t)(next(&state) >> 32);
        store_be64(v6[i].b, next(&state) >> (i % 3) | UINT64_C(1) << 61);
        store_be64(v6[i].b + 8, next(&state));
    }
    attribute_table_batch4(b.table, v4, N, got);
    for (size_t i = 0; i < N; i++) {
        struct addr a = addr_from_v4(v4[i]);
        wrong += got[i] != attribute_table_find(b.table, &a);
    }
    attribute_table_batch6(b.table, v6, N, got);
    for (size_t i = 0; i < N; i++) {
        wrong += got[i] != attribute_table_find(b.table, &v6[i]);
    }
    CHECK_INT(wrong, 0);
    free(v4);
    free(v6);
    free(got);
    both_fini(&b);
}

/* Every file of a folder, by itself, beside sources of another kind. */
static unsigned compare_folder(const char *folder)
{
    const char *shared = test_shared();
    char path[4096];
    unsigned n = 0;
    (void)snprintf(path, sizeof(path), "%s/sources/mmdb/%s", shared, folder);
    DIR *dir = opendir(path);
    for (struct dirent *e = dir ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
        (void)snprintf(path, sizeof(path), "%s/sources/mmdb/%s/%s", shared, folder, e->d_name);
        struct attribute_sources *set = new_set();
        add(set, text("16777216,16777471,AU\n16777472,16778239,CN\n"), "");
        if (strstr(e->d_name, ".mmdb") != NULL &&
            attribute_sources_add(set, path, &remarks, NULL) == ST_OK) {
            struct both b = compiled(set);
            compare_all(&b, 1);
            compare_random(&b, 200);
            if (b.wrong > 0) {
                printf("# %s: %u of %u differ\n", e->d_name, b.wrong, b.asked);
            }
            CHECK_INT(b.wrong, 0);
            n++;
            both_fini(&b);
        } else {
            attribute_sources_free(set);
        }
    }
    (void)(dir && closedir(dir));
    return n;
}

static void maxminds_databases_answer_the_same_compiled(void)
{
    if (test_shared() == NULL) {
        printf("# skipped: no shared data\n");
        return;
    }
    CHECK(compare_folder("test-data") > 25);
}

static void bad_databases_answer_the_same_compiled_or_not_at_all(void)
{
    if (test_shared() != NULL) {
        (void)compare_folder("bad-data/libmaxminddb");
        (void)compare_folder("bad-data/maxminddb-golang");
        (void)compare_folder("bad-data/maxminddb-python");
    }
}

/* --- made up ------------------------------------------------------------------------- */

/* Networks narrower and wider than those of the other source of networks. */
static void add_second_routes(struct attribute_sources *set)
{
    static const struct mm_net nets[] = {
        {"1.2.3.128/25", 0}, {"1.64.0.0/10", 0}, {"9.0.0.0/8", 0}, {"2a00:1::/48", 0}};
    CLEANUP(buf_fini) struct buf data = BUF_INIT(1 << 16);
    CLEANUP(buf_fini) struct buf file = BUF_INIT(1 << 20);
    mm_map(&data, 2);
    mm_text(&data, "autonomous_system_number");
    mm_u32(&data, 4200000001);
    mm_text(&data, "autonomous_system_organization");
    mm_text(&data, "Second");
    mm_file(&file, 6, "GeoLite2-ASN", nets, ARRAY_LEN(nets), buf_bytes(&data));
    add(set, buf_bytes(&file), ",date=2025-01-01");
}

static void put_route(struct buf *out, const char *net, const uint32_t *origins, size_t n)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
    struct prefix p;
    assert(prefix_parse(text(net), &p) == ST_OK);
    bool v4 = addr_is_v4(&p.net);
    unsigned len = p.len - (v4 ? 96U : 0U);
    buf_be32(&b, 0);
    buf_byte(&b, (uint8_t)len);
    buf_append(&b, p.net.b + (v4 ? 12 : 0), (len + 7) / 8);
    buf_be16(&b, (uint16_t)n);
    for (size_t i = 0; i < n; i++) {
        buf_be16(&b, (uint16_t)i);
        buf_be32(&b, 0);
        buf_be16(&b, 9);
        buf_append(&b, "\x40\x02\x06\x02\x01", 5);
        buf_be32(&b, origins[i]);
    }
    buf_be32(out, 1780000000);
    buf_be16(out, 13);
    buf_be16(out, v4 ? 2 : 4);
    buf_be32(out, (uint32_t)b.len);
    buf_append(out, b.data, b.len);
}

/* Nested routes, one of them from two AS. */
static void add_routing_table(struct attribute_sources *set)
{
    static const uint32_t one[] = {64496}, two[] = {64497, 64498}, again[] = {4134};
    static const uint8_t index[] = {0x6a, 0x18, 0xa0, 0, 0, 13, 0, 1, 0,   0, 0, 30,  10, 0,
                                    0,    1,    0,    0, 0, 2,  0, 0, 0,   0, 1, 192, 0,  2,
                                    1,    0,    1,    0, 0, 0,  0, 2, 192, 0, 2, 2,   0,  2};
    CLEANUP(buf_fini) struct buf file = BUF_INIT(1 << 16);
    buf_append(&file, index, sizeof(index));
    put_route(&file, "1.2.0.0/17", one, 1);
    put_route(&file, "1.2.3.0/24", two, 2);
    put_route(&file, "1.2.3.64/27", again, 1);
    put_route(&file, "9.9.0.0/16", one, 1);
    put_route(&file, "255.255.255.0/24", one, 1);
    put_route(&file, "2a00:1::/33", two, 2);
    put_route(&file, "2a00:1:8000::/34", one, 1);
    add(set, buf_bytes(&file), "");
}

static struct attribute_sources *many_sources(void)
{
    static const struct loc_net nets[] = {
        {"1.0.0.0/8", "AU", 64600, 0},        {"1.2.0.0/16", "CN", 4134, 4},
        {"1.2.3.4/32", "A1", 0, 1},           {"2a00::/12", "DE", 3320, 0},
        {"2a00:1::/32", "FR", 4294967294, 8}, {"2a00:1::7/128", "IT", 1, 0},
        {"192.88.99.0/24", "US", 6939, 0},
    };
    struct attribute_sources *set = new_set();
    CLEANUP(buf_fini) struct buf loc = BUF_INIT(1 << 20);
    (void)loc_file(&loc, nets, ARRAY_LEN(nets), 4134, "CHINANET");
    add(set, buf_bytes(&loc), "");
    add_second_routes(set);
    add(set, text("16777216,33554431,EU\n33554432,33554435,XX\n4294967295,4294967295,US\n"), "");
    add(set,
        text("2.3|test|1|4|19830705|20260821|+0000\n"
             "test|NL|ipv4|1.2.3.0|300|20100712|allocated|a\n"
             "test||ipv4|5.0.0.0|3|00000000|reserved|\n"
             "test|SE|ipv6|2a00:1::|48|20110101|assigned|b\n"
             "test|SE|asn|64496|1|20110101|assigned|b\n"),
        "");
    add(set, text("1.2.3.0/25\n1.2.3.64/26\n2a00:1::/64\n9.9.9.9\n"),
        ",as=tor-exit,date=2026-09-20");
    add(set, text("1.2.3.0/24\n10.0.0.0/8\n"), ",as=hosting,date=2020-01-01");
    add_routing_table(set);
    add(set, text("1.2.0.0/16,DE,,,\n1.2.3.0/25,FR,,,\n1.2.3.7,,,,\n2a00:1::/40,JP,,,\n"), "");
    return set;
}

static void sources_of_all_formats_answer_the_same_compiled(void)
{
    struct both b = compiled(many_sources());
    compare_all(&b, 1);
    compare_random(&b, 5000);
    static const char *const some[] = {"2002:102:304::1",
                                       "2001:0:102:304::fefd:fcfb",
                                       "64:ff9b::1.2.3.4",
                                       "::1.2.3.4",
                                       "::1",
                                       "fe80::1",
                                       "2002:a00:1::",
                                       "ff02::1",
                                       "0.0.0.0",
                                       "255.255.255.255"};
    for (size_t i = 0; i < ARRAY_LEN(some); i++) {
        struct addr a = addr(some[i]);
        compare(&b, &a);
    }
    CHECK_INT(b.wrong, 0);
    struct addr a = addr("1.2.3.70");
    const struct attribute_answer *x = attribute_table_lookup(b.table, &a);
    CHECK_INT(x->flags & (1 << ORIGIN_TOR_EXIT | 1 << ORIGIN_HOSTING),
              1 << ORIGIN_TOR_EXIT | 1 << ORIGIN_HOSTING);
    CHECK(memcmp(x->registered, "NL", 2) == 0);
    CHECK_INT(x->net_len, 96 + 27);
    both_fini(&b);
}

/* Authorizations are about routes, and are asked one by one. */
static void authorizations_are_no_part_of_a_table(void)
{
    struct attribute_sources *set = new_set();
    add(set, text("{\"roas\":[{\"asn\":1,\"prefix\":\"1.2.3.0/24\"}]}"), ",date=2026-09-20");
    add(set, text("16909056,16909311,AU\n"), "");
    struct both b = compiled(set);
    struct addr a = addr("1.2.3.4");
    CHECK(memcmp(attribute_table_lookup(b.table, &a)->country, "AU", 2) == 0);
    both_fini(&b);
}

/* The event's date decides which source speaks for its family. */
static void the_date_of_the_event_is_not_compiled_in(void)
{
    struct attribute_sources *set = new_set();
    struct attribute_table *then = NULL;
    add(set, text("16777216,33554431,AU\n"), ",date=2010-01-01");
    add(set, text("16777216,33554431,CN\n"), ",date=2026-01-01");
    struct both b = compiled(set);
    struct addr a = addr("1.1.1.1");
    int64_t early = INT64_C(1270000000) * TIME_SECOND;
    CHECK(memcmp(attribute_table_lookup(b.table, &a)->country, "CN", 2) == 0);
    CHECK_INT(attribute_table_open(buf_bytes(&b.file), early, &then, NULL), ST_OK);
    CHECK(memcmp(attribute_table_lookup(then, &a)->country, "AU", 2) == 0);
    attribute_table_free(then);
    both_fini(&b);
}

static void the_same_sources_make_the_same_bytes(void)
{
    struct both b = compiled(many_sources());
    CLEANUP(buf_fini) struct buf again = BUF_INIT(LIMIT_TABLE_BYTES);
    CHECK_INT(attribute_table_compile(b.set, &identity, 12345, &again, &remarks), ST_OK);
    CHECK(bytes_equal(buf_bytes(&b.file), buf_bytes(&again)));
    both_fini(&b);
}

static void no_sources_make_a_table_that_knows_nothing(void)
{
    struct both b = compiled(new_set());
    compare_all(&b, 1);
    CHECK_INT(b.wrong, 0);
    struct addr a = addr("8.8.8.8");
    CHECK_INT(attribute_table_find(b.table, &a), 0);
    CHECK_INT(attribute_table_answer(b.table, 0)->country[0], 0);
    both_fini(&b);
}

static void only_its_own_identity_is_current(void)
{
    struct both b = compiled(many_sources());
    struct digest other = identity;
    other.b[31] ^= 1;
    CHECK(attribute_table_current(buf_bytes(&b.file), &identity));
    CHECK(!attribute_table_current(buf_bytes(&b.file), &other));
    int taken = 0;
    for (size_t i = 0; i < ATTRIBUTE_TABLE_HEADER; i++) {
        b.file.data[i] ^= 0x10;
        taken += attribute_table_current(buf_bytes(&b.file), &identity);
        b.file.data[i] ^= 0x10;
    }
    CHECK_INT(taken, 0);
    both_fini(&b);
}

static void one_changed_byte_is_noticed(void)
{
    struct both b = compiled(many_sources());
    int unseen = 0;
    CHECK(attribute_table_whole(buf_bytes(&b.file)));
    for (size_t i = ATTRIBUTE_TABLE_HEADER; i < b.file.len;
         i += i < b.file.len - 3000 ? 99991 : 1) {
        b.file.data[i] ^= 1;
        unseen += attribute_table_whole(buf_bytes(&b.file));
        b.file.data[i] ^= 1;
    }
    CHECK_INT(unseen, 0);
    both_fini(&b);
}

/* The header's sum, made to fit what was changed. */
static void seal(uint8_t *file)
{
    struct digest sum;
    CHECK_INT(digest_sha256(bytes_of(file, TABLE_SUM_AT), &sum), ST_OK);
    memcpy(file + TABLE_SUM_AT, sum.b, sizeof(sum.b));
}

static void ask_everything(struct attribute_table *t)
{
    static uint32_t v4[512], ids[512];
    static struct addr v6[512];
    uint64_t state = 42;
    for (size_t i = 0; i < 512; i++) {
        v4[i] = i % 2 ? 0x01020300U + (uint32_t)i : (uint32_t)(next(&state) >> 32);
        store_be64(v6[i].b,
                   i % 2 ? UINT64_C(0x2a00000100000000) + i : next(&state) >> 3 | 1ULL << 61);
        store_be64(v6[i].b + 8, i % 2 ? i : next(&state));
    }
    attribute_table_batch4(t, v4, 512, ids);
    for (size_t i = 0; i < 512; i++) {
        struct origin o;
        struct addr a = addr_from_v4(v4[i]);
        CHECK(ids[i] < attribute_table_values(t));
        attribute_table_origin(t, &a, &o);
        (void)attribute_table_lookup(t, &a);
    }
    attribute_table_batch6(t, v6, 512, ids);
    for (size_t i = 0; i < 512; i++) {
        struct origin o;
        CHECK(ids[i] < attribute_table_values(t));
        attribute_table_origin(t, &v6[i], &o);
        (void)attribute_table_lookup(t, &v6[i]);
    }
}

/* On a heap copy of its exact size, so that a sanitizer sees a read past it. */
static void bend(const struct buf *file, uint64_t *state, unsigned changes)
{
    CLEANUP(free_ptr) uint8_t *copy = malloc(file->len);
    struct attribute_table *t = NULL;
    memcpy(copy, file->data, file->len);
    size_t direct = (size_t)4 << 18;
    for (unsigned i = 0; i < changes; i++) {
        /* Most of a trie is its first entries, which all look alike. */
        size_t at = next(state) % (i % 2 ? file->len : file->len - direct);
        at = i % 2 ? at : at + direct;
        copy[at] = (uint8_t)next(state);
    }
    seal(copy);
    if (attribute_table_open(bytes_of(copy, file->len), NOW, &t, NULL) == ST_OK) {
        ask_everything(t);
        attribute_table_free(t);
    }
}

static void a_table_that_was_tampered_with_harms_nobody(void)
{
    struct both b = compiled(many_sources());
    uint64_t state = 99;
    for (unsigned i = 0; i < 300; i++) {
        bend(&b.file, &state, 1U << i % 12);
    }
    both_fini(&b);
}

static void a_table_that_was_cut_is_refused(void)
{
    struct both b = compiled(many_sources());
    int taken = 0;
    for (size_t i = 0; i < 2000; i++) {
        struct attribute_table *t = NULL;
        size_t len = i < 400 ? i : b.file.len - 1 - (i - 400);
        CLEANUP(free_ptr) uint8_t *copy = malloc(len + 1);
        memcpy(copy, b.file.data, len);
        if (attribute_table_open(bytes_of(copy, len), NOW, &t, NULL) == ST_OK) {
            attribute_table_free(t);
            taken++;
        }
    }
    CHECK_INT(taken, 0);
    both_fini(&b);
}

/* A database whose tree has a cycle, or branches that are met again and again. */
static void a_tree_without_end_is_left_out_with_a_remark(void)
{
    static const struct loc_net nets[] = {{"1.0.0.0/8", "AU", 1, 0}};
    CLEANUP(buf_fini) struct buf loc = BUF_INIT(1 << 20);
    struct attribute_sources *set = new_set();
    size_t tree = loc_file(&loc, nets, ARRAY_LEN(nets), 1, "ONE");
    for (uint32_t i = 1; i < 100; i++) { /* both sides lead to the next node */
        store_be32(loc.data + tree + (size_t)i * 12, i + 1);
        store_be32(loc.data + tree + (size_t)i * 12 + 4, i + 1);
    }
    add(set, buf_bytes(&loc), "");
    add(set, text("16777216,16777471,AU\n"), "");
    struct both b = compiled(set);
    struct addr a = addr("1.0.0.1");
    CHECK(memcmp(attribute_table_lookup(b.table, &a)->country, "AU", 2) == 0);
    CHECK(remarks.n > 0 && remarks.items[remarks.n - 1].partial);
    both_fini(&b);
}

static void no_memory_is_said(void)
{
    struct attribute_sources *set = many_sources();
    CHECK_INT(attribute_sources_load(set, true, true, &remarks), ST_OK);
    enum status st = ST_NOMEM;
    unsigned n = 0;
    while (st != ST_OK && n < 500) {
        CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_TABLE_BYTES);
        struct attribute_table *t = NULL;
        test_fail_allocation(++n);
        st = attribute_table_compile(set, &identity, 7, &file, &remarks);
        st = st == ST_OK ? attribute_table_open(buf_bytes(&file), NOW, &t, NULL) : st;
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        attribute_table_free(t);
        CHECK(st == ST_OK || (st == ST_NOMEM && failed));
    }
    CHECK(n > 10 && st == ST_OK);
    attribute_sources_free(set);
}

TEST_MAIN(TEST(debians_databases_answer_the_same_compiled), TEST(batches_answer_as_single_lookups),
          TEST(maxminds_databases_answer_the_same_compiled),
          TEST(bad_databases_answer_the_same_compiled_or_not_at_all),
          TEST(sources_of_all_formats_answer_the_same_compiled),
          TEST(authorizations_are_no_part_of_a_table),
          TEST(the_date_of_the_event_is_not_compiled_in),
          TEST(the_same_sources_make_the_same_bytes),
          TEST(no_sources_make_a_table_that_knows_nothing), TEST(only_its_own_identity_is_current),
          TEST(one_changed_byte_is_noticed), TEST(a_table_that_was_tampered_with_harms_nobody),
          TEST(a_table_that_was_cut_is_refused), TEST(a_tree_without_end_is_left_out_with_a_remark),
          TEST(no_memory_is_said))
