"""Planning: what a unit's published score and rank would become, and the cheapest way to a target.

Belongs here: the published counts and cohorts a plan starts from, the dossiers a change is made of, and whether the rule
reproduces the portal's score at all. Does not belong here: the arithmetic (scoring/whatif.py), printing (publishing/plans.py).

"+10 electronic results" is made of ten real dossiers where there are any: ten that lack a result. What else those ten would then
count for (a digitised component, say) is counted with them, so that the prediction is what running again would give.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from assets.derivation import as_it_stood, inputs_of
from assets.explaining import COUNTED, NATION, published_figures, rows_behind
from publishing.differences import revision_of
from publishing.plans import Effect, Plan, Step
from publishing.standing import unrounded_totals
from resources.members import Members
from resources.office import Office
from resources.releases import Revision
from resources.units import province_of
from scoring.basis import GROUP_TOTAL, TOTAL
from scoring.calendar import PeriodKind, Week
from scoring.members import columns_of, parts_of, source_of
from scoring.ruleset import Indicator, RuleSet, get_ruleset, load_rulesets
from scoring.whatif import (
    Change,
    Changes,
    Lever,
    NotPossible,
    Place,
    Scored,
    changed,
    cheapest,
    is_fixed,
    levers,
    place,
    score_unit,
)

#: What is written into a dossier so that a part of a condition holds: the first of these columns that the part asks for.
MENDED: Mapping[str, Mapping[str, str]] = {
    "timely": {"timely": "TRUE", "overdue": "FALSE"},
    "has_result": {"has_result": "TRUE"},
    "digitised_count": {"digitised_count": "greatest(digitised_count, 1)"},
    "reused_count": {"reused_count": "greatest(reused_count, 1)"},
    "sent_to_store": {"sent_to_store": "TRUE"},
    "population_link": {"population_link": "TRUE"},
    "channel": {"channel": "'online'"},
    "payment": {"payment": "'portal'"},
}


class NoPlan(ValueError):
    """Why nothing can be predicted for a unit. The message is Vietnamese / English."""


@dataclass(frozen=True)
class Ground:
    """What a plan of a unit starts from: its published counts, how they score, and the cohorts it stands in."""

    office: Office
    revision: Revision
    unit_code: str
    period_kind: PeriodKind
    own: Mapping[str, Any]
    ruleset: RuleSet
    counts: pd.DataFrame
    now: Scored
    cohorts: Mapping[str, pd.DataFrame]
    is_counted: bool

    @property
    def week(self) -> Week:
        return Week.parse(self.revision.week)

    def places(self, scored: Scored) -> dict[str, Place]:
        """By cohort where the unit would stand."""
        return {level: place(rows, self.unit_code, scored) for level, rows in self.cohorts.items()}

    def effect(self, name: str, changes: Changes, dossiers: Sequence[str] = ()) -> Effect:
        """Raises NotPossible."""
        scored = score_unit(changed(self.counts, changes), self.ruleset)
        return Effect(name, dict(changes), scored, self.places(scored), tuple(dossiers))


def ground(
    office: Office, unit_code: str, week: Week, period_kind: PeriodKind = "ytd", revision: int | None = None
) -> Ground:
    """Raises NoSuchRevision, NothingPublished, FilesMissing, and NoPlan where the rule does not reproduce the score."""
    found = revision_of(office.database, str(week), revision)
    rankings, scores = published_figures(office, found, unit_code, period_kind)
    own = next(row for row in rankings if row["level"] != "unit")
    ruleset = _reproducing(office, own, scores)
    counts = pd.DataFrame(
        [
            (unit_code, own["level"], province_of(unit_code), row["indicator"], row["numerator"], row["denominator"])
            for row in scores
            if row["numerator"] is not None
        ],
        columns=["unit_code", "level", "province_code", "indicator", "numerator", "denominator"],
    )
    now = score_unit(counts, ruleset)
    if now.total != own["total"]:
        raise NoPlan(
            f"{unit_code}: quy tắc cho {now.total}, đã công bố {own['total']} / the rule gives {now.total}, published is "
            f"{own['total']}"
        )
    cohorts = {row["level"]: _cohort(office, found, row, period_kind) for row in rankings}
    return Ground(office, found, unit_code, period_kind, own, ruleset, counts, now, cohorts, own["basis"] == "computed")


def what_if(start: Ground, adds: Mapping[str, Change]) -> Plan:
    """What each of some additions would do, and all of them together. Raises NotPossible."""
    for code in adds:
        if code not in set(start.counts["indicator"]):
            known = ", ".join(start.counts["indicator"])
            raise NotPossible(f"{code}: không có chỉ số này / there is no such indicator; có / there are: {known}")
        changed(start.counts, {code: adds[code]})  # more than there is, is refused before any dossier is looked for
    with _dossiers(start, adds) as members:
        single = {code: _made_of(start, members, {code: change}) for code, change in adds.items()}
        together = single if len(single) == 1 else {"": _made_of(start, members, adds)}
    effects = [start.effect(code, changes, codes) for code, (changes, codes) in single.items()]
    (whole,) = (start.effect("", changes, codes) for changes, codes in together.values())
    return Plan(start.unit_code, start.own, start.now, start.places(start.now), tuple(effects), whole)


def way_to(start: Ground, *, total: Decimal | None = None, rank: int | None = None) -> Plan:
    """The cheapest way to a displayed total, or to a rank in the unit's own cohort.

    First by what can still be mended in dossiers there are; where that does not reach it, by all indicators of dossiers, which
    then means new ones that do better.
    """
    every = levers(start.counts, start.ruleset)
    mendable = [lever for lever in every if not _is_fixed(start.ruleset.indicator(lever.indicator))]
    for among in (mendable, every):
        found = _reach(start, among, total, rank)
        if found is not None and found[0]:
            break
    assert found is not None
    reaches, steps = found
    changes = {code: Change(number) for code, number in steps.items()}
    return Plan(
        start.unit_code,
        start.own,
        start.now,
        start.places(start.now),
        tuple(start.effect(code, {code: change}) for code, change in changes.items()),
        start.effect("", changes),
        goal=total,
        goal_rank=rank,
        reaches=reaches,
        steps=tuple(
            Step(lever.indicator, steps[lever.indicator], lever.headroom, lever not in mendable)
            for lever in every
            if lever.indicator in steps
        ),
    )


def reach(start: Ground, figure: str) -> Decimal | None:
    """The most a total or a group can reach when every dossier counted now did all it lacks; None without a score."""
    every = levers(start.counts, start.ruleset, ("dossiers", "procedures", "petitions", "units"))
    most = {lever.indicator: Change(lever.headroom) for lever in every}
    scored = score_unit(changed(start.counts, most), start.ruleset)
    return scored.total if figure == TOTAL else scored.groups.get(figure, scored.scores.get(figure))


def _reach(
    start: Ground, among: Sequence[Lever], total: Decimal | None, rank: int | None
) -> tuple[bool, Mapping[str, int]]:
    if total is not None:
        way = cheapest(start.counts, start.ruleset, total, among)
        return way.reaches, way.steps
    assert rank is not None
    level = str(start.own["level"])
    others = start.cohorts[level]
    columns = zip(others["unit_code"], others["total"], others["withheld"], strict=True)
    standing: list[Decimal] = sorted(
        (total for code, total, withheld in columns if code != start.unit_code and not withheld and total is not None),
        reverse=True,
    )
    # To stand at a rank is to be level with, or above, whoever would stand there without the unit.
    goal = standing[rank - 1] if rank <= len(standing) else Decimal(0)
    way = cheapest(start.counts, start.ruleset, goal, among)
    for _ in range(3):  # ranks stand on unrounded totals: to pass one that shows the same takes a hundredth more
        there = start.places(way.scored)[level].rank
        if not way.reaches or (there is not None and there <= rank):
            return way.reaches, way.steps
        goal += Decimal("0.01")
        way = cheapest(start.counts, start.ruleset, goal, among)
    return False, way.steps


def _is_fixed(indicator: Indicator) -> bool:
    return any(is_fixed(columns_of(part)) for part in parts_of(indicator))


def _reproducing(office: Office, own: Mapping[str, Any], scores: Sequence[Mapping[str, Any]]) -> RuleSet:
    """The rule set that gives the unit's published score. Raises NoPlan with the reason where none does."""
    unit = own["unit_code"]
    if own["total"] is None:
        raise NoPlan(f"{unit}: chưa có tổng điểm / has no total")
    without = [row["group_code"] for row in scores if row["indicator"] == GROUP_TOTAL]
    if without or own["ruleset"] not in load_rulesets():
        groups = ", ".join(without) or "–"
        raise NoPlan(
            f"{unit}: không dự báo được vì không có số đếm tính ra được điểm của cổng ({groups})"
            f" / nothing can be predicted: there are no counts that give the portal's score ({groups})"
        )
    for row in office.database.disagreements(own["week"]):
        if (row["unit_code"], row["period_kind"], row["group_code"]) == (unit, own["period_kind"], TOTAL):
            portal = row["recounted"] if row["recounted"] is not None else row["as_published"]
            if portal is not None and row["computed"] != portal:
                raise NoPlan(
                    f"{unit}: không dự báo được vì quy tắc cho {row['computed']} mà cổng cho {portal}"
                    f" / nothing can be predicted: the rule gives {row['computed']}, the portal {portal}"
                )
    return get_ruleset(own["ruleset"])


def _cohort(office: Office, revision: Revision, row: Mapping[str, Any], period_kind: str) -> pd.DataFrame:
    rows = office.database.ranking(revision.week, row["level"], row["scope"], period_kind, revision.revision)
    exact = unrounded_totals(office, revision.week, revision.revision, rows, period_kind)
    return pd.DataFrame(
        [
            (each["unit_code"], each["total"], exact.get(each["unit_code"]), each["status"] == "under_review")
            for each in rows
        ],
        columns=["unit_code", "total", "unrounded", "withheld"],
        dtype=object,
    )


@contextmanager
def _dossiers(start: Ground, adds: Mapping[str, Change]) -> Iterator[Members | None]:
    """The rows behind the counts, where they are ours and one of the additions can be made of dossiers."""
    if not start.is_counted or not any(_mends(start.ruleset.indicator(code)) for code in adds):
        yield None
        return
    gate = inputs_of(start.office, start.revision)
    used = [
        each
        for each in gate.exports
        if each.kind in COUNTED and (each.scope == NATION or province_of(each.scope) == province_of(start.unit_code))
    ]
    only = None if start.own["level"] == "province" else start.unit_code
    with as_it_stood(start.office, gate, used) as scratch, rows_behind(scratch, used, start.week, only) as members:
        yield members


def _made_of(
    start: Ground, members: Members | None, adds: Mapping[str, Change]
) -> tuple[dict[str, Change], tuple[str, ...]]:
    """The changes of counts that some additions come to, and the dossiers they are made of."""
    changes: dict[str, Change] = {}
    thought: list[tuple[list[str], dict[str, str]]] = []
    for code, change in adds.items():
        mends = _mends(start.ruleset.indicator(code))
        if members is None or not mends or change.denominator:  # new dossiers: none that there are
            changes[code] = change
        else:
            thought.append((_lacking(start, members, code, change.numerator), mends))
    if members is not None and thought:
        at = members.at(start.week, start.period_kind)
        for code, (numerator, denominator) in members.changed(at, thought, start.unit_code).items():
            before = changes.get(code, Change(0))
            changes[code] = Change(before.numerator + numerator, before.denominator + denominator)
    return changes, tuple(dict.fromkeys(code for codes, _ in thought for code in codes))


def _lacking(start: Ground, members: Members, code: str, number: int) -> list[str]:
    """So many dossiers of the denominator that are not in the numerator: first those that lack one thing only, then by code."""
    at, indicator = members.at(start.week, start.period_kind), start.ruleset.indicator(code)
    listed = [one for one in members.listed(at, indicator, start.unit_code) if not one.in_numerator]
    return [one.code for one in sorted(listed, key=lambda one: (len(one.lacking) != 1, one.code))][:number]


def _mends(indicator: Indicator) -> dict[str, str]:
    """What to write into a dossier so that it stands in the numerator; nothing where that is not known."""
    if source_of(indicator) != "dossiers" or indicator.population == "sync":
        return {}
    written: dict[str, str] = {}
    for part in parts_of(indicator):
        asked = columns_of(part)
        if "complained" in asked:
            return {}
        known = next((columns for name, columns in MENDED.items() if name in asked), None)
        if known is None:
            return {}
        written |= known
    return written
