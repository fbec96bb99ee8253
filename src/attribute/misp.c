/* attribute/misp.c - MISP warning lists, by jansson.
 *
 * The size of the text is limited before it is parsed; jansson bounds the
 * nesting (2048 levels).
 */
#include "attribute/misp.h"

#include <strings.h>

#include "attribute/lines.h"
#include "base/core/json.h"
#include "base/core/limits.h"
#include "base/core/timefmt.h"

void attribute_misp_begin(void)
{
    json_object_seed(0);
}

bool attribute_misp_sniff(struct bytes head)
{
    size_t i = 0;
    while (i < head.len && memchr(" \t\r\n", head.data[i], 4) != NULL) {
        i++;
    }
    return i < head.len && head.data[i] == '{';
}

static bool contains(const char *text, const char *word)
{
    return strcasestr(text, word) != NULL;
}

bool attribute_misp_says_hosting(const char *text)
{
    return contains(text, "datacenter") || contains(text, "data center") ||
           contains(text, "datacentre") || contains(text, "data centre") ||
           contains(text, "hosting") || contains(text, "hoster");
}

/* The meaning that name and description agree on; the first that fits, from
 * the weakest claim to the strongest. */
static bool meaning(const char *name, const char *description, enum origin_flag *ret)
{
    static const struct {
        const char *word;
        enum origin_flag flag;
    } words[] = {
        {"tor exit", ORIGIN_TOR_EXIT},
        {"private relay", ORIGIN_RELAY},
        {"vpn", ORIGIN_VPN},
        {"scanner", ORIGIN_RESEARCH_SCANNER},
        {"scanning", ORIGIN_RESEARCH_SCANNER},
    };
    if (attribute_misp_says_hosting(name) || attribute_misp_says_hosting(description)) {
        *ret = ORIGIN_HOSTING;
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (contains(name, words[i].word)) {
            *ret = words[i].flag;
            return true;
        }
    }
    return false;
}

/* Who scans: the name without the phrases that such lists put around it. */
static void operator_of(const char *name, char *out, size_t size)
{
    static const char *const before[] = {"List of published IP address ranges for ",
                                         "List of known ", "List of "};
    static const char *const after[] = {" IP Ranges", " IP-Ranges", " scanner", " scanning"};
    struct bytes s = bytes_of(name, strlen(name));
    for (size_t i = 0; i < ARRAY_LEN(before); i++) {
        if (bytes_begin(s, bytes_of(before[i], strlen(before[i])))) {
            s = bytes_of(s.data + strlen(before[i]), s.len - strlen(before[i]));
            break;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(after); i++) {
        const char *from = strcasestr((const char *)s.data, after[i]);
        if (from != NULL && from != (const char *)s.data) {
            s.len = (size_t)(from - (const char *)s.data);
            break;
        }
    }
    origin_text(out, size, s);
}

/* Some lists count their versions, some write the day: 20260811. */
static bool version_date(const json_t *version, int64_t *ret_ns)
{
    json_int_t v = json_integer_value(version);
    if (v < 20000101 || v > 21001231) {
        return false;
    }
    struct civil c = {
        .year = (int)(v / 10000), .month = (int)(v / 100 % 100), .day = (int)(v % 100)};
    return time_from_civil(&c, ret_ns);
}

static const char *text_member(const json_t *root, const char *key)
{
    const char *s = json_string_value(json_object_get(root, key));
    return s != NULL ? s : "";
}

static enum status entries(const json_t *items, struct attribute_list *list, struct fault *why)
{
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        const char *s = json_string_value(item);
        enum status st = ST_MALFORMED;
        if (s != NULL) {
            st = attribute_list_add(list, text_trim(bytes_of(s, json_string_length(item))));
        }
        if (st != ST_OK) {
            return fault_at(why, st, i, "entry of the warning list, counted from 0");
        }
    }
    if (list->entries == 0) {
        return fault_at(why, ST_SHORT, 0, "warning list without entries");
    }
    enum status st = attribute_list_seal(list);
    return st == ST_OK ? ST_OK : fault_at(why, st, 0, "warning list");
}

enum status attribute_misp_parse(struct bytes text, struct attribute_misp *ret, struct fault *why)
{
    json_error_t error;
    *ret = (struct attribute_misp){0};
    if (text.len > LIMIT_SOURCE_JSON_BYTES) {
        return fault_limit(why, 0, "size of a JSON source", LIMIT_SOURCE_JSON_BYTES);
    }
    CLEANUP(json_unref)
    json_t *root = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        uint64_t at = error.position > 0 ? (uint64_t)error.position : 0;
        bool memory = json_error_code(&error) == json_error_out_of_memory;
        return fault_at(why, memory ? ST_NOMEM : ST_MALFORMED, at, "JSON");
    }
    const char *name = text_member(root, "name");
    const json_t *items = json_object_get(root, "list");
    if (json_object_get(root, "slurmVersion") != NULL) {
        return fault_at(why, ST_MALFORMED, 0,
                        "local exceptions to authorizations (RFC 8416) are no source");
    }
    if (name[0] == '\0' || !json_is_array(items)) {
        return fault_at(why, ST_MALFORMED, 0,
                        "JSON of no kind that is read: no warning list (name and list), no "
                        "authorizations (roas), no RDAP answer");
    }
    if (strcmp(text_member(root, "type"), "cidr") != 0) {
        return fault_at(why, ST_MALFORMED, 0, "type of the warning list, which must be cidr");
    }
    origin_text(ret->name, sizeof(ret->name), bytes_of(name, strlen(name)));
    operator_of(name, ret->operator_name, sizeof(ret->operator_name));
    ret->has_flag = meaning(name, text_member(root, "description"), &ret->flag);
    ret->dated = version_date(json_object_get(root, "version"), &ret->date_ns);
    return entries(items, &ret->list, why);
}

void attribute_misp_fini(struct attribute_misp *m)
{
    attribute_list_fini(&m->list);
}
