# tests/scenario/internet.py - the places that scenarios share: an outside
# network, a router, an inside network and a dark one; servers to stand in them.
#
# Addresses are those set apart for documentation and benchmarks (RFC 5737,
# RFC 2544, RFC 3849).
import os

import lab as laboratory

LOCAL = ["198.51.100.0/24", "198.18.0.0/15", "2001:db8:2::/48"]
OUTSIDE, INSIDE, DARK = "203.0.113", "198.51.100", "198.18.0"
OUTSIDE6, INSIDE6 = "2001:db8:1:", "2001:db8:2:"


class Internet:
    """router: eth0 outside, eth1 inside, eth2 towards the telescope."""

    def __init__(self, lab, dark=None):
        self.lab = lab
        self.wan, self.lan = lab.switch("wan"), lab.switch("lan")
        self.router = lab.router()
        lab.join(self.router, self.wan, f"{OUTSIDE}.1/24", f"{OUTSIDE6}:1/64")
        lab.join(self.router, self.lan, f"{INSIDE}.1/24", f"{INSIDE6}:1/64")
        self.telescope = None
        if dark:
            self.telescope = lab.host("telescope")
            link = lab.switch("darkside")
            lab.join(self.router, link, "192.0.2.1/30")
            lab.join(self.telescope, link, "192.0.2.2/30")
            self.router.ip(f"route add {dark} via 192.0.2.2")
            self.telescope.ip("route add default via 192.0.2.1")

    def _place(self, name, switch, addresses, gateway, gateway6):
        host = self.lab.host(name)
        lines = [a + ("/64" if ":" in a else "/24") for a in addresses]
        dev = self.lab.join(host, switch, *lines)
        host.ip(f"route add default via {gateway} dev {dev}")
        if any(":" in a for a in addresses):
            host.ip(f"route add default via {gateway6} dev {dev}")
        laboratory.eager(host)
        return host

    def outside(self, name, *addresses):
        return self._place(name, self.wan, addresses, f"{OUTSIDE}.1", f"{OUTSIDE6}:1")

    def inside(self, name, *addresses):
        return self._place(name, self.lan, addresses, f"{INSIDE}.1", f"{INSIDE6}:1")


# ---- Servers --------------------------------------------------------------

NGINX = """
user root;
worker_processes 2;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 1024; }}
http {{
    types {{ text/html html; text/css css; image/png png; text/plain txt; }}
    {log_format}
    access_log {dir}/access.log {log_name};
    client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3;
    uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
    server {{
        {listen}
        root {dir}/www;
        {extra}
    }}
}}
"""


def nginx(host, ports=(80,), extra="", v6=False, log_format=""):
    """A web server with a small site; its log is access.log in its folder.
    `log_format` is a directive of that name, where the usual format is not meant."""
    if not os.path.isdir(f"{host.dir}/www"):
        site(host)
    listen = "".join(f"listen {p}; " + (f"listen [::]:{p}; " if v6 else "") for p in ports)
    host.write("nginx.conf", NGINX.format(dir=host.dir, listen=listen, extra=extra,
                                          log_format=log_format,
                                          log_name=log_format.split()[1] if log_format else
                                          "combined"))
    return host.serve(["nginx", "-c", f"{host.dir}/nginx.conf", "-g", "daemon off;"], *ports)


def site(host, pages=40):
    """Linked pages with a style sheet and pictures."""
    root = f"{host.dir}/www"
    os.makedirs(f"{root}/img")
    for i in range(pages):
        links = " ".join(f'<a href="page{j}.html">{j}</a>' for j in (i + 1, i + 2, 2 * i)
                         if j < pages)
        with open(f"{root}/page{i}.html", "w", encoding="utf-8") as f:
            f.write('<html><head><link rel="stylesheet" href="style.css"></head><body>'
                    f"<h1>Page {i}</h1><p>{'Ordinary text. ' * 20}</p>"
                    f'<img src="img/{i % 8}.png">{links}</body></html>\n')
    with open(f"{root}/index.html", "w", encoding="utf-8") as f:
        links = " ".join(f'<a href="page{j}.html">{j}</a>' for j in range(0, pages, 4))
        f.write(f'<html><head><link rel="stylesheet" href="style.css"></head>{links}</html>\n')
    with open(f"{root}/style.css", "w", encoding="utf-8") as f:
        f.write("body { margin: 2em }\n")
    for i in range(8):
        with open(f"{root}/img/{i}.png", "wb") as f:
            f.write(b"\x89PNG\r\n\x1a\n" + bytes(400 + 40 * i))
    with open(f"{root}/big.bin", "wb") as f:
        f.write(bytes(200_000))


def accounts(host, users, shell="/bin/sh"):
    """System accounts with passwords, on this host only."""
    script = ["set -e"]
    for number, (user, password) in enumerate(users.items(), 2001):
        script.append(f"hash=$(openssl passwd -6 -salt labsalt '{password}')")
        script.append(f"echo '{user}:x:{number}:{number}::/home/{user}:{shell}' >>/etc/passwd")
        script.append(f"echo '{user}:x:{number}:' >>/etc/group")
        script.append(f"echo \"{user}:$hash:19000:0:99999:7:::\" >>/etc/shadow")
        script.append(f"mkdir -p /home/{user}/.ssh && chown -R {number}:{number} /home/{user}")
        script.append(f"chmod 700 /home/{user}/.ssh")
    # Wrong passwords are answered at once; the delay is not what is tested.
    script.append("sed -i 's/pam_unix.so/pam_unix.so nodelay/' /etc/pam.d/common-auth")
    host.run(["sh", "-c", "\n".join(script)])


# What is said first holds (sshd_config(5)).
SSHD = """
{extra}
ListenAddress 0.0.0.0
ListenAddress ::
Port {port}
HostKey {dir}/host_key
PidFile none
UsePAM yes
PrintMotd no
X11Forwarding no
MaxStartups 200
MaxAuthTries 3
PasswordAuthentication yes
KbdInteractiveAuthentication no
AuthorizedKeysFile .ssh/authorized_keys
Subsystem sftp internal-sftp
"""


def sshd(host, users, port=22, extra=""):
    """OpenSSH's server with accounts; it logs to NAME.syslog in the work folder."""
    accounts(host, users)
    if not os.path.exists(f"{host.dir}/host_key"):
        host.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{host.dir}/host_key"])
    host.write("sshd_config", SSHD.format(port=port, dir=host.dir, extra=extra))
    host.run(["sh", "-c", "rm -f /run/nologin; mkdir -p /run/sshd"])
    return host.serve(["/usr/sbin/sshd", "-D", "-f", f"{host.dir}/sshd_config"], port)


SSH = ["ssh", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
       "LogLevel=ERROR", "-o", "ConnectTimeout=10"]


def ssh_key(client, server, user):
    """Give a client a key that opens an account; the key's path."""
    key = f"{client.dir}/key_{user}"
    client.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
    with open(key + ".pub", encoding="ascii") as f:
        public = f.read()
    server.run(["sh", "-c", f"cat >>/home/{user}/.ssh/authorized_keys && "
                f"chown {user}: /home/{user}/.ssh/authorized_keys && "
                f"chmod 600 /home/{user}/.ssh/authorized_keys"], text=public)
    return key


def syslog(host):
    """What a host's programs have logged so far."""
    return f"{host.lab.work}/{host.name}.syslog"
