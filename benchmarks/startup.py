"""What starting costs: `service-index --help`, and loading the definitions beside `import dagster`.

Belongs here: processor seconds of new processes, in turn, and their ratio. Does not belong here: anything that does work.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
THINGS = {
    "python alone": ("-c", "pass"),
    "import dagster": ("-c", "import dagster"),
    "the definitions": ("-c", "import pipelines.definitions"),
    "service-index --help": ("-m", "pipelines.cli", "--help"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    found: dict[str, list[float]] = {what: [] for what in THINGS}
    for _ in range(repeats):
        for what, arguments in THINGS.items():
            found[what].append(_seconds([sys.executable, *arguments]))
    middle = {what: statistics.median(times) for what, times in found.items()}
    for what, seconds in middle.items():
        print(f"{what:22} {seconds:6.2f} s of processor, median of {repeats}")
    own, dagster = middle["the definitions"], middle["import dagster"]
    print(f"the definitions / import dagster: {own / dagster:.2f} (goal: at most 1.5)")
    program = shutil.which("service-index", path=str(Path(sys.executable).parent))
    print(f"service-index --help: {middle['service-index --help']:.2f} s (goal: below 0.5; program: {program})")


def _seconds(command: list[str]) -> float:
    before = os.times()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    main()
