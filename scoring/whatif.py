"""What if: the scores and the rank a unit would have, were some of its counts others; and the cheapest way to a total.

Belongs here: exact arithmetic on counts. The very functions that score and rank do it (formulas, ranking): nothing is
approximated. Does not belong here: which dossiers a change would be made of, or whether a rule reproduces the portal's score
(assets/planning.py).

Only the unit changes; all others stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.formulas import group_scores, score_counts
from scoring.points import SCORE_PLACES, points_per_ratio, scaled, score_one
from scoring.ranking import rank_cohort
from scoring.ruleset import Group, Indicator, RuleSet

FIXED = frozenset({"timely", "overdue", "on_time", "channel", "payment", "complained", "disliked", "repeated"})
"""Columns that tell what has happened: a dossier that lacks one of these can no longer be mended, only new ones can do better."""
_NEVER = np.int64(2**60)  # more dossiers than there are
Costs = npt.NDArray[np.int64]


class NotPossible(ValueError):
    """A change that the counts do not allow. The message is Vietnamese / English."""


class Change(NamedTuple):
    """What is added to the counts of an indicator."""

    numerator: int
    denominator: int = 0


Changes = Mapping[str, Change]


@dataclass(frozen=True, slots=True)
class Scored:
    """A unit by its counts. total, unrounded: None when a group is not determined. scores: by indicator."""

    total: Decimal | None
    unrounded: Decimal | None
    groups: Mapping[str, Decimal | None]
    scores: Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Place:
    """A rank among so many."""

    rank: int | None
    ranked: int


@dataclass(frozen=True, slots=True)
class Lever:
    """An indicator that can be moved: headroom is what its denominator holds and its numerator does not."""

    indicator: str
    group: str
    numerator: int
    denominator: int

    @property
    def headroom(self) -> int:
        return self.denominator - self.numerator


@dataclass(frozen=True, slots=True)
class Way:
    """The fewest dossiers that reach a goal, by indicator; or, when none do, the most that can be reached."""

    steps: Mapping[str, int]
    scored: Scored
    reaches: bool

    @property
    def dossiers(self) -> int:
        return sum(self.steps.values())


def score_unit(counts: pd.DataFrame, ruleset: RuleSet) -> Scored:
    """A unit's scores. counts: as `score_counts` takes them, of one unit; inherited ones are given as its own."""
    scores = score_counts(counts, ruleset)
    groups = group_scores(scores, ruleset)
    known = not groups["missing"].any()
    return Scored(
        total=sum(groups["score"], Decimal("0.00")) if known else None,
        unrounded=sum(groups["unrounded"], Decimal("0E-10")) if known else None,
        groups=dict(zip(groups["group_code"], groups["score"], strict=True)),
        scores=dict(zip(scores["indicator"], scores["score"], strict=True)),
    )


def changed(counts: pd.DataFrame, changes: Changes) -> pd.DataFrame:
    """The counts of one unit with some changes. Raises NotPossible where they could not be so."""
    rows = counts.reset_index(drop=True).copy()
    known = {code: at for at, code in enumerate(rows["indicator"].tolist())}
    numerators, denominators = rows["numerator"].tolist(), rows["denominator"].tolist()
    for code, change in changes.items():
        if code not in known:
            raise NotPossible(f"{code}: đơn vị không có số đếm này / the unit has no such counts")
        at = known[code]
        numerator, denominator = numerators[at] + change.numerator, denominators[at] + change.denominator
        if not 0 <= numerator <= denominator:
            room = denominators[at] - numerators[at]
            raise NotPossible(
                f"{code}: {numerator}/{denominator} không thể có; còn {room} hồ sơ chưa được tính"
                f" / {numerator}/{denominator} cannot be; {room} do not count yet"
            )
        numerators[at], denominators[at] = numerator, denominator
    return rows.assign(numerator=numerators, denominator=denominators)


def place(cohort: pd.DataFrame, unit_code: str, scored: Scored) -> Place:
    """Where a unit would stand. cohort: unit_code, total, unrounded, withheld, as `rank_cohort` takes them, with the unit."""
    mine = cohort["unit_code"].tolist().index(unit_code)
    totals, exact = cohort["total"].tolist(), cohort["unrounded"].tolist()
    totals[mine], exact[mine] = scored.total, scored.unrounded
    given = {"total": pd.Series(totals, dtype=object), "unrounded": pd.Series(exact, dtype=object)}
    ranked = rank_cohort(cohort.reset_index(drop=True).assign(**given), None)
    row = ranked[ranked["unit_code"] == unit_code].iloc[0]
    return Place(None if pd.isna(row["rank"]) else int(row["rank"]), int(row["ranked"]))


def levers(counts: pd.DataFrame, ruleset: RuleSet, populations: Iterable[str] = ("dossiers",)) -> list[Lever]:
    """The indicators of some populations that have headroom and points to win, in the rule set's order."""
    wanted = set(populations)
    known = {
        code: (int(numerator), int(denominator))
        for code, numerator, denominator in counts[["indicator", "numerator", "denominator"]].itertuples(index=False)
        if not pd.isna(numerator) and not pd.isna(denominator)
    }
    level = str(counts["level"].iloc[0])
    return [
        Lever(one.code, one.group, *known[one.code])
        for one in ruleset.indicators
        if one.population in wanted
        and one.code in known
        and known[one.code][0] < known[one.code][1]
        and one.flat_for(level) is None
        and _cents(one, *known[one.code], level) < scaled(Fraction(one.max_points), SCORE_PLACES)
    ]


def is_fixed(columns: Iterable[str]) -> bool:
    """Whether what a condition asks for can no longer be mended in a dossier that lacks it."""
    return not FIXED.isdisjoint(columns)


def cheapest(counts: pd.DataFrame, ruleset: RuleSet, goal: Decimal, among: Sequence[Lever]) -> Way:
    """The fewest dossiers by which a unit's displayed total reaches a goal, out of some levers; each moved within its headroom.

    Exact: the gain of each lever in hundredths of a point, rounding, maxima, caps of groups and derived indicators included,
    and the least sum over all of them. Raises NotPossible for a unit without a total.
    """
    now = score_unit(counts, ruleset)
    if now.total is None:
        raise NotPossible("Đơn vị chưa có tổng điểm / the unit has no total")
    wanted = max(0, scaled(Fraction(goal), SCORE_PLACES) - scaled(Fraction(now.total), SCORE_PLACES))
    level = str(counts["level"].iloc[0])
    for asked in range(wanted, wanted + 200):  # a cap in the group of a derived indicator can leave a plan short
        steps = _plan(ruleset, level, now, among, asked)
        if steps is None:
            break
        then = score_unit(changed(counts, {code: Change(number) for code, number in steps.items()}), ruleset)
        assert then.total is not None
        if then.total >= goal:
            return Way(steps, then, reaches=True)
    most = {lever.indicator: _needed_for_most(ruleset.indicator(lever.indicator), lever, level) for lever in among}
    then = score_unit(changed(counts, {code: Change(number) for code, number in most.items()}), ruleset)
    return Way({code: number for code, number in most.items() if number}, then, reaches=False)


def _plan(ruleset: RuleSet, level: str, now: Scored, among: Sequence[Lever], wanted: int) -> dict[str, int] | None:
    """The least sum of dossiers that gains so many hundredths; None when no choice does.

    costs[c]: the fewest dossiers that gain at least c. Two choices are put together by trying every split of a gain.
    """
    best = _at_start(wanted)
    taken: list[tuple[Lever, Costs]] = []
    splits: list[npt.NDArray[np.int64]] = []
    for group in ruleset.groups:
        inside = [lever for lever in among if lever.group == group.code]
        for lever in inside:
            costs = _costs(ruleset, group, lever, level, now, wanted)
            best, split = _together(best, costs)
            taken.append((lever, costs))
            splits.append(split)
    if best[wanted] >= _NEVER:
        return None
    steps: dict[str, int] = {}
    left = wanted
    for (lever, costs), split in zip(reversed(taken), reversed(splits), strict=True):
        gain = int(split[left])
        if costs[gain]:
            steps[lever.indicator] = int(costs[gain])
        left = max(0, left - gain)
    return dict(reversed(steps.items()))


def _at_start(wanted: int) -> Costs:
    costs = np.full(wanted + 1, _NEVER, dtype=np.int64)
    costs[0] = 0
    return costs


def _together(best: Costs, costs: Costs) -> tuple[Costs, npt.NDArray[np.int64]]:
    """The fewest dossiers for every gain by both, and how much of it the second gives."""
    found, split = best.copy(), np.zeros(len(best), dtype=np.int64)
    for gain in range(1, len(costs)):
        if costs[gain] >= _NEVER:
            break
        shifted = np.concatenate([np.full(gain, best[0]), best[: len(best) - gain]])[: len(best)] + costs[gain]
        better = shifted < found
        found[better], split[better] = shifted[better], gain
    return np.minimum(found, _NEVER), split


def _costs(ruleset: RuleSet, group: Group, lever: Lever, level: str, now: Scored, wanted: int) -> Costs:
    """For every gain of the total up to what is wanted the fewest dossiers of a lever, by itself."""
    indicator = ruleset.indicator(lever.indicator)
    start = _cents(indicator, lever.numerator, lever.denominator, level)
    most = scaled(Fraction(indicator.max_points), SCORE_PLACES)
    room = _room(group, level, now)
    costs = _at_start(wanted)
    gained = 0
    for raw in range(1, most - start + 1):
        needed = _least_numerator(indicator, level, start + raw, lever.denominator) - lever.numerator
        if needed > lever.headroom:
            break
        total = (raw if room is None else min(raw, room)) + _derived_gain(ruleset, group, now, raw, level)
        for gain in range(gained + 1, min(total, wanted) + 1):
            costs[gain] = max(needed, 0)
        gained = max(gained, total)
        if gained >= wanted or (room is not None and raw >= room):
            break
    return costs


def _room(group: Group, level: str, now: Scored) -> int | None:
    """Hundredths until the group is cut; None where it is not."""
    cap, score = group.cap_for(level), now.groups[group.code]
    if cap is None or score is None:
        return None
    return scaled(Fraction(cap), SCORE_PLACES) - scaled(Fraction(score), SCORE_PLACES)


def _derived_gain(ruleset: RuleSet, group: Group, now: Scored, raw: int, level: str) -> int:
    """What indicators that follow the group's score gain with it."""
    score = now.groups[group.code]
    gained = 0
    for one in ruleset.indicators:
        if one.derived is None or one.derived.group != group.code or score is None:
            continue
        share, most = 1 / Fraction(one.derived.divide_by), Fraction(one.max_points)
        cap = group.cap_for(level)
        after = Fraction(score) + Fraction(raw, 10**SCORE_PLACES)
        after = min(after, Fraction(cap)) if cap is not None else after
        before_cents, after_cents = (
            scaled(min(Fraction(value) * share, most), SCORE_PLACES) for value in (score, after)
        )
        gained += after_cents - before_cents
    return gained


def _needed_for_most(indicator: Indicator, lever: Lever, level: str) -> int:
    """Dossiers after which a lever gives nothing more."""
    top = _cents(indicator, lever.denominator, lever.denominator, level)
    return max(0, _least_numerator(indicator, level, top, lever.denominator) - lever.numerator)


def _cents(indicator: Indicator, numerator: int, denominator: int, level: str) -> int:
    score = score_one(numerator, denominator, indicator, level).score
    return 0 if score is None else scaled(Fraction(score), SCORE_PLACES)


def _least_numerator(indicator: Indicator, level: str, cents: int, denominator: int) -> int:
    """The smallest numerator whose score, rounded half-up, is so many hundredths."""
    least = Fraction(2 * cents - 1, 2 * 10**SCORE_PLACES) * denominator / points_per_ratio(indicator, level)
    return -(-least.numerator // least.denominator)
