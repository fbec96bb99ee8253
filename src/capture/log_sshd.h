/* capture/log_sshd.h - what a message of OpenSSH's server says.
 *
 * User names, version strings, key names and reasons are chosen by whoever
 * connects, and may be made to look like the rest of a message. OpenSSH writes
 * each message by one format; the address is taken from where that format has
 * it, never from the first place that looks like one. Where a format has
 * hostile text on both sides of the address, and more than one reading is
 * possible, none is taken.
 */
#pragma once

#include "base/model/observation.h"
#include "capture/log_scan.h"

/* Fills o's addresses and ports and what l says of the message: outcome, tally,
 * weak, repeat, user, method, and session where the message names another. The
 * caller has set the rest; nothing is changed unless OBSERVATION is returned.
 * dst stays as it is unless the message names the server's address. */
enum log_found log_sshd_read(struct log_text message, struct observation *o, struct obs_log *l);
