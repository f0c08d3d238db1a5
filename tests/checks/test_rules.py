"""The rule catalogue: what is in it, and how it refuses what cannot be a rule."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from checks.row_sql import lay_flags, with_helpers
from checks.rules import Rule, RuleSetError, Tolerance, load_rules, rules_as_written, rules_for
from scoring.calendar import Week
from tests.checks.making import WEEK, typed

GOOD = """\
owner: desk
rules:
  - id: dossiers.paid_nothing
    table: dossiers
    grain: row
    severity: warning
    condition: payment = 'portal' AND fee_total_vnd = 0
    fields: [payment, fee_total_vnd]
    expected: fee_total_vnd > 0
    tolerance: {share: 0.01, count: 2}
    title: {vi: Trả phí mà không có phí, en: Paid without a fee}
    action: {vi: Kiểm tra, en: Check}
"""


def read(tmp_path: Path, text: str) -> tuple[Rule, ...]:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return load_rules(path)


def test_a_new_row_rule_is_one_entry(tmp_path: Path) -> None:
    (rule,) = read(tmp_path, GOOD)
    assert rule.id == "dossiers.paid_nothing"
    assert rule.owner == "desk"
    assert rule.tolerance == Tolerance(Decimal("0.01"), 2)
    assert not rule.quarantines


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("payment = 'portal'", "pament = 'portal'", 7, "unknown column 'pament'"),
        ("payment = 'portal' AND fee_total_vnd = 0", "'1'", 7, "not true or false"),
        ("payment = 'portal' AND fee_total_vnd = 0", "fee_total_vnd + 1", 7, "not true or false"),
        ("payment = 'portal'", "payment = (SELECT 'x')", 7, "subquery"),
        ("payment = 'portal'", "read_text('x') = 'x'", 7, "not listed"),
        ("payment = 'portal' AND fee_total_vnd = 0", "DROP TABLE dossiers", 7, "expression"),
        ("payment = 'portal' AND", "payment = AND", 7, "not an expression"),
        ("severity: warning", "severity: fatal", 6, "not one of: error, warning, info"),
        ("table: dossiers", "table: files", 3, "not one of"),
        ("grain: row", "grain: cell", 5, "not one of"),
        ("share: 0.01", "share: 1.5", 10, "from 0 to 1"),
        ("en: Paid without a fee", "fr: Payé", 11, "unknown key 'fr'"),
        ("    expected:", "    measure: usable_rows\n    expected:", 3, "exactly one of condition"),
        ("fields: [payment,", "fields: [paymnt,", 8, "'paymnt'"),
        ("id: dossiers.", "id: petitions.", 3, "must begin with dossiers."),
    ],
)
def test_what_cannot_be_a_rule_is_refused_with_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in GOOD
    with pytest.raises(RuleSetError) as refused:
        read(tmp_path, GOOD.replace(old, new))
    assert refused.value.file == "rules.yaml"
    assert abs(refused.value.line - line) <= 1
    assert words in str(refused.value)


def test_rules_that_are_only_shown_are_checked_in_all_but_their_sql(tmp_path: Path) -> None:
    """Dagster's checks are made of them whenever code is loaded; the SQL is parsed when a run asks for the rules."""
    path = tmp_path / "rules.yaml"
    path.write_text(GOOD.replace("payment = 'portal' AND", "payment = AND"), encoding="utf-8")
    (rule,) = rules_as_written(path)
    assert rule.title_en == "Paid without a fee"
    with pytest.raises(RuleSetError, match=r"rules\.yaml:\d+.*not an expression"):
        load_rules(path)
    fatal = tmp_path / "fatal.yaml"
    fatal.write_text(GOOD.replace("severity: warning", "severity: fatal"), encoding="utf-8")
    with pytest.raises(RuleSetError, match=r"fatal\.yaml:\d+.*not one of: error"):
        rules_as_written(fatal)


def test_a_rule_id_is_given_once(tmp_path: Path) -> None:
    with pytest.raises(RuleSetError, match="given twice"):
        read(tmp_path, GOOD + GOOD.partition("rules:\n")[2])


def test_every_rule_speaks_both_languages_and_has_an_owner() -> None:
    for rule in load_rules():
        assert rule.title_vi != rule.title_en, rule.id
        assert rule.action_vi != rule.action_en, rule.id
        assert rule.owner, rule.id


@pytest.mark.parametrize("rule", [rule for rule in load_rules() if rule.condition], ids=lambda rule: rule.id)
def test_every_condition_is_true_or_false_to_the_engine(con: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    rows = with_helpers(f"({typed(con, rule.table, [])})", Week.parse(WEEK))
    con.execute(lay_flags(rows, [rule]))
    assert con.execute("SELECT column_type FROM (DESCRIBE checked)").fetchall()[-1] == ("BOOLEAN",)


def test_a_rule_is_asked_only_in_the_weeks_it_is_valid_in() -> None:
    def has_34_provinces(week: str) -> bool:
        return any(rule.id == "portal_scores.provinces" for rule in rules_for("portal_scores", Week.parse(week)))

    assert not has_34_provinces("2025-W26")  # ends 2025-06-29, with 63 provinces
    assert has_34_provinces("2025-W27")  # 2025-07-01 is its Tuesday


def test_a_validity_ends_on_its_last_day(tmp_path: Path) -> None:
    (rule,) = read(tmp_path, GOOD + "    valid: {from: 2025-10-12, to: 2025-10-12}\n")
    assert rule.valid_from == rule.valid_to == date(2025, 10, 12)  # the Sunday of W41
    assert rule.is_valid_in(Week.parse("2025-W41"))
    assert not rule.is_valid_in(Week.parse("2025-W40"))
    assert not rule.is_valid_in(Week.parse("2025-W42"))


def test_a_tolerance_is_a_share_or_a_few() -> None:
    tolerance = Tolerance(Decimal("0.05"), 2)
    assert tolerance.allows(2, 2)  # a few
    assert tolerance.allows(5, 100)  # 5 %
    assert not tolerance.allows(6, 100)
