/* base/model/definition.c - methods, their parameters, and reading sets. */
#include "base/model/definition.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/core/emit.h"
#include "base/core/json.h"
#include "base/model/login.h"
#include "definitions_builtin.h" /* made by tools/embed from definitions/ */

struct param {
    const char *name;
    int64_t preset, least, most;
};

enum { IDLE_MOST_S = 30 * 86400 };

/* The preset is what a set takes that does not say otherwise. */
static const struct {
    const char *name;
    struct param params[DEFINITION_PARAMS_MAX];
} methods[METHOD_COUNT] = {
    [METHOD_SCAN_HORIZONTAL] = {"scan.horizontal",
                                {{"idle_s", 3600, 1, IDLE_MOST_S},
                                 {"targets", 25, 2, 1000000},
                                 {"targets_icmp", 15, 2, 1000000},
                                 {"max_ports", 5, 1, 64},
                                 {"failed_percent", 50, 1, 100},
                                 {"failed_percent_icmp", 20, 1, 100},
                                 {"asked_once", 4, 1, 1000},
                                 {"share_percent", 50, 0, 100},
                                 {"arp_window_s", 60, 1, 86400}}},
    [METHOD_SCAN_VERTICAL] = {"scan.vertical",
                              {{"idle_s", 3600, 1, IDLE_MOST_S},
                               {"ports", 15, 2, 65536},
                               {"failed_percent", 50, 1, 100}}},
    [METHOD_SCAN_BLOCK] = {"scan.block",
                           {{"idle_s", 3600, 1, IDLE_MOST_S},
                            {"targets", 3, 2, 1000000},
                            {"pairs", 100, 4, 1000000},
                            {"side", 5, 2, 65536},
                            {"scatter_percent", 95, 50, 100}}},
    [METHOD_SCAN_DISTRIBUTED] = {"scan.distributed",
                                 {{"idle_s", 300, 1, IDLE_MOST_S},
                                  {"initiators", 5, 2, 100000},
                                  {"share", 3, 2, 1000},
                                  {"pairs", 25, 4, 1000000},
                                  {"overlap_percent", 10, 0, 100},
                                  {"cover_percent", 50, 1, 100}}},
    [METHOD_FLOOD_SYN] = {"flood.syn",
                          {{"idle_s", 60, 1, IDLE_MOST_S},
                           {"rate", 100, 2, 100000000},
                           {"packets", 100, 2, 100000000},
                           {"failed_percent", 80, 1, 100},
                           {"spread", 10, 1, 1000000}}},
    [METHOD_FLOOD_UDP] = {"flood.udp",
                          {{"idle_s", 60, 1, IDLE_MOST_S},
                           {"rate", 250, 2, 100000000},
                           {"packets", 500, 2, 100000000},
                           {"failed_percent", 80, 1, 100},
                           {"spread", 10, 1, 1000000}}},
    [METHOD_FLOOD_ICMP] = {"flood.icmp",
                           {{"idle_s", 60, 1, IDLE_MOST_S},
                            {"rate", 100, 2, 100000000},
                            {"packets", 200, 2, 100000000}}},
    [METHOD_FLOOD_FRAGMENT] = {"flood.fragment",
                               {{"idle_s", 60, 1, IDLE_MOST_S},
                                {"rate", 100, 2, 100000000},
                                {"packets", 200, 2, 100000000},
                                {"failed_percent", 50, 1, 100}}},
    [METHOD_FLOOD_AMPLIFICATION] = {"flood.amplification",
                                    {{"idle_s", 3600, 1, IDLE_MOST_S},
                                     {"packets", 25, 2, 100000000},
                                     {"reflectors", 5, 1, 1000000},
                                     {"packets_few_reflectors", 100, 2, 100000000},
                                     {"mean_bytes", 0, 0, 65535}}},
    [METHOD_FLOOD_REFLECTOR] = {"flood.amplification.reflector",
                                {{"idle_s", 300, 1, IDLE_MOST_S},
                                 {"packets", 100, 2, 100000000},
                                 {"rate", 10, 1, 100000000},
                                 {"same_percent", 90, 1, 100},
                                 {"factor", 5, 1, 65535},
                                 {"mean_bytes", 0, 0, 65535}}},
    [METHOD_BACKSCATTER] = {"backscatter",
                            {{"idle_s", 300, 1, IDLE_MOST_S},
                             {"packets", 25, 2, 100000000},
                             {"targets", 10, 1, 1000000}}},
    [METHOD_GUESS_SHAPE] = {"guess.shape",
                            {{"idle_s", 3600, 1, IDLE_MOST_S},
                             {"attempts", 10, 2, 1000000},
                             {"similar_percent", 70, 1, 100},
                             {"max_duration_s", 60, 1, 86400}}},
    [METHOD_ACCESS_SHAPE] = {"access.shape",
                             {{"idle_s", 3600, 1, IDLE_MOST_S}, {"attempts", 10, 2, 1000000}}},
    [METHOD_GUESS_LOG] = {"guess.log",
                          {{"idle_s", 86400, 1, IDLE_MOST_S}, {"attempts", 10, 2, 1000000}}},
    [METHOD_SPRAY_LOG] = {"spray.log",
                          {{"idle_s", 86400, 1, IDLE_MOST_S},
                           {"users", 10, 2, 1000000},
                           {"per_user", 3, 1, 1000}}},
    [METHOD_ACCESS_LOG] = {"access.log",
                           {{"idle_s", 86400, 1, IDLE_MOST_S}, {"attempts", 10, 2, 1000000}}},
    [METHOD_PROBE_WEB] = {"probe.web",
                          {{"idle_s", 3600, 1, IDLE_MOST_S},
                           {"paths", 5, 1, 1000000},
                           {"missing", 20, 1, 1000000},
                           {"missing_percent", 50, 1, 100}}},
    [METHOD_ZEEK_SCAN] = {"zeek.scan",
                          {{"idle_s", 300, 1, IDLE_MOST_S},
                           {"targets", 25, 0, 1000000},
                           {"ports", 15, 0, 65536}}},
    [METHOD_ZEEK_SSH] = {"zeek.ssh",
                         {{"idle_s", 1800, 1, IDLE_MOST_S}, {"guesses", 30, 2, 1000000}}},
    [METHOD_ZEEK_FTP] = {"zeek.ftp",
                         {{"idle_s", 900, 1, IDLE_MOST_S}, {"guesses", 20, 2, 1000000}}},
    [METHOD_SNORT_PORTSCAN] = {"snort.portscan",
                               {{"idle_s", 90, 1, IDLE_MOST_S},
                                {"sense", 1, 0, 2},
                                {"shape", 1, 1, 4}}},
    [METHOD_FAIL2BAN_SSHD] = {"fail2ban.sshd",
                              {{"idle_s", 600, 1, IDLE_MOST_S}, {"retry", 5, 1, 1000000}}},
};

bool method_is_foreign(enum method m)
{
    return m >= METHOD_ZEEK_SCAN;
}

const char *method_name(enum method m)
{
    return (unsigned)m < METHOD_COUNT ? methods[m].name : "unknown";
}

const char *method_param_name(enum method m, size_t i)
{
    return i < DEFINITION_PARAMS_MAX ? methods[m].params[i].name : NULL;
}

char *definition_full_name(const struct definition *d, char out[DEFINITION_TEXT_MAX])
{
    (void)snprintf(out, DEFINITION_TEXT_MAX, "%s/%" PRIu32, d->name, d->version);
    return out;
}

const struct definition *definition_find(const struct definition_set *set, enum method m)
{
    for (size_t i = 0; i < set->n; i++) {
        if (set->items[i].method == m) {
            return &set->items[i];
        }
    }
    return NULL;
}

const struct definition *definition_by_name(const struct definition_set *set, const char *name)
{
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(set->items[i].name, name) == 0) {
            return &set->items[i];
        }
    }
    return NULL;
}

static bool plain_name(const char *s)
{
    size_t n = strlen(s);
    return n > 0 && n < DEFINITION_NAME_MAX &&
           strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-") == n;
}

static enum status read_param(struct definition *d, const char *key, const json_t *value,
                              struct fault *why)
{
    for (size_t i = 0; i < DEFINITION_PARAMS_MAX && methods[d->method].params[i].name; i++) {
        const struct param *p = &methods[d->method].params[i];
        if (strcmp(p->name, key) != 0) {
            continue;
        }
        if (!json_is_integer(value) || json_integer_value(value) < p->least ||
            json_integer_value(value) > p->most) {
            return fault_at(why, ST_LIMIT, 0, p->name);
        }
        d->params[i] = json_integer_value(value);
        return ST_OK;
    }
    return fault_at(why, ST_MALFORMED, 0, "a parameter that its method has not");
}

static enum status read_params(struct definition *d, json_t *params, struct fault *why)
{
    for (size_t i = 0; i < DEFINITION_PARAMS_MAX; i++) {
        d->params[i] = methods[d->method].params[i].preset;
    }
    const char *key;
    json_t *value;
    json_object_foreach(params, key, value)
    {
        TRY(read_param(d, key, value, why));
    }
    return ST_OK;
}

/* A member that is not known would be a rule that is not applied. */
static bool only_known(json_t *o, const char *const *known, size_t n)
{
    const char *key;
    json_t *value;
    json_object_foreach(o, key, value)
    {
        size_t i = 0;
        while (i < n && strcmp(known[i], key) != 0) {
            i++;
        }
        if (i == n) {
            return false;
        }
    }
    return true;
}

static enum status check_members(json_t *o, struct fault *why)
{
    static const char *const known[] = {"name", "kind", "version", "method", "parameters"};
    const json_t *kind = json_object_get(o, "kind");
    const json_t *params = json_object_get(o, "parameters");
    if (!json_is_object(o)) {
        return fault_at(why, ST_MALFORMED, 0, "a definition that is no object");
    }
    if (!only_known(o, known, ARRAY_LEN(known))) {
        return fault_at(why, ST_MALFORMED, 0,
                        "a member of a definition other than name, kind, version, method and "
                        "parameters");
    }
    if (kind != NULL && !json_is_string(kind)) {
        return fault_at(why, ST_MALFORMED, 0, "kind");
    }
    if (params != NULL && !json_is_object(params)) {
        return fault_at(why, ST_MALFORMED, 0, "parameters");
    }
    return ST_OK;
}

static enum status read_definition(json_t *o, struct definition *d, struct fault *why)
{
    TRY(check_members(o, why));
    const char *name = json_string_value(json_object_get(o, "name"));
    const char *kind = json_string_value(json_object_get(o, "kind"));
    const char *method = json_string_value(json_object_get(o, "method"));
    const json_t *version = json_object_get(o, "version");
    if (name == NULL || !plain_name(name)) {
        return fault_at(why, ST_MALFORMED, 0, "name");
    }
    kind = kind != NULL ? kind : name;
    if (!plain_name(kind)) {
        return fault_at(why, ST_MALFORMED, 0, "kind");
    }
    if (!json_is_integer(version) || json_integer_value(version) < 1 ||
        json_integer_value(version) > 1000000) {
        return fault_at(why, ST_MALFORMED, 0, "version");
    }
    *d = (struct definition){.version = (uint32_t)json_integer_value(version),
                             .method = METHOD_COUNT};
    memcpy(d->name, name, strlen(name) + 1);
    memcpy(d->kind, kind, strlen(kind) + 1);
    for (unsigned m = 0; method != NULL && m < METHOD_COUNT; m++) {
        if (strcmp(methods[m].name, method) == 0) {
            d->method = (enum method)m;
        }
    }
    if (d->method == METHOD_COUNT) {
        return fault_at(why, ST_MALFORMED, 0, "method");
    }
    if (d->method == METHOD_GUESS_SHAPE && login_service_of_kind(kind) == LOGIN_SERVICES) {
        return fault_at(why, ST_MALFORMED, 0, "kind (it names no login service that is known)");
    }
    return read_params(d, json_object_get(o, "parameters"), why);
}

/* Methods that look at the same events must agree on what an event is. */
static int idle_family(enum method m)
{
    if (m <= METHOD_SCAN_BLOCK) {
        return 1;
    }
    if (m == METHOD_GUESS_SHAPE || m == METHOD_ACCESS_SHAPE) {
        return 3;
    }
    if (m == METHOD_ZEEK_SCAN || m == METHOD_SNORT_PORTSCAN) {
        return m == METHOD_ZEEK_SCAN ? 4 : 5;
    }
    return m >= METHOD_GUESS_LOG && m <= METHOD_ACCESS_LOG ? 2 : 0;
}

static const char *const idle_faults[] = {
    [1] = "idle_s (horizontal, vertical and block must agree)",
    [2] = "idle_s (guess.log, spray.log and access.log must agree)",
    [3] = "idle_s (guess.shape and access.shape must agree)",
    [4] = "idle_s (of all zeek.scan must agree)",
    [5] = "idle_s (of all snort.portscan must agree)",
};

static enum status check_pair(const struct definition *a, const struct definition *b,
                              struct fault *why)
{
    if (strcmp(a->name, b->name) == 0) {
        return fault_at(why, ST_MALFORMED, 0, "two definitions of one name");
    }
    if (a->method == METHOD_SNORT_PORTSCAN && b->method == METHOD_SNORT_PORTSCAN &&
        a->params[SNORT_SENSE] != b->params[SNORT_SENSE]) {
        return fault_at(why, ST_MALFORMED, 0, "sense (of all snort.portscan must agree)");
    }
    int family = idle_family(a->method);
    if (family != 0 && family == idle_family(b->method) &&
        a->params[PARAM_IDLE_S] != b->params[PARAM_IDLE_S]) {
        return fault_at(why, ST_MALFORMED, 0, idle_faults[family]);
    }
    return ST_OK;
}

static enum status check_set(const struct definition_set *set, struct fault *why)
{
    for (size_t i = 1; i < set->n; i++) {
        for (size_t k = 0; k < i; k++) {
            TRY(check_pair(&set->items[k], &set->items[i], why));
        }
    }
    return ST_OK;
}

static enum status read_set(json_t *root, struct definition_set *set, struct fault *why)
{
    static const char *const known[] = {"set", "definitions"};
    if (!json_is_object(root)) {
        return fault_at(why, ST_MALFORMED, 0, "a set that is no object");
    }
    if (!only_known(root, known, ARRAY_LEN(known))) {
        return fault_at(why, ST_MALFORMED, 0, "a member of the set other than set and definitions");
    }
    const char *name = json_string_value(json_object_get(root, "set"));
    const json_t *list = json_object_get(root, "definitions");
    if (name == NULL || !plain_name(name)) {
        return fault_at(why, ST_MALFORMED, 0, "set");
    }
    if (!json_is_array(list) || json_array_size(list) == 0) {
        return fault_at(why, ST_MALFORMED, 0, "definitions");
    }
    if (json_array_size(list) > DEFINITIONS_MAX) {
        return fault_limit(why, 0, "definitions", DEFINITIONS_MAX);
    }
    memcpy(set->name, name, strlen(name) + 1);
    for (size_t i = 0; i < json_array_size(list); i++) {
        TRY(read_definition(json_array_get(list, i), &set->items[i], why));
        set->n++;
    }
    return check_set(set, why);
}

enum status definition_set_read(struct bytes json, struct definition_set *ret, struct fault *why)
{
    json_error_t err;
    CLEANUP(json_unref)
    json_t *root = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &err);
    if (root == NULL) {
        bool memory = json_error_code(&err) == json_error_out_of_memory;
        return fault_at(why, memory ? ST_NOMEM : ST_MALFORMED,
                        err.position > 0 ? (uint64_t)err.position : 0, "JSON");
    }
    struct definition_set set = {0};
    TRY(read_set(root, &set, why));
    CLEANUP(buf_fini) struct buf text = BUF_INIT(1 << 20);
    definition_set_write(&set, &text);
    TRY(text.failed);
    TRY(digest_sha256(buf_bytes(&text), &set.hash));
    *ret = set;
    return ST_OK;
}

const char *definition_set_builtin_name(size_t i)
{
    return i < ARRAY_LEN(definitions_builtin) ? definitions_builtin[i].name : NULL;
}

enum status definition_set_builtin(const char *name, struct definition_set *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(definitions_builtin); i++) {
        if (strcmp(definitions_builtin[i].name, name) == 0) {
            const char *json = definitions_builtin[i].json;
            return definition_set_read(bytes_of(json, strlen(json)), ret, NULL);
        }
    }
    return ST_END;
}

static void write_params(struct emit *j, const struct definition *d)
{
    bool done[DEFINITION_PARAMS_MAX] = {false};
    emit_object(j);
    for (;;) { /* sorted by name, by repeated selection: there are few */
        size_t best = DEFINITION_PARAMS_MAX;
        for (size_t i = 0; i < DEFINITION_PARAMS_MAX; i++) {
            const char *name = methods[d->method].params[i].name;
            if (name != NULL && !done[i] &&
                (best == DEFINITION_PARAMS_MAX ||
                 strcmp(name, methods[d->method].params[best].name) < 0)) {
                best = i;
            }
        }
        if (best == DEFINITION_PARAMS_MAX) {
            break;
        }
        done[best] = true;
        emit_key(j, methods[d->method].params[best].name);
        emit_i64(j, d->params[best]);
    }
    emit_object_end(j);
}

void definition_set_write(const struct definition_set *set, struct buf *out)
{
    struct emit j;
    emit_begin(&j, out);
    emit_object(&j);
    emit_key(&j, "definitions");
    emit_array(&j);
    for (size_t i = 0; i < set->n; i++) {
        emit_object(&j);
        if (strcmp(set->items[i].kind, set->items[i].name) != 0) {
            emit_member_str(&j, "kind", set->items[i].kind);
        }
        emit_member_str(&j, "method", methods[set->items[i].method].name);
        emit_member_str(&j, "name", set->items[i].name);
        emit_key(&j, "parameters");
        write_params(&j, &set->items[i]);
        emit_member_u64(&j, "version", set->items[i].version);
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_member_str(&j, "set", set->name);
    emit_object_end(&j);
}
