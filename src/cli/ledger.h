/* cli/ledger.h - the party's ledger: checkpoint, proofs, audit, copies, timestamps. */
#pragma once

#include <stdbool.h>

#include "cli/option.h"
#include "evidence/home/public.h"

extern const struct option_spec ledger_options[];
int ledger_main(const struct command *self, int argc, char **argv);
