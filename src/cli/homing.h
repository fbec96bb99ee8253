/* cli/homing.h - which home a command works with. */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "cli/settings.h"
#include "evidence/home/home.h"

/* The folder by --home (NULL: not given), else EXHIBIT_HOME, else the XDG data
 * folder (XDG Base Directory, 3). *ret_named: the user named it. False: there is
 * no such folder to name; nothing is said. */
bool homing_path(const char *given, char ret[PATH_MAX], bool *ret_named);

/* The home there. A named one must be one; of the XDG folder *ret stays NULL
 * when there is none. False: said why not. */
bool homing_find(const char *command, const char *given, struct evidence_home **ret);
/* The same; that there is none is said, too. */
bool homing_need(const char *command, const char *given, struct evidence_home **ret);
/* homing_find for a command that reads inputs; what the home declares holds where
 * no flag says more. */
bool homing_settle(struct settings *s, struct evidence_home **ret);
