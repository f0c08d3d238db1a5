"""Stage 5, counts: numerators and denominators of many weeks, out of one pass over the dossier versions.

Belongs here: which exports are handed to the engine, and the result as one table. Does not belong here: how conditions
become SQL (scoring/counting.py) or how it is run (resources/counting.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from assets.gate import FIGURES, LISTS, Gate, computable_weeks, first_week_counted
from resources.catalogue import duckdb_schema
from resources.engine import quote_name, write_bytes_atomically, write_parquet
from resources.exports import ExportRecord
from resources.files import remove
from resources.office import Office
from resources.progress import report
from resources.room import require_room_to_count
from resources.tables import read_parquet
from scoring.calendar import Period, PeriodKind, Week
from scoring.ruleset import RuleSet, ruleset_for

if TYPE_CHECKING:
    import duckdb

COUNTED_KINDS: tuple[PeriodKind, ...] = ("ytd", "quarter", "month")
CountsOfWeek = Callable[[Week], pd.DataFrame]
"""Gives the rows of one week: the catalogue's columns and province_code."""


def ruleset_of(week: Week, period: Period) -> RuleSet:
    """The rule set valid on the last day the period is measured in that week. Raises KeyError when none is."""
    return ruleset_for(min(week.sunday, period.end_day))


def count(office: Office, gate: Gate, weeks: Sequence[Week]) -> CountsOfWeek:
    """Counts the weeks, of every province that can be computed in them; returns what gives one week's rows.

    All weeks that are due come out of one pass. A week whose inputs and rules are as they were is not counted again: its
    counts stand in the lake, and only the week in hand becomes a frame (a nation's year has millions of rows).
    """
    marks = {week: counts_mark(gate, week) for week in sorted(set(weeks))}
    due = [week for week, mark in marks.items() if not _is_counted(office, week, mark)]
    years: dict[int, list[Week]] = {}
    for week in due:
        years.setdefault(week.thursday.year, []).append(week)
    for done, of_year in enumerate(years.values()):
        report("counts", f"{of_year[0]}..{of_year[-1]}", done, len(years))
        with office.engine() as con:
            _count_year(con, office, gate, of_year)
            stands = gate.still_stands(office)
            for week in of_year:
                _keep(con, office, week, marks[week] if stands else None)
    if years:
        report("counts", "", len(years), len(years))
    return lambda week: _of_week(office, week)


def counts_mark(gate: Gate, week: Week) -> str:
    """sha256 over all a week's counts are made of."""
    rules = {
        (one.id, one.fingerprint) for one in (ruleset_of(week, Period.of_week(kind, week)) for kind in COUNTED_KINDS)
    }
    exports = [gate.made_of(export) for export in gate.inputs(week) if export.kind in ("dossiers", *LISTS)]
    return hashlib.sha256(json.dumps([FIGURES, sorted(rules), exports]).encode()).hexdigest()


def forget_counts(office: Office, weeks: Sequence[Week]) -> None:
    """Leaves the weeks to be counted again."""
    for week in weeks:
        remove(office.home.stage_path("counts", week).with_suffix(".mark"))


def _is_counted(office: Office, week: Week, mark: str) -> bool:
    path = office.home.stage_path("counts", week)
    kept = path.with_suffix(".mark")
    return path.is_file() and kept.is_file() and kept.read_text() == mark


def _keep(con: duckdb.DuckDBPyConnection, office: Office, week: Week, mark: str | None) -> None:
    """Writes one week; its mark last, so that a kill in between leaves it to be counted again. None: no mark, as then."""
    path = office.home.stage_path("counts", week)
    remove(path.with_suffix(".mark"))
    columns = ", ".join(quote_name(name) for name in duckdb_schema("counts"))
    select = f"SELECT {columns} FROM admitted_counts WHERE week = ?"  # noqa: S608 - the catalogue's names
    write_parquet(con, f"{select} ORDER BY period_kind, unit_code, indicator", path, [week.monday])
    if mark is not None:
        write_bytes_atomically(path.with_suffix(".mark"), mark.encode())


def _of_week(office: Office, week: Week) -> pd.DataFrame:
    rows = read_parquet([office.home.stage_path("counts", week)])
    return rows.assign(province_code=[code[:3] for code in rows["unit_code"]])


def _count_year(con: duckdb.DuckDBPyConnection, office: Office, gate: Gate, weeks: Sequence[Week]) -> None:
    """One pass for the weeks of one year (of their Thursdays), into the table admitted_counts."""
    from resources.counting import Arrival, CountInputs, count_weeks

    schema = ", ".join(f"{quote_name(name)} {type_}" for name, type_ in duckdb_schema("counts").items())
    con.execute(f"CREATE TABLE admitted_counts ({schema})")
    first, last = first_week_counted(weeks[0]), weeks[-1]
    dossiers = gate.of_kind("dossiers", last, first)
    computable = computable_weeks(dossiers, weeks)
    if not computable:
        return
    used = {
        "dossiers": [export for export in dossiers if export.scope in computable],
        **{kind: gate.of_kind(kind, last) for kind in LISTS},
    }
    inputs = CountInputs(
        **{kind: typed_files(office, kind, exports) for kind, exports in used.items()},
        arrivals=[
            Arrival(kind, export.scope, Week.parse(export.week), export.export_id)  # type: ignore[arg-type]
            for kind, exports in used.items()
            for export in exports
        ],
    )
    if office.spark is None:
        require_room_to_count(con, office.home.temporary, inputs.dossiers)
    count_weeks(con, inputs, weeks, spark=office.spark)
    con.execute("CREATE OR REPLACE TEMP TABLE computable (scope VARCHAR, week DATE)")
    pairs = [(scope[:3], week.monday) for scope, found in computable.items() for week in sorted(found)]  # VN stays VN
    con.executemany("INSERT INTO computable VALUES (?, ?)", pairs)
    # A unit is computed where an export of its own province, or one of all provinces, tells its dossiers.
    con.execute(
        "INSERT INTO admitted_counts SELECT counts.* FROM counts WHERE EXISTS (SELECT 1 FROM computable "
        "WHERE computable.week = counts.week AND computable.scope IN ('VN', left(counts.unit_code, 3)))"
    )


def typed_files(office: Office, table: str, exports: Sequence[ExportRecord]) -> list[Path]:
    """The typed files of some exports, in the order in which they count."""
    return [office.home.table_path(table, export.week, export.export_id) for export in exports]
