"""What others would use for the same work: an analyst's pandas script, a Polars script and a dbt project on DuckDB.

Belongs here: the peers, what holds them against ours, and running one of them. Does not belong here: the page of figures
and our own side of it (benchmarks/bench.py).

Each does what `service-index run` does with the landing folder of benchmarks/make_data.py, from exports to rankings: 53 row
rules and what stands twice in a file, rows set aside, the state of every week, counts, exact scores, ranks, changes and
moves. Each leaves out what only a publisher needs: the database and its revisions, reconciliation, history and verdicts,
pages, workbooks, open data in several formats, lineage.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[2]
#: A peer's name and the command that runs it; the landing folder and the folder for its files follow.
PEERS: Mapping[str, Sequence[str]] = {
    name: (sys.executable, "-m", f"benchmarks.peers.{module}")
    for name, module in (("pandas", "pandas_analyst"), ("Polars", "polars_script"), ("dbt-duckdb", "dbt_duckdb"))
}


@dataclass(frozen=True)
class PeerRun:
    """What became of a peer. died: it was out of memory, or failed (`told`: the last it said). gave_up: it took longer
    than it was allowed to. Seconds and the peak are what was seen of it until then.
    """

    outcome: Literal["done", "died", "gave_up"]
    seconds: float
    cpu_seconds: float
    peak_mb: float
    told: str = ""


def run_peer(
    name: str, landing: Path, out: Path, memory_limit_gb: float | None = None, time_limit_seconds: float | None = None
) -> PeerRun:
    """Runs a peer to its end, in a process of its own. Raises KeyError for a name that is not in PEERS.

    memory_limit_gb: with more than this it is killed, as the system does when there is no more.
    """
    import psutil

    from benchmarks.watch import Watch, kill

    if name == "dbt-duckdb":
        from benchmarks.peers.environment import programs

        programs()
    started = time.perf_counter()
    process = subprocess.Popen(
        [*PEERS[name], str(landing), str(out)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    watch = Watch(process.pid, None if memory_limit_gb is None else memory_limit_gb * 1024)
    outcome: Literal["done", "died", "gave_up"] = "done"
    try:
        said, _ = process.communicate(timeout=time_limit_seconds)
        outcome = "died" if process.returncode else "done"
    except subprocess.TimeoutExpired:
        root = psutil.Process(process.pid)
        kill([root, *root.children(recursive=True)])
        said, _ = process.communicate()
        outcome = "gave_up"
    seconds = time.perf_counter() - started
    watch.stop()
    if outcome == "done":
        timing = next(line for line in reversed(said.splitlines()) if line.startswith("{"))
        return PeerRun("done", **json.loads(timing))
    told = f"more than {memory_limit_gb:g} GiB" if watch.over_limit else said[-2000:]
    return PeerRun(outcome, seconds, watch.cpu_seconds, watch.peak_mb, told)
