"""Speed and memory, measured in one run: a plain script, our counts for a year and for a week, the row rules, and the
whole command.

Belongs here: running each in a process of its own, medians, ratios, the page docs/benchmarks.md. Does not belong here:
tests. The counts of the plain script and ours are compared row by row; the run stops when they differ.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import psutil

from benchmarks.make_data import VERSIONS_PER_DOSSIER, WEEKS, make
from benchmarks.plain_counts import plain_counts
from benchmarks.row_rules import RULES, split_dossiers
from resources.counting import CountInputs, count_weeks
from resources.engine import connect, quote_text, write_parquet
from scoring.measures import SOURCES

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
PLAIN, ALL_WEEKS, ONE_WEEK, WHOLE = "plain script", "our counts, 52 weeks", "our counts, one week", "service-index run"
NO_RULES, ALL_RULES = "dossiers split, no row rules", f"dossiers split, {RULES} row rules"
COUNTED = (PLAIN, ALL_WEEKS, ONE_WEEK)
GOALS = ((ALL_WEEKS, PLAIN, 1.5), (ALL_WEEKS, ONE_WEEK, 4.0), (ALL_RULES, NO_RULES, 2.5))


@dataclass(frozen=True)
class Measurement:
    """One run of one thing: seconds on the clock, seconds of processor, most memory held."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, nargs="+", default=[1_000_000, 5_000_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the data stand (kept); by default a temporary folder")
    parser.add_argument("--no-run", action="store_true", help="leave out the whole command")
    parser.add_argument("--child", nargs=3, metavar=("WHAT", "DATA", "OUT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        _child(arguments.child[0], Path(arguments.child[1]), Path(arguments.child[2]))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        results = {
            size: measure(folder / str(size), size, arguments.repeats, whole=not arguments.no_run)
            for size in arguments.dossiers
        }
    text = page(results, arguments.repeats)
    PAGE.write_text(text, encoding="utf-8")
    print(text)


def measure(folder: Path, dossiers: int, repeats: int, *, whole: bool) -> dict[str, list[Measurement]]:
    """Each thing `repeats` times, in turn (the whole command once); data are made when they are not there."""
    if not (folder / "landing").is_dir():
        print(f"{dossiers:,} dossiers: making data", flush=True)
        make(folder, dossiers, landing=True)
    found: dict[str, list[Measurement]] = {what: [] for what in (*COUNTED, NO_RULES, ALL_RULES)}
    for round_ in range(repeats):
        for what, measurements in found.items():
            command = [
                sys.executable,
                "-m",
                "benchmarks.bench",
                "--child",
                what,
                str(folder),
                str(_result(folder, what)),
            ]
            measurements.append(_run(command))
            print(f"{dossiers:,} dossiers: {what}: {measurements[-1].seconds:.1f} s", flush=True)
        if round_ == 0:
            _compare(folder)
    if whole and (program := shutil.which("service-index", path=str(Path(sys.executable).parent))):
        with tempfile.TemporaryDirectory(dir=folder) as home:
            command = [program, "run", "--landing", str(folder / "landing"), "--home", home]
            try:
                found[WHOLE] = [_run(command)]
            except subprocess.CalledProcessError as error:
                print(f"service-index run ended with {error.returncode}: not measured", flush=True)
    elif whole:
        print("service-index is not installed: the whole run is not measured", flush=True)
    return found


def _child(what: str, data: Path, out: Path) -> None:
    """Count or split once; the time of that alone goes to standard output."""
    con, watch = connect(), _Watch(os.getpid())
    started, cpu = time.perf_counter(), time.process_time()
    if what in (NO_RULES, ALL_RULES):
        split_dossiers(con, data, out.parent, rules=RULES if what == ALL_RULES else 0)
    elif what == PLAIN:
        plain_counts(con, data)
    else:
        files = {name: sorted((data / name).glob("*.parquet")) for name in SOURCES}
        inputs = CountInputs(files["dossiers"], files["procedures"], files["petitions"], files["units"])
        count_weeks(con, inputs, WEEKS if what == ALL_WEEKS else WEEKS[-1:])
    timing = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}
    watch.stop()
    timing["peak_mb"] = watch.peak_mb
    if what in COUNTED:
        write_parquet(con, f"FROM {'plain_counts' if what == PLAIN else 'counts'}", out)
    print(json.dumps(timing))


def _run(command: Sequence[str]) -> Measurement:
    """Run a process to its end. A child of this file says its own time; of others everything is measured from outside."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    watch = _Watch(process.pid)
    output, _ = process.communicate()
    seconds = time.perf_counter() - started
    watch.stop()
    if process.returncode not in ((0,) if "--child" in command else (0, 3)):
        raise subprocess.CalledProcessError(process.returncode, command)
    if "--child" in command:
        return Measurement(**json.loads(output.splitlines()[-1]))
    return Measurement(seconds, watch.cpu_seconds, watch.peak_mb)


class _Watch(threading.Thread):
    """Memory of a process and its children, looked at five times a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak_mb, self.cpu_seconds, self._done = pid, 0.0, 0.0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self._done.wait(0.2):
            memory = cpu = 0.0
            try:
                root = psutil.Process(self.pid)
                for one in (root, *root.children(recursive=True)):
                    memory += one.memory_info().rss / 2**20
                    cpu += sum(one.cpu_times()[:4])
            except psutil.Error:
                continue
            self.peak_mb, self.cpu_seconds = max(self.peak_mb, memory), max(self.cpu_seconds, cpu)

    def stop(self) -> None:
        self._done.set()
        self.join()


def _result(folder: Path, what: str) -> Path:
    return folder / "results" / f"{what.replace(',', '').replace(' ', '-')}.parquet"


def _compare(folder: Path) -> None:
    """Raise AssertionError unless the plain script and ours made the same rows."""
    con = connect()
    plain, ours, week = (f"read_parquet({quote_text(_result(folder, what))})" for what in (PLAIN, ALL_WEEKS, ONE_WEEK))
    pairs = [(plain, ours), (f"(FROM {ours} WHERE week = DATE '{WEEKS[-1].monday}')", week)]
    for left, right in pairs:
        for one, other in ((left, right), (right, left)):
            row = con.execute(f"SELECT count(*) FROM (FROM {one} EXCEPT ALL FROM {other})").fetchone()
            assert row == (0,), f"{row} rows of {one} are not in {other}"


def page(results: dict[int, dict[str, list[Measurement]]], repeats: int) -> str:
    """The page of figures, in Markdown."""
    memory = psutil.virtual_memory().total / 2**30
    lines = [
        "# Benchmarks",
        "",
        "Made by `make bench` (`python -m benchmarks.bench`); do not edit by hand.",
        "",
        f"Measured on {date.today()}: {os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB of memory,"
        f" Python {platform.python_version()}, DuckDB {duckdb.__version__}. Median of {repeats} runs, each in a process of"
        " its own, in turn; the whole command once. The time of starting Python is left out of counts and splits.",
        "",
        f"Data: `benchmarks/make_data.py`, 52 weeks of 2026, 3,298 units in 34 provinces, {VERSIONS_PER_DOSSIER} versions a"
        " dossier, 1 % with a petition, 3 % without a due date, lists of procedures in two exports of 900,000 rows. The result"
        " has 10.9 million rows (week, period, unit, indicator).",
        "The plain script (`benchmarks/plain_counts.py`) makes the same table, compared row by row: what an analyst would"
        " write by hand for these very weeks, this rule set and these data.",
        "",
    ]
    for size, found in results.items():
        middle = {what: statistics.median(m.seconds for m in runs) for what, runs in found.items()}
        lines += [
            f"## {size:,} dossiers",
            "",
            "| | seconds | seconds of processor | peak memory, MB | x plain script |",
            "|---|---:|---:|---:|---:|",
        ]
        for what, runs in found.items():
            cpu = statistics.median(m.cpu_seconds for m in runs)
            peak = max(m.peak_mb for m in runs)
            lines.append(
                f"| {what} | {middle[what]:.1f} | {cpu:.1f} | {peak:,.0f} | {middle[what] / middle[PLAIN]:.2f} |"
            )
        lines.append("")
        for what, other, goal in GOALS:
            lines.append(f"- {what} / {other}: **{middle[what] / middle[other]:.2f}** (goal: at most {goal})")
        if WHOLE in middle:
            lines.append(f"- {WHOLE} / {ALL_WEEKS}: **{middle[WHOLE] / middle[ALL_WEEKS]:.2f}**")
        lines.append("")
    return "\n".join([*lines, *_NOTES])


_NOTES = """\
## What was tried for the counts

Kept:
- hashing dossier codes to 64 bits for the window over versions: 15 % faster, a third less memory than the text;
- `count(*) FILTER` over booleans: a third faster than summing them as integers;
- two counts in one 64-bit word from the events on: the running sums over weeks take a third of the time;
- procedures with dossiers by the first arrival of each (unit, procedure, month), and event by event only where a dossier
  left before one that stays had come: a fifth of signed events for all of them;
- numbering units and procedures before the window.

Not kept, because it brought nothing: packing the conditions into the bits of an integer before the window (slower), finding
the next version by a bit mask of weeks and a join instead of the window (equal time, more memory), one sort key in place of
three (equal), lists in place of joins for the calendar (equal), giving up the order of insertion (equal).
""".splitlines(keepends=False)


def _processor() -> str:
    """The processor's name where the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
