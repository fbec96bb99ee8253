/* cli/homing.h - the home of a command that can do without one. */
#pragma once

#include "cli/home.h"
#include "cli/settings.h"

/* One that the user names, by --home or EXHIBIT_HOME, must be there, but that of the
 * variable not with --no-store; else *ret stays NULL where there is none. What it declares holds
 * where no flag says more. False: said. */
bool homing_settle(struct settings *s, struct evidence_home **ret);
