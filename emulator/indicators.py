"""The portal's indicators as the emulated portal computes them: its own arithmetic, from its own counters.

Belongs here: names, weights and what a week's standing is worth. Does not belong here: the house's rule sets; the two
must agree without knowing of each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from emulator.control import FOUR_FIFTHS, HALF, NINE_TENTHS, Yardstick
from emulator.targets import COMPONENTS
from scoring.calendar import Period, Week


@dataclass(frozen=True, slots=True)
class Indicator:
    """`metric`: as the counts export names it. `group`: number of the component in COMPONENTS."""

    name: str
    metric: str
    group: int
    yardstick: Yardstick


def _indicator(group: int, name: str, points: int, full_at: tuple[int, int] = (1, 1), metric: str = "") -> Indicator:
    return Indicator(name, metric or name, group, Yardstick(points, full_at))


INDICATORS = (
    _indicator(0, "published_on_time", 600, metric="PUBLISH_ON_TIME"),
    _indicator(0, "disclosed_on_time", 400, metric="PUBLIC_UPDATE_ON_TIME"),
    _indicator(0, "content_complete", 200, metric="PUBLIC_CONTENT_FULL"),
    _indicator(0, "dossiers_synchronised", 600, metric="DOSSIER_SYNC"),
    _indicator(1, "on_time", 2000),
    _indicator(2, "procedures_offered_online", 200, FOUR_FIFTHS),
    _indicator(2, "services_with_dossiers", 400),
    _indicator(2, "filed_online", 600, HALF),
    _indicator(3, "procedures_offering_payment", 200, FOUR_FIFTHS),
    _indicator(3, "procedures_with_payment", 200, FOUR_FIFTHS),
    _indicator(3, "paid_online", 600),
    _indicator(4, "petitions_on_time", 600, metric="PETITION_PROCESSING_ON_TIME"),
    _indicator(4, "petition_satisfaction", 600, metric="PETITION_HANDLING_SATISFACTION"),
    _indicator(4, "procedure_satisfaction", 600, NINE_TENTHS, metric="DOSSIER_RECEIVING_SATISFACTION"),
    _indicator(5, "electronic_result", 600, metric="ORIGINAL_RESULT_AVAILABLE"),
    _indicator(5, "components_digitised", 400, metric="SO_HOA_GIAY_TO_GIAI_QUYET"),
    _indicator(5, "certified_copy", 200, metric="ELECTRONIC_CERTIFIED_COPY"),
    _indicator(5, "data_reused", 200, FOUR_FIFTHS, metric="REUSED_DIGITIZED_DATA"),
    _indicator(5, "shared_to_store", 400, metric="SYNCED_WITH_DVCQG_PERSONAL_STORAGE"),
    _indicator(5, "population_data_dossiers", 200, metric="CITIZEN_DATA_CONNECTED_DOSSIER"),
    _indicator(5, "population_data_procedures", 200, metric="CITIZEN_DATA_CONNECTED_FORMALITY"),
)
BY_NAME = {indicator.name: indicator for indicator in INDICATORS}
MAXIMA = (1800, 2000, 1200, 1000, 1800, 2200)
_FULL_WITHOUT_CASES_2025 = {
    "published_on_time", "disclosed_on_time", "content_complete", 
    "procedures_offering_payment", "procedures_with_payment", "paid_online",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rules:
    """What changed between the portal's versions, as of the last day measured."""

    day: date

    @classmethod
    def of(cls, week: Week) -> Rules:
        return cls(min(week.sunday, Period.of_week("ytd", week).end_day))

    @property
    def is_2025(self) -> bool:
        return self.day < date(2026, 1, 1)

    def zero(self, indicator: Indicator) -> int:
        """Hundredths where there was no case."""
        if indicator.name.startswith("petition"):
            return 600 if self.day >= date(2025, 10, 16) else 300
        return indicator.yardstick.points if self.is_2025 and indicator.name in _FULL_WITHOUT_CASES_2025 else 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts and scores of a province (entry 0) and its units (the entries after it) in a week.

    `counts`: indicator to numerators and denominators. `scores`: indicator to hundredths. `components`: six lines of
    hundredths.
    """

    counts: dict[str, tuple[np.ndarray, np.ndarray]]
    scores: dict[str, np.ndarray]
    components: np.ndarray

    @property
    def totals(self) -> np.ndarray:
        return self.components.sum(axis=0)


def standing(counts: dict[str, tuple[np.ndarray, np.ndarray]], is_department: np.ndarray, rules: Rules) -> Standing:
    """Score the counts of a province and its units (one entry each) by the rules of a day."""
    if not rules.is_2025:
        # Announcing is the province's task since 2026: its units take its counts and its score.
        shared = ("published_on_time", "disclosed_on_time", "content_complete")
        own = {name: tuple(np.full_like(line, line[0]) for line in counts[name]) for name in shared}
        counts = counts | {name: (top, base) for name, (top, base) in own.items()}
    scores = {}
    for indicator in INDICATORS:
        if indicator.name in counts:
            scores[indicator.name] = indicator.yardstick.scores(*counts[indicator.name], rules.zero(indicator))
    scores["certified_copy"] = np.where(is_department, 200, scores["certified_copy"])
    components = np.zeros((len(COMPONENTS), len(is_department)), np.int64)
    for name, score in scores.items():
        components[BY_NAME[name].group] += score
    if rules.is_2025:
        components[4] += np.minimum(600, (2 * components[1] + 3) // 6)
        components[2] = np.where(is_department, np.minimum(components[2], 1000), components[2])
    return Standing(counts, scores, components)
