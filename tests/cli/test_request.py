#!/usr/bin/env python3
"""tests/cli/test_request.py EXHIBIT - notices as an abuse desk's programs see them.

Mails are read with Python's email and mailbox modules, reports with the schemas
of XARF. The addresses are of networks that were set aside for experiments
(44.128.0.0/16, 2001:7fb:ff00::/48): those for documentation can hold no host,
and nobody would be told about them.
"""
import email
import email.policy
import glob
import gzip
import json
import mailbox
import os
import random
import re
import shutil
import subprocess
import sys
import time

import jsonschema

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit  # noqa: E402

REPORTER = "Beispiel & Söhne <noc@example.org>"
WHOIS = b"""% Abuse contact for '44.128.0.0 - 44.128.0.255' is 'abuse@one.example'

inetnum:        44.128.0.0 - 44.128.0.255
netname:        ONE
org-name:       One Hosting

% Abuse contact for '44.128.1.0 - 44.128.1.255' is 'abuse@two.example'

% Abuse contact for '2001:7fb:ff00:: - 2001:7fb:ff00:ffff:ffff:ffff:ffff:ffff' is 'Abuse@One.example'
"""


def request(*args, **more):
    return kit.run("request", *args, **more)


def log(*remotes, n=20):
    return b"".join(kit.sshd_guesses(who=r, n=n) for r in remotes)


def parse(raw):
    return email.message_from_bytes(raw, policy=email.policy.default)


def mails(folder):
    return {os.path.basename(p): kit.get(p) for p in sorted(glob.glob(f"{folder}/*.eml"))}


def reports(message):
    return [json.loads(part.get_content()) for part in message.iter_attachments()]


class Case(kit.Files):
    """A log, saved answers, and the mails that come of them."""

    def write(self, data, *args, name="in.log"):
        out = self.path("out")
        shutil.rmtree(out, ignore_errors=True)
        said = request(self.put(name, data), "--source", self.put("answers", WHOIS), "--reporter",
                       REPORTER, "-o", out, *args)
        return said, mails(out)


def header_complaints(name, raw):
    bad = []
    if b"\n" in raw.replace(b"\r\n", b""):
        bad.append(f"{name}: a bare LF")
    bad += [f"{name}: line of {len(l)}: {l[:60]}" for l in raw.split(b"\r\n") if len(l) > 78]
    m = parse(raw)
    keys = [k.lower() for k in m.keys()]
    want = ["from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version",
            "content-type"]
    if keys != want:
        bad.append(f"{name}: headers {keys}")
    if m.defects or any(p.defects for p in m.walk()):
        bad.append(f"{name}: defects {[(p.get_content_type(), p.defects) for p in m.walk()]}")
    for key in keys:
        if m[key].defects:
            bad.append(f"{name}: {key}: {m[key].defects}")
    number = re.search(r"-([0-9A-Z]{8})\.eml$", name)[1]
    if not m["subject"].startswith(f"[exhibit:{number}] "):
        bad.append(f"{name}: subject {m['subject']}")
    if m["auto-submitted"] != "auto-generated" or not m["message-id"].endswith("@example.org>"):
        bad.append(f"{name}: {m['auto-submitted']} {m['message-id']}")
    return bad


def every_mail_is_read_by_other_programs(tap):
    with Case() as case:
        said, got = case.write(log("44.128.0.7", "44.128.0.9", "44.128.1.5", "2001:7fb:ff00::1"))
        tap.ok("there is one mail for each contact, whatever its case",
               said.rc == 0 and len(got) == 2, said)
        tap.none("lines, headers and parts are as RFC 5322 and 2045 want them",
                 [c for name, raw in got.items() for c in header_complaints(name, raw)])
        by_to = {parse(raw)["to"].lower(): parse(raw) for raw in got.values()}
        one = by_to["abuse@one.example"]
        tap.ok("all findings about a contact's addresses are in its mail",
               {r["source_identifier"] for r in reports(one)}
               == {"44.128.0.7", "44.128.0.9", "2001:7fb:ff00::1"}, reports(one))
        tap.ok("who writes is there with umlauts", str(one["from"].addresses[0].display_name)
               == "Beispiel & Söhne", one["from"])
        body = one.get_body().get_content()
        first = next(one.iter_parts())
        tap.ok("text for people comes first", first.get_content_type() == "text/plain")
        for words in ("44.128.0.7: password guessing", "Source port: 30000", "two-way proven",
                      "WHAT WE ASK", "WHAT THIS DOES NOT SHOW",
                      "An innocent explanation", one["subject"].split()[0]):
            tap.ok(f"the text says {words!r}", words in body, body)
        again = parse(one.as_bytes(policy=email.policy.SMTP))
        tap.ok("written again by another program it is the same",
               again.get_body().get_content() == body and reports(again) == reports(one))


def a_finding_names_ports_of_its_own_times_only(tap):
    with Case() as case:
        late = (b"Mar  3 10:05:00 host sshd[9]: Accepted password for u from 44.128.0.7 port 57668 "
                b"ssh2\n")
        said, got = case.write(log("44.128.0.7") + late)
        mail = parse(next(iter(got.values())))
        told = {r["exhibit"]["definition"].split(".")[0]: r for r in reports(mail)}
        access = told["access"]
        tap.ok("the login that was let in has its own port, and no other",
               access["source_port"] == 57668
               and [c["source_port"] for c in access["exhibit"]["connections"]] == [57668], access)
        tap.none("no connection is outside of its finding's times",
                 [c for r in told.values() for c in r["exhibit"]["connections"]
                  if not r["first_seen"] <= c["time"] <= r["last_seen"]])
        body = " ".join(mail.get_body().get_content().split())
        for words in ("20 failed logins, 1 let in", "Source ports (4 of 20 failed logins shown):",
                      "Source port: 57668"):
            tap.ok(f"the mail says {words!r}", words in body, body)


def what_was_assumed_for_times_is_told(tap):
    iso = log("44.128.0.7").replace(b"Mar  3 10:", b"2026-03-03T10:").replace(b" host", b"Z host")
    with Case() as case:
        for name, data, assumed in (("no zone, no year", log("44.128.0.7"), 1), ("both", iso, 0)):
            said, got = case.write(data, "--json")
            doubts = said.of("notice")[0]["doubts"]
            tap.ok(f"{name}: as doubts", doubts["zone-assumed"] == doubts["year-assumed"]
                   == assumed, said)
            mail = parse(next(iter(got.values())))
            body = " ".join(mail.get_body().get_content().split())
            tap.ok(f"{name}: in the mail",
                   (re.search(r"The log names no time zone and no year: UTC and 20\d\d were "
                              r"assumed\. Times may be off by whole hours\.", body) is not None,
                    "All times are in UTC" in body) == (assumed == 1, assumed == 0), body)
            tap.ok(f"{name}: in the report", ("zone-assumed" in reports(mail)[0]["exhibit"]["doubts"])
                   == (assumed == 1), reports(mail))
        text = request(case.put("in.log", log("44.128.0.7")), "--source", case.path("answers")).out
        tap.ok("on the terminal", b"the log names no time zone" in text, text)
        two = [case.put("zone.log", iso), case.put("none.log", log("44.128.0.9"))]
        said = request(*two, "--json", "--source", case.path("answers"))
        tap.ok("of two logs, for the one only",
               said.of("notice")[0]["doubts"]["zone-assumed"] == 1, said)
        told = kit.run("analyze", "--json", two[1]).out
        said, got = from_file(case, told.splitlines())
        body = " ".join(parse(next(iter(got.values()))).get_body().get_content().split())
        tap.ok("of findings from a file it is not known, and said",
               "Whether the log named a time zone and a year is not known here" in body, body)


def an_exhibit_goes_only_to_whoever_is_told_about_all_in_it(tap):
    with Case() as case:
        env = kit.environment(EXHIBIT_HOME=case.path("home"))
        data = log("44.128.0.7", "44.128.1.5")
        sealed = case.put("in.log", data)
        kit.run("init", "--name", "one.example", env=env)
        kit.run("seal", sealed, env=env)
        for name, remotes in (("one", ["44.128.0.7"]), ("both", ["44.128.0.7", "44.128.1.5"])):
            chosen = [a for r in remotes for a in ("--remote", r)]
            said = kit.run("cut", *chosen, "-o", case.path(name), env=env)
            tap.ok(f"an exhibit of {name}", said.rc == 0, said)
        said, got = case.write(data, "--exhibit", case.path("one"))
        by_to = {parse(raw)["to"]: parse(raw) for raw in got.values()}
        files = {to: [p.get_content() for p in m.iter_attachments()
                      if p.get_content_type() == "application/vnd.exhibit+zip"]
                 for to, m in by_to.items()}
        tap.ok("it is in the mail about its remote, byte for byte, and in no other",
               files == {"abuse@one.example": [kit.get(case.path("one"))],
                         "abuse@two.example": []}, said)
        words = {to: "exhibit-1.exhibit" in m.get_body().get_content() for to, m in by_to.items()}
        tap.ok("and the text says so there", words == {"abuse@one.example": True,
                                                       "abuse@two.example": False}, words)
        said, got = case.write(data, "--exhibit", case.path("both"))
        tap.ok("one about the customers of two goes to neither, and nothing is written",
               said.rc == 2 and b"no notice" in said.err and not got, said)
        said, got = case.write(data, "--exhibit", sealed)
        tap.ok("what is no exhibit is refused", said.rc == 2 and b"in.log: offset" in said.err
               and not got, said)


def xarf_schemas():
    top = kit.shared("..", "schemas", "xarf", "schemas", "v4")
    if top is None:
        return None
    return {os.path.relpath(p, top): json.loads(kit.get(p))
            for p in glob.glob(f"{top}/**/*.json", recursive=True)}


def xarf_complaints(schemas, report):
    kind = schemas[f"types/connection-{report['type'].replace('_', '-')}.json"]
    store = {s["$id"]: s for s in schemas.values()}
    resolver = jsonschema.RefResolver(kind["$id"], kind, store=store)
    check = jsonschema.Draft202012Validator(kind, resolver=resolver,
                                            format_checker=jsonschema.FormatChecker())
    return [f"{report['type']}: {list(e.absolute_path)}: {e.message[:200]}"
            for e in check.iter_errors(report)]


def web_log(who="44.128.0.7", n=80):
    return "".join(f'{who} - - [03/Mar/2026:10:00:{i % 60:02} +0000] "GET /x{i}/.env HTTP/1.1" 404 '
                   f'10 "-" "Mozilla/5.0"\n' for i in range(n)).encode()


def every_report_meets_the_schema_of_xarf(tap):
    schemas = xarf_schemas()
    if schemas is None:
        tap.skip("reports meet XARF's schemas", "no shared schemas")
        return
    cases = {"login_attack": log("44.128.0.7"), "reconnaissance": web_log(),
             "port_scan": kit.pcap(kit.syn_scan(src="44.128.0.7", dst="44.128.200.5"))}
    for kind, data in cases.items():
        with Case() as case:
            said, got = case.write(data, "--include-one-way")
            all_of = [r for raw in got.values() for r in reports(parse(raw))]
            tap.ok(f"there is a report of type {kind}", [r["type"] for r in all_of] == [kind],
                   f"{said}\n{all_of}")
            tap.none(f"{kind} meets its schema",
                     [c for r in all_of for c in xarf_complaints(schemas, r)])
            for r in all_of:
                tap.ok(f"{kind} says what the connection shows",
                       r["connection_state"] in ("two-way-proven", "one-way-only"), r)
    flow = [{"time": "2026-03-03T10:00:00Z", "source_port": 5, "target_port": 80}]
    rows = {"vulnerability_scan": findings(kind="scan.vertical", protocol="tcp", technique="syn",
                                           port_list=[0, 22], ports=2),
            "ddos": findings(kind="flood.syn", protocol="tcp", technique="syn", peak=900,
                             flow_sample=flow)}
    for kind, row in rows.items():
        with Case() as case:
            _, got = from_file(case, [row])
            all_of = [r for raw in got.values() for r in reports(parse(raw))]
            tap.ok(f"there is a report of type {kind}", [r["type"] for r in all_of] == [kind],
                   all_of)
            tap.none(f"{kind} meets its schema",
                     [c for r in all_of for c in xarf_complaints(schemas, r)])


def source_ports_are_those_of_the_records(tap):
    with Case() as case:
        data = kit.pcap(kit.syn_scan(src="44.128.0.7", dst="44.128.200.5"))
        _, got = case.write(data, "--include-one-way")
        report = reports(parse(next(iter(got.values()))))[0]
        ports = [(c["source_port"], c["destination_port"]) for c in report["exhibit"]["connections"]]
        tap.ok("a scan's are looked up at its first and last packet",
               ports == [(40000, 1), (40199, 200)] and report["source_port"] == 40000, report)
        tap.ok("with the time of that packet",
               report["exhibit"]["connections"][0]["time"] == report["first_seen"], report)
        _, got = case.write(gzip.compress(data), "--include-one-way", case.put("b.pcap", kit.pcap(kit.syn_scan(src="44.128.0.8",
                            dst="44.128.200.5", begin_ns=kit.BEGIN_NS + 10**9))))
        again = [r for raw in got.values() for r in reports(parse(raw))
                 if r["source_identifier"] == "44.128.0.7"]
        tap.ok("in gzip and among others too", len(again) == 1
               and again[0]["exhibit"]["connections"] == report["exhibit"]["connections"], again)
        said = request("-", "--source", case.path("answers"), "--include-one-way", "--json",
                       stdin=data)
        tap.ok("from a pipe there are none, and that is said",
               said.of("notice")[0]["doubts"]["no-source-port"] == 1, said)


def one_way_remotes_are_not_accused_unless_asked(tap):
    with Case() as case:
        data = kit.pcap(kit.syn_scan(src="44.128.0.7", dst="44.128.200.5"))
        said, got = case.write(data)
        tap.ok("a scan that nothing answered gives no mail", said.rc == 0 and not got, said)
        tap.ok("and it is said why", b"1 finding one-way only" in said.out, said)
        said, got = case.write(data, "--include-one-way")
        text = parse(next(iter(got.values()))).get_body().get_content()
        tap.ok("asked for, the mail says that it may be forged",
               "one-way only" in text and "may be forged" in " ".join(text.split()), text)


def findings(**change):
    """A finding as `analyze --json` writes it, changed."""
    return {"type": "finding", "id": "0" * 32, "definition": "bruteforce.ssh/1",
            "kind": "bruteforce.ssh", "technique": "password", "protocol": "ssh",
            "initiator": "44.128.0.7", "side": "outside", "remote": "44.128.0.7",
            "first": "2026-03-03T10:00:00.000000000Z", "last": "2026-03-03T10:00:19.000000000Z",
            "lines": 20, "targets": 1, "ports": 0, "port_list": [], "target_sample": [],
            "answered": 0, "attempts": 20, "authentic": "two-way-proven", **change}


def from_file(case, lines, *args):
    text = b"".join((l if isinstance(l, bytes) else json.dumps(l).encode()) + b"\n" for l in lines)
    out = case.path("out")
    shutil.rmtree(out, ignore_errors=True)
    said = request("--from", case.put("f.jsonl", text), "--source", case.put("answers", WHOIS),
                   "--reporter", REPORTER, "-o", out, "--json", *args)
    return said, mails(out)


def what_is_said_to_nobody(tap):
    rows = [("forged", {"authentic": "spoof-consistent", "kind": "flood.syn",
                        "definition": "flood.syn/1"}),
            ("impossible", {"authentic": "impossible"}),
            ("impossible", {"remote": "10.0.0.1", "initiator": "10.0.0.1"}),
            ("impossible", {"remote": "192.0.2.1", "initiator": "192.0.2.1"}),
            ("allowed", {"allowed": True}), ("inside", {"side": "inside"}),
            ("victim", {"kind": "backscatter", "definition": "backscatter/1"}),
            ("reflector", {"kind": "flood.amplification", "definition": "flood.amplification/1"}),
            ("one-way", {"authentic": "one-way-only"}),
            ("no-contact", {"remote": "44.128.9.9", "initiator": "44.128.9.9"})]
    with Case() as case:
        for reason, change in rows:
            for args in ((), ("--include-one-way",)):
                said, got = from_file(case, [findings(**change)], *args)
                if reason == "one-way" and args:
                    tap.ok("one-way is told when asked for", len(got) == 1, said)
                    continue
                left = [l["reason"] for l in said.of("left-out")]
                tap.ok(f"{reason}: {change} {args}", left == [reason] and not got, said)
        many = findings()
        del many["initiator"]
        said, got = from_file(case, [many])
        tap.ok("many sources", [l["reason"] for l in said.of("left-out")] == ["many-sources"], said)
        said, got = from_file(case, [findings()], "--local", "44.128.0.0/24")
        tap.ok("one's own networks, by --local", said.of("left-out")[0]["reason"] == "inside", said)
        said, got = from_file(case, [findings()], "--allow", "44.128.0.7")
        tap.ok("the allow-list", said.of("left-out")[0]["reason"] == "allowed", said)


def the_plan_meets_its_schema(tap):
    schema = json.loads(kit.get(os.path.join(kit.ROOT, "docs/schemas/request.schema.json")))
    with Case() as case:
        said, _ = from_file(case, [findings(), findings(id="1" * 32, remote="44.128.9.9",
                                                        initiator="44.128.9.9")])
        bad = [f"{line}: {e.message[:200]}" for line in said.lines
               for e in jsonschema.Draft202012Validator(schema).iter_errors(line)]
        tap.none("every line of --json", bad)
        tap.ok("nothing was sent", said.summary["sent"] is False and said.summary["notices"] == 1,
               said)


HOSTILE = ["a\r\nBcc: all@example.com\r\n\r\nbody", "\u202egnp.exe", "\x1b[31mred", "=?UTF-8?B?QQ==?=",
           "\r\n.\r\n", "\nFrom me@example.com", "x" * 3000, "--=_exhibit_", "\ud800", "\x00", "é" * 900]


def hostile_texts_are_harmless(tap):
    with Case() as case:
        bad = []
        for text in HOSTILE:
            row = findings(kind="probe.web", definition="probe.web/1", paths=1, path_sample=[text])
            clock = text.replace("\x00", "").encode("utf-8", "replace").decode()
            said, got = from_file(case, [row], "--clock", clock)
            if said.crashed():
                bad.append(f"{text[:30]!r}: {said}")
            for name, raw in got.items():
                bad += header_complaints(name, raw)
                body = parse(raw).get_body().get_content()
                if re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]",
                             body.replace("\r\n", "\n")):
                    bad.append(f"{text[:30]!r}: {body!r}")
        tap.none("in findings and options", bad)
        bad = []
        for text in HOSTILE:
            if text in ("\x00", "\ud800"): # no argument can hold them
                continue
            whois = WHOIS.replace(b"One Hosting", text.encode())
            out = case.path("h")
            shutil.rmtree(out, ignore_errors=True)
            said = request(case.put("l.log", log("44.128.0.7")), "--source", case.put("w", whois),
                           "--reporter", f"{text[:200]} <noc@example.org>", "-o", out)
            bad += [str(said)] if said.crashed() else []
            bad += [c for name, raw in mails(out).items() for c in header_complaints(name, raw)]
        tap.none("in answers and in who writes", bad)
        for wrong in ("noc@example.org\r\nBcc: x@example.com", "A <noc@example.org> <", "no", "",
                      "A <noc@@example.org>", "A <noc@example>", "A <x@example.org>\nTo: y@z.example"):
            said = request(case.path("l.log"), "--reporter", wrong)
            tap.ok(f"a reporter {wrong!r} is refused", said.rc == 2 and b"--reporter" in said.err, said)


def changed_findings_are_refused(tap):
    rows = [{"id": "x"}, {"id": "0" * 31 + "\n"}, {"kind": ""}, {"kind": "a\r\nb"}, {"remote": "no"},
            {"remote": 7}, {"first": "yesterday"}, {"last": "2020-01-01T00:00:00Z"}, {"lines": -1},
            {"lines": 1e300}, {"attempts": "20"}, {"authentic": "sure"}, {"side": "left"},
            {"port_list": [70000]}, {"port_list": list(range(33))}, {"target_sample": ["x"]},
            {"flow_sample": [{"time": "x", "source_port": 1}]}, {"user_sample": [7]},
            {"flow_sample": [{"time": "2026-03-03T10:00:00Z", "source_port": 70000}]},
            {"user_sample": ["x"] * 9}, {"allowed": "yes"}, {"technique": "\u202e"}, {"type": 5}]
    with Case() as case:
        bad = []
        for change in rows:
            said, got = from_file(case, [findings(**change)])
            if said.rc != 2 or got or not said.err or said.crashed():
                bad.append(f"{change}: {said}")
        for raw in (b"{", b"[]", b"7", b"\xff\xfe", b'{"type":"finding","type":"finding"}',
                    b"[" * 100000, b'{"type":"summary"}', b"{" + b" " * (1 << 21)):
            said, got = from_file(case, [raw])
            if said.rc != 2 or got or not said.err or said.crashed():
                bad.append(f"{raw[:40]}: {said}")
        tap.none("each is said and none is told", bad)
        said, got = from_file(case, [findings(), b"{"])
        tap.ok("what came before counts, and exit status 2 says that it is not all",
               said.rc == 2 and len(got) == 1 and b"offset " in said.err, said)
        good = json.dumps(findings()).encode()
        rng = random.Random(7)
        crashed = []
        for _ in range(50):
            raw = bytearray(good)
            for _ in range(rng.randrange(1, 4)):
                raw[rng.randrange(len(raw))] = rng.randrange(256)
            said, _ = from_file(case, [bytes(raw)])
            if said.crashed():
                crashed.append(f"{bytes(raw)}: {said}")
        tap.none("changed bytes crash nothing", crashed)


def findings_of_a_file_are_those_of_the_inputs(tap):
    with Case() as case:
        data = log("44.128.0.7", "44.128.1.5").replace(b"Mar  3 10:", b"2026-03-03T10:")
        path = case.put("in.log", data.replace(b" host", b"Z host"))
        out, again = case.path("a"), case.path("b")
        lines = kit.analyze(path).out
        common = ("--source", case.put("answers", WHOIS), "--reporter", REPORTER)
        request(path, *common, "-o", out)
        said = request("--from", case.put("f.jsonl", lines), *common, "-o", again)

        def told(folder):
            """But for what was assumed, which the file does not tell."""
            all_of = {n: parse(raw) for n, raw in mails(folder).items()}
            return {n: (str(m["to"]), str(m["subject"]), reports(m), re.sub(
                r"Whether the log named.*? whole hours\. ", "",
                " ".join(m.get_body().get_content().split()))) for n, m in all_of.items()}
        tap.ok("the mails are the same", said.rc == 0 and len(mails(out)) == 2
               and told(out) == told(again), said)


def mailboxes_are_read_by_other_programs(tap):
    with Case() as case:
        path, box = case.put("in.log", log("44.128.0.7", "44.128.1.5")), case.path("notices.mbox")
        args = (path, "--source", case.put("answers", WHOIS), "--reporter", REPORTER, "--mbox", box,
                "--clock", "x\nFrom here")
        said = request(*args)
        messages = list(mailbox.mbox(box))
        tap.ok("one message for each notice", said.rc == 0 and len(messages) == 2, said)
        tap.ok("each can be read", all(reports(parse(m.as_bytes())) for m in messages))
        before = kit.get(box)
        said = request(*args)
        tap.ok("a mailbox that is there is left alone",
               said.rc == 2 and kit.get(box) == before and b"is there already" in said.err, said)


def answers_among_other_sources_disturb_nothing(tap):
    with Case() as case:
        answers = case.put("answers", WHOIS)
        said = kit.run("locate", "--home", case.path("home"), "--source", answers, "--json",
                       stdin=b"44.128.0.7\n")
        tap.ok("tables are compiled past them", said.rc == 0 and len(said.lines) == 1, said)
        said = kit.analyze(case.put("in.log", log("44.128.0.7")), "--source", answers)
        tap.ok("analyze takes them", said.rc == 0 and not kit.schema_complaints(said), said)


def a_missing_contact_has_its_query(tap):
    rir = (b"2|ripencc|20260101|1|19830101|20260101|+0000\n"
           b"ripencc|*|ipv4|*|1|summary\n"
           b"ripencc|NL|ipv4|44.128.9.0|256|20100101|allocated|x\n")
    with Case() as case:
        path = case.put("in.log", log("44.128.9.9", "44.128.8.8"))
        said = request(path, "--json", "--source", case.put("rir", rir))
        by = {q["remote"]: q for q in said.of("query")}
        tap.ok("to the registry that a source names",
               by["44.128.9.9"]["rdap"] == "https://rdap.db.ripe.net/ip/44.128.9.9"
               and by["44.128.9.9"]["registry"] == "ripencc", said)
        tap.ok("else one that finds the registry, as it stands",
               by["44.128.8.8"]["rdap"].startswith("https://")
               and by["44.128.8.8"]["rdap"].endswith("/ip/44.128.8.8")
               and by["44.128.8.8"]["whois"] == "whois '44.128.8.8'", said)
        tap.ok("also in the text", b"whois -h whois.ripe.net '44.128.9.9'" in
               request(path, "--source", case.path("rir")).out)


def a_request_that_cannot_succeed_is_told(tap):
    with Case() as case:
        said, got = from_file(case, [findings()])
        doubts = said.of("notice")[0]["doubts"]
        tap.ok("without a source port, and after the time that records are kept",
               doubts["no-source-port"] == 1, said)
        text = " ".join(parse(next(iter(got.values()))).get_body().get_content().split())
        tap.ok("in the mail too", "no source port is known" in text, text)
        tap.ok("a login without a source port has no report, which is said",
               not reports(parse(next(iter(got.values())))) and "without an attachment" in text, text)
        old = findings(first="2001-01-01T00:00:00Z", last="2001-01-01T00:00:01Z")
        said, _ = from_file(case, [old])
        tap.ok("old", said.of("notice")[0]["doubts"]["old"] == 1, said)
        said, _ = from_file(case, [old], "--retention", "36500")
        tap.ok("not old, by --retention", said.of("notice")[0]["doubts"]["old"] == 0, said)


def targets_can_be_hidden_and_private_ones_never_leave(tap):
    with Case() as case:
        for target, args, shown in (("44.128.200.5", (), True),
                                    ("44.128.200.5", ("--hide-targets",), False),
                                    ("10.1.2.3", (), False)):
            row = findings(kind="scan.vertical", definition="scan.vertical/1", technique="syn",
                           protocol="tcp", victim=target, target_sample=[target],
                           flow_sample=[{"time": "2026-03-03T10:00:00Z", "source_port": 5}])
            said, got = from_file(case, [row], *args)
            raw = next(iter(got.values()))
            m = parse(raw)
            there = target in m.get_body().get_content() or target in json.dumps(reports(m))
            tap.ok(f"{target} {args}", there == shown, said)


def the_server_of_a_log_is_told_or_named_as_not_known(tap):
    with Case() as case:
        said, got = case.write(log("44.128.0.7"), "--json")
        body = " ".join(parse(next(iter(got.values()))).get_body().get_content().split())
        tap.ok("a log does not name it: said", said.of("notice")[0]["doubts"]["no-target"] == 1
               and "Target: our server that wrote the log, which does not name" in body
               and "Please note: no public address" not in body, body)
        said, got = case.write(log("44.128.0.7"), "--json", "--server", "2001:db8:44::5")
        m = parse(next(iter(got.values())))
        tap.ok("with --server it stands in text and report",
               said.of("notice")[0]["doubts"]["no-target"] == 0
               and "Target: 2001:db8:44::5." in m.get_body().get_content()
               and reports(m)[0]["destination_ip"] == "2001:db8:44::5", reports(m))
        _, got = case.write(log("44.128.0.7"), "--server", "2001:db8:44::5", "--hide-targets")
        raw = next(iter(got.values()))
        tap.ok("but not with --hide-targets", b"2001:db8:44::5" not in raw and
               "Target: not told here" in parse(raw).get_body().get_content(), raw)
        row = findings(kind="scan.vertical", definition="scan.vertical/1", technique="syn",
                       protocol="tcp", victim="10.1.2.3", target_sample=["10.1.2.3"],
                       flow_sample=[{"time": "2026-03-03T10:00:00Z", "source_port": 5}])
        del row["lines"]
        row["packets"] = 20
        said, got = from_file(case, [row], "--server", "192.0.2.5")
        raw = next(iter(got.values()))
        tap.ok("that of a capture is not the log's", b"192.0.2.5" not in raw
               and said.of("notice")[0]["doubts"]["no-target"] == 1
               and "Target: a private address of ours" in parse(raw).get_body().get_content(), raw)
        for bad in ("10.0.0.1", "0.0.0.0", "server.example", "192.0.2.0/24"):
            said = request(case.put("in.log", log("44.128.0.7")), "--server", bad)
            tap.ok(f"not {bad}", said.rc == 2 and b"--server" in said.err, said)


def ids_stay(tap):
    with Case() as case:
        _, a = case.write(log("44.128.0.7", "44.128.0.9"))
        time.sleep(0.01)
        _, b = case.write(log("44.128.0.7", "44.128.0.9"))
        _, c = case.write(log("44.128.0.7"))
        tap.ok("the same notice has the same id", list(a) == list(b))
        tap.ok("another one has another", list(a) != list(c))
        ids = [r["report_id"] for raw in (*a.values(), *c.values()) for r in reports(parse(raw))]
        tap.ok("reports too: those of one finding alone are equal", len(ids) == 3
               and len(set(ids)) == 2, ids)


def block_lists_hold_proven_remotes_only(tap):
    rows = [findings(), findings(id="1" * 32, remote="2001:7fb:ff00::1",
                                 initiator="2001:7fb:ff00::1"),
            findings(id="2" * 32), findings(id="3" * 32, authentic="one-way-only",
                                            remote="44.128.0.8", initiator="44.128.0.8"),
            findings(id="4" * 32, side="inside", remote="44.128.0.10", initiator="44.128.0.10"),
            findings(id="5" * 32, side="unknown", remote="44.128.0.11", initiator="44.128.0.11"),
            findings(id="6" * 32, kind="backscatter", remote="44.128.0.12",
                     initiator="44.128.0.12"),
            findings(id="7" * 32, allowed=True, remote="44.128.0.13", initiator="44.128.0.13"),
            findings(id="8" * 32, remote="44.128.0.14", initiator="44.128.0.14")]
    with Case() as case:
        path = case.put("f.jsonl", b"".join(json.dumps(r).encode() + b"\n" for r in rows))
        def blocks(form):
            return request("--from", path, "--format", form, "--local", "44.128.0.14/32").out
        tap.ok("plain", blocks("plain") == b"44.128.0.7\n2001:7fb:ff00::1\n", blocks("plain"))
        for form in ("nft", "ipset"):
            got = re.findall(rb"44\.128[\d.]+|2001:[0-9a-f:]+", blocks(form))
            tap.ok(form, got == [b"44.128.0.7", b"2001:7fb:ff00::1"], blocks(form))
        said = request("--from", path, "--format", "plain", "--include-one-way")
        tap.ok("one-way remotes never, whatever is asked", b"44.128.0.8" not in said.out, said)
        for number, left in ((0, b"nothing was found"), (1, b"no remote of the 1 finding is"),
                             (2, b"no remote of the 2 findings is")):
            path = case.put(f"none-{number}.jsonl", b"".join(
                json.dumps(r).encode() + b"\n" for r in rows[3:3 + number]))
            said = request("--from", path, "--format", "plain")
            tap.ok(f"an empty list says so: of {number}", said.rc == 0 and said.out == b"" and
                   left in said.err, said)
        if shutil.which("nft") and os.geteuid() == 0:
            done = subprocess.run(["unshare", "-n", "nft", "-c", "-f", "-"], input=blocks("nft"),
                                  capture_output=True, check=False)
            tap.ok("nft takes its list", done.returncode == 0, done.stderr)
        else:
            tap.skip("nft takes its list", "no nft, or not root")


def three_thousand_findings_are_fine(tap):
    rows = [findings(id=f"{i:032x}", remote=f"44.128.{i % 2}.{i % 250}",
                     initiator=f"44.128.{i % 2}.{i % 250}",
                     flow_sample=[{"time": "2026-03-03T10:00:00Z", "source_port": i + 1}])
            for i in range(3000)]
    with Case() as case:
        began = time.monotonic()
        said, got = from_file(case, rows)
        took = time.monotonic() - began
        tap.ok(f"in {took:.1f} s", said.rc == 0 and len(got) == 2 and took < 30, said)
        tap.ok("with a report for each",
               sum(len(reports(parse(raw))) for raw in got.values()) == 3000)


def wrong_use_is_said(tap):
    with Case() as case:
        path = case.put("in.log", log("44.128.0.7"))
        for args, words in (((), b"which files"), ((path, "--from", path), b"--from takes"),
                            ((path, "-o", case.path("o")), b"who writes"),
                            ((path, "--format", "nft", "--json"), b"--format writes"),
                            ((path, "--format", "no"), b"nft, ipset or plain"),
                            ((path, "--retention", "x"), b"number of days"),
                            ((path, "--mbox", "m", "-o", "o"), b"exclude")):
            said = request(*args)
            tap.ok(f"{words}", said.rc == 2 and words in said.err, said)
        tap.ok("nothing was written", not os.path.exists(case.path("o")))


if __name__ == "__main__":
    kit.main([a_finding_names_ports_of_its_own_times_only, what_was_assumed_for_times_is_told,
              every_mail_is_read_by_other_programs, every_report_meets_the_schema_of_xarf,
              an_exhibit_goes_only_to_whoever_is_told_about_all_in_it,
              source_ports_are_those_of_the_records, one_way_remotes_are_not_accused_unless_asked,
              what_is_said_to_nobody, the_plan_meets_its_schema, hostile_texts_are_harmless,
              changed_findings_are_refused, findings_of_a_file_are_those_of_the_inputs,
              mailboxes_are_read_by_other_programs, answers_among_other_sources_disturb_nothing,
              a_missing_contact_has_its_query,
              a_request_that_cannot_succeed_is_told,
              targets_can_be_hidden_and_private_ones_never_leave,
              the_server_of_a_log_is_told_or_named_as_not_known, ids_stay,
              block_lists_hold_proven_remotes_only, three_thousand_findings_are_fine,
              wrong_use_is_said])
