"""The benchmark is no test, but it must not fall behind the code that it measures."""

import subprocess
import sys
from pathlib import Path


def test_benchmarks_still_start():
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--help"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "--revisions" in done.stdout
