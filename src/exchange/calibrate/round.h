/* exchange/calibrate/round.h - a round: which scenarios which parties judge.
 *
 * Type exhibit-calibration/v1. The captures do not go along: the round names them by
 * their hashes. Schema: docs/schemas/calibration.schema.json.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/core/addr.h"
#include "base/core/limits.h"
#include "exchange/calibrate/words.h"
#include "exchange/talk/statement.h"

#define CALIBRATE_ROUND_TYPE "exhibit-calibration/v1"

enum {
    CALIBRATE_NAME_MAX = 48,
    CALIBRATE_TEXT_MAX = 600,
    CALIBRATE_LOCAL_MAX = 4,
};

struct calibrate_scenario {
    char id[CALIBRATE_NAME_MAX]; /* lower-case letters, digits and hyphens */
    size_t kind;                 /* of CALIBRATE_KINDS */
    char text[CALIBRATE_TEXT_MAX];
    struct digest capture; /* SHA-256 of the file */
    size_t local_n;        /* networks that are one's own in it */
    struct prefix local[CALIBRATE_LOCAL_MAX];
};

struct calibrate_round {
    char id[EXCHANGE_ID_TEXT], accord[EXCHANGE_ID_TEXT];
    size_t party_n, scenario_n;
    char party[LIMIT_CALIBRATE_PARTIES][LEDGER_NAME_MAX + 1]; /* by name */
    struct calibrate_scenario scenario[LIMIT_CALIBRATE_SCENARIOS];
};

/* On ST_OK, *ret is the caller's, to free. ST_MALFORMED, ST_LIMIT: why->field says
 * which member. */
MUST_USE enum status calibrate_round_read(const struct exchange_statement *s,
                                          struct calibrate_round **ret, struct fault *why);
/* -1: it is none of them. */
int calibrate_party_place(const struct calibrate_round *r, const char *name);
int calibrate_scenario_place(const struct calibrate_round *r, const char *id);

/* A folder's scenarios.json: an array for a round, still without hashes of captures. */
MUST_USE enum status calibrate_list_read(struct bytes file, json_t **ret, struct fault *why);
/* Say which capture a scenario of that array has. */
MUST_USE enum status calibrate_list_capture(json_t *scenario, const struct digest *hash);

/* What a round is made of; `scenarios` is borrowed. NULL: no memory. */
json_t *calibrate_round_body(const char *id, const char *accord, const char *const *parties,
                             size_t n, json_t *scenarios);
