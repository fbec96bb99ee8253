#!/usr/bin/env python3
# tests/interop/exhibit.py PROGRAM - unzip, sha256sum and tshark read what we cut.
import base64
import csv
import hashlib
import io
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit

SCANNER = "198.51.100.7"


def tool(*args, **more):
    return subprocess.run(args, capture_output=True, text=True, check=False, timeout=60, **more)


class Case(kit.Files):
    """A scan of 200 ports, sealed, cut and unpacked by unzip."""

    def __init__(self):
        super().__init__()
        env = kit.environment(EXHIBIT_HOME=self.path("home"))
        kit.run("init", "--name", "cert-a.example", "--local", "192.0.2.0/24", env=env)
        capture = self.put("scan.pcap", kit.pcap(kit.syn_scan(SCANNER)))
        kit.run("seal", "-q", capture, env=env)
        self.said = kit.run("cut", "--remote", SCANNER, "-o", self.path("case.exhibit"), env=env)
        self.unzipped = tool("unzip", "-q", "-d", self.path("bag"), self.path("case.exhibit"))

    def member(self, name):
        return kit.get(os.path.join(self.path("bag"), name))


def unzip_finds_no_error(tap):
    with Case() as c:
        said = tool("unzip", "-t", c.path("case.exhibit"))
        tap.ok("unzip -t", said.returncode == 0 and "No errors detected" in said.stdout,
               said.stdout + said.stderr)
        tap.ok("unzip", c.unzipped.returncode == 0, c.unzipped.stderr)
        said = tool("unzip", "-Z1", c.path("case.exhibit"))
        tap.ok("mimetype comes first", said.stdout.split()[0] == "mimetype", said.stdout)


def the_bag_is_whole(tap):
    with Case() as c:
        for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
            said = tool("sha256sum", "--strict", "-c", name, cwd=c.path("bag"))
            tap.ok(f"sha256sum -c {name}", said.returncode == 0, said.stdout + said.stderr)
        files = [os.path.join(at, f) for at, _, names in os.walk(os.path.join(c.path("bag"), "data"))
                 for f in names]
        listed = {line[66:] for line in c.member("manifest-sha256.txt").decode().splitlines()}
        tap.ok("every file under data/ is in the manifest",
               listed == {os.path.relpath(f, c.path("bag")) for f in files}, listed)
        size = sum(os.path.getsize(f) for f in files)
        tap.ok("Payload-Oxum counts them",
               f"Payload-Oxum: {size}.{len(files)}\n" in c.member("bag-info.txt").decode())
        tap.ok("bagit.txt is that of RFC 8493", c.member("bagit.txt") ==
               b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")


def tshark_reads_the_capture(tap):
    if shutil.which("tshark") is None:
        tap.skip("tshark reads the capture", "no tshark")
        return
    with Case() as c:
        fields = ["frame.number", "frame.time_epoch", "ip.src", "ip.dst", "tcp.dstport",
                  "tcp.flags", "ip.checksum.status", "frame.comment", "_ws.malformed"]
        said = tool("tshark", "-r", os.path.join(c.path("bag"), "data/view.pcapng"), "-T", "fields",
                    "-o", "ip.check_checksum:TRUE", "-E", "separator=;",
                    *[x for f in fields for x in ("-e", f)])
        rows = [line.split(";") for line in said.stdout.splitlines()]
        tap.ok("200 packets", len(rows) == 200, said.stderr + said.stdout[:500])
        tap.none("from the scanner to an address that is made up, each port once",
                 [r for i, r in enumerate(rows) if r[2:6] != [SCANNER, "240.0.0.1", str(i + 1),
                                                               "0x0002"]])
        tap.none("with right checksums, and nothing malformed",
                 [r for r in rows if r[6] not in ("1", "Good") or r[8]])
        tap.none("each is called reconstructed", [r for r in rows if r[7] != "reconstructed"])
        tap.ok("at its time", [r[1] for r in rows[:2]] ==
               ["1700000000.000000000", "1700000000.010000000"], rows[:2])


def the_table_says_the_same(tap):
    with Case() as c:
        rows = list(csv.DictReader(io.StringIO(c.member("data/view.csv").decode())))
        tap.ok("200 lines", len(rows) == 200)
        tap.none("of packets from the scanner",
                 [r for i, r in enumerate(rows)
                  if (r["type"], r["direction"], r["remote"], r["local"], r["local_is"],
                      r["protocol"], r["local_port"], r["row"]) !=
                  ("packet", "in", SCANNER, "240.0.0.1", "made up", "tcp", str(i + 1), str(i))])


def the_entry_follows_from_salt_and_header(tap):
    """What a ledger holds, computed from the members alone (docs/FORMATS.md, S6)."""
    with Case() as c:
        below = "data/segments/0000/"
        header, salt = c.member(below + "header.txt"), c.member(below + "entry.salt")
        h = hashlib.sha256(b"\x17" + salt + hashlib.sha256(header).digest()).digest()
        tap.ok("salt and header are there", len(salt) == 16 and
               header.startswith(b"exhibit-header/v1\n") and len(h) == 32)
        proof = c.member(below + "proof.tlog-proof").decode().splitlines()
        index = int(next(x for x in proof if x.startswith("index "))[6:])
        size = int(proof[proof.index("") + 2])
        lines = dict(x.split(" ", 1) for x in header.decode().splitlines() if " " in x)
        entry = (f"exhibit-segment/v1\n{lines['sensor']}\n{lines['seq']}\n"
                 f"{base64.b64encode(h).decode()}\n").encode()
        node = hashlib.sha256(b"\0" + entry).digest()
        hashes = [base64.b64decode(x) for x in proof[2:proof.index("")]]
        root = base64.b64decode(proof[proof.index("") + 3])
        last = size - 1
        for p in hashes:  # RFC 9162, 2.1.3.2
            if index & 1 or index == last:
                node = hashlib.sha256(b"\1" + p + node).digest()
                while not index & 1 and index:
                    index, last = index >> 1, last >> 1
            else:
                node = hashlib.sha256(b"\1" + node + p).digest()
            index, last = index >> 1, last >> 1
        tap.ok("and lead to the checkpoint's root", node == root and last == 0)


kit.main([unzip_finds_no_error, the_bag_is_whole, tshark_reads_the_capture,
          the_table_says_the_same, the_entry_follows_from_salt_and_header])
