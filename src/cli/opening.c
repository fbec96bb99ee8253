/* cli/opening.c - --open, and what is said before it is done. */
#include "cli/opening.h"

#include <string.h>

#include "cli/say.h"

bool opening_take(const char *command, struct opening *o, const char *value)
{
    struct addr a;
    const struct {
        const char *word;
        bool *flag;
    } words[] = {{"targets", &o->targets}, {"data", &o->data}, {"marks", &o->marks}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(value, words[i].word) == 0) {
            *words[i].flag = true;
            return true;
        }
    }
    if (addr_parse(bytes_of(value, strlen(value)), &a) != ST_OK) {
        say("%s: --open %s: targets, data, marks, or a local address", command, value);
        return false;
    }
    if (o->local_n == OPENING_LOCALS_MAX) {
        say("%s: --open: at most %d addresses", command, OPENING_LOCALS_MAX);
        return false;
    }
    o->locals[o->local_n++] = a;
    return true;
}

bool opening_agreed(const char *command, const struct opening *o, bool yes)
{
    if (o->targets) {
        say("%s: --open targets opens every local address of these remotes, in every segment of "
            "the same epochs, to everybody who has or ever gets their records",
            command);
    }
    if (o->marks) {
        say("%s: --open marks opens fields from which local addresses can be computed (Mirai, "
            "Masscan, Unicornscan)",
            command);
    }
    if (!yes && (o->targets || o->marks)) {
        say("%s: this cannot be taken back, so nothing was written; --yes does it", command);
        return false;
    }
    return true;
}
