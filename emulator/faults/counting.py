"""The portal's counter as a fault finds it: the counts of a week, and the dossiers they were made of.

Belongs here: changing the counts of a unit in the terms faults speak in. Does not belong here: the faults.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from emulator.dossiers import FACTS, tally
from emulator.faults.fault import Scene
from emulator.reporting import OF_DOSSIERS, Counts

# Between two exports of one night so many dossiers of a unit, or one in so many, may be on their way: no fault.
ON_THEIR_WAY, IN_SO_MANY = 2, 500


@dataclass(slots=True, kw_only=True)
class Counting(Scene):
    """`rows`: the dossiers counted in the year so far; `seen`: FACTS by rows; `moment`: the cut, local seconds.

    `counts` are the portal's, entry 0 being the province: it has a counter of its own, which stays right.
    """

    rows: np.ndarray
    seen: np.ndarray
    moment: int
    counts: Counts
    _copied: set[str] = field(default_factory=set)

    def has(self, fact: str) -> np.ndarray:
        """Which dossiers have one of FACTS."""
        return np.asarray(self.seen[FACTS.index(fact)])

    def by_unit(self, weights: np.ndarray) -> np.ndarray:
        """Sums over dossiers (a mask, or whole numbers) by unit."""
        sums = np.bincount(self.rows["unit"], weights, minlength=self.province.size)
        return np.asarray(sums.astype(np.int64))

    def where_it_shows(self, change: np.ndarray, indicator: str) -> np.ndarray:
        """The change (a number a unit), but nothing of the units in which so little may be dossiers on their way."""
        allowed = np.maximum(ON_THEIR_WAY, self.counts[indicator][1][1:] / IN_SO_MANY)
        return np.where(np.abs(change) > allowed, np.abs(change), 0)

    def tallies(self, chosen: np.ndarray) -> np.ndarray:
        """FACTS by units of the chosen dossiers (a mask)."""
        return tally(self.rows[chosen], self.seen[:, chosen], self.province.size)

    def pair(self, indicator: str, unit: int) -> tuple[int, int]:
        top, base = self.counts[indicator]
        return int(top[1 + unit]), int(base[1 + unit])

    def put(self, indicator: str, unit: int, numerator: int, denominator: int) -> None:
        """Let the counter say so of one unit."""
        if indicator not in self._copied:
            top, base = self.counts[indicator]
            self.counts[indicator] = top.copy(), base.copy()
            self._copied.add(indicator)
        top, base = self.counts[indicator]
        self.things += (int(top[1 + unit]), int(base[1 + unit])) != (numerator, denominator)
        top[1 + unit], base[1 + unit] = numerator, denominator

    def add(self, indicator: str, unit: int, numerator: int) -> None:
        """Let the counter find so many more (fewer) of what makes the numerator."""
        top, base = self.pair(indicator, unit)
        self.put(indicator, unit, top + numerator, base)

    def recount(self, unit: int, tallies: np.ndarray) -> None:
        """Let everything counted from dossiers be what these tallies (FACTS by units) say."""
        line = partial(_line, tallies, unit)
        for indicator, (top, base) in OF_DOSSIERS.items():
            if indicator in self.counts:
                self.put(indicator, unit, line(top), line(base))
        known = self.pair("dossiers_synchronised", unit)[1]
        self.put("dossiers_synchronised", unit, line("received"), max(known, line("received")))


def _line(tallies: np.ndarray, unit: int, fact: str) -> int:
    return int(tallies[FACTS.index(fact), unit])
