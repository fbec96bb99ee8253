# tests/scenario/truth.py - what a capture or log really holds, counted without
# the program: captures by tshark, logs by regular expressions.
import calendar
import os
import re
import struct
import subprocess
import time

TSHARK_TIMEOUT_S = 120
# Packets are counted as they stand in the file: nothing put together.
TSHARK_OPTIONS = ("ip.defragment:FALSE", "ipv6.defragment:FALSE",
                  "tcp.desegment_tcp_streams:FALSE", "tcp.analyze_sequence_numbers:FALSE")


def tshark(path, match, fields):
    """Rows of field values of the packets that a display filter lets through.
    Values are those of the outermost layer."""
    cmd = ["tshark", "-n", "-r", path, "-Y", match, "-T", "fields", "-E", "occurrence=f"]
    for option in TSHARK_OPTIONS:
        cmd += ["-o", option]
    for field in ("frame.time_epoch",) + tuple(fields):
        cmd += ["-e", field]
    # No preferences of whoever runs the tests.
    env = {"PATH": os.environ.get("PATH", "/usr/bin"), "LANG": "C.UTF-8", "TZ": "UTC",
           "HOME": "/nonexistent"}
    done = subprocess.run(cmd, capture_output=True, text=True, timeout=TSHARK_TIMEOUT_S,
                          check=False, env=env)
    if done.returncode != 0:
        raise RuntimeError(f"tshark {path}: {done.stderr[-500:]}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def nanoseconds(text):
    seconds, _, part = text.partition(".")
    return int(seconds) * 10**9 + int((part + "000000000")[:9])


def count(path, match, target="ip.dst", port=None, source="ip.src"):
    """Packets, distinct values, first and last time of what a filter matches.
    Without a port field `ports` is None: not a number that could be wrong."""
    fields = [target, source] + ([port] if port else [])
    rows = tshark(path, match, fields)
    times = [nanoseconds(r[0]) for r in rows]
    return {
        "filter": match,
        "packets": len(rows),
        "targets": len({r[1] for r in rows}),
        "sources": len({r[2] for r in rows}),
        "ports": len({r[3] for r in rows}) if port else None,
        "first_ns": min(times) if times else None,
        "last_ns": max(times) if times else None,
    }


def finding(kind, counted, **fields):
    """An expected finding: what it says, and its numbers."""
    if not (counted.get("packets") or counted.get("lines") or counted.get("matches")):
        raise RuntimeError(f"{kind}: nothing in the capture matches {counted.get('filter')}")
    return {"kind": kind, **fields, **counted}


# ---- Logs -----------------------------------------------------------------


def rfc3164_seconds(line):
    """Epoch seconds of a log line without a year: this year's, in UTC, or last
    year's if that would be in the future."""
    now = time.time()
    year = time.gmtime(now).tm_year
    for candidate in (year, year - 1):
        at = calendar.timegm(time.strptime(f"{candidate} {line[:15]}", "%Y %b %d %H:%M:%S"))
        if at <= now + 86400:
            return at
    return at


def clf_seconds(line):
    """Epoch seconds of a common log format line written in UTC."""
    text = re.search(r"\[([^]]+) \+0000\]", line).group(1)
    return calendar.timegm(time.strptime(text, "%d/%b/%Y:%H:%M:%S"))


def lines(path, pattern, seconds=rfc3164_seconds):
    """Lines that match, and the distinct values of the pattern's first group."""
    with open(path, encoding="utf-8", errors="replace") as f:
        found = [(line, m) for line in f for m in [re.search(pattern, line)] if m]
    times = [seconds(line) * 10**9 for line, _ in found]
    return {
        "filter": pattern,
        "lines": len(found),
        "distinct": len({m.group(1) for _, m in found}) if re.compile(pattern).groups else None,
        "first_ns": min(times) if times else None,
        "last_ns": max(times) if times else None,
    }


# ---- Time -----------------------------------------------------------------

PCAP_MAGIC = {0xA1B2C3D4: 10**6, 0xA1B23C4D: 10**9}


def packets(path):
    """How many packets a capture has."""
    done = subprocess.run(["capinfos", "-M", "-c", "-T", "-r", path], capture_output=True,
                          text=True, check=True)
    return int(done.stdout.split()[-1])


def retime(source, target, new_tick):
    """Copy a capture with other times: new_tick(ticks since the first, frame)."""
    with open(source, "rb") as f:
        data = f.read()
    per_second = PCAP_MAGIC[struct.unpack_from("<I", data)[0]]
    records, at, start = [], 24, None
    while at < len(data):
        sec, part, cap, wire = struct.unpack_from("<IIII", data, at)
        frame = data[at + 16:at + 16 + cap]
        tick = sec * per_second + part
        start = tick if start is None else start
        records.append((start + new_tick(tick - start, frame), cap, wire, frame))
        at += 16 + cap
    records.sort(key=lambda r: r[0])
    with open(target, "wb") as f:
        f.write(data[:24])
        for tick, cap, wire, frame in records:
            f.write(struct.pack("<IIII", tick // per_second, tick % per_second, cap, wire) + frame)
    return os.path.basename(target)


def stretch(source, target, factor):
    """Copy a capture with all gaps multiplied: the same packets, slower."""
    return retime(source, target, lambda tick, frame: tick * factor)


def stretch_connections(source, target, factor):
    """Copy a capture so that connections begin further apart, and each is as
    fast as it was: the same acts, with more time between them."""
    begun = {}

    def later(tick, frame):
        # Ethernet, IPv4 without options, TCP or UDP: addresses and ports.
        key = frozenset((frame[26:30] + frame[34:36], frame[30:34] + frame[36:38]))
        return begun.setdefault(key, tick) * (factor - 1) + tick

    return retime(source, target, later)


def stretch_log(source, target, factor):
    """The same for a log: lines of one process stay together. It ends when the
    original ended, so that no line is of the future."""
    with open(source, encoding="utf-8") as f:
        text = f.readlines()
    start, begun, out = rfc3164_seconds(text[0]), {}, []
    for line in text:
        at = rfc3164_seconds(line) - start
        process = re.search(r"\[(\d+)\]", line).group(1)
        out.append((start + begun.setdefault(process, at + len(begun) / 8) * (factor - 1) + at,
                    line))
    out.sort(key=lambda o: o[0])
    back = out[-1][0] - rfc3164_seconds(text[-1])
    with open(target, "w", encoding="utf-8") as f:
        for at, line in out:
            f.write(time.strftime("%b %e %H:%M:%S", time.gmtime(at - back)) + line[15:])
    return os.path.basename(target)
