/* attribute/sources.h - all sources of a run, asked together.
 *
 * Add before a cage is entered, load inside it, then look up. No network ever.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/status.h"
#include "base/model/contact.h"
#include "base/model/origin.h"
#include "base/model/remark.h"

struct attribute_sources;

MUST_USE enum status attribute_sources_new(int64_t now_ns, struct attribute_sources **ret);
void attribute_sources_free(struct attribute_sources *set);
static inline void attribute_sources_freep(struct attribute_sources **set)
{
    attribute_sources_free(*set);
}

/* What Debian's packages installed where they install it. One that is missing
 * or cannot be read becomes a remark that names its package. */
MUST_USE enum status attribute_sources_add_defaults(struct attribute_sources *set,
                                                    struct remark_list *remarks);
/* Where these are, one after the other; NULL past the end. */
const char *attribute_sources_default(size_t i);
/* One more, as on the command line (attribute/spec.h). The fault says what is
 * wrong with the text or the file. */
/* A remark on one that cannot be used: which, where in it and why. A long name
 * is cut at its front. */
void attribute_sources_complain(const char *spec, enum status st, const struct fault *why,
                                struct remark_list *remarks);
MUST_USE enum status attribute_sources_add(struct attribute_sources *set, const char *spec,
                                           struct remark_list *remarks, struct fault *why);

/* The same, if it is of one of these formats (a bit for each of enum
 * origin_format); any other is left out, which is no failure. */
MUST_USE enum status attribute_sources_add_of(struct attribute_sources *set, const char *spec,
                                              uint32_t formats, struct remark_list *remarks,
                                              struct fault *why);

/* Read and parse what addresses of these families need; call again for more.
 * A source that is broken becomes a remark (partial) and says nothing. Fails
 * only without memory. */
MUST_USE enum status attribute_sources_load(struct attribute_sources *set, bool v4, bool v6,
                                            struct remark_list *remarks);

/* Everything about one address at one instant. Special-purpose addresses are
 * told apart first; one that cannot be a source on the Internet gets no
 * further answer. */
void attribute_sources_lookup(const struct attribute_sources *set, const struct addr *a,
                              int64_t event_ns, struct origin *ret);

/* Whom to write to about a host there, by saved answers; false: none is about
 * it. The narrowest network with a contact; mail may be "". */
bool attribute_sources_contact(const struct attribute_sources *set, const struct addr *a,
                               struct contact *ret);

/* What statements count; digests are there after loading. Borrowed, until the
 * next add or load. */
const struct origin_sources *attribute_sources_info(const struct attribute_sources *set);

/* How many there are, and one of them for the files that know its inside
 * (attribute/source_parts.h): NULL when it is broken or was not loaded. */
struct attribute_source;
size_t attribute_sources_count(const struct attribute_sources *set);
const struct attribute_source *attribute_sources_at(const struct attribute_sources *set, size_t i);

/* Before the sources are asked: what kind of address it is, and what it
 * carries inside. False: it cannot be a source on the Internet. */
bool attribute_sources_begin(const struct addr *a, int64_t event_ns, struct origin *ret);

/* The source of routes nearest in date to the event, or -1; without those of
 * which a bit is set. */
int attribute_sources_routes(const struct attribute_sources *set, int64_t event_ns,
                             uint64_t without);
/* Is the address announced, as that source knows it? */
bool attribute_sources_announced(const struct attribute_sources *set, int source,
                                 const struct addr *a);
