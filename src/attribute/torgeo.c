/* attribute/torgeo.c - reading Tor's country files, fast.
 *
 * A run reads 25 MB of these before it can say anything, so lines are walked
 * by index instead of field by field; every index is compared with the line's
 * end before it is used.
 */
#include "attribute/torgeo.h"

#include <stdio.h>

#include "attribute/lines.h"
#include "base/core/timefmt.h"
#include "base/model/origin.h"

/* Where a line stands while it is read. */
struct spot {
    const uint8_t *s;
    size_t n, at;
};

static bool take(struct spot *p, uint8_t c)
{
    if (p->at == p->n || p->s[p->at] != c) {
        return false;
    }
    p->at++;
    return true;
}

static bool take_u32(struct spot *p, uint32_t *ret)
{
    uint64_t v = 0;
    size_t from = p->at;
    while (p->at < p->n && p->at - from < 11 && (uint8_t)(p->s[p->at] - '0') < 10) {
        v = v * 10 + (uint8_t)(p->s[p->at++] - '0');
    }
    *ret = (uint32_t)v;
    return p->at > from && v <= UINT32_MAX;
}

static int hex(uint8_t c)
{
    if ((uint8_t)(c - '0') < 10) {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One to four hexadecimal digits. */
static bool take_group(struct spot *p, uint16_t *ret)
{
    unsigned v = 0;
    size_t from = p->at;
    while (p->at < p->n && p->at - from < 4) {
        int d = hex(p->s[p->at]);
        if (d < 0) {
            break;
        }
        v = v << 4 | (unsigned)d;
        p->at++;
    }
    *ret = (uint16_t)v;
    return p->at > from;
}

/* An IPv6 address as RFC 4291, 2.2 writes it, without the dotted form: groups
 * before "::" go to the front, those behind it to the end. */
static bool take_v6(struct spot *p, struct addr *ret)
{
    uint16_t groups[8];
    size_t n = 0;
    size_t gap = SIZE_MAX; /* how many groups stand before "::" */
    if (take(p, ':')) {
        if (!take(p, ':')) {
            return false;
        }
        gap = 0;
    }
    while (n < 8) {
        if (gap == n && (p->at == p->n || hex(p->s[p->at]) < 0)) {
            break; /* "::" at the end */
        }
        if (!take_group(p, &groups[n])) {
            return false;
        }
        n++;
        if (n == 8 || !take(p, ':')) {
            break;
        }
        if (take(p, ':')) {
            if (gap != SIZE_MAX) {
                return false;
            }
            gap = n;
        }
    }
    if (gap == SIZE_MAX ? n != 8 : n > 7) {
        return false;
    }
    size_t front = gap == SIZE_MAX ? 8 : gap;
    *ret = (struct addr){0};
    for (size_t i = 0; i < n; i++) {
        store_be16(ret->b + 2 * (i < front ? i : 8 - n + i), groups[i]);
    }
    return true;
}

static bool code_letter(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '?';
}

/* ",CC" and the end of the line. */
static bool take_code(struct spot *p, uint32_t *ret)
{
    if (p->n - p->at != 3 || p->s[p->at] != ',' || !code_letter(p->s[p->at + 1]) ||
        !code_letter(p->s[p->at + 2])) {
        return false;
    }
    *ret = load_be16(p->s + p->at + 1);
    return true;
}

static bool line_v4(struct bytes line, uint32_t *first, uint32_t *last, uint32_t *code)
{
    struct spot p = {line.data, line.len, 0};
    return take_u32(&p, first) && take(&p, ',') && take_u32(&p, last) && take_code(&p, code);
}

static bool line_v6(struct bytes line, struct addr *first, struct addr *last, uint32_t *code)
{
    struct spot p = {line.data, line.len, 0};
    return take_v6(&p, first) && take(&p, ',') && take_v6(&p, last) && take_code(&p, code) &&
           !addr_is_v4(first) && !addr_is_v4(last);
}

enum attribute_torgeo_kind attribute_torgeo_sniff(struct bytes head)
{
    struct cursor c = cursor_of(head);
    struct bytes line;
    while (attribute_line(&c, &line)) {
        uint32_t v4[2], code;
        struct addr v6[2];
        if (line.len == 0 || line.data[0] == '#') {
            continue;
        }
        if (line_v4(line, &v4[0], &v4[1], &code)) {
            return TORGEO_V4;
        }
        return line_v6(line, &v6[0], &v6[1], &code) ? TORGEO_V6 : TORGEO_NOT;
    }
    return TORGEO_NOT;
}

/* The value of "# Key: value" in the comment lines at the start. */
static struct bytes header(struct bytes head, struct bytes key)
{
    struct cursor c = cursor_of(head);
    struct bytes line;
    while (attribute_line(&c, &line) && line.len > 0 && line.data[0] == '#') {
        struct bytes s = text_trim(bytes_of(line.data + 1, line.len - 1));
        if (bytes_begin(s, key)) {
            return text_trim(bytes_of(s.data + key.len, s.len - key.len));
        }
    }
    return (struct bytes){0};
}

/* "Thu, 25 Jun 2026 04:33:59 GMT" (RFC 9110, 5.6.7). */
static bool http_date(struct bytes s, int64_t *ret_ns)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[32];
    char month[4];
    char zone[4];
    int used = 0;
    struct civil c = {0};
    if (s.len >= sizeof(text)) {
        return false;
    }
    origin_text(text, sizeof(text), s);
    if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d %3[A-Z]%n", &c.day, month,
               &c.year, &c.hour, &c.minute, &c.second, zone, &used) != 7 ||
        (size_t)used != s.len || strlen(month) != 3 || strcmp(zone, "GMT") != 0) {
        return false;
    }
    for (int i = 0; i < 12; i++) {
        if (memcmp(months + 3 * (size_t)i, month, 3) == 0) {
            c.month = i + 1;
        }
    }
    return time_from_civil(&c, ret_ns);
}

bool attribute_torgeo_date(struct bytes head, int64_t *ret_ns)
{
    return http_date(header(head, BYTES_LITERAL("Generated:")), ret_ns);
}

void attribute_torgeo_credit(struct bytes head, char *out, size_t size)
{
    struct bytes vendor = header(head, BYTES_LITERAL("Vendor:"));
    struct bytes licence = header(head, BYTES_LITERAL("License:"));
    char text[ORIGIN_CREDIT_MAX];
    int n = snprintf(
        text, sizeof(text), "%.*s%s%.*s", (int)(vendor.len < 40 ? vendor.len : 40),
        vendor.len ? (const char *)vendor.data : "", vendor.len && licence.len ? ", " : "",
        (int)(licence.len < 30 ? licence.len : 30), licence.len ? (const char *)licence.data : "");
    origin_text(out, size, bytes_of(text, n > 0 ? (size_t)n : 0));
}

static enum status parse_line(struct bytes line, struct attribute_ranges *r)
{
    uint32_t code, v4[2];
    struct addr v6[2];
    if (r->n6 == 0 && line_v4(line, &v4[0], &v4[1], &code)) {
        return attribute_ranges_add4(r, v4[0], v4[1], code);
    }
    if (r->n4 == 0 && line_v6(line, &v6[0], &v6[1], &code)) {
        return attribute_ranges_add(r, &v6[0], &v6[1], code);
    }
    return ST_MALFORMED;
}

enum status attribute_torgeo_parse(struct bytes text, struct attribute_ranges *ret,
                                   struct fault *why)
{
    struct cursor c = cursor_of(text);
    struct bytes line;
    size_t at = 0;
    while (attribute_line(&c, &line)) {
        if (line.len > 0 && line.data[0] != '#') {
            enum status st = parse_line(line, ret);
            if (st == ST_LIMIT) {
                return fault_limit(why, at, "ranges", LIMIT_SOURCE_RANGES);
            }
            if (st != ST_OK) {
                return fault_at(why, st, at, "geoip line");
            }
        }
        at = c.pos;
    }
    if (ret->n4 == 0 && ret->n6 == 0) {
        return fault_at(why, ST_SHORT, at, "geoip without ranges");
    }
    struct addr overlap;
    enum status st = attribute_ranges_seal(ret, OVERLAP_REFUSED, &overlap);
    return st == ST_OK ? ST_OK : fault_at(why, st, 0, "geoip ranges that overlap");
}
