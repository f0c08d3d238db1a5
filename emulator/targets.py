"""The figures the emulated provinces are steered to: six components a week, and the indicators that make them up.

Belongs here: published figures of Bắc Ninh (Tạp chí Cộng sản, vietnam.vn and the national table, September to December
2025) and the simulated figures between them. Does not belong here: how they are reached. Hundredths of points
throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

from scoring.calendar import Week

COMPONENTS = ("transparency", "progress", "online_services", "online_payment", "satisfaction", "digitisation")


@dataclass(frozen=True, slots=True)
class Targets:
    """Components of one province in one week, in hundredths; of digitisation also the indicators.

    `published`: all six components stand in a published report and must come out exactly.
    """

    transparency: int
    progress: int
    online_services: int
    online_payment: int
    satisfaction: int
    digitisation: int
    electronic_result: int
    components_digitised: int
    certified_copy: int
    shared_to_store: int
    published: bool = False

    @property
    def components(self) -> tuple[int, ...]:
        return tuple(getattr(self, name) for name in COMPONENTS)


# week: six components; electronic result, components digitised, certified copy, store; published in full?
# Totals of W38 (88.61), W40 (89.49), W43 (91.73), W44 (92.08) and W48 (92.73) are published or follow from published
# changes; their components are simulated where no report gives them.
_BAC_NINH = {
    "2025-W38": ((1560, 1886, 838, 995, 1786, 1796), (560, 368, 40, 367), False),
    "2025-W39": ((1561, 1888, 839, 996, 1786, 1834), (562, 370, 61, 369), False),
    "2025-W40": ((1562, 1893, 840, 997, 1786, 1871), (564, 372, 89, 371), False),
    "2025-W41": ((1564, 1899, 842, 1000, 1786, 2073), (567, 375, 162, 373), True),
    "2025-W42": ((1564, 1905, 836, 1000, 1786, 2079), (568, 376, 164, 375), True),
    "2025-W43": ((1564, 1908, 838, 993, 1786, 2084), (570, 377, 166, 376), False),
    "2025-W44": ((1582, 1915, 843, 988, 1786, 2094), (573, 379, 168, 378), False),
    "2025-W45": ((1582, 1920, 848, 991, 1786, 2101), (575, 381, 170, 379), True),
    "2025-W46": ((1582, 1924, 848, 993, 1786, 2104), (575, 381, 174, 379), True),
    "2025-W47": ((1582, 1927, 853, 1000, 1786, 2112), (577, 383, 174, 381), True),
    "2025-W48": ((1582, 1941, 852, 1000, 1786, 2112), (577, 383, 174, 381), False),
    "2025-W49": ((1582, 1944, 853, 1000, 1786, 2115), (578, 383, 176, 382), False),
    "2025-W50": ((1582, 1945, 853, 1000, 1786, 2117), (578, 384, 176, 383), True),
}
FIRST, LAST = Week.parse(min(_BAC_NINH)), Week.parse(max(_BAC_NINH))
POPULATION_DOSSIERS = 198  # of 200, the same for all weeks and provinces


def bac_ninh(week: Week) -> Targets:
    """Where Bắc Ninh stands in a week: as published from 2025-W38 to W50, held constant before and after."""
    components, digital, published = _BAC_NINH[str(min(max(week, FIRST), LAST))]
    return Targets(*components, *digital, published=published and FIRST <= week <= LAST)


def other(components: tuple[int, ...]) -> Targets:
    """Any other province. Of the points missing in digitisation procedures and certified copies carry a good part."""
    transparency, progress, online_services, online_payment, satisfaction, digitisation = components
    missing = 2200 - digitisation
    by_dossiers = max(missing * 3 // 5, missing - 260)
    result, digitised = by_dossiers * 36 // 100, by_dossiers * 30 // 100
    store = min(400, by_dossiers - result - digitised)
    certified = min(200, max(0, (missing - by_dossiers) * 2 // 5))
    return Targets(
        transparency,
        progress,
        online_services,
        online_payment,
        satisfaction,
        digitisation,
        electronic_result=600 - result,
        components_digitised=400 - digitised,
        certified_copy=200 - certified,
        shared_to_store=400 - store,
    )


def active_procedures(targets: Targets, services: int) -> int:
    """How many of so many online services must have had a dossier for the component to be within reach."""
    return max(20, -(-(targets.online_services - 800) * services // 400))
