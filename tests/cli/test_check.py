#!/usr/bin/env python3
"""tests/cli/test_check.py EXHIBIT - accusations of every form, true and false.

The records are real captures (TRUTH.md beside them says what is in them); the
claims are made here, half of them false, stale, forged or about somebody else.
None of those may be upheld, none of the true ones denied, and where the records
cannot say, that is the answer.
"""
import base64
import gzip
import io
import json
import os
import sys
import zipfile

import jsonschema

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit  # noqa: E402

SYNSCAN = "pcap/scan/ndpi-synscan.pcap"
PORTMAP = "pcap/scan/zeek-rpc-portmap-sadmind.pcap"
FTP = "pcap/bruteforce/zeek-ftp-bruteforce.pcap"
SSH = "pcap/bruteforce/zeek-sshguess.pcap"
FLOOD = "pcap/ddos/sv-syn-flood-200.pcap"
SQL = "pcap/web/ndpi-sql_injection.pcap"
IODINE = "pcap/tunnel/ndpi-dns-tunnel-iodine.pcap"
AMPLIFIED = "pcap/ddos/ndpi-badpackets-dns-amplification.pcap"
AUTH = "logs/sshd/elastic-auth.log"
V6DNS = "pcap/linktype/zeek-ipv6-fragmented-dns.pcap"


# ---- Forms of claims ----------------------------------------------------------


def xarf(**change):
    return json.dumps({
        "xarf_version": "4.2.0", "report_id": "dbf79f17-f4f4-4c22-ae58-19991f52a1e8",
        "reporter": {"org": "Accuser", "contact": "abuse@accuser.example"},
        "sender": {"org": "Accuser", "contact": "abuse@accuser.example"},
        "category": "connection", **change}).encode()


def ftp_report(**change):
    return xarf(**{"type": "login_attack", "source_identifier": "192.168.56.1",
                   "destination_ip": "192.168.56.101", "destination_port": 21, "protocol": "tcp",
                   "first_seen": "2014-01-14T17:37:24Z", "timestamp": "2014-01-14T17:38:23Z",
                   "attempt_count": 30, **change})


def mail(*parts, head="", boundary="=_a"):
    """Parts: (type, coding, content as bytes)."""
    out = [f"From: Abuse <abuse@accuser.example>\r\nTo: noc@example.org\r\nSubject: report\r\n"
           f"Date: Tue, 31 Mar 2015 08:00:00 +0000\r\n{head}MIME-Version: 1.0\r\n"
           f"Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\npreamble\r\n".encode()]
    for kind, coding, content in parts:
        if coding == "base64":
            content = base64.encodebytes(content)
        out.append(f"--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {coding}"
                   "\r\n\r\n".encode() + content + b"\r\n")
    return b"".join(out) + f"--{boundary}--\r\n".encode()


# The first connections of SSH, whose capture is in UTC; the server's clock is
# two hours ahead and says no year.
SSH_LINES = b"""\
Mar 30 16:44:50 host sshd[900]: Failed password for root from 192.168.56.1 port 55470 ssh2
Mar 30 16:44:52 host sshd[901]: Failed password for root from 192.168.56.1 port 55471 ssh2
"""

COMPLAINT = b"""\
Dear Sir/Madam,

We have detected abuse from the IP address 192.168.56.1, which according to a whois lookup is on
your network. We would appreciate if you would investigate and take action as appropriate.

Log lines are given below, but please ask if you require any further information.

Note: Local timezone is +0200 (CEST)
""" + SSH_LINES


def x_arf():
    report = b"""\
---
Reported-From: abuse@accuser.example
Category: abuse
Report-Type: port-scan
Report-ID: 77@accuser.example
Source: 172.16.0.8
Source-Type: ipv4
Source-Port: 36050
Destination: 64.13.134.52
Port: 443
Date: Sun, 04 Jul 2010 22:24:16 +0200
Schema-URL: http://www.x-arf.org/schema/abuse_login-attack_0.1.2.json
Version: 0.2
"""
    return mail(("text/plain; charset=utf-8", "7bit", b"Dear all, see below.\r\n"),
                ("text/plain; name=report.txt", "quoted-printable", report.replace(b"=", b"=3D")),
                head="X-XARF: PLAIN\r\n")


def shadowserver(*rows):
    head = "timestamp,ip,port,protocol,asn,geo,tag,dst_ip,dst_port\n"
    return (head + "".join(",".join(f'"{c}"' for c in r) + "\n" for r in rows)).encode()


FLOOD_ROW = ("2023-11-14 22:13:20", "192.0.2.10", "40000", "tcp", "64500", "ZZ", "ddos",
             "198.51.100.5", "443")


def stix(**change):
    traffic = {"type": "network-traffic", "id": "network-traffic--1", "src_ref": "ipv4-addr--1",
               "dst_ref": "ipv4-addr--2", "src_port": 54790, "dst_port": 111,
               "protocols": ["ipv4", "udp"], **change}
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": [
        {"type": "identity", "id": "identity--1", "name": "Example CERT"},
        {"type": "observed-data", "id": "observed-data--1", "created_by_ref": "identity--1",
         "first_observed": "2000-03-07T15:08:07Z", "last_observed": "2000-03-07T15:08:08Z",
         "number_observed": 1, "object_refs": ["network-traffic--1"]},
        {"type": "ipv4-addr", "id": "ipv4-addr--1", "value": "202.77.162.213"},
        {"type": "ipv4-addr", "id": "ipv4-addr--2", "value": "172.16.115.20"}, traffic]}).encode()


def misp():
    def a(relation, value):
        return {"object_relation": relation, "value": value, "type": "text"}
    return json.dumps({"Event": {
        "info": "SQL injection on our shop", "date": "2022-06-14", "uuid": "u",
        "Orgc": {"name": "Shop CERT"}, "Attribute": [],
        "Object": [{"name": "network-connection", "Attribute": [
            a("ip-src", "192.168.3.109"), a("src-port", "53528"), a("ip-dst", "192.168.3.107"),
            a("dst-port", "80"), a("layer4-protocol", "TCP"),
            a("first-packet-seen", "2022-06-14T21:58:27.4015+00:00")]}]}}).encode()


IODINE_TEXT = b"""\
Hello,

Source-IP: 10[.]0[.]2[.]30
Source-Port: 44639
Destination-IP: 10.0.2.20
Destination-Port: 53
Protocol: UDP
Time: 2010-08-21 04:10:40 +0200

Regards, 192.0.2.200
"""


def portmap_at(time, target="172.16.200.9"):
    return xarf(type="port_scan", source_identifier="202.77.162.213", source_port=54790,
                destination_ip=target, destination_port=111, protocol="udp", timestamp=time)


def ssh_report(**change):
    return xarf(**{"type": "login_attack", "source_identifier": "192.168.56.1",
                   "source_port": 55470, "destination_ip": "192.168.56.103",
                   "destination_port": 22, "protocol": "tcp",
                   "timestamp": "2015-03-30T14:44:50Z", **change})


def accuse_scanned(port, act="login_attack", seconds="16.5"):
    """Of the scanner, that it logged in at a port of its target."""
    return xarf(type=act, source_identifier="172.16.0.8", source_port=36050,
                destination_ip="64.13.134.52", destination_port=port, protocol="tcp",
                timestamp=f"2010-07-04T20:24:{seconds}Z")


def accuse_resolver(time):
    """Of a name server, for its answers, which came in fragments."""
    return xarf(type="port_scan", source_identifier="2607:f740:b::f93", source_port=53,
                destination_ip="2001:470:1f11:81f:d138:5f55:6d4:1fe2", destination_port=51851,
                protocol="udp", timestamp=time)


QUOTED = b"""\
On Monday somebody wrote:
> > Mar 30 14:44:50 host sshd[900]: Failed password for root from 192.168.56.1 port 55470 ssh2
> > Mar 30 14:44:52 host sshd[901]: Failed password for root from 192.168.56.1 port
> > 55471 ssh2
And again:
Mar 30 14:44:50 host sshd[900]: Failed password for root from 192.168.56.1 port 55470 ssh2
"""

NOTICE = (b"#separator \\x09\n#path\tnotice\n#fields\tts\tid.orig_h\tid.resp_h\tnote\tsrc\tdst\n"
          b"1427726690.0\t-\t-\tSSH::Password_Guessing\t192.168.56.1\t192.168.56.103\n")

HTML = b"""\
<html><body><p>Dear abuse team,</p><table><tr><th>Time</th><th>Source IP</th><th>Source port</th>
<th>Destination IP</th><th>Destination port</th><th>Protocol</th></tr><tr><td>2015-03-30T14:44:50Z</td>
<td>192.168.56.1</td><td>55470</td><td>192.168.56.103</td><td>22</td><td>TCP</td></tr></table></html>
"""

LAB = ["--local", "192.168.56.0/24"]
PERPETRATOR = ["--local", "172.16.0.0/16"]

# What it is; the claim; the records; options; verdict, and why.
CLAIMS = [
    # True ones.
    ("an XARF report of guessed passwords", ftp_report(), FTP, LAB, "shown", "records-fit"),
    ("fail2ban's complaint, in the zone that it tells", mail(("text/plain", "7bit", COMPLAINT)),
     SSH, LAB, "shown", "records-fit"),
    ("a row of Shadowserver's", shadowserver(FLOOD_ROW), FLOOD, ["--local", "192.0.2.0/24"],
     "shown", "records-fit"),
    ("an X-ARF mail of a scan", x_arf(), SYNSCAN, PERPETRATOR, "shown", "records-fit"),
    ("a STIX bundle", stix(), PORTMAP, ["--local", "202.77.162.0/24"], "shown", "records-fit"),
    ("a MISP event with both ends", misp(), SQL, ["--local", "192.168.3.109"], "shown",
     "records-fit"),
    ("text with labels, addresses defanged", IODINE_TEXT, IODINE, ["--local", "10.0.2.0/24"],
     "shown", "records-fit"),
    ("a report in base64 in a forwarded mail",
     mail(("message/rfc822", "8bit", mail(("application/json", "base64",
                                           portmap_at("2000-03-07T15:08:07Z", "172.16.115.20")),
                                          boundary="=_a=_a"))),
     PORTMAP, ["--local", "202.77.162.0/24"], "shown", "records-fit"),
    ("pasted lines, the zone by option", SSH_LINES, SSH,
     [*LAB, "--zone", "+0200", "--claimed", "2015-04-01"], "shown", "records-fit"),
    ("a claim ten seconds off", ssh_report(timestamp="2015-03-30T14:44:41Z"), SSH, LAB, "shown",
     "records-fit"),
    ("an address in IPv6's form", ssh_report(source_identifier="::ffff:192.168.56.1"), SSH, LAB,
     "shown", "records-fit"),
    ("lines that were quoted twice, broken, and pasted again",
     mail(("text/plain", "7bit", QUOTED)), SSH, LAB, "shown", "records-fit"),
    ("Zeek's notice", NOTICE, SSH, LAB, "shown", "records-fit"),
    ("a table in an HTML mail", mail(("text/html", "base64", HTML)), SSH, LAB, "shown",
     "records-fit"),
    ("the same report three times",
     mail(*[("application/json", "base64", ftp_report(attempt_count=600))] * 3), FTP, LAB, "shown",
     "records-fit"),
    # Those that the records cannot answer.
    ("a fragment without ports", accuse_resolver("2012-03-07T01:38:13.6Z"), V6DNS,
     ["--local", "2607:f740:b::/48", "--complete", "--tolerance", "1"], "not covered", "no-ports"),
    ("the ports exchanged", ssh_report(source_port=22, destination_port=55470), SSH,
     [*LAB, "--complete"], "cannot tell", "ports-exchanged"),
    ("the wrong year", ssh_report(timestamp="2014-03-30T14:44:50Z"), SSH, [*LAB, "--complete"],
     "not covered", "not-then"),
    ("a week of which the records have a minute",
     ssh_report(source_port=0, first_seen="2015-03-26T00:00:00Z", attempt_count=90000,
                timestamp="2015-04-01T00:00:00Z"), SSH, [*LAB, "--complete"], "cannot tell",
     "fewer"),
    ("half a million at one moment", ssh_report(attempt_count=500000), SSH, [*LAB, "--complete"],
     "cannot tell", "fewer"),
    ("a stale claim", ftp_report(first_seen="2014-01-17T17:37:24Z",
                                 timestamp="2014-01-17T17:38:23Z"), FTP, [*LAB, "--complete"],
     "not covered", "not-then"),
    ("records that are logs", ssh_report(timestamp="2026-03-30T14:44:50Z"), AUTH, LAB,
     "not covered", None),
    ("records of what came in only",
     xarf(type="ddos", source_identifier="204.186.80.229", destination_ip="198.51.100.9",
          protocol="udp", timestamp="2017-05-22T11:10:00Z"), AMPLIFIED,
     ["--local", "204.186.80.0/24"], "not covered", "not-sent"),
    ("a wrong zone", ssh_report(timestamp="2015-03-30T19:44:50Z"), SSH, [*LAB, "--complete"],
     "cannot tell", "other-zone"),
    ("a clock that is off", ssh_report(timestamp="2015-03-30T14:51:13Z"), SSH,
     [*LAB, "--complete"], "cannot tell", "other-time"),
    ("records without that protocol",
     ftp_report(protocol="udp", type="ddos", first_seen="2014-01-14T17:37:40Z",
                timestamp="2014-01-14T17:38:00Z"), FTP, LAB, "not covered", "no-protocol"),
    ("other source ports", ssh_report(source_port=44444), SSH, LAB, "cannot tell", "other-ports"),
    ("neither target nor port",
     xarf(type="login_attack", source_identifier="192.168.56.1", protocol="tcp",
          timestamp="2015-03-30T14:44:50Z"), SSH, LAB, "cannot tell", "weak"),
    ("no time", xarf(type="port_scan", source_identifier="172.16.0.8", timestamp="yesterday"),
     SYNSCAN, PERPETRATOR, "cannot tell", "no-time"),
    ("networks that cannot be told",
     xarf(type="port_scan", source_identifier="203.0.113.9", destination_ip="64.13.134.52",
          timestamp="2010-07-04T20:24:17Z"), SYNSCAN, [], "cannot tell", "ours-unknown"),
    # False ones.
    ("the answers of a name server", accuse_resolver("2012-03-07T01:38:18Z"), V6DNS,
     ["--local", "2607:f740:b::/48"], "contradicted", "answers-only"),
    ("a neighbour's address", ftp_report(source_identifier="192.168.56.2",
                                         first_seen="2014-01-14T17:37:40Z",
                                         timestamp="2014-01-14T17:38:00Z"), FTP,
     [*LAB, "--complete"], "contradicted", "nothing-fits-complete"),
    ("somebody else's address", ftp_report(source_identifier="192.168.57.1"), FTP, LAB,
     "not ours", "not-ours"),
    ("the ends mixed up",
     xarf(type="port_scan", source_identifier="64.13.134.52", destination_ip="172.16.0.8",
          destination_port=36050, protocol="tcp", timestamp="2010-07-04T20:24:17Z"), SYNSCAN,
     ["--local", "64.13.134.0/24"], "contradicted", "answers-only"),
    ("a login at a closed port", accuse_scanned(113, seconds="20"), SYNSCAN,
     [*PERPETRATOR, "--complete"], "contradicted", "refused"),
    ("a target that was never spoken to", portmap_at("2000-03-07T15:20:00Z"), PORTMAP,
     ["--local", "202.77.162.0/24", "--complete"], "contradicted", "nothing-fits-complete"),
    ("five hundred times as much",
     ftp_report(first_seen="2014-01-14T17:37:30Z", timestamp="2014-01-14T17:38:10Z",
                attempt_count=500000), FTP, [*LAB, "--complete", "--tolerance", "1"],
     "contradicted", "fewer"),
    ("another protocol", ftp_report(protocol="udp", type="ddos",
                                    first_seen="2014-01-14T17:37:40Z",
                                    timestamp="2014-01-14T17:38:00Z"), FTP, [*LAB, "--complete"],
     "contradicted", "nothing-fits-complete"),
    ("another server", ftp_report(destination_ip="192.168.56.77",
                                  first_seen="2014-01-14T17:37:40Z",
                                  timestamp="2014-01-14T17:38:00Z"), FTP, LAB, "not shown",
     "nothing-fits"),
]

STATUS = {"shown": 0, "not shown": 1, "contradicted": 1, "not ours": 1, "not covered": 2,
          "cannot tell": 2}


def schema():
    with open(os.path.join(kit.ROOT, "docs/schemas/check.schema.json"), encoding="utf-8") as f:
        return jsonschema.Draft202012Validator(json.load(f))


def complaints(said, check):
    bad = [f"{line['type']} {list(e.absolute_path)}: {e.message[:200]}"
           for line in said.lines for e in check.iter_errors(line)]
    if [line["type"] for line in said.lines].count("summary") != 1:
        bad.append("not one summary")
    return bad


def check(case, claim, record, *options):
    path = record if os.path.isabs(record) else kit.shared(record)
    return kit.run("check", "--json", case.put("claim", claim), "--against", path, *options)


def claims_are_answered_as_the_records_have_it(tap):
    if kit.shared() is None:
        tap.skip("claims about real captures", "no shared captures")
        return
    valid = schema()
    with kit.Files() as case:
        for name, claim, record, options, verdict, why in CLAIMS:
            said = check(case, claim, record, *options)
            got = said.of("claim") if said.rc in (0, 1, 2) and said.out else []
            right = (len(got) == 1 and got[0]["verdict"] == verdict
                     and why in (None, got[0]["why"]) and said.rc == STATUS[verdict])
            tap.ok(f"{name}: {verdict}", right and not complaints(said, valid),
                   f"{[(g['verdict'], g['why'], g['records']) for g in got]} {said}")


def sealed_records_answer_as_the_files_do(tap):
    if kit.shared() is None:
        tap.skip("sealed records", "no shared captures")
        return

    def told(said):
        return [(c["verdict"], c["why"], c["ours"], c["coverage"],
                 {k: v for k, v in c["records"].items() if k not in ("offset", "input")})
                for c in said.of("claim")] if said.rc in (0, 1, 2) and said.out else said

    with kit.Files() as case:
        env = kit.environment(EXHIBIT_HOME=case.path("home"))
        records = sorted({kit.shared(record) for _, _, record, *_ in CLAIMS})
        said = kit.run("init", "--name", "a.example", env=env)
        tap.ok("a home", said.rc == 0, said)
        said = kit.run("seal", *records, env=env)
        tap.ok("everything is sealed", said.out.count(b": sealed: ") == len(records), said)
        bad = []
        for name, claim, record, options, *_ in CLAIMS:
            path = case.put("claim", claim)
            a = kit.run("check", "--json", path, "--against", kit.shared(record), *options)
            b = kit.run("check", "--json", path, "--sealed", *options, env=env)
            none = [c for c in told(a) if c[1] in ("not-then", "no-time", "only-logs")]
            same = [t[:3] for t in told(a)] == [t[:3] for t in told(b)] if none else \
                told(a) == told(b)
            if not same or a.rc != b.rc:
                bad.append(f"{name}: {told(a)} {told(b)} {b}")
        tap.none("each claim has the same answer, by the same records", bad)
        claim = case.put("claim", ftp_report())
        text = kit.run("check", claim, "--sealed", *LAB, env=env).out
        tap.ok("its records are named", b"sealed: " in text and b"bruteforce.ftp/1" in text, text)
        said = kit.run("check", claim, "--sealed", env=kit.environment(EXHIBIT_HOME="/nowhere"))
        tap.ok("without a home: told", said.rc == 2 and said.err and not said.out, said)
        said = kit.run("check", claim, "--sealed", "--against", records[0], env=env)
        tap.ok("not with files at once", said.rc == 2 and b"exclude" in said.err, said)
        said = kit.run("check", claim, "--home", "x", "--against", records[0], env=env)
        tap.ok("a home alone is no record", said.rc == 2 and b"--sealed" in said.err, said)
        open_key = os.path.join(case.path("home"), "key", "open")
        os.rename(open_key, case.path("away"))
        said = kit.run("check", claim, "--sealed", *LAB, env=env)
        tap.ok("not without the opening key", said.rc == 2 and not said.out, said)


def the_zone_that_would_fit_is_told(tap):
    if kit.shared() is None:
        tap.skip("the zone that would fit", "no shared captures")
        return
    with kit.Files() as case:
        said = check(case, ssh_report(timestamp="2015-03-30T19:44:50Z"), SSH, *LAB)
        tap.ok("as half hours, with its sign", said.of("claim")[0]["fits_half_hours_off"] == -10,
               said)
        text = kit.run("check", case.path("claim"), *LAB, "--against", kit.shared(SSH)).out
        tap.ok("and in words", b"UTC+5" in b" ".join(text.split()), text)


def what_was_taken_for_a_zone_is_told(tap):
    with kit.Files() as case:
        claim = case.put("claim", kit.sshd_guesses())
        records = case.put("log", kit.sshd_guesses())
        for args, words in (((), "(zone and year are not said: UTC and the latest were taken)"),
                            (("--zone", "+02:00"),
                             "(zone and year are not said: +02:00 and the latest were taken)"),
                            (("--zone", "-0530"), "not said: -05:30 and the latest were taken)")):
            for more in ((), ("--reply",)):
                text = kit.run("check", claim, "--against", records, *args, *more).out.decode()
                tap.ok(f"{args} {more}: {words}", words in " ".join(text.split()), text)


def a_screen_and_a_reply(tap):
    if kit.shared() is None:
        tap.skip("the screen", "no shared captures")
        return
    with kit.Files() as case:
        path = case.put("claim.json", ftp_report(unknown_field="a\u202eb\x1b[31m"))
        args = [path, "--against", kit.shared(FTP), *LAB]
        said = kit.run("check", *args)
        text = said.out.decode()
        tap.ok("it stays one screen of 80 columns",
               len(text.splitlines()) <= 30 and max(map(len, text.splitlines())) <= 80, text)
        for words in ("shown - ", "Ours?", "Enough fields?", "Could it be forged?", "Our records", "Coverage",
                      "Our findings", "bruteforce.ftp/1", "the source port", "both directions",
                      "30 connections, of which 30 completed"):
            tap.ok(f"it says {words!r}", words in " ".join(text.split()), text)
        tap.ok("what the claim wrote cannot act on a terminal",
               "\x1b" not in text and "\u202e" not in text and "unknown_field" in text, text)
        deep = case.path("/".join(["a folder"] * 9))
        os.makedirs(deep)
        name = os.path.join(deep, "r\u00e9seau.pcap")
        with open(kit.shared(FTP), "rb") as real, open(name, "wb") as copy:
            copy.write(real.read())
        deeper = kit.run("check", path, "--against", name, *LAB).out.decode()
        tap.ok("also with records deep in folders, and their name stays",
               len(deeper.splitlines()) <= 30 and max(map(len, deeper.splitlines())) <= 80
               and "seau.pcap:" in deeper, deeper)
        reply = kit.run("check", *args, "--reply").out.decode()
        tap.ok("the reply answers, and says what is lacking",
               "192.168.56.1" in reply and "fits this report" in reply
               and "the source port" in reply and "no admission" in " ".join(reply.split()), reply)
        lines = reply.splitlines()
        tap.ok("it begins as a mail, and what a person must fill in stands in brackets",
               lines[0].startswith("To: [") and "Accuser <abuse@accuser.example>]" in lines[0]
               and lines[1].startswith("Subject: Your report dbf79f17") and lines[2] == ""
               and "[What you found and did about it" in reply
               and lines[-1] == "[Your name, organisation and reference]", reply)
        mailed = case.put("mail", mail(("application/json", "7bit", ftp_report()),
                                       head="X: y\r\n").replace(
            b"Subject: report", b"Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe=0ABcc:_x@y?="))
        got = kit.run("check", mailed, "--against", kit.shared(FTP), *LAB, "--reply").out.decode()
        tap.ok("its Subject is the mail's, in one line",
               got.splitlines()[1].startswith("Subject: Re: Gr\u00fc\u00dfe") and "\nBcc" not in got,
               got)
        tap.ok("the reply names no file, network or finding of ours",
               "zeek" not in reply and "/24" not in reply and "bruteforce.ftp/1" not in reply, reply)
        tap.ok("JSON has the same reply",
               kit.run("check", "--json", *args).summary["reply"] == reply)


def findings_of_another_party_are_a_claim(tap):
    if kit.shared() is None:
        tap.skip("findings as a claim", "no shared captures")
        return
    with kit.Files() as case:
        theirs = kit.analyze(kit.shared(SYNSCAN), "--local", "64.13.134.0/24").out
        said = check(case, theirs, SYNSCAN, *PERPETRATOR)
        tap.ok("and are shown by the scanner's own records",
               said.rc == 0 and said.of("claim")[0]["act"] == "scan", said)
        said = check(case, theirs, FTP, *PERPETRATOR)
        tap.ok("and are not covered by others", said.rc == 2, said)


def several_files_cover_together(tap):
    with kit.Files() as case:
        one = kit.syn_scan(begin_ns=kit.BEGIN_NS)
        later = kit.syn_scan(begin_ns=kit.BEGIN_NS + 300 * 10**9)
        far = kit.syn_scan(begin_ns=kit.BEGIN_NS + 7200 * 10**9)
        claim = case.put("claim", xarf(
            type="port_scan", source_identifier="198.51.100.7", destination_ip="203.0.113.1",
            destination_port=22, protocol="tcp", timestamp="2023-11-14T22:15:00Z"))
        a, b, c = (case.put(n, kit.pcap(r)) for n, r in (("a", one), ("b", later), ("c", far)))
        opts = ["--json", "--local", "198.51.100.0/24"]
        said = kit.run("check", *opts, claim, "--against", a, b)
        tap.ok("when they follow each other", said.of("claim")[0]["verdict"] == "not shown", said)
        said = kit.run("check", *opts, claim, "--against", a, c)
        tap.ok("not when hours are between them",
               said.of("claim")[0]["verdict"] == "not covered" and said.rc == 2, said)
        said = kit.run("check", *opts, claim, "--complete", "--against", a, b)
        tap.ok("complete ones contradict", said.of("claim")[0]["verdict"] == "contradicted", said)
        cut = case.put("cut", kit.pcap(later)[:-7])
        said = kit.run("check", *opts, claim, "--complete", "--against", a, cut)
        tap.ok("damaged ones do not, and that is told",
               said.of("claim")[0]["verdict"] == "not shown" and said.rc == 2, said)
        whole = case.put("gap", kit.pcap(one + far))
        said = kit.run("check", *opts, claim, "--against", whole)
        tap.ok("a file that was silent for hours does not cover them",
               said.of("claim")[0]["why"] == "silence", said)


def what_is_no_claim_is_told(tap):
    with kit.Files() as case:
        record = case.put("r", kit.pcap(kit.syn_scan()))
        for name, data in (("nothing", b""), ("prose about 198.51.100.7", b"We saw 198.51.100.7."),
                           ("an HTML mail", mail(("text/html", "7bit", b"<b>198.51.100.7</b>")))):
            said = kit.run("check", "--json", case.put("c", data), "--against", record)
            tap.ok(f"{name}: no incident, status 2",
                   said.rc == 2 and said.summary["incidents"] == 0, said)
        for name, data in (("a picture", b"\x89PNG\r\n\x1a\n\0\0"), ("broken JSON", b'{"a": '),
                           ("too much", b"x" * (9 << 20))):
            said = kit.run("check", case.put("c", data), "--against", record)
            tap.ok(f"{name}: a complaint, status 2", said.rc == 2 and said.err and not said.out, said)
        said = kit.run("check", record)
        tap.ok("without records: wrong use", said.rc == 2 and b"--against" in said.err, said)
        said = kit.run("check", "/nonexistent", "--against", record)
        tap.ok("a claim that is not there", said.rc == 2 and b"/nonexistent" in said.err, said)


ZEEK = b"#separator \\x09\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto" \
       b"\tduration\tconn_state\torig_pkts\tresp_pkts\n"


def zeek(*rows):
    return ZEEK + b"".join("\t".join(map(str, r)).encode() + b"\n" for r in rows)


def flows_are_records_too(tap):
    at = kit.BEGIN_NS // 10**9
    around = [(at + s, "198.51.100.99", 9, "203.0.113.1", 443, "tcp", 1, "SF", 5, 5)
              for s in (-60, 60)]
    own = (at, "198.51.100.7", 40001, "192.0.2.5", 22, "tcp", 2.5, "SF", 9, 8)
    with kit.Files() as case:
        claim = case.put("claim", xarf(
            type="login_attack", source_identifier="198.51.100.7", destination_ip="192.0.2.5",
            source_port=40001, destination_port=22, protocol="tcp",
            timestamp="2023-11-14T22:13:20Z"))
        opts = ["--json", claim, "--local", "198.51.100.0/24"]
        valid = schema()

        def ask(*args):
            said = kit.run("check", *opts, *args)
            bad = complaints(said, valid) if said.out else []
            return said, said.of("claim")[0]["verdict"] if said.out and not bad else bad

        table = case.put("conn.log", zeek(*around, own))
        said, verdict = ask("--flows", table)
        tap.ok("a table of Zeek's shows it", verdict == "shown" and said.rc == 0
               and said.of("coverage")[0]["flows"] and said.of("claim")[0]["records"]["packets"] == 9,
               said)
        said, verdict = ask("--flows", case.put("conn.gz", gzip.compress(zeek(*around, own))))
        tap.ok("also in gzip", verdict == "shown", said)
        empty = case.put("empty.log", zeek(*around))
        said, verdict = ask("--flows", empty, "--complete")
        tap.ok("one without it contradicts", verdict == "contradicted" and said.rc == 1, said)
        capture = case.put("c", kit.pcap(kit.syn_scan(begin_ns=kit.BEGIN_NS + 3600 * 10**9)))
        said, verdict = ask("--flows", empty, "--against", capture)
        tap.ok("beside a capture, each covers what it covers",
               [c["name"] for c in said.of("coverage")] == [capture, empty]
               and verdict == "not shown", said)
        said, verdict = ask("--against", capture, "--flows", table)
        tap.ok("what one of them has is there", verdict == "shown"
               and said.of("claim")[0]["records"]["input"] == 1, said)
        text = " ".join(kit.run("check", *[a for a in opts if a != "--json"], "--flows", table)
                        .out.decode().split())
        tap.ok("that nothing was looked for is not said to be nothing found",
               "Our findings Not looked for:" in text and "None about it" not in text, text)
        nfdump = case.put("f.csv", b"ts,te,td,sa,da,sp,dp,pr,flg,ipkt,ibyt\n"
                          b"2023-11-14 23:13:20,2023-11-14 23:13:21,1.0,198.51.100.7,192.0.2.5,"
                          b"40001,22,TCP,...AP.SF,9,500\nSummary\nflows,bytes\n1,500\n")
        said, verdict = ask("--flows", nfdump)
        tap.ok("times without a zone are refused", said.rc == 2 and b"--flows-zone" in said.err, said)
        said, verdict = ask("--flows", nfdump, "--flows-zone", "+01:00")
        tap.ok("and read in the one that is given", verdict in ("shown", "cannot tell")
               and said.of("claim")[0]["records"]["exact"] == 9, said)
        broken = case.put("b.log", zeek(*around, own).replace(b"192.0.2.5", b"192.0.2.x"))
        said, verdict = ask("--flows", broken, "--complete")
        tap.ok("rows that cannot be read deny nothing, and their line is told",
               verdict != "contradicted" and said.rc == 2 and b"b.log: line " in said.err
               and b": destination address: could not be read; this row was left out" in said.err,
               said)
        broken = case.put("n.log", zeek(*around, own[:-2] + (-9, 8), own[:6] + (-1,) + own[7:]))
        said, verdict = ask("--flows", broken, "--complete")
        number = kit.get(broken).count(b"\n") - 1
        tap.ok("nor do those with negative numbers", verdict != "contradicted" and said.rc == 2
               and f"n.log: line {number}: packets: could not be read".encode() in said.err
               and b"n.log: 2 rows could not be read" in said.err, said)
        for name, data in (("no table", b"hello\nworld\n"), ("nothing", b""),
                           ("a capture", kit.get(capture)), ("half of gzip",
                                                             gzip.compress(zeek(own) * 50)[:90])):
            said = kit.run("check", *opts, "--flows", case.put("x", data))
            tap.ok(f"{name}: told", said.rc == 2 and said.err and not said.crashed(), said)
        said = kit.run("check", *opts, "--flows", "/nonexistent")
        tap.ok("a file that is not there", said.rc == 2 and b"/nonexistent" in said.err, said)


def parts_that_are_not_read_are_named_with_what_to_do(tap):
    iodef = b'<?xml version="1.0"?><IODEF-Document><Address>198.51.100.7</Address></IODEF-Document>'
    cases = [
        ("application/xml", iodef, "XML (as IODEF): write down its addresses"),
        ("text/xml", iodef, "XML (as IODEF)"),
        ("application/octet-stream", iodef, "XML (as IODEF)"),
        ("application/pkcs7-mime", b"\x30\x82" + bytes(900), "S/MIME: open it in a mail program"),
        ("application/ms-tnef", b"\x78\x9f\x3e\x22" + bytes(900), "winmail.dat of Outlook"),
        ("application/pdf", b"%PDF-1.7", "a document: copy its text"),
        ("image/png", b"\x89PNG" + bytes(90), "a picture: write down"),
        ("text/plain", b"-----BEGIN PGP MESSAGE-----\n\nhQE\n", "encrypted by PGP: decrypt it"),
        ("application/x-thing", b"text", "look what it is"),
        ("application/zip", packed(incident=iodef), "XML (as IODEF)"),
    ]
    with kit.Files() as case:
        record = case.put("r", kit.pcap(kit.syn_scan()))
        for kind, content, words in cases:
            claim = case.put("claim", mail(("text/plain", "7bit", b"See the attachment.\r\n"),
                                           (kind + '; name="re&port.bin"', "base64", content)))
            text = " ".join(kit.run("check", claim, "--against", record).out.decode().split())
            size = len(iodef) if kind == "application/zip" else len(content)
            tap.ok(f"{kind}: {words}", f"{size} bytes: {words}" in text
                   and (kind == "application/zip" or "Not read, and without a part in this answer: "
                        "re" in text), text)
        for name, parts in (("text", [("text/plain", "7bit", b"Hello.\r\n")]),
                            ("a signature", [("text/plain", "7bit", b"Hello.\r\n"),
                                             ("application/pkcs7-signature", "base64", bytes(9))]),
                            ("HTML", [("text/html", "7bit", b"<?xml?><html>Hello.</html>")])):
            text = kit.run("check", case.put("claim", mail(*parts)), "--against", record).out
            tap.ok(f"{name} is read", b"Not read" not in text and b"not read" not in text, text)
        text = kit.run("check", case.put("claim", iodef), "--against", record).out
        tap.ok("XML alone, too", f"{len(iodef)} bytes: XML (as IODEF)".encode() in
               b" ".join(text.split()), text)


def packed(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in members.items():
            z.writestr(name, content)
    return out.getvalue()


def packed_reports_are_read_and_bombs_are_not(tap):
    with kit.Files() as case:
        record = case.put("r", kit.pcap(kit.syn_scan()))
        row = shadowserver(("2023-11-14 22:13:20", "198.51.100.7", "40004", "tcp", "64500", "ZZ",
                            "scan", "192.0.2.5", "5"))
        report = xarf(type="port_scan", source_identifier="198.51.100.7", source_port=40004,
                      destination_ip="192.0.2.5", destination_port=5, protocol="tcp",
                      timestamp="2023-11-14T22:13:20Z")

        def ask(claim):
            return kit.run("check", "--json", case.put("c", claim), "--against", record, "--local",
                           "198.51.100.0/24")

        def attached(content, kind="application/octet-stream"):
            return mail(("text/plain", "7bit", b"See the attachment."), (kind, "base64", content))
        stored = io.BytesIO()
        with zipfile.ZipFile(stored, "w") as z:
            z.writestr("folder/", b"")
            z.writestr("report.csv", row)
            z.comment = b"a comment"
        for name, claim in (
                ("a table in gzip", gzip.compress(row)),
                ("gzip in two members", gzip.compress(row[:40]) + gzip.compress(row[40:])),
                ("a table in ZIP", packed(**{"report.csv": row, "readme.txt": b"hello"})),
                ("a ZIP that stores, with a comment", stored.getvalue()),
                ("a mail with gzip", attached(gzip.compress(row), "application/gzip")),
                ("a mail with ZIP", attached(packed(r=report), "application/x-zip-compressed")),
                ("a mail in a ZIP", packed(m=mail(("application/json", "base64", report)))),
                ("a mail in a mail's ZIP", attached(packed(m=mail(("text/csv", "base64", row))))),
                ("UTF-16", row.decode().encode("utf-16"))):
            said = ask(claim)
            tap.ok(f"{name}: shown", said.rc == 0 and said.summary["incidents"] == 1
                   and said.of("claim")[0]["source_port"] == 40004, said)
        inner = gzip.compress(row)
        whole = packed(r=row)
        locked = bytearray(packed(r=row))
        at = locked.rindex(b"PK\x01\x02")
        locked[at + 8] |= 1
        for name, claim, note in (
                ("an archive in an archive", packed(r=inner), "of a kind"),
                ("a ZIP with a password", bytes(locked), "of a kind"),
                ("a ZIP without its end", whole[:-30], "archive in it is broken"),
                ("gzip that ends early", gzip.compress(b"hello" * 999)[:-20], "is broken"),
                ("a bomb in gzip", gzip.compress(b"\n" * (64 << 20)), "more than is unpacked"),
                ("forty bombs in ZIP", packed(**{f"b{i}": b" " * (4 << 20) for i in range(40)}),
                 "more than is unpacked")):
            said = ask(claim)
            tap.ok(f"{name}: told", said.rc == 2 and said.summary["incidents"] == 0
                   and any(note in n for n in said.summary["notes"]), said)


def a_claim_on_standard_input(tap):
    with kit.Files() as case:
        record = case.put("r", kit.pcap(kit.syn_scan()))
        claim = xarf(type="port_scan", source_identifier="198.51.100.7", destination_ip="192.0.2.5",
                     source_port=40004, destination_port=5, protocol="tcp",
                     timestamp="2023-11-14T22:13:20Z")
        said = kit.run("check", "-", "--against", record, "--local", "198.51.100.0/24", stdin=claim)
        tap.ok("is read", said.rc == 0 and b"shown" in said.out, said)
        said = kit.run("check", "-", "--against", "-", stdin=claim)
        tap.ok("but not as both", said.rc == 2 and b"both" in said.err, said)


def what_a_claim_states_unreadably_is_not_upheld(tap):
    plain = {"type": "port_scan", "source_identifier": "198.51.100.7",
             "destination_ip": "192.0.2.5", "protocol": "tcp", "timestamp": "2023-11-14T22:13:20Z"}
    label = {"source_identifier": "Source-IP", "destination_ip": "Destination-IP",
             "protocol": "Protocol", "timestamp": "Date", "destination_port": "Destination-Port",
             "source_port": "Source-Port", "attempt_count": "Count"}
    forms = {
        "XARF": lambda m: xarf(**m),
        "labels": lambda m: "".join(f"{label[k]}: {v}\n" for k, v in m.items()
                                    if k in label).encode(),
        "a table": lambda m: (";".join(m) + "\n" + ";".join(map(str, m.values()))
                              + "\n").encode().replace(b"source_identifier", b"src_ip"),
    }
    valid = schema()
    with kit.Files() as case:
        record = case.put("r", kit.pcap(kit.syn_scan()))

        def ask(form, change):
            return kit.run("check", "--json", case.put("claim", forms[form]({**plain, **change})),
                           "--against", record, "--local", "198.51.100.0/24")

        for form in forms:
            said = ask(form, {"destination_port": "tcp/5"})
            tap.ok(f"{form}: a port with its protocol is read",
                   said.rc == 0 and said.of("claim")[0]["target_port"] == 5, said)
            for member, field, value in (
                    ("destination_port", "target_port", 70000),
                    ("destination_port", "target_port", "4444-4450"),
                    ("destination_port", "target_port", [5, 6]),
                    ("source_port", "source_port", "1-2"),
                    ("attempt_count", "count", "1 million"),
                    ("protocol", "protocol", "quic")):
                said = ask(form, {member: value})
                got = said.of("claim")
                tap.ok(f"{form}: {member} {value!r} is quoted, and nothing is told by it",
                       said.rc == 2 and len(got) == 1 and got[0]["verdict"] == "cannot tell"
                       and got[0]["why"] == "unreadable"
                       and got[0]["unreadable"][field].replace(" ", "")
                       == str(value).replace(" ", "")
                       and "could not be read: '" in said.summary["reply"]
                       and "packet" not in said.summary["reply"].split("Records show")[0]
                       and not complaints(said, valid), said)


def every_cut_of_a_claim_is_survived(tap):
    with kit.Files() as case:
        record = case.put("r", kit.pcap(kit.syn_scan()))
        bad = []
        for whole in (x_arf(), stix(), shadowserver(FLOOD_ROW)):
            for n in range(0, len(whole), max(1, len(whole) // 12)):
                said = kit.run("check", "-", "--against", record, stdin=whole[:n])
                if said.crashed():
                    bad.append(f"{n}: {said.crashed()}")
        tap.none("no cut of a claim ends its reader", bad)


if __name__ == "__main__":
    kit.main([
        claims_are_answered_as_the_records_have_it,
        sealed_records_answer_as_the_files_do,
        the_zone_that_would_fit_is_told, what_was_taken_for_a_zone_is_told,
        a_screen_and_a_reply,
        findings_of_another_party_are_a_claim,
        several_files_cover_together,
        what_is_no_claim_is_told,
        flows_are_records_too,
        parts_that_are_not_read_are_named_with_what_to_do,
        packed_reports_are_read_and_bombs_are_not,
        a_claim_on_standard_input,
        what_a_claim_states_unreadably_is_not_upheld,
        every_cut_of_a_claim_is_survived,
    ])
