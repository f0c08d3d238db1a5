"""The national table: 34 provinces, six components, total and rank, week by week.

Belongs here: the simulated course of the provinces that have no dossiers here. Two totals of 2025-W46 are published:
Hải Phòng 91.98 and Đồng Nai 91.96; every other figure of theirs, and all of the others, is simulated. Does not belong
here: provinces with dossiers. Hundredths of points throughout.
"""

from __future__ import annotations

import numpy as np

from emulator.indicators import MAXIMA
from resources.units import provinces
from scoring.calendar import Week

# Total at the end of 2025-W41 and of 2025-W46. Between and around them a straight line, and a little chance.
_COURSE = {
    "H19": (9022, 9196), "H24": (8470, 9198), "H55": (9005, 9090), "H12": (8965, 9040), "H50": (8940, 9020),
    "H56": (8910, 9055), "H49": (8885, 9060), "H44": (8860, 8985), "H21": (8835, 8930), "H01": (8770, 8920),
    "H52": (8725, 8810), "H60": (8740, 8795), "H36": (8705, 8850), "H26": (8665, 8840), "H27": (8670, 8780),
    "H31": (8620, 8770), "H42": (8645, 8760), "H38": (8610, 8740), "H15": (8600, 8825), "H13": (8590, 8755),
    "H20": (8530, 8690), "H41": (8510, 8650), "H35": (8475, 8575), "H57": (8455, 8660), "H14": (8480, 8590),
    "H61": (8410, 8585), "H53": (8340, 8610), "H37": (8255, 8420), "H18": (8225, 8360), "H17": (8060, 8395),
    "H29": (8040, 8310), "H48": (7920, 8180), "H32": (7400, 7910),
}  # fmt: skip
_PUBLISHED = {"H24": (Week.parse("2025-W46"), 9198), "H19": (Week.parse("2025-W46"), 9196)}
_FROM, _TO = Week.parse("2025-W41"), Week.parse("2025-W46")
_AVERAGE = np.array([1520, 1870, 815, 880, 1750, 1830])
_SHARE_OF_CHANGE = np.array([0.06, 0.12, 0.04, 0.22, 0.08, 0.48])
_SPREAD = np.array([45, 55, 18, 60, 45])


def simulated(code: str, week: Week, seed: int, below: int) -> tuple[int, ...]:
    """The six components of a province without dossiers in a week. Its total stays below that of the leader, `below`.

    Raises KeyError for Bắc Ninh and for codes of no province.
    """
    total = min(_total(code, week, seed), below - 1)
    own = np.random.default_rng([seed, 34, int(code[1:])]).normal(size=5)
    drift = np.random.default_rng([seed, 35, int(code[1:]), week.monday.toordinal()]).normal(scale=0.04, size=5)
    parts = _AVERAGE[:5] + (total - _AVERAGE.sum()) * _SHARE_OF_CHANGE[:5] + (own + drift) * _SPREAD
    components = np.clip(np.round(parts).astype(np.int64), 0, np.array(MAXIMA[:5]))
    last = total - int(components.sum())
    # What does not fit into digitisation goes to the components that have room, so that the six always add to the
    # total.
    digitisation = min(max(last, 0), MAXIMA[5] - 40)
    rest = last - digitisation
    for number in (3, 4, 1, 0, 2):
        moved = int(np.clip(rest, -components[number], MAXIMA[number] - components[number]))
        components[number] += moved
        rest -= moved
    return (*(int(part) for part in components), digitisation)


def _total(code: str, week: Week, seed: int) -> int:
    published_week, published = _PUBLISHED.get(code, (None, 0))
    if week == published_week:
        return published
    first, last = _COURSE[code]
    weeks = (week.monday - _FROM.monday).days / 7
    way = float(np.clip(weeks / ((_TO.monday - _FROM.monday).days / 7), -0.8, 1.2))
    chance = np.random.default_rng([seed, 36, int(code[1:]), week.monday.toordinal()])
    return round(first + (last - first) * way + chance.normal(scale=6))


def others() -> list[str]:
    """Codes of all provinces but Bắc Ninh, in order."""
    return sorted(code for code in provinces() if code != "H05")


def published(week: Week) -> list[str]:
    """Whose totals of a week are published figures."""
    return [f"TONG_SCORE {code}" for code, (when, _) in _PUBLISHED.items() if when == week]
