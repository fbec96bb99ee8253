/* exchange/intake_origin.h - where a remote seemed to be, as it was told.
 *
 * What a report tells of an origin is read again: network, AS, countries, flags.
 * Of its statements only the number and what they are about: whose they are
 * stands in the JSON, and is compared there (change.h).
 */
#pragma once

#include <jansson.h>

#include "base/core/status.h"
#include "base/model/origin.h"

/* The member "origin" of a finding. The fault names the member that is wrong. */
MUST_USE enum status intake_origin(const json_t *json, struct origin *ret, struct fault *why);
