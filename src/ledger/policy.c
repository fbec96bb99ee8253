/* ledger/policy.c - tlog-policy: parse strictly, judge checkpoints. */
#include "ledger/policy.h"

#include <assert.h>
#include <string.h>

#include "base/core/arena.h"
#include "base/core/text.h"

/* A witness or a group: names of both are one space. Members come before their
 * group, so one pass in order decides all. */
struct item {
    const char *name;
    int witness; /* its number, or -1: a group */
    unsigned need;
    bool used; /* by a group */
    struct item *parent;
};

struct sizes {
    uint64_t first, last;
};

static const struct sizes any_size = {0, UINT64_MAX};

struct ledger_policy {
    struct arena arena;
    struct ledger_key log[LIMIT_POLICY_ITEMS];
    struct ledger_key witness[LIMIT_POLICY_ITEMS];
    struct sizes sizes[LIMIT_POLICY_ITEMS]; /* of checkpoints that a log's key may sign */
    const char *log_url[LIMIT_POLICY_ITEMS];
    const char *witness_url[LIMIT_POLICY_ITEMS];
    const char *witness_name[LIMIT_POLICY_ITEMS];
    size_t logs, witnesses, groups, items;
    struct item item[2 * LIMIT_POLICY_ITEMS];
    bool has_quorum, has_sizes; /* has_sizes: for the next line, which is a log's */
    struct sizes next_sizes;
    const struct item *quorum; /* NULL: none */
};

struct line {
    struct cursor c;
    size_t at; /* of the line in the file */
    struct fault *why;
};

static enum status bad(const struct line *l, const char *field)
{
    return fault_at(l->why, ST_MALFORMED, l->at + l->c.pos, field);
}

static bool blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* The next word, or no bytes at the end of the line. */
static struct bytes word(struct line *l)
{
    struct cursor *c = &l->c;
    while (cursor_left(c) > 0 && blank(c->in.data[c->pos])) {
        c->pos++;
    }
    size_t n = 0;
    while (n < cursor_left(c) && !blank(c->in.data[c->pos + n])) {
        n++;
    }
    return cursor_take(c, n);
}

static bool is(struct bytes w, const char *s)
{
    return bytes_equal(w, bytes_of(s, strlen(s)));
}

static struct item *find(struct ledger_policy *p, struct bytes name)
{
    for (size_t i = 0; i < p->items; i++) {
        if (is(name, p->item[i].name)) {
            return &p->item[i];
        }
    }
    return NULL;
}

static enum status define(struct ledger_policy *p, struct line *l, struct bytes name,
                          struct item **ret)
{
    if (name.len == 0 || is(name, "none") || find(p, name) != NULL) {
        return bad(l, "name");
    }
    struct item *it = &p->item[p->items];
    *it = (struct item){.name = arena_text(&p->arena, name), .witness = -1};
    if (it->name == NULL) {
        return ST_NOMEM;
    }
    p->items++;
    *ret = it;
    return ST_OK;
}

static enum status take_key(struct line *l, struct ledger_key *ret)
{
    struct fault inner = {0};
    struct bytes w = word(l);
    size_t start = l->at + l->c.pos - w.len;
    enum status st = ledger_key_parse(w, ret, &inner);
    return st == ST_OK || st == ST_NOMEM ? st
                                         : fault_at(l->why, st, start + inner.offset,
                                                    inner.field != NULL ? inner.field : "key");
}

/* The same public key under two names would count twice. */
static bool known(const struct ledger_key *keys, size_t n, const struct ledger_key *k)
{
    for (size_t i = 0; i < n; i++) {
        if (memcmp(keys[i].material.b, k->material.b, DIGEST_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

/* A cosignature does not bind its signer's name (docs/FORMATS.md, 1). */
static const char both_sides[] = "one key of a log and of a witness";

static enum status take_url(struct ledger_policy *p, struct line *l, const char **ret)
{
    *ret = arena_text(&p->arena, word(l));
    if (*ret == NULL) {
        return ST_NOMEM;
    }
    return word(l).len == 0 ? ST_OK : bad(l, "end of line");
}

static enum status take_log(struct ledger_policy *p, struct line *l)
{
    if (p->logs == LIMIT_POLICY_ITEMS) {
        return fault_limit(l->why, l->at, "logs", LIMIT_POLICY_ITEMS);
    }
    struct ledger_key *k = &p->log[p->logs];
    TRY(take_key(l, k));
    bool cosigns = k->type == LEDGER_KEY_COSIGN;
    if (cosigns || known(p->log, p->logs, k)) {
        return bad(l, cosigns ? "type of a log's key" : "a log's key, twice");
    }
    if (known(p->witness, p->witnesses, k)) {
        return bad(l, both_sides);
    }
    TRY(take_url(p, l, &p->log_url[p->logs]));
    p->sizes[p->logs] = p->has_sizes ? p->next_sizes : any_size;
    p->has_sizes = false;
    p->logs++;
    return ST_OK;
}

/* "#sizes 0 17", "#sizes 17 -": ours; a comment to whoever does not know it. */
static enum status take_sizes(struct ledger_policy *p, struct line *l)
{
    struct sizes s = any_size;
    struct bytes first = word(l), last = word(l);
    if (ledger_line_number(first, &s.first) != ST_OK ||
        (!is(last, "-") && ledger_line_number(last, &s.last) != ST_OK) || s.first > s.last ||
        word(l).len != 0) {
        return bad(l, "sizes that a key may sign");
    }
    p->has_sizes = true;
    p->next_sizes = s;
    return ST_OK;
}

static enum status take_witness(struct ledger_policy *p, struct line *l)
{
    struct item *it = NULL;
    if (p->witnesses == LIMIT_POLICY_ITEMS) {
        return fault_limit(l->why, l->at, "witnesses", LIMIT_POLICY_ITEMS);
    }
    struct ledger_key *k = &p->witness[p->witnesses];
    TRY(define(p, l, word(l), &it));
    TRY(take_key(l, k));
    bool cosigns = k->type == LEDGER_KEY_COSIGN || k->type == LEDGER_KEY_COSIGN_MLDSA44;
    if (!cosigns || known(p->witness, p->witnesses, k)) {
        return bad(l, cosigns ? "a witness's key, twice" : "type of a witness's key");
    }
    if (known(p->log, p->logs, k)) {
        return bad(l, both_sides);
    }
    TRY(take_url(p, l, &p->witness_url[p->witnesses]));
    it->witness = (int)p->witnesses;
    p->witness_name[p->witnesses++] = it->name;
    return ST_OK;
}

static enum status take_members(struct ledger_policy *p, struct line *l, struct item *group,
                                unsigned *ret)
{
    unsigned n = 0;
    for (struct bytes w = word(l); w.len > 0; w = word(l)) {
        struct item *it = find(p, w);
        if (it == NULL || it->used || it == group) {
            return bad(l, "member of a group");
        }
        it->used = true;
        it->parent = group;
        n++;
    }
    *ret = n;
    return n > 0 ? ST_OK : bad(l, "member of a group");
}

static enum status take_group(struct ledger_policy *p, struct line *l)
{
    struct item *it = NULL;
    if (p->groups == LIMIT_POLICY_ITEMS) {
        return fault_limit(l->why, l->at, "groups", LIMIT_POLICY_ITEMS);
    }
    TRY(define(p, l, word(l), &it));
    struct bytes how = word(l);
    uint64_t k = 0;
    unsigned n = 0;
    bool all = is(how, "all"), any = is(how, "any");
    if (!all && !any && (ledger_line_number(how, &k) != ST_OK || k == 0)) {
        return bad(l, "threshold");
    }
    TRY(take_members(p, l, it, &n));
    k = all ? n : any ? 1 : k;
    if (k > n) {
        return bad(l, "threshold");
    }
    it->need = (unsigned)k;
    p->groups++;
    return ST_OK;
}

static enum status take_quorum(struct ledger_policy *p, struct line *l)
{
    struct bytes w = word(l);
    if (p->has_quorum || w.len == 0) {
        return bad(l, "quorum");
    }
    p->has_quorum = true;
    p->quorum = find(p, w);
    if (p->quorum == NULL && !is(w, "none")) {
        return bad(l, "quorum");
    }
    return word(l).len == 0 ? ST_OK : bad(l, "end of line");
}

static enum status take(struct ledger_policy *p, struct line *l)
{
    if (l->c.in.len > 0 && l->c.in.data[l->c.in.len - 1] == '\r') {
        l->c.in.len--; /* written, or sent by mail, on a system that ends lines so */
    }
    for (size_t i = 0; i < l->c.in.len; i++) {
        uint8_t c = l->c.in.data[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            l->c.pos = i;
            return bad(l, "character");
        }
    }
    struct bytes w = word(l);
    if (is(w, "log")) {
        return take_log(p, l);
    }
    if (p->has_sizes) {
        return bad(l, "a log after its sizes");
    }
    if (w.len == 0 || w.data[0] == '#') {
        return is(w, "#sizes") ? take_sizes(p, l) : ST_OK;
    }
    if (is(w, "witness")) {
        return take_witness(p, l);
    }
    if (is(w, "group")) {
        return take_group(p, l);
    }
    return is(w, "quorum") ? take_quorum(p, l) : bad(l, "keyword");
}

/* A last line without its newline may have lost more than that. */
static enum status take_all(struct ledger_policy *p, struct bytes file, struct fault *why)
{
    struct cursor c = cursor_of(file);
    while (cursor_left(&c) > 0) {
        struct line l = {.at = c.pos, .why = why};
        struct bytes text;
        if (ledger_line_next(&c, &text) != ST_OK) {
            return fault_at(why, ST_SHORT, file.len, "line");
        }
        l.c = cursor_of(text);
        TRY(take(p, &l));
    }
    if (p->has_sizes) {
        return fault_at(why, ST_SHORT, file.len, "a log after its sizes");
    }
    return p->has_quorum ? ST_OK : fault_whole(why, ST_SHORT, "quorum");
}

/* People edit policies: they are told the line. */
static void tell_line(struct bytes file, struct fault *why)
{
    uint64_t line = 1;
    for (uint64_t i = 0; i < why->offset && i < file.len; i++) {
        line += file.data[i] == '\n' ? 1 : 0;
    }
    why->offset = line;
    why->unit = "line";
}

enum status ledger_policy_parse(struct bytes file, struct ledger_policy **ret, struct fault *why)
{
    if (file.len > LIMIT_POLICY_BYTES) {
        return fault_limit(why, 0, "policy", LIMIT_POLICY_BYTES);
    }
    CLEANUP(ledger_policy_freep) struct ledger_policy *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return ST_NOMEM;
    }
    arena_init(&p->arena, 2 * LIMIT_POLICY_BYTES);
    enum status st = take_all(p, file, why);
    if (st != ST_OK && st != ST_NOMEM && why != NULL && why->unit == NULL) {
        tell_line(file, why);
    }
    TRY(st);
    *ret = TAKE(p);
    return ST_OK;
}

void ledger_policy_free(struct ledger_policy *p)
{
    if (p != NULL) {
        arena_fini(&p->arena);
        free(p);
    }
}

void ledger_policy_freep(struct ledger_policy **p)
{
    ledger_policy_free(*p);
}

size_t ledger_policy_logs(const struct ledger_policy *p, const struct ledger_key **ret)
{
    *ret = p->log;
    return p->logs;
}

size_t ledger_policy_witnesses(const struct ledger_policy *p, const struct ledger_key **ret)
{
    *ret = p->witness;
    return p->witnesses;
}

const char *ledger_policy_witness_name(const struct ledger_policy *p, size_t i)
{
    return p->witness_name[i];
}

const char *ledger_policy_log_url(const struct ledger_policy *p, size_t i)
{
    return p->log_url[i];
}

const char *ledger_policy_witness_url(const struct ledger_policy *p, size_t i)
{
    return p->witness_url[i];
}

bool ledger_policy_quorum_none(const struct ledger_policy *p)
{
    return p->quorum == NULL;
}

bool ledger_policy_met(const struct ledger_policy *p, const bool *seen)
{
    unsigned have[2 * LIMIT_POLICY_ITEMS] = {0};
    for (size_t i = 0; i < p->items; i++) {
        const struct item *it = &p->item[i];
        bool good = it->witness >= 0 ? seen[it->witness] : have[i] >= it->need;
        if (it == p->quorum) {
            return good;
        }
        if (good && it->parent != NULL) {
            have[it->parent - p->item]++;
        }
    }
    return p->quorum == NULL;
}

/* Witnesses are let in by time until they are enough. */
static uint64_t quorum_time(const struct ledger_policy *p, const struct ledger_signed *w)
{
    bool in[LIMIT_POLICY_ITEMS] = {false};
    uint64_t time_s = 0;
    while (!ledger_policy_met(p, in)) {
        size_t next = p->witnesses;
        for (size_t i = 0; i < p->witnesses; i++) {
            if (w[i].valid && !in[i] && (next == p->witnesses || w[i].time_s < w[next].time_s)) {
                next = i;
            }
        }
        assert(next < p->witnesses); /* all together are enough */
        in[next] = true;
        time_s = w[next].time_s;
    }
    return time_s;
}

/* tlog-policy: the key's name is the log's origin. A key that has been succeeded
 * signs nothing new: whatever it signs past its last size, its thief signs. */
static enum status find_log(const struct ledger_policy *p, const struct ledger_note *note,
                            const struct ledger_checkpoint *c, const struct ledger_key **ret,
                            struct fault *why)
{
    struct ledger_signed seen[LIMIT_POLICY_ITEMS] = {{0}};
    bool late = false;
    TRY(ledger_note_check(note, p->log, p->logs, seen, why));
    for (size_t i = 0; i < p->logs; i++) {
        if (!seen[i].valid || !is(c->origin, p->log[i].name)) {
            continue;
        }
        if (c->size >= p->sizes[i].first && c->size <= p->sizes[i].last) {
            *ret = &p->log[i];
            return ST_OK;
        }
        late = true;
    }
    return late ? fault_at(why, ST_MISMATCH, 0, "a size that this key may not sign")
                : fault_at(why, ST_DENIED, 0, "origin");
}

enum status ledger_policy_check(const struct ledger_policy *p, const struct ledger_note *note,
                                const struct ledger_checkpoint *c, struct ledger_verdict *ret,
                                struct fault *why)
{
    struct ledger_verdict v = {.log = NULL};
    bool seen[LIMIT_POLICY_ITEMS] = {false};
    *ret = v;
    TRY(find_log(p, note, c, &v.log, why));
    enum status st = ledger_note_check(note, p->witness, p->witnesses, v.witness, why);
    if (st != ST_OK && st != ST_DENIED) {
        return st;
    }
    for (size_t i = 0; i < p->witnesses; i++) {
        seen[i] = v.witness[i].valid;
        v.witnesses += seen[i];
    }
    v.quorum = ledger_policy_met(p, seen);
    v.quorum_time_s = v.quorum ? quorum_time(p, v.witness) : 0;
    *ret = v;
    return v.quorum ? ST_OK : fault_at(why, ST_MISMATCH, note->text.len, "quorum of witnesses");
}
