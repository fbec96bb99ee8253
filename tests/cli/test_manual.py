#!/usr/bin/env python3
"""tests/cli/test_manual.py EXHIBIT ROOT [--write] - do the documents say what the program does?

Help and manual name the same options and commands; the README's example is what
the program prints; its commands are those of ./dev; completions complete. --write puts what the program prints now into README.md.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

EXHIBIT, ROOT = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
ENV = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
# What depends on the machine: which databases are there, and what cage.
OF_THE_MACHINE = re.compile(r"\n\n(?:Remarks|Not everything was read|Addresses are looked up in)"
                            r".*", re.S)


class Skip(Exception):
    pass


def run(*argv, **more):
    return subprocess.run(argv, cwd=ROOT, env=ENV, text=True, check=False, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def exhibit(*args):
    done = run(EXHIBIT, *args)
    assert done.returncode == 0, f"exhibit {' '.join(args)}: {done.returncode}: {done.stderr}"
    return done.stdout


def text(path):
    with open(f"{ROOT}/{path}", encoding="utf-8") as f:
        return f.read()


def commands():
    return re.findall(r"^  ([a-z]+)  ", exhibit("help"), re.M)


def help_options(command):
    """Long option -> letter or None, by --help."""
    found = re.findall(r"^  (?:-(\w), |    )--([a-z-]+)", exhibit(command, "--help"), re.M)
    return {long: letter or None for letter, long in found}


def manual_options(command):
    """The same, by the manual's list."""
    lines = re.findall(r"^\.It (Fl .*)", text(f"docs/man/exhibit-{command}.1"), re.M)
    found = {}
    for line in lines:
        names = re.findall(r"Fl (\S+)", line)
        letters = [n for n in names if not n.startswith("-")]
        found[names[-1].lstrip("-")] = letters[0] if letters else None
    return found


WITH_OPTIONS = {"witness": 5, "analyze": 10, "check": 10, "doctor": 2, "init": 5, "key": 8, "ledger": 3,
                "locate": 5, "report": 10, "request": 20, "verify": 4}  # at least


def the_manuals_have_the_options_of_their_help():
    for command, least in WITH_OPTIONS.items():
        by_help, by_manual = help_options(command), manual_options(command)
        assert len(by_help) > least, f"help was not understood: {by_help}"
        assert by_help == by_manual, f"{command}: {set(by_help.items()) ^ set(by_manual.items())}"


def the_synopsis_has_every_option():
    for command in WITH_OPTIONS:
        synopsis = text(f"docs/man/exhibit-{command}.1").split(".Sh DESCRIPTION")[0]
        for long, letter in help_options(command).items():
            flags = re.search(r"^\.Op Fl ([a-z]+)$", synopsis, re.M)[1]
            short = letter and (letter in flags or f"Fl {letter} " in synopsis)
            assert short or f"Fl -{long}" in synopsis, f"{command} --{long}: not in the synopsis"


def every_command_has_a_manual_and_is_in_that_of_the_program():
    listed = re.findall(r"^\.It Cm (\w+)$", text("docs/man/exhibit.1"), re.M)
    assert commands() == listed, f"{commands()} and {listed}"
    for name in commands():
        assert os.path.exists(f"{ROOT}/docs/man/exhibit-{name}.1"), f"no manual of {name}"


def every_manual_that_is_named_exists():
    there = {os.path.basename(p) for p in glob.glob(f"{ROOT}/docs/man/*.[17]")}
    # A C comment may name one, too.
    sources = glob.glob(f"{ROOT}/src/**/*.h", recursive=True)
    named = set()
    for path in glob.glob(f"{ROOT}/docs/man/*.[17]"):
        named |= set(re.findall(r"^\.Xr (exhibit\S*) (\d)", text(os.path.relpath(path, ROOT)), re.M))
    for path in sources:
        named |= set(re.findall(r"(exhibit-\w+)\((\d)\)", text(os.path.relpath(path, ROOT))))
    missing = sorted(f"{n}.{s}" for n, s in named if f"{n}.{s}" not in there)
    assert not missing, f"named, but not there: {missing}"


def every_manual_is_installed():
    there = {os.path.basename(p) for p in glob.glob(f"{ROOT}/docs/man/*.[17]")}
    listed = set(re.findall(r"'man/(\S+)'", text("docs/meson.build")))
    assert there == listed, f"differ: {there ^ listed}"


def manuals_are_well_formed():
    if not shutil.which("mandoc"):
        raise Skip("no mandoc")
    for path in sorted(glob.glob(f"{ROOT}/docs/man/*.[17]")):
        said = run("mandoc", "-T", "lint", "-W", "error", path).stdout
        assert not said, said


def manuals_fit_80_columns():
    if not shutil.which("man"):
        raise Skip("no man")
    for path in sorted(glob.glob(f"{ROOT}/docs/man/*.[17]")):
        done = subprocess.run(["man", "--warnings", "-l", path], env={**ENV, "MANWIDTH": "80"},
                              check=False, timeout=60, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
        assert not done.stderr, f"{path}: {done.stderr}"


def manuals_have_the_presets_of_the_definitions():
    """`.It Li METHOD Ta Cm PARAMETER Ta VALUE`, METHOD as in the line above."""
    source = text("src/base/model/definition.c")
    said = {}
    for path in ("docs/man/exhibit-scan.7", "docs/man/exhibit-flood.7"):
        rows = re.findall(r"^\.It (?:Li (\S+) )?Ta Cm (\w+) Ta (\d+)", text(path), re.M)
        method = None
        for name, parameter, value in rows:
            method = name or method
            said[method, parameter] = value
    have = {}
    for method, body in re.findall(r'= \{"((?:scan|flood)\.[\w.]+|backscatter)",(.*?)\}\}\}', source,
                                   re.S):
        for parameter, value in re.findall(r'\{"(\w+)", (\d+),', body):
            have[method, parameter] = value
    assert len(have) > 30, f"definition.c was not understood: {have}"
    assert have == said, f"differ: {set(have.items()) ^ set(said.items())}"


EXAMPLE = re.compile(r"^```\n\$ build/exhibit (?P<argv>[^\n]*)\n(?P<shown>.*?)^```$", re.M | re.S)


def write_examples():
    """Into README.md, what the program prints now."""
    readme = EXAMPLE.sub(lambda m: m[0].replace(m["shown"], exhibit(*m["argv"].split())),
                         text("README.md"))
    with open(f"{ROOT}/README.md", "w", encoding="utf-8") as f:
        f.write(readme)


def the_examples_of_the_readme_are_what_the_program_prints():
    blocks = EXAMPLE.findall(text("README.md"))
    assert blocks, "no example in README.md"
    for argv, shown in blocks:
        printed = exhibit(*argv.split())
        shown, printed = (OF_THE_MACHINE.sub("\n", t) for t in (shown, printed))
        assert shown == printed, f"README.md shows\n{shown}\nand the program prints\n{printed}\nsee --write"


def the_demo_shows_the_example_of_the_readme():
    shown = re.search(r"^\$ (build/exhibit analyze .*)$", text("README.md"), re.M)[1]
    assert f"'{shown}'" in text("dev"), f"./dev demo does not run {shown}"


def the_commands_of_the_documents_are_commands_of_dev():
    known = set(re.findall(r"^  ([a-z]+) ", run("./dev").stdout, re.M))
    assert "test" in known, f"./dev was not understood: {known}"
    for path in ("README.md", "HACKING.md", "ARCHITECTURE.md"):
        for name in re.findall(r"\./dev ([a-z]+)", text(path)):
            assert name == "alone" or name in known, f"{path}: ./dev {name}: no such command"


def the_commands_of_the_readme_are_commands_of_the_program():
    listed = re.findall(r"^\| `exhibit ([a-z]+)", text("README.md"), re.M)
    assert sorted(listed) == sorted(commands()), f"{listed} and {commands()}"


def files_that_the_documents_link_exist():
    for path in ("README.md", "HACKING.md", "ARCHITECTURE.md", "NEWS.md"):
        for link in re.findall(r"\]\(([^):]+)\)", text(path)):
            assert os.path.exists(f"{ROOT}/{link}"), f"{path}: {link} is not there"


def the_detector_of_the_lesson_compiles():
    """HACKING.md, "A detector in an hour": with the two lines that it adds to
    definition.h."""
    cc = os.environ.get("CC", "cc").split()[0]
    if not shutil.which(cc):
        raise Skip(f"no {cc}")
    blocks = re.findall(r"^```c\n(.*?)^```$", text("HACKING.md"), re.M | re.S)
    assert len(blocks) == 3, f"{len(blocks)} blocks of C"
    header = text("src/base/model/definition.h")
    for after, more in (("    METHOD_PROBE_WEB,\n", "    METHOD_PING,\n"),
                        ("    WEB_MISSING_PERCENT,\n", "    PING_PACKETS = 1,\n    PING_BYTES,\n")):
        assert after in header, f"definition.h has no {after.strip()}"
        header = header.replace(after, after + more)
    with tempfile.TemporaryDirectory() as folder:
        files = {"base/model/definition.h": header}
        files.update({re.match(r"/\* (?:tests/unit/)?(\S+)", b)[1]: b for b in blocks})
        for name, content in files.items():
            os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
            with open(f"{folder}/{name}", "w", encoding="utf-8") as f:
                f.write(content)
        for name in (n for n in files if n.endswith(".c")):
            done = run(cc, "-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
                       "-fsyntax-only", f"-I{folder}", f"-I{ROOT}/tests/unit/detect",
                       f"-I{ROOT}/tests/unit", f"-I{ROOT}/src", f"{folder}/{name}")
            assert done.returncode == 0, done.stderr


def complete(script, *words):
    """What bash offers for the last word."""
    line = " ".join(f"'{w}'" for w in words)
    ask = (f". {script}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _exhibit;"
           " printf '%s\\n' \"${COMPREPLY[@]}\"")
    done = run("bash", "--norc", "-euc", ask)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.split()


def completions_load_and_complete_in_bash():
    with tempfile.NamedTemporaryFile("w", suffix=".bash") as f:
        f.write(exhibit("completion", "bash"))
        f.flush()
        assert complete(f.name, "exhibit", "ana") == ["analyze"]
        assert complete(f.name, "exhibit", "analyze", "--expl") == ["--explain"]
        assert "zeek-6.0" in complete(f.name, "exhibit", "analyze", "--definitions", "")
        offered = complete(f.name, "exhibit", "analyze", "--")
    assert sorted(offered) == sorted(f"--{o}" for o in help_options("analyze")), offered


def completions_are_read_by(shell, argv):
    if not shutil.which(shell):
        raise Skip(f"no {shell}")
    done = run(shell, *argv, input=exhibit("completion", shell))
    assert done.returncode == 0 and not done.stderr, done.stderr


def completions_are_read_by_zsh():
    completions_are_read_by("zsh", ["-n"])


def completions_are_read_by_fish():
    completions_are_read_by("fish", ["--no-execute"])


TESTS = [
    the_manuals_have_the_options_of_their_help,
    the_synopsis_has_every_option,
    every_command_has_a_manual_and_is_in_that_of_the_program,
    every_manual_that_is_named_exists,
    every_manual_is_installed,
    manuals_are_well_formed,
    manuals_fit_80_columns,
    manuals_have_the_presets_of_the_definitions,
    the_examples_of_the_readme_are_what_the_program_prints,
    the_demo_shows_the_example_of_the_readme,
    the_commands_of_the_documents_are_commands_of_dev,
    the_commands_of_the_readme_are_commands_of_the_program,
    files_that_the_documents_link_exist,
    the_detector_of_the_lesson_compiles,
    completions_load_and_complete_in_bash,
    completions_are_read_by_zsh,
    completions_are_read_by_fish,
]


def main():
    failed = 0
    if "--write" in sys.argv[3:]:
        write_examples()
    print(f"1..{len(TESTS)}")
    for i, test in enumerate(TESTS, 1):
        name = test.__name__
        try:
            test()
            print(f"ok {i} - {name}")
        except Skip as why:
            under_ci = os.environ.get("CI") == "true"  # there nothing may be missing
            failed += under_ci
            print(f"not ok {i} - {name}: {why}" if under_ci else f"ok {i} - {name} # SKIP {why}")
        except AssertionError as why:
            failed += 1
            print("\n".join("# " + line for line in str(why).splitlines()))
            print(f"not ok {i} - {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
