"""What every peer must deliver, and whether it is ours row by row.

Belongs here: the columns of the files, the comparison. Does not belong here: making either side (ours.py, the peers).

counts.parquet    every week, period, unit and indicator: numerator, denominator
totals.parquet    every cohort of every week and period: components, total, rank, change and move, as published
quarantine.parquet  rows that were set aside, each with a rule that did it
findings.parquet  how many rows fail each rule
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import duckdb

from resources.engine import connect, quote_text

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "counts": ("week", "period_kind", "unit_code", "indicator", "numerator", "denominator"),
    "totals": (
        *("week", "period_kind", "level", "scope", "unit_code", "rank", "cohort_size", "ranked", "total"),
        *("transparency", "progress", "online_services", "online_payment", "satisfaction", "digitisation"),
        *("previous_total", "change", "previous_rank", "move"),
    ),
    "quarantine": ("week", "source_row", "rule"),
    "findings": ("rule", "failed"),
}
EXACT = ("total", *COLUMNS["totals"][9:17])
_SHOWN = 5


def compare(ours: Path, theirs: Path) -> dict[str, int]:
    """Rows that were compared, by file. `ours`: a folder by ours.py; raises AssertionError with the first rows that differ."""
    con = connect()
    return {name: _compare(con, name, _file(ours, name), _file(theirs, name)) for name in COLUMNS}


def compare_published(home: Path, theirs: Path) -> dict[str, int]:
    """The same against the counts and the newest revisions of a home in which `service-index run` published the landing."""
    con = connect()
    counts = f"read_parquet({quote_text(home / 'lake' / 'stages' / 'counts' / '*.parquet')})"
    newest = [sorted(week.glob("r*"), key=lambda r: int(r.name[1:]))[-1] for week in (home / "published").glob("2*-W*")]
    files = ", ".join(quote_text(one / "rankings.parquet") for one in newest)
    totals = f"(SELECT * REPLACE (strptime(week || '-1', '%G-W%V-%u')::DATE AS week) FROM read_parquet([{files}]))"
    return {
        name: _compare(con, name, ours, _file(theirs, name)) for name, ours in (("counts", counts), ("totals", totals))
    }


def _file(folder: Path, name: str) -> str:
    rows = f"read_parquet({quote_text(folder / f'{name}.parquet')})"
    # dbt writes a row of nulls where there is none
    return f"(FROM {rows} WHERE rule IS NOT NULL)" if name == "quarantine" else rows


def _compare(con: duckdb.DuckDBPyConnection, name: str, ours: str, theirs: str) -> int:
    columns = ", ".join(COLUMNS[name])
    types = {row[0]: row[1] for row in con.execute(f"DESCRIBE FROM {theirs}").fetchall()}
    inexact = [column for column in EXACT if name == "totals" and not types[column].startswith("DECIMAL")]
    assert not inexact, f"{name}: not exact decimals: {', '.join(inexact)}"
    rows = [con.execute(f"SELECT count(*) FROM {side}").fetchall()[0][0] for side in (ours, theirs)]
    assert rows[0] == rows[1], f"{name}: {rows[0]:,} rows are ours, {rows[1]:,} theirs"
    assert rows[0] or name in ("quarantine", "findings"), f"{name}: there is not one row on either side"
    for side, one, other in (("ours only", ours, theirs), ("theirs only", theirs, ours)):
        differ = f"SELECT {columns} FROM {one} EXCEPT ALL SELECT {columns} FROM {other}"
        found = con.execute(f"SELECT * FROM ({differ}) ORDER BY ALL LIMIT {_SHOWN}").fetchall()
        assert not found, "\n".join([f"{name}, {side} ({columns}):", *map(str, found)])
    return int(rows[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("theirs", type=Path, help="folder of a peer's files")
    parser.add_argument("--ours", type=Path, help="folder made by benchmarks.peers.ours")
    parser.add_argument("--home", type=Path, help="home in which service-index run published the same landing folder")
    arguments = parser.parse_args()
    if arguments.ours:
        print(compare(arguments.ours, arguments.theirs))
    if arguments.home:
        print(compare_published(arguments.home, arguments.theirs))


if __name__ == "__main__":
    main()
