/* exchange/talk/keys.c - keys that are kept, ours and others', and handing out. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/core/canon.h"
#include "evidence/home/public.h"
#include "exchange/talk/keeping.h"
#include "exchange/talk/kept.h"
#include "ledger/succession.h"

enum { KEYS_BYTES = 4 << 20, KEYS_DEPTH = 4 };

/* --- of others -------------------------------------------------------------------- */

static enum status path_of_party(const char *party, char out[LEDGER_PATH_MAX])
{
    struct digest d;
    char hex[DIGEST_TEXT_MAX];
    TRY(digest_sha256(bytes_of(party, strlen(party)), &d));
    digest_format(&d, hex);
    (void)snprintf(out, LEDGER_PATH_MAX, "talk/key/%s", hex);
    return ST_OK;
}

/* *ret stays NULL when nothing is kept. */
static enum status load(const struct evidence_home *h, const char *party, json_t **ret,
                        struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(KEYS_BYTES);
    char path[LEDGER_PATH_MAX];
    TRY(path_of_party(party, path));
    enum status st = ledger_files_read(&h->files, path, &text, why);
    if (st != ST_OK) {
        return st == ST_END ? ST_OK : st;
    }
    TRY(canon_load(buf_bytes(&text), KEYS_DEPTH, ret, why));
    return json_is_array(*ret) ? ST_OK : fault_at(why, ST_MALFORMED, 0, "kept keys");
}

static struct bytes member(const json_t *o, const char *name)
{
    const json_t *v = json_object_get(o, name);
    return bytes_of(json_string_value(v), json_string_length(v));
}

static bool has_entry(const json_t *list, struct bytes entry)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (bytes_equal(member(json_array_get(list, i), "entry"), entry)) {
            return true;
        }
    }
    return false;
}

/* Only what was followed: nobody can leave behind what leads nowhere. */
static bool followed(const struct exchange_keys *k, const struct ledger_key *key)
{
    for (size_t i = 1; i < k->n; i++) {
        if (memcmp(&k->key[i].material, &key->material, sizeof(key->material)) == 0) {
            return true;
        }
    }
    return false;
}

enum status exchange_keys_keep(const struct evidence_home *h, const struct exchange_keys *k,
                               const struct exchange_handed *from, struct fault *why)
{
    CLEANUP(canon_freep) json_t *list = NULL;
    CLEANUP(buf_fini) struct buf text = BUF_INIT(KEYS_BYTES);
    CLEANUP(exchange_handing_fini) struct exchange_handing w = {NULL, NULL, NULL};
    char path[LEDGER_PATH_MAX];
    bool more = false;
    TRY(load(h, k->key[0].name, &list, why));
    TRY(exchange_handing_init(&w));
    for (size_t i = 0; i < from->keys_n; i++) {
        struct ledger_succession s;
        TRY(ledger_succession_parse(from->keys[i].entry, &s, why));
        if (followed(k, &s.key) && !has_entry(list, from->keys[i].entry)) {
            TRY(exchange_handing_key(&w, from->keys[i].entry, from->keys[i].proof));
            more = true;
        }
    }
    if (!more) {
        return ST_OK;
    }
    if (list != NULL && json_array_extend(list, w.keys) != 0) {
        return ST_NOMEM;
    }
    TRY(canon_write(list != NULL ? list : w.keys, &text));
    TRY(path_of_party(k->key[0].name, path));
    return exchange_kept_put(h, path, buf_bytes(&text), why);
}

enum status exchange_keys_kept(const struct evidence_home *h, struct exchange_keys *k,
                               struct fault *why)
{
    CLEANUP(canon_freep) json_t *list = NULL;
    struct exchange_key_entry e[LIMIT_PARTY_KEYS];
    TRY(load(h, k->key[0].name, &list, why));
    size_t n = json_array_size(list);
    if (n > LIMIT_PARTY_KEYS) {
        return fault_limit(why, 0, "keys of a party", LIMIT_PARTY_KEYS);
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(list, i);
        e[i] = (struct exchange_key_entry){member(o, "entry"), member(o, "proof")};
    }
    return exchange_keys_follow_all(k, e, n, why);
}

/* --- our own ---------------------------------------------------------------------- */

static void path_of_term(uint64_t entry, char out[LEDGER_PATH_MAX])
{
    (void)snprintf(out, LEDGER_PATH_MAX, "talk/term/%" PRIu64, entry);
}

static enum status proof_of(const struct evidence_home *h, const struct evidence_public *p,
                            uint64_t index, struct buf *entry, struct buf *proof, struct fault *why)
{
    struct evidence_proven v;
    TRY(evidence_public_prove(&h->party, "log/", p, index, &v, why));
    buf_append(entry, v.entry.data, v.entry.len);
    ledger_proof_write(&v.proof, proof);
    buf_fini(&v.entry);
    return entry->failed != ST_OK ? entry->failed : proof->failed;
}

enum status exchange_term_keep(const struct evidence_home *h, struct fault *why)
{
    CLEANUP(evidence_public_fini) struct evidence_public p = {.signer = NULL};
    CLEANUP(buf_fini)
    struct buf entry = BUF_INIT(LIMIT_KEY_BYTES), proof = BUF_INIT(LIMIT_NOTE_BYTES),
               old = BUF_INIT(LIMIT_NOTE_BYTES);
    char path[LEDGER_PATH_MAX];
    TRY(evidence_public_read(&h->party, "log/", &p, why));
    uint64_t index = p.terms.term[p.terms.n - 1].entry;
    path_of_term(index, path);
    enum status st = ledger_files_read(&h->files, path, &old, why);
    if (st != ST_END || p.terms.n == 1) {
        return st == ST_END ? ST_OK : st; /* the first key is agreed on, not followed */
    }
    TRY(proof_of(h, &p, index, &entry, &proof, why));
    return exchange_kept_put(h, path, buf_bytes(&proof), why);
}

enum status exchange_hand_keys(const struct evidence_home *h, struct exchange_handing *w,
                               struct fault *why)
{
    CLEANUP(evidence_public_fini) struct evidence_public p = {.signer = NULL};
    TRY(evidence_public_read(&h->party, "log/", &p, why));
    for (size_t i = 1; i < p.terms.n; i++) {
        CLEANUP(buf_fini) struct buf entry = BUF_INIT(LIMIT_KEY_BYTES);
        CLEANUP(buf_fini) struct buf proof = BUF_INIT(LIMIT_NOTE_BYTES);
        char path[LEDGER_PATH_MAX];
        const struct ledger_term *t = &p.terms.term[i];
        const struct ledger_succession s = {t->key, t->next};
        path_of_term(t->entry, path);
        enum status st = ledger_files_read(&h->files, path, &proof, why);
        if (st == ST_END) {
            continue; /* changed before anything was said: nobody begins before it */
        }
        TRY(st);
        ledger_succession_write(&s, &entry);
        TRY(exchange_handing_key(w, buf_bytes(&entry), buf_bytes(&proof)));
    }
    return ST_OK;
}

enum status exchange_hand_keys_of(const struct evidence_home *h, const char *party,
                                  struct exchange_handing *w, struct fault *why)
{
    CLEANUP(canon_freep) json_t *list = NULL;
    TRY(load(h, party, &list, why));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *o = json_array_get(list, i);
        if (json_array_size(w->keys) < LIMIT_PARTY_KEYS) {
            TRY(exchange_handing_key(w, member(o, "entry"), member(o, "proof")));
        }
    }
    return ST_OK;
}

enum status exchange_keys_self(const struct evidence_home *h, struct exchange_keys *ret,
                               struct fault *why)
{
    CLEANUP(evidence_public_fini) struct evidence_public p = {.signer = NULL};
    TRY(evidence_public_read(&h->party, "log/", &p, why));
    size_t skip = p.terms.n > LIMIT_PARTY_KEYS ? p.terms.n - LIMIT_PARTY_KEYS : 0;
    *ret = (struct exchange_keys){.promised = true, .next = p.terms.term[p.terms.n - 1].next};
    for (size_t i = skip; i < p.terms.n; i++) {
        ret->key[ret->n] = p.terms.term[i].key;
        ret->entry[ret->n++] = p.terms.term[i].entry;
    }
    return ST_OK;
}

enum status exchange_keys_own(const struct evidence_home *h, struct exchange_keys *k,
                              struct fault *why)
{
    CLEANUP(exchange_handing_fini) struct exchange_handing w = {NULL, NULL, NULL};
    struct exchange_key_entry e[LIMIT_PARTY_KEYS];
    TRY(exchange_handing_init(&w));
    TRY(exchange_hand_keys(h, &w, why));
    size_t n = json_array_size(w.keys);
    for (size_t i = 0; i < n && i < LIMIT_PARTY_KEYS; i++) {
        const json_t *o = json_array_get(w.keys, i);
        e[i] = (struct exchange_key_entry){member(o, "entry"), member(o, "proof")};
    }
    return exchange_keys_follow_all(k, e, n < LIMIT_PARTY_KEYS ? n : LIMIT_PARTY_KEYS, why);
}

/* --- handing out ------------------------------------------------------------------ */

static enum status ours(const struct evidence_home *h, const struct exchange_kept *k, json_t *list,
                        struct fault *why)
{
    CLEANUP(evidence_public_fini) struct evidence_public p = {.signer = NULL};
    CLEANUP(buf_fini)
    struct buf entry = BUF_INIT(LIMIT_KEY_BYTES), proof = BUF_INIT(LIMIT_NOTE_BYTES);
    struct exchange_logged l = {.proof = {0}};
    TRY(evidence_public_read(&h->party, "log/", &p, why));
    TRY(proof_of(h, &p, k->index, &entry, &proof, why));
    (void)snprintf(l.party, sizeof(l.party), "%s", h->config.name);
    memcpy(l.salt, k->salt, sizeof(l.salt));
    l.proof = buf_bytes(&proof);
    json_t *o = exchange_logged_json(&l);
    return o != NULL && json_array_append_new(list, o) == 0 ? ST_OK : ST_NOMEM;
}

enum status exchange_hand(const struct evidence_home *h, const struct digest *hash,
                          struct exchange_handing *w, struct fault *why)
{
    CLEANUP(exchange_kept_freep) struct exchange_kept *k = NULL;
    CLEANUP(canon_freep) json_t *list = NULL;
    TRY(exchange_kept_get(h, hash, &k, why));
    list = json_deep_copy(k->others);
    if (list == NULL) {
        return ST_NOMEM;
    }
    if (k->logged) {
        TRY(ours(h, k, list, why));
    }
    return exchange_handing_add(w, k->statement, list);
}
