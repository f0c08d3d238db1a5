"""A year counted on a Spark cluster of one master and two workers, one of them killed on the way, beside DuckDB.

Belongs here: both counts, the kill, the comparison of their files byte by byte. Does not belong here: starting Spark's
processes (spark_processes.py). Prints one line of JSON; ends with 1 when the files differ or the kill came too late.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from benchmarks.make_data import PROVINCES, make
from benchmarks.spark_processes import SHORT_RUN, Cluster, cluster, configure, troubles
from benchmarks.watch import Watch
from resources.counting import CountInputs, count_weeks
from resources.engine import connect, write_parquet
from resources.spark_engine import SparkEngine
from scoring.calendar import Week, parse_weeks
from scoring.measures import SOURCES

#: The worker is killed while the longest statement runs, the spans of dossiers; this table is done right before it.
KILL_AFTER = "procedure_spans"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=5_000_000)
    parser.add_argument("--provinces", type=int, default=PROVINCES, help="only so many of them, with their dossiers")
    parser.add_argument("--weeks", default="2026-W01..2026-W52")
    parser.add_argument("--folder", type=Path, help="where the data stand (kept); by default a temporary folder")
    parser.add_argument("--kill-after", type=float, default=60, help="seconds into the longest statement")
    parser.add_argument("--executor-memory", default="1500m")
    parser.add_argument("--partitions", type=int, default=16)
    parser.add_argument("--short", action="store_true", help="settings for a run of a minute or two")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        data = arguments.folder or Path(temporary) / "data"
        if not (data / "dossiers").is_dir():
            make(data, arguments.dossiers, provinces=arguments.provinces)
        configure(
            Path(temporary),
            {
                "spark.executor.memory": arguments.executor_memory,
                "spark.driver.memory": "1500m",
                "spark.sql.shuffle.partitions": str(arguments.partitions),
                **(SHORT_RUN if arguments.short else {}),
            },
        )
        result = compare(data, parse_weeks(arguments.weeks), Path(temporary), arguments.kill_after)
    print(json.dumps(result))
    sys.exit(0 if result["equal"] and result["killed_processes"] else 1)


def compare(data: Path, weeks: list[Week], folder: Path, kill_after: float) -> dict[str, object]:
    """Counts with DuckDB and on the cluster; both tables written by the same writer in the same order."""
    files = {name: sorted((data / name).glob("*.parquet")) for name in SOURCES}
    inputs = CountInputs(**files)  # type: ignore[arg-type]
    con = connect()
    started = time.perf_counter()
    count_weeks(con, inputs, weeks)
    duckdb_seconds = time.perf_counter() - started
    rows = _write(con, folder / "duckdb.parquet")
    print(f"DuckDB: {rows:,} rows in {duckdb_seconds:.1f} s", flush=True)

    scratch = folder / "scratch"
    with cluster(folder) as spark:
        started, before, watch = time.perf_counter(), time.process_time(), Watch(os.getpid())
        with killing(spark, scratch, kill_after) as killed:
            count_weeks(con, inputs, weeks, spark=SparkEngine(spark.address, scratch))
        spark_seconds = time.perf_counter() - started
        watch.stop()
    _write(con, folder / "spark.parquet")
    return {
        "rows": rows,
        "equal": filecmp.cmp(folder / "duckdb.parquet", folder / "spark.parquet", shallow=False),
        "bytes": (folder / "spark.parquet").stat().st_size,
        "duckdb_seconds": round(duckdb_seconds, 1),
        "spark_seconds": round(spark_seconds, 1),
        "spark_cpu_seconds": round(watch.cpu_seconds - before, 1),  # without those of the killed worker
        "spark_peak_mb": round(watch.peak_mb),  # DuckDB's memory in the same process included
        "killed_after_seconds": round(killed[0] - started, 1) if killed else None,
        "killed_processes": killed[1] if killed else 0,
        **troubles(folder),
    }


@contextmanager
def killing(spark: Cluster, scratch: Path, after: float) -> Iterator[list]:
    """Kills a worker some seconds after KILL_AFTER was done; the list then holds when, and how many processes went."""
    killed: list = []
    over = threading.Event()

    def watch() -> None:
        while not any(scratch.glob(f"*/{KILL_AFTER}/_SUCCESS")):
            if over.wait(0.02):
                return
        if not over.wait(after):
            killed.extend((time.perf_counter(), spark.kill_worker()))
            print(f"killed a worker and its executors: {killed[1]} processes", flush=True)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield killed
    finally:
        over.set()
        watcher.join()


def _write(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    return write_parquet(con, "SELECT * FROM counts ORDER BY week, period_kind, unit_code, indicator", path)


if __name__ == "__main__":
    main()
