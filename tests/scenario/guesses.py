# tests/scenario/guesses.py - password guessing at a real sshd, as captures and
# as the log that sshd writes; and logins that are nobody's guesses.
import os
import shutil

import truth
from internet import INSIDE, LOCAL, OUTSIDE, SSH, Internet, ssh_key, sshd, syslog
from lab import settle
from scenario import Result, scenario

ATTACKER, SERVER = f"{OUTSIDE}.66", f"{INSIDE}.10"
USERS = {"alice": "correct-horse", "bob": "battery-staple", "archive": "zx81-spectrum"}
WORDS = ("123456 password admin root letmein qwerty abc123 monkey dragon iloveyou trustno1 "
         "sunshine master welcome shadow ashley football jesus michael ninja mustang password1 "
         "111111 000000 1q2w3e4r superman batman starwars whatever freedom princess login "
         "passw0rd secret changeme test").split()
WORDS += [w + "1" for w in WORDS[1:25]]
NAMES = ("root admin test guest oracle postgres ubuntu pi user ftp git jenkins nagios www deploy "
         "hadoop tomcat mysql support operator service student web info sales office").split()


def town(lab, extra=""):
    net = Internet(lab)
    attacker = net.outside("attacker", ATTACKER)
    server = net.inside("server", SERVER)
    sshd(server, USERS, extra=extra)
    return net, attacker, server


def wordlist(host, name, words):
    return host.write(name, "\n".join(words) + "\n")


def hydra(host, service, *args, server=SERVER, tasks=4):
    """hydra's status says nothing of use here: the capture or log has the truth.
    With some services it does not end by itself."""
    host.run(["timeout", 20, "hydra", "-I", "-t", tasks, "-w", 2, *args, server, service],
             check=False)


def guessing(path, kind, port, initiator=ATTACKER, server=SERVER, **more):
    """From a capture. The initiator's packets, those both ways, or one for each
    connection: which of them count is the definition's choice."""
    there = f"ip.src#1=={initiator} && ip.dst#1=={server} && tcp.dstport=={port}"
    counted = truth.count(path, there, port="tcp.dstport")
    syn = truth.count(path, there + " && tcp.flags==0x002")
    both = truth.count(path, f"ip.addr=={initiator} && ip.addr=={server} && tcp.port=={port}")
    choice = {"packets": [counted["packets"], both["packets"], syn["packets"]],
              "last_ns": [counted["last_ns"], both["last_ns"], syn["last_ns"]]}
    return truth.finding(kind, {**counted, **choice}, initiator=initiator, victim=server,
                         connections=syn["packets"], **more)


ACCESS = {"kind": "access.after-guessing", "initiator": ATTACKER}


def ssh_capture(name, tool, about, command, accept=()):
    @scenario(name, tool, "sshd", root=True)
    def run(lab):
        net, attacker, _ = town(lab)
        cap = net.router.capture(f"{name}.pcap", "eth1")
        command(attacker)
        want = guessing(cap.stop(), "bruteforce.ssh", 22)
        return Result([cap.path], [want], list(accept), LOCAL, about)

    return run


def guess_all(host):
    hydra(host, "ssh", "-l", "alice", "-P", wordlist(host, "words", WORDS))


def guess_quickly(host):
    host.run(["medusa", "-h", SERVER, "-u", "alice", "-P", wordlist(host, "words", WORDS), "-M",
              "ssh", "-t", 2], check=False)


def guess_some(host):
    hydra(host, "ssh", "-l", "alice", "-P", wordlist(host, "words", WORDS[:36]))


def guess_right(host, words=tuple(WORDS)):
    hydra(host, "ssh", "-l", "bob", "-P", wordlist(host, "words", [*words, USERS["bob"]]))
    # He looks around with what he found.
    host.run(["sshpass", "-p", USERS["bob"], *SSH, f"bob@{SERVER}", "id; ls -la / /etc; sleep 1"])


ssh_capture("guess-ssh-hydra", "hydra", "hydra tries 60 passwords of one account, in vain",
            guess_all)


@scenario("guess-ssh-hydra-success", "hydra", "sshd", "sshpass", root=True)
def guess_success(lab):
    net, attacker, _ = town(lab)
    cap = net.router.capture("guess-ssh-hydra-success.pcap", "eth1")
    guess_right(attacker)
    want = guessing(cap.stop(), "bruteforce.ssh", 22)
    return Result([cap.path], [want], [ACCESS], LOCAL,
                  "hydra's last guess is right, and a session follows")


ssh_capture("guess-ssh-medusa", "medusa", "medusa tries 60 passwords of one account, in vain",
            guess_quickly)
ssh_capture("guess-ssh-ncrack", "ncrack", "ncrack tries 60 passwords of one account, in vain",
            lambda h: h.run(["ncrack", "--user", "alice", "-P", wordlist(h, "words", WORDS),
                             f"ssh://{SERVER}"], check=False))
ssh_capture("guess-ssh-nmap", "nmap", "nmap's ssh-brute tries 60 passwords of one account",
            lambda h: h.run(["nmap", "-n", "-Pn", "-p", 22, "--script", "ssh-brute",
                             "--script-args",
                             f"userdb={wordlist(h, 'users', ['alice'])},"
                             f"passdb={wordlist(h, 'words', WORDS)},brute.threads=4,"
                             "ssh-brute.timeout=4s", SERVER], check=False))


@scenario("guess-ssh-slow", "medusa", "sshd", root=True)
def guess_slow(lab):
    net, attacker, _ = town(lab)
    cap = net.router.capture("fast.pcap", "eth1")
    guess_quickly(attacker)
    path = f"{lab.out}/guess-ssh-slow.pcap"
    truth.stretch_connections(cap.stop(), path, 6000)
    os.remove(cap.path)
    return Result([path], [guessing(path, "bruteforce.ssh", 22)], local=LOCAL,
                  about="medusa's connections minutes apart, for hours")


# ---- From the log ---------------------------------------------------------

FAILED = r"sshd\[\d+\]: Failed \S+ for (?:invalid user )?(\S*) from {} port "


def logged(lab, server, name):
    """The server's log as a result."""
    path = f"{lab.out}/{name}.log"
    settle(lambda: os.path.getsize(syslog(server)))
    shutil.copyfile(syslog(server), path)
    return path


def refused(path, kind, initiator=ATTACKER, **more):
    counted = truth.lines(path, FAILED.format(initiator.replace(".", r"\.")))
    accounts = counted.pop("distinct")
    return truth.finding(kind, counted, initiator=initiator, accounts=accounts, **more)


def ssh_log(name, about, act, expect=lambda path: [], accept=(), tools=("hydra",),
            extra="MaxAuthTries 6"):
    @scenario(name, "sshd", *tools, root=True)
    def run(lab):
        net, attacker, server = town(lab, extra)
        act(net, attacker, server)
        path = logged(lab, server, name)
        return Result([path], expect(path), list(accept), LOCAL, about)

    return run


def unnumbered(counted):
    """The same, where it is the definition's choice which lines count."""
    return {**counted, "matches": counted["lines"], "lines": None, "first_ns": None,
            "last_ns": None}


def accepted(path, initiator=ATTACKER):
    """Somebody got in: how many findings lines count for it is the definition's."""
    counted = truth.lines(path, rf"sshd\[\d+\]: Accepted \S+ for (\S+) from {initiator} port ")
    return truth.finding("access.after-guessing", unnumbered(counted),
                         initiator=initiator)


ssh_log("log-ssh-guesses", "sshd's log of hydra trying 36 passwords of one account",
        lambda net, attacker, server: guess_some(attacker),
        lambda path: [refused(path, "bruteforce.ssh")])
ssh_log("log-ssh-many-users", "sshd's log of hydra trying 6 passwords of each of 10 accounts",
        lambda net, attacker, server: hydra(
            attacker, "ssh", "-L", wordlist(attacker, "users", NAMES[:10]), "-P",
            wordlist(attacker, "words", WORDS[:6])),
        lambda path: [refused(path, "bruteforce.ssh")],
        accept=[{"kind": "spray.ssh", "initiator": ATTACKER}])
ssh_log("log-ssh-spray", "sshd's log of hydra trying one password of 26 accounts",
        lambda net, attacker, server: hydra(
            attacker, "ssh", "-L", wordlist(attacker, "users", NAMES), "-p", "Winter2024"),
        lambda path: [refused(path, "spray.ssh")],
        accept=[{"kind": "bruteforce.ssh", "initiator": ATTACKER}])
ssh_log("log-ssh-success", "sshd's log of a guess that was right, and a session after it",
        lambda net, attacker, server: guess_right(attacker, WORDS[:35]),
        lambda path: [refused(path, "bruteforce.ssh"), accepted(path)],
        tools=("hydra", "sshpass"))


@scenario("log-ssh-slow", "sshd", "medusa", root=True)
def log_slow(lab):
    _, attacker, server = town(lab)
    guess_quickly(attacker)
    path = f"{lab.out}/log-ssh-slow.log"
    fast = logged(lab, server, "fast")
    truth.stretch_log(fast, path, 2000)
    os.remove(fast)
    return Result([path], [refused(path, "bruteforce.ssh")], local=LOCAL,
                  about="sshd's log of medusa, with minutes between its connections")


def knock_without_passwords(net, attacker, server):
    for user in NAMES:
        attacker.run([*SSH, "-o", "BatchMode=yes", f"{user}@{SERVER}", "true"], check=False)


def invalid(path):
    counted = truth.lines(path, rf"sshd\[\d+\]: Invalid user (\S*) from {ATTACKER} port ")
    accounts = counted.pop("distinct")
    return truth.finding(["bruteforce.ssh", "spray.ssh"],
                         unnumbered(counted), initiator=ATTACKER, accounts=accounts)


ssh_log("log-ssh-passwordless", "a server without passwords: 26 names tried, each closed before "
        "login", knock_without_passwords, lambda path: [invalid(path)],
        tools=("ssh",), extra="AuthenticationMethods publickey")


# ---- Logins that are nobody's guesses -------------------------------------


def mistype(net, attacker, server):
    """A person errs twice, then gets it right; an hour's worth of that, twice."""
    home = net.outside("home", f"{OUTSIDE}.20")
    for password in ("corect-horse", "correct-hrose", USERS["alice"]):
        home.run(["sshpass", "-p", password, *SSH, f"alice@{SERVER}", "uptime"], check=False)
    home.run(["sshpass", "-p", USERS["alice"], *SSH, f"alice@{SERVER}", "uptime"])


def cron(net, attacker, server):
    """A machine logs in with its key, again and again."""
    robot = net.outside("robot", f"{OUTSIDE}.30")
    key = ssh_key(robot, server, "archive")
    for _ in range(30):
        robot.run([*SSH, "-i", key, f"archive@{SERVER}", "true"])


ssh_log("log-ssh-mistyped", "sshd's log of a person who errs twice, then logs in", mistype,
        tools=("sshpass",))
ssh_log("log-ssh-cron", "sshd's log of 30 logins with a key", cron, tools=("ssh-keygen",))


@scenario("quiet-ssh-cron", "sshd", "ssh", root=True)
def capture_cron(lab):
    net, attacker, server = town(lab)
    cap = net.router.capture("quiet-ssh-cron.pcap", "eth1")
    cron(net, attacker, server)
    return Result([cap.stop()], local=LOCAL, about="a capture of 30 logins with a key")


@scenario("quiet-ssh-session", "sshd", "sshpass", root=True)
def capture_session(lab):
    net, attacker, server = town(lab)
    cap = net.router.capture("quiet-ssh-session.pcap", "eth1", snaplen=128)
    home = net.outside("home", f"{OUTSIDE}.20")
    for password in ("corect-horse", USERS["alice"]):
        home.run(["sshpass", "-p", password, *SSH, f"alice@{SERVER}",
                  "for i in 1 2 3; do ls -laR /etc; done; seq 1 20000"], check=False)
    return Result([cap.stop()], local=LOCAL,
                  about="one mistyped password, then a session with much output")


@scenario("guess-and-work", "sshd", "medusa", root=True)
def guess_and_work(lab):
    net, attacker, server = town(lab)
    cap = net.router.capture("guess-and-work.pcap", "eth1")
    robot = net.outside("robot", f"{OUTSIDE}.30")
    key = ssh_key(robot, server, "archive")
    for _ in range(5):
        robot.run([*SSH, "-i", key, f"archive@{SERVER}", "ls -la /etc"])
    guess_quickly(attacker)
    for _ in range(5):
        robot.run([*SSH, "-i", key, f"archive@{SERVER}", "ls -la /etc"])
    want = guessing(cap.stop(), "bruteforce.ssh", 22)
    return Result([cap.path], [want], local=LOCAL,
                  about="guessing from one address between ordinary logins from another")
