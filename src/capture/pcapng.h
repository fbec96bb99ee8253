/* capture/pcapng.h - pcapng files: sections, interfaces, packets.
 *
 * draft-ietf-opsawg-pcapng. Enhanced, simple and obsolete packet blocks are
 * read; all other blocks are stepped over, whatever they are.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/status.h"
#include "base/model/observation.h"
#include "base/model/remark.h"
#include "capture/packet.h"
#include "capture/stream.h"

struct pcapng_interface {
    uint16_t linktype;
    bool supported;
    uint8_t tsresol;  /* as in the option: 6 when absent */
    uint32_t snaplen; /* 0: none */
    int64_t offset_s; /* to add to every time */
};

struct capture_pcapng {
    unsigned input;
    bool big;
    bool used_big; /* of the block that was used last */
    bool in_section;
    bool done;
    size_t interfaces_n, interfaces_cap;
    struct pcapng_interface *interfaces; /* of this section; owned */
    int64_t last_ns;                     /* for packets without a time */
    uint64_t records;
    uint32_t sections;
};

bool capture_pcapng_sniff(struct bytes first);
void capture_pcapng_init(struct capture_pcapng *f, unsigned input);
void capture_pcapng_fini(struct capture_pcapng *f);
/* As capture_savefile_next. */
MUST_USE enum status capture_pcapng_next(struct capture_pcapng *f, struct stream *s,
                                         struct obs_batch *batch, struct remark_list *remarks,
                                         struct fault *why);

/* The packet block at the front of these bytes, again, and its interface; false
 * when there is none. Of the section that is read now. */
bool capture_pcapng_frame(const struct capture_pcapng *f, struct bytes b, struct packet_frame *ret,
                          uint32_t *ret_interface);
