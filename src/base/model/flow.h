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

/* Only those within these times: before and after, another may have had the address. */
static inline void flows_within(struct flows *l, int64_t first_ns, int64_t last_ns)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (l->items[i].time_ns >= first_ns && l->items[i].time_ns <= last_ns) {
            l->items[n++] = l->items[i];
        }
    }
    l->n = n;
}
