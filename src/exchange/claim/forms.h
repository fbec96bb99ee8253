/* exchange/claim/forms.h - what the readers of the several forms share. */
#pragma once

#include <jansson.h>
#include <string.h>

#include "base/model/finding.h"
#include "exchange/claim/draft.h"
#include "exchange/claim/read.h"

struct claim_reading {
    const struct claim_options *opt;
    struct claim_clock clock; /* as the claim itself corrects it */
    struct claim_set *set;
    bool in_mail;
    bool xarf;        /* the mail says it is X-ARF */
    bool evidence;    /* what is read is part of a report */
    bool packed;      /* it came out of an archive */
    size_t allowance; /* of bytes that may still be unpacked */
    size_t before;    /* claims of other mails */
};

/* The outermost form names the set. */
void claim_form(struct claim_reading *r, const char *name);
/* Any content that is no mail. */
MUST_USE enum status claim_read_content(struct claim_reading *r, struct bytes s);

/* Is it a table with a header line that names addresses and times? */
bool claim_csv_sniff(struct bytes s);
MUST_USE enum status claim_read_csv(struct claim_reading *r, struct bytes s);
MUST_USE enum status claim_read_text(struct claim_reading *r, struct bytes s);

/* A line of a log that tells of packets, requests or alerts. */
bool claim_line_read(struct claim_reading *r, struct bytes s, struct claim *ret);
/* Members with names that are known (claim_key_of); false: they name no sender or
 * no time. */
bool claim_of_members(struct claim_reading *r, const json_t *o, struct claim_draft *d);

/* One document of JSON; ST_MALFORMED when its kind is not known. */
MUST_USE enum status claim_read_json(struct claim_reading *r, const json_t *root);
MUST_USE enum status claim_read_misp(struct claim_reading *r, const json_t *event);
MUST_USE enum status claim_read_stix(struct claim_reading *r, const json_t *bundle);

/* Does it begin like an exhibit? Then *why tells what is wrong with it. */
bool claim_exhibit_sniff(struct bytes s);
MUST_USE enum status claim_read_exhibit(struct claim_reading *r, struct bytes s, struct fault *why);

/* A finding, as its writer's word. False: it names no initiator. */
bool claim_of_finding(const struct finding *f, struct claim *ret);

static inline struct bytes claim_json_text(const json_t *j)
{
    const char *s = json_string_value(j);
    return s != NULL ? bytes_of(s, json_string_length(j)) : (struct bytes){0};
}

/* The same; of what is no text, how JSON writes it, in `room`, cut to fit. */
static inline struct bytes claim_json_value(const json_t *j, char *room, size_t size)
{
    if (j == NULL || json_is_null(j) || json_is_string(j)) {
        return claim_json_text(j);
    }
    memset(room, ' ', size); /* where a longer one does not fit, nothing is written */
    size_t n = json_dumpb(j, room, size, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
    return bytes_of(room, n < size ? n : size);
}

static inline struct bytes claim_json_member(const json_t *o, const char *key)
{
    return claim_json_text(json_object_get(o, key));
}
