"""`service-index check`: findings before anything is handed in, and nothing changed by it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from tests.pipelines.command import ask

COLUMNS = "severity,rule,week,unit_code,file,row,field,value,expected,message"
CLAIMS = Path(__file__).parents[1] / "data" / "claims"
NAMES = "ID,TEN,TEN_COQUAN,MA_COQUAN,LOAI_COQUAN,CAPDONVIID,TDGQ,MDHL,MDSH,TTTT,CLGQ,CKMB,TONG_SCORE,ROW_STT"


def a_table(satisfaction: str = "17.86", total: str = "91.64") -> str:
    """A score table of a commune: 18.99 + 17.86 + 20.73 + 10 + 8.42 + 15.64 = 91.64."""
    row = f"1,Phường Kinh Bắc,Phường Kinh Bắc,H05.101,3,3,18.99,{satisfaction},20.73,10,8.42,15.64,{total},1"
    return f"{NAMES}\n{row}\n"


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    folder = tmp_path / "landing" / "2025-W41"
    folder.mkdir(parents=True)
    (folder / "scores.H05.ytd.csv").write_text(a_table(satisfaction="19.86"), encoding="utf-8")  # of 18
    return tmp_path / "landing"


def everything_under(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_folder_is_checked_and_its_findings_are_printed_in_the_agreed_columns(landing: Path) -> None:
    told = ask("check", landing, "--format", "csv")
    assert told.code == 3
    assert told.out.splitlines()[0] == COLUMNS
    assert [(row["severity"], row["rule"], row["week"], row["unit_code"], row["file"]) for row in told.rows] == [
        ("error", "portal_scores.component_range", "2025-W41", "H05.101", "2025-W41/scores.H05.ytd.csv"),
        ("error", "portal_scores.adds_up", "2025-W41", "H05.101", "2025-W41/scores.H05.ytd.csv"),
    ]


def test_nothing_is_changed_by_checking(landing: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    before = everything_under(tmp_path)
    assert ask("check", landing, "--home", home).code == 3
    assert everything_under(tmp_path) == before
    assert not home.exists()


def test_a_sound_folder_gives_exit_0_and_a_heading_only(landing: Path) -> None:
    (landing / "2025-W41" / "scores.H05.ytd.csv").write_text(a_table(), encoding="utf-8")
    told = ask("check", landing, "--format", "csv")
    assert (told.code, told.out) == (0, COLUMNS + "\n")


def test_the_table_says_what_would_become_of_the_week(landing: Path) -> None:
    told = ask("check", landing)
    assert "2025-W41: " in told.out
    assert "units under review" in told.out
    assert "Điểm nhóm nằm ngoài khoảng" in told.out


def test_json_gives_the_same_findings(landing: Path) -> None:
    rows = json.loads(ask("check", landing, "--format", "json").out)
    assert list(rows[0]) == COLUMNS.split(",")
    assert [row["rule"] for row in rows] == ["portal_scores.component_range", "portal_scores.adds_up"]


def test_a_file_in_its_weeks_folder_is_of_that_week(landing: Path) -> None:
    told = ask("check", landing / "2025-W41" / "scores.H05.ytd.csv", "--format", "csv")
    assert {row["week"] for row in told.rows} == {"2025-W41"}
    assert "--week" not in told.err  # nothing had to be assumed


def test_a_weeks_folder_is_checked_by_itself(landing: Path) -> None:
    shutil.copytree(landing / "2025-W41", landing / "2025-W42")
    told = ask("check", landing / "2025-W41", "--format", "csv")
    assert {row["week"] for row in told.rows} == {"2025-W41"}


def test_a_file_that_stands_anywhere_is_of_the_week_told_or_of_its_sidecar(tmp_path: Path) -> None:
    path = tmp_path / "scores.H05.ytd.csv"
    path.write_text(a_table(total="90"), encoding="utf-8")
    told = ask("check", path, "--week", "2025-W41", "--format", "csv")
    assert [(row["rule"], row["week"]) for row in told.rows] == [("portal_scores.adds_up", "2025-W41")]
    (tmp_path / f"{path.name}.meta.yaml").write_text("exported_at: 2025-10-11T17:00:00+07:00\n", encoding="utf-8")
    told = ask("check", path, "--format", "csv")
    assert {row["week"] for row in told.rows} == {"2025-W41"}
    assert "2025-W41 (exported_at)" in told.err


def test_a_file_with_a_name_of_its_own_is_checked_as_what_it_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "Bảng điểm tuần này.csv"
    path.write_text(a_table(total="90"), encoding="utf-8")
    refused = ask("check", path)
    assert refused.code == 2
    assert "--as scores.H05.ytd.csv" in refused.err
    told = ask("check", path, "--as", "scores.H05.ytd.csv", "--week", "2025-W41", "--format", "csv")
    assert [row["rule"] for row in told.rows] == ["portal_scores.adds_up"]


def test_a_file_the_door_refuses_is_a_finding(landing: Path) -> None:
    (landing / "2025-W41" / "scores.H05.ytd.csv").write_text("<html>login</html>", encoding="utf-8")
    told = ask("check", landing, "--format", "csv")
    assert (told.code, len(told.rows)) == (3, 1)
    assert told.rows[0]["rule"].startswith("door.")


@pytest.mark.parametrize(
    "arguments", [["nowhere"], ["{sidecar}"], ["{landing}", "--format", "xml"], ["{landing}", "--week", "W9"]]
)
def test_wrong_usage_is_told_in_one_message(landing: Path, arguments: list[str]) -> None:
    sidecar = landing / "2025-W41" / "scores.H05.ytd.csv.meta.yaml"
    sidecar.write_text("partial: true\n", encoding="utf-8")
    told = ask("check", *(each.format(landing=landing, sidecar=sidecar) for each in arguments))
    assert told.code == 2
    assert told.err


def test_a_file_of_claims_gives_its_contradictions() -> None:
    told = ask("check", CLAIMS / "binh-an.yaml", "--format", "csv")
    assert told.code == 3
    assert [row["rule"] for row in told.rows] == ["claims.percent_of_counts"] * 2
    assert ask("check", CLAIMS / "bac-ninh-directive.yaml").code == 0


def test_of_the_real_folder_the_held_table_and_one_leap_are_told(real_landing: Path) -> None:
    told = ask("check", real_landing, "--format", "csv")
    assert [(row["severity"], row["rule"], row["week"], row["unit_code"]) for row in told.rows] == [
        ("error", "portal_scores.component_range", "2026-W39", ""),
        ("warning", "portal_scores.pace", "2025-W42", "H53"),
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_portal_without_faults_gives_no_findings(tmp_path: Path, seed: int) -> None:
    import emulator
    from scoring.calendar import parse_weeks

    weeks = parse_weeks("2025-W45..2025-W46")
    emulator.emulate(tmp_path, weeks, seed=seed, dossiers_per_week=500, story=False)
    told = ask("check", tmp_path, "--format", "csv")
    assert (told.code, list(csv.reader(told.out.splitlines()))[1:]) == (0, [])
