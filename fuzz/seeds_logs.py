#!/usr/bin/env python3
"""Writes seeds for the log readers' fuzz target: seeds_logs.py FOLDER

One file per shape in FOLDER/fuzz_log_text, all made up here; names say what is in them.
"""
import gzip
import os
import struct
import sys

A, B = "192.0.2.9", "2001:db8::9"

MESSAGES = [
    f"Failed password for root from {A} port 4022 ssh2",
    f"Failed password for invalid user x from {B} port 22 ssh2 from {A} port 4022 ssh2",
    f"Failed none for invalid user  from {A} port 1 ssh2",
    f"Failed publickey for bob from {A} port 1 ssh2: RSA SHA256:AbCd",
    f"Failed publickey for bob from {A} port 1 ssh2: RSA-CERT SHA256:AbCd ID my key (serial 0) CA RSA SHA256:Ef",
    f'Failed hostbased for bob from {A} port 1 ssh2: RSA SHA256:AbCd, client user "bob", client host "box"',
    f"Failed rhosts-rsa for bob from {A} port 1 ssh1: ruser bob",
    f"Accepted publickey for bob from {A} port 1 ssh2: ED25519 SHA256:AbCd",
    f"Postponed keyboard-interactive for bob from {A} port 1 ssh2 [preauth]",
    f"Invalid user bob from {A}",
    f"Connection closed by invalid user bob {A} port 1 [preauth]",
    f"Disconnected from authenticating user root {A} port 1 [preauth]",
    f"Disconnecting invalid user x {A} port 1: Change of username or service not allowed: (x,s) -> (y,s) [preauth]",
    f"Received disconnect from {A} port 1:11: Bye Bye [preauth]",
    f"Received disconnect from {B}: 11: Bye Bye [preauth]",
    f"error: maximum authentication attempts exceeded for invalid user x from {A} port 1 ssh2 [preauth]",
    f"pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={A}  user=root",
    f"PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost={A}",
    f"error: PAM: Authentication failure for illegal user x from {A} via {B}",
    f"User root from {A} not allowed because not listed in AllowUsers",
    f"ROOT LOGIN REFUSED FROM {A} port 1",
    f"Did not receive identification string from {A} port 1",
    f"Bad protocol version identification 'x' from {B}' from {A} port 1",
    f"Unable to negotiate with {A} port 1: no matching MAC found. Their offer: x [preauth]",
    f"banner exchange: Connection from {A} port 1: invalid format",
    f"ssh_dispatch_run_fatal: Connection from authenticating user root {A} port 1: Connection corrupted [preauth]",
    f'Connection from {A} port 1 on {B} port 22 rdomain ""',
    f"drop connection #10 from [{A}]:1 on [{B}]:22 past MaxStartups",
    f"Timeout before authentication for connection from {A} to {B}, pid = 77",
    f"refused connect from x@y ({A})",
    f"message repeated 5 times: [ Failed password for root from {A} port 1 ssh2]",
    f"[ID 800047 auth.info] Failed keyboard-interactive for <invalid username> from {A} port 1 ssh2",
]

HEADS = [
    "May 17 10:05:03 box sshd[7]: ",
    "Feb 29 10:05:03 box sshd: ",
    "May  7 10:05:03 [sshd] ",
    "<38>May 7 10:05:03.25 sshd-session[7]: ",
    "2024-05-17T10:05:03.25+02:00 box sshd[7]: ",
    "2024-05-17 10:05:03 box sshd-auth[7]: ",
    '<38>1 2024-05-17T10:05:03Z box sshd 7 - [a b="\\]"] \ufeff',
    "Fri 2024-05-17 10:05:03 CEST box sshd[7]: ",
    "1715940303.250000 box sshd[7]: ",
]

REQUESTS = [
    f'{A} - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 5',
    f'{B} - bob [17/May/2015:10:05:03 -0530] "GET /a b HTTP/2.0" 404 - "http://x/" "a \\"b\\"" "{A}"',
    f'www.example.com:443 {A} - - [17/May/2015:10:05:03 +0000] "\\x16\\x03" 400 0 "-" "-"',
    f'{A}:4022 - x [y] z [2015-05-17T10:05:03+00:00] "" 408 0 "-" "cut',
    f'{A} {B} - - [17/May/2015:10:05:03 +0000] "-" 200 5',
]

OBJECTS = [
    '{"time_iso8601":"2015-05-17T12:05:03+02:00","remote_addr":"%s","request":"GET \\/a HTTP\\/1.1","status":"404","http_user_agent":"\\u00e9\\ud83d\\ude00"}' % A,
    '{"ts":1431857103.5,"request":{"remote_ip":"%s","remote_port":"4022","method":"GET","uri":"/a","headers":{"User-Agent":["x"]}},"status":200}' % A,
    '{"ClientAddr":"[%s]:4022","ClientHost":"x","StartUTC":"2015-05-17T10:05:03Z","RequestMethod":"GET","RequestPath":"/a","DownstreamStatus":404}' % B,
    '{"time":"[17/May/2015:10:05:03 +0000]","remoteIP":"%s","request":"/a","method":"GET","status":200,"x":[1,{"y":[]}],"z":null}' % A,
    '{"time":"2015-05-17T10:05:03Z","remote_addr":"%s","uri":"/a","status":2404,"remote_port":70000}' % A,
    '{"__CURSOR":"s=1","__REALTIME_TIMESTAMP":"1715940303250000","SYSLOG_IDENTIFIER":"sshd","_COMM":"sshd","_PID":"77","MESSAGE":"%s"}' % MESSAGES[0],
    '{"__REALTIME_TIMESTAMP":"1715940303250000","_COMM":"sshd","MESSAGE":%s}' % str(list(MESSAGES[1].encode())).replace(" ", ""),
]


def entry(message, binary=False):
    head = (b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1715940303250000\n_HOSTNAME=box\n"
            b"SYSLOG_IDENTIFIER=sshd\n_COMM=sshd\n_PID=77\n")
    text = message.encode()
    if binary:
        return head + b"MESSAGE\n" + struct.pack("<Q", len(text)) + text + b"\n\n"
    return head + b"MESSAGE=" + text + b"\n\n"


def seeds():
    for i, message in enumerate(MESSAGES):
        head = HEADS[i % len(HEADS)]
        yield f"message-{i:02}", (head + message + "\n").encode()
    for i, head in enumerate(HEADS):
        yield f"head-{i:02}", (head + MESSAGES[0]).encode()
    for i, request in enumerate(REQUESTS):
        yield f"request-{i:02}", (request + "\r\n").encode()
    for i, text in enumerate(OBJECTS):
        yield f"object-{i:02}", (text + "\n").encode()
    yield "export", entry(MESSAGES[0]) + entry(MESSAGES[1], True)
    yield "export-marked", b"\xef\xbb\xbf" + entry(MESSAGES[0])
    yield "export-long", (b"__CURSOR=s=1\nX\n" + struct.pack("<Q", 70) + b"\n" * 71 + b"MESSAGE\n"
                          + struct.pack("<Q", 1 << 62))
    yield "repeated", (f"{HEADS[0]}{MESSAGES[0]}\nMay 17 10:05:04 box last message repeated 3 times\n"
                       "May 17 10:05:05 --- last message repeated 1 time ---\n").encode()
    everything = "\n".join([HEADS[0] + m for m in MESSAGES] + REQUESTS + OBJECTS) + "\n"
    yield "everything", everything.encode() + entry(MESSAGES[2]) + everything.encode()
    yield "gzip", gzip.compress(everything.encode(), mtime=0)
    yield "odd-bytes", b"\0\n\xff\xfe\r\n\x1e{\n_\n<\n" + b"x" * 300 + b"\n" + b"\\\"" * 90 + b"\n"


def main():
    folder = os.path.join(sys.argv[1], "fuzz_log_text")
    os.makedirs(folder, exist_ok=True)
    for name, data in seeds():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main()
