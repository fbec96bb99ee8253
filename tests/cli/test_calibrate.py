#!/usr/bin/env python3
# tests/cli/test_calibrate.py PROGRAM [CLAIM...] - parties judge the same scenarios; nobody
# sees what others say before being bound to what he says.
import hashlib
import json
import os
import pty
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import jsonschema

import kit

A, B, C, D = "cert-a.example", "isp-b.example", "cert-c.example", "other-d.example"
SCENARIOS = os.path.join(kit.ROOT, "examples", "scenarios")
FEW = ("scan-few-ports", "flood-syn", "own-inventory", "ordinary-logins")


def schema(name):
    return jsonschema.Draft202012Validator(
        json.loads(kit.get(os.path.join(kit.ROOT, "docs", "schemas", name))))


def complaints(name, values):
    check = schema(name)
    return [f"{list(e.absolute_path)}: {e.message[:150]}" for v in values
            for e in check.iter_errors(v)]


class Parties(kit.Files):
    """Homes whose parties have an accord in force, and the files that go between them."""

    def __init__(self, *names, few=True):
        super().__init__()
        self.names = names or (A, B)
        for name in self.names:
            self.must(name, "init", "--name", name)
            self.put(f"{name}.policy", self.must(name, "key", "show", "--policy").out)
        self.put("strict.json", self.definitions({"scan.vertical": {"ports": 10},
                                                  "flood.syn": {"packets": 500}}))
        self.folder_of_scenarios(FEW if few else None)
        self.agree()

    def run(self, name, *args, home=None, **more):
        env = kit.environment(EXHIBIT_HOME=self.path(home or f"home-{name}"))
        return kit.run(*args, env=env, cwd=self.folder.name, **more)

    def must(self, name, *args, **more):
        said = self.run(name, *args, **more)
        assert said.rc == 0, f"{name}: {' '.join(args)}: {said}"
        return said

    def calibrate(self, name, *args, **more):
        return self.run(name, "calibrate", *args, **more)

    def did(self, name, *args, **more):
        return self.must(name, "calibrate", *args, **more)

    def definitions(self, parameters):
        d = json.loads(kit.get(os.path.join(kit.ROOT, "definitions", "default.json")))
        for one in d["definitions"]:
            if one["name"] in parameters:
                one["parameters"] = parameters[one["name"]]
        return json.dumps(d).encode()

    def folder_of_scenarios(self, names):
        os.mkdir(self.path("scenarios"))
        every = json.loads(kit.get(os.path.join(SCENARIOS, "scenarios.json")))["scenarios"]
        for s in [s for s in every if names is None or s["id"] in names]:
            shutil.copy(os.path.join(SCENARIOS, s["id"] + ".pcap"), self.path("scenarios"))
        self.put("scenarios/scenarios.json", json.dumps(
            {"scenarios": [s for s in every if names is None or s["id"] in names]}).encode())

    def agree(self):
        """In force among all, as every home knows."""
        first, others = self.names[0], self.names[1:]
        cards = [x for n in others for x in ("--with", f"{n}.policy")]
        self.must(first, "accord", "new", *cards, "-o", "terms")
        for name in [*others, *self.names]:
            trust = [x for n in self.names if n != name for x in ("--with", f"{n}.policy")]
            self.must(name, "accord", "sign", "terms", *trust, "-o", "next")
            os.replace(self.path("next"), self.path("terms"))

    def begin(self, *names):
        names = names or self.names
        withs = [x for n in names[1:] for x in ("--with", n)]
        self.did(names[0], "new", "--accord", "terms", *withs, "--scenarios", "scenarios",
                 "-o", "round")
        for name in names:
            how = ["--definitions", "strict.json"] if name == B else []
            self.did(name, "judge", "round", "--auto", "--scenarios", "scenarios", *how,
                     "-o", f"{name}.judgement")

    def commit(self, name, *files, o="out", **more):
        return self.did(name, "commit", *files, "--judgement", f"{name}.judgement", "-o", o, **more)

    def both_committed(self):
        self.begin()
        self.commit(A, "round", o="a1")
        self.commit(B, "a1", o="b1")

    def file(self, name):
        return json.loads(kit.get(self.path(name)))

    def said(self, name):
        return [json.loads(s["note"].split("\n")[0]) for s in self.file(name)["statements"]]

    def of_type(self, name, kind):
        return [s for s in self.said(name) if s["type"] == f"exhibit-{kind}/v1"]

    def report(self, name, *args, **more):
        said = self.calibrate(name, "report", *args, "--json", **more)
        return said, {x["party"]: x for x in said.lines if x["type"] == "calibration-party"}

    def size(self, name):
        return json.loads(self.run(name, "ledger", "checkpoint", "--json").out)["size"]


# ---- the whole path ----------------------------------------------------------


def two_judge_all_scenarios_that_ship(tap):
    with Parties(few=False) as p:
        p.begin()
        judged = json.loads(kit.get(p.path(f"{A}.judgement")))
        tap.ok("24 scenarios ship", len(judged["judgements"]) == 24, judged)
        tap.ok("judgements are their party's own business",
               os.stat(p.path(f"{A}.judgement")).st_mode & 0o077 == 0)
        tap.none("judgements meet their schema", complaints("judgement.schema.json", [judged]))
        p.commit(A, "round", o="a1")
        p.commit(B, "a1", o="b1")
        bodies = [s["body"] for s in p.of_type("b1", "commitment")]
        tap.ok("a commitment shows nothing of them", len(bodies) == 2 and
               all(set(b) == {"calibration", "commitment"} for b in bodies), bodies)
        p.did(A, "reveal", "b1", "-o", "a2")
        p.did(B, "reveal", "a2", "-o", "b2")
        tap.none("what is signed meets its schema", complaints("calibration.schema.json",
                                                               p.said("b2")))
        tap.none("the file meets its schema", complaints("handed.schema.json", [p.file("b2")]))
        for who, file in ((A, "b2"), (B, "b2")):
            said, parties = p.report(who, file, "--scenarios", "scenarios")
            tap.none(f"{who}: the report meets its schema",
                     complaints("calibrate.schema.json", said.lines))
            tap.ok(f"{who}: both have revealed what they had committed to", said.rc == 0 and
                   {x["state"] for x in parties.values()} == {"revealed"}, said)
            flips = {(x["scenario"], c["definition"], c["parameter"], c["without"], c["with"])
                     for x in said.lines if x["type"] == "calibration-difference"
                     for c in x["changes"]}
            tap.ok(f"{who}: each parameter that makes a difference, with the capture", flips == {
                ("scan-few-ports", "scan.vertical", "ports", 15, 10),
                ("flood-syn", "flood.syn", "packets", 500, 100)}, flips)
            every = {x["kind"]: x for x in said.lines if x["type"] == "calibration-agreement"}
            tap.ok(f"{who}: agreement of all and per kind",
                   every["all"]["scenarios"] == 24 and every["all"]["alike"] == 22 and
                   every["scan"]["alike"] == 3 and every["flood"]["alike"] == 2 and
                   every["own-hosts"]["alike"] == 2, every)
            tap.ok(f"{who}: alpha where it means something, and only there",
                   abs(every["all"]["alpha"] - alpha(said.lines)) < 0.001 and
                   all("alpha" not in every[k] for k in every if k != "all"), every)
        text = " ".join(p.did(A, "report", "b2", "--scenarios", "scenarios").out.decode().split())
        for words in ("It flips with ports of scan.vertical, 10 instead of 15",
                      "22 of 24 judged alike", "no party gets a mark"):
            tap.ok(f"people read: {words}", words in text, text[:3000])
        page = p.did(A, "report", "b2", "--scenarios", "scenarios", "--html").out
        tap.ok("and print", page.startswith(b"<!DOCTYPE html>") and
               b"10 instead of 15" in page and b"<script" not in page, page[:300])


def alpha(lines):
    """Krippendorff's, for two judges and no gaps, by the matrix of coincidences."""
    pairs = [[j["verdict"] for j in x["judgements"]] for x in lines
             if x["type"] == "calibration-scenario"]
    values = [v for pair in pairs for v in pair]
    n = len(values)
    observed = sum(2 for a, b in pairs if a != b) / n
    expected = sum(values.count(v) * (n - values.count(v)) for v in set(values)) / (n * (n - 1))
    return 1 - observed / expected


def three_go_round_twice_and_files_come_in_any_order(tap):
    with Parties(A, B, C) as p:
        p.begin()
        p.commit(A, "round", o="a1")
        p.commit(B, "round", o="b1")
        said = p.calibrate(A, "reveal", "b1", "-o", "x")
        tap.ok("nobody reveals before all have committed", said.rc == 1 and
               f"{C} has not committed".encode() in said.err and not os.path.exists(p.path("x")),
               said)
        p.commit(C, "b1", "a1", o="c1")
        said = p.calibrate(B, "reveal", "c1", "-o", "x")
        tap.ok("nor before the others' ledgers are shown to hold what we committed to",
               said.rc == 1 and b"ledger of cert-a.example holds our commitment" in said.err, said)
        p.did(A, "commit", "c1", "b1", "-o", "a2")
        p.did(B, "commit", "a2", "-o", "b2")
        p.did(A, "reveal", "b2", "-o", "a3")
        p.did(C, "reveal", "b2", "-o", "c3")
        before = p.calibrate(B, "report", "a3", "c3").out
        tap.ok("who has not revealed is shown no judgements",
               b"when we have revealed our own" in before and b"expects" not in before, before)
        tap.ok("in no form", all(not x["judgements"] for x in p.report(B, "a3")[0].of(
            "calibration-scenario")))
        p.did(B, "reveal", "c3", "a3", "round", "-o", "b3")
        reports = [p.report(who, *files)[0] for who, files in
                   ((A, ("b3", "c3", "a1")), (B, ("a1", "b3", "c3")), (C, ("c3", "a1", "b3")))]
        tap.ok("all have the same report", len({r.out for r in reports}) == 1 and
               reports[0].rc == 0, reports)
        again = [p.size(who) for who in (A, B, C)]
        for who in (A, B, C):
            p.did(who, "reveal", "a3", "b3", "c3", "a1", "-o", "x")
        tap.ok("nothing is there twice", again == [p.size(who) for who in (A, B, C)])
        pairs = [x for x in reports[0].lines if x["type"] == "calibration-agreement" and
                 x["kind"] == "all"][0]
        tap.ok("pairs of three are counted", pairs["pairs"] == 12 and pairs["pairs_alike"] == 8 and
               pairs["alike"] == 2, pairs)


def a_stranger_checks_a_reveal_with_sha256(tap):
    with Parties() as p:
        p.both_committed()
        p.did(A, "reveal", "b1", "-o", "a2")
        reveal = p.of_type("a2", "reveal")[0]["body"]
        opening = json.dumps(reveal["opening"], sort_keys=True, separators=(",", ":"),
                             ensure_ascii=False).encode()
        committed = {s["party"]: s["body"]["commitment"] for s in p.of_type("a2", "commitment")}
        tap.ok("the hash of the opening is the commitment",
               hashlib.sha256(opening).hexdigest() == committed[A], committed)
        tap.ok("and it names round and party", reveal["opening"]["party"] == A and
               reveal["opening"]["round"] == hashlib.sha256(
                   (p.file("a2")["statements"][0]["note"].split("\n")[0] + "\n").encode()
               ).hexdigest(), reveal["opening"]["round"])


# ---- who does otherwise ------------------------------------------------------


def who_is_late_or_no_party_is_out(tap):
    with Parties(A, B, C) as p:
        p.begin(A, B)
        said = p.calibrate(C, "commit", "round", "--judgement", f"{A}.judgement", "-o", "x")
        tap.ok("a party of the accord that is not of the round", said.rc == 2 and
               b"cert-c.example is no party of this round" in said.err, said)
        p.run(D, "init", "--name", D)
        said = p.calibrate(D, "commit", "round", "--judgement", f"{A}.judgement", "-o", "x")
        tap.ok("nobody of the accord", said.rc == 2 and not os.path.exists(p.path("x")), said)
        tap.ok("a round needs an accord that is there",
               p.calibrate(D, "new", "--accord", "terms", "--with", A, "--scenarios", "scenarios",
                           "-o", "x").rc == 2)
        tap.ok("and others of it", p.calibrate(A, "new", "--accord", "terms", "--with", D,
                                               "--scenarios", "scenarios", "-o", "x").rc == 2)


def altered_captures_are_refused(tap):
    with Parties() as p:
        p.begin()
        capture = kit.get(p.path("scenarios/flood-syn.pcap"))
        p.put("scenarios/flood-syn.pcap", capture[:-1] + bytes([capture[-1] ^ 1]))
        said = p.calibrate(A, "judge", "round", "--auto", "--scenarios", "scenarios", "-o", "x")
        tap.ok("by judge", said.rc == 2 and b"flood-syn.pcap" in said.err and
               b"not the capture of this round" in said.err, said)
        p.commit(A, "round", o="a1")
        p.commit(B, "a1", o="b1")
        p.did(A, "reveal", "b1", "-o", "a2")
        p.did(B, "reveal", "a2", "-o", "b2")
        said = p.calibrate(A, "report", "b2", "--scenarios", "scenarios")
        tap.ok("by report", said.rc == 2 and said.out == b"" and
               b"not the capture of this round" in said.err, said)


def a_second_commitment_is_kept_and_shown(tap):
    with Parties(A, B, C) as p:
        p.begin()
        shutil.copytree(p.path(f"home-{B}"), p.path("twin"))
        p.commit(A, "round", o="a1")
        p.commit(B, "a1", o="b1")
        shutil.copy(p.path(f"{A}.judgement"), p.path("other"))
        said = p.calibrate(B, "commit", "b1", "--judgement", "other", "-o", "x")
        tap.ok("what one has committed to is not changed", said.rc == 1 and
               b"a commitment is not changed" in said.err and not os.path.exists(p.path("x")), said)
        p.did(B, "commit", "a1", "--judgement", "other", "-o", "b1-too", home="twin")
        p.commit(C, "b1", o="c1")
        said = p.calibrate(C, "commit", "b1-too", "-o", "c2")
        tap.ok("both are taken in", said.rc == 0, said)
        said, parties = p.report(A, "c2")
        tap.ok("and shown", said.rc == 1 and "other_commitment" in parties[B] and
               parties[B]["commitment"] != parties[B]["other_commitment"] and
               "other_commitment" not in parties[A], said)
        said = p.calibrate(A, "reveal", "c2", "-o", "x")
        tap.ok("nothing is revealed to it", said.rc == 1 and
               b"isp-b.example has committed to two things" in said.err and
               not os.path.exists(p.path("x")), said)
        text = p.calibrate(C, "report", "c1").out
        tap.ok("people read it", b"two different things" in b" ".join(text.split()), text)


def silence_after_seeing_is_shown(tap):
    with Parties() as p:
        p.both_committed()
        p.did(A, "reveal", "b1", "-o", "a2")
        p.did(B, "commit", "a2", "-o", "b2")
        said, parties = p.report(A, "b1")
        tap.ok("not yet is no accusation", said.rc == 2 and parties[B]["state"] == "committed" and
               parties[B]["others_reveal_in_its_ledger"] is False, said)
        said, parties = p.report(A, "b2")
        revealed = p.of_type("a2", "reveal")[0]["time"]
        tap.ok("that its ledger holds what others revealed is", said.rc == 1 and
               parties[B]["others_reveal_in_its_ledger"] is True and
               parties[B]["withheld_since"][:19] == revealed[:19], said)
        text = b" ".join(p.calibrate(A, "report", "b2").out.split())
        tap.ok("people read since when", b"has committed, and not revealed; others' judgements "
               b"have been out since" in text and b"its own ledger holds them" in text, text)
        said, parties = p.report(B, "b2")
        tap.ok("to itself it is what is left to do", said.rc == 2 and
               parties[B]["others_reveal_in_its_ledger"] is True, said)
        said = p.calibrate(B, "reveal", "a2", "-o", "b3")
        tap.ok("it can still reveal", said.rc == 0 and p.report(A, "b3")[0].rc == 0, said)


def what_is_lost_is_not_revealed_as_something_else(tap):
    with Parties() as p:
        p.both_committed()
        for name in os.listdir(p.path(f"home-{A}/talk/file")):
            at = p.path(f"home-{A}/talk/file/{name}")
            if b"calibration-opening" in kit.get(at):
                os.chmod(at, 0o600)
                p.put(at, kit.get(at).replace(b"does-not-count", b"counts", 1))
        said = p.calibrate(A, "reveal", "b1", "-o", "x")
        tap.ok("a changed opening is not signed", said.rc in (1, 2) and
               b"changed" in said.err and not os.path.exists(p.path("x")), said)


def a_stop_at_any_point_is_made_good(tap):
    """The machine stopped before the home knew what its ledger has: said again, it is there
    once."""
    with Parties() as p:
        p.begin()
        p.commit(A, "round", o="a1")
        size = p.size(A)
        folder = p.path(f"home-{A}/talk/statement")
        for name in os.listdir(folder):
            kept = json.loads(kit.get(os.path.join(folder, name)))
            if "exhibit-commitment/v1" in kept["note"]:
                del kept["index"]
                os.chmod(os.path.join(folder, name), 0o600)
                with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                    json.dump(kept, f)
        p.did(A, "commit", "round", "--judgement", f"{A}.judgement", "-o", "a2")
        tap.ok("a commitment is finished, not repeated", p.size(A) == size and
               len(p.of_type("a2", "commitment")) == 1, p.size(A))
        p.commit(B, "a2", o="b1")
        p.did(A, "reveal", "b1", "-o", "a3")
        size = p.size(A)
        p.did(A, "reveal", "b1", "-o", "a3")
        p.did(B, "reveal", "a3", "-o", "b3")
        tap.ok("a reveal is said once", p.size(A) == size and p.report(A, "b3")[0].rc == 0)
        said = p.calibrate(A, "report", p.said("b3")[0]["id"][:6])
        tap.ok("and the home knows the round by its id", said.rc == 0, said)


def files_that_lie_are_refused(tap):
    with Parties() as p:
        p.both_committed()
        text = kit.get(p.path("b1"))
        lies = {
            "another's commitment": text.replace(
                p.of_type("b1", "commitment")[0]["body"]["commitment"].encode(),
                p.of_type("b1", "commitment")[1]["body"]["commitment"].encode()),
            "another capture": text.replace(
                p.said("b1")[0]["body"]["scenarios"][0]["capture"].encode(), b"0" * 64),
            "a kind that is none": text.replace(b'\\"kind\\":\\"scan\\"', b'\\"kind\\":\\"talk\\"'),
            "no JSON": text[:-9],
            "nothing": b"",
        }
        size = p.size(A)
        for what, lie in lies.items():
            p.put("lie", lie)
            said = p.calibrate(A, "reveal", "lie", "-o", "x")
            tap.ok(f"{what}", lie != text and said.rc in (1, 2) and not said.crashed() and
                   not os.path.exists(p.path("x")), said)
        tap.ok("nothing of them is kept", p.size(A) == size)
        p.begin()
        shutil.copy(p.path("round"), p.path("second"))
        said = p.calibrate(A, "commit", "b1", "second", "-o", "x")
        tap.ok("two rounds at once", said.rc == 2 and b"two rounds" in said.err, said)


def judgements_are_read_strictly(tap):
    with Parties() as p:
        p.begin()
        good = [f"{s}\tcounts\tacted" for s in FEW]
        p.put("t", "\n".join(["# ours", *good, ""]).encode())
        p.did(A, "judge", "round", "--from", "t", "-o", "j")
        tap.ok("lines are taken, in any order", [j["verdict"] for j in json.loads(kit.get(
            p.path("j")))["judgements"]] == ["counts"] * 4)
        good[1] = good[1].replace("counts", "needs:permission").replace("acted", "disputed")
        p.put("t", "\r\n".join(reversed(good)).encode())
        p.did(A, "judge", "round", "--from", "t", "-o", "j")
        tap.ok("with what is needed", [j["scenario"] for j in json.loads(kit.get(p.path(
            "j")))["judgements"] if j["verdict"] == "needs:permission"] == [FEW[1]])
        for what, lines in {
                "one is missing": good[1:], "one twice": good + good[:1],
                "no such scenario": ["talk\tcounts\tacted", *good[1:]],
                "a verdict of one's own": [good[0].replace("counts", "is-a-lie"), *good[1:]],
                "needs, but what": [good[0].replace("counts", "needs"), *good[1:]],
                "an answer of one's own": [good[0].replace("acted", "apology"), *good[1:]],
                "a remark": [good[0] + "\tthey said so", *good[1:]]}.items():
            p.put("t", "\n".join(lines).encode())
            said = p.calibrate(A, "judge", "round", "--from", "t", "-o", "x")
            tap.ok(f"refused: {what}", said.rc == 2 and not os.path.exists(p.path("x")), said)
        other = json.loads(kit.get(p.path("j")))
        other["calibration"] = "0" * 32
        p.put("other", json.dumps(other).encode())
        said = p.calibrate(A, "commit", "round", "--judgement", "other", "-o", "x")
        tap.ok("refused: of another round", said.rc in (1, 2) and b"another round" in said.err, said)


def at_a_terminal_it_asks(tap):
    with Parties() as p:
        p.begin()
        parent, child = pty.openpty()
        os.write(parent, b"perhaps\nneeds:operator\napology\ndisputed\n" + b"\n" * 6)
        env = kit.environment(EXHIBIT_HOME=p.path(f"home-{A}"))
        done = subprocess.run([kit.exhibit(), "calibrate", "judge", "round", "--scenarios",
                               "scenarios", "-o", "j"], stdin=child, capture_output=True, env=env,
                              cwd=p.folder.name, timeout=60, check=False)
        os.close(parent)
        os.close(child)
        said = json.loads(kit.get(p.path("j")))["judgements"] if done.returncode == 0 else []
        tap.ok("what is typed is taken, an empty line takes what is proposed",
               [(j["verdict"], j["answer"]) for j in said] == [
                   ("needs:operator", "disputed"), ("counts", "acted"), ("counts", "acted"),
                   ("does-not-count", "no-notice")], (said, done))
        tap.ok("each scenario is told, and the words that there are",
               b"asks twelve well-known TCP ports" in done.stderr and b"needs:permission" in
               done.stderr and b"not-on-our-network" in done.stderr, done.stderr)
        done = p.calibrate(A, "judge", "round", "-o", "x")
        tap.ok("without one it does not", done.rc == 2 and b"no terminal" in done.err, done)


if __name__ == "__main__":
    kit.main([two_judge_all_scenarios_that_ship, three_go_round_twice_and_files_come_in_any_order,
              a_stranger_checks_a_reveal_with_sha256, who_is_late_or_no_party_is_out,
              altered_captures_are_refused, a_second_commitment_is_kept_and_shown,
              silence_after_seeing_is_shown, what_is_lost_is_not_revealed_as_something_else,
              a_stop_at_any_point_is_made_good, files_that_lie_are_refused, judgements_are_read_strictly, at_a_terminal_it_asks])
