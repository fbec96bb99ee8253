/* cli/settings.c - the options of `analyze`. */
#include "cli/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/os/file.h"
#include "cli/say.h"

enum {
    OPT_ALL = 1,
    OPT_REMOTE,
    OPT_KIND,
    OPT_TOP,
    OPT_LOCAL,
    OPT_ALLOW,
    OPT_SOURCE,
    OPT_DEFINITIONS,
    OPT_EXPLAIN,
    OPT_SINCE,
    OPT_UNTIL,
    OPT_MEMORY,
    OPT_JSON,
    OPT_CSV,
    OPT_COLOUR,
    OPT_QUIET,
};

const struct option_spec settings_options[] = {
    {"--all", 'a', NULL, "Every finding, in full.", OPT_ALL, NULL},
    {"--remote", 'r', "ADDRESS|CIDR",
     "Only findings about this address or network, in full. May be repeated.", OPT_REMOTE, NULL},
    {"--kind", 'k', "KIND", "Only this kind, or all whose name begins so: scan.vertical, scan.",
     OPT_KIND,
     "scan scan.horizontal scan.vertical scan.block scan.distributed flood flood.syn flood.udp "
     "flood.icmp flood.fragment flood.amplification backscatter bruteforce spray "
     "access.after-guessing probe.web"},
    {"--top", 'n', "N", "Name this many remotes on the first screen.", OPT_TOP, NULL},
    {"--local", 'l', "CIDR",
     "One's own networks; may be repeated. Without it a fixed rule tells them from the traffic.",
     OPT_LOCAL, NULL},
    {"--allow", 0, "CIDR|FILE",
     "One's own scanners: an address, a network, or a file with one in each line. Their findings "
     "are shown apart.",
     OPT_ALLOW, NULL},
    {"--source", 0, "FILE[,as=...]",
     "One more source for where addresses seem to be: MaxMind DB, RIR file, list of networks. "
     "May be repeated.",
     OPT_SOURCE, NULL},
    {"--definitions", 'd', "SET|FILE",
     "The rules to judge by: default, zeek-6.0, snort3, fail2ban, or a file.", OPT_DEFINITIONS,
     "default zeek-6.0 snort3 fail2ban"},
    {"--explain", 'e', NULL, "Also who stayed below a threshold, and by which counter.",
     OPT_EXPLAIN, NULL},
    {"--since", 0, "TIME",
     "Only findings that end at this time or later (RFC 3339; UTC without a zone).", OPT_SINCE,
     NULL},
    {"--until", 0, "TIME", "Only findings that begin before this time.", OPT_UNTIL, NULL},
    {"--memory", 0, "SIZE", "Limit the detectors' memory: 512M, 2G.", OPT_MEMORY, NULL},
    {"--json", 'j', NULL, "JSON Lines: findings, remarks, and a summary last.", OPT_JSON, NULL},
    {"--csv", 0, NULL, "One line for each finding.", OPT_CSV, NULL},
    {"--colour", 0, "WHEN", "auto, always or never.", OPT_COLOUR, "auto always never"},
    {"--quiet", 'q', NULL, "No progress.", OPT_QUIET, NULL},
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL},
    {NULL, 0, NULL, NULL, 0, NULL},
};

static struct bytes bytes_of_text(const char *s)
{
    return bytes_of(s, strlen(s));
}

static bool refuse(const struct option_spec *spec, const char *value, const char *wants)
{
    say("analyze: %s %s: %s", spec->name, value, wants);
    return false;
}

static bool take_prefix(const struct option_spec *spec, const char *value, struct prefix *list,
                        size_t *n, size_t max)
{
    if (*n == max) {
        say("analyze: %s: at most %zu", spec->name, max);
        return false;
    }
    if (prefix_parse(bytes_of_text(value), &list[*n]) != ST_OK) {
        return refuse(spec, value,
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
        return take_prefix(spec, value, s->allow, &s->allow_n, SETTINGS_ALLOW_MAX);
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

static bool take_time(const struct option_spec *spec, const char *value, int64_t *ret, bool *has)
{
    char utc[TIME_TEXT_MAX + 1]; /* without a zone, as reports write it */
    int n = snprintf(utc, sizeof(utc), "%sZ", value);
    bool fits = n > 0 && (size_t)n < sizeof(utc);
    if (time_parse(bytes_of_text(value), ret) != ST_OK &&
        (!fits || time_parse(bytes_of_text(utc), ret) != ST_OK)) {
        return refuse(spec, value,
                      "not a time such as 2024-05-17T10:05:00Z, '2024-05-17 10:05:00' (UTC) or "
                      "2024-05-17");
    }
    *has = true;
    return true;
}

/* 512M, 2G, 100000000; powers of 1024. */
static bool take_size(const struct option_spec *spec, const char *value, uint64_t *ret)
{
    static const char units[] = "KMGT";
    size_t len = strlen(value);
    const char *unit = len > 0 ? strchr(units, value[len - 1]) : NULL;
    unsigned shift = unit != NULL && *unit != '\0' ? 10 * (unsigned)(unit - units + 1) : 0;
    struct bytes digits = bytes_of(value, shift > 0 ? len - 1 : len);
    if (text_u64(digits, UINT64_MAX >> shift, ret) != ST_OK || *ret << shift < (16 << 20)) {
        return refuse(spec, value, "not a size such as 512M or 2G (at least 16M)");
    }
    *ret <<= shift;
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
        say("analyze: --json and --csv exclude each other");
        return false;
    }
    s->form = form;
    return true;
}

static bool take_source(struct settings *s, const char *value)
{
    if (s->source_n == SETTINGS_SOURCES_MAX) {
        say("analyze: --source: at most %d", SETTINGS_SOURCES_MAX);
        return false;
    }
    s->sources[s->source_n++] = value;
    return true;
}

bool settings_take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct settings *s = ctx;
    switch (spec->id) {
    case OPT_ALL:
        s->all = true;
        return true;
    case OPT_REMOTE:
        s->remote_text = value;
        return take_prefix(spec, value, s->remotes, &s->remote_n, SETTINGS_REMOTES_MAX);
    case OPT_KIND:
        s->kind = value;
        return true;
    case OPT_TOP:
        if (text_u64(bytes_of_text(value), 1000000, &s->top) != ST_OK || s->top == 0) {
            return refuse(spec, value, "not a number from 1 on");
        }
        return true;
    case OPT_LOCAL:
        return take_prefix(spec, value, s->locals.nets, &s->locals.n, LOCAL_NETS_MAX);
    case OPT_ALLOW:
        return take_allow(s, spec, value);
    case OPT_SOURCE:
        return take_source(s, value);
    case OPT_DEFINITIONS:
        return take_definitions(s, value);
    case OPT_EXPLAIN:
        s->explain = true;
        return true;
    case OPT_SINCE:
        return take_time(spec, value, &s->since_ns, &s->has_since);
    case OPT_UNTIL:
        return take_time(spec, value, &s->until_ns, &s->has_until);
    case OPT_MEMORY:
        return take_size(spec, value, &s->memory_bytes);
    case OPT_JSON:
        return take_form(s, FORM_JSON);
    case OPT_CSV:
        return take_form(s, FORM_CSV);
    case OPT_COLOUR:
        return settings_colour("analyze", value, &s->colour);
    case OPT_QUIET:
        s->quiet = true;
        return true;
    default:
        return false;
    }
}

bool settings_init(struct settings *s)
{
    *s = (struct settings){.locals = {.rule = LOCAL_GIVEN}};
    return definition_set_builtin("default", &s->definitions) == ST_OK;
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
    say("analyze: --kind %s: the definitions in force (%s) have no such kind", s->kind,
        s->definitions.name);
    return false;
}
