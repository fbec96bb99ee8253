/* exchange/accord/draft.h - making and changing the body of an accord.
 *
 * Each change is made on a body of its own (accord_draft_copy); the result is checked as
 * a whole before it is signed. ST_MALFORMED: what was asked for cannot be said.
 */
#pragma once

#include <jansson.h>

#include "base/core/addr.h"
#include "base/core/status.h"
#include "base/model/definition.h"
#include "exchange/accord/accord.h"

/* A first version, without parties. NULL: no memory. */
json_t *accord_draft_new(const struct accord_template *t, const uint8_t id[EXCHANGE_ID_BYTES],
                         const struct definition_set *definitions);
/* The next version of a body, still the same but for its number. NULL: no memory. */
json_t *accord_draft_copy(const json_t *body);

/* A party alone, and put in place of the one of that name, or beside the others. */
json_t *accord_draft_party(const struct ledger_key *key, const struct digest *next);
MUST_USE enum status accord_draft_put_party(json_t *body, json_t *party);
/* Its party in a body, to be changed; NULL. */
json_t *accord_draft_party_of(json_t *body, const char *name);
/* Nothing, if it is not there. */
void accord_draft_drop_party(json_t *body, const char *name);
MUST_USE enum status accord_draft_title(json_t *party, const char *title);
/* "inquiry:desk@a.example[,PHONE[,HOURS[,ROLE]]]" */
MUST_USE enum status accord_draft_contact(json_t *party, const char *text);
MUST_USE enum status accord_draft_network(json_t *party, const struct prefix *net);
MUST_USE enum status accord_draft_sensor(json_t *party, const char *name);
MUST_USE enum status accord_draft_tls(json_t *party, const char *hex);

MUST_USE enum status accord_draft_definitions(json_t *body, const struct definition_set *set);
/* "answer_days=10", "tlp=RED", "pass_on=national-cert,customer", "denials=...", "grounds=..." */
MUST_USE enum status accord_draft_set(json_t *body, const char *text);
/* "NAME+...": a public key of type 04; the quorum is then all of them, or as set before. */
MUST_USE enum status accord_draft_witness(json_t *body, const struct ledger_key *key);
MUST_USE enum status accord_draft_quorum(json_t *body, unsigned quorum);
/* A clause of the catalogue, put at its place. */
MUST_USE enum status accord_draft_clause(json_t *body, const struct accord_clause *c);
/* Take a clause out, with what it governs, and keep it as quoted text. ST_END: it is
 * not there. */
MUST_USE enum status accord_draft_decline(json_t *body, const struct accord_clause *c,
                                          const char *by, const char *ground);
