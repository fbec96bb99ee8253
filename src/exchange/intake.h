/* exchange/intake.h - findings as `analyze --json` wrote them, read again.
 *
 * The lines may have been changed on the way: every member that is used is
 * checked against what the schema (docs/schemas/analyze.schema.json) says of
 * it, and no text is believed to be safe. Members that are not used are passed
 * over. What the file states is taken as its writer's word.
 */
#pragma once

#include <stdbool.h>

#include "base/core/arena.h"
#include "base/core/cursor.h"
#include "base/core/status.h"
#include "base/model/finding.h"
#include "base/model/local.h"
#include "base/model/origin.h"

enum intake_line {
    INTAKE_OTHER, /* a remark, or a near miss */
    INTAKE_FINDING,
    INTAKE_SUMMARY, /* its local networks */
};

/* Before a cage is entered: jansson opens the random device once. */
void intake_begin(void);
/* One line without its end. The finding's texts live in the arena. The fault
 * names the member that is wrong. */
MUST_USE enum status intake_read(struct bytes line, struct arena *arena, enum intake_line *ret_what,
                                 struct finding *ret, struct local_nets *ret_locals,
                                 struct fault *why);
/* Is this JSON that a line can hold, with an object or (list) an array in it? Stored
 * texts are passed on as they are: a store of somebody else's could break lines. */
MUST_USE enum status intake_check(struct bytes json, bool list, struct fault *why);
/* The line of a finding, with where its remote seemed to be when it was told
 * (intake_origin.h). */
MUST_USE enum status intake_told(struct bytes line, struct arena *arena, struct finding *ret,
                                 struct origin *ret_origin, bool *ret_has_origin,
                                 struct fault *why);
