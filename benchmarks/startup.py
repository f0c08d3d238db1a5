"""What starting costs: `service-index --help`, and loading the definitions beside `import dagster`.

Belongs here: processor seconds of new processes, in turn, and their ratio; beside it what `-X importtime` says of the same. Does not
belong here: anything that does work. Modules are compiled before anything is measured, as they are in an installation, whatever
PYTHONDONTWRITEBYTECODE says here.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DAGSTER, DEFINITIONS = "import dagster", "the definitions"
THINGS = {
    "python alone": ("-c", "pass"),
    DAGSTER: ("-c", "import dagster"),
    DEFINITIONS: ("-c", "import pipelines.definitions"),
    "service-index --help": ("-m", "pipelines.cli", "--help"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as compiled:
        environment = _with_bytecode(compiled)
        for arguments in THINGS.values():
            _seconds([sys.executable, *arguments], environment)
        found: dict[str, list[float]] = {what: [] for what in THINGS}
        imports: dict[str, list[float]] = {DAGSTER: [], DEFINITIONS: []}
        for _ in range(repeats):
            for what, arguments in THINGS.items():
                found[what].append(_seconds([sys.executable, *arguments], environment))
            for what, sums in imports.items():
                sums.append(_import_seconds(what, environment))
    middle = {what: statistics.median(times) for what, times in found.items()}
    for what, seconds in middle.items():
        print(f"{what:22} {seconds:6.2f} s of processor, median of {repeats}")
    print(f"the definitions / import dagster: {middle[DEFINITIONS] / middle[DAGSTER]:.2f} (goal: at most 1.5)")
    of_clock = {what: statistics.median(sums) for what, sums in imports.items()}
    print(f"the same by -X importtime: {of_clock[DEFINITIONS] / of_clock[DAGSTER]:.2f} (of the clock)")
    program = shutil.which("service-index", path=str(Path(sys.executable).parent))
    print(f"service-index --help: {middle['service-index --help']:.2f} s (goal: below 0.5; program: {program})")


def _with_bytecode(folder: str) -> dict[str, str]:
    """The environment, with compiled modules kept in a folder of this benchmark's own."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": folder}


def _import_seconds(what: str, environment: Mapping[str, str]) -> float:
    """Clock seconds over all modules a process loads, as `-X importtime` counts them."""
    command = [sys.executable, "-X", "importtime", *THINGS[what]]
    told = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stderr
    lines = (line.partition(":")[2].split("|") for line in told.splitlines() if line.startswith("import time:"))
    return sum(int(own) for own, *_ in lines if own.strip().isdigit()) / 1e6


def _seconds(command: list[str], environment: Mapping[str, str]) -> float:
    before = os.times()
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    main()
