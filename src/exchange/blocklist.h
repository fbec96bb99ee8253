/* exchange/blocklist.h - addresses that a firewall may drop.
 *
 * Two-way proven remotes outside only: what may be forged would block whoever
 * is impersonated. Never one's own networks, nor what is on the allow-list.
 */
#pragma once

#include "base/core/status.h"
#include "exchange/notice.h"

enum blocklist_form { BLOCKLIST_NFT, BLOCKLIST_IPSET, BLOCKLIST_PLAIN };

/* Addresses in order, each once; *ret_n of them. */
MUST_USE enum status blocklist_make(const struct notice_item *items, size_t n,
                                    const struct local_nets *own, struct addr **ret, size_t *ret_n);
/* May fail for memory: out->failed. */
void blocklist_write(struct buf *out, enum blocklist_form form, const struct addr *list, size_t n);
