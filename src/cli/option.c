/* cli/option.c - reading options by a command's table. */
#include "cli/option.h"

#include <string.h>

#include "cli/say.h"

struct parse {
    const struct command *command;
    int argc;
    char **argv;
    int at;       /* the argument looked at */
    int operands; /* moved to the front so far */
    option_take take;
    void *ctx;
};

const struct command *command_find(const char *name)
{
    for (const struct command *c = commands; c->name != NULL; c++) {
        if (strcmp(c->name, name) == 0) {
            return c;
        }
    }
    return NULL;
}

static const struct option_spec *find_long(const struct command *c, const char *text, size_t len)
{
    for (const struct option_spec *o = c->options; o->name != NULL; o++) {
        if (strlen(o->name) == len && memcmp(o->name, text, len) == 0) {
            return o;
        }
    }
    return NULL;
}

static const struct option_spec *find_letter(const struct command *c, char letter)
{
    for (const struct option_spec *o = c->options; o->name != NULL; o++) {
        if (o->letter == letter) {
            return o;
        }
    }
    return NULL;
}

static bool unknown(const struct parse *p, const char *arg)
{
    say("%s: no such option: %s (exhibit %s --help lists them)", p->command->name, arg,
        p->command->name);
    return false;
}

/* The value of an option that has one: what is attached, else the next
 * argument. */
static bool give(struct parse *p, const struct option_spec *o, const char *attached)
{
    const char *value = attached;
    if (o->value == NULL && attached != NULL) {
        say("%s: %s takes no value", p->command->name, o->name);
        return false;
    }
    if (o->value != NULL && value == NULL) {
        if (p->at + 1 >= p->argc) {
            say("%s: %s needs %s", p->command->name, o->name, o->value);
            return false;
        }
        value = p->argv[++p->at];
    }
    return p->take(p->ctx, o, value);
}

static bool parse_long(struct parse *p, const char *arg)
{
    const char *equals = strchr(arg, '=');
    size_t len = equals != NULL ? (size_t)(equals - arg) : strlen(arg);
    const struct option_spec *o = find_long(p->command, arg, len);
    return o != NULL ? give(p, o, equals != NULL ? equals + 1 : NULL) : unknown(p, arg);
}

static bool parse_letters(struct parse *p, const char *arg)
{
    for (const char *c = arg + 1; *c != '\0'; c++) {
        const struct option_spec *o = find_letter(p->command, *c);
        if (o == NULL) {
            return unknown(p, arg);
        }
        if (o->value != NULL) {
            return give(p, o, c[1] != '\0' ? c + 1 : NULL);
        }
        if (!give(p, o, NULL)) {
            return false;
        }
    }
    return true;
}

static bool parse_one(struct parse *p)
{
    char *arg = p->argv[p->at];
    if (arg[0] != '-' || arg[1] == '\0') {
        p->argv[p->operands++] = arg;
        return true;
    }
    return arg[1] == '-' ? parse_long(p, arg) : parse_letters(p, arg);
}

bool options_parse(const struct command *c, int argc, char **argv, option_take take, void *ctx,
                   int *ret_n)
{
    struct parse p = {.command = c, .argc = argc, .argv = argv, .at = 1, .take = take, .ctx = ctx};
    for (; p.at < argc; p.at++) {
        if (strcmp(argv[p.at], "--") == 0) {
            while (++p.at < argc) {
                argv[p.operands++] = argv[p.at];
            }
            break;
        }
        if (!parse_one(&p)) {
            return false;
        }
    }
    *ret_n = p.operands;
    return true;
}
