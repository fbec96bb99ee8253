/* cli/help.c - help and completions, from the tables of commands. */
#include <stdio.h>
#include <string.h>

#include "cli/option.h"

enum { HELP_COLUMNS = 79, HELP_INDENT = 24 };

/* Words of text from a column on, later lines indented. */
static void wrap(const char *text, int column, int indent)
{
    while (*text != '\0') {
        int len = (int)strcspn(text, " ");
        if (column > indent && column + 1 + len > HELP_COLUMNS) {
            (void)printf("\n%*s", indent, "");
            column = indent;
        }
        if (column > indent) {
            (void)putchar(' ');
            column++;
        }
        (void)printf("%.*s", len, text);
        column += len;
        text += len;
        text += strspn(text, " ");
    }
    (void)putchar('\n');
}

static void help_option(const struct option_spec *o)
{
    char left[80];
    char letter[8] = "    ";
    if (o->letter != 0) {
        (void)snprintf(letter, sizeof(letter), "-%c, ", o->letter);
    }
    (void)snprintf(left, sizeof(left), "  %s%s%s%s", letter, o->name, o->value != NULL ? " " : "",
                   o->value != NULL ? o->value : "");
    int n = printf("%s", left);
    if (n >= HELP_INDENT - 1) {
        (void)putchar('\n');
        n = 0;
    }
    (void)printf("%*s", HELP_INDENT - n, "");
    wrap(o->help, HELP_INDENT, HELP_INDENT);
}

void help_command(const struct command *c)
{
    (void)printf("exhibit %s [OPTIONS] %s\n", c->name, c->operands);
    wrap(c->summary, 0, 0);
    if (c->options->name != NULL) {
        (void)printf("\n");
    }
    for (const struct option_spec *o = c->options; o->name != NULL; o++) {
        help_option(o);
    }
    if (c->more != NULL) {
        (void)printf("\n");
        wrap(c->more, 0, 0);
    }
    (void)printf("\nManual: man exhibit-%s\n(or, not installed: man docs/man/exhibit-%s.1)\n",
                 c->name, c->name);
}

void help_program(void)
{
    (void)printf("exhibit COMMAND [OPTIONS] FILE...\n\n");
    for (const struct command *c = commands; c->name != NULL; c++) {
        (void)printf("  %-12s", c->name);
        wrap(c->summary, 14, 14);
    }
    (void)printf("\nexhibit COMMAND --help tells more.\n"
                 "Exit status: 0 done, it holds; 1 it does not hold; 2 wrong use, partial input,\n"
                 "or could not tell.\n");
}

/* --- completions -------------------------------------------------------------- */

static void bash_options(const struct command *c)
{
    for (const struct option_spec *o = c->options; o->name != NULL; o++) {
        (void)printf("%s%s", o == c->options ? "" : " ", o->name);
    }
}

static void bash_values(const struct command *c)
{
    for (const struct option_spec *o = c->options; o->name != NULL; o++) {
        if (o->words != NULL) {
            (void)printf("    %s:%s) COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return ;;\n",
                         c->name, o->name, o->words);
        }
    }
}

static void completion_bash(void)
{
    (void)printf("# bash completion for exhibit; made from its tables of commands.\n"
                 "_exhibit() {\n"
                 "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                 "    local command=${COMP_WORDS[1]}\n"
                 "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
                 "        COMPREPLY=($(compgen -W '");
    for (const struct command *c = commands; c->name != NULL; c++) {
        (void)printf("%s%s", c == commands ? "" : " ", c->name);
    }
    (void)printf("' -- \"$cur\"))\n        return\n    fi\n"
                 "    case $command:$prev in\n");
    for (const struct command *c = commands; c->name != NULL; c++) {
        bash_values(c);
    }
    (void)printf("    esac\n    [[ $cur == -* ]] || return\n    case $command in\n");
    for (const struct command *c = commands; c->name != NULL; c++) {
        (void)printf("    %s) COMPREPLY=($(compgen -W '", c->name);
        bash_options(c);
        (void)printf("' -- \"$cur\")) ;;\n");
    }
    (void)printf("    esac\n}\ncomplete -o default -F _exhibit exhibit\n");
}

/* Inside single quotes. */
/* Between single quotes fish knows two escapes, of "'" and of a backslash. */
static void fish_quoted(const char *s)
{
    for (; *s != '\0'; s++) {
        (void)printf(*s == '\'' || *s == '\\' ? "\\%c" : "%c", *s);
    }
}

static void completion_fish(void)
{
    (void)printf("# fish completion for exhibit; made from its tables of commands.\n");
    for (const struct command *c = commands; c->name != NULL; c++) {
        (void)printf("complete -c exhibit -n __fish_use_subcommand -a %s -d '", c->name);
        fish_quoted(c->summary);
        (void)printf("'\n");
        for (const struct option_spec *o = c->options; o->name != NULL; o++) {
            (void)printf("complete -c exhibit -n '__fish_seen_subcommand_from %s' -l %s", c->name,
                         o->name + 2);
            if (o->letter != 0) {
                (void)printf(" -s %c", o->letter);
            }
            if (o->words != NULL) {
                (void)printf(" -x -a '%s'", o->words);
            } else if (o->value != NULL) {
                (void)printf(" -r");
            }
            (void)printf("\n");
        }
    }
}

static void zsh_options(const struct command *c)
{
    for (const struct option_spec *o = c->options; o->name != NULL; o++) {
        (void)printf(" '%s", o->name);
        if (o->words != NULL) {
            (void)printf(":%s:(%s)", o->value, o->words);
        } else if (o->value != NULL) {
            (void)printf(":%s:_files", o->value);
        }
        (void)printf("'");
    }
}

static void completion_zsh(void)
{
    (void)printf("#compdef exhibit\n# zsh completion for exhibit; made from its tables of "
                 "commands.\n_exhibit() {\n    if (( CURRENT == 2 )); then\n        compadd --");
    for (const struct command *c = commands; c->name != NULL; c++) {
        (void)printf(" %s", c->name);
    }
    (void)printf("\n        return\n    fi\n    local command=${words[2]}\n    shift words\n"
                 "    (( CURRENT-- ))\n    case $command in\n");
    for (const struct command *c = commands; c->name != NULL; c++) {
        (void)printf("    %s) _arguments", c->name);
        zsh_options(c);
        (void)printf(" '*:file:_files' ;;\n");
    }
    (void)printf("    esac\n}\n_exhibit \"$@\"\n");
}

bool completion_write(const char *shell)
{
    static const struct {
        const char *shell;
        void (*write)(void);
    } shells[] = {{"bash", completion_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}};
    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(shells[i].shell, shell) == 0) {
            shells[i].write();
            return true;
        }
    }
    return false;
}
