#!/usr/bin/env python3
# tests/cli/test_cut.py PROGRAM [CLAIM...] - exhibits, as those who cut them, hide
# parts of them and check them meet them.
import gzip
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit

SCANNER, OTHER, NET = "198.51.100.7", "198.51.100.8", "192.0.2.0/24"
TARGETS = [f"192.0.2.{i}" for i in range(1, 41)]


def sweep(src, port, begin_ns=kit.BEGIN_NS):
    """Asks every target for one port; nobody answers."""
    return [kit.record(begin_ns + i * 10**8, kit.tcp_frame(kit.ipv4(src), kit.ipv4(t), 40000 + i,
                                                          port))
            for i, t in enumerate(TARGETS)]


class Party(kit.Files):
    """A home in which a capture of two scans is sealed, and its findings are kept."""

    def __init__(self):
        super().__init__()
        self.home = self.path("home")
        self.env = kit.environment(EXHIBIT_HOME=self.home)
        self.run("init", "--name", "cert-a.example", "--local", NET)
        self.file = self.put("two.pcap", kit.pcap(sweep(SCANNER, 23) +
                                                  sweep(OTHER, 2323, kit.BEGIN_NS + 10**10)))
        self.sealed = self.run("analyze", "--seal", "-q", "--json", self.file)
        self.policy = self.put("policy", self.run("key", "show", "--policy").out)

    def run(self, *args, **more):
        return kit.run(*args, env=self.env, **more)

    def cut(self, *args, name="case.exhibit"):
        return self.run("cut", "--replace", "-o", self.path(name), *args)

    def disclose(self, *args, of="case.exhibit", name="new.exhibit"):
        return self.run("disclose", self.path(of), "--replace", "-o", self.path(name), *args)

    def verify(self, name="case.exhibit"):
        return self.run("verify", self.path(name), "--policy", self.policy)

    def claims(self, name="case.exhibit"):
        with zipfile.ZipFile(self.path(name)) as z:
            return json.loads(z.read("data/findings.json"))

    def get(self, name):
        return kit.get(self.path(name))

    def id_of(self, remote):
        return next(f["id"] for f in self.sealed.findings if f["remote"] == remote)


def refused(said, text, status=2):
    return said.rc == status and said.out == b"" and text in said.err.decode()


WHO = "198.51.100.9"


def a_log_that_grew_is_claimed_once(tap):
    """The life of a server's log: sealed every day, and a day longer each time."""
    lines = kit.sshd_guesses(n=40).splitlines(keepends=True)
    with Party() as p:
        def seal(n, *args, tail=b""):
            said = p.run("seal", "--json", *args, p.put("auth.log", b"".join(lines[:n]) + tail))
            return said, said.lines[0]

        _, first = seal(20)
        _, second = seal(35)
        tap.ok("only what is new is sealed", (first["records"], second["records"]) == (20, 15) and
               second["from"] == sum(map(len, lines[:20])), second)
        said, again = seal(35)
        tap.ok("and once", again["outcome"] == "sealed-already" and
               again["first_entry"] == second["first_entry"], again)
        said, half = seal(36, tail=lines[36][:30])
        tap.ok("a line that was not written to its end", half["records"] == 1, half)
        said, rest = seal(40)
        tap.ok("is sealed when it is, with what follows", rest["records"] == 4 and
               rest["from"] == sum(map(len, lines[:36])), rest)
        tap.ok("people are told", b"the lines before them were sealed when the log was shorter" in
               p.run("seal", p.path("auth.log")).out)
        piped = p.run("seal", "--json", "-", stdin=b"".join(lines))
        tap.ok("standard input is the same log", piped.lines[0]["outcome"] == "sealed-already",
               piped)
        packed = p.put("auth.log.2.gz", gzip.compress(b"".join(lines)))
        said = p.run("seal", "--json", packed)
        tap.ok("so is a compressed copy", said.rc == 0 and
               said.lines[0]["outcome"] == "sealed-already" and
               said.lines[0]["first_entry"] == rest["first_entry"], said)
        both = p.run("analyze", "--seal", "--json", packed)
        tap.ok("which is analyzed all the same", b"sealed already" in both.err and
               [f["lines"] for f in both.findings if f["kind"] == "bruteforce.ssh"] == [40], both)
        damaged = p.put("cut.gz", gzip.compress(b"".join(lines))[:-20])
        said = p.run("seal", "--json", damaged)
        tap.ok("a damaged copy is none", said.rc == 2 and
               said.lines[0]["outcome"] == "sealed", said)
        os.unlink(damaged)
        shutil.rmtree(os.path.join(p.home, "segment/file", said.lines[0]["sha256"]))
        said = p.cut("--remote", WHO)
        tap.ok("cut says that there are parts", said.rc == 0 and b"in parts" in said.err, said)
        counts = sorted(c["lines"] for c in p.claims() if c["kind"] == "bruteforce.ssh")
        tap.ok("no line is claimed twice", counts == [15, 20], p.claims())
        held = p.verify()
        tap.ok("and all of it holds", held.rc == 0, held)
        tap.ok("the home is whole", p.run("doctor", "--all").rc == 0)


def analyzing_a_log_that_grew_seals_its_end_and_reports_all(tap):
    lines = kit.sshd_guesses(n=40).splitlines(keepends=True)
    with Party() as p:
        p.run("seal", p.put("auth.log", b"".join(lines[:30])))
        said = p.run("analyze", "--seal", "--json", p.put("auth.log", b"".join(lines)))
        tap.ok("the report is of all of it", [f["lines"] for f in said.findings
                                              if f["kind"] == "bruteforce.ssh"] == [40], said)
        tap.ok("sealed is its end", b"sealed: 10 records" in said.err, said)


def a_capture_that_grew_is_cut_from_once(tap):
    with Party() as p:
        data = p.get("two.pcap")
        longer = p.put("two.pcap", data + b"".join(sweep(SCANNER, 23, kit.BEGIN_NS + 10**11)))
        said = p.run("seal", "--json", longer)
        tap.ok("it is sealed as a whole", said.lines[0]["records"] == 120 and
               said.lines[0]["grown_of"], said)
        said = p.cut("--remote", SCANNER)
        tap.ok("cut takes the longer one, and says so", b"sealed again when it had grown" in said.err
               and b"80 records" in said.out, said)
        held = p.verify()
        tap.ok("no packet is claimed twice", held.rc == 0 and
               sum(c["packets"] for c in p.claims()) == 80, p.claims())
        other = p.put("other.pcap", data[:-1])
        said = p.run("seal", "--json", other)
        tap.ok("a shorter one is another", "grown_of" not in said.lines[0], said)


def packings(files, name, data):
    """The same bytes in four files, packed ones first."""
    zstd = subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout
    return [files.put(name + ".gz", gzip.compress(data)), files.put(name + ".zst", zstd),
            files.put("other.gz", gzip.compress(data, 1, mtime=0)), files.put(name, data)]


def the_same_bytes_in_other_packings_are_claimed_once(tap):
    log = kit.sshd_guesses(n=30)
    capture = kit.pcap(sweep("198.51.100.77", 2323, kit.BEGIN_NS + 10**11))
    for name, data, remote in (("w.log", log, WHO), ("w.pcap", capture, "198.51.100.77")):
        for alone in (True, False):
            with Party() as p:
                all_four = packings(p, name, data)
                for few in [[f] for f in all_four] if alone else [all_four]:
                    said = p.run("seal", *few)
                    tap.ok("all are taken", said.rc == 0, said)
                said = p.cut("--remote", remote)
                claims = p.claims()
                kinds = [c["kind"] for c in claims]
                tap.ok(f"{name}: each claim once", said.rc == 0 and len(kinds) == len(set(kinds)) and
                       kinds, claims)
                tap.ok("cut says what it passed over",
                       b"3 sealed files passed over: the same bytes, packed otherwise" in said.err,
                       said)
                held = p.verify()
                tap.ok("and it holds", held.rc == 0 and p.run("doctor", "--all").rc == 0, held)


def flat(said):
    """What was said, without the breaks of its lines."""
    return b" ".join(said.out.split())


def a_policy_from_before_a_change_of_keys_says_so(tap):
    with Party() as p:
        p.cut("--remote", SCANNER, name="before.exhibit")
        tap.ok("the key is changed", p.run("key", "rotate").rc == 0)
        tap.ok("what was cut before holds by the old policy", p.verify("before.exhibit").rc == 0)
        p.run("seal", p.put("later.log", kit.sshd_guesses()))
        p.cut("--remote", "198.51.100.9", name="after.exhibit")
        said = p.verify("after.exhibit")
        tap.ok("what was cut after it: status 2, and whom to ask for what", said.rc == 2 and
               b"the policy knows cert-a.example by another key" in flat(said) and
               b"ask cert-a.example for its policy of today" in flat(said), said)
        tap.ok("the new policy holds", kit.run("verify", p.path("after.exhibit"), "--policy", p.put(
            "new", p.run("key", "show", "--policy").out), env=p.env).rc == 0)
        env = kit.environment(EXHIBIT_HOME=p.path("stranger"))
        kit.run("init", "--name", "cert-b.example", env=env)
        said = p.run("verify", p.path("after.exhibit"), "--policy", p.put(
            "strange", kit.run("key", "show", "--policy", env=env).out))
        tap.ok("a policy that does not know the name says that", said.rc == 2 and
               b"no log of the policy signed for cert-a.example" in flat(said), said)


def what_is_cut_holds(tap):
    with Party() as p:
        said = p.cut("--remote", SCANNER)
        tap.ok("cut: exit status 0, no complaint", said.rc == 0 and said.err == b"", said)
        tap.ok("cut says what it shows", b"40 records in 1 segment" in said.out and
               b"0 local addresses" in said.out and b"At least" in said.out, said)
        claims = p.claims()
        tap.ok("one claim, about that remote", len(claims) == 1 and
               claims[0]["initiator"] == SCANNER and claims[0]["targets"] == 40 and
               claims[0]["at_least"] is True, claims)
        tap.ok("it verifies", p.verify().rc == 0, p.verify())
        data = p.get("case.exhibit")
        shown = [t for t in TARGETS if t.encode() in data or kit.ipv4(t) in data]
        tap.none("no target is in it", shown)
        again = p.cut("--remote", SCANNER, name="again.exhibit")
        tap.ok("cutting again gives the same bytes",
               again.rc == 0 and p.get("again.exhibit") == data)


def findings_are_cut_by_their_ids(tap):
    with Party() as p:
        said = p.cut(p.id_of(OTHER)[:12])
        tap.ok("by the begin of an id", said.rc == 0 and
               [c["initiator"] for c in p.claims()] == [OTHER], said)
        said = p.cut(p.id_of(OTHER), p.id_of(SCANNER), name="both.exhibit")
        tap.ok("by two ids", said.rc == 0 and len(p.claims("both.exhibit")) == 2, said)
        tap.ok("both hold", p.verify("both.exhibit").rc == 0, p.verify("both.exhibit"))
        tap.ok("an id that nobody has", refused(p.cut("ffffffffff"), "no finding has such an id"))
        tap.ok("no id", refused(p.cut("everything"), "not the id of a finding"))


def what_is_not_there_is_said(tap):
    with Party() as p:
        tap.ok("a remote that was never seen",
               refused(p.cut("--remote", "203.0.113.1"), "no sealed segment has records", 1))
        tap.ok("neither remote nor id", refused(p.cut(), "about whom?"))
        tap.ok("both", refused(p.cut("--remote", SCANNER, p.id_of(OTHER)), "either"))
        tap.ok("no output", refused(p.run("cut", "--remote", SCANNER), "--output FILE"))
        tap.ok("no address", refused(p.cut("--remote", "scanner"), "not an address"))
        said = p.cut("--remote", SCANNER, "--definitions", "zeek-6.0")
        tap.ok("other definitions: passed over, and said", said.rc == 1 and
               b"sealed with other rules" in said.err, said)
        bare = kit.run("cut", "--remote", SCANNER, "-o", p.path("x"), "--home", p.path("none"))
        tap.ok("no home", refused(bare, "no home"), bare)
        tap.none("nothing was written", [n for n in ("case.exhibit", "x")
                                         if os.path.exists(p.path(n))])


def without_the_opening_key_nothing_is_cut(tap):
    with Party() as p:
        whole = p.cut("--remote", SCANNER)
        p.run("key", "backup", "--move", p.path("opening.key"))
        said = p.cut("--remote", SCANNER, name="x")
        tap.ok("the key is elsewhere: said", whole.rc == 0 and
               refused(said, "the opening key is not here: --key FILE"), said)
        said = p.cut("--remote", SCANNER, "--key", p.path("opening.key"), name="x")
        tap.ok("--key takes it back for once", said.rc == 0 and
               p.get("x") == p.get("case.exhibit"), said)


def what_cannot_be_taken_back_is_asked(tap):
    with Party() as p:
        said = p.cut("--remote", SCANNER, "--open", "targets")
        tap.ok("--open targets says what it does, and does nothing",
               refused(said, "in every segment of the same epochs") and
               b"--yes" in said.err and not os.path.exists(p.path("case.exhibit")), said)
        said = p.cut("--remote", SCANNER, "--open", "targets", "--yes")
        view = zipfile.ZipFile(p.path("case.exhibit")).read("data/view.csv").decode()
        tap.ok("--yes: every target is named", said.rc == 0 and b"40 local addresses" in said.out and
               all(f",{t},opened," in view for t in TARGETS), said)
        tap.ok("and it verifies", p.verify().rc == 0, p.verify())
        said = p.cut("--remote", SCANNER, "--open", TARGETS[4], name="one.exhibit")
        view = zipfile.ZipFile(p.path("one.exhibit")).read("data/view.csv").decode()
        tap.ok("one address alone needs no yes", said.rc == 0 and
               [t for t in TARGETS if f",{t},opened," in view] == [TARGETS[4]], said)
        tap.ok("and it verifies", p.verify("one.exhibit").rc == 0, p.verify("one.exhibit"))


def evidence_is_not_overwritten_unasked(tap):
    with Party() as p:
        case = p.path("case.exhibit")
        p.run("cut", "--remote", SCANNER, "--remote", OTHER, "--open", "hidden", "-o", case)
        before = p.get("case.exhibit")
        said = p.run("cut", "--remote", SCANNER, "-o", case)
        tap.ok("cut leaves a file that is there", refused(said, "case.exhibit is there already") and
               b"--replace" in said.err and p.get("case.exhibit") == before, said)
        said = p.run("disclose", case, "--hide", "hidden", "-o", case)
        tap.ok("so does disclose, its own input", refused(said, "case.exhibit is there already") and
               p.get("case.exhibit") == before, said)
        os.symlink("nowhere", p.path("link"))
        said = p.run("disclose", case, "--hide", "hidden", "-o", p.path("link"))
        tap.ok("and a link to nothing", refused(said, "link is there already") and
               os.path.islink(p.path("link")), said)
        said = p.run("disclose", case, "--hide", "hidden", "-o", case, "--replace")
        tap.ok("--replace replaces it", said.rc == 0 and p.get("case.exhibit") != before and
               p.verify().rc == 0, said)


def sources_speak_of_those_that_are_claimed(tap):
    quiet = "203.0.113.99"
    with Party() as p:
        one = [kit.record(kit.BEGIN_NS + 10**8, kit.tcp_frame(kit.ipv4(quiet),
                                                              kit.ipv4(TARGETS[0]), 4000, 80))]
        p.run("analyze", "--seal", "-q", p.put("one.pcap", kit.pcap(one)))
        listed = p.put("hosts.txt", "".join(f"{a}/32\n" for a in sorted(
            (SCANNER, OTHER, quiet))).encode())

        def told(name="case.exhibit"):
            with zipfile.ZipFile(p.path(name)) as z:
                return {r["address"] for r in json.loads(z.read("data/ladder.json"))["remotes"]}

        p.cut("--remote", SCANNER, "--remote", OTHER, "--remote", quiet, "--source",
              f"{listed},as=hosting")
        tap.ok("who did nothing is not in it", told() == {SCANNER, OTHER} and p.verify().rc == 0,
               f"{told()} {p.verify()}")
        p.disclose("--hide", "claim:2", name="first.exhibit")
        tap.ok("nor whose claim was taken out", told("first.exhibit") == {SCANNER} and
               p.verify("first.exhibit").rc == 0, f"{told('first.exhibit')}")


def less_is_shown_without_the_home(tap):
    with Party() as p:
        p.cut("--remote", SCANNER, "--remote", OTHER, "--open", "targets", "--open", "data", "--yes")
        shutil.rmtree(p.home)
        said = p.disclose("--hide", "targets", "--hide", "hidden")
        data = p.get("new.exhibit")
        tap.none("hidden targets are gone",
                 [t for t in TARGETS if t.encode() in data or kit.ipv4(t) in data])
        tap.ok("it still verifies", said.rc == 0 and p.verify("new.exhibit").rc == 0, said)
        said = p.disclose("--hide", SCANNER, name="other.exhibit")
        tap.ok("a remote can be left out", said.rc == 0 and
               SCANNER.encode() not in p.get("other.exhibit") and
               [c["initiator"] for c in p.claims("other.exhibit")] == [OTHER], said)
        tap.ok("and the rest verifies", p.verify("other.exhibit").rc == 0)
        said = p.disclose("--hide", "claim:2", "--json", name="first.exhibit")
        told = json.loads(said.out)
        tap.ok("a claim can be left out, and is named", told["claims_dropped"] == 1 and
               told["claims_dropped_findings"][0]["initiator"] == OTHER and told["claims"] == 1 and
               p.claims("first.exhibit")[0]["initiator"] == SCANNER, told)
        said = p.disclose("--hide", SCANNER, "--hide", OTHER, name="none")
        tap.ok("but not all", refused(said, "no claim would be left", 1) and
               not os.path.exists(p.path("none")), said)
        said = p.disclose("--open", "data", name="none")
        tap.ok("more needs the home", refused(said, "home"), said)


def more_is_opened_with_the_home(tap):
    with Party() as p:
        p.cut("--remote", SCANNER)
        said = p.disclose("--open", TARGETS[0])
        tap.ok("an address", said.rc == 0 and b"1 local address;" in said.out and
               kit.ipv4(TARGETS[0]) in p.get("new.exhibit"), said)
        tap.ok("it verifies", p.verify("new.exhibit").rc == 0, p.verify("new.exhibit"))
        back = p.disclose("--hide", TARGETS[0], of="new.exhibit", name="back.exhibit")
        tap.ok("and can be closed again: the same bytes as before",
               back.rc == 0 and p.get("back.exhibit") == p.get("case.exhibit"), back)
        tap.ok("targets are asked for", refused(p.disclose("--open", "targets"), "--yes"))
        with Party() as q:
            said = q.run("disclose", p.path("case.exhibit"), "-o", q.path("x"), "--open",
                         TARGETS[0])
            tap.ok("another party's home opens nothing", said.rc == 2 and said.out == b"" and
                   not os.path.exists(q.path("x")), said)


def a_damaged_exhibit_is_refused(tap):
    with Party() as p:
        p.cut("--remote", SCANNER)
        data = p.get("case.exhibit")
        bad = []
        for at in range(0, len(data), len(data) // 60):
            p.put("bad.exhibit", data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
            said = p.disclose("--hide", "hidden", of="bad.exhibit", name="x")
            if said.rc != 2 or b"bad.exhibit: offset" not in said.err:
                bad.append((at, said))
        tap.none("with the place and what is wrong there", bad)
        tap.ok("nothing was written", not os.path.exists(p.path("x")))
        said = p.disclose("--hide", "hidden", of="two.pcap", name="x")
        tap.ok("no exhibit at all", refused(said, "zip: bytes before the first member"), said)


def what_would_not_verify_is_not_written(tap):
    with Party() as p:
        tiles = os.path.join(p.home, "ledger", "party", "log", "tile", "0", "000.p")
        tile = max((os.path.join(tiles, n) for n in os.listdir(tiles)), key=os.path.getsize)
        data = bytearray(kit.get(tile))
        data[3] ^= 1  # of entry 0: a segment's proof needs it
        with open(tile, "wb") as f:
            f.write(data)
        said = p.cut("--remote", SCANNER)
        tap.ok("a damaged tile of the ledger: refused, with the place",
               refused(said, "it would not verify: the exhibit as a whole: ledger: segment 0") and
               not os.path.exists(p.path("case.exhibit")), said)


EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples")


def what_is_left_out_is_named(tap):
    with Party() as p:
        p.run("seal", "-q", "--local", "198.51.100.0/24", os.path.join(EXAMPLES, "scan.pcap"))
        told = json.loads(p.cut("--remote", "203.0.113.66", "--json").out)
        names = [(f["definition"], f["initiator"]) for f in told["left_out_findings"]]
        tap.ok("a finding that rests on payload", told["left_out"] == len(names) and
               ("bruteforce.ssh.shape/1", "203.0.113.66") in names, told)
        said = p.cut("--remote", "203.0.113.66")
        tap.ok("in words too", b"    bruteforce.ssh.shape/1 by 203.0.113.66, 2026-" in said.out, said)


def single_cells_are_opened_and_closed(tap):
    with Party() as p:
        p.cut("--remote", SCANNER, "--remote", OTHER)

        def told(*args, of="case.exhibit", name="new.exhibit"):
            said = p.disclose("--json", *args, of=of, name=name)
            return json.loads(said.out) if said.rc == 0 else said

        one = told("--open", f"hidden:0/3/{SCANNER}")
        tap.ok("one record of one remote", one["hidden_fields"] == 1 and one["claims"] == 2 and
               one["local_addresses"] == 0, one)
        tap.ok("it holds", p.verify("new.exhibit").rc == 0, p.verify("new.exhibit"))
        tap.ok("row 3 of every remote", told("--open", "data:0/3", name="two.exhibit")
               ["hidden_fields"] == 2)
        back = told("--hide", f"hidden:0/3/{SCANNER}", of="new.exhibit", name="back.exhibit")
        tap.ok("closed again: the same bytes", p.get("back.exhibit") == p.get("case.exhibit"), back)
        whole = told("--open", "hidden", name="all.exhibit")
        tap.ok("all of them", whole["hidden_fields"] == whole["records"], whole)
        less = told("--hide", "hidden:0/7", of="all.exhibit", name="less.exhibit")
        tap.ok("but one of each", less["hidden_fields"] == less["records"] - 2 and
               p.verify("less.exhibit").rc == 0, less)
        for what in ("hidden:0/40", "hidden:9/0", "data:0/0/203.0.113.1"):
            tap.ok(f"{what} is not there", refused(p.disclose("--open", what), "no such record") and
                   refused(p.disclose("--hide", what), "no such record"))
        for what in ("hidden:", "hidden:0", "data:0/x", "data:0/1/nobody"):
            tap.ok(f"--open {what}: wrong use", refused(p.disclose("--open", what), "--open"))
        tap.ok("cut opens no single records", refused(p.cut("--remote", SCANNER, "--open",
                                                            "hidden:0/1"), "exhibit disclose"))


def a_cell_that_tells_its_target_stays_closed(tap):
    with Party() as p:
        mirai = [kit.record(kit.BEGIN_NS + i * 10**8, kit.tcp_frame(
            kit.ipv4("198.51.100.9"), kit.ipv4(t), 40000 + i, 23,
            seq=int.from_bytes(kit.ipv4(t), "big"))) for i, t in enumerate(TARGETS)]
        p.run("seal", "-q", p.put("mirai.pcap", kit.pcap(mirai)))
        p.cut("--remote", "198.51.100.9")
        told = json.loads(p.disclose("--open", "hidden:0/5", "--json").out)
        tap.ok("and is counted", told["hidden_fields"] == 0 and told["kept_back"] == 1, told)
        told = json.loads(p.disclose("--open", "hidden:0/5", "--open", TARGETS[5], "--json").out)
        tap.ok("with the address it may be opened", told["hidden_fields"] == 1 and
               told["kept_back"] == 0, told)


def numbers_from_closed_lines_are_at_least(tap):
    """Some lines tell of an attempt only by the account that they name."""
    with Party() as p:
        log = kit.sshd_guesses(who="198.18.7.7", n=30) + sshd_line(
            59, "Disconnected from authenticating user bob 198.18.7.7 port 4711 [preauth]").encode()
        p.run("seal", "-q", p.put("auth.log", log))
        p.cut("--remote", "198.18.7.7")
        p.cut("--remote", "198.18.7.7", "--open", "data", name="open.exhibit")
        closed, opened = (p.claims(n)[0] for n in ("case.exhibit", "open.exhibit"))
        tap.ok("fewer attempts without the lines", closed["attempts"] < opened["attempts"],
               (closed, opened))
        said = p.verify()
        tap.ok("and verify says why there may be more", said.rc == 0 and
               b"complete: at least; not every line of its log is opened" in said.out, said)
        tap.ok("with them all is counted",
               b"complete: holds" in p.verify("open.exhibit").out, p.verify("open.exhibit"))


def a_scan_is_not_lost_with_its_options(tap):
    """Whose SYNs are Nmap's own, connected with another program; that the marks are
    closed later must not turn its scan into another one."""
    with Party() as p:
        p.run("seal", "-q", "--local", "198.51.100.0/24", os.path.join(EXAMPLES, "scan.pcap"))
        p.cut("--remote", "203.0.113.66", "--open", "data", "--open", "targets", "--yes")

        def scans(name):
            return [(c["kind"], c["technique"]) for c in p.claims(name)
                    if c["kind"].startswith("scan.")]

        before = scans("case.exhibit")
        tap.ok("there are scans", before, p.claims())
        for what in ("data", "hidden", "targets"):
            said = p.disclose("--hide", what)
            tap.ok(f"--hide {what} keeps every scan", said.rc == 0 and
                   before == scans("new.exhibit"), said)
            tap.ok("and they hold", p.verify("new.exhibit").rc == 0, p.verify("new.exhibit"))


SPRAYER, GUESSER, PROBER, REPEATER = (f"203.0.113.{i}" for i in (1, 2, 3, 4))


def sshd_line(i, text, pid=None):
    return f"Mar  3 10:{i // 60:02}:{i % 60:02} host sshd[{pid or 1000 + i}]: {text}\n"


def spray():
    """Many accounts, one password each."""
    return "".join(sshd_line(i, f"Failed password for invalid user name{i} from {SPRAYER} port "
                                f"{30000 + i} ssh2") for i in range(40))


def unknown_users():
    """Accounts that are not there: that a line tells of an attempt, only its name says."""
    return "".join(sshd_line(i, f"Invalid user admin from {GUESSER} port {30000 + i}")
                   for i in range(60))


def repeated():
    """syslogd sums up: the name is in the line before."""
    return "".join(sshd_line(2 * i, f"Invalid user admin from {REPEATER} port {30000 + i}") +
                   f"Mar  3 10:{(2 * i + 1) // 60:02}:{(2 * i + 1) % 60:02} host last message "
                   "repeated 2 times\n" for i in range(30))


def probes():
    return "".join(f'{PROBER} - - [03/Mar/2025:10:{i // 60:02}:{i % 60:02} +0000] "GET '
                   f'/none/{i}.php HTTP/1.1" 404 200 "-" "-"\n' for i in range(120))


LOGS = (("spray.ssh", SPRAYER, spray), ("bruteforce.ssh", GUESSER, unknown_users),
        ("bruteforce.ssh", REPEATER, repeated), ("probe.web", PROBER, probes))


def findings_of_logs_follow_from_opened_lines(tap):
    for kind, remote, log in LOGS:
        with Party() as p:
            name = f"{kind} by {log.__name__}"
            analyzed = p.run("analyze", "--seal", "-q", "--json", p.put("log", log().encode()))
            found = [f["id"] for f in analyzed.findings if f["kind"] == kind]
            if not tap.ok(f"{name}: found", len(found) == 1, analyzed):
                continue
            said = p.cut(found[0], "--open", "data")
            claims = p.claims() if said.rc == 0 else []
            tap.ok(f"{name}: cut with its lines it is claimed", len(claims) == 1 and
                   claims[0]["kind"] == kind and claims[0]["initiator"] == remote and
                   claims[0].get("said") is not True, f"{said}{claims}")
            numbers = ("attempts", "users", "lines", "paths", "missing")
            told = [[f.get(n) or 0 for n in numbers] for f in analyzed.findings + claims
                    if f["kind"] == kind]
            tap.ok("with the numbers that analyze has", len(told) == 2 and told[0] == told[1], told)
            tap.ok("and verifies", p.verify().rc == 0, p.verify())
            said = p.cut(found[0], name="closed.exhibit")
            tap.ok(f"{name}: without them it is the cutter's word", said.rc == 0 and
                   b"--open data" in said.out and
                   p.claims("closed.exhibit")[0].get("said") is True and
                   p.verify("closed.exhibit").rc == 1, said)
            said = p.cut("--remote", remote, name="none.exhibit")
            tap.ok("and not claimed unless it was named", refused(said, "(--open data)", 1) or
                   kind not in [c["kind"] for c in p.claims("none.exhibit")], said)
            said = p.disclose("--hide", "data", name="hidden.exhibit")
            tap.ok("nor can lines be hidden from it", refused(said, "no claim is left", 1) or
                   refused(said, "no claim would be left", 1), said)
            said = p.disclose("--open", "data", of="closed.exhibit", name="open.exhibit")
            tap.ok("opened later, it follows", said.rc == 0 and
                   p.verify("open.exhibit").rc == 0, said)


def a_last_line_without_an_end_verifies(tap):
    with Party() as p:
        text = spray().rstrip("\n")[:-len(" ssh2")]  # its port may lack digits
        said = p.run("analyze", "--seal", "-q", "--json", p.put("log", text.encode()))
        cut = p.cut(said.findings[0]["id"], "--open", "data")
        tap.ok("a log that was cut in its last line", cut.rc == 0 and p.verify().rc == 0,
               f"{cut}\n{p.verify()}")


def another_rule_under_a_known_name_is_told(tap):
    with Party() as p:
        p.cut("--remote", SCANNER)
        tap.ok("of the rule that ships nothing is said", b" rule: " not in p.verify().out)
        rules = {"set": "mine", "definitions": [
            {"name": "bruteforce.ssh", "version": 1, "method": "guess.log",
             "parameters": {"attempts": 2}}]}
        mine = p.put("mine.json", json.dumps(rules).encode())
        log = p.put("two.log", kit.sshd_guesses(who="198.18.7.7", n=2))
        said = p.run("seal", "-d", mine, log)
        tap.ok("sealed under a rule of one's own", said.rc == 0, said)
        said = p.cut("-d", mine, "--remote", "198.18.7.7", name="own.exhibit")
        tap.ok("and cut", said.rc == 0, said)
        said = p.verify("own.exhibit")
        tap.ok("it holds, and the rule is said to be another than the one of that name",
               said.rc == 0 and b"not the bruteforce.ssh/1 that this program" in said.out, said)


def a_device_is_not_replaced(tap):
    with Party() as p:
        os.mkfifo(p.path("pipe"))
        said = p.cut("--remote", SCANNER, name="pipe")
        tap.ok("refused, and still there", said.rc == 2 and b"not replaced" in said.err and
               stat.S_ISFIFO(os.stat(p.path("pipe")).st_mode), said)


def hiding_what_is_not_there_is_refused(tap):
    with Party() as p:
        p.cut("--remote", SCANNER)
        for what in ("203.0.113.250", "claim:9", "hidden", "data", "targets"):
            said = p.disclose("--hide", what)
            tap.ok(f"--hide {what}", said.rc == 2 and what.encode() in said.err and
                   not os.path.exists(p.path("new.exhibit")), said)


def what_was_hidden_is_counted(tap):
    with Party() as p:
        p.run("seal", "-q", p.put("auth.log", kit.sshd_guesses(n=40)))
        said = p.cut("--remote", WHO, "--open", "data", "--json")
        n = json.loads(said.out)["data"]
        told = p.disclose("--hide", "data")
        tap.ok("lines were hidden, and other fields are open", told.rc == 0 and n > 0 and
               f"  Hidden now: options, payload or line of {n} records.\n" in told.out.decode() and
               f"  Still open: hidden fields of {n} records (--hide hidden).\n" in
               told.out.decode(), told)
        told = p.disclose("--hide", "hidden")
        tap.ok("both at once", f"  Hidden now: hidden fields of {n} records; options, payload or "
               f"line of {n} records.\n" in told.out.decode() and b"Still open" not in told.out,
               told)
        told = json.loads(p.disclose("--hide", "data", "--json").out)
        tap.ok("in JSON too", told["hidden_now"] == {
            "records": 0, "local_addresses": 0, "hidden_fields": 0, "data": n}, told)


def wrong_use_is_said(tap):
    with Party() as p:
        p.cut("--remote", SCANNER)
        for args, text in ((["--hide", "everything"], "--hide everything: hidden, data"),
                           (["--hide", "claim:0"], "not the number of a claim"),
                           (["--hide", "before:yesterday"], "not a time"),
                           (["--open", "all"], "--open all: targets, hidden, data, marks"),
                           ([], "nothing to do")):
            said = p.disclose(*args)
            tap.ok(f"disclose {' '.join(args)}", refused(said, text), said)


kit.main([another_rule_under_a_known_name_is_told, a_device_is_not_replaced,
          hiding_what_is_not_there_is_refused, a_log_that_grew_is_claimed_once,
          analyzing_a_log_that_grew_seals_its_end_and_reports_all,
          the_same_bytes_in_other_packings_are_claimed_once,
          a_capture_that_grew_is_cut_from_once, a_policy_from_before_a_change_of_keys_says_so,
          what_is_cut_holds, findings_are_cut_by_their_ids,
          what_is_not_there_is_said,
          without_the_opening_key_nothing_is_cut, what_cannot_be_taken_back_is_asked,
          evidence_is_not_overwritten_unasked, what_was_hidden_is_counted,
          sources_speak_of_those_that_are_claimed,
          less_is_shown_without_the_home, more_is_opened_with_the_home,
          a_damaged_exhibit_is_refused, findings_of_logs_follow_from_opened_lines,
          a_last_line_without_an_end_verifies, wrong_use_is_said,
          what_would_not_verify_is_not_written, what_is_left_out_is_named,
          numbers_from_closed_lines_are_at_least, single_cells_are_opened_and_closed,
          a_cell_that_tells_its_target_stays_closed, a_scan_is_not_lost_with_its_options])
