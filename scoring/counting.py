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

_LIVE_TOGETHER = ", CAST(sum(dossiers) AS INTEGER) AS dossiers, CAST(sum(paid) AS INTEGER) AS paid"

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


def plan(
    weeks: Iterable[Week], ruleset_on: Callable[[date], RuleSet], *, whole_rows: bool = False, keep: bool = False
) -> Plan:
    """The statements that count some weeks for ytd, quarter and month.

    keep: also make what the next week can be counted from (next_week.py).

    ruleset_on: the rule set valid on a day (`ruleset_for`); asked for the last day each reading measures, and then used
    for it. whole_rows: every span also carries the row it was made of, as `row`, for listing (members.py). Raises
    ValueError for no weeks, CountingError for a condition that cannot be counted.
    """
    found = sorted(set(weeks))
    frame = time_frame(found, ruleset_on, weeks_ahead(found[-1]) if keep and found else ())
    measures, counted = measures_of(frame.rulesets)
    composer = Composer(frame, measures, whole_rows)
    return Plan(frame, (*composer.spans(), *composer.cells(keep), composer.totals(), *composer.counts(counted)))


def weeks_ahead(week: Week) -> list[Week]:
    """The weeks after one that belong to its year."""
    later = (week.shift(number) for number in range(1, 53))
    return [each for each in later if each.thursday.year == week.thursday.year]


@dataclass(frozen=True, slots=True)
class Composer:
    """The parts of a plan, as texts. next_week.py puts them together in another way."""

    frame: TimeFrame
    measures: Measures
    whole_rows: bool

    def spans(self) -> list[str]:
        """Time frame, numbers of units and procedures, and the spans of the four tables."""
        return [
            *self.opening(),
            self.petition_spans(),
            self.terms(),
            self.dossier_spans(),
            *self.list_spans(),
        ]

    def opening(self, kept_sightings: str = "", kept_procedures: str = "") -> list[str]:
        """Time frame and numbers. kept_...: what is known of dossiers that are not at hand, as more rows of a UNION."""
        return [
            self.text(
                "frame",
                cut_days=_days(self.frame.cut_days),
                days_off=_days(working_days.days_off()),
                worked_weekends=_days(working_days.worked_weekends()),
                steps=_rows(self.frame.steps()),
                readings=_rows(self._readings()),
            ),
            self.text(
                "entities",
                words=self._words("{0} BIGINT DEFAULT 0"),
                kept_sightings=kept_sightings,
                kept_procedures=kept_procedures,
            ),
        ]

    def list_spans(self) -> list[str]:
        return [self._list_spans("units"), self._list_spans("procedures"), self.text("province_lists")]

    def cells(self, keep: bool = False) -> list[str]:
        """Signed events of every table, those of dossiers first: what is kept for the next week is made of them alone."""
        texts = [self.dossier_cells()]
        if keep:
            texts += [self.cuts(), self.text("live", now=self.now), self.kept()]
        texts += self.list_cells()
        for facet in PRESENCE:
            texts += self._presence(facet)
        return [text for text in texts if text]

    def dossier_cells(self, sign: int = 1) -> str:
        """sign -1: the spans are taken back."""
        return self._cells("dossiers", "counting.dossier_spans", None, ("timely", "overdue"), sign)

    def list_cells(self) -> list[str]:
        """Those of provinces are summed before procedures, which a province lists itself."""
        texts = [*self._dated_cells("petitions", "petition_spans"), *self._dated_cells("units", "units_spans")]
        texts.append(self.text("provinces", sums=self._words("sum({0}) AS {0}")))
        texts += self._dated_cells("procedures", "procedures_spans")
        return [text for text in texts if text]

    @property
    def now(self) -> int:
        """The last tick at which the last week is read."""
        return max(r.tick for r in self.frame.readings if r.week == self.frame.last_week)

    @property
    def dossier_words(self) -> list[str]:
        return list(dict.fromkeys(measure.word for measure in self.measures.of("dossiers")))

    def cuts(self) -> str:
        days = enumerate(self.frame.cut_days)
        return self.text("cuts", cuts=_rows((number, f"DATE '{day}'") for number, day in days))

    def kept(self) -> str:
        """What the next week is counted from: views and tables named in next_week.KEPT."""
        words = self.dossier_words
        together = self.now > 0  # two cuts were read, and what is over may stand at either
        return self.text(
            "kept",
            now=self.now,
            sums="".join(f", CAST(sum({word}) AS BIGINT) AS {word}" for word in words),
            any_left=" OR ".join(f"sum({word}) <> 0" for word in words) or "FALSE",
            live=_LIVE_TOGETHER if together else ", dossiers, paid",
            together=f"GROUP BY entity, procedure, month, greatest(tick, {self.now})" if together else "",
        )

    def totals(self) -> str:
        return self.text(
            "totals",
            words=self._words("{0}"),
            sums=self._words("sum({0}) AS {0}"),
            running=self._words("CAST(coalesce(sum({0}) OVER so_far, 0) AS BIGINT) AS {0}"),
            measures=", ".join(f"{measure.from_word} AS {measure.column}" for measure in self.measures.all),
        )

    def counts(self, counted: Sequence[list[Counted]]) -> list[str]:
        """The table `counts`, one INSERT an indicator of a rule set."""
        received = self.measures.received
        texts = [self.text("reports")] if received else []
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

    def petition_spans(self, last_week: Week | None = None) -> str:
        """last_week: as things stood at the end of that week; by default of the last one."""
        wanted = mentioned(self.measures.of("petitions")) | {m.date_column for m in self.measures.of("petitions")}
        carried = sorted(name for name in wanted if name and name not in ("on_time", "unit_code"))
        carried_ = ", ".join([*carried, *self._row("petition")]) or "NULL"
        return self.text("petitions", carried=carried_, **_as_of(last_week))

    def terms(self, last_week: Week | None = None) -> str:
        return self.text("terms", **_as_of(last_week))

    def dossier_spans(self, last_week: Week | None = None) -> str:
        mine = self.measures.of("dossiers")
        moving = mentioned([measure for measure in mine if measure.is_moving])
        carried = sorted(moving - MOVING["dossiers"])
        fixed = [f"({measure.condition}) AS {measure.column}" for measure in mine if not measure.is_moving]
        months = [m for s in self.frame.stretches for m in (s.first_month, s.last_month)]
        level = "service_level" in moving
        kept = [*carried, *(m.column for m in mine if not m.is_moving), *(["row"] if self.whole_rows else [])]
        return self.text(
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
            **_as_of(last_week),
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
        return self.text(
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

    def _cells(self, source: Source, table: str, date_column: str | None, states: Sequence[str], sign: int = 1) -> str:
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
        return self.text(
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
            signed=_signed(mine, sign),
        )

    def _presence(self, facet: str) -> list[str]:
        mine = [m for m in self.measures.of("procedures") if facet in m.mentions]
        if not mine:
            return []
        paid = facet == "paid_online_count"
        return [
            self.text(
                "presence",
                facet="paid_online" if paid else "TRUE",
                leaves="leaves_paid" if paid else "leaves",
                columns=", ".join(column for m in mine for column in _presence_columns(m, facet)),
                counts=", ".join(f"{_gained(m, facet)} AS {m.column}" for m in mine),
                signed=_signed(mine),
            )
        ]

    def next_presence(self) -> str:
        """The same where each stretch is read once: both facets together."""
        mine = [m for m in self.measures.of("procedures") if m.asks_presence]
        if not mine:
            return ""
        facets = [(m, facet) for m in mine for facet in PRESENCE if facet in m.mentions]
        counts = [
            " + ".join(
                _gained(m, facet, "AND is_paid" if facet == "paid_online_count" else "")
                for each, facet in facets
                if each is m
            )
            for m in mine
        ]
        return self.text(
            "next_presence",
            columns=", ".join(dict.fromkeys(column for m, facet in facets for column in _presence_columns(m, facet))),
            counts=", ".join(f"{count} AS {m.column}" for count, m in zip(counts, mine, strict=True)),
            signed=_signed(mine),
        )

    def _row(self, relation: str) -> list[str]:
        """A relation's row as a column of structs, where whole rows are wanted."""
        return [f"{relation} AS row"] if self.whole_rows else []

    def _words(self, form: str) -> str:
        return ", ".join(form.format(word) for word in self.measures.words)

    def text(self, name: str, **values: object) -> str:
        template = Template(files("scoring").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8"))
        always = {
            "ticks": len(self.frame.cut_days),
            "last_week": self.frame.last_week.monday,
            "first_day": working_days.FIRST_DAY,
            "last_day": working_days.LAST_DAY,
            "always": ALWAYS,
        }
        return template.substitute(always | values)


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


def _signed(measures: Sequence[Measure], sign: int = 1) -> str:
    """Counts put into their words, positive where spans begin and negative where they end; with sign -1 the reverse."""
    words: dict[str, list[str]] = {}
    for measure in measures:
        words.setdefault(measure.word, []).append(f"{measure.column} * {measure.weight}")
    return ", ".join(
        f"({' + '.join(parts)}) * CASE WHEN begins THEN {sign} ELSE {-sign} END AS {w}" for w, parts in words.items()
    )


def _presence_columns(measure: Measure, facet: str) -> tuple[str, str]:
    """The condition of a procedure without, and with, a dossier of the facet."""
    lost, gained = ("10", "11") if facet == "paid_online_count" else ("00", "10")
    return f"{measure.column}_{lost}", f"{measure.column}_{gained}"


def _gained(measure: Measure, facet: str, only: str = "") -> str:
    """How many procedures more are counted when they have a dossier of the facet."""
    lost, gained = _presence_columns(measure, facet)
    return f"(count(*) FILTER (WHERE {gained} {only}) - count(*) FILTER (WHERE {lost} {only}))"


def _as_of(week: Week | None) -> dict[str, object]:
    return {"last_week": week.monday} if week else {}


def _state_columns(names: Sequence[str], *values: str) -> str:
    return "".join(f"{value} AS {name}, " for name, value in zip(names, values, strict=False))


def _days(days: Iterable[date]) -> str:
    return ", ".join(f"(DATE '{day}')" for day in sorted(days))


def _rows(rows: Iterable[Iterable[object]]) -> str:
    """Rows as the inside of an SQL VALUES list; texts come quoted."""
    return ", ".join(f"({', '.join(str(value) for value in row)})" for row in rows)
