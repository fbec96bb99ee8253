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
        body = p.said("x.outcome")["body"]
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
        bad = complaints("case.schema.json", [value, p.said("x.outcome")])
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


if __name__ == "__main__":
    kit.main([each_word_needs_its_records, a_log_goes_on_too, since_when_is_chosen,
              it_is_signed_kept_and_handed_on, sealed_records_tell_the_same])
