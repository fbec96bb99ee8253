#!/usr/bin/env python3
# tests/cli/test_reply.py PROGRAM [CLAIM...] - answers to notices that come by mail, signed by
# another program (dkimpy), forged, twice, or about nothing of ours.
import base64
import email
import email.policy
import glob
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit
from test_accord import A, B
from test_case import Talk

try:
    import dkim
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
except ImportError as lack:
    nothing = kit.Tap()
    nothing.skip("answers by mail", lack)
    sys.exit(nothing.done())

WHOIS = b"% Abuse contact for '44.128.0.0 - 44.128.0.255' is 'abuse@one.example'\n"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
                        serialization.NoEncryption())
DER = KEY.public_key().public_bytes(serialization.Encoding.DER,
                                    serialization.PublicFormat.SubjectPublicKeyInfo)
RECORD = b"s._domainkey.one.example v=DKIM1; k=rsa; p=" + base64.b64encode(DER) + b"\n"


def reply(*headers, text="We have closed the account."):
    lines = ["From: Abuse Desk <abuse@one.example>", "To: noc@example.org",
             "Date: Tue, 03 Mar 2026 10:00:00 +0000", "Message-ID: <7@one.example>", *headers, "",
             text, ""]
    return "\r\n".join(lines).encode()


def sign(mail):
    return dkim.sign(mail, b"s", b"one.example", PEM, include_headers=[
        b"from", b"to", b"date", b"message-id", b"subject", b"in-reply-to"]) + mail


class Mailed(Talk):
    """A has written a notice to a desk that has no accord with it."""

    def __init__(self):
        super().__init__()
        self.put("keys", RECORD)
        log = b"".join(kit.sshd_guesses(who=f"44.128.0.{i}", n=20) for i in (7,))
        said = self.run(A, "request", self.put("in.log", log), "--source",
                        self.put("answers", WHOIS), "--reporter", "Us <noc@example.org>", "-o",
                        self.path("out"))
        assert said.rc == 0, said
        (self.eml,) = glob.glob(self.path("out/*.eml"))
        self.notice = email.message_from_bytes(kit.get(self.eml), policy=email.policy.default)
        self.id = os.path.basename(self.eml)[len("exhibit-"):-len(".eml")]

    def reply(self, mail, *args, rc=0):
        return self.case(A, "reply", self.put("r.eml", mail), *args, rc=rc)

    def all(self):
        return self.case(A, "reply", "--list", "--json").lines

    def answer_to_it(self):
        return sign(reply("Subject: Re: your report",
                          f"In-Reply-To: {self.notice['Message-ID']}"))


def a_signed_answer_is_kept_with_its_notice(tap):
    with Mailed() as p:
        mail = p.answer_to_it()
        one = p.reply(mail, "--dkim-key", p.path("keys"), "--json").lines[0]
        tap.ok("the notice is found by what the reply's headers quote",
               (one["answers"], one["id"], one["told"], one["found"]) ==
               ("notice", p.id, "abuse@one.example", "header"), one)
        tap.ok("the signature holds, for the domain that was told",
               [(s["step"], s["domain"], s["from"]) for s in one["signatures"]] ==
               [("holds", "one.example", "same")], one)
        tap.ok("marked as what it is", one["way"] == "by mail, no accord", one)
        kept = p.path(f"home-{A}/talk/file/{one['sha256']}")
        tap.ok("byte for byte", kit.get(kept) == mail)
        text = " ".join(p.case(A, "reply", "--list").out.decode().split())
        for words in (f"notice {p.id}, to abuse@one.example: answered by mail, no accord",
                      "one.example signed this mail", "abuse@one.example"):
            tap.ok(f"told: {words}", words in text, text)
        again = p.reply(mail, "--json")
        tap.ok("the same mail is kept once, and its signature not forgotten",
               p.all() == [one] == again.lines and b"kept already" in again.err, again)
        forged = p.reply(mail.replace(b"closed", b"opened"), "--dkim-key", p.path("keys"), "--json")
        tap.ok("a changed answer is another one, and its signature is seen to fail",
               forged.lines[0]["signatures"][0]["step"] == "body" and len(p.all()) == 2, forged)
        p.put(f"home-{A}/talk/file/{one['sha256']}", mail[:-4])
        said = p.case(A, "reply", "--list", rc=None)
        tap.ok("a kept mail that was changed is not shown as the one that came",
               said.rc == 1 and b"changed" in said.err, said)


def keys_may_come_later(tap):
    with Mailed() as p:
        mail = p.answer_to_it()
        one = p.reply(mail, "--json").lines[0]
        tap.ok("without keys nothing is claimed", one["keys"] is False and not one["signatures"] and
               "not verified" in one["signed"], one)
        two = p.reply(mail, "--dkim-key", p.path("keys"), "--json").lines[0]
        tap.ok("with them the same mail says who signed it", p.all() == [two] and
               two["signatures"][0]["step"] == "holds" and two["kept"] == one["kept"], two)


def other_ways_to_quote(tap):
    with Mailed() as p:
        ours = p.notice["Subject"]
        one = p.reply(reply(f"Subject: Re: {ours}"), "--json").lines[0]
        tap.ok("by the subject", (one["id"], one["found"]) == (p.id, "header"), one)
        one = p.reply(reply("Subject: Ticket 5", text=f"> [exhibit:{p.id.lower()}]\r\nDone."),
                      "--json").lines[0]
        tap.ok("by the text, in small letters", (one["id"], one["found"]) == (p.id, "text"), one)
        case = p.new()
        one = p.reply(reply("Subject: Hello", text=f"About your case {case}: done."),
                      "--json").lines[0]
        tap.ok("by a case's id", (one["answers"], one["id"], one["told"]) == ("case", case, B), one)
        one = p.reply(reply("Subject: Out of office", "Auto-Submitted: auto-replied",
                            f"References: {p.notice['Message-ID']}"), "--json").lines[0]
        tap.ok("what a machine answered is told", one["automatic"] is True, one)
        both = reply("Subject: Both", text=f"{case} and [exhibit:{p.id}]")
        said = p.reply(both, rc=2)
        tap.ok("several: it is not guessed", b"several" in said.err and len(p.all()) == 4, said)
        one = p.reply(both, "--to", case[:8], "--json").lines[0]
        tap.ok("--to says which", (one["id"], one["found"]) == (case, "named"), one)


def what_is_no_answer_of_ours_is_refused(tap):
    with Mailed() as p:
        for name, mail, words in (
                ("no id", reply("Subject: Hello"), b"no notice or case of ours"),
                ("an id that we never gave", reply("Subject: Re: [exhibit:00000000]"),
                 b"no notice or case of ours"),
                ("our own notice", kit.get(p.eml), b"no answer"),
                ("no mail", b"\x00\x01\x02", b"not a mail")):
            said = p.reply(mail, rc=2)
            tap.ok(f"{name}: refused with a reason", words in said.err and not said.out, said)
        said = p.reply(reply("Subject: Hello"), "--to", "ZZZZZZZZ", rc=2)
        tap.ok("--to something that is not there", b"has that id" in said.err, said)
        tap.ok("nothing was kept", p.all() == [] and
               not os.path.exists(p.path(f"home-{A}/talk/mail")))
        one = p.reply(reply("Subject: \x1b[31mHello\u202e"), "--to", p.id, "--json").lines[0]
        tap.ok("a subject cannot write to the terminal", "\x1b" not in one["subject"] and
               "\u202e" not in one["subject"], json.dumps(one))
        tap.ok("it is kept where --to says", (one["id"], one["found"]) == (p.id, "named"), one)


if __name__ == "__main__":
    kit.main([a_signed_answer_is_kept_with_its_notice, keys_may_come_later, other_ways_to_quote,
              what_is_no_answer_of_ours_is_refused])
