/* cli/doctor.h - is this machine, and this home, as it should be? */
#pragma once

#include "cli/option.h"

extern const struct option_spec doctor_options[];
int doctor_main(const struct command *self, int argc, char **argv);
