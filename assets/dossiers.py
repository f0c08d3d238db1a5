"""Stage 2, core tables: raw exports become typed rows; rows that cannot be are set aside with their reason.

Belongs here: one asset a core table (dossiers and its small companions), made by one function. Does not belong here:
how columns are mapped (resources/mapping.py) or which rows are impossible (checks/rules.yaml).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import dagster as dg

from assets.house import SINGLE_RUN, House, at_work, describe_partition, spec, weeks_of
from assets.isolation import each_week, intake_failed
from checks.rows import SplitResult, split_export
from resources.cases import Correction
from resources.exports import ExportRecord
from resources.office import Office
from resources.progress import steps
from scoring.calendar import Week

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class CoreTable:
    """A core table: the asset's name and the kind of export it is made from."""

    name: str
    kind: str
    description: str


CORE_TABLES = (
    CoreTable("dossiers", "dossiers", "Phiên bản hồ sơ theo tuần đến. / Dossier versions by week of arrival."),
    CoreTable("procedures", "procedures", "Danh mục thủ tục theo bản xuất. / The procedures an export lists."),
    CoreTable("petitions", "petitions", "Phản ánh, kiến nghị theo bản xuất. / The petitions an export lists."),
    CoreTable("units", "units", "Đơn vị theo bản xuất. / The units an export lists."),
    CoreTable("portal_counts", "counts", "Số đếm của cổng. / The portal's own counts."),
    CoreTable("portal_scores", "scores", "Bảng điểm của cổng. / The portal's own score tables."),
)


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
    con: "duckdb.DuckDBPyConnection",
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


def _asset_of(table: CoreTable) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=table.name,
        specs=[
            spec(
                table.name, deps=["exports"], group="intake", kinds={"duckdb", "parquet"}, description=table.description
            )
        ],
        backfill_policy=SINGLE_RUN,
        pool="intake",
    )
    def build(context: dg.AssetExecutionContext, house: House) -> Iterable[dg.MaterializeResult]:
        with at_work(context, house, "intake") as (office, _):
            typed = type_weeks(office, table, weeks_of(context))
        for week, results in typed.items():
            describe_partition(
                context,
                table.name,
                week,
                {
                    "dagster/partition_row_count": sum(result.valid_rows for _, result in results),
                    "quarantined_rows": sum(result.quarantined_rows for _, result in results),
                    "exports": len(results),
                },
            )
        yield dg.MaterializeResult(asset_key=table.name)

    return build


core_assets = [_asset_of(table) for table in CORE_TABLES]
