#!/usr/bin/env python3
# tests/cli/test_home.py PROGRAM [CLAIM...] - a party's home, its keys and its ledger,
# as their owner and a sceptic meet them.
import base64
import glob
import json
import os
import pty
import re
import shutil
import signal
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit

NAME = "cert-a.example"


class Home(kit.Files):
    """A folder with a home in it."""

    def __init__(self, *args, name=NAME):
        super().__init__()
        self.home = self.path("home")
        self.env = kit.environment(EXHIBIT_HOME=self.home)
        self.made = self.run("init", "--name", name, *args)

    def run(self, *args, **more):
        return kit.run(*args, env=self.env, **more)

    def get(self, name):
        return kit.get(os.path.join(self.home, name))

    def json(self, *args):
        return json.loads(self.run(*args, "--json").out)


def refused(said, text, status=2):
    return said.rc == status and said.out == b"" and text in said.err.decode() and \
        said.err.startswith(b"exhibit: ") and said.err.count(b"\n") == 1


# ---- init -------------------------------------------------------------------


def init_makes_a_home_and_says_what_to_do(tap):
    with Home("--local", "192.0.2.0/24", "--local", "2001:db8::/32") as h:
        out = h.made.out.decode()
        tap.ok("init: exit status 0, no complaint", h.made.rc == 0 and h.made.err == b"", h.made)
        for words in ("exhibit key backup --move FILE", '"timestamps": [', "exhibit key show --policy",
                      "192.0.2.0/24, 2001:db8::/32", f"{h.home}/config.json", NAME):
            tap.ok(f"init says: {words}", words in out, out)
        tap.ok("init: lines fit 80 columns, but for paths and keys",
               all(len(line) <= 80 for line in out.splitlines()
                   if h.home not in line and "+" not in line), out)
        config = json.loads(h.get("config.json"))
        tap.ok("the configuration has what was said", config == {
            "format": "exhibit-config/v1", "name": NAME, "timestamps": [],
            "local": ["192.0.2.0/24", "2001:db8::/32"]}, config)
        schema = json.load(open(os.path.join(kit.ROOT, "docs/schemas/config.schema.json"),
                                encoding="utf-8"))
        problems = list(kit.jsonschema.Draft202012Validator(schema).iter_errors(config))
        tap.none("the configuration meets its schema", problems)
        config["timestamp"] = []
        tap.ok("the schema refuses what the program does not know",
               not kit.jsonschema.Draft202012Validator(schema).is_valid(config))


def nobody_else_can_read_a_home(tap):
    with Home() as h:
        open_to_others = [os.path.join(at, name) for at, folders, files in os.walk(h.home)
                          for name in folders + files
                          if os.stat(os.path.join(at, name)).st_mode & 0o077]
        tap.none("files of the home are their owner's", open_to_others)


def a_home_is_not_made_twice(tap):
    with Home() as h:
        before = h.get("key/sign")
        tap.ok("init again: refused", refused(h.run("init", "--name", NAME), "there is a home already"))
        os.unlink(os.path.join(h.home, "config.json"))
        tap.ok("keys without configuration: refused",
               refused(h.run("init", "--name", NAME), "without config.json"))
        tap.ok("the keys are as they were", h.get("key/sign") == before)


def wrong_use_is_told(tap):
    with Home() as h:
        cases = [
            (["init"], "--name"), (["init", "--name", "a b"], "--name a b"),
            (["init", "--name", "a+b"], "--name a+b"), (["init", "--name", ""], "--name"),
            (["init", "--name", "a\u202egro.live"], "characters that are not seen"),
            (["init", "--name", "a\u200bb"], "characters that are not seen"),
            (["init", "--name", "a\x07b"], "characters that are not seen"),
            (["init", "--name", NAME, "--local", "192.0.2.1/24"], "--local 192.0.2.1/24"),
            (["init", "x", "--name", NAME], "no arguments"),
            (["key"], "make, show, rotate or backup"), (["key", "burn"], "make, show"),
            (["key", "backup"], "an argument is missing"), (["key", "rotate", "x"], "too many"),
            (["key", "show", "--move"], "--move does not belong here"),
            (["key", "show", "--policy", "--json"], "--policy"),
            (["key", "make", h.path("k")], "--name"),
            (["key", "make", "--name", "k", "/nonexistent/k"], "/nonexistent/k"),
            (["key", "show", h.path("home/config.json")], "config.json"),
            (["ledger"], "checkpoint, prove"), (["ledger", "prove"], "an argument is missing"),
            (["ledger", "prove", "-1"], "no such option"), (["ledger", "prove", "01"], "01"),
            (["ledger", "prove", "1"], "there are 1 entries"),
            (["ledger", "consistency", "2"], "past the limit of 1"),
            (["ledger", "consistency", "/nonexistent/c"], "/nonexistent/c"),
            (["ledger", "audit", h.path("home")], "--policy"),
            (["ledger", "audit", "--policy", h.path("p")], "--policy"),
            (["ledger", "export", "/nonexistent/a/b"], "/nonexistent/a/b"),
            (["key", "show", "--home", h.path("none")], "there is no home here"),
        ]
        for args, text in cases:
            tap.ok(f"{' '.join(args)}: told, status 2".replace(h.folder.name, ""),
                   refused(h.run(*args), text), h.run(*args))


def an_init_that_is_killed_leaves_no_half_home(tap):
    """Killed after more and more time; whatever is there then is a home or none."""
    with kit.Files() as files:
        bad, whole, tries = [], 0, 40
        began = time.monotonic()
        kit.run("init", "--name", NAME, "--home", files.path("measure"))
        takes = time.monotonic() - began
        for i in range(tries):
            home = files.path(f"home{i}")
            with subprocess.Popen([kit.exhibit(), "init", "--name", NAME, "--home", home],
                                  env=kit.environment(), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as p:
                time.sleep(takes * i / tries)
                p.send_signal(signal.SIGKILL)
            if os.path.exists(os.path.join(home, "config.json")):
                whole += 1
                audit = kit.run("ledger", "audit", "--home", home)
                if audit.rc != 0:
                    bad.append(f"{i}: {audit}")
                continue
            again = kit.run("init", "--name", NAME, "--home", home)
            audit = kit.run("ledger", "audit", "--home", home)
            if again.rc != 0 or audit.rc != 0 or os.path.exists(os.path.join(home, "new")):
                bad.append(f"{i}: {again} {audit}")
        tap.none(f"{tries} killed inits leave a home ({whole}) or none, and the next makes it", bad)


# ---- Passphrases ------------------------------------------------------------


def typed(args, env, answers):
    """The program at a terminal, with these lines typed: exit status, what it showed."""
    pid, master = pty.fork()
    if pid == 0:
        os.execve(kit.exhibit(), ["exhibit", *args], env)
    shown, status = b"", None
    os.set_blocking(master, False)
    end = time.monotonic() + kit.TIMEOUT_S
    waiting = list(answers)
    while time.monotonic() < end:
        try:
            shown += os.read(master, 65536)
        except BlockingIOError:
            time.sleep(0.01)
        except OSError:
            break
        if waiting and shown.count(b": ") > len(answers) - len(waiting):
            os.write(master, waiting.pop(0).encode() + b"\n")
    else:
        os.kill(pid, signal.SIGKILL)  # it waits for something that we do not type
    _, status = os.waitpid(pid, 0)
    os.close(master)
    return os.waitstatus_to_exitcode(status), shown.decode(errors="replace")


def a_passphrase_is_asked_for_and_not_shown(tap):
    with kit.Files() as files:
        env = kit.environment(EXHIBIT_HOME=files.path("home"))
        rc, shown = typed(["init", "--name", NAME, "--passphrase"], env, ["renault", "rick"])
        tap.ok("two that differ: refused", rc == 2 and "differ" in shown, shown)
        tap.ok("and nothing is made", not os.path.exists(files.path("home")))
        rc, shown = typed(["init", "--name", NAME, "--passphrase"], env, ["renault", "renault"])
        tap.ok("asked for twice", rc == 0 and shown.count("assphrase for") == 1, shown)
        tap.ok("not shown", "renault" not in shown, shown)
        secret = kit.get(files.path("home/key/sign")) + kit.get(files.path("home/key/open"))
        tap.ok("no secret in clear", b"PRIVATE" not in secret, secret)
        rc, shown = typed(["key", "rotate"], env, ["renault"])
        tap.ok("asked for when keys change", rc == 0, shown)
        rc, shown = typed(["key", "rotate"], env, ["rick"])
        tap.ok("a wrong one is refused", rc == 2 and "passphrase" in shown, shown)


def a_passphrase_comes_from_a_file(tap):
    with kit.Files() as files:
        env = kit.environment(EXHIBIT_HOME=files.path("home"))
        right = files.put("right", b"as time goes by\nnot this\n")
        wrong = files.put("wrong", b"as time goes\n")
        empty = files.put("empty", b"\n")
        said = kit.run("init", "--name", NAME, "--passphrase-file", empty, env=env)
        tap.ok("an empty one is refused", refused(said, "empty"), said)
        said = kit.run("init", "--name", NAME, "--passphrase-file", files.put("long", b"x" * 2000),
                       env=env)
        tap.ok("an endless one is refused", refused(said, "at most 1024"), said)
        said = kit.run("init", "--name", NAME, "--passphrase-file", right, env=env)
        tap.ok("init with a passphrase", said.rc == 0, said)
        said = kit.run("key", "rotate", "--passphrase-file", wrong, env=env)
        tap.ok("a wrong one does nothing", refused(said, "passphrase"), said)
        said = kit.run("key", "rotate", "--passphrase-file", "-", env=env, stdin=b"as time goes by\n")
        tap.ok("from standard input", said.rc == 0, said)
        tap.ok("looking needs none", kit.run("key", "show", env=env).rc == 0 and
               kit.run("ledger", "audit", env=env).rc == 0)
        said = kit.run("key", "backup", files.path("b"), env=env)
        tap.ok("a copy stays under it", said.rc == 0 and
               kit.get(files.path("b")) == kit.get(files.path("home/key/open")), said)


# ---- Keys -------------------------------------------------------------------


def a_backup_is_kept_and_never_written_over(tap):
    with Home() as h:
        there = h.put("there", b"precious")
        tap.ok("an existing file is left alone",
               refused(h.run("key", "backup", there), "File exists") and kit.get(there) == b"precious")
        key = h.get("key/open")
        said = h.run("key", "backup", h.path("copy"))
        tap.ok("copied", said.rc == 0 and kit.get(h.path("copy")) == key, said)
        tap.ok("for its owner alone", os.stat(h.path("copy")).st_mode & 0o077 == 0)
        said = h.run("key", "backup", "--move", "--new-passphrase-file", h.put("w", b"sam\n"),
                     h.path("moved"))
        tap.ok("moved under a passphrase", said.rc == 0 and
               kit.get(h.path("moved")).startswith(b"exhibit-locked/v1\n"), said)
        tap.ok("and gone from the home", not os.path.exists(h.path("home/key/open")))
        tap.ok("which show tells", b"moved out of the home" in h.run("key", "show").out)
        tap.ok("there is no second one", refused(h.run("key", "backup", h.path("x")), "moved before"))
    with Home() as h:
        said = h.run("key", "backup", "--move", "/nonexistent/folder/key")
        tap.ok("a backup that fails moves nothing",
               said.rc == 2 and os.path.exists(h.path("home/key/open")), said)


def keys_change_and_the_chain_is_shown(tap):
    with Home() as h:
        first = h.json("key", "show")
        promised = h.json("key", "show")["next"]
        for _ in range(2):
            said = h.run("key", "rotate")
            tap.ok("rotate", said.rc == 0 and said.err == b"", said)
        now = h.json("key", "show")
        keys = now["keys"]
        tap.ok("three keys, one after the other",
               [(k["entry"], k["first_size"], k["last_size"]) for k in keys] ==
               [(0, 0, 2), (1, 2, 3), (2, 3, None)], keys)
        tap.ok("the first is the first", keys[0]["key"] == first["key"])
        second = base64.b64decode(keys[1]["key"].split("+", 2)[2])[1:]
        import hashlib
        tap.ok("the second is the one that was promised",
               base64.b64encode(hashlib.sha256(second).digest()).decode() == promised)
        tap.ok("the secret of the first is gone", not any(
            b"PRIVATE+KEY" in kit.get(os.path.join(at, f)) and
            first["key"].split("+")[1].encode() in kit.get(os.path.join(at, f))
            for at, _, files in os.walk(h.home) for f in files))
        policy = h.run("key", "show", "--policy").out.decode()
        tap.ok("the policy has all three, newest first, each with its sizes",
               re.findall(r"^(#sizes .*)\nlog (.*)", policy, re.M) ==
               [("#sizes 3 -", keys[2]["key"]), ("#sizes 2 3", keys[1]["key"]),
                ("#sizes 0 2", keys[0]["key"])], policy)


def half_way(h):
    """What audit and doctor say wrongly while a change of keys waits to be finished."""
    audit, doctor = h.run("ledger", "audit"), h.run("doctor")
    finish = b"exhibit key rotate finishes it"
    return [None if audit.rc == 2 and finish in audit.err else audit,
            None if doctor.rc == 0 and finish in b" ".join(doctor.out.split()) else doctor]


def a_change_of_keys_waits_for_its_end(tap):
    """As it is before the keys get their new names: the ledger has the new one already."""
    with Home() as h:
        old = {name: h.get("key/" + name) for name in ("sign", "next")}
        tap.ok("changed", h.run("key", "rotate").rc == 0)
        now = h.get("key/next")
        for name, data in (("sign", old["sign"]), ("next", old["next"]), ("after", now)):
            with open(os.open(h.path("home/key/" + name), os.O_CREAT | os.O_TRUNC | os.O_WRONLY,
                              0o600), "wb") as f:
                f.write(data)
        tap.none("audit and doctor say how it is finished", [s for s in half_way(h) if s])
        tap.ok("and it is", h.run("key", "rotate").rc == 0 and
               h.run("ledger", "audit").rc == 0 and h.run("doctor").rc == 0)


def a_change_of_keys_that_is_killed_is_finished(tap):
    with Home() as h:
        bad, half = [], 0
        began = time.monotonic()
        h.run("key", "rotate")
        whole = time.monotonic() - began
        for i in range(25):
            with subprocess.Popen([kit.exhibit(), "key", "rotate"], env=h.env,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as p:
                time.sleep(whole * i / 25)
                p.send_signal(signal.SIGKILL)
            if os.path.exists(h.path("home/key/after")):
                half += 1
                bad += [f"{i}: {said}" for said in half_way(h) if said]
            before = len(h.json("key", "show")["keys"])
            said, audit = h.run("key", "rotate"), h.run("ledger", "audit")
            now = h.json("key", "show")
            if said.rc != 0 or audit.rc != 0 or len(now["keys"]) not in (before, before + 1) or \
                    now["key"] != now["keys"][-1]["key"]:
                bad.append(f"{i}: {said} {audit} {now}")
        tap.none(f"killed at 25 moments ({half} half way), finished by the next", bad)


def made_keys_are_what_they_say(tap):
    with kit.Files() as files:
        for more, kind in (([], 1), (["--cosign"], 4)):
            path = files.path(f"key{kind}")
            said = kit.run("key", "make", "--name", "witness.example/w", *more, path)
            text = said.out.decode().strip()
            tap.ok(f"key make {' '.join(more)}: of type {kind}", said.rc == 0 and
                   base64.b64decode(text.split("+", 2)[2])[0] == kind, said)
            tap.ok("show tells the same", kit.run("key", "show", path).out == said.out)
            tap.ok("its file is for its owner alone", os.stat(path).st_mode & 0o077 == 0)
            again = kit.run("key", "make", "--name", "witness.example/w", *more, path)
            tap.ok("an existing file is left alone", refused(again, "File exists"), again)


# ---- Ledger -----------------------------------------------------------------


def openssl_verifies_the_signature(tap):
    if shutil.which("openssl") is None:
        tap.skip("openssl verifies the signature", "no openssl")
        return
    with Home() as h:
        text, lines = h.run("ledger", "checkpoint").out.split(b"\n\n", 1)
        key = base64.b64decode(h.json("key", "show")["key"].split("+", 2)[2])[1:]
        raw = base64.b64decode(lines.split(b"\n")[0].split(b" ")[2])
        # RFC 8410: SubjectPublicKeyInfo of an Ed25519 key
        h.put("key.der", bytes.fromhex("302a300506032b6570032100") + key)
        h.put("sig", raw[4:])
        for name, body, good in (("text", text + b"\n", True),
                                 ("other", text.replace(b"\n1\n", b"\n2\n") + b"\n", False)):
            done = subprocess.run(
                ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", h.path("key.der"), "-keyform",
                 "DER", "-rawin", "-sigfile", h.path("sig"), "-in", h.put(name, body)],
                capture_output=True, check=False)
            tap.ok(f"openssl: the signature of {name} {'holds' if good else 'does not hold'}",
                   (done.returncode == 0) == good, done)


def proofs_are_for_others(tap):
    import hashlib
    with Home() as h:
        h.run("key", "rotate")
        proof = h.run("ledger", "prove", "0").out
        tap.ok("a tlog-proof with the checkpoint",
               proof.startswith(b"c2sp.org/tlog-proof@v1\nindex 0\n") and
               proof.endswith(h.run("ledger", "checkpoint").out), proof)
        both = [h.json("ledger", "prove", str(i)) for i in range(2)]
        leaves = [hashlib.sha256(b"\0" + base64.b64decode(p["entry"])).digest() for p in both]
        root = hashlib.sha256(b"\1" + leaves[0] + leaves[1]).digest()
        tap.ok("two leaves make the root", base64.b64decode(both[0]["root"]) == root, both)
        tap.ok("each is proven by the other", [base64.b64decode(p["proof"][0]) for p in both] ==
               [leaves[1], leaves[0]], both)
        said = h.run("ledger", "prove", "1", "-o", h.path("p"))
        tap.ok("--output", said.rc == 0 and said.out == b"" and
               kit.get(h.path("p")) == h.run("ledger", "prove", "1").out, said)


def growth_is_proven_and_a_fork_is_not(tap):
    with Home() as h, Home() as other:
        old = h.put("old", h.run("ledger", "checkpoint").out)
        shutil.copytree(h.home, h.path("restored"))
        h.run("key", "rotate")
        new = h.put("new", h.run("ledger", "checkpoint").out)
        said = h.run("ledger", "consistency", old)
        tap.ok("grew out of an older checkpoint", said.rc == 0 and b"consistent" in said.out, said)
        said = h.run("ledger", "consistency", "--home", h.path("restored"), new)
        tap.ok("a restored home lacks entries: status 1",
               refused(said, "entries are missing here", status=1), said)
        # Two histories of one ledger: the restored one goes another way.
        kit.run("key", "rotate", "--home", h.path("restored"))
        said = h.run("ledger", "consistency", h.path("restored/ledger/party/log/checkpoint"))
        tap.ok("a fork: status 1", said.rc == 1 and b"did not grow out of" in said.err, said)
        foreign = h.put("foreign", other.run("ledger", "checkpoint").out)
        said = h.run("ledger", "consistency", foreign)
        tap.ok("another ledger of the same name: refused", said.rc == 2, said)
        text = kit.get(old)
        bad = h.put("bad", text.replace(b"\n1\n", b"\n0\n"))
        tap.ok("a changed checkpoint: status 1", h.run("ledger", "consistency", bad).rc == 1)


def a_restored_home_waits_for_somebody_who_remembers(tap):
    with Home() as h:
        shutil.copytree(h.home, h.path("backup"))
        old = h.put("old", h.run("ledger", "checkpoint").out)
        h.run("key", "rotate")
        new = h.put("new", h.run("ledger", "checkpoint").out)
        shutil.rmtree(h.home)
        os.rename(h.path("backup"), h.home)
        said = h.run("ledger", "hold")
        tap.ok("held", said.rc == 0 and b"nothing is signed" in said.out, said)
        tap.ok("the doctor tells", b"held since a restore" in h.run("doctor").out)
        said = h.run("key", "rotate")
        tap.ok("nothing is signed", refused(said, "ledger is held") and
               not os.path.exists(h.path("home/key/after")), said)
        for what in (new, "2"):
            said = h.run("ledger", "release", what)
            tap.ok("somebody has seen more: not released, status 1",
                   refused(said, "entries are missing here", status=1), said)
        tap.ok("still held", h.run("key", "rotate").rc == 2)
        said = h.run("ledger", "release", old)
        tap.ok("nobody has seen more: released", said.rc == 0, said)
        tap.ok("signed again", h.run("key", "rotate").rc == 0 and h.run("ledger", "audit").rc == 0)


def a_copy_is_served_and_audited(tap):
    with Home() as h, Home(name="cert-b.example") as other:
        copy = h.path("www")
        policy = h.put("policy", h.run("key", "show", "--policy").out)
        said = h.run("ledger", "export", copy)
        tap.ok("export", said.rc == 0, said)
        tap.ok("anybody may read it", all(
            os.stat(os.path.join(at, f)).st_mode & 0o777 == 0o644
            for at, _, files in os.walk(copy) for f in files))
        tap.ok("no secret and no state in it",
               sorted(os.listdir(copy)) == ["checkpoint", "tile"])
        audit = ["ledger", "audit", copy, "--policy", policy]
        said = kit.run(*audit)
        tap.ok("it holds, for somebody without a home",
               said.rc == 0 and b"fork not excluded" in said.out, said)
        bad = []
        for at, _, files in os.walk(copy):
            for name in files:
                path = os.path.join(at, name)
                data = kit.get(path)
                for i in range(0, len(data), 7):
                    with open(path, "wb") as f:
                        f.write(data[:i] + bytes([data[i] ^ 1]) + data[i + 1:])
                    said = kit.run(*audit)
                    if said.rc == 0:
                        bad.append(f"{path}: byte {i}")
                    if said.crashed():
                        bad.append(said.crashed())
                with open(path, "wb") as f:
                    f.write(data)
        tap.none("no changed byte holds", bad)
        tap.ok("and unchanged it holds again", kit.run(*audit).rc == 0)
        h.run("key", "rotate")
        said = h.run("ledger", "export", copy)
        tap.ok("brought up to date", said.rc == 0 and kit.get(os.path.join(copy, "checkpoint")) ==
               h.run("ledger", "checkpoint").out, said)
        tap.ok("an old policy still fits the hand-over", kit.run(*audit).rc == 0)
        said = other.run("ledger", "export", copy)
        tap.ok("another ledger is not written over", refused(said, "another ledger is there"), said)
        h.put("policy", other.run("key", "show", "--policy").out)
        said = kit.run(*audit)
        tap.ok("without its key: cannot be told, status 2", said.rc == 2, said)
        h.put("policy", h.run("key", "show", "--policy").out)
        tap.ok("a new policy fits", kit.run(*audit).rc == 0)


def an_audit_of_the_home_finds_what_is_missing(tap):
    with Home() as h:
        tap.ok("it holds", h.run("ledger", "audit").rc == 0)
        tile = h.path("home/ledger/party/log/tile/0/000.p/1")
        data = kit.get(tile)
        os.unlink(tile)
        tap.ok("a tile is gone: status 1", h.run("ledger", "audit").rc == 1)
        with open(tile, "wb") as f:
            f.write(data)
        shutil.copy(h.path("home/key/next"), h.path("home/key/sign"))
        said = h.run("ledger", "audit")
        tap.ok("the key is another than the ledger names: status 1", said.rc == 1, said)


def a_witness_cosigns_what_grew(tap):
    with Home() as h:
        key, state = h.path("w"), h.path("memory")
        witness = kit.run("key", "make", "--name", "w.example/w", "--cosign", key).out.decode().strip()
        logs = h.put("logs", h.run("key", "show", "--policy").out)
        policy = h.put("policy", h.run("key", "show", "--policy").out.replace(
            b"quorum none\n", f"witness w {witness}\nquorum w\n".encode()))
        request, answer = h.path("request"), h.path("answer")
        cosign = ["witness", "cosign", "--key", key, "--policy", logs, "--state", state, request]

        def ask(*more):
            said = h.run("ledger", "ask", "-o", request, *more)
            return said if said.rc != 0 else kit.run(*cosign, "-o", answer)

        h.run("ledger", "export", h.path("www"))
        said = kit.run("ledger", "audit", h.path("www"), "--policy", policy)
        tap.ok("not cosigned: the policy does not hold, status 1",
               said.rc == 1 and b"quorum" in said.err, said)
        tap.ok("cosigned", ask().rc == 0)
        said = h.run("ledger", "collect", answer, "--policy", policy)
        tap.ok("taken in", said.rc == 0 and b"1 cosignature added" in said.out, said)
        tap.ok("once", b"0 cosignatures added" in
               h.run("ledger", "collect", answer, "--policy", policy).out)
        tap.ok("the checkpoint has it",
               h.run("ledger", "checkpoint").out.count(b"\xe2\x80\x94 w.example/w ") == 1)
        h.run("ledger", "export", h.path("www"))
        said = kit.run("ledger", "audit", h.path("www"), "--policy", policy)
        tap.ok("the policy holds now", said.rc == 0 and b"cosigned by 1 witness" in said.out, said)
        shutil.copytree(h.home, h.path("fork"))
        h.run("key", "rotate")
        said = h.run("ledger", "collect", answer, "--policy", policy)
        tap.ok("of an older checkpoint: does not hold, status 1", said.rc == 1, said)
        said = ask()
        tap.ok("without what was cosigned last: told, status 1",
               said.rc == 1 and b"cosigned last" in said.err and b": 1\n" in said.err, said)
        tap.ok("with it: cosigned", ask("--old", "1").rc == 0)
        tap.ok("and again", ask("--old", "2").rc == 0)
        kit.run("key", "rotate", "--home", h.path("fork"))
        said = kit.run("ledger", "ask", "--old", "2", "-o", request, "--home", h.path("fork"))
        said = kit.run(*cosign)
        tap.ok("another history of the same size: refused, status 1",
               said.rc == 1 and said.out == b"" and b"not shown to have grown" in said.err, said)
        said = kit.run(*cosign, "--json")
        tap.ok("with the status of tlog-witness", said.rc == 1 and
               json.loads(said.out)["status"] == 422, said)
        h.put("request", b"nonsense")
        tap.ok("nonsense: status 1", kit.run(*cosign).rc == 1)
        with Home(name="cert-b.example") as other:
            other.run("ledger", "ask", "-o", request)
            said = kit.run(*cosign)
            tap.ok("a ledger that is not in the policy: status 1",
                   said.rc == 1 and b"not in the policy" in said.err, said)
        said = kit.run("witness", "cosign", "--policy", logs, "--state", state, request, "--key",
                       h.path("home/key/sign"))
        tap.ok("a key that signs is no witness's", refused(said, "a witness's cosigns"), said)
        tap.ok("what is needed is told", refused(kit.run("witness", "cosign", request), "--key"))


def whatever_is_answered_in_json_has_a_schema(tap):
    """kit.run holds each answer against docs/schemas; here every kind of answer is given."""
    with Home() as h:
        env = kit.environment(EXHIBIT_HOME=h.path("another"))
        kinds = {kit.run("init", "--json", "--name", "cert-b.example", "--local", "192.0.2.0/24",
                         env=env).lines[0]["type"]}
        key = h.path("w")

        def ask(*args, status=0):
            said = h.run(*args, "--json")
            tap.ok(f"{' '.join(args[:2])}: answered in JSON", said.rc == status, said)
            kinds.update(line["type"] for line in said.lines)
            return said

        witness = ask("key", "make", "--name", "w.example/w", "--cosign", key).lines[0]["key"]
        old = h.put("old", ask("ledger", "checkpoint").lines[0]["checkpoint"].encode())
        for args in (["key", "rotate"], ["key", "show"], ["key", "backup", h.path("backup")],
                     ["ledger", "prove", "1"], ["ledger", "consistency", old], ["ledger", "audit"],
                     ["ledger", "export", h.path("www")]):
            ask(*args)
        logs = h.put("logs", h.run("key", "show", "--policy").out)
        policy = h.put("policy", h.run("key", "show", "--policy").out.replace(
            b"quorum none\n", f"witness w {witness}\nquorum w\n".encode()))
        h.run("ledger", "ask", "-o", h.path("request"))
        cosign = ["witness", "cosign", "--key", key, "--policy", logs, "--state", h.path("memory"),
                  h.path("request")]
        h.put("answer", ask(*cosign).lines[0]["answer"].encode())
        ask("ledger", "collect", h.path("answer"), "--policy", policy)
        ask(*cosign, status=1)  # the request does not say that this size was cosigned
        ask("ledger", "hold")
        ask("ledger", "release", h.put("new", h.run("ledger", "checkpoint").out))
        ask("doctor")
        ask("seal", h.put("scan.pcap", kit.pcap(kit.syn_scan())))
        ask("cut", "--remote", "198.51.100.7", "--open", "hidden", "-o", h.path("case.exhibit"))
        ask("disclose", h.path("case.exhibit"), "--hide", "hidden", "-o", h.path("less.exhibit"))
        tap.ok("these are all kinds", kinds == {
            "home", "key", "keys", "backup", "checkpoint", "inclusion", "consistency", "audit",
            "export", "cosignatures", "cosigning", "hold", "doctor", "file", "summary", "cut",
            "disclose"}, kinds)
        for name in sorted(kit.PUBLISHED):
            with open(os.path.join(kit.ROOT, f"docs/schemas/{name}.schema.json"),
                      encoding="utf-8") as f:
                tap.ok(f"{name}: the schema refuses what is none of these",
                       not kit.jsonschema.Draft202012Validator(json.load(f)).is_valid({"type": "x"}))


# ---- doctor -----------------------------------------------------------------


def health(said):
    """What doctor says of each: name -> good, weak, bad, none."""
    return {c["name"]: c["health"] for c in json.loads(said.out)["checks"]}


def the_doctor_finds_what_is_wrong(tap):
    with Home() as h:
        said = h.run("doctor", "--json")
        well = health(said)
        tap.ok("nothing is bad", said.rc == 0 and "bad" not in well.values(), said)
        tap.ok("what there is to know of a new home", (well["keys"], well["opening key"],
                                                       well["timestamps"]) == ("weak",) * 3, well)
        told = h.run("doctor").out.decode()
        tap.ok("the same in words, within 80 columns",
               [(line[:17].strip(), line[18:23].strip()) for line in told.splitlines()] ==
               list(well.items()) and all(len(line) <= 80 for line in told.splitlines()
                                          if h.home not in line), told)
        key, after = h.path("home/key/sign"), h.path("home/key/after")
        entries = h.path("home/ledger/party/log/tile/entries/000.p/1")
        data = h.get("key/sign"), kit.get(entries)

        def bad(what, name):
            said = h.run("doctor", "--json")
            tap.ok(f"{what}: {name} is bad, status 1",
                   said.rc == 1 and health(said).get(name) == "bad", said)

        os.chmod(key, 0o640)
        bad("others may read a key", "owner")
        os.chmod(key, 0o600)
        with open(entries, "wb") as f:
            f.write(data[1][:-1] + b"?")
        bad("a changed entry", "entries")
        with open(entries, "wb") as f:
            f.write(data[1])
        shutil.copy(h.path("home/key/next"), key)
        bad("another key", "keys")
        with open(key, "wb") as f:
            f.write(b"nonsense\n")
        bad("a key file with something else", "home")
        with open(key, "wb") as f:
            f.write(data[0])
        shutil.copy(key, after)
        said = h.run("doctor", "--json")
        tap.ok("an interrupted change of keys is nothing lost: keys is weak, and how it is finished",
               said.rc == 0 and health(said).get("keys") == "weak" and
               b"exhibit key rotate finishes it" in said.out, said)
        os.unlink(after)
        tap.ok("mended, nothing is bad", h.run("doctor").rc == 0)
        tap.ok("nothing sealed is nothing bad", well["segments"] == "none")
        h.run("seal", h.put("scan.pcap", kit.pcap(kit.syn_scan())))
        tap.ok("what is sealed is good", health(h.run("doctor", "--json"))["segments"] == "good")
        sealed = [os.path.join(at, f) for at, _, files in os.walk(h.path("home/segment"))
                  for f in files if f.endswith(".seg")]
        shutil.rmtree(os.path.dirname(sealed[0]))
        said = h.run("doctor", "--json")
        tap.ok("what was taken away is told, and weak", said.rc == 0 and
               health(said)["segments"] == "weak" and b"1 are gone" in said.out, said)
        h.run("key", "backup", "--move", h.path("b"))
        tap.ok("the opening key elsewhere is good",
               health(h.run("doctor", "--json"))["opening key"] == "good")
    with kit.Files() as files:
        env = kit.environment(XDG_DATA_HOME=files.path("data"))
        said = kit.run("doctor", "--json", env=env)
        tap.ok("no home is nothing bad", said.rc == 0 and health(said)["home"] == "none", said)
        said = kit.run("doctor", "--json", "--home", files.path("none"), env=env)
        tap.ok("unless one is named", said.rc == 1 and health(said)["home"] == "bad", said)
        said = kit.run("init", "--name", NAME, env=env)
        tap.ok("the user's data folder is the place", said.rc == 0 and
               os.path.exists(files.path("data/exhibit/config.json")), said)


# Nothing rests on these: locks; tiles of smaller trees; and what may be elsewhere.
HARMLESS = re.compile(r"lock$|tile/.*\.p/\d+$")


def spoiled(data):
    """What a damaged disk or a careless hand makes of a file."""
    middle = len(data) // 2
    yield "one bit", data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1:]
    yield "its half", data[:middle]
    if not data.startswith(b"SQLite"):  # for that one see below
        yield "nothing", b""


def the_doctor_names_whatever_is_damaged(tap):
    with Home("--local", "192.0.2.0/24") as h:
        h.run("seal", h.put("scan.pcap", kit.pcap(kit.syn_scan())),
              h.put("auth.log", kit.sshd_guesses()))
        h.run("analyze", h.path("scan.pcap"))
        source = h.put("cidrs", b"198.51.100.0/24\n")
        kept = h.run("source", "add", source + ",as=vpn")
        tap.ok("a home with something of everything", kept.rc == 0 and
               h.run("doctor", "--all").rc == 0, h.run("doctor", "--all"))
        newest = sorted(glob.glob(h.path("home/ledger/party/log/tile/**/*.p/*"), recursive=True),
                        key=lambda p: int(os.path.basename(p)))[-2:]
        seen = 0
        for at, _, names in os.walk(h.path("home")):
            for path in (os.path.join(at, n) for n in sorted(names)):
                if HARMLESS.search(path) and path not in newest:
                    continue
                data, name = kit.get(path), os.path.relpath(path, h.path("home"))
                for what, bad in spoiled(data):
                    with open(path, "wb") as f:
                        f.write(bad)
                    said = h.run("doctor", "--json")
                    # A wrong tile and a wrong entry are one contradiction, of two files.
                    named = name if "tile/0" not in name else "ledger/party/log/tile/"
                    tap.ok(f"{name}: {what}: it is named, status 1", said.rc == 1 and
                           (named in said.out.decode() or os.path.basename(name) in
                            said.out.decode()), said)
                    seen += 1
                with open(path, "wb") as f:
                    f.write(data)
        with open(h.path("home/store.sqlite"), "wb"):
            told = h.run("doctor")
        tap.ok("an empty store may be one in which nothing was kept: weak", told.rc == 0 and
               b"store.sqlite is empty" in told.out, told)
        os.unlink(h.path("home/store.sqlite"))
        tap.ok("these were files of every kind", seen > 40, seen)
        tap.ok("put back, nothing is bad", h.run("doctor", "--all").rc == 0)
        private_half_without_a_key(tap, h)


def private_half_without_a_key(tap, h):
    path = glob.glob(h.path("home/segment/file/*/0.seg"))[0]
    data = kit.get(path)
    h.run("key", "backup", "--move", h.path("opening.key"))
    with open(path, "wb") as f:
        f.write(data[:-40] + bytes([data[-40] ^ 1]) + data[-39:])
    told = h.run("doctor")
    tap.ok("damage to what only the key opens is seen without it", told.rc == 1 and
           b"0.seg" in told.out and b"cannot be shown" in told.out, told)
    told = h.run("doctor", "--all", "--key", h.path("opening.key"))
    tap.ok("and with it", told.rc == 1 and b"0.seg" in told.out, told)
    sums = os.path.join(os.path.dirname(path), "SHA256SUMS")
    other = subprocess.run(["sha256sum", "-c", sums], cwd=os.path.dirname(path),
                           capture_output=True, check=False)
    tap.ok("sha256sum says the same", other.returncode == 1 and b"0.seg: FAILED" in other.stdout and
           b"file: OK" in other.stdout, other)
    with open(path, "wb") as f:
        f.write(data)
    with open(sums, "rb+") as f:
        f.write(b"0" * 8)
    told = h.run("doctor", "--all", "--key", h.path("opening.key"))
    tap.ok("a segment that opens is whole, whatever its sum", told.rc == 1 and
           b"which opens" in told.out and b"2 of 2 whole" in told.out, told)
    for wrong in (["--key", "x"], ["--passphrase-file", "x"]):
        tap.ok(f"{wrong[0]} alone is wrong use", h.run("doctor", *wrong).rc == 2)


if __name__ == "__main__":
    kit.main([init_makes_a_home_and_says_what_to_do, nobody_else_can_read_a_home,
              a_home_is_not_made_twice, wrong_use_is_told,
              an_init_that_is_killed_leaves_no_half_home, a_passphrase_is_asked_for_and_not_shown,
              a_passphrase_comes_from_a_file, a_backup_is_kept_and_never_written_over,
              keys_change_and_the_chain_is_shown,
              a_change_of_keys_waits_for_its_end,
              a_change_of_keys_that_is_killed_is_finished, made_keys_are_what_they_say,
              openssl_verifies_the_signature, proofs_are_for_others,
              growth_is_proven_and_a_fork_is_not,
              a_restored_home_waits_for_somebody_who_remembers, a_witness_cosigns_what_grew,
              a_copy_is_served_and_audited,
              an_audit_of_the_home_finds_what_is_missing, whatever_is_answered_in_json_has_a_schema,
              the_doctor_finds_what_is_wrong,
              the_doctor_names_whatever_is_damaged])
