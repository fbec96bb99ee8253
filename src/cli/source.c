/* cli/source.c - exhibit source add|list|check|compile.
 *
 * A source is read by the analyst in its cage, here as for lookups; what is told
 * of it is what the analyst answers.
 */
#include "cli/source.h"

#include <stdio.h>
#include <string.h>

#include "attribute/spec.h"
#include "attribute/table.h"
#include "base/core/emit.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/os/clock.h"
#include "cli/home.h"
#include "cli/kept.h"
#include "cli/locate.h"
#include "cli/locate_table.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/sourcing.h"
#include "cli/verb.h"

enum { EXIT_DONE = 0, EXIT_NOT = 1, EXIT_COULD_NOT = 2, OUT_MAX_BYTES = 1 << 20 };

enum { OPT_LICENCE = 1, OPT_HOME, OPT_JSON };

enum { NAME_COLUMNS = 70 };

const struct option_spec source_options[] = {
    {"--licence", 0, "TEXT", "add: a note on what the licence of its data asks for.", OPT_LICENCE,
     NULL},
    HOME_ROW_DIR(OPT_HOME),
    {"--json", 'j', NULL, "One JSON object for each source, in a line of its own.", OPT_JSON, NULL},
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL},
    {NULL, 0, NULL, NULL, 0, NULL},
};

struct source_job {
    const char *home, *licence;
    unsigned given;
    bool json;
    int64_t now_ns;
    struct kept kept;
};

static bool take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct source_job *s = ctx;
    if (spec->id == OPTION_HELP) {
        return true;
    }
    s->given |= 1U << spec->id;
    switch (spec->id) {
    case OPT_LICENCE:
        s->licence = value;
        break;
    case OPT_HOME:
        s->home = value;
        break;
    default:
        s->json = true;
        break;
    }
    return true;
}

/* --- telling ------------------------------------------------------------------------ */

static const struct kept_source *kept_of(const struct kept *k, const struct origin_source *s)
{
    for (size_t i = 0; s->digested && i < k->n; i++) {
        if (memcmp(k->items[i].digest.b, s->digest.b, sizeof(s->digest.b)) == 0) {
            return &k->items[i];
        }
    }
    return NULL;
}

static void tell_age(struct buf *out, const struct origin_source *s, int64_t now_ns)
{
    char date[TIME_TEXT_MAX];
    int64_t days;
    if (!origin_gap_days(s, now_ns, &days)) {
        buf_str(out, "undated: nothing tells how old its data is (see date=)");
        return;
    }
    (void)time_format(s->date_ns, date);
    buf_printf(out, "%s %.10s, ",
               s->date == ORIGIN_DATE_BUILD    ? "built"
               : s->date == ORIGIN_DATE_PINNED ? "by your word of"
                                               : "data of",
               date);
    text_count(out, (uint64_t)(days < 0 ? -days : days));
    buf_str(out, days == 1 || days == -1 ? " day" : " days");
    buf_str(out, days < 0 ? " ahead" : " old");
    buf_str(out, s->date == ORIGIN_DATE_BUILD ? " at least: the data may be older" : "");
}

/* What it is good for; of a list, what those on it are. */
static const char *tells(const struct origin_source *s)
{
    static const char *const by_format[] = {
        [ORIGIN_TOR_GEOIP] = "countries of networks",
        [ORIGIN_LIBLOC] = "networks, AS and their names, countries, flags",
        [ORIGIN_MMDB] = "what its records hold: countries, AS or flags",
        [ORIGIN_RIR] = "in which country a network is registered, and since when",
        [ORIGIN_RDAP] = "whom to write to",
        [ORIGIN_WHOIS] = "whom to write to",
        [ORIGIN_MRT] = "networks, their origin AS, how many peers see it so",
        [ORIGIN_VRP] = "who may announce which network",
        [ORIGIN_GEOFEED] = "where an operator says its networks are",
    };
    static const char *const by_flag[] = {
        [ORIGIN_TOR_EXIT] = "Tor exits",
        [ORIGIN_ANONYMOUS_PROXY] = "anonymous proxies",
        [ORIGIN_VPN] = "exits of VPN services",
        [ORIGIN_RELAY] = "privacy relays",
        [ORIGIN_RESIDENTIAL_PROXY] = "residential proxies",
        [ORIGIN_HOSTING] = "hosting space",
        [ORIGIN_ANYCAST] = "anycast networks",
        [ORIGIN_SATELLITE] = "satellite networks",
        [ORIGIN_DROP_LIST] = "networks to drop",
        [ORIGIN_RESEARCH_SCANNER] = "known research scanners",
        [ORIGIN_OWN_SCANNER] = "your own scanners",
    };
    if (s->has_flag) {
        return by_flag[s->flag];
    }
    return s->format < ARRAY_LEN(by_format) ? by_format[s->format] : NULL;
}
_Static_assert((int)ORIGIN_FLAG_COUNT == (int)ORIGIN_OWN_SCANNER + 1, "each flag has its words");

static void tell_text(struct buf *out, const struct origin_source *s, const struct kept_source *k,
                      int64_t now_ns)
{
    char hex[DIGEST_TEXT_MAX] = "not read";
    if (s->digested) {
        digest_format(&s->digest, hex);
    }
    text_show(out, bytes_of(s->name, strlen(s->name)), NAME_COLUMNS);
    buf_printf(out, "\n  %s, %s\n  ", origin_format_name(s->format),
               s->family == ORIGIN_FAMILY_UNKNOWN ? "origin of its data unknown (see family=)"
                                                  : origin_family_name(s->family));
    if (tells(s) != NULL) {
        buf_printf(out, "%s%s\n  ", s->has_flag ? "a list of " : "tells ", tells(s));
    }
    tell_age(out, s, now_ns);
    buf_printf(out, "\n  SHA-256 %s\n", hex);
    if (s->credit[0] != '\0') {
        buf_str(out, "  ");
        text_show(out, bytes_of(s->credit, strlen(s->credit)), NAME_COLUMNS);
        buf_byte(out, '\n');
    }
    if (k != NULL && k->licence[0] != '\0') {
        buf_str(out, "  licence: ");
        text_show(out, bytes_of(k->licence, strlen(k->licence)), KEPT_LICENCE_MAX);
        buf_byte(out, '\n');
    }
    if (k != NULL) {
        buf_printf(out, "  kept as %s\n", k->file);
    }
}

static void tell_json(struct buf *out, const struct origin_source *s, const struct kept_source *k,
                      int64_t now_ns)
{
    struct emit j;
    int64_t days;
    char date[TIME_TEXT_MAX];
    char hex[DIGEST_TEXT_MAX];
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "source");
    emit_member_str(&j, "name", s->name);
    emit_member_str(&j, "format", origin_format_name(s->format));
    emit_member_str(&j, "family", origin_family_name(s->family));
    if (s->has_flag) {
        emit_member_str(&j, "meaning", origin_flag_name(s->flag));
    }
    emit_member_str(&j, "dated_by", origin_date_name(s->date));
    if (origin_gap_days(s, now_ns, &days)) {
        (void)time_format(s->date_ns, date);
        emit_member_text(&j, "date", bytes_of(date, 10));
        emit_key(&j, "days_old");
        emit_i64(&j, days);
    }
    if (s->digested) {
        digest_format(&s->digest, hex);
        emit_member_str(&j, "sha256", hex);
    }
    if (s->credit[0] != '\0') {
        emit_member_str(&j, "credit", s->credit);
    }
    if (k != NULL) {
        emit_member_str(&j, "licence", k->licence);
        emit_member_str(&j, "kept_as", k->file);
    }
    emit_object_end(&j);
    buf_byte(out, '\n');
}

static bool tell(const struct source_job *job, const struct origin_sources *sources)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_MAX_BYTES);
    for (size_t i = 0; i < sources->n; i++) {
        const struct origin_source *s = &sources->items[i];
        const struct kept_source *k = kept_of(&job->kept, s);
        if (job->json) {
            tell_json(&out, s, k, job->now_ns);
        } else {
            tell_text(&out, s, k, job->now_ns);
        }
    }
    if (out.failed != ST_OK) {
        say("the answer: %s", status_text(out.failed));
        return false;
    }
    return output_write(buf_bytes(&out));
}

/* --- reading ------------------------------------------------------------------------- */

/* Have them read. *whole: all of them can be used. */
static bool read_sources(const struct source_job *job, const char *const *specs, size_t n,
                         bool alone, struct origin_sources *ret, bool *whole)
{
    struct reading reading = {.remarks = NULL};
    struct located located;
    struct fault why = {0};
    const struct locate_job ask = {
        .specs = specs, .spec_n = n, .alone = alone, .all = true, .now_ns = job->now_ns};
    enum status st = locate_run(&ask, NULL, 0, &reading, &located, &why);
    *whole = st == ST_OK && located.known;
    for (size_t i = 0; i < reading.remark_n; i++) {
        if (reading.remarks[i].partial) {
            *whole = false; /* and it was said */
        } else {
            say("%s", reading.remarks[i].text);
        }
    }
    if (st == ST_OK && located.known) {
        *ret = located.sources;
    } else if (st != ST_OK) {
        say_fault("reading the sources", st, &why);
    }
    bool known = st == ST_OK && located.known;
    located_fini(&located);
    reading_fini(&reading);
    return known;
}

static int list(struct source_job *job)
{
    CLEANUP(kept_specs_fini) struct kept_specs specs = {.n = 0};
    static struct origin_sources sources;
    bool whole;
    if (!kept_specs(job->home, NULL, 0, &specs) ||
        !read_sources(job, specs.items, specs.n, false, &sources, &whole) || !tell(job, &sources)) {
        return EXIT_COULD_NOT;
    }
    for (size_t i = 0; i < job->kept.n; i++) {
        bool found = false;
        for (size_t k = 0; k < sources.n; k++) {
            found |= kept_of(&job->kept, &sources.items[k]) == &job->kept.items[i];
        }
        if (!found) {
            say("%s: not what was kept: gone, changed or not readable", job->kept.items[i].file);
            whole = false;
        }
    }
    return whole ? EXIT_DONE : EXIT_COULD_NOT;
}

/* One source as the user wrote it; 0 when it can be used. */
static int examine(const struct source_job *job, const char *text, struct origin_sources *ret)
{
    bool whole;
    if (!sourcing_check(&text, 1)) {
        return EXIT_COULD_NOT;
    }
    if (!read_sources(job, &text, 1, true, ret, &whole)) {
        return EXIT_COULD_NOT;
    }
    return whole && ret->n == 1 && ret->items[0].digested ? EXIT_DONE : EXIT_NOT;
}

static int check(const struct source_job *job, const char *text)
{
    static struct origin_sources sources;
    int status = examine(job, text, &sources);
    if (status == EXIT_DONE && !tell(job, &sources)) {
        return EXIT_COULD_NOT;
    }
    return status;
}

/* What stands behind the file; a name is added when its own file gave it one,
 * since that is kept under another. */
static bool options_of(const char *text, const struct attribute_spec *spec,
                       const struct origin_source *s, struct kept_source *ret)
{
    const char *rest = text + strlen(spec->path);
    bool named = spec->name[0] != '\0' || strchr(s->name, ',') != NULL;
    int n = snprintf(ret->options, sizeof(ret->options), "%s%s%s%s", *rest == ',' ? rest + 1 : "",
                     *rest == ',' && !named ? "," : "", named ? "" : "name=", named ? "" : s->name);
    if (n < 0 || n >= (int)sizeof(ret->options)) {
        say("%s: too long to be kept", text);
        return false;
    }
    return true;
}

static int add(struct source_job *job, const char *text)
{
    static struct origin_sources sources;
    struct attribute_spec spec;
    struct kept_source x = {.file = ""};
    int status = examine(job, text, &sources);
    if (status != EXIT_DONE) {
        return status;
    }
    if (job->licence != NULL && strlen(job->licence) >= sizeof(x.licence)) {
        say("source add: --licence: at most %d bytes", KEPT_LICENCE_MAX - 1);
        return EXIT_COULD_NOT;
    }
    if (kept_of(&job->kept, &sources.items[0]) != NULL) {
        say("%s: is kept already", text);
        return tell(job, &sources) ? EXIT_DONE : EXIT_COULD_NOT;
    }
    x.digest = sources.items[0].digest;
    (void)snprintf(x.licence, sizeof(x.licence), "%s", job->licence != NULL ? job->licence : "");
    bool well = attribute_spec_parse(text, &spec, NULL) == ST_OK &&
                options_of(text, &spec, &sources.items[0], &x) &&
                kept_add(&job->kept, spec.path, &x) && tell(job, &sources);
    return well ? EXIT_DONE : EXIT_COULD_NOT;
}

/* --- compiling ------------------------------------------------------------------------ */

static bool tell_table(const struct source_job *job, const struct locate_table *table)
{
    CLEANUP(attribute_table_freep) struct attribute_table *t = NULL;
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_MAX_BYTES);
    struct attribute_table_sizes sizes;
    struct fault why = {0};
    enum status st = attribute_table_open(table->file, job->now_ns, &t, &why);
    if (st != ST_OK) {
        say_fault("the table", st, &why);
        return false;
    }
    attribute_table_sizes(t, &sizes);
    struct emit j;
    if (job->json) {
        emit_begin(&j, &out);
        emit_object(&j);
        emit_member_str(&j, "type", "table");
        emit_member_u64(&j, "sources", attribute_table_sources(t)->n);
        emit_member_u64(&j, "values", sizes.value_n);
        emit_member_u64(&j, "index4_bytes", sizes.index4);
        emit_member_u64(&j, "index6_bytes", sizes.index6);
        emit_member_u64(&j, "values_bytes", sizes.values);
        emit_object_end(&j);
        buf_byte(&out, '\n');
    } else {
        buf_printf(&out, "%zu sources, ", attribute_table_sources(t)->n);
        text_count(&out, sizes.value_n);
        buf_printf(&out, " different answers; index %.1f MiB for IPv4, %.1f MiB for IPv6\n",
                   (double)sizes.index4 / (1 << 20), (double)sizes.index6 / (1 << 20));
    }
    return out.failed == ST_OK && output_write(buf_bytes(&out));
}

static int compile(const struct source_job *job)
{
    CLEANUP(kept_specs_fini) struct kept_specs specs = {.n = 0};
    struct locate_table table;
    if (!kept_specs(job->home, NULL, 0, &specs)) {
        return EXIT_COULD_NOT;
    }
    const struct locate_table_job ask = {
        .specs = specs.items, .spec_n = specs.n, .home = job->home, .now_ns = job->now_ns};
    if (!locate_table_get(&ask, &table)) {
        return EXIT_COULD_NOT;
    }
    bool well = tell_table(job, &table) && !table.partial;
    locate_table_fini(&table);
    return well ? EXIT_DONE : EXIT_COULD_NOT;
}

/* --- which ------------------------------------------------------------------------------ */

enum { ADD, LIST, CHECK, COMPILE };

static const struct verb verbs[] = {
    {"add", 1, 1, 1U << OPT_LICENCE | 1U << OPT_HOME | 1U << OPT_JSON},
    {"list", 0, 0, 1U << OPT_HOME | 1U << OPT_JSON},
    {"check", 1, 1, 1U << OPT_HOME | 1U << OPT_JSON},
    {"compile", 0, 0, 1U << OPT_HOME | 1U << OPT_JSON},
    {NULL, 0, 0, 0},
};

int source_main(const struct command *self, int argc, char **argv)
{
    static struct source_job job; /* large */
    int n;
    job.now_ns = clock_now_ns();
    if (!options_parse(self, argc, argv, take, &job, &n)) {
        return EXIT_COULD_NOT;
    }
    int verb = verb_find(self, verbs, n, argv, job.given);
    if (verb < 0 || !kept_read(job.home, &job.kept)) {
        return EXIT_COULD_NOT;
    }
    switch (verb) {
    case ADD:
        return add(&job, argv[1]);
    case LIST:
        return list(&job);
    case CHECK:
        return check(&job, argv[1]);
    default:
        return compile(&job);
    }
}
