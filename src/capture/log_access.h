/* capture/log_access.h - access logs of web servers, one request a line.
 *
 * Apache's common, combined and vhost_combined formats and nginx's combined,
 * with any further fields behind them. The remote is the address that
 * connected; a forwarded-for header is never taken for it: its sender chooses
 * what it says.
 */
#pragma once

#include "base/model/observation.h"
#include "capture/log_scan.h"
#include "capture/log_time.h"

/* Fills o's addresses, ports and flags, l's status, method, path, agent,
 * user and host, and *stamp; the caller has set the rest. Nothing is changed
 * unless OBSERVATION is returned; NOTHING means that it is no such line.
 *
 * Text stays as it is in the line, with the server's own escapes ("\"",
 * "\x16"). A request that is not "METHOD TARGET PROTOCOL" has no method, and
 * all of it is the path; "-" and the empty one have neither. dst_port is the
 * virtual host's, 0 when the line does not say; dst is never known. */
enum log_found log_access_read(struct log_clock *clock, struct bytes line, struct observation *o,
                               struct obs_log *l, struct log_stamp *stamp);

/* Of use to the reader of JSON, too: */

/* "METHOD TARGET PROTOCOL", into l. */
void log_access_request(struct bytes request, struct obs_log *l);
/* "host:443", "host", "[2001:db8::1]:443": the name and the port, or 0. */
struct bytes log_access_port(struct bytes s, uint16_t *ret);
/* None for "-" and for nothing, by which servers say that there is none. */
struct bytes log_access_said(struct bytes s);
