# tests/scenario/services.py - password guessing at other login services, and
# their ordinary use. Each needs its own server packages.
import os

import truth
from guesses import NAMES, USERS, WORDS, guessing, hydra, wordlist
from internet import INSIDE, LOCAL, OUTSIDE, Internet, accounts
from ordinary import EXIM_TO_NULL, exim, quiet
from scenario import POSTGRES_BIN, Result, scenario

ATTACKER, SERVER, CLIENT = f"{OUTSIDE}.66", f"{INSIDE}.10", f"{OUTSIDE}.20"
USER, PASSWORD = "bob", USERS["bob"]
FEWER = WORDS[:40]


# ---- Servers --------------------------------------------------------------

VSFTPD = """
listen=YES
background=NO
local_enable=YES
anonymous_enable=NO
write_enable=YES
seccomp_sandbox=NO
secure_chroot_dir=/run/vsftpd-empty
pam_service_name=vsftpd
delay_failed_login=0
pasv_min_port=40000
pasv_max_port=49999
"""


def ftp(host):
    accounts(host, USERS)
    host.run(["mkdir", "/run/vsftpd-empty"])
    host.write("vsftpd.conf", VSFTPD)
    host.serve(["vsftpd", f"{host.dir}/vsftpd.conf"], 21)


def telnet(host):
    accounts(host, USERS)
    host.run(["sed", "-i", "/pam_faildelay/d", "/etc/pam.d/login"])
    host.run(["sed", "-i", "s/^LOGIN_RETRIES.*/LOGIN_RETRIES 2/", "/etc/login.defs"])
    host.write("inetd.conf", "telnet stream tcp nowait root /usr/sbin/telnetd telnetd\n")
    host.serve(["inetutils-inetd", "-d", f"{host.dir}/inetd.conf"], 23)


AUTHENTICATORS = """
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and{{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
"""


# A server hangs up after three failures, as many do.
THREE_TRIES = """
tries:
  drop condition = ${if >{${eval:0$acl_c_tries}}{2}}
  accept set acl_c_tries = ${eval:0$acl_c_tries+1}
"""


def smtp(host):
    exim(host, EXIM_TO_NULL, "auth_advertise_hosts = *\nacl_smtp_auth = tries",
         AUTHENTICATORS.format(user=USER, password=PASSWORD), THREE_TRIES)


def patient_smtp(host):
    exim(host, EXIM_TO_NULL, "auth_advertise_hosts = *",
         AUTHENTICATORS.format(user=USER, password=PASSWORD))


DOVECOT = """
protocols = imap pop3
base_dir = /run/dovecot
log_path = {dir}/dovecot.log
ssl = required
ssl_cert = <{dir}/cert.pem
ssl_key = <{dir}/key.pem
ssl_dh =
auth_failure_delay = 0s
auth_mechanisms = plain login
mail_location = maildir:/tmp/mail/%u
passdb {{
  driver = passwd-file
  args = {dir}/users
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home=/tmp/mail/%u
}}
first_valid_uid = 1
{extra}
service imap-login {{
  inet_listener imaps {{
    port = 993
    ssl = yes
  }}
}}
"""


def certificate(host):
    host.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=server",
              "-days", 30, "-keyout", f"{host.dir}/key.pem", "-out", f"{host.dir}/cert.pem"])


# Answers to wrong passwords are not held back ever longer.
NO_PENALTY = """
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
"""


def imaps(host, extra=NO_PENALTY, port=993):
    certificate(host)
    host.write("users", "".join(f"{u}:{{PLAIN}}{p}\n" for u, p in USERS.items()))
    host.write("dovecot.conf", DOVECOT.format(dir=host.dir, extra=extra))
    host.run(["sh", "-c", "mkdir -p /tmp/mail && chown mail:mail /tmp/mail"])
    host.serve(["dovecot", "-F", "-c", f"{host.dir}/dovecot.conf"], port)


def mailbox(host):
    """IMAP and POP3 that take passwords in the clear."""
    imaps(host, NO_PENALTY + "ssl = yes\ndisable_plaintext_auth = no\n", 143)


def redis(host):
    host.serve(["redis-server", "--port", "6379", "--bind", "0.0.0.0", "--requirepass", PASSWORD,
                "--save", "", "--daemonize", "no", "--dir", host.dir], 6379)


def mysql(host):
    data = "/var/lib/mysql-lab"
    host.run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--user=mysql",
              "--auth-root-authentication-method=normal", "--skip-test-db",
              "--skip-name-resolve"])
    script = f"CREATE DATABASE lab;CREATE TABLE lab.t (a INT);INSERT INTO lab.t VALUES (1),(2);" \
        f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';GRANT ALL ON lab.* TO '{USER}'@'%';"
    host.write("init.sql", script.replace(";", ";\n"))
    host.run(["sh", "-c", "mkdir -p /run/mysqld && chown mysql: /run/mysqld"])
    host.serve(["mariadbd", "--no-defaults", f"--datadir={data}", "--user=mysql",
                "--bind-address=0.0.0.0", "--skip-name-resolve", "--max-connect-errors=100000",
                "--innodb-buffer-pool-size=8M", "--socket=/run/mysqld/mysqld.sock",
                f"--init-file={host.dir}/init.sql"], 3306)


def postgres(host):
    data = "/var/lib/postgresql/lab"
    host.write("password", PASSWORD + "\n")
    host.run(["sh", "-c", f"mkdir -p {data} /run/postgresql && "
              f"chown postgres: {data} /run/postgresql"])
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    host.run([*as_user, f"{POSTGRES_BIN}/initdb", "-D", data, "-U", USER, "-A", "scram-sha-256",
              f"--pwfile={host.dir}/password", "--no-sync"])
    host.write(f"{data}/pg_hba.conf", "host all all all scram-sha-256\n", 0o644)
    host.serve([*as_user, f"{POSTGRES_BIN}/postgres", "-D", data, "-c", "listen_addresses=*", "-c",
                "fsync=off", "-c", "shared_buffers=16MB"], 5432)


SMB = """
[global]
workgroup = LAB
security = user
server min protocol = NT1
ntlm auth = yes
map to guest = never
smb ports = 445
disable netbios = yes
load printers = no
private dir = {dir}/smb
lock directory = {dir}/smb
state directory = {dir}/smb
cache directory = {dir}/smb
pid directory = {dir}/smb
ncalrpc dir = {dir}/smb
log file = {dir}/smb.log
[files]
path = /tmp
read only = no
"""


def smb(host):
    accounts(host, USERS)
    os.makedirs(f"{host.dir}/smb")
    conf = host.write("smb.conf", SMB.format(dir=host.dir))
    host.run(["smbpasswd", "-c", conf, "-a", "-s", USER], text=f"{PASSWORD}\n{PASSWORD}\n")
    host.serve(["smbd", "-F", "--no-process-group", "-s", conf], 445)


def rdp(host):
    accounts(host, USERS)
    certificate(host)
    host.run(["sh", "-c", f"sed -i 's|^certificate=.*|certificate={host.dir}/cert.pem|; "
              f"s|^key_file=.*|key_file={host.dir}/key.pem|' /etc/xrdp/xrdp.ini; "
              "mkdir -p /run/xrdp/sockdir; rm -f /run/nologin"])
    host.serve(["xrdp-sesman", "-n"], 3350)
    host.serve(["xrdp", "-n"], 3389)


# ---- Guessing -------------------------------------------------------------


def by_hydra(service, *args):
    """hydra; an argument that is not given to it by others comes first."""
    return "hydra", lambda host, words: hydra(host, service, *args, "-l", USER, "-P",
                                              wordlist(host, "words", words))


def by_hydra_passwords(service):
    """Where there are no accounts."""
    return "hydra", lambda host, words: hydra(host, service, "-P", wordlist(host, "words", words))


def by_medusa(module, *args):
    return "medusa", lambda host, words: host.run(
        ["medusa", "-h", SERVER, "-u", USER, "-P", wordlist(host, "words", words), "-M", module,
         "-t", 2, *args], check=False)


def by_ncrack(service):
    return "ncrack", lambda host, words: host.run(
        ["timeout", 25, "ncrack", "--user", USER, "-P", wordlist(host, "words", words),
         f"{service}://{SERVER}"], check=False)


def by_nmap(script, port, *args):
    return "nmap", lambda host, words: host.run(
        ["nmap", "-n", "-Pn", "-p", port, "--script", script, "--script-args",
         ",".join([f"userdb={wordlist(host, 'users', [USER])}",
                   f"passdb={wordlist(host, 'words', words)}", "brute.threads=4", *args]), SERVER],
        check=False)


def by_smbclient():
    """What a loop in a shell does: the newest dialect, one connection a guess."""
    def run(host, words):
        for word in words:
            host.run(["smbclient", "-c", "ls", "-U", f"{USER}%{word}", f"//{SERVER}/files"],
                     check=False)
    return "smbclient", run


def by_curl(url):
    """A loop with curl: one connection a guess."""
    def run(host, words):
        for word in words[-20:]:
            host.run(["curl", "-s", "-k", "-u", f"{USER}:{word}", url], check=False)
    return "curl", run


def by_hydra_spray(service):
    """One password for many accounts."""
    return "hydra", lambda host, words: hydra(host, service, "-L", wordlist(host, "users", NAMES),
                                              "-p", "Winter2024")


# Services that people call by more than one name.
NAMED = {"imap": ("imap", "imaps"), "postgres": ("postgres", "postgresql")}


def guess(name, service, serve, needs, port, by, *, right=False, kinds=("bruteforce",), few=False,
          hidden=False):
    """Failed guesses, and perhaps a last one that is right. Where `few`
    connections hold all guesses, only what is inside them can show it. Where
    TLS has `hidden` the answers, a poller's connections look the same."""
    tool, attack = by

    @scenario(name, *needs, tool, group="services", root=True)
    def run(lab):
        net = Internet(lab)
        attacker, server = net.outside("attacker", ATTACKER), net.inside("server", SERVER)
        serve(server)
        cap = net.router.capture(f"{name}.pcap", "eth1")
        attack(attacker, list(FEWER) + [PASSWORD] * right)
        names = [f"{k}.{s}" for k in kinds for s in NAMED.get(service, (service,))]
        want = guessing(cap.stop(), names[0] if len(names) == 1 else names, port)
        if (want["connections"] < 10) != few:
            raise RuntimeError(f"{want['connections']} connections")
        accept = [{"kind": "access.after-guessing", "initiator": ATTACKER}] * right
        about = f"{tool} guesses {service} passwords" + ", the last one right" * right
        if few:
            return Result([cap.path], [], [want], LOCAL, about + ", in few long connections")
        if hidden:
            return Result([cap.path], [], [want, *accept], LOCAL, about + ", inside TLS")
        return Result([cap.path], [want], accept, LOCAL, about)

    return run


FTP, TELNET, EXIM = ("vsftpd",), ("telnetd", "inetutils-inetd"), ("exim4",)
MARIADB, SAMBA, XRDP = ("mariadbd", "mariadb-install-db"), ("smbd", "smbpasswd"), \
    ("xrdp", "xrdp-sesman")
IMAPS = f"imaps://{SERVER}/INBOX"
guess("guess-ftp-hydra", "ftp", ftp, FTP, 21, by_hydra("ftp"))
guess("guess-ftp-hydra-success", "ftp", ftp, FTP, 21, by_hydra("ftp"), right=True)
guess("guess-ftp-medusa", "ftp", ftp, FTP, 21, by_medusa("ftp"))
guess("guess-telnet-hydra", "telnet", telnet, TELNET, 23, by_hydra("telnet"))
guess("guess-telnet-ncrack", "telnet", telnet, TELNET, 23, by_ncrack("telnet"))
guess("guess-smtp-hydra", "smtp", smtp, EXIM, 25, by_hydra("smtp"))
guess("guess-smtp-hydra-success", "smtp", smtp, EXIM, 25, by_hydra("smtp"), right=True)
guess("guess-smtp-hydra-few", "smtp", patient_smtp, EXIM, 25, by_hydra("smtp"), few=True)
guess("guess-smtp-nmap", "smtp", smtp, EXIM, 25, by_nmap("smtp-brute", 25))
guess("guess-imaps-hydra", "imap", imaps, ("dovecot",), 993, by_hydra("imap", "-S", "-s", 993),
      hidden=True)
guess("guess-imaps-medusa-few", "imap", imaps, ("dovecot",), 993,
      by_medusa("imap", "-s", "-n", 993), few=True)
guess("guess-imaps-curl", "imap", imaps, ("dovecot",), 993, by_curl(IMAPS), hidden=True)
guess("guess-imaps-curl-success", "imap", imaps, ("dovecot",), 993, by_curl(IMAPS), right=True,
      hidden=True)
guess("guess-imap-hydra", "imap", mailbox, ("dovecot",), 143, by_hydra("imap"))
guess("guess-imap-curl-success", "imap", mailbox, ("dovecot",), 143,
      by_curl(f"imap://{SERVER}/INBOX"), right=True)
guess("guess-pop3-hydra-few", "pop3", mailbox, ("dovecot",), 110, by_hydra("pop3"), few=True)
guess("guess-pop3-curl-success", "pop3", mailbox, ("dovecot",), 110, by_curl(f"pop3://{SERVER}/"),
      right=True)
guess("guess-pop3-nmap", "pop3", mailbox, ("dovecot",), 110, by_nmap("pop3-brute", 110))
guess("guess-redis-hydra-few", "redis", redis, ("redis-server",), 6379,
      by_hydra_passwords("redis"), few=True)
guess("guess-redis-nmap", "redis", redis, ("redis-server",), 6379, by_nmap("redis-brute", 6379))
guess("guess-mysql-hydra", "mysql", mysql, MARIADB, 3306, by_hydra("mysql"))
guess("guess-mysql-nmap", "mysql", mysql, MARIADB, 3306, by_nmap("mysql-brute", 3306))
guess("guess-mysql-hydra-success", "mysql", mysql, MARIADB, 3306, by_hydra("mysql"), right=True)
guess("guess-postgres-hydra", "postgres", postgres, ("postgres",), 5432, by_hydra("postgres"))
guess("guess-postgres-medusa", "postgres", postgres, ("postgres",), 5432, by_medusa("postgres"))
guess("guess-postgres-hydra-success", "postgres", postgres, ("postgres",), 5432,
      by_hydra("postgres"), right=True)
guess("guess-smb-hydra", "smb", smb, SAMBA, 445, by_hydra("smb"))
guess("guess-smb-medusa-few", "smb", smb, SAMBA, 445, by_medusa("smbnt"), few=True)
guess("guess-smb-smbclient", "smb", smb, SAMBA, 445, by_smbclient())
guess("guess-smb-smbclient-success", "smb", smb, SAMBA, 445, by_smbclient(), right=True)
# xrdp lets every client in to its own login screen, so that hydra takes each
# first guess for right: what it does then is one guess for each account.
guess("guess-rdp-hydra-spray", "rdp", rdp, XRDP, 3389, by_hydra_spray("rdp"),
      kinds=("spray", "bruteforce"))
guess("guess-rdp-ncrack", "rdp", rdp, XRDP, 3389, by_ncrack("rdp"))


# ---- Ordinary use ---------------------------------------------------------


def customer(net, serve):
    server = net.inside("server", SERVER)
    serve(server)
    return server, net.outside("client", CLIENT)


@quiet("quiet-ftp", "vsftpd", "curl", group="services", root=True,
       about="40 files by passive FTP, each on a port of its own, then 10 by active FTP")
def use_ftp(net):
    server, client = customer(net, ftp)
    server.run(["sh", "-c", f"for i in $(seq 40); do seq $i >/home/{USER}/f$i; done"])
    yield
    url = f"ftp://{USER}:{PASSWORD}@{SERVER}/f"
    client.run(["curl", "-s", "-o", "/dev/null", f"{url}[1-40]"])
    client.run(["curl", "-s", "-P", "-", "-o", "/dev/null", f"{url}[1-10]"])


@quiet("quiet-mysql-pool", "mariadbd", "mariadb", group="services", root=True,
       about="a program opens 80 short connections to MySQL")
def use_mysql(net):
    _, client = customer(net, mysql)
    yield
    for _ in range(80):
        client.run(["mariadb", "--no-defaults", "-h", SERVER, "-u", USER, f"-p{PASSWORD}", "-e",
                    "SELECT * FROM t", "lab"])


@quiet("quiet-postgres-pool", "postgres", "psql", group="services", root=True,
       about="a program opens 80 short connections to PostgreSQL")
def use_postgres(net):
    _, client = customer(net, postgres)
    yield
    for _ in range(80):
        client.run(["psql", "-h", SERVER, "-U", USER, "-d", "postgres", "-c", "SELECT 1"],
                   env={"PGPASSWORD": PASSWORD})


@quiet("quiet-smb", "smbd", "smbclient", group="services", root=True,
       about="a client copies 20 files to a share, one connection each")
def use_smb(net):
    _, client = customer(net, smb)
    client.write("file", "Words. " * 2000)
    yield
    for i in range(20):
        client.run(["smbclient", "-U", f"{USER}%{PASSWORD}", f"//{SERVER}/files", "-c",
                    f"put file f{i}; ls"])


@scenario("quiet-imaps-poll", "dovecot", "curl", group="services", root=True)
def use_imaps(lab):
    net = Internet(lab)
    _, client = customer(net, imaps)
    cap = net.router.capture("fast.pcap", "eth1")
    for _ in range(40):
        client.run(["curl", "-s", "-k", "-u", f"{USER}:{PASSWORD}", f"imaps://{SERVER}/INBOX",
                    "-X", "STATUS INBOX (MESSAGES UNSEEN)"])
    path = f"{lab.out}/quiet-imaps-poll.pcap"
    truth.stretch(cap.stop(), path, 600)
    os.remove(cap.path)
    return Result([path], local=LOCAL, about="a mail client polls 40 times, every half minute")


@quiet("quiet-imap-poll", "dovecot", "curl", group="services", root=True,
       about="a mail client polls 40 times by IMAP in the clear")
def use_imap(net):
    _, client = customer(net, mailbox)
    yield
    for _ in range(40):
        client.run(["curl", "-s", "-u", f"{USER}:{PASSWORD}", f"imap://{SERVER}/INBOX", "-X",
                    "STATUS INBOX (MESSAGES UNSEEN)"])


@quiet("quiet-imap-library", "dovecot", group="services", root=True,
       about="a program reads mailboxes with Python's imaplib and poplib, after a mistyped password")
def use_imap_library(net):
    _, client = customer(net, mailbox)
    script = client.write("read.py", IMAP_PROGRAM.format(server=SERVER, user=USER, password=PASSWORD))
    yield
    client.run(["python3", script], timeout=60)


IMAP_PROGRAM = """
import imaplib, poplib
def wrong(f):
    try:
        f()
    except Exception:
        pass
for i in range(15):
    m = imaplib.IMAP4('{server}')
    if i % 5 == 0:
        wrong(lambda: m.login('{user}', 'mistyped'))
    m.login('{user}', '{password}')
    m.select()
    m.search(None, 'ALL')
    m.logout()
    p = poplib.POP3('{server}')
    p.user('{user}')
    if i % 5 == 0:
        wrong(lambda: p.pass_('mistyped'))
        p.user('{user}')
    p.pass_('{password}')
    p.list()
    p.quit()
"""


@quiet("quiet-pop3-poll", "dovecot", "curl", group="services", root=True,
       about="a mail client polls 40 times by POP3 in the clear")
def use_pop3(net):
    _, client = customer(net, mailbox)
    yield
    for _ in range(40):
        client.run(["curl", "-s", "-u", f"{USER}:{PASSWORD}", f"pop3://{SERVER}/"])


@quiet("quiet-redis-cli", "redis-server", "redis-cli", group="services", root=True,
       about="80 short connections to Redis with redis-cli")
def use_redis(net):
    _, client = customer(net, redis)
    yield
    for i in range(80):
        client.run(["redis-cli", "-h", SERVER, "-a", PASSWORD, "--no-auth-warning", "set",
                    f"key{i}", "AUTH\r\n-WRONGPASS in a value"])


@quiet("quiet-redis-open", "redis-server", "redis-cli", group="services", root=True,
       about="a Redis without a password, whose clients give one all the same")
def use_open_redis(net):
    server = net.inside("server", SERVER)
    server.serve(["redis-server", "--port", "6379", "--bind", "0.0.0.0", "--protected-mode", "no",
                  "--save", "", "--daemonize", "no", "--dir", server.dir], 6379)
    client = net.outside("client", CLIENT)
    yield
    for _ in range(40):
        client.run(["redis-cli", "-h", SERVER, "-a", "unused", "--no-auth-warning", "get", "key"],
                   check=False)


@quiet("quiet-redis-benchmark", "redis-server", "redis-benchmark", group="services", root=True,
       about="redis-benchmark with a password, 50 connections, many commands sent ahead")
def use_redis_ahead(net):
    _, client = customer(net, redis)
    yield
    client.run(["redis-benchmark", "-h", SERVER, "-a", PASSWORD, "-n", "2000", "-P", "8", "-t",
                "set,get", "-q"], timeout=60)


@quiet("quiet-smtp-auth", "exim4", "curl", group="services", root=True,
       about="a client sends 20 messages with SMTP AUTH, one connection each")
def use_smtp(net):
    _, client = customer(net, smtp)
    letter = client.write("letter", "Subject: x\r\n\r\nWords.\r\n")
    yield
    for _ in range(20):
        client.run(["curl", "-s", f"smtp://{SERVER}", "--mail-from", "a@from.example",
                    "--mail-rcpt", "b@to.example", "-u", f"{USER}:{PASSWORD}", "-T", letter])
