"""Stage 7, publication: what a week's figures became, as the next revision; and the step that does stages 5 to 7.

Belongs here: which weeks are due, the release of a week, and the one Dagster step of the scoring phase (decision 6).
Does not belong here: writing a revision (publishing/release.py).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pandas as pd
import sqlalchemy as sa

from assets.counts import COUNTED_KINDS, count, ruleset_of
from assets.derivation import recorded
from assets.gate import Gate, open_gate, require_scorable
from assets.house import SINGLE_RUN, House, at_work, column_lineage, markdown_table, record_week, spec, weeks_of
from assets.isolation import scoring_failed
from assets.quality_checks import show_checks, specs_of
from assets.rankings import rank_week, ranking_frame
from assets.reasons import reasons_of
from assets.review import admitted_by_decisions, renew_cases
from assets.scores import Slice, score_week, unit_names
from assets.standing import show_standing, standing_spec
from checks.figures import Figures, judge_figures
from checks.rules import FIGURES
from checks.verdict import NotAdmitted
from publishing.release import PublishResult, Release, publish
from resources.cases import OWN_FIGURES
from resources.catalogue import table
from resources.frames import to_arrow
from resources.locks import Lease
from resources.logs import logger, told_with
from resources.office import Office
from resources.outcomes import RuleOutcome
from resources.progress import steps
from resources.tables import rows_of, write_stage
from resources.trouble import of_the_machine, one_line
from resources.verdicts import Overtaken, require_verdicts
from scoring.calendar import Period, Week
from scoring.ruleset import RuleSet, get_ruleset, load_rulesets

HEADLINE = "ytd"
ROWS_JUDGED_AT_ONCE = 20_000  # rows of rankings: one week of the nation, or all weeks of a province's year
_TRIES = 5  # each of them is another correction or decision that came in between
SCORED = ("counts", "scores", "rankings", "publication")


@dataclass(frozen=True)
class Published:
    """What became of one week. result: None when its own figures contradict themselves, and it was not published.

    contradictions: the findings that say so.
    """

    week: Week
    result: PublishResult | None
    counts: int
    rankings: pd.DataFrame
    scores: int
    contradictions: tuple[RuleOutcome, ...] = ()


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


def publish_each(
    office: Office, weeks: Sequence[Week], run_id: str | None, lease: Lease, refuse: Callable[[str], None]
) -> Iterable[Published]:
    """Publishes what of the weeks can be published; `refuse` is told of each of the others, which stops none of them.

    Where all cannot be done together each is done by itself. Raises what is trouble of the machine.
    """
    left = sorted(weeks)
    try:
        for published in publish_weeks(office, left, run_id, lease):
            left = [week for week in left if week != published.week]
            yield published
        return
    except Exception as error:
        if of_the_machine(error):
            raise
    for week in left:
        try:
            yield from publish_weeks(office, [week], run_id, lease)
        except NotAdmitted as refusal:  # somebody decided so meanwhile
            refuse(str(refusal))
        except Exception as error:
            if of_the_machine(error):
                raise
            scoring_failed(office, week, error)
            renew_cases(office, [week])
            refuse(f"{week}: {one_line(error)}")


def publish_weeks(
    office: Office, weeks: Sequence[Week], run_id: str | None = None, lease: Lease | None = None
) -> Iterable[Published]:
    """Counts, scores, ranks and publishes the weeks, one after the other, each as soon as it is ready.

    Where an intake lays other corrections over the rows meanwhile, or a verdict changes, the weeks that are left are done
    again with those. lease: under which it is done; without one nobody else may be at work.
    Raises NotAdmitted for the first week whose verdict does not admit it, before anything of that week is done, and LeaseLost
    when another process has taken over.
    """
    left = sorted(weeks)
    for _ in range(_TRIES):
        for published in _publish_from(office, open_gate(office), left, run_id, lease):
            left = [week for week in left if week != published.week]
            yield published
        if not left:
            return
    raise RuntimeError(
        f"{left[0]}: its rows keep being corrected, or its verdict changed, while it is scored; run it again"
    )


def _publish_from(
    office: Office, gate: Gate, weeks: Sequence[Week], run_id: str | None, lease: Lease | None
) -> Iterable[Published]:
    for week in weeks:
        require_scorable(gate.verdicts.get(week), week)
    wanted = sorted({each for week in weeks for each in (week.previous, week)})
    counts_of = count(office, gate, wanted)
    slices: dict[Week, list[Slice]] = {}
    ready: list[tuple[Release, Figures]] = []
    for week in steps("publication", weeks):
        for each in (week.previous, week):
            if each not in slices:
                slices[each] = score_week(office, gate, each, counts_of(each))
        ready.append(_make_release(office, gate, week, slices, counts_of(week), run_id))
        slices.pop(week.previous)
        if sum(len(release.rankings) for release, _ in ready) >= ROWS_JUDGED_AT_ONCE:
            yield from _publish(office, gate, ready, lease)
            ready = []
    yield from _publish(office, gate, ready, lease)


def _publish(
    office: Office, gate: Gate, ready: Sequence[tuple[Release, Figures]], lease: Lease | None
) -> Iterable[Published]:
    """Judges the figures of some weeks in one go, and publishes those that do not contradict themselves.

    None of them when the rows they were made of were corrected meanwhile; none from the first on whose verdict changed.
    """
    if not ready or not gate.still_stands(office):
        return
    found = judge_figures([figures for _, figures in ready])
    for release, figures in ready:
        week, outcomes = figures.week, found[figures.week]
        failed_before = office.database.outcomes(week=week, stage=OWN_FIGURES, failed_only=True)
        office.database.replace_outcomes(week, OWN_FIGURES, outcomes)
        contradictions = tuple(outcome for outcome in outcomes if outcome.blocks)
        if contradictions or failed_before:
            renew_cases(office, [week])
        try:
            result = (
                None if contradictions else publish(release, office.database, office.home, _guard(gate, week, lease))
            )
        except Overtaken:
            return
        _tell(week, result, contradictions)
        yield Published(
            week, result, figures.counts.num_rows, release.rankings, figures.scores.num_rows, contradictions
        )


def _tell(week: Week, result: PublishResult | None, contradictions: Sequence[RuleOutcome]) -> None:
    """In the log: the revision that was made of a week, or of which units its figures contradict themselves."""
    with told_with(week=str(week)):
        if result is not None and result.is_new:
            logger().info("published", revision=result.revision)
        for found in contradictions:
            logger().error("figures_contradict", unit=found.unit_code, rule=found.rule)


def _guard(gate: Gate, last: Week, lease: Lease | None) -> Callable[[sa.Connection], None]:
    """What must still hold in the transaction that publishes: the lease, and every verdict the week stands on."""
    known = {str(week): verdict.fingerprint for week, verdict in gate.verdicts.items() if week <= last}

    def require(connection: sa.Connection) -> None:
        if lease is not None:
            lease.require(connection)
        require_verdicts(connection, str(last), known)

    return require


def _make_release(
    office: Office, gate: Gate, week: Week, slices: dict[Week, list[Slice]], counts: pd.DataFrame, run_id: str | None
) -> tuple[Release, Figures]:
    rankings, scores = figures_of(office, gate, week, slices)
    write_stage(office.home, "scores", week, scores)
    office.database.replace_disagreements(str(week), _disagreements(slices[week]))
    statuses = set(rankings["status"]) - {"under_review", "incomplete"}
    inputs = gate.inputs(week)
    release = Release(
        week=str(week),
        fingerprint=week_fingerprint(gate, week),
        inputs=[
            {"export_id": each.export_id, "file": each.file, "sha256": each.sha256, "rows": each.rows}
            | {"scope": each.scope, "exported_at": f"{each.exported_at.isoformat()}Z" if each.exported_at else None}
            | ({"corrections": list(gate.corrections[each.export_id])} if each.export_id in gate.corrections else {})
            for each in inputs
        ],
        rulesets={ruleset.id: ruleset.fingerprint for ruleset in _rulesets_of(gate, week)},
        status=next((word for word in ("corrected", "provisional", "final") if word in statuses), "provisional"),
        reason=reasons_of(office, gate, week),
        run_id=run_id,
        rankings=rankings,
        scores=scores,
        derivation=recorded(gate, week),
    )
    counted, scored, ranked = (
        to_arrow(frame, name) for name, frame in (("counts", counts), ("scores", scores), ("rankings", rankings))
    )
    return release, Figures(week, counted, scored, ranked, admitted_by_decisions(office, week))


def figures_of(
    office: Office, gate: Gate, week: Week, slices: Mapping[Week, Sequence[Slice]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rankings and the scores of a week, out of its slices and those of exactly the week before."""
    now, before = slices[week], slices[week.previous]
    cohorts = rank_week(now, before, gate.verdicts.get(week), gate.verdicts.get(week.previous))
    return ranking_frame(week, cohorts, unit_names(office, gate, week)), _score_frame(week, now)


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
    check_specs=[*(each for name in FIGURES for each in specs_of(name)), standing_spec("publication")],
    backfill_policy=SINGLE_RUN,
    pool="scoring",
)
def scoring_step(
    context: dg.AssetExecutionContext, house: House
) -> Iterable[dg.MaterializeResult | dg.AssetCheckResult]:
    """Publishes the admitted weeks of the range, records each by itself, then fails if any was not admitted or failed."""
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


def _record(context: dg.AssetExecutionContext, published: Published, result: PublishResult) -> None:
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
