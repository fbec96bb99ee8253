/* exchange/intake.c - JSON Lines of findings, by jansson.
 *
 * The length of a line is limited before it is parsed; jansson bounds the
 * nesting (2048 levels).
 */
#include "exchange/intake.h"

#include <string.h>

#include "base/core/json.h"
#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/model/tool.h"
#include "exchange/intake_origin.h"

enum { TEXT_MAX_BYTES = 4096 };

struct intake {
    struct json_reader r;
    const json_t *line;
    struct arena *arena;
};

void intake_begin(void)
{
    json_object_seed(0);
}

static void refuse(struct intake *in, const char *key)
{
    json_refuse(&in->r, ST_MALFORMED, key);
}

/* --- members -------------------------------------------------------------------- */

static void word(struct intake *in, const char *key, char *out, size_t size, bool needed)
{
    if (!needed && json_object_get(in->line, key) == NULL) {
        out[0] = '\0';
        return;
    }
    json_words(&in->r, in->line, key, " .,:;_/()-", out, size);
    if (needed && out[0] == '\0') {
        refuse(in, key);
    }
}

static void identity(struct intake *in, const char *key, char out[FINDING_ID_MAX], bool needed)
{
    word(in, key, out, FINDING_ID_MAX, needed);
    size_t n = strlen(out);
    if (n != strspn(out, "0123456789abcdef") || (n != 0 && n != FINDING_ID_MAX - 1)) {
        refuse(in, key);
    }
}

static bool address(struct intake *in, const char *key, struct addr *ret)
{
    const json_t *j = json_object_get(in->line, key);
    if (j == NULL) {
        return false;
    }
    if (addr_parse(json_text(j), ret) != ST_OK) {
        refuse(in, key);
        return false;
    }
    return true;
}

static uint64_t number(struct intake *in, const char *key)
{
    return json_count(&in->r, in->line, key, INT64_MAX);
}

static uint32_t flag(struct intake *in, const char *key, enum finding_flag f)
{
    const json_t *j = json_object_get(in->line, key);
    if (j != NULL && !json_is_boolean(j)) {
        refuse(in, key);
    }
    return json_is_true(j) ? (uint32_t)f : 0;
}

/* An array of at most so many, or nothing. */
static size_t array(struct intake *in, const char *key, size_t max, const json_t **ret)
{
    *ret = json_object_get(in->line, key);
    size_t n = json_array_size(*ret);
    if ((*ret != NULL && !json_is_array(*ret)) || n > max) {
        refuse(in, key);
        return 0;
    }
    return n;
}

/* --- a finding -------------------------------------------------------------------- */

static void read_who(struct intake *in, struct finding *f)
{
    static const char *const sides[] = {"outside", "inside", "unknown"};
    char side[16] = "";
    identity(in, "id", f->id, true);
    identity(in, "part_of", f->part_of, false);
    word(in, "definition", f->definition, sizeof(f->definition), true);
    word(in, "kind", f->kind, sizeof(f->kind), true);
    word(in, "technique", f->technique, sizeof(f->technique), true);
    word(in, "protocol", f->protocol, sizeof(f->protocol), true);
    word(in, "side", side, sizeof(side), true);
    size_t i = 0;
    while (i < ARRAY_LEN(sides) && strcmp(side, sides[i]) != 0) {
        i++;
    }
    if (i == ARRAY_LEN(sides)) {
        refuse(in, "side");
    }
    f->flags |= i < 2 ? FINDING_LOCAL_KNOWN : 0;
    f->flags |= i == 1 ? FINDING_INSIDE : 0;
    f->has_initiator = address(in, "initiator", &f->initiator);
    f->has_remote = address(in, "remote", &f->remote);
    f->has_victim = address(in, "victim", &f->victim);
}

static void read_counts(struct intake *in, struct finding *f)
{
    const struct {
        const char *key;
        uint64_t *to;
    } rows[] = {
        {"bytes", &f->bytes},       {"targets", &f->targets},   {"ports", &f->ports},
        {"pairs", &f->pairs},       {"answered", &f->answered}, {"refused", &f->refused},
        {"sessions", &f->sessions}, {"sources", &f->sources},   {"peak", &f->peak},
        {"attempts", &f->attempts}, {"accepted", &f->accepted}, {"earlier", &f->earlier},
        {"users", &f->users},       {"paths", &f->paths},       {"missing", &f->missing},
        {"served", &f->served},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        *rows[i].to = number(in, rows[i].key);
    }
    bool log = json_object_get(in->line, "lines") != NULL;
    f->packets = number(in, log ? "lines" : "packets");
    f->flags |= log ? FINDING_LOG : 0;
    f->flags |= flag(in, "at_least", FINDING_AT_LEAST) | flag(in, "one_way", FINDING_ONE_WAY) |
                flag(in, "inner", FINDING_INNER) | flag(in, "bounds", FINDING_BOUNDS) |
                flag(in, "allowed", FINDING_ALLOWED);
    f->flags |= f->part_of[0] != '\0' ? FINDING_PART : 0;
}

static void read_authentic(struct intake *in, struct finding *f)
{
    char said[24] = "";
    word(in, "authentic", said, sizeof(said), true);
    for (int a = AUTHENTIC_ONE_WAY; a <= AUTHENTIC_IMPOSSIBLE; a++) {
        if (strcmp(said, authentic_word((enum authentic)a)) == 0) {
            f->authentic = (enum authentic)a;
            return;
        }
    }
    refuse(in, "authentic");
}

static size_t read_addresses(struct intake *in, const char *key,
                             struct addr out[FINDING_SAMPLE_MAX])
{
    const json_t *list;
    size_t n = array(in, key, FINDING_SAMPLE_MAX, &list);
    for (size_t i = 0; i < n; i++) {
        if (addr_parse(json_text(json_array_get(list, i)), &out[i]) != ST_OK) {
            refuse(in, key);
            return 0;
        }
    }
    return n;
}

static void read_samples(struct intake *in, struct finding *f)
{
    const json_t *list;
    size_t n = array(in, "port_list", FINDING_PORTS_MAX, &list);
    for (size_t i = 0; i < n; i++) {
        json_int_t v = json_integer_value(json_array_get(list, i));
        if (!json_is_integer(json_array_get(list, i)) || v < 0 || v > UINT16_MAX) {
            refuse(in, "port_list");
            return;
        }
        f->port_list[f->port_n++] = (uint16_t)v;
    }
    f->target_n = read_addresses(in, "target_sample", f->target_sample);
    f->source_n = read_addresses(in, "source_sample", f->source_sample);
}

static void read_flows(struct intake *in, struct finding *f)
{
    const json_t *list;
    size_t n = array(in, "flow_sample", FLOWS_MAX, &list);
    for (size_t i = 0; i < n; i++) {
        const json_t *x = json_array_get(list, i);
        uint16_t source = (uint16_t)json_count(&in->r, x, "source_port", UINT16_MAX);
        uint16_t target = (uint16_t)json_count(&in->r, x, "target_port", UINT16_MAX);
        flows_add(&f->flows, json_instant(&in->r, x, "time"), source, target);
    }
    flows_within(&f->flows, f->when.first_ns, f->when.last_ns);
}

static void read_texts(struct intake *in, struct finding *f)
{
    const json_t *list;
    size_t n = array(in, f->paths > 0 ? "path_sample" : "user_sample", FINDING_TEXTS_MAX, &list);
    for (size_t i = 0; i < n; i++) {
        struct bytes s = json_text(json_array_get(list, i));
        if (!json_is_string(json_array_get(list, i)) || s.len > TEXT_MAX_BYTES) {
            refuse(in, "path_sample");
            return;
        }
        f->texts[i] = arena_text(in->arena, s);
        if (f->texts[i] == NULL) {
            refuse(in, "path_sample");
            in->r.st = ST_NOMEM;
            return;
        }
        f->text_n = i + 1;
    }
}

/* What decided. */
static void read_decided(struct intake *in, struct finding *f)
{
    struct intake inner = {.line = json_object_get(in->line, "decided"), .arena = in->arena};
    if (inner.line == NULL) {
        return;
    }
    word(&inner, "counter", f->counter, sizeof(f->counter), false);
    f->counted = number(&inner, "counted");
    f->threshold = number(&inner, "threshold");
    if (inner.r.wrong != NULL) {
        refuse(in, inner.r.wrong);
    }
}

/* Marks that this program does not know are of a later one: passed over. */
static void read_tools(struct intake *in, struct finding *f)
{
    const json_t *list;
    size_t n = array(in, "tool", FINDING_TOOLS_MAX, &list);
    for (size_t i = 0; i < n; i++) {
        const json_t *x = json_array_get(list, i);
        const char *name = json_string_value(json_object_get(x, "name"));
        unsigned mark = 0;
        while (name != NULL && mark < TOOL_ALL &&
               strcmp(tool_name((enum tool_mark)mark), name) != 0) {
            mark++;
        }
        if (name == NULL) {
            refuse(in, "tool");
        } else if (mark < TOOL_ALL) {
            f->tools[f->tool_n++] =
                (struct finding_tool){.mark = (uint8_t)mark,
                                      .matched = json_count(&in->r, x, "matched", INT64_MAX),
                                      .of = json_count(&in->r, x, "of", INT64_MAX)};
        }
    }
}

static void read_finding(struct intake *in, struct finding *f)
{
    read_who(in, f);
    f->when.first_ns = json_instant(&in->r, in->line, "first");
    f->when.last_ns = json_instant(&in->r, in->line, "last");
    if (f->when.last_ns < f->when.first_ns) {
        refuse(in, "last");
    }
    read_counts(in, f);
    read_authentic(in, f);
    read_samples(in, f);
    read_flows(in, f);
    read_texts(in, f);
    read_decided(in, f);
    read_tools(in, f);
}

/* --- the summary -------------------------------------------------------------------- */

static void read_locals(struct intake *in, struct local_nets *l)
{
    const json_t *local = json_object_get(in->line, "local");
    const json_t *nets = json_object_get(local, "networks");
    size_t n = json_array_size(nets);
    if (local == NULL || n > LOCAL_NETS_MAX) {
        refuse(in, "local");
        return;
    }
    l->rule = n > 0 ? LOCAL_GIVEN : LOCAL_UNKNOWN;
    for (size_t i = 0; i < n; i++) {
        if (prefix_parse(json_text(json_array_get(nets, i)), &l->nets[i]) != ST_OK) {
            refuse(in, "local");
            return;
        }
        l->n = i + 1;
    }
}

/* --- lines ------------------------------------------------------------------------ */

static enum status parse(struct bytes line, json_t **ret, struct fault *why)
{
    json_error_t error;
    if (line.len > LIMIT_FINDING_LINE_BYTES) {
        return fault_limit(why, 0, "line of a finding", LIMIT_FINDING_LINE_BYTES);
    }
    CLEANUP(json_unref)
    json_t *root = json_loadb((const char *)line.data, line.len, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(root)) {
        uint64_t at = error.position > 0 && root == NULL ? (uint64_t)error.position : 0;
        bool memory = root == NULL && json_error_code(&error) == json_error_out_of_memory;
        return fault_at(why, memory ? ST_NOMEM : ST_MALFORMED, at, "JSON");
    }
    *ret = TAKE(root);
    return ST_OK;
}

enum status intake_read(struct bytes line, struct arena *arena, enum intake_line *ret_what,
                        struct finding *ret, struct local_nets *ret_locals, struct fault *why)
{
    CLEANUP(json_unref) json_t *root = NULL;
    TRY(parse(line, &root, why));
    struct intake in = {.line = root, .arena = arena};
    struct finding f = {.flags = 0};
    struct local_nets locals = {.n = 0};
    struct bytes type = json_text(json_object_get(root, "type"));
    enum intake_line what = bytes_equal(type, BYTES_LITERAL("finding"))   ? INTAKE_FINDING
                            : bytes_equal(type, BYTES_LITERAL("summary")) ? INTAKE_SUMMARY
                                                                          : INTAKE_OTHER;
    if (type.len == 0) {
        refuse(&in, "type");
    } else if (what == INTAKE_FINDING) {
        read_finding(&in, &f);
    } else if (what == INTAKE_SUMMARY) {
        read_locals(&in, &locals);
    }
    if (in.r.wrong != NULL) {
        return fault_at(why, in.r.st, 0, in.r.wrong);
    }
    *ret_what = what;
    *ret = what == INTAKE_FINDING ? f : *ret;
    *ret_locals = what == INTAKE_SUMMARY ? locals : *ret_locals;
    return ST_OK;
}

enum status intake_check(struct bytes json, bool list, struct fault *why)
{
    json_error_t error;
    if (json.len > LIMIT_FINDING_LINE_BYTES) {
        return fault_limit(why, 0, "stored JSON", LIMIT_FINDING_LINE_BYTES);
    }
    for (size_t i = 0; i < json.len; i++) {
        if (json.data[i] < 0x20) { /* white space between members, too */
            return fault_at(why, ST_MALFORMED, i, "stored JSON: not one line");
        }
    }
    CLEANUP(json_unref)
    json_t *root = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL && json_error_code(&error) == json_error_out_of_memory) {
        return ST_NOMEM;
    }
    bool good = list ? json_is_array(root) : json_is_object(root);
    return good ? ST_OK : fault_at(why, ST_MALFORMED, 0, "stored JSON");
}

enum status intake_told(struct bytes line, struct arena *arena, struct finding *ret,
                        struct origin *ret_origin, bool *ret_has_origin, struct fault *why)
{
    CLEANUP(json_unref) json_t *root = NULL;
    TRY(parse(line, &root, why));
    struct intake in = {.line = root, .arena = arena};
    struct finding f = {.flags = 0};
    read_finding(&in, &f);
    if (in.r.wrong != NULL) {
        return fault_at(why, in.r.st, 0, in.r.wrong);
    }
    const json_t *origin = json_object_get(root, "origin");
    *ret_has_origin = origin != NULL;
    if (origin != NULL) {
        TRY(intake_origin(origin, ret_origin, why));
    }
    *ret = f;
    return ST_OK;
}
