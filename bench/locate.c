/* bench/locate.c - lookups by the compiled table, by libmaxminddb, by libloc.
 *
 *   locate TABLE.mmdb [ADDRESSES]
 *
 * One run: the default sources are compiled; the same answers are written as two
 * MaxMind DBs, one in the schema that MaxMind's own have (country.iso_code and so
 * on, but without names in eight languages, which would slow it down) and one
 * flat, which is the form that its library reads fastest; then all are asked for the same
 * addresses, by turns, and their answers are compared. libloc has its own database, without Tor's
 * countries. Times are CPU time of this process.
 */
#include <assert.h>
#include <inttypes.h>
#include <libloc/database.h>
#include <libloc/libloc.h>
#include <libloc/network.h>
#include <maxminddb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attribute/source_parts.h"
#include "attribute/special.h"
#include "attribute/table.h"
#include "base/core/pages.h"
#include "base/core/timefmt.h"

enum { ROUNDS = 21, SLOW_SHARE = 8, LOC_SHARE = 32, WARM_SHARE = 8, ADDRESSES = 1 << 20 };

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fail(const char *what)
{
    (void)fprintf(stderr, "locate: %s\n", what);
    exit(2);
}

/* --- a MaxMind DB with the same answers --------------------------------------------- */

struct runs {
    uint128 *at;
    size_t n, cap;
};

static void run_at(struct runs *r, uint128 at)
{
    if (r->n == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 1 << 20;
        r->at = realloc(r->at, r->cap * sizeof(*r->at));
        assert(r->at != NULL);
    }
    r->at[r->n++] = at;
}

static int order(const void *a, const void *b)
{
    uint128 x = *(const uint128 *)a;
    uint128 y = *(const uint128 *)b;
    return x < y ? -1 : x > y;
}

/* Everywhere that any source may begin to say something else. */
static void collect(const struct attribute_sources *set, const struct attribute_region *region,
                    struct runs *r)
{
    size_t n;
    const struct attribute_special *special = attribute_special_all(&n);
    uint128 end = attribute_region_end(region);
    run_at(r, region->base);
    for (size_t i = 0; i < attribute_sources_count(set); i++) {
        const struct attribute_source *s = attribute_sources_at(set, i);
        struct attribute_cuts c;
        if (s == NULL || attribute_cuts_init(&c, region) != ST_OK) {
            fail("sources");
        }
        enum status st = attribute_source_ranges(s) != NULL
                             ? attribute_cuts_ranges(&c, attribute_source_ranges(s), 0)
                             : attribute_locdb_walk(s->loc, &c);
        for (size_t k = 0; k < c.n && st == ST_OK; k++) {
            run_at(r, c.items[k].first);
        }
        attribute_cuts_fini(&c);
    }
    for (size_t i = 0; i < n; i++) {
        uint128 first = attribute_wide(&special[i].range.net);
        run_at(r, first);
        run_at(r, first + ((uint128)1 << (128 - special[i].range.len)));
    }
    qsort(r->at, r->n, sizeof(*r->at), order);
    size_t kept = 0;
    for (size_t i = 0; i < r->n; i++) {
        if (r->at[i] >= region->base && r->at[i] < end &&
            (kept == 0 || r->at[kept - 1] != r->at[i])) {
            r->at[kept++] = r->at[i];
        }
    }
    r->n = kept;
}

struct tree {
    uint32_t (*next)[2]; /* a node; or with the top bit a value and its answer's number */
    size_t n, cap;
};

#define LEAF UINT32_C(0x80000000)

static uint32_t new_node(struct tree *t)
{
    if (t->n == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 1 << 20;
        t->next = realloc(t->next, t->cap * sizeof(*t->next));
        assert(t->next != NULL);
    }
    t->next[t->n][0] = t->next[t->n][1] = LEAF;
    return (uint32_t)t->n++;
}

static void insert(struct tree *t, uint128 net, unsigned len, uint32_t leaf)
{
    uint32_t at = 0;
    for (unsigned i = 0; i < len; i++) {
        unsigned bit = (unsigned)(net >> (127 - i)) & 1;
        if (i + 1 == len) {
            t->next[at][bit] = LEAF | leaf;
            return;
        }
        uint32_t next = t->next[at][bit];
        if (next & LEAF) {
            uint32_t fresh = new_node(t);
            t->next[at][bit] = fresh;
            t->next[fresh][0] = t->next[fresh][1] = next;
            next = fresh;
        }
        at = next;
    }
}

/* The range as networks; IPv4 goes to ::/96. */
static void insert_range(struct tree *t, uint128 first, uint128 last, uint32_t leaf)
{
    while (first <= last) {
        unsigned len = 128;
        while (len > 0) {
            uint128 size = (uint128)1 << (128 - len + 1);
            if ((first & (size - 1)) != 0 || first + (size - 1) > last || size == 0) {
                break;
            }
            len--;
        }
        insert(t, first, len, leaf);
        first += (uint128)1 << (128 - len);
    }
}

static void put_text(struct buf *b, const char *s, size_t n)
{
    buf_byte(b, (uint8_t)(2 << 5 | n));
    buf_append(b, s, n);
}

static void key(struct buf *b, const char *s)
{
    put_text(b, s, strlen(s));
}

static void put_number(struct buf *b, unsigned type, uint32_t v)
{
    buf_byte(b, (uint8_t)(type << 5 | 4));
    buf_be32(b, v);
}

static void put_country(struct buf *b, const char *name, const char code[2], bool flat)
{
    key(b, name);
    if (!flat) {
        buf_byte(b, 7 << 5 | 1);
        key(b, "iso_code");
    }
    put_text(b, code, code[0] ? 2 : 0);
}

/* An answer as a record; those with the same fields are one. Its number. */
static uint32_t record(struct buf *data, const struct attribute_answer *a, uint32_t *seen,
                       size_t slots, bool flat)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(256);
    buf_byte(&text, 7 << 5 | 4);
    put_country(&text, flat ? "country_code" : "country", a->country, flat);
    put_country(&text, flat ? "registered_code" : "registered_country", a->registered, flat);
    key(&text, flat ? "asn" : "autonomous_system_number");
    put_number(&text, 6, a->asn);
    key(&text, "flags");
    put_number(&text, 6, a->flags);
    size_t at = (size_t)hash_bytes(buf_bytes(&text), 1) & (slots - 1);
    while (seen[at] != 0 && memcmp(data->data + seen[at] - 1, text.data, text.len) != 0) {
        at = (at + 1) & (slots - 1);
    }
    if (seen[at] == 0) {
        seen[at] = (uint32_t)data->len + 1;
        buf_append(data, text.data, text.len);
    }
    return seen[at];
}

static void write_mmdb(const char *path, const struct tree *t, const struct buf *data)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(1U << 30);
    for (size_t i = 0; i < t->n; i++) {
        for (size_t k = 0; k < 2; k++) {
            uint32_t v = t->next[i][k];
            buf_be32(&out, v == LEAF  ? (uint32_t)t->n
                           : v & LEAF ? (v & ~LEAF) - 1 + (uint32_t)t->n + 16
                                      : v);
        }
    }
    buf_append(&out, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    buf_append(&out, data->data, data->len);
    buf_append(&out, "\xab\xcd\xefMaxMind.com", 14);
    buf_byte(&out, 7 << 5 | 9);
    key(&out, "binary_format_major_version");
    buf_append(&out, "\xa1\x02", 2);
    key(&out, "binary_format_minor_version");
    buf_append(&out, "\xa0", 1);
    key(&out, "build_epoch");
    buf_append(&out, "\x04\x02\x60\x00\x00\x00", 6);
    key(&out, "database_type");
    key(&out, "bench");
    key(&out, "description");
    buf_byte(&out, 7 << 5);
    key(&out, "ip_version");
    buf_append(&out, "\xa1\x06", 2);
    key(&out, "languages");
    buf_append(&out, "\x00\x04", 2);
    key(&out, "node_count");
    put_number(&out, 6, (uint32_t)t->n);
    key(&out, "record_size");
    buf_append(&out, "\xa1\x20", 2);
    FILE *f = fopen(path, "wb");
    if (out.failed != ST_OK || f == NULL || fwrite(out.data, 1, out.len, f) != out.len ||
        fclose(f) != 0) {
        fail("writing the MaxMind DB");
    }
    printf("mmdb: %zu nodes, %zu bytes of records, %.1f MiB\n", t->n, data->len,
           (double)out.len / (1 << 20));
}

static void make_mmdb(const char *path, const struct attribute_sources *set,
                      struct attribute_table *table, bool flat)
{
    const struct attribute_region regions[] = {ATTRIBUTE_REGION_V4, ATTRIBUTE_REGION_V6};
    enum { SLOTS = 1 << 21 };
    uint32_t *seen = calloc(SLOTS, sizeof(*seen));
    struct tree tree = {0};
    struct buf data = BUF_INIT(1 << 28);
    (void)new_node(&tree);
    for (size_t k = 0; k < 2; k++) {
        struct runs r = {0};
        collect(set, &regions[k], &r);
        printf("runs %zu: %zu\n", k ? (size_t)6 : (size_t)4, r.n);
        for (size_t i = 0; i < r.n; i++) {
            struct addr a = attribute_narrow(r.at[i]);
            const struct attribute_answer *x = attribute_table_lookup(table, &a);
            uint128 last = (i + 1 < r.n ? r.at[i + 1] : attribute_region_end(&regions[k])) - 1;
            uint128 mask = k == 0 ? UINT32_MAX : ~(uint128)0;
            if (x->country[0] || x->registered[0] || x->has_asn || x->flags) {
                insert_range(&tree, r.at[i] & mask, last & mask,
                             record(&data, x, seen, SLOTS, flat));
            }
        }
        free(r.at);
    }
    write_mmdb(path, &tree, &data);
    free(seen);
    free(tree.next);
    buf_fini(&data);
}

/* --- addresses ----------------------------------------------------------------------- */

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * UINT64_C(2685821657736338717);
}

struct asked {
    const char *name;
    bool v4;
    uint32_t *a4;
    struct addr *a6;
};

static void draw_v4(struct asked *k, size_t n, struct attribute_table *announced, bool few)
{
    uint64_t state = 88172645463325252;
    k->v4 = true;
    k->a4 = calloc(n, sizeof(*k->a4));
    k->a6 = calloc(n, sizeof(*k->a6));
    assert(k->a4 != NULL && k->a6 != NULL);
    for (size_t i = 0; i < n;) {
        uint32_t a = (uint32_t)(next(&state) >> 32);
        if (few && i >= 100000) { /* the same again, some far more often */
            double u = (double)(next(&state) >> 11) / 9007199254740992.0;
            a = k->a4[(size_t)(u * u * u * 100000)];
        }
        if (announced == NULL || attribute_table_lookup4(announced, a)->has_asn) {
            k->a6[i] = addr_from_v4(a);
            k->a4[i++] = a;
        }
    }
}

/* Within networks that there are: most of 2000::/3 is empty. */
static void draw_v6(struct asked *k, size_t n, const struct attribute_sources *set,
                    struct attribute_table *announced)
{
    const struct attribute_region region = ATTRIBUTE_REGION_V6;
    uint64_t state = 1234567;
    struct runs r = {0};
    collect(set, &region, &r);
    k->a6 = calloc(n, sizeof(*k->a6));
    assert(k->a6 != NULL);
    for (size_t i = 0; i < n;) {
        struct addr a = attribute_narrow(r.at[next(&state) % r.n]);
        uint64_t low = next(&state);
        store_be64(a.b + 8, low);
        store_be64(a.b, load_be64(a.b) | (next(&state) >> 48));
        if (attribute_table_reaches(&a) && attribute_table_lookup(announced, &a)->has_asn) {
            k->a6[i++] = a;
        }
    }
    free(r.at);
}

/* --- asking -------------------------------------------------------------------------- */

/* All of them are read; the sum is cheap, so that it measures nothing itself. */
static inline uint64_t fields(const char *country, const char *registered, uint32_t asn,
                              uint32_t flags)
{
    uint16_t c;
    uint16_t r;
    memcpy(&c, country, sizeof(c));
    memcpy(&r, registered, sizeof(r));
    return ((uint64_t)c << 24) + ((uint64_t)r << 32) + asn + ((uint64_t)flags << 40);
}

static uint64_t of_answer(const struct attribute_answer *x)
{
    return fields(x->country, x->registered, x->asn, x->flags);
}

static uint64_t ask_single(struct attribute_table *t, const struct asked *k, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += of_answer(k->v4 ? attribute_table_lookup4(t, k->a4[i])
                               : attribute_table_lookup(t, &k->a6[i]));
    }
    return sum;
}

static uint64_t ask_batch(struct attribute_table *t, const struct asked *k, size_t n)
{
    enum { BATCH = 1024 };
    const struct attribute_answer *x[BATCH];
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i += BATCH) {
        size_t m = n - i < BATCH ? n - i : BATCH;
        if (k->v4) {
            attribute_table_answers4(t, k->a4 + i, m, x);
        } else {
            attribute_table_answers6(t, k->a6 + i, m, x);
        }
        for (size_t j = 0; j < m; j++) {
            sum += of_answer(x[j]);
        }
    }
    return sum;
}

static void text_at(MMDB_entry_s *e, const char *name, const char *inner, char out[2])
{
    MMDB_entry_data_s v;
    const char *const path[] = {name, inner, NULL};
    if (MMDB_aget_value(e, &v, path) == MMDB_SUCCESS && v.has_data && v.data_size == 2) {
        memcpy(out, v.utf8_string, 2);
    }
}

static uint32_t number_at(MMDB_entry_s *e, const char *name)
{
    MMDB_entry_data_s v;
    const char *const path[] = {name, NULL};
    return MMDB_aget_value(e, &v, path) == MMDB_SUCCESS && v.has_data ? v.uint32 : 0;
}

static uint64_t ask_mmdb(const MMDB_s *db, const struct asked *k, size_t n, bool flat)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        struct sockaddr_in in = {.sin_family = AF_INET};
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
        int error;
        char country[2] = {0};
        char registered[2] = {0};
        if (k->v4) {
            in.sin_addr.s_addr = htonl(k->a4[i]);
        } else {
            memcpy(&in6.sin6_addr, k->a6[i].b, 16);
        }
        const void *at = k->v4 ? (const void *)&in : (const void *)&in6;
        MMDB_lookup_result_s r = MMDB_lookup_sockaddr(db, at, &error);
        if (error == MMDB_SUCCESS && r.found_entry) {
            text_at(&r.entry, flat ? "country_code" : "country", flat ? NULL : "iso_code", country);
            text_at(&r.entry, flat ? "registered_code" : "registered_country",
                    flat ? NULL : "iso_code", registered);
            uint32_t asn = number_at(&r.entry, flat ? "asn" : "autonomous_system_number");
            sum += fields(country, registered, asn, number_at(&r.entry, "flags"));
        }
    }
    return sum;
}

static uint64_t ask_loc(struct loc_database *db, const struct asked *k, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        struct in6_addr in;
        struct loc_network *net = NULL;
        memcpy(&in, k->a6[i].b, 16);
        if (loc_database_lookup(db, &in, &net) == 0 && net != NULL) {
            const char *code = loc_network_get_country_code(net);
            sum += (code ? (uint8_t)code[0] : 0) + (uint64_t)loc_network_get_asn(net) +
                   loc_network_prefix(net) + (unsigned)loc_network_has_flag(net, 4);
            loc_network_unref(net);
        }
    }
    return sum;
}

/* The best of the rounds: what others did with the machine meanwhile only
 * makes a round slower, never faster. */
static double best(const double v[ROUNDS])
{
    double most = v[0];
    for (size_t i = 1; i < ROUNDS; i++) {
        most = v[i] > most ? v[i] : most;
    }
    return most;
}

static volatile uint64_t sink;

enum side { SINGLE, BATCH, MMDB, FLAT, LOC, SIDES };

static uint64_t ask(enum side side, struct attribute_table *t, const MMDB_s mm[2],
                    struct loc_database *loc, const struct asked *k, size_t n)
{
    return side == SINGLE  ? ask_single(t, k, n)
           : side == BATCH ? ask_batch(t, k, n)
           : side == LOC   ? ask_loc(loc, k, n)
                           : ask_mmdb(&mm[side == FLAT], k, n, side == FLAT);
}

static void print_ratios(const char *name, double rate[SIDES][ROUNDS])
{
    static const char *const names[] = {"single", "batch", "libmaxminddb", "libmaxminddb_flat",
                                        "libloc"};
    for (size_t i = SINGLE; i <= BATCH; i++) {
        for (size_t other = MMDB; other < SIDES; other++) {
            printf("locate/%s/%s_x_%s %.1f\n", name, names[i], names[other],
                   best(rate[i]) / best(rate[other]));
        }
    }
    printf("%s M/s:", name);
    for (size_t i = 0; i < SIDES; i++) {
        printf(" %s %.2f", names[i], best(rate[i]));
    }
    printf("\n");
}

static void measure(struct attribute_table *t, const MMDB_s mm[2], struct loc_database *loc,
                    const struct asked *k, size_t n)
{
    static const size_t share[SIDES] = {1, 1, SLOW_SHARE, SLOW_SHARE, LOC_SHARE};
    double rate[SIDES][ROUNDS];
    for (size_t r = 0; r < ROUNDS; r++) {
        for (size_t i = 0; i < SIDES; i++) {
            /* Others have filled the caches: each is asked a part before it counts. */
            sink = ask((enum side)i, t, mm, loc, k, n / share[i] / WARM_SHARE);
            double from = now();
            sink = ask((enum side)i, t, mm, loc, k, n / share[i]);
            rate[i][r] = (double)(n / share[i]) / (now() - from) / 1e6;
        }
    }
    uint64_t want = ask(SINGLE, t, mm, loc, k, n);
    for (size_t i = BATCH; i <= FLAT; i++) {
        if (ask((enum side)i, t, mm, loc, k, n) != want) {
            fail("answers differ");
        }
    }
    print_ratios(k->name, rate);
}

/* --- all of it ------------------------------------------------------------------------- */

static struct attribute_sources *load(void)
{
    struct attribute_sources *set;
    struct remark_list remarks = {0};
    double from = now();
    if (attribute_sources_new(INT64_MAX, &set) != ST_OK ||
        attribute_sources_add_defaults(set, &remarks) != ST_OK ||
        attribute_sources_load(set, true, true, &remarks) != ST_OK || remarks.n > 0) {
        fail("no default sources: tor-geoipdb, libloc-database");
    }
    printf("locate/parse_s %.3f\n", now() - from);
    return set;
}

static struct attribute_table *build(const struct attribute_sources *set, struct buf *file)
{
    const struct digest identity = {{0}};
    struct remark_list remarks = {0};
    struct attribute_table *t = NULL;
    struct attribute_table_sizes size;
    double from = now();
    if (attribute_table_compile(set, &identity, 1, file, &remarks) != ST_OK) {
        fail("compiling");
    }
    printf("locate/build_s %.3f\n", now() - from);
    void *copy = pages_alloc(file->len); /* as the program has it: on huge pages */
    assert(copy != NULL);
    from = now();
    memcpy(copy, file->data, file->len);
    struct bytes bytes = bytes_of(copy, file->len);
    if (!attribute_table_whole(bytes) ||
        attribute_table_open(bytes, (int64_t)time(NULL) * TIME_SECOND, &t, NULL) != ST_OK) {
        fail("opening");
    }
    printf("locate/open_ms %.2f\n", (now() - from) * 1e3);
    attribute_table_sizes(t, &size);
    printf("locate/index4_mib %.2f\nlocate/index6_mib %.2f\nlocate/values_mib %.2f\n"
           "locate/values %zu\n",
           (double)size.index4 / (1 << 20), (double)size.index6 / (1 << 20),
           (double)size.values / (1 << 20), size.value_n);
    return t;
}

int main(int argc, char **argv)
{
    struct buf file = BUF_INIT(LIMIT_TABLE_BYTES);
    struct loc_ctx *ctx = NULL;
    struct loc_database *loc = NULL;
    MMDB_s mm[2];
    char flat[4096];
    size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : ADDRESSES;
    if (argc < 2 || n < 1000) {
        fail("which file for the MaxMind DB? how many addresses (1000 at least)?");
    }
    struct attribute_sources *set = load();
    struct attribute_table *t = build(set, &file);
    (void)snprintf(flat, sizeof(flat), "%s.flat", argv[1]);
    make_mmdb(argv[1], set, t, false);
    make_mmdb(flat, set, t, true);
    FILE *f = fopen(attribute_sources_default(2), "r");
    if (MMDB_open(argv[1], MMDB_MODE_MMAP, &mm[0]) != MMDB_SUCCESS ||
        MMDB_open(flat, MMDB_MODE_MMAP, &mm[1]) != MMDB_SUCCESS || f == NULL ||
        loc_new(&ctx) != 0 || loc_database_new(ctx, &loc, f) != 0) {
        fail("opening the databases");
    }
    struct asked sets[] = {{.name = "v4-random"},
                           {.name = "v4-announced"},
                           {.name = "v4-few"},
                           {.name = "v6-announced"}};
    draw_v4(&sets[0], n, NULL, false);
    draw_v4(&sets[1], n, t, false);
    draw_v4(&sets[2], n, t, true);
    draw_v6(&sets[3], n, set, t);
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        measure(t, mm, loc, &sets[i], n);
    }
    return 0;
}
