"""How the emulator hits a figure: whole numbers that round to it, and a fair choice of the dossiers that carry them.

Belongs here: the portal's own arithmetic (independent of scoring/) and its inversion. Does not belong here: what is
being counted. Points are whole hundredths throughout: 15.64 is 1564.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WHOLE = (1, 1)
FOUR_FIFTHS = (4, 5)
HALF = (1, 2)
NINE_TENTHS = (9, 10)


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What a ratio is worth: `points` hundredths when it reaches `full_at` (a fraction), less in proportion."""

    points: int
    full_at: tuple[int, int] = WHOLE

    def score(self, numerator: int, denominator: int) -> int:
        """Hundredths, rounded half-up, never above the maximum. Raises ZeroDivisionError."""
        upper, lower = self.full_at
        scaled = (2 * self.points * numerator * lower + denominator * upper) // (2 * denominator * upper)
        return min(self.points, scaled)

    def numerators(self, score: int, denominator: int) -> range:
        """All numerators of that denominator which score exactly so many hundredths (maybe none)."""
        upper, lower = self.full_at
        weight, unit = 2 * self.points * lower, denominator * upper
        first = max(0, -(-(2 * score - 1) * unit // weight))
        last = denominator if score >= self.points else -(-(2 * score + 1) * unit // weight) - 1
        return range(first, min(last, denominator) + 1)

    def nearest(self, score: int, denominator: int) -> int:
        """A numerator that scores so, from the middle of its range; where none does, the nearest to it."""
        found = self.numerators(score, denominator)
        if len(found):
            return found[len(found) // 2]
        upper, lower = self.full_at
        return min(denominator, max(0, round(score * denominator * upper / (self.points * lower))))

    def scores(self, numerators: np.ndarray, denominators: np.ndarray, zero: int) -> np.ndarray:
        """`score` for many units; `zero` hundredths where nothing is to be divided by."""
        upper, lower = self.full_at
        safe = np.maximum(denominators, 1)
        scaled = (2 * self.points * numerators * lower + safe * upper) // (2 * safe * upper)
        return np.where(denominators > 0, np.minimum(self.points, scaled), zero)


def pick(rng: np.random.Generator, candidates: np.ndarray, count: int, weights: np.ndarray) -> np.ndarray:
    """Choose exactly `count` of the candidates (a boolean mask), the heavier the likelier; all when there are fewer.

    `weights` has one positive number per row of the mask. Returns row numbers, ascending.
    """
    rows = np.flatnonzero(candidates)
    waits = rng.exponential(size=len(rows)) / weights[rows]
    if count >= len(rows):
        return rows
    if count <= 0:
        return rows[:0]
    return np.sort(rows[np.argpartition(waits, count - 1)[:count]])
