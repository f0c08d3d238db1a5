"""The portal's own tables: counts of a province's units, score tables of a province and of the nation.

Belongs here: rows and ranks. Does not belong here: how a figure came about (reporting.py, nation.py), and files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from emulator.indicators import INDICATORS, MAXIMA, Standing
from emulator.units import Province

GROUPS = ("TRANSPARENCY", "PROGRESS", "ONLINE", "PAYMENT", "SATISFACTION", "DIGITISATION")
COUNTS_HEADER = ("unit_code", "unit_name", "group", "metric", "numerator", "denominator", "portal_score", "max_points")
SCORES_HEADER = (
    "ID", "TEN", "TEN_COQUAN", "MA_COQUAN", "LOAI_COQUAN", "CAPDONVIID", "ID_COQUAN",
    "TDGQ", "MDHL", "MDSH", "TTTT", "CLGQ", "CKMB", "TONG_SCORE", "ROW_STT",
)  # fmt: skip
_PORTAL_ORDER = (1, 4, 5, 3, 2, 0)  # components in the order of the portal's columns
_KINDS = {"province": ("1", "1"), "department": ("2", "1"), "commune": ("3", "2")}


def counts_rows(province: Province, standing: Standing) -> Iterator[Sequence[object]]:
    """The counts of a province and its units: every indicator, then the portal's own score of the group."""
    names = [(province.code, province.title), *zip(province.unit_codes, province.unit_names, strict=True)]
    is_department = [False, *(~province.is_commune).tolist()]
    for number, (code, name) in enumerate(names):
        for group, label in enumerate(GROUPS):
            for indicator in (one for one in INDICATORS if one.group == group and one.name in standing.counts):
                top, base = (int(line[number]) for line in standing.counts[indicator.name])
                flat = indicator.name == "certified_copy" and is_department[number]
                score, most = points(standing.scores[indicator.name][number]), points(indicator.yardstick.points)
                yield code, name, label, indicator.metric, "" if flat else top, "" if flat else base, score, most
            yield (
                code,
                name,
                label,
                "group_total",
                "",
                "",
                points(standing.components[group][number]),
                points(MAXIMA[group]),
            )


def scores_rows(units: Sequence[tuple[str, str, str]], components: np.ndarray) -> Iterator[Sequence[object]]:
    """A score table, best first. `units`: code, name, level. `components`: six lines of hundredths, a column a unit."""
    totals = components.sum(axis=0)
    ranks = shared_ranks(totals)
    for number in sorted(range(len(units)), key=lambda one: (ranks[one], units[one][0])):
        code, name, level = units[number]
        identity = f"{900_000 + number}"
        scores = [points(components[part][number]) for part in _PORTAL_ORDER]
        yield identity, name, name, code, *_KINDS[level], identity, *scores, points(totals[number]), ranks[number]


def shared_ranks(totals: np.ndarray) -> list[int]:
    """Ranks, the highest total first; equal totals share one (1, 2, 2, 4)."""
    descending = np.sort(-totals)
    return (np.searchsorted(descending, -totals, side="left") + 1).tolist()


def points(hundredths: int) -> str:
    """Hundredths as the portal writes points: 8.42, 10, 19.4."""
    whole, rest = divmod(int(hundredths), 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".")
