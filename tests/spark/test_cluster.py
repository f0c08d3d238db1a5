"""A master and two workers as real processes; one is killed on the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


pytestmark = pytest.mark.xdist_group("spark")  # one server, one set of dossiers


def test_a_worker_that_is_killed_changes_nothing(year: Path) -> None:
    size = [
        "--weeks",
        "2026-W26..2026-W27",
        "--partitions",
        "2",
        "--executor-memory",
        "800m",
        "--short",
        "--kill-after",
        "1",
    ]
    command = [sys.executable, "-m", "benchmarks.spark_cluster", "--folder", str(year), *size]
    # A Connect client leaves its address in the environment of the process it ran in.
    outside = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    done = subprocess.run(command, cwd=ROOT, env=outside, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["equal"], told
    assert told["rows"] > 10_000
    assert told["killed_processes"] >= 2, "the worker, its executor, and what one of them had just started"
    assert told["executors_removed"] >= 1
