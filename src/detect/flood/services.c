/* detect/flood/services.c - the table of services that answer at length. */
#include "detect/flood/services.h"

#include <assert.h>

#include "base/core/status.h"

/* The mean payload is that from which on their answers are no longer everyday
 * ones. Ports and factors: US-CERT TA14-017A; Rossow, "Amplification Hell",
 * 2014. The sizes are ours: above what each service says in ordinary use.
 * Numbers of questions: RFC 1035, 4.1.1; RFC 1002, 4.2.1; RFC 7252, 3;
 * memcached's doc/protocol.txt, "UDP protocol". */
static const struct amplifier services[AMPLIFIERS] = {
    {17, 100, "qotd", 0},     {19, 200, "chargen", 0},     {53, 512, "dns", 2},
    {69, 500, "tftp", 0},     {111, 200, "portmap", 4},    {123, 200, "ntp", 0},
    {137, 250, "netbios", 2}, {161, 400, "snmp", 0},       {389, 500, "cldap", 0},
    {427, 300, "slp", 0},     {520, 300, "rip", 0},        {1434, 300, "mssql", 0},
    {1900, 250, "ssdp", 0},   {3283, 500, "ard", 0},       {3702, 500, "ws-discovery", 0},
    {5060, 600, "sip", 0},    {5093, 500, "sentinel", 0},  {5353, 300, "mdns", 2},
    {5683, 300, "coap", 4},   {10001, 100, "ubiquiti", 0}, {11211, 500, "memcached", 8},
    {27015, 500, "steam", 0}, {30120, 300, "fivem", 0},    {37810, 300, "dvr", 0},
};

int amplifier_of(uint16_t port)
{
    int low = 0;
    int high = AMPLIFIERS;
    while (low < high) { /* they are in order of port */
        int mid = (low + high) / 2;
        if (services[mid].port < port) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < AMPLIFIERS && services[low].port == port ? low : -1;
}

const struct amplifier *amplifier_at(int number)
{
    assert(number >= 0 && number < AMPLIFIERS);
    return &services[number];
}
