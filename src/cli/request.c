/* cli/request.c - findings to notices, ready to be read over and sent. */
#include "cli/request.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/model/observation.h"
#include "base/model/remark.h"
#include "base/os/clock.h"
#include "base/os/file.h"
#include "cli/analysis.h"
#include "cli/homing.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/storing.h"
#include "exchange/blocklist.h"
#include "exchange/intake.h"
#include "exchange/mime.h"
#include "report/request.h"

enum {
    OPT_FROM = SETTINGS_OWN,
    OPT_REPORTER,
    OPT_OUTPUT,
    OPT_MBOX,
    OPT_PER_CONTACT,
    OPT_FORMAT,
    OPT_ONE_WAY,
    OPT_HIDE_TARGETS,
    OPT_SERVER,
    OPT_CLOCK,
    OPT_RETENTION,
    OPT_EXHIBIT,
};

enum { EXIT_DONE = 0, EXIT_COULD_NOT = 2, REQUEST_MAX_BYTES = INT_MAX, ORG_MAX = 256 };
/* The Budapest Convention preserves for 90 days (article 16), and few keep more. */
enum { RETENTION_DAYS = 90 };

/* clang-format off */
const struct option_spec request_options[] = {
    {"--from", 'f', "FILE", "Findings as `analyze --json` wrote them, instead of inputs.",
     OPT_FROM, NULL},
    {"--reporter", 0, "'NAME <MAIL>'", "Who writes. Needed for notices.", OPT_REPORTER, NULL},
    {"--output", 'o', "FOLDER", "Write each notice to a file exhibit-ID.eml there.", OPT_OUTPUT,
     NULL},
    {"--mbox", 0, "FILE", "Write all notices to one new mailbox file (mboxrd).", OPT_MBOX, NULL},
    {"--per-contact", 0, NULL, "One notice for each abuse contact. This is the default.",
     OPT_PER_CONTACT, NULL},
    {"--format", 0, "FORM",
     "A block list of two-way proven remotes instead of notices: nft, ipset or plain.", OPT_FORMAT,
     "nft ipset plain"},
    {"--include-one-way", 0, NULL,
     "Also tell of remotes whose addresses may be forged. Never of those that seem to be.",
     OPT_ONE_WAY, NULL},
    {"--hide-targets", 0, NULL, "Leave one's own addresses out of the notices.", OPT_HIDE_TARGETS,
     NULL},
    {"--server", 0, "ADDRESS",
     "The public address of the server whose logs are read: logs do not name it.", OPT_SERVER, NULL},
    {"--clock", 0, "TEXT", "What is known about the sensor's clock: 'NTP, within 0.1 s'.",
     OPT_CLOCK, NULL},
    {"--retention", 0, "DAYS", "How long the other side is likely to keep records: 90.",
     OPT_RETENTION, NULL},
    {"--exhibit", 0, "FILE",
     "Send this exhibit along with the notice about its remotes. May be repeated.", OPT_EXHIBIT,
     NULL},
    SETTINGS_ROWS_ABOUT,
    SETTINGS_ROWS_INPUT,
    SETTINGS_ROWS_TIME,
    {"--json", 'j', NULL, "JSON Lines: notices, what is left out, queries, a summary.",
     SETTINGS_JSON, NULL},
    HOME_ROW_DIR(SETTINGS_HOME),
    {"--no-store", 0, NULL, "Do not keep the notices in the home, where there is one.",
     SETTINGS_NO_STORE, NULL},
    SETTINGS_ROWS_LAST,
};
/* clang-format on */

struct request {
    struct analysis *a;
    struct evidence_home *home; /* NULL: none */
    struct notice_options opt;
    struct addr server;
    char *from;
    const char *folder, *mbox;
    bool blocks;
    enum blocklist_form form;
    char org[ORG_MAX], mail[MAILBOX_MAX];
    struct notice_item *items;
    size_t item_n;
    struct notice_set set;
    const char *exhibits[ENCLOSURES_MAX];
    struct enclosure enclosures[ENCLOSURES_MAX];
};

static void request_fini(struct request *r)
{
    notice_set_fini(&r->set);
    free(r->items);
    for (size_t i = 0; i < r->opt.enclosure_n; i++) {
        enclosure_fini(&r->enclosures[i]);
    }
    analysis_free(r->a);
    evidence_home_free(r->home);
}

/* --- options ---------------------------------------------------------------------- */

/* NAME <MAIL>, or MAIL alone. */
static bool take_reporter(struct request *r, const struct option_spec *spec, const char *value)
{
    const char *open = strrchr(value, '<');
    const char *close = open != NULL ? strchr(open, '>') : NULL;
    struct bytes org = bytes_of(value, open != NULL ? (size_t)(open - value) : 0);
    struct bytes mail = bytes_of(value, strlen(value));
    if (open != NULL) {
        mail =
            bytes_of(open + 1, close != NULL && close[1] == '\0' ? (size_t)(close - open - 1) : 0);
    }
    org = text_trim(org);
    if (!mailbox_is(mail) || org.len >= sizeof(r->org)) {
        return settings_refuse(&r->a->settings, spec, value,
                               "not of the form 'Example Org <abuse@example.org>'");
    }
    org = org.len > 0 ? org : mailbox_host(mail);
    memcpy(r->org, org.data, org.len);
    memcpy(r->mail, mail.data, mail.len);
    r->org[org.len] = '\0';
    r->mail[mail.len] = '\0';
    return true;
}

static bool take_format(struct request *r, const struct option_spec *spec, const char *value)
{
    static const char *const forms[] = {
        [BLOCKLIST_NFT] = "nft", [BLOCKLIST_IPSET] = "ipset", [BLOCKLIST_PLAIN] = "plain"};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (strcmp(forms[i], value) == 0) {
            r->form = (enum blocklist_form)i;
            r->blocks = true;
            return true;
        }
    }
    return settings_refuse(&r->a->settings, spec, value, "nft, ipset or plain");
}

static bool take_days(struct request *r, const struct option_spec *spec, const char *value)
{
    uint64_t days;
    if (text_u64(bytes_of(value, strlen(value)), 36500, &days) != ST_OK) {
        return settings_refuse(&r->a->settings, spec, value, "not a number of days");
    }
    r->opt.retention_ns = (int64_t)days * TIME_DAY;
    return true;
}

static bool take_server(struct request *r, const struct option_spec *spec, const char *value)
{
    if (addr_parse(bytes_of(value, strlen(value)), &r->server) != ST_OK) {
        return settings_refuse(&r->a->settings, spec, value, "not an address");
    }
    if (addr_is_private(&r->server) || addr_is_unspecified(&r->server)) {
        return settings_refuse(&r->a->settings, spec, value, "not a public address");
    }
    r->opt.server = &r->server;
    return true;
}

/* Read at once: what is wrong with it is said before anything is analysed. */
static bool take_exhibit(struct request *r, const struct option_spec *spec, const char *value)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_ENCLOSURE_BYTES);
    struct fault why = {0};
    size_t i = r->opt.enclosure_n;
    if (i == ENCLOSURES_MAX) {
        return settings_refuse(&r->a->settings, spec, value, "too many exhibits");
    }
    enum status st = file_read(value, &file, &why);
    st = st == ST_OK ? enclosure_read(&file, &r->enclosures[i], &why) : st;
    if (st != ST_OK) {
        say_fault(value, st, &why);
        return false;
    }
    r->exhibits[i] = value;
    r->opt.enclosures = r->enclosures;
    r->opt.enclosure_n = i + 1;
    return true;
}

static bool take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct request *r = ctx;
    switch (spec->id) {
    case OPT_FROM:
        r->from = (char *)(uintptr_t)value; /* options_parse hands out argv */
        return true;
    case OPT_REPORTER:
        return take_reporter(r, spec, value);
    case OPT_OUTPUT:
        r->folder = value;
        return true;
    case OPT_MBOX:
        r->mbox = value;
        return true;
    case OPT_PER_CONTACT:
        return true;
    case OPT_FORMAT:
        return take_format(r, spec, value);
    case OPT_ONE_WAY:
        r->opt.include_one_way = true;
        return true;
    case OPT_HIDE_TARGETS:
        r->opt.hide_targets = true;
        return true;
    case OPT_SERVER:
        return take_server(r, spec, value);
    case OPT_CLOCK:
        r->opt.clock = value;
        return true;
    case OPT_RETENTION:
        return take_days(r, spec, value);
    case OPT_EXHIBIT:
        return take_exhibit(r, spec, value);
    default:
        return settings_take(&r->a->settings, spec, value);
    }
}

static bool check(const struct request *r, int n)
{
    const char *wrong = NULL;
    bool writes = r->folder != NULL || r->mbox != NULL;
    if (r->from != NULL && n > 0) {
        wrong = "--from takes the place of inputs";
    } else if (r->folder != NULL && r->mbox != NULL) {
        wrong = "--output and --mbox exclude each other";
    } else if (r->blocks && (writes || r->a->settings.form == FORM_JSON)) {
        wrong = "--format writes a list to standard output: no --output, --mbox or --json with it";
    } else if (r->blocks && r->opt.enclosure_n > 0) {
        wrong = "a block list has no place for an exhibit";
    } else if (writes && r->mail[0] == '\0') {
        wrong = "who writes? (--reporter 'Example Org <abuse@example.org>')";
    }
    if (wrong != NULL) {
        say("request: %s", wrong);
    }
    return wrong == NULL;
}

/* --- notices ---------------------------------------------------------------------- */

/* One's own networks: those given, else those of the inputs. */
static const struct local_nets *own_nets(const struct request *r)
{
    const struct local_nets *given = &r->a->settings.locals;
    return given->n > 0 ? given : &r->a->reading.summary.locals;
}

/* What the reader of its log took for granted about its times. */
static void note_assumed(const struct analysis *a, struct notice_item *x)
{
    unsigned first = pos_input(x->finding->when.first_pos);
    unsigned last = pos_input(x->finding->when.last_pos);
    bool log = !a->settings.from && (x->finding->flags & FINDING_LOG) != 0;
    for (size_t i = 0; log && i < a->reading.remark_n; i++) {
        const struct remark *m = &a->reading.remarks[i];
        if (m->input != first && m->input != last) {
            continue;
        }
        if (m->code == REMARK_YEAR_ASSUMED) {
            x->year = x->year_assumed && x->year != (int)m->value ? 0 : (int)m->value;
            x->year_assumed = true;
        }
        x->zone_assumed |= m->code == REMARK_ZONE_ASSUMED;
    }
}

static bool make_items(struct request *r)
{
    struct analysis *a = r->a;
    r->items = calloc(a->shown_n + 1, sizeof(*r->items));
    if (r->items == NULL) {
        say("not enough memory");
        return false;
    }
    for (size_t i = 0; i < a->shown_n; i++) {
        struct finding *f = (struct finding *)(uintptr_t)a->shown[i].finding; /* ours */
        if ((f->flags & FINDING_BELOW) != 0) {
            continue;
        }
        if (f->has_remote && f->has_initiator && addr_equal(&f->remote, &f->initiator) &&
            local_contains(own_nets(r), &f->remote)) {
            f->flags |= FINDING_INSIDE; /* findings of a file know nothing of --local */
        }
        r->items[r->item_n++] = (struct notice_item){.finding = f,
                                                     .origin = a->shown[i].origin,
                                                     .contact = a->located.contacts[i].contact,
                                                     .query = a->located.contacts[i].query};
        note_assumed(a, &r->items[r->item_n - 1]);
    }
    return true;
}

static bool failed(const char *what, enum status st, const struct fault *why)
{
    if (st != ST_OK) {
        say_fault(what, st, why);
    }
    return st == ST_OK;
}

static bool write_folder(struct request *r)
{
    if (mkdir(r->folder, 0700) != 0 && errno != EEXIST) {
        say("%s: %s", r->folder, strerror(errno));
        return false;
    }
    int dir = open(r->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
        say("%s: %s", r->folder, strerror(errno));
        return false;
    }
    bool ok = true;
    for (size_t i = 0; i < r->set.notice_n && ok; i++) {
        CLEANUP(buf_fini) struct buf mail = BUF_INIT(REQUEST_MAX_BYTES);
        char name[REQUEST_NAME_MAX];
        struct fault why = {0};
        request_file_name(&r->set.notices[i], name);
        notice_write(&mail, &r->opt, &r->set, &r->set.notices[i]);
        ok = failed(name, mail.failed, &why) &&
             failed(r->folder, file_write_at(dir, name, buf_bytes(&mail), 0600, &why), &why);
    }
    (void)close(dir); /* read only */
    return ok;
}

static bool write_mbox(struct request *r)
{
    CLEANUP(buf_fini) struct buf all = BUF_INIT(REQUEST_MAX_BYTES);
    struct fault why = {0};
    if (access(r->mbox, F_OK) == 0) {
        say("%s: is there already, and may be somebody's mail: it is not replaced", r->mbox);
        return false;
    }
    for (size_t i = 0; i < r->set.notice_n; i++) {
        CLEANUP(buf_fini) struct buf mail = BUF_INIT(REQUEST_MAX_BYTES);
        notice_write(&mail, &r->opt, &r->set, &r->set.notices[i]);
        if (!failed(r->mbox, mail.failed, &why)) {
            return false;
        }
        mime_mbox(&all, buf_bytes(&mail), r->opt.now_ns);
    }
    return failed(r->mbox, all.failed, &why) &&
           failed(r->mbox, file_write(r->mbox, buf_bytes(&all), 0600, &why), &why);
}

/* Which exhibits go along; one that fits no notice is said, and nothing is written. */
static bool place_exhibits(struct request *r)
{
    bool all = true;
    for (size_t i = 0; i < r->opt.enclosure_n; i++) {
        struct enclosure *e = &r->enclosures[i];
        for (size_t k = 0; k < r->set.notice_n && !e->used; k++) {
            e->used = notice_encloses(&r->set, &r->set.notices[k], e);
        }
        if (!e->used) {
            say("%s: goes along with no notice: none is about everybody whose records it shows",
                r->exhibits[i]);
        }
        all = all && e->used;
    }
    return all;
}

static bool write_notices(struct request *r)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(REQUEST_MAX_BYTES);
    struct fault why = {0};
    if (!failed("notices", notice_set_make(&r->opt, r->items, r->item_n, &r->set), &why)) {
        return false;
    }
    if (!place_exhibits(r)) {
        return false;
    }
    if ((r->folder != NULL && !write_folder(r)) || (r->mbox != NULL && !write_mbox(r))) {
        return false;
    }
    struct request_view v = {.set = &r->set,
                             .named = r->mail[0] != '\0',
                             .written = r->folder != NULL || r->mbox != NULL};
    if (v.written && r->home != NULL && !r->a->settings.no_store &&
        !storing_notices(r->home, &r->opt, &v)) {
        return false;
    }
    if (r->a->settings.form == FORM_JSON) {
        request_json(&out, &v);
    } else {
        request_terminal(&out, &v);
    }
    return failed("the plan", out.failed, &why) && output_write(buf_bytes(&out));
}

/* An empty list looks like a failure, or like peace: it says what it is. */
static void tell_empty(const struct request *r)
{
    if (r->item_n == 0) {
        say("the list is empty: nothing was found");
    } else {
        say("the list is empty: no remote of the %zu %s is proven two-way and outside", r->item_n,
            r->item_n == 1 ? "finding" : "findings");
    }
}

static bool write_blocks(struct request *r)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(REQUEST_MAX_BYTES);
    CLEANUP(free_ptr) struct addr *list = NULL;
    struct fault why = {0};
    size_t n = 0;
    if (!failed("the list", blocklist_make(r->items, r->item_n, own_nets(r), &list, &n), &why)) {
        return false;
    }
    if (n == 0) {
        tell_empty(r);
    }
    blocklist_write(&out, r->form, list, n);
    return failed("the list", out.failed, &why) && output_write(buf_bytes(&out));
}

/* Ids of stored findings, where there is a home, or files. */
static bool are_ids(const struct request *r, char *const *names, int n)
{
    bool all = r->home != NULL && r->from == NULL && n > 0;
    for (int i = 0; i < n; i++) {
        all = all && storing_is_id(names[i]);
    }
    return all;
}

static bool open_inputs(struct request *r, char **names, int n)
{
    bool stored = are_ids(r, names, n);
    r->a->settings.from = stored || r->from != NULL;
    r->opt.retold = r->a->settings.from;
    if (r->a->settings.from) {
        intake_begin();
    }
    if (stored) {
        int fd;
        return storing_lines(r->home, names, (size_t)n, &fd) &&
               analysis_take(r->a, "the store", fd);
    }
    return r->from != NULL ? analysis_open(r->a, &r->from, 1) : analysis_open(r->a, names, n);
}

int request_main(const struct command *self, int argc, char **argv)
{
    CLEANUP(request_fini)
    struct request r = {
        .opt = {.now_ns = clock_now_ns(), .retention_ns = RETENTION_DAYS * TIME_DAY}};
    int n;
    r.opt.org = r.org;
    r.opt.mail = r.mail;
    r.a = analysis_new(self->name);
    if (r.a == NULL || !options_parse(self, argc, argv, take, &r, &n) || !check(&r, n)) {
        return EXIT_COULD_NOT;
    }
    r.a->settings.flows = !r.blocks;
    r.a->settings.contacts = true;
    if (!homing_settle(&r.a->settings, &r.home) || !open_inputs(&r, argv, n) ||
        !analysis_run(r.a) || !make_items(&r) ||
        !(r.blocks ? write_blocks(&r) : write_notices(&r))) {
        return EXIT_COULD_NOT;
    }
    return r.a->partial ? EXIT_COULD_NOT : EXIT_DONE;
}
