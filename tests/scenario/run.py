#!/usr/bin/env python3
# tests/scenario/run.py - real tools in network namespaces, and what the program
# says about them. Prints TAP; ends with 1 if anything failed.
import argparse
import calendar
import concurrent.futures
import contextlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import lab as laboratory
from scenario import SCENARIOS

for room in ("scans", "floods", "guesses", "web", "ordinary", "network", "services"):
    importlib.import_module(room)

ANALYZE_TIMEOUT_S = 60
# What must be equal when the truth states it. `lines` and `packets` exclude each other.
NUMBERS = ("packets", "lines", "targets", "ports", "first_ns", "last_ns")
WORDS = ("kind", "technique", "protocol", "initiator", "victim")


# ---- The comparison: all that knows the program's output is here ----------


def seen(finding):
    """A finding of the program in the words of the truth files."""
    told = {w: finding.get(w) for w in WORDS}
    told.update({n: finding.get(n) for n in NUMBERS})
    for name in ("first", "last"):
        told[f"{name}_ns"] = rfc3339_ns(finding[name]) if finding.get(name) else None
    return told


def rfc3339_ns(text):
    whole, _, part = text.rstrip("Z").partition(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 10**9 + int((part + "000000000")[:9])


def equals(number, want):
    """A list is a choice: what counts is the definition's. None is not stated."""
    return want is None or number in (want if isinstance(want, list) else [want])


def fits(finding, pattern):
    """True if the finding has all words of the pattern; a list is a choice, and
    null means that the finding must not have the word."""
    for word in WORDS:
        if word not in pattern:
            continue
        choice = pattern[word] if isinstance(pattern[word], list) else [pattern[word]]
        if finding[word] not in choice:
            return False
    return True


def judge(truth, findings):
    """Complaints about what was found; none if all is well."""
    complaints, left = [], [seen(f) for f in findings]
    for want in truth["expect"]:
        found = [f for f in left if fits(f, want)]
        if len(found) != 1:
            complaints.append(f"{len(found)} findings, not 1, for {words(want)}")
        for f in found:
            left.remove(f)
        if len(found) == 1:
            complaints += [f"{n}: {found[0][n]}, truly {want[n]}: {words(want)}" for n in NUMBERS
                           if not equals(found[0][n], want.get(n))]
    for f in left:
        if not any(fits(f, a) for a in truth["accept"]):
            complaints.append(f"not expected: {words(f)} packets={f['packets']} "
                              f"targets={f['targets']} ports={f['ports']}")
    return complaints


def words(finding):
    return " ".join(f"{w}={finding[w]}" for w in WORDS if finding.get(w))


def analyze(exhibit, folder, truth):
    """The findings that the program reports for a scenario's files."""
    cmd = [exhibit, "analyze", "--json"]
    for net in truth["local"]:
        cmd += ["--local", net]
    cmd += [os.path.join(folder, name) for name in truth["inputs"]]
    done = subprocess.run(cmd, capture_output=True, text=True, timeout=ANALYZE_TIMEOUT_S,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(f"exit status {done.returncode}: {done.stderr.strip()}")
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    if not objects or objects[-1].get("type") != "summary":
        raise RuntimeError("no summary at the end")
    return [o for o in objects if o.get("type") == "finding"]


# ---- Running --------------------------------------------------------------


def inside(name, work):
    """In the sandbox: make one scenario's files and truth."""
    made = SCENARIOS[name].run(laboratory.Lab(work))
    if os.path.isdir(f"{work}/out"):
        with open(f"{work}/out/{name}.truth.json", "w", encoding="utf-8") as f:
            json.dump({"name": name, "group": SCENARIOS[name].group, "about": made.about,
                       "inputs": made.inputs, "local": made.local, "expect": made.expect,
                       "accept": made.accept}, f, indent=1)
            f.write("\n")


running = set()  # sandboxes, to be ended when we are


def make(name, folder):
    """Run a scenario in a sandbox; its files go to the folder."""
    # Not in the folder of results: the path is as short as sockets need.
    work = tempfile.mkdtemp(prefix="lab-")
    os.chmod(work, 0o755)
    argv = [sys.executable, os.path.abspath(__file__), "--inside", name, work]
    failed = f"{folder}/{name}.failed"
    shutil.rmtree(failed, ignore_errors=True)
    try:
        with open(f"{work}/said", "w+", encoding="utf-8") as said:
            status = wait_for(argv, said, SCENARIOS[name].seconds)
            said.seek(0)
            if status != 0:
                shutil.copytree(work, failed, symlinks=True, ignore=not_files)
                raise RuntimeError(f"could not be made: {status}\n{said.read()[-4000:]}")
        for file in os.listdir(f"{work}/out"):
            shutil.move(f"{work}/out/{file}", f"{folder}/{file}")
    finally:
        shutil.rmtree(work, ignore_errors=True)


def not_files(folder, names):
    """Sockets and the like, which cannot be copied."""
    paths = {n: os.path.join(folder, n) for n in names}
    return [n for n, p in paths.items() if not (os.path.isfile(p) or os.path.isdir(p))]


def wait_for(argv, said, seconds):
    """The exit status of a command in a sandbox, or what else ended it."""
    with subprocess.Popen(laboratory.sandbox_command(argv), stdin=subprocess.DEVNULL, stdout=said,
                          stderr=said) as proc:
        running.add(proc)
        try:
            return proc.wait(seconds)
        except subprocess.TimeoutExpired:
            return f"more than {seconds} s"
        finally:
            proc.kill()  # and with it all of the sandbox
            running.discard(proc)


def one(name, folder, exhibit, anew):
    """Complaints about one scenario, and how long it took."""
    start = time.monotonic()
    try:
        if anew:
            make(name, folder)
        complaints = []
        if exhibit:
            with open(f"{folder}/{name}.truth.json", encoding="utf-8") as f:
                truth = json.load(f)
            complaints = judge(truth, analyze(exhibit, folder, truth))
    except (RuntimeError, OSError, ValueError, subprocess.SubprocessError) as e:
        complaints = [str(e)]
    return complaints, time.monotonic() - start


def unfit(s):
    """Why a scenario cannot run here, or nothing."""
    if s.missing():
        return "no " + ", ".join(s.missing())
    if s.root and not laboratory.have_root():
        return "needs root"
    if os.geteuid() != 0 and s.root:
        return "needs root"
    return None


def options():
    p = argparse.ArgumentParser(description="Run real tools in network namespaces.")
    p.add_argument("--group", choices=("core", "services", "all"), default="core")
    p.add_argument("--only", action="append", metavar="NAME", help="run this one (repeatable)")
    p.add_argument("--keep", metavar="DIR", help="leave captures and truth there")
    p.add_argument("--make-only", metavar="DIR", help="make captures and truth; run no program")
    p.add_argument("--made", metavar="DIR", help="make nothing: judge by what lies there")
    p.add_argument("--exhibit", default="build/exhibit", metavar="PROGRAM")
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--list", action="store_true")
    p.add_argument("--inside", nargs=2, help=argparse.SUPPRESS)
    return p.parse_args()


def chosen(opt):
    if opt.only:
        unknown = [n for n in opt.only if n not in SCENARIOS]
        if unknown:
            sys.exit(f"run.py: no scenario {', '.join(unknown)}")
        return opt.only
    return [n for n, s in SCENARIOS.items() if opt.group in (s.group, "all")]


@contextlib.contextmanager
def on_interrupt(pool):
    """However this ends, nothing of ours goes on."""
    try:
        yield
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for proc in list(running):
            proc.kill()


def run_all(names, job, jobs):
    """Do the job, which takes a name and returns complaints and seconds, for each
    scenario that can run here; how many failed."""
    failed = 0
    print(f"TAP version 13\n1..{len(names)}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool, on_interrupt(pool):
        unfits = {n: unfit(SCENARIOS[n]) for n in names}
        futures = {n: pool.submit(job, n) for n in names if not unfits[n]}
        for number, name in enumerate(names, 1):
            if unfits[name] and os.environ.get("CI") != "true":
                print(f"ok {number} - {name} # SKIP {unfits[name]}", flush=True)
                continue
            # Where everything is meant to be installed, a skip is a failure.
            complaints, seconds = ([unfits[name]], 0) if unfits[name] else futures[name].result()
            failed += bool(complaints)
            print(f"{'not ' * bool(complaints)}ok {number} - {name} ({seconds:.1f} s)")
            for c in complaints:
                print("\n".join("# " + line for line in c.splitlines()))
            sys.stdout.flush()
    return failed


def main():
    opt = options()
    if opt.inside:
        inside(*opt.inside)
        return 0
    if opt.list:
        for s in SCENARIOS.values():
            print(f"{s.group}\t{s.name}\t{' '.join(s.tools)}")
        return 0
    folder = opt.make_only or opt.made or opt.keep or tempfile.mkdtemp(prefix="scenario-")
    os.makedirs(folder, exist_ok=True)
    # A SIGTERM unwinds as Ctrl-C does; the sandboxes end with this process anyway.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    exhibit = None if opt.make_only else os.path.abspath(opt.exhibit)
    failed = run_all(chosen(opt), lambda n: one(n, folder, exhibit, not opt.made), opt.jobs)
    if not (opt.make_only or opt.made or opt.keep):
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
