/* base/model/login.c - the login services that captures are searched for. */
#include "base/model/login.h"

#include <string.h>

/* Ports of the IANA registry, and those that people commonly move a service
 * to. Only what can be read there counts: a wrong port does no harm. */
static const struct {
    const char *name;
    uint16_t ports[LOGIN_PORTS_MAX + 1];
} services[LOGIN_SERVICES] = {
    [LOGIN_FTP] = {"ftp", {21, 2121}},
    [LOGIN_SSH] = {"ssh", {22, 2222}},
    [LOGIN_TELNET] = {"telnet", {23, 2323}},
    [LOGIN_SMTP] = {"smtp", {25, 587, 2525}},
    [LOGIN_SMB] = {"smb", {139, 445}},
    [LOGIN_MYSQL] = {"mysql", {3306}},
    [LOGIN_POSTGRESQL] = {"postgresql", {5432}},
    [LOGIN_RDP] = {"rdp", {3389}},
    [LOGIN_POP3] = {"pop3", {110}},
    [LOGIN_IMAP] = {"imap", {143}},
    [LOGIN_REDIS] = {"redis", {6379}},
};

const char *login_service_name(enum login_service s)
{
    return services[s].name;
}

const uint16_t *login_service_ports(enum login_service s)
{
    return services[s].ports;
}

enum login_service login_service_of_kind(const char *kind)
{
    const char *dot = strchr(kind, '.');
    for (unsigned s = 0; dot != NULL && s < LOGIN_SERVICES; s++) {
        if (strcmp(dot + 1, services[s].name) == 0) {
            return (enum login_service)s;
        }
    }
    return LOGIN_SERVICES;
}
