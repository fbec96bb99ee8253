/* cli/kept.h - the sources that are kept in the home, for all commands that ask.
 *
 *   HOME/source/index.json   what is kept: docs/schemas/source.schema.json
 *   HOME/source/NAME         the files, copied when they were added
 *
 * There need not be a party's home around it: where none is, the folder stands
 * alone in the user's data folder.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/core/hash.h"
#include "base/core/limits.h"
#include "base/core/status.h"
#include "cli/settings.h"

enum { KEPT_MAX = 24, KEPT_NAME_MAX = 128, KEPT_OPTIONS_MAX = 512, KEPT_LICENCE_MAX = 160 };

struct kept_source {
    char file[KEPT_NAME_MAX];
    char options[KEPT_OPTIONS_MAX]; /* as in attribute/spec.h, without the file: "as=vpn" */
    char licence[KEPT_LICENCE_MAX]; /* what its user wrote down about it, or "" */
    struct digest digest;
};

struct kept {
    char folder[PATH_MAX]; /* "" when there is no place for one */
    size_t n;
    struct kept_source items[KEPT_MAX];
};

/* Nothing is kept where there is no folder. False: its index is damaged; said. */
bool kept_read(const char *home, struct kept *ret);
/* One more: the bytes of the file at `path`, which must have that digest.
 * False: said. */
bool kept_add(struct kept *k, const char *path, const struct kept_source *source);

/* Every source of a run, as in attribute/spec.h: those that are kept, then
 * those that the user gave. */
struct kept_specs {
    const char *items[KEPT_MAX + SETTINGS_SOURCES_MAX];
    size_t n;
    char *texts[KEPT_MAX];
    size_t text_n;
};
/* False: said. *ret is the caller's, to give to _fini. */
bool kept_specs(const char *home, const char *const *given, size_t n, struct kept_specs *ret);
void kept_specs_fini(struct kept_specs *s);
