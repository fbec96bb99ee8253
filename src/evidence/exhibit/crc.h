/* evidence/exhibit/crc.h - the checksum of ZIP members (IEEE 802.3, reflected).
 *
 * It protects from nobody: hashes do that. But unzip wants it.
 */
#pragma once

#include <stdint.h>

#include "base/core/cursor.h"

uint32_t evidence_crc32(struct bytes s);
/* The same without the processor's instructions for it. */
uint32_t evidence_crc32_portable(struct bytes s);
