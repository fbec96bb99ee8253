#!/usr/bin/env python3
# tests/cli/test_contract.py PROGRAM [CLAIM...] - what a user may rely on: exit
# status, messages, options, terminals, and what happens when things go wrong.
import fcntl
import gzip
import json
import os
import pty
import random
import re
import resource
import select
import signal
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit

SCANNER, SECOND, TARGET = "198.51.100.7", "198.51.100.8", "192.0.2.5"
HOUR_NS = 3600 * 10**9
LONG_MS = 20000  # for what must happen at all


def two_scans():
    """Two scanners, the second an hour after the first."""
    return kit.pcap(kit.syn_scan() + kit.syn_scan(src=SECOND, begin_ns=kit.BEGIN_NS + HOUR_NS))


def complaint(said, text, status=2):
    """True if the run ended so, with this as its only complaint and no answer."""
    lines = said.err.decode().splitlines()
    return said.rc == status and said.out == b"" and len(lines) == 1 and \
        lines[0].startswith("exhibit: ") and text in lines[0]


# ---- Use --------------------------------------------------------------------


def wrong_use_is_told(tap):
    with kit.Files() as files:
        f = files.put("f", two_scans())
        cases = [
            (["analyse"], "no such command: analyse"),
            (["analyze"], "which files?"),
            (["analyze", "--nonsense", f], "no such option: --nonsense"),
            (["analyze", "-Z", f], "no such option: -Z"),
            (["analyze", f, "--remote"], "--remote needs ADDRESS|CIDR"),
            (["analyze", "--all=yes", f], "--all takes no value"),
            (["analyze", "--remote", "nobody", f], "--remote nobody: not an address"),
            (["analyze", "--remote", "192.0.2.5/24", f], "not an address, nor a network"),
            (["analyze", "--local", "256.0.0.0/8", f], "--local 256.0.0.0/8"),
            (["analyze", "--kind", "scan.diagonal", f], "--kind scan.diagonal"),
            (["analyze", "--definitions", "zeek-9", f], "zeek-9"),
            (["analyze", "--since", "yesterday", f], "--since yesterday: not a time"),
            (["analyze", "--until", "2024-13-01", f], "--until 2024-13-01: not a time"),
            (["analyze", "--memory", "3", f], "--memory 3: not a size"),
            (["analyze", "--memory", "99999999999T", f], "not a size"),
            (["analyze", "--top", "0", f], "--top 0"),
            (["analyze", "--colour", "mauve", f], "--colour mauve"),
            (["analyze", "--json", "--csv", f], "exclude each other"),
            (["analyze", "--source", "/nonexistent/db.mmdb", f], "/nonexistent/db.mmdb"),
            (["help", "analyse"], "no such command: analyse"),
            (["completion", "tcsh"], "which shell"),
        ]
        for args, text in cases:
            said = kit.run(*args)
            tap.ok(f"{' '.join(a for a in args if a != f)}: told, status 2",
                   complaint(said, text), said)
    said = kit.run()
    tap.ok("no command at all: help, status 2", said.rc == 2 and b"analyze" in said.out, said)


def help_fits_80_columns(tap):
    commands = re.findall(r"^  ([a-z]+) ", kit.run("--help").out.decode(), re.M)
    for args in [["--help"], ["help"]] + [[c, "--help"] for c in commands] + \
            [["help", c] for c in commands]:
        said = kit.run(*args)
        long = [line for line in said.out.decode().splitlines() if len(line) > 80]
        tap.ok(" ".join(args), said.rc == 0 and said.out and not said.err and not long,
               f"{said}\n{long}")


def what_cannot_be_opened_is_told_and_the_rest_is_read(tap):
    with kit.Files() as files:
        good = files.put("good", two_scans())
        text = files.put("text", b"Dear diary,\nnothing happened.\n" * 40)
        for what, path, words in (
                ("a missing file", files.path("missing"), "No such file"),
                ("a folder", files.folder.name, "a folder is not an input"),
                ("a file of no known format", text, "not a format that is read here")):
            said = kit.analyze(path)
            lines = said.err.decode().splitlines()
            tap.ok(f"{what}: one complaint, status 2", said.rc == 2 and len(lines) == 1 and
                   lines[0].startswith(f"exhibit: {path}: ") and words in lines[0], said)
            said = kit.analyze(path, good)
            tap.ok(f"{what} beside a good one: the good one is read, status 2",
                   said.rc == 2 and len(said.findings) == 2 and
                   not kit.schema_complaints(said), said)
        said = kit.analyze(files.put("empty", b""), good)
        tap.ok("an empty file is whole", said.rc == 0 and len(said.findings) == 2 and
               said.summary["inputs"][0]["records"] == 0, said)
        said = kit.analyze("-", "-", stdin=two_scans())
        tap.ok("standard input twice: read once, told, status 2", said.rc == 2 and
               len(said.findings) == 2 and b"-: standard input can be read once" in said.err, said)


def the_order_of_files_does_not_matter(tap):
    with kit.Files() as files:
        a = files.put("a", kit.pcap(kit.syn_scan()))
        b = files.put("b", kit.pcap(kit.syn_scan(src=SECOND, begin_ns=kit.BEGIN_NS + HOUR_NS)))
        c = files.put("c", kit.sshd_guesses())
        one, other = kit.analyze(a, b, c), kit.analyze(c, b, a)
        options_last = kit.run("analyze", c, "--json", b, a)
    tap.ok("three files of two formats, in either order",
           one.findings == other.findings and len(one.findings) == 3 and one.rc == 0, one)
    tap.ok("options may stand among the files", options_last.out == other.out)
    with kit.Files() as files:
        os.rename(files.put("x", two_scans()), files.path("--json"))
        said = kit.run("analyze", "--all", "--", "--json", cwd=files.folder.name)
    tap.ok("after -- an option's name is a file's", said.rc == 0 and SCANNER.encode() in said.out,
           said)


def answers_and_complaints_do_not_mix(tap):
    with kit.Files() as files:
        f = files.put("f", two_scans()[:-5])
        for form in (["--all"], ["--json"], ["--csv"]):
            said = kit.run("analyze", *form, f)
            tap.ok(f"a cut capture, {form or 'for people'}: both are told, each in its place",
                   said.rc == 2 and b"exhibit:" not in said.out and SCANNER.encode() in said.out and
                   re.fullmatch(rb"exhibit: \S+: offset \d+: .*\n", said.err), said)
        said = kit.run("analyze", files.put("whole", two_scans()))
        tap.ok("findings are no reason for a status", said.rc == 0 and said.err == b"", said)


# ---- Never more than the evidence -------------------------------------------


def access(who="198.51.100.9", failed=12):
    """An sshd log of guessing that ends with a login."""
    return kit.sshd_guesses(who, failed) + (
        f"Mar  3 10:09:00 host sshd[2000]: Accepted password for root from {who} port 4000 ssh2\n"
    ).encode()


def no_option_makes_it_deny_a_login(tap):
    with kit.Files() as files:
        f = files.put("auth.log", access() + kit.sshd_guesses("198.51.100.10"))
        for args in (["--since", "2099-01-01"], ["--kind", "bruteforce"],
                     ["--remote", "198.51.100.10"], ["--allow", "198.51.100.9"],
                     ["--definitions", "fail2ban"]):
            said = kit.run("analyze", *args, f)
            tap.ok(" ".join(args), said.rc == 0 and b"Nothing seen of it" not in said.out, said)
        said = kit.analyze("--kind", "bruteforce", f)
        tap.ok("JSON counts what the selection leaves out",
               said.summary["selected"]["outside_got_in"] == 1 and
               not kit.schema_complaints(said), said)
        said = kit.run("analyze", files.put("near", access(failed=9)))
        tap.ok("nine failures: how near it was is said", b"(the most was 9)" in said.out, said)
        said = kit.analyze(files.put("known", b"".join(
            line.replace(b"sshd[", b"sshd[9").replace(b"Failed", b"Accepted").replace(b" 10:", b" 09:")
            for line in kit.sshd_guesses("198.51.100.9", 3).splitlines(True)) + access()))
        found = [x for x in said.findings if x["kind"] == "access.after-guessing"]
        tap.ok("who was let in before the guessing is no stranger",
               len(found) == 1 and found[0]["earlier"] == 3 and found[0]["accepted"] == 1, said)


def a_log_of_which_nothing_is_read_is_no_all_clear(tap):
    lines = {
        "a firewall's": "Mar  3 10:00:{:02} host kernel: [1.0] DROP IN=eth0 SRC=198.51.100.9\n",
        "cron's": "Mar  3 10:00:{:02} host CRON[77]: (root) CMD (true)\n",
        "one with names for addresses": "Mar  3 10:00:{:02} host sshd[9]: Failed password for root "
                                        "from gw.example port 4 ssh2\n",
    }
    with kit.Files() as files:
        for what, line in lines.items():
            f = files.put("log", "".join(line.format(i) for i in range(20)).encode())
            said, people = kit.analyze(f), kit.run("analyze", f)
            tap.ok(f"{what}: a remark, status 2", said.rc == 2 and
                   "unread" in [r["code"] for r in said.of("remark")] and
                   not kit.schema_complaints(said), said)
            tap.ok(f"{what}: no all-clear", b"Cannot be told" in people.out and
                   b"Nothing seen" not in people.out and b"20 log lines" in people.out, people)
        quiet = b"Mar  3 10:00:00 host sshd[9]: Server listening on 0.0.0.0 port 22.\n"
        said = kit.analyze(files.put("quiet", quiet))
        tap.ok("an sshd to which nobody came was read", said.rc == 0, said)


def logins_of_logs_and_captures_are_not_added(tap):
    both = [os.path.join(kit.ROOT, "examples", name) for name in ("auth.log", "scan.pcap")]
    log, capture, said = kit.analyze(both[0]), kit.analyze(both[1]), kit.analyze(*both)
    text = kit.get(both[0])
    tap.ok("both are told, as they are alone",
           said.summary["logins"] == {"log": log.summary["logins"]["log"],
                                      "capture": capture.summary["logins"]["capture"]} and
           said.summary["logins"]["log"]["accepted"] == text.count(b": Accepted "), said)


# ---- Selecting --------------------------------------------------------------


def times_are_taken_as_they_are_written(tap):
    with kit.Files() as files:
        f = files.put("f", two_scans())
        for time_, n in (("2023-11-14 22:14:00", 1), ("2023-11-14T22:14:00", 1),
                         ("2023-11-14T22:14:00Z", 1), ("2023-11-14T23:14:00+02:00", 2),
                         ("2023-11-14", 2), ("2023-11-14 23:13:30.5", 0)):
            said = kit.analyze("--since", time_, f)
            tap.ok(f"--since {time_}", said.rc == 0 and len(said.findings) == n, said)


def options_select_findings_not_packets(tap):
    with kit.Files() as files:
        f = files.put("f", two_scans() + b"")
        log = files.put("log", kit.sshd_guesses())
        cases = [
            ([], {SCANNER, SECOND, "198.51.100.9"}),
            (["--remote", SCANNER], {SCANNER}),
            (["--remote", TARGET], {SCANNER, SECOND}),
            (["--remote", "198.51.100.0/24"], {SCANNER, SECOND, "198.51.100.9"}),
            (["-r", SCANNER, "-r", SECOND], {SCANNER, SECOND}),
            (["--remote", "203.0.113.1"], set()),
            (["--kind", "scan.vertical"], {SCANNER, SECOND}),
            (["--kind", "scan."], {SCANNER, SECOND}),
            (["--kind", "bruteforce"], {"198.51.100.9"}),
            (["--kind", "flood"], set()),
            (["--since", "2023-11-14T22:30:00Z", "--kind", "scan"], {SECOND}),
            (["--until", "2023-11-14T22:30:00Z"], {SCANNER}),
            (["--since", "2023-11-14T22:13:20Z", "--until", "2023-11-14T22:13:21+00:00"],
             {SCANNER}),
            (["--since", "2023-11-14T22:13:21.990Z", "--kind", "scan"], {SCANNER, SECOND}),
        ]
        whole = kit.analyze(f, log)
        by_id = {x["id"]: x for x in whole.findings}
        for args, who in cases:
            said = kit.analyze(*args, f, log)
            good = {x["initiator"] for x in said.findings} == who and said.rc == 0
            good = good and all(by_id[x["id"]] == x for x in said.findings)
            good = good and all(said.summary[k] == whole.summary[k] for k in
                                ("packets", "lines", "protocols", "logins", "first", "last"))
            good = good and said.summary["findings"] == len(who)
            tap.ok(f"{' '.join(args) or 'nothing selected'}: those, unchanged", good, said)
        shown = kit.run("analyze", "--top", "1", f, log).out.decode()
        named = [a for a in (SCANNER, SECOND, "198.51.100.9") if a in shown]
        tap.ok("--top 1 names fewer remotes and says how many more", len(named) < 3, shown)
        tap.ok("--top does not change --json",
               kit.analyze("--top", "1", f, log).findings == whole.findings)


def own_scanners_are_shown_apart(tap):
    with kit.Files() as files:
        f = files.put("f", two_scans())
        listed = files.put("allow", b"# ours\n\n  198.51.100.7   # the old one\r\n2001:db8::/32\n")
        for args in (["--allow", SCANNER], ["--allow", "198.51.100.6/31"], ["--allow", listed]):
            said = kit.analyze(*args, f)
            marks = {x["initiator"]: x.get("allowed") for x in said.findings}
            tap.ok(f"--allow with {'a file' if args[1] == listed else args[1]}",
                   marks == {SCANNER: True, SECOND: None} and said.summary["allowed"] == 1 and
                   said.summary["findings"] == 1 and said.rc == 0, said)
        text = kit.run("analyze", "--allow", SCANNER, f).out.decode()
        tap.ok("and the report for people says so", "allow" in text.lower() or "your own" in text,
               text)
        bad = files.put("bad", b"198.51.100.7\n# fine\n198.51.100.300\n")
        said = kit.run("analyze", "--allow", bad, f)
        tap.ok("a bad line of the file is named by its number",
               complaint(said, f"{bad}: line 3: not an address or a network"), said)
        said = kit.run("analyze", "--allow", files.path("none"), f)
        tap.ok("a file that is not there is no allow-list", complaint(said, "--allow"), said)


def local_networks_are_those_given(tap):
    with kit.Files() as files:
        f = files.put("f", two_scans())
        said = kit.analyze("--local", "192.0.2.0/24", f)
        tap.ok("--local: who asks from elsewhere is outside",
               {x["side"] for x in said.findings} == {"outside"} and
               said.summary["local"] == {"rule": "given", "networks": ["192.0.2.0/24"]}, said)
        said = kit.analyze("--local", "198.51.100.0/24", "--local", "2001:db8::/32", f)
        tap.ok("--local: who asks from there is inside, and the remote is the other",
               {(x["side"], x["remote"]) for x in said.findings} == {("inside", TARGET)}, said)


# ---- Definitions ------------------------------------------------------------


def definitions_can_be_chosen(tap):
    with kit.Files() as files:
        f = files.put("f", two_scans())
        log = files.put("log", kit.sshd_guesses())
        ids = {}
        for name in ("default", "zeek-6.0", "snort3", "fail2ban"):
            said = kit.analyze("--definitions", name, f, log)
            ids[name] = {x["definition"] for x in said.findings}
            tap.ok(f"--definitions {name}: they judge, and are named in the summary",
                   said.rc == 0 and ids[name] and not kit.schema_complaints(said) and
                   said.summary["definitions"]["set"] == name, said)
        tap.ok("a finding's definition tells which set it is of",
               not ids["default"] & (ids["zeek-6.0"] | ids["snort3"] | ids["fail2ban"]), ids)
        own = json.dumps({"set": "mine", "definitions": [
            {"name": "scan.vertical", "version": 7, "method": "scan.vertical",
             "parameters": {"ports": 500}}]}, indent=1).encode()
        said = kit.analyze("-d", files.put("mine.json", own), f)
        tap.ok("a file of one's own judges: 200 ports are no scan of 500",
               said.rc == 0 and said.findings == [] and
               said.summary["definitions"]["set"] == "mine", said)
        for what, data in (("cut", own[:90]), ("with an unknown method",
                                                own.replace(b'"scan.vertical",\n   "par',
                                                            b'"scan.diagonal",\n   "par')),
                           ("with an unknown parameter", own.replace(b'"ports"', b'"prots"')),
                           ("that is no JSON", b"ports = 500\n")):
            said = kit.run("analyze", "-d", files.put("bad.json", data), f)
            tap.ok(f"a file {what}: the offset is named",
                   complaint(said, f"{files.path('bad.json')}: offset ") and data != own, said)


def near_misses_are_explained(tap):
    with kit.Files() as files:
        f = files.put("f", kit.pcap(kit.syn_scan(ports=range(1, 13))))
        plain, said = kit.analyze(f), kit.analyze("--explain", f)
        below = said.of("below")
        tap.ok("12 ports are no finding, but --explain tells of them, and why",
               plain.findings == [] and plain.of("below") == [] and said.findings == [] and
               [(b["initiator"], b["decided"]["counted"]) for b in below] == [(SCANNER, 12)] and
               below[0]["decided"]["threshold"] > 12 and not kit.schema_complaints(said), said)
        text = kit.run("analyze", "--explain", f).out.decode()
        tap.ok("and the report for people shows both numbers", SCANNER in text and "12" in text and
               str(below[0]["decided"]["threshold"]) in text, text)


# ---- What goes wrong --------------------------------------------------------


def much_memory(n=300_000, remotes=2_000):
    """Packets of which nearly each asks for something new."""
    rng = random.Random(1)
    head = kit.tcp_frame(bytes(4), bytes(4), 1, 1)
    out = [kit.PCAP_HEADER]
    for i in range(n):
        src = struct.pack(">I", 0x0B000000 + rng.randrange(remotes))
        dst = b"\xc0\0\2" + bytes([i & 255])
        frame = head[:26] + src + dst + struct.pack(">HH", rng.randrange(1024, 65536),
                                                    rng.randrange(1, 65536)) + head[38:]
        out.append(kit.record(kit.BEGIN_NS + i * 10**5, frame))
    return b"".join(out)


def little_memory_costs_a_remark_not_the_run(tap):
    with kit.Files() as files:
        f = files.put("f", much_memory())
        said = kit.analyze("--memory", "16M", f)
        free = kit.analyze(f)
    codes = [r["code"] for r in said.of("remark")]
    tap.ok("--memory 16M: all is read, and a remark tells what it cost",
           not said.crashed() and said.summary["packets"] == 300_000 and "memory" in codes and
           not kit.schema_complaints(said), said)
    tap.ok("without a limit there is no such remark",
           free.rc == 0 and "memory" not in [r["code"] for r in free.of("remark")], free)


def started(*args, **more):
    return subprocess.Popen([kit.exhibit(), "analyze", *args], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=kit.environment(), start_new_session=True, **more)


def until(what, condition):
    """Waits for what must come; the limit is for a broken program."""
    end = time.monotonic() + LONG_MS / 1000
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"never came: {what}")
        select.select([], [], [], 0.01)


def reader_of(p):
    """The process id of the program's caged reader, once it has taken its input."""
    path = f"/proc/{p.pid}/task/{p.pid}/children"

    def waits():
        children = kit.get(path).split()
        if len(children) != 1:
            return False
        fds = fcntl.ioctl(p.stdin, termios.FIONREAD, b"\0\0\0\0")
        return struct.unpack("i", fds)[0] == 0  # the pipe is empty: all was taken

    until("the reader", waits)
    return int(kit.get(path).split()[0])


def said_by(p):
    """What it says while its standard input stays open."""
    pipe, p.stdin = p.stdin, None
    out, err = p.communicate(timeout=kit.TIMEOUT_S)
    if pipe is not None:
        pipe.close()
    return kit.Said(p.returncode, out, err)


def fed(*args):
    """The program, with two scans read from a pipe that stays open."""
    p = started(*args, "-")
    p.stdin.write(two_scans())
    p.stdin.flush()
    return p, reader_of(p)


def a_stop_tells_what_was_found(tap):
    for name, sig in (("SIGINT", signal.SIGINT), ("SIGTERM", signal.SIGTERM)):
        for whom in ("terminal", "program"):
            p, _ = fed("--json")
            if whom == "terminal":
                os.killpg(p.pid, sig)
            else:
                os.kill(p.pid, sig)
            p.wait(timeout=kit.TIMEOUT_S)  # with its input still open
            said = said_by(p)
            tap.ok(f"{name} to the {whom}: what was found so far, and status 2",
                   said.rc == 2 and {x["initiator"] for x in said.findings} == {SCANNER, SECOND} and
                   "interrupted" in [r["code"] for r in said.of("remark")] and
                   not kit.schema_complaints(said), said)
    p, _ = fed("--json")
    os.kill(p.pid, signal.SIGINT)  # as timeout(1) does it
    time.sleep(0.01)
    os.killpg(p.pid, signal.SIGINT)
    p.wait(timeout=kit.TIMEOUT_S)
    said = said_by(p)
    tap.ok("to the program, and at once to its group: one request", said.rc == 2 and
           len(said.findings) == 2, said)
    p, _ = fed("--json")
    p.stdin.write(two_scans()[24:90])  # a record, and some of the next
    p.stdin.flush()
    _ = reader_of(p)
    os.kill(p.pid, signal.SIGINT)
    p.wait(timeout=kit.TIMEOUT_S)
    said = said_by(p)
    tap.ok("a stop inside a record is told as a stop, not as damage",
           said.rc == 2 and [r["code"] for r in said.of("remark") if r["partial"]] == ["interrupted"],
           said)


def a_killed_reader_is_told(tap):
    for form in ("--json", "--csv", "--all"):
        p, reader = fed(form)
        os.kill(reader, signal.SIGKILL)
        said = said_by(p)
        tap.ok(f"{form}: a killed reader gives a message and status 2", said.rc == 2 and
               b"exhibit: the reader was stopped by signal 9" in said.err, said)
        if form == "--json":
            tap.none("and a summary all the same", kit.schema_complaints(said))


def a_source_that_cannot_be_used_is_told(tap):
    with kit.Files() as files:
        f = files.put("f", two_scans())
        for what, path in (("a folder", files.folder.name), ("an empty file", files.put("e", b"")),
                           ("text", files.put("t", b"where is it?\n" * 99))):
            said = kit.analyze("--source", path, f)
            tap.ok(f"--source with {what}: told, status 2, and the findings all the same",
                   said.rc == 2 and b"cannot be used" in said.err and b"exhibit: source " in said.err and
                   len(said.findings) == 2 and not kit.schema_complaints(said), said)


def output_that_cannot_be_written_is_told(tap):
    with kit.Files() as files:
        f = files.put("f", two_scans())
        for form in ([], ["--json"], ["--csv"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([kit.exhibit(), "analyze", *form, f], stdout=full,
                                      stderr=subprocess.PIPE, env=kit.environment(), check=False,
                                      timeout=kit.TIMEOUT_S)
            tap.ok(f"a full disk, {form or 'for people'}: told, status 2", done.returncode == 2 and
                   b"exhibit: standard output: No space left" in done.stderr, done)
        for command in (["--help"], ["analyze", "--help"], ["completion", "bash"], ["--version"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([kit.exhibit(), *command], stdout=full, check=False,
                                      stderr=subprocess.PIPE, env=kit.environment(),
                                      timeout=kit.TIMEOUT_S)
            tap.ok(f"a full disk, {' '.join(command)}: told, status 2", done.returncode == 2 and
                   b"standard output: No space left" in done.stderr, done)
        for fds in ("1>&-", "0<&- 1>&-", "0<&- 1>&- 2>&-"):
            shell = f'exec "$0" analyze "$1" {fds}'
            done = subprocess.run(["sh", "-c", shell, kit.exhibit(), f], capture_output=True,
                                  env=kit.environment(), check=False, timeout=kit.TIMEOUT_S)
            told = b"standard output" in done.stderr or "2>&-" in fds
            tap.ok(f"{fds}: status 2", done.returncode == 2 and told and done.stdout == b"", done)
        for fds in ("0<&-", "2>&-", "0<&- 2>&-"):
            shell = f'exec "$0" analyze --json "$1" "$1" {fds}'
            done = subprocess.run(["sh", "-c", shell, kit.exhibit(), f], capture_output=True,
                                  env=kit.environment(), check=False, timeout=kit.TIMEOUT_S)
            said = kit.Said(done.returncode, done.stdout, done.stderr)
            tap.ok(f"{fds}: two files are read all the same", said.rc == 0 and
                   len(said.summary["inputs"]) == 2 and
                   said.summary["packets"] == 800, said)
        done = subprocess.run(["sh", "-c", 'exec "$0" analyze - 0<&-', kit.exhibit()],
                              capture_output=True, env=kit.environment(), check=False,
                              timeout=kit.TIMEOUT_S)
        tap.ok("standard input that is closed: told, status 2",
               done.returncode == 2 and done.stderr.startswith(b"exhibit: -: "), done)


def three_thousand_files_at_once(tap):
    records = kit.syn_scan(ports=range(1, 3001))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))

    with kit.Files() as files:
        paths = [files.put(f"{i}", kit.pcap([r])) for i, r in enumerate(records)]
        random.Random(2).shuffle(paths)
        said = kit.analyze(*paths, preexec_fn=few)
    tap.ok("3,000 files of one packet are one scan", said.rc == 0 and
           [(x["packets"], x["ports"]) for x in said.findings] == [(3000, 3000)] and
           len(said.summary["inputs"]) == 3000, said)


def a_cut_gzip_gives_what_came_before(tap):
    rng = random.Random(3)
    noise = [kit.record(kit.BEGIN_NS + 10**10 + i, b"\2" * 12 + b"\x88\xb5" + rng.randbytes(900))
             for i in range(300)]
    data = gzip.compress(kit.pcap(kit.syn_scan() + noise))
    with kit.Files() as files:
        path = files.put("cut.gz", data[:len(data) // 2])
        said = kit.analyze(path)
        flipped = bytearray(data)
        flipped[len(data) // 2] ^= 0xFF
        damaged = kit.analyze(files.put("damaged.gz", bytes(flipped)))
    for name, s in (("cut", said), ("damaged", damaged)):
        tap.ok(f"a {name} gzip: what came before, the offset, status 2", s.rc == 2 and
               [x["initiator"] for x in s.findings] == [SCANNER] and
               re.search(rb"^exhibit: \S+: offset \d+: ", s.err) and
               not kit.schema_complaints(s), s)


# ---- Terminals --------------------------------------------------------------


def in_terminal(args, columns, feed=None, stdin=None, **env):
    """All that the program writes to a terminal so wide, both streams."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    p = subprocess.Popen([kit.exhibit(), *args], stdin=stdin or subprocess.DEVNULL, stdout=slave,
                         stderr=slave, env=kit.environment(**env))
    os.close(slave)
    if feed is not None:
        feed(p)
    out = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        out += part
    os.close(master)
    p.wait(timeout=kit.TIMEOUT_S)
    return out.decode()


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def many_kinds():
    """Scans of IPv4 and a log, so that a report has something of everything."""
    records = []
    for s in range(30):
        records += kit.syn_scan(src=f"203.0.113.{s + 1}", ports=range(1, 30 + s),
                                begin_ns=kit.BEGIN_NS + s * 10**8)
    return kit.pcap(sorted(records, key=lambda r: struct.unpack("<II", r[:8])))


def ipv6_scan():
    src = bytes.fromhex("20010db8aaaabbbbccccddddeeeeffff")
    out = []
    for i in range(60):
        dst = bytes.fromhex("20010db8111122223333444455556666")
        ip = b"\x60\0\0\0" + struct.pack(">HBB", 20, 6, 60) + src + dst
        tcp = struct.pack(">HHIIBBHHH", 50000, i + 1, 9, 0, 0x50, 2, 1024, 0, 0)
        out.append(kit.record(kit.BEGIN_NS + i * 10**7, b"\2" * 12 + b"\x86\xdd" + ip + tcp))
    return kit.pcap(out)


def no_line_is_wider_than_the_terminal(tap):
    with kit.Files() as files:
        paths = [files.put("many.pcap", many_kinds()), files.put("six.pcap", ipv6_scan()),
                 files.put("auth.log", kit.sshd_guesses(user="x" * 60, n=30))]
        for columns in (40, 80, 200):
            for args in ([], ["--all"], ["--explain", "--colour=always"]):
                text = plain(in_terminal(["analyze", *args, *paths], columns))
                # One word, such as a path, is not broken: it could not be copied.
                wide = [line for line in text.split("\r\n")
                        if len(line) > columns and " " in line.strip()]
                shown = "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff" in text or args != ["--all"]
                tap.ok(f"{columns} columns, {args or 'first screen'}", shown and not wide,
                       "\n".join(wide) or text[:400])


def colour_is_for_terminals(tap):
    with kit.Files() as files:
        f = files.put("f", two_scans())
        esc = "\x1b["
        for name, want, text in (
                ("on a terminal", True, in_terminal(["analyze", f], 80)),
                ("with NO_COLOR", False, in_terminal(["analyze", f], 80, NO_COLOR="1")),
                ("--colour never", False, in_terminal(["analyze", "--colour", "never", f], 80)),
                ("--colour always with NO_COLOR", True,
                 in_terminal(["analyze", "--colour", "always", f], 80, NO_COLOR="1")),
                ("in a pipe", False, kit.run("analyze", f).out.decode()),
                ("--colour always in a pipe", True,
                 kit.run("analyze", "--colour", "always", f).out.decode()),
                ("--json on a terminal", False, in_terminal(["analyze", "--json", f], 80))):
            tap.ok(f"colour: {'yes' if want else 'no'} {name}", (esc in text) == want, text[:300])
        said = [kit.run("analyze", f, env=kit.environment(LANG=x)).out for x in ("C", "C.UTF-8")]
        tap.ok("without UTF-8 the report is ASCII", said[0].isascii() and not said[1].isascii() and
               len(said[0].splitlines()) == len(said[1].splitlines()), said)


def progress_is_for_terminals(tap):
    chunk = b"".join(kit.record(kit.BEGIN_NS, b"\2" * 12 + b"\x88\xb5" + bytes(1400))
                     for _ in range(4000))

    def slowly(p):
        p.stdin.write(kit.PCAP_HEADER + chunk)
        for _ in range(3):  # the line comes after half a second, at the next 4 MiB
            select.select([], [], [], 0.4)
            p.stdin.write(chunk)
        p.stdin.close()

    for quiet in ([], ["--quiet"]):
        text = in_terminal(["analyze", *quiet, "-"], 80, slowly, subprocess.PIPE)
        tap.ok(f"progress on a terminal{', but not with --quiet' if quiet else ''}",
               ("MB/s" in text) == (not quiet), text[:300])
    p = started("-")
    slowly(p)
    said = said_by(p)
    tap.ok("no progress in a pipe", b"MB" not in said.err and said.rc == 0, said)


# ---- Hostile text -----------------------------------------------------------

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


def raw_controls(data):
    """Characters that would steer a terminal or turn the text around."""
    text = data.decode()
    return [hex(ord(c)) for c in text if (ord(c) < 32 and c not in "\n") or 127 <= ord(c) < 160
            or c in BIDI]


def names_of_files_cannot_steer_a_terminal(tap):
    name = "a\nexhibit: all is well\x1b[2J\u202egnp\t"
    with kit.Files() as files:
        path = files.put(name, two_scans())
        said = kit.run("analyze", path)
        tap.ok("a hostile name in the report is escaped", said.rc == 0 and
               not raw_controls(said.out) and "a\nexhibit" not in said.out.decode(), said)
        said = kit.analyze(path)
        tap.ok("in JSON it is exact", said.summary["inputs"][0]["name"] == path and
               said.rc == 0, said)
        said = kit.run("analyze", path + "not there")
        tap.ok("in a complaint it is one line", not raw_controls(said.err) and
               len(said.err.splitlines()) == 1 and said.rc == 2, said)
        said = kit.run("analyze", files.put(name, b"no format at all\n" * 9))
        tap.ok("also of one with no known format", not raw_controls(said.err) and
               len(said.err.splitlines()) == 1 and said.rc == 2, said)
        bad = os.path.join(os.fsencode(files.folder.name), b"\xff\xfe")
        with open(bad, "wb") as f:
            f.write(two_scans())
        said = kit.analyze(bad)
        tap.ok("a name that is not UTF-8 gives valid JSON", said.rc == 0 and
               not kit.schema_complaints(said), said)
    for args in (["analyze", "--kind", "x\x1b[2J", "f"], ["analyze", "--\x1b[2J\n", "f"],
                 ["\x1b[2J"]):
        said = kit.run(*args)
        tap.ok(f"an argument in a complaint is escaped: {args[1:2] or 'command'}",
               said.rc == 2 and not raw_controls(said.err) and len(said.err.splitlines()) == 1,
               said)


def names_of_users_cannot_steer_a_terminal(tap):
    log = kit.sshd_guesses(user="root\u202e\x1b[31m\u2066\x9badmin", n=30)
    web = "".join(f'203.0.113.1 - - [03/Mar/2024:10:00:{i % 60:02} +0000] "GET /.env{i}\u202e'
                  f'\x1b]0;x\x07 HTTP/1.1" 404 9 "-" "nikto\u202e"\n' for i in range(60)).encode()
    with kit.Files() as files:
        paths = [files.put("auth.log", log), files.put("access.log", web)]
        for args in (["--all"], ["--csv"], []):
            said = kit.run("analyze", *args, *paths)
            tap.ok(f"hostile users and paths, {args or 'first screen'}: escaped",
                   said.rc == 0 and b"198.51.100.9" in said.out and not raw_controls(
                       said.out.replace(b"\r\n", b"\n")), raw_controls(said.out))
        said = kit.analyze(*paths)
        tap.ok("in JSON too", said.rc == 0 and not raw_controls(said.out) and
               len(said.findings) == 2 and not kit.schema_complaints(said), said)


if __name__ == "__main__":
    kit.main([wrong_use_is_told, help_fits_80_columns,
              what_cannot_be_opened_is_told_and_the_rest_is_read,
              the_order_of_files_does_not_matter, answers_and_complaints_do_not_mix,
              no_option_makes_it_deny_a_login, a_log_of_which_nothing_is_read_is_no_all_clear,
              logins_of_logs_and_captures_are_not_added, times_are_taken_as_they_are_written,
              options_select_findings_not_packets, own_scanners_are_shown_apart,
              local_networks_are_those_given, definitions_can_be_chosen, near_misses_are_explained,
              little_memory_costs_a_remark_not_the_run, a_stop_tells_what_was_found,
              a_killed_reader_is_told, a_source_that_cannot_be_used_is_told,
              output_that_cannot_be_written_is_told, three_thousand_files_at_once,
              a_cut_gzip_gives_what_came_before,
              no_line_is_wider_than_the_terminal, colour_is_for_terminals,
              progress_is_for_terminals, names_of_files_cannot_steer_a_terminal,
              names_of_users_cannot_steer_a_terminal])
