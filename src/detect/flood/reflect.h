/* detect/flood/reflect.h - a server that is made to answer somebody who did not
 * ask: flood.amplification, as the reflector sees it.
 *
 * Here the questions are seen, and bear the victim's address. What tells them
 * from a client's is that they are one question, again and again, many times a
 * second, whose answers are long: a client that had read the first answer
 * would not ask. It needs the beginning of the questions' payload.
 */
#pragma once

#include "base/core/status.h"
#include "base/model/definition.h"
#include "base/model/finding.h"
#include "detect/contact/contact.h"

struct reflect;

MUST_USE enum status reflect_new(const struct definition_set *definitions,
                                 struct finding_list *findings, uint64_t seed,
                                 struct reflect **ret);
void reflect_free(struct reflect *r);
MUST_USE enum status reflect_feed(struct reflect *r, const struct obs_batch *batch,
                                  const struct contact *c);
MUST_USE enum status reflect_finish(struct reflect *r);
