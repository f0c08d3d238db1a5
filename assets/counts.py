"""Stage 5, counts: numerators and denominators of many weeks, out of one pass over the dossier versions.

Belongs here: which exports are handed to the engine, and the result as one table. Does not belong here: how conditions
become SQL (scoring/counting.py) or how it is run (resources/counting.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from assets.gate import FIGURES, LISTS, Gate, computable_weeks, first_week_counted
from assets.kept import forget_kept, is_newest, kept_folder, kept_stands, seal_kept
from resources.catalogue import duckdb_schema
from resources.engine import quote_name, write_bytes_atomically, write_parquet
from resources.exports import ExportRecord
from resources.files import remove, working_folder
from resources.office import Office
from resources.progress import report
from resources.room import require_room_to_count
from resources.tables import read_parquet
from scoring.calendar import Period, Week
from scoring.readings import COUNTED_KINDS
from scoring.ruleset import ruleset_of

if TYPE_CHECKING:
    import duckdb

    from resources.counting import CountInputs

ONE_BY_ONE = 4
"""The most weeks that are counted one by one: each costs up to a tenth of a year, and a year's pass is one however many."""

CountsOfWeek = Callable[[Week], pd.DataFrame]
"""Gives the rows of one week: the catalogue's columns and province_code."""


def count(office: Office, gate: Gate, weeks: Sequence[Week]) -> CountsOfWeek:
    """Counts the weeks, of every province that can be computed in them; returns what gives one week's rows.

    All weeks of a year that are due come out of one pass; a week or a few that follow what was counted, out of what was kept
    of it (kept.py). A week whose inputs and rules are as they were is not counted again: its
    counts stand in the lake, and only the week in hand becomes a frame (a nation's year has millions of rows).
    """
    marks = {week: counts_mark(gate, week) for week in sorted(set(weeks))}
    due = [week for week, mark in marks.items() if not _is_counted(office, week, mark)]
    years: dict[int, list[Week]] = {}
    for week in due:
        years.setdefault(week.thursday.year, []).append(week)
    for done, of_year in enumerate(years.values()):
        report("counts", f"{of_year[0]}..{of_year[-1]}", done, len(years))
        left = _count_one_by_one(office, gate, of_year, marks)
        if left:
            _count_pass(office, gate, left, marks)
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
    """Leaves the weeks to be counted again, from scratch."""
    forget_kept(office)
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
    return rows.assign(province_code=[code[:3] for code in rows["unit_code"].tolist()])


def _count_one_by_one(office: Office, gate: Gate, weeks: Sequence[Week], marks: dict[Week, str]) -> Sequence[Week]:
    """Counts a few weeks that follow one another, each from what was kept of the week before it; returns those left."""
    if office.spark is None and len(weeks) <= ONE_BY_ONE and weeks[-1] == weeks[0].shift(len(weeks) - 1):
        for done, week in enumerate(weeks):
            if not _count_pass(office, gate, [week], marks, from_kept=True):
                return weeks[done:]
        return ()
    return weeks


def _count_pass(
    office: Office, gate: Gate, weeks: Sequence[Week], marks: dict[Week, str], *, from_kept: bool = False
) -> bool:
    """One pass for the weeks of one year (of their Thursdays), each written with its mark, and what the next needs kept.

    from_kept: one week, from what was kept of the week before. False, with nothing done, where that will not do.
    """
    from resources.counting import count_next_week, count_weeks

    used = exports_counted(gate, weeks)
    last = weeks[-1]
    if from_kept and not (used["dossiers"] and kept_stands(office, gate, used, before=last)):
        return False
    keeping = bool(used["dossiers"]) and office.spark is None and (from_kept or is_newest(gate, last))
    with office.engine() as con, working_folder(kept_folder(office, last)) if keeping else nullcontext() as keep:
        if from_kept:
            if not count_next_week(
                con, count_inputs(office, used), last, kept_folder(office, last.previous), keep=keep
            ):
                return False
        elif used["dossiers"]:
            inputs = count_inputs(office, used)
            if office.spark is None:
                require_room_to_count(con, office.home.temporary, inputs.dossiers)
            count_weeks(con, inputs, weeks, spark=office.spark, keep=keep)
        _admit(con, computable_weeks(used["dossiers"], weeks), counted=bool(used["dossiers"]))
        stands = gate.still_stands(office)
        for week in weeks:
            _keep(con, office, week, marks[week] if stands else None)
        if keep is not None and stands:
            seal_kept(office, gate, used, last, keep)
    return True


def exports_counted(gate: Gate, weeks: Sequence[Week]) -> dict[str, list[ExportRecord]]:
    """By kind, what the weeks are counted from: lists of any time, and of dossiers those of scopes that can be computed."""
    dossiers = gate.of_kind("dossiers", weeks[-1], first_week_counted(weeks[0]))
    computable = computable_weeks(dossiers, weeks)
    return {
        "dossiers": [export for export in dossiers if export.scope in computable],
        **{kind: gate.of_kind(kind, weeks[-1]) for kind in LISTS},
    }


def count_inputs(office: Office, used: Mapping[str, Sequence[ExportRecord]]) -> CountInputs:
    """What some exports, by kind, give counting to read."""
    from resources.counting import Arrival, CountInputs

    return CountInputs(
        **{kind: typed_files(office, kind, exports) for kind, exports in used.items()},
        arrivals=[
            Arrival(kind, export.scope, Week.parse(export.week), export.export_id)  # type: ignore[arg-type]
            for kind, exports in used.items()
            for export in exports
        ],
    )


def _admit(con: duckdb.DuckDBPyConnection, computable: Mapping[str, set[Week]], *, counted: bool) -> None:
    """The table admitted_counts: what was counted, of units and weeks that can be computed."""
    schema = ", ".join(f"{quote_name(name)} {type_}" for name, type_ in duckdb_schema("counts").items())
    con.execute(f"CREATE TABLE admitted_counts ({schema})")
    if not counted:
        return
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
