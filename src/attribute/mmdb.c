/* attribute/mmdb.c - MaxMind DB files, by libmaxminddb. */
#include "attribute/mmdb.h"

#include <maxminddb.h>
#include <stdio.h>
#include <strings.h>

#include "attribute/country.h"
#include "attribute/mmdbcheck.h"
#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"

/* No country spans more than this much in one piece: wider records are what
 * makers of databases fill gaps with. In bits of 128. */
enum { WIDEST4 = 96 + 5, WIDEST6 = 8 };

enum { TYPE_TEXT_MAX = 128, KEYS_MAX = 3 };

struct attribute_mmdb {
    MMDB_s db;
    struct attribute_mmdb_layout layout; /* borrowed from the file */
    unsigned invented, tried;
};

static enum status status_of(int error)
{
    return error == MMDB_OUT_OF_MEMORY_ERROR                         ? ST_NOMEM
           : error == MMDB_IO_ERROR || error == MMDB_FILE_OPEN_ERROR ? ST_SYS
                                                                     : ST_MALFORMED;
}

/* The value under a path of keys; false when the record has none. */
static bool value_at(MMDB_entry_s *record, const char *const path[], MMDB_entry_data_s *ret)
{
    return MMDB_aget_value(record, ret, path) == MMDB_SUCCESS && ret->has_data;
}

static struct bytes text_at(MMDB_entry_s *record, const char *const path[])
{
    MMDB_entry_data_s v;
    if (!value_at(record, path, &v) || v.type != MMDB_DATA_TYPE_UTF8_STRING) {
        return (struct bytes){0};
    }
    return bytes_of(v.utf8_string, v.data_size);
}

static bool number_at(MMDB_entry_s *record, const char *const path[], uint32_t *ret)
{
    MMDB_entry_data_s v;
    uint64_t n = 0;
    if (!value_at(record, path, &v)) {
        return false;
    }
    if (v.type == MMDB_DATA_TYPE_UINT32) {
        n = v.uint32;
    } else if (v.type == MMDB_DATA_TYPE_UINT16) {
        n = v.uint16;
    } else if (v.type == MMDB_DATA_TYPE_UTF8_STRING) { /* "AS64496" */
        struct bytes s = bytes_of(v.utf8_string, v.data_size);
        if (bytes_begin(s, BYTES_LITERAL("AS"))) {
            s = bytes_of(s.data + 2, s.len - 2);
        }
        if (text_u64(s, UINT32_MAX, &n) != ST_OK) {
            return false;
        }
    } else {
        return false;
    }
    *ret = (uint32_t)n;
    return true;
}

static bool true_at(MMDB_entry_s *record, const char *const path[])
{
    MMDB_entry_data_s v;
    return value_at(record, path, &v) && v.type == MMDB_DATA_TYPE_BOOLEAN && v.boolean;
}

static void read_countries(MMDB_entry_s *record, struct attribute_mmdb_answer *a)
{
    static const char *const located[][KEYS_MAX] = {
        {"country", "iso_code", NULL}, {"country_code", NULL}, {"country", NULL}};
    static const char *const registered[] = {"registered_country", "iso_code", NULL};
    for (size_t i = 0; i < ARRAY_LEN(located) && a->located[0] == '\0'; i++) {
        struct bytes s = text_at(record, located[i]);
        if (s.len == 2) { /* names of countries are no codes */
            origin_text(a->located, sizeof(a->located), s);
        }
    }
    struct bytes s = text_at(record, registered);
    if (s.len == 2) {
        origin_text(a->registered, sizeof(a->registered), s);
    }
}

static void read_network(MMDB_entry_s *record, struct attribute_mmdb_answer *a)
{
    static const char *const numbers[][KEYS_MAX] = {{"autonomous_system_number", NULL},
                                                    {"traits", "autonomous_system_number", NULL},
                                                    {"asn", NULL}};
    static const char *const names[][KEYS_MAX] = {
        {"autonomous_system_organization", NULL},
        {"traits", "autonomous_system_organization", NULL},
        {"as_name", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(numbers) && !a->has_asn; i++) {
        a->has_asn = number_at(record, numbers[i], &a->asn);
    }
    for (size_t i = 0; i < ARRAY_LEN(names) && a->as_name[0] == '\0'; i++) {
        origin_text(a->as_name, sizeof(a->as_name), text_at(record, names[i]));
    }
}

static void read_flags(MMDB_entry_s *record, struct attribute_mmdb_answer *a)
{
    static const struct {
        const char *key;
        enum origin_flag flag;
    } keys[] = {
        {"is_tor_exit_node", ORIGIN_TOR_EXIT},
        {"is_anonymous_vpn", ORIGIN_VPN},
        {"is_hosting_provider", ORIGIN_HOSTING},
        {"is_public_proxy", ORIGIN_ANONYMOUS_PROXY},
        {"is_anonymous_proxy", ORIGIN_ANONYMOUS_PROXY},
        {"is_residential_proxy", ORIGIN_RESIDENTIAL_PROXY},
        {"is_satellite_provider", ORIGIN_SATELLITE},
        {"is_anycast", ORIGIN_ANYCAST},
    };
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const char *const top[] = {keys[i].key, NULL};
        const char *const trait[] = {"traits", keys[i].key, NULL};
        if (true_at(record, top) || true_at(record, trait)) {
            a->flags |= 1U << keys[i].flag;
        }
    }
}

static enum status read_record(const struct attribute_mmdb *db, MMDB_entry_s *record,
                               struct attribute_mmdb_answer *ret)
{
    TRY(attribute_mmdb_check_value(db->layout.data, record->offset, NULL));
    struct attribute_mmdb_answer answer = {.net = {.len = 0}};
    read_countries(record, &answer);
    read_network(record, &answer);
    read_flags(record, &answer);
    *ret = answer;
    return ST_OK;
}

/* libmaxminddb wants a sockaddr, IPv4 as IPv4. */
static MMDB_lookup_result_s find(const MMDB_s *db, const struct addr *a, int *ret_error)
{
    if (addr_is_v4(a)) {
        struct sockaddr_in in = {.sin_family = AF_INET};
        memcpy(&in.sin_addr, a->b + 12, 4);
        return MMDB_lookup_sockaddr(db, (const struct sockaddr *)&in, ret_error);
    }
    struct sockaddr_in6 in = {.sin6_family = AF_INET6};
    memcpy(&in.sin6_addr, a->b, 16);
    return MMDB_lookup_sockaddr(db, (const struct sockaddr *)&in, ret_error);
}

static enum status lookup(const struct attribute_mmdb *db, const struct addr *a,
                          struct attribute_mmdb_answer *ret)
{
    int error = MMDB_SUCCESS;
    bool v4 = addr_is_v4(a);
    if (!v4 && db->db.metadata.ip_version == 4) {
        return ST_END;
    }
    MMDB_lookup_result_s r = find(&db->db, a, &error);
    if (error != MMDB_SUCCESS) {
        return status_of(error);
    }
    unsigned len = v4 && db->db.metadata.ip_version == 4 ? r.netmask + 96U : r.netmask;
    if (!r.found_entry || len > 128) {
        return ST_END;
    }
    TRY(read_record(db, &r.entry, ret));
    ret->net = prefix_of(a, (uint8_t)len);
    return ST_OK;
}

enum status attribute_mmdb_lookup(const struct attribute_mmdb *db, const struct addr *a,
                                  struct attribute_mmdb_answer *ret)
{
    struct attribute_mmdb_answer answer;
    TRY(lookup(db, a, &answer));
    /* In a tree of IPv6 all of IPv4 lies in ::/96: a record above that, met
     * in a file without an IPv4 part, says nothing about it. */
    if (attribute_mmdb_too_wide(addr_is_v4(a), answer.net.len)) {
        return ST_END;
    }
    *ret = answer;
    return ST_OK;
}

bool attribute_mmdb_too_wide(bool v4, uint8_t len)
{
    return len < (v4 ? WIDEST4 : WIDEST6);
}

/* --- all of it, in order --------------------------------------------------------- */

struct walk {
    const MMDB_s *db;
    struct attribute_cuts *cuts;
    size_t nodes; /* looked at */
};

static enum status walk_node(struct walk *w, uint32_t node, unsigned depth, uint128 first);

/* What hangs from one side of a node, `depth` bits down. */
static enum status walk_side(struct walk *w, uint64_t record, uint8_t type,
                             const MMDB_entry_s *entry, unsigned depth, uint128 first)
{
    if (type == MMDB_RECORD_TYPE_SEARCH_NODE && depth < 128) {
        return walk_node(w, (uint32_t)record, depth, first);
    }
    if (type == MMDB_RECORD_TYPE_DATA) {
        return attribute_cuts_add(w->cuts, first, entry->offset + 1, (uint8_t)depth);
    }
    return attribute_cuts_add(w->cuts, first, 0, ATTRIBUTE_NO_NET);
}

static enum status walk_node(struct walk *w, uint32_t node, unsigned depth, uint128 first)
{
    MMDB_search_node_s n;
    const struct attribute_region *region = &w->cuts->region;
    if (w->nodes++ == LIMIT_TABLE_NODES) {
        return ST_LIMIT;
    }
    if (MMDB_read_node(w->db, node, &n) != MMDB_SUCCESS) {
        return ST_MALFORMED;
    }
    uint128 bit = (uint128)1 << (127 - depth);
    if (depth >= region->len || (region->base & bit) == 0) {
        TRY(walk_side(w, n.left_record, n.left_record_type, &n.left_record_entry, depth + 1,
                      first));
    }
    if (depth >= region->len || (region->base & bit) != 0) {
        TRY(walk_side(w, n.right_record, n.right_record_type, &n.right_record_entry, depth + 1,
                      first | bit));
    }
    return ST_OK;
}

/* In a tree of IPv6, IPv4 lies in ::/96; its runs are moved to where struct
 * addr has it. */
static enum status walk_v4(const struct attribute_mmdb *db, struct attribute_cuts *ret)
{
    const struct attribute_region low = {0, 96};
    struct attribute_cuts cuts;
    TRY(attribute_cuts_init(&cuts, &low));
    struct walk w = {.db = &db->db, .cuts = &cuts};
    unsigned depth = db->db.metadata.ip_version == 4 ? 96 : 0;
    enum status st = walk_node(&w, 0, depth, 0);
    for (size_t i = 0; i < cuts.n && st == ST_OK; i++) {
        st = attribute_cuts_add(ret, cuts.items[i].first | ret->region.base, cuts.items[i].value,
                                cuts.items[i].net_len);
    }
    attribute_cuts_fini(&cuts);
    return st;
}

enum status attribute_mmdb_walk(const struct attribute_mmdb *db, struct attribute_cuts *ret)
{
    if (ret->region.len == ATTRIBUTE_REGION_V4.len) {
        return walk_v4(db, ret);
    }
    struct walk w = {.db = &db->db, .cuts = ret};
    return db->db.metadata.ip_version == 4 ? ST_OK : walk_node(&w, 0, 0, 0);
}

enum status attribute_mmdb_record(const struct attribute_mmdb *db, uint32_t value,
                                  struct attribute_mmdb_answer *ret)
{
    MMDB_entry_s record = {.mmdb = &db->db, .offset = value - 1};
    return read_record(db, &record, ret);
}

/* Addresses of the special-purpose registries that no country can have. */
static void probe(struct attribute_mmdb *db)
{
    static const struct addr nobody[] = {
        {{[10] = 0xff, [11] = 0xff, 10, 0, 0, 1}},
        {{[10] = 0xff, [11] = 0xff, 127, 0, 0, 1}},
        {{[10] = 0xff, [11] = 0xff, 169, 254, 1, 1}},
        {{[10] = 0xff, [11] = 0xff, 192, 0, 2, 1}},
        {{[10] = 0xff, [11] = 0xff, 192, 168, 1, 1}},
        {{[10] = 0xff, [11] = 0xff, 198, 51, 100, 1}},
        {{[10] = 0xff, [11] = 0xff, 240, 0, 0, 1}},
        {{0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
        {{0xfe, 0x80, [15] = 1}},
        {{0xff, 0x02, [15] = 1}},
    };
    for (size_t i = 0; i < ARRAY_LEN(nobody); i++) {
        struct attribute_mmdb_answer a;
        enum origin_flag flag;
        if (!addr_is_v4(&nobody[i]) && db->db.metadata.ip_version == 4) {
            continue;
        }
        db->tried++;
        if (lookup(db, &nobody[i], &a) == ST_OK) {
            db->invented += attribute_country_code(a.located, &flag) == CODE_COUNTRY;
        }
    }
}

static bool printable(const char *s)
{
    size_t n = strlen(s);
    for (size_t i = 0; i < n; i++) {
        if (s[i] < ' ' || s[i] > '~') {
            return false;
        }
    }
    return n > 0 && n <= TYPE_TEXT_MAX;
}

enum status attribute_mmdb_open(const struct attribute_file *f, struct attribute_mmdb **ret,
                                struct fault *why)
{
    struct attribute_mmdb_layout layout;
    char path[40];
    TRY(attribute_mmdb_check(f->data, &layout, why));
    struct attribute_mmdb *db = calloc(1, sizeof(*db));
    if (db == NULL) {
        return fault_at(why, ST_NOMEM, 0, "MaxMind DB");
    }
    db->layout = layout;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", f->mem_fd); /* fits */
    int error = MMDB_open(path, MMDB_MODE_MMAP, &db->db);
    if (error != MMDB_SUCCESS) {
        free(db);
        return fault_at(why, status_of(error), 0, "MaxMind DB, by its own library");
    }
    if (!printable(db->db.metadata.database_type)) {
        attribute_mmdb_free(db);
        return fault_at(why, ST_MALFORMED, 0, "type of the MaxMind DB");
    }
    probe(db);
    if (db->invented == db->tried) {
        attribute_mmdb_free(db);
        return fault_at(why, ST_MALFORMED, 0, "has a country for every address there is");
    }
    *ret = db;
    return ST_OK;
}

void attribute_mmdb_free(struct attribute_mmdb *db)
{
    if (db != NULL) {
        MMDB_close(&db->db);
        free(db);
    }
}

const char *attribute_mmdb_type(const struct attribute_mmdb *db)
{
    return db->db.metadata.database_type;
}

bool attribute_mmdb_built(const struct attribute_mmdb *db, int64_t *ret_ns)
{
    return time_from_parts(db->db.metadata.build_epoch, 0, 1, ret_ns);
}

unsigned attribute_mmdb_invented(const struct attribute_mmdb *db, unsigned *ret_tried)
{
    *ret_tried = db->tried;
    return db->invented;
}

static bool type_begins(const char *type, const char *word)
{
    return strncasecmp(type, word, strlen(word)) == 0;
}

/* Only makers that write their own data are known by the type. Repackers call
 * everything "country", so theirs stays unknown until the user says. */
enum origin_family attribute_mmdb_family(const char *type)
{
    bool maker = type_begins(type, "GeoIP2-") || type_begins(type, "GeoIP-") ||
                 type_begins(type, "GeoLite2-") || type_begins(type, "DBIP-") ||
                 type_begins(type, "ipinfo ");
    return maker ? ORIGIN_MEASUREMENT : ORIGIN_FAMILY_UNKNOWN;
}

const char *attribute_mmdb_credit(const char *type)
{
    return type_begins(type, "GeoLite2-") ? "GeoLite2 data created by MaxMind, www.maxmind.com"
           : type_begins(type, "DBIP-")   ? "IP geolocation by DB-IP, db-ip.com"
                                          : "";
}
