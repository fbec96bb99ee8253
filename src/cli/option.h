/* cli/option.h - commands and their options, as tables.
 *
 * Parsing, --help, completions and the manual check are made from them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct option_spec {
    const char *name;  /* "--remote" */
    char letter;       /* 'n' for -n, or 0 */
    const char *value; /* what to call its value, or NULL */
    const char *help;
    int id;            /* the command's own */
    const char *words; /* values to complete, separated by blanks, or NULL */
};

struct command {
    const char *name;
    const char *summary;               /* one line */
    const char *operands;              /* "FILE...", or "" */
    const char *more;                  /* a paragraph for its --help, or NULL */
    const struct option_spec *options; /* ends with a name of NULL */
    int (*run)(const struct command *self, int argc, char **argv); /* argv[0]: the command */
};

/* Of every command; NULL-terminated by a name of NULL. */
extern const struct command commands[];
const struct command *command_find(const char *name);

enum { OPTION_HELP = -1 };

/* Called for each option in order; false ends parsing, after saying why. */
typedef bool (*option_take)(void *ctx, const struct option_spec *spec, const char *value);

/* Options may stand among the operands, up to "--". The operands are moved to
 * the front of argv; how many in *ret_n. False: wrong use, said. */
bool options_parse(const struct command *c, int argc, char **argv, option_take take, void *ctx,
                   int *ret_n);

/* All of this to stdout, within 80 columns. */
void help_program(void);
void help_command(const struct command *c);
/* A completion script; false for a shell that there is none for. */
bool completion_write(const char *shell);
