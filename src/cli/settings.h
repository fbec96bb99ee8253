/* cli/settings.h - what the user asked `analyze` for. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/model/definition.h"
#include "base/model/local.h"
#include "cli/option.h"

enum { SETTINGS_ALLOW_MAX = 4096, SETTINGS_REMOTES_MAX = 64, SETTINGS_SOURCES_MAX = 32 };

enum form { FORM_TERMINAL, FORM_JSON, FORM_CSV };
enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

struct settings {
    enum form form;
    enum colour colour;
    bool all, explain, quiet;
    uint64_t top; /* 0: the report's choice */
    const char *kind;
    bool has_since, has_until;
    int64_t since_ns, until_ns;
    uint64_t memory_bytes; /* 0: no limit */
    size_t remote_n, allow_n, source_n;
    struct prefix remotes[SETTINGS_REMOTES_MAX];
    struct prefix allow[SETTINGS_ALLOW_MAX];
    const char *sources[SETTINGS_SOURCES_MAX]; /* see attribute/spec.h */
    const char *remote_text;                   /* the last --remote, for the report's words */
    struct local_nets locals;
    struct definition_set definitions;
};

extern const struct option_spec settings_options[];

/* The defaults. False: said why. */
bool settings_init(struct settings *s);
/* Is there a kind that was asked for? Said if not. */
bool settings_check(const struct settings *s);
/* Is this kind asked for: "scan" and "scan." by "scan.vertical", too? */
bool settings_kind(const struct settings *s, const char *kind);
/* An option_take; ctx is a struct settings. */
bool settings_take(void *ctx, const struct option_spec *spec, const char *value);
/* The value of --colour. False: said. */
bool settings_colour(const char *command, const char *value, enum colour *ret);
