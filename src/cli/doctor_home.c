/* cli/doctor_home.c - keys, ledger, segments, epochs, timestamps, store and sources. */
#include "cli/doctor_home.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/limits.h"
#include "base/os/file.h"
#include "base/os/process.h"
#include "base/os/random.h"
#include "cli/home.h"
#include "cli/kept.h"
#include "cli/say.h"
#include "evidence/home/inspect.h"
#include "evidence/home/keyfile.h"
#include "evidence/home/public.h"
#include "evidence/rest/shelf.h"
#include "exchange/talk/keeping.h"
#include "store/store.h"

/* Of segments, without --all: as much as is read in a second or two. */
static const uint64_t quick_bytes = UINT64_C(1) << 30;

struct looking {
    struct doctor *d;
    const struct evidence_home *h;
    struct evidence_opening_key key;
    bool has_key;
    size_t damaged;
};

/* --- damage ----------------------------------------------------------------------- */

static enum status take_damage(void *ctx, const struct evidence_damage *g)
{
    struct looking *l = ctx;
    l->damaged++;
    if (l->d->damage_n < DOCTOR_DAMAGE_MAX) {
        l->d->damage[l->d->damage_n++] = *g;
    }
    return ST_OK;
}

static bool is_stopped(void *ctx)
{
    (void)ctx;
    return *process_stop_flag() != 0;
}

static struct evidence_inspect how(struct looking *l)
{
    struct evidence_inspect i = {.key = l->has_key ? &l->key : NULL,
                                 .bytes = l->d->all ? UINT64_MAX : quick_bytes,
                                 .ctx = l,
                                 .damaged = take_damage,
                                 .stopped = is_stopped};
    l->damaged = 0;
    return i;
}

/* The check that was just reported is about what was found since how(). */
static void with_damage(struct looking *l, size_t first)
{
    struct check *c = &l->d->check[l->d->n - 1];
    c->first = first;
    c->damaged = l->damaged;
}

/* --- keys and the ledger ---------------------------------------------------------- */

/* What others could read or write. */
static void owners(struct doctor *d, const struct evidence_home *h)
{
    static const char *const names[] = {"key",          "key/sign", "key/next", "key/open",
                                        "key/open.pub", "ledger",   STORE_FILE, "segment"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct stat s;
        if (fstatat(h->dir_fd, names[i], &s, AT_SYMLINK_NOFOLLOW) != 0) {
            continue; /* moved away, or while keys change */
        }
        if (s.st_uid != geteuid() || (s.st_mode & 077) != 0) {
            doctor_report(d, "owner", BAD, "%s: others may read or write it", names[i]);
            return;
        }
    }
    doctor_report(d, "owner", GOOD, "keys, ledger, segments, store: for their owner alone");
}

static bool failed(struct doctor *d, const char *path, enum status st, const struct fault *why)
{
    if (st != ST_OK) {
        char text[FAULT_TEXT_MAX];
        doctor_report(d, "entries", BAD, "ledger/party/%s: %s", path,
                      st == ST_END ? "it is not there" : fault_text(st, why, text, sizeof(text)));
    }
    return st != ST_OK;
}

/* What the writer stands by: signed by the key of now, and no older than what is served. */
static enum status check_state(const struct evidence_home *h, const char *path,
                               const struct evidence_public *p, struct fault *why)
{
    const struct ledger_checkpoint *served = &p->checkpoint;
    const struct ledger_key *now = &p->terms.term[p->terms.n - 1].key;
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_NOTE_BYTES);
    struct ledger_note note;
    struct ledger_checkpoint c;
    struct ledger_signed seen;
    TRY(ledger_files_read(&h->party, path, &text, why));
    TRY(ledger_checkpoint_read(buf_bytes(&text), &note, &c, why));
    enum status st = ledger_note_check(&note, now, 1, &seen, why);
    struct fault under_way = {0};
    if (st != ST_OK && p->terms.n > 1 && evidence_home_settled(h, &under_way) == ST_DENIED) {
        /* The entry of the new key was the last that the one before signed. */
        st = ledger_note_check(&note, &p->terms.term[p->terms.n - 2].key, 1, &seen, why);
    }
    TRY(st);
    bool same = c.size > served->size ||
                (c.size == served->size && memcmp(&c.root, &served->root, sizeof(c.root)) == 0);
    return same ? ST_OK : fault_at(why, ST_MISMATCH, c.size, "size and root");
}

/* False: told. */
static bool read_ledger(struct doctor *d, const struct evidence_home *h, struct evidence_public *p)
{
    static const char served[] = "log/checkpoint", state[] = "state/checkpoint";
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_NOTE_BYTES);
    struct ledger_note note;
    struct ledger_checkpoint c;
    CLEANUP(free_ptr) struct ledger_reader *r = NULL;
    struct fault why = {0};
    enum status st = ledger_files_read(&h->party, served, &text, &why);
    st = st == ST_OK ? ledger_checkpoint_read(buf_bytes(&text), &note, &c, &why) : st;
    st = st == ST_OK ? ledger_reader_new(&h->party, "log/", c.size, &r) : st;
    if (failed(d, served, st, &why)) {
        return false;
    }
    st = ledger_reader_audit(r, &c.root);
    if (failed(d, st == ST_MISMATCH && strcmp(r->why.field, "root hash") == 0 ? served : r->path,
               st, &r->why)) {
        return false;
    }
    if (failed(d, served, evidence_public_read(&h->party, "log/", p, &why), &why)) {
        return false;
    }
    return !failed(d, state, check_state(h, state, p, &why), &why);
}

/* A secret half in clear must be that of its public half. */
static enum status check_signer(const struct evidence_home *h, const char *path, struct fault *why)
{
    CLEANUP(evidence_secret_buf_fini) struct buf text = BUF_INIT(LIMIT_KEY_FILE_BYTES);
    CLEANUP(ledger_signer_fini) struct ledger_signer s = {.key.id = 0};
    (void)buf_reserve(&text, LIMIT_KEY_FILE_BYTES); /* so that no copy stays behind */
    TRY(ledger_files_read(&h->files, path, &text, why));
    if (evidence_locked_is(buf_bytes(&text))) {
        return ST_OK;
    }
    return evidence_keyfile_signer(buf_bytes(&text), (struct bytes){0}, &s, why);
}

static bool keys_whole(struct doctor *d, const struct evidence_home *h)
{
    static const char *const paths[] = {"key/sign", "key/next"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct fault why = {0};
        enum status st = check_signer(h, paths[i], &why);
        if (st != ST_OK && st != ST_END) {
            doctor_report(d, "keys", BAD, "%s: %s: %s; without it nothing can be signed", paths[i],
                          why.field != NULL ? why.field : "it", status_text(st));
            return false;
        }
    }
    return true;
}

static void keys(struct doctor *d, const struct evidence_home *h, const struct evidence_public *p)
{
    const struct ledger_term *now = &p->terms.term[p->terms.n - 1];
    struct fault why = {0};
    enum status st = evidence_home_settled(h, &why);
    if (st != ST_OK) {
        doctor_report(d, "keys", st == ST_DENIED ? WEAK : BAD, "%s",
                      why.field != NULL ? why.field : status_text(st));
    } else if (memcmp(&now->key.material, &h->signer.key.material, DIGEST_BYTES) != 0 ||
               memcmp(&now->next, &h->next, DIGEST_BYTES) != 0) {
        doctor_report(d, "keys", BAD, "they are not those that the ledger names");
    } else if (keys_whole(d, h)) {
        doctor_report(d, "keys", h->locked ? GOOD : WEAK, "%zu so far, each promised; %s",
                      p->terms.n, h->locked ? "under a passphrase" : "without a passphrase");
    }
}

static void ledger(struct doctor *d, const struct evidence_home *h)
{
    CLEANUP(evidence_public_fini) struct evidence_public p = {.signer = NULL};
    struct stat s;
    if (!read_ledger(d, h, &p)) {
        return;
    }
    if (fstatat(h->dir_fd, "ledger/party/state/hold", &s, AT_SYMLINK_NOFOLLOW) == 0) {
        doctor_report(d, "entries", WEAK, "%" PRIu64 "; held since a restore: nothing is signed",
                      p.checkpoint.size);
    } else {
        doctor_report(d, "entries", GOOD, "%" PRIu64 ", all there, under the signed root",
                      p.checkpoint.size);
    }
    keys(d, h, &p);
}

static void opening(struct looking *l)
{
    struct doctor *d = l->d;
    struct fault why = {0};
    if (!l->h->open_here) {
        doctor_report(d, "opening key", GOOD, "moved away: this machine alone opens nothing");
        return;
    }
    if (l->h->open_locked) {
        doctor_report(d, "opening key", GOOD, "here, under a passphrase");
        return;
    }
    CLEANUP(evidence_opening_key_fini) struct evidence_opening_key k = {.pub = {0}};
    enum status st = evidence_home_opening_key(l->h, NULL, (struct bytes){0}, &k, &why);
    if (st != ST_OK) {
        doctor_report(d, "opening key", BAD,
                      "key/open (or open.pub beside it): %s: %s; without a backup of it nothing "
                      "that is sealed can be shown",
                      why.field != NULL ? why.field : "it", status_text(st));
    } else {
        doctor_report(d, "opening key", WEAK, "here, in clear (see exhibit key backup --move)");
    }
}

/* Where nobody has to be asked. False: said. */
static bool have_key(struct looking *l)
{
    const struct doctor *d = l->d;
    struct fault why = {0};
    if (d->key != NULL || d->passphrase_file != NULL) {
        l->has_key = home_opening_key(l->h, d->key, d->passphrase_file, &l->key);
        return l->has_key;
    }
    l->has_key = l->h->open_here && !l->h->open_locked &&
                 evidence_home_opening_key(l->h, NULL, (struct bytes){0}, &l->key, &why) == ST_OK;
    return true;
}

/* --- what is sealed ----------------------------------------------------------------- */

static const char *how_far(const struct looking *l, const struct evidence_inspected *n)
{
    if (n->opened == n->here && n->here > 0) {
        return "opened, and computed again";
    }
    if (n->whole < n->here) {
        return l->d->all ? "not all were read" : "not all were read (--all does)";
    }
    return "each byte as it was sealed";
}

static void report_segments(struct looking *l, const struct evidence_inspected *n, size_t first)
{
    struct doctor *d = l->d;
    const char *plural = n->here == 1 ? "" : "s";
    if (l->damaged > 0) {
        doctor_report(d, "segments", BAD,
                      "%" PRIu64 " of %" PRIu64 " whole; put these files back from a backup:",
                      n->here, n->entries);
    } else if (n->gone > 0) {
        doctor_report(d, "segments", WEAK,
                      "%" PRIu64 " whole; %" PRIu64 " are gone from here, and prove nothing",
                      n->here, n->gone);
    } else if (n->entries == 0) {
        doctor_report(d, "segments", NONE, "nothing is sealed yet");
    } else {
        doctor_report(d, "segments", GOOD, "%" PRIu64 " segment%s, %" PRIu64 " records; %s",
                      n->here, plural, n->records, how_far(l, n));
    }
    with_damage(l, first);
}

static void segments(struct looking *l, const struct evidence_shelf *shelf)
{
    struct evidence_inspected n;
    struct evidence_inspect i = how(l);
    struct fault why = {0};
    size_t first = l->d->damage_n;
    i.key = l->d->all ? i.key : NULL; /* that takes its time */
    enum status st = random_bytes(&i.seed, sizeof(i.seed));
    st = st == ST_OK ? evidence_inspect_segments(shelf, &i, &n, &why) : st;
    if (st != ST_OK) {
        doctor_report_fault(l->d, "segments", st, &why);
    } else {
        report_segments(l, &n, first);
    }
}

/* Keys of epochs, or timestamps. */
static void report_others(struct looking *l, const char *name, enum status st, size_t first,
                          uint64_t n, const struct fault *why)
{
    if (st != ST_OK) {
        doctor_report_fault(l->d, name, st, why);
    } else if (l->damaged > 0) {
        doctor_report(l->d, name, BAD, "put these files back from a backup:");
    } else if (n > 0) {
        doctor_report(l->d, name, GOOD, "%" PRIu64 "; %s", n,
                      strcmp(name, "epochs") != 0 ? "each over a root that this ledger has"
                      : l->has_key                ? "the opening key opens each"
                                   : "whether they open, only the opening key tells");
    } else {
        return;
    }
    with_damage(l, first);
}

static void others(struct looking *l, struct ledger_reader *entries)
{
    struct evidence_inspect i = how(l);
    struct fault why = {0};
    size_t first = l->d->damage_n;
    uint64_t n = 0;
    enum status st = evidence_inspect_epochs(l->h, &i, &n, &why);
    report_others(l, "epochs", st, first, n, &why);
    i = how(l);
    first = l->d->damage_n;
    st = evidence_inspect_stamps(l->h, &i, entries, &n, &why);
    report_others(l, "stamps", st, first, n, &why);
}

static void sealed(struct looking *l)
{
    struct evidence_engine e;
    struct evidence_shelf shelf;
    struct fault why = {0};
    enum status st = evidence_engine_init(&e);
    st = st != ST_OK
             ? st
             : evidence_shelf_open(&e, &l->h->files, l->h->dir_fd, &l->h->party, &shelf, &why);
    if (st != ST_OK) {
        doctor_report_fault(l->d, "segments", st, &why);
        return;
    }
    segments(l, &shelf);
    others(l, shelf.entries);
    evidence_shelf_fini(&shelf);
}

/* --- what is kept ------------------------------------------------------------------- */

static void findings(struct doctor *d, const struct evidence_home *h)
{
    CLEANUP(store_freep) struct store *s = NULL;
    struct store_totals t;
    struct fault why = {0};
    enum status st = store_open(h->path, STORE_READ, &s, &why);
    if (st == ST_END) {
        bool empty = faccessat(h->dir_fd, STORE_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
        doctor_report(d, "store", empty ? WEAK : NONE, "%s",
                      empty ? STORE_FILE " is empty: nothing was kept, or it is lost"
                            : "no finding was kept yet");
        return;
    }
    st = st == ST_OK ? store_check(s, &t, &why) : st;
    if (st == ST_MALFORMED) {
        doctor_report(d, "store", BAD, STORE_FILE ": %s", why.field); /* a sentence (store.h) */
    } else if (st != ST_OK) {
        doctor_report_fault(d, "store", st, &why);
    } else {
        doctor_report(d, "store", GOOD, "%" PRIu64 " findings and %" PRIu64 " notices, all whole",
                      t.findings, t.notices);
    }
}

static enum status check_source(const struct kept *k, const struct kept_source *s,
                                struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_SOURCE_BYTES);
    char path[PATH_MAX];
    struct digest have;
    if (snprintf(path, sizeof(path), "%s/%s", k->folder, s->file) >= (int)sizeof(path)) {
        return fault_limit(why, 0, "path", PATH_MAX);
    }
    TRY(file_read(path, &text, why));
    TRY(digest_sha256(buf_bytes(&text), &have));
    return memcmp(&have, &s->digest, sizeof(have)) == 0
               ? ST_OK
               : fault_at(why, ST_MISMATCH, 0, "its SHA-256 is not that of what was kept");
}

static void sources(struct looking *l)
{
    struct kept k;
    size_t first = l->d->damage_n;
    if (!kept_read(l->h->path, &k)) { /* said */
        doctor_report(l->d, "sources", BAD, "source/index.json cannot be read");
        return;
    }
    l->damaged = 0;
    for (size_t i = 0; i < k.n; i++) {
        struct fault why = {0};
        struct evidence_damage g = {.lost = "what it says of addresses is not asked any more"};
        enum status st = check_source(&k, &k.items[i], &why);
        if (st != ST_OK) {
            (void)snprintf(g.path, sizeof(g.path), "source/%s", k.items[i].file);
            (void)snprintf(g.what, sizeof(g.what), "%s: %s", why.field != NULL ? why.field : "it",
                           st == ST_SYS ? strerror(why.sys_errno) : status_text(st));
            (void)take_damage(l, &g); /* never fails */
        }
    }
    if (k.n > 0) {
        doctor_report(l->d, "sources", l->damaged > 0 ? BAD : GOOD, "%zu of %zu as they were kept",
                      k.n - l->damaged, k.n);
        with_damage(l, first);
    }
}

static void take_statement(void *ctx, const char *name, enum status st, const struct fault *why)
{
    struct evidence_damage g = {.lost = "it cannot be shown, nor that it is in the ledger"};
    (void)snprintf(g.path, sizeof(g.path), "talk/statement/%.80s", name);
    (void)snprintf(g.what, sizeof(g.what), "%s: %s", why->field != NULL ? why->field : "it",
                   st == ST_SYS ? strerror(why->sys_errno) : status_text(st));
    (void)take_damage(ctx, &g); /* never fails */
}

static void statements(struct looking *l)
{
    const struct exchange_inspect how_to = {.ctx = l, .damaged = take_statement};
    size_t first = l->d->damage_n, n = 0;
    struct fault why = {0};
    l->damaged = 0;
    enum status st = exchange_kept_inspect(l->h, &how_to, &n, &why);
    if (st != ST_OK) {
        doctor_report_fault(l->d, "statements", st, &why);
    } else if (n > 0) {
        doctor_report(l->d, "statements", l->damaged > 0 ? BAD : GOOD,
                      "%zu of %zu whole, and in the ledger", n - l->damaged, n);
        with_damage(l, first);
    }
}

static void authorities(struct doctor *d, const struct evidence_home *h)
{
    size_t n = h->config.authority_n;
    doctor_report(d, "timestamps", n >= 2 ? GOOD : WEAK, "%zu named in config.json%s", n,
                  n >= 2 ? "" : "; better two, of two operators");
}

static bool left_over(const char *path)
{
    char key[PATH_MAX];
    return snprintf(key, sizeof(key), "%s/key/sign", path) < (int)sizeof(key) &&
           access(key, F_OK) == 0;
}

/* Everything in key/ says which file; config.json says which member. */
static void report_home(struct doctor *d, const char *path, enum status st, const struct fault *why)
{
    const char *field = why->field != NULL ? why->field : "it";
    bool key = strncmp(field, "key/", 4) == 0 || strstr(field, "config.json") != NULL;
    doctor_report(d, "home", BAD, "%.*s: %s%s: %s", DOCTOR_TEXT_MAX / 2, path,
                  key || st == ST_SYS ? "" : "config.json: ", field,
                  st == ST_SYS ? strerror(why->sys_errno) : status_text(st));
}

bool doctor_home(struct doctor *d)
{
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    char path[PATH_MAX];
    struct fault why = {0};
    if (!home_path(d->home, path)) {
        doctor_report(d, "home", NONE, "there is no place for one");
        return true;
    }
    enum status st = evidence_home_open(path, &h, &why);
    if (st == ST_END) {
        bool rests = left_over(path);
        doctor_report(d, "home", d->home != NULL || rests ? BAD : NONE, "%.*s: %s",
                      DOCTOR_TEXT_MAX / 2, path,
                      rests ? "config.json is gone, and the rest is there" : "there is none");
        return true;
    }
    if (st != ST_OK) {
        report_home(d, path, st, &why);
        return true;
    }
    struct looking l = {.d = d, .h = h};
    if (!have_key(&l)) {
        return false;
    }
    doctor_report(d, "home", GOOD, "%.*s, of %s", DOCTOR_TEXT_MAX / 2, path, h->config.name);
    owners(d, h);
    ledger(d, h);
    sealed(&l);
    opening(&l);
    findings(d, h);
    sources(&l);
    statements(&l);
    authorities(d, h);
    evidence_opening_key_fini(&l.key);
    return true;
}
