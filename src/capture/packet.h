/* capture/packet.h - from a captured frame to observations.
 *
 * A frame gives one observation, and one more for every packet that it carries
 * inside a tunnel (at most LIMIT_TUNNELS). Headers that lie about lengths are
 * read as far as they can be and flagged, never trusted.
 */
#pragma once

#include <stdint.h>

#include "base/core/cursor.h"
#include "base/core/limits.h"
#include "base/model/observation.h"

struct packet_frame {
    struct bytes data;
    uint32_t linktype;
    uint32_t wire_len;
    int64_t time_ns;
    uint64_t pos;
};

enum { PACKET_OBS_MAX = 1 + LIMIT_TUNNELS };

/* Appends to batch, which must have room for PACKET_OBS_MAX more. A frame
 * that carries nothing that is read gives an observation of proto
 * PROTO_NOT_IP between unspecified addresses. */
void packet_decode(const struct packet_frame *frame, struct obs_batch *batch);

enum { PROTO_NOT_IP = 254 };
