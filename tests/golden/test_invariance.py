#!/usr/bin/env python3
# tests/golden/test_invariance.py PROGRAM [CLAIM...] - what is found does not depend
# on how the input is cut into files, on their order, their form, or the run.
import functools
import gzip
import os
import random
import shutil
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit

EVERY_CUT = 140   # captures with no more packets are cut at each of them
SOME_CUTS = 16    # longer ones here and there
MANY_FILES = 620  # one file per packet up to so many
REPEATS = 5

CAPTURES = (
    "pcap/scan/slips-test12-icmp-sweep.pcap", "pcap/scan/ndpi-tcp_scan-below-threshold.pcap",
    "pcap/scan/zeek-rpc-portmap-sadmind.pcap", "pcap/scan/zeek-nmap-vsn.pcap",
    "pcap/scan/ndpi-synscan.pcap", "pcap/ddos/ndpi-badpackets-dns-amplification.pcap",
    "pcap/ddos/sv-syn-flood-200.pcap", "pcap/ddos/ndpi-ip_fragmented_garbage.pcap",
    "pcap/bruteforce/zeek-sshguess.pcap", "pcap/bruteforce/zeek-ftp-bruteforce.pcap",
    "pcap/web/ndpi-WebattackRCE.pcap", "pcap/benign/ndpi-telnet.pcap",
    "pcap/benign/zeek-wikipedia.pcap")


def made_mixture():
    """Scanners of several kinds among answers and strays; the same each time."""
    rng = random.Random(7)
    rows = []
    for s in range(12):
        who = kit.ipv4(f"203.0.113.{s + 1}")
        for i in range(40):
            dst = kit.ipv4(f"192.0.2.{i + 1}" if s % 2 else "192.0.2.77")
            port = 23 if s % 2 else i + 1
            at = kit.BEGIN_NS + s * 3 * 10**9 + i * 10**8 + rng.randrange(10**6)
            rows.append((at, kit.tcp_frame(who, dst, 40000 + i, port)))
            if rng.random() < 0.4:
                rows.append((at + 10**5, kit.tcp_frame(dst, who, port, 40000 + i, 0x14)))
    for i in range(400):
        src = bytes([100, rng.randrange(64), rng.randrange(256), rng.randrange(256)])
        rows.append((kit.BEGIN_NS + 50 * 10**9 + i * 10**6,
                     kit.tcp_frame(src, kit.ipv4("192.0.2.80"), rng.randrange(1024, 65536), 443)))
    return [kit.record(*row) for row in sorted(rows)]


@functools.lru_cache(maxsize=None)
def material():
    """(name, header, records) of each capture."""
    found = [("a made mixture", kit.PCAP_HEADER, tuple(made_mixture()))]
    for name in CAPTURES:
        if kit.shared(name):
            header, records = kit.split_pcap(kit.get(kit.shared(name)))
            found.append((name, header, tuple(records)))
    return found


def time_of(header, r):
    return struct.unpack(kit.ORDERS[header[:4]] + "II", r[:8])


def findings(said):
    """Without where it was read."""
    return [{k: v for k, v in f.items() if k not in ("first_at", "last_at")}
            for f in said.findings]


def of_the_whole(said):
    """What else a run tells that may not depend on the cut."""
    return {k: v for k, v in said.summary.items() if k != "inputs"}


@functools.lru_cache(maxsize=None)
def uncut(name):
    header, records = next(m[1:] for m in material() if m[0] == name)
    with kit.Files() as files:
        said = kit.analyze(files.put("whole.pcap", header + b"".join(records)))
    return findings(said), of_the_whole(said), said.rc


def same(name, said):
    """Why this is not what the uncut capture gave; empty if it is."""
    want = uncut(name)
    got = (findings(said), of_the_whole(said), said.rc)
    if said.err:
        return said.err.decode()[:300]
    for what, a, b in zip(("findings", "summary", "status"), want, got):
        if a != b:
            return f"{what}: uncut {a}\nnow {b}"
    return ""


# ---- Cuts -------------------------------------------------------------------


def cuts(n):
    if n <= EVERY_CUT:
        return range(n + 1)
    rng = random.Random(n)
    return sorted({0, 1, n - 1, n} | {rng.randrange(n) for _ in range(SOME_CUTS)})


def two_files_find_the_same(tap):
    for name, header, records in material():
        bad = []
        with kit.Files() as files:
            for n in cuts(len(records)):
                a = files.put("a", header + b"".join(records[:n]))
                b = files.put("b", header + b"".join(records[n:]))
                tied = 0 < n < len(records) and \
                    time_of(header, records[0]) == time_of(header, records[n])
                why = same(name, kit.analyze(*([a, b] if n % 2 or tied else [b, a])))
                bad += [f"cut at packet {n}: {why}"] if why else []
        tap.none(f"{name}: cut in two at {len(cuts(len(records)))} places", bad)


def shuffled(header, records):
    """Indices in an order that keeps packets of one time as they are: files are
    taken by first time, then as given."""
    groups = {}
    for i, r in enumerate(records):
        groups.setdefault(time_of(header, r), []).append(i)
    keys = list(groups)
    random.Random(3).shuffle(keys)
    return [i for k in keys for i in groups[k]]


def a_file_for_each_packet_finds_the_same(tap):
    for name, header, records in material():
        times = [time_of(header, r) for r in records]
        if len(records) > MANY_FILES or times != sorted(times):
            continue
        with kit.Files() as files:
            paths = [files.put(f"{i:04}", header + r) for i, r in enumerate(records)]
            said = kit.analyze(*(paths[i] for i in shuffled(header, records)))
        tap.none(f"{name}: {len(paths)} files in any order", list(filter(None, [same(name, said)])))


def a_log_cut_in_two_finds_the_same(tap):
    logs = [("a made log", kit.sshd_guesses(n=60))]
    if kit.shared("logs/sshd/elastic-auth.log"):
        logs.append(("elastic-auth.log", kit.get(kit.shared("logs/sshd/elastic-auth.log"))))
    for name, data in logs:
        lines = data.splitlines(keepends=True)
        bad = []
        with kit.Files() as files:
            whole = findings(kit.analyze(files.put("whole", data)))
            for n in sorted(random.Random(5).sample(range(1, len(lines)), SOME_CUTS)):
                a = files.put("a", b"".join(lines[:n]))
                b = files.put("b", b"".join(lines[n:]))
                if findings(kit.analyze(b, a)) != whole:
                    bad.append(f"cut before line {n + 1}")
        tap.none(f"{name}: cut in two at {SOME_CUTS} places", bad)


# ---- Forms ------------------------------------------------------------------


def swapped(header, records):
    """The same capture in the other byte order."""
    order = kit.ORDERS[header[:4]]
    other = ">" if order == "<" else "<"

    def turn(form, data):
        return struct.pack(other + form, *struct.unpack(order + form, data))

    return turn("IHHiIII", header) + b"".join(turn("IIII", r[:16]) + r[16:] for r in records)


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout


def on_standard_input(path):
    with open(path, "rb") as f:
        return kit.analyze("-", stdin=f)


def every_form_of_a_capture_finds_the_same(tap):
    bad = []
    for name, header, records in material():
        data = header + b"".join(records)
        forms = {"gzip": gzip.compress(data, 1), "swapped": swapped(header, records),
                 "pcapng": kit.as_pcapng(header, records),
                 "gzip in two members": gzip.compress(data[:999], 1) + gzip.compress(data[999:], 1)}
        if shutil.which("zstd"):
            forms["zstd"] = zstd(data)
        with kit.Files() as files:
            for form, content in forms.items():
                why = same(name, kit.analyze(files.put("copy", content)))
                bad += [f"{name} as {form}: {why}"] if why else []
            path = files.put("whole", data)
            for form, said in (("standard input", kit.analyze("-", stdin=data)),
                               ("a file as standard input", on_standard_input(path)),
                               ("gzip as standard input", kit.analyze("-", stdin=forms["gzip"]))):
                why = same(name, said)
                bad += [f"{name}, {form}: {why}"] if why else []
    tap.none("gzip, zstd, pcapng, either byte order and standard input find the same", bad)


def places(said):
    return [f[at]["offset"] for f in said.findings for at in ("first_at", "last_at")]


def places_in_a_compressed_file_are_those_inside(tap):
    bad = []
    for name, header, records in material():
        data = header + b"".join(records)
        with kit.Files() as files:
            path = files.put("f", data)
            plain = places(kit.analyze(path))
            files.put("f", gzip.compress(data, 1))
            if places(kit.analyze(path)) != plain:
                bad.append(f"{name}: not those of the file itself")
        starts = {24}
        for r in records:
            starts.add(max(starts) + len(r))
        bad += [f"{name}: offset {at} is no packet's" for at in plain if at not in starts]
    tap.none("offsets are those of packets, in the decompressed stream", bad)


def runs_give_the_same_bytes(tap):
    bad = []
    with kit.Files() as files:
        paths = [files.put(str(i), header + b"".join(records))
                 for i, (_, header, records) in enumerate(material())]
        for args in (["--json", "--explain"], ["--csv"], ["--all", "--explain"], []):
            outs = {kit.run("analyze", *args, *paths).out for _ in range(REPEATS)}
            bad += [f"analyze {args}: {len(outs)} answers"] if len(outs) != 1 else []
    tap.none(f"{REPEATS} runs over everything at once give the same bytes", bad)


if __name__ == "__main__":
    REAL = []
    if kit.shared() is None:
        REAL = [lambda tap: tap.skip("real captures", "no shared captures (EXHIBIT_SHARED)")]
    kit.main(REAL + [two_files_find_the_same, a_file_for_each_packet_finds_the_same,
                     a_log_cut_in_two_finds_the_same, every_form_of_a_capture_finds_the_same,
                     places_in_a_compressed_file_are_those_inside, runs_give_the_same_bytes])
