#!/usr/bin/env python3
"""fuzz/seeds_exchange.py FOLDER - seeds for the targets of notices."""
import json
import os
import sys


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


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for target, seeds in (("fuzz_notice", NOTICE), ("fuzz_told", TOLD)):
        folder = os.path.join(sys.argv[1], target)
        os.makedirs(folder, exist_ok=True)
        for name, content in seeds.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(content)


if __name__ == "__main__":
    main()
