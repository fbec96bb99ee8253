/* exchange/talk/party.c - following a party's keys. */
#include "exchange/talk/party.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/checkpoint.h"
#include "ledger/succession.h"

enum { FINGERPRINT_BYTES = 16 };

void exchange_keys_begin(struct exchange_keys *k, const struct ledger_key *key,
                         const struct digest *next)
{
    memset(k, 0, sizeof(*k));
    k->n = 1;
    k->key[0] = *key;
    k->promised = next != NULL;
    k->next = next != NULL ? *next : k->next;
}

bool exchange_keys_sizes(const struct exchange_keys *k, size_t i, uint64_t size)
{
    return (k->entry[i] == 0 || size > k->entry[i]) &&
           (i + 1 == k->n || size <= k->entry[i + 1] + 1);
}

bool exchange_keys_entry(const struct exchange_keys *k, size_t i, uint64_t index)
{
    return (k->entry[i] == 0 || index >= k->entry[i]) &&
           (i + 1 == k->n || index <= k->entry[i + 1]);
}

bool exchange_keys_has(const struct exchange_keys *k, const struct ledger_key *key)
{
    for (size_t i = 0; i < k->n; i++) {
        if (memcmp(&k->key[i].material, &key->material, sizeof(key->material)) == 0) {
            return true;
        }
    }
    return false;
}

enum status exchange_keys_signed(const struct exchange_keys *k, const struct ledger_note *note,
                                 size_t *ret, struct fault *why)
{
    struct ledger_signed seen[LIMIT_PARTY_KEYS] = {{0}};
    if (k->n == 0) {
        return fault_at(why, ST_DENIED, 0, "no key of this party is known");
    }
    enum status st = ledger_note_check(note, k->key, k->n, seen, why);
    if (st != ST_OK) {
        return st == ST_DENIED ? fault_at(why, st, 0, "not signed by a known key of this party")
                               : st;
    }
    for (size_t i = k->n; i-- > 0;) {
        if (seen[i].valid) {
            *ret = i;
            break;
        }
    }
    return ST_OK;
}

/* The checkpoint of a proof, signed by one of these keys within its sizes. */
static enum status check_proof(const struct exchange_keys *k, struct bytes entry,
                               struct bytes proof, uint64_t *ret_index, struct fault *why)
{
    struct ledger_proof p;
    struct ledger_note note;
    struct ledger_checkpoint c;
    struct digest leaf;
    struct ledger_signed seen;
    const char *name = k->key[0].name;
    bool good = false;
    TRY(ledger_proof_parse(proof, &p, why));
    TRY(ledger_checkpoint_read(p.checkpoint, &note, &c, why));
    if (!bytes_equal(c.origin, bytes_of(name, strlen(name)))) {
        return fault_at(why, ST_DENIED, 0, "proof of another ledger");
    }
    for (size_t i = 0; i < k->n; i++) {
        enum status st = ledger_note_check(&note, &k->key[i], 1, &seen, why);
        if (st != ST_OK && st != ST_DENIED) {
            return st;
        }
        good = good || (st == ST_OK && exchange_keys_sizes(k, i, c.size));
    }
    if (!good) {
        return fault_at(why, ST_MISMATCH, 0, "checkpoint is not signed by the party's key");
    }
    TRY(ledger_tree_leaf(entry, &leaf));
    enum status st = ledger_tree_check(&leaf, p.index, c.size, &p.path, &c.root);
    if (st != ST_OK) {
        return fault_at(why, st, 0, "inclusion");
    }
    *ret_index = p.index;
    return ST_OK;
}

enum status exchange_keys_prove(const struct exchange_keys *k, struct bytes entry,
                                struct bytes proof, uint64_t *ret_index, struct fault *why)
{
    return k->n > 0 ? check_proof(k, entry, proof, ret_index, why)
                    : fault_at(why, ST_DENIED, 0, "no key of this party is known");
}

static bool same(const struct digest *a, const struct digest *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* The key that was promised. Whoever could make its entry knew that key, which
 * the promise binds; what the entry promises is believed under that key alone. */
static enum status take_next(struct exchange_keys *k, const struct ledger_succession *s,
                             struct bytes entry, struct bytes proof, struct fault *why)
{
    struct exchange_keys one;
    uint64_t index = 0;
    if (k->n == LIMIT_PARTY_KEYS) {
        return fault_limit(why, 0, "keys of a party", LIMIT_PARTY_KEYS);
    }
    exchange_keys_begin(&one, &s->key, &s->next);
    TRY(check_proof(&one, entry, proof, &index, why));
    if (index <= k->entry[k->n - 1]) {
        return fault_at(why, ST_MISMATCH, index, "entry before that of the key before");
    }
    k->key[k->n] = s->key;
    k->entry[k->n] = index;
    k->next = s->next;
    k->n++;
    return ST_OK;
}

enum status exchange_keys_follow(struct exchange_keys *k, struct bytes entry, struct bytes proof,
                                 struct fault *why)
{
    struct ledger_succession s;
    TRY(ledger_succession_parse(entry, &s, why));
    if (k->n == 0 || strcmp(s.key.name, k->key[0].name) != 0) {
        return fault_at(why, ST_DENIED, 0, "key of another party");
    }
    for (size_t i = 0; i < k->n; i++) {
        if (!same(&s.key.material, &k->key[i].material)) {
            continue;
        }
        const struct digest *next = i + 1 < k->n ? &k->key[i + 1].material : &k->next;
        bool known = i + 1 < k->n || k->promised;
        return !known || same(next, &s.next)
                   ? ST_OK
                   : fault_at(why, ST_MISMATCH, 0, "two keys are promised");
    }
    if (!k->promised || !same(&s.key.material, &k->next)) {
        return fault_at(why, ST_MISMATCH, 0, "key that was not promised");
    }
    return take_next(k, &s, entry, proof, why);
}

enum status exchange_keys_follow_all(struct exchange_keys *k, const struct exchange_key_entry *list,
                                     size_t n, struct fault *why)
{
    size_t start = 0;
    struct ledger_succession s;
    for (size_t i = 0; i < n; i++) {
        TRY(ledger_succession_parse(list[i].entry, &s, why));
        if (k->n > 0 && same(&s.key.material, &k->key[0].material)) {
            start = i;
        }
    }
    for (size_t i = start; i < n; i++) {
        enum status st = exchange_keys_follow(k, list[i].entry, list[i].proof, why);
        if (st != ST_OK && st != ST_DENIED) {
            return st;
        }
    }
    return ST_OK;
}

void exchange_fingerprint(const struct ledger_key *k, char out[EXCHANGE_FINGERPRINT_MAX])
{
    for (size_t i = 0; i < FINGERPRINT_BYTES; i += 2) {
        (void)snprintf(out + i / 2 * 5, 6, "%02x%02x%s", k->material.b[i], k->material.b[i + 1],
                       i + 2 < FINGERPRINT_BYTES ? " " : "");
    }
}

/* The next character that counts, as a small letter; 0 at the end. */
static char significant(const char **s)
{
    while (**s == ' ' || **s == ':' || **s == '-') {
        (*s)++;
    }
    return **s == '\0' ? '\0' : (char)tolower((unsigned char)*(*s)++);
}

bool exchange_fingerprint_is(const struct ledger_key *k, const char *text)
{
    char want[EXCHANGE_FINGERPRINT_MAX];
    exchange_fingerprint(k, want);
    for (const char *w = want;;) {
        char a = significant(&w), b = significant(&text);
        if (a != b || a == '\0') {
            return a == b;
        }
    }
}
