/* cli/settings.c - the options of the commands that read inputs. */
#include "cli/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/os/file.h"
#include "cli/home.h"
#include "cli/say.h"

/* clang-format off */
const struct option_spec settings_options[] = {
    {"--all", 'a', NULL, "Every finding, in full.", SETTINGS_ALL, NULL},
    SETTINGS_ROWS_ABOUT,
    {"--top", 'n', "N", "Name this many remotes on the first screen.", SETTINGS_TOP, NULL},
    SETTINGS_ROWS_INPUT,
    {"--explain", 'e', NULL, "Also the rungs below each remote; and who stayed below a threshold, by which counter.",
     SETTINGS_EXPLAIN, NULL},
    {"--seal", 0, NULL, "Also seal what is read, into the home's ledger: see exhibit-seal(1).",
     SETTINGS_SEAL, NULL},
    SETTINGS_ROW_PAYLOAD,
    HOME_ROW_PASSPHRASE_FILE(SETTINGS_PASSPHRASE_FILE),
    SETTINGS_ROWS_TIME,
    {"--json", 'j', NULL, "JSON Lines: findings, remarks, and a summary last.", SETTINGS_JSON,
     NULL},
    {"--csv", 0, NULL, "One line for each finding.", SETTINGS_CSV, NULL},
    {"--colour", 0, "WHEN", "auto, always or never.", SETTINGS_COLOUR, "auto always never"},
    HOME_ROW_DIR(SETTINGS_HOME),
    {"--again", 0, NULL,
     "No files: look up the remotes of stored findings in the sources of today, and tell what is "
     "another now.",
     SETTINGS_AGAIN, NULL},
    {"--no-store", 0, NULL, "Do not keep the findings in the home, where there is one.",
     SETTINGS_NO_STORE, NULL},
    SETTINGS_ROWS_LAST,
};
/* clang-format on */

static struct bytes bytes_of_text(const char *s)
{
    return bytes_of(s, strlen(s));
}

bool settings_refuse(const struct settings *s, const struct option_spec *spec, const char *value,
                     const char *wants)
{
    say("%s: %s %s: %s", s->command, spec->name, value, wants);
    return false;
}

static bool take_prefix(const struct settings *s, const struct option_spec *spec, const char *value,
                        struct prefix *list, size_t *n, size_t max)
{
    if (*n == max) {
        say("%s: %s: at most %zu", s->command, spec->name, max);
        return false;
    }
    if (prefix_parse(bytes_of_text(value), &list[*n]) != ST_OK) {
        return settings_refuse(
            s, spec, value,
            "not an address, nor a network such as 192.0.2.0/24 (all bits past its "
            "length zero)");
    }
    ++*n;
    return true;
}

static bool take_allow_line(struct settings *s, const char *path, uint64_t line, struct bytes text)
{
    const uint8_t *comment = memchr(text.data, '#', text.len);
    text.len = comment != NULL ? (size_t)(comment - text.data) : text.len;
    text = text_trim(text);
    if (text.len == 0) {
        return true;
    }
    if (s->allow_n == SETTINGS_ALLOW_MAX) {
        say("%s: line %" PRIu64 ": past the limit of %d networks", path, line, SETTINGS_ALLOW_MAX);
        return false;
    }
    if (prefix_parse(text, &s->allow[s->allow_n]) != ST_OK) {
        say("%s: line %" PRIu64 ": not an address or a network", path, line);
        return false;
    }
    s->allow_n++;
    return true;
}

/* Holds what login and web detectors read: banners, requests, queries. */
enum { PAYLOAD_BYTES = 256 };
/* Far past what any coding can reach. */
enum { EXPAND_MAX = 1000000 };
enum { ALLOW_FILE_MAX = 1 << 20, DEFINITIONS_FILE_MAX = 1 << 20 };

static bool read_whole(const char *path, size_t max, struct buf *ret)
{
    struct fault why = {0};
    *ret = BUF_INIT(max);
    enum status st = file_read(path, ret, &why);
    if (st != ST_OK) {
        say_fault(path, st, &why);
    }
    return st == ST_OK;
}

static bool take_allow_file(struct settings *s, const char *path)
{
    CLEANUP(buf_fini) struct buf file;
    if (!read_whole(path, ALLOW_FILE_MAX, &file)) {
        return false;
    }
    const uint8_t *at = file.data;
    const uint8_t *end = at + file.len;
    for (uint64_t line = 1; at < end; line++) {
        const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop != NULL ? stop : end;
        if (!take_allow_line(s, path, line, bytes_of(at, (size_t)(stop - at)))) {
            return false;
        }
        at = stop + (stop < end);
    }
    return true;
}

static bool take_allow(struct settings *s, const struct option_spec *spec, const char *value)
{
    struct prefix p;
    if (prefix_parse(bytes_of_text(value), &p) == ST_OK || access(value, F_OK) != 0) {
        return take_prefix(s, spec, value, s->allow, &s->allow_n, SETTINGS_ALLOW_MAX);
    }
    return take_allow_file(s, value);
}

static bool take_definitions(struct settings *s, const char *value)
{
    enum status st = definition_set_builtin(value, &s->definitions);
    if (st == ST_OK) {
        return true;
    }
    CLEANUP(buf_fini) struct buf file;
    if (!read_whole(value, DEFINITIONS_FILE_MAX, &file)) {
        return false;
    }
    struct fault why = {0};
    st = definition_set_read(buf_bytes(&file), &s->definitions, &why);
    if (st != ST_OK) {
        say_fault(value, st, &why);
    }
    return st == ST_OK;
}

static bool take_time(const struct settings *s, const struct option_spec *spec, const char *value,
                      int64_t *ret, bool *has)
{
    char utc[TIME_TEXT_MAX + 1]; /* without a zone, as reports write it */
    int n = snprintf(utc, sizeof(utc), "%sZ", value);
    bool fits = n > 0 && (size_t)n < sizeof(utc);
    if (time_parse(bytes_of_text(value), ret) != ST_OK &&
        (!fits || time_parse(bytes_of_text(utc), ret) != ST_OK)) {
        return settings_refuse(s, spec, value,
                               "not a time such as 2024-05-17T10:05:00Z, '2024-05-17 10:05:00' "
                               "(UTC) or 2024-05-17");
    }
    *has = true;
    return true;
}

/* 512M, 2G, 100000000; powers of 1024. */
static bool take_size(const struct settings *s, const struct option_spec *spec, const char *value,
                      uint64_t *ret)
{
    static const char units[] = "KMGT";
    size_t len = strlen(value);
    const char *unit = len > 0 ? strchr(units, value[len - 1]) : NULL;
    unsigned shift = unit != NULL && *unit != '\0' ? 10 * (unsigned)(unit - units + 1) : 0;
    struct bytes digits = bytes_of(value, shift > 0 ? len - 1 : len);
    if (text_u64(digits, UINT64_MAX >> shift, ret) != ST_OK || *ret << shift < (16 << 20)) {
        return settings_refuse(s, spec, value, "not a size such as 512M or 2G (at least 16M)");
    }
    *ret <<= shift;
    return true;
}

static bool take_expand(struct settings *s, const struct option_spec *spec, const char *value)
{
    if (text_u64(bytes_of_text(value), EXPAND_MAX, &s->expansion) != ST_OK || s->expansion == 0) {
        return settings_refuse(s, spec, value, "not a number from 1 to 1000000");
    }
    return true;
}

bool settings_colour(const char *command, const char *value, enum colour *ret)
{
    static const char *const words[] = {
        [COLOUR_AUTO] = "auto", [COLOUR_ALWAYS] = "always", [COLOUR_NEVER] = "never"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(words[i], value) == 0) {
            *ret = (enum colour)i;
            return true;
        }
    }
    say("%s: --colour %s: auto, always or never", command, value);
    return false;
}

static bool take_form(struct settings *s, enum form form)
{
    if (s->form != FORM_TERMINAL && s->form != form) {
        say("%s: --json and --csv exclude each other", s->command);
        return false;
    }
    s->form = form;
    return true;
}

static bool take_source(struct settings *s, const char *value)
{
    if (s->source_n == SETTINGS_SOURCES_MAX) {
        say("%s: --source: at most %d", s->command, SETTINGS_SOURCES_MAX);
        return false;
    }
    s->sources[s->source_n++] = value;
    return true;
}

static bool take_payload(struct settings *s, const struct option_spec *spec, const char *value)
{
    uint64_t n = 0;
    if (strcmp(value, "all") == 0) {
        n = UINT32_MAX;
    } else if (strcmp(value, "none") != 0 &&
               text_u64(bytes_of_text(value), UINT16_MAX, &n) != ST_OK) {
        return settings_refuse(s, spec, value, "none, all, or a number of bytes up to 65535");
    }
    s->payload = (uint32_t)n;
    return true;
}

bool settings_take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct settings *s = ctx;
    switch (spec->id) {
    case SETTINGS_ALL:
        s->all = true;
        return true;
    case SETTINGS_REMOTE:
        s->remote_text = value;
        return take_prefix(s, spec, value, s->remotes, &s->remote_n, SETTINGS_REMOTES_MAX);
    case SETTINGS_KIND:
        s->kind = value;
        return true;
    case SETTINGS_TOP:
        if (text_u64(bytes_of_text(value), 1000000, &s->top) != ST_OK || s->top == 0) {
            return settings_refuse(s, spec, value, "not a number from 1 on");
        }
        return true;
    case SETTINGS_LOCAL:
        return take_prefix(s, spec, value, s->locals.nets, &s->locals.n, LOCAL_NETS_MAX);
    case SETTINGS_ALLOW:
        return take_allow(s, spec, value);
    case SETTINGS_SOURCE:
        return take_source(s, value);
    case SETTINGS_DEFINITIONS:
        return take_definitions(s, value);
    case SETTINGS_EXPLAIN:
        s->explain = true;
        return true;
    case SETTINGS_SINCE:
        return take_time(s, spec, value, &s->since_ns, &s->has_since);
    case SETTINGS_UNTIL:
        return take_time(s, spec, value, &s->until_ns, &s->has_until);
    case SETTINGS_MEMORY:
        return take_size(s, spec, value, &s->memory_bytes);
    case SETTINGS_EXPAND:
        return take_expand(s, spec, value);
    case SETTINGS_JSON:
        return take_form(s, FORM_JSON);
    case SETTINGS_CSV:
        return take_form(s, FORM_CSV);
    case SETTINGS_COLOUR:
        return settings_colour(s->command, value, &s->colour);
    case SETTINGS_HOME:
        s->home = value;
        return true;
    case SETTINGS_NO_STORE:
        s->no_store = true;
        return true;
    case SETTINGS_SEAL:
        s->seal = true;
        return true;
    case SETTINGS_PAYLOAD:
        return take_payload(s, spec, value);
    case SETTINGS_PASSPHRASE_FILE:
        s->passphrase_file = value;
        return true;
    case SETTINGS_AGAIN:
        s->again = true;
        return true;
    case SETTINGS_QUIET:
        s->quiet = true;
        return true;
    case OPTION_HELP: /* was seen to before */
        return true;
    default:
        return false;
    }
}

bool settings_init(struct settings *s, const char *command)
{
    *s = (struct settings){
        .command = command, .locals = {.rule = LOCAL_GIVEN}, .payload = PAYLOAD_BYTES};
    return definition_set_builtin("default", &s->definitions) == ST_OK;
}

bool settings_progress(const struct settings *s)
{
    return !s->quiet && isatty(STDERR_FILENO) != 0;
}

bool settings_kind(const struct settings *s, const char *kind)
{
    size_t n = s->kind != NULL ? strlen(s->kind) : 0;
    n -= n > 0 && s->kind[n - 1] == '.';
    return s->kind == NULL ||
           (strncmp(s->kind, kind, n) == 0 && (kind[n] == '\0' || kind[n] == '.'));
}

bool settings_check(const struct settings *s)
{
    for (size_t i = 0; i < s->definitions.n; i++) {
        if (settings_kind(s, s->definitions.items[i].kind)) {
            return true;
        }
    }
    say("%s: --kind %s: the definitions in force (%s) have no such kind", s->command, s->kind,
        s->definitions.name);
    return false;
}
