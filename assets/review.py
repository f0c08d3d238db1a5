"""Stage 4b, review: cases kept up with what was found, and verdicts kept up with what was decided.

Belongs here: the steps between judging, the stewards' desk and the verdict; no Dagster, since the desk and the command
line take them too. Does not belong here: what opens a case or lifts a finding (checks/review.py), the log itself
(resources/review.py).

A decision is recorded first; then the verdicts of its weeks are given anew, and scoring starts by itself, since what a
week's verdict holds is part of its fingerprint. Whoever is stopped in between leaves it to the next `follow_decisions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from checks.figures import Admitted
from checks.review import Left, apply_decisions, open_cases
from checks.verdict import decide
from resources.cases import OWN_FIGURES, Case, Correction, DecisionRefused, Renewal, named
from resources.corrections import checked
from resources.engine import write_bytes_atomically
from resources.exports import TABLE_OF_KIND
from resources.logs import logger, told_with
from resources.office import Office
from resources.outcomes import RuleOutcome
from resources.refusals import STAGE as EXPORTS_STAGE
from resources.users import User
from resources.verdicts import Verdict
from scoring.calendar import Week

_NAMED_IN = ("units", "counts", "scores")
_TRIES = 20  # each of them is another decision or export that came in between
_OVERLAP = 50  # entries looked at again: of two that were made at once, the later number may have been seen first


@dataclass(frozen=True)
class Taken:
    """What a decision came to: the case as it stands, and the weeks whose verdict changed and will be scored anew."""

    case: Case
    weeks: tuple[Week, ...]


def renew_cases(office: Office, weeks: Sequence[Week]) -> dict[Week, Renewal]:
    """Opens, renews and resolves cases by what is stored as found in the weeks. To be done after judging them."""
    done = {}
    for week in sorted(weeks):
        outcomes = office.database.outcomes(week=str(week))
        plan = partial(open_cases, str(week), outcomes)
        done[week] = office.review.renew(plan, str(week), _unit_names(office, week) if outcomes else {})
    return done


def left_by_decisions(office: Office, week: Week) -> Left:
    """The findings of a week as the decisions leave them, and whose figures they say shall speak for a unit."""
    return apply_decisions(office.database.outcomes(week=str(week)), office.review.cases(week=str(week)))


def admitted_by_decisions(office: Office, week: Week) -> Admitted:
    """Whose figures a decision admits in a week though they are found to be wrong."""
    lifted = left_by_decisions(office, week).lifted
    return Admitted(
        frozenset(one.unit_code for one in lifted if one.unit_code),
        frozenset(one.scope for one in lifted if one.scope and not one.unit_code),
    )


def settle_verdict(office: Office, week: Week) -> Verdict:
    """Gives a week the verdict that its exports, findings and decisions come to now, and stores it if it is another.

    Looks again after storing: of several who do this at once, in a run or at the desk, the last to store has seen
    everything that was there before, so no decision is lost whoever comes first.
    """
    for _ in range(_TRIES):
        stored = office.database.verdict(str(week))
        verdict = verdict_of(office, week, left_by_decisions(office, week).outcomes)
        if verdict == stored:
            return verdict
        office.database.replace_verdict(verdict)
        _tell(verdict, stored)
    raise RuntimeError(f"{week}: findings and decisions keep changing while the verdict is given; run it again")


def _tell(verdict: Verdict, before: Verdict | None) -> None:
    """In the log: what the week's verdict became, and each unit that is held now and was not."""
    with told_with(week=verdict.week):
        logger().info("verdict_given", decision=verdict.decision, holds=len(verdict.holds))
        for hold in sorted(set(verdict.holds) - set(before.holds if before else ()), key=str):
            logger().info("unit_held", unit=hold.unit_code, rule=hold.rule)


def verdict_of(office: Office, week: Week, outcomes: Sequence[RuleOutcome]) -> Verdict:
    """The verdict that some findings of a week give; of refused exports only those that still lie in the folder count.

    What is found of our own figures does not flow back: it keeps them from being published, not the week's exports out.
    """
    outcomes = [outcome for outcome in outcomes if outcome.stage != OWN_FIGURES]
    still_there = {outcome.file for outcome in outcomes if outcome.stage == EXPORTS_STAGE}
    refused = [
        export
        for export in office.database.exports(week=str(week))
        if export.status == "rejected" and export.file in still_there
    ]
    return decide(str(week), [*office.database.current_exports(week=str(week)), *refused], outcomes)


def take(
    office: Office, case_id: int, *, version: int, action: str, who: User, reason: str, until: str | None = None
) -> Taken:
    """Takes a decision and gives the weeks it speaks of their verdicts anew. Raises what Review.decide raises."""
    case = office.review.decide(case_id, version=version, action=action, who=who, reason=reason, until=until)
    with _told_of(case):
        logger().info("decided", case=case.id, rule=case.rule, action=action)
        changed = _settle(office, case.failing)
    follow_decisions(office)
    return Taken(case, changed)


def _told_of(case: Case) -> AbstractContextManager[None]:
    """What every line about a case carries: its weeks, and the unit it is about, if it is about one."""
    weeks = case.first_week if case.first_week == case.last_week else f"{case.first_week}..{case.last_week}"
    return told_with(week=weeks, unit=case.unit_code)


def correct(office: Office, correction: Correction, *, version: int, who: User) -> Taken:
    """Makes a correction. The weeks of what comes back are those it speaks of: they are due for intake, which lays it over
    their rows and gives their verdicts. Raises what Review.correct raises, and DecisionRefused when it speaks of no export.
    """
    meant = checked(correction, office.review.case(correction.case_id))
    weeks = weeks_meant(office, meant)
    if not weeks:
        raise DecisionRefused(
            f"Không có bản xuất {meant.table} nào của {meant.weeks} như vậy ({named(meant.rows)})"
            f" / there is no export of {meant.table} in {meant.weeks} it could speak of ({named(meant.rows)})"
        )
    stored = office.review.correct(correction, version=version, who=who)
    with _told_of(office.review.case(stored.case_id)):
        logger().info("corrected", case=stored.case_id, correction=stored.id, action=stored.action)
    follow_decisions(office)
    return Taken(office.review.case(stored.case_id), weeks)


def withdraw(office: Office, number: int, *, version: int, who: User, reason: str) -> Taken:
    """Takes a correction back; the weeks of what comes back are due for intake. Raises what Review.withdraw raises."""
    entry = office.review.withdraw(number, version=version, who=who, reason=reason)
    with _told_of(office.review.case(entry.case_id)):
        logger().info("withdrawn", case=entry.case_id, correction=number)
    follow_decisions(office)
    return Taken(office.review.case(entry.case_id), weeks_meant(office, entry))


def weeks_meant(office: Office, correction: Correction) -> tuple[Week, ...]:
    """The weeks in which there is an export that a correction speaks of."""
    exports = office.database.current_exports()
    return tuple(sorted({Week.parse(export.week) for export in exports if correction.speaks_of(export)}))


def follow_decisions(office: Office) -> tuple[Week, ...]:
    """Makes good what somebody who was stopped after deciding left undone; next to nothing when there is none.

    To be done before asking which weeks are pending. Returns the weeks whose verdict changed.
    """
    mark = office.home.stage_path("review", "followed").with_suffix(".mark")
    followed = int(mark.read_text()) if mark.is_file() else 0
    newest = office.review.newest_entry()
    if newest <= followed:
        return ()
    cases = office.review.cases_touched_since(max(0, followed - _OVERLAP))
    changed = _settle(office, {week for case in cases for week in case.failing})
    write_bytes_atomically(mark, str(newest).encode())
    return changed


def _settle(office: Office, weeks: Iterable[str]) -> tuple[Week, ...]:
    """Weeks that have a verdict already get it anew; the others are still being judged and will get theirs then."""
    changed = []
    for week in map(Week.parse, sorted(weeks)):
        before = office.database.verdict(str(week))
        if before is not None and settle_verdict(office, week).fingerprint != before.fingerprint:
            changed.append(week)
    return tuple(changed)


def _unit_names(office: Office, week: Week) -> dict[str, str]:
    """Names as the week's own exports tell them."""
    import pyarrow.parquet as pq

    names: dict[str, str] = {}
    for export in office.database.current_exports(week=str(week)):
        if export.kind in _NAMED_IN:
            path = office.home.table_path(TABLE_OF_KIND[export.kind], export.week, export.export_id)
            if path.is_file():
                rows = pq.read_table(path, columns=["unit_code", "unit_name"]).to_pylist()
                names |= {row["unit_code"]: row["unit_name"] for row in rows if row["unit_code"] and row["unit_name"]}
    return names
