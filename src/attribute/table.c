/* attribute/table.c - opening a compiled table, and asking it.
 *
 * Answers are worked out by the same code that concludes for the sources
 * themselves (attribute/conclude.h), once for each value that is met: there
 * are some hundred thousand values, and few of them are asked for.
 */
#include "attribute/table.h"

#include <stdlib.h>

#include "attribute/conclude.h"
#include "attribute/special.h"
#include "attribute/table_parts.h"
#include "attribute/trie_hot.h"
#include "base/core/limits.h"
#include "base/core/pages.h"

_Static_assert((int)ATTRIBUTE_TABLE_HEADER == (int)TABLE_HEADER_BYTES, "one header");

struct attribute_table {
    struct bytes section[TABLE_SECTIONS]; /* borrowed */
    struct attribute_trie trie4, trie6;
    struct origin_sources sources;
    int64_t event_ns;
    uint32_t values, says;
    struct attribute_answer *answers; /* of values; filled when first met */
    struct attribute_answer odd;      /* of the last address that no trie has */
};

/* A number of this machine's, at any address. */
static uint32_t u32_at(struct bytes s, size_t at)
{
    uint32_t v;
    memcpy(&v, s.data + at, sizeof(v));
    return v;
}

static uint64_t u64_at(struct bytes s, size_t at)
{
    uint64_t v;
    memcpy(&v, s.data + at, sizeof(v));
    return v;
}

/* --- opening ---------------------------------------------------------------------- */

static bool header_ok(struct bytes h)
{
    struct digest sum;
    struct digest special;
    if (h.len < TABLE_HEADER_BYTES || !bytes_begin(h, BYTES_LITERAL(TABLE_MAGIC)) ||
        u32_at(h, 8) != TABLE_VERSION || u32_at(h, 12) != TABLE_ENDIAN) {
        return false;
    }
    return digest_sha256(bytes_of(h.data, TABLE_SUM_AT), &sum) == ST_OK &&
           attribute_table_special(&special) == ST_OK &&
           memcmp(h.data + TABLE_SUM_AT, sum.b, sizeof(sum.b)) == 0 &&
           memcmp(h.data + TABLE_SPECIAL_AT, special.b, sizeof(special.b)) == 0;
}

bool attribute_table_current(struct bytes header, const struct digest *identity)
{
    return header_ok(header) &&
           memcmp(header.data + TABLE_IDENTITY_AT, identity->b, sizeof(identity->b)) == 0;
}

uint64_t attribute_table_content(struct bytes content)
{
    enum { LANES = 4, STEP = LANES * 8 };
    uint64_t lane[LANES] = {1, 2, 3, 4};
    size_t at = 0;
    for (; at + STEP <= content.len; at += STEP) {
        for (size_t i = 0; i < LANES; i++) { /* side by side: each waits for itself alone */
            lane[i] = hash_mix(u64_at(content, at + 8 * i) ^ lane[i], i + 1);
        }
    }
    uint64_t sum = hash_bytes(bytes_of(content.data + at, content.len - at), content.len);
    for (size_t i = 0; i < LANES; i++) {
        sum = hash_mix(sum ^ lane[i], i + 1);
    }
    return sum;
}

bool attribute_table_whole(struct bytes file)
{
    return file.len > TABLE_HEADER_BYTES &&
           u64_at(file, TABLE_CONTENT_AT) ==
               attribute_table_content(
                   bytes_of(file.data + TABLE_HEADER_BYTES, file.len - TABLE_HEADER_BYTES));
}

/* Where the sections lie; all of the file belongs to one. */
static bool find_sections(struct bytes file, struct bytes section[TABLE_SECTIONS])
{
    size_t at = TABLE_HEADER_BYTES;
    for (size_t i = 0; i < TABLE_SECTIONS; i++) {
        uint64_t len = u64_at(file, TABLE_LENGTHS_AT + 8 * i);
        at = attribute_table_align(at);
        if (at > file.len || len > file.len - at) {
            return false;
        }
        section[i] = bytes_of(file.data + at, (size_t)len);
        at += (size_t)len;
    }
    return at == file.len;
}

/* Starts have one more than there are things. */
static bool count_of(struct bytes starts, uint32_t *ret)
{
    *ret = (uint32_t)(starts.len / 4 - 1);
    return starts.len >= 8 && starts.len % 4 == 0 && starts.len / 4 <= LIMIT_TABLE_VALUES + 1;
}

static struct attribute_trie trie_of(struct bytes s)
{
    return (struct attribute_trie){(const uint32_t *)(const void *)s.data, s.len / 4};
}

static enum status open_sections(struct attribute_table *t, struct bytes file, struct fault *why)
{
    const struct attribute_region v4 = ATTRIBUTE_REGION_V4;
    const struct attribute_region v6 = ATTRIBUTE_REGION_V6;
    if (file.len > LIMIT_TABLE_BYTES) {
        return fault_limit(why, 0, "compiled table", LIMIT_TABLE_BYTES);
    }
    if (!header_ok(file)) {
        return fault_at(why, ST_MALFORMED, 0, "header of the compiled table");
    }
    if (!find_sections(file, t->section)) {
        return fault_at(why, ST_SHORT, TABLE_LENGTHS_AT, "sections of the compiled table");
    }
    t->trie4 = trie_of(t->section[TABLE_TRIE4]);
    t->trie6 = trie_of(t->section[TABLE_TRIE6]);
    if ((uintptr_t)file.data % sizeof(uint32_t) != 0 || !attribute_trie_check(&t->trie4, &v4) ||
        !attribute_trie_check(&t->trie6, &v6) ||
        !count_of(t->section[TABLE_VALUE_STARTS], &t->values) ||
        !count_of(t->section[TABLE_SAY_STARTS], &t->says)) {
        return fault_at(why, ST_MALFORMED, TABLE_LENGTHS_AT, "sections of the compiled table");
    }
    struct cursor c = cursor_of(t->section[TABLE_SOURCES]);
    return origin_sources_get(&c, &t->sources, why);
}

enum status attribute_table_open(struct bytes file, int64_t event_ns, struct attribute_table **ret,
                                 struct fault *why)
{
    CLEANUP(attribute_table_freep) struct attribute_table *t = calloc(1, sizeof(*t));
    if (t == NULL) {
        return fault_at(why, ST_NOMEM, 0, "compiled table");
    }
    t->event_ns = event_ns;
    TRY(open_sections(t, file, why));
    t->answers = pages_alloc(t->values * sizeof(*t->answers));
    if (t->answers == NULL) {
        return fault_at(why, ST_NOMEM, 0, "compiled table");
    }
    *ret = TAKE(t);
    return ST_OK;
}

void attribute_table_free(struct attribute_table *t)
{
    if (t != NULL) {
        if (t->answers != NULL) {
            pages_free(t->answers, t->values * sizeof(*t->answers));
        }
        free(t);
    }
}

/* --- values ------------------------------------------------------------------------ */

/* The bytes of a value or a say; none when the starts make no sense. */
static struct bytes run_of(const struct attribute_table *t, enum table_section starts,
                           uint32_t count, uint32_t i)
{
    struct bytes all = t->section[starts + 1];
    if (i >= count) {
        return (struct bytes){0};
    }
    uint32_t from = u32_at(t->section[starts], (size_t)i * 4);
    uint32_t to = u32_at(t->section[starts], (size_t)i * 4 + 4);
    return from > to || to > all.len ? (struct bytes){0} : bytes_of(all.data + from, to - from);
}

static uint32_t take_u32(struct cursor *c)
{
    struct bytes b = cursor_take(c, 4);
    return b.len != 0 ? u32_at(b, 0) : 0;
}

static void take_text(struct cursor *c, char *out, size_t size)
{
    struct bytes s = cursor_take(c, cursor_u8(c));
    if (s.len >= size || (s.len > 0 && memchr(s.data, '\0', s.len) != NULL)) {
        c->failed = true;
        return;
    }
    origin_text(out, size, s);
}

static void take_statement(struct cursor *c, uint8_t source, const struct prefix *net,
                           struct origin *o)
{
    struct origin_statement x = {.source = source, .day = ORIGIN_NO_DAY};
    x.about = (enum origin_about)cursor_u8(c);
    x.flag = (enum origin_flag)cursor_u8(c);
    x.has_asn = cursor_u8(c) == 1;
    x.asn = take_u32(c);
    take_text(c, x.code, sizeof(x.code));
    take_text(c, x.text, sizeof(x.text));
    if (c->failed || x.about >= ORIGIN_ABOUT_COUNT || x.flag >= ORIGIN_FLAG_COUNT) {
        c->failed = true;
        return;
    }
    x.first = x.last = net->net;
    for (size_t i = net->len; i < 128; i++) {
        x.last.b[i / 8] |= (uint8_t)(0x80U >> (i % 8));
    }
    struct origin_statement *to = origin_state(o, source, x.about);
    if (to != NULL) {
        *to = x;
    }
}

static void take_say(const struct attribute_table *t, uint32_t say, const struct prefix *net,
                     struct origin *o)
{
    struct cursor c = cursor_of(run_of(t, TABLE_SAY_STARTS, t->says, say));
    uint8_t source = cursor_u8(&c);
    o->damaged += cursor_u8(&c) != 0;
    uint8_t n = cursor_u8(&c);
    for (uint8_t i = 0; i < n && !c.failed && source < t->sources.n; i++) {
        take_statement(&c, source, net, o);
    }
}

/* Add the statements of a value. `net` keeps its length where none is known. */
static void take_value(const struct attribute_table *t, uint32_t value, const struct addr *a,
                       struct origin *o)
{
    struct cursor c = cursor_of(run_of(t, TABLE_VALUE_STARTS, t->values, value));
    uint8_t len = cursor_u8(&c);
    cursor_skip(&c, 1);
    struct prefix net = prefix_of(a, len <= 128 ? len : 128);
    while (!c.failed && cursor_left(&c) > 0) {
        take_say(t, take_u32(&c), &net, o);
    }
}

/* --- finding ------------------------------------------------------------------------- */

/* All that lies outside of 2000::/3, or carries an IPv4 address inside, is
 * asked about by its embedded address or not at all. */
static bool in_trie6(const struct addr *a)
{
    uint32_t top = load_be32(a->b);
    return top >> 29 == 1 && top >> 16 != 0x2002 && top != 0x20010000;
}

bool attribute_table_reaches(const struct addr *a)
{
    return addr_is_v4(a) || in_trie6(a);
}

uint32_t attribute_table_find(const struct attribute_table *t, const struct addr *a)
{
    uint32_t v;
    if (addr_is_v4(a)) {
        v = attribute_trie_find4(&t->trie4, addr_v4(a));
    } else if (in_trie6(a)) {
        v = attribute_trie_find6(&t->trie6, a);
    } else {
        struct addr inner;
        struct addr server;
        bool wrapped = attribute_special_unwrap(a, &inner, &server) != ORIGIN_WRAP_NONE;
        v = wrapped ? attribute_trie_find4(&t->trie4, addr_v4(&inner)) : 0;
    }
    return v < t->values ? v : 0;
}

void attribute_table_batch4(const struct attribute_table *t, const uint32_t *a, size_t n,
                            uint32_t *ret)
{
    attribute_trie_batch4(&t->trie4, a, n, ret);
    for (size_t i = 0; i < n; i++) {
        ret[i] = ret[i] < t->values ? ret[i] : 0;
    }
}

void attribute_table_batch6(const struct attribute_table *t, const struct addr *a, size_t n,
                            uint32_t *ret)
{
    attribute_trie_batch6(&t->trie6, a, n, ret);
    for (size_t i = 0; i < n; i++) {
        if (!in_trie6(&a[i])) {
            ret[i] = attribute_table_find(t, &a[i]);
        }
        ret[i] = ret[i] < t->values ? ret[i] : 0;
    }
}

uint32_t attribute_table_values(const struct attribute_table *t)
{
    return t->values;
}

void attribute_table_origin(const struct attribute_table *t, const struct addr *a,
                            struct origin *ret)
{
    if (!attribute_sources_begin(a, t->event_ns, ret)) {
        return;
    }
    take_value(t, attribute_table_find(t, a), &ret->looked_up, ret);
    attribute_conclude(ret, &t->sources);
}

/* --- answers ------------------------------------------------------------------------- */

static void answer_of(const struct origin *o, uint8_t net_len, struct attribute_answer *ret)
{
    *ret = (struct attribute_answer){
        .flags = (uint16_t)o->flags,
        .net_len = o->has_net ? net_len : ATTRIBUTE_NO_NET,
        .has_asn = o->n_as > 0,
        .asn = o->n_as > 0 ? o->as[0].number : 0,
        .located_word = (uint8_t)o->located.word & 7,
        .registered_word = (uint8_t)o->registered.word & 7,
        .from_records = o->registered.from_records,
        .dissent = o->located.dissent,
        .done = true,
    };
    if (o->located.word == ORIGIN_AGREED) {
        memcpy(ret->country, o->located.code, 2);
    }
    if (o->registered.word == ORIGIN_AGREED) {
        memcpy(ret->registered, o->registered.code, 2);
    }
}
_Static_assert(ORIGIN_FLAG_COUNT <= 16 && ORIGIN_WORD_COUNT <= 8, "answers have room for them");

/* A value's own answer: as for an ordinary address that has it. */
static __attribute__((noinline)) void work_out(struct attribute_table *t, uint32_t value)
{
    struct bytes run = run_of(t, TABLE_VALUE_STARTS, t->values, value);
    struct origin o = {.event_ns = t->event_ns};
    struct addr any = {{0}};
    size_t n;
    const struct attribute_special *all = attribute_special_all(&n);
    unsigned special = run.len >= 2 ? run.data[1] : 0;
    if (special > 0 && special <= n) {
        o.special.present = true;
        o.special.bogon = !all[special - 1].global;
        o.special.anycast = all[special - 1].anycast;
    }
    if (!o.special.bogon) {
        take_value(t, value, &any, &o);
        attribute_conclude(&o, &t->sources);
    }
    answer_of(&o, run.len > 0 ? run.data[0] : ATTRIBUTE_NO_NET, &t->answers[value]);
}

HOT const struct attribute_answer *meet(struct attribute_table *t, uint32_t value)
{
    struct attribute_answer *a = &t->answers[value < t->values ? value : 0];
    if (__builtin_expect(!a->done, 0)) {
        work_out(t, (uint32_t)(a - t->answers));
    }
    return a;
}

const struct attribute_answer *attribute_table_answer(struct attribute_table *t, uint32_t value)
{
    return meet(t, value);
}

static __attribute__((noinline)) const struct attribute_answer *
answer_odd(struct attribute_table *t, const struct addr *a)
{
    struct origin o;
    attribute_table_origin(t, a, &o);
    answer_of(&o, o.net.len, &t->odd);
    return &t->odd;
}

HOT const struct attribute_answer *lookup4(struct attribute_table *t, uint32_t a)
{
    return meet(t, find4(&t->trie4, a));
}

HOT const struct attribute_answer *lookup(struct attribute_table *t, const struct addr *a)
{
    if (addr_is_v4(a)) {
        return lookup4(t, addr_v4(a));
    }
    return in_trie6(a) ? meet(t, find6(&t->trie6, a)) : answer_odd(t, a);
}

TWICE(attribute_table_, const struct attribute_answer *, return, (t, a), lookup4,
      struct attribute_table *t, uint32_t a)
TWICE(attribute_table_, const struct attribute_answer *, return, (t, a), lookup,
      struct attribute_table *t, const struct addr *a)

enum { ANSWERS_GROUP = 256 };

/* Answers lie anywhere: all of a group are asked for before the first is met. */
static void answers(struct attribute_table *t, const uint32_t *value, size_t n,
                    const struct attribute_answer **ret)
{
    for (size_t i = 0; i < n; i++) {
        ret[i] = &t->answers[value[i] < t->values ? value[i] : 0];
        __builtin_prefetch(ret[i]);
    }
    for (size_t i = 0; i < n; i++) {
        if (!ret[i]->done) {
            work_out(t, (uint32_t)(ret[i] - t->answers));
        }
    }
}

void attribute_table_answers4(struct attribute_table *t, const uint32_t *a, size_t n,
                              const struct attribute_answer **ret)
{
    uint32_t value[ANSWERS_GROUP];
    for (size_t i = 0; i < n; i += ANSWERS_GROUP) {
        size_t m = n - i < ANSWERS_GROUP ? n - i : ANSWERS_GROUP;
        attribute_trie_batch4(&t->trie4, a + i, m, value);
        answers(t, value, m, ret + i);
    }
}

void attribute_table_answers6(struct attribute_table *t, const struct addr *a, size_t n,
                              const struct attribute_answer **ret)
{
    uint32_t value[ANSWERS_GROUP];
    for (size_t i = 0; i < n; i += ANSWERS_GROUP) {
        size_t m = n - i < ANSWERS_GROUP ? n - i : ANSWERS_GROUP;
        attribute_trie_batch6(&t->trie6, a + i, m, value);
        for (size_t k = 0; k < m; k++) {
            value[k] = in_trie6(&a[i + k]) ? value[k] : 0;
        }
        answers(t, value, m, ret + i);
    }
}

const struct origin_sources *attribute_table_sources(const struct attribute_table *t)
{
    return &t->sources;
}

void attribute_table_sizes(const struct attribute_table *t, struct attribute_table_sizes *ret)
{
    *ret = (struct attribute_table_sizes){
        .index4 = t->section[TABLE_TRIE4].len,
        .index6 = t->section[TABLE_TRIE6].len,
        .values = t->section[TABLE_VALUE_STARTS].len + t->section[TABLE_VALUES].len +
                  t->section[TABLE_SAY_STARTS].len + t->section[TABLE_SAYS].len,
        .value_n = t->values,
    };
}
