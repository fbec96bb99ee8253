/* base/model/flow.h - some of an initiator's connections, exact.
 *
 * With time and source port whoever shares an address between customers finds
 * the one who had it (RFC 6302, 2).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { FLOWS_MAX = 4 };

struct flow {
    int64_t time_ns;
    uint16_t source_port; /* the initiator's */
    uint16_t target_port; /* 0: not known */
};

struct flows {
    size_t n;
    struct flow items[FLOWS_MAX];
};

/* One more, while there is room and its ports are new. Source port 0 is none. */
static inline void flows_add(struct flows *l, int64_t time_ns, uint16_t source_port,
                             uint16_t target_port)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->items[i].source_port == source_port && l->items[i].target_port == target_port) {
            return;
        }
    }
    if (source_port != 0 && l->n < FLOWS_MAX) {
        l->items[l->n++] = (struct flow){time_ns, source_port, target_port};
    }
}
