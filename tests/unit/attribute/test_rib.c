/* tests/unit/attribute/test_rib.c - routing tables, made up and real. */
#include "attribute/rib.h"

#include <bzlib.h>
#include <zlib.h>

#include "attribute/nest.h"
#include "attribute/unpack.h"
#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "material.h"

enum { WHEN = 1600000000, V2 = 13 };

/* --- a writer ------------------------------------------------------------------------ */

static void record(struct buf *out, unsigned type, unsigned subtype, struct bytes body)
{
    buf_be32(out, WHEN);
    buf_be16(out, (uint16_t)type);
    buf_be16(out, (uint16_t)subtype);
    buf_be32(out, (uint32_t)body.len);
    buf_append(out, body.data, body.len);
}

static void index_of(struct buf *out, unsigned peers)
{
    struct buf b = BUF_INIT(1 << 16);
    buf_be32(&b, 0x0a000001);
    buf_be16(&b, 0);
    buf_be16(&b, (uint16_t)peers);
    for (unsigned i = 0; i < peers; i++) {
        buf_byte(&b, i % 2 ? 3 : 2); /* IPv6 and IPv4 peers, AS of 4 bytes */
        buf_be32(&b, i);
        for (unsigned k = 0; k < (i % 2 ? 4U : 1U); k++) {
            buf_be32(&b, 0xc0000200 + i);
        }
        buf_be32(&b, 64500 + i);
    }
    record(out, V2, 1, buf_bytes(&b));
    buf_fini(&b);
}

/* One peer's path: segments as "type, n, AS..." of 32 bits each. */
struct entry {
    uint16_t peer;
    uint32_t path[12];
    size_t n;
};

static void put_entry(struct buf *b, const struct entry *e, bool add_path)
{
    struct buf path = BUF_INIT(4096);
    for (size_t i = 0; i < e->n;) {
        uint32_t n = e->path[i + 1];
        buf_byte(&path, (uint8_t)e->path[i]);
        buf_byte(&path, (uint8_t)n);
        for (uint32_t k = 0; k < n; k++) {
            buf_be32(&path, e->path[i + 2 + k]);
        }
        i += 2 + n;
    }
    buf_be16(b, e->peer);
    buf_be32(b, WHEN);
    if (add_path) {
        buf_be32(b, 7);
    }
    buf_be16(b, (uint16_t)(4 + 4 + path.len));
    buf_append(b, "\x40\x01\x01\x00", 4); /* ORIGIN */
    buf_append(b, "\x50\x02", 2);         /* AS_PATH, extended length */
    buf_be16(b, (uint16_t)path.len);
    buf_append(b, path.data, path.len);
    buf_fini(&path);
}

static void route(struct buf *out, unsigned subtype, const char *net, const struct entry *e,
                  size_t n)
{
    struct prefix p;
    struct buf b = BUF_INIT(1 << 16);
    assert(prefix_parse(text(net), &p) == ST_OK);
    bool v4 = addr_is_v4(&p.net) && p.len >= 96;
    unsigned len = p.len - (v4 ? 96U : 0U);
    buf_be32(&b, 1);
    buf_byte(&b, (uint8_t)len);
    buf_append(&b, p.net.b + (v4 ? 12 : 0), (len + 7) / 8);
    buf_be16(&b, (uint16_t)n);
    for (size_t i = 0; i < n; i++) {
        put_entry(&b, &e[i], subtype >= 8);
    }
    record(out, V2, subtype, buf_bytes(&b));
    buf_fini(&b);
}

static void sample(struct buf *out)
{
    static const struct entry one[] = {{0, {2, 2, 64500, 64600}, 4}, {1, {2, 1, 64600}, 3}};
    static const struct entry two[] = {{0, {2, 2, 64500, 64700}, 4},
                                       {1, {2, 2, 64501, 64701}, 4},
                                       {2, {2, 3, 64502, 1, 64701}, 5}};
    static const struct entry set[] = {{2, {2, 1, 64502, 1, 2, 64800, 64801}, 7}};
    static const struct entry empty[] = {{0, {0}, 0}};
    index_of(out, 3);
    route(out, 2, "192.0.2.0/24", one, 2);
    route(out, 2, "192.0.0.0/16", two, 3);
    route(out, 2, "198.51.100.0/24", set, 1);
    route(out, 2, "198.51.0.0/16", one, 1);
    route(out, 2, "203.0.113.0/24", empty, 1);
    route(out, 2, "203.0.0.0/16", one, 1);
    route(out, 2, "0.0.0.0/0", two, 3);
    route(out, 4, "2001:db8::/32", two, 2);
}

/* --- asking -------------------------------------------------------------------------- */

static const struct attribute_rib_route *at(const struct attribute_rib *r, const char *a)
{
    struct addr x = addr(a);
    struct attribute_range6 range;
    return attribute_ranges_find(&r->ranges, &x, &range) ? &r->routes[range.value] : NULL;
}

static const struct attribute_rib_row *row_at(const struct attribute_rib *r, const char *a,
                                              uint32_t i)
{
    const struct attribute_rib_route *x = at(r, a);
    return x != NULL && i < x->n ? &r->rows[x->row + i] : NULL;
}

static void check_row(const struct attribute_rib *r, const char *a, uint32_t i, uint32_t asn,
                      uint32_t seen, enum attribute_rib_kind kind)
{
    const struct attribute_rib_row *x = row_at(r, a, i);
    CHECK(x != NULL);
    if (x != NULL) {
        CHECK_INT(x->asn, asn);
        CHECK_INT(x->seen, seen);
        CHECK_INT(x->kind, kind);
    }
}

static void check_sample(const struct attribute_rib *r)
{
    check_row(r, "192.0.2.77", 0, 64600, 2, RIB_ORIGIN);
    CHECK(row_at(r, "192.0.2.77", 1) == NULL);
    check_row(r, "192.0.3.1", 0, 64701, 2, RIB_ORIGIN);
    check_row(r, "192.0.3.1", 1, 64700, 1, RIB_ORIGIN);
    check_row(r, "192.0.1.255", 0, 64701, 2, RIB_ORIGIN);
    check_row(r, "2001:db8:1::1", 1, 64701, 1, RIB_ORIGIN);
    CHECK(at(r, "192.1.0.0") == NULL && at(r, "8.8.8.8") == NULL); /* a default is no route */
    CHECK_INT(r->peers4, 3);
    CHECK_INT(r->peers6, 2);
    CHECK_INT(r->date_ns, (int64_t)WHEN * TIME_SECOND);
}

static void the_narrowest_route_and_all_its_origins_are_kept(void)
{
    struct buf out = BUF_INIT(1 << 20);
    struct attribute_rib r;
    struct fault why = {0};
    sample(&out);
    CHECK(attribute_rib_sniff(buf_bytes(&out)));
    CHECK_INT(attribute_rib_parse(buf_bytes(&out), &r, &why), ST_OK);
    check_sample(&r);
    attribute_rib_fini(&r);
    buf_fini(&out);
}

/* What is announced by somebody unknown must not be given to the wider route. */
static void a_path_without_an_origin_hides_the_wider_route(void)
{
    struct buf out = BUF_INIT(1 << 20);
    struct attribute_rib r;
    sample(&out);
    CHECK_INT(attribute_rib_parse(buf_bytes(&out), &r, NULL), ST_OK);
    check_row(&r, "203.0.113.9", 0, 0, 1, RIB_UNREADABLE);
    check_row(&r, "203.0.112.9", 0, 64600, 1, RIB_ORIGIN);
    check_row(&r, "198.51.100.9", 0, 64800, 1, RIB_IN_SET);
    check_row(&r, "198.51.100.9", 1, 64801, 1, RIB_IN_SET);
    CHECK_INT(r.unread, 1);
    attribute_rib_fini(&r);
    buf_fini(&out);
}

static void one_peer_with_two_paths_is_one_peer(void)
{
    static const struct entry twice[] = {{0, {2, 2, 64500, 64600}, 4}, {0, {2, 1, 64600}, 3}};
    struct buf out = BUF_INIT(1 << 20);
    struct attribute_rib r;
    index_of(&out, 1);
    route(&out, 8, "192.0.2.0/24", twice, 2);
    CHECK_INT(attribute_rib_parse(buf_bytes(&out), &r, NULL), ST_OK);
    check_row(&r, "192.0.2.1", 0, 64600, 1, RIB_ORIGIN);
    attribute_rib_fini(&r);
    buf_fini(&out);
}

static size_t pack(struct bytes in, bool bzip2, uint8_t *out, size_t size)
{
    if (bzip2) {
        unsigned n = (unsigned)size;
        assert(BZ2_bzBuffToBuffCompress((char *)out, &n, (char *)(uintptr_t)in.data,
                                        (unsigned)in.len, 9, 0, 0) == BZ_OK);
        return n;
    }
    z_stream z = {.next_in = (uint8_t *)(uintptr_t)in.data,
                  .avail_in = (unsigned)in.len,
                  .next_out = out,
                  .avail_out = (unsigned)size};
    assert(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, 0) == Z_OK);
    assert(deflate(&z, Z_FINISH) == Z_STREAM_END);
    size_t n = size - z.avail_out;
    (void)deflateEnd(&z);
    return n;
}

/* Packers that work in parallel write several members. */
static void packed_tables_are_read_in_one_member_or_two(void)
{
    static uint8_t packed[1 << 16];
    struct buf out = BUF_INIT(1 << 20);
    sample(&out);
    for (int i = 0; i < 4; i++) {
        struct attribute_rib r;
        struct fault why = {0};
        bool bzip2 = i % 2 != 0;
        size_t half = i < 2 ? out.len : out.len / 2;
        size_t n = pack(bytes_of(out.data, half), bzip2, packed, sizeof(packed));
        if (half < out.len) {
            n += pack(bytes_of(out.data + half, out.len - half), bzip2, packed + n,
                      sizeof(packed) - n);
        }
        CHECK(attribute_rib_sniff(bytes_of(packed, n)));
        CHECK_INT(attribute_rib_parse(bytes_of(packed, n), &r, &why), ST_OK);
        check_sample(&r);
        attribute_rib_fini(&r);
    }
    buf_fini(&out);
}

/* Its beginning alone cannot be unpacked: it is told from the rest when it is read. */
static void a_large_block_of_bzip2_is_recognised_by_its_beginning(void)
{
    static uint8_t packed[1 << 16];
    struct buf out = BUF_INIT(1 << 20);
    struct attribute_rib r;
    struct fault why = {0};
    sample(&out);
    size_t n = pack(buf_bytes(&out), true, packed, sizeof(packed));
    CHECK(attribute_rib_sniff(bytes_of(packed, n / 2)));
    int64_t ns;
    CHECK(!attribute_rib_date(bytes_of(packed, n / 2), &ns));
    n = pack(text("this is something else, and longer than a header"), true, packed,
             sizeof(packed));
    CHECK_INT(attribute_rib_parse(bytes_of(packed, n), &r, &why), ST_LIMIT);
    attribute_rib_fini(&r);
    buf_fini(&out);
}

static bool cut_is_refused(const uint8_t *data, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    struct attribute_rib r;
    struct fault why = {0};
    if (n > 0) {
        memcpy(copy, data, n);
    }
    bool refused = attribute_rib_parse(bytes_of(copy, n), &r, &why) != ST_OK && why.field != NULL;
    attribute_rib_fini(&r);
    free(copy);
    return refused;
}

static void every_cut_of_a_packed_table_is_refused(void)
{
    static uint8_t packed[1 << 16];
    struct buf out = BUF_INIT(1 << 20);
    sample(&out);
    for (int i = 0; i < 2; i++) {
        size_t n = pack(buf_bytes(&out), i == 1, packed, sizeof(packed));
        int taken = 0;
        for (size_t k = 0; k < n; k++) {
            taken += !cut_is_refused(packed, k);
        }
        CHECK_INT(taken, 0);
    }
    buf_fini(&out);
}

/* An unpacked one can end between two records, and nothing tells. */
static void a_plain_table_is_refused_unless_cut_between_records(void)
{
    struct buf out = BUF_INIT(1 << 20);
    size_t taken = 0;
    sample(&out);
    for (size_t n = 0; n < out.len; n++) {
        taken += !cut_is_refused(out.data, n);
    }
    CHECK_INT(taken, 7); /* behind each of the first seven routes */
    buf_fini(&out);
}

static enum status parse_bent(const struct buf *whole, size_t at, uint8_t value, struct fault *why)
{
    struct attribute_rib r;
    uint8_t *copy = malloc(whole->len);
    memcpy(copy, whole->data, whole->len);
    copy[at] = value;
    enum status st = attribute_rib_parse(bytes_of(copy, whole->len), &r, why);
    attribute_rib_fini(&r);
    free(copy);
    return st;
}

static void what_frames_records_must_be_right(void)
{
    struct buf out = BUF_INIT(1 << 20);
    struct fault why = {0};
    index_of(&out, 3);
    size_t first = out.len; /* where the first route begins */
    buf_clear(&out);
    sample(&out);
    CHECK_INT(parse_bent(&out, first + 8, 0x7f, &why), ST_LIMIT); /* a record of 2 GB */
    CHECK_STR(why.field, "length of a record");
    CHECK_INT(why.offset, first);
    CHECK_INT(parse_bent(&out, first + 16, 33, &why), ST_MALFORMED);
    CHECK_STR(why.field, "network of a route");
    CHECK_INT(parse_bent(&out, first + 16 + 4 + 3, 9, &why), ST_MALFORMED); /* peer 9 of 3 */
    CHECK_STR(why.field, "number of a peer");
    CHECK_INT(parse_bent(&out, 12 + 7, 200, &why), ST_MALFORMED);
    CHECK_STR(why.field, "index of peers");
    buf_fini(&out);
}

static void updates_are_told_from_tables(void)
{
    struct buf out = BUF_INIT(1 << 20);
    struct attribute_rib r;
    struct fault why = {0};
    record(&out, 16, 4, BYTES_LITERAL("anything"));
    CHECK(attribute_rib_sniff(buf_bytes(&out)));
    CHECK_INT(attribute_rib_parse(buf_bytes(&out), &r, &why), ST_MALFORMED);
    CHECK_STR(why.field, "a file of updates, which is no routing table");
    attribute_rib_fini(&r);
    buf_fini(&out);
}

static void no_memory_is_said(void)
{
    static uint8_t packed[1 << 16];
    struct buf out = BUF_INIT(1 << 20);
    unsigned n = 0;
    enum status st = ST_NOMEM;
    sample(&out);
    size_t len = pack(buf_bytes(&out), true, packed, sizeof(packed));
    while (st != ST_OK) {
        struct attribute_rib r;
        test_fail_allocation(++n);
        st = attribute_rib_parse(bytes_of(packed, len), &r, NULL);
        attribute_rib_fini(&r);
        CHECK(st == ST_OK || (st == ST_NOMEM && test_allocation_failed()));
    }
    CHECK(n > 5);
    buf_fini(&out);
}

/* --- real tables, and what bgpdump made of them ------------------------------------------ */

/* "net|kind|AS" and "net|kind|AS|peer", once for each line of bgpdump's. */
struct keys {
    char **items;
    size_t n, cap;
};

static void add_key(struct keys *k, const char *s)
{
    if (k->n == k->cap) {
        k->cap = k->cap ? 2 * k->cap : 1024;
        k->items = realloc(k->items, k->cap * sizeof(*k->items));
    }
    k->items[k->n++] = strdup(s);
}

static int order_keys(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sort, and leave each once. */
static void unique(struct keys *k)
{
    size_t kept = 0;
    qsort(k->items, k->n, sizeof(*k->items), order_keys);
    for (size_t i = 0; i < k->n; i++) {
        if (kept > 0 && strcmp(k->items[kept - 1], k->items[i]) == 0) {
            free(k->items[i]);
        } else {
            k->items[kept++] = k->items[i];
        }
    }
    k->n = kept;
}

static void keys_fini(struct keys *k)
{
    for (size_t i = 0; i < k->n; i++) {
        free(k->items[i]);
    }
    free(k->items);
}

static void add_origin(struct keys *rows, struct keys *peers, const char *net, char kind,
                       const char *asn, const char *peer)
{
    char key[256];
    struct prefix p;
    char plain[PREFIX_TEXT_MAX];
    CHECK_INT(prefix_parse(text(net), &p), ST_OK);
    (void)prefix_format(&p, plain);
    (void)snprintf(key, sizeof(key), "%s|%c|%s", plain, kind, asn);
    add_key(rows, key);
    (void)snprintf(key, sizeof(key), "%s|%c|%s|%s", plain, kind, asn, peer);
    add_key(peers, key);
}

/* TABLE_DUMP2|time|B|peer|AS|net|path|... ; with ADD-PATH one field more. */
static void take_expected(char *line, struct keys *rows, struct keys *peers)
{
    char *field[9] = {0};
    size_t n = 0;
    for (char *at = line; at != NULL && n < ARRAY_LEN(field);) {
        field[n++] = strsep(&at, "|");
    }
    bool add_path = strstr(field[0], "_AP") != NULL;
    char *path = field[add_path ? 7 : 6];
    char peer[128];
    (void)snprintf(peer, sizeof(peer), "%s %s", field[3], field[4]);
    char *last = strrchr(path, ' ');
    last = last != NULL ? last + 1 : path;
    if (*last == '\0') {
        add_origin(rows, peers, field[5], 'u', "0", peer);
    } else if (*last == '{' && strchr(last, ',') != NULL) {
        last[strlen(last) - 1] = '\0';
        for (char *at = last + 1, *asn; (asn = strsep(&at, ",")) != NULL;) {
            add_origin(rows, peers, field[5], 's', asn, peer);
        }
    } else {
        last[strcspn(last, "}")] = '\0';
        add_origin(rows, peers, field[5], 'o', *last == '{' ? last + 1 : last, peer);
    }
}

static struct bytes read_shared(const char *folder, const char *name, const char *end,
                                struct attribute_file *f)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/sources/mrt/%s/%s%s", test_shared(), folder, name, end);
    CHECK_INT(attribute_file_open(path, f, NULL), ST_OK);
    CHECK_INT(attribute_file_read(f, false, NULL), ST_OK);
    return f->data;
}

static void read_expected(const char *name, struct keys *rows, struct keys *peers)
{
    struct attribute_file f;
    struct attribute_unpack *in = NULL;
    struct bytes piece;
    char line[4096];
    size_t n = 0;
    CHECK_INT(attribute_unpack_new(read_shared("expected", name, ".gz.bgp.gz", &f), &in, NULL),
              ST_OK);
    while (attribute_unpack_take(in, 1, &piece, NULL) == ST_OK) {
        if (piece.data[0] != '\n') {
            n += n < sizeof(line) - 1;
            line[n - 1] = (char)piece.data[0];
            continue;
        }
        line[n] = '\0';
        take_expected(line, rows, peers);
        n = 0;
    }
    attribute_unpack_free(in);
    attribute_file_fini(&f);
}

static void real_tables_are_what_bgpdump_reads(void)
{
    static const char *const names[] = {"bview.20020722.2337", "bview.64k_stream_overflow",
                                        "bview.ipv4_unicast_add_path",
                                        "bview.ipv6_unicast_add_path"};
    static const char kinds[] = "osu";
    if (test_shared() == NULL) {
        printf("# skipped: no shared data\n");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct attribute_file f;
        struct attribute_rib r;
        struct fault why = {0};
        struct keys rows = {.n = 0};
        struct keys peers = {.n = 0};
        struct keys ours = {.n = 0};
        uint64_t seen = 0;
        CHECK_INT(attribute_rib_parse(read_shared("data", names[i], ".gz", &f), &r, &why), ST_OK);
        read_expected(names[i], &rows, &peers);
        unique(&rows);
        unique(&peers);
        for (size_t k = 0; k < r.row_n; k++) {
            char key[256];
            char net[PREFIX_TEXT_MAX];
            (void)prefix_format(&r.rows[k].net, net);
            (void)snprintf(key, sizeof(key), "%s|%c|%u", net, kinds[r.rows[k].kind],
                           (unsigned)r.rows[k].asn);
            add_key(&ours, key);
            seen += r.rows[k].seen;
        }
        unique(&ours);
        CHECK_INT(ours.n, rows.n);
        CHECK_INT(seen, peers.n);
        size_t differ = 0;
        for (size_t k = 0; k < ours.n && k < rows.n; k++) {
            differ += strcmp(ours.items[k], rows.items[k]) != 0;
        }
        CHECK_INT(differ, 0);
        printf("# %s: %zu networks, %zu origins, %zu sightings\n", names[i], r.n, r.row_n, peers.n);
        keys_fini(&rows);
        keys_fini(&peers);
        keys_fini(&ours);
        attribute_rib_fini(&r);
        attribute_file_fini(&f);
    }
}

static void real_updates_are_refused(void)
{
    static const char *const names[] = {"updates.20020722.2238", "updates.20160811.1600",
                                        "updates.nlri_mask_trailing_bits",
                                        "updates.long_withdrawal"};
    for (size_t i = 0; test_shared() != NULL && i < ARRAY_LEN(names); i++) {
        struct attribute_file f;
        struct attribute_rib r;
        CHECK_INT(attribute_rib_parse(read_shared("data", names[i], ".gz", &f), &r, NULL),
                  ST_MALFORMED);
        attribute_rib_fini(&r);
        attribute_file_fini(&f);
    }
}

TEST_MAIN(TEST(the_narrowest_route_and_all_its_origins_are_kept),
          TEST(a_path_without_an_origin_hides_the_wider_route),
          TEST(one_peer_with_two_paths_is_one_peer),
          TEST(packed_tables_are_read_in_one_member_or_two),
          TEST(a_large_block_of_bzip2_is_recognised_by_its_beginning),
          TEST(every_cut_of_a_packed_table_is_refused),
          TEST(a_plain_table_is_refused_unless_cut_between_records),
          TEST(what_frames_records_must_be_right), TEST(updates_are_told_from_tables),
          TEST(no_memory_is_said), TEST(real_tables_are_what_bgpdump_reads),
          TEST(real_updates_are_refused))
