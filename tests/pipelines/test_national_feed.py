"""A feed of all provinces, as a ministry has it, computes them as one export a province does."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipelines.launch import run_weeks
from resources.office import open_office
from resources.settings import load_settings
from tests.pipelines.command import ask

WEEK = "2025-W38"


def test_dossiers_of_the_nation_in_one_file_are_computed_province_by_province(tmp_path: Path) -> None:
    portal = tmp_path / "portal"
    asked = ask("emulate", "--out", portal, "--weeks", f"{WEEK}..{WEEK}", "--dossiers-per-week", "400")
    assert asked.code == 0, asked.err
    found = {}
    for scope in ("H05", "VN"):
        landing = tmp_path / scope / WEEK
        landing.mkdir(parents=True)
        for file in sorted((portal / WEEK).iterdir()):
            kind = file.name.partition(".")[0]
            if kind in ("dossiers", "procedures", "petitions", "units"):
                shutil.copy(file, landing / file.name.replace(".H05.", f".{scope}."))
        office = open_office(load_settings(home=tmp_path / f"home-{scope}", landing=landing.parent))
        report = run_weeks(office, None)
        assert [str(week) for week in report.published] == [WEEK], report
        rows = office.database.ranking(WEEK, "commune", "H05", "ytd")
        found[scope] = {row["unit_code"]: (row["total"], row["rank"], row["basis"]) for row in rows}
        office.database.close()
    assert found["VN"] == found["H05"]
    assert {basis for _, _, basis in found["VN"].values()} == {"computed"}
