"""The stewards' commands: find, read, decide, and users whose passwords never stand on a command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from publishing.cases import CaseFilter, matching
from resources.office import Office
from tests.pipelines.command import Told, ask, service_index
from tests.review.conftest import PASSWORD
from tests.review.making import feed_failure, miscount
from tests.review.office import copied, office_with

MISCOUNT_CASE = "2"  # by rule: portal_scores before reconcile


@pytest.fixture(scope="module")
def template(make_home: Callable[[], Path]) -> Path:
    home = make_home()
    office_with(home, {"2025-W44": [miscount(), feed_failure(severity="warning")]}).database.close()
    return home


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Office:
    return copied(template, tmp_path)


def decide(office: Office, *more: str) -> Told:
    home = str(office.home.root)
    return ask("review", "decide", MISCOUNT_CASE, "--action", "waive", "--reason", "Đã rõ", *more, "--home", home)


def test_cases_are_listed_worst_first_as_table_csv_and_json(office: Office) -> None:
    table = ask("review", "list", "--home", office.home.root)
    assert table.code == 0
    assert table.out.index("H05.141") < table.out.index("scores VN")
    rows = ask("review", "list", "--format", "csv", "--home", office.home.root).rows
    assert [row["rule"] for row in rows] == ["reconcile.electronic_result", "portal_scores.sum"]
    assert len(json.loads(ask("review", "list", "--format", "json", "--home", office.home.root).out)) == 2


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, 2),
        ({"severity": "warning"}, 1),
        ({"rule": "portal_scores.sum"}, 1),
        ({"week": "2025-W43"}, 0),
        ({"state": "resolved"}, 0),
        ({"state": "all", "text": "khong khop tong"}, 1),  # without marks, as it is typed
        ({"text": "H05.141 điện tử"}, 1),
        ({"text": "điện thoại"}, 0),
    ],
)
def test_a_filter_finds_what_it_says_and_nothing_else(office: Office, asked: dict[str, str], found: int) -> None:
    assert len(matching(office.review, CaseFilter.of(**asked))) == found


def test_a_filter_that_cannot_be_is_refused_with_what_can(office: Office) -> None:
    told = ask("review", "list", "--state", "closed", "--home", office.home.root)
    assert told.code == 2
    assert "waived" in told.err


def test_a_case_is_shown_with_diagnosis_effect_and_log(office: Office) -> None:
    told = ask("review", "show", MISCOUNT_CASE, "--home", office.home.root)
    for text in ("Xã Hợp Thịnh", "106 hồ sơ", "diagnosis", "88,40", "mở vụ việc"):
        assert text in told.out
    missing = ask("review", "show", "77", "--home", office.home.root)
    assert (missing.code, "77" in missing.err) == (1, True)


def test_a_decision_is_taken_in_a_users_name_to_the_end_of_a_week(office: Office) -> None:
    told = decide(office, "--as", "lan", "--until", "2025-W46")
    assert told.code == 0, told.err
    assert "2025-W44" in told.out
    case = office.review.case(int(MISCOUNT_CASE))
    assert (case.state, case.until) == ("waived", "2025-11-16")
    assert office.review.log(int(MISCOUNT_CASE))[-1].who == "lan"


@pytest.mark.parametrize(
    ("more", "code", "why"),
    [
        (["--as", "khach"], 1, "steward"),
        (["--as", "ai-do"], 1, "ai-do"),
        (["--as", "lan", "--version", "7"], 1, "changed after"),
        (["--as", "lan", "--until", "mai"], 2, "mai"),
    ],
)
def test_a_decision_that_cannot_be_taken_says_why(office: Office, more: list[str], code: int, why: str) -> None:
    told = decide(office, *more)
    assert (told.code, why in told.err) == (code, True), told.err
    assert office.review.case(int(MISCOUNT_CASE)).state == "open"


def test_a_remark_is_added_to_the_log(office: Office) -> None:
    told = ask(
        "review",
        "decide",
        MISCOUNT_CASE,
        "--action",
        "comment",
        "--reason",
        "Đã gọi",
        "--as",
        "lan",
        "--home",
        office.home.root,
    )
    assert told.code == 0
    assert office.review.log(int(MISCOUNT_CASE))[-1].reason == "Đã gọi"


CORRECT = (
    *("review", "correct", MISCOUNT_CASE, "--table", "portal_counts", "--action", "set"),
    *("--where", "unit_code=H05.141", "--where", "indicator=electronic_result"),
    *("--field", "numerator", "--value", "318", "--expect", "numerator=212", "--reason", "106 hồ sơ bị bỏ sót"),
)


def test_a_correction_is_made_shown_and_withdrawn_in_a_users_name(office: Office) -> None:
    home = ("--home", str(office.home.root))
    told = ask(*CORRECT, "--as", "lan", *home)
    assert told.code == 0, told.err
    assert "corrected" in told.out
    assert "2025-W44" in told.out
    (stored,) = office.review.corrections()
    assert (stored.who, stored.rows["scope"], stored.weeks) == ("lan", "H05", "2025-W44")
    shown = ask("review", "show", MISCOUNT_CASE, *home).out
    assert f"correction {stored.id}, 2025-W44, đang có hiệu lực / holds" in shown
    assert "numerator := 318 (numerator=212)" in shown
    told = ask("review", "withdraw", str(stored.id), "--reason", "Nhầm", "--user", "minh", *home)
    assert (told.code, "open" in told.out) == (0, True), told.err
    assert office.review.corrections() == []
    assert "withdrawn" in ask("review", "show", MISCOUNT_CASE, *home).out
    assert ask("review", "withdraw", str(stored.id), "--reason", "Nhầm", "--as", "minh", *home).code == 1


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--as", "khach"], "steward"),
        (["--as", "ai-do"], "ai-do"),
        (["--as", "lan", "--version", "7"], "changed after"),
        (["--as", "lan", "--from", "2025-W50"], "no export"),
        (["--as", "lan", "--from", "2025-W45", "--to", "2025-W44"], "2025-W45..2025-W44"),
        (["--as", "lan", "--where", "HoTen=x"], "HoTen"),
        (["--as", "lan", "--expect", "numerator"], "column=value"),
        (["--as", "lan", "--value", "ba trăm"], "BIGINT"),
    ],
)
def test_a_correction_that_cannot_be_made_says_why_and_leaves_no_trace(
    office: Office, more: list[str], why: str
) -> None:
    told = ask(*CORRECT, *more, "--home", str(office.home.root))
    assert (told.code, why in told.err) == (1, True), told.err
    assert (office.review.correction_entries(), office.review.case(int(MISCOUNT_CASE)).state) == ([], "open")


def test_users_are_added_listed_and_given_another_password(tmp_path: Path) -> None:
    home = ("--home", tmp_path)
    secret = {"DESK_PASSWORD": PASSWORD}
    assert service_index("user", "add", "lan", "--role", "steward", *home, env=secret).code == 0
    assert service_index("user", "list", *home).out == "lan\tsteward\tvi\n"
    assert service_index("user", "passwd", "lan", *home, env={"DESK_PASSWORD": "ngắn"}).code == 2
    assert service_index("user", "passwd", "ai", *home, env=secret).code == 2


def test_a_password_is_asked_for_twice_and_not_shown(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from pipelines.cli import app

    arguments = ["user", "add", "lan", "--role", "reader", "--home", str(tmp_path)]
    done = CliRunner().invoke(app, arguments, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert (done.exit_code, PASSWORD in done.output) == (0, False)
    assert CliRunner().invoke(app, [*arguments, "--password", PASSWORD]).exit_code == 2
