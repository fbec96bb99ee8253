/* attribute/spec.c - "FILE,as=hosting,date=2026-08-22". */
#include "attribute/spec.h"

#include "attribute/lines.h"
#include "base/core/timefmt.h"

#define AS_WRONG "as= of the source, which is " ATTRIBUTE_SPEC_MEANINGS

static const char *const keys[] = {"as", "date", "name", "family"};

static bool begins_key(const char *s)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        size_t n = strlen(keys[i]);
        if (strncmp(s, keys[i], n) == 0 && s[n] == '=') {
            return true;
        }
    }
    return false;
}

static bool set_flag(struct bytes value, struct attribute_spec *spec)
{
    for (unsigned f = 0; f < ORIGIN_FLAG_COUNT; f++) {
        const char *name = origin_flag_name((enum origin_flag)f);
        if (bytes_equal(value, bytes_of(name, strlen(name)))) {
            spec->flag = (enum origin_flag)f;
            spec->has_flag = true;
            return true;
        }
    }
    return false;
}

static bool set_family(struct bytes value, struct attribute_spec *spec)
{
    for (unsigned f = ORIGIN_FAMILY_UNKNOWN + 1; f < ORIGIN_FAMILY_COUNT; f++) {
        const char *name = origin_family_name((enum origin_family)f);
        if (bytes_equal(value, bytes_of(name, strlen(name)))) {
            spec->family = (enum origin_family)f;
            spec->has_family = true;
            return true;
        }
    }
    return false;
}

/* One "key=value"; the field that is wrong, or NULL. */
static const char *set(struct bytes item, struct attribute_spec *spec)
{
    struct bytes key = attribute_field(&item, '=');
    if (bytes_equal(key, BYTES_LITERAL("as"))) {
        return set_flag(item, spec) ? NULL : AS_WRONG;
    }
    if (bytes_equal(key, BYTES_LITERAL("date"))) {
        spec->dated = item.len == 10 && time_parse(item, &spec->date_ns) == ST_OK;
        return spec->dated ? NULL : "date= of the source, which is YYYY-MM-DD";
    }
    if (bytes_equal(key, BYTES_LITERAL("name"))) {
        origin_text(spec->name, sizeof(spec->name), item);
        return item.len > 0 && item.len < sizeof(spec->name) ? NULL : "name= of the source";
    }
    if (bytes_equal(key, BYTES_LITERAL("family"))) {
        return set_family(item, spec) ? NULL : "family= of the source";
    }
    return "key of the source";
}

enum status attribute_spec_parse(const char *text, struct attribute_spec *ret, struct fault *why)
{
    struct attribute_spec spec = {0};
    const char *comma = strchr(text, ',');
    while (comma != NULL && !begins_key(comma + 1)) {
        comma = strchr(comma + 1, ',');
    }
    size_t n = comma != NULL ? (size_t)(comma - text) : strlen(text);
    if (n == 0 || n >= sizeof(spec.path)) {
        return fault_at(why, ST_MALFORMED, 0, "file of the source");
    }
    memcpy(spec.path, text, n);
    struct bytes rest = {0};
    if (comma != NULL) {
        rest = bytes_of(comma + 1, strlen(comma + 1));
    }
    while (rest.data != NULL) {
        uint64_t at = (uint64_t)((const char *)rest.data - text);
        const char *wrong = set(attribute_field(&rest, ','), &spec);
        if (wrong != NULL) {
            return fault_at(why, ST_MALFORMED, at, wrong);
        }
    }
    *ret = spec;
    return ST_OK;
}
