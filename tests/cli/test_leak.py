#!/usr/bin/env python3
# tests/cli/test_leak.py PROGRAM - nothing that is shown gives a local address away.
#
# Scanners write their target into fields of their packets, and ICMP errors quote
# it. Such traffic is sealed, and exhibits are cut of it; then every byte of the
# ledger, of the segments at rest and of the exhibits is searched for each target,
# under every formula by which a tool hides it. Order and time are not hidden.
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit

TARGETS = 96
NET = "77.0.0.0/8"
KEY = 0x5BD1E995
# Words of four bytes: a megabyte holds one of a thousand by chance now and then,
# but not several of one tool's.
BY_CHANCE = 4


def target(tool, i):
    """An address whose bytes stand nowhere by themselves; or the next one."""
    host = 0x345600 + i if tool == "sequential" else (i + 1) * 2654435761 >> 8
    return 0x4D000000 | (host + 7919 * TOOLS.index(tool)) & 0xFFFFFF


def swap(v):
    return struct.unpack("<I", struct.pack(">I", v))[0]


def ip(proto, src, dst, ident, ttl, body):
    head = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(body), ident & 0xFFFF, 0, ttl, proto, 0,
                       src, dst)
    return b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + head + body


def tcp(sport, dport, seq, window, options=b""):
    return struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, 0,
                       (5 + len(options) // 4) << 4, 2, window, 0, 0) + options


def probe(tool, i):
    """What the tool sends to its i-th target (facts of each tool: its source code)."""
    dst, src, port = target(tool, i), scanner(tool), 2323 if i % 10 == 0 else 23
    cookie = dst * 2654435761 & 0xFFFFFFFF ^ KEY
    if tool == "masscan":
        return ip(6, src, dst, dst ^ port ^ cookie, 255, tcp(40000, port, cookie, 1024))
    if tool == "zmap":
        return ip(6, src, dst, 54321, 255, tcp(32768 + i % 4, port, dst ^ KEY, 65535))
    if tool == "mirai":
        return ip(6, src, dst, i * 40503, 64, tcp(40000, port, dst, 5840))
    if tool == "unicornscan":
        return ip(6, src, dst, i * 40503, 64,
                  tcp(40000, port, KEY ^ dst ^ ((port << 16) + 40000), 1024))
    if tool == "quoting":  # the target refuses, and quotes the probe
        quoted = asked(i)[14:]
        return ip(1, dst, src, i * 77, 60, struct.pack(">BBHI", 3, 3, 0, 0) + quoted)
    if tool == "payload":  # names it in what it says
        text = b"GET / HTTP/1.1\r\nHost: " + dotted(dst).encode() + b"\r\n\r\n"
        return ip(6, src, dst, i * 3, 50, tcp(50000 + i, 80, i * 99991, 512) + text)
    return ip(6, src, dst, i * 40503, 64, tcp(40000, port, i * 2246822519, 1024,
                                              b"\2\4\5\xb4"))


def asked(i):
    """What "quoting" is an answer to."""
    return ip(17, scanner("quoting"), target("quoting", i), i, 60,
              struct.pack(">HHHH", 40000, 53, 8, 0))


def used(i):
    """Connections with data from both ends: a sensor that sees answers, and can tell that a
    probe got none."""
    client, server = 0x0B000100 + i, 0x4D000001
    return [ip(6, client, server, i, 60, tcp(50000 + i, 443, i, 512) + b"asked"),
            ip(6, server, client, i, 60, tcp(443, 50000 + i, i, 512) + b"answered")]


TOOLS = ["masscan", "zmap", "mirai", "unicornscan", "sequential", "quoting", "payload"]


def scanner(tool):
    return 0x0B000007 + TOOLS.index(tool)


def dotted(a):
    return ".".join(str(b) for b in struct.pack(">I", a))


def forms(tool, i):
    """The target, and what the formulas make of it, as bytes that would show it."""
    dst, port = target(tool, i), 2323 if i % 10 == 0 else 23
    ports = (port << 16) + 40000
    words = {dst, swap(dst), dst ^ KEY, swap(dst ^ KEY), dst ^ ports, dst ^ ports ^ KEY,
             dst * 2654435761 & 0xFFFFFFFF ^ KEY, 0xFFFFFFFF ^ dst}
    return [struct.pack(">I", w) for w in words] + [dotted(dst).encode(),
                                                    b"%08x" % dst, b"::ffff:" + b"%x:%x" %
                                                    (dst >> 16, dst & 0xFFFF)]


def found(tool, data):
    """How many of the tool's targets stand in there in some form."""
    return sum(any(form in data for form in forms(tool, i)) for i in range(TARGETS))


def everything_below(folder, but=()):
    out = []
    for where, _, names in os.walk(folder):
        out += [kit.get(os.path.join(where, n)) for n in sorted(names) if n not in but]
    return b"\0\0\0\0".join(out)


def no_public_byte_gives_a_target_away(tap):
    with kit.Files() as f:
        home = f.path("home")
        env = kit.environment(EXHIBIT_HOME=home)
        assert kit.run("init", "--name", "a.example", "--local", NET, env=env).rc == 0
        records = [kit.record(kit.BEGIN_NS + (i * 10 + t) * 10**6, probe(tool, i))
                   for i in range(TARGETS) for t, tool in enumerate(TOOLS)]
        records += [kit.record(kit.BEGIN_NS + i * 10**7, asked(i)) for i in range(TARGETS)]
        records += [kit.record(kit.BEGIN_NS + i * 10**7, p) for i in range(TARGETS) for p in used(i)]
        capture = f.put("scans.pcap", kit.pcap(records))
        told = kit.run("analyze", "--json", "--seal", "--payload", "all", capture, env=env)
        tap.ok("it is sealed", told.rc == 0 and b": sealed: " in told.err, told)
        for tool in TOOLS:
            tap.ok(f"{tool}: the capture itself has the targets", found(tool, kit.get(capture)) ==
                   TARGETS)
        ledger = everything_below(os.path.join(home, "ledger"))
        rest = everything_below(os.path.join(home, "segment/file"))
        tap.ok("there is something to search", len(ledger) > 500 and
               len(rest) > TARGETS * len(TOOLS) * 60, (len(ledger), len(rest)))
        seen = {f["initiator"] for f in told.findings if "initiator" in f}
        shown = []
        for tool in TOOLS:
            tap.ok(f"{tool}: no target in the ledger", found(tool, ledger) <= BY_CHANCE)
            tap.ok(f"{tool}: no target in the segments at rest", found(tool, rest) <= BY_CHANCE)
            who = dotted(scanner(tool))
            if who not in seen:
                continue
            out = f.path(tool + ".exhibit")
            cut = kit.run("cut", "--remote", who, "-o", out, env=env)
            tap.ok(f"{tool}: an exhibit is cut", cut.rc == 0, cut)
            if cut.rc == 0:
                shown.append(tool)
                tap.ok(f"{tool}: no target in it", found(tool, kit.get(out)) <= BY_CHANCE,
                       found(tool, kit.get(out)))
        tap.ok("exhibits were searched", len(shown) == len(TOOLS), shown)
        # The search would find them: opened, all of them stand there.
        out = f.path("open.exhibit")
        cut = kit.run("cut", "--remote", dotted(scanner(shown[0])), "--open", "targets", "--yes",
                      "-o", out, env=env)
        tap.ok("opened, every target is found", cut.rc == 0 and
               found(shown[0], kit.get(out)) == TARGETS, cut)


def what_a_sensor_cannot_tell_is_not_cut(tap):
    """Of a sensor that sees one side of most connections nobody knows what was answered."""
    with kit.Files() as f:
        env = kit.environment(EXHIBIT_HOME=f.path("home"))
        assert kit.run("init", "--name", "a.example", "--local", NET, env=env).rc == 0
        records = [kit.record(kit.BEGIN_NS + i * 10**7, p) for i in range(TARGETS)
                   for p in (asked(i), used(i)[0])]
        kit.run("seal", "-q", f.put("one-sided.pcap", kit.pcap(records)), env=env)
        said = kit.run("cut", "--remote", dotted(scanner("quoting")), "-o", f.path("x"), env=env)
        tap.ok("refused, and said why", said.rc == 1 and b"from one side only" in said.err and
               not os.path.exists(f.path("x")), said)


sys.exit(kit.main([no_public_byte_gives_a_target_away, what_a_sensor_cannot_tell_is_not_cut]))
