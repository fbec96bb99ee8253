/* exchange/accord/accord.h - the body of an accord, read strictly.
 *
 * Type exhibit-accord/v1. What it holds beyond clauses and parties stands and falls
 * with the clause that governs it; a declined clause is quoted text, from which
 * nothing is ever read again. Schema: docs/schemas/accord.schema.json.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/limits.h"
#include "base/model/definition.h"
#include "exchange/accord/words.h"
#include "exchange/talk/statement.h"
#include "ledger/key.h"

#define ACCORD_TYPE       "exhibit-accord/v1"
#define ACCORD_LEAVE_TYPE "exhibit-leave/v1"
#define ACCORD_PING_TYPE  "exhibit-ping/v1"
#define ACCORD_PONG_TYPE  "exhibit-pong/v1"

enum {
    ACCORD_TEXT_MAX = 256, /* titles, mail addresses */
    ACCORD_CONTACTS_MAX = 8,
    ACCORD_NETWORKS_MAX = 64,
    ACCORD_SENSORS_MAX = 32,
    ACCORD_TLS_MAX = 8,
    ACCORD_WITNESSES_MAX = 16,
    ACCORD_VERSION_MAX = 10000,
    ACCORD_QUOTED_MAX = 1 << 16,
};

struct accord_contact {
    size_t lane; /* of ACCORD_LANES */
    char role[ACCORD_TEXT_MAX], mail[ACCORD_TEXT_MAX];
    char phone[64], hours[64]; /* "" when not said; "24/7" */
};

struct accord_party {
    char name[LEDGER_NAME_MAX + 1];
    char title[ACCORD_TEXT_MAX]; /* "" when not said */
    struct ledger_key key;
    bool has_next;
    struct digest next;
    size_t contact_n, network_n, sensor_n, tls_n;
    struct accord_contact contact[ACCORD_CONTACTS_MAX];
    struct prefix network[ACCORD_NETWORKS_MAX];
    char sensor[ACCORD_SENSORS_MAX][64];
    struct digest tls[ACCORD_TLS_MAX]; /* SHA-256 of certificates */
};

struct accord_witness {
    char name[64];
    struct ledger_key key;
};

/* Quoted. Nothing but showing is ever done with it. */
struct accord_declined {
    const struct accord_clause *clause;
    char by[LEDGER_NAME_MAX + 1];
    size_t ground;      /* of ACCORD_GROUNDS */
    const char *quoted; /* borrowed */
};

struct accord {
    char id[EXCHANGE_ID_TEXT]; /* of its first version's statement */
    unsigned version;
    char title[ACCORD_TEXT_MAX];
    char template_name[ACCORD_TEXT_MAX]; /* "" */
    size_t clause_n, party_n, witness_n, declined_n;
    const struct accord_clause *clause[ACCORD_CLAUSES_MAX];
    struct accord_party party[LIMIT_ACCORD_PARTIES];
    bool has_definitions, has_denials, has_grounds, has_limits, has_witnesses, has_sharing;
    struct definition_set definitions;
    uint32_t denials, grounds, recipients; /* bits by place in their lists */
    unsigned limits[ACCORD_LIMITS];        /* 0: not set */
    struct accord_witness witness[ACCORD_WITNESSES_MAX];
    unsigned quorum;
    size_t tlp;
    struct accord_declined declined[ACCORD_CLAUSES_MAX];
};

/* The body of a statement; borrows from it. *ret is the caller's, to free. ST_MALFORMED,
 * ST_LIMIT: why->field says which member. */
MUST_USE enum status accord_read(const struct exchange_statement *s, struct accord **ret,
                                 struct fault *why);
/* Is a body well formed? For one that is being made. */
MUST_USE enum status accord_body_check(const json_t *body, struct fault *why);

/* NULL: it is no party. */
const struct accord_party *accord_party_find(const struct accord *a, const char *name);
bool accord_has_clause(const struct accord *a, const char *id);

/* A policy (C2SP tlog-policy) that trusts this party's key and the accord's witnesses. */
void accord_policy_write(const struct accord *a, const char *party, struct buf *out);

/* JSON in the one spelling of a set of definitions, and back. NULL: no memory. */
json_t *accord_definitions_json(const struct definition_set *set);

/* --- shared by the files of this folder ------------------------------------------- */

MUST_USE enum status accord_party_read(const json_t *o, struct accord_party *ret,
                                       struct fault *why);
MUST_USE enum status accord_witnesses_read(const json_t *o, struct accord *a, struct fault *why);
MUST_USE enum status accord_definitions_read(const json_t *o, struct definition_set *ret,
                                             struct fault *why);
MUST_USE enum status accord_bits_read(const json_t *list, enum accord_list which, uint32_t *ret);
