/* base/model/login.h - the login services that captures are searched for.
 *
 * A definition of the method guess.shape is about one of them: the part of its
 * kind after the dot (bruteforce.ftp) names it.
 */
#pragma once

#include <stdint.h>

enum login_service {
    LOGIN_FTP,
    LOGIN_SSH,
    LOGIN_TELNET,
    LOGIN_SMTP,
    LOGIN_SMB,
    LOGIN_MYSQL,
    LOGIN_POSTGRESQL,
    LOGIN_RDP,
    LOGIN_POP3,
    LOGIN_IMAP,
    LOGIN_REDIS,
    LOGIN_SERVICES /* how many; also: none */
};

enum { LOGIN_PORTS_MAX = 4 };

const char *login_service_name(enum login_service s);
/* The TCP ports that are taken for it, 0 past the last. */
const uint16_t *login_service_ports(enum login_service s);
/* Of a kind: "bruteforce.ftp" is about LOGIN_FTP; LOGIN_SERVICES when none. */
enum login_service login_service_of_kind(const char *kind);
