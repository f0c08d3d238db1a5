"""The step of the phase scoring as Dagster loads it: counts, scores, rankings and publication, week by week (decision 6).

Belongs here: what Dagster shows of these assets, before and after a run. Does not belong here: the work (publication), which the
step imports when it runs: see "What is imported when" in assets/__init__.py.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.house import SINGLE_RUN, House, at_work, column_lineage, markdown_table, record_week, spec, weeks_of
from assets.quality_checks import show_checks, specs_of
from assets.standing import show_standing, standing_spec
from checks.rules import FIGURES
from scoring.calendar import Week

if TYPE_CHECKING:
    from assets.publication import Published
    from publishing.release import PublishResult

HEADLINE = "ytd"
SCORED = ("counts", "scores", "rankings", "publication")


@dg.multi_asset(
    name="scoring_step",
    specs=[
        spec(
            "counts",
            deps=["verdict", "dossiers", "procedures", "petitions", "units"],
            group="scoring",
            kinds={"duckdb", "parquet"},
            description="Đếm mọi tuần trong một lượt. / All weeks out of one pass.",
            skippable=True,
        ),
        spec(
            "scores",
            deps=["counts", "portal_counts", "portal_scores"],
            group="scoring",
            kinds={"pandas", "parquet"},
            description="Điểm chính xác, làm tròn nửa lên. / Exact scores, rounded half-up.",
            skippable=True,
        ),
        spec(
            "rankings",
            deps=["scores"],
            group="scoring",
            kinds={"pandas"},
            description="Xếp hạng trong từng nhóm. / Ranks in each cohort.",
            skippable=True,
        ),
        spec(
            "publication",
            deps=["rankings"],
            group="scoring",
            kinds={"sqlalchemy", "csv", "parquet"},
            description="Bản công bố của tuần: không bao giờ ghi đè, chỉ thêm bản mới. "
            "/ The week's published revision: never an overwrite, always the next one.",
            skippable=True,
        ),
    ],
    check_specs=[*(each for name in FIGURES for each in specs_of(name)), standing_spec("publication")],
    backfill_policy=SINGLE_RUN,
    pool="scoring",
)
def scoring_step(
    context: dg.AssetExecutionContext, house: House
) -> Iterable[dg.MaterializeResult | dg.AssetCheckResult]:
    """Publishes the admitted weeks of the range, records each by itself, then fails if any was not admitted or failed."""
    from assets.gate import open_gate, require_scorable
    from assets.publication import publish_each
    from checks.verdict import NotAdmitted

    admitted: list[Week] = []
    refusals: list[str] = []
    with at_work(context, house, "scoring") as (office, lease):
        gate = open_gate(office)
        for week in weeks_of(context):
            try:
                require_scorable(gate.verdicts.get(week), week)
                admitted.append(week)
            except NotAdmitted as refusal:
                refusals.append(str(refusal))
        for published in publish_each(office, admitted, context.run.run_id, lease, refusals.append):
            if published.result is not None:
                _record(context, published, published.result)
            refusals += [
                f"{published.week}: {one.describe('vi')} / {one.describe('en')}" for one in published.contradictions
            ]
    # Materializations are recorded week by week above; the checks speak of the whole range.
    for name in FIGURES:
        yield from show_checks(context, office, name, admitted)
    yield show_standing(office, "publication")
    if refusals:
        raise dg.Failure(description="\n".join(refusals), allow_retries=False)


def _record(context: dg.AssetExecutionContext, published: "Published", result: "PublishResult") -> None:
    from resources.tables import rows_of

    rankings = published.rankings
    national = rankings[(rankings["level"] == "province") & (rankings["period_kind"] == HEADLINE)]
    metadata: dict[str, dict[str, Any]] = {
        "counts": {"dagster/partition_row_count": published.counts},
        "scores": {"dagster/partition_row_count": published.scores},
        "rankings": {
            "dagster/partition_row_count": len(published.rankings),
            "national": markdown_table(
                rows_of(national),
                ["rank", "unit_code", "unit_name", "total", "change", "move", "basis", "status"],
            ),
        },
        "publication": {
            "revision": result.revision,
            "new_revision": result.is_new,
            "dagster/partition_row_count": len(published.rankings),
        },
    }
    for name in SCORED:
        lineage = column_lineage(name) if name != "publication" else None
        extra = {"dagster/column_lineage": lineage} if lineage else {}
        record_week(context, name, published.week, metadata[name] | extra)
