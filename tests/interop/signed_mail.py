#!/usr/bin/python3
"""tests/interop/signed_mail.py EXHIBIT DKIM_DUMP - mails signed by another program.

dkimpy signs, with keys made here; ours verifies. Every changed byte of what was
signed must be noticed, by ours and by dkimpy alike.
"""
import base64
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit  # noqa: E402

try:
    import dkim
    import nacl.signing  # noqa: F401 - what dkimpy signs with
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
except ImportError as lack:
    nothing = kit.Tap()
    nothing.skip("mails signed by another program", lack)
    sys.exit(nothing.done())

DUMP = sys.argv.pop(2)
DOMAIN = b"accuser.example"
PRIVATE = (serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
           serialization.NoEncryption())

MAIL = (b"Received: from a by b; Tue, 3 Mar 2026 10:00:01 +0000\r\n"
        b"From: Abuse Desk <abuse@accuser.example>\r\n"
        b"To: noc@example.org\r\n"
        b"Subject:  A report\r\n\t of  an incident \r\n"
        b"Date: Tue, 03 Mar 2026 10:00:00 +0000\r\n"
        b"Message-ID: <1@accuser.example>\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"\r\n"
        b"Hello,  there. \r\n"
        b"\r\n"
        b"Source-IP: 198.51.100.7\t\r\n"
        b"Source-Port: 40001\r\n"
        b"Destination-IP: 192.0.2.5\r\n"
        b"Destination-Port: 22\r\n"
        b"Protocol: tcp\r\n"
        b"Time: 2023-11-14 22:13:20 +0000\r\n"
        b"\r\n"
        b"\r\n")
HEADERS = [b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type"]


class Keys:
    """Made for this run."""

    def __init__(self):
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
        self.other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.ed = ed25519.Ed25519PrivateKey.generate()
        self.records = {"r": self.record(self.rsa), "small": self.record(self.small),
                        "e": self.record(self.ed)}

    @staticmethod
    def record(key):
        public = key.public_key()
        if isinstance(key, ed25519.Ed25519PrivateKey):
            raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            return "v=DKIM1; k=ed25519; p=" + base64.b64encode(raw).decode()
        der = public.public_bytes(serialization.Encoding.DER,
                                  serialization.PublicFormat.SubjectPublicKeyInfo)
        return "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode()

    def private(self, name):
        if name == "e":
            raw = self.ed.private_bytes(serialization.Encoding.Raw, serialization.PrivateFormat.Raw,
                                        serialization.NoEncryption())
            return base64.b64encode(raw)
        return {"r": self.rsa, "small": self.small}[name].private_bytes(*PRIVATE)

    def dns(self, name, timeout=5):
        """As dkimpy asks."""
        text = name.decode() if isinstance(name, bytes) else name
        selector = text.split("._domainkey.")[0]
        return self.records.get(selector, "").encode() or None

    def file(self, **more):
        lines = [f"{s}._domainkey.{DOMAIN.decode()} {r}" for s, r in
                 {**self.records, **more}.items()]
        return "# keys\n" + "\n".join(lines) + "\n"


def sign(keys, name="r", mail=MAIL, canon=(b"relaxed", b"relaxed"), length=False, headers=None,
         domain=DOMAIN):
    algorithm = b"ed25519-sha256" if name == "e" else b"rsa-sha256"
    own = dkim.sign(mail, name.encode(), domain, keys.private(name), canonicalize=canon,
                    signature_algorithm=algorithm, include_headers=headers or HEADERS,
                    length=length)
    return own + mail


def ask(key_text, mails, now=0):
    """One line of the dump for each mail."""
    with tempfile.NamedTemporaryFile("w", suffix=".keys") as f:
        f.write(key_text)
        f.flush()
        data = b"".join(struct.pack(">I", len(m)) + m for m in mails)
        done = subprocess.run([DUMP, f.name, str(now)], input=data, capture_output=True, timeout=250,
                              check=False)
    if done.returncode != 0:
        return [f"status {done.returncode}: {done.stderr.decode()}"] * len(mails)
    return done.stdout.decode().splitlines()


def step(line):
    return line.split(" ")[0] if line else "none"


CANONS = [(a, b) for a in (b"simple", b"relaxed") for b in (b"simple", b"relaxed")]


def signatures_hold(tap, keys):
    for name in ("r", "small", "e"):
        mails = [sign(keys, name, canon=c) for c in CANONS]
        unix = [m.replace(b"\r\n", b"\n") for m in mails]
        box = [b"From abuse@accuser.example Tue Mar  3 10:00:00 2026\n" + m for m in unix]
        got = ask(keys.file(), mails + unix + box)
        tap.ok(f"{name}: all canonical forms, with line ends of the wire and of files",
               all(g.startswith("holds same 1 ") for g in got), got)


def dkimpy_agrees(tap, keys):
    """On random wrecks of a signed mail both verifiers say the same."""
    whole = sign(keys, "e", canon=(b"relaxed", b"simple"))
    wrecks = []
    for i in range(0, len(whole), 3):
        wrecks.append(whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1:])
    got = ask(keys.file(), wrecks)
    bad = []
    for wreck, line in zip(wrecks, got):
        try:
            theirs = bool(dkim.verify(wreck, dnsfunc=keys.dns))
        except Exception:  # pylint: disable=broad-except
            theirs = False
        ours = step(line) == "holds"
        if ours and not theirs:
            bad.append((line, wreck[:60]))
    tap.none("what holds for us holds for them", bad)


def signed_places(mail, canon):
    """Bytes whose change must be noticed: those of signed headers and the body,
    but for blanks in relaxed forms."""
    head, body = mail.split(b"\r\n\r\n", 1)
    at = 0
    places = []
    for line in head.split(b"\r\n"):
        name = line.split(b":")[0].lower() if line[:1] not in b" \t" else name
        if name in HEADERS or name == b"dkim-signature":
            places += range(at, at + len(line))
        at += len(line) + 2
    begin = len(head) + 4
    end = begin + len(body.rstrip(b"\r\n"))
    return places + list(range(begin, end))


def every_changed_byte_is_noticed(tap, keys):
    for name, canon in (("r", CANONS[0]), ("e", CANONS[3])):
        whole = sign(keys, name, canon=canon)
        changed, names = [], []
        for i in signed_places(whole, canon):
            for flip in (1, 0x20, 0x80):
                new = whole[i] ^ flip
                changed.append(whole[:i] + bytes([new]) + whole[i + 1:])
                names.append((i, flip, whole[max(0, i - 10):i + 10]))
        got = ask(keys.file(), changed)
        tap.ok(f"{name}: as many answers as mails", len(got) == len(changed), len(got))
        relaxed = canon[0] == b"relaxed"
        held = [n for n, line in zip(names, got)
                if "holds" in line and not (relaxed and meaningless(whole, *n[:2]))]
        tap.none(f"{name}, {canon}: {len(changed)} changes", held)


def meaningless(whole, place, flip):
    """In relaxed form the case of a header's name says nothing (RFC 6376, 3.4.2)."""
    begin = whole.rfind(b"\r\n", 0, place) + 2 if place > 0 else 0
    return flip == 0x20 and b":" not in whole[begin:place] and whole[begin:begin + 1].isalpha()


def each_step_is_named(tap, keys):
    whole = sign(keys)
    one = whole.replace(b"Hello", b"Hallo")
    got = ask(keys.file(), [
        whole, one, whole.replace(b"A report", b"B report"), whole.replace(b"v=1", b"v=2"),
        whole.replace(b"a=rsa-sha256", b"a=rsa-sha1"), whole.replace(b"h=from :", b"h="),
        whole.replace(b"s=r;", b"s=none;"), MAIL,
        b"From: other <x@evil.example>\r\n" + whole,
        b"Content-Type: text/html\r\n" + whole,
        whole.replace(b"MIME-Version", b"X-Odd : a\r\nMIME-Version"),
    ])
    want = ["holds", "body", "signature", "tags", "algorithm", "from", "no-key", "none", "mail",
            "mail", "mail"]
    tap.ok("the step that failed", [step(g) for g in got] == want, got)
    records = {
        "revoked": ("v=DKIM1; k=rsa; p=", "revoked"),
        "no mail": (keys.records["r"] + "; s=web", "key"),
        "sha1 only": (keys.records["r"] + "; h=sha1", "key"),
        "another type": (keys.records["e"], "key"),
        "another key": (keys.record(keys.other), "signature"),
        "not base64": ("v=DKIM1; p=%%%", "key"),
        "no record": ("hello", "key"),
        "a version behind": ("p=" + keys.records["r"].split("p=")[1] + "; v=DKIM1", "key"),
        "extra notes": (keys.records["r"] + "; n=note; x=1; t=y", "holds"),
        "in quotes": ('300 IN TXT ( "' + keys.records["r"][:100] + '" "' + keys.records["r"][100:]
                      + '" )', "holds"),
    }
    for name, (record, want) in records.items():
        got = ask(keys.file(r=record), [whole])
        tap.ok(f"a record, {name}: {want}", step(got[0]) == want, got)
    weak = subprocess.run(["openssl", "genrsa", "-traditional", "512"], capture_output=True,
                          check=False).stdout
    if weak:
        public = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "DER"], input=weak,
                                capture_output=True, check=True).stdout
        record = "v=DKIM1; p=" + base64.b64encode(public).decode()
        got = ask(keys.file(r=record), [whole])
        tap.ok("an RSA key of 512 bits", step(got[0]) == "key-weak", got)
    both = keys.file() + f"r._domainkey.{DOMAIN.decode()} {keys.record(keys.other)}\n"
    turned = "\n".join(reversed(both.splitlines())) + "\n"
    got = ask(both, [whole]) + ask(turned, [whole])
    tap.ok("a key that followed another", [step(g) for g in got] == ["holds"] * 2, got)


def what_is_not_signed_is_told(tap, keys):
    part = sign(keys, length=True) + b"Source-IP: 192.0.2.99\r\n"
    few = sign(keys, headers=[b"from", b"date"])
    got = ask(keys.file(), [part, few])
    tap.ok("a tail behind l=", got[0].startswith("holds same 0 "), got)
    tap.ok("headers that could be changed", got[1].startswith("holds same 1 ")
           and int(got[1].split()[-1], 16) == 0x02 | 0x04 | 0x08 | 0x20, got)
    bare = sign(keys).replace(b"Date:", b"Subject: another\r\nDate:")
    tap.ok("a second Subject", step(ask(keys.file(), [bare])[0]) == "signature", None)
    over = b"Subject: another\r\n" + sign(keys)
    got = ask(keys.file(), [over])
    tap.ok("one in front is not signed", got[0].startswith("holds")
           and int(got[0].split()[-1], 16) == 0x02, got)
    twice = sign(keys, headers=HEADERS + [b"subject"])
    got = ask(keys.file(), [twice, b"Subject: another\r\n" + twice])
    tap.ok("h= that names it twice forbids a second one",
           [step(g) for g in got] == ["holds", "signature"], got)


def domains_are_told_apart(tap, keys):
    def record(domain):
        return keys.file() + f"r._domainkey.{domain} {keys.records['r']}\n"
    above = MAIL.replace(b"abuse@accuser", b"abuse@desk.accuser")
    other = MAIL.replace(b"abuse@accuser.example", b"abuse@another.example")
    lookalike = MAIL.replace(b"abuse@accuser.example", b"abuse@notaccuser.example")
    two = MAIL.replace(b"<abuse@", b"a@another.example, <abuse@")
    got = ask(record("mail.accuser.example"), [
        sign(keys), sign(keys, mail=above), sign(keys, mail=other), sign(keys, mail=lookalike),
        sign(keys, domain=b"mail.accuser.example"), sign(keys, mail=two)])
    tap.ok("the signer and From", [g.split()[1] for g in got]
           == ["same", "above", "other", "other", "below", "other"]
           and all(step(g) == "holds" for g in got), got)


def times_and_several(tap, keys):
    signed = dkim.DKIM(MAIL)
    mail = signed.sign(b"r", DOMAIN, keys.private("r"), include_headers=HEADERS) + MAIL
    double = sign(keys, "e", mail=mail)
    got = ask(keys.file(), [double])
    tap.ok("two signatures", got == ["; ".join(got[0].split("; "))]
           and [g.split()[0] for g in got[0].split("; ")] == ["holds", "holds"], got)
    many = mail
    for _ in range(9):
        many = mail.split(b"\r\nReceived")[0] + b"\r\n" + many
    got = ask(keys.file(), [many])
    tap.ok("more than are looked at", got[0].endswith("; more"), got)


def check_tells_it(tap, keys):
    with kit.Files() as case:
        record = case.put("r", kit.pcap(kit.syn_scan()))
        key = case.put("keys", keys.file().encode())

        def run(mail, *options):
            return kit.run("check", "--json", case.put("claim", mail), "--against", record,
                           "--dkim-key", key, *options)
        said = run(sign(keys)).summary["signatures"]
        tap.ok("a mail that its domain signed", len(said) == 1 and said[0]["step"] == "holds"
               and said[0]["from"] == "same" and said[0]["body_whole"]
               and said[0]["headers"].startswith("from:"), said)
        said = run(sign(keys).replace(b"198.51.100.7", b"198.51.100.8")).summary["signatures"]
        tap.ok("one that was changed", said[0]["step"] == "body", said)
        tap.ok("one that is not signed", run(MAIL).summary["signatures"] == [], None)
        claim = case.put("claim", sign(keys))
        text = b" ".join(kit.run("check", claim, "--against", record, "--dkim-key", key).out.split())
        tap.ok("in words", b"accuser.example signed this mail" in text, text)
        text = b" ".join(kit.run("check", claim, "--against", record).out.split())
        tap.ok("not without keys", b"signed this mail" not in text, text)
        box = b"From a@b Tue Mar  3 10:00:00 2026\n" + sign(
            keys, mail=MAIL.replace(b"Hello,", b"Hello,\r\nFrom here\r\n>From there")).replace(
                b"\r\n", b"\n").replace(b"\n>From", b"\n>>From").replace(b"\nFrom here",
                                                                        b"\n>From here")
        said = run(box + b"\n" + b"From a@b Tue Mar  3 10:00:00 2026\n"
                   + sign(keys, "e").replace(b"\r\n", b"\n")).summary["signatures"]
        tap.ok("those of a mailbox file", [s["step"] for s in said] == ["holds", "holds"], said)
        relayed = b"".join(b"ARC-Seal: i=%d; a=rsa-sha256;\r\n\tcv=none\r\n" % i
                           for i in range(300)) + sign(keys)
        said = run(relayed)
        tap.ok("known headers far down", [s["step"] for s in said.summary["signatures"]]
               == ["holds"] and said.of("claim")[0]["first"] == said.of("claim")[0]["last"], said)
        junk = b"DKIM-Signature: v=1; a=rsa-sha256; d=x.example; s=s; h=from; bh=; b=\r\n"
        said = run(14 * junk + sign(keys))
        tap.ok("of many the first are looked at, and the others counted",
               {s["step"] for s in said.summary["signatures"]} == {"tags"}
               and said.summary["signatures_not_looked_at"] == 7, said)
        text = b" ".join(kit.run("check", case.put("claim", 14 * junk + sign(keys)), "--against",
                                 record, "--dkim-key", key).out.split())
        tap.ok("and they prove nothing", b"7 more signatures were not looked at, and prove nothing"
               in text and b"signed this mail" not in text, text)
        plain = sign(keys).split(b"\r\n\r\n", 1)[1]
        text = b" ".join(kit.run("check", case.put("claim", plain), "--against", record,
                                 "--dkim-key", key).out.split())
        tap.ok("what is no mail has none, and that is said",
               b"The claim is no mail: there is no signature to verify" in text, text)
        bad = case.put("keys", b"no name here\n")
        said = kit.run("check", claim, "--against", record, "--dkim-key", bad)
        tap.ok("a file of keys that is none", said.rc == 2 and b"_domainkey" in said.err, said)


KEYS = Keys()
if __name__ == "__main__":
    kit.main([lambda tap, f=f: f(tap, KEYS) for f in (
        signatures_hold, dkimpy_agrees, every_changed_byte_is_noticed, each_step_is_named,
        what_is_not_signed_is_told, domains_are_told_apart, times_and_several, check_tells_it)])
