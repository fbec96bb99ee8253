/* tests/unit/evidence/container.h - ZIP files as an attacker may write them. */
#pragma once

#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "base/core/buf.h"
#include "base/core/limits.h"
#include "evidence/exhibit/exhibit.h"
#include "evidence/exhibit/zip.h"
#include "test.h"

static inline void le16(struct buf *out, unsigned v)
{
    buf_byte(out, (uint8_t)v);
    buf_byte(out, (uint8_t)(v >> 8));
}

static inline void le32(struct buf *out, uint32_t v)
{
    le16(out, v & 0xffff);
    le16(out, v >> 16);
}

static inline void raw_common(struct buf *out, const struct evidence_zip_member *m)
{
    uint32_t crc = (uint32_t)crc32(0, m->data.data, (uInt)m->data.len);
    le16(out, 10);
    le16(out, 0);
    le16(out, 0);
    le16(out, 0);
    le16(out, 0x21);
    le32(out, crc);
    le32(out, (uint32_t)m->data.len);
    le32(out, (uint32_t)m->data.len);
    le16(out, (unsigned)m->name.len);
    le16(out, 0);
}

/* Whatever the members are: any names, any order. */
static inline void raw_zip(struct buf *out, const struct evidence_zip_member *m, size_t n)
{
    struct buf central = BUF_INIT(1 << 20);
    for (size_t i = 0; i < n; i++) {
        le32(&central, 0x02014b50);
        le16(&central, 10);
        raw_common(&central, &m[i]);
        le16(&central, 0);
        le32(&central, 0);
        le32(&central, 0);
        le32(&central, (uint32_t)out->len);
        buf_append(&central, m[i].name.data, m[i].name.len);
        le32(out, 0x04034b50);
        raw_common(out, &m[i]);
        buf_append(out, m[i].name.data, m[i].name.len);
        buf_append(out, m[i].data.data, m[i].data.len);
    }
    uint32_t at = (uint32_t)out->len;
    buf_append(out, central.data, central.len);
    le32(out, 0x06054b50);
    le32(out, 0);
    le16(out, (unsigned)n);
    le16(out, (unsigned)n);
    le32(out, (uint32_t)central.len);
    le32(out, at);
    le16(out, 0);
    CHECK(out->failed == ST_OK);
    buf_fini(&central);
}

static inline struct evidence_zip_member a_member(const char *name, const char *data)
{
    return (struct evidence_zip_member){.name = bytes_of(name, strlen(name)),
                                        .data = bytes_of(data, strlen(data))};
}

/* An exhibit as a container: what its members say is nonsense. */
struct sample_exhibit {
    struct evidence_exhibit x;
    struct evidence_exhibit_segment segments[2];
    struct evidence_exhibit_time times[1];
    struct evidence_exhibit_opening openings[3];
    struct buf file;
};

static inline void sample_exhibit(struct sample_exhibit *s)
{
    *s = (struct sample_exhibit){.file = BUF_INIT(1 << 20)};
    s->x = (struct evidence_exhibit){
        .findings = BYTES_LITERAL("[]"),
        .definitions = BYTES_LITERAL("{}"),
        .ladder = BYTES_LITERAL("{}"),
        .csv = BYTES_LITERAL("number,time\n"),
        .pcap = BYTES_LITERAL("\x0a\x0d\x0d\x0a"),
        .segments = s->segments,
        .segment_n = 2,
        .times = s->times,
        .time_n = 1,
    };
    for (uint32_t k = 0; k < 2; k++) {
        s->segments[k] = (struct evidence_exhibit_segment){
            .header = BYTES_LITERAL("exhibit-header/v1\n"),
            .proof = BYTES_LITERAL("c2sp.org/tlog-proof@v1\n"),
            .entry_salt = BYTES_LITERAL("0123456789abcdef"),
            .remotes = BYTES_LITERAL("\1\2\3"),
        };
    }
    for (uint32_t i = 0; i < 3; i++) {
        s->openings[i] = (struct evidence_exhibit_opening){i * 7, BYTES_LITERAL("rows")};
    }
    s->segments[1].flows = BYTES_LITERAL("flow");
    s->segments[1].openings = s->openings;
    s->segments[1].opening_n = 3;
    s->times[0] =
        (struct evidence_exhibit_time){BYTES_LITERAL("stamp"), BYTES_LITERAL("checkpoint\n")};
    CHECK(evidence_exhibit_write(&s->x, &s->file) == ST_OK);
}

static inline void sample_exhibit_fini(struct sample_exhibit *s)
{
    buf_fini(&s->file);
}
