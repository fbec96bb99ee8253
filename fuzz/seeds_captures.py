#!/usr/bin/env python3
"""Writes seeds for the capture, packet, detection and message targets:
seeds_captures.py FOLDER

One folder per target below FOLDER, one file per shape, all made up here; names
say what is in them.
"""
import ctypes
import gzip
import os
import struct
import sys

A4, B4 = bytes([192, 0, 2, 9]), bytes([198, 51, 100, 7])
A6 = bytes.fromhex("20010db8000000000000000000000009")
B6 = bytes.fromhex("20010db8000000000000000000000077")
MAC = bytes.fromhex("02000000000102000000000b")
SECONDS = 1_700_000_000


# Network layer.
def ipv4(proto, data, frag=0, options=b"", total=None):
    words = 5 + len(options) // 4
    total = words * 4 + len(data) if total is None else total
    return (struct.pack(">BBHHHBBH", 0x40 | words, 0, total, 4711, frag, 64, proto, 0)
            + A4 + B4 + options + data)


def ipv6(proto, data):
    return struct.pack(">IHBB", 6 << 28, len(data), proto, 64) + A6 + B6 + data


def tcp(flags=2, options=b"", data=b"", sport=40000, dport=22):
    return struct.pack(">HHIIBBHHH", sport, dport, 1000, 2000, (5 + len(options) // 4) << 4, flags,
                       1024, 0, 0) + options + data


def udp(data, dport=53, length=None):
    return struct.pack(">HHHH", 40000, dport, 8 + len(data) if length is None else length, 0) + data


def icmp(kind, code=0, rest=b"\0\1\0\2", data=b""):
    return bytes([kind, code, 0, 0]) + rest + data


SYN_OPTIONS = bytes([2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7])
SCTP_INIT = struct.pack(">HHII", 40000, 80, 0, 0) + struct.pack(">BBHIIHHI", 1, 0, 20, 1, 65535, 1, 1, 7)
ARP = struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + MAC[:6] + A4 + bytes(6) + B4
SYN = ipv4(6, tcp(options=SYN_OPTIONS))
SYN6 = ipv6(6, tcp(options=SYN_OPTIONS))


def gre(proto, data, flags=0, more=b""):
    return struct.pack(">HH", flags, proto) + more + data


def ether(kind, data, tags=b""):
    return MAC + tags + struct.pack(">H", kind) + data


def tag(kind, vlan):
    return struct.pack(">HH", kind, vlan)


EXTENSIONS = bytes([43, 0, 1, 4, 0, 0, 0, 0]) + bytes([60, 0, 0, 0, 0, 0, 0, 0]) + bytes(
    [6, 0, 1, 4, 0, 0, 0, 0])
INNER = ether(0x0800, SYN)

# Packets by what they hold: (ether type, bytes).
NETWORK = {
    "syn": (0x0800, SYN),
    "syn-answer": (0x0800, ipv4(6, tcp(0x12, SYN_OPTIONS))),
    "refused": (0x0800, ipv4(6, tcp(0x14))),
    "data": (0x0800, ipv4(6, tcp(0x18, data=b"GET / HTTP/1.1\r\nHost: example\r\n\r\n"))),
    "xmas": (0x0800, ipv4(6, tcp(0x29))),
    "udp": (0x0800, ipv4(17, udp(b"\0" * 12))),
    "udp-length-lies": (0x0800, ipv4(17, udp(b"\0" * 12, length=4))),
    "sctp": (0x0800, ipv4(132, SCTP_INIT)),
    "echo": (0x0800, ipv4(1, icmp(8, data=b"x" * 32))),
    "unreachable": (0x0800, ipv4(1, icmp(3, 3, b"\0" * 4, SYN[:28]))),
    "options": (0x0800, ipv4(6, tcp(), options=b"\x94\x04\0\0")),
    "first-fragment": (0x0800, ipv4(17, udp(b"\0" * 16, length=3000), frag=0x2000)),
    "later-fragment": (0x0800, ipv4(17, b"\0" * 24, frag=185)),
    "tiny-fragment": (0x0800, ipv4(6, tcp()[:8], frag=0x2000)),
    "second-fragment": (0x0800, ipv4(6, tcp()[8:16], frag=0x2001)),
    "short-fragment": (0x0800, ipv4(6, tcp()[:16], frag=0x2000)),
    "total-zero": (0x0800, ipv4(6, tcp(), total=0)),
    "ah": (0x0800, ipv4(51, bytes([6, 4, 0, 0]) + b"\0" * 20 + tcp())),
    "arp": (0x0806, ARP),
    "syn6": (0x86DD, SYN6),
    "echo6": (0x86DD, ipv6(58, icmp(128))),
    "unreachable6": (0x86DD, ipv6(58, icmp(1, 4, b"\0" * 4, SYN6[:60]))),
    "extensions6": (0x86DD, ipv6(0, EXTENSIONS + tcp())),
    "fragment6": (0x86DD, ipv6(44, bytes([17, 0, 0, 1, 0, 0, 0, 9]) + udp(b"\0" * 8))),
    "later-fragment6": (0x86DD, ipv6(44, bytes([17, 0, 5, 168, 0, 0, 0, 9]) + b"\0" * 16)),
    "atomic-fragment6": (0x86DD, ipv6(44, bytes([6, 0, 0, 0, 0, 0, 0, 9]) + tcp())),
    "gre": (0x0800, ipv4(47, gre(0x0800, SYN))),
    "gre-all": (0x0800, ipv4(47, gre(0x6558, INNER, 0xB000, b"\0" * 12))),
    "gre-ppp": (0x0800, ipv4(47, gre(0x880B, b"\xff\x03\0\x21" + SYN, 0x3081, b"\0\0\0\0" * 3))),
    "erspan2": (0x0800, ipv4(47, gre(0x88BE, b"\x10" + b"\0" * 7 + INNER, 0x1000, b"\0\0\0\1"))),
    "erspan3": (0x0800, ipv4(47, gre(0x22EB, b"\x20" + b"\0" * 10 + b"\1" + b"\0" * 8 + INNER,
                                     0x1000, b"\0\0\0\1"))),
    "ipip": (0x0800, ipv4(4, SYN)),
    "6in4": (0x0800, ipv4(41, SYN6)),
    "4in6": (0x86DD, ipv6(4, SYN)),
    "vxlan": (0x0800, ipv4(17, udp(b"\x08\0\0\0\0\0\x2a\0" + INNER, 4789))),
    "geneve": (0x0800, ipv4(17, udp(b"\1\0\x65\x58\0\0\x2a\0" + b"\0\1\0\0" + INNER, 6081))),
    "deep": (0x0800, ipv4(4, ipv4(4, ipv4(4, ipv4(4, ipv4(4, ipv4(4, SYN))))))),
}


def radiotap(data):
    wlan = b"\x08\x02\0\0" + MAC + MAC[:6] + b"\0\0"
    llc = b"\xaa\xaa\x03\0\0\0\x08\x00"
    return b"\0\0\x08\0\0\0\0\0" + wlan + llc + data


# Link headers in front of a SYN: name -> (link type, frame).
LINKS = {
    "ethernet": (1, ether(0x0800, SYN)),
    "vlan": (1, ether(0x0800, SYN, tag(0x8100, 5))),
    "qinq": (1, ether(0x0800, SYN, tag(0x88A8, 5) + tag(0x8100, 6))),
    "qinq-old": (1, ether(0x0800, SYN, tag(0x9100, 5) + tag(0x8100, 6))),
    "vlan-many": (1, ether(0x0800, SYN, tag(0x8100, 5) * 20)),
    "vntag": (1, ether(0x0800, SYN, b"\x89\x26\0\0\0\0")),
    "mpls": (1, ether(0x8847, b"\0\1\0\x40\0\1\1\x40" + SYN)),
    "mpls-ethernet": (1, ether(0x8847, b"\0\1\1\x40" + b"\0\0\0\0" + INNER)),
    "pppoe": (1, ether(0x8864, b"\x11\0\0\1\0\x30\0\x21" + SYN)),
    "pppoe6": (1, ether(0x8864, b"\x11\0\0\1\0\x30\0\x57" + SYN6)),
    "llc-snap": (1, ether(len(SYN) + 8, b"\xaa\xaa\x03\0\0\0\x08\x00" + SYN)),
    "null-le": (0, b"\2\0\0\0" + SYN),
    "null-be": (0, b"\0\0\0\2" + SYN),
    "null-6": (0, b"\x1e\0\0\0" + SYN6),
    "ppp": (9, b"\xff\x03\0\x21" + SYN),
    "raw-bsd": (12, SYN),
    "ppp-hdlc": (50, b"\xff\x03\0\x21" + SYN),
    "pppoe-link": (51, b"\x11\0\0\1\0\x30\0\x21" + SYN),
    "atm": (100, b"\xaa\xaa\x03\0\0\0\x08\x00" + SYN),
    "raw": (101, SYN),
    "raw-6": (101, SYN6),
    "c-hdlc": (104, b"\x0f\0\x08\x00" + SYN),
    "wlan": (105, radiotap(SYN)[8:]),
    "frelay": (107, b"\x18\x41\x03\xcc" + SYN),
    "loop": (108, b"\0\0\0\2" + SYN),
    "enc": (109, b"\2\0\0\0" + b"\0" * 8 + SYN),
    "sll": (113, b"\0\0\0\1\0\6" + MAC[:6] + b"\0\0\x08\x00" + SYN),
    "sll-vlan": (113, b"\0\0\0\1\0\6" + MAC[:6] + b"\0\0\x81\x00\0\5\x08\x00" + SYN),
    "pflog": (117, bytes([61, 2, 0, 0]) + b"\0" * 60 + SYN),
    "prism": (119, b"\0\0\0\x44\0\0\0\x90" + b"\0" * 136 + radiotap(SYN)[8:]),
    "radiotap": (127, radiotap(SYN)),
    "avs": (163, b"\x80\x21\x10\x01\0\0\0\x40" + b"\0" * 56 + radiotap(SYN)[8:]),
    "ppi": (192, b"\0\0\x08\0\x69\0\0\0" + radiotap(SYN)[8:]),
    "ipv4": (228, SYN),
    "ipv6": (229, SYN6),
    "nflog": (239, b"\2\0\0\0" + struct.pack("<HH", 4 + len(SYN), 9) + SYN),
    "sll2": (276, b"\x08\x00\0\0\0\0\0\1\0\1\0\6" + MAC[:6] + b"\0\0" + SYN),
    "unknown": (147, b"\0" * 40),
}


# Files.
def pcap(frames, order="<", nano=False, linktype=1, patched=False, cut=0):
    magic = 0xA1B2CD34 if patched else 0xA1B23C4D if nano else 0xA1B2C3D4
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, linktype)
    for i, frame in enumerate(frames):
        out += struct.pack(order + "IIII", SECONDS + i, i * 1000, len(frame), len(frame) + cut)
        out += b"\0" * (8 if patched else 0) + frame
    return out


def padded(data):
    return data + b"\0" * (-len(data) % 4)


def block(order, kind, body):
    size = 12 + len(body)
    return struct.pack(order + "II", kind, size) + body + struct.pack(order + "I", size)


def option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + padded(value)


def section(order, options=b"", length=-1):
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, length) + options)


def interface(order, linktype=1, options=b"", snaplen=262144):
    return block(order, 1, struct.pack(order + "HHI", linktype, 0, snaplen) + options)


def enhanced(order, number, frame, ticks, options=b""):
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
    return block(order, 6, head + padded(frame) + options)


def pcapng(frames, order="<"):
    out = section(order, option(order, 2, b"a machine") + option(order, 0, b"")) + interface(order)
    for i, frame in enumerate(frames):
        out += enhanced(order, 0, frame, (SECONDS + i) * 1_000_000 + i * 1000)
    return out


def pcapng_rich(order="<"):
    """Interfaces of every resolution, all packet blocks, blocks to step over."""
    end, frame = option(order, 0, b""), ether(0x0800, SYN)
    out = section(order) + interface(order, 1, option(order, 9, b"\6") + end)
    out += interface(order, 101, option(order, 9, b"\x09") + option(order, 2, b"eth1") + end)
    out += interface(order, 113, option(order, 9, b"\x8a") + option(
        order, 14, struct.pack(order + "q", 1000)) + end)
    out += enhanced(order, 0, frame, SECONDS * 10**6, option(order, 1, b"comment") + end)
    out += enhanced(order, 1, SYN6, SECONDS * 10**9)
    out += enhanced(order, 2, LINKS["sll"][1], (SECONDS - 1000) << 10)
    out += enhanced(order, 9, frame, 0)
    out += block(order, 3, struct.pack(order + "I", len(frame)) + padded(frame))
    out += block(order, 2, struct.pack(order + "HHIIII", 0, 0, 0, 5, len(frame), len(frame))
                 + padded(frame))
    out += block(order, 4, struct.pack(order + "HH", 1, 7) + B4 + b"ab\0\0" + b"\0" * 4)
    out += block(order, 5, struct.pack(order + "III", 0, 0, 0))
    out += block(order, 10, struct.pack(order + "II", 0x544C534B, 4) + b"abcd")
    return out + block(order, 0x80000001, b"custom..")


def zstd(data):
    """By the library that the program itself is built with."""
    lib = ctypes.CDLL("libzstd.so.1")
    lib.ZSTD_compressBound.restype = lib.ZSTD_compress.restype = ctypes.c_size_t
    lib.ZSTD_compressBound.argtypes = [ctypes.c_size_t]
    lib.ZSTD_compress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p,
                                  ctypes.c_size_t, ctypes.c_int]
    room = lib.ZSTD_compressBound(len(data))
    out = ctypes.create_string_buffer(room)
    used = lib.ZSTD_compress(out, room, data, len(data), 3)
    return out.raw[:used]


def captures():
    frames = [ether(kind, data) for kind, data in NETWORK.values()]
    plain = pcap(frames)
    yield "pcap-le", plain
    yield "pcap-be", pcap(frames, ">")
    yield "pcap-nano", pcap(frames, nano=True)
    yield "pcap-nano-be", pcap(frames, ">", nano=True)
    yield "pcap-patched", pcap(frames[:4], patched=True)
    yield "pcap-snapped", pcap([f[:40] for f in frames], cut=30)
    yield "pcap-empty", pcap([])
    yield "pcap-cut", plain[:-7]
    yield "pcap-too-long", pcap(frames[:2]) + struct.pack("<IIII", SECONDS, 0, 262145, 262145)
    yield "pcapng-le", pcapng(frames)
    yield "pcapng-be", pcapng(frames, ">")
    yield "pcapng-rich", pcapng_rich()
    yield "pcapng-rich-be", pcapng_rich(">")
    yield "pcapng-sections", pcapng_rich() + pcapng(frames[:3], ">") + pcapng_rich()
    yield "pcapng-two-cut", pcapng_rich()[:-3]
    yield "gzip", gzip.compress(plain, mtime=0)
    yield "gzip-members", gzip.compress(plain[:500], mtime=0) + gzip.compress(plain[500:], mtime=0)
    yield "gzip-cut", gzip.compress(plain, mtime=0)[:-20]
    yield "gzip-pcapng", gzip.compress(pcapng_rich(), mtime=0)
    packed = zstd(plain)
    yield "zstd", packed
    yield "zstd-cut", packed[:-9]
    for name, (linktype, frame) in LINKS.items():
        yield f"link-{name}", pcap([frame], linktype=linktype)


def packets():
    for name, (kind, data) in NETWORK.items():
        yield f"packet-{name}", struct.pack("<H", 1) + ether(kind, data)
    for name, (linktype, frame) in LINKS.items():
        yield f"link-{name}", struct.pack("<H", linktype) + frame


# Observations as fuzz_detect.c reads them: options, then records of 12 bytes.
TCP, UDP, ICMP, ARP_KIND, SCTP, OTHER, SSH, WEB = range(8)
NEXT_PORT, NEXT_HOST, NEXT_SOURCE = 0x40, 0x80, 0xC0


def record(kind, src, dst, port, what=2, flags=0, step=8, repeat=0, extra=0, size=0):
    return struct.pack(">BBBHBBBBBBB", kind, src, dst, port, src, what, flags, step, repeat, extra, size)


def detections():
    sweep = record(TCP, 1, 10, 22, repeat=NEXT_HOST | 63)
    refusals = record(TCP, 10, 1, 22, what=0x14, flags=0, repeat=NEXT_SOURCE | 63)
    yield "sweep", b"\0" + sweep * 4
    yield "ports", b"\0" + record(TCP, 1, 10, 1, repeat=NEXT_PORT | 63) * 4
    yield "answered", b"\0" + (sweep + refusals) * 3
    yield "udp", b"\0" + record(UDP, 1, 10, 161, repeat=NEXT_HOST | 63) * 3
    yield "echo", b"\0" + record(ICMP, 1, 10, 0, what=8, repeat=NEXT_HOST | 63) * 3
    yield "arp", b"\0" + record(ARP_KIND, 1, 10, 0, what=1, repeat=NEXT_HOST | 63) * 3
    yield "sctp", b"\0" + record(SCTP, 1, 10, 80, what=1, repeat=NEXT_HOST | 63) * 3
    yield "flood", b"\0" + record(TCP, 1, 10, 80, step=2, repeat=NEXT_SOURCE | 63) * 60
    yield "reflection", b"\0" + record(UDP, 1, 10, 4000, step=2, repeat=NEXT_SOURCE | 63,
                                       extra=53, size=200) * 20
    yield "backscatter", b"\0" + record(TCP, 1, 10, 80, what=0x12, repeat=NEXT_HOST | 63) * 8
    yield "fragments", b"\0" + record(UDP, 1, 10, 0, flags=6, step=2, repeat=63) * 40
    yield "guesses", b"\0" + record(SSH, 1, 10, 22, what=1, step=18, repeat=63, extra=3) * 2
    yield "spray", b"\0" + record(SSH, 1, 10, 22, what=1, step=18, repeat=NEXT_PORT | 63) * 2
    yield "got-in", b"\0" + record(SSH, 1, 10, 22, what=1, repeat=63) + record(SSH, 1, 10, 22, what=2)
    yield "web", b"\0" + record(WEB, 1, 10, 80, what=4, repeat=NEXT_PORT | 63) * 4
    yield "explained", b"\1" + sweep + record(SSH, 1, 10, 22, what=1)
    yield "little-memory", b"\2" + sweep * 4 + record(TCP, 1, 10, 1, repeat=NEXT_PORT | 63) * 4
    for rules in range(1, 4):
        yield f"rules-{rules}", bytes([rules << 2]) + sweep * 2 + record(SSH, 1, 10, 22, what=1, repeat=63)
    yield "backwards", b"\0" + record(TCP, 1, 10, 22, step=0x90, repeat=NEXT_HOST | 63) * 4
    yield "mixed", b"\0" + b"".join(record(k, 1 + k, 10, 22 + k, what=k, flags=k * 17, repeat=k * 31 % 256)
                                    for k in range(8)) * 3


def numbers(n):
    return bytes((i * i * 7 + n) % 251 for i in range(700))


def messages():
    yield "zeros", bytes(700)
    yield "ones", b"\1" * 700
    for n in range(4):
        yield f"numbers-{n}", numbers(n)
    yield "sparse", b"".join(bytes([i % 5, 0, 0]) for i in range(250))


def web():
    """Scripts of fuzz_web.c: what comes, how long its text is, the text."""
    def step(what, text):
        return bytes([what, len(text)]) + text

    asked = [b"GET /page%d?q HTTP/1.1\r\nHost: x\r\nUser-Agent: Nikto\r\n\r\n" % i
             for i in range(30)]
    gone, there = b"HTTP/1.1 404 Not Found\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n"
    yield "answered", b"".join(step(i % 4, q) + step(4 | i % 4, there if i % 5 == 0 else gone)
                               for i, q in enumerate(asked))
    yield "unanswered", b"".join(step(i % 4 | i % 8 << 5, q) for i, q in enumerate(asked))
    yield "pipelined", step(0, asked[0]) + step(0x10, asked[1]) + step(4, gone) * 2
    yield "interim", step(0, asked[0]) + step(4, b"HTTP/1.1 100 Continue\r\n\r\n") + step(4, gone)
    yield "lines", b"".join(step(10 | (i % 3 == 0) << 2, b"/admin%d/.env?../../%%2e%%252e () { :;};" % i)
                            for i in range(30))
    yield "gaps", b"".join(step(0xf8 | i % 4, b"/cgi-bin/%d sqlmap/1.0" % i) for i in range(9))
    yield "cut", step(0, b"GET /a-long-target") + step(1, b"GET http://h/x") + step(2, b"HEAD")


ALL = {"capture": captures, "packet": packets, "detect": detections, "finding": messages,
       "messages": messages, "web": web}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for target, seeds in ALL.items():
        folder = os.path.join(sys.argv[1], "fuzz_" + target)
        os.makedirs(folder, exist_ok=True)
        for name, content in seeds():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(content)


if __name__ == "__main__":
    main()
