"""A peer: the year's ranking by a dbt project on DuckDB, its checks as dbt tests, made by one `dbt build`.

Belongs here: calling dbt in its own environment, and what its tests found as a file. Does not belong here: the project
(dbt_project/), which has the SQL of the plain script (benchmarks/plain_counts.py), the best we know for these counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.peers.environment import programs
from benchmarks.watch import Watch, print_own_timing

PROJECT = Path(__file__).resolve().with_name("dbt_project")


def run(landing: Path, out: Path, dbt: Path) -> None:
    """Writes counts, totals, quarantine and findings (compare.py says which columns) to the folder `out`.

    dbt: the program. Raises RuntimeError with the end of what dbt said when a model or a test of our own figures fails.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as work:
        places = {"PEER_LANDING": str(landing.resolve()), "PEER_OUT": str(out.resolve()), "PEER_WORK": work}
        quiet = {"DO_NOT_TRACK": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        weeks = sum(1 for each in landing.iterdir() if each.is_dir())
        command = [str(dbt), "build", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"]
        command += ["--no-version-check", "--target-path", f"{work}/target", "--log-path", f"{work}/logs"]
        command += ["--vars", json.dumps({"weeks": weeks})]
        done = subprocess.run(command, cwd=work, env={**os.environ, **places, **quiet}, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"dbt ended with {done.returncode}: {done.stdout[-3000:]}{done.stderr[-1000:]}")
        _write_findings(Path(work) / "target" / "run_results.json", out / "findings.parquet")


def _write_findings(results: Path, path: Path) -> None:
    """How many rows fail each row rule, by the results of the tests that are named after one."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = {}
    for one in json.loads(results.read_text(encoding="utf-8"))["results"]:
        kind, _, name, *_ = one["unique_id"].split(".")
        table, rule_of, rule = name.partition("__")
        if kind == "test" and rule_of and table in ("dossiers", "procedures", "petitions", "units") and one["failures"]:
            found[f"{table}.{rule}"] = one["failures"]
    rows = {"rule": pa.array(found.keys(), pa.string()), "failed": pa.array(found.values(), pa.int64())}
    pq.write_table(pa.table(rows), path)


def main() -> None:
    dbt = programs() / "dbt"  # not of the work that is timed, where it has to be made first
    watch = Watch(os.getpid())
    run(Path(sys.argv[1]), Path(sys.argv[2]), dbt)
    print_own_timing(watch)


if __name__ == "__main__":
    main()
