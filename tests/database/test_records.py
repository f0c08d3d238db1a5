"""Exports, findings and verdicts: stored whole, read as they were, the right export current."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from resources import schema
from resources.database import Database
from resources.exports import ExportRecord
from resources.outcomes import RuleOutcome
from resources.verdicts import FeedVerdict, UnitHold, Verdict


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    database.migrate()
    yield database
    database.close()


EXPORT = ExportRecord(
    export_id="e1",
    week="2025-W41",
    kind="scores",
    scope="VN",
    period_kind="ytd",
    period="2025",
    file="2025-W41/scores.VN.ytd.csv",
    sha256="a" * 64,
    size_bytes=2048,
    rows=34,
    rejected_rows=0,
    exported_at=datetime(2025, 10, 11, 3, 0),
    received_at=datetime(2025, 10, 12, 1, 2, 3, 456),
    mapping="portal-scores@1f",
)


def current(database: Database) -> list[str]:
    return [record.export_id for record in database.current_exports("2025-W41")]


def test_an_export_is_read_as_it_was_recorded(database: Database) -> None:
    database.record_exports([EXPORT])
    database.record_exports([])
    assert database.exports() == database.exports("2025-W41", "scores") == [EXPORT]
    assert database.exports("2025-W42") == []


def test_an_export_recorded_again_stands_once_as_it_is_told_now(database: Database) -> None:
    database.record_exports([replace(EXPORT, status="rejected")])
    database.record_exports([EXPORT])
    assert database.exports() == [EXPORT]


def test_a_mended_mapping_leaves_no_second_reading_of_the_same_bytes(database: Database) -> None:
    database.record_exports([EXPORT])
    mended = replace(EXPORT, export_id="e2", mapping="portal-scores@2a", period_kind="month", period="2025-10")
    database.record_exports([mended])
    assert database.exports() == [mended]


def test_the_later_export_counts_and_the_earlier_is_kept(database: Database) -> None:
    later = replace(EXPORT, export_id="e2", sha256="b" * 64, exported_at=datetime(2025, 10, 12))
    database.record_exports([later, EXPORT])
    assert current(database) == ["e2"]
    assert len(database.exports()) == 2


def test_a_refused_export_never_counts_however_late(database: Database) -> None:
    refused = replace(EXPORT, export_id="e2", sha256="b", exported_at=datetime(2025, 10, 12), status="rejected")
    database.record_exports([EXPORT, refused])
    assert current(database) == ["e1"]


def test_without_a_moment_of_export_the_higher_number_in_the_name_counts(database: Database) -> None:
    names = ["scores.VN.ytd.csv", "scores.VN.ytd.2.csv", "scores.VN.ytd.10.csv"]  # as text, .10 < .2 < .csv
    database.record_exports(
        replace(EXPORT, export_id=name, file=f"2025-W41/{name}", sha256=name, exported_at=None) for name in names
    )
    assert current(database) == ["scores.VN.ytd.10.csv"]


def test_new_content_under_the_same_name_counts_when_neither_says_when_it_was_exported(database: Database) -> None:
    old = replace(EXPORT, exported_at=None, sha256="f" * 64)
    new = replace(old, export_id="e2", sha256="0" * 64, received_at=datetime(2025, 10, 13))
    database.record_exports([old])
    database.record_exports([new])
    assert current(database) == ["e2"]


def test_all_sheets_of_the_newest_workbook_count_together(database: Database) -> None:
    sheets = [
        replace(EXPORT, export_id=part, part=part, file="2025-W41/scores.H01.ytd.xlsx", scope="H01", sha256="c")
        for part in ("departments", "communes")
    ]
    older = replace(EXPORT, export_id="old", scope="H01", exported_at=datetime(2025, 10, 10))
    database.record_exports([*sheets, older, EXPORT])
    assert sorted(current(database)) == ["communes", "departments", "e1"]


def test_periods_and_scopes_do_not_take_each_others_place(database: Database) -> None:
    month = replace(EXPORT, export_id="m", sha256="m", file="f2", period_kind="month", period="2025-10")
    province = replace(EXPORT, export_id="p", sha256="p", file="f3", scope="H01")
    database.record_exports([EXPORT, month, province])
    assert sorted(current(database)) == ["e1", "m", "p"]


OUTCOME = RuleOutcome(
    rule="sums", week="2025-W41", stage="quality", row=3, value="1", checked=9, failed=1, message_vi="x"
)


def test_findings_take_the_place_of_those_of_their_week_and_stage_only(database: Database) -> None:
    passed = replace(OUTCOME, rule="other", status="passed", failed=0)
    elsewhere = [replace(OUTCOME, stage="exports"), replace(OUTCOME, week="2025-W42")]
    database.replace_outcomes("2025-W41", "exports", elsewhere[:1])
    database.replace_outcomes("2025-W42", "quality", elsewhere[1:])
    database.replace_outcomes("2025-W41", "quality", [OUTCOME, OUTCOME, passed])
    database.replace_outcomes("2025-W41", "quality", [passed, OUTCOME])
    assert database.outcomes("2025-W41", "quality") == [passed, OUTCOME]
    assert database.outcomes("2025-W41", failed_only=True) == [elsewhere[0], OUTCOME]
    assert len(database.outcomes()) == 4
    database.replace_outcomes("2025-W41", "quality", [])
    assert database.outcomes("2025-W41", "quality") == []


def test_a_finding_of_another_week_is_refused_and_nothing_is_lost(database: Database) -> None:
    database.replace_outcomes("2025-W41", "quality", [OUTCOME])
    with pytest.raises(ValueError, match="quality 2025-W41"):
        database.replace_outcomes("2025-W42", "quality", [OUTCOME])
    assert database.outcomes() == [OUTCOME]


def test_a_replacement_that_fails_leaves_what_stood_there(database: Database) -> None:
    """Two transactions where one is needed would leave an empty table."""
    database.replace_outcomes("2025-W41", "quality", [OUTCOME])
    broken = replace(OUTCOME, message_vi=None)  # type: ignore[arg-type]
    with pytest.raises(sa.exc.IntegrityError):
        database.replace_outcomes("2025-W41", "quality", [OUTCOME, broken])
    assert database.outcomes() == [OUTCOME]


VERDICT = Verdict(
    week="2025-W41",
    decision="publishable_with_reviews",
    reasons=("một / one", "hai / two"),
    feeds=(
        FeedVerdict(kind="scores", scope="VN", period="2025", export_id="e1", admitted=True),
        FeedVerdict(kind="counts", scope="H05", period=None, export_id=None, admitted=False, rule="r", reason="w / y"),
    ),
    holds=(UnitHold(unit_code="H05.101", kind=None, period=None, rule="jump", reason="a / b"),),
)


def test_a_verdict_is_read_as_it_was_reached_and_replaced_as_a_whole(database: Database) -> None:
    assert database.verdict("2025-W41") is None
    database.replace_verdict(VERDICT)
    assert database.verdict("2025-W41") == VERDICT
    held = Verdict(week="2025-W41", decision="held", reasons=("rỗng / empty",))
    other = replace(VERDICT, week="2025-W40")
    database.replace_verdict(held)
    database.replace_verdict(other)
    assert database.verdicts() == [other, held]


def test_disagreements_keep_their_numbers_exactly(database: Database) -> None:
    row = {
        "period_kind": "ytd",
        "period": "2025",
        "unit_code": "H05.101",
        "group_code": "digitisation",
        "computed": Decimal("20.73"),
        "recounted": None,
        "as_published": Decimal("14.1"),
    }
    database.replace_disagreements("2025-W44", [row])
    (read,) = database.disagreements("2025-W44")
    assert read == {"week": "2025-W44", **row}
    assert str(read["as_published"]) == "14.1000"
    database.replace_disagreements("2025-W44", [])
    assert database.disagreements("2025-W44") == []


def test_a_decimal_is_text_in_sqlite_and_never_a_float(database: Database, tmp_path: Path) -> None:
    type_ = schema.ExactDecimal(6, 2)
    assert type_.exact(Decimal("92.3")) == Decimal("92.30")
    assert str(type_.exact(10)) == "10.00"
    for wrong in (92.37, True, "92.37"):
        with pytest.raises(TypeError, match="must be a Decimal"):
            type_.exact(wrong)
    for number in (Decimal("92.375"), Decimal("10000"), Decimal("NaN")):
        with pytest.raises(ValueError, match=r"does not fit|is not a number"):
            type_.exact(number)
