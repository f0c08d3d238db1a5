"""Speed, memory and disk, measured in one run: a plain script as the floor, our counts, the whole command, what a change costs,
and what others would use instead.

Belongs here: running each in a process of its own, comparing results row by row (the run stops when they differ), keeping the
figures. Does not belong here: the page of them (bench_page.py), tests.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import psutil

from benchmarks.make_data import WEEKS, make
from benchmarks.peers import PEERS, run_peer
from benchmarks.peers.compare import compare_published
from benchmarks.plain_counts import plain_counts
from benchmarks.row_rules import RULES, split_dossiers
from benchmarks.watch import Watch
from resources.counting import CountInputs, count_next_week, count_weeks
from resources.engine import connect, quote_text, write_parquet
from scoring.calendar import Week
from scoring.measures import SOURCES

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "docs" / "benchmarks.json"
PAGE = ROOT / "docs" / "benchmarks.md"
PLAIN, ALL_WEEKS, ONE_WEEK = "plain script", "our counts, 52 weeks", "our counts, one week"
KEEP, NEXT_WEEK = "our counts, 51 weeks kept", "our counts, the 52nd week added"
SPARK = "the same counts by Spark alone, local"
NO_RULES, ALL_RULES = "dossiers split, no row rules", f"dossiers split, {RULES} row rules"
YEAR, NEW_WEEK = "service-index run, 51 weeks from nothing", "service-index run, the 52nd week comes"
NOTHING, MENDED = "service-index run, nothing new", "service-index run, one unit of week 10 mended: 43 weeks again"
COUNTED = (PLAIN, ALL_WEEKS, ONE_WEEK, NEXT_WEEK)
RUNS = (YEAR, NEW_WEEK, NOTHING, MENDED)
MENDED_WEEK, MENDED_UNIT = WEEKS[9], "H05.110"
SPLIT_UP_TO = 5_000_000  # dossiers typed as one export; a week of the nation has a million
PEERS_MEMORY_SHARE = 0.8  # of the machine's: with more a peer is ended, before the system ends what it pleases
MEMORY_LIMIT = "SERVICE_INDEX_MEMORY_LIMIT"


@dataclass(frozen=True)
class Measurement:
    """One run of one thing: seconds on the clock, seconds of processor, most memory held; of a peer that did not end, why."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    told: str = ""


@dataclass
class Figures:
    """What was measured of one size, kept from line to line: what took an hour is not lost with what came after it."""

    dossiers: int
    repeats: int
    memory_limit: str | None
    found: dict[str, list[Measurement]] = field(default_factory=dict)
    disk: dict[str, float] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What ours is told of the machine."""
        return {MEMORY_LIMIT: self.memory_limit} if self.memory_limit else {}

    def add(self, what: str, one: Measurement) -> None:
        self.found.setdefault(what, []).append(one)
        said = f"{one.seconds:.1f} s, {one.cpu_seconds:.1f} s of processor, {one.peak_mb:,.0f} MB {one.told}"
        print(f"{self.dossiers:,} dossiers: {what}: {said}", flush=True)
        self.keep()

    def keep(self) -> None:
        """Into the file of figures, in the place of what was measured of this size before."""
        kept: dict[str, Any] = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.is_file() else {}
        kept[str(self.dossiers)] = {
            "measured_on": str(date.today()),
            "machine": f"{os.cpu_count()} cores ({_processor()}), {psutil.virtual_memory().total / 2**30:.0f} GiB of memory,"
            f" Python {platform.python_version()}, DuckDB {duckdb.__version__}",
            "repeats": self.repeats,
            "memory_limit": self.memory_limit,
            "figures": {what: [asdict(one) for one in runs] for what, runs in self.found.items()},
            "disk": self.disk,
        }
        in_order = {key: kept[key] for key in sorted(kept, key=int)}
        FIGURES.write_text(json.dumps(in_order, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, nargs="*", default=[1_000_000, 5_000_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the data stand (kept); by default a temporary folder")
    parser.add_argument("--no-run", action="store_true", help="leave out the whole command and the peers")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS), metavar="PEER")
    parser.add_argument("--no-mended", action="store_true", help="leave out the 43 weeks after one unit was mended")
    parser.add_argument("--peer-minutes", type=float, default=60, help="a peer is given up after so long")
    parser.add_argument("--spark", action="store_true", help="let Spark count on this machine as well (needs Java)")
    parser.add_argument(
        "--memory-limit", help="the most memory DuckDB takes in ours, 4GB; the plain script takes what it likes"
    )
    parser.add_argument("--child", nargs=3, metavar=("WHAT", "DATA", "OUT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        _child(arguments.child[0], Path(arguments.child[1]), Path(arguments.child[2]))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        for size in arguments.dossiers:
            figures = Figures(size, arguments.repeats, arguments.memory_limit)
            measure(folder / str(size), figures)
            if arguments.spark:
                figures.add(SPARK, _by_spark(folder / str(size)))
            if not arguments.no_run:
                seconds = arguments.peer_minutes * 60
                measure_runs(folder / str(size), figures, arguments.peers, seconds, with_mended=not arguments.no_mended)
    from benchmarks.bench_page import page

    PAGE.write_text(page(json.loads(FIGURES.read_text(encoding="utf-8"))), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


def measure(folder: Path, figures: Figures) -> None:
    """Counts and splits, each as often as asked for, in turn; data are made when they are not there."""
    if not (folder / "landing").is_dir():
        print(f"{figures.dossiers:,} dossiers: making data", flush=True)
        make(folder, figures.dossiers, landing=True)

    def child(what: str) -> Measurement:
        command = [sys.executable, "-m", "benchmarks.bench", "--child", what, str(folder), str(_result(folder, what))]
        return _run(command, figures.environment if what != PLAIN else {})

    child(KEEP)
    split = (NO_RULES, ALL_RULES) if figures.dossiers <= SPLIT_UP_TO else ()
    for round_ in range(figures.repeats):
        for what in (*COUNTED, *split):
            figures.add(what, child(what))
        if round_ == 0:
            _compare(folder)


def _by_spark(folder: Path) -> Measurement:
    """Spark's counts of the year, which are the plain script's."""
    out = _result(folder, SPARK)
    found = _run([sys.executable, "-m", "benchmarks.peer_spark", str(folder), str(out)])
    _same(f"read_parquet({quote_text(_result(folder, PLAIN))})", f"read_parquet({quote_text(out)})")
    return found


def measure_runs(
    folder: Path, figures: Figures, peers: Sequence[str], peer_seconds: float, *, with_mended: bool = True
) -> None:
    """The whole command for a year, for what changes in it, and the peers; and bytes on disk.

    Each once. The counts of the year are those of the plain script, and each peer's counts and rankings ours, row by row.
    """
    program = shutil.which("service-index", path=str(Path(sys.executable).parent))
    if program is None:
        raise SystemExit("service-index is not installed here: run make install")
    with tempfile.TemporaryDirectory(dir=folder) as work:
        landing, home = Path(work) / "landing", Path(work) / "home"
        command = [program, "run", "--landing", str(landing), "--home", str(home)]
        for week in WEEKS[:-1]:
            deliver(folder / "landing", landing, week)
        figures.add(YEAR, _run(command, figures.environment))
        deliver(folder / "landing", landing, WEEKS[-1])
        figures.add(NEW_WEEK, _run(command, figures.environment))
        figures.add(NOTHING, _run(command, figures.environment))
        figures.disk = _disk(home, folder)
        figures.keep()
        _compare_published(folder, home)
        memory_gib = psutil.virtual_memory().total / 2**30 * PEERS_MEMORY_SHARE
        for name in peers:
            out = Path(work) / name
            one = run_peer(name, folder / "landing", out, memory_gib, peer_seconds)
            figures.add(name, Measurement(one.seconds, one.cpu_seconds, one.peak_mb, _fate(one.outcome, one.told)))
            if one.outcome == "done":
                compare_published(home, out)
            shutil.rmtree(out, ignore_errors=True)
        if with_mended:
            mend(folder / "landing", landing)
            figures.add(MENDED, _run(command, figures.environment))


def _fate(outcome: str, told: str) -> str:
    if outcome == "done":
        return ""
    return (
        "given up" if outcome == "gave_up" else f"died: {told.strip().splitlines()[-1][:120] if told.strip() else ''}"
    )


def deliver(source: Path, landing: Path, week: Week) -> None:
    """A week's files appear in the landing folder, under another name of the same bytes."""
    (landing / str(week)).mkdir(parents=True)
    for file in sorted((source / str(week)).iterdir()):
        os.link(file, landing / str(week) / file.name)


def mend(source: Path, landing: Path) -> None:
    """The export of an old week comes again; dossiers of one unit carry another flag."""
    name = Path(str(MENDED_WEEK)) / "dossiers.VN.parquet"
    (landing / name).unlink()
    flag = f"CASE WHEN unit_code = {quote_text(MENDED_UNIT)} THEN NOT population_link ELSE population_link END"
    rows = f"SELECT * REPLACE ({flag} AS population_link) FROM read_parquet({quote_text(source / name)})"
    write_parquet(connect(), rows, landing / name)


def _disk(home: Path, folder: Path) -> dict[str, float]:
    """Bytes on disk: of the lake in all, and a version of a dossier, raw and typed."""

    def size(*parts: str) -> int:
        return sum(path.stat().st_size for path in home.joinpath("lake", *parts).rglob("*") if path.is_file())

    files = quote_text(folder / "dossiers" / "*.parquet")
    (versions,) = connect().execute(f"SELECT count(*) FROM read_parquet({files})").fetchall()[0]
    return {
        "lake_bytes": size(),
        "versions": versions,
        "raw_bytes_a_version": size("exports", "dossiers") / versions,
        "typed_bytes_a_version": size("tables", "dossiers") / versions,
    }


def _child(what: str, data: Path, out: Path) -> None:
    """Count or split once; the time of that alone goes to standard output."""
    with tempfile.TemporaryDirectory(dir=data) as spill:
        con, watch = connect(memory_limit=os.environ.get(MEMORY_LIMIT), temp_directory=Path(spill)), Watch(os.getpid())
        started, cpu = time.perf_counter(), time.process_time()
        if what in (NO_RULES, ALL_RULES):
            split_dossiers(con, data, out.parent, rules=RULES if what == ALL_RULES else 0)
        elif what == PLAIN:
            plain_counts(con, data)
        else:
            files = {name: sorted((data / name).glob("*.parquet")) for name in SOURCES}
            inputs = CountInputs(files["dossiers"], files["procedures"], files["petitions"], files["units"])
            kept = _result(data, KEEP).with_suffix("")
            if what == NEXT_WEEK:
                assert count_next_week(con, inputs, WEEKS[-1], kept, keep=kept.with_name("kept-next"))
            elif what == KEEP:  # the last of the weeks is enough: what is kept of it is the same
                count_weeks(con, inputs, WEEKS[-2:-1], keep=kept)
            else:
                count_weeks(con, inputs, WEEKS if what == ALL_WEEKS else WEEKS[-1:])
        timing = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}
        watch.stop()
        timing["peak_mb"] = watch.peak_mb
        if what in COUNTED:
            write_parquet(con, f"FROM {'plain_counts' if what == PLAIN else 'counts'}", out)
        con.close()
    print(json.dumps(timing))


def _run(command: Sequence[str], environment: dict[str, str] | None = None) -> Measurement:
    """Run a process to its end. What says its own time is believed; of others everything is measured from outside."""
    says = "--child" in command or "benchmarks.peer_spark" in command
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
    )
    watch = Watch(process.pid)
    output, _ = process.communicate()
    seconds = time.perf_counter() - started
    watch.stop()
    if process.returncode not in ((0,) if says else (0, 3)):
        raise subprocess.CalledProcessError(process.returncode, command)
    if says:
        return Measurement(**json.loads(output.splitlines()[-1]))
    return Measurement(seconds, watch.cpu_seconds, watch.peak_mb)


def _result(folder: Path, what: str) -> Path:
    return folder / "results" / f"{what.replace(',', '').replace(' ', '-')}.parquet"


def _compare(folder: Path) -> None:
    """Raise AssertionError unless the plain script and ours made the same rows."""
    plain, ours, *weeks = (f"read_parquet({quote_text(_result(folder, what))})" for what in COUNTED)
    _same(plain, ours)
    for week in weeks:
        _same(f"(FROM {ours} WHERE week = DATE '{WEEKS[-1].monday}')", week)


def _compare_published(folder: Path, home: Path) -> None:
    """Raise AssertionError unless what was published stands on the counts of the plain script."""
    files = quote_text(home / "lake" / "stages" / "counts" / "*.parquet")
    columns = "week, period_kind, unit_code, indicator, numerator, denominator"
    _same(
        f"(SELECT {columns} FROM read_parquet({quote_text(_result(folder, PLAIN))}))",
        f"(SELECT {columns} FROM read_parquet({files}))",
    )


def _same(one: str, other: str) -> None:
    con = connect()
    for left, right in ((one, other), (other, one)):
        row = con.execute(f"SELECT count(*) FROM (FROM {left} EXCEPT ALL FROM {right})").fetchone()
        assert row == (0,), f"{row} rows of {left} are not in {right}"


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
