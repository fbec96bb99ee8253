/* detect/local/look.h - which networks are one's own, when nobody said so.
 *
 * A fixed rule over the first LOCAL_LOOKED packets, in one pass, so that it
 * works on a pipe; it is written out in exhibit-analyze(1):
 * 1. If half of the packets have a private address at one end, all private
 *    networks are local.
 * 2. Else the destinations of what is asked for: if at most eight addresses,
 *    else eight /24 (IPv6 /64), else eight /16 (/48) take 95 of 100 packets
 *    that ask, these are local, but for those that ask more than they are
 *    asked.
 * 3. Else the same for the sources of what is asked for.
 * 4. Else none are known.
 */
#pragma once

#include <stdbool.h>

#include "base/core/addr.h"
#include "base/core/status.h"
#include "base/model/local.h"

enum { LOCAL_LOOKED = 16384 };

struct local_look;
MUST_USE enum status local_look_new(struct local_look **ret);
void local_look_free(struct local_look *l);
/* Cheap once enough packets were seen. */
void local_look_add(struct local_look *l, const struct addr *src, const struct addr *dst,
                    bool asks);
bool local_look_full(const struct local_look *l);
MUST_USE enum status local_look_decide(const struct local_look *l, struct local_nets *ret);
