"""What moved between two weeks, found among the dossiers that may have moved, is what moved among all of them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.counting import count_weeks
from resources.members import Movement, open_members, open_moving
from scoring.calendar import Period, PeriodKind, Week, parse_weeks
from scoring.readings import COUNTED_KINDS
from scoring.ruleset import RuleSet, ruleset_for
from tests.counting.builders import UNIT, at, dossier, petition, procedure
from tests.counting.conftest import inputs_of
from tests.counting.reference import History
from tests.counting.test_counting_laws import LAWS, _unusual, cases
from tests.counting.test_next_week import SPANS

Told = dict[PeriodKind, dict[str, dict[str, Movement]]]


def _moved(
    con: duckdb.DuckDBPyConnection, history: History, week: Week, ruleset_on: Callable[[date], RuleSet]
) -> tuple[Told, Told | None]:
    """Among all dossiers, and among those that may have moved; None where any may have. In the kinds of period that go on."""
    kinds = [
        kind for kind in COUNTED_KINDS if Period.of_week(kind, week).label == Period.of_week(kind, week.previous).label
    ]
    with tempfile.TemporaryDirectory() as folder:
        inputs, kept = inputs_of(history, Path(folder)), Path(folder, "kept", "week")
        with open_members(con, inputs, [week.previous, week], ruleset_on) as members:
            whole = {kind: members.movements(week, kind, {}) for kind in kinds}
        count_weeks(con, inputs, [week], ruleset_on, keep=kept)
        with open_moving(con, inputs, week, kept, ruleset_on) as members:
            if members is None:
                return whole, None
            return whole, {kind: members.movements(week, kind, {}) for kind in kinds}


def _changes(told: Told) -> list[tuple[str, str, str, Movement]]:
    still = Movement(0, 0, 0, 0)
    return [
        (kind, code, unit, each)
        for kind, indicators in told.items()
        for code, units in indicators.items()
        for unit, each in units.items()
        if each != still
    ]


@settings(LAWS, max_examples=3)
@given(case=cases(SPANS), ruleset_on=st.sampled_from([ruleset_for, _unusual]), number=st.integers(1, 3))
def test_among_those_that_may_have_moved_the_same_moved_as_among_all(
    con: duckdb.DuckDBPyConnection,
    case: tuple[list[Week], History],
    ruleset_on: Callable[[date], RuleSet],
    number: int,
) -> None:
    weeks, history = case
    whole, narrow = _moved(con, history, weeks[min(number, len(weeks) - 1)], ruleset_on)
    if narrow is not None:
        assert sorted(_changes(narrow)) == sorted(_changes(whole))


def test_a_dossier_moves_without_a_new_version_too(con: duckdb.DuckDBPyConnection) -> None:
    """Late by time alone, late by a list's term, complained of, accepted after it was told, gone from its procedure."""
    history = History(
        dossiers=[
            dossier("late by time alone", week="2026-W12", due_at=at("03-25 09:00")),
            dossier("late by its term", week="2026-W12", procedure_code="1.000002", accepted_at=at("03-17 09:00")),
            dossier("complained of", week="2026-W12", due_at=at("05-01 09:00"), status="done"),
            dossier("told ahead", week="2026-W12", accepted_at=at("03-26 09:00"), due_at=at("05-01 09:00")),
            dossier("moved", week="2026-W12", procedure_code="1.000003", due_at=at("05-01 09:00")),
            dossier("moved", week="2026-W13", procedure_code="1.000001", due_at=at("05-01 09:00")),
            dossier("nothing of it", week="2026-W12", due_at=at("05-01 09:00")),
        ],
        petitions=[petition("p", week="2026-W13", dossier_code="complained of", form="dislike")],
        procedures=[
            procedure(code, week="2026-W12", unit=UNIT, term_days=6)
            for code in ("1.000001", "1.000002", "1.000003", "1.000004")
        ],
    )
    (week,) = parse_weeks("2026-W13")
    whole, narrow = _moved(con, history, week, ruleset_for)
    assert narrow is not None
    assert sorted(_changes(narrow)) == sorted(_changes(whole))
    of_unit = {code: each for kind, code, unit, each in _changes(whole) if (kind, unit) == ("ytd", UNIT)}
    assert len(of_unit) > 1


def test_where_a_period_begins_anew_under_its_old_name_any_dossier_may_have_moved(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """2025 was begun anew in July: what was counted in June is counted no more, though nothing came about it."""
    history = History(dossiers=[dossier("of May", week="2025-W24", accepted_at=at("2025-05-05 09:00"))])
    whole, narrow = _moved(con, history, Week.parse("2025-W27"), ruleset_for)
    assert whole["ytd"]["filed_online"][UNIT].out_of_denominator == 1
    assert narrow is None
