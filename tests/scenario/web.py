# tests/scenario/web.py - what a web server logs of tools that look for weak
# spots, and of people and crawlers that do not.
import os
import shutil

import truth
from internet import INSIDE, LOCAL, OUTSIDE, Internet, nginx
from lab import settle
from scenario import Result, scenario

ATTACKER, SERVER, URL = f"{OUTSIDE}.66", f"{INSIDE}.10", f"http://{INSIDE}.10"
BROWSERS = ["Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/120.0.0.0 Safari/537.36"]
# What such tools ask for: administration pages, backups, version control, shells.
TRIED = ("admin administrator login wp-login.php wp-admin phpmyadmin pma mysql .git/config "
         ".git/HEAD .env .svn/entries .htpasswd .htaccess backup backup.zip backup.sql db.sql "
         "dump.sql config config.php config.php.bak web.config server-status phpinfo.php "
         "info.php test test.php cgi-bin/ cgi-bin/test.cgi shell.php cmd.php console manager/html "
         "jenkins solr actuator actuator/env api api/v1 swagger.json robots.txt sitemap.xml "
         "xmlrpc.php vendor/phpunit owa autodiscover/autodiscover.xml HNAP1 boaform/admin "
         "setup.php install.php upload uploads files tmp old new dev staging private secret "
         "id_rsa .ssh/id_rsa etc/passwd").split()
COMMON = "log_format short '$remote_addr - $remote_user [$time_local] \"$request\" $status " \
    "$body_bytes_sent';"
JSON = "log_format json escape=json " \
    "'{\"time\":\"$time_iso8601\",\"remote_addr\":\"$remote_addr\"," \
    "\"request\":\"$request\",\"status\":$status,\"bytes\":$body_bytes_sent," \
    "\"referrer\":\"$http_referer\",\"user_agent\":\"$http_user_agent\"}';"


def town(lab, log_format=""):
    net = Internet(lab)
    server = net.inside("server", SERVER)
    nginx(server, log_format=log_format)
    return net, net.outside("attacker", ATTACKER), server


def taken(lab, server, name):
    """The server's access log, when all of it is there."""
    path, source = f"{lab.out}/{name}.log", f"{server.dir}/access.log"
    settle(lambda: os.path.getsize(source))
    shutil.copyfile(source, path)
    return path


def probing(path, initiator=ATTACKER):
    """Requests of one client. Whether all of them or only those refused are its
    probes is the definition's choice; both numbers are right."""
    asked = truth.lines(path, rf"^{initiator} .*\"[A-Z]+ (\S+)", truth.clf_seconds)
    refused = truth.lines(path, rf"^{initiator} .*\"[A-Z]+ (\S+) [^\"]*\" 4\d\d ",
                          truth.clf_seconds)
    both = {k: [refused[k], asked[k]] for k in ("lines", "first_ns", "last_ns")}
    return truth.finding("probe.web", {**both, "paths": asked["distinct"],
                                       "paths_refused": refused["distinct"]}, initiator=initiator)


def web_log(name, tool, about, act, log_format="", count=True):
    @scenario(name, tool, "nginx")
    def run(lab):
        net, attacker, server = town(lab, log_format)
        act(net, attacker)
        path = taken(lab, server, name)
        want = probing(path) if count else {"kind": "probe.web", "initiator": ATTACKER}
        return Result([path], [want], local=LOCAL, about=about)

    return run


def gobuster(net, attacker):
    words = attacker.write("words", "\n".join(TRIED) + "\n")
    attacker.run(["gobuster", "dir", "-q", "-u", URL, "-w", words, "-t", 4])


def ffuf(net, attacker):
    words = attacker.write("words", "\n".join(TRIED) + "\n")
    attacker.run(["ffuf", "-s", "-t", 4, "-u", f"{URL}/FUZZ", "-w", words])


def http_enum(net, attacker):
    attacker.run(["nmap", "-n", "-Pn", "-p", 80, "--script", "http-enum", SERVER])


def dirb(net, attacker):
    words = attacker.write("words", "\n".join(TRIED) + "\n")
    attacker.run(["dirb", URL, words, "-S", "-r"])


web_log("log-web-gobuster", "gobuster", "nginx's log of gobuster looking for 64 names", gobuster)
web_log("log-web-ffuf", "ffuf", "nginx's log of ffuf, in the common format", ffuf, COMMON)
web_log("log-web-json", "gobuster", "nginx's log of gobuster, as JSON", gobuster, JSON, count=False)
web_log("log-web-dirb", "dirb", "nginx's log of dirb looking for 64 names", dirb)
web_log("log-web-nmap", "nmap", "nginx's log of nmap's http-enum", http_enum)


@scenario("capture-web-gobuster", "gobuster", "nginx")
def capture_gobuster(lab):
    net, attacker, _ = town(lab)
    cap = net.router.capture("capture-web-gobuster.pcap", "eth1")
    gobuster(net, attacker)
    return Result([cap.stop()], [], [{"kind": "probe.web", "initiator": ATTACKER}], LOCAL,
                  "a capture of gobuster: probe.web if captures are read for it, nothing else")


# ---- People and crawlers --------------------------------------------------


def browse(net, attacker):
    """Three visitors; browsers ask for icons that are not there, a page has moved."""
    for last, agent in ((20, BROWSERS[0]), (21, BROWSERS[1]), (22, BROWSERS[0])):
        visitor = net.outside(f"visitor{last}", f"{OUTSIDE}.{last}")
        pages = [f"{URL}/page{i}.html" for i in range(last - 20, 40, 2)]
        parts = [f"{URL}/style.css"] + [f"{URL}/img/{i}.png" for i in range(8)]
        gone = [f"{URL}/favicon.ico", f"{URL}/apple-touch-icon.png", f"{URL}/old-page.html"]
        urls = pages + parts + gone
        visitor.run(["curl", "-s", "-A", agent, "--remote-name-all", "--output-dir", "/tmp",
                     *urls])


def crawl(net, attacker):
    """A crawler follows every link; it asks for robots.txt, which is not there."""
    crawler = net.outside("crawler", f"{OUTSIDE}.40")
    crawler.run(["wget", "-q", "-r", "-l", 8, "-P", "/tmp", "-U",
                 "ExampleBot/1.0 (+http://bot.example/)", f"{URL}/index.html"], check=False)


def quiet_log(name, tool, about, act, log_format=""):
    @scenario(name, tool, "nginx")
    def run(lab):
        net, attacker, server = town(lab, log_format)
        act(net, attacker)
        return Result([taken(lab, server, name)], local=LOCAL, about=about)

    return run


def quiet_capture(name, tool, about, act):
    @scenario(name, tool, "nginx")
    def run(lab):
        net, attacker, _ = town(lab)
        cap = net.router.capture(f"{name}.pcap", "eth1")
        act(net, attacker)
        return Result([cap.stop()], local=LOCAL, about=about)

    return run


quiet_log("log-web-visitors", "curl", "nginx's log of three visitors", browse)
quiet_log("log-web-visitors-json", "curl", "nginx's log of three visitors, as JSON", browse, JSON)
quiet_log("log-web-crawler", "wget", "nginx's log of a crawler that follows every link", crawl)
quiet_capture("quiet-web-visitors", "curl", "a capture of three visitors to a web site", browse)
quiet_capture("quiet-web-crawler", "wget", "a capture of a crawler", crawl)
