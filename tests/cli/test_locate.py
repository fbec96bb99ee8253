#!/usr/bin/env python3
"""tests/cli/test_locate.py EXHIBIT ROOT - does `exhibit locate` keep its promises?

By small sources made here, beside whatever databases this machine has.
"""
import csv
import io
import json
import os
import re
import subprocess
import sys
import tempfile

EXHIBIT, ROOT = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])

# and that no database has: what they say comes from the sources made here.
DATABASES = [p for p in ("/usr/share/tor/geoip", "/var/lib/location/database.db")
             if os.path.exists(p)]

class Skip(Exception):
    pass

class Home:
    """A folder with sources, and a cache that is empty at first."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = self.folder.name
        self.cache = f"{self.path}/cache"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def file(self, name, content):
        mode = "wb" if isinstance(content, bytes) else "w"
        with open(f"{self.path}/{name}", mode) as f:
            f.write(content)
        return f"{self.path}/{name}"

    def run(self, *args, given="", **more):
        env = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", "XDG_CACHE_HOME": self.cache,
               "XDG_DATA_HOME": f"{self.path}/data"}
        env.pop("EXHIBIT_HOME", None)
        return subprocess.run([EXHIBIT, "locate", *args], input=given, env={**env, **more},
                              cwd=self.path, text=True, check=False, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def tables(self):
        return sorted(os.listdir(f"{self.cache}/exhibit"))

def ok(done, status=0):
    assert done.returncode == status, f"{done.returncode}, {done.stderr}"
    return done.stdout

def objects(text):
    return [json.loads(line) for line in text.splitlines()]

def every_line_gets_an_answer_in_order():
    asked = ["1.2.3.4", "2001:db8::1", "10.0.0.1", "8.8.8.8", "255.255.255.255", "::", "1.2.3.4"]
    with Home() as home:
        out = ok(home.run(given="\n".join(asked) + "\n"))
        told = objects(ok(home.run("--json", given="\n".join(asked))))
        rows = list(csv.DictReader(io.StringIO(ok(home.run("--csv", given="\n".join(asked))))))
    assert [line.split("\t")[0] for line in out.splitlines()] == asked, out
    assert [o["address"] for o in told] == asked, told
    assert [r["address"] for r in rows] == asked, rows

def the_members_that_scripts_want_are_always_there():
    with Home() as home:
        for o in objects(ok(home.run("--json", given="10.0.0.1\n8.8.8.8\nfe80::1\n240.1.1.1\n"))):
            for key in ("country", "registered_country", "flags", "asn", "as_name", "prefix"):
                assert key in o, f"no {key}: {o}"
        nothing = objects(ok(home.run("--json", given="10.0.0.1\n")))[0]
    for key in ("country", "registered_country", "flags", "asn", "as_name", "prefix"):
        assert nothing[key] is None, nothing

def a_line_that_is_no_address_is_named_and_the_rest_goes_on():
    with Home() as home:
        done = home.run(given="1.2.3.4\nfoo\x1b[31m\n\n5.6.7.8\r\n1.2.3\n01.2.3.4\n  9.9.9.9  \n"
                        + "1" * 5000 + "\n" + "2" * 400000 + "\n1.1.1.1")
    out = ok(done, 2)
    lines = out.splitlines()
    assert [line.split("\t")[0] for line in lines[:6]] == [
        "1.2.3.4", "foo\\u{1b}[31m", "5.6.7.8", "1.2.3", "01.2.3.4", "9.9.9.9"], out[:2000]
    assert lines[1].split("\t")[1:] == ["-"] * 5 + ["not an address"], lines[1]
    assert len(lines) == 9 and lines[8].split("\t")[0] == "1.1.1.1", out[:2000]
    assert "\x1b" not in out, "a control character came through"
    with Home() as home:
        given = "1.2.3.4\nfoo\n8.8.8.8\n"
        told = objects(ok(home.run("--json", given=given), 2))
        rows = list(csv.DictReader(io.StringIO(ok(home.run("--csv", given=given), 2))))
    assert told[1] == {"address": "foo", "country": None, "registered_country": None,
                       "flags": None, "error": "not an address"}, told
    assert [r["error"] for r in rows] == ["", "not an address", ""], rows
    assert [r["country_word"] for r in rows] == [
        told[0]["country_word"], "", told[2]["country_word"]], rows
    assert told[2]["country_word"], told
    named = re.findall(r"^exhibit: line (\d+): not an address", done.stderr, re.M)
    assert named == ["2", "5", "6", "8", "9"], done.stderr
    assert "\x1b" not in done.stderr, "a control character came through"

def knowing_nothing_is_no_failure():
    with Home() as home:
        ok(home.run(given=""))
        ok(home.run("--json", given="240.0.0.1\n"))

def sources_of_ones_own_speak_in_both_forms():
    with Home() as home:
        rir = home.file("rir", "2.3|test|1|1|19830705|20260821|+0000\n"
                        "test|SE|ipv4|11.22.33.0|256|20100712|allocated|a\n")
        tor = home.file("tor", "11.22.33.0/25\n")
        args = ["--source", rir, "--source", f"{tor},as=tor-exit,date=2026-08-20", "--at",
                "2026-08-21"]
        one = objects(ok(home.run("--json", *args, given="11.22.33.44\n11.22.33.200\n")))
        full = objects(ok(home.run("--json", *args, "11.22.33.44")))[0]
        memo = ok(home.run(*args, "11.22.33.44"))
        later = objects(ok(home.run("--json", *args[:4], "--at", "2026-10-21",
                                    given="11.22.33.44\n")))[0]
    assert one[0]["registered_country"] == "SE" and "tor-exit" in one[0]["flags"], one
    assert "tor-exit" not in (one[1]["flags"] or []), one
    assert "stale_flags" not in one[0] and "tor-exit" in later["stale_flags"], later
    for key, value in one[0].items():
        assert full[key] == value, f"{key}: {full[key]} and {value}"
    assert len(full["origin"]["statements"]) >= 2 and full["sources"], full
    rungs = {r["rung"]: r for r in full["ladder"]["rungs"]}
    assert list(rungs) == ["network", "registered-country", "located-country", "role"], rungs
    assert all(r["confidence"] in ("none", "low", "moderate", "high") for r in rungs.values())
    cited = full["origin"]["sources"]
    for r in rungs.values():  # each rung names sources of this very answer, with their digests
        assert all(len(cited[i]["sha256"]) == 64 for i in r.get("sources", [])), r
    assert "Registered country: agreed: SE (1 family)" in memo, memo
    assert "tor-exit" in memo and "The program stops here" in memo, memo

def the_memo_says_no_more_than_it_may():
    with Home() as home:
        memo = ok(home.run("10.1.2.3"))
        assert "private use (RFC 1918)" in memo and "Located" not in memo, memo
        done = home.run("10.1.2.3", "nonsense")
        assert "10.1.2.3" in ok(done, 2) and "nonsense: not an address" in done.stderr, done.stderr

def a_memo_counts_families_not_files():
    with Home() as home:
        args = []
        for name in ("one", "two"):
            path = home.file(name, "185462016,185462271,SE\n")  # 11.13.237.0/24
            args += ["--source", f"{path},name={name},date=2026-08-01"]
        memo = ok(home.run(*args, "11.13.237.1"))
    assert re.search(r"Registered country: agreed: SE \(1 family\)|SE \(1 family\)", memo), memo
    assert "SE (2 families)" not in memo, memo

def the_table_is_kept_and_used_again():
    with Home() as home:
        first = ok(home.run(given="8.8.8.8\n"))
        kept = home.tables()
        assert len(kept) == 1, kept
        path = f"{home.cache}/exhibit/{kept[0]}"
        before = os.stat(path)
        assert before.st_mode & 0o77 == 0, oct(before.st_mode)
        assert ok(home.run(given="8.8.8.8\n")) == first
        assert os.stat(path).st_ino == before.st_ino, "compiled again"
        elsewhere = f"{home.path}/else/where"
        assert ok(home.run("--home", elsewhere, given="8.8.8.8\n")) == first
        assert os.listdir(elsewhere) == kept, os.listdir(elsewhere)

def the_table_is_made_anew_when_a_source_changes():
    with Home() as home:
        path = home.file("list", "11.22.33.0/24\n")
        args = ["--json", "--source", f"{path},as=hosting"]
        assert "hosting" in objects(ok(home.run(*args, given="11.22.33.1\n")))[0]["flags"]
        home.file("list", "11.22.34.0/24\n")
        flags = objects(ok(home.run(*args, given="11.22.33.1\n")))[0]["flags"]
        assert "hosting" not in (flags or []), "the old table was asked"
        assert len(home.tables()) == 1, home.tables()

def a_table_that_is_damaged_is_made_anew():
    with Home() as home:
        first = ok(home.run(given="8.8.8.8\n"))
        path = f"{home.cache}/exhibit/{home.tables()[0]}"
        with open(path, "rb") as f:
            whole = f.read()
        for damaged in (b"", whole[:100], whole[:-1], b"X" + whole[1:], b"\0" * len(whole),
                        whole[:-9] + b"X" + whole[-8:], whole[:70000] + b"X" + whole[70001:]):
            with open(path, "wb") as f:
                f.write(damaged)
            assert ok(home.run(given="8.8.8.8\n")) == first
            with open(path, "rb") as f:
                assert f.read() == whole
        os.unlink(path)
        os.symlink("/etc/passwd", path)
        assert ok(home.run(given="8.8.8.8\n")) == first
        assert not os.path.islink(path)

def nowhere_to_keep_it_is_said_and_no_failure():
    with Home() as home:
        home.file("cache", "a file")
        done = home.run(given="8.8.8.8\n")
        assert "8.8.8.8" in ok(done) and "cannot be kept" in done.stderr, done.stderr

def a_broken_source_is_said_each_time():
    with Home() as home:
        bad = home.file("bad", "11.0.0.0/24\n12.0.0.0/8\n0.0.0.0/0\n")
        args = ["--source", f"{bad},as=hosting"]
        for _ in range(2):
            done = home.run(*args, given="11.0.0.1\n")
            assert "cannot be used: offset 23: " in done.stderr and ok(done, 2).startswith("11.0.0.1"), done.stderr
        done = home.run("--source", f"{home.path}/missing", given="11.0.0.1\n")
        assert ok(done, 2) == "" and "missing" in done.stderr, done.stderr

def wrong_use_is_said():
    with Home() as home:
        for args in (["--json", "--csv"], ["--at", "yesterday"], ["--colour", "red"], ["--nonsense"]):
            done = home.run(*args, given="")
            assert ok(done, 2) == "" and "locate" in done.stderr, (args, done.stderr)

def debians_databases_work_at_once():
    if len(DATABASES) < 2:
        raise Skip("no " + " or ".join(("tor-geoipdb", "libloc-database")))
    with Home() as home:
        a, b = objects(ok(home.run("--json", given="193.0.6.139\n2001:67c:2e8::1\n")))
    assert a["country"] == "NL" and a["asn"] == 3333, a
    assert b["country"] == "NL" and b["prefix"].endswith("/48"), b

TESTS = [
    every_line_gets_an_answer_in_order,
    the_members_that_scripts_want_are_always_there,
    a_line_that_is_no_address_is_named_and_the_rest_goes_on,
    knowing_nothing_is_no_failure,
    sources_of_ones_own_speak_in_both_forms,
    the_memo_says_no_more_than_it_may,
    a_memo_counts_families_not_files,
    the_table_is_kept_and_used_again,
    the_table_is_made_anew_when_a_source_changes,
    a_table_that_is_damaged_is_made_anew,
    nowhere_to_keep_it_is_said_and_no_failure,
    a_broken_source_is_said_each_time,
    wrong_use_is_said,
    debians_databases_work_at_once,
]

def main():
    failed = 0
    print(f"1..{len(TESTS)}")
    for i, test in enumerate(TESTS, 1):
        try:
            test()
            print(f"ok {i} - {test.__name__}")
        except Skip as why:
            under_ci = os.environ.get("CI") == "true"  # there nothing may be missing
            failed += under_ci
            print(f"not ok {i} - {test.__name__}: {why}" if under_ci
                  else f"ok {i} - {test.__name__} # SKIP {why}")
        except AssertionError as why:
            failed += 1
            print("\n".join("# " + line for line in str(why).splitlines()))
            print(f"not ok {i} - {test.__name__}")
    return 1 if failed else 0

if __name__ == "__main__":
    sys.exit(main())
