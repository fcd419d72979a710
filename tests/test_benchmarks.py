"""The benchmark is no test, but it must not fall behind the code that it measures."""

import subprocess
import sys
from pathlib import Path

import pytest

OPTIONS = {
    "tests.benchmarks": "--revisions",
    "tests.benchmarks.blame": "--wikiwho",
    "tests.benchmarks.checks": "--sources",
    "tests.benchmarks.corpus": "--sizes",
    "tests.benchmarks.as_of": "--sizes",
    "tests.benchmarks.verifier": "--entries",
    "tests.benchmarks.log": "--leaves",
    "tests.benchmarks.quotations": "--each",
    "tests.benchmarks.page_checks": "--rounds",
    "tests.benchmarks.scale": "--pages",
    "tests.benchmarks.scale.fill": "--create",
    "tests.benchmarks.scale.searches": "--each",
    "tests.benchmarks.renames": "--pages",
    "tests.benchmarks.proxy": "--withdrawals",
}


@pytest.mark.parametrize("module", OPTIONS)
def test_benchmarks_still_start(module):
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert OPTIONS[module] in done.stdout
