#!/usr/bin/python3
"""A second verifier of exhibits, written from FORMATS.md alone.

usage: second_verifier.py POLICY FILE...

One line per file: "FILE: ok", "FILE: refused: MEMBER: reason" or
"FILE: unknown key".  Checked: the container (E1), the bag (E2), the members
(E3), ledgers and policy (sections 1 to 7), headers and chain (S6), tries (S4,
S5), openings (S3, S7), the spelling of claims (E4) and ladder (E5), view.csv
and view.pcapng (E6).  Not checked: whether the claims' numbers follow from the
records (the detectors are not in the specification), and timestamps.
"""

import base64
import binascii
import contextlib
import datetime
import hashlib
import ipaddress
import json
import re
import struct
import sys
import zlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

U32, U63, U64 = 2**32 - 1, 2**63 - 1, 2**64 - 1
ZERO32 = bytes(32)
MAPPED = bytes(10) + b"\xff\xff"


class Refused(Exception):
    """The file, or the policy, is not as FORMATS.md says."""


def need(condition, reason):
    if not condition:
        raise Refused(reason)


@contextlib.contextmanager
def at(where):
    """Names the member in which a refusal arose."""
    try:
        yield
    except Refused as error:
        raise Refused(f"{where}: {error}") from None


def H(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text):
    """Base64 in its only spelling (preamble of FORMATS.md)."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("base64") from None
    need(base64.b64encode(data).decode() == text, "base64 in another spelling")
    return data


def number(text, low=0, high=U63):
    need(re.fullmatch("0|-?[1-9][0-9]*", text, re.ASCII) and len(text) <= 20, "number")
    need(low <= int(text) <= high, "number out of range")
    return int(text)


def is_name(text):
    """Names of keys, parties and sensors (section 1)."""
    return (1 <= len(text.encode("utf-8", "surrogateescape")) <= 255 and "+" not in text
            and not any("\ud800" <= char <= "\udfff" for char in text)
            and not any(char.isspace() or char < " " for char in text))


def decode_text(data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("not UTF-8") from None


class Reader:
    """Big-endian fields of a binary member."""

    def __init__(self, data):
        self.data, self.offset = data, 0

    def take(self, size):
        need(size <= len(self.data) - self.offset, "ends early")
        self.offset += size
        return self.data[self.offset - size:self.offset]

    def integer(self, size):
        return int.from_bytes(self.take(size), "big")

    def rest(self):
        return len(self.data) - self.offset


# Sections 1 to 3: keys, notes, checkpoints

P25519 = 2**255 - 19
SMALL_ORDER = {0, 1, P25519 - 1} | {int.from_bytes(bytes.fromhex(y), "little") for y in (
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")}


@dataclass(frozen=True)
class Key:
    name: str
    kind: int
    id: bytes
    public: bytes
    first: int = 0
    last: int = U63

    def holds(self, signature, text):
        """Whether a signature of a note is this key's (section 2)."""
        if self.kind == 4:
            if len(signature) != 72 or signature[0] & 128:
                return False
            time = int.from_bytes(signature[:8], "big")
            text = f"cosignature/v1\ntime {time}\n".encode() + text
            signature = signature[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return len(signature) == 64


def read_key(text):
    """Public text of a key (section 1)."""
    parts = text.split("+", 2)
    need(len(parts) == 3 and is_name(parts[0]), "key")
    need(re.fullmatch("[0-9a-f]{8}", parts[1]), "id of a key")
    blob = unbase64(parts[2])
    need(len(blob) >= 2, "key is too short")
    key = Key(parts[0], blob[0], bytes.fromhex(parts[1]), blob[1:])
    if key.kind in (1, 4, 6):
        need(key.id == H(key.name.encode(), b"\n", blob)[:4], "id is not the key's")
    if key.kind in (1, 4):
        need(len(key.public) == 32, "length of a key")
        y = int.from_bytes(key.public, "little") % 2**255
        need(y < P25519 and y not in SMALL_ORDER, "key of small order")
    return key


def parse_note(data):
    """Signed note (section 2): its text and [(name, id, signature)]."""
    need(len(data) <= 2**20, "note is too long")
    text = decode_text(data)
    need(not any(char < " " and char != "\n" for char in text), "control character")
    split = text.rfind("\n\n")
    need(split >= 0 and text.endswith("\n"), "note")
    lines = text[split + 2:-1].split("\n")
    need(1 <= len(lines) <= 64, "signature lines")
    signatures = []
    for line in lines:
        words = line.split(" ")
        need(len(words) == 3 and words[0] == "\u2014" and is_name(words[1]), "signature line")
        blob = unbase64(words[2])
        need(5 <= len(blob) <= 8192, "length of a signature")
        signatures.append((words[1], blob[:4], blob[4:]))
    return text[:split + 1].encode(), signatures


def parse_checkpoint(text):
    """Text of a checkpoint (section 3): origin, size, root."""
    lines = text.decode().split("\n")
    need(len(lines) >= 4 and lines[-1] == "" and all(lines[:-1]), "checkpoint")
    need(len(lines[0].encode()) <= 255, "origin")
    root = unbase64(lines[2])
    need(len(root) == 32, "root")
    return lines[0], number(lines[1]), root


# Section 7: policies

@dataclass
class Policy:
    logs: list = field(default_factory=list)
    witnesses: dict = field(default_factory=dict)
    groups: dict = field(default_factory=dict)
    quorum: str = ""

    def met(self, name, signers):
        if name == "none":
            return True
        if name in self.witnesses:
            return self.witnesses[name] in signers
        count, members = self.groups[name]
        return sum(self.met(member, signers) for member in members) >= count


def read_policy(text):
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    need(len(data) <= 2**20, "too long")
    text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    need(not any((c < " " and c not in "\t\n") or c == "\x7f" for c in text), "control character")
    need(not text or text.endswith("\n"), "last line without newline")
    policy, sizes = Policy(), None
    for line in text.split("\n")[:-1]:
        words = [word for word in re.split("[ \t]+", line) if word]
        if words[:1] == ["#sizes"]:                                     # section 7
            need(sizes is None and len(words) == 3, "sizes")
            sizes = number(words[1]), U63 if words[2] == "-" else number(words[2])
            need(sizes[0] <= sizes[1], "sizes")
            continue
        need(sizes is None or words[:1] == ["log"], "sizes that stand before no log")
        if words and not words[0].startswith("#"):                      # as in tlog-policy
            policy_line(policy, words, sizes)
        sizes = None
    need(sizes is None, "sizes that stand before no log")
    need(policy.quorum, "no quorum")
    check_policy(policy)
    return policy


def policy_line(policy, words, sizes):
    kind, words = words[0], words[1:]
    if kind == "log":
        need(1 <= len(words) <= 2, "log")
        key = read_key(words[0])
        need(key.kind != 4, "a cosigner as log")
        policy.logs.append(Key(key.name, key.kind, key.id, key.public, *(sizes or ())))
    elif kind == "witness":
        need(2 <= len(words) <= 3, "witness")
        new_name(policy, words[0])
        policy.witnesses[words[0]] = read_key(words[1])
        need(policy.witnesses[words[0]].kind in (4, 6), "type of a witness")
    elif kind == "group":
        need(len(words) >= 3, "group")
        new_name(policy, words[0])
        members = words[2:]
        used = [m for _, group in policy.groups.values() for m in group]
        need(len(set(members)) == len(members) and not set(members) & set(used), "member twice")
        need(all(m in policy.witnesses or m in policy.groups for m in members), "member unknown")
        counts = {"all": len(members), "any": 1}
        count = counts.get(words[1]) or number(words[1], 1, len(members))
        policy.groups[words[0]] = count, members
    elif kind == "quorum":
        need(len(words) == 1 and not policy.quorum, "quorum")
        policy.quorum = words[0]
        need(words[0] == "none" or words[0] in policy.witnesses or words[0] in policy.groups,
             "quorum of nobody")
    else:
        raise Refused("line")


def new_name(policy, name):
    need(name != "none" and name not in policy.witnesses and name not in policy.groups, "name")


def check_policy(policy):
    need(max(len(policy.logs), len(policy.witnesses), len(policy.groups)) <= 64, "too many")
    logs = [key.public for key in policy.logs]
    cosigners = [key.public for key in policy.witnesses.values()]
    need(len(set(logs)) == len(logs) and len(set(cosigners)) == len(cosigners), "key twice")
    need(not set(logs) & set(cosigners), "one key as log and as witness")       # section 1


def check_note(policy, data):
    """A checkpoint under a policy: (origin, size, root, whether a known log signed)."""
    text, signatures = parse_note(data)
    origin, size, root = parse_checkpoint(text)
    logs = [key for key in policy.logs if key.name == origin]
    keys = [key for key in logs + list(policy.witnesses.values()) if key.kind in (1, 4)]
    signers = set()
    for name, key_id, signature in signatures:
        known = [key for key in keys if (key.name, key.id) == (name, key_id)]
        fits = [key for key in known if key.holds(signature, text)]
        need(fits or not known, "a signature is false")
        signers.update(fits)
    fits = [key for key in logs if key in signers]
    known = any(key.first <= size <= key.last for key in fits)                  # section 7
    need(known or not fits, "no key may sign this size")
    if known:
        need(policy.met(policy.quorum, signers), "quorum is not met")
    return origin, size, root, known


# Sections 4 and 6: the tree, proof of one entry

def root_from_path(index, size, leaf, path):
    """RFC 9162, 2.1.3.2."""
    need(index < size, "index is beyond the tree")
    fn, sn, node = index, size - 1, leaf
    for sibling in path:
        need(sn, "path is too long")
        if fn & 1 or fn == sn:
            node = H(b"\1", sibling, node)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = H(b"\1", node, sibling)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0, "path is too short")
    return node


def consistent(old, old_root, size, root, path):
    """RFC 9162, 2.1.4.2, for 0 < old < size."""
    path = ([old_root] if old & (old - 1) == 0 else []) + path
    fn, sn = old - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    need(path, "consistency is too short")
    first = second = path[0]
    for node in path[1:]:
        need(sn, "consistency is too long")
        if fn & 1 or fn == sn:
            first, second = H(b"\1", node, first), H(b"\1", node, second)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = H(b"\1", second, node)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0 and first == old_root and second == root, "not the beginning of a larger tree")


def read_onward(extra, size, root):
    """The larger tree that begins with this one (E3, extra)."""
    reader = Reader(extra)
    large, top = reader.integer(8), reader.take(32)
    need(reader.rest() % 32 == 0 and size < large <= U63 and reader.rest() <= 64 * 32, "extra")
    consistent(size, root, large, top, [reader.take(32) for _ in range(reader.rest() // 32)])
    return large, top


def check_proof(data, entry, origin, policy):
    """Proof of an entry (section 6): its index, whether a log of the policy signed, and
    the trees that it speaks of."""
    head, separator, checkpoint = data.partition(b"\n\n")
    lines = decode_text(head).split("\n")
    need(separator and lines.pop(0) == "c2sp.org/tlog-proof@v1", "proof")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = unbase64(lines.pop(0)[6:])
        need(extra, "extra")
    need(lines and lines[0].startswith("index "), "index")
    index = number(lines[0][6:])
    path = [unbase64(line) for line in lines[1:]]
    need(len(path) <= 63 and all(len(node) == 32 for node in path), "hashes")
    name, size, root, known = check_note(policy, checkpoint)
    need(name == origin, "ledger of somebody else")
    need(root_from_path(index, size, H(b"\0", entry), path) == root, "entry is not in the tree")
    trees = [(name, size, root)]
    if extra:
        trees.append((name, *read_onward(extra, size, root)))
    return index, known, trees if known else []


# E1, E2: container and bag

NAME = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
README = "1d28e7426eb28f7e5431dfc43e2ed4529e5e8b406e1455bd5e78b31fec1266db"
DESCRIPTION = b"External-Description: Records of network traffic, sealed and opened in part.\n"
TAGS = ("README.txt", "bag-info.txt", "bagit.txt", "manifest-sha256.txt", "mimetype")


def write_zip(members):
    """The one spelling of these members (E1)."""
    body, directory = [], []
    offset = 0
    for name, data in members:
        name = name.encode()
        common = struct.pack("<HHHHHIIIHH", 10, 0, 0, 0, 33, zlib.crc32(data), len(data),
                             len(data), len(name), 0)
        body += [b"PK\3\4", common, name, data]
        directory += [b"PK\1\2\n\0", common, bytes(10), struct.pack("<I", offset), name]
        offset += 30 + len(name) + len(data)
    directory = b"".join(directory)
    count = len(members)
    return b"".join(body) + directory + struct.pack(
        "<4sIHHIIH", b"PK\5\6", 0, count, count, len(directory), offset, 0)


def read_zip(data):
    """Members by name (E1): read by their local headers, then written again."""
    need(len(data) <= 2**30, "too large")
    members, offset = [], 0
    while data[offset:offset + 4] == b"PK\3\4":
        need(len(data) - offset >= 30, "ends early")
        size, length = struct.unpack_from("<IH", data, offset + 22)
        start = offset + 30 + length
        name = data[offset + 30:start]
        need(length <= 128 and NAME.fullmatch(name), "name of a member")
        need(start + size <= len(data), "ends early")
        members.append((name.decode(), data[start:start + size]))
        offset = start + size
    names = [name for name, _ in members]
    need(names[:1] == ["mimetype"] and len(names) <= 65535, "mimetype comes first")
    need(all(a < b for a, b in zip(names[1:], names[2:])), "order of members")
    need("mimetype" not in names[1:], "member twice")
    need(write_zip(members) == data, "ZIP in another spelling")
    return dict(members)


def write_manifest(members, names):
    return "".join(f"{H(members[name]).hex()}  {name}\n" for name in names).encode()


def check_bag(members):
    """The members around data/ (E2)."""
    payload = [name for name in members if name.startswith("data/")]
    need(set(members) - set(payload) == {*TAGS, "tagmanifest-sha256.txt"}, "members")
    oxum = f"Payload-Oxum: {sum(len(members[n]) for n in payload)}.{len(payload)}\n"
    expected = {
        "mimetype": b"application/vnd.exhibit+zip",
        "bag-info.txt": DESCRIPTION + oxum.encode(),
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "manifest-sha256.txt": write_manifest(members, payload),
        "tagmanifest-sha256.txt": write_manifest(members, TAGS),
    }
    for name, content in expected.items():
        with at(name):
            need(members[name] == content, "not as it must be")
    with at("README.txt"):
        need(H(members["README.txt"]).hex() == README, "not the fixed text")


# S6: headers

class HeaderLines:
    """Lines of a header: a word and the words after it, one space between."""

    def __init__(self, text):
        self.lines, self.next = text.split("\n")[:-1], 0

    def take(self, keyword, count=1):
        need(self.next < len(self.lines), "ends early")
        line = self.lines[self.next]
        need(line.startswith(keyword + " "), f"{keyword} expected")
        self.next += 1
        words = line[len(keyword) + 1:]
        words = [words] if count == 0 else words.split(" ")
        need(len(words) == (count or 1) and all(words), keyword)
        return words

    def numbers(self, keyword, count=1, low=0, high=U64):
        values = [number(word, low, high) for word in self.take(keyword, count)]
        return values[0] if count == 1 else values

    def binary(self, keyword, size=32):
        value = unbase64(self.take(keyword)[0])
        need(len(value) == size, keyword)
        return value

    def word(self, keyword, pattern):
        value = self.take(keyword)[0]
        need(re.fullmatch(pattern, value), keyword)
        return value

    def name(self, keyword):
        value = self.take(keyword)[0]
        need(is_name(value), keyword)
        return value


@dataclass
class Header:
    hash: bytes = b""
    networks: list = field(default_factory=list)
    other: dict = field(default_factory=dict)

    def __getattr__(self, name):
        return self.other[name]


def read_header(data):
    """Text of a header (S6). Everything has one spelling, so reading it strictly
    is the same as writing it again."""
    need(len(data) <= 16384, "too long")
    text = decode_text(data)
    need(text.endswith("\n") and text.startswith("exhibit-header/v1\n"), "header")
    lines = HeaderLines(text)
    lines.next = 1
    header = Header(H(data))
    got = header.other
    got["party"], got["sensor"] = lines.name("party"), lines.name("sensor")
    got["seq"] = lines.numbers("seq")
    got["segid"] = lines.binary("segid", 16)
    got["start"], got["stop"] = lines.numbers("span", 2, -2**63, U63)
    monotonic = lines.numbers("mono", 3, high=U63)
    need(monotonic[0] <= monotonic[1], "mono")
    clock = lines.take("clock", 2)
    got["bound"] = number(clock[1], high=U64)
    got["kind"] = lines.word("kind", "live|file|log")
    got["root"] = lines.binary("root")
    got["remotes"], got["records"] = lines.numbers("remotes", high=U32), lines.numbers("records")
    got["flows"] = lines.numbers("flows", 3)
    how, count = lines.take("local", 2)
    need(how in ("declared", "inferred"), "local")
    header.networks = [lines.binary("net") for _ in range(number(count, 0, 64))]
    got["local"] = how
    lines.numbers("packets", 2)
    got["late"] = lines.numbers("late")
    got["drops"] = lines.numbers("drops", 3)
    got["sampling"] = lines.numbers("sampling", low=1)
    got["two_way"] = lines.numbers("two-way", 2)
    rule = lines.take("payload")[0]
    got["rule"] = {"none": 0, "all": U64}[rule] if rule in ("none", "all") else number(rule, 1)
    got["epoch"] = lines.numbers("epoch")
    for keyword in ("key", "definitions", "program", "next", "prev"):
        got[keyword] = lines.binary(keyword)
    after = lines.take("after", 0)[0]
    need(re.fullmatch("[ -~]{1,1024}", after), "after")
    got["end"] = lines.word("end", "closed|crash")
    need(lines.next == len(lines.lines), "more lines")
    check_header(header)
    return header


def check_header(header):
    need(header.start < header.stop, "span")
    need(all(a < b for a, b in zip(header.networks, header.networks[1:])), "order of net")
    need(header.two_way[0] <= header.two_way[1], "two-way")
    need(header.seq or header.prev == ZERO32, "prev of seq 0")
    need(header.remotes <= header.records and (header.remotes > 0) == (header.records > 0),
         "remotes and records")
    if header.kind != "live":
        need(re.fullmatch("file/[0-9a-f]{64}", header.sensor), "sensor of a file")


def check_chain(headers):
    """Order and chain of the segments (E3, S6)."""
    for a, b in zip(headers, headers[1:]):
        place_a, place_b = ((h.party.encode(), h.sensor.encode()) for h in (a, b))
        need((place_a, a.seq) < (place_b, b.seq), "order of segments")
        if place_a != place_b:
            continue
        if b.seq == a.seq + 1:
            need(b.prev == a.hash and b.start == a.stop and b.kind == a.kind, "chain")
        need(b.start >= a.stop, "overlap")


def proves_absence(header):
    """S6, No absence; S4 for the trie of flows is not asked here."""
    return (header.kind == "live" and header.local == "declared" and header.networks
            and not any(header.drops) and header.sampling == 1 and header.end == "closed")


# S4, S5: tries

@dataclass
class Node:
    hash: bytes = ZERO32
    plen: int = -1                  # -1: hidden
    key: bytes = bytes(16)
    n: int = 0
    kc: bytes = b""
    root: bytes = b""
    children: tuple = ()


def bit(key, position):
    return key[position // 8] >> (7 - position % 8) & 1


class Trie:
    """A trie with parts left out (S5): of remotes, or of flows."""

    def __init__(self, data, keys, records=None):
        self.flows, self.leaves, self.hidden = records is None, [], 0
        self.reader, self.top = Reader(data), Node()
        if not keys:
            need(not data, "proof in an empty trie")
            return
        self.top = self.node(0, bytes(16), records or 0)
        need(not self.reader.rest(), "bytes behind the proof")
        shown = len(self.leaves) + self.hidden
        need(shown <= keys and (self.hidden or shown == keys), "number of leaves")

    def node(self, known, above, n):
        kind = self.reader.integer(1)
        need(kind <= 2, "kind of a node")
        if kind == 0:
            self.hidden += 1
            return Node(self.reader.take(32))
        plen = self.reader.integer(1) if kind == 2 else 128
        need(known <= plen <= (127 if kind == 2 else 128), "plen")
        key = self.bits(known, above, plen)
        return (self.inner if kind == 2 else self.leaf)(plen, key, n)

    def bits(self, known, above, plen):
        first, end = known // 8, (plen + 7) // 8
        key = above[:first] + self.reader.take(max(end - first, 0))
        key += bytes(16 - len(key))
        value, parent = int.from_bytes(key, "big"), int.from_bytes(above, "big")
        need(value >> (128 - known) == parent >> (128 - known), "bits of the parent")
        need(not value & ((1 << (128 - plen)) - 1), "bits past plen")
        return key

    def leaf(self, _, key, n):
        if self.flows:
            leaf = Node(H(b"\x15", key, self.reader.take(16)), 128, key)
        else:
            kc, root = self.reader.take(32), self.reader.take(32)
            need(1 <= n <= U32, "records of a leaf")
            digest = H(b"\x12", key, n.to_bytes(4, "big"), kc, root)
            leaf = Node(digest, 128, key, n, kc, root)
        self.leaves.append(leaf)
        return leaf

    def inner(self, plen, key, n):
        left_n = 0 if self.flows else self.reader.integer(4)
        need(self.flows or 0 < left_n < n <= U32 + left_n, "records of an inner node")
        branch = (int.from_bytes(key, "big") | 1 << (127 - plen)).to_bytes(16, "big")
        left = self.node(plen + 1, key, left_n)
        right = self.node(plen + 1, branch, n - left_n)
        counts = b"" if self.flows else struct.pack(">II", left_n, n - left_n)
        tag = b"\x16" if self.flows else b"\x13"
        digest = H(tag, bytes([plen]), key, counts, left.hash, right.hash)
        return Node(digest, plen, key, n, children=(left, right))

    def walk(self, key):
        """The leaf of a key; None if it is absent; False if that is not shown (S5)."""
        node = self.top
        if node.plen < 0 and not self.hidden:
            return None
        while node.plen >= 0:
            shift = 128 - node.plen
            if int.from_bytes(node.key, "big") >> shift != int.from_bytes(key, "big") >> shift:
                return None
            if node.plen == 128:
                return node
            node = node.children[bit(key, node.plen)]
        return False


def read_tries(header, remotes, flows):
    """Both tries must be those of the header's root (E3, S4)."""
    with at("remotes.bin"):
        trie = Trie(remotes, header.remotes, header.records)
    with at("flows.bin"):
        flow_trie = Trie(flows, header.flows[0])
    with at("remotes.bin"):
        need(H(b"\x14", header.segid, struct.pack(">IQ", header.remotes, header.records),
               flow_trie.top.hash, trie.top.hash) == header.root, "not the header's root")
    return trie


# S3: records

PACKET, FLOW, LOG = 1, 2, 3
OUT, TWIN, INTERNAL = 1, 2, 4
IPV6, PORTS, LATER, VIA, QUOTED, LONG, DATA, LATE = 1, 2, 8, 0x80, 0x400, 0x1000, 0x2000, 0x4000


@dataclass
class Row:
    number: int
    remote: bytes
    clear: bytes
    ext: bytes = bytes(12)
    p: bytes = b""
    token: int = None
    local: bytes = None             # the opened address
    T: bytes = None
    hidden: bytes = None
    options: tuple = (b"", b"")
    payload: bytes = None
    header: Header = None

    def __post_init__(self):
        (self.type, self.klass, self.flags, self.time, self.remote_port, self.local_port,
         self.proto, self.code, self.wire, self.cap, self.length, self.ttl) = struct.unpack(
             ">BBHqHHBHHHHB", self.clear)

    def has_ext(self):
        return self.type in (FLOW, LOG) or bool(self.flags & LONG)

    def has_data(self):
        return self.type == LOG or bool(self.flags & DATA)


def check_record(row):
    """What S3 refuses, from clear26 and ext12 alone."""
    need(row.type in (PACKET, FLOW, LOG), "type of a record")
    need(row.klass < 16 and not row.klass & INTERNAL or row.klass & TWIN and row.klass < 16,
         "class of a record")
    need(not row.flags & 0x8000, "flags of a record")
    need(not row.flags & VIA or row.flags & QUOTED, "via without quoted")
    if row.type != LOG and row.proto == 6 and not row.flags & QUOTED:
        need(not row.code & 0x0f00, "code of TCP")
    {PACKET: check_packet, FLOW: check_flow, LOG: check_log}[row.type](row)
    late = row.time < row.header.start
    need(row.time < row.header.stop and late == bool(row.flags & LATE), "time outside the span")


def check_packet(row):
    if row.flags & LONG:
        wire, length, zero = struct.unpack(">III", row.ext)
        need(not zero and max(wire, length) > 65535, "ext of a long packet")
        need((row.wire, row.length) == (min(wire, 65535), min(length, 65535)),
             "lengths of a long packet")


def check_flow(row):
    need(not row.flags & ~(IPV6 | 2 | LONG | LATE), "flags of a flow")
    need(row.length == row.ttl == 0, "lengths of a flow")
    if row.flags & LONG:
        packets = int.from_bytes(row.ext[:4], "big")
        need(packets == U32 or (row.wire << 16 | row.cap) == U32, "long flow")


def check_log(row):
    need(row.klass == 0 and not row.flags & ~(IPV6 | LATE), "flags of a log")
    need(row.wire == row.cap == row.length == row.ttl == 0, "lengths of a log")
    repeat, _, bits, zero = struct.unpack(">IIB3s", row.ext)
    service = bits >> 4 & 7
    need(repeat and service <= 2 and not bits & 12 and zero == bytes(3), "ext of a log")
    need(service == 2 or row.code <= 4, "code of a log")


# S7: openings

KR, SEED_A, SEED_X, SEED_D = 1, 2, 4, 8


class Aes:
    """AES-128 on one block."""

    def __init__(self, key):
        self.encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()

    def __call__(self, block):
        if isinstance(block, int):
            block = block.to_bytes(16, "big")
        return self.encryptor.update(block)


def in_network(address, networks):
    value = int.from_bytes(address, "big")
    return any((value ^ int.from_bytes(net, "big")) >> (128 - length) == 0
               for length, net in networks)


def is_multicast(address):
    """Multicast or broadcast (S2)."""
    v4 = address[12:] if address[:12] == MAPPED else None
    return address[0] == 255 or v4 is not None and (v4[0] >> 4 == 14 or v4 == b"\xff" * 4)


class Opening:
    def __init__(self, data, header, leaf):
        self.header, self.leaf, self.reader = header, leaf, Reader(data)
        need(self.reader.integer(1) == 1, "version")
        self.wide = self.reader.integer(1)
        need(self.wide < 16, "wide")
        self.numbers = self.read_runs()
        keys = [self.reader.take(16) if self.wide & b else None for b in (1, 2, 4, 8)]
        need(not self.wide & KR or H(b"\x26", keys[0]) == leaf.kc, "kr that kc does not commit to")
        self.kr, *self.seeds = [key and Aes(key) for key in keys]
        self.networks = self.read_networks()
        self.tokens = [self.read_token() for _ in range(self.bounded(self.reader.integer(4)))]
        self.used, self.opened, self.records, self.rows = 0, [], {}, []
        for i in self.numbers:
            self.rows.append(self.read_row(i))
        self.root = self.subtree(0, leaf.n)
        need(self.root == leaf.root, "record root")
        need(not self.reader.rest(), "more hashes")
        self.check_seeds()
        self.check_tokens()

    def bounded(self, count):
        """A count of things of which each takes a byte at least."""
        need(count <= self.reader.rest(), "ends early")
        return min(count, self.reader.rest())

    def read_runs(self):
        numbers, end = [], -1
        for _ in range(self.bounded(self.reader.integer(4))):
            first, count = self.reader.integer(4), self.reader.integer(4)
            need(first > end and count and first + count <= self.leaf.n, "runs")
            end = first + count
            numbers += range(first, self.bounded(count) + first)
        need(numbers, "nothing is shown")
        return numbers

    def read_networks(self):
        networks, before = [], b""
        for _ in range(self.reader.integer(1)):
            entry = self.reader.take(33)
            need(entry > before, "order of networks")
            before = entry
            need(H(b"\x2a", entry) in self.header.networks, "network is not the header's")
            length, net = entry[16], entry[17:]
            need(length <= 128, "network")
            need(not int.from_bytes(net, "big") & ((1 << (128 - length)) - 1), "bits of a network")
            networks.append((length, net))
        return networks

    def read_token(self):
        kind = self.reader.integer(1)
        need(kind <= 1, "token")
        if kind == 0:
            return self.reader.take(32), None
        salt, local = self.reader.take(16), self.reader.take(16)
        return H(b"\x22", salt, local), local

    def salt(self, which, i):
        seed = self.seeds[which]
        return seed(i) if seed else self.reader.take(16)

    def read_row(self, i):
        """A row of the opening, and its 118 bytes (S3) for the record tree."""
        opened = self.reader.integer(1)
        row = Row(i, self.leaf.key, self.reader.take(26), header=self.header)
        need(opened < 8 and (not opened & 4 or opened & 2 and row.has_data()), "opened")
        if row.has_ext():
            row.ext = self.reader.take(12)
        check_record(row)
        row.p = None if self.kr else self.reader.take(16)
        commit_a = self.read_link(row) if opened & 1 else self.reader.take(32)
        if self.kr:
            need(row.local is not None, "kr without every token opened")
            row.p = self.kr(row.local)
        commit_x = self.read_hidden(row, opened) if opened & 2 else self.reader.take(32)
        self.opened.append((row, opened))
        self.records[i] = H(b"\0", row.clear, row.p, row.ext, commit_a, commit_x)
        return row

    def read_link(self, row):
        salt = self.salt(0, row.number)
        row.token = self.reader.integer(4)
        need(row.token < len(self.tokens) and row.token <= self.used, "number of a token")
        self.used = max(self.used, row.token + 1)
        row.T, row.local = self.tokens[row.token]
        if row.local is not None:
            self.check_place(row)
        return H(b"\x20", salt, row.T)

    def check_place(self, row):
        """Where an opened address and the remote must lie (S7, S2)."""
        out = bool(row.klass & OUT)
        cast = row.type != LOG          # a log line has no destination
        local = in_network(row.local, self.networks) or (
            cast and not out and is_multicast(row.local))
        remote = in_network(row.remote, self.networks) or (
            cast and out and is_multicast(row.remote))
        if row.klass & INTERNAL:
            need(local and remote, "ends that are not local")
            return
        if row.klass & TWIN:
            need(not in_network(row.local, self.networks)
                 and not in_network(row.remote, self.networks), "ends that are local")
            return
        nowhere = row.local == bytes(16) and (row.type == LOG or row.remote == bytes(16))
        need(local or nowhere, "address outside of the opened networks")
        need(not remote, "remote inside of an opened network")

    def read_hidden(self, row, opened):
        salt = self.salt(1, row.number)
        if row.type != LOG:
            row.hidden = self.reader.take(22)
        if not row.has_data():
            return H(b"\x21", salt, row.hidden)
        digest = self.read_data(row) if opened & 4 else self.reader.take(32)
        if row.type == LOG:
            return H(b"\x29", salt, digest)
        return H(b"\x23", salt, row.hidden, digest)

    def read_data(self, row):
        salt = self.salt(2, row.number)
        if row.type == LOG:
            row.payload = self.reader.take(self.reader.integer(4))
            return H(b"\x24", salt, row.payload)
        n_ip, n_tcp, n = (self.reader.integer(size) for size in (2, 2, 4))
        need(n == min(row.cap, self.header.rule), "length of the payload")
        need(n_ip or n_tcp or n, "data without any")          # S3
        row.options = self.reader.take(n_ip), self.reader.take(n_tcp)
        row.payload = self.reader.take(n)
        return H(b"\x24", salt, struct.pack(">HH", n_ip, n_tcp), *row.options, row.payload)

    def subtree(self, first, end):
        """Root over records first to end; what shows no row is a hash (S7)."""
        if not any(True for _ in self.shown(first, end)):
            return self.reader.take(32)
        if end - first == 1:
            return self.records[first]
        split = first + (1 << ((end - first - 1).bit_length() - 1))
        left = self.subtree(first, split)
        return H(b"\1", left, self.subtree(split, end))

    def shown(self, first, end):
        if end - first < len(self.numbers):
            return (i for i in range(first, end) if i in self.records)
        return (i for i in self.numbers if first <= i < end)

    def complete(self):
        return len(self.rows) == self.leaf.n

    def check_seeds(self):
        for seed, part in ((SEED_A, 1), (SEED_X, 2), (SEED_D, 4)):
            rows = [o for row, o in self.opened if part != 4 or row.has_data()]
            if self.wide & seed:
                need(self.complete() and rows and all(o & part for o in rows), "seed too wide")

    def check_tokens(self):
        """Tokens, pseudonyms and addresses are one to one (S7)."""
        need(self.used == len(self.tokens), "unused token")
        addresses = [local for _, local in self.tokens if local is not None]
        hashes = [T for T, _ in self.tokens]
        need(len(set(hashes)) == len(hashes), "two tokens with one T")
        need(len(set(addresses)) == len(addresses), "two tokens with one address")
        pairs = {(row.token, row.p) for row in self.rows if row.token is not None}
        need(len(pairs) == len({t for t, _ in pairs}) == len({p for _, p in pairs}),
             "P and C_a disagree")


# E4: claims

def address_text(address):
    return str(ipaddress.ip_address(address[12:] if address[:12] == MAPPED else address))


def read_address(text):
    try:
        packed = ipaddress.ip_address(text).packed
    except (ValueError, TypeError):
        raise Refused("address") from None
    packed = packed if len(packed) == 16 else MAPPED + packed
    need(address_text(packed) == text, "address in another spelling")
    return packed


def read_time(text):
    """RFC 3339 with nine decimals, UTC: ns since 1970."""
    need(isinstance(text, str) and re.fullmatch(r"\d{4}(-\d\d){2}T\d\d(:\d\d){2}\.\d{9}Z", text,
                                                re.ASCII), "time")
    try:
        moment = datetime.datetime.fromisoformat(text[:19] + "+00:00")
    except ValueError:
        raise Refused("time") from None
    time = int(moment.timestamp()) * 10**9 + int(text[20:29])
    need(-2**63 <= time <= U63, "time out of range")
    return time


def write_json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def read_json(data, ending="\n"):
    text = decode_text(data)
    try:
        value = json.loads(text)
        need(write_json(value) + ending == text, "JSON in another spelling")
    except (ValueError, RecursionError):
        raise Refused("JSON") from None
    return value


def check_members(value, layout):
    """Members of an object in their order: "name:type", "?" when it may lack."""
    need(isinstance(value, dict), "not an object")
    expected = []
    for item in layout.split():
        name, kind = item.rstrip("?").split(":")
        if name not in value and item.endswith("?"):
            continue
        expected.append(name)
        need(name in value, f"{name} is missing")
        need(TYPES[kind](value[name]), name)
        need(not item.endswith("?") or value[name] not in (0, "", None), f"{name} is zero")
    need(list(value) == expected, "order of members, or others")


def is_count(value):
    return type(value) is int and 0 <= value <= U63


TYPES = {
    "n": is_count,
    "i": lambda value: type(value) is int,
    "s": lambda value: isinstance(value, str),
    "b": lambda value: isinstance(value, bool),
    "l": lambda value: isinstance(value, list),
    "o": lambda value: isinstance(value, dict),
    "any": lambda value: isinstance(value, (bool, int, str)),
}
CLAIM = (
    "number:n definition:s kind:s technique:s protocol:s side:s initiator:s? remotes:l from:n to:n "
    "first:s last:s packets:n? lines:n? bytes:n? targets:n ports:n pairs:n? answered:n refused:n? "
    "sessions:n? sources:n? peak:n? attempts:n? accepted:n? earlier:n? users:n? paths:n? "
    "missing:n? served:n? port_list:l at_least:b? bounds:b? one_way:b? inner:b? many:b? "
    "decided:o authentic:s tool:l said_tool:l said:b")
RESERVED = [(100, MAPPED + b"\xf0\0\0\0"), (64, b"\1" + bytes(15))]


def read_definitions(data):
    """Names with their idle in ns: {"scan.horizontal/1": 20000000000}."""
    found = read_json(data, "")
    need(json.dumps(found, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
         == data, "keys are not sorted")
    try:
        return {f"{d['name']}/{d['version']}": d["parameters"]["idle_s"] * 10**9
                for d in found["definitions"]}
    except (KeyError, TypeError):
        raise Refused("definitions") from None


def check_claims(data, exhibit):
    claims = read_json(data)
    need(isinstance(claims, list) and claims, "no array, or nothing is claimed")
    for position, claim in enumerate(claims):
        check_members(claim, CLAIM)
        need(claim["number"] == position + 1, "number")
        check_claim(claim, exhibit)
    times = [read_time(claim["first"]) for claim in claims]
    need(all(a <= b for a, b in zip(times, times[1:])), "order of claims")
    return claims


def check_claim(claim, exhibit):
    need(claim["side"] in ("outside", "inside"), "side")
    need(("packets" in claim) != ("lines" in claim), "packets or lines")
    need(claim["definition"] in exhibit.definitions, "definition")
    remotes = [read_address(text) for text in claim["remotes"]]
    need(remotes and all(a < b for a, b in zip(remotes, remotes[1:])), "order of remotes")
    for remote in remotes:
        need(not in_network(remote, RESERVED) or remote == MAPPED + b"\xff" * 4, "remote")
    need(claim.get("initiator", claim["remotes"][0]) in claim["remotes"], "initiator")
    need(claim["from"] <= claim["to"] < len(exhibit.segments), "segments")
    headers = [s.header for s in exhibit.segments[claim["from"]:claim["to"] + 1]]
    need(len({(h.party, h.sensor) for h in headers}) == 1, "segments of several sensors")
    need(all(h.definitions == exhibit.definitions_hash for h in headers), "other definitions")
    first, last = read_time(claim["first"]), read_time(claim["last"])
    need(first <= last, "times")
    ports = claim["port_list"]
    need(all(is_count(port) and port < 65536 for port in ports), "port_list")
    need(all(a < b for a, b in zip(ports, ports[1:])), "order of port_list")
    check_members(claim["decided"], "counter:s counted:n threshold:n")
    for mark in claim["tool"] + claim["said_tool"]:
        check_members(mark, "mark:n name:s matched:n of:n")
        need(mark["matched"] <= mark["of"], "matched")
    marks = [mark["mark"] for mark in claim["tool"] + claim["said_tool"]]
    need(len(set(marks)) == len(marks), "a mark twice")
    exact = is_exact(claim, remotes, first, last, exhibit)
    need(exact or claim.get("at_least"), "at_least is missing")
    segments = exhibit.segments[claim["from"]:claim["to"] + 1]
    for remote in remotes:
        need(any(segment.opening(remote) for segment in segments), "a remote without records")


def is_exact(claim, remotes, first, last, exhibit):
    """Whether the counts of a claim can be exact (E4, At least)."""
    segments = exhibit.segments
    inner = segments[claim["from"]:claim["to"] + 1]
    if not all(segment.shows_all(remotes) and segment.reads_all(remotes) for segment in inner):
        return False
    idle = exhibit.definitions[claim["definition"]]
    party, sensor = inner[0].header.party, inner[0].header.sensor
    reach = None
    for segment in segments:
        header = segment.header
        low, high = first - idle - header.bound, last + idle + header.bound
        if (header.party, header.sensor) != (party, sensor):
            continue
        if header.stop <= low or header.start > high:
            continue
        usable = segment.shows_all(remotes) and proves_absence(header)
        if not usable or (header.start > low if reach is None else header.start != reach):
            return False
        reach = header.stop
    return reach is not None and reach > high


# E5: ladder

def check_ladder(data, claims):
    ladder = read_json(data)
    check_members(ladder, "sources:l remotes:l")
    for source in ladder["sources"]:
        check_members(source, "name:s? credit:s? format:s family:any date:s dated:any? sha256:s?")
    addresses = []
    for remote in ladder["remotes"]:
        check_members(remote, "address:s looked_up:s event:s statements:l")
        addresses.append(read_address(remote["address"]))
        read_time(remote["event"])
        read_address(remote["looked_up"])
        for statement in remote["statements"]:
            check_members(statement, "source:n about:s flag:any? asn:any? code:s? first:s last:s "
                                     "day:i? text:s?")
            need(statement["source"] < len(ladder["sources"]), "source")
    need(all(a < b for a, b in zip(addresses, addresses[1:])), "order of remotes")
    claimed = {remote for claim in claims for remote in claim["remotes"]}
    need(all(remote["address"] in claimed for remote in ladder["remotes"]), "no claim's remote")


# E6: views

COLUMNS = ("segment,row,time,type,direction,remote,local,local_is,protocol,remote_port,"
           "local_port,code,wire_bytes,payload_bytes,ttl,flags,packets,octets\n")
PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6", 255: "arp"}


class StandIns:
    """Made-up local addresses, numbered through the whole exhibit (E4, E6)."""

    def __init__(self):
        self.known, self.counts = {}, {True: 0, False: 0}

    def of(self, row):
        if row.local is not None:
            return row.local
        key = row.T or (row.remote, row.header.party, row.header.epoch, row.p)
        v6 = bool(row.flags & IPV6)
        if (v6, key) not in self.known:
            self.counts[v6] += 1
            base = b"\1" + bytes(15) if v6 else MAPPED + b"\xf0\0\0\0"
            address = int.from_bytes(base, "big") + self.counts[v6]
            self.known[v6, key] = address.to_bytes(16, "big")
        return self.known[v6, key]


def time_text(ns):
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=ns // 10**9)
    return f"{moment.isoformat()}.{ns % 10**9:09}Z"


def local_is(row):
    return "made up" if row.local is None else "none" if row.local == bytes(16) else "opened"


def csv_line(segment, row, local):
    wire, length, packets, octets = row.wire, row.length, "", ""
    if row.type == PACKET and row.flags & LONG:
        wire, length = struct.unpack(">II", row.ext[:8])
    if row.type == FLOW:
        packets, octets = struct.unpack(">IQ", row.ext)
    protocol = PROTOCOLS.get(row.proto, row.proto)
    columns = [segment, row.number, time_text(row.time), ("packet", "flow", "log")[row.type - 1],
               "out" if row.klass & OUT else "in", address_text(row.remote), address_text(local),
               local_is(row), protocol, row.remote_port,
               row.local_port, row.code, wire, length, row.ttl, row.flags, packets, octets]
    return ",".join(map(str, columns)) + "\n"


def block(kind, body, comment):
    """A block of pcapng with its comment, big-endian."""
    body += struct.pack(">HH", 1, len(comment)) + comment + bytes(-len(comment) % 4) + bytes(4)
    size = struct.pack(">I", len(body) + 12)
    return struct.pack(">I", kind) + size + body + size


def pcapng(rows):
    section = (b"reconstructed from sealed records; local addresses of 240.0.0.0/4 and 100::/64 "
               b"are made up")
    yield block(0x0a0d0d0a, struct.pack(">IHHq", 0x1a2b3c4d, 1, 0, -1), section)
    yield block(1, struct.pack(">HHIHHI", 101, 0, 0, 9, 1, 9 << 24), b"reconstructed")
    for row, local in rows:
        family = [bool(row.flags & IPV6)] * 2
        if (row.type == PACKET and row.proto < 253
                and [end[:12] != MAPPED for end in (local, row.remote)] == family):
            data, length = packet(row, local)
            body = struct.pack(">IQII", 0, max(row.time, 0), len(data), length)
            yield block(6, body + data + bytes(-len(data) % 4), b"reconstructed")


def packet(row, local):
    """A row as an IP packet, and its original length (E6)."""
    ends, ports = (row.remote, local), (row.remote_port, row.local_port)
    if row.klass & OUT:
        ends, ports = ends[::-1], ports[::-1]
    seq, ack, window, ip_id, frag, _, _ = struct.unpack(">IIHHHII", row.hidden or bytes(22))
    if row.hidden is None:                      # what the clear flags say: DF, more, later
        frag = (row.flags & 0x30) << 9 | bool(row.flags & LATER)
    if row.flags & QUOTED:
        body = b"" if row.flags & LATER else quoting(row, ends, ports, seq)
        payload, length = b"", 0
        proto = 58 if row.flags & IPV6 else 1
    else:
        body, payload = transport(row, ports, seq, ack, window), (row.payload or b"")[:65535]
        proto = row.proto
        length = int.from_bytes(row.ext[4:8], "big") if row.flags & LONG else row.length
    length += len(body)
    head = ip_header(row, ends, proto, length, row.ttl, ip_id, frag)
    return head + body + payload, len(head) + length


def ip_header(row, ends, proto, length, ttl=0, ip_id=0, frag=0):
    """Without options, also if they are opened."""
    if row.flags & IPV6:
        return struct.pack(">IHBB", 6 << 28, min(length, 65535), proto, ttl) + b"".join(ends)
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, min(20 + length, 65535), ip_id, frag, ttl, proto,
                       0, ends[0][12:], ends[1][12:])
    total = sum(struct.unpack(">10H", head))
    total = (total & 65535) + (total >> 16)
    total = ~((total & 65535) + (total >> 16)) & 65535
    return head[:10] + struct.pack(">H", total) + head[12:]


def quoting(row, ends, ports, seq):
    """An ICMP error: 28 or 48 bytes of what it quotes, which went the other way."""
    head = ip_header(row, ends[::-1], row.proto, 8)
    return struct.pack(">HHI", row.code, 0, seq) + head + struct.pack(">HHI", *ports[::-1], 0)


def transport(row, ports, seq, ack, window):
    """The header behind IP, if its ports were there (S3)."""
    if row.flags & LATER or not row.flags & PORTS:
        return b""
    if row.proto == 6:
        options = row.options[1][:40]
        options += bytes(-len(options) % 4)
        code = row.code & 0xfff | 5 + len(options) // 4 << 12
        return struct.pack(">HHIIHHHH", *ports, seq, ack, code & 65535, window, 0, 0) + options
    if row.proto == 17:
        return struct.pack(">HHHH", *ports, min(8 + row.length, 65535), 0)
    if row.proto == 132:
        return struct.pack(">HHII", *ports, seq, 0)
    if row.proto in (1, 58):
        return struct.pack(">HHI", row.code, 0, seq)
    return b""


# The exhibit as a whole

@dataclass
class Segment:
    header: Header
    trie: Trie
    openings: list                  # by leaf; None where it is not opened

    def opening(self, remote):
        leaf = self.trie.walk(remote)
        return self.openings[self.trie.leaves.index(leaf)] if leaf else None

    def shows_all(self, remotes):
        """Whether every record of these remotes is shown, if there are any (S5, Walk)."""
        for remote in remotes:
            leaf = self.trie.walk(remote)
            if leaf is False:
                return False
            opening = self.opening(remote)
            if leaf is not None and (opening is None or not opening.complete()):
                return False
        return True

    def reads_all(self, remotes):
        """Whether every line of a log of these remotes is opened (E4, At least)."""
        openings = filter(None, map(self.opening, remotes))
        return all(row.type != LOG or row.payload is not None
                   for opening in openings for row in opening.rows)


class Exhibit:
    def __init__(self, data, policy):
        with at("container"):
            self.members = read_zip(data)
        check_bag(self.members)
        self.policy, self.unused = policy, set(self.members)
        self.unused -= {*TAGS, "tagmanifest-sha256.txt"}
        definitions = self.take("data/definitions.json")
        with at("data/definitions.json"):
            self.definitions = read_definitions(definitions)
        self.definitions_hash = H(definitions)
        self.known, self.trees = True, {}
        self.segments = []
        while f"data/segments/{len(self.segments):04}/header.txt" in self.members:
            self.segments.append(self.segment(f"data/segments/{len(self.segments):04}/"))
        with at("headers"):
            need(self.segments, "no segment")
            check_chain([segment.header for segment in self.segments])
        with at("data/findings.json"):
            claims = check_claims(self.take("data/findings.json"), self)
        with at("data/ladder.json"):
            check_ladder(self.take("data/ladder.json"), claims)
        self.check_times()
        self.check_views()
        need(not self.unused, f"{min(self.unused, default='')}: member that does not belong")

    def take(self, name):
        need(name in self.members, f"{name}: missing")
        self.unused.discard(name)
        return self.members[name]

    def segment(self, folder):
        """One segment: header, entry, tries, openings (E3)."""
        with at(folder + "header.txt"):
            header = read_header(self.take(folder + "header.txt"))
        self.check_entry(folder, header)
        flows = self.take(folder + "flows.bin") if header.flows[0] else b""
        remotes = self.take(folder + "remotes.bin")
        with at(folder[:-1]):
            trie = read_tries(header, remotes, flows)
        openings = []
        for place, leaf in enumerate(trie.leaves):
            name = f"{folder}open/{place:05}.bin"
            with at(name):
                opened = name in self.members
                openings.append(Opening(self.take(name), header, leaf) if opened else None)
        return Segment(header, trie, openings)

    def check_entry(self, folder, header):
        """S6, Entry in the sensor's ledger."""
        salt, proof = self.take(folder + "entry.salt"), self.take(folder + "proof.tlog-proof")
        with at(folder + "entry.salt"):
            need(len(salt) == 16, "length")
        promise = base64.b64encode(H(b"\x17", salt, header.hash)).decode()
        entry = f"exhibit-segment/v1\n{header.sensor}\n{header.seq}\n{promise}\n".encode()
        origin = header.sensor if header.kind == "live" else header.party
        with at(folder + "proof.tlog-proof"):
            index, known, trees = check_proof(proof, entry, origin, self.policy)
            self.one_history(trees)
            need(header.kind != "live" or index == header.seq, "a live sensor's entry is its seq")
            self.known = self.known and known

    def one_history(self, trees):
        """No ledger has two trees of one size (E3)."""
        for name, size, root in trees:
            need(self.trees.setdefault((name, size), root) == root, "two histories of one ledger")

    def check_times(self):
        """Stamped checkpoints can be read; the stamps are not checked (E3)."""
        count = 0
        while f"data/time/{count:04}.checkpoint" in self.members:
            checkpoint = self.take(f"data/time/{count:04}.checkpoint")
            with at(f"data/time/{count:04}.checkpoint"):
                name, size, root, known = check_note(self.policy, checkpoint)
                self.one_history([(name, size, root)] if known else [])
            self.take(f"data/time/{count:04}.tsr")
            count += 1

    def check_views(self):
        """Both views made again, byte for byte (E6)."""
        stand_ins, lines, rows = StandIns(), [COLUMNS], []
        for place, segment in enumerate(self.segments):
            for opening in filter(None, segment.openings):
                for row in opening.rows:
                    local = stand_ins.of(row)
                    rows.append((row, local))
                    lines.append(csv_line(place, row, local))
        with at("data/view.csv"):
            need("".join(lines).encode() == self.take("data/view.csv"), "not what follows")
        with at("data/view.pcapng"):
            need(b"".join(pcapng(rows)) == self.take("data/view.pcapng"), "not what follows")


def verify(data, policy_text):
    """("ok" | "refused" | "unknown key", reason) of an exhibit under a policy."""
    try:
        with at("policy"):
            policy = read_policy(policy_text)
        exhibit = Exhibit(data, policy)
    except Refused as error:
        return "refused", str(error)
    return ("ok", "") if exhibit.known else ("unknown key", "no log of the policy signed")


def main(arguments):
    if len(arguments) < 2:
        print(__doc__.strip(), file=sys.stderr)
        return
    with open(arguments[0], "rb") as file:
        policy = file.read()
    for name in arguments[1:]:
        with open(name, "rb") as file:
            verdict, reason = verify(file.read(), policy)
        print(f"{name}: refused: {reason}" if verdict == "refused" else f"{name}: {verdict}")


if __name__ == "__main__":
    main(sys.argv[1:])
