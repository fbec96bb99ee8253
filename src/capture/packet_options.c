/* capture/packet_options.c - option by option, and how most lay them out. */
#include "capture/packet_options.h"

uint8_t packet_tcp_options(const uint8_t *p, size_t n)
{
    uint8_t seen = 0;
    size_t i = 0;
    while (i < n && p[i] != 0) {
        uint8_t kind = p[i];
        if (kind == 1) {
            i++;
            continue;
        }
        if (i + 1 >= n || p[i + 1] < 2) {
            break;
        }
        if (seen == 0 && kind == 2) {
            seen |= OPT_FIRST_MSS;
        }
        seen |= kind == 2   ? OPT_MSS
                : kind == 3 ? OPT_WSCALE
                : kind == 4 ? OPT_SACK
                : kind == 8 ? OPT_TIMESTAMP
                            : OPT_OTHER;
        i += p[i + 1];
    }
    return seen;
}

/* By words. The masks leave out what the options are about: sizes and times. */
#define NO_LAYOUT                                                                                  \
    {                                                                                              \
        {0}, {1}, 0                                                                                \
    } /* a value that no bytes have */

/* clang-format off */
const struct tcp_layout packet_tcp_layouts[11] = {
    {{0}, {0}, 0},
    /* MSS alone: tools */
    {{0xffff}, {0x0402}, OPT_MSS | OPT_FIRST_MSS},
    /* MSS, no-operation twice, SACK */
    {{0xffffffff0000ffff}, {0x0204010100000402}, OPT_MSS | OPT_FIRST_MSS | OPT_SACK},
    /* MSS, no-operation, window scale, no-operation twice, SACK: Windows */
    {{0x00ffffff0000ffff, 0xffffffff}, {0x0003030100000402, 0x02040101},
     OPT_MSS | OPT_FIRST_MSS | OPT_WSCALE | OPT_SACK},
    NO_LAYOUT,
    /* MSS, SACK, timestamp, no-operation, window scale: Linux */
    {{0xffffffff0000ffff, 0, 0x00ffffff}, {0x0a08020400000402, 0, 0x00030301},
     OPT_MSS | OPT_FIRST_MSS | OPT_SACK | OPT_TIMESTAMP | OPT_WSCALE},
    NO_LAYOUT, NO_LAYOUT, NO_LAYOUT, NO_LAYOUT, NO_LAYOUT,
};
/* clang-format on */
