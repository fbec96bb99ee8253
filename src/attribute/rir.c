/* attribute/rir.c - the RIR statistics exchange format.
 *
 *   2.3|ripencc|1700000000|3|19830705|20260821|+0000      header
 *   ripencc|*|ipv4|*|2|summary
 *   ripencc|FR|ipv4|2.0.0.0|1048576|20100712|allocated|opaque-id
 *
 * The value of an ipv4 record is how many addresses it has, which need not be
 * a power of two; that of an ipv6 record is a prefix length, that of an asn
 * record a count. The country is empty or ZZ and the date empty or 00000000
 * where nobody holds the range. Fields past the seventh belong to the extended
 * format and are free to grow, so they are not looked at. The header counts the
 * records of all three types.
 */
#include "attribute/rir.h"

#include <stdlib.h>

#include "attribute/lines.h"
#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "base/model/origin.h"

enum { FIELDS = 7 };

static size_t split(struct bytes line, struct bytes out[FIELDS])
{
    size_t n = 0;
    while (n < FIELDS && line.data != NULL) {
        out[n++] = attribute_field(&line, '|');
    }
    return n;
}

static bool is_word(struct bytes s, size_t max)
{
    if (s.len == 0 || s.len > max) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if ((s.data[i] < 'a' || s.data[i] > 'z') && s.data[i] != '-') {
            return false;
        }
    }
    return true;
}

/* "20100712"; empty and all zeros are no date. */
static bool compact_date(struct bytes s, bool *ret_dated, int64_t *ret_ns)
{
    uint64_t v = 0;
    *ret_dated = false;
    if (s.len == 0) {
        return true;
    }
    if (s.len != 8 || text_u64(s, 99999999, &v) != ST_OK) {
        return false;
    }
    struct civil c = {
        .year = (int)(v / 10000), .month = (int)(v / 100 % 100), .day = (int)(v % 100)};
    *ret_dated = v != 0;
    return v == 0 || time_from_civil(&c, ret_ns);
}

static bool parse_header(struct bytes line, struct attribute_rir *r)
{
    struct bytes f[FIELDS];
    struct bytes version = {0};
    if (split(line, f) != FIELDS || !is_word(f[1], sizeof(r->registry) - 1)) {
        return false;
    }
    version = f[0];
    struct bytes major = attribute_field(&version, '.');
    uint64_t v = 0;
    /* The header has seven fields as records have; its first is a number. */
    if (text_u64(major, 9, &v) != ST_OK || text_u64(f[3], UINT32_MAX, &r->stated) != ST_OK) {
        return false;
    }
    origin_text(r->registry, sizeof(r->registry), f[1]);
    return compact_date(f[5], &r->dated, &r->date_ns);
}

static bool comment(struct bytes line)
{
    return line.len == 0 || line.data[0] == '#';
}

bool attribute_rir_header(struct bytes head, struct attribute_rir *ret)
{
    struct cursor c = cursor_of(head);
    struct bytes line;
    while (attribute_line(&c, &line)) {
        if (!comment(line)) {
            return parse_header(line, ret);
        }
    }
    return false;
}

bool attribute_rir_sniff(struct bytes head)
{
    struct attribute_rir r = {0};
    return attribute_rir_header(head, &r);
}

void attribute_rir_fini(struct attribute_rir *r)
{
    attribute_ranges_fini(&r->ranges);
    free(r->entries);
    *r = (struct attribute_rir){0};
}

bool attribute_rir_held(const struct attribute_delegation *d)
{
    return strcmp(d->status, "allocated") == 0 || strcmp(d->status, "assigned") == 0;
}

static bool alike(const struct attribute_delegation *a, const struct attribute_delegation *b)
{
    return a->day == b->day && strcmp(a->code, b->code) == 0 && strcmp(a->status, b->status) == 0 &&
           strcmp(a->registry, b->registry) == 0;
}

/* The entry for e. Neighbours in a file are often alike, so the last few are
 * looked at. */
static enum status intern(struct attribute_rir *r, const struct attribute_delegation *e,
                          uint32_t *ret)
{
    for (size_t i = r->n; i > 0 && i + 16 > r->n; i--) {
        if (alike(&r->entries[i - 1], e)) {
            *ret = (uint32_t)(i - 1);
            return ST_OK;
        }
    }
    if (r->n == r->cap) {
        size_t want = r->cap ? r->cap * 2 : 1024;
        struct attribute_delegation *p = realloc(r->entries, want * sizeof(*p));
        if (p == NULL) {
            return ST_NOMEM;
        }
        r->entries = p;
        r->cap = want;
    }
    r->entries[r->n] = *e;
    *ret = (uint32_t)r->n++;
    return ST_OK;
}

static bool parse_delegation(const struct bytes f[FIELDS], struct attribute_delegation *e)
{
    bool dated;
    int64_t ns = 0;
    *e = (struct attribute_delegation){0};
    if (!is_word(f[0], sizeof(e->registry) - 1) || !is_word(f[6], sizeof(e->status) - 1) ||
        (f[1].len != 0 && f[1].len != 2) || !compact_date(f[5], &dated, &ns)) {
        return false;
    }
    origin_text(e->registry, sizeof(e->registry), f[0]);
    origin_text(e->status, sizeof(e->status), f[6]);
    origin_text(e->code, sizeof(e->code), f[1]);
    e->day = dated ? (int32_t)(ns / TIME_DAY) : ORIGIN_NO_DAY;
    return true;
}

static enum status add_v4(struct attribute_rir *r, struct bytes start, struct bytes value,
                          uint32_t entry)
{
    struct addr a;
    uint64_t count;
    TRY(addr_parse(start, &a));
    if (text_u64(value, UINT64_C(1) << 32, &count) != ST_OK || !addr_is_v4(&a) || count == 0 ||
        addr_v4(&a) + count - 1 > UINT32_MAX) {
        return ST_MALFORMED;
    }
    return attribute_ranges_add4(&r->ranges, addr_v4(&a), (uint32_t)(addr_v4(&a) + count - 1),
                                 entry);
}

static enum status add_v6(struct attribute_rir *r, struct bytes start, struct bytes value,
                          uint32_t entry)
{
    struct addr a;
    uint64_t len;
    TRY(addr_parse(start, &a));
    if (text_u64(value, 128, &len) != ST_OK) {
        return ST_MALFORMED;
    }
    struct prefix p = prefix_of(&a, (uint8_t)len);
    if (addr_is_v4(&a) || len == 0 || !addr_equal(&p.net, &a)) {
        return ST_MALFORMED;
    }
    struct addr last = a;
    for (size_t i = 0; i < sizeof(last.b); i++) {
        size_t bits = len > i * 8 ? len - i * 8 : 0;
        last.b[i] |= bits >= 8 ? 0 : (uint8_t)(0xffU >> bits);
    }
    return attribute_ranges_add(&r->ranges, &a, &last, entry);
}

static enum status parse_record(struct attribute_rir *r, struct bytes line, struct fault *why,
                                size_t at)
{
    struct bytes f[FIELDS] = {0};
    size_t n = split(line, f);
    struct attribute_delegation e;
    uint32_t entry;
    if (n >= 6 && bytes_equal(f[1], BYTES_LITERAL("*"))) {
        return bytes_begin(f[5], BYTES_LITERAL("summary"))
                   ? ST_OK
                   : fault_at(why, ST_MALFORMED, at, "summary line of the delegation");
    }
    if (n != FIELDS || !parse_delegation(f, &e)) {
        return fault_at(why, ST_MALFORMED, at, "delegation record");
    }
    r->counted++;
    if (bytes_equal(f[2], BYTES_LITERAL("asn"))) {
        return ST_OK; /* AS numbers have registered countries too, but no place here yet */
    }
    bool v4 = bytes_equal(f[2], BYTES_LITERAL("ipv4"));
    if (!v4 && !bytes_equal(f[2], BYTES_LITERAL("ipv6"))) {
        return fault_at(why, ST_MALFORMED, at, "type of the delegation");
    }
    TRY(intern(r, &e, &entry));
    enum status st = v4 ? add_v4(r, f[3], f[4], entry) : add_v6(r, f[3], f[4], entry);
    return st == ST_OK ? ST_OK : fault_at(why, st, at, "range of the delegation");
}

enum status attribute_rir_parse(struct bytes text, struct attribute_rir *ret, struct fault *why)
{
    struct cursor c = cursor_of(text);
    struct bytes line;
    bool header = false;
    size_t at = 0;
    *ret = (struct attribute_rir){0};
    while (attribute_line(&c, &line)) {
        if (!comment(line) && !header) {
            header = parse_header(line, ret);
            if (!header) {
                return fault_at(why, ST_MALFORMED, at, "header of the delegation file");
            }
        } else if (!comment(line)) {
            TRY(parse_record(ret, line, why, at));
        }
        at = c.pos;
    }
    if (ret->ranges.n4 == 0 && ret->ranges.n6 == 0) {
        return fault_at(why, ST_SHORT, at, "delegation file without ranges");
    }
    if (ret->counted < ret->stated) { /* cut at a line's end: nothing else would show it */
        return fault_at(why, ST_SHORT, at, "fewer delegations than the header says");
    }
    struct addr overlap;
    enum status st = attribute_ranges_seal(&ret->ranges, OVERLAP_REFUSED, &overlap);
    return st == ST_OK ? ST_OK : fault_at(why, st, 0, "delegations that overlap");
}
