/* attribute/mmdbcheck.c - the structure of a MaxMind DB file, version 2.0.
 *
 *   search tree    node_count nodes of two records, 24, 28 or 32 bits each
 *   16 zero bytes
 *   data section   values; a record r >= node_count + 16 means offset r - node_count - 16
 *   marker         "\xab\xcd\xefMaxMind.com", the last one counts
 *   metadata       a map, with pointers that count from its own start
 *
 * A value begins with a control byte: type in the top 3 bits (0: in the next
 * byte, less 7), size in the low 5 (29, 30, 31: more bytes follow). A pointer
 * has the form 001SSVVV and may not point at another pointer.
 */
#include "attribute/mmdbcheck.h"

#include "base/core/limits.h"

enum { SEPARATOR = 16, METADATA_MAX = 131072, RECORDS_CHECKED = 1024 };

enum type {
    TYPE_EXTENDED = 0,
    TYPE_POINTER = 1,
    TYPE_TEXT = 2,
    TYPE_DOUBLE = 3,
    TYPE_BYTES = 4,
    TYPE_U16 = 5,
    TYPE_U32 = 6,
    TYPE_MAP = 7,
    TYPE_I32 = 8,
    TYPE_U64 = 9,
    TYPE_U128 = 10,
    TYPE_ARRAY = 11,
    TYPE_BOOL = 14,
    TYPE_FLOAT = 15,
};

static const char marker[] = "\xab\xcd\xefMaxMind.com";
enum { MARKER_LEN = sizeof(marker) - 1 };

/* The walk over one value; it counts what it has met. */
struct walk {
    struct bytes section;
    uint32_t items;
    const char *wrong; /* what is the matter, at `at` */
    size_t at;
};

struct head {
    unsigned type;
    uint32_t size; /* of pointers: the offset they point at */
    size_t body;   /* where the content begins */
};

static bool complain(struct walk *w, size_t at, const char *wrong)
{
    if (w->wrong == NULL) {
        w->wrong = wrong;
        w->at = at < w->section.len ? at : w->section.len;
    }
    return false;
}

/* Pointers: 11, 19, 27 or 32 bits, with the values of the shorter forms
 * skipped. */
static uint32_t pointer(struct cursor *c, uint8_t control)
{
    uint32_t top = control & 7;
    switch (control >> 3 & 3) {
    case 0:
        return top << 8 | cursor_u8(c);
    case 1:
        return (top << 16 | cursor_be16(c)) + 2048;
    case 2: {
        uint32_t high = cursor_u8(c);
        return (top << 24 | high << 16 | cursor_be16(c)) + 526336;
    }
    default:
        return cursor_be32(c);
    }
}

static bool read_head(struct walk *w, size_t at, struct head *h)
{
    struct cursor c = cursor_of(w->section);
    cursor_skip(&c, at);
    uint8_t control = cursor_u8(&c);
    h->type = control >> 5;
    if (h->type == TYPE_POINTER) {
        h->size = pointer(&c, control);
    } else {
        h->type = h->type == TYPE_EXTENDED ? cursor_u8(&c) + 7U : h->type;
        h->size = control & 31;
        if (h->size == 29) {
            h->size = 29U + cursor_u8(&c);
        } else if (h->size == 30) {
            h->size = 285U + cursor_be16(&c);
        } else if (h->size == 31) {
            uint32_t high = cursor_u8(&c);
            h->size = 65821U + (high << 16 | cursor_be16(&c));
        }
    }
    h->body = c.pos;
    return c.failed ? complain(w, at, "value of the MaxMind DB") : true;
}

/* How many bytes the content of a scalar has; false for a size or type that
 * the format does not allow. */
static bool scalar_len(const struct head *h, size_t *ret)
{
    *ret = h->size;
    switch (h->type) {
    case TYPE_TEXT:
    case TYPE_BYTES:
        return true;
    case TYPE_DOUBLE:
        return h->size == 8;
    case TYPE_FLOAT:
        return h->size == 4;
    case TYPE_U16:
        return h->size <= 2;
    case TYPE_U32:
    case TYPE_I32:
        return h->size <= 4;
    case TYPE_U64:
        return h->size <= 8;
    case TYPE_U128:
        return h->size <= 16;
    case TYPE_BOOL:
        *ret = 0;
        return h->size <= 1;
    default:
        return false;
    }
}

static bool walk_value(struct walk *w, size_t at, unsigned depth, size_t *ret_next);

/* The key of a map: text, or a pointer to text. */
static bool walk_key(struct walk *w, size_t at, size_t *ret_next)
{
    struct head h;
    if (!read_head(w, at, &h)) {
        return false;
    }
    if (h.type == TYPE_POINTER) {
        struct head target;
        size_t ignored; /* the target's end is not where the map goes on */
        *ret_next = h.body;
        return read_head(w, h.size, &target) &&
               (target.type == TYPE_TEXT || complain(w, at, "map key of the MaxMind DB")) &&
               walk_value(w, h.size, LIMIT_MMDB_DEPTH - 1, &ignored);
    }
    return (h.type == TYPE_TEXT || complain(w, at, "map key of the MaxMind DB")) &&
           walk_value(w, at, LIMIT_MMDB_DEPTH - 1, ret_next);
}

static bool walk_items(struct walk *w, const struct head *h, unsigned depth, size_t *ret_next)
{
    size_t at = h->body;
    for (uint32_t i = 0; i < h->size; i++) {
        if ((h->type == TYPE_MAP && !walk_key(w, at, &at)) || !walk_value(w, at, depth + 1, &at)) {
            return false;
        }
    }
    *ret_next = at;
    return true;
}

static bool walk_value(struct walk *w, size_t at, unsigned depth, size_t *ret_next)
{
    struct head h;
    size_t len;
    if (depth >= LIMIT_MMDB_DEPTH || ++w->items > LIMIT_MMDB_ITEMS) {
        return complain(w, at, "nesting or items of a record");
    }
    if (!read_head(w, at, &h)) {
        return false;
    }
    if (h.type == TYPE_POINTER) {
        struct head target;
        size_t ignored; /* the target's end is not where we go on */
        *ret_next = h.body;
        return read_head(w, h.size, &target) &&
               (target.type != TYPE_POINTER || complain(w, at, "pointer to a pointer")) &&
               walk_value(w, h.size, depth + 1, &ignored);
    }
    if (h.type == TYPE_MAP || h.type == TYPE_ARRAY) {
        return walk_items(w, &h, depth, ret_next);
    }
    if (!scalar_len(&h, &len) || len > w->section.len - h.body) {
        return complain(w, at, "value of the MaxMind DB");
    }
    *ret_next = h.body + len;
    return true;
}

enum status attribute_mmdb_check_value(struct bytes section, uint32_t offset, struct fault *why)
{
    struct walk w = {.section = section};
    size_t next;
    if (walk_value(&w, offset, 0, &next)) {
        return ST_OK;
    }
    return fault_at(why, ST_MALFORMED, w.at, w.wrong);
}

static const uint8_t *last_marker(struct bytes s)
{
    const uint8_t *found = NULL;
    for (size_t at = 0; at + MARKER_LEN <= s.len;) {
        const uint8_t *next = memmem(s.data + at, s.len - at, marker, MARKER_LEN);
        if (next == NULL) {
            break;
        }
        found = next;
        at = (size_t)(next - s.data) + MARKER_LEN;
    }
    return found;
}

bool attribute_mmdb_sniff(struct bytes tail)
{
    return last_marker(tail) != NULL;
}

/* An unsigned number of the metadata map, by name. */
static bool metadata_number(struct bytes metadata, const char *key, uint64_t *ret)
{
    struct walk w = {.section = metadata};
    struct head map;
    if (!read_head(&w, 0, &map) || map.type != TYPE_MAP) {
        return false;
    }
    size_t at = map.body;
    for (uint32_t i = 0; i < map.size; i++) {
        struct head k;
        struct head v;
        size_t value;
        if (!walk_key(&w, at, &value) || !read_head(&w, at, &k)) {
            return false;
        }
        if (k.type == TYPE_POINTER && !read_head(&w, k.size, &k)) {
            return false;
        }
        struct bytes name = bytes_of(metadata.data + k.body, k.size);
        if (!walk_value(&w, value, 0, &at) || !read_head(&w, value, &v)) {
            return false;
        }
        if (v.type == TYPE_POINTER && !read_head(&w, v.size, &v)) {
            return false;
        }
        if (bytes_equal(name, bytes_of(key, strlen(key)))) {
            bool number = v.type == TYPE_U16 || v.type == TYPE_U32 || v.type == TYPE_U64;
            *ret = 0;
            for (uint32_t b = 0; number && b < v.size; b++) {
                *ret = *ret << 8 | metadata.data[v.body + b];
            }
            return number;
        }
    }
    return false;
}

/* The two records of a node. */
static void records(const uint8_t *node, unsigned bits, uint32_t out[2])
{
    if (bits == 24) {
        out[0] = (uint32_t)node[0] << 16 | load_be16(node + 1);
        out[1] = (uint32_t)node[3] << 16 | load_be16(node + 4);
    } else if (bits == 28) {
        out[0] = (uint32_t)(node[3] & 0xf0) << 20 | (uint32_t)node[0] << 16 | load_be16(node + 1);
        out[1] = (uint32_t)(node[3] & 0x0f) << 24 | (uint32_t)node[4] << 16 | load_be16(node + 5);
    } else {
        out[0] = load_be32(node);
        out[1] = load_be32(node + 4);
    }
}

/* The tree whole, and the first of the records that it points at. */
static enum status check_tree(struct bytes tree, unsigned bits, uint32_t nodes, struct bytes data,
                              struct fault *why)
{
    size_t node_len = bits / 4;
    uint32_t checked = 0;
    for (uint32_t i = 0; i < nodes; i++) {
        uint32_t r[2];
        records(tree.data + i * node_len, bits, r);
        for (unsigned k = 0; k < 2; k++) {
            uint32_t offset = r[k] - nodes - SEPARATOR;
            struct fault inner = {0};
            if (r[k] > 0 && r[k] <= nodes) {
                continue;
            }
            /* Nothing lies above the root, and nothing between tree and data. */
            if (r[k] == 0 || r[k] - nodes < SEPARATOR || offset >= data.len) {
                return fault_at(why, ST_MALFORMED, i * node_len, "search tree of the MaxMind DB");
            }
            if (checked++ < RECORDS_CHECKED &&
                attribute_mmdb_check_value(data, offset, &inner) != ST_OK) {
                return fault_at(why, ST_MALFORMED, tree.len + SEPARATOR + inner.offset,
                                inner.field);
            }
        }
    }
    return ST_OK;
}

enum status attribute_mmdb_check(struct bytes file, struct attribute_mmdb_layout *ret,
                                 struct fault *why)
{
    size_t tail = file.len < METADATA_MAX ? file.len : METADATA_MAX;
    const uint8_t *at = last_marker(bytes_of(file.data + file.len - tail, tail));
    uint64_t nodes = 0;
    uint64_t bits = 0;
    if (at == NULL) {
        return fault_at(why, ST_MALFORMED, file.len, "no MaxMind DB marker");
    }
    size_t before = (size_t)(at - file.data);
    struct bytes metadata = bytes_of(at + MARKER_LEN, file.len - before - MARKER_LEN);
    struct fault inner = {0};
    if (attribute_mmdb_check_value(metadata, 0, &inner) != ST_OK) {
        return fault_at(why, ST_MALFORMED, before + MARKER_LEN + inner.offset,
                        "metadata of the MaxMind DB");
    }
    if (!metadata_number(metadata, "node_count", &nodes) ||
        !metadata_number(metadata, "record_size", &bits) ||
        (bits != 24 && bits != 28 && bits != 32) || nodes == 0 || nodes > UINT32_MAX) {
        return fault_at(why, ST_MALFORMED, before, "size of the search tree in the metadata");
    }
    uint64_t tree = nodes * (bits / 4);
    if (tree + SEPARATOR > before) {
        return fault_at(why, ST_SHORT, before, "search tree of the MaxMind DB");
    }
    size_t data_at = (size_t)tree + SEPARATOR;
    struct bytes data = bytes_of(file.data + data_at, before - data_at);
    TRY(check_tree(bytes_of(file.data, (size_t)tree), (unsigned)bits, (uint32_t)nodes, data, why));
    *ret = (struct attribute_mmdb_layout){.metadata = metadata, .data = data};
    return ST_OK;
}
