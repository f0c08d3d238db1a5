"""Stage 5, counts: numerators and denominators of many weeks, out of one pass over the dossier versions.

Belongs here: which exports are handed to the engine, and the result as one table. Does not belong here: how conditions
become SQL (scoring/counting.py) or how it is run (resources/counting.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from assets.gate import LISTS, Gate, computable_weeks, first_week_counted
from resources.catalogue import duckdb_schema
from resources.engine import quote_name
from resources.exports import ExportRecord
from resources.office import Office
from resources.progress import report
from scoring.calendar import Period, Week
from scoring.ruleset import RuleSet, ruleset_for

if TYPE_CHECKING:
    import duckdb

CountsOfWeek = Callable[[Week], pd.DataFrame]
"""Gives the rows of one week: the catalogue's columns and province_code."""


def ruleset_of(week: Week, period: Period) -> RuleSet:
    """The rule set valid on the last day the period is measured in that week. Raises KeyError when none is."""
    return ruleset_for(min(week.sunday, period.end_day))


@contextmanager
def counting(office: Office, gate: Gate, weeks: Sequence[Week]) -> Iterator[CountsOfWeek]:
    """Counts the weeks, of every province that can be computed in them; yields a function that gives one week's rows.

    A nation's year has millions of rows: they stay in the engine, and only the week in hand becomes a frame.
    """
    years: dict[int, list[Week]] = {}
    for week in sorted(set(weeks)):
        years.setdefault(week.thursday.year, []).append(week)
    with office.engine() as con:
        schema = ", ".join(f"{quote_name(name)} {type_}" for name, type_ in duckdb_schema("counts").items())
        con.execute(f"CREATE TABLE admitted_counts ({schema})")
        for done, (_, of_year) in enumerate(sorted(years.items())):
            report("counts", f"{of_year[0]}..{of_year[-1]}", done, len(years))
            _count_year(con, office, gate, of_year)
        report("counts", "", len(years), len(years))
        yield lambda week: _of_week(con, week)


def _of_week(con: duckdb.DuckDBPyConnection, week: Week) -> pd.DataFrame:
    rows = con.execute(
        "SELECT *, left(unit_code, 3) AS province_code FROM admitted_counts WHERE week = ?", [week.monday]
    )
    return rows.df().sort_values(["period_kind", "unit_code", "indicator"], ignore_index=True)


def _count_year(con: duckdb.DuckDBPyConnection, office: Office, gate: Gate, weeks: Sequence[Week]) -> None:
    """One pass for the weeks of one year (of their Thursdays)."""
    from resources.counting import Arrival, CountInputs, count_weeks

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
        **{kind: _files(office, kind, exports) for kind, exports in used.items()},
        arrivals=[
            Arrival(kind, export.scope, Week.parse(export.week), export.export_id)  # type: ignore[arg-type]
            for kind, exports in used.items()
            for export in exports
        ],
    )
    count_weeks(con, inputs, weeks)
    pairs = [(scope[:3], week.monday) for scope, found in computable.items() for week in sorted(found)]
    con.execute("CREATE OR REPLACE TEMP TABLE computable (province_code VARCHAR, week DATE)")
    con.executemany("INSERT INTO computable VALUES (?, ?)", pairs)
    con.execute(
        "INSERT INTO admitted_counts SELECT counts.* FROM counts JOIN computable USING (week) "
        "WHERE left(counts.unit_code, 3) = computable.province_code"
    )


def _files(office: Office, table: str, exports: Sequence[ExportRecord]) -> list[Path]:
    """The typed files of some exports, in the order in which they count."""
    return [office.home.table_path(table, export.week, export.export_id) for export in exports]
