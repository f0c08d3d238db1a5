"""Whatever arrives, the one pass says what counting each week from scratch says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.calendar import Week, parse_weeks, utc_of_day
from scoring.ruleset import Group, Indicator, RuleSet, get_ruleset, ruleset_for
from tests.counting.conftest import counted, row
from tests.counting.reference import History, Row, count, differences, province

UNITS = ["H05.101", "H05.102", "H05.01", "H05", "H21.101"]
PROCEDURES = ["1.000001", "1.000002", "1.000003"]
LAWS = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

#: Weeks with something in them: a restart on a Tuesday, a month and a quarter that end mid-week, week 53, year ends.
SPANS = ["2025-W25..2025-W28", "2025-W40..2025-W45", "2026-W51..2027-W02", "2025-W51..2026-W03", "2026-W12..2026-W15"]


def _indicator(code: str, population: str, numerator: str, denominator: str | None = None) -> Indicator:
    return Indicator(code, None, "g", code, code, Decimal(1), population, "I", numerator, denominator)  # type: ignore[arg-type]


def _unusual(day: date) -> RuleSet:
    """Conditions no published rule set uses, beside the alternative text of 2026."""
    single = get_ruleset("766-2026-single")
    extra = (
        _indicator("overdue_dossiers", "dossiers", "overdue"),
        _indicator("idle_services", "procedures", "dossier_count = 0"),
        _indicator("unpaid_services", "procedures", "paid_online_count = 0", "dossier_count > 0"),
    )
    group = Group("g", "G", "g", "g", Decimal(3), extra)
    return replace(single, groups=(*single.groups, group), fingerprint="unusual")


def _instants(first: Week, last: Week) -> st.SearchStrategy[datetime]:
    """Moments around some weeks, often just before, at or after the beginning of a day that matters."""
    days = st.dates(first.monday - timedelta(days=25), last.sunday + timedelta(days=12))
    month_ends = st.builds(lambda day: (day.replace(day=1) + timedelta(days=32)).replace(day=1), days)
    edges = st.builds(
        lambda day, step: utc_of_day(day) + timedelta(seconds=step),
        month_ends | days.map(lambda day: Week.containing(day).monday),
        st.sampled_from([-1, 0, 1, 3600]),
    )
    return edges | st.builds(
        lambda day, second: utc_of_day(day) + timedelta(seconds=second), days, st.integers(0, 86399)
    )


@st.composite
def histories(draw: st.DrawFn, weeks: list[Week]) -> History:
    first, last = weeks[0].shift(-1), weeks[-1]
    instants = _instants(first, last)
    sometimes = st.none() | instants
    arriving = st.sampled_from([first, *weeks, last.next]).map(lambda week: week.monday)
    flags = st.booleans()
    # Often one unit, one procedure or one dossier, so that things meet.
    unit = st.sampled_from(draw(st.sampled_from([UNITS, UNITS[:1], UNITS[:2]])))
    procedure = st.sampled_from(draw(st.sampled_from([PROCEDURES, PROCEDURES[:1], PROCEDURES[:2]])))
    codes = [f"H05.1-250101-{number:04d}" for number in range(draw(st.sampled_from([0, 1, 1, 2, 6])))]
    about = st.sampled_from(codes) if codes else st.none()
    export = st.sampled_from(["a", "b"])
    history = History()

    def dossier(code: str, number: int) -> Row:
        return row(
            "dossiers",
            dossier_code=code,
            arrived_week=draw(arriving),
            unit_code=draw(unit),
            procedure_code=draw(procedure if draw(st.booleans()) else st.none() | procedure),
            channel=draw(st.sampled_from(["online", "direct"])),
            status=draw(st.sampled_from(["accepted", "done", "not_accepted"])),
            accepted_at=draw(sometimes if number else instants),
            due_at=draw(sometimes),
            finished_at=draw(sometimes),
            returned_at=draw(sometimes),
            stopped_at=draw(st.none()),
            supplement_count=draw(st.sampled_from([0, 0, 0, 1, 2])),
            supplement_open_at=draw(st.none() | sometimes),
            waiting_seconds=draw(st.sampled_from([0, 0, 90000])),
            has_result=draw(flags),
            digitised_count=draw(st.sampled_from([0, 2])),
            fee_total_vnd=draw(st.sampled_from([0, 50000])),
            payment=draw(st.sampled_from(["none", "portal", "offline"])),
            place=draw(st.sampled_from([0, 1])),
            source_row=number,
        )

    for code in codes:
        history.dossiers += [dossier(code, number) for number in range(draw(st.integers(1, 4)))]
    for number in range(draw(st.integers(0, 5))):
        history.petitions.append(
            row(
                "petitions",
                petition_code=draw(st.sampled_from(["p1", "p2", "p3"])),
                arrived_week=draw(arriving),
                unit_code=draw(unit),
                dossier_code=draw(st.none() | about),
                form=draw(st.sampled_from(["petition", "petition", "dislike"])),
                received_at=draw(instants),
                due_at=draw(sometimes),
                outcome=draw(st.sampled_from([None, "refuse", "resolve"])),
                answered_at=draw(sometimes),
                disliked=draw(flags),
                source_row=number,
            )
        )
    # An export of a list: several rows of one arrival, of one unit, of a province, or of two.
    lists: dict[str, date] = {}
    for number in range(draw(st.integers(0, 9))):
        name = f"procedures-{draw(export)}-{draw(st.integers(0, 2))}"
        announced = draw(st.none() | st.dates(first.monday - timedelta(days=20), last.sunday))
        history.procedures.append(
            row(
                "procedures",
                arrived_week=lists.setdefault(name, draw(arriving)),
                unit_code=draw(unit),
                procedure_code=draw(procedure),
                service_level=draw(st.sampled_from(["full", "part", "information"])),
                subject_person=draw(flags),
                fee_bearing=draw(flags),
                payment_offered=draw(flags),
                announced_on=announced,
                effective_on=announced and announced + timedelta(days=draw(st.integers(0, 14))),
                disclosed_on=announced and draw(st.none() | st.just(announced + timedelta(days=6))),
                content_complete=draw(st.none() | flags),
                term_days=draw(st.none() | st.integers(0, 8)),
                export_id=name,
                source_row=number,
            )
        )
    for number in range(draw(st.integers(0, 6))):
        name = f"units-{draw(export)}-{draw(st.integers(0, 1))}"
        code = draw(unit)
        history.units.append(
            row(
                "units",
                arrived_week=lists.setdefault(name, draw(arriving)),
                unit_code=code,
                level="province" if code == province(code) else "commune" if len(code) == 7 else "department",
                certified_copy=draw(st.none() | flags),
                reported_month=draw(st.none() | st.integers(0, 3)),
                reported_ytd=draw(st.none() | st.integers(0, 9)),
                last_year_dossiers=draw(st.none() | st.integers(0, 40)),
                export_id=name,
                source_row=number,
            )
        )
    for number in range(draw(st.integers(0, 3))):  # exports without a row
        kind = draw(st.sampled_from(["dossiers", "procedures", "petitions", "units"]))
        scope = draw(st.sampled_from(["VN", "H05", "H05.101", "H21"]))
        history.arrivals.append((kind, scope, Week(draw(arriving)), f"empty-{number}"))
    return history


@st.composite
def cases(draw: st.DrawFn, spans: Sequence[str] = SPANS) -> tuple[list[Week], History]:
    """Weeks that follow one another, and a history that reaches over them."""
    weeks = parse_weeks(draw(st.sampled_from(spans)))
    return weeks, draw(histories(weeks))


@pytest.mark.parametrize("ruleset_on", [ruleset_for, _unusual], ids=["published", "unusual"])
@LAWS
@given(case=cases())
def test_all_weeks_in_one_pass_equal_counting_each_week_from_scratch(
    con: duckdb.DuckDBPyConnection, ruleset_on: Callable[[date], RuleSet], case: tuple[list[Week], History]
) -> None:
    weeks, history = case
    assert differences(counted(history, weeks, ruleset_on, con), count(history, weeks, ruleset_on)) == []


@settings(LAWS, max_examples=10)
@given(case=cases(), data=st.data())
def test_all_weeks_in_one_pass_equal_any_of_them_counted_alone(
    con: duckdb.DuckDBPyConnection, case: tuple[list[Week], History], data: st.DataObject
) -> None:
    weeks, history = case
    together = counted(history, weeks, con=con)
    some = data.draw(st.lists(st.sampled_from(weeks), min_size=1, max_size=2, unique=True))
    alone = counted(history, some, con=con)
    names = {str(week) for week in some}
    assert differences(alone, {key: numbers for key, numbers in together.items() if key[0] in names}) == []


@settings(LAWS, max_examples=10)
@given(case=cases())
def test_a_province_equals_its_own_totals(con: duckdb.DuckDBPyConnection, case: tuple[list[Week], History]) -> None:
    weeks, history = case
    history.dossiers = [d for d in history.dossiers if d["unit_code"] != "H05"]
    found = counted(history, weeks, con=con)
    for (week, kind, unit, indicator), numbers in found.items():
        if unit == "H05" and indicator in ("on_time", "filed_online", "paid_online", "electronic_result"):
            parts = [
                n
                for key, n in found.items()
                if key[:2] == (week, kind) and key[2].startswith("H05.") and key[3] == indicator
            ]
            assert numbers == (sum(n for n, _ in parts), sum(d for _, d in parts))
