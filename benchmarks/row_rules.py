"""What the row rules cost: the dossiers of a year typed and split once without any rule, and once with thirty.

Belongs here: running the very split that intake runs (checks/rows.py) over the benchmark's data. Does not belong here:
timing it (bench.py).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb

from benchmarks.make_data import WEEKS
from checks.rows import split
from checks.rules import Rule, rules_for
from resources.engine import quote_text
from resources.exports import ExportRecord

RULES = 30


def split_dossiers(con: duckdb.DuckDBPyConnection, data: Path, out: Path, *, rules: int) -> None:
    """Splits all dossiers of the data by the first `rules` row rules of the catalogue; `out` is a folder for the rows.

    Raises ValueError when the catalogue has not that many.
    """
    export = ExportRecord(
        export_id="benchmark",
        week=str(WEEKS[-1]),
        kind="dossiers",
        scope="VN",
        period_kind=None,
        period=None,
        file="dossiers.VN.parquet",
        sha256="",
        size_bytes=0,
        rows=0,
        rejected_rows=0,
        exported_at=None,
        received_at=datetime(2027, 1, 4),
    )
    files = ", ".join(quote_text(path) for path in sorted((data / "dossiers").glob("*.parquet")))
    typed = f"SELECT *, []::VARCHAR[] AS parse_errors FROM read_parquet([{files}])"
    split(con, typed, "dossiers", _row_rules(rules), out / "valid.parquet", out / "quarantine.parquet", export)


def _row_rules(wanted: int) -> list[Rule]:
    known = [rule for rule in rules_for("dossiers", WEEKS[-1]) if rule.condition is not None]
    if len(known) < wanted:
        raise ValueError(f"the catalogue has {len(known)} row rules for dossiers, {wanted} are asked for")
    return known[:wanted]
