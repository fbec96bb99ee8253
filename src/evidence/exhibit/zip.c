/* evidence/exhibit/zip.c - the fixed fields of headers, written and compared. */
#include "evidence/exhibit/zip.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "evidence/exhibit/crc.h"

enum {
    LOCAL_BYTES = 30,
    CENTRAL_BYTES = 46,
    END_BYTES = 22,
    NAME_MAX_BYTES = 128,
    VERSION = 10,       /* "1.0": stored members, nothing else */
    FIRST_DAY = 0x0021, /* 1980-01-01, the first that the format can say */
};
static const uint32_t SIGN_LOCAL = 0x04034b50, SIGN_CENTRAL = 0x02014b50, SIGN_END = 0x06054b50;

static bool is_alnum(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool evidence_zip_name_valid(struct bytes name)
{
    if (name.len == 0 || name.len > NAME_MAX_BYTES || name.data[name.len - 1] == '/') {
        return false;
    }
    bool begins = true;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.data[i];
        if (!is_alnum(c) && (begins || (c != '.' && c != '_' && c != '-' && c != '/'))) {
            return false;
        }
        begins = c == '/';
    }
    return true;
}

static int compare_names(struct bytes a, struct bytes b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n > 0 ? memcmp(a.data, b.data, n) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* May a member of this name stand behind that one? */
static bool in_order(const struct evidence_zip_member *members, size_t i)
{
    return i < 2 || compare_names(members[i - 1].name, members[i].name) < 0;
}

static bool is_first_again(const struct evidence_zip_member *members, size_t i)
{
    return i > 0 && bytes_equal(members[0].name, members[i].name);
}

/* --- writing -------------------------------------------------------------------- */

static void le16(struct buf *out, uint16_t v)
{
    buf_byte(out, (uint8_t)v);
    buf_byte(out, (uint8_t)(v >> 8));
}

static void le32(struct buf *out, uint32_t v)
{
    le16(out, (uint16_t)v);
    le16(out, (uint16_t)(v >> 16));
}

/* From the version that is needed to the length of the extra field: the same in
 * both headers of a member. */
static void put_common(const struct evidence_zip_member *m, uint32_t crc, struct buf *out)
{
    le16(out, VERSION);
    le16(out, 0); /* flags: no encryption, no data descriptor, names in ASCII */
    le16(out, 0); /* stored */
    le16(out, 0); /* midnight */
    le16(out, FIRST_DAY);
    le32(out, crc);
    le32(out, (uint32_t)m->data.len);
    le32(out, (uint32_t)m->data.len);
    le16(out, (uint16_t)m->name.len);
    le16(out, 0); /* no extra field */
}

static void put_central(const struct evidence_zip_member *m, uint32_t crc, uint32_t at,
                        struct buf *out)
{
    le32(out, SIGN_CENTRAL);
    le16(out, VERSION); /* made by: a system without permissions */
    put_common(m, crc, out);
    le16(out, 0); /* no comment */
    le16(out, 0); /* the one disk */
    le16(out, 0); /* attributes */
    le32(out, 0);
    le32(out, at);
    buf_append(out, m->name.data, m->name.len);
}

static void put_end(size_t n, uint32_t bytes, uint32_t at, struct buf *out)
{
    le32(out, SIGN_END);
    le16(out, 0); /* the one disk */
    le16(out, 0);
    le16(out, (uint16_t)n);
    le16(out, (uint16_t)n);
    le32(out, bytes);
    le32(out, at);
    le16(out, 0); /* no comment */
}

static enum status check_members(const struct evidence_zip_member *m, size_t n)
{
    uint64_t sum = END_BYTES;
    if (n == 0) {
        return ST_MALFORMED;
    }
    for (size_t i = 0; i < n; i++) {
        if (!evidence_zip_name_valid(m[i].name) || !in_order(m, i) || is_first_again(m, i)) {
            return ST_MALFORMED;
        }
        sum += LOCAL_BYTES + CENTRAL_BYTES + 2 * m[i].name.len + m[i].data.len;
        if (sum > LIMIT_EXHIBIT_BYTES) {
            return ST_LIMIT;
        }
    }
    return n > LIMIT_EXHIBIT_MEMBERS ? ST_LIMIT : ST_OK;
}

enum status evidence_zip_write(const struct evidence_zip_member *members, size_t n, struct buf *out)
{
    TRY(check_members(members, n));
    CLEANUP(buf_fini) struct buf central = BUF_INIT(LIMIT_EXHIBIT_BYTES);
    size_t start = out->len;
    for (size_t i = 0; i < n; i++) {
        uint32_t crc = evidence_crc32(members[i].data);
        put_central(&members[i], crc, (uint32_t)(out->len - start), &central);
        le32(out, SIGN_LOCAL);
        put_common(&members[i], crc, out);
        buf_append(out, members[i].name.data, members[i].name.len);
        buf_append(out, members[i].data.data, members[i].data.len);
    }
    TRY(central.failed);
    uint32_t at = (uint32_t)(out->len - start);
    buf_append(out, central.data, central.len);
    put_end(n, (uint32_t)central.len, at, out);
    return out->failed;
}

/* --- reading -------------------------------------------------------------------- */

struct reader {
    struct cursor c;
    struct evidence_zip_member *items;
    size_t n, cap;
    enum status st;
    struct fault *why;
};

static void reader_fini(struct reader *r)
{
    free(r->items);
}

/* The first thing that is wrong sticks. */
static void refuse(struct reader *r, enum status st, const char *field)
{
    if (r->st == ST_OK) {
        r->st = fault_at(r->why, st, r->c.pos, field);
    }
}

static void want16(struct reader *r, uint16_t want, const char *field)
{
    size_t at = r->c.pos;
    uint16_t v = cursor_le16(&r->c);
    if (r->c.failed) {
        refuse(r, ST_SHORT, field);
    } else if (v != want && r->st == ST_OK) {
        r->st = fault_at(r->why, ST_MALFORMED, at, field);
    }
}

static void want32(struct reader *r, uint32_t want, const char *field)
{
    size_t at = r->c.pos;
    uint32_t v = cursor_le32(&r->c);
    if (r->c.failed) {
        refuse(r, ST_SHORT, field);
    } else if (v != want && r->st == ST_OK) {
        r->st = fault_at(r->why, ST_MALFORMED, at, field);
    }
}

/* Up to and with the date: nothing of it can be chosen. */
static void want_fixed(struct reader *r)
{
    want16(r, VERSION, "zip: version needed");
    want16(r, 0, "zip: flags (encrypted, data descriptor, or other)");
    want16(r, 0, "zip: compressed");
    want16(r, 0, "zip: time");
    want16(r, FIRST_DAY, "zip: date");
}

static enum status add_member(struct reader *r, const struct evidence_zip_member *m)
{
    if (r->n == LIMIT_EXHIBIT_MEMBERS) {
        return fault_limit(r->why, m->offset, "zip: members", LIMIT_EXHIBIT_MEMBERS);
    }
    if (r->n == r->cap) {
        size_t cap = r->cap == 0 ? 64 : r->cap * 2;
        struct evidence_zip_member *items = realloc(r->items, cap * sizeof(*items));
        if (items == NULL) {
            return fault_at(r->why, ST_NOMEM, m->offset, "zip: members");
        }
        r->items = items;
        r->cap = cap;
    }
    r->items[r->n++] = *m;
    if (!evidence_zip_name_valid(m->name)) {
        return fault_at(r->why, ST_MALFORMED, m->offset, "zip: name of a member");
    }
    if (is_first_again(r->items, r->n - 1) ||
        (r->n > 2 && bytes_equal(r->items[r->n - 2].name, m->name))) {
        return fault_at(r->why, ST_MALFORMED, m->offset, "zip: two members of one name");
    }
    if (!in_order(r->items, r->n - 1)) {
        return fault_at(r->why, ST_MALFORMED, m->offset, "zip: order of members");
    }
    return ST_OK;
}

/* A local header behind its signature, and the member. */
static enum status read_member(struct reader *r, size_t offset)
{
    want_fixed(r);
    uint32_t crc = cursor_le32(&r->c);
    uint32_t stored = cursor_le32(&r->c), size = cursor_le32(&r->c);
    uint16_t name_len = cursor_le16(&r->c);
    if (r->c.failed) {
        refuse(r, ST_SHORT, "zip: local header");
    }
    want16(r, 0, "zip: extra field");
    TRY(r->st);
    if (stored != size) {
        return fault_at(r->why, ST_MALFORMED, offset, "zip: two sizes of one member");
    }
    struct evidence_zip_member m = {.offset = offset};
    m.name = cursor_take(&r->c, name_len);
    m.data = cursor_take(&r->c, size);
    if (r->c.failed) {
        return fault_at(r->why, ST_SHORT, offset, "zip: member");
    }
    TRY(add_member(r, &m));
    return evidence_crc32(m.data) == crc
               ? ST_OK
               : fault_at(r->why, ST_MISMATCH, offset, "zip: checksum of a member");
}

static enum status read_members(struct reader *r)
{
    for (;;) {
        size_t at = r->c.pos;
        uint32_t sign = cursor_le32(&r->c);
        if (r->c.failed) {
            return fault_at(r->why, ST_SHORT, at, "zip: members");
        }
        if (r->n > 0 && sign == SIGN_CENTRAL) {
            r->c.pos = at;
            return ST_OK;
        }
        if (sign != SIGN_LOCAL) {
            return fault_at(r->why, ST_MALFORMED, at,
                            r->n == 0 ? "zip: bytes before the first member"
                                      : "zip: bytes between members");
        }
        TRY(read_member(r, at));
    }
}

/* The directory says again what the local headers said, and nothing else. */
static void check_central(struct reader *r, const struct evidence_zip_member *m)
{
    want32(r, SIGN_CENTRAL, "zip: directory has not all members");
    want16(r, VERSION, "zip: made by");
    want_fixed(r);
    want32(r, load_le32(r->c.in.data + m->offset + 14), "zip: checksum in the directory");
    want32(r, (uint32_t)m->data.len, "zip: size in the directory");
    want32(r, (uint32_t)m->data.len, "zip: size in the directory");
    want16(r, (uint16_t)m->name.len, "zip: name in the directory");
    want16(r, 0, "zip: extra field in the directory");
    want16(r, 0, "zip: comment in the directory");
    want16(r, 0, "zip: disk");
    want16(r, 0, "zip: attributes");
    want32(r, 0, "zip: attributes");
    want32(r, (uint32_t)m->offset, "zip: offset in the directory");
    struct bytes name = cursor_take(&r->c, m->name.len);
    if (r->st == ST_OK && !bytes_equal(name, m->name)) {
        refuse(r, r->c.failed ? ST_SHORT : ST_MALFORMED, "zip: name in the directory");
    }
}

static enum status check_end(struct reader *r, size_t central)
{
    size_t end = r->c.pos;
    want32(r, SIGN_END, "zip: directory has more members, or bytes behind it");
    want16(r, 0, "zip: disk");
    want16(r, 0, "zip: disk");
    want16(r, (uint16_t)r->n, "zip: count of members");
    want16(r, (uint16_t)r->n, "zip: count of members");
    want32(r, (uint32_t)(end - central), "zip: size of the directory");
    want32(r, (uint32_t)central, "zip: offset of the directory");
    want16(r, 0, "zip: comment");
    if (r->st == ST_OK && cursor_left(&r->c) > 0) {
        refuse(r, ST_MALFORMED, "zip: bytes behind the end");
    }
    return r->st;
}

enum status evidence_zip_read(struct bytes file, struct evidence_zip_member **ret, size_t *ret_n,
                              struct fault *why)
{
    if (file.len > LIMIT_EXHIBIT_BYTES) {
        return fault_limit(why, 0, "size", LIMIT_EXHIBIT_BYTES);
    }
    CLEANUP(reader_fini) struct reader r = {.c = cursor_of(file), .why = why};
    TRY(read_members(&r));
    size_t central = r.c.pos;
    for (size_t i = 0; i < r.n && r.st == ST_OK; i++) {
        check_central(&r, &r.items[i]);
    }
    TRY(r.st);
    TRY(check_end(&r, central));
    *ret = TAKE(r.items);
    *ret_n = r.n;
    return ST_OK;
}
