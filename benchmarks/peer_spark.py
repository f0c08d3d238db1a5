"""Spark on this machine alone (`local[*]`) making the year's counts from the typed Parquet of make_data.py.

Belongs here: one run in a process of its own: `python -m benchmarks.peer_spark DATA OUT`; the same table as plain_counts.py
goes to OUT (Parquet), and a line of JSON to standard output: seconds, cpu_seconds (Java's included), peak_mb. Does not
belong here: the comparison (bench.py).
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.make_data import WEEKS
from benchmarks.spark_processes import configure
from benchmarks.watch import Watch
from resources.counting import CountInputs, count_weeks
from resources.engine import connect, write_parquet
from resources.spark_engine import SparkEngine
from scoring.measures import SOURCES

MEMORY_SHARE = 0.6  # of the machine's, as DuckDB takes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--memory-mb", type=int, default=int(psutil.virtual_memory().total * MEMORY_SHARE / 2**20))
    arguments = parser.parse_args()
    files = {name: sorted((arguments.data / name).glob("*.parquet")) for name in SOURCES}
    with tempfile.TemporaryDirectory(dir=arguments.data) as temporary:
        folder = Path(temporary)
        partitions = str(4 * (os.cpu_count() or 1))
        configure(
            folder,
            {"spark.driver.memory": f"{arguments.memory_mb}m", "spark.sql.shuffle.partitions": partitions},
        )
        con = connect()
        started, cpu, watch = time.perf_counter(), time.process_time(), Watch(os.getpid())
        engine = SparkEngine("local[*]", folder / "scratch")
        count_weeks(con, CountInputs(**files), WEEKS, spark=engine)
        seconds = time.perf_counter() - started
        watch.look()
        watch.stop()
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        write_parquet(con, "FROM counts", arguments.out)
    print(json.dumps({"seconds": seconds, "cpu_seconds": watch.cpu_seconds - cpu, "peak_mb": watch.peak_mb}))


if __name__ == "__main__":
    main()
