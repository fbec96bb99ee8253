/* cli/doctor.c - vectors, cages, clock, randomness; telling it, and what the home is like. */
#include "cli/doctor.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/core/emit.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/os/clock.h"
#include "base/os/process.h"
#include "base/os/random.h"
#include "cli/doctor_home.h"
#include "cli/home.h"
#include "cli/output.h"
#include "cli/say.h"
#include "evidence/selftest.h"
#include "ledger/selftest.h"

enum { EXIT_DONE = 0, EXIT_BAD = 1, EXIT_COULD_NOT = 2 };

enum { OPT_HOME = 1, OPT_ALL, OPT_KEY, OPT_PASSPHRASE_FILE, OPT_JSON };

const struct option_spec doctor_options[] = {
    {"--all", 'a', NULL,
     "Read every segment to its end, and with the opening key open each: as long as it takes.",
     OPT_ALL, NULL},
    {"--key", 0, "FILE", "The opening key, where it is not in the home; with --all.", OPT_KEY,
     NULL},
    {"--passphrase-file", 0, "FILE",
     "Read the passphrase of the opening key from its first line; with --all.", OPT_PASSPHRASE_FILE,
     NULL},
    HOME_ROW_DIR(OPT_HOME),
    {"--json", 'j', NULL, "Answer with one JSON object.", OPT_JSON, NULL},
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL},
    {NULL, 0, NULL, NULL, 0, NULL},
};

static const char *const health_words[] = {"good", "weak", "bad", "none"};

static bool take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct doctor *d = ctx;
    switch (spec->id) {
    case OPT_HOME:
        d->home = value;
        break;
    case OPT_KEY:
        d->key = value;
        break;
    case OPT_PASSPHRASE_FILE:
        d->passphrase_file = value;
        break;
    default:
        d->all = d->all || spec->id == OPT_ALL;
        d->json = d->json || spec->id == OPT_JSON;
        break;
    }
    return true;
}

void doctor_report(struct doctor *d, const char *name, enum health health, const char *format, ...)
{
    struct check *c = &d->check[d->n++];
    va_list ap;
    *c = (struct check){.first = d->damage_n};
    c->name = name;
    c->health = health;
    va_start(ap, format);
    (void)vsnprintf(c->text, sizeof(c->text), format, ap);
    va_end(ap);
}

void doctor_report_fault(struct doctor *d, const char *name, enum status st,
                         const struct fault *why)
{
    doctor_report(d, name, BAD, "%s: %s", why->field != NULL ? why->field : "failed",
                  st == ST_SYS ? strerror(why->sys_errno) : status_text(st));
}

/* --- this machine --------------------------------------------------------------- */

static void vectors(struct doctor *d)
{
    struct fault why = {0};
    const char *how = "";
    enum status st = ledger_selftest(&why);
    if (st == ST_OK) {
        doctor_report(d, "ledger", GOOD, "known answers of SHA-256, Ed25519, keys, checkpoints");
    } else {
        doctor_report_fault(d, "ledger", st, &why);
    }
    st = evidence_selftest(&how, &why);
    if (st == ST_OK) {
        doctor_report(d, "records", GOOD, "known answers of records and boxes; %s", how);
    } else {
        doctor_report_fault(d, "records", st, &why);
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
            doctor_report(d, name, BAD, "a process in it could not be started");
        } else if (!r.whole) {
            r.text[sizeof(r.text) - 1] = '\0';
            doctor_report(d, name, WEAK, "%s", r.text);
        } else if (r.landlock > 0) {
            doctor_report(d, name, GOOD, "in force, with Landlock %d", r.landlock);
        } else {
            doctor_report(d, name, GOOD, "in force, without Landlock (a second wall)");
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
        doctor_report(d, "clock", BAD, "it says %s", now);
    } else if (!c.synchronised) {
        doctor_report(d, "clock", WEAK, "%s UTC; by the kernel, nobody keeps it", now);
    } else {
        doctor_report(d, "clock", GOOD, "%s UTC; kept, at most %" PRIu64 " ms off", now,
                      c.error_ns / 1000000);
    }
}

static void randomness(struct doctor *d)
{
    uint8_t a[32], b[32];
    if (random_bytes(a, sizeof(a)) != ST_OK || random_bytes(b, sizeof(b)) != ST_OK) {
        doctor_report(d, "randomness", BAD, "the system gives none");
    } else if (memcmp(a, b, sizeof(a)) == 0) {
        doctor_report(d, "randomness", BAD, "the system gives the same bytes twice");
    } else {
        doctor_report(d, "randomness", GOOD, "the system's generator is seeded");
    }
    explicit_bzero(a, sizeof(a));
    explicit_bzero(b, sizeof(b));
}

/* --- telling -------------------------------------------------------------------- */

/* Which files, what is wrong with them, what is lost. */
static void tell_damage(const struct doctor *d, const struct check *c, struct buf *out)
{
    size_t listed = c->damaged < d->damage_n - c->first ? c->damaged : d->damage_n - c->first;
    for (size_t i = 0; i < listed; i++) {
        const struct evidence_damage *g = &d->damage[c->first + i];
        buf_str(out, "  ");
        text_show(out, bytes_of(g->path, strlen(g->path)), sizeof(g->path));
        buf_str(out, ": ");
        text_show(out, bytes_of(g->what, strlen(g->what)), sizeof(g->what));
        buf_printf(out, "\n    %s\n", g->lost);
    }
    if (listed < c->damaged) {
        buf_printf(out, "  and %zu more\n", c->damaged - listed);
    }
}

static void tell(const struct doctor *d, struct buf *out)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct check *c = &d->check[i];
        buf_printf(out, "%-17s %-5s ", c->name, health_words[c->health]);
        text_show(out, bytes_of(c->text, strlen(c->text)), DOCTOR_TEXT_MAX);
        buf_byte(out, '\n');
        tell_damage(d, c, out);
    }
}

static void put_damage(const struct doctor *d, const struct check *c, struct emit *j)
{
    if (c->damaged == 0) {
        return;
    }
    emit_member_u64(j, "damaged", c->damaged);
    emit_key(j, "damage");
    emit_array(j);
    for (size_t i = c->first; i < d->damage_n && i < c->first + c->damaged; i++) {
        emit_object(j);
        emit_member_str(j, "file", d->damage[i].path);
        emit_member_str(j, "what", d->damage[i].what);
        emit_member_str(j, "lost", d->damage[i].lost);
        emit_object_end(j);
    }
    emit_array_end(j);
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
        put_damage(d, &d->check[i], &j);
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
    CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 20);
    struct doctor d = {.n = 0};
    int n;
    if (!options_parse(self, argc, argv, take, &d, &n)) {
        return EXIT_COULD_NOT;
    }
    if (n > 0) {
        say("doctor: it takes no arguments");
        return EXIT_COULD_NOT;
    }
    if (!d.all && (d.key != NULL || d.passphrase_file != NULL)) {
        say("doctor: --key and --passphrase-file go with --all");
        return EXIT_COULD_NOT;
    }
    vectors(&d);
    cages(&d);
    look_at_clock(&d);
    randomness(&d);
    if (!doctor_home(&d)) {
        return EXIT_COULD_NOT;
    }
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
