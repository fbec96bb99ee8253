#!/usr/bin/env python3
# tests/cli/test_timestamp.py PROGRAM [CLAIM...] - timestamps of the party's ledger, by
# authorities that openssl plays on loopback.
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import authority
import kit


class Authority(authority.Authority):
    """With a server that answers. `says` may change what it says."""

    def __init__(self, files, name):
        super().__init__(files.path(name), f"Root {name}", f"Authority {name}")
        self.asked, self.says = [], None
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/tsr"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(self):
        served = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                query = self.rfile.read(int(self.headers["Content-Length"]))
                served.asked.append((self.headers["Content-Type"], query))
                code, kind, body = 200, "application/timestamp-reply", None
                if served.says is not None:
                    code, kind, body = served.says(query)
                body = served.answer(query) if body is None else body
                self.send_response(code)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass  # the program heard enough

            def log_message(self, *args):
                pass

        return Handler


class Party(kit.Files):
    """A home, and authorities that its configuration names."""

    def __init__(self, *names):
        super().__init__()
        self.env = kit.environment(EXHIBIT_HOME=self.path("home"))
        self.run("init", "--name", "cert-a.example")
        self.authorities = [Authority(self, name) for name in names]
        self.configure([{"url": a.url, "ca": a.ca} for a in self.authorities])

    def configure(self, timestamps):
        path = self.path("home/config.json")
        config = json.loads(kit.get(path))
        config["timestamps"] = timestamps
        with open(path, "w", encoding="utf-8") as f:
            json.dump(config, f)

    def run(self, *args):
        return kit.run(*args, env=self.env)

    def stamps(self):
        top = self.path("home/ledger/party/time")
        return sorted(os.path.join(at, f) for at, _, files in os.walk(top) for f in files)

    def __exit__(self, *how):
        for a in self.authorities:
            a.server.shutdown()
            a.server.server_close()
        super().__exit__(*how)


def the_authorities_of_the_configuration_are_asked(tap):
    with Party("one", "two") as p:
        said = p.run("ledger", "timestamp")
        out = said.out.decode()
        tap.ok("two timestamps", said.rc == 0 and said.err == b"" and
               re.findall(r"^\d{4}-\d\d-\d\dT\S+  size 1, by CN=Authority (\w+)$", out, re.M) ==
               ["one", "two"], said)
        tap.ok("each was asked once, for a hash", all(
            len(a.asked) == 1 and a.asked[0][0] == "application/timestamp-query" and
            len(a.asked[0][1]) < 100 for a in p.authorities))
        stamps = p.stamps()
        tap.ok("kept with what they stamp", [os.path.basename(s) for s in stamps] ==
               ["0.tsr", "1.tsr", "checkpoint"] and
               kit.get(stamps[2]) == p.run("ledger", "checkpoint").out, stamps)
        for a, tsr in zip(p.authorities, stamps):
            done = subprocess.run(["openssl", "ts", "-verify", "-data", stamps[2], "-in", tsr,
                                   "-CAfile", a.ca], capture_output=True, check=False)
            tap.ok("openssl verifies what was kept", done.returncode == 0, done)
        tap.ok("nonces differ", p.authorities[0].asked[0][1] != p.authorities[1].asked[0][1])
        p.run("key", "rotate")
        answer = json.loads(p.run("ledger", "timestamp", "--json").out)
        tap.ok("the grown ledger, in JSON", answer["size"] == 2 and
               [t["authority"] for t in answer["timestamps"]] ==
               ["CN=Authority one", "CN=Authority two"] and
               all(t["accuracy_ns"] == 10**9 and t["policy"] == "1.2.3.4.1"
                   for t in answer["timestamps"]), answer)
        tap.ok("older ones stay", len(p.stamps()) == 6)


def nothing_is_asked_before_somebody_is_named(tap):
    with Party() as p:
        said = p.run("ledger", "timestamp")
        tap.ok("no authority: told, status 2",
               said.rc == 2 and b"names no timestamp authority" in said.err, said)
        tap.ok("nothing is kept", p.stamps() == [])


def what_is_wrong_is_not_kept(tap):
    with Party("good", "bad") as p:
        good, bad = p.authorities
        other = Authority(p, "other")

        def stale(query):
            """The answer to another question with the same hash."""
            return 200, "application/timestamp-reply", old[0]

        old = [bad.answer(p_query(p))]
        denied = bytes.fromhex("30053003020102")  # status 2, rejection
        cases = [
            ("status 503", lambda q: (503, "text/plain", b"sorry"), "status 503"),
            ("a page", lambda q: (200, "text/html", b"<html>"), "application/timestamp-reply"),
            ("nonsense", lambda q: (200, "application/timestamp-reply", b"x" * 99), "timestamp"),
            ("nothing", lambda q: (200, "application/timestamp-reply", b""), "timestamp"),
            ("a refusal", lambda q: (200, "application/timestamp-reply", denied), "not granted"),
            ("too much", lambda q: (200, "application/timestamp-reply", b"x" * 100000), "too long"),
            ("an answer to something else", stale, "nonce"),
            ("of another hash", lambda q: (200, "application/timestamp-reply",
                                           bad.answer(flip(q))), "other bytes"),
            ("by somebody else", lambda q: (200, "application/timestamp-reply", other.answer(q)),
             "certificate"),
            ("elsewhere", lambda q: (302, "text/plain", b""), "status 302"),
        ]
        for name, reply, word in cases:
            bad.says = reply
            before = len(p.stamps())
            said = p.run("ledger", "timestamp")
            tap.ok(f"{name}: told, status 2, the other one counts",
                   said.rc == 2 and bad.url in said.err.decode() and word in said.err.decode() and
                   said.out.count(b"CN=Authority good") == 1 and not said.crashed(), said)
            tap.ok(f"{name}: is not kept", len(p.stamps()) == before + (2 if before == 0 else 1))
        bad.server.shutdown()
        bad.server.server_close()
        said = p.run("ledger", "timestamp")
        tap.ok("nobody there: told, status 2", said.rc == 2 and bad.url in said.err.decode(), said)
        p.authorities.remove(bad)
        other.server.shutdown()
        other.server.server_close()


def p_query(p):
    path = p.path("q")
    p.run("ledger", "timestamp", "--request", path)
    query = kit.get(path)
    shutil.rmtree(p.path("home/ledger/party/time"))
    return query


def flip(query):
    """The same question about another hash: the imprint begins behind 04 20."""
    at = query.index(b"\x04\x20") + 2
    return query[:at] + bytes([query[at] ^ 1]) + query[at + 1:]


def without_a_network_files_do(tap):
    with Party("one") as p:
        a = p.authorities[0]
        tsq, tsr = p.path("q.tsq"), p.path("r.tsr")
        said = p.run("ledger", "timestamp", "--request", tsq)
        tap.ok("a question in a file, nobody is asked",
               said.rc == 0 and a.asked == [] and kit.get(tsq)[:1] == b"\x30", said)
        p.put("r.tsr", a.answer(kit.get(tsq)))
        p.run("key", "rotate")  # the ledger grows before the answer comes
        said = p.run("ledger", "timestamp", "--response", tsr, "--request", tsq, "--ca", a.ca)
        tap.ok("the answer is kept with the checkpoint that it is about",
               said.rc == 0 and b"size 1, by CN=Authority one" in said.out, said)
        kept = [s for s in p.stamps() if s.endswith("0.tsr")]
        tap.ok("once", len(kept) == 1 and "/1-" in kept[0], kept)
        said = p.run("ledger", "timestamp", "--response", tsr, "--ca", a.ca)
        tap.ok("twice is once", said.rc == 0 and
               [s for s in p.stamps() if s.endswith(".tsr")] == kept, said)
        said = p.run("ledger", "timestamp", "--response", tsr)
        tap.ok("without its root: does not hold, status 1",
               said.rc == 1 and b"certificate" in said.err, said)
        p.put("r.tsr", a.answer(flip(kit.get(tsq))))
        said = p.run("ledger", "timestamp", "--response", tsr, "--ca", a.ca)
        tap.ok("about something else: does not hold, status 1",
               said.rc == 1 and b"other bytes" in said.err, said)
        said = p.run("ledger", "timestamp", "--ca", a.ca)
        tap.ok("--ca alone: wrong use", said.rc == 2 and b"--response" in said.err, said)


def exhibits_have_the_first_stamps_of_what_they_show(tap):
    with Party("one", "two") as p:
        a = p.put("a.pcap", kit.pcap(kit.syn_scan("198.51.100.7")))
        b = p.put("b.pcap", kit.pcap(kit.syn_scan("198.51.100.8")))
        p.run("seal", "-q", a)
        p.run("ledger", "timestamp")
        p.run("seal", "-q", b)
        newest = p.run("ledger", "checkpoint").out
        policy = p.put("policy", p.run("key", "show", "--policy").out)
        ca = p.put("ca.pem", b"".join(kit.get(x.ca) for x in p.authorities))
        members = {}
        for name, remote in (("a", "198.51.100.7"), ("b", "198.51.100.8")):
            file = p.path(name + ".exhibit")
            said = p.run("cut", "--remote", remote, "-o", file)
            tap.ok(f"cut of {name}", said.rc == 0, said)
            with zipfile.ZipFile(file) as z:
                members[name] = {n: z.read(n) for n in z.namelist()}
            said = p.run("verify", file, "--policy", policy, "--ca", ca)
            tap.ok(f"verify of {name}", said.rc == 0 and
                   (b"timestamps: holds" in said.out) == (name == "a"), said)
        times = {n: m for n, m in members["a"].items() if n.startswith("data/time/")}
        stamps = p.stamps()
        tap.ok("of the stamped one: both stamps, with what they stamp", list(times.values()) ==
               [kit.get(stamps[2]), kit.get(stamps[0]), kit.get(stamps[2]), kit.get(stamps[1])],
               list(times))
        proof = "data/segments/0000/proof.tlog-proof"
        tap.ok("its proof leads to the checkpoint that was stamped",
               members["a"][proof].endswith(b"\n\n" + kit.get(stamps[2])), members["a"][proof])
        tap.ok("of the later one: no stamp, and the newest checkpoint",
               not [n for n in members["b"] if n.startswith("data/time/")] and
               members["b"][proof].endswith(b"\n\n" + newest))


def checkpoints_of_two_sizes_are_shown_to_be_of_one_ledger(tap):
    with Party("one") as p:
        for day, name in enumerate(("a", "b")):
            scan = kit.syn_scan("198.51.100.7", begin_ns=kit.BEGIN_NS + day * 86400 * 10**9)
            p.run("seal", "-q", p.put(name + ".pcap", kit.pcap(scan)))
            if name == "a":
                p.run("ledger", "timestamp")
        policy = p.put("policy", p.run("key", "show", "--policy").out)
        file = p.path("both.exhibit")
        said = p.run("cut", "--remote", "198.51.100.7", "--open", "hidden", "-o", file)
        with zipfile.ZipFile(file) as z:
            proofs = [z.read(n).decode() for n in z.namelist() if n.endswith("tlog-proof")]
        sizes = {proof.split("\n\n")[1].split("\n")[1] for proof in proofs}
        tap.ok("cut over a stamped segment and one that is not", said.rc == 0 and
               len(proofs) == 2 and len(sizes) == 2, (said, proofs))
        said = p.run("verify", file, "--policy", policy)
        tap.ok("verify: one history", said.rc == 0 and b"history: holds" in said.out, said)
        less = p.path("less.exhibit")
        p.run("disclose", file, "--hide", "hidden", "-o", less)
        said = p.run("verify", less, "--policy", policy)
        tap.ok("also of what was hidden in part", said.rc == 0 and
               b"history: holds" in said.out, said)


if __name__ == "__main__":
    if shutil.which("openssl") is None:
        tap = kit.Tap()
        tap.skip("timestamps", "no openssl")
        sys.exit(tap.done())
    kit.main([the_authorities_of_the_configuration_are_asked,
              nothing_is_asked_before_somebody_is_named, what_is_wrong_is_not_kept,
              without_a_network_files_do, exhibits_have_the_first_stamps_of_what_they_show,
              checkpoints_of_two_sizes_are_shown_to_be_of_one_ledger])
