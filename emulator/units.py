"""Who handles dossiers in an emulated province: communes by their real names, departments, and how well each works.

Belongs here: the registry of one province as the portal knows it, and each unit's simulated character.
Does not belong here: dossiers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from emulator.offices import departments
from resources.units import provinces

# Carelessness of units of Bắc Ninh that reports name, in deviations: below 0 is better than most. The sizes are
# simulated.
_CHARACTER = {
    "Hợp Thịnh": -2.7,
    "Bắc Giang": -2.2,
    "Tân Tiến": -2.0,
    "Xuân Cẩm": -1.7,
    "Hoàng Vân": -1.6,
    "An Lạc": -0.5,
    "Trung Chính": -0.4,
    "Văn phòng UBND": -2.0,
    "Sở Dân tộc và Tôn giáo": -1.6,
    "Ban Quản lý các khu công nghiệp": -1.4,
    "Sở Nội vụ": 0.9,
    "Sở Công Thương": 1.0,
    "Sở Giáo dục và Đào tạo": 1.5,
}


@dataclass(frozen=True, slots=True)
class Province:
    """One province: units in file order, communes first, then departments (arrays have one entry a unit)."""

    code: str
    name: str  # as the portal writes it: tỉnh Bắc Ninh
    statistics_code: str
    unit_codes: tuple[str, ...]
    unit_names: tuple[str, ...]
    statistics_codes: tuple[str, ...]
    communes: int

    @property
    def size(self) -> int:
        return len(self.unit_codes)

    @property
    def is_commune(self) -> np.ndarray:
        return np.arange(self.size) < self.communes

    def named(self, names: tuple[str, ...]) -> np.ndarray:
        """Which units bear one of these names, administrative words left out."""
        return np.array([_short(name) in names for name in self.unit_names])

    @property
    def title(self) -> str:
        return f"UBND {self.name}"


@dataclass(frozen=True, slots=True)
class Character:
    """How units differ. `share` of the work, adding to 1. `carelessness`: weights around 1, an array a kind of flaw."""

    share: np.ndarray
    carelessness: dict[str, np.ndarray]


# The order in which `--provinces` adds them. Hải Phòng (H24) and Đồng Nai (H19) are not in it: they have published
# totals, which stand in the national table only.
WITH_DOSSIERS = (
    "H05", "H01", "H44", "H21", "H50", "H55", "H12", "H56", "H49", "H52", "H60", "H36", "H26", "H27", "H31", "H42",
    "H38", "H15", "H13", "H20", "H41", "H35", "H57", "H14", "H61", "H53", "H37", "H18", "H17", "H29", "H48", "H32",
)  # fmt: skip
_CITIES = ("H13", "H17", "H24", "H26", "H29", "H57")
EAGER = ("An Lạc", "Trung Chính")  # rise in 2025-W46: they mend what is late or without a result
PRAISED = tuple(_CHARACTER)
FLAWS = ("late", "result", "digitised", "reused", "store", "population", "channel", "payment", "content")


def portal_name(code: str) -> str:
    """A province as the portal writes it: `tỉnh Bắc Ninh`, `Thành phố Huế`. Raises KeyError."""
    name = provinces()[code].name.removeprefix("TP. ")
    return f"{'Thành phố' if code in _CITIES else 'tỉnh'} {name}"


@cache
def province(code: str) -> Province:
    """The province of a portal code. Raises KeyError."""
    from vietnam_provinces import Ward

    registered = provinces()[code]
    name = portal_name(code)
    wards = sorted(
        (ward for ward in Ward.iter_all() if int(ward.province_code) == registered.statistics_code),
        key=lambda ward: int(ward.code),
    )
    communes = [f"UBND {ward.name[0].lower()}{ward.name[1:]} - {name}" for ward in wards]
    return Province(
        code=code,
        name=name,
        statistics_code=f"{registered.statistics_code:02d}",
        unit_codes=(
            *(f"{code}.{101 + number}" for number in range(len(wards))),
            *(f"{code}.{1 + number:02d}" for number in range(len(departments()))),
        ),
        unit_names=(*communes, *(f"{department.name} - {name}" for department in departments())),
        statistics_codes=(*(f"{int(ward.code):05d}" for ward in wards), *("" for _ in departments())),
        communes=len(wards),
    )


def character(of: Province, rng: np.random.Generator) -> Character:
    """The simulated character of a province's units, fixed by the generator it is drawn with."""
    size = rng.lognormal(sigma=0.45, size=of.size)
    size[: of.communes] *= 0.8 / size[: of.communes].sum()
    size[of.communes :] *= 0.2 / size[of.communes :].sum()
    general = np.clip(rng.normal(size=of.size), -1.3, 2.0)
    own = rng.normal(scale=0.5, size=(len(FLAWS), of.size))
    if of.code == "H05":
        for number, name in enumerate(of.unit_names):
            if _short(name) in _CHARACTER:
                general[number], own[:, number] = _CHARACTER[_short(name)], 0
    carelessness = {flaw: np.exp(0.8 * general + own[number]) for number, flaw in enumerate(FLAWS)}
    # Of petitions a unit has so few that a single one decides: leave them to those who are careless in everything.
    carelessness["content"] = np.where(of.named(PRAISED) & (general < 0), 0.01, np.exp(2 * general))
    return Character(size, carelessness)


def _short(name: str) -> str:
    return name.split(" - ")[0].removeprefix("UBND xã ").removeprefix("UBND phường ")
