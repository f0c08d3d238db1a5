"""Which fault is caught by what: every fault alone and in pairs, let loose and taken in by the pipeline; docs/faults.md.

    python -m emulator.matrix                                   all of it (most of an hour), writes docs/faults.md
    python -m emulator.matrix --fault swapped --out -           some faults, printed
    python -m emulator.matrix --pair swapped+empty_file --out - pairs (`--pair some`: see some_pairs; `all`: each with each)
    python -m emulator.matrix --seeds 3 --out -                 how sound weeks of other seeds are judged

Belongs here: laying faults out over provinces, running them, and telling their findings apart. Does not belong here:
faults (faults/), rules (checks), what is right (matrix_judge.py). This is a tool beside the house: it imports the
pipeline's rooms inside functions.

The weeks before the last are emulated and taken in once. Then round after round comes the last week: first without any
fault, then with one fault (or pair) a province. What a round finds beyond the first is what its faults are caught by.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.faults.catalogue import FAULTS
from emulator.faults.fault import Effect, NothingToSpoil
from emulator.matrix_judge import Case, Caught, Found, judge, speaks_of
from emulator.matrix_page import page
from emulator.portal import Rehearsal, emulate
from emulator.units import WITH_DOSSIERS
from scoring.calendar import Week, parse_weeks

if TYPE_CHECKING:
    from resources.office import Office

WEEKS = parse_weeks("2025-W45..2025-W51")  # one rule set throughout, and enough weeks to compare the last with
PAGE = Path(__file__).parents[1] / "docs" / "faults.md"
SEEDS, TURNS = 10, 4
_LISTS = ("procedures", "petitions")  # they tell a state: only the last week's is needed


def rounds(cases: Sequence[Case], provinces: Sequence[str]) -> Iterator[dict[str, Case]]:
    """Cases laid out over provinces, a case a province. Those that strike the nation's table share a round, and one fault."""
    waiting: dict[Case, list[Case]] = {}
    for case in cases:
        waiting.setdefault(tuple(name for name in case if FAULTS[name].national), []).append(case)
    for alike in waiting.values():
        for first in range(0, len(alike), len(provinces)):
            yield dict(zip(provinces, alike[first:], strict=False))


def asked_of(placed: dict[str, Case], week: Week) -> list[str]:
    """The faults of a round as the emulator takes them; one that strikes the nation's table is let loose once."""
    faults: dict[str, str] = {}
    for province, case in placed.items():
        for name in case:
            faults.setdefault(name if FAULTS[name].national else f"{name} {province}", f"{name}@{week}:{province}")
    return list(faults.values())


@dataclass(slots=True)
class Bench:
    """A home and a landing folder in a temporary folder, ready for the last week again and again."""

    root: Path
    provinces: int
    dossiers_per_week: int
    seed: int
    whole: bool = False  # score and publish too, as `service-index run` does
    weeks: Sequence[Week] = field(default=tuple(WEEKS))
    _rehearsal: Rehearsal | None = None

    @property
    def last(self) -> Week:
        return self.weeks[-1]

    def prepare(self) -> None:
        """Emulate the weeks and take in all but the last."""

        def keep(rehearsal: Rehearsal) -> None:
            self._rehearsal = rehearsal

        emulate(
            self.root / "sound",
            self.weeks,
            seed=self.seed,
            dossiers_per_week=self.dossiers_per_week,
            provinces=self.provinces,
            story=False,
            rehearse=keep,
        )
        shutil.copytree(self.root / "sound", self.root / "landing", ignore=shutil.ignore_patterns(str(self.last)))
        for week in self.weeks[:-1]:
            for path in (self.root / "landing" / str(week)).iterdir():
                if path.name.startswith(_LISTS):
                    path.unlink()
        self._run(self.weeks[:-1], _take_in)
        (self.root / "home").rename(self.root / "home.before")

    def find(self, placed: dict[str, Case]) -> tuple[Found, list[Effect]]:
        """What is found of the last week with these faults, and what they did.

        A case that finds nothing to strike in its province is taken out of `placed`.
        """
        shutil.rmtree(self.root / "home", ignore_errors=True)
        shutil.copytree(self.root / "home.before", self.root / "home", copy_function=_copy)
        while (effects := self._spoil(placed)) is None:
            pass
        return self._run([self.last], _publish if self.whole else _take_in), effects

    def _spoil(self, placed: dict[str, Case]) -> list[Effect] | None:
        assert self._rehearsal is not None
        landing, effects = self.root / "landing", list[Effect]()
        shutil.rmtree(landing / str(self.last), ignore_errors=True)
        shutil.copytree(self.root / "sound" / str(self.last), landing / str(self.last), copy_function=os.link)
        try:
            self._rehearsal.spoil(landing, asked_of(placed, self.last), effects.append)
        except NothingToSpoil as nothing:
            del placed[nothing.province]
            return None
        return effects

    def _run(self, weeks: Sequence[Week], go_through: Callable[[Office, Sequence[Week]], None]) -> Found:
        from resources.office import open_office
        from resources.settings import load_settings

        office = open_office(load_settings(home=self.root / "home", landing=self.root / "landing"))
        try:
            go_through(office, weeks)
            last = str(weeks[-1])
            return Found(tuple(office.database.outcomes(week=last, failed_only=True)), office.database.verdict(last))
        finally:
            office.database.close()


def _copy(source: str, target: str) -> None:
    """What is written once and replaced as a whole is linked."""
    (os.link if source.endswith((".parquet", ".json", ".zst")) else shutil.copy2)(source, target)


def _take_in(office: Office, weeks: Sequence[Week]) -> None:
    """Intake: everything up to the verdict."""
    from assets.dossiers import type_weeks
    from assets.exports import take_in_weeks
    from assets.intake_steps import CORE_TABLES
    from assets.quality import decide_weeks, judge_weeks

    take_in_weeks(office, weeks)
    for table in CORE_TABLES:
        type_weeks(office, table, weeks)
    judge_weeks(office, weeks)
    decide_weeks(office, weeks)


def _publish(office: Office, weeks: Sequence[Week]) -> None:
    """Intake, and then everything up to the published ranking; the site repeats what the ranking says."""
    from assets.pending import pending_weeks
    from assets.publication import publish_weeks

    _take_in(office, weeks)
    for _ in publish_weeks(office, [week for week in pending_weeks(office) if week in weeks]):
        pass


def measure(cases: Sequence[Case], bench: Bench) -> list[Caught]:
    """What catches each case, in the order of the cases. One that finds nothing to strike tries another province."""
    bench.prepare()
    sound, _ = bench.find({})
    provinces = WITH_DOSSIERS[: bench.provinces]
    caught: dict[Case, Caught] = {}
    waiting = list(cases)
    for turn in range(TURNS):
        turned = provinces[turn:] + provinces[:turn]
        for number, placed in enumerate(laid_out := list(rounds(waiting, turned)), start=1):
            print(f"{number}/{len(laid_out)}", file=sys.stderr)
            found, effects = bench.find(placed)
            new = found.beyond(sound)
            for province, case in placed.items():
                caught[case] = _of_case(case, province, new, effects)
        waiting = [case for case in waiting if case not in caught]
    if waiting:
        raise NothingToSpoil(f"nothing to strike in any province: {waiting}; ask for more dossiers per week")
    return [caught[case] for case in cases]


def _of_case(case: Case, province: str, new: Found, effects: Sequence[Effect]) -> Caught:
    national = any(FAULTS[name].national for name in case)
    mine = [one for one in new.outcomes if speaks_of(one, province, national=national)]
    did = [one for one in effects if one.fault in case and (one.province == province or FAULTS[one.fault].national)]
    found = judge(case, did, mine, new.verdict)
    if not found.right:
        print(f"  {'+'.join(case)}: {found.wrong}; {found.told()}", file=sys.stderr)
    return found


def measure_sound(seed: int, provinces: int, dossiers_per_week: int, weeks: Sequence[Week] = tuple(WEEKS)) -> list[str]:
    """Warnings and errors of a sound week: there ought to be none."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        bench = Bench(Path(folder), provinces, dossiers_per_week, seed, weeks=weeks)
        bench.prepare()
        found, _ = bench.find({})
    return [one.describe("en") for one in found.outcomes if one.severity != "info"]


def some_pairs() -> list[Case]:
    """Every fault with two of every stage (counter, table, dossier, file), its own too; the partners go round in turn."""
    stages: dict[str, list[str]] = {}
    for name, fault in FAULTS.items():
        stages.setdefault(fault.stage, []).append(name)
    chosen: set[frozenset[str]] = set()
    for number, name in enumerate(FAULTS):
        for members in stages.values():
            others = [one for one in members if one != name]
            chosen |= {frozenset((name, others[(number + step) % len(others)])) for step in (0, len(others) // 2)}
    return [pair for pair in itertools.combinations(FAULTS, 2) if frozenset(pair) in chosen]


def cases_of(faults: Sequence[str], pairs: Sequence[str]) -> list[Case]:
    """The cases asked for. `all` stands for every fault, every pair, `some` for some pairs. Raises ValueError for an
    unknown name.
    """
    cases: list[Case] = [(name,) for name in (FAULTS if "all" in faults else faults)]
    for pair in pairs:
        if pair in ("all", "some"):
            cases += itertools.combinations(FAULTS, 2) if pair == "all" else some_pairs()
        else:
            cases.append(tuple(pair.split("+")))
    if unknown := {name for case in cases for name in case} - set(FAULTS):
        raise ValueError(f"there are no faults {', '.join(sorted(unknown))}; they are {', '.join(FAULTS)}")
    return cases


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; writes a page or prints it."""
    parser = argparse.ArgumentParser(prog="python -m emulator.matrix", description="Which fault is caught by what.")
    parser.add_argument("--fault", action="append", default=[], help="a fault alone, or all; repeatable")
    parser.add_argument(
        "--pair", action="append", default=[], help="two faults together: a+b, some, or all; repeatable"
    )
    parser.add_argument("--seeds", type=int, default=0, help="so many sound weeks, of the seeds 1, 2, ...")
    parser.add_argument("--provinces", type=int, default=16, help="how many faults go into one round")
    parser.add_argument("--dossiers-per-week", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=766)
    parser.add_argument("--out", default=str(PAGE), help="the page to write; - prints it")
    asked = parser.parse_args(arguments)
    if not (asked.fault or asked.pair or asked.seeds):
        asked.fault, asked.pair, asked.seeds = ["all"], ["some"], SEEDS
    try:
        alone, pairs = cases_of(asked.fault, []), cases_of([], asked.pair)
    except ValueError as error:
        parser.error(str(error))
    found: list[Caught] = []
    for cases, whole in ((alone, True), (pairs, False)):
        if cases:
            provinces = min(asked.provinces, len(cases))
            with tempfile.TemporaryDirectory(prefix="faults-") as folder:
                found += measure(cases, Bench(Path(folder), provinces, asked.dossiers_per_week, asked.seed, whole))
    sound = {seed: measure_sound(seed, 2, asked.dossiers_per_week) for seed in range(1, asked.seeds + 1)}
    text = page(found, sound, weeks=WEEKS, dossiers_per_week=asked.dossiers_per_week, seed=asked.seed)
    if asked.out == "-":
        print(text)
    else:
        Path(asked.out).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
