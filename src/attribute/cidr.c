/* attribute/cidr.c - lists of networks.
 *
 * An entry wider than LIST_WIDEST says nothing about an address any more: a
 * stray "0.0.0.0/0" would flag the whole Internet, so it is refused.
 */
#include "attribute/cidr.h"

#include "attribute/lines.h"
#include "base/core/timefmt.h"

/* A /8 is the most that IANA gives in IPv4, a /12 in IPv6; as bits of 128. */
enum { LIST_WIDEST4 = 104, LIST_WIDEST6 = 12 };

static struct bytes strip(struct bytes line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] == '#' || line.data[i] == ';') {
            line.len = i;
        }
    }
    return text_trim(line);
}

static struct addr last_of(const struct prefix *p)
{
    struct addr last = p->net;
    for (size_t i = 0; i < sizeof(last.b); i++) {
        size_t bits = p->len > i * 8 ? p->len - i * 8 : 0;
        last.b[i] |= bits >= 8 ? 0 : (uint8_t)(0xffU >> bits);
    }
    return last;
}

/* "a/len", with bits past the length allowed. */
static enum status parse_prefix(struct bytes s, struct prefix *ret, bool *ret_masked)
{
    struct bytes host = attribute_field(&s, '/');
    struct addr a;
    uint64_t len = 0;
    TRY(addr_parse(host, &a));
    bool v4 = memchr(host.data, ':', host.len) == NULL;
    if (text_u64(s, v4 ? 32 : 128, &len) != ST_OK || s.len > 3) {
        return ST_MALFORMED;
    }
    *ret = prefix_of(&a, (uint8_t)(v4 ? 96 + len : len));
    *ret_masked = !addr_equal(&ret->net, &a);
    return ST_OK;
}

static enum status parse_entry(struct bytes s, struct addr *first, struct addr *last,
                               bool *ret_masked)
{
    *ret_masked = false;
    if (s.len > 0 && memchr(s.data, '/', s.len) != NULL) {
        struct prefix p = {0};
        TRY(parse_prefix(s, &p, ret_masked));
        *first = p.net;
        *last = last_of(&p);
        return ST_OK;
    }
    if (s.len > 0 && memchr(s.data, '-', s.len) != NULL) {
        struct bytes from = attribute_field(&s, '-');
        TRY(addr_parse(text_trim(from), first));
        return addr_parse(text_trim(s), last);
    }
    TRY(addr_parse(s, first));
    *last = *first;
    return ST_OK;
}

static bool too_wide(const struct addr *first, const struct addr *last)
{
    if (addr_is_v4(first)) {
        return addr_v4(last) - addr_v4(first) >= UINT32_C(1) << (128 - LIST_WIDEST4);
    }
    uint64_t span = load_be64(last->b) - load_be64(first->b);
    return span >= UINT64_C(1) << (64 - LIST_WIDEST6);
}

enum status attribute_list_add(struct attribute_list *list, struct bytes entry)
{
    struct addr first;
    struct addr last;
    bool masked;
    TRY(parse_entry(entry, &first, &last, &masked));
    if (addr_is_v4(&first) != addr_is_v4(&last) || addr_compare(&first, &last) > 0) {
        return ST_MALFORMED;
    }
    if (too_wide(&first, &last)) {
        return ST_LIMIT;
    }
    TRY(attribute_ranges_add(&list->ranges, &first, &last, 0));
    list->entries++;
    list->masked += masked;
    return ST_OK;
}

enum status attribute_list_seal(struct attribute_list *list)
{
    struct addr at;
    return attribute_ranges_seal(&list->ranges, OVERLAP_MERGED, &at);
}

void attribute_list_fini(struct attribute_list *list)
{
    attribute_ranges_fini(&list->ranges);
}

bool attribute_list_sniff(struct bytes head)
{
    struct cursor c = cursor_of(head);
    struct bytes line;
    while (attribute_line(&c, &line)) {
        struct addr first;
        struct addr last;
        bool masked;
        line = strip(line);
        if (line.len > 0) {
            return parse_entry(line, &first, &last, &masked) == ST_OK;
        }
    }
    return false;
}

static void set_flag(struct bytes value, struct attribute_list_head *h)
{
    for (unsigned f = 0; f < ORIGIN_FLAG_COUNT; f++) {
        const char *name = origin_flag_name((enum origin_flag)f);
        if (bytes_equal(value, bytes_of(name, strlen(name)))) {
            h->flag = (enum origin_flag)f;
            h->has_flag = true;
        }
    }
}

void attribute_list_head(struct bytes text, struct attribute_list_head *ret)
{
    struct cursor c = cursor_of(text);
    struct bytes line;
    *ret = (struct attribute_list_head){0};
    while (attribute_line(&c, &line) && (line.len == 0 || line.data[0] == '#')) {
        struct bytes value = line.len ? bytes_of(line.data + 1, line.len - 1) : line;
        struct bytes key = text_trim(attribute_field(&value, ':'));
        value = text_trim(value);
        if (bytes_equal(key, BYTES_LITERAL("as"))) {
            set_flag(value, ret);
        } else if (bytes_equal(key, BYTES_LITERAL("date")) && value.len == 10) {
            ret->dated = time_parse(value, &ret->date_ns) == ST_OK;
        } else if (bytes_equal(key, BYTES_LITERAL("name"))) {
            origin_text(ret->name, sizeof(ret->name), value);
        }
    }
}

enum status attribute_list_parse(struct bytes text, struct attribute_list *ret, struct fault *why)
{
    struct cursor c = cursor_of(text);
    struct bytes line;
    size_t at = 0;
    *ret = (struct attribute_list){0};
    while (attribute_line(&c, &line)) {
        line = strip(line);
        if (line.len > 0) {
            enum status st = attribute_list_add(ret, line);
            if (st != ST_OK) {
                return fault_at(why, st, at,
                                st == ST_LIMIT ? "entry of the list, too wide"
                                               : "entry of the list");
            }
        }
        at = c.pos;
    }
    if (ret->entries == 0) {
        return fault_at(why, ST_SHORT, at, "list without entries");
    }
    enum status st = attribute_list_seal(ret);
    return st == ST_OK ? ST_OK : fault_at(why, st, 0, "list");
}
