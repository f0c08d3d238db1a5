"""Applying faults: to the portal's counter while a province reports, to the files of a week when they are written.

Belongs here: which fault strikes when and where, and in what order. Does not belong here: what each of them does.

A fault draws its chance from seed, week, province and its own name, so the same faults give the same bytes, whatever
else is emulated; only which units it spares depends on the faults before it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from emulator.clock import seconds_of_utc
from emulator.dossiers import facts
from emulator.faults.catalogue import FAULTS
from emulator.faults.counting import Counting
from emulator.faults.fault import Effect, Fault, NothingToSpoil, Scene
from emulator.faults.landed import Landed
from emulator.indicators import Rules, standing
from emulator.province import ProvinceOffice, Worked
from emulator.reporting import Report
from emulator.units import WITH_DOSSIERS, Province
from scoring.calendar import Week


def parse_fault(text: str) -> Fault:
    """`name`, `name@2025-W43` or `name@2025-W43:H01`. Raises ValueError for a name that is not in FAULTS."""
    name, _, where = text.partition("@")
    week, _, province = where.partition(":")
    if name not in FAULTS:
        near = get_close_matches(name, FAULTS, n=3) or list(FAULTS)
        raise ValueError(f"there is no fault {name!r}; is it {', '.join(near)}?")
    return FAULTS[name].at(Week.parse(week) if week else None, province or None)


@dataclass(slots=True)
class Faults:
    """The faults of one emulation, each with its week and province. `told`: called with what each of them did."""

    chosen: Sequence[Fault]
    seed: int
    told: Callable[[Effect], None] | None = None
    _taken: dict[tuple[Week, str], set[int]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        asked: Sequence[Fault | str],
        weeks: Sequence[Week],
        provinces: Sequence[str],
        seed: int,
        told: Callable[[Effect], None] | None = None,
    ) -> Faults:
        """Raises ValueError for an unknown fault, a week or a province that is not emulated, a week before the first."""
        chosen = [parse_fault(one) if isinstance(one, str) else one for one in asked]
        chosen = [one.at(one.week or weeks[-1], one.province or provinces[0]) for one in chosen]
        for one in chosen:
            if one.week not in weeks:
                raise ValueError(f"the fault {one.name} is for {one.week}, which is not emulated")
            if one.province not in provinces:
                raise ValueError(f"the fault {one.name} is for {one.province}, which has no dossiers here")
            if one.needs_week_before and one.week == weeks[0]:
                raise ValueError(
                    f"the fault {one.name} reuses the week before: it cannot strike in the first, {one.week}"
                )
        order = list(FAULTS)  # counters first, whole files last: each finds what it wants to spoil
        return cls(sorted(chosen, key=lambda one: order.index(one.name)), seed, told)

    def strikes_counter(self, province: str) -> bool:
        """Whether the dossiers of a province must be remembered one by one."""
        return any(one.stage == "counter" and one.province == province for one in self.chosen)

    def mislead(self, office: ProvinceOffice, worked: Worked, said: Report) -> Report:
        """The report of a week as the portal's faulty counter has it."""
        due = self._due(worked.week, office.province.code, ("counter",))
        if not due:
            return said
        seen = facts(
            worked.rows, worked.moment, seconds_of_utc(worked.week.end), 0, np.zeros(office.province.size, bool)
        )
        counts = (said.believed or said.standing).counts
        for fault in due:
            counting = Counting(
                **self._place(fault, office.province, worked.week),
                rows=worked.rows,
                seen=seen,
                moment=worked.moment,
                counts=dict(counts),
            )
            self._let_loose(
                fault, counting, [f"{kind}.{office.province.code}.ytd.csv" for kind in ("counts", "scores")]
            )
            counts = counting.counts
        is_department = np.concatenate([[False], ~office.province.is_commune])
        return replace(said, believed=standing(counts, is_department, Rules.of(worked.week)))

    def spoil(self, folder: Path, before: Path | None, province: Province, week: Week) -> None:
        """Spoil the files of a week that have been written."""
        for fault in self._due(week, province.code, ("table", "dossier", "file")):
            landed = Landed(**self._place(fault, province, week), folder=folder, before=before)
            self._let_loose(fault, landed, landed.files, landed.write_back)

    def _due(self, week: Week, province: str, stages: Sequence[str]) -> list[Fault]:
        return [one for one in self.chosen if one.week == week and one.province == province and one.stage in stages]

    def _place(self, fault: Fault, province: Province, week: Week) -> dict[str, Any]:
        own = [self.seed, 50, WITH_DOSSIERS.index(province.code), week.monday.toordinal()]
        rng = np.random.default_rng([*own, zlib.crc32(fault.name.encode())])
        taken = self._taken.setdefault((week, province.code), set())
        return {"province": province, "week": week, "rng": rng, "taken": taken}

    def _let_loose(
        self, fault: Fault, scene: Scene, files: Sequence[str], then: Callable[[], None] = lambda: None
    ) -> None:
        try:
            fault.spoil(scene)
        except NothingToSpoil:
            nothing = NothingToSpoil(
                f"the fault {fault.name} finds nothing to strike in {scene.province.code} in {scene.week}: "
                "ask for more dossiers per week, or another week"
            )
            nothing.province = scene.province.code
            raise nothing from None
        then()
        if self.told:
            units = tuple(sorted(set(scene.units)))
            self.told(Effect(fault.name, scene.week, scene.province.code, units, tuple(files), scene.things))
