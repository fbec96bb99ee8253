/* base/model/finding.c - identity, order and message form of findings. */
#include "base/model/finding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/hash.h"

const char *authentic_word(enum authentic a)
{
    static const char *const words[] = {
        [AUTHENTIC_ONE_WAY] = "one-way-only",
        [AUTHENTIC_TWO_WAY] = "two-way-proven",
        [AUTHENTIC_SPOOF_CONSISTENT] = "spoof-consistent",
        [AUTHENTIC_IMPOSSIBLE] = "impossible",
    };
    return (size_t)a < ARRAY_LEN(words) ? words[a] : "one-way-only";
}

enum status finding_identify(struct finding *f)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1024);
    static const struct addr none = {{0}};
    buf_str(&b, "finding/1\n");
    buf_str(&b, f->definition);
    buf_byte(&b, '\n');
    buf_str(&b, f->kind);
    buf_byte(&b, '\n');
    buf_str(&b, f->protocol);
    buf_byte(&b, '\n');
    buf_str(&b, f->technique);
    buf_byte(&b, '\n');
    buf_append(&b, f->has_initiator ? f->initiator.b : none.b, sizeof(none.b));
    buf_append(&b, f->has_victim ? f->victim.b : none.b, sizeof(none.b));
    buf_be64(&b, (uint64_t)f->when.first_ns);
    buf_be16(&b, f->port_n > 0 ? f->port_list[0] : 0);
    TRY(b.failed);
    struct digest d;
    TRY(digest_sha256(buf_bytes(&b), &d));
    char hex[DIGEST_TEXT_MAX];
    digest_format(&d, hex);
    memcpy(f->id, hex, FINDING_ID_MAX - 1);
    f->id[FINDING_ID_MAX - 1] = '\0';
    return ST_OK;
}

static int compare_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int finding_compare(const struct finding *a, const struct finding *b)
{
    int order = compare_i64(a->when.first_ns, b->when.first_ns);
    order = order ? order : strcmp(a->kind, b->kind);
    order = order ? order : addr_compare(&a->initiator, &b->initiator);
    order = order ? order : addr_compare(&a->victim, &b->victim);
    order = order ? order : strcmp(a->technique, b->technique);
    return order ? order : strcmp(a->id, b->id);
}

void finding_list_init(struct finding_list *l, size_t max_bytes)
{
    *l = (struct finding_list){0};
    arena_init(&l->arena, max_bytes);
}

void finding_list_fini(struct finding_list *l)
{
    arena_fini(&l->arena);
    free(l->items);
    *l = (struct finding_list){0};
}

struct finding *finding_list_add(struct finding_list *l)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 64;
        struct finding **p = realloc(l->items, cap * sizeof(*p));
        if (p == NULL) {
            return NULL;
        }
        l->items = p;
        l->cap = cap;
    }
    struct finding *f = arena_alloc(&l->arena, sizeof(*f));
    if (f != NULL) {
        l->items[l->n++] = f;
    }
    return f;
}

struct finding *finding_list_begin(struct finding_list *l, const struct definition *d)
{
    struct finding *f = finding_list_add(l);
    if (f != NULL) {
        (void)definition_full_name(d, f->definition);
        (void)snprintf(f->kind, sizeof(f->kind), "%s", d->kind);
        f->flags = method_is_foreign(d->method) ? FINDING_RULE : 0;
    }
    return f;
}

void finding_words(struct finding *f, const char *technique, const char *protocol)
{
    (void)snprintf(f->technique, sizeof(f->technique), "%s", technique);
    (void)snprintf(f->protocol, sizeof(f->protocol), "%s", protocol);
}

void finding_decide(struct finding *f, const char *counter, uint64_t counted, int64_t threshold)
{
    (void)snprintf(f->counter, sizeof(f->counter), "%s", counter);
    f->counted = counted;
    f->threshold = (uint64_t)threshold;
}

void finding_list_drop(struct finding_list *l)
{
    l->n--;
}

static int compare_items(const void *a, const void *b)
{
    const struct finding *const *x = a;
    const struct finding *const *y = b;
    return finding_compare(*x, *y);
}

void finding_list_sort(struct finding_list *l)
{
    if (l->n > 1) {
        qsort(l->items, l->n, sizeof(struct finding *), compare_items);
    }
}

enum { SPOOF_SAMPLE_MAX = 65536, TEXT_MAX = 65535 };

static void put_str(struct buf *out, const char *s)
{
    size_t n = strlen(s);
    n = n > TEXT_MAX ? TEXT_MAX : n;
    buf_be16(out, (uint16_t)n);
    buf_append(out, s, n);
}

static void put_addrs(struct buf *out, const struct addr *a, size_t n)
{
    buf_be32(out, (uint32_t)n);
    buf_append(out, a, n * sizeof(*a));
}

/* The fields that are plain 64-bit numbers, in message order. */
#define FINDING_NUMBERS(f)                                                                         \
    {                                                                                              \
        &(f)->when.first_pos, &(f)->when.last_pos, &(f)->packets, &(f)->bytes, &(f)->targets,      \
            &(f)->ports, &(f)->pairs, &(f)->answered, &(f)->refused, &(f)->sessions,               \
            &(f)->sources, &(f)->peak, &(f)->attempts, &(f)->accepted, &(f)->earlier, &(f)->users, \
            &(f)->paths, &(f)->missing, &(f)->served, &(f)->counted, &(f)->threshold,              \
            &(f)->spoof_sources, &(f)->spoof_single, &(f)->ttl_least, &(f)->ttl_most,              \
            &(f)->ttl_kinds                                                                        \
    }

void finding_put(struct buf *out, const struct finding *f)
{
    const uint64_t *numbers[] = FINDING_NUMBERS(f);
    const char *words[] = {f->id,       f->definition, f->kind,   f->technique,
                           f->protocol, f->part_of,    f->counter};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        put_str(out, words[i]);
    }
    buf_be32(out, f->flags);
    buf_byte(out, (uint8_t)f->authentic);
    buf_byte(out, (uint8_t)(f->has_initiator | f->has_victim << 1 | f->has_remote << 2));
    buf_append(out, f->initiator.b, sizeof(f->initiator.b));
    buf_append(out, f->victim.b, sizeof(f->victim.b));
    buf_append(out, f->remote.b, sizeof(f->remote.b));
    buf_be64(out, (uint64_t)f->when.first_ns);
    buf_be64(out, (uint64_t)f->when.last_ns);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        buf_be64(out, *numbers[i]);
    }
    buf_byte(out, (uint8_t)f->port_n);
    for (size_t i = 0; i < f->port_n; i++) {
        buf_be16(out, f->port_list[i]);
    }
    put_addrs(out, f->target_sample, f->target_n);
    put_addrs(out, f->source_sample, f->source_n);
    put_addrs(out, f->spoof_sample, f->spoof_n);
    buf_byte(out, (uint8_t)f->text_n);
    for (size_t i = 0; i < f->text_n; i++) {
        put_str(out, f->texts[i]);
    }
    buf_byte(out, (uint8_t)f->tool_n);
    for (size_t i = 0; i < f->tool_n; i++) {
        buf_byte(out, f->tools[i].mark);
        buf_be64(out, f->tools[i].matched);
        buf_be64(out, f->tools[i].of);
    }
    buf_byte(out, (uint8_t)f->flows.n);
    for (size_t i = 0; i < f->flows.n; i++) {
        buf_be64(out, (uint64_t)f->flows.items[i].time_ns);
        buf_be16(out, f->flows.items[i].source_port);
        buf_be16(out, f->flows.items[i].target_port);
    }
}

static void get_str(struct cursor *in, char *out, size_t cap)
{
    struct bytes s = cursor_take(in, cursor_be16(in));
    if (s.len >= cap) {
        in->failed = true;
        return;
    }
    if (s.len > 0) {
        memcpy(out, s.data, s.len);
    }
    out[s.len] = '\0';
}

static void get_addr(struct cursor *in, struct addr *a)
{
    struct bytes b = cursor_take(in, sizeof(a->b));
    if (b.len > 0) {
        memcpy(a->b, b.data, sizeof(a->b));
    }
}

static size_t get_addrs(struct cursor *in, struct addr *a, size_t max)
{
    size_t n = cursor_be32(in);
    if (n > max) {
        in->failed = true;
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        get_addr(in, &a[i]);
    }
    return in->failed ? 0 : n;
}

static size_t get_count(struct cursor *in, size_t max)
{
    size_t n = cursor_u8(in);
    if (n > max) {
        in->failed = true;
    }
    return in->failed ? 0 : n;
}

static enum status get_spoof_sample(struct cursor *in, struct arena *arena, struct finding *f)
{
    size_t n = cursor_be32(in);
    if (in->failed || n > SPOOF_SAMPLE_MAX || n > cursor_left(in) / sizeof(struct addr)) {
        in->failed = true;
        return ST_OK;
    }
    f->spoof_n = n;
    f->spoof_sample = n ? arena_alloc(arena, n * sizeof(struct addr)) : NULL;
    if (n > 0 && f->spoof_sample == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        get_addr(in, &f->spoof_sample[i]);
    }
    return ST_OK;
}

static enum status get_texts(struct cursor *in, struct arena *arena, struct finding *f)
{
    size_t n = get_count(in, FINDING_TEXTS_MAX);
    for (size_t i = 0; i < n; i++) {
        struct bytes s = cursor_take(in, cursor_be16(in));
        f->texts[i] = arena_text(arena, s);
        if (f->texts[i] == NULL) {
            return ST_NOMEM;
        }
        f->text_n = i + 1;
    }
    return ST_OK;
}

enum status finding_get(struct cursor *in, struct arena *arena, struct finding *ret)
{
    struct finding f = {0};
    uint64_t *numbers[] = FINDING_NUMBERS(&f);
    get_str(in, f.id, sizeof(f.id));
    get_str(in, f.definition, sizeof(f.definition));
    get_str(in, f.kind, sizeof(f.kind));
    get_str(in, f.technique, sizeof(f.technique));
    get_str(in, f.protocol, sizeof(f.protocol));
    get_str(in, f.part_of, sizeof(f.part_of));
    get_str(in, f.counter, sizeof(f.counter));
    f.flags = cursor_be32(in);
    f.authentic = (enum authentic)cursor_u8(in);
    uint8_t has = cursor_u8(in);
    f.has_initiator = (has & 1) != 0;
    f.has_victim = (has & 2) != 0;
    f.has_remote = (has & 4) != 0;
    get_addr(in, &f.initiator);
    get_addr(in, &f.victim);
    get_addr(in, &f.remote);
    f.when.first_ns = (int64_t)cursor_be64(in);
    f.when.last_ns = (int64_t)cursor_be64(in);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        *numbers[i] = cursor_be64(in);
    }
    f.port_n = get_count(in, FINDING_PORTS_MAX);
    for (size_t i = 0; i < f.port_n; i++) {
        f.port_list[i] = cursor_be16(in);
    }
    f.target_n = get_addrs(in, f.target_sample, FINDING_SAMPLE_MAX);
    f.source_n = get_addrs(in, f.source_sample, FINDING_SAMPLE_MAX);
    TRY(get_spoof_sample(in, arena, &f));
    TRY(get_texts(in, arena, &f));
    f.tool_n = get_count(in, FINDING_TOOLS_MAX);
    for (size_t i = 0; i < f.tool_n; i++) {
        f.tools[i].mark = cursor_u8(in);
        f.tools[i].matched = cursor_be64(in);
        f.tools[i].of = cursor_be64(in);
    }
    f.flows.n = get_count(in, FLOWS_MAX);
    for (size_t i = 0; i < f.flows.n; i++) {
        f.flows.items[i].time_ns = (int64_t)cursor_be64(in);
        f.flows.items[i].source_port = cursor_be16(in);
        f.flows.items[i].target_port = cursor_be16(in);
    }
    if (in->failed) {
        return ST_MALFORMED;
    }
    *ret = f;
    return ST_OK;
}
