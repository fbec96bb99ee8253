# tests/scenario/ordinary.py - ordinary use of ordinary servers: web, names, time,
# mail, files. Nothing may be found in any of it.
import os

import truth
from internet import INSIDE, LOCAL, OUTSIDE, SSH, Internet, nginx, ssh_key, sshd
from lab import wait_until
from scenario import Result, scenario

CLIENT, SERVER, URL = f"{INSIDE}.20", f"{OUTSIDE}.80", f"http://{OUTSIDE}.80"


def quiet(name, *tools, about, group="core", root=False, seconds=90, snaplen=262144, dev="eth1",
          where="router", quiet_s=0.15, least=200):
    """A scenario that captures at a host while the generator `act` goes on
    after its `yield`, when servers are ready. Fewer packets than `least` mean
    that something did not work."""

    def register(act):
        @scenario(name, *tools, group=group, root=root, seconds=seconds)
        def run(lab):
            net = Internet(lab)
            steps = act(net)
            next(steps)
            cap = lab.hosts[where].capture(f"{name}.pcap", dev if where == "router" else "eth0",
                                           snaplen=snaplen)
            for _ in steps:
                pass
            got = truth.packets(cap.stop(quiet_s))
            if got < least:
                raise RuntimeError(f"only {got} packets")
            return Result([cap.path], local=LOCAL, about=about)

        return act

    return register


# ---- Web ------------------------------------------------------------------


def browser(net):
    nginx(net.outside("server", SERVER))
    return net.inside("client", CLIENT)


@quiet("quiet-curl", "curl", "nginx", about="200 requests with curl, then 60 in parallel")
def web_curl(net):
    client = browser(net)
    yield
    for _ in range(5):
        client.run(["curl", "-s", "-o", "/dev/null", f"{URL}/page[0-39].html"])
    client.run(["curl", "-s", "-Z", "--parallel-max", 20, "-o", "/dev/null", "-H",
                "Connection: close", f"{URL}/page[0-39].html", "-o", "/dev/null",
                f"{URL}/page[0-19].html"])


@quiet("quiet-ab", "ab", "nginx", about="ab: 1000 connections, 20 at a time", snaplen=128)
def web_ab(net):
    client = browser(net)
    yield
    client.run(["ab", "-q", "-n", 1000, "-c", 20, f"{URL}/page1.html"])


@quiet("quiet-ab-keepalive", "ab", "nginx", snaplen=128,
       about="ab: 3000 requests in 30 connections that stay open")
def web_ab_keepalive(net):
    client = browser(net)
    yield
    client.run(["ab", "-q", "-k", "-n", 3000, "-c", 30, f"{URL}/page1.html"])


@quiet("quiet-many-sites", "curl", "nginx",
       about="an office behind one address visits 90 web servers, 4 of them dead")
def web_many(net):
    sites = [f"{OUTSIDE}.{n}" for n in range(100, 186)]
    nginx(net.outside("sites", *sites))
    client = net.inside("client", CLIENT)
    dead = [f"{OUTSIDE}.{n}" for n in (190, 191, 192, 193)]
    yield
    for group in range(0, 90, 15):
        urls = [f"http://{a}/{p}" for a in (sites + dead)[group:group + 15]
                for p in ("index.html", "style.css", "img/1.png")]
        outputs = [part for u in urls for part in ("-o", "/dev/null", u)]
        client.run(["curl", "-s", "-Z", "--parallel-max", 10, "--connect-timeout", 1, *outputs],
                   check=False)


@quiet("quiet-curl-6", "curl", "nginx", about="60 requests over IPv6 with curl")
def web_curl6(net):
    nginx(net.outside("server", SERVER, "2001:db8:1::80"), v6=True)
    client = net.inside("client", CLIENT, "2001:db8:2::20")
    yield
    client.run(["curl", "-s", "-g", "-o", "/dev/null", "http://[2001:db8:1::80]/page1.html"])
    for _ in range(60):
        client.run(["curl", "-s", "-g", "-o", "/dev/null",
                    "http://[2001:db8:1::80]/page2.html"])


@quiet("quiet-busy-server", "curl", "nginx", dev="eth0", seconds=60,
       about="40 clients fetch pages of one server, 25 connections each")
def web_busy(net):
    nginx(net.inside("server", f"{INSIDE}.10"))
    addresses = [f"{OUTSIDE}.{n}" for n in range(150, 190)]
    clients = net.outside("clients", *addresses)
    yield
    for group in range(0, 40, 10):
        runs = [clients.start(["curl", "-s", "--interface", a, "-o", "/dev/null", "-H",
                               "Connection: close", f"http://{INSIDE}.10/page[0-24].html"],
                              name=f"curl-{a}") for a in addresses[group:group + 10]]
        wait_until(lambda runs=runs: all(r.poll() is not None for r in runs), "clients", 30)


@quiet("quiet-retry", "curl", least=120,
       about="a client asks a closed port 60 times, and a dead host 5 times")
def web_retry(net):
    net.outside("server", SERVER)
    client = net.inside("client", CLIENT)
    yield
    for _ in range(60):
        client.run(["curl", "-s", f"{URL}:8080/"], check=False)
    for _ in range(5):
        client.run(["curl", "-s", "--connect-timeout", 1, f"http://{OUTSIDE}.81/"], check=False)


# ---- Names and time -------------------------------------------------------

ZONES = 36  # each on a server address of its own

KNOT = """
server:
    rundir: "{dir}"
    user: root:root
{listen}
log:
  - target: stderr
    any: warning
database:
    storage: "{dir}"
template:
  - id: default
    storage: "{dir}"
    file: "%s.zone"
zone:
{zones}
"""


def knot(host, zones, addresses):
    """An authoritative server for zones, given as {name: text}."""
    for name, text in zones.items():
        host.write(f"{name.rstrip('.')}.zone", text)
    host.write("knot.conf", KNOT.format(
        dir=host.dir, listen="".join(f"    listen: {a}@53\n" for a in addresses),
        zones="".join(f"  - domain: {z}\n    file: \"{z.rstrip('.')}.zone\"\n" for z in zones)))
    host.serve(["knotd", "-c", f"{host.dir}/knot.conf"], 53, proto="udp")


SOA = "@ 300 SOA ns.example. admin.example. 1 3600 600 86400 300\n"

RECURSIVE = """
server:
  directory: "{dir}"
  chroot: ""
  username: ""
  pidfile: ""
  interface: 0.0.0.0
  access-control: 0.0.0.0/0 allow
  do-daemonize: no
  use-syslog: no
  module-config: "iterator"
  root-hints: "{dir}/hints"
  do-ip6: no
  qname-minimisation: no
remote-control:
  control-enable: no
"""


@quiet("quiet-resolver", "unbound", "knotd", "dig", dev="eth0",
       about="a caching resolver asks 36 servers for 360 names; each zone has a dead server too")
def names(net):
    servers = [f"{OUTSIDE}.{100 + i}" for i in range(ZONES)]
    dead = [f"{OUTSIDE}.{200 + i % 3}" for i in range(ZONES)]
    root = ". 300 SOA a. b. 1 3600 600 86400 300\n. 300 NS a.root.example.\n"
    root += f"a.root.example. 300 A {OUTSIDE}.53\n"
    children = {}
    for i in range(ZONES):
        zone = f"zone{i}.example."
        root += f"{zone} 300 NS ns.{zone}\nns.{zone} 300 A {servers[i]}\n"
        root += f"{zone} 300 NS ns2.{zone}\nns2.{zone} 300 A {dead[i]}\n"
        children[zone] = SOA + f"@ 300 NS ns\n@ 300 NS ns2\nns 300 A {servers[i]}\n" \
            f"ns2 300 A {dead[i]}\n" + "".join(f"h{j} 300 A 192.0.2.{j}\n" for j in range(10))
    knot(net.outside("root", f"{OUTSIDE}.53"), {".": root}, [f"{OUTSIDE}.53"])
    knot(net.outside("auth", *servers), children, servers)
    resolver, client = net.inside("resolver", f"{INSIDE}.53"), net.inside("client", CLIENT)
    resolver.write("hints", f". 300 NS a.root.example.\na.root.example. 300 A {OUTSIDE}.53\n")
    resolver.write("unbound.conf", RECURSIVE.format(dir=resolver.dir))
    resolver.serve(["unbound", "-d", "-c", f"{resolver.dir}/unbound.conf"], 53, proto="udp")
    for i in range(ZONES):
        client.write(f"names{i}", "".join(f"h{j}.zone{i}.example A\n" for j in range(10)))
    yield
    runs = [client.start(["dig", f"@{INSIDE}.53", "+short", "+tries=4", "-f", f"names{i}"],
                         name=f"dig{i}") for i in range(ZONES)]
    wait_until(lambda: all(r.poll() is not None for r in runs), "answers", 40)
    answers = sum(open(r.out_path, encoding="utf-8").read().count("192.0.2.") for r in runs)
    if answers < 350:
        raise RuntimeError(f"the resolver answered {answers} of 360 questions")


# The clock is everybody's: -x leaves it alone.
CHRONY = ["chronyd", "-x", "-d", "-u", "root"]


@quiet("quiet-chrony", "chronyd", least=120,
       about="chrony asks 10 servers, one dead, every half second")
def clocks(net):
    servers = [f"{OUTSIDE}.{30 + i}" for i in range(9)]
    host = net.outside("clocks", *servers)
    host.write("chrony.conf", "local stratum 3\nallow\ncmdport 0\npidfile /run/chronyd.pid\n"
               "bindcmdaddress /\n")
    host.serve(CHRONY + ["-f", f"{host.dir}/chrony.conf"], 123, proto="udp")
    client = net.inside("client", CLIENT)
    client.write("chrony.conf", "cmdport 0\nbindcmdaddress /\npidfile /run/chronyd.pid\n" +
                 "".join(f"server {s} iburst minpoll -1 maxpoll -1\n"
                         for s in servers + [f"{OUTSIDE}.39"]))
    yield
    client.run(["timeout", 6, *CHRONY, "-f", f"{client.dir}/chrony.conf"], check=False)


# ---- Mail -----------------------------------------------------------------

EXIM = """
exim_path = /usr/sbin/exim4
spool_directory = {dir}/spool
log_file_path = {dir}/exim-%slog
pid_file_path = {dir}/exim.pid
exim_user = Debian-exim
exim_group = Debian-exim
primary_hostname = {name}.example
local_interfaces = 0.0.0.0
daemon_smtp_ports = 25
never_users =
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts =
acl_smtp_rcpt = accept
acl_smtp_data = accept
keep_environment =
{extra}
begin acl
{acls}
begin routers
{routers}
begin transports
out:
  driver = smtp
  hosts_try_fastopen =
  connect_timeout = 2s
  user = Debian-exim
null:
  driver = appendfile
  file = /dev/null
  user = Debian-exim
begin retry
* * F,1h,1m
begin authenticators
{authenticators}
"""
EXIM_TO_NULL = "all:\n  driver = accept\n  transport = null\n"


def exim(host, routers=EXIM_TO_NULL, extra="", authenticators="", acls=""):
    host.run(["sh", "-c", "mkdir spool && chown Debian-exim: . spool"])
    host.write("exim.conf", EXIM.format(dir=host.dir, name=host.name, routers=routers, extra=extra,
                                        authenticators=authenticators, acls=acls))
    host.serve(["exim4", "-bdf", "-C", f"{host.dir}/exim.conf"], 25)


@quiet("quiet-mail", "exim4", root=True,
       about="30 messages to six mail hosts, one of which is dead")
def mail(net):
    mx = [f"{OUTSIDE}.{40 + i}" for i in range(6)]
    exim(net.outside("mx", *mx[:5]))
    sender = net.inside("sender", f"{INSIDE}.25")
    routes = " ; ".join(f"to{i}.example {a}" for i, a in enumerate(mx))
    exim(sender, f"away:\n  driver = manualroute\n  route_list = {routes}\n  transport = out\n")
    yield
    for i in range(30):
        sender.run(["exim4", "-C", f"{sender.dir}/exim.conf", "-odi", "-f", "me@from.example",
                    f"you@to{i % 6}.example"], text=f"Subject: {i}\n\n{'Words. ' * 60}\n",
                   check=False)


# ---- Files ----------------------------------------------------------------


def files(host, count):
    """A folder of small files, and its path."""
    path = f"{host.dir}/files"
    for i in range(count):
        os.makedirs(f"{path}/d{i % 20}", exist_ok=True)
        with open(f"{path}/d{i % 20}/f{i}", "w", encoding="ascii") as f:
            f.write(f"{i} " * (10 + i % 200))
    return path


@quiet("quiet-rsync-ssh", "rsync", "sshd", about="rsync of 400 files over ssh, five times",
       root=True)
def rsync_ssh(net):
    server, client = net.outside("server", SERVER), net.inside("client", CLIENT)
    sshd(server, {"archive": "zx81-spectrum"})
    key = ssh_key(client, server, "archive")
    path = files(client, 400)
    yield
    for i in range(5):
        client.run(["rsync", "-a", "-e", " ".join([*SSH, "-i", key]), path,
                    f"archive@{SERVER}:to{i % 2}"])


@quiet("quiet-rsync-daemon", "rsync", root=True,
       about="rsync of 400 files from a daemon, twelve times")
def rsync_daemon(net):
    server, client = net.outside("server", SERVER), net.inside("client", CLIENT)
    server.write("rsyncd.conf", f"use chroot = no\nuid = 0\ngid = 0\n[files]\n"
                 f"path = {files(server, 400)}\n")
    server.serve(["rsync", "--daemon", "--no-detach", "--config", f"{server.dir}/rsyncd.conf"], 873)
    yield
    for i in range(12):
        client.run(["rsync", "-a", f"rsync://{SERVER}/files/d{i}", f"/tmp/to{i}"])


def repository(host):
    path = f"{host.dir}/repo.git"
    script = f"""git init -q --bare {path} && git clone -q {path} /tmp/w 2>/dev/null && cd /tmp/w &&
        git config user.name lab && git config user.email lab@example && git checkout -q -b main &&
        for i in $(seq 40); do seq $((i * 50)) >f$i; git add f$i; git commit -q -m $i; done &&
        git push -q origin main && cd {path} && git symbolic-ref HEAD refs/heads/main &&
        git update-server-info"""
    host.run(["sh", "-c", script])
    return path


@quiet("quiet-git", "git", "nginx", "sshd", root=True,
       about="git clone and fetch over ssh, http and its own protocol")
def git(net):
    server, client = net.outside("server", SERVER), net.inside("client", CLIENT)
    sshd(server, {"archive": "zx81-spectrum"})
    key = ssh_key(client, server, "archive")
    repo = repository(server)
    os.makedirs(f"{server.dir}/www")
    os.symlink(repo, f"{server.dir}/www/repo.git")
    nginx(server)
    server.serve(["git", "daemon", "--export-all", f"--base-path={server.dir}"], 9418)
    env = {"GIT_SSH_COMMAND": " ".join([*SSH, "-i", key]), "GIT_CONFIG_COUNT": "1",
           "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    server.run(["sh", "-c", "git config --system --add safe.directory '*'"])
    yield
    for i in range(5):
        for j, url in enumerate((f"archive@{SERVER}:{repo}", f"{URL}/repo.git",
                                 f"git://{SERVER}/repo.git")):
            client.run(["git", "clone", "-q", url, f"/tmp/c{i}{j}"], env=env)
            client.run(["git", "-C", f"/tmp/c{i}{j}", "fetch", "-q"], env=env)
