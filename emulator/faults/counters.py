"""Faults of the portal's counter: the dossiers are right, what is counted of a few units is not.

Belongs here: one small function a fault. The sentence it begins with is its documentation. Does not belong here: when
and where a fault is applied.
"""

from __future__ import annotations

import numpy as np

from emulator.clock import DAY, HOUR, day_number, local_seconds
from emulator.dossiers import supplements
from emulator.faults.counting import Counting
from emulator.faults.fault import counter_fault


@counter_fault(
    "Bộ đếm bỏ sót kết quả điện tử từ trưa thứ Tư",
    "The counter misses electronic results attached since Wednesday noon",
    "reconcile:missed_after",
)
def missed_after(counting: Counting) -> None:
    """Electronic results attached since Wednesday 12:00 are counted neither as results nor as digitised. The demo has
    this in 2025-W44 and W45 by default, and mends it in W46."""
    recent = counting.rows["result_at"] >= local_seconds(counting.week.monday) + 2 * DAY + 12 * HOUR
    results = counting.by_unit(counting.has("result") & recent)
    digitised = counting.by_unit(counting.has("digitised") & recent)
    for unit in counting.strike(counting.where_it_shows(results, "electronic_result")):
        counting.add("electronic_result", unit, -int(results[unit]))
        counting.add("components_digitised", unit, -int(digitised[unit]))


@counter_fault("Bộ đếm tính hai lần kết quả điện tử", "The counter doubles electronic results", "reconcile:doubled")
def doubled_counter(counting: Counting) -> None:
    """Every electronic result is counted twice, as a result and as digitised; the denominators stay."""
    for unit in counting.strike(counting.where_it_shows(counting.by_unit(counting.has("result")), "electronic_result")):
        for indicator in ("electronic_result", "components_digitised"):
            counting.add(indicator, unit, counting.pair(indicator, unit)[0])


@counter_fault("Đếm thành phần thay cho hồ sơ", "Components are counted for dossiers", "reconcile:components_counted")
def components_for_dossiers(counting: Counting) -> None:
    """The numerator of components_digitised counts the digitised components, its denominator still the dossiers."""
    digitised = counting.has("digitised")
    more = counting.by_unit(digitised * (counting.rows["components"].astype(np.int64) - 1))
    for unit in counting.strike(counting.where_it_shows(more, "components_digitised")):
        counting.add("components_digitised", unit, int(more[unit]))


@counter_fault(
    "Hồ sơ bị đếm ở cả mã cũ và mã mới",
    "Dossiers are counted under the old unit code and the new",
    "reconcile:counted_twice",
)
def doubled_units(counting: Counting) -> None:
    """Dossiers accepted in the first half of the time counted, when the unit still had its old code, count twice in
    everything."""
    days = counting.rows["code_day"]
    before = days <= (int(days.min()) + int(days.max())) // 2
    once, twice = counting.tallies(np.ones(len(days), bool)), counting.tallies(before)
    for unit in counting.strike(counting.where_it_shows(twice[0], "on_time")):
        counting.recount(unit, once + twice)


@counter_fault("Coi trạng thái 5, 6, 8 là 9", "Statuses 5, 6 and 8 are taken as 9, done", "reconcile:statuses_as_done")
def unfinished_as_done(counting: Counting) -> None:
    """Dossiers that wait for a supplement (5) or were stopped (8) are taken as done, on time and with their result."""
    rows = counting.rows
    waits = supplements(rows, local_seconds(counting.week.next.monday))[1] > 0
    waits &= (rows["finished"] == 0) & (rows["stopped"] == 0)
    unfinished = waits | ((rows["stopped"] > 0) & (rows["number"] % 3 == 0))  # 8, as portal_json.sql writes it
    more = {
        "on_time": counting.by_unit(unfinished & ~counting.has("timely")),
        "electronic_result": counting.by_unit(unfinished & ~counting.has("result")),
    }
    for unit in counting.strike(counting.where_it_shows(more["electronic_result"], "electronic_result")):
        for indicator, count in more.items():
            counting.add(indicator, unit, int(count[unit]))


@counter_fault("Bỏ sót cả một ngày", "A day is dropped", "reconcile:accepted_day_dropped")
def dropped_day(counting: Counting) -> None:
    """Dossiers accepted on the busiest day of the week are not counted at all."""
    days, first = counting.rows["code_day"], day_number(counting.week.monday)
    of_week = days[(days >= first) & (days < first + 7)]
    lost = days == (first + int(np.bincount(of_week - first, minlength=7).argmax()))
    every, dropped = counting.tallies(np.ones(len(days), bool)), counting.tallies(lost)
    for unit in counting.strike(counting.where_it_shows(dropped[0], "on_time")):
        counting.recount(unit, every - dropped)


@counter_fault(
    "Hồ sơ cũ bị xóa khỏi bộ đếm",
    "The oldest dossiers are purged from the counter",
    "reconcile:old_dropped",
    "portal_counts.total_fell",
)
def purged(counting: Counting) -> None:
    """Dossiers accepted in the first two months of the time counted are not counted any more: totals fall."""
    days = counting.rows["code_day"]
    old = days < int(days.min()) + 61
    every, lost = counting.tallies(np.ones(len(days), bool)), counting.tallies(old)
    for unit in counting.strike(counting.where_it_shows(lost[0], "on_time")):
        counting.recount(unit, every - lost)


@counter_fault(
    "Một sở mất đồng bộ với cổng",
    "A department falls out of synchronisation",
    "reconcile:constant",
    "portal_scores.unit_jump",
)
def out_of_step(counting: Counting) -> None:
    """Of one department the portal finds no result, no digitised, reused or stored component and no link any more: it
    loses nearly all points of digitisation, as one did that went from 91.60 to 69.23 and back."""
    results = np.where(counting.province.is_commune, 0, counting.by_unit(counting.has("result")))
    for unit in counting.strike(counting.where_it_shows(results, "electronic_result"), most=1):
        for indicator in ("electronic_result", "components_digitised", "data_reused", "shared_to_store"):
            counting.put(indicator, unit, 0, counting.pair(indicator, unit)[1])
        counting.put("population_data_dossiers", unit, 0, counting.pair("population_data_dossiers", unit)[1])


@counter_fault(
    "Tử số và mẫu số bị đảo",
    "Numerator and denominator are swapped",
    "portal_counts.numerator_above_denominator",
    "reconcile:swapped",
)
def swapped(counting: Counting) -> None:
    """Of electronic_result the numerator stands for the denominator."""
    top, base = (line[1:] for line in counting.counts["electronic_result"])
    for unit in counting.strike(counting.where_it_shows(np.where(top > 0, base - top, 0), "electronic_result")):
        counting.put("electronic_result", unit, int(base[unit]), int(top[unit]))


@counter_fault(
    "Số đếm của kỳ khác", "The counts are of another period", "reconcile:other_period", "portal_counts.total_fell"
)
def other_period(counting: Counting) -> None:
    """What is counted from dossiers is of the month, in a table of the year to date."""
    first = day_number(counting.week.thursday.replace(day=1))
    month = counting.tallies(counting.rows["code_day"] >= first)
    before = counting.tallies(counting.rows["code_day"] < first)
    for unit in counting.strike(counting.where_it_shows(np.where(month[0] > 0, before[0], 0), "on_time")):
        counting.recount(unit, month)
