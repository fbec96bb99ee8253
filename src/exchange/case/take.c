/* exchange/case/take.c - what is refused, and why; what is kept, and in what order. */
#include "exchange/case/take.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/canon.h"
#include "exchange/accord/standing.h"
#include "exchange/case/terms.h"
#include "exchange/talk/known.h"

void case_take_fini(struct case_taking *t)
{
    case_list_fini(&t->cases);
    exchange_kept_list_fini(&t->kept);
}

/* --- what it is -------------------------------------------------------------------- */

static bool same(const struct digest *a, const struct digest *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

bool case_take_known(const struct case_taking *t, const struct digest *hash)
{
    for (size_t i = 0; i < t->kept.n; i++) {
        if (same(&t->kept.item[i]->statement->hash, hash)) {
            return true;
        }
    }
    return false;
}

static enum status strays_of(const struct case_taking *t, size_t *ret, struct fault *why)
{
    CLEANUP(case_list_fini) struct case_list l = {.n = 0};
    CLEANUP(free_ptr)
    const struct exchange_statement **s = calloc(t->kept.n + 1, sizeof(*s));
    if (s == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < t->kept.n; i++) {
        s[i] = t->kept.item[i]->statement;
    }
    TRY(case_group(s, NULL, t->kept.n, &l, why));
    *ret = l.strays;
    return ST_OK;
}

/* What the home has, and what is new in the file. */
static enum status group_all(struct case_taking *t, struct fault *why)
{
    CLEANUP(free_ptr)
    const struct exchange_statement **s = calloc(t->kept.n + t->handed->n, sizeof(*s));
    size_t n = 0, before = 0;
    if (s == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < t->kept.n; i++) {
        s[n++] = t->kept.item[i]->statement;
    }
    for (size_t i = 0; i < t->handed->n; i++) {
        const struct exchange_statement *st = t->handed->item[i].statement;
        if (!case_take_known(t, &st->hash)) {
            s[n++] = st;
        }
    }
    TRY(strays_of(t, &before, why));
    TRY(case_group(s, NULL, n, &t->cases, why));
    return t->cases.strays == before
               ? ST_OK
               : fault_at(why, ST_DENIED, 0,
                          "a statement about a notice that is not here, or by somebody else than "
                          "its parties");
}

const struct case_one *case_take_case(const struct case_taking *t, size_t item)
{
    const struct digest *hash = &t->handed->item[item].statement->hash;
    for (size_t i = 0; i < t->cases.n; i++) {
        for (size_t k = 0; k < t->cases.one[i].n; k++) {
            if (same(&t->cases.one[i].event[k].hash, hash)) {
                return &t->cases.one[i];
            }
        }
    }
    return NULL;
}

/* The notice that a statement of the file is about. */
static const struct case_item *notice_of(const struct case_one *c,
                                         const struct exchange_statement *s)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct digest *about = s->answers ? &s->previous : &s->hash;
        if (c->item[i].said->event.kind == CASE_NOTICE && same(&c->event[i].hash, about)) {
            return &c->item[i];
        }
    }
    return NULL;
}

static enum status find_other(struct case_taking *t, struct fault *why)
{
    const char *self = t->home->config.name;
    for (size_t i = 0; i < t->handed->n; i++) {
        const struct exchange_statement *s = t->handed->item[i].statement;
        const struct case_one *c = case_take_case(t, i);
        const struct case_item *notice = c != NULL ? notice_of(c, s) : NULL;
        if (notice == NULL) { /* group_all has seen to it */
            return fault_at(why, ST_MALFORMED, 0, "no statement of a case");
        }
        bool ours = strcmp(notice->statement->party, self) == 0;
        const char *other = ours ? notice->said->to : notice->statement->party;
        if (!ours && strcmp(notice->said->to, self) != 0) {
            return fault_at(why, ST_DENIED, 0, "case of other parties: it is not for this one");
        }
        if (t->other[0] != '\0' && strcmp(t->other, other) != 0) {
            return fault_at(why, ST_MALFORMED, 0, "cases with two other parties in one file");
        }
        (void)memcpy(t->other, other, strlen(other) + 1);
        if (!ours && notice->statement == s) {
            t->names = notice->said;
        }
    }
    return ST_OK;
}

/* So many that we can still answer, and hand all of it over. */
static enum status count_theirs(const struct case_taking *t, struct fault *why)
{
    for (size_t i = 0; i < t->cases.n; i++) {
        const struct case_one *c = &t->cases.one[i];
        size_t theirs = 0;
        for (size_t k = 0; k < c->n; k++) {
            theirs += strcmp(c->item[k].statement->party, t->other) == 0 ? 1 : 0;
        }
        if (strcmp(case_other(c, t->home->config.name), t->other) == 0 &&
            (theirs > LIMIT_CASE_THEIRS || c->n > LIMIT_HANDED_STATEMENTS)) {
            return fault_limit(why, 0, "statements of one party in one case", LIMIT_CASE_THEIRS);
        }
    }
    return ST_OK;
}

enum status case_take_open(const struct evidence_home *h, const struct exchange_handed *handed,
                           int64_t now_ns, struct case_taking *ret, struct fault *why)
{
    CLEANUP(case_take_fini) struct case_taking t = {.handed = handed, .home = h};
    for (size_t i = 0; i < handed->n; i++) {
        const struct exchange_statement *s = handed->item[i].statement;
        enum case_kind kind;
        if (!case_type_is(s->type, &kind)) {
            return fault_at(why, ST_MALFORMED, 0, "type: no statement of a case");
        }
        TRY(exchange_statement_expect(s, s->type, now_ns, why));
    }
    TRY(exchange_kept_all(h, NULL, &t.kept, why));
    if (t.kept.n + handed->n > LIMIT_KEPT_STATEMENTS - LIMIT_KEPT_RESERVE) {
        return fault_limit(why, 0, "statements of this home",
                           LIMIT_KEPT_STATEMENTS - LIMIT_KEPT_RESERVE);
    }
    TRY(group_all(&t, why));
    TRY(find_other(&t, why));
    TRY(count_theirs(&t, why));
    *ret = t;
    t = (struct case_taking){.handed = NULL};
    return ST_OK;
}

/* --- keys -------------------------------------------------------------------------- */

enum status case_keys_of(const struct evidence_home *h, const char *party,
                         struct exchange_keys *ret, struct fault *why)
{
    enum status st = accord_keys_of(h, party, NULL, ret, why);
    return st == ST_END ? exchange_known_get(h, party, ret, why) : st;
}

void case_policy_write(const struct exchange_keys *k, struct buf *out)
{
    for (size_t i = k->n; i-- > 0;) {
        buf_printf(out, "#sizes %" PRIu64, k->entry[i] == 0 ? 0 : k->entry[i] + 1);
        if (i + 1 == k->n) {
            buf_str(out, " -\nlog ");
        } else {
            buf_printf(out, " %" PRIu64 "\nlog ", k->entry[i + 1] + 1);
        }
        ledger_key_format(&k->key[i], out);
        buf_byte(out, '\n');
    }
    buf_str(out, "quorum none\n");
}

/* --- whether it holds -------------------------------------------------------------- */

/* Signed by its party, and shown to be in its ledger; and what is shown of the other
 * one's ledger is true. */
static enum status check_item(const struct case_taking *t, const struct exchange_keys *self,
                              const struct exchange_item *it, struct fault *why)
{
    bool ours = strcmp(it->statement->party, self->key[0].name) == 0;
    TRY(exchange_item_check(it, ours ? self : &t->keys, !ours, why));
    for (size_t i = 0; i < it->logged_n; i++) {
        const struct exchange_logged *l = &it->logged[i];
        if (strcmp(l->party, t->other) == 0) {
            TRY(exchange_logged_check(l, &it->statement->hash, &t->keys, NULL, why));
        }
    }
    return ST_OK;
}

/* Of a notice to us: that its terms are those that we have signed, and its key one that
 * we know. */
static enum status check_notice(const struct case_taking *t, const struct exchange_statement *s,
                                const struct case_said *said, struct fault *why)
{
    struct case_terms terms;
    int64_t due[CASE_DUTIES];
    if (!exchange_keys_have(&t->keys, &said->key)) {
        return fault_at(why, ST_MISMATCH, 0, "from: not a key that this home knows of that party");
    }
    TRY(case_terms_of(t->home, said, t->other, &terms, why));
    case_due(&terms, said->lane, s->time_ns, due);
    return memcmp(due, said->event.due_ns, sizeof(due)) == 0
               ? ST_OK
               : fault_at(why, ST_MISMATCH, 0, "due: not as the terms have it");
}

static const struct exchange_enclosed *in_file(const struct case_taking *t,
                                               const struct digest *hash)
{
    for (size_t i = 0; i < t->handed->enclosed_n; i++) {
        if (same(&t->handed->enclosed[i].hash, hash)) {
            return &t->handed->enclosed[i];
        }
    }
    return NULL;
}

enum status case_take_file(const struct case_taking *t, const struct case_enclosed *e,
                           struct buf *ret, struct fault *why)
{
    const struct exchange_enclosed *f = in_file(t, &e->hash);
    if (f != NULL) {
        buf_append(ret, f->content.data, f->content.len);
        return ret->failed;
    }
    enum status st = exchange_file_get(t->home, &e->hash, ret, why);
    return st == ST_END ? fault_at(why, ST_DENIED, 0, "something that is named as enclosed is not")
                        : st;
}

/* Everything that is named is there; `named` gets what of the file was named. */
static enum status check_enclosed(const struct case_taking *t, const struct case_said *said,
                                  bool *named, struct fault *why)
{
    for (size_t i = 0; i < said->enclosed_n; i++) {
        CLEANUP(buf_fini) struct buf content = BUF_INIT(LIMIT_HANDED_BYTES);
        TRY(case_take_file(t, &said->enclosed[i], &content, why));
        if (content.len != said->enclosed[i].size_bytes) {
            return fault_at(why, ST_MISMATCH, 0, "bytes of what is enclosed");
        }
        for (size_t k = 0; k < t->handed->enclosed_n; k++) {
            named[k] = named[k] || same(&t->handed->enclosed[k].hash, &said->enclosed[i].hash);
        }
    }
    return ST_OK;
}

/* What case_take_open has read of it. */
static const struct case_said *said_of(const struct case_taking *t, size_t i)
{
    const struct case_one *c = case_take_case(t, i);
    const struct digest *hash = &t->handed->item[i].statement->hash;
    for (size_t k = 0; c != NULL && k < c->n; k++) {
        if (same(&c->event[k].hash, hash)) {
            return c->item[k].said;
        }
    }
    return NULL;
}

static enum status check_one(const struct case_taking *t, const struct exchange_keys *self,
                             size_t i, bool *named, struct fault *why)
{
    const struct exchange_item *it = &t->handed->item[i];
    const struct case_said *said = said_of(t, i);
    if (said == NULL) {
        return fault_at(why, ST_MALFORMED, 0, "no statement of a case");
    }
    TRY(check_item(t, self, it, why));
    if (said->event.kind == CASE_NOTICE && strcmp(it->statement->party, t->other) == 0 &&
        !case_take_known(t, &it->statement->hash)) {
        TRY(check_notice(t, it->statement, said, why));
    }
    return check_enclosed(t, said, named, why);
}

enum status case_take_check(struct case_taking *t, const struct exchange_keys *keys,
                            struct fault *why)
{
    CLEANUP(free_ptr) struct exchange_keys *self = calloc(1, sizeof(*self));
    bool named[LIMIT_HANDED_ENCLOSED] = {false};
    if (self == NULL) {
        return ST_NOMEM;
    }
    TRY(exchange_keys_self(t->home, self, why));
    t->keys = *keys;
    TRY(exchange_keys_follow_all(&t->keys, t->handed->keys, t->handed->keys_n, why));
    for (size_t i = 0; i < t->handed->n; i++) {
        TRY(check_one(t, self, i, named, why));
    }
    for (size_t i = 0; i < t->handed->enclosed_n; i++) {
        if (!named[i]) {
            return fault_at(why, ST_DENIED, 0, "something is enclosed that no statement names");
        }
    }
    return ST_OK;
}

enum status case_take_claims(const struct exchange_statement *notice, size_t exhibit,
                             const json_t *claims, struct fault *why)
{
    const json_t *said = json_object_get(notice->body, "claims");
    size_t k = 0;
    for (size_t i = 0; i < json_array_size(said); i++) {
        CLEANUP(canon_freep) json_t *one = json_copy(json_array_get(said, i));
        if ((size_t)json_integer_value(json_object_get(one, "exhibit")) != exhibit + 1) {
            continue;
        }
        if (one == NULL || json_object_del(one, "exhibit") != 0 ||
            !json_equal(one, json_array_get(claims, k++))) {
            return fault_at(why, ST_MISMATCH, 0, "claims: not those of the exhibit");
        }
    }
    return k == json_array_size(claims)
               ? ST_OK
               : fault_at(why, ST_MISMATCH, 0, "claims: not all of the exhibit");
}

/* --- keeping ----------------------------------------------------------------------- */

/* What is shown of the other party's ledger; ours is known better here. */
static enum status keep_one(struct case_taking *t, struct ledger_log *log, size_t i,
                            size_t *ret_new, struct fault *why)
{
    const json_t *file = json_array_get(json_object_get(t->handed->root, "statements"), i);
    const json_t *logged = json_object_get(file, "logged");
    CLEANUP(canon_freep) json_t *theirs = json_array();
    bool is_new = false;
    for (size_t k = 0; k < json_array_size(logged) && theirs != NULL; k++) {
        json_t *o = json_array_get(logged, k);
        const char *party = json_string_value(json_object_get(o, "party"));
        if (party != NULL && strcmp(party, t->other) == 0 && json_array_append(theirs, o) != 0) {
            return ST_NOMEM;
        }
    }
    if (theirs == NULL) {
        return ST_NOMEM;
    }
    TRY(exchange_keep(t->home, log, t->handed->item[i].statement, theirs, &is_new, why));
    *ret_new += is_new ? 1 : 0;
    return ST_OK;
}

/* So that the case goes on if the accord ends. What was told before stays. */
static enum status remember(const struct case_taking *t, struct fault *why)
{
    const struct exchange_keys *k = &t->keys;
    struct exchange_keys old;
    enum status st = exchange_known_get(t->home, t->other, &old, why);
    if (st != ST_END) {
        return st;
    }
    return exchange_known_put(t->home, &k->key[0],
                              k->n > 1      ? &k->key[1].material
                              : k->promised ? &k->next
                                            : NULL,
                              why);
}

/* Files first, then notices, then the rest: whenever it stops, nothing is kept that names
 * what is not there. */
enum status case_take_keep(struct case_taking *t, struct ledger_log *log, size_t *ret_new,
                           struct fault *why)
{
    *ret_new = 0;
    TRY(remember(t, why));
    TRY(exchange_keys_keep(t->home, &t->keys, t->handed, why));
    for (size_t i = 0; i < t->handed->enclosed_n; i++) {
        struct digest hash;
        TRY(exchange_file_keep(t->home, buf_bytes(&t->handed->enclosed[i].content), &hash, why));
    }
    for (int notices = 1; notices >= 0; notices--) {
        for (size_t i = 0; i < t->handed->n; i++) {
            bool is_notice = !t->handed->item[i].statement->answers;
            if (is_notice == (notices == 1)) {
                TRY(keep_one(t, log, i, ret_new, why));
            }
        }
    }
    return ST_OK;
}
