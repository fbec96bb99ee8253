#!/usr/bin/env python3
"""seeds_definitions.py OUT - the shipped sets of definitions, and sets that
are refused, each for another reason."""
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    out = pathlib.Path(sys.argv[1], "fuzz_definition")
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted((ROOT / "definitions").glob("*.json")):
        (out / path.name).write_bytes(path.read_bytes())
    one = {"name": "x", "version": 1, "method": "scan.vertical"}
    refused = {
        "member": {"set": "s", "note": 1, "definitions": [one]},
        "parameter": {"set": "s", "definitions": [dict(one, parameters={"none": 1})]},
        "range": {"set": "s", "definitions": [dict(one, parameters={"ports": 1})]},
        "twice": {"set": "s", "definitions": [one, one]},
        "kind": {"set": "s", "definitions": [dict(one, kind="X")]},
        "array": [one],
    }
    for name, value in refused.items():
        (out / f"refused-{name}.json").write_text(json.dumps(value), encoding="utf-8")


main()
