"""Wrong usage: exit code 2 and one line that says what was expected; what cannot be written is exit code 1."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipelines.command import ask, service_index


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--week", "2025-W60"], "2025 has no week 60"),
        (["run", "--week", "tuần này"], "2025-W41"),
        (["run", "--weeks", "2025-W46..2025-W38"], "2025-W46..2025-W38"),
        (["run", "--week", "2025-W41", "--weeks", "2025-W41..2025-W42"], "use --week or --weeks, not both"),
        (["ranking", "--week", "2025-W60"], "2025 has no week 60"),
        (["ranking", "--week", "2025-W41", "--level", "district"], "province, department, commune, unit"),
        (["ranking", "--week", "2025-W41", "--period", "day"], "ytd, half, quarter, month"),
        (["ranking", "--week", "2025-W41", "--format", "pdf"], "table, csv, json"),
        (["ranking", "--week", "2025-W41", "--level", "commune", "--scope", "VN"], "--scope H05"),
        (["findings", "--week", "2025-W60"], "2025 has no week 60"),
        (["findings", "--format", "pdf"], "table, csv, json"),
    ],
)
def test_a_wrong_option_is_refused_with_what_was_expected(tmp_path: Path, arguments: list[str], said: str) -> None:
    where = ["--landing", str(tmp_path)] if arguments[0] == "run" else []
    told = ask(*arguments, *where, "--home", tmp_path / "home")
    assert told.code == 2
    assert said in " ".join(told.err.replace("│", " ").split())
    assert not (tmp_path / "home").exists()  # nothing was begun


def test_a_landing_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    told = ask("run", "--landing", tmp_path / "none", "--home", tmp_path / "home")
    assert told.code == 2
    assert f"{tmp_path / 'none'}: không có thư mục này / there is no such folder" in told.err
    assert "<kind>.<scope>.<ext>" in told.err
    assert not (tmp_path / "home").exists()


def test_a_landing_folder_with_nothing_in_it_says_what_belongs_there(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    told = ask("run", "--landing", tmp_path / "landing", "--home", tmp_path / "home")
    assert told.code == 1
    assert "2025-W41/scores.VN.ytd.csv" in " ".join(told.out.split())


@pytest.mark.parametrize("home", ["file", "file/home"])
def test_a_home_that_cannot_be_written_is_named_and_nothing_is_dumped(tmp_path: Path, home: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "landing").mkdir()
    told = service_index("run", "--landing", tmp_path / "landing", "--home", tmp_path / home)
    assert told.code == 1
    assert "không ghi được thư mục dữ liệu / the home cannot be written" in told.err.lower().replace("Không", "không")
    assert str(tmp_path / "file") in told.err
    assert "Traceback" not in told.err


def test_an_option_that_does_not_exist_is_usage_too(tmp_path: Path) -> None:
    assert ask("run", "--landing", tmp_path, "--wek", "2025-W41").code == 2
    assert ask("ranking").code == 2


@pytest.mark.parametrize("command", [["status"], ["ranking", "--week", "2025-W41"], ["run"]])
def test_a_database_that_does_not_answer_is_told_in_one_line_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("SERVICE_INDEX_DATABASE_URL", "postgresql+psycopg://office:a-planted-secret@127.0.0.1:1/index")
    (tmp_path / "landing").mkdir()
    more: list[str | Path] = ["--landing", tmp_path / "landing"] if command == ["run"] else []
    told = ask(*command, *more, "--home", tmp_path / "home")
    assert told.code == 1
    assert told.err.count("\n") == 1
    assert "the database does not answer: OperationalError" in told.err
    assert "service-index doctor" in told.err
    assert "a-planted-secret" not in told.err + told.out
