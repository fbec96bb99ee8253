#!/usr/bin/env python3
"""tests/schema.py ROOT - do the shipped definitions meet their schema, does the
schema refuse what the program refuses, and is it the one that the program's
table of methods gives?"""
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema


def spoiled(good):
    """Sets that must be refused, each with the reason."""
    def change(why, act):
        bad = copy.deepcopy(good)
        act(bad, bad["definitions"][0])
        return why, bad

    yield change("a member more in the set", lambda s, d: s.update(note=1))
    yield change("a member more in a definition", lambda s, d: d.update(note=1))
    yield change("no name", lambda s, d: d.pop("name"))
    yield change("version 0", lambda s, d: d.update(version=0))
    yield change("a method that is none", lambda s, d: d.update(method="none"))
    yield change("a parameter more", lambda s, d: d.update(parameters={"none": 1}))
    yield change("idle_s of 0", lambda s, d: d.update(parameters={"idle_s": 0}))
    yield change("no definitions", lambda s, d: s.update(definitions=[]))


def fresh(root):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "schema.json")
        subprocess.run([root / "tools/definition-schema", root / "src/base/model/definition.c", out],
                       check=True)
        return out.read_text(encoding="utf-8")


def main():
    root = pathlib.Path(sys.argv[1])
    text = (root / "docs/schemas/definitions.schema.json").read_text(encoding="utf-8")
    wrong = []
    if text != fresh(root):
        wrong.append("the schema is not that of the program: run tools/definition-schema")
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    sets = sorted((root / "definitions").glob("*.json"))
    for path in sets:
        good = json.loads(path.read_text(encoding="utf-8"))
        wrong += [f"{path.name}: {e.message}" for e in check.iter_errors(good)]
        wrong += [f"{path.name}: not refused: {why}" for why, bad in spoiled(good)
                  if check.is_valid(bad)]
    if not sets:
        wrong.append("no sets")
    for line in wrong:
        print(line)
    return bool(wrong)


sys.exit(main())
