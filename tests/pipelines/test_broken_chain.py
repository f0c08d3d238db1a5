"""A week of which nobody can be ranked is not published as an empty one: it says what is missing."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipelines.launch import run_weeks
from resources.cases import OWN_FIGURES
from resources.office import open_office
from resources.settings import load_settings
from scoring.calendar import Week
from tests.pipelines.command import ask

FIRST, MISSING, LAST = (Week.parse(f"2025-W{number}") for number in (42, 43, 44))
OWN = ("dossiers", "procedures", "petitions", "units")


def test_a_week_after_one_without_dossiers_is_not_published(tmp_path: Path) -> None:
    portal, landing = tmp_path / "portal", tmp_path / "landing"
    asked = ask("emulate", "--out", portal, "--weeks", f"{FIRST}..{LAST}", "--dossiers-per-week", "400")
    assert asked.code == 0, asked.err
    late = sorted((portal / str(MISSING)).glob("dossiers.*"))
    assert late
    for week in (FIRST, MISSING, LAST):
        (landing / str(week)).mkdir(parents=True)
        for file in sorted((portal / str(week)).iterdir()):
            if file.name.partition(".")[0] in OWN and file not in late:
                shutil.copy(file, landing / str(week))
    office = open_office(load_settings(home=tmp_path / "home", landing=landing))
    report = run_weeks(office, None)
    assert (report.published, report.held) == ([FIRST], [MISSING])
    assert office.database.revisions(LAST) == []
    (finding,) = office.database.outcomes(week=LAST, stage=OWN_FIGURES, failed_only=True)
    assert finding.rule == "rankings.nothing"
    assert "every week since the year's first export" in finding.describe("en")
    assert any("2025-W44" in error and "Not one unit" in error for error in report.errors)
    office.database.close()
