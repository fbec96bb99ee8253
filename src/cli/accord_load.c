/* cli/accord_load.c - accords from files and out of the home, and whose keys count. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/core/base64.h"
#include "base/os/clock.h"
#include "base/os/file.h"
#include "cli/accord_parts.h"
#include "cli/output.h"
#include "cli/say.h"
#include "exchange/talk/keeping.h"
#include "ledger/checkpoint.h"
#include "ledger/policy.h"

int accord_failed(const char *place, enum status st, const struct fault *why)
{
    say_fault(place, st, why);
    return st == ST_MISMATCH ? ACCORD_FAILS : ACCORD_COULD_NOT;
}

int accord_answer(const struct buf *out, int status)
{
    if (out->failed != ST_OK) {
        say("the answer: %s", status_text(out->failed));
        return ACCORD_COULD_NOT;
    }
    return output_write(buf_bytes(out)) ? status : ACCORD_COULD_NOT;
}

int accord_write(const struct accord_job *job, struct bytes content)
{
    struct fault why = {0};
    if (job->output == NULL) {
        return output_write(content) ? ACCORD_DONE : ACCORD_COULD_NOT;
    }
    enum status st = file_write(job->output, content, 0644, &why);
    return st == ST_OK ? ACCORD_DONE : accord_failed(job->output, st, &why);
}

bool accord_has_place(const struct accord_job *job, const char *verb)
{
    if (job->output == NULL && (job->json || output_is_terminal())) {
        say(job->json ? "accord %s: --json answers on standard output: --output FILE for the file "
                        "to send"
                      : "accord %s: --output FILE: what is written is to be sent, and nothing to "
                        "read on a terminal (exhibit accord show FILE)",
            verb);
        return false;
    }
    return true;
}

void accord_loaded_fini(struct accord_loaded *l)
{
    accord_standing_free(l->standing);
    exchange_handed_free(l->handed);
    buf_fini(&l->file);
    evidence_home_free(l->home);
    *l = (struct accord_loaded){.home = NULL};
}

/* --- cards ------------------------------------------------------------------------ */

/* What counts of the comments of `key show --policy`: the term of the log line behind
 * it, and the promise. */
struct card_lines {
    struct accord_card card;
    bool any, sizes, open;
};

static bool begins(struct bytes *line, const char *word)
{
    struct bytes w = bytes_of(word, strlen(word));
    if (!bytes_begin(*line, w)) {
        return false;
    }
    *line = bytes_of(line->data + w.len, line->len - w.len);
    return true;
}

static bool take_line(struct card_lines *c, struct bytes line)
{
    size_t n = 0;
    if (line.len > 0 && line.data[line.len - 1] == '\r') {
        line.len--; /* as of policies */
    }
    if (begins(&line, "#sizes ")) {
        c->sizes = true;
        c->open = line.len > 0 && line.data[line.len - 1] == '-';
        return true;
    }
    if (begins(&line, "#next ")) {
        c->card.has_next =
            base64_decode(line, c->card.next.b, DIGEST_BYTES, &n) == ST_OK && n == DIGEST_BYTES;
        return c->card.has_next;
    }
    bool log = begins(&line, "log ");
    if (line.len == 0 || line.data[0] == '#' || (!log && c->any) || (log && c->sizes && !c->open)) {
        return true; /* a remark, the quorum, an earlier key */
    }
    if (c->any) {
        return false; /* whose card would it be? */
    }
    c->any = true;
    const uint8_t *space = memchr(line.data, ' ', line.len); /* a URL may follow */
    line.len = space != NULL ? (size_t)(space - line.data) : line.len;
    return ledger_key_parse(line, &c->card.key, NULL) == ST_OK &&
           c->card.key.type == LEDGER_KEY_SIGN;
}

bool accord_card_read(const char *file, struct accord_card *ret)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY_BYTES);
    struct card_lines c = {.any = false};
    struct fault why = {0};
    enum status st = file_read(file, &text, &why);
    if (st != ST_OK) {
        say_fault(file, st, &why);
        return false;
    }
    buf_byte(&text, '\n'); /* a key alone may come without its end */
    struct cursor in = cursor_of(buf_bytes(&text));
    struct bytes line;
    bool good = text.failed == ST_OK;
    while (good && ledger_line_next(&in, &line) == ST_OK) {
        good = take_line(&c, line);
    }
    if (!good || !c.any) {
        say("%s: not one party's key: what its `exhibit key show --policy` prints is wanted", file);
        return false;
    }
    *ret = c.card;
    return true;
}

/* --- trust ------------------------------------------------------------------------ */

static bool take_trust(const struct accord_job *job, const struct evidence_home *home,
                       struct accord_trust *ret)
{
    if (home != NULL) {
        ret->key[ret->n++] = home->signer.key;
    }
    for (size_t i = 0; i < job->with.n; i++) {
        struct accord_card card;
        if (ret->n == LIMIT_ACCORD_PARTIES) {
            say("accord: --with: at most %d parties", LIMIT_ACCORD_PARTIES);
            return false;
        }
        if (!accord_card_read(job->with.v[i], &card)) {
            return false;
        }
        ret->key[ret->n++] = card.key;
    }
    return true;
}

static void take_fingerprints(const struct accord_job *job, struct accord_standing *s)
{
    for (size_t i = 0; i < s->member_n; i++) {
        for (size_t k = 0; k < s->member[i].keys.n * job->fingerprint.n; k++) {
            const struct ledger_key *key = &s->member[i].keys.key[k / job->fingerprint.n];
            const char *text = job->fingerprint.v[k % job->fingerprint.n];
            s->member[i].confirmed = s->member[i].confirmed || exchange_fingerprint_is(key, text);
        }
    }
}

/* What we have signed once was compared then. */
static void take_own_word(const struct evidence_home *home, const struct accord_standing *kept,
                          struct accord_standing *s)
{
    for (size_t i = 0; i < kept->n; i++) {
        const struct accord_version *v = &kept->version[i];
        const struct accord_party *self = accord_party_find(v->accord, home->config.name);
        if (self == NULL || !v->signed_by[self - v->accord->party]) {
            continue;
        }
        for (size_t k = 0; k < s->member_n; k++) {
            const struct exchange_keys *keys = &s->member[k].keys;
            const struct accord_party *p = accord_party_find(v->accord, keys->key[0].name);
            for (size_t n = 0; p != NULL && n < keys->n; n++) {
                s->member[k].confirmed |=
                    memcmp(&keys->key[n].material, &p->key.material, sizeof(struct digest)) == 0;
            }
        }
    }
}

enum status accord_kept(const struct evidence_home *home, const char *id,
                        struct exchange_handed **ret_handed, struct accord_standing **ret,
                        struct fault *why)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_HANDED_BYTES);
    TRY(accord_gather(home, id, &file, why));
    TRY(exchange_handed_read(buf_bytes(&file), ret_handed, why));
    return accord_standing_make(*ret_handed, home, NULL, ret, why);
}

const struct accord_version *accord_version_find(const struct accord_standing *s,
                                                 const struct digest *hash)
{
    for (size_t i = 0; i < s->n; i++) {
        if (memcmp(&s->version[i].item->statement->hash, hash, sizeof(*hash)) == 0) {
            return &s->version[i];
        }
    }
    return NULL;
}

static enum status trust_home(struct accord_loaded *l, struct fault *why)
{
    CLEANUP(exchange_handed_freep) struct exchange_handed *handed = NULL;
    CLEANUP(accord_standing_freep) struct accord_standing *kept = NULL;
    if (l->home == NULL) {
        return ST_OK;
    }
    if (l->from_home) {
        take_own_word(l->home, l->standing, l->standing);
        return ST_OK;
    }
    enum status st = accord_kept(l->home, l->standing->version[0].accord->id, &handed, &kept, why);
    if (st != ST_OK) {
        return st == ST_END ? ST_OK : st;
    }
    take_own_word(l->home, kept, l->standing);
    return ST_OK;
}

/* --- loading ---------------------------------------------------------------------- */

int accord_load_file(const char *operand, struct exchange_handed **ret, bool *ret_there)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_HANDED_BYTES);
    struct fault why = {0};
    *ret_there = strcmp(operand, "-") == 0 || access(operand, F_OK) == 0;
    if (!*ret_there) {
        return ACCORD_DONE;
    }
    enum status st = file_read(operand, &file, &why);
    st = st != ST_OK ? st : exchange_handed_read(buf_bytes(&file), ret, &why);
    for (size_t i = 0; st == ST_OK && i < (*ret)->n; i++) {
        const struct exchange_statement *s = (*ret)->item[i].statement;
        st = exchange_statement_expect(s, s->type, clock_now_ns(), &why);
    }
    return st == ST_OK ? ACCORD_DONE : accord_failed(operand, st, &why);
}

static int from_home(struct accord_loaded *l, const char *operand)
{
    struct fault why = {0};
    if (l->home == NULL) {
        say("%s: there is no such file, and no home that could keep it", operand);
        return ACCORD_COULD_NOT;
    }
    l->from_home = true;
    enum status st = accord_gather(l->home, operand, &l->file, &why);
    if (st == ST_END || st == ST_LIMIT) {
        say(st == ST_END ? "%s: neither a file nor an accord of this home (exhibit accord list)"
                         : "%s: several accords of this home begin so",
            operand);
        return ACCORD_COULD_NOT;
    }
    st = st != ST_OK ? st : exchange_handed_read(buf_bytes(&l->file), &l->handed, &why);
    return st == ST_OK ? ACCORD_DONE : accord_failed(operand, st, &why);
}

int accord_load(const struct accord_job *job, const char *operand, struct accord_loaded *l)
{
    struct fault why = {0};
    struct accord_trust trust = {.n = 0};
    bool there = false;
    *l = (struct accord_loaded){.file = BUF_INIT(LIMIT_HANDED_BYTES)};
    enum status st = home_look(job->home, &l->home);
    if (st != ST_OK && st != ST_END) {
        return ACCORD_COULD_NOT;
    }
    int failed = accord_load_file(operand, &l->handed, &there);
    failed = failed == 0 && !there ? from_home(l, operand) : failed;
    if (failed != 0 || !take_trust(job, l->home, &trust)) {
        return failed != 0 ? failed : ACCORD_COULD_NOT;
    }
    st = accord_standing_make(l->handed, l->home, &trust, &l->standing, &why);
    st = st != ST_OK ? st : trust_home(l, &why);
    if (st != ST_OK) {
        return accord_failed(operand, st, &why);
    }
    take_fingerprints(job, l->standing);
    return ACCORD_DONE;
}

bool accord_open(const struct accord_job *job, struct evidence_home **home, struct ledger_log **log)
{
    struct fault why = {0};
    if ((*home == NULL && !home_get(job->home, home)) ||
        !home_ledger(*home, job->passphrase_file, log)) {
        return false;
    }
    enum status st = exchange_term_keep(*home, &why);
    if (st != ST_OK) {
        say_fault((*home)->path, st, &why);
    }
    return st == ST_OK;
}

bool accord_confirmed(const struct accord_loaded *l)
{
    const struct accord *a = l->standing->version[l->standing->newest].accord;
    bool all = true;
    for (size_t i = 0; i < a->party_n; i++) {
        const struct accord_member *m = accord_member_find(l->standing, a->party[i].name);
        char finger[EXCHANGE_FINGERPRINT_MAX];
        if (m->confirmed) {
            continue;
        }
        all = false;
        exchange_fingerprint(&m->keys.key[0], finger);
        say("%s: only this file says that its key is %s; ask them by another way, then repeat "
            "with --fingerprint \"%s\", or with --with and the file of their key",
            a->party[i].name, finger, finger);
    }
    return all;
}
