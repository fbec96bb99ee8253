/* capture/log_syslog.h - who logged a line, when, and what.
 *
 * Read: RFC 3164 as it is found in files (with or without host, priority or
 * process id), RFC 5424, RFC 3339 times as rsyslog and journalctl -o short-iso
 * write them, and journalctl's short, short-precise, short-full and short-unix.
 *
 * The program is looked for in its own place only: words of a message never
 * count as a program's name.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "capture/log_scan.h"
#include "capture/log_time.h"

struct log_syslog {
    struct log_stamp stamp;
    enum log_form form;
    struct bytes host;    /* empty when the line has none */
    struct bytes program; /* without brackets, colon and process id; empty when unclear */
    struct bytes message;
    uint32_t pid; /* 0 when unknown */
};

/* False when the line is no such line. */
bool log_syslog_read(struct log_clock *clock, struct bytes line, struct log_syslog *ret);

/* Is this the name of OpenSSH's server? Since version 9.8 it is three programs:
 * sshd listens, sshd-session and sshd-auth serve. */
bool log_syslog_is_sshd(struct bytes program);
