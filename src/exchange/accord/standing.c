/* exchange/accord/standing.c - from signed statements to what holds. */
#include "exchange/accord/standing.h"

#include <stdlib.h>
#include <string.h>

#include "exchange/talk/keeping.h"

const char *accord_state_word(enum accord_state s)
{
    static const char *const words[] = {"proposed", "in force", "ended"};
    return words[s];
}

/* --- versions --------------------------------------------------------------------- */

static enum status add_version(struct accord_standing *s, const struct exchange_item *it,
                               struct fault *why)
{
    struct accord_version *v = &s->version[s->n];
    *v = (struct accord_version){.item = it, .before = -1};
    TRY(accord_read(it->statement, &v->accord, why));
    s->n++;
    return strcmp(v->accord->id, s->version[0].accord->id) == 0
               ? ST_OK
               : fault_at(why, ST_MALFORMED, 0, "two accords in one file");
}

static int by_number(const void *a, const void *b)
{
    const struct accord_version *x = a, *y = b;
    const struct exchange_statement *p = x->item->statement, *q = y->item->statement;
    if (x->accord->version != y->accord->version) {
        return x->accord->version < y->accord->version ? -1 : 1;
    }
    if (p->time_ns != q->time_ns) {
        return p->time_ns < q->time_ns ? -1 : 1;
    }
    return memcmp(&p->hash, &q->hash, sizeof(p->hash));
}

static enum status link_versions(struct accord_standing *s, struct fault *why)
{
    qsort(s->version, s->n, sizeof(s->version[0]), by_number);
    for (size_t i = 0; i < s->n; i++) {
        struct accord_version *v = &s->version[i];
        const struct exchange_statement *st = v->item->statement;
        for (size_t k = 0; k < i && st->answers; k++) {
            if (memcmp(&s->version[k].item->statement->hash, &st->previous, DIGEST_BYTES) == 0) {
                v->before = (int)k;
            }
        }
        if (st->answers &&
            (v->before < 0 || s->version[v->before].accord->version + 1 != v->accord->version)) {
            return fault_at(why, ST_MALFORMED, 0, "the version before one is missing");
        }
    }
    return ST_OK;
}

/* What was changed after it was signed is false, and that is said first: it hangs on
 * nothing any more, and what hangs on it hangs in the air. */
static enum status check_own(const struct accord_version *v, struct fault *why)
{
    const struct exchange_statement *st = v->item->statement;
    const struct accord_party *p = accord_party_find(v->accord, st->party);
    struct ledger_signed seen;
    enum status got = p != NULL ? ledger_note_check(&st->note, &p->key, 1, &seen, why) : ST_DENIED;
    return got == ST_DENIED ? ST_OK : got; /* another key of it, perhaps: seen later */
}

static enum status take_versions(struct accord_standing *s, struct fault *why)
{
    for (size_t i = 0; i < s->handed->n; i++) {
        if (strcmp(s->handed->item[i].statement->type, ACCORD_TYPE) == 0) {
            TRY(add_version(s, &s->handed->item[i], why));
        }
    }
    if (s->n == 0) {
        return fault_at(why, ST_MALFORMED, 0, "no accord is here");
    }
    for (size_t i = 0; i < s->n; i++) {
        TRY(check_own(&s->version[i], why));
    }
    return link_versions(s, why);
}

/* Two texts by one party under one id. Both are kept, and it is said. */
static const struct exchange_statement *find_equivocation(const struct exchange_handed *h)
{
    for (size_t i = 1; i < h->n; i++) {
        const struct exchange_statement *a = h->item[i].statement;
        for (size_t k = 0; k < i; k++) {
            const struct exchange_statement *b = h->item[k].statement;
            if (strcmp(a->id, b->id) == 0 && strcmp(a->party, b->party) == 0) {
                return a;
            }
        }
    }
    return NULL;
}

/* --- members and their keys ------------------------------------------------------- */

static struct accord_member *member_of(struct accord_standing *s, const char *name)
{
    for (size_t i = 0; i < s->member_n; i++) {
        if (strcmp(s->member[i].keys.key[0].name, name) == 0) {
            return &s->member[i];
        }
    }
    return NULL;
}

const struct accord_member *accord_member_find(const struct accord_standing *s, const char *name)
{
    return member_of((struct accord_standing *)(uintptr_t)s, name);
}

static enum status follow(struct accord_standing *s, const struct evidence_home *home,
                          struct accord_member *m, struct fault *why)
{
    TRY(exchange_keys_follow_all(&m->keys, s->handed->keys, s->handed->keys_n, why));
    if (home == NULL) {
        return ST_OK;
    }
    return strcmp(home->config.name, m->keys.key[0].name) == 0
               ? exchange_keys_own(home, &m->keys, why)
               : exchange_keys_kept(home, &m->keys, why);
}

/* A promise that comes later counts if the key that it is about has signed it. */
static void take_promise(struct accord_member *m, const struct accord_party *p,
                         const struct accord_version *v)
{
    struct ledger_signed seen;
    if (!m->keys.promised && m->keys.n == 1 && p->has_next &&
        exchange_keys_has(&m->keys, &p->key) &&
        ledger_note_check(&v->item->statement->note, &p->key, 1, &seen, NULL) == ST_OK) {
        m->keys.promised = true;
        m->keys.next = p->next;
    }
}

static enum status take_member(struct accord_standing *s, const struct accord_party *p,
                               const struct accord_version *v, struct fault *why)
{
    struct accord_member *m = member_of(s, p->name);
    if (m == NULL) {
        if (s->member_n == LIMIT_ACCORD_PARTIES) {
            return fault_limit(why, 0, "parties", LIMIT_ACCORD_PARTIES);
        }
        m = &s->member[s->member_n++];
        exchange_keys_begin(&m->keys, &p->key, p->has_next ? &p->next : NULL);
    } else {
        take_promise(m, p, v);
    }
    return ST_OK;
}

static enum status take_members(struct accord_standing *s, const struct evidence_home *home,
                                const struct accord_trust *trust, struct fault *why)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct accord *a = s->version[i].accord;
        for (size_t k = 0; k < a->party_n; k++) {
            TRY(take_member(s, &a->party[k], &s->version[i], why));
        }
    }
    for (size_t i = 0; i < s->member_n; i++) {
        TRY(follow(s, home, &s->member[i], why));
        for (size_t k = 0; trust != NULL && k < trust->n; k++) {
            const struct ledger_key *t = &trust->key[k];
            if (strcmp(t->name, s->member[i].keys.key[0].name) == 0) {
                s->member[i].confirmed =
                    s->member[i].confirmed || exchange_keys_has(&s->member[i].keys, t);
            }
        }
    }
    return ST_OK;
}

/* --- signatures ------------------------------------------------------------------- */

/* How many of the accord's witnesses have cosigned the checkpoint of this proof, which
 * was checked before. */
static enum status count_cosigned(const struct accord *a, const struct exchange_logged *l,
                                  unsigned *ret, struct fault *why)
{
    struct ledger_key keys[ACCORD_WITNESSES_MAX];
    struct ledger_signed seen[ACCORD_WITNESSES_MAX] = {{0}};
    struct ledger_proof p;
    struct ledger_note note;
    for (size_t i = 0; i < a->witness_n; i++) {
        keys[i] = a->witness[i].key;
    }
    TRY(ledger_proof_parse(l->proof, &p, why));
    TRY(ledger_note_parse(p.checkpoint, &note, why));
    enum status st = ledger_note_check(&note, keys, a->witness_n, seen, why);
    if (st != ST_OK && st != ST_DENIED) {
        return st;
    }
    for (size_t i = 0; i < a->witness_n && st == ST_OK; i++) {
        *ret += seen[i].valid ? 1 : 0;
    }
    return ST_OK;
}

static enum status look_at(const struct accord_standing *s, struct accord_version *v, size_t party,
                           struct fault *why)
{
    const struct accord_party *p = &v->accord->party[party];
    const struct accord_member *m = accord_member_find(s, p->name);
    size_t key = 0;
    if (!exchange_keys_has(&m->keys, &p->key)) {
        return fault_at(why, ST_MISMATCH, 0,
                        "key of a party that does not follow from the one "
                        "agreed on before");
    }
    enum status st = exchange_keys_signed(&m->keys, &v->item->statement->note, &key, why);
    if (st != ST_OK) {
        return st == ST_DENIED ? ST_OK : st;
    }
    TRY(exchange_item_signed_by(v->item, &m->keys, false, why));
    v->signed_by[party] = true;
    for (size_t i = 0; i < v->item->logged_n; i++) {
        if (strcmp(v->item->logged[i].party, p->name) == 0) {
            v->in_ledger[party] = true;
            return count_cosigned(v->accord, &v->item->logged[i], &v->cosigned[party], why);
        }
    }
    return ST_OK;
}

static bool has_signed(const struct accord_version *v, const char *party)
{
    for (size_t i = 0; i < v->accord->party_n; i++) {
        if (strcmp(v->accord->party[i].name, party) == 0) {
            return v->signed_by[i];
        }
    }
    return false;
}

/* One who is to be left out signs as well, unless it has left by its own word. */
static enum status outgoing_signed(const struct accord_standing *s, const struct accord_version *v,
                                   const struct accord_version *old, const char *party, bool *ret,
                                   struct fault *why)
{
    const struct accord_member *m = accord_member_find(s, party);
    size_t key = 0;
    enum status st = exchange_keys_signed(&m->keys, &v->item->statement->note, &key, why);
    *ret = accord_left(s, old, party) != NULL || st == ST_OK;
    return st == ST_DENIED ? ST_OK : st;
}

static enum status judge_complete(struct accord_standing *s, struct accord_version *v,
                                  struct fault *why)
{
    const struct accord_version *old = NULL;
    bool all = true;
    for (int i = v->before; i >= 0 && old == NULL; i = s->version[i].before) {
        old = s->version[i].complete ? &s->version[i] : NULL;
    }
    for (size_t i = 0; i < v->accord->party_n; i++) {
        all = all && v->signed_by[i];
    }
    for (size_t i = 0; old != NULL && i < old->accord->party_n; i++) {
        bool good = false;
        const char *name = old->accord->party[i].name;
        if (accord_party_find(v->accord, name) != NULL) {
            continue;
        }
        TRY(outgoing_signed(s, v, old, name, &good, why));
        all = all && good;
    }
    v->complete = all;
    return ST_OK;
}

static enum status check_versions(struct accord_standing *s, struct fault *why)
{
    for (size_t i = 0; i < s->n; i++) {
        struct accord_version *v = &s->version[i];
        for (size_t k = 0; k < v->accord->party_n; k++) {
            TRY(look_at(s, v, k, why));
        }
        if (!has_signed(v, v->item->statement->party)) {
            return fault_at(why, ST_MISMATCH, 0, "version that its own party has not signed");
        }
        TRY(judge_complete(s, v, why));
    }
    return ST_OK;
}

/* --- what holds ------------------------------------------------------------------- */

static bool comes_of(const struct accord_standing *s, int v, int old)
{
    while (v >= 0 && v != old) {
        v = s->version[v].before;
    }
    return v == old;
}

/* Who proposes twice from one version means what he said last. */
static bool is_again(const struct accord_version *v, const struct accord_version *before)
{
    return strcmp(v->item->statement->party, before->item->statement->party) == 0;
}

static void conclude(struct accord_standing *s)
{
    size_t left = 0;
    s->in_force = -1;
    s->newest = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct accord_version *v = &s->version[i];
        const struct accord_version *best = &s->version[s->newest];
        if (v->accord->version > best->accord->version ||
            (v->accord->version == best->accord->version && !best->complete &&
             (v->complete || is_again(v, best)))) {
            s->newest = (int)i;
        }
        if (v->complete) {
            s->contradiction =
                s->contradiction || (s->in_force >= 0 && !comes_of(s, (int)i, s->in_force));
            s->in_force = (int)i;
        }
    }
    s->state = s->in_force >= 0 ? ACCORD_IN_FORCE : ACCORD_PROPOSED;
    if (s->in_force >= 0) {
        const struct accord *a = s->version[s->in_force].accord;
        for (size_t i = 0; i < a->party_n; i++) {
            left += accord_left(s, &s->version[s->in_force], a->party[i].name) != NULL ? 1 : 0;
        }
        s->state = a->party_n - left < 2 ? ACCORD_ENDED : s->state;
    }
}

bool accord_witnessed(const struct accord_version *v, size_t party)
{
    return v->accord->witness_n == 0 ||
           (v->in_ledger[party] && v->cosigned[party] >= v->accord->quorum);
}

const struct accord_version *accord_standing_now(const struct accord_standing *s)
{
    return &s->version[s->in_force >= 0 ? s->in_force : s->newest];
}

enum status accord_standing_make(const struct exchange_handed *handed,
                                 const struct evidence_home *home, const struct accord_trust *trust,
                                 struct accord_standing **ret, struct fault *why)
{
    CLEANUP(accord_standing_freep) struct accord_standing *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return ST_NOMEM;
    }
    s->handed = handed;
    s->equivocation = find_equivocation(handed);
    TRY(take_versions(s, why));
    TRY(take_members(s, home, trust, why));
    TRY(accord_leaves_take(s, why));
    TRY(check_versions(s, why));
    conclude(s);
    *ret = TAKE(s);
    return ST_OK;
}

void accord_standing_free(struct accord_standing *s)
{
    if (s != NULL) {
        for (size_t i = 0; i < s->n; i++) {
            free(s->version[i].accord);
        }
        free(s);
    }
}

void accord_standing_freep(struct accord_standing **s)
{
    accord_standing_free(*s);
}

/* --- out of a home ---------------------------------------------------------------- */

/* "" for a statement that belongs to no accord. */
static const char *accord_of(const struct exchange_statement *s)
{
    static const char *const types[] = {ACCORD_TYPE, ACCORD_LEAVE_TYPE, ACCORD_PING_TYPE,
                                        ACCORD_PONG_TYPE};
    const char *id = json_string_value(json_object_get(s->body, "accord"));
    for (size_t i = 0; i < ARRAY_LEN(types) && id != NULL; i++) {
        if (strcmp(s->type, types[i]) == 0) {
            return id;
        }
    }
    return "";
}

static enum status find_id(const struct exchange_kept_list *all, const char *id, const char **ret,
                           struct fault *why)
{
    *ret = NULL;
    for (size_t i = 0; i < all->n; i++) {
        const char *there = accord_of(all->item[i]->statement);
        if (id[0] == '\0' || strncmp(there, id, strlen(id)) != 0) {
            continue;
        }
        if (*ret != NULL && strcmp(*ret, there) != 0) {
            return fault_limit(why, 0, "accords that begin so", 1);
        }
        *ret = there;
    }
    return *ret != NULL ? ST_OK : ST_END;
}

/* Versions by number, then who left: each stands behind what it answers. */
static int by_version(const void *a, const void *b)
{
    const struct exchange_kept *x = *(struct exchange_kept *const *)a,
                               *y = *(struct exchange_kept *const *)b;
    json_int_t v = json_integer_value(json_object_get(x->statement->body, "version"));
    json_int_t w = json_integer_value(json_object_get(y->statement->body, "version"));
    v = v == 0 ? INT64_MAX : v;
    w = w == 0 ? INT64_MAX : w;
    if (v != w) {
        return v < w ? -1 : 1;
    }
    return memcmp(&x->statement->hash, &y->statement->hash, sizeof(struct digest));
}

/* Keys of the parties of the first version and of those that joined, each once. */
static enum status hand_keys(const struct evidence_home *h, const struct exchange_kept_list *all,
                             const char *id, struct exchange_handing *w, struct fault *why)
{
    const char *done[LIMIT_ACCORD_PARTIES];
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++) {
        const struct exchange_statement *s = all->item[i]->statement;
        const json_t *parties = json_object_get(s->body, "parties");
        for (size_t k = 0; k < json_array_size(parties) && strcmp(accord_of(s), id) == 0; k++) {
            const char *name =
                json_string_value(json_object_get(json_array_get(parties, k), "name"));
            bool there = name == NULL || strcmp(name, h->config.name) == 0;
            for (size_t m = 0; m < n && !there; m++) {
                there = strcmp(done[m], name) == 0;
            }
            if (!there && n < LIMIT_ACCORD_PARTIES) {
                done[n++] = name;
                TRY(exchange_hand_keys_of(h, name, w, why));
            }
        }
    }
    return ST_OK;
}

enum status accord_gather(const struct evidence_home *h, const char *id, struct buf *out,
                          struct fault *why)
{
    CLEANUP(exchange_kept_list_fini) struct exchange_kept_list all = {0};
    CLEANUP(exchange_handing_fini) struct exchange_handing w = {NULL, NULL, NULL};
    const char *full = NULL;
    TRY(exchange_kept_all(h, NULL, &all, why));
    TRY(find_id(&all, id, &full, why));
    TRY(exchange_handing_init(&w));
    TRY(exchange_hand_keys(h, &w, why));
    TRY(hand_keys(h, &all, full, &w, why));
    qsort(all.item, all.n, sizeof(struct exchange_kept *), by_version);
    for (size_t i = 0; i < all.n; i++) {
        const struct exchange_statement *s = all.item[i]->statement;
        if (strcmp(accord_of(s), full) == 0 &&
            (strcmp(s->type, ACCORD_TYPE) == 0 || strcmp(s->type, ACCORD_LEAVE_TYPE) == 0)) {
            TRY(exchange_hand(h, &s->hash, &w, why));
        }
    }
    return exchange_handing_write(&w, out, why);
}

static enum status add_from(const struct exchange_handed *from,
                            const struct exchange_handed *not_in, struct exchange_handing *w)
{
    const json_t *list = json_object_get(from->root, "statements");
    for (size_t i = 0; i < from->n; i++) {
        bool there = false;
        for (size_t k = 0; not_in != NULL && k < not_in->n; k++) {
            there = there || memcmp(&not_in->item[k].statement->hash,
                                    &from->item[i].statement->hash, DIGEST_BYTES) == 0;
        }
        if (!there) {
            TRY(exchange_handing_add(w, from->item[i].statement,
                                     json_object_get(json_array_get(list, i), "logged")));
        }
    }
    for (size_t i = 0; i < from->keys_n; i++) {
        bool there = false;
        for (size_t k = 0; not_in != NULL && k < not_in->keys_n; k++) {
            there = there || bytes_equal(not_in->keys[k].entry, from->keys[i].entry);
        }
        if (!there) {
            TRY(exchange_handing_key(w, from->keys[i].entry, from->keys[i].proof));
        }
    }
    return ST_OK;
}

enum status accord_unite(const struct exchange_handed *ours, const struct exchange_handed *theirs,
                         struct buf *out, struct fault *why)
{
    CLEANUP(exchange_handing_fini) struct exchange_handing w = {NULL, NULL, NULL};
    TRY(exchange_handing_init(&w));
    TRY(add_from(ours, NULL, &w));
    TRY(add_from(theirs, ours, &w));
    return exchange_handing_write(&w, out, why);
}

/* One accord of the home: does it name the party, and is it in force? */
static enum status keys_in(const struct evidence_home *h, const char *id, const char *party,
                           struct exchange_keys *ret, bool *found, struct fault *why)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_HANDED_BYTES);
    CLEANUP(exchange_handed_freep) struct exchange_handed *handed = NULL;
    CLEANUP(accord_standing_freep) struct accord_standing *s = NULL;
    TRY(accord_gather(h, id, &file, why));
    TRY(exchange_handed_read(buf_bytes(&file), &handed, why));
    TRY(accord_standing_make(handed, h, NULL, &s, why));
    const struct accord_member *m = accord_member_find(s, party);
    if (s->state == ACCORD_IN_FORCE && m != NULL &&
        accord_party_find(accord_standing_now(s)->accord, party) != NULL &&
        accord_left(s, accord_standing_now(s), party) == NULL) {
        *ret = m->keys;
        *found = true;
    }
    return ST_OK;
}

enum status accord_keys_of(const struct evidence_home *h, const char *party, const char *accord,
                           struct exchange_keys *ret, struct fault *why)
{
    CLEANUP(exchange_kept_list_fini) struct exchange_kept_list all = {0};
    bool found = false;
    TRY(exchange_kept_all(h, ACCORD_TYPE, &all, why));
    for (size_t i = 0; i < all.n && !found; i++) {
        const char *id = accord_of(all.item[i]->statement);
        bool first = !all.item[i]->statement->answers;
        if (first && (accord == NULL || strcmp(accord, id) == 0)) {
            TRY(keys_in(h, id, party, ret, &found, why));
        }
    }
    return found ? ST_OK : ST_END;
}
