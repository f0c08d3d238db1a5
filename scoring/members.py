"""The rows behind a count: which dossiers, petitions, procedures or units an indicator counts at one reading.

Belongs here: composing the SELECTs over the spans that counting itself makes (`plan(..., whole_rows=True)`), with the very
conditions of the rule set: there is no second definition of an indicator. Does not belong here: running them
(resources/members.py), the words for what a row lacks (publishing).

Columns of `members_sql`: everything of the row, `code`, counted_for (the unit, or the province of a list it has from its
units), counted_province, in_denominator, in_numerator, and `lacking`, the numbers of the parts of the numerator's condition
that do not hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from scoring.calendar import PeriodKind, Week
from scoring.counting import DERIVED_OF_LISTS, PAID_ONLINE, listed_column
from scoring.measures import PRESENCE, Source, measures_of
from scoring.readings import TimeFrame
from scoring.ruleset import Indicator, RuleSet

#: What names a row of a population.
CODES: Mapping[Source, str] = {
    "dossiers": "dossier_code",
    "petitions": "petition_code",
    "procedures": "procedure_code",
    "units": "unit_code",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A week read in a period: its tick, the months that are added up, and the rule set that holds.

    presence: a relation that says of how many dossiers there are at the moment what `presence_sql` says; where it is None,
    the spans are asked.
    """

    tick: int
    first_month: int
    last_month: int
    ruleset: RuleSet
    knows_service_level: bool
    presence: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Dossiers thought otherwise: `columns` (name to SQL) written into those whose codes stand in `relation`."""

    relation: str
    columns: Mapping[str, str]


def moment(frame: TimeFrame, week: Week, kind: PeriodKind) -> Moment:
    """Raises KeyError when the frame does not read the week in that kind of period."""
    for reading in frame.readings:
        if (reading.week, reading.kind) == (week, kind):
            stretch = frame.stretches[reading.stretch]
            known = any("service_level" in one.mentions for one in measures_of(frame.rulesets)[0].of("dossiers"))
            return Moment(reading.tick, stretch.first_month, stretch.last_month, reading.ruleset, known)
    raise KeyError(f"{week} {kind}")


def source_of(indicator: Indicator) -> Source | None:
    """The table whose rows an indicator counts; `sync` counts the dossiers received; None where nothing is counted."""
    match indicator.population:
        case "derived":
            return None
        case "sync":
            return "dossiers"
        case population:
            return population


def parts_of(indicator: Indicator) -> tuple[str, ...]:
    """The conditions that must all hold for a row of the denominator to stand in the numerator."""
    return () if indicator.numerator is None or indicator.population == "sync" else _parts(indicator.numerator)


@cache
def _parts(condition: str) -> tuple[str, ...]:
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(condition, dialect="duckdb")
    parts = tree.flatten() if isinstance(tree, exp.And) else [tree]
    return tuple(part.unnest().sql(dialect="duckdb") for part in parts)


@cache
def columns_of(part: str) -> frozenset[str]:
    """The columns a condition asks for."""
    import sqlglot
    from sqlglot import exp

    return frozenset(column.name for column in sqlglot.parse_one(part, dialect="duckdb").find_all(exp.Column))


def members_sql(at: Moment, indicator: Indicator, changes: Sequence[Change] = ()) -> str:
    """A SELECT of every row that an indicator counts at a moment, whatever unit it belongs to.

    changes: what is thought otherwise of some dossiers. Raises ValueError for an indicator that counts no rows.
    """
    source = source_of(indicator)
    if source is None:
        raise ValueError(f"{indicator.code} counts no rows")
    is_sync = indicator.population == "sync"
    base = "TRUE" if is_sync else f"coalesce(({indicator.denominator or 'TRUE'}), FALSE)"
    parts = [f"coalesce(({part}), FALSE)" for part in parts_of(indicator)]
    lacking = ", ".join(f"CASE WHEN NOT {part} THEN {number} END" for number, part in enumerate(parts))
    return f"""
        SELECT state.*, {CODES[source]} AS code, {base} AS in_denominator,
            {base} AND {" AND ".join(parts) or "TRUE"} AS in_numerator,
            list_filter([{lacking}]::INTEGER[], lambda number: number IS NOT NULL) AS lacking
        FROM ({_state(at, indicator, source, changes)}) state"""  # noqa: S608 - words of the house and checked conditions


def of_unit(source: Source) -> str:
    """Which members are a unit's, its code being the parameter $unit. A province has what its units have; of procedures
    it has its own list (or, as counting sees to it, one made of its units').
    """
    return "counted_for = $unit" if source == "procedures" else "$unit IN (counted_for, counted_province)"


def movements_sql(before: Moment, now: Moment, indicator: Indicator, source: Source) -> str:
    """unit_code, and what came into and went out of numerator and denominator between two moments, of every unit and province."""

    def of_units(at: Moment) -> str:
        members = members_sql(at, at.ruleset.indicator(indicator.code))
        counted = f"SELECT code, counted_for, counted_province, in_numerator FROM ({members}) WHERE in_denominator"  # noqa: S608
        if source == "procedures":
            return f"SELECT counted_for AS unit_code, code, in_numerator FROM ({counted})"  # noqa: S608
        return f"""
            WITH counted AS ({counted})
            SELECT counted_for AS unit_code, code, in_numerator FROM counted WHERE counted_for <> counted_province
            UNION ALL SELECT counted_province, code, in_numerator FROM counted"""  # noqa: S608

    return f"""
        SELECT unit_code,
            count(*) FILTER (coalesce(today.in_numerator, FALSE) AND NOT coalesce(earlier.in_numerator, FALSE)),
            count(*) FILTER (coalesce(earlier.in_numerator, FALSE) AND NOT coalesce(today.in_numerator, FALSE)),
            count(*) FILTER (earlier.code IS NULL), count(*) FILTER (today.code IS NULL)
        FROM ({of_units(now)}) today FULL JOIN ({of_units(before)}) earlier USING (unit_code, code)
        GROUP BY unit_code"""  # noqa: S608


def _state(at: Moment, indicator: Indicator, source: Source, changes: Sequence[Change]) -> str:
    if source == "dossiers":
        return dossiers_sql(at, changes)
    return _dated(at, indicator, source, changes)


def dossiers_sql(at: Moment, changes: Sequence[Change] = ()) -> str:
    """Dossiers as counting has them at the moment, with what is thought otherwise of some."""
    level = "service_level" if at.knows_service_level else "NULL::VARCHAR AS service_level"
    state = f"""
        SELECT row.*, unit.unit_code AS counted_for, unit.province_code AS counted_province,
            coalesce({at.tick} < late_from, FALSE) AS timely, coalesce({at.tick} >= late_from, FALSE) AS overdue,
            complained, {level}
        FROM counting.dossier_spans span JOIN counting.entities unit ON unit.entity = span.entity
        WHERE {_holds(at, "span.month")}"""  # noqa: S608
    for change in changes:
        written = ", ".join(
            f"CASE WHEN thought THEN {sql} ELSE {name} END AS {name}" for name, sql in change.columns.items()
        )
        state = f"""
            SELECT * EXCLUDE (thought) REPLACE ({written})
            FROM (SELECT *, dossier_code IN (FROM {change.relation}) AS thought FROM ({state}))"""  # noqa: S608
    return state


def _dated(at: Moment, indicator: Indicator, source: Source, changes: Sequence[Change]) -> str:
    """Rows of the other tables, bound to the period by the indicator's date where it names one."""
    holds = f"since <= {at.tick} AND {at.tick} < until"
    join = ""
    if date := indicator.date_column:
        derived = source == "procedures" and date in DERIVED_OF_LISTS
        value = listed_column(date) if derived else f"row.{date}"
        value = f"counting.day_of({value})" if source == "petitions" else value
        join = f"JOIN counting.days day ON day.day = {value}"
        holds += f" AND day.tick <= {at.tick} AND day.month BETWEEN {at.first_month} AND {at.last_month}"
    more = {
        "petitions": f", coalesce({at.tick} < late_from, FALSE) AS on_time",
        "procedures": "".join(f", {listed_column(name)} AS {name}" for name in DERIVED_OF_LISTS),
    }.get(source, "")
    plain = f"""
        SELECT row.*, unit.unit_code AS counted_for, unit.province_code AS counted_province{more}
        FROM counting.{source.removesuffix("s") if source == "petitions" else source}_spans span
        JOIN counting.entities unit ON unit.entity = span.entity {join}
        WHERE {holds}"""  # noqa: S608
    if source != "procedures" or not _asks_presence(indicator):
        return plain
    there = f"FROM {at.presence}" if at.presence else presence_sql(at, changes)
    return f"""
        SELECT listed.*, coalesce(dossier_count, 0) AS dossier_count, coalesce(paid_online_count, 0) AS paid_online_count
        FROM ({plain}) listed LEFT JOIN ({there}) there
            ON there.unit_code = listed.counted_for AND there.procedure_code = listed.procedure_code"""  # noqa: S608


def presence_sql(at: Moment, changes: Sequence[Change] = ()) -> str:
    """unit_code, procedure_code, dossier_count, paid_online_count of the dossiers at a moment, by unit and by province."""
    dossiers = dossiers_sql(at, changes)
    return f"""
        SELECT unit_code, procedure_code, count(*) AS dossier_count, count(*) FILTER ({PAID_ONLINE}) AS paid_online_count
        FROM (
            SELECT counted_for AS unit_code, procedure_code, payment FROM ({dossiers})
            WHERE counted_for <> counted_province
            UNION ALL SELECT counted_province, procedure_code, payment FROM ({dossiers})
        ) GROUP BY ALL"""  # noqa: S608


def kept_presence_sql(at: Moment, last_tick: int) -> str:
    """The same out of what is kept of a whole year (next_week.KEPT) where only the dossiers that may have moved are at hand:
    those that were not moved are as many as at the last tick, for which it is kept.
    """
    own = "unit_code, procedure_code, dossier_count, paid_online_count"
    at_last = presence_sql(replace(at, tick=last_tick))
    return f"""
        WITH live AS (
            SELECT unit_code, split_part(unit_code, '.', 1) AS province_code, procedure_code, dossiers, paid
            FROM kept_live JOIN kept_entities USING (entity) JOIN kept_procedures USING (procedure)
            WHERE month BETWEEN {at.first_month} AND {at.last_month} AND tick <= (SELECT min(tick) FROM kept_cuts)
        )
        SELECT unit_code, procedure_code, sum(dossier_count) AS dossier_count, sum(paid_online_count) AS paid_online_count
        FROM (
            SELECT unit_code, procedure_code, dossiers AS dossier_count, paid AS paid_online_count
            FROM live WHERE unit_code <> province_code
            UNION ALL SELECT province_code, procedure_code, dossiers, paid FROM live
            UNION ALL SELECT unit_code, procedure_code, -dossier_count, -paid_online_count FROM ({at_last})
            UNION ALL SELECT {own} FROM ({presence_sql(at)})
        ) GROUP BY ALL"""  # noqa: S608


def _holds(at: Moment, month: str) -> str:
    return (
        f"span.since <= {at.tick} AND {at.tick} < span.until AND {month} BETWEEN {at.first_month} AND {at.last_month}"
    )


def _asks_presence(indicator: Indicator) -> bool:
    asked = f"{indicator.numerator} {indicator.denominator}"
    return any(name in asked for name in PRESENCE)
