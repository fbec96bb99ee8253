/* cli/homing.c - from option and environment to a home. */
#include "cli/homing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/say.h"

/* An empty variable is none (XDG Base Directory, 3). */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

bool homing_path(const char *given, char ret[PATH_MAX], bool *ret_named)
{
    const char *named = given != NULL ? given : variable("EXHIBIT_HOME");
    const char *data = variable("XDG_DATA_HOME");
    const char *user = variable("HOME");
    bool absolute = data != NULL && *data == '/'; /* a relative one is ignored, as it asks */
    int n = named != NULL  ? snprintf(ret, PATH_MAX, "%s", named)
            : absolute     ? snprintf(ret, PATH_MAX, "%s/exhibit", data)
            : user != NULL ? snprintf(ret, PATH_MAX, "%s/.local/share/exhibit", user)
                           : -1;
    *ret_named = named != NULL;
    return n > 0 && n < PATH_MAX;
}

/* Is there anything of a home, so that what is wrong with it is to be said? */
static bool look(const char *command, const char *path, bool needed, struct evidence_home **ret)
{
    struct fault why = {0};
    enum status st = evidence_home_open(path, ret, &why);
    bool none = st == ST_END || (st == ST_SYS && why.sys_errno == ENOENT);
    if (st == ST_OK || (none && !needed)) {
        return true;
    }
    if (none) {
        say("%s: no home in %s (exhibit init makes one)", command, path);
    } else {
        say_fault(path, st, &why);
    }
    return false;
}

bool homing_find(const char *command, const char *given, struct evidence_home **ret)
{
    char path[PATH_MAX];
    bool named;
    return !homing_path(given, path, &named) || look(command, path, named, ret);
}

bool homing_need(const char *command, const char *given, struct evidence_home **ret)
{
    char path[PATH_MAX];
    bool named;
    if (!homing_path(given, path, &named)) {
        say("%s: which home? (--home DIR; exhibit init makes one)", command);
        return false;
    }
    return look(command, path, true, ret);
}

bool homing_settle(struct settings *s, struct evidence_home **ret)
{
    if (!homing_find(s->command, s->home, ret)) {
        return false;
    }
    if (*ret != NULL && s->locals.n == 0 && (*ret)->config.local.n > 0) {
        s->locals = (*ret)->config.local;
    }
    return true;
}
