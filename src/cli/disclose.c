/* cli/disclose.c - hiding needs the exhibit alone, opening its maker's home. */
#include "cli/disclose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/os/file.h"
#include "base/os/random.h"
#include "capture/log_alone.h"
#include "cli/home.h"
#include "cli/opening.h"
#include "cli/output.h"
#include "cli/say.h"
#include "evidence/exhibit/disclose.h"
#include "evidence/rest/shelf.h"

enum { EXIT_DONE = 0, EXIT_NO = 1, EXIT_COULD_NOT = 2, HIDE_MAX = 256, ANSWER_MAX = 1 << 16 };

enum {
    OPT_OUTPUT = 1,
    OPT_HIDE,
    OPT_OPEN,
    OPT_YES,
    OPT_REPLACE,
    OPT_KEY,
    OPT_PASSPHRASE_FILE,
    OPT_HOME,
    OPT_JSON,
};

/* clang-format off */
const struct option_spec disclose_options[] = {
    {"--output", 'o', "FILE", "Where to write the new version.", OPT_OUTPUT, NULL},
    {"--hide", 0, "WHAT",
     "Close: hidden (hidden fields), data (options, payload, lines), targets (all local "
     "addresses), links (which records have the same local end), an ADDRESS (a remote with its "
     "claims, or a local one), hidden:CELL, data:CELL, claim:N, before:TIME, after:TIME. CELL is "
     "SEGMENT/ROW[/REMOTE], a line of view.csv. May be repeated.",
     OPT_HIDE, "hidden data targets links hidden: data: claim: before: after:"},
    {"--open", 0, "WHAT",
     "Open, from the home: a local ADDRESS, targets, hidden, data or marks, as for cut; "
     "hidden:CELL or data:CELL of one record. May be repeated.",
     OPT_OPEN, "targets hidden data marks hidden: data:"},
    OPENING_ROW_YES(OPT_YES),
    OPENING_ROW_REPLACE(OPT_REPLACE),
    OPENING_ROW_KEY(OPT_KEY),
    HOME_ROW_PASSPHRASE_FILE(OPT_PASSPHRASE_FILE),
    HOME_ROW_DIR(OPT_HOME),
    OPENING_ROW_JSON(OPT_JSON),
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL},
    {NULL, 0, NULL, NULL, 0, NULL},
};
/* clang-format on */

struct disclose {
    const char *command;
    const char *output, *home, *key, *passphrase_file;
    bool yes, replace, json;
    struct opening opening;
    struct evidence_hide hide; /* its lists are those below */
    struct addr addrs[HIDE_MAX];
    size_t addr_n;
    uint32_t claims[HIDE_MAX];
    struct evidence_cell cells[HIDE_MAX];
};

/* --- options ------------------------------------------------------------------------------ */

static bool take_time(struct disclose *d, const char *value, const char *text, int64_t *to)
{
    if (time_parse(bytes_of(text, strlen(text)), to) != ST_OK) {
        say("%s: --hide %s: not a time (RFC 3339)", d->command, value);
        return false;
    }
    d->hide.rows = true;
    return true;
}

static bool take_claim(struct disclose *d, const char *value, const char *text)
{
    uint64_t n;
    if (text_u64(bytes_of(text, strlen(text)), LIMIT_EXHIBIT_CLAIMS, &n) != ST_OK || n == 0 ||
        d->hide.claim_n == HIDE_MAX) {
        say("%s: --hide %s: not the number of a claim", d->command, value);
        return false;
    }
    d->claims[d->hide.claim_n++] = (uint32_t)n;
    return true;
}

static bool take_hide(struct disclose *d, const char *value)
{
    const struct {
        const char *word;
        bool *flag;
    } words[] = {{"hidden", &d->hide.hidden},
                 {"data", &d->hide.data},
                 {"targets", &d->hide.targets},
                 {"links", &d->hide.links}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(value, words[i].word) == 0) {
            *words[i].flag = true;
            return true;
        }
    }
    if (strncmp(value, "claim:", 6) == 0) {
        return take_claim(d, value, value + 6);
    }
    if (strncmp(value, "before:", 7) == 0) {
        return take_time(d, value, value + 7, &d->hide.from_ns);
    }
    if (strncmp(value, "after:", 6) == 0) {
        return take_time(d, value, value + 6, &d->hide.to_ns);
    }
    if (d->hide.cell_n < HIDE_MAX && opening_cell(value, &d->cells[d->hide.cell_n])) {
        d->hide.cell_n++;
        return true;
    }
    if (d->addr_n == HIDE_MAX ||
        addr_parse(bytes_of(value, strlen(value)), &d->addrs[d->addr_n]) != ST_OK) {
        say("%s: --hide %s: hidden, data, targets, links, an address, hidden:CELL, data:CELL, "
            "claim:N, before:TIME or after:TIME",
            d->command, value);
        return false;
    }
    d->addr_n++;
    return true;
}

static bool take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct disclose *d = ctx;
    switch (spec->id) {
    case OPT_OUTPUT:
        d->output = value;
        return true;
    case OPT_HIDE:
        return take_hide(d, value);
    case OPT_OPEN:
        return opening_take(d->command, &d->opening, value);
    case OPT_YES:
        d->yes = true;
        return true;
    case OPT_REPLACE:
        d->replace = true;
        return true;
    case OPT_KEY:
        d->key = value;
        return true;
    case OPT_PASSPHRASE_FILE:
        d->passphrase_file = value;
        return true;
    case OPT_HOME:
        d->home = value;
        return true;
    case OPT_JSON:
        d->json = true;
        return true;
    default:
        return true;
    }
}

static bool opens(const struct disclose *d)
{
    const struct opening *o = &d->opening;
    return o->targets || o->hidden || o->data || o->marks || o->local_n > 0 || o->cell_n > 0;
}

static bool hides(const struct disclose *d)
{
    const struct evidence_hide *h = &d->hide;
    return h->hidden || h->data || h->targets || h->links || h->rows || h->claim_n > 0 ||
           h->cell_n > 0 || d->addr_n > 0;
}

static bool check(const struct disclose *d, int operands)
{
    const char *wrong = operands != 1            ? "which exhibit? (one FILE)"
                        : d->output == NULL      ? "--output FILE: where to write the new version?"
                        : !opens(d) && !hides(d) ? "nothing to do: --hide or --open"
                                                 : NULL;
    if (wrong != NULL) {
        say("%s: %s", d->command, wrong);
    }
    return wrong == NULL && opening_may_write(d->command, d->output, d->replace);
}

/* --- the maker's segments --------------------------------------------------------------------- */

struct maker {
    struct evidence_home *home;
    struct evidence_opening_key key;
    struct evidence_shelf shelf;
    bool has_shelf;
    uint64_t seed;
};

static void maker_fini(struct maker *m)
{
    if (m->has_shelf) {
        evidence_shelf_fini(&m->shelf);
    }
    evidence_opening_key_fini(&m->key);
    evidence_home_free(m->home);
}

static enum status find_segment(void *ctx, const struct evidence_header *h,
                                struct evidence_segment **ret, struct fault *why)
{
    static const char of_file[] = "file/";
    struct maker *m = ctx;
    struct digest sha256;
    struct evidence_file f;
    const char *hex = h->sensor + sizeof(of_file) - 1;
    if (strncmp(h->sensor, of_file, sizeof(of_file) - 1) != 0 ||
        digest_parse(bytes_of(hex, strlen(hex)), &sha256) != ST_OK) {
        return fault_at(why, ST_MISMATCH, 0, "not the sensor of a sealed file");
    }
    enum status st = evidence_shelf_file(&m->shelf, &sha256, &f, why);
    if (st == ST_END) {
        return fault_at(why, ST_MISMATCH, 0, "its file was not sealed in this home");
    }
    TRY(st);
    return evidence_shelf_load(&m->shelf, &f, h->seq, &m->key, m->seed, ret, why);
}

static bool open_maker(const struct disclose *d, const struct evidence_engine *e, struct maker *m)
{
    struct fault why = {0};
    if (!opening_agreed(d->command, &d->opening, d->yes) || !home_get(d->home, &m->home) ||
        !home_opening_key(m->home, d->key, d->passphrase_file, &m->key)) {
        return false;
    }
    enum status st =
        evidence_shelf_open(e, &m->home->files, m->home->dir_fd, &m->home->party, &m->shelf, &why);
    if (st != ST_OK) {
        say_fault(m->home->path, st, &why);
    }
    m->has_shelf = st == ST_OK;
    return m->has_shelf;
}

/* --- the new version
 * ------------------------------------------------------------------------------ */

static int failed(const char *file, enum status st, const struct evidence_contents_fault *why)
{
    char place[512];
    if (st == ST_END) {
        say("%s: no claim would be left", file);
        return EXIT_NO;
    }
    (void)snprintf(place, sizeof(place), "%s%s%s", file, why->member[0] != '\0' ? ": " : "",
                   why->member); /* a long path is cut */
    say_fault(place, st, &why->at);
    return EXIT_COULD_NOT;
}

static bool is_opened(const struct evidence_contents *c, const struct addr *a)
{
    for (size_t k = 0; k < c->part_n; k++) {
        for (size_t i = 0; i < c->parts[k].shown_n; i++) {
            const struct evidence_shown *s = &c->parts[k].shown[i];
            for (uint32_t n = 0; n < s->token_count; n++) {
                if (s->tokens[n].known && addr_equal(&s->tokens[n].local, a)) {
                    return true;
                }
            }
        }
    }
    return false;
}

static bool has_cell(const struct evidence_contents *c, const struct evidence_cell *cell)
{
    const struct evidence_part *p = &c->parts[cell->segment < c->part_n ? cell->segment : 0];
    for (size_t i = 0; cell->segment < c->part_n && i < p->shown_n; i++) {
        const struct evidence_shown *s = &p->shown[i];
        bool asked = !cell->has_remote || addr_equal(&cell->remote, &s->remote);
        for (uint32_t n = 0; asked && n < s->row_count; n++) {
            if (s->rows[n].number == cell->row) {
                return true;
            }
        }
    }
    return false;
}

static bool have_cells(const char *option, const struct evidence_contents *c,
                       const struct evidence_cell *cells, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!has_cell(c, &cells[i])) {
            say("%s %s:%u/%u: no such record is shown (see data/view.csv)", option,
                cells[i].data ? "data" : "hidden", (unsigned)cells[i].segment,
                (unsigned)cells[i].row);
            return false;
        }
    }
    return true;
}

/* What is open of all records and remotes. */
static void count_open(const struct evidence_contents *c, uint64_t *hidden, uint64_t *data,
                       uint64_t *locals)
{
    for (size_t k = 0; k < c->part_n; k++) {
        for (size_t i = 0; i < c->parts[k].shown_n; i++) {
            const struct evidence_shown *s = &c->parts[k].shown[i];
            for (uint32_t n = 0; n < s->row_count; n++) {
                *hidden += (s->rows[n].opened & OPEN_HIDDEN) != 0;
                *data += (s->rows[n].opened & OPEN_DATA) != 0;
            }
            for (uint32_t n = 0; n < s->token_count; n++) {
                *locals += s->tokens[n].known;
            }
        }
    }
}

static bool have_kinds(const struct disclose *d, const struct evidence_contents *c)
{
    uint64_t hidden = 0, data = 0, locals = 0;
    count_open(c, &hidden, &data, &locals);
    const struct {
        bool asked;
        uint64_t n;
        const char *word, *what;
    } kinds[] = {{d->hide.hidden, hidden, "hidden", "no hidden field"},
                 {d->hide.data, data, "data", "no option, payload or line of a log"},
                 {d->hide.targets, locals, "targets", "no local address"}};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].asked && kinds[i].n == 0) {
            say("--hide %s: %s is opened: there is nothing to hide", kinds[i].word, kinds[i].what);
            return false;
        }
    }
    return true;
}

/* Whoever hides something that is not there has meant something else. */
static bool all_there(const struct disclose *d, const struct evidence_contents *c)
{
    char text[ADDR_TEXT_MAX];
    for (size_t i = 0; i < d->hide.claim_n; i++) {
        if (d->claims[i] > c->claims.n) {
            say("--hide claim:%u: the exhibit has %zu", (unsigned)d->claims[i], c->claims.n);
            return false;
        }
    }
    for (size_t i = 0; i < d->hide.local_n; i++) {
        if (!is_opened(c, &d->hide.locals[i])) {
            (void)addr_format(&d->hide.locals[i], text);
            say("--hide %s: no claim is about it, and it is not opened: there is nothing to hide",
                text);
            return false;
        }
    }
    return have_kinds(d, c) && have_cells("--hide", c, d->cells, d->hide.cell_n) &&
           have_cells("--open", c, d->opening.cells, d->opening.cell_n);
}

/* An address that a claim is about is a remote; else it is a local one. */
static void sort_addresses(struct disclose *d, const struct evidence_contents *c)
{
    size_t remotes = 0;
    for (size_t i = 0; i < d->addr_n; i++) {
        struct addr a = d->addrs[i];
        bool remote = false;
        for (size_t k = 0; k < c->claims.n && !remote; k++) {
            for (size_t r = 0; r < c->claims.items[k].remote_n; r++) {
                remote |= addr_equal(&a, &c->claims.items[k].remotes[r]);
            }
        }
        if (remote) {
            d->addrs[i] = d->addrs[remotes];
            d->addrs[remotes++] = a;
        }
    }
    d->hide.remotes = d->addrs;
    d->hide.remote_n = remotes;
    d->hide.locals = d->addrs + remotes;
    d->hide.local_n = d->addr_n - remotes;
    d->hide.claims = d->claims;
    d->hide.cells = d->cells;
}

static int write_answer(const struct disclose *d, const struct evidence_disclose_told *t,
                        const struct buf *file)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(ANSWER_MAX);
    struct fault why = {0};
    if (!opening_may_write(d->command, d->output, d->replace)) {
        return EXIT_COULD_NOT; /* somebody else has written it meanwhile */
    }
    enum status st = file_write(d->output, buf_bytes(file), 0644, &why);
    if (st != ST_OK) {
        say_fault(d->output, st, &why);
        return EXIT_COULD_NOT;
    }
    struct opening_done done = {.type = d->command,
                                .file = d->output,
                                .bytes = file->len,
                                .shown = &t->shown,
                                .again = true,
                                .before = opens(d) ? NULL : &t->before};
    if (d->json) {
        opening_json(&done, &out);
    } else {
        opening_text(&done, &out);
    }
    return out.failed == ST_OK && output_write(buf_bytes(&out)) ? EXIT_DONE : EXIT_COULD_NOT;
}

static int disclose(struct disclose *d, const char *file, const struct evidence_engine *e,
                    const struct evidence_exhibit *x)
{
    CLEANUP(maker_fini) struct maker maker = {.home = NULL};
    CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_EXHIBIT_BYTES);
    struct evidence_contents c;
    struct evidence_contents_fault why = {.member = ""};
    struct evidence_disclose_told told;
    enum status st = evidence_contents_open(e, x, &c, &why);
    if (st != ST_OK) {
        return failed(file, st, &why);
    }
    sort_addresses(d, &c);
    bool there = all_there(d, &c);
    evidence_contents_fini(&c);
    if (!there) {
        return EXIT_COULD_NOT;
    }
    if (random_bytes(&maker.seed, sizeof(maker.seed)) != ST_OK ||
        (opens(d) && !open_maker(d, e, &maker))) {
        return EXIT_COULD_NOT;
    }
    struct evidence_disclose_wish wish = {
        .hide = d->hide, .lines = capture_line_read, .seed = maker.seed};
    if (opens(d)) {
        wish.open = (struct evidence_unhide){.targets = d->opening.targets,
                                             .hidden = d->opening.hidden,
                                             .cells = d->opening.cells,
                                             .cell_n = d->opening.cell_n,
                                             .data = d->opening.data,
                                             .marks = d->opening.marks,
                                             .locals = d->opening.locals,
                                             .local_n = d->opening.local_n,
                                             .ctx = &maker,
                                             .segment = find_segment};
    }
    st = evidence_disclose(e, x, &wish, &out, &told, &why);
    return st == ST_OK ? write_answer(d, &told, &out) : failed(file, st, &why);
}

int disclose_main(const struct command *self, int argc, char **argv)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_EXHIBIT_BYTES);
    CLEANUP(free_ptr) struct disclose *d = calloc(1, sizeof(*d));
    CLEANUP(evidence_exhibit_fini) struct evidence_exhibit x = {.segment_n = 0};
    struct evidence_engine e;
    struct fault why = {0};
    int n;
    if (d == NULL || evidence_engine_init(&e) != ST_OK) {
        say("not enough memory, or hashing gives wrong answers on this machine");
        return EXIT_COULD_NOT;
    }
    d->command = self->name;
    d->hide.from_ns = INT64_MIN;
    d->hide.to_ns = INT64_MAX;
    if (!options_parse(self, argc, argv, take, d, &n) || !check(d, n)) {
        return EXIT_COULD_NOT;
    }
    enum status st = file_read(argv[0], &file, &why);
    st = st != ST_OK ? st : evidence_exhibit_read(buf_bytes(&file), &x, &why);
    if (st != ST_OK) {
        say_fault(argv[0], st, &why);
        return EXIT_COULD_NOT;
    }
    return disclose(d, argv[0], &e, &x);
}
