#!/usr/bin/env python3
"""Writes seeds for the attribution readers' fuzz targets: seeds_attribute.py FOLDER

One folder per target below FOLDER, one file per shape, all made up here.
"""
import bz2
import gzip
import json
import os
import struct
import sys

TORGEO = {
    "v4": "# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n# Vendor:    Example\n"
          "# License:   CC BY-SA 4.0\n16777216,16777471,AU\n16777472,16778239,??\n",
    "v6": "2001:200::,2001:200:ffff:ffff:ffff:ffff:ffff:ffff,JP\n::1,::1,EU\n1::,1::8,A1\n",
    "overlap": "1,5,AU\n5,9,CN\n",
    "unsorted": "9,9,AU\n1,1,CN\r\n",
    "mixed": "1,2,AU\n::1,::2,AU\n",
}

RIR = {
    "extended": "2.3|apnic|20260926|4||20260925|+1000\napnic|*|ipv4|*|2|summary\n"
                "apnic|AU|ipv4|1.0.0.0|256|20110811|assigned|A918\n"
                "apnic||ipv4|14.102.240.0|768||available|\n"
                "apnic|AP|ipv6|2001:200::|35|19990813|allocated|A919|e-stats\n"
                "apnic|TW|asn|1768|2|20020801|allocated|A91B\n",
    "plain": "2|ripencc|1790287199|1|19700101|20260924|+0200\n"
             "ripencc|DK|ipv4|195.85.96.0|1536|19970206|allocated\n",
    "zeros": "2|afrinic|20260924|1|00000000|20260924|00000\n"
             "afrinic|ZZ|ipv4|41.57.124.0|1024|00000000|reserved|\n",
    "cut": "2|ripencc|1|9|19700101|20260924|+0200\nripencc|DK|ipv4|2.0.0.0|1|19970206|allocated\n",
}

CIDR = {
    "all": "# as: hosting\n# date: 2026-08-22\n# name: x\n\n192.0.2.0/24\n"
           "198.51.100.7 - 198.51.100.9 ; SBL1\n203.0.113.5\n10.1.2.3/8\n2001:db8::/32\n"
           "2001:db9::1-2001:db9::ff\n",
    "wide": "0.0.0.0/0\n",
    "spec": "a,b,as=tor-exit,date=2026-08-22,name=my exits,family=records",
}


def misp(**members):
    whole = {"name": "List of published IP address ranges for Example Scanner", "type": "cidr",
             "description": "", "version": 20260811, "list": ["192.0.2.0/24", "2001:db8::1"]}
    whole.update(members)
    return json.dumps(whole)


MISP = {
    "scanner": misp(),
    "hosting": misp(name="VPN providers and datacenters"),
    "relay": misp(name="Private Relay", version=2),
    "wrong-type": misp(type="hostname", list=["example.org"]),
    "wide": misp(list=["0.0.0.0/0"]),
    "nested": "[" * 3000,
}


# MaxMind DB values.
def head(kind, size):
    low, more = (size, b"") if size < 29 else (29, bytes([size - 29]))
    return (bytes([kind << 5 | low]) if kind < 8 else bytes([low, kind - 7])) + more


def text(s):
    return head(2, len(s)) + s.encode()


def number(kind, n, size):
    return head(kind, size) + n.to_bytes(size, "big")


def mapping(**members):
    return head(7, len(members)) + b"".join(text(k) + v for k, v in members.items())


def boolean(v):
    return head(14, v)


def mmdb(data, nodes, version=4, bits=24):
    meta = mapping(binary_format_major_version=number(5, 2, 1),
                   binary_format_minor_version=number(5, 0, 0),
                   build_epoch=number(9, 1780000000, 8), database_type=text("test"),
                   description=head(7, 0), ip_version=number(5, version, 1),
                   languages=head(11, 0), node_count=number(6, len(nodes), 4),
                   record_size=number(5, bits, 2))
    tree = b"".join(b.to_bytes(3, "big") for node in nodes for b in node)
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + meta


NESTED = mapping(country=mapping(iso_code=text("GB")), registered_country=mapping(
    iso_code=text("US")), traits=mapping(is_anycast=boolean(1)))
ASN = mapping(autonomous_system_number=number(6, 64500, 4),
              autonomous_system_organization=text("Example"))
POINTER = head(7, 1) + b"\x20\x06" + text("AU") + text("country_code")

MMDB = {
    "nested": mmdb(NESTED, [(1, 2), (18, 2)]),
    "asn": mmdb(ASN, [(1, 2), (18, 2)]),
    "cycle": mmdb(NESTED, [(1, 1), (1, 1)]),
    "separator": mmdb(NESTED, [(3, 1)]),
    "v6": mmdb(NESTED, [(i + 1, 97) for i in range(96)] + [(113, 97)], version=6),
    "data-nested": NESTED,
    "data-asn": ASN,
    "data-flags": mapping(is_tor_exit_node=boolean(1), is_hosting_provider=boolean(0)),
    "data-pointer": POINTER,
    "data-deep": head(11, 1) * 100,
    "data-types": head(11, 6) + number(8, 1, 4) + head(3, 8) + bytes(8) + head(15, 4) + bytes(4)
    + number(10, 1, 16) + head(4, 2) + b"ab" + number(9, 1, 8),
}


# libloc: two AS, four networks, the tree, eight bytes of strings.
def locdb(nodes):
    as_part = struct.pack(">IIII", 64500, 0, 64501, 4)
    networks = b"".join(struct.pack(">2s2xIH2x", cc, asn, flags) for cc, asn, flags in [
        (b"AU", 64500, 0), (b"DE", 0, 3), (b"EU", 64501, 4), (b"\0\0", 7, 8)])
    tree = b"".join(struct.pack(">III", *n) for n in nodes)
    return as_part + networks + tree + b"abc\0def\0"


NONE = 0xffffffff
LOCDB = {
    "flat": locdb([(1, 2, NONE), (0, 0, 0), (0, 0, 1)]),
    "deep": locdb([(i + 1, 0, NONE) for i in range(128)] + [(0, 0, 2)]),
    "too-deep": locdb([(i + 1, 0, NONE) for i in range(140)] + [(0, 0, 2)]),
    "mapped": locdb([(i + 1, 0, NONE) for i in range(80)] + [(0, i + 81, NONE) for i in range(16)]
                    + [(0, 0, 3)]),
    "cycle": locdb([(1, 1, 0), (1, 1, NONE)]),
    "outside": locdb([(9, 9, 9)]),
}


def addr4(a, b, c, d):
    return bytes(10) + b"\xff\xff" + bytes([a, b, c, d])


def short(s):
    return bytes([len(s)]) + s.encode()


def statement(source, about, code, name):
    return (bytes([source, about, 0, 1]) + struct.pack(">I", 64500) + short(code)
            + addr4(192, 0, 2, 0) + addr4(192, 0, 2, 255) + struct.pack(">i", 12345)
            + struct.pack(">BHHBB", 0, 7, 9, 120, 0) + short(name))


COUNTRY = bytes([1]) + short("AU") + bytes([1, 0, 1, 1]) + short("AU") + bytes([4, 2])
ANSWER = (addr4(192, 0, 2, 1) * 2 + bytes([0]) + bytes(16) + struct.pack(">q", 1) + bytes(3)
          + short("") * 2 + bytes([1]) + addr4(192, 0, 2, 0) + bytes([120, 0, 1])
          + struct.pack(">IBBHH", 64500, 0, 1, 7, 9) + short("Example") + short("") + COUNTRY * 2
          + bytes([1]) + struct.pack(">II", 1, 0) + short("") + struct.pack(">II", 0, 0)
          + bytes([2]) + statement(0, 0, "", "Example") + statement(1, 2, "AU", ""))
SOURCES = (bytes([1]) + short("libloc") + short("") + bytes([2, 2, 2]) + struct.pack(">q", 5)
           + bytes([1]) + bytes(32))

BASELINE = (struct.pack(">IBIH", 100, 1, 90, 2) + b"AU" + struct.pack(">I", 40) + b"DE"
            + struct.pack(">IH", 50, 1) + struct.pack(">II", 64500, 7))

DESK = ('{"roles":["abuse"],"vcardArray":["vcard",[["fn",{},"text","Desk"],'
        '["email",{"pref":"1"},"text","abuse@example.net"]]]}')
CONTACTS = {
    "rdap": '{"objectClassName":"ip network","startAddress":"192.0.2.0","endAddress":"192.0.2.255",'
            '"name":"EX","entities":[{"roles":["registrant"],"vcardArray":["vcard",[["fn",{},"text",'
            '"Example"]]],"entities":[' + DESK + ']}],"redacted":[{"name":{}}]}',
    "rdap-array": '[{"objectClassName":"ip network","startAddress":"2001:db8::","endAddress":'
                  '"2001:db8::ff","entities":[' + DESK + ']},{"errorCode":404}]',
    "ripe": "% Abuse contact for '192.0.2.0 - 192.0.2.255' is 'abuse@example.net'\n\n"
            "inetnum: 192.0.2.0 - 192.0.2.255\nnetname: EX\n\nrole: Desk\n"
            "abuse-mailbox: a@example.net\n",
    "arin": "NetRange: 198.51.100.0 - 198.51.100.255\nNetType: Direct Allocation\nOrgName: Ex\n"
            "OrgAbuseEmail: a@example.net\nRAbuseEmail: b@example.net\n",
    "lacnic": "inetnum: 203.0.113/24\nowner: Ex\nabuse-c: ABC\n\nnic-hdl-br: ABC\n"
              "e-mail: a@example.net\n",
}



# MRT: index of peers, routes of two families, with and without ADD-PATH.
def mrt(kind, subtype, body):
    return struct.pack(">IHHI", 1600000000, kind, subtype, len(body)) + body


def path(*segments):
    whole = b"".join(bytes([kind, len(ases)]) + b"".join(struct.pack(">I", a) for a in ases)
                     for kind, ases in segments)
    return b"\x40\x01\x01\0" + b"\x40\x02" + bytes([len(whole)]) + whole


def entry(peer, attributes, number=b""):
    return (struct.pack(">HI", peer, 1600000000) + number
            + struct.pack(">H", len(attributes)) + attributes)


def route(subtype, net, bits, entries):
    return mrt(13, subtype, struct.pack(">IB", 1, bits) + net
               + struct.pack(">H", len(entries)) + b"".join(entries))


INDEX = mrt(13, 1, b"\x0a\0\0\1" + struct.pack(">H", 4) + b"view" + struct.pack(">H", 2)
            + b"\x02" + bytes(8) + struct.pack(">I", 64500)
            + b"\x03" + bytes(20) + struct.pack(">I", 64501))
TABLE = (INDEX + route(2, b"\xc0\0\2", 24, [entry(0, path((2, [64500, 64600]))),
                                             entry(1, path((2, [64501]), (1, [1, 2])))])
         + route(2, b"\xc0\0", 16, [entry(1, path((2, [64600])))])
         + route(8, b"\xc6\x33\x64", 24, [entry(0, path((3, [65000]), (2, [64700])), bytes(4))])
         + route(4, b"\x20\1\x0d\xb8", 32, [entry(1, path())]))
OLD = mrt(12, 1, bytes(4) + b"\xc0\0\2\0\x18\1" + bytes(4) + b"\xc1\xcb\0\1"
          + struct.pack(">HH", 1853, 16) + b"\x40\x02\x04\2\1\x5b\xa0"
          + b"\xc0\x11\x06\2\1\0\0\xfc\0")
RIB = {
    "table": TABLE,
    "gzip": gzip.compress(TABLE, mtime=0),
    "bzip2": bz2.compress(TABLE),
    "members": gzip.compress(TABLE[:80], mtime=0) + gzip.compress(TABLE[80:], mtime=0),
    "old": OLD,
    "updates": mrt(16, 4, bytes(20)),
}

VRP = {
    "rpki-client": '{"metadata":{"buildtime":"2026-09-21T12:00:00Z"},"roas":[{"asn":64500,'
                   '"prefix":"192.0.2.0/24","maxLength":25,"ta":"ripe","expires":1790000500},'
                   '{"asn":0,"prefix":"192.0.0.0/16","maxLength":16}],"aspas":[]}',
    "routinator": '{"metadata":{"generated":1789999000},"roas":[{"asn":"AS64500","prefix":'
                  '"2001:DB8::/32","maxLength":48,"source":[{"type":"roa"}]}]}',
    "huge": '{"roas":[{"asn":1,"prefix":"::/3","maxLength":9223372036854775807,"expires":'
            '9223372036854775807}]}',
    "gortr": '{"roas":[{"prefix":"10.0.0.0/8","asn":"1"}],"metadata":{"valid":9}}',
}

GEOFEED = {
    "all": '# x\n192.0.2.0/24,DE,DE-BE,Berlin,\n"192.0.2.128/25","fr","","",""\n'
           "198.51.100.7,,\n2001:db8::/32,JP,,,\n",
    "repeated": "192.0.2.0/24,DE\n192.0.2.0/24,FR\n192.0.0.0/16,SE\nbroken\n",
}

# Changes to a table: where u32, what u8; every other one is near the end.
TABLE_CHANGES = {
    "none": b"",
    "header": b"".join(struct.pack(">IB", at, 255) for at in (8, 80, 88, 96, 104, 112, 120, 128)),
    "few": struct.pack(">IBIBIB", 200, 128, 40, 7, 300, 200),
    "many": b"".join(struct.pack(">IB", at * 2654435761 % (1 << 32), at % 251)
                     for at in range(200)),
}

ALL = {"table": TABLE_CHANGES, "rib": RIB, "vrp": VRP, "geofeed": GEOFEED, "contacts": CONTACTS, "torgeo": TORGEO, "rir": RIR, "cidr": CIDR, "misp": MISP, "mmdb": MMDB, "locdb": LOCDB,
       "origin": {"answer": ANSWER, "sources": SOURCES, "baseline": BASELINE}}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for target, seeds in ALL.items():
        folder = os.path.join(sys.argv[1], "fuzz_attribute_" + target)
        os.makedirs(folder, exist_ok=True)
        for name, content in seeds.items():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(content.encode() if isinstance(content, str) else content)


if __name__ == "__main__":
    main()
