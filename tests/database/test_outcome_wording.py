"""A finding says where, what, what was expected and what to do, in one paragraph."""

from __future__ import annotations

from resources.outcomes import RuleOutcome

OUTCOME = RuleOutcome(
    rule="text_in_number",
    week="2025-W41",
    stage="dossiers",
    grain="row",
    file="2025-W41/counts.H05.ytd.csv",
    row=17,
    field="numerator",
    value="n/a",
    expected="số nguyên / whole number",
    checked=120,
    failed=1,
    message_vi="Có chữ trong ô số.",
    message_en="There is text in a number.",
    action_vi="Sửa ô này rồi gửi lại tệp",
    action_en="Mend the cell and send the file again",
)


def test_a_finding_names_file_row_field_value_expectation_and_remedy_in_either_language() -> None:
    assert OUTCOME.describe("en") == (
        "2025-W41/counts.H05.ytd.csv, row 17, field numerator: There is text in a number "
        "(value: n/a; expected: số nguyên / whole number; 1 of 120 failed). "
        "What to do: Mend the cell and send the file again."
    )
    assert OUTCOME.describe().startswith("2025-W41/counts.H05.ytd.csv, dòng 17, trường numerator: Có chữ trong ô số (")


def test_a_rule_that_crashed_is_not_data_that_failed() -> None:
    crashed = RuleOutcome(rule="sum_of_groups", week="2025-W41", stage="quality", status="crashed")
    assert crashed.describe("en") == "Rule sum_of_groups could not be run."
    assert not crashed.succeeded
    assert crashed.blocks


def test_only_an_error_blocks() -> None:
    blocks = {
        (severity, status): RuleOutcome(rule="r", week="w", stage="s", severity=severity, status=status).blocks
        for severity in ("error", "warning", "info")
        for status in ("passed", "failed", "crashed")
    }
    assert [key for key, value in blocks.items() if value] == [("error", "failed"), ("error", "crashed")]
