"""Stage 2, core tables: raw exports become typed rows; rows that cannot be are set aside with their reason.

Belongs here: typing the exports of a core table (dossiers and its small companions), by one function. Does not belong here:
how columns are mapped (resources/mapping.py), which rows are impossible (checks/rules.yaml), what Dagster loads
(intake_steps).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from assets.intake_steps import CoreTable
from assets.isolation import each_week, intake_failed
from checks.rows import SplitResult, split_export
from resources.cases import Correction
from resources.exports import ExportRecord
from resources.office import Office
from resources.progress import steps
from scoring.calendar import Week

if TYPE_CHECKING:
    import duckdb


def type_weeks(
    office: Office, table: CoreTable, weeks: Sequence[Week]
) -> dict[Week, list[tuple[ExportRecord, SplitResult]]]:
    """Types every current export of the table's kind in the weeks, and lays the corrections that hold over its rows.

    An export typed before by the same rules and corrections is left as it is. One that cannot be typed counts as refused,
    and its week is held: no later stage meets rows that are not there.
    """
    found: dict[Week, list[tuple[ExportRecord, SplitResult]]] = {week: [] for week in weeks}
    exports = [
        export for export in office.database.current_exports(kind=table.kind) if Week.parse(export.week) in found
    ]
    if not exports:
        return found
    corrections = office.review.corrections()
    with office.engine() as con:
        for export in steps(f"dossiers {table.name}", exports):
            speaking = [each for each in corrections if each.speaks_of(export)]
            beside = [each for each in exports if each.feed == export.feed and each is not export] if speaking else []
            split = partial(_split, con, office, table, export, speaking, beside)
            for week, done in each_week(
                [Week.parse(export.week)], split, partial(_refuse, office, table, export)
            ).items():
                found[week].append((export, done))
    return found


def _split(
    con: duckdb.DuckDBPyConnection,
    office: Office,
    table: CoreTable,
    export: ExportRecord,
    corrections: Sequence[Correction],
    beside: Sequence[ExportRecord],
    weeks: Sequence[Week],
) -> dict[Week, SplitResult]:
    (week,) = weeks
    folders = office.mapping_folders
    return {week: split_export(con, office.home, folders, table.name, export, corrections, beside)}


def _refuse(office: Office, table: CoreTable, export: ExportRecord, week: Week, error: Exception) -> None:
    office.database.record_exports([replace(export, status="rejected")])
    intake_failed(office, week, f"{table.name} ({export.file})", error)
