/* bench/pcapnull.c - the floor that others set: libpcap's loop around nothing. */
#include <pcap/pcap.h>
#include <stdio.h>

#include "usage.h"

static void nothing(unsigned char *user, const struct pcap_pkthdr *header,
                    const unsigned char *data)
{
    (void)header; /* that is the point */
    (void)data;
    ++*(unsigned long long *)(void *)user;
}

int main(int argc, char **argv)
{
    char why[PCAP_ERRBUF_SIZE];
    if (argc != 2) {
        fputs("usage: pcapnull FILE\n", stderr);
        return 2;
    }
    double start = usage_wall_seconds();
    pcap_t *pcap = pcap_open_offline(argv[1], why);
    if (pcap == NULL) {
        fprintf(stderr, "pcapnull: %s\n", why);
        return 2;
    }
    unsigned long long packets = 0;
    int end = pcap_loop(pcap, -1, nothing, (unsigned char *)&packets);
    if (end != 0) {
        fprintf(stderr, "pcapnull: %s\n", pcap_geterr(pcap));
    }
    pcap_close(pcap);
    usage_print(packets, start);
    return end == 0 ? 0 : 2;
}
