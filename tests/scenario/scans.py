# tests/scenario/scans.py - port scans and sweeps by nmap, masscan and zmap.
import os

import truth
from internet import DARK, INSIDE, INSIDE6, LOCAL, OUTSIDE, OUTSIDE6, Internet, nginx
from lab import wait_until
from scenario import Result, scenario

ATTACKER, SERVER = f"{OUTSIDE}.66", f"{INSIDE}.10"
ATTACKER6, SERVER6 = f"{OUTSIDE6}:66", f"{INSIDE6}:10"
OPEN_PORTS = (22, 80, 443, 3306)
NMAP = ["nmap", "-n", "-Pn", "--disable-arp-ping", "--max-retries", 2]

# What counts as a probe of each technique, told apart by flags or headers.
PROBES = {
    "syn": ("-sS", "tcp", "tcp.flags==0x002", "tcp.dstport"),
    "connect": ("-sT", "tcp", "tcp.flags.syn==1 && tcp.flags.ack==0", "tcp.dstport"),
    "ack": ("-sA", "tcp", "tcp.flags==0x010", "tcp.dstport"),
    "window": ("-sW", "tcp", "tcp.flags==0x010", "tcp.dstport"),
    "maimon": ("-sM", "tcp", "tcp.flags==0x011", "tcp.dstport"),
    "null": ("-sN", "tcp", "tcp.flags==0x000", "tcp.dstport"),
    "fin": ("-sF", "tcp", "tcp.flags==0x001", "tcp.dstport"),
    "xmas": ("-sX", "tcp", "tcp.flags==0x029", "tcp.dstport"),
    "udp": ("-sU", "udp", "udp", "udp.dstport"),
    "sctp-init": ("-sY", "sctp", "sctp.chunk_type==1", "sctp.dstport"),
    "sctp-cookie-echo": ("-sZ", "sctp", "sctp.chunk_type==10", "sctp.dstport"),
    # To these, nmap gives headers of their own: on the wire they are single
    # questions of other techniques, or tunnels.
    "ip-protocol": ("-sO", None, "ip && !(ip.proto in {1,4,6,17,41,47,132})", "ip.proto"),
}
# Techniques whose packets are the same on the wire.
ALIKE = {"window": ["ack", "window"]}


def town(lab, dark=None):
    """An attacker outside, a web server with a few open ports inside."""
    net = Internet(lab, dark)
    attacker = net.outside("attacker", ATTACKER, ATTACKER6)
    server = net.inside("server", SERVER, SERVER6)
    nginx(server, OPEN_PORTS, v6=True)
    return net, attacker


def from_to(match, source=ATTACKER, target=SERVER):
    """A display filter for the outer addresses: an ICMP error quotes others."""
    return f"ip.src#1=={source} && ip.dst#1=={target} && ({match}) && !(icmp.type==3)"


def vertical(path, technique, **more):
    _, protocol, match, port = PROBES[technique]
    counted = truth.count(path, from_to(match), port=port)
    return truth.finding("scan.vertical", counted, technique=ALIKE.get(technique, technique),
                         protocol=protocol or ["ip", None], initiator=ATTACKER, victim=SERVER,
                         **more)


def nmap_technique(technique, *ports):
    flag = PROBES[technique][0]

    @scenario(f"nmap{flag}", "nmap", "nginx")
    def run(lab):
        net, attacker = town(lab)
        cap = net.router.capture(f"nmap{flag}.pcap", "eth1")
        attacker.run(NMAP + [flag, *ports, SERVER])
        return Result([cap.stop()], [vertical(cap.path, technique)], local=LOCAL,
                      about=f"nmap {flag} of one host with four open ports, seen at the border")

    return run


for tcp in ("syn", "connect", "ack", "window", "maimon", "null", "fin", "xmas"):
    nmap_technique(tcp, "-p", "1-200,443,3306,8080")
nmap_technique("udp", "-p", "53,67,68,69,111,123,137,138,161,162,177,389,427,443,500,514,520,623,"
               "626,996,997,998,999,1022,1023,1025,1026,1027,1434,1645,1646,1701,1812,1900,2048,"
               "2049,2222,3283,3456,4500,5353,49152")
nmap_technique("sctp-init", "-p", "1-60")
nmap_technique("sctp-cookie-echo", "-p", "1-60")
nmap_technique("ip-protocol", "-p", "1-60,103,132,136")


@scenario("nmap-sS-nanosecond", "nmap", "nginx")
def nmap_nanosecond(lab):
    net, attacker = town(lab)
    cap = net.router.capture("nmap-sS-nanosecond.pcap", "eth1", nano=True, snaplen=64)
    attacker.run(NMAP + ["-sS", "-p", "1-100", SERVER])
    return Result([cap.stop()], [vertical(cap.path, "syn")], local=LOCAL,
                  about="nmap -sS, nanosecond timestamps, 64 bytes of each packet kept")


@scenario("nmap-default", "nmap", "nginx")
def nmap_default(lab):
    net, attacker = town(lab)
    cap = net.router.capture("nmap-default.pcap", "eth1")
    attacker.run(["nmap", "-n", SERVER])
    return Result([cap.stop()], [vertical(cap.path, "syn")], local=LOCAL,
                  about="nmap with no options: host discovery, then the 1000 usual ports")


@scenario("nmap-sweep-arp", "nmap")
def sweep_arp(lab):
    lan = lab.switch("lan")
    inside = [lab.host(n) for n in ("intruder", "a", "b", "c")]
    for host, last in zip(inside, (66, 10, 20, 30)):
        lab.join(host, lan, f"{INSIDE}.{last}/24")
    cap = inside[0].capture("nmap-sweep-arp.pcap")
    inside[0].run(["nmap", "-n", "-sn", f"{INSIDE}.0/24"])
    match = f"arp.opcode==1 && arp.src.proto_ipv4=={INSIDE}.66"
    counted = truth.count(cap.stop(), match, "arp.dst.proto_ipv4", None, "arp.src.proto_ipv4")
    want = truth.finding("scan.horizontal", counted, technique="arp", protocol="arp",
                         initiator=f"{INSIDE}.66")
    return Result([cap.path], [want], local=LOCAL, about="nmap -sn of its own /24: ARP requests")


def sweep_icmp(flag, technique, kind):
    name = f"nmap-sweep{flag}"

    @scenario(name, "nmap")
    def run(lab):
        net = Internet(lab, f"{DARK}.0/24")
        attacker = net.outside("attacker", ATTACKER)
        # Some of the dark network answers after all.
        net.telescope.ip(f"route add local {DARK}.32/29 dev lo")
        cap = net.telescope.capture(f"{name}.pcap")
        attacker.run(["nmap", "-n", "-sn", flag, "--max-retries", 1, f"{DARK}.0/24"])
        counted = truth.count(cap.stop(), f"ip.src#1=={ATTACKER} && icmp.type=={kind}")
        want = truth.finding("scan.horizontal", counted, technique=technique, protocol="icmp",
                             initiator=ATTACKER)
        return Result([cap.path], [want], local=LOCAL,
                      about=f"nmap -sn {flag} of a /24 in which 8 addresses answer")

    return run


sweep_icmp("-PE", "icmp-echo", 8)
sweep_icmp("-PP", "icmp-timestamp", 13)


def horizontal(path, initiator=ATTACKER, technique="syn", match="tcp.flags==0x002",
               port="tcp.dstport", **more):
    counted = truth.count(path, f"ip.src#1=={initiator} && {match} && !(icmp.type==3)", port=port)
    return truth.finding("scan.horizontal", counted, technique=technique,
                         protocol=port.split(".")[0], initiator=initiator, **more)


def dark_town(lab, prefix=f"{DARK}.0/24"):
    net = Internet(lab, prefix)
    return net, net.outside("attacker", ATTACKER)


def neighbour(attacker, gateway=f"{OUTSIDE}.1"):
    """Learn the router's Ethernet address first: masscan and zmap ask for it in
    their own ways, and not every time with success."""
    attacker.run(["ping", "-c1", "-W2", gateway])
    table = attacker.run(["ip", "neighbour", "show", gateway]).stdout.split()
    return table[table.index("lladdr") + 1]


def masscan(attacker, *more):
    return ["masscan", "--adapter", "eth0", "--adapter-ip", ATTACKER, "--router-mac",
            neighbour(attacker), "--wait", 0, "--seed", 7, *more]


@scenario("nmap-sweep-port", "nmap")
def nmap_sweep(lab):
    net, attacker = dark_town(lab)
    cap = net.telescope.capture("nmap-sweep-port.pcap")
    attacker.run(["nmap", "-n", "-Pn", "-sS", "--max-retries", 1, "-T4", "--max-rtt-timeout",
                  "150ms", "-p", 22, f"{DARK}.0/24"])
    return Result([cap.stop()], [horizontal(cap.path)], local=LOCAL,
                  about="nmap of one port over a /24 that is all dark")


@scenario("nmap-sweep-answered", "nmap")
def nmap_sweep_answered(lab):
    net, attacker = dark_town(lab)
    net.telescope.ip(f"route add local {DARK}.0/24 dev lo")
    nginx(net.telescope, (80,))
    cap = net.telescope.capture("nmap-sweep-answered.pcap")
    attacker.run(["nmap", "-n", "-Pn", "-sS", "-T4", "-p", 80, f"{DARK}.0/24"])
    return Result([cap.stop()], [horizontal(cap.path)], local=LOCAL,
                  about="nmap -sS of one port over a /24 in which every address has it open")


@scenario("nmap-sweep-udp", "nmap")
def nmap_sweep_udp(lab):
    net, attacker = dark_town(lab)
    cap = net.telescope.capture("nmap-sweep-udp.pcap")
    attacker.run(["nmap", "-n", "-Pn", "-sU", "--max-retries", 0, "-T4", "--max-rtt-timeout",
                  "150ms", "-p", 161, f"{DARK}.0/24"])
    want = horizontal(cap.stop(), technique="udp", match="udp", port="udp.dstport")
    return Result([cap.path], [want], local=LOCAL, about="nmap -sU of SNMP over a /24")


@scenario("masscan-sweep", "masscan")
def masscan_sweep(lab):
    net, attacker = dark_town(lab)
    cap = net.telescope.capture("masscan-sweep.pcap")
    attacker.run(masscan(attacker, "--rate", 1000, "-p", 23, f"{DARK}.0/24"))
    return Result([cap.stop()], [horizontal(cap.path)], local=LOCAL,
                  about="masscan of one port over a /24")


@scenario("masscan-block", "masscan")
def masscan_block(lab):
    net, attacker = dark_town(lab)
    cap = net.telescope.capture("masscan-block.pcap")
    attacker.run(masscan(attacker, "--rate", 4000, "-p", "20-25,80,110,143,443,445,993,1433,3306,"
                         "3389,5432,5900,6379,8000-8009,8080,8443,9200,11211,27017",
                         f"{DARK}.0/25"))
    counted = truth.count(cap.stop(), f"ip.src#1=={ATTACKER} && tcp.flags==0x002",
                          port="tcp.dstport")
    want = truth.finding("scan.block", counted, technique="syn", protocol="tcp",
                         initiator=ATTACKER)
    return Result([cap.path], [want], local=LOCAL, about="masscan of 31 ports on 128 addresses")


@scenario("zmap-sweep", "zmap")
def zmap_sweep(lab):
    net, attacker = dark_town(lab)
    cap = net.telescope.capture("zmap-sweep.pcap")
    allow = attacker.write("allow", f"{DARK}.0/24\n")
    attacker.run(["zmap", "-p", 443, "-G", neighbour(attacker), "-i", "eth0", "-S", ATTACKER, "-w",
                  allow, "-b", "/dev/null", "-r", 1000, "-c", 0, "-o", "/dev/null", "-q",
                  "--seed", 7])
    return Result([cap.stop()], [horizontal(cap.path)], local=LOCAL,
                  about="zmap of one port over a /24")


@scenario("zmap-sweep-icmp", "zmap")
def zmap_sweep_icmp(lab):
    net, attacker = dark_town(lab)
    cap = net.telescope.capture("zmap-sweep-icmp.pcap")
    allow = attacker.write("allow", f"{DARK}.0/24\n")
    attacker.run(["zmap", "-M", "icmp_echoscan", "-G", neighbour(attacker), "-i", "eth0", "-S",
                  ATTACKER, "-w", allow, "-b", "/dev/null", "-r", 1000, "-c", 0, "-o", "/dev/null",
                  "-q", "--seed", 7])
    counted = truth.count(cap.stop(), f"ip.src#1=={ATTACKER} && icmp.type==8")
    want = truth.finding("scan.horizontal", counted, technique="icmp-echo", protocol="icmp",
                         initiator=ATTACKER)
    return Result([cap.path], [want], local=LOCAL, about="zmap echo requests over a /24")


@scenario("nmap-block", "nmap", "nginx")
def nmap_block(lab):
    net = Internet(lab)
    attacker = net.outside("attacker", ATTACKER)
    addresses = [f"{INSIDE}.{n}" for n in range(10, 22)]
    server = net.inside("server", *addresses)
    nginx(server, OPEN_PORTS)
    cap = net.router.capture("nmap-block.pcap", "eth1")
    attacker.run(NMAP + ["-sS", "-p", "1-60,80,443,3306", f"{INSIDE}.10-21"])
    counted = truth.count(cap.stop(), f"ip.src#1=={ATTACKER} && tcp.flags==0x002",
                          port="tcp.dstport")
    want = truth.finding("scan.block", counted, technique="syn", protocol="tcp",
                         initiator=ATTACKER)
    return Result([cap.path], [want], local=LOCAL, about="nmap -sS of 63 ports on 12 hosts")


@scenario("nmap-6", "nmap", "nginx")
def nmap_v6(lab):
    net, attacker = town(lab)
    cap = net.router.capture("nmap-6.pcap", "eth1")
    attacker.run(NMAP + ["-6", "-sS", "-p", "1-200,443,3306", SERVER6])
    counted = truth.count(cap.stop(), f"ipv6.src#1=={ATTACKER6} && ipv6.dst#1=={SERVER6} && "
                          "tcp.flags==0x002", "ipv6.dst", "tcp.dstport", "ipv6.src")
    want = truth.finding("scan.vertical", counted, technique="syn", protocol="tcp",
                         initiator=ATTACKER6, victim=SERVER6)
    return Result([cap.path], [want], local=LOCAL, about="nmap -6 -sS of one host")


@scenario("nmap-6-sweep", "nmap")
def nmap_v6_sweep(lab):
    net = Internet(lab)
    attacker = net.outside("attacker", ATTACKER, ATTACKER6)
    far = net.inside("far", f"{INSIDE}.30", f"{INSIDE6}:30")
    net.router.ip("route add 2001:db8:2:f::/64 via 2001:db8:2::30")
    cap = far.capture("nmap-6-sweep.pcap")
    attacker.run(["nmap", "-6", "-n", "-Pn", "-sS", "-T4", "--max-retries", 0, "-p", 443,
                  *(f"2001:db8:2:f::{n:x}" for n in range(1, 101))])
    counted = truth.count(cap.stop(), f"ipv6.src#1=={ATTACKER6} && tcp.flags==0x002", "ipv6.dst",
                          "tcp.dstport", "ipv6.src")
    want = truth.finding("scan.horizontal", counted, technique="syn", protocol="tcp",
                         initiator=ATTACKER6)
    return Result([cap.path], [want], local=LOCAL, about="nmap -6 of one port on 100 addresses")


# ---- Slow ones ------------------------------------------------------------


@scenario("nmap-slow", "nmap", "nginx")
def nmap_slow(lab):
    net, attacker = town(lab)
    cap = net.router.capture("nmap-slow.pcap", "eth1")
    attacker.run(NMAP + ["-sS", "--scan-delay", "700ms", "-p", "21-60", SERVER], timeout=80)
    return Result([cap.stop()], [vertical(cap.path, "syn")], local=LOCAL,
                  about="nmap with 0.7 s between probes: 40 ports in half a minute")


def stretched(name, factor, about, ports="1-120"):
    @scenario(name, "nmap", "nginx")
    def run(lab):
        net, attacker = town(lab)
        cap = net.router.capture("fast.pcap", "eth1")
        attacker.run(NMAP + ["-sS", "-T2", "--scan-delay", "20ms", "-p", ports, SERVER])
        path = f"{lab.out}/{name}.pcap"
        truth.stretch(cap.stop(), path, factor)
        os.remove(cap.path)
        return Result([path], [vertical(path, "syn")], local=LOCAL, about=about)

    return run


stretched("nmap-hours", 5000, "a captured nmap scan with time stretched 5000 times: hours pass")
stretched("nmap-minutes", 250, "a captured nmap scan with time stretched 250 times: ten minutes")


@scenario("zmap-hours", "zmap")
def zmap_hours(lab):
    net, attacker = dark_town(lab)
    cap = net.telescope.capture("fast.pcap")
    allow = attacker.write("allow", f"{DARK}.0/24\n")
    attacker.run(["zmap", "-p", 23, "-G", neighbour(attacker), "-i", "eth0", "-S", ATTACKER, "-w",
                  allow, "-b", "/dev/null", "-r", 200, "-c", 0, "-o", "/dev/null", "-q",
                  "--seed", 9])
    path = f"{lab.out}/zmap-hours.pcap"
    truth.stretch(cap.stop(), path, 12000)
    os.remove(cap.path)
    return Result([path], [horizontal(path)], local=LOCAL,
                  about="a zmap sweep with time stretched 12000 times: one probe a minute")


# ---- From many places -----------------------------------------------------


def distributed(path, sources, victim, **more):
    listed = ", ".join(sources)
    counted = truth.count(path, f"ip.src#1 in {{{listed}}} && tcp.flags==0x002",
                          port="tcp.dstport")
    fields = {"victim": victim} if victim else {}
    return truth.finding("scan.distributed", counted, technique="syn", protocol="tcp",
                         initiator=None, **fields, **more)


@scenario("distributed-ports", "nmap", "nginx")
def distributed_ports(lab):
    net = Internet(lab)
    nginx(net.inside("server", SERVER), OPEN_PORTS)
    sources = [f"{OUTSIDE}.{101 + i}" for i in range(8)]
    hosts = [net.outside(f"bot{i}", a) for i, a in enumerate(sources)]
    cap = net.router.capture("distributed-ports.pcap", "eth1")
    runs = [h.start(NMAP + ["-sS", "-p", f"{1 + 12 * i}-{12 * i + 12}", SERVER])
            for i, h in enumerate(hosts)]
    wait_until(lambda: all(r.poll() is not None for r in runs), "eight nmaps", 60)
    want = distributed(cap.stop(), sources, SERVER)
    return Result([cap.path], [want], local=LOCAL,
                  about="eight hosts share 96 ports of one host, 12 each")


@scenario("distributed-many", "nmap", "nginx")
def distributed_many(lab):
    net = Internet(lab)
    nginx(net.inside("server", SERVER), OPEN_PORTS)
    sources = [f"{OUTSIDE}.{101 + i}" for i in range(40)]
    bots = net.outside("bots", *sources)
    cap = net.router.capture("distributed-many.pcap", "eth1")
    for group in range(0, 40, 8):
        runs = [bots.start(NMAP + ["-sS", "-S", sources[i], "-e", "eth0", "-p",
                                   f"{1 + 5 * i}-{5 * i + 5}", SERVER], name=f"nmap{i}")
                for i in range(group, group + 8)]
        wait_until(lambda runs=runs: all(r.poll() is not None for r in runs), "nmaps", 60)
    want = distributed(cap.stop(), sources, SERVER)
    return Result([cap.path], [want], local=LOCAL,
                  about="forty addresses share 200 ports of one host, 5 each")


@scenario("distributed-shards", "masscan")
def distributed_shards(lab):
    net = Internet(lab, f"{DARK}.0/24")
    sources = [f"{OUTSIDE}.{101 + i}" for i in range(8)]
    hosts = [net.outside(f"bot{i}", a) for i, a in enumerate(sources)]
    cap = net.telescope.capture("distributed-shards.pcap")
    runs = [h.start(["masscan", "--adapter", "eth0", "--adapter-ip", a, "--router-mac",
                     neighbour(h), "--wait", 0, "--seed", 7, "--rate", 100, "--shard",
                     f"{i}/8", "-p", 5555, f"{DARK}.0/24"])
            for i, (h, a) in enumerate(zip(hosts, sources), 1)]
    wait_until(lambda: all(r.poll() is not None for r in runs), "eight masscans", 60)
    listed = ", ".join(sources)
    path = cap.stop()
    # Each shard alone is a sweep of 32 targets: both ways to say it are right.
    each = [horizontal(path, a) for a in sources]
    together = truth.count(path, f"ip.src#1 in {{{listed}}} && tcp.flags==0x002",
                           port="tcp.dstport")
    return Result([path], each, [truth.finding("scan.distributed", together, technique="syn",
                                               protocol="tcp", initiator=None)], LOCAL,
                  "masscan --shard on eight hosts: 32 of 256 targets each")


@scenario("nmap-decoys", "nmap", "nginx")
def nmap_decoys(lab):
    net, attacker = town(lab)
    decoys = [f"{OUTSIDE}.{n}" for n in (71, 72, 73, 74, 75)]
    cap = net.router.capture("nmap-decoys.pcap", "eth1")
    attacker.run(NMAP + ["-sS", "-D", ",".join(decoys + ["ME"]), "-p", "1-100", SERVER])
    path = cap.stop()
    want = [truth.finding("scan.vertical",
                          truth.count(path, from_to("tcp.flags==0x002", a), port="tcp.dstport"),
                          technique="syn", protocol="tcp", initiator=a, victim=SERVER)
            for a in decoys + [ATTACKER]]
    return Result([path], want, [{"kind": "scan.distributed", "victim": SERVER}], LOCAL,
                  "nmap -D: the same probes from five forged addresses and the true one")


# ---- From inside, and among ordinary traffic ------------------------------


@scenario("nmap-lateral", "nmap", "nginx")
def nmap_lateral(lab):
    net = Internet(lab)
    intruder_at = f"{INSIDE}.66"
    intruder = net.inside("intruder", intruder_at)
    nginx(net.inside("server", SERVER), OPEN_PORTS)
    cap = intruder.capture("nmap-lateral.pcap")
    intruder.run(NMAP + ["-sS", "-p", "1-200,443,3306", SERVER])
    counted = truth.count(cap.stop(), from_to("tcp.flags==0x002", intruder_at), port="tcp.dstport")
    want = truth.finding("scan.vertical", counted, technique="syn", protocol="tcp",
                         initiator=intruder_at, victim=SERVER)
    return Result([cap.path], [want], local=LOCAL, about="one inside host scans another")


@scenario("masscan-outgoing", "masscan")
def masscan_outgoing(lab):
    net = Internet(lab, f"{DARK}.0/24")
    infected_at = f"{INSIDE}.66"
    infected = net.inside("infected", infected_at)
    cap = net.router.capture("masscan-outgoing.pcap", "eth1")
    infected.run(["masscan", "--adapter", "eth0", "--adapter-ip", infected_at, "--router-mac",
                  neighbour(infected, f"{INSIDE}.1"), "--wait", 0, "--seed", 7, "--rate", 1000,
                  "-p", 445, f"{DARK}.0/24"])
    return Result([cap.stop()], [horizontal(cap.path, infected_at)], local=[f"{INSIDE}.0/24"],
                  about="an inside host sweeps an outside network")


@scenario("nmap-A", "nmap", "nginx")
def nmap_all(lab):
    net, attacker = town(lab)
    cap = net.router.capture("nmap-A.pcap", "eth1")
    attacker.run(NMAP + ["-A", "--version-intensity", 0, "--script-timeout", "3s", "-p",
                         "1-100,443", SERVER])
    want = vertical(cap.stop(), "syn")
    # Version and script probes connect again; which of their packets count is
    # the definition's choice.
    want.update(packets=None, ports=None, first_ns=None, last_ns=None)
    return Result([cap.path], [want], [{"kind": k, "initiator": ATTACKER} for k in
                                       ("probe.web", "scan.vertical")], LOCAL,
                  "nmap -A: ports, versions, scripts, operating system")


@scenario("mixed", "nmap", "zmap", "curl", "nginx")
def mixed(lab):
    net = Internet(lab, f"{DARK}.0/24")
    attacker = net.outside("attacker", ATTACKER)
    sweeper_at = f"{OUTSIDE}.67"
    sweeper = net.outside("sweeper", sweeper_at)
    web = net.outside("web", f"{OUTSIDE}.80")
    nginx(web)
    nginx(net.inside("server", SERVER), OPEN_PORTS)
    desk = net.inside("desk", f"{INSIDE}.20")
    visitor = net.outside("visitor", f"{OUTSIDE}.20")
    allow = sweeper.write("allow", f"{DARK}.0/24\n")
    mac = neighbour(sweeper)
    cap = net.router.capture("mixed.pcap", "eth0")
    runs = [attacker.start(NMAP + ["-sS", "--scan-delay", "5ms", "-p", "1-200,443,3306", SERVER]),
            sweeper.start(["zmap", "-p", 22, "-G", mac, "-i", "eth0", "-S", sweeper_at, "-w", allow,
                           "-b", "/dev/null", "-r", 150, "-c", 0, "-o", "/dev/null", "-q",
                           "--seed", 7]),
            desk.start(["curl", "-s", "--limit-rate", "20k", "-o", "/dev/null",
                        f"http://{OUTSIDE}.80/page[0-39].html"]),
            visitor.start(["curl", "-s", "-H", "Connection: close", "-o", "/dev/null",
                           f"http://{SERVER}/page[0-39].html"])]
    wait_until(lambda: all(r.poll() is not None for r in runs), "all of them", 60)
    path = cap.stop()
    return Result([path], [vertical(path, "syn"), horizontal(path, sweeper_at)], local=LOCAL,
                  about="a scan and a sweep while others browse, seen outside the border")


def nmap_fragments(name, flag, about):
    """Probes in pieces of 8 bytes: the flags are in the second one (RFC 1858, 2.1)."""

    @scenario(name, "nmap", "nginx")
    def run(lab):
        net, attacker = town(lab)
        cap = net.router.capture(f"{name}.pcap", "eth0")
        attacker.run(NMAP + ["-sS", flag, "-p", "1-200", SERVER])
        match = f"ip.src#1=={ATTACKER} && ip.dst#1=={SERVER} && tcp.dstport && ip.flags.mf==1"
        counted = truth.count(cap.stop(), match, port="tcp.dstport")
        counted["first_ns"] = counted["last_ns"] = None  # its first piece, or the second
        want = truth.finding("scan.vertical", counted, technique="syn", protocol="tcp",
                             initiator=ATTACKER, victim=SERVER)
        return Result([cap.path], [want], local=LOCAL, about=about)

    return run


nmap_fragments("nmap-f", "-f", "nmap -f: every probe in three pieces of 8 bytes")
nmap_fragments("nmap-ff", "-ff", "nmap -ff: every probe in two pieces of 16 bytes")
