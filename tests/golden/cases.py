# tests/golden/cases.py - what must be found in the shared captures and logs.
#
# Facts from their TRUTH.md, which was counted with tshark, Python and nfdump.
# What it does not tell is not stated here. Whatever is not in FOUND or in
# UNREADABLE must be read in full, and give no finding.

# A kind that is told by an attack which ships later must not be taken for one
# that ships now; so these are silent too: probe.portmap (zeek-rpc-portmap-sadmind),
# attack.web (sql_injection, cooper-grill-dvwa, crowdsec's http-cve and sqli),
# tunnel.dns (iodine), flood.dhcp (dhcp_flood), spoofed router advertisements
# (kill-router); and, each below any threshold, tcp_scan-below-threshold (4 ports),
# one monlist answer, crowdsec's ssh logs (6 attempts), and 4 requests for plug-ins
# from each of two addresses.

FOUND = {
    "pcap/scan/ndpi-synscan.pcap": [dict(
        kind="scan.vertical", technique="syn", protocol="tcp", initiator="172.16.0.8",
        victim="64.13.134.52", packets=1994, targets=1, ports=1000,
        first="2010-07-04T20:24:16.274870", last="2010-07-04T20:24:21.416441")],
    "pcap/scan/zeek-nmap-vsn.pcap": [dict(
        kind="scan.horizontal", technique="arp", protocol="arp", initiator="192.168.1.71",
        victim=None, packets=503, targets=245, ports=0, answered=0,
        first="2011-09-27T18:07:20.497589", last="2011-09-27T18:07:22.602012")],
    "pcap/scan/slips-test12-icmp-sweep.pcap": [dict(
        kind="scan.horizontal", technique="icmp-echo", protocol="icmp", initiator="192.168.1.109",
        victim=None, packets=25, targets=18, ports=0,
        first="2022-09-24T21:23:16.398593", last="2022-09-24T21:23:17.940080")],
    "pcap/bruteforce/zeek-ftp-bruteforce.pcap": [dict(
        kind="bruteforce.ftp", protocol="ftp", initiator="192.168.56.1", victim="192.168.56.101",
        port_list=[21], targets=1, attempts=30, accepted=None, sessions=30,
        first="2014-01-14T17:37:24.820046", last="2014-01-14T17:38:23.938346")],
    "pcap/bruteforce/zeek-sshguess.pcap": [dict(
        kind="bruteforce.ssh", protocol="ssh", initiator="192.168.56.1", victim="192.168.56.103",
        port_list=[22], targets=1, sessions=11,
        first="2015-03-30T14:44:49.213953", last="2015-03-30T14:45:59.306612")],
    "pcap/ddos/ndpi-badpackets-dns-amplification.pcap": [dict(
        kind="flood.amplification", technique="dns", protocol="udp", initiator=None,
        victim="204.186.80.229", packets=91, ports=91, sources=44,
        first="2017-05-22T11:03:49.466717", last="2017-05-22T11:18:35.752227")],
    "pcap/ddos/ndpi-ip_fragmented_garbage.pcap": [dict(
        kind="flood.fragment", initiator="10.0.0.2", victim="10.128.0.2", packets=1252, targets=1,
        first="2018-08-14T10:53:44.697756", last="2018-08-14T10:53:45.612419")],
    "pcap/ddos/sv-syn-flood-200.pcap": [dict(
        kind="flood.syn", technique="syn", protocol="tcp", initiator="192.0.2.10",
        victim="198.51.100.5", packets=200, targets=1, ports=1, port_list=[443], answered=0,
        first="2023-11-14T22:13:20.000", last="2023-11-14T22:13:20.199")],
    # A multicast sender is no sender: it is told as such, and never as authentic.
    "pcap/ddos/sv-ipv6-rsmurf6.pcap": [dict(
        kind="flood.icmp", technique="icmp-echo", victim="ff02::1", packets=1000,
        authentic="impossible",
        first="2018-09-28T10:57:01.268696", last="2018-09-28T10:57:01.276888")],
    "pcap/ddos/sv-ipv6-denial6-5-ah-echo-flood.pcap": [dict(
        kind="flood.icmp", technique="icmp-echo", initiator="2001:db8:1::2",
        victim="2001:db8:1::1", packets=35690,
        first="2018-09-28T10:14:52.369809", last="2018-09-28T10:14:54.628055")],
    "pcap/web/ndpi-WebattackRCE.pcap": [dict(
        kind="probe.web", protocol="http", initiator="127.0.0.1", victim="127.0.0.1", packets=797,
        targets=1, ports=1, port_list=[8080], paths=607,
        first="2019-12-15T14:31:16.577658", last="2019-12-15T14:31:18.014387")],
    # Lines of a log without years: the month is where the time begins to be exact.
    "logs/sshd/elastic-auth.log": [
        dict(kind="bruteforce.ssh", initiator="24.151.103.17", lines=157, users=7,
             first="-03-29T17:48:33", last="-03-30T16:01:35"),
        dict(kind="bruteforce.ssh", initiator="49.4.143.105", lines=120, users=1,
             first="-04-05T07:11:17", last="-04-05T07:28:02"),
        dict(kind="bruteforce.ssh", initiator="34.204.227.175", lines=43,
             first="-04-06T20:48:27", last="-04-06T20:52:19")],
    # One client asks for eight editors that are not there, within a minute.
    "logs/web/elastic-apache_logs": [dict(
        kind="probe.web", initiator="91.236.75.25", lines=8, paths=8, missing=8,
        first="2015-05-20T05:05:03", last="2015-05-20T05:05:51")],
    "logs/crowdsec/apache-http-probing/apache-http-probing.log": [dict(
        kind="probe.web", initiator="172.17.0.1", lines=77)],
    "logs/crowdsec/nginx-http-path-traversal/nginx-http-path-traversal.log": [dict(
        kind="probe.web", initiator="127.0.0.1", lines=9)],
}

# More of the same is found in these; what it says is counted again by the test.
RECOUNTED = {"logs/sshd/elastic-auth.log"}

# Formats that are not read (yet): a clear complaint, and exit status 2.
UNREADABLE = (
    ".assert", ".expected.json", "logs/zeek/", "logs/honeypot/", "logs/fail2ban/apache-auth",
    "logs/fail2ban/apache-shellshock", "logs/fail2ban/cowrie", "logs/fail2ban/nginx-http-auth",
    "logs/fail2ban/portsentry", "endlessh-logs.log", "sshesame.log", "suricata-logs-evelog.log")

# Logs of other programs, in a form that is read: a complaint that nothing was
# of use, and exit status 2.
UNREAD = ("logs/firewall/", "cowrie-logs.log", "iptables-logs.log", "iptables-scan-multi-port.log",
          "logs/fail2ban/scanlogd")

# Filters for tshark and the field that names the target's port: each must tell
# the same number of packets, targets and ports as the finding of that initiator.
TSHARK = {
    "pcap/scan/ndpi-synscan.pcap": ("tcp.flags==0x002 && ip.src=={i}", "ip.dst", "tcp.dstport"),
    "pcap/scan/zeek-nmap-vsn.pcap": ("arp.opcode==1 && arp.src.proto_ipv4=={i}",
                                     "arp.dst.proto_ipv4", None),
    "pcap/scan/slips-test12-icmp-sweep.pcap": ("icmp.type==8 && ip.src=={i}", "ip.dst", None),
    "pcap/bruteforce/zeek-ftp-bruteforce.pcap": ("ip.addr=={i} && ip.addr=={v} && tcp.port==21",
                                                 None, None),
    "pcap/bruteforce/zeek-sshguess.pcap": ("ip.addr=={i} && ip.addr=={v} && tcp.port==22",
                                           None, None),
    "pcap/ddos/ndpi-badpackets-dns-amplification.pcap": ("udp.srcport==53 && ip.dst=={v}",
                                                         "ip.dst", "udp.dstport"),
    "pcap/ddos/ndpi-ip_fragmented_garbage.pcap": (
        "ip.src=={i} && (ip.flags.mf==1 || ip.frag_offset>0)", "ip.dst", None),
    "pcap/ddos/sv-syn-flood-200.pcap": ("tcp.flags==0x002 && ip.dst=={v}", "ip.dst",
                                        "tcp.dstport"),
    "pcap/ddos/sv-ipv6-rsmurf6.pcap": ("icmpv6.type==128 && ipv6.dst=={v}", "ipv6.dst", None),
    "pcap/ddos/sv-ipv6-denial6-5-ah-echo-flood.pcap": (
        "icmpv6.type==128 && ipv6.src=={i} && !(icmpv6.type==4)", "ipv6.dst", None),
    "pcap/web/ndpi-WebattackRCE.pcap": ("tcp.dstport==8080 && tcp.len>0 && ip.src=={i}", "ip.dst",
                                        "tcp.dstport"),
}
