#!/usr/bin/env python3
# tests/cli/test_outcome.py PROGRAM [CLAIM...] - what followed a notice, by later records; and
# what both sides remember of each other years later.
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit
from test_accord import A, B, complaints
from test_case import REMOTE, Talk, sweep

DAY = 86400 * 10**9
NEIGHBOUR = "198.51.100.99"
STRANGER = "203.0.113.80"


def probes(remote, begin_ns, port=23, net="192.0.2", n=40):
    return [kit.record(begin_ns + i * 10**8, kit.tcp_frame(
        kit.ipv4(remote), kit.ipv4(f"{net}.{i + 1}"), 40000 + i, port)) for i in range(n)]


def visit(begin_ns, net="192.0.2"):
    """Somebody else asks one of the targets."""
    return [kit.record(begin_ns, kit.tcp_frame(kit.ipv4(STRANGER), kit.ipv4(f"{net}.7"), 50000, 443))]


def when(ns):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ns // 10**9))


class Followed(Talk):
    """A case, and records that are later than its act."""

    def later(self, name, *records):
        self.put(name, kit.pcap([r for some in records for r in some]))

    def outcome(self, *args, rc=0):
        case = self.list(A)[0]["case"]
        return self.case(A, "outcome", case[:8], *args, rc=rc)

    def told(self, *args, rc=0):
        value = self.outcome("--json", *args, rc=rc).lines[0]
        return value, value["remotes"][0]


# ---- what followed -----------------------------------------------------------


def each_word_needs_its_records(tap):
    begin = kit.BEGIN_NS
    act = probes(REMOTE, begin)
    with Followed() as p:
        p.new()
        p.later("again.pcap", probes(REMOTE, begin + 2 * DAY), visit(begin + 3 * DAY))
        value, one = p.told("--against", "again.pcap")
        tap.ok("what its records show again went on", one["outcome"] == value["outcome"] ==
               "went-on" and one["basis"] == "same-act" and one["findings"] == 1 and
               one["records"] == 40 and one["acts"][0]["kind"] == "scan.horizontal" and
               one["acts"][0]["first"] == when(begin + 2 * DAY), one)
        p.later("quiet.pcap", act, visit(begin + DAY), visit(begin + 3 * DAY))
        value, one = p.told("--against", "quiet.pcap")
        tap.ok("silence is not seen, and no more", one["outcome"] == "not-seen" and
               one["basis"] == "silent" and one["act"]["targets"] == 40 and
               one["others"]["records"] == 2 and
               value["inputs"][0]["silent_from"] == when(begin + DAY), value)
        text = " ".join(p.outcome("--against", "quiet.pcap").out.decode().split())
        tap.ok("and says so", "not seen in these records. That is no proof that it stopped" in text
               and "2 records" in text and "stopped:" not in text, text)
        p.later("moved.pcap", act, probes(NEIGHBOUR, begin + DAY))
        value, one = p.told("--against", "moved.pcap")
        tap.ok("a neighbour that does the same is moved", one["outcome"] == "moved" and
               [n["address"] for n in one["neighbours"]] == [NEIGHBOUR] and
               one["neighbours"][0]["common_targets"] == 40, one)
        text = " ".join(p.outcome("--against", "moved.pcap").out.decode().split())
        tap.ok("with the reason why it is called so", "seen from a neighbour in 198.51.100.0/24" in
               text and "targets in common 40 of its 40 and of 40 then" in text and
               "who is behind it, the records do not say" in text, text)
        p.later("elsewhere.pcap", act, probes(STRANGER, begin + DAY), visit(begin + DAY * 2))
        value, one = p.told("--against", "elsewhere.pcap")
        tap.ok("another network's scan is no move", one["outcome"] == "not-seen" and
               one["neighbours"] == [], one)
        p.later("port.pcap", act, probes(NEIGHBOUR, begin + DAY, port=80))
        value, one = p.told("--against", "port.pcap")
        tap.ok("nor is a neighbour's other port", one["outcome"] == "not-seen" and
               not one["neighbours"][0]["counts"], one)
        p.later("only.pcap", probes(NEIGHBOUR, begin + DAY))
        value, one = p.told("--against", "only.pcap")
        tap.ok("nor the same, where the targets of the act are not known",
               one["outcome"] == "not-seen" and one["act"]["targets"] == 0, one)
        p.put("act.pcap", kit.pcap(act))
        value, one = p.told("--against", "act.pcap")
        tap.ok("the act's own records cover nothing later", one["outcome"] == "not-covered" and
               one["basis"] == "no-records", one)
        p.later("soon.pcap", act, probes(REMOTE, begin + DAY // 1440))
        value, one = p.told("--against", "soon.pcap")
        tap.ok("nor what may be the same act", one["outcome"] == "not-covered", one)
        p.later("other.pcap", act, visit(begin + DAY, "192.0.3"))
        value, one = p.told("--against", "other.pcap")
        tap.ok("nor do records of other hosts", one["outcome"] == "not-covered" and
               one["basis"] == "no-targets", one)
        value, one = p.told("act.pcap", "--against", "moved.pcap", "--against", "again.pcap")
        tap.ok("all files count together", one["outcome"] == "went-on" and
               len(value["inputs"]) == 3, one)


def a_log_goes_on_too(tap):
    with Followed() as p:
        p.new()
        p.put("auth.log", b"".join(
            b"2023-11-2%dT10:00:%02d+00:00 host sshd[%d]: Failed password for root from %s port %d"
            b" ssh2\n" % (day, i, 100 + i, REMOTE.encode(), 41000 + i)
            for day in (5,) for i in range(30)))
        value, one = p.told("--against", "auth.log")
        tap.ok("acts of another kind are told as that", one["outcome"] == "went-on" and
               one["basis"] == "other-act" and not one["acts"][0]["same"], value)


def since_when_is_chosen(tap):
    begin = kit.BEGIN_NS
    with Followed() as p:
        p.new()
        p.later("again.pcap", probes(REMOTE, begin + 2 * DAY), visit(begin + 9 * DAY))
        value, one = p.told("--against", "again.pcap")
        tap.ok("before the notice, and said so", one["after_notice"] == 0 and
               one["outcome"] == "went-on", one)
        value, one = p.told("--against", "again.pcap", "--since", when(begin + 5 * DAY))
        tap.ok("since a time", value["since"] == when(begin + 5 * DAY) and
               one["outcome"] == "not-seen" and one["records"] == 0, value)
        value, one = p.told("--against", "again.pcap", "--since", "notice")
        tap.ok("since the notice", one["outcome"] == "not-covered", one)
        for args in (("--since", "answer"), ("--since", "never")):
            said = p.outcome("--against", "again.pcap", *args, rc=2)
            tap.ok(f"refused: {args}", b"--since" in said.err, said)
        for args in ((), ("--sealed", "--against", "again.pcap"), ("--against", "gone.pcap")):
            said = p.outcome(*args, rc=2)
            tap.ok(f"refused: {args}", said.err and not said.out, said)


def it_is_signed_kept_and_handed_on(tap):
    begin = kit.BEGIN_NS
    with Followed() as p:
        case = p.new()
        p.receive(B, "x.case")
        p.answer(B, case[:8], "--acted", "-o", "x.answer")
        p.receive(A, "x.answer")
        p.later("again.pcap", probes(REMOTE, begin + 2 * DAY))
        size = p.size(A)
        said = p.outcome("--against", "again.pcap", "-o", "x.outcome", "--note", "Again.")
        every = [p.said("x.outcome", i) for i in range(3)]  # of one second: in either order
        told, = (s for s in every if s["type"] == "exhibit-outcome/v1")
        body = told["body"]
        tap.ok("the statement says what was seen of the address", body["outcome"] == "went-on" and
               body["remotes"] == [{"address": REMOTE, "outcome": "went-on", "records": 40,
                                    "findings": 1, "first": when(begin + 2 * DAY),
                                    "last": when(begin + 2 * DAY + 39 * 10**8)}] and
               body["looked"]["how"] == "files" and body["note"] == "Again.", body)
        tap.ok("and names no target", b"192.0.2" not in kit.get(p.path("x.outcome")))
        tap.ok("in our ledger", p.size(A) == size + 1)
        p.outcome("--against", "again.pcap", "-o", "y.outcome", "--note", "Again.")
        tap.ok("once", p.size(A) == size + 1)
        p.receive(B, "x.outcome")
        tap.ok("the accused has it", p.one(B)["outcome"]["outcome"] == "went-on", p.one(B))
        said = p.case(B, "outcome", case[:8], "--against", "again.pcap", rc=2)
        tap.ok("it is the accuser's word", b"of somebody else against us" in said.err, said)
        tap.ok("no two statements", len(p.kept(A)) == len(p.kept(B)) == 3, p.kept(B))
        said = p.outcome("--against", "again.pcap", "--since", when(begin + 3 * DAY))
        tap.ok("without a file, the home has it", b"case file" in said.err and
               p.size(A) == size + 2 and p.one(A)["outcome"]["outcome"] == "not-covered", said)
        bad = complaints("case.schema.json", [p.one(A), p.one(B)])
        tap.ok("by the schema of cases", not bad, bad)
        value, _ = p.told("--against", "again.pcap")
        bad = complaints("case.schema.json", [value, told])
        tap.ok("by its schema", not bad, bad)


def sealed_records_tell_the_same(tap):
    begin = kit.BEGIN_NS
    with Followed() as p:
        p.new()
        p.later("again.pcap", probes(REMOTE, begin + 2 * DAY), visit(begin + 2 * DAY + 10**10))
        _, one = p.told("--sealed")
        tap.ok("nothing sealed since", one["outcome"] == "not-covered" and
               one["act"]["targets"] == 40, one)
        said = p.run(A, "seal", "-q", "--local", "192.0.2.0/24", "again.pcap")
        assert said.rc == 0, said
        value, one = p.told("--sealed")
        tap.ok("sealed since", one["outcome"] == "went-on" and one["again"] == 40 and
               value["how"] == "sealed", value)
        tap.ok("and in the statement", p.one(A)["outcome"]["looked"]["how"] == "sealed")


# ---- what is remembered ------------------------------------------------------


class Years(Talk):
    """Several cases of A against B, under an accord if `accord` says so."""

    def notify(self, capture, *args):
        n = sum(name.endswith(".case") for name in os.listdir(self.folder.name))
        self.cut(f"{n}.exhibit", capture)
        self.case(A, "new", "--to", B, "--exhibit", f"{n}.exhibit", *self.with_b, "-o",
                  f"{n}.case", *args)
        self.receive(B, f"{n}.case")
        return self.said(f"{n}.case")["id"]

    def says(self, case, *args):
        self.answer(B, case, *args, "-o", "some.answer")
        self.receive(A, "some.answer")

    def history(self, who, *args, rc=0):
        return self.case(who, "history", *args, rc=rc)

    def lines(self, who, kind, *args):
        lines = self.history(who, "--json", *args).lines
        return [x for x in lines if x["type"] == kind]

    def same_page(self, tap, *args):
        for form in ((), ("--json",), ("--html",)):
            pages = [self.history(who, *args, *form).out for who in (A, B)]
            tap.ok(f"both homes make the same page: {args} {form}", pages[0] == pages[1],
                   pages[0][-300:])


def both_make_the_same_page(tap):
    begin = kit.BEGIN_NS
    with Years() as p:
        one = p.notify(sweep())
        p.says(one, "--acted", "--note", "Blocked <b>it</b>.")
        two = p.notify(sweep(port=80, begin_ns=begin + 3 * DAY))
        p.says(two, "--disputed", "forged-source")
        p.case(A, "withdraw", two, "--reason", "wrong", "-o", "back")
        p.receive(B, "back")
        p.notify(sweep(port=443, begin_ns=begin + 6 * DAY))
        for args in (("--party", B), ("--party", A), ("--network", "198.51.100.0/24"),
                     ("--network", REMOTE), ("--party", B, "--network", "198.51.0.0/16")):
            p.same_page(tap, *args)
        numbers, = p.lines(B, "numbers", "--party", B)
        want = {"notices": 3, "repeated": 0, "answered": 2, "unanswered": 1, "acted": 1,
                "disputed": 1, "disputed_and_upheld": 1, "accuser_was_wrong": 1, "withdrawn": 1,
                "acted_and_went_on": 0, "acted_and_stopped": 0}
        tap.ok("the numbers", {k: numbers[k] for k in want} == want, numbers)
        tap.ok("a median", 0 <= numbers["median_answer_s"] < 600, numbers)
        text = " ".join(p.history(B, "--party", B).out.decode().split())
        for words in (f"History of {B}", f"{B} has acted", "Blocked <b>it</b>.",
                      f"{A} takes the notice back: the notice was wrong", "accuser was wrong 1",
                      "scan.horizontal/1 from 198.51.100.7", "disputed 1 ... and upheld 1"):
            tap.ok(f"the page says: {words}", words in text, text)
        page = p.history(B, "--party", B, "--html").out.decode()
        tap.ok("what others wrote is no markup", "&lt;b&gt;it&lt;/b&gt;" in page and
               "<b>it" not in page)
        tap.ok("of other networks nothing is known", p.lines(A, "end", "--network", "203.0.113.0/24")
               == [{"type": "end", "network": "203.0.113.0/24", "statements": 0, "pairs": 0,
                    "more_pairs": False, "more_acts": False}])
        for args in ((), ("--network", "198.51.100.7/24"), ("--network", "home")):
            tap.ok(f"refused: {args}", p.history(A, *args, rc=2).err)


def no_page_is_about_more_than_operators(tap):
    with Years() as p:
        p.says(p.notify(sweep()), "--acted")
        words = re.compile(rb"countr|nation(?!al-)|govern|\bstates?\b|citizen", re.I)
        for form in ((), ("--json",), ("--html",)):
            page = p.history(A, "--party", B, *form).out
            tap.ok(f"no word for a state: {form}", not words.search(page), words.findall(page))
        keys = set()

        def walk(x):
            for v in x.values() if isinstance(x, dict) else x if isinstance(x, list) else ():
                walk(v)
            keys.update(x if isinstance(x, dict) else ())
        with open(os.path.join(kit.ROOT, "docs/schemas/case.schema.json"), encoding="utf-8") as f:
            walk(json.load(f))
        tap.ok("nor a place for one in the schema", not any(words.search(k.encode())
                                                            for k in keys - {"state"}), keys)
        p.history(A, "--country", "XX", rc=2)


def answers_that_cannot_both_hold(tap):
    begin = kit.BEGIN_NS
    with Years() as p:
        one = p.notify(sweep())
        p.says(one, "--not-on-our-network")
        two = p.notify(sweep(port=80, begin_ns=begin + DAY // 2))
        p.says(two, "--acted")
        far = p.notify(sweep(port=80, begin_ns=begin + 9 * DAY))
        p.says(far, "--acted")
        pair, = p.lines(A, "pair", "--party", B)
        tap.ok("not ours, and acted, of one network and day", pair["clash"] == "ours-and-not" and
               pair["network"] == "198.51.100.0/24" and not pair["replaced"] and
               [a["case"] for a in pair["answers"]] == [one, two], pair)
        text = " ".join(p.history(B, "--party", B).out.decode().split())
        tap.ok("said with both", "not its network" in text and "less than a day apart" in text, text)
        p.says(one, "--acted")
        pairs = p.lines(A, "pair", "--party", B)
        tap.ok("a later answer does not wipe it out", pairs and all(x["replaced"] for x in pairs),
               pairs)
        p.same_page(tap, "--party", B)


def no_records_within_the_agreed_time(tap):
    now = time.time_ns() // 10**9 * 10**9
    for days, clash in ((730, True), (7, False)):
        with Years(accord=["--set", f"retention_days={days}"]) as p:
            case = p.notify(sweep(begin_ns=now - 30 * DAY))
            p.says(case, "--past-retention")
            pairs = p.lines(A, "pair", "--party", B)
            tap.ok(f"kept for {days} days, asked after 30", [x["clash"] for x in pairs] ==
                   ["within-retention"] * clash and (not clash or pairs[0]["days"] == days), pairs)
            p.same_page(tap, "--party", B)
    with Years() as p:
        p.says(p.notify(sweep(begin_ns=now - 30 * DAY)), "--past-retention")
        tap.ok("what nobody agreed on is no breach", p.lines(A, "pair", "--party", B) == [])


def nothing_counts_twice(tap):
    with Years() as p:
        case = p.notify(sweep())
        p.says(case, "--acted")
        before = p.history(A, "--json", "--party", B).out
        for name in ("0.case", "some.answer", "0.case"):
            p.receive(B, name, rc=None)
            p.receive(A, name, rc=None)
        tap.ok("files that come again change no page", before ==
               p.history(A, "--json", "--party", B).out ==
               p.history(B, "--json", "--party", B).out)
        for _ in range(3):
            p.case(A, "new", "--to", B, "--exhibit", "0.exhibit", *p.with_b, "-o", "again.file",
                   "--note", str(_))
            p.receive(B, "again.file")
        numbers, = p.lines(B, "numbers", "--party", B)
        tap.ok("an act that is notified again is one", numbers["notices"] == 1 and
               numbers["repeated"] == 3 and numbers["unanswered"] == 0, numbers)
        repeats = [x["repeats"] for x in p.lines(B, "statement", "--party", B)
                   if x["kind"] == "notice"]
        tap.ok("and marked", repeats == [False, True, True, True], repeats)
        p.same_page(tap, "--party", B)


def who_floods_moves_his_own_numbers_alone(tap):
    """B sends notices about its own addresses, and answers are easy to have: what A says of B
    and B of A is counted apart."""
    with Years() as p:
        p.says(p.notify(sweep()), "--acted")
        before, = p.lines(A, "numbers", "--party", B)
        for i in range(6):
            p.cut(f"b{i}.exhibit", kit.pcap(probes(REMOTE, kit.BEGIN_NS + i * DAY, port=1000 + i)), B)
            p.case(B, "new", "--to", A, "--exhibit", f"b{i}.exhibit", *p.with_a, "-o",
                   f"b{i}.file")
            p.case(A, "receive", f"b{i}.file", *p.with_b)
        numbers = p.lines(A, "numbers", "--party", B)
        tap.ok("the flood stands beside", [(n["accuser"], n["accused"], n["notices"])
                                           for n in numbers] == [(A, B, 1), (B, A, 6)], numbers)
        tap.ok("and moved nothing", numbers[0] == before, numbers)
        p.same_page(tap, "--party", B)


def outcomes_count_only_behind_the_answer(tap):
    now = time.time_ns() // 10**9 * 10**9
    with Years() as p:
        case = p.notify(sweep(begin_ns=now - 3 * DAY))
        p.says(case, "--acted")
        p.put("between.pcap", kit.pcap(probes(REMOTE, now - DAY)))
        p.case(A, "outcome", case, "--against", "between.pcap", "-o", "out")
        p.receive(B, "out")
        numbers, = p.lines(A, "numbers", "--party", B)
        tap.ok("what was before the answer says nothing of it", numbers["acted"] == 1 and
               numbers["acted_and_went_on"] == 0, numbers)
        p.put("behind.pcap", kit.pcap(probes(REMOTE, now + DAY)))
        p.case(A, "outcome", case, "--against", "behind.pcap", "--since", "answer", "-o", "out")
        p.receive(B, "out")
        numbers, = p.lines(B, "numbers", "--party", B)
        tap.ok("what is behind it does", numbers["acted_and_went_on"] == 1, numbers)
        p.same_page(tap, "--party", B)
        text = " ".join(p.history(B, "--party", B).out.decode().split())
        tap.ok("and it is told", "says what followed: it went on: records show it" in text, text)


if __name__ == "__main__":
    kit.main([each_word_needs_its_records, a_log_goes_on_too, since_when_is_chosen,
              it_is_signed_kept_and_handed_on, sealed_records_tell_the_same,
              both_make_the_same_page, no_page_is_about_more_than_operators,
              answers_that_cannot_both_hold, no_records_within_the_agreed_time,
              nothing_counts_twice, who_floods_moves_his_own_numbers_alone,
              outcomes_count_only_behind_the_answer])
