"""Petitions and dislikes of an emulated province.

Belongs here: the year's list, how it grows, and how many are answered late or badly so that the published score comes
out. Does not belong here: dossiers (a dislike only names one).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from emulator.clock import CLOSING, DAY, HOUR, add_working_days, iso
from emulator.control import Yardstick, pick
from emulator.units import Province

ON_TIME = Yardstick(600)
CONTENT = Yardstick(600)
_TERMS = {"": 15, "refuse": 2, "ask_more": 5, "resolve": 15, "publish": 2}
_A_WEEK, _BACKLOG_A_WEEK, _BACKLOG_MOST = 30, 50, 550


@dataclass(slots=True)
class Petition:
    """One petition, or one dislike of a dossier; moments are local seconds, 0 while unknown."""

    code: str
    unit: int
    received: int
    form: str = "petition"
    dossier: str = ""
    outcome: str = ""
    answered: int = 0
    disliked: bool = False
    repeated: bool = False
    late: bool = False

    @property
    def due(self) -> int:
        day = add_working_days(np.array([self.received // DAY]), _TERMS[self.outcome])
        return int(day[0]) * DAY + CLOSING

    @property
    def bad(self) -> bool:
        return self.late or self.disliked or self.repeated


@dataclass(slots=True)
class Petitions:
    """The petitions of one year, week after week."""

    province: Province
    rows: list[Petition] = field(default_factory=list)

    def begin_year(self) -> None:
        self.rows.clear()

    def advance(
        self,
        days: np.ndarray,
        first_days: np.ndarray,
        satisfaction: int,
        carelessness: np.ndarray,
        rng: np.random.Generator,
    ) -> None:
        """Receive a week's petitions and answer open ones.

        `days`: day numbers of the week's office days in the year. `first_days`: those of a backlog, empty after the
        first week.

        `satisfaction`: hundredths the two petition indicators must have together, hit exactly where whole petitions
        allow it. `carelessness`: one weight a unit; the heavier, the likelier its answers are disliked.
        """
        if not len(days):
            return
        backlog = min(_BACKLOG_MOST, _BACKLOG_A_WEEK * len(first_days) // 5)
        usual = backlog + _A_WEEK
        waiting = [row for row in self._petitions if not row.answered]
        late, bad, count = self._plan(usual, satisfaction, first=not self._petitions)
        days = np.concatenate(
            [rng.choice(first_days, backlog) if backlog else days[:0], rng.choice(days, count - backlog)]
        )
        new = [self._receive(int(day), rng) for day in np.sort(days)]
        # Only a first week, with its backlog, has petitions old enough to have been answered late.
        overdue = [row for row in new if row.received // DAY <= days.max() - 20]
        for number in rng.permutation(len(overdue))[:late]:
            row = overdue[number]
            row.late = True
            self._answer(row, int(add_working_days(np.array([row.received // DAY]), 11)[0]), "refuse", rng)
        for row in waiting:
            self._answer(row, int(days.min()), "resolve", rng)
        for row in new:
            settled = row.received // DAY <= days.max() - 5
            if not row.answered and (settled or rng.random() < 0.6):
                outcome = str(rng.choice(["resolve", "resolve", "resolve", "publish", "ask_more"]))
                self._answer(row, row.received // DAY, outcome, rng)
        recent = [row for row in self._petitions if row.answered and not row.bad][-max(80, 3 * bad) :]
        weights = carelessness[[row.unit for row in recent]]
        for number in pick(rng, np.ones(len(recent), bool), bad - late, weights):
            if rng.random() < 0.8:
                recent[number].disliked = True
            else:
                recent[number].repeated = True

    def dislike(self, dossier: str, unit: int, moment: int) -> None:
        """Record that an applicant disliked how a dossier was handled."""
        self.rows.append(Petition(self._code(moment), unit, moment, form="dislike", dossier=dossier, disliked=True))

    def lines(self) -> Iterator[list[str]]:
        """Rows of the export: all of the year so far, in the order received."""
        for row in self.rows:
            dislike = row.form == "dislike"
            yield [
                row.code,
                self.province.unit_codes[row.unit],
                row.dossier,
                row.form,
                iso(row.received),
                "" if dislike else iso(row.due),
                row.outcome,
                iso(row.answered),
                "true" if row.disliked else "false",
                "true" if row.repeated else "false",
            ]

    def tallies(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Petitions, those on time, those without fault, one entry a unit."""
        units = np.array([[row.unit, row.late, row.bad] for row in self._petitions], dtype=np.int64).reshape(-1, 3)
        count = np.bincount(units[:, 0], minlength=self.province.size)
        late = np.bincount(units[:, 0], units[:, 1], minlength=self.province.size).astype(np.int64)
        bad = np.bincount(units[:, 0], units[:, 2], minlength=self.province.size).astype(np.int64)
        return count, count - late, count - bad

    @property
    def _petitions(self) -> list[Petition]:
        return [row for row in self.rows if row.form == "petition"]

    def _plan(self, usual: int, satisfaction: int, *, first: bool) -> tuple[int, int, int]:
        """More late ones, more bad ones, more petitions: of the plans that hit the score the most usual."""
        known = self._petitions
        had, late, bad = len(known), sum(row.late for row in known), sum(row.bad for row in known)
        plans = []
        for count in range(had + max(3, usual * 3 // 4), had + usual * 5 // 4 + 12):
            expected = round((1200 - satisfaction) * count / 600) - bad
            for more in range(3 if first else 1):
                for worse in range(max(0, expected - 6), min(max(0, expected) + 7, count - bad - more)):
                    on_time = ON_TIME.score(count - late - more, count)
                    miss = on_time + CONTENT.score(count - bad - more - worse, count) - satisfaction
                    plans.append((abs(miss), abs(count - had - usual) + 6 * more, more, more + worse, count - had))
        _, _, more_late, more_bad, count = min(plans)
        return more_late, more_bad, count

    def _receive(self, day: int, rng: np.random.Generator) -> Petition:
        moment = day * DAY + int(rng.integers(8 * HOUR, CLOSING))
        unit = int(rng.integers(self.province.size))
        row = Petition(self._code(moment), unit, moment)
        self.rows.append(row)
        return row

    def _answer(self, row: Petition, day: int, outcome: str, rng: np.random.Generator) -> None:
        row.outcome = outcome
        earliest = max(row.received, day * DAY + 8 * HOUR)
        row.answered = int(rng.integers(earliest + HOUR // 2, max(earliest, day * DAY + CLOSING) + HOUR))

    def _code(self, moment: int) -> str:
        day = date.fromordinal(719163 + moment // DAY)
        return f"PAKN-{self.province.code}-{day:%y%m%d}-{len(self.rows) + 1:05d}"
