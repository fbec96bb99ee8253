/* exchange/talk/handed.c - files of statements, read strictly and written. */
#include "exchange/talk/handed.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/base64.h"
#include "base/core/canon.h"
#include "evidence/keys.h"

static const char format_name[] = "exhibit-handed/v1";

enum { HANDED_DEPTH = 6 };

/* --- what a ledger holds ---------------------------------------------------------- */

enum status exchange_entry_write(const uint8_t salt[EXCHANGE_SALT_BYTES], const struct digest *hash,
                                 struct buf *out)
{
    uint8_t text[1 + EXCHANGE_SALT_BYTES + DIGEST_BYTES] = {TAG_STATEMENT};
    struct digest d;
    memcpy(text + 1, salt, EXCHANGE_SALT_BYTES);
    memcpy(text + 1 + EXCHANGE_SALT_BYTES, hash->b, DIGEST_BYTES);
    TRY(digest_sha256(bytes_of(text, sizeof(text)), &d));
    buf_str(out, "exhibit-statement/v1\n");
    base64_append(out, bytes_of(d.b, sizeof(d.b)));
    buf_byte(out, '\n');
    return out->failed;
}

enum status exchange_logged_check(const struct exchange_logged *l, const struct digest *hash,
                                  const struct exchange_keys *k, uint64_t *ret_index,
                                  struct fault *why)
{
    CLEANUP(buf_fini) struct buf entry = BUF_INIT(256);
    uint64_t index = 0;
    TRY(exchange_entry_write(l->salt, hash, &entry));
    if (k->n > 0 && strcmp(l->party, k->key[0].name) != 0) {
        return fault_at(why, ST_DENIED, 0, "ledger of another party");
    }
    TRY(exchange_keys_prove(k, buf_bytes(&entry), l->proof, &index, why));
    if (ret_index != NULL) {
        *ret_index = index;
    }
    return ST_OK;
}

static bool salt_of(const json_t *o, uint8_t out[EXCHANGE_SALT_BYTES])
{
    const json_t *v = json_object_get(o, "salt");
    size_t n = 0;
    return json_is_string(v) &&
           base64_decode(bytes_of(json_string_value(v), json_string_length(v)), out,
                         EXCHANGE_SALT_BYTES, &n) == ST_OK &&
           n == EXCHANGE_SALT_BYTES;
}

static bool bytes_member(const json_t *o, const char *name, struct bytes *ret)
{
    const json_t *v = json_object_get(o, name);
    if (!json_is_string(v)) {
        return false;
    }
    *ret = bytes_of(json_string_value(v), json_string_length(v));
    return true;
}

enum status exchange_logged_read(const json_t *o, struct exchange_logged *ret, struct fault *why)
{
    static const char *const names[] = {"party", "salt", "proof", NULL};
    if (!exchange_members_known(o, names)) {
        return fault_at(why, ST_MALFORMED, 0, "a member of logged that is not known");
    }
    if (!exchange_text_of(o, "party", ret->party, sizeof(ret->party)) ||
        !ledger_name_valid(bytes_of(ret->party, strlen(ret->party)))) {
        return fault_at(why, ST_MALFORMED, 0, "party of logged");
    }
    if (!salt_of(o, ret->salt)) {
        return fault_at(why, ST_MALFORMED, 0, "salt of logged");
    }
    return bytes_member(o, "proof", &ret->proof)
               ? ST_OK
               : fault_at(why, ST_MALFORMED, 0, "proof of logged");
}

/* --- reading ---------------------------------------------------------------------- */

static enum status read_logged(const json_t *list, struct exchange_item *it, struct fault *why)
{
    size_t n = json_array_size(list);
    if (list == NULL) {
        return ST_OK;
    }
    if (!json_is_array(list) || n > LIMIT_ACCORD_PARTIES) {
        return json_is_array(list) ? fault_limit(why, 0, "logged", LIMIT_ACCORD_PARTIES)
                                   : fault_at(why, ST_MALFORMED, 0, "logged");
    }
    for (size_t i = 0; i < n; i++) {
        TRY(exchange_logged_read(json_array_get(list, i), &it->logged[i], why));
        for (size_t k = 0; k < i; k++) {
            if (strcmp(it->logged[k].party, it->logged[i].party) == 0) {
                return fault_at(why, ST_MALFORMED, 0, "party of logged that is there twice");
            }
        }
    }
    it->logged_n = n;
    return ST_OK;
}

static enum status read_item(const json_t *o, struct exchange_item *it, struct fault *why)
{
    static const char *const names[] = {"note", "logged", NULL};
    struct bytes note;
    if (!exchange_members_known(o, names) || !bytes_member(o, "note", &note)) {
        return fault_at(why, ST_MALFORMED, 0, "statements");
    }
    TRY(exchange_statement_read(note, &it->statement, why));
    return read_logged(json_object_get(o, "logged"), it, why);
}

static enum status read_items(const json_t *list, struct exchange_handed *h, struct fault *why)
{
    if (!json_is_array(list) || json_array_size(list) == 0) {
        return fault_at(why, ST_MALFORMED, 0, "statements");
    }
    if (json_array_size(list) > LIMIT_HANDED_STATEMENTS) {
        return fault_limit(why, 0, "statements", LIMIT_HANDED_STATEMENTS);
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        h->n = i + 1; /* so that what was made of it is freed */
        TRY(read_item(json_array_get(list, i), &h->item[i], why));
        for (size_t k = 0; k < i; k++) {
            const struct digest *a = &h->item[k].statement->hash;
            if (memcmp(a, &h->item[i].statement->hash, sizeof(*a)) == 0) {
                return fault_at(why, ST_MALFORMED, 0, "statement that is there twice");
            }
        }
    }
    return ST_OK;
}

static enum status read_keys(const json_t *list, struct exchange_handed *h, struct fault *why)
{
    static const char *const names[] = {"entry", "proof", NULL};
    if (list != NULL && !json_is_array(list)) {
        return fault_at(why, ST_MALFORMED, 0, "keys");
    }
    if (json_array_size(list) > LIMIT_PARTY_KEYS) {
        return fault_limit(why, 0, "keys", LIMIT_PARTY_KEYS);
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *o = json_array_get(list, i);
        if (!exchange_members_known(o, names) || !bytes_member(o, "entry", &h->keys[i].entry) ||
            !bytes_member(o, "proof", &h->keys[i].proof)) {
            return fault_at(why, ST_MALFORMED, 0, "keys");
        }
    }
    h->keys_n = json_array_size(list);
    return ST_OK;
}

bool exchange_file_name_valid(const char *s)
{
    for (const char *c = s; *c != '\0'; c++) {
        if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", *c) ==
            NULL) {
            return false;
        }
    }
    return s[0] != '\0' && s[0] != '.' && s[0] != '-';
}

static enum status read_enclosed(const json_t *o, struct exchange_enclosed *e, struct fault *why)
{
    static const char *const names[] = {"name", "data", NULL};
    struct bytes text;
    size_t n = 0;
    if (!exchange_members_known(o, names) ||
        !exchange_text_of(o, "name", e->name, sizeof(e->name)) ||
        !exchange_file_name_valid(e->name)) {
        return fault_at(why, ST_MALFORMED, 0, "name of what is enclosed");
    }
    if (!bytes_member(o, "data", &text) || base64_check(text, &n) != ST_OK) {
        return fault_at(why, ST_MALFORMED, 0, "data of what is enclosed");
    }
    buf_init(&e->content, n);
    if (n > 0 && !buf_reserve(&e->content, n)) {
        return e->content.failed;
    }
    TRY(base64_decode(text, e->content.data, n, &e->content.len));
    return digest_sha256(buf_bytes(&e->content), &e->hash);
}

static enum status read_all_enclosed(const json_t *list, struct exchange_handed *h,
                                     struct fault *why)
{
    if (list != NULL && !json_is_array(list)) {
        return fault_at(why, ST_MALFORMED, 0, "enclosed");
    }
    if (json_array_size(list) > LIMIT_HANDED_ENCLOSED) {
        return fault_limit(why, 0, "enclosed", LIMIT_HANDED_ENCLOSED);
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        h->enclosed_n = i + 1;
        TRY(read_enclosed(json_array_get(list, i), &h->enclosed[i], why));
    }
    return ST_OK;
}

static enum status read_root(struct exchange_handed *h, struct fault *why)
{
    static const char *const names[] = {"format", "statements", "keys", "enclosed", NULL};
    char format[sizeof(format_name)];
    if (!exchange_members_known(h->root, names)) {
        return fault_at(why, ST_MALFORMED, 0, "a member that is not known");
    }
    if (!exchange_text_of(h->root, "format", format, sizeof(format)) ||
        strcmp(format, format_name) != 0) {
        return fault_at(why, ST_MALFORMED, 0, "format");
    }
    TRY(read_items(json_object_get(h->root, "statements"), h, why));
    TRY(read_keys(json_object_get(h->root, "keys"), h, why));
    return read_all_enclosed(json_object_get(h->root, "enclosed"), h, why);
}

enum status exchange_handed_read(struct bytes file, struct exchange_handed **ret, struct fault *why)
{
    CLEANUP(exchange_handed_freep) struct exchange_handed *h = NULL;
    if (file.len > LIMIT_HANDED_BYTES) {
        return fault_limit(why, 0, "size of the file", LIMIT_HANDED_BYTES);
    }
    h = calloc(1, sizeof(*h));
    if (h == NULL) {
        return ST_NOMEM;
    }
    TRY(canon_load(file, HANDED_DEPTH, &h->root, why));
    TRY(read_root(h, why));
    *ret = TAKE(h);
    return ST_OK;
}

void exchange_handed_free(struct exchange_handed *h)
{
    if (h == NULL) {
        return;
    }
    for (size_t i = 0; i < h->n; i++) {
        exchange_statement_free(h->item[i].statement);
    }
    for (size_t i = 0; i < h->enclosed_n; i++) {
        buf_fini(&h->enclosed[i].content);
    }
    json_decref(h->root);
    free(h);
}

void exchange_handed_freep(struct exchange_handed **h)
{
    exchange_handed_free(*h);
}

enum status exchange_item_signed_by(const struct exchange_item *it, const struct exchange_keys *k,
                                    bool must, struct fault *why)
{
    size_t key = 0;
    uint64_t index = 0;
    TRY(exchange_keys_signed(k, &it->statement->note, &key, why));
    for (size_t i = 0; i < it->logged_n; i++) {
        if (strcmp(it->logged[i].party, k->key[0].name) != 0) {
            continue;
        }
        TRY(exchange_logged_check(&it->logged[i], &it->statement->hash, k, &index, why));
        return exchange_keys_entry(k, key, index)
                   ? ST_OK
                   : fault_at(why, ST_MISMATCH, index, "signed by a key that was out of use");
    }
    return must ? fault_at(why, ST_DENIED, 0, "not shown to be in its party's ledger") : ST_OK;
}

enum status exchange_item_check(const struct exchange_item *it, const struct exchange_keys *k,
                                bool must, struct fault *why)
{
    if (k->n == 0 || strcmp(it->statement->party, k->key[0].name) != 0) {
        return fault_at(why, ST_DENIED, 0, "no key of this party is known");
    }
    return exchange_item_signed_by(it, k, must, why);
}

/* --- writing ---------------------------------------------------------------------- */

enum status exchange_handing_init(struct exchange_handing *w)
{
    *w = (struct exchange_handing){json_array(), json_array(), json_array()};
    return w->statements != NULL && w->keys != NULL && w->enclosed != NULL ? ST_OK : ST_NOMEM;
}

void exchange_handing_fini(struct exchange_handing *w)
{
    json_decref(w->statements);
    json_decref(w->keys);
    json_decref(w->enclosed);
    *w = (struct exchange_handing){NULL, NULL, NULL};
}

static json_t *text_json_of(struct bytes b)
{
    return json_stringn((const char *)b.data, b.len);
}

/* Takes `a` and `b`, also when it fails; `name_b` may be NULL. */
static enum status append_pair(json_t *list, const char *name_a, json_t *a, const char *name_b,
                               json_t *b)
{
    json_t *o = json_object();
    bool good = o != NULL && json_object_set_new(o, name_a, a) == 0;
    if (o == NULL) {
        json_decref(a);
    }
    if (name_b != NULL && good) {
        good = json_object_set_new(o, name_b, b) == 0;
    } else {
        json_decref(b);
    }
    if (!good) {
        json_decref(o);
        return ST_NOMEM;
    }
    return json_array_append_new(list, o) == 0 ? ST_OK : ST_NOMEM;
}

enum status exchange_handing_add(struct exchange_handing *w, const struct exchange_statement *s,
                                 const json_t *logged)
{
    json_t *copy = logged != NULL ? json_deep_copy(logged) : NULL;
    if (logged != NULL && copy == NULL) {
        return ST_NOMEM;
    }
    return append_pair(w->statements, "note", text_json_of(buf_bytes(&s->file)),
                       copy != NULL ? "logged" : NULL, copy);
}

enum status exchange_handing_key(struct exchange_handing *w, struct bytes entry, struct bytes proof)
{
    return append_pair(w->keys, "entry", text_json_of(entry), "proof", text_json_of(proof));
}

enum status exchange_handing_enclose(struct exchange_handing *w, const char *name,
                                     struct bytes content)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_HANDED_BYTES);
    base64_append(&text, content);
    if (text.failed != ST_OK) {
        return text.failed;
    }
    return append_pair(w->enclosed, "name", json_string(name), "data",
                       text_json_of(buf_bytes(&text)));
}

json_t *exchange_logged_json(const struct exchange_logged *l)
{
    CLEANUP(buf_fini) struct buf salt = BUF_INIT(64);
    base64_append(&salt, bytes_of(l->salt, sizeof(l->salt)));
    json_t *o = salt.failed == ST_OK ? json_object() : NULL;
    bool good = o != NULL && json_object_set_new(o, "party", json_string(l->party)) == 0 &&
                json_object_set_new(o, "salt", text_json_of(buf_bytes(&salt))) == 0 &&
                json_object_set_new(o, "proof", text_json_of(l->proof)) == 0;
    if (!good) {
        json_decref(o);
        return NULL;
    }
    return o;
}

enum status exchange_handing_write(const struct exchange_handing *w, struct buf *out,
                                   struct fault *why)
{
    CLEANUP(canon_freep) json_t *root = json_object();
    size_t before = out->len;
    bool good = root != NULL &&
                json_object_set_new(root, "format", json_string(format_name)) == 0 &&
                json_object_set(root, "statements", w->statements) == 0;
    if (good && json_array_size(w->keys) > 0) {
        good = json_object_set(root, "keys", w->keys) == 0;
    }
    if (good && json_array_size(w->enclosed) > 0) {
        good = json_object_set(root, "enclosed", w->enclosed) == 0;
    }
    if (!good) {
        return ST_NOMEM;
    }
    TRY(canon_write(root, out));
    buf_byte(out, '\n');
    return out->len - before > LIMIT_HANDED_BYTES
               ? fault_limit(why, 0, "size of the file", LIMIT_HANDED_BYTES)
               : out->failed;
}
