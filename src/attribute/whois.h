/* attribute/whois.h - saved whois answers about networks, of all five registries.
 *
 * RPSL (RIPE, APNIC, AFRINIC), ARIN's and LACNIC's forms; a file may hold many
 * answers, one behind the other. Only what is meant for abuse is taken:
 *
 *   % Abuse contact for 'FIRST - LAST' is 'MAIL'     RIPE, APNIC, AFRINIC
 *   abuse-mailbox: MAIL                              in roles and incident teams
 *   OrgAbuseEmail:, RAbuseEmail:                     ARIN
 *   abuse-c: HANDLE ... nic-hdl: HANDLE, e-mail:     LACNIC
 */
#pragma once

#include <stdbool.h>

#include "attribute/contacts.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

/* By the first bytes: a line that begins the record of a network. */
bool attribute_whois_sniff(struct bytes head);
/* *ret is the caller's, to give to attribute_contacts_fini, also on failure. */
MUST_USE enum status attribute_whois_parse(struct bytes text, struct attribute_contacts *ret,
                                           struct fault *why);
