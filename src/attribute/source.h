/* attribute/source.h - one source of attribution, of any format.
 *
 * Opened before a cage is entered; loaded (read and parsed) inside one, and
 * only when addresses of its family are met. MaxMind and libloc databases are
 * read and opened at once, because their libraries open files. A source that
 * turns out broken says nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attribute/spec.h"
#include "base/core/addr.h"
#include "base/core/status.h"
#include "base/model/origin.h"
#include "base/model/remark.h"

struct attribute_source;

/* The format is told by content. now_ns is only compared with dates that files
 * state: one that lies in the future is not believed. `index` is the source's
 * number in its set, for remarks. */
MUST_USE enum status attribute_source_open(const struct attribute_spec *spec, unsigned index,
                                           int64_t now_ns, struct attribute_source **ret,
                                           struct remark_list *remarks, struct fault *why);
void attribute_source_free(struct attribute_source *s);

/* Can it know anything about addresses of this family? */
bool attribute_source_serves(const struct attribute_source *s, bool v4, bool v6);
/* Read and parse, once. */
MUST_USE enum status attribute_source_load(struct attribute_source *s, struct remark_list *remarks,
                                           struct fault *why);

/* Its file, as it was named. */
const char *attribute_source_path(const struct attribute_source *s);
/* Its name for a remark: plain ASCII, cut to fit. */
enum { ATTRIBUTE_LABEL_MAX = 29 };
void attribute_source_label(const struct attribute_source *s, char out[ATTRIBUTE_LABEL_MAX]);

/* Identity, digest and date; the digest is known once it is loaded. */
const struct origin_source *attribute_source_info(const struct attribute_source *s);

/* Add what it states about a to o. Nothing when it is not loaded. */
void attribute_source_state(const struct attribute_source *s, const struct addr *a,
                            struct origin *o);

struct attribute_contacts;
/* The contacts that it names; NULL when it names none or is not loaded. */
const struct attribute_contacts *attribute_source_contacts(const struct attribute_source *s);

/* Does it know which networks are announced? */
bool attribute_source_routes(const struct attribute_source *s);
bool attribute_source_announced(const struct attribute_source *s, const struct addr *a);
