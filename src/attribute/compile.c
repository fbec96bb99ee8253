/* attribute/compile.c - from loaded sources to the bytes of a table.
 *
 * Each source is cut into runs that state the same (cuts.h); statements are
 * kept once and become numbers, the says. All sources are then walked side by
 * side: whenever one of them begins a new run, a new run of all begins, with
 * the value that stands for the says of all.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "attribute/intern.h"
#include "attribute/source_parts.h"
#include "attribute/special.h"
#include "attribute/table.h"
#include "attribute/table_parts.h"
#include "attribute/trie.h"
#include "base/core/limits.h"

/* The sources' own runs come after those of the special ranges. */
enum { LANES = LIMIT_SOURCES + 1, SAY_MAX = 8192 };

struct compile {
    const struct attribute_sources *set;
    struct remark_list *remarks;
    uint64_t seed;
    struct attribute_intern says, values;
    struct attribute_cuts lanes[LANES];
    size_t lane_n;
    struct attribute_cuts merged[2];
    uint32_t *order; /* values, those of the most addresses first */
    uint32_t *words[2];
    size_t word_n[2];
    struct origin scratch;
    struct buf say;
    bool left_out[LIMIT_SOURCES];
};

/* --- says ------------------------------------------------------------------------ */

static void put_text(struct buf *out, const char *s)
{
    size_t n = strlen(s);
    buf_byte(out, (uint8_t)n);
    buf_append(out, s, n);
}

static void put_u32(struct buf *out, uint32_t v)
{
    buf_append(out, &v, sizeof(v));
}

/* The number of what scratch holds. The words of a delegation say when and by
 * whom, which only the memo tells: without them many are alike. */
static enum status keep_say(struct compile *c, unsigned source, bool words, uint32_t *ret)
{
    const struct origin *o = &c->scratch;
    buf_clear(&c->say);
    if (o->n == 0 && o->damaged == 0) {
        *ret = 0;
        return ST_OK;
    }
    buf_byte(&c->say, (uint8_t)source);
    buf_byte(&c->say, o->damaged != 0);
    buf_byte(&c->say, (uint8_t)o->n);
    for (size_t i = 0; i < o->n; i++) {
        const struct origin_statement *s = &o->statements[i];
        buf_byte(&c->say, (uint8_t)s->about);
        buf_byte(&c->say, (uint8_t)s->flag);
        buf_byte(&c->say, s->has_asn);
        put_u32(&c->say, s->asn);
        put_text(&c->say, s->code);
        put_text(&c->say, words ? s->text : "");
    }
    TRY(c->say.failed);
    return attribute_intern_add(&c->says, buf_bytes(&c->say), ret);
}

static void begin_say(struct compile *c)
{
    c->scratch.n = 0;
    c->scratch.damaged = 0;
    c->scratch.dropped = 0;
}

static bool has_network(const struct origin *o)
{
    for (size_t i = 0; i < o->n; i++) {
        if (o->statements[i].about == ORIGIN_NETWORK) {
            return true;
        }
    }
    return false;
}

/* What a run of a source's own values states. */
static enum status say_of_range(struct compile *c, const struct attribute_source *s, uint32_t value,
                                uint32_t *ret)
{
    struct attribute_range6 range = {.value = value - 1};
    begin_say(c);
    attribute_state_range(s, &range, &c->scratch);
    return keep_say(c, s->index, s->info.format != ORIGIN_RIR, ret);
}

/* *net: does it name a network? */
static enum status say_of_mmdb(struct compile *c, const struct attribute_source *s, uint32_t value,
                               uint32_t *ret, bool *net)
{
    struct attribute_mmdb_answer m;
    begin_say(c);
    enum status st = attribute_mmdb_record(s->mmdb, value, &m);
    c->scratch.damaged = st != ST_OK;
    if (st == ST_OK) {
        attribute_state_mmdb(s, &m, &c->scratch);
    }
    *net = has_network(&c->scratch);
    return keep_say(c, s->index, true, ret);
}

static enum status say_of_locdb(struct compile *c, const struct attribute_source *s, uint32_t value,
                                uint32_t *ret)
{
    struct attribute_locdb_answer l;
    begin_say(c);
    c->scratch.damaged = value == ATTRIBUTE_LOCDB_DAMAGED;
    if (c->scratch.damaged == 0) {
        attribute_locdb_record(s->loc, value, &l);
        attribute_state_locdb(s, &l, &c->scratch);
    }
    return keep_say(c, s->index, true, ret);
}

/* What was worked out for a key; most records are alike. */
struct memo {
    struct attribute_intern keys;
    uint32_t *says; /* by key, with the bits below */
    size_t cap;
};

/* A say that names a network; one of a broken record. */
#define MEMO_NET     UINT32_C(0x80000000)
#define MEMO_DAMAGED UINT32_C(0x40000000)

static void memo_fini(struct memo *m)
{
    attribute_intern_fini(&m->keys);
    free(m->says);
}

/* *ret points at the say of this key; *fresh: it has none yet. */
static enum status memo_find(struct memo *m, uint64_t key, uint32_t **ret, bool *fresh)
{
    uint32_t i;
    size_t before = m->keys.n;
    TRY(attribute_intern_add(&m->keys, bytes_of(&key, sizeof(key)), &i));
    if (i >= m->cap) {
        size_t want = m->cap ? m->cap * 2 : 1024;
        uint32_t *p = realloc(m->says, want * sizeof(*p));
        if (p == NULL) {
            return ST_NOMEM;
        }
        m->says = p;
        m->cap = want;
    }
    *fresh = m->keys.n > before;
    *ret = &m->says[i];
    return ST_OK;
}

static uint64_t key_of(const struct attribute_source *s, uint32_t value)
{
    return s->info.format == ORIGIN_LIBLOC && value != ATTRIBUTE_LOCDB_DAMAGED
               ? attribute_locdb_key(s->loc, value)
               : value;
}

static enum status say_of(struct compile *c, const struct attribute_source *s, uint32_t value,
                          uint32_t *ret)
{
    bool net = s->info.format == ORIGIN_LIBLOC || s->info.format == ORIGIN_MRT;
    TRY(s->info.format == ORIGIN_LIBLOC ? say_of_locdb(c, s, value, ret)
        : s->info.format == ORIGIN_MMDB ? say_of_mmdb(c, s, value, ret, &net)
                                        : say_of_range(c, s, value, ret));
    *ret |= (net ? MEMO_NET : 0) | (c->scratch.damaged != 0 ? MEMO_DAMAGED : 0);
    return ST_OK;
}

/* From a source's own values to says, in place. */
static enum status name_says(struct compile *c, const struct attribute_source *s,
                             struct attribute_cuts *cuts, struct memo *memo)
{
    bool v4 = cuts->region.len == ATTRIBUTE_REGION_V4.len;
    for (size_t i = 0; i < cuts->n; i++) {
        struct attribute_cut *x = &cuts->items[i];
        uint32_t *say;
        bool fresh;
        if (x->value == 0) {
            continue;
        }
        if (attribute_source_ranges(s) != NULL) {
            x->net_len = attribute_source_net_len(s, x->value - 1);
        }
        TRY(memo_find(memo, key_of(s, x->value), &say, &fresh));
        if (fresh) {
            uint32_t made;
            TRY(say_of(c, s, x->value, &made));
            *say = made;
        }
        bool wide = s->info.format == ORIGIN_MMDB && attribute_mmdb_too_wide(v4, x->net_len);
        bool damaged = (*say & MEMO_DAMAGED) != 0;
        x->value = wide && !damaged ? 0 : *say & ~(MEMO_NET | MEMO_DAMAGED);
        if ((*say & MEMO_NET) == 0 || damaged || wide) {
            x->net_len = ATTRIBUTE_NO_NET;
        }
    }
    return ST_OK;
}

static enum status cut_source(struct compile *c, const struct attribute_source *s,
                              struct attribute_cuts *cuts, struct memo *memo)
{
    TRY(attribute_source_cuts(s, cuts));
    return name_says(c, s, cuts, memo);
}

static void leave_out(struct compile *c, const struct attribute_source *s, enum status st)
{
    struct remark r = {.code = REMARK_SOURCE,
                       .input = UINT32_MAX,
                       .value = (UINT64_C(1) << 22) + s->index,
                       .partial = true};
    char label[ATTRIBUTE_LABEL_MAX];
    attribute_source_label(s, label);
    (void)snprintf(r.text, sizeof(r.text), "%s: not used: its tree: %s", label, status_text(st));
    remark_add(c->remarks, &r);
    c->left_out[s->index] = true;
}

static enum status add_source(struct compile *c, const struct attribute_source *s,
                              const struct attribute_region *region)
{
    struct attribute_cuts *cuts = &c->lanes[c->lane_n];
    struct memo memo = {.says = NULL};
    TRY(attribute_cuts_init(cuts, region));
    c->lane_n++;
    enum status st =
        attribute_intern_init(&memo.keys, LIMIT_TABLE_VALUES, LIMIT_TABLE_VALUE_BYTES, c->seed);
    st = st == ST_OK ? cut_source(c, s, cuts, &memo) : st;
    memo_fini(&memo);
    if (st == ST_LIMIT || st == ST_MALFORMED) {
        attribute_cuts_fini(cuts);
        c->lane_n--;
        leave_out(c, s, st);
        return ST_OK;
    }
    return st;
}

/* --- special ranges -------------------------------------------------------------- */

static int order_wide(const void *a, const void *b)
{
    uint128 x = *(const uint128 *)a;
    uint128 y = *(const uint128 *)b;
    return x < y ? -1 : x > y;
}

/* Where one begins or ends another may begin: ask at each of these places. */
static enum status add_special(struct compile *c, const struct attribute_region *region)
{
    size_t n;
    const struct attribute_special *all = attribute_special_all(&n);
    CLEANUP(free_ptr) uint128 *at = calloc(2 * n + 1, sizeof(*at));
    struct attribute_cuts *cuts = &c->lanes[0];
    if (at == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        at[2 * i] = attribute_wide(&all[i].range.net);
        at[2 * i + 1] = at[2 * i] + ((uint128)1 << (128 - all[i].range.len));
    }
    at[2 * n] = region->base;
    qsort(at, 2 * n + 1, sizeof(*at), order_wide);
    TRY(attribute_cuts_init(cuts, region));
    c->lane_n = 1;
    for (size_t i = 0; i < 2 * n + 1; i++) {
        struct addr a = attribute_narrow(at[i]);
        const struct attribute_special *s = attribute_special_find(&a);
        if (at[i] >= region->base) {
            TRY(attribute_cuts_add(cuts, at[i], s != NULL ? (uint32_t)(s - all) + 1 : 0,
                                   ATTRIBUTE_NO_NET));
        }
    }
    return ST_OK;
}

enum status attribute_table_special(struct digest *ret)
{
    enum { RANGES_MAX = 128, EACH = 19 };
    uint8_t text[RANGES_MAX * EACH];
    size_t n;
    const struct attribute_special *all = attribute_special_all(&n);
    assert(n <= RANGES_MAX);
    for (size_t i = 0; i < n; i++) {
        uint8_t *to = text + i * EACH;
        memcpy(to, all[i].range.net.b, sizeof(all[i].range.net.b));
        to[16] = all[i].range.len;
        to[17] = all[i].global;
        to[18] = all[i].anycast;
    }
    return digest_sha256(bytes_of(text, n * EACH), ret);
}

/* --- all side by side -------------------------------------------------------------- */

/* The value for the runs that are looked at. */
static enum status value_of(struct compile *c, const size_t *at, uint32_t *ret)
{
    size_t n;
    const struct attribute_special *all = attribute_special_all(&n);
    uint32_t special = c->lanes[0].items[at[0]].value;
    bool bogon = special != 0 && !all[special - 1].global;
    uint8_t net_len = ATTRIBUTE_NO_NET;
    buf_clear(&c->say);
    buf_byte(&c->say, 0);
    buf_byte(&c->say, (uint8_t)special);
    for (size_t i = 1; i < c->lane_n && !bogon; i++) {
        const struct attribute_cut *x = &c->lanes[i].items[at[i]];
        if (x->value != 0) {
            put_u32(&c->say, x->value);
        }
        if (x->net_len != ATTRIBUTE_NO_NET &&
            (net_len == ATTRIBUTE_NO_NET || x->net_len > net_len)) {
            net_len = x->net_len;
        }
    }
    TRY(c->say.failed);
    c->say.data[0] = net_len;
    if (c->say.len == 2 && special == 0) {
        *ret = 0;
        return ST_OK;
    }
    return attribute_intern_add(&c->values, buf_bytes(&c->say), ret);
}

static enum status merge(struct compile *c, const struct attribute_region *region,
                         struct attribute_cuts *merged)
{
    size_t at[LANES] = {0};
    uint128 now = region->base;
    TRY(attribute_cuts_init(merged, region));
    for (;;) {
        uint32_t value;
        uint128 next = attribute_region_end(region);
        TRY(value_of(c, at, &value));
        TRY(attribute_cuts_add(merged, now, value, ATTRIBUTE_NO_NET));
        for (size_t i = 0; i < c->lane_n; i++) {
            const struct attribute_cuts *lane = &c->lanes[i];
            if (at[i] + 1 < lane->n && lane->items[at[i] + 1].first < next) {
                next = lane->items[at[i] + 1].first;
            }
        }
        if (next == attribute_region_end(region)) {
            return ST_OK;
        }
        for (size_t i = 0; i < c->lane_n; i++) {
            const struct attribute_cuts *lane = &c->lanes[i];
            at[i] += at[i] + 1 < lane->n && lane->items[at[i] + 1].first == next;
        }
        now = next;
    }
}

static void drop_lanes(struct compile *c)
{
    for (size_t i = 0; i < c->lane_n; i++) {
        attribute_cuts_fini(&c->lanes[i]);
    }
    c->lane_n = 0;
}

static enum status compile_family(struct compile *c, const struct attribute_region *region,
                                  unsigned which)
{
    TRY(add_special(c, region));
    for (size_t i = 0; i < attribute_sources_count(c->set); i++) {
        const struct attribute_source *s = attribute_sources_at(c->set, i);
        bool v4 = region->len == ATTRIBUTE_REGION_V4.len;
        if (s != NULL && !c->left_out[i] && attribute_source_in_table(s) &&
            attribute_source_serves(s, v4, !v4)) {
            TRY(add_source(c, s, region));
        }
    }
    TRY(merge(c, region, &c->merged[which]));
    drop_lanes(c);
    return ST_OK;
}

/* --- order of values ---------------------------------------------------------------- */

struct mass {
    uint64_t addresses;
    uint32_t value;
};

static int order_mass(const void *a, const void *b)
{
    const struct mass *x = a;
    const struct mass *y = b;
    if (x->addresses != y->addresses) {
        return x->addresses > y->addresses ? -1 : 1;
    }
    return x->value < y->value ? -1 : x->value > y->value;
}

/* IPv4 addresses, and IPv6 networks of 40 bits: so both count for about as much
 * as they are met. */
static void weigh(const struct attribute_cuts *cuts, struct mass *m)
{
    bool v4 = cuts->region.len == ATTRIBUTE_REGION_V4.len;
    for (size_t i = 0; i < cuts->n; i++) {
        uint128 end =
            i + 1 < cuts->n ? cuts->items[i + 1].first : attribute_region_end(&cuts->region);
        uint128 n = end - cuts->items[i].first;
        m[cuts->items[i].value].addresses += (uint64_t)(v4 ? n : (n >> 88) + 1);
    }
}

/* What many addresses have gets a low number: then the answers that are asked
 * for most lie together. Number 0 stays. */
static enum status order_values(struct compile *c)
{
    size_t n = c->values.n;
    CLEANUP(free_ptr) struct mass *m = calloc(n, sizeof(*m));
    CLEANUP(free_ptr) uint32_t *number = calloc(n, sizeof(*number));
    c->order = calloc(n, sizeof(*c->order));
    if (m == NULL || number == NULL || c->order == NULL) {
        return ST_NOMEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        m[i].value = i;
    }
    weigh(&c->merged[0], m);
    weigh(&c->merged[1], m);
    qsort(m + 1, n - 1, sizeof(*m), order_mass);
    for (uint32_t i = 0; i < n; i++) {
        c->order[i] = m[i].value;
        number[m[i].value] = i;
    }
    for (size_t k = 0; k < ARRAY_LEN(c->merged); k++) {
        for (size_t i = 0; i < c->merged[k].n; i++) {
            c->merged[k].items[i].value = number[c->merged[k].items[i].value];
        }
    }
    return ST_OK;
}

/* Values in their order, and where each begins. */
static enum status put_values(const struct compile *c, struct buf *starts, struct buf *values)
{
    for (size_t i = 0; i < c->values.n; i++) {
        uint32_t v = c->order[i];
        uint32_t from = c->values.starts[v];
        put_u32(starts, (uint32_t)values->len);
        if (c->values.starts[v + 1] > from) {
            buf_append(values, c->values.bytes.data + from, c->values.starts[v + 1] - from);
        }
    }
    put_u32(starts, (uint32_t)values->len);
    TRY(starts->failed);
    return values->failed;
}

/* --- writing ------------------------------------------------------------------------ */

static void pad(struct buf *out, size_t from)
{
    while ((out->len - from) % TABLE_ALIGN != 0 && out->failed == ST_OK) {
        buf_byte(out, 0);
    }
}

static enum status write_table(struct compile *c, const struct digest *identity, struct buf *out)
{
    CLEANUP(buf_fini) struct buf sources = BUF_INIT(1 << 20);
    CLEANUP(buf_fini) struct buf starts = BUF_INIT(LIMIT_TABLE_VALUE_BYTES);
    CLEANUP(buf_fini) struct buf values = BUF_INIT(LIMIT_TABLE_VALUE_BYTES);
    struct digest special;
    struct digest sum;
    size_t from = out->len;
    origin_sources_put(&sources, attribute_sources_info(c->set));
    TRY(sources.failed);
    TRY(put_values(c, &starts, &values));
    TRY(attribute_table_special(&special));
    const struct bytes sections[TABLE_SECTIONS] = {
        [TABLE_TRIE4] = bytes_of(c->words[0], c->word_n[0] * 4),
        [TABLE_TRIE6] = bytes_of(c->words[1], c->word_n[1] * 4),
        [TABLE_VALUE_STARTS] = buf_bytes(&starts),
        [TABLE_VALUES] = buf_bytes(&values),
        [TABLE_SAY_STARTS] = bytes_of(c->says.starts, (c->says.n + 1) * 4),
        [TABLE_SAYS] = buf_bytes(&c->says.bytes),
        [TABLE_SOURCES] = buf_bytes(&sources),
    };
    buf_append(out, TABLE_MAGIC, 8);
    put_u32(out, TABLE_VERSION);
    put_u32(out, TABLE_ENDIAN);
    buf_append(out, identity->b, sizeof(identity->b));
    buf_append(out, special.b, sizeof(special.b));
    for (size_t i = 0; i < TABLE_SECTIONS; i++) {
        uint64_t len = sections[i].len;
        buf_append(out, &len, sizeof(len));
    }
    for (size_t i = TABLE_CONTENT_AT; i < TABLE_HEADER_BYTES; i++) {
        buf_byte(out, 0); /* both sums: once the rest is there */
    }
    for (size_t i = 0; i < TABLE_SECTIONS; i++) {
        pad(out, from);
        if (sections[i].len > 0) {
            buf_append(out, sections[i].data, sections[i].len);
        }
    }
    TRY(out->failed);
    uint8_t *file = out->data + from;
    uint64_t content = attribute_table_content(
        bytes_of(file + TABLE_HEADER_BYTES, out->len - from - TABLE_HEADER_BYTES));
    memcpy(file + TABLE_CONTENT_AT, &content, sizeof(content));
    TRY(digest_sha256(bytes_of(file, TABLE_SUM_AT), &sum));
    memcpy(file + TABLE_SUM_AT, sum.b, sizeof(sum.b));
    return ST_OK;
}

static enum status compile(struct compile *c, const struct digest *identity, struct buf *ret)
{
    const struct attribute_region v4 = ATTRIBUTE_REGION_V4;
    const struct attribute_region v6 = ATTRIBUTE_REGION_V6;
    TRY(attribute_intern_init(&c->says, LIMIT_TABLE_VALUES, LIMIT_TABLE_VALUE_BYTES, c->seed));
    TRY(attribute_intern_init(&c->values, LIMIT_TABLE_VALUES, LIMIT_TABLE_VALUE_BYTES, c->seed));
    TRY(compile_family(c, &v4, 0));
    TRY(compile_family(c, &v6, 1));
    TRY(order_values(c));
    for (size_t i = 0; i < ARRAY_LEN(c->merged); i++) {
        TRY(attribute_trie_build(&c->merged[i], &c->words[i], &c->word_n[i]));
    }
    return write_table(c, identity, ret);
}

enum status attribute_table_compile(const struct attribute_sources *set,
                                    const struct digest *identity, uint64_t seed, struct buf *ret,
                                    struct remark_list *remarks)
{
    struct compile *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return ST_NOMEM;
    }
    c->set = set;
    c->remarks = remarks;
    c->seed = seed;
    c->say = BUF_INIT(SAY_MAX);
    enum status st = compile(c, identity, ret);
    drop_lanes(c);
    attribute_intern_fini(&c->says);
    attribute_intern_fini(&c->values);
    for (size_t i = 0; i < ARRAY_LEN(c->merged); i++) {
        attribute_cuts_fini(&c->merged[i]);
        free(c->words[i]);
    }
    free(c->order);
    buf_fini(&c->say);
    free(c);
    return st;
}
