/* exchange/case/said.h - the bodies of a case's statements, read strictly.
 *
 * Types exhibit-notice/v1, -receipt/v1, -answer/v1, -outcome/v1, -withdrawal/v1.
 * docs/FORMATS.md, "Cases"; schema: docs/schemas/case.schema.json. A notice begins a
 * case: its id is the case's. All others answer it ("previous" is its hash).
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/limits.h"
#include "base/model/definition.h"
#include "exchange/case/state.h"
#include "exchange/talk/handed.h"
#include "exchange/talk/statement.h"
#include "ledger/key.h"

/* One claim of an enclosed exhibit, as the notice sums it up. */
struct case_claim {
    size_t exhibit; /* place in `enclosed`, from 0 */
    size_t number;  /* as that exhibit counts, from 1 */
    char definition[DEFINITION_TEXT_MAX];
    int64_t first_ns, last_ns; /* in whole seconds */
    size_t remote_n;
    struct addr remote[LIMIT_CASE_REMOTES]; /* ascending; the first of them, if there are more */
};

enum { CASE_RESULT_NEIGHBOURS = 8 };

/* A file that goes along; kept by its hash (exchange_file_get). */
struct case_enclosed {
    char name[EXCHANGE_FILE_NAME_MAX];
    struct digest hash;
    uint64_t size_bytes;
};

/* What an outcome says of one address. Nothing of it names a target. */
struct case_result {
    struct addr address;
    enum case_outcome word;
    uint64_t records, findings; /* from it, later */
    bool has_time;              /* of its findings, else of its records */
    int64_t first_ns, last_ns;
    size_t neighbour_n;    /* with moved */
    struct addr neighbour; /* the first of them */
};

struct case_said {
    struct case_event event;   /* `by` is set by whoever knows the case */
    char id[EXCHANGE_ID_TEXT]; /* of the case */
    const char *note;          /* borrowed from the statement; "" */
    size_t enclosed_n;
    struct case_enclosed enclosed[LIMIT_HANDED_ENCLOSED];
    /* A notice. */
    char to[LEDGER_NAME_MAX + 1];
    struct ledger_key key; /* of who says it, and the promise of the one after it */
    bool has_next, has_accord;
    struct digest next;
    char accord[EXCHANGE_ID_TEXT]; /* whose terms it follows, and which version of them */
    struct digest accord_hash;
    size_t lane, tlp; /* of ACCORD_LANES, ACCORD_TLP */
    size_t claim_n;
    struct case_claim *claim;           /* in the same block of memory */
    const char *form[CASE_FORM_FIELDS]; /* borrowed; NULL: not filled in */
    /* An answer. */
    enum case_opinion observation, attribution;
    uint32_t denials;         /* of ACCORD_DENIALS; with CASE_DISPUTED, else 0 */
    size_t ground;            /* of ACCORD_GROUNDS; with CASE_DECLINED */
    const char *forwarded_to; /* borrowed; "" */
    bool has_preserved;
    int64_t preserved_ns; /* until when data is kept */
    /* An outcome: of records later than `since`, which go from `from` to `to`. */
    bool has_since, has_looked, sealed;
    int64_t since_ns, looked_from_ns, looked_to_ns;
    uint64_t looked_records;
    size_t result_n;
    struct case_result *result; /* as above */
};

/* NULL: it is no statement of a case. */
const char *case_type(enum case_kind k); /* "exhibit-notice/v1" */
bool case_type_is(const char *type, enum case_kind *ret);

/* Borrows from s. *ret is the caller's, to free with free(). ST_MALFORMED, ST_LIMIT: why->field
 * says which member. */
MUST_USE enum status case_said_read(const struct exchange_statement *s, struct case_said **ret,
                                    struct fault *why);
