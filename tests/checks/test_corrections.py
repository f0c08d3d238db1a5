"""Corrections over the rows of an export: what they mend, what they drop and flag, when they refuse, and that no row is lost."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.corrections import laid_over, laying
from checks.doubles import find_shared_codes
from checks.feeds import measure_feed
from checks.rows import SplitResult, split, split_export
from checks.rules import rules_for
from resources.cases import Correction, case_of
from resources.corrections import PINS, suggested
from resources.exports import TABLE_OF_KIND, ExportRecord
from resources.home import Home
from scoring.calendar import Week
from tests.checks.making import WEEK, a_dossier, an_export, count_row, typed
from tests.checks.test_rows import dossiers, home_with_export

Rows = Sequence[dict[str, Any]]
UNIT = "H05.141"
__all__ = ["home_with_export"]


def a_correction(number: int = 1, **facts: Any) -> Correction:
    """Of the counts of H05.141: the numerator of on_time is 318, and not 212."""
    return Correction(
        **{
            "id": number,
            "case_id": 1,
            "table": "portal_counts",
            "rows": {"scope": "H05", "unit_code": UNIT, "indicator": "on_time"},
            "action": "set",
            "field": "numerator",
            "value": "318",
            "expect": {"numerator": "212"},
            "first_week": WEEK,
            "last_week": WEEK,
            "reason": "106 hồ sơ bị bỏ sót",
            "who": "lan",
            **facts,
        }
    )


def of_dossiers(number: int = 1, **facts: Any) -> Correction:
    plain: dict[str, Any] = {
        "table": "dossiers",
        "rows": {"source_row": "2"},
        "field": None,
        "value": None,
        "action": "drop",
    }
    return a_correction(number, **{**plain, "expect": {"unit_code": "H05.101"}, **facts})


def corrected(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    rows: Rows,
    corrections: Sequence[Correction],
    kind: str = "dossiers",
    beside: dict[str, str] | None = None,
    **facts: Any,
) -> tuple[SplitResult, Rows, Rows]:
    """The result, the valid rows and the quarantined rows of a split with corrections."""
    table, export = TABLE_OF_KIND[kind], an_export(kind, **facts)
    valid, quarantine = folder / "valid.parquet", folder / "quarantine.parquet"
    received = typed(con, table, rows)
    with laying(con, received, table, corrections, export, beside) as laid:
        rules = rules_for(table, Week.parse(WEEK))
        result = split(con, received, table, rules, valid, quarantine, export, laid)
    return result, pq.read_table(valid).to_pylist(), pq.read_table(quarantine).to_pylist()


def counts(*numerators: int) -> list[dict[str, Any]]:
    """One row a number, of H05.141, H05.142, ..."""
    return [
        count_row(f"H05.{141 + at}", row=at + 1, numerator=number, denominator=441, week="2025-10-06")
        for at, number in enumerate(numerators)
    ]


# ---- what they do


def test_a_value_is_set_where_it_is_wrong_and_nowhere_else(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    result, valid, _ = corrected(con, tmp_path, counts(212, 212), [a_correction()], "counts")
    assert [(row["unit_code"], row["numerator"], row["denominator"]) for row in valid] == [
        (UNIT, 318, 441),
        ("H05.142", 212, 441),
    ]
    assert result.outcomes == ()
    assert laid_over(tmp_path / "valid.parquet") == laid_over(tmp_path / "quarantine.parquet") == (1,)


def test_a_row_that_could_not_be_read_becomes_valid_when_its_field_is_set(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    unread = {"fee_total_vnd": None, "parse_errors": ["fee_total_vnd=mười nghìn"]}
    mend: dict[str, Any] = {
        "action": "set",
        "field": "fee_total_vnd",
        "value": "10000",
        "expect": {"fee_total_vnd": "mười nghìn"},
    }
    result, valid, quarantined = corrected(con, tmp_path, [a_dossier(1), a_dossier(2, **unread)], [of_dossiers(**mend)])
    assert [(row["source_row"], row["fee_total_vnd"]) for row in valid] == [(1, 10000), (2, 10000)]
    assert (quarantined, result.outcomes) == ([], ())


def test_the_rules_judge_the_mended_row(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    mend: dict[str, Any] = {
        "action": "set",
        "field": "fee_total_vnd",
        "value": "-7",
        "expect": {"fee_total_vnd": "10000"},
    }
    _, valid, quarantined = corrected(con, tmp_path, [a_dossier(1), a_dossier(2)], [of_dossiers(**mend)])
    assert [row["source_row"] for row in valid] == [1]
    assert [(row["fee_total_vnd"], row["rules"]) for row in quarantined] == [(-7, ["dossiers.negative"])]


def test_a_dropped_row_stands_in_quarantine_whole_with_who_and_why(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rows = [a_dossier(1), a_dossier(2, fee_total_vnd=-5), a_dossier(3)]
    result, valid, quarantined = corrected(con, tmp_path, rows, [of_dossiers()])
    assert [row["source_row"] for row in valid] == [1, 3]
    (row,) = quarantined
    assert (row["rules"], row["values"], row["expected"], row["fee_total_vnd"]) == (
        ["corrections.dropped"],  # and not dossiers.negative: what is dropped is judged by nobody
        ["1 (lan): 106 hồ sơ bị bỏ sót"],
        ["unit_code=H05.101"],
        -5,
    )
    (outcome,) = result.outcomes
    assert (outcome.rule, outcome.severity, outcome.succeeded) == ("corrections.dropped", "info", True)
    assert (outcome.failed, outcome.checked, outcome.row, outcome.unit_code) == (1, 3, 2, "H05.101")
    share = measure_feed(an_export(rows=3), result).readings["quarantined_share"]
    assert (share.value, share.failed) == (0, 0)


def test_of_a_dossier_that_stands_twice_the_earlier_row_counts_once_the_later_is_dropped(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rows = [a_dossier(1), {**a_dossier(1), "source_row": 2, "procedure_code": "1.000001"}]
    _, valid, quarantined = corrected(con, tmp_path, rows, [of_dossiers()])
    assert [row["source_row"] for row in valid] == [1]
    assert [row["rules"] for row in quarantined] == [["corrections.dropped"]]
    assert find_shared_codes(con, tmp_path / "valid.parquet", tmp_path / "quarantine.parquet") == []


@pytest.mark.parametrize(
    ("factor", "scaled"),
    [("1000", 212000), ("0.5", 106), ("1,5", 318), ("0.01", 2), ("0.0125", 3), ("-1", -212)],  # 2.12, 2.65
)
def test_whole_numbers_are_scaled_exactly_and_rounded_half_up(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, factor: str, scaled: int
) -> None:
    _, valid, quarantined = corrected(
        con, tmp_path, counts(212), [a_correction(action="scale", value=factor)], "counts"
    )
    assert [row["numerator"] for row in (*valid, *quarantined)] == [scaled]


def test_decimals_are_scaled_without_floats(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = [count_row(UNIT, portal_score=Decimal("0.1005"))]
    mend = a_correction(action="scale", field="portal_score", value="3", expect={"portal_score": "0.1005"})
    _, valid, _ = corrected(con, tmp_path, rows, [mend], "counts")
    assert valid[0]["portal_score"] == Decimal("0.3015")  # 3 * 0.1005 as floats is 0.30150000000000005


def test_what_cannot_hold_the_scaled_number_is_left_as_it_is_and_said(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rows = counts(9_223_372_036_854_775_807)
    mend = a_correction(action="scale", value="10", expect={"denominator": "441"})
    result, valid, quarantined = corrected(con, tmp_path, rows, [mend], "counts")
    assert [row["numerator"] for row in (*valid, *quarantined)] == [9_223_372_036_854_775_807]
    outcome = next(each for each in result.outcomes if each.rule == "corrections.expectation")
    assert (outcome.field, outcome.value, outcome.expected) == ("numerator", "× 10", "BIGINT")


def test_flagged_rows_stay_and_their_units_go_under_review(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    flag = a_correction(
        *(1,), rows={"indicator": "on_time"}, action="flag", field=None, value=None, expect={"denominator": "441"}
    )
    result, valid, _ = corrected(con, tmp_path, counts(212, 300), [flag], "counts")
    assert [row["numerator"] for row in valid] == [212, 300]
    assert [(one.rule, one.grain, one.unit_code, one.blocks) for one in result.outcomes] == [
        ("corrections.flagged", "unit", UNIT, True),
        ("corrections.flagged", "unit", "H05.142", True),
    ]
    assert "lan" in result.outcomes[0].message_vi
    assert laid_over(tmp_path / "valid.parquet") == ()  # the rows are as they came


def test_where_two_write_one_field_the_newer_stands_and_both_look_at_the_source(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    both = [a_correction(1), a_correction(2, action="scale", value="2")]
    result, valid, _ = corrected(con, tmp_path, counts(212), both, "counts")
    assert ([row["numerator"] for row in valid], result.outcomes) == ([424], ())
    assert laid_over(tmp_path / "valid.parquet") == (1, 2)


# ---- the guard


def test_a_source_that_mended_itself_is_not_mended_again_and_that_is_loud(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    result, valid, _ = corrected(con, tmp_path, counts(318, 212), [a_correction(value="424")], "counts")
    assert [row["numerator"] for row in valid] == [318, 212]
    (outcome,) = result.outcomes
    assert (outcome.rule, outcome.grain, outcome.unit_code, outcome.blocks) == (
        *("corrections.expectation", "unit", UNIT),
        True,
    )
    assert (outcome.file, outcome.row, outcome.field) == (f"{WEEK}/counts.H05.ytd.csv", 1, "numerator")
    assert (outcome.value, outcome.expected) == ("318", "212")
    for language, words in (("vi", "điều chỉnh 1 (lan)"), ("en", "correction 1 (lan)")):
        assert words in outcome.describe(language)  # type: ignore[arg-type]
    assert "Withdraw the correction, or make another" in outcome.describe("en")


def test_one_row_that_is_not_as_expected_keeps_all_from_being_mended(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    mend = a_correction(rows={"indicator": "on_time"})
    result, valid, _ = corrected(con, tmp_path, counts(212, 318), [mend, a_correction(2, value="319")], "counts")
    assert [row["numerator"] for row in valid] == [319, 318]  # the other correction is none of its business
    (outcome,) = result.outcomes
    assert (outcome.grain, outcome.unit_code, outcome.row, outcome.value) == ("feed", None, 2, "318")


@pytest.mark.parametrize(
    ("where", "grain"),
    [({"unit_code": "H05.199", "indicator": "on_time"}, "unit"), ({"indicator": "not_there"}, "feed")],
)
def test_a_row_that_is_not_there_is_loud_too(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, where: dict[str, str], grain: str
) -> None:
    result, valid, _ = corrected(con, tmp_path, counts(212), [a_correction(rows=where)], "counts")
    assert [row["numerator"] for row in valid] == [212]
    (outcome,) = result.outcomes
    assert (outcome.rule, outcome.grain, outcome.row) == ("corrections.expectation", grain, None)
    assert "there is no such row" in outcome.message_en


def test_an_empty_field_is_not_one_that_could_not_be_read(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    unread = {"due_at": None, "parse_errors": ["due_at=hôm qua"]}
    mend: dict[str, Any] = {"action": "set", "field": "due_at", "value": "2025-10-16 09:00", "expect": {"due_at": ""}}
    rows = [a_dossier(1), a_dossier(2, **unread)]
    result, _, quarantined = corrected(con, tmp_path, rows, [of_dossiers(**mend)])
    assert [row["source_row"] for row in quarantined] == [2]
    told = next(each for each in result.outcomes if each.rule == "corrections.expectation")
    assert (told.value, told.expected) == ("hôm qua", "")
    empty = [a_dossier(1), a_dossier(2, due_at=None)]
    _, valid, _ = corrected(con, tmp_path, empty, [of_dossiers(**mend)])
    assert str(valid[1]["due_at"]) == "2025-10-16 02:00:00"


def test_a_row_may_stand_in_any_part_of_a_feed(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """A workbook of two sheets: H05.141 stands in the first, and the second holds no row that is meant."""
    here: dict[str, Any] = {"export_id": "b"}
    con.execute("CREATE TABLE other AS " + typed(con, "portal_counts", counts(212)))
    result, valid, _ = corrected(
        con, tmp_path, [count_row("H05.12")], [a_correction()], "counts", {"a": "SELECT * FROM other"}, **here
    )
    assert (result.outcomes, [row["unit_code"] for row in valid]) == ((), ["H05.12"])
    assert laid_over(tmp_path / "valid.parquet") == ()
    con.execute("UPDATE other SET numerator = 300")
    result, valid, _ = corrected(
        con, tmp_path, counts(212), [a_correction()], "counts", {"a": "SELECT * FROM other"}, **here
    )
    assert ([row["numerator"] for row in valid], result.outcomes) == ([212], ())  # the other part is the one that tells
    con.execute("DELETE FROM other")
    for export_id, told in (("b", 0), ("0", 1)):  # of rows that are nowhere one part tells
        result, *_ = corrected(
            *(con, tmp_path, [count_row("H05.12")], [a_correction()], "counts", {"a": "SELECT * FROM other"}),
            export_id=export_id,
        )
        assert len(result.outcomes) == told


def test_a_correction_speaks_of_its_weeks_scope_table_and_period_only() -> None:
    def speaks(export: ExportRecord, **facts: Any) -> bool:
        return a_correction(**facts).speaks_of(export)

    assert speaks(an_export("counts"))
    assert not speaks(an_export("scores"))
    assert not speaks(an_export("counts", scope="VN"))
    assert not speaks(an_export("counts", week="2025-W42"))
    assert speaks(an_export("counts", week="2025-W42"), last_week="2025-W46")
    of_the_year: dict[str, Any] = {"rows": {"scope": "H05", "period": "2025"}}
    assert speaks(an_export("counts"), **of_the_year)
    assert not speaks(an_export("counts", period_kind="month"), **of_the_year)


# ---- what people write


NASTY = ["'", '"', "\\", "'; DROP TABLE received; --", "') OR true OR ('", "{0}", "%s", "x' AS a, (SELECT 1) AS \"b"]


@pytest.mark.parametrize("text", NASTY)
def test_nothing_people_write_is_sql(con: duckdb.DuckDBPyConnection, tmp_path: Path, text: str) -> None:
    rows = [count_row(UNIT, unit_name=text), count_row("H05.142", row=2, unit_name="Xã")]
    rename: dict[str, Any] = {
        "rows": {"unit_name": text},
        "field": "unit_name",
        "value": text + text,
        "expect": {"unit_name": text},
    }
    said: dict[str, Any] = {"reason": text, "who": text}
    result, valid, _ = corrected(con, tmp_path, rows, [a_correction(**rename, **said)], "counts")
    assert [row["unit_name"] for row in valid] == [text + text, "Xã"]
    drop: dict[str, Any] = {**rename, "action": "drop", "field": None, "value": None}
    result, valid, quarantined = corrected(con, tmp_path, rows, [a_correction(**drop, **said)], "counts")
    assert [row["unit_name"] for row in valid] == ["Xã"]
    assert quarantined[0]["values"] == [f"1 ({text}): {text}"]
    elsewhere: dict[str, Any] = {**drop, "expect": {"unit_name": "khác"}}
    result, valid, _ = corrected(con, tmp_path, rows, [a_correction(**elsewhere, **said)], "counts")
    assert (len(valid), result.outcomes[0].value) == (2, text)


# ---- laws

wheres = st.sampled_from(
    [{"unit_code": "H05.101"}, {"dossier_code": "a"}, {"dossier_code": ""}, {"source_row": "3"}, {"status": "done"}]
)
expects = st.sampled_from(
    [{"waiting_seconds": "0"}, {"unit_code": "H05.101"}, {"status": "done"}, {"due_at": "x"}, {"dossier_code": "a"}]
)
actions = st.sampled_from(
    [
        ("drop", None, None),
        ("flag", None, None),
        ("set", "waiting_seconds", "1"),
        ("set", "waiting_seconds", "-1"),
        ("set", "due_at", "2025-10-16 09:00:00"),
        ("scale", "component_count", "2"),
        ("scale", "fee_total_vnd", "-0.5"),
    ]
)
drawn_corrections = st.lists(st.tuples(wheres, expects, actions), max_size=4).map(
    lambda drawn: [
        of_dossiers(at, rows=rows, expect=expect, action=action, field=field, value=value)
        for at, (rows, expect, (action, field, value)) in enumerate(drawn, 1)
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=dossiers, corrections=drawn_corrections)
def test_valid_and_quarantined_are_all_that_was_received_whatever_is_corrected(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, drawn: list[dict[str, Any]], corrections: list[Correction]
) -> None:
    rows = [a_dossier(number, **facts) for number, facts in enumerate(drawn, 1)]
    result, valid, quarantined = corrected(con, tmp_path, rows, corrections)
    assert (result.valid_rows, result.quarantined_rows) == (len(valid), len(quarantined))
    assert sorted(row["source_row"] for row in (*valid, *quarantined)) == [row["source_row"] for row in rows]
    for row in quarantined:
        assert row["rules"]
        assert len(row["rules"]) == len(row["values"]) == len(row["expected"])
        assert None not in (*row["rules"], *row["values"], *row["expected"], row["file"])
    refused = {int(one.message_en.split("correction ")[-1].split(" ")[0]) for one in result.outcomes
               if one.rule == "corrections.expectation"}  # fmt: skip
    carried = set(laid_over(tmp_path / "valid.parquet"))
    acting = {each.id for each in corrections if each.action != "flag"}
    # Each did all of it or none, and who did nothing said so.
    assert carried == acting - refused
    if not carried:
        assert valid == corrected(con, tmp_path, rows, [])[1]


# ---- in the home


def mend_row_2(**facts: Any) -> Correction:
    """The impossible dossier of the home's export: it waited 5 seconds, not -5."""
    mend: dict[str, Any] = {
        "action": "set",
        "field": "waiting_seconds",
        "value": "5",
        "expect": {"waiting_seconds": "-5"},
    }
    return of_dossiers(**{**mend, **facts})


def split_home(con: duckdb.DuckDBPyConnection, home: Home, *corrections: Correction) -> SplitResult:
    return split_export(con, home, [], "dossiers", an_export(mapping="house-dossiers@0"), corrections)


def files_of(home: Home) -> dict[str, bytes]:
    lake = home.lake
    return {
        path.relative_to(lake).as_posix(): path.read_bytes() for path in sorted(lake.rglob("*.*")) if path.is_file()
    }


def test_a_correction_splits_an_export_again_and_its_withdrawal_gives_the_same_bytes_back(
    con: duckdb.DuckDBPyConnection, home_with_export: Home
) -> None:
    home = home_with_export
    split_home(con, home)
    before = files_of(home)
    assert split_home(con, home, mend_row_2()).quarantined_rows == 0
    after = files_of(home)
    changed = {name for name in before if before[name] != after[name]}
    assert {name.split("/")[0] for name in changed} == {"tables", "quarantine"}  # and nothing of the raw exports
    split_home(con, home, mend_row_2())
    assert files_of(home) == after
    assert split_home(con, home).quarantined_rows == 1
    assert files_of(home) == before


class Killed(BaseException):
    pass


@pytest.mark.parametrize("writes", [1, 2])
@pytest.mark.parametrize("then", ["again", "withdrawn"])
def test_killed_after_any_file_it_comes_to_the_same_bytes(
    con: duckdb.DuckDBPyConnection, home_with_export: Home, monkeypatch: pytest.MonkeyPatch, writes: int, then: str
) -> None:
    """The process dies after so many of the three files; the run is repeated, or the correction is withdrawn before it is."""
    home = home_with_export
    split_home(con, home)
    plain = files_of(home)
    split_home(con, home, mend_row_2())
    mended = files_of(home)
    split_home(con, home)
    done = []

    def dying(*arguments: Any, **named: Any) -> int:
        from resources.engine import write_parquet

        rows = write_parquet(*arguments, **named)
        done.append(arguments)
        if len(done) == writes:
            raise Killed
        return rows

    with monkeypatch.context() as patched:
        patched.setattr("checks.rows.write_parquet", dying)
        with pytest.raises(Killed):
            split_home(con, home, mend_row_2())
    if then == "again":
        split_home(con, home, mend_row_2())
        assert files_of(home) == mended
    else:
        split_home(con, home)
        assert files_of(home) == plain


def test_what_a_finding_suggests_mends_it(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """The way of the desk: the finding of a row suggests rows and expectation; the steward adds the value."""
    rows = [a_dossier(1), a_dossier(2, filed_at="2025-10-06 02:00:01")]
    (finding,) = corrected(con, tmp_path, rows, [])[0].outcomes
    draft = suggested(case_of(finding))
    assert draft is not None
    assert draft.expect == {"filed_at": "2025-10-06 09:00:01", "accepted_at": "2025-10-06 09:00:00"}
    mend = of_dossiers(
        *(1,), rows=draft.rows, expect=draft.expect, action="set", field="filed_at", value="2025-10-06 08:00:00"
    )
    result, valid, _ = corrected(con, tmp_path, rows, [mend])
    assert (len(valid), result.outcomes, str(valid[1]["filed_at"])) == (2, (), "2025-10-06 01:00:00")


def test_the_pins_name_one_export(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert set(PINS) <= set(an_export().__slots__)
    rows = [{**row, "export_id": "e1"} for row in counts(212, 300)]
    mend: dict[str, Any] = {"rows": {"indicator": "on_time"}, "action": "scale", "value": "10"}
    _, valid, quarantined = corrected(con, tmp_path, rows, [a_correction(**mend, expect={"export_id": "e1"})], "counts")
    assert sorted(row["numerator"] for row in (*valid, *quarantined)) == [2120, 3000]
    result, *_ = corrected(con, tmp_path, rows, [a_correction(**mend, expect={"export_id": "e2"})], "counts")
    assert result.outcomes[0].value == "e1"
