"""A fault: a named, documented way in which an export goes wrong, and the scene it is let loose on.

Belongs here: the record, its decorator, and how a fault finds a few units to strike. Does not belong here: single
faults (counters.py, tables.py, dossiers.py, files.py), and when they are applied (inject.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from emulator.control import pick
from emulator.units import Province
from scoring.calendar import Week

Stage = Literal["counter", "table", "dossier", "file"]
FEW = 3  # how many units a fault strikes that does not strike all; they are among the four times as many most exposed


class NothingToSpoil(ValueError):
    """A fault found nothing it could strike in the week and province it was asked for."""

    province: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to go wrong. `stage`: what is spoilt: the portal's counter, one of its tables, the dossiers a province
    sends, or their file.

    `caught_by`: what ought to catch it, each of them: a rule's id, or `reconcile:<diagnosis>` for any finding of
    reconciliation that names this cause. `week`: when (None: the last week emulated). `province`: where (None: the
    first). `national`: strikes the table of the 34 provinces. `needs_week_before`: reuses what stood in the week before.
    """

    name: str
    stage: Stage
    title_vi: str
    title_en: str
    spoil: Callable[[Any], None]
    caught_by: tuple[str, ...] = ()
    national: bool = False
    needs_week_before: bool = False
    week: Week | None = None
    province: str | None = None

    @property
    def side(self) -> Literal["portal", "dossiers"]:
        """Whose fault it is: the portal's figures are wrong, or the dossiers a vendor's software sends."""
        return "portal" if self.stage in ("counter", "table") else "dossiers"

    @property
    def text(self) -> str:
        """What it does, from the docstring of its function."""
        return " ".join((self.spoil.__doc__ or "").split())

    def at(self, week: Week | None = None, province: str | None = None) -> Fault:
        """The same fault in a certain week and province."""
        return replace(self, week=week or self.week, province=province or self.province)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a fault did. `units`: codes it struck; empty when it struck all alike. `files`: names in the week's folder.

    `things`: how many dossiers, rows or counts it changed.
    """

    fault: str
    week: Week
    province: str
    units: tuple[str, ...]
    files: tuple[str, ...]
    things: int

    def __str__(self) -> str:
        struck = ", ".join(self.units) or "*"
        return f"{self.fault}: {self.week} {self.province}: {struck}; {', '.join(self.files)} ({self.things})"


@dataclass(slots=True)
class Scene:
    """Where a fault strikes: one province in one week. `taken`: numbers of units other faults have struck there."""

    province: Province
    week: Week
    rng: np.random.Generator
    taken: set[int]
    units: list[str] = field(default_factory=list)
    things: int = 0

    def strike(self, extent: np.ndarray, most: int = FEW) -> list[int]:
        """A few units by chance, out of those in which a fault has most to spoil (a number a unit, 0: nothing there).

        Units another fault has struck are spared as long as there are others. Raises NothingToSpoil.
        """
        free = np.array([number not in self.taken for number in range(self.province.size)])
        for candidates in ((extent > 0) & free, extent > 0):
            least = np.sort(extent[candidates])[-4 * FEW :].min(initial=extent.max(initial=0))
            chosen = pick(self.rng, candidates & (extent >= least), most, np.maximum(extent, 1.0)).tolist()
            if chosen:
                self.taken.update(chosen)
                self.units += [self.province.unit_codes[number] for number in chosen]
                return chosen
        raise NothingToSpoil


def counter_fault(vi: str, en: str, *caught_by: str) -> Callable[[Callable[[Any], None]], Fault]:
    """The portal's counter goes wrong: a function of inject.Counting."""
    return _fault("counter", vi, en, caught_by)


def table_fault(
    vi: str, en: str, *caught_by: str, national: bool = False, needs_week_before: bool = False
) -> Callable[[Callable[[Any], None]], Fault]:
    """A table of the portal goes wrong, counts and dossiers being right: a function of landed.Landed."""
    return _fault("table", vi, en, caught_by, national=national, needs_week_before=needs_week_before)


def dossier_fault(vi: str, en: str, *caught_by: str) -> Callable[[Callable[[Any], None]], Fault]:
    """A vendor's software sends wrong dossiers, the portal's figures being right: a function of landed.Landed."""
    return _fault("dossier", vi, en, caught_by)


def file_fault(
    vi: str, en: str, *caught_by: str, needs_week_before: bool = False
) -> Callable[[Callable[[Any], None]], Fault]:
    """The file of dossiers as a whole is not what it should be: a function of landed.Landed."""
    return _fault("file", vi, en, caught_by, needs_week_before=needs_week_before)


def _fault(
    stage: Stage,
    vi: str,
    en: str,
    caught_by: tuple[str, ...],
    *,
    national: bool = False,
    needs_week_before: bool = False,
) -> Callable[[Callable[[Any], None]], Fault]:
    def named(spoil: Callable[[Any], None]) -> Fault:
        return Fault(spoil.__name__, stage, vi, en, spoil, caught_by, national, needs_week_before)

    return named
