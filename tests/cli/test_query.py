#!/usr/bin/env python3
"""tests/cli/test_query.py EXHIBIT - what a home keeps, and what it tells of it.

What query tells is held against what analyze told: the same lines, the same CSV.
"""
import glob
import hashlib
import json
import os
import re
import re
import shutil
import signal
import sqlite3
import subprocess
import sys

import jsonschema

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit  # noqa: E402

REPORTER = "Example Org <noc@example.org>"
WHOIS = b"% Abuse contact for '44.128.0.0 - 44.128.0.255' is 'abuse@one.example'\n"
FAR, NEAR = "44.128.0.7", "192.0.2.5"


class Home(kit.Files):
    """A home, and inputs: a scan at noon, guesses in March of some year."""

    def __init__(self):
        super().__init__()
        self.dir = self.path("home")
        made = kit.run("init", "--name", "a.example", "--home", self.dir)
        assert made.rc == 0, made
        self.scan = self.put("scan.pcap", kit.pcap(kit.syn_scan()))
        self.log = self.put("auth.log", kit.sshd_guesses(who=FAR))

    def analyze(self, *args, **more):
        return kit.analyze("--home", self.dir, *args, **more)

    def query(self, *args):
        return kit.run("query", "--home", self.dir, *args)

    def ids(self, *args):
        return [f["id"] for f in self.query("--json", *args).findings]

    @property
    def store(self):
        return os.path.join(self.dir, "store.sqlite")


def lines(said, kind):
    return [l for l in said.out.decode().splitlines() if json.loads(l)["type"] == kind]


def schema(name):
    """A schema of docs/schemas, with those beside it."""
    folder = os.path.join(kit.ROOT, "docs", "schemas")
    store = {}
    for path in glob.glob(f"{folder}/*.json"):
        content = json.loads(kit.get(path))
        store[os.path.basename(path)] = content
        if "$id" in content:
            store[content["$id"]] = content
    top = store[name]
    return jsonschema.Draft202012Validator(
        top, resolver=jsonschema.RefResolver(top.get("$id", name), top, store=store))


def complaints(name, said):
    check = schema(name)
    return [f"{l['type']} {list(e.absolute_path)}: {e.message[:200]}" for l in said.lines
            for e in check.iter_errors(l)]


def it_tells_what_analyze_told(tap):
    with Home() as home:
        told = home.analyze(home.scan, home.log)
        again = home.query("--json")
        tap.ok("analyze found something to store", told.rc == 0 and len(told.findings) >= 2, told)
        tap.ok("the lines of findings are the same, byte by byte",
               again.rc == 0 and lines(again, "finding") == lines(told, "finding"), again)
        tap.none("what follows them meets its schema", complaints("query.schema.json", again))
        run = again.of("stored")
        tap.ok("there is one run, with the definitions and sources of then",
               len(run) == 1 and run[0]["definitions"] == told.summary["definitions"]
               and run[0]["sources"] == told.summary["sources"]
               and run[0]["findings"] == sorted(f["id"] for f in told.findings), again)
        hashed = [s for s in run[0]["sources"] if "sha256" in s]
        tap.ok("each source that was read has its hash", hashed or not run[0]["sources"],
               run[0]["sources"])
        csv = kit.run("analyze", "--csv", "--no-store", "--home", home.dir, home.scan, home.log)
        tap.ok("the CSV is the same, byte by byte", csv.out == home.query("--csv").out)
        listed = home.query()
        tap.ok("the list names every finding, in its order",
               [l.split()[1].rstrip(",") for l in listed.out.decode().splitlines()
                if l.startswith("    id ")] == [f["id"] for f in told.findings], listed)


def real_captures_come_back_the_same(tap):
    top = kit.shared()
    if top is None:
        tap.skip("real captures come back the same", "no shared captures")
        return
    paths = sorted(p for folder in ("pcap/scan", "pcap/bruteforce", "pcap/ddos", "logs/*")
                   for p in glob.glob(f"{top}/{folder}/*")
                   if os.path.isfile(p) and os.path.getsize(p) < 1 << 20)
    with Home() as home:
        bad, findings = [], 0
        for path in paths:
            if os.path.exists(home.store):
                os.remove(home.store)
            told = kit.run("analyze", "--csv", "--quiet", "--home", home.dir, path)
            if not os.path.exists(home.store):
                continue
            csv = home.query("--csv")
            findings += csv.out.count(b"\r\n") - 1
            bad += [] if csv.out == told.out else [f"{path}: {csv}"]
        tap.ok("there were findings in them", findings > 10, findings)
        tap.none("their CSV is the same, byte by byte", bad)


def every_filter_selects(tap):
    with Home() as home:
        told = home.analyze(home.scan, home.log).findings
        scan = [f["id"] for f in told if f["kind"].startswith("scan")]
        guess = [f["id"] for f in told if f["kind"].startswith("bruteforce")]
        first = told[0]
        everything = [f["id"] for f in told]
        tap.ok("there are two kinds to tell apart", scan and guess, told)
        for args, want in ((("--kind", "scan"), scan), (("--kind", "bruteforce.ssh"), guess),
                           (("--remote", FAR), guess), (("--remote", "44.128.0.0/16"), guess),
                           (("--remote", NEAR), scan), (("--remote", "203.0.113.0/24"), []),
                           (("--remote", FAR, "--remote", NEAR), everything),
                           (("--definition", "bruteforce.ssh/1"), guess),
                           (("--definition", "bruteforce.ssh"), guess),
                           (("--definition", "bruteforce.ssh/2"), []),
                           (("--until", "2024-01-01"), scan), (("--since", "2024-01-01"), guess),
                           (("--since", first["last"]), everything),
                           (("--until", first["first"]), []),
                           (("--id", guess[0]), guess[:1]), (("--id", guess[0][:9]), guess[:1]),
                           (("--limit", "1"), everything[-1:]),
                           (("--limit", "1", "--kind", "scan"), scan[-1:])):
            got = home.ids(*args)
            tap.ok(f"query {' '.join(args)}", got == want, f"{got}\n{want}")


def nothing_is_kept_unasked(tap):
    with Home() as home:
        before = sorted(glob.glob(home.folder.name + "/**", recursive=True))
        said = kit.analyze(home.scan)
        tap.ok("without a home only the report is written", said.rc == 0 and
               sorted(glob.glob(home.folder.name + "/**", recursive=True)) == before, said)
        home.analyze("--no-store", home.scan)
        tap.ok("with --no-store, too",
               sorted(glob.glob(home.folder.name + "/**", recursive=True)) == before)
        empty = home.query()
        tap.ok("an empty home says so", empty.rc == 0 and b"nothing was stored" in empty.err, empty)
        with_home = kit.analyze(home.scan, env=kit.environment(EXHIBIT_HOME=home.dir))
        tap.ok("EXHIBIT_HOME stores", with_home.rc == 0 and len(home.ids()) > 0, with_home)
        data = home.path("data")
        os.mkdir(data)
        env = kit.environment(XDG_DATA_HOME=data)
        kit.analyze(home.scan, env=env)
        tap.ok("an XDG folder without a home stays empty", os.listdir(data) == [])
        os.rename(home.dir, os.path.join(data, "exhibit"))
        os.remove(os.path.join(data, "exhibit", "store.sqlite"))
        kit.analyze(home.scan, env=env)
        tap.ok("one with a home stores", os.path.exists(f"{data}/exhibit/store.sqlite"))
        wrong = kit.analyze("--home", home.path("none"), home.scan)
        tap.ok("a home that is named must be one", wrong.rc == 2 and b"no home" in wrong.err, wrong)


def once_is_enough(tap):
    with Home() as home:
        told = home.analyze(home.scan)
        before = home.query("--json").out
        home.analyze(home.scan)
        tap.ok("the same findings again change nothing", home.query("--json").out == before)
        more = home.put("more.pcap", kit.pcap(kit.syn_scan(ports=range(1, 301))))
        grown = home.analyze(more)
        tap.ok("an event that was seen longer takes the place of its beginning",
               home.ids() == [f["id"] for f in grown.findings]
               and lines(home.query("--json"), "finding") == lines(grown, "finding"), grown)
        home.analyze(home.scan)
        tap.ok("and keeps it", lines(home.query("--json"), "finding") == lines(grown, "finding"),
               told)
        allowed = home.analyze("--allow", FAR, home.log)
        tap.ok("what is on the allow-list is kept as such",
               [f.get("allowed") for f in home.query("--json", "--remote", FAR).findings]
               == [True] * len(allowed.findings) and allowed.findings, allowed)
        home.analyze("--explain", home.put("few.log", kit.sshd_guesses(who="44.128.0.99", n=3)))
        tap.ok("near misses are not kept", home.ids("--remote", "44.128.0.99") == [])


def damage_is_told(tap):
    with Home() as home:
        home.analyze(home.scan, home.log)
        whole = kit.get(home.store)
        well = kit.run("doctor", "--home", home.dir)
        tap.ok("doctor counts what is whole",
               re.search(rb"^store +good +\d+ findings and 0 notices", well.out, re.M), well)
        for name, data in (("half of it", whole[:len(whole) // 2 // 4096 * 4096]),
                           ("no database", b"x" * 8192),
                           ("a changed finding", whole.replace(b'"scan.vertical"', b'"scan.verticax"'))):
            home.put("home/store.sqlite", data)
            said = home.query("--json")
            tap.ok(f"{name}: status 2, and a sentence", said.rc == 2 and b"damaged" in said.err
                   and not said.crashed(), said)
            sick = kit.run("doctor", "--home", home.dir)
            tap.ok(f"{name}: doctor says so", re.search(rb"^store +bad .*damaged", sick.out, re.M),
                   sick)
        home.put("home/store.sqlite", b"x" * 8192)
        said = home.analyze(home.scan)
        tap.ok("analyze still reports, and says that it could not store",
               said.rc == 2 and said.findings and b"damaged" in said.err, said)
        home.put("home/store.sqlite", whole)
        with sqlite3.connect(home.store) as db:
            db.execute("PRAGMA user_version = 9")
        db.close()
        said = home.query()
        tap.ok("a newer store is refused as such", said.rc == 2 and b"newer version" in said.err,
               said)


def digest_of(cells):
    """The sha256 of a row, as docs/FORMATS.md says: anybody can compute it."""
    h = hashlib.sha256(b"store row/1\n")
    for c in cells:
        kind, value = ((5, b"") if c is None else (1, c) if isinstance(c, int) else
                       (3, c.encode()) if isinstance(c, str) else (4, c))
        number = value % 2**64 if kind == 1 else len(value)
        h.update(bytes([kind]) + number.to_bytes(8, "big") + (b"" if kind == 1 else value))
    return h.digest()


def rewrite(path, table, column, change):
    """What a store would be that somebody else made: whole, with other texts."""
    with sqlite3.connect(path) as db:
        names = [r[1] for r in db.execute(f"PRAGMA table_info({table})")]
        key, body = names[0], names[1:-1]
        for row in db.execute(f"SELECT {','.join(names)} FROM {table}").fetchall():
            cells = dict(zip(names, row))
            cells[column] = change(cells[column])
            db.execute(f"UPDATE {table} SET {column}=?, sha256=? WHERE {key}=?",
                       (cells[column], digest_of([cells[n] for n in body]), cells[key]))
    db.close()


def what_a_strange_store_holds_is_not_passed_on(tap):
    with Home() as home:
        home.analyze(home.scan)
        whole = kit.get(home.store)
        rewrite(home.store, "finding", "json", lambda t: t)
        tap.ok("a row whose digest was computed again is read", home.query("--json").rc == 0)
        forged = '{"type":"finding","id":"forged"}'
        for table, column, name, change in (
                ("finding", "json", "two lines for one", lambda t: t + "\n" + forged),
                ("finding", "json", "a line within", lambda t: t.replace(",", ",\n", 1)),
                ("finding", "json", "words", lambda t: "\x1b[31mred"),
                ("finding", "json", "a member that is none",
                 lambda t: t.replace('"packets":', '"packets":"many","x":')),
                ("run", "definitions", "definitions that are none", lambda t: "}" + forged),
                ("run", "sources", "sources in two lines", lambda t: "[]\n" + forged)):
            home.put("home/store.sqlite", whole)
            rewrite(home.store, table, column, change)
            said = home.query("--json")
            tap.ok(f"{name}: status 2, and not passed on", said.rc == 2 and
                   b"forged" not in said.out and b"\x1b" not in said.out and
                   b"not written by this program" in said.err, said)


def a_reader_works_while_analyze_writes(tap):
    """Many findings, and queries in a row; each sees all of them or none."""
    with Home() as home:
        home.analyze(home.log)
        base = home.ids()
        logs = home.put("many.log", b"".join(kit.sshd_guesses(who=f"44.128.{i // 250}.{i % 250}")
                                             for i in range(3000)))
        env = kit.environment(EXHIBIT_HOME=home.dir)
        with subprocess.Popen([kit.exhibit(), "analyze", "--json", "--quiet", logs], env=env,
                              stdout=subprocess.DEVNULL) as writer:
            seen = set()
            while writer.poll() is None:
                said = home.query("--json")
                if said.rc != 0:
                    tap.ok("a query while analyze writes", False, said)
                    return
                seen.add(len(said.findings))
        end = len(home.ids())
        tap.ok("queries work while analyze writes, and see all of a run or none",
               end > len(base) + 1000 and seen <= {len(base), end} and seen, f"{seen} {end}")


def a_kill_costs_no_finding(tap):
    with Home() as home:
        home.analyze(home.log)
        base = home.ids()
        logs = home.put("many.log", b"".join(kit.sshd_guesses(who=f"44.128.{i // 250}.{i % 250}")
                                             for i in range(1500)))
        bad = []
        for wait in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5):
            with subprocess.Popen([kit.exhibit(), "analyze", "--json", "--quiet", logs],
                                  env=kit.environment(EXHIBIT_HOME=home.dir),
                                  stdout=subprocess.DEVNULL, start_new_session=True) as victim:
                try:
                    victim.wait(wait)
                except subprocess.TimeoutExpired:
                    os.killpg(victim.pid, signal.SIGKILL)
            got = home.query("--json")
            ids = [f["id"] for f in got.findings]
            if got.rc != 0 or not (ids == base or len(ids) > 1000):
                bad.append(f"{wait}: {len(ids)} {got}")
        tap.none("killed at any time it has all of a run or none", bad)


# ---- Again ------------------------------------------------------------------


def new_data_shows_what_changed(tap):
    with Home() as home:
        first = home.put("drop.txt", b"44.128.0.0/24\n")
        source = ("--source", f"{first},as=hosting,date=2026-03-01")
        told = home.analyze(*source, home.log, home.scan)
        same = home.analyze("--again", *source)
        tap.ok("the same sources say the same", same.rc == 0 and same.summary["changed"] == 0
               and all(l["changes"] == [] for l in same.of("again")), same)
        tap.none("the lines meet their schema", complaints("again.schema.json", same))
        by_id = {l["id"]: l for l in same.of("again")}
        tap.ok("and give the origins that were told",
               all(by_id[f["id"]]["origin"] == f["origin"] for f in told.findings), same)

        other = home.put("new.txt", b"44.128.0.0/16\n")
        changed = home.analyze("--again", "--source", f"{other},as=drop-list,date=2026-03-02",
                               "--remote", FAR)
        tap.none("changes meet the schema, too", complaints("again.schema.json", changed))
        got = changed.of("again")[0]["changes"]
        flags = [c for c in got if c["what"] == "flags"]
        tap.ok("a list that went and one that came change the flags",
               len(flags) == 1 and (flags[0]["was"], flags[0]["now"]) == ("hosting", "drop-list"),
               changed)
        by = {b["source"]: b for b in flags[0]["by"]}
        sha = hashlib.sha256(b"44.128.0.0/16\n").hexdigest()
        tap.ok("and are named with what they said, their dates and hashes",
               sorted(by) == ["drop.txt", "new.txt"]
               and by["drop.txt"]["was"]["says"] == "hosting"
               and by["drop.txt"]["was"]["sha256"] == hashlib.sha256(b"44.128.0.0/24\n").hexdigest()
               and by["drop.txt"]["now"] == {"used": False, "says": None, "date": None,
                                             "sha256": None}
               and by["new.txt"]["now"] == {"used": True, "says": "drop-list",
                                            "date": "2026-03-02", "sha256": sha}, by)
        text = kit.run("analyze", "--again", "--home", home.dir, "--source",
                       f"{other},as=drop-list,date=2026-03-02")
        for words in ("flags: hosting → drop-list", "drop.txt (2026-03-01): hosting → not used",
                      "new.txt (2026-03-02): not used → drop-list", "would be told with another"):
            tap.ok(f"the text says {words!r}", words in text.out.decode(), text)
        tap.ok("the store was not changed",
               lines(home.query("--json"), "finding") == lines(told, "finding"))
        many = home.put("many.log", b"".join(kit.sshd_guesses(who=f"44.128.0.{i}") for i in range(1, 9)))
        home.analyze(*source, many)
        text = kit.run("analyze", "--again", "--home", home.dir, "--source",
                       f"{other},as=drop-list,date=2026-03-02", "--remote", "44.128.0.0/29")
        tap.ok("where many changed, what changed is counted", re.search(
            rb"\n  [789] flags: hosting \xe2\x86\x92 drop-list\n", text.out), text)
        wrong = home.analyze("--again", home.log)
        tap.ok("files with --again are refused", wrong.rc == 2, wrong)


# ---- Notices ----------------------------------------------------------------


def notices_are_kept_under_their_id(tap):
    with Home() as home:
        home.analyze(home.log)
        found = home.ids()[0]
        out = home.path("out")
        args = ("--source", home.put("answers", WHOIS), "--reporter", REPORTER)
        said = kit.run("request", "--home", home.dir, *args, found)
        tap.ok("a plan is not kept", said.rc == 0 and home.query("--notices", "--json").lines == [],
               said)
        said = kit.run("request", "--home", home.dir, *args, "-o", out, found[:12])
        tap.ok("a stored finding is asked for by its id", said.rc == 0 and len(os.listdir(out)) == 1,
               said)
        mail = kit.get(glob.glob(f"{out}/*.eml")[0]).decode()
        kept = home.query("--notices", "--json")
        tap.none("the line meets its schema", complaints("query.schema.json", kept))
        notice = kept.lines[0]
        tap.ok("its id stands in subject, Message-ID and text",
               f"[exhibit:{notice['id']}]" in mail.split("\r\n\r\n")[0]
               and re.search(rf"^Message-ID: <exhibit\.{notice['id']}\.", mail, re.M)
               and f"Reference: [exhibit:{notice['id']}]" in mail, mail)
        tap.ok("it says to whom and about what", notice["findings"] == [found]
               and notice["mail"] == "abuse@one.example" and notice["reporter"] == "noc@example.org"
               and notice["subject"].startswith(f"[exhibit:{notice['id']}]"), notice)
        tap.ok("the stored source port is in the mail", "Source port: 30000" in mail, mail)
        with sqlite3.connect(home.store) as db:
            text = db.execute("SELECT text FROM notice").fetchone()[0]
        db.close()
        tap.ok("the mail itself is kept as it was written", text.decode() == mail)
        listed = home.query("--notices").out.decode()
        tap.ok("the list has it", notice["id"] in listed and "abuse@one.example" in listed, listed)
        shutil.rmtree(out)
        kit.run("request", "--home", home.dir, *args, "-o", out, found)
        tap.ok("the same notice again is the same row",
               [n["id"] for n in home.query("--notices", "--json").lines] == [notice["id"]])
        kit.run("request", "--home", home.dir, "--no-store", *args, "--mbox", home.path("m"),
                "--reporter", "Other <x@example.net>", found)
        tap.ok("with --no-store it is not kept", len(home.query("--notices", "--json").lines) == 1)
        none = kit.run("request", "--home", home.dir, "0123456789")
        tap.ok("an id that is not stored is refused", none.rc == 2 and b"neither a file" in none.err,
               none)
        many = home.query("--notices", "--csv")
        tap.ok("wrong use is told", many.rc == 2, many)


def on_a_read_only_disk(folder, *args):
    """A run that sees this folder so, in a mount namespace of its own."""
    shell = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    return subprocess.run(["unshare", "--map-root-user", "--mount", "sh", "-c", shell, folder,
                           kit.exhibit(), *args], capture_output=True, timeout=60, check=False)


def a_home_that_cannot_be_written_is_read(tap):
    with Home() as home:
        # What a URI would take for something else.
        home.dir, plain = home.path("a?b#c%41 d"), home.dir
        os.rename(plain, home.dir)
        home.analyze(home.scan)
        stored = home.query("--json")
        at = ["--home", home.dir]
        if subprocess.run(["unshare", "--map-root-user", "--mount", "true"], capture_output=True,
                          check=False).returncode != 0:
            tap.skip("a read-only disk", "no mount namespaces here")
            return
        said = on_a_read_only_disk(home.dir, "query", "--json", *at)
        tap.ok("it tells what it told", said.returncode == 0 and stored.out and
               said.stdout == stored.out, said)
        said = on_a_read_only_disk(home.dir, "doctor", *at)
        tap.ok("doctor reads all of it", said.returncode == 0 and b"all whole" in said.stdout, said)
        said = on_a_read_only_disk(home.dir, "analyze", *at, home.log)
        tap.ok("what cannot be stored is told, with the reason", said.returncode == 2 and
               b"store.sqlite: the database: Read-only file system" in said.stderr and said.stdout,
               said)
        with sqlite3.connect(home.store) as db:
            db.execute("UPDATE run SET stored = stored + 1")
            db.commit()
            said = on_a_read_only_disk(home.dir, "query", *at)
        db.close()
        tap.ok("what somebody has not put into the file yet is not passed over",
               said.returncode == 2 and not said.stdout and b"copy the home" in said.stderr, said)


if __name__ == "__main__":
    sys.exit(kit.main([it_tells_what_analyze_told, real_captures_come_back_the_same,
                       every_filter_selects, nothing_is_kept_unasked, once_is_enough,
                       damage_is_told, what_a_strange_store_holds_is_not_passed_on,
                       a_reader_works_while_analyze_writes, a_kill_costs_no_finding, new_data_shows_what_changed,
                       a_home_that_cannot_be_written_is_read,
                       notices_are_kept_under_their_id]))
