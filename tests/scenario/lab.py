# tests/scenario/lab.py - a laboratory of network namespaces for real tools.
#
# Hosts are namespaces joined by bridges, all of them inside one sandbox: a
# network, process and mount namespace that `sandbox_command` starts. When its
# first process ends, however it ends, the kernel removes everything in it. The
# sandbox is born with a loopback interface only, so that nothing can leave it,
# and `Lab` refuses to work anywhere else.
import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

POLL_S = 0.02
CAPTURE_BUFFER_KIB = 65536  # a flood must not outrun tcpdump
CAPTURE_MAX_PACKETS = 200_000  # the end of any scenario that runs wild
TOOL_TIMEOUT_S = 60
READY_TIMEOUT_S = 20

CLONE_NEWNET = 0x40000000
MS_NOSUID, MS_BIND, MS_MOVE, MS_REC, MS_PRIVATE = 2, 0x1000, 0x2000, 0x4000, 0x40000

libc = ctypes.CDLL(None, use_errno=True)


class LabError(Exception):
    """The laboratory could not do what a scenario asked."""


def sandbox_command(argv):
    """The command that runs argv as the first process of a new sandbox. It ends
    when whoever started it does, even by SIGKILL."""
    cmd = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount", "--pid", "--ipc",
           "--uts", "--fork", "--kill-child=KILL", "--mount-proc"]
    if os.geteuid() != 0:
        cmd += ["--user", "--map-root-user"]
    return cmd + ["--"] + argv


def have_root():
    """True if accounts other than our own exist here, as servers need."""
    with open("/proc/self/uid_map", encoding="ascii") as f:
        return int(f.readline().split()[2]) > 65534


def wait_until(ready, what, timeout=READY_TIMEOUT_S):
    """Ask `ready` until it says yes; its answer is returned."""
    end = time.monotonic() + timeout
    while True:
        answer = ready()
        if answer:
            return answer
        if time.monotonic() > end:
            raise LabError(f"waited {timeout} s for {what}")
        time.sleep(POLL_S)


def settle(measure, quiet_s=0.15, timeout=10):
    """Wait until what is measured has not changed for a moment."""
    last, since = None, time.monotonic()
    end = since + timeout
    while time.monotonic() < end:
        now = measure()
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since >= quiet_s:
            return
        time.sleep(POLL_S)


def mount(source, target, kind=None, flags=0, data=None):
    def text(s):
        return s.encode() if s is not None else None

    if libc.mount(text(source), text(target), text(kind), flags, text(data)) != 0:
        raise OSError(ctypes.get_errno(), f"mount {target}")


def in_order(items):
    """Join an argv whose parts may be numbers or paths."""
    return [str(i) for i in items]


# ---- The first process of a host ------------------------------------------


def private_dev(stage):
    """A /dev of the host's own: /dev/log must not be anybody else's."""
    os.makedirs(stage)
    mount("tmpfs", stage, "tmpfs", MS_NOSUID, "mode=755")
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        with open(f"{stage}/{name}", "wb"):
            pass
        mount(f"/dev/{name}", f"{stage}/{name}", None, MS_BIND)
    for name, to in (("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("ptmx", "pts/ptmx"),
                     ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2")):
        os.symlink(to, f"{stage}/{name}")
    os.mkdir(f"{stage}/pts")
    mount("devpts", f"{stage}/pts", "devpts", 0, "newinstance,ptmxmode=0666,mode=620")
    os.mkdir(f"{stage}/shm", 0o1777)
    os.chmod(f"{stage}/shm", 0o1777)
    mount(stage, "/dev", None, MS_MOVE)


def private_files(work, scratch):
    """Writable views of /etc, /var, /home and /root, and empty /run and /tmp,
    that end with the host; the work folder stays what it is."""
    work_fd = os.open(work, os.O_PATH)
    layers = f"{scratch}/layers"
    os.makedirs(layers)
    mount("tmpfs", layers, "tmpfs", MS_NOSUID, "mode=755")
    for path in ("/etc", "/var", "/home", "/root"):
        upper, inner = f"{layers}{path}/upper", f"{layers}{path}/work"
        os.makedirs(upper)
        os.makedirs(inner)
        shutil.copystat(path, upper)
        mount("overlay", path, "overlay", 0, f"lowerdir={path},upperdir={upper},workdir={inner}")
    mount("tmpfs", "/run", "tmpfs", MS_NOSUID, "mode=755")
    mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID, "mode=1777")
    os.makedirs(work, exist_ok=True)
    mount(f"/proc/self/fd/{work_fd}", work, None, MS_BIND)
    os.close(work_fd)


def host_main(name, work, scratch):
    """Make a host's mounts, then write what its programs send to /dev/log as a
    syslog daemon would (RFC 3164, 4.1), until killed."""
    libc.sethostname(name.encode(), len(name))
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    private_dev(f"{scratch}/dev")
    private_files(work, scratch)
    os.makedirs("/run/sshd", exist_ok=True)
    os.makedirs("/run/lock", exist_ok=True)
    # A new file: the old one may belong to an account that a user namespace
    # cannot write for.
    with open("/etc/resolv.lab", "w", encoding="ascii"):
        pass
    os.replace("/etc/resolv.lab", "/etc/resolv.conf")
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind("/dev/log")
    os.chmod("/dev/log", 0o666)
    with open(f"{work}/{name}.syslog", "ab", buffering=0) as out:
        os.write(1, b"ready\n")
        while True:
            message = log.recv(65536).rstrip(b"\0\n")
            # "<38>Nov 23 08:14:01 sshd[7]: text" -> the name after the time.
            text = message.split(b">", 1)[-1]
            out.write(text[:15] + b" " + name.encode() + text[15:] + b"\n")


# ---- Hosts ----------------------------------------------------------------


class Host:
    """One namespace with its own interfaces, processes and files."""

    def __init__(self, lab, name):
        self.lab, self.name, self.links = lab, name, 0
        self.dir = f"{lab.work}/{name}"
        os.makedirs(self.dir, exist_ok=True)
        scratch = f"{lab.scratch}/{name}"
        os.makedirs(scratch)
        self.init = subprocess.Popen(
            ["unshare", "--net", "--mount", "--uts", "--ipc", sys.executable, "-I",
             os.path.abspath(__file__), "host", name, lab.work, scratch],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=lab.env)
        if self.init.stdout.readline() != b"ready\n":
            raise LabError(f"host {name} did not start")
        self.pid = self.init.pid
        self.ip("link set lo up")

    def enter(self, argv, root=None):
        where = ["nsenter", "-t", str(self.pid), "--net", "--mount", "--uts", "--ipc",
                 f"--wd={root or self.dir}", "--"]
        return where + in_order(argv)

    @contextlib.contextmanager
    def net(self):
        """Inside, sockets and /proc/sys/net of this process are the host's."""
        with open("/proc/self/ns/net", "rb") as home, \
                open(f"/proc/{self.pid}/ns/net", "rb") as there:
            set_ns(there)
            try:
                yield
            finally:
                set_ns(home)

    def ip(self, *lines):
        """Run lines of ip(8)."""
        text = "".join(line + "\n" for line in lines)
        self.run(["ip", "-force", "-batch", "-"], text=text)

    def sysctl(self, **settings):
        """net.sysctl settings; dots are written as double underscores."""
        with self.net():
            for key, value in settings.items():
                path = "/proc/sys/net/" + key.replace("__", "/")
                with open(path, "w", encoding="ascii") as f:
                    f.write(str(value))

    def run(self, argv, timeout=TOOL_TIMEOUT_S, check=True, text=None, env=None):
        """Run a tool to its end; what it wrote is returned."""
        try:
            done = subprocess.run(self.enter(argv), input=text or "", capture_output=True,
                                  encoding="utf-8", errors="replace", timeout=timeout, check=False,
                                  env={**self.lab.env, "HOME": self.dir, **(env or {})})
        except subprocess.TimeoutExpired as e:
            raise LabError(f"{self.name}: {argv[0]} took more than {timeout} s") from e
        self.lab.note(self.name, argv, done)
        if check and done.returncode != 0:
            tail = (done.stdout + done.stderr)[-2000:]
            raise LabError(f"{self.name}: {argv[0]} ended with {done.returncode}:\n{tail}")
        return done

    def start(self, argv, name=None, env=None):
        """Start a server; its output goes to a file. It ends with the sandbox."""
        path = f"{self.dir}/{name or os.path.basename(str(argv[0]))}.out"
        with open(path, "ab") as out:
            proc = subprocess.Popen(self.enter(argv), stdin=subprocess.DEVNULL, stdout=out,
                                    stderr=subprocess.STDOUT, start_new_session=True,
                                    env={**self.lab.env, "HOME": self.dir, **(env or {})})
        proc.out_path = path
        return proc

    def listening(self, port, proto="tcp"):
        """True if a socket waits on the port; asked of the kernel, so that no
        packet of the question is in the capture."""
        for suffix in ("", "6"):
            with open(f"/proc/{self.pid}/net/{proto}{suffix}", encoding="ascii") as f:
                for line in f.readlines()[1:]:
                    part = line.split()
                    state = "0A" if proto == "tcp" else "07"
                    if part[3] == state and int(part[1].rsplit(":", 1)[1], 16) == port:
                        return True
        return False

    def serve(self, argv, *ports, proto="tcp", name=None, env=None, timeout=READY_TIMEOUT_S):
        """Start a server and wait until it listens."""
        proc = self.start(argv, name, env)

        def ready():
            if proc.poll() not in (None, 0):
                with open(proc.out_path, encoding="utf-8", errors="replace") as f:
                    raise LabError(f"{argv[0]} ended with {proc.returncode}:\n{f.read()[-2000:]}")
            return all(self.listening(p, proto) for p in ports)

        wait_until(ready, f"{argv[0]} on {self.name}", timeout)
        return proc

    def write(self, name, text, mode=0o644):
        """A file in the host's folder, or at an absolute path in its view."""
        if not name.startswith("/"):
            path = f"{self.dir}/{name}"
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            os.chmod(path, mode)
            return path
        self.run(["sh", "-c", 'mkdir -p "${1%/*}" && cat >"$1" && chmod "$2" "$1"', "sh", name,
                  f"{mode:o}"], text=text)
        return name

    def capture(self, name, dev="eth0", **options):
        return Capture(self, name, dev, **options)


def set_ns(ns):
    if libc.setns(ns.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Capture:
    """tcpdump on one interface, from when this object exists until `stop`. Where
    there are no other accounts tcpdump cannot give up its own: dumpcap there."""

    def __init__(self, host, name, dev, snaplen=262144, nano=False):
        self.path = f"{host.lab.out}/{name}"
        self.host = host
        argv = ["tcpdump", "-Z", "root", "-n", "-p", "-U", "--immediate-mode", "-i", dev, "-s",
                snaplen, "-B", CAPTURE_BUFFER_KIB, "-c", CAPTURE_MAX_PACKETS, "-w", self.path]
        if nano:
            argv.append("--time-stamp-precision=nano")
        said = "listening on"
        if not have_root():
            argv = ["dumpcap", "-q", "-P", "-p", "-i", dev, "-s", snaplen, "-c",
                    CAPTURE_MAX_PACKETS, "-w", self.path]
            said = "File: "
        self.proc = host.start(argv, name=f"{argv[0]}-{name}")
        wait_until(lambda: said in self.said(), f"{argv[0]} on {host.name}")

    def said(self):
        with open(self.proc.out_path, encoding="utf-8") as f:
            return f.read()

    def stop(self, quiet_s=0.15, timeout=10):
        """End the capture when the network is quiet; the file's path."""
        if not have_root():
            quiet_s = max(quiet_s, 1.2)  # dumpcap writes what it has now and then
        settle(lambda: os.path.getsize(self.path), quiet_s, timeout)
        children(self.proc.pid, signal.SIGINT)
        self.proc.wait(10)
        for line in self.said().splitlines():
            if "dropped by kernel" in line and not line.startswith("0 "):  # tcpdump's words
                raise LabError(f"{os.path.basename(self.path)}: {line}")
        return self.path


def children(pid, sig):
    """Signal a started program; nsenter without --fork has become it."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sig)


# ---- The laboratory -------------------------------------------------------

# Interfaces that a new network namespace may have; the tunnels are down.
BORN_WITH = {"lo", "tunl0", "sit0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "ip6tnl0",
             "ip6gre0"}


class Lab:
    """Hosts and switches of one scenario. Results go to the folder `out` in
    the folder `work`."""

    def __init__(self, work):
        interfaces = {name for _, name in socket.if_nameindex()}
        if not interfaces <= BORN_WITH:
            raise LabError(f"not in a sandbox: {sorted(interfaces)}")
        self.work, self.hosts, self.ports = work, {}, 0
        self.out, self.scratch = f"{work}/out", f"{work}/.scratch"
        for path in (self.out, self.scratch):
            os.makedirs(path)
        mount("none", "/", None, MS_REC | MS_PRIVATE)
        mount("tmpfs", self.scratch, "tmpfs", MS_NOSUID)
        # Nothing of the caller's environment: no proxies, no secrets.
        self.env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "TZ": "UTC",
                    "HOME": work, "TERM": "dumb"}
        self.log = open(f"{work}/commands.txt", "w", encoding="utf-8")
        # The switches themselves say nothing on their networks.
        with open("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w", encoding="ascii") as f:
            f.write("1")

    def note(self, host, argv, done):
        self.log.write(f"{host}$ {' '.join(in_order(argv))}\n[{done.returncode}]\n"
                       f"{done.stdout[-4000:]}{done.stderr[-4000:]}\n")
        self.log.flush()

    def ip(self, *lines):
        text = "".join(line + "\n" for line in lines)
        subprocess.run(["ip", "-batch", "-"], input=text, text=True, check=True, env=self.env)

    def host(self, name):
        self.hosts[name] = Host(self, name)
        return self.hosts[name]

    def switch(self, name):
        self.ip(f"link add {name} type bridge mcast_snooping 0", f"link set {name} up")
        return name

    def join(self, host, switch, *addresses):
        """Plug a host into a switch; the new interface's name is returned."""
        dev = f"eth{host.links}"
        host.links += 1
        self.ports += 1
        port = f"p{self.ports}"
        mac = f"02:00:5e:00:{self.ports >> 8:02x}:{self.ports & 255:02x}"
        self.ip(f"link add {port} type veth peer name {dev} netns {host.pid}",
                f"link set {port} master {switch} up")
        quiet_interface(None, port)
        v6 = any(":" in a for a in addresses)
        host.sysctl(**{f"ipv6__conf__{dev}__disable_ipv6": 0 if v6 else 1,
                       f"ipv6__conf__{dev}__accept_ra": 0})
        quiet_interface(host, dev)
        lines = [f"link set {dev} address {mac}"]
        lines += [f"address add {a} dev {dev}" + (" nodad" if ":" in a else "") for a in addresses]
        host.ip(*lines, f"link set {dev} up")
        return dev

    def router(self, name="router"):
        """A host that forwards, and answers ICMP as fast as it is asked."""
        host = self.host(name)
        host.sysctl(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1)
        eager(host)
        return host


def eager(host):
    """No rate limit on ICMP errors: scans of closed UDP ports end in seconds."""
    host.sysctl(ipv4__icmp_ratelimit=0, ipv6__icmp__ratelimit=0)
    with contextlib.suppress(OSError):  # per namespace since Linux 6.12
        host.sysctl(ipv4__icmp_msgs_per_sec=1_000_000, ipv4__icmp_msgs_burst=1_000_000)


SIOCETHTOOL = 0x8946
# Set transmit checksumming, scatter-gather, TSO, GSO, GRO (linux/ethtool.h).
ETHTOOL_OFF = (0x17, 0x19, 0x1F, 0x24, 0x2C)


def quiet_interface(host, dev):
    """Turn offloads off, so that frames are captured as a wire would carry
    them: no larger than the MTU, and with right checksums."""
    with host.net() if host else contextlib.nullcontext():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for command in ETHTOOL_OFF:
                value = ctypes.create_string_buffer(struct.pack("=II", command, 0))
                request = struct.pack("16sP", dev.encode(), ctypes.addressof(value)) + bytes(16)
                with contextlib.suppress(OSError):  # not every kernel has each of them
                    fcntl.ioctl(s, SIOCETHTOOL, request)


if __name__ == "__main__":
    if sys.argv[1:2] != ["host"]:
        sys.exit("lab.py: a library; see run.py")
    host_main(*sys.argv[2:5])
