/* attribute/geofeed.c - lines of geofeeds.
 *
 * RFC 8805: lines that cannot be read are left out and counted (2.1), of nested
 * networks the narrowest counts, and entries about the very same network are an
 * error of the publisher (3.2), so none of them is believed.
 */
#include "attribute/geofeed.h"

#include <stdlib.h>
#include <string.h>

#include "attribute/lines.h"
#include "attribute/nest.h"
#include "base/core/limits.h"

/* "192.0.2.0/24" or an address; bits past the length are not allowed. */
static bool read_network(struct bytes s, struct prefix *ret)
{
    struct addr a;
    if (s.len == 0) {
        return false;
    }
    if (memchr(s.data, '/', s.len) != NULL) {
        return prefix_parse(s, ret) == ST_OK;
    }
    if (addr_parse(s, &a) != ST_OK) {
        return false;
    }
    *ret = prefix_of(&a, 128);
    return true;
}

static bool upper_letter(uint8_t c, char *ret)
{
    uint8_t low = c | 0x20;
    *ret = (char)(low - 0x20);
    return low >= 'a' && low <= 'z';
}

/* The fields may be quoted, as in any CSV (RFC 4180). */
static struct bytes unquote(struct bytes s)
{
    s = text_trim(s);
    if (s.len >= 2 && s.data[0] == '"' && s.data[s.len - 1] == '"') {
        return bytes_of(s.data + 1, s.len - 2);
    }
    return s;
}

/* False: it is no entry. */
static bool read_line(struct bytes line, struct attribute_geofeed_entry *ret)
{
    *ret = (struct attribute_geofeed_entry){.code = ""};
    struct bytes net = unquote(attribute_field(&line, ','));
    if (line.data == NULL || !read_network(net, &ret->net) || !attribute_nest_fits(&ret->net)) {
        return false;
    }
    struct bytes code = unquote(attribute_field(&line, ','));
    if (code.len == 0) {
        return true;
    }
    return code.len == 2 && upper_letter(code.data[0], &ret->code[0]) &&
           upper_letter(code.data[1], &ret->code[1]);
}

static bool is_comment(struct bytes line)
{
    return line.len == 0 || line.data[0] == '#';
}

bool attribute_geofeed_sniff(struct bytes head)
{
    struct cursor c = cursor_of(head);
    struct bytes line;
    while (attribute_line(&c, &line)) {
        struct attribute_geofeed_entry e;
        line = text_trim(line);
        if (!is_comment(line)) {
            return read_line(line, &e);
        }
    }
    return false;
}

static enum status add(struct attribute_geofeed *g, const struct attribute_geofeed_entry *e)
{
    if (g->n == LIMIT_GEOFEED) {
        return ST_LIMIT;
    }
    if (g->n == g->cap) {
        size_t want = g->cap ? g->cap * 2 : 1024;
        struct attribute_geofeed_entry *p = realloc(g->items, want * sizeof(*p));
        if (p == NULL) {
            return ST_NOMEM;
        }
        g->items = p;
        g->cap = want;
    }
    g->items[g->n++] = *e;
    return ST_OK;
}

static int order(const void *a, const void *b)
{
    const struct attribute_geofeed_entry *x = a;
    const struct attribute_geofeed_entry *y = b;
    return attribute_nest_order(&x->net, &y->net);
}

/* One entry for each network; of those that are repeated one that says nothing,
 * so that a wider network does not speak for it either. */
static void drop_repeated(struct attribute_geofeed *g)
{
    size_t kept = 0;
    for (size_t i = 0; i < g->n; i++) {
        if (kept == 0 || order(&g->items[kept - 1], &g->items[i]) != 0) {
            g->items[kept++] = g->items[i];
            continue;
        }
        struct attribute_geofeed_entry *had = &g->items[kept - 1];
        g->repeated += had->repeated ? 1 : 2;
        had->repeated = true;
        had->code[0] = '\0';
    }
    g->n = kept;
}

static enum status seal(struct attribute_geofeed *g)
{
    qsort(g->items, g->n, sizeof(*g->items), order);
    drop_repeated(g);
    CLEANUP(free_ptr) uint32_t *wider = calloc(g->n, sizeof(*wider));
    return wider != NULL ? attribute_nest(g->items, g->n, sizeof(*g->items), &g->ranges, wider)
                         : ST_NOMEM;
}

enum status attribute_geofeed_parse(struct bytes text, struct attribute_geofeed *ret,
                                    struct fault *why)
{
    struct cursor c = cursor_of(text);
    struct bytes line;
    *ret = (struct attribute_geofeed){.items = NULL};
    for (uint64_t at = 0; attribute_line(&c, &line); at = c.pos) {
        struct attribute_geofeed_entry e;
        line = text_trim(line);
        if (is_comment(line)) {
            continue;
        }
        if (!read_line(line, &e)) {
            ret->skipped++;
            continue;
        }
        enum status st = add(ret, &e);
        if (st != ST_OK) {
            return st == ST_LIMIT ? fault_limit(why, at, "lines of the geofeed", LIMIT_GEOFEED)
                                  : fault_at(why, st, at, "memory for the geofeed");
        }
    }
    if (ret->n == 0 || ret->skipped > ret->n) { /* it is something else */
        return fault_at(why, ret->n == 0 ? ST_SHORT : ST_MALFORMED, 0, "lines of the geofeed");
    }
    enum status st = seal(ret);
    return st == ST_OK ? st : fault_at(why, st, 0, "geofeed");
}

void attribute_geofeed_fini(struct attribute_geofeed *g)
{
    free(g->items);
    attribute_ranges_fini(&g->ranges);
    *g = (struct attribute_geofeed){.items = NULL};
}
