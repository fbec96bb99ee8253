#!/usr/bin/env python3
# tests/cli/test_accord.py PROGRAM [CLAIM...] - two organisations that never met agree on
# terms, change them, and one of them lies.
import base64
import copy
import hashlib
import html.parser
import json
import os
import pty
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import jsonschema

import kit

A, B, C = "cert-a.example", "isp-b.example", "cert-c.example"


class Parties(kit.Files):
    """Homes of parties, and the files that go between them."""

    def __init__(self, *names):
        super().__init__()
        self.names = names or (A, B)
        for name in self.names:
            said = self.run(name, "init", "--name", name)
            assert said.rc == 0, said
            self.put(f"{name}.policy", self.run(name, "key", "show", "--policy").out)

    def run(self, name, *args, **more):
        env = kit.environment(EXHIBIT_HOME=self.path(f"home-{name}"))
        return kit.run(*args, env=env, cwd=self.folder.name, **more)

    def accord(self, name, *args, **more):
        return self.run(name, "accord", *args, **more)

    def must(self, name, *args):
        said = self.accord(name, *args)
        assert said.rc == 0, f"{name}: accord {' '.join(args)}: {said}"
        return said

    def file(self, name):
        return json.loads(kit.get(self.path(name)))

    def said(self, name, i=-1):
        """The signed object of the newest statement in a file."""
        note = self.file(name)["statements"][i]["note"]
        return json.loads(note.split("\n")[0])

    def newest(self, name):
        every = [json.loads(s["note"].split("\n")[0]) for s in self.file(name)["statements"]]
        return max((s for s in every if s["type"] == "exhibit-accord/v1"),
                   key=lambda s: s["body"]["version"])

    def agree(self, *options):
        """A and B in force, as both homes know."""
        self.must(A, "new", "--with", f"{B}.policy", "--contact", "inquiry:duty@cert-a.example",
                  "--network", "192.0.2.0/24", "-o", "1", *options)
        self.must(B, "propose", "1", "--with", f"{A}.policy", "--contact",
                  "inquiry:noc@isp-b.example,+49301234", "--network", "198.51.100.0/24", "-o", "2")
        self.must(A, "sign", "2", "--version", "2", "-o", "3")
        self.must(B, "sign", "3", "-o", "4")
        return self.newest("4")["body"]["accord"]

    def ledger(self, name):
        """All bytes that anybody may be served of a party's ledger."""
        folder = self.path(f"home-{name}/ledger/party/log")
        return b"".join(kit.get(os.path.join(at, f)) for at, _, files in os.walk(folder)
                        for f in sorted(files))

    def size(self, name):
        return json.loads(self.run(name, "ledger", "checkpoint", "--json").out)["size"]


def schema(name):
    return jsonschema.Draft202012Validator(
        json.loads(kit.get(os.path.join(kit.ROOT, "docs", "schemas", name))))


def complaints(name, values):
    check = schema(name)
    return [f"{list(e.absolute_path)}: {e.message[:150]}" for v in values
            for e in check.iter_errors(v)]


def standing(p, who, what):
    said = p.accord(who, "check", "--json", what)
    return said.rc, said.lines[0] if said.out else {}


# ---- the whole path ----------------------------------------------------------


def two_that_never_met_agree_in_four_files(tap):
    with Parties() as p:
        said = p.must(A, "new", "--with", f"{B}.policy", "--template", "dialogue-2015", "--title",
                      "CERT of A", "--contact", "inquiry:duty@cert-a.example,+49301,24/7,duty desk",
                      "--contact", "machine:soc@cert-a.example", "--network", "192.0.2.0/24",
                      "--sensor", "border-1", "--tls", "ab" * 32, "-o", "1")
        tap.ok("a proposal says who has not signed", B.encode() in said.err, said)
        rc, state = standing(p, A, "1")
        tap.ok("a proposal is not agreed", rc == 1 and state["state"] == "proposed", state)
        shown = p.must(B, "show", "1").out.decode()
        for words in ("CERT of A", "duty@cert-a.example, +49301, 24/7, duty desk", "192.0.2.0/24",
                      "border-1", "24/7", "Receipt is not agreement", "timeliness",
                      "A/70/174 (2015), paragraph 13 (c)", "scan.vertical/1", "ports 15",
                      "Who can see that this accord exists", "is not confirmed"):
            tap.ok(f"the document says: {words}", words in " ".join(shown.split()), shown)
        said = p.accord(B, "sign", "1", "-o", "x")
        tap.ok("nobody signs with a key that only the file vouches for",
               said.rc == 2 and b"only this file says" in said.err and not
               os.path.exists(p.path("x")), said)
        p.must(B, "propose", "1", "--with", f"{A}.policy", "--contact", "inquiry:noc@isp-b.example",
               "--network", "198.51.100.0/24", "--set", "answer_days=10", "-o", "2")
        told = p.must(A, "diff", "2").out.decode()
        for words in ("10 days to a first answer instead of 7", "names 198.51.100.0/24 as its own",
                      "noc@isp-b.example"):
            tap.ok(f"what is proposed is told: {words}", words in " ".join(told.split()), told)
        p.must(A, "sign", "2", "--version", "2", "-o", "3")
        rc, state = standing(p, A, "3")
        tap.ok("all have signed", rc == 0 and state["state"] == "in force" and state["version"] == 2,
               state)
        p.must(B, "sign", "3", "-o", "4")
        for who in (A, B):
            listed = p.must(who, "list", "--json").lines
            tap.ok(f"{who} has it in force", [a["state"] for a in listed] == ["in force"], listed)
        rc, state = standing(p, B, "4")
        tap.ok("both ledgers hold it, as the file shows", rc == 0 and
               all(x["signed"] and x["in_ledger"] for x in state["parties"]), state)
        tap.none("files meet their schema", complaints("handed.schema.json", [p.file("4")]))
        statements = [json.loads(s["note"].split("\n")[0]) for s in p.file("4")["statements"]]
        tap.none("what is signed meets its schema", complaints("accord.schema.json", statements))
        answers = [*p.must(A, "show", "--json", "4").lines, *p.must(A, "list", "--json").lines,
                   *p.must(A, "diff", "--json", "4").lines]
        tap.none("answers meet their schema", complaints("accord.schema.json", answers))


def what_is_written_is_told_in_json(tap):
    """kit.run holds each answer against the schema."""
    with Parties() as p:
        said = p.accord(A, "new", "--with", f"{B}.policy", "--json")
        tap.ok("--json wants a place for the file", said.rc == 2 and b"--output" in said.err, said)
        made = p.must(A, "new", "--with", f"{B}.policy", "--contact", "inquiry:a@cert-a.example",
                      "--json", "-o", "1").lines
        p.must(B, "sign", "1", "--with", f"{A}.policy", "--json", "-o", "2")
        said = p.must(A, "sign", "2", "--json", "-o", "3")
        tap.ok("where it stands", made[0]["state"] == "proposed" and
               said.lines[0]["state"] == "in force" and said.err == b"", said)
        accord = made[0]["accord"]
        trial = p.must(B, "ping", accord, "--to", A, "--json", "-o", "ping").lines
        tap.ok("a trial", trial[0]["to"] == A and "answered" not in trial[0], trial)
        trial = p.must(A, "ping", "ping", "--json", "-o", "pong").lines
        tap.ok("and its answer", "answered" in trial[0], trial)
        left = p.must(B, "leave", accord, "--json", "-o", "4").lines
        tap.ok("and that it ended", left[0]["state"] == "ended", left)


def fingerprints_by_telephone_do_as_well(tap):
    with Parties() as p:
        p.must(A, "new", "--with", f"{B}.policy", "-o", "1")
        finger = json.loads(p.run(A, "key", "show", "--json").out)["fingerprint"]
        wrong = finger[:-1] + ("0" if finger[-1] != "0" else "1")
        tap.ok("a wrong fingerprint", p.accord(B, "sign", "1", "--fingerprint", wrong).rc == 2)
        tap.ok("the right one", p.accord(B, "sign", "1", "--fingerprint",
                                         finger.replace(" ", "").upper(), "-o", "2").rc == 0)
        tap.ok("what was signed once is known",
               p.accord(B, "check", "2").rc == 0 and p.accord(B, "sign", "2").rc == 0)
        said = kit.run("accord", "check", p.path("2"))
        tap.ok("a stranger is told that he cannot tell",
               said.rc == 2 and b"Keys that only this file vouches for" in said.out, said)
        said = kit.run("accord", "check", p.path("2"), "--with", p.path(f"{A}.policy"), "--with",
                       p.path(f"{B}.policy"))
        tap.ok("but with both keys", said.rc == 0, said)


def templates_are_there_and_cite_their_texts(tap):
    with Parties() as p:
        for name, source in (("link-2013", "17 June 2013"), ("dialogue-2015", "25 September 2015"),
                             ("norms-13", "paragraph 13 (h)"), ("osce-9-13", "measure 13")):
            p.must(A, "new", "--with", f"{B}.policy", "--template", name, "-o", name)
            body = p.newest(name)["body"]
            tap.ok(f"{name} cites {source}", any(source in c["source"] for c in body["clauses"]))
            tap.ok(f"{name}: every clause has a source", all(c["source"] for c in body["clauses"]))
            tap.none(f"{name} meets its schema", complaints("accord.schema.json",
                                                            [p.newest(name)]))
        said = p.accord(A, "new", "--with", f"{B}.policy", "--template", "other")
        tap.ok("another is refused", said.rc == 2 and b"link-2013" in said.err, said)


# ---- what it cannot say ------------------------------------------------------


def there_is_no_place_for_speech(tap):
    """Every member of what is signed is one of a closed list, a name, an address or a number."""
    with Parties() as p:
        p.agree()
        good = p.newest("4")
        check = schema("accord.schema.json")
        tap.ok("the accord itself meets the schema", check.is_valid(good))
        places = {
            "a clause of one's own": lambda b: b["clauses"].append(
                {"id": "posts", "version": 1, "title": "Posts", "text": "Criticism is an act.",
                 "source": "us"}),
            "another text for a clause": lambda b: b["clauses"][0].update(text="Criticism is an act."),
            "another source": lambda b: b["clauses"][0].update(source="us"),
            "a definition of speech": lambda b: b["definitions"]["set"]["definitions"].append(
                {"name": "speech.criticism", "version": 1, "method": "probe.web", "parameters": {}}),
            "a kind that is speech": lambda b: b["definitions"]["set"]["definitions"][0].update(
                kind="speech.criticism"),
            "a word in a definition": lambda b: b["definitions"]["set"]["definitions"][0][
                "parameters"].update(words="insult"),
            "a ground of one's own": lambda b: b["grounds"].append("insult"),
            "a denial of one's own": lambda b: b["denials"].append("it-was-satire"),
            "a title of one's own": lambda b: b.update(title="On insults"),
            "a member of one's own": lambda b: b.update(content="posts"),
            "a member of a party": lambda b: b["parties"][0].update(opinions="none"),
        }
        for name, change in places.items():
            other = copy.deepcopy(good)
            change(other["body"])
            tap.ok(f"the schema has no place for {name}", not check.is_valid(other))
            tap.ok(f"the program refuses {name}", refuses(p, other), other)


def signed_by_nobody(statement):
    """A file with this statement; its signature is of the right form only."""
    text = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    note = f"{text}\n\n\u2014 {A} {base64.b64encode(bytes(68)).decode()}\n"
    return json.dumps({"format": "exhibit-handed/v1", "statements": [{"note": note}]})


def refuses(p, statement):
    """By its form, before any signature."""
    p.put("hostile", signed_by_nobody({k: v for k, v in statement.items()}).encode())
    said = p.accord(B, "check", "hostile")
    return said.rc == 2 and b"malformed" in said.err and said.out == b"" and not said.crashed()


def a_declined_clause_is_inert(tap):
    with Parties() as p:
        p.must(A, "new", "--with", f"{B}.policy", "-o", "1")
        said = p.accord(B, "decline", "1", "--with", f"{A}.policy", "--clause", "definitions",
                        "--ground", "dislike")
        tap.ok("a ground has to be one of the list", said.rc == 2 and b"ordre-public" in said.err)
        p.must(B, "decline", "1", "--with", f"{A}.policy", "--clause", "definitions", "--ground",
               "sovereignty", "-o", "2")
        p.must(A, "sign", "2", "--version", "2", "-o", "3")
        body = p.newest("3")["body"]
        quoted = body["declined"][0]
        tap.ok("it is quoted with who and why", quoted["by"] == B and quoted["clause"] == "definitions"
               and quoted["ground"] == "sovereignty" and "scan.vertical" in quoted["quoted"], quoted)
        tap.ok("it is a text and nothing else", isinstance(quoted["quoted"], str) and
               "definitions" not in body and "definitions" not in [c["id"] for c in body["clauses"]])
        shown = p.must(A, "show", "3").out.decode()
        tap.ok("the document quotes it", "> What counts as an act" in shown and "Declined" in shown,
               shown)
        said = p.accord(A, "show", "--rules", "3", "-o", "rules")
        tap.ok("no definition comes out of it", said.rc == 1 and not os.path.exists(p.path("rules")),
               said)
        said = p.accord(A, "diff", "--json", "1", "3")
        gone = [d for d in said.lines if d["about"] == "definition"]
        tap.ok("by it, nothing counts", len(gone) > 10 and all(d["new"] == "" for d in gone), gone)
        said = p.run(A, "analyze", "--definitions", p.path("3"), "--json", "/dev/null")
        tap.ok("nor is the file a set of definitions", said.rc == 2 and said.out == b"", said)
        said = p.accord(A, "diff", "1", "3", "--on", p.put("e", kit.PCAP_HEADER))
        tap.ok("nor is anything searched by it", said.rc == 2 and b"has no definitions" in said.err,
               said)
        told = p.must(A, "diff", "3").out.decode()
        tap.ok("what was declined is told", "isp-b.example declined it (sovereignty)" in
               " ".join(told.split()), told)


def nobody_sees_that_there_is_one(tap):
    """Tiles and checkpoints show that something was said, and look alike whatever it was."""
    with Parties() as p:
        before = {name: p.size(name) for name in p.names}
        accord = p.agree()
        p.must(A, "ping", accord[:8], "--to", B, "-o", "ping")
        words = [b"accord", b"ping", b"norms", b"parties", accord.encode(), b"192.0.2.0",
                 b"198.51.100.0", b"duty@"]
        for name in p.names:
            ledger = p.ledger(name)
            other = B if name == A else A
            found = [w for w in [*words, other.encode()] if w in ledger]
            tap.none(f"the ledger of {name} names neither accord nor counterpart", found)
            n = p.size(name) - before[name]
            entries = re.findall(rb"exhibit-statement/v1\n([A-Za-z0-9+/=]{44})\n", ledger)
            tap.ok("its statements are entries of one form", n >= 2 and len(set(entries)) == n,
                   f"{n} {entries}")
            hashes = [hashlib.sha256((s["note"].split("\n")[0] + "\n").encode())
                      for s in p.file("4")["statements"]]
            tap.ok("and no hash of a statement is there, to be guessed at",
                   not any(h.digest() in ledger or h.hexdigest().encode() in ledger or
                           base64.b64encode(h.digest()) in ledger for h in hashes))
        tap.ok("the same statement has another entry in each ledger",
               not set(re.findall(rb"v1\n([A-Za-z0-9+/=]{44})\n", p.ledger(A))) &
               set(re.findall(rb"v1\n([A-Za-z0-9+/=]{44})\n", p.ledger(B))))
        shown = " ".join(p.must(A, "show", accord).out.decode().split())
        tap.ok("and the document says who can see it",
               "Its parties, and whoever gets this file from one of them" in shown)


# ---- changes -----------------------------------------------------------------


def amendments_need_all(tap):
    with Parties() as p:
        accord = p.agree()
        p.must(A, "amend", accord[:8], "--set", "final_days=45", "--set", "tlp=RED", "-o", "5")
        _, state = standing(p, A, accord)
        tap.ok("what is in force stays in force", state["version"] == 2 and state["in_force"])
        rc, state = standing(p, A, "5")
        tap.ok("the change is not, with one signature", rc == 1 and state["version"] == 3 and
               not state["in_force"], state)
        tap.ok("it is listed", "version 3 is proposed" in " ".join(
            p.must(A, "list").out.decode().split()))
        p.must(B, "sign", "5", "--version", "3", "-o", "6")
        rc, state = standing(p, B, "6")
        tap.ok("with all it is", rc == 0 and state["version"] == 3 and state["in_force"], state)
        p.must(A, "sign", "6", "-o", "7")
        tap.ok("both know", b"in force, version 3" in p.must(A, "list").out)
        said = p.accord(A, "sign", "4")
        tap.ok("an old file changes nothing back", said.rc == 2 and b"does not come of version 3"
               in said.err, said)
        said = p.accord(A, "propose", accord, "--set", "final_days=50")
        tap.ok("what is in force is amended, not proposed", said.rc == 2 and b"amend" in said.err)
        said = p.accord(A, "amend", accord, "--set", "final_days=0")
        tap.ok("terms have bounds", said.rc == 2 and b"final_days=0" in said.err, said)


def what_is_newer_than_we_have_signed_is_signed_only_by_its_number(tap):
    with Parties() as p:
        accord = p.agree()
        p.must(A, "amend", accord, "--set", "final_days=45", "-o", "5")
        size = p.size(B)
        said = p.accord(B, "sign", "5", "-o", "6")
        told = b" ".join(said.err.split())
        tap.ok("a change of what is in force is told and not signed", said.rc == 2 and
               f"version 3 by {A} against version 2, which is in force".encode() in told and
               b"45 days" in told and b"accord sign --version 3 5" in told and
               not os.path.exists(p.path("6")), said)
        rc, state = standing(p, B, accord)
        tap.ok("though it is kept", state["version"] == 2 and p.size(B) == size + 1 and
               b"version 3 is proposed" in b" ".join(p.must(B, "list").out.split()), state)
        tap.ok("a second time as well", p.accord(B, "sign", "5", "-o", "6").rc == 2)
        said = p.must(B, "sign", "5", "--version", "3", "-o", "6")
        tap.ok("by its number it is", b"45 days" in said.err and
               standing(p, B, accord)[1]["version"] == 3, said)
        p.must(A, "sign", "6", "-o", "7")
        p.must(A, "amend", accord, "--set", "final_days=50", "-o", "8")
        p.must(B, "decline", "8", "--clause", "time-limits", "--ground", "privacy", "-o", "9")
        p.must(B, "sign", "8", "--version", "4", "-o", "10")
        said = p.accord(A, "sign", "10", "-o", "11")
        told = b" ".join(said.err.split())
        tap.ok("who takes in an answer does not agree to something else with it", said.rc == 2 and
               f"version 5 by {B} against version 4, which is in force".encode() in told and
               b"No limit any more" in told and b"accord sign --version 5 10" in told and
               not os.path.exists(p.path("11")), said)
        tap.ok("but the answer is taken in", standing(p, A, accord)[1]["version"] == 4)
        said = p.accord(A, "sign", "10", "--version", "9", "-o", "11")
        tap.ok("there has to be such a version", said.rc == 2 and b"there is no such version" in said.err)
        said = p.must(A, "sign", "10", "--version", "4", "-o", "11")
        tap.ok("an older one can be named", b"version 4: taken in" in said.err, said)
        p.must(A, "sign", "10", "--version", "5", "-o", "11")
        tap.ok("and the newer", standing(p, A, accord)[1]["version"] == 5)


def who_proposes_twice_means_what_he_said_last(tap):
    with Parties() as p:
        accord = p.agree()
        for days in range(10, 16):
            p.must(A, "amend", accord, "--set", f"answer_days={days}", "-o", "5")
        told = words(p.must(B, "diff", "5"))
        tap.ok("it is what the other reads", "15 days to a first answer" in told, told)
        said = p.must(B, "sign", "5", "--version", "3", "-o", "6")
        tap.ok("and signs", "15 days" in words(said) and p.newest("6")["body"]["limits"] and
               p.must(B, "show", "--json", accord).lines[0]["body"]["limits"]["answer_days"] == 15,
               said)
        p.must(A, "sign", "6", "-o", "7")
        rc, state = standing(p, A, accord)
        tap.ok("so that it is in force", rc == 0 and state["version"] == 3, state)


def a_flood_of_changes_ends_while_one_can_still_leave(tap):
    with Parties() as p:
        p.must(A, "new", "--with", f"{B}.policy", "-o", "1")
        p.must(B, "sign", "1", "--with", f"{A}.policy", "-o", "2")
        p.must(A, "sign", "2", "-o", "3")
        accord = p.newest("3")["body"]["accord"]
        for n in range(60):
            said = p.accord(A, "amend", accord, "--set", f"answer_days={n + 10}", "-o", "x")
            if said.rc != 0:
                break
        tap.ok("it ends", said.rc == 2 and 40 < n < 60 and b"agree on a new one" in said.err, said)
        p.must(B, "sign", "3", "-o", "y")
        tap.ok("it can still be read and left", standing(p, A, accord)[0] == 0 and
               p.accord(A, "leave", accord, "-o", "z").rc == 0 and
               p.accord(B, "sign", "z", "-o", "zz").rc == 0)


def one_leaves_and_others_go_on(tap):
    with Parties(A, B, C) as p:
        p.must(A, "new", "--with", f"{B}.policy", "--with", f"{C}.policy", "-o", "1")
        p.must(B, "sign", "1", "--with", f"{A}.policy", "--with", f"{C}.policy", "-o", "2")
        rc, state = standing(p, A, "2")
        tap.ok("two of three are not all", rc == 1 and state["state"] == "proposed")
        p.must(C, "sign", "2", "--with", f"{A}.policy", "--with", f"{B}.policy", "-o", "3")
        for who in (A, B):
            p.must(who, "sign", "3", "-o", f"3{who}")
        accord = p.newest("3")["body"]["accord"]
        p.must(C, "leave", accord, "-o", "4")
        for who in (A, B):
            p.must(who, "sign", "4", "-o", f"4{who}")
        rc, state = standing(p, A, accord)
        tap.ok("two of three go on", state["state"] == "in force" and
               [x["name"] for x in state["parties"] if x["left"]] == [C], state)
        tap.ok("who has left signs nothing more", p.accord(C, "amend", accord, "--set",
                                                           "final_days=9").rc == 2)
        p.must(B, "leave", accord, "-o", "5")
        rc, state = standing(p, B, "5")
        tap.ok("one alone has no accord", rc == 1 and state["state"] == "ended", state)
        p.must(A, "sign", "5", "-o", "6")
        tap.ok("and that is listed", b"ended" in p.must(A, "list").out)
        for verb in (("leave", accord), ("ping", accord, "--to", B)):
            said = p.accord(A, *verb)
            tap.ok(f"nothing goes on: {verb[0]}", said.rc == 1 and b"has ended" in said.err and
                   f"{B} left 20".encode() in said.err, said)


def three_in_force(p):
    """A, B and C; the id."""
    p.must(A, "new", "--with", f"{B}.policy", "--with", f"{C}.policy", "-o", "1")
    p.must(B, "sign", "1", "--with", f"{A}.policy", "--with", f"{C}.policy", "-o", "2")
    p.must(C, "sign", "2", "--with", f"{A}.policy", "--with", f"{B}.policy", "-o", "3")
    for who in (A, B):
        p.must(who, "sign", "3", "-o", "3x")
    return p.newest("3")["body"]["accord"]


def words(said):
    return b" ".join((said.out + said.err).split()).decode()


def who_has_left_is_left_out_and_may_come_back(tap):
    with Parties(A, B, C) as p:
        accord = three_in_force(p)
        p.must(A, "amend", accord, "--set", "answer_days=9", "-o", "4")
        p.must(C, "sign", "4", "--version", "2", "-o", "5")
        said = p.must(C, "leave", accord, "-o", "6")
        tap.ok("it is said whom to tell", f"send 6 to {A}, {B}, who take it in" in words(said), said)
        p.must(A, "sign", "6", "-o", "x")
        told = words(p.must(A, "list"))
        tap.ok("the list says who left and what is to be done", f"{C} (left 20" in told and
               "in force, version 1" in told, told)
        told = words(p.must(A, "show", accord))
        tap.ok("so does the document", f"Left {C} on 20" in told and
               "has to leave it out (accord amend does)" in told, told)
        # What C signed before it left does not bind it afterwards.
        p.accord(B, "sign", "6")
        p.must(B, "sign", accord, "--version", "2", "-o", "7")
        rc, state = standing(p, B, accord)
        tap.ok("a change that it had signed does not bring it back", state["version"] == 2 and
               state["in_force"] and [x["name"] for x in state["parties"] if x["left"]] == [C], state)
        p.must(A, "sign", "7", "-o", "x")
        said = p.must(A, "amend", accord, "--set", "answer_days=11", "-o", "8")
        tap.ok("an amendment leaves it out", f"leaves out {C}, which has left" in words(said) and
               [x["name"] for x in p.newest("8")["body"]["parties"]] == [A, B], said)
        p.must(B, "sign", "8", "--version", "3", "-o", "9")
        rc, state = standing(p, B, "9")
        tap.ok("and comes into force without it", rc == 0 and state["version"] == 3 and
               state["in_force"], state)
        p.must(A, "sign", "9", "-o", "x")
        tap.ok("it has no part in that", p.accord(C, "sign", "9").rc == 2)
        p.must(A, "amend", accord, "--with", f"{C}.policy", "-o", "10")
        p.must(B, "sign", "10", "--version", "4", "-o", "11")
        rc, state = standing(p, B, "11")
        tap.ok("it comes back by its signature", state["version"] == 4 and not state["in_force"] and
               not any(x["left"] for x in state["parties"]), state)
        p.must(C, "sign", "11", "--version", "4", "-o", "12")
        p.must(A, "sign", "12", "-o", "x")
        rc, state = standing(p, A, accord)
        tap.ok("and is in again", rc == 0 and state["version"] == 4 and state["in_force"] and
               not any(x["left"] for x in state["parties"]), state)
        p.must(C, "leave", accord, "-o", "13")
        p.must(A, "sign", "13", "-o", "x")
        tap.ok("until it leaves again", [x["name"] for x in standing(p, A, accord)[1]["parties"]
                                         if x["left"]] == [C])
        said = p.accord(A, "amend", accord, "--with", f"{C}.policy", "-o", "x")
        tap.ok("coming back takes a version without it", said.rc == 2 and
               "amend without it first" in words(said), said)


def a_proposal_that_names_who_has_left_is_told_as_stuck(tap):
    with Parties(A, B, C) as p:
        accord = three_in_force(p)
        p.must(A, "amend", accord, "--set", "answer_days=9", "-o", "4")
        p.must(C, "leave", accord, "-o", "5")
        said = p.must(A, "sign", "5", "-o", "6")
        p.accord(B, "sign", "4")
        said = p.must(B, "sign", "6", "--version", "2", "-o", "7")
        tap.ok("who signs it is told", f"{C} (has left: amend without it)" in words(said), said)
        for verb in ("list", "show"):
            told = words(p.must(B, verb, *([] if verb == "list" else ["7"])))
            tap.ok(f"so does {verb}", "amend" in told and "once more" in told, told)
        p.must(B, "amend", accord, "--set", "answer_days=10", "-o", "8")
        p.must(A, "sign", "8", "--version", "2", "-o", "9")
        rc, state = standing(p, A, "9")
        tap.ok("another change of what is in force goes on", rc == 0 and state["in_force"] and
               [x["name"] for x in state["parties"]] == [A, B], state)


def who_lost_its_key_comes_back_by_a_new_accord(tap):
    with Parties(A, B, C) as p:
        accord = three_in_force(p)
        p.must(C, "leave", accord, "-o", "4")
        for who in (A, B):
            p.must(who, "sign", "4", "-o", "x")
        p.must(A, "amend", accord, "-o", "5")
        p.must(B, "sign", "5", "--version", "2", "-o", "6")
        p.must(A, "sign", "6", "-o", "7")
        shutil.rmtree(p.path(f"home-{C}"))
        p.run(C, "init", "--name", C)
        p.put("other.policy", p.run(C, "key", "show", "--policy").out)
        said = p.accord(A, "amend", accord, "--with", "other.policy", "-o", "8")
        tap.ok("another key is not taken", said.rc == 2 and "agree on a new accord" in words(said),
               said)
        tap.ok("and the home is as it was", standing(p, A, accord)[0] == 0)


def what_was_not_in_force_is_not_left(tap):
    with Parties() as p:
        accord = p.agree()
        first = json.loads(p.file("4")["statements"][0]["note"].split("\n")[0])
        tap.ok("the first version never was in force", first["body"]["version"] == 1)
        digest = hashlib.sha256((json.dumps(first, sort_keys=True, separators=(",", ":"),
                                            ensure_ascii=False) + "\n").encode()).hexdigest()
        leave = {"type": "exhibit-leave/v1", "id": "ab" * 16, "party": B, "time": first["time"],
                 "previous": digest, "body": {"accord": accord}}
        handed = p.file("4")
        handed["statements"].append({"note": say(p, B, leave)})
        p.put("left", json.dumps(handed).encode())
        said = p.accord(A, "check", "left")
        tap.ok("it is told, and changes nothing", said.rc == 0 and
               f"{B} said that it leaves version 1, which is not in force" in words(said), said)
        p.must(A, "sign", "left", "-o", "5")
        rc, state = standing(p, A, accord)
        tap.ok("what is in force stays so", rc == 0 and state["in_force"] and
               not any(x["left"] for x in state["parties"]), state)
        for what, previous in (("nothing", None), ("what is not there", "00" * 32)):
            other = {k: v for k, v in {**leave, "previous": previous}.items() if v is not None}
            handed["statements"][-1] = {"note": say(p, B, other)}
            p.put("left", json.dumps(handed).encode())
            said = p.accord(A, "sign", "left")
            tap.ok(f"leaving {what} is refused", said.rc == 2 and b"leaving of no version" in
                   said.err, said)
        said = p.accord(A, "amend", accord, "--set", "answer_days=9", "-o", "6")
        tap.ok("and it can be changed", said.rc == 0, said)


def a_third_party_joins_by_amendment(tap):
    with Parties(A, B, C) as p:
        accord = p.agree()
        p.must(A, "amend", accord, "--with", f"{C}.policy", "-o", "5")
        p.must(C, "sign", "5", "--with", f"{A}.policy", "--with", f"{B}.policy", "-o", "6")
        rc, state = standing(p, A, "6")
        tap.ok("not before the others have signed", not state["in_force"], state)
        p.must(B, "sign", "6", "--version", "3", "--with", f"{C}.policy", "-o", "7")
        rc, state = standing(p, B, "7")
        tap.ok("then it is one of three", rc == 0 and len(state["parties"]) == 3 and
               state["in_force"], state)


def keys_change_and_everything_still_checks(tap):
    with Parties() as p:
        accord = p.agree()
        for _ in range(2):
            assert p.run(A, "key", "rotate").rc == 0
        rc, state = standing(p, A, accord)
        tap.ok("our own old signature still checks", rc == 0 and state["in_force"], state)
        p.must(A, "amend", accord, "--set", "answer_days=12", "-o", "5")
        rc, state = standing(p, B, "5")
        keys = {x["name"]: x["keys"] for x in state["parties"]}
        tap.ok("the other side follows both changes", keys[A] == 3 and
               [x["signed"] for x in state["parties"]] == [True, False], state)
        p.must(B, "sign", "5", "--version", "3", "-o", "6")
        rc, state = standing(p, B, accord)
        tap.ok("and signs", rc == 0 and state["version"] == 3 and state["in_force"], state)
        p.must(A, "sign", "6", "-o", "7")
        assert p.run(B, "key", "rotate").rc == 0
        p.must(B, "amend", accord, "--set", "answer_days=14", "-o", "8")
        p.must(A, "sign", "8", "--version", "4", "-o", "9")
        rc, state = standing(p, A, "9")
        tap.ok("both may have changed theirs", rc == 0 and state["version"] == 4, state)
        # Somebody with a ledger of his own under A's name, and another next key.
        with Parties() as q:
            thief = q.agree()
            assert q.run(A, "key", "rotate").rc == 0
            q.must(A, "amend", thief, "--set", "answer_days=1", "-o", "5")
            stolen = q.file("5")
            mixed = p.file("9")
            mixed["keys"] = stolen["keys"]
            p.put("mixed", json.dumps(mixed).encode())
            said = p.accord(B, "check", "mixed")
            tap.ok("a key that was not promised is refused", said.rc == 1 and
                   b"not promised" in said.err, said)


def a_third_party_follows_keys_by_the_files_of_another(tap):
    with Parties(A, B, C) as p:
        p.must(A, "new", "--with", f"{B}.policy", "--with", f"{C}.policy", "-o", "1")
        p.must(B, "sign", "1", "--with", f"{A}.policy", "--with", f"{C}.policy", "-o", "2")
        p.must(C, "sign", "2", "--with", f"{A}.policy", "--with", f"{B}.policy", "-o", "3")
        p.must(A, "sign", "3", "-o", "4")
        assert p.run(A, "key", "rotate").rc == 0
        p.must(A, "amend", p.newest("1")["body"]["accord"], "--set", "answer_days=9", "-o", "5")
        p.must(B, "sign", "5", "--version", "2", "-o", "6")
        said = p.accord(C, "sign", "6", "--version", "2", "-o", "7")
        tap.ok("who gets it from another follows the change of key", said.rc == 0 and
               b"in force" in said.err, said)


def on_a_terminal(p, who, *args):
    """What is said there, as with nothing to catch standard output."""
    master, slave = pty.openpty()
    try:
        done = subprocess.run([kit.exhibit(), "accord", *args], stdin=subprocess.DEVNULL,
                              stdout=slave, stderr=subprocess.PIPE, check=False, timeout=60,
                              cwd=p.folder.name,
                              env=kit.environment(EXHIBIT_HOME=p.path(f"home-{who}")))
    finally:
        os.close(slave)
        os.close(master)
    return done


def a_terminal_is_not_flooded(tap):
    with Parties() as p:
        accord = p.agree()
        p.must(A, "ping", accord, "--to", B, "-o", "ping")
        size = p.size(A), p.size(B)
        for who, verb in ((A, ("new", "--with", f"{B}.policy")), (A, ("amend", accord)),
                          (A, ("sign", "4")), (A, ("leave", accord)), (A, ("propose", "1")),
                          (A, ("decline", "1", "--clause", "leaving", "--ground", "privacy")),
                          (A, ("ping", accord, "--to", B)), (B, ("ping", "ping"))):
            said = on_a_terminal(p, who, *verb)
            tap.ok(f"{verb[0]} asks where to write", said.returncode == 2 and
                   b"--output FILE" in said.stderr, said)
        tap.ok("and has said nothing", (p.size(A), p.size(B)) == size)
        said = p.must(A, "amend", accord)
        tap.ok("a pipe gets the file", json.loads(said.out)["format"] == "exhibit-handed/v1")


def what_comes_next_is_told(tap):
    with Parties() as p:
        said = words(p.must(A, "new", "--with", f"{B}.policy", "-o", "1"))
        tap.ok("whom to send it, and what he does", f"send 1 to {B}; there: exhibit accord show 1"
               in said and "exhibit accord sign 1 --with KEY" in said, said)
        said = words(p.must(B, "propose", "1", "--with", f"{A}.policy", "-o", "2"))
        tap.ok("who has signed before names the version", f"send 2 to {A}; there: exhibit accord "
               "diff 2" in said and "exhibit accord sign 2 --version 2" in said, said)
        said = words(p.must(A, "sign", "2", "--version", "2", "-o", "3"))
        tap.ok("who has signed takes it in", "it is in force" in said and
               f"send 3 to {B}, who takes it in: exhibit accord sign 3" in said, said)


def terms_that_do_not_go_together_are_remarked(tap):
    with Parties() as p:
        said = p.must(A, "new", "--with", f"{B}.policy", "-o", "0")
        tap.ok("without a contact point", f"remark: {A} names no contact point (--contact)" in
               words(said) and f"{B} names no" not in words(said), said)
        good = p.agree()
        said = p.must(A, "show", good, "--json").lines[0]
        tap.ok("what goes together is not", said["remarks"] == [] and
               b"Remark" not in p.must(A, "show", good).out, said["remarks"])
        for term, says in (
                (("--set", "tlp=RED"), "TLP:RED is for the persons addressed alone, and yet it may "
                                       "be passed on to national-cert"),
                (("--set", "tlp=AMBER+STRICT"), "passed on to national-cert"),
                (("--network", "198.51.100.128/25"), f"{A} names 198.51.100.128/25 as its own, and "
                                                     f"{B} names 198.51.100.0/24"),
                (("--set", "answer_days=40"), "answer_days is 40, and final_days, which ends "
                                              "later, is 30")):
            said = p.must(A, "amend", good, *term, "-o", "5")
            told = words(p.must(A, "show", "5"))
            listed = p.must(A, "show", "5", "--json").lines[0]["remarks"]
            tap.ok(f"remarked: {' '.join(term)}", f"remark: " in words(said) and says in words(said)
                   and "Remark" in told and says in told and any(says in r for r in listed),
                   f"{said} {told[:600]}")
        strict = p.must(A, "amend", good, "--set", "tlp=AMBER+STRICT", "--set",
                        "pass_on=own-organisation", "-o", "6")
        tap.ok("what is strict and stays inside is not", "remark" not in words(strict), strict)


def what_cannot_be_a_term_is_told(tap):
    with Parties() as p:
        accord = p.agree()
        cases = {"days": "NAME=VALUE is wanted", "days=3": "no term of this name, but receipt_hours",
                 "answer_days=0": "a whole number from 1 to", "answer_days=x": "from 1 to",
                 "answer_days=99999": "from 1 to", "tlp=PINK": "one of CLEAR, GREEN",
                 "pass_on=anybody": "parted by commas: own-organisation",
                 "denials=": "parted by commas", "=": "no term of this name"}
        for term, says in cases.items():
            said = p.accord(A, "amend", accord, "--set", term, "-o", "5")
            tap.ok(f"--set {term}", said.rc == 2 and f"--set {term}: " in words(said) and
                   says in words(said) and not os.path.exists(p.path("5")), said)
        p.must(B, "decline", accord, "--clause", "time-limits", "--ground", "privacy", "-o", "6")
        p.must(A, "sign", "6", "--version", "3", "-o", "7")
        said = p.accord(A, "amend", accord, "--set", "answer_days=9")
        tap.ok("a term without its clause", said.rc == 2 and "(time-limits) is not part of this "
               "accord" in words(said), said)
        for args, says in ((("--to", B, "--lane", "leaders"), "it names one for inquiry"),
                           (("--to", B, "--lane", "x"), "no such lane, but machine, inquiry"),
                           (("--to", A), "that is our own name; there are " + B),
                           (("--to", "x"), "no party of this accord; there are " + B),
                           ((), f"whom?; there are {B}")):
            said = p.accord(A, "ping", accord, *args, "-o", "5")
            tap.ok(f"ping {' '.join(args)}", said.rc == 2 and says in words(said), said)


def contact_points_are_tried(tap):
    with Parties() as p:
        accord = p.agree()
        said = p.accord(A, "ping", accord, "--to", B, "--lane", "leaders")
        tap.ok("there has to be one for the lane", said.rc == 2 and b"names no contact point"
               in said.err, said)
        said = p.must(A, "ping", accord, "--to", B, "-o", "ping")
        tap.ok("it says where to send it", b"noc@isp-b.example" in said.err, said)
        trial = p.must(A, "show", "--json", accord).lines[0]["trials"]
        tap.ok("no answer yet, and it is said so", len(trial) == 1 and "answered" not in trial[0] and
               b"no answer has reached us" in p.must(A, "show", accord).out, trial)
        tap.ok("it is not for us to answer", p.accord(A, "ping", "ping").rc == 2)
        p.must(B, "ping", "ping", "-o", "pong")
        size = p.size(B)
        p.must(B, "ping", "ping", "-o", "pong2")
        tap.ok("answered once", p.size(B) == size)
        told = p.must(A, "ping", "--json", "pong").lines
        tap.ok("it is told in JSON", told[0]["type"] == "trial" and "answered" in told[0], told)
        trial = p.must(A, "show", "--json", accord).lines[0]["trials"]
        tap.ok("its result is on the record", trial[0].get("answered", "") != "" and
               trial[0]["to"] == B and trial[0]["lane"] == "inquiry", trial)
        size = p.size(A)
        p.must(A, "ping", "pong2")
        tap.ok("the same answer twice is one", p.size(A) == size and
               len(p.must(A, "show", "--json", accord).lines[0]["trials"]) == 1)
        trial = p.must(B, "show", "--json", accord).lines[0]["trials"]
        tap.ok("both sides have it", len(trial) == 1 and "answered" in trial[0], trial)
        statements = [json.loads(s["note"].split("\n")[0]) for s in p.file("pong")["statements"]]
        tap.none("they meet their schema", complaints("accord.schema.json", statements))


def witnesses_are_named_and_needed(tap):
    with Parties() as p:
        keys = [p.run(A, "key", "make", "--cosign", "--name", f"w{n}.example",
                      p.path(f"w{n}")).out.decode().strip() for n in range(2)]
        p.must(A, "new", "--with", f"{B}.policy", "--witness", keys[0], "--witness", keys[1],
               "--quorum", "1", "-o", "1")
        policy = p.must(A, "show", "--policy", B, "1").out.decode()
        tap.ok("the policy trusts the party and asks for the witnesses",
               f"log {B}+" in policy and "group the-accord 1 w1 w2" in policy and
               all(k in policy for k in keys), policy)
        said = p.accord(A, "new", "--with", f"{B}.policy", "--witness", keys[0], "--quorum", "2")
        tap.ok("no more can be asked for than there are", said.rc == 2, said)


# ---- what counts -------------------------------------------------------------


def probes(ports):
    """One host that asks another on so many ports, once each."""
    src, dst = kit.ipv4("44.128.0.7"), kit.ipv4("192.0.2.5")
    frames = [kit.record(kit.BEGIN_NS + i * 10**8, kit.tcp_frame(src, dst, 40000, 1000 + i))
              for i in range(ports)]
    return kit.PCAP_HEADER + b"".join(frames)


def a_capture_counts_under_one_and_not_the_other(tap):
    with Parties() as p:
        strict = {"set": "strict", "definitions": [
            {"name": "scan.vertical", "version": 2, "method": "scan.vertical",
             "parameters": {"ports": 60}}]}
        p.put("strict.json", json.dumps(strict).encode())
        p.must(A, "new", "--with", f"{B}.policy", "-o", "1")
        p.must(B, "propose", "1", "--with", f"{A}.policy", "--definitions", "strict.json", "-o", "2")
        capture = p.put("c.pcap", probes(40))
        said = p.must(A, "diff", "2", "--on", capture, "--json")
        tap.none("answers meet their schema", complaints("accord.schema.json", said.lines))
        counts = said.of("counts-under")
        tap.ok("40 ports count under 15, not under 60",
               [(c["under"], c["definition"], c["address"], c["counted"], c["threshold"])
                for c in counts] == [("old", "scan.vertical/1", "44.128.0.7", 40, 15)] and
               counts[0].get("other_threshold") == 60 and counts[0]["other_counted"] == 40, counts)
        tap.ok("and are counted", said.of("counts")[0] == {
            "type": "counts", "both": 0, "old_alone": 1, "new_alone": 0})
        text = " ".join(p.must(A, "diff", "2", "--on", capture).out.decode().split())
        tap.ok("in words", "44.128.0.7, scan.vertical/1" in text and
               "counts under the old accord alone" in text and ": 40 of 15); under the new one 40 "
               "of 60" in text, text)
        tap.ok("values that differ are told", "ports is 60 instead of 15" in text, text)
        said = p.must(A, "diff", "2", "--on", p.put("d.pcap", probes(120)), "--json")
        tap.ok("120 ports count under both", said.of("counts")[0]["both"] == 1 and
               said.of("counts-under") == [], said)
        text = " ".join(p.must(A, "diff", "2", "--on", p.put("e.pcap", probes(20))).out.decode()
                        .split())
        tap.ok("and what the other asks for, where it was not near", "(ports of one target that came "
               "to nothing: 20 of 15); the other one has ports 60 instead of 15" in text, text)
        p.must(A, "show", "--rules", "2", "-o", "rules.json")
        found = p.run(A, "analyze", "--json", "--definitions", p.path("rules.json"), capture)
        tap.ok("the accord's definitions are those of analyze", found.rc == 0 and
               found.findings == [], found)


def a_page_to_print(tap):
    with Parties() as p:
        p.agree("--title", "CERT <A> & \"sons\"")
        page = p.must(A, "show", "--html", "4").out.decode()
        check = html.parser.HTMLParser()
        check.feed(page)
        tap.ok("it is one page that fetches nothing", page.startswith("<!DOCTYPE html>") and
               "src=" not in page and "http-equiv=\"Content-Security-Policy\"" in page and
               "@page" in page)
        tap.ok("what others wrote is escaped", "CERT &lt;A&gt; &amp; &quot;sons&quot;" in page and
               "<A>" not in page)
        text = p.must(A, "show", "4").out.decode()
        for words in ("Receipt is not agreement", "scan.vertical/1", "198.51.100.0/24"):
            tap.ok(f"both forms say: {words}", words in page and words in text)
        tap.ok("lines fit 80 columns", all(len(x) <= 80 for x in text.splitlines()))


# ---- hostile files -----------------------------------------------------------


def hostile_files_are_refused_with_a_reason(tap):
    with Parties() as p:
        p.agree()
        good = p.file("4")
        text = good["statements"][0]["note"]

        def change(fn):
            other = copy.deepcopy(good)
            fn(other)
            return json.dumps(other).encode()

        cases = {
            "nothing": (b"", 2), "no JSON": (b"hello", 2), "a list": (b"[]", 2),
            "deep": (b"[" * 100000, 2), "huge": (b" " * (27 << 20), 2),
            "no format": (change(lambda o: o.pop("format")), 2),
            "another format": (change(lambda o: o.update(format="x")), 2),
            "more members": (change(lambda o: o.update(more=1)), 2),
            "a name twice": (b'{"format":"exhibit-handed/v1","format":"exhibit-handed/v1"}', 2),
            "no statements": (change(lambda o: o.update(statements=[])), 2),
            "a statement twice": (change(lambda o: o["statements"].append(o["statements"][0])), 2),
            "65 statements": (change(lambda o: o.update(statements=o["statements"] * 33)), 2),
            "a version missing": (change(lambda o: o["statements"].pop(0)), 2),
            "other spelling": (change(lambda o: o["statements"][0].update(
                note=text.replace('{"body"', '{ "body"'))), 2),
            "a changed word": (change(lambda o: o["statements"][0].update(
                note=text.replace("192.0.2.0/24", "192.0.3.0/24"))), 1),
            "a changed signature": (change(lambda o: o["statements"][1].update(
                note=flip(o["statements"][1]["note"]))), 1),
            "a changed proof": (change(lambda o: o["statements"][1]["logged"][0].update(
                proof=o["statements"][0]["logged"][0]["proof"])), 1),
            "another salt": (change(lambda o: o["statements"][1]["logged"][0].update(
                salt=base64.b64encode(bytes(16)).decode())), 1),
            "another ledger's proof": (change(lambda o: o["statements"][1]["logged"][0].update(
                party=o["statements"][1]["logged"][1]["party"])), 2),
            "a bad entry of keys": (change(lambda o: o.update(keys=[{"entry": "x", "proof": "y"}])), 2),
        }
        for name, (data, status) in cases.items():
            p.put("bad", data)
            said = p.accord(B, "check", "bad")
            tap.ok(f"refused: {name}", said.rc == status and said.out == b"" and
                   said.err.startswith(b"exhibit: bad: ") and not said.crashed(), said)
        with Parties() as q:
            q.agree()
            mixed = copy.deepcopy(good)
            mixed["statements"] += q.file("4")["statements"]
            p.put("bad", json.dumps(mixed).encode())
            said = p.accord(B, "check", "bad")
            tap.ok("refused: two accords in one file", said.rc == 2 and b"accord" in said.err, said)


def say(p, who, statement):
    """A note of this statement with who's real signature, by openssl: whatever it says."""
    text = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    secret = kit.get(p.path(f"home-{who}/key/sign")).decode().strip().split("+", 4)
    seed = base64.b64decode(secret[4])[1:]
    p.put("key.der", bytes.fromhex("302e020100300506032b657004220420") + seed)
    p.put("text", text.encode())
    signed = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey",
                             p.path("key.der"), "-in", p.path("text")], capture_output=True,
                            check=True).stdout
    line = base64.b64encode(bytes.fromhex(secret[3]) + signed).decode()
    return f"{text}\n\u2014 {who} {line}\n"


def file_of(*notes):
    return json.dumps({"format": "exhibit-handed/v1",
                       "statements": [{"note": n} for n in notes]}).encode()


def signed_lies_are_refused_or_shown(tap):
    with Parties() as p:
        p.must(A, "new", "--with", f"{B}.policy", "-o", "1")
        good = p.newest("1")
        p.put("again", file_of(say(p, A, good)))
        tap.ok("openssl's signature is as good as ours", p.accord(
            B, "check", "--json", "--with", f"{A}.policy", "again").lines[0]["parties"][0]["signed"])
        p.put("ahead", file_of(say(p, A, {**good, "time": "2099-01-01T00:00:00Z"})))
        said = p.accord(B, "sign", "--with", f"{A}.policy", "ahead")
        tap.ok("a time that lies ahead is refused", said.rc == 2 and b"ahead by more than a day"
               in said.err, said)
        p.put("other", file_of(say(p, A, {**good, "party": B})))
        said = p.accord(B, "sign", "--with", f"{A}.policy", "other")
        tap.ok("in another's name nothing is said", said.rc == 1, said)
        # The same id with other terms: who signs one is not shown the other.
        terms = copy.deepcopy(good)
        terms["body"]["limits"]["answer_days"] = 1
        p.put("twin", file_of(say(p, A, terms)))
        p.must(B, "sign", "--with", f"{A}.policy", "1", "-o", "2")
        said = p.accord(B, "sign", "--with", f"{A}.policy", "twin")
        tap.ok("a second accord of that id does not replace what is in force",
               said.rc == 2 and b"does not come of" in said.err, said)
        both = p.file("2")
        both["statements"].append({"note": say(p, A, terms)})
        p.put("both", json.dumps(both).encode())
        said = p.accord(B, "check", "both")
        tap.ok("who shows both shows that it was said twice", said.rc == 1 and
               b"said two things under one id" in said.out, said)
        said = p.accord(B, "check", "both", "--json")
        tap.ok("in JSON as well", said.lines[0]["equivocation"] is True)
        tap.ok("and the home is as it was", b"in force, version 1" in p.must(B, "list").out)
        leave = {"type": "exhibit-leave/v1", "id": "ab" * 16, "party": A, "time": good["time"],
                 "body": {"accord": good["body"]["accord"], "because": "of what was said"}}
        both = p.file("2")
        both["statements"].append({"note": say(p, A, leave)})
        p.put("left", json.dumps(both).encode())
        tap.ok("nobody leaves with words of his own", p.accord(B, "sign", "left").rc == 2)
        leave["body"].pop("because")
        leave["party"] = B
        both["statements"][-1]["note"] = say(p, A, leave)
        p.put("left", json.dumps(both).encode())
        tap.ok("nor for another", p.accord(B, "sign", "left").rc == 2)


def cosigned(p, who, key):
    """The witness of this key cosigns who's ledger, and who takes that in."""
    p.put("w.policy", p.run(who, "key", "show", "--policy").out.replace(
        b"quorum none", b"witness w1 " + key.encode() + b"\nquorum w1"))
    p.run(who, "ledger", "ask", "-o", p.path("ask"))
    answer = kit.run("witness", "cosign", p.path("ask"), "--key", p.path("w"), "--state",
                     p.path("state"), "--policy", p.path(f"{who}.policy"))
    p.put("answer", answer.out)
    said = p.run(who, "ledger", "collect", "--policy", p.path("w.policy"), p.path("answer"))
    assert said.rc == 0, f"{answer}\n{said}"


def cosignatures_are_counted(tap):
    with Parties() as p:
        key = p.run(A, "key", "make", "--cosign", "--name", "w.example",
                    p.path("w")).out.decode().strip()
        p.must(A, "new", "--with", f"{B}.policy", "--witness", key, "-o", "1")
        accord = p.newest("1")["body"]["accord"]
        tap.ok("none yet", standing(p, A, accord)[1]["parties"][0]["cosigned"] == 0)
        cosigned(p, A, key)
        state = standing(p, A, accord)[1]["parties"][0]
        tap.ok("its cosignature is counted", state["cosigned"] == 1 and state["witnessed"], state)
        text = " ".join(p.must(A, "show", accord).out.decode().split())
        tap.ok("and told", "cosigned by 1 of 1 witnesses (1 are needed)" in text, text)
        p.must(A, "sign", accord, "-o", "2")
        p.must(B, "sign", "2", "--with", f"{A}.policy", "-o", "3")
        p.must(A, "sign", "3", "-o", "4")
        rc, state = standing(p, A, accord)
        tap.ok("what fewer have cosigned than it asks for does not hold", rc == 1 and
               state["in_force"] and [x["witnessed"] for x in state["parties"]] == [True, False],
               state)
        said = p.accord(A, "check", accord)
        tap.ok("and it is said whose ledger", f"0 of the 1 that are needed are shown to have "
               f"cosigned the ledger of {B}" in words(said), said)
        cosigned(p, B, key)
        p.must(B, "sign", accord, "-o", "5")
        tap.ok("with both it does", standing(p, B, accord)[0] == 0 and
               standing(p, A, "5")[0] == 0)
        p.must(A, "sign", "5", "-o", "6")
        tap.ok("and the better proof is kept", standing(p, A, accord)[0] == 0,
               p.accord(A, "check", accord))
        p.must(A, "sign", "3", "-o", "7")
        tap.ok("for good", standing(p, A, accord)[0] == 0)


def the_doctor_looks_at_statements(tap):
    with Parties() as p:
        p.agree()

        def look():
            said = p.run(A, "doctor", "--json")
            return said.rc, {c["name"]: c for c in said.lines[0]["checks"]}["statements"]

        rc, row = look()
        tap.ok("all are whole", row["health"] == "good" and "2 of 2" in row["text"], row)
        folder = p.path(f"home-{A}/talk/statement")
        name = sorted(os.listdir(folder))[0]
        whole = kit.get(os.path.join(folder, name))
        for what, data in (("cut", whole[:-10]), ("changed", whole.replace(b"192.0.2", b"192.0.3")),
                           ("with another salt", whole.replace(b'"salt":"', b'"salt":"AAAA', 1))):
            with open(os.path.join(folder, name), "wb") as f:
                f.write(data)
            rc, row = look()
            tap.ok(f"one that is {what} is named", rc == 1 and row["health"] == "bad" and
                   name in json.dumps(row), row)
        other = json.loads(whole)
        other["salt"] = base64.b64encode(bytes(16)).decode()
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            json.dump(other, f)
        rc, row = look()
        tap.ok("and one that the ledger does not have", rc == 1 and "does not have it" in
               json.dumps(row), row)


# ---- by other means ----------------------------------------------------------


def openssl_agrees(p, public, text, signature):
    p.put("pub.der", bytes.fromhex("302a300506032b6570032100") + public)
    p.put("message", text)
    p.put("signature", signature)
    done = subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER",
                           "-inkey", p.path("pub.der"), "-in", p.path("message"), "-sigfile",
                           p.path("signature")], capture_output=True, check=False)
    return done.returncode == 0


def signed_by(p, note, keys):
    """Whose signatures of a note hold, by openssl."""
    text, lines = note.rsplit("\n\n", 1)
    good = set()
    for line in lines.splitlines():
        _, name, value = line.split(" ")
        raw = base64.b64decode(value)
        if name in keys and raw[:4].hex() == keys[name][0] and openssl_agrees(
                p, keys[name][1], (text + "\n").encode(), raw[4:]):
            good.add(name)
    return text + "\n", good


def root_of(leaf, index, size, path):
    """RFC 9162, 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf
    for h in path:
        assert sn != 0
        if fn % 2 or fn == sn:
            r = hashlib.sha256(b"\1" + h + r).digest()
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hashlib.sha256(b"\1" + r + h).digest()
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return r


def a_stranger_checks_it_by_the_formats_alone(tap):
    """docs/FORMATS.md, T1 to T3, with Python's hashes and openssl's signatures."""
    with Parties() as p:
        p.agree()
        keys = {}
        for name in p.names:
            line = next(x for x in kit.get(p.path(f"{name}.policy")).decode().splitlines()
                        if x.startswith("log "))
            _, key_id, value = line[4:].split("+", 2)
            keys[name] = (key_id, base64.b64decode(value)[1:])
        newest, held = p.newest("4"), set()
        for item in p.file("4")["statements"]:
            text, good = signed_by(p, item["note"], keys)
            said = json.loads(text)
            again = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            tap.ok("the text is canonical, and its party has signed it",
                   text == again + "\n" and said["party"] in good, good)
            if said != newest:
                continue
            tap.ok("both have signed what is in force", good == {A, B}, good)
            digest = hashlib.sha256(text.encode()).digest()
            for logged in item["logged"]:
                head, path, checkpoint = logged["proof"].split("\n", 2)[0], [], None
                _, rest = logged["proof"].split("\nindex ", 1)
                index, rest = rest.split("\n", 1)
                hashes, checkpoint = rest.split("\n\n", 1) if not rest.startswith("\n") else \
                    ("", rest[1:])
                path = [base64.b64decode(h) for h in hashes.splitlines()]
                body, who = signed_by(p, checkpoint, keys)
                origin, size, root = body.splitlines()[:3]
                hidden = hashlib.sha256(b"\x33" + base64.b64decode(logged["salt"]) + digest).digest()
                entry = b"exhibit-statement/v1\n" + base64.b64encode(hidden) + b"\n"
                leaf = hashlib.sha256(b"\0" + entry).digest()
                if head == "c2sp.org/tlog-proof@v1" and who == {logged["party"]} and \
                        origin == logged["party"] and \
                        root_of(leaf, int(index), int(size), path) == base64.b64decode(root):
                    held.add(origin)
        tap.ok("both ledgers hold it", held == {A, B}, held)


def flip(note):
    """Another byte in the last signature."""
    at = note.rindex(" ") + 20
    return note[:at] + ("A" if note[at] != "A" else "B") + note[at + 1:]


def a_version_that_is_not_signed_by_its_party_is_false(tap):
    with Parties() as p:
        p.agree()
        good = p.file("4")
        first = good["statements"][0]
        kept = [x for x in first["note"].split("\n") if not x.startswith(f"\u2014 {A} ")]
        first["note"] = "\n".join(kept)
        p.put("bad", json.dumps(good).encode())
        said = p.accord(B, "check", "bad")
        tap.ok("it is refused", said.rc in (1, 2) and said.out == b"", said)


def a_party_signs_for_no_other_name(tap):
    with Parties(A, B, C) as p:
        p.must(A, "new", "--with", f"{B}.policy", "-o", "1")
        said = p.accord(C, "sign", "1", "--with", f"{A}.policy", "--with", f"{B}.policy")
        tap.ok("who is no party does not sign", said.rc == 2 and b"no party" in said.err, said)
        # Another home of the same name has another key.
        shutil.rmtree(p.path(f"home-{B}"))
        p.run(B, "init", "--name", B)
        said = p.accord(B, "sign", "1", "--with", f"{A}.policy")
        tap.ok("nor who has another key than is named", said.rc == 2 and b"is not ours" in said.err,
               said)
        tap.ok("with oneself there is no accord",
               p.accord(A, "new", "--with", f"{A}.policy").rc == 2)
        tap.ok("nor without anybody", p.accord(A, "new").rc == 2)


if __name__ == "__main__":
    kit.main([the_doctor_looks_at_statements, a_stranger_checks_it_by_the_formats_alone, two_that_never_met_agree_in_four_files, what_is_written_is_told_in_json,
              fingerprints_by_telephone_do_as_well, a_terminal_is_not_flooded,
              what_comes_next_is_told, what_cannot_be_a_term_is_told,
              terms_that_do_not_go_together_are_remarked,
              templates_are_there_and_cite_their_texts, there_is_no_place_for_speech,
              a_declined_clause_is_inert, nobody_sees_that_there_is_one, amendments_need_all,
              who_proposes_twice_means_what_he_said_last,
              what_is_newer_than_we_have_signed_is_signed_only_by_its_number,
              one_leaves_and_others_go_on,
              who_has_left_is_left_out_and_may_come_back,
              a_proposal_that_names_who_has_left_is_told_as_stuck,
              who_lost_its_key_comes_back_by_a_new_accord, what_was_not_in_force_is_not_left,
              a_third_party_joins_by_amendment,
              keys_change_and_everything_still_checks,
              a_third_party_follows_keys_by_the_files_of_another, contact_points_are_tried,
              witnesses_are_named_and_needed, a_capture_counts_under_one_and_not_the_other,
              a_page_to_print, hostile_files_are_refused_with_a_reason,
              signed_lies_are_refused_or_shown, cosignatures_are_counted,
              a_version_that_is_not_signed_by_its_party_is_false,
              a_party_signs_for_no_other_name] +
             # Some hundred syncs of the disk: a test of its own.
             ([a_flood_of_changes_ends_while_one_can_still_leave] if sys.argv[2:] else []))
