"""A week of work in an emulated province, steered so that the cumulated figures come out.

Belongs here: what happens to dossiers between two exports, and how many of them go wrong. Does not belong here: the
figures aimed at.

Every attribute has a natural course (most things go well) and a number of flaws that the target leaves room for. Are
there fewer flaws than that, so many of the week's dossiers get one, the careless units first; are there more, so many
old ones are mended by a later version.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emulator.clock import CLOSING, DAY, HOUR, MINUTE
from emulator.control import FOUR_FIFTHS, Yardstick, pick
from emulator.dossiers import FACTS, facts, is_open, is_timely, supplements
from emulator.targets import POPULATION_DOSSIERS, Targets

PROGRESS = Yardstick(2000)
RESULT, DIGITISED, STORE, POPULATION = Yardstick(600), Yardstick(400), Yardstick(400), Yardstick(200)
REUSED = Yardstick(200, FOUR_FIFTHS)
_NOT_REUSED, _FROM_STORE = 0.13, 0.6


@dataclass(slots=True)
class Steering:
    """One week of one province. `rows`: the live dossiers and the new ones; `is_new`, `counted`: masks over them.

    `settled`: sums of FACTS over dossiers that are no longer live. `moment`: the cut, `end` the week's end, local
    seconds.
    """

    rng: np.random.Generator
    rows: np.ndarray
    is_new: np.ndarray
    counted: np.ndarray
    settled: np.ndarray
    carelessness: dict[str, np.ndarray]
    eager: np.ndarray  # units that mend late dossiers and missing results this week
    targets: Targets
    monday: int
    moment: int
    end: int

    def run(self, online_share: float) -> None:
        """Everything of the week but fees, in the order in which one thing depends on another."""
        self._file(online_share)
        was_open = is_open(self.rows)
        self._finish()
        self._be_late(was_open)
        ended = was_open & (self.rows["finished"] > 0)
        self._attach_results(ended)
        self._digitise()
        self._share(ended)
        rows = self.rows
        handed_over = (
            (rows["finished"] > 0) & (rows["returned"] == 0) & (rows["finished"] + rows["hand_over"] < self.end)
        )
        rows["returned"][handed_over] = (rows["finished"] + rows["hand_over"])[handed_over]

    def choose(self, candidates: np.ndarray, count: int, flaw: str) -> np.ndarray:
        """Row numbers of so many candidates, units careless in that respect first."""
        return pick(self.rng, candidates, count, self.carelessness[flaw][self.rows["unit"]])

    def _lacking(self, fact: str) -> int:
        """How many counted dossiers lack a fact now."""
        line = FACTS.index(fact)
        seen = facts(self.rows[self.counted], self.moment, self.end, 0, np.zeros(0, bool))
        return int(self.settled[0] - self.settled[line] + len(seen[line]) - seen[line].sum())

    def _allowed(self, yardstick: Yardstick, score: int) -> int:
        """How many counted dossiers may lack what a yardstick measures for a score to come out."""
        received = int(self.settled[0] + self.counted.sum())
        return received - yardstick.nearest(score, received)

    def _file(self, online_share: float) -> None:
        rows, rng, new = self.rows, self.rng, self.is_new
        at_desk = self.choose(new, round((1 - online_share) * int(new.sum())), "channel")
        rows["channel"][new] = 2
        rows["channel"][at_desk] = np.where(rng.random(len(at_desk)) < 0.92, 1, 3)
        chance = rng.random((3, len(rows)))
        rows["vneid"][new] = ((rows["channel"] == 2) | (chance[0] < 0.85))[new]
        rows["link"][new] = (~rows["vneid"] | (chance[1] < 0.6))[new]
        rows["from_store"][new] = (chance[2] < _FROM_STORE)[new]
        more = self._allowed(POPULATION, POPULATION_DOSSIERS) - self._lacking("population")
        unknown = self.choose(new & self.counted & (rows["channel"] != 2), more, "population")
        for name in ("vneid", "link", "from_store"):
            rows[name][unknown] = False
        unlinked = ~new & self.counted & ~rows["vneid"] & ~rows["link"] & ~rows["from_store"]
        rows["link"][self.choose(unlinked, -more, "population")] = True
        rows["reused"][new] = np.minimum(rows["components"], rng.integers(1, 3, len(rows)))[new]
        rows["reused"][self.choose(new, round(_NOT_REUSED * int(new.sum())), "reused")] = 0

    def _finish(self) -> None:
        rows, rng = self.rows, self.rng
        going_on = is_open(rows) & ~rows["overdue"]
        # Of the dossiers that may lack a result three quarters may lie open: who is nearest to the end is finished by
        # Friday.
        room = self._allowed(RESULT, self.targets.electronic_result) * 75 // 100
        hopeless = int((self.settled[0] - self.settled[FACTS.index("result")]) + (rows["overdue"] & self.counted).sum())
        waiting = np.flatnonzero(going_on & (rows["plan"] >= self.end) & self.counted)
        surplus = len(waiting) - max(0, room - hopeless)
        if surplus > 0:
            soonest = waiting[np.argsort(rows["plan"][waiting], kind="stable")[:surplus]]
            friday = self.monday + 4 * DAY + 8 * HOUR + rng.integers(0, 8 * HOUR, len(soonest))
            rows["plan"][soonest] = np.maximum(rows["accepted"][soonest] + 10 * MINUTE, friday)
            for name in ("asked_1", "supplied_1"):
                unseen = soonest[rows["supplied_1"][soonest] >= rows["plan"][soonest]]
                rows[name][unseen] = 0
        ends = going_on & (rows["plan"] < self.end)
        rows["finished"][ends & ~rows["withdrawn"]] = rows["plan"][ends & ~rows["withdrawn"]]
        rows["stopped"][ends & rows["withdrawn"]] = rows["plan"][ends & rows["withdrawn"]]
        done_at_last = rows["overdue"] & is_open(rows) & (rng.random(len(rows)) < 0.2)
        self._end_in_the_week(np.flatnonzero(done_at_last))

    def _end_in_the_week(self, chosen: np.ndarray) -> None:
        day = self.rng.integers(0, 5, len(chosen)) * DAY
        self.rows["finished"][chosen] = self.monday + day + self.rng.integers(8 * HOUR, CLOSING, len(chosen))
        self.rows["overdue"][chosen] = False

    def _be_late(self, was_open: np.ndarray) -> None:
        rows, rng = self.rows, self.rng
        self._excuse(self._late_ones() & self._is_eager, len(rows))
        more = self._allowed(PROGRESS, self.targets.progress) - self._lacking("timely")
        unasked = rows["asked_1"] == 0
        candidates = was_open & self.counted & unasked & (rows["finished"] > 0) & is_timely(rows, self.moment, self.end)
        late = self.choose(candidates & (rows["due"] < self.moment - 2 * HOUR), more, "late")
        course = rng.random(len(late))
        lie, twice = late[course < 0.15], late[(course >= 0.15) & (course < 0.22)]
        rows["finished"][lie] = 0
        rows["overdue"][lie] = True
        # Asked for supplements twice counts as late however soon it ends; the others end after their term.
        room = rows["finished"][twice] - rows["accepted"][twice]
        for name, part in (("asked_1", 2), ("supplied_1", 4), ("asked_2", 6), ("supplied_2", 8)):
            rows[name][twice] = rows["accepted"][twice] + room * part // 10
        after = late[course >= 0.22]
        delay = rng.integers(30 * MINUTE, 6 * DAY, len(after))
        rows["finished"][after] = rows["due"][after] + np.minimum(delay, self.moment - HOUR - rows["due"][after])
        self._excuse(self._late_ones(), -more)

    @property
    def _is_eager(self) -> np.ndarray:
        return self.eager[self.rows["unit"]]

    def _late_ones(self) -> np.ndarray:
        """Old dossiers that count as late and might be excused."""
        rows = self.rows
        old = ~self.is_new & self.counted & (rows["asked_1"] == 0) & (rows["due"] - rows["accepted"] > 2 * HOUR)
        return old & ~is_timely(rows, self.moment, self.end) & (rows["stopped"] == 0)

    def _excuse(self, late: np.ndarray, count: int) -> None:
        """The record of a supplement comes in late: the waiting time is taken off, and the dossier was on time."""
        rows = self.rows
        chosen = self.choose(late & (rows["finished"] > 0), count, "reused")
        lying = self.choose(late & (rows["finished"] == 0), count - len(chosen), "reused")
        self._end_in_the_week(lying)
        chosen = np.concatenate([chosen, lying])
        rows["asked_1"][chosen] = rows["accepted"][chosen] + (rows["due"] - rows["accepted"])[chosen] // 3
        rows["supplied_1"][chosen] = rows["asked_1"][chosen] + (rows["finished"] - rows["due"])[chosen] + HOUR

    def _attach_results(self, ended: np.ndarray) -> None:
        rows = self.rows
        rows["result"][ended] = True
        rows["result_at"][ended] = rows["finished"][ended]
        lacking = ~ended & self.counted & (rows["finished"] > 0) & ~rows["result"]
        self._mend_results(lacking & self._is_eager, len(rows))
        more = self._allowed(RESULT, self.targets.electronic_result) - self._lacking("result")
        without = self.choose(ended & self.counted & ~self._is_eager, more, "result")
        rows["result"][without] = False
        rows["result_at"][without] = 0
        self._mend_results(lacking & ~rows["result"], -more)

    def _mend_results(self, lacking: np.ndarray, count: int) -> None:
        mended = self.choose(lacking, count, "reused")
        self.rows["result"][mended] = True
        self.rows["result_at"][mended] = self.monday + self.rng.integers(0, 5, len(mended)) * DAY + 10 * HOUR

    def _digitise(self) -> None:
        rows, new = self.rows, self.is_new
        rows["digitised"][new] = True
        on_paper = self.choose(new & is_open(rows), round(0.03 * int(new.sum())) // 2, "digitised")
        rows["digitised"][on_paper] = False
        more = self._allowed(DIGITISED, self.targets.components_digitised) - self._lacking("digitised")
        rows["digitised"][self.choose(new & self.counted & rows["result"], more, "digitised")] = False
        mended = self.choose(~new & self.counted & rows["result"] & ~rows["digitised"], -more, "reused")
        rows["digitised"][mended] = True

    def _share(self, ended: np.ndarray) -> None:
        rows = self.rows
        with_result = ended & rows["result"]
        rows["sent"][with_result] = True
        more = self._allowed(STORE, self.targets.shared_to_store) - self._lacking("store")
        rows["sent"][self.choose(with_result & self.counted & ~rows["from_store"], more, "store")] = False
        mended = self.choose(
            ~ended & self.counted & rows["result"] & ~rows["sent"] & ~rows["from_store"], -more, "reused"
        )
        rows["sent"][mended] = True

    def visible_supplements(self, moment: int) -> np.ndarray:
        """What an export at a moment shows of supplements, as one number a row: two exports differ when it does."""
        count, open_since, waited = supplements(self.rows, moment)
        return count * 4 + (open_since > 0) * 2 + (waited > 0)
