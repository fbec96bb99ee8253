#!/usr/bin/env python3
"""Writes seeds for the fuzz targets of ledgers: seeds_ledger.py FOLDER

Notes, checkpoints, proofs and policies, made up here but for the one signed
note of the C2SP specification. Most signatures are of the right form only.
"""
import base64
import hashlib
import os
import sys

DASH = "\u2014"
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
LINE = (f"{DASH} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYj"
        "OBH3mFXmRKuwHjG1Yu72IneyaQM=\n")
NOTE = f"This is an example message.\n\n{LINE}"


def b64(data):
    return base64.b64encode(data).decode()


def hash_of(n):
    return b64(hashlib.sha256(bytes([n])).digest())


def line(name, key_id, length):
    return f"{DASH} {name} {b64(key_id + bytes(length))}\n"


def checkpoint(origin, size, *lines):
    return f"{origin}\n{size}\n{hash_of(1)}\n\n" + "".join(lines or (LINE,))


def vkey(name, kind, key):
    typed = bytes([kind]) + key
    key_id = hashlib.sha256(name.encode() + b"\n" + typed).hexdigest()[:8]
    return f"{name}+{key_id}+{b64(typed)}"


def witness(n):
    return vkey(f"w{n}.example", 4, hashlib.sha256(bytes([n])).digest())


def policies():
    w = [f"witness w{n} {witness(n)} https://w{n}.example/\n" for n in range(5)]
    yield "none", f"log {VKEY}\nquorum none\n"
    yield "one", w[0] + "quorum w0\n"
    yield "groups", ("# trust\n" + "".join(w) + "group a 2 w0 w1 w2\n\tgroup b any w3 w4\n"
                     "group all all a b\nquorum all\n")
    yield "sizes", f"#sizes 0 17\nlog {VKEY}\n#sizes 17 -\nlog {vkey('example.com/foo', 1, b'k' * 32)}\nquorum none\n"
    yield "pq", f"witness pq {vkey('pq.example', 6, bytes(1312))}\nquorum pq\n"


def seeds():
    both = checkpoint("example.com/foo", 7, LINE, line("w.example", b"abcd", 72))
    yield "note", "vector", NOTE
    yield "note", "two", NOTE + line("pq.example", b"\1\2\3\4", 2428)
    yield "note", "empty-lines", "a\n\n\nb\n\n" + LINE
    yield "note", "vkey", VKEY
    yield "note", "vkey-witness", witness(1)
    skey = vkey("log.example", 1, bytes([1]) * 32).rsplit("+", 2)
    yield "note", "skey", f"PRIVATE+KEY+{skey[0]}+{skey[1]}+{skey[2]}"
    yield "checkpoint", "plain", checkpoint("example.com/foo", 0).split("\n\n")[0] + "\n"
    yield "checkpoint", "extension", f"a\n18446744073709551615\n{hash_of(2)}\nmore\n"
    yield "checkpoint", "ask", f"old 3\n{hash_of(3)}\n{hash_of(4)}\n\n" + checkpoint("log.example", 9)
    yield "checkpoint", "ask-first", "old 0\n\n" + checkpoint("log.example", 9)
    yield "tlog_proof", "one", f"c2sp.org/tlog-proof@v1\nindex 0\n\n{both}"
    yield "tlog_proof", "extra", (f"c2sp.org/tlog-proof@v1\nextra QUJD\nindex 6\n{hash_of(1)}\n"
                                  f"{hash_of(2)}\n\n{both}")
    yield "tlog_proof", "tile", "tile/3/x001/x234/067.p/8"
    yield "tlog_proof", "entries", "tile/entries/000"
    yield "tlog_proof", "bundle", "\0\3abc\0\0\0\1x"
    yield "home", "config", ('{"format": "exhibit-config/v1", "name": "cert-a.example", "local": '
                             '["192.0.2.0/24", "2001:db8::/32"], "timestamps": [{"url": '
                             '"https://tsa.example/tsr", "ca": "/etc/ca.pem"}]}\n')
    yield "home", "config-least", '{"format":"exhibit-config/v1","name":"\u00e9"}'
    yield "home", "sign", ("PRIVATE+KEY+log.example/1+f5f18825+"
                           "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n")
    yield "home", "open", f"PRIVATE+OPENING+KEY+{b64(bytes(32))}\n"
    yield "home", "open-public", f"OPENING+KEY+{b64(bytes(range(32)))}\n"
    yield "home", "locked", (f"exhibit-locked/v1\npublic {VKEY}\nargon2id 1 8192\nsalt "
                             f"{b64(bytes(16))}\nnonce {b64(bytes(24))}\nbox {b64(bytes(99))}\n")
    yield "home", "entry", f"exhibit-key/v1\nkey {VKEY}\nnext {hash_of(5)}\n"
    for name, text in policies():
        yield "policy", name, text


def main():
    for target, name, text in seeds():
        folder = os.path.join(sys.argv[1], "fuzz_" + target)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, name), "wb") as f:
            f.write(text.encode())


main()
