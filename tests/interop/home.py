"""tests/interop/home.py - what a party's home hands out, checked by Go's note and tlog.

Usage: home.py EXHIBIT CHECK.GO
"""
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile

EXHIBIT, CHECK = (os.path.abspath(a) for a in sys.argv[1:3])
SKIP = 77
GOPATH = "/usr/share/gocode"  # where Debian puts Go's libraries


def exhibit(*args):
    p = subprocess.run([EXHIBIT, *args, "--home", "home"], capture_output=True, check=False)
    if p.returncode != 0:
        sys.exit(f"exhibit {' '.join(args)}: {p.returncode}\n{p.stderr.decode()}")
    return p.stdout


def keep(name, data):
    with open(name, "wb") as f:
        f.write(data)


def main():
    if shutil.which("go") is None or not os.path.isdir(GOPATH + "/src/golang.org/x/mod/sumdb/tlog"):
        print("skipped: go, or its x/mod library, is not here")
        sys.exit(1 if os.environ.get("CI") == "true" else SKIP)
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        exhibit("init", "--name", "cert-a.example")
        for _ in range(3):
            exhibit("key", "rotate")
        keep("old", exhibit("ledger", "checkpoint"))
        for _ in range(2):
            exhibit("key", "rotate")
        keep("policy", exhibit("key", "show", "--policy"))
        keep("new", exhibit("ledger", "checkpoint"))
        keep("grown", exhibit("ledger", "consistency", "old"))
        keep("proof", exhibit("ledger", "prove", "3"))
        proven = json.loads(exhibit("ledger", "prove", "3", "--json"))
        keep("entry", base64.b64decode(proven["entry"]))
        env = dict(os.environ, GO111MODULE="off", GOPATH=GOPATH, GOCACHE=place + "/cache",
                   GOFLAGS="", HOME=place)
        p = subprocess.run(["go", "run", CHECK, "policy", "new", "old", "grown", "proof", "entry"],
                           env=env, capture_output=True, check=False)
        os.chdir("/")
    said = p.stdout.decode().strip()
    if p.returncode != 0 or said != "go: size 6 grew out of 4, 6 keys, signed by 2, entry 3":
        sys.exit(f"{p.returncode}: {said}\n{p.stderr.decode()}")
    print(said)


main()
