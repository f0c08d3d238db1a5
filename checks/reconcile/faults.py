"""The known faults of counters, in the order of simplicity: what each would have made of our dossiers.

Belongs here: one small function a fault, from the bench to candidates, and the dossiers that speak for one. Does not
belong here: choosing among candidates (diagnosis), words (outcomes).

A candidate's effect is what the fault adds to our numerator and denominator: the fault explains the difference whole
when ours and its effect are the portal's figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from checks.reconcile.bench import Bench, Key
from resources.units import code_sql


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fault that may explain a difference. parameter: which unit, day, period, status; for machines.

    after, until: of missed_after, the moments (naive UTC) between which the counter stopped: after < d <= until.
    """

    key: Key
    fault: str
    parameter: str = ""
    effect: tuple[int, int] = (0, 0)
    after: datetime | None = None
    until: datetime | None = None


Fault = Callable[[Bench], Iterator[Candidate]]


def swapped(bench: Bench) -> Iterator[Candidate]:
    """Numerator and denominator have changed places."""
    for key, one in bench.differences.items():
        top, base = _ours(bench, key)
        if (one.theirs.numerator, one.theirs.denominator) == (base, top):
            yield Candidate(key, "swapped", effect=(base - top, top - base))


def doubled(bench: Bench) -> Iterator[Candidate]:
    """Everything, or every dossier of the numerator, counts twice."""
    for key in bench.differences:
        top, base = _ours(bench, key)
        yield Candidate(key, "doubled", "both", (top, base))
        yield Candidate(key, "doubled", "numerator", (top, 0))


def constant(bench: Bench) -> Iterator[Candidate]:
    """A flag that is set for all dossiers, or for none."""
    for key in bench.differences:
        top, base = _ours(bench, key)
        yield Candidate(key, "constant", "all", (base - top, 0))
        yield Candidate(key, "constant", "none", (-top, 0))


def other_period(bench: Bench) -> Iterator[Candidate]:
    """The portal's figures are ours of another period, or of the week before."""
    for key in bench.differences:
        top, base = _ours(bench, key)
        for name, (other_top, other_base) in bench.elsewhere.get(key, {}).items():
            yield Candidate(key, "other_period", name, (other_top - top, other_base - base))


def components_counted(bench: Bench) -> Iterator[Candidate]:
    """Components counted for dossiers: of those that qualify, or of all."""
    sql = """
        SELECT unit_code, indicator,
            coalesce(sum(components) FILTER (in_numerator), 0) - count(*) FILTER (in_numerator),
            coalesce(sum(components) FILTER (in_denominator), 0) - count(*) FILTER (in_numerator)
        FROM reconciling.counted GROUP BY ALL"""
    for unit, indicator, of_qualifying, of_all in bench.rows(sql):
        yield Candidate((unit, indicator), "components_counted", "qualifying", (int(of_qualifying), 0))
        yield Candidate((unit, indicator), "components_counted", "all", (int(of_all), 0))


STATUSES = {"5": "supplement_asked", "6": "financial_duty", "8": "stopped"}
STATUS_SETS = ["5,6,8", *(",".join(some) for size in (1, 2) for some in combinations(STATUSES, size))]


def statuses_as_done(bench: Bench) -> Iterator[Candidate]:
    """Supplement asked (5), financial duty (6), stopped (8) sent upward as done (9): they count as good."""
    sql = f"""
        SELECT unit_code, indicator, {", ".join(f"count(*) FILTER ({as_done(some)})" for some in STATUS_SETS)}
        FROM reconciling.counted GROUP BY ALL"""  # noqa: S608 - words of this module
    for unit, indicator, *numbers in bench.rows(sql):
        for some, number in zip(STATUS_SETS, numbers, strict=True):
            yield Candidate((unit, indicator), "statuses_as_done", some, (number, 0))


def as_done(some: str) -> str:
    listed = ", ".join(f"'{STATUSES[code]}'" for code in some.split(","))
    return f"in_denominator AND NOT in_numerator AND status IN ({listed})"


#: Dossiers another unit holds now, which the portal may count for the unit too: it held them once, or stands above or below.
OTHERS = """
    SELECT DISTINCT one.unit_code, one.indicator, state.unit_code AS other, state.dossier_code
    FROM reconciling.examined one
    JOIN reconciling.versions earlier ON earlier.unit_code = one.unit_code
    JOIN reconciling.state USING (dossier_code) WHERE state.unit_code <> one.unit_code
    UNION
    SELECT one.unit_code, one.indicator, state.unit_code, dossier_code
    FROM reconciling.examined one JOIN reconciling.state
        ON starts_with(state.unit_code, one.unit_code || '.') OR starts_with(one.unit_code, state.unit_code || '.')
    WHERE len(one.unit_code) > 3 AND len(state.unit_code) > 3"""


def counted_twice(bench: Bench) -> Iterator[Candidate]:
    """Dossiers counted under two unit codes: the unit they have left, a unit above or below, or an old form of code."""
    sql = f"""
        WITH others AS ({OTHERS})
        SELECT others.unit_code, others.indicator, other,
            count(*) FILTER (in_numerator), count(*) FILTER (in_denominator)
        FROM others JOIN reconciling.facts USING (indicator, dossier_code) GROUP BY ALL"""  # noqa: S608 - words of this module
    for unit, indicator, other, top, base in bench.rows(sql):
        yield Candidate((unit, indicator), "counted_twice", other, (top, base))
    forms = f"""
        SELECT unit_code, indicator, sum(times_n - 1) FILTER (times_n > 1), sum(times - 1) FROM (
            SELECT unit_code, indicator, count(*) FILTER (in_denominator) AS times,
                count(*) FILTER (in_numerator) AS times_n
            FROM reconciling.counted GROUP BY unit_code, indicator, {one_form("dossier_code")} HAVING times > 1
        ) GROUP BY ALL"""  # noqa: S608 - words of this module
    for unit, indicator, top, base in bench.rows(forms):
        yield Candidate((unit, indicator), "counted_twice", "old_code", (-int(top or 0), -int(base)))


def accepted_until(bench: Bench) -> Iterator[Candidate]:
    """Dossiers accepted up to a day count under the unit's old code and under its new one, twice in everything; or they
    do not count at all any more.
    """
    sql = """
        SELECT unit_code, indicator, accepted_day, sum(top) OVER days, sum(base) OVER days FROM (
            SELECT unit_code, indicator, accepted_day, count(*) FILTER (in_numerator) AS top, count(*) AS base
            FROM reconciling.counted WHERE in_denominator GROUP BY ALL
        ) WINDOW days AS (PARTITION BY unit_code, indicator ORDER BY accepted_day)"""
    until: dict[Key, dict[str, tuple[int, int]]] = {}
    for unit, indicator, day, top, base in bench.rows(sql):
        until.setdefault((unit, indicator), {})[str(day)] = (int(top), int(base))
    every_day = sorted({day for days in until.values() for day in days})
    for key, days in until.items():
        effect = (0, 0)
        for day in every_day:  # on a day without dossiers it is as on the day before: others may tell which it was
            effect = days.get(day, effect)
            if effect[1]:
                yield Candidate(key, "counted_twice", f"{UNTIL}{day}", effect)
                yield Candidate(key, "old_dropped", f"{UNTIL}{day}", (-effect[0], -effect[1]))


#: Beginning of the parameter: of what was accepted up to a day. Some day or other fits nearly every small difference, so
#: such a fault is named only where one day explains nearly all that differs of a unit, `UNTIL_FEWEST` indicators or more.
UNTIL, UNTIL_FEWEST = "until ", 3


def one_form(code: str) -> str:
    """SQL of a dossier code with its agency in the new form: 000.00.15.H37-250923-0001 is H37.15-250923-0001."""
    agency = f"regexp_extract({code}, '^(.*)-[0-9]+-[0-9]+$', 1)"
    return f"CASE WHEN {agency} = '' THEN {code} ELSE {code_sql(agency)} || substr({code}, len({agency}) + 1) END"


def accepted_day_dropped(bench: Bench) -> Iterator[Candidate]:
    """All dossiers accepted on one day are missing, from numerator and denominator."""
    sql = """
        SELECT unit_code, indicator, accepted_day, count(*) FILTER (in_numerator), count(*)
        FROM reconciling.counted WHERE in_denominator GROUP BY ALL"""
    for unit, indicator, day, top, base in bench.rows(sql):
        yield Candidate((unit, indicator), "accepted_day_dropped", str(day), (-top, -base))


def closed_day_dropped(bench: Bench) -> Iterator[Candidate]:
    """What was closed on one day does not count; only where no other day has as many."""
    sql = """
        WITH days AS (
            SELECT unit_code, indicator, closed_day, count(*) AS number FROM reconciling.counted
            WHERE in_numerator AND closed_day IS NOT NULL GROUP BY ALL
        )
        SELECT unit_code, indicator, closed_day, number FROM days
        QUALIFY count(*) OVER (PARTITION BY unit_code, indicator, number) = 1"""
    for unit, indicator, day, number in bench.rows(sql):
        yield Candidate((unit, indicator), "closed_day_dropped", str(day), (-number, 0))


def missed_after(bench: Bench) -> Iterator[Candidate]:
    """The counter missed what was closed from a moment d on: d so that just as many are missed as the portal lacks.

    With N missing, more than N may not certainly lie after d, and at least N may: so d lies after the N+1st latest
    certain moment, and not after the Nth latest possible one.
    """
    sql = """
        SELECT unit_code, indicator, any_value(ours_n - theirs_n) AS missed,
            list_sort(list(closed_from), 'DESC')[missed + 1], list_sort(list(closed_to), 'DESC')[missed]
        FROM reconciling.counted JOIN reconciling.examined USING (unit_code, indicator)
        WHERE in_numerator AND closed_from IS NOT NULL AND ours_n > theirs_n AND ours_d = theirs_d
        GROUP BY unit_code, indicator"""
    for unit, indicator, missed, after, until in bench.rows(sql):
        if until is not None and (after is None or after < until):
            yield Candidate((unit, indicator), "missed_after", effect=(-missed, 0), after=after, until=until)


def _ours(bench: Bench, key: Key) -> tuple[int, int]:
    ours = bench.differences[key].ours
    assert ours.numerator is not None
    assert ours.denominator is not None
    return ours.numerator, ours.denominator


#: In the order of simplicity: of two that explain as much, the first is named.
FAULTS: tuple[Fault, ...] = (
    swapped,
    doubled,
    constant,
    other_period,
    components_counted,
    statuses_as_done,
    counted_twice,
    accepted_day_dropped,
    closed_day_dropped,
    missed_after,
    accepted_until,
)
#: Faults that are proved by the counts alone, whatever the dossiers say.
OF_COUNTS = frozenset({"swapped", "doubled", "constant", "other_period"})
