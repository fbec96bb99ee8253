"""tests/interop/ledger.py - programs that are not ours check our ledger.

Go's note and tlog packages: checkpoints, cosignatures, tiles, proofs. openssl:
the signature of a checkpoint, and timestamps in both directions.
Usage: ledger.py LEDGER_MAKE CHECK.GO
"""
import base64
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import authority  # noqa: E402

MAKE, CHECK = (os.path.abspath(a) for a in sys.argv[1:3])
SKIP = 77
GOPATH = "/usr/share/gocode"  # where Debian puts Go's libraries

def run(*args, good=True, **more):
    p = subprocess.run(args, capture_output=True, check=False, **more)
    if (p.returncode == 0) != good:
        sys.exit(f"{' '.join(args)}: {p.returncode}\n{p.stdout.decode()}{p.stderr.decode()}")
    return p.stdout.decode()


def skip(what):
    print(f"skipped: {what} is not here")
    sys.exit(1 if os.environ.get("CI") == "true" else SKIP)


def check_signature():
    """The log's line of the checkpoint, by openssl alone."""
    text, lines = open("log/checkpoint", "rb").read().split(b"\n\n", 1)
    name, sig = lines.split(b"\n")[0].split(b" ")[1:]
    vkey = open("log.vkey", "rb").read().split(b"+", 2)
    assert name == vkey[0] == b"log.example/1"
    raw, key = base64.b64decode(sig), base64.b64decode(vkey[2])
    assert raw[:4].hex().encode() == vkey[1] and key[0] == 1
    # RFC 8410: SubjectPublicKeyInfo of an Ed25519 key
    open("key.der", "wb").write(bytes.fromhex("302a300506032b6570032100") + key[1:])
    open("sig", "wb").write(raw[4:])
    args = ("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.der", "-keyform", "DER",
            "-rawin", "-sigfile", "sig", "-in", "text")
    open("text", "wb").write(text + b"\n")
    run(*args)
    open("text", "wb").write(text.replace(b"66348", b"66349") + b"\n")
    run(*args, good=False)


def check_timestamps():
    """Our request, answered by openssl, checked by both; then openssl's own."""
    tsa = authority.Authority("tsa")
    run(MAKE, "ask", "log/checkpoint", "ours.tsq")
    run("openssl", "ts", "-query", "-data", "log/checkpoint", "-sha256", "-cert", "-out",
        "theirs.tsq")
    for who in ("ours", "theirs"):
        tsa.reply(f"{who}.tsq", f"{who}.tsr")
        run("openssl", "ts", "-verify", "-data", "log/checkpoint", "-in", f"{who}.tsr", "-CAfile",
            tsa.ca)
        run("openssl", "ts", "-verify", "-queryfile", f"{who}.tsq", "-in", f"{who}.tsr", "-CAfile",
            tsa.ca)
        said = run(MAKE, "stamp", f"{who}.tsr", "log/checkpoint", f"{who}.tsq", tsa.ca)
        assert said.endswith("by CN=Test authority\n"), said
        run(MAKE, "stamp", f"{who}.tsr", "log.vkey", f"{who}.tsq", tsa.ca, good=False)
    run(MAKE, "stamp", "ours.tsr", "log/checkpoint", "theirs.tsq", tsa.ca, good=False)


def main():
    if shutil.which("openssl") is None:
        skip("openssl")
    if shutil.which("go") is None or not os.path.isdir(GOPATH + "/src/golang.org/x/mod/sumdb/tlog"):
        skip("go, or its x/mod library")
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        run(MAKE, "make", ".")
        env = dict(os.environ, GO111MODULE="off", GOPATH=GOPATH, GOCACHE=place + "/cache",
                   GOFLAGS="", HOME=place)
        print(run("go", "run", CHECK, ".", env=env).strip())
        check_signature()
        check_timestamps()
        os.chdir("/")
    print("openssl: signature and timestamps hold")


main()
