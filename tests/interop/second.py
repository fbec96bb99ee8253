#!/usr/bin/env python3
"""tests/interop/second.py EXHIBIT-VERIFY CASE_DUMP - two verifiers agree on exhibits.

second_verifier.py was written from docs/FORMATS.md alone, by somebody who had seen
no line of ours; second_compare.py makes mutants and holds the two against each other.
"""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SMALL, DUMP = (os.path.abspath(p) for p in sys.argv[1:3])


def main():
    with tempfile.TemporaryDirectory(prefix="exhibit-test-") as folder:
        kinds = [os.path.join(folder, kind) for kind in ("live", "file", "log")]
        for path in kinds:
            os.mkdir(path)
            subprocess.run([DUMP, path, os.path.basename(path)], check=True, timeout=60)
        return subprocess.run([sys.executable, os.path.join(HERE, "second_compare.py"), SMALL,
                               *kinds], check=False, timeout=250).returncode


if __name__ == "__main__":
    sys.exit(main())
