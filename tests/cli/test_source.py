#!/usr/bin/env python3
"""tests/cli/test_source.py EXHIBIT ROOT - does `exhibit source` keep its promises?

By small sources made here, in a home of their own.
"""
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

try:
    import warnings

    import jsonschema
    warnings.simplefilter("ignore", DeprecationWarning)
except ImportError:
    jsonschema = None

EXHIBIT = os.path.abspath(sys.argv[1])
SHARED = os.environ.get("EXHIBIT_SHARED") or os.path.join(
    os.path.dirname(os.path.abspath(sys.argv[2])), "shared")
SOURCES = os.path.join(SHARED, "sources")

# 11.22.33.0/24 in SE by a registry; authorizations that are three days old.
RIR = ("2|ripencc|1790287199|1|19700101|20260924|+0200\n"
       "ripencc|SE|ipv4|11.22.33.0|256|20100712|allocated\n")
VRPS = '{"roas":[{"asn":64500,"prefix":"11.22.33.0/24","maxLength":24,"ta":"x"}]}'


class Home:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = self.folder.name

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def file(self, name, content):
        with open(f"{self.path}/{name}", "w", encoding="utf-8") as f:
            f.write(content)
        return f"{self.path}/{name}"

    def run(self, *args, status=0, **more):
        env = {**os.environ, "LC_ALL": "C.UTF-8", "XDG_CACHE_HOME": f"{self.path}/cache",
               "XDG_DATA_HOME": f"{self.path}/data"}
        env.pop("EXHIBIT_HOME", None)
        done = subprocess.run([EXHIBIT, *args], env={**env, **more}, cwd=self.path, text=True,
                              check=False, timeout=120, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == status, f"{args}: {done.returncode}: {done.stderr}"
        return done

    def kept(self):
        lines = self.run("source", "list", "--json").stdout.splitlines()
        return {x["name"]: x for x in map(json.loads, lines) if "kept_as" in x}


def what_was_added_is_used_by_locate():
    with Home() as home:
        assert home.kept() == {}
        home.run("source", "add", home.file("r.txt", RIR))
        memo = home.run("locate", "11.22.33.44").stdout
        assert "ripencc delegations (delegation, data of 2026-09-24" in memo, memo
        os.remove(f"{home.path}/r.txt")  # the copy is asked, not the file
        assert "ripencc delegations" in home.run("locate", "11.22.33.44").stdout


def identity_digest_date_and_licence_are_told():
    with Home() as home:
        home.run("source", "add", home.file("v.json", VRPS) + ",date=2026-11-20",
                 "--licence", "ask the registry")
        x = home.kept()["v.json"]
        assert x["sha256"] == hashlib.sha256(VRPS.encode()).hexdigest(), x
        assert (x["format"], x["family"], x["dated_by"], x["date"], x["licence"]) == (
            "vrp", "signed", "pinned", "2026-11-20", "ask the registry"), x
        text = home.run("source", "list").stdout
        assert "by your word of 2026-11-20" in text and "licence: ask the registry" in text, text


def a_file_that_is_kept_already_is_not_kept_twice():
    with Home() as home:
        path = home.file("r.txt", RIR)
        home.run("source", "add", path)
        again = home.run("source", "add", path)
        assert "is kept already" in again.stderr and len(home.kept()) == 1, again


def two_files_of_one_name_are_both_kept():
    with Home() as home:
        os.mkdir(f"{home.path}/a")
        home.run("source", "add", home.file("r.txt", "1.2.3.0/24\n") + ",as=vpn,name=one")
        home.run("source", "add", home.file("a/r.txt", "1.2.4.0/24\n") + ",as=vpn,name=two")
        assert set(home.kept()) == {"one", "two"}


def what_is_told_and_kept_meets_the_schema():
    if jsonschema is None:
        print("# skipped: no jsonschema")
        return
    with Home() as home:
        home.run("source", "add", home.file("r.txt", RIR), "--licence", "x")
        home.run("source", "add", home.file("l.txt", "11.22.33.0/24\n") + ",as=tor-exit")
        lines = home.run("source", "list", "--json").stdout.splitlines()
        lines += home.run("source", "compile", "--json").stdout.splitlines()
        with open(f"{home.path}/data/exhibit/source/index.json", encoding="utf-8") as f:
            lines.append(f.read())
        folder = f"{os.path.abspath(sys.argv[2])}/docs/schemas"
        schemas = {}
        for name in ("source", "analyze"):
            with open(f"{folder}/{name}.schema.json", encoding="utf-8") as f:
                schemas[f"https://example.org/{name}.schema.json"] = json.load(f)
        base = "https://example.org/source.schema.json"
        resolver = jsonschema.RefResolver(base, schemas[base], store=schemas)
        check = jsonschema.Draft202012Validator(schemas[base], resolver=resolver)
        for line in lines:
            wrong = [e.message for e in check.iter_errors(json.loads(line))]
            assert not wrong, (line, wrong)


def what_cannot_be_used_is_refused():
    with Home() as home:
        for name, content in (("cut", VRPS[:-5]), ("empty", '{"roas":[]}'), ("text", "hello\n")):
            path = home.file(name, content)
            said = home.run("source", "check", path, status=1).stderr
            assert name in said, said
            home.run("source", "add", path, status=1)
        assert home.kept() == {}
        home.run("source", "check", f"{home.path}/absent", status=2)


def refused(home, path):
    """By the form that all complaints have: the file, the place in it, what is wrong there."""
    home.run("source", "check", path, status=1)
    said = home.run("locate", "--source", path, "11.22.33.44", status=2).stderr
    where = rf"exhibit: source \S*{re.escape(os.path.basename(path.split(',')[0]))} cannot be used: "
    assert re.search(where + r"offset \d+: [^:]+", said), said
    return said


def what_is_wrong_is_said_with_its_file_and_place():
    with Home() as home:
        for name, content, what in (
                ("slurm", '{"slurmVersion":1,"validationOutputFilters":{}}', "local exceptions"),
                ("json", '{"a":1}', "JSON of no kind that is read"),
                ("list", "11.22.33.0/24\n", "add as=tor-exit, "),
                ("wide,as=vpn", "0.0.0.0/0\n", "offset 0"),
                ("line,as=vpn", "11.22.33.0/24\n11.22.33/99\n", "offset 14: "),
                ("v6,as=vpn", "::/0\n", "offset 0"),
                ("geoip", "134744072,134744072,US\n134744073,13474\n", "offset 23: geoip line"),
                ("rir", RIR + "ripencc|SE|ipv4|11.22.34.0|-1|20100712|allocated\n",
                 "offset 97: ")):
            file = home.file(name.split(",", maxsplit=1)[0], content)
            said = refused(home, file + name[name.find(","):] if "," in name else file)
            assert what in said, said


def two_that_cannot_be_used_are_both_named():
    with Home() as home:
        one, two = home.file("one", "hello\n"), home.file("two", "hello\n")
        said = home.run("locate", "--source", one, "--source", two, "11.22.33.44", status=2).stderr
        assert "/one cannot" in said and "/two cannot" in said, said


def a_list_says_what_it_is_for():
    with Home() as home:
        home.run("source", "add", home.file("l.txt", "11.22.33.0/24\n") + ",as=tor-exit")
        assert home.kept()["l.txt"]["meaning"] == "tor-exit"
        said = home.run("source", "list").stdout
        assert "a list of Tor exits" in said and "countries of networks" in said, said


# Broken on purpose, but not by what an answer is taken from.
SOUND = {"libmaxminddb-empty-array-last-in-metadata.mmdb", "libmaxminddb-uint64-max-epoch.mmdb",
         "libmaxminddb-empty-map-last-in-metadata.mmdb"}


def real_databases_that_are_broken_are_refused():
    if not os.path.isdir(f"{SOURCES}/mmdb"):
        assert os.environ.get("CI") != "true", "no shared sources (EXHIBIT_SHARED)"
        print("# skipped: no shared sources (EXHIBIT_SHARED)")
        return
    bad = [os.path.join(at, name) for at, _, names in os.walk(f"{SOURCES}/mmdb/bad-data")
           for name in names if name.endswith(".mmdb")]
    assert len(bad) >= 21, bad
    with Home() as home:
        for path in bad:
            if os.path.basename(path) not in SOUND:
                refused(home, path)
                continue
            asked = home.run("locate", "--json", "--source", path, "1.1.1.1", "2001:218::1").stdout
            for line in map(json.loads, asked.splitlines()):  # there are no records in it
                assert "Test" not in [x["source"] for x in line["origin"]["statements"]], line


def a_routing_table_that_was_cut_is_refused():
    path = f"{SOURCES}/mrt/data/bview.ipv4_unicast_add_path.gz"
    if not os.path.exists(path):
        assert os.environ.get("CI") != "true", "no shared sources (EXHIBIT_SHARED)"
        print("# skipped: no shared sources (EXHIBIT_SHARED)")
        return
    with open(path, "rb") as f:
        packed = f.read()
    plain = gzip.decompress(packed)
    with Home() as home:
        for form, whole in (("packed", packed), ("plain", plain)):
            for part in (0.02, 0.3, 0.5, 0.9, 0.999):
                cut = f"{home.path}/{form}"
                with open(cut, "wb") as f:
                    f.write(whole[:int(len(whole) * part)])
                refused(home, cut)


def a_date_that_is_not_known_is_said():
    with Home() as home:
        said = home.run("source", "check", home.file("v.json", VRPS)).stdout
        assert "undated" in said and "old" in said, said


def a_kept_file_that_was_changed_is_named():
    with Home() as home:
        home.run("source", "add", home.file("r.txt", RIR))
        with open(f"{home.path}/data/exhibit/source/r.txt", "a", encoding="utf-8") as f:
            f.write("# more\n")
        said = home.run("source", "list", status=2).stderr
        assert "r.txt: not what was kept" in said, said


def a_damaged_list_is_told_and_nothing_is_lost():
    with Home() as home:
        home.run("source", "add", home.file("r.txt", RIR))
        index = f"{home.path}/data/exhibit/source/index.json"
        with open(index, "w", encoding="utf-8") as f:
            f.write('{"version":1,"sources":[{"file":"../r.txt"}]}')
        assert "list of kept sources" in home.run("source", "list", status=2).stderr
        home.run("locate", "11.22.33.44", status=2)


def the_table_is_compiled_from_what_is_kept():
    with Home() as home:
        home.run("source", "add", home.file("r.txt", RIR))
        table = json.loads(home.run("source", "compile", "--json").stdout)
        assert table["sources"] >= 1 and table["index4_bytes"] > 0, table
        assert len(os.listdir(f"{home.path}/cache/exhibit")) == 1
        home.run("source", "compile")
        assert len(os.listdir(f"{home.path}/cache/exhibit")) == 1


def a_home_can_be_made_around_kept_sources():
    with Home() as home:
        home.run("source", "add", home.file("r.txt", RIR))
        home.run("init", "--name", "example.org")
        assert len(home.kept()) == 1


def without_a_place_for_a_home_lookups_work():
    with Home() as home:
        home.run("locate", "11.22.33.44", XDG_DATA_HOME="", HOME="")
        home.run("source", "add", home.file("r.txt", RIR), status=2, XDG_DATA_HOME="", HOME="")


TESTS = [what_was_added_is_used_by_locate, identity_digest_date_and_licence_are_told,
         a_file_that_is_kept_already_is_not_kept_twice, two_files_of_one_name_are_both_kept,
         what_is_told_and_kept_meets_the_schema, what_cannot_be_used_is_refused,
         a_date_that_is_not_known_is_said,
         a_kept_file_that_was_changed_is_named, a_damaged_list_is_told_and_nothing_is_lost,
         the_table_is_compiled_from_what_is_kept, a_home_can_be_made_around_kept_sources,
         without_a_place_for_a_home_lookups_work, what_is_wrong_is_said_with_its_file_and_place,
         two_that_cannot_be_used_are_both_named, a_list_says_what_it_is_for,
         real_databases_that_are_broken_are_refused, a_routing_table_that_was_cut_is_refused]


def main():
    failed = 0
    print(f"1..{len(TESTS)}")
    for i, test in enumerate(TESTS, 1):
        try:
            test()
            print(f"ok {i} - {test.__name__}")
        except AssertionError as wrong:
            failed += 1
            print("# " + str(wrong).replace("\n", "\n# "))
            print(f"not ok {i} - {test.__name__}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
