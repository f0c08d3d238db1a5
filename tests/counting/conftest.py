"""From rows in a test to typed files and counts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resources.catalogue import table
from resources.counting import Arrival, CountInputs, count_weeks
from resources.engine import connect
from resources.members import Members
from scoring.calendar import Week
from scoring.members import Moment, members_sql, source_of
from scoring.ruleset import Indicator, RuleSet, ruleset_for
from tests.counting.reference import Counts, History, Row

_ARROW = {
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
}


def row(name: str, **values: Any) -> Row:
    """A row of a catalogue table: nothing is set but what is given, counts are 0, flags false."""
    empty = {"VARCHAR": None, "DATE": None, "TIMESTAMP": None, "BOOLEAN": False}
    filled = {c.name: None if c.nullable else empty.get(c.type, 0) for c in table(name).columns}
    unknown = values.keys() - filled.keys() - {"place"}
    assert not unknown, unknown
    return {"place": 0} | filled | {"export_id": "e"} | values


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return connect(threads=1)


def inputs_of(history: History, folder: Path) -> CountInputs:
    """A history as typed files in a folder."""
    files = {name: _write(folder, name, history.table(name)) for name in _TABLES}
    arrivals = [Arrival(kind, scope, week, export_id) for kind, scope, week, export_id in history.arrivals]  # type: ignore[arg-type]
    return CountInputs(**files, arrivals=arrivals)


def counted(
    history: History,
    weeks: Iterable[Week],
    ruleset_on: Callable[[date], RuleSet] = ruleset_for,
    con: duckdb.DuckDBPyConnection | None = None,
) -> Counts:
    """The counts of a history by count_weeks, as the reference gives them."""
    con = con or connect(threads=1)
    with tempfile.TemporaryDirectory() as folder:
        count_weeks(con, inputs_of(history, Path(folder)), weeks, ruleset_on)
    rows = con.execute("SELECT week, period_kind, unit_code, indicator, numerator, denominator FROM counts").fetchall()
    found = {(str(Week(r[0])), r[1], r[2], r[3]): (r[4], r[5]) for r in rows}
    assert len(found) == len(rows), "a key stands twice in counts"
    return found


def tally(members: Members, at: Moment, indicator: Indicator) -> dict[str, tuple[int, int]]:
    """Unit to (numerator, denominator), added up from the rows behind them; units without a row are not in it."""
    source = source_of(indicator)
    if source is None:
        return {}
    counted = "count(*) FILTER (in_numerator), count(*) FILTER (in_denominator)"
    of_units = "SELECT counted_for AS unit_code, in_numerator, in_denominator FROM members"
    if source != "procedures":  # which a province lists itself
        of_units += """ WHERE counted_for <> counted_province
            UNION ALL SELECT counted_province, in_numerator, in_denominator FROM members"""
    sql = f"WITH members AS ({members_sql(at, indicator)}) SELECT unit_code, {counted} FROM ({of_units}) GROUP BY unit_code"
    return {unit: (numerator, denominator) for unit, numerator, denominator in members.con.execute(sql).fetchall()}


_TABLES = ("dossiers", "procedures", "petitions", "units")


def _write(folder: Path, name: str, rows: list[Row]) -> list[Path]:
    """One Parquet file a place."""
    schema = pa.schema([(c.name, _ARROW[c.type]) for c in table(name).columns])
    paths = []
    for place in range(max((r["place"] for r in rows), default=-1) + 1):
        listed = [{k: v for k, v in r.items() if k != "place"} for r in rows if r["place"] == place]
        paths.append(folder / f"{name}.{place}.parquet")
        pq.write_table(pa.Table.from_pylist(listed, schema=schema), paths[-1])
    return paths
