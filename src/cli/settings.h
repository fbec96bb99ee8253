/* cli/settings.h - what the user asked of a command that reads inputs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/model/definition.h"
#include "base/model/local.h"
#include "cli/option.h"

enum { SETTINGS_ALLOW_MAX = 4096, SETTINGS_REMOTES_MAX = 64, SETTINGS_SOURCES_MAX = 32 };

/* Of options; a command's own begin behind them. */
enum {
    SETTINGS_ALL = 1,
    SETTINGS_REMOTE,
    SETTINGS_KIND,
    SETTINGS_TOP,
    SETTINGS_LOCAL,
    SETTINGS_ALLOW,
    SETTINGS_SOURCE,
    SETTINGS_DEFINITIONS,
    SETTINGS_EXPLAIN,
    SETTINGS_SINCE,
    SETTINGS_UNTIL,
    SETTINGS_MEMORY,
    SETTINGS_EXPAND,
    SETTINGS_JSON,
    SETTINGS_CSV,
    SETTINGS_COLOUR,
    SETTINGS_QUIET,
    SETTINGS_HOME,
    SETTINGS_NO_STORE,
    SETTINGS_SEAL,
    SETTINGS_PAYLOAD,
    SETTINGS_PASSPHRASE_FILE,
    SETTINGS_AGAIN,
    SETTINGS_OWN, /* the first of a command's own */
};

enum form { FORM_TERMINAL, FORM_JSON, FORM_CSV };
enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

struct settings {
    const char *command; /* for complaints */
    enum form form;
    enum colour colour;
    bool all, explain, quiet;
    bool flows;    /* look up the source ports of findings */
    bool contacts; /* look up whom to write to */
    bool from;     /* inputs are findings, as JSON Lines */
    uint64_t top;  /* 0: the report's choice */
    const char *kind;
    const char *home;            /* --home, or NULL */
    bool seal;                   /* into the home */
    uint32_t payload;            /* bytes of each packet to seal; UINT32_MAX: all */
    const char *passphrase_file; /* or NULL: it is asked for */
    bool no_store, again;
    bool has_since, has_until;
    int64_t since_ns, until_ns;
    uint64_t memory_bytes; /* 0: no limit */
    uint64_t expansion;    /* 0: the default limit */
    size_t remote_n, allow_n, source_n;
    struct prefix remotes[SETTINGS_REMOTES_MAX];
    struct prefix allow[SETTINGS_ALLOW_MAX];
    const char *sources[SETTINGS_SOURCES_MAX]; /* see attribute/spec.h */
    const char *remote_text;                   /* the last --remote, for the report's words */
    struct local_nets locals;
    struct definition_set definitions;
};

/* Rows of tables of options. */
#define SETTINGS_KINDS                                                                             \
    "scan scan.horizontal scan.vertical scan.block scan.distributed flood flood.syn flood.udp "    \
    "flood.icmp flood.fragment flood.amplification backscatter bruteforce spray "                  \
    "access.after-guessing probe.web"

/* clang-format off */
/* What both commands that read inputs know. */
#define SETTINGS_ROWS_ABOUT                                                                        \
    {"--remote", 'r', "ADDRESS|CIDR",                                                              \
     "Only findings about this address or network. May be repeated.", SETTINGS_REMOTE, NULL},      \
    {"--kind", 'k', "KIND", "Only this kind, or all whose name begins so: scan.vertical, scan.",   \
     SETTINGS_KIND, SETTINGS_KINDS}
#define SETTINGS_ROWS_INPUT                                                                        \
    {"--local", 'l', "CIDR",                                                                       \
     "One's own networks; may be repeated. Without it a fixed rule tells them from the traffic.",  \
     SETTINGS_LOCAL, NULL},                                                                        \
    {"--allow", 0, "CIDR|FILE",                                                                    \
     "One's own scanners: an address, a network, or a file with one in each line. Their findings " \
     "are shown apart.",                                                                           \
     SETTINGS_ALLOW, NULL},                                                                        \
    {"--source", 0, "FILE[,as=...]",                                                               \
     "One more source for where addresses seem to be: MaxMind DB, RIR file, routing table, list, " \
     "saved RDAP or whois answers... May be repeated.",                                            \
     SETTINGS_SOURCE, NULL},                                                                       \
    {"--definitions", 'd', "SET|FILE",                                                             \
     "The rules to judge by: default, zeek-6.0, snort3, fail2ban, or a file.",                     \
     SETTINGS_DEFINITIONS,                                                                         \
     "default zeek-6.0 snort3 fail2ban"}
#define SETTINGS_ROWS_TIME                                                                         \
    {"--since", 0, "TIME",                                                                         \
     "Only findings that end at this time or later (RFC 3339; UTC without a zone).",               \
     SETTINGS_SINCE, NULL},                                                                        \
    {"--until", 0, "TIME", "Only findings that begin before this time.", SETTINGS_UNTIL, NULL},    \
    {"--memory", 0, "SIZE", "Limit the detectors' memory: 512M, 2G.", SETTINGS_MEMORY, NULL},      \
    {"--expand", 0, "TIMES",                                                                       \
     "Read a compressed input no further than TIMES its size, 1 GiB apart: 1000.",                \
     SETTINGS_EXPAND, NULL}
#define SETTINGS_ROW_PAYLOAD                                                                       \
    {"--payload", 0, "none|all|N",                                                                 \
     "How much of each packet's payload is sealed, and kept so that it can be opened: 256 bytes.",  \
     SETTINGS_PAYLOAD, "none all"}
#define SETTINGS_ROWS_LAST                                                                         \
    {"--quiet", 'q', NULL, "No progress.", SETTINGS_QUIET, NULL},                                  \
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL}, {NULL, 0, NULL, NULL, 0, NULL}
/* clang-format on */

/* Of `analyze`: all of them. */
extern const struct option_spec settings_options[];

/* The defaults. False: said why. */
bool settings_init(struct settings *s, const char *command);
/* Say that the value is not what the option wants; false. */
bool settings_refuse(const struct settings *s, const struct option_spec *spec, const char *value,
                     const char *wants);
/* Is there a kind that was asked for? Said if not. */
bool settings_check(const struct settings *s);
/* Is there a terminal to show progress on, and was it not refused? */
bool settings_progress(const struct settings *s);
/* Is this kind asked for: "scan" and "scan." by "scan.vertical", too? */
bool settings_kind(const struct settings *s, const char *kind);
/* An option_take; ctx is a struct settings. Knows --help, too. */
bool settings_take(void *ctx, const struct option_spec *spec, const char *value);
/* The value of --colour. False: said. */
bool settings_colour(const char *command, const char *value, enum colour *ret);
