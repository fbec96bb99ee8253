#!/usr/bin/env python3
# tests/cli/test_case.py PROGRAM [CLAIM...] - one party gives notice, the other answers; files
# come late, twice and in any order, machines stop, and one of them lies.
import base64
import copy
import hashlib
import html.parser
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit
from test_accord import (A, B, C, Parties, complaints, flip, openssl_agrees, root_of, say,
                         signed_by)

REMOTE = "198.51.100.7"


def sweep(port=23, begin_ns=kit.BEGIN_NS):
    return kit.pcap([kit.record(begin_ns + i * 10**8, kit.tcp_frame(
        kit.ipv4(REMOTE), kit.ipv4(f"192.0.2.{i + 1}"), 40000 + i, port)) for i in range(40)])


class Talk(Parties):
    """A has sealed a scan and cut an exhibit of it; both know each other's keys, or have an
    accord."""

    def __init__(self, *names, accord=False):
        super().__init__(*(names or (A, B)))
        if accord:
            self.agree(*(accord if isinstance(accord, (list, tuple)) else ()))
        self.with_b = [] if accord else ["--with", f"{B}.policy"]
        self.with_a = [] if accord else ["--with", f"{A}.policy"]
        self.cut("case.exhibit", sweep())

    def cut(self, name, capture, who=A):
        self.put("x.pcap", capture)
        found = self.run(who, "analyze", "--seal", "-q", "--json", "--local", "192.0.2.0/24",
                         self.path("x.pcap")).findings
        said = self.run(who, "cut", "-o", self.path(name), found[0]["id"])
        assert said.rc == 0, said

    def case(self, who, *args, rc=0):
        said = self.run(who, "case", *args)
        assert rc is None or said.rc == rc, f"{who}: case {' '.join(args)}: {said}"
        return said

    def answer(self, who, *args, rc=0):
        said = self.run(who, "answer", *args)
        assert rc is None or said.rc == rc, f"{who}: answer {' '.join(args)}: {said}"
        return said

    def new(self, *args, out="x.case"):
        self.case(A, "new", "--to", B, "--exhibit", "case.exhibit", *self.with_b, "-o", out, *args)
        return self.said(out)["id"]

    def receive(self, who, name, rc=0, **more):
        return self.case(who, "receive", name, *(self.with_a if who == B else []), rc=rc, **more)

    def list(self, who, *args):
        return self.case(who, "list", "--json", *args).lines

    def one(self, who, *args):
        """The only case of a home, in full."""
        cases = self.list(who)
        assert len(cases) == 1, cases
        return self.case(who, "show", "--json", cases[0]["case"], *args).lines[0]

    def words(self, who, verb, *args):
        return " ".join(self.case(who, verb, *args).out.decode().split())

    def kept(self, who):
        return sorted(os.listdir(self.path(f"home-{who}/talk/statement")))


def bodies(case):
    return [s["body"] for s in case["statements"]]


# ---- the whole path ----------------------------------------------------------


def two_that_never_met_talk(tap):
    with Talk() as p:
        said = p.run(A, "case", "new", "--to", B, "--exhibit", "case.exhibit")
        tap.ok("nobody is told whose answer could not be checked", said.rc == 2 and
               b"knows no key" in said.err, said)
        case = p.new("--request", "identify,preserve", "--set", "reference=A-1", "--note", "Please.")
        tap.ok("in the order of the list", p.said("x.case")["body"]["request"] ==
               ["preserve", "identify"])
        said = p.run(B, "case", "receive", "x.case")
        finger = json.loads(p.run(A, "key", "show", "--json").out)["fingerprint"]
        tap.ok("a key that only the file vouches for is told, not believed", said.rc == 2 and
               finger.encode() in said.err and not os.path.exists(
                   p.path(f"home-{B}/talk/statement")), said)
        said = p.receive(B, "x.case")
        text = " ".join(said.out.decode().split())
        for words in (f"notice of {A} to {B}", "came in, not acknowledged", "We owe a receipt until",
                      f"seems to come from {REMOTE}", "1 of 1 claim holds", "claim 1 holds"):
            tap.ok(f"what came in is told: {words}", words in text, text)
        one = p.one(B)
        verdict = one["exhibits"][0]["at_receipt"]
        tap.ok("the exhibit was verified when it came", verdict["exit_status"] == 0 and
               verdict["claims"][0]["holds"] and verdict["grade"] == "after-the-fact", verdict)
        tap.ok("as verify says it", json.loads(p.run(
            B, "verify", "--json", "case.exhibit", "--policy", f"{A}.policy").out)["conclusion"] ==
               verdict["conclusion"])
        tap.ok("who sent it is told so, too", "owes a receipt until" in p.words(A, "list"))
        p.case(B, "enclosed", case[:8], "-o", "got")
        tap.ok("the exhibit can be had, as it was sent", kit.get(p.path("got/case.exhibit")) ==
               kit.get(p.path("case.exhibit")))
        tap.ok("and is not written over", p.case(B, "enclosed", case[:8], "-o", "got",
                                                 rc=2).err != b"")
        p.case(B, "ack", case[:8], "-o", "x.receipt")
        p.receive(A, "x.receipt")
        tap.ok("acknowledged", p.one(A)["state"] == p.one(B)["state"] == "received")
        said = p.answer(B, case[:8], "--disputed", "forged-source", "--note", "Not from here.", "-o",
                        "x.answer")
        p.receive(A, "x.answer")
        for who in (A, B):
            one = p.one(who)
            tap.ok(f"{who}: answered, nothing is owed", one["state"] == "answered" and
                   "owes" not in one, one)
            tap.ok(f"{who}: of what was seen it says nothing, of whence it came it disagrees",
                   (one["answer"]["observation"], one["answer"]["attribution"]) ==
                   ("not-said", "disagree"), one["answer"])
            held = [sorted(s["ledgers"]) for s in one["statements"]]
            tap.ok(f"{who}: what came from the other side is in both ledgers", held == (
                [[A, B]] * 3 if who == A else [[A, B], [B], [B]]), held)
            tap.ok(f"{who}: three statements, in order", [s["type"] for s in one["statements"]] == [
                "exhibit-notice/v1", "exhibit-receipt/v1", "exhibit-answer/v1"])
        tap.ok("the accuser's home shows that the accused had it", p.one(A)["statements"][0][
            "ledgers"] == [A, B])
        p.case(A, "withdraw", case[:8], "--reason", "wrong", "-o", "x.back")
        p.receive(B, "x.back")
        tap.ok("taken back", p.one(B)["state"] == "withdrawn" and
               "the notice was wrong" in p.words(B, "list"))
        for name in ("x.case", "x.receipt", "x.answer", "x.back"):
            tap.none(f"{name} meets its schema", complaints("handed.schema.json", [p.file(name)]))
            tap.none(f"{name}: statements meet theirs", complaints("case.schema.json", [
                json.loads(s["note"].split("\n")[0]) for s in p.file(name)["statements"]]))
        ledger = p.ledger(B)
        tap.ok("the ledger shows nothing of it", A.encode() not in ledger and
               case.encode() not in ledger and b"notice" not in ledger)
        for who in (A, B):
            tap.ok(f"{who}: doctor finds all whole", p.run(who, "doctor").rc == 0)


def every_answer_can_be_given(tap):
    with Talk() as p:
        case = p.new("--request", "stop")[:8]
        p.receive(B, "x.case")
        for args, state, opinions in (
                (["--investigating"], "open", ("not-said", "not-said")),
                (["--forwarded", "a customer"], "open", ("not-said", "not-said")),
                (["--confirmed"], "open", ("agree", "not-said")),
                (["--confirmed", "--attribution", "disagree"], "open", ("agree", "disagree")),
                (["--acted", "--preserved-until", "2027-01-31"], "answered",
                 ("not-said", "not-said")),
                (["--disputed", "staged,not-ours"], "answered", ("disagree", "disagree")),
                (["--disputed", "relay", "--observation", "agree"], "answered",
                 ("agree", "not-said")),
                (["--declined", "privacy"], "answered", ("not-said", "not-said")),
                (["--not-on-our-network"], "answered", ("not-said", "disagree")),
                (["--past-retention"], "answered", ("cannot-tell", "cannot-tell")),
                (["--cannot-say"], "answered", ("cannot-tell", "cannot-tell"))):
            p.answer(B, case, *args, "-o", "x.answer")
            p.receive(A, "x.answer")
            one = p.one(A)
            answer = one["answer"]
            tap.ok(f"{' '.join(args)}: {state}", one["state"] == state and
                   (answer["observation"], answer["attribution"]) == opinions and
                   f"--{answer['answer']}" == args[0], one)
        tap.ok("all stay on record", len(p.one(A)["statements"]) == 12)
        for args, why in ((["--disputed", "it-was-satire"], b"no denial"),
                          (["--declined", "dislike"], b"political-offence"),
                          (["--confirmed", "--observation", "disagree"], b"contradicts"),
                          (["--not-on-our-network", "--attribution", "agree"], b"contradicts"),
                          (["--cannot-say", "--acted"], b"one of"), ([], b"one of"),
                          (["--acted", "--preserved-until", "soon"], b"not a time"),
                          (["--acted", "--note", "\u202e"], b"note")):
            said = p.answer(B, case, *args, rc=2)
            tap.ok(f"not said: {' '.join(args)}", why in said.err and said.out == b"", said)
        tap.ok("nor to a case of our own", b"not for us" in p.answer(A, case, "--acted", rc=2).err)
        tap.ok("and none was made by that", len(p.kept(B)) == 12)
        p.answer(B, case, "--received", "-o", "x.receipt")
        p.receive(A, "x.receipt")
        tap.ok("a receipt may come last", p.one(A)["state"] == "answered" and
               p.one(A)["statements"][-1]["type"] == "exhibit-receipt/v1")


def the_accord_says_until_when_and_on_which_grounds(tap):
    with Talk(accord=["--set", "receipt_hours=12", "--set", "urgent_hours=3", "--set",
                      "answer_days=5", "--set", "denials=relay,forged-source", "--set",
                      "grounds=privacy", "--set", "tlp=GREEN"]) as p:
        case = p.new()
        body, begin = p.said("x.case")["body"], p.said("x.case")["time"]
        tap.ok("its version is named", body["accord"]["id"] == p.newest("4")["body"]["accord"] and
               body["tlp"] == "GREEN", body)

        def hours(name, of=None):
            t = [time.mktime(time.strptime(x, "%Y-%m-%dT%H:%M:%SZ"))
                 for x in ((of or body)["due"][name], begin)]
            return (t[0] - t[1]) / 3600

        tap.ok("its limits", (hours("receipt"), hours("answer"), hours("final")) == (12, 120, 720))
        said = p.receive(B, "x.case")
        tap.ok("no key is asked for", said.rc == 0)
        for args in (["--disputed", "staged"], ["--declined", "sovereignty"]):
            said = p.answer(B, case[:8], *args, rc=2)
            tap.ok(f"{args[1]} is no ground here", b"does not have it as a ground" in said.err, said)
        p.answer(B, case[:8], "--declined", "privacy", "-o", "x.answer")
        p.receive(A, "x.answer")
        tap.ok("privacy is", p.one(A)["answer"]["ground"] == "privacy")
        p.case(A, "new", "--to", B, "--exhibit", "case.exhibit", "--lane", "leaders", "-o", "u.case")
        begin, urgent = p.said("u.case")["time"], p.said("u.case")["body"]
        tap.ok("the lane of leaders is faster", hours("answer", urgent) == 3 and
               hours("receipt", urgent) == 3, urgent["due"])
        p.receive(B, "u.case")
        accord = p.newest("4")["body"]["accord"]
        p.must(A, "leave", accord, "-o", "5")
        p.must(B, "sign", "5", "-o", "6")
        p.answer(B, urgent["case"][:8], "--cannot-say", "-o", "u.answer")
        p.receive(A, "u.answer")
        tap.ok("a case goes on when its accord has ended", [
            c["state"] for c in p.list(A)] == ["answered", "answered"])


def silence_is_called_silence(tap):
    with Talk() as p:
        case = p.new()[:8]
        p.receive(B, "x.case")
        due = p.said("x.case")["body"]["due"]
        tap.ok("not before its time",
               p.list(A, "--at", due["receipt"])[0]["owes"]["overdue"] is False)
        later = p.list(A, "--at", "2099-01-01")[0]["owes"]
        tap.ok("No receipt reached us", later["overdue"] and
               later["text"].startswith("No receipt reached us; it was due by "), later)
        tap.ok("and no more is said by that", "No receipt reached us" in p.words(
            A, "list", "--at", "2099-01-01"))
        tap.ok("the accused sees what it owes", p.list(B, "--at", "2099-01-01")[0]["owes"][
            "text"].startswith("We owe a receipt since "))
        p.case(B, "ack", case, "-o", "x.receipt")
        p.receive(A, "x.receipt")
        tap.ok("No answer reached us", p.list(A, "--at", "2099-01-01")[0]["owes"][
            "text"].startswith("No answer reached us; it was due by "))
        p.answer(B, case, "--investigating", "-o", "x.answer")
        p.receive(A, "x.answer")
        tap.ok("No final answer reached us", p.list(A, "--at", "2099-01-01")[0]["owes"][
            "text"].startswith("No final answer reached us; it was due by "))
        tap.ok("a time has to be one", p.case(A, "list", "--at", "soon", rc=2).out == b"")


# ---- late, twice, in any order, after a stop ------------------------------------


def any_order_and_repetition_give_one_case(tap):
    with Talk() as p:
        case = p.new()[:8]
        p.receive(B, "x.case")
        files = ["x.case"]
        for i, args in enumerate((["--received"], ["--investigating"], ["--acted", "--note", "a"])):
            p.answer(B, case, *args, "-o", f"f{i}")
            # Each file alone, without what the one before had.
            only = p.file(f"f{i}")
            only["statements"] = [s for s in only["statements"] if json.loads(
                s["note"].split("\n")[0])["body"]["number"] == i + 1 and f"\u2014 {B} " in s["note"]]
            p.put(f"f{i}", json.dumps(only).encode())
            files.append(f"f{i}")
        shutil.copytree(p.path(f"home-{A}"), p.path("fresh"))
        seen, size = set(), p.size(A)
        for order in itertools.permutations(files[1:]):
            shutil.rmtree(p.path(f"home-{A}"))
            shutil.copytree(p.path("fresh"), p.path(f"home-{A}"))
            for name in order + order[:2]:
                p.receive(A, name)
            one = p.one(A)
            seen.add(json.dumps([one["state"], [s["hash"] for s in one["statements"]],
                                 one["answer"], one["missing"]], sort_keys=True))
            tap.ok(f"{order}: the ledger has each once", p.size(A) == size + 3, p.size(A))
        tap.ok("every order gives the same case", len(seen) == 1, seen)
        shutil.rmtree(p.path(f"home-{A}"))
        shutil.copytree(p.path("fresh"), p.path(f"home-{A}"))
        p.receive(A, "f2")
        one = p.one(A)
        tap.ok("what has not come is known", one["missing"] == {"accuser": 0, "accused": 2} and
               "2 statements of isp-b.example, by its own count, have not reached us" in
               p.words(A, "show", case), one)
        for name in files * 2:
            p.receive(A, name)
        size = p.size(A)
        p.case(A, "new", "--to", B, "--exhibit", "case.exhibit", "-o", "again")
        p.answer(B, case, "--acted", "--note", "a", "-o", "again-b")
        p.case(B, "ack", case, "-o", "again-c")
        tap.ok("what was said is not said twice", p.size(A) == size and len(p.list(A)) == 1 and
               len(p.one(B)["statements"]) == 4)


def a_stop_anywhere_loses_and_doubles_nothing(tap):
    """Killed at ever later moments, then done again."""
    with Talk() as p:
        case = p.new()[:8]
        work = {"receive": (B, ["case", "receive", "x.case", "--with", f"{A}.policy"]),
                "ack": (B, ["case", "ack", case, "-o", "x.receipt"]),
                "answer": (B, ["answer", case, "--acted", "--note", "done", "-o", "x.answer"]),
                "taking the answer in": (A, ["case", "receive", "x.answer"])}
        for name, (who, args) in work.items():
            env = kit.environment(EXHIBIT_HOME=p.path(f"home-{who}"))
            begin = time.monotonic()
            shutil.copytree(p.path(f"home-{who}"), p.path("before"))
            tap.ok(f"{name}: works", p.run(who, *args).rc == 0)
            span = time.monotonic() - begin
            count = len(p.kept(who))
            shutil.copytree(p.path(f"home-{who}"), p.path("after"))
            stopped = bad = 0
            for _ in range(60):
                if stopped == 9:
                    break
                shutil.rmtree(p.path(f"home-{who}"))
                shutil.copytree(p.path("before"), p.path(f"home-{who}"))
                begin = time.monotonic()
                run = subprocess.Popen([kit.exhibit(), *args], env=env, cwd=p.folder.name,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                try:
                    run.wait(timeout=span * (stopped + 1) / 10)
                    # It was done before: a busy machine had made the first one slow.
                    span = min(span * 0.9, time.monotonic() - begin)
                except subprocess.TimeoutExpired:
                    run.send_signal(signal.SIGKILL)
                    run.wait()
                    stopped += 1
                again = p.run(who, *args)
                one = p.one(who)
                numbers = [(s["party"], s["body"]["number"]) for s in one["statements"]]
                whole = all(who in s["ledgers"] for s in one["statements"])
                if again.rc != 0 or len(p.kept(who)) != count or len(set(numbers)) != len(
                        numbers) or not whole or p.run(who, "ledger", "audit").rc != 0:
                    bad += 1
                    print(f"# {stopped}: {again}, {numbers}, {whole}")
            tap.ok(f"{name}: whole after each of {stopped} stops", bad == 0 and stopped == 9)
            shutil.rmtree(p.path(f"home-{who}"))
            os.rename(p.path("after"), p.path(f"home-{who}"))
            shutil.rmtree(p.path("before"))
        tap.ok("and it is answered", p.one(A)["state"] == "answered")


def keys_change_in_the_middle(tap):
    with Talk() as p:
        case = p.new()[:8]
        p.receive(B, "x.case")
        p.case(B, "ack", case, "-o", "x.receipt")
        p.receive(A, "x.receipt")
        for who in (A, B):
            said = p.run(who, "key", "rotate")
            assert said.rc == 0, said
        p.answer(B, case, "--acted", "-o", "x.answer")
        said = p.receive(A, "x.answer")
        tap.ok("the key that was promised signs on", said.rc == 0 and
               p.one(A)["state"] == "answered", said)
        p.case(A, "withdraw", case, "--reason", "settled", "-o", "x.back")
        tap.ok("on both sides", p.receive(B, "x.back").rc == 0 and
               p.one(B)["state"] == "withdrawn")
        tap.ok("exhibits of before still hold", p.case(B, "show", case, "--verify").rc == 0)


# ---- liars ----------------------------------------------------------------------


def shown(p, who, note):
    """A note with a proof that its party's ledger has it: a ledger of its own making."""
    digest = hashlib.sha256(note.split("\n\n")[0].encode() + b"\n").digest()
    salt = bytes(16)
    entry = b"exhibit-statement/v1\n" + base64.b64encode(
        hashlib.sha256(b"\x33" + salt + digest).digest()) + b"\n"
    root = hashlib.sha256(b"\0" + entry).digest()
    secret = kit.get(p.path(f"home-{who}/key/sign")).decode().strip().split("+", 4)
    seed = base64.b64decode(secret[4])[1:]
    text = f"{who}\n1\n{base64.b64encode(root).decode()}\n"
    p.put("key.der", bytes.fromhex("302e020100300506032b657004220420") + seed)
    p.put("text", text.encode())
    signed = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey",
                             p.path("key.der"), "-in", p.path("text")], capture_output=True,
                            check=True).stdout
    line = base64.b64encode(bytes.fromhex(secret[3]) + signed).decode()
    proof = f"c2sp.org/tlog-proof@v1\nindex 0\n\n{text}\n\u2014 {who} {line}\n"
    return {"note": note, "logged": [{"party": who, "salt": base64.b64encode(salt).decode(),
                                      "proof": proof}]}


def lie(p, who, statement):
    return shown(p, who, say(p, who, statement))


def lies_with_a_good_key_are_refused_with_a_reason(tap):
    with Talk(A, B, C) as p:
        p.new()
        good, notice = p.file("x.case"), p.said("x.case")

        def file(*items, **more):
            return json.dumps({**good, "statements": list(items), **more}).encode()

        p.put("own", file(lie(p, A, notice)))
        said = p.receive(B, "own", rc=None)
        tap.ok("the way of lying works: the truth is taken in", said.rc == 0, said)
        shutil.rmtree(p.path(f"home-{B}/talk"))
        size = p.size(B)

        def change(**body):
            return {**notice, "body": {**notice["body"], **body}}

        late = "2099-01-01T00:00:00Z"
        claims = copy.deepcopy(notice["body"]["claims"])
        claims[0]["remotes"] = ["198.51.100.9"]
        receipt = {"type": "exhibit-receipt/v1", "id": "ab" * 16, "party": A,
                   "time": notice["time"], "previous": "0" * 64,
                   "body": {"case": notice["id"], "number": 2}}
        cases = {
            "a time that lies ahead": ({**notice, "time": late}, 2, b"ahead by more than a day"),
            "to somebody else": (change(to=C), 2, b"not for this one"),
            "to oneself": (change(to=A), 2, b"to"),
            "another case's id": (change(case="cd" * 16), 2, b"begins its case"),
            "own time limits": (change(due={**notice["body"]["due"],
                                            "answer": notice["body"]["due"]["receipt"]}), 1, b"due"),
            "an accord that is none": (change(accord={"id": "ab" * 16, "version": "ab" * 32}), 2,
                                       b"accord"),
            "claims that the exhibit does not make": (change(claims=claims), 1, b"claims"),
            "more claims": (change(claims=claims + [{**claims[0], "claim": 2}]), 1, b"claims"),
            "speech as an act": (change(claims=[{**claims[0], "definition": "speech.insult/1"}]), 2,
                                 b"definition"),
            "a request of its own": (change(request=["apologise"]), 2, b"request"),
            "requests out of order": (change(request=["stop", "preserve"]), 2, b"request"),
            "another key": (change(**{"from": {"key": kit.get(p.path(
                f"{C}.policy")).decode().split("log ")[1].split("\n")[0]}}), 2, b"from"),
            "a member of its own": (change(opinion="bad"), 2, b"not known"),
            "a number that is not the first": (change(number=2), 2, b"begins its case"),
            "an enclosure that is not there": (change(enclosed=[
                {**notice["body"]["enclosed"][0], "sha256": "ab" * 32}]), 2, b"enclosed"),
            "another size": (change(enclosed=[
                {**notice["body"]["enclosed"][0], "bytes": 5}]), 1, b"bytes"),
            "text that turns around": (change(note="a\u202eb"), 2, b"note"),
            "a receipt for nothing": (receipt, 2, b"notice that is not here"),
        }
        for name, (statement, status, why) in cases.items():
            p.put("bad", file(lie(p, A, statement)))
            said = p.receive(B, "bad", rc=None)
            tap.ok(f"refused: {name}", said.rc == status and why in said.err and said.out == b"" and
                   not said.crashed(), said)
        own = {**receipt, "previous": hashlib.sha256(
            good["statements"][0]["note"].split("\n\n")[0].encode() + b"\n").hexdigest()}
        p.put("bad", file(good["statements"][0], lie(p, A, own)))
        said = p.receive(B, "bad", rc=None)
        tap.ok("refused: a receipt for one's own notice", said.rc == 2 and b"parties" in said.err,
               said)
        p.put("bad", file(lie(p, C, {**own, "party": C}), good["statements"][0]))
        said = p.receive(B, "bad", rc=None)
        tap.ok("refused: a third party's word", said.rc == 2 and said.out == b"", said)
        p.put("bad", file(lie(p, C, {**notice, "party": A})))
        said = p.receive(B, "bad", rc=None)
        tap.ok("refused: in another's name", said.rc in (1, 2) and said.out == b"", said)
        p.put("bad", file({"note": good["statements"][0]["note"]}))
        said = p.receive(B, "bad", rc=None)
        tap.ok("refused: not shown to be in its party's ledger", said.rc == 2 and
               b"not shown to be in its party's ledger" in said.err, said)
        p.put("bad", file(*good["statements"], enclosed=good["enclosed"] + [
            {"name": "x", "data": ""}]))
        said = p.receive(B, "bad", rc=None)
        tap.ok("refused: something that nobody asked for", said.rc == 2 and
               b"no statement names" in said.err, said)
        tap.ok("nothing of all that was kept", not os.path.exists(
            p.path(f"home-{B}/talk/statement")) and p.size(B) == size)
        said = p.case(C, "receive", "x.case", "--with", f"{A}.policy", rc=2)
        tap.ok("who is not told cannot take it in", b"not for this one" in said.err, said)


def hostile_files_are_refused(tap):
    with Talk() as p:
        p.new()
        good = p.file("x.case")

        def change(fn):
            other = copy.deepcopy(good)
            fn(other)
            return json.dumps(other).encode()

        note = good["statements"][0]["note"]
        for name, (data, status) in {
                "nothing": (b"", 2), "no JSON": (b"hello", 2), "deep": (b"[" * 100000, 2),
                "huge": (b" " * (27 << 20), 2),
                "no statements": (change(lambda o: o.update(statements=[])), 2),
                "a changed word": (change(lambda o: o["statements"][0].update(
                    note=note.replace("inform", "stop"))), 1),
                "a changed signature": (change(lambda o: o["statements"][0].update(
                    note=flip(note))), 1),
                "another salt": (change(lambda o: o["statements"][0]["logged"][0].update(
                    salt=base64.b64encode(bytes(16)).decode())), 1),
                "a changed exhibit": (change(lambda o: o["enclosed"][0].update(
                    data=o["enclosed"][0]["data"][:4000] + "AAAA" +
                    o["enclosed"][0]["data"][4004:])), 2),
                "no exhibit": (change(lambda o: o.pop("enclosed")), 2)}.items():
            p.put("bad", data)
            said = p.receive(B, "bad", rc=None)
            tap.ok(f"refused: {name}", said.rc == status and said.out == b"" and
                   said.err.startswith(b"exhibit: bad: ") and not said.crashed(), said)
        p.must(A, "new", "--with", f"{B}.policy", "-o", "accord")
        tap.ok("refused: an accord", p.receive(B, "accord", rc=None).rc == 2)
        tap.ok("nothing was kept", not os.path.exists(p.path(f"home-{B}/talk/statement")))


def who_says_two_things_is_shown(tap):
    with Talk() as p:
        case = p.new()
        p.receive(B, "x.case")
        # B restores a copy of its home, and says something else under the same number.
        shutil.copytree(p.path(f"home-{B}"), p.path("copy"))
        p.answer(B, case[:8], "--acted", "-o", "one")
        shutil.rmtree(p.path(f"home-{B}"))
        os.rename(p.path("copy"), p.path(f"home-{B}"))
        p.answer(B, case[:8], "--cannot-say", "-o", "two")
        p.receive(A, "one")
        p.receive(A, "two")
        one = p.one(A)
        tap.ok("both are kept and it is said", one["contradicted"] == {
            "accuser": False, "accused": True} and [b.get("answer") for b in bodies(one)].count(
                None) == 1 and len(bodies(one)) == 3, one)
        tap.ok("in words as well", "has said two things under one id or one number" in p.words(
            A, "show", case[:8]) and "Contradicted" in p.words(A, "list"))
        # The same id, other bytes: the accuser would have asked for less.
        notice = p.said("x.case")
        twin = {**notice, "body": {**notice["body"], "request": ["explain"]}}
        p.put("twin", json.dumps({**p.file("x.case"), "statements": [lie(p, A, twin)]}).encode())
        p.receive(B, "twin")
        one = p.one(B)
        tap.ok("a second notice under one id is kept and shown, and replaces nothing",
               one["contradicted"]["accuser"] and one["request"] == ["inform"] and
               [s["type"] for s in one["statements"]].count("exhibit-notice/v1") == 2, one)
        # Another party may use the same id: that is another case.
        p.run(C, "init", "--name", C)
        p.put(f"{C}.policy", p.run(C, "key", "show", "--policy").out)
        key = kit.get(p.path(f"{C}.policy")).decode().split("log ")[1].split("\n")[0]
        other = {**notice, "party": C, "body": {**notice["body"], "from": {"key": key}}}
        p.put("other", json.dumps({**p.file("x.case"), "statements": [lie(p, C, other)]}).encode())
        said = p.case(B, "receive", "other", "--with", f"{C}.policy", rc=None)
        tap.ok("its exhibit is of a ledger whose key its sender has not", said.rc == 2 and
               len(p.list(B)) == 2, said)
        said = p.case(B, "show", case, rc=2)
        tap.ok("which of the two is meant has to be said", b"PARTY/ID" in said.err and
               p.case(B, "show", f"{C}/{case}").rc == 0, said)


def what_does_not_hold_is_not_sent_and_is_seen(tap):
    with Talk() as p:
        said = p.case(A, "new", "--to", B, *p.with_b, "--exhibit", "x.pcap", rc=None)
        tap.ok("no exhibit, no notice", said.rc == 2 and said.out == b"", said)
        # B's policy has not the key of the exhibit: its own answer with it is refused.
        p.new()
        p.receive(B, "x.case")
        case = p.list(B)[0]["case"][:8]
        said = p.answer(B, case, "--disputed", "relay", "--evidence", "case.exhibit", rc=None)
        tap.ok("evidence of a stranger wants a policy", said.rc == 2 and said.out == b"", said)
        p.cut("our.exhibit", sweep(port=2323, begin_ns=kit.BEGIN_NS + 10**12), who=B)
        p.answer(B, case, "--disputed", "relay", "--evidence", "our.exhibit", "-o", "x.answer")
        said = p.receive(A, "x.answer")
        one = p.one(A)
        tap.ok("the accused's evidence goes along, and is verified", [
            (e["by"], e["at_receipt"]["exit_status"]) for e in one["exhibits"]] == [(A, 0), (B, 0)],
               one["exhibits"])
        text = p.words(A, "show", case, "--verify")
        tap.ok("again on demand", text.count("Now verified on") == 2 and "our.exhibit" in text, text)
        said = p.case(A, "show", case, "--verify", "--policy", f"{B}.policy", rc=None)
        tap.ok("by another policy, too", said.rc == 2, said)


def a_page_to_print(tap):
    with Talk() as p:
        case = p.new("--note", "<b>\"now\"</b>")[:8]
        page = p.case(A, "show", "--html", case).out.decode()
        html.parser.HTMLParser().feed(page)
        tap.ok("one page, what others wrote is escaped", page.startswith("<!DOCTYPE html>") and
               "&lt;b&gt;" in page and "<b>\"" not in page)
        text = p.case(A, "show", case).out.decode()
        tap.ok("lines fit 80 columns", all(len(x) <= 80 for x in text.splitlines()), text)
        p.case(A, "file", case, "-o", "again")
        tap.ok("a file that was lost is written again", p.file("again")["statements"][0]["note"] ==
               p.file("x.case")["statements"][0]["note"] and
               p.file("again")["enclosed"] == p.file("x.case")["enclosed"])


# ---- by other means ----------------------------------------------------------------


def a_stranger_checks_it_by_the_formats_alone(tap):
    """docs/FORMATS.md, T1 to T3 and C1 to C3, with Python's hashes and openssl's signatures."""
    with Talk() as p:
        case = p.new()
        p.receive(B, "x.case")
        p.case(B, "ack", case[:8], "-o", "x.receipt")
        p.receive(A, "x.receipt")
        p.case(A, "file", case[:8], "-o", "all")
        keys = {}
        for name in p.names:
            line = next(x for x in kit.get(p.path(f"{name}.policy")).decode().splitlines()
                        if x.startswith("log "))
            _, key_id, value = line[4:].split("+", 2)
            keys[name] = (key_id, base64.b64decode(value)[1:])
        hashes = []
        for item, who in zip(p.file("all")["statements"], (A, B)):
            text, good = signed_by(p, item["note"], keys)
            digest = hashlib.sha256(text.encode()).digest()
            hashes.append(digest)
            held = set()
            for logged in item["logged"]:
                _, rest = logged["proof"].split("\nindex ", 1)
                index, rest = rest.split("\n", 1)
                path, checkpoint = ("", rest[1:]) if rest.startswith("\n") else rest.split("\n\n", 1)
                body, signers = signed_by(p, checkpoint, keys)
                origin, size, root = body.splitlines()[:3]
                entry = b"exhibit-statement/v1\n" + base64.b64encode(hashlib.sha256(
                    b"\x33" + base64.b64decode(logged["salt"]) + digest).digest()) + b"\n"
                if signers == {logged["party"]} and origin == logged["party"] and root_of(
                        hashlib.sha256(b"\0" + entry).digest(), int(index), int(size),
                        [base64.b64decode(h) for h in path.splitlines()]) == base64.b64decode(root):
                    held.add(origin)
            tap.ok(f"{json.loads(text)['type']}: signed by {who}, in both ledgers",
                   good == {who} and held == {A, B}, (good, held))
        receipt = json.loads(p.file("all")["statements"][1]["note"].split("\n")[0])
        tap.ok("the receipt is for exactly this notice", receipt["previous"] == hashes[0].hex() and
               receipt["body"] == {"case": case, "number": 1})
        notice = json.loads(p.file("all")["statements"][0]["note"].split("\n")[0])
        exhibit = base64.b64decode(p.file("all")["enclosed"][0]["data"])
        tap.ok("which names the exhibit by its hash", notice["body"]["enclosed"] == [
            {"name": "case.exhibit", "bytes": len(exhibit),
             "sha256": hashlib.sha256(exhibit).hexdigest()}])
        tap.ok("openssl refuses another text", not openssl_agrees(p, keys[A][1], b"x", bytes(64)))


if __name__ == "__main__":
    kit.main([two_that_never_met_talk, every_answer_can_be_given,
              the_accord_says_until_when_and_on_which_grounds, silence_is_called_silence,
              any_order_and_repetition_give_one_case, a_stop_anywhere_loses_and_doubles_nothing,
              keys_change_in_the_middle, lies_with_a_good_key_are_refused_with_a_reason,
              hostile_files_are_refused, who_says_two_things_is_shown,
              what_does_not_hold_is_not_sent_and_is_seen, a_page_to_print,
              a_stranger_checks_it_by_the_formats_alone])
