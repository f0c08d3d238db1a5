"""A week counted from what was kept of the week before is the week counted from scratch."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.counting import count_next_week, count_weeks
from scoring.calendar import Week, parse_weeks
from scoring.ruleset import RuleSet, ruleset_for
from tests.counting.builders import UNIT, at, dossier, petition, procedure, unit
from tests.counting.conftest import inputs_of
from tests.counting.reference import History
from tests.counting.test_counting_laws import LAWS, _unusual, cases

#: Weeks of one year each: across the ends of months, quarters and the year, and the first of a year.
SPANS = ["2025-W25..2025-W28", "2025-W40..2025-W44", "2026-W50..2026-W53", "2026-W01..2026-W03", "2026-W12..2026-W15"]


def test_what_changes_without_a_new_version_is_seen_too(con: duckdb.DuckDBPyConnection) -> None:
    """Each of these is lost if only the week's own versions were counted, or nothing were taken back."""
    other, service = "H05.102", "1.000002"
    history = History(
        dossiers=[
            dossier("late by time alone", week="2026-W12", due_at=at("03-25 09:00"), procedure_code="1.000001"),
            dossier("complained of later", week="2026-W12", due_at=at("05-01 09:00")),
            dossier("its term comes with a list", week="2026-W12", procedure_code=service),
            dossier("done", week="2026-W12", due_at=at("04-08 09:00")),
            dossier("done", week="2026-W14", due_at=at("04-08 09:00"), finished_at=at("04-01 09:00"), status="done"),
            dossier("re-coded", week="2026-W12", procedure_code="1.000001", due_at=at("04-20 09:00")),
            dossier("re-coded", week="2026-W13", procedure_code=service, due_at=at("04-20 09:00")),
            dossier("moved", week="2026-W12", procedure_code="1.000003", payment="portal", fee_total_vnd=5),
            dossier("moved", week="2026-W14", procedure_code="1.000003", unit_code=other, fee_total_vnd=5),
            dossier("of April", week="2026-W14", accepted_at=at("04-02 09:00"), due_at=at("04-07 09:00")),
            dossier("withdrawn", week="2026-W12", due_at=at("04-20 09:00")),
            dossier("withdrawn", week="2026-W15", due_at=at("04-20 09:00"), status="not_accepted"),
        ],
        petitions=[
            petition("p", week="2026-W14", dossier_code="complained of later"),
            petition("q", week="2026-W12", dossier_code="done", form="dislike"),
            petition("q", week="2026-W15", dossier_code="late by time alone", form="dislike"),
        ],
        procedures=[
            procedure(code, week=week, unit=each, term_days=term, fee_bearing=True, payment_offered=True)
            for week, term in (("2026-W11", None), ("2026-W14", 40))
            for each in (UNIT, other)
            for code in ("1.000001", service, "1.000003")
        ],
        units=[unit(UNIT, "commune", week="2026-W12", last_year_dossiers=9)],
    )
    _agrees(con, parse_weeks("2026-W12..2026-W16"), history, ruleset_for, 1)


@settings(LAWS, max_examples=5)
@given(case=cases(SPANS), ruleset_on=st.sampled_from([ruleset_for, _unusual]), kept_of=st.integers(1, 3))
def test_week_by_week_from_what_is_kept_equals_all_at_once(
    con: duckdb.DuckDBPyConnection,
    ruleset_on: Callable[[date], RuleSet],
    case: tuple[list[Week], History],
    kept_of: int,
) -> None:
    _agrees(con, *case, ruleset_on, kept_of)


def _agrees(
    con: duckdb.DuckDBPyConnection,
    weeks: list[Week],
    history: History,
    ruleset_on: Callable[[date], RuleSet],
    kept_of: int,
) -> None:
    """The first week, or several, are counted whole; each later one is what was kept and what arrived."""
    with tempfile.TemporaryDirectory() as folder:
        inputs = inputs_of(history, Path(folder))
        kept = [Path(folder, "kept", str(week)) for week in weeks]
        count_weeks(con, inputs, weeks, ruleset_on)
        con.execute("CREATE OR REPLACE TABLE together AS FROM counts")
        count_weeks(con, inputs, weeks[:kept_of], ruleset_on, keep=kept[kept_of - 1])
        for number, week in enumerate(weeks[kept_of:], kept_of):
            if not count_next_week(con, inputs, week, kept[number - 1], ruleset_on, keep=kept[number]):
                count_weeks(con, inputs, [week], ruleset_on, keep=kept[number])
            (wrong,) = con.execute(
                "SELECT count(*) FROM (FROM counts EXCEPT ALL (FROM together WHERE week = $1)"
                " UNION ALL ((FROM together WHERE week = $1) EXCEPT ALL FROM counts))",
                [week.monday],
            ).fetchall()[0]
            assert wrong == 0, week
