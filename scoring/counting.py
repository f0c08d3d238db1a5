"""The counts of all weeks out of one pass over the versions: from rule sets to the SQL that counts them.

Belongs here: composing the statements; their text stands in `sql/*.sql`. Pure: no connection, no file of data.
Does not belong here: running them (resources/counting.py), what a count is worth (formulas.py).

How it works. A dossier is in one state from the arrival of a version until the next one arrives. Such a *span* adds to
its unit and month of acceptance when it begins and is taken away when it ends, and changes what it adds when a due date
passes. So all weeks come out of one aggregation of signed events by unit, month and tick (readings.py), added up over
time, and over the months of each period. Lists (procedures, units) and petitions are spans likewise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from string import Template

from scoring import working_days
from scoring.calendar import Week
from scoring.measures import MOVING, PRESENCE, Counted, Measure, Measures, Source, measures_of, mentioned
from scoring.readings import ALWAYS, TimeFrame, time_frame
from scoring.ruleset import RuleSet

#: What "paid online" means where a procedure is asked for online payments (methodology, section 2).
PAID_ONLINE = "coalesce(payment IN ('portal', 'gateway'), FALSE)"
#: Working days after the announcing decision by which a procedure must be disclosed (province; methodology, section 2).
DISCLOSURE_DAYS = 5

_LIST_JOINS = """
JOIN counting.procedure_numbers USING (procedure_code)
LEFT JOIN counting.days announced ON announced.day = announced_on
LEFT JOIN counting.days effective ON effective.day = effective_on
LEFT JOIN counting.days disclosed ON disclosed.day = disclosed_on
LEFT JOIN counting.days disclosure ON disclosure.is_working AND disclosure.working = announced.working + {days}
"""
#: Columns of procedures that counting derives, as SQL over the joins above.
DERIVED_OF_LISTS = {
    "published_lead_days": "(effective.working - announced.working)",
    "disclosed_lag_days": "(disclosed.working - announced.working)",
    "disclosure_due_on": "disclosure.day",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Statements to run in order on a connection that has the relations `dossiers`, `procedures`, `petitions`, `units`
    (catalogue columns and `place`, the number of the file), and `arrivals` (kind, scope, week, export_id).

    They work in the schema `counting`, which must exist and be empty, and fill the table `counts`.
    """

    frame: TimeFrame
    statements: tuple[str, ...]


def plan(weeks: Iterable[Week], ruleset_on: Callable[[date], RuleSet], *, whole_rows: bool = False) -> Plan:
    """The statements that count some weeks for ytd, quarter and month.

    ruleset_on: the rule set valid on a day (`ruleset_for`); asked for the last day each reading measures, and then used
    for it. whole_rows: every span also carries the row it was made of, as `row`, for listing (members.py). Raises
    ValueError for no weeks, CountingError for a condition that cannot be counted.
    """
    frame = time_frame(weeks, ruleset_on)
    measures, counted = measures_of(frame.rulesets)
    composer = _Composer(frame, measures, whole_rows)
    return Plan(frame, (*composer.spans(), *composer.cells(), composer.totals(), *composer.counts(counted)))


@dataclass(frozen=True, slots=True)
class _Composer:
    frame: TimeFrame
    measures: Measures
    whole_rows: bool

    def spans(self) -> list[str]:
        """Time frame, numbers of units and procedures, and the spans of the four tables."""
        return [
            self._text(
                "frame",
                cut_days=_days(self.frame.cut_days),
                days_off=_days(working_days.days_off()),
                worked_weekends=_days(working_days.worked_weekends()),
                steps=_rows(self.frame.steps()),
                readings=_rows(self._readings()),
            ),
            self._text("entities", words=self._words("{0} BIGINT DEFAULT 0")),
            self._petition_spans(),
            self._dossier_spans(),
            self._list_spans("units"),
            self._list_spans("procedures"),
            self._text("province_lists"),
        ]

    def cells(self) -> list[str]:
        """Signed events of every table. Those of provinces are summed before procedures, which a province lists itself."""
        texts = [self._cells("dossiers", "counting.dossier_spans", None, ("timely", "overdue"))]
        texts += self._dated_cells("petitions", "petition_spans")
        texts += self._dated_cells("units", "units_spans")
        texts.append(self._text("provinces", sums=self._words("sum({0}) AS {0}")))
        texts += self._dated_cells("procedures", "procedures_spans")
        for facet in PRESENCE:
            texts += self._presence(facet)
        return [text for text in texts if text]

    def totals(self) -> str:
        return self._text(
            "totals",
            words=self._words("{0}"),
            sums=self._words("sum({0}) AS {0}"),
            running=self._words("CAST(coalesce(sum({0}) OVER so_far, 0) AS BIGINT) AS {0}"),
            measures=", ".join(f"{measure.from_word} AS {measure.column}" for measure in self.measures.all),
        )

    def counts(self, counted: Sequence[list[Counted]]) -> list[str]:
        """The table `counts`, one INSERT an indicator of a rule set."""
        received = self.measures.received
        texts = [self._text("reports")] if received else []
        for number, indicators in enumerate(counted):
            for one in indicators:
                texts.append(_insert_counts(number, one, received if one.indicator.population == "sync" else None))
        return texts

    def _readings(self) -> list[tuple[str, str, int, int, int]]:
        numbers = {ruleset.fingerprint: number for number, ruleset in enumerate(self.frame.rulesets)}
        return [
            (f"DATE '{r.week.monday}'", f"'{r.kind}'", numbers[r.ruleset.fingerprint], r.stretch, r.tick)
            for r in self.frame.readings
        ]

    def _petition_spans(self) -> str:
        wanted = mentioned(self.measures.of("petitions")) | {m.date_column for m in self.measures.of("petitions")}
        carried = sorted(name for name in wanted if name and name not in ("on_time", "unit_code"))
        return self._text("petitions", carried=", ".join([*carried, *self._row("petition")]) or "NULL")

    def _dossier_spans(self) -> str:
        mine = self.measures.of("dossiers")
        moving = mentioned([measure for measure in mine if measure.is_moving])
        carried = sorted(moving - MOVING["dossiers"])
        fixed = [f"({measure.condition}) AS {measure.column}" for measure in mine if not measure.is_moving]
        months = [m for s in self.frame.stretches for m in (s.first_month, s.last_month)]
        level = "service_level" in moving
        kept = [*carried, *(m.column for m in mine if not m.is_moving), *(["row"] if self.whole_rows else [])]
        return self._text(
            "dossiers",
            paid_online=PAID_ONLINE,
            carried="".join(f", {name}" for name in [*carried, *self._row("told")]),
            measures="".join(f", {column}" for column in fixed),
            kept="".join(f", {name}" for name in kept),
            service_level=", listed.service_level" if level else "",
            needs_list="TRUE" if level else "term_from IS NOT NULL",
            first_month=min(months),
            last_month=max(months),
            last_working=(working_days.working_days_between(working_days.FIRST_DAY, working_days.LAST_DAY)),
        )

    def _list_spans(self, table: Source) -> str:
        mine = self.measures.of(table)
        columns = []
        for measure in mine:
            if measure.asks_presence:
                columns += [
                    f"({_derived(measure.with_presence(dossiers, paid))}) AS {measure.column}_{dossiers:d}{paid:d}"
                    for dossiers, paid in ((False, False), (True, False), (True, True))
                ]
            else:
                columns.append(f"({_derived(measure.condition)}) AS {measure.column}")
        for name in sorted({m.date_column for m in mine if m.date_column}):
            columns.append(f"{DERIVED_OF_LISTS.get(name, name)} AS {name}")
        if table == "units":
            columns += ["reported_month", "reported_quarter", "reported_ytd", "last_year_dossiers"]
        columns += self._row(table)
        if table == "procedures" and self.whole_rows:
            columns += [f"{sql} AS {listed_column(name)}" for name, sql in DERIVED_OF_LISTS.items()]
        return self._text(
            "lists",
            table=table,
            key="procedure," if table == "procedures" else "",
            columns=", ".join(columns) or "TRUE AS listed",
            joins=_LIST_JOINS.format(days=DISCLOSURE_DAYS) if table == "procedures" else "",
        )

    def _dated_cells(self, source: Source, table: str) -> list[str]:
        """Cells of a table whose conditions may be bound to different dates: a statement a date column."""
        states = ("on_time",) if source == "petitions" else ()
        dates = sorted({m.date_column for m in self.measures.of(source)}, key=str)
        return [self._cells(source, f"counting.{table}", name, states) for name in dates]

    def _cells(self, source: Source, table: str, date_column: str | None, states: Sequence[str]) -> str:
        """Signed events; `states`: what holds until `late_from` and, second, from then on."""
        mine = [measure for measure in self.measures.of(source) if measure.date_column == date_column]
        if not mine:
            return ""
        if source == "dossiers":
            spans = f"SELECT * FROM {table}"  # noqa: S608
        elif date_column is None:
            spans = f"SELECT *, {ALWAYS} AS month FROM {table}"  # noqa: S608
        else:
            day = date_column if source == "procedures" else f"counting.day_of({date_column})"
            spans = (
                f"SELECT span.* REPLACE (greatest(since, day.tick) AS since), day.month FROM {table} span"  # noqa: S608
                f" JOIN counting.days day ON day.day = {day} WHERE greatest(since, day.tick) < until"
            )
        before, after = _state_columns(states, "TRUE", "FALSE"), _state_columns(states, "FALSE", "TRUE")
        turning = "FROM spans WHERE late_from > since AND late_from < until"
        return self._text(
            "cells",
            spans=spans,
            at_begin=_state_columns(
                states, "coalesce(since < late_from, FALSE)", "coalesce(since >= late_from, FALSE)"
            ),
            at_end=_state_columns(states, "coalesce(until <= late_from, FALSE)", "coalesce(until > late_from, FALSE)"),
            at_due=f"""
    UNION ALL SELECT late_from, FALSE, {before} * {turning}
    UNION ALL SELECT late_from, TRUE, {after} * {turning}"""
            if states
            else "",
            counts=", ".join(_counted(measure) for measure in mine),
            signed=_signed(mine),
        )

    def _presence(self, facet: str) -> list[str]:
        mine = [m for m in self.measures.of("procedures") if facet in m.mentions]
        if not mine:
            return []
        paid = facet == "paid_online_count"
        lost, gained = ("10", "11") if paid else ("00", "10")
        counts = [
            f"count(*) FILTER (WHERE {m.column}_{gained}) - count(*) FILTER (WHERE {m.column}_{lost}) AS {m.column}"
            for m in mine
        ]
        return [
            self._text(
                "presence",
                facet="paid_online" if paid else "TRUE",
                leaves="leaves_paid" if paid else "leaves",
                columns=", ".join(f"{m.column}_{lost}, {m.column}_{gained}" for m in mine),
                counts=", ".join(counts),
                signed=_signed(mine),
            )
        ]

    def _row(self, relation: str) -> list[str]:
        """A relation's row as a column of structs, where whole rows are wanted."""
        return [f"{relation} AS row"] if self.whole_rows else []

    def _words(self, form: str) -> str:
        return ", ".join(form.format(word) for word in self.measures.words)

    def _text(self, name: str, **values: object) -> str:
        template = Template(files("scoring").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8"))
        return template.substitute(
            ticks=len(self.frame.cut_days),
            last_week=self.frame.last_week.monday,
            first_day=working_days.FIRST_DAY,
            last_day=working_days.LAST_DAY,
            always=ALWAYS,
            **values,
        )


def timeliness_sql(source: str, cut: str) -> str:
    """A SELECT of every dossier's timeliness at one instant, for audits.

    source: a relation with the catalogue's dossier columns, one row a dossier; cut: an SQL timestamp (naive UTC).
    Columns: dossier_code, unit_code, has_due, finished, and class: early_or_on_time, late, no_due, unfinished (by
    methodology, section 3; `no_due` before `unfinished`, so a dossier may be both by has_due and finished).
    """
    return Template(files("scoring").joinpath("sql", "timeliness.sql").read_text(encoding="utf-8")).substitute(
        source=source, cut=cut
    )


def _insert_counts(ruleset: int, one: Counted, received: str | None) -> str:
    feeds = " ".join(
        f"JOIN counting.feeds {source}_feed ON {source}_feed.source = '{source}'"
        f" AND {source}_feed.province = totals.province AND {source}_feed.seen <= totals.tick"
        for source in one.needs
    )
    numerator, denominator, rows = one.numerator, one.denominator, "counting.totals"
    if received:
        # Nobody reports, and there was no last year: not one dossier is known to be synchronised.
        unknown = "reported IS NULL AND last_year_share IS NULL"
        numerator = f"CASE WHEN {unknown} THEN 0 ELSE {numerator} END"
        denominator = f"CASE WHEN {unknown} THEN greatest(received, 1) ELSE {denominator} END"
        rows = (
            f"(SELECT *, {received} AS received FROM counting.totals"  # noqa: S608
            " LEFT JOIN counting.reports USING (entity, period_kind, tick)) totals"
        )
    return (
        f"INSERT INTO counts SELECT week, period_kind, unit_code, '{one.indicator.code}', {numerator}, {denominator}"  # noqa: S608
        f" FROM {rows} JOIN counting.entities USING (entity) {feeds} WHERE ruleset = {ruleset}"
    )


def listed_column(name: str) -> str:
    """Where a span of a whole row keeps a column that counting derives."""
    return f"row_{name}"


def _derived(condition: str) -> str:
    """A condition over procedures with the columns counting derives written out."""
    import sqlglot
    from sqlglot import exp

    def written_out(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and node.name in DERIVED_OF_LISTS:
            return sqlglot.parse_one(DERIVED_OF_LISTS[node.name], dialect="duckdb")
        return node

    return sqlglot.parse_one(condition, dialect="duckdb").transform(written_out).sql(dialect="duckdb")


def _counted(measure: Measure) -> str:
    if measure.asks_presence:
        condition = f"{measure.column}_00"
    elif measure.is_moving or measure.source == "petitions":
        condition = measure.condition
    else:
        condition = measure.column
    if measure.condition == "TRUE":
        return f"count(*) AS {measure.column}"
    return f"count(*) FILTER (WHERE {condition}) AS {measure.column}"


def _signed(measures: Sequence[Measure]) -> str:
    """Counts put into their words, positive where spans begin and negative where they end."""
    words: dict[str, list[str]] = {}
    for measure in measures:
        words.setdefault(measure.word, []).append(f"{measure.column} * {measure.weight}")
    return ", ".join(
        f"({' + '.join(parts)}) * CASE WHEN begins THEN 1 ELSE -1 END AS {w}" for w, parts in words.items()
    )


def _state_columns(names: Sequence[str], *values: str) -> str:
    return "".join(f"{value} AS {name}, " for name, value in zip(names, values, strict=False))


def _days(days: Iterable[date]) -> str:
    return ", ".join(f"(DATE '{day}')" for day in sorted(days))


def _rows(rows: Iterable[Iterable[object]]) -> str:
    """Rows as the inside of an SQL VALUES list; texts come quoted."""
    return ", ".join(f"({', '.join(str(value) for value in row)})" for row in rows)
