"""Rows: which are impossible, which only tell something, and that none is lost on the way."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.rows import SplitResult, load_split, measurements_path, split, split_export
from checks.rules import Rule, load_rules, rules_for
from resources.catalogue import table
from resources.engine import write_parquet
from resources.exports import TABLE_OF_KIND
from resources.home import Home
from scoring.calendar import Week
from tests.checks.making import WEEK, a_dossier, an_export, typed

Rows = Sequence[dict[str, Any]]


def split_rows(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    rows: Rows,
    kind: str = "dossiers",
    rules: Iterable[Rule] | None = None,
) -> tuple[SplitResult, Rows, Rows]:
    """The result, the valid rows and the quarantined rows."""
    used = rules_for(kind, Week.parse(WEEK)) if rules is None else rules
    valid, quarantine = folder / "valid.parquet", folder / "quarantine.parquet"
    result = split(con, typed(con, kind, rows), kind, used, valid, quarantine, an_export(kind, file="2025-W41/x.csv"))
    return result, pq.read_table(valid).to_pylist(), pq.read_table(quarantine).to_pylist()


def test_a_sound_dossier_breaks_no_rule(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    result, valid, quarantined = split_rows(con, tmp_path, [a_dossier(1)])
    assert [each for each in result.measurements if each.failed] == []
    assert (len(valid), len(quarantined), result.outcomes) == (1, 0, ())
    assert list(valid[0]) == table("dossiers").column_names


BAD_ROWS = [
    ("dossiers.unreadable", {"fee_total_vnd": None, "parse_errors": ["fee_total_vnd=mười nghìn"]}),
    ("dossiers.unit_missing", {"unit_code": None}),
    ("dossiers.code_missing", {"dossier_code": None}),
    ("dossiers.code_missing", {"dossier_code": ""}),
    ("dossiers.filed_after_accepted", {"filed_at": "2025-10-06 02:00:01"}),
    ("dossiers.ended_before_accepted", {"finished_at": "2025-10-06 01:59:59"}),
    ("dossiers.ended_before_accepted", {"returned_at": "2025-10-05 02:00:00"}),
    ("dossiers.ended_before_accepted", {"finished_at": None, "stopped_at": "2025-10-06 01:00:00"}),
    # The week ends on Sunday 2025-10-12 at 24:00 in Vietnam, that is at 17:00 UTC.
    ("dossiers.accepted_after_week", {"accepted_at": "2025-10-12 17:00:00", "finished_at": None}),
    ("dossiers.ended_after_week", {"finished_at": "2025-10-12 17:00:00"}),
    ("dossiers.negative", {"fee_total_vnd": -1}),
    ("dossiers.negative", {"component_count": -1, "digitised_count": -2}),
    ("dossiers.waiting_negative", {"waiting_seconds": -1}),
    ("dossiers.digitised_beyond_components", {"component_count": 2, "digitised_count": 3}),
]


@pytest.mark.parametrize(("rule", "facts"), BAD_ROWS)
def test_an_impossible_dossier_is_set_aside_with_its_reason(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, rule: str, facts: dict[str, Any]
) -> None:
    result, valid, quarantined = split_rows(con, tmp_path, [a_dossier(1), a_dossier(2, **facts), a_dossier(3)])
    assert [row["source_row"] for row in valid] == [1, 3]
    (row,) = quarantined
    assert (rule, row["file"], row["source_row"]) == (row["rules"][0], "2025-W41/x.csv", 2)
    assert len(row["rules"]) == len(row["values"]) == len(row["expected"]) == 1
    assert row["expected"][0]
    (outcome,) = result.outcomes
    assert (outcome.rule, outcome.grain, outcome.status, outcome.row) == (rule, "row", "failed", 2)
    assert (outcome.checked, outcome.failed) == (3, 1)


def test_the_last_second_of_the_week_still_belongs_to_it(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    at = "2025-10-12 16:59:59"
    row = a_dossier(1, accepted_at=at, finished_at=at, due_at=None)
    assert len(split_rows(con, tmp_path, [row])[1]) == 1


ODD_ROWS = [
    ("dossiers.code_form", {"dossier_code": "H05.101-251006-00001"}),  # five digits for four
    ("dossiers.code_form", {"dossier_code": "H05.101-251306-0001"}),  # there is no month 13
    ("dossiers.code_form", {"dossier_code": "18-00269879"}),  # merely foreign
    ("dossiers.procedure_form", {"procedure_code": "1.4222"}),
    ("dossiers.unit_form", {"unit_code": "Transportation", "province_code": "Transportation"}),
    ("dossiers.province_unknown", {"unit_code": "H02.101", "province_code": "H02"}),  # Hà Giang until 2025-06-30
    ("dossiers.unit_of_other_province", {"unit_code": "H01.101"}),
    ("dossiers.due_before_accepted", {"due_at": "2025-10-06 01:00:00"}),
    ("dossiers.done_without_end", {"finished_at": None}),
    ("dossiers.end_with_open_status", {"status": "processing"}),
    ("dossiers.status_without_acceptance", {"accepted_at": None, "finished_at": None, "status": "processing"}),
    ("dossiers.reused_beyond_components", {"from_store_count": 4}),
    ("dossiers.unreadable_detail", {"filed_at": None, "parse_errors": ["filed_at=hôm qua"]}),
]


@pytest.mark.parametrize(("rule", "facts"), ODD_ROWS)
def test_what_is_merely_odd_is_kept_and_counted(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, rule: str, facts: dict[str, Any]
) -> None:
    result, valid, _ = split_rows(con, tmp_path, [a_dossier(1, **facts)])
    assert len(valid) == 1
    assert result.outcomes == ()
    failed = {each.rule: each for each in result.measurements if each.failed and each.unit_code is None}
    assert failed[rule].failed == 1
    assert failed[rule].first_row == 1


@pytest.mark.parametrize("code", ["H05.101-251006-0001", "000.00.00.H05-251006-0001", "H05-251006-0001"])
def test_the_old_and_the_new_form_of_a_dossier_code_are_known(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, code: str
) -> None:
    result, *_ = split_rows(con, tmp_path, [a_dossier(1, dossier_code=code)])
    assert not any(each.failed for each in result.measurements)


def test_a_text_in_a_number_is_told_with_row_field_and_what_was_expected(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rows = [a_dossier(1), a_dossier(2, fee_total_vnd=None, parse_errors=["fee_total_vnd=abc"])]
    (outcome,) = split_rows(con, tmp_path, rows)[0].outcomes
    assert (outcome.file, outcome.row, outcome.field) == ("2025-W41/x.csv", 2, "fee_total_vnd")
    assert (outcome.value, outcome.expected) == ("abc", "BIGINT")


def test_of_a_dossier_that_stands_twice_the_later_row_counts(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    code = "H05.101-251006-0007"
    rows = [a_dossier(1, dossier_code=code), a_dossier(2), a_dossier(3, dossier_code=code, fee_total_vnd=5)]
    result, valid, quarantined = split_rows(con, tmp_path, rows)
    assert [row["source_row"] for row in valid] == [2, 3]
    assert [(row["source_row"], row["rules"], row["values"]) for row in quarantined] == [
        (1, ["dossiers.superseded_in_file"], [code])
    ]
    (outcome,) = result.outcomes
    assert (outcome.severity, outcome.status, outcome.failed) == ("info", "passed", 1)


def test_an_earlier_row_is_never_put_in_the_place_of_a_later_one_that_is_impossible(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    code = "H05.101-251006-0007"
    rows = [a_dossier(1, dossier_code=code), a_dossier(2, dossier_code=code, waiting_seconds=-5)]
    _, valid, quarantined = split_rows(con, tmp_path, rows)
    assert valid == []
    assert [row["rules"] for row in quarantined] == [["dossiers.superseded_in_file"], ["dossiers.waiting_negative"]]


def test_a_row_carries_every_rule_it_breaks(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    _, _, (row,) = split_rows(con, tmp_path, [a_dossier(1, waiting_seconds=-5, fee_total_vnd=-1, due_at=None)])
    assert row["rules"] == ["dossiers.negative", "dossiers.waiting_negative"]
    assert row["values"][1] == "-5"
    assert "fee_total_vnd=-1" in row["values"][0]


def test_values_show_vietnamese_time(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    _, _, (row,) = split_rows(con, tmp_path, [a_dossier(1, filed_at="2025-10-06 18:30:00")])
    assert row["values"] == ["filed_at=2025-10-07 01:30:00; accepted_at=2025-10-06 09:00:00"]


def test_failures_are_counted_by_unit(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = [a_dossier(row, unit_code=f"H05.{101 + row % 2}", fee_total_vnd=-row % 3 - 1) for row in range(6)]
    result, *_ = split_rows(con, tmp_path, rows)
    found = [each for each in result.measurements if each.rule == "dossiers.negative"]
    # -row % 3 - 1 is -1, 1, 0, -1, 1, 0: rows 0 and 3 are negative, one in each unit
    assert [(each.unit_code, each.checked, each.failed) for each in found] == [
        (None, 6, 2),
        ("H05.101", 3, 1),
        ("H05.102", 3, 1),
    ]
    assert result.units == 2


@pytest.mark.parametrize(
    ("kind", "row", "rule"),
    [
        ("procedures", {"unit_code": "H05", "procedure_code": None}, "procedures.code_missing"),
        ("procedures", {"unit_code": "H05", "procedure_code": "1.004222", "term_days": -1}, "procedures.term_negative"),
        ("petitions", {"unit_code": "H05", "petition_code": "p"}, "petitions.received_missing"),
        (
            "petitions",
            {"unit_code": "H05", "petition_code": "p", "received_at": "2025-10-07", "answered_at": "2025-10-06"},
            "petitions.answered_before_received",
        ),
        ("petitions", {"unit_code": "H05", "petition_code": "p", "received_at": "2025-10-13"}, "petitions.after_week"),
        ("units", {"unit_code": "H05", "unit_name": "Bắc Ninh", "reported_ytd": -1}, "units.negative"),
        ("portal_scores", {"unit_code": None}, "portal_scores.unit_missing"),
    ],
)
def test_the_other_tables_have_their_impossible_rows(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, kind: str, row: dict[str, Any], rule: str
) -> None:
    result, valid, (bad,) = split_rows(con, tmp_path, [{"source_row": 1, "parse_errors": [], **row}], kind)
    assert (valid, bad["rules"], result.quarantined_rows) == ([], [rule], 1)


@pytest.mark.parametrize("kind", list(TABLE_OF_KIND.values()))
def test_an_export_of_empty_columns_crashes_no_rule(con: duckdb.DuckDBPyConnection, tmp_path: Path, kind: str) -> None:
    rows: Rows = [{"source_row": number} for number in (1, 2)]
    result, valid, quarantined = split_rows(con, tmp_path, rows, kind)
    assert not any(outcome.status == "crashed" for outcome in result.outcomes)
    assert (len(valid), len(quarantined)) == (0, 2)


@pytest.mark.parametrize("column", table("dossiers").column_names)
def test_a_column_that_is_empty_throughout_crashes_no_rule(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, column: str
) -> None:
    rows = [a_dossier(number, **({} if column == "source_row" else {column: None})) for number in (1, 2)]
    result, *_ = split_rows(con, tmp_path, rows)
    assert not any(outcome.status == "crashed" for outcome in result.outcomes)


def a_rule(rule_id: str, condition: str) -> Rule:
    known = next(rule for rule in load_rules() if rule.id == "dossiers.negative")
    facts = {name: getattr(known, name) for name in known.__dataclass_fields__}
    return Rule(**{**facts, "id": rule_id, "condition": condition, "fields": ("fee_total_vnd",)})


def test_a_rule_that_cannot_be_run_is_told_apart_from_one_that_failed(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    broken = a_rule("dossiers.broken", "fee_total_vnd > CAST(payment AS BIGINT)")  # 'portal' is no number
    sound = a_rule("dossiers.sound", "fee_total_vnd < 0")
    rows = [a_dossier(1), a_dossier(2, fee_total_vnd=-1)]
    result, valid, quarantined = split_rows(con, tmp_path, rows, rules=[broken, sound])
    assert (len(valid), len(quarantined)) == (1, 1)
    told = {outcome.rule: outcome for outcome in result.outcomes}
    assert told["dossiers.sound"].status == "failed"
    assert told["dossiers.broken"].status == "crashed"
    assert told["dossiers.broken"].blocks
    assert "portal" in (told["dossiers.broken"].value or "")


def test_rows_that_cannot_be_read_at_all_are_no_rules_fault(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    export, rules = an_export(), rules_for("dossiers", Week.parse(WEEK))
    with pytest.raises(duckdb.Error, match="not_there"):
        split(con, "SELECT * FROM not_there", "dossiers", rules, tmp_path / "v", tmp_path / "q", export)
    assert list(tmp_path.iterdir()) == []


def test_the_rows_are_scanned_once_whatever_the_number_of_rules(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = [a_dossier(row, dossier_code="twice", fee_total_vnd=row - 3) for row in range(1, 8)]
    con.sql(typed(con, "dossiers", rows)).create_view("typed_rows")
    con.execute("CREATE SEQUENCE scanned")
    counted = "SELECT * REPLACE (CAST(nextval('scanned') AS BIGINT) AS waiting_seconds) FROM typed_rows"
    rules = rules_for("dossiers", Week.parse(WEEK))
    split(con, counted, "dossiers", rules, tmp_path / "v.parquet", tmp_path / "q.parquet", an_export())
    assert con.execute("SELECT nextval('scanned')").fetchone() == (len(rows) + 1,)


def moment(hours: int | None) -> str | None:
    """So many hours from the first moment of the week, naive UTC."""
    return None if hours is None else str(Week.parse(WEEK).start + timedelta(hours=hours))


moments = st.one_of(st.none(), st.integers(-200, 200)).map(moment)
dossiers = st.lists(
    st.fixed_dictionaries(
        {
            "dossier_code": st.sampled_from([None, "", "a", "b", "H05.101-251006-0001"]),
            "unit_code": st.sampled_from([None, "H05", "H05.101", "Sở"]),
            "status": st.sampled_from(["new", "done", "stopped"]),
            "filed_at": moments,
            "accepted_at": moments,
            "finished_at": moments,
            "stopped_at": moments,
            "component_count": st.integers(-1, 3),
            "digitised_count": st.integers(-1, 3),
            "waiting_seconds": st.integers(-1, 1),
            "parse_errors": st.sampled_from([[], ["due_at=x"], ["applicant=x"]]),
        }
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=dossiers)
def test_no_row_is_lost_and_none_that_is_impossible_is_valid(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, drawn: list[dict[str, Any]]
) -> None:
    rows = [a_dossier(number, **facts) for number, facts in enumerate(drawn, 1)]
    result, valid, quarantined = split_rows(con, tmp_path, rows)
    assert (result.valid_rows, result.quarantined_rows) == (len(valid), len(quarantined))
    assert sorted([row["source_row"] for row in (*valid, *quarantined)]) == [row["source_row"] for row in rows]
    for row in quarantined:
        assert row["rules"]
        assert len(row["rules"]) == len(row["values"]) == len(row["expected"])
        assert None not in (*row["rules"], *row["values"], *row["expected"], row["file"], row["source_row"])
    codes = [row["dossier_code"] for row in valid]
    assert len(set(codes)) == len(codes)
    again, still_valid, nothing = split_rows(con, tmp_path, [{**row, "parse_errors": []} for row in valid])
    assert (len(still_valid), nothing) == (len(valid), [])
    errors = {rule.id for rule in load_rules() if rule.quarantines}
    assert not any(each.failed for each in again.measurements if each.rule in errors)


@pytest.fixture
def home_with_export(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Home:
    """A home whose lake holds one raw export of three dossiers, one of them impossible, all values text."""
    home = Home(tmp_path / "home")
    rows = [a_dossier(1), a_dossier(2, waiting_seconds=-5), a_dossier(3)]
    con.sql(typed(con, "dossiers", rows)).create_view("typed_rows")
    text = "SELECT CAST(COLUMNS(* EXCLUDE (source_row, parse_errors)) AS VARCHAR), source_row FROM typed_rows"
    write_parquet(con, text, home.raw_path(an_export()))
    return home


def test_an_export_is_split_into_the_homes_two_files(con: duckdb.DuckDBPyConnection, home_with_export: Home) -> None:
    home, export = home_with_export, an_export(mapping="house-dossiers@0")
    result = split_export(con, home, [], "dossiers", export)
    assert (result.valid_rows, result.quarantined_rows, result.received_rows) == (2, 1, 3)
    assert pq.read_table(home.table_path("dossiers", WEEK, export.export_id)).num_rows == 2
    assert pq.read_table(home.quarantine_path("dossiers", WEEK, export.export_id)).num_rows == 1
    assert load_split(home, "dossiers", export) == result


def test_an_export_split_before_is_left_as_it_is(con: duckdb.DuckDBPyConnection, home_with_export: Home) -> None:
    home, export = home_with_export, an_export(mapping="house-dossiers@0")
    first = split_export(con, home, [], "dossiers", export)
    valid = home.table_path("dossiers", WEEK, export.export_id)
    before = valid.stat().st_mtime_ns
    assert split_export(con, home, [], "dossiers", export) == first
    assert valid.stat().st_mtime_ns == before


def test_what_an_older_version_measured_is_read_as_it_wrote_it(
    con: duckdb.DuckDBPyConnection, home_with_export: Home
) -> None:
    home, export = home_with_export, an_export(mapping="house-dossiers@0")
    first = split_export(con, home, [], "dossiers", export)
    valid = home.table_path("dossiers", WEEK, export.export_id)
    packed = measurements_path(valid)
    plain = packed.with_suffix("")
    plain.write_bytes(gzip.decompress(packed.read_bytes()))
    packed.unlink()
    before = valid.stat().st_mtime_ns
    assert measurements_path(valid) == plain
    assert load_split(home, "dossiers", export) == first
    assert split_export(con, home, [], "dossiers", export) == first
    assert valid.stat().st_mtime_ns == before, "nothing is typed again for it"
    valid.unlink()
    assert split_export(con, home, [], "dossiers", export) == first
    assert (measurements_path(valid), plain.exists()) == (packed, False)


def test_a_split_that_was_killed_is_done_again(con: duckdb.DuckDBPyConnection, home_with_export: Home) -> None:
    home, export = home_with_export, an_export(mapping="house-dossiers@0")
    first = split_export(con, home, [], "dossiers", export)
    valid = home.table_path("dossiers", WEEK, export.export_id)
    content = valid.read_bytes()
    measurements_path(valid).unlink()  # the last thing written
    valid.write_bytes(b"half")
    assert split_export(con, home, [], "dossiers", export) == first
    assert valid.read_bytes() == content
