"""How stable a rank is: what becomes of it when one indicator is left out, when only displayed decimals count, when one case of a
small denominator goes the other way.

Belongs here: ranks under such changes, exact. Does not belong here: reading figures (assets/stability.py), printing them. It says
nothing about what is true, only how little would have to be different.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from scoring.points import score_one
from scoring.ruleset import RuleSet

Parts = Mapping[str, Decimal]
"""What each indicator, or each group where only those are known, gives to a total."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A ranked unit. total: what its rank stands on. shown: the total as published. swings: lowest and highest total if one
    case of a denominator of three or fewer had gone the other way; None without such a denominator.
    """

    unit_code: str
    total: Decimal
    shown: Decimal
    parts: Parts
    swings: tuple[Decimal, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Stability:
    """best, worst: ranks with any one part left out, and `by` the part that moves it most. shown_rank: by two decimals alone.
    tied: the units that show the same total. small: best and worst rank if one case had gone the other way.
    """

    unit_code: str
    rank: int
    best: int
    worst: int
    by: str | None
    shown_rank: int
    tied: tuple[str, ...]
    small: tuple[int, int] | None

    @property
    def is_stable(self) -> bool:
        """Whether none of this moves the unit."""
        ranks = {self.rank, self.best, self.worst, self.shown_rank, *(self.small or ())}
        return len(ranks) == 1


def stability(cohort: Sequence[Figures]) -> list[Stability]:
    """For every unit of a cohort, in the order given. Only ranked units are given."""
    totals = {one.unit_code: one.total for one in cohort}
    ranks = ranked(totals)
    shown = {one.unit_code: one.shown for one in cohort}
    shown_ranks = ranked(shown)
    without = {
        part: ranked({one.unit_code: one.total - one.parts.get(part, Decimal(0)) for one in cohort})
        for part in dict.fromkeys(part for one in cohort for part in one.parts)
    }
    alike: dict[Decimal, list[str]] = {}
    for code, total in shown.items():
        alike.setdefault(total, []).append(code)
    found = []
    for one in cohort:
        code, rank = one.unit_code, ranks[one.unit_code]
        others = {part: each[code] for part, each in without.items()}
        by = max(others, key=lambda part: abs(others[part] - rank), default=None)
        found.append(
            Stability(
                unit_code=code,
                rank=rank,
                best=min([rank, *others.values()]),
                worst=max([rank, *others.values()]),
                by=by if by is not None and others[by] != rank else None,
                shown_rank=shown_ranks[code],
                tied=tuple(each for each in alike[shown[code]] if each != code),
                small=_swung(one, totals) if one.swings else None,
            )
        )
    return found


def ranked(totals: Mapping[str, Decimal]) -> dict[str, int]:
    """Rank by total, ties share one: one more than how many stand above."""
    rising = sorted(totals.values())
    return {code: 1 + len(rising) - bisect_right(rising, total) for code, total in totals.items()}


def parts_of_unit(scores: Iterable[Mapping[str, Any]], ruleset: RuleSet, level: str) -> dict[str, Decimal]:
    """What each indicator gives to a unit's unrounded total: in a group cut at a cap, only what would be lost without it."""
    exact = {row["indicator"]: row["unrounded"] or Decimal(0) for row in scores}
    parts: dict[str, Decimal] = {}
    for group in ruleset.groups:
        inside = {one.code: exact.get(one.code, Decimal(0)) for one in group.indicators}
        whole, cap = sum(inside.values(), Decimal(0)), group.cap_for(level)
        for code, score in inside.items():
            rest = whole - score
            parts[code] = score if cap is None else min(whole, cap) - min(rest, cap)
    return parts


def swings_of_unit(
    scores: Iterable[Mapping[str, Any]], ruleset: RuleSet, level: str, total: Decimal
) -> tuple[Decimal, Decimal] | None:
    """The lowest and highest total if one case of one small denominator had gone the other way. Caps of groups are left aside."""
    found = []
    for row in scores:
        if "small_denominator" not in (row["note"] or "").split(", ") or row["unrounded"] is None:
            continue
        indicator = ruleset.indicator(row["indicator"])
        for numerator in (row["numerator"] - 1, row["numerator"] + 1):
            if 0 <= numerator <= row["denominator"]:
                other = score_one(numerator, row["denominator"], indicator, level).unrounded
                if other is not None:
                    found.append(total - row["unrounded"] + other)
    return (min([total, *found]), max([total, *found])) if found else None


def _swung(one: Figures, totals: Mapping[str, Decimal]) -> tuple[int, int]:
    assert one.swings is not None
    low, high = (ranked({**totals, one.unit_code: total})[one.unit_code] for total in one.swings)
    return high, low
