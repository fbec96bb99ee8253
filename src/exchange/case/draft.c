/* exchange/case/draft.c - bodies made, said, and handed over. */
#include "exchange/case/draft.h"

#include <string.h>

#include "base/core/base64.h"
#include "base/core/canon.h"
#include "base/os/random.h"

static enum status set_new(json_t *o, const char *name, json_t *value)
{
    return value != NULL && json_object_set_new(o, name, value) == 0 ? ST_OK : ST_NOMEM;
}

static json_t *time_json(int64_t ns)
{
    char when[EXCHANGE_TIME_TEXT];
    exchange_time_text(ns, when);
    return json_string(when);
}

static json_t *digest_json(const struct digest *d)
{
    char hex[DIGEST_TEXT_MAX];
    digest_format(d, hex);
    return json_string(hex);
}

json_t *case_draft_head(const char *id, unsigned number)
{
    json_t *o = json_object();
    if (o == NULL || set_new(o, "case", json_string(id)) != ST_OK ||
        set_new(o, "number", json_integer(number)) != ST_OK) {
        json_decref(o);
        return NULL;
    }
    return o;
}

/* --- notices ----------------------------------------------------------------------- */

static enum status put_from(json_t *body, const struct evidence_home *h)
{
    CLEANUP(buf_fini) struct buf key = BUF_INIT(1024), next = BUF_INIT(64);
    json_t *from = json_object();
    TRY(set_new(body, "from", from));
    ledger_key_format(&h->signer.key, &key);
    base64_append(&next, bytes_of(h->next.b, sizeof(h->next.b)));
    TRY(key.failed != ST_OK ? key.failed : next.failed);
    TRY(set_new(from, "key", json_stringn((const char *)key.data, key.len)));
    return set_new(from, "next", json_stringn((const char *)next.data, next.len));
}

static enum status put_accord(json_t *body, const struct case_terms *t)
{
    json_t *o = t->has_accord ? json_object() : NULL;
    if (!t->has_accord) {
        return ST_OK;
    }
    TRY(set_new(body, "accord", o));
    TRY(set_new(o, "id", json_string(t->accord)));
    return set_new(o, "version", digest_json(&t->version));
}

static enum status put_due(json_t *body, const struct case_plan *p, const struct case_terms *t)
{
    static const char *const names[] = {"receipt", "answer", "final"};
    int64_t due[CASE_DUTIES], whole = p->time_ns - p->time_ns % 1000000000;
    json_t *o = json_object();
    TRY(set_new(body, "due", o));
    case_due(t, p->lane, whole, due);
    for (int i = 0; i < CASE_DUTIES; i++) {
        TRY(set_new(o, names[i], time_json(due[i])));
    }
    return ST_OK;
}

enum status case_draft_words(json_t *body, const char *name, bool denials, uint32_t bits)
{
    json_t *list = json_array();
    TRY(set_new(body, name, list));
    for (size_t i = 0; i < 32; i++) {
        struct accord_word w =
            denials ? accord_word_at(ACCORD_DENIALS, i) : case_word_at(CASE_LIST_REQUESTS, i);
        if (w.name == NULL) {
            break;
        }
        if ((bits >> i & 1) != 0 && json_array_append_new(list, json_string(w.name)) != 0) {
            return ST_NOMEM;
        }
    }
    return ST_OK;
}

enum status case_draft_notice(json_t *body, const struct case_plan *p, const struct case_terms *t,
                              const struct evidence_home *h)
{
    TRY(put_from(body, h));
    TRY(set_new(body, "to", json_string(p->to)));
    TRY(put_accord(body, t));
    TRY(set_new(body, "lane", json_string(accord_word_at(ACCORD_LANES, p->lane).name)));
    TRY(set_new(body, "tlp", json_string(accord_word_at(ACCORD_TLP, p->tlp).name)));
    TRY(case_draft_words(body, "request", false, p->requests));
    return put_due(body, p, t);
}

/* The array of this name, made if it is not there; borrowed. */
static json_t *list_of(json_t *body, const char *name)
{
    json_t *list = json_object_get(body, name);
    if (list == NULL && set_new(body, name, json_array()) == ST_OK) {
        list = json_object_get(body, name);
    }
    return list;
}

enum status case_draft_enclose(json_t *body, const char *name, const struct digest *hash,
                               size_t size_bytes)
{
    json_t *o = json_object(), *list = list_of(body, "enclosed");
    if (o == NULL || list == NULL || json_array_append_new(list, o) != 0) {
        return ST_NOMEM;
    }
    TRY(set_new(o, "name", json_string(name)));
    TRY(set_new(o, "sha256", digest_json(hash)));
    return set_new(o, "bytes", json_integer((json_int_t)size_bytes));
}

enum status case_draft_claims(json_t *body, const json_t *claims)
{
    size_t exhibit = json_array_size(json_object_get(body, "enclosed"));
    json_t *list = list_of(body, "claims");
    for (size_t i = 0; i < json_array_size(claims) && list != NULL; i++) {
        json_t *o = json_deep_copy(json_array_get(claims, i));
        if (o == NULL || json_array_append_new(list, o) != 0) {
            return ST_NOMEM;
        }
        TRY(set_new(o, "exhibit", json_integer((json_int_t)exhibit)));
    }
    return list != NULL ? ST_OK : ST_NOMEM;
}

enum status case_draft_text(json_t *body, const char *name, const char *text)
{
    json_t *v = json_string(text);
    return v == NULL ? ST_MALFORMED /* no UTF-8 */ : set_new(body, name, v);
}

enum status case_draft_form(json_t *body, const char *name, const char *text)
{
    json_t *form = json_object_get(body, "form");
    if (case_word_find(CASE_LIST_FORM, name) < 0) {
        return ST_MALFORMED;
    }
    if (form == NULL) {
        TRY(set_new(body, "form", json_object()));
        form = json_object_get(body, "form");
    }
    return case_draft_text(form, name, text);
}

/* --- saying ------------------------------------------------------------------------ */

enum status case_say(struct evidence_home *h, struct ledger_log *log, const struct case_saying *s,
                     struct digest *ret, struct fault *why)
{
    CLEANUP(exchange_statement_freep) struct exchange_statement *st = NULL;
    CLEANUP(free_ptr) struct case_said *said = NULL;
    struct exchange_saying say = {.type = case_type(s->kind),
                                  .party = h->config.name,
                                  .time_ns = s->time_ns,
                                  .previous = s->previous,
                                  .body = s->body};
    if (s->id != NULL) {
        memcpy(say.id, s->id, sizeof(say.id));
    } else {
        TRY(random_bytes(say.id, sizeof(say.id)));
    }
    TRY(exchange_statement_make(&say, &h->signer, &st, why));
    TRY(case_said_read(st, &said, why));
    if (ret != NULL) {
        *ret = st->hash;
    }
    return exchange_keep(h, log, st, NULL, NULL, why);
}

/* Bodies but for what differs each time something is said. */
static bool same_body(const json_t *a, const json_t *b)
{
    static const char *const varies[] = {"case", "number", "due", "from"};
    CLEANUP(canon_freep) json_t *x = json_copy((json_t *)(uintptr_t)a);
    CLEANUP(canon_freep) json_t *y = json_copy((json_t *)(uintptr_t)b);
    if (x == NULL || y == NULL) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(varies); i++) {
        (void)json_object_del(x, varies[i]); /* it may not be there */
        (void)json_object_del(y, varies[i]);
    }
    return json_equal(x, y) != 0;
}

const struct case_item *case_said_already(const struct case_one *c, const char *party,
                                          enum case_kind kind, const json_t *body)
{
    const struct case_item *newest = NULL;
    for (size_t i = 0; i < c->n; i++) {
        const struct case_item *it = &c->item[i];
        if (it->said->event.kind == kind && strcmp(it->statement->party, party) == 0 &&
            (newest == NULL || it->said->event.number > newest->said->event.number)) {
            newest = it;
        }
    }
    return newest != NULL && same_body(newest->statement->body, body) ? newest : NULL;
}

/* --- handing over ------------------------------------------------------------------ */

static enum status enclose_all(const struct evidence_home *h, const struct case_one *c, bool all,
                               struct exchange_handing *w, struct fault *why)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct case_item *it = &c->item[i];
        if (!all && strcmp(it->statement->party, h->config.name) != 0) {
            continue;
        }
        for (size_t k = 0; k < it->said->enclosed_n; k++) {
            CLEANUP(buf_fini) struct buf content = BUF_INIT(LIMIT_HANDED_BYTES);
            const struct case_enclosed *e = &it->said->enclosed[k];
            enum status st = exchange_file_get(h, &e->hash, &content, why);
            if (st != ST_OK) {
                return st == ST_END ? fault_at(why, ST_MISMATCH, 0, "an enclosure is gone") : st;
            }
            TRY(exchange_handing_enclose(w, e->name, buf_bytes(&content)));
        }
    }
    return ST_OK;
}

enum status case_hand(const struct evidence_home *h, struct ledger_log *log,
                      const struct case_one *c, bool all, struct buf *out, struct fault *why)
{
    CLEANUP(exchange_handing_fini) struct exchange_handing w = {NULL, NULL, NULL};
    TRY(exchange_handing_init(&w));
    for (size_t i = 0; i < c->n; i++) {
        const struct case_item *it = &c->item[i];
        if (log != NULL && it->kept != NULL && !it->kept->logged) {
            TRY(exchange_keep(h, log, it->statement, NULL, NULL, why));
        }
        TRY(exchange_hand(h, &it->statement->hash, &w, why));
    }
    TRY(exchange_hand_keys(h, &w, why));
    TRY(exchange_hand_keys_of(h, case_other(c, h->config.name), &w, why));
    TRY(enclose_all(h, c, all, &w, why));
    return exchange_handing_write(&w, out, why);
}
