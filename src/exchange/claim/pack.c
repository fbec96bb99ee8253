/* exchange/claim/pack.c - gzip (RFC 1952) and ZIP (APPNOTE.TXT 6.3.10), as mails
 * carry reports in them.
 *
 * What unpacks counts against one allowance of the whole claim, so that neither
 * one bomb nor many small ones become work; archives in archives are not read.
 */
#include "exchange/claim/pack.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

#include "base/core/limits.h"

enum {
    END_BYTES = 22,           /* end of the central directory */
    COMMENT_MAX = UINT16_MAX, /* behind it */
    ENTRY_BYTES = 46,
    LOCAL_BYTES = 30,
    CHUNK_BYTES = 16384,
    STORED = 0,
    DEFLATED = 8,
    ENCRYPTED = 1, /* bits of an entry */
    WINDOW = 15,
};

bool claim_is_gzip(struct bytes s)
{
    return bytes_begin(s, BYTES_LITERAL("\x1f\x8b\x08"));
}

bool claim_is_zip(struct bytes s)
{
    return bytes_begin(s, BYTES_LITERAL("PK\x03\x04"));
}

/* --- deflate ------------------------------------------------------------------------------ */

/* One stream, appended; its end in *ret_used. False: broken, or past what may
 * be unpacked; what came before stays. */
static bool inflate_one(z_stream *z, struct buf *out, size_t *allowance)
{
    int rc = Z_OK;
    while (rc == Z_OK) {
        size_t room = *allowance < CHUNK_BYTES ? *allowance : CHUNK_BYTES;
        if (room == 0 || !buf_reserve(out, room)) {
            return false;
        }
        z->next_out = out->data + out->len;
        z->avail_out = (uInt)room;
        rc = inflate(z, Z_NO_FLUSH);
        size_t got = room - z->avail_out;
        out->len += got;
        *allowance -= got;
        if (rc == Z_OK && got == 0 && z->avail_in == 0) {
            return false; /* it ends early */
        }
    }
    return rc == Z_STREAM_END;
}

static bool unpack(struct bytes s, int window, bool several, struct buf *out, size_t *allowance)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)s.data};
    bool good = s.len <= UINT_MAX && inflateInit2(&z, window) == Z_OK;
    if (!good) {
        return false;
    }
    z.avail_in = (uInt)s.len;
    do {
        good = inflate_one(&z, out, allowance);
    } while (good && several && z.avail_in > 0 && z.next_in[0] == 0x1f &&
             inflateReset(&z) == Z_OK); /* RFC 1952, 2.2: members follow each other */
    (void)inflateEnd(&z);               /* frees; an unfinished stream is no error here */
    return good;
}

/* --- ZIP ---------------------------------------------------------------------------------- */

struct entry {
    uint16_t bits, method, name_len;
    uint32_t packed_len, offset;
};

/* Where the entries begin and how many there are; false: there is no end record. */
static bool find_entries(struct bytes s, size_t *ret_at, size_t *ret_n)
{
    size_t most = s.len < END_BYTES + COMMENT_MAX ? s.len : END_BYTES + (size_t)COMMENT_MAX;
    for (size_t back = END_BYTES; back <= most; back++) {
        const uint8_t *p = s.data + s.len - back;
        if (memcmp(p, "PK\x05\x06", 4) == 0 && load_le16(p + 20) == back - END_BYTES) {
            *ret_n = load_le16(p + 10);
            *ret_at = load_le32(p + 16);
            return *ret_at < s.len;
        }
    }
    return false;
}

static bool read_entry(struct cursor *in, struct entry *e)
{
    uint32_t mark = cursor_le32(in);
    cursor_skip(in, 4);
    e->bits = cursor_le16(in);
    e->method = cursor_le16(in);
    cursor_skip(in, 8);
    e->packed_len = cursor_le32(in);
    cursor_skip(in, 4);
    e->name_len = cursor_le16(in);
    uint16_t extra = cursor_le16(in);
    uint16_t comment = cursor_le16(in);
    cursor_skip(in, 8);
    e->offset = cursor_le32(in);
    cursor_skip(in, e->name_len);
    cursor_skip(in, (size_t)extra + comment);
    return !in->failed && mark == 0x02014b50;
}

/* The packed bytes of an entry, behind its own header. */
static bool find_data(struct bytes s, const struct entry *e, struct bytes *ret)
{
    if (e->offset > s.len || s.len - e->offset < LOCAL_BYTES) {
        return false;
    }
    const uint8_t *p = s.data + e->offset;
    struct cursor in = cursor_of(bytes_of(p, s.len - e->offset));
    cursor_skip(&in, LOCAL_BYTES);
    cursor_skip(&in, (size_t)load_le16(p + 26) + load_le16(p + 28));
    *ret = cursor_take(&in, e->packed_len);
    return !in.failed && memcmp(p, "PK\x03\x04", 4) == 0;
}

static enum status take_entry(struct bytes s, const struct entry *e, const struct claim_pack *pack)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_CLAIM_BYTES);
    struct bytes data;
    bool known = e->method == STORED || e->method == DEFLATED;
    if ((e->bits & ENCRYPTED) != 0 || !known) {
        *pack->notes |= CLAIM_NOTE_UNREAD;
        return ST_OK;
    }
    if (!find_data(s, e, &data)) {
        *pack->notes |= CLAIM_NOTE_PACKED;
        return ST_OK;
    }
    if (e->method == DEFLATED) {
        if (!unpack(data, -WINDOW, false, &out, pack->allowance)) {
            *pack->notes |= CLAIM_NOTE_PACKED;
        }
        data = buf_bytes(&out);
    }
    return out.failed == ST_NOMEM ? ST_NOMEM : pack->part(pack->ctx, data);
}

static enum status read_zip(struct bytes s, const struct claim_pack *pack)
{
    size_t at, n;
    if (!find_entries(s, &at, &n)) {
        *pack->notes |= CLAIM_NOTE_PACKED;
        return ST_OK;
    }
    struct cursor in = cursor_of(bytes_of(s.data + at, s.len - at));
    for (size_t i = 0; i < n; i++) {
        struct entry e;
        if (i == LIMIT_CLAIM_PARTS || !read_entry(&in, &e)) {
            *pack->notes |= CLAIM_NOTE_PACKED;
            return ST_OK;
        }
        if (e.packed_len > 0) { /* a folder has nothing */
            TRY(take_entry(s, &e, pack));
        }
    }
    return ST_OK;
}

enum status claim_unpack(struct bytes s, const struct claim_pack *pack)
{
    if (claim_is_zip(s)) {
        return read_zip(s, pack);
    }
    CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_CLAIM_BYTES);
    if (!unpack(s, WINDOW + 16, true, &out, pack->allowance)) {
        *pack->notes |= CLAIM_NOTE_PACKED;
    }
    return out.failed == ST_NOMEM ? ST_NOMEM : pack->part(pack->ctx, buf_bytes(&out));
}
