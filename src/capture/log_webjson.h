/* capture/log_webjson.h - access logs of web servers in JSON, one request a line.
 *
 * nginx and Apache write what their administrator named; Caddy and Traefik
 * have names of their own. A name is known or not; the list is in the .c file.
 * As everywhere, the remote is the address that connected: Caddy's client_ip
 * and Traefik's ClientHost, which may come out of a forwarded-for header, are
 * only used where nothing better is written.
 */
#pragma once

#include "base/model/observation.h"
#include "capture/log_json.h"
#include "capture/log_scan.h"
#include "capture/log_time.h"

/* As log_access_read, with JSON's own escapes undone, into `room` where they
 * must be; the room has as many bytes as the line. */
enum log_found log_webjson_read(struct log_clock *clock, struct bytes line, struct log_room *room,
                                struct observation *o, struct obs_log *l, struct log_stamp *stamp);
