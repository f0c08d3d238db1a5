"""From one pair of counts to points. Whole numbers, fractions and decimals only, never a float.

Belongs here: one score of index_methodology.md, section 2, and the rounding of section 4. Does not belong here: where
counts come from, whole tables (formulas), ranks.

The maximum and the ratio at which it is reached make one exact fraction, points per ratio; a score is that fraction
times numerator / denominator, cut at the maximum, rounded half-up once: to 2 places (`score`) and to 10
(`unrounded`).

Notes of a score, joined by ", ": `missing` no counts, not determined; `invalid_counts` counts that cannot be, not
determined; `zero_denominator` 0/0, the rule set's policy holds; `flat` points without counts; `inherited` the
province's counts; `capped` the counts gave more than the maximum; `small_denominator` 3 cases or fewer; `derived`
from another group.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from scoring.ruleset import Indicator

SCORE_PLACES = 2
UNROUNDED_PLACES = 10
SMALL_DENOMINATOR = 3


class Score(NamedTuple):
    """A score of one unit and indicator. `score` is null when no score is shown."""

    score: Decimal | None
    unrounded: Decimal | None
    note: str | None


def half_up(value: Fraction | Decimal | int, places: int) -> Decimal:
    """A number of 0 or more rounded half-up to so many decimal places, exactly."""
    return decimal_of(scaled(Fraction(value), places), places)


def completion_pct(score: Decimal | None, max_points: Decimal) -> Decimal | None:
    """Score / maximum in percent, to one decimal: 8.42 of 12 is 70.2. Null when one of them is not known."""
    if score is None or not max_points:
        return None
    return half_up(Fraction(score) * 100 / Fraction(max_points), 1)


def score_one(numerator: int | None, denominator: int | None, indicator: Indicator, level: str) -> Score:
    """The score of one pair of counts. What a level inherits is the caller's affair: give the province's counts.

    Raises ValueError for a derived indicator, which has no counts of its own.
    """
    if indicator.derived is not None:
        raise ValueError(f"{indicator.code} is derived from {indicator.derived.group}: it has no counts")
    flat = indicator.flat_for(level)
    if flat is not None:
        return _points(Fraction(flat), ["flat"])
    if numerator is None or denominator is None:
        points = indicator.without_counts_for(level)
        return Score(None, None, "missing") if points is None else _points(Fraction(points), ["flat"])
    if numerator < 0 or denominator < 0 or (denominator == 0 and numerator > 0):
        return Score(None, None, "invalid_counts")
    if denominator == 0:
        zero = zero_points(indicator, level)
        return Score(None, None, "zero_denominator") if zero is None else _points(zero, ["zero_denominator"])
    notes = ["capped"] if numerator > denominator else []
    if denominator <= SMALL_DENOMINATOR and indicator.population != "units":
        notes.append("small_denominator")
    worth = points_per_ratio(indicator, level) * Fraction(numerator, denominator)
    return _points(min(worth, Fraction(indicator.max_points)), notes)


def points_per_ratio(indicator: Indicator, level: str) -> Fraction:
    """What a ratio of 1 would be worth if nothing cut it: the maximum over the ratio at which it is reached."""
    return Fraction(indicator.max_points) / Fraction(indicator.full_at_for(level))


def zero_points(indicator: Indicator, level: str) -> Fraction | None:
    """What 0/0 gives; null when no score is shown (it then counts 0)."""
    match indicator.zero_for(level):
        case "none":
            return None
        case "full":
            return Fraction(indicator.max_points)
        case "zero":
            return Fraction(0)
        case points:
            return Fraction(points)


def scaled(value: Fraction, places: int) -> int:
    """A number of 0 or more in units of the last place, rounded half-up: 15.675 at 2 places is 1568."""
    return (2 * 10**places * value.numerator + value.denominator) // (2 * value.denominator)


def decimal_of(units: int, places: int) -> Decimal:
    """1568 at 2 places is 15.68."""
    return Decimal(units).scaleb(-places)


def _points(value: Fraction, notes: list[str]) -> Score:
    return Score(half_up(value, SCORE_PLACES), half_up(value, UNROUNDED_PLACES), ", ".join(notes) or None)
