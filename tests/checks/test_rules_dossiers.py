"""Row rules of dossiers: each catches its case, and a sound dossier breaks none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from checks.rows import split
from checks.rules import load_rules, rules_for
from scoring.calendar import Week
from tests.checks.making import WEEK, a_dossier, an_export, typed

NO_END: dict[str, Any] = {"finished_at": None, "has_result": False}

CASES = [
    ("returned_without_moment", {"status": "returned"}),
    ("stopped_without_moment", {"status": "withdrawn", **NO_END}),
    # 8 sent as 9: it was stopped, and nothing was finished or returned
    ("done_though_stopped", {"stopped_at": "2025-10-07 02:00:00", **NO_END}),
    # 5 sent as 9: the applicant has not supplied yet
    ("done_though_waiting", {"supplement_open_at": "2025-10-07 02:00:00", "supplement_count": 1, **NO_END}),
    ("refused_though_accepted", {"status": "not_accepted", **NO_END}),
    ("new_though_accepted", {"status": "new", **NO_END}),
    ("stopped_with_open_status", {"status": "processing", "stopped_at": "2025-10-07 02:00:00", **NO_END}),
    ("supplement_not_noted", {"status": "supplement_asked", **NO_END}),
    ("supplements_repeated", {"supplement_count": 2}),
    ("result_before_end", {"status": "processing", "finished_at": None, "has_result": True}),
    ("done_without_result", {"has_result": False}),
    ("digitised_flag", {"declared_digitised": True, "digitised_count": 0}),
    ("digitised_flag", {"declared_digitised": False, "digitised_count": 2}),
    ("cash_as_online", {"cash_fee_count": 1}),
    ("component_as_result", {"result_is_component": True}),
    ("applicant_filler", {"applicant_filler": True}),
    ("paid_without_fee", {"fee_total_vnd": 0, "fee_count": 0}),
    ("online_without_account", {"vneid_verified": False}),
    (
        "filed_after_week",
        {"filed_at": "2025-10-13 01:00:00", "accepted_at": None, "finished_at": None, "status": "new"},
    ),
    ("date_out_of_time", {"filed_at": "1900-01-01 00:00:00"}),
    ("date_out_of_time", {"due_at": "2999-12-31 00:00:00"}),
]


def broken_rules(con: duckdb.DuckDBPyConnection, folder: Path, table: str, week: str, row: dict[str, Any]) -> set[str]:
    """Names of the rules a row breaks."""
    rules = [rule for rule in rules_for(table, Week.parse(week)) if rule.condition]
    made = split(
        con, typed(con, table, [row]), table, rules, folder / "v.parquet", folder / "q.parquet", an_export(week=week)
    )
    return {each.rule.partition(".")[2] for each in made.measurements if each.failed and each.unit_code is None}


@pytest.mark.parametrize(("rule", "facts"), CASES)
def test_each_contradiction_is_caught_by_its_rule(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, rule: str, facts: dict[str, Any]
) -> None:
    assert rule in broken_rules(con, tmp_path, "dossiers", WEEK, a_dossier(1, **facts))


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"status": "processing", **NO_END},
        {"status": "supplement_asked", "supplement_open_at": "2025-10-07 02:00:00", "supplement_count": 1, **NO_END},
        {"status": "stopped", "stopped_at": "2025-10-07 02:00:00", **NO_END},
        {"status": "returned", "returned_at": "2025-10-08 02:00:00"},
        {"cash_fee_count": 1, "fee_count": 2},  # one fee at the desk, the other online
        {"cash_fee_count": 1, "payment": "offline"},
        {"channel": "direct", "vneid_verified": False},
        {"declared_digitised": None, "digitised_count": 0},  # a source without the flag says nothing
    ],
)
def test_a_sound_dossier_breaks_no_rule(con: duckdb.DuckDBPyConnection, tmp_path: Path, facts: dict[str, Any]) -> None:
    assert broken_rules(con, tmp_path, "dossiers", WEEK, a_dossier(1, **facts)) == set()


def test_an_account_of_vneid_is_asked_for_only_since_it_is_the_only_one(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    row = a_dossier(1, vneid_verified=False)
    assert "online_without_account" not in broken_rules(con, tmp_path, "dossiers", "2024-W26", row)  # to 2024-06-30
    assert "online_without_account" in broken_rules(con, tmp_path, "dossiers", WEEK, row)


@pytest.mark.parametrize("name", ["UBND huyện Yên Phong", "Huyện Yên Phong", "Thị xã Quế Võ", "Quận Ninh Kiều"])
@pytest.mark.parametrize("table", ["units", "portal_scores", "portal_counts"])
def test_a_district_is_out_of_its_time_since_july_2025(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, table: str, name: str
) -> None:
    row = {"unit_code": "H05.21", "unit_name": name, "source_row": 1, "parse_errors": []}
    assert "district" in broken_rules(con, tmp_path, table, WEEK, row)
    assert "district" not in broken_rules(con, tmp_path, table, "2025-W26", row)


@pytest.mark.parametrize(
    "name", ["Phường Quế Võ", "Xã Yên Phong", "Sở Nội vụ", "Bắc Ninh", "Ban Quản lý các khu công nghiệp"]
)
def test_no_other_unit_is_taken_for_a_district(con: duckdb.DuckDBPyConnection, tmp_path: Path, name: str) -> None:
    row = {"unit_code": "H05.101", "unit_name": name, "source_row": 1, "parse_errors": []}
    assert "district" not in broken_rules(con, tmp_path, "units", WEEK, row)


def test_a_day_of_disclosure_does_not_lie_ahead(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    known = {"unit_code": "H05", "procedure_code": "1.004222", "source_row": 1, "parse_errors": []}
    ahead = broken_rules(con, tmp_path, "procedures", WEEK, {**known, "disclosed_on": "2025-10-13"})
    sunday = broken_rules(con, tmp_path, "procedures", WEEK, {**known, "disclosed_on": "2025-10-12"})
    assert (ahead, sunday) == ({"disclosed_after_week"}, set())


def test_a_finding_about_the_rows_of_one_unit_names_it(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = [a_dossier(1), a_dossier(2, unit_code="H05.102", waiting_seconds=-5)]
    rules = rules_for("dossiers", Week.parse(WEEK))
    made = split(con, typed(con, "dossiers", rows), "dossiers", rules, tmp_path / "v", tmp_path / "q", an_export())
    (told,) = made.outcomes
    assert (told.rule, told.unit_code) == ("dossiers.waiting_negative", "H05.102")


def test_of_several_units_those_with_the_most_rows_are_named_in_the_message(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    units = ["H05.101", "H05.102", "H05.102"]
    rows = [a_dossier(number, unit_code=unit, waiting_seconds=-5) for number, unit in enumerate(units, 1)]
    rules = rules_for("dossiers", Week.parse(WEEK))
    made = split(con, typed(con, "dossiers", rows), "dossiers", rules, tmp_path / "v", tmp_path / "q", an_export())
    (told,) = made.outcomes
    assert told.unit_code is None
    assert told.message_en.endswith("(H05.102 2, H05.101 1)")


def test_every_rule_judged_by_a_module_has_that_module() -> None:
    from importlib import import_module

    for name in {rule.judged_by for rule in load_rules() if rule.judged_by}:
        assert import_module(f"checks.{name}").__doc__
