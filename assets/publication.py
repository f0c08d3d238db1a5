"""Stage 7, publication: what a week's figures became, as the next revision; and the step that does stages 5 to 7.

Belongs here: which weeks are due, the release of a week, and the one Dagster step of the scoring phase (decision 6).
Does not belong here: writing a revision (publishing/release.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pandas as pd

from assets.counts import COUNTED_KINDS, count, counted_rows, ruleset_of
from assets.gate import Gate, open_gate, require_scorable
from assets.house import SINGLE_RUN, House, column_lineage, markdown_table, spec, weeks_of
from assets.partitions import key_of
from assets.rankings import rank_week, ranking_frame
from assets.scores import Slice, score_week, unit_names
from checks.verdict import NotAdmitted
from publishing.release import PublishResult, Release, publish
from resources.catalogue import table
from resources.office import Office
from resources.progress import steps
from resources.tables import rows_of, write_stage
from scoring.calendar import Period, Week
from scoring.ruleset import RuleSet, get_ruleset, load_rulesets

HEADLINE = "ytd"
SCORED = ("counts", "scores", "rankings", "publication")


@dataclass(frozen=True)
class Published:
    """What became of one week."""

    week: Week
    result: PublishResult
    counts: int
    scores: pd.DataFrame
    rankings: pd.DataFrame


def pending_weeks(office: Office) -> dict[Week, str]:
    """Weeks that verdicts admit and whose newest revision was made from something else, with their fingerprint."""
    gate = open_gate(office)
    newest: dict[str, str] = {revision.week: revision.fingerprint for revision in office.database.revisions()}
    pending = {}
    for week, verdict in sorted(gate.verdicts.items()):
        if verdict.decision != "held":
            mark = week_fingerprint(gate, week)
            if newest.get(str(week)) != mark:
                pending[week] = mark
    return pending


def week_fingerprint(gate: Gate, week: Week) -> str:
    return gate.fingerprint(week, _rulesets_of(gate, week))


def _rulesets_of(gate: Gate, week: Week) -> list[RuleSet]:
    """Every rule set a week's figures and their comparison may stand on."""
    known = load_rulesets()
    found = {
        ruleset_of(each, Period.of_week(kind, each)).id for each in (week.previous, week) for kind in COUNTED_KINDS
    }
    found |= {export.ruleset for export in gate.inputs(week) if export.ruleset in known}
    return [get_ruleset(name) for name in sorted(found)]


def publish_weeks(office: Office, weeks: Sequence[Week], run_id: str | None = None) -> Iterable[Published]:
    """Counts, scores, ranks and publishes the weeks, one after the other, each as soon as it is ready.

    Raises NotAdmitted for the first week whose verdict does not admit it, before anything of that week is done.
    """
    gate = open_gate(office)
    for week in weeks:
        require_scorable(gate.verdicts.get(week), week)
    wanted = sorted({each for week in weeks for each in (week.previous, week)})
    counts_of = count(office, gate, wanted)
    slices: dict[Week, list[Slice]] = {}
    for week in steps("publication", sorted(weeks)):
        for each in (week.previous, week):
            if each not in slices:
                slices[each] = score_week(office, gate, each, counts_of(each))
        yield _publish_week(office, gate, week, slices, run_id)
        slices.pop(week.previous)


def _publish_week(
    office: Office, gate: Gate, week: Week, slices: dict[Week, list[Slice]], run_id: str | None
) -> Published:
    now, before = slices[week], slices[week.previous]
    cohorts = rank_week(now, before, gate.verdicts.get(week), gate.verdicts.get(week.previous))
    rankings = ranking_frame(week, cohorts, unit_names(office, gate, week))
    scores = _score_frame(week, now)
    write_stage(office.home, "scores", week, scores)
    office.database.replace_disagreements(str(week), _disagreements(now))
    statuses = set(rankings["status"]) - {"under_review", "incomplete"}
    inputs = gate.inputs(week)
    corrects = sorted({export.corrects for export in inputs if export.corrects and export.week == str(week)})
    decided = [f"{entry.who}: {entry.action}: {entry.reason}" for entry in office.review.decisions_for(str(week))]
    release = Release(
        week=str(week),
        fingerprint=week_fingerprint(gate, week),
        inputs=[
            {"export_id": each.export_id, "file": each.file, "sha256": each.sha256, "rows": each.rows}
            for each in inputs
        ],
        rulesets={ruleset.id: ruleset.fingerprint for ruleset in _rulesets_of(gate, week)},
        status=next((word for word in ("corrected", "provisional", "final") if word in statuses), "provisional"),
        reason="; ".join(dict.fromkeys([*corrects, *decided])) or None,
        run_id=run_id,
        rankings=rankings,
        scores=scores,
    )
    result = publish(release, office.database, office.home)
    return Published(week, result, counted_rows(office, week), scores, rankings)


def _score_frame(week: Week, slices: Sequence[Slice]) -> pd.DataFrame:
    parts = [
        each.figures.scores.assign(week=week.monday, period_kind=each.period.kind, period=each.period.label)
        for each in slices
    ]
    columns = table("scores").column_names
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns, dtype=object)


def _disagreements(slices: Sequence[Slice]) -> list[dict[str, object]]:
    return [
        {**row, "period_kind": each.period.kind, "period": each.period.label}
        for each in slices
        for row in rows_of(each.figures.disagreements)
    ]


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
    backfill_policy=SINGLE_RUN,
)
def scoring_step(context: dg.AssetExecutionContext, house: House) -> Iterable[dg.MaterializeResult]:
    """Publishes the admitted weeks of the range, records each by itself, then fails if any was not admitted."""
    office = house.open()
    gate = open_gate(office)
    admitted, refusals = [], []
    for week in weeks_of(context):
        try:
            require_scorable(gate.verdicts.get(week), week)
            admitted.append(week)
        except NotAdmitted as refusal:
            refusals.append(str(refusal))
    for published in publish_weeks(office, admitted, context.run.run_id):
        _record(context, published)
    if refusals:
        raise dg.Failure(description="\n".join(refusals), allow_retries=False)
    return
    yield  # Dagster wants a generator; every materialization is recorded week by week above


def _record(context: dg.AssetExecutionContext, published: Published) -> None:
    rankings = published.rankings
    national = rankings[(rankings["level"] == "province") & (rankings["period_kind"] == HEADLINE)]
    metadata: dict[str, dict[str, Any]] = {
        "counts": {"dagster/partition_row_count": published.counts},
        "scores": {"dagster/partition_row_count": len(published.scores)},
        "rankings": {
            "dagster/partition_row_count": len(published.rankings),
            "national": markdown_table(
                rows_of(national),
                ["rank", "unit_code", "unit_name", "total", "change", "move", "basis", "status"],
            ),
        },
        "publication": {
            "revision": published.result.revision,
            "new_revision": published.result.is_new,
            "dagster/partition_row_count": len(published.rankings),
        },
    }
    for name in SCORED:
        lineage = column_lineage(name) if name != "publication" else None
        context.log_event(
            dg.AssetMaterialization(
                asset_key=name,
                partition=key_of(published.week),
                metadata=metadata[name] | ({"dagster/column_lineage": lineage} if lineage else {}),
            )
        )
