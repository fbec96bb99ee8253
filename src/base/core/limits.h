/* base/core/limits.h - every limit on what an input may make us do.
 *
 * Each has a line in docs/THREATS.md; messages name the limit that was met.
 */
#pragma once

/* capture */
enum {
    /* A frame's captured bytes. Wireshark's WTAP_MAX_PACKET_SIZE_STANDARD. */
    LIMIT_FRAME_BYTES = 262144,
    /* A pcapng block. Name resolution and decryption secrets blocks are skipped
     * piecewise, so only blocks that must be whole count against it. */
    LIMIT_BLOCK_BYTES = 1 << 20,
    /* Interfaces of one pcapng section: 65,536 would cost 1.5 MiB. */
    LIMIT_INTERFACES = 65536,
    /* One log line; longer ones are remarked on and skipped. */
    LIMIT_LINE_BYTES = 65536,
    /* Headers inside headers: VLAN tags, MPLS labels, tunnels, extensions. */
    LIMIT_LAYERS = 16,
    /* Packets inside packets that become observations of their own. */
    LIMIT_TUNNELS = 4,
    /* Inputs of one run: positions keep 16 bits for them. */
    LIMIT_INPUTS = 65535,
    /* Different remarks of one input. */
    LIMIT_REMARKS = 64,
    /* A gzip or zstd frame may need this much window. */
    LIMIT_WINDOW_LOG = 27,
};
