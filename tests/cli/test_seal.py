#!/usr/bin/env python3
# tests/cli/test_seal.py PROGRAM [CLAIM...] - sealing files into a home, as its owner
# meets it: what is said, what is kept, what an interruption leaves.
import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit

NAME = "cert-a.example"
LOCAL = "192.0.2.0/24"
WAIT_S = 30


class Home(kit.Files):
    """A folder with a home in it, and a scan and a log to seal."""

    def __init__(self, *args):
        super().__init__()
        self.home = self.path("home")
        self.env = kit.environment(EXHIBIT_HOME=self.home)
        assert self.run("init", "--name", NAME, *args).rc == 0
        self.scan = self.put("scan.pcap", kit.pcap(kit.syn_scan()))
        self.log = self.put("auth.log", kit.sshd_guesses())

    def run(self, *args, **more):
        return kit.run(*args, env=self.env, **more)

    def seal(self, *args, **more):
        return self.run("seal", "--json", *args, **more)

    def entries(self):
        """How many the ledger has, after an audit of all of it."""
        audit = self.run("ledger", "audit", "--json")
        assert audit.rc == 0, audit
        text = kit.get(os.path.join(self.home, "ledger/party/log/checkpoint"))
        return int(text.split(b"\n")[1])

    def segments(self, data):
        folder = os.path.join(self.home, "segment/file", hashlib.sha256(data).hexdigest())
        names = os.listdir(folder) if os.path.exists(folder) else []
        return sorted(n for n in names if n.endswith(".seg"))


def files_of(said):
    return [line for line in said.lines if line["type"] == "file"]


def what_is_left_out_is_said(tap):
    line = b"h sshd[7]: Failed password for root from 203.0.113.66 port 4000 ssh2\n"
    with Home("--local", LOCAL) as h:
        log = h.put("odd.log", b"2024-02-30T10:00:00Z " + line + b"2024-02-28T10:00:00Z " + line)
        said = h.seal(log)
        tap.ok("a line with a time that cannot be is not sealed, and that is said",
               said.rc == 0 and files_of(said)[0]["records"] == 1 and
               any(r["offset"] == 0 and "a time that cannot be right" in r["text"]
                   for r in files_of(said)[0]["remarks"]), said)


def a_file_is_sealed_once_whatever_it_is_called(tap):
    with Home("--local", LOCAL) as h:
        before = h.entries()
        said = h.seal(h.scan, h.log)
        scan, log = files_of(said)
        data = kit.get(h.scan)
        tap.ok("both are sealed", said.rc == 0 and said.err == b"" and
               [f["outcome"] for f in (scan, log)] == ["sealed", "sealed"], said)
        tap.ok("the hash is that of the file", scan["sha256"] == hashlib.sha256(data).hexdigest() and
               scan["bytes"] == len(data), said)
        tap.ok("each packet is a record, each line too", (scan["records"], log["records"]) ==
               (200, 20), said)
        tap.ok("networks got one entry, then each segment has one",
               (scan["networks_entry"], scan["first_entry"], log["first_entry"]) ==
               (before, before + 1, before + 1 + scan["segments"]) and
               h.entries() == before + 1 + scan["segments"] + log["segments"], said)
        tap.ok("the kinds are told", (scan["kind"], log["kind"]) == ("capture", "log"), said)
        size = h.entries()
        renamed = h.put("another name", data)
        again = h.seal(renamed, h.log)
        tap.ok("under another name it is sealed already", again.rc == 0 and
               [f["outcome"] for f in files_of(again)] == ["sealed-already"] * 2 and
               files_of(again)[0]["first_entry"] == scan["first_entry"], again)
        piped = h.seal("-", stdin=data)
        tap.ok("standard input is the same file", files_of(piped)[0]["outcome"] ==
               "sealed-already", piped)
        tap.ok("nothing was added", h.entries() == size)
        other = h.seal("-", stdin=data + kit.pcap(kit.syn_scan(src="198.51.100.8"))[24:])
        tap.ok("what is new on standard input is sealed", other.rc == 0 and
               files_of(other)[0]["outcome"] == "sealed" and files_of(other)[0]["records"] == 400,
               other)
        tap.ok("no copy of it is left", os.listdir(os.path.join(h.home, "segment")) and
               "spool" not in os.listdir(os.path.join(h.home, "segment")))


def the_same_file_twice_in_one_run_is_sealed_once(tap):
    with Home() as h:
        twin = h.put("twin.pcap", kit.get(h.scan))
        said = h.seal(h.scan, twin)
        tap.ok("one is sealed, the other is it", said.rc == 0 and
               sorted(f["outcome"] for f in files_of(said)) == ["sealed", "sealed-already"] and
               len({f["first_entry"] for f in files_of(said)}) == 1, said)


def networks_change_only_by_a_new_entry(tap):
    with Home() as h:
        size = h.entries()
        inferred = files_of(h.seal(h.scan))[0]
        tap.ok("inferred networks have no entry", inferred["networks"] == "inferred" and
               h.entries() == size + 1, inferred)
        made = [h.put(f"{i}.pcap", kit.pcap(kit.syn_scan(src=f"198.51.100.{20 + i}")))
                for i in range(4)]
        nets = [["--local", LOCAL, "--local", "10.0.0.0/8"],
                ["--local", "10.0.0.0/8", "--local", LOCAL],
                ["--local", LOCAL], ["--local", LOCAL]]
        said = [files_of(h.seal(f, *n))[0] for f, n in zip(made, nets)]
        entries = [s["networks_entry"] for s in said]
        tap.ok("the same networks in another order are the same", entries[0] == entries[1], said)
        tap.ok("others are a new declaration", entries[2] > entries[1] and
               entries[3] == entries[2], said)
        text = kit.get(os.path.join(h.home, f"segment/networks/{entries[2]}")).decode()
        tap.ok("the home keeps what opens it", text.endswith(f"net {LOCAL}\n"), text)
        bundle = b"".join(kit.get(os.path.join(where, n)) for where, _, names in
                          os.walk(os.path.join(h.home, "ledger/party/log")) for n in names)
        tap.ok("the ledger does not tell them", b"192.0.2" not in bundle and
               bytes([192, 0, 2]) not in bundle and b"exhibit-networks/v1" in bundle)


def analysing_and_sealing_say_the_same_as_apart(tap):
    with Home("--local", LOCAL) as h:
        alone = h.run("analyze", "--json", "--no-store", h.scan, h.log)
        both = h.run("analyze", "--json", "--no-store", "--seal", h.scan, h.log)
        tap.ok("the report is the same", both.rc == 0 and both.out == alone.out and
               alone.findings, both)
        tap.ok("what became of the files is told apart", both.err.count(b": sealed: ") == 2 and
               alone.err == b"", both)
        quiet = h.run("analyze", "--json", "--no-store", "--seal", "--quiet", h.scan)
        tap.ok("and not at all if nobody wants to know", quiet.err == b"", quiet)
        for times in ("first", "second"):
            quiet = h.run("seal", "-q", h.put("night.log", kit.sshd_guesses(n=5)))
            tap.ok(f"seal -q is silent the {times} time", quiet.rc == 0 and
                   quiet.out + quiet.err == b"", quiet)
        quiet = h.run("seal", "-q", h.path("night.log"), h.put("void.pcap", b"no capture"))
        tap.ok("but not of what it could not seal", quiet.rc == 2 and b"void.pcap" in quiet.out and
               b"night.log" not in quiet.out, quiet)
        bare = kit.run("analyze", "--no-store", "--csv", h.scan,
                       env=kit.environment(EXHIBIT_HOME=h.path("nowhere")))
        tap.ok("without a store its home need not be there", bare.rc == 0, bare)
        bare = kit.run("analyze", "--csv", h.scan,
                       env=kit.environment(EXHIBIT_HOME=h.path("nowhere")))
        tap.ok("with one it must", bare.rc == 2 and b"there is no home here" in bare.err, bare)
        tap.ok("both were sealed", [f["outcome"] for f in files_of(h.seal(h.scan, h.log))] ==
               ["sealed-already"] * 2)
    with kit.Files() as f:
        env = kit.environment(HOME=f.path("nobody"))
        scan = f.put("scan.pcap", kit.pcap(kit.syn_scan()))
        none = kit.run("analyze", "--seal", scan, env=env)
        tap.ok("without a home it is refused, and said how to have one", none.rc == 2 and
               b"exhibit init" in none.err and none.out == b"", none)
        none = kit.run("seal", scan, env=env)
        tap.ok("by seal, too", none.rc == 2 and b"exhibit init" in none.err, none)


def what_cannot_be_sealed_is_said(tap):
    with Home() as h:
        empty = h.put("empty.pcap", kit.pcap([]))
        strange = h.put("strange", b"nothing that is read\n" * 50)
        cut = h.put("cut.pcap", kit.get(h.scan)[:-7])
        size = h.entries()
        said = h.seal(empty)
        tap.ok("an empty capture: there is nothing to seal", said.rc == 0 and
               files_of(said)[0]["outcome"] == "empty" and h.entries() == size, said)
        said = h.seal(strange)
        tap.ok("an unknown format: exit status 2", said.rc == 2 and b"not a format" in said.err and
               files_of(said)[0]["outcome"] == "not-sealed" and h.entries() == size, said)
        said = h.seal(cut)
        tap.ok("a cut capture: what could be read, and status 2", said.rc == 2 and
               files_of(said)[0]["outcome"] == "sealed" and files_of(said)[0]["records"] == 199 and
               b"offset" in said.err, said)
        said = h.seal(h.path("absent"), h.log)
        tap.ok("a file that is not there keeps no other from being sealed", said.rc == 2 and
               [f["outcome"] for f in files_of(said)] == ["not-sealed", "sealed"], said)
        for value in ("-1", "65536", "some", ""):
            said = h.run("seal", "--payload", value, h.scan)
            tap.ok(f"--payload {value!r} is refused", said.rc == 2 and said.out == b"", said)


def what_is_passed_over_is_told(tap):
    lines = kit.sshd_guesses().splitlines(keepends=True)
    lines[4] = b"Feb 30 25:61:61" + lines[4][15:]
    with Home() as h:
        odd = h.put("odd.log", b"".join(lines))
        said = h.run("seal", odd)
        tap.ok("a line with an impossible time is not sealed, and it is said where", said.rc == 0 and
               b"19 records" in said.out and
               f"offset {sum(map(len, lines[:4]))}: a time that cannot be right".encode() in
               said.out and b"passed over" in said.out, said)
        tap.ok("a year that was assumed is said", b"year" in said.out, said)
        more = h.put("more.log", lines[4] + b"".join(lines[:4]))
        remarks = files_of(h.seal(more))[0]["remarks"]
        tap.ok("in JSON, too", ("time-invalid", 0, 1) in
               [(r["code"], r["offset"], r["count"]) for r in remarks], remarks)


def payload_is_kept_as_asked(tap):
    secret = b"correct horse battery staple"
    frame = kit.tcp_frame(kit.ipv4("198.51.100.7"), kit.ipv4("192.0.2.5"), 4000, 80, 0x18)
    frame = frame[:16] + (40 + len(secret)).to_bytes(2, "big") + frame[18:] + secret
    sizes = {}
    for rule in ("none", "4", "all"):
        with Home("--local", LOCAL) as h:
            one = h.put("one.pcap", kit.pcap([kit.record(kit.BEGIN_NS, frame)]))
            said = h.seal("--payload", rule, one)
            name = h.segments(kit.get(one))[0]
            data = kit.get(os.path.join(h.home, "segment/file",
                                        files_of(said)[0]["sha256"], name))
            sizes[rule] = len(data)
            tap.ok(f"--payload {rule} is in the header, and nothing of it in clear",
                   f"\npayload {rule}\n".encode() in data and secret not in data and
                   secret[:8] not in data, said)
    # Eight bytes of lengths and the payload; and the header says it in other words.
    tap.ok("what is kept grows as asked", sizes["4"] - sizes["none"] == 8 + 4 - 3 and
           sizes["all"] - sizes["4"] == len(secret) - 4 + 2, sizes)


def without_the_opening_key_sealing_works(tap):
    with Home() as h:
        moved = h.run("key", "backup", "--move", h.path("opening.key"))
        tap.ok("the opening key is moved away", moved.rc == 0, moved)
        for path in (h.scan, h.log):
            said = h.seal(path)
            tap.ok("and files are sealed", said.rc == 0 and
                   files_of(said)[0]["outcome"] == "sealed", said)


def a_passphrase_is_asked_for_once(tap):
    with kit.Files() as f:
        env = kit.environment(EXHIBIT_HOME=f.path("home"))
        words = f.put("words", b"as time goes by\n")
        made = kit.run("init", "--name", NAME, "--passphrase-file", words, env=env)
        assert made.rc == 0, made
        log = f.put("auth.log", kit.sshd_guesses())
        said = kit.run("seal", "--passphrase-file", f.put("wrong", b"play it\n"), log, env=env)
        tap.ok("a wrong one seals nothing", said.rc == 2 and b"passphrase" in said.err and
               said.out == b"" and not os.path.exists(f.path("home/segment/file")), said)
        for command in (["seal", "--json"], ["analyze", "--json", "--seal", "--no-store"]):
            # A pipe: both keys must be had from reading it once.
            read, write = os.pipe()
            os.write(write, b"as time goes by\n")
            os.close(write)
            said = kit.run(*command, "--passphrase-file", f"/dev/fd/{read}", log, env=env,
                           pass_fds=[read])
            os.close(read)
            tap.ok(f"{command[0]}: the right one does, from a pipe", said.rc == 0 and
                   (b"sealed" in said.out or b": sealed already: " in said.err), said)


def big_capture():
    """Some segments of packets."""
    frames = kit.syn_scan(ports=range(1, 65536))
    return kit.pcap(frames * 10)


def a_run_that_is_killed_leaves_what_the_next_one_seals(tap):
    with Home("--local", LOCAL) as h:
        assert h.seal(h.log).rc == 0
        size, data = h.entries(), big_capture()
        big = h.put("big.pcap", data)
        run = subprocess.Popen([kit.exhibit(), "seal", big], env=h.env, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
        end = time.monotonic() + WAIT_S
        while run.poll() is None and not h.segments(data) and time.monotonic() < end:
            time.sleep(0.001)
        run.send_signal(signal.SIGKILL)
        run.communicate(timeout=WAIT_S)
        tap.ok("the ledger has nothing of it", h.entries() == size or run.returncode == 0)
        said = h.seal(big, h.log)
        first, second = files_of(said)
        tap.ok("the next run seals it, and knows what was sealed before", said.rc == 0 and
               first["outcome"] in ("sealed", "sealed-already") and first["records"] == 655350 and
               second["outcome"] == "sealed-already", said)
        tap.ok("every segment is there, and no other", len(h.segments(data)) ==
               first["segments"] > 1)
        tap.ok("each has an entry", h.entries() == first["first_entry"] + first["segments"])


def an_interrupted_run_keeps_what_it_sealed(tap):
    with Home("--local", LOCAL) as h:
        data = big_capture()
        early = h.put("early.pcap", kit.pcap(kit.syn_scan(begin_ns=kit.BEGIN_NS - 10**12)))
        big = h.put("big.pcap", data)
        run = subprocess.Popen([kit.exhibit(), "seal", "--json", big, early], env=h.env,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        end = time.monotonic() + WAIT_S
        while run.poll() is None and not h.segments(data) and time.monotonic() < end:
            time.sleep(0.001)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=WAIT_S)
        said = kit.Said(run.returncode, out, err)
        files = {os.path.basename(f["name"]): f for f in files_of(said)}
        tap.ok("what was sealed before is said", files["early.pcap"]["outcome"] == "sealed", said)
        tap.ok("the one at hand is not, and it is said",
               run.returncode == 0 or (run.returncode == 2 and
                                       files["big.pcap"]["outcome"] == "not-sealed" and
                                       "stopped" in files["big.pcap"]["why"]), said)
        again = h.seal(big, early)
        tap.ok("the next run seals the rest", again.rc == 0, again)


def two_at_once_do_not_mix(tap):
    with Home() as h:
        first = subprocess.Popen([kit.exhibit(), "seal", "-"], env=h.env, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        end = time.monotonic() + WAIT_S
        lock = os.path.join(h.home, "segment/lock")
        while not os.path.exists(lock) and time.monotonic() < end:
            time.sleep(0.001)
        while not locked(lock) and time.monotonic() < end:
            time.sleep(0.001)  # it was made, and not taken yet
        with subprocess.Popen([kit.exhibit(), "seal", h.log], env=h.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as second:
            word = second.stderr.readline()
            tap.ok("the second is told that somebody is at it, and waits",
                   b"another command writes here: waiting" in word and second.poll() is None, word)
            out, _ = first.communicate(kit.get(h.scan), timeout=WAIT_S)
            tap.ok("the first is not disturbed", first.returncode == 0 and b"sealed: 200" in out,
                   out)
            out, err = second.communicate(timeout=WAIT_S)
            tap.ok("then it is the second's turn", second.returncode == 0 and b"sealed: " in out,
                   (out, err))


def whoever_waits_for_long_is_told(tap):
    """All at once, for each waits as long as the others."""
    with Home() as h:
        h.seal(h.log)
        key, memory = h.path("witness"), h.path("memory")
        kit.run("key", "make", "--name", "w.example/w", "--cosign", key)
        kit.run("ledger", "ask", "-o", h.path("request"), env=h.env)
        policy = h.path("policy")
        with open(policy, "wb") as f:
            f.write(kit.run("key", "show", "--policy", env=h.env).out)
        os.makedirs(os.path.join(memory, "state"))
        told = {"seal": ("home/segment/lock", ["seal", h.scan], h.home),
                "rotate": ("home/ledger/party/state/lock", ["key", "rotate"], h.home),
                "cosign": ("memory/state/lock",
                           ["witness", "cosign", "--policy", policy, "--state", memory, "--key",
                            key, h.path("request")], memory)}
        held, at_work = [], {}
        for name, (lock, args, _) in told.items():
            held.append(open(h.path(lock), "ab"))
            fcntl.flock(held[-1], fcntl.LOCK_EX)
            at_work[name] = subprocess.Popen([kit.exhibit(), *args], env=h.env,
                                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                             stderr=subprocess.PIPE)
        for name, (_, _, place) in told.items():
            out, err = at_work[name].communicate(timeout=WAIT_S)
            lines = err.decode().splitlines()
            tap.ok(f"{name}: waits with a word, and then says what it waited for",
                   at_work[name].returncode == 2 and not out and lines ==
                   [f"exhibit: {place}: another command writes here: waiting for it, 10 s at most",
                    f"exhibit: {place}: another command writes here, and does not end"], err)
        for f in held:
            f.close()
        tap.ok("afterwards it can be done", kit.run("key", "rotate", env=h.env).rc == 0 and
               h.seal(h.scan).rc == 0)


def locked(path):
    with open(path, "ab") as f:
        try:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def the_answer_is_for_people_too(tap):
    with Home("--local", LOCAL) as h:
        odd = h.put("a\x1b[31mname", kit.get(h.scan))
        said = h.run("seal", odd, h.log)
        text = said.out.decode()
        tap.ok("one line for each", said.rc == 0 and
               len([line for line in text.splitlines() if line[:2] != "  "]) == 2 and
               "200 records in 1 segment" in text and "20 records in 1 segment" in text, said)
        tap.ok("names are made safe", "\x1b" not in text, said)
        tap.ok("JSON is one line each", json.loads(h.seal(odd).out.decode().splitlines()[-1])
               ["party"] == NAME)


sys.exit(kit.main([
    a_file_is_sealed_once_whatever_it_is_called,
    what_is_left_out_is_said,
    the_same_file_twice_in_one_run_is_sealed_once,
    networks_change_only_by_a_new_entry,
    analysing_and_sealing_say_the_same_as_apart,
    what_cannot_be_sealed_is_said,
    what_is_passed_over_is_told,
    payload_is_kept_as_asked,
    without_the_opening_key_sealing_works,
    a_passphrase_is_asked_for_once,
    a_run_that_is_killed_leaves_what_the_next_one_seals,
    an_interrupted_run_keeps_what_it_sealed,
    two_at_once_do_not_mix,
    whoever_waits_for_long_is_told,
    the_answer_is_for_people_too,
]))
