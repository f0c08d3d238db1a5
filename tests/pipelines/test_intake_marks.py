"""Which weeks are due for intake: those whose files changed, and those into which a changed export flows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assets.intake_marks import changed_weeks, lay_down, marks, settle
from resources.office import Office, open_office
from resources.settings import load_settings
from scoring.calendar import Week, parse_weeks

WEEKS = parse_weeks("2025-W40..2025-W43")


def land(office: Office, week: Week, name: str, text: str = "x") -> None:
    (office.landing / str(week)).mkdir(parents=True, exist_ok=True)
    (office.landing / str(week) / name).write_text(text)


def due(office: Office) -> list[str]:
    return [str(week) for week in changed_weeks(office)]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Four weeks with a listing of dossiers and a table of scores each, all gone through."""
    made = open_office(load_settings(home=tmp_path / "home", landing=tmp_path / "landing"))
    for week in WEEKS:
        land(made, week, "dossiers.H05.ndjson")
        land(made, week, "scores.VN.ytd.csv")
    assert due(made) == [str(week) for week in WEEKS]
    lay_down(made, WEEKS)
    settle(made, WEEKS)
    assert due(made) == []
    return made


def test_a_mended_listing_of_dossiers_leaves_its_week_and_every_later_one_to_be_judged_again(office: Office) -> None:
    land(office, WEEKS[1], "dossiers.H05.2.ndjson")
    assert due(office) == ["2025-W41", "2025-W42", "2025-W43"]


def test_a_listing_that_comes_late_for_a_week_without_any_flows_into_the_later_ones(office: Office) -> None:
    land(office, Week.parse("2025-W39"), "petitions.H05.csv")
    assert due(office) == ["2025-W39", "2025-W40", "2025-W41", "2025-W42", "2025-W43"]


def test_a_mended_table_of_scores_concerns_its_own_week(office: Office) -> None:
    land(office, WEEKS[1], "scores.VN.ytd.2.csv")
    assert due(office) == ["2025-W41"]


def test_a_new_week_is_due_alone(office: Office) -> None:
    land(office, Week.parse("2025-W44"), "dossiers.H05.ndjson")
    assert due(office) == ["2025-W44"]


def test_files_that_leave_the_landing_folder_leave_nothing_to_do(office: Office) -> None:
    shutil.rmtree(office.landing / "2025-W40")
    assert due(office) == []
    shutil.rmtree(office.landing)
    assert due(office) == []
    assert list(marks(office)) == WEEKS


def test_what_changed_while_the_weeks_were_gone_through_leaves_them_to_be_done_again(office: Office) -> None:
    land(office, WEEKS[0], "dossiers.H05.2.ndjson")
    lay_down(office, WEEKS)
    land(office, WEEKS[2], "units.H05.csv")
    settle(office, WEEKS)
    assert due(office) == ["2025-W42", "2025-W43"]
