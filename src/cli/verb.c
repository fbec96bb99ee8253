/* cli/verb.c - which verb, and what goes with it. */
#include "cli/verb.h"

#include <stdio.h>
#include <string.h>

#include "cli/say.h"

static void say_verbs(const struct command *c, const struct verb *verbs)
{
    char list[256] = "";
    for (const struct verb *v = verbs; v->name != NULL; v++) {
        size_t n = strlen(list);
        (void)snprintf(list + n, sizeof(list) - n, "%s%s",
                       v == verbs          ? ""
                       : v[1].name == NULL ? " or "
                                           : ", ",
                       v->name);
    }
    say("%s: what to do: %s?", c->name, list);
}

static bool options_fit(const struct command *c, const struct verb *v, unsigned given)
{
    for (const struct option_spec *o = c->options; o->name != NULL; o++) {
        if (o->id > 0 && (given & ~v->options & 1U << o->id) != 0) {
            say("%s %s: %s does not belong here", c->name, v->name, o->name);
            return false;
        }
    }
    return true;
}

int verb_find(const struct command *c, const struct verb *verbs, int n, char **operands,
              unsigned given)
{
    for (const struct verb *v = verbs; n > 0 && v->name != NULL; v++) {
        if (strcmp(operands[0], v->name) != 0) {
            continue;
        }
        if (n - 1 < v->least || n - 1 > v->most) {
            say("%s %s: %s", c->name, v->name,
                n - 1 < v->least ? "an argument is missing" : "too many arguments");
            return -1;
        }
        return options_fit(c, v, given) ? (int)(v - verbs) : -1;
    }
    say_verbs(c, verbs);
    return -1;
}
