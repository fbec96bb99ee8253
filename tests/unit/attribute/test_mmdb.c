/* tests/unit/attribute/test_mmdb.c - MaxMind DBs of every schema. */
#include "attribute/mmdb.h"

#include <dirent.h>
#include <jansson.h>

#include "material.h"

static enum status open_bytes(struct bytes s, struct attribute_file *f, struct attribute_mmdb **db,
                              struct fault *why)
{
    *db = NULL;
    TRY(material_read(s, f));
    return attribute_mmdb_open(f, db, why);
}

static void close_all(struct attribute_file *f, struct attribute_mmdb *db)
{
    attribute_mmdb_free(db);
    attribute_file_fini(f);
}

/* One record for 8.0.0.0/8 and 2600::/16. */
static void make(struct buf *b, uint16_t version, const char *type, struct bytes record)
{
    static const struct mm_net nets[] = {{"8.0.0.0/8", 0}, {"2600::/16", 0}};
    mm_file(b, version, type, nets, version == 4 ? 1 : 2, record);
}

static void lookup(struct bytes record, const char *a, struct attribute_mmdb_answer *ret,
                   enum status want)
{
    struct buf b = BUF_INIT(1 << 20);
    struct attribute_file f = ATTRIBUTE_FILE_NONE;
    struct attribute_mmdb *db;
    struct addr x = addr(a);
    *ret = (struct attribute_mmdb_answer){0};
    make(&b, 6, "test", record);
    CHECK_INT(open_bytes(buf_bytes(&b), &f, &db, NULL), ST_OK);
    CHECK_INT(db ? attribute_mmdb_lookup(db, &x, ret) : ST_SYS, want);
    close_all(&f, db);
    buf_fini(&b);
}

/* Trap 7, its first half. */
static void nested_and_flat_countries_are_read(void)
{
    struct buf d = BUF_INIT(4096);
    struct attribute_mmdb_answer a;
    mm_map(&d, 2); /* GeoIP2 */
    mm_text(&d, "country");
    mm_map(&d, 1);
    mm_text(&d, "iso_code");
    mm_text(&d, "GB");
    mm_text(&d, "registered_country");
    mm_map(&d, 1);
    mm_text(&d, "iso_code");
    mm_text(&d, "US");
    lookup(buf_bytes(&d), "8.8.8.8", &a, ST_OK);
    CHECK_STR(a.located, "GB");
    CHECK_STR(a.registered, "US");
    CHECK_INT(a.net.len, 104);
    lookup(buf_bytes(&d), "2600:1::", &a, ST_OK);
    CHECK_STR(a.located, "GB");
    CHECK_INT(a.net.len, 16);
    lookup(buf_bytes(&d), "9.0.0.0", &a, ST_END);

    buf_clear(&d);
    mm_map(&d, 1); /* ip-location-db */
    mm_text(&d, "country_code");
    mm_text(&d, "FR");
    lookup(buf_bytes(&d), "8.8.8.8", &a, ST_OK);
    CHECK_STR(a.located, "FR");
    CHECK_STR(a.registered, "");

    buf_clear(&d);
    mm_map(&d, 1); /* a name is no code */
    mm_text(&d, "country");
    mm_text(&d, "France");
    lookup(buf_bytes(&d), "8.8.8.8", &a, ST_OK);
    CHECK_STR(a.located, "");
    buf_fini(&d);
}

static void as_numbers_come_as_numbers_and_as_text(void)
{
    struct buf d = BUF_INIT(4096);
    struct attribute_mmdb_answer a;
    mm_map(&d, 2);
    mm_text(&d, "autonomous_system_number");
    mm_u32(&d, 4294967294);
    mm_text(&d, "autonomous_system_organization");
    mm_text(&d, "Example");
    lookup(buf_bytes(&d), "8.8.8.8", &a, ST_OK);
    CHECK(a.has_asn && a.asn == 4294967294);
    CHECK_STR(a.as_name, "Example");
    buf_clear(&d);
    mm_map(&d, 2);
    mm_text(&d, "asn");
    mm_text(&d, "AS64500");
    mm_text(&d, "as_name");
    mm_text(&d, "Other");
    lookup(buf_bytes(&d), "8.8.8.8", &a, ST_OK);
    CHECK(a.has_asn && a.asn == 64500);
    CHECK_STR(a.as_name, "Other");
    buf_clear(&d);
    mm_map(&d, 1);
    mm_text(&d, "asn");
    mm_text(&d, "ASx");
    lookup(buf_bytes(&d), "8.8.8.8", &a, ST_OK);
    CHECK(!a.has_asn);
    buf_fini(&d);
}

static void flags_are_read_at_the_top_and_in_traits(void)
{
    struct buf d = BUF_INIT(4096);
    struct attribute_mmdb_answer a;
    mm_map(&d, 3);
    mm_text(&d, "is_tor_exit_node");
    mm_bool(&d, true);
    mm_text(&d, "is_hosting_provider");
    mm_bool(&d, false);
    mm_text(&d, "traits");
    mm_map(&d, 1);
    mm_text(&d, "is_anycast");
    mm_bool(&d, true);
    lookup(buf_bytes(&d), "8.8.8.8", &a, ST_OK);
    CHECK_INT(a.flags, 1U << ORIGIN_TOR_EXIT | 1U << ORIGIN_ANYCAST);
    buf_fini(&d);
}

static void a_database_with_a_country_for_everything_is_refused(void)
{
    struct buf d = BUF_INIT(4096);
    struct buf b = BUF_INIT(1 << 20);
    struct attribute_file f = ATTRIBUTE_FILE_NONE;
    struct attribute_mmdb *db;
    struct fault why = {0};
    static const struct mm_net all[] = {{"::/1", 0}, {"8000::/1", 0}};
    mm_map(&d, 1);
    mm_text(&d, "country_code");
    mm_text(&d, "AU");
    mm_file(&b, 6, "country", all, 2, buf_bytes(&d));
    CHECK_INT(open_bytes(buf_bytes(&b), &f, &db, &why), ST_MALFORMED);
    CHECK_STR(why.field, "has a country for every address there is");
    close_all(&f, db);
    buf_clear(&b);
    /* Some of it: it may be used, and what it invented is known. */
    static const struct mm_net some[] = {{"8.0.0.0/8", 0}, {"192.168.0.0/16", 0}, {"0.0.0.0/3", 0}};
    unsigned tried = 0;
    struct attribute_mmdb_answer a;
    struct addr x = addr("1.2.3.4");
    mm_file(&b, 6, "country", some, 2, buf_bytes(&d));
    CHECK_INT(open_bytes(buf_bytes(&b), &f, &db, &why), ST_OK);
    CHECK_INT(attribute_mmdb_invented(db, &tried), 1);
    CHECK_INT(tried, 10);
    close_all(&f, db);
    buf_clear(&b);
    /* A record for an eighth of all addresses says nothing about one. */
    mm_file(&b, 6, "country", some + 2, 1, buf_bytes(&d));
    CHECK_INT(open_bytes(buf_bytes(&b), &f, &db, &why), ST_OK);
    CHECK_INT(attribute_mmdb_lookup(db, &x, &a), ST_END);
    close_all(&f, db);
    buf_fini(&b);
    buf_fini(&d);
}

static void the_family_is_known_only_for_makers(void)
{
    CHECK_INT(attribute_mmdb_family("GeoLite2-Country"), ORIGIN_MEASUREMENT);
    CHECK_INT(attribute_mmdb_family("DBIP-Country-Lite"), ORIGIN_MEASUREMENT);
    CHECK_INT(attribute_mmdb_family("country ipvAll"), ORIGIN_FAMILY_UNKNOWN);
}

/* The values of the JSON that a test database was made from. */
static const char *member(const json_t *o, const char *outer, const char *inner)
{
    const char *s = json_string_value(json_object_get(json_object_get(o, outer), inner));
    return s != NULL ? s : "";
}

static const json_t *either(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return v != NULL ? v : json_object_get(json_object_get(o, "traits"), key);
}

static bool agrees(const json_t *o, const struct attribute_mmdb_answer *a)
{
    static const struct {
        const char *key;
        enum origin_flag flag;
    } keys[] = {{"is_tor_exit_node", ORIGIN_TOR_EXIT},
                {"is_anonymous_vpn", ORIGIN_VPN},
                {"is_hosting_provider", ORIGIN_HOSTING},
                {"is_residential_proxy", ORIGIN_RESIDENTIAL_PROXY},
                {"is_satellite_provider", ORIGIN_SATELLITE},
                {"is_anycast", ORIGIN_ANYCAST}};
    bool ok = strcmp(a->located, member(o, "country", "iso_code")) == 0 &&
              strcmp(a->registered, member(o, "registered_country", "iso_code")) == 0;
    const json_t *asn = either(o, "autonomous_system_number");
    const char *org = json_string_value(either(o, "autonomous_system_organization"));
    char cut[ORIGIN_NAME_MAX];
    origin_text(cut, sizeof(cut), text(org != NULL ? org : ""));
    ok &= a->has_asn == (asn != NULL) && (asn == NULL || a->asn == json_integer_value(asn));
    ok &= strcmp(a->as_name, cut) == 0;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        ok &= json_is_true(either(o, keys[i].key)) == ((a->flags >> keys[i].flag & 1) != 0);
    }
    return ok;
}

/* "::1.2.3.0/120" and "1.2.3.0/24" are one network. */
static bool network(const char *s, struct prefix *ret)
{
    char host[64];
    unsigned len;
    struct addr a;
    if (sscanf(s, "%63[^/]/%u", host, &len) != 2 || addr_parse(text(host), &a) != ST_OK) {
        return false;
    }
    if (addr_is_v4(&a)) {
        len += 96;
    }
    static const uint8_t zero[12] = {0};
    if (len >= 96 && memcmp(a.b, zero, sizeof(zero)) == 0) {
        a.b[10] = a.b[11] = 0xff;
    }
    *ret = prefix_of(&a, (uint8_t)len);
    return true;
}

/* The last network that holds a: what was written later replaced what was
 * there. */
static const json_t *truth(const json_t *list, const struct addr *a)
{
    const json_t *best = NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *entry = json_array_get(list, i);
        for (void *it = json_object_iter(entry); it != NULL;
             it = json_object_iter_next(entry, it)) {
            struct prefix p;
            if (network(json_object_iter_key(it), &p) && prefix_contains(&p, a)) {
                best = json_object_iter_value(it);
            }
        }
    }
    return best;
}

static void compare(const char *shared, const char *name, unsigned *checked)
{
    char path[4096];
    json_error_t error;
    struct attribute_file f;
    struct attribute_mmdb *db = NULL;
    (void)snprintf(path, sizeof(path), "%s/sources/mmdb/source-data/%s.json", shared, name);
    json_t *list = json_load_file(path, 0, &error);
    (void)snprintf(path, sizeof(path), "%s/sources/mmdb/test-data/%s.mmdb", shared, name);
    if (attribute_file_open(path, &f, NULL) != ST_OK) {
        json_decref(list); /* a source without a database */
        return;
    }
    CHECK_INT(attribute_file_read(&f, true, NULL), ST_OK);
    CHECK_INT(attribute_mmdb_open(&f, &db, NULL), ST_OK);
    int wrong = 0;
    for (size_t i = 0; db != NULL && i < json_array_size(list); i++) {
        json_t *entry = json_array_get(list, i);
        struct prefix p;
        struct attribute_mmdb_answer a;
        if (!network(json_object_iter_key(json_object_iter(entry)), &p)) {
            continue;
        }
        struct addr ends[2] = {p.net, p.net};
        for (size_t bit = p.len; bit < 128; bit++) {
            ends[1].b[bit / 8] |= (uint8_t)(0x80U >> (bit % 8));
        }
        for (size_t e = 0; e < 2; e++) {
            const json_t *want = truth(list, &ends[e]);
            enum status st = attribute_mmdb_lookup(db, &ends[e], &a);
            a = st == ST_END ? (struct attribute_mmdb_answer){0} : a; /* it does not know */
            bool ok = (st == ST_OK || st == ST_END) && agrees(want, &a);
            wrong += !ok;
            if (!ok) {
                printf("# %s: %s\n", name, json_object_iter_key(json_object_iter(entry)));
            }
            (*checked)++;
        }
    }
    CHECK_INT(wrong, 0);
    json_decref(list);
    close_all(&f, db);
}

static void maxminds_test_databases_answer_as_their_sources_say(void)
{
    const char *shared = test_shared();
    char path[4096];
    unsigned checked = 0;
    if (shared == NULL) {
        printf("# skipped: no shared data\n");
        return;
    }
    (void)snprintf(path, sizeof(path), "%s/sources/mmdb/source-data", shared);
    DIR *dir = opendir(path);
    for (struct dirent *e = dir ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
        char name[256];
        if (sscanf(e->d_name, "%255[^.].json", name) == 1) {
            compare(shared, name, &checked);
        }
    }
    (void)(dir && closedir(dir));
    CHECK(checked > 9000);
}

/* MaxMind's bad databases: each is refused with a reason, but for the three in
 * which nothing that is read here is wrong. */
/* Trap 7, its other half. */
static void bad_databases_are_refused_with_a_reason(void)
{
    static const char *const fine[] = {"libmaxminddb-empty-array-last-in-metadata.mmdb",
                                       "libmaxminddb-empty-map-last-in-metadata.mmdb",
                                       "libmaxminddb-uint64-max-epoch.mmdb"};
    static const char *const folders[] = {"libmaxminddb", "maxminddb-golang", "maxminddb-python"};
    const char *shared = test_shared();
    int seen = 0;
    for (size_t k = 0; shared != NULL && k < ARRAY_LEN(folders); k++) {
        char path[4096];
        (void)snprintf(path, sizeof(path), "%s/sources/mmdb/bad-data/%s", shared, folders[k]);
        DIR *dir = opendir(path);
        for (struct dirent *e = dir ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
            char file[8192];
            struct attribute_file f;
            struct attribute_mmdb *db = NULL;
            struct fault why = {0};
            bool good = false;
            if (strstr(e->d_name, ".mmdb") == NULL) {
                continue;
            }
            for (size_t i = 0; i < ARRAY_LEN(fine); i++) {
                good |= strcmp(e->d_name, fine[i]) == 0;
            }
            (void)snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
            CHECK_INT(attribute_file_open(file, &f, NULL), ST_OK);
            CHECK_INT(attribute_file_read(&f, true, NULL), ST_OK);
            enum status st = attribute_mmdb_open(&f, &db, &why);
            if ((st == ST_OK) != good ||
                (!good && (why.field == NULL || why.offset > f.size_bytes))) {
                CHECK(!"a bad database");
                printf("# %s: %s\n", e->d_name, status_text(st));
            }
            int64_t ns;
            CHECK(db == NULL || strstr(e->d_name, "max-epoch") == NULL ||
                  !attribute_mmdb_built(db, &ns)); /* 2^64 seconds are no time */
            close_all(&f, db);
            seen++;
        }
        (void)(dir && closedir(dir));
    }
    CHECK(shared == NULL || seen == 21);
}

/* No byte of a small database may be changed to one that ends the process or
 * makes a lookup fail otherwise than by saying so. */
static void any_changed_byte_is_survived(void)
{
    struct buf d = BUF_INIT(4096);
    struct buf b = BUF_INIT(1 << 20);
    const char *const asked[] = {"8.8.8.8", "2600::1", "1.1.1.1", "ffff::"};
    mm_map(&d, 2);
    mm_text(&d, "country");
    mm_map(&d, 1);
    mm_text(&d, "iso_code");
    mm_text(&d, "GB");
    mm_text(&d, "autonomous_system_number");
    mm_u32(&d, 64500);
    make(&b, 6, "test", buf_bytes(&d));
    for (size_t i = 0; i < b.len; i++) {
        const uint8_t tries[] = {0, 0xff, (uint8_t)(b.data[i] ^ 1), (uint8_t)(b.data[i] ^ 0x80)};
        uint8_t was = b.data[i];
        for (size_t k = 0; k < ARRAY_LEN(tries); k++) {
            struct attribute_file f = ATTRIBUTE_FILE_NONE;
            struct attribute_mmdb *db;
            b.data[i] = tries[k];
            if (open_bytes(buf_bytes(&b), &f, &db, NULL) == ST_OK) {
                for (size_t q = 0; q < ARRAY_LEN(asked); q++) {
                    struct attribute_mmdb_answer a;
                    struct addr x = addr(asked[q]);
                    enum status st = attribute_mmdb_lookup(db, &x, &a);
                    CHECK(st == ST_OK || st == ST_END || st == ST_MALFORMED);
                }
            }
            close_all(&f, db);
        }
        b.data[i] = was;
    }
    buf_fini(&b);
    buf_fini(&d);
}

TEST_MAIN(TEST(nested_and_flat_countries_are_read), TEST(as_numbers_come_as_numbers_and_as_text),
          TEST(flags_are_read_at_the_top_and_in_traits),
          TEST(a_database_with_a_country_for_everything_is_refused),
          TEST(the_family_is_known_only_for_makers),
          TEST(maxminds_test_databases_answer_as_their_sources_say),
          TEST(bad_databases_are_refused_with_a_reason), TEST(any_changed_byte_is_survived))
