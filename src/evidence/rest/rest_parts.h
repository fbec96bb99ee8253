/* evidence/rest/rest_parts.h - what writing and opening share. */
#pragma once

#include "evidence/rest/rest.h"

enum {
    REST_KEY_BYTES = 32,
    REST_TAG_BYTES = 16, /* of Poly1305 */
    REST_NET_BYTES = 17,
    REST_LOCAL_BYTES = 32, /* local16 | tsalt16 */
};

/* Which bits of a row there are. */
static inline bool rest_row_has_data(uint8_t type, uint16_t flags)
{
    return type == OBS_LOG || (type == OBS_PACKET && (flags & RECORD_DATA) != 0);
}

/* XChaCha20-Poly1305 over the private half, with the public one beside it. */
void rest_key(const struct evidence_engine *e, const struct evidence_secret *k_seg,
              uint8_t ret[REST_KEY_BYTES]);
extern const uint8_t rest_magic[8];
