/* exchange/talk/known.c - a key that was told once, kept for good. */
#include "exchange/talk/known.h"

#include <stdio.h>
#include <string.h>

#include "base/core/canon.h"
#include "exchange/talk/keeping.h"
#include "exchange/talk/kept.h"

static const char format_name[] = "exhibit-known/v1";

enum { KNOWN_BYTES = 4096, KNOWN_DEPTH = 2 };

static enum status path_of(const char *party, char out[LEDGER_PATH_MAX])
{
    struct digest d;
    char hex[DIGEST_TEXT_MAX];
    TRY(digest_sha256(bytes_of(party, strlen(party)), &d));
    digest_format(&d, hex);
    (void)snprintf(out, LEDGER_PATH_MAX, "talk/known/%s", hex);
    return ST_OK;
}

bool exchange_keys_have(const struct exchange_keys *k, const struct ledger_key *key)
{
    for (size_t i = 0; i < k->n; i++) {
        if (memcmp(&k->key[i].material, &key->material, sizeof(key->material)) == 0) {
            return true;
        }
    }
    return false;
}

static enum status read_known(const json_t *o, const char *party, struct exchange_keys *ret,
                              struct fault *why)
{
    static const char *const names[] = {"format", "key", "next", NULL};
    char format[sizeof(format_name)];
    struct ledger_key key;
    struct digest next;
    const json_t *text = json_object_get(o, "key");
    bool promised = json_object_get(o, "next") != NULL;
    if (!exchange_members_known(o, names) ||
        !exchange_text_of(o, "format", format, sizeof(format)) ||
        strcmp(format, format_name) != 0 || !json_is_string(text) ||
        ledger_key_parse(bytes_of(json_string_value(text), json_string_length(text)), &key, why) !=
            ST_OK ||
        strcmp(key.name, party) != 0 ||
        (promised && !exchange_hex_of(o, "next", next.b, sizeof(next.b)))) {
        return fault_at(why, ST_MALFORMED, 0, "known key");
    }
    exchange_keys_begin(ret, &key, promised ? &next : NULL);
    return ST_OK;
}

enum status exchange_known_get(const struct evidence_home *h, const char *party,
                               struct exchange_keys *ret, struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(KNOWN_BYTES);
    CLEANUP(canon_freep) json_t *root = NULL;
    char path[LEDGER_PATH_MAX];
    struct exchange_keys k;
    TRY(path_of(party, path));
    TRY(ledger_files_read(&h->files, path, &text, why));
    TRY(canon_load(buf_bytes(&text), KNOWN_DEPTH, &root, why));
    TRY(read_known(root, party, &k, why));
    TRY(exchange_keys_kept(h, &k, why));
    *ret = k;
    return ST_OK;
}

enum status exchange_known_put(const struct evidence_home *h, const struct ledger_key *key,
                               const struct digest *next, struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(KNOWN_BYTES), line = BUF_INIT(KNOWN_BYTES);
    CLEANUP(canon_freep) json_t *o = json_object();
    char path[LEDGER_PATH_MAX], hex[DIGEST_TEXT_MAX];
    struct exchange_keys k;
    enum status st = exchange_known_get(h, key->name, &k, why);
    if (st != ST_END) {
        return st != ST_OK || exchange_keys_have(&k, key)
                   ? st
                   : fault_at(why, ST_MISMATCH, 0, "another key than the one this home knows");
    }
    ledger_key_format(key, &line);
    bool good = o != NULL && line.failed == ST_OK &&
                json_object_set_new(o, "format", json_string(format_name)) == 0 &&
                json_object_set_new(o, "key", json_stringn((const char *)line.data, line.len)) == 0;
    if (good && next != NULL) {
        digest_format(next, hex);
        good = json_object_set_new(o, "next", json_string(hex)) == 0;
    }
    if (!good) {
        return ST_NOMEM;
    }
    TRY(canon_write(o, &text));
    TRY(path_of(key->name, path));
    return exchange_kept_put(h, path, buf_bytes(&text), why);
}
