#!/usr/bin/env python3
# tests/unit/report/check_schema.py SCHEMA PROGRAM [ARGUMENT...] - each line that
# the program prints fits the schema, which refuses a line with anything changed.
import json
import subprocess
import sys

import jsonschema


def complaints(validators, line):
    o = json.loads(line)
    name = {"below": "finding"}.get(o["type"], o["type"])
    return [f"{name}: {'/'.join(map(str, e.absolute_path))}: {e.message[:200]}"
            for e in validators[name].iter_errors(o)]


def refuses_strangers(validators, line):
    """A member that nobody knows must not pass."""
    o = json.loads(line)
    o["stranger"] = 1
    return bool(complaints(validators, json.dumps(o)))


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    validators = {
        name: jsonschema.Draft202012Validator({**schema, "oneOf": [{"$ref": f"#/$defs/{name}"}]})
        for name in ("finding", "remark", "summary")}
    done = subprocess.run(sys.argv[2:], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    bad = [c for line in lines for c in complaints(validators, line)]
    lax = [line for line in lines if not refuses_strangers(validators, line)]
    print("TAP version 13\n1..2")
    print(f"{'not ' * bool(bad or not lines)}ok 1 - {len(lines)} lines fit the schema")
    print("".join(f"# {c}\n" for c in bad), end="")
    print(f"{'not ' * bool(lax)}ok 2 - the schema refuses what it does not know")
    return bool(bad or lax or not lines)


if __name__ == "__main__":
    sys.exit(main())
