"""Which fault is caught by what: every fault alone, or pairs, let loose and run through the pipeline; docs/faults.md.

    python -m emulator.matrix                                   every fault alone, writes docs/faults.md
    python -m emulator.matrix --fault swapped --out -           some faults, printed
    python -m emulator.matrix --pair swapped+empty_file --out - pairs (`--pair all`: each with each)

Belongs here: laying faults out over provinces, running them, and telling their findings apart. Does not belong here:
faults (faults/), rules (checks). This is a tool beside the house: it imports the pipeline's rooms inside functions.

The weeks before the last are emulated and taken in once. Then round after round comes the last week: first without any
fault, then with one fault (or pair) a province. What a round finds beyond the first is what its faults are caught by.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.faults.catalogue import FAULTS
from emulator.faults.fault import Effect
from emulator.matrix_page import Caught, page, row_of
from emulator.portal import emulate
from emulator.units import WITH_DOSSIERS
from scoring.calendar import Week, parse_weeks

if TYPE_CHECKING:
    from resources.outcomes import RuleOutcome
    from resources.verdicts import Verdict

WEEKS = parse_weeks("2025-W46..2025-W51")  # one rule set throughout, no story, five weeks to compare the last with
PAGE = Path(__file__).parents[1] / "docs" / "faults.md"
NATION = "VN"
_LISTS = ("procedures", "petitions", "units")  # they tell a state: only the last week's is needed
Case = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What the pipeline says of the last week: findings that failed, and the verdict."""

    outcomes: tuple[RuleOutcome, ...]
    verdict: Verdict | None

    def beyond(self, sound: Found) -> Found:
        """Without what is found of a sound week too."""
        known = {_key(outcome) for outcome in sound.outcomes}
        return Found(tuple(one for one in self.outcomes if _key(one) not in known), self.verdict)


def _key(outcome: RuleOutcome) -> tuple[object, ...]:
    return (
        outcome.rule,
        outcome.grain,
        outcome.kind,
        outcome.scope,
        outcome.unit_code,
        outcome.severity,
        outcome.failed,
    )


def rounds(cases: Sequence[Case], provinces: Sequence[str]) -> Iterator[dict[str, Case]]:
    """Cases laid out over provinces, a case a province; of national ones at most one a round."""
    waiting = list(cases)
    while waiting:
        here: dict[str, Case] = {}
        national = False
        for case in list(waiting):
            is_national = any(FAULTS[name].national for name in case)
            if len(here) < len(provinces) and not (is_national and national):
                here[provinces[len(here)]] = case
                national |= is_national
                waiting.remove(case)
        yield here


def speaks_of(outcome: RuleOutcome, province: str, *, national: bool) -> bool:
    """Whether a finding is about a province's feeds or units; of a national fault, about the table of the nation."""
    of_nation = outcome.scope == NATION or f".{NATION}." in (outcome.file or "")
    if of_nation:
        return national
    about = (outcome.unit_code or "", outcome.scope or "")
    return any(text.startswith(province) for text in about) or f".{province}." in (outcome.file or "")


@dataclass(slots=True)
class Bench:
    """A home and a landing folder in a temporary folder, ready for the last week again and again."""

    root: Path
    provinces: int
    dossiers_per_week: int
    seed: int

    @property
    def last(self) -> Week:
        return WEEKS[-1]

    def prepare(self) -> None:
        """Emulate the weeks and take in all but the last."""
        self._emulate("sound", ())
        shutil.copytree(self.root / "sound", self.root / "landing", ignore=shutil.ignore_patterns(str(self.last)))
        for week in WEEKS[:-1]:
            for path in (self.root / "landing" / str(week)).iterdir():
                if path.name.startswith(_LISTS):
                    path.unlink()
        self._run(WEEKS[-2])
        (self.root / "home").rename(self.root / "home.before")

    def find(self, placed: dict[str, Case]) -> tuple[Found, list[Effect]]:
        """What is found of the last week with these faults, and what they did."""
        effects: list[Effect] = []
        folder = "sound"
        if placed:
            folder = "faulty"
            shutil.rmtree(self.root / folder, ignore_errors=True)
            faults = [f"{name}@{self.last}:{province}" for province, case in placed.items() for name in case]
            self._emulate(folder, faults, effects)
        for name in ("home", f"landing/{self.last}"):
            shutil.rmtree(self.root / name, ignore_errors=True)
        shutil.copytree(self.root / "home.before", self.root / "home")
        shutil.copytree(self.root / folder / str(self.last), self.root / "landing" / str(self.last))
        return self._run(self.last), effects

    def _emulate(self, folder: str, faults: Sequence[str], effects: list[Effect] | None = None) -> None:
        emulate(
            self.root / folder,
            WEEKS,
            seed=self.seed,
            dossiers_per_week=self.dossiers_per_week,
            provinces=self.provinces,
            faults=faults,
            on_fault=None if effects is None else effects.append,
        )

    def _run(self, week: Week) -> Found:
        """`service-index run --week` in this process."""
        from pipelines.launch import run_weeks
        from resources.office import open_office
        from resources.settings import load_settings

        office = open_office(load_settings(home=self.root / "home", landing=self.root / "landing"))
        try:
            report = run_weeks(office, [week])
            if report.errors:
                raise RuntimeError("; ".join(report.errors))
            found = office.database.outcomes(week=str(week), failed_only=True)
            return Found(tuple(found), office.database.verdict(str(week)))
        finally:
            office.database.close()


def measure(cases: Sequence[Case], bench: Bench) -> list[Caught]:
    """What catches each case, in the order of the cases."""
    bench.prepare()
    sound, _ = bench.find({})
    caught: dict[Case, Caught] = {}
    laid_out = list(rounds(cases, WITH_DOSSIERS[: bench.provinces]))
    for number, placed in enumerate(laid_out, start=1):
        print(f"{number}/{len(laid_out)}: {', '.join('+'.join(case) for case in placed.values())}", file=sys.stderr)
        found, effects = bench.find(placed)
        new = found.beyond(sound)
        for province, case in placed.items():
            national = any(FAULTS[name].national for name in case)
            mine = [one for one in new.outcomes if speaks_of(one, province, national=national)]
            did = [one for one in effects if one.province == province]
            caught[case] = row_of(case, did, mine, new.verdict)
            print(f"  {'+'.join(case)}: {'; '.join(caught[case].by) or 'not caught'}", file=sys.stderr)
    return [caught[case] for case in cases]


def cases_of(faults: Sequence[str], pairs: Sequence[str]) -> list[Case]:
    """The cases asked for; every fault alone when nothing is. Raises ValueError for an unknown name."""
    cases: list[Case] = [(name,) for name in faults or ([] if pairs else FAULTS)]
    for pair in pairs:
        cases += itertools.combinations(FAULTS, 2) if pair == "all" else [tuple(pair.split("+"))]
    if unknown := {name for case in cases for name in case} - set(FAULTS):
        raise ValueError(f"there are no faults {', '.join(sorted(unknown))}; they are {', '.join(FAULTS)}")
    return cases


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; writes a page or prints it."""
    parser = argparse.ArgumentParser(prog="python -m emulator.matrix", description="Which fault is caught by what.")
    parser.add_argument("--fault", action="append", default=[], help="a fault alone; repeatable; all by default")
    parser.add_argument("--pair", action="append", default=[], help="two faults together: a+b, or all; repeatable")
    parser.add_argument("--provinces", type=int, default=6, help="how many faults go into one round")
    parser.add_argument("--dossiers-per-week", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=766)
    parser.add_argument("--out", default=str(PAGE), help="the page to write; - prints it")
    asked = parser.parse_args(arguments)
    try:
        cases = cases_of(asked.fault, asked.pair)
    except ValueError as error:
        parser.error(str(error))
    provinces = min(asked.provinces, len(cases))
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        found = measure(cases, Bench(Path(folder), provinces, asked.dossiers_per_week, asked.seed))
    text = page(found, weeks=WEEKS, dossiers_per_week=asked.dossiers_per_week, seed=asked.seed)
    if asked.out == "-":
        print(text)
    else:
        Path(asked.out).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
