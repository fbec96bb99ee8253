/* tests/unit/attribute/material.h - small databases made in memory.
 *
 * A writer for MaxMind DBs (24-bit records) and one for libloc databases, just
 * enough to make what real files do not have: deep trees, cycles, nonsense.
 */
#pragma once

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attribute/file.h"
#include "base/core/addr.h"
#include "base/core/buf.h"
#include "test.h"

/* A file with these bytes, readable under the path. Close fd when done. */
static inline int material_file(struct bytes s, char path[40])
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert(fd >= 0);
    assert(write(fd, s.data, s.len) == (ssize_t)s.len);
    (void)snprintf(path, 40, "/proc/self/fd/%d", fd);
    return fd;
}

static inline struct bytes text(const char *s)
{
    return bytes_of(s, strlen(s));
}

static inline struct addr addr(const char *s)
{
    struct addr a = {0};
    assert(addr_parse(text(s), &a) == ST_OK);
    return a;
}

/* Open and read as a source would, with a memory file. */
static inline enum status material_read(struct bytes s, struct attribute_file *f)
{
    char path[40];
    int fd = material_file(s, path);
    enum status st = attribute_file_open(path, f, NULL);
    close(fd);
    return st == ST_OK ? attribute_file_read(f, true, NULL) : st;
}

/* MaxMind DB values. */
static inline void mm_head(struct buf *b, unsigned type, unsigned size)
{
    assert(size < 29 + 256);
    unsigned low = size < 29 ? size : 29;
    if (type > 7) {
        buf_byte(b, (uint8_t)low);
        buf_byte(b, (uint8_t)(type - 7));
    } else {
        buf_byte(b, (uint8_t)(type << 5 | low));
    }
    if (size >= 29) {
        buf_byte(b, (uint8_t)(size - 29));
    }
}

static inline void mm_map(struct buf *b, unsigned n)
{
    mm_head(b, 7, n);
}

static inline void mm_text(struct buf *b, const char *s)
{
    mm_head(b, 2, (unsigned)strlen(s));
    buf_str(b, s);
}

static inline void mm_u32(struct buf *b, uint32_t v)
{
    mm_head(b, 6, 4);
    buf_be32(b, v);
}

static inline void mm_u16(struct buf *b, uint16_t v)
{
    mm_head(b, 5, 2);
    buf_be16(b, v);
}

static inline void mm_bool(struct buf *b, bool v)
{
    mm_head(b, 14, v);
}

static inline void mm_pointer(struct buf *b, uint32_t offset)
{
    buf_byte(b, 0x38);
    buf_be32(b, offset);
}

/* A network and where in the data section its record stands. */
struct mm_net {
    const char *prefix;
    uint32_t offset;
};

enum { MM_NODES = 4096 };

struct mm_tree {
    uint32_t next[MM_NODES][2]; /* UINT32_MAX: none; with the top bit: data */
    uint32_t n;
};

static inline void mm_insert(struct mm_tree *t, const struct addr *net, unsigned from, unsigned len,
                             uint32_t offset)
{
    uint32_t at = 0;
    for (unsigned i = from; i < len; i++) {
        uint32_t *next = &t->next[at][net->b[i / 8] >> (7 - i % 8) & 1];
        if (i + 1 == len) {
            *next = offset | 0x80000000U;
            return;
        }
        if (*next == UINT32_MAX || (*next & 0x80000000U) != 0) {
            uint32_t old = *next;
            assert(t->n < MM_NODES);
            t->next[t->n][0] = t->next[t->n][1] = old;
            *next = t->n++;
        }
        at = *next;
    }
}

static inline void mm_be24(struct buf *b, uint32_t v)
{
    buf_byte(b, (uint8_t)(v >> 16));
    buf_be16(b, (uint16_t)v);
}

static inline void mm_metadata(struct buf *out, uint32_t nodes, uint16_t ip_version,
                               const char *type)
{
    buf_str(out, "\xab\xcd\xef"
                 "MaxMind.com");
    mm_map(out, 9);
    mm_text(out, "binary_format_major_version");
    mm_u16(out, 2);
    mm_text(out, "binary_format_minor_version");
    mm_u16(out, 0);
    mm_text(out, "build_epoch");
    mm_head(out, 9, 8);
    buf_be64(out, 1780000000);
    mm_text(out, "database_type");
    mm_text(out, type);
    mm_text(out, "description");
    mm_map(out, 0);
    mm_text(out, "ip_version");
    mm_u16(out, ip_version);
    mm_text(out, "languages");
    mm_head(out, 11, 0);
    mm_text(out, "node_count");
    mm_u32(out, nodes);
    mm_text(out, "record_size");
    mm_u16(out, 24);
}

/* The whole file. IPv4 networks stand in ::/96, or alone with version 4. */
static inline void mm_file(struct buf *out, uint16_t ip_version, const char *type,
                           const struct mm_net *nets, size_t n, struct bytes data)
{
    struct mm_tree *t = malloc(sizeof(*t));
    memset(t, 0xff, sizeof(*t));
    t->n = 1;
    for (size_t i = 0; i < n; i++) {
        struct prefix p;
        assert(prefix_parse(text(nets[i].prefix), &p) == ST_OK);
        bool v4 = addr_is_v4(&p.net);
        if (v4) {
            p.net.b[10] = p.net.b[11] = 0;
        }
        mm_insert(t, &p.net, ip_version == 4 ? 96 : 0, p.len, nets[i].offset);
    }
    for (uint32_t i = 0; i < t->n; i++) {
        for (unsigned k = 0; k < 2; k++) {
            uint32_t v = t->next[i][k];
            v = v == UINT32_MAX ? t->n : v & 0x80000000U ? (v & 0x7fffffffU) + t->n + 16 : v;
            mm_be24(out, v);
        }
    }
    for (unsigned i = 0; i < 16; i++) {
        buf_byte(out, 0);
    }
    buf_append(out, data.data, data.len);
    mm_metadata(out, t->n, ip_version, type);
    free(t);
}

/* A libloc network: "1.2.3.0/24", "AU", AS, flags. */
struct loc_net {
    const char *prefix, *country;
    uint32_t asn;
    uint16_t flags;
};

struct loc_tree {
    uint32_t node[MM_NODES][3];
    uint32_t n;
};

static inline void loc_insert(struct loc_tree *t, const struct prefix *p, uint32_t network)
{
    uint32_t at = 0;
    for (unsigned i = 0; i < p->len; i++) {
        uint32_t *next = &t->node[at][p->net.b[i / 8] >> (7 - i % 8) & 1];
        if (*next == 0) {
            assert(t->n < MM_NODES);
            t->node[t->n][2] = UINT32_MAX;
            *next = t->n++;
        }
        at = *next;
    }
    t->node[at][2] = network;
}

/* The tree is returned so that a test can bend it; sections follow the header
 * in the order AS, networks, tree, strings. */
static inline size_t loc_file(struct buf *out, const struct loc_net *nets, size_t n,
                              uint32_t as_number, const char *as_name)
{
    struct loc_tree *t = calloc(1, sizeof(*t));
    t->node[0][2] = UINT32_MAX;
    t->n = 1;
    for (size_t i = 0; i < n; i++) {
        struct prefix p;
        assert(prefix_parse(text(nets[i].prefix), &p) == ST_OK);
        loc_insert(t, &p, (uint32_t)i);
    }
    const uint32_t head = 4200;
    const char *strings[] = {"vendor", "description", "licence", as_name};
    uint32_t at[4];
    uint32_t strings_len = 0;
    for (unsigned i = 0; i < 4; i++) {
        at[i] = strings_len;
        strings_len += (uint32_t)strlen(strings[i]) + 1;
    }
    uint32_t len[] = {8, (uint32_t)n * 12, t->n * 12, 0, strings_len};
    uint32_t offset = head;
    buf_str(out, "LOCDBXX\x01");
    buf_be64(out, 1660000000);
    for (unsigned i = 0; i < 3; i++) {
        buf_be32(out, at[i]);
    }
    for (unsigned i = 0; i < 5; i++) {
        buf_be32(out, offset);
        buf_be32(out, len[i]);
        offset += len[i];
    }
    while (out->len < head) {
        buf_byte(out, 0);
    }
    buf_be32(out, as_number);
    buf_be32(out, at[3]);
    for (size_t i = 0; i < n; i++) {
        buf_append(out, nets[i].country, 2);
        buf_be16(out, 0);
        buf_be32(out, nets[i].asn);
        buf_be16(out, nets[i].flags);
        buf_be16(out, 0);
    }
    for (uint32_t i = 0; i < t->n; i++) {
        for (unsigned k = 0; k < 3; k++) {
            buf_be32(out, t->node[i][k]);
        }
    }
    for (unsigned i = 0; i < 4; i++) {
        buf_append(out, strings[i], strlen(strings[i]) + 1);
    }
    free(t);
    return head + 8 + n * 12; /* where the tree begins */
}
