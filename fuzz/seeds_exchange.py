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


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = os.path.join(sys.argv[1], "fuzz_notice")
    os.makedirs(folder, exist_ok=True)
    for name, content in NOTICE.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(content)


if __name__ == "__main__":
    main()
