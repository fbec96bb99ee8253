#!/usr/bin/env python3
# tests/golden/test_malformed.py PROGRAM [CLAIM...] - captures that have crashed
# other readers, whole, cut and changed: an orderly end, and a place for what is wrong.
import csv
import gzip
import os
import random
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit

SMALL = 4096
CUTS = 200     # every byte of every small file is cut in tests/unit/capture
CHANGES = 150
LOG_CHANGES = 60


def folder():
    return kit.shared("malformed")


def small_files():
    paths = (os.path.join(folder(), n) for n in sorted(os.listdir(folder())))
    return [p for p in paths if os.path.getsize(p) <= SMALL]


def disorder(said):
    """Why this was no orderly answer; empty if it was one."""
    bad = [said.crashed()] if said.crashed() else []
    bad += kit.schema_complaints(said)
    if not bad and said.rc == 2:
        named = re.search(rb"offset \d+", said.err) or \
            any("offset" in r for r in said.of("remark") if r["partial"])
        bad += [] if named and said.err else [f"status 2 and no complaint, or no offset: {said}"]
    if said.rc == 0 and said.err:
        bad += [f"status 0 and a complaint: {said}"]
    return bad


def all_of_them_end_in_order(tap):
    bad, n = [], 0
    for name in sorted(os.listdir(folder())):
        n += 1
        bad += [f"{name}: {c}" for c in disorder(kit.analyze(os.path.join(folder(), name)))]
    tap.none(f"{n} malformed captures: no crash, and an offset for each complaint", bad)


def all_of_them_at_once(tap):
    names = sorted(os.listdir(folder()))
    said = kit.analyze(*(os.path.join(folder(), n) for n in names))
    bad = disorder(said)
    if said.rc != 2 or len(said.summary["inputs"]) != len(names):
        bad.append(str(said))
    tap.none(f"{len(names)} malformed captures in one run", bad)


def packets_are_those_of_tshark(tap):
    """Of the files that tshark reads without complaint."""
    bad, n = [], 0
    with open(kit.shared("malformed.readers.tsv"), encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["tshark_rc"] != "0" or row["tshark_stderr"]:
                continue
            n += 1
            records = kit.analyze(kit.shared(row["path"])).summary["inputs"][0]["records"]
            if records != int(row["tshark_packets"]):
                bad.append(f"{row['path']}: {records}, tshark {row['tshark_packets']}")
    tap.none(f"as many packets as tshark in {n} files", bad)


# ---- Cut and changed --------------------------------------------------------


def wrong_about_cut(data, n, said):
    """A classic capture cut at n: all before the cut record, and its offset."""
    bad = disorder(said)
    if bad or data[:4] not in kit.ORDERS or n < 24:
        return bad
    header, records = kit.split_pcap(data[:n])
    whole = [r for r in records if len(r) >= 16 and len(r) == 16 + int.from_bytes(
        r[8:12], "little" if kit.ORDERS[data[:4]] == "<" else "big")]
    at = 24 + sum(map(len, whole))
    if said.of("remark") and said.of("remark")[0]["code"] == "link-unsupported":
        return []
    told = said.summary["inputs"][0]["records"]
    if told != len(whole):
        bad.append(f"{told} packets before the cut, truly {len(whole)}")
    if (said.rc, at < n) not in ((0, False), (2, True)):
        bad.append(f"status {said.rc} for a cut {n - at} bytes into a record")
    if at < n and f"offset {at}:".encode() not in said.err:
        bad.append(f"the record at {at} is not named: {said.err!r}")
    return bad


def cut_captures_are_read_to_the_cut(tap):
    rng, bad, paths = random.Random(11), [], small_files()
    with kit.Files() as files:
        for _ in range(CUTS):
            path = rng.choice(paths)
            data = kit.get(path)
            n = rng.randrange(len(data))
            said = kit.analyze(files.put("cut", data[:n]))
            bad += [f"{os.path.basename(path)} cut at {n}: {c}"
                    for c in wrong_about_cut(data, n, said)]
    tap.none(f"{CUTS} cuts: everything before is read, and the offset is told", bad)


def changed_captures_end_in_order(tap):
    rng, bad, paths = random.Random(13), [], small_files()
    with kit.Files() as files:
        for i in range(CHANGES):
            path = rng.choice(paths)
            data = bytearray(kit.get(path))
            for _ in range(rng.choice((1, 2, 8))):
                data[rng.randrange(len(data))] = rng.choice((0, 1, 0x7F, 0x80, 0xFF,
                                                             rng.randrange(256)))
            form = "gzip" if i % 5 == 0 else "plain"
            said = kit.analyze(files.put("changed", gzip.compress(data) if form == "gzip"
                                         else bytes(data)))
            bad += [f"{os.path.basename(path)} changed, {form}: {c}" for c in disorder(said)]
    tap.none(f"{CHANGES} changed captures end in order", bad)


# ---- Made here --------------------------------------------------------------


def lies_about_length_are_told(tap):
    one = kit.syn_scan()[0]
    huge = one[:8] + b"\xff\xff\xff\x7f" * 2 + one[16:]
    with kit.Files() as files:
        said = kit.analyze(files.put("huge", kit.PCAP_HEADER + one + huge))
    at = 24 + len(one)
    tap.ok("a record of 2 GiB is refused where it stands", said.rc == 2
           and f"offset {at}: cannot be read any further: captured length".encode() in said.err
           and said.summary["inputs"][0]["records"] == 1, said)


def spoiled(rng, data):
    data = bytearray(data)
    for _ in range(rng.choice((1, 4, 30))):
        at = rng.randrange(len(data))
        data[at:at + rng.choice((0, 1, 5))] = bytes(rng.choices(
            (0, 9, 10, 13, 27, 32, 34, 91, 93, 128, 192, 226, 255), k=rng.choice((0, 1, 3))))
    return bytes(data)


def spoiled_logs_end_in_order(tap):
    rng, bad = random.Random(17), []
    web = b"".join(b'198.51.100.4 - - [03/Mar/2024:10:00:%02d +0000] "GET /a%d HTTP/1.1" 404 9 '
                   b'"-" "x"\n' % (i % 60, i) for i in range(60))
    journal = b"".join(b'{"__REALTIME_TIMESTAMP":"17000000%08d","_COMM":"sshd","_HOSTNAME":"h",'
                       b'"SYSLOG_IDENTIFIER":"sshd","_PID":"%d","MESSAGE":"Failed password for root'
                       b' from 198.51.100.9 port 40000 ssh2"}\n' % (i, i) for i in range(40))
    with kit.Files() as files:
        for kind, data in (("sshd", kit.sshd_guesses(n=60)), ("web", web), ("journal", journal)):
            for _ in range(LOG_CHANGES // 3):
                said = kit.analyze(files.put("log", spoiled(rng, data)))
                bad += [f"{kind}: {c}" for c in disorder(said)]
    tap.none(f"{LOG_CHANGES} spoiled logs end in order, in valid UTF-8", bad)


def a_line_without_end_is_passed_over(tap):
    with kit.Files() as files:
        data = kit.sshd_guesses(n=20)
        long = b"Mar  3 10:00:59 host sshd[1]: " + b"A" * (8 << 20) + b"\n"
        path = files.put("log", data + long +
                         data.replace(b"198.51.100.9", b"198.51.100.8"))
        said = kit.analyze(path)
    tap.ok("a line of 8 MiB does not hide what is around it", not said.crashed()
           and {f.get("initiator") for f in said.findings} == {"198.51.100.9", "198.51.100.8"},
           said)


if __name__ == "__main__":
    REAL = [all_of_them_end_in_order, all_of_them_at_once, packets_are_those_of_tshark,
            cut_captures_are_read_to_the_cut, changed_captures_end_in_order]
    MADE = [lies_about_length_are_told, spoiled_logs_end_in_order,
            a_line_without_end_is_passed_over]
    if folder() is None:
        REAL = [lambda tap: tap.skip("malformed captures", "no shared captures (EXHIBIT_SHARED)")]
    kit.main(REAL + MADE)
