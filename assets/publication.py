"""Stage 7, publication: what a week's figures became, as the next revision.

Belongs here: the release of a week. Does not belong here: which weeks are due (pending), writing a revision
(publishing/release.py), what Dagster loads (scoring_step).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa

from assets.counts import count
from assets.derivation import recorded
from assets.gate import Gate, open_gate, require_scorable
from assets.isolation import scoring_failed
from assets.pending import rulesets_of, week_fingerprint
from assets.rankings import rank_week, ranking_frame
from assets.reasons import reasons_of
from assets.review import admitted_by_decisions, renew_cases
from assets.scores import Slice, score_week, unit_names
from checks.figures import Figures, judge_figures
from checks.verdict import NotAdmitted
from publishing.release import Draft, PublishResult, Release, begin, publish
from resources.cases import OWN_FIGURES
from resources.catalogue import table
from resources.frames import to_arrow
from resources.locks import Lease
from resources.logs import logger, told_with
from resources.office import Office
from resources.outcomes import RuleOutcome
from resources.pool import Beside
from resources.progress import steps
from resources.tables import rows_of, write_stage
from resources.trouble import of_the_machine, one_line
from resources.verdicts import Overtaken, require_verdicts
from scoring.calendar import Week

ROWS_JUDGED_AT_ONCE = 20_000  # rows of rankings: one week of the nation, or all weeks of a province's year
_TRIES = 5  # each of them is another correction or decision that came in between


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
    with Beside() as beside, _Press(office, gate, lease, beside) as press:
        slices: dict[Week, list[Slice]] = {}
        ready: list[tuple[Release, Figures]] = []
        for week in steps("publication", weeks):
            for each in (week.previous, week):
                if each not in slices:
                    slices[each] = score_week(office, gate, each, counts_of(each))
            ready.append(_make_release(office, gate, week, slices, counts_of(week), run_id))
            slices.pop(week.previous)
            if sum(len(release.rankings) for release, _ in ready) >= ROWS_JUDGED_AT_ONCE:
                yield from press.publish(ready)
                ready = []
        yield from press.publish(ready)
        yield from press.finish()


@dataclass(frozen=True)
class _Begun:
    """A week that is to be published next. drafts: what holds its files until then."""

    release: Release
    figures: Figures
    draft: Draft | None
    drafts: ExitStack


class _Press:
    """Publishes weeks in their order. Files of the last one may still be written while its successor is scored and begun.

    Once the rows they are made of were corrected, or a verdict changed, nothing more is published: the weeks are left.
    """

    def __init__(self, office: Office, gate: Gate, lease: Lease | None, beside: Beside) -> None:
        self._office, self._gate, self._lease, self._beside = office, gate, lease, beside
        self._begun: deque[_Begun] = deque()
        self._overtaken = False

    def __enter__(self) -> _Press:
        return self

    def __exit__(self, *_: object) -> None:
        if self._begun:
            self._beside.stop()  # or it would go on writing into a folder that is removed
        while self._begun:
            self._begun.popleft().drafts.close()

    def publish(self, ready: Sequence[tuple[Release, Figures]]) -> Iterable[Published]:
        """Judges the figures of some weeks in one go, and publishes those that do not contradict themselves.

        The last may only be begun: the next call, or `finish`, publishes it. It comes out of the call that did.
        """
        if not ready or not self._stands():
            return
        found = judge_figures([figures for _, figures in ready])
        for release, figures in ready:
            if (release.rankings["status"] == "under_review").any():
                yield from self.finish()  # what such a unit's last sound total was, the week before tells
            contradictions = self._keep(figures.week, found[figures.week])
            if contradictions:
                yield from self.finish()
                yield _told(release, figures, None, contradictions)
                continue
            drafts = ExitStack()
            draft = drafts.enter_context(begin(release, self._office.database, self._office.home, self._beside))
            self._begun.append(_Begun(release, figures, draft, drafts))
            yield from self.finish(waiting=0 if draft is None else 1)
            if self._overtaken:
                return

    def finish(self, waiting: int = 0) -> Iterable[Published]:
        """Publishes the weeks that were begun, but for the last `waiting`."""
        while len(self._begun) > waiting:
            one = self._begun.popleft()
            guard = _guard(self._gate, one.figures.week, self._lease)
            with one.drafts:
                if not self._stands():
                    continue
                try:
                    result = publish(one.release, self._office.database, self._office.home, guard, one.draft)
                except Overtaken:
                    self._overtaken = True
                else:
                    yield _told(one.release, one.figures, result)

    def _keep(self, week: Week, outcomes: Sequence[RuleOutcome]) -> tuple[RuleOutcome, ...]:
        """What was found of a week's figures goes on record, and to the stewards; returns what keeps it from publication."""
        database = self._office.database
        failed_before = database.outcomes(week=week, stage=OWN_FIGURES, failed_only=True)
        database.replace_outcomes(week, OWN_FIGURES, outcomes)
        contradictions = tuple(outcome for outcome in outcomes if outcome.blocks)
        if contradictions or failed_before:
            renew_cases(self._office, [week])
        return contradictions

    def _stands(self) -> bool:
        self._overtaken = self._overtaken or not self._gate.still_stands(self._office)
        return not self._overtaken


def _told(
    release: Release,
    figures: Figures,
    result: PublishResult | None,
    contradictions: tuple[RuleOutcome, ...] = (),
) -> Published:
    """What became of a week, told in the log as well."""
    _tell(figures.week, result, contradictions)
    return Published(
        figures.week, result, figures.counts.num_rows, release.rankings, figures.scores.num_rows, contradictions
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
        rulesets={ruleset.id: ruleset.fingerprint for ruleset in rulesets_of(gate, week)},
        status=next((word for word in ("corrected", "provisional", "final") if word in statuses), "provisional"),
        reason=reasons_of(office, gate, week),
        run_id=run_id,
        rankings=rankings,
        scores=scores,
        derivation=recorded(gate, week),
    )
    write_stage(office.home, "scores", week, release.score_table)
    counted = to_arrow(counts, "counts")
    admitted = admitted_by_decisions(office, week)
    return release, Figures(week, counted, release.score_table, release.ranking_table, admitted)


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
