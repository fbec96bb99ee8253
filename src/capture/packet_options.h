/* capture/packet_options.h - which options a TCP header has.
 *
 * RFC 9293, 3.1 and 3.2; RFC 7323; RFC 2018.
 */
#pragma once

#include <stdint.h>

#include "base/core/cursor.h"
#include "base/model/observation.h"

/* Which options are there (enum obs_option). */
uint8_t packet_tcp_options(const uint8_t *p, size_t n);

/* How systems and tools lay out the options of a SYN: those bytes that say which
 * they are, by the number of words. */
enum { TCP_LAYOUT_BYTES = 24 };
struct tcp_layout {
    uint64_t mask[3], value[3]; /* of the first bytes, little-endian */
    uint8_t options;            /* enum obs_option */
};
extern const struct tcp_layout packet_tcp_layouts[11];

/* The same as packet_tcp_options, without its branches when the layout is one of
 * those; `room` bytes from p on can be read. */
static inline __attribute__((always_inline)) uint8_t packet_syn_options(const uint8_t *p,
                                                                        uint32_t n, uint64_t room)
{
    const struct tcp_layout *l = &packet_tcp_layouts[n / 4];
    if (__builtin_expect(room < TCP_LAYOUT_BYTES || n % 4 != 0, 0)) {
        return packet_tcp_options(p, n);
    }
    uint64_t differ = ((load_le64(p) & l->mask[0]) ^ l->value[0]) |
                      ((load_le64(p + 8) & l->mask[1]) ^ l->value[1]) |
                      ((load_le64(p + 16) & l->mask[2]) ^ l->value[2]);
    return differ == 0 ? l->options : packet_tcp_options(p, n);
}
