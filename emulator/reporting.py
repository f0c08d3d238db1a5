"""What a province reports at the end of a week: its list of procedures, its units, and where the portal sees it stand.

Belongs here: from tallies to counts of every indicator, and the snapshot figures chosen so that the components come
out. Does not belong here: dossiers, and the writing of files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from emulator import lists
from emulator.clock import day_number
from emulator.dossiers import FACTS
from emulator.indicators import BY_NAME, INDICATORS, Rules, Standing, standing
from emulator.procedures import SERVICES_ONLINE, ProcedureList, disclosed_by
from emulator.province import MISCOUNT_WEEKS, ProvinceOffice, Worked
from emulator.units import Province
from scoring.calendar import Period

Counts = dict[str, tuple[np.ndarray, np.ndarray]]
OF_DOSSIERS = {  # indicator: fact that makes the numerator, fact that makes the denominator
    "on_time": ("timely", "received"),
    "filed_online": ("online", "received"),
    "paid_online": ("paid", "fee_bearing"),
    "procedure_satisfaction": ("content", "received"),
    "electronic_result": ("result", "received"),
    "components_digitised": ("digitised", "received"),
    "data_reused": ("reused", "received"),
    "shared_to_store": ("store", "received"),
    "population_data_dossiers": ("population", "received"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """A province's report. `believed`: the standing as the portal's counter has it where that is faulty, else None."""

    province: Province
    procedures: ProcedureList
    certified: np.ndarray  # one entry a commune
    reported: np.ndarray  # month, quarter, year to date; one column a unit
    last_year: np.ndarray
    standing: Standing
    believed: Standing | None

    def unit_rows(self) -> Iterator[list[str]]:
        """Rows of the units export, the province first. Level and province stand in the code."""
        province = self.province
        sums = [str(number) for number in (*self.reported.sum(axis=1), self.last_year.sum())]
        yield [province.code, province.title, province.statistics_code, "", *sums]
        for number in range(province.size):
            commune = number < province.communes
            yield [
                province.unit_codes[number],
                province.unit_names[number],
                province.statistics_codes[number],
                ("true" if self.certified[number] else "false") if commune else "",
                *(str(count) for count in self.reported[:, number]),
                str(self.last_year[number]),
            ]


def report(office: ProvinceOffice, worked: Worked) -> Report:
    """The report of a week; what is free in it is chosen so that each component scores its target, if numbers allow."""
    province, targets, rules = office.province, worked.targets, Rules.of(worked.week)
    certified = np.zeros(province.communes, bool)
    copies = BY_NAME["certified_copy"].yardstick.nearest(targets.certified_copy, province.communes)
    certified[office.certified_order[:copies]] = True
    counts = _of_dossiers_and_units(office, worked, certified, rules)
    procedures = _list_of_week(office, worked, counts)
    counts |= _of_procedures(procedures, worked, province)
    rest = targets.transparency - _scored(counts, rules, "published_on_time", "disclosed_on_time", "content_complete")
    reported = _reported(office, worked, rest)
    counts["dossiers_synchronised"] = _with_sum(_line(worked.tallies, "received")), _with_sum(reported[2])
    is_department = np.concatenate([[False], ~province.is_commune])
    believed = None
    if worked.week in MISCOUNT_WEEKS and office.miscounted.any():
        believed = standing(_miscounted(counts, worked.tallies), is_department, rules)
    seen = standing(counts, is_department, rules)
    return Report(province, procedures, certified, reported, office.last_year, seen, believed)


def _of_dossiers_and_units(office: ProvinceOffice, worked: Worked, certified: np.ndarray, rules: Rules) -> Counts:
    province, tallies = office.province, worked.tallies
    counts: Counts = {
        name: (_with_sum(_line(tallies, top)), _with_sum(_line(tallies, base)))
        for name, (top, base) in OF_DOSSIERS.items()
    }
    if rules.is_2025:
        del counts["procedure_satisfaction"]  # in 2025 that part follows progress
    petitions, on_time, content = (_with_sum(line) for line in office.petitions.tallies())
    counts["petitions_on_time"], counts["petition_satisfaction"] = (on_time, petitions), (content, petitions)
    offering = np.zeros(province.size, np.int64)
    offering[: province.communes] = certified
    counts["certified_copy"] = _with_sum(offering), _with_sum(province.is_commune.astype(np.int64))
    return counts


def _list_of_week(office: ProvinceOffice, worked: Worked, counts: Counts) -> ProcedureList:
    """The list of procedures with which online services, payment and digitisation come out."""
    source, year, targets, rules = office.catalogue, worked.year, worked.targets, Rules.of(worked.week)
    number = np.arange(source.size)
    in_use = max(year.active, int(year.used_anywhere.sum()))
    rest = targets.online_services - _scored(counts, rules, "filed_online")
    services = lists.services_online(source.size, in_use, rest, round(source.size * SERVICES_ONLINE))
    fee_bearing = source.bearing_fees(year.paid_anywhere, worked.fee_procedures)
    known = [one.name for one in INDICATORS if one.group == 5 and one.name in counts]
    persons = int(source.subject_person.sum())
    wanted = lists.connected(persons, targets.digitisation - _scored(counts, rules, *known))
    order = np.argsort(np.where(source.subject_person, source.connect_order, source.size), kind="stable")
    return ProcedureList(
        catalogue=source,
        online=number < services,
        fee_bearing=fee_bearing,
        payment_offered=fee_bearing & (number % 25 != 0),
        connected=np.isin(number, order[:wanted]),
        announced=disclosed_by(source.announcements, day_number(worked.week.sunday)),
    )


def _scored(counts: Counts, rules: Rules, *names: str) -> int:
    """Hundredths of the province for some indicators together."""
    total = 0
    for name in names:
        top, base = (int(line[0]) for line in counts[name])
        total += BY_NAME[name].yardstick.score(top, base) if base else rules.zero(BY_NAME[name])
    return total


def _of_procedures(listed: ProcedureList, worked: Worked, province: Province) -> Counts:
    source, year, decisions = listed.catalogue, worked.year, listed.catalogue.announcements

    def count(mask: np.ndarray) -> np.ndarray:
        """Procedures of the mask: of the province, of each commune, of each department."""
        departments = province.size - province.communes
        of_department = np.bincount(source.owner[mask & (source.owner >= 0)], minlength=departments)
        return np.concatenate(
            [[mask.sum()], np.full(province.communes, (mask & (source.owner < 0)).sum()), of_department]
        )

    def count_used(used: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return np.concatenate([[(used.any(axis=0) & mask).sum()], (used & mask).sum(axis=1)])

    def decided(chosen: np.ndarray) -> np.ndarray:
        """Decisions by procedure: announcing is nobody's task among the communes."""
        mask = np.zeros(source.size, bool)
        mask[decisions.procedure[chosen]] = True
        counted = count(mask)
        counted[1 : 1 + province.communes] = 0
        return counted

    since, last = day_number(worked.counted_from), worked.moment // 86400 - 1
    announced = listed.announced[
        (decisions.announced[listed.announced] >= since) & (decisions.announced[listed.announced] <= last)
    ]
    due = listed.announced[
        (decisions.disclosure_due[listed.announced] >= since) & (decisions.disclosure_due[listed.announced] <= last)
    ]
    everything, fees = np.ones(source.size, bool), listed.fee_bearing
    return {
        "published_on_time": (decided(announced[decisions.in_time[announced]]), decided(announced)),
        "disclosed_on_time": (decided(due[decisions.disclosed_in_time[due]]), decided(due)),
        "content_complete": (count(source.complete), count(everything)),
        "procedures_offered_online": (count(listed.online), count(everything)),
        "services_with_dossiers": (count_used(year.used, listed.online), count(listed.online)),
        "procedures_offering_payment": (count(listed.payment_offered), count(fees)),
        "procedures_with_payment": (count_used(year.paid, fees), count(fees)),
        "population_data_procedures": (count(listed.connected), count(source.subject_person)),
    }


def _reported(office: ProvinceOffice, worked: Worked, score: int) -> np.ndarray:
    """Dossiers in the national reporting system: month, quarter, year to date; never fewer than on the portal."""
    received = _line(worked.tallies, "received")
    total = int(received.sum())
    surplus = lists.reported(total, min(600, max(0, score))) - total
    rng = office.rng(worked.week.monday.toordinal() + 1)
    shares = (received + 1.0) * rng.lognormal(sigma=0.6, size=len(received))
    known = received + rng.multinomial(max(0, surplus), shares / shares.sum())
    month = worked.week.thursday.month
    quarter = Period.of_week("quarter", worked.week).start_day.month
    recent = np.array([worked.year.months[month - 1], worked.year.months[quarter - 1 : month].sum(axis=0)])
    return np.vstack([recent * known // np.maximum(received, 1), known])


def _miscounted(counts: Counts, tallies: np.ndarray) -> Counts:
    """The counts with the missed electronic results of some communes; the province's own counter is right."""
    wrong = dict(counts)
    for name, fact in (("electronic_result", "missed_result"), ("components_digitised", "missed_digitised")):
        numerators, denominators = counts[name]
        wrong[name] = numerators - np.concatenate([[0], _line(tallies, fact)]), denominators
    return wrong


def _line(tallies: np.ndarray, fact: str) -> np.ndarray:
    return tallies[FACTS.index(fact)]


def _with_sum(units: np.ndarray) -> np.ndarray:
    return np.concatenate([[units.sum()], units])
