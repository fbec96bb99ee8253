/* cli/case_reply.c - exhibit case reply: answers that came by mail, without an accord.
 *
 *   talk/file/<hash>   the mail, byte for byte
 *   talk/mail/<hash>   JSON: which notice it answers, when it was kept, who signed it
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/core/canon.h"
#include "base/core/emit.h"
#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "base/os/clock.h"
#include "base/os/file.h"
#include "cli/case_mail.h"
#include "cli/case_parts.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/storing.h"
#include "exchange/notice.h"
#include "exchange/talk/kept.h"
#include "report/signature.h"

enum { RECORD_BYTES = 1 << 16, RECORD_DEPTH = 4, OUT_BYTES = 64 << 20, SAYS_BYTES = 8192 };

/* What the mail answers. */
struct target {
    bool is_case;
    char id[CASE_MAIL_ID_MAX];
    char to[256];      /* whom we told */
    const char *found; /* "header", "text", "named" */
};

struct replying {
    const struct case_job *job;
    struct evidence_home *home;
    struct ledger_log *log; /* open, so that one run at a time writes */
    struct store *store;    /* NULL: nothing was stored */
    struct case_list cases;
    struct dkim_keys *keys; /* or NULL */
};

static void replying_fini(struct replying *r)
{
    dkim_keys_free(r->keys);
    case_list_fini(&r->cases);
    store_free(r->store);
    ledger_log_freep(&r->log);
    evidence_home_free(r->home);
}

/* --- which notice -------------------------------------------------------------------- */

static void hit(struct target *t, bool is_case, const char *id, const char *to, size_t *n)
{
    (*n)++;
    t->is_case = is_case;
    (void)snprintf(t->id, sizeof(t->id), "%s", id);
    (void)snprintf(t->to, sizeof(t->to), "%s", to);
}

static enum status look_up(const struct replying *r, const char *id, struct target *t, size_t *n,
                           struct fault *why)
{
    CLEANUP(store_rows_freep) struct store_rows *rows = NULL;
    struct store_notice notice;
    for (size_t i = 0; i < r->cases.n; i++) {
        const struct case_one *c = &r->cases.one[i];
        if (strcmp(c->id, id) == 0 && strcmp(c->accuser, r->home->config.name) == 0) {
            hit(t, true, c->id, c->accused, n);
        }
    }
    if (r->store == NULL || strlen(id) != NOTICE_ID_CHARS) {
        return ST_OK;
    }
    TRY(store_find_notices(r->store, id, &rows, why));
    enum status st = store_notices_next(rows, &notice, why);
    if (st == ST_OK) {
        hit(t, false, notice.id, notice.mail, n);
    }
    return st == ST_END ? ST_OK : st;
}

static enum status look_up_all(const struct replying *r, const struct case_mail_ids *l,
                               struct target *t, size_t *n, struct fault *why)
{
    for (size_t i = 0; i < l->n; i++) {
        TRY(look_up(r, l->id[i], t, n, why));
    }
    *n += *n > 0 && l->more; /* who knows what the others are */
    return ST_OK;
}

static int find_quoted(const struct replying *r, const char *file, const struct case_mail *m,
                       struct target *t)
{
    struct fault why = {0};
    size_t n = 0;
    t->found = "header";
    enum status st = look_up_all(r, &m->headers, t, &n, &why);
    if (st == ST_OK && n == 0) {
        t->found = "text";
        st = look_up_all(r, &m->text, t, &n, &why);
    }
    if (st != ST_OK) {
        return case_failed(r->home->path, st, &why);
    }
    if (n != 1) {
        say(n == 0 ? "%s: quotes the id of no notice or case of ours: nothing was kept (--to ID "
                     "names what it answers)"
                   : "%s: quotes ids of several notices or cases of ours: nothing was kept (--to "
                     "ID names what it answers)",
            file);
    }
    return n == 1 ? CASE_DONE : CASE_COULD_NOT;
}

/* A notice's id, or a case's first digits. */
static int find_named(const struct replying *r, struct target *t)
{
    const char *to = r->job->to;
    struct fault why = {0};
    size_t n = 0;
    size_t cases = 0;
    enum status st = look_up(r, to, t, &n, &why);
    if (st != ST_OK) {
        return case_failed(r->home->path, st, &why);
    }
    const struct case_one *c = n == 0 ? case_find(&r->cases, to, &cases) : NULL;
    if (c != NULL && strcmp(c->accuser, r->home->config.name) == 0) {
        hit(t, true, c->id, c->accused, &n);
    }
    t->found = "named";
    if (n == 1) {
        return CASE_DONE;
    }
    say("case reply: --to %s: no notice (exhibit request) and no case of ours has that id", to);
    return CASE_COULD_NOT;
}

/* --- the record ---------------------------------------------------------------------- */

static void tell_signed(struct buf *out, const struct replying *r, const struct case_mail *m)
{
    const struct dkim_signature *best = dkim_best(&m->signatures);
    if (r->keys == NULL) {
        buf_str(out, "Who sent it was not verified: no keys were given (--dkim-key).");
    } else if (best == NULL) {
        buf_str(out, "It has no signature: anybody can have written it.");
    } else {
        signature_tell(out, best);
    }
}

static enum status make_record(const struct replying *r, const struct case_mail *m,
                               const struct target *t, struct bytes mail, struct buf *out)
{
    CLEANUP(buf_fini) struct buf says = BUF_INIT(SAYS_BYTES);
    struct digest hash;
    char hex[DIGEST_TEXT_MAX];
    char kept[TIME_TEXT_MAX];
    struct emit j;
    (void)time_format(clock_now_ns(), kept);
    memcpy(kept + strlen("2026-11-24T10:00:00"), "Z", sizeof("Z")); /* no finer: of statements */
    TRY(digest_sha256(mail, &hash));
    digest_format(&hash, hex);
    tell_signed(&says, r, m);
    TRY(says.failed);
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "reply");
    emit_member_str(&j, "answers", t->is_case ? "case" : "notice");
    emit_member_str(&j, "id", t->id);
    emit_member_str(&j, "told", t->to);
    emit_member_str(&j, "found", t->found);
    emit_member_str(&j, "way", "by mail, no accord");
    emit_member_str(&j, "kept", kept);
    emit_member_str(&j, "from", m->from);
    emit_member_str(&j, "subject", m->subject);
    emit_member_bool(&j, "automatic", m->automatic);
    emit_member_str(&j, "sha256", hex);
    emit_member_u64(&j, "bytes", mail.len);
    emit_member_bool(&j, "keys", r->keys != NULL);
    emit_member_text(&j, "signed", buf_bytes(&says));
    emit_key(&j, "signatures");
    emit_array(&j);
    for (size_t i = 0; i < m->signatures.n; i++) {
        signature_json(&j, &m->signatures.items[i]);
    }
    emit_array_end(&j);
    emit_object_end(&j);
    return out->failed;
}

static bool record_valid(const json_t *v)
{
    static const char *const texts[] = {"answers", "id",      "told",   "way",   "kept",
                                        "from",    "subject", "sha256", "signed"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (!json_is_string(json_object_get(v, texts[i]))) {
            return false;
        }
    }
    return json_is_boolean(json_object_get(v, "automatic"));
}

/* ST_END: there is none. The mail itself is read again, too. */
static enum status read_record(const struct evidence_home *h, const char *hex, json_t **ret,
                               struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(RECORD_BYTES);
    CLEANUP(buf_fini) struct buf mail = BUF_INIT(LIMIT_CLAIM_BYTES);
    CLEANUP(canon_freep) json_t *v = NULL;
    struct digest hash;
    char path[LEDGER_PATH_MAX];
    (void)snprintf(path, sizeof(path), "talk/mail/%.64s", hex);
    TRY(ledger_files_read(&h->files, path, &text, why));
    TRY(canon_load(buf_bytes(&text), RECORD_DEPTH, &v, why));
    TRY(digest_parse(bytes_of(hex, strlen(hex)), &hash));
    if (!record_valid(v) || strcmp(json_string_value(json_object_get(v, "sha256")), hex) != 0) {
        return fault_at(why, ST_MALFORMED, 0, "kept mail's record");
    }
    enum status st = exchange_file_get(h, &hash, &mail, why);
    if (st == ST_END) {
        return fault_at(why, ST_MISMATCH, 0, "kept mail is gone");
    }
    TRY(st);
    *ret = TAKE(v);
    return ST_OK;
}

/* --- telling --------------------------------------------------------------------------- */

static const char *text_in(const json_t *v, const char *name)
{
    return json_string_value(json_object_get(v, name));
}

static void tell(struct buf *out, const json_t *v, bool as_json)
{
    if (as_json) {
        char *line = json_dumps(v, JSON_COMPACT);
        if (line == NULL) {
            out->failed = ST_NOMEM;
            return;
        }
        buf_str(out, line);
        buf_byte(out, '\n');
        free(line);
        return;
    }
    buf_printf(out, "%s %s, to %s: answered by mail, no accord\n", text_in(v, "answers"),
               text_in(v, "id"), text_in(v, "told"));
    buf_printf(out, "  from     %s\n  subject  %s\n  kept     %s, SHA-256 %s\n", text_in(v, "from"),
               text_in(v, "subject"), text_in(v, "kept"), text_in(v, "sha256"));
    buf_printf(out, "  %s\n", text_in(v, "signed"));
    if (json_is_true(json_object_get(v, "automatic"))) {
        buf_str(out, "  A machine answered (Auto-Submitted): nobody has looked at it yet.\n");
    }
}

static int by_kept(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a;
    const json_t *y = *(json_t *const *)b;
    int order = strcmp(text_in(x, "kept"), text_in(y, "kept"));
    return order != 0 ? order : strcmp(text_in(x, "sha256"), text_in(y, "sha256"));
}

struct records {
    json_t **item;
    size_t n;
};

static void records_fini(struct records *l)
{
    for (size_t i = 0; i < l->n; i++) {
        json_decref(l->item[i]);
    }
    free(l->item);
}

static enum status add_record(const struct evidence_home *h, const char *hex, struct records *l,
                              struct fault *why)
{
    json_t **more = realloc(l->item, (l->n + 1) * sizeof(*more));
    if (more == NULL) {
        return ST_NOMEM;
    }
    l->item = more;
    TRY(read_record(h, hex, &l->item[l->n], why));
    l->n++;
    return ST_OK;
}

static enum status all_records(const struct evidence_home *h, struct records *l, struct fault *why)
{
    int fd = openat(h->dir_fd, "talk/mail", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        int e = errno;
        if (fd >= 0) {
            (void)close(fd); /* read only */
        }
        return e == ENOENT ? ST_OK : fault_sys(why, e, "talk/mail");
    }
    enum status st = ST_OK;
    const struct dirent *e;
    while (st == ST_OK && (e = readdir(dir)) != NULL) {
        if (strlen(e->d_name) == DIGEST_TEXT_MAX - 1) {
            st = add_record(h, e->d_name, l, why);
        }
    }
    (void)closedir(dir); /* read only */
    if (l->n > 1) {
        qsort(l->item, l->n, sizeof(json_t *), by_kept);
    }
    return st;
}

static int list_all(const struct case_job *job)
{
    CLEANUP(evidence_home_freep) struct evidence_home *home = NULL;
    CLEANUP(records_fini) struct records l = {.n = 0};
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_BYTES);
    struct fault why = {0};
    if (!home_get(job->home, &home)) {
        return CASE_COULD_NOT;
    }
    enum status st = all_records(home, &l, &why);
    if (st != ST_OK) {
        return case_failed("a kept mail", st, &why);
    }
    for (size_t i = 0; i < l.n; i++) {
        tell(&out, l.item[i], job->json);
    }
    if (l.n == 0 && !job->json) {
        buf_str(&out, "No answer by mail is kept (exhibit case reply FILE.eml).\n");
    }
    return accord_answer(&out, CASE_DONE);
}

/* --- keeping --------------------------------------------------------------------------- */

static bool take_keys(struct replying *r)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_DKIM_FILE_BYTES);
    struct fault why = {0};
    const char *path = r->job->dkim_key;
    if (path == NULL) {
        return true;
    }
    enum status st = file_read(path, &text, &why);
    st = st == ST_OK ? dkim_keys_read(buf_bytes(&text), &r->keys, &why) : st;
    if (st != ST_OK) {
        say_fault(path, st, &why);
    }
    return st == ST_OK;
}

static bool begin(struct replying *r)
{
    const struct accord_job as = {.home = r->job->home, .passphrase_file = r->job->passphrase_file};
    struct fault why = {0};
    if (!accord_open(&as, &r->home, &r->log) || !storing_open(r->home, STORE_READ, &r->store)) {
        return false;
    }
    enum status st = case_all(r->home, &r->cases, &why);
    if (st != ST_OK) {
        say_fault(r->home->path, st, &why);
    }
    return st == ST_OK;
}

/* One that is there stays as it is; keys that are given now can say more of who signed. */
static enum status keep(const struct replying *r, const struct case_mail *m, const struct target *t,
                        struct bytes mail, json_t **ret, struct fault *why)
{
    CLEANUP(buf_fini) struct buf record = BUF_INIT(RECORD_BYTES);
    CLEANUP(canon_freep) json_t *fresh = NULL;
    CLEANUP(canon_freep) json_t *old = NULL;
    static const char *const first[] = {"answers", "id", "told", "found", "kept"};
    struct digest hash;
    char path[LEDGER_PATH_MAX];
    TRY(make_record(r, m, t, mail, &record));
    TRY(canon_load(buf_bytes(&record), RECORD_DEPTH, &fresh, why));
    enum status st = read_record(r->home, text_in(fresh, "sha256"), &old, why);
    if (st == ST_OK) {
        say("this mail is kept already, as an answer to %s %s", text_in(old, "answers"),
            text_in(old, "id"));
        for (size_t i = 0; i < ARRAY_LEN(first); i++) {
            json_object_set(fresh, first[i], json_object_get(old, first[i]));
        }
    } else if (st != ST_END) {
        return st;
    }
    if (st == ST_OK && r->keys == NULL) {
        *ret = TAKE(old);
        return ST_OK;
    }
    (void)snprintf(path, sizeof(path), "talk/mail/%.64s", text_in(fresh, "sha256"));
    buf_clear(&record);
    TRY(canon_write(fresh, &record));
    TRY(exchange_file_keep(r->home, mail, &hash, why));
    TRY(exchange_kept_put(r->home, path, buf_bytes(&record), why));
    *ret = TAKE(fresh);
    return ST_OK;
}

static int take_mail(struct replying *r, const char *file, struct bytes mail)
{
    CLEANUP(free_ptr) struct case_mail *m = calloc(1, sizeof(*m));
    CLEANUP(buf_fini) struct buf out = BUF_INIT(RECORD_BYTES);
    CLEANUP(canon_freep) json_t *kept = NULL;
    struct target t = {.found = ""};
    struct fault why = {0};
    if (m == NULL) {
        return case_failed(file, ST_NOMEM, NULL);
    }
    uint64_t now_s = (uint64_t)(clock_now_ns() / TIME_SECOND);
    if (!case_mail_read(file, mail, r->keys, now_s, m)) {
        return CASE_COULD_NOT;
    }
    if (m->ours) {
        say("%s: is a notice of exhibit request, no answer to one", file);
        return CASE_COULD_NOT;
    }
    if (!begin(r)) {
        return CASE_COULD_NOT;
    }
    int bad = r->job->to != NULL ? find_named(r, &t) : find_quoted(r, file, m, &t);
    if (bad != CASE_DONE) {
        return bad;
    }
    enum status st = keep(r, m, &t, mail, &kept, &why);
    if (st != ST_OK) {
        return case_failed(r->home->path, st, &why);
    }
    tell(&out, kept, r->job->json);
    return accord_answer(&out, CASE_DONE);
}

int case_reply_take(const struct case_job *job, char **operands)
{
    CLEANUP(replying_fini) struct replying r = {.job = job};
    CLEANUP(buf_fini) struct buf mail = BUF_INIT(LIMIT_CLAIM_BYTES);
    struct fault why = {0};
    const char *file = operands[0];
    if (job->list == (file != NULL)) {
        say("case reply: FILE, the answer as it came by mail, or --list");
        return CASE_COULD_NOT;
    }
    if (job->list) {
        return list_all(job);
    }
    enum status st = file_read(file, &mail, &why);
    if (st != ST_OK) {
        return case_failed(file, st, &why);
    }
    return take_keys(&r) ? take_mail(&r, file, buf_bytes(&mail)) : CASE_COULD_NOT;
}
