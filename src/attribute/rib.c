/* attribute/rib.c - records of MRT files.
 *
 *   time u32, type u16, subtype u16, length u32, then as many bytes
 *
 * TABLE_DUMP_V2 has one record for each network with an entry for each peer;
 * peers are numbered by the PEER_INDEX_TABLE before them. TABLE_DUMP has one
 * record for each network and peer. Both hold BGP path attributes, of which the
 * AS path counts: its last AS is the origin. A path that ends in a set has no
 * single origin (RFC 6472), and one that is empty or cannot be read has none.
 *
 * What frames records must be right, else nothing is believed; one path that
 * cannot be read makes only that path unknown.
 */
#include "attribute/rib.h"

#include <stdlib.h>
#include <string.h>

#include "attribute/nest.h"
#include "attribute/unpack.h"
#include "base/core/limits.h"
#include "base/core/timefmt.h"

enum {
    HEADER_BYTES = 12,
    MRT_TABLE_DUMP = 12,
    MRT_TABLE_DUMP_V2 = 13,
    MRT_BGP4MP = 16,
    MRT_BGP4MP_ET = 17,
    /* of TABLE_DUMP_V2 */
    PEER_INDEX_TABLE = 1,
    RIB_IPV4_UNICAST = 2,
    RIB_IPV6_UNICAST = 4,
    RIB_IPV4_UNICAST_ADDPATH = 8, /* RFC 8050, 4 */
    RIB_IPV6_UNICAST_ADDPATH = 10,
    /* of TABLE_DUMP */
    AFI_IPV4 = 1,
    AFI_IPV6 = 2,
    /* of BGP (RFC 4271, 4.3 and 5.1; RFC 6793; RFC 5065) */
    ATTR_EXTENDED = 0x10,
    ATTR_AS_PATH = 2,
    ATTR_AS4_PATH = 17,
    AS_SET = 1,
    AS_SEQUENCE = 2,
    AS_CONFED_SEQUENCE = 3,
    AS_CONFED_SET = 4,
    AS_TRANS = 23456,
    ORIGINS_MAX = 8, /* of one set: real ones have two or three */
    NUMBERS = 65536, /* that a peer can have */
};

/* The origin of one path. */
struct path {
    bool set;
    size_t n; /* 0: none can be told */
    uint32_t asn[ORIGINS_MAX];
};

struct sighting {
    uint32_t asn;
    uint16_t peer;
    uint8_t kind;
};

/* A peer of a TABLE_DUMP, which does not number them. */
struct peer {
    uint8_t addr[16];
    uint32_t asn;
};

struct parse {
    struct attribute_rib *rib;
    struct attribute_unpack *in;
    struct fault *why;
    uint64_t at; /* of the record */
    uint32_t time;
    unsigned type, subtype;
    uint32_t peers; /* of the index; 0: there was none */
    bool index;
    struct sighting *seen; /* of one record */
    size_t seen_n, seen_cap;
    struct peer told[LIMIT_MRT_PEERS];
    uint32_t told_n;
    uint8_t sent[2][NUMBERS / 8]; /* peers with any route, IPv4 and IPv6 */
};

static enum status wrong(const struct parse *p, enum status st, const char *field)
{
    return fault_at(p->why, st, p->at, field);
}

/* --- paths -------------------------------------------------------------------------- */

static uint32_t as_number(struct cursor *c, unsigned size)
{
    return size == 4 ? cursor_be32(c) : cursor_be16(c);
}

/* The last segment that is no confederation's. False: it cannot be read. */
static bool read_path(struct bytes value, unsigned size, struct path *ret)
{
    struct cursor c = cursor_of(value);
    *ret = (struct path){.n = 0};
    while (cursor_left(&c) > 0) {
        unsigned type = cursor_u8(&c);
        unsigned n = cursor_u8(&c);
        if (c.failed || type < AS_SET || type > AS_CONFED_SET || n == 0 ||
            cursor_left(&c) < (size_t)n * size) {
            return false;
        }
        bool counts = type == AS_SET || type == AS_SEQUENCE;
        if (counts) {
            *ret = (struct path){.set = type == AS_SET && n > 1};
        }
        for (unsigned i = 0; i < n; i++) {
            uint32_t asn = as_number(&c, size);
            if (type == AS_SEQUENCE) {
                ret->asn[0] = asn;
                ret->n = 1;
            } else if (type == AS_SET && ret->n < ORIGINS_MAX) {
                ret->asn[ret->n++] = asn;
            }
        }
    }
    return !c.failed;
}

/* The attributes of one entry. False: none that can be read. */
static bool read_attributes(struct bytes all, unsigned as_size, struct path *ret)
{
    struct cursor c = cursor_of(all);
    struct path whole = {.n = 0};
    bool found = false;
    while (cursor_left(&c) > 0) {
        unsigned flags = cursor_u8(&c);
        unsigned type = cursor_u8(&c);
        size_t n = (flags & ATTR_EXTENDED) != 0 ? cursor_be16(&c) : cursor_u8(&c);
        struct bytes value = cursor_take(&c, n);
        if (c.failed) {
            return false;
        }
        if (type == ATTR_AS_PATH) {
            found = read_path(value, as_size, ret);
        } else if (type == ATTR_AS4_PATH && as_size == 2 && !read_path(value, 4, &whole)) {
            return false;
        }
    }
    /* RFC 6793, 4.2.3: the end of the longer numbers' path is that of the whole. */
    if (found && whole.n > 0 && !ret->set && ret->n == 1 && ret->asn[0] == AS_TRANS) {
        *ret = whole;
    }
    return found && ret->n > 0;
}

/* --- rows --------------------------------------------------------------------------- */

static enum status add_row(struct parse *p, const struct attribute_rib_row *row)
{
    struct attribute_rib *r = p->rib;
    if (r->row_n == LIMIT_RIB_ROWS) {
        return fault_limit(p->why, p->at, "networks and their origins", LIMIT_RIB_ROWS);
    }
    if (r->row_n == r->row_cap) {
        size_t want = r->row_cap ? r->row_cap * 2 : 4096;
        struct attribute_rib_row *q = realloc(r->rows, want * sizeof(*q));
        if (q == NULL) {
            return wrong(p, ST_NOMEM, "memory for routes");
        }
        r->rows = q;
        r->row_cap = want;
    }
    r->rows[r->row_n++] = *row;
    return ST_OK;
}

static enum status see(struct parse *p, bool v4, uint16_t peer, struct bytes attributes,
                       unsigned as_size)
{
    struct path path;
    uint8_t kind = RIB_UNREADABLE;
    p->sent[v4 ? 0 : 1][peer / 8] |= (uint8_t)(1U << peer % 8);
    if (read_attributes(attributes, as_size, &path)) {
        kind = path.set ? RIB_IN_SET : RIB_ORIGIN;
    } else {
        path = (struct path){.n = 1};
        p->rib->unread++;
    }
    if (p->seen_n + path.n > p->seen_cap) {
        size_t want = p->seen_cap ? p->seen_cap * 2 : 1024;
        struct sighting *q = realloc(p->seen, want * sizeof(*q));
        if (q == NULL) {
            return wrong(p, ST_NOMEM, "memory for routes");
        }
        p->seen = q;
        p->seen_cap = want;
    }
    for (size_t i = 0; i < path.n; i++) {
        p->seen[p->seen_n++] = (struct sighting){.asn = path.asn[i], .peer = peer, .kind = kind};
    }
    return ST_OK;
}

static int order_sightings(const void *a, const void *b)
{
    const struct sighting *x = a;
    const struct sighting *y = b;
    if (x->asn != y->asn) {
        return x->asn < y->asn ? -1 : 1;
    }
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    return (x->peer > y->peer) - (x->peer < y->peer);
}

/* One row for each origin: with ADD-PATH a peer may show it more than once. */
static enum status take_sightings(struct parse *p, const struct prefix *net)
{
    if (p->seen_n > 1) {
        qsort(p->seen, p->seen_n, sizeof(*p->seen), order_sightings);
    }
    for (size_t i = 0; i < p->seen_n;) {
        const struct sighting *s = &p->seen[i];
        struct attribute_rib_row row = {.net = *net, .asn = s->asn, .kind = s->kind};
        uint32_t peer = UINT32_MAX;
        for (; i < p->seen_n && p->seen[i].asn == row.asn && p->seen[i].kind == row.kind; i++) {
            row.seen += p->seen[i].peer != peer;
            peer = p->seen[i].peer;
        }
        TRY(add_row(p, &row));
    }
    p->seen_n = 0;
    return ST_OK;
}

/* --- records ------------------------------------------------------------------------ */

/* "collector id, view name, peers". Only how many there are is kept. */
static enum status take_index(struct parse *p, struct cursor *c)
{
    cursor_skip(c, 4);
    cursor_skip(c, cursor_be16(c));
    uint32_t n = cursor_be16(c);
    for (uint32_t i = 0; i < n && !c->failed; i++) {
        unsigned type = cursor_u8(c); /* RFC 6396, 4.3.1: bit 0 IPv6, bit 1 AS of 4 bytes */
        cursor_skip(c, 4 + ((type & 1) != 0 ? 16 : 4) + ((type & 2) != 0 ? 4 : 2));
    }
    if (c->failed || cursor_left(c) > 0) {
        return wrong(p, ST_MALFORMED, "index of peers");
    }
    p->index = true;
    p->peers = n;
    return ST_OK;
}

/* A length and as many bits; those past them are not looked at. */
static bool take_prefix(struct cursor *c, bool v4, unsigned len, size_t bytes, struct prefix *ret)
{
    struct addr a = {0};
    struct bytes b = cursor_take(c, bytes);
    if (c->failed || len > (v4 ? 32U : 128U)) {
        return false;
    }
    if (v4) {
        a = addr_from_v4(0);
    }
    if (b.len > 0) {
        memcpy(a.b + (v4 ? 12 : 0), b.data, b.len);
    }
    *ret = prefix_of(&a, (uint8_t)(v4 ? 96 + len : len));
    return true;
}

static enum status take_table2(struct parse *p, struct cursor *c)
{
    bool add_path = p->subtype >= RIB_IPV4_UNICAST_ADDPATH;
    bool v4 = p->subtype == RIB_IPV4_UNICAST || p->subtype == RIB_IPV4_UNICAST_ADDPATH;
    struct prefix net;
    if (!p->index) {
        return wrong(p, ST_MALFORMED, "routes before the index of peers");
    }
    cursor_skip(c, 4); /* sequence number */
    unsigned len = cursor_u8(c);
    if (!take_prefix(c, v4, len, (len + 7) / 8, &net)) {
        return wrong(p, ST_MALFORMED, "network of a route");
    }
    unsigned n = cursor_be16(c);
    for (unsigned i = 0; i < n && !c->failed; i++) {
        uint16_t peer = cursor_be16(c);
        cursor_skip(c, add_path ? 8 : 4); /* time, path id */
        struct bytes attributes = cursor_take(c, cursor_be16(c));
        if (!c->failed && peer >= p->peers) {
            return wrong(p, ST_MALFORMED, "number of a peer");
        }
        if (!c->failed) {
            TRY(see(p, v4, peer, attributes, 4));
        }
    }
    if (c->failed || cursor_left(c) > 0) {
        return wrong(p, ST_MALFORMED, "entries of a route");
    }
    if (!attribute_nest_fits(&net)) { /* a default route is nobody's origin */
        p->seen_n = 0;
        return ST_OK;
    }
    return take_sightings(p, &net);
}

/* The number of a peer, in the order in which they are met. */
static enum status number_of(struct parse *p, struct bytes addr, uint32_t asn, uint16_t *ret)
{
    struct peer x = {.asn = asn};
    if (addr.len > 0) {
        memcpy(x.addr, addr.data, addr.len);
    }
    for (uint32_t i = 0; i < p->told_n; i++) {
        if (memcmp(&p->told[i], &x, sizeof(x)) == 0) {
            *ret = (uint16_t)i;
            return ST_OK;
        }
    }
    if (p->told_n == LIMIT_MRT_PEERS) {
        return fault_limit(p->why, p->at, "peers", LIMIT_MRT_PEERS);
    }
    p->told[p->told_n] = x;
    *ret = (uint16_t)p->told_n++;
    return ST_OK;
}

/* View and sequence u16, network, its length u8, status u8, time u32, peer, its
 * AS u16, length of the attributes u16, the attributes. */
static enum status take_table(struct parse *p, struct cursor *c)
{
    bool v4 = p->subtype == AFI_IPV4;
    const size_t bytes = v4 ? 4 : 16;
    struct prefix net;
    cursor_skip(c, 4);
    struct bytes host = cursor_take(c, bytes);
    unsigned len = cursor_u8(c);
    cursor_skip(c, 5);
    struct bytes peer = cursor_take(c, bytes);
    uint32_t peer_as = cursor_be16(c);
    struct bytes attributes = cursor_take(c, cursor_be16(c));
    if (c->failed || cursor_left(c) > 0) {
        return wrong(p, ST_MALFORMED, "route");
    }
    struct cursor at = cursor_of(host);
    if (!take_prefix(&at, v4, len, bytes, &net)) {
        return wrong(p, ST_MALFORMED, "network of a route");
    }
    uint16_t number = 0;
    TRY(number_of(p, peer, peer_as, &number));
    TRY(see(p, v4, number, attributes, 2));
    if (!attribute_nest_fits(&net)) {
        p->seen_n = 0;
        return ST_OK;
    }
    return take_sightings(p, &net);
}

static enum status take_record(struct parse *p, struct bytes body)
{
    struct cursor c = cursor_of(body);
    if (p->type == MRT_TABLE_DUMP_V2) {
        switch (p->subtype) {
        case PEER_INDEX_TABLE:
            return take_index(p, &c);
        case RIB_IPV4_UNICAST:
        case RIB_IPV6_UNICAST:
        case RIB_IPV4_UNICAST_ADDPATH:
        case RIB_IPV6_UNICAST_ADDPATH:
            return take_table2(p, &c);
        default:
            return ST_OK; /* multicast, and what may come */
        }
    }
    if (p->type == MRT_TABLE_DUMP && (p->subtype == AFI_IPV4 || p->subtype == AFI_IPV6)) {
        return take_table(p, &c);
    }
    if (p->type == MRT_BGP4MP || p->type == MRT_BGP4MP_ET) {
        return wrong(p, ST_MALFORMED, "a file of updates, which is no routing table");
    }
    if (p->rib->records == 1) {
        return wrong(p, ST_MALFORMED, "not a routing table");
    }
    return ST_OK;
}

static enum status next_record(struct parse *p)
{
    struct bytes head;
    struct bytes body;
    p->at = attribute_unpack_offset(p->in);
    TRY(attribute_unpack_take(p->in, HEADER_BYTES, &head, p->why));
    struct cursor c = cursor_of(head);
    p->time = cursor_be32(&c);
    p->type = cursor_be16(&c);
    p->subtype = cursor_be16(&c);
    uint32_t n = cursor_be32(&c);
    if (n > LIMIT_MRT_RECORD_BYTES) {
        return fault_limit(p->why, p->at, "length of a record", LIMIT_MRT_RECORD_BYTES);
    }
    if (p->rib->records++ == 0) {
        p->rib->date_ns = (int64_t)p->time * TIME_SECOND;
    }
    enum status st = attribute_unpack_take(p->in, n, &body, p->why);
    if (st == ST_END) {
        return wrong(p, ST_SHORT, "record");
    }
    return st == ST_OK ? take_record(p, body) : st;
}

/* --- sealing ------------------------------------------------------------------------- */

/* By network; then the origins that most peers saw. */
static int order_rows(const void *a, const void *b)
{
    const struct attribute_rib_row *x = a;
    const struct attribute_rib_row *y = b;
    int c = attribute_nest_order(&x->net, &y->net);
    if (c != 0) {
        return c;
    }
    if (x->asn != y->asn) {
        return x->asn < y->asn ? -1 : 1;
    }
    return (int)x->kind - (int)y->kind;
}

static int order_seen(const void *a, const void *b)
{
    const struct attribute_rib_row *x = a;
    const struct attribute_rib_row *y = b;
    if (x->seen != y->seen) {
        return x->seen > y->seen ? -1 : 1;
    }
    return order_rows(a, b);
}

/* Rows that are about the same origin of the same network become one: the older
 * dumps have one for each peer. */
static void merge_rows(struct attribute_rib *r)
{
    size_t kept = 0;
    qsort(r->rows, r->row_n, sizeof(*r->rows), order_rows);
    for (size_t i = 0; i < r->row_n; i++) {
        if (kept > 0 && order_rows(&r->rows[kept - 1], &r->rows[i]) == 0) {
            r->rows[kept - 1].seen += r->rows[i].seen;
        } else {
            r->rows[kept++] = r->rows[i];
        }
    }
    r->row_n = kept;
}

static enum status make_routes(struct attribute_rib *r)
{
    r->routes = calloc(r->row_n, sizeof(*r->routes));
    if (r->routes == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < r->row_n;) {
        struct attribute_rib_route *x = &r->routes[r->n++];
        *x = (struct attribute_rib_route){.net = r->rows[i].net, .row = (uint32_t)i};
        while (i < r->row_n && attribute_nest_order(&r->rows[i].net, &x->net) == 0) {
            i++;
        }
        x->n = (uint32_t)(i - x->row);
        if (x->n > 1) {
            qsort(&r->rows[x->row], x->n, sizeof(*r->rows), order_seen);
        }
    }
    CLEANUP(free_ptr) uint32_t *wider = calloc(r->n, sizeof(*wider));
    return wider != NULL ? attribute_nest(r->routes, r->n, sizeof(*r->routes), &r->ranges, wider)
                         : ST_NOMEM;
}

static uint32_t count_bits(const uint8_t *b, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (uint32_t)__builtin_popcount(b[i]);
    }
    return sum;
}

static enum status seal(struct parse *p)
{
    struct attribute_rib *r = p->rib;
    if (r->row_n == 0) {
        return fault_at(p->why, ST_SHORT, p->at, "routing table without routes");
    }
    r->peers4 = count_bits(p->sent[0], sizeof(p->sent[0]));
    r->peers6 = count_bits(p->sent[1], sizeof(p->sent[1]));
    merge_rows(r);
    enum status st = make_routes(r);
    return st == ST_OK ? st : fault_at(p->why, st, p->at, "routes");
}

/* --- all of it ----------------------------------------------------------------------- */

static enum status parse(struct parse *p)
{
    enum status st;
    do {
        st = next_record(p);
    } while (st == ST_OK);
    return st == ST_END ? seal(p) : st;
}

enum status attribute_rib_parse(struct bytes file, struct attribute_rib *ret, struct fault *why)
{
    CLEANUP(attribute_unpack_freep) struct attribute_unpack *in = NULL;
    *ret = (struct attribute_rib){.rows = NULL};
    TRY(attribute_unpack_new(file, &in, why));
    struct parse *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return fault_at(why, ST_NOMEM, 0, "memory for routes");
    }
    p->rib = ret;
    p->in = in;
    p->why = why;
    enum status st = parse(p);
    free(p->seen);
    free(p);
    return st;
}

void attribute_rib_fini(struct attribute_rib *r)
{
    free(r->rows);
    free(r->routes);
    attribute_ranges_fini(&r->ranges);
    *r = (struct attribute_rib){.rows = NULL};
}

/* The header of the first record; false: it is none. */
static bool first_header(struct bytes head, struct cursor *ret, struct attribute_unpack **in)
{
    struct bytes first;
    if (attribute_unpack_new(head, in, NULL) != ST_OK ||
        attribute_unpack_take(*in, HEADER_BYTES, &first, NULL) != ST_OK) {
        return false;
    }
    *ret = cursor_of(first);
    return true;
}

/* A block of bzip2 has up to 900 kB, and nothing of it can be had before its end. */
static bool is_bzip2(struct bytes head)
{
    return head.len > 10 && bytes_begin(head, BYTES_LITERAL("BZh")) &&
           memcmp(head.data + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0;
}

bool attribute_rib_sniff(struct bytes head)
{
    CLEANUP(attribute_unpack_freep) struct attribute_unpack *in = NULL;
    struct cursor c;
    if (!first_header(head, &c, &in)) {
        return is_bzip2(head);
    }
    cursor_skip(&c, 4);
    unsigned type = cursor_be16(&c);
    unsigned subtype = cursor_be16(&c);
    uint32_t n = cursor_be32(&c);
    bool known = (type == MRT_TABLE_DUMP && (subtype == AFI_IPV4 || subtype == AFI_IPV6)) ||
                 (type == MRT_TABLE_DUMP_V2 && subtype == PEER_INDEX_TABLE) ||
                 ((type == MRT_BGP4MP || type == MRT_BGP4MP_ET) && subtype <= 11);
    return known && n > 0 && n <= LIMIT_MRT_RECORD_BYTES;
}

bool attribute_rib_date(struct bytes head, int64_t *ret_ns)
{
    CLEANUP(attribute_unpack_freep) struct attribute_unpack *in = NULL;
    struct cursor c;
    if (!first_header(head, &c, &in)) {
        return false;
    }
    *ret_ns = (int64_t)cursor_be32(&c) * TIME_SECOND;
    return true;
}
