"""A unit against its own past: robust control limits, and the findings of what lies outside them.

Belongs here: limits from a series (median and MAD over the last weeks), and what they are asked of: volume, rates, the
changes of components. Does not belong here: reading the series (checks/aggregates.py, assets), their numbers
(rules.yaml, `limits`).

Few weeks: no verdict. A series that never moved has no spread, so every limit has a least one; a count or a share of few
dossiers moves by chance alone, and that is the least it is allowed.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from checks.aggregates import RATES, UnitFacts, chance, summed
from checks.rows import of_export
from checks.rules import Rule, rule_named
from checks.tables import COMPONENTS, TableFeed
from resources.outcomes import RuleOutcome

if TYPE_CHECKING:
    from resources.exports import ExportRecord

STAGE = "quality"
Rate = Callable[[UnitFacts], tuple[int, int]]
_NEAR = 1e-6  # of a limit: nearer than this, floats decide nothing
_NORMAL = Decimal("1.4826")  # a normal spread is so many times the median absolute deviation


@dataclass(frozen=True, slots=True)
class Limits:
    """The range a value is expected in. spread: what one standard deviation is taken to be. weeks: how many were used."""

    low: Decimal
    high: Decimal
    median: Decimal
    spread: Decimal
    weeks: int

    def holds(self, value: Decimal) -> bool:
        return self.low <= value <= self.high


def history_limits(
    past: Sequence[Decimal | int],
    *,
    spreads: Decimal,
    least_spread: Decimal = Decimal(0),
    relative_spread: Decimal = Decimal(0),
    fewest_weeks: int = 5,
    last_weeks: int = 8,
) -> Limits | None:
    """Control limits of the next value: median -+ spreads times the spread, over the last weeks of the past.

    past: one value a week, the oldest first, in any unit. The spread is the MAD (as a normal standard deviation), but
    never less than `least_spread`, nor than `relative_spread` of the median. None with fewer than `fewest_weeks` values.
    """
    used = [Decimal(value) for value in past[-last_weeks:]]
    if len(used) < fewest_weeks:
        return None
    median = statistics.median(used)
    deviation = statistics.median([abs(value - median) for value in used]) * _NORMAL
    spread = max(deviation, least_spread, relative_spread * abs(median))
    return Limits(median - spreads * spread, median + spreads * spread, median, spread, len(used))


def _limits(rule: Rule, past: Sequence[Decimal], least: Decimal) -> Limits | None:
    """The rule's limits for a value that moves by `least` (one standard deviation) even when nothing is the matter."""
    said = rule.limits
    return history_limits(
        past,
        spreads=said["spreads"],
        least_spread=max(said["least_spread"], least),
        relative_spread=said["relative_spread"],
        fewest_weeks=int(said["fewest_weeks"]),
        last_weeks=int(said["last_weeks"]),
    )


def _surely_holds(rule: Rule, past: Sequence[float], value: float, least: float) -> bool:
    """Whether a value is so far inside its limits that working them exactly cannot tell otherwise. Nearly all are, and floats
    cost a fifth of decimals; a finding, and whatever is near a limit, is worked exactly. Arguments as of _limits.
    """
    said = {name: float(number) for name, number in rule.limits.items()}
    used = past[-int(said["last_weeks"]) :]
    if len(used) < said["fewest_weeks"]:
        return True
    median = statistics.median(used)
    deviation = statistics.median([abs(each - median) for each in used]) * float(_NORMAL)
    spread = max(deviation, said["least_spread"], least, said["relative_spread"] * abs(median))
    return abs(value - median) <= said["spreads"] * spread * (1 - _NEAR)


# ---- dossiers: volume and rates


def judge_volumes(
    feed: ExportRecord, now: Mapping[str, UnitFacts], past: Sequence[Mapping[str, UnitFacts]]
) -> list[RuleOutcome]:
    """Units whose number of dossiers is out of line with their own past (rule dossiers.unit_volume).

    feed: the ExportRecord judged. now: facts of its units. past: the same of the preceding weeks' exports of the feed,
    the oldest first. What moves all units alike (a holiday, a first delivery) is no unit's fault: the shares of the
    province are compared, and shown as the dossiers they come to this week.
    """
    rule = rule_named("dossiers.unit_volume")
    whole = Decimal(sum(facts.rows for facts in now.values()))
    wholes = [sum(facts.rows for facts in week.values()) for week in past]
    earlier = [(week, of_week) for week, of_week in zip(past, wholes, strict=True) if of_week]
    if not earlier:
        return []
    outcomes = []
    for unit in sorted({*now, *(unit for week in past for unit in week)}):
        count = now[unit].rows if unit in now else 0
        rows = [(week[unit].rows if unit in week else 0, of_week) for week, of_week in earlier]
        about = [part / of_week * float(whole) for part, of_week in rows]
        if _surely_holds(rule, about, count, math.sqrt(max(statistics.median(about), 1.0))):
            continue
        value, expected = Decimal(count), [Decimal(part) / of_week * whole for part, of_week in rows]
        limits = _limits(rule, expected, max(statistics.median(expected), Decimal(1)).sqrt())
        if limits and not limits.holds(value):
            outcomes.append(_finding(rule, feed, unit, "rows", value, limits))
    return outcomes


def judge_rates(
    feed: ExportRecord,
    now: Mapping[str, UnitFacts],
    past: Sequence[Mapping[str, UnitFacts]],
    before: Mapping[str, UnitFacts] | None = None,
) -> list[RuleOutcome]:
    """Units of which a rate (RATES) is out of line with their own past (rule dossiers.unit_rate). As judge_volumes.

    before: the past added up, where the caller has it.

    A week in which a unit had fewer than `fewest_dossiers` says nothing, neither now nor in the past. What moves the
    whole feed alike is taken off first (see _as_it_would_be); the few units that moved most are not asked what that is.
    """
    rule = rule_named("dossiers.unit_rate")
    fewest = int(rule.limits["fewest_dossiers"])
    before = summed(past) if before is None else before
    outcomes = []
    for name, rate in RATES.items():
        usual = _without_the_most_moved(now, before, rate, rule.limits["most_units_apart"])
        common = [_of_feed(week, usual, rate) for week in past]
        common_now = _of_feed(now, usual, rate)
        if common_now is None:
            continue
        for unit, facts in sorted(now.items()):
            part, whole = rate(facts)
            if whole < fewest:
                continue
            earlier = [
                (*then, level)
                for week, level in zip(past, common, strict=True)
                if level is not None and unit in week and (then := rate(week[unit]))[1] >= fewest
            ]
            if not earlier:
                continue
            about = [_about(some, of, float(level), float(common_now)) for some, of, level in earlier]
            if _surely_holds(rule, about, part / whole, _about_chance(statistics.median(about), whole)):
                continue
            series = [_as_it_would_be(some, of, level, common_now) for some, of, level in earlier]
            value = Decimal(part) / whole
            limits = _limits(rule, series, chance(statistics.median(series), whole))
            if limits and not limits.holds(value):
                outcomes.append(_finding(rule, feed, unit, name, value, limits, percent=True))
    return outcomes


def _as_it_would_be(part: int, whole: int, then: Decimal, now: Decimal) -> Decimal:
    """A unit's share of an earlier week, had the feed as a whole been then as it is now: the odds move in proportion.

    Where 1 in 1,000 fails in the feed and then 1 in 10, a careless unit does not lose a tenth, but far more. Where the
    feed has all or none there are no odds, and the difference is added.
    """
    if not (0 < then < 1 and 0 < now < 1):
        return Decimal(part) / whole - then + now
    odds = (part + Decimal("0.5")) / (whole - part + Decimal("0.5")) * (now / (1 - now)) / (then / (1 - then))
    return odds / (1 + odds)


def _about(part: int, whole: int, then: float, now: float) -> float:
    """The same in floats."""
    if not (0 < then < 1 and 0 < now < 1):
        return part / whole - then + now
    odds = (part + 0.5) / (whole - part + 0.5) * (now / (1 - now)) / (then / (1 - then))
    return odds / (1 + odds)


def _about_chance(share: float, dossiers: int) -> float:
    """checks.aggregates.chance in floats."""
    share = (min(max(share, 0.0), 1.0) * dossiers + 1) / (dossiers + 2)
    return math.sqrt(share * (1 - share) / dossiers)


def _without_the_most_moved(
    now: Mapping[str, UnitFacts], before: Mapping[str, UnitFacts], rate: Rate, share: Decimal
) -> set[str]:
    """The units of a feed but for so large a share of them: those with most dossiers more, or fewer, than before.

    before: the facts of the earlier weeks added up.
    """

    def moved(unit: str) -> Decimal:
        was, is_now = rate(before[unit]), rate(now[unit])
        return abs(is_now[0] - Decimal(was[0]) / was[1] * is_now[1]) if was[1] else Decimal(0)

    in_order = sorted((unit for unit in now if unit in before), key=lambda unit: (moved(unit), unit))
    return set(in_order[: len(in_order) - int(share * len(in_order))])


def _of_feed(week: Mapping[str, UnitFacts], units: Collection[str], rate: Rate) -> Decimal | None:
    pairs = [rate(facts) for unit, facts in week.items() if unit in units]
    whole = sum(each[1] for each in pairs)
    return Decimal(sum(each[0] for each in pairs)) / whole if whole else None


# ---- score tables: changes of components


def judge_jumps(now: TableFeed, past: Sequence[TableFeed]) -> list[RuleOutcome]:
    """Units of which a component changed out of line with its own changes (rule portal_scores.unit_jump).

    past: the tables of the preceding weeks of the same feed and period, one a week, the oldest first. The median change
    of all units is taken off first: a step of all alike is a rule that changed at the portal, not units that jumped.
    """
    rule = rule_named("portal_scores.unit_jump")
    tables = [*past, now]
    changes = [_changes(before, after) for before, after in pairwise(tables)]
    if not changes:
        return []
    latest = changes[-1]
    outcomes = []
    for (unit, component), change in sorted(latest.items()):
        series = [week[unit, component] for week in changes[:-1] if (unit, component) in week]
        limits = _limits(rule, series, Decimal(0)) if series else None
        if limits and not limits.holds(change):
            outcomes.append(_finding(rule, now.export, unit, component, change, limits, row=_row_of(now, unit)))
    return outcomes


def judge_pace(before: TableFeed, now: TableFeed) -> list[RuleOutcome]:
    """Provinces of which a component moved faster than the rule allows in a week (rule portal_scores.pace).

    Both tables: year to date, of one year, of consecutive weeks. For the time when there are too few weeks for
    judge_jumps; it is asked of national tables only, whose counts are too large to leap.
    """
    rule = rule_named("portal_scores.pace")
    if now.export.scope != "VN" or now.export.period_kind != "ytd" or before.export.period != now.export.period:
        return []
    outcomes = []
    earlier = {row["unit_code"]: row for row in before.rows}
    for (unit, component), change in sorted(_changes(before, now).items()):
        most = rule.limits[component]
        if abs(change) <= most:
            continue
        row = next(row for row in now.rows if row["unit_code"] == unit)
        facts = {
            "unit_code": unit,
            "field": component,
            "row": row.get("source_row"),
            "value": f"{earlier[unit][component]} → {row[component]}",
            "expected": f"±{most}",
            "failed": 1,
        }
        outcomes.append(rule.outcome(week=now.export.week, stage=STAGE, **of_export(now.export), **facts))
    return outcomes


def _changes(before: TableFeed, after: TableFeed) -> dict[tuple[str, str], Decimal]:
    """By unit and component: the change, less the median change of all units."""
    earlier = {row["unit_code"]: row for row in before.rows}
    found: dict[tuple[str, str], Decimal] = {}
    for component in COMPONENTS:
        changes = {
            row["unit_code"]: row[component] - earlier[row["unit_code"]][component]
            for row in after.rows
            if row["unit_code"] in earlier
            and row[component] is not None
            and earlier[row["unit_code"]][component] is not None
        }
        common = statistics.median(changes.values()) if changes else Decimal(0)
        found |= {(unit, component): change - common for unit, change in changes.items()}
    return found


def _row_of(feed: TableFeed, unit: str) -> int | None:
    return next((row.get("source_row") for row in feed.rows if row["unit_code"] == unit), None)


def _finding(
    rule: Rule,
    export: ExportRecord,
    unit: str,
    field: str,
    value: Decimal,
    limits: Limits,
    *,
    percent: bool = False,
    row: int | None = None,
) -> RuleOutcome:
    def shown(number: Decimal) -> str:
        return f"{100 * number:.1f} %" if percent else f"{number:.2f}".removesuffix(".00")

    low = max(limits.low, Decimal(0)) if percent or field == "rows" else limits.low
    high = min(limits.high, Decimal(1)) if percent else limits.high
    return rule.outcome(
        week=export.week,
        stage=STAGE,
        unit_code=unit,
        field=field,
        row=row,
        value=shown(value),
        expected=f"{shown(low)} .. {shown(high)} ({limits.weeks} tuần / weeks)",
        failed=1,
        **of_export(export),
    )


def fewest_weeks_of_jumps() -> int:
    """How many earlier changes judge_jumps needs before it says anything."""
    return int(rule_named("portal_scores.unit_jump").limits["fewest_weeks"])
