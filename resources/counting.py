"""Counting done: the typed tables of the lake in, the catalogue's table `counts` out.

Belongs here: making files into relations, running the plan. Does not belong here: any rule of counting (scoring).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from resources.catalogue import duckdb_schema
from resources.engine import quote_name, quote_text
from resources.kept_counts import codes_of, kept_open, write_kept
from scoring.calendar import Week
from scoring.counting import plan
from scoring.measures import SOURCES, Source
from scoring.next_week import next_week
from scoring.ruleset import RuleSet, ruleset_for

if TYPE_CHECKING:
    from resources.spark_engine import SparkEngine


@dataclass(frozen=True, slots=True)
class Arrival:
    """An export that is there, though it may be empty: its kind, the scope it lists, the week it came in."""

    kind: Source
    scope: str
    week: Week
    export_id: str


@dataclass(frozen=True, slots=True)
class CountInputs:
    """Typed Parquet files in catalogue form, of admitted exports only.

    Files stand in the order of their exports (exported_at): where one dossier stands twice in a week, the later counts.
    arrivals: the exports, which says of empty ones that they came and of lists which units they speak for. An export
    not named there speaks for the nearest root of the units it lists.
    """

    dossiers: Sequence[Path] = ()
    procedures: Sequence[Path] = ()
    petitions: Sequence[Path] = ()
    units: Sequence[Path] = ()
    arrivals: Sequence[Arrival] = ()


def count_weeks(
    con: duckdb.DuckDBPyConnection,
    inputs: CountInputs,
    weeks: Iterable[Week],
    ruleset_on: Callable[[date], RuleSet] = ruleset_for,
    spark: SparkEngine | None = None,
    keep: Path | None = None,
) -> None:
    """Create or replace the table `counts` (catalogue) for some weeks: periods ytd, quarter and month, every unit seen.

    A unit has a row for each indicator whose feed its province has had by that week, 0/0 included; none where the feed
    is missing. Only exports that arrived by a week bear on it. Uses and drops the schema `counting`, and the temporary
    views `dossiers`, `procedures`, `petitions`, `units` and `arrivals`. Rows have no particular order.
    spark: where the same statements run instead of in DuckDB; the rows are the same. keep: a folder for what the week after
    the last one can be counted from (count_next_week); nothing is kept from Spark.
    Raises ValueError for no weeks, CountingError for a condition that cannot be counted, KeyError without a rule set,
    SparkError when Spark could not count.
    """
    statements = plan(weeks, ruleset_on, keep=keep is not None and spark is None).statements
    if spark is not None:
        from resources.spark_engine import count_on_spark

        _make_counts(con)
        count_on_spark(con, inputs, statements, spark)
        return
    with sources_open(con, inputs):
        for statement in statements:
            con.execute(statement)
        if keep is not None:
            write_kept(con, keep)
            for path in inputs.dossiers:
                codes_of(con, keep.parent, path)


def count_next_week(
    con: duckdb.DuckDBPyConnection,
    inputs: CountInputs,
    week: Week,
    kept: Path,
    ruleset_on: Callable[[date], RuleSet] = ruleset_for,
    keep: Path | None = None,
) -> bool:
    """The same table for one week, from what was kept of the week before; the rows are those of `count_weeks`.

    kept: a folder that `keep` filled for the week before from these inputs, less what arrived in the week; beside it stand
    the hashes of codes. Returns False,
    with nothing counted, when the week cannot be counted so (next_week.py); raises duckdb.Error for a damaged folder.
    """
    if not inputs.dossiers:
        return False
    with sources_open(con, inputs, dossiers_as="all_dossiers"), kept_open(con, kept):
        came = con.execute("SELECT 1 FROM procedures WHERE arrived_week = ? LIMIT 1", [week.monday]).fetchone()
        following = next_week(week, ruleset_on, duckdb_schema("dossiers"), lists_came=came is not None)
        if following is None:
            return False
        open_codes(con, kept.parent, inputs.dossiers)
        for statement in (following.touched, *following.plan.statements):
            con.execute(statement)
        if keep is not None:
            write_kept(con, keep)
    return True


@contextmanager
def sources_open(con: duckdb.DuckDBPyConnection, inputs: CountInputs, dossiers_as: str = "dossiers") -> Iterator[None]:
    """The inputs as the relations a plan works on, an empty table `counts` and an empty schema `counting`.

    All of them but `counts` are gone at the end. dossiers_as: the name of the view of dossiers, if another; it then also tells
    each row's number in its file.
    """
    con.execute("DROP SCHEMA IF EXISTS counting CASCADE; CREATE SCHEMA counting")
    try:
        for source in SOURCES:
            _open_source(con, source, getattr(inputs, source), dossiers_as if source == "dossiers" else source)
        con.execute("CREATE OR REPLACE TEMP TABLE arrivals (kind VARCHAR, scope VARCHAR, week DATE, export_id VARCHAR)")
        if inputs.arrivals:
            rows = [(one.kind, one.scope, one.week.monday, one.export_id) for one in inputs.arrivals]
            con.executemany("INSERT INTO arrivals VALUES (?, ?, ?, ?)", rows)
        _make_counts(con)
        yield
    finally:
        con.execute("DROP SCHEMA IF EXISTS counting CASCADE")
        for source in SOURCES:
            _drop(con, source)
        for name in ("arrivals", "all_dossiers", "all_codes", "touched_codes", "touched_rows"):
            _drop(con, name)


def open_codes(con: duckdb.DuckDBPyConnection, folder: Path, dossiers: Sequence[Path]) -> None:
    """The hashes of the codes as the view `all_codes`, row by row as in the view of `sources_open`."""
    _open_files(con, "all_codes", [codes_of(con, folder, path) for path in dossiers], numbered=True)


def _drop(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """A temporary table or view goes, if it is there."""
    found = con.execute(
        "SELECT table_type FROM information_schema.tables WHERE table_catalog = 'temp' AND table_name = ?", [name]
    )
    for (kind,) in found.fetchall():
        con.execute(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} temp.{quote_name(name)}")


def _make_counts(con: duckdb.DuckDBPyConnection) -> None:
    columns = ", ".join(f"{quote_name(name)} {type_}" for name, type_ in duckdb_schema("counts").items())
    con.execute(f"CREATE OR REPLACE TABLE counts ({columns})")


def _open_source(con: duckdb.DuckDBPyConnection, source: Source, paths: Sequence[Path], name: str) -> None:
    """A temporary view of the files with the number of the file as `place`; an empty one when there are none.

    name: of the view; where it is another than the table's, it tells each row's number in its file too.
    """
    if paths:
        _open_files(con, name, paths, numbered=name != source)
    else:
        nothing = ", ".join(f"NULL::{type_} AS {quote_name(column)}" for column, type_ in duckdb_schema(source).items())
        select = f"SELECT {nothing}, 0 AS place{', 0 AS file_row_number' if name != source else ''} WHERE FALSE"
        con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {select}")


def _open_files(con: duckdb.DuckDBPyConnection, name: str, paths: Sequence[Path], *, numbered: bool) -> None:
    listed = ", ".join(quote_text(path) for path in paths)
    options = f"union_by_name = true, file_row_number = {str(numbered).lower()}"
    select = f"SELECT *, file_index AS place FROM read_parquet([{listed}], {options})"  # noqa: S608
    con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {select}")
