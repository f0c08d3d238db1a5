"""The emulated portal: a landing folder, week by week.

Belongs here: which files a week has, and when they were exported. Does not belong here: what is in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np

from emulator import nation
from emulator.clock import seconds_of_utc
from emulator.faults.fault import Effect, Fault
from emulator.faults.inject import Faults
from emulator.indicators import Standing
from emulator.portal_json import write_dossiers
from emulator.province import REPAIRED, ProvinceOffice, Worked
from emulator.reporting import Report, report
from emulator.tables import COUNTS_HEADER, SCORES_HEADER, counts_rows, points, scores_rows
from emulator.targets import COMPONENTS, Targets, bac_ninh, other
from emulator.units import WITH_DOSSIERS, portal_name, province
from emulator.write import write_sidecar, write_table
from resources.catalogue import table
from resources.engine import connect
from scoring.calendar import Week

LEADER = "H05"
LEAST_A_WEEK = 400
# The house adds these when a row arrives, or reads them from the unit's code.
_OWN_COLUMNS = ("arrived_week", "export_id", "source_row", "level", "province_code")
_NOTE = "Số liệu mô phỏng / Simulated figures"
_PUBLISHED = "công bố / published"
_CORRECTS = (
    "Bộ đếm của cổng bỏ sót kết quả điện tử từ 2025-10-29 12:00 / "
    "The portal's counter missed electronic results from 2025-10-29 12:00 on"
)


def emulate(
    out: Path,
    weeks: Sequence[Week],
    *,
    seed: int = 766,
    dossiers_per_week: int = 4000,
    provinces: int = 1,
    faults: Sequence[Fault | str] = (),
    story: bool = True,
    progress: Callable[[Week, int, int], None] | None = None,
    on_fault: Callable[[Effect], None] | None = None,
    rehearse: Callable[[Rehearsal], None] | None = None,
) -> list[Path]:
    """Write a landing folder for consecutive weeks and return its files in the order written.

    dossiers_per_week: about how many dossiers each province takes in a week; the first week also brings a backlog of up
    to six times that. provinces: how many have dossiers; Bắc Ninh is the first. faults: what goes wrong besides, from
    FAULTS or by name (`swapped`, `swapped@2025-W43:H01`), in the last week and in Bắc Ninh unless they say otherwise.
    story: False leaves out the miscount that the demo has by itself in 2025-W44 and W45. progress: called after each
    week with it, how many are done, of how many. on_fault: called with what each fault did. rehearse: called at the end
    with what is needed to let other faults loose on the last week.

    Equal arguments give equal bytes; more weeks at the end leave the files of the earlier ones as they are, except that
    with 2025-W46 the corrected exports of W44 and W45 appear beside the wrong ones, and that faults strike the last
    week. Files of former runs that are not written anew stay.

    Raises ValueError for weeks that are not consecutive, fewer than 400 dossiers per week or more than the serials of a
    day have room for, a number of provinces out of range, and for faults that are unknown or cannot strike there.
    """
    _refuse_nonsense(weeks, seed, dossiers_per_week, provinces)
    codes = WITH_DOSSIERS[:provinces]
    wrong = Faults.of(faults, weeks, codes, seed, on_fault)
    offices = [
        ProvinceOffice(
            province(code), seed, weeks[0], dossiers_per_week, rehearse is not None or wrong.strikes_counter(code)
        )
        for code in codes
    ]
    if not story:
        for office in offices:
            office.miscounted[:] = False
    written: list[Path] = []
    misled: dict[Week, Report] = {}
    last: dict[str, _Reported] = {}
    with connect() as con:
        for done, week in enumerate(weeks, start=1):
            reached: dict[str, tuple[int, ...]] = {}
            for office in offices:
                code = office.province.code
                target = targets(code, week, seed)
                worked = office.advance(week, target)
                said = report(office, worked)
                reached[code] = tuple(said.standing.components[:, 0].tolist())
                _refuse_a_miss(code, week, target, reached[code])
                if said.believed:
                    misled[week] = said
                last[code] = _Reported(office, worked, said)
                said = wrong.mislead(office, worked, said)
                post = _post(out, code, worked)
                written += post.records(con, office, worked, said)
                written += post.figures(said, said.believed or said.standing)
            written += _national_table(out / str(week), week, seed, reached)
            for office in offices:
                before = out / str(week.previous) if week > weeks[0] else None
                wrong.spoil(out / str(week), before, office.province, week)
            if week == REPAIRED:
                mended_at = datetime.combine(week.monday + timedelta(days=2), time(10))
                for then, said in misled.items():
                    post = _Post(out / str(then), mended_at, _NOTE, _CORRECTS)
                    written += post.figures(said, said.standing, ".2")
            if progress:
                progress(week, done, len(weeks))
    if rehearse:
        rehearse(Rehearsal(weeks, seed, last))
    return written


@dataclass(frozen=True, slots=True)
class _Reported:
    """A province in the last week: its office with all it remembers, the week's work, and the sound report of it."""

    office: ProvinceOffice
    worked: Worked
    said: Report


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The last week of an emulation without faults, ready to be spoilt again and again."""

    weeks: Sequence[Week]
    seed: int
    reported: Mapping[str, _Reported]

    def spoil(self, out: Path, faults: Sequence[str], on_fault: Callable[[Effect], None]) -> None:
        """Let faults loose on a copy of the landing folder, as `emulate` with these faults would have written it.

        Files are replaced, never written into: the copy may be made of links. Raises ValueError as `emulate` does.
        """
        wrong = Faults.of(faults, self.weeks, list(self.reported), self.seed, on_fault)
        week = self.weeks[-1]
        for code, one in self.reported.items():
            said = wrong.mislead(one.office, one.worked, one.said)
            if said is not one.said and said.believed:
                _post(out, code, one.worked).figures(said, said.believed)
        for one in self.reported.values():
            wrong.spoil(out / str(week), out / str(week.previous), one.office.province, week)


def _post(out: Path, code: str, worked: Worked) -> _Post:
    published = [f"6 × {code}"] if worked.targets.published else []
    return _Post(out / str(worked.week), _exported_at(worked.week), _note(published))


def targets(code: str, week: Week, seed: int) -> Targets:
    """What a province with dossiers is steered to in a week."""
    leader = bac_ninh(week)
    return leader if code == LEADER else other(nation.simulated(code, week, seed, sum(leader.components)))


@dataclass(frozen=True, slots=True)
class _Post:
    """Files of one moment for one folder. Every sidecar is there before its file: nobody reads the file without it."""

    folder: Path
    exported_at: datetime
    note: str
    corrects: str | None = None

    def records(
        self, con: duckdb.DuckDBPyConnection, office: ProvinceOffice, worked: Worked, said: Report
    ) -> list[Path]:
        """Dossiers, procedures, petitions, units of a province."""
        code, end = office.province.code, seconds_of_utc(worked.week.end)
        path, beside = self._sidecar(f"dossiers.{code}.ndjson.zst")
        write_dossiers(con, path, worked.versions, end, office.province, office.catalogue)
        return [
            *(beside, path),
            *self._house_table("procedures", code, said.procedures.rows(office.province)),
            *self._house_table("petitions", code, office.petitions.lines()),
            *self._house_table("units", code, said.unit_rows()),
        ]

    def figures(self, said: Report, standing: Standing, part: str = "") -> list[Path]:
        """The portal's counts and score table of a province's units."""
        owner = said.province
        levels = ["commune" if commune else "department" for commune in owner.is_commune]
        units = list(zip(owner.unit_codes, owner.unit_names, levels, strict=True))
        scores = scores_rows(units, standing.components[:, 1:])
        return [
            *self.table(f"counts.{owner.code}.ytd{part}.csv", COUNTS_HEADER, counts_rows(owner, standing)),
            *self.table(f"scores.{owner.code}.ytd{part}.csv", SCORES_HEADER, scores),
        ]

    def table(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[Path]:
        """One CSV file with its sidecar."""
        path, beside = self._sidecar(name)
        return [beside, write_table(path, header, rows)]

    def _house_table(self, kind: str, code: str, rows: Iterable[Sequence[object]]) -> list[Path]:
        header = [name for name in table(kind).column_names if name not in _OWN_COLUMNS]
        return self.table(f"{kind}.{code}.csv", header, rows)

    def _sidecar(self, name: str) -> tuple[Path, Path]:
        path = self.folder / name
        return path, write_sidecar(path, self.exported_at, self.note, self.corrects)


def _national_table(folder: Path, week: Week, seed: int, reached: dict[str, tuple[int, ...]]) -> list[Path]:
    components = dict(reached)
    for code in nation.others():
        components.setdefault(code, nation.simulated(code, week, seed, sum(reached[LEADER])))
    codes = sorted(components)
    units = [(code, f"UBND {portal_name(code)}", "province") for code in codes]
    published = [f"6 × {LEADER}"] if targets(LEADER, week, seed).published else []
    post = _Post(folder, _exported_at(week), _note([*published, *nation.published(week)]))
    rows = scores_rows(units, np.array([components[code] for code in codes]).T)
    return post.table("scores.VN.ytd.csv", SCORES_HEADER, rows)


def _note(published: Sequence[str]) -> str:
    return f"{_NOTE}; {_PUBLISHED}: {', '.join(published)}" if published else _NOTE


def _exported_at(week: Week) -> datetime:
    """The Monday after the week, early: the portal refreshes at night."""
    return datetime.combine(week.next.monday, time(5, 30))


def _refuse_nonsense(weeks: Sequence[Week], seed: int, dossiers_per_week: int, provinces: int) -> None:
    if not weeks or any(later != earlier.next for earlier, later in pairwise(weeks)):
        raise ValueError("the weeks to emulate must follow one another, for example 2025-W38..2025-W46")
    if seed < 0:
        raise ValueError(f"the seed must be 0 or more, not {seed}")
    if dossiers_per_week < LEAST_A_WEEK:
        raise ValueError(
            f"{dossiers_per_week} dossiers per week are too few: "
            f"the published figures need at least {LEAST_A_WEEK} to be hit exactly"
        )
    if not 1 <= provinces <= len(WITH_DOSSIERS):
        raise ValueError(f"the number of provinces must lie between 1 and {len(WITH_DOSSIERS)}, not {provinces}")


def _refuse_a_miss(code: str, week: Week, target: Targets, reached: tuple[int, ...]) -> None:
    """A published figure that is missed is an error of the emulator: never let it pass unseen."""
    if target.published and reached != target.components:
        pairs = zip(COMPONENTS, target.components, reached, strict=True)
        missed = [f"{name} {points(wanted)}, not {points(got)}" for name, wanted, got in pairs if wanted != got]
        raise RuntimeError(f"{code} in {week} should have {'; '.join(missed)}")
