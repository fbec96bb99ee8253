/* base/core/json.h - members of objects that jansson has read.
 *
 * A reader asks for one member after the other and looks once at the end: the first
 * thing that was wrong sticks. What is asked for is bounded; texts are borrowed.
 * Writing is emit.h.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

struct json_reader {
    enum status st;    /* ST_OK: nothing was wrong */
    const char *wrong; /* the member */
};

void json_refuse(struct json_reader *r, enum status st, const char *key);

/* For CLEANUP. */
void json_unref(json_t **j);
/* Empty when it is no string, or not there. */
struct bytes json_text(const json_t *j);
struct bytes json_text_of(const json_t *object, const char *key);

/* A string that must be there: words of ours, letters, digits and these marks. */
void json_words(struct json_reader *r, const json_t *object, const char *key, const char *marks,
                char *out, size_t size);
/* 0 when it is not there. */
uint64_t json_count(struct json_reader *r, const json_t *object, const char *key, uint64_t max);
/* These must be there. */
int64_t json_instant(struct json_reader *r, const json_t *object, const char *key);
void json_address(struct json_reader *r, const json_t *object, const char *key, struct addr *ret);
