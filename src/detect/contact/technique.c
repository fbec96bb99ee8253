/* detect/contact/technique.c - what the techniques are called. */
#include "detect/contact/contact.h"

const char *technique_name(enum technique t)
{
    static const char *const names[TECH_COUNT] = {
        [TECH_NONE] = "none",
        [TECH_SYN] = "syn",
        [TECH_FIN] = "fin",
        [TECH_NULL] = "null",
        [TECH_XMAS] = "xmas",
        [TECH_MAIMON] = "maimon",
        [TECH_ACK] = "ack",
        [TECH_UDP] = "udp",
        [TECH_ICMP_ECHO] = "icmp-echo",
        [TECH_ICMP_TIMESTAMP] = "icmp-timestamp",
        [TECH_ICMP_MASK] = "icmp-mask",
        [TECH_ARP] = "arp",
        [TECH_SCTP_INIT] = "sctp-init",
        [TECH_SCTP_COOKIE] = "sctp-cookie-echo",
        [TECH_IP_PROTOCOL] = "ip-protocol",
        [TECH_BACKSCATTER] = "backscatter",
    };
    return (unsigned)t < TECH_COUNT ? names[t] : "none";
}

const char *technique_protocol(enum technique t)
{
    switch (t) {
    case TECH_UDP:
        return "udp";
    case TECH_ICMP_ECHO:
    case TECH_ICMP_TIMESTAMP:
    case TECH_ICMP_MASK:
        return "icmp";
    case TECH_ARP:
        return "arp";
    case TECH_SCTP_INIT:
    case TECH_SCTP_COOKIE:
        return "sctp";
    case TECH_IP_PROTOCOL:
        return "ip";
    default:
        return "tcp";
    }
}
