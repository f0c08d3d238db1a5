"""What shows only in many dossiers, files or weeks: constants, doubles, units that are not known, counts that fall."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from checks.across import Across
from checks.aggregates import judge_constant_feed, judge_constants, judge_results, unit_facts
from checks.doubles import find_doubled, find_shared_codes, judge_doubled, judge_shared_codes
from checks.registry import judge_listed, judge_units
from checks.totals import judge_falling
from resources.engine import write_parquet
from resources.home import Home
from scoring.calendar import Week
from tests.checks.making import WEEK, a_dossier, a_table, an_export, count_row, score_row, typed

Write = Callable[..., Path]


@pytest.fixture
def write(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Write:
    """Writes dossiers as a typed file and gives its path; a file of quarantine also names the rule of its rows."""

    def written(rows: Sequence[dict[str, Any]], name: str = "now") -> Path:
        path = tmp_path / f"{name}.parquet"
        rules = ", ['dossiers.superseded_in_file'] AS rules" if name == "quarantine" else ""
        write_parquet(con, f"SELECT * EXCLUDE (parse_errors){rules} FROM ({typed(con, 'dossiers', rows)})", path)
        return path

    return written


def unit(code: str, count: int, lacking: int = 0, **facts: Any) -> list[dict[str, Any]]:
    """So many dossiers of a unit; the first `lacking` have no account and no result."""
    first = int(code[-3:]) * 10_000
    return [
        a_dossier(
            first + number,
            unit_code=code,
            channel="direct",
            **{"vneid_verified": number >= lacking, "has_result": number >= lacking, **facts},
        )
        for number in range(count)
    ]


def others(count: int = 6, lacking: int = 10) -> list[dict[str, Any]]:
    return [row for number in range(count) for row in unit(f"H05.2{number:02d}", 60, lacking)]


def test_a_flag_that_is_never_set_where_others_set_it_is_a_constant(
    con: duckdb.DuckDBPyConnection, write: Write
) -> None:
    facts = unit_facts(con, [write([*others(), *unit("H05.101", 60, vneid_verified=False)])])
    (told,) = judge_constants(an_export(), facts)
    assert (told.unit_code, told.field, told.value) == ("H05.101", "vneid_verified", "false × 60")
    assert told.severity == "warning"


def test_a_flag_that_chance_could_have_set_throughout_is_only_counted(
    con: duckdb.DuckDBPyConnection, write: Write
) -> None:
    # In the other units 59 of 60 have it: 60 of 60 happen by chance, 36 times in a hundred.
    facts = unit_facts(con, [write([*others(lacking=1), *unit("H05.101", 60)])])
    assert [(each.unit_code, each.severity) for each in judge_constants(an_export(), facts)] == [("H05.101", "info")]


def test_a_unit_of_few_dossiers_has_no_constants(con: duckdb.DuckDBPyConnection, write: Write) -> None:
    facts = unit_facts(con, [write([*others(), *unit("H05.101", 49, vneid_verified=False)])])
    assert judge_constants(an_export(), facts) == []


def test_a_flag_set_for_the_whole_province_is_one_finding_about_the_feed(
    con: duckdb.DuckDBPyConnection, write: Write
) -> None:
    before = unit_facts(con, [write(others(), "before")])
    now = unit_facts(con, [write(others(lacking=0))])
    (told,) = judge_constant_feed(an_export(), now, [before])
    assert (told.rule, told.unit_code, told.value) == ("dossiers.flag_constant_in_feed", None, "true × 360")
    assert judge_constants(an_export(), now) == []  # not one a unit


def test_a_few_units_with_software_of_their_own_do_not_hide_a_constant(
    con: duckdb.DuckDBPyConnection, write: Write
) -> None:
    usual = unit_facts(con, [write(others(40), "before")])
    constant = [row for number in range(40) for row in unit(f"H05.2{number:02d}", 60)]
    apart = unit_facts(con, [write([*constant, *unit("H05.101", 60, vneid_verified=False)])])
    (told,) = judge_constant_feed(an_export(), apart, [usual])
    assert (told.field, told.value, told.checked) == ("vneid_verified", "true × 2400", 2460)
    many = [row for number in range(4) for row in unit(f"H05.10{number}", 60, vneid_verified=False)]
    assert judge_constant_feed(an_export(), unit_facts(con, [write([*constant, *many])]), [usual]) == []


def test_a_source_that_never_had_the_flag_is_no_fault(con: duckdb.DuckDBPyConnection, write: Write) -> None:
    facts = unit_facts(con, [write(unit("H05.101", 300, vneid_verified=False))])
    assert judge_constant_feed(an_export(), facts, []) == []
    assert judge_constant_feed(an_export(), facts, [facts]) == []


def test_results_that_never_come_are_asked_for_only_where_procedures_yield_them(
    con: duckdb.DuckDBPyConnection, write: Write
) -> None:
    silent = unit("H05.101", 30, has_result=False)
    (told,) = judge_results(an_export(), unit_facts(con, [write([*others(lacking=0), *silent])]))
    assert (told.unit_code, told.value) == ("H05.101", "30/30")
    own = [{**row, "procedure_code": "1.000001"} for row in silent]  # a procedure nobody has results of
    assert judge_results(an_export(), unit_facts(con, [write([*others(lacking=0), *own])])) == []


OLD, NEW = "000.00.101.H05-251006-0001", "H05.101-251006-0001"


def test_a_dossier_under_the_old_and_the_new_code_is_one_dossier(con: duckdb.DuckDBPyConnection, write: Write) -> None:
    path = write([a_dossier(1, dossier_code=NEW), a_dossier(2, dossier_code=OLD), a_dossier(3)])
    (found,) = find_doubled(con, [path], [])
    assert (found.codes, found.units) == ((OLD, NEW), ("H05.101", "H05.101"))


def test_so_it_is_when_the_old_one_arrived_weeks_ago(con: duckdb.DuckDBPyConnection, write: Write) -> None:
    before = write([a_dossier(1, dossier_code=OLD, arrived_week="2025-08-04")], "before")
    now = write([a_dossier(1, dossier_code=NEW)])
    (found,) = find_doubled(con, [now], [before])
    assert found.weeks == ("2025-08-04", "2025-10-06")
    assert find_doubled(con, [write([a_dossier(9)], "later")], [before, now]) == []  # told when it arrived, not again


def test_one_dossier_from_two_scopes_in_one_week_is_doubled(con: duckdb.DuckDBPyConnection, write: Write) -> None:
    here = write([a_dossier(1)], "here")
    there = write([a_dossier(1, unit_code="H01.101")], "there")
    (found,) = find_doubled(con, [here, there], [])
    assert found.units == ("H01.101", "H05.101")


def test_many_doubles_hold_the_unit_and_few_only_warn(con: duckdb.DuckDBPyConnection, write: Write) -> None:
    codes = [(f"000.00.101.H05-251006-{n:04d}", f"H05.101-251006-{n:04d}") for n in range(1, 6)]
    rows = [a_dossier(n, dossier_code=code) for n, code in enumerate((c for pair in codes for c in pair), 1)]
    path = write(rows)
    doubled, facts = find_doubled(con, [path], []), unit_facts(con, [path])
    (many,) = judge_doubled(an_export(), doubled, facts)
    assert (many.unit_code, many.severity, many.failed, many.blocks) == ("H05.101", "error", 5, True)
    (few,) = judge_doubled(an_export(), doubled[:2], facts)
    assert (few.severity, few.blocks) == ("warning", False)


def test_two_dossiers_under_one_code_are_told_apart_from_one_that_came_twice(
    con: duckdb.DuckDBPyConnection, write: Write
) -> None:
    valid = write([a_dossier(2, dossier_code="a"), a_dossier(4, dossier_code="b")])
    superseded = write(
        [
            a_dossier(1, dossier_code="a", status="processing"),
            a_dossier(3, dossier_code="b", procedure_code="1.000009"),
        ],
        "quarantine",
    )
    shared = find_shared_codes(con, valid, superseded)
    assert [(each.code, each.row) for each in shared] == [("b", 4)]
    (told,) = judge_shared_codes(an_export(), shared, unit_facts(con, [valid]))
    assert (told.rule, told.unit_code, told.value) == ("dossiers.code_of_two", "H05.101", "b")


def test_units_are_unknown_when_no_list_had_them_and_closed_when_an_earlier_one_did() -> None:
    lists = [{"H05.101", "H05.102"}, {"H05.101"}]
    told = judge_units(an_export(), {"H05", "H05.101", "H05.102", "H05.999"}, lists)
    assert [(each.rule, each.unit_code) for each in told] == [
        ("dossiers.unit_closed", "H05.102"),
        ("dossiers.unit_unknown", "H05.999"),
    ]
    assert judge_units(an_export(), {"H05.999"}, []) == []  # without a list there is no verdict


def test_units_that_left_and_joined_a_table_are_named_in_one_finding_each() -> None:
    before = a_table([score_row("H05.101"), score_row("H05.102")])
    now = a_table([score_row("H05.101"), score_row("H05.103")])
    told = judge_listed(before, now)
    assert [(each.rule, each.severity, each.value) for each in told] == [
        ("portal_scores.unit_vanished", "warning", "H05.102"),
        ("portal_scores.unit_new", "info", "H05.103"),
    ]
    assert judge_listed(before, a_table(now.rows, partial=True)) == []


def test_a_cumulated_count_does_not_fall_unless_the_export_says_what_it_corrects() -> None:
    before = a_table([count_row("H05.101", denominator=1000), count_row("H05.102", denominator=1000)], "counts")
    rows = [count_row("H05.101", denominator=900), count_row("H05.102", denominator=1001)]
    (told,) = judge_falling(before, a_table(rows, "counts"), {"on_time"})
    assert (told.rule, told.unit_code, told.value) == ("portal_counts.total_fell", "H05.101", "1000 → 900")
    assert judge_falling(before, a_table(rows, "counts", corrects="bộ đếm"), {"on_time"}) == []
    assert judge_falling(before, a_table(rows, "counts", week="2026-W02"), {"on_time"}) == []  # a new year
    assert judge_falling(before, a_table(rows, "counts"), {"procedures_offered_online"}) == []  # a list may shrink


def test_a_week_is_judged_beside_its_own_past(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    exports = [an_export(week=f"2025-W{number}") for number in range(35, 42)]
    for export in exports:
        rows = [*others(), *(unit("H05.101", 60, 10) if export.week != WEEK else [])]
        path = home.table_path("dossiers", export.week, export.export_id)
        write_parquet(con, f"SELECT * EXCLUDE (parse_errors) FROM ({typed(con, 'dossiers', rows)})", path)
    across = Across(con, home, exports)
    told = [each for each in across.judge(Week.parse(WEEK)) if each.severity != "info"]
    assert [(each.rule, each.unit_code) for each in told] == [("dossiers.unit_volume", "H05.101")]
    assert not [each for each in across.judge(Week.parse("2025-W38")) if each.severity != "info"]  # too few weeks
