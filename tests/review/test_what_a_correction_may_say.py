"""What a correction may say: columns of the catalogue, values of their types, a guard that can notice; and what is suggested."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
import pytest

from resources.cases import Case, case_of
from resources.catalogue import catalogue, table
from resources.corrections import WORDS, Unfit, checked, factor, literal, scope_of, suggested
from tests.review.making import correction, feed_failure, miscount

DOSSIER = {
    "table": "dossiers",
    "rows": {"dossier_code": "H05.141-251029-1043"},
    "field": "status",
    "value": "done",
    "expect": {"status": "stopped"},
}
SCORE = {"table": "portal_scores", "rows": {"unit_code": "H05"}, "field": "total", "expect": {"total": "91.64"}}


@pytest.fixture
def case() -> Case:
    return case_of(miscount())


def test_what_is_sound_is_kept_trimmed_with_the_scope_of_its_case(case: Case) -> None:
    kept = checked(correction(case, rows={" unit_code ": " H05.141 "}, value=" 318 "), case)
    assert kept.rows == {"scope": "H05", "unit_code": "H05.141"}
    assert (kept.value, kept.expect) == ("318", {"numerator": "212"})


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"table": "rankings"}, "portal_counts"),
    ({"action": "delete"}, "scale"),
    ({"rows": {}}, "at least one"),
    ({"rows": {"scope": "H05"}}, "at least one"),
    ({"rows": {"ChuHoSo": "x"}}, "ChuHoSo"),  # a personal field of the source: never kept, so never a column
    ({"rows": {"week": "W44"}}, "DATE"),
    ({"expect": {}}, "expect"),
    ({"expect": {"numerator": "hai trăm"}}, "BIGINT"),
    ({"expect": {"denominator": "441"}}, "numerator"),  # would not notice that the numerator was mended
    ({"field": "numerator) OR (1"}, "no column"),
    ({"field": "unit_code", "value": "H05.142", "expect": {"unit_code": "H05.141"}}, "drop"),
    ({"field": "period", "value": "2024", "expect": {"period": "2025"}}, "drop"),
    ({"field": "ruleset", "value": "766-2026", "expect": {"ruleset": "766-2025"}}, "drop"),
    ({"field": None}, "needs a field"),
    ({"value": None}, "needs a field"),
    ({"value": "318.5"}, "BIGINT"),
    ({"value": "1e3"}, "BIGINT"),
    ({"value": "9223372036854775808"}, "BIGINT"),
    ({"action": "drop"}, "no field"),
    ({"action": "scale", "value": "0"}, "≠ 0"),
    ({"action": "scale", "value": "1e3"}, "≠ 0"),
    ({"action": "scale", "value": "0.0000001"}, "≠ 0"),
    ({"first_week": "2025-W45"}, "2025-W45..2025-W44"),
    ({"first_week": "tuần này"}, "2025-W44"),
    ({**SCORE, "value": "91.645"}, "DECIMAL"),
    ({**SCORE, "value": "NaN"}, "DECIMAL"),
    ({**SCORE, "value": "100000"}, "DECIMAL"),
    ({**SCORE, "field": "level", "value": "Tỉnh", "expect": {"level": "province"}}, "commune"),
    ({**DOSSIER, "value": "xong"}, "not_accepted"),
    ({**DOSSIER, "value": ""}, "empty"),
    ({**DOSSIER, "action": "scale", "value": "2"}, "cannot be scaled"),
    ({**DOSSIER, "field": "has_result", "value": "có", "expect": {"has_result": "false"}}, "BOOLEAN"),
    ({**DOSSIER, "field": "finished_at", "value": "hôm qua", "expect": {"finished_at": ""}}, "TIMESTAMP"),
    ({**DOSSIER, "field": "unit_code", "value": "Sở Tư pháp", "expect": {"unit_code": "H05.141"}}, "H05.12"),
]


@pytest.mark.parametrize(("change", "why"), REFUSED)
def test_what_cannot_be_is_refused_in_both_languages(case: Case, change: dict[str, Any], why: str) -> None:
    with pytest.raises(Unfit, match=why) as refused:
        checked(correction(case, **change), case)
    assert " / " in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        DOSSIER,
        {**DOSSIER, "field": "finished_at", "value": "2025-11-02 09:30", "expect": {"finished_at": ""}},
        {**DOSSIER, "field": "finished_at", "value": "", "expect": {"finished_at": "2025-11-02 09:30:00"}},
        {**DOSSIER, "action": "drop", "field": None, "value": None},
        {**SCORE, "value": "91,65"},
        {**SCORE, "action": "scale", "value": "0.1", "expect": {"export_id": "0123456789abcdef"}},
        {"action": "flag", "field": None, "value": None},
        {"rows": {"unit_code": "H05.141", "period": "2025", "scope": "VN"}},
    ],
)
def test_what_makes_sense_is_taken(case: Case, change: dict[str, Any]) -> None:
    assert checked(correction(case, **change), case)


def test_a_text_that_could_not_be_read_may_be_expected_where_the_finding_shows_one() -> None:
    asked = {"table": "dossiers", "rows": {"source_row": "2"}, "field": "fee_total_vnd", "value": "10000"}
    unread = case_of(feed_failure(kind="dossiers", grain="row", field="fee_total_vnd", value="mười nghìn"))
    assert checked(correction(unread, **asked, expect={"fee_total_vnd": "10 nghìn"}), unread)
    read = case_of(feed_failure(kind="dossiers", grain="row", field="fee_total_vnd", value="-5"))
    with pytest.raises(Unfit, match="BIGINT"):
        checked(correction(read, **asked, expect={"fee_total_vnd": "10 nghìn"}), read)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("portal_counts.numerator", "+318", 318),
        ("portal_counts.numerator", "", None),
        ("portal_scores.total", "91,64", Decimal("91.64")),
        ("portal_counts.unit_name", "'; DROP TABLE given; --", "'; DROP TABLE given; --"),
        ("portal_counts.unit_name", 'Xã "Hợp" \\ Thịnh', 'Xã "Hợp" \\ Thịnh'),
        ("dossiers.has_result", "TRUE", True),
    ],
)
def test_a_value_is_its_own_and_nothing_else_in_sql(name: str, text: str, value: object) -> None:
    entry, _, column = name.partition(".")
    sql = literal(table(entry).column(column), text)
    assert duckdb.execute(f"SELECT {sql}").fetchall() == [(value,)]


def test_moments_are_told_in_vietnamese_time_and_kept_in_utc() -> None:
    sql = literal(table("dossiers").column("finished_at"), "2025-11-03 06:30:00")
    assert str(duckdb.execute(f"SELECT {sql}").fetchall()[0][0]) == "2025-11-02 23:30:00"


@pytest.mark.parametrize("text", ["a\0b", "dòng\nhai", "x" * 501])
def test_a_text_with_control_characters_or_without_end_is_no_value(text: str) -> None:
    with pytest.raises(Unfit):
        literal(table("portal_counts").column("unit_name"), text)


def test_a_factor_is_exact() -> None:
    assert factor("0,01") == Decimal("0.01")


def test_the_words_of_columns_are_those_the_catalogue_tells() -> None:
    columns = [column for entry in catalogue().values() for column in entry.columns if entry.layer == "core"]
    for name, words in WORDS.items():
        told = [column.en for column in columns if column.name == name and ":" in column.en]
        for text in told:
            assert all(word in text for word in words), f"{name}: {text}"


def test_a_finding_of_reconciliation_suggests_the_count_that_differs() -> None:
    told = case_of(
        miscount(value="212/441", expected="318/441", field="electronic_result", file="2025-W44/counts.VN.ytd.csv")
    )
    draft = suggested(told)
    assert draft is not None
    assert scope_of(told) == "VN"
    assert draft.describe() == (
        "portal_counts[unit_code=H05.141, period=2025, indicator=electronic_result] numerator := 318 (numerator=212)"
    )
    assert (draft.first_week, draft.last_week) == ("2025-W44", "2025-W44")


def test_a_finding_about_a_row_suggests_that_row_and_what_stands_in_it() -> None:
    facts: dict[str, Any] = {"kind": "dossiers", "grain": "row", "row": 7, "week": "2025-W44"}
    one = suggested(case_of(feed_failure(**facts, field="fee_total_vnd", value="-5", expected=">= 0")))
    assert one is not None
    assert (one.rows, one.field, one.value, one.expect) == (
        {"source_row": "7"},
        "fee_total_vnd",
        None,
        {"fee_total_vnd": "-5"},
    )
    shown = "filed_at=2025-10-28 09:00:00; accepted_at=2025-10-28 08:00:00"
    both = suggested(case_of(feed_failure(**facts, field="filed_at, accepted_at", value=shown)))
    assert both is not None
    assert (both.field, both.expect) == (
        None,
        {"filed_at": "2025-10-28 09:00:00", "accepted_at": "2025-10-28 08:00:00"},
    )


def test_nothing_is_suggested_where_nothing_was_taken_in() -> None:
    assert suggested(case_of(feed_failure(stage="exports", kind=None, file="2025-W44/scores.VN.pdf"))) is None
    assert suggested(case_of(miscount())) is None  # it names neither a kind nor a file
