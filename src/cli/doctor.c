/* cli/doctor.c - vectors, cages, clock, randomness, and the home. */
#include "cli/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/emit.h"
#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/os/clock.h"
#include "base/os/process.h"
#include "base/os/random.h"
#include "cli/home.h"
#include "cli/output.h"
#include "cli/say.h"
#include "evidence/home/keyfile.h"
#include "evidence/home/public.h"
#include "evidence/rest/shelf.h"
#include "evidence/selftest.h"
#include "ledger/reader.h"
#include "ledger/selftest.h"
#include "store/store.h"

enum { EXIT_DONE = 0, EXIT_BAD = 1, EXIT_COULD_NOT = 2, TEXT_MAX = 512, CHECKS_MAX = 16 };

enum { OPT_HOME = 1, OPT_JSON };

const struct option_spec doctor_options[] = {
    HOME_ROW_DIR(OPT_HOME),
    {"--json", 'j', NULL, "Answer with one JSON object.", OPT_JSON, NULL},
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL},
    {NULL, 0, NULL, NULL, 0, NULL},
};

/* Weak: it works, and one should know. Bad: what is proven with it may not hold. */
enum health { GOOD, WEAK, BAD, NONE };

static const char *const health_words[] = {"good", "weak", "bad", "none"};

struct check {
    const char *name;
    enum health health;
    char text[TEXT_MAX];
};

struct doctor {
    const char *home;
    bool json;
    size_t n;
    struct check check[CHECKS_MAX];
};

static bool take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct doctor *d = ctx;
    if (spec->id == OPT_HOME) {
        d->home = value;
    }
    d->json = d->json || spec->id == OPT_JSON;
    return true;
}

__attribute__((format(printf, 4, 5))) static void
report(struct doctor *d, const char *name, enum health health, const char *format, ...)
{
    struct check *c = &d->check[d->n++];
    va_list ap;
    c->name = name;
    c->health = health;
    va_start(ap, format);
    (void)vsnprintf(c->text, sizeof(c->text), format, ap);
    va_end(ap);
}

static void report_fault(struct doctor *d, const char *name, enum status st,
                         const struct fault *why)
{
    report(d, name, BAD, "%s: %s", why->field != NULL ? why->field : "failed",
           st == ST_SYS ? strerror(why->sys_errno) : status_text(st));
}

/* --- this machine --------------------------------------------------------------- */

static void vectors(struct doctor *d)
{
    struct fault why = {0};
    const char *how = "";
    enum status st = ledger_selftest(&why);
    if (st == ST_OK) {
        report(d, "ledger", GOOD, "known answers of SHA-256, Ed25519, keys, checkpoints");
    } else {
        report_fault(d, "ledger", st, &why);
    }
    st = evidence_selftest(&how, &why);
    if (st == ST_OK) {
        report(d, "records", GOOD, "known answers of records and boxes; %s", how);
    } else {
        report_fault(d, "records", st, &why);
    }
}

static int tell_cage(void *ctx, int channel, const struct cage_report *r)
{
    (void)ctx;
    return write(channel, r, sizeof(*r)) == (ssize_t)sizeof(*r) ? 0 : 1;
}

/* A cage as it is in force, told from inside. */
static bool try_cage(enum cage cage, struct cage_report *ret)
{
    const struct process_options opt = {.name = "doctor", .cage = cage};
    CLEANUP(process_freep) struct process *p = NULL;
    struct process_end end;
    struct fault why = {0};
    if (process_start(&opt, tell_cage, NULL, &p, &why) != ST_OK) {
        return false;
    }
    bool got = read(process_channel(p), ret, sizeof(*ret)) == (ssize_t)sizeof(*ret);
    return process_wait(p, &end, &why) == ST_OK && got && !end.by_signal && end.code == 0;
}

static void cages(struct doctor *d)
{
    static const enum cage all[] = {CAGE_READER, CAGE_ANALYST};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct cage_report r;
        const char *name = all[i] == CAGE_READER ? "cage of readers" : "cage of analysts";
        if (!try_cage(all[i], &r)) {
            report(d, name, BAD, "a process in it could not be started");
        } else if (!r.whole) {
            r.text[sizeof(r.text) - 1] = '\0';
            report(d, name, WEAK, "%s", r.text);
        } else if (r.landlock > 0) {
            report(d, name, GOOD, "in force, with Landlock %d", r.landlock);
        } else {
            report(d, name, GOOD, "in force, without Landlock (a second wall)");
        }
    }
}

static void look_at_clock(struct doctor *d)
{
    struct clock_state c;
    char now[TIME_TEXT_MAX];
    int64_t now_ns = clock_now_ns();
    (void)time_format_short(now_ns, now);
    clock_look(&c);
    if (now_ns < CLOCK_EARLIEST_NS) {
        report(d, "clock", BAD, "it says %s", now);
    } else if (!c.synchronised) {
        report(d, "clock", WEAK, "%s UTC; by the kernel, nobody keeps it", now);
    } else {
        report(d, "clock", GOOD, "%s UTC; kept, at most %" PRIu64 " ms off", now,
               c.error_ns / 1000000);
    }
}

static void randomness(struct doctor *d)
{
    uint8_t a[32], b[32];
    if (random_bytes(a, sizeof(a)) != ST_OK || random_bytes(b, sizeof(b)) != ST_OK) {
        report(d, "randomness", BAD, "the system gives none");
    } else if (memcmp(a, b, sizeof(a)) == 0) {
        report(d, "randomness", BAD, "the system gives the same bytes twice");
    } else {
        report(d, "randomness", GOOD, "the system's generator is seeded");
    }
    explicit_bzero(a, sizeof(a));
    explicit_bzero(b, sizeof(b));
}

/* --- the home ------------------------------------------------------------------- */

/* What others could read or write. */
static void owners(struct doctor *d, const struct evidence_home *h)
{
    static const char *const names[] = {"key",          "key/sign", "key/next", "key/open",
                                        "key/open.pub", "ledger",   STORE_FILE};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct stat s;
        if (fstatat(h->dir_fd, names[i], &s, AT_SYMLINK_NOFOLLOW) != 0) {
            continue; /* moved away, or while keys change */
        }
        if (s.st_uid != geteuid() || (s.st_mode & 077) != 0) {
            report(d, "owner", BAD, "%s: others may read or write it", names[i]);
            return;
        }
    }
    report(d, "owner", GOOD, "keys, ledger and store are for their owner alone");
}

static enum status read_ledger(const struct evidence_home *h, struct evidence_public *p,
                               struct fault *why)
{
    CLEANUP(free_ptr) struct ledger_reader *r = NULL;
    TRY(evidence_public_read(&h->party, "log/", p, why));
    TRY(ledger_reader_new(&h->party, "log/", p->checkpoint.size, &r));
    enum status st = ledger_reader_audit(r, &p->checkpoint.root);
    return st == ST_OK ? st : fault_at(why, st, r->why.offset, r->why.field);
}

static void keys(struct doctor *d, const struct evidence_home *h, const struct evidence_public *p)
{
    const struct ledger_term *now = &p->terms.term[p->terms.n - 1];
    struct stat s;
    if (fstatat(h->dir_fd, "key/after", &s, AT_SYMLINK_NOFOLLOW) == 0) {
        report(d, "keys", BAD, "a change of keys was interrupted: exhibit key rotate finishes it");
    } else if (memcmp(&now->key.material, &h->signer.key.material, DIGEST_BYTES) != 0 ||
               memcmp(&now->next, &h->next, DIGEST_BYTES) != 0) {
        report(d, "keys", BAD, "they are not those that the ledger names");
    } else if (!h->locked) {
        report(d, "keys", WEAK, "%zu so far, each promised; without a passphrase", p->terms.n);
    } else {
        report(d, "keys", GOOD, "%zu so far, each promised; under a passphrase", p->terms.n);
    }
}

static void ledger(struct doctor *d, const struct evidence_home *h)
{
    CLEANUP(evidence_public_fini) struct evidence_public p = {.signer = NULL};
    struct fault why = {0};
    struct stat s;
    enum status st = read_ledger(h, &p, &why);
    if (st != ST_OK) {
        report_fault(d, "entries", st, &why);
        return;
    }
    if (fstatat(h->dir_fd, "ledger/party/state/hold", &s, AT_SYMLINK_NOFOLLOW) == 0) {
        report(d, "entries", WEAK, "%" PRIu64 "; held since a restore: nothing is signed",
               p.checkpoint.size);
    } else {
        report(d, "entries", GOOD, "%" PRIu64 ", all there, under the signed root",
               p.checkpoint.size);
    }
    keys(d, h, &p);
}

static void opening(struct doctor *d, const struct evidence_home *h)
{
    CLEANUP(evidence_opening_key_fini) struct evidence_opening_key k;
    struct fault why = {0};
    if (!h->open_here) {
        report(d, "opening key", GOOD, "moved away: this machine alone opens nothing");
        return;
    }
    if (h->open_locked) {
        report(d, "opening key", GOOD, "here, under a passphrase");
        return;
    }
    enum status st = evidence_home_opening_key(h, NULL, (struct bytes){0}, &k, &why);
    if (st != ST_OK) {
        report_fault(d, "opening key", st, &why);
    } else {
        report(d, "opening key", WEAK, "here, in clear (see exhibit key backup --move)");
    }
}

static void findings(struct doctor *d, const struct evidence_home *h)
{
    CLEANUP(store_freep) struct store *s = NULL;
    struct store_totals t;
    struct fault why = {0};
    enum status st = store_open(h->path, STORE_READ, &s, &why);
    if (st == ST_END) {
        report(d, "store", NONE, "no finding was kept yet");
        return;
    }
    st = st == ST_OK ? store_check(s, &t, &why) : st;
    if (st == ST_MALFORMED) {
        report(d, "store", BAD, "%s", why.field); /* a sentence (store.h) */
    } else if (st != ST_OK) {
        report_fault(d, "store", st, &why);
    } else {
        report(d, "store", GOOD, "%" PRIu64 " findings and %" PRIu64 " notices, all whole",
               t.findings, t.notices);
    }
}

/* What is sealed: does each segment that the ledger has lie here? */
struct sealed {
    const struct evidence_shelf *shelf;
    uint64_t segments, records;
    struct fault *why;
};

static enum status count_segment(void *ctx, const struct evidence_at_rest *at)
{
    struct sealed *s = ctx;
    s->segments++;
    s->records += at->rest->header.records;
    return ST_OK;
}

static enum status count_file(void *ctx, const struct evidence_file *f)
{
    static const struct evidence_sought all = {.from_ns = INT64_MIN, .to_ns = INT64_MAX};
    struct sealed *s = ctx;
    uint64_t before = s->segments;
    TRY(evidence_shelf_find(s->shelf, f, &all, count_segment, s, s->why));
    return s->segments - before == f->segments
               ? ST_OK
               : fault_at(s->why, ST_MISMATCH, s->segments, "segments are missing");
}

/* How many the ledger has. */
static enum status count_entries(struct ledger_reader *r, uint64_t *ret, struct fault *why)
{
    CLEANUP(buf_fini) struct buf bundle = BUF_INIT(LEDGER_BUNDLE_MAX);
    for (uint64_t i = 0; i * LEDGER_TILE_WIDTH < r->size; i++) {
        struct bytes entry;
        buf_clear(&bundle);
        enum status st = ledger_reader_bundle(r, i, &bundle);
        if (st != ST_OK) {
            return fault_at(why, st, r->why.offset, r->why.field);
        }
        struct cursor c = cursor_of(buf_bytes(&bundle));
        while (ledger_bundle_next(&c, &entry) == ST_OK) {
            *ret += bytes_begin(entry, BYTES_LITERAL("exhibit-segment/v1\n"));
        }
    }
    return ST_OK;
}

static void report_segments(struct doctor *d, const struct sealed *s, uint64_t entries)
{
    const char *plural = s->segments == 1 ? "" : "s";
    if (entries == 0) {
        report(d, "segments", NONE, "nothing is sealed yet");
    } else if (entries > s->segments) {
        report(d, "segments", WEAK, "%" PRIu64 " whole here, %" PRIu64 " in the ledger",
               s->segments, entries);
    } else {
        report(d, "segments", GOOD,
               "%" PRIu64 " segment%s with %" PRIu64 " records, as the ledger says", s->segments,
               plural, s->records);
    }
}

static void segments(struct doctor *d, const struct evidence_home *h)
{
    struct evidence_engine e;
    struct evidence_shelf shelf;
    struct fault why = {0};
    struct sealed s = {.shelf = &shelf, .why = &why};
    uint64_t entries = 0;
    enum status st = evidence_engine_init(&e);
    st = st != ST_OK ? st : evidence_shelf_open(&e, &h->files, h->dir_fd, &h->party, &shelf, &why);
    if (st == ST_OK) {
        st = evidence_shelf_files(&shelf, count_file, &s, &why);
        st = st != ST_OK ? st : count_entries(shelf.entries, &entries, &why);
        evidence_shelf_fini(&shelf);
    }
    if (st != ST_OK) {
        report_fault(d, "segments", st, &why);
    } else {
        report_segments(d, &s, entries);
    }
}

static void authorities(struct doctor *d, const struct evidence_home *h)
{
    size_t n = h->config.authority_n;
    report(d, "timestamps", n >= 2 ? GOOD : WEAK, "%zu named in config.json%s", n,
           n >= 2 ? "" : "; better two, of two operators");
}

static void home(struct doctor *d)
{
    CLEANUP(evidence_home_freep) struct evidence_home *h = NULL;
    char path[PATH_MAX];
    struct fault why = {0};
    if (!home_path(d->home, path)) {
        report(d, "home", NONE, "there is no place for one");
        return;
    }
    enum status st = evidence_home_open(path, &h, &why);
    if (st == ST_END) {
        report(d, "home", d->home != NULL ? BAD : NONE, "%.*s: there is none", TEXT_MAX / 2, path);
        return;
    }
    if (st != ST_OK) {
        report_fault(d, "home", st, &why);
        return;
    }
    report(d, "home", GOOD, "%.*s, of %s", TEXT_MAX / 2, path, h->config.name);
    owners(d, h);
    ledger(d, h);
    segments(d, h);
    opening(d, h);
    findings(d, h);
    authorities(d, h);
}

/* --- telling -------------------------------------------------------------------- */

static void tell(const struct doctor *d, struct buf *out)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct check *c = &d->check[i];
        buf_printf(out, "%-17s %-5s ", c->name, health_words[c->health]);
        text_show(out, bytes_of(c->text, strlen(c->text)), TEXT_MAX);
        buf_byte(out, '\n');
    }
}

static void tell_json(const struct doctor *d, enum health worst, struct buf *out)
{
    struct emit j;
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "doctor");
    emit_member_str(&j, "health", health_words[worst]);
    emit_key(&j, "checks");
    emit_array(&j);
    for (size_t i = 0; i < d->n; i++) {
        emit_object(&j);
        emit_member_str(&j, "name", d->check[i].name);
        emit_member_str(&j, "health", health_words[d->check[i].health]);
        emit_member_str(&j, "text", d->check[i].text);
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_object_end(&j);
    buf_byte(out, '\n');
}

static enum health worst_of(const struct doctor *d)
{
    enum health worst = GOOD;
    for (size_t i = 0; i < d->n; i++) {
        enum health h = d->check[i].health;
        worst = h != NONE && h > worst ? h : worst;
    }
    return worst;
}

int doctor_main(const struct command *self, int argc, char **argv)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(65536);
    struct doctor d = {.n = 0};
    int n;
    if (!options_parse(self, argc, argv, take, &d, &n)) {
        return EXIT_COULD_NOT;
    }
    if (n > 0) {
        say("doctor: it takes no arguments");
        return EXIT_COULD_NOT;
    }
    vectors(&d);
    cages(&d);
    look_at_clock(&d);
    randomness(&d);
    home(&d);
    enum health worst = worst_of(&d);
    if (d.json) {
        tell_json(&d, worst, &out);
    } else {
        tell(&d, &out);
    }
    if (out.failed != ST_OK || !output_write(buf_bytes(&out))) {
        return EXIT_COULD_NOT;
    }
    return worst == BAD ? EXIT_BAD : EXIT_DONE;
}
