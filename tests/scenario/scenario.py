# tests/scenario/scenario.py - the list of scenarios, and what each returns.
import glob
import os
import shutil
from dataclasses import dataclass, field

# Debian keeps one folder for each version of PostgreSQL; the newest will do.
POSTGRES_BIN = max(glob.glob("/usr/lib/postgresql/*/bin"), default="/usr/lib/postgresql")
PLACES = f"/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/nagios/plugins:{POSTGRES_BIN}"


@dataclass
class Scenario:
    """One function that makes files in a laboratory. `tools` are programs that
    it runs."""

    name: str
    group: str
    run: object
    tools: tuple
    root: bool
    seconds: int

    def missing(self):
        """Programs that are not installed."""
        return [t for t in self.tools if not shutil.which(t, path=PLACES)]


@dataclass
class Result:
    """Files (in the lab's output folder), and what must be found in them.
    Nothing in `expect`: nothing may be found at all. A finding beyond those
    expected is an error unless an entry of `accept` describes it."""

    inputs: list
    expect: list = field(default_factory=list)
    accept: list = field(default_factory=list)
    local: list = field(default_factory=list)
    about: str = ""

    def __post_init__(self):
        self.inputs = [os.path.basename(i) for i in self.inputs]


SCENARIOS = {}


def scenario(name, *tools, group="core", root=False, seconds=90):
    """Register a function that takes a Lab and returns a Result."""

    def register(run):
        assert name not in SCENARIOS, name
        SCENARIOS[name] = Scenario(name, group, run, tools, root, seconds)
        return run

    return register
