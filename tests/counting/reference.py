"""The counts once more, the slow and plain way: for every week from scratch, in Python, one dossier after the other.

It shares with the real thing the calendar of weeks, the working days and the names of indicators, and nothing else.
Rows are dicts of catalogue columns plus `place` (number of the file).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from scoring.calendar import Period, PeriodKind, Week, day_of_utc, utc_of_day
from scoring.ruleset import RuleSet
from scoring.working_days import add_working_days, working_days_between

Row = dict[str, Any]
Key = tuple[str, str, str, str]  # week, period kind, unit, indicator
Counts = dict[Key, tuple[int, int]]
KINDS: tuple[PeriodKind, ...] = ("ytd", "quarter", "month")
MICROSECOND = timedelta(microseconds=1)


@dataclass
class History:
    """Everything that ever arrived; `arrivals`: (kind, scope, week, export_id) of exports, the empty ones too."""

    dossiers: list[Row] = field(default_factory=list)
    procedures: list[Row] = field(default_factory=list)
    petitions: list[Row] = field(default_factory=list)
    units: list[Row] = field(default_factory=list)
    arrivals: list[tuple[str, str, Week, str]] = field(default_factory=list)

    def table(self, name: str) -> list[Row]:
        rows: list[Row] = getattr(self, name)
        return rows


Test = Callable[[Row], Any]
ALWAYS: Test = lambda row: True  # noqa: E731

#: indicator -> (denominator, numerator of what is in the denominator), as section 2 of the methodology tells them.
DOSSIERS: dict[str, tuple[Test, Test]] = {
    "on_time": (ALWAYS, lambda d: d["timely"]),
    "filed_online": (ALWAYS, lambda d: d["channel"] == "online"),
    "paid_online": (lambda d: d["fee_total_vnd"] > 0, lambda d: d["payment"] in ("portal", "gateway")),
    "procedure_satisfaction": (ALWAYS, lambda d: d["timely"] and not d["complained"]),
    "electronic_result": (ALWAYS, lambda d: d["has_result"]),
    "components_digitised": (ALWAYS, lambda d: d["digitised_count"] > 0 and d["has_result"]),
    "data_reused": (ALWAYS, lambda d: d["reused_count"] > 0),
    "shared_to_store": (ALWAYS, lambda d: d["from_store_count"] > 0 or d["sent_to_store"]),
    "population_data_dossiers": (
        ALWAYS,
        lambda d: d["vneid_verified"] or d["from_store_count"] > 0 or d["population_link"],
    ),
    "filed_fully_online": (lambda d: d["service_level"] == "full", lambda d: d["channel"] == "online"),
    "overdue_dossiers": (ALWAYS, lambda d: d["overdue"]),
}
PETITIONS: dict[str, tuple[Test, Test]] = {
    "petitions_on_time": (lambda p: p["form"] == "petition", lambda p: p["on_time"]),
    "petition_satisfaction": (
        lambda p: p["form"] == "petition",
        lambda p: p["on_time"] and not p["disliked"] and not p["repeated"],
    ),
}
PROCEDURES: dict[str, tuple[Test, Test]] = {
    "published_on_time": (ALWAYS, lambda p: p["lead"] is not None and p["lead"] >= 5),
    "disclosed_on_time": (ALWAYS, lambda p: p["lag"] is not None and p["lag"] <= 5),
    "content_complete": (lambda p: p["content_complete"] is not None, lambda p: p["content_complete"]),
    "procedures_offered_online": (ALWAYS, lambda p: p["service_level"] in ("full", "part")),
    "services_with_dossiers": (lambda p: p["service_level"] in ("full", "part"), lambda p: p["dossiers"]),
    "procedures_offering_payment": (lambda p: p["fee_bearing"], lambda p: p["payment_offered"]),
    "procedures_with_payment": (lambda p: p["fee_bearing"], lambda p: p["paid"]),
    "population_data_procedures": (lambda p: p["subject_person"], lambda p: p["population_connected"]),
    "idle_services": (ALWAYS, lambda p: not p["dossiers"]),
    "unpaid_services": (lambda p: p["dossiers"], lambda p: not p["paid"]),
}
UNITS: dict[str, tuple[Test, Test]] = {
    "certified_copy": (
        lambda u: u["level"] == "commune" and u["certified_copy"] is not None,
        lambda u: u["certified_copy"],
    ),
}
TERM_DAYS = {"refuse": 2, "ask_more": 5, "publish": 2}  # all others 15


def count(history: History, weeks: Iterable[Week], ruleset_on: Callable[[date], RuleSet]) -> Counts:
    """The counts of each week, counted anew from all that had arrived by then."""
    result: Counts = {}
    for week in weeks:
        known = Known(history, week)
        for kind in KINDS:
            period = Period.of_week(kind, week)
            ruleset = ruleset_on(min(week.sunday, period.end_day))
            for key, numbers in known.count(kind, period, ruleset).items():
                result[(str(week), kind, *key)] = numbers
    return result


class Known:
    """What is known at the end of a week."""

    def __init__(self, history: History, week: Week) -> None:
        self.week = week
        self.rows = {
            name: [row for row in history.table(name) if row["arrived_week"] <= week.monday]
            for name in ("dossiers", "procedures", "petitions", "units")
        }
        self.arrivals = [one for one in history.arrivals if one[2] <= week]
        self.dossiers = latest(self.rows["dossiers"], "dossier_code")
        self.petitions = latest(self.rows["petitions"], "petition_code")
        seen = {row["unit_code"] for rows in self.rows.values() for row in rows}
        self.units = sorted(seen | {province(code) for code in seen})
        self.listed = {code: self.current_list("procedures", code) for code in self.units}
        self.unit_rows = {code: rows[-1] for code in self.units if (rows := self.current_list("units", code))}
        self.complaints = {p["dossier_code"] for p in self.petitions if p["dossier_code"] is not None}

    def count(self, kind: PeriodKind, period: Period, ruleset: RuleSet) -> dict[tuple[str, str], tuple[int, int]]:
        cut = period.cut(self.week)
        start = period.start
        if ruleset.restart and start < utc_of_day(ruleset.restart) < cut:
            start = utc_of_day(ruleset.restart)
        dossiers = [
            self.judged(d, cut)
            for d in self.dossiers
            if d["status"] != "not_accepted" and d["accepted_at"] is not None and start <= d["accepted_at"] < cut
        ]
        petitions = [self.answered(p, cut) for p in self.petitions if start <= p["received_at"] < cut]
        found: dict[tuple[str, str], tuple[int, int]] = {}
        for indicator in ruleset.indicators:
            code = indicator.code
            for unit in self.units:
                if not all(self.has_feed(feed, unit) for feed in self.needs(indicator.population)):
                    continue
                below = [unit] if unit != province(unit) else [u for u in self.units if province(u) == unit]
                if indicator.population == "dossiers":
                    rows, tests = [d for d in dossiers if d["unit_code"] in below], DOSSIERS[code]
                elif indicator.population == "petitions":
                    rows, tests = [p for p in petitions if p["unit_code"] in below], PETITIONS[code]
                elif indicator.population == "units":
                    rows, tests = [self.unit_rows[u] for u in below if u in self.unit_rows], UNITS[code]
                elif indicator.population == "procedures":
                    mine = [d for d in dossiers if d["unit_code"] in below]
                    rows = [self.described(p, mine) for p in self.procedures_of(unit)]
                    if indicator.date_column:
                        rows = [p for p in rows if within(p[indicator.date_column], start, cut)]
                    tests = PROCEDURES[code]
                elif indicator.population == "sync":
                    received = sum(d["unit_code"] in below for d in dossiers)
                    found[unit, code] = self.synchronised(kind, unit, received)
                    continue
                else:
                    continue
                counted = [row for row in rows if tests[0](row)]
                found[unit, code] = (sum(bool(tests[1](row)) for row in counted), len(counted))
        return found

    # Dossiers and petitions

    def judged(self, d: Row, cut: datetime) -> Row:
        """A dossier with timely, overdue, complained and service_level as of an instant."""
        named = self.named(province(d["unit_code"]), d["procedure_code"])
        waiting = timedelta(seconds=d["waiting_seconds"])
        end = d["finished_at"] or d["returned_at"] or d["stopped_at"]
        due = d["due_at"]
        if due is None and named and (term := named["term_days"]) is not None:
            last_day = add_working_days(day_of_utc(d["accepted_at"]), term)
            due = utc_of_day(last_day + timedelta(days=1)) - MICROSECOND
            if end is None:  # the time spent waiting is given back; an end has it subtracted below
                due += waiting
        if d["supplement_count"] > 1:
            timely, overdue = False, True
        elif due is None:
            timely, overdue = False, False
        else:
            reached = end - waiting if end else d["supplement_open_at"] or cut
            timely = reached <= due
            overdue = not timely
        level = named["service_level"] if named else None
        complained = d["dossier_code"] in self.complaints
        return d | {"timely": timely, "overdue": overdue, "complained": complained, "service_level": level}

    def answered(self, p: Row, cut: datetime) -> Row:
        day = add_working_days(day_of_utc(p["received_at"]), TERM_DAYS.get(p["outcome"], 15))
        due = p["due_at"] or utc_of_day(day + timedelta(days=1)) - MICROSECOND
        return p | {"on_time": (p["answered_at"] or cut) <= due}

    def named(self, province_code: str, procedure: str | None) -> Row | None:
        """What the latest export that names a procedure of a province says: longest term, most of service."""
        rows = [
            p
            for p in self.rows["procedures"]
            if p["procedure_code"] == procedure and province(p["unit_code"]) == province_code
        ]
        if not rows:
            return None
        newest = max(p["arrived_week"] for p in rows)
        rows = [p for p in rows if p["arrived_week"] == newest]
        levels = {p["service_level"] for p in rows}
        return {
            "term_days": max((p["term_days"] for p in rows if p["term_days"] is not None), default=None),
            "service_level": next(level for level in ("full", "part", "information") if level in levels),
        }

    # Lists

    def current_list(self, kind: str, unit: str) -> list[Row]:
        """The rows of a unit in the latest export that speaks for it."""
        exports: dict[str, tuple[str, date]] = {}
        for export_id in {row["export_id"] for row in self.rows[kind]}:
            rows = [row for row in self.rows[kind] if row["export_id"] == export_id]
            codes = {row["unit_code"] for row in rows}
            roots = {province(code) for code in codes}
            root = codes.pop() if len(codes) == 1 else roots.pop() if len(roots) == 1 else "VN"
            exports[export_id] = (root, rows[0]["arrived_week"])
        for name, scope, week, export_id in self.arrivals:
            if name == kind:
                exports[export_id] = (scope, week.monday)
        near = ["VN", province(unit), unit]
        covering = [one for one in exports.values() if one[0] in near]
        if not covering:
            return []
        # of two in one week, the one whose root is nearest
        root, arrived = max(covering, key=lambda one: (one[1], 2 - near[::-1].index(one[0])))
        mine = [r for r in self.rows[kind] if r["unit_code"] == unit and exports[r["export_id"]] == (root, arrived)]
        return latest(mine, "procedure_code") if kind == "procedures" else latest(mine, "unit_code")

    def procedures_of(self, unit: str) -> list[Row]:
        """A unit's own list; a province without one has its units' procedures, each once."""
        if self.listed[unit] or unit != province(unit):
            return self.listed[unit]
        union: dict[str, Row] = {}
        for code in self.units:
            if province(code) == unit:
                for row in self.listed[code]:
                    union.setdefault(row["procedure_code"], row)
        return list(union.values())

    def described(self, p: Row, dossiers: Sequence[Row]) -> Row:
        mine = [d for d in dossiers if d["procedure_code"] == p["procedure_code"]]
        announced, effective, disclosed = p["announced_on"], p["effective_on"], p["disclosed_on"]
        return p | {
            "dossiers": bool(mine),
            "paid": any(d["payment"] in ("portal", "gateway") for d in mine),
            "lead": working_days_between(announced, effective) if announced and effective else None,
            "lag": working_days_between(announced, disclosed) if announced and disclosed else None,
            "disclosure_due_on": add_working_days(announced, 5) if announced else None,
        }

    def synchronised(self, kind: PeriodKind, unit: str, received: int) -> tuple[int, int]:
        column = {"ytd": "reported_ytd", "quarter": "reported_quarter", "month": "reported_month"}[kind]
        reported, last_year = self.reported(unit, column), self.reported(unit, "last_year_dossiers")
        parts = {"ytd": 1, "quarter": 4, "month": 12}[kind]
        share = None if last_year is None else (2 * last_year + parts) // (2 * parts)
        expected = reported if reported is not None else share
        return (0, max(received, 1)) if expected is None else (received, max(received, expected))

    def reported(self, unit: str, column: str) -> int | None:
        own = self.unit_rows.get(unit, {}).get(column)
        if own is not None or unit != province(unit):
            return own
        below = [self.unit_rows[u][column] for u in self.unit_rows if province(u) == unit and u != unit]
        given = [value for value in below if value is not None]
        return sum(given) if given else None

    # Feeds

    def needs(self, population: str) -> tuple[str, ...]:
        return ("dossiers", "units") if population == "sync" else (population,)

    def has_feed(self, kind: str, unit: str) -> bool:
        if any(province(row["unit_code"]) == province(unit) for row in self.rows.get(kind, ())):
            return True
        return any(name == kind and scope_of(scope) in ("VN", province(unit)) for name, scope, _, _ in self.arrivals)


def province(unit_code: str) -> str:
    return unit_code.split(".")[0]


scope_of = province


def latest(rows: Sequence[Row], key: str) -> list[Row]:
    """The last row of each key by week of arrival, then file, then row."""
    ordered = sorted(rows, key=lambda row: (row["arrived_week"], row["place"], row["source_row"]))
    return list({row[key]: row for row in ordered}.values())


def within(day: date | None, start: datetime, cut: datetime) -> bool:
    return day is not None and start <= utc_of_day(day) < cut


def differences(found: Mapping[Key, tuple[int, int]], expected: Mapping[Key, tuple[int, int]]) -> list[str]:
    """What differs, readable, at most twenty lines."""
    return [
        f"{key}: counted {found.get(key)}, expected {expected.get(key)}"
        for key in sorted(found.keys() | expected.keys())
        if found.get(key) != expected.get(key)
    ][:20]
