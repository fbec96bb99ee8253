/* evidence/exhibit/claim.c - claims as JSON, by emit and by jansson.
 *
 * The reader looks at every member that the writer writes, and nothing else has
 * to be refused by it: what it read is written again and must be the same bytes.
 */
#include "evidence/exhibit/claim.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/emit.h"
#include "base/core/json.h"
#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/model/tool.h"

/* Numbers that are written when they are not zero, in their order. */
static const struct {
    const char *key;
    size_t at;
    bool always;
} numbers[] = {
#define NUMBER(member, always)                                                                     \
    {                                                                                              \
#member, offsetof(struct finding, member), always                                          \
    }
    NUMBER(bytes, false),    NUMBER(targets, true),   NUMBER(ports, true),
    NUMBER(pairs, false),    NUMBER(answered, true),  NUMBER(refused, false),
    NUMBER(sessions, false), NUMBER(sources, false),  NUMBER(peak, false),
    NUMBER(attempts, false), NUMBER(accepted, false), NUMBER(earlier, false),
    NUMBER(users, false),    NUMBER(paths, false),    NUMBER(missing, false),
    NUMBER(served, false),
#undef NUMBER
};

static const struct {
    const char *key;
    enum finding_flag flag;
} flags[] = {
    {"at_least", FINDING_AT_LEAST}, {"bounds", FINDING_BOUNDS}, {"one_way", FINDING_ONE_WAY},
    {"inner", FINDING_INNER},       {"many", FINDING_MANY},
};

static uint64_t number_of(const struct finding *f, size_t i)
{
    uint64_t v;
    memcpy(&v, (const char *)f + numbers[i].at, sizeof(v));
    return v;
}

/* --- writing ---------------------------------------------------------------------- */

static void put_tools(struct emit *j, const char *key, const struct finding_tool *t, size_t n)
{
    emit_key(j, key);
    emit_array(j);
    for (size_t i = 0; i < n; i++) {
        emit_object(j);
        emit_member_u64(j, "mark", t[i].mark);
        emit_member_str(j, "name", tool_name((enum tool_mark)t[i].mark));
        emit_member_u64(j, "matched", t[i].matched);
        emit_member_u64(j, "of", t[i].of);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void put_who(struct emit *j, const struct evidence_claim *c)
{
    const struct finding *f = &c->finding;
    emit_member_str(j, "definition", f->definition);
    emit_member_str(j, "kind", f->kind);
    emit_member_str(j, "technique", f->technique);
    emit_member_str(j, "protocol", f->protocol);
    emit_member_str(j, "side", (f->flags & FINDING_INSIDE) != 0 ? "inside" : "outside");
    if (f->has_initiator) {
        emit_member_addr(j, "initiator", &f->initiator);
    }
    emit_key(j, "remotes");
    emit_array(j);
    for (size_t i = 0; i < c->remote_n; i++) {
        char text[ADDR_TEXT_MAX];
        emit_text(j, bytes_of(text, addr_format(&c->remotes[i], text)));
    }
    emit_array_end(j);
    emit_member_u64(j, "from", c->from);
    emit_member_u64(j, "to", c->to);
}

void evidence_claim_numbers(struct emit *j, const struct finding *f)
{
    emit_member_time(j, "first", f->when.first_ns);
    emit_member_time(j, "last", f->when.last_ns);
    emit_member_u64(j, (f->flags & FINDING_LOG) != 0 ? "lines" : "packets", f->packets);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (numbers[i].always || number_of(f, i) > 0) {
            emit_member_u64(j, numbers[i].key, number_of(f, i));
        }
    }
    emit_key(j, "port_list");
    emit_array(j);
    for (size_t i = 0; i < f->port_n; i++) {
        emit_u64(j, f->port_list[i]);
    }
    emit_array_end(j);
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        if ((f->flags & flags[i].flag) != 0) {
            emit_member_bool(j, flags[i].key, true);
        }
    }
    emit_key(j, "decided");
    emit_object(j);
    emit_member_str(j, "counter", f->counter);
    emit_member_u64(j, "counted", f->counted);
    emit_member_u64(j, "threshold", f->threshold);
    emit_object_end(j);
    emit_member_str(j, "authentic", authentic_word(f->authentic));
}

void evidence_claims_write(const struct evidence_claim *claims, size_t n, struct buf *out)
{
    struct emit j;
    emit_begin(&j, out);
    emit_array(&j);
    for (size_t i = 0; i < n; i++) {
        const struct evidence_claim *c = &claims[i];
        emit_object(&j);
        emit_member_u64(&j, "number", i + 1);
        put_who(&j, c);
        evidence_claim_numbers(&j, &c->finding);
        put_tools(&j, "tool", c->finding.tools, c->finding.tool_n);
        put_tools(&j, "said_tool", c->said_tools, c->said_tool_n);
        emit_member_bool(&j, "said", c->said);
        emit_object_end(&j);
    }
    emit_array_end(&j);
    buf_byte(out, '\n');
}

/* --- reading ---------------------------------------------------------------------- */

struct reader {
    struct json_reader r;
    const json_t *item;
    struct arena *arena;
};

static void refuse(struct reader *r, enum status st, const char *key)
{
    json_refuse(&r->r, st, key);
}

static void word(struct reader *r, const json_t *object, const char *key, char *out, size_t size)
{
    json_words(&r->r, object, key, " .,:;_/()%-", out, size);
}

/* If it had to be there, it is missing from what is written again. */
static uint64_t number(struct reader *r, const json_t *object, const char *key, uint64_t max)
{
    return json_count(&r->r, object, key, max);
}

static size_t array(struct reader *r, const char *key, size_t max, const json_t **ret)
{
    *ret = json_object_get(r->item, key);
    size_t n = json_array_size(*ret);
    if (!json_is_array(*ret) || n > max) {
        refuse(r, n > max ? ST_LIMIT : ST_MALFORMED, key);
        return 0;
    }
    return n;
}

/* A mark is told once, and cannot be in more than all: of `tool` and `said_tool` together
 * each has its bit in *marks. */
static size_t read_tools(struct reader *r, const char *key, struct finding_tool *out,
                         uint64_t *marks)
{
    static_assert(TOOL_ALL <= 64, "a bit for each mark");
    const json_t *list;
    size_t n = array(r, key, FINDING_TOOLS_MAX, &list);
    for (size_t i = 0; i < n; i++) {
        const json_t *t = json_array_get(list, i);
        out[i] = (struct finding_tool){
            .mark = (uint8_t)number(r, t, "mark", TOOL_ALL - 1),
            .matched = number(r, t, "matched", INT64_MAX),
            .of = number(r, t, "of", INT64_MAX),
        };
        if ((*marks >> out[i].mark & 1U) != 0 || out[i].matched > out[i].of) {
            refuse(r, ST_MALFORMED, out[i].matched > out[i].of ? "matched" : "mark");
        }
        *marks |= UINT64_C(1) << out[i].mark;
    }
    return n;
}

static void read_remotes(struct reader *r, struct evidence_claim *c)
{
    const json_t *list;
    size_t n = array(r, "remotes", LIMIT_EXHIBIT_MEMBERS, &list);
    c->remotes = n > 0 ? arena_alloc(r->arena, n * sizeof(*c->remotes)) : NULL;
    if (c->remotes == NULL) {
        refuse(r, n > 0 ? ST_NOMEM : ST_MALFORMED, "remotes");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (addr_parse(json_text(json_array_get(list, i)), &c->remotes[i]) != ST_OK ||
            (i > 0 && addr_compare(&c->remotes[i - 1], &c->remotes[i]) >= 0)) {
            refuse(r, ST_MALFORMED, "remotes");
            return;
        }
    }
    c->remote_n = n;
    c->finding.has_remote = n == 1;
    c->finding.remote = n == 1 ? c->remotes[0] : c->finding.remote;
}

static void read_who(struct reader *r, struct evidence_claim *c)
{
    struct finding *f = &c->finding;
    char side[16] = "";
    word(r, r->item, "definition", f->definition, sizeof(f->definition));
    word(r, r->item, "kind", f->kind, sizeof(f->kind));
    word(r, r->item, "technique", f->technique, sizeof(f->technique));
    word(r, r->item, "protocol", f->protocol, sizeof(f->protocol));
    word(r, r->item, "side", side, sizeof(side));
    f->flags |= FINDING_LOCAL_KNOWN | (strcmp(side, "inside") == 0 ? FINDING_INSIDE : 0);
    const json_t *who = json_object_get(r->item, "initiator");
    f->has_initiator = who != NULL;
    if (who != NULL && addr_parse(json_text(who), &f->initiator) != ST_OK) {
        refuse(r, ST_MALFORMED, "initiator");
    }
    read_remotes(r, c);
    c->from = (uint32_t)number(r, r->item, "from", LIMIT_EXHIBIT_SEGMENTS - 1);
    c->to = (uint32_t)number(r, r->item, "to", LIMIT_EXHIBIT_SEGMENTS - 1);
    if (c->to < c->from) {
        refuse(r, ST_MALFORMED, "to");
    }
}

static void read_authentic(struct reader *r, struct finding *f)
{
    char said[FINDING_WORD_MAX] = "";
    word(r, r->item, "authentic", said, sizeof(said));
    for (int a = AUTHENTIC_ONE_WAY; a <= AUTHENTIC_IMPOSSIBLE; a++) {
        if (strcmp(said, authentic_word((enum authentic)a)) == 0) {
            f->authentic = (enum authentic)a;
            return;
        }
    }
    refuse(r, ST_MALFORMED, "authentic");
}

static void read_counts(struct reader *r, struct finding *f)
{
    f->when.first_ns = json_instant(&r->r, r->item, "first");
    f->when.last_ns = json_instant(&r->r, r->item, "last");
    if (f->when.last_ns < f->when.first_ns) {
        refuse(r, ST_MALFORMED, "last");
    }
    bool log = json_object_get(r->item, "lines") != NULL;
    f->packets = number(r, r->item, log ? "lines" : "packets", INT64_MAX);
    f->flags |= log ? FINDING_LOG : 0;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        uint64_t v = number(r, r->item, numbers[i].key, INT64_MAX);
        memcpy((char *)f + numbers[i].at, &v, sizeof(v));
    }
    const json_t *list;
    f->port_n = array(r, "port_list", FINDING_PORTS_MAX, &list);
    for (size_t i = 0; i < f->port_n; i++) {
        const json_t *port = json_array_get(list, i);
        json_int_t v = json_integer_value(port);
        if (!json_is_integer(port) || v < 0 || v > UINT16_MAX) {
            refuse(r, ST_MALFORMED, "port_list");
        }
        f->port_list[i] = (uint16_t)v;
    }
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        f->flags |= json_is_true(json_object_get(r->item, flags[i].key)) ? flags[i].flag : 0;
    }
    const json_t *decided = json_object_get(r->item, "decided");
    word(r, decided, "counter", f->counter, sizeof(f->counter));
    f->counted = number(r, decided, "counted", INT64_MAX);
    f->threshold = number(r, decided, "threshold", INT64_MAX);
    read_authentic(r, f);
}

static enum status read_claim(const json_t *item, struct arena *arena, struct evidence_claim *c,
                              struct fault *why)
{
    struct reader r = {.item = item, .arena = arena};
    uint64_t marks = 0;
    read_who(&r, c);
    read_counts(&r, &c->finding);
    c->finding.tool_n = read_tools(&r, "tool", c->finding.tools, &marks);
    c->said_tool_n = read_tools(&r, "said_tool", c->said_tools, &marks);
    c->said = json_is_true(json_object_get(item, "said"));
    return r.r.st == ST_OK ? ST_OK : fault_at(why, r.r.st, 0, r.r.wrong);
}

static enum status read_all(struct bytes json, struct evidence_claims *c, struct fault *why)
{
    json_error_t error = {.position = 0};
    CLEANUP(json_unref)
    json_t *top = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &error);
    if (top == NULL || !json_is_array(top)) {
        bool memory = top == NULL && json_error_code(&error) == json_error_out_of_memory;
        return fault_at(why, memory ? ST_NOMEM : ST_MALFORMED, (uint64_t)error.position, "JSON");
    }
    size_t n = json_array_size(top);
    if (n > LIMIT_EXHIBIT_CLAIMS) {
        return fault_limit(why, 0, "claims", LIMIT_EXHIBIT_CLAIMS);
    }
    c->items = arena_alloc(&c->arena, (n + 1) * sizeof(*c->items));
    if (c->items == NULL) {
        return fault_at(why, ST_NOMEM, 0, "claims");
    }
    for (; c->n < n; c->n++) {
        TRY(read_claim(json_array_get(top, c->n), &c->arena, &c->items[c->n], why));
    }
    CLEANUP(buf_fini) struct buf again = BUF_INIT(LIMIT_EXHIBIT_JSON_BYTES + 1);
    evidence_claims_write(c->items, c->n, &again);
    if (again.failed == ST_NOMEM) {
        return fault_at(why, ST_NOMEM, 0, "claims");
    }
    size_t at = 0;
    while (at < again.len && at < json.len && again.data[at] == json.data[at]) {
        at++;
    }
    return bytes_equal(buf_bytes(&again), json)
               ? ST_OK
               : fault_at(why, ST_MALFORMED, at, "not as it would be written");
}

enum status evidence_claims_read(struct bytes json, struct evidence_claims *ret, struct fault *why)
{
    if (json.len > LIMIT_EXHIBIT_JSON_BYTES) {
        return fault_limit(why, 0, "claims", LIMIT_EXHIBIT_JSON_BYTES);
    }
    struct evidence_claims c = {.n = 0};
    arena_init(&c.arena, (size_t)16 * LIMIT_EXHIBIT_JSON_BYTES);
    enum status st = read_all(json, &c, why);
    if (st != ST_OK) {
        arena_fini(&c.arena);
        return st;
    }
    *ret = c;
    return ST_OK;
}

void evidence_claims_fini(struct evidence_claims *c)
{
    arena_fini(&c->arena);
    *c = (struct evidence_claims){.n = 0};
}

static int by_address(const void *a, const void *b)
{
    return addr_compare(a, b);
}

enum status evidence_claims_remotes(const struct evidence_claim *claims, size_t n,
                                    struct addr **ret, size_t *ret_n)
{
    size_t all = 0, once = 0;
    for (size_t i = 0; i < n; i++) {
        all += claims[i].remote_n;
    }
    struct addr *list = calloc(all + 1, sizeof(*list));
    if (list == NULL) {
        return ST_NOMEM;
    }
    all = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(list + all, claims[i].remotes, claims[i].remote_n * sizeof(*list));
        all += claims[i].remote_n;
    }
    qsort(list, all, sizeof(*list), by_address);
    for (size_t i = 0; i < all; i++) {
        if (i == 0 || !addr_equal(&list[i], &list[once - 1])) {
            list[once++] = list[i];
        }
    }
    *ret = list;
    *ret_n = once;
    return ST_OK;
}

/* --- comparing ---------------------------------------------------------------------- */

/* "connect" is "syn" by somebody who went on and whose SYNs have no tool's mark. Where
 * the fields of marks are not opened the first one follows, and the second is true. */
bool evidence_claim_technique(const struct finding *claimed, const struct finding *follows)
{
    return strcmp(claimed->technique, follows->technique) == 0 ||
           (strcmp(claimed->technique, "syn") == 0 && strcmp(follows->technique, "connect") == 0);
}

static const char *who_differs(const struct finding *a, const struct finding *b)
{
    static const uint32_t said = FINDING_BOUNDS | FINDING_LOG | FINDING_ONE_WAY | FINDING_INNER |
                                 FINDING_MANY | FINDING_INSIDE;
    bool who = a->has_initiator == b->has_initiator &&
               (!a->has_initiator || addr_equal(&a->initiator, &b->initiator));
    return strcmp(a->definition, b->definition) != 0 ? "definition"
           : strcmp(a->kind, b->kind) != 0           ? "kind"
           : !evidence_claim_technique(a, b)         ? "technique"
           : strcmp(a->protocol, b->protocol) != 0   ? "protocol"
           : !who                                    ? "initiator"
           : (a->flags & said) != (b->flags & said)  ? "flags"
           : a->when.first_ns != b->when.first_ns    ? "first"
           : a->when.last_ns != b->when.last_ns      ? "last"
           : a->packets != b->packets                ? "packets"
           : a->authentic != b->authentic            ? "authentic"
           : strcmp(a->counter, b->counter) != 0     ? "decided"
           : a->counted != b->counted                ? "decided"
           : a->threshold != b->threshold            ? "decided"
                                                     : NULL;
}

const char *evidence_claim_differs(const struct finding *a, const struct finding *b)
{
    const char *who = who_differs(a, b);
    if (who != NULL) {
        return who;
    }
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (number_of(a, i) != number_of(b, i)) {
            return numbers[i].key;
        }
    }
    bool ports = a->port_n == b->port_n &&
                 memcmp(a->port_list, b->port_list, a->port_n * sizeof(a->port_list[0])) == 0;
    return ports ? NULL : "port_list";
}
