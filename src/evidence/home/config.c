/* evidence/home/config.c - reading by jansson, writing by emit. */
#include "evidence/home/config.h"

#include <jansson.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/text.h"

static const char format_name[] = "exhibit-config/v1";

static bool known(const json_t *o, const char *const *names, size_t n)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)o, key, value)
    {
        bool found = false;
        for (size_t i = 0; i < n; i++) {
            found = found || strcmp(key, names[i]) == 0;
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

/* Text without zero bytes that fits; absent is "". */
static bool text_of(const json_t *v, char *out, size_t max)
{
    if (v == NULL) {
        out[0] = '\0';
        return true;
    }
    size_t n = json_is_string(v) ? json_string_length(v) : max;
    if (n == 0 || n >= max || strlen(json_string_value(v)) != n) {
        return false;
    }
    memcpy(out, json_string_value(v), n + 1);
    return true;
}

static enum status read_local(const json_t *v, struct local_nets *ret, struct fault *why)
{
    ret->rule = LOCAL_UNKNOWN;
    if (v == NULL) {
        return ST_OK;
    }
    if (!json_is_array(v) || json_array_size(v) > LOCAL_NETS_MAX) {
        return fault_whole(why, ST_MALFORMED, "local");
    }
    for (size_t i = 0; i < json_array_size(v); i++) {
        const json_t *net = json_array_get(v, i);
        if (!json_is_string(net) ||
            prefix_parse(bytes_of(json_string_value(net), json_string_length(net)),
                         &ret->nets[ret->n++]) != ST_OK) {
            return fault_whole(why, ST_MALFORMED, "local");
        }
    }
    ret->rule = ret->n > 0 ? LOCAL_GIVEN : LOCAL_UNKNOWN;
    return ST_OK;
}

static bool is_web(const char *url)
{
    const char *host = strncmp(url, "http://", 7) == 0    ? url + 7
                       : strncmp(url, "https://", 8) == 0 ? url + 8
                                                          : "";
    for (const char *c = url; *c != '\0'; c++) {
        if (*c <= ' ' || *c == 0x7f) {
            return false;
        }
    }
    return *host != '\0';
}

static enum status read_authorities(const json_t *v, struct evidence_config *ret, struct fault *why)
{
    static const char *const members[] = {"url", "ca"};
    size_t n = json_array_size(v);
    if (v == NULL) {
        return ST_OK;
    }
    if (!json_is_array(v) || n > EVIDENCE_AUTHORITIES_MAX) {
        return fault_whole(why, ST_MALFORMED, "timestamps");
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(v, i);
        struct evidence_authority *a = &ret->authorities[i];
        if (!json_is_object(o) || !known(o, members, ARRAY_LEN(members)) ||
            !text_of(json_object_get(o, "url"), a->url, sizeof(a->url)) || !is_web(a->url)) {
            return fault_whole(why, ST_MALFORMED, "url of timestamps");
        }
        if (!text_of(json_object_get(o, "ca"), a->ca, sizeof(a->ca))) {
            return fault_whole(why, ST_MALFORMED, "ca of timestamps");
        }
    }
    ret->authority_n = n;
    return ST_OK;
}

static enum status read_root(const json_t *root, struct evidence_config *ret, struct fault *why)
{
    static const char *const members[] = {"format", "name", "local", "timestamps"};
    char format[sizeof(format_name)];
    if (!json_is_object(root) || !known(root, members, ARRAY_LEN(members))) {
        return fault_whole(why, ST_MALFORMED, "a member that is not known");
    }
    if (!text_of(json_object_get(root, "format"), format, sizeof(format)) ||
        strcmp(format, format_name) != 0) {
        return fault_whole(why, ST_MALFORMED, "format");
    }
    if (!text_of(json_object_get(root, "name"), ret->name, sizeof(ret->name)) ||
        !ledger_name_valid(bytes_of(ret->name, strlen(ret->name)))) {
        return fault_whole(why, ST_MALFORMED, "name");
    }
    TRY(read_local(json_object_get(root, "local"), &ret->local, why));
    return read_authorities(json_object_get(root, "timestamps"), ret, why);
}

enum status evidence_config_parse(struct bytes json, struct evidence_config *ret, struct fault *why)
{
    json_error_t error;
    struct evidence_config *c = NULL;
    if (json.len > LIMIT_CONFIG_BYTES) {
        return fault_limit(why, 0, "size of the file", LIMIT_CONFIG_BYTES);
    }
    json_t *root = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        return fault_at(why, ST_MALFORMED, (uint64_t)error.position, "JSON");
    }
    c = calloc(1, sizeof(*c));
    enum status st = c != NULL ? read_root(root, c, why) : ST_NOMEM;
    if (st == ST_OK) {
        *ret = *c;
    }
    free(c);
    json_decref(root);
    return st;
}

static void put_text(struct buf *out, const char *before, const char *s)
{
    buf_printf(out, "%s\"", before);
    text_json(out, bytes_of(s, strlen(s)));
    buf_byte(out, '"');
}

/* In lines, since people edit it. */
void evidence_config_write(const struct evidence_config *c, struct buf *out)
{
    put_text(out, "{\n  \"format\": ", format_name);
    put_text(out, ",\n  \"name\": ", c->name);
    buf_str(out, ",\n  \"local\": [");
    for (size_t i = 0; i < c->local.n; i++) {
        char net[PREFIX_TEXT_MAX];
        (void)prefix_format(&c->local.nets[i], net);
        put_text(out, i > 0 ? ", " : "", net);
    }
    buf_str(out, "],\n  \"timestamps\": [");
    for (size_t i = 0; i < c->authority_n; i++) {
        put_text(out, i > 0 ? ",\n    {\"url\": " : "\n    {\"url\": ", c->authorities[i].url);
        if (c->authorities[i].ca[0] != '\0') {
            put_text(out, ", \"ca\": ", c->authorities[i].ca);
        }
        buf_byte(out, '}');
    }
    buf_str(out, c->authority_n > 0 ? "\n  ]\n}\n" : "]\n}\n");
}
