/* attribute/vrp.h - validated ROA payloads: who may announce which networks.
 *
 * JSON as relying parties write it: rpki-client, Routinator, OctoRPKI and
 * GoRTR, RTRTR. An AS is a number or "AS64500", an instant is a number or text.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attribute/ranges.h"
#include "base/core/addr.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

enum { ATTRIBUTE_ANCHOR_MAX = 16 };

struct attribute_vrp {
    struct prefix net;
    uint8_t max_len;                   /* as in struct prefix: IPv4 from 96 */
    uint32_t asn;                      /* 0: must not be announced (RFC 6483, 4) */
    int64_t expires_ns;                /* INT64_MAX: not told */
    char anchor[ATTRIBUTE_ANCHOR_MAX]; /* trust anchor, or "" */
};

/* One network; its authorizations stand together. */
struct attribute_vrp_net {
    struct prefix net;
    uint32_t first, n;
    uint32_t wider; /* the next wider one, or ATTRIBUTE_NEST_NONE */
};

struct attribute_vrps {
    struct attribute_vrp *items;
    size_t n, cap;
    struct attribute_vrp_net *nets;
    size_t net_n;
    struct attribute_ranges ranges; /* values are nets */
    bool dated;
    int64_t date_ns;  /* when it was made */
    uint64_t skipped; /* about no network that can be announced */
};

/* An object that has "roas" in what is seen of it. */
bool attribute_vrps_sniff(struct bytes head);
/* *ret is the caller's, to give to _fini, also on failure. */
MUST_USE enum status attribute_vrps_parse(struct bytes text, struct attribute_vrps *ret,
                                          struct fault *why);
void attribute_vrps_fini(struct attribute_vrps *v);

/* The narrowest network with authorizations around an address; NULL: none. */
const struct attribute_vrp_net *attribute_vrps_find(const struct attribute_vrps *v,
                                                    const struct addr *a);
