# tests/kit.py - what the end-to-end tests share: running the program, reading
# what it says, TAP, and small captures made here.
import json
import os
import struct
import subprocess
import sys
import tempfile

import jsonschema

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TIMEOUT_S = 60


class Tap:
    """Results as TAP: one line each, the reason for a failure below it."""

    def __init__(self):
        self.n = self.failed = 0

    def ok(self, name, good, why=""):
        self.n += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.n} - {name}", flush=True)
        if not good:
            for line in str(why).splitlines()[:20]:
                print(f"# {line[:300]}")
        return good

    def none(self, name, complaints):
        """Passes if there is nothing to complain of."""
        return self.ok(name, not complaints, "\n".join(map(str, complaints)))

    def skip(self, name, why):
        """Under CI=true whatever is skipped has failed."""
        if os.environ.get("CI") == "true":
            self.ok(name, False, f"{why}: no reason to skip under CI")
            return
        self.n += 1
        print(f"ok {self.n} - {name} # SKIP {why}", flush=True)

    def done(self):
        print(f"1..{self.n}")
        return 1 if self.failed else 0


def shared(*below):
    """Real captures and logs beside the project; None where there are none."""
    top = os.environ.get("EXHIBIT_SHARED") or os.path.join(os.path.dirname(ROOT), "shared")
    path = os.path.join(top, "captures", *below)
    return path if os.path.exists(path) else None


# ---- The program ------------------------------------------------------------


class Said:
    """What a run said: exit status, both streams, and the lines of JSON."""

    def __init__(self, rc, out, err):
        self.rc, self.out, self.err = rc, out, err

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.decode().splitlines()]

    def of(self, kind):
        return [line for line in self.lines if line["type"] == kind]

    @property
    def findings(self):
        return self.of("finding")

    @property
    def summary(self):
        return self.lines[-1]

    def crashed(self):
        """Why this was no orderly end; empty if it was."""
        if self.rc not in (0, 1, 2):
            return f"exit status {self.rc}: {self.err[-200:]!r}"
        for word in (b"the reader was stopped", b"the reader ended", b"Sanitizer",
                     b"runtime error"):
            if word in self.err:
                return self.err[:600].decode(errors="replace")
        return ""

    def __repr__(self):
        return f"status {self.rc}\nout: {self.out[-600:]!r}\nerr: {self.err[-600:]!r}"


def exhibit():
    return os.environ["EXHIBIT_PROGRAM"]


def environment(**more):
    """Nothing of the caller's that could change what the program says."""
    env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8", "TZ": "UTC",
           "HOME": "/nonexistent"}
    env.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
    env.update(more)
    return env


def run(*args, stdin=b"", env=None, **more):
    """The program with these arguments; `stdin` is bytes, or a file."""
    data = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    done = subprocess.run([exhibit(), *args], capture_output=True, timeout=TIMEOUT_S, check=False,
                          env=env or environment(), **data, **more)
    said = Said(done.returncode, done.stdout, done.stderr)
    if "--json" in args and args[0] in PUBLISHED and done.stdout:
        bad = refused_by_schema(args[0], said)
        assert not bad, f"{args[0]} --json is not as its schema says: {bad}"
    return said


# Commands whose whole JSON has a schema of their name. Whatever a test has them say,
# it is held against it.
PUBLISHED = {"accord", "answer", "case", "init", "key", "ledger", "witness", "doctor", "seal", "cut",
             "disclose"}
SHARES = {"answer": "case"}  # the schema of another command
_PUBLISHED = {}


def refused_by_schema(command, said):
    """What the published schema of a command refuses of what it said."""
    if command not in _PUBLISHED:
        name = SHARES.get(command, command)
        with open(os.path.join(ROOT, f"docs/schemas/{name}.schema.json"), encoding="utf-8") as f:
            schema = json.load(f)
        jsonschema.Draft202012Validator.check_schema(schema)
        _PUBLISHED[command] = jsonschema.Draft202012Validator(schema)
    return [f"{e.json_path}: {e.message[:300]}" for line in said.lines
            for e in _PUBLISHED[command].iter_errors(line)]


def analyze(*args, **more):
    return run("analyze", "--json", *args, **more)


_SCHEMA = None


def schema_complaints(said):
    """Lines of JSON that the published schema refuses, and a missing summary."""
    global _SCHEMA
    if _SCHEMA is None:
        with open(os.path.join(ROOT, "docs/schemas/analyze.schema.json"), encoding="utf-8") as f:
            schema = json.load(f)
        _SCHEMA = {name: jsonschema.Draft202012Validator(
            {**schema, "oneOf": [{"$ref": f"#/$defs/{name}"}]})
            for name in ("finding", "remark", "summary")}
    try:
        lines = said.lines
    except ValueError as e:
        return [f"not JSON Lines: {e}"]
    bad = []
    if [line["type"] for line in lines].count("summary") != 1 or lines[-1]["type"] != "summary":
        bad.append("not one summary, at the end")
    for line in lines:
        which = "finding" if line["type"] == "below" else line["type"]
        bad += [f"{which} {list(e.absolute_path)}: {e.message[:200]}"
                for e in _SCHEMA[which].iter_errors(line)]
    return bad


# ---- Captures ---------------------------------------------------------------

PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
ORDERS = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">",
          b"\xa1\xb2\x3c\x4d": ">"}


def split_pcap(data):
    """A classic capture as its header and its records, each with its own header."""
    order = ORDERS[data[:4]]
    at, records = 24, []
    while at + 16 <= len(data):
        size = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        records.append(data[at:at + 16 + size])
        at += 16 + size
    return data[:24], records


def as_pcapng(header, records):
    """The same packets as one section of pcapng, times in nanoseconds."""
    order = ORDERS[header[:4]]
    nano = header[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
    link = struct.unpack(order + "I", header[20:24])[0] & 0xFFFF
    out = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)),
           block(1, struct.pack("<HHI", link, 0, 0) + struct.pack("<HHB3xHH", 9, 1, 9, 0, 0))]
    for r in records:
        sec, part, size, wire = struct.unpack(order + "IIII", r[:16])
        ns = sec * 10**9 + part * (1 if nano else 1000)
        body = r[16:] + bytes(-size % 4)
        out.append(block(6, struct.pack("<IIIII", 0, ns >> 32, ns & 0xFFFFFFFF, size, wire) + body))
    return b"".join(out)


def block(kind, body):
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def record(time_ns, frame):
    return struct.pack("<IIII", time_ns // 10**9, time_ns % 10**9 // 1000, len(frame),
                       len(frame)) + frame


def ipv4(text):
    return bytes(map(int, text.split(".")))


def tcp_frame(src, dst, sport, dport, flags=2, seq=None):
    """Ethernet, IPv4, TCP without payload; addresses as four bytes."""
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 40, sport, 0, 64, 6, 0) + src + dst
    seq = sport * 77 if seq is None else seq
    tcp = struct.pack(">HHIIBBHHH", sport, dport, seq, 0, 0x50, flags, 1024, 0, 0)
    return b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + ip + tcp


BEGIN_NS = 1_700_000_000 * 10**9


def syn_scan(src="198.51.100.7", dst="192.0.2.5", ports=range(1, 201), begin_ns=BEGIN_NS):
    """Records of one host that asks many ports of another and hears nothing."""
    return [record(begin_ns + i * 10**7, tcp_frame(ipv4(src), ipv4(dst), 40000 + i % 20000, p))
            for i, p in enumerate(ports)]


def pcap(records):
    return PCAP_HEADER + b"".join(records)


def sshd_guesses(who="198.51.100.9", n=20, user="root"):
    """An sshd log of failed passwords, as bytes."""
    return "".join(f"Mar  3 10:{i // 60:02}:{i % 60:02} host sshd[{1000 + i}]: Failed password for "
                   f"{user} from {who} port {30000 + i} ssh2\n" for i in range(n)).encode()


class Files:
    """Files in a folder that goes away."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="exhibit-test-")

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def put(self, name, data):
        path = self.path(name)
        with open(path, "wb") as f:
            f.write(data)
        return path

    def __enter__(self):
        return self

    def __exit__(self, *how):
        self.folder.cleanup()


def get(path):
    with open(path, "rb") as f:
        return f.read()


def skip_all(what):
    """The end of a test for which there is no real data."""
    tap = Tap()
    tap.skip(what, "no shared captures (EXHIBIT_SHARED)")
    return tap.done()


def main(claims):
    """Runs the claims: functions that take a Tap. The program is argv[1]."""
    os.environ["EXHIBIT_PROGRAM"] = os.path.abspath(sys.argv[1])
    chosen = sys.argv[2:]
    tap = Tap()
    for claim in claims:
        if chosen and claim.__name__ not in chosen:
            continue
        try:
            claim(tap)
        except Exception as e:  # a claim that breaks is one that failed
            at = e.__traceback__
            while at.tb_next is not None:
                at = at.tb_next
            tap.ok(claim.__name__, False, f"{type(e).__name__}: {e} (line {at.tb_lineno})")
    sys.exit(tap.done())
