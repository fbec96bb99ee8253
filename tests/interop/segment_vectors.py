#!/usr/bin/env python3
"""segment_vectors.py DUMP - seals what DUMP's streams hold a second time, here.

Written from docs/FORMATS.md, chapter "Segments", alone: records, commitments,
trees, tries, headers, entries, boxes, proofs and openings must be equal byte for
byte, and openings must say what was sealed. Prints TAP.
"""
import base64
import hashlib
import ipaddress
import json
import struct
import subprocess
import sys

try:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    import nacl.public
except ImportError as why:
    print(f"1..0 # SKIP {why}")
    sys.exit(0)

V4 = b"\0" * 10 + b"\xff\xff"
NETS = [(120, V4 + bytes([198, 51, 100, 0])),
        (48, bytes.fromhex("20010db80001") + bytes(10))]
S = 10 ** 9


def h(*parts):
    return hashlib.sha256(b"".join(bytes([p]) if isinstance(p, int) else p for p in parts)).digest()


def aes(key, block):
    c = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return c.update(block) + c.finalize()


def be(n, v):
    return v.to_bytes(n, "big")


def inside(a):
    bits = int.from_bytes(a, "big")
    return any(bits >> (128 - n) == int.from_bytes(net, "big") >> (128 - n) for n, net in NETS)


def to_many(a):
    if a[:12] == V4:
        return a[12] >> 4 == 14 or a[12:] == b"\xff" * 4
    return a[0] == 0xff


def places(o):
    """(remote, local, remote port, local port, class)"""
    src, dst, sp, dp, turned = o["src"], o["dst"], o["sport"], o["dport"], 0
    if o["quoted"]:
        src, dst, sp, dp = o["quote_src"], o["quote_dst"], o["quote_sport"], o["quote_dport"]
        turned = 1
    if o["type"] == 3:
        return [(src, dst, sp, dp, 0)]
    cls = 8 if o["flags"] & 0x80 else 0
    by_src = (src, dst, sp, dp)
    by_dst = (dst, src, dp, sp)
    a, b = inside(src), inside(dst) or to_many(dst)
    if a != b:
        return [by_src + (cls | turned,)] if b else [by_dst + (cls | 1 - turned,)]
    if src == dst == bytes(16):
        return [by_src + (cls | turned,)]
    cls |= 2 | (4 if a else 0)
    both = [by_src + (cls | turned,), by_dst + (cls | 1 - turned,)]
    return both[:1] if src == dst else both


def clear(o, place, late):
    remote, local, rp, lp, cls = place
    proto, ext, flags = o["proto"], bytes(12), 0
    tcp = proto == 6
    code = (o["icmp_code"] & 15) << 12 | o["tcp_flags"] if tcp else \
        o["tcp_flags"] << 8 | o["icmp_code"]
    wire = cap = pay = ttl = 0
    if o["type"] == 1:
        flags = o["flags"] & 0x0f7f
        wire, pay, cap, ttl = o["wire"], o["payload_len"], len(o["payload"]), o["ttl"]
        if wire > 65535 or pay > 65535:
            flags |= 0x1000
            ext = be(4, wire) + be(4, pay) + bytes(4)
        wire, pay = min(wire, 65535), min(pay, 65535)
        if o["quoted"]:
            proto = o["quote_proto"]
            flags = flags & ~2 | (2 if o["quote_ports"] else 0)
            if (o["src"], o["dst"]) != (o["quote_dst"], o["quote_src"]):
                flags |= 0x80
    elif o["type"] == 2:
        flags = o["flags"] & 3
        ms = o["duration"] // 10 ** 6
        if o["packets"] >= 2 ** 32 or ms >= 2 ** 32:
            flags |= 0x1000
        ms = min(ms, 2 ** 32 - 1)
        wire, cap = ms >> 16, ms & 65535
        ext = be(4, min(o["packets"], 2 ** 32 - 1)) + be(8, o["octets"])
    else:
        flags = o["flags"] & 1
        code = o["status"] if o["web"] else o["outcome"]
        ext = be(4, o["repeat"]) + be(4, o["session"]) + \
            bytes([o["weak"] << 7 | o["service"] << 4 | o["tally"], 0, 0, 0])
    flags |= 0x4000 if late else 0
    return dict(type=o["type"], cls=cls, flags=flags, time=o["time"], rp=rp, lp=lp, proto=proto,
                code=code, wire=wire, cap=cap, pay=pay, ttl=ttl, ext=ext)


def raw(c, p, c_a, c_x):
    return struct.pack(">BBHqHHBHHHHB", c["type"], c["cls"], c["flags"], c["time"], c["rp"],
                       c["lp"], c["proto"], c["code"], c["wire"], c["cap"], c["pay"],
                       c["ttl"]) + p + c["ext"] + c_a + c_x


def hidden(o):
    z = dict(o)
    if o["type"] != 1:
        z.update(seq=0, ack=0, window=0, ip_id=0, frag=0, flags=0)
    frag = (0x4000 if z["flags"] & 32 else 0) | (0x2000 if z["flags"] & 16 else 0) | z["frag"]
    return struct.pack(">IIHHHII", z["seq"], z["ack"], z["window"], z["ip_id"], frag, o["vlan"],
                       o["ifindex"])


def mth(leaves):
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return h(1, mth(leaves[:k]), mth(leaves[k:]))


def bit(key, i):
    return key[i // 8] >> 7 - i % 8 & 1


def cut(key, n):
    return be(16, int.from_bytes(key, "big") >> 128 - n << 128 - n) if n else bytes(16)


class Node:
    """A trie from a dict of leaves, top down: nothing like one pass."""

    def __init__(self, leaves, flows):
        keys = sorted(leaves)
        self.flows = flows
        if len(keys) == 1:
            self.key, self.plen, self.kids = keys[0], 128, None
            self.leaf = leaves[keys[0]]
            self.n = 1 if flows else self.leaf[0]
            self.hash = h(0x15, self.key, self.leaf) if flows else \
                h(0x12, self.key, be(4, self.n), self.leaf[1], self.leaf[2])
            return
        self.plen = next(i for i in range(128) if bit(keys[0], i) != bit(keys[-1], i))
        self.key = cut(keys[0], self.plen)
        self.kids = [Node({k: v for k, v in leaves.items() if bit(k, self.plen) == side}, flows)
                     for side in (0, 1)]
        self.n = sum(k.n for k in self.kids)
        counts = b"" if flows else be(4, self.kids[0].n) + be(4, self.kids[1].n)
        self.hash = h(0x16 if flows else 0x13, self.plen, self.key, counts,
                      self.kids[0].hash, self.kids[1].hash)

    def proof(self, query, known=0):
        """The walk of one whole key."""
        bits = self.key[known // 8:(self.plen + 7) // 8]
        if self.kids is None:
            return bytes([1]) + bits + self.leaf[1] + self.leaf[2]
        out = bytes([2, self.plen]) + bits + be(4, self.kids[0].n)
        for side in (0, 1):
            kid = self.kids[side]
            if cut(query, self.plen) == self.key and bit(query, self.plen) == side:
                out += kid.proof(query, self.plen + 1)
            else:
                out += b"\0" + kid.hash
        return out


class Flows:
    def __init__(self, idle):
        self.seen, self.idle = {}, idle
        self.start()

    def start(self):
        self.keys, self.unseen = set(), 0

    def add(self, o, place):
        remote, local, rp, lp, cls = place
        if o["type"] != 1 or not cls & 1 or cls & 6 == 2 or o["proto"] >= 253 or o["quoted"] \
                or o["flags"] & 8:
            return
        if not o["flags"] & 2 and o["proto"] in (6, 17):
            self.unseen += 1
            return
        who = (remote, local, rp, lp, o["proto"])
        flags = o["tcp_flags"]
        if o["proto"] == 6 and flags & 4 and not flags & 2:
            return
        last = self.seen.get(who)
        known = last is not None and o["time"] - last <= self.idle
        self.seen[who] = max(o["time"], last) if last is not None else o["time"]
        if o["proto"] == 6:
            if flags & 0x12 == 2:
                self.keys.add(h(0x30, 6, remote, be(2, rp), be(4, o["seq"]))[:16])
            elif not known and not flags & 2:
                self.unseen += 1
        elif not known:
            want = min(o["payload_len"], 64)
            if len(o["payload"]) < want:
                self.unseen += 1
            else:
                self.keys.add(h(0x30, o["proto"], remote, be(2, rp), h(o["payload"][:64]))[:16])


class Header:
    def __init__(self, text):
        lines = text.decode().split("\n")
        assert lines[0] == "exhibit-header/v1" and lines[-1] == ""
        self.nets = [base64.b64decode(x.split()[1]) for x in lines if x.startswith("net ")]
        rest = [x for x in lines[1:-1] if not x.startswith("net ")]
        self.f = {x.split(" ")[0]: x.split(" ")[1:] for x in rest}
        order = ("party sensor seq segid span mono clock kind root remotes records flows local "
                 "packets late drops sampling two-way payload epoch key definitions program next "
                 "prev after end").split()
        assert [x.split(" ")[0] for x in rest] == order, "order of lines"

    def int(self, name, i=0):
        return int(self.f[name][i])

    def b64(self, name):
        return base64.b64decode(self.f[name][0])


def seal(seg, header, items, flows, payload_rule):
    """records by remote, and what they hide"""
    k_seg, k_epoch = seg["k_seg"], seg["k_epoch"]
    t0 = header.int("span")
    remotes = {}
    flows.start()
    late = packets = octets = 0
    for o in items:
        if o["type"] == 1 and not o["flags"] & 0x80:
            packets += 1
            octets += o["wire"]
        for place in places(o):
            rows = remotes.setdefault(place[0], [])
            i = len(rows)
            seeds = h(0x27, k_seg, place[0])
            seed_d = h(0x28, k_seg, place[0])[:16]
            kr = h(0x25, k_epoch, place[0])[:16]
            row = be(16, i)
            c = clear(o, place, o["time"] < t0)
            late += o["time"] < t0
            pay = o["payload"][:payload_rule]
            salt_d = aes(seed_d, row)
            tail = o["ip_options"] + o["tcp_options"] + pay
            d = None
            if o["type"] == 3:
                d = h(0x24, salt_d, o["line"])
            elif o["type"] == 1 and tail:
                c["flags"] |= 0x2000
                d = h(0x24, salt_d, be(2, len(o["ip_options"])), be(2, len(o["tcp_options"])),
                      tail)
            salt_x = aes(seeds[16:], row)
            x = h(0x29, salt_x, d) if o["type"] == 3 else \
                h(0x23, salt_x, hidden(o), d) if d else h(0x21, salt_x, hidden(o))
            tsalt = h(0x2d, k_epoch, place[1])[:16]
            t = h(0x22, tsalt, place[1])
            c_a = h(0x20, aes(seeds[:16], row), t)
            rows.append((raw(c, aes(kr, place[1]), c_a, x), place, o, t))
            flows.add(o, place)
    assert (late, packets, octets) == (header.int("late"), header.int("packets"),
                                       header.int("packets", 1)), "counters"
    return remotes


def read_opening(text, rows, remote, header, seg):
    """The opening, read by itself, gives what was sealed."""
    at = 0

    def take(n):
        nonlocal at
        assert at + n <= len(text)
        at += n
        return text[at - n:at]

    def num(n):
        return int.from_bytes(take(n), "big")

    assert num(1) == 1
    wide = num(1)
    runs = [(num(4), num(4)) for _ in range(num(4))]
    seeds = [take(16) if wide & b else None for b in (1, 2, 4, 8)]
    nets = [(take(16), num(1), take(16)) for _ in range(num(1))]
    for salt, n, net in nets:
        assert h(0x2a, salt, n, net) in header.nets, "network"
    tokens = []
    for _ in range(num(4)):
        if num(1):
            tsalt, local = take(16), take(16)
            tokens.append((h(0x22, tsalt, local), local))
        else:
            tokens.append((take(32), None))
    leaves = {}
    for i in (k for first, count in runs for k in range(first, first + count)):
        want, place, o, t = rows[i]
        what, head = num(1), take(26)
        ext = take(12) if head[0] != 1 or head[2] & 0x10 else bytes(12)
        p = None if wide & 1 else take(16)
        row = be(16, i)
        if what & 1:
            salt = aes(seeds[1], row) if wide & 2 else take(16)
            token = tokens[num(4)]
            c_a = h(0x20, salt, token[0])
            assert token[0] == t and token[1] in (None, place[1]), "token"
            if p is None:
                p = aes(seeds[0], token[1])
        else:
            c_a = take(32)
        if what & 2:
            log, data = head[0] == 3, head[0] == 3 or head[2] & 0x20
            salt = aes(seeds[2], row) if wide & 4 else take(16)
            hid = b"" if log else take(22)
            d = b""
            if data and what & 4:
                salt_d = aes(seeds[3], row) if wide & 8 else take(16)
                lens = b"" if log else take(4)
                n = sum(struct.unpack(">HH", lens)) if lens else 0
                d = h(0x24, salt_d, lens, take(num(4) + n))
            elif data:
                d = take(32)
            c_x = h(0x29 if log else 0x23 if data else 0x21, salt, hid, d)
        else:
            c_x = take(32)
        record = head + p + ext + c_a + c_x
        assert record == want, "record"
        leaves[i] = h(0, record)
    hashes = [take(32) for _ in range((len(text) - at) // 32)]
    assert at == len(text)

    def root(lo, hi):
        if not any(lo <= i < hi for i in leaves):
            return hashes.pop(0)
        if hi - lo == 1:
            return leaves[lo]
        k = 1
        while 2 * k < hi - lo:
            k *= 2
        return h(1, root(lo, lo + k), root(lo + k, hi))

    got = root(0, len(rows))
    assert not hashes and got == mth([h(0, r[0]) for r in rows]), "root of records"


def check_segment(seg, remotes_want, items, flows, prev):
    header = Header(seg["header"])
    rule = header.f["payload"][0]
    rule = 0 if rule == "none" else 2 ** 32 if rule == "all" else int(rule)
    remotes = seal(seg, header, items, flows, rule)
    leaves = {}
    for key, rows in remotes.items():
        kr = h(0x25, seg["k_epoch"], key)[:16]
        leaves[key] = (len(rows), h(0x26, kr), mth([h(0, r[0]) for r in rows]))
    trie = Node(leaves, False) if leaves else None
    flow_leaves = {k: h(0x2c, seg["k_seg"], k)[:16] for k in flows.keys}
    flow_root = Node(flow_leaves, True).hash if flow_leaves else bytes(32)
    assert flow_root == seg["flows"], "flow root"
    assert [str(len(flow_leaves)), str(flows.unseen), "0"] == header.f["flows"], "flows"
    records = sum(len(r) for r in remotes.values())
    root = h(0x14, seg["segid"], be(4, len(remotes)), be(8, records), flow_root,
             trie.hash if trie else bytes(32))
    assert root == header.b64("root"), "root"
    assert (len(remotes), records) == (header.int("remotes"), header.int("records"))
    assert header.b64("segid") == seg["segid"]
    assert header.b64("key") == h(0x2b, seg["k_seg"])
    nets = sorted(h(0x2a, h(0x2e, seg["k_seg"], n, net)[:16], n, net) for n, net in NETS)
    assert nets == header.nets, "networks"
    assert header.b64("prev") == prev, "prev"
    salt = h(0x2f, seg["k_seg"])[:16]
    entry = "exhibit-segment/v1\n%s\n%s\n%s\n" % (
        header.f["sensor"][0], header.f["seq"][0],
        base64.b64encode(h(0x17, salt, h(seg["header"]))).decode())
    assert entry.encode() == seg["entry"], "entry"
    box = nacl.public.SealedBox(nacl.public.PrivateKey(seg["opening_secret"]))
    assert box.decrypt(seg["box"]) == seg["k_seg"] + seg["segid"], "box"
    assert [r["key"] for r in remotes_want] == sorted(remotes), "remotes"
    for want in remotes_want:
        rows = remotes[want["key"]]
        assert b"".join(r[0] for r in rows) == want["records"], "records of " + str(
            ipaddress.ip_address(want["key"]))
        assert trie.proof(want["key"]) == want["proof"], "proof"
        read_opening(want["opening"], rows, want["key"], header, seg)
    return records


def run(dump, seed, count):
    hexes = ("src dst payload ip_options tcp_options line quote_src quote_dst k_seg k_epoch segid "
             "header entry box opening_secret flows key records proof opening").split()
    items, segments = [], []
    out = subprocess.run([dump, str(seed), str(count)], check=True, capture_output=True)
    for line in out.stdout.decode().splitlines():
        d = json.loads(line)
        for k in hexes:
            if isinstance(d.get(k), str):
                d[k] = bytes.fromhex(d[k])
        if d["what"] == "item":
            items.append(d)
        elif d["what"] == "segment":
            segments.append((d, []))
        else:
            segments[-1][1].append(d)
    flows, prev, records = Flows(segments[0][0]["idle"]), bytes(32), 0
    used = 0
    for seg, remotes in segments:
        # Which items it has: as many as make its records, in order.
        want, have, mine = Header(seg["header"]).int("records"), 0, []
        while have < want:
            mine.append(items[used])
            have += len(places(items[used]))
            used += 1
        assert have == want
        records += check_segment(seg, remotes, mine, flows, prev)
        prev = hashlib.sha256(seg["header"]).digest()
    assert used == len(items)
    return len(segments), records


def main():
    dump = sys.argv[1]
    cases = [(seed, count) for seed in range(12) for count in (1, 3, 60, 400)]
    bad = segments = records = 0
    print(f"1..{len(cases)}")
    for i, (seed, count) in enumerate(cases, 1):
        try:
            s, r = run(dump, seed, count)
            segments, records = segments + s, records + r
            print(f"ok {i} - seed {seed}, {count} observations")
        except (AssertionError, subprocess.CalledProcessError) as why:
            bad += 1
            print(f"not ok {i} - seed {seed}, {count} observations: {why}")
    print(f"# {segments} segments, {records} records")
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
