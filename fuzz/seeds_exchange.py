#!/usr/bin/env python3
"""fuzz/seeds_exchange.py FOLDER - seeds for the targets of notices and claims."""
import base64
import gzip
import hashlib
import io
import json
import os
import sys
import zipfile


def finding(**change):
    return json.dumps({
        "type": "finding", "id": "0" * 32, "definition": "bruteforce.ssh/1",
        "kind": "bruteforce.ssh", "technique": "password", "protocol": "ssh",
        "initiator": "44.128.0.7", "side": "outside", "remote": "44.128.0.7",
        "first": "2026-03-03T10:00:00.000000000Z", "last": "2026-03-03T10:00:19.000000000Z",
        "lines": 20, "targets": 1, "ports": 1, "port_list": [22], "target_sample": ["192.0.2.5"],
        "answered": 0, "attempts": 20, "authentic": "two-way-proven",
        "flow_sample": [{"time": "2026-03-03T10:00:00.000000000Z", "source_port": 40000,
                         "target_port": 22}], **change})


NOTICE = {
    "login": finding(user_sample=["root", "a\u202eb", "x\r\nBcc: y"]),
    "scan": finding(kind="scan.vertical", definition="scan.vertical/1", technique="syn",
                    protocol="tcp", authentic="one-way-only", victim="44.128.200.5"),
    "web": finding(kind="probe.web", definition="probe.web/1", paths=2, protocol="tcp",
                   path_sample=["/.env", "/" + "é" * 300]),
    "flood": finding(kind="flood.syn", definition="flood.syn/1", peak=1000, protocol="tcp"),
    "summary": json.dumps({"type": "summary", "local": {"rule": "given",
                                                        "networks": ["192.0.2.0/24"]}}),
    "remark": json.dumps({"type": "remark", "code": "cut"}),
}


def country(word, *codes):
    return {"word": word, **({"code": codes[0]} if word == "agreed" else {}), "families": 1,
            "dissent": False, "values": [{"code": c, "families": 1, "sources": 1} for c in codes]}


ORIGIN = {
    "address": "44.128.0.7", "prefix": "44.128.0.0/24",
    "as": [{"number": 64500, "name": "ONE"}, {"number": 64501, "name": "", "special": "private"}],
    "registered": country("agreed", "DE"), "located": country("split", "DE", "NL"),
    "relation": "untold", "flags": ["tor-exit", "hosting"], "stale_flags": ["hosting"],
    "operator": "Example Census",
    "statements": [
        {"source": "a", "about": "network", "asn": 64500, "text": "ONE", "first": "44.128.0.0",
         "last": "44.128.0.255"},
        {"source": "b", "date": "2026-01-01", "about": "located", "code": "NL",
         "first": "44.128.0.0", "last": "44.128.0.255"},
        {"source": "b", "about": "flag", "flag": "tor-exit", "first": "44.128.0.7",
         "last": "44.128.0.7"}],
    "sources": [{"name": "a", "format": "libloc", "family": "records", "dated_by": "undated"},
                {"name": "b", "format": "list", "family": "unknown", "dated_by": "pinned",
                 "date": "2026-01-01", "sha256": "0" * 64}],
}
TOLD = {
    "origin": finding(origin=ORIGIN, decided={"counter": "failed logins", "counted": 20,
                                              "threshold": 5}),
    "special": finding(origin={**ORIGIN, "as": [], "flags": [], "statements": [], "sources": [],
                               "located": country("unknown"),
                               "special": {"name": "Documentation", "rfc": "RFC 5737",
                                           "bogon": True}}),
    "tools": finding(tool=[{"name": "masscan", "formula": "x", "matched": 5, "of": 9,
                            "chance": None}], source_sample=["44.128.0.8"]),
}


def xarf(**change):
    return json.dumps({
        "xarf_version": "4.2.0", "report_id": "dbf79f17-f4f4-4c22-ae58-19991f52a1e8",
        "timestamp": "2026-03-03T10:00:00Z", "reporter": {"org": "O", "contact": "a@b.example"},
        "source_identifier": "198.51.100.7", "source_port": 40001, "category": "connection",
        "type": "login_attack", "destination_ip": "192.0.2.5", "destination_port": 22,
        "protocol": "tcp", "first_seen": "2026-03-03T09:00:00+01:00", "attempt_count": 9,
        "evidence": [{"content_type": "text/plain",
                      "payload": base64.b64encode(b"Source: 198.51.100.7\n").decode()}],
        "exhibit": {"connections": [{"time": "2026-03-03T09:30:00Z", "source_port": 40001,
                                     "destination_port": 22}]}, **change})


def mail(*parts, boundary="b"):
    return (f"From: A <a@b.example>\r\nSubject: =?utf-8?Q?a=C3=A9?=\r\n =?utf-8?B?w6Q=?=\r\n"
            f"Date: Tue, 03 Mar 2026 10:00:00 +0100\r\nX-ARF: YES\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: multipart/mixed;\r\n boundary=\"{boundary}\"\r\n\r\n"
            + "".join(f"--{boundary}\r\n{head}\r\n\r\n{body}\r\n" for head, body in parts)
            + f"--{boundary}--\r\n")


REPORT = """---
Reported-From: f@b.example
Report-Type: login-attack
Service: ssh
Port: 22
Source: 198.51.100.7
Date: Tue, 03 Mar 2026 11:00:00 +0100
"""
BANNED = """The IP 198.51.100.7 has just been banned by Fail2Ban after
5 attempts against sshd.
Note: Local timezone is +0200 (CEST)
Lines containing failures of 198.51.100.7 (max 1000)
> Source IP: 198[.]51[.]100[.]8:22
"""
MAIL = {
    "xarf": mail(("Content-Type: application/json\r\nContent-Transfer-Encoding: base64",
                  base64.encodebytes(xarf().encode()).decode())),
    "x-arf": mail(("Content-Type: text/plain", "hello"),
                  ("Content-Type: text/plain; name=report.txt\r\n"
                   "Content-Transfer-Encoding: quoted-printable", REPORT.replace("=", "=3D"))),
    "nested": mail(("Content-Type: message/rfc822", mail(("Content-Type: text/csv", "a,b"),
                                                         boundary="bb"))),
    "fail2ban": "From: f@b.example\nSubject: Abuse\n\n" + BANNED,
    "html": mail(("Content-Type: text/html; charset=utf-16", "<b>")),
}
HTML = ("<!doctype html><table><tr><th>time<th>src_ip<th>dst_ip</tr><tr><td>2026-03-03"
        "<td>198.51.100&#46;7<td>192.0.2.5</table><pre>Source-IP: 198.51.100.8\n</pre>&amp;<br>")


def packed():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("folder/", "")
        z.writestr("report.csv", "timestamp,src_ip,dst_ip\n2026-03-03,198.51.100.7,192.0.2.5\n")
        z.writestr("report.html", HTML)
    return out.getvalue()


CLAIM = {
    "gzip": gzip.compress(REPORT.encode(), mtime=0), "zip": packed(), "page": HTML,
    "utf-16": REPORT.encode("utf-16"),
    "zeek": "#fields\tts\tid.orig_h\tsrc\tnote\n1772532000.5\t-\t198.51.100.7\tScan\n#close\n",
    "alerts": "03/03/2026-10:00:00.1  [**] [1:1:1] x [**] {TCP} 198.51.100.7:1 -> 192.0.2.5:2\n"
              '{"timestamp":"2026-03-03T10:00:00Z","src_ip":"198.51.100.7","alert":{"signature":"a"}}'
              "\n2026/03/03 10:00:00 [error] 1#1: *1 x, client: 198.51.100.7, server: a\n"
              "[Tue Mar 03 10:00:00.1 2026] [x:error] [client 198.51.100.7:4] y\n",
    **MAIL, "empty": "",
    "xarf-alone": xarf(), "list": f"[{xarf()},{xarf(source_identifier='x')}]", "report": REPORT,
    "banned": BANNED, "finding": finding() + "\n" + finding(technique="syn") + "\n",
    "shadowserver": '"timestamp","ip","port","protocol","asn","tag","dst_ip","dst_port"\n'
                    '"2026-03-03 10:00:00","198.51.100.7","1","tcp","1","a ""b""","192.0.2.5","2"\n',
    "table": "time;src;dst;count\n2026-03-03;198.51.100.7;192.0.2.5;9\n",
    "misp": json.dumps({"Event": {
        "info": "scan", "date": "2026-03-03", "Orgc": {"name": "C"},
        "Attribute": [{"type": "ip-src|port", "value": "198.51.100.7|1",
                       "first_seen": "2026-03-03T10:00:00+00:00"}],
        "Object": [{"name": "network-connection", "Attribute": [
            {"object_relation": "ip-dst", "value": "192.0.2.5"},
            {"object_relation": "dst-port", "value": "80"}]}]}}),
    "stix": json.dumps({"type": "bundle", "id": "b", "objects": [
        {"type": "observed-data", "id": "o", "first_observed": "2026-03-03T10:00:00Z",
         "last_observed": "2026-03-03T10:01:00Z", "number_observed": 2, "object_refs": ["t"],
         "objects": {"0": {"type": "ipv6-addr", "value": "2001:db8::1"}}},
        {"type": "ipv4-addr", "id": "a", "value": "198.51.100.7"},
        {"type": "network-traffic", "id": "t", "src_ref": "a", "dst_port": 1, "protocols": ["tcp"]},
        {"type": "indicator", "id": "i", "pattern": "[ipv4-addr:value = '198.51.100.9']"},
        {"type": "indicator", "id": "k",
         "pattern": "[(network-traffic:src_ref.value IN ('198.51.100.7', '198.51.100.8') OR "
                    "network-traffic:src_ref.value != 'a\\\\'b') AND network-traffic:dst_port "
                    ">= 22 OR network-traffic:protocols[*] = 'tcp'] FOLLOWEDBY "
                    "[ipv4-addr:value NOT LIKE '198.51.%']"},
        {"type": "sighting", "id": "s", "sighting_of_ref": "i", "count": 2}]}),
}
KEYS = ("# keys\ns._domainkey.a.example v=DKIM1; k=ed25519; p=" + base64.b64encode(b"\x07" * 32).decode()
        + '\nr._domainkey.a.example. 300 IN TXT ( "v=DKIM1; k=rsa; t=y:s; h=sha256; p=MAwCBQ" '
        '"DAAAABAgMBAAE=" )\n\0\0')


def signed(tags, body="Hello,  there. \r\n\r\n"):
    return (KEYS + f"DKIM-Signature: v=1; d=a.example; {tags};\r\n\tbh=AAAA; b=AAAA\r\n AAAA\r\n"
            "From: A <a@sub.a.example>\r\nSubject: one\r\n  two\r\n\r\n" + body)


DKIM = {
    "ed": signed("s=s; a=ed25519-sha256; h=from : subject:from; c=relaxed/relaxed; t=1; x=2"),
    "rsa": signed("s=r; a=rsa-sha256; h=from; c=simple; l=5; i=@a.example; q=dns/txt"),
    "relaxed": signed("s=s; a=rsa-sha256; h=from; c=relaxed", ""),
    "none": KEYS + "From: a@b.example\n\nhello\n",
    "two": signed("s=s; a=rsa-sha1; h=from") + "\n\n",
}
FLOW = {
    "zeek": "#separator \\x09\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration"
            "\tconn_state\torig_pkts\tresp_pkts\n1772532000.5\t198.51.100.7\t40001\t192.0.2.5\t22\ttcp"
            "\t1.5\tSF\t9\t8\n1772532001.5\t192.0.2.5\t53\t198.51.100.7\t53\tudp\t-\tS0\t1\t0\n#close\n",
    "json": '{"ts":1772532000.25,"id.orig_h":"198.51.100.7","id.resp_h":"192.0.2.5","id.resp_p":22,'
            '"proto":"tcp","duration":1e3,"orig_pkts":2}\n{}\n{"ts":1}\n',
    "nfdump": "ts,te,td,sa,da,sp,dp,pr,flg,ipkt,ibyt\n2026-03-03 10:00:00,2026-03-03 10:00:01,1.0,"
              "198.51.100.7,192.0.2.5,40001,22,TCP,...AP.SF,9,500\nSummary\nflows,bytes\n1,2\n",
    "silk": "sIP|dIP|sPort|dPort|pro|packets|flags|sTime|duration\n"
            "198.51.100.7|192.0.2.5|40001|22|6|1|S     |2026/03/03T10:00:00.000|0.000\n",
}
WHEN = {str(i): text for i, text in enumerate([
    "2026-03-03T10:00:05.123Z", "2026-03-03 10:00 CET", "Tue, 03 Mar 2026 10:00:05 -0500 (EST)",
    "03/Mar/2026:10:00:05 +0000", "Mar  3 10:00:05", "Mar 3, 2026 10:00:05", "1772532005.5",
    "1772532005000", "2026/03/03", "9220050000", "[2026-03-03T10:00:05,1+02]"])}


def statement(kind, body, **more):
    """The note of a statement; its signature is of the right form only."""
    said = {"type": f"exhibit-{kind}/v1", "id": "00112233445566778899aabbccddeeff",
            "party": "a.example", "time": "2027-01-15T08:00:00Z", "body": body, **more}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{text}\n\n\u2014 a.example {base64.b64encode(bytes(68)).decode()}\n"


def handed(*notes, **more):
    key = ("exhibit-key/v1\nkey example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv"
           f"3U2k\nnext {base64.b64encode(bytes(32)).decode()}\n")
    proof = f"c2sp.org/tlog-proof@v1\nindex 1\n\na.example\n2\n{base64.b64encode(bytes(32)).decode()}\n"
    return json.dumps({
        "format": "exhibit-handed/v1",
        "statements": [{"note": n, "logged": [{"party": "a.example", "proof": proof,
                                               "salt": base64.b64encode(bytes(16)).decode()}]}
                       for n in notes],
        "keys": [{"entry": key, "proof": proof}],
        "enclosed": [{"name": "case.exhibit", "data": "UEs="}], **more})


STATEMENT = {
    "receipt": statement("receipt", {}, previous="0" * 64),
    "text": statement("answer", {"note": "\u00e9\u20ac\U0001f600\u202e", "list": [1, -2, None, True]}),
    "two": statement("case", {}) + f"\u2014 b.example {base64.b64encode(bytes(68)).decode()}\n",
    "handed": handed(statement("receipt", {})),
    "handed-two": handed(statement("receipt", {}), statement("answer", {"a": {"b": {"c": []}}})),
    "canon": '{"a":[1,{"b":"c"}],"d":"\u00e9"}',
}


def vkey(name, kind, number):
    typed = bytes([kind]) + hashlib.sha256(bytes([number])).digest()
    key_id = hashlib.sha256(name.encode() + b"\n" + typed).hexdigest()[:8]
    return f"{name}+{key_id}+{base64.b64encode(typed).decode()}"


def accord(template, **more):
    """A body with the shipped clauses of a template; without those that have terms of their own
    but for lists and limits."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "accords")
    with open(os.path.join(folder, "clauses.json"), encoding="ascii") as f:
        clauses = json.load(f)["clauses"]
    with open(os.path.join(folder, f"{template}.json"), encoding="ascii") as f:
        t = json.load(f)
    wanted = [i for i in t["clauses"] if i != "definitions"] + more.pop("clauses", [])
    return {"accord": "00112233445566778899aabbccddeeff", "version": 1, "title": t["title"],
            "template": template, "limits": t["limits"],
            "clauses": [{k: c[k] for k in ("id", "version", "title", "text", "source")}
                        for c in clauses if c["id"] in wanted],
            "denials": ["fabricated", "relay"], "grounds": ["privacy"],
            "sharing": {"tlp": "AMBER", "pass_on": ["customer"]},
            "parties": [{"name": n, "key": vkey(n, 1, i), "next": base64.b64encode(bytes(32)).decode(),
                         "contacts": [{"lane": "inquiry", "mail": f"desk@{n}", "hours": "24/7"}],
                         "networks": ["192.0.2.0/24", "2001:db8::/32"], "sensors": ["border-1"],
                         "tls": ["0" * 64]} for i, n in enumerate(("a.example", "b.example"))],
            **more}


ACCORD = {
    "norms": json.dumps(accord("norms-13")),
    "dialogue": json.dumps(accord("dialogue-2015")),
    "witnesses": json.dumps(accord("link-2013", clauses=["witnesses"], witnesses={
        "keys": [{"name": "w1", "key": vkey("w.example", 4, 7)}], "quorum": 1})),
    "declined": json.dumps(accord("osce-9-13", version=2, declined=[
        {"clause": "definitions", "by": "b.example", "ground": "sovereignty", "quoted": "x\u202e"}])),
    "handed": handed(statement("accord", accord("norms-13"))),
    "leave": handed(statement("accord", accord("norms-13")),
                    statement("leave", {"accord": "00112233445566778899aabbccddeeff"})),
}


CASE_ID = "00112233445566778899aabbccddeeff"
DUE = {"receipt": "2027-01-16T08:00:00Z", "answer": "2027-01-22T08:00:00Z",
       "final": "2027-02-14T08:00:00Z"}


def notice(**more):
    return {"case": CASE_ID, "number": 1, "to": "b.example", "lane": "machine", "tlp": "AMBER",
            "from": {"key": vkey("a.example", 1, 1), "next": base64.b64encode(bytes(32)).decode()},
            "request": ["preserve", "stop"], "due": DUE,
            "enclosed": [{"name": "case.exhibit", "sha256": "0" * 64, "bytes": 2}],
            "claims": [{"exhibit": 1, "claim": 1, "definition": "scan.horizontal/1",
                        "first": "2027-01-15T07:00:00Z", "last": "2027-01-15T07:10:00Z",
                        "remotes": ["198.51.100.7", "2001:db8::1"]}], **more}


def about(note):
    return hashlib.sha256(note.split("\n\n")[0].encode() + b"\n").hexdigest()


NOTICE_NOTE = statement("notice", notice(note="Please.\nNow.", form={"reference": "A-1"}))


def reply(kind, number, party="b.example", **body):
    return statement(kind, {"case": CASE_ID, "number": number, **body}, party=party,
                     previous=about(NOTICE_NOTE), id=f"{number:032x}")


ANSWER = {"answer": "disputed", "observation": "not-said", "attribution": "disagree",
          "denials": ["forged-source", "relay"]}
CASE = {
    "notice": NOTICE_NOTE,
    "accord": statement("notice", notice(accord={"id": CASE_ID, "version": "0" * 64})),
    "answer": reply("answer", 1, **ANSWER),
    "declined": reply("answer", 1, answer="declined", observation="agree", attribution="not-said",
                      ground="privacy", note="no", preserved_until="2027-02-14T08:00:00Z"),
    "forwarded": reply("answer", 1, answer="forwarded", observation="agree", attribution="agree",
                       forwarded_to="a customer"),
    "file": handed(NOTICE_NOTE, reply("receipt", 1), reply("answer", 2, **ANSWER),
                   reply("withdrawal", 3, "a.example", reason="wrong")),
    "lies": handed(NOTICE_NOTE, statement("notice", notice(note="Else.")), reply("receipt", 1),
                   reply("answer", 1, **ANSWER), reply("receipt", 2, "a.example"),
                   reply("receipt", 9, "c.example")),
}


def hashed(value):
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def signed(kind, number, party, body, previous):
    """A note of one party, and the hash of its text."""
    said = {"type": f"exhibit-{kind}/v1", "id": f"{number:032x}", "party": party,
            "time": f"2027-01-15T08:00:0{number}Z", "body": body, "previous": previous}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    note = f"{text}\n\u2014 {party} {base64.b64encode(bytes(68)).decode()}\n"
    return note, hashlib.sha256(text.encode()).hexdigest()


RULES = {"set": "own", "definitions": [{
    "name": "backscatter", "version": 1, "method": "backscatter",
    "parameters": {"idle_s": 300, "packets": 25, "targets": 10}}]}
JUDGED = {"definitions": {"hash": hashed(RULES), "set": RULES}, "judgements": [
    {"scenario": "s-0", "verdict": "counts", "answer": "acted"},
    {"scenario": "s-1", "verdict": "needs:permission", "answer": "no-notice"}]}
SCENES = [{"id": f"s-{i}", "kind": kind, "text": "Something was seen.", "local": ["192.0.2.0/24"]}
          for i, kind in enumerate(("scan", "ordinary"))]
ROUND = {"calibration": f"{1:032x}", "accord": CASE_ID, "parties": ["a.example", "b.example"],
         "scenarios": [{**s, "capture": "0" * 64} for s in SCENES]}
JUDGEMENT = {"format": "exhibit-judgement/v1", "calibration": CASE_ID, **JUDGED}


def calibration():
    """A round in which both have revealed, and b twice and once falsely."""
    notes, seen, openings = [], [], []
    note, first = signed("calibration", 1, "a.example", ROUND, "0" * 64)
    notes.append(note)
    for i, party in enumerate(ROUND["parties"]):
        openings.append({"format": "exhibit-calibration-opening/v1", "round": first, "party": party,
                         "salt": f"{i:064x}", **JUDGED})
        note, name = signed("commitment", 2 + i, party, {
            "calibration": ROUND["calibration"], "commitment": hashed(openings[i])}, first)
        notes.append(note)
        seen.append(name)
    for number, i, opening in ((4, 0, openings[0]), (5, 1, openings[1]), (6, 1, openings[0])):
        notes.append(signed("reveal", number, ROUND["parties"][i], {
            "calibration": ROUND["calibration"], "commitments": seen, "opening": opening},
            seen[i])[0])
    return notes


CALIBRATE = {
    "round": json.dumps(ROUND),
    "list": json.dumps({"scenarios": SCENES}),
    "judgement": json.dumps(JUDGEMENT),
    "lines": "# ours\ns-1\tneeds:operator\tdisputed\r\ns-0\tcounts\tacted\n",
    "committed": handed(*calibration()[:3]),
    "revealed": handed(*calibration()[:5]),
    "twice": handed(*calibration()),
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for target, seeds in (("notice", NOTICE), ("told", TOLD), ("claim", CLAIM), ("claim_mail", MAIL),
                          ("claim_when", WHEN), ("statement", STATEMENT), ("dkim", DKIM),
                          ("claim_flow", FLOW), ("accord", ACCORD), ("case", CASE),
                          ("calibrate", CALIBRATE)):
        folder = os.path.join(sys.argv[1], f"fuzz_{target}")
        os.makedirs(folder, exist_ok=True)
        for name, content in seeds.items():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(content if isinstance(content, bytes) else content.encode())


if __name__ == "__main__":
    main()
