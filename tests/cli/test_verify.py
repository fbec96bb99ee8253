#!/usr/bin/env python3
"""tests/cli/test_verify.py EXHIBIT EXHIBIT-VERIFY CASE_DUMP - what two programs say of exhibits.

CASE_DUMP makes exhibits; a timestamp authority is made with openssl.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import jsonschema

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import authority  # noqa: E402
import kit  # noqa: E402

PROGRAM, SMALL, DUMP = (os.path.abspath(p) for p in sys.argv[1:4])
os.environ["EXHIBIT_PROGRAM"] = PROGRAM
KEYS = {"witness": "witness.policy", "plain": "plain.policy", "stranger": "stranger.policy"}

def dump(folder, kind, *stamp):
    os.makedirs(folder, exist_ok=True)
    subprocess.run([DUMP, folder, kind, *stamp], check=True, timeout=60)
    return folder


def verify(folder, policy, *args, file="case.exhibit"):
    return kit.run("verify", f"{folder}/{file}", "--policy", f"{folder}/{KEYS[policy]}", *args)


def small(folder, policy, *args, file="case.exhibit"):
    done = subprocess.run([SMALL, f"{folder}/{file}", "--policy", f"{folder}/{KEYS[policy]}",
                           *args], capture_output=True, check=False, timeout=60,
                          env=kit.environment())
    return kit.Said(done.returncode, done.stdout, done.stderr)


def point(report, what):
    return next((p["word"] for p in report["points"] if p["what"] == what), None)


def denial(report, name):
    return next(d["word"] for d in report["denials"] if d["denial"] == name)


def put(path, data):
    with open(path, "wb") as f:
        f.write(data)


def main(tap, top):
    with open(os.path.join(kit.ROOT, "docs/schemas/verify.schema.json"), encoding="utf-8") as f:
        schema = jsonschema.Draft202012Validator(json.load(f))
    live, file = dump(f"{top}/live", "live"), dump(f"{top}/file", "file")

    for name, folder, policy, rc in (("live", live, "witness", 0), ("file", file, "plain", 0),
                                     ("stranger", live, "stranger", 2)):
        said, other = verify(folder, policy), small(folder, policy)
        tap.ok(f"{name}: the exit status tells whether it holds", said.rc == rc, said)
        tap.ok(f"{name}: both programs say the same",
               (said.rc, said.out) == (other.rc, other.out), other)
        said = verify(folder, policy, "--json")
        tap.none(f"{name}: the JSON meets its schema",
                 [e.message for e in schema.iter_errors(json.loads(said.out))])
        tap.ok(f"{name}: both say the same in JSON", said.out == small(folder, policy, "--json").out)

    said = verify(live, "witness")
    tap.ok("the first line is the grade", said.out.startswith(b"witnessed: "), said)
    tap.ok("lines keep within 80 columns",
           max(len(line) for line in said.out.decode().splitlines()) <= 80)
    said = verify(live, "stranger")
    tap.ok("a missing key is named", b"no log of the policy signed for cert-a.example/border"
           in said.out.replace(b"\n    ", b" "), said)

    whole = kit.get(f"{live}/case.exhibit")
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 1
    put(f"{live}/changed", bytes(changed))
    put(f"{live}/cut", whole[:3000])
    put(f"{live}/empty", b"")
    put(f"{live}/other", b"PK\x03\x04 no exhibit")
    said = verify(live, "witness", file="changed")
    tap.ok("a changed byte does not hold", said.rc in (1, 2) and not said.crashed(), said)
    for name in ("cut", "empty", "other", "missing"):
        said, other = verify(live, "witness", file=name), small(live, "witness", file=name)
        tap.ok(f"{name}: cannot be read, and is said to be", said.rc == other.rc == 2 and
               said.err.startswith(b"exhibit: ") and not said.out, said)

    for name, text in (("empty", b""), ("words", b"trust everybody\n"),
                       ("without a quorum", kit.get(f"{live}/plain.policy").split(b"quorum")[0]),
                       ("endless", b"# " + b"x" * (2 << 20) + b"\n"),
                       ("a key twice", kit.get(f"{live}/plain.policy").split(b"\n")[0] + b"\n" +
                        kit.get(f"{live}/plain.policy")),
                       ("bytes", bytes(range(256)))):
        put(f"{live}/hostile", text)
        said = kit.run("verify", f"{live}/case.exhibit", "--policy", f"{live}/hostile")
        tap.ok(f"policy {name}: refused, and said why", said.rc == 2 and
               re.search(rb"hostile: (line \d+|quorum|offset 0: .*limit)", said.err), said)
    for args in ([], ["a", "b", "-p", "c"], [f"{live}/case.exhibit"]):
        tap.ok(f"wrong use: {len(args)} words", kit.run("verify", *args).rc == 2)

    for policy, begins in (("plain", "1 of 1 claim holds under the policy (exit status 0)"),
                           ("stranger", "0 of 1 claim holds under the policy; a key is missing "
                                        "from it: ")):
        said, report = verify(live, policy), json.loads(verify(live, policy, "--json").out)
        text = b" ".join(said.out.split()).decode()
        tap.ok(f"{policy}: the second line and the last one are the conclusion",
               report["conclusion"].startswith(begins) and report["exit_status"] == said.rc and
               text.count(report["conclusion"] + ".") == 2 and
               text.endswith(report["conclusion"] + "."), (report["conclusion"], said))
    text = b" ".join(verify(live, "stranger").out.split())
    tap.ok("what no key tells is neither true nor false", text.startswith(b"cannot tell: ") and
           b"Claim 1 cannot be told" in text and b"In short: cannot tell; " in text and
           b"does-not-hold" not in text and b"does not hold" not in text, text)
    hidden = json.loads(verify(live, "plain", "--json").out)["not_shown"]
    tap.ok("what this one hides is counted", "the local address in 84 of the 84 records that have "
           "one" in hidden and any("records of other remotes" in n for n in hidden), hidden)
    claim = json.loads(verify(live, "plain", "--json").out)["claims"][0]
    tap.ok("a claim is told in a sentence, and in numbers", claim["numbers"]["targets"] == 40 and
           claim["sentence"].startswith("11.0.0.66: Asked 40 addresses for TCP port 23"), claim)

    before = json.loads(verify(live, "plain", "--json").out)
    tap.ok("without sources nothing is said of the network", denial(before, "not-ours") == "not met"
           and denial(before, "relay") == "not met")
    put(f"{top}/exits.txt", b"192.0.2.7\n")
    listed = f"{top}/exits.txt,as=tor-exit,date={before['claims'][0]['first'][:10]}"
    said = verify(live, "plain", "--json", "--source", listed)
    tap.ok("a list that does not name the remote counts",
           denial(json.loads(said.out), "relay") == "partly met", said)
    put(f"{top}/exits.txt", before["claims"][0]["remote"].encode() + b"\n")
    said = verify(live, "plain", "--json", "--source", listed)
    tap.ok("a list that names it counts more", denial(json.loads(said.out), "relay") == "not met"
           and b"tor-exit" in said.out, said)

    kept = f"{top}/kept"
    said = kit.run("source", "add", listed, "--home", kept)
    tap.ok("a source can be kept", said.rc == 0, said)
    said = verify(live, "plain", "--json", "--home", kept)
    tap.ok("kept sources are asked only when it is wished", b"tor-exit" not in said.out, said)
    for how in (["-a"], ["--source", f"{top}/none.txt,as=vpn,date={before['claims'][0]['first'][:10]}"]):
        put(f"{top}/none.txt", b"192.0.2.9\n")
        said = verify(live, "plain", "--json", "--home", kept, *how)
        tap.ok(f"{how[0]} asks them", denial(json.loads(said.out), "relay") == "not met"
               and b"tor-exit" in said.out, said)

    if not shutil.which("openssl"):
        tap.skip("timestamps", "no openssl")
        return
    tsa = authority.Authority(f"{top}/tsa")
    tsr, ca = tsa.stamp(f"{live}/checkpoint"), tsa.ca
    stamped = dump(f"{top}/stamped", "live", tsr)
    report = json.loads(verify(stamped, "plain", "--json", "--ca", ca).out)
    tap.ok("a stamp by an authority of the reader's holds", point(report, "timestamps") == "holds",
           report)
    report = json.loads(verify(stamped, "plain", "--json").out)
    tap.ok("without certificates it is not checked",
           report["holds"] and point(report, "timestamps") == "not checked here", report)
    strange = authority.Authority(f"{top}/strange").ca
    said = verify(stamped, "plain", "--json", "--ca", strange)
    tap.ok("a stamp by another authority does not hold", said.rc == 1 and
           point(json.loads(said.out), "timestamps") == "does not hold", said)


TAP = kit.Tap()
with tempfile.TemporaryDirectory() as TOP:
    main(TAP, TOP)
sys.exit(TAP.done())
