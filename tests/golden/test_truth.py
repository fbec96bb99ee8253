#!/usr/bin/env python3
# tests/golden/test_truth.py PROGRAM [CLAIM...] - real captures and logs against
# their truth; every form of output; tshark's count of the same.
import csv
import functools
import io
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit
from cases import FOUND, RECOUNTED, TSHARK, UNREAD, UNREADABLE

FOLDERS = ("pcap/", "pcapng/", "logs/", "flow/pcap/")


@functools.lru_cache(maxsize=None)
def said(name):
    return kit.analyze(kit.shared(name))


def names():
    with open(kit.shared("manifest.tsv"), encoding="utf-8") as f:
        listed = [line.split("\t")[0] for line in f][1:]
    return [n for n in listed if n.startswith(FOLDERS) and not n.startswith("pcapng/")
            or n.endswith(".pcapng")]


def readable():
    return [n for n in names() if not any(u in n for u in UNREADABLE)]


def differs(finding, want):
    """Which facts of the truth the finding does not tell."""
    bad = []
    for key, value in want.items():
        told = finding.get(key)
        if key in ("first", "last"):
            same = value in told and re.fullmatch(r"\.?0*Z", told.partition(value)[2])
        else:
            same = told == value
        if not same:
            bad.append(f"{key}: {told}, truly {value}")
    return bad


def all_that_is_true_is_found(tap):
    for name, wanted in FOUND.items():
        findings, bad = list(said(name).findings), []
        for want in wanted:
            near = [f for f in findings if f["kind"] == want["kind"]
                    and want.get("initiator", f.get("initiator")) == f.get("initiator")]
            if len(near) != 1:
                bad.append(f"{len(near)} findings, not 1: {want}")
                continue
            findings.remove(near[0])
            bad += differs(near[0], want)
        if name not in RECOUNTED:
            bad += [f"not expected: {f['definition']} {f.get('initiator')}" for f in findings]
        tap.none(f"{name}: kind, who, numbers and times are exact", bad)


def nothing_else_is_found(tap):
    for folder in ("pcap/benign/", "pcap/linktype/", "pcap/", "pcapng/", "logs/", "flow/"):
        mine = [n for n in readable() if n.startswith(folder) and n not in FOUND]
        bad = [f"{n}: {f['definition']} {f.get('initiator')}" for n in mine
               for f in said(n).findings]
        tap.none(f"{folder}: no wrong finding in {len(mine)} files", bad)


def what_is_read_is_read_whole(tap):
    bad = [f"{n}: {said(n)}" for n in readable()
           if n.startswith(("pcap/", "logs/")) and not any(u in n for u in UNREAD)
           and (said(n).rc != 0 or said(n).err)]
    tap.none("captures and logs are read without complaint", bad)
    bad = [f"{n}: {said(n)}" for n in readable() if any(u in n for u in UNREAD)
           and (said(n).rc != 2 or [r["code"] for r in said(n).of("remark")] != ["unread"])]
    tap.none("of logs that hold nothing of use it is said that nothing was read", bad)


def packets_are_all_counted(tap):
    bad = []
    with open(kit.shared("manifest.tsv"), encoding="utf-8") as f:
        rows = [line.split("\t") for line in f][1:]
    for name, count in ((r[0], r[7]) for r in rows):
        if name.startswith(("pcap/", "pcapng/", "flow/pcap/")) and count.startswith("pk "):
            told = said(name).summary["inputs"][0]["records"]
            bad += [] if told == int(count[3:]) else [f"{name}: {told}, truly {count[3:]}"]
    tap.none("each capture has as many packets as its manifest says", bad)


def other_formats_are_named(tap):
    bad, n = [], 0
    for name in names():
        if not any(u in name for u in UNREADABLE):
            continue
        n += 1
        s = said(name)
        lines = s.err.decode().splitlines()
        if s.rc != 2 or len(lines) != 1 or s.findings or \
                not re.fullmatch(r"exhibit: \S+: not a format that is read here: .*", lines[0]):
            bad.append(f"{name}: {s}")
        if [r["code"] for r in s.of("remark")] != ["format-unknown"]:
            bad.append(f"{name}: {s.of('remark')}")
    tap.none(f"{n} files of other formats give one clear complaint each, and status 2", bad)


# ---- The log counted again --------------------------------------------------

# "Invalid user" where passwords cannot be tried: then it is all that a guess leaves.
FAILED = re.compile(r"^(\w{3} +\d+ [\d:]{8}) \S+ sshd\[\d+\]: "
                    r"(?:message repeated (\d+) times: \[ )?"
                    r"(Failed \S+ for (?:invalid user )?|Invalid user).* from (\S+?)(?: port .*)?$")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def failed_logins(path):
    """(month-day-time, address, how many, by which words) of each line about one."""
    for line in kit.get(path).decode(errors="replace").splitlines():
        m = FAILED.match(line)
        if m:
            month, day, clock = m.group(1).split()
            yield (f"{MONTHS.index(month) + 1:02}-{int(day):02}T{clock}", m.group(4),
                   int(m.group(2) or 1), m.group(3)[:6])


def guesses_in_the_log_are_counted_right(tap):
    for name in RECOUNTED:
        rows, bad = list(failed_logins(kit.shared(name))), []
        guessing = [f for f in said(name).findings if f["kind"] == "bruteforce.ssh"]
        for f in guessing:
            mine = [r for r in rows
                    if r[1] == f["initiator"] and f["first"][5:19] <= r[0] <= f["last"][5:19]]
            failed = [r for r in mine if r[3] == "Failed"]
            mine = failed or mine
            if not mine or (sum(r[2] for r in mine), mine[0][0], mine[-1][0]) != \
                    (f["lines"], f["first"][5:19], f["last"][5:19]):
                bad.append(f"{f['initiator']}: {f['lines']} lines, counted again "
                           f"{sum(r[2] for r in mine)}")
        most = {}
        for _, who, n in (r[:3] for r in rows if r[3] == "Failed"):
            most[who] = most.get(who, 0) + n
        bad += [f"{who}: {n} failed logins and no finding" for who, n in most.items()
                if n >= 30 and who not in {f["initiator"] for f in guessing}]
        tap.none(f"{name}: {len(guessing)} findings hold against a count of our own", bad)


# ---- Forms of output --------------------------------------------------------


def all_output_fits_the_schema(tap):
    bad = [f"{n}: {c}" for n in names() for c in kit.schema_complaints(said(n))]
    tap.none("every line of JSON fits the schema, and a summary comes last", bad)


def sample():
    return [n for n in FOUND if kit.shared(n)]


def csv_has_a_row_for_each_finding(tap):
    bad = []
    for name in sample():
        s = kit.run("analyze", "--csv", kit.shared(name))
        rows = list(csv.DictReader(io.StringIO(s.out.decode(), newline="")))
        if [r["id"] for r in rows] != [f["id"] for f in said(name).findings]:
            bad.append(f"{name}: {s}")
        bad += [f"{name}: {r}" for r in rows if None in r or None in r.values()]
        for row, f in zip(rows, said(name).findings):
            bad += [f"{name}: {k}: {row[k]!r} in CSV, {f[k]!r} in JSON" for k in row
                    if isinstance(f.get(k), (str, int)) and k in f and str(f[k]) != row[k]
                    and str(f[k]).lower() != row[k]]
    tap.none("CSV has a row for each finding, with the numbers of JSON", bad)


def terminal_tells_the_same_numbers(tap):
    bad = []
    for name in sample():
        text = kit.run("analyze", "--all", kit.shared(name)).out.decode()
        plain = re.sub(r"(?<=\d)[,'   ](?=\d{3})", "", text)
        for f in said(name).findings:
            for key in ("definition", "initiator", "victim"):
                if f.get(key) and f[key] not in text:
                    bad.append(f"{name}: {key} {f[key]} is not shown")
            for key in ("packets", "lines", "attempts", "paths"):
                number = f.get(key, 0)
                if number > 1 and not re.search(rf"(?<![\d.]){number}(?![\d.]\d)", plain):
                    bad.append(f"{name}: {key} {number} is not shown")
    tap.none("the terminal's report tells the numbers of JSON", bad)


# ---- tshark -----------------------------------------------------------------


def tshark_counts(path, fields, match):
    cmd = ["tshark", "-n", "-o", "ip.defragment:FALSE", "-r", path, "-Y", match, "-T", "fields"]
    cmd += [a for f in ["frame.number", *fields] for a in ("-e", f)]
    done = subprocess.run(cmd, capture_output=True, text=True, timeout=kit.TIMEOUT_S, check=True,
                          env=kit.environment())
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return [len(rows)] + [len({r[i + 1] for r in rows}) for i in range(len(fields))]


def tshark_counts_the_same(tap):
    if shutil.which("tshark") is None:
        tap.skip("tshark counts the same", "no tshark")
        return
    for name, (match, target, port) in TSHARK.items():
        f = said(name).findings[0]
        keys = ["packets"] + [k for k, v in (("targets", target), ("ports", port)) if v]
        match = match.format(i=f.get("initiator"), v=f.get("victim"))
        counts = tshark_counts(kit.shared(name), [v for v in (target, port) if v], match)
        told = [f[k] for k in keys]
        tap.ok(f"{name}: tshark counts the same {', '.join(keys)}", counts == told,
               f"tshark {counts}, found {told}: {match}")


if __name__ == "__main__":
    if kit.shared() is None:
        sys.exit(kit.skip_all("test_truth: real captures and logs"))
    kit.main([all_that_is_true_is_found, nothing_else_is_found, what_is_read_is_read_whole,
              packets_are_all_counted, other_formats_are_named,
              guesses_in_the_log_are_counted_right, all_output_fits_the_schema,
              csv_has_a_row_for_each_finding, terminal_tells_the_same_numbers,
              tshark_counts_the_same])
