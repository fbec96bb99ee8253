#!/usr/bin/env python3
"""Writes seeds for the fuzz targets of evidence: seeds_evidence.py FOLDER

One folder per target below FOLDER, one file per shape, all made up here.
"""
import base64
import os
import struct
import sys
import zlib


def record(kind, cls=0, flags=0, code=0, lens=(60, 0, 0), ttl=60, ext=bytes(12), proto=6):
    return struct.pack(">BBHqHHBHHHHB", kind, cls, flags, 10 ** 18, 4242, 23, proto, code, *lens,
                       ttl) + bytes(16) + ext + bytes(64)


B32 = base64.b64encode(bytes(range(32))).decode()
B16 = base64.b64encode(bytes(16)).decode()


def header(nets=1, kind="live", base="declared", payload="none", span="-5 10", records=(2, 3)):
    return "\n".join(
        ["exhibit-header/v1", "party a.example", "sensor a.example/1", "seq 7", f"segid {B16}",
         f"span {span}", "mono 1 2 0", "clock ntp 900", f"kind {kind}", f"root {B32}",
         f"remotes {records[0]}", f"records {records[1]}", "flows 1 0 0", f"local {base} {nets}"] +
        ["net " + base64.b64encode(bytes([i]) * 32).decode() for i in range(nets)] +
        ["packets 3 180", "late 0", "drops 0 0 0", "sampling 1", "two-way 1 2",
         f"payload {payload}", "epoch 20000", f"key {B32}", f"definitions {B32}",
         f"program {B32}", f"next {B32}", f"prev {B32}", "after none", "end closed", ""]).encode()


V4 = bytes(10) + b"\xff\xff"
LEAF = bytes(64)
TRIE = bytes([2, 127]) + V4 + bytes([11, 0, 0, 0]) + struct.pack(">I", 1) + \
    bytes([1]) + LEAF + bytes([1]) + LEAF
HIDDEN = bytes([2, 127]) + V4 + bytes([11, 0, 0, 0]) + struct.pack(">I", 1) + \
    bytes([0]) + bytes(32) + bytes([1]) + LEAF


def stored(*members):
    """A ZIP file as exhibits have it."""
    out, central = b"", b""
    for name, data in members:
        common = struct.pack("<HHHHHIIIHH", 10, 0, 0, 0, 0x21, zlib.crc32(data), len(data),
                             len(data), len(name), 0)
        central += b"PK\1\2\n\0" + common + bytes(10) + struct.pack("<I", len(out)) + name
        out += b"PK\3\4" + common + name + data
    return out + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, len(members), len(members),
                                                  len(central), len(out), 0)


# Made by hand: what reading wants to be written again.
CLAIM = ('{"number":1,"definition":"scan.horizontal/1","kind":"scan.horizontal","technique":"syn",'
         '"protocol":"tcp","side":"outside","initiator":"198.51.100.7","remotes":["198.51.100.7"],'
         '"from":0,"to":1,"first":"2023-11-14T22:13:20.000000000Z",'
         '"last":"2023-11-14T22:14:20.000000000Z","packets":60,"bytes":3600,"targets":60,"ports":1,'
         '"answered":0,"port_list":[23],"at_least":true,"decided":{"counter":"targets",'
         '"counted":60,"threshold":25},"authentic":"one-way-only","tool":[{"mark":0,"name":"zmap",'
         '"matched":60,"of":60}],"said_tool":[],"said":false}')
LADDER = ('{"sources":[{"name":"a list","format":"list","family":"unknown","date":"undated"}],'
          '"remotes":[{"address":"198.51.100.7","looked_up":"198.51.100.7",'
          '"event":"2023-11-14T22:13:20.000000000Z","statements":[{"source":0,"about":"network",'
          '"asn":64496,"first":"198.51.100.0","last":"198.51.100.255","text":"EXAMPLE"},'
          '{"source":0,"about":"located","code":"XX","first":"198.51.100.0",'
          '"last":"198.51.100.255","day":19000}]}]}\n')
SEEDS = {
    "fuzz_exhibit": {
        "zip": b"\0" + stored((b"mimetype", b"application/vnd.exhibit+zip"), (b"README.txt", b"x"),
                              (b"data/segments/0000/header.txt", b"")),
        "zip-one": b"\0" + stored((b"z", b"")),
        "zip-order": b"\0" + stored((b"b", b""), (b"d", b""), (b"c", b"")),
        "bag": b"\1" + stored((b"mimetype", b"application/vnd.exhibit+zip"), (b"README.txt", b"x"),
                              (b"bag-info.txt", b""), (b"bagit.txt", b""),
                              (b"manifest-sha256.txt", b""), (b"tagmanifest-sha256.txt", b"")),
        "claims": b"\2[" + CLAIM.encode() + b"]\n",
        "claims-none": b"\2[]\n",
        "ladder": b"\3" + LADDER.encode(),
        "ladder-none": b'\3{"sources":[],"remotes":[]}\n',
    },
    "fuzz_record": {
        "syn": record(1, 0, 2, 0x5002),
        "long": record(1, 1, 0x1000, 0x5010, (65535, 9, 65535), 64,
                       struct.pack(">III", 70000, 65535, 0)),
        "quoted": record(1, 1, 0x0482, 0x0303, proto=17),
        "internal": record(1, 6, 0x2002, 0x5018) + b"\x02\x04\x05\xb4\x01\x03\x03\x07",
        "flow": record(2, 0, 2, 0x5002, (0, 1000, 0), 0, struct.pack(">IQ", 5, 300)),
        "log": record(3, 0, 0, 1, (0, 0, 0), 0,
                      struct.pack(">IIB3x", 1, 99, 0x11)),
    },
    "fuzz_header": {
        "live": header(),
        "file": header(0, "file", "inferred", "all"),
        "many": header(64, "log", "inferred", "128", "0 1", (0, 0)),
        "cut": header()[:300],
    },
    "fuzz_about": {
        "file": b"\0exhibit-file/v1\nsha256 " + b"ab" * 32 + b"\nsize 100\nkind file\n"
                b"segments 3\nrecords 90\nentry 7\nnetworks 6\nname a%20file.pcap\n",
        "log": b"\0exhibit-file/v1\nsha256 " + b"00" * 32 + b"\nsize 0\nkind log\n"
               b"segments 1\nrecords 0\nentry 0\nnetworks inferred\nname x\n",
        "part": b"\0exhibit-file/v1\nsha256 " + b"00" * 32 + b"\nsize 9\nkind log\n"
                b"segments 1\nrecords 2\nentry 3\nnetworks inferred\npart 40 " + b"ab" * 32 +
                b"\ngrown " + b"cd" * 32 + b"\nname x\n",
        "networks": b"\1exhibit-networks/v1\nsalt " + B16.encode() +
                    b"\nnet 10.0.0.0/8\nnet 198.51.100.0/24\nnet 2001:db8::/32\n",
        "twice": b"\1exhibit-networks/v1\nsalt " + B16.encode() +
                 b"\nnet 198.51.100.0/24\nnet 10.0.0.0/8\n",
    },
    "fuzz_rest": {
        "same": bytes([1]),
        "same-private": bytes([2]),
        "cut": bytes([1, 0]),
        "cut-private": bytes([2, 0, 0, 0]),
        "header": bytes([1, 0, 0, 0, 30, 65]),
        "remotes": bytes([1, 0, 0, 4, 220, 1, 0, 0, 5, 20, 0]),
        "length": bytes([1, 0, 0, 0, 12, 255]),
        "nets": bytes([2, 0, 0, 0, 0, 2]),
        "locals": bytes([2, 0, 0, 0, 18, 255, 0, 0, 0, 20, 0]),
        "rows": bytes([2, 0, 0, 1, 200, 255, 0, 0, 2, 0, 3]),
        "file": bytes([0]) + b"exhseg1\n" + struct.pack(">IQ", len(header()), 40) + header() +
                bytes(16 + 96 + 32 + 84 * 2 + 24 + 40),
    },
    "fuzz_verify": {
        "same": bytes([0]),
        "findings": bytes([0, 0, 150, 49, 0, 151, 50]),
        "definitions": bytes([1, 0, 60, 57]),
        "csv": bytes([2, 1, 0, 48]),
        "pcap": bytes([3, 0, 40, 1]),
        "header": bytes([4, 0, 200, 65]),
        "proof": bytes([5, 0, 40, 65]),
        "remotes": bytes([6, 0, 20, 1]),
        "salt": bytes([7, 0, 3, 0]),
        "opening": bytes([8, 0, 30, 1, 1, 0, 2]),
        "zip": b"PK\x03\x04" + bytes(26) + b"mimetype",
        "end": b"PK\x05\x06" + bytes(18),
    },
    "fuzz_segment_proof": {
        "whole": bytes([0, 1]) + TRIE,
        "hidden": bytes([0, 1]) + HIDDEN,
        "leaf": bytes([0, 3, 1]) + V4 + bytes([11, 0, 0, 9]) + LEAF,
        "flow": bytes([1, 0, 1]) + bytes(range(16)) + bytes(16),
        "flows": bytes([1, 0, 2, 0, 0]) + bytes(32) + bytes([1]) + b"\x80" + bytes(15 + 16),
        "opening": bytes([2, 0, 1, 1]) + bytes([15] * 12),
        "opening-some": bytes([2, 0, 0, 4]) + bytes([1, 2, 6, 9, 15, 0] * 2),
        "opening-changed": bytes([2, 0, 1, 1]) + bytes([15] * 12) + b"\0\x40\1\0\x41\2",
        "any": bytes([3, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]) +
               bytes(200),
    },
}


def main():
    for target, seeds in SEEDS.items():
        folder = os.path.join(sys.argv[1], target)
        os.makedirs(folder, exist_ok=True)
        for name, data in seeds.items():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(data)


if __name__ == "__main__":
    main()
