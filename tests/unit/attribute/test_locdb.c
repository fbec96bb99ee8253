/* tests/unit/attribute/test_locdb.c - libloc databases, whole and bent. */
#include "attribute/locdb.h"

#include "base/core/timefmt.h"
#include "material.h"

static const struct loc_net nets[] = {
    {"1.1.0.0/16", "AU", 64500, 0},
    {"1.1.1.0/24", "AU", 64501, 4},       /* anycast, inside the first */
    {"192.0.2.7/32", "DE", 0, 1 | 2 | 8}, /* one address: the deepest there can be */
    {"2001:db8::/32", "FR", 64500, 0},
    {"2001:db8::5/128", "EU", 64500, 0},
};

static void make(struct buf *b, size_t *ret_tree)
{
    size_t at = loc_file(b, nets, ARRAY_LEN(nets), 64500, "Example");
    if (ret_tree != NULL) {
        *ret_tree = at;
    }
}

static enum status open_bytes(struct bytes s, struct attribute_file *f, struct attribute_locdb **db,
                              struct fault *why)
{
    *db = NULL;
    *f = ATTRIBUTE_FILE_NONE;
    TRY(material_read(s, f));
    return attribute_locdb_open(f, db, why);
}

static void close_all(struct attribute_file *f, struct attribute_locdb *db)
{
    attribute_locdb_free(db);
    attribute_file_fini(f);
}

static void networks_are_found_the_narrowest_first(void)
{
    struct buf b = BUF_INIT(1 << 20);
    struct attribute_file f;
    struct attribute_locdb *db;
    struct attribute_locdb_answer a;
    char out[PREFIX_TEXT_MAX];
    make(&b, NULL);
    CHECK_INT(open_bytes(buf_bytes(&b), &f, &db, NULL), ST_OK);
    struct addr x = addr("1.1.2.3");
    CHECK_INT(attribute_locdb_lookup(db, &x, &a), ST_OK);
    (void)prefix_format(&a.net, out);
    CHECK_STR(out, "1.1.0.0/16");
    CHECK_STR(a.code, "AU");
    CHECK_INT(a.asn, 64500);
    CHECK_STR(a.as_name, "Example");
    CHECK(attribute_locdb_announced(db, &x));
    x = addr("1.1.1.1");
    CHECK_INT(attribute_locdb_lookup(db, &x, &a), ST_OK);
    CHECK_INT(a.flags, 1U << ORIGIN_ANYCAST);
    CHECK_STR(a.as_name, ""); /* a number without a name */
    x = addr("192.0.2.7");
    CHECK_INT(attribute_locdb_lookup(db, &x, &a), ST_OK);
    CHECK_INT(a.net.len, 128);
    CHECK_INT(a.flags,
              1U << ORIGIN_ANONYMOUS_PROXY | 1U << ORIGIN_SATELLITE | 1U << ORIGIN_DROP_LIST);
    CHECK(!attribute_locdb_announced(db, &x));
    x = addr("2001:db8::5");
    CHECK_INT(attribute_locdb_lookup(db, &x, &a), ST_OK);
    CHECK_STR(a.code, "EU");
    x = addr("2001:db8::6");
    CHECK_INT(attribute_locdb_lookup(db, &x, &a), ST_OK);
    CHECK_STR(a.code, "FR");
    CHECK_INT(a.net.len, 32);
    x = addr("1.2.0.0");
    CHECK_INT(attribute_locdb_lookup(db, &x, &a), ST_END);
    CHECK(!attribute_locdb_announced(db, &x));
    close_all(&f, db);
    buf_fini(&b);
}

static void the_export_is_dated_and_credited(void)
{
    struct buf b = BUF_INIT(1 << 20);
    struct attribute_file f;
    struct attribute_locdb *db;
    int64_t ns = 0;
    char credit[ORIGIN_CREDIT_MAX];
    make(&b, NULL);
    CHECK_INT(open_bytes(buf_bytes(&b), &f, &db, NULL), ST_OK);
    CHECK(attribute_locdb_created(db, &ns));
    CHECK_INT(ns / TIME_SECOND, 1660000000);
    attribute_locdb_credit(db, credit, sizeof(credit));
    CHECK_STR(credit, "vendor, licence");
    close_all(&f, db);
    memset(b.data + 8, 0xff, 8); /* a date that is none */
    CHECK_INT(open_bytes(buf_bytes(&b), &f, &db, NULL), ST_OK);
    CHECK(!attribute_locdb_created(db, &ns));
    close_all(&f, db);
    buf_fini(&b);
}

/* libloc itself would follow these until its stack ends. */
static void cycles_and_trees_that_are_too_deep_are_refused(void)
{
    struct buf b = BUF_INIT(1 << 20);
    struct attribute_file f;
    struct attribute_locdb *db;
    struct attribute_locdb_answer a;
    size_t tree;
    struct addr x = addr("1.1.2.3");
    make(&b, &tree);
    store_be32(b.data + tree + 12, 1); /* node 1 leads to itself */
    store_be32(b.data + tree + 16, 1);
    CHECK_INT(open_bytes(buf_bytes(&b), &f, &db, NULL), ST_OK);
    CHECK_INT(attribute_locdb_lookup(db, &x, &a), ST_MALFORMED);
    CHECK(!attribute_locdb_announced(db, &x));
    close_all(&f, db);

    store_be32(b.data + tree, 0x00ffffff); /* the root leads out of the tree */
    CHECK_INT(open_bytes(buf_bytes(&b), &f, &db, NULL), ST_OK);
    CHECK_INT(attribute_locdb_lookup(db, &x, &a), ST_MALFORMED);
    close_all(&f, db);

    store_be32(b.data + tree + 8, 0x00ffffff); /* and to no network */
    CHECK_INT(open_bytes(buf_bytes(&b), &f, &db, NULL), ST_OK);
    CHECK_INT(attribute_locdb_lookup(db, &x, &a), ST_MALFORMED);
    close_all(&f, db);
    buf_fini(&b);
}

static void sections_outside_of_the_file_are_refused(void)
{
    struct attribute_file f;
    struct attribute_locdb *db;
    for (unsigned s = 0; s < 5; s++) {
        struct buf b = BUF_INIT(1 << 20);
        struct fault why = {0};
        make(&b, NULL);
        uint32_t len = load_be32(b.data + 28 + 8 * s + 4);
        store_be32(b.data + 28 + 8 * s, (uint32_t)b.len - len + 1 + (len == 0));
        CHECK_INT(open_bytes(buf_bytes(&b), &f, &db, &why), ST_SHORT);
        CHECK_STR(why.field, "section of the location database");
        close_all(&f, db);
        store_be32(b.data + 28 + 8 * s, 4200);
        store_be32(b.data + 28 + 8 * s + 4, 0xffffffff);
        CHECK_INT(open_bytes(buf_bytes(&b), &f, &db, &why), ST_SHORT);
        close_all(&f, db);
        buf_fini(&b);
    }
    struct buf b = BUF_INIT(1 << 20);
    make(&b, NULL);
    b.data[b.len - 1] = 'x'; /* strings that do not end */
    CHECK_INT(open_bytes(buf_bytes(&b), &f, &db, NULL), ST_MALFORMED);
    close_all(&f, db);
    buf_fini(&b);
}

static void any_changed_byte_is_survived(void)
{
    struct buf b = BUF_INIT(1 << 20);
    const char *const asked[] = {"1.1.1.1", "192.0.2.7", "2001:db8::5", "255.255.255.255", "::"};
    size_t tree;
    make(&b, &tree);
    for (size_t i = 0; i < b.len; i++) {
        if (i == 80) {
            i = tree - 200; /* the signatures are not looked at */
        }
        const uint8_t tries[] = {0, 0xff, (uint8_t)(b.data[i] ^ 1)};
        uint8_t was = b.data[i];
        for (size_t k = 0; k < ARRAY_LEN(tries); k++) {
            struct attribute_file f;
            struct attribute_locdb *db;
            b.data[i] = tries[k];
            if (open_bytes(buf_bytes(&b), &f, &db, NULL) == ST_OK) {
                for (size_t q = 0; q < ARRAY_LEN(asked); q++) {
                    struct attribute_locdb_answer a;
                    struct addr x = addr(asked[q]);
                    enum status st = attribute_locdb_lookup(db, &x, &a);
                    CHECK(st == ST_OK || st == ST_END || st == ST_MALFORMED);
                }
            }
            close_all(&f, db);
        }
        b.data[i] = was;
    }
    buf_fini(&b);
}

static void every_cut_is_refused(void)
{
    struct buf b = BUF_INIT(1 << 20);
    int taken = 0;
    make(&b, NULL);
    for (size_t n = 1; n < b.len; n += n < 4150 ? 97 : 1) {
        struct attribute_file f;
        struct attribute_locdb *db;
        taken += open_bytes(bytes_of(b.data, n), &f, &db, NULL) == ST_OK;
        close_all(&f, db);
    }
    CHECK_INT(taken, 0);
    buf_fini(&b);
}

/* Our walk and the library's answer are about the same network. */
static void the_installed_database_answers_the_same_both_ways(void)
{
    struct attribute_file f;
    struct attribute_locdb *db = NULL;
    if (attribute_file_open("/var/lib/location/database.db", &f, NULL) != ST_OK) {
        printf("# skipped: libloc-database is not installed\n");
        return;
    }
    CHECK_INT(attribute_file_read(&f, true, NULL), ST_OK);
    CHECK_INT(attribute_locdb_open(&f, &db, NULL), ST_OK);
    uint32_t seed = 5;
    int wrong = 0;
    int known = 0;
    for (int i = 0; i < 50000 && db != NULL; i++) {
        struct attribute_locdb_answer a;
        seed = seed * 1664525 + 1013904223;
        struct addr x = addr_from_v4(seed);
        if (i % 4 == 0) { /* IPv6 that is in use */
            x = (struct addr){
                {0x20, (uint8_t)(seed >> 30 ? 0x01 : 0x03), (uint8_t)(seed >> 16 & 31)}};
            store_be32(x.b + 4, seed * 7);
        }
        enum status st = attribute_locdb_lookup(db, &x, &a);
        wrong += st == ST_MALFORMED;
        wrong += st == ST_OK && (!prefix_contains(&a.net, &x) ||
                                 (a.asn != 0) != attribute_locdb_announced(db, &x));
        known += st == ST_OK;
    }
    CHECK_INT(wrong, 0);
    CHECK(known > 25000);
    close_all(&f, db);
}

TEST_MAIN(TEST(networks_are_found_the_narrowest_first), TEST(the_export_is_dated_and_credited),
          TEST(cycles_and_trees_that_are_too_deep_are_refused),
          TEST(sections_outside_of_the_file_are_refused), TEST(any_changed_byte_is_survived),
          TEST(every_cut_is_refused), TEST(the_installed_database_answers_the_same_both_ways))
