"""Whole tables of scores: every unit and indicator at once, and the sums by group.

Belongs here: `score_counts` and `group_scores`, exact integer arithmetic on arrays. Does not belong here: the rules of
one score and what its notes mean (points, whose `score_one` is the twin these arrays must equal), ranks.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.points import (
    SCORE_PLACES,
    SMALL_DENOMINATOR,
    UNROUNDED_PLACES,
    completion_pct,
    decimal_of,
    half_up,
    points_per_ratio,
    scaled,
    score_one,
    zero_points,
)
from scoring.ruleset import LEVELS, Indicator, RuleSet

__all__ = [
    "GROUP_COLUMNS",
    "SCORE_COLUMNS",
    "completion_pct",
    "group_scores",
    "groups_of",
    "half_up",
    "score_counts",
    "score_one",
]

# fmt: off
SCORE_COLUMNS = [
    "unit_code", "level", "group_code", "indicator", "numerator", "denominator",
    "score", "unrounded", "max_points", "note",
]
NOTES = (
    "missing", "invalid_counts", "zero_denominator", "flat", "inherited", "capped", "small_denominator", "derived",
)
# fmt: on
MISSING, INVALID, ZERO, FLAT, INHERITED, CAPPED, SMALL, DERIVED = (1 << bit for bit in range(len(NOTES)))
UNDETERMINED = MISSING | INVALID

_INT64_MAX = 2**63 - 1
_NULL = -1  # stands for null in arrays of scaled points, which are never negative
Array = npt.NDArray[Any]


class Group(NamedTuple):
    """What a unit has of one group. missing: how many of its indicators are not determined; then there is no score."""

    unit_code: str
    level: str
    group_code: str
    score: Decimal | None
    unrounded: Decimal | None
    max_points: Decimal
    missing: int
    note: str | None


GROUP_COLUMNS = list(Group._fields)


def score_counts(counts: pd.DataFrame, ruleset: RuleSet) -> pd.DataFrame:
    """Scores of every unit in `counts` for every indicator of the rule set.

    `counts`: unit_code, level, province_code, indicator, numerator, denominator (whole numbers or null); indicators
    the rule set does not have are left aside. Returns SCORE_COLUMNS, units in the order they first appear, indicators
    in the rule set's order; score and unrounded are Decimal or None, numerator and denominator Int64. Raises ValueError
    for a doubled unit and indicator, an unknown level, a unit of two levels, or a count with a fraction.
    """
    grid = _Grid(counts, ruleset)
    for row, indicator in enumerate(ruleset.indicators):
        if indicator.derived is None:
            grid.score(row, indicator)
    for row, indicator in enumerate(ruleset.indicators):
        if indicator.derived is not None:
            grid.derive(row, indicator)
    return grid.table()


def group_scores(scores: pd.DataFrame, ruleset: RuleSet) -> pd.DataFrame:
    """Group scores of every unit in `scores` (as `score_counts` gives them): sums of the rounded indicators, capped.

    Returns GROUP_COLUMNS, a row per unit and group of the rule set. `missing` is the number of indicators not
    determined; where it is not 0 the group has no score (note `missing`). An indicator shown without a score over 0/0
    counts 0.
    """
    return pd.DataFrame(list(groups_of(scores, ruleset)), columns=GROUP_COLUMNS)


def groups_of(scores: pd.DataFrame, ruleset: RuleSet) -> Iterator[Group]:
    """The rows of `group_scores`, one by one: a frame of its own is worth making only for a reader."""
    sums: dict[tuple[str, str], tuple[Decimal, Decimal, int]] = {}
    nothing = (Decimal("0.00"), Decimal("0E-10"), 0)
    columns = (scores[name].tolist() for name in ("unit_code", "group_code", "score", "unrounded", "note"))
    for unit, group, score, unrounded, note in zip(*columns, strict=True):
        total, exact, known = sums.get((unit, group), nothing)
        if isinstance(score, Decimal):
            sums[unit, group] = (total + score, exact + unrounded, known + 1)
        elif isinstance(note, str) and "zero_denominator" in note:
            sums[unit, group] = (total, exact, known + 1)
    levels = dict(zip(scores["unit_code"].tolist(), scores["level"].tolist(), strict=True))
    caps = {(group.code, level): group.cap_for(level) for group in ruleset.groups for level in set(levels.values())}
    for unit, level in levels.items():
        for group in ruleset.groups:
            total, exact, known = sums.get((unit, group.code), nothing)
            missing = len(group.indicators) - known
            cap = caps[group.code, level]
            if missing:
                yield Group(unit, level, group.code, None, None, group.max_points, missing, "missing")
            elif cap is not None and total > cap:
                capped = half_up(cap, SCORE_PLACES), half_up(cap, UNROUNDED_PLACES)
                yield Group(unit, level, group.code, *capped, group.max_points, 0, "capped")
            else:
                yield Group(unit, level, group.code, total, exact, group.max_points, 0, None)


class _Grid:
    """Counts and points as arrays, a row per indicator and a column per unit."""

    def __init__(self, counts: pd.DataFrame, ruleset: RuleSet) -> None:
        self.ruleset = ruleset
        self.units = _units(counts)
        index = pd.Index(self.units["unit_code"])
        self.province = index.get_indexer(self.units["province_code"])
        self.of_level = {level: np.flatnonzero(self.units["level"] == level) for level in LEVELS}
        shape = (len(ruleset.indicators), len(index))

        row_of = {indicator.code: row for row, indicator in enumerate(ruleset.indicators)}
        ours = counts[counts["indicator"].isin(list(row_of))]
        rows = ours["indicator"].map(row_of).to_numpy(dtype=np.int64)
        columns = index.get_indexer(ours["unit_code"])
        doubled = pd.Series(rows * shape[1] + columns).duplicated().to_numpy()
        if doubled.any():
            first = ours.iloc[int(np.flatnonzero(doubled)[0])]
            raise ValueError(f"{first['unit_code']} has the counts of {first['indicator']} twice")

        numerator, has_numerator = _whole(ours["numerator"])
        denominator, has_denominator = _whole(ours["denominator"])
        self.numerator = np.zeros(shape, dtype=numerator.dtype)
        self.denominator = np.zeros(shape, dtype=denominator.dtype)
        self.has_numerator = np.zeros(shape, dtype=bool)
        self.has_denominator = np.zeros(shape, dtype=bool)
        self.numerator[rows, columns] = numerator
        self.denominator[rows, columns] = denominator
        self.has_numerator[rows, columns] = has_numerator
        self.has_denominator[rows, columns] = has_denominator

        self.cents = np.full(shape, _NULL, dtype=np.int64)
        self.exact = np.full(shape, _NULL, dtype=np.int64)
        self.flags = np.zeros(shape, dtype=np.uint8)

    def score(self, row: int, indicator: Indicator) -> None:
        for level, columns in self.of_level.items():
            if not len(columns):
                continue
            if level in indicator.inherit:
                self._inherit(row, columns)
            flat = indicator.flat_for(level)
            if flat is not None:
                self._give(row, columns, Fraction(flat), FLAT)
                continue
            known = self.has_numerator[row, columns] & self.has_denominator[row, columns]
            self._without_counts(row, columns[~known], indicator, level)
            self._with_counts(row, columns[known], indicator, level)

    def _inherit(self, row: int, columns: Array) -> None:
        """Lay the province's counts over those of its units, where the province has counts."""
        province = self.province[columns]
        known = (province >= 0) & self.has_numerator[row, province] & self.has_denominator[row, province]
        columns, province = columns[known], province[known]
        self.numerator[row, columns] = self.numerator[row, province]
        self.denominator[row, columns] = self.denominator[row, province]
        self.has_numerator[row, columns] = self.has_denominator[row, columns] = True
        self.flags[row, columns] |= INHERITED

    def _without_counts(self, row: int, columns: Array, indicator: Indicator, level: str) -> None:
        points = indicator.without_counts_for(level)
        if points is None:
            self.flags[row, columns] |= MISSING
        else:
            self._give(row, columns, Fraction(points), FLAT)

    def _with_counts(self, row: int, columns: Array, indicator: Indicator, level: str) -> None:
        numerator, denominator = self.numerator[row, columns], self.denominator[row, columns]
        invalid = ((numerator < 0) | (denominator < 0) | ((denominator == 0) & (numerator > 0))).astype(bool)
        zero = (denominator == 0).astype(bool) & ~invalid
        self.flags[row, columns[invalid]] |= INVALID
        points = zero_points(indicator, level)
        if points is None:
            self.flags[row, columns[zero]] |= ZERO
        else:
            self._give(row, columns[zero], points, ZERO)

        usual = ~invalid & ~zero
        columns, numerator, denominator = columns[usual], numerator[usual], denominator[usual]
        worth, most = points_per_ratio(indicator, level), Fraction(indicator.max_points)
        self.cents[row, columns] = _scaled_ratios(numerator, denominator, worth, most, SCORE_PLACES)
        self.exact[row, columns] = _scaled_ratios(numerator, denominator, worth, most, UNROUNDED_PLACES)
        self.flags[row, columns[(numerator > denominator).astype(bool)]] |= CAPPED
        if indicator.population != "units":  # a commune's own copies are one case by nature
            self.flags[row, columns[(denominator <= SMALL_DENOMINATOR).astype(bool)]] |= SMALL

    def _give(self, row: int, columns: Array, points: Fraction, flag: int) -> None:
        self.cents[row, columns] = scaled(points, SCORE_PLACES)
        self.exact[row, columns] = scaled(points, UNROUNDED_PLACES)
        self.flags[row, columns] |= flag

    def derive(self, row: int, indicator: Indicator) -> None:
        """Another group's score over the divisor; not determined where that group is not."""
        assert indicator.derived is not None
        group = self.ruleset.group(indicator.derived.group)
        rows = [at for at, other in enumerate(self.ruleset.indicators) if other.group == group.code]
        missing = (self.flags[rows] & UNDETERMINED).any(axis=0)
        cents = np.maximum(self.cents[rows], 0).sum(axis=0)
        exact = np.maximum(self.exact[rows], 0).sum(axis=0)
        for level, columns in self.of_level.items():
            cap = group.cap_for(level)
            if cap is not None:
                cents[columns] = np.minimum(cents[columns], scaled(Fraction(cap), SCORE_PLACES))
                exact[columns] = np.minimum(exact[columns], scaled(Fraction(cap), UNROUNDED_PLACES))
        share, most = 1 / Fraction(indicator.derived.divide_by), Fraction(indicator.max_points)
        for points, total, places in ((self.cents, cents, SCORE_PLACES), (self.exact, exact, UNROUNDED_PLACES)):
            unit = np.full(total.shape, 10**places, dtype=np.int64)
            points[row] = np.where(missing, _NULL, _scaled_ratios(total, unit, share, most, places))
        self.flags[row] = np.where(missing, MISSING, DERIVED)

    def table(self) -> pd.DataFrame:
        indicators, units = self.ruleset.indicators, len(self.units)
        return pd.DataFrame(
            {
                "unit_code": _objects(np.repeat(self.units["unit_code"].to_numpy(dtype=object), len(indicators))),
                "level": _objects(np.repeat(self.units["level"].to_numpy(dtype=object), len(indicators))),
                "group_code": _objects(np.array([one.group for one in indicators] * units, dtype=object)),
                "indicator": _objects(np.array([one.code for one in indicators] * units, dtype=object)),
                "numerator": _nullable(self.numerator, self.has_numerator),
                "denominator": _nullable(self.denominator, self.has_denominator),
                "score": _decimals(self.cents, SCORE_PLACES),
                "unrounded": _decimals(self.exact, UNROUNDED_PLACES),
                "max_points": np.array([one.max_points for one in indicators] * units, dtype=object),
                "note": _objects(_notes(self.flags)),
            },
            columns=SCORE_COLUMNS,
        )


def _units(counts: pd.DataFrame) -> pd.DataFrame:
    units = counts[["unit_code", "level", "province_code"]].drop_duplicates().reset_index(drop=True)
    twice = units["unit_code"].duplicated()
    if twice.any():
        raise ValueError(f"{units.loc[twice, 'unit_code'].iloc[0]} is given with two levels or two provinces")
    unknown = ~units["level"].isin(LEVELS)
    if unknown.any():
        raise ValueError(f"unknown level {units.loc[unknown, 'level'].iloc[0]!r}: expected one of {', '.join(LEVELS)}")
    return units


def _whole(values: pd.Series) -> tuple[Array, Array]:
    """Whole numbers (0 for null) and which are known; Python integers where 64 bits do not hold them."""
    known = values.notna().to_numpy(dtype=bool)
    try:
        return values.astype("Int64").to_numpy(dtype=np.int64, na_value=0), known
    except OverflowError:
        return np.array(
            [int(value) if is_known else 0 for value, is_known in zip(values, known, strict=True)], dtype=object
        ), known
    except (TypeError, ValueError) as error:
        raise ValueError(f"{values.name}: counts are whole numbers or null ({error})") from None


def _scaled_ratios(numerator: Array, denominator: Array, worth: Fraction, most: Fraction, places: int) -> Array:
    """min(worth * numerator / denominator, most) in units of the last place, half-up, exact; denominators above 0."""
    if not len(numerator):
        return np.zeros(0, dtype=np.int64)
    up, down = 2 * 10**places * worth.numerator, worth.denominator
    largest = up * int(numerator.max()) + 2 * down * int(denominator.max())
    if largest > _INT64_MAX:
        numerator, denominator = numerator.astype(object), denominator.astype(object)
    points = (up * numerator + down * denominator) // (2 * down * denominator)
    return np.minimum(points, scaled(most, places)).astype(np.int64)


def _objects(values: Array) -> pd.Series:
    """Texts kept as Python's own: they are read one by one, for which other forms would be unpacked again and again."""
    return pd.Series(values, dtype=object)


def _nullable(values: Array, known: Array) -> Any:
    flat, mask = values.T.ravel(), ~known.T.ravel()
    if flat.dtype == object:
        return np.array([None if gone else one for one, gone in zip(flat, mask, strict=True)], dtype=object)
    return pd.arrays.IntegerArray(flat, mask)


def _decimals(points: Array, places: int) -> Array:
    """Scaled points as decimals, unit by unit; equal points share one object."""
    distinct, which = np.unique(points.T.ravel(), return_inverse=True)
    made = np.array([None if one == _NULL else decimal_of(int(one), places) for one in distinct], dtype=object)
    return made[which] if len(made) else made


def _notes(flags: Array) -> Array:
    distinct, which = np.unique(flags.T.ravel(), return_inverse=True)
    texts = [
        ", ".join(note for bit, note in enumerate(NOTES) if value >> bit & 1) or None for value in distinct.tolist()
    ]
    made = np.array(texts, dtype=object)
    return made[which] if len(made) else made
