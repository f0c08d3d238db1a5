"""The steps of the phase intake as Dagster loads them: exports, the core tables, quality, verdict.

Belongs here: what Dagster shows of these assets, before and after a run. Does not belong here: the work (exports, dossiers,
quality), which a step imports when it runs: see "What is imported when" in assets/__init__.py.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import dagster as dg

from assets.house import SINGLE_RUN, House, at_work, describe_partition, markdown_table, spec, weeks_of


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


@dg.multi_asset(
    name="exports",
    specs=[
        spec(
            "exports",
            group="intake",
            kinds={"file", "parquet"},
            description="Bản xuất thô: bản sao theo nội dung, không có dữ liệu cá nhân. "
            "/ Raw exports: copies addressed by content, without personal data; the sha256 of the original is kept.",
        )
    ],
    backfill_policy=SINGLE_RUN,
    pool="intake",
)
def exports(context: dg.AssetExecutionContext, house: House) -> Iterable[dg.MaterializeResult]:
    from assets.exports import take_in_weeks

    with at_work(context, house, "intake") as (office, _):
        taken = take_in_weeks(office, weeks_of(context))
    for week, records in taken.items():
        rows = [
            {
                "file": record.file,
                "kind": record.kind,
                "scope": record.scope,
                "period": record.period,
                "rows": record.rows,
                "status": record.status,
                "exported_at": record.exported_at,
                "sha256": record.sha256[:16],
            }
            for record in records
        ]
        describe_partition(
            context,
            "exports",
            week,
            {
                "dagster/partition_row_count": sum(record.rows for record in records),
                "files": len(records),
                "refused": sum(record.status == "rejected" for record in records),
                "sample": markdown_table(
                    rows, ["file", "kind", "scope", "period", "rows", "status", "exported_at", "sha256"]
                ),
            },
            has_columns=False,
        )
    yield dg.MaterializeResult(asset_key="exports")


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
        from assets.dossiers import type_weeks

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


@dg.multi_asset(
    name="quality",
    specs=[
        spec(
            "quality",
            deps=[table.name for table in CORE_TABLES],
            group="intake",
            kinds={"greatexpectations", "duckdb"},
            description="Phát hiện của các quy tắc. / What the rules found: one RuleOutcome each, stored as the record.",
        )
    ],
    backfill_policy=SINGLE_RUN,
    pool="intake",
)
def quality(context: dg.AssetExecutionContext, house: House) -> Iterable[dg.MaterializeResult]:
    from assets.quality import judge_weeks

    weeks = weeks_of(context)
    with at_work(context, house, "intake") as (office, _):
        found = judge_weeks(office, weeks)
        office.database.record_judging(weeks, context.run.run_id)
    for week, outcomes in found.items():
        failed = [outcome for outcome in outcomes if not outcome.succeeded]
        rows = [{**asdict(outcome), "finding": outcome.describe("vi")} for outcome in failed]
        describe_partition(
            context,
            "quality",
            week,
            {
                "rules_evaluated": len(outcomes),
                "findings": len(failed),
                "blocking": sum(outcome.blocks for outcome in failed),
                "sample": markdown_table(rows, ["severity", "rule", "file", "unit_code", "finding"]),
            },
            has_columns=False,
        )
    yield dg.MaterializeResult(asset_key="quality")


@dg.multi_asset(
    name="verdict",
    specs=[
        spec(
            "verdict",
            deps=["quality"],
            group="intake",
            kinds={"sqlalchemy"},
            description="Kết luận của tuần: công bố được, công bố kèm đơn vị đang xem xét, hay giữ lại. "
            "/ The week's verdict; scoring reads only what it admits.",
        )
    ],
    backfill_policy=SINGLE_RUN,
    pool="intake",
)
def verdict(context: dg.AssetExecutionContext, house: House) -> Iterable[dg.MaterializeResult]:
    from assets.quality import decide_weeks

    with at_work(context, house, "intake") as (office, _):
        verdicts = decide_weeks(office, weeks_of(context))
    for week, found in verdicts.items():
        feeds = [{**asdict(feed), "feed": feed.name} for feed in found.feeds]
        describe_partition(
            context,
            "verdict",
            week,
            {
                "decision": found.decision,
                "units_under_review": len({hold.unit_code for hold in found.holds}),
                "reasons": dg.MetadataValue.text("\n".join(found.reasons[:12])),
                "feeds": markdown_table(feeds, ["feed", "admitted", "rule", "reason"]),
            },
            has_columns=False,
        )
    yield dg.MaterializeResult(asset_key="verdict")
