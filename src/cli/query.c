/* cli/query.c - what the home's store holds.
 *
 * Rows are told as they come: a store may hold more than memory. */
#include "cli/query.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/text.h"
#include "cli/home.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/settings.h"
#include "cli/storing.h"
#include "cli/told.h"
#include "report/listing.h"
#include "report/notices.h"

enum { OPT_ID = SETTINGS_OWN, OPT_DEFINITION, OPT_LIMIT, OPT_NOTICES };

enum { EXIT_DONE = 0, EXIT_COULD_NOT = 2, CHUNK_BYTES = 1 << 16 };

/* clang-format off */
const struct option_spec query_options[] = {
    {"--id", 'i', "ID", "Only the finding with this id, or those whose ids begin so. May be "
     "repeated.", OPT_ID, NULL},
    SETTINGS_ROWS_ABOUT,
    {"--definition", 0, "NAME", "Only by this definition: scan.vertical/1, or any version of it: "
     "scan.vertical.", OPT_DEFINITION, NULL},
    {"--since", 0, "TIME",
     "Only findings that end at this time or later (RFC 3339; UTC without a zone).",
     SETTINGS_SINCE, NULL},
    {"--until", 0, "TIME", "Only findings that begin before this time.", SETTINGS_UNTIL, NULL},
    {"--limit", 'n', "N", "Only the latest N.", OPT_LIMIT, NULL},
    {"--notices", 0, NULL, "The notices that were written, instead of findings.", OPT_NOTICES,
     NULL},
    {"--json", 'j', NULL, "JSON Lines: the findings as analyze told them, then what each run of "
     "it rested on.", SETTINGS_JSON, NULL},
    {"--csv", 0, NULL, "One line for each finding.", SETTINGS_CSV, NULL},
    {"--colour", 0, "WHEN", "auto, always or never.", SETTINGS_COLOUR, "auto always never"},
    HOME_ROW_DIR(SETTINGS_HOME),
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL},
    {NULL, 0, NULL, NULL, 0, NULL},
};
/* clang-format on */

struct query {
    struct settings settings;
    struct store_query ask;
    bool notices;
};

/* --- options ------------------------------------------------------------------------ */

static bool take_id(struct query *q, const struct option_spec *spec, const char *value)
{
    if (q->ask.id_n == STORE_IDS_MAX) {
        say("query: --id: at most %d", STORE_IDS_MAX);
        return false;
    }
    size_t n = strlen(value);
    if (n == 0 || n >= FINDING_ID_MAX || strspn(value, "0123456789abcdef") != n) {
        return settings_refuse(&q->settings, spec, value,
                               "not the id of a finding, nor how one begins");
    }
    q->ask.ids[q->ask.id_n++] = value;
    return true;
}

static bool take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct query *q = ctx;
    switch (spec->id) {
    case OPT_ID:
        return take_id(q, spec, value);
    case OPT_DEFINITION:
        q->ask.definition = value;
        return true;
    case OPT_LIMIT:
        if (text_u64(bytes_of(value, strlen(value)), INT32_MAX, &q->ask.limit) != ST_OK ||
            q->ask.limit == 0) {
            return settings_refuse(&q->settings, spec, value, "not a number from 1 on");
        }
        return true;
    case OPT_NOTICES:
        q->notices = true;
        return true;
    default:
        return settings_take(&q->settings, spec, value);
    }
}

static bool check(const struct query *q, int operands)
{
    const struct settings *s = &q->settings;
    bool asks = q->ask.id_n > 0 || s->remote_n > 0 || s->kind != NULL ||
                q->ask.definition != NULL || s->has_since || s->has_until || q->ask.limit > 0;
    const char *wrong = operands > 0 ? "no operands: --id, --remote and the like select" : NULL;
    if (q->notices && (asks || s->form == FORM_CSV)) {
        wrong = "--notices lists them all, as text or with --json";
    }
    if (wrong != NULL) {
        say("query: %s", wrong);
    }
    return wrong == NULL;
}

/* --- answers -------------------------------------------------------------------------- */

/* What is being written, and passed on when there is enough of it. */
struct answer {
    const struct evidence_home *home;
    struct buf out;
    bool broken; /* standard output is; said */
};

static bool pass_on(struct answer *a, size_t from)
{
    if (a->out.failed != ST_OK) {
        say("the answer: %s", status_text(a->out.failed));
        a->broken = true;
    } else if (a->out.len >= from) {
        a->broken |= !output_write(buf_bytes(&a->out));
        a->out.len = 0;
    }
    return !a->broken;
}

static bool tell_json(struct answer *a, struct store *s, const struct store_query *ask)
{
    CLEANUP(told_runs_fini) struct told_runs runs = {.n = 0};
    struct told_reader reader;
    struct told told;
    struct fault why = {0};
    enum status st = told_open(&reader, s, ask, &why);
    while (st == ST_OK && (st = told_next(&reader, &told, &why)) == ST_OK) {
        buf_append(&a->out, told.json.data, told.json.len);
        buf_byte(&a->out, '\n');
        st = told_runs_add(&runs, told.run, told.shown.finding->id);
        if (!pass_on(a, CHUNK_BYTES)) {
            break;
        }
    }
    told_fini(&reader);
    if (a->broken) {
        return false;
    }
    st = st == ST_END ? told_runs_json(&a->out, s, &runs, &why) : st;
    if (st != ST_OK) {
        storing_say(a->home, st, &why);
    }
    return pass_on(a, 0) && st == ST_OK;
}

/* As a list or as CSV. */
static bool tell_rows(struct answer *a, struct store *s, const struct query *q)
{
    struct listing list;
    struct told_reader reader;
    struct told told;
    struct terminal_options opt = output_terminal(q->settings.colour);
    bool csv = q->settings.form == FORM_CSV;
    listing_begin(&list, &a->out, &opt);
    if (csv) {
        report_csv_header(&a->out);
    }
    struct fault why = {0};
    enum status st = told_open(&reader, s, &q->ask, &why);
    while (st == ST_OK && (st = told_next(&reader, &told, &why)) == ST_OK) {
        if (csv) {
            report_csv_finding(&a->out, &told.shown);
        } else {
            listing_add(&list, &told.shown, told.input);
        }
        if (!pass_on(a, CHUNK_BYTES)) {
            break;
        }
    }
    if (st == ST_END && !csv) {
        listing_end(&list);
    }
    told_fini(&reader);
    listing_fini(&list);
    if (st != ST_OK && st != ST_END) {
        storing_say(a->home, st, &why);
    }
    return pass_on(a, 0) && st == ST_END;
}

static bool tell_notices(struct answer *a, struct store *s, bool json)
{
    CLEANUP(store_rows_freep) struct store_rows *rows = NULL;
    struct store_notice n;
    struct fault why = {0};
    size_t count = 0;
    enum status st = store_find_notices(s, NULL, &rows, &why);
    while (st == ST_OK && (st = store_notices_next(rows, &n, &why)) == ST_OK) {
        count++;
        st = json ? notices_json(&a->out, &n, &why) : notices_terminal(&a->out, &n, &why);
        if (!pass_on(a, CHUNK_BYTES)) {
            return false;
        }
    }
    if (st == ST_END && !json) {
        notices_end(&a->out, count);
    }
    if (st != ST_END) {
        storing_say(a->home, st, &why);
    }
    return pass_on(a, 0) && st == ST_END;
}

static bool tell(const struct evidence_home *home, const struct query *q, struct store *s)
{
    struct answer a = {.home = home, .out = BUF_INIT(INT_MAX)};
    bool well = q->notices                      ? tell_notices(&a, s, q->settings.form == FORM_JSON)
                : q->settings.form == FORM_JSON ? tell_json(&a, s, &q->ask)
                                                : tell_rows(&a, s, q);
    buf_fini(&a.out);
    return well;
}

int query_main(const struct command *self, int argc, char **argv)
{
    CLEANUP(evidence_home_freep) struct evidence_home *home = NULL;
    CLEANUP(store_freep) struct store *s = NULL;
    CLEANUP(free_ptr) struct query *q = calloc(1, sizeof(*q));
    int n;
    if (q == NULL || !settings_init(&q->settings, self->name)) {
        say("not enough memory");
        return EXIT_COULD_NOT;
    }
    if (!options_parse(self, argc, argv, take, q, &n) || !check(q, n) ||
        !home_get(q->settings.home, &home) || !storing_open(home, STORE_READ, &s)) {
        return EXIT_COULD_NOT;
    }
    told_ask(&q->settings, &q->ask);
    if (s == NULL) {
        say("query: nothing was stored in %s yet (exhibit analyze does)", home->path);
        return EXIT_DONE;
    }
    return tell(home, q, s) ? EXIT_DONE : EXIT_COULD_NOT;
}
