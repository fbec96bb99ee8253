#!/usr/bin/env python3
"""tests/cli/test_report.py EXHIBIT - the page as a file: of inputs, of what a home keeps.

What it looks like in a browser, tests/page/report.mjs tries.
"""
import base64
import html
import json
import os
import re
import stat
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit  # noqa: E402

FAR = "44.128.0.7"
WHOIS = b"% Abuse contact for '44.128.0.0 - 44.128.0.255' is 'abuse@one.example'\n"


class Home(kit.Files):
    """A home, and inputs: a scan, and guesses."""

    def __init__(self):
        super().__init__()
        self.dir = self.path("home")
        made = kit.run("init", "--name", "a.example", "--home", self.dir)
        assert made.rc == 0, made
        self.scan = self.put("scan.pcap", kit.pcap(kit.syn_scan()))
        self.log = self.put("auth.log", kit.sshd_guesses(who=FAR))
        self.page = self.path("page.html")

    def report(self, *args):
        return kit.run("report", "--home", self.dir, "-q", "-o", self.page, *args)

    @property
    def text(self):
        return kit.get(self.page).decode()

    @property
    def columns(self):
        block = re.search(r'data-block="columns">([^<]*)', self.text)[1]
        return json.loads(zlib.decompress(base64.b64decode(block)))


def words(text):
    text = re.sub(r"<(script|style)[\s\S]*?</\1>", " ", text)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", text)))


def what_the_home_keeps_is_what_the_page_has(tap):
    with Home() as h:
        said = h.report()
        tap.ok("nothing is kept yet: a page that says so",
               said.rc == 0 and h.columns["rows"] == 0 and "No finding is stored" in words(h.text), said)
        assert kit.analyze("--home", h.dir, h.scan, h.log).rc == 0
        ids = {f["id"][:12] for f in kit.run("query", "--home", h.dir, "--json").findings}
        said = h.report()
        tap.ok("all of it", said.rc == 0 and ids and set(h.columns["id"]) == ids, said)
        tap.ok("and how much that is", f"{len(ids)} findings as they were kept" in words(h.text))
        said = h.report("--kind", "scan")
        kinds = {h.columns["words"][k] for k in h.columns["kind"]}
        tap.ok("or what is asked for", said.rc == 0 and kinds and all(k.startswith("scan") for k in kinds), kinds)
        tap.ok("its seals are told", "Nothing is sealed in this home yet" in words(h.text))
        sealed = kit.run("seal", "--home", h.dir, h.scan)
        assert sealed.rc == 0, sealed
        h.report()
        tap.ok("and those that there are", "1 input is sealed in this home" in words(h.text))
        tap.ok("whose bounds are no promise", "A segment's bounds say where its records may lie" in
               words(h.text), words(h.text)[:300])
        kept = kit.run("query", "--home", h.dir, "--json").findings
        h.report(h.scan)
        tap.ok("a report of inputs keeps nothing",
               kit.run("query", "--home", h.dir, "--json").findings == kept)


def whom_to_tell_and_what(tap):
    with Home() as h:
        whois = h.put("whois.txt", WHOIS)
        said = h.report("--source", whois, h.log)
        text = words(h.text)
        tap.ok("a notice, ready to copy", said.rc == 0 and "Notice to abuse@one.example" in text
               and "(your organisation)" in text and FAR in text, said)
        letter = re.search(r"<pre>([\s\S]*?)</pre>", h.text)[1]
        tap.ok("in lines", letter.count("\n") > 10, letter)
        h.report("--source", whois, h.scan)
        tap.ok("none to whoever may be forged", "Notice to" not in words(h.text))


def the_file_is_for_its_owner_and_whole(tap):
    with Home() as h:
        h.report(h.log)
        tap.ok("nobody else may read it", stat.S_IMODE(os.stat(h.page).st_mode) == 0o600)
        first = kit.get(h.page)
        h.report(h.log)
        tap.ok("again, the same bytes", kit.get(h.page) == first)
        said = kit.run("report", "-q", "--home", h.dir, "-o", "-", h.log)
        tap.ok("standard output", said.rc == 0 and said.out == first, said)
        lines = h.put("f.jsonl", kit.analyze("--no-store", h.log).out)
        said = h.report("--from", lines)
        tap.ok("from a file of findings", said.rc == 0 and h.columns["rows"] > 0, said)
        tap.ok("which does not say where they stood", "Found at" not in words(h.text))


def what_cannot_be_is_said(tap):
    with Home() as h:
        for name, args, want in (
                ("no file to write", ["report", h.log], "into which file?"),
                ("both kinds of inputs", ["report", "-o", h.page, "--from", h.log, h.log], "takes the place"),
                ("a folder that is not there", ["report", "-q", "-o", h.path("no/where"), h.log], "No such file"),
                ("an input that is not there", ["report", "-q", "-o", h.page, h.path("gone")], "No such file")):
            said = kit.run(*args)
            tap.ok(name, said.rc == 2 and want in said.err.decode(), said)
        tap.ok("and no page is there", not os.path.exists(h.page))
        said = kit.run("report", "-o", h.page, env=kit.environment(XDG_DATA_HOME=h.path("none")))
        tap.ok("no home", said.rc == 2 and "no home" in said.err.decode(), said)
        cut = h.put("cut.pcap", kit.get(h.scan)[:-7])
        said = h.report(cut)
        tap.ok("what was not read to its end, the page says",
               said.rc == 2 and "Not everything was read" in words(h.text), said)


if __name__ == "__main__":
    sys.exit(kit.main([what_the_home_keeps_is_what_the_page_has, whom_to_tell_and_what,
                       the_file_is_for_its_owner_and_whole, what_cannot_be_is_said]))
