#!/usr/bin/python3
"""Compares second_verifier.py with exhibit-verify on exhibits and mutants of them.

usage: compare.py EXHIBIT_VERIFY FOLDER...

A folder holds *.exhibit and *.policy.  Mutants are made by a fixed seed: bytes
of the file, members with the container made right again, members moved about,
proofs, policies, and contents sealed again under a key of this program, so
that a change reaches the checks within.  Both programs must agree; refusals of
exhibit-verify that rest only on what the second verifier does not check (that a
finding follows, timestamps) are counted apart.  Files on which they disagree
are kept in disagree/.  TAP on standard output; exit status 1 on failure.
"""

import base64
import collections
import contextlib
import json
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import second_verifier as v


def public_bytes(key):
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([i]) * 32) for i in range(7, 40)]
PUBLIC = public_bytes(KEYS[0])
ORDER_8 = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
MOST = int(os.environ.get("COMPARE_MOST", 300))
SECONDS = float(os.environ.get("COMPARE_SECONDS", 55))
UNCHECKED = ("timestamps",)         # points of the exhibit; all points of claims besides
UNREADABLE = (v.Refused, ArithmeticError, LookupError, RecursionError, TypeError, ValueError,
              struct.error)       # what lenient reading of nonsense may end in
Mutant = collections.namedtuple("Mutant", "kind name data policy")


# Members and container

def repaired(members):
    """The file of these members, with hashes, counts and checksums made right."""
    members = dict(members)
    payload = sorted(name for name in members if name.startswith("data/"))
    oxum = f"Payload-Oxum: {sum(len(members[n]) for n in payload)}.{len(payload)}\n"
    members["bag-info.txt"] = v.DESCRIPTION + oxum.encode()
    members["manifest-sha256.txt"] = v.write_manifest(members, payload)
    members["tagmanifest-sha256.txt"] = v.write_manifest(members, v.TAGS)
    names = sorted(members, key=lambda name: (name != "mimetype", name.encode()))
    return v.write_zip([(name, members[name]) for name in names])


def changed(members, name, data):
    return repaired({**members, name: data})


def flip(rng, data):
    """One small change of some bytes."""
    data = bytearray(data)
    place = rng.randrange(len(data)) if data else 0
    how = rng.randrange(8)
    if how == 0 and data:
        del data[place]
    elif how == 1 or not data:
        data.insert(place, rng.choice(b"0 \n\x00\xff"))
    elif how == 2:
        del data[place:]
    elif how == 3:
        data += rng.choice([b"\n", b"\0", b"0", bytes(32)])
    else:
        data[place] ^= 1 << rng.randrange(8)
    return bytes(data)


def file_mutants(rng, data, members):
    for _ in range(20):
        place = rng.randrange(len(data))
        yield "bytes", f"byte {place}", flip_at(rng, data, place)
    directory = data.rindex(b"PK\5\6")
    start = struct.unpack_from("<I", data, directory + 16)[0]
    for base, size in ((0, 30), (start, 46), (directory, 22)):
        for place in rng.sample(range(size), 8):
            yield "container", f"byte {place} of the header at {base}", flip_at(
                rng, data, base + place)
    for _ in range(6):
        yield "truncation", "cut", data[:rng.randrange(len(data))]
    yield "truncation", "a byte more", data + b"\0"
    yield "truncation", "empty", b""
    listed = list(members.items())
    for _ in range(4):
        i, j = rng.sample(range(1, len(listed)), 2)
        swapped = list(listed)
        swapped[i], swapped[j] = swapped[j], swapped[i]
        yield "order", f"{listed[i][0]} and {listed[j][0]} out of order", v.write_zip(swapped)
        yield "order", f"{listed[i][0]} twice", v.write_zip(
            listed[:i] + [listed[i]] + listed[i:])


def flip_at(rng, data, place):
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1:]


def member_mutants(rng, members):
    names = list(members)
    some = rng.sample(names, min(len(names), 25)) + ["data/findings.json", "data/ladder.json"] * 6
    some += ["data/definitions.json", "data/view.csv", "data/view.pcapng", "README.txt"] * 2
    some += [name for name in names if "/open/" in name] * 10
    for name in some:
        data = flip(rng, members[name])
        yield "member", name, changed(members, name, data)
    for name in rng.sample(names, 12):
        less = {n: d for n, d in members.items() if n != name}
        if name not in v.TAGS:
            yield "removed", name, repaired(less)
    for name in ("data/x", "x.txt", "data/time/0000.checkpoint", "data/segments/9999/header.txt",
                 "data/segments/0000/flows.bin", "data/segments/0000/open/00009.bin",
                 "data/segments/0000/OPEN"):
        yield "added", name, changed(members, name, b"x")
    groups = collections.defaultdict(list)
    for name in names:
        groups[name.rsplit("/", 1)[-1]].append(name)
    for group in groups.values():
        if len(group) > 1:
            a, b = rng.sample(group, 2)
            yield "swapped", f"{a} and {b}", repaired(
                {**members, a: members[b], b: members[a]})


def proof_mutants(rng, members):
    proofs = [name for name in members if name.endswith("tlog-proof")]
    changes = {
        "extra": lambda t: t.replace("\nindex", "\nextra YWJj\nindex", 1),
        "extra, no larger": lambda t: t.replace(
            "\nindex", "\nextra " + b64(bytes(7) + b"\1" + bytes(32)) + "\nindex", 1),
        "extra, another tree": lambda t: t.replace(
            "\nindex", "\nextra " + b64(b"\0\1" + bytes(38) + v.H(t.encode()) * 3) + "\nindex", 1),
        "empty extra": lambda t: t.replace("\nindex", "\nextra \nindex", 1),
        "two extras": lambda t: t.replace("\nindex", "\nextra YWJj\nextra YWJj\nindex", 1),
        "extra, bad": lambda t: t.replace("\nindex", "\nextra YWJ\nindex", 1),
        "index + 1": lambda t: re.sub(r"index (\d+)", lambda m: f"index {int(m[1]) + 1}", t),
        "index 00": lambda t: re.sub(r"index (\d+)", r"index 0\1", t),
        "a hash less": lambda t: re.sub(r"\n\S{44}\n", "\n", t, count=1),
        "a hash more": lambda t: re.sub(r"(\n\S{44})\n", r"\1\1\n", t, count=1),
        "no signature": lambda t: t[:t.index("\u2014")],
        "one signature less": lambda t: t[:t.rindex("\u2014")],
        "unknown signature": lambda t: t + "\u2014 other.example AAAAAAAA\n",
        "short unknown signature": lambda t: t + "\u2014 other.example AAAAAA==\n",
        "first signature twice": lambda t: t + t[t.index("\u2014"):].split("\n")[0] + "\n",
        "false signature": lambda t: t + false_line(t),
        "no last newline": lambda t: t[:-1],
        "extension": lambda t: t.replace("\n\n\u2014", "\nmore\n\n\u2014"),
        "64 signatures": lambda t: t + "\u2014 o AAAAAAA=\n" * (64 - t.count("\u2014")),
        "65 signatures": lambda t: t + "\u2014 o AAAAAAA=\n" * (65 - t.count("\u2014")),
    }
    for name, change in changes.items():
        proof = rng.choice(proofs)
        text = change(members[proof].decode())
        yield "proof", f"{proof}: {name}", changed(members, proof, text.encode())


def false_line(text):
    line = text[text.index("\u2014"):].split("\n")[0].split(" ")
    blob = bytearray(base64.b64decode(line[2]))
    blob[-9] ^= 1
    return f"{line[0]} {line[1]} {base64.b64encode(blob).decode()}\n"


def policy_mutants(rng, data, policies):
    policy = policies["plain.policy"]
    log = re.search("^log .*$", policy, re.M)[0]
    other = f"log {public_text('other.example', 1, PUBLIC)}\n"
    same = f"log {public_text(log.split()[1].split('+')[0], 1, PUBLIC)}\n"
    cosigner = public_text("some.example", 4, PUBLIC)
    yield from ((name, text) for name, text in policies.items())
    yield "other key only", other + "quorum none\n"
    yield "other key of the name only", same + "quorum none\n"
    yield "two keys of the name", same + policy
    yield "twice", log + "\n" + policy
    yield "no newline", policy.rstrip("\n")
    yield "CRLF", policy.replace("\n", "\r\n")
    yield "CR in a line", policy.replace(" ", " \r", 1)
    yield "two CR", policy.replace("\n", "\r\r\n")
    yield "no quorum", policy.replace("quorum none\n", "")
    yield "two quorums", policy + "quorum none\n"
    yield "quorum of nobody", policy.replace("quorum none", "quorum x")
    yield "unmet", f"witness x {cosigner}\n" + policy.replace("quorum none", "quorum x")
    yield "group", (f"witness x {cosigner}\ngroup g all x\n"
                    + policy.replace("quorum none", "quorum g"))
    yield "group of 2 of 1", f"witness x {cosigner}\ngroup g 2 x\n" + policy
    yield "member twice", f"witness x {cosigner}\ngroup g 1 x x\n" + policy
    yield "member in two", f"witness x {cosigner}\ngroup g 1 x\ngroup h 1 x\n" + policy
    yield "name twice", f"witness x {cosigner}\ngroup x 1 x\n" + policy
    yield "none as name", f"witness none {cosigner}\n" + policy
    yield "cosigner as log", f"log {cosigner}\n" + policy
    yield "one key, both", f"witness x {cosigner}\n" + other + policy
    yield "type 2 log", f"log {public_text('o', 2, PUBLIC)}\n" + policy
    yield "ML-DSA witness", f"witness x {public_text('o', 6, bytes(1312))}\n" + policy
    yield "short ML-DSA witness", f"witness x {public_text('o', 6, bytes(13))}\n" + policy
    yield "small order", f"log {public_text('o', 1, bytes(32))}\n" + policy
    for what, point in (("y too large", b"\xff" * 31 + b"\x7f"), ("order 8", ORDER_8),
                        ("not on the curve", b"\2" + bytes(31))):
        yield what, f"log {public_text('o', 1, point)}\n" + policy
    yield "false id", other.replace("+", "+0", 1)[:-1] + "\n" + policy
    yield "tabs", policy.replace("quorum none", "  quorum\t none ")
    yield "CR", policy.replace("\n", "\r\n")
    yield "7F", "# \x7f\n" + policy
    yield "line", "trust me\n" + policy
    yield "url", policy.replace(log, log + " https://log.example/")
    yield "two urls", policy.replace(log, log + " https://log.example/ x")
    bare = policy.replace("#sizes 0 -\n", "")
    for sizes in ("0 -", "0 1", "0 3", "99 -", "5 4", "x -", "0", "0 - -", "00 -"):
        yield f"sizes {sizes}", bare.replace(log, f"#sizes {sizes}\n{log}")
    yield "sizes, then a comment", bare.replace(log, f"#sizes 0 -\n# x\n{log}")
    yield "sizes, then nothing", bare.replace(log, f"#sizes 0 -\n\n{log}")
    yield "sizes last", bare + "#sizes 0 -\n"
    yield "sizes indented", bare.replace(log, f" #sizes 0 1\n{log}")
    yield "sizeslike", bare.replace(log, f"#sizes_0\n{log}")
    yield "comment indented", " # x\n" + policy
    yield "not UTF-8, comment", "# \udcff\n" + policy
    yield "not UTF-8, name", f"witness \udcff {cosigner}\n" + policy
    yield "not UTF-8, key", log.replace(" ", " \udcff", 1) + "\n" + policy
    yield "k 01", f"witness x {cosigner}\ngroup g 01 x\n" + policy
    yield "k 0", f"witness x {cosigner}\ngroup g 0 x\n" + policy
    yield "member none", f"witness x {cosigner}\ngroup g 1 none\n" + policy
    yield "quorum first", "quorum none\n" + policy.replace("quorum none\n", "")
    yield "empty url", policy.replace(log, log + " ")


def public_text(name, kind, public):
    blob = bytes([kind]) + public
    key_id = v.H(name.encode() + b"\n" + blob)[:4].hex()
    return f"{name}+{key_id}+{b64(blob)}"


# Sealing again

@contextlib.contextmanager
def lenient():
    """The second verifier computes, and refuses nothing."""
    strict, v.need = v.need, lambda condition, reason: None
    try:
        yield
    finally:
        v.need = strict


def b64(data):
    return base64.b64encode(data).decode()


def set_line(text, keyword, value):
    return re.sub(f"^{keyword} .*$", lambda _: f"{keyword} {value}", text, flags=re.M)


def seal_again(members, headers=None, remotes=None):
    """Members whose openings, tries or headers were changed, with all that rests on
    them computed again, and a policy that trusts the ledgers this makes."""
    members, ledgers = dict(members), collections.defaultdict(list)
    before = {}
    with lenient():
        for folder in folders(members):
            text = (headers or {}).get(folder, members[folder + "header.txt"].decode())
            header = v.read_header(text.encode())
            proof = (remotes or {}).get(folder, members[folder + "remotes.bin"])
            proof = with_openings(members, folder, header, proof)
            flows = members.get(folder + "flows.bin", b"")
            if folder not in (remotes or {}) or trie_reads(proof, header):
                top = v.Trie(proof, header.remotes, header.records).top.hash
                counts = struct.pack(">IQ", header.remotes % 2**32, header.records % 2**64)
                root = v.H(b"\x14", header.segid, counts,
                           v.Trie(flows, header.flows[0]).top.hash, top)
                text = set_line(text, "root", b64(root))
            text = chained(text, header, before)
            members[folder + "remotes.bin"] = proof
            members[folder + "header.txt"] = text.encode()
            origin = header.sensor if header.kind == "live" else header.party
            ledgers[origin].append((folder, header, v.H(text.encode())))
    policy = "".join(f"log {public_text(origin, 1, public_bytes(KEYS[i]))}\n"
                     for i, origin in enumerate(ledgers))
    for i, origin in enumerate(ledgers):
        write_proofs(members, origin, ledgers[origin], KEYS[i])
    return members, policy + "quorum none\n"


def trie_reads(proof, header):
    try:
        return v.Trie(proof, header.remotes, header.records)
    except UNREADABLE:
        return None


def folders(members):
    return [name[:-10] for name in members if name.endswith("header.txt")]


def with_openings(members, folder, header, proof):
    """The proof of remotes with the roots that the openings come to."""
    trie = v.Trie(proof, header.remotes, header.records)
    for place, leaf in enumerate(trie.leaves):
        data = members.get(f"{folder}open/{place:05}.bin")
        if data is None:
            continue
        old = leaf.kc + leaf.root
        kc = v.H(b"\x26", first_key(data)) if data[1] & 1 else leaf.kc
        try:
            root = v.Opening(data, header, leaf).root
        except UNREADABLE:
            root = leaf.root
        proof = proof.replace(old, kc + root)
    return proof


def first_key(data):
    """The key that comes first in an opening: kr, where there is one."""
    start = 6 + 8 * int.from_bytes(data[2:6], "big")
    return data[start:start + 16]


def chained(text, header, before):
    """The header with the hash of the one before it, if that was so."""
    place = header.party, header.sensor
    old, new = before.get(place, (None, None))
    if header.prev == old:
        text = set_line(text, "prev", b64(new))
    original = ORIGINAL_HASH.get((header.segid, header.seq), v.ZERO32)
    before[place] = original, v.H(text.encode())
    return text


ORIGINAL_HASH = {}


def tree(leaves):
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return v.H(b"\1", tree(leaves[:split]), tree(leaves[split:]))


def path(leaves, index):
    if len(leaves) == 1:
        return []
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < split:
        return path(leaves[:split], index) + [tree(leaves[split:])]
    return path(leaves[split:], index - split) + [tree(leaves[:split])]


def growth(leaves, old, whole=True):
    """Proof of consistency (RFC 6962, 2.1.2) from the first `old` of these leaves."""
    if old == len(leaves):
        return [] if whole else [tree(leaves)]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= split:
        return growth(leaves[:split], old, whole) + [tree(leaves[split:])]
    return growth(leaves[split:], old - split, False) + [tree(leaves[:split])]


def entry_leaves(members, ledger):
    leaves = []
    for folder, header, digest in ledger:
        promise = b64(v.H(b"\x17", members[folder + "entry.salt"], digest))
        entry = f"exhibit-segment/v1\n{header.sensor}\n{header.seq}\n{promise}\n"
        leaves.append(v.H(b"\0", entry.encode()))
    return leaves


def onward(larger, old):
    """What `extra` says of the tree of all these leaves (E3)."""
    return "extra " + b64(b"".join([struct.pack(">Q", len(larger)), tree(larger),
                                    *growth(larger, old)])) + "\n"


def write_proofs(members, origin, ledger, key, foreign=b"", larger=None):
    leaves = [v.H(b"\0", foreign)] if foreign else []
    leaves += entry_leaves(members, ledger)
    extra = onward(larger, len(leaves)) if larger else ""
    text = f"{origin}\n{len(leaves)}\n{b64(tree(leaves))}\n"
    public = b"\1" + public_bytes(key)
    blob = v.H(origin.encode(), b"\n", public)[:4] + key.sign(text.encode())
    note = f"{text}\n\u2014 {origin} {b64(blob)}\n"
    for index, (folder, _, _) in enumerate(ledger, len(leaves) - len(ledger)):
        hashes = "".join(b64(node) + "\n" for node in path(leaves, index))
        members[folder + "proof.tlog-proof"] = (
            f"c2sp.org/tlog-proof@v1\n{extra}index {index}\n{hashes}\n{note}".encode())


def with_views(members):
    """Members with the views that the second verifier would make."""
    members = dict(members)
    with lenient():
        stand_ins, lines, rows = v.StandIns(), [v.COLUMNS], []
        for place, folder in enumerate(folders(members)):
            header = v.read_header(members[folder + "header.txt"])
            trie = v.Trie(members[folder + "remotes.bin"], header.remotes, header.records)
            for leaf_place, leaf in enumerate(trie.leaves):
                data = members.get(f"{folder}open/{leaf_place:05}.bin")
                for row in v.Opening(data, header, leaf).rows if data else ():
                    local = stand_ins.of(row)
                    rows.append((row, local))
                    lines.append(v.csv_line(place, row, local))
        members["data/view.csv"] = "".join(lines).encode()
        members["data/view.pcapng"] = b"".join(v.pcapng(rows))
    return members


# Mutants that are sealed again

HEADER_LINES = """packets 999 9|clock file 5|clock a=b 5|clock x|two-way 5 4|two-way 3 4|sampling 0
sampling 2|end crash|end open|late 1|late 99999|drops 1 0 0|payload 3|payload none|payload 0
payload 00|payload -1|epoch 1|epoch 18446744073709551615|epoch -1|mono 5 3 1|mono -1 3 1|mono 0 0 -1
after x|after  x |after none |after note AAAA|after note A|after é|flows 0 1 0
flows 0 0 1|flows 1 0 0|remotes 0|remotes 1|remotes 99|remotes 4294967296|records 1|records 0
kind live|kind log|kind file|seq 500|seq 0|party other.example|party a+b|party a b|sensor x
sensor file/x|sensor a+b
key AAAA|local declared 0|local inferred 0|local declared 65|packets 18446744073709551615 0
packets 18446744073709551616 0|packets 9223372036854775808 0|sampling 18446744073709551615
two-way 9223372036854775808 9223372036854775808
span 0 1|span -5 4|span 5 5|span 5 4
clock file 18446744073709551615|clock file 9223372036854775808|seq 9223372036854775807
seq 18446744073709551615|mono 0 -9223372036854775808 0|drops 18446744073709551615 1 1"""


def header_mutants(members):
    names = folders(members)
    opened = next(f for f in names if any(n.startswith(f + "open/") for n in members))
    zero, some = b64(v.ZERO32), b64(b"\x05" * 32)
    edits = [line.split(" ", 1) for line in re.split("[|\n]", HEADER_LINES)]
    for keyword in ("key", "definitions", "program", "next", "prev"):
        edits += [[keyword, zero], [keyword, some]]
    for folder in {names[0]: 1, opened: 1, names[-1]: 1}:
        text = members[folder + "header.txt"].decode()
        for keyword, value in edits:
            yield f"{folder}header.txt: {keyword} {value}", {folder: set_line(text, keyword, value)}
        span = [int(word) for word in re.search(r"^span (\S+) (\S+)$", text, re.M).groups()]
        for low, high in ((1, 0), (-1, 0), (0, 1), (0, -1), (10**9, 0), (0, -9 * 10**9)):
            value = f"{span[0] + low} {span[1] + high}"
            yield f"{folder}header.txt: span {low:+} {high:+}", {
                folder: set_line(text, "span", value)}
        nets = re.findall("^net .*$", text, re.M)
        for count in (len(nets), len(nets) + 1):
            more = nets + ["net " + zero] * (count - len(nets))
            for order in (more, more[::-1], [more[0]] * len(more)):
                lines = "\n".join([f"local declared {len(order)}"] + order)
                yield f"{folder}header.txt: {lines}", {folder: re.sub(
                    r"^local .*$(\n^net .*$)*", lines, text, flags=re.M)}


def find_openings(members):
    """Openings with their leaf and header."""
    for folder in folders(members):
        header = v.read_header(members[folder + "header.txt"])
        trie = v.Trie(members[folder + "remotes.bin"], header.remotes, header.records)
        for place, leaf in enumerate(trie.leaves):
            name = f"{folder}open/{place:05}.bin"
            if name in members:
                yield name, v.Opening(members[name], header, leaf)


class Draft:
    """An opening taken apart, to be changed and written again."""

    def __init__(self, opening):
        self.wide, self.networks, data = opening.wide, [], opening.reader.data
        count = int.from_bytes(data[2:6], "big")
        self.runs = [struct.unpack_from(">II", data, 6 + 8 * i) for i in range(count)]
        start = 6 + 8 * count
        self.keys = {}
        for b in (1, 2, 4, 8):
            if self.wide & b:
                self.keys[b] = data[start:start + 16]
                start += 16
        self.tokens = [b"\0" + T for T, _ in opening.tokens]
        self.rows = [self.row(row, opened) for row, opened in opening.opened]
        self.tail = b""

    @staticmethod
    def row(row, opened):
        return {"opened": opened, "clear": bytearray(row.clear), "ext": row.ext, "p": row.p,
                "token": row.token, "hidden": row.hidden, "salt": bytes(16),
                "d": (*row.options, row.payload or b""), "tail": b""}

    def write(self):
        out = [bytes([1, self.wide]), struct.pack(">I", len(self.runs))]
        out += [struct.pack(">II", *run) for run in self.runs]
        out += [self.keys.get(b, bytes(16)) for b in (1, 2, 4, 8) if self.wide & b]
        out += [bytes([len(self.networks)]), *self.networks]
        out += [struct.pack(">I", len(self.tokens)), *self.tokens]
        out += [self.write_row(row) for row in self.rows]
        return b"".join(out) + self.tail

    def write_row(self, row):
        kind, flags = row["clear"][0], int.from_bytes(row["clear"][2:4], "big")
        out = [bytes([row["opened"]]), row["clear"]]
        if kind in (2, 3) or flags & v.LONG:
            out.append(row["ext"])
        if not self.wide & 1:
            out.append(row["p"])
        if row["opened"] & 1:
            out += [b"" if self.wide & 2 else row["salt"], struct.pack(">I", row["token"])]
        else:
            out.append(bytes(32))
        if not row["opened"] & 2:
            return b"".join(out) + bytes(32)
        out += [b"" if self.wide & 4 else row["salt"], b"" if kind == 3 else row["hidden"]]
        if kind == 3 or flags & v.DATA:
            out += self.write_data(row, kind)
        return b"".join(out) + row["tail"]

    def write_data(self, row, kind):
        if not row["opened"] & 4:
            return [bytes(32)]
        lengths = [len(part) for part in row["d"]]
        head = struct.pack(">I", lengths[2]) if kind == 3 else struct.pack(">HHI", *lengths)
        return [b"" if self.wide & 8 else row["salt"], head, *row["d"]]


def set_clear(row, offset, data):
    row["clear"][offset:offset + len(data)] = data


def clear_edits(rng, draft):
    """Changes of one record's clear bytes: (name, function of a draft)."""
    def edit(offset, data, which):
        return lambda d: set_clear(d.rows[which], offset, data)
    which = rng.randrange(len(draft.rows))
    flags = int.from_bytes(draft.rows[which]["clear"][2:4], "big")
    for value in (0, 1, 2, 3, 4, 255):
        yield f"type {value}", edit(0, bytes([value]), which)
    for value in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 32, 64, 128):
        yield f"class {value}", edit(1, bytes([value]), which)
    for b in range(16):
        yield f"flag {1 << b:04x}", edit(2, (flags ^ 1 << b).to_bytes(2, "big"), which)
    yield "via and quoted", edit(2, (flags | 0x480).to_bytes(2, "big"), which)
    yield "arp, proto 255", edit(2, (flags | 0x200).to_bytes(2, "big"), which)
    for proto in (0, 1, 17, 58, 132, 252, 253, 254, 255):
        yield f"proto {proto}", edit(16, bytes([proto]), which)
    for b in (8, 9, 10, 11):
        code = int.from_bytes(draft.rows[which]["clear"][17:19], "big") | 1 << b
        yield f"code {code:04x}", edit(17, code.to_bytes(2, "big"), which)
    for offset, name in ((4, "time"), (12, "ports"), (19, "wire"), (21, "cap"), (23, "len")):
        yield f"{name} ffff", edit(offset, b"\xff\xff", which)
        yield f"{name} 0000", edit(offset, b"\0\0", which)
    yield "cap 1", edit(21, b"\0\1", which)
    yield "ttl 0", edit(25, b"\0", which)


def long_edits():
    for wire, length, ext in ((65535, 0, (65536, 0, 0)), (65535, 65535, (70000, 65536, 0)),
                              (65535, 0, (65535, 0, 0)), (65535, 0, (65536, 1, 0)),
                              (65535, 0, (65536, 0, 1)), (60, 65535, (60, 65536, 0))):
        def edit(d, wire=wire, length=length, ext=ext):
            row = d.rows[0]
            row["clear"][2] |= 0x10
            set_clear(row, 19, struct.pack(">H", wire))
            set_clear(row, 23, struct.pack(">H", length))
            row["ext"] = struct.pack(">III", *ext)
        yield f"long {wire} {length} {ext}", edit
    for flags, packets, ms, rest in ((2, 5, 5, 0), (0x1002, U32, 5, 0), (0x1002, 5, U32, 0),
                                     (0x1002, 5, 5, 0), (2, U32, 5, 0), (6, 5, 5, 0),
                                     (2, 0, 0, 0), (2, 5, 5, 1)):
        def edit(d, flags=flags, packets=packets, ms=ms, rest=rest):
            row = d.rows[0]
            set_clear(row, 0, b"\2")
            set_clear(row, 2, struct.pack(">H", flags))
            set_clear(row, 19, struct.pack(">IHB", ms, rest, 0))
            row["ext"] = struct.pack(">IQ", packets, 777)
        yield f"flow {flags:x} {packets} {ms} {rest}", edit


U32 = 2**32 - 1


def log_edits():
    for klass, code, ext in ((0, 1, (1, 0, 0, 0)), (1, 1, (1, 0, 0, 0)), (0, 5, (1, 0, 0, 0)),
                             (0, 1, (0, 0, 0, 0)), (0, 404, (1, 0, 0x20, 0)), (0, 1, (1, 0, 4, 0)),
                             (0, 404, (1, 0, 0x10, 0)), (0, 1, (1, 0, 0x30, 0)),
                             (0, 1, (1, 0, 0x93, 0)), (0, 1, (1, 0, 0, 1)),
                             (0, 65535, (1, 0, 0x20, 0))):
        def edit(d, klass=klass, code=code, ext=ext):
            row = d.rows[0]
            set_clear(row, 0, bytes([3, klass, 0, 0]))
            set_clear(row, 17, struct.pack(">H", code) + bytes(7))
            row["ext"] = struct.pack(">IIB", *ext[:3]) + bytes([0, 0, ext[3]])
        yield f"log {klass} {code} {ext}", edit


def opening_edits(rng, draft):
    """Changes of an opening's structure: (name, function of a draft)."""
    def change(**values):
        return lambda d: vars(d).update(values)
    n, tokens = len(draft.rows), draft.tokens
    yield "nothing", lambda d: None
    yield "runs split", change(runs=[(0, 1), (1, n - 1)])
    yield "runs swapped", change(runs=[(1, n - 1), (0, 1)])
    yield "run too long", change(runs=[(0, n + 1)])
    yield "empty run", change(runs=[(0, n), (n, 0)])
    yield "no run", change(runs=[], rows=[], tokens=[], wide=0, tail=bytes(32))
    yield "no run, seeds", change(runs=[], rows=[], tokens=[], tail=bytes(32))
    yield "one row less, seeds", change(runs=[(0, n - 1)], rows=draft.rows[:-1], tail=bytes(32))
    yield "hash more", change(tail=bytes(32))
    yield "byte more", change(tail=b"\0")
    for wide in (0, 2, 4, 8, 14, 16, 22):
        yield f"wide {wide}", change(wide=wide)
    yield "first row only", first_row_only
    yield "token not used", change(tokens=tokens + [bytes(33)])
    yield "token twice", change(tokens=[tokens[0]] * len(tokens))
    yield "kind of a token", change(tokens=[b"\2" + tokens[0][1:]] + tokens[1:])
    yield "other token", lambda d: d.rows[0].update(token=1 % len(tokens))
    yield "token too large", lambda d: d.rows[0].update(token=len(tokens))
    yield "other P", lambda d: d.rows[0].update(p=b"\x09" * 16)
    yield "same P", lambda d: [row.update(p=b"\x09" * 16) for row in d.rows]
    yield "link closed", lambda d: (d.rows[-1].update(opened=2), vars(d).update(wide=4))
    yield "link closed, seed", lambda d: d.rows[-1].update(opened=d.rows[-1]["opened"] & ~1)
    yield "hidden closed", lambda d: (d.rows[-1].update(opened=1), vars(d).update(wide=2))
    yield "hidden closed, seed", lambda d: d.rows[-1].update(opened=1)
    yield "opened 5", lambda d: d.rows[0].update(opened=5)
    yield "opened 7", lambda d: d.rows[0].update(opened=7)
    yield "opened 8", lambda d: d.rows[0].update(opened=11)
    for name, n_ip, n_tcp, cap, size in (("all", 4, 4, 3, 3), ("nothing", 0, 0, 0, 0),
                                         ("short", 0, 0, 3, 2), ("long", 0, 0, 3, 4),
                                         ("44", 44, 0, 0, 0), ("tcp 44", 0, 44, 0, 0),
                                         ("tcp 3", 0, 3, 0, 0), ("payload", 0, 0, 3, 3),
                                         ("beyond len", 0, 0, 9, 9)):
        for wide in (6, 14):
            yield f"data {name}, wide {wide}", with_data(n_ip, n_tcp, cap, size, wide)
    for name, local, nets, edit in place_cases():
        yield f"address {name}", with_address(local, nets, edit)
    yield "kr", with_kr
    yield "kr, a token closed", lambda d: with_kr(d, closed=True)


def first_row_only(d):
    d.runs, d.rows, d.tokens, d.wide = [(0, 1)], d.rows[:1], d.tokens[:1], 0
    size = d.leaf_n
    count = 0
    while size > 1:
        split = 1 << ((size - 1).bit_length() - 1)
        count, size = count + 1, split
    d.tail = b"".join(v.H(bytes([i])) for i in range(count))


def with_data(n_ip, n_tcp, cap, size, wide):
    def edit(d):
        row, d.wide = d.rows[0], wide
        d.keys[8] = b"\x0c" * 16
        row["clear"][2] |= 0x20
        set_clear(row, 21, struct.pack(">HH", cap, min(cap, 3)))
        row.update(opened=7, d=(bytes(n_ip), b"\1" * n_tcp, b"x" * size))
    return edit


def v4(text):
    return v.MAPPED + bytes(int(part) for part in text.split("."))


def place_cases():
    """Opened addresses: where local and remote may lie (S7)."""
    net = (120, v4("198.51.100.0"))
    low, high = (120, v4("192.0.2.0")), (8, b"\xfd" + bytes(15))
    remote = (96, v.MAPPED + bytes(4))
    inside, outside = v4("198.51.100.7"), v4("203.0.113.9")

    def klass(value):
        return lambda row: set_clear(row, 1, bytes([value]))

    def other(row):
        set_clear(row, 16, b"\xfe\0\0")

    for name, local, nets, edit in (
            ("inside", inside, [net], None), ("outside", outside, [net], None),
            ("no network", inside, [], None), ("two networks", inside, [net, low], None),
            ("three networks", inside, [net, low, high], None),
            ("remote inside", inside, [remote], None),
            ("bits past len", inside, [(119, v4("198.51.101.0"))], None),
            ("len 129", inside, [(129, v4("198.51.100.0"))], None),
            ("multicast", v4("224.0.0.1"), [net], None),
            ("multicast, no network", v4("224.0.0.1"), [], None),
            ("multicast, only as destination", v4("224.0.0.1"), [net], klass(0)),
            ("broadcast, only as destination", v4("255.255.255.255"), [net], klass(0)),
            ("multicast as source", v4("224.0.0.1"), [net], klass(1)),
            ("broadcast", v4("255.255.255.255"), [net], None),
            ("v6 multicast", b"\xff\2" + bytes(13) + b"\1", [net], None),
            ("twin, outside", outside, [net], klass(2)), ("twin, inside", inside, [net], klass(2)),
            ("twin to multicast", v4("224.0.0.1"), [net], klass(2)),
            ("internal, both", inside, [remote], klass(6)),
            ("internal, local only", inside, [net], klass(6)),
            ("inner", inside, [net], klass(8)),
            ("none", bytes(16), [net], None), ("none, not IP", bytes(16), [net], other),
            ("unspecified v4", v.MAPPED + bytes(4), [net], None),
            ("stand-in range", v4("240.0.0.1"), [(100, v4("240.0.0.0"))], None)):
        yield name, local, nets, edit
    yield "two networks, order turned", inside, [low, net, "turned"], None


def with_address(local, nets, edit):
    def change(d):
        d.tokens[0] = b"\1" + bytes(16) + local
        turned, networks = "turned" in nets, [n for n in nets if n != "turned"]
        entries = [v.H(net)[:16] + bytes([length]) + net for length, net in networks]
        d.networks = sorted(entries, reverse=turned)
        for row in d.rows:
            if edit and row["token"] == 0:
                edit(row)
    return change


def with_kr(d, closed=False):
    d.wide |= 1
    d.keys[1] = b"\x0d" * 16
    net = v4("198.51.100.0")
    d.networks = [bytes(16) + bytes([120]) + net]
    d.tokens = [b"\1" + bytes(16) + net[:15] + bytes([i + 1]) for i in range(len(d.tokens))][:250]
    if closed:
        d.tokens[-1] = bytes(33)


def opening_mutants(rng, members):
    found = list(find_openings(members))
    for name, opening in found:
        draft = Draft(opening)
        edits = [*opening_edits(rng, draft), *clear_edits(rng, draft), *long_edits(), *log_edits()]
        for what, edit in edits:
            yield f"{name}: {what}", name, opening, edit


def apply_edit(members, name, opening, edit):
    """Members with a changed opening, and the header's networks for it."""
    draft = Draft(opening)
    draft.leaf_n = opening.leaf.n
    edit(draft)
    folder = name[:name.index("open/")]
    members = {**members, name: draft.write()}
    headers = {}
    if draft.networks:
        nets = sorted({v.H(b"\x2a", entry) for entry in draft.networks})
        lines = [f"local declared {len(nets)}"] + ["net " + b64(net) for net in nets]
        headers[folder] = re.sub(r"^local .*$(\n^net .*$)*", "\n".join(lines),
                                 members[folder + "header.txt"].decode(), flags=re.M)
    return seal_again(members, headers)


def sealed_mutants(rng, members, count):
    ORIGINAL_HASH.clear()
    for folder in folders(members):
        header = v.read_header(members[folder + "header.txt"])
        ORIGINAL_HASH[header.segid, header.seq] = header.hash
    jobs = [("header", *job) for job in header_mutants(members)]
    jobs += [("opening", *job) for job in opening_mutants(rng, members)]
    jobs += [("trie", *job) for job in trie_mutants(rng, members)]
    jobs += [("flip", *job) for job in flip_mutants(rng, members)]
    jobs = [("header", "nothing", {})] + rng.sample(jobs, min(count, len(jobs)))
    yield from ledger_mutants(members)
    yield from growth_mutants(members)
    for kind, name, *rest in jobs:
        try:
            if kind == "header":
                sealed, policy = seal_again(members, rest[0])
            elif kind in ("trie", "flip"):
                sealed, policy = with_views_if(*seal_again(*rest))
            else:
                sealed, policy = with_views_if(*apply_edit(members, *rest))
        except UNREADABLE as error:
            if os.environ.get("COMPARE_DEBUG"):
                print(f"# cannot make {kind} {name}: {error!r}")
            continue
        yield Mutant("sealed " + kind, name, repaired(sealed), policy)


def ledger_mutants(members):
    """Ledgers that nothing is wrong with but what is in them, and where."""
    listed = [(folder, v.read_header(members[folder + "header.txt"]))
              for folder in folders(members)]
    listed = [(folder, header, header.hash) for folder, header in listed]
    header, half = listed[0][1], len(listed) // 2
    own = header.sensor if header.kind == "live" else header.party
    for name, origin, parts, foreign in (
            ("as they are", own, [listed], b""), ("origin other", "other.example", [listed], b""),
            ("origin sensor", header.sensor, [listed], b""),
            ("origin party", header.party, [listed], b""), ("turned", own, [listed[::-1]], b""),
            ("an entry before", own, [listed], b"something else\n"),
            ("a tree each", own, [[item] for item in listed], b""),
            ("two trees of a size", own, [listed[:half], listed[half:]], b""),
            ("two trees of two sizes", own, [listed[:1], listed[1:]], b"")):
        if all(h.sensor == header.sensor for _, h, _ in listed) or header.kind != "live":
            sealed = dict(members)
            for part in parts:
                write_proofs(sealed, origin, part, KEYS[0], foreign)
            policy = f"log {public_text(origin, 1, PUBLIC)}\nquorum none\n"
            yield Mutant("ledger", name, repaired(sealed), policy)


def growth_mutants(members):
    """Older segments under smaller checkpoints, shown to be of the same ledger, or not."""
    listed = [(folder, v.read_header(members[folder + "header.txt"]))
              for folder in folders(members)]
    listed = [(folder, header, header.hash) for folder, header in listed]
    own = listed[0][1].sensor if listed[0][1].kind == "live" else listed[0][1].party
    policy = f"log {public_text(own, 1, PUBLIC)}\nquorum none\n"
    larger = entry_leaves(members, listed)
    for old in sorted({1, len(listed) // 2, len(listed) - 1}):
        for name, beyond in (("shown", larger), ("to a larger one", larger + [bytes(32)]),
                             ("of another", larger[::-1]), ("not shown", None)):
            sealed = dict(members)
            write_proofs(sealed, own, listed, KEYS[0])
            write_proofs(sealed, own, listed[:old], KEYS[0], larger=beyond)
            yield Mutant("growth", f"{old}, {name}", repaired(sealed), policy)


def trie_mutants(rng, members):
    """Proofs in tries, and tries of flows, with the root made right."""
    for folder in rng.sample(folders(members), 2):
        text, proof = members[folder + "header.txt"].decode(), members[folder + "remotes.bin"]
        leaf = proof.rindex(b"\1") if proof[0] == 2 else 0
        with lenient():
            header = v.read_header(text.encode())
            top = v.Trie(proof, header.remotes, header.records).top.hash
        for name, data in [("hidden", b"\0" + top), ("empty", b""), ("twice", proof * 2),
                           ("cut", proof[:leaf]), ("kind 3", b"\3" + proof[1:])] + [
                               (f"flip {i}", flip(rng, proof)) for i in range(12)]:
            yield f"{folder}remotes.bin: {name}", members, {}, {folder: data}
        key, inner = bytes(16), b"\2\0"
        for flows, data in (("1 0 0", b"\0" + bytes(32)), ("1 0 0", b"\1" + key + bytes(16)),
                            ("2 0 0", b"\1" + key + bytes(16)), ("0 0 0", b"\0" + bytes(32)),
                            ("1 0 0", b""), ("0 1 1", b""), ("2 3 4", b"\0" + bytes(32)),
                            ("2 0 0", inner + (b"\0" + bytes(32)) * 2),
                            ("1 0 0", inner + (b"\0" + bytes(32)) * 2),
                            ("2 0 0", inner + (b"\1" + key + bytes(16)) * 2),
                            ("2 0 0", inner + b"\1" + key + bytes(16) + b"\1\x80" + bytes(31))):
            more = {**members, folder + "flows.bin": data}
            if not data:
                del more[folder + "flows.bin"]
            yield f"{folder}flows.bin: {flows} {data[:2].hex()}", more, {
                folder: set_line(text, "flows", flows)}, {}


def flip_mutants(rng, members):
    """Bytes of headers and openings, with all that rests on them made right."""
    names = [name for name in members if name.endswith("header.txt") or "/open/" in name]
    names += [name for name in names if "/open/" in name] * 3
    for i in range(60):
        name = rng.choice(names)
        data = members[name]
        place = rng.randrange(min(len(data), 4000))
        data = data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1:]
        yield f"{name}: flip {i} at {place}", {**members, name: data}, {}, {}


def with_views_if(members, policy):
    try:
        return with_views(members), policy
    except UNREADABLE:
        return members, policy


def claim_mutants(rng, members):
    """Claims and ladder in other spellings, or with other contents."""
    text = members["data/findings.json"].decode()
    for name, old, new in (
            ("space", ",", ", "), ("at_least gone", '"at_least":true,', ""),
            ("at_least false", '"at_least":true', '"at_least":false'),
            ("at_least there", '"decided"', '"at_least":true,"decided"'),
            ("bytes zero", '"targets"', '"bytes":0,"targets"'),
            ("said", '"said":false', '"said":true'),
            ("more", '"said":false', '"said":false,"x":1'), ("number", '"number":1', '"number":2'),
            ("number 1.0", '"number":1', '"number":1.0'), ("escape", "scan", "sc\\u0061n"),
            ("side", "outside", "inside"), ("side?", "outside", "above"),
            ("time", "000Z", "Z"), ("from", '"from":0', '"from":1'), ("to", '"to":', '"to":9'),
            ("remotes", '"remotes":["', '"remotes":["9.9.9.9","'), ("port", "[", "[0,"),
            ("twice", '"side"', '"side":"outside","side"'), ("newline", "]\n", "]"),
            ("initiator gone", re.search('"initiator":"[^"]*",', text)[0], "")):
        data = text.replace(old, new, 1).encode()
        yield "claim", name, changed(members, "data/findings.json", data)
    yield "claim", "none at all", changed(members, "data/findings.json", b"[]\n")
    for ladder in ('{"remotes":[],"sources":[]}', '{"sources":[]}',
                   '{"sources":[],"remotes":[],"x":1}',
                   '{"sources": [],"remotes":[]}', '{"sources":[],"remotes":[]}\n', "[]"):
        yield "ladder", ladder, changed(members, "data/ladder.json", ladder.encode() + b"\n")


def untrue_mutants(members):
    """Marks that contradict themselves, and sources that speak of others."""
    text = members["data/findings.json"].decode()
    mark = '{"mark":3,"name":"%s","matched":%%d,"of":4}' % "mirai-like"
    for name, marks in (("matched > of", [5]), ("a mark twice", [4, 4]), ("a mark", [4])):
        said = ",".join(mark % matched for matched in marks)
        data = re.sub(r'"said_tool":\[[^]]*\]', f'"said_tool":[{said}]', text, count=1).encode()
        yield "untrue", name, changed(members, "data/findings.json", data)
    remote = re.search('"remotes":\\["([^"]*)"', text)[1]
    for name in (remote, "9.9.9.9"):
        ladder = ('{"sources":[],"remotes":[{"address":"%s","looked_up":"%s","event":'
                  '"2023-11-14T22:13:20.000000000Z","statements":[]}]}\n' % (name, name))
        yield "untrue", f"ladder of {name}", changed(members, "data/ladder.json", ladder.encode())


def mutants(rng, data, policies):
    members = v.read_zip(data)
    policy = policies["plain.policy"]
    yield from (Mutant("policy", name, data, text)
                for name, text in policy_mutants(rng, data, policies))
    plain = [*file_mutants(rng, data, members), *proof_mutants(rng, members),
             *member_mutants(rng, members), *claim_mutants(rng, members)]
    yield from (Mutant(*item, policy) for item in untrue_mutants(members))
    for item in rng.sample(plain, min(len(plain), BUDGET_PLAIN)):
        yield Mutant(*item, policy)
    yield from sealed_mutants(rng, members, BUDGET_SEALED)


BUDGET_PLAIN = int(os.environ.get("COMPARE_PLAIN", 112))
BUDGET_SEALED = int(os.environ.get("COMPARE_SEALED", 122))


# Comparison

def theirs(program, folder, mutant):
    """What exhibit-verify says: ("ok" | "refused" | "unknown key" | "unchecked", why)."""
    file, policy = folder / "m.exhibit", folder / "m.policy"
    file.write_bytes(mutant.data)
    policy.write_bytes(mutant.policy.encode("utf-8", "surrogateescape"))
    run = subprocess.run([program, "--policy", policy, "--json", file], capture_output=True,
                         check=False, timeout=60)
    if run.returncode not in (0, 1, 2):
        return "crash", f"status {run.returncode}"
    if run.returncode == 0:
        return "ok", ""
    try:
        report = json.loads(run.stdout)
    except ValueError:
        return "refused", run.stderr.decode(errors="replace").strip()
    bad = [p for p in report["points"] if p["word"] == "does not hold"]
    if any(p["what"] not in UNCHECKED for p in bad):
        return "refused", "; ".join(f"{p['what']}: {p['detail']}" for p in bad)
    claims = [p for c in report["claims"] if not c["holds"] for p in c["points"]
              if p["word"] not in ("holds", "no key in the policy")]
    if bad or claims and not report["policy_lacks_key"]:
        return "unchecked", "; ".join(f"{p['what']}: {p['detail']}" for p in bad + claims)
    if report["policy_lacks_key"]:
        return "unknown key", ""
    return "refused", report["grade_reason"]


def category(mine, other):
    """agree, unchecked (a finding does not follow), or disagree."""
    if other == "unchecked" and mine != "refused":
        return "unchecked"
    if other == "unchecked" or mine == other:
        return "agree"
    return "disagree" if "ok" in (mine, other) or other == "crash" else "differ in kind"


def compare(program, name, data, policies, keep):
    """All mutants of one exhibit; counts by category, and the disagreements."""
    counts, wrong, start = collections.Counter(), [], time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for mutant in mutants(random.Random(1), data, policies):
            if counts["mutants"] >= MOST or time.monotonic() - start > SECONDS:
                break
            try:
                mine, why = v.verify(mutant.data, mutant.policy)
            except Exception as error:          # a crash of the second verifier counts
                mine, why = "crash", repr(error)
            other, because = theirs(program, pathlib.Path(folder), mutant)
            verdict = category(mine, other) if mine != "crash" else "disagree"
            counts["mutants"] += 1
            counts[verdict] += 1
            counts["accepted by both"] += mine == other == "ok"
            if os.environ.get("COMPARE_DEBUG") == "2":
                print(f"# {verdict} | {mutant.kind} | {mutant.name!r} | {mine}: {why} | "
                      f"{other}: {because}")
            if verdict == "disagree":
                wrong.append((mutant, f"second: {mine}: {why}; theirs: {other}: {because}"))
    for i, (mutant, _) in enumerate(wrong):
        keep.mkdir(exist_ok=True)
        (keep / f"{name}-{i:03}.exhibit").write_bytes(mutant.data)
        policy = mutant.policy.encode("utf-8", "surrogateescape")
        (keep / f"{name}-{i:03}.policy").write_bytes(policy)
    return counts, wrong


def main(arguments):
    program, failed, number = os.path.abspath(arguments[0]), False, 0
    keep = pathlib.Path(__file__).resolve().parent / "disagree"
    for folder in map(pathlib.Path, arguments[1:]):
        policies = {p.name: p.read_text() for p in sorted(folder.glob("*.policy"))}
        for file in sorted(folder.glob("*.exhibit")):
            number += 1
            counts, wrong = compare(program, f"{folder.name}-{file.stem}", file.read_bytes(),
                                    policies, keep)
            for mutant, what in wrong:
                print(f"# {mutant.kind}: {mutant.name!r}: {what}")
            print("# " + ", ".join(f"{what}: {n}" for what, n in sorted(counts.items())))
            print(f"{'not ok' if wrong else 'ok'} {number} - {folder.name}/{file.name}: both agree")
            failed = failed or bool(wrong)
    print(f"1..{number}")
    return 1 if failed or not number else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
