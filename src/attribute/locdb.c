/* attribute/locdb.c - libloc's database, checked before libloc follows it.
 *
 * libloc 0.9.16 walks the tree without counting: a tree that is deeper than an
 * address is long makes it read and write past the address on its stack, and
 * a cycle makes it recurse for ever. It does not check where sections lie, nor
 * that its strings end. So sections are checked when the file is opened, and
 * the way to an answer before libloc takes it. All numbers are big-endian:
 *
 *   0     magic "LOCDBXX", version 1
 *   8     created at u64; vendor, description, licence: u32 into the strings
 *   28    offset and length, u32 each: AS, networks, tree, countries, strings
 *   68    lengths of two signatures u16, the signatures 2048 each, 32 unused
 *   tree  nodes of 12: next for bit 0, next for bit 1, network or 0xffffffff
 *   net   12: country 2, 2 unused, AS u32, flags u16, 2 unused
 *
 * IPv4 lies under ::ffff:0:0/96.
 */
#include "attribute/locdb.h"

#include <libloc/as.h>
#include <libloc/database.h>
#include <libloc/libloc.h>
#include <libloc/network.h>
#include <stdio.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "base/core/timefmt.h"

enum {
    HEADER_BYTES = 8 + 8 + 12 + 40 + 4 + 4096 + 32,
    NODE_BYTES = 12,
    NETWORK_BYTES = 12,
    AS_BYTES = 8,
    COUNTRY_BYTES = 8,
};

static const uint32_t no_network = 0xffffffff;

struct attribute_locdb {
    struct loc_ctx *ctx;
    struct loc_database *db;
    uint64_t created_s;
    struct bytes tree, networks; /* borrowed from the file */
};

bool attribute_locdb_sniff(struct bytes head)
{
    return bytes_begin(head, BYTES_LITERAL("LOCDBXX"));
}

static struct bytes section(struct cursor *c, struct bytes file, bool *ok)
{
    uint32_t offset = cursor_be32(c);
    uint32_t len = cursor_be32(c);
    if (offset > file.len || len > file.len - offset) {
        *ok = false;
        return (struct bytes){0};
    }
    return bytes_of(file.data + offset, len);
}

static enum status check_header(struct bytes file, struct attribute_locdb *db, struct fault *why)
{
    struct cursor c = cursor_of(file);
    bool ok = true;
    if (file.len < HEADER_BYTES) {
        return fault_at(why, ST_SHORT, file.len, "header of the location database");
    }
    cursor_skip(&c, 8);
    db->created_s = cursor_be64(&c);
    cursor_skip(&c, 12);
    struct bytes as = section(&c, file, &ok);
    db->networks = section(&c, file, &ok);
    db->tree = section(&c, file, &ok);
    struct bytes countries = section(&c, file, &ok);
    struct bytes strings = section(&c, file, &ok);
    bool signatures = cursor_be16(&c) <= 2048;
    signatures &= cursor_be16(&c) <= 2048;
    if (!ok) {
        return fault_at(why, ST_SHORT, 28, "section of the location database");
    }
    ok = as.len % AS_BYTES == 0 && db->networks.len % NETWORK_BYTES == 0 &&
         db->tree.len % NODE_BYTES == 0 && db->tree.len > 0 && countries.len % COUNTRY_BYTES == 0 &&
         signatures;
    if (!ok || strings.len == 0 || strings.data[strings.len - 1] != '\0') {
        return fault_at(why, ST_MALFORMED, 28, "section of the location database");
    }
    return ST_OK;
}

/* What libloc takes for a country; it has no use for codes that begin with X. */
static bool country_ok(const uint8_t *cc)
{
    return cc[0] == 0 ||
           (cc[0] >= 'A' && cc[0] <= 'Z' && cc[0] != 'X' && cc[1] >= 'A' && cc[1] <= 'Z');
}

/* Follow the bits of a. ST_OK with the record of the narrowest network on the
 * way, or NULL. */
static enum status follow(const struct attribute_locdb *db, const struct addr *a,
                          const uint8_t **ret)
{
    size_t nodes = db->tree.len / NODE_BYTES;
    size_t networks = db->networks.len / NETWORK_BYTES;
    size_t node = 0;
    *ret = NULL;
    for (unsigned bit = 0;; bit++) {
        const uint8_t *n = db->tree.data + node * NODE_BYTES;
        uint32_t net = load_be32(n + 8);
        if (net != no_network) {
            if (net >= networks || !country_ok(db->networks.data + (size_t)net * NETWORK_BYTES)) {
                return ST_MALFORMED;
            }
            *ret = db->networks.data + (size_t)net * NETWORK_BYTES;
        }
        if (bit == 128) {
            return load_be32(n) == 0 && load_be32(n + 4) == 0 ? ST_OK : ST_MALFORMED;
        }
        node = load_be32(n + 4 * (a->b[bit / 8] >> (7 - bit % 8) & 1));
        if (node == 0) {
            return ST_OK;
        }
        if (node >= nodes) {
            return ST_MALFORMED;
        }
    }
}

/* libloc writes errors to standard error unless told otherwise. */
static void say_nothing(struct loc_ctx *ctx, int priority, const char *file, int line,
                        const char *fn, const char *format, va_list args)
{
    (void)ctx;
    (void)priority;
    (void)file;
    (void)line;
    (void)fn;
    (void)format;
    (void)args;
}

static enum status open_library(const struct attribute_file *f, struct attribute_locdb *db)
{
    if (loc_new(&db->ctx) != 0) {
        db->ctx = NULL;
        return ST_NOMEM;
    }
    loc_set_log_priority(db->ctx, 0);
    loc_set_log_fn(db->ctx, say_nothing);
    int fd = dup(f->mem_fd);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (file == NULL) {
        (void)(fd >= 0 && close(fd)); /* memory only: nothing to lose */
        return ST_SYS;
    }
    int r = loc_database_new(db->ctx, &db->db, file);
    (void)fclose(file); /* only read from; libloc has its own */
    if (r != 0) {
        db->db = NULL;
        return ST_MALFORMED;
    }
    return ST_OK;
}

enum status attribute_locdb_open(const struct attribute_file *f, struct attribute_locdb **ret,
                                 struct fault *why)
{
    struct attribute_locdb *db = calloc(1, sizeof(*db));
    if (db == NULL) {
        return fault_at(why, ST_NOMEM, 0, "location database");
    }
    enum status st = check_header(f->data, db, why);
    if (st == ST_OK) {
        st = open_library(f, db);
        if (st != ST_OK) {
            (void)fault_at(why, st, 0, "location database, by its own library");
        }
    }
    if (st != ST_OK) {
        attribute_locdb_free(db);
        return st;
    }
    *ret = db;
    return ST_OK;
}

void attribute_locdb_free(struct attribute_locdb *db)
{
    if (db == NULL) {
        return;
    }
    if (db->db != NULL) {
        loc_database_unref(db->db);
    }
    if (db->ctx != NULL) {
        loc_unref(db->ctx);
    }
    free(db);
}

static uint32_t flags_of(uint32_t theirs)
{
    static const struct {
        uint32_t theirs;
        enum origin_flag ours;
    } flags[] = {
        {LOC_NETWORK_FLAG_ANONYMOUS_PROXY, ORIGIN_ANONYMOUS_PROXY},
        {LOC_NETWORK_FLAG_SATELLITE_PROVIDER, ORIGIN_SATELLITE},
        {LOC_NETWORK_FLAG_ANYCAST, ORIGIN_ANYCAST},
        {LOC_NETWORK_FLAG_DROP, ORIGIN_DROP_LIST},
    };
    uint32_t out = 0;
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        out |= (theirs & flags[i].theirs) != 0 ? 1U << flags[i].ours : 0;
    }
    return out;
}

static uint32_t flags_by_library(struct loc_network *net)
{
    uint32_t out = 0;
    for (uint32_t bit = 1; bit < 1U << 16; bit <<= 1) {
        out |= loc_network_has_flag(net, bit) ? bit : 0;
    }
    return out;
}

static void name_of(const struct attribute_locdb *db, uint32_t asn, char *out, size_t size)
{
    struct loc_as *as = NULL;
    out[0] = '\0';
    if (asn == 0 || loc_database_get_as(db->db, &as, asn) != 0 || as == NULL) {
        return;
    }
    const char *name = loc_as_get_name(as);
    if (name != NULL) {
        origin_text(out, size, bytes_of(name, strlen(name)));
    }
    loc_as_unref(as);
}

enum status attribute_locdb_lookup(const struct attribute_locdb *db, const struct addr *a,
                                   struct attribute_locdb_answer *ret)
{
    /* libloc looks one bit further than an address is long when it meets a
     * network of one address. */
    union {
        struct in6_addr in;
        uint8_t room[32];
    } key = {.room = {0}};
    const uint8_t *record;
    struct loc_network *net = NULL;
    TRY(follow(db, a, &record));
    if (record == NULL) {
        return ST_END;
    }
    memcpy(key.room, a->b, sizeof(a->b));
    if (loc_database_lookup(db->db, &key.in, &net) != 0 || net == NULL) {
        return ST_END;
    }
    struct attribute_locdb_answer x = {.asn = loc_network_get_asn(net)};
    x.flags = flags_of(flags_by_library(net));
    const struct in6_addr *first = loc_network_get_first_address(net);
    unsigned len = loc_network_prefix(net);
    x.net.net = addr_from_v6(first->s6_addr);
    x.net.len = (uint8_t)(addr_is_v4(&x.net.net) ? len + 96 : len);
    const char *code = loc_network_get_country_code(net);
    if (code != NULL) {
        origin_text(x.code, sizeof(x.code), bytes_of(code, strlen(code)));
    }
    loc_network_unref(net);
    name_of(db, x.asn, x.as_name, sizeof(x.as_name));
    *ret = x;
    return ST_OK;
}

/* --- all of it, in order --------------------------------------------------------- */

struct walk {
    const struct attribute_locdb *db;
    struct attribute_cuts *cuts;
    size_t nodes; /* looked at */
};

/* The network that holds what is met, as a value and a length. */
struct holder {
    uint32_t value;
    uint8_t net_len;
};

static enum status walk(struct walk *w, size_t node, unsigned depth, uint128 first,
                        struct holder in)
{
    const struct attribute_locdb *db = w->db;
    const struct attribute_region *region = &w->cuts->region;
    const struct holder damaged = {ATTRIBUTE_LOCDB_DAMAGED, ATTRIBUTE_NO_NET};
    if (w->nodes++ == LIMIT_TABLE_NODES) {
        return ST_LIMIT;
    }
    const uint8_t *n = db->tree.data + node * NODE_BYTES;
    uint32_t net = load_be32(n + 8);
    if (net != no_network) {
        size_t at = (size_t)net * NETWORK_BYTES;
        bool ok = net < db->networks.len / NETWORK_BYTES && country_ok(db->networks.data + at);
        in = ok ? (struct holder){net + 1, (uint8_t)depth} : damaged;
    }
    if (depth == 128 && (load_be32(n) != 0 || load_be32(n + 4) != 0)) {
        in = damaged;
    }
    if (depth == 128 || in.value == ATTRIBUTE_LOCDB_DAMAGED) {
        return attribute_cuts_add(w->cuts, first, in.value, in.net_len);
    }
    uint128 bit = (uint128)1 << (127 - depth);
    for (unsigned side = 0; side < 2; side++) {
        uint32_t next = load_be32(n + (size_t)4 * side);
        uint128 at = side != 0 ? first | bit : first;
        if (depth < region->len && (side != 0) != ((region->base & bit) != 0)) {
            continue;
        }
        if (next == 0) {
            TRY(attribute_cuts_add(w->cuts, at, in.value, in.net_len));
        } else if (next >= db->tree.len / NODE_BYTES) {
            TRY(attribute_cuts_add(w->cuts, at, damaged.value, damaged.net_len));
        } else {
            TRY(walk(w, next, depth + 1, at, in));
        }
    }
    return ST_OK;
}

enum status attribute_locdb_walk(const struct attribute_locdb *db, struct attribute_cuts *ret)
{
    struct walk w = {.db = db, .cuts = ret};
    return walk(&w, 0, 0, 0, (struct holder){0, ATTRIBUTE_NO_NET});
}

uint64_t attribute_locdb_key(const struct attribute_locdb *db, uint32_t value)
{
    const uint8_t *r = db->networks.data + (size_t)(value - 1) * NETWORK_BYTES;
    return (uint64_t)load_be16(r) << 48 | (uint64_t)load_be16(r + 8) << 32 | load_be32(r + 4);
}

void attribute_locdb_record(const struct attribute_locdb *db, uint32_t value,
                            struct attribute_locdb_answer *ret)
{
    const uint8_t *r = db->networks.data + (size_t)(value - 1) * NETWORK_BYTES;
    *ret = (struct attribute_locdb_answer){.asn = load_be32(r + 4),
                                           .flags = flags_of(load_be16(r + 8))};
    origin_text(ret->code, sizeof(ret->code), bytes_of(r, 2));
    name_of(db, ret->asn, ret->as_name, sizeof(ret->as_name));
}

bool attribute_locdb_announced(const struct attribute_locdb *db, const struct addr *a)
{
    const uint8_t *record;
    return follow(db, a, &record) == ST_OK && record != NULL && load_be32(record + 4) != 0;
}

bool attribute_locdb_created(const struct attribute_locdb *db, int64_t *ret_ns)
{
    return time_from_parts(db->created_s, 0, 1, ret_ns);
}

void attribute_locdb_credit(const struct attribute_locdb *db, char *out, size_t size)
{
    const char *vendor = loc_database_get_vendor(db->db);
    const char *licence = loc_database_get_license(db->db);
    char text[ORIGIN_CREDIT_MAX];
    (void)snprintf(text, sizeof(text), "%.40s, %.30s", vendor != NULL ? vendor : "libloc",
                   licence != NULL ? licence : "no licence named"); /* cut to fit */
    origin_text(out, size, bytes_of(text, strlen(text)));
}
