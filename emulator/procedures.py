"""The procedures of an emulated province: their names, who answers for them, the list the portal exports each week.

Belongs here: the catalogue of one province and its weekly state. Does not belong here: dossiers, and what the list is
worth in points. Names, codes, terms and fees are simulated; they only look like the national catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from emulator.clock import add_working_days, day_number
from emulator.offices import Office, departments, offices
from emulator.units import Province
from scoring.calendar import Week

_VERBS = (
    "Cấp mới", "Cấp lại", "Cấp đổi", "Gia hạn", "Điều chỉnh", "Thu hồi theo đề nghị",
    "Đăng ký", "Công nhận", "Thẩm định", "Xác nhận", "Phê duyệt", "Thông báo",
)  # fmt: skip
_FOR_WHOM = ("", " (cấp tỉnh)", " theo cơ chế một cửa liên thông", " đối với tổ chức nước ngoài")
PER_DEPARTMENT, FOR_COMMUNES = 145, 200
SERVICES_ONLINE = 0.82  # usual share of procedures offered online
_TERMS = np.array([0, 1, 2, 3, 3, 5, 5, 7, 10, 15])
_FEES = np.array([5_000, 8_000, 15_000, 50_000, 100_000, 150_000, 300_000])
ANNOUNCED_A_WEEK = 4


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All procedures of a province, in the order in which dossiers come to use them (arrays: one entry each).

    `owner`: number of the department, or -1 for what every commune handles. `may_cost`: bears a fee as soon as the list
    says so.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    fields: tuple[str, ...]
    field_codes: tuple[str, ...]
    owner: np.ndarray
    term_days: np.ndarray
    fee_vnd: np.ndarray
    may_cost: np.ndarray
    subject_person: np.ndarray
    full_process: np.ndarray
    complete: np.ndarray
    connect_order: np.ndarray
    disclosed_before: np.ndarray  # day of the decision that counts for none of the emulated years
    announcements: Announcements

    @property
    def size(self) -> int:
        return len(self.codes)

    def bearing_fees(self, paid: np.ndarray, count: int) -> np.ndarray:
        """Which bear a fee when so many do: those paid for already, then the communes', then others."""
        order = np.lexsort((self.owner >= 0, ~paid, ~self.may_cost))
        bearing = np.zeros(self.size, bool)
        bearing[order[:count]] = True
        return bearing & self.may_cost


@dataclass(frozen=True, slots=True)
class Announcements:
    """Decisions that announce procedures, four a week from the first day on (arrays have one entry a decision)."""

    procedure: np.ndarray
    announced: np.ndarray
    effective: np.ndarray
    disclosed: np.ndarray
    in_time: np.ndarray
    disclosed_in_time: np.ndarray
    disclosure_due: np.ndarray


def catalogue(rng: np.random.Generator, counted_from: date, careless: np.ndarray) -> Catalogue:
    """The catalogue of one province; its announcements begin in the week after `counted_from`.

    `careless`: numbers of the departments that announce too late when somebody does.
    """
    *of_departments, of_communes = offices()
    owner = np.concatenate([np.repeat(np.arange(len(of_departments)), PER_DEPARTMENT), np.full(FOR_COMMUNES, -1)])
    order = _order_of_use(owner, rng)
    names = [name for office in of_departments for name in _names(office, PER_DEPARTMENT)]
    names += _names(of_communes, FOR_COMMUNES)
    owner, size = owner[order], len(owner)
    return Catalogue(
        codes=tuple(f"{1 + number % 3}.{100_000 + 397 * number:06d}" for number in order),
        names=tuple(names[number] for number in order),
        fields=tuple(offices()[number].field for number in owner),
        field_codes=tuple(f"LV{number % len(offices()) + 1:02d}" for number in owner),
        owner=owner,
        term_days=np.where(owner < 0, _TERMS[rng.integers(0, 7, size)], _TERMS[rng.integers(1, len(_TERMS), size)]),
        fee_vnd=np.where(owner < 0, _FEES[rng.integers(0, 3, size)], _FEES[rng.integers(1, len(_FEES), size)]),
        may_cost=np.isin(np.arange(size) % 5, (0, 2)),
        subject_person=rng.random(size) < np.where(owner < 0, 0.95, 0.6),
        full_process=rng.random(size) < 0.55,
        complete=rng.permutation(size) >= size // 100,
        connect_order=rng.permutation(size),
        disclosed_before=day_number(date(2023, 1, 2)) + rng.integers(0, 600, size),
        announcements=_announcements(rng, owner, counted_from, careless),
    )


def _names(office: Office, count: int) -> list[str]:
    every = [f"{verb} {thing}{whom}" for whom in _FOR_WHOM for verb in _VERBS for thing in office.objects]
    return every[:count]


def _order_of_use(owner: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Every fifth procedure that comes into use belongs to the communes, the others to the departments in turn."""
    turn = np.zeros(len(owner))
    for number in np.unique(owner):
        mine = rng.permutation(np.flatnonzero(owner == number))
        turn[mine] = np.arange(len(mine)) / (0.2 if number < 0 else 0.8 / len(departments())) + max(number, 0) / 100
    return np.argsort(turn, kind="stable")


def _announcements(
    rng: np.random.Generator, owner: np.ndarray, counted_from: date, careless: np.ndarray
) -> Announcements:
    weeks = 60
    count = ANNOUNCED_A_WEEK * weeks
    number = np.arange(count)
    monday = day_number(Week.containing(counted_from).next.monday)
    announced = add_working_days(monday + number // ANNOUNCED_A_WEEK * 7 + number % ANNOUNCED_A_WEEK, 0)
    in_time = _evenly(number, np.where(number < 44, 72, 78))
    disclosed_in_time = _evenly(number, np.full(count, 89))
    faulty = ~(in_time & disclosed_in_time)
    of_careless = rng.permutation(np.flatnonzero(np.isin(owner, careless)))
    procedure = np.zeros(count, np.int64)
    procedure[faulty] = of_careless[: faulty.sum()]
    procedure[~faulty] = rng.permutation(np.setdiff1d(np.flatnonzero(owner >= 0), procedure[faulty]))[: (~faulty).sum()]
    return Announcements(
        procedure=procedure,
        announced=announced,
        effective=np.where(in_time, announced + rng.integers(21, 40, count), announced - rng.integers(1, 9, count)),
        disclosed=add_working_days(announced, np.where(disclosed_in_time, rng.integers(1, 4, count), 8)),
        in_time=in_time,
        disclosed_in_time=disclosed_in_time,
        disclosure_due=add_working_days(announced, 5),
    )


def _evenly(number: np.ndarray, per_cent: np.ndarray) -> np.ndarray:
    """True for that share of the numbers, spread evenly."""
    return np.diff((np.cumsum(per_cent) + 50) // 100, prepend=0) > 0 if len(number) else number > 0


@dataclass(frozen=True, slots=True)
class ProcedureList:
    """The list of one week: which are offered online, bear a fee, are connected; the decisions disclosed by now."""

    catalogue: Catalogue
    online: np.ndarray
    fee_bearing: np.ndarray
    payment_offered: np.ndarray
    connected: np.ndarray
    announced: np.ndarray  # numbers of the announcements that stand in the list

    def rows(self, province: Province) -> Iterator[list[str]]:
        """Rows of the export: the province's whole list, then each department's and each commune's part of it."""
        source, lines = self.catalogue, self._lines()
        for line in lines:
            yield [province.code, *line]
        for department in range(province.size - province.communes):
            unit = province.unit_codes[province.communes + department]
            for number in np.flatnonzero(source.owner == department):
                yield [unit, *lines[number]]
        of_communes = np.flatnonzero(source.owner < 0)
        for unit in province.unit_codes[: province.communes]:
            for number in of_communes:
                # Announcing is the province's task: in a commune's list the decision's dates are those of an earlier
                # year.
                yield [unit, *lines[number][:7], *self._old_dates(int(number)), *lines[number][10:]]

    def _lines(self) -> list[list[str]]:
        source = self.catalogue
        decisions = {int(source.announcements.procedure[number]): int(number) for number in self.announced}
        return [
            [
                source.codes[number],
                source.names[number],
                ("full" if source.full_process[number] else "part") if self.online[number] else "information",
                _yes(source.subject_person[number]),
                _yes(self.fee_bearing[number]),
                _yes(self.payment_offered[number]),
                _yes(self.connected[number]),
                *(self._new_dates(decisions[number]) if number in decisions else self._old_dates(number)),
                _yes(source.complete[number]),
                str(max(1, int(source.term_days[number]))),
            ]
            for number in range(source.size)
        ]

    def _new_dates(self, decision: int) -> list[str]:
        decided = self.catalogue.announcements
        return [_day(decided.announced[decision]), _day(decided.effective[decision]), _day(decided.disclosed[decision])]

    def _old_dates(self, number: int) -> list[str]:
        decided = self.catalogue.disclosed_before[number]
        return [_day(decided), _day(decided + 30), _day(decided + 1)]


def disclosed_by(announcements: Announcements, last_day: int) -> np.ndarray:
    """Numbers of the decisions announced three weeks before that day or earlier: all of them are disclosed by then."""
    return np.flatnonzero(announcements.announced <= last_day - 20)


def _yes(value: object) -> str:
    return "true" if value else "false"


def _day(number: int) -> str:
    return str(np.datetime64(int(number), "D"))
