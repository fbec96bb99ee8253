/* cli/homing.c - a home, if there is one. */
#include "cli/homing.h"

#include <stdlib.h>

static bool is_set(const char *variable, char first)
{
    const char *value = getenv(variable);
    return value != NULL && (first != '\0' ? *value == first : *value != '\0');
}

/* What the variable names must be there where something is to be kept in it. */
static bool find(const char *given, bool needed, struct evidence_home **ret)
{
    if (given != NULL || (needed && is_set("EXHIBIT_HOME", '\0'))) {
        return home_get(given, ret);
    }
    if (!is_set("EXHIBIT_HOME", '\0') && !is_set("XDG_DATA_HOME", '/') && !is_set("HOME", '/')) {
        return true; /* a service may have none */
    }
    enum status st = home_look(NULL, ret);
    return st == ST_OK || st == ST_END;
}

bool homing_settle(struct settings *s, struct evidence_home **ret)
{
    if (!find(s->home, s->seal || !s->no_store, ret)) {
        return false;
    }
    if (*ret != NULL && s->locals.n == 0 && (*ret)->config.local.n > 0) {
        s->locals = (*ret)->config.local;
    }
    return true;
}
