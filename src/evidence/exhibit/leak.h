/* evidence/exhibit/leak.h - hidden fields from which a local address follows.
 *
 * Scanners write their target into sequence number or IP ID (Mirai, Masscan,
 * Unicornscan); opening such a field opens the address. Formulas: base/model/tool.h,
 * here in both byte orders, and one more or less for what is acknowledged.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/status.h"
#include "evidence/record.h"

/* Of one remote: what Unicornscan keeps constant, and for which targets; and the
 * targets that some field tells. Of those no TCP field is opened at all: sequence
 * numbers go on through a connection, so one is as good as any other. */
struct evidence_leaks {
    struct leak_key {
        uint32_t key, local;
    } * keys;
    size_t n, room;
    uint32_t *told; /* ascending once sorted */
    size_t told_n, told_room;
};

void evidence_leaks_fini(struct evidence_leaks *l);
/* All packets of the remote, before any is asked about. */
MUST_USE enum status evidence_leaks_add(struct evidence_leaks *l, const struct evidence_record *r,
                                        const struct evidence_hidden *h, const struct addr *local);
MUST_USE enum status evidence_leaks_sort(struct evidence_leaks *l);
/* Would opening these fields tell the address? */
bool evidence_leaks_tell(const struct evidence_leaks *l, const struct evidence_record *r,
                         const struct evidence_hidden *h, const struct addr *local);
