# tests/scenario/network.py - ordinary things that look odd from afar: watching
# hosts, sharing files with many peers, tracing routes, streams, a plain network.
import hashlib
import json
import os
import random
import socket
import time

import truth
from internet import INSIDE, LOCAL, OUTSIDE, Internet, nginx, sshd
from lab import wait_until
from ordinary import CLIENT, SERVER, quiet
from scenario import Result, scenario

PLUGINS = "/usr/lib/nagios/plugins"


# ---- Watching -------------------------------------------------------------


@quiet("quiet-monitoring", "fping", "check_tcp", "sshd", "nginx", root=True, dev="eth0",
       about="a monitor pings 40 hosts and checks http, ssh and tcp on them, 4 rounds; 2 are dead")
def monitoring(net):
    alive = [f"{OUTSIDE}.{n}" for n in range(100, 138)]
    watched = alive + [f"{OUTSIDE}.198", f"{OUTSIDE}.199"]
    farm = net.outside("farm", *alive)
    sshd(farm, {})
    nginx(farm, (80, 443))
    monitor = net.inside("monitor", f"{INSIDE}.5")
    checks = "".join(f"{PLUGINS}/check_http -t 1 -I {a} -u /index.html\n"
                     f"{PLUGINS}/check_ssh -t 1 {a}\n{PLUGINS}/check_tcp -t 1 -H {a} -p 443\n"
                     for a in watched)
    monitor.write("round", f"fping -q -c1 -t200 {' '.join(watched)}\n{checks}", 0o755)
    yield
    for _ in range(4):
        # As a monitoring daemon does: many checks at a time.
        monitor.run(["sh", "-c", "xargs -P 12 -d '\\n' -n 1 sh -c <round"], check=False)


@quiet("quiet-monitoring-lan", "fping", "check_tcp", "nginx", where="monitor",
       about="a monitor checks 12 hosts of its own network every round, 2 of them are off")
def monitoring_lan(net):
    alive = [f"{INSIDE}.{n}" for n in range(100, 110)]
    nginx(net.inside("farm", *alive))
    watched = alive + [f"{INSIDE}.198", f"{INSIDE}.199"]
    monitor = net.inside("monitor", f"{INSIDE}.5")
    yield
    for _ in range(4):
        monitor.run(["fping", "-q", "-c1", "-t200", *watched, f"{OUTSIDE}.1"], check=False)
        for a in watched:
            monitor.run([f"{PLUGINS}/check_tcp", "-t", 1, "-H", a, "-p", 80], check=False)


# ---- Many peers -----------------------------------------------------------


def bencode(value):
    """The encoding of torrents (BEP 3)."""
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    return b"d" + b"".join(bencode(k) + bencode(v) for k, v in sorted(value.items())) + b"e"


def torrent(path, tracker):
    """A torrent for one file."""
    with open(path, "rb") as f:
        data = f.read()
    size = 16384
    pieces = b"".join(hashlib.sha1(data[i:i + size]).digest() for i in range(0, len(data), size))
    name = os.path.basename(path).encode()
    return bencode({b"announce": tracker.encode(), b"info": {
        b"length": len(data), b"name": name, b"piece length": size, b"pieces": pieces}})


ARIA2 = ["aria2c", "--no-conf", "--enable-dht=false", "--enable-dht6=false",
         "--bt-enable-lpd=false", "--enable-peer-exchange=false", "--file-allocation=none",
         "--summary-interval=0", "--console-log-level=warn"]


def seed_aria2(host, address, port):
    host.serve(ARIA2 + ["--seed-ratio=0", "--check-integrity=true", "--dir", "data",
                        f"--listen-port={port}", "--bt-tracker-interval=600",
                        "--max-upload-limit=40K", "film.torrent"], port, name=f"seed{port}")


def seed_transmission(host, address, port):
    """Bound to one address, so that answers by UDP come from where was asked."""
    conf = f"{host.dir}/conf{port}"
    os.makedirs(conf)
    with open(f"{conf}/settings.json", "w", encoding="ascii") as f:
        json.dump({"bind-address-ipv4": address, "dht-enabled": False, "lpd-enabled": False,
                   "port-forwarding-enabled": False}, f)
    host.serve(["transmission-cli", "-g", conf, "-w", f"{host.dir}/data", "-p", port, "-u", 40,
                f"{host.dir}/film.torrent"], port, name=f"seed{port}")


def swarm(net, seed, seeders):
    """Seeders on assorted ports of 80 addresses; a tracker that names 200 peers,
    most of them gone. The torrent's path is returned."""
    rng = random.Random(11)
    alive = [f"{OUTSIDE}.{n}" for n in range(100, 180)]
    seeds = net.outside("seeds", *alive)
    os.makedirs(f"{seeds.dir}/data")
    with open(f"{seeds.dir}/data/film.bin", "wb") as f:
        f.write(rng.randbytes(900_000))
    url = f"http://{SERVER}/announce"
    with open(f"{seeds.dir}/film.torrent", "wb") as f:
        f.write(torrent(f"{seeds.dir}/data/film.bin", url))
    ports = rng.sample(range(10000, 60000), seeders)
    peers = [(a, ports[i % seeders]) for i, a in enumerate(alive)]
    for address, port in peers[:seeders]:
        seed(seeds, address, port)
    # Some of those that are gone are hosts that are up but no longer share.
    peers += [(rng.choice(alive), rng.randrange(1024, 65535)) for _ in range(30)]
    peers += [(f"203.0.113.{n}", rng.randrange(1024, 65535)) for n in range(181, 254)]
    peers += [(f"192.0.2.{n}", rng.randrange(1024, 65535)) for n in range(10, 27)]
    rng.shuffle(peers)
    compact = b"".join(socket.inet_aton(a) + p.to_bytes(2, "big") for a, p in peers)
    tracker = net.outside("tracker", SERVER)
    os.makedirs(f"{tracker.dir}/www")
    with open(f"{tracker.dir}/www/announce", "wb") as f:
        f.write(bencode({b"interval": 600, b"peers": compact}))
    nginx(tracker)
    return f"{seeds.dir}/film.torrent"


@quiet("quiet-p2p-aria2", "aria2c", "nginx", least=500, snaplen=256,
       about="aria2 shares a file; of 200 peers on assorted ports 60 in 100 do not answer")
def p2p_aria2(net):
    path = swarm(net, seed_aria2, 20)
    client = net.inside("client", CLIENT)
    yield
    client.run(["timeout", 15, *ARIA2, "--seed-time=0", "--bt-max-peers=200", "--dir", "/tmp",
                "--listen-port=51413", "--bt-request-peer-speed-limit=10M", "--timeout=5",
                "--bt-tracker-connect-timeout=3", path], check=False)


@quiet("quiet-p2p-transmission", "transmission-cli", "aria2c", "nginx", least=200, snaplen=256,
       about="transmission shares a file by TCP and uTP; 80 in 100 of 200 peers do not answer")
def p2p_transmission(net):
    path = swarm(net, seed_transmission, 40)
    client = net.inside("client", CLIENT)
    yield
    client.run(["timeout", "-s", "INT", 28, "transmission-cli", "-w", "/tmp", "-p", 51413, path],
               check=False)


# ---- Routes ---------------------------------------------------------------


def far_away(net, hops=6):
    """A chain of routers outside; the last one holds the far address."""
    lab, before = net.lab, net.router
    net.router.ip("route add 192.0.2.0/24 via 203.0.113.9")
    for i in range(hops):
        router = lab.router(f"hop{i}")
        switch = net.wan if i == 0 else lab.switch(f"far{i}")
        if i == 0:
            lab.join(router, switch, f"{OUTSIDE}.9/24")
            router.ip(f"route add {INSIDE}.0/24 via {OUTSIDE}.1")
        else:
            lab.join(before, switch, f"10.0.{i}.1/24")
            lab.join(router, switch, f"10.0.{i}.2/24")
            router.ip(f"route add default via 10.0.{i}.1")
            before.ip(f"route add 192.0.2.0/24 via 10.0.{i}.2")
        before = router
    before.ip("address add 192.0.2.200/32 dev lo", "address add 192.0.2.201/32 dev lo",
              "route add blackhole 192.0.2.0/24")


@quiet("quiet-traceroute", "traceroute", "mtr", about="traceroute by UDP, ICMP and TCP, and mtr, "
       "to two hosts that answer and one that does not")
def routes(net):
    far_away(net)
    client = net.inside("client", CLIENT)
    yield
    for target in ("192.0.2.200", "192.0.2.201", "192.0.2.99"):
        for how in ([], ["-I"], ["-T", "-p", 443]):
            client.run(["traceroute", "-n", "-w", 0.2, *how, target], check=False)
    for how in ([], ["--udp"], ["--tcp", "-P", 80]):
        client.run(["mtr", "-n", "-r", "-c", 5, "-i", 0.2, *how, "192.0.2.200"], check=False)


# ---- Streams --------------------------------------------------------------


@quiet("quiet-iperf", "iperf3", snaplen=96, about="iperf3: one second of TCP, one of UDP")
def streams(net):
    server, client = net.outside("server", SERVER), net.inside("client", CLIENT)
    server.serve(["iperf3", "-s"], 5201)
    yield
    client.run(["iperf3", "-c", SERVER, "-n", "20M", "-b", "200M"])
    client.run(["iperf3", "-c", SERVER, "-u", "-t", 1, "-b", "20M"])


@quiet("quiet-rtp", snaplen=128, about="a one-way UDP stream as of a call, and one as of a film")
def one_way(net):
    server, client = net.outside("server", SERVER), net.inside("client", CLIENT)
    with server.net():
        ears = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for ear, port in zip(ears, (16384, 5004)):
            ear.bind((SERVER, port))
    yield
    with client.net(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((CLIENT, 16400))
        for port, size, count, gap in ((16384, 172, 150, 0.02), (5004, 1316, 1500, 0.002)):
            for i in range(count):
                head = b"\x80\x00" + (i & 0xFFFF).to_bytes(2, "big") + (i * 160).to_bytes(4, "big")
                s.sendto(head + b"\x12\x34\x56\x78" + bytes(size - 12), (SERVER, port))
                time.sleep(gap)


# ---- A plain network ------------------------------------------------------

DHCPD = """
authoritative;
default-lease-time 600;
subnet 198.51.100.0 netmask 255.255.255.0 {
    range 198.51.100.100 198.51.100.150;
    option routers 198.51.100.1;
}
"""


@scenario("quiet-lan", "dhcpd", "dhclient", root=True)
def plain_lan(lab):
    """Hosts come up, get addresses, talk to each other, renew, and leave."""
    net = Internet(lab)
    server = net.inside("server", f"{INSIDE}.2")
    server.write("dhcpd.conf", DHCPD)
    server.write("leases", "")
    nginx(server)
    server.start(["dhcpd", "-f", "-4", "-cf", f"{server.dir}/dhcpd.conf", "-lf",
                  f"{server.dir}/leases", "-pf", "/run/dhcpd.pid", "--no-pid", "eth0"])
    wait_until(lambda: server.listening(67, "udp"), "dhcpd")
    cap = server.capture("quiet-lan.pcap")
    hosts = [lab.host(f"pc{i}") for i in range(4)]
    for host in hosts:
        lab.join(host, net.lan, "2001:db8:2::" + host.name[2:] + "aaa/64")
        host.run(["dhclient", "-4", "-1", "-v", "-pf", "/run/dhclient.pid", "-lf",
                  f"{host.dir}/leases", "eth0"], timeout=30)
    for host in hosts:
        host.run(["ping", "-c2", "-i0.2", "-W1", f"{INSIDE}.2"])
        host.run(["ping", "-6", "-c2", "-i0.2", "-W1", "2001:db8:2::1"])
        host.run(["curl", "-s", "-o", "/dev/null", f"http://{INSIDE}.2/page1.html"])
        host.run(["dhclient", "-4", "-r", "-pf", "/run/dhclient.pid", "-lf",
                  f"{host.dir}/leases", "eth0"], check=False)
    got = truth.packets(cap.stop())
    if got < 100:
        raise RuntimeError(f"only {got} packets")
    return Result([cap.path], local=LOCAL, about="four hosts get addresses, ping, browse, leave")
