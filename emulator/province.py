"""One emulated province, week after week: its dossiers, its counters, its petitions.

Belongs here: the state that is carried from week to week, and one step of it. Does not belong here: files, and other
provinces.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from emulator.arrivals import arrive, refuse_too_many
from emulator.clock import DAY, HOUR, MINUTE, day_number, local_seconds, office_days, seconds_of_utc, working_days
from emulator.control import pick
from emulator.dossiers import FACTS, RECORD, dossier_code, facts, is_timely, tally
from emulator.lists import payment_plan
from emulator.petitions import Petitions
from emulator.procedures import SERVICES_ONLINE, Catalogue, catalogue
from emulator.steering import Steering
from emulator.targets import Targets, active_procedures
from emulator.units import EAGER, PRAISED, WITH_DOSSIERS, Character, Province, character
from scoring.calendar import Period, Week

MERGED = date(2025, 7, 1)  # the units exist since then; the year 2025 is counted from this day
MISCOUNT_FROM = seconds_of_utc(Week.parse("2025-W44").start) + 2 * DAY + 12 * HOUR
MISCOUNT_WEEKS = (Week.parse("2025-W44"), Week.parse("2025-W45"))
REPAIRED = Week.parse("2025-W46")
_ONLINE_SHARE, _FILED_FULLY = 0.82, 740
_BACKLOG_WEEKS, _BACKLOG_PACE = 6.0, 0.55


def counted_from(week: Week) -> date:
    """The first day that counts towards the year to date of a week."""
    start = Period.of_week("ytd", week).start_day
    return max(start, MERGED) if start.year == MERGED.year and week.sunday >= MERGED else start


def _starts(days: np.ndarray) -> np.ndarray:
    """Day numbers of the first day of the count each day belongs to: 1 January, or the merger of units."""
    years = days.astype("datetime64[D]").astype("datetime64[Y]")
    merged = day_number(MERGED)
    return np.where(
        (years == np.datetime64("2025")) & (days >= merged), merged, years.astype("datetime64[D]").astype(np.int64)
    )


@dataclass(slots=True)
class Year:
    """What is counted since one first day.

    `settled`: FACTS by units, of dossiers no longer live. `months`: dossiers accepted, 12 by units. `used`, `paid`:
    units by procedures, which had a dossier, which had one paid online. `active`: how many procedures are in use.
    """

    settled: np.ndarray
    months: np.ndarray
    used: np.ndarray
    paid: np.ndarray
    active: int = 0

    @property
    def used_anywhere(self) -> np.ndarray:
        return np.asarray(self.used.any(axis=0))

    @property
    def paid_anywhere(self) -> np.ndarray:
        return np.asarray(self.paid.any(axis=0))


@dataclass(frozen=True, slots=True)
class Worked:
    """A week of a province. `versions`: dossiers new or changed, by code. `tallies`: FACTS by units, year to date.

    `moment`: the cut, local seconds. `fee_procedures`: how many procedures bear a fee in the week's list.
    `rows`: every dossier counted in the year to date where the office remembers them all, else none.
    """

    week: Week
    targets: Targets
    counted_from: date
    moment: int
    versions: np.ndarray
    tallies: np.ndarray
    year: Year
    fee_procedures: int
    rows: np.ndarray


@dataclass(slots=True)
class ProvinceOffice:
    """A province at work. Call `advance` for every week in turn; equal arguments give equal weeks.

    `remembers`: keep every counted dossier, for faults of the portal's counter; otherwise those that cannot change any
    more live on in sums alone.
    """

    province: Province
    seed: int
    first_week: Week
    dossiers_a_week: int
    remembers: bool = False
    character: Character = field(init=False)
    catalogue: Catalogue = field(init=False)
    petitions: Petitions = field(init=False)
    miscounted: np.ndarray = field(init=False)  # units whose electronic results the portal's counter misses for a while
    certified_order: np.ndarray = field(init=False)
    last_year: np.ndarray = field(init=False)
    _live: np.ndarray = field(init=False)
    _years: dict[int, Year] = field(init=False, default_factory=dict)
    _last_number: int = field(init=False, default=0)
    _since: date | None = field(init=False, default=None)
    _remembered: list[np.ndarray] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        rng, communes = self.rng(0), self.province.communes
        self.character = character(self.province, rng)
        refuse_too_many(self.province, self.character, self.dossiers_a_week)
        departments = self.character.carelessness["late"][communes:]
        self.catalogue = catalogue(
            rng, counted_from(self.first_week), np.flatnonzero(departments > np.median(departments))
        )
        self.miscounted = np.zeros(self.province.size, bool)
        if self.province.code == "H05":
            self.miscounted[rng.permutation(communes)[: communes // 8]] = True
        # Units that the reports praise offered certified copies from the beginning.
        praised = self.province.named(PRAISED)[:communes]
        self.certified_order = np.lexsort((rng.permutation(communes), ~praised))
        self.last_year = np.round(self.character.share * self.dossiers_a_week * 40).astype(np.int64)
        self.petitions = Petitions(self.province)
        self._live = np.zeros(0, RECORD)

    def rng(self, number: int) -> np.random.Generator:
        """The generator of one week (ordinal of its Monday), or 0 for what is fixed at the beginning."""
        return np.random.default_rng([self.seed, WITH_DOSSIERS.index(self.province.code), number])

    def advance(self, week: Week, targets: Targets) -> Worked:
        """One week of work, steered to the targets as nearly as whole dossiers allow."""
        rng, since = self.rng(week.monday.toordinal()), counted_from(week)
        moment, end = seconds_of_utc(Period.of_week("ytd", week).cut(week)), seconds_of_utc(week.end)
        year = self._year(day_number(since))
        backlog_days = working_days(since, week.previous.sunday) if self._since is None else np.zeros(0, np.int64)
        new = self._arrivals(week, targets, year, backlog_days, rng)
        rows = np.concatenate([self._live, new])
        before = rows.copy()
        is_new = np.arange(len(rows)) >= len(self._live)
        steering = Steering(
            rng=rng,
            rows=rows,
            is_new=is_new,
            counted=(rows["accepted"] > 0) & (_starts(rows["code_day"]) == day_number(since)),
            settled=year.settled.sum(axis=1),
            carelessness=self.character.carelessness,
            eager=self.province.named(EAGER) & (self.province.code == "H05") & (week == REPAIRED),
            targets=targets,
            monday=local_seconds(week.monday),
            moment=moment,
            end=end,
        )
        said = steering.visible_supplements(seconds_of_utc(week.start))
        filed = 600 - max(0, _FILED_FULLY - targets.online_services)
        steering.run(_ONLINE_SHARE if filed == 600 else max(0.02, filed / 1200))
        fee_procedures = self._collect_fees(steering, year)
        self._remember(rows, is_new)
        versions = rows[is_new | (rows != before) | (steering.visible_supplements(end) != said)]
        if self._since != since:
            self.petitions.begin_year()
            self._remembered.clear()
        satisfaction = targets.satisfaction - min(600, (2 * targets.progress + 3) // 6)
        days = office_days(week)[0]
        days = days[(days >= day_number(since)) & (days * DAY < moment)]
        self.petitions.advance(days, backlog_days, satisfaction, self.character.carelessness["content"], rng)
        self._dislike(rows, before, moment, rng)
        counted = rows[steering.counted]
        tallies = year.settled + tally(counted, self._facts(counted, moment, end), self.province.size)
        every = np.concatenate([*self._remembered, counted]) if self.remembers else counted[:0]
        self._settle(rows, since, moment, end)
        self._since = since
        versions = versions[np.lexsort((versions["serial"], versions["code_day"], versions["unit"]))]
        return Worked(week, targets, since, moment, versions, tallies, year, fee_procedures, every)

    def _year(self, start: int) -> Year:
        if start not in self._years:
            units, procedures = self.province.size, self.catalogue.size
            self._years[start] = Year(
                settled=np.zeros((len(FACTS), units), np.int64),
                months=np.zeros((12, units), np.int64),
                used=np.zeros((units, procedures), bool),
                paid=np.zeros((units, procedures), bool),
            )
        return self._years[start]

    def _facts(self, rows: np.ndarray, moment: int, end: int) -> np.ndarray:
        return facts(rows, moment, end, MISCOUNT_FROM, self.miscounted)

    def _arrivals(
        self, week: Week, targets: Targets, year: Year, backlog_days: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        days, pace = office_days(week)
        count = max(1, round(self.dossiers_a_week * pace * rng.uniform(0.96, 1.04)))
        backlog = round(self.dossiers_a_week * min(_BACKLOG_WEEKS, _BACKLOG_PACE * len(backlog_days) / 5))
        accepted_on = [rng.choice(backlog_days, backlog)] if backlog else []
        accepted_on.append(rng.choice(days, count))
        services = round(self.catalogue.size * SERVICES_ONLINE)
        year.active = max(year.active, active_procedures(targets, services))
        # Every procedure in use is used at least once, so that their number is known.
        unused = np.flatnonzero(~year.used_anywhere[: year.active])[: (backlog + count) // 2]
        new = arrive(
            rng,
            self.province,
            self.character,
            self.catalogue,
            days=np.concatenate(accepted_on),
            active=year.active,
            unused=unused,
            first=self._since is None,
            first_number=self._last_number + 1,
        )
        self._last_number += len(new)
        return new

    def _collect_fees(self, steering: Steering, year: Year) -> int:
        """Let fees go unpaid, or be paid late, as the target asks. Returns how many procedures bear a fee."""
        rows, counted = steering.rows, steering.counted & (steering.rows["fee"] > 0)
        fresh = counted & steering.is_new
        paid_before = year.paid_anywhere
        with_payment = paid_before.copy()
        with_payment[rows["procedure"][fresh]] = True
        fee_bearing = int(steering.settled[FACTS.index("fee_bearing")] + counted.sum())
        paid = int(steering.settled[FACTS.index("paid")] + (counted & (rows["paid"] > 0)).sum())
        procedures, unpaid = payment_plan(
            int(with_payment.sum()),
            paid,
            fee_bearing,
            steering.targets.online_payment,
            int(self.catalogue.may_cost.sum()),
        )
        more = unpaid - (fee_bearing - paid)
        # A procedure's first dossier of the year is paid: it is what makes it one with payments.
        can_fail = fresh & paid_before[rows["procedure"]]
        _, first_ones = np.unique(rows["procedure"][fresh], return_index=True)
        others = fresh.copy()
        others[np.flatnonzero(fresh)[first_ones]] = False
        rows["paid"][steering.choose(can_fail | others, more, "payment")] = 0
        rows["paid"][steering.choose(counted & ~steering.is_new & (rows["paid"] == 0), -more, "payment")] = 2
        return procedures

    def _dislike(self, rows: np.ndarray, before: np.ndarray, moment: int, rng: np.random.Generator) -> None:
        ended = (rows["finished"] > 0) & (before["finished"] == 0) & (rows["finished"] < moment - HOUR)
        count = max(1, self.dossiers_a_week // 2000)
        chosen = pick(rng, ended, count, self.character.carelessness["late"][rows["unit"]])
        rows["complained"][chosen] = True
        for row in rows[chosen]:
            said_at = int(rng.integers(row["finished"] + MINUTE, moment))
            self.petitions.dislike(dossier_code(row, self.province), int(row["unit"]), said_at)

    def _remember(self, rows: np.ndarray, is_new: np.ndarray) -> None:
        """Enter dossiers into the months and procedures of the year each belongs to."""
        starts = _starts(rows["code_day"])
        for start in np.unique(starts).tolist():
            year, mine = self._year(start), (starts == start) & (rows["accepted"] > 0)
            arrived, paid = rows[mine & is_new], rows[mine & (rows["paid"] > 0)]
            month = arrived["code_day"].astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
            np.add.at(year.months, (month, arrived["unit"]), 1)
            year.used[arrived["unit"], arrived["procedure"]] = True
            year.paid[paid["unit"], paid["procedure"]] = True

    def _settle(self, rows: np.ndarray, since: date, moment: int, end: int) -> None:
        """Keep live what may still change; count the rest for good. Of past years only what lies open is kept."""
        starts, this_year = _starts(rows["code_day"]), day_number(since)
        over = (rows["returned"] > 0) | (rows["stopped"] > 0)
        faultless = rows["result"] & rows["digitised"] & (rows["from_store"] | rows["sent"])
        faultless &= (rows["vneid"] | rows["link"] | rows["from_store"]) & ((rows["fee"] == 0) | (rows["paid"] > 0))
        faultless &= is_timely(rows, moment, end) | (rows["asked_1"] > 0)
        settled = over & (faultless | (rows["stopped"] > 0)) & (starts == this_year)
        counted = rows[settled & (rows["accepted"] > 0)]
        self._year(this_year).settled += tally(counted, self._facts(counted, moment, end), self.province.size)
        if self.remembers:
            self._remembered.append(counted)
        self._live = rows[~settled & ~(over & (starts < this_year))]
